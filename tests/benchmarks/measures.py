"""What is measured: each measure gives seconds, ours and those of others, in one run."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.catalog import load
from runn_pandas.frame.decode import decode_list, to_frame
from tests.benchmarks import rivals
from tests.benchmarks.rivals import seconds_of
from tests.benchmarks.server import TOKEN

# Eight lists that a report on people and money needs.
EIGHT = (
    "people",
    "projects",
    "contracts",
    "assignments",
    "time-offs/leave",
    "time-offs/holidays",
    "time-offs/rostered-off",
    "project-members",
)


@dataclass(frozen=True)
class Result:
    """Seconds of one measure, medians of several runs; None is not measured."""

    name: str
    ours: float
    plain: float | None = None
    dlt: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times as fast ours is as the plain loop."""
        return None if self.plain is None else self.plain / self.ours

    @property
    def dlt_ratio(self) -> float | None:
        """How many times as fast ours is as dlt."""
        return None if self.dlt is None else self.dlt / self.ours

    @property
    def times_as_long(self) -> float | None:
        """How many times as long ours takes as what it stands beside."""
        return None if self.plain is None else self.ours / self.plain


@dataclass(frozen=True)
class Growth:
    """Seconds of reading a list of so many rows: first, again, and as others do."""

    rows: int
    cold: float
    cached: float
    plain: float
    dlt: float | None = None


@contextmanager
def account(url: str) -> Iterator[Account]:
    """A new account of a server, with an empty cache."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        opened = rp.connect(TOKEN, base_url=url, cache_dir=folder)
        try:
            yield opened
        finally:
            opened.cache.close()
            opened.session.close()


def best_of(runs: int, *ways: Callable[[], float]) -> list[float]:
    """Medians of several ways, in turns, so that what else the machine does hits them alike."""
    taken = [[way() for way in ways] for _ in range(runs)]
    return [median(times) for times in zip(*taken, strict=True)]


def cold(url: str, *resources: str) -> float:
    """Seconds of reading lists for the first time."""
    with account(url) as opened:
        if len(resources) == 1:
            return seconds_of(lambda: rp.read_runn(resources[0], account=opened))
        return seconds_of(lambda: rp.read_many(*resources, account=opened))


def compared(
    name: str,
    url: str,
    runs: int,
    resources: Sequence[str],
    *,
    dlt: bool = False,
    warm: bool = True,
) -> Result:
    """Lists that are read for the first time, beside the loop and, if that is there, dlt."""

    def one_by_one() -> None:
        for resource in resources:
            rivals.plain_frame(url, resource)

    # What is imported with a first read, and what a new server makes for it, is not counted.
    if warm:
        cold(url, *resources)
    ways = [lambda: cold(url, *resources), lambda: seconds_of(one_by_one)]
    if dlt:
        ways.append(lambda: rivals.dlt_seconds(url, resources))
    return Result(name, *best_of(runs, *ways))


def long_list(url: str, runs: int, *, dlt: bool = False) -> Result:
    """One long list."""
    return compared("one long list", url, runs, ["actuals"], dlt=dlt)


def eight_lists(url: str, runs: int, *, dlt: bool = False) -> Result:
    """Eight lists."""
    return compared("eight lists", url, runs, EIGHT, dlt=dlt)


def again(opened: Account, runs: int) -> float:
    """Seconds of reading the long list from the cache."""
    (ours,) = best_of(runs, lambda: seconds_of(lambda: rp.read_runn("actuals", account=opened)))
    return ours


def cached(url: str, runs: int, *, plain: float | None = None) -> Result:
    """The long list again; beside the plain loop, which has no cache."""
    with account(url) as opened:
        rp.read_runn("actuals", account=opened)
        return Result("the long list again", again(opened, max(runs, 5)), plain)


def cached_against_orjson(url: str, runs: int) -> Result:
    """A cached read, beside `orjson.loads` of the same bytes."""
    import orjson

    bodies = [
        json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        for body in rivals.plain_bodies(url, "actuals")
    ]
    with account(url) as opened:
        rows = len(rp.read_runn("actuals", account=opened))
        ours, bare = best_of(
            max(runs, 25),
            lambda: seconds_of(lambda: rp.read_runn("actuals", account=opened)),
            lambda: seconds_of(lambda: [orjson.loads(body) for body in bodies]),
        )
    return Result(f"{rows:,} rows from the cache, beside `orjson.loads` of their bytes", ours, bare)


def growth(url: str, runs: int, *, dlt: bool = False) -> Growth:
    """One list, read for the first time and again."""
    with account(url) as opened:
        rows = len(rp.read_runn("actuals", account=opened))
        kept = again(opened, max(runs, 5))
    first = compared("growth", url, runs, ["actuals"], dlt=dlt, warm=False)
    return Growth(rows, first.ours, kept, first.plain or 0.0, first.dlt)


def decode(url: str, runs: int) -> Result:
    """Bytes to a typed frame, without the network."""
    resource = load().resources["actuals"]
    bodies = [
        json.dumps(b, separators=(",", ":")).encode() for b in rivals.plain_bodies(url, "actuals")
    ]

    def others() -> pd.DataFrame:
        rows = [row for body in bodies for row in json.loads(body)["values"]]
        frame = pd.json_normalize(rows)
        ids = [name for name in frame if name == "id" or name.endswith(("Id", "Minutes"))]
        frame = frame.astype(dict.fromkeys(ids, "Int64"))
        for name in ("date", "createdAt", "updatedAt"):
            frame[name] = pd.to_datetime(frame[name], format="ISO8601")
        return frame

    ours, plain = best_of(
        max(runs, 7),
        lambda: seconds_of(lambda: to_frame(decode_list(bodies, resource), resource)),
        lambda: seconds_of(others),
    )
    return Result("bytes to typed columns, no network", ours, plain)


def refresh(url: str) -> Result:
    """A mirror after 50 changes and 5 deletions, beside a new read of it all."""
    with account(url) as opened, tempfile.TemporaryDirectory() as folder:
        made = rp.mirror(Path(folder) / "mirror", ["actuals"], opened)
        made.sync()
        rows = made.read("actuals").tail(55)
        for row in rows.head(50).itertuples():
            opened.request("POST", "actuals", json=_overwritten(row))
        for id_ in rows["id"].tail(5):
            opened.request("DELETE", f"actuals/{id_}")
        told: dict[str, Any] = {}
        ours = seconds_of(lambda: told.update(sync=made.sync()))
        requests = int(told["sync"]["requests"].sum())
        plain = seconds_of(lambda: rivals.plain_frame(url, "actuals"))
        whole = rp.read_runn("actuals", account=opened, max_age=0)
        pd.testing.assert_frame_equal(made.read("actuals"), whole, check_like=True)
    return Result(
        "a mirror after 50 changes and 5 deletions", ours, plain, note=f"{requests} requests"
    )


def _overwritten(row: Any) -> dict[str, Any]:
    body = {
        "date": row.date.strftime("%Y-%m-%d"),
        "personId": int(row.personId),
        "projectId": int(row.projectId),
        "roleId": int(row.roleId),
        "billableMinutes": int(row.billableMinutes) + 1,
        "nonbillableMinutes": int(row.nonbillableMinutes),
    }
    if not pd.isna(row.workstreamId):
        body["workstreamId"] = int(row.workstreamId)
    return body


def push(url: str, rows: int = 1000) -> Result:
    """Change the minutes of so many actuals."""
    with account(url) as opened:
        frame = rp.read_runn("actuals", account=opened).tail(rows).reset_index(drop=True)
        bodies = [_overwritten(row) for row in frame.itertuples()]
        frame["billableMinutes"] += 1
        told: dict[str, Any] = {}
        with rp.use(opened):
            plan = frame.runn.plan("actuals")
            ours = seconds_of(lambda: told.update(done=frame.runn.push("actuals", confirm=True)))
    assert set(told["done"]["status"]) == {"updated"}
    plain = seconds_of(lambda: rivals.plain_push(url, bodies))
    return Result(
        f"push of {rows:,} changed actuals",
        ours,
        plain,
        note=f"{plan.requests} writes against {rows:,}",
    )


def imports(runs: int) -> Result:
    """Import, beside what a user imports anyway, in seconds of processor time.

    The least of several runs, in turns and in both orders: what else the machine does only adds.
    """
    ways = ["runn_pandas", "pandas, requests"]
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(max(runs, 10)):
        for way in ways:
            taken[way].append(_processor_time(f"import {way}"))
        ways.reverse()
    ours, plain = min(taken["runn_pandas"]), min(taken["pandas, requests"])
    return Result("import, beside `import pandas, requests`", ours, plain)


def _processor_time(code: str) -> float:
    script = f"{code}\nimport time\nprint(time.process_time())"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return float(done.stdout)
