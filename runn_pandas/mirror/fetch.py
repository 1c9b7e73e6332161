"""Lists of the account, fetched to the disk: several at a time, each a few pages at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pandas as pd

from runn_pandas.account import Account
from runn_pandas.catalog import Resource
from runn_pandas.catalog.filters import check_filters
from runn_pandas.errors import AccessError, NotFoundError, ResponseError
from runn_pandas.frame.decode import Page, to_frame
from runn_pandas.mirror.columns import to_arrow
from runn_pandas.mirror.parquet_files import Spool
from runn_pandas.mirror.policy import FetchMode
from runn_pandas.reader.pages import Reader, chains

# Pages are decoded together, so many rows at a time.
BATCH = 20_000
# Requests that are left to each other list while one is read by several cursors: a few more
# cost no time, unless the last list has to wait for the next minute by them.
EACH = 1.5


class Notes(set[str]):
    """What drifted in a list, collected, so that one warning is given for a whole sync."""

    def __contains__(self, note: object) -> bool:
        self.add(str(note))
        return True

    def __bool__(self) -> bool:
        return True


@dataclass
class FetchedList:
    """One list, on its way to the disk or there."""

    resource: Resource
    mode: FetchMode
    spool: Spool
    notes: Notes = field(default_factory=Notes)
    latest: str | None = None
    requests: int = 0
    seconds: float = 0.0
    refused: ResponseError | None = None

    def filters(self) -> list[dict[str, Any]]:
        """Return what is asked for: some people's rows, changes, or all as read_runn does."""
        if self.mode.people:
            return [{"personId": person} for person in self.mode.people]
        return [{} if self.mode.since is None else {"modifiedAfter": self.mode.since}]


class Counted:
    """Counts pages, and passes their rows on."""

    def __init__(self, on_page: Callable[[int], None]) -> None:
        self.pages, self._on_page = 0, on_page

    def __call__(self, rows: int) -> None:
        self.pages += 1
        self._on_page(rows)


class Fetcher:
    """Fetches the lists of one sync, and tells of the rows of a page and of waits.

    A refusal of those that are `optional`, as the account's plan may not have them, is kept.
    """

    def __init__(
        self,
        account: Account,
        optional: frozenset[str],
        on_page: Callable[[int], None],
        on_wait: Callable[[float, str], None],
    ) -> None:
        self.on_page = on_page
        self._account, self._optional, self._on_wait = account, optional, on_wait
        self._stopped, self._others = Event(), 0

    def pages(
        self,
        resource: Resource,
        filters: dict[str, Any],
        on_page: Callable[[int], None],
        others: int = 0,
    ) -> Iterator[Page]:
        """Return a list's pages as they come; `others` are lists that are read beside it."""
        path, query = check_filters(resource, filters, {})
        reader = Reader(self._account, 0, on_page, self._on_wait, stopped=self._stopped, keep=False)
        (chain,) = chains(resource, path, query)
        return reader.stream(resource, chain, int(others * EACH))

    def fetch(self, jobs: Sequence[FetchedList]) -> None:
        """Fetch lists to the disk, several at a time."""
        if not jobs:
            return
        workers, self._others = min(self._account.workers, len(jobs)), len(jobs) - 1
        self._stopped = Event()
        try:
            if workers <= 1:
                for job in jobs:
                    self._fetch(job)
            else:
                self._fetch_at_once(jobs, workers)
        finally:
            self._stopped.set()
            for job in jobs:
                job.spool.abandon()

    def _fetch_at_once(self, jobs: Sequence[FetchedList], workers: int) -> None:
        pool = ThreadPoolExecutor(workers, thread_name_prefix="runn")
        try:
            futures = [pool.submit(self._fetch, job) for job in jobs]
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future in done and (error := future.exception()):
                    raise error
        finally:
            self._stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _fetch(self, job: FetchedList) -> None:
        counted, started = Counted(self.on_page), time.monotonic()
        try:
            for filters in job.filters():
                self._fetch_some(job, filters, counted)
            job.spool.close()
        except (AccessError, NotFoundError) as error:
            if job.resource.name not in self._optional:
                raise
            job.refused = error
        job.requests += max(counted.pages, 1)
        job.seconds += time.monotonic() - started

    def _fetch_some(self, job: FetchedList, filters: dict[str, Any], counted: Counted) -> None:
        waiting: list[Page] = []
        for page in self.pages(job.resource, filters, counted, self._others):
            waiting.append(page)
            if sum(map(len, waiting)) >= BATCH:
                self._take(job, waiting)
                waiting = []
        self._take(job, waiting)

    def _take(self, job: FetchedList, pages: list[Page]) -> None:
        if not any(map(len, pages)):
            return
        frame = to_frame(pages, job.resource, warned=job.notes)
        if "updatedAt" in frame and isinstance(frame["updatedAt"].dtype, pd.DatetimeTZDtype):
            last = frame["updatedAt"].max()
            if not pd.isna(last):
                job.latest = max(job.latest or "", last.isoformat())
        job.spool.add(*to_arrow(frame, job.resource))
