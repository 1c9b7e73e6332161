"""``reconcile`` for people: what differs, by name, and what was not compared."""

from __future__ import annotations

import csv
import json
import re
import sys
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.command_line.differences import HEADS, key_names
from runn_pandas.table_files import read_table
from tests.support.desk import served
from tests.support.shell import Shell

HOW = ["--hours", "Hours", "--match", "personId.name=Who", "--match", "projectId.name=Project"]
HOW += ["--match", "date=Day", "--start", "2026-06-22", "--end", "2026-06-26"]


@dataclass
class Week:
    """A week of Runn's, as a timesheet that differs on one key, in a row and in a name."""

    file: Path
    person: str
    project: str
    day: str
    matching: int
    misspelt: str


@pytest.fixture
def week(shell: Shell, tmp_path: Path) -> Week:
    days = {"minDate": "2026-06-22", "maxDate": "2026-06-26"}
    actuals = rp.read_runn("actuals", account=shell.account, **days)
    rows = rp.on(actuals).names()
    keys = ["date", "personName", "projectName"]
    sheet = rows.assign(Hours=(rows["billableMinutes"] + rows["nonbillableMinutes"]) / 60)
    sheet = sheet.groupby(keys, as_index=False)["Hours"].sum()
    sheet.columns = pd.Index(["Day", "Who", "Project", "Hours"])
    first = sheet.iloc[0].copy()
    sheet.loc[0, "Hours"] += 0.5
    # A row that Runn has and the file has under a name that nobody has.
    lost = sheet[(sheet["Who"] != first["Who"])].iloc[-1]
    misspelt = f"{lost['Who'][:-2]}x"
    sheet.loc[lost.name, "Who"] = misspelt
    file = tmp_path / "week.csv"
    sheet.assign(Day=sheet["Day"].dt.strftime("%Y-%m-%d")).to_csv(file, index=False)
    day = f"{first['Day']:%Y-%m-%d}"
    return Week(file, first["Who"], first["Project"], day, len(sheet) - 2, misspelt)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the standard output be a terminal of some width."""

    def of(width: int) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", str(width))

    return of


def test_a_terminal_has_a_line_for_each_difference(shell: Shell, week: Week, terminal: Any) -> None:
    terminal(120)
    assert shell("reconcile", week.file, *HOW) == 3
    heads, *lines = shell.out.splitlines()
    assert re.split("  +", heads) == [*HEADS]
    assert lines[0].startswith(f"{week.day}  {week.person}  ")
    assert week.project in lines[0]
    assert lines[0].endswith("  +0.50")
    assert len(lines) == 2, "the other is what only Runn has, as its name was not matched"
    assert f"{week.matching} rows match and are not shown; --all shows every row" in shell.err
    assert shell("reconcile", week.file, *HOW, "--all") == 3
    assert len(shell.out.splitlines()) == 1 + 2 + week.matching
    assert "not shown" not in shell.err


@pytest.mark.parametrize("width", [120, 80, 60, 45])
def test_a_line_is_not_wider_than_the_terminal(
    shell: Shell, week: Week, terminal: Any, width: int
) -> None:
    terminal(width)
    assert shell("reconcile", week.file, *HOW, "--all") == 3
    lines = shell.out.splitlines()
    assert max(map(len, lines)) <= width
    assert lines[1].startswith(f"{week.day}  {week.person[:8]}")
    assert lines[1].endswith("+0.50"), "the difference is never cut"


def test_what_comes_last_says_what_was_not_compared(
    shell: Shell, week: Week, terminal: Any
) -> None:
    terminal(120)
    text = week.file.read_text()
    rows = text.splitlines()
    week.file.write_text(f"{text}{rows[2]}\n")
    assert shell("reconcile", week.file, *HOW) == 3
    said = shell.err.splitlines()
    order = ["match and are not shown", " h in the timesheet, ", "not matched to Runn", ": near is"]
    order += [f"row {len(rows) + 1} is an exact copy of row 3 and counted: "]
    places = [next(n for n, line in enumerate(said) if words in line) for words in order]
    assert places == sorted(places)
    near = said[places[3]]
    assert near.startswith(f"runn: '{week.misspelt}' in 'Who' (1 row, ")
    assert week.misspelt[:-1] in near.partition(": near is ")[2]
    assert "rp." not in shell.err


def test_many_names_that_are_not_matched_are_cut(shell: Shell, week: Week) -> None:
    rows = "".join(f"{week.day},Nobody {n:02},{week.project},{n}\n" for n in range(1, 24))
    week.file.write_text(week.file.read_text() + rows)
    assert shell("reconcile", week.file, *HOW) == 3
    named = [line for line in shell.err.splitlines() if " in 'Who' (" in line]
    assert len(named) == 20
    assert named[0] == "runn: 'Nobody 23' in 'Who' (1 row, 23.00 h): nothing is near"
    assert "runn: ... and 4 more that are not matched" in shell.err


def test_pipes_files_and_json_have_every_row(
    shell: Shell, week: Week, terminal: Any, tmp_path: Path
) -> None:
    every = week.matching + 2
    assert shell("reconcile", week.file, *HOW) == 3
    rows = list(csv.DictReader(StringIO(shell.out)))
    assert len(rows) == every
    assert not [name for name in rows[0] if name.endswith("Name")]
    assert shell("reconcile", week.file, *HOW, "--names") == 3
    rows = list(csv.DictReader(StringIO(shell.out)))
    assert (rows[0]["personName"], rows[0]["projectName"]) == (week.person, week.project)
    terminal(80)
    assert shell("reconcile", week.file, *HOW, "--json") == 3
    assert len(json.loads(shell.out)) == every
    out = tmp_path / "all.csv"
    assert shell("reconcile", week.file, *HOW, "--names", "--out", out) == 3
    assert shell.out == ""
    assert read_table(out)["personName"][0] == week.person
    assert "not shown" not in shell.err


def test_a_push_names_days_people_and_projects(shell: Shell, week: Week) -> None:
    words = ["reconcile", week.file, *HOW, "--push"]
    assert shell(*words, "--dry-run") == 3
    key = re.escape(f"{week.day} {week.person} on {week.project}")
    named = rf"{key} \(id \d+\): \w+illableMinutes \d+ -> \d+"
    assert re.search(rf"(?m)^  {named}$", shell.out)
    assert "row 0" not in shell.out
    assert "row '" not in shell.out
    what = r"not written: rows of that person and day were not matched"
    assert re.search(rf"1 row is {what} \('\d{{4}}-\d\d-\d\d \w.* on \w.*'\)\.", shell.out)
    assert shell(*words, "--yes") == 3
    assert re.search(r"(?m)^runn: \d{4}-\d\d-\d\d \w.* on \w.* not tried: Not written", shell.err)
    assert "demo --serve" not in shell.err, "a demo that is served stays"
    assert shell("undo", 1, "--dry-run") == 0
    assert re.search(rf"(?m)^  {named}$", shell.out)
    assert shell("journal", "--fields") == 0
    assert f"{week.day} {week.person} on {week.project}" in shell.out


def test_the_json_of_a_push_has_the_numbers_of_the_comparison(shell: Shell, week: Week) -> None:
    words = ["reconcile", week.file, *HOW, "--json"]
    assert shell(*words) == 3
    compared = json.loads(shell.out)
    (place,) = (n for n, row in enumerate(compared) if row["status"] == "differs")
    assert shell(*words, "--push", "--dry-run") == 3
    assert {row["row"] for row in json.loads(shell.out)["changes"]} == {place}
    assert shell(*words, "--push", "--yes") == 3
    rows = json.loads(shell.out)
    assert [row["row"] for row in rows] == list(range(len(compared)))
    assert rows[place]["status"] == "updated"


def test_hours_that_agree_and_differ_in_what_is_billable_say_so(
    shell: Shell, week: Week, terminal: Any
) -> None:
    terminal(120)
    rows = read_table(week.file, text=True)
    rows["Bill"] = "no"
    rows[rows["Who"] == week.person].to_csv(week.file, index=False)
    assert shell("reconcile", week.file, *HOW, "--billable", "Bill") == 0
    assert re.search(r"(?m)  -\d+\.\d\d billable$", shell.out)


def test_names_that_steer_a_terminal_are_spelled_out(
    shell: Shell, week: Week, terminal: Any
) -> None:
    terminal(80)
    text = week.file.read_text()
    week.file.write_text(f"{text}{week.day},Evil \x1b[2J\x1b]0;x\x07 name,{week.project},1\n")
    assert shell("reconcile", week.file, *HOW) == 3
    assert "Evil \\x1b[2J" in shell.err
    assert "\x1b" not in shell.out + shell.err


def test_rows_of_namesakes_have_names_of_their_own(shell: Shell, tmp_path: Path) -> None:
    ids = rp.read_runn("people", account=shell.account)["id"].head(2)
    project = rp.read_runn("projects", account=shell.account).iloc[0]
    file = tmp_path / "people.csv"
    file.write_text("id,firstName,lastName\n" + "".join(f"{one},Ann,Lee\n" for one in ids))
    assert shell("push", file, "people", "--yes") == 0
    day = pd.Timestamp("2026-06-01")
    result = pd.DataFrame({"date": day, "personId": ids, "projectId": project["id"]})
    account, same = shell.account, f"2026-06-01 Ann Lee on {project['name']}"
    named = [f"{same} ({person}, {project['id']})" for person in ids]
    assert list(key_names(result, account)) == named
    assert list(key_names(result.head(1), account)) == [same]


@pytest.fixture
def embedded(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The demo that each command has for itself."""
    monkeypatch.delenv("RUNN_API_URL")
    return shell


KEPT = "'runn demo --serve' keeps a demo that several commands can use."


def test_what_the_embedded_demo_forgets_is_said(embedded: Shell, tmp_path: Path) -> None:
    teams = tmp_path / "teams.csv"
    teams.write_text("name\nNew team\n")
    assert embedded("push", teams, "teams", "--demo", "--dry-run") == 0
    assert embedded.err == ""
    assert embedded("push", teams, "teams", "--demo", "--yes") == 0
    assert embedded.err.startswith("runn: This demo ends with the command, and with it what was")
    assert embedded.err.endswith(f"{KEPT}\n")
    for words, code in ((["undo", 1], 1), (["journal"], 0)):
        assert embedded(*words, "--demo") == code
        assert f"to which nothing was pushed yet. {KEPT}\n" in embedded.err


def test_a_mirror_of_another_demo_says_why_it_was_read_anew(
    embedded: Shell, tmp_path: Path, terminal: Any
) -> None:
    words = ["mirror", "sync", tmp_path / "copy", "teams", "--demo"]
    assert embedded(*words, "--json") == 0
    assert embedded.err == ""
    assert embedded(*words) == 0
    assert (embedded.out, embedded.err) == ("", ""), "cron sends no mail"
    assert embedded(*words, "--json") == 0
    assert json.loads(embedded.out)[0]["mode"] == "full: another demo"
    assert embedded.err.endswith(f"so all lists were read anew. {KEPT}\n")


def test_a_served_demo_says_nothing_of_its_end(shell: Shell) -> None:
    with served(shell.demo) as url:
        assert shell("journal", "--url", url) == 0
    assert shell.err == ""
