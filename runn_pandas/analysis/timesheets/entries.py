"""The rows of an export: when, how long and whose each is, and why some are left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.timesheets import cell_values as cells
from runn_pandas.errors import FilterError, FrameError

# The fields of one duration, the most exact first, with the unit of a number; and those that
# divide it into a billable part and the rest.
UNITS = {
    "duration": cells.HOUR,
    "hours": cells.HOUR,
    "minutes": cells.MINUTE,
    "seconds": cells.SECOND,
}
SHARES = {
    "hours": ("billable_hours", "nonbillable_hours"),
    "minutes": ("billable_minutes", "nonbillable_minutes"),
}
# Those of which no fraction has three digits by custom, as hours of some tools do.
SMALL = ("minutes", "seconds", *SHARES["minutes"])
# Columns that no file has, for a row that is two entries.
LENGTH, BILLABLE = "\0length", "\0billable"
_milliseconds = lru_cache(4096)(cells.milliseconds)
_moment = lru_cache(4096)(cells.moment)
_time_of_day = lru_cache(4096)(cells.time_of_day)


@dataclass(frozen=True)
class Zones:
    """The zone in which the times of a file are, and the one whose days count."""

    times_in: str | None = None
    days_in: str | None = None


@dataclass(frozen=True)
class _When:
    """When an entry was: the day as written, milliseconds since midnight, whether it went on."""

    day: date | None
    start: int | None
    end: int | None
    days_on: int | None
    offset: int | None

    @property
    def length(self) -> int | None:
        """From the start to the end, if both are there; through one midnight at most if unsaid."""
        if self.start is None or self.end is None:
            return None
        length = self.end - self.start
        if self.days_on is not None:
            return self.days_on * cells.DAY + length
        return length + cells.DAY if length < 0 else length

    @property
    def over_midnight(self) -> bool:
        """Whether it ends on another day than it began on; at 24:00 it does not."""
        if self.start is None or self.end is None:
            return (self.days_on or 0) > 0
        on = self.days_on if self.days_on is not None else int(self.end < self.start)
        return on > 1 or (on == 1 and self.end > 0)


@dataclass(frozen=True)
class _Row:
    """A row as it was read: its cells by field, all of its cells, and whether another is equal."""

    given: Mapping[str, str]
    whole: Sequence[str]
    when: _When
    length: int | None
    is_copy: bool
    in_own_zone: bool

    @property
    def somebody(self) -> str:
        return _person(self.given) or self.given.get("email", "")

    @property
    def something(self) -> bool:
        """Whether there is a project."""
        return any(self.given.get(field) for field in ("project", "project_id", "project_code"))

    @property
    def is_total(self) -> bool:
        """Whether it says that it is a total, or is of nobody and nothing.

        Where there is a date, a row with a project or an e-mail is somebody's work.
        """
        if self.when.day is not None:
            work = self.something or "@" in self.given.get("email", "")
            return not work and cells.says_total(self.somebody)
        alone = not (self.given["date"] or self.somebody or self.something)
        return alone or any(map(cells.says_total, self.whole))

    @property
    def is_running(self) -> bool:
        began = self.when.start is not None
        return not self.length and began and self.given.get("end") == ""


@dataclass(frozen=True)
class Reason:
    """What is said of one row, and of several, of which something holds."""

    one: str
    several: str
    holds: Callable[[_Row], Any]


def _reason(text: str, holds: Callable[[_Row], Any]) -> Reason:
    """Return a reason whose two wordings are written with a bar between them."""
    one, several = text.split(" | ")
    return Reason(one, several, holds)


# Why a row is left out; the first that holds counts.
LEFT_OUT = {
    "total": _reason("total line | total lines", lambda r: r.is_total),
    "date": _reason(
        "row without a date that can be read | rows without a date that can be read",
        lambda r: r.when.day is None,
    ),
    "person": _reason("row without a person | rows without a person", lambda r: not r.somebody),
    "running": _reason(
        "running timer without an end | running timers without an end", lambda r: r.is_running
    ),
    "length": _reason(
        "row without a duration that can be read | rows without a duration that can be read",
        lambda r: r.length is None,
    ),
    "negative": _reason("negative duration | negative durations", lambda r: (r.length or 0) < 0),
    "longer": _reason(
        "entry longer than a day | entries longer than a day",
        lambda r: (r.length or 0) > cells.DAY,
    ),
    "again": _reason(
        "entry that is there twice, with its id | entries that are there twice, by id",
        lambda r: r.is_copy and r.given.get("entry_id"),
    ),
}
# What is said of a row that counts.
COUNTED = {
    "midnight": _reason(
        "entry over midnight on the day it began | entries over midnight on the day they began",
        lambda r: r.when.over_midnight,
    ),
    "long": _reason("entry of 24 hours | entries of 24 hours", lambda r: r.length == cells.DAY),
    "utc": _reason(
        "time in UTC on its day in UTC (days_in='Europe/Oslo' takes the people's own)"
        " | times in UTC on their day in UTC (days_in='Europe/Oslo' takes the people's own)",
        lambda r: r.when.offset == 0 and r.when.start and not r.in_own_zone,
    ),
    "project": _reason(
        "entry without a project | entries without a project", lambda r: not r.something
    ),
    "copy": _reason(
        "exact copy of another row | exact copies of other rows",
        lambda r: r.is_copy and r.length,
    ),
}


@dataclass(frozen=True)
class Entry:
    """A row: ``length`` in milliseconds, ``lost`` a key of LEFT_OUT or "", ``notes`` of COUNTED."""

    row: Any
    day: date | None
    length: int | None
    person: str
    billable: bool | None
    texts: Mapping[str, str]
    lost: str
    notes: tuple[str, ...]


def read_entries(
    sheet: pd.DataFrame,
    columns: Mapping[str, str],
    dayfirst: bool | None,
    zones: Zones,
    numbers: Collection[str] = (),
) -> list[Entry]:
    """Return what each row of a sheet of texts says, the rows that are left out among them.

    `numbers` are the columns that were numbers and not texts, whose points are before fractions.
    """
    written = (columns[field] for field in SMALL if field in columns)
    for head in (head for head in written if head not in numbers):
        sheet = sheet.assign(**{head: cells.without_thousands(sheet[head], head)})
    sheet, columns = _one_duration(sheet, columns)
    first = cells.day_first(_dates(sheet, columns), dayfirst)
    at = {field: list(sheet.columns).index(head) for field, head in columns.items()}
    copies = sheet.duplicated().tolist()
    texts: Iterator[tuple[str, ...]] = sheet.itertuples(index=False, name=None)
    entries = []
    for label, copy, whole in zip(sheet.index, copies, texts, strict=True):
        given = {field: whole[place] for field, place in at.items()}
        when = _when(given, first)
        row = _Row(given, whole, when, _length(given, when), copy, zones.days_in is not None)
        lost = next((key for key, reason in LEFT_OUT.items() if reason.holds(row)), "")
        notes = () if lost else tuple(key for key, said in COUNTED.items() if said.holds(row))
        day = None if lost else _own_day(when, zones)
        billable = _billable(label, given.get("billable", ""))
        entries.append(Entry(label, day, row.length, _person(given), billable, given, lost, notes))
    return entries


def _one_duration(
    sheet: pd.DataFrame, columns: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a sheet with one duration a row: a row with a billable part and a rest is two."""
    known = dict(columns)
    for unit, pair in SHARES.items():
        parts = {field: known.pop(field) for field in pair if field in known}
        if not parts:
            continue
        halves = [
            sheet.assign(**{LENGTH: sheet[head]}).assign(**{BILLABLE: str(field == pair[0])})
            for field, head in parts.items()
        ]
        # Side by side again, in the order of the rows.
        order = np.argsort(np.tile(np.arange(len(sheet)), len(halves)), kind="stable")
        both = pd.concat(halves).iloc[order]
        none = both[LENGTH].map(lambda text, u=unit: not text or _milliseconds(text, UNITS[u]) == 0)
        # A part of nothing says nothing beside the other; of a row of nothing one is kept.
        some = (~none).groupby(level=0, sort=False).transform("any")
        sheet = both[~none | (~some & ~both.index.duplicated())]
        known |= {unit: LENGTH, "billable": BILLABLE}
    return sheet, known


def _dates(
    sheet: pd.DataFrame, columns: Mapping[str, str]
) -> Iterator[tuple[Any, str, cells.Moment | None]]:
    for field in ("date", "end_date"):
        if field in columns:
            for row, text in sheet[columns[field]].drop_duplicates().items():
                yield row, text, _moment(text)


def _when(given: Mapping[str, str], first: bool) -> _When:
    began = _moment(given["date"])
    until = _moment(given.get("end_date", ""))
    day = cells.day_of(began, first) if began else None
    last = cells.day_of(until, first) if until else None
    start = _time_of_day(given.get("start", ""))
    end = _time_of_day(given.get("end", ""))
    return _When(
        day,
        began.time if start is None and began else start,
        until.time if end is None and until else end,
        (last - day).days if day and last else None,
        began.offset if began else None,
    )


def _length(given: Mapping[str, str], when: _When) -> int | None:
    """Return the duration that is written, the most exact one; else from start to end."""
    for field, unit in UNITS.items():
        text = given.get(field, "")
        if text:
            return _milliseconds(text, unit)
    return when.length


def _own_day(when: _When, zones: Zones) -> date | None:
    """Return the day of an entry: as written, or in the zone whose days count."""
    if zones.days_in is None or when.day is None or when.start is None:
        return when.day
    if when.offset is not None:
        return cells.day_at(when.day, when.start - when.offset, "UTC", zones.days_in)
    if zones.times_in is None:
        raise FilterError(
            "days_in needs the zone of the file's times, which they do not say themselves:"
            " times_in='UTC'."
        )
    return cells.day_at(when.day, when.start, zones.times_in, zones.days_in)


def _person(given: Mapping[str, str]) -> str:
    names = [given.get(field, "") for field in ("first_name", "last_name")]
    return given.get("person") or " ".join(filter(None, names))


def _billable(row: Any, text: str) -> bool | None:
    said = cells.flag(text)
    if said is None and text:
        raise FrameError(
            f"{text!r} in row {row} says neither that it is billable nor that it is not: it takes"
            " yes and no, true and false."
        )
    return said
