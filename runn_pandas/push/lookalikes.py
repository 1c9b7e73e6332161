"""New rows that look like rows the account has: refused where the frame lost its ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from runn_pandas.catalog.writes import ACTUAL_KEY, Writable
from runn_pandas.push.matching import folded
from runn_pandas.push.model import SHOWN, Intent, Problem, RowPlan

Row = dict[str, Any]
Rows = Callable[[], Iterable[Row]]
DAY_KEY = ACTUAL_KEY[:-1]  # an actual's key but for the workstream
MINUTES = ("billableMinutes", "nonbillableMinutes")
NAMES = ("email", "firstName", "lastName", "name", "title")
MEANT = (
    "keep the id column, or name what identifies a row with on=; if it is meant as new,"
    " df.attrs.clear() before the push and name the resource"
)


def lost_ids(intent: Intent) -> bool:
    """Tell whether a frame was read from Runn and has no ids any more: grouped, or melted."""
    return intent.from_runn and intent.writable.key == ("id",) and "id" not in intent.targets


def lookalikes(
    intent: Intent, row_plans: Sequence[RowPlan], known: Iterable[Row], every: Rows
) -> tuple[list[Problem], list[str]]:
    """Look at the new rows of a push beside what the account has.

    Parameters
    ----------
    intent, row_plans
        The frame, and what is to be done with its rows.
    known
        The account's rows at hand.
    every
        Gives all rows that could be meant; asked only where it matters.

    Returns
    -------
    problems
        The rows that may not be pushed.
    notes
        What the plan should say of the others.
    """
    new = [d for d in row_plans if d.action == "create"]
    if intent.undoes or intent.writable.kind == "time entries" or intent.writable.key != ("id",):
        return [], []
    notes: list[str] = []
    problems: list[Problem] = []
    if intent.writable.name == "actuals":
        problems, beside = _actuals(intent, new, known)
        if lost_ids(intent):
            problems += _overwritten(intent, row_plans)
            problems += _sums(intent, new, every()) if new and not problems else []
        if beside:
            what = "Under another workstream of the same day, person, project and role the account"
            notes.append(_listed(f"{what} has time beside", beside))
    elif lost_ids(intent) and not intent.on:
        problems = _equal(intent, new, every()) if new else []
    elif new:
        problems, notes = _named(intent, new, every)
    if lost_ids(intent) and new and not problems:
        notes.append(
            "The frame was read from Runn and has lost its ids. If it was grouped or summed up,"
            f" its {len(new)} new rows stand beside those they were made of: keep the ids."
        )
    return problems, notes


def _listed(what: str, said: Sequence[str]) -> str:
    more = f"; and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
    return f"{what}: {'; '.join(said[:SHOWN])}{more}."


# -- actuals


def _actuals(
    intent: Intent, new: Sequence[RowPlan], known: Iterable[Row]
) -> tuple[list[Problem], list[str]]:
    """New actuals beside the same under another workstream: their time would count twice."""
    days: dict[tuple[Any, ...], list[Row]] = {}
    for row in known:
        days.setdefault(tuple(row.get(name) for name in DAY_KEY), []).append(row)
    lacking = "workstreamId" not in intent.targets
    problems: list[Problem] = []
    notes: list[str] = []
    for row_plan in new:
        cells = intent.rows[row_plan.position]
        others = days.get(tuple(cells.get(name) for name in DAY_KEY), [])
        if not others:
            continue
        ids = ", ".join(str(row["id"]) for row in others[:3])
        label = intent.labels[row_plan.position]
        if intent.from_runn and (lacking or "id" not in intent.targets):
            missing = " and ".join(n for n in ("id", "workstreamId") if n not in intent.targets)
            reason = (
                f"would be a new actual beside id {ids} of the same day, person, project and role,"
                f" and the frame has lost {missing}: was it summed up? Keep id and workstreamId;"
                " if it is meant as new, df.attrs.clear() before the push and name the resource"
            )
            problems.append(Problem(label, "workstreamId", cells.get("workstreamId"), reason))
        elif lacking or cells.get("workstreamId") is None:
            notes.append(f"row {label!r} beside id {ids}")
    return problems, notes


def _overwritten(intent: Intent, row_plans: Sequence[RowPlan]) -> list[Problem]:
    """Changed minutes: a week's sum would stand on one of its days, beside the others."""
    problems = []
    for row_plan in row_plans:
        changed = {name: (old, new) for name, old, new in row_plan.changes if name in MINUTES}
        if row_plan.action != "update" or not changed:
            continue
        name, (old, new) = next(iter(changed.items()))
        reason = (
            f"would overwrite the {old} of id {row_plan.id}, and the frame was read from Runn and"
            " has lost its ids: was it summed up over several days? Keep the id column; if it is"
            " meant so, df.attrs.clear() before the push and name the resource"
        )
        problems.append(Problem(intent.labels[row_plan.position], name, new, reason))
    return problems


def _sums(intent: Intent, new: Sequence[RowPlan], rows: Iterable[Row]) -> list[Problem]:
    """New actuals that are the sum of a week's or a month's actuals around their day."""
    names = [name for name in ACTUAL_KEY[1:] if name in intent.targets]
    spent: dict[tuple[Any, ...], list[tuple[date, int]]] = {}
    for row in rows:
        day = date.fromisoformat(str(row["date"])[:10])
        spent.setdefault(tuple(row.get(n) for n in names), []).append((day, _minutes(row)))
    problems = []
    for row_plan in new:
        cells = intent.rows[row_plan.position]
        around = spent.get(tuple(cells.get(name) for name in names), [])
        if _is_sum(date.fromisoformat(cells["date"]), _minutes(cells), around):
            reason = (
                "is as much as the actuals of the week or month around it have together, and the"
                " frame was read from Runn and has lost its ids: their time would count twice."
                f" To push it all the same, {MEANT.rpartition('; ')[2]}"
            )
            label, minutes = intent.labels[row_plan.position], cells.get("billableMinutes")
            problems.append(Problem(label, "billableMinutes", minutes, reason))
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


def _equal(intent: Intent, new: Sequence[RowPlan], rows: Iterable[Row]) -> list[Problem]:
    there = list(rows)
    problems = []
    for row_plan in new:
        cells = intent.rows[row_plan.position]
        same = [row for row in there if looks_like(cells, row, intent.writable)]
        if same:
            label = intent.labels[row_plan.position]
            ids = ", ".join(str(row.get("id")) for row in same[:3])
            reason = (
                f"is missing: the frame was read from Runn and has lost its ids, and this new row"
                f" looks like id {ids}; {MEANT}"
            )
            problems.append(Problem(label, "id", None, reason))
    return problems


def looks_like(cells: Mapping[str, Any], row: Mapping[str, Any], writable: Writable) -> bool:
    """Tell whether a new row has the ids, names and days of an existing one.

    Of spans of days it is enough that they overlap: a sum over several rows spans them all.
    """
    compared = 0
    for name, field in writable.create_fields.items():
        value = cells.get(name)
        if value is None or name not in row:
            continue
        if name in ("startDate", "endDate") and "startDate" in cells and "startDate" in row:
            continue
        if name.endswith("Id") or name in NAMES or field.kind == "date":
            compared += 1
            if folded(name, value) != folded(name, row[name]):
                return False
    if cells.get("startDate") is not None and row.get("startDate") is not None:
        compared += 1
        first, last = cells["startDate"], cells.get("endDate") or "9999"
        if not (first <= (row.get("endDate") or "9999") and row["startDate"] <= last):
            return False
    return compared > 0


# -- names that are taken


def _named(intent: Intent, new: Sequence[RowPlan], every: Rows) -> tuple[list[Problem], list[str]]:
    """New rows with a name or an email that is taken."""
    columns = taken_columns(intent)
    if not columns or not any(_told(intent, d, columns) for d in new):
        return [], []
    index: dict[tuple[str, Any], list[Row]] = {}
    for row in every():
        for name in columns:
            if row.get(name):
                index.setdefault((name, folded(name, row[name])), []).append(row)
    # Under another project or select field the same name is no wonder.
    places = [place for place in intent.writable.places.values() if place != "id"]
    problems: list[Problem] = []
    said: list[str] = []
    for row_plan in new:
        cells = intent.rows[row_plan.position]
        label = intent.labels[row_plan.position]
        for name, value in _told(intent, row_plan, columns).items():
            rows = [
                row
                for row in index.get((name, folded(name, value)), [])
                if all(cells.get(place) == row.get(place) for place in places)
            ]
            ids = ", ".join(str(row.get("id")) for row in rows[:3])
            if rows and name == "email":
                reason = (
                    f"is the email of id {ids} already: with on='email' that person is changed;"
                    " a second one is made only without an email"
                )
                problems.append(Problem(label, name, value, reason))
            elif rows:
                said.append(f"row {label!r} {value!r} (id {ids})")
    if not said:
        return problems, []
    return problems, [_listed(f"New {intent.writable.name!r} whose name is taken already", said)]


def taken_columns(intent: Intent) -> list[str]:
    """The columns by which a new row is seen to be there already, but for those in on=."""
    writable = intent.writable
    wanted = ["email"] if writable.name == "people" else ["name"]
    return [
        name
        for name in wanted
        if name in writable.create_fields
        and name in writable.read_fields
        and name in intent.targets
        and name not in intent.on
    ]


def _told(intent: Intent, row_plan: RowPlan, columns: Sequence[str]) -> Row:
    cells = intent.rows[row_plan.position]
    return {name: cells[name] for name in columns if isinstance(cells.get(name), str)}
