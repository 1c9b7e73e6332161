"""Tables that are stored and may be larger than memory: read some rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
import pandas as pd

from runn_pandas.account import Account, today
from runn_pandas.analysis.columns import Columns, Ints
from runn_pandas.analysis.days import Window, day
from runn_pandas.analysis.inputs import Source, Tables, marked_placeholders
from runn_pandas.analysis.shares import Shares

T = TypeVar("T")
PERSON, PROJECT = "personId", "projectId"
# What is taken of the tables that are read whole and have other large columns.
WANTED = {
    "people": ("id", "teamId", "isArchived", "tags", "managers"),
    "projects": (
        "id", "isTemplate", "isConfirmed", "isArchived", "pricingModel", "rateType", "budget",
        "expensesBudget", "clientId", "teamId", "tags", "managerIds", "customFields",
    ),
}  # fmt: skip


class StoredTables(Protocol):
    """Tables as one moment left them."""

    account: str

    def __contains__(self, name: str) -> bool: ...

    def table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a table whole, with some columns, as far as it has them."""

    def pieces(self, name: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Yield some rows of a table after the others; at least one frame."""

    def in_order(self, name: str, by: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Yield rows in the order of a column, then of the key; at least one frame."""


@runtime_checkable
class Store(Protocol):
    """What holds tables, such as a mirror."""

    def _reading(self, action: Callable[[Any], T]) -> T:
        """Return what an action makes of the tables of one moment."""


class StoredSource(Source):
    """Stored tables: those of people are never read whole, and nothing is read elsewhere."""

    def __init__(self, stored: StoredTables) -> None:
        super().__init__({}, None)
        self.stored = stored

    def table(self, name: str, window: Window | None = None) -> pd.DataFrame:
        """Return a table, whatever its days."""
        if (name, None) not in self._known:
            self._known[name, None] = self.stored.table(name, WANTED.get(name))
        return self._known[name, None]

    def pieces(
        self, name: str, columns: Sequence[str], window: Window | None = None
    ) -> Iterator[Columns]:
        """Yield all rows of a table, some at a time."""
        return (Columns(frame, name) for frame in self.stored.pieces(name, columns))

    def in_shares(
        self,
        name: str,
        columns: Sequence[str],
        shares: Shares,
        window: Window | None = None,
        projects: Ints | None = None,
    ) -> Iterator[pd.DataFrame]:
        """Yield a table's rows of each share of people, of some projects if they are given."""
        frames = self.stored.in_order(name, PERSON, columns)
        for people, frame in zip(shares.parts, _upto(frames, name, shares), strict=True):
            rows = Columns(frame, name)
            keep = np.isin(rows.ids(PERSON), people)
            if projects is not None:
                keep &= np.isin(rows.ids(PROJECT), projects)
            yield frame if keep.all() else frame[keep]

    def placeholders(self, assignments: pd.DataFrame | None = None) -> Ints:
        """Return the ids of placeholders, from their table if it is stored."""
        if "placeholders" not in self.stored:
            return np.empty(0, np.int64)
        return np.unique(self.columns_of("placeholders").ids("id"))

    def without_capacity(self) -> Ints:
        """Return the placeholders that have no capacity."""
        found = [self.placeholders()]
        if "assignments" in self.stored:
            pieces = self.pieces("assignments", (PERSON, "isPlaceholder"))
            found += [np.unique(marked_placeholders(piece)) for piece in pieces]
        return np.unique(np.concatenate(found))

    def today(self, as_of: Any, *beside: pd.DataFrame, reads: bool = False) -> int:
        """Return the day that divides past from future: that of the account."""
        return day("as_of", today({self.stored.account}) if as_of is None else as_of)


def _upto(frames: Iterator[pd.DataFrame], name: str, shares: Shares) -> Iterator[pd.DataFrame]:
    """Yield what sorted frames hold up to the last person of each share."""
    rest = next(frames)
    for people in shares.parts:
        parts = []
        while True:
            end = int(np.searchsorted(Columns(rest, name).ids(PERSON), people[-1], side="right"))
            parts.append(rest.iloc[:end])
            rest = rest.iloc[end:]
            following = next(frames, None) if not len(rest) else None
            if following is None:
                break
            rest = following
        full = [part for part in parts if len(part)]
        yield pd.concat(full, ignore_index=True) if full else parts[0]


def of_tables(
    tables: Tables | Store | None, account: Account | None, action: Callable[[Source], T]
) -> T:
    """Return what an action makes of tables that are given, stored or read."""
    if isinstance(tables, Store):
        return tables._reading(lambda stored: action(StoredSource(stored)))
    return action(Source(tables, account))
