"""The cells of an export as exact values: durations, days, times of the day, flags."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from runn_pandas.errors import FilterError, FrameError

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
DAY = 24 * HOUR
YEARS = range(1970, 2200)
# A cell beyond this is no duration of an entry: more than a hundred years.
_LIMIT = 10**12
_CLOCK = re.compile(
    r"(?P<sign>[-+\u2212]?)(?:(?P<days>\d{1,6}) days?,? )?(?P<hours>\d{1,7}):(?P<minutes>[0-5]?\d)"
    r"(?::(?P<seconds>[0-5]?\d)(?:[.,](?P<rest>\d{1,9}))?)? ?h?"
)
_NUMBER = re.compile(r"([-+\u2212]?)([\d.,' \u00a0\u202f\u2019]*\d)[.,]? ?h?", re.IGNORECASE)
_GAPS = re.compile(r"[' \u00a0\u202f\u2019]")
# Thousands, or one and a fraction: 1,200.
_DOUBTFUL = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_TINY = re.compile(r"[-+]?\d(?:\.\d+)?[eE][-+]\d{1,2}")
_TIME = re.compile(
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?\s*([AaPp])?\.?(?(4)[Mm]\.?)"
    r"\s*(Z|[+-]\d{2}:?\d{2})?"
)
_DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{1,2})([-/.])(\d{1,2})\6(\d{4}|\d{2})")
_NAMED = re.compile(
    r"(\d{1,2})[-/. ]([A-Za-z]{3,9})[-/., ]+(\d{4}|\d{2})|([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})"
)
# Whole words, of which people are called by some (Suma), and none begins a name (Summer).
_TOTAL = re.compile(
    r"((grand |sub-?)?totals?|(zwischen|gesamt)?summen?|gesamt(ergebnis|stunden|dauer|zeit)?"
    r"|итого|всего)([\s:(][^@]*)?|totale?|totaal|suma",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YES = {"yes", "y", "true", "1", "1.0", "billable", "x", "ja", "sí", "si", "sì", "oui", "sim"}
NO = {"no", "n", "false", "0", "0.0", "non-billable", "nein", "nee", "nej", "nei", "non", "não"}


def says_total(text: str) -> bool:
    """Whether a cell says that its row is a total line, and no entry.

    Examples
    --------
    >>> says_total("Grand total: 12.5"), says_total("Summe"), says_total("Summer, Ann")
    (True, True, False)
    """
    return _TOTAL.fullmatch(text) is not None


def milliseconds(text: str, unit: int) -> int | None:
    """Return a duration in whole milliseconds; None if the text is none.

    A number is of `unit` (in milliseconds), with a decimal point or comma; ``h:mm`` and
    ``h:mm:ss`` are hours whatever the unit. Computed in decimals, never in floats.

    Examples
    --------
    >>> milliseconds("1,5", HOUR), milliseconds("1:30", HOUR), milliseconds("0:06:30", HOUR)
    (5400000, 5400000, 390000)
    """
    clock = _CLOCK.fullmatch(text)
    if clock:
        return _clock_time(clock)
    number = _decimal(text)
    if number is None:
        return None
    exact = (number * unit).quantize(Decimal(1), ROUND_HALF_UP) if abs(number) < _LIMIT else None
    return int(exact) if exact is not None and abs(exact) < _LIMIT else None


def _clock_time(clock: re.Match[str]) -> int | None:
    whole = int(clock["days"] or 0) * DAY + int(clock["hours"]) * HOUR
    whole += int(clock["minutes"]) * MINUTE + int(clock["seconds"] or 0) * SECOND
    whole += int(Decimal(f"0.{clock['rest'] or 0}").scaleb(3).to_integral_value(ROUND_HALF_UP))
    if whole >= _LIMIT:
        return None
    return -whole if clock["sign"] in ("-", "\u2212") else whole


def _decimal(text: str) -> Decimal | None:
    """Return a number written with a point or a comma, and with or without thousands."""
    if _TINY.fullmatch(text):
        return Decimal(text)
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    whole, rest = _parts(_GAPS.sub("", found[2]))
    number = Decimal(f"{whole or 0}.{rest or 0}")
    return -number if found[1] in ("-", "\u2212") else number


def _parts(digits: str) -> tuple[str, str]:
    """Return what stands before and after the decimal mark: the last one, if it is there once."""
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0 or digits.count(digits[last]) > 1:  # it stands between thousands
        last = len(digits)
    whole, rest = digits[:last], digits[last + 1 :]
    return re.sub(r"[.,]", "", whole), rest


def without_thousands(texts: pd.Series[Any], head: str) -> pd.Series[Any]:
    """Return a column of minutes or seconds in which no mark stands between thousands.

    ``1,200`` is 1200 or 1.2, which the other numbers of the column tell by their marks. Raise if
    they do not.
    """
    numbers = {row: _digits(text) for row, text in texts.items()}
    clear = [digits for digits in numbers.values() if not _DOUBTFUL.fullmatch(digits)]
    if len(clear) == len(numbers):
        return texts
    marks = _marks(clear)
    plain = [
        _whole(text, marks, f"row {row} of column {head!r}")
        if _DOUBTFUL.fullmatch(numbers[row])
        else text
        for row, text in texts.items()
    ]
    return pd.Series(plain, texts.index, dtype=object)


def _whole(text: str, marks: tuple[set[str], set[str]], where: str) -> str:
    """Return a text of one mark and three digits without the mark, if it is between thousands."""
    decimal, thousands = marks
    mark, other = (",", ".") if "," in text else (".", ",")
    between = mark in thousands or other in decimal
    if between == (mark in decimal or other in thousands):
        raise FrameError(
            f"{text!r} in {where} is {text.replace(mark, '')} or {text.replace(mark, '.')}, and the"
            " column does not tell which: write thousands without a mark, and a fraction with"
            " another number of digits."
        )
    return text.replace(mark, "") if between else text


def _digits(text: str) -> str:
    """Return the digits and marks of a number; "" if the text is none."""
    found = _NUMBER.fullmatch(text)
    return _GAPS.sub("", found[2]) if found else ""


def _marks(numbers: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the marks that stand before fractions, and those between thousands."""
    decimal, thousands = set(), set()
    for digits in numbers:
        marks = re.sub(r"\d", "", digits)
        once = marks.count(marks[-1:]) == 1
        decimal |= set(marks[-1:]) if once else set()
        thousands |= set(marks[:-1]) if once else set(marks)
    return decimal, thousands


def time_of_day(text: str) -> int | None:
    """Return milliseconds since midnight of ``9:30``, ``09:30:15`` or ``9:30 PM``; 24:00 is a day.

    Examples
    --------
    >>> time_of_day("09:30") == time_of_day("9:30 AM") == 9 * HOUR + 30 * MINUTE
    True
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if found[4] in "Pp" else 0)
    whole = hours * HOUR + minutes * MINUTE + seconds * SECOND
    return whole if minutes < 60 and seconds < 60 and whole <= DAY else None


@dataclass(frozen=True)
class Moment:
    """A cell that has a day: the day, or both orders of it, and its time and zone if it has them.

    ``parts`` are the two numbers of which one is the day and the other the month.
    """

    year: int
    parts: tuple[int, int]
    order: str  # "known": month and day; "open": either
    time: int | None = None
    offset: int | None = None


def moment(text: str) -> Moment | None:
    """Return what a cell with a date says; None if it is no date."""
    for pattern, read in ((_DAY, _numbered), (_NAMED, _named)):
        found = pattern.match(text)
        if found is None:
            continue
        rest = text[found.end() :].lstrip("T ,")
        clock = _TIME.fullmatch(rest) if rest else None
        if rest and clock is None:
            continue
        when = time_of_day(rest) if rest else None
        offset = _offset(clock[5]) if clock and clock[5] else None
        return read(found, when, offset)
    return None


def _numbered(found: re.Match[str], when: int | None, offset: int | None) -> Moment:
    if found[1]:
        return Moment(int(found[1]), (int(found[3]), int(found[4])), "known", when, offset)
    first, second = int(found[5]), int(found[7])
    if found[6] == ".":  # only the day stands before a point
        return Moment(_year(found[8]), (second, first), "known", when, offset)
    return Moment(_year(found[8]), (first, second), "open", when, offset)


def _named(found: re.Match[str], when: int | None, offset: int | None) -> Moment | None:
    name, day, year = (found[2], found[1], found[3]) if found[1] else found.group(4, 5, 6)
    month = name[:3].lower()
    if month not in _MONTHS:
        return None
    return Moment(_year(year), (_MONTHS.index(month) + 1, int(day)), "known", when, offset)


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _offset(text: str) -> int:
    if text == "Z":
        return 0
    whole = int(text[1:3]) * HOUR + int(text[-2:]) * MINUTE
    return -whole if text[0] == "-" else whole


def day_first(moments: Iterable[tuple[Any, str, Moment | None]], asked: bool | None) -> bool:
    """Return whether the day stands before the month in dates such as 01/06/2026.

    Told from the dates in which one of the two is over 12. Raise if none is, or if they disagree.
    `moments` are rows, what is written there, and what that says.
    """
    if asked is not None:
        return asked
    proof: dict[bool, tuple[Any, str]] = {}
    doubtful: list[tuple[Any, str]] = []
    for row, text, found in moments:
        if found is None or found.order == "known" or found.parts[0] == found.parts[1]:
            continue
        if max(found.parts) <= 12:
            doubtful.append((row, text))
        else:
            proof.setdefault(found.parts[0] > 12, (row, text))
    if len(proof) == 2:
        (row, text), (other, english) = proof[True], proof[False]
        raise FrameError(
            f"{text!r} in row {row} has the day first, and {english!r} in row {other} the month:"
            " two exports in one file? Read each alone, or say dayfirst=True or dayfirst=False."
        )
    if doubtful and not proof:
        row, text = doubtful[0]
        raise FrameError(
            f"Whether {text!r} in row {row} is day and month or month and day cannot be told from"
            f" the {len(doubtful):,} dates: say dayfirst=True or dayfirst=False."
        )
    return next(iter(proof), True)


def day_of(found: Moment, first: bool) -> date | None:
    """Return the day as written, None if there is no such day, or none that anybody logs."""
    day, month = found.parts if first and found.order == "open" else found.parts[::-1]
    try:
        return date(found.year, month, day) if found.year in YEARS else None
    except ValueError:
        return None


def day_at(day: date, time: int, zone: str, days_in: str) -> date:
    """Return the day that it is in one zone at a time of another, in milliseconds.

    Examples
    --------
    >>> day_at(date(2026, 6, 1), 22 * HOUR + 30 * MINUTE, "UTC", "Europe/Oslo")
    datetime.date(2026, 6, 2)
    """
    written = datetime(day.year, day.month, day.day) + timedelta(milliseconds=time)
    # The hour that a clock shows twice is of the same day both times.
    return written.replace(tzinfo=_zone(zone)).astimezone(_zone(days_in)).date()


@lru_cache(64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise FilterError(
            f"There is no time zone {name!r}; such as 'Europe/Oslo', 'UTC'."
        ) from error


def flag(text: str) -> bool | None:
    """Return what a word such as yes or no says; None if it says neither."""
    word = text.strip().casefold()
    return True if word in YES else False if word in NO else None
