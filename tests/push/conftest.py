"""A demo of one's own for each test, as pushes change it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest
import requests
from requests import PreparedRequest, Response

import runn_pandas as rp
from runn_pandas.account import DEMO_URL, Account
from runn_pandas.demo.adapter import DemoAdapter
from runn_pandas.demo.server import Demo
from runn_pandas.push.api import journal, plan, push
from runn_pandas.push.plan import Plan


def new_demo(people: int = 40) -> Demo:
    """A demo that nobody else sees, with a limit that no test reaches."""
    return Demo(people, limit=1_000_000)


class Killed(BaseException):
    """The process ends here."""


class Recorder(DemoAdapter):
    """The demo's adapter, which keeps the bodies of writes and can lose an answer."""

    def __init__(self, demo: Demo) -> None:
        super().__init__(demo)
        self.bodies: list[tuple[str, str, Any]] = []
        self.fault: Callable[[str, str], str] = lambda method, path: ""

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
        response = super().send(request, *args, **options)
        if fault == "after":
            raise requests.ReadTimeout("lost on the way back")
        if fault == "kill after":
            raise Killed
        if fault.isdecimal():
            response.status_code = int(fault)
        return response


@dataclass
class Desk:
    """An account, its demo, and short ways to use both."""

    demo: Demo
    account: Account
    wire: Recorder

    def read(self, resource: str, **filters: Any) -> pd.DataFrame:
        return rp.read_runn(resource, account=self.account, max_age=0, **filters)

    def plan(self, frame: pd.DataFrame, resource: str | None = None, **options: Any) -> Plan:
        return plan(frame, resource, account=self.account, **options)

    def push(
        self, frame: pd.DataFrame, resource: str | None = None, **options: Any
    ) -> pd.DataFrame:
        return push(frame, resource, account=self.account, **options)

    def journal(self, **options: Any) -> pd.DataFrame:
        return journal(self.account, **options)

    def asked(self, since: int = 0) -> list[str]:
        """The requests so far, as ``"PATCH /people/12"``."""
        return [f"{r.method} {r.path}" for r in self.demo.log[since:]]

    def writes(self, since: int = 0) -> list[str]:
        return [one for one in self.asked(since) if not one.startswith("GET")]

    @property
    def bodies(self) -> list[tuple[str, str, Any]]:
        return self.wire.bodies

    def mark(self) -> int:
        return len(self.demo.log)


def desk_of(demo: Demo, folder: Path, token: str = "demo", **options: Any) -> Desk:
    wire = Recorder(demo)
    account = Account(DEMO_URL, token, adapter=wire, cache_dir=folder, max_age=0, **options)
    # Waits between attempts are tested with the transport.
    account.session._sleep = lambda seconds: None
    return Desk(demo, account, wire)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_of(new_demo(), tmp_path / "cache")


@pytest.fixture
def make_desk(tmp_path: Path) -> Callable[..., Desk]:
    def make(people: int = 40, token: str = "demo", **options: Any) -> Desk:
        return desk_of(new_demo(people), tmp_path / "cache", token, **options)

    return make
