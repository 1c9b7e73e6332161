"""One list or record being read, page by page, from the network or the cache."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from runn_pandas.errors import OfflineError, ProtocolError
from runn_pandas.transport.answers import one_line

if TYPE_CHECKING:
    from runn_pandas.transport.shelf import Draft, Filters, Shelf

SCHEMA = 1  # of what is stored: a change makes older entries unreachable

Query = Collection[tuple[str, str]]

log = logging.getLogger(__name__)


class Reading:
    """A list on its way.

    Attributes
    ----------
    cached : bool
        True if it is served from the cache, all of it.
    age : float or None
        Seconds since the rows were fetched, when cached.
    bodies : list of bytes
        When cached: all pages, in the order in which they were kept.
    far : int
        When cached: how many of them, the last ones, were read from the list's other end.
    """

    def __init__(
        self,
        *,
        cursors: Sequence[str | None] = (),
        bodies: Sequence[bytes] | None = None,
        far: int = 0,
        age: float | None = None,
        fetch: Callable[[str | None], bytes] | None = None,
        draft: Draft | None = None,
    ) -> None:
        self.cached = bodies is not None
        self.age, self.far = age, far
        self.bodies = list(bodies or ())
        self._by_cursor = dict(zip(cursors, self.bodies, strict=False))
        self._fetch, self._draft = fetch, draft

    def page(self, cursor: str | None = None) -> bytes:
        """Give the body of the page at a cursor; None is the first."""
        if self._fetch is None:
            if cursor not in self._by_cursor:
                raise ProtocolError("The cached list has no such page; read it with max_age=0.")
            return self._by_cursor[cursor]
        body = self._fetch(cursor)
        if self._draft is not None:
            self._draft.add(cursor, body)
        return body

    def keep_far(self, pages: Sequence[tuple[str | None, bytes]]) -> None:
        """Keep pages from the list's other end, in the order they were read."""
        if self._draft is not None:
            for cursor, body in pages:
                self._draft.add(cursor, body, far=True)

    def complete(self, rows: int) -> None:
        """Say that this was the last page and all were good: the list is kept as a whole."""
        if self._draft is not None:
            self._draft.complete(rows)


class Stored:
    """The place of one list in the cache."""

    def __init__(self, shelf: Shelf, key: str, resource: str, query: Query) -> None:
        self._shelf, self._key, self._resource, self._query = shelf, key, resource, query

    def reading(self, max_age: float | None) -> Reading | None:
        """Give the list from the cache if all of it is there and young enough."""
        found = None if max_age == 0 else self._shelf.find(self._key, max_age)
        if found is None:
            return None
        unit, bodies = found
        age = max(0.0, self._shelf.now() - unit.fetched_at)
        log.info("%s: %d rows from the cache, %.0f s old", self._resource, unit.rows, age)
        near = unit.cursors[: len(unit.cursors) - unit.far]
        return Reading(cursors=near, bodies=bodies, far=unit.far, age=age)

    def draft(self) -> Draft:
        """Begin to store the list anew."""
        return self._shelf.draft(self._key, self._resource, filters(self._query))


def list_key(version: str, digest: str, path: str, query: Query) -> str:
    """Name a list by all that its rows depend on: API version, account, path, parameters."""
    parts = json.dumps([SCHEMA, version, digest, path, sorted(query)])
    return hashlib.sha256(parts.encode()).hexdigest()


def filters(query: Query) -> Filters:
    """Give parameters as they are shown to the user."""
    shown: Filters = {}
    for name, value in query:
        before = shown.get(name)
        if before is None:
            shown[name] = value
        else:
            shown[name] = [*(before if isinstance(before, list) else [before]), value]
    return shown


def not_cached(resource: str, query: Query, token: str) -> OfflineError:
    """Give the error for a list that is not there, offline."""
    said = ", ".join(f"{name}={value}" for name, value in query)
    text = f"Offline: {resource}{f' ({said})' if said else ''} is not in the cache"
    return OfflineError(
        f"{one_line(text, token)}. Read it once with the same filters while online;"
        " rp.cache.info() lists what is there."
    )
