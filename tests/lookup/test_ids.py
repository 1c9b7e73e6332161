"""Names to ids: what is found, what is told of the rest, and what a push leaves out."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.errors import FilterError, FrameError, PlanError, TimesheetWarning
from runn_pandas.lookup.suggested_match import suggested_match
from tests.support.desk import Desk, account_of, desk_of, new_demo

MATCH: Any = {"personId": {"email": "Email"}, "projectId": {"name": "Project"}}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    own = desk_of(new_demo(), tmp_path / "cache")
    rp.use(own.account)
    return own


def sheet(**columns: Any) -> pd.DataFrame:
    """Two actuals as a file has them."""
    return pd.DataFrame(
        {
            "date": ["2026-06-01", "2026-06-02"],
            "Email": ["Ada.Abebe@example.com ", "hana.haddad@example.com"],
            "Project": ["Basalt website", "heath  CHATBOT"],
            "roleId": [11004, 11012],
            "billableMinutes": [60, 90],
            **columns,
        }
    )


# -- found


def test_ids_stand_in_the_place_of_the_names(desk: Desk) -> None:
    found = sheet().set_axis(["a", "b"]).runn.ids(MATCH)
    assert list(found.columns) == ["date", "personId", "projectId", "roleId", "billableMinutes"]
    assert found["personId"].tolist() == [310011, 310015]
    assert found["projectId"].tolist() == [480014, 480037]
    assert found["personId"].dtype == "Int64"
    assert list(found.index) == ["a", "b"]


def test_a_push_finds_them_as_the_frame_does_alone(desk: Desk) -> None:
    alone = desk.plan(sheet().runn.ids(MATCH), "actuals")
    pd.testing.assert_frame_equal(desk.plan(sheet(), "actuals", match=MATCH).changes, alone.changes)
    done = sheet().runn.push("actuals", match=MATCH)
    assert done["status"].tolist() == ["created", "created"]
    assert sheet().runn.push("actuals", match=MATCH)["status"].tolist() == ["unchanged"] * 2


def test_ids_are_the_way_back_from_names(desk: Desk) -> None:
    read = desk.read("assignments").head(20)
    named = read.runn.names()
    pd.testing.assert_frame_equal(named.runn.ids(), read)
    keys = ["personId", "projectId", "roleId"]
    back = named.drop(columns=keys).runn.ids()
    pd.testing.assert_frame_equal(back[keys], read[keys])
    assert not [column for column in back if column.endswith("Name")]


def test_names_in_the_index_are_found_too(desk: Desk) -> None:
    by_person = sheet().set_index("Email")
    assert by_person.runn.ids({"personId": {"email": "Email"}})["personId"].tolist() == [
        310011,
        310015,
    ]


def test_a_row_without_a_name_keeps_its_id_or_has_none(desk: Desk) -> None:
    frame = sheet(personId=[1, 310023], Email=["ada.abebe@example.com", None], Project=[None, ""])
    found = frame.runn.ids(MATCH)
    assert found["personId"].tolist() == [310011, 310023]
    assert found["projectId"].isna().all()
    assert list(found.columns)[:3] == ["date", "projectId", "roleId"]


def test_tables_that_are_given_are_looked_in(desk: Desk) -> None:
    since = desk.mark()
    clients = pd.DataFrame({"id": [7], "name": ["Acme"]})
    found = pd.DataFrame({"Kunde": ["ACME"]}).runn.ids(
        {"clientId": {"name": "Kunde"}}, tables={"clients": clients}
    )
    assert found["clientId"].tolist() == [7]
    assert desk.mark() == since


def test_what_was_made_a_moment_ago_is_found(desk: Desk) -> None:
    account = rp.connect("demo")
    rp.read_runn("teams")
    account.request("POST", "/teams/", json={"name": "Night shift"})
    frame = pd.DataFrame({"team": ["night shift"]})
    assert frame.runn.ids({"teamId": {"name": "team"}})["teamId"].notna().all()


def test_names_may_stand_in_the_column_of_the_ids(desk: Desk) -> None:
    frame = sheet().rename(columns={"Project": "projectId"})
    found = frame.runn.ids({**MATCH, "projectId": {"name": "projectId"}})
    assert found["projectId"].tolist() == [480014, 480037]
    assert found["projectId"].dtype == "Int64"


def test_a_name_that_only_a_placeholder_has_is_noted(desk: Desk) -> None:
    own = desk.read("placeholders").iloc[0]
    frame = sheet(Who=[f"{own['firstName']} {own['lastName']}", "Hana Haddad"])
    match = {**MATCH, "personId": {"name": "Who"}}
    (note,) = desk.plan(frame.drop(columns="Email"), "actuals", match=match).notes
    assert "leads to a placeholder" in note
    assert "Hana" not in note


def test_an_unknown_client_s_hours_are_not_booked_on_another_s_project(desk: Desk) -> None:
    match = {**MATCH, "projectId": {"name": "Project", "clientName": "Client"}}
    with pytest.raises(PlanError, match=r"Nobody Ltd \(of none\).* not of one record"):
        desk.plan(sheet(Client="Nobody Ltd"), "actuals", match=match)


# -- of several


def twins(desk: Desk, **archived: bool) -> list[int]:
    """Two teams' worth of projects of one name, of which some are archived."""
    projects = desk.read("projects").head(2).assign(name="Twin")
    projects["isArchived"] = [archived.get("first", False), archived.get("second", False)]
    desk.push(projects[["id", "name", "isArchived"]], "projects")
    return projects["id"].tolist()


def test_of_several_the_one_that_is_not_archived_is_meant_and_that_is_said(desk: Desk) -> None:
    _, second = twins(desk, first=True)
    frame = sheet(Project="twin")
    with pytest.warns(UserWarning, match="Several 'projects' are called 'twin': .* not archived"):
        found = frame.runn.ids(MATCH)
    assert found["projectId"].tolist() == [second] * 2
    notes = desk.plan(frame, "actuals", match=MATCH).notes
    assert "Several 'projects' are called 'twin'" in notes[0]


@pytest.mark.parametrize("archived", [{}, {"first": True, "second": True}])
def test_of_several_alike_none_is_guessed(desk: Desk, archived: dict[str, bool]) -> None:
    one, two = twins(desk, **archived)
    with pytest.raises(
        PlanError, match=rf"'twin' .* several 'projects': Twin \({one}\); Twin \({two}\)"
    ):
        desk.plan(sheet(Project="twin"), "actuals", match=MATCH)


def test_of_one_client_the_archived_one_is_not_passed_over_for_anothers(desk: Desk) -> None:
    one, two = twins(desk, first=True)  # of two clients
    match: Any = {"projectId": {"name": "Project", "clientName": "Client"}}
    names = desk.read("projects").runn.names().set_index("id")["clientName"]
    frame = pd.DataFrame({"Project": "Twin", "Client": [names[one], names[two]]})
    assert frame.runn.ids(match)["projectId"].tolist() == [one, two]


def test_an_archived_record_alone_is_found(desk: Desk) -> None:
    frame = pd.DataFrame({"Project": ["Basalt accessibility audit"]})
    assert frame.runn.ids({"projectId": {"name": "Project"}})["projectId"].tolist() == [480026]


# -- not found


def test_each_value_is_told_once_with_its_rows_and_what_is_near(desk: Desk) -> None:
    frame = pd.concat([sheet()] * 3, ignore_index=True)
    frame.loc[[1, 3], "Project"] = "Heath chatbox"
    frame.loc[[0, 2, 4], "Email"] = "ada.abeb@example.com"
    frame.loc[5, "Project"] = "Template: website"
    since = desk.mark()
    with pytest.raises(PlanError) as raised:
        desk.plan(frame, "actuals", match=MATCH)
    assert desk.writes(since) == []
    text = str(raised.value)
    assert text.count("ada.abeb@") == 1
    assert "(3 rows, first 0) is not in 'people'; near is ada.abebe@example.com (310011)" in text
    assert "'Heath chatbox' in column 'Project' (2 rows, first 1) is not in 'projects'" in text
    assert "(row 5) is a template: Template: website (480091)" in text
    problems = raised.value.problems
    assert problems["rows"].tolist() == [3, 2, 1]
    assert problems["row"].tolist() == [0, 1, 5]
    with pytest.raises(FrameError) as alone:
        frame.runn.ids(MATCH)
    pd.testing.assert_frame_equal(alone.value.problems, problems)
    assert not isinstance(alone.value, PlanError)


def test_many_are_counted_and_all_are_in_the_frame(desk: Desk) -> None:
    frame = pd.DataFrame({"Project": [f"Unknown {n}" for n in range(30)]})
    with pytest.raises(FrameError, match="; and 22 more") as raised:
        frame.runn.ids({"projectId": {"name": "Project"}})
    assert len(raised.value.problems) == 30


@pytest.mark.parametrize(
    ("match", "error", "said"),
    [
        ({"personID": {"email": "Email"}}, FilterError, "match finds .*personId.* no 'personID'"),
        ({"clientId": {"name": "Project"}}, FilterError, "there is no 'clientId' to find"),
        ({"personId": {"email": "emial"}}, PlanError, "no column 'emial'. Did you mean 'Email'"),
        ({"personId": {"mail": "Email"}}, PlanError, "'people' has no field 'mail'"),
        ({"personId": "Email"}, PlanError, "is no id of Runn's"),
        ("Email", FilterError, "match is a dict"),
    ],
)
def test_a_match_that_cannot_be_is_refused(
    desk: Desk, match: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        desk.plan(sheet(), "actuals", match=match)


# -- what `names` added


def test_what_names_added_is_left_out_of_a_push(desk: Desk) -> None:
    read = desk.read("assignments").head(5)
    frame = read.runn.names().assign(note="checked")
    assert desk.plan(frame).changes["field"].tolist() == ["note"] * 5
    people = desk.read("people").runn.names()
    assert "teamName" in people
    assert desk.plan(people).requests == 0


def test_a_name_that_was_changed_alone_is_refused(desk: Desk) -> None:
    frame = desk.read("assignments").head(5).runn.names()
    frame.loc[[1, 3], "projectName"] = "Heath chatbot"
    since = desk.mark()
    with pytest.raises(PlanError, match=r"match={'projectId': {'name': 'projectName'}}") as raised:
        desk.push(frame)
    assert desk.writes(since) == []
    assert "'Heath chatbot' in column 'projectName' (2 rows, first 1) stands" in str(raised.value)
    meant: Any = {"projectId": {"name": "projectName"}}
    changes = desk.plan(frame, match=meant).changes
    assert changes[["row", "field", "new"]].values.tolist() == [
        [1, "projectId", 480037],
        [3, "projectId", 480037],
    ]


def test_a_name_beside_no_id_is_refused_and_a_missing_one_says_nothing(desk: Desk) -> None:
    frame = desk.read("assignments").head(2).runn.names()
    frame.loc[0, "projectName"] = None
    assert desk.plan(frame).requests == 0
    frame.loc[1, "projectId"] = pd.NA
    with pytest.raises(PlanError, match="stands beside no projectId"):
        desk.plan(frame)


def test_a_name_as_the_cache_has_it_was_changed_by_nobody(tmp_path: Path) -> None:
    demo = new_demo()
    own = account_of(demo, tmp_path / "cache", max_age=900)
    rp.use(own)
    frame = rp.read_runn("assignments").head(2).runn.names()
    path = f"/projects/{frame['projectId'].iloc[0]}/"
    account_of(demo, tmp_path / "other").request("PATCH", path, json={"name": "Renamed"})
    assert frame.runn.plan().requests == 0
    rp.cache.clear()
    with pytest.raises(PlanError, match=r"stands beside projectId \d+ \(Renamed\)"):
        frame.runn.plan()


def test_a_field_that_ends_like_a_name_is_no_name(desk: Desk) -> None:
    people = desk.read("people").head(1)
    people["firstName"] = "Adela"
    assert desk.plan(people).changes["field"].tolist() == ["firstName"]


# -- hints


def test_a_frame_without_ids_is_told_the_match(desk: Desk) -> None:
    frame = sheet().rename(columns={"Email": "Person"})
    with pytest.raises(PlanError) as raised:
        desk.plan(frame, "actuals")
    said = "match={'personId': {'name': 'Person'}, 'projectId': {'name': 'Project'}}."
    assert str(raised.value).endswith(said)
    with pytest.raises(PlanError) as bare:
        desk.plan(frame.drop(columns=["Person", "Project"]), "actuals")
    assert "match=" not in str(bare.value)


@pytest.mark.parametrize(
    ("columns", "keys", "match"),
    [
        (["clientName"], ["clientId"], {"clientId": {"name": "clientName"}}),
        (
            ["E-Mail", "Employee"],
            ["personId"],
            {"personId": {"email": "E-Mail", "name": "Employee"}},
        ),
        (
            ["First Name", "Surname"],
            ["personId"],
            {"personId": {"name": ["First Name", "Surname"]}},
        ),
        (["First Name"], ["personId"], {}),
        (
            ["Role", "rate card", 7],
            ["roleId", "rateCardId"],
            {"roleId": {"name": "Role"}, "rateCardId": {"name": "rate card"}},
        ),
        (["email", "name"], ["projectId", "eventId"], {}),
        (
            ["project", "Client"],
            ["projectId"],
            {"projectId": {"name": "project", "clientName": "Client"}},
        ),
    ],
)
def test_what_columns_suggest(columns: list[Any], keys: list[str], match: Any) -> None:
    assert suggested_match(columns, keys) == match


def test_without_names_ids_says_what_it_takes(desk: Desk) -> None:
    with pytest.raises(FrameError, match=r"match={'projectId': {'name': 'Project'}, 'personId'"):
        sheet().runn.ids()


# -- never created


def test_with_new_false_what_is_not_there_is_not_made(desk: Desk) -> None:
    frame = pd.DataFrame(
        {"email": ["ADA.abebe@example.com", "nobody@example.com"], "lastName": ["A", "B"]}
    )
    plan = desk.plan(frame, "people", on="email", new=False)
    assert plan.summary[["action", "rows"]].values.tolist() == [["update", 1], ["left out", 1]]
    before = len(desk.read("people"))
    done = desk.push(frame, "people", on="email", new=False)
    assert done["status"].tolist() == ["updated", "not tried"]
    assert done["error"].tolist() == ["", "Not in the account, and new=False makes no new rows."]
    assert len(desk.read("people")) == before
    dry = desk.push(frame.assign(lastName="C"), "people", on="email", new=False, dry_run=True)
    assert dry["status"].tolist() == ["planned", "not tried"]


@pytest.mark.parametrize("resource", ["people", "actuals", "actuals/time-entry", "assignments"])
def test_with_new_false_no_row_without_an_id_is_made(desk: Desk, resource: str) -> None:
    frame = sheet().runn.ids(MATCH)
    if resource == "people":
        frame = pd.DataFrame({"firstName": ["New"], "lastName": ["Person"]})
    if resource == "assignments":
        frame = desk.read("assignments").head(2).drop(columns="id")
        frame["startDate"] = frame["endDate"] = pd.Timestamp("2027-03-01")
    plan = desk.plan(frame, resource, new=False)
    assert plan.summary["action"].tolist() == ["left out"]
    assert plan.requests == 0


def test_with_new_false_nothing_is_moved_to_where_nothing_is(desk: Desk) -> None:
    actuals = desk.read("actuals", minDate="2026-06-01", maxDate="2026-06-05").head(1)
    actuals["date"] = pd.Timestamp("2026-06-07")
    assert set(desk.plan(actuals).summary["action"]) == {"create", "delete"}
    with pytest.raises(PlanError, match="is part of an actual's key"):
        desk.plan(actuals, new=False)


def test_a_part_of_a_plan_that_makes_nothing_makes_nothing(desk: Desk) -> None:
    frame = pd.DataFrame(
        {"email": ["ada.abebe@example.com", "nobody@example.com"], "lastName": ["A", "B"]}
    )
    plan = desk.plan(frame, "people", on="email", new=False).only([0])
    assert plan.apply()["status"].tolist() == ["updated", "not tried"]


def test_notes_are_shown_once(desk: Desk) -> None:
    twins(desk, first=True)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        sheet(Project="twin").runn.push("actuals", match=MATCH, dry_run=True)
    assert sum("called 'twin'" in str(one.message) for one in seen) == 1


# -- what is near, and what is archived


@pytest.mark.parametrize(
    ("said", "near"),
    [("Haddad, Hana", "Hana Haddad (310015)"), ("HADAD Hana", "Hana Haddad (310015)")],
)
def test_a_name_in_another_order_is_near_and_no_match(desk: Desk, said: str, near: str) -> None:
    frame = pd.DataFrame({"who": [said], "n": [1]})
    with pytest.raises(FrameError, match=re.escape(f"is not in 'people'; near is {near}")):
        frame.runn.ids({"personId": {"name": "who"}})


def test_names_of_archived_records_are_noted_once(desk: Desk) -> None:
    frame = sheet(
        Email=["lena.mbeki@example.com"] * 2, Project=["Basalt website", "Heath campaign"]
    )
    said = (
        "2 rows lead to what is archived in Runn: 'lena.mbeki@example.com' for personId,"
        " 'Heath campaign' for projectId."
    )
    assert frame.runn.plan("actuals", match=MATCH).notes == (said,)
    with pytest.warns(TimesheetWarning, match=re.escape(said)):
        rp.reconcile(frame, minutes="billableMinutes", match=MATCH, on_unmatched="ignore")


def test_names_of_active_records_are_not_noted(desk: Desk) -> None:
    assert sheet().runn.plan("actuals", match=MATCH).notes == ()


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ({"personID": {"email": "Email"}}, "Did you mean 'personId'?"),
        ({"personId": {"nmae": "Email"}}, "Did you mean 'name'?"),
        ({"personId": {"role": "Email"}}, "push 'placeholders' with its roleId"),
    ],
)
def test_a_wrong_key_or_field_names_what_is_meant(desk: Desk, match: Any, said: str) -> None:
    with pytest.raises((FilterError, PlanError), match=re.escape(said)):
        sheet().runn.plan("actuals", match=match)


def test_labels_are_plain_numbers(desk: Desk) -> None:
    levels = [np.array([1, 2]), np.array([8, 9])]
    frame = sheet(Email=["nobody@example.com", "hana.haddad@example.com"]).set_index(levels)
    with pytest.raises(PlanError, match=re.escape("(row (1, 8)) is not in")):
        frame.runn.plan("actuals", match=MATCH)
