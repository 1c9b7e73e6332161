"""Actuals, which are overwritten by their key; time entries, which add to them; their lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from runn_pandas.catalog import Operation as ApiOperation
from runn_pandas.catalog.write_rules import ACTUAL_KEY
from runn_pandas.frame.encode import alike
from runn_pandas.pushing.kinds.base import AccountRows, Back, Bad, Done, Kind, Looked
from runn_pandas.pushing.model import Operation, Request, Row

DAY = 24 * 60
MINUTES = ("billableMinutes", "nonbillableMinutes")
FIND_ROLE = ". Find roles by name: match={'roleId': {'name': <column>}}"


class Actuals(Kind):
    """A record of its day, person, project, role and workstream: a POST overwrites it."""

    natural_key = ACTUAL_KEY
    day_key = ACTUAL_KEY[:-1]
    spent = MINUTES
    advice: ClassVar[Mapping[str, str]] = {"roleId": FIND_ROLE}
    writes_whole = True
    order: ClassVar[Mapping[str, int]] = {"update": 0, "create": 0, "delete": 2}

    def check(self, cells: Row) -> Bad:
        spent = sum(n for n in map(cells.get, MINUTES) if isinstance(n, (int, float)))
        if spent <= DAY:
            return []
        return [(MINUTES[0], f"makes {spent:,} minutes on one day; a day has {DAY:,}")]

    def create(self, cells: Row, extras: Sequence[Request] = ()) -> tuple[list[Request], Bad]:
        requests, bad = super().create(cells, extras)
        # A second copy overwrites the first one, so it does not count twice.
        return [replace(one, creates=False) for one in requests], bad

    def change(self, old: Row, new: Row, changed: Sequence[str], bad: Bad) -> list[Request]:
        """Return the whole record: what is left out would be cleared."""
        merged = {**old, **new}
        for name in changed:
            # A text is cleared by "": left out, it might stay.
            if merged.get(name) is None and self.writable.create_fields[name].kind == "text":
                merged[name] = ""
        body = self.body(merged, bad) or {}
        for name in ("phaseId", "workstreamId"):
            if name in changed and new.get(name) is None:
                body[name] = None
        operation = self.operation("create")
        write = Request(operation.method, self.path(operation, new), body)
        moved = any(name in self.natural_key for name in changed)
        return [write, *self.delete(old)] if moved else [write]

    def look_around(
        self, rows: AccountRows, operations: list[Operation], baseline: Mapping[Any, Row]
    ) -> Looked:
        """Note the time that is set to 0."""
        lost = {one.row: sum(_minutes(one.old)) for one in operations if _is_emptied(one)}
        if not lost:
            return Looked(operations)
        hours, rest = divmod(round(sum(lost.values())), 60)
        labels = [repr(one.label) for one in operations if one.row in lost]
        shown, more = ", ".join(labels[:3]), ", ..." if labels[3:] else ""
        note = (
            f"Actuals set to 0 minutes: {len(lost)}, with {hours}:{rest:02d} h so far (row"
            f" {shown}{more}). An actual of 0 counts as not worked."
        )
        return Looked(operations, notes=[note])

    def fits(self, expected: Row, row: Row) -> bool:
        return same_key(expected, row) and super().fits(expected, row)


class TimeEntries(Kind):
    """Minutes that are added to an actual each time they are sent."""

    adds_to = ACTUAL_KEY
    day_key = ACTUAL_KEY[:-1]
    spent = MINUTES
    advice: ClassVar[Mapping[str, str]] = {"roleId": FIND_ROLE}
    undone_as = "actuals"

    def added(self, before: Row, body: Row, now: Row | None) -> bool | None:
        """Whether minutes arrived at the actual of their key; None if it cannot be told."""
        have, was, add = (_minutes(row) for row in (now or {}, before, body))
        will = [n + more for n, more in zip(was, add, strict=True)]
        if (have == was) != (have == will):
            return have == will
        return None

    def fits(self, expected: Row, row: Row) -> bool:
        return same_key(expected, row)

    def back(self, done: Sequence[Done]) -> list[Back]:
        """Return the actuals with the minutes that they had before the push."""
        found: dict[Any, Back] = {}
        for one in (one for one in done if one.status == "created" and one.ids):
            old = one.operation.old
            cells = {"id": one.ids[0], **{name: old.get(name) or 0 for name in MINUTES}}
            # The version of the last entry is the one that the account has.
            found[one.ids[0]] = Back(one.operation, cells, delete=not old)
        return list(found.values())


def same_key(one: Row, other: Row) -> bool:
    """Whether two actuals are of the same day, person, project, role and workstream."""
    return all(alike(one.get(name), other.get(name)) for name in ACTUAL_KEY)


def _is_emptied(operation: Operation) -> bool:
    """Whether a change sets the minutes of an actual to 0."""
    changed = operation.action == "update" and operation.requests
    return bool(changed and not sum(_minutes(operation.wanted)) and sum(_minutes(operation.old)))


def _minutes(row: Row) -> list[int]:
    return [row.get(name) or 0 for name in MINUTES]


class Locks(Kind):
    """The lock of a project's timesheet, which is read project by project."""

    def read(self, rows: AccountRows, cells: Iterable[Row]) -> list[Row] | None:
        ids = sorted({row["projectId"] for row in cells if row.get("projectId")})
        found = [(own, rows.one(f"/projects/{own}/timesheet-lock/")) for own in ids]
        return [{"projectId": own, **row} for own, row in found if row is not None]

    def change(self, old: Row, new: Row, changed: Sequence[str], bad: Bad) -> list[Request]:
        operation = self.operation("update")
        lock = {"status": new.get("status"), "lockedUntil": new.get("lockedUntil")}
        bad += self.alternatives(operation, lock)
        if lock["status"] == "UNLOCKED" and "lockedUntil" in changed and new.get("lockedUntil"):
            bad.append(("lockedUntil", "is set, but the status is UNLOCKED"))
        body = {name: value for name, value in lock.items() if value is not None}
        return [Request(operation.method, self.path(operation, old), body)]

    def alternatives(self, operation: ApiOperation, body: Row) -> Bad:
        """Return what is wrong: a lock needs a day, an unlocked project has none."""
        if body.get("status") == "UNLOCKED":
            body.pop("lockedUntil", None)
            return []
        names = ("status", "lockedUntil")
        return [(name, "is required to lock") for name in names if body.get(name) is None]
