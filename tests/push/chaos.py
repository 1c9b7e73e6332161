"""Pushes that are disturbed at random and run again: they end as if nothing had been.

    python -m tests.push.chaos --seed 1 --trials 200

Each trial draws a push and what goes wrong: the process is killed at some moment, answers are lost,
late, cut short, empty or in another order, the server trims and lowers text, answers 429 for a
while, the token is renewed, the process forks or reads with threads meanwhile. Then the push is run
again, undisturbed. What the account has then is compared with what it has after a push that nothing
disturbed: no row may be there twice and none may be lost, but for those of which the result says
``unknown``. The number of a trial that fails is printed, and ``--only`` runs it again.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import re
import signal
import socketserver
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
import requests
from requests import PreparedRequest, Response

import runn_pandas as rp
from runn_pandas.account import DEMO_URL, Account
from runn_pandas.demo.server import Demo
from runn_pandas.demo.server import Request as Asked
from runn_pandas.errors import PlanError, RunnError
from runn_pandas.push.api import journal
from runn_pandas.transport.session import Session
from tests.support.clock import Clock
from tests.support.desk import Desk, account_of, new_demo, push_quietly, served
from tests.support.faults import Killed, Wire
from tests.support.pushes import STATUSES, actuals_of

from .scenarios import SCENARIOS, Push, Read, highest, state

# Of a write: what may go wrong with it, and how often beside each other.
FAULTS = {
    "kill before": 2,
    "kill after": 2,
    "before": 3,
    "after": 3,
    "late": 3,
    "500": 2,
    "refused 503": 2,
    "storm": 2,
    "empty": 1,
    "partial": 2,
    "reordered": 2,
}
QUIET = 2  # of so many writes about one is disturbed
STORM = 4  # requests in a row that are answered with 429
CHILD = """
import os, pickle, sys, threading
import runn_pandas as rp
url, cache, file, mode = sys.argv[1:]
account = rp.connect("demo", base_url=url, cache_dir=cache)
resource, frame, options = pickle.load(open(file, "rb"))
teams = rp.read_runn("teams", max_age=0)

def look(times):
    for _ in range(times):
        for name in ("roles", "teams", "clients"):
            found = rp.read_runn(name, max_age=0)
            assert name != "teams" or resource == "teams" or found.equals(teams), name

if mode == "fork":
    child = os.fork()
    if child:
        look(6)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.exit(code)
if mode == "threads":
    for _ in range(3):
        threading.Thread(target=look, args=(4,), daemon=True).start()
print("pushing", flush=True)
frame.runn.push(resource, progress=False, **options)
os._exit(0)
"""


# -- what is pushed


def actuals(read: Read) -> Push:
    """New actuals for two bulk requests, and some that change."""
    new = actuals_of(_Reading(read), 120)
    old = read("actuals", minDate="2026-03-02", maxDate="2026-03-03").head(4)
    old = old[["id", *new.columns]].assign(billableMinutes=[15, 30, 45, 75])
    return "actuals", pd.concat([old, new], ignore_index=True), {"na": "omit"}


def teams(read: Read) -> Push:
    """Changed, new and deleted teams, two of them equal but for the case."""
    frame = read("teams").head(2)[["id", "name"]]
    frame["name"] = ["North", "South"]
    new = pd.DataFrame({"id": pd.array([None] * 3, dtype="Int64"), "name": ["A", "a b", "A b"]})
    return "teams", pd.concat([frame, new], ignore_index=True), {"na": "omit"}


def mailed(read: Read) -> Push:
    """New people with e-mails in capitals."""
    role = int(read("roles")["id"].iloc[0])
    names = [f"New{n}" for n in range(5)]
    mails = [f"{name}.Person@Example.com" for name in names]
    rows = {"firstName": names, "lastName": "Person", "email": mails, "roleId": role}
    return "people", pd.DataFrame(rows), {}


def expenses(read: Read) -> Push:
    """New expenses, two of them equal."""
    project = int(read("projects").query("~isArchived and ~isTemplate")["id"].iloc[0])
    row = {"projectId": project, "cost": 10, "charge": 12.5, "date": "2030-01-01"}
    return "other-expenses", pd.DataFrame([{**row, "name": name} for name in "TTUV"]), {}


def phases(read: Read) -> Push:
    """New phases of two projects."""
    projects = read("projects").query("~isArchived and ~isTemplate")["id"].iloc[:2]
    row = {"startDate": "2031-01-01", "endDate": "2031-02-01", "color": "#67D0D5"}
    rows = [{**row, "projectId": int(own), "name": name} for own in projects for name in "PQ"]
    return "phases", pd.DataFrame(rows), {}


class _Reading:
    """What `actuals_of` asks a desk for."""

    def __init__(self, read: Read) -> None:
        self.read = read


PUSHES: dict[str, Callable[[Read], Push]] = {
    **SCENARIOS,
    **{one.__name__: one for one in (actuals, teams, mailed, expenses, phases)},
}


# -- what goes wrong


class Storm(Wire):
    """The demo's adapter, which disturbs writes as a trial's chance has it."""

    def __init__(self, demo: Demo, chance: random.Random, trims: bool) -> None:
        super().__init__(demo)
        self.chance, self.trims = chance, trims
        self.done: list[str] = []
        self._waiting: list[tuple[int, PreparedRequest]] = []  # late ones, and when they arrive
        self._left = 0  # requests that are answered with 429 yet
        self._seen = 0
        self.on = True

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        self._seen += 1
        self._let_in(self._seen)
        if self._left:
            self._left -= 1
            self.fault = lambda method, path: "refused 429"
            return super().send(request, *args, **options)
        fault = self._drawn(str(request.method))
        if self.trims and request.body:
            request = request.copy()
            request.body = _trimmed(request.body)
        self.fault = lambda method, path: fault
        if fault == "late":
            self._waiting.append((self._seen + self.chance.randint(1, 3), request.copy()))
            raise requests.ReadTimeout("late")
        if fault == "storm":
            self._left = self.chance.randint(1, STORM)
            self.fault = lambda method, path: "refused 429"
        if fault in ("empty", "partial", "reordered"):
            self.fault = lambda method, path: ""
            return _changed(super().send(request, *args, **options), fault, self.chance)
        return super().send(request, *args, **options)

    def _drawn(self, method: str) -> str:
        if method == "GET" or not self.on or self.chance.randrange(QUIET):
            return ""
        fault = self.chance.choices(list(FAULTS), [*FAULTS.values()])[0]
        self.done.append(fault)
        return fault

    def _let_in(self, moment: int | None) -> None:
        """Carry out what was late, up to a moment, or all of it."""
        late = [one for one in self._waiting if moment is None or one[0] <= moment]
        for one in late:
            self._waiting.remove(one)
            self.fault = lambda method, path: ""
            super().send(one[1])

    def calm(self) -> None:
        """Let all that was late arrive, and disturb nothing any more."""
        self.on = False
        self._let_in(None)


def _trimmed(body: Any) -> bytes:
    """Return a body as a server would keep it that trims text and lowers e-mails."""

    def kept(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {own: kept(own, one) for own, one in value.items()}
        if isinstance(value, list):
            return [kept(name, one) for one in value]
        if isinstance(value, str):
            return value.strip().lower() if name == "email" else value.strip()
        return value

    return json.dumps(kept("", json.loads(body))).encode()


def _changed(response: Response, how: str, chance: random.Random) -> Response:
    """Return an answer that tells less than it should, or in another order."""
    if response.status_code >= 300 or not response.content:
        return response
    answer = json.loads(response.content)
    if how == "empty":
        answer = [] if isinstance(answer, list) else {}
    elif isinstance(answer, list):
        chance.shuffle(answer)
        if how == "partial" and answer:
            answer = answer[: chance.randrange(len(answer))]
    response._content = json.dumps(answer).encode()
    response.headers["content-length"] = str(len(response.content))
    return response


def _desk(wire: Storm, folder: Path) -> Desk:
    """A desk whose account is behind this wire, as a new process would open it."""
    account = account_of(wire, folder / "cache")
    clock = Clock()
    account.session = Session(
        DEMO_URL, "demo", adapter=wire, cache=account.cache, clock=clock, sleep=clock.sleep
    )
    return Desk(wire.application, account, wire, folder)


# -- one trial


class Drawn(NamedTuple):
    """What a trial does."""

    name: str
    mode: str
    runs: int  # disturbed ones
    renews: bool
    resorts: bool
    trims: bool


def drawn(seed: int, number: int) -> tuple[Drawn, random.Random]:
    """Return what a trial does, and the chance that goes on from there."""
    chance = random.Random(f"{seed} {number}")
    name = list(PUSHES)[number % len(PUSHES)]
    modes = ["wire"] * 4 + ["process", "fork", "threads"]
    mode, runs = chance.choice(modes), chance.choice([1, 1, 2])
    flips = (chance.random() < part for part in (0.3, 0.4, 0.3))
    return Drawn(name, mode, runs, *flips), chance


@lru_cache
def undisturbed(name: str, trims: bool) -> dict[str, Counter[str]]:
    """Return what the account has after a push that nothing disturbs."""
    demo = new_demo()
    with tempfile.TemporaryDirectory() as folder:
        wire = Storm(demo, random.Random(0), trims)
        wire.on = False
        desk = _desk(wire, Path(folder))
        resource, frame, options = PUSHES[name](desk.read)
        before = highest(demo)
        result = desk.push(frame, resource, **options)
        assert set(result["status"]) <= STATUSES, result[["status", "error"]].to_dict("records")
    return state(demo, before)


def trial(seed: int, number: int) -> str:
    """Run a trial; return what is wrong with how it ended, or ""."""
    what, chance = drawn(seed, number)
    demo = new_demo()
    before = highest(demo)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNN_STATE_DIR", str(Path(folder, "state")))
        run = _in_process if what.mode == "wire" else _over_sockets
        ended = run(what, chance, demo, Path(folder))
    expected = undisturbed(what.name, what.trims and what.mode == "wire")
    wrong = _differences(state(demo, before), expected, ended.doubts)
    bad = set(ended.statuses) - STATUSES - {"unknown", "refused"}
    if not wrong and not bad:
        return ""
    told = f"{what}\n  disturbed by {ended.faults}\n  ended as {ended.statuses} {ended.said}"
    return f"{told}\n  {json.dumps(wrong, indent=1)[:3000]}"


class Ended(NamedTuple):
    """How a trial ended: what its last push said."""

    faults: list[str]
    statuses: Counter[str]
    doubts: int
    said: str


def _differences(
    found: dict[str, Counter[str]], expected: dict[str, Counter[str]], doubts: int
) -> dict[str, list[str]]:
    """Return by table the rows that are lost or too many, where they are more than the doubts."""
    wrong = {}
    for table, rows in expected.items():
        lost = [f"lost {one}" for one in (rows - found[table]).elements()]
        more = [f"too many {one}" for one in (found[table] - rows).elements()]
        if max(len(lost), len(more)) > doubts:
            wrong[table] = lost + more
    return wrong


def _pushed(account: Account, what: Push, faults: list[str]) -> Ended:
    """Push once more, undisturbed; where it is refused for a doubt, end that and push again."""
    resource, frame, options = what
    doubts, said = 0, ""
    for _ in range(4):
        try:
            result = push_quietly(frame, resource, account=account, progress=False, **options)
        except PlanError as error:
            said += f"\n  refused: {error}"
            doubts += int(error.problems["reason"].str.contains("in doubt").sum())
            number = re.search(r"rp\.journal\(close=(\d+)\)", str(error))
            if number is None:
                break
            journal(account, close=int(number[1]))
            continue
        statuses = Counter(result["status"])
        errors = [one for one in result["error"].dropna() if one]
        return Ended(faults, statuses, doubts + statuses["unknown"], f"{said} {errors[:3]}")
    return Ended(faults, Counter(refused=1), doubts, said)


def _again(what: Drawn, chance: random.Random, push: Push) -> Push:
    resource, frame, options = push
    if what.resorts:
        frame = frame.sample(frac=1, random_state=chance.randrange(99)).reset_index(drop=True)
    return resource, frame, options


def _in_process(what: Drawn, chance: random.Random, demo: Demo, folder: Path) -> Ended:
    wire = Storm(demo, chance, what.trims)
    wire.on = False
    first = _desk(wire, folder)
    made = PUSHES[what.name](first.read)
    faults: list[str] = []
    for _ in range(what.runs):
        wire = Storm(demo, chance, what.trims)
        desk = _desk(wire, folder)
        with suppress(Killed, RunnError):
            resource, frame, options = _again(what, chance, made)
            desk.push(frame, resource, **options)
        wire.calm()
        faults += [*wire.done, "|"]
    wire = Storm(demo, chance, what.trims)
    wire.on = False
    desk = _desk(wire, folder)
    return _pushed(desk.account, _again(what, chance, made), faults)


def _over_sockets(what: Drawn, chance: random.Random, demo: Demo, folder: Path) -> Ended:
    with served(demo) as url:
        account = Account(url, "demo", cache_dir=folder / "cache", max_age=0)

        def read(name: str, **filters: Any) -> pd.DataFrame:
            return rp.read_runn(name, account=account, max_age=0, **filters)

        made = PUSHES[what.name](read)
        account.session.close()
        faults: list[str] = []
        for _ in range(what.runs):
            demo.before, demo.after = _losing(chance, faults), _losing(chance, faults)
            _run_and_kill(url, folder, _again(what, chance, made), what.mode, chance, faults)
            demo.before = demo.after = None
            faults.append("|")
        token = "demo-renewed" if what.renews else "demo"
        account = Account(url, token, cache_dir=folder / "cache", max_age=0)
        ended = _pushed(account, _again(what, chance, made), faults)
        account.session.close()
    return ended


def _losing(chance: random.Random, faults: list[str]) -> Callable[[Asked], object]:
    """Return what loses some writes, on the way there or back."""

    def lose(request: Asked) -> None:
        if request.method != "GET" and not chance.randrange(8):
            faults.append("lost")
            raise ConnectionAbortedError

    return lose


def _run_and_kill(
    url: str, folder: Path, what: Push, mode: str, chance: random.Random, faults: list[str]
) -> None:
    """Push in a process of its own, and kill it at a random moment."""
    file = folder / "push.pickle"
    file.write_bytes(pickle.dumps(what))
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", CHILD, url, str(folder / "cache"), str(file), mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdout is not None
    child.stdout.readline()
    moment = chance.uniform(0, 1.5)
    with suppress(subprocess.TimeoutExpired):
        child.wait(moment)
    faults.append("ended" if child.poll() is not None else "killed")
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    _, errors = child.communicate(timeout=60)
    if child.returncode == 1 and b"RunnError" not in errors and b"rp.errors" not in errors:
        faults.append(errors.decode(errors="replace")[-300:])


# -- the command


def run(seed: int, numbers: list[int]) -> list[str]:
    """Run trials; return what is wrong with those that ended wrong, each with its number."""
    wrong = []
    for number in numbers:
        try:
            found = trial(seed, number)
        except Exception as error:  # whatever a trial ends in is what it found
            found = f"{drawn(seed, number)[0]}\n  {type(error).__name__}: {error}"
        if found:
            wrong.append(f"--seed {seed} --only {number}: {found}")
            print(wrong[-1], flush=True)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.push.chaos", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--only", type=int, action="append", help="the number of one trial")
    options = parser.parse_args()
    os.environ["RUNN_CACHE_DIR"] = tempfile.mkdtemp()
    # A connection that is cut is what a trial is about.
    socketserver.BaseServer.handle_error = lambda *_: None  # type: ignore[method-assign]
    numbers = options.only or list(range(options.trials))
    began = time.monotonic()
    wrong = run(options.seed, numbers)
    print(f"{len(numbers)} trials of seed {options.seed}, {len(wrong)} ended wrong,", end=" ")
    print(f"{time.monotonic() - began:.0f} s")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
