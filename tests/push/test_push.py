"""A changed frame goes back: in few requests, nothing by accident, every row accounted for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.errors import ConfigError, PlanError, ReadOnlyError
from runn_pandas.push.api import journal
from tests.support.desk import Desk
from tests.support.pushes import actuals_of

RESULT = ["action", "status", "id", "error", "attempts"]


# -- the first promises


@pytest.mark.slow
def test_one_changed_cell_of_430_people_is_one_patch(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(430)
    people = desk.read("people")
    assert len(people) == 430
    people.loc[200, "lastName"] = "Nightingale"
    since = desk.mark()
    result = desk.push(people)
    own = people.loc[200, "id"]
    assert desk.bodies == [("PATCH", f"/people/{own}", {"lastName": "Nightingale"})]
    assert len(desk.asked(since)) <= 4
    assert list(result.columns) == RESULT
    assert result.index.equals(people.index)
    assert result.loc[200].to_dict() == {
        "action": "update",
        "status": "updated",
        "id": own,
        "error": "",
        "attempts": 1,
    }
    assert set(result["status"].drop(200)) == {"unchanged"}


def test_few_rows_of_a_big_table_are_asked_for_singly(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(430)
    people = desk.read("people").iloc[[400]].copy()
    people["lastName"] = "Nightingale"
    since = desk.mark()
    desk.push(people)
    own = people["id"].iloc[0]
    assert desk.asked(since) == [f"GET /people/{own}", f"PATCH /people/{own}"]


def test_an_untouched_frame_sends_nothing_and_says_so(desk: Desk) -> None:
    people = desk.read("people")
    plan = desk.plan(people)
    assert plan.requests == 0
    assert "0 CHANGES" in repr(plan)
    assert "df.loc[" in repr(plan)
    assert set(desk.push(people)["status"]) == {"unchanged"}
    assert desk.bodies == []


def test_250_new_actuals_are_three_bulk_calls_and_none_again(desk: Desk) -> None:
    frame = actuals_of(desk, 250)
    plan = desk.plan(frame, "actuals")
    assert plan.requests == 3
    result = desk.push(frame, "actuals")
    assert set(result["status"]) == {"created"}, result["error"].unique()
    assert result["id"].notna().all()
    assert result["id"].is_unique
    assert [path for _, path, _ in desk.bodies] == ["/actuals/bulk/"] * 3
    assert [len(body["actuals"]) for _, _, body in desk.bodies] == [100, 100, 50]
    again = desk.push(frame, "actuals")
    assert set(again["status"]) == {"unchanged"}
    assert list(again["id"]) == list(result["id"])
    assert len(desk.bodies) == 3


@pytest.mark.parametrize("conflict", ["skip", "overwrite", "raise"])
def test_a_row_changed_in_the_account_meanwhile(desk: Desk, conflict: str) -> None:
    people = desk.read("people")
    own, other = (int(i) for i in people["id"].iloc[:2])
    desk.account.request("PATCH", f"people/{own}", json={"firstName": "Changed"})
    people.loc[0, "lastName"] = "Mine"
    people.loc[1, "lastName"] = "Yours"
    since = desk.mark()
    if conflict == "raise":
        with pytest.raises(PlanError, match=r"row 0.*changed in the account") as caught:
            desk.push(people, conflict="raise")
        assert list(caught.value.problems["row"]) == [0]
        assert desk.writes(since) == []
        return
    result = desk.push(people, conflict=conflict)
    assert result.loc[1, "status"] == "updated"
    if conflict == "skip":
        assert result.loc[0, "status"] == "conflict"
        assert "changed in the account" in result.loc[0, "error"]
        assert desk.writes(since) == [f"PATCH /people/{other}"]
        assert "1 in conflict" in repr(desk.plan(people))
    else:
        assert result.loc[0, "status"] == "updated"
        found = desk.account.request("GET", f"people/{own}")
        assert (found["firstName"], found["lastName"]) == (people.loc[0, "firstName"], "Mine")


def test_all_bad_cells_are_listed_at_once_and_nothing_is_sent(desk: Desk) -> None:
    frame = actuals_of(desk, 6).astype({"billableMinutes": object, "date": object})
    frame.loc[0, "billableMinutes"] = 30.5
    frame.loc[1, "date"] = "yesterday"
    frame.loc[2, "billableMinutes"] = -5
    frame.loc[3, "roleId"] = None
    frame.loc[4, "billableMinutes"] = "lots"
    since = desk.mark()
    with pytest.raises(ValueError, match="5 problems") as caught:
        desk.push(frame, "actuals")
    assert desk.asked(since) == []
    problems = caught.value.problems
    assert list(problems.columns) == ["row", "column", "value", "reason"]
    found = {(row.row, row.column) for row in problems.itertuples()}
    assert found == {
        (0, "billableMinutes"),
        (1, "date"),
        (2, "billableMinutes"),
        (3, "roleId"),
        (4, "billableMinutes"),
    }
    text = str(caught.value)
    assert "row 0" in text
    assert "30.5" in text
    assert "nothing was sent" in text


# -- new, changed and deleted rows


def test_mixed_rows_one_outcome_each(desk: Desk) -> None:
    teams = desk.read("teams")
    gone = int(teams.loc[0, "id"])
    teams.loc[1, "name"] = "Renamed"
    ids = pd.array([None, None], dtype="Int64")
    new = pd.DataFrame({"id": ids, "name": ["Alpha", "Beta"]}, index=[10, 11])
    frame = pd.concat([teams[["id", "name"]], new])
    result = desk.push(frame, "teams", delete=[gone])
    assert list(result["status"][:2]) == ["deleted", "updated"]
    assert list(result["status"].loc[[10, 11]]) == ["created", "created"]
    again = desk.read("teams").set_index("id")["name"]
    assert gone not in again.index
    assert list(again.loc[list(result["id"].loc[[10, 11]])]) == ["Alpha", "Beta"]


def test_deletes_that_are_not_in_the_frame_are_rows_at_the_end(desk: Desk) -> None:
    skills = desk.read("skills")
    result = desk.push(skills.iloc[2:], delete=pd.Index(skills["id"].iloc[:2]))
    assert list(result.index[-2:]) == [f"delete {i}" for i in skills["id"].iloc[:2]]
    assert list(result["status"][-2:]) == ["deleted", "deleted"]
    assert len(desk.read("skills")) == len(skills) - 2


def test_delete_by_flags_and_never_by_absence(desk: Desk) -> None:
    skills = desk.read("skills")
    result = desk.push(skills.iloc[5:], delete=None)
    assert set(result["status"]) == {"unchanged"}
    flags = skills["name"] == skills["name"].iloc[3]
    result = desk.push(skills, delete=flags)
    assert list(result.index[result["status"] == "deleted"]) == [3]


def test_people_with_history_need_force(desk: Desk) -> None:
    people = desk.read("people")
    busy = int(desk.read("assignments")["personId"].iloc[0])
    result = desk.push(people, delete=[busy])
    row = result[result["id"] == busy].iloc[0]
    assert row["status"] == "failed"
    assert busy in set(desk.read("people")["id"])
    desk.push(people, delete=[busy], delete_force=True)
    assert busy not in set(desk.read("people")["id"])


def test_new_clients_go_in_bulk_and_a_bad_one_is_found(desk: Desk) -> None:
    frame = pd.DataFrame({"name": [f"Client {n:03}" for n in range(130)]})
    assert desk.plan(frame, "clients").requests == 2
    result = desk.push(frame, "clients")
    assert set(result["status"]) == {"created"}
    names = desk.read("clients").set_index("id")["name"]
    assert list(names.loc[list(result["id"])]) == list(frame["name"])


def test_a_refused_bulk_call_is_split_until_the_bad_row_stands_alone(desk: Desk) -> None:
    frame = actuals_of(desk, 40)
    frame.loc[17, "roleId"] = 999_999
    frame.loc[31, "projectId"] = 999_999
    result = desk.push(frame, "actuals")
    assert list(result.index[result["status"] == "failed"]) == [17, 31]
    assert set(result["status"].drop([17, 31])) == {"created"}
    assert "400" in result.loc[17, "error"]
    assert "roleId" in result.loc[17, "error"]


def test_a_new_person_with_team_tag_and_custom_field(desk: Desk) -> None:
    team = int(desk.read("teams")["id"].iloc[1])
    role = int(desk.read("roles")["id"].iloc[0])
    tag = desk.read("people-tags").query("~archived")["name"].iloc[0]
    field = desk.read("custom-fields/text", model="PERSON")["name"].iloc[0]
    frame = pd.DataFrame(
        {
            "firstName": ["Ada"],
            "lastName": ["Byron"],
            "email": ["ada@example.com"],
            "roleId": [role],
            "teamId": [team],
            f"tags.{tag}": [True],
            f"customFields.{field}": ["north"],
            "references.Harvest": [12345],
            "isArchived": [False],
        }
    )
    result = desk.push(frame, "people")
    assert result["status"].tolist() == ["created"], result["error"].tolist()
    person = desk.account.request("GET", f"people/{result['id'].iloc[0]}")
    assert person["teamId"] == team
    assert [t["name"] for t in person["tags"]] == [tag]
    assert person["references"] == [{"referenceName": "Harvest", "externalId": "12345"}]
    assert [f["value"] for f in person["customFields"]["text"]] == ["north"]
    again = desk.push(frame.drop(columns="roleId"), "people", on="email")
    assert again["status"].tolist() == ["unchanged"]


# -- whose row is it


def test_natural_key_in_any_case(desk: Desk) -> None:
    people = desk.read("people").dropna(subset="email").head(3)
    frame = pd.DataFrame({"email": people["email"].str.upper(), "lastName": ["A", "B", "C"]})
    result = desk.push(frame, "people", on="email")
    assert list(result["id"]) == list(people["id"])
    assert set(result["status"]) == {"updated"}
    assert all(set(body) == {"lastName"} for _, _, body in desk.bodies)


def test_natural_key_of_few_rows_is_asked_for_by_filter(desk: Desk) -> None:
    people = desk.read("people").dropna(subset="email")
    frame = pd.DataFrame({"email": people["email"].head(1), "lastName": ["A"]})
    since = desk.mark()
    desk.push(frame, "people", on="email")
    assert len(desk.asked(since)) == 2
    assert "email=" in desk.demo.log[since].query


def test_reference_as_key_and_rows_without_a_match_are_new(desk: Desk) -> None:
    clients = desk.read("clients")
    frame = pd.DataFrame({"name": ["One", "Two"], "references.Sage": ["S1", "S2"]})
    assert set(desk.push(frame, "clients", on="references.Sage")["action"]) == {"create"}
    frame.loc[0, "name"] = "Uno"
    result = desk.push(frame, "clients", on="references.Sage")
    assert list(result["status"]) == ["updated", "unchanged"]
    assert len(desk.read("clients")) == len(clients) + 2


def test_key_that_is_twice_in_frame_or_account_is_refused(desk: Desk) -> None:
    frame = pd.DataFrame({"email": ["a@example.com", "A@example.com"], "firstName": ["A", "B"]})
    with pytest.raises(PlanError, match=r"row 1.*'A@example.com'.*more than once"):
        desk.push(frame, "people", on="email")
    for _ in range(2):
        desk.account.request("POST", "clients", json={"name": "Twin"})
    frame = pd.DataFrame({"name": ["Twin"], "website": ["https://twin.example"]})
    with pytest.raises(PlanError, match=r"2 rows of the account \(ids \d+, \d+"):
        desk.push(frame, "clients", on="name")


def test_an_unknown_id_is_never_a_new_row(desk: Desk) -> None:
    teams = desk.read("teams")
    teams.loc[0, "id"] = 987_654_321
    with pytest.raises(PlanError, match=r"987654321.*not in the account"):
        desk.push(teams)
    assert desk.bodies == []


def test_an_actual_is_not_moved_onto_another(desk: Desk) -> None:
    frame = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-03")
    frame.loc[0, "date"] += pd.Timedelta(days=1)
    since = desk.mark()
    with pytest.raises(PlanError, match=r"row 0.*cannot be moved: the account has id \d+ under"):
        desk.push(frame)
    assert desk.writes(since) == []


# -- frames that are no longer the account's rows


def test_grouped_and_melted_frames_are_refused(desk: Desk) -> None:
    people = desk.read("people")
    grouped = people.groupby("teamId", as_index=False).agg(id=("id", "sum"))
    grouped.attrs = people.attrs
    with pytest.raises(PlanError, match="not in the account"):
        desk.push(grouped)
    melted = people.melt(id_vars="id", value_vars=["firstName", "lastName"])
    melted.attrs = people.attrs
    with pytest.raises(PlanError, match=r"more than once|no column"):
        desk.push(melted)
    assert desk.bodies == []


def test_a_frame_that_does_not_say_what_it_is(desk: Desk) -> None:
    people = desk.read("people")
    people.attrs = {}
    with pytest.raises(PlanError, match="name the resource"):
        desk.push(people)
    assert set(desk.push(people, "people")["status"]) == {"unchanged"}


def test_a_frame_of_another_account(desk: Desk) -> None:
    people = desk.read("people")
    people.attrs["runn"]["account"] = "ffffffff"
    with pytest.raises(PlanError, match=r"another account \(ffffffff\)"):
        desk.push(people)
    assert set(desk.push(people, "people")["status"]) == {"unchanged"}


def test_what_only_new_rows_take_is_said_of_rows_that_exist(desk: Desk) -> None:
    people = desk.read("people").iloc[:3]
    frame = people[["email", "firstName", "lastName"]].reset_index(drop=True)
    frame.attrs = {}
    role = int(desk.read("roles")["id"].iloc[0])
    frame["roleId"] = role
    frame["startDate"] = ["2026-01-01", None, None]
    frame.loc[3] = ["nia@example.com", "Nia", "Owusu", role, "2026-01-01"]
    plan = desk.plan(frame, "people", on="email")
    contract = "of an existing person they are in the contract: push 'contracts'."
    assert [note for note in plan.notes if "only for new" in note] == [
        "roleId: only for new 'people', so the values of 3 existing rows are not sent; " + contract,
        "startDate: only for new 'people', so the values of 1 existing row are not sent; "
        + contract,
    ]
    result = plan.apply()
    assert list(result["status"]) == ["unchanged"] * 3 + ["created"]
    assert result.attrs["notes"] == list(plan.notes)
    assert not any("only for new" in note for note in desk.plan(desk.read("people")).notes)


def test_what_only_new_rows_take_is_said_of_every_kind(desk: Desk) -> None:
    projects = desk.read("projects").iloc[:1].assign(emoji="rocket")
    assert "emoji: only for new 'projects'" in repr(desk.plan(projects))


def test_what_cannot_be_written(desk: Desk) -> None:
    with pytest.raises(rp.errors.ResourceError, match="can be written"):
        desk.push(desk.read("holiday-groups"))
    with pytest.raises(rp.errors.ResourceError, match="Did you mean 'people'"):
        desk.push(desk.read("people"), "poeple")


# -- missing cells


def test_missing_unsets_in_a_frame_from_runn_and_says_nothing_in_others(desk: Desk) -> None:
    people = desk.read("people")
    row = people.index[people["email"].notna()][0]
    people.loc[row, "email"] = pd.NA
    plan = desk.plan(people)
    assert plan.changes.to_dict("records")[0]["new"] is None
    assert "na='unset'" in repr(plan)
    assert desk.plan(people, na="omit").requests == 0
    bare = pd.DataFrame(people[["id", "email"]])
    bare.attrs = {}
    assert desk.plan(bare, "people").requests == 0
    assert desk.plan(bare, "people", na="unset").requests == 1
    desk.push(people)
    assert desk.plan(desk.read("people")).requests == 0


def test_what_cannot_be_unset_is_a_problem(desk: Desk) -> None:
    phases = desk.read("phases")
    phases.loc[0, "startDate"] = pd.NaT
    with pytest.raises(PlanError, match=r"'startDate'.*cannot be unset"):
        desk.push(phases)


def test_read_only_columns(desk: Desk) -> None:
    people = desk.read("people")
    people.loc[0, "createdAt"] += pd.Timedelta(days=1)
    people.loc[1, "holidaysGroupId"] = 1
    with pytest.raises(PlanError) as caught:
        desk.push(people)
    assert set(caught.value.problems["column"]) == {"createdAt", "holidaysGroupId"}
    assert desk.plan(people.drop(columns=["createdAt", "holidaysGroupId"])).requests == 0


# -- nested fields


def test_an_absent_reference_is_kept_and_a_missing_one_removed(desk: Desk) -> None:
    clients = desk.read("clients")
    own = int(clients["id"].iloc[0])
    both = [
        {"referenceName": "Harvest", "externalId": "h"},
        {"referenceName": "Xero", "externalId": "x"},
    ]
    desk.account.request("PATCH", f"clients/{own}", json={"references": both})
    frame = desk.read("clients", expand="references").head(1)
    harvest = frame[["id", "references.Harvest"]].copy()
    harvest.loc[0, "references.Harvest"] = "new"
    desk.push(harvest)
    assert desk.bodies[-1][2] == {
        "references": [both[1], {"referenceName": "Harvest", "externalId": "new"}]
    }
    harvest = desk.read("clients", expand="references").head(1)[["id", "references.Harvest"]]
    harvest.loc[0, "references.Harvest"] = pd.NA
    desk.push(harvest)
    assert desk.account.request("GET", f"clients/{own}")["references"] == [both[1]]


def test_tags_as_flags_names_and_ids(desk: Desk) -> None:
    people = desk.read("people", expand="tags")
    tags = [c for c in people if c.startswith("tags.")]
    row = people.index[~people[tags[0]]][0]
    people.loc[row, tags[0]] = True
    assert desk.push(people).loc[row, "status"] == "updated"
    again = desk.read("people", expand="tags")
    assert again.loc[row, tags[0]]
    names = rp.read_runn("people", account=desk.account, max_age=0)
    names["tags"] = [[tag["name"] for tag in tags] for tags in names["tags"]]
    assert desk.plan(names).requests == 0
    names.at[row, "tags"] = []
    desk.push(names)
    assert desk.read("people").loc[row, "tags"] == []


def test_custom_fields_of_people_and_projects(desk: Desk) -> None:
    for name, model in (("people", "PERSON"), ("projects", "PROJECT")):
        texts = desk.read("custom-fields/text", model=model)["name"]
        selects = desk.read("custom-fields/select", model=model)
        dates = desk.read("custom-fields/date", model=model)["name"]
        boxes = desk.read("custom-fields/checkbox", model=model)["name"]
        own = int(desk.read(name).query("~isArchived")["id"].iloc[4])
        values: dict[str, Any] = {"id": [own]}
        option = selects["options"].iloc[0][-1]["name"]
        values[f"customFields.{texts.iloc[0]}"] = ["changed text"]
        values[f"customFields.{selects['name'].iloc[0]}"] = [option]
        values[f"customFields.{dates.iloc[0]}"] = [pd.Timestamp("2031-05-06")]
        values[f"customFields.{boxes.iloc[0]}"] = [True]
        frame = pd.DataFrame(values)
        first = desk.push(frame, name)
        assert first["status"].iloc[0] in ("updated", "unchanged"), first["error"].iloc[0]
        assert desk.plan(frame, name).requests == 0, name
        record = desk.account.request("GET", f"{name}/{own}")["customFields"]
        assert "2031-05-06" in [f["value"] for f in record["date"]]
        assert option in [v["name"] for f in record["select"] for v in f["values"]]
        assert "changed text" in [f["value"] for f in record["text"]]
        assert True in [f["value"] for f in record["checkbox"]]
        unset = desk.push(
            frame.assign(**{column: None for column in frame if column != "id"}).drop(
                columns=[f"customFields.{b}" for b in boxes], errors="ignore"
            ),
            name,
            na="unset",
        )
        assert unset["status"].iloc[0] == "updated", unset["error"].iloc[0]


def test_custom_field_that_does_not_exist(desk: Desk) -> None:
    own = int(desk.read("people")["id"].iloc[0])
    frame = pd.DataFrame({"id": [own], "customFields.Nonsense": ["x"]})
    with pytest.raises(PlanError, match="no custom field of the account"):
        desk.push(frame, "people")


def test_skills_of_a_person_as_columns(desk: Desk) -> None:
    held = desk.read("people/skills")
    own = int(held["personId"].iloc[0])
    skills = desk.read("skills")["id"]
    mine = set(held.loc[held["personId"] == own, "skillId"])
    new = next(int(i) for i in skills if i not in mine)
    frame = desk.read("people/{personId}", personId=own, expand="skills")
    frame[f"skills.{new}"] = True
    frame[f"skills.{new}.level"] = 3
    other = next(int(i) for i in skills if i not in {*mine, new})
    frame[f"skills.{other}.level"] = None  # says nothing of a skill that nobody adds
    first = min(mine)
    frame[f"skills.{first}"] = False
    result = desk.push(frame)
    assert result["status"].tolist() == ["updated"], result["error"].tolist()
    person = desk.account.request("GET", f"people/{own}")
    assert {"id": new, "level": 3} in [
        {"id": s["id"], "level": s["level"]} for s in person["skills"]
    ]
    assert {s["id"] for s in person["skills"]} == {*mine, new} - {first}


def test_plain_objects_part_by_part(desk: Desk) -> None:
    contracts = desk.read("contracts", expand="rosteredDays").head(2)
    contracts.loc[0, "rosteredDays.friday"] = 0 if contracts.loc[0, "rosteredDays.friday"] else 60
    desk.push(contracts)
    (_, _, body), *_ = desk.bodies
    assert set(body) == {"rosteredDays"}
    assert set(body["rosteredDays"]) == {"monday", "tuesday", "wednesday", "thursday", "friday"}


# -- guards


def test_a_read_only_account_sends_nothing(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(read_only=True)
    people = desk.read("people")
    people.loc[0, "lastName"] = "X"
    assert desk.plan(people).requests == 1
    with pytest.raises(ReadOnlyError, match="read-only"):
        desk.push(people)
    assert desk.push(people, dry_run=True).loc[0, "status"] == "planned"
    assert desk.bodies == []


def test_many_changes_of_a_live_account_need_confirm(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(token="LIVE_demo")
    frame = actuals_of(desk, 51)
    with pytest.raises(ConfigError, match="confirm=True"):
        desk.push(frame, "actuals")
    assert desk.bodies == []
    assert set(desk.push(frame, "actuals", confirm=True)["status"]) == {"created"}
    assert set(desk.push(actuals_of(desk, 20), "actuals")["status"]) == {"unchanged"}


def test_asked_in_an_interactive_session(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(token="LIVE_demo")
    frame = actuals_of(desk, 51)
    monkeypatch.setattr("sys.ps1", ">>> ", raising=False)
    asked: list[str] = []

    def answer(word: str) -> Callable[[str], str]:
        def say(question: str) -> str:
            asked.append(question)
            return word

        return say

    monkeypatch.setattr("builtins.input", answer("no"))
    with pytest.raises(ConfigError):
        desk.push(frame, "actuals")
    assert desk.bodies == []
    monkeypatch.setattr("builtins.input", answer("yes"))
    assert set(desk.push(frame, "actuals")["status"]) == {"created"}
    assert "51 changes" in asked[0]
    assert "LIVE_demo" not in asked[0]


def test_cached_lists_of_what_was_written_are_dropped(desk: Desk) -> None:
    desk.account.max_age = None
    people = rp.read_runn("people", account=desk.account)
    people.loc[0, "lastName"] = "Fresh"
    desk.push(people)
    assert rp.read_runn("people", account=desk.account).loc[0, "lastName"] == "Fresh"


# -- dry run, plan, journal, undo


def test_dry_run_has_the_same_shape(desk: Desk) -> None:
    people = desk.read("people")
    people.loc[3, "firstName"] = "Dry"
    dry = desk.push(people, dry_run=True)
    assert desk.bodies == []
    wet = desk.push(people)
    assert list(dry.columns) == list(wet.columns)
    assert list(dry.dtypes) == list(wet.dtypes)
    assert dry.index.equals(wet.index)
    assert list(dry["action"]) == list(wet["action"])
    assert dry.loc[3, "status"] == "planned"


def test_plan_looks(desk: Desk) -> None:
    teams = desk.read("teams")
    teams["name"] = [f"<b>{n}</b>" for n in range(len(teams))]
    plan = desk.plan(teams)
    assert plan.summary.to_dict("records") == [
        {"resource": "teams", "action": "update", "rows": len(teams), "requests": len(teams)}
    ]
    assert list(plan.changes.columns) == ["row", "id", "field", "old", "new"]
    assert f"{len(teams)} requests" in repr(plan)
    page = plan._repr_html_()
    assert "&lt;b&gt;0&lt;/b&gt;" in page
    assert "<b>0</b>" not in page
    many = pd.DataFrame({"name": [f"Client {n}" for n in range(90)]})
    long = desk.plan(many, "clients")
    assert "and 70 more" in repr(long)
    assert "and 70 more" in long._repr_html_()


def test_a_plan_is_applied_once(desk: Desk) -> None:
    plan = desk.plan(pd.DataFrame({"name": ["Once"]}), "teams")
    assert plan.apply()["status"].tolist() == ["created"]
    with pytest.raises(PlanError, match="carried out already"):
        plan.apply()
    assert list(desk.read("teams")["name"]).count("Once") == 1


def test_journal_tells_who_changed_what(desk: Desk) -> None:
    assert len(journal(desk.account)) == 0
    people = desk.read("people")
    before = people.loc[0, "lastName"]
    people.loc[0, "lastName"] = "Journaled"
    desk.push(people)
    found = journal(desk.account)
    assert found.iloc[0][["resource", "field", "old", "new", "status"]].tolist() == [
        "people",
        "lastName",
        before,
        "Journaled",
        "updated",
    ]
    assert found["when"].dtype == "datetime64[us, UTC]"
    assert found["ended"].all()
    files = list((desk.account.cache.folder / "journal").iterdir())
    assert files
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    assert all(b"Bearer" not in file.read_bytes() for file in files)


def test_journal_keeps_whole_numbers_whole_beside_missing_ones(desk: Desk) -> None:
    people = desk.read("people")
    homeless, homed = people.index[people["teamId"].isna()][0], people.index[0]
    people.loc[[homeless, homed], "teamId"] = desk.read("teams")["id"].iloc[-1]
    desk.push(people)
    old = [value for value in journal(desk.account)["old"] if value is not None]
    assert [type(value) for value in old] == [int]


def test_undo_restores_what_can_be_restored(desk: Desk) -> None:
    teams = desk.read("teams")[["id", "name"]]
    before = teams.copy()
    gone = int(desk.read("skills")["id"].iloc[0])
    teams.loc[0, "name"] = "Renamed"
    ids = pd.array([None], dtype="Int64")
    teams = pd.concat([teams, pd.DataFrame({"id": ids, "name": ["New"]}, index=[99])])
    plan = desk.plan(teams, "teams")
    plan.apply()
    back = plan.undo()
    assert back.requests == 2
    assert set(back.apply()["status"]) <= {"updated", "deleted", "unchanged"}
    again = desk.read("teams")[["id", "name"]]
    assert again.equals(before)
    skills = desk.read("skills")
    drop = desk.plan(skills, delete=[gone])
    drop.apply()
    drop.undo().apply()
    assert set(desk.read("skills")["name"]) == set(skills["name"])
    notes = desk.plan(
        pd.DataFrame({"projectId": [int(desk.read("projects")["id"].iloc[0])], "note": ["x"]}),
        "project-notes",
    )
    notes.apply()
    assert "cannot be undone" in repr(notes.undo())
