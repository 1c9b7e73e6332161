"""A list of days of work, cut into spans of days: where it is cut, and what each span has read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from runn_pandas.catalog import Resource
from runn_pandas.frame.decode import Page
from runn_pandas.reader.endings import EMPTY, LEAST, NONE
from runn_pandas.reader.repeats import ids_of
from runn_pandas.reader.streams import DESCENDING, Kept, Strip, strip

LIMIT = 120  # requests a minute
FEWEST = 10  # pages that are worth being cut: fewer take as long from both ends
MOST = 16  # spans
PAGES = 3.5  # of one span: its last two share rows, so fewer spans cost fewer requests
PIECES = 4  # of a span that turned out to be long
SHORTEST = 21  # days that are cut
OUTLIERS = 50  # of so many days one is no hint of where the others are
# Both bounds are always sent: without one a server might take one of its own.
EVER = {"minDate": "0001-01-01", "maxDate": "9999-12-31"}
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Days = tuple[str | None, str | None]


class OddError(Exception):
    """A list cannot be read by spans of days, this time or, if `lasting`, at all."""

    def __init__(self, reason: str, *, lasting: bool = True) -> None:
        super().__init__(reason)
        self.lasting = lasting


def has_days(resource: Resource, query: Mapping[str, Any]) -> bool:
    """Whether a list can be asked for the rows of some days, and for those modified since."""
    offered = {f.name for f in resource.filters}
    is_by_day = len(set(resource.facts.days)) == 1
    return is_by_day and {*EVER, "modifiedAfter"} <= offered and "modifiedAfter" not in query


def number_of_spans(pages: float, left: int | None) -> int:
    """Return into how many spans a list is cut; 0 if that is not worth its requests.

    Parameters
    ----------
    pages : float
        About how many there are.
    left : int or None
        Requests that are left in this minute, if that is known.
    """
    if pages < FEWEST:
        return 0
    spans = min(MOST, round(pages / PAGES))
    room = LIMIT if left is None else left
    # Where it must wait for the limit in any case, only fewer requests are of use.
    return spans if pages + spans / 2 + 4 <= room else 0


def cuts(first: str, last: str, count: int) -> list[Days]:
    """Return about so many spans, equally long and the outer ones open; none if they are short.

    Two that follow each other share two days, at a weekend, when few people work: whether a server
    counts a first and a last day in or not, each day is in one of them.

    Examples
    --------
    >>> cuts("2026-01-01", "2026-03-31", 3)
    [(None, '2026-02-01'), ('2026-01-31', '2026-03-08'), ('2026-03-07', None)]
    """
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    length = (end - start).days
    if length < SHORTEST or count < 2:
        return []
    near = (start + dt.timedelta(days=length * number // count) for number in range(1, count))
    edges = sorted({day + dt.timedelta(days=(5 - day.weekday()) % 7) for day in near})
    edges = [edge for edge in edges if start < edge < end]
    lows = [None, *(edge.isoformat() for edge in edges)]
    highs = [*((edge + dt.timedelta(days=1)).isoformat() for edge in edges), None]
    return list(zip(lows, highs, strict=True)) if edges else []


def days_of(pages: Sequence[Page], resource: Resource) -> list[str]:
    """Return the days of the rows of some pages, or raise `OddError` if one is no plain day."""
    days = [day for page in pages for day in page.values(resource.facts.days[0])]
    if not all(isinstance(day, str) and DAY.fullmatch(day) for day in days):
        raise OddError("a row without a plain day")
    return days


def usual(days: Sequence[str]) -> Days:
    """Return the first and the last of some days, but for the odd one far from the others."""
    if not days:
        return None, None
    away = len(days) // OUTLIERS
    return sorted(days)[away], sorted(days)[-1 - away]


@dataclass
class Cursor:
    """How far one cursor has come."""

    pages: list[Page] = field(default_factory=list)
    kept: Kept = field(default_factory=list)
    at: str | None = None
    down: bool = False

    @property
    def order(self) -> dict[str, str]:
        """The order that it asks for."""
        return DESCENDING if self.down else {}

    @property
    def is_through(self) -> bool:
        """Whether its last page has come."""
        return bool(self.kept) and self.at is None

    def take(self, body: bytes, page: Page) -> None:
        """Take in the next page, or raise `OddError`."""
        self.kept.append((self.at, body))
        self.pages.append(page)
        if page.cursor is not None and page.cursor in {cursor for cursor, _ in self.kept}:
            raise OddError("the same nextCursor twice")
        if len(self.pages) >= EMPTY and not any(map(len, self.pages[-EMPTY:])):
            raise OddError("one empty page after another")
        self.at = page.cursor


@dataclass
class Stream:
    """What is read of a list by ascending id, up to its last rows, which are asked for as well.

    Neither end is believed before both have met.
    """

    resource: Resource
    up: Cursor = field(default_factory=Cursor)
    down: Cursor = field(default_factory=lambda: Cursor(down=True))  # at the last rows: one page
    asked: int = 2  # pages on their way
    last_rows_will_do: ClassVar[bool] = True  # rows that are made behind them need not be read

    @property
    def filters(self) -> dict[str, str]:
        """The filters that give its rows."""
        raise NotImplementedError

    @property
    def pages(self) -> list[Page]:
        """All pages so far."""
        return [*self.up.pages, *self.down.pages]

    @property
    def kept(self) -> Kept:
        """The bodies of all pages so far, with their cursors."""
        return [*self.up.kept, *self.down.kept]

    def take(self, cursor: Cursor, body: bytes, page: Page) -> None:
        """Take in the next page of one end, or raise `OddError`."""
        ids = ascending(page.turned() if cursor.down else page).ids
        before = NONE if cursor.down else sorted_ids(cursor.pages)
        if len(ids) and len(before) and ids[0] <= before[-1]:
            raise OddError("ids are not in order")
        self._check(page)
        cursor.take(body, page)

    def missing(self) -> Cursor | None:
        """Return the cursor that is to go on, or None if all rows have come.

        Raises `OddError` if the ends cannot meet any more.
        """
        near, last = sorted_ids(self.up.pages), sorted_ids(self.down.pages)
        if self.down.at is not None and not len(last):
            return self.down
        if self._is_one_page:
            return None  # each end says that this is all, and what both have is all
        if not len(last):
            raise OddError("the last rows have not come", lasting=False)
        if last[0] <= near.max(initial=LEAST):
            return None if self._have_met(near, last) else self.up
        if self.up.is_through:
            raise OddError("the end has come before the last rows", lasting=False)
        return self.up

    @property
    def _is_one_page(self) -> bool:
        return self.up.is_through and len(self.up.pages) == 1 and self.down.is_through

    def _have_met(self, near: np.ndarray, last: np.ndarray) -> bool:
        """Whether no row can be missing between the first rows and the last ones."""
        if not np.isin(last, near).any():
            raise OddError("two pages have no row in common", lasting=False)
        # Where the order is turned within pages only, these are a first page, and no last rows.
        first = sorted_ids([next(page for page in self.up.pages if len(page))])
        are_last = last[0] > first[-1] and last[-1] > near[-1]
        return self.up.is_through or (self.last_rows_will_do and bool(are_last))

    def _check(self, page: Page) -> None:
        """Raise `OddError` if a row is not what was asked for."""
        raise NotImplementedError


@dataclass
class Span(Stream):
    """The rows of some days; a bound that is None is open."""

    first: str | None = None
    last: str | None = None
    is_piece: bool = False  # of another span, and not cut again

    @property
    def filters(self) -> dict[str, str]:
        """The filters that give its rows."""
        bounds = zip(EVER, (self.first, self.last), strict=True)
        return {name: day for name, day in bounds if day is not None}

    def _check(self, page: Page) -> None:
        days = days_of([page], self.resource)
        if days and not ((self.first or "") <= min(days) and max(days) <= (self.last or "~")):
            raise OddError("rows of other days than were asked for")

    def pieces(self) -> list[Span]:
        """Return the same days in several spans; none if they are too few."""
        first, last = usual(days_of(self.pages, self.resource))
        if first is None or last is None:
            return []
        found = cuts(self.first or first, self.last or last, PIECES)
        edges = [(a or self.first, b or self.last) for a, b in found if not self.is_piece]
        return [Span(self.resource, first=a, last=b, is_piece=True) for a, b in edges]


@dataclass
class Changes(Stream):
    """The rows that were modified after a moment."""

    last_rows_will_do = False
    since: pd.Timestamp = field(default_factory=lambda: pd.Timestamp(0, tz="UTC"))

    @property
    def filters(self) -> dict[str, str]:
        """The filters that give its rows."""
        return {"modifiedAfter": self.since.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _check(self, page: Page) -> None:
        sent = pd.Series(page.values("updatedAt"), dtype=object).map(str)
        moments = pd.to_datetime(sent, utc=True, errors="coerce", format="ISO8601")
        if not (moments >= self.since.floor("s")).all():
            raise OddError("rows that were modified earlier than was asked for")


def first_asked(streams: Sequence[Stream]) -> list[tuple[Stream, Cursor]]:
    """Return what to ask for first: the last rows and the first ones of each stream."""
    return [(stream, cursor) for stream in streams for cursor in (stream.down, stream.up)]


def sorted_ids(pages: Sequence[Page]) -> np.ndarray:
    """Return the ids of some pages, the lowest first."""
    found = [ids for page in pages if (ids := ids_of(page)) is not None]
    return np.sort(np.concatenate([NONE, *found]))


def ascending(page: Page) -> Strip:
    """Return a page with its ids, or raise `OddError` if they do not ascend."""
    found = strip(page)
    if found is None:
        raise OddError("ids are not in order")
    return found


def pages_between(near: Strip, far: Strip, limit: int) -> float:
    """Return about how many pages are between two pages, by how close the ids are in them."""
    if len(near.ids) < 2 or len(far.ids) < 2:
        return 0.0
    gap = float(far.ids[0]) - float(near.ids[-1])
    density = np.mean([len(one.ids) / float(one.ids[-1] - one.ids[0] + 1) for one in (near, far)])
    return max(0.0, gap * float(density) / limit)
