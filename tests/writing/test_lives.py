"""Random lives: pushes that are disturbed and run again end as if nothing had happened."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from runn_pandas.pushing import api
from tests.push.scenarios import highest, state
from tests.support.desk import Desk, desk_of, new_demo
from tests.support.faults import Killed
from tests.support.pushes import same

from .support import push, undo

FAULTS = ("", "kill before", "kill after", "before", "after")
Asked = tuple[str, pd.DataFrame, dict[str, Any]]


def new_teams(desk: Desk, chance: random.Random) -> Asked:
    names = [f"New {chance.randrange(6)}" for _ in range(chance.randint(1, 4))]
    return "teams", pd.DataFrame({"name": names}), {"repeat": True}


def renamed_teams(desk: Desk, chance: random.Random) -> Asked:
    frame = desk.read("teams").sort_values("name", ignore_index=True)
    for at in chance.sample(range(len(frame)), 2):
        frame.loc[at, "name"] = f"Renamed {chance.randrange(10**6)}"
    return "teams", frame, {}


def deleted_tags(desk: Desk, chance: random.Random) -> Asked:
    frame = desk.read("people-tags").sort_values("name", ignore_index=True)
    return "people-tags", frame, {"delete": [int(frame["id"].iloc[-1])]}


def assignments(desk: Desk, chance: random.Random) -> Asked:
    rows = desk.read("assignments")
    rows = rows[rows["isActive"] & ~rows["isTemplate"] & (rows["startDate"] > "2026-03-01")]
    columns = ["personId", "projectId", "roleId", "startDate", "endDate", "minutesPerDay", "note"]
    rows = rows.sort_values(columns, ignore_index=True).head(8)
    frame = rows[["id", *columns]].copy()
    for at in chance.sample(range(len(frame)), 2):
        frame.loc[at, "note"] = f"Note {chance.randrange(10**6)}"
    new = frame.iloc[[chance.randrange(len(frame))]].assign(id=pd.NA, note="one more")
    both = pd.concat([frame, new.astype(frame.dtypes)], ignore_index=True)
    return "assignments", both, {"na": "omit", "repeat": True}


def actuals(desk: Desk, chance: random.Random) -> Asked:
    rows = desk.read("actuals", minDate="2026-05-04", maxDate="2026-05-04")
    keys = ["date", "personId", "projectId", "roleId", "workstreamId"]
    frame = rows.sort_values(keys, ignore_index=True).head(5).copy()
    frame.loc[chance.randrange(5), "billableMinutes"] = chance.randint(30, 400)
    return "actuals", frame, {}


def entries(desk: Desk, chance: random.Random) -> Asked:
    rows = desk.read("actuals", minDate="2026-05-05", maxDate="2026-05-05")
    keys = ["date", "personId", "projectId", "roleId", "workstreamId"]
    rows = rows.sort_values(keys, ignore_index=True)
    frame = rows.iloc[[chance.randrange(3) for _ in range(3)]][keys]
    return "actuals/time-entry", frame.assign(billableMinutes=5), {"confirm": True, "repeat": True}


STEPS: tuple[Callable[[Desk, random.Random], Asked], ...] = (
    new_teams,
    renamed_teams,
    deleted_tags,
    assignments,
    actuals,
    entries,
)


def disturbed(desk: Desk, folder: Path, asked: Asked, fault: str, number: int) -> Desk:
    """Push with a fault at one request, and run the push again undisturbed."""
    resource, frame, options = asked
    desk.wire.fault_at(number, fault)
    try:
        result = push(desk, frame, resource, **options)
        is_whole = not set(result["status"]) & {"failed", "unknown", "not tried"}
    except Killed:
        desk, is_whole = desk_of(desk.demo, folder), False
    desk.wire.heal()
    if not is_whole:
        result = push(desk, frame, resource, **options)
    assert not set(result["status"]) & {"failed", "unknown", "not tried", "conflict"}
    return desk


def live(seed: int, folder: Path, steps: int = 5) -> int:
    """Compare a life with faults with the same life without; return the number of faults."""
    chance = random.Random(seed)
    calm, rough = (desk_of(new_demo(), folder / name) for name in ("calm", "rough"))
    before = highest(calm.demo)
    faults = 0
    for _ in range(steps):
        step, own = chance.choice(STEPS), chance.randrange(10**9)
        fault, number = chance.choice(FAULTS), chance.randint(1, 4)
        resource, frame, options = step(calm, random.Random(own))
        push(calm, frame, resource, **options)
        asked = step(rough, random.Random(own))
        faults += bool(fault)
        rough = disturbed(rough, folder / "rough", asked, fault, number)
        what = f"seed {seed}: {step.__name__}, {fault or 'no fault'} at write {number}"
        same(state(rough.demo, before), state(calm.demo, before), what)
    return faults


@pytest.mark.parametrize("seed", range(6))
def test_a_disturbed_life_ends_as_an_undisturbed_one(seed: int, tmp_path: Path) -> None:
    live(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(4))
def test_many_disturbed_lives_lose_and_double_nothing(part: int, tmp_path: Path) -> None:
    """RUNN_LIVES=500 tries as many lives; 120 are enough for each gate."""
    lives = int(os.environ.get("RUNN_LIVES", "120")) // 4
    seeds = range(1000 + lives * part, 1000 + lives * (part + 1))
    faults = sum(live(seed, tmp_path / str(seed)) for seed in seeds)
    assert faults > 3 * lives


def test_a_push_and_its_undo_leave_the_account_as_it_was(desk: Desk) -> None:
    limits = highest(desk.demo)
    for step in (new_teams, renamed_teams, actuals, entries):
        before = state(desk.demo, limits)
        resource, frame, options = step(desk, random.Random(7))
        push(desk, frame, resource, **options)
        undo(desk, int(api.journal(desk.account)["push"].iloc[0])).apply()
        same(state(desk.demo, limits), before, step.__name__)
