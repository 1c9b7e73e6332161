"""The one table of Runn's metrics, and its page."""

from __future__ import annotations

from functools import cache

from runn_pandas.analysis.reports.effort_metrics import metrics_of_effort
from runn_pandas.analysis.reports.metric import Metric
from runn_pandas.analysis.reports.people_metrics import metrics_of_people
from runn_pandas.analysis.reports.project_metrics import (
    metrics_of_projects,
    metrics_of_whole_projects,
)


@cache
def table() -> tuple[Metric, ...]:
    """Return every metric, in Runn's order; a name is one metric in each of the reports."""
    return (
        *metrics_of_effort(),
        *metrics_of_people(),
        *metrics_of_whole_projects(),
        *metrics_of_projects(),
    )


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
