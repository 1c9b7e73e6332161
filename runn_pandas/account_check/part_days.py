"""A day in the account that tells whether leave for part of it shortens what is planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from typing import NamedTuple

from runn_pandas.account_check.contract import Row

FRIDAY = 4
NUMBERS = ("personId", "projectId", "roleId", "minutesPerDay")


class PartDay(NamedTuple):
    """A day on which a person is planned for one assignment, and off for a part."""

    day: str
    off: int  # minutes
    person: int
    project: int
    role: int
    planned: int  # minutes


def find_part_day(leave: Iterable[Row], assignments: Sequence[Row]) -> PartDay | None:
    """Return the first such day among leave and assignments; None if there is none."""
    plain = [one for one in assignments if _counts(one)]
    for row in leave:
        person, day, off = row.get("personId"), row.get("startDate"), row.get("minutesPerDay")
        if not isinstance(off, int) or not isinstance(day, str) or not _is_workday(day):
            continue
        own = [a for a in plain if a.get("personId") == person and _covers(a, day)]
        numbers = [one.get(name) for one in own for name in NUMBERS]
        whole = [one for one in numbers if isinstance(one, int)]
        if len(whole) == len(NUMBERS):  # of one assignment, and all of them there
            return PartDay(day, off, *whole)
    return None


def _counts(assignment: Row) -> bool:
    wrong = ("isTemplate", "isPlaceholder", "isNonWorkingDay")
    return assignment.get("isActive") is True and not any(assignment.get(name) for name in wrong)


def _is_workday(day: str) -> bool:
    with suppress(ValueError):
        return date.fromisoformat(day).weekday() <= FRIDAY
    return False


def _covers(assignment: Row, day: str) -> bool:
    return str(assignment.get("startDate")) <= day <= str(assignment.get("endDate"))
