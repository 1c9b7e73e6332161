"""Which rows are sent together, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from runn_pandas.push.kinds import Kind
from runn_pandas.push.model import Batch, Request, RowPlan


def batches_of(kind: Kind, row_plans: Sequence[RowPlan], *, force: bool = False) -> list[Batch]:
    """Return the batches of plans in the order they are sent: changes, new rows, deletions.

    What others need done comes before them, whatever it is. What belongs together goes in
    bulk, in the frame's order within each action.

    Parameters
    ----------
    kind, row_plans
        How the rows are written, and what is to be done with each.
    force
        Whether people are deleted together with what they have.
    """
    todo = [d for d in row_plans if d.requests]
    turns = _turns(todo)
    todo.sort(key=lambda d: (turns[d.position], kind.order[d.action], kind.begins(d), d.position))
    groups: dict[tuple[object, ...], list[RowPlan]] = {}
    for row_plan in todo:
        group = kind.group(row_plan)
        # A row that goes alone is a group of its own.
        place = (row_plan.position,) if group is None else (*group, turns[row_plan.position])
        groups.setdefault(place, []).append(row_plan)
    batches = []
    for members in groups.values():
        size = kind.writable.bulk_size
        for start in range(0, len(members), size):
            batches.append(_batch(kind, members[start : start + size], force))
    return batches


def _batch(kind: Kind, members: Sequence[RowPlan], force: bool) -> Batch:
    positions = tuple(member.position for member in members)
    group = kind.group(members[0])
    if len(members) == 1 or group is None:
        return Batch(positions, tuple(_forced(one, force) for one in members[0].requests))
    request, name = kind.bulk(group, members)
    return Batch(positions, (_forced(request, force),), name)


def _forced(request: Request, force: bool) -> Request:
    if not (request.query and "force" in request.query):
        return request
    return replace(request, query={**request.query, "force": force})


def _turns(row_plans: Collection[RowPlan]) -> dict[int, int]:
    """Return each row's turn: after all that it needs. What nobody waits for is deleted last."""
    needs = {d.position: d.needs for d in row_plans}
    turns = dict.fromkeys(needs, 0)
    for _ in needs:
        later = {
            position: max([turns[one] + 1 for one in wanted if one in turns], default=0)
            for position, wanted in needs.items()
        }
        if later == turns:
            break
        turns = later
    awaited = {one for wanted in needs.values() for one in wanted}
    last = max(turns.values(), default=0)
    idle = [d.position for d in row_plans if d.action == "delete" and d.position not in awaited]
    return {**turns, **dict.fromkeys(idle, last)}
