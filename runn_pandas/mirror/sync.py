"""One sync: the log of deletions, every list, all tables made anew aside, then one commit."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from runn_pandas.account import Account
from runn_pandas.catalog import Resource, load
from runn_pandas.errors import AccessError, NotFoundError, SchemaDriftWarning, ValidationError, warn
from runn_pandas.frame.decode import to_frame
from runn_pandas.frame.types import PANDAS_TEXT
from runn_pandas.mirror.columns import catalogue_kinds, unified
from runn_pandas.mirror.evidence import missed, next_mode
from runn_pandas.mirror.fetch import Counted, FetchedList, Fetcher, Notes
from runn_pandas.mirror.folder import Damaged, Folder
from runn_pandas.mirror.merge import Merge, Merged
from runn_pandas.mirror.parquet_files import Spool
from runn_pandas.mirror.policy import (
    PARENTS,
    Deletions,
    FetchMode,
    deletions_in,
    earlier,
    event_types,
    fetch_mode,
    why_whole,
)
from runn_pandas.mirror.state import State, Table, Version

LOG = "activity-log"


class Sync:
    """One sync of a mirror: of some resources, begun at a moment in seconds since 1970."""

    def __init__(
        self,
        folder: Folder,
        account: Account,
        state: State,
        fetcher: Fetcher,
        names: Sequence[str],
        *,
        began: float,
        demo: str,
        history: bool,
        full: bool,
        full_every: float | None = None,
    ) -> None:
        self._folder, self._account, self._state = folder, account, state
        self._fetcher, self._names, self._full = fetcher, names, full
        self._began, self._demo, self._full_every = began, demo, full_every
        self._history = history or state.history
        self._aside: dict[str, Path] = {}
        self._lines: list[dict[str, Any]] = []
        self._merges: dict[str, Merge | None] = {}
        self._events = state.events
        self._lost = {name for name, table in state.tables.items() if not self._intact(table)}
        # By the server's clock, once it is known.
        self._now = began

    def run(self) -> tuple[State, pd.DataFrame]:
        """Fetch, merge and commit; return the new state and what was done."""
        catalog = load()
        resources = [catalog.find(name)[0] for name in self._names]
        there = [one for one in resources if one.name in self._state.tables]
        deletions, no_log = self._deletions(there)
        jobs = [self._job(resource, no_log) for resource in resources]
        self._fetcher.fetch(jobs)
        tables = self._tables(jobs, deletions)
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

    def _deletions(self, there: Sequence[Resource]) -> tuple[Deletions, str]:
        """Return what was deleted since the last sync, or why nobody can say."""
        if self._other or all(map(self._why_whole, there)):
            return Deletions(), ""
        if self._events is None:
            return Deletions(), "no activity seen yet"
        counted, started = Counted(self._fetcher.on_page), time.monotonic()
        try:
            events = self._events_since(earlier(self._events, self._state_at), counted)
        except (AccessError, NotFoundError, ValidationError) as error:
            self._line(LOG, f"refused: {error.status}", counted.pages or 1, started)
            why = "test accounts have no activity log" if error.status == 422 else "no activity log"
            return Deletions(), why
        self._events = _latest(events, self._events)
        self._line(LOG, "deletions", counted.pages, started, rows=len(events))
        self._now += self._account.session.ahead or 0.0
        found = deletions_in(events)
        return found, "the log does not name all that was deleted" if found.unnamed else ""

    def _events_since(self, since: pd.Timestamp, counted: Counted) -> pd.DataFrame:
        resource = load().find(LOG)[0]
        filters = {"occurredAfter": since, "eventType": event_types()}
        pages = list(self._fetcher.pages(resource, filters, counted))
        return to_frame(pages, resource, warned=Notes())

    @property
    def _state_at(self) -> float:
        """The time when the oldest table was brought up to date, by the server's clock."""
        known = self._state.tables
        return min((known[n].began for n in self._names if n in known), default=self._began)

    @property
    def _other(self) -> str:
        """The reason why nothing that is there can be built upon, or ""."""
        if self._full:
            return "asked for"
        return "another demo" if self._state.number and self._state.demo != self._demo else ""

    # -- the lists

    def _job(self, resource: Resource, no_log: str) -> FetchedList:
        table = self._state.tables.get(resource.name)
        intact, every = resource.name not in self._lost, self._full_every
        mode = fetch_mode(resource, table, intact, self._now, no_log, self._other, every)
        if mode.since is not None and (why := missed(resource, self._state.tables, self._lost)):
            mode = FetchMode(f"full: {why}")
        return self._empty(resource, mode)

    def _empty(self, resource: Resource, mode: FetchMode) -> FetchedList:
        return FetchedList(resource, mode, Spool(self._folder, resource, catalogue_kinds(resource)))

    def _why_whole(self, resource: Resource) -> str:
        table = self._state.tables.get(resource.name)
        return why_whole(resource, table, self._began, self._full_every)

    def _intact(self, table: Table) -> bool:
        try:
            for file in table.files:
                self._folder.checked(file)
        except Damaged:
            return False
        return True

    # -- the tables

    def _tables(self, jobs: Sequence[FetchedList], deletions: Deletions) -> dict[str, Table]:
        """Return the new tables: those first whose changes tell what is gone from others."""
        jobs = self._again(jobs, self._as_wide)
        late = [job for job in jobs if job.mode.whole_at is not None and job.refused is None]
        first = [job for job in jobs if job not in late]
        some_changes = any(job.mode.since is not None for job in jobs)
        tables = self._merged(first, deletions, some_changes)
        again = self._again(late, lambda job: self._looked_at(job, deletions))
        again = self._again(again, self._as_wide)
        return tables | self._merged(again, deletions, some_changes)

    def _again(
        self, jobs: Sequence[FetchedList], look: Callable[[FetchedList], FetchedList]
    ) -> list[FetchedList]:
        """Return lists after a look at them, and what it asked for more of them fetched."""
        again = list(map(look, jobs))
        pairs = zip(again, jobs, strict=True)
        self._fetcher.fetch([job for job, before in pairs if job.mode != before.mode])
        return again

    def _as_wide(self, job: FetchedList) -> FetchedList:
        """Return a list as it goes on; whole where rows that are there have less of a field."""
        if job.mode.since is None or job.refused is not None:
            return job
        kinds = self._state.tables[job.resource.name].kinds
        if unified(job.resource, [kinds, job.spool.kinds]) == kinds:
            return job
        return self._anew(job, FetchMode("full: its fields changed"))

    def _looked_at(self, job: FetchedList, deletions: Deletions) -> FetchedList:
        """Return a list of which changes are there, as it goes on."""
        table = self._state.tables[job.resource.name]
        merge = Merge(self._folder, job.resource, table, job.spool)
        mode = next_mode(job.resource, job.mode, merge, self._merges, deletions, table.rows)
        return self._anew(job, mode) if mode.since is None else replace(job, mode=mode)

    def _anew(self, job: FetchedList, mode: FetchMode) -> FetchedList:
        empty = self._empty(job.resource, mode)
        return replace(empty, requests=job.requests, seconds=job.seconds)

    def _merged(
        self, jobs: Sequence[FetchedList], deletions: Deletions, some_changes: bool
    ) -> dict[str, Table]:
        """Return new tables; of lists fetched whole first, as they tell who is gone."""
        tables: dict[str, Table] = {}
        for job in sorted(jobs, key=lambda job: job.mode.since is not None):
            name, started = job.resource.name, time.monotonic() - job.seconds
            if job.refused is not None:
                self._line(name, f"refused: {job.refused.status}", job.requests, started)
                continue
            old = self._state.tables.get(name)
            base = None if name in self._lost else old
            merge = Merge(self._folder, job.resource, base, job.spool)
            self._merges[name] = None if base is None else merge
            if job.mode.since is not None:
                done = merge.changes(deletions, self._history, job.mode.people)
            else:
                done = merge.whole(self._history)
                if some_changes:
                    self._add_unlogged(deletions, job, done)
            # Of a table that was lost nobody knows what is gone, so its history begins again.
            starts = self._history and (base is None or not base.versions)
            tables[name] = self._table(job, old, done, starts)
            self._aside.update(done.aside)
            self._line(name, job.mode.name, job.requests, started, tables[name].rows, done)
        return tables

    def _add_unlogged(self, deletions: Deletions, job: FetchedList, done: Merged) -> None:
        """Add those whose deletion was not logged. What is merely not listed is not gone."""
        records = job.resource.facts.subset_of or job.resource.name
        if records not in PARENTS:
            return
        known = deletions.ids.setdefault(records, set())
        for id_ in sorted(done.lost - known):
            job.requests += 1
            try:
                self._account.request("GET", f"{records}/{id_}")
            except NotFoundError:
                known.add(id_)

    def _table(self, job: FetchedList, old: Table | None, done: Merged, starts: bool) -> Table:
        began = self._began + min(self._account.session.ahead or 0.0, 0.0)
        new = Table(done.files, done.kinds, job.latest, began, self._began, began)
        new = replace(new, number=self._state.number + 1, whole=job.mode.since is None)
        if old is not None:
            latest = max(filter(None, (job.latest, old.latest)), default=None)
            full_at = began if new.whole else old.full_at
            new = replace(new, latest=latest, full_at=full_at, versions=old.versions)
        if new.latest is not None:
            self._events = max(self._events or "", new.latest)
        if starts:
            return replace(new, versions=(*new.versions, self._base(done)))
        if done.version:
            version = Version(self._state.number + 1, done.version, done.kinds)
            return replace(new, versions=(*new.versions, version))
        return new

    def _base(self, done: Merged) -> Version:
        """Return the first version of a table: all of it, in files of its own."""
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

    # -- the result

    def _line(
        self,
        name: str,
        mode: str,
        requests: int,
        started: float,
        rows: int = 0,
        done: Merged | None = None,
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
                "seconds": time.monotonic() - started,
            }
        )

    def _warn(self, jobs: Sequence[FetchedList]) -> None:
        drift = [f"{j.resource.name!r}: {'; '.join(sorted(j.notes))}" for j in jobs if len(j.notes)]
        if drift:
            warn(
                f"The account differs from the catalogue: {'. '.join(drift)}. The mirror's tables"
                " have it, no value was lost; python -m runn_pandas check-spec shows what the API"
                " offers now.",
                SchemaDriftWarning,
            )


def _result(lines: list[dict[str, Any]]) -> pd.DataFrame:
    names = ["resource", "mode", "rows", "added", "changed", "deleted", "requests", "seconds"]
    frame = pd.DataFrame(lines, columns=names)
    whole = dict.fromkeys(names[2:7], "Int64")
    return frame.astype(
        {"resource": PANDAS_TEXT, "mode": PANDAS_TEXT, **whole, "seconds": "Float64"}
    )


def _latest(events: pd.DataFrame, seen: str) -> str:
    """Return when the last event was, of these and of those that were seen before."""
    if not len(events) or not isinstance(events["timestamp"].dtype, pd.DatetimeTZDtype):
        return seen
    return max(seen, str(events["timestamp"].max().isoformat()))
