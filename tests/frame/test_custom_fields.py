"""Both forms of custom fields are read alike, and nothing else is taken for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from runn_pandas.frame.custom_fields import CustomField, custom_values, option_names
from runn_pandas.frame.encode import Unfit

WANTED = {
    CustomField("text", 1, "Cost centre"): "007",
    CustomField("select", 4, "Office"): ["Oslo"],
}
GROUPED = {
    "text": [{"id": 1, "name": "Cost centre", "value": "007"}],
    "select": [{"id": 4, "name": "Office", "values": [{"id": 9, "name": "Oslo"}]}],
}
LISTED = [
    {"type": "TEXT", "customTextId": 1, "name": "Cost centre", "value": "007"},
    {"type": "select", "customSelectId": 4, "name": "Office", "value": ["Oslo"]},
]


@pytest.mark.parametrize(
    "form", [GROUPED, LISTED, np.array(LISTED, dtype=object)], ids=["grouped", "listed", "array"]
)
def test_both_forms_say_the_same(form: Any) -> None:
    assert custom_values(form) == WANTED


@pytest.mark.parametrize("nothing", [None, pd.NA, float("nan"), {}, [], {"text": None}])
def test_a_record_without_custom_fields(nothing: Any) -> None:
    assert custom_values(nothing) == {}


@pytest.mark.parametrize("odd", ["text", 7, [1], {"text": ["a"]}, {"text": 7}])
def test_what_is_no_custom_fields_is_refused(odd: Any) -> None:
    with pytest.raises(Unfit, match="list of objects"):
        custom_values(odd)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (None, []),
        ("", []),
        ("Oslo", ["Oslo"]),
        (7, ["7"]),
        ({"id": 9, "name": "Oslo"}, ["Oslo"]),
        (np.array(["Oslo", "Rome"]), ["Oslo", "Rome"]),
        ([{"name": "Oslo"}, "Rome"], ["Oslo", "Rome"]),
    ],
)
def test_options_by_object_or_by_name(options: Any, names: list[str]) -> None:
    assert option_names(options) == names


def test_what_tells_fields_of_one_name_apart() -> None:
    assert CustomField("text", 1, "Region").mark == "#text1"
