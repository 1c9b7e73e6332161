"""Pages whose rows overlap, put together: each row once, as it was updated last, in order of id."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from runn_pandas.catalog import Resource
from runn_pandas.errors import ProtocolError
from runn_pandas.frame.decode import Page, decode_list, together
from runn_pandas.reader.repeats import ids_of


def merged(pages: Sequence[Page]) -> Page:
    """Return the rows of some pages, each once and as it was updated last, by ascending id.

    Of two that were updated at one moment, or whose moments are no moments, that of the later
    page stays.

    Raises
    ------
    ProtocolError
        If a row has no id.
    """
    whole = together([page for page in pages if len(page)] or pages)
    ids = ids_of(whole)
    if ids is None:
        raise ProtocolError("A list that was read in parts has a row without an id.")
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    again = ids[1:] == ids[:-1]
    if again.any():
        twice = np.append(again, False) | np.append(False, again)
        moments = np.zeros(len(ids), np.int64)
        moments[twice] = _moments(whole.picked(order[twice]))
        order, ids = order[by_moment := np.lexsort((moments, ids))], ids[by_moment]
        order = order[np.append(ids[1:] != ids[:-1], True)]
    return whole.picked(order)


def _moments(page: Page) -> np.ndarray:
    sent = pd.Series(page.values("updatedAt"), dtype=object).map(str)
    moments = pd.to_datetime(sent, utc=True, errors="coerce", format="ISO8601")
    return moments.astype("int64").to_numpy()


def decode_merged(bodies: Sequence[bytes], resource: Resource) -> list[Page]:
    """Return the rows of a list that was read in parts, from the bodies of all their pages."""
    return [merged(decode_list(bodies, resource))]
