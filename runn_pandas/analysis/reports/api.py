"""Every number of Runn's own reports, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.columns import Floats, minutes_column, number_column
from runn_pandas.analysis.days import Window, around, period_start, weekday, window
from runn_pandas.analysis.finance_by_period import (
    checked_hours,
    life_of,
    logged_days,
    planned_days,
)
from runn_pandas.analysis.groups import PERIOD, Amounts
from runn_pandas.analysis.hints import told
from runn_pandas.analysis.inputs import Source, Tables, choice
from runn_pandas.analysis.options import CHARGES, FREQUENCIES, UNITS, Charges, Freq, Unit
from runn_pandas.analysis.people_at_a_time import Asked
from runn_pandas.analysis.reports.facts import FACTS, RUNNING, UNDATED, WHOLE, facts_for
from runn_pandas.analysis.reports.fields import (
    Field,
    added_up,
    field,
    keys_of,
    labelled,
    names_of,
    summed,
    unknown,
)
from runn_pandas.analysis.reports.metric import COUNT, FLAG, HOURS, WORD, Metric
from runn_pandas.analysis.reports.metric_table import metrics_of, table
from runn_pandas.analysis.reports.presets import KINDS, PRESETS, Preset
from runn_pandas.analysis.reports.scope import Scope, ScopedCrew
from runn_pandas.analysis.reports.values import Values
from runn_pandas.analysis.stored_tables import Store, of_tables
from runn_pandas.errors import FilterError
from runn_pandas.frame.flags import check_flags

# So many frames of sums wait to be added up.
HELD = 100


def report(
    kind: str,
    start: Any = None,
    end: Any = None,
    *,
    metrics: str | Sequence[str] | None = None,
    by: str | Sequence[str] | None = None,
    freq: Freq | None = None,
    unit: Unit = "hours",
    tables: Tables | Store | None = None,
    as_of: Any = None,
    include_tentative: bool | None = None,
    include_placeholders: bool | None = None,
    charges: Charges = "runn",
    hours_per_day: float = 8,
    account: Account | None = None,
) -> pd.DataFrame:
    """Return Runn's own report of people or of projects: any of its metrics, by any group.

    What each metric is, and where Runn says so, is in `metrics`.

    Parameters
    ----------
    kind : str
        ``"people"`` or ``"projects"``; or one of Runn's ready-made reports, such as
        ``"people/utilization"``, ``"people/overallocation"`` or
        ``"projects/profitability-by-client"``, which bring metrics, groups and periods.
    start, end : date, optional
        The first and the last day, both inclusive. Without them everything that is planned or
        logged, the whole life of projects.
    metrics : str or sequence of str, optional
        Names of `metrics`; those of Runn's report of that kind if not given.
    by : str or sequence of str, optional
        One field or several, in order: ``"person"``, ``"team"``, ``"role"`` (of the contract),
        ``"projectRole"`` (of the work), ``"employmentType"``, ``"jobTitle"``, ``"personType"``
        (person, placeholder), ``"personState"``, ``"manager"``, ``"skill"``, ``"tag"``;
        ``"project"``, ``"client"``, ``"status"`` (confirmed, tentative), ``"projectState"``
        (active, archived), ``"pricingModel"``, ``"primaryTeam"``, ``"projectManager"``,
        ``"projectTag"``, ``"phase"``, ``"workstream"``; ``"customFields.<name>"``. ``"state"``,
        ``"tag"``, ``"manager"`` and custom fields are those of the report's kind. ``"account"``,
        or an empty list: one sum. By person, or by project, if not given.
    freq : {"D", "W", "W-MON", "MS", "QS", "YS"}, optional
        A row for each period too: days, weeks from Monday, months, quarters, years. Periods at
        the edges are cut to the window.
    unit : {"hours", "minutes", "days", "fte"}
        What hours are shown in: days of ``hours_per_day``, or full-time equivalents, hours over
        ``hours_per_day`` x the days from Monday to Friday of the period.
    tables : dict of str to DataFrame, or Mirror, optional
        Frames by resource, as `runn_pandas.read_many` gives them; what is missing is read.
        For fixed prices, budgets and running totals ``assignments`` and ``actuals`` have to be
        whole, not only those of the window. Of a mirror, as `mirror` opens it, nothing is read
        whole: DuckDB sorts its tables on the disk, and the rows of some people at a time are in
        memory, with the same result (``pip install '.[sql]'``).
    as_of : date, optional
        The day that divides past from future, as in `hours`.
    include_tentative : bool, optional
        Whether tentative projects count; not, if not given, as in Runn's reports.
    include_placeholders : bool, optional
        Whether the future demand of placeholders counts. If not given it does, as in Runn's
        reports, but not in ``"people/utilization"`` and ``"people/variance"``.
    charges : {"runn", "all", "none"}
        Whose charges of other expenses are revenue, as in `finance`.
    hours_per_day : float
        The account's full-time day, which the API does not tell.
    account : Account, optional
        Where to read what ``tables`` lacks; the current account if not given.

    Returns
    -------
    DataFrame
        ``period`` (its first day) where ``freq`` says so, a column for each field (``teamId``,
        ``employmentType`` ...), and a column for each metric under its name. One row for each
        group and period with anything in it. Who has several tags, skills, managers or choices
        counts in each, so such groups do not add up; who has none is NA. Amounts that are
        nobody's, such as capacity by project, are in a row with NA too. Hours, money and per
        cent are ``Float64`` and not rounded, minutes and counts ``Int64``. What is of the whole
        project, such as ``budget``, is the same in each period, and NA in full-time equivalents,
        as is a period without a day from Monday to Friday.

    Raises
    ------
    FilterError
        If a report, metric, group, unit or other option is not known; the message names the
        nearest one. A metric that the API cannot give is refused with the reason.
    FrameError
        If a table lacks a column or a row that the numbers are made from.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> asked = {"by": "team", "metrics": ["total", "overtime"]}
    >>> june = rp.report("people", "2026-06-01", "2026-06-30", **asked)
    >>> june.columns.tolist()
    ['teamId', 'total', 'overtime']
    >>> rp.report("projects/profitability-by-client", "2026-06-01", "2026-06-30").columns.tolist()
    ['clientId', 'revenue', 'costs', 'profit', 'margin']
    """
    kind, preset = _report_of(kind)
    choice("unit", unit, UNITS)
    choice("charges", charges, CHARGES)
    check_flags(
        ("include_tentative", "include_placeholders"),
        include_tentative=include_tentative,
        include_placeholders=include_placeholders,
    )
    period = checked_freq(preset.freq if freq is None else freq)
    wanted = _metrics(kind, preset.metrics if metrics is None else metrics, unit, metrics is None)
    names = names_of(kind, preset.by if by is None else by)
    tentative, placeholders = _who_counts(preset, include_tentative, include_placeholders)
    full_time = checked_hours(hours_per_day)

    def of(source: Source) -> pd.DataFrame:
        scope = Scope(
            source=source,
            kind=kind,
            span=_span(source, start, end),
            today=source.today(as_of),
            freq=period,
            tentative=tentative,
            placeholders=placeholders,
            charges=charges,
            hours_per_day=full_time,
        )
        return made(scope, wanted, names, unit)

    return of_tables(tables, account, of)


def metrics() -> pd.DataFrame:
    """Return every metric of Runn's reports: what it is, where Runn says so, whether it is given.

    Returns
    -------
    DataFrame
        One row for each metric: ``name``, under which `report` gives it; ``runn``, Runn's own
        name; ``report``, people, projects or both; ``unit``; ``definition``, Runn's, in a
        sentence; ``source``, the page of help.runn.io; ``evidence``: ``"Runn's page"``,
        ``"contract"`` (the API's OpenAPI file), ``"community"`` (seen by others), or
        ``"inferred"``: the name is Runn's and the formula is not told, so compare it with a
        report of Runn's before you rely on it; ``computable``, and ``why_not`` where the API
        cannot give it, or only in part.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> every = rp.metrics().set_index("name")
    >>> every.loc["overtime", "evidence"]
    'inferred'
    """
    rows = [
        {
            "name": metric.name,
            "runn": metric.runn,
            "report": ", ".join(metric.reports),
            "unit": metric.unit,
            "definition": metric.definition,
            "source": metric.source,
            "evidence": metric.evidence,
            "computable": metric.formula is not None,
            "why_not": metric.why_not,
        }
        for metric in table()
    ]
    return pd.DataFrame(rows).astype({"computable": "boolean"})


# -- what is asked


def _report_of(asked: str) -> tuple[str, Preset]:
    """Return which report is meant, and what it shows if nothing else is said."""
    known = {**KINDS, **PRESETS}
    if not isinstance(asked, str) or asked not in known:
        word = str(asked).lower().replace(" ", "-")
        last = {name.split("/")[-1]: name for name in known}
        near = [last[name] for name in get_close_matches(word.split("/")[-1], last, 2, 0.5)]
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise FilterError(
            f"There is no report {asked!r}.{hint} There are 'people', 'projects', and"
            f" {', '.join(sorted(PRESETS))}."
        )
    return asked.split("/")[0], known[asked]


def checked_freq(freq: str | None) -> str | None:
    """Return the period if it is one, or none."""
    return None if freq is None else choice("freq", freq, FREQUENCIES)


def _who_counts(
    preset: Preset, tentative: bool | None, placeholders: bool | None
) -> tuple[bool, bool]:
    """Return whether tentative work and placeholders count: as asked, else as Runn's report has it.

    See docs/how-runn-behaves.md, "Assignments and actuals".
    """
    if tentative is None:
        tentative = preset.options.get("include_tentative", False)
    if placeholders is None:
        placeholders = preset.options.get("include_placeholders", True)
    return tentative, placeholders


def _metrics(kind: str, asked: Any, unit: str, by_default: bool) -> list[Metric]:
    known = metrics_of(kind)
    names = [asked] if isinstance(asked, str) else list(asked)
    found = []
    for name in dict.fromkeys(names):
        if name not in known:
            raise FilterError(_no_metric(kind, name, known))
        metric = known[name]
        if metric.formula is None:
            raise FilterError(f"{name!r} ({metric.runn}) cannot be computed: {metric.why_not}")
        if unit == "fte" and metric.is_whole and metric.unit == HOURS and not by_default:
            raise FilterError(
                f"{name!r} is of the whole project, which has no full-time equivalents;"
                " ask for unit='hours' or 'days'."
            )
        found.append(metric)
    return found


def _no_metric(kind: str, name: Any, known: dict[str, Metric]) -> str:
    others = [other for other in KINDS if other != kind and name in metrics_of(other)]
    if others:
        return f"{name!r} is a metric of rp.report({others[0]!r}), not of {kind!r}."
    by_runn = {metric.runn: metric.name for metric in known.values()}
    return unknown("metrics", by_runn.get(name, name), list(known))


def _span(source: Source, start: Any, end: Any) -> Window:
    if start is not None and end is not None:
        return window(start, end)
    known = around(planned_days(source), logged_days(source))
    if known is None:
        raise FilterError("Nothing is planned or logged: give start and end.")
    first, last = window(start, end, known)
    if last < first:
        raise FilterError("Nothing is planned or logged on that side: give start and end.")
    return life_of(source, (first, last)) if start is None and end is None else (first, last)


# -- what is summed


def made(scope: Scope, wanted: list[Metric], names: list[str], unit: str) -> pd.DataFrame:
    """Return metrics by the fields of some names, in a unit of hours."""
    facts = facts_for(frozenset().union(*(metric.needs for metric in wanted)))
    fields = [field(scope.source, scope.kind, name) for name in names]
    keys = frozenset(one.key for one in fields) | frozenset(scope.only)
    scope = replace(scope, keys=keys, whole=bool(WHOLE & set(facts)))
    sums = _sums(scope, fields, facts)
    scope.say_unrated()
    values = _values(scope, sums, len(fields))
    columns = labelled(sums, fields, scope.freq)
    result = pd.DataFrame(
        {**columns, **{metric.name: _column(metric, values, unit) for metric in wanted}}
    )
    return told(result, scope.kind, scope.span, scope.today, freq=scope.freq, unit=unit)


def _sums(scope: Scope, fields: list[Field], facts: dict[str, set[str]]) -> pd.DataFrame:
    """Return the sums that are asked for, by period and group."""
    of_people = {name for name in facts if FACTS[name].tables}
    at_once = [name for name in facts if name not in of_people]
    frames = [_summed(scope, scope, name, facts[name], fields) for name in at_once]
    if running := of_people & RUNNING:
        sums = _over_people(scope, scope.life_span, running, facts, fields)
        frames += [sums, _in_each_period(sums[keys_of(fields)], scope)]
    if inside := of_people - RUNNING:
        frames.append(_over_people(scope, scope.span, inside, facts, fields))
    return added_up(frames, keys_of(fields))


def _over_people(
    scope: Scope, days: Window, names: set[str], facts: dict[str, set[str]], fields: list[Field]
) -> pd.DataFrame:
    """Return the sums of facts, added up over some people after the others."""
    tables = sorted({table for name in names for table in FACTS[name].tables})
    frames: list[pd.DataFrame] = []
    for crew in scope.crews(Asked(tables, days, whole=bool(RUNNING & set(names)))):
        own = [one.on(crew.source) for one in fields]
        frames += [_summed(scope, crew, name, facts[name], own) for name in sorted(names)]
        if len(frames) > HELD:
            frames = [added_up(frames, keys_of(fields))]
    return added_up(frames, keys_of(fields))


def _summed(
    scope: Scope, seen: Scope | ScopedCrew, name: str, wanted: set[str], fields: list[Field]
) -> pd.DataFrame:
    """Return what one fact gives of what is asked for, by period and group."""
    every = scope.chosen(FACTS[name].make(seen))
    values = {one: every.values[one] for one in sorted(wanted)}
    amounts = Amounts(every.day, every.ids, values)
    if name in UNDATED:
        amounts = scope.in_each_period(amounts)
    return summed(amounts, fields, scope.freq, prefix=f"{FACTS[name].word}.")


def _in_each_period(groups: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Return groups in every period: what runs on does so without an entry."""
    periods = pd.DataFrame({PERIOD: scope.periods}, dtype=np.int64)
    return groups.drop(columns=PERIOD).drop_duplicates().merge(periods, how="cross")


def _values(scope: Scope, sums: pd.DataFrame, fields: int) -> Values:
    first, last = scope.span
    days = np.arange(first, last + 1)
    working = days[weekday(days) < 5]
    if scope.freq is None:
        workdays = np.full(len(sums), len(working), np.int64)
    else:
        starts, counts = np.unique(period_start(working, scope.freq), return_counts=True)
        found = pd.Series(counts, index=starts).reindex(sums[PERIOD]).fillna(0)
        workdays = found.to_numpy(np.int64)
    groups = [str(at) for at in range(fields)]
    group = sums.groupby(groups, sort=False).ngroup().to_numpy(np.int64) if groups else 0
    return Values(sums, workdays, np.broadcast_to(group, len(sums)), scope.hours_per_day)


# -- what is shown


def _column(metric: Metric, values: Values, unit: str) -> Any:
    # Plus 0, so that there is no -0.0.
    found = metric.value(values) + 0.0
    if metric.unit == HOURS:
        return _of_unit(found, values, unit, metric.is_whole)
    if metric.unit == COUNT:
        return minutes_column(found)
    if metric.unit == FLAG:
        return pd.array(found > 0, dtype="boolean")
    if metric.unit == WORD:
        words = np.array([*values.words, None], dtype=object)
        known = np.where(np.isnan(found), len(values.words), np.nan_to_num(found))
        return pd.array(words[known.astype(np.int64)], dtype="string")
    return number_column(found)


def _of_unit(minutes: Floats, values: Values, unit: str, whole: bool) -> Any:
    if unit == "fte":
        return number_column(np.full(len(minutes), np.nan) if whole else values.fte(minutes))
    if unit == "minutes" and not np.isnan(minutes).any():
        return minutes_column(minutes)
    by = {"minutes": 1.0, "hours": 60.0, "days": 60.0 * values.hours_per_day}[unit]
    return number_column(minutes / by)
