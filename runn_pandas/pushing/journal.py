"""The journal: what each push sends, on disk before it is sent, and what came back."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from runn_pandas.account import passing_folder
from runn_pandas.errors import ConfigError
from runn_pandas.private_files import held, make_private
from runn_pandas.pushing.kinds import encoded_row, kind_of
from runn_pandas.pushing.model import Change, Key, Operation, Outcome, Request, Row, to_json

if TYPE_CHECKING:
    from runn_pandas.account import Account
    from runn_pandas.catalog.writes import Writable
    from runn_pandas.pushing.account_rows import AccountRows

UNKNOWN = "It cannot be told whether the request arrived. Look in Runn; repeat=True sends it again."
YEAR = 366 * 24 * 3600  # seconds for which it is known what a push created
PATIENCE = 5.0  # seconds
SCHEMA = """
create table if not exists pushes (
    id integer primary key autoincrement, resource text not null, account text not null,
    started real not null, ended real, mark integer, undoes integer
);
create table if not exists operations (
    push integer not null references pushes (id) on delete cascade, row integer not null,
    label text not null, action text not null, own text not null, changes text not null,
    old text not null, new text not null, beside text not null, digest text not null,
    status text not null default '', ids text not null default '[]',
    error text not null default '', attempts integer not null default 0,
    answer text not null default '{}', undone integer not null default 0,
    primary key (push, row)
) without rowid;
create index if not exists contents on operations (digest) where digest <> '';
create table if not exists requests (
    id integer primary key, push integer not null references pushes (id) on delete cascade,
    sent real not null, answered real, creates integer not null, method text not null,
    path text not null, items text not null
);
create index if not exists requests_of on requests (push);
create table if not exists versions (
    resource text not null, id text not null, version text not null, before text not null,
    primary key (resource, id, version)
) without rowid;
"""
_demos: WeakKeyDictionary[Any, Path] = WeakKeyDictionary()


def journal_path(account: Account) -> Path:
    """Return the file of the journal: in the user's state folder, whatever the account.

    The embedded demo ends with its process, and so does its journal.
    """
    if account.is_demo:
        demo = getattr(account._adapter, "application", account._adapter)
        if demo not in _demos:
            _demos[demo] = Path(passing_folder(demo)) / "journal.sqlite"
        return _demos[demo]
    return state_folder() / "journal.sqlite"


def state_folder() -> Path:
    """Return the folder of what outlives the cache: the user's, or ``RUNN_STATE_DIR``."""
    if chosen := os.environ.get("RUNN_STATE_DIR"):
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_state_dir("runn_pandas", appauthor=False))


class Journal:
    """The journal's file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    # -- the file

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            make_private(self.path)
            with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as db:
                db.row_factory = sqlite3.Row
                db.execute("pragma journal_mode = wal")
                # A request is sent only when its row is on the disk.
                db.execute("pragma synchronous = full")
                db.execute("pragma foreign_keys = on")
                db.executescript(SCHEMA)
                with db:
                    yield db
        except (sqlite3.Error, OSError) as error:
            raise ConfigError(
                f"The journal {self.path} cannot be used ({error}). Nothing is sent without it:"
                " free space on the disk, or move a damaged file away."
            ) from error

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        if not self.path.exists():
            return []
        with self._open() as db:
            return db.execute(query, values).fetchall()

    def _write(self, query: str, values: Sequence[Any] = ()) -> int:
        with self._open() as db:
            return db.execute(query, values).lastrowid or 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock that only one push of this machine can have.

        Raises
        ------
        ConfigError
            If another push is running.
        """
        busy = (
            "Nothing was sent: another push is running on this machine. Wait until it has ended,"
            " then push again."
        )
        with held(Path(f"{self.path}.lock"), busy):
            yield

    # -- a push

    def start(
        self,
        resource: str,
        account: str,
        operations: Iterable[Operation],
        *,
        mark: int | None,
        undoes: int | None,
    ) -> int:
        """Store a push before its first request, and return its number."""
        with self._open() as db:
            push = db.execute(
                "insert into pushes (resource, account, started, mark, undoes)"
                " values (?, ?, ?, ?, ?)",
                (resource, account, time.time(), mark, undoes),
            ).lastrowid
            db.executemany(
                "insert into operations (push, row, label, action, own, changes, old, new, beside,"
                " digest) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        push,
                        one.row,
                        to_json(one.label),
                        one.action,
                        to_json(one.id),
                        to_json(one.changes),
                        to_json(one.old),
                        to_json(one.new),
                        to_json(one.beside),
                        one.digest,
                    )
                    for one in operations
                ),
            )
        return push or 0

    def sending(self, push: int, request: Request, items: Mapping[int, Row]) -> int:
        """Store a request before it is sent, with what it sends of each row."""
        return self._write(
            "insert into requests (push, sent, creates, method, path, items)"
            " values (?, ?, ?, ?, ?, ?)",
            (push, time.time(), request.creates, request.method, request.path, to_json(items)),
        )

    def answered(self, request: int) -> None:
        """Store that the outcome of a request is known."""
        self._write("update requests set answered = ? where id = ?", (time.time(), request))

    def settle(
        self,
        push: int,
        resource: str,
        outcomes: Mapping[int, Outcome],
        answers: Mapping[int, Row] = MappingProxyType({}),
        before: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """Store the outcomes of rows, and the versions that their records had and have."""
        with self._open() as db:
            db.executemany(
                "update operations set status = ?, ids = ?, error = ?, attempts = ?, answer = ?"
                " where push = ? and row = ?",
                (
                    (
                        one.status,
                        to_json(one.ids),
                        one.error,
                        one.attempts,
                        to_json(answers.get(row, {})),
                        push,
                        row,
                    )
                    for row, one in outcomes.items()
                ),
            )
            db.executemany(
                "insert or ignore into versions values (?, ?, ?, ?)",
                (
                    (resource, to_json(row["id"]), row["updatedAt"], before.get(at) or "")
                    for at, row in answers.items()
                    if row.get("id") is not None and row.get("updatedAt")
                ),
            )

    def note_version(self, resource: str, own: Any, version: str, before: str) -> None:
        """Store a version that a push gave a record."""
        self._write(
            "insert or ignore into versions values (?, ?, ?, ?)",
            (resource, to_json(own), version, before),
        )

    def end(self, resource: str) -> None:
        """Store that the last push of a resource is over, and those that it went on with."""
        change = "update pushes set ended = ? where ended is null and resource = ?"
        self._write(change, (time.time(), resource))

    def took_back(self, push: int, rows: Iterable[int]) -> None:
        """Store which rows of a push an undo took back, with those that are the same record."""
        with self._open() as db:
            change = (
                "update operations set undone = 1 where push = ? and (row = ? or ids <> '[]' and"
                " ids = (select ids from operations where push = ? and row = ?))"
            )
            db.executemany(change, ((push, row, push, row) for row in rows))

    def started_since(self, moment: float) -> bool:
        """Whether any push was started or answered after a moment."""
        found = self._rows(
            "select 1 from pushes where started > ? or ended > ? union"
            " select 1 from requests where sent > ? limit 1",
            (moment, moment, moment),
        )
        return bool(found)

    # -- questions

    def pushes(self) -> list[sqlite3.Row]:
        """Return every push with the number of rows by status, the newest first."""
        return self._rows("select * from pushes order by id desc")

    def push(self, number: int) -> sqlite3.Row | None:
        """Return a push, or None."""
        return next(iter(self._rows("select * from pushes where id = ?", (number,))), None)

    def operations(self, push: int) -> list[sqlite3.Row]:
        """Return the operations of a push, in the order of its rows."""
        return self._rows("select * from operations where push = ? order by row", (push,))

    def requests(self, push: int) -> list[sqlite3.Row]:
        """Return the requests of a push, in order."""
        return self._rows("select * from requests where push = ? order by id", (push,))

    def open_pushes(self, resource: str) -> list[sqlite3.Row]:
        """Return the pushes of a resource with a request whose outcome is not known."""
        return self._rows(
            "select * from pushes where resource = ? and id in"
            " (select push from requests where answered is null) order by id",
            (resource,),
        )

    def made(
        self, resource: str, digests: Collection[str], *, unfinished: bool
    ) -> list[sqlite3.Row]:
        """Return what earlier pushes created of some contents: all, or only unfinished ones."""
        if not digests:
            return []
        rows = self._rows(
            "select o.*, p.started from operations o join pushes p on p.id = o.push where"
            " p.resource = ? and o.digest <> '' and o.undone = 0 and p.started > ?"
            " and (o.ids <> '[]' or o.status = 'unknown') and (p.ended is null or not ?)"
            " order by o.push, o.row",
            (resource, time.time() - YEAR, unfinished),
        )
        return [row for row in rows if row["digest"] in digests]

    def claimed(self, resource: str) -> set[Any]:
        """Return the ids of every record that pushes of a resource created."""
        rows = self._rows(
            "select o.ids from operations o join pushes p on p.id = o.push"
            " where p.resource = ? and o.digest <> ''",
            (resource,),
        )
        return {own for row in rows for own in json.loads(row["ids"])}

    def replaced(self, resource: str, own: Any) -> sqlite3.Row | None:
        """Return the last operation that put another record in the place of one."""
        rows = self._rows(
            "select o.* from operations o join pushes p on p.id = o.push where p.resource = ?"
            " and o.own = ? and o.action = 'update' and o.digest <> ''"
            " order by o.push desc limit 1",
            (resource, to_json(own)),
        )
        return next(iter(rows), None)

    def deleted(self, resource: str) -> dict[str, int]:
        """Return the ids of records that pushes were to delete, with the last such push."""
        query = (
            "select o.own, max(o.push) as push from operations o join pushes p on p.id = o.push"
            " where p.resource = ? and o.action = 'delete' and o.undone = 0 group by o.own"
        )
        return {row["own"]: row["push"] for row in self._rows(query, (resource,))}

    def versions(self, resource: str) -> dict[tuple[str, str], str]:
        """Return the version that a record had before a push, by its id and its version after."""
        query = "select id, version, before from versions where resource = ?"
        return {
            (row["id"], row["version"]): row["before"] for row in self._rows(query, (resource,))
        }

    def clear(self, number: int | None) -> None:
        """Forget a push, or all that have ended."""
        if number is None:
            self._write("delete from pushes where ended is not null")
        else:
            self._write("delete from pushes where id = ?", (number,))


def operation_of(row: sqlite3.Row) -> Operation:
    """Return an operation as the journal has it, without its requests."""
    own = json.loads(row["own"])
    return Operation(
        row["row"],
        json.loads(row["label"]),
        row["action"],
        tuple(own) if isinstance(own, list) else own,
        tuple(Change(*change) for change in json.loads(row["changes"])),
        old=json.loads(row["old"]),
        new=json.loads(row["new"]),
        beside=tuple(json.loads(row["beside"])),
    )


class Successor(NamedTuple):
    """What a replaced record became: ids, its old values, and the records of the account."""

    ids: Key
    old: Row
    records: list[Row]


def list_of(writable: Writable) -> str:
    """Return the list that has the records of a resource: time entries add to actuals."""
    return writable.source.name if writable.source is not None else writable.name


@dataclass
class Memory:
    """What the journal knows of the rows that a plan is about."""

    journal: Journal
    writable: Writable

    @cached_property
    def _deleted(self) -> dict[str, int]:
        return self.journal.deleted(self.writable.name)

    def deleted_by(self, own: Any) -> int | None:
        """Return the push that deleted a record which is not there any more, or None."""
        return self._deleted.get(to_json(own))

    @cached_property
    def _versions(self) -> dict[tuple[str, str], str]:
        return self.journal.versions(list_of(self.writable))

    def wrote(self, own: Any, seen: str, now: str) -> bool:
        """Whether only pushes of this machine changed a record between two versions."""
        steps = 0
        while now != seen and steps <= len(self._versions):
            now, steps = self._versions.get((to_json(own), now), ""), steps + 1
        return now == seen

    def successors(
        self, ids: Collection[Any], rows: AccountRows, cells: Iterable[Row]
    ) -> dict[Any, Successor]:
        """Return by id what earlier pushes put in the place of missing records."""
        found: dict[Any, tuple[Key, Row]] = {}
        for own in ids:
            now, old = own, dict[str, Any]()
            while (row := self.journal.replaced(self.writable.name, now)) is not None:
                new, old = tuple(json.loads(row["ids"])), json.loads(row["old"])
                found[own] = (
                    tuple(one for one in new if one != now),
                    {**old, **json.loads(row["new"])},
                )
                if len(new) != 1 or new[0] == now:
                    break
                now = new[0]
        wanted = {one for new, _ in found.values() for one in new}
        there = rows.present(self.writable, wanted, cells)
        return {
            own: Successor(
                new, old, [encoded_row(there[one], self.writable) for one in new if one in there]
            )
            for own, (new, old) in found.items()
            if not new or all(one in there for one in new)
        }


def settle_open(
    journal: Journal, writable: Writable, rows: AccountRows, cells: Iterable[Row]
) -> None:
    """Ask the account for the outcome of every request that got no answer."""
    kind = kind_of(writable)
    for push in journal.open_pushes(writable.name):
        operations = {row["row"]: row for row in journal.operations(push["id"])}
        unanswered = [row for row in journal.requests(push["id"]) if row["answered"] is None]
        claimed = journal.claimed(writable.name)
        new = rows.after(writable, push["mark"], cells) if push["mark"] is not None else []
        outcomes: dict[int, Outcome] = {}
        for request in unanswered:
            for at, item in json.loads(request["items"]).items():
                if not request["creates"]:
                    _own_version(journal, push, rows, writable, operations[int(at)], item)
                    continue
                free = [row for row in new if row["id"] not in claimed]
                outcome = _asked(kind, rows, operations[int(at)]["action"], item, free)
                claimed |= {*outcome.ids}
                outcomes[int(at)] = outcome
        journal.settle(push["id"], writable.name, outcomes)
        for request in unanswered:
            journal.answered(request["id"])


def _own_version(
    journal: Journal,
    push: sqlite3.Row,
    rows: AccountRows,
    writable: Writable,
    row: sqlite3.Row,
    item: Row,
) -> None:
    """Store the version of a record that has what a request without an answer sent."""
    own, old = json.loads(row["own"]), json.loads(row["old"])
    body = item.get("body")
    if not writable.has_id or not isinstance(own, int) or not isinstance(body, dict):
        return
    there = rows.present(writable, {own}, [old]).get(own)
    now = encoded_row(there, writable) if there else {}
    if now.get("updatedAt") and kind_of(writable).fits(body, now):
        journal.note_version(list_of(writable), own, now["updatedAt"], old.get("updatedAt") or "")


def _asked(kind: Any, rows: AccountRows, action: str, item: Row, new: list[Row]) -> Outcome:
    """Return the outcome of a creating request by the account's rows."""
    if kind.adds_to:
        now = rows.actual(item["body"])
        arrived = kind.added(item["before"], item["body"], now)
        if arrived is None:
            return Outcome("unknown", (), UNKNOWN)
        return Outcome("created", (now["id"],)) if arrived and now else Outcome("failed")
    made = kind.made(item["body"], new)
    status = "created" if action == "create" else "updated"
    status = "" if item["more"] else status  # the next requests of the row were not sent
    return Outcome(status, tuple(row["id"] for row in made)) if made else Outcome("failed")


def made_before(
    operations: Sequence[Operation],
    journal: Journal,
    writable: Writable,
    rows: AccountRows,
    *,
    repeat: bool,
) -> list[Operation]:
    """Return the operations without the records that an earlier push created already.

    Equal rows count: two of them need two records of earlier pushes. With `repeat` only those of
    a push that did not finish count, so that it goes on.
    """
    digests = {one.digest for one in operations if one.digest}
    past = journal.made(writable.name, digests, unfinished=repeat)
    # A record that a row of this plan changes or deletes is not there for another row.
    taken = {one.id for one in operations if one.id is not None}
    ids = {own for row in past for own in _ids(row)} - taken
    cells = [one.wanted for one in operations if one.digest]
    there = rows.present(writable, ids, cells)
    free = _still_there(past, there, writable)
    return [_without_made(one, free) for one in operations]


def _still_there(
    past: Iterable[Any], there: Mapping[Any, Row], writable: Writable
) -> dict[str, dict[Key, Any]]:
    """Return what earlier pushes created and the account still has, by content and ids."""
    free: dict[str, dict[Key, Any]] = {}
    for row in past:
        own = _ids(row)
        is_there = own and all(one in there and _is_one(there[one], row, one) for one in own)
        if not is_there and row["status"] != "unknown":
            continue
        # A push that went on with an earlier one names the same record.
        place = (row["push"], row["row"])
        key = place if kind_of(writable).adds_to else own or place
        free.setdefault(row["digest"], {})[key] = row
    return free


def _ids(row: Any) -> tuple[Any, ...]:
    return tuple(json.loads(row["ids"]))


def _is_one(there: Mapping[str, Any], row: Any, own: Any) -> bool:
    """Whether a record is the one that a push created, and not one of another account."""
    answer = json.loads(row["answer"])
    made = answer.get("createdAt") if answer.get("id") == own else None
    return made is None or str(there.get("createdAt"))[:19] == made[:19]


def _without_made(operation: Operation, free: dict[str, dict[Key, Any]]) -> Operation:
    """Return the operation without the record that an earlier push created for it."""
    if not operation.digest or not free.get(operation.digest):
        return operation
    known = free[operation.digest]
    row = known.pop(next(iter(known)))
    if row["status"] == "unknown" and not _ids(row):
        note = f"Push {row['push']} sent this row and got no answer. {UNKNOWN}"
        return replace(operation, requests=(), note=note, made=("unknown",))
    note = f"Created by push {row['push']}."
    rest = tuple(one for one in operation.requests if not one.creates)
    if operation.action == "create" and (row["status"] == "created" or not rest):
        return replace(
            operation, action="unchanged", requests=(), changes=(), made=_ids(row), note=note
        )
    # Only the creating request of the row was sent.
    return replace(operation, requests=rest, made=_ids(row), content=operation.digest, note=note)
