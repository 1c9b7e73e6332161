"""What accounts of three sizes cost at the real limit: ``python -m tests.benchmarks.accounts``.

The pages are counted from rows, the rows from the demo company: a straight line through
companies of two sizes. The minutes are those of the real throttle under 120 requests a
minute, on a clock that needs no time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from runn_pandas.account import DEMO_URL
from runn_pandas.catalog import load
from runn_pandas.demo.adapter import DemoAdapter
from runn_pandas.demo.company import build
from runn_pandas.mirror.policy import DAY, usual_resources, why_always_full, why_whole
from runn_pandas.mirror.state import File, Table
from runn_pandas.transport.session import Session
from tests.support.clock import Clock

SIZES = (100, 1_000, 10_000)
SAMPLES = (50, 100)
# The demo's past, in which its rows came to be: 18 months of five days a week.
WORKDAYS = 390
WEEK = 7 * DAY
LATENCY = 0.3  # seconds a request
# The lists whose changes are asked for.
CHANGES_ONLY = [
    name for name in usual_resources(load()) if not why_always_full(load().find(name)[0])
]
LIMIT, WINDOW = 120, 60.0
# Rows that are views of another table.
VIEWS = {"people/contracts/current": "people"}


@dataclass(frozen=True)
class Cost:
    """Requests and minutes."""

    requests: int
    minutes: float


@cache
def rows_of(people: int) -> dict[str, int]:
    """Rows of each list of the demo company."""
    company = build(people)
    names = usual_resources(load())
    return {name: len(company.tables[VIEWS.get(name, name)]) for name in names}


def rows(people: int) -> dict[str, float]:
    """Rows of each list, for any size."""
    small, large = (rows_of(n) for n in SAMPLES)
    per_person = {n: (large[n] - small[n]) / (SAMPLES[1] - SAMPLES[0]) for n in small}
    return {n: max(0.0, small[n] + per_person[n] * (people - SAMPLES[0])) for n in small}


def pages(count: float, name: str) -> int:
    """Requests for so many rows of a list: one at least."""
    limit = load().resources[name].page_limit or 1
    return max(1, math.ceil(count / limit))


def first_requests(people: int) -> int:
    """Requests of a first copy: every list to its end."""
    return sum(pages(count, name) for name, count in rows(people).items())


def daily_requests(people: int) -> int:
    """Requests of a refresh a day later.

    Four lists are asked what was changed, the activity log what was deleted, all others whole.
    A day changes a workday's share of the rows, and deletes a tenth of that.
    """
    return sum(daily_by_list(people).values())


def daily_by_list(people: int, every: float | None = None) -> dict[str, int]:
    """Requests of a refresh, by list; `every` so many seconds all of them are read whole."""
    all_rows = rows(people)
    asked = {n for n, count in all_rows.items() if n in CHANGES_ONLY or is_asked(n, count, every)}
    lists = {name: count / WORKDAYS if name in asked else count for name, count in all_rows.items()}
    lists["activity-log"] = sum(lists[name] for name in CHANGES_ONLY) / 10
    found = {name: pages(count, name) for name, count in lists.items()}
    # Whose contract changed, of them all days off are asked for, one by one.
    people_asked = math.ceil(lists["contracts"])
    for name in asked - set(CHANGES_ONLY):
        if "contracts" in load().resources[name].facts.gone_with:
            found[name] = min(found[name] + people_asked, pages(all_rows[name], name))
    return found


def is_asked(name: str, count: float, every: float | None) -> bool:
    """Whether a list of so many rows is asked what changed between two whole reads."""
    table = Table((File("", math.ceil(count), 0, ""),), {}, None, 0.0, 0.0, 0.0)
    return not why_whole(load().resources[name], table, 0.0, every)


def most(people: int, count: int = 3) -> str:
    """Which lists a refresh asks most for."""
    by_list = sorted(daily_by_list(people).items(), key=lambda item: -item[1])
    named = ", ".join(f"`{name}` {requests}" for name, requests in by_list[:count])
    there = sum(requests for _, requests in by_list[:count])
    return f"{there} of the {daily_requests(people)} requests at {people:,} people: {named}"


class Limited:
    """A server of empty answers that counts as Runn does, in windows."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.began = -math.inf
        self.count = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.clock.now += LATENCY
        if self.clock.now - self.began >= WINDOW:
            self.began, self.count = self.clock.now, 0
        self.count += 1
        left = math.ceil(self.began + WINDOW - self.clock.now)
        headers = [
            ("content-type", "application/json"),
            ("x-ratelimit-limit", str(LIMIT)),
            ("x-ratelimit-remaining", str(max(0, LIMIT - self.count))),
            ("x-ratelimit-reset", str(left)),
        ]
        start_response("429 Too Many" if self.count > LIMIT else "200 OK", headers)
        return [b'{"values":[],"nextCursor":null}']


def minutes(requests: int) -> float:
    """Minutes that so many requests take, one after the other, by the real throttle."""
    clock = Clock(0.0)

    session = Session(
        DEMO_URL, "demo", adapter=DemoAdapter(Limited(clock)), clock=clock, sleep=clock.sleep
    )
    for _ in range(requests):
        session.request("GET", "/me/")
    return clock.now / 60


def costs(people: int) -> tuple[Cost, Cost]:
    """First copy and daily refresh."""
    first, daily = first_requests(people), daily_requests(people)
    return Cost(first, minutes(first)), Cost(daily, minutes(daily))


def weekly_cost(people: int) -> Cost:
    """Daily refresh between two whole reads, with ``full_every="7D"``."""
    requests = sum(daily_by_list(people, WEEK).values())
    return Cost(requests, minutes(requests))


def table(sizes: Iterable[int] = SIZES) -> str:
    """The table and its formula, as the page on speed has them."""
    out = [
        '| people | rows | first copy | | daily refresh | | with `full_every="7D"` | |',
        "|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for people in sizes:
        (first, daily), weekly = costs(people), weekly_cost(people)
        cells = (
            f"{people:,}",
            f"{round(sum(rows(people).values()), -2):,.0f}",
            f"{first.requests:,} requests",
            f"{first.minutes:.1f} min",
            f"{daily.requests:,} requests",
            f"{daily.minutes:.1f} min",
            f"{weekly.requests:,} requests",
            f"{weekly.minutes:.1f} min",
        )
        out.append(f"| {' | '.join(cells)} |")
    return "\n".join(
        [
            *out,
            "",
            "Requests of a first copy: the sum over all account-wide lists of ⌈rows / page limit⌉,"
            " one at least. Of a daily refresh: the same for the lists that are read whole,"
            f" ⌈changed / page limit⌉ for {', '.join(f'`{name}`' for name in CHANGES_ONLY)}, and"
            " ⌈deleted / 200⌉ for the activity log. Minutes: ⌊(requests − 1) / 120⌋ at least, at"
            f" 120 a minute; below that, {LATENCY} s a request. Assumed: rows in proportion to"
            f" people as in the demo company (18 months of work, {WORKDAYS} workdays), a day"
            f" changes 1/{WORKDAYS} of the rows of those four and deletes a tenth as many. A first"
            " copy asks for the end of `actuals` too, one request more.",
            "",
            "Most of a refresh is for lists whose deletions are not logged, so that only all of"
            f" their rows tell what is gone. Three have {most(1_000)}. With `full_every` these are"
            " read whole once in a while; between that, where they are longer than a page, asked"
            f" for ⌈changed / page limit⌉ (1/{WORKDAYS} a day), and once for each person whose"
            " contract changed.",
        ]
    )


def main() -> None:
    print(table())


if __name__ == "__main__":
    main()
