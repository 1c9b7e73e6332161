"""The charts themselves; imported only once Altair is known to be there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import altair as alt
import pandas as pd

from runn_pandas.analysis.plotting.chart_data import (
    EVERY,
    TITLES,
    amounts,
    fitting,
    largest,
    minutes_by_kind,
    own_period,
    period,
    series_by_period,
    stamps,
    utilization_cells,
)
from runn_pandas.errors import FilterError, FrameError

# Okabe and Ito's colours, which every kind of colour vision tells apart.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PINK, YELLOW, GREY, PALE = "#56B4E9", "#CC79A7", "#F0E442", "#999999", "#D9D9D9"
LOAD = ("#E6EFF7", "#2F7FBB", "#F5B778", "#A8480A")  # 0%, 100%, above, 200%
MANY = (BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW)
# Altair's own limit; a chart never has more rows than this.
ROWS = 5000
WIDTH, HEIGHT = 560, 300
VEGALITE = "https://vega.github.io/schema/vega-lite/v5.json"  # a name, never loaded
STATUSES = {
    "match": ("Match", PALE),
    "differs": ("Differs", ORANGE),
    "only_timesheet": ("Only in the timesheet", BLUE),
    "only_runn": ("Only in Runn", PINK),
}


KIND_COLOURS = {
    "Billable": BLUE,
    "Non-billable": ORANGE,
    "Tentative": PINK,
    "Placeholders": YELLOW,
}
# A label for each row by a column of ids.
Label = Callable[[pd.DataFrame, str], "pd.Series[Any]"]


class Picture(alt.Chart):
    """A chart that shows without a network, unless another renderer was enabled.

    Altair's own default loads its scripts from the internet while it shows, and its other types
    are newer than what JupyterLab 4 draws. So: as data where the front end draws them, with
    tooltips, and as SVG elsewhere.
    """

    def _repr_mimebundle_(self, *args: Any, **kwds: Any) -> Any:
        if alt.renderers.active != "default" or find_spec("vl_convert") is None:
            return super()._repr_mimebundle_(*args, **kwds)
        with alt.renderers.enable("svg"):
            drawn = super()._repr_mimebundle_(*args, **kwds)
        spec = self.to_dict(context={"pre_transform": False})
        return {
            "text/plain": "<chart>",
            **(drawn[0] if isinstance(drawn, tuple) else drawn or {}),
            "application/vnd.vegalite.v5+json": spec | {"$schema": VEGALITE},
        }


def utilization_heatmap(frame: pd.DataFrame, label: Label, top: int | None = None) -> alt.Chart:
    """Draw a heatmap of who by period, sums over sums, those with the most hours first."""
    if "period" not in frame.columns:
        raise FrameError("A picture of utilisation needs the column 'period'.")
    if top is not None and (isinstance(top, bool) or not isinstance(top, int) or top < 1):
        raise FilterError(f"top is {top!r}; it takes a whole number above 0.")
    key = next((str(c) for c in frame.columns if str(c).endswith("Id")), None)
    who = _words(key[:-2]).capitalize() if key else "Account"
    labels = label(frame, key) if key else pd.Series(who, frame.index)
    starts = stamps(frame, "period")
    freq = own_period(starts, max(min(ROWS // max(labels.nunique(), 1), 120), 12))
    return _heatmap(utilization_cells(frame, labels, starts, freq), who, freq, top)


def _heatmap(data: pd.DataFrame, who: str, freq: str, top: int | None) -> alt.Chart:
    # By hours, not by their share: two full months of a contract are not busier than a year.
    order = data.groupby("who")["total"].sum().sort_values(ascending=False, kind="stable").index
    width = max(data["period"].nunique(), 1)
    shown = order[: min(top or len(order), ROWS // width)]
    data = data[data["who"].isin(shown)]
    data["rank"] = data["who"].map({name: rank for rank, name in enumerate(shown)})
    notes = [
        f"Hours over capacity by {EVERY[freq]}, the most hours first."
        " Orange: more than 100%; empty: no capacity."
    ]
    if len(shown) < len(order):
        notes.append(f"The {len(shown):,} of {len(order):,} with the most hours are shown.")
    if data.empty:
        notes.append("Nothing to show.")
    color = alt.Color(
        "utilization:Q",
        title="Utilisation",
        # The fuller the darker; above 100% another colour. A free month does not catch the eye.
        scale=alt.Scale(domain=[0, 1, 1.001, 2], range=list(LOAD), clamp=True),
        legend=alt.Legend(format=".0%", values=[0, 0.5, 1, 1.5, 2]),
    )
    step = 18 if len(shown) <= 60 else 13
    chart: alt.Chart = (
        _picture(data, f"Utilisation by {who.lower()}", notes)
        .mark_rect(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X("period:O", title=TITLES[freq], axis=_axis(orient="top")),
            y=alt.Y(
                "who:N",
                title=who,
                sort=alt.EncodingSortField(field="rank", op="min"),
                axis=alt.Axis(labelLimit=180, labelFontSize=min(step - 3, 11), labelOverlap=False),
            ),
            color=alt.condition("isValid(datum.utilization)", color, alt.value(PALE)),
            tooltip=[
                alt.Tooltip("who:N", title=who),
                alt.Tooltip("period:O", title=TITLES[freq]),
                alt.Tooltip("utilization:Q", title="Utilisation", format=".1%"),
                alt.Tooltip("billableUtilization:Q", title="Billable utilisation", format=".1%"),
                *_tips(total="Hours", billable="Billable", capacity="Capacity"),
            ],
        )
        .properties(
            width=alt.Step(min(max(WIDTH // width, 12), 44)) if len(data) else WIDTH,
            height=alt.Step(step) if len(data) else HEIGHT,
        )
    )
    return chart


def capacity_bars(
    frame: pd.DataFrame, label: Label, freq: str | None = None, hours: pd.DataFrame | None = None
) -> alt.Chart:
    """Draw capacity and time off by period, and the demand beside them."""
    dates = stamps(frame, "date")
    freq = fitting(dates, freq, 31 if hours is not None else 62)
    minutes = {"Capacity": amounts(frame, "capacityMinutes")}
    minutes["Time off"] = (amounts(frame, "contractedMinutes") - minutes["Capacity"]).clip(lower=0)
    colours = {"Capacity": SKY, "Time off": PALE}
    parts = [series_by_period(dates, freq, "Contracted", minutes)]
    title, notes = "Capacity", ["Contracted hours, of which time off."]
    if hours is not None:
        demand, when = minutes_by_kind(hours), stamps(hours, "date")
        # Demand outside the days of capacity would look like too much.
        inside = when.between(dates.min(), dates.max()) if dates.notna().any() else when.notna()
        shown = {name: part[inside] for name, part in demand.items()}
        parts.append(series_by_period(when[inside], freq, "Demand", shown))
        title, notes = "Capacity against demand", ["Left capacity and time off, right demand."]
        colours |= {name: KIND_COLOURS[name] for name in demand}
    data = pd.concat(parts, ignore_index=True)
    return _bars(data, freq, colours, title, notes, ("Contracted", "Demand"))


def hours_bars(
    frame: pd.DataFrame,
    label: Label,
    freq: str | None = None,
    by: str | None = None,
    plan: pd.DataFrame | None = None,
) -> alt.Chart:
    """Draw hours by period, stacked, or beside the planned ones."""
    if plan is not None:
        if by is not None:
            raise FilterError("Give by= or plan=, not both.")
        return _plan_against_actual({"Planned": plan, "Actual": frame}, freq)
    dates = stamps(frame, "date")
    freq = fitting(dates, freq)
    minutes = minutes_by_kind(frame)
    if by is None:
        data = series_by_period(dates, freq, "Hours", minutes)
        return _bars(data, freq, {name: KIND_COLOURS[name] for name in minutes}, "Hours")
    key = by if by.endswith("Id") else f"{by}Id"
    if key not in frame.columns:
        known = ", ".join(c for c in map(str, frame.columns) if c.endswith("Id"))
        raise FrameError(f"The frame has no column {key!r} to stack by; it has {known}.")
    parts = largest(label(frame, key), _total(frame), len(MANY))
    colours = dict(zip(parts, (*MANY, GREY), strict=False))
    data = series_by_period(dates, freq, "Hours", parts)
    return _bars(data, freq, colours, f"Hours by {_words(key[:-2])}")


def _plan_against_actual(sides: dict[str, pd.DataFrame], freq: str | None) -> alt.Chart:
    dates = {name: stamps(side, "date") for name, side in sides.items()}
    freq = fitting(pd.concat(dates.values(), ignore_index=True), freq, 31)
    parts = [
        series_by_period(dates[name], freq, name, {name: _total(side)})
        for name, side in sides.items()
    ]
    colours = dict(zip(sides, (SKY, ORANGE), strict=True))
    notes = ["Left planned, right actual."]
    data = pd.concat(parts, ignore_index=True)
    return _bars(data, freq, colours, "Plan against actual", notes, tuple(sides))


def _total(frame: pd.DataFrame) -> pd.Series[Any]:
    return sum(minutes_by_kind(frame).values(), pd.Series(0.0, frame.index))


def finance_bars(frame: pd.DataFrame, label: Label) -> alt.Chart:
    """Draw revenue, cost and profit by period, summed over projects or whoever has them."""
    starts = stamps(frame, "period")
    freq = own_period(starts, 40)
    sums = pd.DataFrame({"period": period(starts, freq)})
    for column in ("revenue", "cost"):
        sums[column] = amounts(frame, column).to_numpy()
    sums = sums[starts.notna().to_numpy()].groupby("period", as_index=False).sum()
    sums["profit"] = sums["revenue"] - sums["cost"]
    sums["margin"] = (sums["profit"] / sums["revenue"].where(sums["revenue"] != 0)).round(4)
    colours = {"Revenue": BLUE, "Cost": ORANGE, "Profit": GREEN}
    sums = sums.rename(columns=str.title).rename(columns={"Period": "period", "Margin": "margin"})
    data = sums.melt(["period", "margin"], [*colours], var_name="series", value_name="amount")
    data["amount"] = data["amount"].round(2)
    note = "In the account's currency; revenue and cost include other expenses."
    chart: alt.Chart = (
        _picture(data, "Revenue and cost", [note])
        .mark_bar()
        .encode(
            x=alt.X("period:O", title=TITLES[freq], axis=_axis()),
            xOffset=alt.XOffset("series:N", sort=list(colours)),
            y=alt.Y("amount:Q", title="Amount (account currency)", axis=alt.Axis(format="~s")),
            color=_colour(colours),
            tooltip=[
                *_what(freq),
                alt.Tooltip("amount:Q", title="Amount (account currency)", format=",.2f"),
                alt.Tooltip("margin:Q", title="Margin of the period", format=".1%"),
            ],
        )
        .properties(width=WIDTH, height=HEIGHT)
    )
    return chart


def reconciliation_bars(frame: pd.DataFrame, label: Label, freq: str | None = None) -> alt.Chart:
    """Draw the hours of a reconciliation by status, by period if it has dates."""
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
        dates = stamps(frame, "date")
        freq = fitting(dates, freq)
        return _bars(series_by_period(dates, freq, "", minutes), freq, colours, title, notes)
    data = pd.DataFrame(
        {"series": list(minutes), "hours": [m.sum() / 60 for m in minutes.values()]}
    )
    chart: alt.Chart = (
        _picture(data, title, notes)
        .mark_bar()
        .encode(
            x=alt.X("hours:Q", title="Hours (h)"),
            y=alt.Y("series:N", title="Status", sort=list(colours)),
            color=_colour(colours),
            tooltip=[alt.Tooltip("series:N", title="Status"), *_tips(hours="Hours")],
        )
        .properties(width=WIDTH)
    )
    return chart


def _bars(
    data: pd.DataFrame,
    freq: str,
    colours: dict[str, str],
    title: str,
    notes: Sequence[str] = (),
    side: Sequence[str] = (),
) -> alt.Chart:
    """Draw stacked bars of hours by period, in groups beside each other if there are sides."""
    notes = [*notes, *(() if data["hours"].any() else ("No hours to show.",))]
    beside = {"xOffset": alt.XOffset("side:N", sort=list(side))} if side else {}
    chart: alt.Chart = (
        _picture(data, title, notes)
        .mark_bar()
        .encode(
            x=alt.X("period:O", title=TITLES[freq], axis=_axis()),
            y=alt.Y("hours:Q", title="Hours (h)", stack="zero"),
            color=_colour(colours),
            order=alt.Order("rank:Q"),
            tooltip=[*_what(freq), *_tips(hours="Hours")],
            **beside,
        )
        .properties(width=WIDTH, height=HEIGHT)
    )
    return chart


def _picture(data: pd.DataFrame, title: str, notes: Sequence[str]) -> Picture:
    below = list(notes) or alt.Undefined
    shown = alt.TitleParams(title, anchor="start", subtitle=below, subtitleColor="#555555")
    return Picture(data, title=shown)


def _colour(colours: dict[str, str]) -> alt.Color:
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color("series:N", title=None, scale=scale, legend=alt.Legend(labelLimit=180))


def _axis(orient: Any = "bottom") -> alt.Axis:
    return alt.Axis(labelOverlap="greedy", labelAngle=-45, orient=orient)


def _tips(**columns: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{c}:Q", title=f"{t} (h)", format=",.1f") for c, t in columns.items()]


def _what(freq: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("period:O", title=TITLES[freq]),
        alt.Tooltip("series:N", title="What"),
    ]


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name)
