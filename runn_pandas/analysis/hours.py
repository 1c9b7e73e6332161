"""Hours day by day: what was planned, what was logged, and which of the two counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.days import CHUNK, Calendar, calendar
from runn_pandas.analysis.partitions import dask_hours, is_dask
from runn_pandas.analysis.plan import Plan
from runn_pandas.analysis.tables import (
    MISSING,
    Flags,
    Floats,
    Ints,
    Source,
    Tables,
    Window,
    choice,
    date_column,
    dates,
    flags,
    id_column,
    ids,
    minutes_column,
    numbers,
    window,
)
from runn_pandas.errors import FrameError

KINDS = ("effective", "scheduled", "actual")
KEY = ("personId", "projectId", "roleId", "workstreamId")
NO_KEYS: tuple[Ints, ...] = tuple(np.empty(0, np.int64) for _ in KEY)


@dataclass(frozen=True)
class Work:
    """Minutes by day and key, one entry for each, sorted by day, person, project and role.

    Attributes
    ----------
    placeholder, tentative
        Flags; ``unknown`` is where the project is not among the projects.
    """

    day: Ints
    person: Ints
    project: Ints
    role: Ints
    workstream: Ints
    phase: Ints
    billable: Floats
    nonbillable: Floats
    placeholder: Flags
    tentative: Flags
    unknown: Flags

    @property
    def total(self) -> Floats:
        total: Floats = self.billable + self.nonbillable
        return total

    def select(self, keep: Flags) -> Work:
        """Some of the entries."""
        return Work(**{name: values[keep] for name, values in vars(self).items()})

    def counted(self, include_tentative: bool, include_placeholders: bool) -> Work:
        """Without tentative work and without placeholders, unless they are asked for."""
        keep = np.ones(len(self.day), np.bool_)
        if not include_tentative:
            keep &= ~self.tentative
        if not include_placeholders:
            keep &= ~self.placeholder
        return self.select(keep)


@dataclass(frozen=True)
class Side:
    """One of the two sides, plan or log: minutes by sorted, unique slot of day and key."""

    slot: Ints
    billable: Floats
    nonbillable: Floats
    phase: Ints

    @classmethod
    def summed(cls, slot: Ints, billable: Floats, nonbillable: Floats, phase: Ints) -> Side:
        """Entries of one slot added up; the phase is the first that is known."""
        if not len(slot):
            return cls(slot, billable, nonbillable, phase)
        order = np.argsort(slot, kind="stable")
        slot, phase = slot[order], phase[order]
        starts = np.flatnonzero(np.append(True, slot[1:] != slot[:-1]))
        place = np.where(phase == MISSING, len(phase), np.arange(len(phase)))
        first = np.minimum.reduceat(place, starts)
        return cls(
            slot[starts],
            np.add.reduceat(billable[order], starts),
            np.add.reduceat(nonbillable[order], starts),
            np.append(phase, MISSING)[first],
        )

    @classmethod
    def joined(cls, sides: list[Side]) -> Side:
        """Several sides as one, in which the earlier ones come first."""
        names = ("slot", "billable", "nonbillable", "phase")
        parts = [[getattr(side, name) for side in sides] for name in names]
        del sides[:]
        return cls.summed(*map(np.concatenate, parts))

    @classmethod
    def nothing(cls) -> Side:
        """An empty side."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.int64))

    def over(self, other: Side) -> Side:
        """Take this side where it has an entry, were it zero, else the other (guide 6.1)."""
        at = np.minimum(np.searchsorted(other.slot, self.slot), max(len(other.slot) - 1, 0))
        phase = self.phase
        if len(other.slot):
            beside = np.where(other.slot[at] == self.slot, other.phase[at], MISSING)
            phase = np.where(phase == MISSING, beside, phase)
        rest = ~np.isin(other.slot, self.slot, assume_unique=True)
        slot = np.concatenate([self.slot, other.slot[rest]])
        order = np.argsort(slot, kind="stable")
        return Side(
            slot[order],
            np.concatenate([self.billable, other.billable[rest]])[order],
            np.concatenate([self.nonbillable, other.nonbillable[rest]])[order],
            np.concatenate([phase, other.phase[rest]])[order],
        )


class Keys:
    """Person, project, role and workstream as one number, that sorts as they do."""

    def __init__(self, *columns: tuple[Ints, ...]) -> None:
        parts = [np.concatenate(values) for values in zip(*columns, strict=True)]
        combined = np.zeros(len(parts[0]), np.int64)
        for part in parts:
            known, codes = np.unique(part, return_inverse=True)
            # Made dense again each time, so that it never overflows.
            combined = np.unique(combined * len(known) + codes, return_inverse=True)[1]
        _, first, self.codes = np.unique(combined, return_index=True, return_inverse=True)
        self.values = [part[first] for part in parts]
        self.count = max(len(first), 1)


def work(
    source: Source,
    known: Calendar | None,
    span: Window,
    *,
    kind: str,
    today: int,
    everything: bool = False,
) -> Work:
    """What `hours` gives, as arrays; ``everything`` reads the tables whole."""
    asked = None if everything else span
    planned = kind != "actual"
    tables = [source.table("assignments", asked)] if planned else []
    assignments = tables[0] if tables else None
    actuals = source.table("actuals", asked) if kind != "scheduled" else None
    projects = source.table("projects")
    project_ids = ids(projects, "projects", "id")
    templates = project_ids[flags(projects, "isTemplate", False, "projects")]
    unconfirmed = project_ids[~flags(projects, "isConfirmed", True, "projects")]
    placeholders = source.placeholders(assignments)

    plan, plan_keys = None, NO_KEYS
    if assignments is not None:
        plan = Plan.of(assignments, templates, placeholders)
        plan_keys = _keys(assignments, "assignments", plan.row)
    log, log_keys = NO_KEYS[0], NO_KEYS
    if actuals is not None:
        when = dates(actuals, "actuals", "date")
        log = np.flatnonzero(
            (when >= span[0])
            & (when <= span[1])
            & ~np.isin(ids(actuals, "actuals", "projectId"), templates)
        )
        log_keys = _keys(actuals, "actuals", log)
    keys = Keys(plan_keys, log_keys)
    split = len(plan_keys[0])

    side = Side.nothing()
    if plan is not None and assignments is not None:
        known = known or calendar(source, span)
        side = _planned(plan, assignments, keys.codes[:split], keys.count, known, today)
    if actuals is not None:
        side = _logged(actuals, log, keys.codes[split:], keys.count, when, span[0]).over(side)

    days, code = np.divmod(side.slot, keys.count)
    person, project, role, workstream = (values[code] for values in keys.values)
    return Work(
        day=days + span[0],
        person=person,
        project=project,
        role=role,
        workstream=workstream,
        phase=side.phase,
        billable=side.billable,
        nonbillable=side.nonbillable,
        placeholder=np.isin(person, placeholders),
        tentative=np.isin(project, unconfirmed),
        unknown=~np.isin(project, project_ids),
    )


def _keys(frame: pd.DataFrame, table: str, rows: Ints) -> tuple[Ints, ...]:
    return tuple(ids(frame, table, name, optional=name == "workstreamId")[rows] for name in KEY)


def _planned(
    plan: Plan, frame: pd.DataFrame, codes: Ints, count: int, known: Calendar, today: int
) -> Side:
    billable = np.where(plan.billable, plan.minutes, 0.0)
    nonbillable = plan.minutes - billable
    phase = ids(frame, "assignments", "phaseId", optional=True)[plan.row]
    sides, waiting = [Side.nothing()], 0
    for rows, days in plan.days(known, today):
        slot = (days - known.first) * count + codes[rows]
        sides.append(Side(slot, billable[rows], nonbillable[rows], phase[rows]))
        waiting += len(rows)
        # Days are held no longer than until there are as many again as sums.
        if waiting > max(4 * CHUNK, len(sides[0].slot)):
            sides, waiting = [Side.joined(sides)], 0
    return Side.joined(sides)


def _logged(
    frame: pd.DataFrame, rows: Ints, codes: Ints, count: int, when: Ints, first: int
) -> Side:
    phase = ids(frame, "actuals", "phaseId", optional=True)[rows]
    order = np.lexsort((phase, ids(frame, "actuals", "id", optional=True)[rows]))
    told = [
        numbers(frame, "actuals", name, optional=name in frame.columns)[rows][order]
        for name in ("billableMinutes", "nonbillableMinutes")
    ]
    if (np.isnan(told[0]) & np.isnan(told[1])).any():
        raise FrameError(
            "'actuals': some rows have neither billableMinutes nor nonbillableMinutes, which is not"
            " an actual of 0; fill them in or leave these rows out."
        )
    minutes = [np.nan_to_num(values) for values in told]
    slot = (when[rows] - first) * count + codes
    return Side.summed(slot[order], minutes[0], minutes[1], phase[order])


def hours(
    start: Any,
    end: Any,
    *,
    kind: str = "effective",
    tables: Tables | None = None,
    include_tentative: bool = True,
    include_placeholders: bool = True,
    as_of: Any = None,
    account: Account | None = None,
) -> pd.DataFrame:
    """Hours by day, person, project, role and workstream, as Runn's own reports count them.

    *Scheduled* are the minutes of assignments on the days that count: the contract in force on
    that date has rostered minutes, and it is no public holiday, rostered-off day or day of
    full leave; a marked non-working day always counts, partial leave takes nothing away.
    Templates and inactive assignments are no work. Placeholders are planned from Monday to
    Friday, and count from ``as_of`` on. *Actual* are the minutes logged. *Effective* (Runn:
    total, forecast, assumed hours) are the actual ones where there are any, also if they are 0,
    and the scheduled ones elsewhere, in the past too. (help.runn.io 10356662, 4914519;
    developer.runn.io/docs/faq)

    Parameters
    ----------
    start, end : date
        The first and the last day, both inclusive.
    kind : {"effective", "scheduled", "actual"}
        Which hours.
    tables : dict of str to DataFrame, optional
        Frames by resource, as `runn_pandas.read_many` gives them: ``assignments``,
        ``contracts``, ``time-offs/leave``, ``time-offs/holidays``, ``time-offs/rostered-off``
        (not for actual hours), ``actuals`` (not for scheduled hours), ``projects``, and
        ``placeholders`` if there are any. What is missing is read from the account. Some may be
        Dask DataFrames, as `Mirror.dask` gives them, each row once: then the result is one too,
        a partition a month, and memory holds some months at a time.
    include_tentative, include_placeholders : bool
        False leaves out the rows that ``isTentative`` or ``isPlaceholder`` marks.
    as_of : date, optional
        The day that divides past from future; today if not given, on the embedded demo account
        the day on which it stands still, 2026-06-30.
    account : Account, optional
        Where to read what ``tables`` lacks; the current account if not given.

    Returns
    -------
    DataFrame
        ``date, personId, projectId, roleId, workstreamId, phaseId, billableMinutes,
        nonbillableMinutes, totalMinutes, isPlaceholder, isTentative``, one row for each day and
        key, sorted by them. Minutes are ``Int64`` (``Float64`` if there are fractions).
        Assignments on one key and day are added up. The phase is the actual's, else the
        assignment's. ``isTentative`` is NA where ``tables`` lacks the project.

    Raises
    ------
    FilterError
        If an option takes no such value, or the end is before the start.
    FrameError
        If a table lacks a column or holds what it cannot.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> from runn_pandas.analysis import hours
    >>> account = rp.connect("demo")
    >>> june = hours("2026-06-01", "2026-06-30")
    >>> june["totalMinutes"].dtype
    Int64Dtype()
    """
    choice("kind", kind, KINDS)
    span = window(start, end)
    if isinstance(tables, Mapping) and any(map(is_dask, tables.values())):
        options = {
            "kind": kind,
            "include_tentative": include_tentative,
            "include_placeholders": include_placeholders,
        }
        lazy: pd.DataFrame = dask_hours(span, tables, account, as_of, options)
        return lazy
    source = Source(tables, account)
    found = work(source, None, span, kind=kind, today=source.today(as_of))
    found = found.counted(include_tentative, include_placeholders)
    columns: dict[str, Any] = {
        "date": date_column(found.day),
        "personId": id_column(found.person),
        "projectId": id_column(found.project),
        "roleId": id_column(found.role),
        "workstreamId": id_column(found.workstream),
        "phaseId": id_column(found.phase),
        "billableMinutes": minutes_column(found.billable),
        "nonbillableMinutes": minutes_column(found.nonbillable),
        "totalMinutes": minutes_column(found.total),
        "isPlaceholder": pd.arrays.BooleanArray(
            found.placeholder, np.zeros(len(found.day), np.bool_)
        ),
        "isTentative": pd.arrays.BooleanArray(found.tentative, found.unknown),
    }
    return pd.DataFrame(columns, copy=False)
