"""Promise 14: a push that is killed, or loses an answer, goes on when it is run again."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from tests.push.scenarios import SCENARIOS, highest, state
from tests.support.desk import Desk, desk_of, new_demo
from tests.support.faults import Killed
from tests.support.pushes import same, share

from .support import push

FAULTS = ["kill before", "kill after", "before", "after"]
KINDS = [name for name in SCENARIOS if name != "joined"]  # leave that Runn would merge is refused


def asked(name: str, desk: Desk) -> tuple[str, Any, dict[str, Any]]:
    resource, frame, options = SCENARIOS[name](desk.read)
    return resource, frame, {n: v for n, v in options.items() if n != "delete_force"}


@lru_cache
def undisturbed(name: str) -> tuple[Any, int]:
    """The state that a push ends in, and how many writes it takes."""
    desk = desk_of(new_demo(), Path(mkdtemp()))
    before = highest(desk.demo)
    resource, frame, options = asked(name, desk)
    push(desk, frame, resource, **options)
    return state(desk.demo, before), len(desk.bodies)


def disturbed(name: str, fault: str, number: int, folder: Path) -> None:
    """Disturb one request, push again, and compare the account."""
    expected, _ = undisturbed(name)
    demo = new_demo()
    before = highest(demo)
    desk = desk_of(demo, folder)
    resource, frame, options = asked(name, desk)
    desk.wire.fault_at(number, fault)
    if fault.startswith("kill"):
        with pytest.raises(Killed):
            push(desk, frame, resource, **options)
        # A new process: another account object, the same journal.
        desk = desk_of(demo, folder)
    else:
        push(desk, frame, resource, **options)
    desk.wire.heal()
    push(desk, frame, resource, **options)
    same(state(demo, before), expected, f"{name}: {fault} request {number}")
    writes = len(desk.bodies)
    push(desk, frame, resource, **options)
    again = [one for one in desk.bodies[writes:] if one[0] != "DELETE"]
    # One client, and the deletion of people who have work, are refused each time.
    assert not again or name == "clients"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", KINDS)
def test_a_push_disturbed_at_its_first_request_goes_on(
    name: str, fault: str, tmp_path: Path
) -> None:
    disturbed(name, fault, 1, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", KINDS)
def test_a_push_disturbed_at_any_request_goes_on(name: str, fault: str, tmp_path: Path) -> None:
    total = undisturbed(name)[1]
    for number in share(total, 2, fault in ("kill after", "before")):
        disturbed(name, fault, number, tmp_path / str(number))
