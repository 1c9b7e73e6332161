"""Progress in a notebook: seen while it lasts, and nothing of it stays in the outputs."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.demo.server import Demo, serve
from runn_pandas.push import carry_out
from runn_pandas.push.execute import Run
from runn_pandas.reader import progress as module
from runn_pandas.reader.progress import Line, Progress, progress_bar, progress_shown_by
from runn_pandas.transport import throttle
from tests.support.clock import Clock
from tests.support.desk import account_of, new_demo

SETUP = """
import sys
{hide}
import runn_pandas as rp
account = rp.connect("demo", base_url={url!r}, max_age=0)
"""
HIDE = "sys.modules['ipywidgets'] = None"
READ = """
print("before")
frame = rp.read_runn("actuals", minDate="2026-03-01")
len(frame)
"""
PUSH = """
teams = rp.read_runn("teams")
teams["name"] = teams["name"] + " x"
teams.runn.push()["status"].unique().tolist()
"""


@pytest.fixture(scope="module")
def slow() -> Iterator[str]:
    """The demo, each answer of which takes a while."""
    server = serve(Demo(limit=None, before=lambda request: time.sleep(0.25)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Watched(NotebookClient):
    """Executes as a front end does that a person sits before: it can be asked for input."""

    messages: list[dict[str, Any]]

    async def async_start_new_kernel_client(self) -> Any:
        client = await super().async_start_new_kernel_client()
        client.allow_stdin = True
        return client

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        self.__dict__.setdefault("seen", []).append(msg)
        return super().process_message(msg, cell, cell_index)


def execute(kind: type[NotebookClient], url: str, hide: str, *cells: str) -> tuple[Any, Any]:
    book = nbformat.v4.new_notebook()
    book.cells = [
        nbformat.v4.new_code_cell(cell) for cell in (SETUP.format(url=url, hide=hide), *cells)
    ]
    client = kind(book, timeout=60, kernel_name="python3")
    client.execute()
    return book, client


@pytest.mark.slow
@pytest.mark.parametrize("hide", ["", HIDE], ids=["ipywidgets", "plain"])
def test_a_notebook_that_a_program_runs_keeps_nothing(slow: str, hide: str) -> None:
    book, _ = execute(NotebookClient, slow, hide, READ, PUSH)
    assert book.cells[0].outputs == []
    kinds = [output.output_type for output in book.cells[1].outputs]
    assert kinds == ["stream", "execute_result"]
    assert book.cells[1].outputs[0].text == "before\n"
    assert int(book.cells[1].outputs[1].data["text/plain"]) > 3000
    assert [output.output_type for output in book.cells[2].outputs] == ["execute_result"]
    assert book.cells[2].outputs[0].data["text/plain"] == "['updated']"


@pytest.mark.slow
@pytest.mark.parametrize("hide", ["", HIDE], ids=["ipywidgets", "plain"])
def test_who_watches_sees_it_and_it_is_gone_in_the_end(slow: str, hide: str) -> None:
    book, client = execute(Watched, slow, hide, READ, PUSH)
    told = [
        message["content"]["data"].get("text/plain", "")
        for message in client.seen
        if message["msg_type"] in ("display_data", "update_display_data")
    ]
    assert any("actuals: " in text and "rows" in text for text in told)
    assert any("teams: " in text for text in told)
    assert told[-1] == ""
    for cell in book.cells:
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
            if output.output_type == "display_data":
                assert output.data == {}
                assert output.metadata == {}


def test_a_wait_is_shown_by_an_app_and_taken_back() -> None:
    said: list[str] = []
    with progress_shown_by(said.append), progress_bar("people", None) as shown:
        shown.waiting(42)
        shown.rows(7)
    assert "people: limit of requests a minute reached, waiting 42 s" in said[0]
    assert said[-1] == ""


@pytest.mark.parametrize("wanted", [None, True])
def test_in_an_app_nothing_is_written_beside_it(
    wanted: bool | None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "DELAY", 0.0)
    said: list[str] = []
    with progress_shown_by(said.append), progress_bar("people", wanted) as shown:
        for _ in range(3):
            shown.rows(7)
            shown.waiting(42)
    assert said
    assert capfd.readouterr() == ("", "")


def test_a_notebook_has_one_line_and_it_is_empty_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[dict[str, str]] = []

    class Handle:
        def update(self, data: dict[str, str], raw: bool) -> None:
            shown.append(data)

    def display(data: dict[str, str], **_: Any) -> Handle:
        shown.append(data)
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    line = Line()
    for text in ("", "people: 7 rows", ""):
        line(text)
    assert [data.get("text/plain", "") for data in shown] == ["people: 7 rows", ""]
    assert "people: 7 rows" in shown[0]["text/html"]
    assert shown[-1] == {}


def test_a_push_says_that_it_waits(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def waits(self: Run, *_: Any) -> None:
        told = throttle._on_wait.get()
        assert told is not None
        told(42, "")

    teams = rp.read_runn("teams")
    teams["name"] += " x"
    plan = teams.runn.plan()
    monkeypatch.setattr(Run, "run", waits)
    said: list[str] = []
    with progress_shown_by(said.append):
        plan.apply()
    assert "teams: limit of requests a minute reached, waiting 42 s" in said[0]
    assert said[-1] == ""


def test_where_the_rows_are_known_the_time_that_is_left_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "DELAY", 0)
    said: list[str] = []
    with progress_shown_by(said.append), progress_bar("teams", None, 40) as shown:
        shown.rows(10)
        shown._bar.start_t -= 30  # ten rows took so long, the others three times that
        shown._bar.refresh()
    last = [text for text in said if text][-1]
    assert "10/40" in last
    assert "<01:30" in last


def test_a_push_counts_all_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    totals: list[int | None] = []
    real = carry_out.shown

    def told(name: str, wanted: bool | None, total: int | None = None) -> Any:
        totals.append(total)
        return real(name, wanted, total)

    monkeypatch.setattr(carry_out, "shown", told)
    rp.connect("demo")
    teams = rp.read_runn("teams")
    teams.loc[:2, "name"] += " x"
    teams.runn.push()
    assert totals == [3]


def test_a_read_that_is_over_soon_shows_nothing() -> None:
    said: list[str] = []
    with progress_shown_by(said.append), progress_bar("people", None) as shown:
        shown.rows(7)
    assert said == []


def test_progress_false_is_silent_even_in_an_app() -> None:
    said: list[str] = []
    with progress_shown_by(said.append), progress_bar("people", False) as shown:
        shown.waiting(42)
    assert said == []


def test_a_terminal_has_a_bar_and_then_an_empty_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with progress_bar("people", None) as shown:
        shown.waiting(42)
    written = terminal.getvalue()
    assert "people: limit of requests a minute reached, waiting 42 s" in written
    # What stands there in the end is blank: the last line was written over.
    assert written.rstrip("\r").rpartition("\r")[2].strip() == ""


@pytest.mark.parametrize(("kernel", "level"), [(None, logging.WARNING), (object(), logging.INFO)])
def test_where_nobody_watches_a_wait_is_logged_once_a_window(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kernel: Any, level: int
) -> None:
    monkeypatch.setattr(module, "_kernel", lambda: kernel)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    caplog.set_level(logging.INFO, "runn_pandas")
    with progress_bar("people", None) as shown:
        shown.waiting(42)
        shown.waiting(41)
    assert [(r.levelno, "waiting 42 s" in r.getMessage()) for r in caplog.records] == [
        (level, True)
    ]


def test_waits_are_told_at_most_once_a_second() -> None:
    class Bar:
        said: list[str]

        def set_description_str(self, text: str, refresh: bool = True) -> None:
            self.said.append(text)

    bar, clock = Bar(), Clock()
    bar.said = []
    shown = Progress("people", bar, clock)
    for wait in (9.0, 8.5, 8.0):
        shown.waiting(wait)
        clock.now += 0.5
    assert [text.split("waiting ")[1][:1] for text in bar.said] == ["9", "8"]


class Attended:
    """A notebook's kernel that a person runs, and what its lines show."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines: list[str] = []
        own = {"content": {"allow_stdin": True}}
        monkeypatch.setattr(module, "_kernel", lambda: SimpleNamespace(get_parent=lambda: own))
        monkeypatch.setattr(module.Line, "__call__", lambda line, text: self.lines.append(text))
        monkeypatch.setattr(module, "LINGER", 0.0)
        monkeypatch.setattr(module, "_aged", set())

    def ended(self) -> list[str]:
        """What was shown, when the last line is gone."""
        until = time.monotonic() + 10
        while self.lines and self.lines[-1] and time.monotonic() < until:
            time.sleep(0.01)
        return [line for line in self.lines if line]


def test_a_notebook_is_told_once_how_old_cached_rows_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, now = Attended(monkeypatch), Clock()
    account = account_of(new_demo(5), tmp_path / "cache", max_age=None)
    monkeypatch.setattr(account.cache, "now", lambda: now.now)
    for seconds, told in ((0, 0), (30, 0), (600, 1), (10, 1)):
        now.now += seconds
        rp.read_runn("teams", account=account)
        assert len(watched.ended()) == told, seconds
    assert watched.lines[-2:] == ["teams: from the cache, 10 min old; max_age=0 asks again", ""]
    rp.read_runn("teams", account=account, max_age=0)
    now.now += 3 * 86400
    rp.read_runn("teams", account=account)
    assert watched.ended()[-1].startswith("teams: from the cache, 3 days old")


def test_a_push_says_its_plan_where_somebody_watches(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Run, "run", lambda *_: None)
    teams = rp.read_runn("teams")
    teams["name"] += " y"
    headline = "Plan for 'teams': 5 changed. 5 requests to write."
    teams.runn.push(progress=True)
    assert headline in capsys.readouterr().err
    teams["name"] += " z"
    teams.runn.push()
    assert capsys.readouterr().err == "", "nobody watches"
    watched = Attended(monkeypatch)
    teams["name"] += " w"
    teams.runn.push()
    assert watched.ended() == [headline]
    assert watched.lines[-1] == ""


@pytest.mark.parametrize("count", [100, 130])
def test_a_push_of_more_than_a_minute_says_so_before_it_begins(
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    count: int,
) -> None:
    caplog.set_level(logging.WARNING, "runn_pandas")
    told: list[int] = []
    monkeypatch.setattr(Run, "run", lambda *_: told.append(len(caplog.records)))
    teams = pd.DataFrame({"name": [f"Team {n}" for n in range(count)]})
    teams.runn.push("teams")
    assert told == [int(count > 120)]
    assert all("about 1.1 min at 120 a minute" in r.getMessage() for r in caplog.records)
