"""Amounts of days summed by period and group: what every report is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from runn_pandas.analysis.columns import MISSING, Floats, Ints, by_id, date_column, id_column
from runn_pandas.analysis.days import period_start
from runn_pandas.analysis.inputs import Source
from runn_pandas.errors import FrameError

ID = "id"
PERIOD = "period"
# A group that is a field of the people or the projects: whose, and the table and column of it.
FIELDS = {"team": ("person", "people", "teamId"), "client": ("project", "projects", "clientId")}


@dataclass(frozen=True)
class Amounts:
    """Amounts by day and name, and whose they are: ``ids`` by person, project and role."""

    day: Ints
    ids: Mapping[str, Ints]
    values: Mapping[str, Floats]

    @classmethod
    def stacked(cls, *parts: Self) -> Self:
        """Return several under each other; what one of them lacks is nobody's, and 0."""
        sizes = [len(part.day) for part in parts]

        def joined(columns: list[Mapping[str, Any]], otherwise: float) -> dict[str, Any]:
            both = list(zip(columns, sizes, strict=True))
            return {
                name: np.concatenate([c.get(name, np.full(n, otherwise)) for c, n in both])
                for name in dict.fromkeys(name for found in columns for name in found)
            }

        return cls(
            np.concatenate([part.day for part in parts]),
            joined([part.ids for part in parts], MISSING),
            joined([part.values for part in parts], 0.0),
        )

    def summed(self, source: Source, by: str, freq: str) -> pd.DataFrame:
        """Return sums by period (its first day, as a number) and group, missing groups last."""
        day, values = self.day, self.values
        if by == "tag":
            rows, group = tagged(self.ids["person"], tags_of(source))
            day, values = day[rows], {name: column[rows] for name, column in values.items()}
        elif by in FIELDS:
            whose, table, column = FIELDS[by]
            group = field_of(source, table, column, self.ids[whose])
        else:
            group = self.ids.get(by, np.zeros(len(day), np.int64))
        frame = pd.DataFrame({PERIOD: period_start(day, freq), ID: group, **values})
        return frame.groupby([PERIOD, ID], as_index=False, sort=True).sum()


def field_of(source: Source, table: str, column: str, wanted: Ints) -> Ints:
    """Return what a column of ids says of each record, `MISSING` where it says nothing."""
    columns = source.columns_of(table)
    columns.series(column)
    return by_id(columns.ids("id"), columns.ids(column, optional=True), wanted)


def tags_of(source: Source) -> tuple[Ints, Ints]:
    """Return people and their tags, a pair for each."""
    people = source.columns_of("people")
    if "tags" not in people and any(str(name).startswith("tags.") for name in people.frame.columns):
        raise FrameError(
            "'people' has its tags as columns already, without their ids; give the table as it"
            " was read, before expand."
        )
    tags = pd.Series(people.series("tags").tolist(), dtype=object)
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
    owners: Ints = people.ids("id")[each.index.to_numpy()]
    pairs = np.unique(np.column_stack([owners, np.asarray(found, np.int64)]), axis=0)
    return pairs[:, 0], pairs[:, 1]


def tagged(who: Ints, tags: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Return rows and tags: each row once for each tag of its person, once if there is none."""
    order = np.argsort(tags[0], kind="stable")
    people, found = tags[0][order], np.append(tags[1][order], MISSING)
    first = np.searchsorted(people, who, side="left")
    count = np.searchsorted(people, who, side="right") - first
    shown = np.maximum(count, 1)
    rows = np.repeat(np.arange(len(who)), shown)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(shown) - shown, shown)
    return rows, found[np.where(count[rows] > 0, first[rows] + nth, len(found) - 1)]


def labels(sums: pd.DataFrame, by: str) -> dict[str, Any]:
    """Return a result's first columns: the period and the group's id, if there are groups."""
    columns = {PERIOD: date_column(sums[PERIOD].to_numpy(np.int64))}
    if by != "account":
        columns[f"{by}Id"] = id_column(sums[ID].to_numpy(np.int64))
    return columns


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return per cent; NaN where the whole is 0."""
    some = whole != 0
    return np.where(some, 100.0 * part / np.where(some, whole, 1.0), np.nan)


def whole_share(part: Floats, whole: Floats) -> Floats:
    """Return per cent, rounded down as Runn's bands of utilization have them."""
    shares: Floats = np.floor(ratio(part, whole) + 1e-9)
    return shares
