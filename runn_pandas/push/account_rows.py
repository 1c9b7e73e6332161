"""The account's rows that a push needs, read fresh and no more of them than needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

from runn_pandas.account import Account
from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.write_rules import Joined
from runn_pandas.catalog.writes import writables
from runn_pandas.frame.dedupe import latest
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.kinds.base import encoded_row
from runn_pandas.push.match import Baseline
from runn_pandas.push.model import Intent, Row, grouped
from runn_pandas.reader.fresh import FEW, FreshRows, has_filter, has_single, windows

MONTH = timedelta(days=31)
FEW_PEOPLE = 5


class AccountRows(FreshRows):
    """Reads the rows of one account, past the cache."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.known: dict[str, frozenset[Any]] = {}  # by list its ids, where all of it was read

    def all(self, resource: Resource | None, **filters: Any) -> list[Row]:
        """Return every row of a list."""
        rows = super().all(resource, **filters)
        if resource is not None and not filters:
            self.known[resource.name] = frozenset(row.get("id") for row in rows)
        return rows

    def baseline(self, intent: Intent) -> Baseline:
        """Return the rows that the frame may be about."""
        writable = intent.writable
        if writable.source is None or not intent.rows:
            return Baseline({})
        raw, complete = self._needed(intent)
        if kind_of(writable).adds_to:  # the rows are those that new ones are added to
            return Baseline({(row["id"],): encoded_row(row, writable) for row in raw})
        rows = latest(raw, writable.key)
        self._join(intent, rows.values())
        if intent.on:
            return Baseline({k: encoded_row(row, writable) for k, row in rows.items()}, complete)
        # Only what is compared is put in canonical form.
        asked = {tuple(map(row.get, writable.key)) for row in intent.rows.values()}
        for key in asked & rows.keys():
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
        return self.by_id(writable.source, wanted) if wanted else ([], False)

    def highest(self, intent: Intent) -> int:
        """Return the highest id there is: what a new record comes after."""
        source = intent.writable.source
        if source is None or not has_filter(source, "order"):
            rows = self.newer(intent, 0)[0]
        else:
            rows = self.newest(source)
        return max((row["id"] for row in rows), default=0)

    def newer(
        self, intent: Intent, mark: int, known: frozenset[Any] | None = None
    ) -> tuple[list[Row], list[Row]]:
        """Return the rows that came after a mark, and those below it that may have.

        The mark is the highest id before a push, and `known` are all of then. Where they are not,
        a row below the mark may be new if it was made after the row of the mark.
        """
        rows = self._unlisted(intent)
        if rows is None:
            rows = self._after(intent.writable.source, mark, known)
        else:
            known = None  # the ids of a list are not those of its parts
        found = {row["id"]: encoded_row(row, intent.writable) for row in rows}
        before = found.keys() - {own for own in found if own > mark}
        before &= before if known is None else known
        last = _made(found.get(mark, {})) if known is None else ""
        below = [row for own, row in found.items() if last and own in before and _made(row) > last]
        return [found[own] for own in sorted(found.keys() - before)], below

    def _after(
        self, source: Resource | None, mark: int, known: Collection[Any] | None
    ) -> list[Row]:
        if source is None or known is not None:
            return self.all(source)
        return self.down_to(source, mark)

    def present(self, intent: Intent, ids: set[Any]) -> dict[Any, Row]:
        """Return the rows there are of some ids, by id."""
        found = self._unlisted(intent)
        if found is None:
            found = self.by_id(intent.writable.source, ids)[0]
        return {row["id"]: row for row in found if row.get("id") in ids}

    def still(self, intent: Intent, ids: set[Any]) -> dict[Any, Row]:
        """Return the rows there are of some ids, which were made not long ago, by id."""
        source, found = intent.writable.source, dict[Any, Row]()
        if source is None:
            return found
        few = len(ids) <= FEW and has_single(source)
        falls = has_filter(source, "order") and all(isinstance(own, int) for own in ids)
        if falls and not few:
            found = {row["id"]: row for row in self.newer(intent, min(ids) - 1)[0]}
            found = {own: found[own] for own in ids & found.keys()}
        # What was not met on the way down is asked for in another way before it is called gone.
        missing = ids - found.keys()
        return found | (self.present(intent, missing) if missing else {})

    def like(self, intent: Intent, column: str | None, values: Iterable[Any]) -> list[Row]:
        """Return the rows that new ones may be like: those with a value of a column, or all."""
        writable, source, rows = intent.writable, intent.writable.source, self._unlisted(intent)
        if rows is None and writable.by_day:
            rows = self._around(source, [row["date"] for row in intent.rows.values()])
        elif rows is None and column is not None:
            rows = self.found_by(source, column, [v for v in values if isinstance(v, str)])
        if rows is None:
            rows = self.all(source)
        return [encoded_row(row, writable) for row in rows]

    def of_people(self, resource: str, people: Collection[Any]) -> list[Row]:
        """Return the rows of some people: one by one for a few, else from the whole list."""
        source = load().resources[resource]
        if len(people) > FEW_PEOPLE:
            found = [row for row in self.all(source) if row.get("personId") in people]
        elif not people or has_filter(source, "personId"):
            found = [row for one in sorted(people) for row in self.all(source, personId=one)]
        else:
            own = load().resources[f"people/{{personId}}/{resource}"]
            found = self.all(own, personId=sorted(people))
        unique = {row["id"]: encoded_row(row, writables()[resource]) for row in found}
        return list(unique.values())

    def _named(self, intent: Intent) -> tuple[list[Row], bool]:
        """Read the rows of natural keys: a few by a filter, many from the whole list."""
        label, rows = intent.on[0], intent.rows.values()
        name = "externalId" if label.startswith("references.") else label
        found = None
        if not _ids(rows):
            found = self.found_by(intent.writable.source, name, [row.get(label) for row in rows])
        return (self.all(intent.writable.source), True) if found is None else (found, False)

    def _of_days(self, intent: Intent) -> tuple[list[Row], bool]:
        """Read the rows of the days that the frame has, of one person or project if it can be."""
        source, rows = intent.writable.source, list(intent.rows.values())
        days = {row.get("date") for row in rows}
        if None in days:
            wanted = _ids(rows)
            if len(wanted) == len(rows):
                return self.by_id(source, wanted)
            return self.all(source), True
        shared = {name: {row.get(name) for row in rows} for name in ("personId", "projectId")}
        filters = {name: one for name, (one, *more) in shared.items() if one and not more}
        found: list[Row] = []
        for first, last in windows(sorted(map(str, days))):
            found += self.all(source, minDate=first, maxDate=last, **filters)
        if not intent.undoes and _ids(rows) - _ids(found):
            found += self._around(source, map(str, days))  # what was moved was of another one
        return found, False

    def _around(self, source: Resource | None, days: Iterable[str]) -> list[Row]:
        """Read the rows within a month of days."""
        dates = [date.fromisoformat(day) for day in days]
        return self.all(source, minDate=min(dates) - MONTH, maxDate=max(dates) + MONTH)

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


def _made(row: Row) -> str:
    return str(row.get("createdAt") or "")


def _ids(rows: Iterable[Row]) -> set[Any]:
    return {row["id"] for row in rows if row.get("id") is not None}


def _add_column(rows: Iterable[Row], column: str, joined: Joined, others: Iterable[Row]) -> None:
    by_owner = grouped(((other[joined.key],), other) for other in others)
    for row in rows:
        mine = by_owner.get((row["id"],), [])
        if joined.item:
            row[column] = [{n: one.get(there) for n, there in joined.item.items()} for one in mine]
        else:
            row[column] = mine[0].get(column) if mine else None
