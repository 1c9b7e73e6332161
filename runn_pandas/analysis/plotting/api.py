"""The picture that fits a frame, as an Altair chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.inputs import Tables
from runn_pandas.analysis.plotting.about import About, groups_of
from runn_pandas.errors import FilterError, FrameError
from runn_pandas.extras import needed as needed_package

if TYPE_CHECKING:
    import altair as alt
    from altair.utils.plugin_registry import PluginEnabler


class Kind(NamedTuple):
    """A kind of picture: the columns it needs, its options, what draws it, which call fits."""

    needs: tuple[str, ...]
    options: tuple[str, ...]
    module: str
    draw: str
    made_by: str
    by_itself: bool = True


UTILIZATION = ("totalMinutes", "capacityMinutes", "utilization")
ROOM = ("effectiveCapacity", "scheduledTotal", "availability")
MONEY = ("revenue", "cost", "period")
# A frame is the first of those that it has the columns of, and that are drawn without being named.
KINDS = {
    "reconciliation": Kind(
        ("timesheetMinutes", "runnMinutes", "status"),
        ("freq", "by"),
        "work_charts",
        "reconciliation_bars",
        "rp.reconcile",
    ),
    "utilization": Kind(UTILIZATION, ("top",), "heatmaps", "utilization_heatmap", "rp.utilization"),
    "split": Kind(
        UTILIZATION, (), "share_charts", "split_bars", "rp.utilization(by='account')", False
    ),
    "bands": Kind(UTILIZATION, (), "share_charts", "bands_bars", "rp.utilization", False),
    "availability": Kind(ROOM, ("top",), "heatmaps", "availability_heatmap", "rp.availability"),
    "room": Kind(ROOM, (), "work_charts", "room_bars", "rp.availability(by='account')", False),
    "finance": Kind(MONEY, ("by", "metric", "top"), "money_charts", "finance_bars", "rp.finance"),
    "cumulative": Kind(
        MONEY, ("reset",), "money_charts", "cumulative_lines", "rp.finance(freq='D')", False
    ),
    "capacity": Kind(
        ("date", "contractedMinutes", "capacityMinutes"),
        ("freq", "hours"),
        "work_charts",
        "capacity_bars",
        "rp.capacity (with hours=: capacity and workload)",
    ),
    "hours": Kind(
        ("date", "billableMinutes", "nonbillableMinutes"),
        ("freq", "by", "plan"),
        "work_charts",
        "hours_bars",
        "rp.hours (with plan=: plan against actual), read_runn('actuals')",
    ),
    "variance": Kind(
        (),
        ("freq", "plan"),
        "variance_charts",
        "variance_bars",
        "rp.report('people/variance', freq='W'), rp.hours(kind='actual') with plan=",
        False,
    ),
    "performance": Kind(
        (),
        ("measure",),
        "money_charts",
        "performance_bars",
        "rp.report('projects', metrics=['pastRevenue', 'futureRevenue', 'budget'])",
        False,
    ),
    "report": Kind((), ("metric", "top"), "report_charts", "report_chart", "rp.report", False),
    "list": Kind((), ("freq", "top"), "list_charts", "list_chart", "rp.read_runn", False),
}
# What is drawn of a frame that is not by anything.
OF_ALL = {"utilization": "split", "availability": "room"}


def plot(
    frame: pd.DataFrame,
    *,
    kind: str | None = None,
    freq: str | None = None,
    by: str | Sequence[str] | None = None,
    hours: pd.DataFrame | None = None,
    plan: pd.DataFrame | None = None,
    top: int | None = None,
    reset: str | None = None,
    measure: str | None = None,
    metric: str | None = None,
    as_of: Any = None,
    tables: Tables | None = None,
    account: Account | None = None,
) -> alt.Chart | alt.LayerChart:
    """Draw the picture that fits a frame, recognised by its columns.

    Parameters
    ----------
    frame : DataFrame
        - of utilization: a heat map of person (team, role, ...) by period, the most hours first;
          of the account as a whole: billable and non-billable by period;
        - of availability: a heat map of who has room; of the account: what is free by period;
        - of capacity: contracted capacity and time off by period, with `hours` in front of it:
          capacity and workload;
        - of hours, or actuals: hours by period, stacked; beside those of `plan`: plan against
          actual;
        - of finance: revenue, cost and profit by client, project or whatever it is by, all
          periods together; with `metric`, such as ``"revenue"``, a heat map of group by period;
        - of a report: past and future of projects against their budgets, or the variance, if it
          has their metrics; else one `metric` by group and period;
        - of a reconciliation: hours by status; with `by`, who differs when, and how much;
        - of any other list that `read_runn` gave: what it has to show, such as hours of
          assignments by month, the sizes of teams, budgets of projects, rates by role.
    kind : str, optional
        Another picture of the frame: ``"split"`` and ``"bands"`` of utilization, ``"room"`` of
        availability, ``"cumulative"`` of finance, ``"variance"`` of actual hours with `plan` or of
        a report, ``"performance"`` and ``"report"`` of a report, ``"list"`` of a list that lost its
        hints; or the usual one, by the name of what made it.
    freq : {"D", "W", "MS", "QS", "YS"}, optional
        The period of the bars; by default the finest that leaves them readable. The picture of a
        list without dates does not change by it.
    by : str or sequence of str, optional
        What the bars of hours are stacked by, such as ``"projectId"``: the seven with the most
        hours, and all others together. By default billable, non-billable, tentative and
        placeholders. Of finance one of its fields, ``"period"``, or several, such
        as ``["team", "period"]``: then one `metric`. Of a reconciliation a
        field of it, such as ``"person"``: a dot for each day on which somebody differs.
    hours : DataFrame, optional
        The workload for a frame of capacity, as ``rp.hours`` gives it. Tentative and placeholder
        hours are part of it.
    plan : DataFrame, optional
        The scheduled hours for a frame of actual hours.
    top : int, optional
        How many rows a heat map, or groups a list, has at most; the others are left out, which
        the subtitle says.
    reset : {"none", "month", "quarter", "year"}, optional
        Where what accumulates begins from 0 again.
    measure : {"revenue", "costs", "hours"}, optional
        What of the performance of projects; the first that the frame has.
    metric : str, optional
        Which number of a report, the first if not given; or of finance: ``"revenue"``,
        ``"cost"``, ``"profit"``, ``"margin"``, ``"otherCost"`` or ``"otherCharge"``.
    as_of : date, optional
        The day from which all is forecast; the frame's own if not given. A frame that lost its
        hints (``attrs``) has none, and neither line nor marks.
    tables : dict of str to DataFrame, optional
        Where the names of ids are looked up, as in `names`.
    account : Account, optional
        Where they are read; the current one if not given. Without any, ids are shown.

    Returns
    -------
    altair.Chart or altair.LayerChart
        Hours in hours, money in the account's currency. The data in it are sums, never more
        than 5,000 rows. It is readable on light and dark, and shows in a notebook without a
        network; Altair's own view, ``altair.renderers.enable("html")``, loads its scripts from
        the internet. A period with ``*`` is cut by the window.

    Raises
    ------
    FrameError
        If there is no picture for such a frame; the message names those there are.
    FilterError
        If an option is not known, or is none of that picture; the message names the nearest one.
    MissingPackageError
        If Altair is not installed.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> june = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-30")
    >>> chart = plot(june, by="projectId")
    >>> chart.to_dict()["encoding"]["y"]["title"]
    'Hours (h)'
    """
    if not isinstance(frame, pd.DataFrame):
        raise FrameError(f"plot takes a DataFrame, not {type(frame).__name__}.")
    about = About.of(frame, tables, account, as_of)
    given: dict[str, Any] = {"freq": freq, "by": by, "hours": hours, "plan": plan, "top": top}
    given |= {"reset": reset, "measure": measure, "metric": metric}
    given = {name: value for name, value in given.items() if value is not None}
    is_asked = kind is not None
    kind = _kind(frame, about, given) if kind is None else _known(kind)
    _check(frame, kind, given)
    needed_package("altair", "plot")
    of = KINDS[kind]
    draw = getattr(import_module(f"runn_pandas.analysis.plotting.{of.module}"), of.draw)
    chart: alt.Chart | alt.LayerChart = draw(frame, about, **given)
    notes = [] if is_asked else _not_drawn(frame, about, kind)
    return _with_notes(chart, notes) if notes else chart


def _with_notes(chart: Any, notes: list[str]) -> Any:
    from runn_pandas.analysis.plotting.style import with_notes

    return with_notes(chart, notes)


def _not_drawn(frame: pd.DataFrame, about: About, drawn: str) -> list[str]:
    """Return what to say of a frame that was made of several, of which one is drawn."""
    others = [kind for kind in _fitting(frame) if KINDS[kind].module != KINDS[drawn].module]
    if not others:
        return []
    asks = " and ".join(f"kind={kind!r}" for kind in others)
    lost = ["as_of= draws the line of today, which a merge loses."] if about.as_of is None else []
    return [f"Only {drawn} is drawn of this frame; {asks} draws the rest.", *lost]


def style_charts() -> PluginEnabler[Any, Any]:
    """Show charts of your own, made with Altair, in the way of those that `plot` draws.

    JupyterLab and Notebook 7 draw them in the page's own colours, light or dark; where a front
    end shows only pictures they are on white. Neither needs a network. What a chart, or a theme
    of Altair, says of its colours comes first.

    Returns
    -------
    PluginEnabler
        Altair's: in a ``with``, only the charts that are shown within are meant.
        ``altair.renderers.enable("default")`` ends it.

    Raises
    ------
    MissingPackageError
        If Altair is not installed.

    Examples
    --------
    >>> import altair as alt
    >>> import pandas as pd
    >>> hours = pd.DataFrame({"team": ["Design", "Studio"], "hours": [310, 280]})
    >>> with style_charts():
    ...     shown = alt.Chart(hours).mark_bar().encode(x="hours", y="team")._repr_mimebundle_()
    >>> shown["application/vnd.vegalite.v5+json"]["background"]
    'transparent'
    """
    needed_package("altair", "style_charts")
    import altair as alt

    from runn_pandas.analysis.plotting.style import RENDERER, render  # it needs altair

    alt.renderers.register(RENDERER, render)
    return alt.renderers.enable(RENDERER)


def _known(asked: Any) -> str:
    """Return the kind of picture that is asked for by name."""
    if asked in KINDS:
        return str(asked)
    near = get_close_matches(str(asked).lower(), KINDS, 1, 0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise FilterError(f"There is no kind {asked!r} of picture.{hint} There are {', '.join(KINDS)}.")


def _check(frame: pd.DataFrame, kind: str, given: Iterable[str]) -> None:
    of = KINDS[kind]
    missing = _lacking(frame, of)
    if missing:
        raise FrameError(
            f"A picture of {kind} needs the column {missing[0]!r}, as {of.made_by} gives it."
        )
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise FrameError(f"The frame has several columns {twice[0]!r}; rename all but one.")
    odd = [name for name in given if name not in of.options]
    if odd:
        *rest, last = [f"{name}=" for name in of.options] or ["no option"]
        can = f"{', '.join(rest)} and {last}" if rest else last
        raise FilterError(f"A picture of {kind} takes {can}, not {odd[0]}=.")


def _lacking(frame: pd.DataFrame, of: Kind) -> list[str]:
    """Return the columns that a picture needs; of sums by period, that is the date."""
    there = set(frame.columns) | ({"date"} if "period" in frame.columns else set())
    return [name for name in of.needs if name not in there]


def _fitting(frame: pd.DataFrame) -> list[str]:
    """Return the kinds of picture that are drawn of a frame without being named, as it fits."""
    return [kind for kind, of in KINDS.items() if of.by_itself and not _lacking(frame, of)]


def _kind(frame: pd.DataFrame, about: About, given: Iterable[str]) -> str:
    """Return the kind of picture that fits a frame; of several the one that takes the options."""
    fits = _fitting(frame)
    takes = (kind for kind in fits if {*given} <= {*KINDS[kind].options})
    found = next(takes, next(iter(fits), None))
    if found is None:
        if about.kind in ("people", "projects"):
            return _kind_of_report(frame)
        if _is_list(frame):
            return "list"
        raise FrameError(_nothing_fits(frame))
    if found in OF_ALL and not groups_of(frame, frozenset({"availabilityBand"})):
        return OF_ALL[found]
    return found


def _kind_of_report(frame: pd.DataFrame) -> str:
    columns = set(frame.columns)
    if any({f"past{what}", f"future{what}"} <= columns for what in ("Revenue", "Costs", "Hours")):
        return "performance"
    return "variance" if columns >= {"period", "scheduledTotal", "actualTotal"} else "report"


def _is_list(frame: pd.DataFrame) -> bool:
    """Whether a frame was read as a list of Runn."""
    hint = frame.attrs.get("runn")
    return isinstance(hint, dict) and isinstance(hint.get("resource"), str)


def _nothing_fits(frame: pd.DataFrame) -> str:
    more = " For assignments, draw rp.hours." if "minutesPerDay" in frame.columns else ""
    calls = "; ".join(of.made_by for of in KINDS.values() if of.by_itself)
    return (
        f"There is no picture of a frame with these columns. There is one of {calls}; rp.report;"
        f" a list that rp.read_runn gave (kind='list' if it lost its hints).{more}"
    )
