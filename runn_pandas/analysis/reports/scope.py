"""What a report looks at: the tables, the window, what counts; and some people of it at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from runn_pandas.analysis.columns import MISSING, Floats, Ints
from runn_pandas.analysis.crew import Crew
from runn_pandas.analysis.days import Window, period_start
from runn_pandas.analysis.finance_by_period import life_of
from runn_pandas.analysis.groups import Amounts
from runn_pandas.analysis.hours_by_day import HoursByDay, ProjectKinds
from runn_pandas.analysis.inputs import Source
from runn_pandas.analysis.money import MoneyByDay, Projects, Rates, say_unrated, say_unscaled
from runn_pandas.analysis.people_at_a_time import (
    CALENDAR,
    CONTRACTS,
    LOG,
    PLAN,
    Asked,
    SomePeople,
    people_at_a_time,
)
from runn_pandas.analysis.reports.fields import Field, added_up, summed

LIFE = ("listed", "billable", "total", "pastBillable", "pastTotal", "inside")


@dataclass(frozen=True)
class Life:
    """What the work of whole lives comes to: sums by project and role of the work."""

    project: Ints
    role: Ints
    sums: Mapping[str, Floats]


@dataclass(frozen=True)
class Scope:
    """What a report looks at: the tables, the window, and what counts.

    ``keys`` are whose amounts are asked for. ``only`` are the ids that count, by whose they are:
    all, if there are none. ``whole`` says that whole projects are asked for.
    """

    source: Source
    kind: str
    span: Window
    today: int
    freq: str | None
    tentative: bool
    placeholders: bool
    charges: str
    hours_per_day: float
    keys: frozenset[str] = frozenset()
    whole: bool = False
    only: Mapping[str, Ints] = field(default_factory=dict)
    unrated: list[tuple[Ints, Ints]] = field(default_factory=list, init=False)

    # -- facts about everybody

    @cached_property
    def projects(self) -> Projects:
        """The projects of the account."""
        return Projects.of(self.source)

    @cached_property
    def kinds(self) -> ProjectKinds:
        """Which projects are templates, tentative, never billed."""
        return ProjectKinds.of(self.source)

    @cached_property
    def rates(self) -> Rates:
        """The rates of roles on projects."""
        return Rates(self.source)

    @cached_property
    def life_span(self) -> Window:
        """The window of everything that is planned and logged."""
        return life_of(self.source, self.span)

    @cached_property
    def life(self) -> Life:
        """The effective work of everybody, of all days: of projects at a fixed price at least."""
        fixed = None if self.whole else self.projects.ids[self.projects.fixed]
        asked = Asked((PLAN, LOG, *CALENDAR), self.life_span, whole=True, projects=fixed)
        fields = [Field("projectId", "project"), Field("projectRoleId", "projectRole")]
        parts = [summed(_life_of(crew), fields, None) for crew in self.crews(asked)]
        sums = added_up(parts, ["0", "1"], LIFE)
        project, role = (sums[key].to_numpy(np.int64) for key in ("0", "1"))
        return Life(project, role, {name: sums[name].to_numpy(np.float64) for name in LIFE})

    @cached_property
    def life_row(self) -> Ints:
        """The rows of the projects of `life`."""
        return self.projects.where(self.life.project, "hours")

    def of_life(self, values: Floats) -> Floats:
        """Return the sum of each project, of values by the entries of `life`."""
        return self.projects.summed(self.life_row, values)

    @cached_property
    def factor(self) -> Floats:
        """By how much the rates of each project are scaled."""
        if not self.projects.fixed.any():
            return np.ones(len(self.projects.ids))
        factor = self.projects.factor(self.of_life(self.life.sums["listed"]))
        say_unscaled(self.projects, factor, self.life_row[self.life.sums["inside"] > 0])
        return factor

    def left_out(self) -> Ints:
        """Return the ids of projects that do not count."""
        templates, unsure = self.projects.template, self.projects.tentative
        out = templates if self.tentative else templates | unsure
        return self.projects.ids[out]

    def say_unrated(self) -> None:
        """Warn of billable work without a rate, if there was any."""
        if self.unrated:
            say_unrated(*map(np.concatenate, zip(*self.unrated, strict=True)))

    # -- some people at a time

    def crews(self, asked: Asked) -> Iterator[ScopedCrew]:
        """Yield some people after the others."""
        for people in people_at_a_time(self.source, asked):
            yield ScopedCrew(self, people, asked.days)

    # -- periods

    @cached_property
    def periods(self) -> Ints:
        """The first days of the window's periods; 0 for the one without a freq."""
        if self.freq is None:
            return np.zeros(1, np.int64)
        days = np.arange(self.span[0], self.span[1] + 1)
        starts: Ints = np.unique(period_start(days, self.freq))
        return starts

    @property
    def cuts(self) -> Ints:
        """The days before which stretches are cut: of periods, of the window, of the future."""
        edges = [self.span[0], self.span[1] + 1, self.today]
        return np.concatenate([self.periods, np.array(edges, np.int64)])

    def chosen(self, amounts: Amounts) -> Amounts:
        """Return the amounts that count, by whose they are."""
        keep = np.ones(len(amounts.day), np.bool_)
        for key, ids in self.only.items():
            keep &= np.isin(amounts.ids[key], ids) if key in amounts.ids else False
        if keep.all():
            return amounts
        return Amounts(
            amounts.day[keep],
            {name: ids[keep] for name, ids in amounts.ids.items()},
            {name: values[keep] for name, values in amounts.values.items()},
        )

    def in_each_period(self, amounts: Amounts) -> Amounts:
        """Return amounts without a day in every period, as they hold for all of them."""
        starts = np.maximum(self.periods, self.span[0])
        some = np.any([values != 0 for values in amounts.values.values()], axis=0)
        count = len(starts)
        return Amounts(
            np.repeat(starts, int(some.sum())),
            {name: np.tile(ids[some], count) for name, ids in amounts.ids.items()},
            {name: np.tile(values[some], count) for name, values in amounts.values.items()},
        )


class ScopedCrew(Crew):
    """Some people, as a report looks at them."""

    def __init__(self, scope: Scope, source: SomePeople, days: Window) -> None:
        super().__init__(source, days, scope.cuts, scope.today, scope.kinds)
        self.scope = scope
        self._found: dict[str, HoursByDay] = {}

    def hours(self, kind: str, *, everyone: bool = False) -> HoursByDay:
        """Return the hours that count; of ``everyone`` placeholders too."""
        if kind not in self._found:
            self._found[kind] = self.work(kind, phases="phase" in self.scope.keys)
        placeholders = everyone or self.scope.placeholders
        return self._found[kind].counted(self.scope.tentative, placeholders)

    def money(self, work: HoursByDay, factor: Floats | None = None) -> MoneyByDay:
        """Return what hours earn, by the effective rates or by others."""
        scope = self.scope
        scale = scope.factor if factor is None else factor
        found = MoneyByDay.of(work, scope.projects, scope.rates, scope.hours_per_day, scale)
        if found.unrated.any():
            scope.unrated.append((work.project[found.unrated], work.role[found.unrated]))
        return found

    def ids(self, work: HoursByDay) -> dict[str, Ints]:
        """Return whose hours are, as far as it is asked for."""
        held = self.calendar
        own: dict[str, Callable[[], Ints]] = {
            "person": lambda: work.person,
            "project": lambda: work.project,
            "projectRole": lambda: work.role,
            "phase": lambda: work.phase,
            "workstream": lambda: work.workstream,
            "contract": lambda: held.contract_at(work.person, work.day),
            "role": lambda: held.roles(held.contract_at(work.person, work.day), work.role),
        }
        return {key: own[key]() for key in self.scope.keys}

    def of_contracts(self, person: Ints, contract: Ints) -> dict[str, Ints]:
        """Return whose amounts of contracts are, and of which role."""
        role = np.full(len(person), MISSING, np.int64)
        if "role" in self.scope.keys:
            roles = self.source.columns_of(CONTRACTS).ids("roleId")
            role = np.append(roles, MISSING)[contract]
        return {"person": person, "contract": contract, "role": role}


def _life_of(crew: ScopedCrew) -> Amounts:
    """Return what the whole lives of some people's work come to."""
    scope = crew.scope
    work = crew.work("effective", phases=False).counted(scope.tentative, scope.placeholders)
    money = crew.money(work, np.ones(len(scope.projects.ids)))
    past = work.day < scope.today
    inside = (work.day >= scope.span[0]) & (work.day <= scope.span[1])
    values = {
        "listed": money.at_list_price,
        "billable": work.billable,
        "total": work.total,
        "pastBillable": np.where(past, work.billable, 0.0),
        "pastTotal": np.where(past, work.total, 0.0),
        "inside": inside.astype(np.float64),
    }
    return Amounts(work.day, {"project": work.project, "projectRole": work.role}, values)
