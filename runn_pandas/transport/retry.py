"""Whether a request is sent again, and when: a value computed from values.

What is safe to repeat follows from what the API does with a second copy: a GET, PATCH
or DELETE ends in the same state, a POST of actuals overwrites, a POST of leave merges,
every other POST makes a second record. Such a POST is sent again only when it certainly
did nothing: it was refused with 429, or the connection was never made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

PASSING = frozenset({500, 502, 503, 504})

ATTEMPTS = 5  # of a request that fails, the first one included
FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0
FIRST_LIMITED_WAIT = {False: 1.0, True: 0.1}  # whether the server says how long
WINDOWS = 2  # a refused request is given up after waiting so many whole windows

Kind = Literal["connect", "lost", "refused for good"]


@dataclass(frozen=True)
class Answer:
    """An answer with an error status."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    never_sent = False

    @property
    def may_have_arrived(self) -> bool:
        """Whether the request may have been carried out."""
        return self.status in PASSING

    @property
    def why(self) -> str:
        """What failed; empty if it is the limit that is reached."""
        return "" if self.status == 429 else f"Runn answered with {self.status}"


@dataclass(frozen=True)
class Failure:
    """No complete answer.

    ``connect``: nothing was sent. ``lost``: it may have arrived. ``refused for good``:
    asking again cannot help (a bad certificate).
    """

    kind: Kind
    late: bool = False  # the time for the answer, or for the connection, was over
    turned_away: bool = False  # nobody listens there

    @property
    def why(self) -> str:
        """What failed."""
        if self.turned_away:
            return "the connection was refused"
        if self.late:
            what = "connection" if self.kind == "connect" else "answer"
            return f"no {what} came in time"
        return "the connection failed"

    @property
    def never_sent(self) -> bool:
        """Whether the request certainly did not leave this machine."""
        return self.kind == "connect"

    @property
    def may_have_arrived(self) -> bool:
        """Whether the request may have been carried out."""
        return self.kind == "lost"


@dataclass(frozen=True)
class Past:
    """What has happened to a request so far, this outcome not counted."""

    failures: int = 0
    refusals: int = 0
    limited_for: float = 0.0  # seconds waited because of 429

    def after(self, outcome: Answer | Failure, seconds: float) -> Past:
        """Return the past with one more outcome and the wait that followed it."""
        if isinstance(outcome, Answer) and outcome.status == 429:
            return Past(self.failures, self.refusals + 1, self.limited_for + seconds)
        return Past(self.failures + 1, self.refusals, self.limited_for)


@dataclass(frozen=True)
class Wait:
    """Send it again after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class GiveUp:
    """Report this outcome to the caller."""


def decide(
    outcome: Answer | Failure,
    *,
    repeatable: bool,
    past: Past,
    attempts: int = ATTEMPTS,
    window: float = 60.0,
    jitter: float = 0.0,
    now: float = 0.0,
) -> Wait | GiveUp:
    """Return what follows an answer with an error status, or no answer.

    Parameters
    ----------
    outcome
        What came of sending it.
    repeatable
        Whether the request may reach the server twice.
    past
        What happened to this request before.
    attempts
        How often it is sent at most, if it fails.
    window
        Seconds of the server's rate limit window.
    jitter
        A random number from 0 to 1; it spreads programs that failed together.
    now
        Seconds since 1970, for a ``retry-after`` that is a date.
    """
    if isinstance(outcome, Answer) and outcome.status == 429:
        return _limited(outcome, past, window, jitter, now)
    again = outcome.never_sent or (repeatable and outcome.may_have_arrived)
    if not again or past.failures + 1 >= attempts:
        return GiveUp()
    seconds = _grown(FIRST_WAIT, past.failures, LONGEST_WAIT, jitter)
    if isinstance(outcome, Answer) and outcome.status == 503:
        asked = _plausible_seconds(outcome.headers.get("retry-after"), window, now)
        seconds = max(seconds, asked)
    return Wait(seconds)


def _limited(answer: Answer, past: Past, window: float, jitter: float, now: float) -> Wait | GiveUp:
    if past.limited_for >= WINDOWS * window:
        return GiveUp()
    asked = limited_seconds(answer.headers, window, now=now)
    backoff = _grown(FIRST_LIMITED_WAIT[asked > 0], past.refusals, window, jitter)
    return Wait(max(asked, backoff))


def limited_seconds(headers: Mapping[str, str], window: float = 60.0, *, now: float) -> float:
    """Return how long a 429 asks to wait: at most the window and a second, 0 if it does not say.

    ``x-ratelimit-reset`` is in seconds. ``retry-after`` is documented in milliseconds; a
    server that means seconds also sends the reset, so reading it as milliseconds is safe.
    """
    reset = number(headers.get("x-ratelimit-reset"))
    text = headers.get("retry-after")
    after = number(text)
    asked = after / 1000 if after is not None else _until(text, now)
    return min(max(reset or 0.0, asked), window + 1)


def _plausible_seconds(text: str | None, window: float, now: float) -> float:
    # Not the rate limiter but a gateway speaks here: seconds, as HTTP says, if they can be.
    after = number(text)
    if after is None:
        return min(_until(text, now), window + 1)
    return after if after <= window else min(after / 1000, window + 1)


def _grown(first: float, times: int, longest: float, jitter: float) -> float:
    # The exponent is bounded so that no count of attempts overflows.
    return float(min(longest, first * 2 ** min(times, 16) * (1 + jitter / 2)))


def number(text: str | None) -> float | None:
    """Return a header as a number that is not negative; None for anything else."""
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _until(text: str | None, now: float) -> float:
    try:
        moment = parsedate_to_datetime(text or "")
        zoned: datetime = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, zoned.timestamp() - now)
    except (TypeError, ValueError, IndexError, OverflowError):
        return 0.0
