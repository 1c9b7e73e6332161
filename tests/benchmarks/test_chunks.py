"""Chunks take time in a straight line, cached or not."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.frame.columnar import Columnar
from tests.benchmarks.measures import account
from tests.benchmarks.server import served

pytestmark = pytest.mark.slow


def shortest(call: Callable[[], object], runs: int = 5) -> float:
    """What else the machine does makes a run longer, never shorter."""
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return min(taken)


def in_chunks(opened: Account, max_age: float | None) -> int:
    chunks = rp.read_runn("actuals", chunksize=100, max_age=max_age, account=opened)
    return sum(map(len, chunks))


@pytest.mark.parametrize("cached", [True, False])
def test_ten_times_the_rows_take_about_ten_times_as_long(cached: bool) -> None:
    a_row = {}
    for rows in (5_000, 50_000):
        with served("endless", rows, 0.0) as url, account(url) as opened:
            assert in_chunks(opened, 0) == rows
            age = None if cached else 0.0
            a_row[rows] = shortest(lambda: in_chunks(opened, age), 3) / rows  # noqa: B023
    assert a_row[50_000] < 1.6 * a_row[5_000], a_row


def test_small_chunks_of_a_cached_list_take_at_most_three_times_as_long_as_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = rp.connect("demo")
    rows = len(rp.read_runn("actuals"))
    assert rows > 10_000
    kept = shortest(lambda: in_chunks(opened, None))
    # Kept decoded, the whole is read in a sixth of the time: both are measured from the pages.
    monkeypatch.setattr(Columnar, "unpack", lambda *_: None)
    ratios = []
    while len(ratios) < 4 and min(ratios, default=9.0) > 3:
        whole = shortest(lambda: rp.read_runn("actuals"))
        ratios.append((chunks := shortest(lambda: in_chunks(opened, None))) / whole)
    assert min(ratios) <= 3, ratios
    assert kept < 1.2 * chunks
