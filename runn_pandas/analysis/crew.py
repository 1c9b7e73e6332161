"""Some people and a window: their work and capacity in stretches, and what is left of each day.

What reports add up is the same on each day of a stretch, but for whether the day counts; so days
are counted there, by running totals, and not laid out one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from runn_pandas.analysis.actuals import logged_minutes, rows_that_count
from runn_pandas.analysis.assignments import ActiveAssignments
from runn_pandas.analysis.columns import MISSING, Flags, Floats, Ints
from runn_pandas.analysis.days import Window, spread
from runn_pandas.analysis.hours_by_day import HoursByDay, ProjectKinds
from runn_pandas.analysis.keyed_minutes import keys_of
from runn_pandas.analysis.people_at_a_time import SomePeople
from runn_pandas.analysis.stretches import LoggedDays, Stretches, codes_of
from runn_pandas.analysis.work_calendar import Calendar

# Of the keys of work: a person on a project in a role and a workstream.
WHOLE_KEY, ON_PROJECT = 4, 2


@dataclass(frozen=True)
class Planned:
    """Assignments in stretches: which, from which place to which, and how many days count."""

    row: Ints
    first: Ints
    last: Ints
    days: Ints


class Entries(NamedTuple):
    """Minutes of days, or of stretches at their first day, and the columns of their keys."""

    day: Ints
    keys: tuple[Ints, ...]
    billable: Floats
    nonbillable: Floats


class Crew:
    """Some people in a window, cut into stretches where contracts change and before some days."""

    def __init__(
        self, source: SomePeople, days: Window, cuts: Ints, today: int, projects: ProjectKinds
    ) -> None:
        self.source, self.days, self.cuts = source, days, cuts
        self.today, self.projects = today, projects

    @cached_property
    def calendar(self) -> Calendar:
        """Who works when; everybody has a line."""
        return Calendar.of(self.source, self.days, self.source.people)

    @cached_property
    def stretches(self) -> Stretches:
        """The stretches of everybody."""
        return Stretches(self.calendar, self.cuts)

    @cached_property
    def contracted(self) -> Floats:
        """People by days: minutes of the contract in force."""
        return self.calendar.contracted()

    @cached_property
    def time_off(self) -> Floats:
        """People by days: minutes off."""
        return self.calendar.time_off(self.contracted)

    @property
    def capacity(self) -> Floats:
        """People by days: minutes that are left of the contract."""
        left: Floats = self.contracted - self.time_off
        return left

    def under_contract(self) -> Ints:
        """Return the stretches of those who have capacity."""
        idle = np.isin(self.calendar.people, self.source.idle)
        at = self.stretches
        return np.flatnonzero((at.contract >= 0) & ~idle[at.line])

    @cached_property
    def counts(self) -> Flags:
        """People by days: whether planned work counts; of placeholders from Monday to Friday.

        See docs/how-runn-behaves.md, "Assignments and actuals".
        """
        counts: Flags = (self.contracted > 0) & ~self.calendar.off
        counts[np.isin(self.calendar.people, self.source.unreal)] = self.calendar.weekdays < 5
        return counts

    # -- what is planned and logged

    @cached_property
    def plan(self) -> ActiveAssignments:
        """The assignments that are work."""
        table = self.source.columns_of("assignments")
        return ActiveAssignments.of(
            table, self.projects.templates, self.source.unreal, as_they_are=True
        )

    @cached_property
    def plan_keys(self) -> tuple[Ints, ...]:
        """Whose the assignments are."""
        return keys_of(self.source.columns_of("assignments"), self.plan.row)

    @cached_property
    def planned(self) -> Planned:
        """The assignments in stretches, as far as any of their days counts."""
        plan, stretches = self.plan, self.stretches
        since = np.maximum(plan.first, self.days[0])
        since = np.where(plan.placeholder, np.maximum(since, self.today), since)
        until = np.minimum(plan.last, self.days[1])
        some = np.flatnonzero(since <= until)
        line = self.calendar.where(plan.person[some])
        at, first, last = stretches.cut(
            stretches.place(line, since[some]), stretches.place(line, until[some])
        )
        row = some[at]
        reached = np.append(np.int64(0), np.cumsum(self.counts.ravel(), dtype=np.int64))
        days = np.where(plan.always[row], last - first + 1, reached[last + 1] - reached[first])
        keep = days > 0
        return Planned(row[keep], first[keep], last[keep], days[keep])

    @cached_property
    def log(self) -> Entries:
        """The actuals in the window."""
        table = self.source.columns_of("actuals")
        rows = rows_that_count(table, self.projects.templates, self.days)
        day = table.dates("date")[rows]
        return Entries(day, keys_of(table, rows), *logged_minutes(table, rows))

    @cached_property
    def log_place(self) -> Ints:
        """The place of each actual."""
        return self.stretches.place(self.calendar.where(self.log.keys[0]), self.log.day)

    @cached_property
    def _logged(self) -> dict[int, tuple[LoggedDays, Ints]]:
        """Return by the length of a key the days logged on it, and each assignment's code of it."""
        found = {}
        for length in (WHOLE_KEY, ON_PROJECT):
            codes, mine = codes_of([self.log.keys[:length], self.plan_keys[:length]])
            found[length] = self._days_of(codes), mine
        return found

    def _days_of(self, codes: Ints) -> LoggedDays:
        """Return the days that were logged on keys, from each actual's code of its key."""
        counts = self.counts.ravel()[self.log_place]
        return LoggedDays(self.counts.size, codes, self.log_place, counts)

    def days_not_logged(self, length: int) -> Ints:
        """Return on how many days of `planned` nothing was logged on the key of some length."""
        planned = self.planned
        if not len(self.log.day):
            return planned.days
        logged, code = self._logged[length]
        row = planned.row
        always = self.plan.always[row]
        return planned.days - logged.number(code[row], planned.first, planned.last, always)

    # -- entries

    def work(self, kind: str, *, phases: bool) -> HoursByDay:
        """Return the hours of a kind; with their ``phases``, which are decided day by day."""
        if phases:
            return HoursByDay.of(
                self.source, self.calendar, self.days, kind=kind, today=self.today,
                everything=True,
            )  # fmt: skip
        if kind == "scheduled":
            return self._hours(self._of_plan(self.planned.days))
        if kind == "actual":
            return self._hours(self.log)
        return self._hours(self.log, self._of_plan(self.days_not_logged(WHOLE_KEY)))

    def not_logged(self, *, phases: bool) -> HoursByDay:
        """Return what is planned on days without any entry for the person and project."""
        if not phases:
            return self._hours(self._of_plan(self.days_not_logged(ON_PROJECT)))
        plan = self.work("scheduled", phases=True)
        logged, code = codes_of([self.log.keys[:ON_PROJECT], (plan.person, plan.project)])
        place = self.stretches.place(self.calendar.where(plan.person), plan.day)
        return plan.select(~self._days_of(logged).has(code, place))

    def _of_plan(self, days: Ints) -> Entries:
        """Return the stretches of assignments, so many days of each."""
        some = days > 0
        row, plan = self.planned.row[some], self.plan
        minutes = plan.minutes_per_day[row] * days[some]
        billable = np.where(plan.billable[row], minutes, 0.0)
        day = self.stretches.day_at(self.planned.first[some])
        keys = tuple(key[row] for key in self.plan_keys)
        return Entries(day, keys, billable, minutes - billable)

    def _hours(self, *sides: Entries) -> HoursByDay:
        days, keys, billable, nonbillable = zip(*sides, strict=True)
        day = np.concatenate(days)
        return HoursByDay.made(
            self.projects,
            self.source.unreal,
            [np.concatenate(columns) for columns in zip(*keys, strict=True)],
            day=day,
            phase=np.full(len(day), MISSING, np.int64),
            billable=np.concatenate(billable),
            nonbillable=np.concatenate(nonbillable),
        )

    # -- day by day

    def load(self, tentative: bool) -> tuple[Floats, Ints]:
        """Return people by days: minutes of work, and the places where work is in any case.

        These are days that were logged and marked non-working days; others are under contract.
        """
        log, counted = self.log, self._of_own(self.log.keys, tentative)
        place = self.log_place[counted]
        load = np.zeros(self.counts.size)
        load += np.bincount(place, (log.billable + log.nonbillable)[counted], self.counts.size)
        whole, rest = self._in_full(self._of_own(self.plan_keys, tentative))
        load += self._laid_over(whole)
        marked = [place]
        for places, own in self._laid_out(rest):
            load += np.bincount(places, self.plan.minutes_per_day[own], self.counts.size)
            marked.append(places[self.plan.always[own]])
        return load.reshape(self.counts.shape), np.unique(np.concatenate(marked))

    def _of_own(self, keys: tuple[Ints, ...], tentative: bool) -> Flags:
        """Return which keys are of people who have capacity, and of projects that count."""
        person, project, *_ = keys
        own: Flags = ~np.isin(person, self.source.unreal)
        return own if tentative else own & ~np.isin(project, self.projects.unconfirmed)

    def _in_full(self, keep: Flags) -> tuple[Ints, Ints]:
        """Return which of `planned` count on all of their days that do, and which need a look."""
        planned, plan = self.planned, self.plan
        row = planned.row
        kept = keep[row]
        plain = self.days_not_logged(WHOLE_KEY) == planned.days
        # Fractions would not be gone after they are added and taken off again.
        whole = np.floor(plan.minutes_per_day) == plan.minutes_per_day
        plain &= (~plan.always & whole)[row]
        return np.flatnonzero(kept & plain), np.flatnonzero(kept & ~plain)

    def _laid_over(self, which: Ints) -> Floats:
        """Return by place the minutes of spans: added where one begins, taken off behind it."""
        planned, size = self.planned, self.counts.size
        minutes = self.plan.minutes_per_day[planned.row[which]]
        change = np.zeros(size)
        change += np.bincount(planned.first[which], minutes, size)
        change -= np.bincount(planned.last[which] + 1, minutes, size + 1)[:size]
        return np.where(self.counts.ravel(), np.cumsum(change), 0.0)

    def _laid_out(self, which: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Yield places and assignments, day by day, where nothing was logged."""
        planned = self.planned
        logged, code = self._logged[WHOLE_KEY]
        for at, places in spread(planned.first[which], planned.last[which]):
            row = planned.row[which[at]]
            keep = self.plan.always[row] | self.counts.ravel()[places]
            keep &= ~logged.has(code[row], places)
            yield places[keep], row[keep]
