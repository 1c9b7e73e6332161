"""The account's rows that a push is compared with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from runn_pandas.catalog import load
from runn_pandas.catalog.write_rules import Joined
from runn_pandas.catalog.writes import Writable, writables
from runn_pandas.frame.dedupe import latest
from runn_pandas.pushing.kinds import encoded_row, kind_of
from runn_pandas.pushing.kinds.actuals import same_key
from runn_pandas.pushing.model import Key, Row, grouped, key_of
from runn_pandas.reader import rows as reading
from runn_pandas.reader.fresh import has_filter, windows

if TYPE_CHECKING:
    from runn_pandas.account import Account
    from runn_pandas.pushing.sheet import Sheet

FEW = 5  # people whose rows are read one by one
FEW_DAYS = 62  # a frame over more days is compared with the cached list and what changed since


@dataclass
class Baseline:
    """Rows of the account by key, as canonical values.

    Attributes
    ----------
    is_complete : bool
        Whether these are all the rows of the list.
    """

    rows: Mapping[Key, Row]
    is_complete: bool = False
    _named: dict[tuple[str, ...], dict[Key, list[Row]]] = field(default_factory=dict)

    def named(self, on: tuple[str, ...], key: Key) -> list[Row]:
        """Return the rows that have some values in the columns of ``on=``."""
        if on not in self._named:
            pairs = ((one, row) for row in self.rows.values() for one in _keys(row, on))
            self._named[on] = grouped(pairs)
        return self._named[on].get(key, [])

    @cached_property
    def reference_names(self) -> frozenset[str]:
        """The names of the references that the rows have."""
        items = (item for row in self.rows.values() for item in row.get("references") or ())
        return frozenset(str(item.get("referenceName")) for item in items)


def _keys(row: Mapping[str, Any], on: tuple[str, ...]) -> list[Key]:
    """Return the values of a row in some columns: several keys if it has a reference twice."""
    keys: list[Key] = [()]
    for label in on:
        values = dict.fromkeys(folded(label, value) for value in _values(row, label))
        keys = [(*key, value) for key in keys for value in values]
    return keys


def _values(row: Mapping[str, Any], label: str) -> list[Any]:
    name, dot, part = label.partition(".")
    if label in row or not dot:
        return [row.get(label)]
    if name == "references":
        items = row.get("references") or []
        return [i.get("externalId") for i in items if i.get("referenceName") == part]
    nested = row.get(name)
    return [nested.get(part)] if isinstance(nested, Mapping) else []


def folded(label: str, value: Any) -> Any:
    """Return a value as ``on=`` compares it: without outer blanks and case.

    Ids of other systems keep their case: two of them may differ in nothing else.
    """
    if isinstance(value, str):
        plain = normalize("NFC", value).strip()
        return plain if label.startswith("references.") else plain.casefold()
    return value if not isinstance(value, (list, dict)) else str(value)


class AccountRows:
    """Reads the rows of one account."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def all(self, resource: str, **filters: Any) -> list[Row]:
        """Return every row of a list."""
        return reading.rows(self.account, resource, **filters)

    def one(self, path: str) -> Row | None:
        """Return one record, or None."""
        return reading.record(self.account, path)

    def of_people(self, resource: str, people: Collection[Any]) -> list[Row]:
        """Return the rows of some people: one by one for a few, else from the whole list."""
        source = load().resources[resource]
        if len(people) > FEW:
            every = reading.rows_since_cached(self.account, resource)
            found = [row for row in every if row.get("personId") in people]
        elif not people or has_filter(source, "personId"):
            found = [row for one in sorted(people) for row in self.all(resource, personId=one)]
        else:
            found = self.all(f"people/{{personId}}/{resource}", personId=sorted(people))
        unique = {row["id"]: encoded_row(row, writables()[resource]) for row in found}
        return list(unique.values())

    def baseline(self, sheet: Sheet) -> Baseline:
        """Return the rows that a sheet may be about."""
        writable = sheet.writable
        if writable.source is None or not sheet.rows:
            return Baseline({})
        raw, is_complete = self._needed(sheet)
        if kind_of(writable).adds_to:
            return Baseline({(row["id"],): encoded_row(row, writable) for row in raw})
        rows = latest(raw, writable.key)
        self._join(sheet, rows.values())
        asked = {key_of(row, writable.key) for row in sheet.rows.values()}
        # Without on= only the rows that are compared need canonical values.
        for key in rows if sheet.on else asked & rows.keys():
            rows[key] = encoded_row(rows[key], writable)
        return Baseline(rows, is_complete)

    def _needed(self, sheet: Sheet) -> tuple[list[Row], bool]:
        """Return rows, and whether they are the whole list."""
        writable, rows = sheet.writable, sheet.rows.values()
        nested = kind_of(writable).read(self, rows)
        if nested is not None:
            return nested, False
        name, wanted = writable.source.name if writable.source else "", _ids(rows)
        if writable.by_day:
            return self._of_days(sheet, name)
        by_name = sheet.on and any(row.get("id") is None for row in rows)
        if writable.has_id and not by_name and len(wanted) <= 1:
            found = reading.rows_by_id(self.account, name, wanted) if wanted else {}
            return list(found.values()), False
        return reading.rows_since_cached(self.account, name), True

    def _of_days(self, sheet: Sheet, name: str) -> tuple[list[Row], bool]:
        """Return the rows of the days that a sheet has, of one person or project if it can be."""
        rows = list(sheet.rows.values())
        days = {row.get("date") for row in rows}
        if None in days or len(days) > FEW_DAYS:
            wanted = _ids(rows)
            if len(wanted) == len(rows) == 1:
                return list(reading.rows_by_id(self.account, name, wanted).values()), False
            return reading.rows_since_cached(self.account, name), True
        shared = {column: {row.get(column) for row in rows} for column in ("personId", "projectId")}
        filters = {column: one for column, (one, *more) in shared.items() if one and not more}
        found: list[Row] = []
        for first, last in windows(sorted(map(str, days))):
            found += self.all(name, minDate=first, maxDate=last, **filters)
        moved = _ids(rows) - _ids(found)
        if moved:  # the account has them under another day, person or project
            found += reading.rows_by_id(self.account, name, moved).values()
        return found, False

    def _join(self, sheet: Sheet, rows: Iterable[Row]) -> None:
        """Add the columns that the sheet has and the list lacks."""
        used = {target.field for target in sheet.targets.values()}
        for column, joined in sheet.writable.joined.items():
            lacks = [row for row in rows if column not in row]
            if column in used and lacks:
                _add_column(lacks, column, joined, self.all(joined.resource, **joined.filters))

    # -- records of a push

    def present(
        self, writable: Writable, ids: set[Any], cells: Iterable[Row] = ()
    ) -> dict[Any, Row]:
        """Return the records that there are of some ids, by id."""
        if not ids or writable.source is None:
            return {}
        nested = kind_of(writable).read(self, cells)
        if nested is not None:
            return {row["id"]: row for row in nested if row.get("id") in ids}
        return reading.rows_by_id(self.account, writable.source.name, ids)

    def newest(self, writable: Writable, cells: Iterable[Row] = ()) -> int:
        """Return the highest id of a list."""
        nested = kind_of(writable).read(self, cells)
        if nested is not None:
            return max((row["id"] for row in nested), default=0)
        return (
            0
            if writable.source is None
            else reading.find_newest(self.account, writable.source.name)
        )

    def after(self, writable: Writable, mark: int, cells: Iterable[Row] = ()) -> list[Row]:
        """Return the records with a higher id than `mark`, in order."""
        nested = kind_of(writable).read(self, cells)
        if nested is None:
            nested = (
                []
                if writable.source is None
                else reading.rows_after(self.account, writable.source.name, mark)
            )
        found = [encoded_row(row, writable) for row in nested if row.get("id", 0) > mark]
        return sorted(found, key=lambda row: row["id"])

    def actual(self, key: Row) -> Row | None:
        """Return the actual of a day, person, project, role and workstream."""
        found = self.all(
            "actuals",
            minDate=key["date"],
            maxDate=key["date"],
            personId=key["personId"],
            projectId=key["projectId"],
        )
        return next((row for row in found if same_key(key, row)), None)


def _ids(rows: Iterable[Row]) -> set[Any]:
    return {row["id"] for row in rows if row.get("id") is not None}


def _add_column(rows: Iterable[Row], column: str, joined: Joined, others: Iterable[Row]) -> None:
    by_owner = grouped((other[joined.key], other) for other in others)
    for row in rows:
        mine = by_owner.get(row["id"], [])
        if joined.item:
            row[column] = [{n: one.get(there) for n, there in joined.item.items()} for one in mine]
        else:
            row[column] = mine[0].get(column) if mine else None
