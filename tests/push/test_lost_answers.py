"""Answers that are lost: what was sent is found as Runn wrote it, late, or under any id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.support.desk import Desk, desk_of
from tests.support.faults import Killed, low_ids, normalised
from tests.support.pushes import actuals_of, names_of, teams


def person(desk: Desk, email: str) -> pd.DataFrame:
    role = int(desk.read("roles")["id"].iloc[0])
    who = {"firstName": [" Ada "], "lastName": ["Lost"], "email": [email], "roleId": [role]}
    return pd.DataFrame(who)


def expense(desk: Desk) -> pd.DataFrame:
    project = int(desk.read("projects")["id"].iloc[0])
    return pd.DataFrame(
        {
            "projectId": [project],
            "date": pd.to_datetime(["2026-03-02"]),
            "name": ["Train"],
            "cost": [72.1035],
            "charge": [0],
        }
    )


@pytest.mark.parametrize("resource", ["teams", "clients"])
@pytest.mark.parametrize("count", [1, 3])
def test_what_is_carried_out_late_is_not_sent_again(desk: Desk, resource: str, count: int) -> None:
    desk.wire.fault_at(1, "late")
    frame = teams("Late", *["Later", "Latest"][: count - 1])
    result = desk.push(frame, resource)
    assert list(result["status"]) == ["created"] * count
    assert result["attempts"].tolist() == [1] * count
    names = desk.read(resource)["name"].tolist()
    assert [names.count(name) for name in frame["name"]] == [1] * count


def test_added_time_that_arrives_late_is_added_once(desk: Desk) -> None:
    desk.wire.fault_at(1, "late")
    result = desk.push(actuals_of(desk, 1), "actuals/time-entry")
    assert list(result["status"]) == ["created"]
    actuals = desk.read("actuals").set_index("id")
    assert actuals.loc[result["id"].iloc[0], "billableMinutes"] == 60


def test_the_waits_for_what_is_late_are_some_seconds_and_told(desk: Desk, monkeypatch: Any) -> None:
    slept: list[float] = []
    monkeypatch.setattr(desk.account.session, "_sleep", slept.append)
    desk.wire.fault_at(1, "before")
    assert list(desk.push(teams("Once"), "teams")["status"]) == ["created"]
    assert 1 < sum(slept) < 10
    assert names_of(desk).count("Once") == 1


@pytest.mark.parametrize("fault", ["after", "late"])
def test_what_runn_normalises_is_found(desk: Desk, fault: str) -> None:
    desk.wire.rewrites = normalised
    desk.wire.fault_at(1, fault)
    result = desk.push(person(desk, " Ada.Lost@Example.COM"), "people")
    assert list(result["status"]) == ["created"]
    people = desk.read("people").query("lastName == 'Lost'")
    assert people["email"].tolist() == ["ada.lost@example.com"]
    assert people["id"].tolist() == result["id"].tolist()


def test_what_runn_rewrites_past_recognition_is_unknown_and_sent_once(desk: Desk) -> None:
    desk.wire.rewrites = lambda body: {**body, "name": f"Team {body['name']}"}
    desk.wire.fault_at(1, "after")
    result = desk.push(teams("Blue"), "teams")
    assert list(result["status"]) == ["unknown"]
    assert "look in Runn" in result["error"].iloc[0]
    assert names_of(desk).count("Team Blue") == 1
    # Pushed again it is not made a second time either.
    with pytest.raises(ValueError, match="in doubt"):
        desk.push(teams("Blue"), "teams")
    assert names_of(desk).count("Team Blue") == 1


def test_an_amount_that_runn_rounds_is_unknown_and_sent_once(desk: Desk) -> None:
    frame = expense(desk)
    before = len(desk.read("other-expenses"))
    desk.wire.rewrites = lambda body: {**body, "cost": 72.1}
    desk.wire.fault_at(1, "after")
    assert list(desk.push(frame, "other-expenses")["status"]) == ["unknown"]
    assert len(desk.read("other-expenses")) == before + 1


def test_new_records_of_others_that_are_no_candidates_are_no_doubt(desk: Desk) -> None:
    """Somebody else's expense of another project is not taken for the lost one."""
    frame = expense(desk)
    other = int(desk.read("projects")["id"].iloc[1])
    body = {"date": "2026-03-02", "name": "Train", "cost": 1, "charge": 0}
    lost = desk.wire.fault

    def meanwhile(method: str, path: str) -> str:
        if method == "POST" and not done:
            done.append(1)
            desk.wire.fault = lost
            desk.account.request("POST", f"projects/{other}/other-expenses/", json=body)
            return "before"
        return ""

    done: list[int] = []
    desk.wire.fault = meanwhile
    result = desk.push(frame, "other-expenses")
    assert list(result["status"]) == ["created"]


@pytest.mark.parametrize(
    ("resource", "status"), [("teams", "created"), ("clients", "unknown"), ("people", "unknown")]
)
@pytest.mark.parametrize("fault", ["after", "late"])
def test_a_record_under_a_low_id_is_made_once(
    desk: Desk, resource: str, status: str, fault: str
) -> None:
    """Where the plan has read the list it is found, elsewhere its stamp makes it doubtful."""
    frame = person(desk, "a@example.com") if resource == "people" else teams("Low")
    low_ids(desk.demo)
    desk.wire.fault_at(1, fault)
    before = len(desk.read(resource))
    result = desk.push(frame, resource)
    assert list(result["status"]) == [status]
    assert len(desk.read(resource)) == before + 1


@pytest.mark.parametrize("resource", ["teams", "clients", "people"])
def test_low_ids_are_taken_as_they_come(desk: Desk, resource: str) -> None:
    frame = person(desk, "a@example.com") if resource == "people" else teams("L", "M", "N")
    low_ids(desk.demo)
    before = set(desk.read(resource)["id"])
    result = desk.push(frame, resource)
    assert set(result["status"]) == {"created"}
    assert set(result["id"]) == set(desk.read(resource)["id"]) - before


def test_a_push_that_was_killed_finds_what_runn_normalised(desk: Desk, tmp_path: Path) -> None:
    desk.wire.rewrites = normalised
    desk.wire.fault_at(1, "kill after")
    frame = person(desk, "Ada.Lost@Example.COM")
    with pytest.raises(Killed):
        desk.push(frame, "people")
    again = desk_of(desk.demo, tmp_path / "cache")
    assert list(again.push(frame, "people")["status"]) == ["created"]
    assert again.read("people")["lastName"].tolist().count("Lost") == 1
