"""The first and the last day that are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from runn_pandas.analysis.days import Window, window
from runn_pandas.errors import FilterError


def days(first: str, last: str) -> Window:
    return tuple(int(np.datetime64(day, "D").astype(int)) for day in (first, last))  # type: ignore[return-value]


OWN = days("2026-03-02", "2026-03-20")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, OWN),
        ("2026-03-10", None, days("2026-03-10", "2026-03-20")),
        (None, "2026-03-10", days("2026-03-02", "2026-03-10")),
        ("2026-01-01", "2026-12-31", days("2026-01-01", "2026-12-31")),
        # A side that is not given may leave nothing.
        ("2026-04-01", None, days("2026-04-01", "2026-03-20")),
        (None, "2026-02-01", days("2026-03-02", "2026-02-01")),
    ],
)
def test_a_side_that_is_not_given_is_the_table_s_own(
    start: Any, end: Any, expected: Window
) -> None:
    assert window(start, end, OWN) == expected


def test_both_days_are_inclusive_and_in_order() -> None:
    assert window("2026-03-02", "2026-03-02") == days("2026-03-02", "2026-03-02")
    with pytest.raises(FilterError, match=r"end \(2026-03-01\) is before start \(2026-03-02\)"):
        window("2026-03-02", "2026-03-01", OWN)
