"""The demo's calendar: days are ordinals (`date.toordinal`) inside, ISO text in the rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

START = date(2025, 1, 1)
TODAY = date(2026, 6, 30)
END = date(2026, 12, 31)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(?:\.(\d+))?"
    r"([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)


@cache
def iso(day: int) -> str:
    """Return the ISO text of an ordinal day."""
    return date.fromordinal(day).isoformat()


@cache
def ordinal(text: str) -> int:
    """Return the ordinal day of an ISO date, one of the rows' own."""
    return date.fromisoformat(text).toordinal()


def weekday(day: int) -> int:
    """Return the day of the week, Monday as 0."""
    return (day - 1) % 7


def days_of(row: Mapping[str, Any], first: int = 1, last: int = date.max.toordinal()) -> range:
    """Return the days from a row's startDate to its endDate, of those from `first` to `last`."""
    end = ordinal(row["endDate"]) if row["endDate"] else last
    return range(max(ordinal(row["startDate"]), first), min(end, last) + 1)


def parse_date(text: str) -> str | None:
    """Return the date a caller sent, or None if the calendar has no such date."""
    if not _DATE.fullmatch(text):
        return None
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return text


def parse_instant(text: str) -> str | None:
    """Return a caller's RFC 3339 date-time as text that sorts by time, or None if it is none."""
    match = _STAMP.fullmatch(text)
    if match is None:
        return None
    day, clock, second, fraction, zone = match.groups()
    # RFC 3339 knows leap seconds, Python does not.
    leap = second == "60"
    micro = f"{(fraction or '')[:6]:0<6}"
    try:
        moment = datetime.fromisoformat(
            f"{day}T{clock}:{59 if leap else second}.{micro}{zone.upper()}"
        )
    except ValueError:
        return None
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        # The first and the last day of the calendar, seen from elsewhere.
        utc = moment.replace(tzinfo=UTC)
    if leap and (utc.hour, utc.minute) != (23, 59):
        return None
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds")


def instant(stamp: str) -> str:
    """Return a row's own stamp (`...Z`, milliseconds or none) as text that sorts by time."""
    return stamp[:-1].ljust(26, "0") if "." in stamp else stamp[:-1] + ".000000"
