"""The table of a frame: its texts, its order, its search, its figures and its widgets."""

from __future__ import annotations

import json
import re
import threading
from html import unescape
from pathlib import Path
from typing import Any

import ipywidgets as w
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from ipywidgets.widgets.widget import _instances

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.errors import FrameError
from runn_pandas.html import one_line
from runn_pandas.jupyter.table import Table, files, page_of
from runn_pandas.jupyter.table import markup as marks
from runn_pandas.jupyter.table.cells import cell, form_of, texts_of
from runn_pandas.jupyter.table.names import named
from runn_pandas.jupyter.table.rows import AS_READ, Rows, order_of
from runn_pandas.jupyter.table.statistics import figures
from runn_pandas.jupyter.table.taking import AT_ONCE, COPY, CSV, EXCEL
from runn_pandas.jupyter.table.view import COLUMNS
from tests.support.hostile import HOSTILE, NO_NAMES
from tests.support.safe_markup import safe, text_of

MESSAGE = 500_000  # bytes a page gets at once


def table_of(frame: pd.DataFrame) -> Table:
    made = Table()
    made.show(frame)
    return made


def click(table: Table, head: str) -> w.Button:
    """Click the head of a column, as its button is named."""
    button: w.Button = next(one for one in table.heads.children if one.description == head)
    button.click()
    return button


# -- texts

CELLS: list[tuple[Any, str]] = [
    (pd.NA, ""),
    (None, ""),
    (float("nan"), ""),
    (pd.NaT, ""),
    (0, "0"),
    (0.1 + 0.2, "0.3"),
    (pd.Timestamp("2026-06-01"), "2026-06-01"),
    (pd.Timestamp("2026-06-01T09:30:00Z"), "2026-06-01 09:30:00"),
    (True, "True"),
    ([], ""),
    ({}, ""),
    ([{"id": 1, "name": "ü"}, {"id": 2, "name": "b"}], "ü, b"),
    ([{"referenceName": "Harvest", "externalId": "E1"}], "Harvest: E1"),
    ([{"id": 3, "name": "Python", "level": 2}], "Python (level: 2)"),
    ([{"id": 21014}, {"id": 21020}], "Ann Lee, 21020"),
    ([21014, 21020], "Ann Lee, 21020"),
    ({"type": "api", "tokenName": "sync", "gone": None}, "type: api, tokenName: sync"),
    ({"id": 7, "firstName": "Ann", "lastName": "Lee", "email": None}, "Ann Lee"),
    ({"personId": 7, "person": {"id": 7, "name": "Ann"}}, "person: Ann"),
    ({"text": [{"id": 1, "name": "PO", "value": "007"}], "date": []}, "PO: 007"),
    (
        [
            {"name": "Office", "type": "select", "value": ["Oslo"], "customSelectId": 1},
            {"name": "Badge", "type": "text", "value": None, "customTextId": 2},
        ],
        "Office: Oslo",
    ),
    (
        [{"role": {"id": 1, "name": "Dev"}, "rateHourly": 120.0, "rateDaily": 960.0}],
        "role: Dev, rateHourly: 120, rateDaily: 960",
    ),
]


@pytest.mark.parametrize(("value", "shown"), CELLS, ids=lambda value: str(value)[:20])
def test_cells_are_what_people_call_them(value: Any, shown: str) -> None:
    assert cell(value, {21014: "Ann Lee"}) == shown


DIGITS: list[tuple[list[float | None], list[str]]] = [
    ([1.0, None, 40.0], ["1", "", "40"]),
    ([0.1 + 0.2, 2.25], ["0.30", "2.25"]),
    ([100 / 3, 2.0], ["33.33", "2.00"]),
    ([1 / 3], ["0.3333"]),
    ([1e-9, 2e-9], ["1e-09", "2e-09"]),
    ([1e300, float("inf")], ["1e+300", "inf"]),
    ([-0.5, 767408.72], ["-0.50", "767408.72"]),
]


@pytest.mark.parametrize(("values", "shown"), DIGITS, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "Float64", "double[pyarrow]"])
def test_numbers_of_a_column_have_the_digits_that_matter(
    values: list[float | None], shown: list[str], dtype: str
) -> None:
    column = pd.Series(values, dtype=dtype)
    assert texts_of(column, form_of(column)) == shown
    assert [form_of(column)(value) for value in column.tolist()] == shown


MOMENT = pd.Series(["2026-06-01T10:00:00Z", None], dtype="datetime64[us, UTC]")
COLUMNS_OF_ALL_KINDS: list[tuple[Any, list[str]]] = [
    (pd.Series(["2026-06-01", None], dtype="datetime64[ns]"), ["2026-06-01", ""]),
    (pd.Series([None], dtype="datetime64[ns]"), [""]),
    (MOMENT, ["2026-06-01 10:00:00", ""]),
    (MOMENT.dt.tz_convert("Europe/Berlin"), ["2026-06-01 12:00:00", ""]),
    (
        MOMENT.astype(pd.ArrowDtype(pa.timestamp("us", "UTC"))),
        ["2026-06-01 10:00:00", ""],
    ),
    (pd.Series(["2026-06-01"]).astype(pd.ArrowDtype(pa.date32())), ["2026-06-01"]),
    (pd.Series([1, None], dtype="int64[pyarrow]"), ["1", ""]),
    (pd.Series(["é", None], dtype=pd.ArrowDtype(pa.string())), ["é", ""]),
    (
        pd.Series([{"a": 1}, None], dtype=pd.ArrowDtype(pa.struct([("a", pa.int64())]))),
        ["a: 1", ""],
    ),
    (pd.Series([[1], None], dtype=pd.ArrowDtype(pa.list_(pa.int64()))), ["1", ""]),
    (pd.Series([True, None], dtype="boolean"), ["True", ""]),
    (pd.Series(["b", "a"], dtype="category"), ["b", "a"]),
    (pd.Series(pd.to_timedelta([1, 2], "h")), ["0 days 01:00:00", "0 days 02:00:00"]),
    (pd.Series(pd.period_range("2026-01", periods=2, freq="M")), ["2026-01", "2026-02"]),
    (pd.Series([1, "a", None, [2]]), ["1", "a", "", "2"]),
    (pd.Series([1 + 2j]), ["(1+2j)"]),
    (pd.Series([], dtype="Float64"), []),
    (pd.Series([], dtype=object), []),
]


@pytest.mark.parametrize(
    ("column", "shown"), COLUMNS_OF_ALL_KINDS, ids=lambda value: str(getattr(value, "dtype", ""))
)
def test_columns_of_all_kinds_are_shown_sorted_and_counted(column: Any, shown: list[str]) -> None:
    form = form_of(column)
    assert texts_of(column, form) == [form(value) for value in column.tolist()] == shown
    for descending in (False, True):
        assert sorted(order_of(column, descending)) == list(range(len(column)))
    found = figures(column, form)
    assert found.there + found.missing == len(column)
    assert found.distinct == len({text for text in shown if text})


# -- order and search


def test_sorting_is_over_all_rows_with_missing_ones_last() -> None:
    column = pd.Series([3, None, 1, 3], dtype="Int64", index=[5, 5, 6, 7])
    assert order_of(column).tolist() == [2, 0, 3, 1]
    assert order_of(column, descending=True).tolist() == [0, 3, 2, 1]
    texts = pd.Series(["zoe", "Ärger", None, "b", "Zoë"], dtype="str")
    assert order_of(texts).tolist() == [1, 3, 0, 4, 2], "as one reads them, not by code point"
    nested = pd.Series([[{"name": "b"}], [], None, [{"name": "a"}]])
    assert order_of(nested).tolist() == [3, 0, 1, 2]


def test_a_search_finds_all_words_in_any_cell_of_any_row() -> None:
    frame = pd.DataFrame(
        {
            "name": ["Zoë Ångström", "Ann Lee", "Ann Roe"],
            "day": pd.to_datetime(["2026-06-01", "2026-06-02", "2026-07-01"]),
            "tags": [[{"name": "pilot"}], [], None],
        }
    )
    rows = Rows(frame)

    def found(typed: str) -> list[int]:
        rows.search(typed)
        return [int(at) for at in rows.at]

    assert found("zoe angstrom") == [0]
    assert found("ANN") == [1, 2]
    assert found("2026-06 ann") == [1]
    assert found("pilot") == [0]
    assert found("lee 2026-07") == [], "not across rows"
    assert found("zoëzz") == []
    assert found("  ") == [0, 1, 2]
    rows.sort(0, descending=True)
    assert found("ann") == [2, 1], "sorted as before"


def test_empty_cells_are_found_by_the_name_of_their_column() -> None:
    frame = pd.DataFrame(
        {
            "name": ["Ann", "Bob", "Cid", "Ann"],
            "cost per hour": [1.5, None, 2.0, None],
            "tags": [[], [], [{"name": "x"}], [{"name": "rate:"}]],
        }
    )
    table = table_of(frame)
    assert "column: finds empty" in table.search.placeholder
    for typed, names, told in (
        ("Cost per hour:", ["Bob", "Ann"], "2 of 4 rows, 3 columns have no cost per hour; 2 are"),
        ("ann cost per hour:", ["Ann"], "have \u201cann\u201d and no cost per hour;"),
        ("tags: cost per hour:", ["Bob"], "have no cost per hour and no tags;"),
        ("rate:", ["Ann"], "have \u201crate:\u201d;"),
        ("name:", [], "0 of 4 rows"),
    ):
        table.search.value = typed
        assert table.frame["name"].tolist() == names, typed
        assert told in text_of(table.found.value)


def test_a_search_says_in_which_columns_it_found_something() -> None:
    frame = pd.DataFrame({f"c{at}": ["a", f"zo\u00eb {at}"] for at in range(60)})
    frame["c30"] = ["\u00c9mile", ""]
    table = table_of(frame)
    assert "found here" not in table.where.value
    table.search.value = "emile"
    assert "1 to 1 of 1; found here in c30" in text_of(table.where.value)
    table.search.value = "zoe"
    assert "found here in c0, c1, c2 and 56 more" in text_of(table.where.value)


def test_a_long_frame_is_searched_and_sorted_as_a_whole() -> None:
    many = 15_000
    frame = pd.DataFrame({"id": range(many), "name": [f"name {n % 977}" for n in range(many)]})
    table = table_of(frame)
    table.search.value = "976"
    assert (
        len(table.frame)
        == (
            frame["name"].str.contains("976")
            | (frame["id"] % 10000 == 976)
            | frame["id"].astype(str).str.contains("976")
        ).sum()
    )
    table.search.value = ""
    click(table, "id")
    click(table, "id")
    assert table.frame["id"].tolist() == list(range(many))[::-1]
    assert "14999" in text_of(table.body.value)


# -- figures


def test_figures_of_numbers_dates_flags_texts_and_ids() -> None:
    frame = pd.DataFrame(
        {
            "minutes": pd.array([0, 480, 480, None], dtype="Int64"),
            "day": pd.to_datetime(["2026-06-01", "2026-06-30", None, None]),
            "flag": pd.array([True, False, False, None], dtype="boolean"),
            "name": ["Zoë", "ann", "ann", None],
            "personId": pd.array([7, 7, 9, None], dtype="Int64"),
            "none": [None] * 4,
        }
    )
    made = {name: figures(frame[name], form_of(frame[name])) for name in frame}
    assert made["minutes"] == (3, 1, 2, "0", "480", "", [1, 2])
    assert made["day"][:5] == (2, 2, 2, "2026-06-01", "2026-06-30")
    assert made["flag"] == (3, 1, 2, "False", "True", "False: 2 times", [2, 1])
    assert made["name"] == (3, 1, 2, "ann", "Zoë", "ann: 2 times", [2, 1])
    assert made["personId"].often == "7: 2 times", "an id has no size"
    assert made["none"] == (0, 4, 0, "", "", "", [])


def test_figures_are_of_the_rows_found() -> None:
    table = table_of(pd.DataFrame({"who": ["ann", "ann", "bo"], "minutes": [60, 30, 480]}))
    assert table.figures.layout.display == "none"
    table.statistics.value = True
    assert "30 to 480" in text_of(table.figures.value)
    table.search.value = "ann"
    assert "30 to 60" in text_of(table.figures.value)
    safe(table.figures.value)


# -- the widgets


def test_a_page_says_what_it_does_not_show() -> None:
    table = table_of(pd.DataFrame({"n": range(45)}))
    assert table.body.value.count("<tr ") == 1 + 20
    assert text_of(table.where.value) == "1 to 20 of 45; 25 on other pages"
    assert table.back.disabled
    table.next.click()
    table.next.click()
    assert text_of(table.where.value) == "41 to 45 of 45; 40 on other pages"
    assert table.next.disabled
    table.next.click()
    assert table.page == 2
    table.size.value = 50
    assert text_of(table.where.value) == "1 to 45 of 45"
    table.search.value = "4"
    assert text_of(table.found.value) == "9 of 45 rows, 1 column have “4”; 36 are not shown"
    table.search.value = "nothing"
    assert text_of(table.where.value) == "no row"
    assert "45 are not shown" in text_of(table.found.value)


def test_a_head_sorts_up_then_down_then_not_at_all() -> None:
    table = table_of(pd.DataFrame({"n": [2, 3, 1], "t": ["b", "c", "a"]}))
    table.next.click()
    head = click(table, "t")
    assert table.frame["t"].tolist() == ["a", "b", "c"]
    assert "runn-up" in head._dom_classes
    assert 'aria-sort="ascending">t<' in table.body.value
    head.click()
    assert table.frame["t"].tolist() == ["c", "b", "a"]
    assert "runn-down" in head._dom_classes
    assert 'aria-sort="descending">t<' in table.body.value
    head.click()
    assert table.frame["t"].tolist() == ["b", "c", "a"]
    assert not {"runn-up", "runn-down"} & set(head._dom_classes)
    assert "aria-sort" not in table.body.value
    click(table, "t")
    click(table, "n")
    assert "runn-up" not in head._dom_classes, "only one column sorts"


def test_sorting_by_name_says_what_the_rows_are_sorted_by() -> None:
    table = table_of(pd.DataFrame({"aMinutes": [2, 3, 1], "Minutes": [1, 2, 3], "ü": [3, 1, 2]}))
    assert (table.by.options, table.down.disabled) == (("aMinutes", "Minutes", "ü"), True)
    assert [head.tabbable for head in table.heads.children] == [False] * 3, "no stop for each"
    table.by.value = "minutes"
    assert table.rows.column == 1, "what is typed in full, before what it is a part of"
    table.by.value = "min"
    assert (table.rows.column, table.by.value) == (0, "aMinutes"), "the first that has it"
    table.down.value = True
    assert table.frame["aMinutes"].tolist() == [3, 2, 1]
    assert text_of(table.found.value) == "3 rows, 3 columns; sorted by aMinutes, largest first"
    assert "runn-down" in table.heads.children[0]._dom_classes
    table.by.value = "nothing like it"
    assert (table.by.value, table.down.value) == ("aMinutes", True), "the state, as it is"
    click(table, "ü")
    assert (table.by.value, table.down.value) == ("ü", False)
    table.by.value = ""
    assert table.frame["aMinutes"].tolist() == [2, 3, 1]
    assert table.down.disabled
    assert text_of(table.found.value) == "3 rows, 3 columns"


def heads_of(table: Table) -> list[str]:
    return [one.description for one in table.heads.children]


def test_a_column_that_is_sorted_by_name_comes_beside_the_first() -> None:
    table = table_of(pd.DataFrame({f"c{at}": [at, 1] for at in range(60)}))
    table.by.value = "c54"
    assert heads_of(table)[:4] == ["c0", "c54", "c1", "c2"]
    assert len(heads_of(table)) == 60
    assert "sorted by c54, which is beside the first column" in text_of(table.found.value)
    assert text_of(table.body.value).index("c54") < text_of(table.body.value).index("c1")
    click(table, "c3")
    assert heads_of(table)[:3] == ["c0", "c54", "c1"], "what is clicked stays below the pointer"
    assert table.by.value == "c3"
    table.by.value = ""
    assert heads_of(table)[:2] == ["c0", "c1"]


def test_only_the_columns_that_are_asked_for_are_shown() -> None:
    table = table_of(pd.DataFrame({f"c{at}": [at, 1] for at in range(COLUMNS + 20)}))
    table.only.value = "C5"
    assert heads_of(table) == ["c0", "c5", *(f"c5{n}" for n in range(10))]
    assert "; 12 columns shown" in text_of(table.found.value)
    assert table.columns.layout.display == "none", "they are in one part"
    click(table, "c51")
    assert table.frame["c51"].tolist() == [1, 51]
    assert len(copied(table)[0]) == COLUMNS + 20, "all columns are taken"
    table.only.value = "nothing"
    assert len(heads_of(table)) == COLUMNS
    assert "no column has that in its name" in text_of(table.found.value)
    table.show(pd.DataFrame({"a": [1]}))
    assert (table.only.value, heads_of(table)) == ("", ["a"])


def test_another_frame_keeps_its_heads_and_begins_at_its_beginning() -> None:
    table = table_of(pd.DataFrame({"a": range(60), "b": range(60)}))
    heads = table.heads.children
    table.search.value = "5"
    click(table, "b")
    table.next.click()
    table.show(pd.DataFrame({"b": [3, 1], "c": [1, 2]}))
    assert table.heads.children == heads, "no widget is made anew, so the page keeps its focus"
    assert [head.description for head in heads] == ["b", "c"]
    assert table.search.value == ""
    assert table.frame["b"].tolist() == [1, 3], "sorted by the column of the same name"
    assert table.page == 0
    table.show(pd.DataFrame({"x": []}))
    assert table.box.layout.display == "none"


def test_an_action_makes_no_widget() -> None:
    table = table_of(pd.DataFrame({"a": range(60)}))
    before = len(_instances)
    for _ in range(3):
        click(table, "a")
        table.next.click()
        table.search.value = "1"
        table.search.value = ""
        for button in table.taking.buttons.values():
            button.click()
    after = len(_instances)
    assert after == before


def test_twins_levels_and_very_many_columns() -> None:
    table = table_of(pd.DataFrame([[2, 1], [1, 2]], columns=["same", "same"]))
    table.sort_by(1)
    assert table.frame.iloc[:, 0].tolist() == [2, 1]
    assert (table.by.value, table.by.options) == ("same.1", ("same", "same.1"))
    table.show(pd.DataFrame({"a": [1, 2]}, index=pd.Index([7, 8], name="id")))
    assert [head.description for head in table.heads.children] == ["id", "a"]
    table.show(pd.DataFrame([range(200)], columns=[f"c{i}" for i in range(200)]))
    assert len(table.heads.children) == COLUMNS
    assert [label for label, _ in table.columns.options][-1] == "161 to 200 of 200"
    table.columns.value = 160
    assert [head.description for head in table.heads.children][::39] == ["c160", "c199"]
    assert len(table.heads.children) == 40
    click(table, "c199")
    assert table.rows.column == 199


ALSO = [pytest.param(sign, marks=pytest.mark.slow) for sign in ["$", "\\", "ü"]]


@pytest.mark.parametrize("sign", ["y", "<", "\U0001f99c", *ALSO])
def test_no_message_is_too_big(sign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # what is too long for a link is written here
    frame = pd.DataFrame([[sign * 200] * 60] * 400)
    table = table_of(frame)
    table.size.value = 100
    table.statistics.value = True
    table.search.value = sign
    for button in table.taking.buttons.values():
        button.click()
    if table.taking.writing is not None:
        table.taking.writing.join(20)
    for part in (table.body, table.figures, *table.taking.places.values()):
        # As it is sent: a tab or a line break takes two bytes.
        assert len(json.dumps(part.value, ensure_ascii=False).encode()) < MESSAGE


@pytest.mark.parametrize("cells", ["", "x", "<", '"', "$", "\\", "\U0001f99c"])
def test_what_is_copied_fits_into_a_message_however_short_its_cells(cells: str) -> None:
    frame = pd.DataFrame({f"c{at}": [cells] * 15_000 for at in range(20)})
    table = table_of(frame)
    table.taking.take(COPY)
    made = table.taking.places[COPY].value
    assert 300_000 < len(json.dumps(made, ensure_ascii=False).encode()) < MESSAGE
    assert "the first" in text_of(made)


SIZED = re.compile(r"Save table\.xlsx \(60 rows, \d+ kB\)")


def test_every_control_has_a_name() -> None:
    table = table_of(pd.DataFrame({"a": range(60)}))
    *looks, takes = table.bar.children
    parts = [*looks, *takes.children, *table.heads.children, table.back, table.next]
    places = list(table.taking.places.values())
    assert all(part.description for part in parts if part not in places)
    assert [re.findall('aria-label="([^"]*)"', one.value) for one in places] == [
        ["60 rows to copy: Ctrl+A, then Ctrl+C"],
        ["Save table.csv (60 rows, 1 kB)"],
        [SIZED.findall(places[2].value)[0]],
    ]
    assert [label for label, _ in table.size.options] == ["20", "50", "100"]
    assert 'aria-label="60 rows; arrow keys scroll"' in table.body.value


# -- hostile texts


@pytest.mark.parametrize("name", [*HOSTILE, *NO_NAMES], ids=lambda name: ascii(name)[:16])
def test_a_hostile_text_is_text_everywhere(name: str) -> None:
    texts = pd.Series([name, "plain"], dtype=object)
    frame = pd.DataFrame({"name": texts, "tags": [[{"name": name}], []]})
    if name not in NO_NAMES:
        frame = frame.rename(columns={"name": name})
    table = table_of(frame)
    table.statistics.value = True
    for typed in ("", name[:20], "<", "$", "a"):
        table.search.value = typed
        for part in (table.body, table.figures):
            safe(part.value)
        safe(table.found.value + "mathjax_ignore")
    table.search.value = ""
    assert name not in table.by.options or name == " ".join(name.split())[: marks.CELL]
    table.sort_by(0)
    safe(table.found.value + "mathjax_ignore")
    for place in table.taking.places.values():
        # Not each text can be in a workbook; a click on its button says so.
        safe(place.value or "mathjax_ignore")
    assert "<td>" in table.taking.places[COPY].value
    assert "Save table.csv (2 rows" in table.taking.places[CSV].value or not name.isprintable()
    assert len(copied(table)) == 3, "a line for each row"
    safe(page_of(frame, 0))
    shown = one_line(name)[:40]
    assert shown.encode("utf-8", "replace").decode() in " ".join(
        text_of(table.body.value).encode("utf-8", "replace").decode().split()
    )


def test_a_sign_that_turns_text_round_is_seen_and_copied_as_it_is() -> None:
    name = "invoice\u202efdp.exe\u202c"
    table = table_of(pd.DataFrame({"name": [name]}))
    assert "invoice\u27e8U+202E\u27e9fdp.exe\u27e8U+202C\u27e9</td>" in table.body.value
    assert "\u202e" not in table.body.value
    assert copied(table)[1] == [name]
    assert table.taking.places[COPY].value.count(name) == 2, "for cells and as a text"


def test_what_was_searched_is_marked() -> None:
    table = table_of(pd.DataFrame({"name": ["<b>Ann</b> $x$ & Anna"]}))
    table.search.value = "ann $"
    assert table.body.value.count("<mark>Ann</mark>") == 2
    assert "<mark><span>$</span></mark>x" in table.body.value
    assert "&lt;b&gt;" in table.body.value


# -- names


def test_names_stand_beside_ids_until_one_says_otherwise(account: Account) -> None:
    frame = rp.read_runn("actuals", minDate="2026-06-24", maxDate="2026-06-30")
    table = table_of(frame)
    heads = [head.description for head in table.heads.children]
    assert heads[heads.index("personId") + 1] == "personName"
    person = table.frame["personName"].iloc[0]
    table.search.value = person
    assert set(table.frame["personName"]) == {person}
    table.names.value = False
    assert "personName" not in table.frame
    assert table.search.value == person
    assert len(table.frame) == 0, "what is not shown is not searched"
    people = rp.read_runn("people")
    table.show(people)
    table.names.value = True
    managers = people["managers"].map(bool).to_numpy().nonzero()[0][0]
    users = rp.read_runn("users").set_index("id")["lastName"]
    first = people["managers"].iloc[managers][0]["id"]
    column = table.rows.frame.columns.get_loc("managers")
    assert users[first] in table.rows.form(column)(people["managers"].iloc[managers])


def test_a_column_keeps_its_order_when_names_come_and_go(account: Account) -> None:
    table = table_of(rp.read_runn("assignments"))
    click(table, "minutesPerDay")
    click(table, "minutesPerDay")
    ordered = table.frame["id"].tolist()
    table.names.value = False
    assert table.rows.frame.columns[table.rows.column] == "minutesPerDay"
    assert table.frame["id"].tolist() == ordered


def test_no_request_is_sent_for_names_unless_it_is_asked_for(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = rp.read_runn("assignments")
    rp.read_runn("people")
    monkeypatch.setattr(Account, "is_demo", property(lambda _: False))
    sent: list[str] = []
    real = account.session.request

    def counted(*args: Any, **kwargs: Any) -> Any:
        sent.append(str(args))
        return real(*args, **kwargs)

    monkeypatch.setattr(account.session, "request", counted)
    table = table_of(frame)
    assert sent == []
    assert "projectName" not in table.frame
    assert "projects" in table.ask.tooltip
    assert table.ask.layout.display is None
    table.ask.click()
    assert sent
    assert "projectName" in table.frame
    assert table.ask.layout.display == "none"
    again = table_of(frame)
    assert "projectName" in again.frame, "the cache has them now"


def test_names_are_those_of_the_account_that_was_read(account: Account) -> None:
    frame = rp.read_runn("assignments")
    assert "personName" in named(frame, account).frame
    frame.attrs["runn"] = {"resource": "assignments", "account": "another"}
    assert "personName" not in table_of(frame).frame


# -- files


def copied(table: Table) -> list[list[str]]:
    """The cells to copy as a table, which are those of the text."""
    made = table.taking.places[COPY].value
    field = unescape(made.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0])
    rows = made.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    cells = [[text_of(cell) for cell in row.split("<td>")[1:]] for row in rows]
    assert field == "\n".join("\t".join(row) for row in cells)
    return cells


def test_what_is_shown_is_copied_as_a_spreadsheet_takes_it() -> None:
    frame = pd.DataFrame({"name": ["=1+1", "a\tb\nc", "x"], "n": [-1.5, 2.0, 3.0]})
    table = table_of(frame)
    table.sort_by(1, descending=True)
    assert copied(table) == [["name", "n"], ["x", "3.0"], ["a b c", "2.0"], ["'=1+1", "-1.5"]]
    place, button = table.taking.places[COPY], table.taking.buttons[COPY]
    assert text_of(place.value).count("Copy: click, then Ctrl+C") == 1
    assert (place.layout.display, button.layout.display) == (None, "none"), "with one click"
    table.show(pd.DataFrame({"name": ["y" * 1000] * 10_000}))
    assert (place.value, place.layout.display, button.layout.display) == ("", "none", None)
    button.click()
    many = len(copied(table)) - 1
    assert 200 < many < 240
    assert f"Copy the first {many} of 10,000 rows: click, then Ctrl+C" in place.value
    assert (place.layout.display, button.layout.display) == (None, None), "the focus stays on it"
    bar = list(table.bar.children[-1].children)
    assert bar.index(place) == bar.index(button) + 1, "the next that the Tab key comes to"
    table.search.value = "yy"
    assert (place.value, place.layout.display) == ("", "none"), "what was made is of other rows"


def test_what_is_taken_is_the_same_whichever_way(tmp_path: Path) -> None:
    nested = [[{"id": 14017, "name": "night owl"}, {"id": 2, "name": "cat"}], [{"name": "=z"}]]
    custom = [{"id": 7, "name": "Oslo"}, None]
    frame = pd.DataFrame({"n": [1 / 7, 3.0], "tags": nested, "office": custom, "a": ["x", "=y"]})
    frame["big"] = pd.array([2**60 + 1, None], dtype="Int64")
    table = table_of(frame)
    rows = [
        ["0.14285714285714285", "night owl, cat", "Oslo", "x", "1152921504606846977"],
        ["3.0", "'=z", "", "'=y", ""],
    ]
    assert copied(table)[1:] == rows
    places = table.taking.places
    text = _content(places[CSV].value).decode("utf-8-sig")
    assert text.splitlines()[1:] == [
        '0.14285714285714285,"night owl, cat",Oslo,x,1152921504606846977',
        "3.0,'=z,,'=y,",
    ]
    book = tmp_path / "book.xlsx"
    book.write_bytes(_content(places[EXCEL].value))
    sheet = pd.read_excel(book)
    assert sheet["n"].tolist() == pytest.approx([1 / 7, 3.0], rel=1e-15)
    assert sheet["tags"].tolist() == ["night owl, cat", "=z"]
    assert sheet["office"].tolist()[0] == "Oslo"
    for kind in (COPY, CSV, EXCEL):
        assert "numbers with all digits, nested fields in words" in places[kind].value
        assert "nested fields in words" in table.taking.buttons[kind].tooltip
    assert frame["tags"].tolist() == nested, "the frame itself stays as it is"


def test_few_rows_are_taken_with_one_click_and_many_with_two() -> None:
    table = table_of(pd.DataFrame({"n": range(AT_ONCE[CSV])}))
    taking = table.taking

    def at_once() -> list[str]:
        return [kind for kind, one in taking.buttons.items() if one.layout.display == "none"]

    assert at_once() == [COPY, CSV]
    taking.buttons[EXCEL].click()
    assert "Save table.xlsx (3,000 rows" in text_of(taking.places[EXCEL].value)
    table.search.value = "99"
    assert at_once() == [COPY, CSV, EXCEL]
    assert "Excel" in text_of(taking.places[EXCEL].value)
    table.show(pd.DataFrame({"n": range(AT_ONCE[CSV] + 1)}))
    assert at_once() == []
    taking.buttons[CSV].click()
    made = taking.places[CSV].value
    assert "Save table.csv (3,001 rows, 14 kB)" in text_of(made)
    assert _content(made).decode("utf-8-sig").splitlines()[-1] == "3000"
    table.turn(1)
    assert taking.places[CSV].value == made, "another page is of the same rows"


def _content(markup: str) -> bytes:
    from base64 import b64decode

    return b64decode(markup.split("base64,")[1].split('"')[0])


def test_files_have_the_rows_found_in_their_order_and_no_formula(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["=1+1", "=2", "x"], "n": [1, 2, 3]})
    frame.attrs["runn"] = {"resource": "people/../skills", "account": "x"}
    table = table_of(frame)
    table.sort_by(1, descending=True)
    table.search.value = "="
    made = table.taking.places[CSV].value
    assert _content(made).decode("utf-8-sig") == "name,n\n'=2,2\n'=1+1,1\n"
    assert 'download="people-skills.csv"' in made
    safe(made)
    book = tmp_path / "book.xlsx"
    book.write_bytes(_content(table.taking.places[EXCEL].value))
    assert pd.read_excel(book)["name"].tolist() == ["=2", "=1+1"]


def test_a_long_file_is_written_beside_the_notebook_for_oneself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("mine")
    frame = pd.DataFrame({f"c{i}": np.arange(10_000) for i in range(8)})
    table = table_of(frame)
    go_on = threading.Event()
    stored = files.stored

    def slowly(*given: Any) -> Path:
        go_on.wait(10)
        return stored(*given)

    monkeypatch.setattr(files, "stored", slowly)
    taking = table.taking
    taking.take(CSV)
    assert "Writing 10,000 rows into table.csv" in text_of(taking.said.value)
    table.turn(1)
    assert "21 to 40" in text_of(table.where.value), "meanwhile the app is usable"
    taking.take(EXCEL)
    assert "still being written" in text_of(taking.said.value)
    go_on.set()
    assert taking.writing is not None
    taking.writing.join(20)
    written = tmp_path / "table-1.csv"
    assert str(written) in text_of(taking.said.value)
    assert (tmp_path / "table.csv").read_text() == "mine", "nothing is overwritten"
    assert written.stat().st_mode & 0o777 == 0o600
    pd.testing.assert_frame_equal(pd.read_csv(written), frame)


def test_what_a_workbook_cannot_hold_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said = []

    def act(work: Any, *values: Any) -> None:
        try:
            work(*values)
        except FrameError as error:
            said.append(str(error))

    table = Table(act)
    table.show(pd.DataFrame({"name": ["a\x00b"]}))
    assert said == [], "nobody asked for it yet"
    table.taking.buttons[EXCEL].click()
    assert "which Excel cannot hold" in said[0]


# -- without widgets


def test_a_static_page_says_what_it_leaves_out() -> None:
    made = page_of(pd.DataFrame([range(100)] * 45), 0)
    assert "25 rows and 20 columns more are in the frame" in text_of(made)
    assert page_of(pd.DataFrame({"a": [1]}), 0).count("<tr>") == 2
    assert marks.CELL >= 40
    assert AS_READ < 0
