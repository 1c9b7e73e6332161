"""What a plan of many rows takes: ``python -m tests.benchmarks.plans actuals 100000``.

In a process of its own, a frame is made for what a server has, and planned:

- ``actuals``: so many are read, and the minutes of all are changed;
- ``new``: so many leaves of one person, in years that the person has no leave in;
- ``moved``: so many leaves of one person are read, and each goes to a later year.

Told are the seconds of processor time of the plan, the least of three where it is short, and the MB
above what the frame itself took.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

import pandas as pd

import runn_pandas as rp
from tests.benchmarks.memory import peak
from tests.benchmarks.server import FIRST, TOKEN, served
from tests.support.places import ROOT

LEAVE = "time-offs/leave"
SHORT = 3.0  # seconds: a plan that takes less is made three times


class Planned(NamedTuple):
    """What a plan took."""

    requests: int
    seconds: float
    megabytes: float


def measured(rows: int, what: str = "actuals") -> Planned:
    """What a plan takes, measured in another process."""
    command = [sys.executable, "-m", "tests.benchmarks.plans", what, str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    requests, seconds, megabytes = done.stdout.split()
    return Planned(int(requests), float(seconds), float(megabytes))


def frame_of(what: str, rows: int, account: rp.Account) -> tuple[str, pd.DataFrame]:
    """The list that is written to, and what is planned."""
    if what == "actuals":
        frame = rp.read_runn("actuals", account=account)
        frame["billableMinutes"] += 1
        return "actuals", frame
    days = pd.Timedelta(days=5 * rows + 365)  # beyond all that is there
    if what == "moved":
        frame = rp.read_runn(LEAVE, account=account)
        frame[["startDate", "endDate"]] += days
        return LEAVE, frame
    starts = pd.Timestamp(FIRST) + days + pd.to_timedelta(range(0, 5 * rows, 5), unit="D")
    ends = starts + pd.Timedelta(days=1)
    return LEAVE, pd.DataFrame({"personId": 1, "startDate": starts, "endDate": ends})


def plan(resource: str, frame: pd.DataFrame) -> tuple[int, float]:
    """Requests of the plan of a frame, and its seconds of processor time."""
    began = time.process_time()
    requests = frame.runn.plan(resource).requests
    return requests, time.process_time() - began


def main() -> None:
    what, rows = sys.argv[1], int(sys.argv[2])
    with served("endless", rows, 0.0) as url, tempfile.TemporaryDirectory() as folder:
        os.environ["RUNN_STATE_DIR"] = folder
        account = rp.connect(TOKEN, base_url=url, cache_dir=folder)
        resource, frame = frame_of(what, rows, account)
        memory = peak()
        requests, seconds = plan(resource, frame)
        if seconds < SHORT:
            seconds = min(seconds, *(plan(resource, frame)[1] for _ in range(2)))
        print(requests, round(seconds, 3), round(peak() - memory, 1))
        account.cache.close()


if __name__ == "__main__":
    main()
