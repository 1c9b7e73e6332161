"""Assignments and leave: the API cannot change them, so a change is a new record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar

from runn_pandas.pushing.kinds.base import (
    AccountRows,
    Back,
    Bad,
    Done,
    Kind,
    Looked,
    people_of,
)
from runn_pandas.pushing.model import Operation, Problem, Request, Row, grouped

LEAVE = ("personId", "startDate", "endDate", "minutesPerDay", "note")


class Replaced(Kind):
    """An assignment: a change creates a new one and deletes the old one.

    Runn splits a new assignment around leave, so one row can become several records.
    """

    spent: ClassVar[tuple[str, ...]] = ("minutesPerDay",)
    advice: ClassVar[Mapping[str, str]] = {
        "personId": ". For an open role push 'placeholders' first and use their ids"
    }
    writes_whole = True
    is_replaced = True

    def change(self, old: Row, new: Row, changed: Sequence[str], bad: Bad) -> list[Request]:
        """Return a new record and the deletion of the old one, in the order that loses nothing."""
        if old.get("isActive") is False or old.get("isTemplate") is True:
            bad.append(
                (changed[0], "is of an inactive or template assignment, which cannot change")
            )
        merged = {name: value for name, value in {**old, **new}.items() if value not in (None, "")}
        if merged.get("isNonWorkingDay") is False and "isNonWorkingDay" not in changed:
            merged.pop("isNonWorkingDay")
        operation = self.operation("create")
        body = self.body(merged, bad)
        make = Request(operation.method, self.path(operation, merged), body, creates=True)
        return self.exchange(old, merged, make)

    def exchange(self, old: Row, new: Row, make: Request) -> list[Request]:
        """Return the requests that put a new record in the place of the old one."""
        return [make, *self.delete(old)]

    def made(self, expected: Row, rows: Iterable[Row]) -> list[Row]:
        """Return the parts that a new assignment was split into."""
        found: list[Row] = []
        for row in sorted(rows, key=lambda row: (str(row.get("startDate")), row["id"])):
            if self.fits(expected, row) and (not found or row["startDate"] > found[-1]["endDate"]):
                found.append(row)
        return found

    def fits(self, expected: Row, row: Row) -> bool:
        first, last = expected["startDate"], expected["endDate"]
        days = [str(row.get(name))[:10] for name in ("startDate", "endDate")]
        rest = {n: v for n, v in expected.items() if n not in ("startDate", "endDate")}
        return all(first <= day <= last for day in days) and super().fits(rest, row)

    def back_updated(self, done: Done) -> list[Back]:
        old = {n: done.operation.old.get(n) for n in self.writable.create_fields}
        note = "The old record is created again and gets a new id."
        if not done.ids:
            return [Back(done.operation, {}, reason="the id of the new record is not known")]
        first, *others = done.ids
        parts = [Back(done.operation, {"id": own}, delete=True) for own in others]
        return [Back(done.operation, {**old, "id": first}, note=note), *parts]


class Leave(Replaced):
    """Leave, which Runn merges with leave that it meets; a plan refuses that."""

    spent: ClassVar[tuple[str, ...]] = ()
    advice: ClassVar[Mapping[str, str]] = {}

    def exchange(self, old: Row, new: Row, make: Request) -> list[Request]:
        drop = self.delete(old)
        was, now = leave_of(old), leave_of(new)
        if was is None or now is None or not touch(was, now):
            return [make, *drop]
        # Runn would merge the new one with the old one, so the old one is deleted first.
        body = self.body({n: v for n, v in old.items() if v not in (None, "")}, [])
        return [*drop, replace(make, restores=body)]

    def fits(self, expected: Row, row: Row) -> bool:
        names = ("personId", "startDate", "endDate", "minutesPerDay")
        return all(self._shows(n, expected.get(n), row.get(n)) for n in names)

    def made(self, expected: Row, rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if self.fits(expected, row)][:1]

    def look_around(
        self, rows: AccountRows, operations: list[Operation], baseline: Mapping[Any, Row]
    ) -> Looked:
        """Refuse leave that Runn would merge; leave that is there already is unchanged."""
        coming = [one for one in operations if one.requests and one.action != "delete"]
        if not coming:
            return Looked(operations)
        there = rows.of_people(self.writable.name, people_of(coming))
        going = {one.id for one in operations if one.requests and one.id is not None}
        stays = [row for row in there if row["id"] not in going]
        found = _Meetings(stays, coming)
        looked = Looked([], problems=found.problems)
        for one in operations:
            own = found.same.get(one.row)
            looked.operations.append(
                replace(one, action="unchanged", id=own, requests=(), changes=()) if own else one
            )
        return looked


@dataclass(frozen=True)
class Days:
    """One leave of a person."""

    person: Any
    first: str
    last: str
    minutes: Any
    note: str
    name: str

    @property
    def span(self) -> str:
        """The days as text."""
        return self.first if self.first == self.last else f"{self.first} to {self.last}"


def leave_of(row: Mapping[str, Any], name: str = "") -> Days | None:
    """Return a row as leave, or None if its person or days are missing."""
    if None in map(row.get, LEAVE[:3]):
        return None
    first, last = str(row["startDate"]), str(row["endDate"])
    note = row.get("note") or ""
    return Days(row["personId"], first, last, row.get("minutesPerDay"), note, name)


def touch(one: Days, other: Days) -> bool:
    """Whether two leaves of a person overlap or follow each other."""
    return (
        one.person == other.person
        and one.first <= next_day(other.last)
        and other.first <= next_day(one.last)
    )


def merges(one: Days, other: Days) -> bool:
    """Whether Runn merges two leaves, or refuses the second one."""
    whole = one.minutes is None and other.minutes is None
    return touch(one, other) and (whole or (one.first <= other.last and other.first <= one.last))


def next_day(day: str) -> str:
    """Return the day after one; the last day of all has none."""
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except OverflowError:
        return day


class _Meetings:
    """New leave next to the leave that stays.

    Attributes
    ----------
    same : dict of int to id
        By row the leave of the account that has the same days already.
    problems : list of Problem
        The rows that Runn would merge.
    """

    def __init__(self, stays: Collection[Row], coming: Sequence[Operation]) -> None:
        self.same: dict[int, Any] = {}
        self.problems: list[Problem] = []
        known = [(leave_of(row, f"leave {row['id']}"), row["id"]) for row in stays]
        self._there = grouped((one.person, (one, own)) for one, own in known if one is not None)
        for operation in coming:
            self._take(operation)

    def _take(self, operation: Operation) -> None:
        own = leave_of(operation.wanted, f"row {operation.label!r}")
        if own is None:
            return
        mine = self._there.setdefault(own.person, [])
        for other, number in mine:
            if operation.action == "create" and number is not None and _is_same(own, other):
                self.same[operation.row] = number
                return
        met = next((other for other, _ in mine if merges(own, other)), None)
        mine.append((own, None))
        if met is not None:
            first, last = min(own.first, met.first), max(own.last, met.last)
            reason = (
                f"meets {met.name} ({met.span}) of the same person, and Runn would merge or refuse"
                f" them. Push one leave from {first} to {last}, and delete {met.name}"
            )
            self.problems.append(Problem(operation.label, "startDate", own.first, reason))


def _is_same(new: Days, there: Days) -> bool:
    """Whether the account has a new leave already."""
    days = (new.first, new.last, new.minutes) == (there.first, there.last, there.minutes)
    return days and new.note in ("", there.note)
