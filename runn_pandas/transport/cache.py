"""Lists that were read, kept on disk: one account never sees another's rows.

The unit is a whole list with all its pages. Pages are stored under the number of their
reading, then, in one transaction, what the list consists of is written and the pages of
the older reading are removed: at any moment there is the old list or the new one, and
never a mixture, also if the program is killed. In the same transaction the rows of all pages
may be kept once more as a table (`Form`), which is read in place of the pages; one that is
missing, damaged or of another version leaves the pages, as if it had never been made.

requests-cache gives the storage, not the session: its unit is one response, and HTTP's
own caching rules (Vary, 304, stale answers) would each bring back a stitched list or the
rows of another account.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import time
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from runn_pandas.errors import CacheWarning, warn
from runn_pandas.forks import Lock, renew_in_child

if TYPE_CHECKING:
    from runn_pandas.transport.cache_db import Store

SCHEMA = 1  # of what is stored: a change makes older entries unreachable
BATCH = 4 * 1024 * 1024  # bytes of pages in memory before they are written
ORPHANED = 24 * 3600  # seconds after which pages of an unfinished reading are removed
# The entry that each drop makes anew, in any program: a list whose reading began before it may
# be out of date when it is whole.
MARK = "dropped"

LATEST = 2**33  # seconds: no list is of the year 2242
TYPES: dict[str, Any] = {
    "resource": str,
    "filters": dict,
    "reading": str,
    "cursors": list,
    "checks": list,
    "rows": int,
    "bytes": int,
    "fetched_at": (int, float),
    "far": int,
    "form": str,
    "form_check": int,
    "form_bytes": int,
}

Query = Collection[tuple[str, str]]
Filters = dict[str, str | list[str]]


class Form(Protocol):
    """How the rows of all pages of a list are kept beside them."""

    @property
    def version(self) -> str:
        """What they depend on besides the pages; "" if they cannot be kept."""

    def pack(self, pages: Sequence[Any]) -> bytes | None:
        """Return the rows of decoded pages, or None if they cannot be kept."""

    def unpack(self, kept: bytes, rows: int) -> Any:
        """Return the rows, so many of them, or None if they cannot be right."""


def default_folder() -> Path:
    """Return the user's cache folder of this package."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("runn_pandas", appauthor=False))


class Cache:
    """A folder with one file for each account.

    Parameters
    ----------
    folder
        Made if it is not there, for its owner only.
    patience
        Seconds to wait for another program that is writing.
    now
        Gives the seconds since 1970.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        patience: float = 2.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.folder = default_folder() if folder is None else Path(folder).expanduser().absolute()
        self.now = now
        self._patience = patience
        self._accounts: dict[Path, AccountCache] = {}
        self._lock = Lock()
        self.passing = False  # its accounts are this process's own, as the embedded demo is
        renew_in_child(self)

    def renew(self) -> None:
        """Keep what a child reads of its own accounts apart, in the folder of the parent."""
        if self.passing:
            self.folder, self._accounts = self.folder / str(os.getpid()), {}

    def of_account(self, host: str, fingerprint: str) -> AccountCache:
        """Return the part of the cache that belongs to one account."""
        name = re.sub(r"[^A-Za-z0-9.-]", "_", host) or "account"
        return self._open(self.folder / f"{name}-{fingerprint}.sqlite")

    def _open(self, path: Path) -> AccountCache:
        with self._lock:
            return self._accounts.setdefault(path, AccountCache(path, self._patience, self.now))

    def _chosen(self, account: str | None) -> list[AccountCache]:
        # By the names in the folder: also accounts that this program has not opened.
        names = sorted(self.folder.glob("*.sqlite")) if self.folder.is_dir() else []
        return [self._open(p) for p in names if account in (None, p.stem.rpartition("-")[2])]

    def info(self, account: str | None = None) -> list[dict[str, Any]]:
        """List what is stored: of one account (its fingerprint), or of all in the folder."""
        return [row for one in self._chosen(account) for row in one.info()]

    def clear(
        self,
        resource: str | None = None,
        *,
        filters: Mapping[str, str] | None = None,
        account: str | None = None,
    ) -> int:
        """Remove the lists of a resource, or all, and return how many there were.

        Parameters
        ----------
        filters
            Only lists that were read with these values.
        resource
            Its name, as it was read.
        account
            Only of the account with this fingerprint.
        """
        names = None if resource is None else {resource}
        return sum(one.drop(names, filters) for one in self._chosen(account))

    def close(self) -> None:
        """Close the files."""
        with self._lock:
            for account in self._accounts.values():
                account.file.close()

    def __repr__(self) -> str:
        return f"Cache({str(self.folder)!r})"


def list_key(version: str, digest: str, path: str, query: Query) -> str:
    """Return the name of a list: a hash of version, account, path and parameters."""
    parts = json.dumps([SCHEMA, version, digest, path, sorted(query)])
    return hashlib.sha256(parts.encode()).hexdigest()


def filters(query: Query) -> Filters:
    """Return parameters as they are shown to the user."""
    shown: Filters = {}
    for name, value in query:
        several = [v for n, v in query if n == name]
        shown[name] = several if len(several) > 1 else value
    return shown


def is_fresh(fetched_at: float, max_age: float | None, now: float) -> bool:
    """Whether a list is young enough; one from the future is not (the clock was wrong)."""
    return max_age is None or -60 <= now - fetched_at < max_age


@dataclass(frozen=True)
class StoredList:
    """What a list consists of, and when it was read."""

    resource: str
    filters: Filters
    reading: str
    cursors: list[str | None]
    checks: list[int]  # crc32 of each page
    rows: int
    bytes: int
    fetched_at: float
    far: int = 0  # how many pages, the last ones, were read from the list's other end
    form: str = ""  # the version of the form in which the rows are kept too; "" if they are not
    form_check: int = 0
    form_bytes: int = 0

    @property
    def pages(self) -> list[str]:
        """The names of its pages in the file."""
        return [f"page:{self.reading}:{number}" for number in range(len(self.cursors))]

    @property
    def names(self) -> list[str]:
        """The names of all that belongs to it in the file."""
        return [*self.pages, *([_form_name(self.reading)] if self.form else [])]

    def rows_in(self, store: Store, form: Form | None) -> Any:
        """Return the rows as `form` keeps them; None if there are none that must be right."""
        if form is None or not form.version or form.version != self.form:
            return None
        kept = store.get(_form_name(self.reading))
        if not isinstance(kept, bytes) or _form_check(kept, self.checks) != self.form_check:
            return None
        return form.unpack(kept, self.rows)

    def is_of(self, resources: Collection[str] | None, filters: Mapping[str, str]) -> bool:
        """Whether it is a list of these resources, or of any, that was read with these filters."""
        of_one = resources is None or self.resource in resources
        return of_one and filters.items() <= self.filters.items()


def stored_list(text: object) -> StoredList | None:
    """Return a stored list from its text; None if there is none, or it cannot be right."""
    if not isinstance(text, str):
        return None
    try:
        found = StoredList(**json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None
    return found if _is_typed(found) and _is_whole(found) else None


def _is_typed(found: StoredList) -> bool:
    typed = all(isinstance(getattr(found, name), types) for name, types in TYPES.items())
    return typed and all(isinstance(one, (str, type(None))) for one in found.cursors)


def _is_whole(found: StoredList) -> bool:
    pages = len(found.cursors) == len(found.checks) > found.far >= 0
    numbers = (found.rows, found.bytes, found.form_bytes)
    counts = all(0 <= count < 2**53 for count in numbers)
    return pages and counts and 0 <= found.fetched_at < LATEST


def _form_name(reading: str) -> str:
    return f"page:{reading}:form"


def _form_check(kept: bytes, checks: list[int]) -> int:
    """Return a checksum of kept rows that holds beside these pages only."""
    return zlib.crc32(kept, zlib.crc32(json.dumps(checks).encode()))


class AccountCache:
    """One account's lists in one file. No failure of it gets further than a `CacheWarning`."""

    def __init__(self, path: Path, patience: float, now: Callable[[], float]) -> None:
        from runn_pandas.transport.cache_db import CacheFile  # it needs requests-cache

        self.path, self.now = path, now
        self.file = CacheFile(path, patience)
        self._swept = False

    def find(
        self,
        key: str,
        what: tuple[str, Filters],
        max_age: float | None,
        form: Form | None = None,
    ) -> tuple[StoredList, list[bytes], Any] | None:
        """Return a list that is young enough, or None: with all its pages, or its rows in a form.

        `what` is its resource and filters: what is kept under its name must say the same.

        The last is None where the list is not kept in this form; otherwise there are no pages.
        """
        damaged = ""
        with self.file.using() as store:
            if store is None:
                return None
            with store.snapshot():
                found = stored_list(store.get(f"list:{key}"))
                if found is None or not is_fresh(found.fetched_at, max_age, self.now()):
                    return None
                same = (found.resource, found.filters) == what
                rows = found.rows_in(store, form) if same else None
                if rows is not None:
                    return found, [], rows
                pages = [store.get(page) for page in found.pages]
            bodies = [body for body in pages if isinstance(body, bytes)]
            if same and [zlib.crc32(body) for body in bodies] == found.checks:
                return found, bodies, None
            damaged = f"The cached {what[0]} were damaged and are read again from Runn."
            _forget(store, key, found)
        if damaged:
            warn(damaged, CacheWarning)
        return None

    def mark(self) -> str | None:
        """Return what the next drop of lists will change."""
        with self.file.using() as store:
            found = None if store is None else store.get(MARK)
            return found if isinstance(found, str) else None
        return None

    def info(self) -> list[dict[str, Any]]:
        """List what is stored."""
        now = self.now()
        account = self.path.stem.rpartition("-")[2]
        return [
            {
                "account": account,
                "resource": kept.resource,
                "filters": kept.filters,
                "rows": kept.rows,
                "pages": len(kept.cursors),
                "bytes": kept.bytes + kept.form_bytes,
                "fetched_at": kept.fetched_at,
                "age": max(0.0, now - kept.fetched_at),
            }
            for kept in self._lists().values()
        ]

    def drop(
        self,
        resources: Collection[str] | None,
        filters: Mapping[str, str] | None = None,
        *,
        vacuum: bool = True,
    ) -> int:
        """Remove the lists of some resources, or all; return how many there were."""
        if not self.file.exists:
            return 0
        lists = self._lists().items()
        gone = {key: kept for key, kept in lists if kept.is_of(resources, filters or {})}
        with self.file.using() as store:
            if store is not None:
                with store.bulk_commit():
                    store.remove(list(store) if resources is None else _names(gone))
                    store[MARK] = secrets.token_hex(8)
                if vacuum:
                    store.compact()
                return len(gone)
        return 0

    def _lists(self) -> dict[str, StoredList]:
        with self.file.using() as store:
            if store is not None:
                with store.snapshot():
                    found = {key: stored_list(store.get(key)) for key in _list_keys(store)}
                return {key: kept for key, kept in found.items() if kept is not None}
        return {}

    def write(
        self,
        pages: dict[str, bytes],
        key: str = "",
        whole: StoredList | None = None,
        mark: str | None = None,
    ) -> bool:
        """Store pages and, with the last of them, what the list consists of."""
        with self.file.using() as store:
            if store is None:
                return False
            with store.bulk_commit():
                if not self._swept:
                    _sweep(store, self.now())
                    self._swept = True
                for name, body in pages.items():
                    store[name] = body
                if whole is None:
                    return True
                if store.get(MARK) != mark or not set(whole.names) <= set(store):
                    store.remove(whole.names)  # dropped meanwhile
                    return False
                old = stored_list(store.get(f"list:{key}"))
                store[f"list:{key}"] = json.dumps(asdict(whole))
                if old is not None:
                    store.remove(old.names)
            return True
        return False


class Draft:
    """A list that is being read and will be stored when its last page has come."""

    def __init__(
        self,
        cache: AccountCache,
        key: str,
        resource: str,
        filters: Filters,
        form: Form | None = None,
    ) -> None:
        self._form = form
        self._cache, self._key, self._resource, self._filters = cache, key, resource, filters
        self._fetched_at = cache.now()
        # The time comes first, so that pages of a reading that never ended can be told apart.
        self._reading = f"{int(self._fetched_at):012d}-{secrets.token_hex(8)}"
        self._cursors: list[str | None] = []
        self._checks: list[int] = []
        self._bytes = self._far = 0
        self._waiting: dict[str, bytes] = {}
        self._mark = cache.mark()
        self._alive = True
        self._process = os.getpid()

    def add(self, cursor: str | None, body: bytes, *, far: bool = False) -> None:
        """Take in the next page; those from the other end of the list come last."""
        # The far end's first page is read twice: at the beginning and at the end.
        # A child made by fork goes on with the list, and would write other pages under its names.
        theirs = self._process != os.getpid()
        if not self._alive or theirs or (not far and cursor in self._cursors):
            self._alive = False
            return
        self._far += far
        self._waiting[f"page:{self._reading}:{len(self._cursors)}"] = body
        self._cursors.append(cursor)
        self._checks.append(zlib.crc32(body))
        self._bytes += len(body)
        if sum(map(len, self._waiting.values())) >= BATCH:
            self._alive = self._cache.write(self._waiting)
            self._waiting = {}

    def complete(self, rows: int, decoded: Sequence[Any] = ()) -> None:
        """Store the list as a whole; in its form too, if all pages are given decoded."""
        if not self._alive or not self._cursors:
            return
        self._alive = False
        whole = StoredList(
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
        kept = self._form.pack(decoded) if self._form and decoded else None
        if self._form and kept is not None:
            self._waiting[_form_name(self._reading)] = kept
            check = _form_check(kept, self._checks)
            whole = replace(whole, form=self._form.version, form_check=check, form_bytes=len(kept))
        self._cache.write(self._waiting, self._key, whole, self._mark)


def _forget(store: Store, key: str, damaged: StoredList) -> None:
    with store.bulk_commit():
        again = stored_list(store.get(f"list:{key}"))
        # Another program may have stored it anew in the meantime.
        if again is not None and again.reading == damaged.reading:
            store.remove([f"list:{key}", *damaged.names])


def _names(lists: Mapping[str, StoredList]) -> list[str]:
    return [*lists, *(page for kept in lists.values() for page in kept.names)]


def _list_keys(store: Store) -> list[str]:
    return [key for key in store if isinstance(key, str) and key.startswith("list:")]


def _sweep(store: Store, now: float) -> None:
    known = {kept.reading for key in _list_keys(store) if (kept := stored_list(store.get(key)))}
    for name in filter(lambda name: isinstance(name, str), list(store)):
        kind, _, rest = name.partition(":")
        reading = rest.rpartition(":")[0]
        began = reading[:12]
        old = not (began.isascii() and began.isdigit()) or now - int(began) > ORPHANED
        if kind == "page" and reading not in known and old:
            store.remove([name])
