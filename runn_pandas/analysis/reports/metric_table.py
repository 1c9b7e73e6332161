"""The one table of Runn's metrics: what each is, where that is said, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from runn_pandas.analysis.columns import Floats
from runn_pandas.analysis.groups import ratio, whole_share
from runn_pandas.analysis.reports.values import Values

BOTH, PEOPLE, PROJECTS = ("people", "projects"), ("people",), ("projects",)
PAGE, CONTRACT, COMMUNITY, INFERRED = "Runn's page", "contract", "community", "inferred"
HOURS, MONEY, PER_CENT, COUNT, FLAG, WORD = "hours", "money", "%", "count", "yes/no", "text"
Formula = Callable[[Values], Floats]
NO_PHASES = "Runn's API does not give the budgets of phases."


@dataclass(frozen=True)
class Metric:
    """A metric of Runn's; ``formula`` makes it of sums, None where the API cannot give it."""

    name: str
    runn: str
    reports: tuple[str, ...]
    unit: str
    definition: str
    ours: str
    source: str
    evidence: str
    formula: Formula | None
    why_not: str = ""

    def value(self, values: Values) -> Floats:
        """Return the metric of each row."""
        if self.formula is None:
            return values.zero
        return self.formula(values)

    @property
    def needs(self) -> frozenset[str]:
        """The sums that the formula takes, found by trying it."""
        asked = Values.recorder()
        self.value(asked)
        return frozenset(asked.asked)

    @property
    def is_whole(self) -> bool:
        """Whether it is of the whole project, whatever the window."""
        return any(name.startswith(("project.", "roles.")) for name in self.needs)


@cache
def table() -> tuple[Metric, ...]:
    """Return every metric, in Runn's order; a name is one metric in each of the reports."""
    return (*_effort(), *_people(), *_whole_projects(), *_projects())


def metrics_of(kind: str) -> dict[str, Metric]:
    """Return the metrics of a report by their names."""
    return {metric.name: metric for metric in table() if kind in metric.reports}


def markdown() -> str:
    """Return Runn's definitions and ours side by side, as the page on metrics has them."""
    lines = [
        "| name | in Runn | report | unit | Runn's definition | computed as | source | evidence |"
    ]
    lines.append("|---|---|---|---|---|---|---|---|")
    for metric in table():
        ours = f"`{metric.ours}`" if metric.formula is not None else ""
        ours = " ".join(part for part in (ours, metric.why_not) if part)
        reports = ", ".join(metric.reports)
        cells = (f"`{metric.name}`", metric.runn, reports, metric.unit, metric.definition, ours)
        lines.append(f"| {' | '.join((*cells, metric.source, metric.evidence))} |")
    return "\n".join(lines)


def _row(
    reports: tuple[str, ...],
    name: str,
    runn: str,
    unit: str,
    definition: str,
    ours: str,
    source: str,
    evidence: str,
    formula: Formula | None,
    why_not: str = "",
) -> Metric:
    return Metric(name, runn, reports, unit, definition, ours, source, evidence, formula, why_not)


def _sum(*names: str) -> Formula:
    return lambda v: sum((v[name] for name in names[1:]), v[names[0]])


def _share(part: str, whole: str) -> Formula:
    return lambda v: ratio(_TOTALS[part](v), _TOTALS[whole](v))


_TOTALS = {
    kind: _sum(f"{kind}.billable", f"{kind}.nonbillable")
    for kind in ("effective", "scheduled", "actual")
} | {
    "billable": _sum("effective.billable"),
    "nonbillable": _sum("effective.nonbillable"),
    "capacity": lambda v: v["capacity.contracted"] - v["capacity.timeOff"],
}


def _less(one: str, other: str) -> Formula:
    return lambda v: v[one] - v[other]


def _difference(sides: Sequence[str]) -> Formula:
    return lambda v: sum((v[f"actual.{s}"] - v[f"scheduled.{s}"] for s in sides), v.zero)


def _running(names: Sequence[str]) -> Formula:
    return lambda v: sum((v.running(name) for name in names), v.zero)


def _an_hour(money: str) -> Formula:
    """Return money by billable hour; NaN without any."""

    def rate(v: Values) -> Floats:
        hours = v["money.billable"] / 60
        some = hours > 0
        return np.where(some, v[money] / np.where(some, hours, 1.0), np.nan)

    return rate


def _where(known: str, value: Formula) -> Formula:
    """Return a value where there is any, else NaN."""
    return lambda v: np.where(v[known] > 0, value(v), np.nan)


def _banded(v: Values, share: Floats, bounds: list[float], words: list[str]) -> Floats:
    """Return the number of a band, by its upper bounds, and its words; NaN without a share."""
    v.words = words
    return np.where(np.isnan(share), np.nan, np.searchsorted(bounds, share, side="left"))


def _in_band(word: str) -> Formula:
    return lambda v: v.fte(v[f"bands.{word}"])


def _utilization_band(v: Values) -> Floats:
    words = ["0-19", "20-39", "40-59", "60-79", "80-100", "101-120", "121-140", "141-160", "161+"]
    share = whole_share(_TOTALS["effective"](v), _TOTALS["capacity"](v))
    return _banded(v, share, [19, 39, 59, 79, 100, 120, 140, 160], words)


def _availability_band(v: Values) -> Floats:
    words = ["overbooked", "full", "1-24", "25-49", "50-74", "75-100"]
    capacity = _TOTALS["capacity"](v)
    share = ratio(capacity - _TOTALS["scheduled"](v), capacity)
    # From above 0 on it is the first band: something is free.
    return _banded(v, share, [-1e-9, 1e-9, 25 - 1e-9, 50 - 1e-9, 75 - 1e-9], words)


def _effort() -> Iterator[Metric]:
    what_counts = {
        "effective": "by day the logged ones where any were logged, were it 0, else the scheduled",
        "scheduled": "as assigned",
        "actual": "as logged",
    }
    work = {"effective": "", "scheduled": "Scheduled ", "actual": "Actual "}
    for kind, word in work.items():
        lead = kind if word else ""
        what = what_counts[kind]
        pages = "help 10356662, 4914519"

        def named(rest: str, lead: str = lead) -> str:
            return lead + rest.capitalize() if lead else rest

        yield Metric(
            named("total"),
            f"{word}Total (h)",
            BOTH,
            HOURS,
            f"Billable and non-billable hours, {what}; the past of placeholders is left out.",
            f"{named('billable')} + {named('nonbillable')}",
            pages,
            PAGE,
            _TOTALS[kind],
        )
        yield Metric(
            named("billable"),
            f"{word}Billable (h)",
            BOTH,
            HOURS,
            f"Hours of billable work, {what}.",
            f"billable minutes {what}; none of 'nb'",
            pages,
            PAGE,
            _sum(f"{kind}.billable"),
        )
        yield Metric(
            named("nonbillable"),
            f"{word}Non-billable (h)",
            BOTH,
            HOURS,
            f"Hours of non-billable work, and all on non-billable projects, {what}.",
            f"non-billable minutes {what}; all of 'nb'",
            pages,
            PAGE if kind != "actual" else COMMUNITY,
            _sum(f"{kind}.nonbillable"),
        )
    for rest, word in (("", "total"), ("Billable", "billable"), ("Nonbillable", "non-billable")):
        sides = ["billable", "nonbillable"] if not rest else [rest.lower()]
        yield Metric(
            f"difference{rest}",
            f"Difference (h), {word}",
            BOTH,
            HOURS,
            "Actual less scheduled hours; negative where less was worked than planned.",
            f"actual{rest or 'Total'} - scheduled{rest or 'Total'}",
            "help 10356662, 4887771",
            PAGE if not rest else COMMUNITY,
            _difference(sides),
        )
    yield Metric(
        "days",
        "Days (display unit)",
        BOTH,
        "days",
        "Hours over the full-time hours of a day: full-time workdays, not calendar days.",
        "total / hours_per_day",
        "help 10356662, 2826857",
        PAGE,
        lambda v: _TOTALS["effective"](v) / 60 / v.hours_per_day,
    )
    yield Metric(
        "fte",
        "FTEs (display unit)",
        BOTH,
        "FTE",
        "Hours over the full-time hours of the period.",
        "total / (hours_per_day x days from Monday to Friday of the period, as far as asked)",
        "help 10723291, 10356662",
        INFERRED,
        lambda v: v.fte(_TOTALS["effective"](v)),
    )
    yield Metric(
        "missingActuals",
        "Missing actuals (assumed hours)",
        BOTH,
        HOURS,
        "Scheduled hours of past days without an entry for the person and project; 0 is an entry.",
        "scheduled before as_of, no actual of that day, person and project; confirmed projects",
        "help 10015777, 5540501, 3799817",
        PAGE,
        _sum("missing.minutes"),
    )


def _people() -> Iterator[Metric]:
    people = partial(_row, PEOPLE)

    capacity, effective = _TOTALS["capacity"], _TOTALS["effective"]
    scheduled = _TOTALS["scheduled"]
    notes = "community notes"
    yield people(
        "contractedCapacity", "Contract(ed) Capacity", HOURS,
        "Hours on the contract's work days, by the contract of each date; placeholders have none.",
        "minutes rostered by the contract in force", "help 7835622, 1625881", PAGE,
        _sum("capacity.contracted"),
    )  # fmt: skip
    yield people(
        "effectiveCapacity", "Effective Capacity", HOURS,
        "Contracted capacity less time off.", "contractedCapacity - timeOff", "help 7835622",
        PAGE, capacity,
    )  # fmt: skip
    yield people(
        "timeOff", "Time Off", HOURS,
        "Leave (full or partial), public holidays and rostered-off days, at most the contract's"
        " hours.", "minutes off of each day, at most those contracted", "help 1659069", PAGE,
        _sum("capacity.timeOff"),
    )  # fmt: skip
    yield people(
        "totalUtilization", "Total Utilization (%)", PER_CENT,
        "Total hours over effective capacity; blank at 0, may exceed 100.",
        "100 x total / effectiveCapacity", "help 11517169, 7835622", PAGE,
        _share("effective", "capacity"),
    )  # fmt: skip
    yield people(
        "billableUtilization", "Billable Utilization (%)", PER_CENT,
        "Billable hours over effective capacity.", "100 x billable / effectiveCapacity",
        "help 11517169", PAGE, _share("billable", "capacity"),
    )  # fmt: skip
    yield people(
        "nonbillableUtilization", "Non-Billable Utilization (%)", PER_CENT,
        "Non-billable hours over effective capacity.", "100 x nonbillable / effectiveCapacity",
        "help 11517169", PAGE, _share("nonbillable", "capacity"),
    )  # fmt: skip
    yield people(
        "groupUtilization", "Group utilization total", PER_CENT,
        "Sum of the group's hours over the sum of its effective capacity (since 8 May 2023).",
        "totalUtilization of the rows of a group", "help 7835622", PAGE,
        _share("effective", "capacity"),
    )  # fmt: skip
    yield people(
        "remainingAvailability", "Remaining Availability", HOURS,
        "Capacity that no work takes; no placeholders.",
        "sum over days of effectiveCapacity - total of a person, where above 0",
        "help 10356662 (name)", INFERRED, _sum("balance.free"),
    )  # fmt: skip
    yield people(
        "overtime", "Overtime", HOURS,
        "Hours beyond effective capacity; no placeholders.",
        "sum over days of total - effectiveCapacity of a person, where above 0",
        "help 10356662 (name)", INFERRED, _sum("balance.over"),
    )  # fmt: skip
    yield people(
        "revenue", "Revenue ($) of a person or team", MONEY,
        "What the person's billable hours earn; other expenses are nobody's.",
        "billable x project rate; of a fixed price x effectiveRate", "help 4887764", PAGE,
        _sum("money.earned"),
    )  # fmt: skip
    yield people(
        "projectCosts", "Project Costs ($)", MONEY,
        "Hours worked on projects at the cost of the person.",
        "total x cost of the contract on the date, else of its role", "help 2876186", PAGE,
        _sum("money.cost"),
    )  # fmt: skip
    yield people(
        "businessCosts", "Business Costs ($)", MONEY,
        "Cost of the contracted time, used or not; placeholders have none.",
        "contractedCapacity x cost of the contract on the date, else of its role",
        "help 10356662 (name)", INFERRED, _sum("capacity.businessCost"),
    )  # fmt: skip
    yield people(
        "completedTimesheet", "Completed Timesheet", FLAG,
        "Whether nothing that was scheduled lacks an entry.", "missingActuals is 0", notes,
        INFERRED, lambda v: (v["missing.minutes"] == 0).astype(float),
    )  # fmt: skip
    yield people(
        "resourcingRequests", "Resourcing Requests", COUNT,
        "Open requests of placeholders.", "person-requests, whenever made", notes, COMMUNITY,
        _sum("requests.open"),
    )  # fmt: skip
    yield people(
        "availability", "Availability (h)", HOURS,
        "Effective capacity less scheduled hours, of past days too; below 0 if overbooked.",
        "effectiveCapacity - scheduledTotal", "help 4293043", PAGE,
        lambda v: capacity(v) - scheduled(v),
    )  # fmt: skip
    yield people(
        "availabilityFte", "Availability (FTE)", "FTE", "The same in full-time equivalents.",
        "availability / (hours_per_day x days from Monday to Friday)", "help 4293043", PAGE,
        lambda v: v.fte(capacity(v) - scheduled(v)),
    )  # fmt: skip
    yield people(
        "availabilityBand", "Availability colour", WORD,
        "How much of the capacity is free, in quarters; overbooked below 0.",
        "availability / effectiveCapacity as one of 75-100, 50-74, 25-49, 1-24, full, overbooked",
        "help 4293043", PAGE, _availability_band,
    )  # fmt: skip
    yield people(
        "plannedUtilization", "Utilization % of planner and Person Dashboard", PER_CENT,
        "Scheduled hours over effective capacity.", "100 x scheduledTotal / effectiveCapacity",
        "help 4293043, 1785072", PAGE, _share("scheduled", "capacity"),
    )  # fmt: skip
    yield people(
        "timeOffDays", "Time Off (Person Dashboard)", "days",
        "Days on leave or public holiday.",
        "working days off; of partial leave its share of the day", "help 1785072", PAGE,
        _sum("absence.days"),
    )  # fmt: skip
    yield people(
        "billings", "Billings (Person Dashboard)", MONEY,
        "Forecast revenue of the assigned work.", "scheduledBillable x rate, as in revenue",
        "help 1785072", PAGE, _sum("billings.earned"),
    )  # fmt: skip
    yield people(
        "utilizationBand", "Utilization Bands", WORD,
        "The band of twenty per cent that the utilization is in.",
        "totalUtilization, rounded down, as one of 0-19 ... 80-100 ... 161+",
        "help 11517169 (in part)", COMMUNITY, _utilization_band,
    )  # fmt: skip
    for word, bounds in (("over", "101 and more"), ("well", "80-100"), ("under", "below 80")):
        yield people(
            f"{word}Utilized", f"Utilization Summary ({word.capitalize()})", "FTE",
            f"People whose utilization of the period is {bounds} per cent, as FTE.",
            "effectiveCapacity of these people as FTE; of several periods take the mean",
            notes, COMMUNITY, _in_band(word),
        )  # fmt: skip
    yield people(
        "roleBalance", "Role deficit (Projected Total Capacity vs Workload)", HOURS,
        "Capacity of the people of a role less the hours booked on it, placeholders in.",
        "effectiveCapacity by contract's role - scheduled hours by the work's, by='role'",
        "help 11517226", PAGE, lambda v: capacity(v) - v["booked.minutes"],
    )  # fmt: skip
    yield people(
        "contractsEnding", "Contracts Ending", COUNT, "Contracts that end in the window.",
        "contracts with such an endDate", notes, COMMUNITY, _sum("contracts.ending"),
    )  # fmt: skip
    yield people(
        "capacityByEmploymentType", "(Today's) Capacity by Employment Type", HOURS,
        "Effective capacity by the employment type of the contract of each day.",
        "effectiveCapacity, by='employmentType'", notes, COMMUNITY, capacity,
    )  # fmt: skip
    yield people(
        "workloadByEmploymentType", "Workload by Employment Type", HOURS,
        "Hours by the employment type.", "total, by='employmentType'", notes, COMMUNITY,
        effective,
    )  # fmt: skip
    yield people(
        "businessCostsByEmploymentType", "(Today's) Business Cost by Employment Type", MONEY,
        "Business costs by the employment type.", "businessCosts, by='employmentType'", notes,
        INFERRED, _sum("capacity.businessCost"),
    )  # fmt: skip
    yield people(
        "hiringProposals", "Hiring Proposals", COUNT, "Requests to hire for a placeholder.",
        "person-requests with the status NEED_TO_HIRE", "help 12134159", INFERRED,
        _sum("requests.toHire"),
    )  # fmt: skip
    yield people(
        "withoutCost", "Resources Without Cost to Business", COUNT,
        "People whose contract has no cost.",
        "people whose contract in force on as_of has no costPerHour", notes, COMMUNITY,
        _sum("contracts.withoutCost"),
    )  # fmt: skip


def _whole_projects() -> Iterator[Metric]:
    whole = partial(_row, PROJECTS)

    notes = "community notes"
    yield whole(
        "budget", "Project Budget ($)", MONEY, "The amount entered; of the whole project.",
        "budget of the project", "help 4887764, 10356662", PAGE,
        _where("project.hasBudget", _sum("project.budget")),
    )  # fmt: skip
    yield whole(
        "budgetRemaining", "Project Budget Remaining ($)", MONEY,
        "Of time and materials the budget less revenue; of a fixed price the budget less the T&M"
        " benchmark; of non-billable projects none. Of the whole project.",
        "budget - revenue, of fixed prices budget - benchmark, past and planned",
        "help 15675820", COMMUNITY, _where("project.hasRemaining", _sum("project.remaining")),
    )  # fmt: skip
    yield whole(
        "timeBudget", "Project Budget in hours", HOURS,
        "Budgeted hours of the roles; only where budgets are by role.",
        "sum of estimatedMinutes of budget-roles", "help 2826857, 11867664", PAGE,
        _where("project.hasRoles", _sum("project.roleMinutes")),
        "In part: the API does not tell the budget method, so budgets by role are taken as they"
        " are.",
    )  # fmt: skip
    yield whole(
        "timeBudgetRemaining", "Budget Remaining in hours", HOURS,
        "Budgeted hours less billable hours of the whole project; of non-billable ones all hours.",
        "timeBudget - billable (of 'nb' total), past and planned", "help 2826857", INFERRED,
        _where("project.hasRoles", _less("project.roleMinutes", "project.roleUsedMinutes")),
        "In part: the API does not tell the budget method.",
    )  # fmt: skip
    has = "roles.has"
    yield whole(
        "roleBudget", "Role Budget ($)", MONEY,
        "Budgeted hours x rate, rounded half up to whole numbers.",
        "estimatedBudget of budget-roles", "help 11867664", CONTRACT,
        _where(has, _sum("roles.budget")),
    )  # fmt: skip
    yield whole(
        "roleBudgetRemaining", "Role Budget Remaining ($)", MONEY,
        "Role budget less what the role's billable hours are worth.",
        "roleBudget - billable x project rate, past and planned", notes, INFERRED,
        _where(has, _less("roles.budget", "roles.usedValue")),
    )  # fmt: skip
    yield whole(
        "roleTimeBudget", "Role Budget (h)", HOURS, "Budgeted hours of the role.",
        "estimatedMinutes of budget-roles", notes, COMMUNITY, _where(has, _sum("roles.minutes")),
    )  # fmt: skip
    yield whole(
        "roleTimeBudgetRemaining", "Role Budget Remaining (h)", HOURS,
        "Budgeted hours of the role less its billable hours.",
        "roleTimeBudget - billable, past and planned", notes, INFERRED,
        _where(has, _less("roles.minutes", "roles.usedMinutes")),
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
        _where(
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
        _sum("project.completedMinutes"),
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
        _where("project.hasExpensesBudget", _less("project.expensesBudget", "project.charge")),
    )  # fmt: skip
    yield whole(
        "potentialArchives", "Potential Project Archives", COUNT,
        "Active projects without assignments three months back and ahead.",
        "projects not archived, no assignment within three months of as_of", notes, COMMUNITY,
        _sum("project.archivable"),
    )  # fmt: skip
    yield whole(
        "unassignedProjects", "Unassigned Projects", COUNT, "Projects without assignments.",
        "projects without any assignment that is work", notes, COMMUNITY,
        _sum("project.unassigned"),
    )  # fmt: skip


def _projects() -> Iterator[Metric]:
    project = partial(_row, PROJECTS)

    revenue = _sum("money.earned", "expenses.earned")
    costs = _sum("money.cost", "expenses.cost")
    notes = "community notes"
    yield project(
        "benchmark", "T&M Benchmark ($)", MONEY, "Billable hours x project rate of the role.",
        "billable x project rate; daily rates / hours_per_day; 'nb' 0; no charges",
        "help 4887764, 9648705", PAGE, _sum("money.benchmark"),
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
        "help 9648705", PAGE, _an_hour("money.benchmark"),
    )  # fmt: skip
    yield project(
        "effectiveRate", "Effective Hourly Rate (per role)", "money/h",
        "The rate x budget / benchmark of the whole project.",
        "revenue from hours / billable hours: by project and role Runn's rate, else the mean",
        "help 9648705, 4266685", PAGE,
        _an_hour("money.earned"),
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
                f"{what.lower()} of work, {word} as_of", "help 4266685, 2826857", PAGE, _sum(key),
            )  # fmt: skip
    yield project(
        "otherCosts", "Other Costs", MONEY, "Costs of other expenses, on their date.",
        "sum of cost", "help 6497203", PAGE, _sum("expenses.cost"),
    )  # fmt: skip
    yield project(
        "otherCharges", "Other Charges", MONEY, "Charges of other expenses, on their date.",
        "sum of charge", "help 6497203", PAGE, _sum("expenses.charge"),
    )  # fmt: skip
    yield project(
        "expensesProfit", "Other-expenses gross profit", MONEY, "Charges less costs.",
        "otherCharges - otherCosts", "help 6497203", PAGE,
        _less("expenses.charge", "expenses.cost"),
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
            _running(keys),
        )  # fmt: skip
    yield project(
        "phaseRevenue", "Revenue by Phase", MONEY,
        "Revenue from hours by the phase of the actual, else of the assignment.",
        "revenue without charges, by='phase'", "help 11867483", COMMUNITY,
        _sum("money.earned"),
    )  # fmt: skip
    yield project(
        "phaseCosts", "Costs by Phase", MONEY, "Costs of hours by phase.",
        "costs without other expenses, by='phase'", "help 11867483", COMMUNITY, _sum("money.cost"),
    )  # fmt: skip
    client = "confirmed projects that are not archived"
    yield project(
        "clientBillings", "Client Billings ($)", MONEY,
        f"Assigned hours x rates, {client}; Runn shows this week and the next three.",
        f"scheduledBillable x rate, {client}", "help 2271511", PAGE, _sum("billings.active"),
    )  # fmt: skip
    yield project(
        "clientCosts", "Client People Costs ($)", MONEY,
        f"Assigned hours x cost, without placeholders, {client}.",
        f"scheduledTotal x cost, {client}", "help 2271511", PAGE, _sum("billings.cost"),
    )  # fmt: skip
    yield project(
        "clientProfit", "Gross Client Profits ($)", MONEY, "Billings less costs.",
        "clientBillings - clientCosts", "help 2271511", PAGE,
        _less("billings.active", "billings.cost"),
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
        "milestones of that date", notes, COMMUNITY, _sum("milestones.count"),
    )  # fmt: skip
