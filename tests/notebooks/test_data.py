"""The data of the notebooks are what their script makes of the demo account."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import recording
from tests.notebooks.execute import NOTEBOOKS

DATA = NOTEBOOKS / "data"
FILES = ("class.yaml", "harvest-june-2026.csv", "hr-leave.csv", "hr-people.csv")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    pytest.importorskip("vcr", reason="needs vcrpy: pip install .[record]")
    spec = importlib.util.spec_from_file_location("make_data", DATA / "make_data.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    folder = tmp_path_factory.mktemp("data")
    script.main(folder)
    yield folder
    recording._recording.clear()


@pytest.mark.parametrize("name", FILES)
def test_is_what_the_script_makes(name: str, made: Path) -> None:
    assert (made / name).read_bytes() == (DATA / name).read_bytes(), (
        "python notebooks/data/make_data.py makes it anew"
    )


def test_the_script_makes_nothing_else(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == sorted(FILES)


def test_the_export_has_the_errors_that_the_notebook_finds() -> None:
    sheet = pd.read_csv(DATA / "harvest-june-2026.csv", dtype=str)
    assert sheet["ID"].duplicated().any()
    same = [column for column in sheet if column != "ID"]
    assert sheet.drop_duplicates("ID").duplicated(same).sum() == 2, "twins with ids of their own"
    assert sheet["Hours"].str.contains(":").any()
    assert sheet["Hours"].str.contains(",").any()
    people = rp.read_runn("people", account=rp.connect("demo"))
    unknown = ~sheet["Email"].str.strip().str.casefold().isin(people["email"].dropna())
    assert sheet.loc[unknown, "Email"].nunique() == 5
