"""A file that pandas wrote and read back, unchanged, is no change."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import runn_pandas as rp
from runn_pandas.catalog.writes import writables
from tests.support.desk import Desk

from .support import plan

LISTS = [name for name, one in writables().items() if one.source and "{" not in one.source.name]


def through_csv(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(frame.to_csv(index=False)))


def through_parquet(frame: pd.DataFrame) -> pd.DataFrame:
    file = io.BytesIO()
    frame.to_parquet(file)
    return pd.read_parquet(io.BytesIO(file.getvalue()))


def through_excel(frame: pd.DataFrame) -> pd.DataFrame:
    file = io.BytesIO()
    rp.on(frame).to_excel(file)
    return pd.read_excel(io.BytesIO(file.getvalue()))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    from tests.support.desk import desk_of, new_demo

    return desk_of(new_demo(), tmp_path_factory.mktemp("shared") / "cache", max_age=900)


@pytest.mark.parametrize("through", [through_csv, through_parquet, through_excel])
@pytest.mark.parametrize("name", LISTS)
def test_a_file_that_comes_back_unchanged_plans_no_change(
    shared: Desk, name: str, through: Any
) -> None:
    if name == "actuals/time-entry":
        pytest.skip("time entries add to actuals, so they have no rows of their own")
    source = writables()[name].source
    assert source is not None
    frame = rp.read_runn(source.name, account=shared.account).head(400)
    if name == "placeholders/{placeholderId}/skills":
        pytest.skip("the list of skills is pushed as people/skills")
    if name.endswith("/options"):
        pytest.skip("options are pushed with the id of their field, which the list of fields has")
    try:
        back = through(frame)
    except pa.ArrowInvalid:
        pytest.skip("the demo gives custom fields in two forms, which Parquet cannot hold together")
    found = plan(shared, back, name)
    assert found.requests == 0, str(found)
