"""Utilization over time: billable and not, and how many are in which band."""

from __future__ import annotations

import altair as alt
import pandas as pd

from runn_pandas.analysis.plotting.about import About, Periods, called, groups_of, named
from runn_pandas.analysis.plotting.chart_data import BARS, EVERY, utilization_cells
from runn_pandas.analysis.plotting.heatmaps import LOAD, NO_CAPACITY, load_band, per_cent
from runn_pandas.analysis.plotting.style import (
    BLUE,
    ORANGE,
    TEXT,
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

PLURALS = {"Person": "people"}
SHARES = {"Billable": BLUE, "Non-billable": ORANGE}


def split_bars(frame: pd.DataFrame, about: About) -> Drawn:
    """Draw utilization by period, billable and non-billable stacked: sums over sums of all rows."""
    periods = Periods.of_periods(frame, about, 2 * BARS)
    data = utilization_cells(frame, periods.rows())
    data = data.dropna(subset=["utilization"])
    data = data.assign(Billable=data["billableUtilization"])
    data["Non-billable"] = (data["utilization"] - data["Billable"]).round(4)
    keys = ["period", "forecast", "total", "capacity", "utilization"]
    rows = data.melt(keys, list(SHARES), var_name="series", value_name="share")
    rows["rank"] = rows["series"].map({name: at for at, name in enumerate(SHARES)})
    percent = alt.Axis(format=".0%")
    bars = (
        Picture(rows)
        .mark_bar()
        .encode(
            x=time_axis(periods, rows["period"]),
            y=alt.Y("share:Q", title="Hours over capacity (%)", axis=percent, stack="zero"),
            **outlined(SHARES, "share"),
            order=alt.Order("rank:Q"),
            tooltip=[
                *series_tips(periods),
                alt.Tooltip("share:Q", title="Utilisation", format=".1%"),
                alt.Tooltip("utilization:Q", title="Together", format=".1%"),
                *hour_tips(total="Hours", capacity="Capacity"),
            ],
        )
    )
    full = Picture(pd.DataFrame({"full": [1.0]})).mark_rule(color=TEXT, strokeWidth=1)
    notes = [f"Of everybody together, by {EVERY[periods.freq]}; without capacity there is no bar."]
    layers = [bars, full.encode(y="full:Q"), *today_line(periods)]
    return joined(layers, "Utilisation, billable and not", [*notes, *periods.notes])


def bands_bars(frame: pd.DataFrame, about: About) -> Drawn:
    """Draw how many are in each of Runn's bands of utilization, by period."""
    groups = groups_of(frame, frozenset())
    periods = Periods.of_periods(frame, about, BARS)
    rows = periods.rows().assign(who=named(frame, about, groups))
    cells = utilization_cells(frame, rows)
    cells["band"] = load_band(per_cent(cells))
    counts = cells[cells["band"] != NO_CAPACITY]
    data = counts.groupby(["period", "forecast", "band"], as_index=False).size()
    data = data.rename(columns={"size": "count", "band": "series"})
    data["rank"] = data["series"].map({name: at for at, name in enumerate(LOAD)})
    who = called(groups)
    many = PLURALS.get(who, f"{who}s")
    bars = (
        Picture(data)
        .mark_bar(stroke="#808080", strokeWidth=0.5)
        .encode(
            x=time_axis(periods, data["period"]),
            y=alt.Y("count:Q", title=f"Number of {many.lower()}", stack="zero"),
            color=colour(LOAD, "Utilisation (%)"),
            order=alt.Order("rank:Q"),
            tooltip=[*series_tips(periods), alt.Tooltip("count:Q", title="How many")],
        )
    )
    notes = [f"How many have which utilisation in a {EVERY[periods.freq]}; only with capacity."]
    layers = [bars, *today_line(periods)]
    return joined(layers, "Utilisation bands", [*notes, *periods.notes])
