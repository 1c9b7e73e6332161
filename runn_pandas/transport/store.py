"""The SQLite file of the cache: requests-cache's storage, with bounded waits and closed modes.

Two things differ from ``requests_cache.backends.sqlite.SQLiteDict``: it waits for another
program's lock without end and swallows a commit that failed; here both raise
``sqlite3.OperationalError``. And the file is created for its owner only.
"""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from requests_cache.backends.sqlite import SQLiteDict

TABLE = "lists"
OURS = re.compile(r".+\.sqlite(\.broken-\d+)?(-journal|-wal|-shm)?")
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
        """Give the connection; with `commit`, in a transaction of its own if there is none."""
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
        """Give the space back, so that removed rows are no longer in the file."""
        with self.connection() as con:
            con.execute("VACUUM")

    def shut(self) -> None:
        """Close the file."""
        self.close()  # type: ignore[no-untyped-call]


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
    """
    folder = path.parent
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif open_to_others(folder) and all(OURS.fullmatch(name) for name in os.listdir(folder)):
        with suppress(OSError):
            folder.chmod(0o700)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except PermissionError:
        if not path.is_file():
            raise  # otherwise it can still be read
    if open_to_others(path):
        with suppress(OSError):
            path.chmod(0o600)


def open_to_others(path: Path) -> bool:
    """Tell whether others than the owner can do anything with a file or folder."""
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def set_aside(path: Path) -> Path:
    """Rename a broken file, keeping the two newest broken ones, and give its new name."""
    broken = sorted(
        path.parent.glob(f"{path.name}.broken-*"), key=lambda found: int(found.suffix[8:] or 0)
    )
    number = int(broken[-1].suffix[8:]) + 1 if broken else 1
    for old in broken[: max(0, len(broken) - KEEP_BROKEN + 1)]:
        old.unlink(missing_ok=True)
    aside = path.with_name(f"{path.name}.broken-{number}")
    path.replace(aside)
    for suffix in ("-journal", "-wal", "-shm"):
        # They belong to the broken file and would be replayed into the new one.
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside
