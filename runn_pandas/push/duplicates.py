"""New rows that look like rows the account has: refused where the frame lost its ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from runn_pandas.catalog.writes import Writable
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.kinds.base import overlap
from runn_pandas.push.match import folded, row_problem
from runn_pandas.push.model import SHOWN, Intent, Key, Problem, Row, RowPlan, grouped

Rows = Callable[[], Iterable[Row]]
MINUTES = ("billableMinutes", "nonbillableMinutes")
NAMES = ("email", "firstName", "lastName", "name", "title")
SPAN = ("startDate", "endDate")
ALL_THE_SAME = "df.attrs.clear() before the push and name the resource"
MEANT = (
    "keep the id column, or name what identifies a row with on=; if it is meant as new,"
    f" {ALL_THE_SAME}"
)


class Beside(NamedTuple):
    """What new rows stand beside: why they may not be pushed, and what the plan should say."""

    problems: list[Problem]
    notes: list[str]


def lost_ids(intent: Intent) -> bool:
    """Whether a frame was read from Runn and has no ids any more: grouped, or melted."""
    return intent.from_runn and intent.writable.has_id and "id" not in intent.targets


def find_duplicates(
    intent: Intent, row_plans: Sequence[RowPlan], known: Iterable[Row], every: Rows
) -> Beside:
    """Return what the new rows of a push stand beside in the account.

    `known` are its rows at hand; `every` gives all that could be meant, where that matters.
    """
    kind = kind_of(intent.writable)
    if intent.undoes or kind.adds_to or not intent.writable.has_id:
        return Beside([], [])
    new = [one.position for one in row_plans if one.action == "create"]
    if kind.day_key:
        found = _of_the_day(intent, row_plans, new, known, every)
    elif lost_ids(intent) and not intent.on:
        found = Beside(_equal(intent, new, every), [])
    else:
        found = _named(intent, new, every)
    if not found.problems:
        found.notes.extend(_of_lost_ids(intent, len(new)))
    return found


def _of_lost_ids(intent: Intent, count: int) -> list[str]:
    if not count or not lost_ids(intent):
        return []
    return [
        "The frame was read from Runn and has lost its ids. If it was grouped or summed up,"
        f" its {count} new rows stand beside those they were made of: keep the ids."
    ]


def _listed(what: str, said: Sequence[str]) -> list[str]:
    more = f"; and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
    return [f"{what}: {'; '.join(said[:SHOWN])}{more}."] if said else []


def _ids(rows: Sequence[Row]) -> str:
    return ", ".join(str(row.get("id")) for row in rows[:3])


# -- records of a day


def _of_the_day(
    intent: Intent,
    row_plans: Sequence[RowPlan],
    new: Sequence[int],
    known: Iterable[Row],
    every: Rows,
) -> Beside:
    found = _same_day(intent, new, known)
    if lost_ids(intent):
        found.problems.extend(_overwritten(intent, row_plans))
        if new and not found.problems:
            found.problems.extend(_sums(intent, new, every()))
    return found


def _same_day(intent: Intent, new: Iterable[int], known: Iterable[Row]) -> Beside:
    """Return new actuals beside others that differ in workstream only: time would count twice."""
    columns = kind_of(intent.writable).day_key
    days = grouped((tuple(map(row.get, columns)), row) for row in known)
    missing = [name for name in ("id", "workstreamId") if name not in intent.targets]
    problems: list[Problem] = []
    said: list[str] = []
    for position in new:
        cells = intent.rows[position]
        others = days.get(tuple(map(cells.get, columns)), [])
        if others and intent.from_runn and missing:
            reason = (
                f"would be a new actual beside id {_ids(others)} of the same day, person, project"
                f" and role, and the frame has lost {' and '.join(missing)}: was it summed up?"
                f" Keep id and workstreamId; if it is meant as new, {ALL_THE_SAME}"
            )
            problems.append(row_problem(intent, position, "workstreamId", reason))
        elif others and cells.get("workstreamId") is None:
            said.append(f"row {intent.labels[position]!r} beside id {_ids(others)}")
    what = "Under another workstream of the same day, person, project and role the account has time"
    return Beside(problems, _listed(f"{what} beside", said))


def _overwritten(intent: Intent, row_plans: Sequence[RowPlan]) -> list[Problem]:
    """Return changed minutes: a week's sum would stand on one of its days, beside the others."""
    problems = []
    for row_plan in row_plans:
        changed = [change for change in row_plan.changes if change.field in MINUTES]
        if row_plan.action != "update" or not changed:
            continue
        name, old, new = changed[0]
        reason = (
            f"would overwrite the {old} of id {row_plan.id}, and the frame was read from Runn and"
            " has lost its ids: was it summed up over several days? Keep the id column; if it is"
            f" meant so, {ALL_THE_SAME}"
        )
        problems.append(Problem(intent.labels[row_plan.position], name, new, reason))
    return problems


def _sums(intent: Intent, new: Iterable[int], rows: Iterable[Row]) -> list[Problem]:
    """Return new actuals that are the sum of the week or month around their day."""
    natural = kind_of(intent.writable).natural_key
    names = [name for name in natural if name != "date" and name in intent.targets]
    days = ((date.fromisoformat(str(row["date"])[:10]), row) for row in rows)
    spent = grouped((tuple(map(row.get, names)), (day, _minutes(row))) for day, row in days)
    reason = (
        "is as much as the actuals of the week or month around it have together, and the"
        " frame was read from Runn and has lost its ids: their time would count twice."
        f" To push it all the same, if it is meant as new, {ALL_THE_SAME}"
    )
    problems = []
    for position in new:
        cells = intent.rows[position]
        around = spent.get(tuple(map(cells.get, names)), [])
        if _is_sum(date.fromisoformat(cells["date"]), _minutes(cells), around):
            problems.append(row_problem(intent, position, MINUTES[0], reason))
    return problems


def _is_sum(day: date, minutes: int, around: Sequence[tuple[date, int]]) -> bool:
    spans = [(day - timedelta(n), day + timedelta(6 - n)) for n in range(7)]
    first = day.replace(day=1)
    spans.append((first, (first + timedelta(31)).replace(day=1) - timedelta(1)))
    for start, end in spans:
        inside = [spent for one, spent in around if start <= one <= end and spent]
        if len(inside) > 1 and sum(inside) == minutes:
            return True
    return False


def _minutes(row: Mapping[str, Any]) -> int:
    return sum(int(row.get(name) or 0) for name in MINUTES)


# -- rows that are equal in what tells them apart


def _equal(intent: Intent, new: Sequence[int], every: Rows) -> list[Problem]:
    there = _Likes(intent.writable, every() if new else ())
    problems = []
    for position in new:
        same = list(there.of(intent.rows[position]))
        if same:
            reason = (
                f"is missing: the frame was read from Runn and has lost its ids, and this new row"
                f" looks like id {_ids(same)}; {MEANT}"
            )
            problems.append(row_problem(intent, position, "id", reason))
    return problems


class _Likes:
    """Rows of the account by the ids, names and days that a new row may share with them.

    Of spans of days it is enough that they overlap: a sum over several rows spans them all.
    """

    def __init__(self, writable: Writable, rows: Iterable[Row]) -> None:
        self.telling = [
            name
            for name, field in writable.create_fields.items()
            if name.endswith("Id") or name in NAMES or field.kind == "date"
        ]
        self.by_columns = grouped(((frozenset(row),), row) for row in rows)
        self.indexes: dict[Key, dict[Key, list[Row]]] = {}

    def of(self, cells: Mapping[str, Any]) -> Iterator[Row]:
        """Return the rows that a new row looks like."""
        for (columns,) in self.by_columns:
            spans = "startDate" in cells and "startDate" in columns
            names = self._names(cells, columns.difference(SPAN) if spans else columns)
            for row in self._index(columns, names).get(_folded(cells, names), []):
                dated = spans and None not in (cells["startDate"], row["startDate"])
                if overlap(cells, row) if dated else names:
                    yield row

    def _names(self, cells: Mapping[str, Any], columns: frozenset[str]) -> tuple[str, ...]:
        """Return the columns in which a new row must be equal to those that have them."""
        return tuple(n for n in self.telling if cells.get(n) is not None and n in columns)

    def _index(self, columns: frozenset[str], names: tuple[str, ...]) -> dict[Key, list[Row]]:
        if (columns, names) not in self.indexes:
            rows = self.by_columns[columns,]
            self.indexes[columns, names] = grouped((_folded(row, names), row) for row in rows)
        return self.indexes[columns, names]


def _folded(row: Mapping[str, Any], names: Iterable[str]) -> Key:
    return tuple(folded(name, row[name]) for name in names)


# -- names that are taken


def _named(intent: Intent, new: Iterable[int], every: Rows) -> Beside:
    """Return new rows with a name or an email that is taken."""
    columns = taken_columns(intent)
    asked = [(n, c) for n in new for c in columns if isinstance(intent.rows[n].get(c), str)]
    taken = _taken(intent, columns, every() if asked else ())
    found = Beside([], [])
    said: list[str] = []
    for position, column in asked:
        cells = intent.rows[position]
        rows = taken(cells, column)
        if rows and column == "email":
            reason = (
                f"is the email of id {_ids(rows)} already: with on='email' that person is changed;"
                " a second one is made only without an email"
            )
            found.problems.append(row_problem(intent, position, column, reason))
        elif rows:
            said.append(f"row {intent.labels[position]!r} {cells[column]!r} (id {_ids(rows)})")
    found.notes.extend(_listed(f"New {intent.writable.name!r} whose name is taken already", said))
    return found


def _taken(
    intent: Intent, columns: Sequence[str], rows: Iterable[Row]
) -> Callable[[Row, str], list[Row]]:
    """Return a function that finds the account's rows with the value of a row's column."""
    # Under another project or select field the same name is no wonder.
    places = [place for place in intent.writable.places.values() if place != "id"]

    def key(row: Row, column: str) -> Key:
        return (column, folded(column, row.get(column)), *map(row.get, places))

    index = grouped((key(row, column), row) for row in rows for column in columns)
    return lambda row, column: index.get(key(row, column), [])


def taken_columns(intent: Intent) -> list[str]:
    """Return the columns by which a new row is seen to be there already, but for those in on=."""
    writable = intent.writable
    known = writable.create_fields.keys() & writable.read_fields.keys() & intent.targets.keys()
    return [name for name in kind_of(writable).unique if name in known and name not in intent.on]
