"""Sums by period and group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.days import period_start
from runn_pandas.analysis.tables import (
    MISSING,
    Floats,
    Ints,
    Source,
    column,
    date_column,
    id_column,
    ids,
)
from runn_pandas.errors import FrameError

ID = "id"
PERIOD = "period"


def by_id(keys: Ints, values: Ints, wanted: Ints) -> Ints:
    """Look up what belongs to each id; `MISSING` where it is not there."""
    if not len(keys):
        return np.full(len(wanted), MISSING, np.int64)
    order = np.argsort(keys, kind="stable")
    at = np.searchsorted(keys, wanted, side="right", sorter=order) - 1
    found = order[np.maximum(at, 0)]
    return np.where((at >= 0) & (keys[found] == wanted), values[found], MISSING)


def team_of(source: Source, people: Ints) -> Ints:
    """The team each person is in now."""
    frame = source.table("people")
    column(frame, "people", "teamId")
    return by_id(ids(frame, "people", "id"), ids(frame, "people", "teamId", optional=True), people)


def tags_of(source: Source) -> tuple[Ints, Ints]:
    """People and their tags, a pair for each."""
    frame = source.table("people")
    people = ids(frame, "people", "id")
    expanded = any(str(name).startswith("tags.") for name in frame.columns)
    if "tags" not in frame.columns and expanded:
        raise FrameError(
            "'people' has its tags as columns already, without their ids; give the table as it"
            " was read, before expand."
        )
    tags = pd.Series(column(frame, "people", "tags").tolist(), dtype=object)
    each = tags.explode().dropna().astype(object)
    try:
        numbers = each.str.get("id") if len(each) else each
        found = numbers.astype("Int64").to_numpy(np.int64, na_value=MISSING)
        if (found == MISSING).any():
            raise ValueError
    except (ValueError, TypeError) as error:
        raise FrameError(
            "'people': the column 'tags' holds something other than the API's tags, which have"
            " an id and a name; give the table as it was read."
        ) from error
    owners: Ints = people[each.index.to_numpy()]
    pairs = np.unique(np.column_stack([owners, np.asarray(found, np.int64)]), axis=0)
    return pairs[:, 0], pairs[:, 1]


def tagged(who: Ints, tags: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Give rows and tags: each row once for each tag of its person, once if there is none."""
    order = np.argsort(tags[0], kind="stable")
    people, found = tags[0][order], np.append(tags[1][order], MISSING)
    first = np.searchsorted(people, who, side="left")
    count = np.searchsorted(people, who, side="right") - first
    shown = np.maximum(count, 1)
    rows = np.repeat(np.arange(len(who)), shown)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(shown) - shown, shown)
    return rows, found[np.where(count[rows] > 0, first[rows] + nth, len(found) - 1)]


def summed(day: Ints, group: Ints, freq: str, **values: Floats) -> pd.DataFrame:
    """Sums by period (its first day, as a number) and group, sorted, missing groups last."""
    rows = pd.DataFrame({PERIOD: period_start(day, freq), ID: group, **values})
    return rows.groupby([PERIOD, ID], as_index=False, sort=True).sum()


def labelled(sums: pd.DataFrame, by: str) -> dict[str, Any]:
    """The first columns of a result: the period and the group's id, if there are groups."""
    columns = {PERIOD: date_column(sums[PERIOD].to_numpy(np.int64))}
    if by != "account":
        columns[f"{by}Id"] = id_column(sums[ID].to_numpy(np.int64))
    return columns


def ratio(part: Floats, whole: Floats) -> Floats:
    """Per cent; NaN where the whole is 0."""
    some = whole != 0
    return np.where(some, 100.0 * part / np.where(some, whole, 1.0), np.nan)
