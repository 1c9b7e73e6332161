"""What a plan of many rows takes: ``python -m tests.benchmarks.plans 100000``.

A list of so many actuals is read from a server and planned with the minutes of all changed, in a
process of its own. Told are the seconds of processor time of the plan, and the MB above what the
frame itself took.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

import runn_pandas as rp
from tests.benchmarks.memory import peak
from tests.benchmarks.server import TOKEN, served
from tests.support.places import ROOT


def measured(rows: int) -> tuple[int, float, float]:
    """Requests of the plan, its seconds and its MB, measured in another process."""
    command = [sys.executable, "-m", "tests.benchmarks.plans", str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    requests, seconds, megabytes = done.stdout.split()
    return int(requests), float(seconds), float(megabytes)


def main() -> None:
    rows = int(sys.argv[1])
    with served("endless", rows, 0.0) as url, tempfile.TemporaryDirectory() as folder:
        os.environ["RUNN_STATE_DIR"] = folder
        account = rp.connect(TOKEN, base_url=url, cache_dir=folder)
        frame = rp.read_runn("actuals", account=account)
        frame["billableMinutes"] += 1
        memory, began = peak(), time.process_time()
        plan = frame.runn.plan("actuals")
        requests = plan.requests
        print(requests, round(time.process_time() - began, 2), round(peak() - memory, 1))
        account.cache.close()


if __name__ == "__main__":
    main()
