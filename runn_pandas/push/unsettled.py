"""What pushes that ended left half done or in doubt, where a frame asks for it again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.journal import Journal, PastRow
from runn_pandas.push.kinds import Kind, kind_of
from runn_pandas.push.kinds.base import encoded_row, some
from runn_pandas.push.model import Intent, Key, Problem, Row, RowPlan
from runn_pandas.push.probe import creation

BESIDE = (
    "was changed by push {push} already, which made id {new} of it, but the old one (id {old}) is"
    " still there: put {old} in delete=, and change id {new}"
)


@dataclass(frozen=True)
class _Halved:
    """A change whose new record was made, and whose old one is still there."""

    kind: Kind
    row_plan: RowPlan
    push: int
    made: Key

    @property
    def at(self) -> int:
        """Which of its requests makes the new record."""
        return creation(self.row_plan) or 0

    def holds(self, there: Mapping[Any, Row], actions: Mapping[Any, str]) -> bool:
        """Whether what was made is what is wanted, and the frame leaves it so."""
        expected = self.kind.expected(self.row_plan.requests[self.at], self.row_plan)
        return bool(self.made) and all(
            own in there
            and actions.get(own, "unchanged") == "unchanged"
            and self.kind.fits(expected, there[own])
            for own in self.made
        )

    def is_beside(self, there: Collection[Any], named: Collection[Any], rest: Any) -> bool:
        """Whether the change would be made beside another one that the frame does not name."""
        new = any(own in there and own not in named for own in self.made)
        return new and self.row_plan.position not in rest

    def rest(self) -> RowPlan:
        """Return what is left to do: to delete the old record."""
        return replace(
            self.row_plan, requests=self.row_plan.requests[self.at + 1 :], made=self.made
        )

    def problem(self, intent: Intent) -> Problem:
        """Return why it is not changed again beside what was made."""
        old = self.row_plan.id
        said = BESIDE.format(push=self.push, new=", ".join(map(str, self.made)), old=old)
        return Problem(intent.labels[self.row_plan.position], "id", old, said)


def finish_exchanged(
    intent: Intent,
    row_plans: Sequence[RowPlan],
    journal: Journal,
    rows: AccountRows,
    begun: Collection[int],
) -> tuple[list[RowPlan], list[Problem]]:
    """Return the plans, of records whose changed one was made before only their deletion.

    Parameters
    ----------
    intent, row_plans
        The frame, and what is to be done with its rows.
    journal, rows
        What was made beside an old record that could not be deleted, and the account.
    begun
        The positions of rows that an unfinished push has begun: what is left of these is known.
    """
    halved = _halved(intent, _not_in(begun, row_plans), journal)
    there = _present(intent, {own for one in halved for own in one.made}, rows)
    actions = {d.id: d.action for d in row_plans}
    rest = {one.row_plan.position: one.rest() for one in halved if one.holds(there, actions)}
    beside = [one.problem(intent) for one in halved if one.is_beside(there, actions, rest)]
    return [rest.get(d.position, d) for d in row_plans], beside


def _not_in(begun: Collection[int], row_plans: Sequence[RowPlan]) -> list[RowPlan]:
    return [d for d in row_plans if d.position not in begun]


def _present(intent: Intent, ids: set[Any], rows: AccountRows) -> dict[Any, Row]:
    found = rows.present(intent, ids) if ids else {}
    return {own: encoded_row(row, intent.writable) for own, row in found.items()}


def _halved(intent: Intent, row_plans: Sequence[RowPlan], journal: Journal) -> list[_Halved]:
    """Return the changes that an ended push has made half of."""
    kind = kind_of(intent.writable)
    changed = {d.key: d for d in row_plans if d.action == "update" and creation(d) is not None}
    if not changed or kind.merges or intent.undoes:
        return []
    known = {row.row_plan.key: (push, _new(row)) for push, row in _unsettled(journal, intent)}
    return [_Halved(kind, changed[key], *known[key]) for key in changed.keys() & known.keys()]


def _new(row: PastRow) -> Key:
    """Return the ids of what was made beside an old record that is still there."""
    outcome, row_plan = row.outcome, row.row_plan
    if outcome is None or outcome.status != "failed" or row_plan.action != "update":
        return ()
    return () if outcome.id in (None, row_plan.id) else outcome.ids


def _unsettled(journal: Journal, intent: Intent) -> Iterator[tuple[int, PastRow]]:
    """Yield the rows of ended pushes that failed or are in doubt, the oldest first."""
    for push in reversed(journal.unsettled(intent.writable.name)):
        for row in push.rows.values():
            if row.outcome is not None and row.outcome.status in ("failed", "unknown"):
                yield push.id, row


def doubted_before(
    intent: Intent, row_plans: Sequence[RowPlan], journal: Journal, begun: Collection[int]
) -> list[str]:
    """Say which rows that are added are equal to ones of an ended push that are in doubt."""
    new = [d.position for d in _not_in(begun, row_plans) if d.action == "create"]
    if not (new and kind_of(intent.writable).adds_to):
        return []
    unsettled = _unsettled(journal, intent)
    doubt = {row.content: push for push, row in unsettled if _is_doubted(row)}
    told = [(at, doubt[own]) for at in new if (own := intent.content(at)) in doubt]
    said = [
        f"Row {intent.labels[position]!r}: push {push} sent the same, and whether that was carried"
        " out is not known; look in Runn before it is added again."
        for position, push in told
    ]
    return some(said, "rows that may have been added before")


def _is_doubted(row: PastRow) -> bool:
    return row.begun and row.outcome is not None and row.outcome.status == "unknown"
