"""What every write needs: who must exist, ids and stamps, and the trace that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from runn_pandas.demo.database import Company, Key, Row
from runn_pandas.demo.refusals import Refusal
from runn_pandas.demo.routes.request import RoutedRequest
from runn_pandas.demo.shapes import event_id, named, person_in_event, role_in_event

__all__ = ["WRITES", "WriteRequest", "writes"]

# Tables whose ids are counted together.
_TIME_OFFS = tuple(f"time-offs/{kind}" for kind in ("leave", "holidays", "rostered-off"))
_FIELDS = tuple(f"custom-fields/{kind}" for kind in ("text", "select", "checkbox", "date"))
SEQUENCES = {table: tables for tables in (_TIME_OFFS, _FIELDS) for table in tables}


class _Event(NamedTuple):
    """How the activity log shows a deletion: the event's type, and the row under a name."""

    type: str
    name: str
    fields: tuple[str, ...] = ()
    # All fields but these, where none are named.
    but: tuple[str, ...] = ()
    # The records around it, as they were.
    beside: tuple[str, ...] = ()


_TIME_OFF = _Event(
    "time_off_deleted",
    "timeOff",
    ("id", "personId", "startDate", "endDate", "note", "minutesPerDay"),
    beside=("person",),
)
DELETIONS = {
    "actuals": _Event(
        "actual_deleted",
        "actual",
        but=("createdAt", "updatedAt"),
        beside=("person", "project", "role", "workstream"),
    ),
    "assignments": _Event(
        "assignment_deleted",
        "assignment",
        but=("isPlaceholder", "createdAt", "updatedAt"),
        beside=("person", "project", "role", "phase", "workstream"),
    ),
    "contracts": _Event(
        "contract_deleted",
        "contract",
        ("id", "personId", "roleId", "startDate", "endDate"),
        beside=("person", "role"),
    ),
    "people": _Event("person_deleted", "person", ("id", "email", "firstName", "lastName")),
    "projects": _Event("project_deleted", "project", ("id", "name")),
    **dict.fromkeys(_TIME_OFFS, _TIME_OFF),
}
# The records around a deleted one: their table, and how an event shows them.
_BESIDE: dict[str, tuple[str, Callable[[Company, Row], Row]]] = {
    "person": ("people", person_in_event),
    "role": ("roles", lambda _, row: role_in_event(row)),
    **{one: (f"{one}s", lambda _, row: named(row)) for one in ("project", "phase", "workstream")},
}


class WriteRequest(RoutedRequest):
    """One write that passed every check of its form.

    A handler first checks all that it can refuse, and then changes rows, with the methods below
    or with `Company.put` where a change must not show in ``updatedAt``.
    """

    __slots__ = ()

    def refuse(self, message: str) -> Refusal:
        """Return the refusal of what makes no sense to the account."""
        return Refusal(400, message)

    def conflict(self, message: str) -> Refusal:
        """Return the refusal of what stands against something that is there."""
        return Refusal(409 if 409 in self.operation.statuses else 400, message)

    def known(self, table: str, key: Key, at: str) -> Row:
        """Return the record that a body points at."""
        row = self.company.get(table, key)
        if row is None:
            statuses = self.operation.statuses
            status = 404 if 404 in statuses and 400 not in statuses else 400
            raise Refusal(status, f"{at}: no such record in {table}")
        return row

    def is_placeholder(self, person: int) -> bool:
        """Whether a person stands for nobody yet."""
        return person in self.company.tables["placeholders"]

    def add(self, table: str, row: Row, key: Key | None = None) -> Row:
        """Make a record, with the next id or under a key, and return it."""
        if key is None:
            id_ = self.company.next_id(*SEQUENCES.get(table, (table,)))
            row, key = {"id": id_, **row}, id_
        row = {**row, "createdAt": self.company.now, "updatedAt": self.company.now}
        self.company.put(table, key, row)
        return row

    def update(self, table: str, key: Key, changes: Row) -> Row:
        """Change a record and its `updatedAt`; one that stays the same is not touched."""
        row = self.company.tables[table][key]
        if all(name in row and row[name] == value for name, value in changes.items()):
            return row
        row = {**row, **changes, "updatedAt": self.company.now}
        self.company.put(table, key, row)
        return row

    def derive(self, table: str, key: Key, changes: Row) -> None:
        """Change what a record shows of others: not a change of its own."""
        row = self.company.tables[table][key]
        if any(row[name] != value for name, value in changes.items()):
            self.company.put(table, key, {**row, **changes})

    def sweep(self, table: str, field: str, value: Any) -> None:
        """Remove every row that belongs to a record that goes."""
        for key in self._keys(table, field, value):
            self.company.remove(table, key)

    def clear(self, table: str, field: str, value: Any) -> None:
        """Make rows forget a record that goes."""
        for key in self._keys(table, field, value):
            self.update(table, key, {field: None})

    def _keys(self, table: str, field: str, value: Any) -> list[Any]:
        return [key for key, row in self.company.tables[table].items() if row[field] == value]

    def log_deletion(self, table: str, row: Row) -> None:
        """Write a deletion into the activity log."""
        event = DELETIONS[table]
        names = event.fields or [name for name in row if name not in event.but]
        snapshot: Row = {name: row[name] for name in names}
        for name in event.beside:
            snapshot[name] = self._in_event(name, row[f"{name}Id"])
        id_ = event_id(len(self.company.tables["activity-log"]))
        line: Row = {"eventId": id_, "type": event.type}
        line["actor"] = {"type": "api", "tokenId": 72, "tokenName": "demo", "apiVersion": "1.0.0"}
        line |= {"timestamp": self.company.now, event.name: snapshot}
        self.company.put("activity-log", id_, line)

    def _in_event(self, name: str, id_: int | None) -> Row | None:
        """Return a record as an event shows it, or None if it has no name to show."""
        table, shape = _BESIDE[name]
        row = self.company.get(table, id_) if id_ is not None else None
        return shape(self.company, row) if row and row.get("name", True) else None


Handler = Callable[[WriteRequest], Any]
WRITES: dict[tuple[str, str], Handler] = {}


def writes(method: str, *paths: str) -> Callable[[Handler], Handler]:
    """Register the handler of writes by method and path, as the contract spells them."""

    def register(handler: Handler) -> Handler:
        for path in paths:
            WRITES[method, path] = handler
        return handler

    return register


def without(rows: Iterable[Row], id_: int) -> list[Row]:
    """Return a list of records without one of them."""
    return [row for row in rows if row["id"] != id_]
