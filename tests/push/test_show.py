"""A plan as people read it: what is on its lines, and what is said below them."""

from __future__ import annotations

import unicodedata
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.frame.words import described
from runn_pandas.frame.words import field_parts as parts
from runn_pandas.push.api import journal
from runn_pandas.push.model import Change, RowPlan
from tests.support.desk import Desk


def body_of(plan: object) -> list[str]:
    """The lines of the rows, without headline and remarks."""
    return [line.strip() for line in repr(plan).splitlines() if line.startswith("  ")]


def new_people(desk: Desk, count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "firstName": "Nia",
            "lastName": [f"Owusu {n}" for n in range(count)],
            "email": [f"nia{n}@example.com" for n in range(count)],
            "roleId": int(desk.read("roles")["id"].iloc[0]),
            "startDate": "2026-07-01",
            "references.BambooHR": [f"E{n}" for n in range(count)],
        }
    )


def test_a_new_row_is_one_line(desk: Desk) -> None:
    frame = new_people(desk, 22)
    plan = desk.plan(frame, "people")
    lines = body_of(plan)
    role = frame["roleId"].iloc[0]
    name = desk.read("roles").set_index("id")["name"][role]
    assert lines[0] == (
        f"row 0 (new): Nia Owusu 0, nia0@example.com, from 2026-07-01, role {name} ({role}),"
        " references.BambooHR 'E0'"
    )
    assert lines[-1] == "... and 2 more; plan.changes has them all."
    assert len(lines) == 21
    html = plan._repr_html_()
    assert html.count("(new row)") == 20
    assert "nia19@example.com" in html
    assert "nia20@example.com" not in html
    assert set(plan.changes.loc[plan.changes["row"] == 0, "field"]) >= {"email", "references"}


def test_many_fields_of_a_new_row_are_counted() -> None:
    row = {f"field{n}": n for n in range(12)} | {"name": "<b>A\nB</b>", "endDate": "2026-07-01"}
    new = RowPlan(0, "create", (), tuple(Change(name, None, value) for name, value in row.items()))
    assert described(new.new, {}) == (
        "<b>A B</b>, until 2026-07-01, field0 0, field1 1, field2 2, field3 3, field4 4,"
        " and 7 more fields"
    )


def test_of_lists_and_objects_only_what_changes(desk: Desk) -> None:
    people = desk.read("people").head(3)
    own = int(people["id"].iloc[0])
    tags = desk.read("people-tags").set_index("name")["id"]
    both = [
        {"referenceName": "Harvest", "externalId": "h"},
        {"referenceName": "Xero", "externalId": "x"},
    ]
    body = {"references": both, "tags": [{"id": int(tags["mentor"])}]}
    desk.account.request("PATCH", f"people/{own}", json=body)
    people = desk.read("people").head(3)
    people.at[0, "references"] = [both[1], {"referenceName": "BambooHR", "externalId": "E0002"}]
    people.at[0, "tags"] = [{"id": int(tags["remote"])}]
    own = f"{own}, {people.at[0, 'firstName']} {people.at[0, 'lastName']}"
    assert set(body_of(desk.plan(people))) == {
        f"row 0 (id {own}): references.BambooHR nothing -> 'E0002'",
        f"row 0 (id {own}): references.Harvest 'h' -> nothing",
        f"row 0 (id {own}): tags.mentor there -> nothing",
        # No row of the frame has it, so that its name is not known without asking.
        f"row 0 (id {own}): tags.{tags['remote']} nothing -> there",
    }
    contracts = desk.read("contracts").head(1)
    contracts.at[0, "rosteredDays"] = {**contracts.at[0, "rosteredDays"], "monday": 0}
    assert body_of(desk.plan(contracts))[0].partition(": ")[2] == "rosteredDays.monday 450 -> 0"


def test_parts_that_have_no_name_are_shown_whole() -> None:
    assert parts("a", [{"x": 1}], [{"x": 2}], {}) == [("a", "[{'x': 1}]", "[{'x': 2}]")]
    assert parts("a", "x", "y", {}) == [("a", "'x'", "'y'")]
    assert parts("a", [1, 2], [2, 3], {}) == [
        ("a.1", "there", "nothing"),
        ("a.3", "nothing", "there"),
    ]
    twice = [{"referenceName": "X", "externalId": value} for value in "abc"]
    assert parts("r", twice, [], {}) == [
        ("r.X", "'a'", "nothing"),
        ("r.X#2", "'b'", "nothing"),
        ("r.X#3", "'c'", "nothing"),
    ]
    assert parts("s", [{"id": 4, "level": 2}], [{"id": 4, "level": 3}], {("s", 4): "SQL"}) == [
        ("s.SQL", "{'level': 2}", "{'level': 3}")
    ]


def test_missing_cells_are_spoken_of_only_where_they_matter(desk: Desk) -> None:
    people = desk.read("people", expand="references").head(5)
    people.loc[0, "lastName"] = "Nightingale"
    assert "missing cell" not in repr(desk.plan(people))
    assert "missing cell" not in repr(desk.plan(new_people(desk, 1).assign(teamId=None), "people"))
    people.loc[[1, 2], "email"] = pd.NA
    said = "2 missing cells unset the value in Runn (na='unset'; "
    assert said in repr(desk.plan(people, na="unset"))
    plan = desk.plan(people.head(2), na="omit")
    assert "1 missing cell leaves the value in Runn as it is (na='omit'; " in repr(plan)
    assert plan.summary["action"].tolist() == ["update", "unchanged"]


def test_missing_parts_of_lists_matter_too(desk: Desk) -> None:
    own = int(desk.read("people")["id"].iloc[0])
    both = [{"referenceName": name, "externalId": "1"} for name in ("Harvest", "Xero")]
    desk.account.request("PATCH", f"people/{own}", json={"references": both})
    people = desk.read("people", expand="references")
    people = people.loc[people["id"] == own, ["id", "references.Harvest", "references.Xero"]]
    people["references.Xero"] = None
    plan = desk.plan(people)
    assert body_of(plan)[0].endswith("): references.Xero '1' -> nothing")
    assert "1 missing cell unsets" in repr(plan)
    assert "1 missing cell leaves" in repr(desk.plan(people, na="omit"))


def test_a_missing_custom_field_leaves_what_is_there(desk: Desk) -> None:
    projects = desk.read("projects", expand="customFields")
    label = "customFields.PO number"
    projects = projects.loc[projects[label].notna(), ["id", label]].head(1)
    plan = desk.plan(projects.assign(**{label: None}), "projects", na="omit")
    assert "1 missing cell leaves the value in Runn as it is" in repr(plan)


@pytest.mark.parametrize("how", ["skip", "overwrite"])
def test_the_journal_says_conflict_as_the_result_does(desk: Desk, how: Any) -> None:
    people = desk.read("people")
    own = int(people["id"].iloc[0])
    desk.account.request("PATCH", f"people/{own}", json={"lastName": "Meanwhile"})
    people.loc[[0, 1], "lastName"] = "Nightingale"
    result = desk.push(people, conflict=how)
    log = journal(desk.account).set_index("row")
    assert log["status"].to_dict() == result.loc[[0, 1], "status"].to_dict()
    assert log["error"].to_dict() == result.loc[[0, 1], "error"].to_dict()
    assert log.loc[0, "status"] == ("conflict" if how == "skip" else "updated")


def test_a_name_in_a_plan_does_not_steer_the_terminal(desk: Desk) -> None:
    frame = new_people(desk, 1).assign(firstName="\x1b[2J\x9b31mNia\x08")
    plan = desk.plan(frame, "people")
    assert not [c for c in repr(plan) if unicodedata.category(c) == "Cc" and c != "\n"]
    assert r"\x1b[2J\x9b31mNia\x08 Owusu 0" in repr(plan)


def test_what_is_unset_is_nothing_in_every_field(desk: Desk) -> None:
    people = desk.read("people").dropna(subset=["email", "teamId"]).head(2)
    people.loc[people.index[0], "email"] = None  # to the API an empty text
    people.loc[people.index[1], "teamId"] = None  # to the API a null
    plan = desk.plan(people)
    assert [line.rsplit(" -> ")[-1] for line in body_of(plan)] == ["nothing", "nothing"]
    assert plan._repr_html_().count(">nothing</td>") == 2
    assert plan.changes["new"].tolist() == [None, None]
    assert '""' not in plan.changes.to_csv()
    plan.apply()
    after = desk.read("people").set_index("id").loc[people["id"]]
    assert after["email"].isna().tolist() == [True, False]


def moved_hours(desk: Desk) -> tuple[pd.DataFrame, dict[str, str]]:
    """Some changed actuals, and how their first row's ids and its new role are named."""
    frame = desk.read("actuals", minDate="2026-06-29", maxDate="2026-06-29").head(3)
    roles, projects = (desk.read(name).set_index("id")["name"] for name in ("roles", "projects"))
    people = desk.read("people").set_index("id")
    person, project = people.loc[frame["personId"].iloc[0]], frame["projectId"].iloc[0]
    frame["billableMinutes"] += 1
    said = {
        "person": f"{person['firstName']} {person['lastName']} ({person.name})",
        "project": f"{projects[project]} ({project})",
        "role": f"{roles.iloc[0]} ({roles.index[0]})",
    }
    return frame, said


def test_ids_have_their_names_beside_them(desk: Desk) -> None:
    frame, said = moved_hours(desk)
    plan = desk.plan(frame)
    first = body_of(plan)[0]
    about = f"2026-06-29, person {said['person']}, project {said['project']}"
    assert first.startswith(f"row {frame.index[0]} (id {frame['id'].iloc[0]}, {about}): ")
    assert said["person"] in plan._repr_html_()
    contracts = desk.read("contracts").head(1)
    roles = desk.read("roles").set_index("id")["name"]
    old, new = int(contracts["roleId"].iloc[0]), int(roles.index[-2])
    contracts["roleId"] = new
    change = f"roleId {roles[old]} ({old}) -> {roles[new]} ({new})"
    assert body_of(desk.plan(contracts))[0].endswith(change)
    gone = desk.plan(frame.head(0), "actuals", delete=frame["id"].head(1))
    assert said["person"] in body_of(gone)[0]


def test_print_asks_runn_for_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    frame, said = moved_hours(desk)
    plan = desk.plan(frame)
    monkeypatch.setattr(Account, "is_demo", property(lambda _: False))
    with rp.use(desk.account):
        rp.cache.clear()
    since = desk.mark()
    own = frame.iloc[0]
    about = f"2026-06-29, person {own['personId']}, project {own['projectId']}"
    assert about in body_of(plan)[0], "the ids alone"
    assert "Traceback" not in plan._repr_html_()
    assert desk.asked(since) == []
    with rp.use(desk.account):
        frame.runn.names()
    since = desk.mark()
    assert said["person"] in body_of(plan)[0], "the cache has the lists, however old"
    assert said["project"] in plan._repr_html_()
    assert desk.asked(since) == []


def test_only_names_that_are_shown_are_looked_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.DataFrame({"personId": desk.read("people")["id"], "startDate": "2026-07-01"})
    frame["roleId"] = desk.read("roles")["id"].iloc[0]
    assert len(frame) > 25
    looked_up: list[object] = []

    def names_of(source: object, resource: str, ids: pd.Series) -> list[str | None]:
        looked_up.extend(ids)
        return ["Zoë\n" + "Z" * 50] * len(ids)

    monkeypatch.setattr("runn_pandas.lookup.known_names.names_of", names_of)
    lines = body_of(desk.plan(frame, "contracts"))
    assert len(looked_up) == 21, "the people of 20 rows, and their role"
    assert lines[0].startswith("row 0 (new): from 2026-07-01, person Zoë " + "Z" * 35 + "… (")


def test_a_long_plan_says_how_many_parts_of_fields_it_does_not_show(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []

    def title(row: dict[str, Any], names: object) -> str:
        told.append(row)
        return "somebody"

    monkeypatch.setattr("runn_pandas.frame.words.title", title)
    people = desk.read("people").head(12)
    people["firstName"] += "a"
    people["references"] = [
        [{"referenceName": name, "externalId": str(own)} for name in ("X", "Y")]
        for own in people["id"]
    ]
    plan = desk.plan(people)
    changes = zip(plan.changes["field"], plan.changes["old"], plan.changes["new"], strict=True)
    parts_of_all = sum(len(parts(*change, {})) for change in changes)
    assert parts_of_all >= 36
    more = f"... and {parts_of_all - 20} more; plan.changes has them all."
    assert body_of(plan)[20:] == [more]
    assert more in plan._repr_html_()
    assert len(told) == 40, "only what is shown is put in words: of text and markup 20 lines"


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (2, "0 CHANGES: 1 row in conflict, left alone; the others have no differences from"),
        (1, "0 CHANGES: 1 row in conflict, left alone.\n"),
    ],
)
def test_a_plan_of_conflicts_alone_denies_no_difference(desk: Desk, kept: int, said: str) -> None:
    frame = desk.read("teams").head(kept)
    own = frame["id"].iloc[0]
    desk.account.request("PATCH", f"teams/{own}", json={"name": "Theirs"})
    text = repr(desk.plan(frame))
    assert said in text
    assert f"(id {own}) was changed in the account" in text
    assert "df.loc[" not in text


def test_what_is_left_out_beside_a_conflict_is_told_with_it(desk: Desk) -> None:
    frame = desk.read("teams").head(2).assign(name=["Mine", "Ours"])
    desk.account.request("PATCH", f"teams/{frame['id'].iloc[0]}", json={"name": "Theirs"})
    text = repr(desk.plan(frame).only([]))
    assert "0 CHANGES: 1 row left out; 1 row in conflict, left alone.\n" in text
