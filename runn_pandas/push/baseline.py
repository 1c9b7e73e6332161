"""The account's rows that a push needs, read fresh and no more of them than needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.filters import check_filters
from runn_pandas.catalog.writes import Writable
from runn_pandas.errors import NotFoundError, ValidationError
from runn_pandas.frame.decode import Page
from runn_pandas.push.diff import encoded_row
from runn_pandas.push.matching import Baseline
from runn_pandas.push.model import Intent
from runn_pandas.reader.pages import Reader, chains

if TYPE_CHECKING:
    from runn_pandas.account import Account

Row = dict[str, Any]
FEW = 2  # ids that are asked for one by one rather than by reading on in the list
APART = 14  # days without rows after which actuals are asked for in another request
WINDOWS = 12
MONTH = 31  # days
FILTERS = ("email", "name", "externalId")
# The parts of a row that its list does not have, and where they are: column -> resource.
JOINED = {
    ("people", "customFields"): "people/custom-fields",
    ("people", "skills"): "people/skills",
    ("placeholders", "teamId"): "people",
}


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
        """Give the rows that the frame may be about."""
        writable = intent.writable
        if writable.source is None or not intent.rows:
            return Baseline({})
        if writable.kind == "time entries":
            raw = self._actuals(intent)[0]
            return Baseline({(row["id"],): encoded_row(row, writable) for row in raw})
        raw, complete = self._needed(intent)
        rows: dict[tuple[Any, ...], Row] = {}
        for row in raw:
            key = tuple(row.get(name) for name in writable.key)
            kept = rows.get(key)
            # Rows move while one pages: the one updated last is the right one.
            if kept is None or str(kept.get("updatedAt")) <= str(row.get("updatedAt")):
                rows[key] = row
        self._join(intent, rows)
        wanted = _wanted_keys(intent)
        if wanted is not None and not intent.on:
            # Only what is compared is put in canonical form.
            rows = {k: encoded_row(r, writable) if k in wanted else r for k, r in rows.items()}
        else:
            rows = {k: encoded_row(row, writable) for k, row in rows.items()}
        return Baseline(rows, complete)

    def _needed(self, intent: Intent) -> tuple[list[Row], bool]:
        writable = intent.writable
        special = self._special(intent)
        if special is not None:
            return special, False
        if writable.name == "actuals":
            return self._actuals(intent)
        if writable.key != ("id",):
            return self.all(writable.source), True
        named = [n for n, row in intent.rows.items() if row.get("id") is None]
        if intent.on and named:
            return self._named(intent, named)
        wanted = {row["id"] for row in intent.rows.values() if row.get("id") is not None}
        return self._by_id(writable, wanted) if wanted else ([], False)

    def _special(self, intent: Intent) -> list[Row] | None:
        """The rows of what has no list of its own."""
        read = {
            "projects/{projectId}/timesheet-lock": self._locks,
            "users/{userId}/views": self._views,
            "custom-fields/select/{selectFieldId}/options": self._options,
            "placeholders/{placeholderId}/skills": self._placeholder_skills,
        }.get(intent.writable.name)
        return None if read is None else read(intent)

    def highest(self, intent: Intent) -> int:
        """The highest id there is: what a new record comes after."""
        source = intent.writable.source
        if source is not None and self._special_free(intent) and _has(source, "order"):
            query = {**source.always_sent, "sortBy": "id", "order": "desc", "limit": 1}
            if _has(source, "includeArchived"):
                query["includeArchived"] = True
            answer = self.account.session.request("GET", source.operation.path, query).json()
            rows = answer.get("values") or []
        else:
            rows = self.newer(intent, 0)
        return max((row["id"] for row in rows), default=0)

    def newer(self, intent: Intent, mark: int) -> list[Row]:
        """The rows with an id above a mark, in the order of their making."""
        source = intent.writable.source
        rows = self._special(intent)
        if rows is None:
            rows = []
            if source is not None and _has(source, "order"):
                filters: Row = {"sortBy": "id", "order": "desc"}
                if _has(source, "includeArchived"):
                    filters["includeArchived"] = True
                path, query = check_filters(source, filters, {})
                for chain in chains(source, path, query):
                    for page in self.reader.follow(source, chain):
                        new = _rows(page)
                        rows += new
                        if any(row["id"] <= mark for row in new):
                            break
            else:
                rows = self.all(source)
        found = {row["id"]: row for row in rows if row["id"] > mark}
        return [encoded_row(found[own], intent.writable) for own in sorted(found)]

    @staticmethod
    def _special_free(intent: Intent) -> bool:
        return "{" not in intent.writable.name

    def present(self, intent: Intent, ids: set[Any]) -> dict[Any, Row]:
        """Give the rows there are of some ids."""
        found = self._special(intent)
        if found is None:
            found = self._by_id(intent.writable, ids)[0]
        return {row["id"]: row for row in found if row.get("id") in ids}

    # -- the ways to read

    def all(self, resource: Resource | None, **filters: Any) -> list[Row]:
        """Every row of a list."""
        if resource is None:
            return []
        known = {p.name for p in resource.filters}
        if "includeArchived" in known:
            filters.setdefault("includeArchived", True)
        path, query = check_filters(resource, filters, {})
        jobs = [(resource, chain) for chain in chains(resource, path, query)]
        rows: list[Row] = []
        for chain, pages in zip(jobs, self.reader.fetch(jobs), strict=True):
            place = {} if chain[1].place is None else chain[1].place
            rows += [{**place, **row} for page in pages for row in _rows(page)]
        return rows

    def one(self, path: str) -> Row | None:
        """One record, or None if there is none."""
        try:
            found: Row = self.account.session.request("GET", path).json()
        except (NotFoundError, ValidationError):  # a leave that is not there is a 400
            return None
        return found

    def _by_id(self, writable: Writable, wanted: set[Any]) -> tuple[list[Row], bool]:
        """Pages of the list until all ids are found; the last few singly if that is cheaper."""
        source = writable.source
        if source is None:
            return [], False
        single = _single(source)
        rows: list[Row] = []
        missing = set(wanted)
        alone = 1 if single else 0
        if len(missing) > alone:
            filters = {"includeArchived": True} if _has(source, "includeArchived") else {}
            path, query = check_filters(source, filters, {})
            for chain in chains(source, path, query):
                for page in self.reader.follow(source, chain):
                    new = _rows(page)
                    rows += new
                    missing -= {row.get("id") for row in new}
                    if not missing or (page.cursor is not None and single and len(missing) <= FEW):
                        break
                else:
                    return rows, True
        for own in sorted(missing, key=str):
            if single:
                row = self.one(single.replace("{}", str(own)))
                rows += [row] if row is not None else []
        return rows, False

    def _named(self, intent: Intent, positions: Sequence[int]) -> tuple[list[Row], bool]:
        """The rows with natural keys: by a filter for a few, from the whole list for many."""
        source = intent.writable.source
        label = intent.on[0]
        name = "externalId" if label.startswith("references.") else label
        usable = source is not None and name in FILTERS and _has(source, name)
        told = [intent.rows[n].get(label) for n in positions]
        values = [value.strip() if isinstance(value, str) else value for value in told]
        others = len(intent.rows) - len(positions)
        # A filter may compare other spellings of an accented letter letter by letter.
        plain = all(not isinstance(value, str) or value.isascii() for value in values)
        if usable and not others and len(values) <= FEW and all(values) and plain:
            return [row for value in values for row in self.all(source, **{name: value})], False
        return self.all(source), True

    def like(self, intent: Intent, column: str | None, values: Sequence[Any]) -> list[Row]:
        """The rows that new ones may be like: those with a value of a column, or all."""
        source, rows = intent.writable.source, self._special(intent)
        if intent.writable.name == "actuals":
            days = [date.fromisoformat(row["date"]) for row in intent.rows.values()]
            span = timedelta(MONTH)
            rows = self.all(source, minDate=min(days) - span, maxDate=max(days) + span)
        if rows is None and source is not None and column in FILTERS and _has(source, column):
            told = {value.strip() for value in values if isinstance(value, str)}
            if 0 < len(told) <= FEW and all(value and value.isascii() for value in told):
                rows = [
                    row for value in sorted(told) for row in self.all(source, **{column: value})
                ]
        if rows is None:
            rows = self.all(source)
        return [encoded_row(row, intent.writable) for row in rows]

    def _actuals(self, intent: Intent) -> tuple[list[Row], bool]:
        source = load().resources["actuals"]
        rows = list(intent.rows.values())
        days = {row["date"] for row in rows if row.get("date") is not None}
        if any(row.get("date") is None for row in rows):
            wanted = {row["id"] for row in rows if row.get("id") is not None}
            if len(wanted) == len(rows):
                return self._by_id(intent.writable, wanted)
            return self.all(source), True
        filters: Row = {}
        for name in ("personId", "projectId"):
            values = {row.get(name) for row in rows}
            if len(values) == 1 and None not in values:
                filters[name] = values.pop()
        found: list[Row] = []
        for first, last in windows(sorted(days)):
            found += self.all(source, minDate=first, maxDate=last, **filters)
        return found, False

    def _locks(self, intent: Intent) -> list[Row]:
        ids = sorted({row["projectId"] for row in intent.rows.values() if row.get("projectId")})
        rows = []
        for project in ids:
            row = self.one(f"/projects/{project}/timesheet-lock/")
            if row is not None:
                rows.append({"projectId": project, **row})
        return rows

    def _views(self, intent: Intent) -> list[Row]:
        ids = sorted({row["userId"] for row in intent.rows.values() if row.get("userId")})
        resource = load().resources["users/{userId}/views"]
        return self.all(resource, userId=ids) if ids else []

    def _options(self, intent: Intent) -> list[Row]:
        return [
            {"selectFieldId": field["id"], **option}
            for field in self.all(load().resources["custom-fields/select"])
            for option in field.get("options") or ()
        ]

    def _placeholder_skills(self, intent: Intent) -> list[Row]:
        rows = self.all(load().resources["people/skills"], includePlaceholders=True)
        return [{"placeholderId": row["personId"], **row} for row in rows]

    def _join(self, intent: Intent, rows: dict[Any, Row]) -> None:
        """Add what the frame has and the list has not."""
        used = {target.field for target in intent.targets.values()}
        for (name, column), resource in JOINED.items():
            lacks = [row for row in rows.values() if column not in row]
            if intent.writable.name != name or column not in used or not lacks:
                continue
            filters = {"includePlaceholders": True} if name == "placeholders" else {}
            others = self.all(load().resources[resource], **filters)
            for row in lacks:
                if column == "skills":
                    row[column] = [
                        {"id": other["skillId"], "level": other.get("level")}
                        for other in others
                        if other["personId"] == row["id"]
                    ]
                else:
                    key = "personId" if column == "customFields" else "id"
                    mine = [other.get(column) for other in others if other[key] == row["id"]]
                    row[column] = mine[0] if mine else None


def windows(days: Iterable[str]) -> list[tuple[str, str]]:
    """Give the spans of days to ask for: apart where nothing is between them.

    Examples
    --------
    >>> windows(["2026-01-05", "2026-01-09", "2026-06-01"])
    [('2026-01-05', '2026-01-09'), ('2026-06-01', '2026-06-01')]
    """
    spans: list[tuple[str, str]] = []
    for day in days:
        if spans and date.fromisoformat(day) - date.fromisoformat(spans[-1][1]) <= timedelta(APART):
            spans[-1] = spans[-1][0], day
        else:
            spans.append((day, day))
    return spans if len(spans) <= WINDOWS else [(spans[0][0], spans[-1][1])]


def _wanted_keys(intent: Intent) -> set[tuple[Any, ...]] | None:
    key = intent.writable.key
    return {tuple(row.get(name) for name in key) for row in intent.rows.values()} if key else None


def _has(resource: Resource, name: str) -> bool:
    return any(p.name == name for p in resource.filters)


def _single(source: Resource) -> str | None:
    """The path of one record of a list, with {} for its id."""
    for name, resource in load().resources.items():
        parent, _, last = name.rpartition("/")
        if parent == source.name and last.startswith("{") and not resource.is_list:
            return resource.operation.path.replace(last, "{}")
    return None


def _rows(page: Page) -> list[Row]:
    rows = page.rows
    return rows.to_pylist() if isinstance(rows, pa.Table) else list(rows)
