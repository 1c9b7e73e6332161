"""Whether a list has ended too early: what another request has brought must be in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from runn_pandas.catalog import Resource
from runn_pandas.errors import ProtocolError
from runn_pandas.frame.decode import Page
from runn_pandas.reader.repeats import ids_of

NONE = np.array([], np.int64)
LEAST = -(2**63)
EMPTY = 4  # pages without a row, one after another


class EndedEarlyError(ProtocolError):
    """A list has ended before rows that are in it, some of which have these ids."""

    def __init__(self, resource: Resource, ids: np.ndarray) -> None:
        self.ids = ids
        super().__init__(
            f"{resource.name!r}: the list ended before rows that are in it, so the table would be"
            " short. Nothing is returned; try again in a minute."
        )


def first_rows(page: Page, ask: Callable[[str], Page]) -> Page:
    """Return a page, or if it has no row and is not the last one, the first behind it that has.

    After a few pages it is the last of them, whatever it has.
    """
    for _ in range(EMPTY):
        if len(page) or page.cursor is None:
            break
        page = ask(page.cursor)
    return page


def ids_seen(page: Page) -> np.ndarray:
    """Return the ids of a page; none if a row has none."""
    ids = ids_of(page)
    return NONE if ids is None else ids


def beyond(known: np.ndarray | None, pages: Iterable[Page]) -> np.ndarray:
    """Return the known ids that are higher than all of some pages; none where a row has no id."""
    for page in pages:
        ids = ids_of(page)
        known = None if known is None or ids is None else known[known > ids.max(initial=LEAST)]
    return NONE if known is None else known


def check_end(resource: Resource, missing: np.ndarray, again: Callable[[], Page]) -> None:
    """Raise `EndedEarlyError` if missing rows are still there; if there are any, ask `again`.

    That is the page of the highest ids. It does not tell of rows below all of its own.
    """
    if not len(missing):
        return
    page = again()
    now = ids_of(page)
    if now is None:
        return
    is_below = missing < now.min(initial=LEAST if page.cursor is None else -LEAST - 1)
    there = missing[np.isin(missing, now) | is_below]
    if len(there):
        raise EndedEarlyError(resource, there)


def watched(
    resource: Resource, known: Page, pages: Iterable[Page], again: Callable[[], Page]
) -> Iterator[Page]:
    """Yield pages; after the last one, check that the rows of a known page were among them."""
    missing = beyond(ids_of(known), [])
    for page in pages:
        missing = beyond(missing, [page])
        yield page
    check_end(resource, missing, again)
