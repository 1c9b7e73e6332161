"""Actuals, which are overwritten by their key, and time entries, which are added to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from runn_pandas.catalog.writes import ACTUAL_KEY
from runn_pandas.push.kinds.base import Bad, Kind
from runn_pandas.push.model import Request, Row

DAY = 24 * 60
MINUTES = ("billableMinutes", "nonbillableMinutes")


class Actuals(Kind):
    """A record of its day, person, project, role and workstream: a POST replaces it."""

    natural_key = ACTUAL_KEY
    unique = ()
    day_key = ACTUAL_KEY[:-1]
    spent = MINUTES
    writes_whole = True
    order: ClassVar[Mapping[str, int]] = {"update": 0, "create": 0, "delete": 2}

    def check(self, cells: Row) -> Bad:
        spent = sum(n for n in map(cells.get, MINUTES) if isinstance(n, (int, float)))
        if spent <= DAY:
            return []
        reason = (
            f"makes {spent:,} minutes on one day, more than a day has: are they hours or"
            " minutes, and was the frame summed up?"
        )
        return [(MINUTES[0], reason)]

    def change(self, old: Row, new: Row, changed: Sequence[str], bad: Bad) -> list[Request]:
        """Return the whole record again: what is left out would be cleared."""
        merged = {**old, **new}
        for name in changed:
            # A text that is unset is sent as "": left out, it might stay.
            if merged.get(name) is None and self.writable.create_fields[name].kind == "text":
                merged[name] = ""
        body = self.body(merged, bad) or {}
        for name in ("phaseId", "workstreamId"):
            if name in changed and new.get(name) is None:
                body[name] = None
        operation = self.operation("create")
        return [Request("update", operation.method, self.path(operation, new), body)]

    def is_answer(self, item: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        return all(item.get(name) == row.get(name) for name in ACTUAL_KEY)

    def arrived(self, expected: Row, rows: Iterable[Row], claimed: Collection[Any]) -> list[Row]:
        return [row for row in rows if self.is_answer(expected, row)][:1]


class TimeEntries(Kind):
    """Minutes that are added to an actual, every time they are sent."""

    adds_to = ACTUAL_KEY
    spent = MINUTES
    unique = ()
    remade = True

    def added(self, before: Row, body: Row, now: Row | None) -> bool | None:
        have, was, add = (_minutes(row) for row in (now or {}, before, body))
        will = [n + more for n, more in zip(was, add, strict=True)]
        if (have == was) != (have == will):
            return have == will
        return False if now is None and not any(will) else None


def _minutes(row: Row) -> list[int]:
    return [row.get(name) or 0 for name in MINUTES]
