"""Tables some people at a time: what a calculation holds in memory is bounded by these.

What is added up of everybody can be added up of some people after the others. All rows of a
person are in one part, whichever table they stand in, and the parts are the same however the
tables are stored: so are their sums, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from runn_pandas.analysis.columns import Ints
from runn_pandas.analysis.days import Window
from runn_pandas.analysis.inputs import Source, marked_placeholders
from runn_pandas.analysis.shares import Shares
from runn_pandas.analysis.work_calendar import TIME_OFF

PLAN, LOG, CONTRACTS = "assignments", "actuals", "contracts"
CALENDAR = (CONTRACTS, *TIME_OFF)
PERSON, PROJECT = "personId", "projectId"
KEY = (PERSON, PROJECT, "roleId", "workstreamId", "phaseId")
SPAN = ("startDate", "endDate", "minutesPerDay")
FLAGS = ("isBillable", "isActive", "isTemplate", "isNonWorkingDay", "isPlaceholder")
HELD = ("roleId", "costPerHour", "employmentType", "jobTitle", "rosteredDays")
# What the calculations take of each table, as far as it has it.
COLUMNS: dict[str, tuple[str, ...]] = {
    PLAN: ("id", *KEY, *SPAN, *FLAGS),
    LOG: ("id", *KEY, "date", "billableMinutes", "nonbillableMinutes"),
    CONTRACTS: ("id", PERSON, *SPAN, *HELD),
    **dict.fromkeys(TIME_OFF, (PERSON, *SPAN)),
}


class Asked(NamedTuple):
    """Which tables of people are gone through, of which days.

    ``whole`` are read whole, whatever the days; of ``projects`` only, if they are given, which
    leaves out whoever does not work on them.
    """

    tables: Sequence[str]
    days: Window
    whole: bool = False
    projects: Ints | None = None

    def window(self, name: str) -> Window | None:
        """Return which days of a table have to be read."""
        return None if self.whole and name in (PLAN, LOG) else self.days

    def of_work(self, name: str) -> Ints | None:
        """Return the projects whose rows of a table are asked for, if not all are."""
        return self.projects if name in (PLAN, LOG) else None


class SomePeople(Source):
    """The same tables, those of people cut to some.

    ``unreal`` are all placeholders, ``idle`` those who have no capacity.
    """

    def __init__(
        self,
        whole: Source,
        people: Ints,
        tables: Mapping[str, pd.DataFrame],
        unreal: Ints,
        idle: Ints,
    ) -> None:
        self.given, self.account, self.max_age = whole.given, whole.account, whole.max_age
        self.lacking = whole.lacking
        self.whole, self.people, self.tables = whole, people, tables
        self.unreal, self.idle = unreal, idle
        self._known = {}

    def table(self, name: str, window: Window | None = None) -> pd.DataFrame:
        """Return a table, cut if it is of people."""
        return self.tables[name] if name in self.tables else self.whole.table(name, window)

    def placeholders(self, assignments: pd.DataFrame | None = None) -> Ints:
        """Return the ids of all placeholders: a part alone may not show them."""
        return self.unreal

    def without_capacity(self) -> Ints:
        """Return the placeholders that have no capacity."""
        return self.idle


def people_at_a_time(source: Source, asked: Asked) -> Iterator[SomePeople]:
    """Yield the tables of some people after the others."""
    names = asked.tables
    counted = [name for name in names if asked.projects is None or name in (PLAN, LOG)]
    owners = (ids for name in counted for ids in _owners(source, name, asked))
    shares = Shares.of(owners, asked.days[1] - asked.days[0] + 1)
    unreal = source.placeholders()
    if PLAN in names:
        unreal = np.union1d(unreal, marked(source, asked.window(PLAN)))
    idle = source.without_capacity()
    frames = [
        source.in_shares(name, COLUMNS[name], shares, asked.window(name), asked.of_work(name))
        for name in names
    ]
    for people, *tables in zip(shares.parts, *frames, strict=True):
        found = dict(zip(names, tables, strict=True))
        yield SomePeople(source, people, found, unreal, idle)


def marked(source: Source, window: Window | None = None) -> Ints:
    """Return whose assignments are marked as a placeholder's."""
    names = (PERSON, "isPlaceholder")
    found = [marked_placeholders(piece) for piece in source.pieces(PLAN, names, window)]
    return np.unique(np.concatenate([np.empty(0, np.int64), *found]))


def _owners(source: Source, name: str, asked: Asked) -> Iterator[Ints]:
    projects = asked.of_work(name)
    names = (PERSON,) if projects is None else (PERSON, PROJECT)
    for piece in source.pieces(name, names, asked.window(name)):
        people = piece.ids(PERSON)
        yield people if projects is None else people[np.isin(piece.ids(PROJECT), projects)]
