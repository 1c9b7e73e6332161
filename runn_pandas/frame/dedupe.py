"""Rows that were met twice because they moved while the list was paged through."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def without_repeats(frame: pd.DataFrame, key: Sequence[str], counts: Sequence[int]) -> pd.DataFrame:
    """Keep one row of each key within each list: the one updated last.

    Parameters
    ----------
    frame : DataFrame
        The rows of one or more lists, one after the other.
    key : sequence of str
        The columns that identify a row; without any, nothing is dropped.
    counts : sequence of int
        How many rows each list has.
    """
    if not key or not len(frame):
        return frame
    keys = frame[list(key)].copy()
    # What drifted into objects may not be hashable.
    keys = keys.astype({name: "string" for name in key if keys[name].dtype == object})
    keys["list"] = np.repeat(np.arange(len(counts)), counts)
    if not keys.duplicated().any():
        return frame
    # A row without its key cannot be told from another, so it stays.
    whole = keys.notna().all(axis=1)
    if "updatedAt" in frame and frame["updatedAt"].dtype != object:
        order = frame["updatedAt"].sort_values(kind="stable", na_position="first").index
        keys = keys.loc[order]
    repeated = keys.duplicated(keep="last") & whole
    return frame[~repeated.reindex(frame.index)].reset_index(drop=True)


class Seen:
    """The keys met so far in one list that is read in chunks."""

    def __init__(self, key: Sequence[str]) -> None:
        self._key = list(key)
        self._met: set[tuple[object, ...]] = set()

    def new_rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give the rows that were not met before; the others have been handed out already."""
        if not self._key:
            return frame
        frame = without_repeats(frame, self._key, [len(frame)])
        keys = frame[self._key].astype("string").itertuples(index=False, name=None)
        fresh = []
        for key in keys:
            fresh.append(any(part is pd.NA for part in key) or key not in self._met)
            self._met.add(key)
        return frame if all(fresh) else frame[fresh].reset_index(drop=True)
