"""Who is in which part, where tables are gone through some people at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from runn_pandas.analysis.columns import Ints

# A part has about so many days of people, a row counted as some.
PART = 1_000_000
A_ROW = 8


@dataclass(frozen=True)
class Shares:
    """Sorted people, and the number of the part that each is in."""

    people: Ints
    part: Ints

    @classmethod
    def of(cls, owners: Iterable[Ints], days: int) -> Shares:
        """Return the parts of the owners of rows, each of whom has so many days.

        They depend on nothing but how many rows each has: not on their order, nor on how they
        are stored.
        """
        people, rows = np.empty(0, np.int64), np.empty(0, np.float64)
        for some in owners:
            codes, known = pd.factorize(np.concatenate([people, some]))
            counts = np.append(rows, np.ones(len(some)))
            rows = np.asarray(np.bincount(codes, counts, len(known)), np.float64)
            people = np.asarray(known, np.int64)
        order = np.argsort(people)
        weight = days + A_ROW * rows[order].astype(np.int64)
        part = np.unique((np.cumsum(weight) - weight) // PART, return_inverse=True)[1]
        return cls(people[order], part)

    @property
    def bounds(self) -> list[tuple[int, int]]:
        """Return the numbers of the first of each part, and of the first behind it."""
        edges = np.flatnonzero(np.diff(self.part)) + 1
        return list(pairwise([0, *edges.tolist(), len(self.people)])) if len(self.people) else []

    @property
    def parts(self) -> list[Ints]:
        """Return the people of each part."""
        return [self.people[first:last] for first, last in self.bounds]

    def cut(self, frame: pd.DataFrame, owners: Ints) -> Iterator[pd.DataFrame]:
        """Yield a frame's rows of each part, person by person; others' rows are left out."""
        at = pd.Index(self.people).get_indexer(pd.Index(owners))
        # Small numbers are sorted many times as fast.
        small = np.uint16 if len(self.people) < 65_535 else np.int64
        order = np.argsort(at.astype(small), kind="stable")
        at = at[order]
        if len(at) and at.min() < 0:
            order, at = order[at >= 0], at[at >= 0]
        for people in self.bounds:
            first, last = np.searchsorted(at, people)
            yield frame.take(order[first:last])
