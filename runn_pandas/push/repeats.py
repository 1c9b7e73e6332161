"""New rows that this journal has made already: the same cell run twice makes nothing twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.journal import Journal, Made
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.kinds.base import encoded_row
from runn_pandas.push.match import Baseline, grouped
from runn_pandas.push.model import SHOWN, Intent, Row, RowPlan

AGAIN = "repeat=True makes a second one"


@dataclass(frozen=True)
class _Repeat:
    """A row that was made already, and the account's record."""

    row_plan: RowPlan
    made: Made
    changed: bool


def leave_made(
    intent: Intent,
    row_plans: Sequence[RowPlan],
    journal: Journal,
    rows: AccountRows,
    baseline: Baseline,
    begun: Mapping[int, Collection[Any]],
) -> tuple[list[RowPlan], list[str]]:
    """Return the plans, new rows that were made and are still there unchanged; and what to say.

    Equal rows count: of three, when two were made, one is new. A record that another row of the
    frame names is that row's, whatever becomes of it.

    Parameters
    ----------
    intent, row_plans
        The frame, and what is to be done with its rows.
    journal, rows, baseline
        What was made, and the account.
    begun
        By position the rows that an unfinished push has begun, with the ids of what it made:
        what becomes of these is known.
    """
    new = [one for one in row_plans if one.action == "create" and one.position not in begun]
    known = {} if intent.repeat or intent.undoes else journal.made_before(intent.writable, new)
    if not known:
        return list(row_plans), []
    there = _there(intent, known.values(), rows, baseline)
    taken = {own for ids in begun.values() for own in ids} | _named(intent, row_plans)
    found = _matched(known, there.keys() - taken)
    repeats = [_repeat(intent, d, found[d.position], there) for d in new if d.position in found]
    unchanged = {one.row_plan.position: one.row_plan for one in repeats}
    return [unchanged.get(d.position, d) for d in row_plans], _notes(intent, repeats)


def _named(intent: Intent, row_plans: Iterable[RowPlan]) -> set[Any]:
    """Return the ids of the records that rows name, to change, delete or keep them."""
    kind = kind_of(intent.writable)
    if kind.adds_to:
        return set()
    keys = [kind.key_of(cells) for cells in intent.rows.values()]
    return {key[-1] for key in (*keys, *(one.key for one in row_plans)) if key}


def _matched(known: Mapping[int, list[Made]], free: Collection[Any]) -> dict[int, Made]:
    """Return by position what was made of a row: of equal rows each has its own record."""
    left = {
        id(same): iter([one for one in same if any(own in free for own in one.ids)])
        for same in {id(same): same for same in known.values()}.values()
    }
    found = {at: next(left[id(same)], None) for at, same in known.items()}
    return {at: made for at, made in found.items() if made is not None}


def _there(
    intent: Intent, known: Iterable[Sequence[Made]], rows: AccountRows, baseline: Baseline
) -> dict[Any, Row]:
    """Return the records that are still in the account, by id."""
    ids = {own for same in known for one in same for own in one.ids}
    at_hand = {own: baseline.rows[own,] for own in ids if (own,) in baseline.rows}
    missing = set() if baseline.complete else ids - at_hand.keys()
    found = at_hand | (rows.still(intent, missing) if missing else {})
    return {own: encoded_row(row, intent.writable) for own, row in found.items()}


def _repeat(intent: Intent, row_plan: RowPlan, made: Made, there: Mapping[Any, Row]) -> _Repeat:
    own = next(one for one in made.ids if one in there)
    plan = RowPlan(row_plan.position, "unchanged", (own,), old=there[own])
    return _Repeat(plan, made, _is_changed(intent, row_plan, made, there[own]))


def _is_changed(intent: Intent, row_plan: RowPlan, made: Made, row: Row) -> bool:
    """Whether a record is no longer what was made, as far as that can be told."""
    kind = kind_of(intent.writable)
    if kind.adds_to:
        return any((row.get(n) or 0) < (row_plan.new.get(n) or 0) for n in intent.writable.minutes)
    if len(made.ids) > 1 or not row_plan.requests:
        return False  # a part of what was split is other than the row anyway
    return not kind.fits(kind.expected(row_plan.requests[0], row_plan), row)


def _notes(intent: Intent, repeats: Sequence[_Repeat]) -> list[str]:
    """Say which rows were made by which push, and what of them was changed since."""
    said = []
    for (push, day), same in grouped(
        ((one.made.push, one.made.day), one) for one in repeats
    ).items():
        is_, it, one = ("was", "is", "it") if len(same) == 1 else ("were", "are", "them")
        said.append(
            f"{_rows(intent, same)} {is_} made by push {push} on {date.fromordinal(day)} already"
            f" and {it} still in the account, so nothing is sent for {one}; {AGAIN}."
        )
    changed = [one for one in repeats if one.changed]
    if changed:
        said.append(f"{_rows(intent, changed)}: changed in Runn after that push, and left so.")
    return said


def _rows(intent: Intent, repeats: Sequence[_Repeat]) -> str:
    labels = [f"{intent.labels[one.row_plan.position]!r}" for one in repeats]
    more = f" and {len(labels) - SHOWN:,} more" if len(labels) > SHOWN else ""
    return f"Row{'s' if len(labels) > 1 else ''} {', '.join(labels[:SHOWN])}{more}"
