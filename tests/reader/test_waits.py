"""What is said of a wait is why one waits: the limit only where it is the limit."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.errors import TransportError
from runn_pandas.reader.progress import Progress, progress_bar, progress_shown_by
from runn_pandas.transport.retry import Answer, Failure
from tests.support.clock import Clock
from tests.support.desk import Desk, desk_of, new_demo
from tests.support.server import (
    Server,
    Step,
    answer,
    hang_up,
    refusal,
    reset,
    running,
    silence,
)

FAILED = "the connection failed, trying again in"
LATE = "no answer came in time, trying again in"
BUSY = "Runn answered with 503, trying again in"
LIMIT = "the limit of requests a minute is reached, waiting"


@pytest.fixture
def start() -> Iterator[Callable[..., str]]:
    with running() as begin:
        yield lambda *steps: begin(Server(list(steps))).url


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_of(new_demo(6), tmp_path / "cache")


def read(url: str, *people: int) -> None:
    account = Account(url, "TEST_x", max_age=0, timeout=0.4)
    account.session._sleep = lambda seconds: None
    rp.read_runn("people/{personId}/skills", personId=list(people), account=account)


PAGE = answer(body={"values": [], "nextCursor": None})


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (reset, FAILED),
        (hang_up, FAILED),
        (silence(0.6), LATE),
        (refusal(503, "busy"), BUSY),
        (refusal(429, "Rate limit exceeded", x_ratelimit_reset=1), LIMIT),
    ],
    ids=["reset", "hung up", "late", "503", "429"],
)
def test_the_log_says_why_a_read_waits(
    start: Callable[..., str], step: Step, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "runn_pandas")
    read(start(step, PAGE), 1)
    (record,) = caplog.records
    assert record.getMessage().startswith(f"people/{{personId}}/skills: {said} ")


def test_the_log_says_that_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "runn_pandas")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(TransportError, match="could not connect"):
            read(url, 1)
    said = {record.getMessage().split(": ", 1)[1] for record in caplog.records}
    assert {text.split(",")[0] for text in said} == {"the connection was refused"}


def test_an_app_is_told_each_wait_and_what_failed() -> None:
    told: list[tuple[float, str]] = []
    with (
        progress_shown_by(lambda text: None, lambda *wait: told.append(wait)),
        progress_bar("teams", None) as shown,
    ):
        shown.waiting(42.0)
        shown.waiting(3.5, "Runn answered with 500")
    assert told == [(42.0, ""), (3.5, "Runn answered with 500")]


def test_nobody_says_the_limit_while_one_waits_for_another(
    start: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "runn_pandas")
    account = Account(start(silence(1.4), PAGE), "TEST_x", max_age=0)
    account.session._sleep = lambda seconds: None
    said: list[str] = []
    with progress_shown_by(said.append):
        rp.read_runn("people/{personId}/skills", personId=[1, 2, 3, 4], account=account)
    told = [text for text in said if "120 a minute" in text or "trying again" in text]
    assert told
    assert all(FAILED in text for text in told)


def test_a_bar_says_why_it_waits() -> None:
    class Bar:
        said: list[str]

        def set_description_str(self, text: str, refresh: bool = True) -> None:
            self.said.append(text)

    bar, clock = Bar(), Clock()
    bar.said = []
    shown = Progress("people", bar, clock)
    shown.waiting(4.2, "the connection failed")
    shown.waiting(3.9, "the connection failed")
    shown.waiting(30.0)
    shown.waiting(0.0)
    clock.now += 1
    shown.waiting(3.2, "the connection failed")
    assert bar.said == [
        "people: the connection failed, trying again in 4 s",
        "people: limit of requests a minute reached, waiting 30 s",
        "people: the connection failed, trying again in 3 s",
    ]


def _failing_once(desk: Desk, method: str, fault: str) -> None:
    left = [1]

    def decide(asked: str, path: str) -> str:
        if asked != method or not left[0]:
            return ""
        left[0] -= 1
        return fault

    desk.wire.fault = decide


@pytest.mark.parametrize(("fault", "said"), [("before", LATE), ("503", BUSY)])
def test_a_push_says_why_it_waits(desk: Desk, fault: str, said: str) -> None:
    teams = desk.read("teams")
    teams["name"] += " x"
    _failing_once(desk, "PATCH", fault)
    shown: list[str] = []
    with progress_shown_by(shown.append):
        outcome = desk.push(teams)
    assert outcome["status"].unique().tolist() == ["updated"]
    plan, first, *_ = shown
    assert plan.startswith("Plan for 'teams': 5 changed.")
    assert first.startswith(f"teams: {said} ")
    assert not [text for text in shown if "120 a minute" in text]


@pytest.mark.parametrize(("fault", "said"), [("before", LATE), ("503", BUSY)])
def test_a_sync_says_why_it_waits(desk: Desk, fault: str, said: str) -> None:
    _failing_once(desk, "GET", fault)
    shown: list[str] = []
    with progress_shown_by(shown.append):
        desk.mirror("teams").sync()
    assert any(f": {said} " in text for text in shown)
    assert not [text for text in shown if "120 a minute" in text]


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Answer(429, {}), ""),
        (Answer(500, {}), "Runn answered with 500"),
        (Failure("connect"), "the connection failed"),
        (Failure("connect", turned_away=True), "the connection was refused"),
        (Failure("connect", late=True), "no connection came in time"),
        (Failure("lost"), "the connection failed"),
        (Failure("lost", late=True), "no answer came in time"),
    ],
)
def test_why(outcome: Any, why: str) -> None:
    assert outcome.why == why
