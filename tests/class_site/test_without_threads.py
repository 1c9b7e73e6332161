"""What a class does in a browser works without threads, sockets and the larger extras."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.execute import NOTEBOOKS, environment

CLASS_NOTEBOOKS = sorted(NOTEBOOKS.glob("0[1-6]-*.ipynb"))
# A program for a fresh process, which it turns into one without threads; all in one, because
# it is the start that takes time.
CORE = """
import json, logging, sys
from tests.support.browser_python import become
become([*{absent}])
import pandas as pd
import runn_pandas as rp

told = []
handler = logging.Handler()
handler.emit = lambda record: told.append(record.getMessage())
logging.getLogger("runn_pandas").addHandler(handler)
logging.getLogger("runn_pandas").setLevel(logging.INFO)
account = rp.connect("demo")
out = {{"account": repr(account), "html": account._repr_html_()}}
lists = rp.read_many("people", "projects", "actuals", "contracts", progress=True)
out["rows"] = {{name: len(frame) for name, frame in lists.items()}}
people = lists["people"].head(2).copy()
people["firstName"] = ["Xenia", "Yannis"]
plan = people.runn.plan()
out["plan"] = plan.summary["action"].tolist() + plan.summary["rows"].tolist()
out["pushed"] = people.runn.push(progress=True)["status"].tolist()
again = rp.read_runn("people", max_age=0).set_index("id").loc[people["id"], "firstName"]
out["after"] = again.tolist()
out["hours"] = float(rp.hours("2026-05-04", "2026-05-10")["totalMinutes"].sum())
copy = rp.mirror("copy", ["people", "teams", "actuals"])
out["synced"] = len(copy.sync(progress=True))
out["mirrored"] = len(copy.read("actuals"))
for name, call in {{
    "sql": lambda: copy.sql("select 1"),
    "dask": lambda: copy.dask("actuals"),
    "cassette": lambda: rp.cassette("some.yaml"),
}}.items():
    try:
        call()
        out[name] = "no error"
    except rp.errors.MissingPackageError as error:
        out[name] = str(error)
out["told"] = [line for line in told if "threads" in line]
print(json.dumps(out))
"""


def in_a_browser(program: list[str], work: Path, timeout: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *program],
        cwd=work,
        env=environment(work),
        capture_output=True,
        text=True,
        timeout=timeout,
    )


@pytest.mark.slow
def test_reading_writing_hours_and_the_mirror_do_with_one_worker(tmp_path: Path) -> None:
    absent = ["duckdb", "dask", "vcr", "vl_convert", "openpyxl"]
    ran = in_a_browser(["-c", CORE.format(absent=absent)], tmp_path, 100)
    assert ran.returncode == 0, ran.stderr
    out = json.loads(ran.stdout.splitlines()[-1])
    assert "one request at a time" in out["account"]
    assert "threads cannot start here" in out["html"]
    assert len(out["told"]) == 1, "told once in the log"
    assert out["rows"]["actuals"] > 10_000
    assert out["rows"]["actuals"] == out["mirrored"], "many pages, read one after the other"
    assert out["plan"] == ["update", 2]
    assert out["pushed"] == ["updated"] * 2
    assert out["after"] == ["Xenia", "Yannis"]
    assert out["hours"] > 0
    assert out["synced"] == 3
    assert 'pip install "duckdb' in out["sql"]
    assert 'pip install "dask' in out["dask"]
    assert 'pip install "vcrpy' in out["cassette"]


@pytest.mark.slow
@pytest.mark.parametrize("path", CLASS_NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_of_the_class_runs(path: Path, tmp_path: Path) -> None:
    shutil.copytree(NOTEBOOKS / "data", tmp_path / "data")
    program = ["-m", "tests.support.browser_python", str(path)]
    ran = in_a_browser(program, tmp_path, 110)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]


def test_the_class_has_six_notebooks() -> None:
    assert [path.name[:2] for path in CLASS_NOTEBOOKS] == ["01", "02", "03", "04", "05", "06"]
