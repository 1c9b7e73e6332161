"""Pages to frames: the fast path and the plain one agree, drift loses nothing."""

from __future__ import annotations

import json
import re
import string
import warnings
from contextlib import nullcontext
from typing import Any

import pandas as pd
import pandas.testing as pdt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runn_pandas.catalog import Field, Resource, load
from runn_pandas.errors import ProtocolError, SchemaDriftWarning
from runn_pandas.frame.decode import Page, decode_list, decode_page, to_frame, together
from runn_pandas.frame.types import PANDAS_TEXT, page_schema, plain_nested
from tests.support.rows import actual
from tests.support.strategies import almost_rows, json_values

CATALOG = load()
LISTS = [r for r in CATALOG.resources.values() if r.is_list]
BACKENDS = ["default", "numpy_nullable", "pyarrow"]
ACTUALS = CATALOG.resources["actuals"]
PEOPLE = CATALOG.resources["people"]


def value_of(field: Field) -> st.SearchStrategy[Any]:
    """Any value that the contract allows for a field."""
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(-(2**63), 2**63 - 1),
        "number": st.one_of(
            st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False)
        ),
        "text": st.text(),
        "flag": st.booleans(),
        "date": st.dates().map(str),
        "timestamp": st.datetimes().map(lambda d: d.isoformat(timespec="milliseconds") + "Z"),
        "any": st.text(string.ascii_letters),
    }
    if field.enum:
        strategy = st.sampled_from(field.enum)
    elif field.type == "array" and field.items is not None:
        strategy = st.lists(value_of(field.items), max_size=2)
    elif field.type == "object":
        strategy = row_of(field.fields)
    else:
        strategy = kinds[field.kind]
    return st.none() | strategy if field.nullable else strategy


def row_of(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {f.name: value_of(f) for f in fields if f.required},
        optional={f.name: value_of(f) for f in fields if not f.required},
    )


def drifting(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows as the contract does not have them: keys left out, nulls, another field's values."""
    names = [f.name for f in fields]
    changes = st.dictionaries(
        st.sampled_from(names), st.none() | st.booleans() | st.text(max_size=3) | st.integers()
    )
    return st.tuples(row_of(fields), st.sets(st.sampled_from(names), max_size=2), changes).map(
        lambda parts: {k: v for k, v in {**parts[0], **parts[2]}.items() if k not in parts[1]}
    )


def body(rows: list[Any], cursor: str | None = None) -> bytes:
    return json.dumps({"values": rows, "nextCursor": cursor}).encode()


def frames(content: bytes, resource: Resource, backend: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame of each way, and the same warnings."""
    places = [dict.fromkeys((p.name for p in resource.path_parameters), 7)]
    made, told = [], []
    for fast in (True, False):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            page = decode_page(content, resource, fast=fast)
            made.append(to_frame([page], resource, places=places, backend=backend))
        told.append([str(warning.message) for warning in caught])
    assert told[0] == told[1]
    return made[0], made[1]


def assert_identical(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pdt.assert_series_equal(one.dtypes, other.dtypes)
    # Lists are compared as lists: pandas would compare them as arrays.
    nested = [n for n in one.columns if any(isinstance(v, (list, dict)) for v in one[n].tolist())]
    pdt.assert_frame_equal(one.drop(columns=nested), other.drop(columns=nested), check_exact=True)
    for name in nested:
        assert one[name].tolist() == other[name].tolist()


@pytest.mark.parametrize("resource", LISTS, ids=lambda r: r.name)
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_both_ways_give_the_identical_frame(resource: Resource, data: st.DataObject) -> None:
    rows = data.draw(st.lists(row_of(resource.fields), max_size=3))
    content = body(rows)
    for backend in BACKENDS:
        fast, plain = frames(content, resource, backend)
        assert_identical(fast, plain)
    if rows and page_schema(resource) is not None and ordinary(rows):
        assert not isinstance(decode_page(content, resource).rows, list), (
            "the fast way was not taken"
        )


@pytest.mark.parametrize("name", ["actuals", "people", "contracts", "other-expenses", "phases"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_both_ways_agree_on_drift(name: str, data: st.DataObject) -> None:
    resource = CATALOG.resources[name]
    content = body(data.draw(st.lists(drifting(resource.fields), max_size=3)))
    for backend in BACKENDS:
        assert_identical(*frames(content, resource, backend))


def ordinary(rows: list[Any]) -> bool:
    """Rows without what the fast way leaves to the plain one."""
    text = json.dumps(rows)
    huge = re.search(r"\d{16}|e\+", text)
    return not huge and "\\ud" not in text and "Inf" not in text and "NaN" not in text


@pytest.mark.parametrize("resource", list(CATALOG.resources.values()), ids=lambda r: r.name)
def test_empty_answer_has_all_columns_typed(resource: Resource) -> None:
    expected = {
        "integer": "Int64",
        "number": "Float64",
        "flag": "boolean",
        "text": PANDAS_TEXT,
        "date": "datetime64[us]",
        "timestamp": "datetime64[us, UTC]",
        "nested": "object",
    }
    frame = to_frame([], resource)
    for field in (*resource.path_parameters, *resource.fields):
        assert frame[field.name].dtype == expected[field.kind], field.name
    assert len(frame) == 0


def read(*rows: dict[str, Any], backend: Any = "default") -> pd.DataFrame:
    """Each row as a page of its own, so that pages of both ways meet."""
    return to_frame([decode_page(body([r]), ACTUALS) for r in rows], ACTUALS, backend=backend)


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize(
    ("sent", "dtype"),
    [
        ("4503599627370495.0", "Int64"),
        ("4503599627370497", "Int64"),
        ("4503599627370497.0", "Float64"),
        ("4503599627370497.5", "Float64"),
        ("-4503599627370497.5", "Float64"),
        ("9007199254740993.0", "Float64"),
    ],
)
def test_a_float_that_has_no_fraction_for_its_size_is_no_whole_number(
    sent: str, dtype: str, fast: bool
) -> None:
    content = body([actual(billableMinutes=12345)]).replace(b"12345", sent.encode())
    page = decode_page(content, ACTUALS, fast=fast)
    with (
        nullcontext()
        if dtype == "Int64"
        else pytest.warns(SchemaDriftWarning, match="values that are no integer, so it is Float64")
    ):
        minutes = to_frame([page], ACTUALS)["billableMinutes"]
    assert str(minutes.dtype) == dtype
    assert float(minutes.iloc[0]) == float(sent)


def test_values_are_exact() -> None:
    frame = read(actual(id=2**53 + 1))
    one = frame.iloc[0]
    assert one["id"] == 2**53 + 1
    assert one["date"] == pd.Timestamp("2026-01-31")
    assert one["createdAt"] == pd.Timestamp("2026-01-31T23:59:59", tz="UTC")
    assert one["updatedAt"] == pd.Timestamp("2026-02-01T00:00:00.123", tz="UTC")
    assert one["billableMinutes"] == 0, "an actual of 0 is an actual"
    assert pd.isna(one["phaseId"])
    assert one["nonbillableNote"] == ""


def test_pyarrow_backend_is_arrow_throughout() -> None:
    frame = to_frame([decode_page(body([]), PEOPLE)], PEOPLE, backend="pyarrow")
    assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)


DRIFTS = [
    ("billableMinutes", 7.5, "Float64", [7.5, 0]),
    ("billableMinutes", "90", "object", ["90", 0]),
    ("billableMinutes", True, "object", [True, 0]),
    ("personId", 7.5, "object", [7.5, 2]),
    ("personId", "p-7", "object", ["p-7", 2]),
    ("personId", 2**63, "object", [2**63, 2]),
    ("date", "soon", PANDAS_TEXT, ["soon", "2026-01-31"]),
    ("date", "2026-01-31T22:00:00Z", PANDAS_TEXT, ["2026-01-31T22:00:00Z", "2026-01-31"]),
    ("date", 20260131, "object", [20260131, "2026-01-31"]),
    ("updatedAt", "2026-02-01T00:00:00", PANDAS_TEXT, None),
    ("updatedAt", "2026-02-01T00:00:00.123456789Z", PANDAS_TEXT, None),
    ("nonbillableNote", 5, "object", [5, ""]),
    ("nonbillableNote", {"a": 1}, "object", [{"a": 1}, ""]),
]


@pytest.mark.parametrize(("name", "value", "dtype", "expected"), DRIFTS)
def test_oddly_typed_field_widens_and_keeps_the_value(
    name: str, value: Any, dtype: str, expected: list[Any] | None
) -> None:
    with pytest.warns(SchemaDriftWarning, match=name) as caught:
        frame = read(actual(**{name: value}), actual())
    assert len(caught) == 1
    assert frame[name].dtype == dtype
    assert frame[name].tolist() == (expected or [value, "2026-02-01T00:00:00.123Z"])
    others = [n for n in frame.columns if n != name]
    pdt.assert_frame_equal(frame[others], read(actual(), actual())[others])


def test_whole_float_in_an_integer_field_is_the_integer() -> None:
    frame = to_frame(
        [decode_page(body([actual()]).replace(b'"id": 1,', b'"id": 1.0,'), ACTUALS)], ACTUALS
    )
    assert frame["id"].dtype == "Int64"
    assert frame["id"].tolist() == [1]


def test_new_field_is_kept_as_the_last_column() -> None:
    with pytest.warns(SchemaDriftWarning, match="'mood'"):
        frame = read(actual(mood="good", extra={"a": [1]}), actual())
    assert list(frame.columns[-2:]) == ["mood", "extra"]
    assert frame["mood"].tolist()[0] == "good"
    assert pd.isna(frame["mood"].tolist()[1])
    assert frame["extra"].tolist() == [{"a": [1]}, None]


def test_missing_field_is_na_with_a_warning() -> None:
    short = actual()
    del short["personId"]
    with pytest.warns(SchemaDriftWarning, match="'personId' is missing"):
        frame = read(short, actual())
    assert frame["personId"].dtype == "Int64"
    assert frame["personId"].isna().tolist() == [True, False]


def test_null_where_the_contract_has_none_is_na_with_a_warning() -> None:
    with pytest.warns(SchemaDriftWarning, match="'personId' is null"):
        frame = read(actual(personId=None), actual())
    assert frame["personId"].dtype == "Int64"
    assert frame["personId"].isna().tolist() == [True, False]


def test_a_number_too_large_for_a_float_is_kept_exactly() -> None:
    expenses = CATALOG.resources["other-expenses"]
    base = {"id": 1, "charge": 1, "name": "x", "date": "2026-01-01", "projectId": 1}
    stamps = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}
    page = decode_page(body([{**base, **stamps, "cost": 2**53 + 1}]), expenses)
    with pytest.warns(SchemaDriftWarning, match="'cost'"):
        assert to_frame([page], expenses)["cost"].tolist() == [2**53 + 1]


@pytest.mark.parametrize("amount", ["NaN", str(2**53 + 1)])
def test_an_amount_inside_of_a_list_is_as_exact(amount: str) -> None:
    cards = CATALOG.resources["rate-cards"]
    card: dict[str, Any] = dict.fromkeys(field.name for field in cards.fields)
    card |= {"id": 1, "name": "A", "isArchived": False, "references": [], "projectIds": []}
    card |= {"isBlendedRateCard": False, "rateType": "hours", "createdAt": "2026-01-01T00:00:00Z"}
    card |= {"updatedAt": "2026-01-01T00:00:00Z"}
    card["rates"] = [{"role": {"id": 2, "name": "B"}, "rateHourly": "?", "rateDaily": 8}]
    content = body([card]).replace(b'"?"', amount.encode())
    if amount == "NaN":
        with pytest.raises(ProtocolError, match="is not JSON"):
            decode_page(content, cards)
    else:
        frame = to_frame([decode_page(content, cards)], cards)
        assert frame["rates"][0][0]["rateHourly"] == 2**53 + 1


def test_a_row_that_mentions_the_cursor_is_no_cursor() -> None:
    content = json.dumps({"values": [actual(billableNote="nextCursor")]}).encode()
    with pytest.raises(ProtocolError, match="another follows"):
        decode_page(content, ACTUALS)


@pytest.mark.parametrize("tags", [["Remote"], {"a": 1}, "Remote", [None]])
def test_nested_values_of_another_form_are_kept_with_a_warning(tags: Any) -> None:
    person = {f.name: None for f in PEOPLE.fields}
    person |= {"id": 1, "firstName": "A", "lastName": "B", "isArchived": False, "references": []}
    person |= {"managers": [], "tags": tags, "createdAt": "2026-01-01T00:00:00Z"}
    person |= {"updatedAt": "2026-01-01T00:00:00Z"}
    for backend in BACKENDS:
        page = decode_page(body([person]), PEOPLE)
        with pytest.warns(SchemaDriftWarning, match="'tags'"):
            frame = to_frame([page], PEOPLE, backend=backend)
        assert frame["tags"].tolist() == [tags]


def test_the_rows_own_value_goes_before_the_parameter() -> None:
    skills = CATALOG.resources["people/{personId}/skills"]
    skill = {"level": 1, "skillId": 5, "personId": 999}
    skill |= {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}
    with pytest.warns(SchemaDriftWarning, match="'personId'"):
        frame = to_frame([decode_page(body([skill]), skills)], skills, places=[{"personId": 7}])
    assert frame["personId"].tolist() == [999]


def test_the_warning_points_at_the_users_line() -> None:
    page = decode_page(body([actual(mood=1)]), ACTUALS)
    with pytest.warns(SchemaDriftWarning) as caught:
        to_frame([page], ACTUALS)
    assert caught[0].filename == __file__


def test_nested_values_keep_keys_the_catalogue_does_not_know() -> None:
    person = {f.name: None for f in PEOPLE.fields}
    person |= {"id": 1, "firstName": "A", "lastName": "B", "isArchived": False, "references": []}
    person |= {"tags": [{"id": 1, "name": "x", "colour": "red"}], "managers": [{}]}
    person |= dict.fromkeys(("createdAt", "updatedAt"), "2026-01-01T00:00:00Z")
    page = decode_page(body([person]), PEOPLE)
    frame = to_frame([page], PEOPLE)
    assert frame["tags"][0] == [{"id": 1, "name": "x", "colour": "red"}]
    assert frame["managers"][0] == [{"id": None}]
    with pytest.warns(SchemaDriftWarning, match="'tags'"):
        arrow = to_frame([page], PEOPLE, backend="pyarrow")
    assert arrow["tags"][0] == frame["tags"][0]


BROKEN = {
    "no JSON": b"<html>hello</html>",
    "empty": b"",
    "cut": body([actual()])[:-20],
    "two documents": body([]) + b"\n" + body([actual()]),
    "trailing": body([]) + b"x",
    "no values": b'{"nextCursor": null}',
    "values null": b'{"values": null, "nextCursor": null}',
    "values object": b'{"values": {}, "nextCursor": null}',
    "no cursor": b'{"values": []}',
    "empty cursor": b'{"values": [], "nextCursor": ""}',
    "number cursor": b'{"values": [], "nextCursor": 5}',
    "bare list": b"[]",
    "null row": body([None]),
    "text row": body(["x"]),
    "NaN": body([actual()]).replace(b"30", b"NaN"),
    "not UTF-8": b'{"values": [], "nextCursor": null, "x": "\xff"}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_page_is_a_protocol_error(name: str) -> None:
    with pytest.raises(ProtocolError, match="'actuals'"):
        decode_page(BROKEN[name], ACTUALS)


def test_cursor_is_handed_on() -> None:
    assert decode_page(body([actual()], "abc"), ACTUALS).cursor == "abc"
    assert decode_page(body([actual()], "abc"), ACTUALS, fast=False).cursor == "abc"
    assert decode_page(body([actual()]), ACTUALS).cursor is None


@settings(max_examples=100, deadline=None)
@given(
    content=st.binary() | json_values.map(lambda v: json.dumps(v).encode()) | almost_rows.map(body)
)
def test_any_answer_is_a_frame_or_a_protocol_error(content: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SchemaDriftWarning)
        try:
            page = decode_page(content, ACTUALS)
        except ProtocolError:
            return
        frame = to_frame([page], ACTUALS)
    assert len(frame) == len(page)


def test_page_counts_its_rows() -> None:
    assert len(Page([{}, {}], None)) == 2


@pytest.mark.parametrize("content", [b"null", b' null {"values":[],"nextCursor":null}', b"null\n"])
def test_a_null_in_place_of_a_page_is_an_error(content: bytes) -> None:
    """Arrow would end the process."""
    with pytest.raises(ProtocolError):
        decode_page(content, ACTUALS)


def test_a_number_beyond_floats_goes_the_plain_way() -> None:
    expenses = CATALOG.resources["other-expenses"]
    for constant in (b"NaN", b"Infinity", b"-Infinity"):
        with pytest.raises(ProtocolError, match="not JSON"):
            decode_page(b'{"values":[{"cost":' + constant + b'}],"nextCursor":null}', expenses)


@settings(max_examples=60, deadline=None)
@given(
    lists=st.lists(
        st.lists(row_of(ACTUALS.fields) | drifting(ACTUALS.fields), max_size=3), max_size=4
    ),
    pretty=st.booleans(),
    turned=st.booleans(),
)
def test_a_list_is_decoded_as_its_pages_are(
    lists: list[list[dict[str, Any]]], pretty: bool, turned: bool
) -> None:
    indent = 1 if pretty else None
    contents = [
        json.dumps({"values": rows, "nextCursor": str(n)}, indent=indent).encode()
        for n, rows in enumerate(lists)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SchemaDriftWarning)
        whole = to_frame(decode_list(contents, ACTUALS, turned=turned), ACTUALS)
        single = to_frame([decode_page(content, ACTUALS) for content in contents], ACTUALS)
    if turned:
        single = single[::-1].reset_index(drop=True)
    assert_identical(whole, single)


UNKNOWN: list[tuple[list[Any], str]] = [
    ([True, None], "boolean"),
    ([1, None], "Int64"),
    ([-(2**63), 2**63 - 1], "Int64"),
    ([2**63], "object"),
    ([0.5, 1], "Float64"),
    ([1, 2.0], "Float64"),
    # A float would not be the number that was sent.
    ([2**53 + 1, 2.0], "object"),
    (["a", None], PANDAS_TEXT),
    (["2026-01-01"], PANDAS_TEXT),
    ([True, 1], "object"),
    ([1, "a"], "object"),
    ([None, None], "object"),
    ([[1], {"a": 1}], "object"),
]


@pytest.mark.parametrize(("values", "dtype"), UNKNOWN)
def test_a_field_that_the_catalogue_does_not_know_has_the_type_of_its_values(
    values: list[Any], dtype: str
) -> None:
    pages = [decode_page(body([actual(mood=value) for value in values]), ACTUALS)]
    with pytest.warns(SchemaDriftWarning, match="new field 'mood'"):
        frame = to_frame(pages, ACTUALS)
    assert frame.columns[-1] == "mood"
    assert str(frame["mood"].dtype) == dtype
    assert [None if v is pd.NA or v is None or v != v else v for v in frame["mood"]] == values
    with pytest.warns(SchemaDriftWarning, match="new field 'mood'"):
        arrow = to_frame(pages, ACTUALS, backend="pyarrow")
    assert isinstance(arrow["mood"].dtype, pd.ArrowDtype) == (dtype != "object")


@pytest.mark.parametrize(
    "broken",
    [
        b"null",
        b'{"values":[null],"nextCursor":null}',
        b'{"values":null,"nextCursor":null}',
        b'{"values":[1],"nextCursor":null}',
    ],
)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_null_in_any_of_several_pages_is_a_protocol_error(broken: bytes, at: int) -> None:
    contents = [body([actual()]).replace(b": ", b":").replace(b", ", b",") for _ in range(2)]
    contents.insert(at, broken)
    with pytest.raises(ProtocolError, match="'actuals'"):
        decode_list(contents, ACTUALS)


@pytest.mark.parametrize("fast", [(True, True, True), (False, False, False), (True, False, True)])
def test_pages_put_together_keep_their_order_and_the_last_cursor(fast: tuple[bool, ...]) -> None:
    resource = CATALOG.resources["teams"]
    row = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}
    bodies = [body([{"id": n, "name": f"team {n}", **row}], f"c{n}") for n in (3, 1, 2)]
    pages = [
        decode_page(content, resource, fast=way) for content, way in zip(bodies, fast, strict=True)
    ]
    whole = together(pages)
    assert whole.cursor == "c2"
    assert whole.values("id") == [3, 1, 2]
    assert isinstance(whole.rows, list) != all(fast)


def test_what_arrow_can_hold_of_a_nested_field() -> None:
    number, mixed = Field("n", "number", required=True), Field("m", ("number", "string"))
    assert plain_nested(number)
    assert not plain_nested(mixed)
    assert plain_nested(Field("l", "array", items=number))
    assert not plain_nested(Field("l", "array", items=mixed))
    assert not plain_nested(Field("l", "array"))
    assert plain_nested(Field("o", "object", fields=(number,)))
    assert not plain_nested(Field("o", "object", fields=(Field("n", "number"),)))
    assert not plain_nested(Field("o", "object", fields=(number, mixed)))
    assert not plain_nested(Field("o", "object"))
