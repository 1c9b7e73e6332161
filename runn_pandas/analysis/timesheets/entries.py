"""The rows of an export: when, how long and whose each is, and why some are left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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


@dataclass(frozen=True)
class _Row:
    """A row as it was read: its cells by field, all of its cells, and whether another is equal.

    ``also`` are the durations that it says besides the one that counts.
    """

    given: Mapping[str, str]
    whole: Sequence[str]
    when: _When
    length: int | None
    also: Sequence[int]
    is_copy: bool
    zones: Zones

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

    @property
    def is_contradicted(self) -> bool:
        """Whether it says another duration too, by more than the rounding to a minute."""
        length = self.length or 0
        return any(abs(length - other) > cells.MINUTE for other in self.also)

    @property
    def is_over_midnight(self) -> bool:
        """Whether it ends on another day than it began on, where days count; not at 24:00."""
        length = self.when.length
        if length is None:
            return (self.when.days_on or 0) > 0
        first, last = (_own_day(self.when, self.zones, later) for later in (0, length - 1))
        return first is not None and last is not None and last > first


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
    "contradicted": _reason(
        "duration that the rest of its row contradicts, taken as written"
        " | durations that the rest of their rows contradicts, taken as written",
        lambda r: r.is_contradicted,
    ),
    "midnight": _reason(
        "entry over midnight on the day it began | entries over midnight on the day they began",
        lambda r: r.is_over_midnight,
    ),
    "long": _reason("entry of 24 hours | entries of 24 hours", lambda r: r.length == cells.DAY),
    "utc": _reason(
        "time in UTC on its day in UTC (days_in='Europe/Oslo' takes the people's own)"
        " | times in UTC on their day in UTC (days_in='Europe/Oslo' takes the people's own)",
        lambda r: r.when.offset == 0 and r.when.start and r.zones.days_in is None,
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
    sheet, columns = _one_duration(_without_thousands(sheet, columns, numbers), columns)
    first = cells.day_first(_dates(sheet, columns), dayfirst)
    at = {field: list(sheet.columns).index(head) for field, head in columns.items()}
    copies = sheet.duplicated().tolist()
    is_part = LENGTH in columns.values()
    texts: Iterator[tuple[str, ...]] = sheet.itertuples(index=False, name=None)
    entries = []
    for label, copy, whole in zip(sheet.index, copies, texts, strict=True):
        given = {field: whole[place] for field, place in at.items()}
        when = _when(given, first)
        length, *others = _lengths(given, when)
        # A part of a duration is other than the whole.
        also = [] if is_part else [other for other in others if other is not None]
        entries.append(_entry(label, _Row(given, whole, when, length, also, copy, zones)))
    return entries


def _without_thousands(
    sheet: pd.DataFrame, columns: Mapping[str, str], numbers: Collection[str]
) -> pd.DataFrame:
    written = [columns[field] for field in SMALL if field in columns]
    plain = {
        head: cells.without_thousands(sheet[head], head) for head in written if head not in numbers
    }
    return sheet.assign(**plain)


def _entry(label: Any, row: _Row) -> Entry:
    """Return what a row says, or why it is left out."""
    lost = next((key for key, reason in LEFT_OUT.items() if reason.holds(row)), "")
    notes = () if lost else tuple(key for key, said in COUNTED.items() if said.holds(row))
    day = None if lost else _own_day(row.when, row.zones)
    billable = _billable(label, row.given.get("billable", ""))
    return Entry(label, day, row.length, _person(row.given), billable, row.given, lost, notes)


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
        _end(began, until) if end is None else end,
        (last - day).days if day and last else None,
        began.offset if began else None,
    )


def _end(began: cells.Moment | None, until: cells.Moment | None) -> int | None:
    """Return the time in the cell of the last day, on the clock of the start if both say theirs."""
    if until is None or until.time is None:
        return None
    if began is None or began.offset is None or until.offset is None:
        return until.time
    return until.time + began.offset - until.offset


def _lengths(given: Mapping[str, str], when: _When) -> list[int | None]:
    """Return the durations that a row says: the most exact that is written, ..., start to end."""
    written = [(field, given[field]) for field in UNITS if given.get(field)]
    lengths = [_milliseconds(text, UNITS[field]) for field, text in written] + [when.length]
    if written and written[0][0] == "duration":
        lengths[0] = _hours_or_days(written[0][1], lengths[1:])
    return lengths


def _hours_or_days(text: str, others: Sequence[int | None]) -> int | None:
    """Return a duration in hours; in days, as a workbook keeps it, if the rest of the row agrees.

    Examples
    --------
    >>> _hours_or_days("0.0625", [5_400_000]) == _hours_or_days("1.5", [None]) == 5_400_000
    True
    """
    hours, days = _milliseconds(text, cells.HOUR), _milliseconds(text, cells.DAY)
    known = [other for other in others if other is not None]
    # A clock time is the same in both.
    if hours is None or days is None or hours == days or not known:
        return hours

    def off(length: int) -> int:
        return min(abs(length - other) for other in known)

    nearest = min(hours, days, key=off)
    return nearest if off(nearest) <= cells.MINUTE else hours


def _own_day(when: _When, zones: Zones, later: int = 0) -> date | None:
    """Return the day of an entry: as written, or in the zone whose days count.

    With `later` the day on which it is so many milliseconds after its start.
    """
    if when.day is None or when.start is None:
        return when.day
    if zones.days_in is None:
        return when.day + timedelta(days=(when.start + later) // cells.DAY) if later else when.day
    if when.offset is not None:
        at = when.start + later - when.offset
        return cells.day_at(when.day, at, "UTC", zones.days_in)
    if zones.times_in is None:
        raise FilterError(
            "days_in needs the zone of the file's times, which they do not say themselves:"
            " times_in='UTC'."
        )
    return cells.day_at(when.day, when.start + later, zones.times_in, zones.days_in)


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
