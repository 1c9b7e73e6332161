"""Reports, timesheets and the check from the command line."""

from __future__ import annotations

import csv
import json
import sys
from io import StringIO
from pathlib import Path

import pytest

import runn_pandas as rp
from runn_pandas.table_files import read_table
from tests.support.shell import Shell

JUNE = ["--start", "2026-06-01", "--end", "2026-06-30"]


def test_a_report_is_csv_in_a_pipe_and_a_table_on_a_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ["report", "people", *JUNE, "--by", "team", "--metrics", "total,overtime", "--names"]
    assert shell(*words) == 0
    rows = list(csv.DictReader(StringIO(shell.out)))
    assert rows[0].keys() == {"teamId", "teamName", "total", "overtime"}
    hours = rp.report("people", JUNE[1], JUNE[3], by="team", metrics="total", account=shell.account)
    assert sum(float(row["total"]) for row in rows) == pytest.approx(hours["total"].sum())
    out = tmp_path / "june.xlsx"
    assert shell(*words, "--out", out) == 0
    assert (shell.out, list(read_table(out))) == ("", list(rows[0]))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    assert shell(*words) == 0
    assert len(shell.out.splitlines()) == len(rows) + 1
    monkeypatch.setenv("COLUMNS", "20")
    assert shell(*words) == 0
    assert max(map(len, shell.out.splitlines())) <= 30, "a value a line where it is narrow"


def test_who_has_room(shell: Shell) -> None:
    words = ["availability", "2026-07-01", "2026-07-31", "--freq", "MS", "--unit", "fte"]
    assert shell(*words, "--json") == 0
    everyone = json.loads(shell.out)
    role = rp.read_runn("roles", account=shell.account)["id"][0]
    assert shell(*words, "--role", role, "--by", "team,person", "--json") == 0
    some = json.loads(shell.out)
    assert 0 < len(some) < len(everyone)
    assert {"teamId", "personId"} <= some[0].keys()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["report", "peeple"], "people"),
        (["report", "people", *JUNE, "--metrics", "totl"], "'total'"),
        (["report", "people", *JUNE, "--by", "teem"], "team"),
        (["availability", "2026-07-01", "soon"], "soon"),
        (["availability", "2026-07-01", "2026-07-31", "--role", "Wizard"], "Wizard"),
    ],
)
def test_an_unknown_word_has_the_nearest_one(shell: Shell, words: list[str], told: str) -> None:
    assert shell(*words) == 1
    assert told in shell.err
    assert shell.err.count("\n") == 1


@pytest.fixture
def sheet(shell: Shell, tmp_path: Path) -> Path:
    """A timesheet with a day that Runn has otherwise, and a person nobody knows."""
    actuals = rp.read_runn("actuals", account=shell.account, minDate="2026-06-01")
    people = rp.read_runn("people", account=shell.account).set_index("id")
    one = actuals[actuals["billableMinutes"] > 0].iloc[0]
    email = people.loc[one["personId"], "email"]
    path = tmp_path / "sheet.csv"
    path.write_text(
        "Spent date;Hours;Email;projectId\n"
        f"{one['date']:%Y-%m-%d};7:45;{email};{one['projectId']}\n"
        f"{one['date']:%Y-%m-%d};1:00;nobody@example.com;{one['projectId']}\n"
    )
    return path


FOUND = ["--hours", "Hours", "--match", "personId.email=Email", "--match", "date=Spent date"]


def test_a_timesheet_is_compared_and_pushed(shell: Shell, sheet: Path, tmp_path: Path) -> None:
    assert shell("reconcile", sheet, *FOUND) == 3, "a row was not matched"
    rows = list(csv.DictReader(StringIO(shell.out)))
    assert "nobody@example.com" in shell.err or "1 row" in shell.err
    assert "7.75 h in the timesheet" in shell.err
    assert {row["status"] for row in rows} <= {"differs", "only_timesheet", "only_runn"}
    assert shell("reconcile", sheet, *FOUND, "--push") == 2
    assert "Plan for 'actuals'" in shell.out
    assert "7.75 h in the timesheet" in shell.err
    assert "no terminal to ask on. Say --yes" in shell.err
    assert shell.writes() == []
    out = tmp_path / "compared.csv"
    assert shell("reconcile", sheet, *FOUND, "--push", "--yes", "--out", out) == 3
    assert "Plan for 'actuals'" in shell.out
    assert len(read_table(out)) == len(rows)
    assert shell.writes() != []
    assert shell("reconcile", sheet, *FOUND, "--json") == 3
    assert "match" in {row["status"] for row in json.loads(shell.out)}


def test_an_export_of_another_tool_needs_nothing_said(
    shell: Shell, sheet: Path, tmp_path: Path
) -> None:
    rows = read_table(sheet)
    project = rp.read_runn("projects", account=shell.account).set_index("id")["name"]
    export, one = tmp_path / "toggl.csv", rows.iloc[0]
    heads = "Start date,Start time,Duration,Email,Project"
    day = f"{one['Spent date'][8:]}/06/2026"
    named = f"{one['Email']},{project[one['projectId']]}"
    export.write_text(f"{heads}\n{day},09:00,1:30:00,{named}\n{day},11:00,-1:00,{named}\n")
    assert shell("reconcile", export, "--dayfirst", "--json") == 0
    assert "read as toggl (en). Left out: 1 negative duration (row 3)." in shell.err
    assert "1.50 h in the timesheet" in shell.err
    assert [row["timesheetMinutes"] for row in json.loads(shell.out)] == [90]
    assert shell("reconcile", export, "--source", "tog") == 1
    assert "did you mean 'toggl'?" in shell.err


def test_a_total_line_is_left_out_and_said(shell: Shell, sheet: Path) -> None:
    sheet.write_text(sheet.read_text() + "Total;8:45;;\n")
    assert shell("reconcile", sheet, *FOUND) == 3
    assert "1 total line of the timesheet (row 4) is left out." in shell.err
    assert "7.75 h in the timesheet" in shell.err


def test_the_columns_and_zones_of_any_other_export_are_named(shell: Shell, tmp_path: Path) -> None:
    project = rp.read_runn("projects", account=shell.account)["name"][0]
    email = rp.read_runn("people", account=shell.account)["email"][0]
    export = tmp_path / "own.csv"
    export.write_text(f'Day,From,Time,Who,Job\n01/06/2026,23:30,"1,5",{email},{project}\n')
    pairs = ["date=Day", "start=From", "hours=Time", "email=Who", "project=Job"]
    columns = [word for pair in pairs for word in ("--columns", pair)]
    assert shell("reconcile", export, *columns) == 1
    assert "--dayfirst" in shell.err
    assert "dayfirst=" not in shell.err
    words = ["--dayfirst", "--times-in", "UTC", "--days-in", "Europe/Oslo", "--json"]
    assert shell("reconcile", export, *columns, *words) == 0
    rows = json.loads(shell.out)
    assert {(row["date"], row["timesheetMinutes"]) for row in rows if row["timesheetMinutes"]} == {
        ("2026-06-02", 90)
    }
    assert shell("reconcile", export, *columns, "--times-in", "UTC") == 1
    assert "--times-in needs --days-in" in shell.err
    assert shell("reconcile", export, "--columns", "Day") == 2
    assert "is not NAME=COLUMN" in shell.err
    assert shell("reconcile", export) == 1, "it says what to do in its own words"
    assert "hours=" not in shell.err


def test_a_match_that_is_none_is_refused(shell: Shell, sheet: Path) -> None:
    for word in ("personId", "personId.email", "=Email", "personId.=Email"):
        assert shell("reconcile", sheet, "--match", word) == 2
        assert "ID.FIELD=COLUMN" in shell.err


def test_a_check_reads_and_says_what_it_found(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "check.csv"
    # The demo of the tests has no limit, as the package expects one.
    assert shell("check", "--json", "--out", out) == 3
    findings = json.loads(shell.out)["findings"]
    assert "differs" in {row["verdict"] for row in findings}
    assert read_table(out)["question"].tolist() == [row["question"] for row in findings]
    assert shell.writes() == []
    assert shell("check") == 3
    assert "'runn check --writes'" in shell.out
    assert "rp.check(" not in shell.out


def test_metrics_and_resources_as_json(shell: Shell) -> None:
    assert shell("metrics", "--json") == 0
    assert "overtime" in {row["name"] for row in json.loads(shell.out)}
    assert shell("resources", "--json") == 0
    assert len(json.loads(shell.out)) == 90
    assert shell("resources", "actuals", "--json") == 0
    assert [row["resource"] for row in json.loads(shell.out)] == ["actuals"]
