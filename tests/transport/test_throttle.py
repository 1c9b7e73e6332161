"""The throttle against servers that count: fixed windows, whole seconds, other programs."""

from __future__ import annotations

import functools
import heapq
import itertools
import math
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from runn_pandas.errors import RunnError, ServerError
from runn_pandas.transport.session import Session
from runn_pandas.transport.throttle import Throttle, Window, shared_throttle, telling, wait
from tests.support.clock import Clock
from tests.support.server import TOKEN, Request, Server, answer, refusal

ROUND = {"up": math.ceil, "down": math.floor, "exact": float}


class Counter:
    """A server's fixed window, which begins with the first request after the last one ended."""

    def __init__(
        self,
        limit: int,
        window: float,
        clock: Callable[[], float],
        rounding: str = "up",
        aligned: bool = False,
    ) -> None:
        self.limit, self.window, self.clock = limit, window, clock
        self.rounding, self.aligned = rounding, aligned
        self.began, self.count = -math.inf, 0
        self.windows: list[int] = []
        self.refused = 0
        self.lock = threading.Lock()

    def hit(self) -> tuple[bool, dict[str, str]]:
        with self.lock:
            now = self.clock()
            if now >= self.began + self.window:
                self.began = now - now % self.window if self.aligned else now
                self.windows.append(0)
                self.count = 0
            self.count += 1
            self.windows[-1] += 1
            good = self.count <= self.limit
            self.refused += not good
            reset = ROUND[self.rounding](self.began + self.window - now)
            headers = {
                "x-ratelimit-limit": str(self.limit),
                "x-ratelimit-remaining": str(max(0, self.limit - self.count)),
                "x-ratelimit-reset": f"{reset:g}",
            }
            if not good:
                headers["retry-after"] = f"{reset * 1000:g}"
            return good, headers


class CountingAdapter(BaseAdapter):
    """A server in process whose answers take time on the test's clock."""

    def __init__(self, counter: Counter, clock: Clock, latency: float) -> None:
        super().__init__()
        self.counter, self.clock, self.latency = counter, clock, latency
        self.silent = False

    def send(self, request, **options):  # type: ignore[no-untyped-def]
        self.clock.now += self.latency / 2
        good, headers = self.counter.hit()
        self.clock.now += self.latency / 2
        response = requests.Response()
        response.status_code = 200 if good else 429
        response.headers = CaseInsensitiveDict({} if self.silent else headers)
        response.headers["Content-Type"] = "application/json"
        response._content, response.request, response.url = b"{}", request, request.url
        return response

    def close(self) -> None:
        pass


def session_of(counter: Counter, clock: Clock, latency: float = 0.0) -> Session:
    adapter = CountingAdapter(counter, clock, latency)
    return Session(
        "https://api.runn.io",
        TOKEN,
        adapter=adapter,
        clock=clock,
        sleep=clock.sleep,
        random=lambda: 0.5,
    )


@pytest.mark.parametrize("idle", [0.0, 30.0])
@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("rounding", ["up", "down", "exact"])
@pytest.mark.parametrize(
    "latency",
    [
        0.0,
        0.2,
        pytest.param(0.05, marks=pytest.mark.slow),
        pytest.param(0.4, marks=pytest.mark.slow),
    ],
)
def test_400_requests_never_exceed_and_lose_no_time(
    clock: Clock, latency: float, rounding: str, aligned: bool, idle: float
) -> None:
    clock.now = 960.0  # on a minute, so that an aligned window begins here too
    counter = Counter(120, 60.0, clock, rounding, aligned)
    with session_of(counter, clock, latency) as session:
        clock.now += idle
        began = clock()
        for _ in range(400):
            session.request("GET", "people")
    assert counter.refused == 0
    assert max(counter.windows) <= 120
    assert clock() - began <= fastest(400, latency, began % 60 if aligned else 0.0) * 1.05


def fastest(requests: int, latency: float, into_window: float) -> float:
    """Give the seconds that a program needs which knows the server's windows beforehand."""
    now, ends, left = into_window, 60.0, 120
    for _ in range(requests):
        if now < ends and not left:
            now = ends
        if now >= ends:
            ends, left = ends + 60.0, 120
        left -= 1
        now += latency
    return now - into_window


def test_without_the_headers_the_documented_limit_holds(clock: Clock) -> None:
    counter = Counter(120, 60.0, clock)
    adapter = CountingAdapter(counter, clock, 0.01)
    adapter.silent = True
    with Session(
        "https://api.runn.io", TOKEN, adapter=adapter, clock=clock, sleep=clock.sleep
    ) as session:
        for _ in range(300):
            session.request("GET", "people")
    assert counter.refused <= 2


def test_without_the_headers_what_is_left_is_counted(clock: Clock) -> None:
    counter = Counter(120, 60.0, clock)
    adapter = CountingAdapter(counter, clock, 0.01)
    adapter.silent = True
    told: list[float] = []

    def tell(seconds: float, why: str) -> None:
        assert why == "", "it is the limit that is waited for"
        told.append(seconds)

    with Session(
        "https://api.runn.io", TOKEN, adapter=adapter, clock=clock, sleep=clock.sleep
    ) as session:
        assert session.left() is None, "nobody knows before the first answer"
        for number in range(120):
            session.request("GET", "people")
            assert session.left() == 119 - number
        with telling(tell):
            session.request("GET", "people")
        assert told[0] == pytest.approx(60 - 120 * 0.01, abs=0.1)
        assert session.left() == 119
        clock.sleep(61)
        assert session.left() == 120
    assert counter.refused == 0


@pytest.mark.parametrize("left_out", ["x-ratelimit-remaining", "x-ratelimit-reset"])
def test_half_of_the_headers_is_as_good_as_none(clock: Clock, left_out: str) -> None:
    window = Window(120, 60.0, clock)
    headers = {"x-ratelimit-remaining": "3", "x-ratelimit-reset": "60"}
    del headers[left_out]
    assert window.take(clock()) == 0
    window.answered(200, headers, clock(), clock())
    assert window.room(clock()) == 119
    for _ in range(119):
        assert window.take(clock()) == 0
    assert window.room(clock()) == 0
    assert window.take(clock()) == pytest.approx(60, abs=0.1)


def test_another_program_with_the_same_key(clock: Clock) -> None:
    counter = Counter(120, 60.0, clock)
    with session_of(counter, clock, 0.1) as ours, session_of(counter, clock, 0.1) as theirs:
        for _ in range(200):
            ours.request("GET", "people")
            theirs.request("GET", "people")
    assert counter.refused <= 4
    assert clock() - 1000 <= 3 * 61 + 40 * 0.2


def test_on_wait_is_told_what_is_left(clock: Clock) -> None:
    counter = Counter(10, 60.0, clock)
    told: list[float] = []

    def tell(seconds: float, why: str) -> None:
        assert why == ""
        told.append(seconds)

    with session_of(counter, clock) as session:
        for _ in range(11):
            session.reading("people", resource="people", max_age=0, on_wait=tell).page()
    assert 60 < told[0] < 61.1
    assert told == sorted(told, reverse=True)
    assert len(told) == pytest.approx(120, abs=5)
    assert counter.refused == 0


class Enough(OSError):
    """An error that could be taken for one of the network."""


def test_on_wait_can_end_the_wait(clock: Clock) -> None:
    counter = Counter(1, 60.0, clock)

    def stop(seconds: float, why: str) -> None:
        raise Enough

    with session_of(counter, clock) as session:
        reading = session.reading("people", resource="people", max_age=0, on_wait=stop)
        reading.page()
        with pytest.raises(Enough):
            reading.page("next")
        assert counter.windows == [1]


def test_an_interrupt_stops_at_once_and_breaks_nothing(clock: Clock) -> None:
    counter = Counter(1, 60.0, clock)
    interrupts = [KeyboardInterrupt()]

    def sleep(seconds: float) -> None:
        if interrupts:
            raise interrupts.pop()
        clock.sleep(seconds)

    with Session(
        "https://api.runn.io",
        TOKEN,
        adapter=CountingAdapter(counter, clock, 0.0),
        clock=clock,
        sleep=sleep,
    ) as session:
        session.request("GET", "people")
        with pytest.raises(KeyboardInterrupt):
            session.request("GET", "people")
        session.request("GET", "people")
    assert counter.windows == [1, 1]


# -- many on their way at once, in simulated time


class Program:
    """A program that sends requests from several threads through a window of its own."""

    def __init__(self, clock: Clock, pending: int, threads: int) -> None:
        self.window = Window(120, 60.0, clock)
        self.pending, self.free = pending, threads


def simulate(
    programs: list[Program], counter: Counter, clock: Clock, latency: Callable[[], float]
) -> None:
    """Let programs run against a server until all their requests were answered."""
    events: list[tuple[float, int, Callable[[], None]]] = []
    number = itertools.count()

    def at(moment: float, what: Callable[[], None]) -> None:
        heapq.heappush(events, (moment, next(number), what))

    def go(program: Program) -> None:
        while program.pending and program.free:
            seconds = program.window.take(clock())
            if seconds != 0:
                if seconds is not None:
                    at(clock() + seconds, lambda: go(program))
                return
            program.pending -= 1
            program.free -= 1
            began = clock()
            at(began + latency() / 2, functools.partial(arrive, program, began))

    def arrive(program: Program, began: float) -> None:
        good, headers = counter.hit()
        at(clock() + latency() / 2, lambda: receive(program, began, good, headers))

    def receive(program: Program, began: float, good: bool, headers: dict[str, str]) -> None:
        program.window.answered(200 if good else 429, headers, began, clock())
        program.free += 1
        program.pending += not good
        go(program)

    for program in programs:
        go(program)
    while events:
        clock.now, _, what = heapq.heappop(events)
        what()
    assert all(program.pending == 0 for program in programs)


@settings(max_examples=50, deadline=None)
@given(
    threads=st.integers(1, 30),
    slowest=st.floats(0.01, 3.0),
    seed=st.integers(0, 2**32),
    rounding=st.sampled_from(["up", "exact", "down"]),
    aligned=st.booleans(),
)
def test_threads_never_exceed_and_lose_no_time(
    threads: int, slowest: float, seed: int, rounding: str, aligned: bool
) -> None:
    chance = random.Random(seed)
    clock = Clock()
    clock.now = 960.0
    counter = Counter(120, 60.0, clock, rounding, aligned)
    simulate([Program(clock, 400, threads)], counter, clock, lambda: chance.uniform(0.005, slowest))
    assert counter.refused == 0
    if threads * 60 / slowest > 400:
        assert clock() - 960 <= (180 + 2 * slowest) * 1.05


@settings(max_examples=25, deadline=None)
@given(
    threads=st.integers(1, 12),
    slowest=st.floats(0.01, 1.0),
    seed=st.integers(0, 2**32),
)
def test_programs_with_one_key_settle(threads: int, slowest: float, seed: int) -> None:
    chance = random.Random(seed)
    clock = Clock()
    counter = Counter(120, 60.0, clock)
    programs = [Program(clock, 300, threads), Program(clock, 300, threads)]
    simulate(programs, counter, clock, lambda: chance.uniform(0.005, slowest))
    assert counter.refused <= 3 * len(counter.windows) + threads
    if threads * 60 / slowest > 400:
        assert clock() - 1000 <= 4 * 60 * 1.1 + 10


# -- threads, over sockets


def counted(counter: Counter) -> Callable[[Request], bytes]:
    def handle(request: Request) -> bytes:
        good, headers = counter.hit()
        time.sleep(0.01)
        return answer(200, {"n": 1}, **headers) if good else refusal(429, "Slow down", **headers)

    return handle


@pytest.mark.slow
def test_24_readers_at_20_in_4_seconds(start: Callable[..., Server]) -> None:
    counter = Counter(20, 4.0, time.monotonic)
    server = start(handler=counted(counter))
    with Session(server.url, TOKEN) as session, ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda n: session.request("GET", f"people/{n}"), range(24)))
    assert [a.status_code for a in answers] == [200] * 24
    assert counter.refused <= 3


TWIN = """
import sys
from concurrent.futures import ThreadPoolExecutor
from runn_pandas.transport.session import Session
with Session(sys.argv[1], sys.argv[2]) as session, ThreadPoolExecutor(8) as pool:
    sent = pool.map(lambda n: session.request("GET", f"people/{n}"), range(30))
    assert [answer.status_code for answer in sent] == [200] * 30
"""


@pytest.mark.slow
def test_two_processes_with_one_key_settle(start: Callable[..., Server]) -> None:
    counter = Counter(20, 1.0, time.monotonic, "exact")
    server = start(handler=counted(counter))
    command = [sys.executable, "-c", TWIN, server.url, TOKEN]
    twins = [subprocess.Popen(command) for _ in range(2)]
    assert [twin.wait(60) for twin in twins] == [0, 0]
    assert len(server.requests) == 60 + counter.refused
    assert counter.refused <= 12


def test_an_unanswered_request_does_not_hold_the_others(clock: Clock) -> None:
    window = Window(120, 60.0, clock)
    assert window.take(clock()) == 0  # asks for the state, and hangs
    assert window.take(clock()) is None
    clock.sleep(6)
    assert window.take(clock()) == 0


def test_answers_that_overtake_each_other(clock: Clock) -> None:
    window = Window(120, 60.0, clock)

    def headers(left: int, reset: int) -> dict[str, str]:
        return {"x-ratelimit-remaining": str(left), "x-ratelimit-reset": str(reset)}

    now = clock()
    assert window.take(now) == 0
    window.answered(200, headers(5, 60), now, now)
    taken = 0
    while window.take(now) == 0:
        taken += 1
    assert taken == 1  # a quarter: 114 requests of the window were another program's
    window._alone_at = now
    while window.take(now) == 0:
        taken += 1
    assert taken == 5
    window.answered(200, headers(0, 60), now, now)
    window.answered(200, headers(4, 60), now, now)
    assert window.left == 0
    assert window.take(now) == pytest.approx(61, abs=0.1)
    # The next window: two old requests are still on their way.
    clock.sleep(61.1)
    assert window.take(clock()) == 0
    window.answered(200, headers(119, 60), clock(), clock())
    assert (window.left, window.sent) == (119, 3)


# -- sharing


def test_sessions_of_an_account_share_a_throttle_and_others_do_not() -> None:
    def throttle(url: str, token: str, **options: object) -> Throttle:
        session = Session(url, token, **options)
        keep.append(session)
        return session._throttle

    keep: list[Session] = []
    one = throttle("https://api.runn.io", "TEST_a")
    assert throttle("https://api.runn.io/", "TEST_a") is one
    assert throttle("https://api.runn.io", "TEST_b") is not one
    assert throttle("https://api.us.runn.io", "TEST_a") is not one
    adapter = CountingAdapter(Counter(1, 1, time.monotonic), Clock(), 0)
    assert throttle("https://api.runn.io", "TEST_a", adapter=adapter) is not one


def test_a_throttle_ends_with_its_last_session() -> None:
    kept = shared_throttle("nobody", 120, 60.0)
    assert shared_throttle("nobody", 120, 60.0) is kept
    kept._window.left = 77
    del kept
    assert shared_throttle("nobody", 120, 60.0)._window.left is None
    other = shared_throttle("nobody", 7, 1.5)._window
    assert (other.limit, other.period) == (7, 1.5)


def test_failed_requests_are_no_longer_on_their_way(
    start: Callable[..., Server], connect: Callable[..., Session]
) -> None:
    session = connect(start(refusal(500, "oops")).url)
    for _ in range(2):
        with pytest.raises(ServerError):
            session.request("GET", "people")
    lost = connect("http://127.0.0.1:9")
    with pytest.raises(RunnError):
        lost.request("GET", "people")
    assert (session._throttle._window.sent, lost._throttle._window.sent) == (0, 0)


def test_a_wait_is_told_to_all_who_listen(clock: Clock) -> None:
    """A read inside a push has its own, and whoever looks at the push wants to know too."""
    outer: list[float] = []
    inner: list[float] = []
    with telling(lambda seconds, why: outer.append(seconds)):
        with telling(lambda seconds, why: inner.append(seconds)):
            wait(1.2, clock.sleep)
        with telling(None):
            wait(1.2, clock.sleep)
    assert len(outer) == 2 * len(inner) > 0


def test_a_short_wait_is_not_told(clock: Clock) -> None:
    told: list[tuple[float, str]] = []
    with telling(lambda *wait: told.append(wait)):
        wait(0.4, clock.sleep)
        assert told == []
        wait(1.2, clock.sleep, "it failed")
    assert [seconds for seconds, _ in told] == pytest.approx([1.2, 0.7, 0.2])
    assert {why for _, why in told} == {"it failed"}
    assert sum(clock.slept) == pytest.approx(1.6)
