"""Money: revenue, cost and profit by group or period, accumulating, and against budgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from runn_pandas.analysis.inputs import choice
from runn_pandas.analysis.plotting.about import (
    About,
    Periods,
    called,
    groups_of,
    named,
    nests,
    window_notes,
    with_unit,
)
from runn_pandas.analysis.plotting.chart_data import EVERY, amounts, period
from runn_pandas.analysis.plotting.money_cells import money_cells
from runn_pandas.analysis.plotting.style import (
    ABOVE,
    BLUE,
    GREEN,
    MOST,
    ORANGE,
    OVER,
    ROWS,
    SHORT,
    SKY,
    TEXT,
    WIDTH,
    Drawn,
    Picture,
    colour,
    joined,
    outlined,
    series_tips,
    time_axis,
    today_line,
    who_axis,
)
from runn_pandas.analysis.reports.metric_table import metrics_of
from runn_pandas.errors import FilterError, FrameError

SERIES = {"Revenue": BLUE, "Cost": ORANGE, "Profit": GREEN}
FINANCE = frozenset({"revenue", "cost", "profit", "margin", "otherCost", "otherCharge"})
PERIOD = "period"
AMOUNT = "Amount (account currency)"
IN_MONEY = "In the account's currency; revenue and cost include other expenses."
# Within which periods a sum may begin anew.
RESETS = {"none": "", "month": "MS", "quarter": "QS", "year": "YS"}
# What was, what is to come, and what it is held against.
MEASURES = {
    "revenue": ("pastRevenue", "futureRevenue", "budget", "money"),
    "costs": ("pastCosts", "futureCosts", "budget", "money"),
    "hours": ("pastHours", "futureHours", "timeBudget", ""),
}


def finance_bars(
    frame: pd.DataFrame,
    about: About,
    by: str | Sequence[str] | None = None,
    metric: str | None = None,
    top: int | None = None,
) -> Drawn:
    """Draw revenue, cost and profit of the frame's groups, or by period; or one of them by both."""
    groups = groups_of(frame, FINANCE)
    keys = _keys(groups, by)
    if metric is not None or (PERIOD in keys and len(keys) > 1):
        keys = keys if by else [*groups, PERIOD]
        return money_cells(frame, about, keys, metric or "revenue", top, _notes(frame))
    if top is not None:
        raise FilterError("top= is of one number by group: say which, such as metric='revenue'.")
    if keys == [PERIOD] or not keys:
        return _finance_by_period(frame, about)
    return _finance_by_group(frame, about, keys)


def _keys(groups: list[str], by: str | Sequence[str] | None) -> list[str]:
    """Return the columns that a picture is by: all groups of the frame if nothing is asked for."""
    asked = [by] if isinstance(by, str) else list(by or ())
    if not asked:
        return groups
    known = {name.removesuffix("Id"): name for name in (*groups, PERIOD)}
    odd = [one for one in asked if known.get(str(one).removesuffix("Id")) is None]
    if odd:
        columns = ", ".join(repr(name) for name in (PERIOD, *groups))
        raise FrameError(f"The frame has no column {odd[0]!r} to draw by; it has {columns}.")
    return list(dict.fromkeys(known[str(one).removesuffix("Id")] for one in asked))


def _sums(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return revenue, cost, profit and margin as ``rows`` has them, with what is not known."""
    sums = rows.assign(Revenue=amounts(frame, "revenue"), Cost=amounts(frame, "cost"))
    sums = sums.groupby([*rows.columns], as_index=False, sort=True).sum()
    sums["Profit"] = sums["Revenue"] - sums["Cost"]
    sums["margin"] = (sums["Profit"] / sums["Revenue"].where(sums["Revenue"] != 0)).round(4)
    return sums


def _melted(sums: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    data = sums.melt([*keys, "margin"], [*SERIES], var_name="series", value_name="amount")
    # Half a cent as it is meant, whatever order floats were added in.
    return data.assign(amount=data["amount"].round(6).round(2))


def _notes(frame: pd.DataFrame) -> list[str]:
    unknown = int(frame["revenue"].isna().sum())
    more = f"The revenue of {unknown:,} rows is not known, and counts as 0." if unknown else ""
    return [IN_MONEY, *([more] if more else [])]


def _finance_by_period(frame: pd.DataFrame, about: About) -> Drawn:
    periods = Periods.of_periods(frame, about, 40)
    data = _melted(_sums(frame, periods.rows()), ["period", "forecast"])
    bars = (
        Picture(data)
        .mark_bar()
        .encode(
            x=time_axis(periods, data["period"]),
            xOffset=alt.XOffset("series:N", sort=list(SERIES)),
            y=alt.Y("amount:Q", title=AMOUNT, axis=alt.Axis(labelExpr=SHORT)),
            **outlined(SERIES, "amount"),
            tooltip=[
                *series_tips(periods),
                alt.Tooltip("amount:Q", title=AMOUNT, format=",.2f"),
                alt.Tooltip("margin:Q", title="Margin of the period", format=".1%"),
            ],
        )
    )
    notes = [*_notes(frame), *periods.notes]
    return joined([bars, *today_line(periods)], "Revenue and cost", notes)


def _finance_by_group(frame: pd.DataFrame, about: About, groups: list[str]) -> Drawn:
    who = pd.DataFrame({"who": named(frame, about, groups)})
    sums = _largest(_sums(frame, who), ["Revenue", "Cost"], ["Revenue", "Cost", "Profit"])
    revenue = sums["Revenue"].where(sums["Revenue"] != 0)
    sums["margin"] = (sums["Profit"] / revenue).round(4)
    data = _melted(sums, ["who", "rank"])
    name = called(groups)
    bars = (
        Picture(data)
        .mark_bar()
        .encode(
            y=who_axis(name, **ABOVE),
            yOffset=alt.YOffset("series:N", sort=list(SERIES)),
            x=alt.X("amount:Q", title=AMOUNT, axis=alt.Axis(labelExpr=SHORT)),
            color=colour(SERIES),
            tooltip=[
                alt.Tooltip("who:N", title=name),
                alt.Tooltip("series:N", title="What"),
                alt.Tooltip("amount:Q", title=AMOUNT, format=",.2f"),
                alt.Tooltip("margin:Q", title="Margin", format=".1%"),
            ],
        )
    )
    notes = [*_notes(frame), *window_notes(about), *_by_period_too(frame, about), *_others(sums)]
    height = alt.Step(30 / 3) if len(sums) else 100
    return joined([bars], f"Revenue and cost by {name.lower()}", notes, WIDTH, height)


def _by_period_too(frame: pd.DataFrame, about: About) -> list[str]:
    """Return how the periods are drawn one by one, where they are added up."""
    count = frame[PERIOD].nunique()
    if count < 2:
        return []
    what = f"{EVERY[about.freq]}s"
    return [f"All {count:,} {what} together; metric='revenue' draws them one by one."]


def _largest(sums: pd.DataFrame, by: list[str], values: list[str]) -> pd.DataFrame:
    """Return the groups with the most, and the others together as the last of them."""
    ordered = sums.sort_values(by, ascending=False, kind="stable").reset_index(drop=True)
    shown, rest = ordered.iloc[:MOST], ordered.iloc[MOST:]
    if len(rest):
        others = {"who": f"{len(rest):,} others", **rest[values].sum().to_dict()}
        shown = pd.concat([shown, pd.DataFrame([others])], ignore_index=True)
    return shown.assign(rank=range(len(shown)))


def _others(sums: pd.DataFrame) -> list[str]:
    return [f"The {MOST} largest, and the others together."] if len(sums) > MOST else []


def cumulative_lines(frame: pd.DataFrame, about: About, reset: str = "none") -> Drawn:
    """Draw revenue, cost and profit accumulating, from 0 again where a reset period begins."""
    choice("reset", reset, RESETS)
    periods = Periods.of_periods(frame, about, ROWS // 4)
    again = RESETS[reset]
    if again and not nests(periods.freq, again):
        raise FilterError(
            f"The frame has a row for each {EVERY[periods.freq]}, which does not lie within one"
            f" {reset}: draw rp.finance(..., freq='D'), or another reset."
        )
    data = _running(frame, periods, again)
    x = alt.X("date:T", title="Day", scale=alt.Scale(type="utc"), axis=_days_axis())
    y = alt.Y("running:Q", title=AMOUNT, axis=alt.Axis(labelExpr=SHORT))
    tips = [
        alt.Tooltip("date:N", title="Until"),
        alt.Tooltip("series:N", title="What"),
        alt.Tooltip("running:Q", title="Accumulated", format=",.2f"),
        alt.Tooltip("amount:Q", title=f"In the {EVERY[periods.freq]}", format=",.2f"),
    ]
    points: Any = alt.OverlayMarkDef(size=16) if len(data) <= 3 * 40 else False
    line = Picture(data).mark_line(strokeWidth=2, point=points)
    lines = line.encode(x=x, y=y, color=colour(SERIES), detail="since:N", tooltip=tips)
    since = "from the first day" if not again else f"from 0 again each {reset}"
    notes = [f"Accumulating {since}. {IN_MONEY}", *_ahead_note(data, about)]
    return joined([*_ahead(data, about, x), lines], "Billings, costs and profit", notes)


def _running(frame: pd.DataFrame, periods: Periods, again: str) -> pd.DataFrame:
    """Return a row for each period's end and series, and one of 0 where each sum begins."""
    first, last = periods.bounds(periods.dates)
    about = periods.about
    # Cut to the window: what is outside is not in the sums.
    first = first if about.start is None else first.where(first >= about.start, about.start)
    last = last if about.end is None else last.where(last <= about.end, about.end)
    since = period(periods.dates, again) if again else pd.Series("", periods.dates.index)
    sums = _sums(frame, pd.DataFrame({"first": first, "date": last, "since": since}))
    data = sums.melt(["first", "date", "since"], [*SERIES], var_name="series", value_name="amount")
    data["running"] = data.groupby(["series", "since"])["amount"].cumsum()
    begin = data.groupby(["series", "since"], as_index=False)["first"].min()
    begin = begin.assign(date=begin["first"], amount=0.0, running=0.0)
    # Where a sum begins with a day, the 0 would stand above its first amount.
    begin["date"] -= pd.to_timedelta(1 if periods.freq in ("D", "") else 0, unit="D")
    data = pd.concat([begin, data], ignore_index=True).drop(columns="first")
    data = data.sort_values(["series", "date", "running"], kind="stable", ignore_index=True)
    data["date"] = data["date"].dt.strftime("%Y-%m-%d")
    drawn: pd.DataFrame = data.round({"amount": 2, "running": 2})
    return drawn


def _days_axis() -> alt.Axis:
    return alt.Axis(format="%Y-%m-%d", labelAngle=-45, tickCount=12, labelOverlap="greedy")


def _is_inside(data: pd.DataFrame, about: About) -> bool:
    if about.as_of is None or data.empty:
        return False
    day = f"{about.as_of:%Y-%m-%d}"
    return bool(data["date"].min() < day <= data["date"].max())


def _ahead(data: pd.DataFrame, about: About, x: alt.X) -> list[alt.Chart]:
    """Return the layers that show what is to come."""
    if not _is_inside(data, about):
        return []
    begin = f"{about.as_of:%Y-%m-%d}"
    ahead = pd.DataFrame({"date": [begin], "says": ["forecast →"]})
    rule = Picture(ahead).mark_rule(color=TEXT, strokeDash=[5, 3], strokeWidth=1.5)
    said = Picture(ahead).mark_text(color=TEXT, align="left", baseline="bottom", dx=3, dy=-2)
    return [
        rule.encode(x=x, tooltip=[alt.Tooltip("date:N", title="Forecast from")]),
        said.encode(x=x, y=alt.value(0), text="says:N"),
    ]


def _ahead_note(data: pd.DataFrame, about: About) -> list[str]:
    inside = _is_inside(data, about)
    return [f"Forecast from {about.as_of:%Y-%m-%d} on: right of the line."] if inside else []


def performance_bars(frame: pd.DataFrame, about: About, measure: str | None = None) -> Drawn:
    """Draw what was and what is to come of each project, and its budget as a mark."""
    measure = _measure(frame, measure)
    past, future, budget, unit = MEASURES[measure]
    groups = groups_of(frame, frozenset(metrics_of("projects")))
    sums = _performance(frame, named(frame, about, groups), (past, future, budget))
    name, unit = called(groups), unit or about.unit
    known = sums.dropna(subset=["budget"])
    layers = _performance_layers(sums, known, name, (measure.capitalize(), unit))
    notes = ["Mark: budget. Number: total in % of the budget."] if len(known) else []
    notes = [*notes, *window_notes(about), *_others(sums)]
    height = alt.Step(20) if len(sums) else 100
    heading = f"{measure.capitalize()} by {name.lower()}, past and future"
    return joined(layers, heading, notes, WIDTH, height)


def _measure(frame: pd.DataFrame, asked: str | None) -> str:
    """Return what is drawn of projects: what is asked for, or the first that the frame has."""
    there = [name for name, needed in MEASURES.items() if {*needed[:2]} <= set(frame.columns)]
    measure = choice("measure", asked or next(iter(there), "revenue"), MEASURES)
    if measure not in there:
        past, future, budget, _ = MEASURES[measure]
        raise FrameError(
            f"A picture of the {measure} of projects needs the columns {past!r} and {future!r}:"
            f" rp.report('projects', metrics=[{past!r}, {future!r}, {budget!r}])."
        )
    return measure


def _performance_layers(
    sums: pd.DataFrame, known: pd.DataFrame, name: str, titles: tuple[str, str]
) -> list[alt.Chart]:
    """Return past and future as bars, and the budgets that are known as marks with a number."""
    keys = ["who", "rank", "total", "budget", "says", "over"]
    data = sums.melt(keys, ["Past", "Future"], var_name="part", value_name="amount")
    data["order"] = data["part"].map({"Past": 0, "Future": 1})
    unit = titles[1]
    # Room for the numbers behind the bars.
    far = alt.Scale(domain=[0, 1.1 * max(sums["end"].max(), 1.0)]) if len(sums) else alt.Undefined
    x = alt.X(
        "amount:Q", title=with_unit(*titles), axis=alt.Axis(labelExpr=SHORT, tickCount=8), scale=far
    )
    y = who_axis(name, **ABOVE)
    tips = [
        alt.Tooltip("who:N", title=name),
        alt.Tooltip("total:Q", title=with_unit("Total", unit), format=",.2f"),
        alt.Tooltip("budget:Q", title=with_unit("Budget", unit), format=",.2f"),
    ]
    own = [
        alt.Tooltip("part:N", title="Part"),
        alt.Tooltip("amount:Q", title=with_unit("Of it", unit), format=",.2f"),
    ]
    color = colour({"Past": BLUE, "Future": SKY}, None, "part")
    bars = Picture(data).mark_bar()
    marks = Picture(known).mark_tick(color=ORANGE, thickness=4, size=18, opacity=1)
    share = Picture(known).mark_text(align="left", dx=5)
    ink = alt.condition("datum.over", alt.value(OVER), alt.value(TEXT))
    return [
        bars.encode(x=x, y=y, color=color, order="order:Q", tooltip=[*tips, *own]),
        marks.encode(x="budget:Q", y=y, tooltip=tips),
        share.encode(x="end:Q", y=y, text="says:N", color=ink, tooltip=tips),
    ]


def _performance(
    frame: pd.DataFrame, who: pd.Series[Any], columns: tuple[str, str, str]
) -> pd.DataFrame:
    """Return past, future, total and budget of each group; the budget NA where there is none."""
    past, future, budget = columns
    values = {"Past": past, "Future": future, "budget": budget}
    data = pd.DataFrame({name: amounts(frame, column) for name, column in values.items()})
    data = data.assign(who=who)
    # A budget is that of the whole project, in each of its periods.
    each = {"Past": "sum", "Future": "sum", "budget": "max" if "period" in frame else "sum"}
    sums = data.groupby("who", as_index=False).agg(each)
    sums["total"] = sums["Past"] + sums["Future"]
    sums = sums[(sums["total"] != 0) | (sums["budget"] != 0)]
    sums = _largest(sums, ["total", "budget"], ["Past", "Future", "budget", "total"])
    sums["budget"] = sums["budget"].where(sums["budget"] > 0)
    sums["over"] = (sums["total"] > sums["budget"] + 0.005).fillna(False)
    share = sums["total"] / sums["budget"]
    sums["says"] = ["" if pd.isna(one) else f"{one:.0%}" for one in share]
    return sums.assign(end=sums[["total", "budget"]].max(axis=1))
