"""Which days of which assignments count (guide 5.2, 5.6, 6.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from runn_pandas.analysis.days import Calendar, spread, weekday
from runn_pandas.analysis.tables import Flags, Floats, Ints, Window, dates, flags, ids, numbers

TABLE = "assignments"


@dataclass(frozen=True)
class Plan:
    """The assignments that are work: neither templates nor inactive.

    In the order of their ids, so that nothing depends on the order of the rows.

    Attributes
    ----------
    row
        Where each stands in the frame.
    always
        Whether its minutes count on every day of it (``isNonWorkingDay``).
    placeholder
        Whether it is unmet demand.
    """

    row: Ints
    person: Ints
    project: Ints
    first: Ints
    last: Ints
    minutes: Floats
    billable: Flags
    always: Flags
    placeholder: Flags

    @classmethod
    def of(cls, frame: pd.DataFrame, templates: Ints, placeholders: Ints) -> Plan:
        """Read a frame of assignments; those of template projects are templates too."""
        person, project = ids(frame, TABLE, "personId"), ids(frame, TABLE, "projectId")
        first, last = dates(frame, TABLE, "startDate"), dates(frame, TABLE, "endDate")
        order = np.lexsort(
            (
                ids(frame, TABLE, "phaseId", optional=True),
                last,
                first,
                ids(frame, TABLE, "id", optional=True),
            )
        )
        work = flags(frame, "isActive", True) & ~flags(frame, "isTemplate", False)
        work &= ~np.isin(project, templates)
        row = order[work[order]]
        return cls(
            row=row,
            person=person[row],
            project=project[row],
            first=first[row],
            last=last[row],
            minutes=numbers(frame, TABLE, "minutesPerDay")[row],
            billable=flags(frame, "isBillable", True)[row],
            always=flags(frame, "isNonWorkingDay", False)[row],
            placeholder=np.isin(person, placeholders)[row]
            | flags(frame, "isPlaceholder", False)[row],
        )

    def span(self) -> Window | None:
        """The first and the last day that any assignment touches; None if there is none."""
        if not len(self.row):
            return None
        return int(self.first.min()), int(self.last.max())

    def days(self, known: Calendar, today: int) -> Iterator[tuple[Ints, Ints]]:
        """Give the days of a calendar's window on which assignments count, some at a time.

        A marked non-working day always counts. Otherwise a person's day counts if the contract
        in force has rostered minutes on it and it is not wholly off; placeholders have no
        contract and work from Monday to Friday, from today on: past demand never was work.

        Yields
        ------
        assignment, day
            Positions in the plan, ascending, and days.
        """
        since = np.where(self.placeholder, np.maximum(self.first, today), self.first)
        working, line = known.working(), known.where(self.person)
        free = self.always | self.placeholder
        # Without a contract there is nothing to spread.
        until = np.where((line >= 0) | free, self.last, since - 1)
        spans = spread(np.maximum(since, known.first), np.minimum(until, known.last))
        for at, days in spans:
            keep = working[line[at], days - known.first]
            special = np.flatnonzero(free[at])
            some = at[special]
            keep[special] = self.always[some] | (weekday(days[special]) < 5)
            yield at[keep], days[keep]
