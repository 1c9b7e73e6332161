"""The decision whether a request is sent again, without any HTTP."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runn_pandas.catalog.resources import is_repeatable
from runn_pandas.transport.retry import (
    ATTEMPTS,
    Answer,
    Failure,
    GiveUp,
    Past,
    Wait,
    decide,
    limited_seconds,
    number,
)


@pytest.mark.parametrize(
    ("method", "path", "repeatable"),
    [
        ("GET", "/people/", True),
        ("PATCH", "/people/3", True),
        ("DELETE", "/assignments/3", True),
        ("DELETE", "/time-offs/leave/bulk/", True),
        ("PUT", "/users/1/views/2", True),
        ("POST", "/actuals/", True),
        ("POST", "/actuals/bulk/", True),
        ("POST", "/actuals/bulk", True),
        ("POST", "/time-offs/leave/", True),
        ("POST", "/time-offs/leave/bulk/", True),
        ("POST", "/actuals/time-entry", False),
        ("POST", "/assignments/", False),
        ("POST", "/time-offs/holidays/", False),
        ("POST", "/people/", False),
        ("POST", "/clients/bulk/", False),
        ("POST", "/projects/3/notes/", False),
        ("BREW", "/people/", False),
    ],
)
def test_what_is_repeatable(method: str, path: str, repeatable: bool) -> None:
    assert is_repeatable(method, path) is repeatable


OUTCOMES = {
    "refused": Answer(429, {}),
    "500": Answer(500, {}),
    "502": Answer(502, {}),
    "503": Answer(503, {}),
    "504": Answer(504, {}),
    "501": Answer(501, {}),
    "400": Answer(400, {}),
    "401": Answer(401, {}),
    "404": Answer(404, {}),
    "409": Answer(409, {}),
    "connect": Failure("connect"),
    "lost": Failure("lost"),
    "certificate": Failure("refused for good"),
}
AGAIN = {
    True: {"refused", "500", "502", "503", "504", "connect", "lost"},
    False: {"refused", "connect"},
}


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("name", OUTCOMES)
def test_what_is_sent_again(name: str, repeatable: bool) -> None:
    verdict = decide(OUTCOMES[name], repeatable=repeatable, past=Past())
    assert isinstance(verdict, Wait) == (name in AGAIN[repeatable])


def test_failures_end() -> None:
    past, waits = Past(), []
    while isinstance(verdict := decide(Failure("lost"), repeatable=True, past=past), Wait):
        past = past.after(Failure("lost"), verdict.seconds)
        waits.append(verdict.seconds)
    assert len(waits) == ATTEMPTS - 1
    assert waits == sorted(waits)


def test_refusals_wait_two_whole_windows_before_they_end() -> None:
    past, waits = Past(), []
    while isinstance(verdict := decide(Answer(429, {}), repeatable=False, past=past), Wait):
        past = past.after(Answer(429, {}), verdict.seconds)
        waits.append(verdict.seconds)
    assert waits == [1, 2, 4, 8, 16, 32, 60]
    assert sum(waits) >= 120


def test_refusals_and_failures_are_counted_apart() -> None:
    past = Past(failures=ATTEMPTS - 1)
    assert isinstance(decide(Answer(429, {}), repeatable=True, past=past), Wait)
    past = Past(refusals=50)
    assert isinstance(decide(Failure("lost"), repeatable=True, past=past), Wait)


def test_jitter_lengthens_by_at_most_half() -> None:
    calm = decide(Failure("lost"), repeatable=True, past=Past(failures=2), jitter=0.0)
    late = decide(Failure("lost"), repeatable=True, past=Past(failures=2), jitter=1.0)
    assert (calm, late) == (Wait(2.0), Wait(3.0))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"retry-after": "30000"}, 30.0),  # milliseconds, as documented
        ({"retry-after": "30", "x-ratelimit-reset": "30"}, 30.0),  # seconds, as of fastify 9
        ({"retry-after": "30000", "x-ratelimit-reset": "12"}, 30.0),
        ({"retry-after": "1500.5"}, 1.5005),
        ({"retry-after": "999999999"}, 61.0),
        ({"x-ratelimit-reset": "1764000000"}, 61.0),  # a moment instead of a span
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": ""}, 0.0),
        ({"retry-after": "nan", "x-ratelimit-reset": "inf"}, 0.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:40 GMT"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:01 GMT"}, 0.0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, 61.0),
    ],
)
def test_how_long_a_refusal_asks_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert limited_seconds(headers, now=10.0) == pytest.approx(seconds)


def test_a_gateway_speaks_in_seconds() -> None:
    verdict = decide(Answer(503, {"retry-after": "7"}), repeatable=True, past=Past())
    assert verdict == Wait(7.0)
    verdict = decide(Answer(503, {"retry-after": "9000"}), repeatable=True, past=Past())
    assert verdict == Wait(9.0)


@given(st.text() | st.floats().map(str) | st.integers().map(str), st.text(), st.integers(0, 2**70))
def test_no_header_makes_a_wait_long_or_odd(after: str, reset: str, times: int) -> None:
    headers = {"retry-after": after, "x-ratelimit-reset": reset}
    for status in (429, 503):
        past = Past(failures=min(times, ATTEMPTS - 2), refusals=times)
        verdict = decide(Answer(status, headers), repeatable=True, past=past, jitter=1.0)
        assert isinstance(verdict, Wait)
        assert 0 < verdict.seconds <= 61


@given(st.text())
def test_number_is_finite_and_not_negative(text: str) -> None:
    value = number(text)
    assert value is None or (math.isfinite(value) and value >= 0)


def test_give_up_is_a_value() -> None:
    assert decide(Answer(404, {}), repeatable=True, past=Past()) == GiveUp()
