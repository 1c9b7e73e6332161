"""The servers that are measured against, each in a process of its own.

``python -m tests.benchmarks.server demo 55 0.06`` serves the demo with 55 people at 60 ms a
request, and with ``120`` after that at so many requests a minute. ``... endless 1000000 0`` serves
a million actuals, or as many leaves of one person, that are made as they are asked for. Each
prints its port.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs

import requests

from runn_pandas.demo.server import Demo, serve
from tests.support.places import ROOT

TOKEN = "LIVE_demo-benchmark"
NO_LIMIT = 10**6
COUNTS = "/benchmark/counts"  # no path of Runn's
FIRST = dt.date(2035, 1, 1)  # of leave


class Endless:
    """So many actuals or leaves, made as they are asked for: in order of id, from both ends."""

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
        made = made_of(environ["PATH_INFO"])
        more = 1 <= after <= self.rows and made is not None
        body = {
            "values": [made(id_) for id_ in ids] if made else [],
            "nextCursor": str(after) if more else None,
        }
        headers = [
            ("x-ratelimit-limit", str(NO_LIMIT)),
            ("x-ratelimit-remaining", str(NO_LIMIT - 1)),
            ("x-ratelimit-reset", "60"),
        ]
        return answered(body, start_response, *headers)


def answered(body: Any, start_response: Any, *headers: tuple[str, str]) -> list[bytes]:
    """Answer with JSON."""
    text = json.dumps(body, separators=(",", ":")).encode()
    about = (("content-type", "application/json"), ("content-length", str(len(text))))
    start_response("200 OK", [*about, *headers])
    return [text]


def made_of(path: str) -> Callable[[int], dict[str, Any]] | None:
    """What makes a row of a list, by its id; None for the lists that are empty."""
    if path.startswith("/actuals"):
        return actual
    return leave if path.startswith("/time-offs/leave") else None


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


def leave(id_: int) -> dict[str, Any]:
    """Two days off of one person, five days after the last ones."""
    day = FIRST + dt.timedelta(days=5 * id_)
    return {
        "id": id_,
        "personId": 1,
        "startDate": day.isoformat(),
        "endDate": (day + dt.timedelta(days=1)).isoformat(),
        "minutesPerDay": None,
        "note": None,
        "createdAt": "2026-01-01T08:00:00.000Z",
        "updatedAt": "2026-01-01T08:00:00.000Z",
    }


class Counting:
    """A demo that also says how many answers of each status it has given."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != COUNTS:
            return self.demo(environ, start_response)
        return answered(Counter(done.status for done in self.demo.log), start_response)


def counts(url: str) -> dict[int, int]:
    """How many answers of each status a served demo has given."""
    answer = requests.get(url + COUNTS, timeout=30)
    answer.raise_for_status()
    return {int(status): count for status, count in answer.json().items()}


@contextmanager
def served(kind: str, size: int, latency: float, limit: int = NO_LIMIT) -> Iterator[str]:
    """Give the address of a server in a process of its own."""
    what = (kind, str(size), str(latency), str(limit))
    command = [sys.executable, "-m", "tests.benchmarks.server", *what]
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
    kind, size, latency, *limit = sys.argv[1:]
    application: Any = Endless(int(size), float(latency))
    if kind == "demo":
        wait = float(latency)
        asked = int(limit[0]) if limit else NO_LIMIT
        demo = Demo(int(size), limit=asked, before=lambda request: time.sleep(wait))
        application = Counting(demo)
    server = serve(application)
    print(server.server_port, flush=True)
    with suppress(KeyboardInterrupt):  # who measures says what happened
        server.serve_forever()


if __name__ == "__main__":
    main()
