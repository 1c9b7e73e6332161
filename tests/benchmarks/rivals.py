"""What a user would write instead: a loop of requests, and dlt's rest_api source.

Each at its best: the loop has one connection, the largest pages, and waits at the limit for as long
as Runn says; dlt's import is not counted, and it is told how long a wait for the limit is at most.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import requests

from runn_pandas.catalog import load
from tests.benchmarks.server import TOKEN

HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept-Version": "1.0.0"}
# The Python that has dlt, if not this one: a virtual environment of its own.
NAMED_PYTHON = os.environ.get("RUNN_BENCH_DLT")


def plain_bodies(url: str, resource: str) -> list[dict[str, Any]]:
    """The pages of a list, at its largest page, on one connection: the loop at its best."""
    known = load().resources[resource]
    bodies = []
    params: dict[str, Any] = {"limit": known.page_limit}
    with requests.Session() as session:
        while True:
            answer = session.get(
                url + known.operation.path, params=params, headers=HEADERS, timeout=30
            )
            if answer.status_code == 429:
                time.sleep(float(answer.headers["x-ratelimit-reset"]))
                continue
            answer.raise_for_status()
            bodies.append(answer.json())
            cursor = bodies[-1]["nextCursor"]
            if cursor is None:
                return bodies
            params["cursor"] = cursor


def plain_frame(url: str, resource: str) -> pd.DataFrame:
    """A list as a frame."""
    rows = [row for body in plain_bodies(url, resource) for row in body["values"]]
    return pd.json_normalize(rows)


def plain_push(url: str, rows: Sequence[dict[str, Any]]) -> int:
    """Send actuals one by one; give how many requests that took."""
    with requests.Session() as session:
        for row in rows:
            answer = session.post(url + "/actuals/", json=row, headers=HEADERS, timeout=30)
            answer.raise_for_status()
    return len(rows)


# It waits for as long as `retry-after` says, which it takes for seconds where Runn means
# milliseconds, but no longer than its session allows: by default five minutes for each refusal.
DLT = """
import json, sys, time
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
from dlt.sources.rest_api import rest_api_source
import pandas as pd
if len(sys.argv) < 2:
    sys.exit()
url, token, wanted = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
began = time.perf_counter()
source = rest_api_source({
    "client": {
        "base_url": url,
        "headers": {"Accept-Version": "1.0.0"},
        "auth": {"type": "bearer", "token": token},
        "paginator": JSONResponseCursorPaginator(cursor_path="nextCursor", cursor_param="cursor"),
        "session": Client(raise_for_status=False, request_max_retry_delay=60).session,
    },
    "resources": [
        {"name": name.replace("/", "_").replace("-", "_"), "endpoint": {
            "path": path, "params": {"limit": limit}, "data_selector": "values"}}
        for name, path, limit in wanted
    ],
})
frames = {name: pd.json_normalize(list(resource)) for name, resource in source.resources.items()}
print(json.dumps({"seconds": time.perf_counter() - began,
                  "rows": sum(map(len, frames.values()))}))
"""


class DltError(RuntimeError):
    """dlt cannot be compared with; the text is a line that says why."""


def dlt_seconds(url: str, resources: Sequence[str]) -> float:
    """Seconds in which dlt reads lists into frames, its import not counted."""
    known = [load().resources[name] for name in resources]
    wanted = [(r.name, r.operation.path.lstrip("/"), r.page_limit) for r in known]
    told = _dlt(url, TOKEN, json.dumps(wanted))
    return float(json.loads(told.splitlines()[-1])["seconds"])


def has_dlt() -> bool:
    """Whether dlt is there to compare with.

    Raises
    ------
    DltError
        If a Python was named for it, and that cannot run it.
    """
    try:
        _dlt()
    except DltError:
        if NAMED_PYTHON:
            raise
        return False
    return True


def _dlt(*arguments: str) -> str:
    python = NAMED_PYTHON or sys.executable
    try:
        done = subprocess.run(
            [python, "-c", DLT, *arguments],
            capture_output=True,
            text=True,
            env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
            | {"RUNTIME__DLTHUB_TELEMETRY": "false"},
        )
    except OSError as error:
        raise DltError(f"RUNN_BENCH_DLT: {error}") from None
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise DltError(f"dlt in {python}: {''.join(last) or 'it failed'}")
    return done.stdout


def seconds_of(action: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
