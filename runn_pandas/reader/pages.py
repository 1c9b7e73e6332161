"""From a resource and its filters to all of its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from runn_pandas.catalog import Resource
from runn_pandas.errors import ProtocolError
from runn_pandas.frame.columnar import Columnar
from runn_pandas.frame.decode import Page, decode_list, decode_page
from runn_pandas.reader.days import EVER, LIMIT, has_days
from runn_pandas.reader.endings import EndedEarlyError, beyond
from runn_pandas.reader.merge import decode_merged
from runn_pandas.reader.repeats import Repeats
from runn_pandas.reader.spans import STREAMS, SpanReader
from runn_pandas.reader.streams import DESCENDING, Kept, Over, has_two_ends, read_both

if TYPE_CHECKING:
    from runn_pandas.account import Account
    from runn_pandas.transport.session import CachedReading, Reading

# Reads on from the first pages and the iterator over those behind them.
ByCursors = Callable[[Sequence[Page], Iterator[Page]], tuple[list[Page], Kept]]

# Full pages that are read from the beginning before the far end begins, too.
HEAD = 2
# How often a list is read again whose end others have just moved.
AGAIN = 3


@dataclass(frozen=True)
class Chain:
    """One list to page through, or one record: its path, its query, its path parameters."""

    path: str
    query: Mapping[str, Any]
    place: dict[str, Any]


def chains(
    resource: Resource, path: Mapping[str, Sequence[Any]], query: Mapping[str, Any]
) -> list[Chain]:
    """Return one chain for each distinct set of path values, in the order they came."""
    limit = {"limit": resource.page_limit} if resource.page_limit else {}
    names = list(path)
    # Without path parameters there is one chain; with empty lists of them, none.
    places = dict.fromkeys(zip(*path.values(), strict=True)) if names else {(): None}
    return [
        Chain(
            _filled(resource, place := dict(zip(names, values, strict=True))),
            {**query, **limit},
            place,
        )
        for values in places
    ]


def _filled(resource: Resource, place: Mapping[str, Any]) -> str:
    path = resource.operation.path
    for name, value in place.items():
        path = path.replace("{" + name + "}", quote(str(value), safe=""))
    return path


def _is_short(begun: Sequence[Page], limit: int) -> bool:
    """Whether the first pages tell that few are behind them, or none."""
    return any(page.cursor is None or len(page) < limit for page in begun)


@dataclass(frozen=True)
class Reader:
    """How pages are fetched: from which account, how old they may be, who watches.

    ``keep=False`` leaves the cache alone: a list that is stored elsewhere is not stored twice.
    """

    account: Account
    max_age: float | None
    on_page: Callable[[int], None] = lambda rows: None
    on_wait: Callable[[float, str], None] = lambda wait, why: None
    on_cached: Callable[[float], None] = lambda age: None
    stopped: Event = field(default_factory=Event)
    keep: bool = True

    def _waiting(self, wait: float, why: str) -> None:
        # A wait for the limit may last a minute: nobody should sit through it for nothing.
        if self.stopped.is_set():
            raise CancelledError
        self.on_wait(wait, why)

    def follow(self, resource: Resource, chain: Chain) -> Iterator[Page]:
        """Return an iterator over a chain's pages as they come, to the end of ``nextCursor``."""
        return self._pages(resource, self._reading(resource, chain))

    def _pages(self, resource: Resource, reading: Reading | CachedReading) -> Iterator[Page]:
        return self._cached(resource, reading) if reading.cached else self._asked(resource, reading)

    def whole(
        self, resource: Resource, chain: Chain, before: Sequence[EndedEarlyError] = ()
    ) -> list[Page]:
        """Return all of a chain's pages, a long list read from both of its ends.

        One that has ended before rows that are in it is read once more, from its beginning; once
        more again if these were others, which came since.
        """
        reading = self._reading(resource, chain)
        if reading.cached:
            return list(self._cached(resource, reading))
        near = self._asked(resource, reading, complete=False)
        try:
            begun, read_on = self._begun(resource, chain, near)
            pages, far = read_on(begun, near) if read_on else ([*begun, *near], [])
        except EndedEarlyError as error:
            if len(before) == AGAIN or any(np.isin(error.ids, one.ids).any() for one in before):
                raise
            return self.whole(resource, chain, (*before, error))
        for one in before:
            if len(beyond(one.ids, pages)):
                raise one
        reading.keep_far(far)
        # Only a whole list is kept, never the beginning of one.
        reading.complete(sum(map(len, pages)), pages)
        return pages

    def _begun(
        self, resource: Resource, chain: Chain, near: Iterator[Page]
    ) -> tuple[list[Page], ByCursors | None]:
        """Return a list's first pages, and what reads on by several cursors where that pays."""
        if self.account.workers < 2 or not has_two_ends(resource, chain.query):
            return [], None
        filtered = set(chain.query) - {"limit", *DESCENDING}
        begun = list(islice(near, 0 if resource.facts.is_long and not filtered else HEAD))
        is_short = _is_short(begun, resource.page_limit or 0)
        return begun, None if is_short else self._by_cursors(resource, chain)

    def stream(self, resource: Resource, chain: Chain, others: int = 0) -> Iterator[Page]:
        """Return all of a chain's pages, few of them in memory at a time.

        A list of days that fits into what this minute has left, less the requests that `others`
        need, is read by several cursors at once.
        """
        is_cut = self.account.workers > 1 and self._has_spans(resource, chain)
        reading = self._reading(resource, chain)
        if reading.cached or not is_cut:
            return self._pages(resource, reading)
        return self._spans(resource, chain, others).stream(self._asked(resource, reading))

    def _has_spans(self, resource: Resource, chain: Chain) -> bool:
        """Whether a list can be read by spans of days."""
        return has_days(resource, chain.query) and resource.name not in self.account.session.odd

    def _spans(self, resource: Resource, chain: Chain, others: int = 0) -> SpanReader:
        session = self.account.session

        def left() -> int | None:
            known = session.left()
            return known if not others else (LIMIT if known is None else known) - others

        return SpanReader(
            resource,
            partial(self._body, chain),
            {name: day for name, day in EVER.items() if name not in chain.query},
            self.on_page,
            left,
            session.server_time,
            session.odd,
            min(STREAMS, self.account.workers),
        )

    def _by_cursors(self, resource: Resource, chain: Chain) -> ByCursors:
        """Return what reads on by several cursors: at spans of days, or at the list's two ends."""
        if self._has_spans(resource, chain):
            return self._spans(resource, chain).read
        far = partial(self._body, chain, DESCENDING)
        return partial(read_both, body=far, resource=resource, on_page=self.on_page)

    def _reading(self, resource: Resource, chain: Chain) -> Reading | CachedReading:
        reading = self.account.session.reading(
            chain.path,
            chain.query,
            resource=resource.name,
            max_age=self.max_age,
            place=chain.place,
            on_wait=self._waiting,
            keep=self.keep,
            form=Columnar(resource),
        )
        if reading.cached:
            self.on_cached(reading.age)
        return reading

    def _body(self, chain: Chain, more: Mapping[str, str], cursor: str | None, over: Over) -> bytes:
        from runn_pandas.transport.throttle import telling  # it needs ratelimit

        def waiting(wait: float, why: str) -> None:
            if over.is_set():
                raise CancelledError
            over.waits()
            self._waiting(wait, why)

        if self.stopped.is_set():
            raise CancelledError
        query = {**chain.query, **more} | ({} if cursor is None else {"cursor": cursor})
        with telling(waiting):
            return self.account.session.request("GET", chain.path, query).content

    def _cached(self, resource: Resource, reading: CachedReading) -> Iterator[Page]:
        if reading.decoded is not None:
            pages = [reading.decoded]
        elif reading.far:
            pages = decode_merged(reading.bodies, resource)
        else:
            pages = decode_list(reading.bodies, resource)
        for page in pages:
            self.on_page(len(page))
            yield page

    def _asked(
        self, resource: Resource, reading: Reading, *, complete: bool = True
    ) -> Iterator[Page]:
        """Yield pages as they come, and keep the list as a whole unless that is not wanted."""
        cursor: str | None = None
        seen: set[str] = set()
        repeats = Repeats(resource)
        rows = 0
        while True:
            if self.stopped.is_set():
                raise CancelledError
            page = decode_page(reading.page(cursor), resource)
            if cursor is not None and page.cursor is None and not len(page):
                page = self._second(resource, reading, cursor)
            rows += len(page)
            self.on_page(len(page))
            cursor = page.cursor
            if cursor is None:
                if complete:
                    reading.complete(rows)
                yield page
                return
            if cursor in seen:
                raise ProtocolError(
                    f"{resource.name!r}: the server gave the same nextCursor twice after {rows}"
                    " rows, so the list has no end. Nothing is returned; try again in a minute."
                )
            if repeats.add(page):
                raise ProtocolError(
                    f"{resource.name!r}: the server gives page after page, each with another"
                    f" nextCursor, and no row that is new ({rows} rows so far), so the list has no"
                    " end. Nothing is returned; try again in a minute."
                )
            seen.add(cursor)
            yield page

    def _second(self, resource: Resource, reading: Reading, cursor: str) -> Page:
        """Return what a page that ended the list without a row is when it is asked for again."""
        self.on_page(0)
        page = decode_page(reading.page(cursor, again=True), resource)
        if len(page) or page.cursor is not None:
            reading.keep_nothing()
        return page

    def fetch(self, jobs: Sequence[tuple[Resource, Chain]]) -> list[list[Page]]:
        """Return all pages of each of many chains, several read at a time, in the order asked."""
        workers = min(self.account.workers, len(jobs))
        if workers <= 1:
            try:
                return [self.whole(*job) for job in jobs]
            finally:
                self.stopped.set()
        pool = ThreadPoolExecutor(workers, thread_name_prefix="runn")
        try:
            futures = [pool.submit(self.whole, *job) for job in jobs]
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future in done and (error := future.exception()):
                    raise error
            return [future.result() for future in futures]
        finally:
            # After an error, or Ctrl-C, the others stop at their next page.
            self.stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
