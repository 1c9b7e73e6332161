"""Several cursors at one list of days of work: each reads the rows of some of the days.

The list can be asked for the rows from one day to another, so it is cut into spans of days, and
eight of them are read at a time. Nothing is lost by it, whatever is changed meanwhile:

- A row that was there throughout, with the same day, is in the span of its day, which is read by
  ascending id up to its last rows. Those are asked for as well, so that no end is believed which
  comes before them.
- A row that gets another day meanwhile was modified since the read began, and a new row that
  replaces another one too. What was modified since is read at the very end.
- The filters are not believed. A row of another day, a row without a plain day, a row of the last
  request that was modified earlier, and a row of the list's beginning or end that no span has
  brought: each ends the attempt.

As soon as anything is not as it should be, the list is read from its beginning, which has been read
in any case, and from its end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

import numpy as np
import pandas as pd

from runn_pandas.catalog import Resource
from runn_pandas.frame.decode import Page, decode_page
from runn_pandas.reader.days import (
    FEWEST,
    Changes,
    Cursor,
    OddError,
    Span,
    Stream,
    ascending,
    cuts,
    days_of,
    first_asked,
    number_of_spans,
    pages_between,
    sorted_ids,
    usual,
)
from runn_pandas.reader.endings import EndedEarlyError, beyond, first_rows, watched
from runn_pandas.reader.merge import merged
from runn_pandas.reader.repeats import ids_of
from runn_pandas.reader.streams import DESCENDING, Kept, Over, read_both, strip

STREAMS = 8  # requests on their way at once
CLOCKS = 600  # seconds by which the server's own clocks may differ
LONG = 6  # pages after which a span is cut again, where others have nothing to do

# Returns the body of a page of the list with more filters, by cursor.
Ask = Callable[[Mapping[str, str], str | None, Over], bytes]
log = logging.getLogger("runn_pandas")


@dataclass
class SpanReader:
    """Reads one list of days by spans of days, or from both of its ends.

    Attributes
    ----------
    resource : Resource
        What the rows are.
    ask : callable
        Returns the body of a page, given more filters and a cursor; where it waits it gives up
        when the event is set.
    open_ : dict of str to str
        The filters that stand for an open bound, where the list itself is not asked for one.
    on_page : callable
        Called with the number of rows of each page that the near end does not read.
    left : callable
        Returns how many requests are left in this minute, None where that is not known.
    now : callable
        Returns the server's time, None where that is not known.
    odd : set of str
        The resources that have turned out not to be lists of days.
    streams : int
        Requests on their way at once.
    """

    resource: Resource
    ask: Ask
    open_: dict[str, str]
    on_page: Callable[[int], None]
    left: Callable[[], int | None]
    now: Callable[[], pd.Timestamp | None]
    odd: set[str]
    streams: int = STREAMS

    def read(self, begun: Sequence[Page], near: Iterator[Page]) -> tuple[list[Page], Kept]:
        """Return all rows, and the pages that are part of them and not from the near end.

        Parameters
        ----------
        begun : sequence of Page
            The first pages of the list, all full; may be empty.
        near : iterator of Page
            The pages behind them; it can be read to the end.
        """
        pages = list(begun)
        done, far = self._attempt(pages, near)
        if done is not None:
            return done
        ask_far = partial(self.ask, DESCENDING)
        return read_both(pages, near, ask_far, self.resource, self.on_page, far)

    def stream(self, near: Iterator[Page]) -> Iterator[Page]:
        """Yield all rows, by spans if they fit into this minute, else as the near end gives them.

        What does not fit is never in memory as a whole.
        """
        pages = list(islice(near, 1))
        fits = number_of_spans(FEWEST, self.left()) and self.now() is not None
        if not fits or pages[-1].cursor is None:
            return chain(pages, near)
        done, far = self._attempt(pages, near)
        self.on_page(0)  # the far end's page, whose rows are in a span too
        if done is not None:
            return iter(done[0])
        known = None if far is None else self._first_rows(far)
        if known is None or strip(known.turned()) is None:
            return chain(pages, near)
        return watched(self.resource, known, chain(pages, near), self._look)

    def _look(self) -> Page:
        """Ask once more for the list's last rows."""
        return first_rows(self._next(None), self._next)

    def _next(self, cursor: str | None) -> Page:
        """Ask for a page of the list from its end."""
        self.on_page(0)
        return decode_page(self.ask(DESCENDING, cursor, Over()), self.resource)

    def _first_rows(self, far: bytes) -> Page | None:
        """Return the last rows of the list, None if they cannot be had."""
        with suppress(Exception):
            return first_rows(decode_page(far, self.resource), self._next)
        return None

    def _attempt(
        self, pages: list[Page], near: Iterator[Page]
    ) -> tuple[tuple[list[Page], Kept] | None, bytes | None]:
        """Return what was read by spans, if it was, and the far end's first page, if it came."""
        over = Over()
        pool = ThreadPoolExecutor(self.streams, thread_name_prefix="runn-span")
        first: bytes | None = None
        try:
            coming = None if pages else pool.submit(next, near)
            far = pool.submit(self.ask, DESCENDING, None, over)
            if coming is not None:
                pages.append(coming.result())
            if pages[-1].cursor is None:
                over.set()
                return self._single(pages, far, over), None
            with _failures():
                first = over.result_of(far)
                last = decode_page(first, self.resource)
                spans, since = self._plan(pages, last)
            if spans and since is not None:
                return self._by_spans(pages, last, spans, since, pool, over), first
        except OddError as reason:
            log.debug("%s: not read by spans of days: %s", self.resource.name, reason)
            if reason.lasting:
                self.odd.add(self.resource.name)
        finally:
            over.set()
            pool.shutdown(wait=False, cancel_futures=True)
        return None, first

    def _single(self, pages: list[Page], far: Future[bytes], over: Over) -> tuple[list[Page], Kept]:
        """Return the only page of a list, with the rows that the list's end has beside it."""
        try:
            first = over.result_of(far)
            begun = decode_page(first, self.resource)
            last = first_rows(begun, self._next)
        except Exception as error:
            log.debug("%s: its end is not known: %s", self.resource.name, error)
            return pages, []
        missing = beyond(ids_of(last), pages)
        if not len(missing):
            return pages, []
        if last.cursor is not None or last is not begun:
            raise EndedEarlyError(self.resource, missing)
        return [merged([*pages, last])], [(None, first)]

    def _plan(self, begun: Sequence[Page], far: Page) -> tuple[list[Span], pd.Timestamp | None]:
        """Return the spans to read, if that is worth it, and from when on changes count."""
        limit = self.resource.page_limit or 1
        between = pages_between(ascending(begun[-1]), ascending(far.turned()), limit)
        count = number_of_spans(between + len(begun) + 1, self.left())
        first, last = usual(days_of([*begun, far], self.resource))
        found = cuts(first, last, count) if count and first and last else []
        now = self.now()
        since = None if now is None else now - pd.Timedelta(seconds=CLOCKS)
        return [Span(self.resource, first=a, last=b) for a, b in found], since

    def _by_spans(
        self,
        begun: Sequence[Page],
        far: Page,
        spans: list[Span],
        since: pd.Timestamp,
        pool: ThreadPoolExecutor,
        over: Over,
    ) -> tuple[list[Page], Kept]:
        reading = _Reading(self, pool, over)
        # Of two rows that were changed at one moment the same stays, whichever came first.
        streams = sorted(reading.whole(spans), key=lambda stream: (*stream.filters.values(),))
        streams += reading.whole([Changes(self.resource, since=since)])
        pages = [page for stream in streams for page in stream.pages]
        self._check_known([*begun, far], sorted_ids(pages), over)
        return [merged([*begun, *pages])], [kept for stream in streams for kept in stream.kept]

    def _check_known(self, known: Sequence[Page], found: np.ndarray, over: Over) -> None:
        """Raise `OddError` if a row that was there is in no span, and was not deleted since."""
        missing = np.setdiff1d(sorted_ids(known), found)
        for filters in ({}, DESCENDING) if len(missing) else ():
            with _failures():
                now = sorted_ids([decode_page(self.ask(filters, None, over), self.resource)])
            self.on_page(0)
            if len(now):
                gone = (now[0] < missing) & (missing < now[-1]) & ~np.isin(missing, now)
                missing = missing[~gone]
        if len(missing):
            raise OddError(f"{len(missing)} rows that were there are in no span", lasting=False)


class _Reading:
    """Streams that are read side by side."""

    def __init__(self, reader: SpanReader, pool: ThreadPoolExecutor, over: Over) -> None:
        self._reader, self._pool, self._over = reader, pool, over
        self._coming: dict[Future[bytes], tuple[Stream, Cursor]] = {}

    def whole(self, streams: Sequence[Stream]) -> list[Stream]:
        """Read some streams, the last ones first; return all that it became."""
        waiting, read = first_asked(streams), []
        while waiting or self._coming:
            while waiting and len(self._coming) < self._reader.streams:
                self._ask(*waiting.pop())
            done, _ = wait(self._coming, return_when=FIRST_COMPLETED)
            for future in done:
                stream, cursor = self._coming.pop(future)
                self._take(stream, cursor, future)
                if stream.asked:
                    continue
                missing = stream.missing()
                if missing is None:
                    read.append(stream)
                else:  # all begin before any goes on, so that no long one is left to the last
                    stream.asked = 1
                    pieces = [] if waiting else self._pieces(stream)
                    waiting[:0] = first_asked(pieces) or [(stream, missing)]
        return read

    def _ask(self, stream: Stream, cursor: Cursor) -> None:
        filters = {**self._reader.open_, **stream.filters, **cursor.order}
        asked = self._pool.submit(self._reader.ask, filters, cursor.at, self._over)
        self._coming[asked] = stream, cursor

    def _take(self, stream: Stream, cursor: Cursor, asked: Future[bytes]) -> None:
        with _failures():
            body = asked.result()
            page = decode_page(body, self._reader.resource)
            stream.take(cursor, body, page)
        stream.asked -= 1
        self._reader.on_page(len(page))

    def _pieces(self, stream: Stream) -> list[Span]:
        """Return a span that is longer than the others in pieces, where there is room for them."""
        is_long = isinstance(stream, Span) and len(stream.up.pages) == LONG
        streams = self._reader.streams
        idle = streams - len(self._coming) >= streams // 2
        with _failures():
            return stream.pieces() if isinstance(stream, Span) and is_long and idle else []


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what an attempt fails of into `OddError`: the list is then read from its ends."""
    try:
        yield
    except OddError:
        raise
    except Exception as error:
        raise OddError(f"{type(error).__name__}: {error}", lasting=False) from error
