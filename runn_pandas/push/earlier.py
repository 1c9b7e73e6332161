"""What pushes that ended made already, or left half done, of what a frame asks for again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Any

from runn_pandas.frame.encode import same
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.answers import rows_of
from runn_pandas.push.diff import Diff, decide_now
from runn_pandas.push.journal import Journal, Made
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.kinds.base import encoded_row, some
from runn_pandas.push.match import Baseline
from runn_pandas.push.model import SHOWN, Change, Intent, Key, Problem, Row, RowPlan, done, grouped
from runn_pandas.push.past import PastRow
from runn_pandas.push.probe import named
from runn_pandas.push.resume import Resumed

AGAIN = "repeat=True makes a second one"
BESIDE = (
    "was changed by push {push} already, which made id {new} of it, but the old one (id {old}) is"
    " still there: put {old} in delete=, and change id {new}"
)


@dataclass(frozen=True)
class _Repeat:
    """A row that was made already, whole or half, with what is sent for it, and what is gone."""

    row_plan: RowPlan
    made: Made
    changed: bool = False
    gone: Key = ()
    half: bool = False


@dataclass
class Earlier:
    """A frame beside what pushes that ended did of it; what is to be done is changed in place.

    Rows that are finished come to `resumed`; `family` is the token of the whole plan, if a part
    of one is made anew.
    """

    intent: Intent
    found: Diff
    journal: Journal
    rows: AccountRows
    baseline: Baseline
    resumed: Resumed
    family: str = ""

    def __post_init__(self) -> None:
        self.kind = kind_of(self.intent.writable)

    def settle(self) -> list[str]:
        """Do not do again what was done; return what to say of it."""
        self._know_own_versions()
        said = self._leave_made()
        if not (self.kind.merges or self.intent.undoes):
            self._finish_exchanged()
        return [*said, *self._doubted()]

    def _planned(self, action: str) -> dict[int, RowPlan]:
        """Return by position the rows with an action that no unfinished push has begun."""
        begun = self.resumed.begun_rows
        plans = [d for d in self.found.row_plans if d.action == action]
        return {d.position: d for d in plans if d.position not in begun}

    def _put(self, row_plans: Mapping[int, RowPlan]) -> None:
        """Do with some rows something else."""
        self.found.row_plans = [row_plans.get(d.position, d) for d in self.found.row_plans]

    def _there(self, ids: Set[Any]) -> dict[Any, Row]:
        """Return the records of some ids that are still in the account, by id."""
        rows = self.baseline.rows
        found = {own: rows[own,] for own in ids if (own,) in rows}
        missing = set() if self.baseline.complete else ids - found.keys()
        found |= self.rows.still(self.intent, missing) if missing else {}
        return {own: encoded_row(row, self.intent.writable) for own, row in found.items()}

    # -- new rows that were made

    def _leave_made(self) -> list[str]:
        """Leave new rows unchanged that were made and are still there; return what to say of it.

        Equal rows count: of three, when two were made, one is new. A record that another row of
        the frame names is that row's, whatever becomes of it. What was made only in part is
        finished.
        """
        new = self._planned("create")
        if not new or self.intent.repeat or self.intent.undoes:
            return []
        known = self.journal.made_before(self.intent.writable, new.values(), self.family)
        if not known:
            return []
        made = chain.from_iterable(known.values())
        there = self._there({own for one in made for own in one.ids})
        taken = self._named().union(*self.resumed.begun_rows.values())
        matched = _matched(known, there.keys() - taken)
        repeats = {at: self._repeat(new[at], made, there) for at, made in matched.items()}
        for at, rest in self._rest(repeats).items():
            self.resumed.half_made(new[at], repeats[at].row_plan.key)
            repeats[at] = replace(repeats[at], row_plan=rest, half=True)
        self._put({at: one.row_plan for at, one in repeats.items()})
        return _notes(self.intent, list(repeats.values()))

    def _named(self) -> set[Any]:
        """Return the ids of the records that rows name, to change, delete or keep them."""
        if self.kind.adds_to:
            return set()
        keys = [self.kind.key_of(cells) for cells in self.intent.rows.values()]
        return {key[-1] for key in (*keys, *(one.key for one in self.found.row_plans)) if key}

    def _repeat(self, row_plan: RowPlan, made: Made, there: Mapping[Any, Row]) -> _Repeat:
        own = next(one for one in made.ids if one in there)
        plan = RowPlan(row_plan.position, "unchanged", (own,), old=there[own])
        gone = tuple(one for one in made.ids if one not in there)
        return _Repeat(plan, made, self._is_changed(row_plan, made, there[own]), gone)

    def _is_changed(self, row_plan: RowPlan, made: Made, row: Row) -> bool:
        """Whether a record is no longer what was made, as far as that can be told."""
        if self.kind.adds_to:
            minutes = self.intent.writable.minutes
            return any((row.get(n) or 0) < (row_plan.new.get(n) or 0) for n in minutes)
        if len(made.ids) > 1 or not row_plan.requests:
            return False  # a part of what was split is other than the row anyway
        return not self.kind.fits(self.kind.expected(row_plan.requests[0], row_plan), row)

    def _rest(self, repeats: Mapping[int, _Repeat]) -> dict[int, RowPlan]:
        """Return what half-made rows lack, by position; why they cannot have it is added."""
        half = {at: one.row_plan for at, one in repeats.items() if not one.made.whole}
        if not half or self.kind.remade:
            return {}  # it would be made anew, and it is not said that it is other than was sent
        only = replace(self.intent.only([*half]), on=(), versions={})
        for position, row_plan in half.items():
            only = named(only, position, row_plan.key)
            only.rows[position].pop("updatedAt", None)
        look, _ = decide_now(only, self.rows)
        self.found.problems += look.problems
        return {one.position: one for one in look.row_plans if one.requests}

    # -- versions that pushes made

    def _know_own_versions(self) -> None:
        """Take no row for a conflict that only pushes of this journal have changed since."""
        held = [d for d in self.found.row_plans if d.conflict and d.action == "update"]
        if not held:
            return
        name = self.intent.writable.name
        changes = self.journal.changes_of(name, {d.id for d in held})
        by_id = grouped(((one.row_plan.id,), one) for one in changes)
        own = [d for d in held if self._is_own_version(d, by_id.get((d.id,), []))]
        self._put({d.position: replace(d, conflict="") for d in own})

    def _is_own_version(self, row_plan: RowPlan, changes: Sequence[PastRow]) -> bool:
        """Whether changes lead from the row that was read to the account's, and to nothing else."""
        now, new, stale = row_plan.version, row_plan.new, False
        seen = max(self.intent.seen(row_plan.position, row_plan.id), default="")
        for past in changes:
            if now and now > seen and self._version_left(past) == now:
                now, replaced = past.row_plan.version, past.row_plan.changes
                # A frame in which a field is as it was before does not know of the change.
                stale |= any(c.field in new and _is_back(c, new[c.field]) for c in replaced)
        return bool(now and now <= seen and now != row_plan.version) and not stale

    def _version_left(self, past: PastRow) -> str | None:
        """Return the version that a change left; None if others may have written between."""
        if not done(past.outcome):
            return None
        answers = [row for one in past.attempts[-1:] for row in rows_of(one.answer)]
        mine = next((row for row in answers if row.get("id") == past.row_plan.id), {})
        left, old = encoded_row(mine, self.intent.writable), past.row_plan.old or {}
        others = old.keys() - past.row_plan.new.keys() - {"updatedAt"}
        alone = all(name in left and same(left[name], old[name]) for name in others)
        return left.get("updatedAt") if alone else None

    # -- what was left half done, or in doubt

    def _unsettled(self) -> Iterator[tuple[int, PastRow, str]]:
        """Yield the rows of ended pushes that failed or are in doubt, the oldest first."""
        for push in reversed(self.journal.unsettled(self.intent.writable.name)):
            for row in push.rows.values():
                if row.outcome is not None and row.outcome.status in ("failed", "unknown"):
                    yield push.id, row, row.outcome.status

    def _finish_exchanged(self) -> None:
        """Only delete the old records whose changed ones were made before, beside them."""
        changed = {d.key: d for d in self._planned("update").values() if d.creation is not None}
        if not changed:
            return
        known = {row.row_plan.key: (push, _made_beside(row)) for push, row, _ in self._unsettled()}
        both = changed.keys() & known.keys()
        there = self._there({own for key in both for own in known[key][1]})
        actions = {d.id: d.action for d in self.found.row_plans}
        for key in both:
            self._finish(changed[key], *known[key], there, actions)

    def _finish(
        self,
        row_plan: RowPlan,
        push: int,
        made: Key,
        there: Mapping[Any, Row],
        actions: Mapping[Any, str],
    ) -> None:
        """Delete the old record of a change that made a new one, or say that both are there."""
        if made and all(self._is_so(row_plan, there.get(own), actions) for own in made):
            rest = row_plan.requests[(row_plan.creation or 0) + 1 :]
            self._put({row_plan.position: replace(row_plan, requests=rest, made=made)})
        elif any(own in there and own not in actions for own in made):
            said = BESIDE.format(push=push, new=", ".join(map(str, made)), old=row_plan.id)
            label = self.intent.labels[row_plan.position]
            self.found.problems.append(Problem(label, "id", row_plan.id, said))

    def _is_so(self, row_plan: RowPlan, row: Row | None, actions: Mapping[Any, str]) -> bool:
        """Whether a record is what a change is to make, and the frame leaves it so."""
        if row is None or actions.get(row["id"], "unchanged") != "unchanged":
            return False
        make = row_plan.requests[row_plan.creation or 0]
        return self.kind.fits(self.kind.expected(make, row_plan), row)

    def _doubted(self) -> list[str]:
        """Say which rows that are added are equal to ones of an ended push that are in doubt."""
        new = self._planned("create") if self.kind.adds_to else ()
        if not new:
            return []
        doubt = {
            row.content: push
            for push, row, status in self._unsettled()
            if row.begun and status == "unknown"
        }
        told = [(at, doubt[own]) for at in new if (own := self.intent.content(at)) in doubt]
        said = [
            f"Row {self.intent.labels[position]!r}: push {push} sent the same, and whether that was"
            " carried out is not known; look in Runn before it is added again."
            for position, push in told
        ]
        return some(said, "rows that may have been added before")


def _is_back(change: Change, wanted: Any) -> bool:
    """Whether a field, or an element of its list, is wanted as it was before a change."""
    old, new, now = ([*v] if isinstance(v, list) else [] for v in (change.old, change.new, wanted))
    moved = [one for one in (*old, *new) if isinstance(one, dict) and (one in old) != (one in new)]
    return same(wanted, change.old) or any((one in now) == (one in old) for one in moved)


def _made_beside(row: PastRow) -> Key:
    """Return the ids of what was made beside an old record that is still there."""
    outcome, row_plan = row.outcome, row.row_plan
    if outcome is None or outcome.status != "failed" or row_plan.action != "update":
        return ()
    return () if outcome.id in (None, row_plan.id) else outcome.ids


def _matched(known: Mapping[int, list[Made]], free: Set[Any]) -> dict[int, Made]:
    """Return by position what was made of a row: of equal rows each has its own record.

    What another part of the same plan made is of that row, even if it is not compared.
    """
    left = _left(known, free)
    own_row = {one.place: one for equal in left.values() for one in equal}
    others = {key: iter([m for m in equal if m.place is None]) for key, equal in left.items()}
    found = {}
    for at, equal in known.items():
        made = own_row[at] if at in own_row else next(others[id(equal)], None)
        if made is not None:
            found[at] = made
    return found


def _left(known: Mapping[int, list[Made]], free: Set[Any]) -> dict[int, list[Made]]:
    """Return what is there of each list: rows with the same content have the same one."""
    lists = {id(equal): equal for equal in known.values()}
    return {
        key: [one for one in equal if not free.isdisjoint(one.ids)] for key, equal in lists.items()
    }


# -- what is said


def _notes(intent: Intent, repeats: Sequence[_Repeat]) -> list[str]:
    """Say which rows were made by which push, and what of them was changed since."""
    by_push = grouped(((one.made.push, one.made.day, one.half), one) for one in repeats)
    said = [_note(intent, same, push, day, half) for (push, day, half), same in by_push.items()]
    changed = [one for one in repeats if one.changed and not one.half]
    if changed:
        said.append(f"{_rows(intent, changed)}: changed in Runn after that push, and left so.")
    gone = [
        f"{_rows(intent, [one])}: of what it became, id {', '.join(map(str, one.gone))} is gone;"
        f" {AGAIN}."
        for one in repeats
        if one.gone
    ]
    return [*said, *some(gone, "rows of which a part is gone")]


def _note(intent: Intent, same: Sequence[_Repeat], push: int, day: int, half: bool) -> str:
    is_, it, one = ("was", "is", "it") if len(same) == 1 else ("were", "are", "them")
    so = f" and {it} still in the account, so nothing is sent for {one}"
    if half:
        so = ", but not all of it: what lacks is sent"
    made = f"{is_} made by push {push} on {date.fromordinal(day)} already"
    return f"{_rows(intent, same)} {made}{so}; {AGAIN}."


def _rows(intent: Intent, repeats: Collection[_Repeat]) -> str:
    labels = [f"{intent.labels[one.row_plan.position]!r}" for one in repeats]
    more = f" and {len(labels) - SHOWN:,} more" if len(labels) > SHOWN else ""
    return f"Row{'s' if len(labels) > 1 else ''} {', '.join(labels[:SHOWN])}{more}"
