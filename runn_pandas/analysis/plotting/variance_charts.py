"""Variance: actual less planned hours by week, with the weeks marked whose entries are missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from runn_pandas.analysis.plotting.about import About, Periods, when, with_unit
from runn_pandas.analysis.plotting.chart_data import BARS, EVERY, amounts, minutes_by_kind
from runn_pandas.analysis.plotting.style import (
    BLUE,
    ORANGE,
    TEXT,
    Drawn,
    Picture,
    joined,
    outlined,
    series_tips,
    time_axis,
)
from runn_pandas.errors import FrameError
from runn_pandas.frame.words import counted

MORE, LESS = "More than planned", "Less than planned"
SIDES = {MORE: BLUE, LESS: ORANGE}
MISSING, SOME = "All entries missing", "Some entries missing"
SHAPES = {MISSING: "cross", SOME: "triangle-up"}


def variance_bars(
    frame: pd.DataFrame, about: About, freq: str | None = None, plan: pd.DataFrame | None = None
) -> Drawn:
    """Draw actual less planned hours of the past by week: of a report, or two frames of hours."""
    if plan is not None:
        days, about = _of_hours(frame, plan, about)
        freq = freq or ("W" if about.freq in ("D", "") else None)
        periods = Periods.of_days(days, about, freq, BARS)
    elif {"scheduledTotal", "actualTotal", "period"} <= set(frame.columns):
        days = _of_report(frame)
        periods = Periods.of_periods(frame, about, BARS)
    else:
        raise FrameError(
            "A picture of variance is of rp.hours(kind='actual') with plan=, or of"
            " rp.report('people/variance', freq='W')."
        )
    every = EVERY[periods.freq]
    ahead = np.zeros(len(days), np.bool_)
    if about.as_of is not None:
        ahead = (periods.bounds(periods.dates)[1] >= about.as_of).to_numpy(np.bool_)
    # Of hours the days ahead are gone already, and the period of today is cut.
    over = ~ahead if plan is None else np.ones(len(days), np.bool_)
    data = _by_period(days[over], periods.names()[over])
    notes = [f"Actual less planned hours by {every}, of the past."]
    left_out = int(periods.names()[~over].nunique())
    if left_out:
        notes.append(
            f"Left out, as not over on {about.as_of:%Y-%m-%d}: {counted(left_out, every)}."
        )
    notes += replace(periods, dates=periods.dates[over]).cut_notes
    if data.empty:
        notes.append("Nothing to show.")
    return joined(_layers(data, periods, about), "Variance", notes)


def _of_hours(frame: pd.DataFrame, plan: pd.DataFrame, about: About) -> tuple[pd.DataFrame, About]:
    """Return planned, actual and missing hours by day, of the past."""
    keys = [c for c in ("personId", "projectId") if c in frame.columns and c in plan.columns]
    sides = {}
    for name, side in (("actual", frame), ("planned", plan)):
        # Nobody can log on a tentative project, so nothing is missing there.
        side = side[~side["isTentative"].fillna(False)] if "isTentative" in side else side
        hours = sum(minutes_by_kind(side).values(), pd.Series(0.0, side.index)) / 60
        rows = side[keys].assign(date=when(side), hours=hours)
        sides[name] = rows.groupby(["date", *keys], as_index=False, dropna=False)["hours"].sum()
    last = sides["actual"]["date"].max()
    if about.as_of is None and pd.notna(last):
        about = replace(about, as_of=last + pd.Timedelta(days=1))
    both = sides["planned"].merge(
        sides["actual"], "outer", ["date", *keys], suffixes=("Plan", "Done"), indicator=True
    )
    if about.as_of is not None:
        both = both[both["date"] < about.as_of]
        ended = about.as_of - pd.Timedelta(days=1)
        about = replace(about, end=ended if about.end is None else min(about.end, ended))
    planned = both["hoursPlan"].fillna(0.0)
    # 0 is an entry too.
    missing = planned.where(both["_merge"] == "left_only", 0.0)
    done = both["hoursDone"].fillna(0.0)
    days = pd.DataFrame({"date": both["date"], "planned": planned, "actual": done})
    return days.assign(missing=missing).reset_index(drop=True), about


def _of_report(frame: pd.DataFrame) -> pd.DataFrame:
    planned, actual = amounts(frame, "scheduledTotal"), amounts(frame, "actualTotal")
    missing = planned.where(actual == 0, 0.0)
    if "missingActuals" in frame.columns:
        missing = amounts(frame, "missingActuals")
    return pd.DataFrame({"planned": planned, "actual": actual, "missing": missing})


def _by_period(days: pd.DataFrame, names: pd.Series[Any]) -> pd.DataFrame:
    """Return the sums of each period, and in which state its entries are."""
    rows = days[["planned", "actual", "missing"]].assign(period=names)
    sums = rows.groupby("period", as_index=False).sum()
    sums["difference"] = sums["actual"] - sums["planned"]
    sums["series"] = np.where(sums["difference"] < 0, LESS, MORE)
    nothing = (sums["actual"] == 0) & (sums["missing"] >= sums["planned"] - 1e-6)
    some = sums["missing"] > 1e-6
    sums["state"] = np.select([some & nothing, some], [MISSING, SOME], "")
    return sums.round(2)


def _layers(data: pd.DataFrame, periods: Periods, about: About) -> list[alt.Chart]:
    unit = about.unit if about.unit in ("hours", "days", "fte", "minutes") else "hours"
    unit = "hours" if about.kind.endswith("hours") else unit
    fields = {"planned": "Planned", "actual": "Actual", "missing": "Planned, no entry"}
    fields["difference"] = "Difference"
    tips: list[Any] = [
        *series_tips(periods)[:1],
        *(
            alt.Tooltip(f"{name}:Q", title=with_unit(word, unit), format=",.1f")
            for name, word in fields.items()
        ),
    ]
    x = time_axis(periods, data["period"])
    bars = (
        Picture(data)
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y("difference:Q", title=with_unit("Actual less planned", unit)),
            **outlined(SIDES, "difference", f"datum.state == '{MISSING}'"),
            tooltip=tips,
        )
    )
    shapes = alt.Scale(domain=list(SHAPES), range=list(SHAPES.values()))
    marks = (
        Picture(data[data["state"] != ""])
        .mark_point(filled=True, size=60, color=TEXT, opacity=1, yOffset=-8)
        .encode(
            x=x,
            y=alt.YDatum(0),
            shape=alt.Shape("state:N", title=None, scale=shapes),
            tooltip=[*tips, alt.Tooltip("state:N", title="Entries")],
        )
    )
    zero = Picture(pd.DataFrame({"zero": [0]})).mark_rule(color=TEXT).encode(y="zero:Q")
    return [bars, zero, marks]
