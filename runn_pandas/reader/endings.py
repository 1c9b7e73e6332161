"""Whether a list has ended too early: what another request has brought must be in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from runn_pandas.catalog import Resource
from runn_pandas.errors import ProtocolError
from runn_pandas.frame.decode import Page
from runn_pandas.reader.repeats import ids_of

NONE = np.array([], np.int64)


class EndedEarlyError(ProtocolError):
    """A list has ended before rows that are in it, some of which have these ids."""

    def __init__(self, resource: Resource, ids: np.ndarray) -> None:
        self.ids = ids
        super().__init__(
            f"{resource.name!r}: the list ended before rows that are in it, so the table would be"
            " short. Nothing is returned; try again in a minute."
        )


def missing_ids(known: np.ndarray | None, pages: Iterable[Page]) -> np.ndarray:
    """Return the ids that are in no page; none where not all rows have ids."""
    found = [known, *map(ids_of, pages)]
    whole = [ids for ids in found if ids is not None]
    if len(whole) < len(found):
        return NONE
    return np.setdiff1d(whole[0], np.concatenate([NONE, *whole[1:]]))


def check_end(resource: Resource, missing: np.ndarray, again: Callable[[], Page]) -> None:
    """Raise `EndedEarlyError` if missing rows are still there; if there are any, ask `again`."""
    now = ids_of(again()) if len(missing) else None
    if now is not None and np.isin(missing, now).any():
        raise EndedEarlyError(resource, np.intersect1d(missing, now))


def watched(
    resource: Resource, known: Page, pages: Iterable[Page], again: Callable[[], Page]
) -> Iterator[Page]:
    """Yield pages; after the last one, check that the rows of a known page were among them."""
    missing = ids_of(known)
    for page in pages:
        missing = missing_ids(missing, [page])
        yield page
    check_end(resource, NONE if missing is None else missing, again)
