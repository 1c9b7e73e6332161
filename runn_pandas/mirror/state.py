"""What a mirror knows of itself: which files are its tables, and up to when they are true."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from runn_pandas.errors import ConfigError

FORMAT = 1
STATE_FILE = "state.json"
# A folder below the mirror's, or two, and a name made of a checksum.
_INSIDE = re.compile(r"(?:[^./\\:][^/\\:]*/)+[0-9a-f]{24}\.parquet")


@dataclass(frozen=True)
class File:
    """One Parquet file.

    Attributes
    ----------
    path : str
        Below the mirror's folder, with forward slashes.
    year : int or None
        Of a table in parts, the year of its rows' dates; None is the rows without one.
    """

    path: str
    rows: int
    size: int
    sha256: str
    year: int | None = None


@dataclass(frozen=True)
class Version:
    """The rows of one table that a sync found new, changed or gone; or, ``whole``, all of them."""

    sync: int
    files: tuple[File, ...]
    kinds: dict[str, str]
    whole: bool = False


@dataclass(frozen=True)
class Table:
    """One mirrored resource.

    Attributes
    ----------
    kinds : dict
        The kind of each column, in order.
    latest : str or None
        The last ``updatedAt`` ever seen in it.
    full_at, synced_at : float
        When it was last read as a whole, and last brought up to date: seconds since 1970.
    began : float
        The same moment as ``synced_at``, by the server's clock where that is known.
    number : int
        The number of the sync that brought it up to date.
    whole : bool
        Whether that sync read all of it.
    versions : tuple of Version
        Its history, the oldest first; empty if none is kept.
    """

    files: tuple[File, ...]
    kinds: dict[str, str]
    latest: str | None
    full_at: float
    synced_at: float
    began: float
    versions: tuple[Version, ...] = ()
    number: int = 0
    whole: bool = True

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)


@dataclass(frozen=True)
class State:
    """A mirror at one moment.

    Attributes
    ----------
    account : str
        Whose data it is.
    demo : str
        Which embedded demo; each process has its own.
    number : int
        How many syncs there were.
    events : str or None
        The last activity seen: deletions are asked for from a little before it.
    default : bool
        Whether the tables are the usual ones, or were named.
    history : bool
        Whether versions are kept.
    syncs : dict of int to float
        When each sync that kept versions began.
    """

    account: str = ""
    demo: str = ""
    number: int = 0
    events: str | None = None
    default: bool = False
    history: bool = False
    syncs: dict[int, float] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)

    def paths(self) -> set[str]:
        """Return every file that belongs to the mirror."""
        found = set()
        for table in self.tables.values():
            found |= {file.path for file in table.files}
            found |= {file.path for version in table.versions for file in version.files}
        return found

    def dumps(self) -> bytes:
        """Return the state as a file holds it."""
        body = json.dumps(asdict(self))
        seal = hashlib.sha256(body.encode()).hexdigest()
        return f'{{"format": {FORMAT}, "sha256": "{seal}",\n"state": {body}}}\n'.encode()


def loads(content: bytes, where: str) -> State:
    """Read a state from a file.

    Raises
    ------
    ConfigError
        If it is not what `State.dumps` gave.
    """
    try:
        envelope = json.loads(content)
        body = envelope["state"]
        seal = hashlib.sha256(json.dumps(body).encode()).hexdigest()
        if envelope["format"] > FORMAT:
            raise ConfigError(
                f"{where} was written by a newer runn_pandas: update this one to read the mirror."
            )
        if envelope["sha256"] != seal:
            raise ValueError
        return _state(body)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            f"{where} is damaged, so nobody can say which files are the mirror. Restore it from a"
            " backup, or move the folder away and sync again."
        ) from error


def _state(body: dict[str, Any]) -> State:
    tables = {name: _table(raw) for name, raw in body["tables"].items()}
    syncs = {int(number): at for number, at in body["syncs"].items()}
    return replace(State(**{**body, "tables": {}, "syncs": {}}), tables=tables, syncs=syncs)


def _table(raw: dict[str, Any]) -> Table:
    versions = tuple(Version(**{**one, "files": _files(one["files"])}) for one in raw["versions"])
    return Table(**{**raw, "files": _files(raw["files"]), "versions": versions})


def _files(raw: list[dict[str, Any]]) -> tuple[File, ...]:
    files = tuple(File(**one) for one in raw)
    # Whoever can write the state file can seal it too, and must not lead out of the folder.
    if not all(_INSIDE.fullmatch(file.path) for file in files):
        raise ValueError
    return files
