"""Whether a list brings rows that are new at all: told from its pages, by ids or by content.

A row that moves while one pages may come twice, and rows that are all changed meanwhile may all
come twice. No list gives what it gave before on three pages of four.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from runn_pandas.catalog import Resource
from runn_pandas.frame.decode import Page

FIRST_LOOK = 8  # pages; then after each doubling, so that a look costs next to nothing
EMPTY = 64  # pages without a row, which a filter may leave of pages that had some


class Repeats:
    """The rows of a list so far."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._pages: list[np.ndarray] = []

    def add(self, page: Page) -> bool:
        """Take in the next page; whether by now the list must be one without end."""
        ids = ids_of(page) if self._resource.has_id else None
        self._pages.append(_content(page) if ids is None else ids)
        count = len(self._pages)
        is_look = count >= FIRST_LOOK and count & (count - 1) == 0
        return is_look and is_endless(self._pages)


def is_endless(pages: Sequence[np.ndarray]) -> bool:
    """Whether three pages of four bring nothing that the first quarter has not brought."""
    first = len(pages) // 4
    before, after = np.concatenate(pages[:first]), np.concatenate(pages[first:])
    if not len(after):
        return len(pages) >= EMPTY
    return bool(np.isin(after, before).all())


def ids_of(page: Page) -> np.ndarray | None:
    """Return the ids of a page, or None if not all of its rows have one that is whole."""
    if isinstance(page.rows, pa.Table):
        column = page.rows["id"]
        return None if column.null_count else column.to_numpy()
    ids = [row.get("id") for row in page.rows]
    if not all(type(id_) is int and abs(id_) < 2**63 for id_ in ids):
        return None
    return np.array(ids, np.int64)


def _content(page: Page) -> np.ndarray:
    rows = page.rows.to_pylist() if isinstance(page.rows, pa.Table) else page.rows
    # One value for a page: equal rows are no sign where rows have no id, equal pages are.
    return np.array([zlib.crc32(repr(rows).encode("utf-8", "replace"))] if rows else [], np.int64)
