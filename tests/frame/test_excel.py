"""Workbooks: what is in the cells, and that a push of what comes back changes nothing."""

from __future__ import annotations

import io
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.errors import FrameError, MissingPackageError, PlanError
from tests.support.desk import Desk, desk_of, new_demo

openpyxl: Any = pytest.importorskip("openpyxl", reason="needs openpyxl, of the extra excel")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_of(new_demo(), tmp_path / "cache")


def written(frame: pd.DataFrame) -> io.BytesIO:
    book = io.BytesIO()
    frame.runn.to_excel(book)
    book.seek(0)
    return book


def cells(frame: pd.DataFrame) -> list[list[Any]]:
    """The cells below the head: texts as (text, type), to tell them from formulas and errors."""
    sheet = openpyxl.load_workbook(written(frame)).active
    rows = sheet.iter_rows(min_row=2)
    return [
        [(c.value, c.data_type) if isinstance(c.value, str) else c.value for c in row]
        for row in rows
    ]


@pytest.mark.parametrize(
    "resource",
    ["people", "projects", "clients", "contracts", "time-offs/leave", "roles", "rate-cards"],
)
@pytest.mark.parametrize("backend", [{}, {"dtype_backend": "pyarrow"}])
def test_what_comes_back_unchanged_is_no_change(
    desk: Desk, resource: str, backend: dict[str, Any]
) -> None:
    frame = rp.read_runn(resource, account=desk.account, **backend)
    back = pd.read_excel(written(frame))
    plan = desk.plan(back, resource)
    assert plan.summary["action"].tolist() == ["unchanged"]
    assert plan.requests == 0
    if "updatedAt" in frame:
        assert not any("cannot be seen" in note for note in plan.notes), "updatedAt is exact"


def test_of_what_comes_back_edited_that_alone_is_sent(desk: Desk) -> None:
    people = desk.read("people").runn.expand("references", "tags")
    back = pd.read_excel(written(people))
    back.loc[2, "lastName"] = "Nightingale"
    changes = desk.plan(back, "people").changes
    assert changes[["row", "field", "new"]].values.tolist() == [[2, "lastName", "Nightingale"]]


def test_a_list_is_edited_as_the_json_that_it_is(desk: Desk) -> None:
    back = pd.read_excel(written(desk.read("clients")))
    back.loc[0, "references"] = '[{"referenceName": "CRM", "externalId": "A1"}]'
    assert desk.plan(back, "clients").changes["new"].tolist() == [
        [{"referenceName": "CRM", "externalId": "A1"}]
    ]
    back.loc[0, "references"] = "CRM: A1"
    with pytest.raises(PlanError, match="'CRM: A1' is not a list"):
        desk.plan(back, "clients")


def test_a_text_is_a_text_whatever_it_looks_like() -> None:
    texts = ["=1+1", '=HYPERLINK("http://x")', "#N/A", "+1", "@x", "007", " two\nlines ", "True"]
    frame = pd.DataFrame({"=cmd": texts})
    assert cells(frame) == [[(text, "s")] for text in texts]
    head = openpyxl.load_workbook(written(frame)).active["A1"]
    assert (head.value, head.data_type) == ("=cmd", "s")


def test_each_type_has_the_cell_that_fits() -> None:
    frame = pd.DataFrame(
        {
            "id": pd.array([310001, None], "Int64"),
            "day": pd.to_datetime(["2026-03-29", None]),
            "at": pd.to_datetime(
                ["2026-03-29T00:00:00.000Z", "2026-03-29T08:30:00.125Z"], utc=True
            ),
            "flag": pd.array([True, None], "boolean"),
            "number": pd.array([1.5, None], "Float64"),
            "nested": [[{"id": 1, "name": "Ø"}], {}],
            "large": [2**60, 7],
        }
    )
    first, second = cells(frame)
    day, at = datetime(2026, 3, 29), datetime(2026, 3, 29, 8, 30, 0, 125000)
    assert first == [
        310001,
        day,
        day,
        True,
        1.5,
        ('[{"id": 1, "name": "Ø"}]', "s"),
        (str(2**60), "s"),
    ]
    assert second == [None, None, at, None, None, ("{}", "s"), 7]
    sheet = openpyxl.load_workbook(written(frame)).active
    assert sheet["B2"].number_format == "yyyy-mm-dd"
    assert sheet["C2"].number_format.startswith("yyyy-mm-dd h")
    assert sheet["C1"].comment.text == "Times in UTC."
    assert sheet["B1"].comment is None
    assert sheet.freeze_panes == "A2"


def test_what_excel_has_no_number_for_is_text() -> None:
    moments = [datetime(1066, 10, 14), datetime(2026, 1, 1, 0, 0, 0, 1, UTC), date(1066, 10, 14)]
    frame = pd.DataFrame(
        {"odd": pd.Series([*moments, float("inf"), pd.Period("2026-01")], dtype=object)}
    )
    assert [cell for ((cell, _),) in cells(frame)] == [
        "1066-10-14T00:00:00",
        "2026-01-01T00:00:00.000001+00:00",
        "1066-10-14",
        "inf",
        "2026-01",
    ]
    assert cells(pd.DataFrame({"spent": [timedelta(hours=30)]})) == [[timedelta(hours=30)]]


def test_named_levels_come_first_and_heads_of_several_levels_are_one() -> None:
    wide = pd.DataFrame({("2026", "h"): [1.0]}, index=pd.Index(["Ann"], name="who"))
    sheet = openpyxl.load_workbook(written(wide)).active
    assert [cell.value for cell in sheet[1]] == ["who", "2026 h"]
    days = pd.DataFrame([[1]], columns=pd.DatetimeIndex(["2026-01-05"]), index=[7])
    assert [cell.value for cell in openpyxl.load_workbook(written(days)).active[1]] == [
        "2026-01-05"
    ]


def test_the_widths_fit_and_the_sheet_is_called_after_the_resource(desk: Desk) -> None:
    leave = desk.read("time-offs/leave").assign(note="x" * 500)
    book = openpyxl.load_workbook(written(leave))
    assert book.sheetnames == ["time-offs leave"]
    widths = {
        cell.value: book.active.column_dimensions[cell.column_letter].width
        for cell in book.active[1]
    }
    assert widths["note"] == 60
    assert widths["id"] == 9
    assert widths["personId"] == 10


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (
            pd.DataFrame({"note": ["x" * 32_768]}, index=["r1"]),
            r"Row 'r1', column 'note' has 32,768",
        ),
        (pd.DataFrame({"note": ["bell \x07"]}), r"control character \\x07"),
        (pd.DataFrame(index=range(1_048_576)), "holds 1,048,575"),
    ],
)
def test_what_does_not_fit_is_refused_and_not_cut(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(FrameError, match=said):
        frame.runn.to_excel(io.BytesIO())


def test_a_file_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    pd.DataFrame({"a": [1]}).runn.to_excel(path)
    pd.DataFrame({"a": [2]}).runn.to_excel(str(path))
    with pytest.raises(FrameError):
        pd.DataFrame({"a": ["\x07"]}).runn.to_excel(path)
    assert pd.read_excel(path)["a"].tolist() == [2]
    with pytest.raises(FrameError, match=r"is a file \.xlsx, not 'people.xls'"):
        pd.DataFrame({"a": [1]}).runn.to_excel(tmp_path / "people.xls")


def test_a_code_that_a_reader_took_for_a_number_is_no_change(desk: Desk) -> None:
    clients = desk.read("clients").head(2)
    code = [[{"referenceName": "Harvest", "externalId": code}] for code in ("007", "012")]
    desk.push(clients.assign(references=code))
    back = pd.read_excel(written(desk.read("clients").head(2).runn.expand("references")))
    assert back["references.Harvest"].tolist() == [7, 12]
    assert desk.plan(back, "clients").requests == 0
    back["references.Harvest"] = ["7", "13"]
    changed = desk.plan(back, "clients").changes
    assert changed["row"].tolist() == [0, 1], "a text is meant as it is written"


def test_without_openpyxl_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingPackageError, match=r'pip install "openpyxl>=3\.1\.3"') as raised:
        pd.DataFrame({"a": [1]}).runn.to_excel("a.xlsx")
    assert isinstance(raised.value, ImportError)


def test_a_head_of_several_levels_has_its_day_as_a_day(tmp_path: Path) -> None:
    months = pd.to_datetime(["2026-01-01", "2026-02-01"]).astype("datetime64[us]")
    long = pd.DataFrame({"team": ["a", "a"], "period": months, "x": [1, 2], "y": [3, 4]})
    wide = long.pivot(index="team", columns="period", values=["x", "y"])
    wide.runn.to_excel(tmp_path / "wide.xlsx")
    read = pd.read_excel(tmp_path / "wide.xlsx")
    heads = [f"{value} {month:%Y-%m-%d}" for value in ("x", "y") for month in months]
    assert list(read.columns) == ["team", *heads]
