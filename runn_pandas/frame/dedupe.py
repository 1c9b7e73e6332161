"""Rows that were met twice because they moved while the list was paged through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd


def kept(frame: pd.DataFrame, key: Sequence[str], counts: Sequence[int]) -> np.ndarray:
    """Return which rows stay: of each key within each list the one updated last.

    Parameters
    ----------
    frame : DataFrame
        The rows of one or more lists, one after the other.
    key : sequence of str
        The columns that identify a row; without any, all stay.
    counts : sequence of int
        How many rows each list has.

    Returns
    -------
    array of bool
    """
    if not key or not len(frame):
        return np.ones(len(frame), dtype=bool)
    numbers = _whole_numbers(frame, key) if len(counts) == 1 else None
    if numbers is not None and _ascending(*numbers):
        return np.ones(len(frame), dtype=bool)
    keys = comparable(frame, key)
    keys["list"] = np.repeat(np.arange(len(counts)), counts)
    if not keys.duplicated().any():
        return np.ones(len(frame), dtype=bool)
    # A row without its key cannot be told from another, so it stays.
    whole = keys.notna().all(axis=1)
    if "updatedAt" in frame and frame["updatedAt"].dtype != object:
        order = frame["updatedAt"].sort_values(kind="stable", na_position="first").index
        keys = keys.loc[order]
    repeated = keys.duplicated(keep="last") & whole
    return ~repeated.reindex(frame.index).to_numpy(dtype=bool)


def _whole_numbers(frame: pd.DataFrame, key: Sequence[str]) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the ids, and which are missing, if rows are identified by one whole number."""
    first, *others = key
    if others or not pd.api.types.is_integer_dtype(frame[first].dtype):
        return None
    ids = frame[first]
    return ids.to_numpy(dtype="int64", na_value=0, copy=True), ids.isna().to_numpy(bool)


def latest(
    rows: Iterable[dict[str, Any]], key: Sequence[str]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return rows by key as they came; of two copies the one updated last."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        own = tuple(row.get(name) for name in key)
        kept = found.get(own)
        # One without a stamp is older than any other.
        if kept is None or (kept.get("updatedAt") or "") <= (row.get("updatedAt") or ""):
            found[own] = row
    return found


def _ascending(ids: np.ndarray, missing: np.ndarray) -> bool:
    """Whether ids are in order, as most lists are, so that none can be there twice."""
    return not missing.any() and bool((ids[1:] > ids[:-1]).all())


def comparable(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Return the key columns, objects as text: 1 and "1" are not the same."""
    keys = frame[list(key)].copy()
    for name in key:
        if keys[name].dtype == object:
            keys[name] = keys[name].map(repr, na_action="ignore")
    return keys


class Seen:
    """The keys handed out so far of one list that is read in chunks.

    Eight bytes for each id that is a whole number, so that millions of rows can be read.
    """

    def __init__(self, key: Sequence[str]) -> None:
        self._key = list(key)
        self._given: set[tuple[object, ...]] = set()
        self._ids: list[np.ndarray] = []
        self._highest = -(2**63)

    def fresh(self, frame: pd.DataFrame) -> np.ndarray:
        """Return which rows were not handed out yet."""
        if not self._key:
            return np.ones(len(frame), dtype=bool)
        numbers = _whole_numbers(frame, self._key)
        if numbers is None:
            return np.array([k is None or k not in self._given for k in self._keys(frame)], bool)
        ids, missing = numbers
        found: np.ndarray = (ids > self._highest) | missing
        if not found.all() and self._ids:
            self._ids = [np.concatenate(self._ids)]
            found |= ~np.isin(ids, self._ids[0])
        return found

    def hand_out(self, frame: pd.DataFrame) -> None:
        """Remember rows that the user has now."""
        if not self._key:
            return
        numbers = _whole_numbers(frame, self._key)
        if numbers is None:
            self._given.update(key for key in self._keys(frame) if key is not None)
        elif not numbers[1].all():
            ids = numbers[0][~numbers[1]]
            self._ids.append(ids)
            self._highest = max(self._highest, int(ids.max()))

    def _keys(self, frame: pd.DataFrame) -> list[tuple[object, ...] | None]:
        rows = comparable(frame, self._key).astype(object).itertuples(index=False, name=None)
        return [None if any(pd.isna(part) for part in row) else row for row in rows]
