"""The picture that fits a frame, as an Altair chart."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.inputs import Tables, choice
from runn_pandas.analysis.plotting.chart_data import entities
from runn_pandas.errors import FilterError, FrameError
from runn_pandas.extras import needed as needed_package

if TYPE_CHECKING:
    import altair as alt

# The columns by which a kind of frame is known, the most telling first, and its options.
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "reconciliation": (("timesheetMinutes", "runnMinutes", "status"), ("freq",)),
    "utilization": (("totalMinutes", "capacityMinutes", "utilization"), ("top",)),
    "finance": (("revenue", "cost", "period"), ()),
    "capacity": (("date", "contractedMinutes", "capacityMinutes"), ("freq", "hours")),
    "hours": (("date", "billableMinutes", "nonbillableMinutes"), ("freq", "by", "plan")),
}
CHARTS = {kind: f"{kind}_bars" for kind in KINDS} | {"utilization": "utilization_heatmap"}
MADE_BY = (
    "rp.utilization, rp.capacity (with hours=), rp.hours (with plan= for plan against actual),"
    " rp.finance, rp.reconcile, and read_runn('actuals')"
)


def plot(
    frame: pd.DataFrame,
    *,
    kind: str | None = None,
    freq: str | None = None,
    by: str | None = None,
    hours: pd.DataFrame | None = None,
    plan: pd.DataFrame | None = None,
    top: int | None = None,
    tables: Tables | None = None,
    account: Account | None = None,
) -> alt.Chart:
    """Draw the picture that fits a frame, recognised by its columns.

    Parameters
    ----------
    frame : DataFrame
        - of utilization: a heatmap of person (team, role, ...) by period, the most hours first;
        - of capacity: contracted capacity less time off by period, beside the demand in
          `hours`;
        - of hours, or actuals: hours by period, stacked; beside those of `plan`: plan against
          actual;
        - of finance: revenue, cost and profit by period;
        - of a reconciliation: hours by status.
    kind : {"utilization", "capacity", "hours", "finance", "reconciliation"}, optional
        Which picture, if the columns would fit another one.
    freq : {"D", "W", "MS", "QS", "YS"}, optional
        The period of the bars; by default the finest that leaves them readable.
    by : str, optional
        What the bars of hours are stacked by, such as ``"projectId"``: the seven with the most
        hours, and all others together. By default billable, non-billable, tentative and
        placeholders.
    hours : DataFrame, optional
        The demand for a frame of capacity, as ``rp.hours`` gives it. Tentative and placeholder
        hours count as demand.
    plan : DataFrame, optional
        The scheduled hours for a frame of actual hours.
    top : int, optional
        How many rows a heatmap has at most; the others are left out, which its subtitle says.
    tables : dict of str to DataFrame, optional
        Where the names of ids are looked up, as in `names`.
    account : Account, optional
        Where they are read; the current one if not given. Without any, ids are shown.

    Returns
    -------
    altair.Chart
        Hours in hours, money in the account's currency. The data in it are sums, never more
        than 5,000 rows. It shows in a notebook without a network; Altair's own view,
        ``altair.renderers.enable("html")``, loads its scripts from the internet.

    Raises
    ------
    FrameError
        If there is no picture for such a frame; the message names those there are.
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
    kind = _kind(frame) if kind is None else choice("kind", kind, KINDS)
    given: dict[str, Any] = {"freq": freq, "by": by, "hours": hours, "plan": plan, "top": top}
    given = {name: value for name, value in given.items() if value is not None}
    _check(frame, kind, given)
    needed_package("altair", "plot")
    from runn_pandas.analysis.plotting import charts

    draw = getattr(charts, CHARTS[kind])
    chart: alt.Chart = draw(frame, partial(entities, tables=tables, account=account), **given)
    return chart


def _check(frame: pd.DataFrame, kind: str, given: Iterable[str]) -> None:
    needed, options = KINDS[kind]
    missing = [c for c in needed if c not in frame.columns]
    if missing:
        raise FrameError(f"A picture of {kind} needs the column {missing[0]!r}.")
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise FrameError(f"The frame has several columns {twice[0]!r}; rename all but one.")
    odd = [name for name in given if name not in options]
    if odd:
        can = " and ".join(f"{name}=" for name in options) or "no option"
        raise FilterError(f"A picture of {kind} takes {can}, not {odd[0]}=.")


def _kind(frame: pd.DataFrame) -> str:
    columns = set(frame.columns)
    for kind, (needed, _) in KINDS.items():
        if columns >= set(needed):
            return kind
    hint = frame.attrs.get("runn")
    resource = hint.get("resource") if isinstance(hint, dict) else None
    what = f"a list of {resource!r}" if isinstance(resource, str) else "a frame with these columns"
    more = " For assignments, draw rp.hours." if "minutesPerDay" in columns else ""
    raise FrameError(f"There is no picture of {what}. There is one of {MADE_BY}.{more}")
