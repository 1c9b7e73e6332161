"""Promises 10 to 17, and what newcomers and auditors found, each as one sentence."""

from __future__ import annotations

import stat
import threading
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from runn_pandas.errors import ConfigError, PlanError, PlanWarning
from runn_pandas.pushing import api
from runn_pandas.pushing.journal import Journal, journal_path
from tests.support.desk import Desk, account_of, desk_of, new_demo
from tests.support.pushes import actuals_of

from .support import plan, push, statuses, undo

CLIENTS = pd.DataFrame({"name": ["Northwind", "Northwind", "Umbra"]})


def renamed(desk: Desk, name: str = "Mine") -> pd.DataFrame:
    teams = desk.read("teams")
    teams.loc[0, "name"] = name
    return teams


# -- a plan (10, 11)


def test_a_plan_shows_field_by_field_what_changes_and_sends_nothing(desk: Desk) -> None:
    frame = renamed(desk)
    since = desk.mark()
    found = plan(desk, frame)
    assert found.changes[["field", "new"]].to_numpy().tolist() == [["name", "Mine"]]
    assert found.requests == 1
    assert desk.writes(since) == []


def test_a_bad_cell_stops_the_push_and_all_bad_cells_are_listed(desk: Desk) -> None:
    frame = actuals_of(desk, 3).astype(object)
    frame.loc[0, "date"] = "soon"
    frame.loc[2, "billableMinutes"] = 7.5
    with pytest.raises(PlanError) as caught:
        push(desk, frame, "actuals")
    problems = caught.value.problems
    assert set(zip(problems["row"], problems["column"], strict=True)) == {
        (0, "date"),
        (2, "billableMinutes"),
    }
    assert desk.writes() == []


def test_a_push_sends_only_what_differs(desk: Desk) -> None:
    assert statuses(desk, renamed(desk)).count("updated") == 1
    assert [body for *_, body in desk.bodies] == [{"name": "Mine"}]


def test_nothing_is_deleted_unless_delete_names_it(desk: Desk) -> None:
    teams = desk.read("teams")
    assert set(statuses(desk, teams.iloc[1:])) == {"unchanged"}
    assert len(desk.read("teams")) == len(teams)
    new = push(desk, pd.DataFrame({"name": ["Passing"]}), "teams")
    own = int(new["id"].iloc[0])
    assert statuses(desk, desk.read("teams"), delete=[own])[-1] == "deleted"


def test_many_empty_cells_are_refused_unless_it_is_said_what_they_mean(desk: Desk) -> None:
    people = desk.read("people").assign(teamId=pd.NA)
    with pytest.raises(PlanError, match="would be cleared"):
        plan(desk, people)
    assert plan(desk, people, na="omit").requests == 0
    assert plan(desk, people, na="unset").requests > 10


# -- conflicts (12)


def test_a_record_that_somebody_changed_since_is_left_and_reported(desk: Desk) -> None:
    frame = renamed(desk)
    own = int(frame["id"].iloc[0])
    desk.account.request("PATCH", f"teams/{own}", json={"name": "Theirs"})
    assert statuses(desk, frame)[0] == "conflict"
    assert desk.read("teams")["name"].iloc[0] == "Theirs"
    with pytest.raises(PlanError):
        push(desk, frame, conflict="raise")
    assert statuses(desk, frame, conflict="overwrite")[0] == "updated"


def test_an_own_earlier_push_is_no_conflict(desk: Desk) -> None:
    frame = renamed(desk)
    assert statuses(desk, frame)[0] == "updated"
    frame.loc[0, "name"] = "Mine again"
    assert statuses(desk, frame)[0] == "updated"


def test_a_change_by_others_between_two_own_pushes_is_a_conflict(desk: Desk) -> None:
    first = renamed(desk)
    push(desk, first)
    own = int(first["id"].iloc[0])
    desk.account.request("PATCH", f"teams/{own}", json={"name": "Theirs"})
    push(desk, renamed(desk, "Mine, later"))
    first.loc[0, "name"] = "Mine, from the first read"
    assert statuses(desk, first)[0] == "conflict"


def test_a_frame_without_versions_says_that_changes_by_others_cannot_be_detected(
    desk: Desk,
) -> None:
    found = plan(desk, renamed(desk).drop(columns="updatedAt"))
    assert any("Changes by others cannot be detected" in note for note in found.notes)


def test_a_plan_that_others_overtook_is_a_conflict_when_it_is_applied(desk: Desk) -> None:
    found = plan(desk, renamed(desk))
    push(desk, renamed(desk, "Quicker"))
    own = int(desk.read("teams")["id"].iloc[0])
    desk.account.request("PATCH", f"teams/{own}", json={"name": "Theirs"})
    assert found.apply()["status"].iloc[0] == "conflict"


# -- running again (14)


@pytest.mark.parametrize(
    ("resource", "columns"),
    [
        ("clients", {"name": ["A", "A", "B"]}),
        ("teams", {"name": ["A", "A"]}),
        ("people-tags", {"name": ["fast", "slow"]}),
    ],
)
def test_the_same_cell_run_again_creates_nothing_and_equal_rows_count(
    desk: Desk, resource: str, columns: dict[str, Any]
) -> None:
    frame = pd.DataFrame(columns)
    first = push(desk, frame, resource)
    assert set(first["status"]) == {"created"}
    again = push(desk, frame.iloc[::-1], resource)
    assert set(again["status"]) == {"unchanged"}
    assert set(again["id"]) == set(first["id"])
    more = pd.concat([frame, frame.head(1)], ignore_index=True)
    assert statuses(desk, more, resource).count("created") == 1
    assert set(statuses(desk, frame, resource, repeat=True)) == {"created"}


def test_two_pushes_at_once_on_one_machine_refuse_the_second(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runn_pandas.private_files.PATIENCE", 0.05)
    journal = Journal(journal_path(desk.account))
    frame = renamed(desk)
    with journal.alone(), pytest.raises(ConfigError, match="another push"):
        push(desk, frame)
    assert desk.writes() == []
    assert statuses(desk, frame)[0] == "updated"


def test_a_plan_applied_twice_sends_nothing_twice(desk: Desk) -> None:
    found = plan(desk, CLIENTS, "clients")
    assert set(found.apply()["status"]) == {"created"}
    assert set(found.apply()["status"]) == {"unchanged"}


def test_a_journal_that_is_damaged_is_a_clear_error_and_nothing_is_sent(desk: Desk) -> None:
    path = journal_path(desk.account)
    push(desk, renamed(desk))
    since = desk.mark()
    for file in path.parent.glob("journal.sqlite*"):
        file.write_bytes(b"not a database" * 100)
    with pytest.raises(Exception, match="journal") as caught:
        push(desk, renamed(desk, "Later"))
    assert type(caught.value).__name__ == "ConfigError"
    assert desk.writes(since) == []


def test_the_journal_is_private_and_holds_no_token(desk: Desk) -> None:
    push(desk, renamed(desk))
    path = journal_path(desk.account)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"Bearer" not in path.read_bytes()


def test_the_journal_lists_pushes_and_of_one_push_its_fields(desk: Desk) -> None:
    push(desk, renamed(desk))
    push(desk, CLIENTS, "clients")
    pushes = api.journal(desk.account)
    assert pushes["resource"].tolist() == ["clients", "teams"]
    assert pushes["created"].tolist() == [3, 0]
    fields = api.journal(desk.account, int(pushes["push"].iloc[1]))
    assert fields[["field", "new"]].to_numpy().tolist() == [["name", "Mine"]]
    api.journal(desk.account, clear=int(pushes["push"].iloc[0]))
    assert len(api.journal(desk.account)) == 1


# -- undo (15)


def test_an_undo_deletes_what_was_created_and_restores_what_was_changed(desk: Desk) -> None:
    before = desk.read("teams")
    new = pd.concat([renamed(desk), pd.DataFrame({"name": ["Passing"]})], ignore_index=True)
    push(desk, new, "teams")
    back = undo(desk, int(api.journal(desk.account)["push"].iloc[0])).apply()
    assert set(back["status"]) == {"updated", "deleted"}
    after = desk.read("teams")
    assert after["name"].tolist() == before["name"].tolist()


def test_an_undo_leaves_what_others_changed_since(desk: Desk) -> None:
    made = plan(desk, renamed(desk))
    made.apply()
    own = int(desk.read("teams")["id"].iloc[0])
    desk.account.request("PATCH", f"teams/{own}", json={"name": "Theirs"})
    assert made.undo().apply()["status"].tolist() == ["conflict"]


def test_what_cannot_be_taken_back_is_named(desk: Desk) -> None:
    made = plan(desk, CLIENTS, "clients")
    made.apply()
    back = made.undo()
    assert back.requests == 0
    assert any("the API deletes no 'clients'" in note for note in back.notes)


def test_actuals_and_time_entries_are_taken_back(desk: Desk) -> None:
    rows = actuals_of(desk, 3)
    made = plan(desk, rows, "actuals")
    made.apply()
    entry = rows[["date", "personId", "projectId", "roleId"]].assign(billableMinutes=30)
    added = plan(desk, entry, "actuals/time-entry")
    assert set(added.apply()["status"]) == {"created"}
    assert set(added.undo().apply()["status"]) == {"updated"}
    assert set(statuses(desk, rows, "actuals")) == {"unchanged"}
    assert set(made.undo().apply()["status"]) == {"deleted"}


# -- what newcomers and auditors found


@pytest.mark.parametrize(
    "lose", [lambda f: f.drop(columns="id"), lambda f: f.set_index("id").reset_index(drop=True)]
)
def test_a_frame_that_lost_its_ids_creates_nothing(desk: Desk, lose: Any) -> None:
    frame = lose(desk.read("clients"))
    with pytest.raises(PlanError, match="lost its column 'id'"):
        push(desk, frame)
    assert desk.writes() == []
    assert plan(desk, frame, new=True).requests > 0


@pytest.mark.parametrize("lose", [lambda f: f, lambda f: f.drop(columns="id")])
def test_a_frame_of_another_account_is_refused_also_where_it_is_named(
    desk: Desk, tmp_path: Path, lose: Any
) -> None:
    other = desk_of(new_demo(30), tmp_path / "other", token="demo-other")
    frame = lose(other.read("people").drop(columns="createdAt")).assign(firstName="Theirs")
    with pytest.raises(PlanError):
        push(desk, frame, "people", new=True)
    assert desk.writes() == []


def test_a_renewed_token_is_the_same_account_where_its_records_confirm_it(
    desk: Desk, tmp_path: Path
) -> None:
    frame = renamed(desk)
    renewed = account_of(desk.demo, tmp_path / "renewed", token="demo-renewed")
    result = api.push(frame, account=renewed)
    assert list(result["status"]).count("updated") == 1


def test_after_five_refusals_with_one_reason_the_rest_is_not_tried(desk: Desk) -> None:
    frame = actuals_of(desk, 300)
    desk.wire.refuse("/actuals/", "/actuals/bulk/", "/actuals", "/actuals/bulk")
    result = push(desk, frame, "actuals")
    assert list(result["status"]).count("failed") == 5
    assert list(result["status"]).count("not tried") == 295
    assert "not today" in result["error"].iloc[-1]
    assert len(desk.bodies) < 30


def test_a_plan_notes_days_after_today(desk: Desk) -> None:
    frame = actuals_of(desk, 3).assign(date="2031-01-06")
    assert any("after today" in note for note in plan(desk, frame, "actuals").notes)


def test_a_time_with_a_zone_is_no_date(desk: Desk) -> None:
    frame = actuals_of(desk, 2).astype(object)
    frame.loc[1, "date"] = pd.Timestamp("2026-05-04", tz="Europe/Paris")
    with pytest.raises(PlanError) as caught:
        plan(desk, frame, "actuals")
    assert caught.value.problems[["row", "column"]].to_numpy().tolist() == [[1, "date"]]


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame({"name": []})])
def test_an_empty_frame_says_so_and_gives_an_empty_result(desk: Desk, frame: Any) -> None:
    with pytest.warns(PlanWarning, match="no rows"):
        result = api.push(frame, account=desk.account)
    assert len(result) == 0


def test_minutes_that_look_like_hours_need_a_confirmation(desk: Desk) -> None:
    frame = actuals_of(desk, 3).assign(billableMinutes=8, nonbillableMinutes=0)
    with pytest.raises(PlanError, match="hours"):
        push(desk, frame, "actuals")
    assert set(statuses(desk, frame, "actuals", confirm=True)) == {"created"}


def test_leave_that_runn_would_merge_is_refused_with_what_to_do(desk: Desk) -> None:
    leave = desk.read("time-offs/leave")
    one = leave[leave["minutesPerDay"].isna()].iloc[0]
    new = pd.DataFrame(
        {
            "personId": [int(one["personId"])],
            "startDate": [one["endDate"] + pd.Timedelta(days=1)],
            "endDate": [one["endDate"] + pd.Timedelta(days=2)],
        }
    )
    with pytest.raises(PlanError, match="Push one leave from"):
        plan(desk, new, "time-offs/leave")
    same = leave.loc[[one.name], ["personId", "startDate", "endDate", "minutesPerDay"]]
    assert statuses(desk, pd.DataFrame(same.to_dict("list")), "time-offs/leave") == ["unchanged"]


def test_warnings_point_at_the_users_own_line(desk: Desk) -> None:
    frame = renamed(desk).drop(columns="updatedAt")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        api.push(frame, account=desk.account)
    assert {Path(one.filename).name for one in caught} == {Path(__file__).name}


def test_plans_from_two_threads_do_not_disturb_each_other(desk: Desk) -> None:
    found: list[int] = []
    frame = renamed(desk)
    threads = [
        threading.Thread(target=lambda: found.append(plan(desk, frame).requests)) for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [1, 1, 1, 1]


# -- the cost


@pytest.mark.parametrize(
    ("resource", "column", "value"),
    [
        ("people", "lastName", "X"),
        ("actuals", "billableMinutes", 33),
        ("assignments", "minutesPerDay", 33),
        ("time-offs/leave", "note", "X"),
        ("contracts", "costPerHour", 77),
        ("phases", "name", "X"),
    ],
)
def test_one_changed_cell_of_a_list_that_was_just_read_costs_at_most_four_requests(
    tmp_path: Path, resource: str, column: str, value: Any
) -> None:
    import runn_pandas as rp

    desk = desk_of(new_demo(), tmp_path / "cache", max_age=900)
    frame = rp.read_runn(resource, account=desk.account)
    frame.loc[frame.index[5], column] = value
    since = desk.mark()
    assert statuses(desk, frame).count("updated") == 1
    assert len(desk.asked(since)) <= 4


def test_250_new_actuals_are_three_bulk_calls_and_then_none(desk: Desk) -> None:
    frame = actuals_of(desk, 250)
    assert set(statuses(desk, frame, "actuals")) == {"created"}
    assert len(desk.bodies) == 3
    assert set(statuses(desk, frame, "actuals")) == {"unchanged"}
    assert len(desk.bodies) == 3


def test_1000_changed_actuals_are_ten_writes(desk: Desk) -> None:
    frame = desk.read("actuals", minDate="2026-01-01").head(1000)
    frame["nonbillableMinutes"] = frame["nonbillableMinutes"] + 15
    assert set(statuses(desk, frame)) == {"updated"}
    assert len(desk.bodies) == 10
