"""What an account answered when it was looked at: values for the judges, asked for elsewhere."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from runn_pandas.account_check.contract import Differences, Row, differences
from runn_pandas.account_check.part_days import PartDay
from runn_pandas.catalog import load

NOT_ASKED = "not asked"
ONLY_READ = "it takes rp.check(writes=True), with a token of a test account"


@dataclass(frozen=True)
class Answer:
    """One answer, good or not, or why there is none.

    Attributes
    ----------
    status : int
        The HTTP status; 0 if no answer came.
    problem : str
        Words of ours for what was wrong beside the status; empty if nothing was.
    headers : mapping
        Their names in lower case.
    body : object
        The answer's JSON.
    seconds : float
        How long it took.
    at : float
        When it came, on a clock that only goes forward.
    ahead : float or None
        By how many seconds the server's clock is ahead of this one.
    """

    status: int = 0
    problem: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    seconds: float = 0.0
    at: float = 0.0
    ahead: float | None = None

    @property
    def is_good(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300 and not self.problem

    @property
    def is_asked(self) -> bool:
        """Whether the request was sent at all."""
        return self.problem != NOT_ASKED

    @property
    def why(self) -> str:
        """The reason that it is not good, in words of ours: a server's may be about somebody."""
        return self.problem or str(self.status)

    @property
    def rows(self) -> list[Row]:
        """The rows of a page; none if it is none."""
        values = self.body.get("values") if isinstance(self.body, dict) else None
        return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []

    @property
    def ids(self) -> list[Any]:
        """The ids of a page's rows."""
        return [row.get("id") for row in self.rows]

    @property
    def cursor(self) -> str | None:
        """Where the next page begins; None behind the last one."""
        cursor = self.body.get("nextCursor") if isinstance(self.body, dict) else None
        return cursor if isinstance(cursor, str) and cursor else None


SILENT = Answer(problem=NOT_ASKED)


@dataclass
class Listed:
    """The first pages of a list."""

    pages: list[Answer] = field(default_factory=list)

    @property
    def first(self) -> Answer:
        return self.pages[0] if self.pages else SILENT

    @property
    def rows(self) -> list[Row]:
        return [row for page in self.pages for row in page.rows]

    @property
    def is_whole(self) -> bool:
        """Whether all of its rows are here."""
        return bool(self.pages) and self.pages[-1].is_good and self.pages[-1].cursor is None


@dataclass
class Written:
    """What came of making, changing and deleting a marked set of records.

    Attributes
    ----------
    refused : str
        Why nothing was written: empty if it was.
    steps : dict
        The answer of each step, by its name.
    left : list of str
        Paths of records that could not be deleted again.
    removed : int
        How many records of an earlier check are gone now.
    at_work : int
        How many records were left to a check that may be running elsewhere.
    unseen : list of str
        Lists that were not looked through to their end for records of a check.
    """

    refused: str = ""
    steps: dict[str, Answer] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    removed: int = 0
    at_work: int = 0
    unseen: list[str] = field(default_factory=list)

    def __getitem__(self, step: str) -> Answer:
        return self.steps.get(step, SILENT)


@dataclass
class Answers:
    """All that was asked, with what was known before.

    Attributes
    ----------
    token : str
        The kind of the token: ``"TEST_"``, ``"LIVE_"``, ``"demo"``, or empty for none of these.
    address : str
        Which of Runn's addresses is asked, in words.
    today : date
        The account's day.
    me : list of Answer
        Who the token belongs to, asked a few times.
    lists : dict
        The first pages of each account-wide list.
    compared : dict
        In what the rows of each list differ from the contract.
    more : dict
        The answer to each further question, by a name.
    limited : list of Answer
        The answers with 429.
    all : list of Answer
        Every answer in order.
    part_day : PartDay or None
        A day with leave for a part of it.
    kept_cursor : (str, str) or None
        A list and a cursor of it that is used twice.
    written : Written
        What came of the writes.
    """

    token: str = ""
    address: str = ""
    today: date = field(default_factory=date.today)
    me: list[Answer] = field(default_factory=list)
    lists: dict[str, Listed] = field(default_factory=dict)
    compared: dict[str, Differences] = field(default_factory=dict)
    more: dict[str, Answer] = field(default_factory=dict)
    limited: list[Answer] = field(default_factory=list)
    all: list[Answer] = field(default_factory=list)
    part_day: PartDay | None = None
    kept_cursor: tuple[str, str] | None = None
    written: Written = field(default_factory=lambda: Written(ONLY_READ))

    def __getitem__(self, name: str) -> Answer:
        return self.more.get(name, SILENT)

    def compare(self) -> None:
        """Compare the rows that were read with the contract."""
        known = load().resources
        self.compared = {n: differences(one.rows, known[n]) for n, one in self.answered()}

    @property
    def newest(self) -> date:
        """The day of the last change in what was read; today if there is none, or a later one."""
        stamps = (row.get("updatedAt") for one in self.lists.values() for row in one.rows)
        days = [day for day in map(_day, stamps) if day is not None]
        return min(self.today, max(days)) if days else self.today

    def listed(self, name: str) -> Listed:
        """Return the first pages of a list; of one that was not asked for there are none."""
        return self.lists.get(name, Listed())

    def answered(self) -> Iterator[tuple[str, Listed]]:
        """Yield the lists whose first page came."""
        return ((name, one) for name, one in self.lists.items() if one.first.is_good)

    @property
    def latency(self) -> float | None:
        """The middle of the times that good answers took, in seconds."""
        times = [one.seconds for one in self.all if one.is_good]
        return statistics.median(times) if times else None


def _day(stamp: Any) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(str(stamp)[:10])
    return None


def page_limit(name: str) -> int:
    """Return how many rows a page of a list may have."""
    return load().resources[name].page_limit or 1
