"""What a type checker sees of the public names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
"""
WRONG = """
import runn_pandas as rp

rp.read_runn(5)
rp.read_runn("people", chunksize="many")
rp.connect("demo", read_only="no")
"""


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
    assert wrong.stdout.count("error: ") == 3, wrong.stdout
