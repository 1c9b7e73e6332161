"""Servers that do what a test's script says, and sessions that wait without time passing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from runn_pandas.transport.session import Session
from tests.support.clock import Clock
from tests.support.server import TOKEN, Request, Server, Step, answer, running


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """Start servers; each is given its steps or its handler."""
    with running() as begin:

        def start(*steps: Step, handler: Callable[[Request], bytes] | None = None) -> Server:
            return begin(Server(list(steps) or [answer()], handler))

        yield start


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(clock: Clock) -> Iterator[Callable[..., Session]]:
    """Give sessions that wait without time passing."""
    sessions = []

    def begin(url: str, token: str = TOKEN, **options: object) -> Session:
        options = {
            "timeout": 2.0,
            "clock": clock,
            "sleep": clock.sleep,
            "random": lambda: 0.5,
        } | options
        session = Session(url, token, **options)
        sessions.append(session)
        return session

    yield begin
    for session in sessions:
        session.close()
