"""A push that was interrupted, and the next frame: what goes on, what is over, what is in the way.

A row that is in both goes on where it was. Of a row that was begun and is not in the next
frame as it was, the account is asked what it made: that may not be made a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from runn_pandas.catalog.writes import Writable
from runn_pandas.errors import PlanError
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.fates import all_done, answered_ids, fates
from runn_pandas.push.ledger import Ledger
from runn_pandas.push.model import DONE, SHOWN, Attempt, Batch, Intent, Key, Problem, RowPlan
from runn_pandas.push.unfinished import Unfinished
from runn_pandas.push.validate import refuse

if TYPE_CHECKING:
    from runn_pandas.account import Account


@dataclass(frozen=True)
class Left:
    """A row that was begun and is not in the next frame as it was.

    Attributes
    ----------
    push : int
        The number of its push.
    keys : tuple of key
        The records that it made and the account has.
    reason : str
        Why it has to be finished first, or "".
    new : bool
        Whether it was a new row, and not a changed one that was made anew.
    """

    push: int
    label: Any
    keys: tuple[Key, ...] = ()
    reason: str = ""
    new: bool = True


# -- the next frame


def taken_up(
    pushes: Sequence[Unfinished], intent: Intent, rows: AccountRows
) -> tuple[Unfinished | None, list[Left]]:
    """Give the unfinished push that a frame continues, and the rows that were begun otherwise.

    Parameters
    ----------
    pushes
        Those that did not end, that of the same content first.
    intent, rows
        The frame, and what asks the account.
    """
    past: Unfinished | None = None
    left: list[Left] = []
    for push in pushes:
        if past is None and push.key == intent.key:
            past = push
        elif past is None and _shared(push, intent):
            past, lost = moved_to(push, intent, rows)
            left += lost
        elif push.begun:
            found = fates(push, push.held, rows)
            left += [one for p in push.held for one in _left(push, p, found[p])]
    return past, left


def _shared(past: Unfinished, intent: Intent) -> bool:
    """Whether a frame has rows that a push was to write: then it is its next version."""
    content = {past.content.get(p) for p, row_plan in past.row_plans.items() if row_plan.requests}
    return any(intent.content(position) in content for position in intent.rows)


def _left(past: Unfinished, position: int, fate: list[Key] | str) -> list[Left]:
    if not fate:
        return []
    label, is_new = past.labels[position], past.row_plans[position].action == "create"
    if isinstance(fate, str):
        return [Left(past.id, label, (), fate)]
    return [Left(past.id, label, tuple(fate), new=is_new)]


def moved_to(past: Unfinished, intent: Intent, rows: AccountRows) -> tuple[Unfinished, list[Left]]:
    """Give a push with the positions of another frame, and its begun rows that are not there."""
    free: dict[str, list[int]] = {}
    for position in sorted(intent.rows):
        free.setdefault(intent.content(position), []).append(position)
    moved: dict[int, int] = {}
    for position in past.held:
        places = free.get(past.content.get(position, ""), [])
        if places:
            moved[position] = places.pop(0)
    lost = [position for position in past.held if position not in moved]
    found = fates(past, lost, rows)
    over: dict[int, tuple[str, list[Any]]] = {}
    left: list[Left] = []
    claims: list[Attempt] = []
    for position in lost:
        fate = found[position]
        left += _left(past, position, fate)
        own = [] if isinstance(fate, str) else [key[-1] for key in fate]
        if own:
            claims.append(Attempt(0, -1, 0, (-1,), "done", [{"id": one} for one in own]))
        row_plan = past.row_plans[position]
        if all_done(past, position) or (own and row_plan.action == "create"):
            over[position] = DONE[row_plan.action], own or [row_plan.id]
    next_ = renumbered(past, moved)
    entries = [*next_.entries, *claims]
    return replace(next_, entries=entries, over=over, kept=sorted(moved)), left


def renumbered(past: Unfinished, moved: Mapping[int, int]) -> Unfinished:
    """Give an unfinished push with other positions; rows that get none are not continued."""
    lowest = min((p for batch in past.batches.values() for p in batch.positions), default=0)
    gone = iter(range(min(lowest, 0) - 1, -(10**9), -1))
    ghosts: dict[int, int] = {}

    def place(position: int) -> int:
        if position in moved:
            return moved[position]
        if position not in ghosts:
            ghosts[position] = position if position < 0 else next(gone)
        return ghosts[position]

    batches = {
        number: Batch(tuple(place(p) for p in batch.positions), batch.requests, batch.many)
        for number, batch in past.begun.items()
    }
    return replace(
        past,
        row_plans={new: replace(past.row_plans[old], position=new) for old, new in moved.items()},
        batches={n: batch for n, batch in batches.items() if any(p >= 0 for p in batch.positions)},
        entries=[
            replace(entry, positions=tuple(place(p) for p in entry.positions))
            for entry in past.entries
        ],
        content={},
        moved=True,
    )


def released(past: Unfinished, positions: Collection[int]) -> Unfinished:
    """Give an unfinished push without some of its rows, which are begun anew."""
    if not positions:
        return past
    kept = {p: p for p in past.held if p not in positions}
    return replace(
        renumbered(past, kept),
        over=past.over,
        kept=past.kept if past.moved else sorted(past.held),
    )


def could_double(writable: Writable, row_plans: Sequence[RowPlan]) -> bool:
    """Whether a push makes records: if not, no begun row of another one is in its way."""
    makes = writable.kind in ("assignments", "leave", "time entries")
    return any(d.requests and (makes or d.action == "create") for d in row_plans)


def refuse_left(intent: Intent, left: Sequence[Left], known: Collection[Any]) -> None:
    """Refuse a frame that would make anew what an interrupted push made from other rows.

    Parameters
    ----------
    intent, left
        The frame, and the begun rows of interrupted pushes that it has not.
    known
        The keys of the records that the frame names, by id or otherwise.
    """
    problems: list[Problem] = []
    said: list[str] = []
    name = intent.writable.key[-1] if intent.writable.key else "date"
    ids = new = False
    push = 0
    for row in left:
        missing = [key for key in row.keys if key not in known]
        if row.reason:
            problems.append(Problem(row.label, name, None, row.reason))
            said.append(f"row {row.label!r} {row.reason}")
        elif missing:
            ids, new = True, new or row.new
            shown = ", ".join(str(key[-1]) for key in missing[:3])
            shown += "..." if len(missing) > 3 else ""
            for key in missing:
                reason = "was made by the interrupted push, and the frame has no such row"
                problems.append(Problem(row.label, name, key[-1], reason))
            said.append(f"row {row.label!r} is {name} {shown} now")
        if row.reason or missing:
            push = push or row.push
    if not problems:
        return
    more = f"; and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
    mend = f" or give the corrected rows this {name}, or put it in delete=;" if new else ""
    mend = mend or (f" or put each of these {name}s in delete=;" if ids else "")
    error = refuse(repr(intent.writable.name), problems)
    raise PlanError(
        f"{intent.writable.name!r} cannot be pushed, nothing was sent: push {push} was"
        f" interrupted, and {len(said)} of the rows it began are not in this frame as they were"
        f" ({'; '.join(said[:SHOWN])}{more}). Push the frame of then again first;{mend} or, if the"
        f" account is right as it is, rp.journal(close={push}) ends that push."
        " The error's .problems lists them all.",
        error.problems,
    )


# -- the same frame again


def to_compare(past: Unfinished, writable: Writable) -> list[int]:
    """The rows that were done, and of which the account tells whether they still are."""
    if writable.kind in ("time entries", "assignments", "leave") or writable.source is None:
        return []
    by_key = writable.kind in ("actuals", "links", "views") or writable.key != ("id",)
    return [
        position
        for number, batch in past.begun.items()
        for position in batch.positions
        if position >= 0
        and past.whole(number, position)
        and (
            past.row_plans[position].action == "update"
            or (by_key and past.row_plans[position].action == "create")
        )
    ]


def changed_since(
    past: Unfinished, intent: Intent, check: Sequence[int], row_plans: Sequence[RowPlan]
) -> tuple[list[int], list[Problem]]:
    """Give the rows done earlier that are not so any more, and those that are gone.

    Parameters
    ----------
    past, intent
        The interrupted push, and the frame.
    check, row_plans
        The rows that were done, and what would be done with them now.
    """
    now = {row_plan.position: row_plan for row_plan in row_plans}
    undone: list[int] = []
    gone: list[Problem] = []
    name = intent.writable.key[-1]
    for position in check:
        before = past.row_plans[position]
        if position not in now:
            reason = "was written by the interrupted push, and is not in the account any more"
            gone.append(Problem(intent.labels[position], name, before.id, reason))
            continue
        # Only what the push wrote: Runn moves other fields with it.
        written = {label for label, _, _ in before.changes}
        if any(label in written for label, _, _ in now[position].changes):
            undone.append(position)
    return undone, gone


def vanished(past: Unfinished, writable: Writable, rows: AccountRows) -> list[int]:
    """The rows that were made, or made anew, and are not in the account any more."""
    if (
        writable.kind in ("time entries", "leave", "actuals", "links", "views")
        or writable.source is None
    ):
        return []
    if writable.key != ("id",):
        return []
    made: dict[int, list[Any]] = {}
    for number, batch in past.begun.items():
        at = next((n for n, request in enumerate(batch.requests) if request.verb == "create"), None)
        for position in batch.positions:
            if position < 0 or at is None:
                continue
            entries = past.of(number, at, position)
            if entries and entries[-1].state == "done":
                ids = answered_ids(batch, entries[-1], position)
                if ids:
                    made[position] = ids
    if not made:
        return []
    intent = Intent(writable, (), 0, {}, {})
    there = rows.present(intent, {own for ids in made.values() for own in ids})
    return [position for position, ids in made.items() if not any(own in there for own in ids)]


# -- ended by hand


def close(account: Account, ledger: Ledger, push: int) -> None:
    """End an interrupted push; of its rows in doubt the account is asked.

    Raises
    ------
    PlanError
        If there is no such push, or it ended.
    """
    with ledger.alone():
        _close(account, ledger, push)


def _close(account: Account, ledger: Ledger, push: int) -> None:
    past = ledger.numbered(push)
    if past is None:
        raise PlanError(f"There is no push {push!r} that has not ended; see rp.journal().")
    over: dict[int, tuple[str, list[Any]]] = {}
    for position, fate in fates(past, past.held, AccountRows(account)).items():
        row_plan = past.row_plans[position]
        if all_done(past, position):
            ids = [row_plan.id] if isinstance(fate, str) else [key[-1] for key in fate]
            over[position] = DONE[row_plan.action], ids or [row_plan.id]
        elif isinstance(fate, str) or row_plan.action != "create":
            over[position] = "unknown", [row_plan.id]
        elif fate:
            over[position] = "created", [key[-1] for key in fate]
    ledger.over(replace(past, over=over))
