"""What a column holds, in a few figures and a small histogram."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from runn_pandas.html import cut
from runn_pandas.jupyter.table.cells import Form, has_size, is_number, moments, texts_of
from runn_pandas.jupyter.table.rows import fold

BARS = 16


class Figures(NamedTuple):
    """The figures of a column: how many values are there, which, and how they are spread."""

    there: int
    missing: int
    distinct: int
    least: str
    most: str
    often: str  # the value that is there most often, and how often; "" where each is there once
    bars: list[int]  # how many values, by size or by how often they are there


def is_id(name: Any) -> bool:
    """Whether a column's numbers are names of records, which have no size."""
    return isinstance(name, str) and (name in ("id", "Id") or name.endswith("Id"))


def figures(column: pd.Series[Any], form: Form) -> Figures:
    """Return the figures of a column."""
    there = column.dropna()
    if not has_size(there) and not pd.api.types.is_bool_dtype(there.dtype):
        texts = pd.Series(texts_of(there, form), dtype=object, name=column.name)
        there = texts[texts != ""]
    if not len(there):
        return Figures(0, len(column), 0, "", "", "", [])
    counts = there.value_counts()
    spread = _spread(there) if has_size(there) and not is_id(column.name) else None
    times = int(counts.iloc[0])
    often = ""
    if spread is None and times > 1:
        often = f"{cut(form(counts.index[0]), 24)}: {times:,} times"
        spread = [int(n) for n in counts.iloc[:BARS]]
    return Figures(
        len(there), len(column) - len(there), len(counts), *_ends(there, form), often, spread or []
    )


def _ends(there: pd.Series[Any], form: Form) -> tuple[str, str]:
    """Return the least and the greatest value; texts as they are sorted."""
    if there.dtype == object:
        return min(there, key=fold), max(there, key=fold)
    return form(there.min()), form(there.max())


def _spread(there: pd.Series[Any]) -> list[int]:
    """Return how many values are in each of some parts of the same size."""
    if is_number(there):
        values = there.to_numpy("float64", na_value=np.nan)
    elif there.dtype.kind == "M":
        values = moments(there).astype("int64").astype("float64")
    else:
        values = there.to_numpy("timedelta64[us]").astype("int64").astype("float64")
    values = values[np.isfinite(values)]
    if not len(values):
        return []
    # From 0, as microseconds since 1970 are too many for the parts to differ otherwise.
    values = values - values.min()
    return [int(n) for n in np.histogram(values, bins=min(BARS, len(np.unique(values))))[0]]
