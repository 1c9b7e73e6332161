"""Leave, which Runn merges with what it meets: a plan looks ahead, an undo takes it apart.

Runn merges leave with what it overlaps or, for whole days, touches: one record is left, with
the days of both and one of the notes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import accumulate
from operator import itemgetter
from typing import Any

from runn_pandas.push.kinds.assignments import Remade
from runn_pandas.push.kinds.base import ID_NOT_KNOWN, Looked, Rows, Work, people_of, some
from runn_pandas.push.model import Outcome, Problem, Request, Row, RowPlan, grouped

FIELDS = ("personId", "startDate", "endDate", "minutesPerDay", "note")


class Leave(Remade):
    """A record of days that Runn merges with others of the same person."""

    merges = True

    def exchange(self, old: Row, new: Row, changed: Sequence[str], make: Request) -> list[Request]:
        drop = self.delete(old)
        was, now = leave_of(old), leave_of(new)
        if was is None or now is None or not touch(was, now):
            return [make, *drop]
        if set(changed) <= {"startDate", "endDate"} and covers(now, was):
            return [make]  # Runn merges the old one into it
        # The new one would be merged with the old one, so the old one goes first.
        return [*drop, replace(make, mend=True)]

    def look_around(
        self, rows: Rows, row_plans: list[RowPlan], begun: Sequence[RowPlan], labels: Sequence[Any]
    ) -> Looked:
        if not any(d.requests for d in row_plans):
            return Looked(row_plans)
        there = rows.of_people(self.writable.name, people_of([*row_plans, *begun]))
        return _Look(row_plans, list(begun), there, labels).looked()

    def fits(self, expected: Row, row: Row) -> bool:
        """Whether a leave is in a record: it is merged with those it overlaps."""
        first, last = (str(row.get(name) or "")[:10] for name in ("startDate", "endDate"))
        return (
            all(self._shows(n, expected.get(n), row.get(n)) for n in ("personId", "minutesPerDay"))
            and first <= expected["startDate"]
            and expected["endDate"] <= last
        )

    def said(self, sent: Row, made: Row, row_plan: RowPlan) -> str:
        own = made.get("id")
        was_there = own in [row.get("id") for row in row_plan.beside]
        told = [
            f"{name} {_shown(made[name])}, not {_shown(sent.get(name))}"
            for name in FIELDS
            if (made.get(name, sent.get(name)) or None) != (sent.get(name) or None)
        ]
        if told:
            text = f"Runn made leave id {own} of it: {'; '.join(told)}. It was merged with other"
            return f"{text} leave.{' That id was there before.' if was_there else ''}"
        return f"It became part of leave id {own}, which was there before." if was_there else ""

    def arrived(self, expected: Row, rows: Iterable[Row], claimed: Collection[Any]) -> list[Row]:
        return [row for row in rows if self.fits(expected, row)]

    # -- taking it back

    restored_whole = True

    def beside_now(self, rows: Rows, row_plans: Sequence[RowPlan]) -> dict[Any, Row]:
        there = rows.of_people(self.writable.name, people_of(row_plans))
        return {row["id"]: row for row in there}

    def undo(self, work: Work) -> None:
        _Apart(self, work).undo()
        self.say_made_anew(work, "")


class _Apart:
    """Leave taken apart again: what there was before, out of what there is now."""

    def __init__(self, kind: Leave, work: Work) -> None:
        self.kind, self.work = kind, work
        self.before: dict[Any, Row] = {}  # what was there before the push, by id
        self.owner: dict[Any, int] = {}  # by its id the row that was it
        self.after: dict[Any, list[RowPlan]] = {}  # by id the rows that it came of
        self.kept: dict[int, Any] = {}
        self.restored: set[Any] = set()
        for row_plan, outcome in work.done:
            self.take_in(row_plan, outcome)

    def take_in(self, row_plan: RowPlan, outcome: Outcome) -> None:
        if outcome.status not in ("created", "updated", "deleted"):
            return
        if row_plan.key and outcome.status != "created":  # else the new one is beside the old one
            self.before[row_plan.id] = row_plan.old or {}
            self.owner[row_plan.id] = row_plan.position
            self.kept[row_plan.position] = row_plan.id
        for row in row_plan.beside:
            self.before.setdefault(row["id"], row)
        if outcome.status != "deleted":
            self.after.setdefault(outcome.id, []).append(row_plan)

    def undo(self) -> None:
        for own, row_plans in self.after.items():
            reason = self.not_apart(own, row_plans)
            if reason:
                self.work.cannot(row_plans[0], reason)
                self.restored |= {self.kept.get(d.position) for d in row_plans}
            else:
                self.take_apart(own, row_plans)
        for own, row in self.before.items():
            if own not in self.restored:
                self.make_again(own, row)

    def take_apart(self, own: Any, row_plans: Sequence[RowPlan]) -> None:
        """Make one of those that a leave came of out of it, or delete it."""
        position = self.owner.get(own, row_plans[0].position)
        was = [self.kept.get(d.position) for d in row_plans]
        old = next((one for one in was if one not in (None, *self.after)), None)
        if own in self.before:
            old = own
        if old is None or old in self.restored:
            self.work.rows[position] = {"id": own}
            self.work.deletes.add(position)
        else:
            self.work.rows[position] = {"id": own, **_fields(self.before[old])}
            self.restored.add(old)
        self.work.expected[position] = self.kind.answered(self.work, own)

    def make_again(self, own: Any, row: Row) -> None:
        there = {"id": own} if own in self.work.now else {}
        back = {**there, **_fields(row)}
        position = self.owner.get(own, -1)
        if position in self.work.rows or position < 0:
            self.work.more(f"leave {own}", back)
        else:
            self.work.rows[position] = back

    def not_apart(self, own: Any, row_plans: Sequence[RowPlan]) -> str:
        """Why a leave cannot be taken apart into what there was before it; "" if it can."""
        if own is None:
            return ID_NOT_KNOWN
        days = [leave_of(row) for d in row_plans for row in (d.wanted, *d.beside)]
        answer = self.work.answers.get(own, {})
        first, last = answer.get("startDate"), answer.get("endDate")
        if answer and any(days) and (first, last) != _span(filter(None, days)):
            return (
                f"Runn merged it with other leave into id {own} ({first} to {last}), and how that"
                " was is not known; change it in Runn"
            )
        if own not in self.before and self.work.mark is not None and own <= self.work.mark:
            return f"it became part of leave id {own}, and how that was before is not known"
        return ""


def _fields(row: Mapping[str, Any]) -> Row:
    return {name: row.get(name) for name in FIELDS}


@dataclass(frozen=True)
class Days:
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


def leave_of(row: Mapping[str, Any] | None, position: int | None = None) -> Days | None:
    """Return a row as leave, or None if it does not say whose and when."""
    if not row or None in map(row.get, FIELDS[:3]):
        return None
    first, last = str(row["startDate"]), str(row["endDate"])
    if last < first:
        return None
    own, note = row.get("id"), row.get("note") or None
    return Days(row["personId"], first, last, row.get("minutesPerDay"), note, own, position)


def wanted(row_plan: RowPlan) -> Days | None:
    """Return the leave that a row asks for, or None if it deletes or changes nothing."""
    if row_plan.action not in ("create", "update") or not row_plan.requests:
        return None
    return leave_of(row_plan.wanted, row_plan.position)


def overlap(one: Days, other: Days) -> bool:
    """Whether a person has two leaves on one day."""
    return one.person == other.person and one.first <= other.last and other.first <= one.last


def touch(one: Days, other: Days) -> bool:
    """Whether the leaves of a person overlap or follow on each other."""
    return (
        one.person == other.person
        and one.first <= day_after(other.last)
        and other.first <= day_after(one.last)
    )


def says_the_same(new: Days, old: Days) -> bool:
    """Whether a new leave adds nothing to one that is there."""
    days = (new.person, new.first, new.last, new.minutes)
    same = days == (old.person, old.first, old.last, old.minutes)
    return same and new.note in (None, old.note)


def merges(one: Days, other: Days) -> bool:
    """Whether Runn makes one of two leaves."""
    if one.minutes is None and other.minutes is None:
        return touch(one, other)
    return one.minutes == other.minutes and overlap(one, other)


class _Look:
    """Leave as it will be when all is done: what meets, what must go first."""

    def __init__(
        self,
        row_plans: Sequence[RowPlan],
        held: list[RowPlan],
        account: Sequence[Mapping[str, Any]],
        labels: Sequence[Any],
    ) -> None:
        self.labels = labels
        self.plans = {d.position: d for d in row_plans}
        moved = {d.id: d for d in (*row_plans, *held) if d.requests and d.key}
        # What is there now and goes: deleted, or changed into something else.
        self.going = _Spans(leave_of(d.old, d.position) for d in moved.values())
        self.highest = max((row["id"] for row in account), default=0)
        self.rows = {row["id"]: dict(row) for row in account if row["id"] not in moved}
        staying = self.staying(held)
        there = _Spans(staying)
        self.row_plans = [self.told_apart(row_plan, there) for row_plan in row_plans]
        self.coming = list(filter(None, map(wanted, self.row_plans)))
        self.ending = _Spans([*staying, *self.coming])

    def staying(self, held: Iterable[RowPlan]) -> list[Days]:
        """The leave of the account that is judged: what was begun is in a state between."""
        begun = _Spans(leave_of(row) for d in held for row in (d.wanted, d.old))
        known = filter(None, map(leave_of, self.rows.values()))
        return [one for one in known if not any(overlap(one, o) for o in begun.near(one))]

    def told_apart(self, row_plan: RowPlan, there: _Spans) -> RowPlan:
        """Leave as it is what is new by its row, and is there already."""
        leave = wanted(row_plan) if row_plan.action == "create" else None
        if leave is None:
            return row_plan
        same = next((o for o in there.near(leave) if says_the_same(leave, o)), None)
        if same is None:
            return row_plan
        old = self.rows[same.id]
        return RowPlan(row_plan.position, "unchanged", (same.id,), old=old)

    def looked(self) -> Looked:
        """Return what the look adds to the plans."""
        met = {leave.position: self.met(leave) for leave in self.coming}
        needs = {leave.position: self.waits_for(leave) for leave in self.coming}
        problems = self.circles(needs)
        for leave in self.coming:
            problems += self.problems(leave, met[leave.position])
        beside = {leave.position: self.merged(leave, met[leave.position]) for leave in self.coming}
        row_plans = [
            replace(d, needs=needs[p], beside=beside[p]) if needs.get(p) or beside.get(p) else d
            for p, d in zip(self.plans, self.row_plans, strict=True)
        ]
        return Looked(row_plans, problems, [] if problems else self.notes(met), self.highest)

    def waits_for(self, leave: Days) -> tuple[int, ...]:
        """The rows that must be done before a leave can be there."""
        others = [o.position for o in self.going.near(leave) if touch(leave, o)]
        return tuple(sorted(one for one in others if one not in (None, leave.position)))

    def merged(self, leave: Days, met: Iterable[Days]) -> tuple[Row, ...]:
        """The rows of the account that Runn merges with a leave."""
        return tuple(self.rows[o.id] for o in met if o.position is None and merges(leave, o))

    def met(self, leave: Days) -> list[Days]:
        """The leave that one comes to lie on or beside, when all is done."""
        others = [o for o in self.ending.near(leave) if o is not leave]
        return [o for o in others if merges(leave, o) or overlap(leave, o)]

    def problems(self, leave: Days, met: Sequence[Days]) -> list[Problem]:
        """Why a leave cannot be what its row says, or would take from another."""
        row_plan = self.plans[leave.position or 0]
        shown = leave.days if row_plan.id is None else f"{leave.days} (id {row_plan.id})"
        reasons = [self.reason(leave, other, row_plan) for other in met]
        grown = self.grown(leave, met) if row_plan.action == "update" else ""
        label = self.labels[row_plan.position]
        return [
            Problem(label, "startDate", shown, reason) for reason in (*reasons, grown) if reason
        ]

    def reason(self, leave: Days, other: Days, row_plan: RowPlan) -> str:
        """Why a leave cannot be beside another; "" if it can, or if that one says so."""
        if other.position is not None and row_plan.position < other.position:
            return ""
        if not merges(leave, other):
            return f"overlaps {self.who(other)} of other minutesPerDay, which Runn refuses"
        if leave.note != other.note:
            within = other.position is None and covers(other, leave)
            return (
                f"{'is within' if within else 'meets'} {self.who(other)} with the note"
                f" {other.note or ''!r:.40}: Runn makes one leave of both and keeps one note."
                " Delete that one in the same push, or give both the same note, or leave the row"
                f" out: df.drop([{self.labels[row_plan.position]!r}])"
            )
        return ""

    def grown(self, leave: Days, met: Sequence[Days]) -> str:
        """Why a changed leave would be longer than its row says; "" if it would not."""
        first, last = self.union(leave, met)
        alike = [o for o in met if merges(leave, o) and leave.note == o.note]
        if not alike or (first, last) == (leave.first, leave.last):
            return ""
        return (
            f"meets {self.who(alike[0])}: Runn would make one leave of both, {first} to {last},"
            " which is more than the row says. Delete that one in the same push, and give the row"
            " the days of both if it shall have them"
        )

    def circles(self, needs: Mapping[int | None, Sequence[int]]) -> list[Problem]:
        """Rows each of which would have to wait for the other."""
        try:
            TopologicalSorter(needs).prepare()
            return []
        except CycleError:
            looped = [position for position in needs if position in _all_needs(position, needs)]
        reason = "takes the place of leave that takes its place in turn; push one of them first"
        return [Problem(self.labels[one or 0], "startDate", None, reason) for one in looped]

    def union(self, leave: Days, met: Sequence[Days]) -> tuple[str, str]:
        """The days of what Runn makes of a leave and those it merges with."""
        return _span([leave, *(other for other in met if merges(leave, other))])

    def who(self, leave: Days) -> str:
        if leave.position is None:
            return f"leave id {leave.id} ({leave.days})"
        return f"row {self.labels[leave.position]!r} ({leave.days})"

    def notes(self, met: Mapping[int | None, list[Days]]) -> list[str]:
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
        return some(said, "such rows of leave")


def _all_needs(position: int | None, needs: Mapping[int | None, Sequence[int]]) -> set[Any]:
    """Return what a row waits for, and what that waits for in turn."""
    found: set[Any] = set()
    ahead = list(needs.get(position, ()))
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += needs.get(one, ())
    return found


def _span(leaves: Iterable[Days]) -> tuple[str, str]:
    """Return the first and the last day of several leaves."""
    days = [(one.first, one.last) for one in leaves]
    return min(first for first, _ in days), max(last for _, last in days)


class _Spans:
    """Leave by person in order of its days, to be found by days."""

    def __init__(self, leaves: Iterable[Days | None]) -> None:
        known = enumerate(filter(None, leaves))
        pairs = grouped(((one.person,), (one.first, number, one)) for number, one in known)
        self.sorted = {person: sorted(mine) for (person,), mine in pairs.items()}
        # By person the last day of all up to each.
        self.ends = {p: [*accumulate((o.last for *_, o in m), max)] for p, m in self.sorted.items()}

    def near(self, leave: Days) -> list[Days]:
        """Return all leave that may touch one, in the order in which it was given."""
        mine, ends = self.sorted.get(leave.person, []), self.ends.get(leave.person, [])
        stop = bisect_right(mine, day_after(leave.last), key=itemgetter(0))
        start = bisect_left(ends, day_after(leave.first, -1))
        return [one for *_, one in sorted(mine[start:stop], key=itemgetter(1))]


def covers(one: Days, other: Days) -> bool:
    """Whether a leave has all days of another."""
    return one.first <= other.first and other.last <= one.last


def _shown(value: Any) -> str:
    return "nothing" if value in (None, "") else f"{value!s:.40}"


@lru_cache(4096)
def day_after(day: str, days: int = 1) -> str:
    """Return the day after one; the last day there is has none."""
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError:
        return day
