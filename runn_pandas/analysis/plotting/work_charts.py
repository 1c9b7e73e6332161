"""Hours over time: capacity and workload, room, hours by kind or group, plan against actual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from runn_pandas.analysis.plotting.about import About, Periods, named, when, with_unit, words
from runn_pandas.analysis.plotting.chart_data import (
    BARS,
    amounts,
    largest,
    minutes_by_kind,
    series_by_period,
)
from runn_pandas.analysis.plotting.difference_dots import days_that_differ, key_of
from runn_pandas.analysis.plotting.heatmaps import free_hours
from runn_pandas.analysis.plotting.style import (
    BLUE,
    GREEN,
    GREY,
    MANY,
    ORANGE,
    PALE,
    PINK,
    RED,
    SKY,
    TEXT,
    WIDTH,
    Drawn,
    Picture,
    colour,
    hour_tips,
    joined,
    outlined,
    series_tips,
    time_axis,
    today_line,
)
from runn_pandas.errors import FilterError

KIND_COLOURS = {
    "Billable": BLUE,
    "Non-billable": ORANGE,
    "Tentative": PINK,
    "Placeholders": GREEN,
}
STATUSES = {
    "match": ("Match", PALE),
    "differs": ("Differs", ORANGE),
    "only_timesheet": ("Only in the timesheet", BLUE),
    "only_runn": ("Only in Runn", PINK),
}


def capacity_bars(
    frame: pd.DataFrame, about: About, freq: str | None = None, hours: pd.DataFrame | None = None
) -> Drawn:
    """Draw capacity and time off by period, and the workload in front of them."""
    minutes = {"Capacity": amounts(frame, "capacityMinutes")}
    minutes["Time off"] = (amounts(frame, "contractedMinutes") - minutes["Capacity"]).clip(lower=0)
    colours = {"Capacity": "#A9C8DF", "Time off": PALE}
    if hours is None:
        periods = Periods.of_days(frame, about, freq, BARS)
        data = series_by_period(periods.rows(), "Contracted", minutes)
        notes = ["Contracted hours, of which time off.", *periods.notes]
        layers = [_stack(data, periods, colours, 0.9, hollow=False), *today_line(periods)]
        return joined(layers, "Capacity", [*notes, *_no_hours(data)])
    work = minutes_by_kind(hours)
    periods = Periods.of_days(frame, about, freq, BARS, hours)
    dates, done = periods.dates, when(hours)
    # Workload outside the days of capacity would look like too much.
    inside = done.between(dates.min(), dates.max()) if dates.notna().any() else done.notna()
    shown = {name: part[inside] for name, part in work.items()}
    load = series_by_period(periods.rows(done[inside]), "Workload", shown)
    parts = [series_by_period(periods.rows(), "Contracted", minutes), load]
    data = pd.concat(parts, ignore_index=True)
    colours |= {name: KIND_COLOURS[name] for name in work}
    notes = ["Wide bars: contracted hours, of which time off. Narrow bars: workload."]
    wide = _stack(data, periods, colours, 0.9, hollow=False)
    layers = [
        wide.transform_filter("datum.side == 'Contracted'"),
        _stack(data, periods, colours, 0.45).transform_filter("datum.side == 'Workload'"),
        *today_line(periods),
    ]
    notes = [*notes, *periods.notes, *_no_hours(data)]
    return joined(layers, "Capacity and workload", notes)


def room_bars(frame: pd.DataFrame, about: About) -> Drawn:
    """Draw what is free as bars, below 0 if it is too much, and capacity and work as marks."""
    most = len(frame) + 1 if about.unit == "fte" else 2 * BARS
    periods = Periods.of_periods(frame, about, most)
    data = free_hours(frame, periods.rows())
    data = data[(data["capacity"] != 0) | (data["planned"] != 0)]
    sums = data.rename(columns={"capacity": "Capacity", "planned": "Planned work"})
    keys = ["period", "Capacity", "Planned work"]
    marks = sums[keys].melt("period", var_name="series", value_name="free")
    data = data.assign(series=np.where(data["free"] < 0, "Overbooked", "Free"))
    colours = {"Free": SKY, "Overbooked": RED, "Capacity": TEXT, "Planned work": ORANGE}
    parts = {"capacity": "Capacity", "planned": "Planned work", "free": "Free"}
    x = time_axis(periods, data["period"])
    y = alt.Y("free:Q", title=with_unit("Amount", about.unit))
    tips = [
        *series_tips(periods)[:1],
        *(
            alt.Tooltip(f"{name}:Q", title=with_unit(word, about.unit), format=",.1f")
            for name, word in parts.items()
        ),
    ]
    bars = Picture(data).mark_bar().encode(x=x, y=y, tooltip=tips, **outlined(colours, "free"))
    size = max(0.8 * WIDTH / max(data["period"].nunique(), 1), 3)
    ticks = Picture(marks).mark_tick(thickness=2.5, size=size, opacity=1)
    over = ticks.encode(x=x, y=y, color=colour(colours))
    notes = ["Free is capacity less planned work; without either there is no bar."]
    return joined([bars, over, *today_line(periods)], "Availability", [*notes, *periods.notes])


def hours_bars(
    frame: pd.DataFrame,
    about: About,
    freq: str | None = None,
    by: str | None = None,
    plan: pd.DataFrame | None = None,
) -> Drawn:
    """Draw hours by period, stacked, or beside the planned ones."""
    minutes = minutes_by_kind(frame)
    if plan is not None:
        if by is not None:
            raise FilterError("Give by= or plan=, not both.")
        return _plan_against_actual(frame, plan, about, freq)
    periods = Periods.of_days(frame, about, freq, BARS)
    if by is None:
        data = series_by_period(periods.rows(), "Hours", minutes)
        return _bars(data, periods, {name: KIND_COLOURS[name] for name in minutes}, "Hours")
    key = key_of(frame, by, "stack")
    parts = largest(named(frame, about, [key]), _total(frame), len(MANY))
    colours = dict(zip(parts, (*MANY, GREY), strict=False))
    data = series_by_period(periods.rows(), "Hours", parts)
    return _bars(data, periods, colours, f"Hours by {words(key.removesuffix('Id'))}")


def _plan_against_actual(
    frame: pd.DataFrame, plan: pd.DataFrame, about: About, freq: str | None
) -> Drawn:
    periods = Periods.of_days(frame, about, freq, 31, plan)
    both = pd.concat([when(frame), when(plan)], ignore_index=True)
    periods = replace(periods, dates=both)  # the last one may have a plan only
    parts = [
        series_by_period(periods.rows(when(side)), name, {name: _total(side)})
        for name, side in (("Planned", plan), ("Actual", frame))
    ]
    colours = {"Planned": SKY, "Actual": ORANGE}
    notes = ["Left planned, right actual."]
    data = pd.concat(parts, ignore_index=True)
    return _bars(data, periods, colours, "Plan against actual", notes, tuple(colours))


def _total(frame: pd.DataFrame) -> pd.Series[Any]:
    return sum(minutes_by_kind(frame).values(), pd.Series(0.0, frame.index))


def reconciliation_bars(
    frame: pd.DataFrame, about: About, freq: str | None = None, by: str | None = None
) -> Drawn:
    """Draw the hours of a reconciliation by status, by period if it has dates; or who differs."""
    if by is not None:
        return days_that_differ(frame, about, by, freq)
    ours, theirs = (amounts(frame, f"{side}Minutes") for side in ("timesheet", "runn"))
    spent = ours.where(ours >= theirs, theirs)
    status = frame["status"].astype(object)
    counts = status.value_counts()
    listed = ", ".join(f"{name}: {counts.get(key, 0):,}" for key, (name, _) in STATUSES.items())
    net = amounts(frame, "differenceMinutes").sum() / 60
    notes = [f"{listed}. Net difference {net:+,.1f} h.", "Bars: the larger of both sides' hours."]
    minutes = {name: spent.where(status == key, 0.0) for key, (name, _) in STATUSES.items()}
    colours = dict(STATUSES.values())
    title = "Timesheet against Runn"
    if "date" in frame.columns:
        periods = Periods.of_days(frame, about, freq, BARS)
        return _bars(series_by_period(periods.rows(), "", minutes), periods, colours, title, notes)
    data = pd.DataFrame(
        {"series": list(minutes), "hours": [m.sum() / 60 for m in minutes.values()]}
    )
    bars = (
        Picture(data)
        .mark_bar()
        .encode(
            x=alt.X("hours:Q", title="Hours (h)"),
            y=alt.Y("series:N", title="Status", sort=list(colours)),
            color=colour(colours),
            tooltip=[alt.Tooltip("series:N", title="Status"), *hour_tips(hours="Hours")],
        )
    )
    return joined([bars], title, notes, WIDTH, alt.Step(28))


def _stack(
    data: pd.DataFrame,
    periods: Periods,
    colours: dict[str, str],
    band: float,
    side: Sequence[str] = (),
    *,
    hollow: bool = True,
) -> alt.Chart:
    """Return stacked bars of hours by period, in groups beside each other if there are sides."""
    beside = {"xOffset": alt.XOffset("side:N", sort=list(side))} if side else {}
    width: dict[str, Any] = {} if side else {"width": alt.RelativeBandSize(band=band)}
    drawn: alt.Chart = (
        Picture(data)
        .mark_bar(**width)
        .encode(
            x=time_axis(periods, data["period"], gaps=True),
            y=alt.Y("hours:Q", title="Hours (h)", stack="zero"),
            order=alt.Order("rank:Q"),
            tooltip=[*series_tips(periods), *hour_tips(hours="Hours")],
            **beside,
            **(outlined(colours, "hours") if hollow else {"color": colour(colours)}),
        )
    )
    return drawn


def _bars(
    data: pd.DataFrame,
    periods: Periods,
    colours: dict[str, str],
    title: str,
    notes: Sequence[str] = (),
    side: Sequence[str] = (),
) -> Drawn:
    whole = bool(side)  # a line within a pair would part what is planned from what was worked
    notes = [*notes, *periods.said(whole=whole), *_no_hours(data)]
    stack = _stack(data, periods, colours, 0.9, side)
    return joined([stack, *today_line(periods, whole=whole)], title, notes)


def _no_hours(data: pd.DataFrame) -> list[str]:
    return [] if data["hours"].any() else ["No hours to show."]
