"""What a user would write instead: a loop of requests, and dlt's rest_api source."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import pandas as pd
import requests

from runn_pandas.catalog import load
from tests.benchmarks.server import TOKEN

HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept-Version": "1.0.0"}
# The Python that has dlt, if not this one: a virtual environment of its own.
DLT_PYTHON = os.environ.get("RUNN_BENCH_DLT", sys.executable)


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


DLT = """
import json, sys, time
import pandas as pd
from dlt.sources.rest_api import rest_api_source
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
url, token, wanted = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
began = time.perf_counter()
source = rest_api_source({
    "client": {
        "base_url": url,
        "headers": {"Accept-Version": "1.0.0"},
        "auth": {"type": "bearer", "token": token},
        "paginator": JSONResponseCursorPaginator(cursor_path="nextCursor", cursor_param="cursor"),
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


def dlt_seconds(url: str, resources: Sequence[str]) -> float | None:
    """Seconds in which dlt reads lists into frames; None if it is not installed."""
    known = [load().resources[name] for name in resources]
    wanted = [(r.name, r.operation.path.lstrip("/"), r.page_limit) for r in known]
    done = subprocess.run(
        [DLT_PYTHON, "-c", DLT, url, TOKEN, json.dumps(wanted)],
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        | {"RUNTIME__DLTHUB_TELEMETRY": "false"},
    )
    if done.returncode:
        if "No module named 'dlt'" in done.stderr:
            return None
        raise RuntimeError(done.stderr[-2000:])
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def seconds_of(action: Any) -> float:
    """How long something takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
