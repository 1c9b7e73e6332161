"""At the limit of 120 requests a minute: how long each reader takes, and how often it is refused.

The server counts in fixed windows, as Runn's does. Each reader has a server of its own, so that
none pays for another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.benchmarks import measures, rivals
from tests.benchmarks.rivals import seconds_of
from tests.benchmarks.server import counts, served

LIMIT = 120
LATENCY = 0.06
REFUSED = 429


@dataclass(frozen=True)
class Limited:
    """What one reader took for one list."""

    pages: int
    reader: str
    seconds: float
    requests: int
    refused: int


def readers(dlt: bool) -> dict[str, Callable[[str], float]]:
    """Each reader: seconds of reading the long list from a server."""
    ways: dict[str, Callable[[str], float]] = {
        "loop": lambda url: seconds_of(lambda: rivals.plain_frame(url, "actuals")),
        "runn_pandas": lambda url: measures.cold(url, "actuals"),
    }
    return ways | ({"dlt": lambda url: rivals.dlt_seconds(url, ["actuals"])} if dlt else {})


def limited(people: int, *, dlt: bool = False, limit: int = LIMIT) -> Iterator[Limited]:
    """Read the actuals of so many people, the loop first: it asks once for each page."""
    pages = 0
    for reader, read in readers(dlt).items():
        with served("demo", people, LATENCY, limit) as url:
            seconds, answers = read(url), counts(url)
        requests, refused = sum(answers.values()), answers.get(REFUSED, 0)
        pages = pages or requests - refused
        yield Limited(pages, reader, seconds, requests, refused)
