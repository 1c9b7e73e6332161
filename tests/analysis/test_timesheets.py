"""Exports of other tools: each preset on a file with odd rows, and what was left out said."""

from __future__ import annotations

import re
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.analysis.inputs import Source
from runn_pandas.analysis.timesheets import cell_values as cells
from runn_pandas.analysis.timesheets.heads import recognise
from runn_pandas.analysis.timesheets.presets import FIELDS, PRESETS, markdown
from runn_pandas.errors import FilterError, FrameError, TimesheetWarning, UnmatchedWarning
from runn_pandas.lookup.matching import find_ids, match_rules
from tests.support.places import ROOT

EXPORTS = Path(__file__).parent / "exports"
ADA, BEN = "ada@example.com", "ben@example.com"
# Of each file: its export and language; of each entry the row, the day of June, the person and
# the minutes; what was left out; what is said of what counts.
READ: dict[str, tuple[str, list[tuple[int, int, str, int]], str, str]] = {
    "harvest.csv": (
        "harvest en",
        [(2, 1, "Ada Abebe", 80), (3, 1, "Ada Abebe", 12), (5, 2, "Ben Ünal", 0)],
        "1 total line (row 8; 3.03 h); 1 row without a person (row 6; 2.00 h);"
        " 1 negative duration (row 4)",
        "1 entry without a project (row 5)",
    ),
    "toggl.csv": (
        "toggl en",
        [
            (2, 1, ADA, 21),
            (3, 1, ADA, 21),
            (4, 1, ADA, 90),
            (5, 2, ADA, 1440),
            (6, 2, BEN, 120),
            (9, 1, ADA, 20),
        ],
        "1 row without a date that can be read (row 8; 1.00 h);"
        " 1 running timer without an end (row 7)",
        "1 entry over midnight on the day it began (row 4); 1 entry of 24 hours (row 5);"
        " 1 entry without a project (row 6); 1 exact copy of another row (row 9)",
    ),
    "clockify-de.csv": (
        "clockify de",
        [(2, 1, "asa@example.com", 90), (3, 2, "asa@example.com", 16)],
        "1 total line (row 5; 1.76 h); 1 running timer without an end (row 4)",
        "",
    ),
    "clockify-en.csv": (
        "clockify en",
        [(2, 1, ADA, 90), (3, 13, ADA, 90)],
        "",
        "1 entry over midnight on the day it began (row 3)",
    ),
    "clockify-es.csv": (
        "clockify es",
        [(2, 13, "ana@example.com", 60), (3, 1, "ana@example.com", 30)],
        "",
        "",
    ),
    "clockify-fr.csv": (
        "clockify fr",
        [(3, 2, "eve@example.com", 75)],
        "1 running timer without an end (row 2)",
        "",
    ),
    "tempo-en.csv": (
        "tempo en",
        [(2, 1, "Ada Abebe", 45)],
        "1 total line (row 5; 0.75 h); 1 row without a duration that can be read (row 3)",
        "",
    ),
    "tempo-ru.csv": ("tempo ru", [(2, 1, "Ада Абебе", 90)], "1 total line (row 3; 1.50 h)", ""),
    "kimai-de.csv": (
        "kimai de",
        [(2, 1, ADA, 6), (6, 2, ADA, 150)],
        "1 running timer without an end (row 5); 1 negative duration (row 4);"
        " 1 entry that is there twice, with its id (row 3; 0.10 h)",
        "",
    ),
    "runn.csv": (
        "runn en",
        [(2, 1, ADA, 60), (2, 1, ADA, 30), (3, 2, ADA, 0), (4, 2, BEN, 45)],
        "1 row without a person (row 5; 0.25 h)",
        "",
    ),
}


def toggl(*rows: tuple[str, ...], **more: Any) -> pd.DataFrame:
    """A Toggl export of (start date, start time, end date, end time, duration)."""
    heads = ["Start date", "Start time", "End date", "End time", "Duration"]
    return pd.DataFrame(rows, columns=heads).assign(Email=ADA, Project="Harbour map", **more)


def harvest(*dates: str, hours: str = "1") -> pd.DataFrame:
    named = {"First Name": "Ada", "Last Name": "Abebe", "Project": "P", "Task": "T"}
    return pd.DataFrame({"Date": dates}).assign(Hours=hours, **named)


def days(frame: pd.DataFrame) -> list[str]:
    return frame["date"].dt.strftime("%m-%d").tolist()


# -- each export on a file


def test_every_file_and_every_preset_is_tried() -> None:
    assert {path.name for path in EXPORTS.iterdir()} == set(READ)
    assert {told.split()[0] for told, *_ in READ.values()} == set(PRESETS)


@pytest.mark.parametrize("file", list(READ))
def test_an_export_is_read_with_what_was_left_out(file: str) -> None:
    told, rows, left_out, counted = READ[file]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        frame = rp.read_timesheet(EXPORTS / file)
    whose = "email" if "email" in frame else "person"
    parts = [frame.index, frame["date"].dt.day, frame[whose], frame["minutes"]]
    assert list(zip(*parts, strict=True)) == rows
    source, language = told.split()
    expected = {"source": source, "language": language, "left out": left_out, "counted": counted}
    assert frame.attrs == {"timesheet": expected}
    assert [warning.category for warning in heard] == [TimesheetWarning] * bool(left_out + counted)
    for warning in heard:
        assert f"was read as {source} ({language})" in str(warning.message)
        assert left_out in str(warning.message)
        assert counted in str(warning.message)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("bom", "utf-8-sig"), ("sixteen", "utf-16"), ("plain", "utf-8")],
)
def test_the_encoding_does_not_matter(name: str, encoding: str, tmp_path: Path) -> None:
    text = (EXPORTS / "clockify-es.csv").read_text(encoding="utf-8")
    (tmp_path / f"{name}.csv").write_text(text, encoding=encoding)
    frame = rp.read_timesheet(tmp_path / f"{name}.csv")
    assert frame["person"].tolist() == ["Ana Núñez", "Ana Núñez"]


def test_a_file_is_opened_as_the_user_says(tmp_path: Path) -> None:
    heads = "User|Start date|Start time|Duration|Project"
    path = tmp_path / "toggl.csv"
    path.write_text(f"{heads}\nJiří Dvořák|2026-06-01|09:00|1:00|Mapa\n", encoding="cp1250")
    frame = rp.read_timesheet(path, encoding="cp1250", delimiter="|")
    assert frame["person"].tolist() == ["Jiří Dvořák"]


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.TimesheetWarning")
def test_a_workbook_and_a_typed_frame_are_read_like_the_file(tmp_path: Path) -> None:
    whole = rp.read_timesheet(EXPORTS / "toggl.csv")
    texts = pd.read_csv(EXPORTS / "toggl.csv", dtype=str)
    typed = pd.read_csv(EXPORTS / "toggl.csv", parse_dates=["Start date"], date_format="%Y-%m-%d")
    typed["Duration"] = pd.to_timedelta(typed["Duration"])
    texts.to_excel(tmp_path / "toggl.xlsx", index=False)
    columns = ["date", "email", "duration", "minutes", "billable"]
    pd.testing.assert_frame_equal(
        rp.read_timesheet(tmp_path / "toggl.xlsx")[columns], whole[columns]
    )
    # The frame keeps its own labels.
    own = rp.read_timesheet(typed)[columns]
    pd.testing.assert_frame_equal(own, whole[columns].set_axis(own.index))
    assert own.index.tolist() == [0, 1, 2, 3, 4, 7]


def test_columns_have_types_that_do_not_depend_on_the_rows() -> None:
    with pytest.warns(TimesheetWarning):
        frame = rp.read_timesheet(EXPORTS / "runn.csv")
    types = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    assert types.pop("email") in ("str", "string")
    assert types == {
        "date": "datetime64[us]",
        "projectId": "Int64",
        "roleId": "Int64",
        "billable": "boolean",
        "duration": "timedelta64[ms]",
        "minutes": "Int64",
    }
    empty = rp.read_timesheet(toggl())
    assert len(empty) == 0
    assert str(empty["date"].dtype) == "datetime64[us]"
    assert str(empty["minutes"].dtype) == "Int64"


# -- which export it is


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_an_export_is_known_by_the_heads_that_it_needs_in_each_language(preset: Any) -> None:
    for heads in preset.heads:
        own = [heads.columns[name][0] for name in heads.columns]
        found = recognise([f" {head.upper()} " for head in own])
        assert (found.source, set(found.columns)) == (preset.name, set(heads.columns))


def test_the_presets_name_fields_and_sources() -> None:
    for preset in PRESETS.values():
        for heads in preset.heads:
            assert set(heads.columns) <= set(FIELDS)
            assert heads.source.startswith("https://")
            for group in preset.needs:
                assert any(field in heads.columns for field in group), (preset.name, group)
                together = {field for fields in group for field in fields.split("+")}
                assert together <= set(FIELDS), (preset.name, group)


def test_unknown_heads_are_refused_with_the_nearest_export_and_what_it_lacks() -> None:
    sheet = harvest("2026-06-01").drop(columns="Task")
    with pytest.raises(FrameError, match=r"clockify, harvest.*Nearest is Harvest.*without 'Task'"):
        rp.read_timesheet(sheet)
    with pytest.raises(FrameError, match=r"not those of 'toggl'.*without 'Start date'"):
        rp.read_timesheet(sheet, source="toggl")
    with pytest.raises(FilterError, match=r"no source 'togl'; did you mean 'toggl'\?"):
        rp.read_timesheet(sheet, source="togl")


def test_no_language_is_taken_without_a_duration() -> None:
    sheet = pd.read_csv(EXPORTS / "clockify-fr.csv").drop(columns="Durée (décimal)")
    without = sheet.drop(columns="Heure de fin")
    with pytest.raises(FrameError, match=r"Clockify, detailed report \(fr\), without 'Durée"):
        rp.read_timesheet(without)
    with pytest.warns(TimesheetWarning, match="1 running timer"):
        frame = rp.read_timesheet(sheet)
    assert (frame.attrs["timesheet"]["language"], frame["minutes"].tolist()) == ("fr", [75])


@pytest.mark.parametrize("file", ["clockify-en.csv", "kimai-de.csv"])
@pytest.mark.filterwarnings("ignore::runn_pandas.errors.TimesheetWarning")
def test_start_and_end_are_a_duration_where_an_export_has_none(file: str) -> None:
    sheet = pd.read_csv(EXPORTS / file, dtype=str, keep_default_na=False)
    without = sheet[[head for head in sheet if "Dur" not in head and head != "Dauer"]]
    assert len(without.columns) < len(sheet.columns)
    frame, whole = rp.read_timesheet(without), rp.read_timesheet(sheet)
    assert frame.attrs["timesheet"]["source"] == whole.attrs["timesheet"]["source"]
    both = frame.index.intersection(whole.index)
    assert len(both) == len(whole)
    assert frame.loc[both, "duration"].tolist() == whole["duration"].tolist()


def test_columns_take_start_and_end_for_a_duration_and_say_what_they_lack() -> None:
    sheet = pd.DataFrame(
        {"Day": ["2026-06-01"], "Who": "Ada Abebe", "In": "9:00", "Out": "10:30", "Job": "P"}
    )
    told = {"date": "Day", "person": "Who", "project": "Job", "start": "In", "end": "Out"}
    assert rp.read_timesheet(sheet, columns=told)["minutes"].tolist() == [90]
    lacks = (
        r"columns= lacks the duration \(duration, .*, start and end, date and end_date\): name it"
    )
    with pytest.raises(FrameError, match=lacks):
        rp.read_timesheet(sheet, columns={"date": "Day", "person": "Who", "start": "In"})
    with pytest.raises(FrameError, match=r"lacks the date \(date\) and the person \(email,"):
        rp.read_timesheet(sheet, columns={"start": "In", "end": "Out"})
    stamps = pd.DataFrame(
        {"In": ["2026-03-29T01:00+01:00"], "Out": "2026-03-29T04:00+02:00", "Who": "A", "Job": "P"}
    )
    # Summer time began in between.
    told = {"date": "In", "end_date": "Out", "person": "Who", "project": "Job"}
    assert rp.read_timesheet(stamps, columns=told)["minutes"].tolist() == [120]


@pytest.mark.parametrize(
    ("person", "email", "project", "counts"),
    [
        ("Total", "", "", False),
        ("Subtotal: June", "", "", False),
        ("Gesamtstunden", "", "", False),
        ("Suma", "", "", False),
        ("", "Total", "", False),
        ("Suma", "", "Harbour map", True),
        ("Total", "suma@example.com", "", True),
        ("", "total-it@example.com", "", True),
        ("", "summer.lee@example.com", "", True),
        ("Summer Lee", "", "", True),
        ("Suma Rao", "", "", True),
        ("Gesamtner", "", "", True),
    ],
)
def test_a_total_of_a_day_is_no_entry(person: str, email: str, project: str, counts: bool) -> None:
    row = ("2026-06-01", "", "", "", "1:00:00")
    sheet = toggl(row, row).assign(User=["Ada Abebe", person], Email=["", email])
    sheet["Project"] = ["Harbour map", project]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert rp.read_timesheet(sheet)["minutes"].tolist() == [60, 60][: 1 + counts]
    told = any("Left out: 1 total line (row 1; 1.00 h)." in str(one.message) for one in heard)
    assert told is not counts


@pytest.mark.parametrize("who", ["Summer Lee", "summer.lee@example.com", "total-it@example.com"])
def test_work_without_a_date_is_no_total(who: str) -> None:
    row = ("2026-06-01", "", "", "", "1:00:00")
    sheet = toggl(row, ("", *row[1:])).assign(Email=[ADA, who])
    with pytest.warns(TimesheetWarning, match="1 row without a date that can be read .*1.00 h"):
        rp.read_timesheet(sheet)


def test_heads_of_two_exports_are_refused_until_one_is_named() -> None:
    both = toggl(
        ("2026-06-01", "09:00", "2026-06-01", "10:00", "1:00:00"), **{"Duration (h)": "2:00"}
    )
    with pytest.raises(FrameError, match=r"those of clockify and of toggl: say which"):
        rp.read_timesheet(both)
    assert rp.read_timesheet(both, source="toggl")["minutes"].tolist() == [60]
    with pytest.warns(TimesheetWarning, match="1 duration that the rest of its row contradicts"):
        assert rp.read_timesheet(both, source="clockify")["minutes"].tolist() == [120]


def test_an_export_that_is_not_known_is_read_by_its_columns() -> None:
    sheet = pd.DataFrame({"Day": ["2026-06-01"], "Who": ["Ada Abebe"], "Job": ["P"], "h": ["1,5"]})
    told = {"date": "Day", "person": "Who", "project": "Job", "hours": "h"}
    frame = rp.read_timesheet(sheet, columns=told)
    assert frame[["person", "project", "minutes"]].values.tolist() == [["Ada Abebe", "P", 90]]
    assert frame.attrs["timesheet"]["source"] == "given"
    # A renamed column of a known export.
    renamed = harvest("2026-06-01").rename(columns={"Project": "Matter"})
    frame = rp.read_timesheet(renamed, columns={"project": "matter"})
    assert (frame.attrs["timesheet"]["source"], frame["project"].tolist()) == ("harvest", ["P"])
    with pytest.raises(FrameError, match=r"no column 'Jobb'; did you mean 'Job'\?"):
        rp.read_timesheet(sheet, columns=told | {"project": "Jobb"})
    with pytest.raises(FilterError, match=r"columns has 'hour'; did you mean 'hours'\?"):
        rp.read_timesheet(sheet, columns={"hour": "h"})


@pytest.mark.parametrize(
    ("unit", "written", "seconds"),
    [
        ("seconds", ["3,600", "14,400.5"], [3600, 14400.5]),
        ("seconds", ["3.600", "1.000,5"], [3600, 1000.5]),
        ("minutes", ["1,200", "7.5"], [72000, 450]),
        ("minutes", ["1.200", "7.5"], [72, 450]),
        ("minutes", ["1.200", "0.500"], [72, 30]),
        ("minutes", ["1,200", "1 234,5"], [72, 74070]),
        ("minutes", [1.125, 60.0], [67.5, 3600]),
        ("hours", ["1,200", "8"], [4320, 28800]),
    ],
)
def test_thousands_of_minutes_and_seconds_are_told_by_their_column(
    unit: str, written: list[Any], seconds: list[float]
) -> None:
    sheet = pd.DataFrame({"day": "2026-06-01", "who": ADA, unit: written})
    columns = {"date": "day", "email": "who", unit: unit}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TimesheetWarning)  # no project
        frame = rp.read_timesheet(sheet, columns=columns)
    assert frame["duration"].dt.total_seconds().tolist() == seconds


@pytest.mark.parametrize("others", [["480"], ["1.200"], ["7,5", "1,200.5"]])
def test_a_thousand_or_a_fraction_that_cannot_be_told_is_refused(others: list[str]) -> None:
    sheet = pd.DataFrame({"Date": "2026-06-01", "Billable Minutes": ["1,200", *others]})
    sheet = sheet.assign(Email=ADA, **{"Non-billable Minutes": "0", "Project ID": "1"})
    told = r"'1,200' in row 0 of column 'Billable Minutes' is 1200 or 1\.200, and the column does"
    with pytest.raises(FrameError, match=told):
        rp.read_timesheet(sheet, "runn")


# -- days


@pytest.mark.parametrize(
    ("dates", "dayfirst", "expected"),
    [
        (["01/06/2026", "13/06/2026"], None, ["06-01", "06-13"]),
        (["06/01/2026", "06/13/2026"], None, ["06-01", "06-13"]),
        (["01/06/2026", "02/06/2026"], True, ["06-01", "06-02"]),
        (["06/01/2026", "06/02/2026"], False, ["06-01", "06-02"]),
        (["06/06/2026", "07/07/2026"], None, ["06-06", "07-07"]),
        (["1.6.2026", "2.6.26"], None, ["06-01", "06-02"]),
        (["2026-6-1 14:33", "2026/06/02"], None, ["06-01", "06-02"]),
        (["1 Jun 2026", "02/Jun/26"], None, ["06-01", "06-02"]),
        (["June 1, 2026", "2026-06-01T23:30:00+02:00"], None, ["06-01", "06-01"]),
    ],
)
def test_days_are_read_as_written(
    dates: list[str], dayfirst: bool | None, expected: list[str]
) -> None:
    assert days(rp.read_timesheet(harvest(*dates), dayfirst=dayfirst)) == expected


@pytest.mark.parametrize("text", ["0206-06-01", "9999-12-31", "31.06.2026", "06-2026", "x"])
def test_what_is_no_day_is_left_out(text: str) -> None:
    with pytest.warns(TimesheetWarning, match=r"1 row without a date that can be read \(row 1;"):
        assert days(rp.read_timesheet(harvest("2026-06-01", text))) == ["06-01"]


def test_an_order_of_day_and_month_that_cannot_be_told_is_asked_for() -> None:
    asked = r"'01/06/2026' in row 0 .* cannot be told from the 2 dates: say dayfirst=True"
    with pytest.raises(FrameError, match=asked):
        rp.read_timesheet(harvest("01/06/2026", "02/06/2026", "07/07/2026"))
    with pytest.raises(FrameError, match=r"'13/06/2026' in row 0 has the day first.*in row 1"):
        rp.read_timesheet(harvest("13/06/2026", "06/13/2026"))
    with pytest.warns(TimesheetWarning, match=r"1 row without a date that can be read \(row 1"):
        frame = rp.read_timesheet(harvest("13/06/2026", "06/13/2026"), dayfirst=True)
    assert days(frame) == ["06-13"]


def test_an_entry_in_utc_is_on_the_day_of_those_who_worked() -> None:
    rows = ("2026-06-01", "22:30:00", "2026-06-01", "23:30:00", "1:00:00")
    early = ("2026-01-31", "22:59:59", "2026-01-31", "23:59:59", "1:00:00")
    sheet = toggl(rows, early)
    assert days(rp.read_timesheet(sheet)) == ["06-01", "01-31"]
    with pytest.warns(TimesheetWarning, match=r"1 entry over midnight .* \(row 1\)"):
        oslo = rp.read_timesheet(sheet, times_in="UTC", days_in="Europe/Oslo")
    assert days(oslo) == ["06-02", "01-31"]
    west = rp.read_timesheet(sheet, times_in="Europe/Oslo", days_in="America/Los_Angeles")
    assert days(west) == ["06-01", "01-31"]
    with pytest.raises(FilterError, match="days_in needs the zone of the file's times"):
        rp.read_timesheet(sheet, days_in="Europe/Oslo")
    with pytest.raises(FilterError, match="times_in needs days_in"):
        rp.read_timesheet(sheet, times_in="UTC")
    with pytest.raises(FilterError, match="no time zone 'Oslo'"):
        rp.read_timesheet(sheet, times_in="UTC", days_in="Oslo")
    with pytest.raises(FrameError, match="an export of 'harvest' has none"):
        rp.read_timesheet(harvest("2026-06-01"), times_in="UTC", days_in="Europe/Oslo")


def test_a_stamp_that_has_its_zone_needs_no_other() -> None:
    sheet = harvest("2026-06-01T22:30:00Z", "2026-06-01T22:30:00-05:00")
    with pytest.warns(TimesheetWarning, match=r"1 time in UTC on its day in UTC .* \(row 0\)"):
        assert days(rp.read_timesheet(sheet)) == ["06-01", "06-01"]
    assert days(rp.read_timesheet(sheet, days_in="Europe/Oslo")) == ["06-02", "06-02"]


def test_an_entry_is_over_midnight_where_days_count() -> None:
    sheet = toggl(
        # In Oslo from 1:30 to 4:30, from 23:30 to 1:30, until midnight, and over it in both.
        ("2026-05-28", "23:30:00", "2026-05-29", "02:30:00", "3:00:00"),
        ("2026-05-28", "21:30:00", "2026-05-28", "23:30:00", "2:00:00"),
        ("2026-05-28", "21:00:00", "2026-05-28", "22:00:00", "1:00:00"),
        ("2026-05-28", "20:00:00", "2026-05-29", "01:00:00", "5:00:00"),
    )
    with pytest.warns(TimesheetWarning, match=r"2 entries over midnight .* \(rows 0, 3\)"):
        rp.read_timesheet(sheet)
    with pytest.warns(TimesheetWarning, match=r"2 entries over midnight .* \(rows 1, 3\)"):
        oslo = rp.read_timesheet(sheet, times_in="UTC", days_in="Europe/Oslo")
    assert days(oslo) == ["05-29", "05-28", "05-28", "05-28"]


# -- durations


def clockify(clock: str, decimals: str, end: str = "11:30:00") -> pd.DataFrame:
    """A Clockify export of one entry from 10:00."""
    times = {"Start Date": ["2026-06-25"], "Start Time": "10:00:00", "End Time": end}
    lengths = {"Duration (h)": clock, "Duration (decimal)": decimals}
    return pd.DataFrame(times | lengths).assign(Email=ADA, Project="Harbour map")


@pytest.mark.parametrize(
    ("clock", "decimals", "end", "seconds"),
    [
        ("0.0625", "1.50", "11:30:00", 5400),  # a fraction of a day
        ("0,0625", "1,50", "", 5400),
        ("0.0625", "", "11:30:00", 5400),
        ("0.0625", "0.06", "", 225),  # hours
        ("0.0625", "", "", 225),
        ("1.5", "1.50", "11:30:00", 5400),
        ("0.3333333333333333", "8.00", "18:00:00", 28800),
        ("0.000347222222222222", "0.01", "10:00:30", 30),
        ("0.000694444444444444", "0.02", "10:01:00", 60),
        ("0", "0.00", "10:00:00", 0),
        ("1:29:31", "1.49", "11:30:00", 5371),  # as far as they are rounded
        ("", "1.49", "11:30:00", 5364),
    ],
)
def test_a_duration_is_what_the_rest_of_its_row_says(
    clock: str, decimals: str, end: str, seconds: int
) -> None:
    frame = rp.read_timesheet(clockify(clock, decimals, end))
    assert frame["duration"].dt.total_seconds().tolist() == [seconds]


@pytest.mark.parametrize(
    ("clock", "decimals", "end", "seconds"),
    [
        ("5:00:00", "1.50", "11:30:00", 18000),
        ("1:30:00", "1.50", "11:31:01", 5400),
        ("1:30:00", "1.55", "11:30:00", 5400),
        ("1.25", "1.50", "11:30:00", 4500),  # neither hours nor a fraction of a day
        ("0", "1.50", "11:30:00", 0),
        ("", "1.50", "13:00:00", 5400),
    ],
)
def test_a_duration_that_the_rest_of_its_row_contradicts_is_said(
    clock: str, decimals: str, end: str, seconds: int
) -> None:
    with pytest.warns(TimesheetWarning, match=r"1 duration that the rest of its row .*\(row 0\)"):
        frame = rp.read_timesheet(clockify(clock, decimals, end))
    assert frame["duration"].dt.total_seconds().tolist() == [seconds]


def test_the_parts_of_a_duration_do_not_contradict_its_start_and_end() -> None:
    sheet = pd.DataFrame({"Day": ["2026-06-01"], "In": "9:00", "Out": "11:00", "Yes": "1.5"})
    told = {"date": "Day", "person": "Who", "start": "In", "end": "Out"}
    told |= {"billable_hours": "Yes", "nonbillable_hours": "No", "project": "Job"}
    frame = rp.read_timesheet(sheet.assign(No="0.5", Who="A", Job="P"), columns=told)
    assert frame["minutes"].tolist() == [90, 30]


HUNDREDTHS = st.integers(0, 5_000_000)
MARKS = st.sampled_from([".", ","])


@given(HUNDREDTHS, MARKS, st.sampled_from(list({"hours", "minutes"})))
@example(33, ",", "hours")
def test_decimals_are_exact_with_a_comma_and_a_point(value: int, mark: str, field: str) -> None:
    unit = {"hours": cells.HOUR, "minutes": cells.MINUTE}[field]
    text = f"{value // 100}{mark}{value % 100:02}"
    assert cells.milliseconds(text, unit) == Decimal(value) * unit / 100


@given(st.integers(0, 10_000 * 3600), st.booleans(), st.booleans())
def test_clock_times_are_exact(seconds: int, with_seconds: bool, negative: bool) -> None:
    seconds -= 0 if with_seconds else seconds % 60
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    text += f":{seconds % 60:02}" if with_seconds else ""
    sign = -1 if negative else 1
    assert cells.milliseconds("-" * negative + text, cells.HOUR) == sign * seconds * 1000


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1 234,5", "1234.5"),
        (".25", "0.25"),
        ("7.", "7"),
        ("1.50 h", "1.5"),
        ("24:00", "24"),
        ("1 day, 2:00:00", "26"),
        ("0 days 01:30:00", "1.5"),
        ("\u22121:30", "-1.5"),
        ("1e-05", "0.00001"),
    ],
)
def test_other_ways_to_write_a_duration(text: str, hours: str) -> None:
    assert cells.milliseconds(text, cells.HOUR) == int(Decimal(hours) * cells.HOUR)


def test_a_mark_that_is_there_twice_stands_between_thousands() -> None:
    assert cells.milliseconds("1.234.567", cells.SECOND) == 1_234_567_000
    assert cells.milliseconds("1,234,567", cells.SECOND) == 1_234_567_000


@pytest.mark.parametrize(
    "text", ["", "abc", "1:75", "47:06 min", "1:2:3:4", "9" * 40, "1e999", "-"]
)
def test_what_is_no_duration_is_none(text: str) -> None:
    assert cells.milliseconds(text, cells.HOUR) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("24:00", 1440), ("9:05 PM", 1265), ("12:00 AM", 0), ("12:30 p.m.", 750), ("00:00:59", 0)],
)
def test_times_of_the_day(text: str, minutes: int) -> None:
    assert (cells.time_of_day(text) or 0) // cells.MINUTE == minutes


@pytest.mark.parametrize("text", ["24:01", "9", "13:00 PM", "10:60", "x", ""])
def test_what_is_no_time_of_the_day(text: str) -> None:
    assert cells.time_of_day(text) is None


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 7200)), min_size=1, max_size=40))
def test_whole_minutes_add_up_to_the_tool_s_total(rows: list[tuple[int, int]]) -> None:
    sheet = toggl(
        *(
            (f"2026-06-0{day}", "09:00", "", "12:00", f"{s // 3600}:{s // 60 % 60:02}:{s % 60:02}")
            for day, s in rows
        )
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TimesheetWarning)
        frame = rp.read_timesheet(sheet)
    exact = frame["duration"].dt.total_seconds() / 60
    assert abs(frame["minutes"].sum() - exact.sum()) <= 0.5
    keys = frame.assign(exact=exact).groupby("date")[["minutes", "exact"]].sum()
    assert ((keys["minutes"] - keys["exact"]).abs() < 1).all()
    assert ((frame["minutes"] - exact).abs() < 1).all()


def test_a_duration_that_is_not_written_is_from_start_to_end() -> None:
    sheet = toggl(
        ("2026-06-01", "22:00", "2026-06-02", "01:00", ""),
        ("2026-06-01", "22:00", "", "24:00", ""),
        ("2026-06-01", "22:00", "", "00:30", ""),
    )
    with pytest.warns(TimesheetWarning, match=r"2 entries over midnight.*\(rows 0, 2\)"):
        frame = rp.read_timesheet(sheet)
    assert frame["minutes"].tolist() == [180, 120, 150]
    assert days(frame) == ["06-01"] * 3


def test_an_entry_longer_than_a_day_is_left_out_with_its_hours() -> None:
    sheet = harvest("2026-06-01", "2026-06-02", hours="24").assign(Hours=["24", "24.01"])
    told = r"1 entry longer than a day \(row 1; 24\.01 h\)\. Counted: 1 entry of 24 hours \(row 0\)"
    with pytest.warns(TimesheetWarning, match=told):
        assert rp.read_timesheet(sheet)["minutes"].tolist() == [1440]


def test_a_flag_that_says_neither_is_refused() -> None:
    with pytest.raises(FrameError, match=r"'maybe' in row 0 says neither"):
        rp.read_timesheet(harvest("2026-06-01").assign(**{"Billable?": "maybe"}))


def test_many_rows_are_named_in_attrs_and_the_first_in_the_warning() -> None:
    sheet = harvest(*["2026-06-01"] * 8, hours="-1")
    with pytest.warns(
        TimesheetWarning, match=r"8 negative durations \(rows 0, 1, 2, 3, 4, \.\.\.\)"
    ):
        frame = rp.read_timesheet(sheet)
    assert frame.attrs["timesheet"]["left out"].endswith("(rows 0, 1, 2, 3, 4, 5, 6, 7)")


# -- in one line against Runn


@pytest.fixture(scope="module")
def logged(demo_account: Account) -> pd.DataFrame:
    """A week of the demo's actuals with names, one row a day, person and project."""
    rows = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05", account=demo_account)
    minutes = rows["billableMinutes"] + rows["nonbillableMinutes"]
    rows = rows.assign(minutes=minutes)[rows["personId"] < 310020]
    rows = rows[rows["minutes"] > 0]
    people = rp.read_runn("people", account=demo_account).set_index("id")
    projects = rp.read_runn("projects", account=demo_account).set_index("id")
    clients = rp.read_runn("clients", account=demo_account).set_index("id")["name"]
    return rows.assign(
        email=rows["personId"].map(people["email"]),
        person=rows["personId"].map(people["firstName"] + " " + people["lastName"]),
        project=rows["projectId"].map(projects["name"]),
        client=rows["projectId"].map(projects["clientId"]).map(clients),
    )


def as_clockify(rows: pd.DataFrame) -> pd.DataFrame:
    """What Clockify would export of them, in German, with decimal commas."""
    hours = (rows["minutes"].astype(float) / 60).map("{:.2f}".format).str.replace(".", ",")
    return pd.DataFrame(
        {
            "Projekt": rows["project"],
            "Kunde": rows["client"],
            "Benutzer": rows["person"],
            "E-Mail": rows["email"].str.upper(),
            "Startdatum": rows["date"].dt.strftime("%d.%m.%Y"),
            "Dauer (dezimal)": hours,
        }
    )


def test_a_file_is_reconciled_in_one_line(
    logged: pd.DataFrame, demo_account: Account, tmp_path: Path
) -> None:
    as_clockify(logged).to_csv(tmp_path / "clockify.csv", sep=";", index=False)
    with rp.use(demo_account):
        result = rp.reconcile(tmp_path / "clockify.csv")
        assert set(result["status"]) <= {"match", "only_runn"}
        assert (result["status"] == "match").sum() > 20
        # The frame, the cells of the file and what was read of it lead to the same.
        cells_of_it = as_clockify(logged)
        for same in (cells_of_it, rp.read_timesheet(cells_of_it), str(tmp_path / "clockify.csv")):
            pd.testing.assert_frame_equal(rp.reconcile(same), result)
        assert rp.unmatched(tmp_path / "clockify.csv").empty


def test_whom_runn_does_not_know_is_listed_once(
    logged: pd.DataFrame, demo_account: Account, tmp_path: Path
) -> None:
    sheet = as_clockify(logged)
    sheet.loc[sheet.index[:2], "E-Mail"] = "nobody@example.com"
    sheet.loc[sheet.index[2], "Projekt"] = "Nothing like it"
    with rp.use(demo_account):
        with pytest.warns(UnmatchedWarning, match=r"'email' \('nobody@example.com'\) for personId"):
            rp.reconcile(sheet)
        missed = rp.unmatched(sheet)
    assert sorted(missed["value"]) == ["Nothing like it", "nobody@example.com"]


def test_people_are_found_by_name_where_the_export_has_no_email(
    logged: pd.DataFrame, demo_account: Account
) -> None:
    with rp.use(demo_account):
        result = rp.reconcile(as_clockify(logged).drop(columns="E-Mail"))
    assert (result["status"] == "match").sum() > 20


def test_a_file_is_read_as_read_timesheet_reads_it(
    logged: pd.DataFrame, demo_account: Account, tmp_path: Path
) -> None:
    late = logged.head(1)
    rows = {
        "Day": late["date"].dt.strftime("%d/%m/%Y"),
        "From": "23:30",
        "Time": "1,5",
        "Who": late["email"] + "é",
        "Job": late["project"],
    }
    path = tmp_path / "own.csv"
    pd.DataFrame(rows).to_csv(path, sep=";", index=False, encoding="cp850")
    columns = {"date": "Day", "start": "From", "hours": "Time", "email": "Who", "project": "Job"}
    options: dict[str, Any] = {
        "columns": columns,
        "dayfirst": True,
        "times_in": "UTC",
        "days_in": "Europe/Oslo",
        "encoding": "cp850",
        "delimiter": ";",
    }
    entries = rp.read_timesheet(path, **options)
    assert entries["email"].item() == late["email"].item() + "é"
    with rp.use(demo_account):
        missed = rp.unmatched(path, **options)
        assert missed["value"].tolist() == [late["email"].item() + "é"]
        pd.testing.assert_frame_equal(missed, rp.unmatched(entries))
        pd.DataFrame(rows).assign(Who=late["email"]).to_csv(path, sep=";", index=False)
        result = rp.reconcile(path, **{**options, "encoding": None})
        day = late["date"].item() + pd.Timedelta(1, "D")
        assert result.loc[result["date"] == day, "timesheetMinutes"].tolist() == [90]
        cells = pd.DataFrame(rows).assign(Who=late["email"])
        given = {name: options[name] for name in ("columns", "dayfirst", "times_in", "days_in")}
        pd.testing.assert_frame_equal(rp.reconcile(cells, **given), result)


def test_a_prepared_frame_is_compared_as_before(demo_account: Account) -> None:
    plain = pd.DataFrame({"date": ["2026-06-01"], "personId": [310015], "projectId": [480014]})
    with rp.use(demo_account):
        assert len(rp.reconcile(plain.assign(minutes=90))) == 1
        with pytest.raises(FrameError, match="no column 'personId'"):
            rp.reconcile(
                pd.DataFrame({"Day": ["2026-06-01"], "minutes": [1], "date": ["2026-06-01"]})
            )


def test_a_part_of_a_file_adds_up_too(logged: pd.DataFrame, demo_account: Account) -> None:
    """Minutes that were rounded over the whole file would be 0 in one half and 2 in the other."""
    one = logged.head(1).loc[logged.head(1).index.repeat(4)]
    sheet = as_clockify(one).drop(columns="Dauer (dezimal)").assign(**{"Dauer (h)": "0:00:30"})
    sheet["Startdatum"] = ["01.06.2026", "02.06.2026", "03.06.2026", "04.06.2026"]
    entries = rp.read_timesheet(sheet)
    assert entries["minutes"].sum() == 2
    with rp.use(demo_account):
        for first, last in (("2026-06-01", "2026-06-02"), ("2026-06-03", "2026-06-04")):
            result = rp.reconcile(entries, start=first, end=last)
            assert result["timesheetMinutes"].sum() == 1


def test_what_is_billable_counts_where_any_entry_is(
    logged: pd.DataFrame, demo_account: Account
) -> None:
    sheet = as_clockify(logged)
    with rp.use(demo_account):
        kept = rp.reconcile(sheet.assign(Abrechenbar="Nein"))
        assert (kept["status"] == "match").sum() > 20
        billed = sheet.assign(Abrechenbar=["Ja"] + ["Nein"] * (len(sheet) - 1))
        assert "differs" in set(rp.reconcile(billed)["status"])


# -- projects of one name


def projects_found(rows: list[tuple[str, str]]) -> list[tuple[Any, Any]]:
    lists = {
        "projects": pd.DataFrame(
            {
                "id": [10, 11, 12, 13],
                "name": ["Website", "Website", "App", "Website"],
                "clientId": [1, 2, 1, 3],
                "isTemplate": [False, False, False, True],
            }
        ),
        "clients": pd.DataFrame({"id": [1, 2, 3], "name": ["Alder", "Birch", "Cedar"]}),
    }
    sheet = pd.DataFrame(rows, columns=["project", "client"])
    rules = match_rules({"projectId": {"clientName": "client", "name": "project"}})
    found = find_ids(sheet, "projectId", rules["projectId"], Source(lists, None))
    ids = found.ids.astype(object)
    return list(zip(ids.where(ids.notna(), None), found.reasons, strict=True))


def test_a_client_tells_projects_of_one_name_apart() -> None:
    assert projects_found([("Website", "ALDER"), ("Website", "Birch"), ("App", "Alder")]) == [
        (10, None),
        (11, None),
        (12, None),
    ]


def test_a_project_is_not_booked_for_a_client_that_runn_does_not_know() -> None:
    assert projects_found([("Website", "Elm"), ("App", "Elm"), ("App", "")]) == [
        (None, "several"),
        (None, "conflict"),
        (12, None),
    ]


def test_a_project_of_another_client_is_no_match_nor_is_a_template() -> None:
    assert projects_found([("App", "Birch"), ("Website", "Cedar"), ("Ap", "Alder")]) == [
        (None, "conflict"),
        (None, "several"),
        (None, "none"),
    ]
    with pytest.raises(FilterError, match="'clientName' tells projects of one name apart"):
        match_rules({"projectId": {"clientName": "client"}})


# -- the page


def page() -> str:
    return (ROOT / "docs" / "timesheets.md").read_text(encoding="utf-8")


def recipes() -> list[str]:
    _, *parts = page().split("\n## Recipes")[1].split("\n## ")[0].split("\n### ")
    return ["".join(re.findall(r"```python\n(.*?)```", part, re.S)) for part in parts]


def as_toggl(rows: pd.DataFrame) -> pd.DataFrame:
    """What Toggl would export of them in UTC: an entry from half past midnight in Oslo."""
    start = rows["date"] - pd.Timedelta("90min")
    length = pd.to_timedelta(rows["minutes"].astype(int), unit="min")
    end = start + length
    return pd.DataFrame(
        {
            "Email": rows["email"],
            "Project": rows["project"],
            "Start date": start.dt.strftime("%Y-%m-%d"),
            "Start time": start.dt.strftime("%H:%M:%S"),
            "End date": end.dt.strftime("%Y-%m-%d"),
            "End time": end.dt.strftime("%H:%M:%S"),
            "Duration": length.astype(str),
        }
    )


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.TimesheetWarning")
@pytest.mark.parametrize("recipe", recipes(), ids=["clockify", "toggl"])
def test_a_recipe_of_a_few_lines_makes_runn_agree(
    recipe: str, logged: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(recipe.strip().splitlines()) <= 7
    monkeypatch.chdir(tmp_path)
    rows = logged.head(3).assign(minutes=[33, 60, 444])
    as_clockify(rows).to_csv("clockify.csv", sep=";", index=False)
    as_toggl(rows).to_csv("toggl.csv", index=False)
    with rp.use(rp.connect("demo")):
        space: dict[str, Any] = {"rp": rp}
        # The rows of the fixture are of another week than the samples of the page.
        exec(recipe.replace("2026-06-29", "2026-06-01").replace("06-30", "06-05"), space)
        actuals = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05", max_age=0)
    keys = ["date", "personId", "projectId"]
    found = rows[keys].merge(actuals, on=keys)
    minutes = found["billableMinutes"] + found["nonbillableMinutes"]
    assert minutes.tolist() == [33, 60, 444]


def test_the_page_is_generated() -> None:
    written = re.search(r"<!-- presets:.*?-->\n(.*?)\n<!-- /presets -->", page(), re.S)
    assert written is not None
    assert written[1] == markdown(), "run: the command that CONTRIBUTING.md names"
    for field in FIELDS:
        assert f"`{field}`" in page(), field
