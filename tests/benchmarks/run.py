"""Measure, and print the tables of the page on speed: ``python -m tests.benchmarks.run``.

``--write`` writes them into docs/explanation/limit.md. dlt is compared with if it is installed
here or in the Python that RUNN_BENCH_DLT names. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Iterator

from tests.benchmarks import accounts, measures
from tests.benchmarks.measures import Result
from tests.benchmarks.memory import measured
from tests.benchmarks.server import served
from tests.support.places import ROOT

LATENCY = 0.06
PEOPLE = 55  # whose actuals are 40 pages
LARGE = 220  # whose other lists have several pages too
SIZES = {14: "5k", 55: "20k", 220: "80k"}
MILLION = 1_000_000
PAGE = ROOT / "docs" / "explanation" / "limit.md"
BEGIN, END = "<!-- benchmarks: python -m tests.benchmarks.run --write -->", "<!-- /benchmarks -->"


def lines(runs: int) -> Iterator[Result]:
    """Measure one after the other."""
    with served("demo", PEOPLE, LATENCY) as url:
        first = measures.long_list(url, runs)
        yield first
        yield measures.cached(url, runs, plain=first.plain)
        yield measures.refresh(url)
        yield measures.decode(url, runs)
        yield measures.push(url)
    with served("demo", LARGE, LATENCY) as url:
        yield measures.eight_lists(url, runs)
    yield measures.imports(runs)
    for people, rows in SIZES.items():
        if people == PEOPLE:
            continue
        with served("demo", people, LATENCY) as url:
            cold = measures.long_list(url, max(1, runs // 2), dlt=False)
            yield Result(f"growth: {rows} rows, cold", cold.ours, cold.plain)
            again = measures.cached(url, runs, plain=cold.plain)
            yield Result(f"growth: {rows} rows, cached", again.ours, again.plain)


def memory(million: int) -> Iterator[tuple[str, int, float]]:
    """Peak memory of each way to read a very long list."""
    with served("endless", million, 0.0) as url, tempfile.TemporaryDirectory() as folder:
        for way, text in (
            ("chunks", 'read_runn("actuals", chunksize=10_000)'),
            ("mirror", "mirror.sync()"),
            ("whole", 'read_runn("actuals")'),
            ("plain", "requests + json_normalize"),
        ):
            rows, megabytes = measured(way, url, folder)
            yield text, rows, megabytes


def shown(seconds: float | None) -> str:
    """Seconds as a person reads them."""
    if seconds is None:
        return "n/a"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def row(result: Result) -> str:
    """One line of the table."""
    name = f"{result.name} ({result.note})" if result.note else result.name
    ratio = "" if result.ratio is None else f"{result.ratio:.1f}"
    cells = (name, shown(result.ours), shown(result.plain), shown(result.dlt), ratio)
    return f"| {' | '.join(cells)} |"


def table(results: list[Result], peaks: list[tuple[str, int, float]]) -> str:
    """The whole as markdown."""
    head = [
        "| what | runn_pandas | requests + json_normalize | dlt rest_api | times as fast |",
        "|---|--:|--:|--:|--:|",
    ]
    space = [
        f"| memory: {text}, {rows:,} rows | {megabytes:,.0f} MB | | | |"
        if "json_normalize" not in text
        else f"| memory: the same rows in a loop | | {megabytes:,.0f} MB | | |"
        for text, rows, megabytes in peaks
    ]
    return "\n".join([*head, *map(row, results), *space])


def block(runs: int, million: int) -> str:
    """What stands in the page between the markers."""
    results, peaks = list(lines(runs)), list(memory(million))
    where = f"{platform.system()}, Python {platform.python_version()}"
    return "\n".join(
        [
            f"The demo on a socket of the same machine ({where}), {LATENCY * 1000:.0f} ms a"
            f" request, no limit; medians of {runs} runs. The long list is {PEOPLE} people's"
            f" actuals, 40 pages, the eight lists are those of {LARGE} people:"
            f" {', '.join(f'`{name}`' for name in measures.EIGHT)}."
            " Take the ratios, not the seconds.",
            "",
            table(results, peaks),
            "",
            accounts.table(),
        ]
    )


def write(text: str) -> None:
    """Put the block between its markers."""
    before, found, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    if not found or END not in rest:
        raise SystemExit(f"{PAGE.name} has no {BEGIN} ... {END}")
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each measure")
    parser.add_argument("--rows", type=int, default=MILLION, help="rows of the memory measure")
    parser.add_argument("--write", action="store_true", help="write the tables into the page")
    given = parser.parse_args()
    text = block(given.runs, given.rows)
    print(text)
    if given.write:
        write(text)


if __name__ == "__main__":
    main()
