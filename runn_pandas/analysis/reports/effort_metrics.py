"""The metrics of effort, which both reports have, in Runn's order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from runn_pandas.analysis.reports.formulas import TOTALS, difference, sums
from runn_pandas.analysis.reports.metric import BOTH, COMMUNITY, HOURS, INFERRED, PAGE, Metric


def metrics_of_effort() -> Iterator[Metric]:
    """Yield the metrics of hours, by what counts and by whether it can be invoiced."""
    what_counts = {
        "effective": "by day the logged ones where any were logged, were it 0, else the scheduled",
        "scheduled": "as assigned",
        "actual": "as logged",
    }
    effort = partial(Metric, BOTH)
    work = {"effective": "", "scheduled": "Scheduled ", "actual": "Actual "}
    for kind, word in work.items():
        lead = kind if word else ""
        what = what_counts[kind]
        pages = "help 10356662, 4914519"

        def named(rest: str, lead: str = lead) -> str:
            return lead + rest.capitalize() if lead else rest

        yield effort(
            named("total"), f"{word}Total (h)", HOURS,
            f"Billable and non-billable hours, {what}; the past of placeholders is left out.",
            f"{named('billable')} + {named('nonbillable')}", pages, PAGE, TOTALS[kind],
        )  # fmt: skip
        yield effort(
            named("billable"), f"{word}Billable (h)", HOURS, f"Hours of billable work, {what}.",
            f"billable minutes {what}; none of 'nb'", pages, PAGE, sums(f"{kind}.billable"),
        )  # fmt: skip
        yield effort(
            named("nonbillable"), f"{word}Non-billable (h)", HOURS,
            f"Hours of non-billable work, and all on non-billable projects, {what}.",
            f"non-billable minutes {what}; all of 'nb'", pages,
            PAGE if kind != "actual" else COMMUNITY, sums(f"{kind}.nonbillable"),
        )  # fmt: skip
    for rest, word in (("", "total"), ("Billable", "billable"), ("Nonbillable", "non-billable")):
        sides = ["billable", "nonbillable"] if not rest else [rest.lower()]
        yield effort(
            f"difference{rest}", f"Difference (h), {word}", HOURS,
            "Actual less scheduled hours; negative where less was worked than planned.",
            f"actual{rest or 'Total'} - scheduled{rest or 'Total'}", "help 10356662, 4887771",
            PAGE if not rest else COMMUNITY, difference(sides),
        )  # fmt: skip
    yield effort(
        "days", "Days (display unit)", "days",
        "Hours over the full-time hours of a day: full-time workdays, not calendar days.",
        "total / hours_per_day", "help 10356662, 2826857", PAGE,
        lambda v: TOTALS["effective"](v) / 60 / v.hours_per_day,
    )  # fmt: skip
    yield effort(
        "fte", "FTEs (display unit)", "FTE", "Hours over the full-time hours of the period.",
        "total / (hours_per_day x days from Monday to Friday of the period, as far as asked)",
        "help 10723291, 10356662", INFERRED, lambda v: v.fte(TOTALS["effective"](v)),
    )  # fmt: skip
    yield effort(
        "missingActuals", "Missing actuals (assumed hours)", HOURS,
        "Scheduled hours of past days without an entry for the person and project; 0 is an entry.",
        "scheduled before as_of, no actual of that day, person and project; confirmed projects",
        "help 10015777, 5540501, 3799817", PAGE, sums("missing.minutes"),
    )  # fmt: skip
