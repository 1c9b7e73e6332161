"""What is planned: which days of which assignments count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from runn_pandas.analysis.columns import Columns, Flags, Floats, Ints
from runn_pandas.analysis.days import CHUNK, spread, weekday
from runn_pandas.analysis.keyed_minutes import KeyedMinutes
from runn_pandas.analysis.work_calendar import Calendar


@dataclass(frozen=True)
class ActiveAssignments:
    """The assignments that are work: neither templates nor inactive.

    In the order of their ids, so that nothing depends on the order of the rows, or ``as_they_are``;
    ``row`` is where each stands in the frame. One that is ``always`` worked counts on every day of
    it (``isNonWorkingDay``); a placeholder's is unmet demand.
    """

    row: Ints
    person: Ints
    first: Ints
    last: Ints
    minutes_per_day: Floats
    billable: Flags
    always: Flags
    placeholder: Flags
    phase: Ints

    @classmethod
    def of(
        cls, table: Columns, templates: Ints, placeholders: Ints, *, as_they_are: bool = False
    ) -> Self:
        """Return those of a table; the ones of template projects are templates too."""
        person, project = table.ids("personId"), table.ids("projectId")
        first, last = table.dates("startDate"), table.dates("endDate")
        phase = table.ids("phaseId", optional=True)
        order = np.arange(len(table))
        if not as_they_are:
            order = np.lexsort((phase, last, first, table.ids("id", optional=True)))
        work = table.flags("isActive", True) & ~table.flags("isTemplate", False)
        work &= ~np.isin(project, templates)
        row = order[work[order]]
        marked = table.flags("isPlaceholder", False)
        return cls(
            row=row,
            person=person[row],
            first=first[row],
            last=last[row],
            minutes_per_day=table.numbers("minutesPerDay")[row],
            billable=table.flags("isBillable", True)[row],
            always=table.flags("isNonWorkingDay", False)[row],
            placeholder=(np.isin(person, placeholders) | marked)[row],
            phase=phase[row],
        )

    def working_days(self, calendar: Calendar, today: int) -> Iterator[tuple[Ints, Ints]]:
        """Yield positions and the days of a window on which they count, some at a time.

        A marked non-working day always counts. Otherwise a person's day counts if the contract
        in force has rostered minutes on it and it is not wholly off; placeholders have no
        contract and work from Monday to Friday, from today on: past demand never was work.
        See docs/how-runn-behaves.md, "Assignments and actuals".
        """
        since = np.where(self.placeholder, np.maximum(self.first, today), self.first)
        working, line = calendar.working(), calendar.where(self.person)
        free = self.always | self.placeholder
        # Without a contract there is nothing to spread.
        until = np.where((line >= 0) | free, self.last, since - 1)
        spans = spread(np.maximum(since, calendar.first), np.minimum(until, calendar.last))
        for at, days in spans:
            keep = working[line[at], days - calendar.first]
            special = np.flatnonzero(free[at])
            some = at[special]
            keep[special] = self.always[some] | (weekday(days[special]) < 5)
            yield at[keep], days[keep]

    def minutes(self, calendar: Calendar, today: int, codes: Ints, count: int) -> KeyedMinutes:
        """Return the minutes of the days that count, by the codes of as many keys."""
        billable = np.where(self.billable, self.minutes_per_day, 0.0)
        nonbillable = self.minutes_per_day - billable
        parts, waiting = [KeyedMinutes.nothing()], 0
        for rows, days in self.working_days(calendar, today):
            slot = (days - calendar.first) * count + codes[rows]
            parts.append(KeyedMinutes(slot, billable[rows], nonbillable[rows], self.phase[rows]))
            waiting += len(rows)
            # Days are held no longer than until there are as many again as sums.
            if waiting > max(4 * CHUNK, len(parts[0].slot)):
                parts, waiting = [KeyedMinutes.joined(parts)], 0
        return KeyedMinutes.joined(parts)
