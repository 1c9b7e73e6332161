"""The command line, as a user types it."""

from __future__ import annotations

import csv
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

import runn_pandas as rp
from runn_pandas.__main__ import main
from runn_pandas.frame.foreign_text import unguarded
from tests.support.desk import new_demo, served
from tests.support.places import ROOT

Out = pytest.CaptureFixture[str]


def test_demo_is_a_short_tour(capsys: Out) -> None:
    assert main(["demo"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for part in ("made up", "people.dtypes", "Int64", "minDate", "projectId", "requests"):
        assert part in out
    assert max(map(len, out.splitlines())) < 160


def test_demo_of_another_size(capsys: Out) -> None:
    assert main(["demo", "--people", "12"]) == 0


@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_read_into_a_file(form: str, tmp_path: Path, capsys: Out) -> None:
    out = tmp_path / f"contracts.{form}"
    assert main(["read", "contracts", "--demo", "--out", str(out)]) == 0
    assert "rows of contracts" in capsys.readouterr().err
    rp.connect("demo")
    frame = rp.read_runn("contracts")
    if form == "csv":
        rows: list[Any] = list(csv.DictReader(StringIO(out.read_text(encoding="utf-8"))))
        assert rows[0]["id"] == str(frame["id"][0])
        assert json.loads(rows[0]["rosteredDays"]) == frame["rosteredDays"][0]
    elif form == "json":
        rows = json.loads(out.read_text(encoding="utf-8"))
        assert rows[0]["rosteredDays"] == frame["rosteredDays"][0]
    else:
        back = pd.read_parquet(out)
        assert back["id"].tolist() == frame["id"].tolist()
        assert back["startDate"].equals(frame["startDate"])
        rows = json.loads(back.to_json(orient="records", date_format="iso"))
    assert len(rows) == len(frame)
    assert rows[0]["startDate"].startswith(f"{frame['startDate'][0]:%Y-%m-%d}")
    assert [path.name for path in tmp_path.glob("contracts*")] == [out.name]


def test_read_to_the_screen_is_whole_csv_with_dates_as_days(capsys: Out) -> None:
    assert main(["read", "actuals", "--demo", "minDate=2026-06-01", "maxDate=2026-06-05"]) == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(StringIO(out)))
    assert f"{len(rows)} rows" in err
    assert {row["date"] for row in rows} <= {f"2026-06-0{day}" for day in range(1, 6)}
    assert all(row["createdAt"].endswith("Z") for row in rows)


FORMULAS = ["=1+1", "+49 30 1", "-Ann", "@sum(A1)", "\t=1", "\r=1", "'=1+1", "\uff1d1"]
HARMLESS = ["Ann", "'tis", "a=b", "''", "1-2"]


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Sequence[str]], None]]:
    """Give teams of a demo of one's own, which is the account of the environment, names."""
    with served(new_demo()) as url:
        monkeypatch.setenv("RUNN_API_URL", url)
        monkeypatch.setenv("RUNN_API_TOKEN", "demo")
        account = rp.connect()

        def rename(names: Sequence[str]) -> None:
            for name in names:
                account.request("POST", "teams", json={"name": name})

        yield rename


def test_no_text_of_a_csv_file_is_a_formula_and_all_can_be_read_back(
    renamed: Callable[[Sequence[str]], None], tmp_path: Path
) -> None:
    renamed([*FORMULAS, *HARMLESS])
    out = tmp_path / "teams.csv"
    assert main(["read", "teams", "--out", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as text:
        cells = [row["name"] for row in csv.DictReader(text)]
    assert not [cell for cell in cells if cell.lstrip(" ")[0] in "=+-@\t\r\n\uff1d"]
    assert set(HARMLESS) <= set(cells), "what is no formula is as it was"
    assert [unguarded(cell) for cell in cells] == rp.read_runn("teams")["name"].tolist()
    assert main(["read", "teams", "--out", str(tmp_path / "teams.json")]) == 0
    rows = json.loads((tmp_path / "teams.json").read_text(encoding="utf-8"))
    assert {row["name"] for row in rows} >= {*FORMULAS, *HARMLESS}


def test_a_csv_file_of_the_command_line_pushed_as_it_is_changes_nothing(
    renamed: Callable[[Sequence[str]], None], tmp_path: Path
) -> None:
    renamed([*FORMULAS, *HARMLESS])
    out = tmp_path / "teams.csv"
    assert main(["read", "teams", "--out", str(out)]) == 0
    frame = pd.read_csv(out)
    assert set(frame.runn.plan("teams").summary["action"]) == {"unchanged"}
    frame.loc[frame["name"] == "Ann", "name"] = "=Ann"
    changes = frame.runn.plan("teams").changes
    assert changes[["old", "new"]].values.tolist() == [["Ann", "=Ann"]]


def test_numbers_below_0_are_no_formulas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"=a": pd.array([-1, 2], "Int64"), "b": [-1.5, 2.0], "c": [-1, [-2]]})
    monkeypatch.setattr("runn_pandas.reader.read.read_runn", lambda *args, **options: frame)
    out = tmp_path / "odd.csv"
    assert main(["read", "teams", "--demo", "--out", str(out)]) == 0
    assert out.read_text().splitlines() == ["'=a,b,c", "-1,-1.5,-1", "2,2.0,[-2]"]


def test_no_name_steers_the_terminal(
    renamed: Callable[[Sequence[str]], None], capsys: Out, tmp_path: Path
) -> None:
    names = ["\x1b[2J\x1b]0;owned\x07Ann", "\x9b31mRed", "back\x08\x7f", "over\rwritten"]
    renamed(names)
    assert main(["read", "teams"]) == 0
    assert main(["read", "people", "firstName=\x1b[2J"]) == 0
    assert main(["read", "\x1b[2Jteams"]) == 1
    spec = tmp_path / "spec.json"
    paths = {"/\x1b[2J/": {"get": {"responses": {"200": {"description": "\x1b[2J"}}}}}
    spec.write_text(json.dumps({"openapi": "3.0.0", "info": {"version": "1"}, "paths": paths}))
    assert main(["check-spec", str(spec)]) == 1
    out, err = capsys.readouterr()
    assert not re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", out + err)
    assert r"\x1b[2J\x1b]0;owned\x07Ann" in out
    assert list(csv.DictReader(StringIO(out)))[-1], "still CSV"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_a_file_is_its_owners_and_no_other_is_touched(form: str, tmp_path: Path) -> None:
    out, other = tmp_path / f"teams.{form}", tmp_path / "other"
    other.write_text("mine")
    for name in (f"{out.name}.part", f".{out.name}.part"):
        (tmp_path / name).symlink_to(other)
    out.symlink_to(other)
    before = os.umask(0)
    try:
        assert main(["read", "teams", "--demo", "--out", str(out)]) == 0
    finally:
        os.umask(before)
    assert not out.is_symlink()
    assert out.stat().st_mode & 0o777 == 0o600
    assert other.read_text() == "mine"
    others = {path.name for path in tmp_path.iterdir()} - {"cache"}
    assert len(others) == 4, "and nothing is left beside it"


def test_a_file_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "teams.csv"
    out.write_text("before")

    def full(*args: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    assert main(["read", "teams", "--demo", "--out", str(out)]) == 1
    assert "No space left" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if path.name != "cache"] == [out.name]
    assert out.read_text() == "before"


def test_read_fans_out_over_a_list(capsys: Out) -> None:
    rp.connect("demo")
    one, two = rp.read_runn("projects")["id"].head(2)
    words = ["projects/{projectId}/phases", f"projectId={one},{two}", "--demo"]
    assert main(["read", *words]) == 0
    rows = csv.DictReader(StringIO(capsys.readouterr().out))
    assert {row["projectId"] for row in rows} <= {str(one), str(two)}


def test_json_holds_numbers_as_they_are(tmp_path: Path) -> None:
    out = tmp_path / "rates.json"
    assert main(["read", "rate-cards", "--demo", "--out", str(out)]) == 0
    rp.connect("demo")
    rates = rp.read_runn("rate-cards")
    rows = json.loads(out.read_text(encoding="utf-8"))
    assert [row["rates"] for row in rows] == rates["rates"].tolist()
    assert [row["blendedRate"] for row in rows] == [
        None if pd.isna(rate) else rate for rate in rates["blendedRate"]
    ]


def test_names_of_all_the_world_on_any_code_page() -> None:
    process = run("read", "people", "--demo", PYTHONIOENCODING="cp1252")
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert len(list(csv.DictReader(StringIO(out)))) == 40


def test_read_takes_arrays_and_expands(capsys: Out) -> None:
    words = ["activity-log", "--demo", "eventType=person_deleted,project_deleted"]
    assert main(["read", *words]) == 0
    kinds = {row["type"] for row in csv.DictReader(StringIO(capsys.readouterr().out))}
    assert kinds <= {"person_deleted", "project_deleted"}
    assert main(["read", "people", "--demo", "--expand", "references"]) == 0
    assert "references.Harvest" in capsys.readouterr().out.splitlines()[0]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["read", "people"], 1, "RUNN_API_TOKEN"),
        (["read", "peple", "--demo"], 1, "'people'"),
        (["read", "actuals", "--demo", "startDate=2026-01-01"], 1, "minDate"),
        (["read", "people/1", "--demo"], 1, "no such record"),
        (["read", "teams", "--demo", "--out", "/nowhere/at/all.csv"], 1, "nowhere"),
        (["resources", "peple"], 1, "'people'"),
        (["read", "people", "--demo", "firstName"], 2, "filter=value"),
        (["read", "people", "--demo", "--out", "people.xls"], 2, ".csv"),
        (["read"], 2, "resource"),
        (["fly"], 2, "fly"),
        ([], 2, "COMMAND"),
        (["demo", "--people", "0"], 2, "from 1 to"),
        (["demo", "--serve", "--port", "70000"], 2, "70000"),
        (["demo", "--limit", "-5"], 2, "-5"),
        (["read", "people", "--demo", "account=x"], 1, "no filter 'account'"),
        (["read", "people", "--demo", "index_col=id"], 1, "no filter 'index_col'"),
        (["read", "people", "--demo", "expand=tags"], 1, "no filter 'expand'"),
        (["read", "people", "--demo", "email=a", "email=b"], 1, "twice"),
    ],
)
def test_errors_are_one_line(words: list[str], code: int, told: str, capsys: Out) -> None:
    try:
        got = main(words)
    except SystemExit as stop:
        got = int(stop.code or 0)
    assert got == code
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.count("\n") == 1


def test_resources_lists_them_all(capsys: Out) -> None:
    assert main(["resources"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 91
    assert not [line for line in lines if line != line.rstrip() or "..." in line]
    assert main(["resources", "actuals"]) == 0
    out = capsys.readouterr().out
    assert "filter  minDate: date" in out
    assert "(default id)" in out
    assert "field   phaseId: integer or missing" in out


@pytest.mark.parametrize("command", [[], ["demo"], ["read"], ["resources"], ["check-spec"]])
def test_help_says_all(command: list[str], capsys: Out) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*command, "--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    for word in {"read": ["--out", "filter=value"], "demo": ["--serve", "--people"]}.get(
        "".join(command), ["-h"]
    ):
        assert word in out
    options = re.findall(r"^  -.*(?:\n {3,}.*)*", out, re.MULTILINE)
    assert [option for option in options if not re.search(r"\S\s{2,}\S", option)] == []


def run(*words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "runn_pandas", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


@pytest.mark.slow
def test_demo_takes_under_five_seconds_from_a_cold_start() -> None:
    process = run("demo")
    out, err = process.communicate(timeout=5)
    assert (process.returncode, err) == (0, "")
    assert "requests" in out


def test_serve_answers_and_stops_on_ctrl_c() -> None:
    process = run("demo", "--serve", "--port", "0", "--people", "10", PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    killer = threading.Timer(20, process.kill)
    killer.start()
    try:
        line, hint = process.stdout.readline(), process.stdout.readline()
        url = line.split(" on ")[1].split()[0]
        headers = {"Authorization": "Bearer demo", "Accept-Version": "1.0.0"}
        answer = requests.get(url + "/me/", headers=headers, timeout=5)
        assert answer.status_code == 200
        assert answer.headers["x-ratelimit-limit"] == "120"
        more = process.stdout.readline()
        assert "demo-1" in more
        headers["Authorization"] = "Bearer demo-1"
        other = requests.get(url + "/me/", headers=headers, timeout=5)
        assert other.headers["x-ratelimit-remaining"] == answer.headers["x-ratelimit-remaining"]
        process.send_signal(2)
        out, err = process.communicate(timeout=10)
    finally:
        killer.cancel()
        process.kill()
    assert process.returncode == 0
    assert err == ""
    assert "RUNN_API_TOKEN=demo" in hint
    assert "Stopped" in out


def test_a_port_that_is_taken_is_one_line(capsys: Out) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["demo", "--serve", "--port", port, "--people", "2"]) == 1
    err = capsys.readouterr().err
    assert f"Port {port} cannot be used" in err
    assert err.count("\n") == 1


@pytest.mark.slow
def test_a_closed_pipe_is_no_error() -> None:
    process = run("read", "actuals", "--demo")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.wait(timeout=20)
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.returncode == 0


def test_resources_as_the_table_of_the_readme(capsys: Out) -> None:
    from runn_pandas.reader.resource_table import markdown

    assert main(["resources", "--markdown"]) == 0
    assert capsys.readouterr().out == f"{markdown()}\n"
