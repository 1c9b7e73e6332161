"""What takes a push back: its inverse as an intent, from what the journal says was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runn_pandas.catalog.writes import Writable
from runn_pandas.errors import PlanError
from runn_pandas.frame.encode import same
from runn_pandas.frame.expanded import Target, nested_target
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.answers import rows_of
from runn_pandas.push.journal import Journal
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.kinds.base import Work, encoded_row
from runn_pandas.push.model import DONE, Intent, Outcome, Problem, Row, RowPlan, done, longer_index
from runn_pandas.push.past import Push

NOT_A_NUMBER = "rp.undo takes the number of one push, such as rp.undo(3)"
NO_PUSHES = "Nothing to undo: no push of this machine to this account is in the journal"
NOT_DONE = "This plan was not carried out, so nothing of it can be undone."
IN_DOUBT = (
    "the push was interrupted at it, and the account does not tell whether it was carried out."
    " Push it again first, or look in Runn"
)


At = tuple[int, int]  # a push, and a position in it


@dataclass(frozen=True)
class Past:
    """The rows that an undo is about, as those of one frame.

    Attributes
    ----------
    frame : Intent
        What was pushed; after its rows those that were begun before, and are not in it.
    pushes : tuple of Push
        Those that had these rows last, in order.
    rows : dict of int to (int, int)
        By the frame's position the push that had a row last, and its position there.
    """

    frame: Intent
    pushes: tuple[Push, ...]
    rows: Mapping[int, At]

    def taken_by(self, work: Work, joined: Mapping[int, int]) -> dict[int, dict[int, int]]:
        """Return by push which row of it each row of an undo takes back."""
        doubt = {d.position for d, outcome in work.done if outcome.status == "unknown"}
        found: dict[int, dict[int, int]] = {push.id: {} for push in self.pushes}
        for position, (push, theirs) in self.rows.items():
            own = joined.get(position, position)
            if own in work.rows or position not in doubt:
                found[push][own] = theirs
        return found


def past_of(related: Sequence[Push], numbers: Sequence[int], frame: Intent | None) -> Past:
    """Return the rows that pushes of one plan were about, wherever they were continued.

    `related` are these and those that continue each other with them, in order; without a
    `frame` it is what the journal has, with the rows that were begun before.
    """
    pushes = {push.id: push for push in related}
    follows = _follows(related)
    found: dict[int, At] = {}
    for number in numbers:
        for position in pushes[number].rows if number in pushes else ():
            at = _last((number, position), follows)
            if position not in found or done(pushes[at[0]].rows[at[1]].outcome):
                found[position] = at
    if frame is None:
        extra = _ended_before(pushes, numbers[0], follows)
        frame = pushes[numbers[0]].intent
        found |= {len(frame.labels) + n: at for n, at in enumerate(extra)}
        frame = _longer(frame, [f"{pushes[n].rows[p].label} of push {n}" for n, p in extra])
    used = {push for push, _ in found.values()}
    return Past(frame, tuple(push for push in related if push.id in used), found)


def _longer(frame: Intent, labels: Sequence[str]) -> Intent:
    """Return a frame with labels for more rows."""
    index = longer_index(frame.index, labels)
    return replace(frame, labels=(*frame.labels, *labels), count=len(index), index=index)


def _follows(related: Sequence[Push]) -> dict[At, At]:
    """Return by row of a push the row of the next push that is the same: told by its content.

    Of equal rows those that were begun go first, as they did when the push was continued.
    """
    found: dict[At, At] = {}
    for after in related:
        before = [push for push in reversed(related) if push.next == after.id]
        free: dict[str, list[int]] = {}
        for position, row in after.rows.items() if before else ():
            if row.content:
                free.setdefault(row.content, []).append(position)
        rows = [(push.id, p, row) for push in before for p, row in push.rows.items()]
        for push, position, row in sorted(rows, key=lambda one: not one[2].begun):
            if free.get(row.content):
                found[push, position] = after.id, free[row.content].pop(0)
    return found


def _last(at: At, follows: Mapping[At, At]) -> At:
    while at in follows:
        at = follows[at]
    return at


def _ended_before(pushes: Mapping[int, Push], number: int, follows: Mapping[At, At]) -> list[At]:
    """Return the begun rows of the pushes that a push continued which it does not have."""
    chain, found = {number}, list[At]()
    for push in reversed(list(pushes.values())):
        if push.next in chain:
            chain.add(push.id)
            mine = [(push.id, p) for p in push.begun if (push.id, p) not in follows]
            found = [*mine, *found]
    return found


def taken_back(pushes: Sequence[Push]) -> dict[At, int]:
    """Return by row the ended push that took it back, the last one; the pushes are in order."""
    found: dict[At, int] = {}
    for push in pushes:
        own = {position for rows in push.takes_back.values() for position in rows}
        over = {p for p, row in push.rows.items() if done(row.outcome) or not row.row_plan.open}
        # What it needs besides its own rows has to be done too.
        if push.ended and push.rows.keys() - own <= over:
            found |= {
                (number, theirs): push.id
                for number, rows in push.takes_back.items()
                for position, theirs in rows.items()
                if position in over
            }
    return found


def leave_out_undone(work: Work, past: Past, taken: Mapping[At, int]) -> None:
    """Leave the rows out of an undo that were taken back before.

    Raises
    ------
    PlanError
        If none is left.
    """
    before = {p: taken[at] for p, at in past.rows.items() if at in taken and p in work.rows}
    work.leave_out(before)
    if before and not work.rows:
        number, undo = past.rows[min(before)][0], max(before.values())
        raise PlanError(
            f"Push {number} was undone in push {undo} already, so nothing of it is left to undo;"
            f" rp.undo({undo}) takes that back."
        )
    work.notes += [
        f"Row {work.labels[position]!r} was undone in push {undo}."
        for position, undo in before.items()
    ]


def join(work: Work, writable: Writable) -> dict[int, int]:
    """Make one row of those that take several writes of one record back.

    Returns
    -------
    dict
        By position the row that stands for another one now.
    """
    known = [one for one in work.done if one[0].position in work.rows]
    before = {row_plan.key: row_plan for row_plan, _ in known if row_plan.key}
    found = {}
    for row_plan, outcome in known:
        after = outcome.ids[:1] if writable.has_id and outcome.ids else row_plan.key
        then = before.get(after)
        # The rows that were begun before come after the frame's own.
        if then is not None and then.position < row_plan.position and then.action != "create":
            found[row_plan.position] = then.position
            _join(work, row_plan.position, then, writable.key)
    return found


def _join(work: Work, first: int, then: RowPlan, key: Sequence[str]) -> None:
    """Restore with the later of two writes of one record what was there before the first."""
    position = then.position
    old = {name: value for name, value in work.rows.pop(first).items() if name not in key}
    left = {one.field: one for one in work.expected.pop(first, [])}
    left |= {one.field: one for one in work.expected.get(position, [])}
    if first not in work.deletes:
        work.rows[position] |= old
    elif then.action == "delete":
        del work.rows[position]  # it was made, and is gone
    else:
        work.rows[position] = {name: work.rows[position][name] for name in key}
        work.deletes.add(position)
    work.deletes.discard(first)
    if position in work.expected:
        work.expected[position] = list(left.values())


def numbered(journal: Journal, number: int) -> Push:
    """Return the push of a number.

    Raises
    ------
    PlanError
        If there is none, or another one continued it.
    """
    whole = isinstance(number, int) and not isinstance(number, bool)
    push = journal.numbered(number) if whole else None
    if push is None:
        there = f"There is no push {number!r} in the journal" if whole else NOT_A_NUMBER
        raise PlanError(f"{there if journal.all() else NO_PUSHES}; see rp.journal().")
    if push.damaged:
        raise PlanError(
            f"Push {number} stands damaged in the journal ({push.damaged:.80}), so what it wrote"
            " is not known and cannot be undone. Look in Runn."
        )
    if push.ended is not None and not push.rows:
        raise PlanError(
            f"Nothing of push {number} can be undone: it was cleared from the journal, or wrote"
            " nothing."
        )
    if push.next is not None:
        raise PlanError(
            f"Push {number} was continued in push {push.next}: rp.undo({push.next}) takes both"
            " back."
        )
    return push


def way_back(
    past: Past, told: Mapping[int, Mapping[int, Outcome]], rows: AccountRows | None
) -> Work:
    """Return what restores the values from before pushes, and what nothing can restore.

    `told` is by push what the account tells of rows of which nothing is noted; without `rows`
    only the journal is looked at.
    """
    pushes = {push.id: push for push in past.pushes}
    happened = [
        _happened(pushes[push], theirs, position, told)
        for position, (push, theirs) in past.rows.items()
    ]
    marks = [push.mark for push in past.pushes if push.mark is not None]
    answers = _answers(past.pushes)
    work = Work(past.frame.labels, happened, answers, mark=min(marks, default=None))
    if not past.pushes:
        work.notes.append(NOT_DONE)
        return work
    kind = kind_of(past.frame.writable)
    if rows is not None:
        work.now = kind.beside_now(rows, [row_plan for row_plan, _ in work.done])
    for row_plan, outcome in work.done:
        # A changed field is compared with the account.
        if outcome.status == "unknown" and (row_plan.action != "update" or kind.remade):
            work.cannot(row_plan, IN_DOUBT, "is not undone")
    kind.undo(work)
    return work


def _happened(
    push: Push, theirs: int, position: int, told: Mapping[int, Mapping[int, Outcome]]
) -> tuple[RowPlan, Outcome]:
    """Return what was to be done with a row, under a position, and what came of it at last."""
    row = push.rows[theirs]
    row_plan = replace(row.row_plan, position=position)
    outcome = told.get(push.id, {}).get(theirs, row.outcome)
    if outcome is not None and outcome.status == "failed" and _only_deleted(push, theirs):
        return replace(row_plan, action="delete"), replace(outcome, status=DONE["delete"])
    return row_plan, outcome or Outcome("")


def _only_deleted(push: Push, position: int) -> bool:
    """Whether a record made room for a changed one that was not made, and was not put back."""
    own = [attempt for attempt in push.attempts if position in attempt.positions]
    verbs = [attempt.request.verb for attempt in own if attempt.state == "done"]
    return verbs == ["delete"]


def inverse(frame: Intent, work: Work) -> Intent:
    """Return an undo as an intent like any other."""
    targets = {
        label: nested_target(label, frame.writable.fields) or Target(label)
        for label in sorted({label for row in work.rows.values() for label in row})
    }
    return Intent(
        frame.writable,
        (*frame.labels, *work.extra),
        len(frame.labels) + len(work.extra),
        targets,
        work.rows,
        frozenset(work.deletes),
        na="unset",
        from_runn=True,
        index=longer_index(frame.index, work.extra),
        undoes=True,
    )


def _answers(pushes: Sequence[Push]) -> dict[Any, Row]:
    """Return for each record in answers what was said of it last, field by field."""
    found: dict[Any, Row] = {}
    for push in pushes:
        for attempt in push.attempts:
            for row in rows_of(attempt.answer):
                if row.get("id") is not None:
                    found[row["id"]] = {**found.get(row["id"], {}), **row}
    return found


def obstacles(pushes: Sequence[Push]) -> dict[int, str]:
    """Return by push why it cannot be undone, or "" if it can, as far as the journal tells."""
    oldest_first = sorted(pushes, key=lambda push: push.id)
    taken = taken_back(oldest_first)
    return {push.id: _obstacle(push, oldest_first, taken) for push in pushes}


def _obstacle(push: Push, pushes: Sequence[Push], taken: Mapping[At, int]) -> str:
    if push.damaged or push.next is not None:
        return "damaged in the journal" if push.damaged else f"continued in push {push.next}"
    past = past_of(pushes, [push.id], None)
    # What is in doubt may have been done: the account is asked when it is undone.
    told = {push.id: _perhaps(push)} if push.ended is None else {}
    work = way_back(past, told, None)
    try:
        leave_out_undone(work, past, taken)
    except PlanError:
        return f"undone in push {max(taken[at] for at in past.rows.values() if at in taken)}"
    if work.rows:
        return ""
    return (work.impossible or ["it changed nothing"])[0]


def _perhaps(push: Push) -> dict[int, Outcome]:
    """Return what became of the rows in doubt, if they were carried out."""
    adds = kind_of(push.intent.writable).adds_to
    plans = {at: row.row_plan for at, row in push.begun.items() if row.outcome is None}
    return {
        at: Outcome("unknown") if adds else Outcome(DONE[one.action], one.key[-1:] or (0,))
        for at, one in plans.items()
    }


def without(intent: Intent, problems: Sequence[Problem]) -> tuple[Intent, list[str]]:
    """Return the intent without the cells that cannot be restored, and what to say of them.

    The rows of the problems are positions.
    """
    rows = {position: dict(row) for position, row in intent.rows.items()}
    whole = kind_of(intent.writable).restored_whole
    notes = []
    for problem in problems:
        where = "" if problem.row is None else f"Row {intent.labels[problem.row]!r}: "
        column = "" if whole or problem.column in intent.writable.key else problem.column
        for position in list(rows) if problem.row is None else {problem.row} & rows.keys():
            if column in rows[position]:
                rows[position].pop(column)
            else:
                rows.pop(position)
        if problem.not_there:
            notes.append(f"{where}it is no longer in the account, so there is nothing to undo.")
        else:
            notes.append(f"{where}{problem.column!r} cannot be restored: it {problem.reason}.")
    kept = frozenset(intent.deletes & rows.keys())
    return replace(intent, rows=rows, deletes=kept), notes


def contested(writable: Writable, row_plan: RowPlan, work: Work) -> RowPlan:
    """Return a plan as a conflict, if a value is no longer that which the push left."""
    now = {change.field: change.old for change in row_plan.changes}
    if row_plan.action == "delete":
        now = dict(row_plan.old or {})
    answer = work.answers.get(row_plan.id, {})
    for name, _, after in work.expected.get(row_plan.position, ()):
        has = now.get(name, after)
        if not same(has, after) and not same(has, encoded_row(answer, writable).get(name, after)):
            text = f"changed in the account after the push: {name} is {has!r:.40} there now"
            return replace(row_plan, conflict=text) if row_plan.requests else row_plan
    return row_plan
