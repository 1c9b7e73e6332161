"""The SQLite file of a journal: private, on the disk before a request goes, one push at a time."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

from runn_pandas.errors import ConfigError
from runn_pandas.private_files import close_to_others, held, make_private

PATIENCE = 5.0  # seconds
IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
BUSY = (
    "Another push to this account is running, here or in another program; two at once would write"
    " over each other. Wait until it has ended."
)
SCHEMA = """
create table if not exists pushes (
    id integer primary key, plan text not null, resource text not null, began real not null,
    ended real, mark integer, undoes text not null, next integer
);
create table if not exists rows (
    push integer not null references pushes (id) on delete cascade, position integer not null,
    asked text not null, outcome text, primary key (push, position)
) without rowid;
create table if not exists attempts (
    id integer primary key, push integer not null references pushes (id) on delete cascade,
    sent real not null, request text not null, state text not null default 'sent',
    answer text not null default 'null', error text not null default ''
);
create index if not exists attempts_push on attempts (push);
create table if not exists made (
    digest blob, push integer, position integer, resource text not null, id not null,
    day integer not null, primary key (digest, push, position)
) without rowid;
create table if not exists tokens (token text primary key, live integer);
create table if not exists anchors (
    resource text, id text, made text not null, primary key (resource, id)
) without rowid;
create table if not exists facts (name text primary key, value blob) without rowid;
"""
PACKED = 200  # letters from which a text is kept packed


def packed(value: Any) -> str | bytes:
    """Return a value as JSON, packed if it is long."""
    text = json.dumps(value, separators=(",", ":"))
    return text if len(text) < PACKED else zlib.compress(text.encode())


def unpacked(stored: str | bytes) -> Any:
    """Return the value of a cell.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    try:
        return json.loads(zlib.decompress(stored) if isinstance(stored, bytes) else stored)
    except zlib.error as error:
        raise ValueError(str(error)) from error


class JournalFile:
    """The file of one account's journal.

    Parameters
    ----------
    path
        The file; made, for its owner only, at the first write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db: sqlite3.Connection | None = None

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            try:
                make_private(self.path)
                close_to_others(self.path.parent)
                db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
                db.execute("pragma journal_mode = wal")
                # A request may only go out once its attempt is on the disk.
                db.execute("pragma synchronous = full")
                db.execute("pragma foreign_keys = on")
                db.executescript(SCHEMA)
            except (sqlite3.Error, OSError) as error:
                raise self._broken(error) from error
            self._db = db
        return self._db

    def _broken(self, error: sqlite3.Error | OSError) -> ConfigError:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in IN_USE:
            return ConfigError(
                f"The journal {self.path} is in use by another program ({error}). Nothing more is"
                " sent without it: wait until that has ended, then push again."
            )
        return ConfigError(
            f"The journal {self.path} cannot be used ({error}). Without it an interrupted push"
            " could not be continued, so nothing is sent: see who may write there, free space,"
            " or, if the file is damaged, move it away."
        )

    def _run(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._open().execute(statement, values)
        except sqlite3.Error as error:
            raise self._broken(error) from error

    def _added(self, statement: str, *values: Any) -> int:
        """Run an insert and return the number of the new row."""
        made = self._run(statement, values).lastrowid
        if made is None:
            raise AssertionError("no row was made")
        return made

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Write all of it or nothing."""
        if self._open().in_transaction:
            yield
            return
        self._run("begin immediate")
        try:
            yield
        except BaseException:
            if self._open().in_transaction:  # a full disk has ended it already
                self._run("rollback")
            raise
        self._run("commit")

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def alone(self) -> AbstractContextManager[None]:
        """Hold the account for one push: another, in any program, is refused meanwhile."""
        return held(self.path.with_suffix(".lock"), BUSY)

    # -- whose it is

    @property
    def has_anchors(self) -> bool:
        """Whether it was noted what the account is known by."""
        return self._run("select 1 from facts where name = 'anchored'").fetchone() is not None

    @property
    def open_pushes(self) -> list[int]:
        """The numbers of the pushes that did not end, the newest first."""
        found = self._run("select id from pushes where ended is null order by id desc")
        return [number for (number,) in found]

    def knows(self, token: str) -> bool:
        """Whether a token, by its digest, is one of the account."""
        return self._run("select 1 from tokens where token = ?", (token,)).fetchone() is not None

    def may_be(self, *, live: bool) -> bool:
        """Whether it may be of a live account, or of one that is not."""
        other = self._run("select 1 from tokens where live <> ?", (live,)).fetchone()
        return other is None

    def known(self, resource: str) -> dict[str, str]:
        """Return records that the account has or had, by id: when each was made, or ""."""
        statement = (
            "select cast(id as text), '' from made where resource = ? union all"
            " select id, made from anchors where resource = ?"
        )
        return dict(self._run(statement, (resource, resource)))

    def note(
        self, token: str, *, live: bool, seen: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """Note a token of the account, by its digest, and records that the account has."""
        with self._at_once():
            self._run("insert or replace into tokens values (?, ?)", (token, live))
            if seen is None:
                return
            self._run("insert or replace into facts values ('anchored', 1)")
            for resource, rows in seen.items():
                for own, made in rows.items():
                    self._run(
                        "insert or ignore into anchors values (?, ?, ?)", (resource, own, made)
                    )
