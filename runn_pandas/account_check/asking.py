"""Requests of a check: each sent once, counted, and kept as a value whatever comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from requests import Response

from runn_pandas.account import Account
from runn_pandas.account_check.answers import NOT_ASKED, Answer
from runn_pandas.catalog.writes import stale_after
from runn_pandas.errors import ProtocolError, RunnError
from runn_pandas.transport.session import seconds_ahead

MORE_TRIES = 2  # of a request that met the limit; the throttle waits in between
# The headers that judges look at: all others stay where they are.
KEPT = ("retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


class Asker:
    """Asks an account, at most so many times.

    Attributes
    ----------
    all : list of Answer
        Every answer so far, in order.
    budget : int
        How many requests may still be sent.
    """

    def __init__(
        self,
        account: Account,
        budget: int,
        on_answer: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account, self._on_answer, self._clock = account, on_answer, clock
        self.budget = budget
        self.all: list[Answer] = []

    def get(self, path: str, **params: Any) -> Answer:
        """Read one path of the API, spelled as it is given."""
        return self.ask("GET", path, params)

    def ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> Answer:
        """Send one request; one that met the limit is sent again when there is room."""
        answer = Answer(problem=NOT_ASKED)
        for _ in range(1 + MORE_TRIES):
            if self.budget <= 0:
                break
            answer = self._once(method, path, params, json)
            if answer.status != 429:
                break
        return answer

    def remove(self, path: str, params: Mapping[str, Any]) -> Answer:
        """Delete a record, as often as it takes: this is not counted among what may be sent."""
        return self._stubborn("DELETE", path, params)

    def find(self, path: str, params: Mapping[str, Any]) -> Answer:
        """Read a list, as often as it takes: this is not counted among what may be sent."""
        return self._stubborn("GET", path, params)

    def _stubborn(self, method: str, path: str, params: Mapping[str, Any]) -> Answer:
        session = self._account.session
        error: RunnError | None = None
        try:
            response = session.request(method, path, params)
        except RunnError as caught:
            error, response = caught, Response()
            response.status_code = getattr(caught, "status", 0)
        finally:
            if method != "GET":
                session.drop(stale_after(method, path))
        return self._kept(response, error)

    def _once(self, method: str, path: str, params: Mapping[str, Any] | None, json: Any) -> Answer:
        session = self._account.session
        self.budget -= 1
        try:
            response, error = session.exchange(method, path, params, json)
        finally:
            if method != "GET":
                session.drop(stale_after(method, path))
        return self._kept(response, error)

    def _kept(self, response: Response, error: RunnError | None) -> Answer:
        answer = answer_of(response, error, self._clock(), time.time())
        self.all.append(answer)
        self._on_answer()
        return answer


def answer_of(response: Response, error: RunnError | None, at: float, now: float) -> Answer:
    """Return what came back as a value: the JSON, the headers of the limit, words of ours."""
    status = response.status_code or 0
    headers = {name: response.headers[name] for name in KEPT if name in response.headers}
    body = None
    problem = "" if status else "no connection, or it was cut"
    if isinstance(error, ProtocolError):
        problem = f"{status}, not an answer of the API"
    elif status and response.content:
        with suppress(ValueError, RecursionError):
            body = response.json()
        if body is None and error is None:
            problem = f"{status}, not JSON"
    return Answer(
        status,
        problem,
        headers,
        body,
        response.elapsed.total_seconds(),
        at,
        seconds_ahead(response.headers, now),
    )
