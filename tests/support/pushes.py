"""What tests of several pushes share: rows to push, and what they have to end in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from runn_pandas.demo.server import Demo, Request
from tests.support.desk import Desk

# What a push that went well says of its rows.
STATUSES = {"created", "updated", "deleted", "unchanged"}
CHILD = """
import pickle, sys
import runn_pandas as rp
url, cache, frame = sys.argv[1:]
rp.connect("demo", base_url=url, cache_dir=cache)
resource, rows, options = pickle.load(open(frame, "rb"))
print("ready", flush=True)
rows.runn.push(resource, **options)
"""


def teams(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"name": list(names)})


def names_of(desk: Desk) -> list[str]:
    return list(desk.read("teams")["name"])


def actuals_of(desk: Desk, count: int, first: str = "2026-05-04") -> pd.DataFrame:
    """New actuals on days that have none, for people who may log them."""
    members = desk.read("project-members")
    members = members[~members["isPlaceholder"] & members["workstreamId"].isna()]
    members = members.drop_duplicates(["personId", "projectId"]).head(50)
    rows = []
    for number in range(count):
        member = members.iloc[number % len(members)]
        day = pd.Timestamp("2020-01-06") + pd.Timedelta(days=number // len(members))
        rows.append(
            {
                "date": day,
                "personId": int(member["personId"]),
                "projectId": int(member["projectId"]),
                "roleId": int(member["roleId"]),
                "billableMinutes": 60 + number,
                "nonbillableMinutes": 0,
            }
        )
    return pd.DataFrame(rows)


def share(total: int, parts: int, which: int) -> range:
    """Of requests 1 to total each second, third ..; of few all. All shares together are all.

    RUNN_EACH_REQUEST=1 makes each share all of them: the whole matrix.
    """
    if total <= 6 or os.environ.get("RUNN_EACH_REQUEST"):
        return range(1, total + 1)
    return range(1 + which % parts, total + 1, parts)


def same(found: Any, expected: Any, what: str) -> None:
    """Assert that no table has rows too many or too few."""
    for table in expected:
        lost = expected[table] - found[table]
        more = found[table] - expected[table]
        assert not lost, (what, table, "lost", lost, more)
        assert not more, (what, table, "too many", more)


def run_and_kill(demo: Demo, url: str, folder: Path, frame: Path, number: int, when: str) -> None:
    """Push in a process of its own, which is killed at the write of a number."""
    child: list[subprocess.Popen[bytes]] = []
    seen = [0]

    def kill(request: Request) -> None:
        if request.method == "GET":
            return
        seen[0] += 1
        if seen[0] == number:
            os.kill(child[0].pid, signal.SIGKILL)
            child[0].wait()
            if when == "before":
                raise ConnectionAbortedError  # it never came to be carried out

    demo.before, demo.after = (kill, None) if when == "before" else (None, kill)
    started = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(folder), str(frame)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    child.append(started)
    _, errors = started.communicate(timeout=60)
    assert started.returncode == -signal.SIGKILL, errors.decode()
    demo.before = demo.after = None
