"""One account's part of the cache: lists stored and found as wholes."""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runn_pandas.errors import CacheWarning, warn

if TYPE_CHECKING:
    from runn_pandas.transport.store import Store

BATCH = 4 * 1024 * 1024  # bytes of pages in memory before they are written
ORPHANED = 24 * 3600  # seconds after which pages of an unfinished reading are removed

Filters = dict[str, str | list[str]]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Unit:
    """What a stored list consists of."""

    resource: str
    filters: Filters
    reading: str
    cursors: list[str | None]
    checks: list[int]  # crc32 of each page
    rows: int
    bytes: int
    fetched_at: float
    far: int = 0  # how many pages, the last ones, were read from the list's other end


def is_fresh(fetched_at: float, max_age: float | None, now: float) -> bool:
    """Tell whether a list is young enough; one from the future is not (the clock was wrong)."""
    return max_age is None or -60 <= now - fetched_at < max_age


class Shelf:
    """One account's file. No failure of it gets further than a `CacheWarning`."""

    def __init__(self, path: Path, patience: float, now: Callable[[], float]) -> None:
        self.path, self.now = path, now
        self._patience = patience
        self._store: Store | None = None
        self._off = False
        self._swept = False
        self._lock = threading.RLock()
        self.drops = 0  # a list whose reading began before the last one may be out of date

    # -- lists

    def find(self, key: str, max_age: float | None) -> tuple[Unit, list[bytes]] | None:
        """Give a list that is young enough, with all its pages, or None."""
        found: tuple[Unit, list[bytes]] | None = None
        damaged: Unit | None = None
        with self._using() as store:
            if store is None:
                return None
            with store.snapshot():
                unit = _unit(store.get(f"list:{key}"))
                if unit is None or not is_fresh(unit.fetched_at, max_age, self.now()):
                    return None
                bodies = [store.get(page) for page in _pages(unit)]
            whole = [body for body in bodies if isinstance(body, bytes)]
            if [zlib.crc32(body) for body in whole] == unit.checks:
                found = unit, whole
            else:
                damaged = unit
                with store.bulk_commit():
                    again = _unit(store.get(f"list:{key}"))
                    # Another program may have stored it anew in the meantime.
                    if again is not None and again.reading == unit.reading:
                        store.remove([f"list:{key}", *_pages(unit)])
        if damaged is not None:
            _warn(f"The cached {damaged.resource} were damaged and are read again from Runn.")
        return found

    def draft(self, key: str, resource: str, filters: Filters) -> Draft:
        """Begin to store a list."""
        return Draft(self, key, resource, filters)

    def info(self) -> list[dict[str, Any]]:
        """List what is stored."""
        now = self.now()
        account = self.path.stem.rpartition("-")[2]
        return [
            {
                "account": account,
                "resource": unit.resource,
                "filters": unit.filters,
                "rows": unit.rows,
                "pages": len(unit.cursors),
                "bytes": unit.bytes,
                "fetched_at": unit.fetched_at,
                "age": max(0.0, now - unit.fetched_at),
            }
            for unit in self._units().values()
        ]

    def drop(
        self,
        resources: set[str] | None,
        *,
        filters: Mapping[str, str] | None = None,
        keep: float | None = None,
        vacuum: bool = True,
    ) -> int:
        """Remove the lists of some resources, or all; give how many there were."""
        self.drops += 1
        if self._store is None and not self.path.exists():
            return 0
        gone = {
            key: unit
            for key, unit in self._units().items()
            if (resources is None or unit.resource in resources)
            and (filters or {}).items() <= unit.filters.items()
            and (keep is None or not is_fresh(unit.fetched_at, keep, self.now()))
        }
        with self._using() as store:
            if store is None or not (gone or (resources is None and keep is None)):
                return 0
            with store.bulk_commit():
                if resources is None and keep is None:
                    store.remove(list(store))
                for key, unit in gone.items():
                    store.remove([key, *_pages(unit)])
            if vacuum:
                store.compact()
            return len(gone)
        return 0

    def _units(self) -> dict[str, Unit]:
        units: dict[str, Unit] = {}
        with self._using() as store:
            if store is not None:
                with store.snapshot():
                    for key in [key for key in store if key.startswith("list:")]:
                        unit = _unit(store.get(key))
                        if unit is not None:
                            units[key] = unit
        return units

    def write(self, pages: dict[str, bytes], key: str = "", unit: Unit | None = None) -> bool:
        """Store pages and, with the last of them, what the list consists of."""
        with self._using() as store:
            if store is None:
                return False
            with store.bulk_commit():
                if not self._swept:
                    _sweep(store, self.now())
                    self._swept = True
                for name, body in pages.items():
                    store[name] = body
                if unit is not None:
                    if not set(_pages(unit)) <= set(store):
                        return False  # cleared meanwhile
                    old = _unit(store.get(f"list:{key}"))
                    store[f"list:{key}"] = json.dumps(asdict(unit))
                    if old is not None:
                        store.remove(_pages(old))
            return True
        return False

    # -- the file

    @contextmanager
    def _using(self) -> Iterator[Store | None]:
        """Give the open file, or None; what goes wrong inside ends as a warning."""
        problems: list[str] = []
        with self._lock:
            store = self._ready(problems)
            try:
                yield store
            except (sqlite3.Error, OSError) as error:
                problems.append(self._failed(error))
        for problem in problems:
            _warn(problem)

    def _ready(self, problems: list[str]) -> Store | None:
        for _ in range(2):  # again after a broken file was set aside
            if self._off:
                return None
            try:
                return self._opened()
            except (sqlite3.Error, OSError) as error:
                problems.append(self._failed(error))
        return None

    def _failed(self, error: Exception) -> str:
        operational = isinstance(error, sqlite3.OperationalError)
        if isinstance(error, sqlite3.DatabaseError) and not operational:
            return self._broken(error)
        # Locked, unwritable, full: nothing is wrong with the file itself.
        self._off = True
        return (
            f"The cache {self.path} cannot be used ({error}), so nothing more is read from it or"
            " kept in it; close programs that use it, or set cache_dir."
        )

    def _opened(self) -> Store:
        if self._store is None:
            from runn_pandas.transport.store import Store, create_private

            create_private(self.path)
            self._store = Store(self.path, patience=self._patience)
        return self._store

    def _broken(self, error: sqlite3.DatabaseError) -> str:
        from runn_pandas.transport.store import set_aside

        self.close()
        try:
            aside = set_aside(self.path)
        except OSError:
            self._off = True
            return f"The cache {self.path} is broken ({error}) and is not used; remove it."
        return (
            f"The cache {self.path} was broken ({error}); it is now {aside.name} and a new one"
            " is begun. The read goes on."
        )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._store is not None:
                self._store.shut()
                self._store = None


class Draft:
    """A list that is being read and will be stored when its last page has come."""

    def __init__(self, shelf: Shelf, key: str, resource: str, filters: Filters) -> None:
        self._shelf, self._key, self._resource, self._filters = shelf, key, resource, filters
        self._fetched_at = shelf.now()
        # The time comes first, so that pages of a reading that never ended can be told.
        self._reading = f"{int(self._fetched_at):012d}-{secrets.token_hex(8)}"
        self._cursors: list[str | None] = []
        self._checks: list[int] = []
        self._bytes = self._far = 0
        self._waiting: dict[str, bytes] = {}
        self._drops = shelf.drops
        self._alive = True

    def add(self, cursor: str | None, body: bytes, *, far: bool = False) -> None:
        """Take in the next page; those from the other end of the list come last."""
        # The far end's first page is read twice: at the beginning and at the end.
        if not self._alive or (not far and cursor in self._cursors):
            self._alive = False
            return
        self._far += far
        self._waiting[f"page:{self._reading}:{len(self._cursors)}"] = body
        self._cursors.append(cursor)
        self._checks.append(zlib.crc32(body))
        self._bytes += len(body)
        if sum(map(len, self._waiting.values())) >= BATCH:
            self._alive = self._shelf.write(self._waiting)
            self._waiting = {}

    def complete(self, rows: int) -> bool:
        """Store the list as a whole; give whether it is stored."""
        if not self._alive or not self._cursors or self._drops != self._shelf.drops:
            return False
        self._alive = False
        unit = Unit(
            self._resource,
            self._filters,
            self._reading,
            self._cursors,
            self._checks,
            rows,
            self._bytes,
            self._fetched_at,
            self._far,
        )
        return self._shelf.write(self._waiting, self._key, unit)


def _unit(text: object) -> Unit | None:
    if not isinstance(text, str):
        return None
    try:
        unit = Unit(**json.loads(text))
        # A far end is two pages at least: its first one is read again as the last.
        whole = len(unit.cursors) == len(unit.checks) > unit.far >= 0 and unit.far != 1
        whole = whole and unit.fetched_at + unit.rows >= 0
    except (ValueError, TypeError):
        return None
    return unit if whole else None


def _pages(unit: Unit) -> list[str]:
    return [f"page:{unit.reading}:{number}" for number in range(len(unit.cursors))]


def _sweep(store: Store, now: float) -> None:
    names = list(store)
    units = [_unit(store.get(name)) for name in names if name.startswith("list:")]
    known = {unit.reading for unit in units if unit is not None}
    for name in names:
        kind, _, rest = name.partition(":")
        reading = rest.rpartition(":")[0]
        began = reading[:12]
        old = not began.isdigit() or now - int(began) > ORPHANED
        if kind == "page" and reading not in known and old:
            store.remove([name])


def _warn(text: str) -> None:
    warn(text, CacheWarning)
