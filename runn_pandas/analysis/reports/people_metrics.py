"""The metrics of the report on people, in Runn's order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from runn_pandas.analysis.reports.formulas import (
    TOTALS,
    availability_band,
    in_band,
    share,
    sums,
    utilization_band,
)
from runn_pandas.analysis.reports.metric import (
    COMMUNITY,
    COUNT,
    FLAG,
    HOURS,
    INFERRED,
    MONEY,
    PAGE,
    PEOPLE,
    PER_CENT,
    WORD,
    Metric,
)


def metrics_of_people() -> Iterator[Metric]:
    """Yield the metrics that only people have."""
    people = partial(Metric, PEOPLE)

    capacity, effective = TOTALS["capacity"], TOTALS["effective"]
    scheduled = TOTALS["scheduled"]
    notes = "community notes"
    yield people(
        "contractedCapacity", "Contract(ed) Capacity", HOURS,
        "Hours on the contract's work days, by the contract of each date; placeholders have none.",
        "minutes rostered by the contract in force", "help 7835622, 1625881", PAGE,
        sums("capacity.contracted"),
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
        sums("capacity.timeOff"),
    )  # fmt: skip
    yield people(
        "totalUtilization", "Total Utilization (%)", PER_CENT,
        "Total hours over effective capacity; blank at 0, may exceed 100.",
        "100 x total / effectiveCapacity", "help 11517169, 7835622", PAGE,
        share("effective", "capacity"),
    )  # fmt: skip
    yield people(
        "billableUtilization", "Billable Utilization (%)", PER_CENT,
        "Billable hours over effective capacity.", "100 x billable / effectiveCapacity",
        "help 11517169", PAGE, share("billable", "capacity"),
    )  # fmt: skip
    yield people(
        "nonbillableUtilization", "Non-Billable Utilization (%)", PER_CENT,
        "Non-billable hours over effective capacity.", "100 x nonbillable / effectiveCapacity",
        "help 11517169", PAGE, share("nonbillable", "capacity"),
    )  # fmt: skip
    yield people(
        "groupUtilization", "Group utilization total", PER_CENT,
        "Sum of the group's hours over the sum of its effective capacity (since 8 May 2023).",
        "totalUtilization of the rows of a group", "help 7835622", PAGE,
        share("effective", "capacity"),
    )  # fmt: skip
    yield people(
        "remainingAvailability", "Remaining Availability", HOURS,
        "Capacity that no work takes; no placeholders.",
        "sum over days of effectiveCapacity - total of a person, where above 0",
        "help 10356662 (name)", INFERRED, sums("balance.free"),
    )  # fmt: skip
    yield people(
        "overtime", "Overtime", HOURS,
        "Hours beyond effective capacity; no placeholders.",
        "sum over days of total - effectiveCapacity of a person, where above 0",
        "help 10356662 (name)", INFERRED, sums("balance.over"),
    )  # fmt: skip
    yield people(
        "revenue", "Revenue ($) of a person or team", MONEY,
        "What the person's billable hours earn; other expenses are nobody's.",
        "billable x project rate; of a fixed price x effectiveRate", "help 4887764", PAGE,
        sums("money.earned"),
    )  # fmt: skip
    yield people(
        "projectCosts", "Project Costs ($)", MONEY,
        "Hours worked on projects at the cost of the person.",
        "total x cost of the contract on the date, else of its role", "help 2876186", PAGE,
        sums("money.cost"),
    )  # fmt: skip
    yield people(
        "businessCosts", "Business Costs ($)", MONEY,
        "Cost of the contracted time, used or not; placeholders have none.",
        "contractedCapacity x cost of the contract on the date, else of its role",
        "help 10356662 (name)", INFERRED, sums("capacity.businessCost"),
    )  # fmt: skip
    yield people(
        "completedTimesheet", "Completed Timesheet", FLAG,
        "Whether nothing that was scheduled lacks an entry.", "missingActuals is 0", notes,
        INFERRED, lambda v: (v["missing.minutes"] == 0).astype(float),
    )  # fmt: skip
    yield people(
        "resourcingRequests", "Resourcing Requests", COUNT,
        "Open requests of placeholders.", "person-requests, whenever made", notes, COMMUNITY,
        sums("requests.open"),
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
        "help 4293043", PAGE, availability_band,
    )  # fmt: skip
    yield people(
        "plannedUtilization", "Utilization % of planner and Person Dashboard", PER_CENT,
        "Scheduled hours over effective capacity.", "100 x scheduledTotal / effectiveCapacity",
        "help 4293043, 1785072", PAGE, share("scheduled", "capacity"),
    )  # fmt: skip
    yield people(
        "timeOffDays", "Time Off (Person Dashboard)", "days",
        "Days on leave or public holiday.",
        "working days off; of partial leave its share of the day", "help 1785072", PAGE,
        sums("absence.days"),
    )  # fmt: skip
    yield people(
        "billings", "Billings (Person Dashboard)", MONEY,
        "Forecast revenue of the assigned work.", "scheduledBillable x rate, as in revenue",
        "help 1785072", PAGE, sums("billings.earned"),
    )  # fmt: skip
    yield people(
        "utilizationBand", "Utilization Bands", WORD,
        "The band of twenty per cent that the utilization is in.",
        "totalUtilization, rounded down, as one of 0-19 ... 80-100 ... 161+",
        "help 11517169 (in part)", COMMUNITY, utilization_band,
    )  # fmt: skip
    for word, bounds in (("over", "101 and more"), ("well", "80-100"), ("under", "below 80")):
        yield people(
            f"{word}Utilized", f"Utilization Summary ({word.capitalize()})", "FTE",
            f"People whose utilization of the period is {bounds} per cent, as FTE.",
            "effectiveCapacity of these people as FTE; of several periods take the mean",
            notes, COMMUNITY, in_band(word),
        )  # fmt: skip
    yield people(
        "roleBalance", "Role deficit (Projected Total Capacity vs Workload)", HOURS,
        "Capacity of the people of a role less the hours booked on it, placeholders in.",
        "effectiveCapacity by contract's role - scheduled hours by the work's, by='role'",
        "help 11517226", PAGE, lambda v: capacity(v) - v["booked.minutes"],
    )  # fmt: skip
    yield people(
        "contractsEnding", "Contracts Ending", COUNT, "Contracts that end in the window.",
        "contracts with such an endDate", notes, COMMUNITY, sums("contracts.ending"),
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
        INFERRED, sums("capacity.businessCost"),
    )  # fmt: skip
    yield people(
        "hiringProposals", "Hiring Proposals", COUNT, "Requests to hire for a placeholder.",
        "person-requests with the status NEED_TO_HIRE", "help 12134159", INFERRED,
        sums("requests.toHire"),
    )  # fmt: skip
    yield people(
        "withoutCost", "Resources Without Cost to Business", COUNT,
        "People whose contract has no cost.",
        "people whose contract in force on as_of has no costPerHour", notes, COMMUNITY,
        sums("contracts.withoutCost"),
    )  # fmt: skip
