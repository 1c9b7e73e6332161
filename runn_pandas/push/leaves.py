"""Leave that meets other leave: Runn makes one of both, so a plan looks ahead.

Runn merges leave with what it overlaps or, for whole days, touches: one record is left, with
the days of both and one of the notes. Values from values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runn_pandas.push.model import Problem, RowPlan
from runn_pandas.push.rules import day_after

Row = dict[str, Any]
FIELDS = ("personId", "startDate", "endDate", "minutesPerDay", "note")
SHOWN = 5


@dataclass(frozen=True)
class Leave:
    """One leave of a person; `position` is its row in the frame, if it has one."""

    person: Any
    first: str
    last: str
    minutes: Any
    note: str | None
    id: Any = None
    position: int | None = None

    @property
    def days(self) -> str:
        return self.first if self.first == self.last else f"{self.first} to {self.last}"


@dataclass
class Looked:
    """What a look around adds to row_plans."""

    row_plans: list[RowPlan]
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    highest: int | None = None  # of the ids that there are, where a new one is told by it


def leave_of(row: Mapping[str, Any] | None, position: int | None = None) -> Leave | None:
    """Give a row as leave, or None if it does not say whose and when."""
    if not row or any(row.get(name) is None for name in FIELDS[:3]):
        return None
    first, last = str(row["startDate"]), str(row["endDate"])
    if last < first:
        return None
    own, note = row.get("id"), row.get("note") or None
    return Leave(row["personId"], first, last, row.get("minutesPerDay"), note, own, position)


def wanted(row_plan: RowPlan) -> Leave | None:
    """Give the leave that a row_plan asks for, or None if it deletes or changes nothing."""
    if row_plan.action not in ("create", "update") or not row_plan.requests:
        return None
    return leave_of(row_plan.wanted, row_plan.position)


def overlap(one: Leave, other: Leave) -> bool:
    """Tell whether a person has two leaves on one day."""
    return one.person == other.person and one.first <= other.last and other.first <= one.last


def touch(one: Leave, other: Leave) -> bool:
    """Tell whether the leaves of a person overlap or follow on each other."""
    return (
        one.person == other.person
        and one.first <= day_after(other.last)
        and other.first <= day_after(one.last)
    )


def says_the_same(new: Leave, old: Leave) -> bool:
    """Tell whether a new leave adds nothing to one that is there."""
    days = (new.person, new.first, new.last, new.minutes)
    same = days == (old.person, old.first, old.last, old.minutes)
    return same and new.note in (None, old.note)


def merges(one: Leave, other: Leave) -> bool:
    """Tell whether Runn makes one of two leaves."""
    if one.minutes is None and other.minutes is None:
        return touch(one, other)
    return one.minutes == other.minutes and overlap(one, other)


def look(
    row_plans: Sequence[RowPlan],
    held: Iterable[RowPlan],
    account: Iterable[Mapping[str, Any]],
    labels: Sequence[Any],
) -> Looked:
    """Look at what leave would meet: what must go first, what is refused, what is said.

    Parameters
    ----------
    row_plans
        What the plan does.
    held
        What an unfinished push of the same began, and what is not judged again.
    account
        All leave of the people concerned.
    labels
        The frame's labels, by position.
    """
    return _Look(row_plans, list(held), account, labels).looked()


class _Look:
    def __init__(
        self,
        row_plans: Sequence[RowPlan],
        held: list[RowPlan],
        account: Iterable[Mapping[str, Any]],
        labels: Sequence[Any],
    ) -> None:
        self.labels = labels
        moved = [d for d in (*row_plans, *held) if d.requests]
        # What is there now and goes: deleted, or changed into something else.
        self.going = _by_person(leave_of(d.old, d.position) for d in moved if d.key)
        begun = _by_person(leave for d in held for leave in (wanted(d), leave_of(d.old)))
        ids = {d.id for d in moved if d.key}
        found = {row.get("id"): row for row in account}
        self.highest = max((own for own in found if isinstance(own, int)), default=0)
        self.rows = {own: dict(row) for own, row in found.items() if own not in ids}
        staying = [
            leave
            for row in self.rows.values()
            if (leave := leave_of(row)) is not None
            # What was begun is in a state between: it is not judged.
            and not any(overlap(leave, one) for one in begun.get(leave.person, ()))
        ]
        there = _by_person(staying)
        self.row_plans = [self.told_apart(row_plan, there) for row_plan in row_plans]
        self.coming = [leave for d in self.row_plans if (leave := wanted(d)) is not None]
        self.ending = _by_person([*staying, *self.coming])
        self.action = {d.position: d.action for d in row_plans}
        self.own = {d.position: d.id for d in row_plans}

    def told_apart(self, row_plan: RowPlan, there: Mapping[Any, Sequence[Leave]]) -> RowPlan:
        """Leave as it is what is new by its row, and is there already."""
        leave = wanted(row_plan) if row_plan.action == "create" else None
        if leave is None:
            return row_plan
        same = next((o for o in there.get(leave.person, ()) if says_the_same(leave, o)), None)
        if same is None:
            return row_plan
        old = self.rows[same.id]
        return RowPlan(row_plan.position, "unchanged", (same.id,), old=old)

    def looked(self) -> Looked:
        needs = {
            leave.position: sorted(
                other.position
                for other in self.going.get(leave.person, ())
                if other.position not in (None, leave.position) and touch(leave, other)
            )
            for leave in self.coming
        }
        met = {leave.position: self.met(leave) for leave in self.coming}
        beside = {
            leave.position: [
                self.rows[other.id]
                for other in met[leave.position]
                if other.position is None and merges(leave, other)
            ]
            for leave in self.coming
        }
        problems = self.circles(needs)
        for leave in self.coming:
            problems += self.problems(leave, met[leave.position])
        row_plans = [
            replace(
                d,
                needs=tuple(needs.get(d.position, ())),
                beside=tuple(beside.get(d.position, ())),
            )
            for d in self.row_plans
        ]
        return Looked(row_plans, problems, [] if problems else self.notes(met), self.highest)

    def met(self, leave: Leave) -> list[Leave]:
        """The leave that one comes to lie on or beside, when all is done."""
        others = [o for o in self.ending[leave.person] if o is not leave]
        return [o for o in others if merges(leave, o) or overlap(leave, o)]

    def problems(self, leave: Leave, met: Sequence[Leave]) -> list[Problem]:
        """Why a leave cannot be what its row says, or would take from another."""
        reasons = []
        for other in met:
            later = other.position is None or (leave.position or 0) > other.position
            who = self.who(other)
            if not merges(leave, other):
                if later:
                    reasons.append(f"overlaps {who} of other minutesPerDay, which Runn refuses")
            elif leave.note != other.note and later:
                reasons.append(
                    f"meets {who} with the note {other.note or ''!r:.40}: Runn makes one leave of"
                    " both and keeps one note. Delete that one in the same push, or give both"
                    " the same note"
                )
            elif leave.note == other.note and self.action[leave.position or 0] == "update":
                first, last = self.union(leave, met)
                if (first, last) != (leave.first, leave.last):
                    reasons.append(
                        f"meets {who}: Runn would make one leave of both, {first} to {last}, which"
                        " is more than the row says. Delete that one in the same push, and give"
                        " the row the days of both if it shall have them"
                    )
                    break
        own = self.own[leave.position or 0]
        shown = leave.days if own is None else f"{leave.days} (id {own})"
        label = self.labels[leave.position or 0]
        return [Problem(label, "startDate", shown, reason) for reason in reasons]

    def circles(self, needs: Mapping[int | None, list[Any]]) -> list[Problem]:
        """Rows each of which would have to wait for the other."""
        found = []
        for position in needs:
            seen: set[int] = set()
            open_ = list(needs.get(position, ()))
            while open_:
                one = open_.pop()
                if one not in seen:
                    seen.add(one)
                    open_ += needs.get(one, ())
            if position in seen:
                found.append(
                    Problem(
                        self.labels[position or 0],
                        "startDate",
                        None,
                        "takes the place of leave that takes its place in turn; push one of them"
                        " first",
                    )
                )
        return found

    def union(self, leave: Leave, met: Sequence[Leave]) -> tuple[str, str]:
        """The days of what Runn makes of a leave and those it merges with."""
        all_ = [leave, *(other for other in met if merges(leave, other))]
        return min(one.first for one in all_), max(one.last for one in all_)

    def who(self, leave: Leave) -> str:
        if leave.position is None:
            return f"leave id {leave.id} ({leave.days})"
        return f"row {self.labels[leave.position]!r} ({leave.days})"

    def notes(self, met: Mapping[int | None, list[Leave]]) -> list[str]:
        """What Runn makes of the leave that meets other leave."""
        said = []
        told: set[frozenset[int | None]] = set()
        for leave in self.coming:
            for other in met[leave.position]:
                pair = frozenset((leave.position, other.position))
                if other.position is not None and pair in told:
                    continue
                told.add(pair)
                row = f"Row {self.labels[leave.position or 0]!r} ({leave.days})"
                if other.position is None and covers(other, leave):
                    said.append(f"{row}: {self.who(other)} has these days, so nothing is added.")
                    continue
                first, last = self.union(leave, [other])
                said.append(
                    f"{row} meets {self.who(other)}: Runn makes one leave of both, {first} to"
                    f" {last}."
                )
        more = len(said) - SHOWN
        return said if more <= 0 else [*said[:SHOWN], f"... and {more} more such rows of leave."]


def _by_person(leaves: Iterable[Leave | None]) -> dict[Any, list[Leave]]:
    found: dict[Any, list[Leave]] = {}
    for leave in leaves:
        if leave is not None:
            found.setdefault(leave.person, []).append(leave)
    return found


def covers(one: Leave, other: Leave) -> bool:
    """Tell whether a leave has all days of another."""
    return one.first <= other.first and other.last <= one.last


def difference(sent: Mapping[str, Any], made: Mapping[str, Any] | None, row_plan: RowPlan) -> str:
    """Say what Runn made of a leave, where it is not what was sent; "" where it is.

    Examples
    --------
    >>> sent = {"personId": 1, "startDate": "2026-06-01", "endDate": "2026-06-02"}
    >>> difference(sent, {"id": 7, **sent, "endDate": "2026-06-05"}, RowPlan(0, "create"))[:42]
    'Runn made leave id 7 of it: endDate 2026-0'
    """
    if made is None:
        return "The answer shows no leave of these days; look in Runn what became of it."
    own = made.get("id")
    there = {row.get("id") for row in row_plan.beside}
    told = [
        f"{name} {_shown(made.get(name))}, not {_shown(sent.get(name))}"
        for name in FIELDS
        if name in made and (made.get(name) or None) != (sent.get(name) or None)
    ]
    if told:
        text = f"Runn made leave id {own} of it: {'; '.join(told)}. It was merged with other leave."
        return f"{text} That id was there before." if own in there else text
    if own in there:
        return f"It became part of leave id {own}, which was there before."
    return ""


def _shown(value: Any) -> str:
    return (
        "nothing"
        if value in (None, "")
        else f"{value:.40}"
        if isinstance(value, str)
        else str(value)
    )
