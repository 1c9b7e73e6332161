"""Answers as no API gives them, for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from runn_pandas.catalog import load

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
almost_rows = st.lists(
    st.dictionaries(
        st.sampled_from([field.name for field in load().find("actuals")[0].fields]),
        json_values,
        max_size=5,
    )
)
