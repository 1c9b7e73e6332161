"""What one sync alone could tell of rows that are gone, and a list that did not hear of it."""

from __future__ import annotations

import hashlib
import json

import pandas as pd
import pytest

import runn_pandas as rp
from tests.support.desk import Desk
from tests.support.mirrors import modes, same, whole_at

DAY = 86_400.0


def forget_person(desk: Desk, person: int) -> None:
    """Delete a person with all that is theirs, and without an event."""
    company = desk.demo.company
    before = set(company.tables["activity-log"])
    desk.account.request("DELETE", f"people/{person}", {"force": True})
    for key in set(company.tables["activity-log"]) - before:
        company.remove("activity-log", key)


def without(desk: Desk, mirror: rp.Mirror, name: str, full_every: float | None = None) -> None:
    """Sync while a list is refused that the plan may not have."""
    desk.wire.fault = lambda method, path: "refused 403" * (path.strip("/") == name)
    assert modes(mirror.sync(full_every=full_every))[name] == "refused: 403"
    desk.wire.heal()


@pytest.mark.parametrize("name", ["contracts", "time-offs/leave"])
def test_a_list_that_was_refused_when_a_person_was_missed_is_read_whole(
    desk: Desk, name: str
) -> None:
    desk.mirror("people", "contracts", "time-offs/leave").sync()
    mirror = desk.mirror()
    person = int(mirror.read(name)["personId"].mode()[0])
    forget_person(desk, person)
    without(desk, mirror, name)
    assert person in set(mirror.read(name)["personId"])
    result = mirror.sync().set_index("resource")
    assert result.loc[name, "mode"] == "full: people was synced without it"
    assert result.loc[name, "deleted"] > 0
    assert result.loc[["contracts", "time-offs/leave"], "mode"].tolist().count("modifiedAfter") == 1
    same(mirror, desk.account)
    assert modes(mirror.sync())[name] == "modifiedAfter"


def test_a_list_without_logged_deletions_too(desk: Desk) -> None:
    desk.mirror("people", "project-members").sync()
    mirror = desk.mirror()
    forget_person(desk, int(mirror.read("project-members")["personId"].mode()[0]))
    without(desk, mirror, "project-members", full_every=7)
    result = mirror.sync(full_every=7).set_index("resource")
    assert result.loc["project-members", "mode"] == "full: people was synced without it"
    same(mirror, desk.account)


def test_a_damaged_list_of_people_tells_nothing_of_who_is_gone(desk: Desk) -> None:
    mirror = desk.mirror("people", "contracts", "project-members", "skills")
    mirror.sync()
    forget_person(desk, int(mirror.read("contracts")["personId"].mode()[0]))
    mirror.files("people")[0].write_bytes(b"PAR1")
    found = modes(mirror.sync(full_every=7))
    assert found["people"] == "full: a file was damaged"
    assert found["contracts"] == found["project-members"] == "full: people was damaged"
    same(mirror, desk.account)


def test_a_state_without_numbers_tells_by_its_times_what_was_refused(desk: Desk) -> None:
    desk.mirror("people", "contracts", "assignments").sync()
    mirror = desk.mirror()
    forget_person(desk, int(mirror.read("contracts")["personId"].mode()[0]))
    without(desk, mirror, "contracts")
    # As it was written before tables had numbers.
    file = mirror.path / "state.json"
    state = json.loads(file.read_bytes())["state"]
    for table in state["tables"].values():
        del table["number"], table["whole"]
    seal = hashlib.sha256(json.dumps(state).encode()).hexdigest()
    file.write_text(json.dumps({"format": 1, "sha256": seal, "state": state}), encoding="utf-8")
    found = modes(mirror.sync())
    assert found["contracts"] == "full: people was synced without it"
    assert found["assignments"] == "modifiedAfter"
    same(mirror, desk.account)


@pytest.mark.parametrize(
    ("at_first", "later"), [(5 * DAY, 0.0), (5 * DAY, 5 * DAY), (0.0, -5 * DAY)]
)
def test_the_period_is_measured_by_the_clock_of_the_server(
    desk: Desk, at_first: float, later: float
) -> None:
    mirror = desk.mirror("project-members", "contracts", "people")
    now = mirror._clock()

    def at(days: float, wrong: float) -> pd.DataFrame:
        desk.account.session.ahead = -wrong
        mirror._clock = lambda: now + days * DAY + wrong
        return mirror.sync(full_every=7).set_index("resource")

    at(0, at_first)
    desk.demo.company.remove("project-members", int(mirror.read("project-members")["id"].iloc[0]))
    assert abs(mirror._state().tables["project-members"].full_at - now) < 60
    began = whole_at(mirror, "project-members")
    assert began in at(6, later).loc["project-members", "mode"]
    assert at(8, later).loc["project-members", "mode"] == "full: deletions are not logged"
    same(mirror, desk.account)


def test_a_row_that_moved_to_the_place_of_another_tells_that_it_is_gone(
    desk: Desk,
) -> None:
    company, table = desk.demo.company, "project-members"
    mirror = desk.mirror(table, "roles", "people")
    mirror.sync()
    gone, moved = (company.tables[table][id_] for id_ in mirror.read(table)["id"].iloc[:2])
    place = {name: gone[name] for name in ("projectId", "personId", "roleId", "workstreamId")}
    company.remove(table, gone["id"])
    company.put(table, moved["id"], {**moved, **place, "updatedAt": company.now})
    result = mirror.sync(full_every=7).set_index("resource")
    assert result.loc[table, ["mode", "deleted"]].tolist() == ["full: rows were made anew", 1]
    same(mirror, desk.account)
