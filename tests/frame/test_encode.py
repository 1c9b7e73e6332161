"""One value for one meaning, whatever pandas calls it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runn_pandas.catalog import Field, load
from runn_pandas.frame.decode import Page, to_frame
from runn_pandas.frame.encode import Unfit, encode_column, is_missing, jsonable, refusal, same
from runn_pandas.frame.encode import encode_cell as encode
from runn_pandas.frame.foreign_text import NumberText

INTEGER = Field("personId", "integer")
NUMBER = Field("budget", "number")
TEXT = Field("name", "string")
FLAG = Field("isArchived", "boolean")
DATE = Field("startDate", "string", format="date")
STAMP = Field("updatedAt", "string", format="date-time")
TAGS = (
    load()
    .resources["people"]
    .fields[[f.name for f in load().resources["people"].fields].index("tags")]
)

ANYTHING = Field("value", ("string", "object"))
IDS = Field("userGroupIds", "array", items=Field("item", "integer"))

SAME: list[tuple[Field, list[Any], Any]] = [
    (INTEGER, ["7.0", 7, 7.0, np.int64(7), np.float32(7), Decimal(7), "7", " 7"], 7),
    (NUMBER, [1.5, np.float32(1.5), Decimal("1.5"), "1.5"], 1.5),
    (NUMBER, [80, 80.0, np.int32(80)], 80),
    (NUMBER, [np.float32(0.1), 0.1], 0.1),
    (TEXT, ["12", 12, 12.0, np.str_("12")], "12"),
    (FLAG, [True, np.bool_(True), 1, 1.0, "True", "true"], True),
    (
        DATE,
        [
            "2026-03-01",
            "2026-03-01T00:00:00",
            date(2026, 3, 1),
            datetime(2026, 3, 1),
            pd.Timestamp("2026-03-01"),
            np.datetime64("2026-03-01"),
            pd.Period("2026-03-01", "D"),
        ],
        "2026-03-01",
    ),
    (
        STAMP,
        [
            "2026-03-01T08:00:00Z",
            "2026-03-01T09:00:00+01:00",
            "2026-03-01T08:00:00.000Z",
            pd.Timestamp("2026-03-01 08:00", tz="UTC"),
            pd.Timestamp("2026-03-01 08:00"),
            datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=1))),
        ],
        "2026-03-01T08:00:00.000000Z",
    ),
    (
        TAGS,
        [[{"id": 1.0, "name": "a"}], ({"id": 1, "name": "a"},), np.array([{"id": 1, "name": "a"}])],
        [{"id": 1, "name": "a"}],
    ),
    (IDS, [[1, 2.0], (1, "2"), np.array([1, 2])], [1, 2]),
]
MISSING = [None, float("nan"), np.nan, pd.NA, pd.NaT, np.datetime64("NaT", "ns"), Decimal("nan")]
BAD: list[tuple[Field, Any, str]] = [
    (INTEGER, 30.5, "whole number"),
    (INTEGER, True, "flag"),
    (INTEGER, "seven", "whole number"),
    (INTEGER, float("inf"), "finite"),
    (INTEGER, 2.0**60, "too large"),
    (INTEGER, [1], "whole number"),
    (NUMBER, "lots", "number"),
    (NUMBER, float("-inf"), "finite"),
    (NUMBER, [80], "not a number"),
    (TEXT, 1.5, "not a text"),
    (TEXT, b"x", "not a text"),
    (TEXT, "\ud800", "surrogate"),
    (FLAG, 2, "neither"),
    (FLAG, "yes", "neither"),
    (DATE, "01/02/2026", "YYYY-MM-DD"),
    (DATE, "2026-02-30", "YYYY-MM-DD"),
    (DATE, pd.Timestamp("2026-03-01 08:00"), "time of day"),
    (DATE, 20260301, "not a date"),
    (STAMP, "soon", "moment"),
    (IDS, [1, None], "a list with a missing element"),
    (IDS, [1, "x"], "whole number"),
    (IDS, 1, "not a list"),
    (TAGS, "Remote", "not a list"),
    (TAGS, [None], "objects with id, name"),
    (TAGS, [{"id": "x"}], "'id'"),
]


@pytest.mark.parametrize(("field", "values", "expected"), SAME, ids=lambda v: repr(v)[:30])
def test_one_value_for_one_meaning(field: Field, values: list[Any], expected: Any) -> None:
    for value in values:
        found = encode(value, field)
        assert found == expected
        assert type(found) in (type(expected), NumberText)
        json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("field", [INTEGER, NUMBER, TEXT, FLAG, DATE, STAMP, TAGS])
def test_every_kind_of_missing_is_none(field: Field) -> None:
    assert all(is_missing(value) for value in MISSING)
    assert [encode(value, field) for value in MISSING] == [None] * len(MISSING)
    assert not any(is_missing(value) for value in ("", 0, False, [], {}, "nan", np.array([])))


@pytest.mark.parametrize(("field", "value", "why"), BAD, ids=lambda v: repr(v)[:30])
def test_what_a_field_does_not_hold(field: Field, value: Any, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        encode(value, field)


def test_a_column_lists_all_its_bad_cells_and_knows_true_from_one() -> None:
    values, bad = encode_column(pd.Series([1, True, 2.5, "x", None], dtype=object), INTEGER)
    assert values == [1, None, None, None, None]
    assert set(bad) == {1, 2, 3}
    moments = pd.Series(
        [pd.Timestamp("2026-03-01", tz="Europe/Paris"), pd.Timestamp("2026-02-28 23:00", tz="UTC")],
        dtype=object,
    )
    assert set(encode_column(moments, DATE)[1]) == {0, 1}


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (0.1 + 0.2, 0.3),
        (72.10350000000001, 72.1035),
        (1.1 * 1.1 * 1.1, 1.331),
        (-(0.1 + 0.2), -0.3),
        (np.float64(19.99) * 3, 59.97),
        (1 / 3, 1 / 3),
        (2**53 + 1, 2**53 + 1),
        (-(2**60) - 1, -(2**60) - 1),
        (5e-324, 5e-324),
        (1.7e308, 1.7e308),
    ],
)
def test_what_calculating_left_in_the_last_digits_is_not_sent(value: Any, sent: Any) -> None:
    assert json.dumps(encode(value, NUMBER)) == json.dumps(sent)
    assert json.dumps(encode({"fixed": value}, ANYTHING)) == json.dumps({"fixed": sent})


def test_minutes_made_of_hours_are_whole() -> None:
    assert [encode(hours * 60, INTEGER) for hours in (4.1, 2.3, 8.2)] == [246, 138, 492]
    with pytest.raises(Unfit, match="whole"):
        encode(4.11 * 60, INTEGER)


@given(st.decimals(-(10**11), 10**11, places=4))
def test_an_amount_that_was_typed_is_sent_as_it_was(amount: Decimal) -> None:
    sent = encode(float(amount), NUMBER)
    assert Decimal(json.dumps(sent)) == amount
    assert encode(str(amount), NUMBER) == encode(amount, NUMBER) == sent


@given(st.integers(-(10**25), 10**25))
def test_whole_numbers_are_sent_exactly(number: int) -> None:
    assert encode(number, NUMBER) == encode(str(number), NUMBER) == number


@given(st.decimals(0, 10**6, places=4), st.decimals(0, 10**6, places=4))
def test_a_sum_of_amounts_is_sent_as_the_exact_one(one: Decimal, other: Decimal) -> None:
    exact = one + other
    sent = encode(float(one) + float(other), NUMBER)
    assert Decimal(json.dumps(sent)) == exact


@pytest.mark.parametrize("dtype", ["category", "object", "string", None])
def test_categories_and_objects(dtype: Any) -> None:
    column = pd.Series(["tm", "fp", None], dtype=dtype)
    assert encode_column(column, TEXT) == (["tm", "fp", None], {})


def test_anything_as_json() -> None:
    value = {"a": np.array([1, 2]), "b": (pd.NA, pd.Timestamp("2026-03-01")), 3: np.float64(2)}
    assert jsonable(value) == {"a": [1, 2], "b": [None, "2026-03-01"], "3": 2}
    with pytest.raises(Unfit, match="complex"):
        jsonable(1j)
    with pytest.raises(Unfit, match="table"):
        jsonable(pd.Series([1]))


@pytest.mark.parametrize(
    ("value", "field", "why"),
    [
        (-1, Field("m", "number", minimum=0), "below 0"),
        ("x", Field("m", "string", enum=("a", "b")), "none of 'a', 'b'"),
        ("", Field("name", "string", min_length=1), "empty"),
        (None, Field("name", "string"), "null"),
        ("www.x.com", Field("website", "string", format="url"), "address"),
        ([], Field("options", "array", min_items=1), "fewer"),
        (
            {"monday": 1},
            Field("r", "object", fields=(Field("friday", "number", required=True),)),
            "lacks 'friday'",
        ),
    ],
)
def test_what_a_write_does_not_take(value: Any, field: Field, why: str) -> None:
    assert why in str(refusal(value, field))
    assert refusal(None, Field("x", "string", nullable=True)) is None


PEOPLE = load().resources["people"]
ACTUALS = load().resources["actuals"]
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(-(2**53), 2**53),
    "number": st.floats(allow_nan=False, allow_infinity=False, width=32),
    "text": st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    "flag": st.booleans(),
    "date": st.dates(date(1700, 1, 1), date(2250, 1, 1)).map(lambda d: d.isoformat()),
    "timestamp": st.datetimes(datetime(1700, 1, 1), datetime(2250, 1, 1)).map(
        lambda d: d.strftime("%Y-%m-%dT%H:%M:%S.") + f"{d.microsecond:06d}Z"
    ),
}


@given(st.data(), st.sampled_from(["default", "numpy_nullable", "pyarrow"]))
def test_decoded_and_encoded_is_what_it_was(data: st.DataObject, backend: Any) -> None:
    fields = [f for f in ACTUALS.fields if f.kind in KINDS] + [
        f
        for f in PEOPLE.fields
        if f.kind in KINDS and f.name not in {g.name for g in ACTUALS.fields}
    ]
    row = st.fixed_dictionaries(
        {f.name: st.none() | KINDS[f.kind] if f.nullable else KINDS[f.kind] for f in ACTUALS.fields}
    )
    rows = data.draw(st.lists(row, max_size=5))
    frame = to_frame([Page(rows, None)], ACTUALS, backend=backend)
    for field in ACTUALS.fields:
        values, bad = encode_column(frame[field.name], field)
        assert not bad
        assert values == [encode(r[field.name], field) for r in rows]
        assert values == [r[field.name] for r in rows]
    assert fields


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, ""),
        ("", []),
        ([], {}),
        ([1, 2], [2, 1]),
        ([{"id": 1, "name": "a"}, {"id": 2}], [{"id": 2}, {"name": "a", "id": 1}]),
        (True, True),
        (1, 1.0),
    ],
)
def test_values_that_mean_the_same(one: Any, other: Any) -> None:
    assert same(one, other) is True
    assert same(other, one) is True


@pytest.mark.parametrize(
    ("one", "other"),
    [(None, 0), ("", False), ([], [0]), ([1, 1], [1]), (True, 1), (0, False), ("1", 1), ([1], 1)],
)
def test_values_that_do_not_mean_the_same(one: Any, other: Any) -> None:
    assert same(one, other) is False
    assert same(other, one) is False


def test_the_hour_that_comes_twice_in_autumn_is_two_moments() -> None:
    first = datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    column = pd.Series([first, first.replace(fold=1), first], dtype=object)
    field = Field("updatedAt", "string", format="date-time")
    hours = [value[11:16] for value in encode_column(column, field)[0]]
    assert hours == ["00:30", "01:30", "00:30"]
