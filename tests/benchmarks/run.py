"""Measure, and print the tables of the page on speed: ``python -m tests.benchmarks.run``.

``--write`` writes them into docs/explanation/limit.md, with the picture of growth, and the numbers
into measured.json beside this module; ``--again`` writes page and picture anew from that file,
without measuring. ``--limit`` (part of ``--write``) also reads at the limit of 120 requests a
minute, which is some minutes of waiting. Ctrl-C ends it, and what was measured is printed.

dlt is compared with if it is installed here or in the Python that RUNN_BENCH_DLT names, with
pandas. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, replace

from tests.benchmarks import limits, measures, page, plans, rivals
from tests.benchmarks.measured import Cost, Finding, Measured, last, save
from tests.benchmarks.measures import Result
from tests.benchmarks.memory import measured as memory_of
from tests.benchmarks.page import LARGE, PEOPLE, block, tables, write
from tests.benchmarks.server import served
from tests.docs import growth_chart

NEAR, FAR = 0.06, 0.3  # seconds a request
SIZES = (14, 55, 220, 880)  # people, whose actuals are 5k, 20k, 80k and 320k rows
MILLION = 1_000_000
MEMORY = {
    "chunks": '`read_runn("actuals", chunksize=10_000)`',
    "mirror": "`mirror.sync()`",
    "whole": '`read_runn("actuals")`',
    "plain": "the loop",
}
PLANS = {"actuals": (100_000, "changed actuals"), "new": (1_000, "new leaves")}
PLANS["moved"] = (1_000, "moved leaves")
MOST = {"actuals": "15 s, 1,000 MB", "new": "0.2 s", "moved": "0.2 s"}


def fast(runs: int, dlt: bool) -> Iterator[Finding]:
    """What takes time without a limit, beside the loop and dlt."""
    turns = {NEAR: runs, FAR: (runs + 1) // 2}  # the longer a request, the less does chance

    def at(latency: float, found: Result) -> Finding:
        return "fast", replace(found, name=f"{found.name}, {latency * 1000:.0f} ms")

    for latency in (NEAR, FAR):
        with served("demo", PEOPLE, latency) as url:
            yield at(latency, measures.long_list(url, turns[latency], dlt=dlt))
        with served("demo", LARGE, latency) as url:
            yield at(latency, measures.eight_lists(url, turns[latency], dlt=dlt))
    with served("demo", PEOPLE, NEAR) as url:
        yield at(NEAR, measures.refresh(url))
        yield "fast", measures.decode(url, runs)
        yield at(NEAR, measures.push(url))


def machine(runs: int, rows: int) -> Iterator[Finding]:
    """What the machine takes: the cache, the import, plans, memory."""
    with served("demo", PEOPLE, 0.0) as url:
        yield "beside", measures.cached_against_orjson(url, runs)
    yield "beside", measures.imports(runs)
    for what, (count, name) in PLANS.items():
        planned = plans.measured(count, what)
        yield "plans", Cost(f"{count:,} {name}", planned.seconds, planned.megabytes, MOST[what])
    with served("endless", rows, 0.0) as url, tempfile.TemporaryDirectory() as folder:
        for way, name in MEMORY.items():
            read, megabytes = memory_of(way, url, folder)
            yield "memory", Cost(f"{read:,} rows, {name}", None, megabytes)


def growth(runs: int, dlt: bool) -> Iterator[Finding]:
    """One list of the same company, with more and more people; the longest is read once."""
    for people in SIZES:
        turns = 1 if people == SIZES[-1] else runs
        with served("demo", people, page.SMALL) as url:
            yield "growth", measures.growth(url, turns, dlt=dlt)


def at_the_limit(dlt: bool) -> Iterator[Finding]:
    """One list that fits into a minute, and one that does not."""
    for people in (PEOPLE, LARGE):
        for found in limits.limited(people, dlt=dlt):
            yield "limited", found


def findings(runs: int, rows: int, *, dlt: bool, limit: bool) -> Iterator[Finding]:
    """Measure one after the other."""
    yield from fast(runs, dlt)
    yield from machine(runs, rows)
    yield from growth(runs, dlt)
    if limit:
        yield from at_the_limit(dlt)


def measure(given: argparse.Namespace, measured: Measured, dlt: bool) -> None:
    """Measure it all, and tell how far it is."""
    began = time.monotonic()
    limit = given.limit or given.write
    for found in findings(given.runs, given.rows, dlt=dlt, limit=limit):
        measured.add(found)
        print(f"{time.monotonic() - began:4.0f} s  {told(found)}", file=sys.stderr, flush=True)


def told(found: Finding) -> str:
    """Return a finding as one line, for who waits."""
    parts = {name: value for name, value in asdict(found[1]).items() if value not in (None, "")}
    words = [f"{value:.3g}" if isinstance(value, float) else f"{value}" for value in parts.values()]
    return ", ".join(f"{name} {word}" for name, word in zip(parts, words, strict=True))


def write_all(measured: Measured) -> None:
    """Write the page and its picture."""
    growth_chart.draw_of(measured)
    write(block(measured))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each measure")
    parser.add_argument("--rows", type=int, default=MILLION, help="rows of the memory measure")
    parser.add_argument("--limit", action="store_true", help="also read at 120 requests a minute")
    parser.add_argument("--write", action="store_true", help="write the tables into the page")
    parser.add_argument("--again", action="store_true", help="write the page without measuring")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    if given.again:
        write_all(last())
        return
    try:
        dlt = rivals.has_dlt()
    except rivals.DltError as error:
        raise SystemExit(str(error)) from None
    if not dlt:
        print("dlt is not installed here: it is left out", file=sys.stderr)
    measured = Measured(f"{platform.system()}, Python {platform.python_version()}", given.runs)
    try:
        measure(given, measured, dlt)
    except rivals.DltError as error:
        raise SystemExit(str(error)) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    finally:
        print(tables(measured))
    if given.write:
        save(measured)
        write_all(measured)


if __name__ == "__main__":
    main()
