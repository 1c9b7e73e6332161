"""One sync: the log of deletions, every list, all tables made anew aside, then one commit."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.catalog import Resource, load
from runn_pandas.errors import (
    AccessError,
    NotFoundError,
    SchemaDriftWarning,
    ValidationError,
    warn,
)
from runn_pandas.frame.decode import to_frame
from runn_pandas.frame.types import PANDAS_TEXT
from runn_pandas.mirror.changes import (
    LOGGED,
    PARENTS,
    Gone,
    Past,
    earlier,
    event_types,
    gone,
    way,
)
from runn_pandas.mirror.columns import catalogue_kinds
from runn_pandas.mirror.folder import Damaged, Folder
from runn_pandas.mirror.lists import Counted, Lists, Notes, Read
from runn_pandas.mirror.merge import Merge, Merged
from runn_pandas.mirror.state import State, Table, Version
from runn_pandas.mirror.store import Spool

if TYPE_CHECKING:
    from pathlib import Path

    from runn_pandas.account import Account

LOG = "activity-log"


class Sync:
    """One sync of a mirror.

    Parameters
    ----------
    lists
        How lists are read.
    names
        The resources to bring up to date.
    began
        Seconds since 1970.
    demo
        Which embedded demo, if it is one.
    full
        Read every list as a whole.
    """

    def __init__(
        self,
        folder: Folder,
        account: Account,
        state: State,
        lists: Lists,
        names: Sequence[str],
        *,
        began: float,
        demo: str,
        history: bool,
        full: bool,
    ) -> None:
        self._folder, self._account, self._state = folder, account, state
        self._lists, self._names, self._full = lists, names, full
        self._began, self._demo = began, demo
        self._history = history or state.history
        self._aside: dict[str, Path] = {}
        self._lines: list[dict[str, Any]] = []
        self._events = state.events

    def run(self) -> tuple[State, pd.DataFrame]:
        """Read, merge and commit; give the new state and what was done."""
        catalog = load()
        resources = [catalog.find(name)[0] for name in self._names]
        lost, no_log = self._deletions()
        jobs = [self._job(resource, no_log) for resource in resources]
        self._lists.fetch(jobs)
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
        counted = Counted(self._lists.on_page)
        started = time.monotonic()
        try:
            filters = {"occurredAfter": since, "eventType": event_types()}
            pages = list(self._lists.pages(resource, filters, counted))
            events = to_frame(pages, resource, warned=Notes())
        except (AccessError, NotFoundError, ValidationError) as error:
            self._line(LOG, f"refused: {error.status}", 0, None, counted.pages or 1, started)
            why = "test accounts have no activity log" if error.status == 422 else "no activity log"
            return Gone(), why
        if len(events) and str(events["timestamp"].dtype).startswith("datetime64"):
            self._events = max(self._events, events["timestamp"].max().isoformat())
        self._line(LOG, "deletions", len(events), None, counted.pages, started)
        found = gone(events)
        return found, "the log does not name all that was deleted" if found.unnamed else ""

    @property
    def _state_at(self) -> float:
        """When the oldest table was brought up to date, by the server's clock."""
        known = self._state.tables
        return min((known[n].began for n in self._names if n in known), default=self._began)

    @property
    def _other(self) -> str:
        if self._full:
            return "asked for"
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
                if name in parents and order[-1].way.since is not None:
                    self._missed(lost.parents.setdefault(parents[name], set()), job, done)
            else:
                done = merge.changes(lost, self._history)
            tables[name] = self._table(job, old, done, starts)
            self._aside.update(done.aside)
            seconds = time.monotonic() - started + job.seconds
            self._line(name, job.way.mode, tables[name].rows, done, job.requests, None, seconds)
        return tables

    def _missed(self, known: set[int], job: Read, done: Merged) -> None:
        """Add those whose deletion was not logged. What is merely not listed is not gone."""
        single = "projects" if job.resource.name == "projects" else "people"
        for id_ in sorted(done.lost - known):
            job.requests += 1
            try:
                self._account.request("GET", f"{single}/{id_}")
            except NotFoundError:
                known.add(id_)

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


def _result(lines: list[dict[str, Any]]) -> pd.DataFrame:
    names = ["resource", "mode", "rows", "added", "changed", "deleted", "requests", "seconds"]
    frame = pd.DataFrame(lines, columns=names)
    whole = dict.fromkeys(names[2:7], "Int64")
    return frame.astype(
        {"resource": PANDAS_TEXT, "mode": PANDAS_TEXT, **whole, "seconds": "Float64"}
    )
