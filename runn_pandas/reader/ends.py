"""Both ends of one list at once, until they meet.

A list is read from its beginning, by ascending id, and at the same time from its end, by
descending id. That takes half the time and one request more than a plain read. Nothing is
lost by it, whatever is inserted, deleted or changed meanwhile:

- An id never changes, so a row never moves in this order. Each end gives all rows from where
  it began to where it is, so once they have met, no row that was there throughout is missing.
- A row that is replaced by a new one while the list is read (deleted, and made again with a
  higher id) could be gone before its end came to it, and its replacement too new for the other
  end. So the highest ids are read once more at the very last, in one page, which is as they
  were at one moment. Either the old row or the new one is found, as in a plain read.

The near end alone can always read the list to its end, and does as soon as anything is not
as it should be: ids that are not in order, a far end that fails, a top that does not fit
into one page. Both ends take turns in step, so that the same answers lead to the same
requests.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import numpy as np
import pyarrow as pa

from runn_pandas.catalog import Resource
from runn_pandas.errors import ProtocolError
from runn_pandas.frame.decode import Page, decode_page

# Pages from the near end before the far one begins: short lists never pay for it.
HEAD = 2
PATIENCE = 10.0  # seconds that the near end waits for the far one
DESCENDING = {"sortBy": "id", "order": "desc"}

LEAST, MOST = -(2**62), 2**62  # beyond any id

Body = Callable[[str | None, Event], bytes]
Kept = list[tuple[str | None, bytes]]
log = logging.getLogger("runn_pandas")


class _Plain(Exception):
    """The far end is of no use; the near one reads on alone."""


def has_two_ends(resource: Resource, query: Mapping[str, Any]) -> bool:
    """Tell whether a list can be read by ascending and by descending id."""
    offered = {f.name: f.enum or () for f in resource.filters}
    return (
        resource.is_list
        and resource.key == ("id",)
        and "id" in offered.get("sortBy", ())
        and {"asc", "desc"} <= set(offered.get("order", ()))
        and query.get("sortBy", "id") == "id"
        and query.get("order", "asc") == "asc"
    )


@dataclass(frozen=True)
class Strip:
    """A page of rows in order of id, the lowest first."""

    page: Page
    ids: np.ndarray

    def between(self, low: int, high: int) -> Iterator[Page]:
        """Give the rows with ids above `low` and below `high`, if there are any."""
        start = int(np.searchsorted(self.ids, np.int64(low), "right"))
        stop = int(np.searchsorted(self.ids, np.int64(high), "left"))
        if start < stop:
            whole = stop - start == len(self.ids)
            yield self.page if whole else self.page.part(start, stop)


def strip(page: Page, *, descending: bool = False) -> Strip | None:
    """Give a page as a strip, or None if its ids are not in order."""
    ids = _ids(page)
    if ids is None:
        return None
    if descending:
        ids, page = ids[::-1], page.turned()
    in_order = bool((ids[1:] > ids[:-1]).all())
    in_order = in_order and (not len(ids) or (ids[0] > LEAST and ids[-1] < MOST))
    return Strip(page, ids) if in_order else None


def _ids(page: Page) -> np.ndarray | None:
    if isinstance(page.rows, pa.Table):
        column = page.rows["id"]
        return None if column.null_count else column.to_numpy()
    ids = [row.get("id") for row in page.rows]
    if not all(type(id_) is int and abs(id_) < 2**63 for id_ in ids):
        return None
    return np.array(ids, np.int64)


@dataclass
class _End:
    """How far one end has come."""

    strips: list[Strip] = field(default_factory=list)
    low: int = MOST
    high: int = LEAST

    def add(self, found: Strip | None, *, descending: bool) -> None:
        if found is None:
            raise _Plain("ids are not in order")
        if len(found.ids):
            first, last = int(found.ids[0]), int(found.ids[-1])
            if self.strips and not (last < self.low if descending else first > self.high):
                raise _Plain("ids are not in order")
            self.low, self.high = min(self.low, first), max(self.high, last)
        self.strips.append(found)

    def spread(self) -> float:
        """The ids for one row, where this end is."""
        ids = self.strips[-1].ids
        return float(ids[-1] - ids[0] + 1) / len(ids) if len(ids) else 1.0


class _Far:
    """The far end of a list."""

    def __init__(self, body: Body, resource: Resource, on_page: Callable[[int], None]) -> None:
        self._body, self._resource, self._on_page = body, resource, on_page
        self.end = _End()
        self.kept: Kept = []
        self.cursor: str | None = None
        self._seen: set[str] = set()
        self._over = Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="runn-far")

    def ask(self) -> Future[bytes]:
        """Ask for the next page, in a thread."""
        return self._pool.submit(self._body, self.cursor, self._over)

    def take(self, body: bytes) -> None:
        """Take in the page that was asked for."""
        page = decode_page(body, self._resource)
        self.kept.append((self.cursor, body))
        found = strip(page, descending=True)
        if not self.end.strips and len(page) < 2:
            raise _Plain("too short to tell its order")
        self.end.add(found, descending=True)
        self._on_page(len(page))
        if page.cursor in self._seen:
            raise _Plain("the same nextCursor twice")
        self.cursor = page.cursor
        self._seen |= {page.cursor} if page.cursor else set()

    @property
    def through(self) -> bool:
        """Whether it has come to the other end of the list."""
        return bool(self.kept) and self.cursor is None

    def top(self) -> Strip:
        """Read once more the rows that were made since the far end began."""
        body = self._body(None, self._over)
        page = decode_page(body, self._resource)
        found = strip(page, descending=True)
        if found is None:
            raise _Plain("ids are not in order")
        if page.cursor is not None and not (len(found.ids) and found.ids[0] <= self.end.high):
            raise _Plain("more rows were made meanwhile than one page holds")
        self.kept.append((None, body))
        return found

    def stop(self) -> None:
        """Ask for nothing more; who waits for the limit stops waiting."""
        self._over.set()
        self._pool.shutdown(wait=False, cancel_futures=True)


def read_both(
    near: Iterator[Page], body: Body, resource: Resource, on_page: Callable[[int], None]
) -> tuple[list[Page], Kept]:
    """Read a list from both ends.

    Parameters
    ----------
    near : iterator of Page
        The list from its beginning; it can be read to the end.
    body : callable
        Gives the body of a page of the list from its end, by cursor; where it waits it gives up
        when the event is set.
    resource : Resource
        What the rows are.
    on_page : callable
        Told the number of rows of each page from the far end.

    Returns
    -------
    list of Page
        All rows, by ascending id where both ends were read.
    list of (str or None, bytes)
        The pages from the far end that are part of it, with their cursors; none if the near
        end read the whole list.
    """
    read: list[Page] = []
    far = _Far(body, resource, on_page)
    try:
        return _met(near, read, far, resource.page_limit or 0)
    except _Plain as reason:
        log.debug("%s: read from one end only: %s", resource.name, reason)
    finally:
        far.stop()
    return [*read, *near], []


def _met(near: Iterator[Page], read: list[Page], far: _Far, limit: int) -> tuple[list[Page], Kept]:
    end = _End()
    both = False
    while far.end.low > end.high + 1 and not far.through:
        asked = far.ask() if both else None
        page = next(near)
        read.append(page)
        if page.cursor is None:
            return read, []
        end.add(strip(page), descending=False)
        if len(read) <= HEAD and len(page) < limit:
            raise _Plain("short pages")
        if asked is not None:
            _take(far, asked)
        both = len(read) >= HEAD and _rows_left(end, far.end) > limit
    try:
        top = far.top()
    except Exception as error:
        raise _Plain(str(error)) from error
    return joined(end.strips, far.end.strips, top), far.kept


def _take(far: _Far, asked: Future[bytes]) -> None:
    try:
        far.take(asked.result(timeout=PATIENCE))
    except _Plain:
        raise
    except Exception as error:
        # Whatever it was: the near end reads the whole list, or meets it too.
        raise _Plain(f"{type(error).__name__}: {error}") from error


def _rows_left(near: _End, far: _End) -> float:
    """About how many rows are still between the ends, by how close their ids are."""
    if not far.strips:
        return np.inf
    return (far.low - near.high - 1) / max(near.spread(), far.spread())


def joined(near: Sequence[Strip], far: Sequence[Strip], top: Strip) -> list[Page]:
    """Put the pages of both ends together by ascending id, each row as it was read last.

    Parameters
    ----------
    near, far
        In the order they were read; the last ones of both at the same time.
    top
        The highest ids, read after all others.
    """
    *earlier, last = near
    before = max((int(part.ids[-1]) for part in earlier if len(part.ids)), default=LEAST)
    end = int(last.ids[-1]) if len(last.ids) else before
    met = min((int(part.ids[0]) for part in far if len(part.ids)), default=MOST)
    new = int(top.ids[0]) if len(top.ids) else MOST
    pages: list[Page] = []
    for part in earlier:
        pages += part.between(LEAST, min(met, new))
    # Only the last page of the far end can overlap with earlier ones of the near end.
    pages += far[-1].between(LEAST, min(before + 1, new))
    pages += last.between(LEAST, new)
    for part in reversed(far):
        pages += part.between(end, new)
    return [*pages, top.page]


def stored(pages: Sequence[Page], far: int) -> list[Page]:
    """Put together the pages of a list that was kept: near ones, far ones, the top."""
    near = [strip(page) for page in pages[:-far]]
    others = [strip(page, descending=True) for page in pages[-far:]]
    whole = [found for found in (*near, *others) if found is not None]
    if len(whole) < len(pages) or far < 2 or far == len(pages):
        raise ProtocolError("The cached list is not in order; read it with max_age=0.")
    return joined(whole[: len(near)], whole[len(near) : -1], whole[-1])
