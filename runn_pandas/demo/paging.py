"""Pages of a list: filters, order, and cursors that fit only the query they came from."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

from runn_pandas.demo.database import Ordered, Row
from runn_pandas.demo.dates import instant

__all__ = ["FILTERS", "BadCursor", "Listing", "page_of"]

Test = Callable[[Row, Any], bool]


class BadCursor(Exception):
    """A cursor that no page of this query had."""


class Listing(NamedTuple):
    """Rows of a list in order, before filters and paging."""

    ordered: Ordered
    shape: Callable[[Row], Row] | None = None
    descending: bool = False


def _within(field: str) -> Test:
    return lambda row, text: text.casefold() in (row[field] or "").casefold()


def _equal(field: str) -> Test:
    return lambda row, value: bool(row[field] == value)


# What each query parameter asks of a row; every list of the API means the same by it.
FILTERS: dict[str, Test] = {
    "modifiedAfter": lambda row, moment: instant(row["updatedAt"]) > moment,
    "occurredAfter": lambda row, moment: instant(row["timestamp"]) > moment,
    "eventType": lambda row, kinds: row["type"] in kinds,
    **{name: _within(name) for name in ("name", "email", "firstName", "lastName")},
    "externalId": lambda row, text: any(ref["externalId"] == text for ref in row["references"]),
    **{name: _equal(name) for name in ("model", "personId", "projectId", "roleId", "workstreamId")},
    "minDate": lambda row, day: bool(row["date"] >= day),
    "maxDate": lambda row, day: bool(row["date"] <= day),
    # What has a start and an end is in if it overlaps, what has a date if the date is inside.
    "startDate": lambda row, day: bool((row.get("endDate") or row["date"]) >= day),
    "endDate": lambda row, day: bool((row.get("startDate") or row["date"]) <= day),
    "includeArchived": lambda row, wanted: bool(
        wanted or not row.get("isArchived", row.get("archived"))
    ),
}


def page_of(
    listing: Listing, filters: dict[str, Any], limit: int, cursor: str | None, query: str
) -> Row:
    """Return one page in the API's envelope, of the rows that pass the filters.

    It begins behind the cursor, which is one of this query's: a text that is the same for all
    pages of one query, and for no other query.
    """
    marks, rows = listing.ordered
    places: range
    if listing.descending:
        end = len(rows) if cursor is None else bisect_left(marks, _mark(cursor, query))
        places = range(end - 1, -1, -1)
    else:
        places = range(
            0 if cursor is None else bisect_right(marks, _mark(cursor, query)), len(rows)
        )
    found = list(islice(_kept(rows, places, filters), limit + 1))
    shape = listing.shape
    values = [shape(rows[at]) if shape else rows[at] for at in found[:limit]]
    more = len(found) > limit
    return {
        "values": values,
        "nextCursor": _cursor(marks[found[limit - 1]], query) if more else None,
    }


def _kept(rows: list[Row], places: range, filters: dict[str, Any]) -> Iterator[int]:
    tests = [(FILTERS[name], value) for name, value in filters.items()]
    for at in places:
        row = rows[at]
        if all(test(row, value) for test, value in tests):
            yield at


def _cursor(mark: tuple[Any, ...], query: str) -> str:
    payload = json.dumps(mark, separators=(",", ":"))
    return base64.urlsafe_b64encode(f"{_seal(payload, query)}{payload}".encode()).decode()


def _mark(cursor: str, query: str) -> tuple[Any, ...]:
    try:
        text = base64.b64decode(cursor.encode("ascii"), b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise BadCursor from error
    seal, payload = text[:_SEAL], text[_SEAL:]
    if seal != _seal(payload, query):
        raise BadCursor
    mark: tuple[Any, ...] = _tuples(json.loads(payload))
    return mark


_SEAL = 12


def _seal(payload: str, query: str) -> str:
    return blake2b(f"{query}\n{payload}".encode(), digest_size=_SEAL // 2).hexdigest()


def _tuples(value: Any) -> Any:
    """Return lists as tuples: JSON has none, and keys and marks are made of them."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
