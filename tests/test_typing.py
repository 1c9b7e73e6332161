"""What a type checker sees of the public names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

CODE = """
from collections.abc import Iterator
from typing import assert_type

import pandas as pd
import runn_pandas as rp

assert_type(rp.read_runn("people"), pd.DataFrame)
assert_type(rp.read_runn("people", email="a@example.com", expand="tags"), pd.DataFrame)
assert_type(rp.read_runn("people", chunksize=None, dtype_backend="pyarrow"), pd.DataFrame)
assert_type(rp.read_runn("actuals", chunksize=500), Iterator[pd.DataFrame])
assert_type(rp.read_many("people", "roles"), dict[str, pd.DataFrame])
assert_type(rp.connect("demo"), rp.Account)
assert_type(rp.current().offline(), rp.Account)
with rp.use(rp.current()) as account:
    assert_type(account, rp.Account)
assert_type(rp.resources(), pd.DataFrame)
assert_type(rp.cache.info(), pd.DataFrame)
raised: type[ValueError] = rp.errors.FilterError

people = rp.read_runn("people")
assert_type(rp.on(people).push("people", on="email", new=False, na="unset"), pd.DataFrame)
assert_type(rp.on(people).plan(match={"teamId": {"name": "Team"}}), rp.Plan)
assert_type(rp.on(people).ids({"personId": {"email": "Email"}}).shape, tuple[int, int])
assert_type(rp.on(people).names(), pd.DataFrame)
assert_type(rp.on(people).resource, str | None)
rp.on(people).to_excel("people.xlsx")

days = ("2026-06-01", "2026-06-30")
assert_type(rp.hours(*days, kind="actual", freq="MS", by=["client", "project"]), pd.DataFrame)
assert_type(rp.finance(*days, freq="QS", by="phase", charges="all"), pd.DataFrame)
assert_type(rp.report("people", *days, freq="W", unit="fte"), pd.DataFrame)
"""
WRONG = """
import runn_pandas as rp

rp.read_runn(5)
rp.read_runn("people", chunksize="many")
rp.connect("demo", read_only="no")
rp.on("people")
rp.on(rp.read_runn("people")).push(conflict="ask")
rp.on(rp.read_runn("people")).plan(na="drop")
rp.utilization("2026-06-01", "2026-06-30", by="project")
rp.finance("2026-06-01", "2026-06-30", freq="ME")
rp.report("people", unit="weeks")
"""
# pyright by its own name, or as the wheel that brings the runtime it needs.
PYRIGHT = next(filter(which, ("basedpyright", "pyright")), None)


def check(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "user.py"
    path.write_text(code)
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(path)],
        capture_output=True,
        text=True,
        cwd=folder,
    )


@pytest.mark.slow
def test_a_users_code_has_exact_types(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="needs mypy, which .ci/run installs")
    done = check(CODE, tmp_path)
    assert done.returncode == 0, done.stdout
    wrong = check(WRONG, tmp_path)
    assert wrong.stdout.count("error: ") == 9, wrong.stdout


@pytest.mark.slow
@pytest.mark.skipif(PYRIGHT is None, reason="needs basedpyright, which .ci/run installs")
@pytest.mark.parametrize(("code", "errors"), [(CODE, 0), (WRONG, 9)])
def test_pyright_sees_the_same_types(code: str, errors: int, tmp_path: Path) -> None:
    path = tmp_path / "user.py"
    path.write_text(code)
    # A user's project: checked strictly enough for errors, and not for style.
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    done = subprocess.run(
        [str(PYRIGHT), "--outputjson", "--pythonpath", sys.executable, str(path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    found = json.loads(done.stdout)["generalDiagnostics"]
    lines = {one["range"]["start"]["line"] for one in found if one["severity"] == "error"}
    assert len(lines) == errors, found
