"""Peak memory of one way to read, in a process of its own: prints MB above the imports.

``python -m tests.benchmarks.memory chunks URL FOLDER`` and the like.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

import runn_pandas as rp
from tests.benchmarks.large_account import YEAR, large_account
from tests.benchmarks.rivals import plain_frame
from tests.benchmarks.server import TOKEN
from tests.support.places import ROOT


def peak() -> float:
    """The most memory this process has had so far, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # On Linux getrusage counts what the process that started this one had.
        return float(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) * 1024 / 1e6
    # Kilobytes elsewhere, bytes on a Mac.
    unit = 1024 if sys.platform != "darwin" else 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def chunks(url: str, folder: str) -> int:
    """Read in chunks of 10,000 rows and keep a sum."""
    rp.connect(TOKEN, base_url=url, cache_dir=folder, max_age=0)
    rows = 0
    for chunk in rp.read_runn("actuals", chunksize=10_000):
        rows += len(chunk)
    return rows


def whole(url: str, folder: str) -> int:
    """Read it all into one frame."""
    rp.connect(TOKEN, base_url=url, cache_dir=folder, max_age=0)
    return len(rp.read_runn("actuals"))


def mirror(url: str, folder: str) -> int:
    """Copy it into a mirror."""
    account = rp.connect(TOKEN, base_url=url, cache_dir=folder, max_age=0)
    made = rp.mirror(Path(folder) / "mirror", ["actuals"], account)
    done = made.sync()
    return int(done.loc[done["resource"] == "actuals", "rows"].iloc[0])


def large_report(url: str, folder: str) -> int:
    """Report on an account that is large, from tables in memory; the URL is not asked."""
    return _reported(large_account(), "in memory")


def mirror_report(url: str, folder: str) -> int:
    """Report on the same account over a mirror that is in a folder."""
    return _reported(rp.mirror(folder), "over a mirror")


def _reported(tables: Any, way: str) -> int:
    """Make Runn's people report of a year by team, and say how long it takes."""
    before = time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = rp.report("people", *YEAR, by="team", tables=tables, as_of=YEAR[1])
    wall, cpu = time.perf_counter() - before[0], time.process_time() - before[1]
    print(f"{way}: {wall:.1f} s, {cpu:.1f} s of CPU")
    return len(found)


def plain(url: str, folder: str) -> int:
    """Read it all in a loop of requests."""
    return len(plain_frame(url, "actuals"))


WAYS = {way.__name__: way for way in (chunks, whole, mirror, plain, large_report, mirror_report)}


def measured(way: str, url: str, folder: str) -> tuple[int, float]:
    """Rows read and MB taken, measured in another process."""
    command = [sys.executable, "-m", "tests.benchmarks.memory", way, url, folder]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    rows, megabytes = done.stdout.split()[-2:]
    return int(rows), float(megabytes)


def main() -> None:
    way, url, folder = sys.argv[1:4]
    pd.DataFrame({"a": [1]})
    before = peak()
    rows = WAYS[way](url, folder)
    print(rows, round(peak() - before, 1))


if __name__ == "__main__":
    main()
