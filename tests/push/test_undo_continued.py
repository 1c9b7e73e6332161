"""What is taken back of a push that another one continued, was undone before, or is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pandas as pd
import pytest

from runn_pandas.errors import PlanError
from runn_pandas.push.api import undo
from runn_pandas.push.journal import journal_path
from tests.support.desk import Desk, desk_of
from tests.support.faults import Killed


def frame(*names: str, index: Any = None) -> pd.DataFrame:
    return pd.DataFrame({"name": list(names)}, index=index)


def names(desk: Desk) -> list[str]:
    return sorted(name for name in desk.read("teams")["name"] if name[0] == "U" and len(name) == 2)


def said(desk: Desk) -> dict[int, str]:
    """By push whether it can be undone."""
    log = desk.journal()
    return dict(zip(log["push"].astype(int), log["undo"], strict=True))


def killed(desk: Desk, plan: Any, at: int, how: str = "kill after") -> Desk:
    """Interrupt a plan, and return what goes on in another process."""
    desk.wire.fault_at(at, how)
    with pytest.raises(Killed):
        plan.apply()
    desk.wire.heal()
    return desk_of(desk.demo, desk.account.cache.folder)


# -- continued by another frame

THREE = ("U1", "U2", "U3")
OTHERS = {
    "longer in front": ("U9", "U8", *THREE),
    "longer at the end": (*THREE, "U4", "U5", "U6"),
    "in another order": ("U3", "U1", "U2"),
    "another row": ("U1", "U2", "U4"),
}


@pytest.mark.parametrize("others", OTHERS.values(), ids=OTHERS)
def test_a_plan_takes_its_own_rows_back(desk: Desk, others: tuple[str, ...]) -> None:
    plan = desk.plan(frame(*THREE, index=["a", "b", "c"]), "teams")
    again = killed(desk, plan, 2)
    pushed = again.push(frame(*others), "teams")
    ids = dict(zip(others, pushed["id"], strict=True))
    result = plan.undo().apply()
    assert list(result.index) == ["a", "b", "c"]
    assert list(result["status"]) == ["deleted" if n in others else "unchanged" for n in THREE]
    assert [own for own in result["id"] if pd.notna(own)] == [ids[n] for n in THREE if n in ids]
    assert names(again) == sorted(set(others) - {*THREE})
    # The others can still be taken back, and only once.
    if set(others) - {*THREE}:
        assert said(again)[2] == "yes"
        undo(2, account=again.account).apply()
    assert names(again) == []
    with pytest.raises(PlanError, match=r"undone in push"):
        undo(2, account=again.account)
    with pytest.raises(PlanError, match=r"undone in push"):
        plan.undo()


def test_a_plan_whose_rows_all_were_taken_back_by_number_is_refused(desk: Desk) -> None:
    plan = desk.plan(frame("U1", "U2"), "teams")
    again = killed(desk, plan, 1)
    again.push(frame("U2", "U1"), "teams")
    assert list(undo(2, account=again.account).apply()["status"]) == ["deleted"] * 2
    with pytest.raises(PlanError, match="undone in push 3"):
        plan.undo()


@pytest.mark.parametrize("by", ["number", "plan"])
def test_a_row_that_the_next_frame_has_not_is_taken_back(desk: Desk, by: str) -> None:
    teams = desk.read("teams").head(3)
    old = teams["name"].tolist()
    teams["name"] = ["x1", "x2", "x3"]
    plan = desk.plan(teams)
    again = killed(desk, plan, 2, "kill before")
    again.push(teams.iloc[1:], "teams")
    assert said(again) == {1: "no: continued in push 2", 2: "yes"}
    back = undo(2, account=again.account) if by == "number" else plan.undo()
    assert set(back.apply()["status"]) == {"updated"}
    assert again.read("teams")["name"].head(3).tolist() == old


def test_a_record_that_the_next_frame_corrected_is_taken_back_whole(desk: Desk) -> None:
    again = killed(desk, desk.plan(frame("U1", "U2"), "teams"), 2, "kill before")
    own = int(again.read("teams")["id"].max())
    corrected = pd.DataFrame({"id": pd.array([own, None], "Int64"), "name": ["U7", "U2"]})
    assert list(again.push(corrected, "teams", na="omit")["status"]) == ["updated", "created"]
    assert list(undo(2, account=again.account).apply()["status"])[:2] == ["deleted"] * 2
    assert names(again) == []
    assert said(again)[2] == "no: undone in push 3"


# -- undone twice


def test_what_was_undone_is_not_undone_again(desk: Desk) -> None:
    phases = desk.read("phases")
    plan = desk.plan(phases.head(0), "phases", delete=[int(phases["id"].iloc[2])])
    plan.apply()
    first, second = plan.undo(), plan.undo()
    first.apply()
    with pytest.raises(PlanError, match="Push 1 was undone in push 2"):
        second.apply()
    with pytest.raises(PlanError, match="Push 1 was undone in push 2"):
        undo(1, account=desk.account)
    with pytest.raises(PlanError, match="Push 1 was undone in push 2"):
        plan.undo()
    assert len(desk.read("phases")) == len(phases)


def test_a_part_of_an_undo_leaves_the_other_rows_to_undo(desk: Desk) -> None:
    plan = desk.plan(frame(*THREE), "teams")
    plan.apply()
    plan.undo().only([0]).apply()
    assert said(desk)[1] == "yes"
    rest = plan.undo()
    assert "Row 0 was undone in push 2." in rest.notes
    assert list(rest.apply()["status"]) == ["unchanged", "deleted", "deleted"]
    assert said(desk)[1].startswith("no: undone in push")


# -- keys of several columns


def person_skills(desk: Desk) -> tuple[str, pd.DataFrame, tuple[int, int]]:
    """New skills of people, and one to delete."""
    have = desk.read("people/skills")
    taken = set(zip(have["personId"], have["skillId"], strict=True))
    people, skills = desk.read("people"), desk.read("skills")["id"].tolist()
    free = [
        (own, skill)
        for own in people.loc[~people["isArchived"], "id"].tolist()
        for skill in skills
        if (own, skill) not in taken
    ]
    rows = pd.DataFrame(free[:3], columns=["personId", "skillId"]).assign(level=3)
    return "people/skills", rows, sorted(taken)[0]


def user_views(desk: Desk) -> tuple[str, pd.DataFrame, tuple[int, int]]:
    """New views of users, and one to delete."""
    users = desk.read("users")["id"].tolist()
    have = desk.read("users/{userId}/views", userId=users)
    taken = set(zip(have["userId"], have["id"], strict=True))
    views = sorted(set(have["id"]))
    free = [(user, view) for user in users for view in views if (user, view) not in taken]
    rows = pd.DataFrame(free[:3], columns=["userId", "id"])
    return "users/{userId}/views", rows, sorted(taken)[0]


def table(desk: Desk, resource: str) -> list[str]:
    name = {"users/{userId}/views": "users/views"}.get(resource, resource)
    return sorted(map(str, desk.demo.company.tables[name].values()))


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("make", [person_skills, user_views])
def test_a_row_whose_answer_was_lost_has_the_id_that_it_would_have(
    desk: Desk, make: Callable[[Desk], Any], closed: bool
) -> None:
    resource, rows, _ = make(desk)
    before = table(desk, resource)
    again = killed(desk, desk.plan(rows, resource), 1)
    if closed:
        again.journal(close=1)
        ids = again.journal().drop_duplicates("row")["id"]
        own = rows[rows.columns[1]].tolist()
        assert ids.iloc[0] == own[0]
    back = undo(1, account=again.account)
    assert "part " not in repr(back)
    assert "deleted" in set(back.apply()["status"])
    assert sorted(map(str, back.intent.labels)) == [str(n) for n in range(len(rows))]
    assert len(table(desk, resource)) == len(before)


@pytest.mark.parametrize("how", ["kill before", "kill after"])
@pytest.mark.parametrize("make", [person_skills, user_views])
def test_a_deletion_in_doubt_is_told_by_the_account(
    desk: Desk, make: Callable[[Desk], Any], how: str
) -> None:
    resource, rows, gone = make(desk)
    before = table(desk, resource)
    again = killed(desk, desk.plan(rows.head(0), resource, delete=[gone]), 1, how)
    back = undo(1, account=again.account)
    assert "does not tell" not in repr(back)
    assert back.requests == (1 if "after" in how else 0)
    back.apply()
    assert len(table(desk, resource)) == len(before)


# -- said of the journal


@pytest.mark.parametrize("resource", ["project-notes"])
def test_an_interrupted_push_that_nothing_takes_back_is_said_to_be_one(
    desk: Desk, resource: str
) -> None:
    project = int(desk.read("projects")["id"].iloc[0])
    rows = pd.DataFrame({"projectId": [project], "note": ["x"]})
    again = killed(desk, desk.plan(rows, resource), 1)
    assert said(again) == {1: "no: the API deletes no 'project-notes'"}
    assert undo(1, account=again.account).requests == 0


@pytest.mark.parametrize("number", [True, 1.5, "1", None])
def test_a_number_of_a_push_is_a_whole_number(desk: Desk, number: Any) -> None:
    desk.push(frame("U1"), "teams")
    with pytest.raises(PlanError, match=r"takes the number of one push, such as rp.undo\(3\)"):
        undo(number, account=desk.account)
    with pytest.raises(PlanError, match=r"no push 7 in the journal; see rp.journal\(\)"):
        undo(7, account=desk.account)


@pytest.mark.parametrize("number", [1, pd.NA, None])
def test_an_empty_journal_has_nothing_to_undo(desk: Desk, number: Any) -> None:
    assert desk.journal()["push"].max() is pd.NA
    with pytest.raises(PlanError, match=r"Nothing to undo: no push .* is in the journal; see rp"):
        undo(number, account=desk.account)


@pytest.mark.parametrize(
    "damage",
    [
        "update rows set asked = '{broken'",
        "update rows set asked = '[1, \"x\", {}]'",
        "update attempts set request = '[]'",
        "update rows set outcome = '{broken'",
    ],
)
def test_a_damaged_journal_names_the_push_and_the_way_out(desk: Desk, damage: str) -> None:
    again = killed(desk, desk.plan(frame(*THREE), "teams"), 2)
    with closing(sqlite3.connect(journal_path(desk.account))) as db, db:
        db.execute('update rows set outcome = \'["created", [1], "", 1]\' where position = 0')
        db.execute(damage)
    calls: list[Callable[[], Any]] = [
        lambda: again.push(frame("U1"), "teams"),
        lambda: undo(1, account=again.account),
        again.journal,
    ]
    for call in calls:
        with pytest.raises(PlanError, match=r"push 1 .*damaged.*rp\.journal\(close=1\)"):
            call()
    again.journal(close=1)
    again.journal()
    assert list(again.push(frame("U5"), "teams")["status"]) == ["created"]


def test_an_unfinished_push_of_an_earlier_version_names_its_rows(desk: Desk) -> None:
    path = journal_path(desk.account)
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(
            "create table push (id integer primary key, key text, plan text, resource text,"
            " began real, ended real, requests integer, mark integer, labels text,"
            " decisions text, steps text, content text);"
            "create table entry (id integer primary key, push integer, step integer, call integer,"
            " positions text, request text, state text, answer text, error text, at real);"
            "create table outcome (push integer, position integer, status text, own text,"
            " error text, attempts integer);"
            "insert into push values"
            " (4, '', '', 'teams', 1, null, 1, 0, '[\"a\", 7, 8]', '[]', '{}', '');"
            "insert into entry values (1, 4, 0, 0, '[0]', '', 'done', '', '', 1);"
            "insert into entry values (2, 4, 1, 0, '[1]', '', 'sent', '', '', 1);"
            "insert into outcome values (4, 0, 'created', '12', '', 1);"
        )
    with pytest.raises(PlanError, match=r"It began row 'a' \(id 12\), 7\. Look in Runn"):
        desk.push(frame("U1"), "teams")
