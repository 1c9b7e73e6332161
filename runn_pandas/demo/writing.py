"""What every write needs: who must exist, ids and stamps, and the trace that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from runn_pandas.demo.parameters import Refusal
from runn_pandas.demo.reading import Ask
from runn_pandas.demo.tables import Key, Row

__all__ = ["WRITES", "Write", "writes"]


class Write(Ask):
    """One write that passed every check of its form.

    A handler first checks all that it can refuse, and then changes rows, with the methods below
    or with `Company.put` where a change must not show in ``updatedAt``.
    """

    __slots__ = ()

    def refuse(self, message: str) -> Refusal:
        """The refusal of what makes no sense to the account."""
        return Refusal(400, message)

    def conflict(self, message: str) -> Refusal:
        """The refusal of what stands against something that is there."""
        return Refusal(409 if 409 in self.operation.statuses else 400, message)

    def known(self, table: str, key: Key, at: str) -> Row:
        """The record that a body points at."""
        row = self.company.get(table, key)
        if row is None:
            statuses = self.operation.statuses
            status = 404 if 404 in statuses and 400 not in statuses else 400
            raise Refusal(status, f"{at}: no such record in {table}")
        return row

    def here(self, table: str, name: str) -> Row:
        """The record that the path points at."""
        return self.one(table, self.values[name])

    def below(self, table: str, name: str, parent: str) -> Row:
        """The record that the path points at, of the parent that the path points at."""
        row = self.here(table, name)
        if row[parent] != self.values[parent]:
            raise self.missing(table)
        return row

    def stamps(self) -> Row:
        """`createdAt` and `updatedAt` of what is made now."""
        return {"createdAt": self.company.now, "updatedAt": self.company.now}

    def add(self, table: str, row: Row, key: Key | None = None) -> Row:
        """Make a record: with the next id, or under a key."""
        if key is None:
            id_ = self.company.next_id(*SEQUENCES.get(table, (table,)))
            row, key = {"id": id_, **row}, id_
        row = {**row, **self.stamps()}
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
        """Take away every row that belongs to a record that goes."""
        doomed = [key for key, row in self.company.tables[table].items() if row[field] == value]
        for key in doomed:
            self.company.remove(table, key)

    def clear(self, table: str, field: str, value: Any) -> None:
        """Make rows forget a record that goes."""
        found = [key for key, row in self.company.tables[table].items() if row[field] == value]
        for key in found:
            self.update(table, key, {field: None})

    def record(self, kind: str, what: str, snapshot: Row) -> None:
        """Write a deletion into the activity log."""
        count = len(self.company.tables["activity-log"])
        event: Row = {"eventId": f"{count * 7919 + 100_003:x}-{count:04d}", "type": kind}
        event["actor"] = {"type": "api", "tokenId": 72, "tokenName": "demo", "apiVersion": "1.0.0"}
        event["timestamp"] = self.company.now
        self.company.put("activity-log", event["eventId"], {**event, what: snapshot})

    def named(self, table: str, id_: int | None) -> Row | None:
        """A record as a snapshot shows it, or None if it has no name to show."""
        row = self.company.get(table, id_) if id_ is not None else None
        if row is None or not (name := row.get("name", "-")):
            return None
        if table == "people":
            fields = {one: row[one] for one in ("id", "firstName", "lastName", "email")}
            return fields | {"isPlaceholder": id_ in self.company.tables["placeholders"]}
        if table == "roles":
            return {"id": id_, "name": name, "active": not row["isArchived"]}
        return {"id": id_, "name": name}


# Tables whose ids are counted together.
_TIME_OFFS = tuple(f"time-offs/{kind}" for kind in ("leave", "holidays", "rostered-off"))
_FIELDS = tuple(f"custom-fields/{kind}" for kind in ("text", "select", "checkbox", "date"))
SEQUENCES = {table: tables for tables in (_TIME_OFFS, _FIELDS) for table in tables}

Handler = Callable[[Write], Any]
WRITES: dict[tuple[str, str], Handler] = {}


def writes(method: str, *paths: str) -> Callable[[Handler], Handler]:
    """Register the handler of writes by method and path, as the contract spells them."""

    def register(handler: Handler) -> Handler:
        for path in paths:
            WRITES[method, path] = handler
        return handler

    return register


def without(rows: Iterable[Row], id_: int) -> list[Row]:
    """A list of records without one of them."""
    return [row for row in rows if row["id"] != id_]
