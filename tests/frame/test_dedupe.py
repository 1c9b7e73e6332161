"""Which rows stay, and which were handed out: ids in order, out of order, missing, drifted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runn_pandas.frame.dedupe import Seen, kept

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
