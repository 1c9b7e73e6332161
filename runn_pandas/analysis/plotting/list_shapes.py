"""The shapes that lists are drawn in: bars over time, bars by group, spans, marks on a scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from runn_pandas.analysis.plotting.about import About, Periods
from runn_pandas.analysis.plotting.chart_data import BARS, CODES, largest, period
from runn_pandas.analysis.plotting.style import (
    ABOVE,
    BLUE,
    GREY,
    MANY,
    MOST,
    ORANGE,
    ROWS,
    SHORT,
    TEXT,
    WIDTH,
    Drawn,
    Picture,
    colour,
    hollow,
    joined,
    outlined,
    series_tips,
    time_axis,
    today_line,
    who_axis,
)

Colours = Mapping[str, str]
STEP = 20  # pixels of a bar that lies
BROAD = 90  # pixels that one that stands has at most
FEW, THOUSANDS = 10, 10_000  # of what every one, or only thousands, are named on an axis
AHEAD = "Right of the line: from {:%Y-%m-%d} on."
MARKS = "Each line is a rate that is used; the point is the median."
FAR = np.datetime64("9999-12-31", "D")


def palette(series: pd.Series[Any], value: pd.Series[Any]) -> tuple[pd.Series[Any], Colours]:
    """Return series, of which the smallest are one, and a colour for each, the largest first."""
    parts = largest(series, value, len(MANY))
    names = list(parts)
    if len(names) > len(MANY):
        series = series.where(series.isin(names[:-1]), names[-1])
    return series, dict(zip(names, (*MANY, GREY), strict=False))


def bars_over_time(
    rows: pd.DataFrame,
    about: About,
    titles: tuple[str, str],
    notes: Sequence[str] = (),
    *,
    freq: str | None = None,
    colours: Colours | None = None,
    beside: bool = False,
) -> Drawn:
    """Draw ``value`` by period of ``date``, a colour for each ``series``; all periods are there.

    ``titles`` are of the picture and of the amount; ``beside`` each other, or stacked.
    """
    missing = int(rows["date"].isna().sum())
    rows = rows.dropna(subset=["date"])
    periods = Periods.of_days(rows, about, freq, BARS)
    if colours is None:
        series, colours = palette(rows["series"], rows["value"].abs())
        rows = rows.assign(series=series)
    named = rows.assign(period=periods.names())
    ahead = set(named.loc[periods.is_forecast(), "period"])
    sums = named.groupby(["period", "series"])["value"].sum().reset_index()
    empty = _empty_periods(rows["date"], periods.freq, colours)
    data: pd.DataFrame = pd.concat([sums, empty], ignore_index=True)
    return _drawn_over_time(
        data,
        periods,
        titles,
        [*notes, *([f"Without a date, and not shown: {missing:,}."] if missing else [])],
        colours,
        ahead,
        beside=beside,
    )


def _drawn_over_time(
    data: pd.DataFrame,
    periods: Periods,
    titles: tuple[str, str],
    notes: Sequence[str],
    colours: Colours,
    ahead: set[str],
    *,
    beside: bool,
) -> Drawn:
    """Draw sums; the bars of periods that are ahead are outlines."""
    title, amount = titles
    data = data.groupby(["period", "series"])["value"].sum().reset_index()
    data["rank"] = data["series"].map({name: n for n, name in enumerate(colours)}).astype("float64")
    data["value"] = data["value"].astype("float64").round(2)
    data["forecast"] = data["period"].isin(ahead)
    order = list(colours)
    axis = _axis(_lengths(data, "period", beside=beside))
    place: dict[str, Any] = {"xOffset": alt.XOffset("series:N", sort=order)} if beside else {}
    bars = (
        Picture(data)
        .mark_bar()
        .encode(
            x=time_axis(periods, data["period"]),
            y=alt.Y("value:Q", title=amount, stack=None if beside else "zero", axis=axis),
            order=alt.Order("rank:Q"),
            tooltip=[*series_tips(periods), alt.Tooltip("value:Q", title=amount, format=",.2~f")],
            **_coloured(colours, "value" if ahead else ""),
            **place,
        )
    )
    line = today_line(periods, says="to come →")
    notes = [*notes, *([AHEAD.format(periods.about.as_of)] if line else [])]
    width = min(WIDTH, BROAD * max(data["period"].nunique(), 2))
    return joined([bars, *line], title, notes, width)


def _coloured(colours: Colours, amount: str = "") -> dict[str, Any]:
    """Return the encoding of the colours; of a single one without a legend.

    With an amount, what is to come is an outline.
    """
    if len(colours) > 1:
        return outlined(colours, amount) if amount else {"color": colour(colours)}
    only = alt.value(next(iter(colours.values())))
    return {"color": only, **({"stroke": only, **hollow(amount)} if amount else {})}


def _axis(values: pd.Series[Any]) -> alt.Axis:
    """Return an axis of bars so long, without halves where a few whole things are counted."""
    most = values.abs().max()
    if most <= FEW and (values >= 0).all() and (values % 1 == 0).all():
        return alt.Axis(format=",d", values=list(range(int(most) + 1)))
    if most >= THOUSANDS:
        return alt.Axis(labelExpr=SHORT, tickCount=8)
    return alt.Axis(format=",~f", tickCount=8)


def _lengths(data: pd.DataFrame, of: str, *, beside: bool) -> pd.Series[Any]:
    """Return how long the bars are: those of a group are stacked, or stand beside each other."""
    return data["value"] if beside else data.groupby(of)["value"].sum()


def _empty_periods(dates: pd.Series[Any], freq: str, colours: Colours) -> pd.DataFrame:
    """Return a row of nothing for each period from the first date to the last."""
    if not len(dates):
        return pd.DataFrame({"period": [], "series": [], "value": []})
    spans = pd.period_range(dates.min(), dates.max(), freq=CODES[freq or "D"])
    names = period(pd.Series(spans.start_time), freq)
    return pd.DataFrame({"period": names, "series": next(iter(colours)), "value": 0.0})


def spread_over_time(
    spans: pd.DataFrame, about: About, titles: tuple[str, str], notes: Sequence[str], **options: Any
) -> Drawn:
    """Draw what spans with ``first``, ``last``, ``series`` and ``value`` a day add up to.

    A day counts from Monday to Friday, or whichever it is where ``always`` is true.
    """
    spans = spans.dropna(subset=["first"])
    spans = spans.assign(last=spans["last"].fillna(spans["first"]))
    ends = pd.concat([spans["first"], spans["last"]], ignore_index=True)
    periods = Periods.of_days(ends.to_frame("date"), about, options.pop("freq", None), BARS)
    parts = [_share(spans, one) for one in _periods_between(ends, periods.freq)]
    rows = pd.concat(parts, ignore_index=True) if parts else spans.assign(date=spans["first"])
    return bars_over_time(rows, about, titles, notes, freq=periods.freq, **options)


def _periods_between(dates: pd.Series[Any], freq: str) -> list[pd.Period]:
    known = dates.dropna()
    if not len(known):
        return []
    return list(pd.period_range(known.min(), known.max(), freq=CODES[freq or "D"]))


def _share(spans: pd.DataFrame, one: pd.Period) -> pd.DataFrame:
    """Return the part of spans that lies in one period, by series."""
    start = np.datetime64(one.start_time.date(), "D")
    stop = np.datetime64(one.end_time.date(), "D")
    first = spans["first"].to_numpy().astype("datetime64[D]")
    last = spans["last"].to_numpy().astype("datetime64[D]")
    there = (first <= stop) & (last >= start)
    begin = np.maximum(first[there], start)
    end = np.minimum(last[there], stop) + np.timedelta64(1, "D")
    days = np.busday_count(begin, np.maximum(end, begin))
    always = spans["always"].to_numpy(np.bool_)[there]
    days = np.where(always, (end - begin).astype(np.int64), days)
    part = spans.loc[there, ["series"]].assign(value=spans["value"].to_numpy()[there] * days)
    sums = part.groupby("series")["value"].sum().reset_index()
    return sums.assign(date=pd.Timestamp(start))


def running_over_time(
    spans: pd.DataFrame, about: About, titles: tuple[str, str], notes: Sequence[str], **options: Any
) -> Drawn:
    """Draw how many spans are running at the end of each period; one without an end goes on."""
    spans = spans.dropna(subset=["first"])
    ends = pd.concat([spans["first"], spans["last"]], ignore_index=True)
    periods = Periods.of_days(ends.to_frame("date"), about, options.pop("freq", None), BARS)
    counts = []
    for one in _periods_between(ends, periods.freq):
        stop = np.datetime64(one.end_time.date(), "D")
        first = spans["first"].to_numpy().astype("datetime64[D]")
        last = spans["last"].to_numpy().astype("datetime64[D]")
        running = (first <= stop) & (np.where(np.isnat(last), FAR, last) >= stop)
        sizes = spans.loc[running, "series"].value_counts()
        part = sizes.rename_axis("series").reset_index(name="value")
        counts.append(part.assign(date=one.start_time))
    rows = pd.concat(counts, ignore_index=True) if counts else spans.assign(date=spans["first"])
    rows["series"] = rows["series"].astype(object)
    return bars_over_time(rows, about, titles, notes, freq=periods.freq, **options)


def bars_by_group(
    rows: pd.DataFrame,
    titles: tuple[str, str, str],
    notes: Sequence[str] = (),
    *,
    top: int | None = None,
    colours: Colours | None = None,
    beside: bool = False,
) -> Drawn:
    """Draw ``value`` by ``who``, a colour for each ``series``, the largest first.

    ``titles`` are of the picture, of the groups and of the amount.
    """
    title, who, amount = titles
    if colours is None:
        series, colours = palette(rows["series"], rows["value"].abs())
        rows = rows.assign(series=series)
    sums = rows.groupby(["who", "series"], as_index=False)["value"].sum()
    order = sums.groupby("who")["value"].sum().sort_values(ascending=False, kind="stable").index
    shown, more = order[: top or MOST], len(order) - (top or MOST)
    if more > 0:
        notes = [*notes, f"The {len(shown):,} of {len(order):,} with the most are shown."]
    data = sums[sums["who"].isin(shown)].copy()
    data["rank"] = data["who"].map({name: n for n, name in enumerate(shown)}).astype("float64")
    data["value"] = data["value"].astype("float64").round(2)
    data["order"] = (
        data["series"].map({name: n for n, name in enumerate(colours)}).astype("float64")
    )
    axis = _axis(_lengths(data, "who", beside=beside))
    place: dict[str, Any] = {}
    if beside:
        place = {"yOffset": alt.YOffset("series:N", sort=list(colours))}
    bars = (
        Picture(data)
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title=amount, stack=None if beside else "zero", axis=axis),
            y=who_axis(who, **ABOVE),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("who:N", title=who),
                *([alt.Tooltip("series:N", title="What")] if len(colours) > 1 else []),
                alt.Tooltip("value:Q", title=amount, format=",.2~f"),
            ],
            **_coloured(colours),
            **place,
        )
    )
    step = alt.Step(STEP, **{"for": "position"}) if beside else alt.Step(STEP)
    return joined([bars], title, notes, WIDTH, step if len(data) else 100)


def marks_by_group(
    rows: pd.DataFrame, titles: tuple[str, str, str], notes: Sequence[str] = ()
) -> Drawn:
    """Draw each different ``value`` of a group as a mark on a scale, and the one in the middle."""
    title, who, amount = titles
    rows = rows.dropna(subset=["value"])
    middle = rows.groupby("who")["value"].median().sort_values(ascending=False, kind="stable")
    shown = middle.index[:MOST]
    if len(middle) > MOST:
        notes = [*notes, f"The {MOST} of {len(middle):,} with the largest are shown."]
    ranks = {name: float(n) for n, name in enumerate(shown)}
    each = rows[rows["who"].isin(shown)].groupby(["who", "value"], as_index=False).size()
    each = each.assign(rank=each["who"].map(ranks)).iloc[:ROWS]
    center = middle[shown].reset_index()
    center = center.assign(rank=center["who"].map(ranks))
    y = who_axis(who, **ABOVE)
    x = alt.X("value:Q", title=amount, axis=_axis(each["value"]), scale=alt.Scale(zero=True))
    tips = [
        alt.Tooltip("who:N", title=who),
        alt.Tooltip("value:Q", title=amount, format=",.2~f"),
    ]
    ticks = Picture(each).mark_tick(color=BLUE, thickness=2, size=STEP - 8, opacity=1)
    points = Picture(center).mark_point(color=ORANGE, filled=True, size=60, opacity=1)
    layers = [
        ticks.encode(x=x, y=y, tooltip=[*tips, alt.Tooltip("size:Q", title="How many")]),
        points.encode(x=x, y=y, tooltip=[tips[0], alt.Tooltip("value:Q", title="Median")]),
    ]
    return joined(layers, title, [MARKS, *notes], WIDTH, alt.Step(STEP) if len(each) else 100)


def spans_by_row(spans: pd.DataFrame, about: About, titles: tuple[str, str]) -> Drawn:
    """Draw each span with its ``first`` and ``last`` day as a bar on a line of its own."""
    title, who = titles
    shown = spans.dropna(subset=["first"]).sort_values("first", kind="stable")
    last = shown["last"].fillna(shown["first"])
    # With a time, or a browser west of Greenwich would show the day before.
    data = pd.DataFrame(
        {
            "who": shown["who"],
            "rank": np.arange(len(shown), dtype=float),
            "begin": shown["first"].dt.strftime("%Y-%m-%dT00:00:00"),
            "until": (last + pd.Timedelta(days=1)).dt.strftime("%Y-%m-%dT00:00:00"),
            "start": shown["first"].dt.strftime("%Y-%m-%d"),
            "end": last.dt.strftime("%Y-%m-%d"),
        }
    )
    tips = [
        alt.Tooltip("who:N", title=who),
        alt.Tooltip("start:N", title="From"),
        alt.Tooltip("end:N", title="To"),
    ]
    axis = alt.Axis(format="%Y-%m-%d", labelAngle=-45, labelOverlap="greedy")
    bars = (
        Picture(data)
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("begin:T", title="Day", axis=axis),
            x2="until:T",
            y=who_axis(who, **ABOVE),
            tooltip=tips,
        )
    )
    layers, notes = [bars], []
    today = about.as_of
    if today is not None and (shown["first"] < today).any() and (last >= today).any():
        at = Picture(pd.DataFrame({"today": [f"{today:%Y-%m-%dT00:00:00}"]}))
        line = at.mark_rule(color=TEXT, strokeDash=[5, 3], strokeWidth=1.5)
        layers.append(line.encode(x="today:T"))
        notes.append(AHEAD.format(today))
    return joined(layers, title, notes, WIDTH, alt.Step(STEP) if len(data) else 100)
