"""The account's rows that a push needs, read fresh and no more of them than needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain as chained
from typing import Any

import pyarrow as pa

from runn_pandas.account import Account
from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.filters import check_filters
from runn_pandas.catalog.writes import Joined, Writable, writables
from runn_pandas.errors import NotFoundError, ValidationError
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.kinds.base import encoded_row
from runn_pandas.push.match import Baseline
from runn_pandas.push.model import Intent, Key, Row
from runn_pandas.reader.pages import Reader, chains

FEW = 2  # ids or names that are asked for one by one rather than by reading on in the list
APART = timedelta(days=14)  # without rows: what comes after it is asked for in another request
WINDOWS = 12
MONTH = timedelta(days=31)
FEW_PEOPLE = 5
FILTERS = ("email", "name", "externalId")  # by which a list finds single rows


class AccountRows:
    """Reads the rows of one account, past the cache."""

    def __init__(self, account: Account) -> None:
        self.account = account

    @property
    def reader(self) -> Reader:
        """A new one each time: a reader that fetched several lists at once has stopped."""
        return Reader(self.account, 0.0)

    # -- what a push needs

    def baseline(self, intent: Intent) -> Baseline:
        """Return the rows that the frame may be about."""
        writable = intent.writable
        if writable.source is None or not intent.rows:
            return Baseline({})
        raw, complete = self._needed(intent)
        if kind_of(writable).adds_to:  # the rows are those that new ones are added to
            return Baseline({(row["id"],): encoded_row(row, writable) for row in raw})
        rows = _latest(raw, writable.key)
        self._join(intent, rows.values())
        if intent.on:
            return Baseline({k: encoded_row(row, writable) for k, row in rows.items()}, complete)
        # Only what is compared is put in canonical form.
        for key in _keys(intent.rows.values(), writable.key) & rows.keys():
            rows[key] = encoded_row(rows[key], writable)
        return Baseline(rows, complete)

    def _needed(self, intent: Intent) -> tuple[list[Row], bool]:
        """Return rows, and whether they are all there are."""
        writable, apart = intent.writable, self._unlisted(intent)
        if apart is not None:
            return apart, False
        if writable.by_day:
            return self._of_days(intent)
        if not writable.has_id:
            return self.all(writable.source), True
        if intent.on and any(row.get("id") is None for row in intent.rows.values()):
            return self._named(intent)
        wanted = _ids(intent.rows.values())
        return self._by_id(writable, wanted) if wanted else ([], False)

    def highest(self, intent: Intent) -> int:
        """Return the highest id there is: what a new record comes after."""
        source = intent.writable.source
        if source is None or not _has(source, "order"):
            rows = self.newer(intent, 0)
        else:
            query = {**source.always_sent, "sortBy": "id", "order": "desc", "limit": 1}
            query |= _with_archived(source, {})
            answer = self.account.session.request("GET", source.operation.path, query).json()
            rows = answer.get("values") or []
        return max((row["id"] for row in rows), default=0)

    def newer(self, intent: Intent, mark: int) -> list[Row]:
        """Return the rows with an id above a mark, in the order of their making."""
        source, rows = intent.writable.source, self._unlisted(intent)
        if rows is None:
            rows = self._down_to(source, mark) if source else []
        found = {row["id"]: row for row in rows if row["id"] > mark}
        return [encoded_row(found[own], intent.writable) for own in sorted(found)]

    def present(self, intent: Intent, ids: set[Any]) -> dict[Any, Row]:
        """Return the rows there are of some ids, by id."""
        found = self._unlisted(intent)
        if found is None:
            found = self._by_id(intent.writable, ids)[0]
        return {row["id"]: row for row in found if row.get("id") in ids}

    def like(self, intent: Intent, column: str | None, values: Iterable[Any]) -> list[Row]:
        """Return the rows that new ones may be like: those with a value of a column, or all."""
        writable, source, rows = intent.writable, intent.writable.source, self._unlisted(intent)
        if rows is None and writable.by_day:
            days = [date.fromisoformat(row["date"]) for row in intent.rows.values()]
            rows = self.all(source, minDate=min(days) - MONTH, maxDate=max(days) + MONTH)
        elif rows is None and column is not None:
            rows = self._found_by(source, column, [v for v in values if isinstance(v, str)])
        if rows is None:
            rows = self.all(source)
        return [encoded_row(row, writable) for row in rows]

    def of_people(self, resource: str, people: Collection[Any]) -> list[Row]:
        """Return the rows of some people: one by one for a few, else from the whole list."""
        source = load().resources[resource]
        if len(people) > FEW_PEOPLE:
            found = [row for row in self.all(source) if row.get("personId") in people]
        elif not people or _has(source, "personId"):
            found = [row for one in sorted(people) for row in self.all(source, personId=one)]
        else:
            own = load().resources[f"people/{{personId}}/{resource}"]
            found = self.all(own, personId=sorted(people))
        unique = {row["id"]: encoded_row(row, writables()[resource]) for row in found}
        return list(unique.values())

    def some(self, resource: str, **filters: Any) -> tuple[list[Row], bool]:
        """Return the first page of a list, and whether others follow."""
        return next(self._pages(load().resources[resource], **filters))

    # -- the ways to read

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

    def _pages(self, source: Resource, **filters: Any) -> Iterator[tuple[list[Row], bool]]:
        """Read a list page by page: the rows of each, and whether others follow."""
        path, query = check_filters(source, _with_archived(source, filters), {})
        for chain in chains(source, path, query):
            for page in self.reader.follow(source, chain):
                yield _rows(page), page.cursor is not None

    def _down_to(self, source: Resource, mark: int) -> list[Row]:
        """Read a list from its highest id down to one; the whole of it, if it has no order."""
        if not _has(source, "order"):
            return self.all(source)
        rows: list[Row] = []
        for page, _ in self._pages(source, sortBy="id", order="desc"):
            rows += page
            if any(row["id"] <= mark for row in page):
                break
        return rows

    def _by_id(self, writable: Writable, wanted: set[Any]) -> tuple[list[Row], bool]:
        """Read the list until all ids are found; the last few singly if that is cheaper."""
        source = writable.source
        if source is None:
            return [], False
        single = _single(source)
        rows: list[Row] = []
        missing = set(wanted)
        if len(missing) > 1 or not single:
            rows, all_read = self._until_found(source, missing, FEW if single else 0)
            if all_read:
                return rows, True
        paths = [single.replace("{}", str(own)) for own in sorted(missing, key=str)]
        alone = [self.one(path, absent_is_400=source.facts.absent_is_400) for path in paths]
        return [*rows, *filter(None, alone)], False

    def _until_found(self, source: Resource, missing: set[Any], few: int) -> tuple[list[Row], bool]:
        """Read pages, and take their ids out of the missing, until there are few; or all pages."""
        rows: list[Row] = []
        for page, more in self._pages(source):
            rows += page
            missing -= {row.get("id") for row in page}
            if not missing or (more and len(missing) <= few):
                return rows, False
        return rows, True

    def _named(self, intent: Intent) -> tuple[list[Row], bool]:
        """Read the rows of natural keys: a few by a filter, many from the whole list."""
        label, rows = intent.on[0], intent.rows.values()
        name = "externalId" if label.startswith("references.") else label
        found = None
        if not _ids(rows):
            found = self._found_by(intent.writable.source, name, [row.get(label) for row in rows])
        return (self.all(intent.writable.source), True) if found is None else (found, False)

    def _found_by(
        self, source: Resource | None, column: str, values: Sequence[Any]
    ) -> list[Row] | None:
        """Return what a list finds by a few values of a column; None if it may not find all."""
        if source is None or column not in FILTERS or not _has(source, column):
            return None
        asked = dict.fromkeys(str(value or "").strip() for value in values)
        # A filter may compare other spellings of an accented letter letter by letter.
        if "" in asked or not 0 < len(asked) <= FEW or not "".join(asked).isascii():
            return None
        return list(chained.from_iterable(self.all(source, **{column: one}) for one in asked))

    def _of_days(self, intent: Intent) -> tuple[list[Row], bool]:
        """Read the rows of the days that the frame has, of one person or project if it can be."""
        source, rows = intent.writable.source, list(intent.rows.values())
        days = {row.get("date") for row in rows}
        if None in days:
            wanted = _ids(rows)
            if len(wanted) == len(rows):
                return self._by_id(intent.writable, wanted)
            return self.all(source), True
        shared = {name: {row.get(name) for row in rows} for name in ("personId", "projectId")}
        filters = {name: one for name, (one, *more) in shared.items() if one and not more}
        found: list[Row] = []
        for first, last in windows(sorted(map(str, days))):
            found += self.all(source, minDate=first, maxDate=last, **filters)
        return found, False

    def _unlisted(self, intent: Intent) -> list[Row] | None:
        """Read the rows of what has no list of its own; None if it has one."""
        return kind_of(intent.writable).read(self, intent.rows.values())

    def _join(self, intent: Intent, rows: Iterable[Row]) -> None:
        """Add the columns that the frame has and the list has not."""
        used = {target.field for target in intent.targets.values()}
        for column, joined in intent.writable.joined.items():
            lacks = [row for row in rows if column not in row]
            if column in used and lacks:
                others = self.all(load().resources[joined.resource], **joined.filters)
                _add_column(lacks, column, joined, others)


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


def _latest(rows: Iterable[Row], key: Sequence[str]) -> dict[Key, Row]:
    """Return rows by key; of two copies the one updated last, for rows move while one pages."""
    found: dict[Key, Row] = {}
    for row in rows:
        own = tuple(row.get(name) for name in key)
        kept = found.get(own)
        if kept is None or str(kept.get("updatedAt") or "") <= str(row.get("updatedAt") or ""):
            found[own] = row
    return found


def _ids(rows: Iterable[Row]) -> set[Any]:
    return {row["id"] for row in rows if row.get("id") is not None}


def _keys(rows: Iterable[Row], key: Sequence[str]) -> set[Key]:
    return {tuple(row.get(name) for name in key) for row in rows}


def _add_column(rows: Iterable[Row], column: str, joined: Joined, others: Iterable[Row]) -> None:
    by_owner: dict[Any, list[Row]] = {}
    for other in others:
        by_owner.setdefault(other[joined.key], []).append(other)
    for row in rows:
        mine = by_owner.get(row["id"], [])
        if joined.item:
            row[column] = [{n: one.get(there) for n, there in joined.item.items()} for one in mine]
        else:
            row[column] = mine[0].get(column) if mine else None


def _with_archived(resource: Resource, filters: Mapping[str, Any]) -> dict[str, Any]:
    own = {"includeArchived": True} if _has(resource, "includeArchived") else {}
    return {**own, **filters}


def _has(resource: Resource, name: str) -> bool:
    return any(p.name == name for p in resource.filters)


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
