"""Conflicts of frames that were read without `updatedAt`."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pandas as pd
import pytest

from tests.support.desk import Desk

NOTE = "Changes by others cannot be seen in"


def notes(plan: Any) -> list[str]:
    return [note for note in plan.notes if note.startswith(NOTE)]


def rename(desk: Desk, own: int) -> None:
    desk.account.request("PATCH", f"teams/{own}", json={"name": "Theirs"})


@pytest.mark.parametrize("index", [None, "id"])
def test_the_version_that_was_read_is_known_without_its_column(desk: Desk, index: Any) -> None:
    frame = desk.read(
        "teams", columns=["id", "name"] if index is None else ["name"], index_col=index
    )
    own = int(desk.read("teams")["id"].iloc[0])
    mine = frame.reset_index() if index else frame.copy()
    mine = mine.assign(name=[f"Mine {n}" for n in range(len(mine))]).sort_values("name")
    rename(desk, own)
    desk.read("teams", columns=["id", "name"])  # a later read says nothing of this one
    plan = desk.plan(mine)
    assert notes(plan) == []
    statuses = plan.apply()["status"].tolist()
    assert statuses == ["conflict"] + ["updated"] * (len(mine) - 1)
    assert "Theirs" in desk.read("teams")["name"].tolist()


def test_a_frame_without_a_version_says_so(desk: Desk) -> None:
    read = desk.read("teams", columns=["id", "name"])
    changed = read.assign(name="Mine").head(1)
    elsewhere = pd.DataFrame({"id": changed["id"], "name": ["Mine"]})
    stored = pickle.loads(pickle.dumps(changed))
    for frame in (elsewhere, stored):
        assert len(notes(desk.plan(frame, "teams"))) == 1
    assert notes(desk.plan(changed)) == []
    assert notes(desk.plan(desk.read("teams").head(1).assign(name="Mine"))) == []
    assert notes(desk.plan(pd.DataFrame({"name": ["New"]}), "teams")) == []
    assert notes(desk.plan(elsewhere.iloc[:0], "teams", delete=elsewhere["id"])) == []


def test_what_two_reads_say_of_themselves_is_equal_and_plain(desk: Desk) -> None:
    one, two = desk.read("teams", columns=["id", "name"]), desk.read("teams")
    assert one.attrs == two.attrs
    assert pd.concat([one, two[["id", "name"]]]).attrs == one.attrs
    own = one.attrs["runn"]["account"]
    assert copy.deepcopy(own) is copy.copy(own) is own
    assert type(pickle.loads(pickle.dumps(own))) is str
    assert repr(own) == repr(two.attrs["runn"]["account"])
