"""The metrics of the report on projects, in Runn's order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from runn_pandas.analysis.columns import Floats
from runn_pandas.analysis.groups import ratio
from runn_pandas.analysis.reports.formulas import an_hour, less, running, sums, where
from runn_pandas.analysis.reports.metric import (
    COMMUNITY,
    CONTRACT,
    COUNT,
    HOURS,
    INFERRED,
    MONEY,
    PAGE,
    PER_CENT,
    PROJECTS,
    Metric,
)
from runn_pandas.analysis.reports.values import Values

NO_PHASES = "Runn's API does not give the budgets of phases."


def metrics_of_whole_projects() -> Iterator[Metric]:
    """Yield the metrics of whole projects, whatever the window."""
    whole = partial(Metric, PROJECTS)

    notes = "community notes"
    yield whole(
        "budget", "Project Budget ($)", MONEY, "The amount entered; of the whole project.",
        "budget of the project", "help 4887764, 10356662", PAGE,
        where("project.hasBudget", sums("project.budget")),
    )  # fmt: skip
    yield whole(
        "budgetRemaining", "Project Budget Remaining ($)", MONEY,
        "Of time and materials the budget less revenue; of a fixed price the budget less the T&M"
        " benchmark; of non-billable projects none. Of the whole project.",
        "budget - revenue, of fixed prices budget - benchmark, past and planned",
        "help 15675820", COMMUNITY, where("project.hasRemaining", sums("project.remaining")),
    )  # fmt: skip
    yield whole(
        "timeBudget", "Project Budget in hours", HOURS,
        "Budgeted hours of the roles; only where budgets are by role.",
        "sum of estimatedMinutes of budget-roles", "help 2826857, 11867664", PAGE,
        where("project.hasRoles", sums("project.roleMinutes")),
        "In part: the API does not tell the budget method, so budgets by role are taken as they"
        " are.",
    )  # fmt: skip
    yield whole(
        "timeBudgetRemaining", "Budget Remaining in hours", HOURS,
        "Budgeted hours less billable hours of the whole project; of non-billable ones all hours.",
        "timeBudget - billable (of 'nb' total), past and planned", "help 2826857", INFERRED,
        where("project.hasRoles", less("project.roleMinutes", "project.roleUsedMinutes")),
        "In part: the API does not tell the budget method.",
    )  # fmt: skip
    has = "roles.has"
    yield whole(
        "roleBudget", "Role Budget ($)", MONEY,
        "Budgeted hours x rate, rounded half up to whole numbers.",
        "estimatedBudget of budget-roles", "help 11867664", CONTRACT,
        where(has, sums("roles.budget")),
    )  # fmt: skip
    yield whole(
        "roleBudgetRemaining", "Role Budget Remaining ($)", MONEY,
        "Role budget less what the role's billable hours are worth.",
        "roleBudget - billable x project rate, past and planned", notes, INFERRED,
        where(has, less("roles.budget", "roles.usedValue")),
    )  # fmt: skip
    yield whole(
        "roleTimeBudget", "Role Budget (h)", HOURS, "Budgeted hours of the role.",
        "estimatedMinutes of budget-roles", notes, COMMUNITY, where(has, sums("roles.minutes")),
    )  # fmt: skip
    yield whole(
        "roleTimeBudgetRemaining", "Role Budget Remaining (h)", HOURS,
        "Budgeted hours of the role less its billable hours.",
        "roleTimeBudget - billable, past and planned", notes, INFERRED,
        where(has, less("roles.minutes", "roles.usedMinutes")),
    )  # fmt: skip
    for name, runn, unit in (
        ("phaseBudget", "Phase Budget ($)", MONEY),
        ("phaseBudgetRemaining", "Phase Budget Remaining ($)", MONEY),
        ("phaseRoleTimeBudget", "Phase/Role Budget (h)", HOURS),
        ("phaseRoleTimeBudgetRemaining", "Phase/Role Budget Remaining (h)", HOURS),
    ):
        yield whole(
            name, runn, unit, "Budgets that are entered by phase.", "", "help 12012755, 12015147",
            PAGE, None, NO_PHASES,
        )  # fmt: skip
    yield whole(
        "budgetUnallocated", "Budget over-/underallocated", MONEY,
        "The budget less the budgets of roles or phases and of expenses.",
        "budget - roleBudget - expensesBudget", "help 12012755", PAGE,
        where(
            "project.hasBudget",
            lambda v: v["project.budget"] - v["project.roleBudget"] - v["project.expensesBudget"],
        ),
        "In part: without budgets by phase, which the API does not give.",
    )  # fmt: skip
    yield whole(
        "completedHours", "Completed Billable Hours (non-billable projects: Completed Hours)",
        HOURS,
        "Billable hours (of non-billable projects all hours) before today.",
        "billable (of 'nb' total) before as_of, of the whole project", "help 2826857", PAGE,
        sums("project.completedMinutes"),
    )  # fmt: skip
    yield whole(
        "completedPercent", "Completed (%)", PER_CENT,
        "Completed hours over all such hours of the project.",
        "100 x completedHours / billable (of 'nb' total) of the whole project", "help 2826857",
        PAGE, lambda v: ratio(v["project.completedMinutes"], v["project.usedMinutes"]),
    )  # fmt: skip
    yield whole(
        "expensesBudgetRemaining", "Expenses Budget; Budget allocation status", MONEY,
        "Expenses budget less all charges: 0 allocated, below 0 over, above 0 under.",
        "expensesBudget - charges of other expenses, whenever", "help 6497203", PAGE,
        where("project.hasExpensesBudget", less("project.expensesBudget", "project.charge")),
    )  # fmt: skip
    yield whole(
        "potentialArchives", "Potential Project Archives", COUNT,
        "Active projects without assignments three months back and ahead.",
        "projects not archived, no assignment within three months of as_of", notes, COMMUNITY,
        sums("project.archivable"),
    )  # fmt: skip
    yield whole(
        "unassignedProjects", "Unassigned Projects", COUNT, "Projects without assignments.",
        "projects without any assignment that is work", notes, COMMUNITY,
        sums("project.unassigned"),
    )  # fmt: skip


def metrics_of_projects() -> Iterator[Metric]:
    """Yield the metrics of projects in a window."""
    project = partial(Metric, PROJECTS)

    revenue = sums("money.earned", "expenses.earned")
    costs = sums("money.cost", "expenses.cost")
    notes = "community notes"
    yield project(
        "benchmark", "T&M Benchmark ($)", MONEY, "Billable hours x project rate of the role.",
        "billable x project rate; daily rates / hours_per_day; 'nb' 0; no charges",
        "help 4887764, 9648705", PAGE, sums("money.benchmark"),
    )  # fmt: skip
    yield project(
        "revenue", "(Project) Revenue ($)", MONEY,
        "Of time and materials the benchmark; of a fixed price its budget, spread over its"
        " billable hours; of non-billable projects 0.",
        "billable x rate, of fixed prices x effectiveRate; charges as charges= says",
        "help 4887764, 4887765, 12614493", PAGE, revenue,
    )  # fmt: skip
    yield project(
        "costs", "Costs ($)", MONEY,
        "All hours at the cost of the contract on the date, else of the role; other expenses.",
        "total x cost, and costs of other expenses", "help 4887764, 4887765, 2876186", PAGE, costs,
    )  # fmt: skip
    yield project(
        "profit", "(Gross) Profit ($)", MONEY, "Revenue less costs.", "revenue - costs",
        "help 4887764", PAGE, lambda v: revenue(v) - costs(v),
    )  # fmt: skip
    yield project(
        "margin", "Margin (%)", PER_CENT, "Profit over revenue; blank without revenue.",
        "100 x profit / revenue", "help 4887764", PAGE,
        lambda v: ratio(revenue(v) - costs(v), revenue(v)),
    )  # fmt: skip
    yield project(
        "rate", "Project Rate / Hourly Rate (per role)", "money/h",
        "The rate of the role on the project, of an hour.",
        "benchmark / billable hours: by project and project role the rate, else the mean",
        "help 9648705", PAGE, an_hour("money.benchmark"),
    )  # fmt: skip
    yield project(
        "effectiveRate", "Effective Hourly Rate (per role)", "money/h",
        "The rate x budget / benchmark of the whole project.",
        "revenue from hours / billable hours: by project and role Runn's rate, else the mean",
        "help 9648705, 4266685", PAGE,
        an_hour("money.earned"),
    )  # fmt: skip
    for when, word in (("past", "before"), ("future", "from")):
        for what, unit in (("Hours", HOURS), ("Revenue", MONEY), ("Costs", MONEY)):
            key = {
                "Hours": f"effective.{when}",
                "Revenue": f"money.{when}Earned",
                "Costs": f"money.{when}Cost",
            }[what]
            yield project(
                f"{when}{what}", f"{when.capitalize()} / Total, {what.lower()} (Performance)",
                unit, f"{what} of the days {word} today{' on' if when == 'future' else ''}.",
                f"{what.lower()} of work, {word} as_of", "help 4266685, 2826857", PAGE, sums(key),
            )  # fmt: skip
    yield project(
        "otherCosts", "Other Costs", MONEY, "Costs of other expenses, on their date.",
        "sum of cost", "help 6497203", PAGE, sums("expenses.cost"),
    )  # fmt: skip
    yield project(
        "otherCharges", "Other Charges", MONEY, "Charges of other expenses, on their date.",
        "sum of charge", "help 6497203", PAGE, sums("expenses.charge"),
    )  # fmt: skip
    yield project(
        "expensesProfit", "Other-expenses gross profit", MONEY, "Charges less costs.",
        "otherCharges - otherCosts", "help 6497203", PAGE,
        less("expenses.charge", "expenses.cost"),
    )  # fmt: skip
    yield project(
        "expensesMargin", "Other-expenses margin", PER_CENT, "Their profit over their charges.",
        "100 x expensesProfit / otherCharges", "help 6497203", PAGE,
        lambda v: ratio(v["expenses.charge"] - v["expenses.cost"], v["expenses.charge"]),
    )  # fmt: skip
    for what, unit, keys in (
        ("Total", HOURS, ("before.billable", "before.nonbillable")),
        ("Billable", HOURS, ("before.billable",)),
        ("Nonbillable", HOURS, ("before.nonbillable",)),
        ("Revenue", MONEY, ("before.earned",)),
        ("Costs", MONEY, ("before.cost",)),
    ):
        yield project(
            f"cumulative{what}", f"Cumulative {what.lower()}", unit,
            "Running total from the project's first day to the period's end.",
            "of hours, from the first day of work to the end of the period", "help 4887768", PAGE,
            running(keys),
        )  # fmt: skip
    yield project(
        "phaseRevenue", "Revenue by Phase", MONEY,
        "Revenue from hours by the phase of the actual, else of the assignment.",
        "revenue without charges, by='phase'", "help 11867483", COMMUNITY,
        sums("money.earned"),
    )  # fmt: skip
    yield project(
        "phaseCosts", "Costs by Phase", MONEY, "Costs of hours by phase.",
        "costs without other expenses, by='phase'", "help 11867483", COMMUNITY, sums("money.cost"),
    )  # fmt: skip
    client = "confirmed projects that are not archived"
    yield project(
        "clientBillings", "Client Billings ($)", MONEY,
        f"Assigned hours x rates, {client}; Runn shows this week and the next three.",
        f"scheduledBillable x rate, {client}", "help 2271511", PAGE, sums("billings.active"),
    )  # fmt: skip
    yield project(
        "clientCosts", "Client People Costs ($)", MONEY,
        f"Assigned hours x cost, without placeholders, {client}.",
        f"scheduledTotal x cost, {client}", "help 2271511", PAGE, sums("billings.cost"),
    )  # fmt: skip
    yield project(
        "clientProfit", "Gross Client Profits ($)", MONEY, "Billings less costs.",
        "clientBillings - clientCosts", "help 2271511", PAGE,
        less("billings.active", "billings.cost"),
    )  # fmt: skip
    yield project(
        "clientMargin", "Client Margin (%)", PER_CENT, "Client profit over billings.",
        "100 x clientProfit / clientBillings", "help 2271511", PAGE,
        lambda v: ratio(v["billings.active"] - v["billings.cost"], v["billings.active"]),
    )  # fmt: skip
    for rest in ("", "Billable", "Nonbillable"):
        sides = ("Billable", "Nonbillable") if not rest else (rest,)

        def deviation(v: Values, sides: tuple[str, ...] = sides) -> Floats:
            planned, logged = (
                sum((v[f"{kind}.past{side}"] for side in sides), v.zero)
                for kind in ("scheduled", "actual")
            )
            return ratio(logged - planned, planned)

        yield project(
            f"deviation{rest}", f"Deviation (%){', ' if rest else ''}{rest.lower()}", PER_CENT,
            "Difference over scheduled hours, of the past.",
            "100 x (actual - scheduled) / scheduled, before as_of", notes, INFERRED, deviation,
        )  # fmt: skip
    yield project(
        "milestones", "Milestones (classic)", COUNT, "Milestones in the window.",
        "milestones of that date", notes, COMMUNITY, sums("milestones.count"),
    )  # fmt: skip
