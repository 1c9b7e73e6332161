"""Disturbed at each request, then pushed again in another order, corrected, with rows added."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pandas as pd
import pytest

from runn_pandas.errors import PlanError
from tests.support.desk import Desk, desk_of, new_demo
from tests.support.faults import Killed
from tests.support.pushes import STATUSES, same, share

from .scenarios import SCENARIOS, Push, highest, state

FAULTS = ("kill before", "kill after", "before", "after")
# Of each scenario the column of a new row that is corrected, and its other value.
CORRECTED: dict[str, tuple[str, Any]] = {
    "people": ("lastName", "Corrected"),
    "assignments": ("note", "corrected"),
    "clients": ("name", "Corrected"),
    "leave": ("endDate", pd.Timestamp("2035-01-12")),
    "entries": ("billableMinutes", 31),
    "projects": ("name", "Corrected"),
}
# What tells the row that is added from all others.
ADDED: dict[str, dict[str, Any]] = {
    "people": {"firstName": "Added", "references.Sage": None},
    "assignments": {"note": "added"},
    "clients": {"name": "Added"},
    "leave": {"startDate": pd.Timestamp("2036-03-03"), "endDate": pd.Timestamp("2036-03-04")},
    "entries": {"billableMinutes": 5, "date": pd.Timestamp("2024-01-06")},
    "projects": {"name": "Added"},
}
Change = Callable[[Push, str], Push]


def resorted(push: Push, name: str) -> Push:
    resource, frame, options = push
    return resource, frame.sample(frac=1, random_state=7).reset_index(drop=True), options


def corrected(push: Push, name: str) -> Push:
    """One new row is other than it was; of changed leave one that exists."""
    resource, frame, options = push
    frame = frame.copy()
    column, value = CORRECTED[name]
    frame.loc[len(frame) - 2, column] = value
    return resource, frame, options


def longer(push: Push, name: str) -> Push:
    """Another new row stands before all others."""
    resource, frame, options = push
    more = frame.tail(1).assign(**ADDED[name])
    return resource, pd.concat([more, frame], ignore_index=True), options


def unchanged(push: Push, name: str) -> Push:
    return push


@lru_cache
def whole(name: str, change: Change) -> tuple[Any, int]:
    """The state that the push ends in when nothing disturbs it, and how many writes it takes."""
    desk = desk_of(new_demo(), Path(mkdtemp()))
    before = highest(desk.demo)
    resource, frame, options = change(SCENARIOS[name](desk.read), name)
    result = desk.push(frame, resource, **options)
    assert set(result["status"]) <= STATUSES, result[["status", "error"]].to_dict("records")
    return state(desk.demo, before), len(desk.bodies)


def disturbed(name: str, fault: str, number: int, folder: Path) -> tuple[Desk, Push, Any]:
    """Kill a push at a write; give the next process, the push, and the highest ids before."""
    demo = new_demo()
    before = highest(demo)
    desk = desk_of(demo, folder)
    push = SCENARIOS[name](desk.read)
    desk.wire.fault_at(number, fault)
    if fault.startswith("kill"):
        with pytest.raises(Killed):
            desk.push(push[1], push[0], **push[2])
    else:
        # The answer is lost, and the process ends at the next write.
        seen = [0]
        once = desk.wire.fault

        def then_killed(method: str, path: str) -> str:
            seen[0] += method != "GET"
            said = once(method, path)
            return said or ("kill before" if method != "GET" and seen[0] > number else "")

        desk.wire.fault = then_killed
        with suppress(Killed):
            desk.push(push[1], push[0], **push[2])
    return desk_of(demo, folder), push, before


def check(name: str, fault: str, change: Change, folder: Path, numbers: range) -> None:
    total = whole(name, unchanged)[1]
    for number in numbers:
        what = f"{fault} request {number} of {total}, then {change.__name__}"
        desk, push, before = disturbed(name, fault, number, folder / str(number))
        if not fault.startswith("kill") and number == total:
            continue  # it ended: what is pushed now is another push
        following = change(push, name)
        refused = ""
        try:
            result = desk.push(following[1], following[0], **following[2])
            expected = whole(name, change)[0]
        except PlanError as error:
            refused = str(error)
            result = desk.push(push[1], push[0], **push[2])
            expected = whole(name, unchanged)[0]
        if refused:
            # A row that was made is not in this frame as it was.
            assert change is corrected, (what, refused)
            assert "was interrupted" in refused, what
        assert set(result["status"]) <= STATUSES, (
            what,
            result[["status", "error"]].to_dict("records"),
        )
        same(state(desk.demo, before), expected, what)
        assert not desk.journal()["ended"].eq(False).any(), what


CHANGES = (resorted, corrected, longer)
CASES = [
    (name, change)
    for name in SCENARIOS
    for change in CHANGES
    if change is resorted or name in CORRECTED
]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("name", "change"), CASES)
def test_disturbed_at_each_request_and_another_frame(
    name: str, change: Change, fault: str, tmp_path: Path
) -> None:
    """Each request meets each fault, and each change, but not each pair of the two."""
    which, parts = FAULTS.index(fault) + CHANGES.index(change), len(CHANGES)
    numbers = share(whole(name, unchanged)[1], parts if name in CORRECTED else 1, which)
    check(name, fault, change, tmp_path, numbers)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_an_answer_lost_and_killed_at_each_request(name: str, fault: str, tmp_path: Path) -> None:
    # Of some requests the first attempt is lost before it arrives, of the others its answer.
    numbers = share(whole(name, unchanged)[1], 2, fault == "after")
    check(name, fault, unchanged, tmp_path, numbers)


def killed_again(name: str, seed: int, folder: Path) -> None:
    """Kill a push, and those that continue it, each in another order."""
    chance = random.Random(f"{name} {seed}")
    expected, total = whole(name, unchanged)
    demo = new_demo()
    before = highest(demo)
    desk = desk_of(demo, folder)
    resource, frame, options = SCENARIOS[name](desk.read)
    kills = []
    for _ in range(chance.choice([2, 3])):
        number, fault = chance.randint(1, max(2, total // 2)), chance.choice(FAULTS[:2])
        kills.append((fault, number))
        desk.wire.fault_at(number, fault)
        other = frame.sample(frac=1, random_state=chance.randint(0, 99)).reset_index(drop=True)
        with suppress(Killed):
            desk.push(other, resource, **options)
            break
        desk = desk_of(demo, folder)
    else:
        result = desk.push(frame, resource, **options)
        assert set(result["status"]) <= STATUSES, (kills, result["error"].tolist())
    same(state(demo, before), expected, f"seed {seed}: {kills}")
    assert desk.journal()["ended"].all()


@pytest.mark.parametrize(("name", "seed"), [("assignments", 7), ("joined", 9)])
def test_killed_and_killed_again(name: str, seed: int, tmp_path: Path) -> None:
    killed_again(name, seed, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_and_killed_again_with_many_seeds(name: str, tmp_path: Path) -> None:
    for seed in range(15):
        killed_again(name, seed, tmp_path / str(seed))


# -- another machine, which has no journal


@pytest.mark.parametrize("name", ["clients", "leave"])
def test_another_machine_says_what_it_would_make_again(name: str, tmp_path: Path) -> None:
    total = whole(name, unchanged)[1]
    desk, push, before = disturbed(name, "kill after", total, tmp_path / "one")
    other = desk_of(desk.demo, tmp_path / "other")
    resource, frame, options = push
    if name == "leave":
        # All of it is there, by id or by its days; what was deleted or made anew is named.
        with pytest.raises(PlanError, match="is not in the account: it was deleted"):
            other.plan(frame, resource, **options)
        new = frame[frame["id"].isna()]
        assert other.plan(new, resource).requests == 0
    else:
        text = repr(other.plan(frame, resource, **options))
        assert "whose name is taken already" in text
        assert "'S'" in text
    assert not other.bodies
    assert before


def test_equal_rows_are_told_apart_by_their_number(desk: Desk) -> None:
    frame = pd.DataFrame({"name": ["Twin"] * 3})
    desk.wire.fault_at(2, "kill after")
    with pytest.raises(Killed):
        desk.push(frame, "teams")
    again = desk_of(desk.demo, desk.account.cache.folder)
    four = pd.DataFrame({"name": ["Twin"] * 4})
    assert list(again.push(four, "teams")["status"]) == ["created"] * 4
    assert len(again.bodies) == 2
    assert list(again.read("teams")["name"]).count("Twin") == 4


def test_a_time_entry_that_cannot_be_told_is_refused_by_name(desk: Desk) -> None:
    rows = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-02").head(1)
    keys = ["date", "personId", "projectId", "roleId", "workstreamId"]
    entry = rows[keys].assign(billableMinutes=10, nonbillableMinutes=0)
    desk.wire.fault_at(1, "kill after")
    with pytest.raises(Killed):
        desk.push(entry, "actuals/time-entry")
    desk.wire.fault = lambda method, path: ""
    other = rows[keys].assign(billableMinutes=7, nonbillableMinutes=0)
    body = {n: (None if pd.isna(v) else v) for n, v in other.iloc[0].items()}
    body = {
        n: int(v) if n.endswith(("Id", "Minutes")) and v is not None else v for n, v in body.items()
    }
    desk.account.request("POST", "actuals/time-entry", json={**body, "date": "2026-03-02"})
    sent = len(desk.bodies)
    with pytest.raises(PlanError, match=r"is in doubt.*rp\.journal\(close=1\)"):
        desk.push(entry, "actuals/time-entry")
    assert len(desk.bodies) == sent
    assert desk.journal(close=1)["ended"].all()
    assert list(desk.push(entry, "actuals/time-entry")["status"]) == ["created"]
