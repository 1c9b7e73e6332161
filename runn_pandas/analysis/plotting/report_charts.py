"""Any number of a report: as bars by group or period, or as a heat map of both."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from runn_pandas.analysis.plotting.about import (
    About,
    Periods,
    called,
    groups_of,
    named,
    window_notes,
    with_unit,
    words,
)
from runn_pandas.analysis.plotting.heatmaps import metric_heatmap
from runn_pandas.analysis.plotting.style import (
    ABOVE,
    BLUE,
    MOST,
    ORANGE,
    SHORT,
    WIDTH,
    Drawn,
    Picture,
    hollow,
    joined,
    time_axis,
    today_line,
    who_axis,
)
from runn_pandas.analysis.reports.fields import unknown
from runn_pandas.analysis.reports.metric import HOURS, MONEY, WORD, Metric
from runn_pandas.analysis.reports.metric_table import metrics_of, table
from runn_pandas.errors import FilterError, FrameError


def report_chart(
    frame: pd.DataFrame, about: About, metric: str | None = None, top: int | None = None
) -> Drawn:
    """Draw one number of a report: by group, by period, or by both."""
    known = metrics_in(frame, about)
    metric, notes = _chosen(known, metric)
    unit = {MONEY: "money", HOURS: about.unit}.get(known[metric].unit, known[metric].unit)
    titles = (words(metric).capitalize(), unit)
    groups = groups_of(frame, frozenset(known))
    return metric_chart(frame, about, metric, groups, titles, notes, top)


def metric_chart(
    frame: pd.DataFrame,
    about: About,
    metric: str,
    groups: list[str],
    titles: tuple[str, str],
    notes: list[str],
    top: int | None = None,
) -> Drawn:
    """Draw a column of a frame, a row for each group, period, or both; with its name and unit."""
    if "period" in frame.columns and groups:
        cells = metric_heatmap(frame, about, metric, groups, titles)
        cells.notes.extend(notes)
        return cells.drawn(MOST if top is None else top)
    value = pd.to_numeric(frame[metric], errors="coerce").astype("Float64").astype("float64")
    data = pd.DataFrame({"value": value.round(4)})
    if "period" in frame.columns:
        return _by_period(frame, about, data, titles, notes)
    data = data.assign(who=named(frame, about, groups))
    return _by_group(data, groups, titles, [*window_notes(about), *notes], top)


def _chosen(known: dict[str, Metric], metric: str | None) -> tuple[str, list[str]]:
    """Return the metric that is drawn, the first if none is asked for, and what to say of it."""
    numbers = [name for name, one in known.items() if one.unit != WORD]
    if not numbers:
        raise FrameError("The report has no number to draw: no metric of rp.metrics().")
    metric = numbers[0] if metric is None else metric
    if metric not in numbers:
        raise FilterError(unknown("metric", metric, numbers))
    others = [repr(name) for name in numbers if name != metric]
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    notes = [f"metric= draws another: {', '.join(others[:3])}{more}."] if others else []
    return metric, [f"In Runn: {known[metric].runn}.", *notes]


def metrics_in(frame: pd.DataFrame, about: About) -> dict[str, Metric]:
    """Return the metrics among the columns, by name."""
    known = metrics_of(about.kind) or {metric.name: metric for metric in table()}
    return {str(name): known[str(name)] for name in frame.columns if str(name) in known}


def _by_period(
    frame: pd.DataFrame,
    about: About,
    data: pd.DataFrame,
    titles: tuple[str, str],
    notes: list[str],
) -> Drawn:
    title = with_unit(*titles)
    periods = Periods.of_periods(frame, about, len(frame) + 1)
    data = periods.rows().assign(value=data["value"]).dropna(subset=["period", "value"])
    x, value = time_axis(periods, data["period"]), alt.Y("value:Q", title=title)
    tips = [
        alt.Tooltip("period:O", title=periods.title),
        alt.Tooltip("value:Q", title=title, format=",.2f"),
    ]
    bars = (
        Picture(data)
        .mark_bar()
        .encode(x=x, y=value, color=_sign(), stroke=_sign(), tooltip=tips, **hollow("value"))
    )
    return joined([bars, *today_line(periods)], titles[0], [*notes, *periods.notes])


def _by_group(
    data: pd.DataFrame,
    groups: list[str],
    titles: tuple[str, str],
    notes: list[str],
    top: int | None,
) -> Drawn:
    title, who = with_unit(*titles), called(groups)
    ordered = data.dropna(subset=["value"]).sort_values("value", ascending=False, kind="stable")
    shown = ordered.iloc[: top or MOST].assign(rank=range(min(len(ordered), top or MOST)))
    if len(shown) < len(ordered):
        notes = [*notes, f"The {len(shown):,} of {len(ordered):,} with the most are shown."]
    if len(ordered) < len(data):
        notes = [*notes, f"Without a value, and not shown: {len(data) - len(ordered):,}."]
    y = who_axis(who, **ABOVE)
    tips: list[Any] = [
        alt.Tooltip("who:N", title=who),
        alt.Tooltip("value:Q", title=title, format=",.2f"),
    ]
    bars = (
        Picture(shown)
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title=title, axis=alt.Axis(labelExpr=SHORT)),
            y=y,
            color=_sign(),
            tooltip=tips,
        )
    )
    height = alt.Step(20) if len(shown) else 100
    return joined([bars], f"{titles[0]} by {who.lower()}", notes, WIDTH, height)


def _sign() -> Any:
    return alt.condition("datum.value < 0", alt.value(ORANGE), alt.value(BLUE))
