"""Hours day by day: what was planned, what was logged, and which of the two counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Self

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.actuals import minutes_by_key, rows_that_count
from runn_pandas.analysis.assignments import ActiveAssignments
from runn_pandas.analysis.columns import (
    Flags,
    Floats,
    Ints,
    date_column,
    id_column,
    minutes_column,
)
from runn_pandas.analysis.dask_months import hours_by_month, is_dask
from runn_pandas.analysis.days import Window, window
from runn_pandas.analysis.groups import PERIOD, Amounts
from runn_pandas.analysis.hints import told
from runn_pandas.analysis.inputs import Source, Tables, choice
from runn_pandas.analysis.keyed_minutes import KeyedMinutes, KeyIndex, keys_of
from runn_pandas.analysis.options import FREQUENCIES, KINDS, Freq, HoursKind
from runn_pandas.analysis.reports.fields import fields_of, labelled, summed
from runn_pandas.analysis.work_calendar import Calendar
from runn_pandas.errors import FilterError
from runn_pandas.frame.flags import check_flags

SUMS = ("billable", "nonbillable", "total")


def hours(
    start: Any,
    end: Any,
    *,
    kind: HoursKind = "effective",
    freq: Freq | None = None,
    by: str | Sequence[str] | None = None,
    tables: Tables | None = None,
    include_tentative: bool = True,
    include_placeholders: bool = True,
    as_of: Any = None,
    account: Account | None = None,
) -> pd.DataFrame:
    """Return hours by day, person, project, role and workstream, as Runn's own reports count them.

    *Scheduled* are the minutes of assignments on the days that count: the contract in force on
    that date has rostered minutes, and it is no public holiday, rostered-off day or day of
    full leave; a marked non-working day always counts, partial leave takes nothing away.
    Templates and inactive assignments are no work. Placeholders are planned from Monday to
    Friday, and count from ``as_of`` on. *Actual* are the minutes logged. *Effective* (Runn:
    total, forecast, assumed hours) are the actual ones where there are any, also if they are 0,
    and the scheduled ones elsewhere, in the past too. Everything on a non-billable project is
    non-billable, whatever was ticked or logged. (help.runn.io 10356662, 4914519;
    developer.runn.io/docs/faq)

    Parameters
    ----------
    start, end : date
        The first and the last day, both inclusive.
    kind : {"effective", "scheduled", "actual"}
        Which hours.
    freq : {"D", "W", "W-MON", "MS", "QS", "YS"}, optional
        Sums by period, cut to the window at its edges; by day if not given.
    by : str or sequence of str, optional
        Sums by fields, as in `finance`: ``"project"``, ``"role"`` (of the work), ``"team"``,
        ``["client", "project"]``, ``"account"`` ...; by person and project if only ``freq`` is
        given.
    tables : dict of str to DataFrame, optional
        Frames by resource, as `runn_pandas.read_many` gives them: ``assignments``,
        ``contracts``, ``time-offs/leave``, ``time-offs/holidays``, ``time-offs/rostered-off``
        (not for actual hours), ``actuals`` (not for scheduled hours), ``projects``, and
        ``placeholders`` if there are any. What is missing is read from the account, beside a
        mirror's ``tables()`` from the mirror or not at all. Some may be
        Dask DataFrames, as `Mirror.dask` gives them, each row once: then the result is one too,
        a partition a month, and memory holds some months at a time.
    include_tentative, include_placeholders : bool
        False leaves out the rows that ``isTentative`` or ``isPlaceholder`` marks. Both are in by
        default, as in the API's own hours of a project, where Runn's reports, and `finance`,
        `utilization` and `report`, leave tentative work out.
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
        assignment's. ``isTentative`` is NA where ``tables`` lacks the project. With ``freq`` or
        ``by`` only the ``period`` (or ``date``), the fields and the minutes.

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
    check_flags(include_tentative=include_tentative, include_placeholders=include_placeholders)
    span = window(start, end)
    options: dict[str, Any] = {
        "kind": kind,
        "include_tentative": include_tentative,
        "include_placeholders": include_placeholders,
    }
    if isinstance(tables, Mapping) and any(map(is_dask, tables.values())):
        if by is not None or freq is not None:
            raise FilterError(
                "freq= and by= take tables in memory; of a Dask DataFrame, sum up the hours:"
                " .groupby(...).sum()."
            )
        lazy: pd.DataFrame = hours_by_month(hours_frame, span, tables, account, as_of, options)
        return lazy
    source = Source(tables, account)
    today = source.today(as_of)
    if by is None and freq is None:
        result = hours_frame(source, span, today, **options)
    else:
        result = _hours_summed(source, span, today, freq, by, **options)
    return told(result, f"{kind} hours", span, today, freq=freq or "D")


def _hours_summed(
    source: Source,
    span: Window,
    today: int,
    freq: str | None,
    by: str | Sequence[str] | None,
    *,
    kind: str,
    include_tentative: bool,
    include_placeholders: bool,
) -> pd.DataFrame:
    """Return hours by period and group."""
    if freq is not None:
        choice("freq", freq, FREQUENCIES)
    fields = fields_of(source, "projects", ("person", "project") if by is None else by)
    calendar = Calendar.of(source, span)
    found = HoursByDay.of(source, calendar, span, kind=kind, today=today)
    found = found.counted(include_tentative, include_placeholders)
    values = {f"{name}Minutes": getattr(found, name) for name in SUMS}
    ids = found.ids(calendar, {one.key for one in fields})
    sums = summed(Amounts(found.day, ids, values), fields, freq or "D")
    columns = labelled(sums, fields, freq or "D", PERIOD if freq else "date")
    minutes = {name: minutes_column(sums[name].to_numpy(np.float64)) for name in values}
    return pd.DataFrame({**columns, **minutes})


def hours_frame(
    source: Source,
    span: Window,
    today: int,
    *,
    kind: str,
    include_tentative: bool,
    include_placeholders: bool,
) -> pd.DataFrame:
    """Return what `hours` gives, of tables in memory."""
    found = HoursByDay.of(source, None, span, kind=kind, today=today)
    found = found.counted(include_tentative, include_placeholders)
    ids = ("person", "project", "role", "workstream", "phase")
    sure = np.zeros(len(found.day), np.bool_)
    columns: dict[str, Any] = {
        "date": date_column(found.day),
        **{f"{name}Id": id_column(getattr(found, name)) for name in ids},
        **{f"{name}Minutes": minutes_column(getattr(found, name)) for name in SUMS},
        "isPlaceholder": pd.arrays.BooleanArray(found.placeholder, sure),
        "isTentative": pd.arrays.BooleanArray(found.tentative, found.unknown),
    }
    return pd.DataFrame(columns, copy=False)


@dataclass(frozen=True)
class ProjectKinds:
    """The ids of projects, and of those whose hours are no work, unsure or never billed."""

    ids: Ints
    templates: Ints
    unconfirmed: Ints
    unbilled: Ints

    @classmethod
    def of(cls, source: Source) -> Self:
        """Return those of a source."""
        table = source.columns_of("projects")
        ids = table.ids("id")
        return cls(
            ids=ids,
            templates=ids[table.flags("isTemplate", False)],
            unconfirmed=ids[~table.flags("isConfirmed", True)],
            unbilled=ids[table.texts("pricingModel", "tm") == "nb"],
        )


@dataclass(frozen=True)
class HoursByDay:
    """Minutes by day and key, one entry for each, sorted by day, person, project and role.

    In reports an entry may be of a stretch of days (see `Crew`), at the first of them, and in any
    order. ``unknown`` is set where the project is not among the projects.
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

    @classmethod
    def of(
        cls,
        source: Source,
        calendar: Calendar | None,
        span: Window,
        *,
        kind: str,
        today: int,
        everything: bool = False,
    ) -> Self:
        """Return the hours of a span; ``everything`` reads the tables whole."""
        asked = None if everything else span
        plan = source.columns_of("assignments", asked) if kind != "actual" else None
        log = source.columns_of("actuals", asked) if kind != "scheduled" else None
        projects = ProjectKinds.of(source)
        placeholders = source.placeholders(None if plan is None else plan.frame)

        # By side, what was logged first: it counts wherever there is any.
        keys: list[tuple[Ints, ...]] = []
        makers: list[Callable[[Ints, int], KeyedMinutes]] = []
        if log is not None:
            rows = rows_that_count(log, projects.templates, span)
            keys.append(keys_of(log, rows))
            makers.append(partial(minutes_by_key, log, rows, span[0]))
        if plan is not None:
            active = ActiveAssignments.of(plan, projects.templates, placeholders)
            calendar = calendar or Calendar.of(source, span)
            keys.append(keys_of(plan, active.row))
            makers.append(partial(active.minutes, calendar, today))
        index = KeyIndex(keys)
        sides = (make(codes, index.count) for make, codes in zip(makers, index.codes, strict=True))
        minutes = reduce(KeyedMinutes.over, sides)

        day, code = np.divmod(minutes.slot, index.count)
        return cls.made(
            projects,
            placeholders,
            [values[code] for values in index.values],
            day=day + span[0],
            phase=minutes.phase,
            billable=minutes.billable,
            nonbillable=minutes.nonbillable,
        )

    @classmethod
    def made(
        cls,
        projects: ProjectKinds,
        placeholders: Ints,
        keys: Sequence[Ints],
        *,
        day: Ints,
        phase: Ints,
        billable: Floats,
        nonbillable: Floats,
    ) -> Self:
        """Return minutes of keys, as they count on their projects."""
        person, project, role, workstream = keys
        # See docs/how-runn-behaves.md, "Assignments and actuals".
        moved = np.where(np.isin(project, projects.unbilled), billable, 0.0)
        return cls(
            day=day,
            person=person,
            project=project,
            role=role,
            workstream=workstream,
            phase=phase,
            billable=billable - moved,
            nonbillable=nonbillable + moved,
            placeholder=np.isin(person, placeholders),
            tentative=np.isin(project, projects.unconfirmed),
            unknown=~np.isin(project, projects.ids),
        )

    def ids(self, calendar: Calendar, keys: Iterable[str]) -> dict[str, Ints]:
        """Return whose the minutes are; the role is that of the work."""
        own = {
            "person": self.person,
            "project": self.project,
            "role": self.role,
            "projectRole": self.role,
            "phase": self.phase,
            "workstream": self.workstream,
        }
        if "contract" in keys:
            own["contract"] = calendar.contract_at(self.person, self.day)
        return {key: own[key] for key in keys}

    @property
    def total(self) -> Floats:
        """Return all minutes, billable or not."""
        total: Floats = self.billable + self.nonbillable
        return total

    def select(self, keep: Flags) -> Self:
        """Return some of the entries."""
        return type(self)(**{name: values[keep] for name, values in vars(self).items()})

    def counted(self, include_tentative: bool, include_placeholders: bool) -> Self:
        """Return all but tentative work and placeholders, unless they are asked for."""
        keep = np.ones(len(self.day), np.bool_)
        if not include_tentative:
            keep &= ~self.tentative
        if not include_placeholders:
            keep &= ~self.placeholder
        return self.select(keep)
