"""Heat maps: who by period, each cell with its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from runn_pandas.analysis.groups import ratio
from runn_pandas.analysis.plotting.about import About, Periods, called, groups_of, named, with_unit
from runn_pandas.analysis.plotting.chart_data import EVERY, amounts, utilization_cells
from runn_pandas.analysis.plotting.style import (
    ROWS,
    WIDTH,
    Drawn,
    Picture,
    colour,
    hour_tips,
    joined,
    time_axis,
    today_line,
    who_axis,
)
from runn_pandas.errors import FilterError, FrameError

BLACK, WHITE = "#000000", "#FFFFFF"
# Up to a full load the darker the fuller; above it another colour. See Runn's bands.
LOAD = {
    "0-19": "#DCE9F3",
    "20-39": "#B4D2E7",
    "40-59": "#86B9DC",
    "60-79": "#5A9FCE",
    "80-100": "#1F6AA5",
    "101-120": "#F7C58B",
    "121-140": "#EB9A45",
    "141-160": "#C75B12",
    "161+": "#8C3206",
}
LOAD_BOUNDS = (19, 39, 59, 79, 100, 120, 140, 160)
NO_CAPACITY = "no capacity"
# The more room the darker; who has too much is another colour.
ROOM = {
    "overbooked": "#C75B12",
    "full": "#CFCFCF",
    "1-24": "#DCE9F3",
    "25-49": "#A6CAE4",
    "50-74": "#5A9FCE",
    "75-100": "#1F6AA5",
}
# Of a number: what is below 0, nothing, and what is most; without numbers below 0 another nothing.
LEAST, NOTHING, FIRST, FULL = "#A8480A", "#EDEDED", "#DCE9F3", "#1F6AA5"
PERIODS = 53
CELL = 32  # pixels of the narrowest
AVAILABILITY = frozenset({"availabilityBand"})


def per_cent(cells: pd.DataFrame) -> Any:
    """Return hours over capacity in per cent, not rounded; NaN without capacity."""
    capacity = cells["capacity"].to_numpy(np.float64)
    return ratio(cells["total"].to_numpy(np.float64), np.where(capacity > 0, capacity, 0.0))


def load_band(share: Any) -> Any:
    """Return Runn's band of each utilization in per cent; none without capacity."""
    at = np.searchsorted(LOAD_BOUNDS, np.floor(np.nan_to_num(share) + 1e-9), side="left")
    return np.where(np.isnan(share), NO_CAPACITY, np.array([*LOAD], dtype=object)[at])


def room_band(free: Any, capacity: Any) -> Any:
    """Return how much of the capacity is free, in quarters, as `availability` has it."""
    some = capacity > 0
    share = np.where(some, 100 * free / np.where(some, capacity, 1), np.where(free < 0, -1, 0))
    at = np.searchsorted([-1e-9, 1e-9, 25 - 1e-9, 50 - 1e-9, 75 - 1e-9], share, side="left")
    nothing = ~some & (free == 0)
    return np.where(nothing, NO_CAPACITY, np.array([*ROOM], dtype=object)[at])


@dataclass(frozen=True)
class Cells:
    """A heat map: a row of ``data`` for each ``who`` and ``period``, ``says`` being its number.

    ``order`` has all of ``who``, the first on top; ``ink`` in the data is the colour of numbers.
    """

    data: pd.DataFrame
    order: pd.Index[Any]
    who: str
    periods: Periods
    title: str
    notes: list[str]
    color: alt.Color
    tips: list[alt.Tooltip]
    first: str

    def drawn(self, top: int | None) -> Drawn:
        """Draw the first of them, and say how many there are."""
        if top is not None and (isinstance(top, bool) or not isinstance(top, int) or top < 1):
            raise FilterError(f"top is {top!r}; it takes a whole number above 0.")
        every, width = len(self.order), max(self.data["period"].nunique(), 1)
        shown = self.order[: min(top or every, ROWS // width)]
        data = self.data[self.data["who"].isin(shown)]
        data = data.assign(rank=data["who"].map({name: at for at, name in enumerate(shown)}))
        notes = [*self.notes, *self.periods.notes]
        if len(shown) < every:
            notes.append(f"The {len(shown):,} of {every:,} with {self.first} are shown.")
        if data.empty:
            return joined(self._layers(data), self.title, [*notes, "Nothing to show."])
        step = 20 if len(shown) <= 60 else 16
        sizes = alt.Step(min(max(WIDTH // width, CELL), 48)), alt.Step(step)
        return joined(self._layers(data), self.title, notes, *sizes)

    def _layers(self, data: pd.DataFrame) -> list[alt.Chart]:
        names = set(data["period"])
        x = time_axis(self.periods, names, "top", width=CELL * len(names))
        y = who_axis(self.who)
        tips = [
            alt.Tooltip("who:N", title=self.who),
            alt.Tooltip("period:O", title=self.periods.title),
            *self.tips,
        ]
        cells = Picture(data).mark_rect(stroke="#808080", strokeWidth=0.5)
        numbers = Picture(data).mark_text()
        ink = alt.Fill("ink:N", scale=None, legend=None)
        return [
            cells.encode(x=x, y=y, color=self.color, tooltip=tips),
            numbers.encode(x=x, y=y, text="says:N", fill=ink, tooltip=tips),
            *today_line(self.periods, over_cells=True),
        ]


def utilization_heatmap(frame: pd.DataFrame, about: About, top: int | None = None) -> Drawn:
    """Draw utilization of who by period, sums over sums, those with the most hours first."""
    rows, periods, who = _rows(frame, about, groups_of(frame, frozenset()))
    data = utilization_cells(frame, rows)
    share = per_cent(data)
    data["band"] = load_band(share)
    # Rounded down, as the bands are, so that a number has the colour that it says.
    data["says"] = ["" if np.isnan(one) else f"{int(one + 1e-9)}%" for one in share]
    data["ink"] = _inks(data["band"])
    # By hours, not by their share: two full months of a contract are not busier than a year.
    order = data.groupby("who")["total"].sum().sort_values(ascending=False, kind="stable").index
    tips = [
        alt.Tooltip("utilization:Q", title="Utilisation", format=".1%"),
        alt.Tooltip("billableUtilization:Q", title="Billable utilisation", format=".1%"),
        *hour_tips(total="Hours", billable="Billable", capacity="Capacity"),
    ]
    return Cells(
        data,
        order,
        who,
        periods,
        f"Utilisation by {who.lower()}",
        [f"Hours over capacity by {EVERY[periods.freq]}, the most hours first; rounded down."],
        colour(LOAD | _nothing(data), "Utilisation (%)", "band"),
        tips,
        "the most hours",
    ).drawn(top)


def availability_heatmap(frame: pd.DataFrame, about: About, top: int | None = None) -> Drawn:
    """Draw who has room by period: what is free, in the frame's unit, who has the most first."""
    rows, periods, who = _rows(frame, about, groups_of(frame, AVAILABILITY))
    data = free_hours(frame, rows)
    whole = about.unit not in ("fte", "days")
    exact, rough = numbers(data["free"], 1), numbers(data["free"])
    small = data["free"].abs() < 1
    data["says"] = np.where(small | (not whole), exact, rough)
    data.loc[data["band"] == NO_CAPACITY, "says"] = ""
    data["ink"] = _inks(data["band"])
    order = data.groupby("who")["free"].sum().sort_values(ascending=False, kind="stable").index
    tips = [
        alt.Tooltip(f"{name}:Q", title=with_unit(word, about.unit), format=",.2f")
        for name, word in {"free": "Free", "capacity": "Capacity", "planned": "Planned"}.items()
    ]
    lead = with_unit(f"Capacity less planned work by {EVERY[periods.freq]}", about.unit)
    return Cells(
        data,
        order,
        who,
        periods,
        f"Availability by {who.lower()}",
        [f"{lead}, the most room first."],
        colour(ROOM | _nothing(data), "Free (% of capacity)", "band"),
        tips,
        "the most room",
    ).drawn(top)


def free_hours(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return capacity, what is planned and what is free of it, summed as ``rows`` has it."""
    data = rows.assign(
        free=amounts(frame, "availability"),
        capacity=amounts(frame, "effectiveCapacity"),
        planned=amounts(frame, "scheduledTotal"),
    )
    data = data.groupby([*rows.columns], as_index=False).sum()
    return data.assign(band=room_band(data["free"].to_numpy(), data["capacity"].to_numpy()))


def metric_heatmap(
    frame: pd.DataFrame, about: About, metric: str, groups: list[str], titles: tuple[str, str]
) -> Cells:
    """Return the cells of one number of a report by group and period: a row of the frame each."""
    title, unit = titles
    periods = Periods.of_periods(frame, about, len(frame) + 1)
    value = pd.to_numeric(frame[metric], errors="coerce").astype("Float64")
    data = periods.rows().drop(columns="forecast").assign(who=named(frame, about, groups))
    data = data.assign(value=value.astype("float64").round(4))
    data = data.dropna(subset=["period", "value"])
    low, high = data["value"].min(), data["value"].max()
    signed = bool(low < 0)
    ends = max(abs(low), abs(high)) if signed else high
    share = data["value"] / (ends or 1)
    data["says"] = short(data["value"])
    data["ink"] = inks(_between(share.to_numpy(), NOTHING if signed else FIRST))
    scale = (
        alt.Scale(domain=[-ends, 0, ends], range=[LEAST, NOTHING, FULL])
        if signed
        else alt.Scale(domain=[0, ends or 1], range=[FIRST, FULL])
    )
    order = data.groupby("who")["value"].sum().sort_values(ascending=False, kind="stable").index
    return Cells(
        data,
        order,
        called(groups),
        periods,
        f"{title} by {called(groups).lower()}",
        [],
        alt.Color("value:Q", title=with_unit(title, unit), scale=scale),
        [alt.Tooltip("value:Q", title=with_unit(title, unit), format=",.2f")],
        "the largest sums",
    )


def numbers(values: pd.Series[Any], places: int = 0) -> list[str]:
    """Return numbers as text, without a minus before nothing."""
    texts = [f"{value:,.{places}f}" for value in values]
    return [
        "0" if text.strip("-0.,") == "" else text.replace("-", "\N{MINUS SIGN}") for text in texts
    ]


def short(values: pd.Series[Any]) -> list[str]:
    """Return numbers in few characters: thousands as k, millions as M."""
    size = values.abs().max()
    if size >= 1_000_000:
        return [f"{text}M" if text != "0" else text for text in numbers(values / 1_000_000, 1)]
    if size >= 10_000:
        return [f"{text}k" if text != "0" else text for text in numbers(values / 1000)]
    return numbers(values, 0 if size >= 20 else 1)


def inks(shades: np.ndarray[Any, Any]) -> list[str]:
    """Return what is read best on each shade, given as red, green and blue from 0 to 1."""
    linear = np.where(shades <= 0.04045, shades / 12.92, ((shades + 0.055) / 1.055) ** 2.4)
    light = linear @ np.array([0.2126, 0.7152, 0.0722])
    # The contrast of WCAG: (light + 0.05) / 0.05 against 1.05 / (light + 0.05).
    return [BLACK if one else WHITE for one in (light + 0.05) ** 2 > 1.05 * 0.05]


def _shade(colour: str) -> np.ndarray[Any, Any]:
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255


def _between(share: np.ndarray[Any, Any], nothing: str) -> np.ndarray[Any, Any]:
    """Return the shades of shares from -1 to 1."""
    ends = np.where(share[:, None] < 0, _shade(LEAST), _shade(FULL))
    found: np.ndarray[Any, Any] = _shade(nothing) + np.abs(share)[:, None] * (
        ends - _shade(nothing)
    )
    return found


def _inks(bands: pd.Series[Any]) -> list[str]:
    shades = LOAD | ROOM
    return inks(np.array([_shade(shades.get(band, WHITE)) for band in bands]).reshape(-1, 3))


def _nothing(data: pd.DataFrame) -> dict[str, str]:
    return {NO_CAPACITY: "transparent"} if (data["band"] == NO_CAPACITY).any() else {}


def _rows(
    frame: pd.DataFrame, about: About, groups: list[str]
) -> tuple[pd.DataFrame, Periods, str]:
    """Return each row's group and period, the periods, and what the groups are called."""
    if "period" not in frame.columns:
        raise FrameError("A heat map needs the column 'period'.")
    who = named(frame, about, groups)
    # Full-time equivalents of weeks do not add up to those of months.
    most = max(min(ROWS // max(who.nunique(), 1), PERIODS), 12)
    periods = Periods.of_periods(frame, about, len(frame) + 1 if about.unit == "fte" else most)
    rows = periods.rows().drop(columns="forecast")
    return rows.assign(who=who).loc[:, ["who", "period"]], periods, called(groups)
