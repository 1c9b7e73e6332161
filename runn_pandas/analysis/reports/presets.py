"""The ready-made reports of Runn's Reports Center, under their own names."""

from __future__ import annotations

from typing import Any, NamedTuple

TEAM, ROLE, CLIENT = ("team",), ("role",), ("client",)


class Preset(NamedTuple):
    """What a ready-made report shows."""

    metrics: tuple[str, ...]
    by: tuple[str, ...] | None = None
    freq: str | None = None
    options: dict[str, Any] = {}  # noqa: RUF012


PEOPLE = (
    "total", "billable", "nonbillable", "contractedCapacity", "timeOff", "effectiveCapacity",
    "totalUtilization", "billableUtilization", "remainingAvailability", "overtime", "revenue",
    "projectCosts", "businessCosts", "completedTimesheet",
)  # fmt: skip
PROJECTS = (
    "budget", "budgetRemaining", "benchmark", "revenue", "costs", "profit", "margin", "total",
    "billable", "nonbillable",
)  # fmt: skip
UTILIZATION = ("totalUtilization", "billableUtilization", "nonbillableUtilization")
HOURS = ("total", "billable", "nonbillable", "effectiveCapacity")
WITHOUT: dict[str, Any] = {"include_placeholders": False}
CUMULATIVE = tuple(
    f"cumulative{what}" for what in ("Total", "Billable", "Nonbillable", "Revenue", "Costs")
)
DIFFERENCE = ("scheduledTotal", "actualTotal", "difference")
DEFICIT = ("effectiveCapacity", "scheduledTotal", "roleBalance")

# Runn's names, in small letters, with hyphens.
PRESETS: dict[str, Preset] = {
    "people/overview": Preset(PEOPLE),
    "people/bench-by-team": Preset(("remainingAvailability", "effectiveCapacity"), TEAM),
    "people/billable-utilization-performance-by-team": Preset(UTILIZATION[1:2] + HOURS, TEAM, "MS"),
    "people/billable-vs-non-billable-utilization-by-team": Preset(UTILIZATION + HOURS, TEAM, "MS"),
    "people/capacity-forecast-by-role": Preset(DEFICIT, ROLE, "MS"),
    "people/cost-by-role": Preset(("projectCosts", "businessCosts"), ROLE),
    "people/financials-by-team": Preset(("revenue", "projectCosts", "businessCosts"), TEAM),
    "people/overallocation": Preset(("overtime", "total", "effectiveCapacity")),
    "people/utilization": Preset(UTILIZATION + HOURS, None, None, WITHOUT),
    "people/variance": Preset(DIFFERENCE, None, None, WITHOUT),
    "people/employee-vs-contractor-utilization": Preset(UTILIZATION + HOURS, ("employmentType",)),
    "people/hiring-proposals": Preset(("hiringProposals", "scheduledTotal")),
    "people/overtime": Preset(("overtime", "total", "effectiveCapacity")),
    "people/resource-requests": Preset(("resourcingRequests", "scheduledTotal")),
    "people/utilization-trends-by-role": Preset(UTILIZATION + HOURS, ROLE, "MS"),
    "people/completed-timesheets": Preset(("completedTimesheet", "missingActuals")),
    "projects/overview": Preset(PROJECTS),
    "projects/cumulative": Preset(CUMULATIVE, None, "MS"),
    "projects/financial-forecasting": Preset(
        ("revenue", "costs", "profit"), ("status",), "MS", {"include_tentative": True}
    ),
    "projects/milestones": Preset(("milestones",)),
    "projects/profit-and-margins": Preset(("revenue", "costs", "profit", "margin")),
    "projects/profitability-by-client": Preset(("revenue", "costs", "profit", "margin"), CLIENT),
    "projects/revenue-and-costs-by-phase": Preset(
        ("phaseRevenue", "phaseCosts"), ("project", "phase")
    ),
    "projects/scheduled-vs-actual-hours": Preset(DIFFERENCE),
    "projects/potential-project-archives": Preset(("potentialArchives",)),
    "projects/unassigned-projects": Preset(("unassignedProjects",)),
}
KINDS = {"people": PRESETS["people/overview"], "projects": PRESETS["projects/overview"]}
