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
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

import runn_pandas as rp
from runn_pandas.__main__ import main
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
