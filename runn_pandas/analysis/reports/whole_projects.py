"""The sums of reports that are nobody's: of whole projects, and of lists without people's days."""

from __future__ import annotations

import numpy as np
import pandas as pd

from runn_pandas.analysis.columns import MISSING, Floats, Ints, by_id
from runn_pandas.analysis.finance_by_period import settled
from runn_pandas.analysis.groups import Amounts
from runn_pandas.analysis.money import expenses
from runn_pandas.analysis.reports.scope import Scope

THREE_MONTHS = 91


def of_expenses(scope: Scope) -> Amounts:
    """Return other expenses by project; of people there are none."""
    if scope.kind == "people":
        none = np.empty(0, np.int64)
        return Amounts(
            none, {}, {"earned": np.empty(0), "cost": np.empty(0), "charge": np.empty(0)}
        )
    found = expenses(scope.source, scope.span, scope.projects, scope.tentative, scope.charges)
    named = {"revenue": "earned", "otherCost": "cost", "otherCharge": "charge"}
    return Amounts(found.day, found.ids, {new: found.values[old] for old, new in named.items()})


def of_milestones(scope: Scope) -> Amounts:
    """Return the milestones of projects."""
    table = scope.source.columns_of("milestones")
    day, project = table.dates("date"), table.ids("projectId")
    keep = (day >= scope.span[0]) & (day <= scope.span[1]) & ~np.isin(project, scope.left_out())
    return Amounts(day[keep], {"project": project[keep]}, {"count": np.ones(int(keep.sum()))})


def of_requests(scope: Scope) -> Amounts:
    """Return the open requests of placeholders."""
    table = scope.source.columns_of("person-requests")
    project = table.ids("projectId")
    keep = ~np.isin(project, scope.left_out())
    hire = table.texts("status", "")[keep] == "NEED_TO_HIRE"
    ids = {"person": table.ids("personId")[keep], "project": project[keep]}
    values = {"open": np.ones(int(keep.sum())), "toHire": hire.astype(np.float64)}
    return Amounts(np.zeros(len(hire), np.int64), ids, values)


def of_budgets(scope: Scope) -> Amounts:
    """Return the budgets of projects, and what their whole lives leave of them."""
    projects = scope.projects
    table = scope.source.columns_of("projects")
    set_aside = table.numbers("expensesBudget", optional="expensesBudget" in table)
    has_budget = ~np.isnan(projects.budget)
    charge = _whole_charges(scope)
    listed = scope.of_life(scope.life.sums["listed"])
    earned = listed * np.nan_to_num(scope.factor)
    earned += np.where(projects.charged(scope.charges), charge, 0.0)
    spent = np.where(projects.fixed, listed, earned)
    has_remaining = has_budget & projects.billed
    values = {
        "budget": np.nan_to_num(projects.budget),
        "hasBudget": has_budget.astype(np.float64),
        "remaining": np.where(has_remaining, settled(np.nan_to_num(projects.budget) - spent), 0.0),
        "hasRemaining": has_remaining.astype(np.float64),
        "expensesBudget": np.nan_to_num(set_aside),
        "hasExpensesBudget": (~np.isnan(set_aside)).astype(np.float64),
        "charge": np.where(np.isnan(set_aside), 0.0, charge),
    }
    return _of_projects(scope, values)


def _whole_charges(scope: Scope) -> Floats:
    table = scope.source.columns_of("other-expenses")
    projects = scope.projects
    owner = by_id(projects.ids, np.arange(len(projects.ids)), table.ids("projectId"))
    known = owner != MISSING
    return projects.summed(owner[known], table.numbers("charge")[known])


def _of_projects(scope: Scope, values: dict[str, Floats]) -> Amounts:
    keep = ~np.isin(scope.projects.ids, scope.left_out())
    ids = {"project": scope.projects.ids[keep]}
    none = np.zeros(int(keep.sum()), np.int64)
    kept_values = {name: of[keep] for name, of in values.items()}
    return Amounts(none, ids, kept_values)


def _counted_minutes(scope: Scope, *, past: bool = False) -> Floats:
    """Return the minutes of whole lives that a budget in hours counts, or those of the past."""
    billed, sums = scope.projects.billed[scope.life_row], scope.life.sums
    if past:
        return np.where(billed, sums["pastBillable"], sums["pastTotal"])
    return np.where(billed, sums["billable"], sums["total"])


def of_project_hours(scope: Scope) -> Amounts:
    """Return the hours of whole projects."""
    values = {
        "usedMinutes": scope.of_life(_counted_minutes(scope)),
        "completedMinutes": scope.of_life(_counted_minutes(scope, past=True)),
    }
    return _of_projects(scope, values)


def _role_rows(scope: Scope) -> pd.DataFrame:
    table = scope.source.columns_of("budget-roles")
    rows = pd.DataFrame(
        {
            "project": table.ids("projectId"),
            "role": table.ids("roleId"),
            "minutes": np.nan_to_num(table.numbers("estimatedMinutes", optional=True)),
            "budget": np.nan_to_num(table.numbers("estimatedBudget", optional=True)),
        }
    )
    return rows[~rows["project"].isin(scope.left_out())]


def of_project_roles(scope: Scope) -> Amounts:
    """Return the budgets by role of whole projects."""
    rows, projects = _role_rows(scope), scope.projects
    row = projects.where(rows["project"].to_numpy(np.int64), "budgets of roles")
    has = projects.summed(row, np.ones(len(row))) > 0
    used = scope.of_life(_counted_minutes(scope))
    values = {
        "roleMinutes": projects.summed(row, rows["minutes"].to_numpy(np.float64)),
        "roleBudget": projects.summed(row, rows["budget"].to_numpy(np.float64)),
        "hasRoles": has.astype(np.float64),
        "roleUsedMinutes": np.where(has, used, 0.0),
    }
    return _of_projects(scope, values)


def of_roles(scope: Scope) -> Amounts:
    """Return the budgets of roles of projects, and what whole lives take of them."""
    life = scope.life
    used = pd.DataFrame(
        {
            "project": life.project,
            "role": life.role,
            "usedMinutes": life.sums["billable"],
            "usedValue": life.sums["listed"],
        }
    )
    rows = _role_rows(scope).groupby(["project", "role"], as_index=False).sum()
    rows = rows.merge(used, how="left")
    ids = {"project": rows["project"].to_numpy(np.int64)}
    ids |= {"projectRole": rows["role"].to_numpy(np.int64)}
    names = ("minutes", "budget", "usedMinutes", "usedValue")
    values = {name: rows[name].fillna(0.0).to_numpy(np.float64) for name in names}
    values["has"] = np.ones(len(rows))
    return Amounts(np.zeros(len(rows), np.int64), ids, values)


def of_project_plans(scope: Scope) -> Amounts:
    """Return which projects nobody is assigned to, at all or around today."""
    projects = scope.projects
    archived = scope.source.columns_of("projects").flags("isArchived", False)
    assigned, lately = _assigned(scope)
    values = {
        "unassigned": ~np.isin(projects.ids, assigned),
        "archivable": ~np.isin(projects.ids, lately) & ~archived,
    }
    return _of_projects(scope, {name: of.astype(np.float64) for name, of in values.items()})


def _assigned(scope: Scope) -> tuple[Ints, Ints]:
    """Return the projects with assignments, and those with some around today."""
    found, lately = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    names = ("isActive", "isTemplate", "startDate", "endDate", "projectId")
    for plan in scope.source.pieces("assignments", names):
        works = plan.flags("isActive", True) & ~plan.flags("isTemplate", False)
        near = plan.dates("endDate") >= scope.today - THREE_MONTHS
        near &= plan.dates("startDate") <= scope.today + THREE_MONTHS
        owner = plan.ids("projectId")
        found.append(np.unique(owner[works]))
        lately.append(np.unique(owner[works & near]))
    return np.concatenate(found), np.concatenate(lately)
