"""The command line from a real shell: signals, pipes, terminals and none."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import runn_pandas as rp
from runn_pandas.demo.server import Request
from tests.support.desk import account_of, new_demo, served
from tests.support.places import ROOT
from tests.support.shell import Shell

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals and terminals")
PATIENCE = 60
RUNN = [sys.executable, "-W", "error", "-m", "runn_pandas"]


class Slow:
    """Lets requests with a method through until some of them are there, and then has them wait."""

    def __init__(self, method: str, let_through: int) -> None:
        self.method, self.left = method, let_through
        self.met, self.go_on = threading.Event(), threading.Event()

    def __call__(self, request: Request) -> None:
        if request.method == self.method and not self.go_on.is_set():
            self.left -= 1
            if self.left < 0:
                self.met.set()
                self.go_on.wait(PATIENCE)


def environment(url: str, **more: str) -> dict[str, str]:
    own = {"RUNN_API_URL": url, "RUNN_API_TOKEN": "demo", "COLUMNS": "100"}
    return {**os.environ, **own, **more}


@contextmanager
def started(url: str, *words: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*RUNN, *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(url),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def sheet(folder: Path, count: int) -> Path:
    path = folder / "teams.csv"
    path.write_text("name\n" + "".join(f"Team {n}\n" for n in range(count)))
    return path


def on_a_terminal(url: str, answer: str, *words: object, **more: str) -> tuple[str, int]:
    """Run a command on a terminal of its own, where somebody types when asked."""
    terminal, inner = pty.openpty()
    process = subprocess.Popen(
        [*RUNN, *map(str, words)],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        cwd=ROOT,
        env=environment(url, **more),
        start_new_session=True,
    )
    os.close(inner)
    seen, until = b"", time.monotonic() + PATIENCE
    try:
        while time.monotonic() < until:
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                got = os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
            seen += got
            if answer and b"[y/N]" in seen:
                os.write(terminal, answer.encode())
                answer = ""
            if not got:
                break
        return seen.decode(), process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


def test_ctrl_c_in_a_read_is_a_line_and_130() -> None:
    slow = Slow("GET", 0)
    with served(new_demo(5, before=slow)) as url, started(url, "read", "people") as process:
        assert slow.met.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        slow.go_on.set()
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (130, "", "runn: interrupted.\n")


def test_a_push_on_a_terminal_asks_and_begins_with_the_plan(tmp_path: Path) -> None:
    demo = new_demo(5)
    with served(demo) as url:
        seen, code = on_a_terminal(url, "y\n", "push", sheet(tmp_path, 1), "teams")
    assert code == 0
    assert seen.index("Plan for 'teams': 1 new") < seen.index("[y/N]") < seen.index("1 created.")
    assert "Team 0" in set(rp.read_runn("teams", account=account_of(demo))["name"])


def test_without_a_terminal_nothing_is_sent(tmp_path: Path) -> None:
    demo = new_demo(5)
    with served(demo) as url, started(url, "push", sheet(tmp_path, 1), "teams") as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "Plan for 'teams': 1 new" in out
    assert {request.method for request in demo.log} == {"GET"}
    assert re.fullmatch(r"runn: Nothing was sent: .* Say --yes to .*\n", err)


@pytest.mark.slow
def test_ctrl_c_in_a_push_says_how_far_it_came_and_the_same_again_goes_on(tmp_path: Path) -> None:
    slow, rows = Slow("POST", 2), sheet(tmp_path, 5)
    demo = new_demo(5, before=slow)
    out = tmp_path / "result.csv"
    with served(demo) as url:
        words = ["push", rows, "teams", "--yes", "--out", out]
        with started(url, *words) as process:
            assert slow.met.wait(PATIENCE)
            process.send_signal(signal.SIGINT)
            slow.go_on.set()
            told, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
        assert "Traceback" not in err
        assert "interrupted after 2 rows; the same push again continues it" in err
        assert "2 created" in told
        assert "not tried" in out.read_text()
        with started(url, *words) as process:
            process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    names = rp.read_runn("teams", account=account_of(demo))["name"]
    assert sorted(name for name in names if name.startswith("Team ")) == [
        f"Team {n}" for n in range(5)
    ]


@pytest.mark.slow
def test_a_pipe_that_is_closed_early_is_no_error(tmp_path: Path) -> None:
    with served(new_demo(20)) as url:
        for command in ("read actuals", "resources", "metrics", "read actuals --json"):
            line = f'set -o pipefail; "$PYTHON" -W error -m runn_pandas {command} | head -1'
            done = subprocess.run(
                ["bash", "-c", line],
                capture_output=True,
                text=True,
                check=False,
                cwd=ROOT,
                env=environment(url, PYTHON=sys.executable),
            )
            assert done.returncode == 0, command
            assert done.stdout.count("\n") == 1
            assert "Traceback" not in done.stderr
            assert "BrokenPipe" not in done.stderr


class Gone(io.StringIO):
    """A stream whose reader goes after some writes; what is written then leads nowhere."""

    def __init__(self, taken: int, nowhere: int) -> None:
        super().__init__()
        self.left, self.nowhere = taken, nowhere

    def write(self, text: str) -> int:
        self.left -= 1
        if self.left < 0:
            raise BrokenPipeError
        return super().write(text)

    def fileno(self) -> int:
        return self.nowhere


@pytest.fixture
def gone(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """Run a command whose output nobody reads any more after some writes."""
    with open(os.devnull, "w") as nowhere:

        def run(taken: int, *words: object, stream: str = "stdout") -> int:
            with monkeypatch.context() as patch:
                patch.setattr(sys, stream, Gone(taken, nowhere.fileno()))
                return shell(*words)

        yield run


def test_who_goes_before_the_plan_is_shown_stops_the_push(
    shell: Shell, gone: Callable[..., int], tmp_path: Path
) -> None:
    assert gone(0, "push", sheet(tmp_path, 2), "teams", "--yes") == 1
    assert shell.err == "runn: Nothing was sent: whoever read the plan has gone.\n"
    assert shell.writes() == []


@pytest.mark.parametrize(("stream", "taken"), [("stdout", 1), ("stderr", 0)])
def test_who_goes_later_stops_nothing(
    shell: Shell, gone: Callable[..., int], tmp_path: Path, stream: str, taken: int
) -> None:
    assert gone(taken, "push", sheet(tmp_path, 2), "teams", "--yes", stream=stream) == 0
    assert len(shell.writes()) == 2


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_code_stays_though_nobody_reads_the_output(
    shell: Shell, gone: Callable[..., int], tmp_path: Path, words: list[str]
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("id,updatedAt,lastName\n310011,2020-01-01T00:00:00.000000Z,Other\n")
    taken = 0 if words else 1
    assert gone(taken, "push", people, "people", "--yes", *words) == 3
    assert "row 2 conflict" in shell.err
    hours = tmp_path / "hours.csv"
    hours.write_text("Day,Mail,Project,Hours\n2026-06-01,no@body.org,None,1\n")
    match = [f"--match={pair}" for pair in ("date=Day", "personId.email=Mail")]
    match += ["--match=projectId.name=Project", "--hours=Hours"]
    assert gone(0, "reconcile", hours, *match, *words) == 3


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_stop_no_push(closed: str, tmp_path: Path) -> None:
    demo = new_demo(5)
    words = ["bash", *RUNN, "push", str(sheet(tmp_path, 2)), "teams", "--yes"]
    with served(demo) as url:
        done = subprocess.run(
            ["bash", "-c", f'"$@" {closed}', *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env=environment(url),
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert ("2 created." in done.stdout) == (" >&-" not in f" {closed}")
    assert [r.method for r in demo.log if r.method != "GET"] == ["POST", "POST"]


def test_without_a_stream_to_ask_on_nothing_is_sent(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert shell("push", sheet(tmp_path, 2), "teams") == 2
    assert "no terminal to ask on" in shell.err
    sys.stdin.close()


@pytest.mark.slow
@pytest.mark.parametrize("columns", ["40", "120"])
def test_a_terminal_shows_tables_as_wide_as_it_is(columns: str, tmp_path: Path) -> None:
    words = ["report", "people", "--start", "2026-06-01", "--end", "2026-06-30", "--by", "team"]
    with served(new_demo(10)) as url:
        seen, code = on_a_terminal(url, "", *words, COLUMNS=columns)
        help_, done = on_a_terminal(url, "", "push", "--help", COLUMNS=columns)
    assert (code, done) == (0, 0)
    assert "teamId" in seen
    for text in (seen, help_):
        assert max(map(len, text.splitlines())) <= int(columns) + 12


@pytest.mark.slow
def test_a_reconciliation_on_a_terminal_is_a_line_a_difference_and_then_what_it_missed(
    tmp_path: Path,
) -> None:
    demo, hours = new_demo(10), tmp_path / "hours.csv"
    actuals = rp.read_runn("actuals", account=account_of(demo), minDate="2026-06-22")
    one = actuals[actuals["billableMinutes"] > 0].iloc[0]
    day, keys = f"{one['date']:%Y-%m-%d}", f"{one['personId']},{one['projectId']}"
    hours.write_text(
        f"date,personId,projectId,Hours\n{day},{keys},20\n{day},1,{one['projectId']},1\n"
    )
    words = ["reconcile", hours, "--hours", "Hours"]
    with served(demo) as url:
        seen, code = on_a_terminal(url, "", *words, COLUMNS="70")
        asked, done = on_a_terminal(url, "y\n", *words, "--push", COLUMNS="70")
    assert (code, done) == (3, 3)
    table, _, notes = seen.replace("\r", "").partition("runn: ")
    assert all(len(line) <= 70 for line in table.splitlines())
    assert re.search(rf"(?m)^{day}  \S.*  20\.00  .*  \+\d+\.\d\d$", table)
    assert "not matched to Runn" in notes
    assert asked.index("not matched to Runn") < asked.index("Plan for") < asked.index("[y/N]")
    assert "1 updated" in asked


@pytest.mark.slow
def test_nothing_heavy_is_loaded_for_help() -> None:
    code = (
        "import sys; from runn_pandas.command_line.program import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'requests', 'requests_cache', 'openpyxl', 'duckdb', 'runn_pandas.demo.server',"
        " 'runn_pandas.push.plan', 'runn_pandas.analysis.inputs'}\n"
        "print(heavy & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "set()\n"
