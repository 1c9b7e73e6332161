"""120 requests a minute, steered by the server's own headers.

The server counts in fixed windows and says with each answer how many requests are left
in this one and when it ends. So all requests of an account (its threads, and by way of
the headers also other programs with the same key) share what is left:

- while the state of the window is unknown (at the start, and when a window has ended),
  one request goes ahead and the others wait for what its answer says;
- then as many are on their way at once as the server has left, or a quarter of that while
  another program uses the same key;
- what is left of the window when nothing is left of its requests is waited for.

`ratelimit` counts along with the documented limit; it alone decides when answers come
without the headers.
"""

from __future__ import annotations

import math
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import ratelimit
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from runn_pandas.forks import Lock, renew_in_child
from runn_pandas.transport.responses import read_body
from runn_pandas.transport.retry import limited_seconds, number

SLICE = 0.5  # seconds: how often a wait looks up
MARGIN = 0.02  # seconds past the end of a window
PATIENCE = 5.0  # seconds for the answer that tells the state; then another may ask

# The seconds left, 0 where nobody knows, and what failed; an empty text stands for the limit.
OnWait = Callable[[float, str], None]
_on_wait: ContextVar[OnWait | None] = ContextVar("on_wait", default=None)


class _Stopped(BaseException):
    """What `on_wait` raised, past everything that takes it for a failed request."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


@contextmanager
def telling(on_wait: OnWait | None) -> Iterator[None]:
    """Call `on_wait` with the seconds left of each wait inside, and with what failed.

    Whoever is told of waits outside is told of those inside too.
    """
    stopped: BaseException | None = None
    outer = _on_wait.get()

    def both(seconds: float, why: str) -> None:
        for one in (on_wait, outer):
            if one is not None:
                one(seconds, why)

    before = _on_wait.set(both)
    try:
        yield
    except _Stopped as stop:
        stopped = stop.error
    finally:
        _on_wait.reset(before)
    if stopped is not None:
        raise stopped


def _tell(seconds: float, why: str) -> None:
    on_wait = _on_wait.get()
    if on_wait is not None:
        try:
            on_wait(seconds, why)
        except BaseException as error:
            raise _Stopped(error) from None


def wait(seconds: float, sleep: Callable[[float], None], why: str = "") -> None:
    """Wait, and say what is left, and why, at the start and about twice a second.

    Whatever `on_wait` raises ends the wait, so that a worker thread can be stopped.
    """
    told = seconds > SLICE and _on_wait.get() is not None
    while seconds > 0:
        if told:
            _tell(seconds, why)
        part = min(seconds, SLICE) if told else seconds
        sleep(part)
        seconds -= part


class Window:
    """What is known of the server's window; no clock, no lock, no waiting.

    Attributes
    ----------
    left : int or None
        Requests the server has left in this window; None if that is unknown.
    ends : float
        When the window ends, on the throttle's clock.
    sent : int
        Requests on their way.
    """

    def __init__(self, limit: int, period: float, clock: Callable[[], float]) -> None:
        self.limit, self.period, self._clock = limit, period, clock
        self.left: int | None = None
        self.ends = 0.0
        self.sent = 0
        self.silent = False  # the server answers well, but without the headers
        self._asked_at: float | None = None  # when the one that asks for the state went out
        self._refusals = 0  # 429s since the last good answer
        self._own = 0  # requests of this program in this window
        self._alone_at = -math.inf  # from when on no other program is expected
        self._budget = self._fresh_budget()

    def _fresh_budget(self) -> Callable[[], None]:
        # ratelimit's window begins when it is made: one for each window of the server.
        self._counted = ratelimit.RateLimitDecorator(self.limit, self.period, self._clock)
        budget: Callable[[], None] = self._counted(lambda: None)
        return budget

    def room(self, now: float) -> int | None:
        """Return how many requests are left in this window, None if that is not known.

        Where answers come without the headers it is what `ratelimit` has not counted yet.
        """
        if self.left is not None and now < self.ends:
            return self.left
        if not self.silent:
            return None
        is_over = now - self._counted.last_reset >= self.period
        return self.limit - (0 if is_over else min(self._counted.num_calls, self.limit))

    def take(self, now: float) -> float | None:
        """Count a request as sent and return 0, or return the seconds to wait.

        None means: until the next answer, whenever that comes.
        """
        if self.left is not None and now >= self.ends:
            self.left = None
            self._budget = self._fresh_budget()
        seconds = self._known_wait(now)
        if seconds != 0:
            return seconds
        try:
            self._budget()
        except ratelimit.RateLimitException as full:
            return max(float(full.period_remaining), 0.0) + MARGIN
        self.sent += 1
        self._own += 1
        if self.left is None and not self.silent:
            self._asked_at = now
        return 0.0

    def _known_wait(self, now: float) -> float | None:
        """Return the wait that follows from what the server has said, as `take` does."""
        if self.left is None:
            is_asked = self._asked_at is not None and now - self._asked_at < PATIENCE
            return None if is_asked and not self.silent else 0.0
        if self.left <= 0:
            return max(self.ends - now, MARGIN)
        return None if self.sent >= self._at_once(self.left, now) else 0.0

    def _at_once(self, left: int, now: float) -> int:
        return left if now >= self._alone_at else max(1, left // 4)

    def answered(self, status: int, headers: Mapping[str, str], began: float, now: float) -> None:
        """Take in an answer to a request that was sent at `began`."""
        self.failed()
        limit = number(headers.get("x-ratelimit-limit"))
        left = number(headers.get("x-ratelimit-remaining"))
        reset = number(headers.get("x-ratelimit-reset"))
        if limit is not None and 1 <= limit < 1e9 and int(limit) != self.limit:
            self.limit = int(limit)
            self._budget = self._fresh_budget()
        if status == 429:
            asked = limited_seconds(headers, self.period, now=time.time())
            self._refused(asked, reset, began, now)
        elif left is not None and reset is not None:
            self._learn(int(min(left, 1e9)), reset, began, now)
        elif status < 400:
            self.silent = True
        if status < 400:
            self._refusals = 0

    def _refused(self, asked: float, reset: float | None, began: float, now: float) -> None:
        asked = asked or min(2.0**self._refusals, self.period)
        if self.left != 0:  # the first of those that were refused together
            self._refusals = min(self._refusals + 1, 16)
        self._learn(0, asked, began, now, rounded=reset is not None)
        if reset is None:  # a wait that was asked for, not the end of the window
            self.ends = max(self.ends, now + asked + MARGIN)

    def _learn(
        self, left: int, reset: float, began: float, now: float, rounded: bool = True
    ) -> None:
        self.silent = False
        # Servers round whole seconds up (fastify from 9 on) or down (before): the window
        # certainly ends a second later, and the earliest such moment is near its end.
        rounding = 1.0 if rounded and reset == int(reset) else 0.0
        ends = now + min(reset + rounding, self.period + 1) + MARGIN
        newer = self.left is not None and began + reset - 1.5 > self.ends
        if newer or self.left is None or now >= self.ends:
            self.left, self.ends = left, ends
            self._own = self.sent + 1
            if newer:
                self._budget = self._fresh_budget()
        else:
            # Answers overtake each other: the smallest count holds.
            self.left, self.ends = min(self.left, left), min(self.ends, ends)
        if self.limit - left > self._own:
            self._alone_at = now + 2 * self.period

    def failed(self) -> None:
        """Take in that a request is no longer on its way."""
        self.sent -= 1
        self._asked_at = None


class Throttle:
    """The window of an account, shared by its threads."""

    def __init__(
        self,
        limit: int = 120,
        window: float = 60.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limit, self._period = limit, window
        self._clock, self._sleep = clock, sleep
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Begin with nothing on its way and nothing known."""
        self._window = Window(self._limit, self._period, self._clock)
        self._changed = threading.Condition()

    def left(self) -> int | None:
        """Return how many requests are left in this window, None if unknown."""
        with self._changed:
            return self._window.room(self._clock())

    def enter(self) -> float:
        """Wait until the server has room for one more request; return when that is."""
        idle = 0
        while True:
            with self._changed:
                seconds = self._window.take(self._clock())
                if seconds == 0:
                    return self._clock()
                if seconds is None:
                    self._changed.wait(SLICE)
            if seconds is not None:
                wait(seconds, self._sleep)
            elif (idle := idle + 1) > 1:
                _tell(0.0, "")

    def leave(self, began: float, response: Response | None) -> None:
        """Take in what came of a request that entered at `began`; None is no answer."""
        with self._changed:
            if response is None:
                self._window.failed()
            else:
                status, headers = response.status_code, response.headers
                self._window.answered(status, headers, began, self._clock())
            self._changed.notify_all()


_shared: weakref.WeakValueDictionary[tuple[str, int, float], Throttle] = (
    weakref.WeakValueDictionary()
)
_sharing = Lock()


def shared_throttle(account: str, limit: int, window: float) -> Throttle:
    """Return the one throttle that all sessions of an account in this process use."""
    with _sharing:
        throttle = _shared.get((account, limit, window))
        if throttle is None:
            throttle = _shared[account, limit, window] = Throttle(limit, window)
        return throttle


class ThrottledAdapter(BaseAdapter):
    """An adapter that sends through another one when the throttle lets it."""

    def __init__(self, inner: BaseAdapter, throttle: Throttle) -> None:
        super().__init__()
        self._inner, self._throttle = inner, throttle

    @property
    def inner(self) -> BaseAdapter:
        """The adapter that sends at once."""
        return self._inner

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Send a request when there is room for it."""
        began = self._throttle.enter()
        response = None
        try:
            response = self._inner.send(request, *args, **kwargs)
        finally:
            self._throttle.leave(began, response)
        read_body(response)  # so that a recorder around this meets no endless one
        return response

    def close(self) -> None:
        """Close the inner adapter."""
        self._inner.close()
