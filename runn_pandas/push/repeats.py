"""New rows that this journal has made already: the same cell run twice makes nothing twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.diff import Diff, decide
from runn_pandas.push.journal import Journal, Made
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.kinds.base import encoded_row, some
from runn_pandas.push.match import Baseline, grouped
from runn_pandas.push.model import SHOWN, Intent, Key, Row, RowPlan
from runn_pandas.push.nested_fields import AccountNames
from runn_pandas.push.probe import named
from runn_pandas.push.resume import Resumed

AGAIN = "repeat=True makes a second one"


@dataclass(frozen=True)
class _Repeat:
    """A row that was made already, whole or half, with what is sent for it, and what is gone."""

    row_plan: RowPlan
    made: Made
    changed: bool = False
    gone: Key = ()
    half: bool = False


def leave_made(
    intent: Intent,
    found: Diff,
    journal: Journal,
    rows: AccountRows,
    baseline: Baseline,
    resumed: Resumed,
    family: str = "",
) -> list[str]:
    """Leave new rows unchanged that were made and are still there; return what to say of it.

    Equal rows count: of three, when two were made, one is new. A record that another row of the
    frame names is that row's, whatever becomes of it. What was made only in part is finished.

    Parameters
    ----------
    intent, found
        The frame, and what is to be done with its rows: changed in place.
    journal, rows, baseline
        What was made, and the account.
    resumed
        What is known of begun rows; those that are finished come to it.
    family
        The token of the whole plan, if a part of one is made anew.
    """
    begun = resumed.begun_rows
    made_now = [d for d in found.row_plans if d.action == "create"]
    new = {d.position: d for d in made_now if d.position not in begun}
    known = _known(intent, new.values(), journal, family)
    if not known:
        return []
    there = _there(intent, known.values(), rows, baseline)
    taken = _named(intent, found.row_plans).union(*begun.values())
    matched = _matched(known, there.keys() - taken)
    repeats = {at: _repeat(intent, new[at], made, there) for at, made in matched.items()}
    for at, rest in _rest(intent, repeats, found, rows).items():
        resumed.half_made(new[at], repeats[at].row_plan.key)
        repeats[at] = replace(repeats[at], row_plan=rest, half=True)
    found.row_plans = [
        repeats[d.position].row_plan if d.position in repeats else d for d in found.row_plans
    ]
    return _notes(intent, list(repeats.values()))


def _known(
    intent: Intent, new: Collection[RowPlan], journal: Journal, family: str
) -> dict[int, list[Made]]:
    """Return by position what was made of new rows before, if that is not to be made again."""
    asked = new and not (intent.repeat or intent.undoes)
    return journal.made_before(intent.writable, new, family) if asked else {}


def _rest(
    intent: Intent, repeats: Mapping[int, _Repeat], found: Diff, rows: AccountRows
) -> dict[int, RowPlan]:
    """Return what half-made rows lack, by position; why they cannot have it is added."""
    half = {at: one.row_plan for at, one in repeats.items() if not one.made.whole}
    if not half or kind_of(intent.writable).remade:
        return {}  # it would be made anew, and it is not said that it is other than was sent
    only = replace(intent.only([*half]), on=(), versions={})
    for position, row_plan in half.items():
        only = named(only, position, row_plan.key)
        only.rows[position].pop("updatedAt", None)
    there = rows.baseline(only)
    look = decide(only, there, AccountNames(rows, only, there))
    found.problems += look.problems
    return {one.position: one for one in look.row_plans if one.requests}


def _named(intent: Intent, row_plans: Iterable[RowPlan]) -> set[Any]:
    """Return the ids of the records that rows name, to change, delete or keep them."""
    kind = kind_of(intent.writable)
    if kind.adds_to:
        return set()
    keys = [kind.key_of(cells) for cells in intent.rows.values()]
    return {key[-1] for key in (*keys, *(one.key for one in row_plans)) if key}


def _matched(known: Mapping[int, list[Made]], free: Set[Any]) -> dict[int, Made]:
    """Return by position what was made of a row: of equal rows each has its own record.

    What another part of the same plan made is of that row, even if it is not compared.
    """
    left = _left(known, free)
    own_row = {one.place: one for same in left.values() for one in same}
    others = {key: iter([m for m in same if m.place is None]) for key, same in left.items()}
    found = {}
    for at, same in known.items():
        made = own_row[at] if at in own_row else next(others[id(same)], None)
        if made is not None:
            found[at] = made
    return found


def _left(known: Mapping[int, list[Made]], free: Set[Any]) -> dict[int, list[Made]]:
    """Return what is there of each list: rows with the same content have the same one."""
    lists = {id(same): same for same in known.values()}
    return {
        key: [one for one in same if not free.isdisjoint(one.ids)] for key, same in lists.items()
    }


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
    gone = tuple(one for one in made.ids if one not in there)
    return _Repeat(plan, made, _is_changed(intent, row_plan, made, there[own]), gone)


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
    by_push = grouped(((one.made.push, one.made.day, one.half), one) for one in repeats)
    said = [_note(intent, same, push, day, half) for (push, day, half), same in by_push.items()]
    changed = [one for one in repeats if one.changed and not one.half]
    if changed:
        said.append(f"{_rows(intent, changed)}: changed in Runn after that push, and left so.")
    return [*said, *_gone(intent, [one for one in repeats if one.gone])]


def _note(intent: Intent, same: Sequence[_Repeat], push: int, day: int, half: bool) -> str:
    is_, it, one = ("was", "is", "it") if len(same) == 1 else ("were", "are", "them")
    so = f" and {it} still in the account, so nothing is sent for {one}"
    if half:
        so = ", but not all of it: what lacks is sent"
    made = f"{is_} made by push {push} on {date.fromordinal(day)} already"
    return f"{_rows(intent, same)} {made}{so}; {AGAIN}."


def _gone(intent: Intent, repeats: Sequence[_Repeat]) -> list[str]:
    """Say which parts of split records are not there."""
    said = [
        f"{_rows(intent, [one])}: of what it became, id {', '.join(map(str, one.gone))} is gone;"
        f" {AGAIN}."
        for one in repeats
    ]
    return some(said, "rows of which a part is gone", SHOWN)


def _rows(intent: Intent, repeats: Sequence[_Repeat]) -> str:
    labels = [f"{intent.labels[one.row_plan.position]!r}" for one in repeats]
    more = f" and {len(labels) - SHOWN:,} more" if len(labels) > SHOWN else ""
    return f"Row{'s' if len(labels) > 1 else ''} {', '.join(labels[:SHOWN])}{more}"
