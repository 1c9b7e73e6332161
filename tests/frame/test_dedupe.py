"""Which rows stay, and which were handed out: ids in order, out of order, missing, drifted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runn_pandas.frame.decode import Page
from runn_pandas.frame.dedupe import Seen, kept
from runn_pandas.reader.merge import merged

ids = st.lists(st.none() | st.integers(-9, 9) | st.sampled_from([2**60, 2**60 + 1]), max_size=9)


def frame(values: list[Any], dtype: Any = "Int64") -> pd.DataFrame:
    return pd.DataFrame({"id": pd.array(values, dtype=dtype)})


@given(chunks=st.lists(ids, max_size=6))
def test_a_chunk_is_fresh_where_no_earlier_one_had_the_id(chunks: list[list[int | None]]) -> None:
    seen, given_out = Seen(["id"]), set()
    for values in chunks:
        expected = [value is None or value not in given_out for value in values]
        assert seen.fresh(frame(values)).tolist() == expected
        seen.hand_out(frame(values))
        given_out |= set(values) - {None}


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]"])
def test_a_million_ids_take_eight_bytes_each(dtype: str) -> None:
    seen = Seen(["id"])
    for start in range(0, 100_000, 10_000):
        chunk = frame(list(range(start, start + 10_000)), dtype)
        assert seen.fresh(chunk).all()
        seen.hand_out(chunk)
    assert sum(part.nbytes for part in seen._ids) == 800_000
    assert not seen.fresh(frame([5, 99_999], dtype)).any()


@given(values=ids.map(lambda found: [v for v in found if v is not None]))
def test_ids_in_order_all_stay(values: list[int]) -> None:
    in_order = frame(sorted(set(values)))
    assert kept(in_order, ["id"], [len(in_order)]).all()
    stay = kept(frame(values), ["id"], [len(values)])
    assert sorted(np.array(values, object)[stay]) == sorted(set(values))


def copies(first: str | None, second: str | None) -> pd.DataFrame:
    made = frame([1, 2, 1])
    stamps = pd.to_datetime(pd.Series([first, "2026-01-05", second]), utc=True)
    return made.assign(updatedAt=stamps)


@pytest.mark.parametrize(
    ("first", "second", "stays"),
    [
        ("2026-01-02", None, 0),
        (None, "2026-01-02", 2),
        # Of two that say the same, or nothing, the one that came last.
        (None, None, 2),
        ("2026-01-02", "2026-01-02", 2),
        ("2026-01-02", "2026-01-01", 0),
        ("2026-01-01", "2026-01-02", 2),
    ],
)
def test_of_two_copies_the_one_that_was_updated_last_stays(
    first: str | None, second: str | None, stays: int
) -> None:
    both = copies(first, second)
    assert np.flatnonzero(kept(both, ["id"], [3])).tolist() == sorted({1, stays})
    assert kept(both, ["id"], [2, 1]).all(), "rows of two lists are not the same row"


@pytest.mark.parametrize("order", [1, -1])
def test_where_both_ends_meet_too(order: int) -> None:
    rows = [
        {"id": 1, "updatedAt": "2026-01-02T00:00:00Z", "name": "dated"},
        {"id": 1, "updatedAt": None, "name": "not dated"},
    ]
    found = merged([Page([row], None) for row in rows[::order]])
    assert found.values("name") == ["dated"]
