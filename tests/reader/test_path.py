"""How far it is from a call to the HTTP adapter: functions of the package on the stack."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from requests import PreparedRequest, Response

import runn_pandas as rp
from runn_pandas.account import DEMO, DEMO_URL, Account
from runn_pandas.demo.adapter import DemoAdapter
from runn_pandas.demo.server import Demo

PACKAGE = str(Path(rp.__file__).parent)
LIST, REQUEST = 12, 4


class Spy(DemoAdapter):
    """Answers as the demo does, and notes who asked."""

    def __init__(self, demo: Demo) -> None:
        super().__init__(demo)
        self.stacks: list[list[str]] = []
        self.threads: set[int] = set()

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        stack = traceback.extract_stack()
        self.stacks.append([f.name for f in stack if f.filename.startswith(PACKAGE)])
        self.threads.add(threading.get_ident())
        return super().send(request, *args, **kwargs)


@pytest.fixture
def spy(demo: Demo) -> Spy:
    return Spy(demo)


@pytest.fixture
def watched(spy: Spy, tmp_path: Path) -> Iterator[Account]:
    account = Account(DEMO_URL, DEMO, adapter=spy, cache_dir=tmp_path / "cache", max_age=0)
    with rp.use(account):
        yield account
    account.cache.close()


def longest(spy: Spy) -> int:
    assert spy.stacks
    return max(map(len, spy.stacks))


@pytest.mark.parametrize("resource", ["teams", "people", "actuals", "me", "people/skills"])
def test_a_list_is_a_dozen_calls_away(resource: str, spy: Spy, watched: Account) -> None:
    pd.read_runn(resource)
    assert longest(spy) <= LIST, spy.stacks[0]


def test_so_is_a_list_that_is_kept_and_one_in_chunks(spy: Spy, watched: Account) -> None:
    pd.read_runn("teams", max_age=60)
    list(pd.read_runn("contracts", chunksize=10))
    rp.read_many("roles", "skills")
    assert longest(spy) <= LIST, max(spy.stacks, key=len)


def test_a_raw_request_is_four_calls_away(spy: Spy, watched: Account) -> None:
    watched.request("GET", "me")
    assert longest(spy) <= REQUEST, spy.stacks[0]


def test_a_short_list_needs_no_thread_and_no_far_end(
    spy: Spy, watched: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runn_pandas.reader.pages.read_both", lambda *_: pytest.fail("both ends"))
    for resource in ("people", "teams", "projects"):
        pd.read_runn(resource)
    assert spy.threads == {threading.get_ident()}
