"""The one injector of faults: an adapter to a demo that loses, refuses and kills."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from runn_pandas.account import Account
from runn_pandas.demo.adapter import DemoAdapter
from runn_pandas.demo.server import Demo

Fault = Callable[[str, str], str]  # method, path -> what goes wrong
Answers = Callable[[str, str, Any], Any]
WHEN = {"late": 1.0, "much later": 60.0}  # seconds after which a request is carried out
NOTHING = object()  # an answer without a body


class Killed(BaseException):
    """The process ends here."""


def _json(response: Response) -> Any:
    return response.json() if response.content else NOTHING


def low_ids(demo: Demo) -> None:
    """Let a demo give new records the lowest ids that are free."""
    company = demo.company

    def next_id(*tables: str) -> int:
        used = {own for table in tables for own in company.tables[table]}
        return next(own for own in range(1, 1_000_000) if own not in used)

    company.next_id = next_id  # type: ignore[method-assign]


def normalised(body: Any) -> Any:
    """A body as a server may keep it: texts trimmed, addresses in lower case."""
    if isinstance(body, dict):
        return {name: normalised(value) for name, value in body.items()}
    if isinstance(body, list):
        return [normalised(value) for value in body]
    if isinstance(body, str):
        return body.strip().lower() if "@" in body else body.strip()
    return body


def no_fault(method: str, path: str) -> str:
    return ""


class Wire(DemoAdapter):
    """The demo's adapter, which keeps the bodies of writes.

    `fault` says what goes wrong with a request: ``"before"`` and ``"after"`` lose it on the way
    there or back, ``"kill before"`` and ``"kill after"`` end the process, a status such as
    ``"500"`` is answered after the request was carried out, ``"refused 400"`` instead of that.
    ``"late"`` and ``"much later"`` lose it, and carry it out when the session has slept for as
    long (`WHEN`), or another write comes. ``"pretended"`` answers with 200 and does nothing.

    `rewrites` changes the body of a write before the account sees it, as a server does that
    normalises; `answers` changes the answer of a write, given its method, path and JSON, and may
    return a status beside it.
    """

    def __init__(self, demo: Demo) -> None:
        super().__init__(demo)
        self.bodies: list[tuple[str, str, Any]] = []
        self.fault: Fault = no_fault
        self.rewrites: Callable[[Any], Any] = lambda body: body
        self.answers: Answers | None = None
        self._late: list[tuple[float, PreparedRequest]] = []

    def sleep(self, seconds: float) -> None:
        """Let time pass without passing any: what is late comes."""
        self._late = [(left - seconds, request) for left, request in self._late]
        self.catch_up(0.0)

    def catch_up(self, left_at_most: float = math.inf) -> None:
        """Carry out what is late."""
        for left, request in list(self._late):
            if left <= left_at_most:
                self._late.remove((left, request))
                super().send(request)

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        method, path = str(request.method), urlsplit(str(request.url)).path
        if method != "GET":
            body = json.loads(request.body) if request.body else None
            self.bodies.append((method, path, body))
            self.catch_up()
            if body is not None and self.rewrites(body) != body:
                request = request.copy()
                request.prepare_body(None, None, json=self.rewrites(body))
        fault = self.fault(method, path)
        if fault == "kill before":
            raise Killed
        if fault in WHEN:
            self._late.append((WHEN[fault], request))
        if fault in ("before", *WHEN):
            raise requests.ReadTimeout("lost on the way there")
        if fault.startswith("refused "):
            return self._refused(request, *args, status=int(fault.split()[1]), **options)
        if fault == "pretended":
            response = self._refused(request, *args, status=200, **options)
            self._answer(response, self.answers(method, path, None) if self.answers else NOTHING)
            return response
        response = super().send(request, *args, **options)
        if fault == "after":
            raise requests.ReadTimeout("lost on the way back")
        if fault == "kill after":
            raise Killed
        if fault.isdecimal():
            response.status_code = int(fault)
        if method != "GET" and self.answers is not None and response.status_code < 300:
            self._answer(response, self.answers(method, path, _json(response)))
        return response

    def _answer(self, response: Response, said: Any) -> None:
        """Put what is said in the place of an answer."""
        assert response.content is not None  # read, so that it is not read over this one
        status, said = said if isinstance(said, tuple) else (response.status_code, said)
        response.status_code = status
        response.headers["Content-Type"] = "application/json"
        response._content = b"" if said is NOTHING else json.dumps(said).encode()

    def _refused(
        self, request: PreparedRequest, *args: Any, status: int, **options: Any
    ) -> Response:
        """Answer with a status, and carry out nothing."""

        def application(environ: dict[str, Any], start_response: Any) -> Any:
            start_response(f"{status} Refused", [("Content-Type", "application/json")])
            return [b'{"message": "not today"}']

        refusing: BaseAdapter = DemoAdapter(application)
        return refusing.send(request, *args, **options)

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self.fault = no_fault

    def fault_at(self, number: int, fault: str, *, until: int | None = None) -> None:
        """Let the fault happen at the writes from one number on to another, or at one alone."""
        seen = [0]

        def decide(method: str, path: str) -> str:
            if method == "GET":
                return ""
            seen[0] += 1
            return fault if number <= seen[0] <= (until or number) else ""

        self.fault = decide

    def refuse(self, *ends: str, status: int = 400) -> None:
        """Let the account refuse writes to paths with these ends; without any, none."""

        def decide(method: str, path: str) -> str:
            return f"refused {status}" if method != "GET" and ends and path.endswith(ends) else ""

        self.fault = decide


def kill_after(account: Account, number: int) -> None:
    """Let the account's process end after a write of a number."""
    real, seen = account.session.request, [0]

    def request(method: str, *args: Any, **options: Any) -> Any:
        answer = real(method, *args, **options)
        seen[0] += method != "GET"
        if seen[0] == number:
            raise Killed
        return answer

    account.session.request = request  # type: ignore[method-assign]
