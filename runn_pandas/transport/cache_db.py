"""The SQLite file of the cache: requests-cache's storage, with bounded waits and private modes.

Two things differ from ``requests_cache.backends.sqlite.SQLiteDict``: it waits for another
program's lock without end and swallows a commit that failed; here both raise
``sqlite3.OperationalError``. And the file is created for its owner only.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from requests_cache.backends.sqlite import SQLiteDict

from runn_pandas.errors import CacheWarning, warn
from runn_pandas.forks import keep, quiet_at_fork, renew_in_child
from runn_pandas.private_files import (
    close_to_others,
    is_of_others,
    make_private,
    open_to_others,
)

TABLE = "lists"
OURS = re.compile(r"journal|.+\.sqlite(\.broken-\d+)?(-journal|-wal|-shm)?")
BESIDE = ("-journal", "-wal", "-shm")
KEEP_BROKEN = 2


class Store(SQLiteDict):
    """Keys to texts (what a list consists of) and bytes (its pages, as they came).

    Values are stored as they are, without a serializer: nothing in the file can run.
    """

    def __init__(self, path: Path, *, patience: float) -> None:
        super().__init__(path, table_name=TABLE, serializer=None, timeout=patience)

    def init_db(self) -> None:
        """Create the table unless it is there: opening a file takes no write lock."""
        self.close()  # type: ignore[no-untyped-call]
        with self.connection() as con:
            found = con.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone()
        if not found:
            super().init_db()  # type: ignore[no-untyped-call]

    @contextmanager
    def connection(self, commit: bool = False) -> Iterator[sqlite3.Connection]:
        """Yield the connection; with `commit`, in a transaction of its own if there is none."""
        with super().connection() as con:
            if commit and not con.in_transaction:
                with _transaction(con, "BEGIN IMMEDIATE"):
                    yield con
            else:
                yield con

    @contextmanager
    def bulk_commit(self) -> Iterator[None]:
        """Write everything inside or nothing."""
        with self.connection(commit=True):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read everything inside as of one moment."""
        with self.connection() as con, _transaction(con, "BEGIN"):
            yield

    def remove(self, names: Iterable[str]) -> None:
        """Remove entries; one that is not there is no error."""
        self.bulk_delete(list(names))  # type: ignore[no-untyped-call]

    def compact(self) -> None:
        """Shrink the file, so that removed rows are no longer in it."""
        with self.connection() as con:
            con.execute("VACUUM")


class Exposed(sqlite3.DatabaseError):
    """Others could write to the file, so its rows may be anybody's."""


class CacheFile:
    """The file of one account: opened when it is needed, set aside when it is broken."""

    def __init__(self, path: Path, patience: float) -> None:
        self.path = path
        self._patience = patience
        self._store: Store | None = None
        self._off = False
        self.lock = threading.RLock()
        quiet_at_fork(self)
        renew_in_child(self)

    def renew(self) -> None:
        """Give up the parent's handle in a child, where SQLite must not even close it."""
        if self._store is not None:
            keep(self._store._connection)
            self._store._connection = None
            self._store = None

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return self._store is not None or self.path.exists()

    @contextmanager
    def using(self) -> Iterator[Store | None]:
        """Yield the open file, or None; what goes wrong inside ends as a warning."""
        problems: list[str] = []
        with self.lock:
            store = self._ready(problems)
            try:
                yield store
            except (sqlite3.Error, OSError) as error:
                problems.append(self._failed(error))
        for problem in problems:
            warn(problem, CacheWarning)

    def _ready(self, problems: list[str]) -> Store | None:
        for _ in range(2):  # again after a broken file was set aside
            if self._off:
                return None
            try:
                return self.opened()
            except (sqlite3.Error, OSError) as error:
                problems.append(self._failed(error))
        return None

    def opened(self) -> Store:
        """Return the file, open."""
        if self._store is None:
            create_private(self.path)
            self._store = Store(self.path, patience=self._patience)
        return self._store

    def _failed(self, error: Exception) -> str:
        operational = isinstance(error, sqlite3.OperationalError)
        if isinstance(error, sqlite3.DatabaseError) and not operational:
            exposed = isinstance(error, Exposed)
            return self._broken("open to other users" if exposed else f"broken ({error})")
        # Locked, unwritable, full: nothing is wrong with the file itself.
        self._off = True
        return (
            f"The cache {self.path} cannot be used ({error}), so nothing more is read from it or"
            " kept in it; close programs that use it, or set cache_dir."
        )

    def _broken(self, how: str) -> str:
        self.close()
        try:
            aside = set_aside(self.path)
        except OSError:
            self._off = True
            return f"The cache {self.path} is {how} and is not used; remove it."
        return (
            f"The cache {self.path} was {how}; it is now {aside.name} and a new one is begun. The"
            " read goes on."
        )

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            if self._store is not None:
                self._store.close()  # type: ignore[no-untyped-call]
                self._store = None


@contextmanager
def _transaction(con: sqlite3.Connection, begin: str) -> Iterator[None]:
    con.execute(begin)  # for a write: waits at most `patience` for another program
    try:
        yield
        con.commit()
    except BaseException:
        with suppress(sqlite3.Error):
            con.rollback()
        raise


def create_private(path: Path) -> None:
    """Make a file that only its owner can read, in a folder that only they can open.

    SQLite gives the files beside it (journal, wal, shm) the mode of the file itself. An
    existing folder that holds other things as well is left as it is.

    Raises
    ------
    PermissionError
        If it, or a file that SQLite would take for a part of it, belongs to somebody else.
    Exposed
        If it is there and was open to others.
    """
    folder = path.parent
    if folder.is_dir() and all(OURS.fullmatch(name) for name in os.listdir(folder)):
        close_to_others(folder)
    if any(map(is_of_others, [path, *_beside(path)])):
        raise PermissionError("it belongs to another user")
    if path.exists() and open_to_others(path):
        close_to_others(path)
        if not open_to_others(path):  # otherwise modes mean nothing here
            raise Exposed
    try:
        make_private(path)
    except PermissionError:
        if not path.is_file():
            raise  # otherwise it can still be read


def set_aside(path: Path) -> Path:
    """Rename a broken file, keeping the two newest broken ones, and return its new name."""
    names = (re.fullmatch(r"(.+)\.broken-([0-9]{1,9})", name) for name in os.listdir(path.parent))
    # Others may have put a copy beside it, under a name of theirs.
    numbers = sorted(int(found[2]) for found in names if found and found[1] == path.name)
    for old in numbers[: max(0, len(numbers) - KEEP_BROKEN + 1)]:
        with suppress(OSError):
            path.with_name(f"{path.name}.broken-{old}").unlink()
    aside = path.with_name(f"{path.name}.broken-{numbers[-1] + 1 if numbers else 1}")
    path.replace(aside)
    for part in _beside(path):
        # They belong to the broken file and would be replayed into the new one.
        part.unlink(missing_ok=True)
    return aside


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in BESIDE]
