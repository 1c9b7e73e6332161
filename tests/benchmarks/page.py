"""The tables of docs/explanation/limit.md, made of what a run has measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.benchmarks import accounts, limits
from tests.benchmarks.limits import Limited
from tests.benchmarks.measured import Cost, Measured
from tests.benchmarks.measures import EIGHT, Growth, Result
from tests.support.places import ROOT

PAGE = ROOT / "docs" / "explanation" / "limit.md"
PICTURE = ROOT / "docs" / "pictures" / "growth.svg"
BEGIN, END = "<!-- benchmarks: python -m tests.benchmarks.run --write -->", "<!-- /benchmarks -->"
PEOPLE = 55  # whose actuals are 40 pages
SMALL = 0.03  # seconds a request, where the growth is shown
LARGE = 220  # whose other lists have several pages too, and whose actuals are more than 120
READERS = ("runn_pandas", "loop", "dlt")
TOGETHER = "\N{NO-BREAK SPACE}"  # a number and its unit stay on one line


def shown(seconds: float | None) -> str:
    """Seconds as a person reads them."""
    if seconds is None:
        return "n/a"
    number = f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
    return number.replace(" ", TOGETHER)


def times(ratio: float | None) -> str:
    """How many times, as a person reads it."""
    return "n/a" if ratio is None else f"{ratio:.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown: text, then figures."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _fast(results: Sequence[Result]) -> str:
    head = ("what", "runn_pandas", "loop", "dlt", "× loop", "× dlt")
    rows = [
        (
            f"{one.name} ({one.note})" if one.note else one.name,
            shown(one.ours),
            shown(one.plain),
            shown(one.dlt),
            times(one.ratio),
            times(one.dlt_ratio),
        )
        for one in results
    ]
    return table(head, rows)


def _limited(found: Sequence[Limited]) -> str:
    def cell(pages: int, reader: str) -> str:
        for one in found:
            if (one.pages, one.reader) == (pages, reader):
                return f"{shown(one.seconds)}, {one.requests} requests, {one.refused} refused"
        return "n/a"

    rows = [
        (f"one list of {pages} pages", *(cell(pages, reader) for reader in READERS))
        for pages in sorted({one.pages for one in found})
    ]
    return table(("what", *READERS), rows)


def _beside(results: Sequence[Result]) -> str:
    head = ("what", "runn_pandas", "the other", "times as long")
    rows = [
        (
            one.name,
            shown(one.ours),
            shown(one.plain),
            "n/a" if one.times_as_long is None else f"{one.times_as_long:.2f}",
        )
        for one in results
    ]
    return table(head, rows)


def _costs(costs: Sequence[Cost]) -> str:
    rows = [(one.name, shown(one.seconds), f"{one.megabytes:,.0f} MB", one.most) for one in costs]
    return table(("a plan of", "time", "memory", "at most"), rows)


def _memory(costs: Sequence[Cost]) -> str:
    return table(("a read of", "memory"), [(one.name, f"{one.megabytes:,.0f} MB") for one in costs])


def _growth(found: Sequence[Growth]) -> str:
    head = ("rows", "first read", "for a row", "again", "loop", "dlt")
    rows = [
        (
            f"{one.rows:,}",
            shown(one.cold),
            f"{one.cold / one.rows * 1e6:.0f} µs",
            shown(one.cached),
            shown(one.plain),
            shown(one.dlt),
        )
        for one in found
    ]
    return table(head, rows)


def _about(measured: Measured) -> str:
    lists = ", ".join(f"`{name}`" for name in EIGHT)
    runs = f"medians of {measured.runs} runs, in turns (of {(measured.runs + 1) // 2} at 300 ms)"
    runs = runs if measured.runs > 1 else "one run"
    return (
        f"The demo on a socket of the same machine ({measured.where}); {runs}. The long list is"
        f" {PEOPLE} people's actuals, 40 pages; the eight lists are those of {LARGE} people:"
        f" {lists}. The loop is `requests` on one connection and `json_normalize`; dlt is its"
        " `rest_api` source. No import is counted, and no first request of a new server. Take the"
        " ratios, not the seconds."
    )


def _about_limit() -> str:
    return (
        f"A new server for each reader, {limits.LATENCY * 1000:.0f} ms a request, one run. The"
        " loop waits for as long as `x-ratelimit-reset` says; dlt was told to wait no longer than"
        " 60 s, because it takes the milliseconds of `retry-after` for seconds."
    )


def _about_growth(found: Sequence[Growth]) -> str:
    words = (
        f"The actuals of the same company with more and more people, {SMALL * 1000:.0f} ms a"
        " request; the longest list is read once."
    )
    if len(found) < 2:
        return words
    before, after = found[-2:]
    return (
        f"{words} From {before.rows:,} to {after.rows:,} rows, {after.rows / before.rows:.1f} times"
        f" as many, a first read takes {after.cold / before.cold:.1f} times as long, one from the"
        f" cache {after.cached / before.cached:.1f} times, the loop"
        f" {after.plain / before.plain:.1f} times."
    )


def sections(measured: Measured) -> list[str]:
    """Each part of what was measured, as it stands in the page."""
    fast, machine = "### Without the limit", "### What the machine takes"
    latencies = "At 60 or 300 ms a request. × loop and × dlt: how many times as fast."
    processor = "Seconds of processor time; the leaves are those of one person."
    growth = _about_growth(measured.growth)
    parts = [
        (measured.fast, fast, latencies, _fast(measured.fast)),
        (measured.limited, "### At the limit", _about_limit(), _limited(measured.limited)),
        (measured.beside, machine, _beside(measured.beside)),
        (measured.plans, processor, _costs(measured.plans)),
        (measured.memory, _memory(measured.memory)),
        (measured.growth, "### Growth", growth, _growth(measured.growth)),
    ]
    return [text for rows, *texts in parts if rows for text in texts]


def tables(measured: Measured) -> str:
    """All that was measured, as Markdown."""
    return "\n\n".join([_about(measured), *sections(measured)])


def block(measured: Measured) -> str:
    """What stands in the page between the markers."""
    picture = "![Seconds of a read, by rows of the list](../pictures/growth.svg)"
    return "\n\n".join([tables(measured), picture, "### Whole accounts", accounts.table()])


def write(text: str) -> None:
    """Put the block between its markers."""
    before, found, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    if not found or END not in rest:
        raise SystemExit(f"{PAGE.name} has no {BEGIN} ... {END}")
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
