"""What a chart knows of its frame beside the columns: names, the window, today, the unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Self

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.columns import Flags
from runn_pandas.analysis.days import as_text, day
from runn_pandas.analysis.hints import KEY
from runn_pandas.analysis.inputs import Tables
from runn_pandas.analysis.plotting.chart_data import (
    ALIASES,
    CODES,
    EVERY,
    FREQS,
    TITLES,
    clean,
    entities,
    fitting,
    of_projects,
    own_period,
    period,
    stamps,
)
from runn_pandas.errors import FilterError

NONE = "(none)"
CUT = "*"  # behind the name of a period that the window cuts
Stamp = pd.Timestamp | None
Label = Callable[[pd.DataFrame, str], "pd.Series[Any]"]


@dataclass(frozen=True)
class About:
    """The hints of a frame, None or empty where there is none, and what its ids lead to."""

    label: Label
    project: Label
    start: Stamp = None
    end: Stamp = None
    as_of: Stamp = None
    freq: str = ""
    unit: str = ""
    kind: str = ""

    @classmethod
    def of(
        cls, frame: pd.DataFrame, tables: Tables | None, account: Account | None, as_of: Any
    ) -> Self:
        """Return what a frame tells of itself, should its hints have survived."""
        hint = frame.attrs.get(KEY)
        told = hint if isinstance(hint, dict) else {}
        freq = str(told.get("freq", ""))
        freq = ALIASES.get(freq, freq)
        label = partial(entities, tables=tables, account=account)
        return cls(
            label,
            partial(of_projects, tables=tables, account=account),
            start=_stamp(told.get("start")),
            end=_stamp(told.get("end")),
            as_of=_stamp(told.get("as_of")) if as_of is None else _day(as_of),
            freq=freq if freq in FREQS else "",
            unit=str(told.get("unit", "")),
            kind=str(told.get("kind", "")),
        )


UNITS = {"hours": "h", "minutes": "min", "days": "days", "fte": "FTE", "money": "account currency"}


def with_unit(text: str, unit: str) -> str:
    """Return a title with its unit, should that be known."""
    return f"{text} ({UNITS.get(unit, unit)})" if unit else text


def window_notes(about: About) -> list[str]:
    """Return what there is to say of a window that is summed up."""
    if about.start is None or about.end is None:
        return []
    said = [f"{about.start:%Y-%m-%d} to {about.end:%Y-%m-%d}"]
    if about.as_of is not None and about.start < about.as_of <= about.end:
        said.append(f"of which forecast from {about.as_of:%Y-%m-%d} on")
    return [f"{', '.join(said)}."]


def _stamp(text: Any) -> Stamp:
    found = pd.to_datetime(text, errors="coerce") if isinstance(text, str) else None
    return None if found is None or pd.isna(found) else found


def _day(as_of: Any) -> pd.Timestamp:
    return pd.Timestamp(as_text(day("as_of", as_of)))


@dataclass(frozen=True)
class Periods:
    """The periods of a chart: their names, which of them the window cuts, and where today is."""

    freq: str
    about: About
    dates: pd.Series[Any]

    @classmethod
    def of_days(
        cls, frame: pd.DataFrame, about: About, freq: str | None, most: int, *beside: pd.DataFrame
    ) -> Self:
        """Return the periods of a frame that has days, or periods that add up."""
        found = [when(one) for one in (frame, *beside)]
        together = pd.concat(found, ignore_index=True) if beside else found[0]
        fits = fitting(together, freq, most)
        if not nests(about.freq, fits):
            if freq is not None:
                raise FilterError(
                    f"The frame has a row for each {EVERY[about.freq]}, which cannot be drawn by"
                    f" {EVERY[fits]}: ask for freq={fits!r} where the frame is made."
                )
            fits = about.freq
        return cls(fits, about, found[0])

    @classmethod
    def of_periods(cls, frame: pd.DataFrame, about: About, most: int) -> Self:
        """Return the periods of a frame, or coarser ones, that there are few enough."""
        starts = stamps(frame, "period")
        return cls(own_period(starts, most, about.freq), about, starts)

    @property
    def title(self) -> str:
        """What the axis is called."""
        return TITLES[self.freq]

    def names(self, dates: pd.Series[Any] | None = None) -> pd.Series[Any]:
        """Return the name of each date's period."""
        dates = self.dates if dates is None else dates
        texts = period(dates, self.freq)
        return texts.where(~self.is_cut(dates), texts + CUT)

    def with_gaps(self, shown: Iterable[str]) -> list[str]:
        """Return names of periods, and of those between the dates unless they are far apart."""
        there, names = self.dates.dropna(), sorted(set(shown))
        if not len(there):
            return names
        spans = pd.period_range(there.min(), there.max(), freq=CODES[self.freq or "D"])
        if len(spans) > 2 * len(names) + 5:
            return names
        return sorted({*names, *self.names(pd.Series(spans.start_time))})

    def bounds(self, dates: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Return the first and the last day of each date's period, whatever the window."""
        if not self.freq:
            return dates, dates
        spans = dates.dt.to_period(CODES[self.freq])
        return spans.dt.start_time, spans.dt.end_time.dt.normalize()

    def is_cut(self, dates: pd.Series[Any]) -> Flags:
        """Return whether the window leaves out some days of each date's period."""
        first, last = self.bounds(dates)
        cut = np.zeros(len(dates), np.bool_)
        if self.about.start is not None:
            cut |= (first < self.about.start).to_numpy(np.bool_)
        if self.about.end is not None:
            cut |= (last > self.about.end).to_numpy(np.bool_)
        return cut

    def is_forecast(self, dates: pd.Series[Any] | None = None) -> Flags:
        """Return whether each date's period lies in the future as a whole."""
        dates = self.dates if dates is None else dates
        if self.about.as_of is None:
            return np.zeros(len(dates), np.bool_)
        found: Flags = (self._first_days(dates) >= self.about.as_of).to_numpy(np.bool_)
        return found

    def _first_days(self, dates: pd.Series[Any]) -> pd.Series[Any]:
        """Return the first day of each date's period that the window has."""
        first = self.bounds(dates)[0]
        start = self.about.start
        return first if start is None else first.where(first >= start, start)

    def rows(self, dates: pd.Series[Any] | None = None) -> pd.DataFrame:
        """Return of each date the name of its period, and whether that is forecast."""
        names, ahead = self.names(dates), self.is_forecast(dates)
        return pd.DataFrame({"period": names, "forecast": ahead}, index=names.index)

    def today(self, *, whole: bool = False) -> tuple[str, float] | None:
        """Return the period of today and where in it the day begins; None if all is on one side.

        ``whole`` periods, whose bars stand beside each other, are not parted: that of today is
        before the line, for some of it was worked.
        """
        as_of = self.about.as_of
        shown = self.dates.dropna().drop_duplicates().sort_values().reset_index(drop=True)
        if as_of is None or not len(shown):
            return None
        first, last = self.bounds(shown)
        if not self._first_days(shown).iloc[0] < as_of <= last.iloc[-1]:
            return None
        at = int((last >= as_of).to_numpy().argmax())
        length = (last.iloc[at] - first.iloc[at]).days + 1
        # Between two periods that are shown: where the later one begins.
        share = max((as_of - first.iloc[at]).days, 0) / length
        if whole and share:
            if last.iloc[at] == last.iloc[-1]:
                return None
            share = 1.0
        return str(self.names(shown).iloc[at]), share

    @property
    def cut_notes(self) -> list[str]:
        """What there is to say of those that the window cuts."""
        if not self.is_cut(self.dates.dropna()).any():
            return []
        edges = [f"{one:%Y-%m-%d}" for one in (self.about.start, self.about.end) if one]
        return [f"{CUT} Not whole: only days from {' to '.join(edges)} count."]

    @property
    def notes(self) -> list[str]:
        """What there is to say of the periods."""
        return self.said()

    def said(self, *, whole: bool = False) -> list[str]:
        """Return what there is to say of the periods, which the line parts or leaves ``whole``."""
        said, found = self.cut_notes, self.today()
        if found is not None and self.about.as_of is not None:
            line = self.today(whole=whole)
            where = "right of the line" if line else "in the last bars"
            more = ", and in the bars before it" if line != found and line else ""
            said.append(f"Forecast from {self.about.as_of:%Y-%m-%d} on: {where}{more}.")
        elif len(self.dates.dropna()) and self.is_forecast(self.dates.dropna()).all():
            said.append(f"All of it is forecast, as of {self.about.as_of:%Y-%m-%d}.")
        return said


def nests(inner: str, outer: str) -> bool:
    """Whether every period lies within one of the others: weeks only in weeks."""
    if inner in ("", "D", outer):
        return True
    return inner != "W" and outer != "W" and FREQS.index(inner) < FREQS.index(outer)


def when(frame: pd.DataFrame) -> pd.Series[Any]:
    """Return the days of a frame, or the first days of its periods."""
    return stamps(frame, "date" if "date" in frame.columns else "period")


def named(frame: pd.DataFrame, about: About, columns: list[str]) -> pd.Series[Any]:
    """Return the name of each row's group, of several fields one after the other."""
    parts = []
    for column in columns:
        if column.endswith("Id"):
            parts.append(about.label(frame, column))
        else:
            words = [NONE if pd.isna(v) else clean(v) or NONE for v in frame[column].tolist()]
            parts.append(pd.Series(words, frame.index, dtype=object))
    if not parts:
        return pd.Series("Account", frame.index, dtype=object)
    joined = reduce(lambda one, other: one + " / " + other, parts)
    # What is another group has another name, also where the names were cut.
    number = frame.groupby(columns, dropna=False, sort=False).ngroup()
    one_each = pd.DataFrame({"name": joined, "number": number}).drop_duplicates("number")
    shared = one_each.loc[one_each["name"].duplicated(keep=False), "number"]
    told_apart = joined + " (" + (number + 1).astype(str) + ")"
    return joined.where(~number.isin(shared), told_apart)


def called(columns: list[str]) -> str:
    """Return what the groups of some columns are called."""
    bare = [name.removesuffix("Id").split(".")[-1] for name in columns]
    return clean(" / ".join(words(name) for name in bare)).capitalize() or "Account"


def words(name: str) -> str:
    """Return a column's name as words."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name)


def groups_of(frame: pd.DataFrame, values: frozenset[str]) -> list[str]:
    """Return the columns that say whose the values are."""
    found = []
    for name in map(str, frame.columns):
        if name in values or name in ("period", "date"):
            continue
        is_name = name.endswith("Name") and f"{name[:-4]}Id" in frame.columns
        if name.endswith("Id") or not (is_name or pd.api.types.is_numeric_dtype(frame[name])):
            found.append(name)
    return found
