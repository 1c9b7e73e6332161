"""The logged work of the demo company, and what follows from it: members and budgets."""

from __future__ import annotations

from decimal import Decimal

from runn_pandas.demo.company import invented_names as names
from runn_pandas.demo.company.assignments import Planner
from runn_pandas.demo.company.factory import Factory
from runn_pandas.demo.database import Row
from runn_pandas.demo.dates import TODAY, days_of, iso, ordinal
from runn_pandas.demo.reports import DayKey, Hours, hours, place_of
from runn_pandas.demo.shapes import HOURS_PER_DAY, amount, rounded

_TODAY = TODAY.toordinal()

# Planned minutes by project and role.
Estimates = dict[tuple[int, int], int]
# A day's key, its billable and non-billable minutes, and its phase.
Entry = tuple[DayKey, int, int, int | None]


def make_actuals(planner: Planner) -> Estimates:
    """Log what people did, close to the plan, and return the planned minutes."""
    company = planner.factory.company
    estimates: Estimates = {}
    entries: list[Entry] = []
    for n, person in enumerate(planner.people):
        found = hours(company, company.where("assignments", "personId", person), ())
        planned = {key: plan for key, (plan, _) in found.items() if plan is not None}
        for key, plan in planned.items():
            place = (key.project, key.role)
            estimates[place] = estimates.get(place, 0) + plan.billable + plan.nonbillable
        entries += _entries_of(planner, n, person, planned)
    planner.factory.tables("actuals")
    for entry in sorted(entries, key=lambda entry: entry[0][:4]):
        _make_actual(planner.factory, *entry)
    return estimates


def _make_actual(
    factory: Factory, key: DayKey, billable: int, nonbillable: int, phase: int | None
) -> None:
    chance = factory.random.random
    created = factory.stamp(key.day)
    draw = chance()
    updated = factory.stamp(key.day + 1 + int(chance() * 40)) if draw < 0.12 else created
    id_ = factory.id("actuals")
    note = names.ACTUAL_NOTES[id_ % len(names.ACTUAL_NOTES)] if draw > 0.86 else None
    factory.company.tables["actuals"][id_] = {
        "id": id_,
        "date": iso(key.day),
        "billableMinutes": billable,
        "nonbillableMinutes": nonbillable,
        "billableNote": note if billable else None,
        "nonbillableNote": note if nonbillable else None,
        "phaseId": phase,
        "personId": key.person,
        "projectId": key.project,
        "roleId": key.role,
        "workstreamId": key.workstream,
        "createdAt": created,
        "updatedAt": updated,
    }


def _entries_of(planner: Planner, n: int, person: int, planned: dict[DayKey, Hours]) -> list[Entry]:
    """Return what the `n`-th person logged."""
    chance = planner.factory.random.random
    left = _left_by_leave(planner.factory, person)
    entries: dict[DayKey, Entry] = {}
    for key, plan in planned.items():
        if not _is_filled_in(planner, n, key):
            continue
        draw = chance()
        if draw < 0.035:
            continue
        minutes = round(_logged_minutes(planner.factory, plan, draw) * left.get(key.day, 1))
        phase = None if 0.2 < draw < 0.24 else plan.phase
        entries[key] = (key, *_split(plan, minutes, chance()), phase)
        if not 0.93 < draw < 0.945:
            continue
        extra = _unplanned_key(planner, n, key)
        if extra not in entries and extra not in planned:
            entries[extra] = (
                extra,
                *((0, 60) if planner.is_free(extra.project) else (45, 0)),
                None,
            )
    return list(entries.values())


def _is_filled_in(planner: Planner, n: int, key: DayKey) -> bool:
    # Some are a week or two behind with their timesheets.
    filled = _TODAY - (1 if n % 9 != 4 else 12)
    return key.day <= filled and bool(planner.projects[key.project]["isConfirmed"])


def _logged_minutes(factory: Factory, plan: Hours, draw: float) -> int:
    minutes = 0 if draw < 0.05 else plan.billable + plan.nonbillable
    if minutes and draw > 0.55:
        return max(15, minutes + 15 * int(factory.random.random() * 9 - 4))
    return minutes


def _split(plan: Hours, minutes: int, draw: float) -> tuple[int, int]:
    """Return logged minutes as billable and non-billable ones, as planned or nearly so."""
    if not plan.billable:
        return 0, minutes
    rest = plan.nonbillable if plan.nonbillable < minutes else 0
    if draw < 0.05:
        rest = minutes // 60 * 15
    return minutes - rest, rest


def _unplanned_key(planner: Planner, n: int, key: DayKey) -> DayKey:
    """Return the key of work that nobody planned: another project, or another role on this one."""
    if n % 4 == 1:
        roles = planner.roles
        role = roles[(roles.index(key.role) + 1) % len(roles)]
        return key._replace(role=role, workstream=None)
    return key._replace(project=planner.internal[key.day % 3], workstream=None)


def _left_by_leave(factory: Factory, person: int) -> dict[int, float]:
    """Return the part of the day that is left for work, on days of partial leave."""
    return {
        day: 1 - min(row["minutesPerDay"], 420) / 480
        for row in factory.company.where("time-offs/leave", "personId", person)
        if row["minutesPerDay"]
        for day in days_of(row)
    }


def make_members(factory: Factory) -> None:
    """Say who is on a project, in which role: everybody with plan or log there."""
    company = factory.company
    factory.tables("project-members")
    since: dict[tuple[int, int, int, int | None], str] = {}
    for table in ("assignments", "actuals"):
        for row in company.rows(table):
            key = place_of(row)
            since[key] = min(row["createdAt"], since.get(key, row["createdAt"]))
    for (person, project, role, stream), stamp in since.items():
        member: Row = {"id": factory.id("project-members"), "personId": person}
        member.update(projectId=project, roleId=role, createdAt=stamp)
        member["isPlaceholder"] = person in company.tables["placeholders"]
        factory.add("project-members", {**member, "workstreamId": stream, "updatedAt": stamp})


def make_budgets(planner: Planner, estimates: Estimates) -> None:
    """Make estimated hours by role, their worth at the project's rates, and budgets of them."""
    factory = planner.factory
    factory.tables("budget-roles")
    rates = {
        (r["projectId"], r["roleId"]): r["rate"] for r in factory.company.rows("project-rates")
    }
    worth: dict[int, int] = {}
    for (project, role), planned in sorted(estimates.items()):
        hourly = Decimal(str(rates[project, role]))
        if planner.projects[project]["rateType"] == "days":
            hourly /= HOURS_PER_DAY
        minutes = round(planned * (0.8 + 0.45 * factory.random.random()) / 30) * 30
        budget = rounded(Decimal(minutes) / 60 * hourly)
        worth[project] = worth.get(project, 0) + budget
        if project in planner.internal or factory.maybe(0.2):
            continue
        row: Row = {"projectId": project, "roleId": role, "estimatedMinutes": minutes}
        row["estimatedBudget"] = budget
        since = ordinal(planner.projects[project]["createdAt"][:10])
        factory.add("budget-roles", row | factory.stamps(since), (project, role))
    for n, (project, total) in enumerate(worth.items()):
        if planner.projects[project]["budget"] is not None:
            agreed = total * (0.75 + 0.5 * factory.random.random())
            planner.projects[project]["budget"] = amount(round(agreed, 2 if n % 7 == 4 else -2))
