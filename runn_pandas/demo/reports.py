"""Runn's own reports of hours and totals, worked out from the demo company's tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from runn_pandas.demo.database import Company, Row
from runn_pandas.demo.dates import END, START, WEEKDAYS, days_of, iso, ordinal, weekday

__all__ = ["DayKey", "Hours", "counts", "hours", "report_rows", "totals", "working_days"]

# Contracts reach further than the plan: days are looked at from well before to well after.
_FIRST, _LAST = START.toordinal() - 1100, END.toordinal() + 1100


class DayKey(NamedTuple):
    """What an actual is one of: a day's work of a person, in a role, on a project."""

    day: int
    person: int
    project: int
    role: int
    workstream: int | None


class Hours(NamedTuple):
    """Minutes of one day and key, planned or logged."""

    billable: int
    nonbillable: int
    phase: int | None


def working_days(company: Company, person: int) -> frozenset[int]:
    """Return the days on which planned work counts.

    A day of a contract with rostered minutes, without full-day leave, public holiday or
    rostered-off day. Partial leave takes nothing from the plan. Placeholders have no contract
    and work from Monday to Friday.
    """
    if person in company.tables["placeholders"]:
        return company.keep("", "weekdays", _weekdays)
    return company.keep("", ("working", person), lambda: _working_days(company, person))


def _weekdays() -> frozenset[int]:
    return frozenset(day for day in range(_FIRST, _LAST) if weekday(day) < 5)


def _working_days(company: Company, person: int) -> frozenset[int]:
    days: set[int] = set()
    for contract in company.where("contracts", "personId", person):
        rostered = [*(contract["rosteredDays"][name] for name in WEEKDAYS), 0, 0]
        days.update(day for day in days_of(contract, _FIRST, _LAST) if rostered[(day - 1) % 7])
    for kind in ("leave", "holidays", "rostered-off"):
        for row in company.where(f"time-offs/{kind}", "personId", person):
            if row["minutesPerDay"] is None:
                days.difference_update(days_of(row, _FIRST, _LAST))
    return frozenset(days)


def place_of(row: Row) -> tuple[int, int, int, int | None]:
    """Return whose work a row is, on what, as what and in which workstream."""
    return row["personId"], row["projectId"], row["roleId"], row["workstreamId"]


def counts(assignment: Row) -> bool:
    """Whether an assignment is work at all: templates and inactive ones are not."""
    return assignment["isActive"] and not assignment["isTemplate"]


def assignment_days(company: Company, assignment: Row) -> Iterable[int]:
    """Return the days on which an assignment's minutes count."""
    if assignment["isNonWorkingDay"]:
        return (ordinal(assignment["startDate"]),)
    # Unmet demand of the past never was work.
    first = company.today.toordinal() if assignment["isPlaceholder"] else _FIRST
    working = working_days(company, assignment["personId"])
    return [day for day in days_of(assignment, first, _LAST) if day in working]


def hours(
    company: Company, assignments: Iterable[Row], actuals: Iterable[Row]
) -> dict[DayKey, tuple[Hours | None, Hours | None]]:
    """Return plan and log side by side, by day and key; None is what does not exist."""
    planned: dict[DayKey, Hours] = {}
    for row in filter(counts, assignments):
        billable = row["minutesPerDay"] if row["isBillable"] else 0
        nonbillable, phase = row["minutesPerDay"] - billable, row["phaseId"]
        place, alone = place_of(row), Hours(billable, nonbillable, phase)
        for day in assignment_days(company, row):
            key = DayKey(day, *place)
            # Assignments on one key add up; the phase is the first that is known.
            if (old := planned.get(key)) is None:
                planned[key] = alone
                continue
            first = phase if old.phase is None else old.phase
            planned[key] = Hours(old.billable + billable, old.nonbillable + nonbillable, first)
    logged = {
        DayKey(ordinal(row["date"]), *place_of(row)): Hours(
            row["billableMinutes"], row["nonbillableMinutes"], row["phaseId"]
        )
        for row in actuals
    }
    return {key: (planned.get(key), logged.get(key)) for key in {**planned, **logged}}


def report_rows(company: Company, field: str, value: int) -> list[Row]:
    """Return the by-day report of a person (``personId``) or a project (``projectId``), by date."""
    return company.keep("", (field, value), lambda: _report_rows(company, field, value))


def _report_rows(company: Company, field: str, value: int) -> list[Row]:
    found = hours(
        company, company.where("assignments", field, value), company.where("actuals", field, value)
    )
    rows: list[Row] = []
    for key in sorted(found, key=lambda key: (*key[:4], key.workstream or 0)):
        plan, log = found[key]
        effective = log or plan or Hours(0, 0, None)
        phase = log.phase if log and log.phase is not None else plan and plan.phase
        row: Row = {"date": iso(key.day), "roleId": key.role, "projectId": key.project}
        row.update(personId=key.person, workstreamId=key.workstream, phaseId=phase)
        row.update(_minutes(effective))
        row["assignments"] = _minutes(plan) | {"phaseId": plan and plan.phase}
        row["actuals"] = _minutes(log) | {"phaseId": log and log.phase}
        rows.append(row)
    return rows


def _minutes(worked: Hours | None) -> dict[str, Any]:
    billable, nonbillable, _ = worked or (0, 0, None)
    return {
        "billableMinutes": billable,
        "nonBillableMinutes": nonbillable,
        "totalMinutes": billable + nonbillable,
    }


def totals(company: Company, project: int) -> Row:
    """Return the report's sums over a project's whole life."""
    rows = report_rows(company, "projectId", project)
    names = ("billableMinutes", "nonBillableMinutes", "totalMinutes")
    answer: Row = {"id": project, **{name: sum(row[name] for row in rows) for name in names}}
    for part in ("assignments", "actuals"):
        answer[part] = {name: sum(row[part][name] for row in rows) for name in names}
    return answer
