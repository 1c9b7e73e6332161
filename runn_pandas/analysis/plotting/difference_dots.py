"""Where a timesheet and Runn differ: who, when, how much, and in which way."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from runn_pandas.analysis.plotting.about import About, Periods, called, named
from runn_pandas.analysis.plotting.chart_data import BARS, amounts
from runn_pandas.analysis.plotting.style import (
    ABOVE,
    BLUE,
    GREEN,
    MOST,
    ORANGE,
    PINK,
    TEXT,
    Drawn,
    Picture,
    colour,
    hour_tips,
    joined,
    series_tips,
    time_axis,
    who_axis,
)
from runn_pandas.errors import FrameError
from runn_pandas.frame.words import counted

STEP = 26
SIZES = alt.Scale(range=[25, 150])
SPLIT = "Only the billable part differs"
# Hours that have moved are in the first and in the last: those are apart.
WAYS = {
    "only_timesheet": ("Only in the timesheet", BLUE),
    "differs": ("Differs", ORANGE),
    "split": (SPLIT, GREEN),
    "only_runn": ("Only in Runn", PINK),
}


def key_of(frame: pd.DataFrame, by: str, what: str) -> str:
    """Return the column that is meant: ``person`` is ``personId``."""
    key = by if by in frame.columns else f"{by}Id"
    if key not in frame.columns:
        known = ", ".join(c for c in map(str, frame.columns) if c.endswith("Id"))
        raise FrameError(f"The frame has no column {key!r} to {what} by; it has {known}.")
    return key


def days_that_differ(frame: pd.DataFrame, about: About, by: str, freq: str | None = None) -> Drawn:
    """Draw a dot for each day, or period, on which the two sides differ for somebody."""
    key = key_of(frame, by, "draw")
    if "date" not in frame.columns:
        raise FrameError("A picture of who differs when needs the column 'date'.")
    periods = Periods.of_days(frame, about, freq, BARS)
    differ = (frame["status"] != "match").to_numpy(np.bool_)
    rows = _differences(frame).assign(who=named(frame, about, [key]), period=periods.names())
    sums = rows[differ].groupby(["who", "period", "series"], as_index=False).sum()
    order = sums.groupby("who")["hours"].sum().sort_values(ascending=False, kind="stable").index
    shown = order[:MOST]
    data = sums[sums["who"].isin(shown)].round(2)
    data = data.assign(rank=data["who"].map({name: float(at) for at, name in enumerate(shown)}))
    who, colours = called([key]), dict(WAYS.values())
    there = {name: colours[name] for name in colours if name in set(data["series"])}
    tips = [
        alt.Tooltip("who:N", title=who),
        *series_tips(periods),
        *hour_tips(hours="Difference", timesheet="Timesheet", runn="Runn"),
    ]
    legend = alt.Legend(symbolFillColor=TEXT, tickCount=4)
    dots = (
        Picture(data)
        .mark_circle(opacity=1)
        .encode(
            x=time_axis(periods, periods.names().dropna(), gaps=True),
            y=who_axis(who, grid=True, tickBand="extent", **ABOVE),
            yOffset=alt.YOffset("series:N", sort=list(there)),
            size=alt.Size("hours:Q", title="Hours (h)", scale=SIZES, legend=legend),
            color=colour(there),
            tooltip=tips,
        )
    )
    notes = [_said(int(differ.sum()))]
    if len(shown) < len(order):
        notes.append(f"The {MOST} with the largest differences are shown.")
    height = alt.Step(STEP, **{"for": "position"}) if len(data) else 100
    return joined([dots], "Where the timesheet and Runn differ", notes, height=height)


def _said(many: int) -> str:
    if not many:
        return "Nothing differs."
    rows = f"{counted(many, 'row')} that {'differs' if many == 1 else 'differ'}"
    return f"{rows}; the larger a dot, the more hours."


def _differences(frame: pd.DataFrame) -> pd.DataFrame:
    """Return in which way and by how much each row differs: in all hours, or the billable ones."""
    hours = amounts(frame, "differenceMinutes").abs() / 60
    split = (amounts(frame, "billableMinutes") - amounts(frame, "runnBillableMinutes")).abs() / 60
    only_split = (frame["status"] == "differs") & (hours == 0)
    way = frame["status"].astype(object).where(~only_split, "split")
    return pd.DataFrame(
        {
            "series": way.map({name: said for name, (said, _) in WAYS.items()}),
            "hours": hours.where(~only_split, split),
            "timesheet": amounts(frame, "timesheetMinutes") / 60,
            "runn": amounts(frame, "runnMinutes") / 60,
        }
    )
