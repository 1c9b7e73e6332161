"""The demo's calendar: days are ordinals (`date.toordinal`) inside, ISO text in the rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from typing import Any

START = date(2025, 1, 1)
TODAY = date(2026, 6, 30)
END = date(2026, 12, 31)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
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


def monday(day: date) -> date:
    """Return the Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


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
    offset = _offset(*match.groups()[5:]) if match else None
    if match is None or offset is None or parse_date(match[1]) is None:
        return None
    # RFC 3339 knows leap seconds, Python does not.
    leap = match[4] == "60"
    try:
        moment = datetime.fromisoformat(f"{match[1]}T00:00:00").replace(
            hour=int(match[2]),
            minute=int(match[3]),
            second=59 if leap else int(match[4]),
            microsecond=int((match[5] or "0")[:6].ljust(6, "0")),
            tzinfo=timezone(offset),
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


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta | None:
    """Return how far a stamp's clock is from UTC, or None if no clock is."""
    away = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if int(hours or 0) > 23 or int(minutes or 0) > 59:
        return None
    return -away if sign == "-" else away


def instant(stamp: str) -> str:
    """Return a row's own stamp (`...Z`, milliseconds or none) as text that sorts by time."""
    return stamp[:-1].ljust(26, "0") if "." in stamp else stamp[:-1] + ".000000"
