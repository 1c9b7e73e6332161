"""Which rows of a table are new, changed or gone, found a column at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from runn_pandas.catalog import Resource
from runn_pandas.mirror.changes import keys
from runn_pandas.mirror.columns import Kinds, conform, exact

# Files of so many rows are held as a whole while they are compared.
SMALL = 20_000


@dataclass(frozen=True)
class Part:
    """One file of a table."""

    year: int | None
    path: Path
    kinds: Kinds

    def column(self, name: str, kind: str, resource: Resource) -> pa.ChunkedArray:
        """One column, in a kind that is as wide or wider; NA where the file has it not."""
        have = {name: self.kinds[name]} if name in self.kinds else {}
        if not have:
            table = pa.table({"": pa.nulls(self.rows)})
        elif self._small is not None:
            table = self._small.select([name])
        else:
            table = self._open.read(columns=[name])
        return conform(table, have, {name: kind}, resource)[name]

    @property
    def rows(self) -> int:
        return int(self._open.metadata.num_rows)

    @cached_property
    def _open(self) -> Any:
        return pq.ParquetFile(self.path)

    @cached_property
    def _small(self) -> pa.Table | None:
        """All of a small file: opening it again for each column takes longer than reading it."""
        return self._open.read() if self.rows <= SMALL else None

    def keys(self, kinds: Kinds, resource: Resource) -> pd.DataFrame:
        """The columns that identify a row."""
        return pd.DataFrame(
            {name: exact(self.column(name, kinds[name], resource)) for name in resource.key}
        )


@dataclass(frozen=True)
class Difference:
    """Two tables beside each other.

    Attributes
    ----------
    added, changed : list of array of bool
        For each new part, which of its rows were not there, or not like this.
    matched, replaced : list of array of bool
        For each old part, which of its rows are in the new table, and not like this.
    """

    added: list[np.ndarray]
    changed: list[np.ndarray]
    matched: list[np.ndarray]
    replaced: list[np.ndarray]


def difference(
    old: Sequence[Part], new: Sequence[Part], kinds: Kinds, resource: Resource
) -> Difference:
    """Compare two tables by their keys."""
    before = [part.keys(kinds, resource) for part in old]
    after = [part.keys(kinds, resource) for part in new]
    at = _found(before, after, resource)
    starts = np.cumsum([0, *map(len, before)])
    result = Difference(
        added=[], changed=[], matched=[np.zeros(len(b), bool) for b in before], replaced=[]
    )
    result.replaced.extend(np.zeros(len(b), bool) for b in before)
    start = 0
    for part, mine in zip(new, after, strict=True):
        places = at[start : start + len(mine)]
        start += len(mine)
        changed = np.zeros(len(mine), bool)
        for number, other in enumerate(old):
            here = np.flatnonzero((places >= starts[number]) & (places < starts[number + 1]))
            there = places[here] - starts[number]
            if not len(here):
                continue
            differ = _differ(other, there, part, here, kinds, resource)
            # In another year's file, it has to move.
            differ |= other.year != part.year
            changed[here] = differ
            result.matched[number][there] = True
            result.replaced[number][there] = differ
        result.added.append(places < 0)
        result.changed.append(changed)
    return result


def _found(
    before: Sequence[pd.DataFrame], after: Sequence[pd.DataFrame], resource: Resource
) -> np.ndarray:
    """For each new row the place of the old one, -1 where there is none."""
    count = sum(map(len, after))
    if not resource.key or not before or not count:
        return np.full(count, -1)
    old = keys(pd.concat(before, ignore_index=True), resource.key)
    new = keys(pd.concat(after, ignore_index=True), resource.key)
    if not old.is_unique:
        # Rows without a key cannot be told apart: all of them are new ones.
        return np.full(count, -1)
    return np.asarray(old.get_indexer(new))


def _differ(
    old: Part,
    there: np.ndarray,
    new: Part,
    here: np.ndarray,
    kinds: Kinds,
    resource: Resource,
) -> np.ndarray:
    differ = np.zeros(len(here), bool)
    for name, kind in kinds.items():
        one = old.column(name, kind, resource).take(pa.array(there))
        other = new.column(name, kind, resource).take(pa.array(here))
        differ |= ~_equal(one, other)
    return differ


def _equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_nested(one.type):
        pairs = zip(one.to_pylist(), other.to_pylist(), strict=True)
        return np.array([a == b for a, b in pairs], bool)
    same = pc.fill_null(pc.equal(one, other), False)
    missing = pc.and_(pc.is_null(one), pc.is_null(other))
    equal: Any = pc.or_(same, missing).to_numpy(zero_copy_only=False)
    return np.asarray(equal, bool)
