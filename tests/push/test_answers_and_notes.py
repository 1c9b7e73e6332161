"""What a plan notes of cells that no request takes, odd answers of bulk calls, and file modes."""

from __future__ import annotations

import json
import os
import stat
from typing import Any

import pandas as pd
import pytest

from tests.support.desk import Desk

MADE = pd.Timestamp("2020-01-01", tz="UTC")
LEFT_OUT = "Left out of new rows, because Runn sets it: "


def new_teams(*stamps: Any) -> pd.DataFrame:
    names = [f"Team {number}" for number in range(len(stamps))]
    created = pd.array(stamps, dtype=pd.DatetimeTZDtype("us", "UTC"))
    return pd.DataFrame({"name": names, "createdAt": created})


def left_out(desk: Desk, frame: pd.DataFrame) -> list[str]:
    plan = desk.plan(frame, "teams")
    found = [note for note in plan.notes if note.startswith(LEFT_OUT)]
    assert all(note in repr(plan) for note in found)
    return found


def test_read_only_cells_of_new_rows_are_noted(desk: Desk) -> None:
    frame = new_teams(None, MADE)
    assert left_out(desk, frame) == [f"{LEFT_OUT}createdAt."]
    frame["updatedAt"] = frame["createdAt"]
    assert left_out(desk, frame) == [f"{LEFT_OUT}createdAt, updatedAt."]
    result = desk.push(frame, "teams")
    assert list(result["status"]) == ["created", "created"]
    assert [body for *_, body in desk.bodies] == [{"name": name} for name in frame["name"]]


def test_empty_read_only_cells_of_new_rows_are_not_noted(desk: Desk) -> None:
    assert left_out(desk, new_teams(None, None)) == []


def test_read_only_cells_of_rows_that_exist_are_not_noted(desk: Desk) -> None:
    teams = desk.read("teams")[["id", "name", "createdAt"]]
    teams.loc[0, "name"] = "Another name"
    assert left_out(desk, teams) == []
    new = new_teams(None).reindex(columns=teams.columns).astype(teams.dtypes)
    assert left_out(desk, pd.concat([teams, new], ignore_index=True)) == []


@pytest.mark.parametrize("lost", [[0], [1], [2], [0, 1, 2]])
@pytest.mark.parametrize("how", ["null", "absent"])
def test_a_bulk_answer_that_lacks_records(desk: Desk, lost: list[int], how: str) -> None:
    """Each row gets its own id or none, never that of another row, and nothing is sent twice."""
    send = desk.wire.send

    def holed(request: Any, *args: Any, **options: Any) -> Any:
        response = send(request, *args, **options)
        if request.method == "POST":
            answer = response.json()
            assert len(answer) == 3
            values = [None if n in lost else row for n, row in enumerate(answer)]
            kept = values if how == "null" else [row for row in values if row is not None]
            response._content = json.dumps(kept).encode()
        return response

    desk.wire.send = holed  # type: ignore[method-assign]
    frame = pd.DataFrame({"name": ["Abel", "Bach", "Cage"]})
    result = desk.push(frame, "clients")
    clients = desk.read("clients")
    made = clients[clients["name"].isin(frame["name"])].set_index("name")["id"]
    assert made.index.is_unique
    assert sorted(made.index) == ["Abel", "Bach", "Cage"]
    assert set(result["status"]) == {"created"}
    for position, name in enumerate(frame["name"]):
        if position not in lost:
            assert result["id"].iloc[position] == made[name]
    told = result["id"].dropna()
    assert [made[frame["name"].iloc[n]] for n in told.index] == told.tolist()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_the_journal_is_for_its_owner_alone(desk: Desk) -> None:
    before = os.umask(0)
    try:
        desk.push(pd.DataFrame({"name": ["A"]}), "teams")
    finally:
        os.umask(before)
    folder = desk.account.cache.folder / "journal"
    files = list(folder.iterdir())
    assert {path.suffix for path in files} >= {".sqlite", ".lock"}
    for path in [folder, *files]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path.name
