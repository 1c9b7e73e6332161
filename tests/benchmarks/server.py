"""The servers that are measured against, each in a process of its own.

``python -m tests.benchmarks.server demo 55 0.06`` serves the demo with 55 people at 60 ms a
request, ``... endless 1000000 0`` a list of a million actuals that are made as they are asked
for; each prints its port.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from runn_pandas.demo.server import Demo, serve
from tests.support.places import ROOT

TOKEN = "LIVE_demo-benchmark"
NO_LIMIT = 10**6


class Endless:
    """So many actuals, made as they are asked for: in order of id, from both ends."""

    def __init__(self, rows: int, latency: float = 0.0) -> None:
        self.rows, self.latency = rows, latency

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        time.sleep(self.latency)
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        limit, down = int(query.get("limit", 100)), query.get("order") == "desc"
        start = int(query.get("cursor", self.rows if down else 1))
        ids = range(start, max(0, start - limit), -1) if down else range(start, start + limit)
        ids = [id_ for id_ in ids if id_ <= self.rows]
        after = ids[-1] + (-1 if down else 1) if ids else 0
        more = 1 <= after <= self.rows and environ["PATH_INFO"].startswith("/actuals")
        values = [actual(id_) for id_ in ids] if environ["PATH_INFO"].startswith("/actuals") else []
        body = json.dumps(
            {"values": values, "nextCursor": str(after) if more else None}, separators=(",", ":")
        ).encode()
        headers = [
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("x-ratelimit-limit", str(NO_LIMIT)),
            ("x-ratelimit-remaining", str(NO_LIMIT - 1)),
            ("x-ratelimit-reset", "60"),
        ]
        start_response("200 OK", headers)
        return [body]


def actual(id_: int) -> dict[str, Any]:
    """An actual that looks like any other."""
    day = f"2026-{id_ // 28 % 12 + 1:02d}-{id_ % 28 + 1:02d}"
    return {
        "id": id_,
        "date": day,
        "billableMinutes": id_ % 480,
        "nonbillableMinutes": 0,
        "billableNote": f"Note {id_ % 1000}" if id_ % 5 == 0 else None,
        "nonbillableNote": None,
        "phaseId": id_ % 50 or None,
        "personId": id_ % 3000 + 1,
        "projectId": id_ % 700 + 1,
        "roleId": id_ % 20 + 1,
        "workstreamId": None,
        "createdAt": f"{day}T08:00:00.000Z",
        "updatedAt": f"{day}T09:00:00.000Z",
    }


@contextmanager
def served(kind: str, size: int, latency: float) -> Iterator[str]:
    """Give the address of a server in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.server", kind, str(size), str(latency)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def main() -> None:
    kind, size, latency = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    application: Any = (
        Demo(size, limit=NO_LIMIT, before=lambda request: time.sleep(latency))
        if kind == "demo"
        else Endless(size, latency)
    )
    server = serve(application)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
