"""One sync: the log of deletions, every list, all tables made anew aside, then one commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.filters import check_filters
from runn_pandas.errors import (
    AccessError,
    NotFoundError,
    ResponseError,
    SchemaDriftWarning,
    ValidationError,
    warn,
)
from runn_pandas.frame.decode import Page, to_frame
from runn_pandas.mirror.changes import (
    LOGGED,
    PARENTS,
    Gone,
    Past,
    Way,
    earlier,
    event_types,
    gone,
    way,
    whole_filters,
)
from runn_pandas.mirror.columns import catalogue_kinds, to_arrow
from runn_pandas.mirror.folder import Damaged, Folder
from runn_pandas.mirror.merge import Merge, Merged
from runn_pandas.mirror.state import State, Table, Version
from runn_pandas.mirror.store import Spool
from runn_pandas.reader.pages import Reader, chains

if TYPE_CHECKING:
    from pathlib import Path

    from runn_pandas.account import Account

# Pages are decoded together, so many rows at a time.
BATCH = 20_000
LOG = "activity-log"


class Notes(set[str]):
    """What drifted in a list, collected, so that one warning is given for a whole sync."""

    def __contains__(self, note: object) -> bool:
        self.add(str(note))
        return True

    def __bool__(self) -> bool:
        return True


@dataclass
class Read:
    """One list, read to the disk."""

    resource: Resource
    way: Way
    spool: Spool
    notes: Notes = field(default_factory=Notes)
    latest: str | None = None
    requests: int = 0
    seconds: float = 0.0
    refused: ResponseError | None = None


class Sync:
    """One sync of a mirror.

    Parameters
    ----------
    names
        The resources to bring up to date.
    optional
        Those that the account's plan may not have; a refusal of these is told, not raised.
    began
        Seconds since 1970.
    demo
        Which embedded demo, if it is one.
    """

    def __init__(
        self,
        folder: Folder,
        account: Account,
        state: State,
        names: Sequence[str],
        *,
        optional: frozenset[str],
        began: float,
        demo: str,
        history: bool,
        on_page: Callable[[int], None],
        on_wait: Callable[[float], None],
    ) -> None:
        self._folder, self._account, self._state = folder, account, state
        self._names, self._optional = names, optional
        self._began, self._demo = began, demo
        self._history = history or state.history
        self._pages, self._on_wait = on_page, on_wait
        self._stopped = Event()
        self._aside: dict[str, Path] = {}
        self._lines: list[dict[str, Any]] = []
        self._events = state.events

    def run(self) -> tuple[State, pd.DataFrame]:
        """Read, merge and commit; give the new state and what was done."""
        catalog = load()
        resources = [catalog.find(name)[0] for name in self._names]
        lost, no_log = self._deletions()
        jobs = [self._job(resource, no_log) for resource in resources]
        self._fetch(jobs)
        tables = self._merged(jobs, lost)
        number = self._state.number + 1
        state = replace(
            self._state,
            account=self._account.fingerprint,
            demo=self._demo,
            number=number,
            events=self._events,
            history=self._history,
            syncs={**self._state.syncs, number: self._began} if self._history else {},
            tables={**self._state.tables, **tables},
        )
        self._folder.commit(state, {p: a for p, a in self._aside.items() if p in state.paths()})
        self._warn(jobs)
        return state, _result(self._lines)

    # -- the log

    def _deletions(self) -> tuple[Gone, str]:
        """What was deleted since the last sync, or why nobody can say."""
        known = self._state.tables
        if self._other or not any(n in LOGGED and n in known for n in self._names):
            return Gone(), ""
        if self._events is None:
            return Gone(), "no activity seen yet"
        resource = load().find(LOG)[0]
        since = earlier(self._events, self._state_at)
        counted = _Counted(self._pages)
        started = time.monotonic()
        try:
            pages = self._follow(
                resource, {"occurredAfter": since, "eventType": event_types()}, counted
            )
            events = to_frame(pages, resource, told=Notes())
        except (AccessError, NotFoundError, ValidationError) as error:
            self._line(LOG, f"refused: {error.status}", 0, None, counted.pages or 1, started)
            why = "test accounts have no activity log" if error.status == 422 else "no activity log"
            return Gone(), why
        if len(events) and str(events["timestamp"].dtype).startswith("datetime64"):
            self._events = max(self._events, events["timestamp"].max().isoformat())
        self._line(LOG, "deletions", len(events), None, counted.pages, started)
        return gone(events), ""

    @property
    def _state_at(self) -> float:
        """When the oldest table was brought up to date, by the server's clock."""
        known = self._state.tables
        return min((known[n].began for n in self._names if n in known), default=self._began)

    @property
    def _other(self) -> str:
        return "another demo" if self._state.number and self._state.demo != self._demo else ""

    # -- the lists

    def _job(self, resource: Resource, no_log: str) -> Read:
        table = self._state.tables.get(resource.name)
        past = None
        if table is not None:
            past = Past(
                table.latest, table.full_at, table.synced_at, table.began, self._intact(table)
            )
        found = way(resource, past, self._began, no_log, self._other)
        return Read(resource, found, Spool(self._folder, resource, catalogue_kinds(resource)))

    def _intact(self, table: Table) -> bool:
        try:
            for file in table.files:
                self._folder.checked(file)
        except Damaged:
            return False
        return True

    def _follow(
        self, resource: Resource, filters: dict[str, Any], on_page: Callable[[int], None]
    ) -> list[Page]:
        return list(self._pages_of(resource, filters, on_page))

    def _pages_of(
        self, resource: Resource, filters: dict[str, Any], on_page: Callable[[int], None]
    ) -> Any:
        path, query = check_filters(resource, filters, {})
        reader = Reader(self._account, 0, on_page, self._on_wait, self._stopped, keep=False)
        (chain,) = chains(resource, path, query)
        return reader.follow(resource, chain)

    def _fetch(self, jobs: Sequence[Read]) -> None:
        """Read the lists to the disk, several at a time."""
        workers = min(self._account.workers, len(jobs))
        pool = ThreadPoolExecutor(max(workers, 1), thread_name_prefix="runn")
        try:
            futures = [pool.submit(self._read, job) for job in jobs]
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future in done and (error := future.exception()):
                    raise error
        finally:
            self._stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)
            for job in jobs:
                job.spool.abandon()

    def _read(self, job: Read) -> None:
        counted, started = _Counted(self._pages), time.monotonic()
        filters = whole_filters(job.resource)
        if job.way.since is not None:
            filters["modifiedAfter"] = job.way.since
        try:
            waiting: list[Page] = []
            for page in self._pages_of(job.resource, filters, counted):
                waiting.append(page)
                if sum(map(len, waiting)) >= BATCH:
                    self._take(job, waiting)
                    waiting = []
            self._take(job, waiting)
            job.spool.close()
        except (AccessError, NotFoundError) as error:
            if job.resource.name not in self._optional:
                raise
            job.refused = error
        job.requests = max(counted.pages, 1)
        job.seconds = time.monotonic() - started

    def _take(self, job: Read, pages: list[Page]) -> None:
        if not any(map(len, pages)):
            return
        frame = to_frame(pages, job.resource, told=job.notes)
        if "updatedAt" in frame and isinstance(frame["updatedAt"].dtype, pd.DatetimeTZDtype):
            last = frame["updatedAt"].max()
            if not pd.isna(last):
                job.latest = max(job.latest or "", last.isoformat())
        job.spool.add(*to_arrow(frame, job.resource))

    # -- the tables

    def _merged(self, jobs: Sequence[Read], lost: Gone) -> dict[str, Table]:
        """Make the tables; those read whole first, as they tell who is gone."""
        tables: dict[str, Table] = {}
        order = sorted(jobs, key=lambda job: job.way.since is not None)
        parents = {name: key for key, (name, _, _) in PARENTS.items()} | {
            "placeholders": "personId"
        }
        for job in order:
            name, started = job.resource.name, time.monotonic()
            if job.refused is not None:
                self._line(name, f"refused: {job.refused.status}", 0, None, job.requests, started)
                continue
            old = self._state.tables.get(name)
            base = old if old is not None and self._intact(old) else None
            merge = Merge(self._folder, job.resource, base, job.spool)
            # Of a table that was lost nobody knows what is gone, so its history begins again.
            starts = self._history and (base is None or not base.versions)
            if job.way.since is None:
                done = merge.whole(self._history)
                if name in parents:
                    lost.parents.setdefault(parents[name], set()).update(done.lost)
            else:
                done = merge.changes(lost, self._history)
            tables[name] = self._table(job, old, done, starts)
            self._aside.update(done.aside)
            seconds = time.monotonic() - started + job.seconds
            self._line(name, job.way.mode, tables[name].rows, done, job.requests, None, seconds)
        return tables

    def _table(self, job: Read, old: Table | None, done: Merged, starts: bool) -> Table:
        seen = [job.latest, old.latest if old else None]
        latest = max((stamp for stamp in seen if stamp), default=None)
        if latest is not None:
            self._events = max(self._events or "", latest)
        versions = old.versions if old else ()
        if starts:
            versions = (*versions, self._base(done))
        elif done.version:
            number = self._state.number + 1
            versions = (*versions, Version(number, done.version, done.kinds))
        return Table(
            files=done.files,
            kinds=done.kinds,
            latest=latest,
            full_at=self._began if job.way.since is None or old is None else old.full_at,
            synced_at=self._began,
            began=self._began + min(self._account.session.ahead or 0.0, 0.0),
            versions=versions,
        )

    def _base(self, done: Merged) -> Version:
        """The first version of a table: all of it, in files of its own."""
        import shutil

        files = []
        for n, file in enumerate(done.files):
            source = done.aside.get(file.path, self._folder.path / file.path)
            target, sink = self._folder.create(f"base-{len(self._aside)}-{n}.parquet")
            with sink, source.open("rb") as content:
                shutil.copyfileobj(content, sink)
            copy = replace(file, path=f"_history/{file.path}")
            done.aside[copy.path] = target
            files.append(copy)
        return Version(self._state.number + 1, tuple(files), done.kinds, whole=True)

    # -- what is told

    def _line(
        self,
        name: str,
        mode: str,
        rows: int,
        done: Merged | None,
        requests: int,
        started: float | None,
        seconds: float = 0.0,
    ) -> None:
        self._lines.append(
            {
                "resource": name,
                "mode": mode,
                "rows": rows,
                "added": done.added if done else 0,
                "changed": done.changed if done else 0,
                "deleted": done.deleted if done else 0,
                "requests": requests,
                "seconds": seconds if started is None else time.monotonic() - started,
            }
        )

    def _warn(self, jobs: Sequence[Read]) -> None:
        told = [f"{j.resource.name!r}: {'; '.join(sorted(j.notes))}" for j in jobs if len(j.notes)]
        if told:
            warn(
                f"The account differs from the catalogue: {'. '.join(told)}. The mirror's tables"
                " have it, no value was lost; python -m runn_pandas check-spec shows what the API"
                " offers now.",
                SchemaDriftWarning,
            )


class _Counted:
    """Counts pages, and passes their rows on."""

    def __init__(self, on_page: Callable[[int], None]) -> None:
        self.pages, self._on_page = 0, on_page

    def __call__(self, rows: int) -> None:
        self.pages += 1
        self._on_page(rows)


def _result(lines: list[dict[str, Any]]) -> pd.DataFrame:
    names = ["resource", "mode", "rows", "added", "changed", "deleted", "requests", "seconds"]
    frame = pd.DataFrame(lines, columns=names)
    whole = dict.fromkeys(names[2:7], "Int64")
    from runn_pandas.frame.types import PANDAS_TEXT

    return frame.astype(
        {"resource": PANDAS_TEXT, "mode": PANDAS_TEXT, **whole, "seconds": "Float64"}
    )
