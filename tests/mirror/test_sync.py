"""A mirror after a sync is what a full read gives, and cost no more than it had to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from runn_pandas.catalog import load
from runn_pandas.mirror.changes import usual

from .conftest import Desk, desk_of, full_read, new_demo, same
from .writes import Life


def modes(result: pd.DataFrame) -> dict[str, str]:
    return dict(zip(result["resource"], result["mode"], strict=True))


def test_the_first_sync_copies_every_account_wide_list(desk: Desk) -> None:
    mirror = desk.mirror()
    result = mirror.sync()
    assert list(result["resource"]) == usual(load())
    assert set(result["mode"]) == {"full: first copy"}
    assert (result["added"] == result["rows"]).all()
    assert result["requests"].sum() == len(desk.asked(0))
    same(mirror, desk.account)
    same(mirror, desk.account, dtype_backend="pyarrow")
    same(mirror, desk.account, "people", "contracts", dtype_backend="numpy_nullable")


@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_it_is_what_a_full_read_gives(desk: Desk, seed: int) -> None:
    mirror = desk.mirror()
    mirror.sync()
    life = Life(desk.account, desk.demo, seed)
    for _ in range(3):
        life.spend(60)
        mirror.sync()
        same(mirror, desk.account)
    kinds = Counter(line.split("/")[0] for line in life.done)
    assert len(kinds) > 8


def test_a_refresh_asks_only_for_what_changed(tmp_path: Path) -> None:
    desk = desk_of(new_demo(60), tmp_path)
    mirror = desk.mirror("actuals")
    first = mirror.sync()
    assert first["rows"].item() > 20_000
    table = full_read(desk.account, "actuals")
    chosen = table[table["workstreamId"].isna()].sample(55, random_state=1)
    for row in chosen.iloc[:50].itertuples():
        body = {
            "date": row.date.date().isoformat(),
            "personId": int(row.personId),
            "projectId": int(row.projectId),
            "roleId": int(row.roleId),
            "billableMinutes": int(row.billableMinutes) + 1,
        }
        desk.account.request("POST", "actuals", json=body)
    for id_ in chosen["id"].iloc[50:]:
        desk.account.request("DELETE", f"actuals/{id_}")
    mark = len(desk.demo.log)
    result = mirror.sync().set_index("resource")
    assert len(desk.asked(mark)) <= 4
    assert result["requests"].sum() == len(desk.asked(mark))
    line = result.loc["actuals"]
    assert (line["mode"], line["changed"], line["deleted"], line["added"]) == (
        "modifiedAfter",
        50,
        5,
        0,
    )
    same(mirror, desk.account)
