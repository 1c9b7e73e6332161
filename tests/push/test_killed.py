"""A process that is killed with SIGKILL at a request, against a demo on a real socket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.push.api import journal
from tests.support.desk import new_demo, push_quietly, served
from tests.support.pushes import STATUSES, run_and_kill, same, share

from .scenarios import SCENARIOS, state
from .scenarios import highest as highest_ids

# Rows of each push at least: none of it is empty.
LEAST = {
    "people": 30,
    "assignments": 15,
    "clients": 9,
    "leave": 8,
    "joined": 12,
    "entries": 4,
    "projects": 6,
}


def killed_at(number: int, when: str, folder: Path, name: str) -> tuple[Any, Any, pd.DataFrame]:
    demo = new_demo()
    before = highest_ids(demo)
    with served(demo) as url:
        account = Account(url, "demo", cache_dir=folder / "cache", max_age=0)

        def read(name: str, **filters: Any) -> pd.DataFrame:
            return rp.read_runn(name, account=account, max_age=0, **filters)

        resource, frame, options = SCENARIOS[name](read)
        file = folder / "frame.pickle"
        pd.to_pickle((resource, frame, options), file)
        if number:
            run_and_kill(demo, url, folder / "cache", file, number, when)
        result = push_quietly(frame, resource, account=account, **options)
        assert set(result["status"]) <= STATUSES
        assert journal(account)["ended"].all()
        account.session.close()
    return state(demo, before), sum(r.method != "GET" for r in demo.log), result


def check(numbers: list[int], when: str, tmp_path: Path, name: str = "people") -> None:
    (tmp_path / "whole").mkdir()
    expected, total, result = killed_at(0, when, tmp_path / "whole", name)
    assert len(result) >= LEAST[name]
    # Each request is killed once, before or after it is carried out.
    for number in numbers or share(total, 2, when == "after"):
        folder = tmp_path / str(number)
        folder.mkdir()
        found, _, again = killed_at(number, when, folder, name)
        same(found, expected, f"killed {when} request {number} of {total}")
        assert list(again["action"]) == list(result["action"])


@pytest.mark.parametrize(("name", "number"), [("joined", 4)])
def test_killed_once(name: str, number: int, tmp_path: Path) -> None:
    check([number], "after", tmp_path, name)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_request(when: str, name: str, tmp_path: Path) -> None:
    check([], when, tmp_path, name)
