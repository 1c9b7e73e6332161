"""A server whose list is changed by others while it is read."""

from __future__ import annotations

import datetime as dt
import json
import random
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

import pandas as pd
import pytest

from runn_pandas.account import DEMO_URL, Account
from runn_pandas.catalog import Resource
from runn_pandas.demo.adapter import DemoAdapter

LIMIT = 4
START = pd.Timestamp("2026-01-01", tz="UTC")


@dataclass
class Moving:
    """A list of teams that something happens to before each request, paged by id."""

    rows: int = 0
    changes: list[list[tuple[str, int]]] = field(default_factory=list)
    gaps: bool = False
    refuse: Callable[[dict[str, str], int], int] = lambda query, number: 0
    # How many rows a page has that says falsely that it is the last one; None if it is as it is.
    lie: Callable[[dict[str, str], int], int | None] = lambda query, number: None

    def __post_init__(self) -> None:
        self.version = 0
        self.next = 1
        self.table: dict[int, int] = {}  # id -> version
        self.entity: dict[int, int] = {}  # id -> the first of the rows that it replaces
        self.lock = threading.Lock()
        self.asked: list[dict[str, str]] = []
        # id -> the latest version that was sent: of all, and to the near end alone
        self.served: dict[int, int] = {}
        self.near: dict[int, int] = {}
        self.read_through = False  # the near end has come to the end of the list
        for _ in range(self.rows):
            self._insert()
        self.always = set(self.table)
        self.alive = set(self.entity.values())

    def _insert(self, entity: int | None = None) -> None:
        self.version += 1
        self.table[self.next] = self.version
        self.entity[self.next] = entity if entity is not None else self.next
        self.next += random.Random(self.next).randint(1, 5) if self.gaps else 1

    def _happens(self, kind: str, which: int) -> None:
        if kind == "insert" or not self.table:
            self._insert()
            return
        id_ = sorted(self.table)[which % len(self.table)]
        if kind == "update":
            self.version += 1
            self.table[id_] = self.version
            return
        del self.table[id_]
        if kind == "replace":
            self._insert(self.entity[id_])

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        with self.lock:
            number = len(self.asked)
            self.asked.append(query)
            for change in self.changes[number] if 0 < number < len(self.changes) else []:
                self._happens(*change)
            self.always &= set(self.table)
            self.alive &= {self.entity[id_] for id_ in self.table}
            status = self.refuse(query, number)
            body = self._page(query) if not status else {"message": "No"}
            if not status and (rows := self.lie(query, number)) is not None:
                body = {"values": body["values"][:rows], "nextCursor": None}
        date = format_datetime(dt.datetime.now(dt.UTC), usegmt=True)
        headers = [("Content-Type", "application/json"), ("Date", date)]
        start_response(f"{status or 200} Said", headers)
        return [json.dumps(body).encode()]

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        down = query.get("order") == "desc"
        cursor = query.get("cursor")
        ids = sorted(self.table, reverse=down)
        if cursor is not None:
            at = int(cursor[1:])
            assert (cursor[0] == "d") == down, "a cursor fits only the query that it came from"
            ids = [id_ for id_ in ids if (id_ < at if down else id_ > at)]
        found = ids[: int(query["limit"])]
        more = len(ids) > len(found)
        for served in [self.served] if down else [self.served, self.near]:
            served.update({id_: self.table[id_] for id_ in found})
        self.read_through |= not (more or down)
        return {
            "values": [team(id_, self.table[id_]) for id_ in found],
            "nextCursor": f"{'d' if down else 'a'}{found[-1]}" if more else None,
        }


def false_end(at: int, rows: int) -> Callable[[dict[str, str], int], int | None]:
    """The answer to one request is a page of so many rows that says that it is the last one."""
    return lambda query, number: rows if number == at else None


def team(id_: int, version: int) -> dict[str, Any]:
    updated = (START + pd.Timedelta(seconds=version)).strftime("%Y-%m-%dT%H:%M:%SZ")
    created = "2026-01-01T00:00:00Z"
    return {"id": id_, "name": f"v{version}", "createdAt": created, "updatedAt": updated}


@contextmanager
def opened(server: Any) -> Iterator[Account]:
    """An account of a server whose pages hold four rows."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Resource, "page_limit", property(lambda self: LIMIT if self.is_list else None)
        )
        account = Account(DEMO_URL, "demo", adapter=DemoAdapter(server), cache_dir=folder)
        account.session._sleep = lambda seconds: None
        yield account
        account.cache.close()


@dataclass
class MovingDays(Moving):
    """A list of actuals that something happens to before each request; a row may get another day.

    Its rows are of days of the year 2024, in no order; what is changed is changed now.
    """

    seed: int = 0
    days: int = 300  # over which the rows are spread
    short: bool = False  # pages hold fewer rows than asked for, or none, and others follow

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.day: dict[int, str] = {}
        self.changed: dict[int, dt.datetime] = {}
        super().__post_init__()
        self.changed = {}

    def any_day(self) -> str:
        """Return the day of a row."""
        return str(dt.date(2024, 1, 1) + dt.timedelta(days=self.chance.randrange(self.days)))

    def _insert(self, entity: int | None = None) -> None:
        self.day[self.next] = self.day[entity] if entity in self.table else self.any_day()
        self.changed[self.next] = dt.datetime.now(dt.UTC)
        super()._insert(entity)

    def _happens(self, kind: str, which: int) -> None:
        before = dict(self.table)
        super()._happens("update" if kind == "redate" else kind, which)
        for id_ in self.table.keys() & before.keys():
            if self.table[id_] != before[id_]:
                self.changed[id_] = dt.datetime.now(dt.UTC)
                if kind == "redate":
                    self.day[id_] = self.any_day()

    def is_asked_for(self, id_: int, query: dict[str, str]) -> bool:
        """Whether a row passes the filters."""
        since = query.get("modifiedAfter")
        changed = self.changed.get(id_, dt.datetime(2024, 12, 31, tzinfo=dt.UTC))
        in_days = query.get("minDate", "") <= self.day[id_] <= query.get("maxDate", "~")
        return in_days and (since is None or changed > dt.datetime.fromisoformat(since))

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        down, cursor = query.get("order") == "desc", query.get("cursor")
        ids = [id_ for id_ in sorted(self.table, reverse=down) if self.is_asked_for(id_, query)]
        if cursor is not None:
            at = int(cursor.split("+")[0])
            ids = [id_ for id_ in ids if (id_ < at if down else id_ > at)]
        size = self.chance.randrange(LIMIT + 1) if self.short else int(query["limit"])
        found = ids[:size]
        more = len(ids) > len(found)
        plain = down or query.keys() & {"minDate", "maxDate", "modifiedAfter"}
        for served in [self.served] if plain else [self.served, self.near]:
            served.update({id_: self.table[id_] for id_ in found})
        self.read_through |= not (more or plain)
        # A page without a row ends where the one before did, with a cursor of its own.
        place = str(found[-1]) if found else f"{cursor or (2**40 if down else 0)}+"
        return {"values": [self.row(id_) for id_ in found], "nextCursor": place if more else None}

    def row(self, id_: int) -> dict[str, Any]:
        """Return a row as it is sent."""
        moment = self.changed.get(id_, dt.datetime(2024, 12, 31, tzinfo=dt.UTC))
        stamp = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return {
            "id": id_,
            "date": self.day[id_],
            "billableMinutes": self.table[id_],
            "nonbillableMinutes": 0,
            "billableNote": None,
            "nonbillableNote": None,
            "phaseId": None,
            "personId": 1,
            "projectId": 2,
            "roleId": 3,
            "workstreamId": None,
            "createdAt": "2024-12-31T00:00:00Z",
            "updatedAt": stamp,
        }


# -- servers that are not as their contract says


class NoFilter(MovingDays):
    """Knows no days."""

    def is_asked_for(self, id_: int, query: dict[str, str]) -> bool:
        return True


class NoChanges(MovingDays):
    """Does not know what was modified since."""

    def is_asked_for(self, id_: int, query: dict[str, str]) -> bool:
        return super().is_asked_for(id_, {k: v for k, v in query.items() if k != "modifiedAfter"})


class NoOrder(MovingDays):
    """Knows no order."""

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        return super()._page({k: v for k, v in query.items() if k != "order"})
