"""The words that people use for resources."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

import runn_pandas as rp
from runn_pandas.catalog import load
from runn_pandas.catalog.everyday_words import begun_by, meant_by

WORDS: dict[str, list[str]] = json.loads(
    files("runn_pandas.catalog").joinpath("everyday_words.json").read_text(encoding="utf-8")
)


def test_everyday_words_are_of_lists_and_are_no_names_themselves() -> None:
    known = load().resources
    parts = {part for name in known for part in name.split("/")}
    for resource, words in WORDS.items():
        assert resource in known
        assert known[resource].is_list
        for word in words:
            assert word == word.casefold().strip()
            assert word not in known
            assert word not in parts
            assert resource in meant_by(word.upper())


def test_one_and_several_mean_the_same() -> None:
    assert meant_by("customer") == meant_by("customers") == ["clients"]
    assert meant_by(" time   off ") == ["time-offs/leave"]
    assert meant_by("nonsense") == meant_by("") == []


def test_a_word_is_known_by_its_beginning_from_three_letters_on() -> None:
    assert "time-offs/leave" in begun_by("vac")
    assert begun_by("va") == []


@pytest.mark.parametrize(
    ("word", "meant"), [("vacation", "time-offs/leave"), ("timesheets", "actuals")]
)
def test_an_unknown_resource_names_what_the_word_means(word: str, meant: str) -> None:
    with pytest.raises(rp.errors.ResourceError, match=f"Did you mean '{meant}'"):
        load().find(word)
