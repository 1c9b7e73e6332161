"""Rows of lists as they are now: read past the cache, and no further than needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain as chained
from itertools import pairwise
from typing import Any

import pyarrow as pa

from runn_pandas.account import Account
from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.filters import check_filters
from runn_pandas.errors import NotFoundError, ValidationError
from runn_pandas.reader.pages import Reader, chains

Row = dict[str, Any]
FEW = 2  # ids or names that are asked for one by one rather than by reading on in the list
APART = timedelta(days=14)  # without rows: what comes after it is asked for in another request
WINDOWS = 12
FILTERS = ("email", "name", "externalId")  # by which a list finds single rows


class FreshRows:
    """Reads the rows of one account, past the cache."""

    def __init__(self, account: Account) -> None:
        self.account = account

    @property
    def reader(self) -> Reader:
        """A new one each time: a reader that fetched several lists at once has stopped."""
        return Reader(self.account, 0.0)

    def all(self, resource: Resource | None, **filters: Any) -> list[Row]:
        """Return every row of a list."""
        if resource is None:
            return []
        path, query = check_filters(resource, _with_archived(resource, filters), {})
        jobs = [(resource, chain) for chain in chains(resource, path, query)]
        rows: list[Row] = []
        for (_, chain), pages in zip(jobs, self.reader.fetch(jobs), strict=True):
            rows += [{**(chain.place or {}), **row} for page in pages for row in _rows(page)]
        return rows

    def one(self, path: str, *, absent_is_400: bool = False) -> Row | None:
        """Return one record, or None if there is none."""
        absent = (NotFoundError, ValidationError) if absent_is_400 else NotFoundError
        try:
            found: Row = self.account.session.request("GET", path).json()
        except absent:
            return None
        return found

    def pages(self, source: Resource, **filters: Any) -> Iterator[tuple[list[Row], bool]]:
        """Read a list page by page: the rows of each, and whether others follow."""
        path, query = check_filters(source, _with_archived(source, filters), {})
        for chain in chains(source, path, query):
            for page in self.reader.follow(source, chain):
                yield _rows(page), page.cursor is not None

    def newest(self, source: Resource) -> list[Row]:
        """Return the row of the highest id, if there is any, of a list that has an order."""
        query = {**source.always_sent, "sortBy": "id", "order": "desc", "limit": 1}
        query |= _with_archived(source, {})
        answer = self.account.session.request("GET", source.operation.path, query).json()
        return answer.get("values") or []

    def down_to(self, source: Resource, mark: int) -> list[Row]:
        """Read a list from its highest id down to one; the whole of it, if it has no order.

        A server may keep the order within each page only, so a second page has to show that ids
        fall from page to page before what follows is left out.
        """
        if not has_filter(source, "order"):
            return self.all(source)
        rows: list[Row] = []
        for page, more in self.pages(source, sortBy="id", order="desc"):
            ids = [row["id"] for row in [*rows[-1:], *page]]
            if any(one <= other for one, other in pairwise(ids)):
                return self.all(source)
            is_second, rows = bool(rows), [*rows, *page]
            if not more or (is_second and ids[-1] <= mark):
                break
        return rows

    def by_id(self, source: Resource | None, wanted: set[Any]) -> tuple[list[Row], bool]:
        """Read a list until all ids are found, the last few singly; and whether that is all."""
        if source is None:
            return [], False
        single = _single(source)
        rows: list[Row] = []
        missing = set(wanted)
        if len(missing) > 1 or not single:
            rows, all_read = self.until_found(source, missing, FEW if single else 0)
            if all_read:
                return rows, True
        paths = [single.replace("{}", str(own)) for own in sorted(missing, key=str)]
        alone = [self.one(path, absent_is_400=source.facts.absent_is_400) for path in paths]
        return [*rows, *filter(None, alone)], False

    def until_found(self, source: Resource, missing: set[Any], few: int) -> tuple[list[Row], bool]:
        """Read pages, and take their ids out of the missing, until there are few; or all pages."""
        rows: list[Row] = []
        for page, more in self.pages(source):
            rows += page
            missing -= {row.get("id") for row in page}
            if not missing or (more and len(missing) <= few):
                return rows, False
        return rows, True

    def some(self, resource: str, **filters: Any) -> tuple[list[Row], bool]:
        """Return the first page of a list, and whether others follow."""
        return next(self.pages(load().resources[resource], **filters))

    def found_by(
        self, source: Resource | None, column: str, values: Sequence[Any]
    ) -> list[Row] | None:
        """Return what a list finds by a few values of a column; None if it may not find all."""
        if source is None or column not in FILTERS or not has_filter(source, column):
            return None
        asked = dict.fromkeys(str(value or "").strip() for value in values)
        # A filter may compare other spellings of an accented letter letter by letter.
        if "" in asked or not 0 < len(asked) <= FEW or not "".join(asked).isascii():
            return None
        return list(chained.from_iterable(self.all(source, **{column: one}) for one in asked))


def windows(days: Iterable[str]) -> list[tuple[str, str]]:
    """Return the spans of days to ask for: apart where nothing is between them.

    Examples
    --------
    >>> windows(["2026-01-05", "2026-01-09", "2026-06-01"])
    [('2026-01-05', '2026-01-09'), ('2026-06-01', '2026-06-01')]
    """
    spans: list[tuple[str, str]] = []
    for day in days:
        if spans and date.fromisoformat(day) - date.fromisoformat(spans[-1][1]) <= APART:
            spans[-1] = spans[-1][0], day
        else:
            spans.append((day, day))
    return spans if len(spans) <= WINDOWS else [(spans[0][0], spans[-1][1])]


def _with_archived(resource: Resource, filters: Mapping[str, Any]) -> dict[str, Any]:
    own = {"includeArchived": True} if has_filter(resource, "includeArchived") else {}
    return {**own, **filters}


def has_filter(resource: Resource, name: str) -> bool:
    """Whether a list can be asked for by a filter."""
    return any(p.name == name for p in resource.filters)


def has_single(source: Resource) -> bool:
    """Whether a record of a list can be asked for alone."""
    return bool(_single(source))


def _single(source: Resource) -> str:
    """Return the path of one record of a list, with {} for its id, or ""."""
    for name, resource in load().resources.items():
        parent, _, last = name.rpartition("/")
        if parent == source.name and last.startswith("{") and not resource.is_list:
            return resource.operation.path.replace(last, "{}")
    return ""


def _rows(page: Any) -> list[Row]:
    rows = page.rows
    return rows.to_pylist() if isinstance(rows, pa.Table) else list(rows)
