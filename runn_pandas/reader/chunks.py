"""A read in chunks: pages as they are needed, each row decoded once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.catalog import Resource
from runn_pandas.frame.decode import Page, key_columns, to_frame
from runn_pandas.frame.dedupe import Seen, kept
from runn_pandas.reader.pages import Reader
from runn_pandas.reader.progress import progress_bar
from runn_pandas.reader.query import Query

# Rows that are decoded together: many chunks at once, and yet not a whole long list.
BLOCK = 10_000


@dataclass(frozen=True)
class Part:
    """Rows of one page that wait for their chunk, and of their list those handed out so far."""

    page: Page
    place: dict[str, Any]
    seen: Seen

    def __len__(self) -> int:
        return len(self.page)


def read_chunks(query: Query, size: int, progress: bool | None) -> Iterator[pd.DataFrame]:
    """Yield the rows of a query in frames of one size, the last one as long as what is left."""
    waiting: deque[Part] = deque()
    warned: set[str] = set()
    count, any_given = 0, False
    with progress_bar(query.resource.name, progress) as bar:
        reader = Reader(query.account, query.max_age, bar.rows, bar.waiting, bar.cached)
        for chain in query.chains:
            seen = Seen(query.resource.key)
            for page in reader.follow(query.resource, chain):
                waiting.append(Part(page, chain.place, seen))
                count += len(page)
                if count >= size:
                    waiting = _not_handed_out(waiting, query.resource)
                    whole = sum(map(len, waiting)) // size * size
                    any_given = any_given or whole > 0
                    yield from _frames(query, _take(waiting, whole), size, warned)
                    count = sum(map(len, waiting))
    waiting = _not_handed_out(waiting, query.resource)
    if waiting or not any_given:
        yield query.finish(_decoded(query, waiting, warned))


def _not_handed_out(parts: Iterable[Part], resource: Resource) -> deque[Part]:
    """Return the rows that were not handed out yet, each once, as it was updated last."""
    keys = key_columns([part.page for part in parts], resource)
    lists: dict[int, int] = {}
    for part in parts:
        lists[id(part.seen)] = lists.get(id(part.seen), 0) + len(part)
    stay = kept(keys, resource.key, list(lists.values()))
    rest: deque[Part] = deque()
    start = 0
    for part in parts:
        rows = slice(start, start + len(part))
        mine = np.flatnonzero(stay[rows] & part.seen.fresh(keys.iloc[rows]))
        start += len(part)
        if len(mine):
            whole = len(mine) == len(part)
            rest.append(part if whole else replace(part, page=part.page.picked(mine)))
    return rest


def _take(waiting: deque[Part], count: int) -> deque[Part]:
    """Take the first rows away from those that wait."""
    taken: deque[Part] = deque()
    while count and waiting:
        part = waiting.popleft()
        if len(part) > count:
            waiting.appendleft(replace(part, page=part.page.part(count, len(part))))
            part = replace(part, page=part.page.part(0, count))
        taken.append(part)
        count -= len(part)
    return taken


def _frames(
    query: Query, parts: deque[Part], size: int, warned: set[str]
) -> Iterator[pd.DataFrame]:
    while parts:
        block = _decoded(query, _take(parts, max(size, BLOCK // size * size)), warned)
        for start in range(0, len(block), size):
            yield query.finish(block.iloc[start : start + size].reset_index(drop=True))


def _decoded(query: Query, parts: Iterable[Part], warned: set[str]) -> pd.DataFrame:
    pages, places = [part.page for part in parts], [part.place for part in parts]
    frame = to_frame(pages, query.resource, places=places, backend=query.backend, warned=warned)
    start = 0
    for part in parts:
        part.seen.hand_out(frame.iloc[start : start + len(part)])
        start += len(part)
    return frame
