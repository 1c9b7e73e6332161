"""A push taken back by its number in the journal, also by another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import account as accounts
from runn_pandas.account import Account
from runn_pandas.errors import PlanError
from runn_pandas.push.api import journal, undo
from tests.support.desk import Desk, desk_of, new_demo, served
from tests.support.faults import Killed
from tests.support.undoable import CASES, bare

from .scenarios import SCENARIOS, state

DONE = {"created", "updated", "deleted", "unchanged"}


def numbers(desk: Desk) -> list[int]:
    return sorted(set(desk.journal()["push"]))


def said(desk: Desk) -> dict[int, str]:
    """By push whether it can be undone."""
    log = desk.journal()
    return dict(zip(log["push"].astype(int), log["undo"], strict=True))


@pytest.mark.parametrize("name", CASES)
def test_a_push_of_the_journal_is_taken_back(make_desk: Callable[..., Desk], name: str) -> None:
    resource, make = CASES[name]
    desk = make_desk(12)
    before = bare(desk, resource)
    desk.push(make(desk), resource)
    assert said(desk) == {1: "yes"}
    again = desk_of(desk.demo, desk.account.cache.folder)
    back = undo(1, account=again.account)
    assert set(back.apply(conflict="raise")["status"]) <= DONE
    assert bare(desk, resource) == before
    assert said(again) == {1: "no: undone in push 2", 2: "yes"}


@pytest.mark.parametrize("name", ["leave", "joined", "projects"])
def test_scenarios_of_the_journal_are_taken_back(desk: Desk, name: str) -> None:
    resource, frame, options = SCENARIOS[name](desk.read)
    before = state(desk.demo, {})[resource]
    desk.push(frame, resource, **options)
    result = undo(1, account=desk.account).apply(conflict="raise")
    assert set(result["status"]) <= DONE, result["error"].tolist()
    after = state(desk.demo, {})[resource]
    assert sum((before - after).values()) == sum((after - before).values())
    assert list(result.index)[: len(frame)] == list(frame.index)


@pytest.mark.parametrize("fault", ["kill before", "kill after"])
def test_an_interrupted_push_is_taken_back_by_its_number(desk: Desk, fault: str) -> None:
    frame = pd.DataFrame({"name": ["A", "B", "C"]})
    desk.wire.fault_at(2, fault)
    with pytest.raises(Killed):
        desk.push(frame, "teams")
    again = desk_of(desk.demo, desk.account.cache.folder)
    assert said(again) == {1: "yes"}
    result = undo(1, account=again.account).apply()
    assert list(result["status"]) == [
        "deleted",
        *["deleted" if "after" in fault else "unchanged"],
        "unchanged",
    ]
    assert not {"A", "B", "C"} & set(again.read("teams")["name"])
    assert again.journal()["ended"].all()


def test_what_was_continued_is_taken_back_as_a_whole(desk: Desk) -> None:
    frame = pd.DataFrame({"name": ["A", "B", "C"]})
    desk.wire.fault_at(2, "kill after")
    with pytest.raises(Killed):
        desk.push(frame, "teams")
    again = desk_of(desk.demo, desk.account.cache.folder)
    again.push(frame.iloc[::-1], "teams")
    assert said(again) == {1: "no: continued in push 2", 2: "yes"}
    with pytest.raises(PlanError, match=r"continued in push 2: rp\.undo\(2\)"):
        undo(1, account=again.account)
    assert list(undo(2, account=again.account).apply()["status"]) == ["deleted"] * 3


def test_an_undo_is_taken_back(desk: Desk) -> None:
    frame = desk.read("teams").head(2)
    frame["name"] = ["One", "Two"]
    desk.push(frame)
    undo(1, account=desk.account).apply()
    assert list(undo(2, account=desk.account).apply()["status"]) == ["updated"] * 2
    assert list(desk.read("teams")["name"])[:2] == ["One", "Two"]
    assert said(desk)[3] == "yes"


def test_what_cannot_be_undone_is_said(desk: Desk) -> None:
    project = int(desk.read("projects")["id"].iloc[0])
    desk.push(pd.DataFrame({"projectId": [project], "note": ["x"]}), "project-notes")
    assert said(desk) == {1: "no: the API deletes no 'project-notes'"}
    with pytest.raises(PlanError, match=r"no push 7 in the journal; see rp\.journal\(\)"):
        undo(7, account=desk.account)


def test_what_others_changed_since_is_a_conflict(desk: Desk) -> None:
    own = int(desk.push(pd.DataFrame({"name": ["A"]}), "teams")["id"].iloc[0])
    desk.account.request("PATCH", f"teams/{own}", json={"name": "Theirs"})
    assert list(undo(1, account=desk.account).apply()["status"]) == ["conflict"]
    assert list(undo(1, account=desk.account).apply(conflict="overwrite")["status"]) == ["deleted"]


CHILD = """
import sys
import runn_pandas as rp
url, cache = sys.argv[1:]
rp.connect("demo", base_url=url, cache_dir=cache)
number = int(rp.journal()["push"].iloc[0])
plan = rp.undo(number)
print(list(plan.apply()["status"]))
"""


def test_another_process_takes_a_push_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(new_demo()) as url:
        account = Account(url, "demo", cache_dir=tmp_path, max_age=0)
        monkeypatch.setattr(accounts, "_default", account)
        teams = rp.read_runn("teams")
        old = teams["name"].tolist()
        teams["name"] = [f"T{n}" for n in range(len(teams))]
        assert set(teams.runn.push()["status"]) == {"updated"}
        ran = subprocess.run(
            [sys.executable, "-c", CHILD, url, str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert ran.stdout.strip() == str(["updated"] * len(old))
        assert rp.read_runn("teams", max_age=0)["name"].tolist() == old
        assert journal(account)["undo"].tolist()[-1] == "no: undone in push 2"
        account.session.close()


# -- a journal of before


def test_an_unfinished_push_of_an_earlier_version_is_named(desk: Desk) -> None:
    import sqlite3

    from runn_pandas.push.journal import journal_path

    path = journal_path(desk.account)
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "create table push (id integer primary key, key text, plan text, resource text,"
            " began real, ended real, requests integer, mark integer, labels text,"
            " decisions text, steps text, content text)"
        )
        db.execute(
            "insert into push values (4, '', '', 'teams', 1, null, 1, 0, '[]', '[]', '{}', '')"
        )
    frame = pd.DataFrame({"name": ["A"]})
    with pytest.raises(PlanError, match=r"push 4 was interrupted under an earlier version"):
        desk.push(frame, "teams")
    assert desk.bodies == []
    # What it is not about goes on, under numbers that were never given.
    assert list(desk.push(pd.DataFrame({"name": ["B"]}), "skills")["status"]) == ["created"]
    assert numbers(desk) == [5]
    journal(desk.account, close=4)
    assert list(desk.push(frame, "teams")["status"]) == ["created"]
