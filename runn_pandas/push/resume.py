"""What interrupted pushes did already of a frame's rows: told from the journal and the account.

A row is known by what it asks for and its number among equal rows, never by its position.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from runn_pandas.errors import PlanError
from runn_pandas.frame.encode import same
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.kinds import Kind, kind_of
from runn_pandas.push.match import Baseline
from runn_pandas.push.model import SHOWN, Intent, Key, Outcome, Problem, Request, Row, RowPlan
from runn_pandas.push.past import PastRow, Push
from runn_pandas.push.probe import DOUBT, MADE_ROOM, Done, Fate, Probe, cells_of, named
from runn_pandas.push.validate import refuse

MADE = "was made by the interrupted push, and the frame has no such row"
GONE = "was written by the interrupted push, and is not in the account any more"


class Left(NamedTuple):
    """A row that was begun and is not in the next frame as it was."""

    push: int
    past: PastRow
    fate: Fate


@dataclass
class Resumed:
    """A frame, with what was done of it already.

    Attributes
    ----------
    intent : Intent
        The rows that are still to be compared with the account: those that were made have
        their ids now, and of those that were begun only what was to be written is left.
    begun : int
        How many of its rows were begun.
    past : dict of int to PastRow
        By the frame's position what the journal has of those that did arrive.
    made : dict of int to tuple
        By position the ids of the records that it made.
    settled : list of RowPlan
        The rows that are not compared: what is left to do of them is known.
    problems : list of Problem
        The rows of which the account does not tell what became.
    left : list of Left
        The begun rows that the frame does not have.
    continues : dict
        The pushes that the frame goes on with, and what became of their other rows.
    """

    intent: Intent
    begun: int = 0
    past: dict[int, PastRow] = field(default_factory=dict)
    made: dict[int, Key] = field(default_factory=dict)
    settled: list[RowPlan] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    continues: dict[int, dict[int, Outcome]] = field(default_factory=dict)

    def notes(self) -> list[str]:
        """Say how many rows were begun before."""
        if not self.begun:
            return []
        return [f"Continues an unfinished push: {self.begun} of its rows were begun."]

    def half_made(self, row_plan: RowPlan, ids: Key) -> None:
        """Note that a push that ended made a new row in part: only the rest of it is sent."""
        at = row_plan.position
        self.past[at] = PastRow(self.intent.labels[at], self.intent.content(at), row_plan)
        self.made[at] = ids

    def leave_out(self, apart: Mapping[int, RowPlan]) -> dict[int, RowPlan]:
        """Do not compare some rows; return what was decided on them before."""
        found = {position: d for position, d in apart.items() if position not in self.past}
        if found:
            self.intent = _without(self.intent, found.keys())
        return found

    @property
    def begun_rows(self) -> dict[int, Key]:
        """By position the rows that were begun, with the ids of what is known to be theirs."""
        found: dict[int, Key] = {}
        for position, past in self.past.items():
            told = past.outcome.ids if past.outcome is not None else ()
            found[position] = (*self.made.get(position, ()), *past.row_plan.made, *told)
        return found

    # -- with the account

    def leave_out_gone(self, baseline: Baseline) -> None:
        """Do not compare the rows that were written and are no longer in the account."""
        key = self.intent.writable.key
        gone = []
        for position, past in self.past.items():
            row_plan = past.row_plan
            if position not in self.intent.rows or row_plan.key in baseline.rows:
                continue
            if row_plan.action == "update" and past.whole:
                label = self.intent.labels[position]
                self.problems.append(Problem(label, key[-1], row_plan.id, GONE))
                gone.append(position)
            elif row_plan.action == "delete":
                self.settled.append(_settled(past, position))
                gone.append(position)
        self.intent = _without(self.intent, gone)

    def rewritten(self, fresh: RowPlan) -> RowPlan:
        """Return what is left to do of a row, told as the push told it that began it."""
        past = self.past.get(fresh.position)
        if past is None:
            return fresh
        before = past.row_plan
        if fresh.conflict and fresh.requests and _theirs(fresh, before):
            return fresh
        made = self.made.get(fresh.position, ())
        if before.action == "create" and fresh.action != "create" and not made and fresh.key:
            made = (fresh.key[-1],)
        rest = _settled(past, fresh.position, fresh.requests, made)
        return replace(rest, needs=fresh.needs, problems=fresh.problems)


def _theirs(fresh: RowPlan, before: RowPlan) -> bool:
    """Whether somebody else changed what a begun row was to write."""
    was = {change.field: change.old for change in before.changes}
    return any(c.field not in was or not same(c.old, was[c.field]) for c in fresh.changes)


def _settled(
    past: PastRow, position: int, requests: Sequence[Request] = (), made: Key = ()
) -> RowPlan:
    """Return the plan of a begun row of which nothing or only some requests are left."""
    return replace(
        past.row_plan,
        position=position,
        requests=tuple(requests),
        conflict="",
        needs=(),
        begun=past.row_plan.begun + len(past.attempts),
        made=made,
    )


def _without(intent: Intent, positions: Collection[int]) -> Intent:
    return intent.only([position for position in intent.rows if position not in positions])


def resume_frame(intent: Intent, pushes: Sequence[Push], rows: AccountRows) -> Resumed:
    """Return a frame with what unfinished pushes to its resource, the newest first, did of it."""
    resumed = Resumed(intent)
    free: dict[str, list[int]] = {}
    for position in sorted(intent.rows) if pushes else ():
        free.setdefault(intent.content(position), []).append(position)
    for push in pushes:
        _take_up(push, Probe.of(rows, push), free, resumed)
    return resumed


def _take_up(push: Push, probe: Probe, free: Mapping[str, list[int]], resumed: Resumed) -> None:
    """Add what one push did."""
    shared = any(row.row_plan.open and free.get(row.content) for row in push.rows.values())
    if not push.begun and not shared:
        return
    fates = probe.fates(push)
    over: dict[int, Outcome] = {}
    for number, past in push.begun.items():
        places = free.get(past.content, []) if shared else []
        if places:
            resumed.begun += 1
            _Held(resumed, push.id, past, places.pop(0), probe).take_up(fates[number])
            continue
        resumed.left.append(Left(push.id, past, fates[number]))
        over[number] = fates[number].outcome
    if shared:
        resumed.continues[push.id] = over


@dataclass
class _Held:
    """A row of the frame that an unfinished push began."""

    resumed: Resumed
    push: int
    past: PastRow
    position: int
    probe: Probe

    @property
    def kind(self) -> Kind:
        return self.probe.kind

    def take_up(self, fate: Fate) -> None:
        """Settle the row, or leave what is to be compared of it."""
        action, status = self.past.row_plan.action, fate.outcome.status
        if status == "unknown" and fate.reason:
            self._refuse()
        elif self.kind.adds_to and status == "created":
            self._settle(made=fate.outcome.ids)
        elif action == "delete":
            self._settle() if status == "deleted" else self._compare(self._cells)
        elif self.kind.remade:
            self._remade(fate)
        elif action == "update":
            self._compare(self._written())
        else:
            self._new(tuple(key[-1] for key in fate.made))

    def _refuse(self) -> None:
        """Note that the account does not tell what became of the row."""
        key = self.kind.writable.key[-1] if self.kind.writable.key else "date"
        label = self.resumed.intent.labels[self.position]
        reason = f"{DOUBT}; look in Runn, and rp.journal(close={self.push}) ends that push"
        self.resumed.problems.append(Problem(label, key, None, reason))

    def _new(self, ids: Key) -> None:
        """What was made is compared like any row that has an id, or is found by its key."""
        if self.kind.natural_key or not self.kind.writable.has_id:
            self._compare(self._cells)
        elif ids:
            self.resumed.made[self.position] = ids
            self._compare(named(self.resumed.intent, self.position, ids).rows[self.position])

    def _remade(self, fate: Fate) -> None:
        """What is made anew for each change is not compared: it may be in parts, or merged."""
        row_plan, ids = self.past.row_plan, tuple(key[-1] for key in fate.made)
        at = row_plan.creation
        restored = self.probe.restored(self.past)
        if ids:
            # Only the old one is still to be deleted, if it is there.
            rest = row_plan.requests if at is None else row_plan.requests[at + 1 :]
            there = row_plan.key and fate.outcome.status in ("failed", "created")
            self._settle(rest if there else (), ids)
        elif isinstance(restored, Done):
            self._compare({**self._cells, "id": restored.ids[0]})
            self.resumed.past.pop(self.position)
        elif fate.reason == MADE_ROOM:
            self._settle(row_plan.requests[at or 0 :])

    def _settle(self, requests: Sequence[Request] = (), made: Key = ()) -> None:
        self.resumed.past[self.position] = self.past
        self.resumed.settled.append(_settled(self.past, self.position, requests, made))
        self.resumed.intent = _without(self.resumed.intent, [self.position])

    def _compare(self, cells: Row) -> None:
        intent = self.resumed.intent
        self.resumed.past[self.position] = self.past
        self.resumed.intent = replace(intent, rows={**intent.rows, self.position: cells})

    @property
    def _cells(self) -> Row:
        return self.resumed.intent.rows[self.position]

    def _written(self) -> Row:
        """The cells that were to be written: Runn moves other fields with them."""
        changed = {change.field for change in self.past.row_plan.changes}
        fields = {*changed, *(field.partition(".")[0] for field in changed)}
        return cells_of(self.resumed.intent, self.position, fields)


# -- what is in the way


def refuse_left(intent: Intent, resumed: Resumed, row_plans: Sequence[RowPlan]) -> None:
    """Refuse a frame that would make anew what an interrupted push made from other rows.

    The records that its rows name, by id or otherwise, are known.
    """
    name = ("date", *intent.writable.key)[-1]
    known = {d.key for d in row_plans if d.action != "create"}
    makes = any(_makes(row_plan, kind_of(intent.writable)) for row_plan in row_plans)
    # What another push began is not in the way of one that makes nothing.
    left = [row for row in resumed.left if makes or row.push in resumed.continues]
    told = [(row, found) for row in left if (found := _in_the_way(row, name, known))]
    if told:
        raise _in_the_way_of(intent.writable.name, name, told)


def _makes(row_plan: RowPlan, kind: Kind) -> bool:
    return bool(row_plan.requests) and (kind.remade or row_plan.action == "create")


def _in_the_way_of(
    resource: str, name: str, told: Sequence[tuple[Left, list[Problem]]]
) -> PlanError:
    """Return the error that says which rows are in the way, and what can be done."""
    said = [_said(row, name, found) for row, found in told[:SHOWN]]
    more = f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    push = told[0][0].push
    return PlanError(
        f"{resource!r} cannot be pushed, nothing was sent: push {push} was interrupted, and"
        f" {len(told)} of the rows it began are not in this frame as they were"
        f" ({'; '.join(said)}{more}). Push the frame of then again first;"
        f"{_mend([row for row, _ in told], name)} or, if the account is right as it is,"
        f" rp.journal(close={push}) ends that push. The error's .problems lists them all.",
        refuse("", [one for _, found in told for one in found]).problems,
    )


def _mend(left: Sequence[Left], name: str) -> str:
    """Say how the next frame can name what was made."""
    made = [row.past.row_plan.action for row in left if not row.fate.reason]
    if "create" in made:
        return f" or give the corrected rows this {name}, or put it in delete=;"
    return f" or put each of these {name}s in delete=;" if made else ""


def _in_the_way(left: Left, name: str, known: Collection[Key]) -> list[Problem]:
    """Return why a begun row is in the way: it is not finished, or made what nobody names."""
    if left.fate.reason:
        return [Problem(left.past.label, name, None, left.fate.reason)]
    return [
        Problem(left.past.label, name, key[-1], MADE) for key in left.fate.made if key not in known
    ]


def _said(left: Left, name: str, problems: Sequence[Problem]) -> str:
    if left.fate.reason:
        return f"row {left.past.label!r} {left.fate.reason}"
    shown = ", ".join(str(problem.value) for problem in problems[:3])
    more = "..." if len(problems) > 3 else ""
    return f"row {left.past.label!r} is {name} {shown}{more} now"


def outcomes_of(push: Push, rows: AccountRows, *, closing: bool = False) -> dict[int, Outcome]:
    """Return by position what became of a push's rows of which that is not noted."""
    open_ = {
        position
        for position, row in push.begun.items()
        if row.outcome is None or row.outcome.status == "unknown"
    }
    if not open_:
        return {}
    probe = Probe.of(rows, push)
    fates = probe.fates(push, open_).items()
    # Added minutes are never taken back: an undo is not told that they are known to be there.
    hidden = probe.kind.adds_to and not closing
    return {p: Outcome("unknown") if hidden else one.outcome for p, one in fates}


def stamp_of(pushes: Sequence[Push]) -> tuple[Any, ...]:
    """Return what is known of unfinished pushes: if it is the same later, a plan still holds."""
    return tuple(push.stamp for push in pushes)
