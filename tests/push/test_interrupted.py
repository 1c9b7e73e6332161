"""Killed, or an answer lost, at each request: pushed again, it ends as if nothing had been."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from tests.support.desk import desk_of, new_demo
from tests.support.faults import Killed
from tests.support.pushes import STATUSES, same, share

from .scenarios import SCENARIOS, highest, state


@lru_cache
def undisturbed(name: str) -> tuple[Any, int, Any]:
    """The state that a push ends in, how many writes it takes, and its outcomes."""
    desk = desk_of(new_demo(), Path(mkdtemp()))
    before = highest(desk.demo)
    resource, frame, options = SCENARIOS[name](desk.read)
    result = desk.push(frame, resource, **options)
    assert set(result["status"]) <= STATUSES, result[["status", "error"]].to_dict("records")
    return state(desk.demo, before), len(desk.bodies), result


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["kill before", "kill after", "before", "after"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_interrupted_at_each_request(name: str, fault: str, tmp_path: Path) -> None:
    """Each request is killed, before or after it is carried out, and loses its answer or itself."""
    expected, total, undisturbed_result = undisturbed(name)
    for number in share(total, 2, fault in ("kill after", "before")):
        what = f"{fault} request {number} of {total}"
        demo = new_demo()
        before = highest(demo)
        desk = desk_of(demo, tmp_path / f"{number}")
        resource, frame, options = SCENARIOS[name](desk.read)
        desk.wire.fault_at(number, fault)
        if fault.startswith("kill"):
            with pytest.raises(Killed):
                desk.push(frame, resource, **options)
            # A new process: another account, the same journal.
            desk = desk_of(demo, tmp_path / f"{number}")
        result = desk.push(frame, resource, **options)
        assert set(result["status"]) <= STATUSES, (
            what,
            result[["status", "error"]].to_dict("records"),
        )
        same(state(demo, before), expected, what)
        assert list(result["action"]) == list(undisturbed_result["action"]), what
