"""What the answer of a write says: the ids of what it made, and of many rows which is whose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runn_pandas.catalog.writes import ACTUAL_KEY


def ids_of(answer: Any) -> tuple[Any, list[Any]]:
    """Give the record of an answer and the ids in it: several, if it was split.

    Examples
    --------
    >>> ids_of([{"id": 7}, {"id": 8}])
    ({'id': 7}, [7, 8])
    """
    rows = _rows(answer)
    return (rows[0] if rows else None), [row["id"] for row in rows if row.get("id") is not None]


def by_id(answers: list[Any]) -> dict[Any, dict[str, Any]]:
    """Give for each record in answers what was said of it last, field by field.

    Examples
    --------
    >>> by_id([{"id": 7, "name": "A"}, [{"id": 7, "name": "B"}]])
    {7: {'id': 7, 'name': 'B'}}
    """
    found: dict[Any, dict[str, Any]] = {}
    for answer in answers:
        for row in _rows(answer):
            if row.get("id") is not None:
                found[row["id"]] = {**found.get(row["id"], {}), **row}
    return found


def _rows(answer: Any) -> list[dict[str, Any]]:
    if isinstance(answer, dict):
        for name in ("values", "option"):
            if name in answer and "id" not in answer:
                return _rows(answer[name])
        return [answer]
    if isinstance(answer, list):
        return [row for row in answer if isinstance(row, dict)]
    return []


def item_answers(items: list[Any], answer: Any) -> list[dict[str, Any] | None]:
    """Give for each element of a bulk request its record in the answer, or None.

    By what identifies it, and only where nothing does by its place: the order of the answer
    is not documented.
    """
    rows = _rows(answer)
    found: list[dict[str, Any] | None] = []
    for at, item in enumerate(items):
        if not isinstance(item, dict):
            found.append(None)
            continue
        match = [row for row in rows if _is(item, row)]
        in_place = rows[at] if len(rows) == len(items) else None
        if in_place in match or (not match and in_place is not None):
            found.append(in_place)
        else:
            found.append(match[0] if match else None)
    return found


def covers_item(item: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Tell whether a leave is in a record: it is merged with those it overlaps."""
    return bool(
        item["personId"] == row.get("personId")
        and row.get("startDate", "9") <= item["startDate"]
        and item["endDate"] <= row.get("endDate", "")
    )


def _is(item: dict[str, Any], row: dict[str, Any]) -> bool:
    if "date" in item:
        return all(item.get(name) == row.get(name) for name in ACTUAL_KEY)
    if "startDate" in item and "personId" in item:
        return covers_item(item, row)
    if "name" in item:
        return bool(item["name"] == row.get("name"))
    return bool("personId" in item and item["personId"] == row.get("personId"))
