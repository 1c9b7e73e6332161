"""Files to Runn: planned, asked about, pushed, taken back."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.table_files import read_table, write_table
from tests.support.shell import Shell


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def teams(shell: Shell, tmp_path: Path) -> Path:
    """The teams in a workbook, of which one is renamed and one is new."""
    frame = rp.read_runn("teams", account=shell.account)
    frame.loc[1, "name"] = "Renamed"
    frame = pd.concat([frame[["id", "name"]], pd.DataFrame({"name": ["New"]})])
    write_table(frame.astype({"id": "Int64"}), tmp_path / "teams.xlsx")
    return tmp_path / "teams.xlsx"


def names(shell: Shell) -> set[str]:
    return set(rp.read_runn("teams", account=shell.account)["name"])


def typed(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr("runn_pandas.command_line.output.can_ask", lambda: True)
    monkeypatch.setattr("runn_pandas.command_line.writing.can_ask", lambda: True)


def test_a_plan_names_rows_as_the_sheet_does_and_writes_nothing(shell: Shell, teams: Path) -> None:
    assert shell("plan", teams, "teams") == 0
    assert "Plan for 'teams': 1 new, 1 changed" in shell.out
    assert "row 3 (id" in shell.out
    assert "-> 'Renamed'" in shell.out
    changes = teams.with_name("changes.csv")
    assert shell("plan", teams, "teams", "--json", "--out", changes) == 0
    told = json.loads(shell.out)
    assert told["requests"] == 2
    assert {row["row"] for row in told["changes"]} == {3, 7}
    assert read_table(changes)["field"].tolist() == [row["field"] for row in told["changes"]]
    assert shell.writes() == []


def test_a_name_that_looks_like_a_number_is_a_name(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    for name in ("1.10", "2.5", "TRUE"):
        file.write_text(f"name\n{name}\n")
        assert shell("plan", file, "teams") == 0
        assert f"row 2 (new): {name}\n" in shell.out


def test_a_push_without_a_terminal_needs_yes(shell: Shell, teams: Path) -> None:
    assert shell("push", teams, "teams") == 2
    assert "-> 'Renamed'" in shell.out, "it is seen what would be agreed to"
    assert "no terminal to ask on. Say --yes" in shell.err
    assert shell("push", teams, "teams", "--json") == 2
    assert shell.out == ""
    assert shell.writes() == []


@pytest.mark.parametrize(
    ("file", "resource", "told"),
    [("taems.xlsx", "teams", "Did you mean 'teams.xlsx'?"), ("teams.xlsx", "tems", "'teams'")],
)
def test_what_is_wrong_with_a_push_is_said_before_it_is_refused(
    shell: Shell, teams: Path, file: str, resource: str, told: str
) -> None:
    assert shell("push", teams.with_name(file), resource) == 1
    assert told in shell.err
    assert "--yes" not in shell.err


def test_the_changes_of_a_plan_are_for_reading(shell: Shell, teams: Path) -> None:
    changes = teams.with_name("changes.xlsx")
    assert shell("plan", teams, "teams", "--out", changes) == 0
    assert shell("push", changes, "teams", "--yes") == 1
    assert "which is for reading: push the file that the plan was made of" in shell.err
    assert shell.writes() == []


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 2), ("\n", 2), ("", 2)])
def test_a_push_asks(
    shell: Shell, teams: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    typed(monkeypatch, answer)
    assert shell("push", teams, "teams") == code
    assert "Renamed" in shell.out, "the plan comes first"
    assert f"Send 2 requests to {shell.url}" in shell.err
    assert ("Renamed" in names(shell)) == (code == 0)


def test_a_push_says_what_became_of_each_row(shell: Shell, teams: Path) -> None:
    out = teams.with_name("result.parquet")
    assert shell("push", teams, "teams", "--yes", "--out", out) == 0
    assert "4 unchanged, 1 updated, 1 created." in shell.out
    assert {"Renamed", "New"} <= names(shell)
    result = read_table(out).set_index("row")["status"]
    assert result[3] == "updated"
    assert result[7] == "created"
    before = shell.writes()
    assert shell("push", teams, "teams", "--yes", "--json") == 0
    assert {row["status"] for row in json.loads(shell.out)} == {"unchanged"}
    assert shell.writes() == before


@pytest.mark.parametrize("command", ["plan", "push", "reconcile"])
def test_a_file_that_cannot_be_or_is_the_input_is_refused_first(
    shell: Shell, tmp_path: Path, command: str
) -> None:
    file, asked = tmp_path / "own.csv", len(shell.demo.log)
    file.write_text("name\nNew\n")
    words = ["teams"] if command != "reconcile" else []
    words += ["--yes"] if command == "push" else []
    for out, said in ((tmp_path / "no" / "x.csv", "no folder"), (file, "would replace the file")):
        assert shell(command, file, *words, "--out", out) == 2
        assert said in shell.err
    assert len(shell.demo.log) == asked
    assert file.read_text() == "name\nNew\n"


def test_the_outcome_is_told_though_its_file_cannot_be_written(
    shell: Shell, teams: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("runn_pandas.command_line.writing.write_table", full)
    assert shell("push", teams, "teams", "--yes", "--out", teams.with_name("x.csv")) == 1
    assert "1 updated, 1 created." in shell.out
    assert "no space left" in shell.err


def test_a_dry_run_is_the_plan(shell: Shell, teams: Path) -> None:
    assert shell("push", teams, "teams", "--dry-run") == 0
    assert "Plan for 'teams'" in shell.out
    assert shell("push", teams, "teams", "--dry-run", "--yes") == 0
    assert shell("push", teams, "teams", "--dry-run", "--json") == 0
    assert json.loads(shell.out)["requests"] == 2
    assert shell.writes() == []


def test_rows_that_fail_are_told_and_the_exit_code_says_so(shell: Shell, tmp_path: Path) -> None:
    person = int(rp.read_runn("people", account=shell.account)["id"][0])
    sheet = tmp_path / "people.csv"
    sheet.write_text(f"id,updatedAt,lastName\n{person},2020-01-01T00:00:00.000000Z,Other\n")
    assert shell("push", sheet, "people", "--yes") == 3
    assert "1 conflict." in shell.out
    assert "runn: row 2 conflict: " in shell.err
    assert shell.writes() == []
    assert shell("push", sheet, "people", "--yes", "--conflict", "overwrite") == 0


def test_an_undo_takes_back_what_the_journal_lists(shell: Shell, teams: Path) -> None:
    before = names(shell)
    assert shell("push", teams, "teams", "--yes") == 0
    assert shell("journal", "--json") == 0
    (push,) = json.loads(shell.out)
    assert (push["rows"], push["undo"], push["ended"]) == (2, "yes", True)
    assert shell("journal", "--fields") == 0
    assert "Renamed" in shell.out
    assert shell("undo", push["push"]) == 2, "it is asked for as well"
    assert shell("undo", push["push"], "--dry-run") == 0
    assert names(shell) != before
    assert shell("undo", push["push"], "--yes") == 0
    assert names(shell) == before
    assert shell("undo", 99, "--yes") == 1
    assert "no push 99" in shell.err


def test_the_journal_is_cleared(shell: Shell, teams: Path) -> None:
    assert shell("push", teams, "teams", "--yes") == 0
    assert shell("journal", "--clear", "ended") == 0
    assert shell("journal", "--json") == 0
    assert json.loads(shell.out) == []
    assert shell("journal", "--close", "5") == 1
    assert shell("journal", "--clear", "all") == 2


def test_what_is_found_by_a_key_has_no_id(shell: Shell, tmp_path: Path) -> None:
    people = rp.read_runn("people", account=shell.account)
    sheet = tmp_path / "people.csv"
    sheet.write_text(f"email;lastName\n{people['email'][0]};O'Neil\n")
    assert shell("push", sheet, "people", "--on", "email", "--yes") == 0
    changed = rp.read_runn("people", account=shell.account).set_index("id")["lastName"]
    assert changed[people["id"][0]] == "O'Neil"


@pytest.mark.parametrize(
    ("text", "words", "code", "told"),
    [
        ("name\n", ["teamz"], 1, "'teams'"),
        ("nam\nX\n", ["teams"], 1, "nam"),
        ("name,name;x\n1,2;3\n", ["teams"], 1, "say which (--delimiter"),
        ("", ["teams"], 1, "is empty"),
        ("name\nX\n", ["teams", "--onn", "name"], 2, "--onn name; did you mean '--on'?"),
        ("PK\x03\x04", ["teams"], 1, "is an Excel file, whatever its name says: rename it"),
        ("name;x\n\u010d,;2\n", ["teams", "--encoding", "utf-9"], 1, "no encoding 'utf-9'"),
        ("name,name;x\n1,2;3\n", ["teams"], 1, "say which (--delimiter ,)"),
        ("name\nX\n", ["teams", "--na", "zero"], 2, "invalid choice"),
        ("name\nX\n", ["teams", "--yes", "--region", "mars"], 2, "invalid choice"),
    ],
)
def test_what_is_wrong_is_one_line(
    shell: Shell, tmp_path: Path, text: str, words: list[str], code: int, told: str
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(text)
    assert shell("plan" if "--yes" not in words else "push", sheet, *words) == code
    assert shell.out == ""
    assert told in shell.err
    assert shell.err.count("\n") == 1


def test_no_name_of_a_file_or_an_account_steers_the_terminal(shell: Shell, tmp_path: Path) -> None:
    sheet = tmp_path / "teams.csv"
    sheet.write_text("name\n\x1b[2JAnn\x9b31m\n", encoding="utf-8")
    for words in (["plan"], ["plan", "--json"], ["push", "--yes"], ["push", "--yes", "--json"]):
        assert shell(words[0], sheet, "teams", *words[1:]) == 0
        assert not {"\x1b", "\x9b"} & set(shell.out + shell.err)
        if "--json" in words:
            json.loads(shell.out)
    assert shell("read", "teams", "--json") == 0
    assert "\x1b[2JAnn\x9b31m" in [row["name"] for row in json.loads(shell.out)]
    assert not {"\x1b", "\x9b"} & set(shell.out)


def test_names_lead_to_ids(shell: Shell, tmp_path: Path) -> None:
    person = rp.read_runn("people", account=shell.account).iloc[0]
    project = rp.read_runn("projects", account=shell.account).iloc[0]
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "Email,Project,date,billableMinutes,nonbillableMinutes\n"
        f"{person['email']},{project['name']},2031-03-03,60,0\n"
        "nobody@example.com,Nothing,2031-03-03,60,0\n"
    )
    words = ["--match", "personId.email=Email", "--match", "projectId.name=Project"]
    assert shell("plan", sheet, "actuals", *words) == 1
    assert "nobody@example.com" in shell.err
    assert shell("plan", sheet, "actuals", "--match", "Email") == 2
    teams = tmp_path / "teams.csv"
    teams.write_text("name\nNobody's team\n")
    assert shell("push", teams, "teams", "--on", "name", "--no-new", "--yes") == 3
    assert "1 not tried." in shell.out
    assert shell.writes() == []


def test_only_a_test_account_is_written_to_by_a_check(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNN_API_TOKEN", "LIVE_secret")
    assert shell("check", "--writes") == 1
    assert "test account" in shell.err
    assert shell.demo.log == []
