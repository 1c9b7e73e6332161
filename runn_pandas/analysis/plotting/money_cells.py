"""One number of money by group and period, as a heat map, or by one of them as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from runn_pandas.analysis.groups import ratio
from runn_pandas.analysis.plotting.about import About, words
from runn_pandas.analysis.plotting.chart_data import amounts
from runn_pandas.analysis.plotting.report_charts import metric_chart
from runn_pandas.analysis.plotting.style import Drawn
from runn_pandas.analysis.reports.fields import unknown
from runn_pandas.errors import FilterError

PERIOD = "period"
# What adds up, and what is made of it.
SUMS = ("revenue", "cost", "otherCost", "otherCharge")
METRICS = ["revenue", "cost", "profit", "margin", "otherCost", "otherCharge"]


def money_cells(
    frame: pd.DataFrame,
    about: About,
    keys: list[str],
    metric: str,
    top: int | None,
    notes: list[str],
) -> Drawn:
    """Draw one number of a frame of finance by some of its columns, the period one of them."""
    if metric not in METRICS:
        raise FilterError(unknown("metric", metric, METRICS))
    there = [one for one in METRICS if one in (*frame.columns, "profit", "margin")]
    others = ", ".join(repr(one) for one in there if one != metric)
    unit = "%" if metric == "margin" else "money"
    sums = _summed(frame, keys)
    groups = [key for key in keys if key != PERIOD]
    titles = (words(metric).capitalize(), unit)
    notes = [*notes, f"metric= draws another: {others}."]
    return metric_chart(sums, about, metric, groups, titles, notes, top)


def _summed(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return what adds up by some columns, and the names that stand beside them, with the rest."""
    names = [f"{key[:-2]}Name" for key in keys if key.endswith("Id")]
    rows = frame[[*keys, *(name for name in names if name in frame.columns)]]
    whose = list(rows.columns)
    rows = rows.assign(**{name: amounts(frame, name) for name in SUMS})
    sums = rows.groupby(whose, as_index=False, dropna=False, sort=False).sum()
    profit = (sums["revenue"] - sums["cost"]).to_numpy(np.float64)
    return sums.assign(profit=profit, margin=ratio(profit, sums["revenue"].to_numpy(np.float64)))
