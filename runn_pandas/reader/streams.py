"""Two cursors at one list: both of its ends at once, until they meet.

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
into one page. No end is believed that comes before rows which the other one has seen. The ends
take turns, so that the same answers lead to the same requests.
"""

from __future__ import annotations

import logging
import math
import re
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any, TypeVar

import numpy as np

from runn_pandas.catalog import Resource
from runn_pandas.frame.decode import Page, decode_page
from runn_pandas.reader.endings import (
    LEAST,
    NONE,
    EndedEarlyError,
    beyond,
    check_end,
    first_rows,
    ids_seen,
)
from runn_pandas.reader.merge import merged
from runn_pandas.reader.repeats import ids_of

PATIENCE = 10.0  # seconds for an answer, not counted while the limit is waited for
DESCENDING = {"sortBy": "id", "order": "desc"}

_T = TypeVar("_T")
MOST = 2**62  # beyond any id, like LEAST


class Over(Event):
    """Set where no more pages are wanted; knows when one of them last waited for the limit."""

    def __init__(self) -> None:
        super().__init__()
        self._waited = -math.inf

    def waits(self) -> None:
        """Say that a request waits for the limit now."""
        self._waited = time.monotonic()

    def result_of(self, asked: Future[_T]) -> _T:
        """Return what was asked for; raise TimeoutError if it takes too long without a wait."""
        while True:
            try:
                return asked.result(timeout=PATIENCE)
            except TimeoutError:
                if asked.done() or time.monotonic() - self._waited > PATIENCE:
                    raise


Body = Callable[[str | None, Over], bytes]
Kept = list[tuple[str | None, bytes]]
log = logging.getLogger("runn_pandas")


class _Plain(Exception):
    """The far end is of no use; the near one reads on alone."""


def has_two_ends(resource: Resource, query: Mapping[str, Any]) -> bool:
    """Whether a list can be read by ascending and by descending id."""
    offered = {f.name: f.enum or () for f in resource.filters}
    return (
        resource.is_list
        and resource.has_id
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


def strip(page: Page) -> Strip | None:
    """Return a page as a strip, or None if its ids are not in order."""
    ids = ids_of(page)
    if ids is None:
        return None
    in_order = bool((ids[1:] > ids[:-1]).all())
    in_order = in_order and (not len(ids) or (ids[0] > LEAST and ids[-1] < MOST))
    return Strip(page, ids) if in_order else None


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

    def between(self, low: int, high: int) -> list[int]:
        """Return the ids from `low` to `high` that this end has seen."""
        return sorted(int(i) for s in self.strips for i in s.ids[(s.ids >= low) & (s.ids <= high)])

    def seen(self) -> np.ndarray:
        """Return all ids that this end has seen."""
        return np.concatenate([NONE, *(s.ids for s in self.strips)])

    def spread(self) -> float:
        """Return how many ids there are for one row, where this end is."""
        ids = self.strips[-1].ids
        return float(ids[-1] - ids[0] + 1) / len(ids) if len(ids) else 1.0


def names_row(cursor: str, id_: int) -> bool:
    """Whether a cursor says by itself at which row it stands: plainly, or in base64.

    Examples
    --------
    >>> names_row('{"id": 17}', 17), names_row("eyJpZCI6IDE3fQ", 17), names_row("offset-500", 17)
    (True, True, False)
    """
    texts = [cursor]
    with suppress(ValueError):
        plain = cursor.replace("+", "-").replace("/", "_") + "=="
        texts.append(urlsafe_b64decode(plain).decode())
    return any(str(id_) in re.findall(r"\d+", text) for text in texts)


class _Far:
    """The far end of a list."""

    def __init__(
        self, body: Body, resource: Resource, on_page: Callable[[int], None], first: bytes | None
    ) -> None:
        self._body, self._resource, self._on_page, self._first = body, resource, on_page, first
        self.end = _End()
        self._begun = NONE  # the first ids, where they are too few to go on from
        self.kept: Kept = []
        self.over = Over()
        self._cursor: str | None = None
        self._seen: set[str | None] = set()
        self._rows = 0
        self._by_row = False  # a cursor named a row, and that was no count of rows or pages

    def ask(self) -> tuple[bytes, Page]:
        """Ask for the next page."""
        body, self._first = self._first, None
        if body is None:
            body = self._body(self._cursor, self.over)
        return body, decode_page(body, self._resource)

    def take(self, asked: Future[tuple[bytes, Page]]) -> None:
        """Take in the page that was asked for."""
        with _far_failures():
            body, page = self.over.result_of(asked)
            if not self.end.strips and len(page) < 2:
                self._begun = ids_seen(first_rows(page, self._next))
                raise _Plain("too short to tell its order")
            self.end.add(strip(page.turned()), descending=True)
            self.kept.append((self._cursor, body))
            self._on_page(len(page))
            self._rows += len(page)
            self._check(page.cursor)
            self._cursor = page.cursor
            self._seen.add(page.cursor)

    def _check(self, cursor: str | None) -> None:
        if cursor in self._seen:
            raise _Plain("the same nextCursor twice")
        if cursor is None:
            return
        pages = len(self.kept)
        if not names_row(cursor, self.end.low):
            raise _Plain("its cursors name no rows")
        self._by_row |= self.end.low not in (self._rows, pages, pages + 1)

    def seen(self) -> np.ndarray:
        """Return all ids that it has seen."""
        return np.concatenate([self._begun, self.end.seen()])

    @property
    def through(self) -> bool:
        """Whether it has come to the other end of the list."""
        return bool(self.kept) and self._cursor is None

    def prove(self, near: _End) -> None:
        """Give up unless both ends have seen the same rows where they met, and this one others."""
        low, high = self.end.low, near.high
        shared = self.end.between(low, high)
        if not shared or shared != near.between(low, high):
            raise _Plain("the ends have seen other rows where they met")
        if self.end.high <= high:
            raise _Plain("the far end did not begin at the end")
        if len(self.kept) > 1 and not self._by_row:
            raise _Plain("its cursors may be numbers of rows")

    def look(self) -> Page:
        """Ask for the first rows once more."""
        return first_rows(self._next(None), self._next)

    def _next(self, cursor: str | None) -> Page:
        """Ask for a page beside those that it goes on from."""
        self._on_page(0)
        return decode_page(self._body(cursor, Over()), self._resource)

    def top(self) -> Strip:
        """Read once more the rows that were made since the far end began."""
        with _far_failures():
            body = self._body(None, self.over)
            page = decode_page(body, self._resource)
            found = strip(page.turned())
        if found is None:
            raise _Plain("ids are not in order")
        if page.cursor is None or not (len(found.ids) and found.ids[0] <= self.end.high):
            raise _Plain("more rows were made meanwhile than one page holds")
        self.kept.append((None, body))
        return found


@contextmanager
def _far_failures() -> Iterator[None]:
    """Turn what the far end fails of into `_Plain`: the near end then reads the whole list."""
    try:
        yield
    except _Plain:
        raise
    except Exception as error:
        raise _Plain(f"{type(error).__name__}: {error}") from error


class _Both:
    """Two ends on their way to each other."""

    def __init__(self, begun: Sequence[Page], near: Iterator[Page], far: _Far, limit: int) -> None:
        self._near, self._far, self._limit = near, far, limit
        self._end = _End()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="runn-end")
        self._coming: Future[Page] | None = None
        self._asked: Future[tuple[bytes, Page]] | None = None
        self.read = list(begun)
        # What the far end had seen when the near one asked for its last page so far.
        self.known = NONE

    def met(self) -> list[Page] | None:
        """Return all rows, or None if the near end read the list to its end."""
        for page in self.read:
            self._end.add(strip(page), descending=False)
        if self._meet():
            return None
        tops: list[Strip] = []
        # Where each end has come to the other one, all that either has brought is in the list.
        have_met = self._is_through and len(self._far.kept) == 1
        if not have_met:
            self._far.prove(self._end)
        with suppress(*[_Plain] if have_met else []):
            tops.append(self._far.top())
        parts = [*self._end.strips, *self._far.end.strips, *tops]
        return [merged([part.page for part in parts])]

    def _meet(self) -> bool:
        """Read until no row is missing; whether the near end alone has read the list to its end."""
        self._ask_near()
        self._asked = self._pool.submit(self._far.ask)
        # Always near, far, near, far: what is asked next depends on the answers alone.
        while self._coming or self._asked:
            if self._coming:
                self._take_near(self._coming)
            if self._asked:
                self._take_far(self._asked)
            if self._is_through and self._far.end.high <= self._end.high:
                return True
            self._go_on()
        return False

    @property
    def _is_through(self) -> bool:
        """Whether the near end says that it has come to the end of the list."""
        return self.read[-1].cursor is None

    def beyond(self) -> np.ndarray:
        """Return the ids that the far end has seen behind the end that the near one has come to."""
        return beyond(self._far.seen(), self.read) if self._is_through else NONE

    def _ask_near(self) -> None:
        self.known = self._far.seen()
        self._coming = self._pool.submit(next, self._near)

    def _go_on(self) -> None:
        """Ask for one more page of an end if nothing is asked for and rows are missing."""
        if self._coming or self._asked or not self._lacks(0):
            return
        if not self._is_through:
            self._ask_near()
        elif not self._far.through:
            self._asked = self._pool.submit(self._far.ask)
        else:
            raise _Plain("both ends are through and have not met")

    def _take_near(self, coming: Future[Page]) -> None:
        """Take in the next page of the near end."""
        page, self._coming = coming.result(), None
        self.read.append(page)
        self._end.add(strip(page), descending=False)
        if page.cursor is None:
            self._far.over.set()
        elif self._lacks(1 if self._asked else 0):
            self._ask_near()

    def _take_far(self, asked: Future[tuple[bytes, Page]]) -> None:
        self._far.take(asked)
        self._asked = None
        if self._is_through:
            return
        if len(self._far.kept) == 1 and self._far.end.low <= self._end.high:
            raise _Plain("the far end began where the near one has been")
        # An end that says it is through is not believed before both have met.
        wanted = self._coming and not self._far.through and self._lacks(1)
        self._asked = self._pool.submit(self._far.ask) if wanted else None

    def _lacks(self, pages: int) -> bool:
        """Whether rows are still missing, when so many pages are on their way."""
        # One row at least is to be seen from both sides.
        if self._far.end.low <= self._end.high:
            return False
        if not pages or not self._far.end.strips:
            return True
        between = self._far.end.low - self._end.high - 1
        # About how many rows that is, by how close the ids are.
        rows = between / max(self._end.spread(), self._far.end.spread())
        return rows > pages * self._limit

    def rest(self) -> Iterator[Page]:
        """Read on from the near end alone."""
        if self._coming is not None:
            self.read.append(self._coming.result())
        self.known = self._far.seen()
        if not self._is_through:
            yield from self._near

    def stop(self) -> None:
        """Ask for nothing more; who waits for the limit stops waiting."""
        self._far.over.set()
        self._pool.shutdown(wait=False, cancel_futures=True)


def read_both(
    begun: Sequence[Page],
    near: Iterator[Page],
    body: Body,
    resource: Resource,
    on_page: Callable[[int], None],
    first: bytes | None = None,
) -> tuple[list[Page], Kept]:
    """Read a list from both ends.

    Parameters
    ----------
    begun : sequence of Page
        The first pages of the list, all full.
    near : iterator of Page
        The pages behind them; it can be read to the end.
    body : callable
        Returns the body of a page of the list from its end, by cursor; where it waits it gives up
        when the event is set.
    resource : Resource
        What the rows are.
    on_page : callable
        Called with the number of rows of each page from the far end.
    first : bytes, optional
        The body of the far end's first page, if that was asked for.

    Returns
    -------
    list of Page
        All rows, by ascending id where both ends were read.
    list of (str or None, bytes)
        The pages from the far end that are part of it, with their cursors; none if the near
        end read the whole list.
    """
    far = _Far(body, resource, on_page, first)
    both = _Both(begun, near, far, resource.page_limit or 0)
    try:
        pages = both.met()
    except _Plain as reason:
        log.debug("%s: read from one end only: %s", resource.name, reason)
        far.over.set()
        if len(ids := both.beyond()):
            raise EndedEarlyError(resource, ids) from None
        rest = list(both.rest())
        pages = [*both.read, *rest]
        check_end(resource, beyond(both.known, pages), far.look)
        return pages, []
    finally:
        both.stop()
    if pages is not None:
        return pages, far.kept
    return both.read, []
