"""The demo's calendar: days are ordinals (`date.toordinal`) inside, ISO text in the rows."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache

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
    """The text of an ordinal day."""
    return date.fromordinal(day).isoformat()


@cache
def ordinal(text: str) -> int:
    """The ordinal day of an ISO date, one of the rows' own."""
    return date.fromisoformat(text).toordinal()


def weekday(day: int) -> int:
    """Monday is 0."""
    return (day - 1) % 7


def monday(day: date) -> date:
    """The Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def parse_date(text: str) -> str | None:
    """The date a caller sent, or None if the calendar has no such date."""
    if not _DATE.fullmatch(text):
        return None
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return text


def parse_instant(text: str) -> str | None:
    """A caller's RFC 3339 date-time as a text that sorts by time, or None if it is none."""
    match = _STAMP.fullmatch(text)
    if match is None or parse_date(match[1]) is None:
        return None
    hour, minute, second = int(match[2]), int(match[3]), int(match[4])
    away = timedelta()
    if match[6]:
        if int(match[7]) > 23 or int(match[8]) > 59:
            return None
        away = timedelta(hours=int(match[7]), minutes=int(match[8]))
    # RFC 3339 knows leap seconds, Python does not.
    leap = second == 60
    try:
        moment = datetime.fromisoformat(f"{match[1]}T00:00:00").replace(
            hour=hour,
            minute=minute,
            second=59 if leap else second,
            microsecond=int((match[5] or "0")[:6].ljust(6, "0")),
            tzinfo=timezone(away if match[6] != "-" else -away),
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
    """A row's own stamp (`...Z`, with or without milliseconds) as a text that sorts by time."""
    return stamp[:-1].ljust(26, "0") if "." in stamp else stamp[:-1] + ".000000"
