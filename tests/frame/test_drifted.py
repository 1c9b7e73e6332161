"""Drifted columns: what is told from the types of all values is what each value would tell."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runn_pandas.catalog import Field, load
from runn_pandas.errors import SchemaDriftWarning
from runn_pandas.frame import decode
from runn_pandas.frame.decode import Page, decode_page, to_frame
from runn_pandas.frame.fitting import FITS, UNKNOWN
from runn_pandas.frame.types import Backend, typed
from tests.support.rows import actual

CATALOG = load()
ACTUALS = CATALOG.resources["actuals"]
FAILURES = (decode.pa.ArrowException, OverflowError, UnicodeError)

Row = dict[str, Any]


# -- the same, value by value


def new_names(pages: list[Page], names: set[str]) -> list[str]:
    found = dict.fromkeys(name for page in pages for row in page.rows for name in row)
    return [name for name in found if name not in names]


def note(pages: list[Page], field: Field) -> str | None:
    rows = [row for page in pages for row in page.rows]
    if not field.required:
        return None
    if any(field.name not in row for row in rows):
        return f"field {field.name!r} is missing in some rows, where it is NA"
    if not field.nullable and any(row[field.name] is None for row in rows):
        return f"field {field.name!r} is null in some rows, where it is NA"
    return None


def known_column(values: list[Any], field: Field, backend: Backend, notes: list[str]) -> Any:
    if all(value is None or FITS[field.kind](value) for value in values):
        whole = [int(v) if isinstance(v, float) else v for v in values]
        try:
            return typed(whole if field.kind == "integer" else values, field.kind, backend)
        except FAILURES:
            pass
    widened, column = decode._widened(values, field, backend)
    notes.append(f"field {field.name!r} has values that are no {field.kind}, so it is {widened}")
    return column


def new_column(values: list[Any], backend: Backend) -> Any:
    present = [value for value in values if value is not None]
    fitting = [kind for kind in UNKNOWN if present and all(map(FITS[kind], present))]
    if "integer" in fitting and any(isinstance(value, float) for value in present):
        fitting.remove("integer")
    try:
        return typed(values, fitting[0], backend)
    except (*FAILURES, IndexError):
        return pd.Series(values, dtype=object)


def by_value(pages: list[Page], backend: Backend) -> tuple[pd.DataFrame, list[str]]:
    columns: dict[str, Any] = {}
    notes: list[str] = []
    rows = [row for page in pages for row in page.rows]
    for field in ACTUALS.fields:
        notes += filter(None, [note(pages, field)])
        values = [row.get(field.name) for row in rows]
        columns[field.name] = known_column(values, field, backend, notes)
    for name in new_names(pages, {field.name for field in ACTUALS.fields}):
        notes.append(f"new field {name!r} is kept as a last column")
        columns[name] = new_column([row.get(name) for row in rows], backend)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(rows))), notes


odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([2**53, 2**53 + 1, 2**63, -(2**63), 2**64]),
    st.sampled_from([0.5, 2.0, -0.0, 1e300, float("inf")]),
    st.sampled_from(["", "a", "2026-01-31", "2026-01-31T00:00:00Z", "\ud800"]),
    st.just([1]),
    st.just({"a": None}),
)
values = st.one_of(odd, st.none(), st.integers(0, 9), st.just("2026-01-31T00:00:00Z"))
names = st.sampled_from([*(field.name for field in ACTUALS.fields), "mood", "extra"])
column = st.tuples(names, st.lists(values, min_size=4, max_size=4))


@settings(max_examples=150, deadline=None)
@given(
    columns=st.lists(column, max_size=4),
    left_out=st.sets(st.tuples(st.integers(0, 3), names), max_size=2),
    backend=st.sampled_from(["default", "numpy_nullable", "pyarrow"]),
)
def test_a_drifted_frame_is_what_it_is_value_by_value(
    columns: list[tuple[str, list[Any]]], left_out: set[tuple[int, str]], backend: Backend
) -> None:
    rows = [row(number) for number in range(4)]
    for name, given_values in columns:
        for number, value in enumerate(given_values):
            rows[number][name] = value
    for number, name in left_out:
        rows[number].pop(name, None)
    pages = [Page(rows[:2], "a"), Page(rows[2:], None)]
    expected, notes = by_value(pages, backend)
    warned: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SchemaDriftWarning)
        frame = to_frame(pages, ACTUALS, backend=backend, warned=warned)
    assert warned == set(notes)
    pd.testing.assert_series_equal(frame.dtypes, expected.dtypes)
    assert list(frame.columns) == list(expected.columns)
    for name in frame.columns:
        assert repr(frame[name].tolist()) == repr(expected[name].tolist())


def row(number: int) -> Row:
    return actual(id=number + 1, billableMinutes=number % 480)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
@pytest.mark.parametrize(
    "change",
    [
        lambda made: made | ({"billableMinutes": 7.5} if made["id"] % 7 == 0 else {}),
        lambda made: made | {"mood": "good"},
        lambda made: made | ({"personId": None} if made["id"] % 7 == 0 else {}),
    ],
)
def test_a_drifted_list_takes_no_more_than_five_times_an_ordinary_one(
    change: Callable[[Row], Row],
) -> None:
    def contents(change: Callable[[Row], Row]) -> list[bytes]:
        parts = [[change(row(n)) for n in range(at, at + 500)] for at in range(0, 20_000, 500)]
        return [json.dumps({"values": rows, "nextCursor": "a"}).encode() for rows in parts]

    def seconds(pages: list[bytes]) -> float:
        took = []
        for _ in range(3):
            began = time.process_time()
            assert len(to_frame([decode_page(page, ACTUALS) for page in pages], ACTUALS)) == 20_000
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(contents(change)) <= 5 * seconds(contents(lambda made: made))
