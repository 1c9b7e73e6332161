"""Whatever comes back, or whoever presses Ctrl-C: an error of the tree or the whole frame."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import DEMO_URL, Account
from runn_pandas.demo.adapter import DemoAdapter
from runn_pandas.demo.server import Demo
from runn_pandas.reader.progress import Progress, progress_shown_by
from tests.support.clock import Clock
from tests.support.server import Server, page
from tests.support.strategies import almost_rows, json_values


class Anything:
    """A server that answers with whatever it is given."""

    status, kind, body = 200, "application/json", b""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response(f"{self.status} Some", [("Content-Type", self.kind)])
        return [self.body]


bodies = (
    st.binary()
    | json_values.map(lambda v: json.dumps(v).encode())
    | st.tuples(almost_rows, st.none() | st.text()).map(
        lambda p: json.dumps({"values": p[0], "nextCursor": p[1]}).encode()
    )
)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(
    body=bodies,
    status=st.sampled_from([200, 200, 200, 200, 204, 301, 400, 401, 404, 418, 429, 500, 599]),
    kind=st.sampled_from(
        ["application/json", "application/json; charset=latin-1", "text/html", ""]
    ),
    resource=st.sampled_from(["actuals", "people", "people/1", "activity-log"]),
)
def test_any_answer_is_a_frame_or_an_error_of_the_tree(
    body: bytes, status: int, kind: str, resource: str
) -> None:
    server = Anything()
    server.body, server.status, server.kind = body, status, kind
    account = Account(DEMO_URL, "demo", adapter=DemoAdapter(server))
    clock = Clock()
    account.session = type(account.session)(
        DEMO_URL,
        "demo",
        adapter=DemoAdapter(server),
        clock=clock,
        sleep=clock.sleep,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.SchemaDriftWarning)
        try:
            frame = rp.read_runn(resource, account=account)
        except errors.RunnError:
            return
    assert status == 200
    answer = json.loads(body)
    rows = answer["values"] if "values" in answer and resource != "people/1" else [answer]
    keys = frame["id" if "id" in frame else "eventId"].astype("string").dropna()
    assert len(frame) == len(rows) or keys.is_unique


def team(number: int) -> dict[str, Any]:
    stamp = "2026-01-01T00:00:00Z"
    return {"id": number, "name": "A", "createdAt": stamp, "updatedAt": stamp}


def pressed(*_: Any) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_leaves_the_cache_whole(
    scripted: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scripted(
        lambda path, headers: page([team(2)]) if "cursor" in path else page([team(1)], "a")
    )
    rp.connect("demo", base_url=server.url)
    whole = rp.read_runn("teams")
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "rows", pressed)
        with pytest.raises(KeyboardInterrupt):
            rp.read_runn("teams", max_age=0)
    asked = len(server.asked)
    assert rp.read_runn("teams", max_age=None).equals(whole)
    assert len(server.asked) == asked


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C as in a terminal: a shell's background job is started with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.skipif(os.name == "nt", reason="a wait is not interrupted there")
def test_after_ctrl_c_nothing_waits_for_the_limit(scripted: Callable[..., Server]) -> None:
    """A program that was interrupted would otherwise end a minute later."""
    rows = [team(number) for number in range(1, 601)]

    def answer(path: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        start = 200 * (len(server.asked) - 1)
        left = {"x-ratelimit-limit": "2", "x-ratelimit-reset": "50"}
        left["x-ratelimit-remaining"] = str(2 - len(server.asked))
        if len(server.asked) == 2:
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        return 200, left, page(rows[start : start + 200], str(start))[2]

    server = scripted(answer)
    rp.connect("demo", base_url=server.url)
    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        rp.read_runn("teams")
    assert len(server.asked) >= 2
    for thread in set(threading.enumerate()) - before:
        if "process_request" not in thread.name:  # the server's own
            thread.join(5)
            assert not thread.is_alive(), thread.name


def test_an_error_in_one_list_ends_the_waits_of_the_others(
    scripted: Callable[..., Server],
) -> None:
    """One list is refused while others wait a minute for the limit: nobody sits through that."""
    refused: list[str] = []

    def answer(path: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        status = 404 if path.startswith("/people/1/") else 200
        refused.extend([path] if status == 404 else [])
        limit = {"x-ratelimit-limit": "90", "x-ratelimit-reset": "50"}
        limit["x-ratelimit-remaining"] = "0" if refused else "80"
        return status, limit, page([], str(len(server.asked)))[2]

    server = scripted(answer)
    rp.connect("demo", base_url=server.url)
    start = time.monotonic()
    with pytest.raises(errors.NotFoundError):
        rp.read_runn("people/{personId}/skills", personId=[2, 1])
    assert time.monotonic() - start < 10


def test_the_progress_bar_says_that_it_waits_and_how_long() -> None:
    told: list[str] = []

    class Bar:
        def set_description_str(self, text: str, refresh: bool = True) -> None:
            told.append(text)

        def update(self, count: int) -> None: ...

    now = [0.0]
    shown = Progress("actuals", Bar(), clock=lambda: now[0])
    for wait in (41.6, 41.5, 41.4):
        shown.waiting(wait)
    assert told == ["actuals: limit of requests a minute reached, waiting 42 s"], (
        "once a second, whoever waits"
    )
    now[0] = 1.0
    shown.waiting(40.6)
    shown.rows(5)
    assert told[1:] == ["actuals: limit of requests a minute reached, waiting 41 s", "actuals"]


def test_where_nobody_watches_a_wait_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    shown = Progress("actuals", clock=lambda: 100.0)
    shown.waiting(59.0)
    shown.waiting(58.5)
    (record,) = caplog.records
    said = "actuals: the limit of requests a minute is reached, waiting 59 s, until "
    assert re.fullmatch(said + r"\d\d:\d\d:\d\d", record.getMessage())


def test_a_read_that_waits_for_the_limit_tells_the_progress(tmp_path: Path) -> None:
    clock = Clock()
    demo = Demo(6, limit=3, window=60, clock=clock)
    account = Account(DEMO_URL, "demo", adapter=DemoAdapter(demo), cache_dir=tmp_path)
    account.session = type(account.session)(
        DEMO_URL,
        "demo",
        adapter=DemoAdapter(demo),
        clock=clock,
        sleep=clock.sleep,
    )
    told: list[float] = []
    from runn_pandas.catalog import load
    from runn_pandas.reader.pages import Reader, chains

    resource = load().resources["people/{personId}/skills"]
    ids = rp.read_runn("people", account=account)["id"].tolist()[:4]
    account.workers = 1
    reader = Reader(account, None, on_wait=lambda wait, why: told.append(wait))
    jobs = [(resource, chain) for chain in chains(resource, {"personId": ids}, {})]
    assert len(reader.fetch(jobs)) == 4
    assert told
    assert 50 < max(told) < 62
    assert not [entry for entry in demo.log if entry.status == 429]
    said: list[str] = []
    with progress_shown_by(said.append):
        rp.read_runn("people/{personId}/skills", personId=ids, account=account, max_age=0)
    assert "skills: limit of requests a minute reached, waiting" in "".join(said)
