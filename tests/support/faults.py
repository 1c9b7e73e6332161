"""The one injector of faults: an adapter to a demo that loses, refuses and kills."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from runn_pandas.demo.adapter import DemoAdapter
from runn_pandas.demo.server import Demo

Fault = Callable[[str, str], str]  # method, path -> what goes wrong


class Killed(BaseException):
    """The process ends here."""


def no_fault(method: str, path: str) -> str:
    return ""


class Wire(DemoAdapter):
    """The demo's adapter, which keeps the bodies of writes.

    `fault` says what goes wrong with a request: ``"before"`` and ``"after"`` lose it on the way
    there or back, ``"kill before"`` and ``"kill after"`` end the process, a status such as
    ``"500"`` is answered after the request was carried out, ``"refused 400"`` instead of that.
    """

    def __init__(self, demo: Demo) -> None:
        super().__init__(demo)
        self.bodies: list[tuple[str, str, Any]] = []
        self.fault: Fault = no_fault

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        method, path = str(request.method), urlsplit(str(request.url)).path
        if method != "GET":
            body = json.loads(request.body) if request.body else None
            self.bodies.append((method, path, body))
        fault = self.fault(method, path)
        if fault == "kill before":
            raise Killed
        if fault == "before":
            raise requests.ReadTimeout("lost on the way there")
        if fault.startswith("refused "):
            return self._refused(request, *args, status=int(fault.split()[1]), **options)
        response = super().send(request, *args, **options)
        if fault == "after":
            raise requests.ReadTimeout("lost on the way back")
        if fault == "kill after":
            raise Killed
        if fault.isdecimal():
            response.status_code = int(fault)
        return response

    def _refused(
        self, request: PreparedRequest, *args: Any, status: int, **options: Any
    ) -> Response:
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
