"""A push that was interrupted, then the same frame again, in another order, or corrected."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.demo.server import Request
from runn_pandas.errors import PlanError
from runn_pandas.push.api import journal
from tests.support.desk import Desk, desk_of, new_demo, push_quietly, served
from tests.support.faults import Killed
from tests.support.pushes import CHILD, actuals_of, names_of, teams


def interrupted(
    desk: Desk, frame: pd.DataFrame, resource: str, at: int, fault: str = "kill after", **o: Any
) -> Desk:
    """Kill a push at a write; give the desk of the next process."""
    desk.wire.fault_at(at, fault)
    with pytest.raises(Killed):
        desk.push(frame, resource, **o)
    desk.wire.heal()
    again = desk_of(desk.demo, desk.account.cache.folder)
    again.bodies.clear()
    return again


def people(count: int, role: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "firstName": [f"New {n}" for n in range(count)],
            "lastName": "Joiner",
            "roleId": role,
        }
    )


# -- the same rows in another order


@pytest.mark.parametrize("fault", ["kill before", "kill after"])
@pytest.mark.parametrize("at", [1, 3, 5])
def test_the_same_rows_in_another_order_are_made_once(desk: Desk, at: int, fault: str) -> None:
    frame = teams("A", "B", "B", "C", "D")
    desk = interrupted(desk, frame, "teams", at, fault)
    turned = frame.iloc[::-1].reset_index(drop=True)
    plan = desk.plan(turned, "teams")
    assert "Continues an unfinished push" in repr(plan)
    result = plan.apply()
    assert list(result["status"]) == ["created"] * 5
    assert [names_of(desk).count(n) for n in "ABCD"] == [1, 2, 1, 1]
    there = desk.read("teams").set_index("id")["name"]
    assert list(there.loc[list(result["id"])]) == list(turned["name"])
    assert journal(desk.account)["ended"].all()
    # It is over: the first frame has been pushed, and again it is a new push.
    assert desk.plan(frame, "teams").requests == 0
    assert desk.plan(frame, "teams", repeat=True).requests == 5


@pytest.mark.parametrize("at", [1, 2])
def test_a_bulk_call_goes_on_in_another_order_and_with_more_rows(desk: Desk, at: int) -> None:
    frame = pd.DataFrame({"name": [f"Client {n:03}" for n in range(130)]})
    desk = interrupted(desk, frame, "clients", at)
    more = pd.concat([frame.iloc[::-1], pd.DataFrame({"name": ["One more"]})], ignore_index=True)
    result = desk.push(more, "clients")
    assert set(result["status"]) == {"created"}
    there = desk.read("clients").set_index("id")["name"]
    assert list(there.loc[list(result["id"])]) == list(more["name"])
    assert there[there.str.startswith(("Client ", "One more"))].is_unique


def test_a_bulk_call_of_which_one_row_was_corrected(desk: Desk) -> None:
    frame = pd.DataFrame({"name": [f"Client {n:03}" for n in range(5)]})
    desk = interrupted(desk, frame, "clients", 1)
    corrected = frame.copy()
    corrected.loc[2, "name"] = "Client two"
    with pytest.raises(PlanError, match=r"row 2 is id \d+ now") as caught:
        desk.push(corrected, "clients")
    assert desk.bodies == []
    own = caught.value.problems["value"].iloc[0]
    corrected["id"] = pd.array([None, None, own, None, None], dtype="Int64")
    result = desk.push(corrected, "clients")
    assert list(result["status"]) == ["created", "created", "updated", "created", "created"]
    there = desk.read("clients")["name"]
    assert sorted(there[there.str.startswith("Client ")]) == sorted(corrected["name"])


def test_killed_again_after_it_was_taken_over(desk: Desk) -> None:
    frame = teams("A", "B", "C", "D", "E", "F")
    desk = interrupted(desk, frame, "teams", 2)
    turned = frame.iloc[::-1].reset_index(drop=True)
    desk = interrupted(desk, turned, "teams", 2)
    result = desk.push(frame.sample(frac=1, random_state=3), "teams")
    assert list(result["status"]) == ["created"] * 6
    assert [names_of(desk).count(n) for n in "ABCDEF"] == [1] * 6


# -- one cell corrected


def test_a_corrected_new_row_is_refused_until_it_says_which_it_is(desk: Desk) -> None:
    frame = teams("A", "B", "C", "D")
    desk = interrupted(desk, frame, "teams", 3)
    corrected = frame.copy()
    corrected.loc[1, "name"] = "Bee"
    with pytest.raises(PlanError, match=r"push 1 was interrupted.*row 1 is id (\d+) now") as caught:
        desk.push(corrected, "teams")
    assert desk.bodies == []
    assert "rp.journal(close=1)" in str(caught.value)
    own = caught.value.problems["value"].iloc[0]
    assert caught.value.problems["row"].tolist() == [1]
    corrected["id"] = pd.array([None, own, None, None], dtype="Int64")
    result = desk.push(corrected, "teams")
    assert list(result["status"]) == ["created", "updated", "created", "created"]
    assert result["id"].iloc[1] == own
    assert [names_of(desk).count(n) for n in ("A", "B", "Bee", "C", "D")] == [1, 0, 1, 1, 1]
    log = journal(desk.account)
    assert log["ended"].all()
    assert log[(log["push"] == 1) & (log["row"] == 1)]["status"].tolist() == ["created"]


def test_a_corrected_row_that_had_not_been_begun_is_just_pushed(desk: Desk) -> None:
    frame = teams("A", "B", "C", "D")
    desk = interrupted(desk, frame, "teams", 2)
    frame.loc[3, "name"] = "Dee"
    assert list(desk.push(frame, "teams")["status"]) == ["created"] * 4
    assert [names_of(desk).count(n) for n in ("A", "B", "C", "D", "Dee")] == [1, 1, 1, 0, 1]


def test_a_corrected_row_that_never_arrived_is_just_pushed(desk: Desk) -> None:
    frame = teams("A", "B")
    desk = interrupted(desk, frame, "teams", 2, "kill before")
    frame.loc[1, "name"] = "Bee"
    assert list(desk.push(frame, "teams")["status"]) == ["created"] * 2
    assert [names_of(desk).count(n) for n in ("A", "B", "Bee")] == [1, 0, 1]


def test_a_row_that_was_made_and_is_to_go_again(desk: Desk) -> None:
    frame = teams("A", "B", "C")
    desk = interrupted(desk, frame, "teams", 2)
    with pytest.raises(PlanError, match="put it in delete=") as caught:
        desk.push(frame.drop(index=1), "teams")
    own = caught.value.problems["value"].tolist()
    result = desk.push(frame.drop(index=1), "teams", delete=own)
    assert list(result["status"]) == ["created", "created", "deleted"]
    assert [names_of(desk).count(n) for n in "ABC"] == [1, 0, 1]


def test_the_original_first_and_then_the_corrected_one(desk: Desk) -> None:
    frame = teams("A", "B")
    desk = interrupted(desk, frame, "teams", 1)
    corrected = teams("Ah", "B")
    with pytest.raises(PlanError, match="Push the frame of then again first"):
        desk.plan(corrected, "teams")
    ids = desk.push(frame, "teams")["id"]
    assert list(desk.push(corrected.assign(id=ids), "teams")["status"]) == ["updated", "unchanged"]


def test_a_push_that_nobody_continues_is_ended_by_hand(desk: Desk) -> None:
    frame = teams("A", "B", "C")
    desk = interrupted(desk, frame, "teams", 2)
    log = journal(desk.account)
    assert not log["ended"].any()
    log = journal(desk.account, close=int(log["push"].iloc[0]))
    assert log["ended"].all()
    # The second one's answer was lost: it was asked for.
    assert log["status"].tolist() == ["created", "created", "not tried"]
    there = desk.read("teams").set_index("id")["name"]
    assert there.loc[log["id"].iloc[:2].tolist()].tolist() == ["A", "B"]
    assert list(desk.push(teams("X", "C"), "teams")["status"]) == ["created", "created"]
    with pytest.raises(PlanError, match="no push 1 that has not ended"):
        journal(desk.account, close=1)


def test_a_push_of_rows_without_an_id_is_ended_by_hand(desk: Desk) -> None:
    frame = desk.read("people/skills").head(3)[["personId", "skillId", "level"]]
    frame["level"] = frame["level"].fillna(0) % 4 + 1
    desk = interrupted(desk, frame, "people/skills", 2, "kill before")
    log = journal(desk.account, close=1)
    assert log["status"].tolist() == ["updated", "unknown", "not tried"]
    assert log["id"].tolist() == frame["skillId"].tolist()


def test_a_natural_key_finds_the_corrected_row(desk: Desk) -> None:
    role = int(desk.read("roles")["id"].iloc[0])
    frame = people(4, role).assign(email=[f"new.{n}@example.com" for n in range(4)])
    desk = interrupted(desk, frame, "people", 2, on="email")
    frame.loc[0, "lastName"] = "Corrected"
    result = desk.push(frame, "people", on="email")
    assert list(result["status"]) == ["updated", "created", "created", "created"]
    there = desk.read("people")
    there = there[there["email"].isin(frame["email"])]
    assert sorted(there["lastName"]) == ["Corrected", "Joiner", "Joiner", "Joiner"]


def test_changed_rows_that_are_corrected_need_no_word(desk: Desk) -> None:
    frame = desk.read("teams").drop(columns="updatedAt")
    frame["name"] = [f"T{n}" for n in range(len(frame))]
    desk = interrupted(desk, frame, "teams", 3)
    frame.loc[0, "name"] = "Corrected"
    result = desk.push(frame)
    assert set(result["status"]) == {"updated"}
    assert names_of(desk) == list(frame["name"])


def test_time_entries_are_finished_first(desk: Desk) -> None:
    rows = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-03").head(3)
    keys = ["date", "personId", "projectId", "roleId", "workstreamId"]
    frame = rows[keys].assign(billableMinutes=[10, 20, 30], nonbillableMinutes=0)
    desk = interrupted(desk, frame, "actuals/time-entry", 2)
    corrected = frame.assign(billableMinutes=[10, 25, 30])
    with pytest.raises(PlanError, match="added time, and would add it again"):
        desk.push(corrected, "actuals/time-entry")
    turned = frame.iloc[::-1]
    assert list(desk.push(turned, "actuals/time-entry")["status"]) == ["created"] * 3
    again = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-03").set_index("id")
    had = rows.set_index("id")["billableMinutes"]
    assert list(again.loc[had.index, "billableMinutes"] - had) == [10, 20, 30]


def test_a_changed_assignment_that_was_half_done_is_finished_first(desk: Desk) -> None:
    frame = desk.read("assignments")
    frame = frame[frame["isActive"] & ~frame["isTemplate"] & (frame["startDate"] > "2026-02-01")]
    frame = frame[frame["minutesPerDay"] != 135].head(3).reset_index(drop=True)
    old = set(frame["id"])
    frame["minutesPerDay"] = 135
    # Made anew, and the old one is still there.
    desk = interrupted(desk, frame, "assignments", 3)
    corrected = frame.copy()
    corrected.loc[1, "minutesPerDay"] = 150
    with pytest.raises(PlanError, match=r"row 1 is id \d+.* now.*put each of these ids"):
        desk.push(corrected)
    result = desk.push(frame.iloc[::-1])
    assert set(result["status"]) == {"updated"}
    assert not old & set(desk.read("assignments")["id"])
    made = [path for method, path, _ in desk.bodies if method == "POST"]
    assert len(made) == 1  # two were made before


def test_leave_that_was_deleted_to_make_room_is_only_made(desk: Desk) -> None:
    frame = desk.read("time-offs/leave")
    long = frame["endDate"] - frame["startDate"] >= pd.Timedelta(days=4)
    frame = frame.loc[long & (frame["startDate"] > "2026-01-01")].head(1)
    frame["endDate"] -= pd.Timedelta(days=1)
    desk = interrupted(desk, frame, "time-offs/leave", 2, "kill before")
    assert list(desk.push(frame)["status"]) == ["updated"]
    assert [method for method, _, _ in desk.bodies] == ["POST"]


def test_custom_fields_in_one_column_are_gone_on_with(desk: Desk) -> None:
    frame = desk.read("projects").head(1)[["id", "customFields"]]
    fields = frame["customFields"].iloc[0]
    fields["text"][0]["value"], fields["date"][0]["value"] = "new", "2031-05-06"
    desk = interrupted(desk, frame, "projects", 1)
    assert list(desk.push(frame, "projects")["status"]) == ["updated"]
    there = desk.read("projects").head(1)["customFields"].iloc[0]
    assert [there[kind][0]["value"] for kind in ("text", "date")] == ["new", "2031-05-06"]


def test_actuals_of_another_day_are_not_left_behind(desk: Desk) -> None:
    frame = actuals_of(desk, 4)
    desk = interrupted(desk, frame, "actuals", 1)
    corrected = frame.copy()
    corrected.loc[0, "date"] = pd.Timestamp("2020-01-10")
    corrected.loc[1, "billableMinutes"] = 5
    with pytest.raises(PlanError, match=r"1 of the rows.*row 0 is id \d+ now") as caught:
        desk.push(corrected, "actuals")
    gone = caught.value.problems["value"].tolist()
    result = desk.push(corrected, "actuals", delete=gone)
    assert list(result["status"])[:2] == ["created", "updated"]
    there = desk.read("actuals", minDate="2020-01-01", maxDate="2020-02-01")
    assert sorted(there["billableMinutes"]) == sorted(corrected["billableMinutes"])


def test_a_push_that_makes_nothing_is_not_in_the_way(desk: Desk) -> None:
    frame = teams("A", "B", "C")
    desk = interrupted(desk, frame, "teams", 2)
    there = desk.read("teams").head(2)
    there["name"] = ["Renamed", "Too"]
    assert list(desk.push(there)["status"]) == ["updated", "updated"]
    whole = desk.read("teams")
    whole.loc[0, "name"] = "Again"
    assert set(desk.push(whole)["status"]) == {"updated", "unchanged"}
    # The interrupted one is still continued.
    assert list(desk.push(frame, "teams")["status"]) == ["created"] * 3
    assert [names_of(desk).count(n) for n in "ABC"] == [1, 1, 1]


def test_a_frame_read_again_does_not_end_an_interrupted_push(desk: Desk) -> None:
    there = desk.read("teams")[["id", "name"]]
    new = pd.DataFrame({"id": pd.array([None] * 3, dtype="Int64"), "name": list("ABC")})
    frame = pd.concat([there, new], ignore_index=True)
    desk = interrupted(desk, frame, "teams", 2)
    again = desk.read("teams")[["id", "name"]]
    again.loc[0, "name"] = "Renamed"
    assert set(desk.push(again, "teams", na="omit")["status"]) == {"updated", "unchanged"}
    frame.loc[0, "name"] = "Renamed"
    result = desk.push(frame, "teams")
    assert list(result["status"])[-3:] == ["created"] * 3
    assert [names_of(desk).count(n) for n in "ABC"] == [1, 1, 1]


def test_two_interrupted_pushes_are_both_kept_in_mind(desk: Desk) -> None:
    first, second = teams("A", "B"), desk.read("teams").head(2)
    second["name"] = ["Renamed", "Too"]
    desk = interrupted(desk, first, "teams", 1)
    desk.wire.fault_at(1, "kill after")
    with pytest.raises(Killed):
        desk.push(second)
    desk.wire.heal()
    with pytest.raises(PlanError, match="push 1 was interrupted"):
        desk.push(teams("Ah", "B"), "teams")
    assert set(desk.push(second)["status"]) == {"updated"}
    assert list(desk.push(first, "teams")["status"]) == ["created"] * 2
    assert [names_of(desk).count(n) for n in "AB"] == [1, 1]
    assert journal(desk.account)["ended"].all()


def test_an_unrelated_frame_of_new_rows_is_told(desk: Desk) -> None:
    desk = interrupted(desk, teams("A", "B"), "teams", 1)
    with pytest.raises(PlanError, match=r"rp\.journal\(close=1\) ends that push"):
        desk.push(teams("X"), "teams")
    assert list(desk.push(pd.DataFrame({"name": ["S"]}), "skills")["status"]) == ["created"]


def test_an_undo_of_an_interrupted_push_ends_it(desk: Desk) -> None:
    frame = teams("A", "B", "C")
    plan = desk.plan(frame, "teams")
    desk.wire.fault_at(2, "kill before")
    with pytest.raises(Killed):
        plan.apply()
    desk.wire.heal()
    assert plan.undo().apply()["status"].tolist()[0] == "deleted"
    assert "A" not in names_of(desk)
    assert list(desk.push(frame, "teams")["status"]) == ["created"] * 3
    assert [names_of(desk).count(n) for n in "ABC"] == [1, 1, 1]


# -- the same frame again: looked at, not taken for granted


def test_a_row_done_earlier_is_looked_at_again(desk: Desk) -> None:
    frame = desk.read("teams")
    frame["name"] = [f"T{n}" for n in range(len(frame))]
    desk = interrupted(desk, frame, "teams", 3)
    first, second = (int(i) for i in frame["id"].iloc[:2])
    desk.account.request("PATCH", f"teams/{first}", json={"name": "Theirs"})
    result = desk.push(frame)
    assert result["status"].iloc[0] == "conflict"
    assert set(result["status"].iloc[1:]) == {"updated"}
    assert names_of(desk)[:2] == ["Theirs", "T1"]
    assert result["id"].iloc[1] == second
    # Without a version in the frame, the frame's value is the one that is meant.
    assert desk.push(frame, conflict="overwrite")["status"].iloc[0] == "updated"


def test_a_changed_row_that_is_gone_is_told(desk: Desk) -> None:
    frame = desk.read("teams")
    frame["name"] = [f"T{n}" for n in range(len(frame))]
    desk = interrupted(desk, frame, "teams", 3)
    own = int(frame["id"].iloc[1])
    desk.account.request("DELETE", f"teams/{own}")
    with pytest.raises(PlanError, match=rf"row 1.*{own}.*not in the account any more"):
        desk.push(frame)
    result = desk.push(frame.drop(index=1))
    assert set(result["status"]) == {"updated"}


def test_what_runn_moves_besides_is_not_taken_for_anothers_change(desk: Desk) -> None:
    frame = desk.read("budget-roles").head(3)
    frame["estimatedMinutes"] += 60
    desk = interrupted(desk, frame, "budget-roles", 2)
    # The budget follows the minutes, so the frame's is not the account's any more.
    assert list(desk.push(frame)["status"]) == ["updated"] * 3


def test_an_actual_made_earlier_and_deleted_since_is_made_again(desk: Desk) -> None:
    frame = actuals_of(desk, 130)
    desk = interrupted(desk, frame, "actuals", 2)
    there = desk.read("actuals", minDate="2020-01-01", maxDate="2020-02-01")
    desk.account.request("DELETE", f"actuals/{there['id'].iloc[0]}")
    result = desk.push(frame, "actuals")
    assert set(result["status"]) == {"created"}
    again = desk.read("actuals", minDate="2020-01-01", maxDate="2020-02-01")
    assert sorted(again["billableMinutes"]) == sorted(frame["billableMinutes"])


def test_a_row_made_earlier_and_deleted_since_is_made_again(desk: Desk) -> None:
    frame = teams("A", "B", "C")
    desk = interrupted(desk, frame, "teams", 2)
    own = desk.read("teams").set_index("name")["id"]["A"]
    desk.account.request("DELETE", f"teams/{own}")
    result = desk.push(frame, "teams")
    assert list(result["status"]) == ["created"] * 3
    assert [names_of(desk).count(n) for n in "ABC"] == [1, 1, 1]


@pytest.mark.parametrize("bulk", [False, True])
def test_what_was_refused_is_tried_again(desk: Desk, bulk: bool) -> None:
    if bulk:
        resource, frame = "actuals", actuals_of(desk, 3)
        frame.loc[0, "roleId"] = 999_999
        at = 3
    else:
        resource, frame = "people", people(3, 999_999)
        frame.loc[1:, "roleId"] = int(desk.read("roles")["id"].iloc[0])
        at = 2
    desk = interrupted(desk, frame, resource, at)
    # What was missing is put right in the account.
    roles = desk.demo.company.tables["roles"]
    some = next(iter(roles.values()))
    roles[999_999] = {**some, "id": 999_999, "name": "Late"}
    result = desk.push(frame, resource)
    assert list(result["status"]) == ["created"] * 3, result["error"].tolist()


# -- killed for good, on a real socket


def killed(folder: Path, number: int, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Any:
    """SIGKILL in a push of twelve new people; give the account, the frame and the next one."""
    demo = new_demo()
    child: list[subprocess.Popen[bytes]] = []
    seen = [0]

    def kill(request: Request) -> None:
        seen[0] += request.method != "GET"
        if seen[0] == number and child[0].poll() is None:
            os.kill(child[0].pid, signal.SIGKILL)
            child[0].wait()

    with served(demo) as url:
        account = Account(url, "demo", cache_dir=folder / "cache", max_age=0)
        role = int(rp.read_runn("roles", account=account)["id"].iloc[0])
        frame = people(12, role)
        file = folder / "frame.pickle"
        pd.to_pickle(("people", frame, {}), file)
        demo.after = kill
        started = subprocess.Popen(
            [sys.executable, "-c", CHILD, url, str(folder / "cache"), str(file)],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        child.append(started)
        _, errors = started.communicate(timeout=60)
        assert started.returncode == -signal.SIGKILL, errors.decode()
        demo.after = None
        following = change(frame)
        try:
            result: Any = push_quietly(following, "people", account=account)
        except PlanError as error:
            result = error
            ids = following.index.map(error.problems.set_index("row")["value"])
            again = following.assign(id=pd.array(list(ids), dtype="Int64"))
            push_quietly(again, "people", account=account)
        there = rp.read_runn("people", account=account, max_age=0)
        there = there[there["lastName"].isin(["Joiner", "Corrected"])]
        account.session.close()
    return result, following, sorted(zip(there["firstName"], there["lastName"], strict=True))


def corrected(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    frame.loc[2, "lastName"] = "Corrected"
    return frame


def resorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sample(frac=1, random_state=5)


@pytest.mark.parametrize(
    ("number", "change"),
    [
        pytest.param(5, resorted, id="another order"),
        pytest.param(5, corrected, id="corrected"),
        *(
            pytest.param(n, change, marks=pytest.mark.slow, id=f"{change.__name__}-{n}")
            for n in (1, 2, 3, 4, 8, 12)
            for change in (resorted, corrected)
        ),
    ],
)
def test_killed_and_then_another_frame(tmp_path: Path, number: int, change: Any) -> None:
    result, following, there = killed(tmp_path, number, change)
    assert there == sorted(zip(following["firstName"], following["lastName"], strict=True))
    if change is corrected and number > 2:
        assert isinstance(result, PlanError)
    else:
        assert set(result["status"]) == {"created"}
