"""RowPlans as batches: what is sent together, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from runn_pandas.catalog.writes import Writable
from runn_pandas.push.model import NEW, Batch, Request, RowPlan


def fill(path: str, writable: Writable, cells: Mapping[str, Any], own: Any = None) -> str:
    """Give a path with the row's values in its open places.

    Parameters
    ----------
    path, writable, cells
        The template, what the row is, and its values.
    own
        What stands for the row's own id, if its cells have none.
    """
    for place, column in writable.places.items():
        value = cells.get(column)
        if value is None and column == "id":
            value = own
        if value is not None:
            shown = value if value == NEW else quote(str(value), safe="")
            path = path.replace("{" + place + "}", shown)
    return path


def batches_of(writable: Writable, row_plans: list[RowPlan]) -> list[Batch]:
    """Give the batches of row_plans, in the order they are sent: changes, new rows, deletions.

    What others need done comes before them, whatever it is. What belongs together goes in
    bulk, in the frame's order within each kind.
    """
    upserts = writable.kind == "actuals"
    order = {"update": 0, "create": 0 if upserts else 1, "delete": 2}
    todo = [d for d in row_plans if d.requests]
    turns = _turns(todo)
    todo.sort(key=lambda d: (turns[d.position], order[d.action], _begins(writable, d), d.position))
    batches: list[Batch] = []
    groups: dict[tuple[str, str, int], list[RowPlan]] = {}
    for row_plan in todo:
        kind = _group(writable, row_plan)
        if kind is None:
            batches.append(Batch((row_plan.position,), row_plan.requests))
            continue
        group = (*kind, turns[row_plan.position])
        if group not in groups:
            groups[group] = []
            batches.append(Batch((), (), repr(group)))  # its place in the order
        groups[group].append(row_plan)
    done: list[Batch] = []
    for batch in batches:
        if not batch.many:
            done.append(batch)
            continue
        group, members = next((g, m) for g, m in groups.items() if repr(g) == batch.many)
        size = writable.bulk_size
        for start in range(0, len(members), size):
            done.append(_bulk(writable, group[:2], members[start : start + size]))
    return done


def _begins(writable: Writable, row_plan: RowPlan) -> str:
    """When a new contract begins: an earlier one that comes later would overlap with it."""
    if writable.name != "contracts" or row_plan.action != "create":
        return ""
    return str(row_plan.new.get("startDate", ""))


def _turns(row_plans: list[RowPlan]) -> dict[int, int]:
    """When each row's turn is: after all that it needs. What nobody waits for is deleted last."""
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


def _group(writable: Writable, row_plan: RowPlan) -> tuple[str, str] | None:
    """Which rows a row can share a request with; None if it goes alone."""
    if len(row_plan.requests) != 1:
        return None
    request = row_plan.requests[0]
    if request.method == "DELETE":
        return ("delete", "") if writable.bulk_delete else None
    if writable.bulk_create is None or request.method != "POST" or request.body is None:
        return None
    if "{skillId}" in writable.bulk_create.path:
        return "create", str(request.body.get("skillId"))
    return "create", ""


def _bulk(writable: Writable, group: tuple[str, str], members: list[RowPlan]) -> Batch:
    requests = [member.requests[0] for member in members]
    positions = tuple(member.position for member in members)
    if len(members) == 1:
        return Batch(positions, tuple(requests))
    if group[0] == "delete":
        operation = writable.bulk_delete
        items: list[Any] = [member.id for member in members]
    else:
        operation = writable.bulk_create
        items = [request.body for request in requests]
    if operation is None or operation.body is None:  # a group is made only where there is one
        raise AssertionError(f"{writable.name} has no bulk operation")
    path = operation.path
    if "{skillId}" in path:
        path = path.replace("{skillId}", group[1])
        items = [
            {
                "personId": member.key[0] if member.key else member.new["personId"],
                **{n: v for n, v in request.body.items() if n != "skillId"},
            }
            for member, request in zip(members, requests, strict=True)
        ]
    name = next(f.name for f in operation.body.fields if f.type == "array")
    request = Request(
        requests[0].verb,
        operation.method,
        path,
        {name: items},
        again=all(c.again for c in requests),
    )
    return Batch(positions, (request,), name)
