"""New rows beside rows that are there: summed frames, taken names, keys in another spelling."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from runn_pandas.errors import PlanError
from tests.support.desk import Desk
from tests.support.pushes import actuals_of

DAY = ["date", "personId", "projectId", "roleId"]


@pytest.fixture
def actuals(desk: Desk) -> pd.DataFrame:
    """Actuals of some days, of which one person has two workstreams."""
    frame = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-06")
    row = frame[frame["workstreamId"].notna()].iloc[0]
    used = set(frame["workstreamId"].dropna())
    other = next(int(i) for i in desk.read("workstreams")["id"] if int(i) not in used)
    new = pd.DataFrame([{**{n: row[n] for n in DAY}, "workstreamId": other}])
    result = desk.push(new.assign(billableMinutes=30, nonbillableMinutes=0), "actuals")
    assert list(result["status"]) == ["created"], result["error"].tolist()
    desk.bodies.clear()
    return desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-06")


def summed(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    found = frame.groupby(by, as_index=False)[["billableMinutes", "nonbillableMinutes"]].sum()
    assert found.attrs == frame.attrs  # what makes it look as if it came from Runn
    return found


def total(desk: Desk) -> int:
    frame = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-06")
    return int(frame["billableMinutes"].sum() + frame["nonbillableMinutes"].sum())


@pytest.mark.parametrize("resource", [None, "actuals"])
def test_actuals_summed_over_workstreams_are_refused(
    desk: Desk, actuals: pd.DataFrame, resource: str | None
) -> None:
    before = total(desk)
    with pytest.raises(PlanError, match="lost id and workstreamId") as caught:
        desk.push(summed(actuals, DAY), resource)
    assert "Keep id and workstreamId" in str(caught.value)
    assert "df.attrs.clear()" in str(caught.value)
    assert set(caught.value.problems["column"]) == {"workstreamId"}
    assert desk.bodies == []
    assert total(desk) == before


def test_actuals_that_kept_their_workstream_find_their_rows(
    desk: Desk, actuals: pd.DataFrame
) -> None:
    frame = actuals.drop(columns="id")
    assert desk.plan(frame).requests == 0
    frame.loc[0, "billableNote"] = "changed"
    assert list(desk.push(frame)["status"]).count("updated") == 1
    # To another workstream it would count twice.
    moved = actuals.drop(columns=["id", "createdAt", "updatedAt"]).head(50)
    moved["workstreamId"] = pd.NA
    with pytest.raises(PlanError, match="lost id: was it summed up"):
        desk.plan(moved)


def test_summed_actuals_that_are_meant_can_be_pushed(desk: Desk, actuals: pd.DataFrame) -> None:
    frame = summed(actuals, DAY)
    frame.attrs.clear()
    plan = desk.plan(frame, "actuals")
    assert "has time beside: row" in repr(plan)
    assert plan.changes["id"].isna().any()


def test_actuals_of_a_file_beside_those_of_a_workstream_are_noted(
    desk: Desk, actuals: pd.DataFrame
) -> None:
    row = actuals[actuals["workstreamId"].notna()].head(1)
    frame = pd.DataFrame(row[[*DAY, "billableMinutes", "nonbillableMinutes"]].to_dict("list"))
    plan = desk.plan(frame, "actuals")
    ids = actuals.merge(row[DAY], on=DAY)["id"].tolist()
    assert "Under another workstream of the same day" in repr(plan)
    assert any(str(own) in repr(plan) for own in ids)
    other = frame.assign(date=pd.Timestamp("2020-01-06"))
    assert "workstream" not in repr(desk.plan(other, "actuals"))


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2020-01-06", "would overwrite the 60 of id"),  # a day that has an actual
        ("2020-01-05", "their time would count twice"),  # weeks from Sunday
        ("2020-01-12", "their time would count twice"),  # weeks to Sunday
        ("2020-01-31", "their time would count twice"),  # months
    ],
)
def test_the_sum_of_a_week_or_month_is_refused(desk: Desk, day: str, why: str) -> None:
    one = actuals_of(desk, 1).assign(billableMinutes=60)
    week = pd.concat([one] * 5, ignore_index=True)
    week["date"] = pd.date_range("2020-01-06", periods=5)
    desk.push(week, "actuals")
    desk.bodies.clear()
    frame = desk.read("actuals", minDate="2020-01-06", maxDate="2020-01-10")
    sums = summed(frame.assign(date=pd.Timestamp(day)), DAY)
    assert sums["billableMinutes"].tolist() == [300]
    with pytest.raises(PlanError, match=why):
        desk.push(sums)
    with pytest.raises(PlanError, match=why):
        desk.push(sums.assign(workstreamId=pd.NA))
    assert desk.bodies == []
    sums.attrs.clear()
    assert desk.plan(sums, "actuals").requests == 1


def test_a_copied_week_is_pushed_and_noted(desk: Desk, actuals: pd.DataFrame) -> None:
    copy = actuals.drop(columns=["id", "createdAt", "updatedAt"]).head(20)
    copy["date"] -= pd.Timedelta(days=7 * 200)
    plan = desk.plan(copy)
    assert "has lost its ids. If it was grouped or summed up" in repr(plan)
    assert plan.summary["rows"].tolist() == [20]


def test_assignments_that_were_grouped_are_refused(desk: Desk) -> None:
    frame = desk.read("assignments")
    frame = frame[frame["isActive"] & ~frame["isTemplate"]]
    by = ["personId", "projectId", "roleId"]
    grouped = frame.groupby(by, as_index=False).agg(
        startDate=("startDate", "min"),
        endDate=("endDate", "max"),
        minutesPerDay=("minutesPerDay", "sum"),
    )
    grouped["minutesPerDay"] = grouped["minutesPerDay"].clip(upper=480)
    grouped.attrs = frame.attrs  # pandas 2 forgets them in agg, and keeps them in sum
    with pytest.raises(PlanError, match="has lost its ids, and this new row looks like id"):
        desk.push(grouped)
    assert desk.bodies == []
    # The same plan for the year after is no copy of what is there.
    later = frame.head(3)[[*by, "startDate", "endDate", "minutesPerDay"]].copy()
    later[["startDate", "endDate"]] += pd.Timedelta(days=3 * 365)
    plan = desk.plan(later)
    assert list(plan.summary["action"]) == ["create"]
    assert "has lost its ids" in repr(plan)


def test_a_frame_that_lost_its_ids_makes_no_second_set_of_teams(desk: Desk) -> None:
    teams = desk.read("teams")[["name"]]
    with pytest.raises(PlanError, match="looks like id"):
        desk.push(teams)
    assert set(desk.push(teams, on="name")["status"]) == {"unchanged"}
    teams.attrs.clear()
    plan = desk.plan(teams, "teams")
    assert "New 'teams' whose name is taken already: row 0" in repr(plan)
    assert plan.requests == len(teams)


def test_ids_and_names_that_do_not_fit_are_refused(desk: Desk) -> None:
    teams = desk.read("teams").head(2)[["id", "name"]]
    first, second = teams["id"]
    turned = teams.assign(name=teams["name"].tolist()[::-1])
    text = rf"'id': {first} does not fit: the account has this name on id {second}"
    with pytest.raises(PlanError, match=text):
        desk.push(turned, on="name")
    assert desk.bodies == []


# -- taken names


def joiner(desk: Desk, email: str) -> pd.DataFrame:
    role = int(desk.read("roles")["id"].iloc[0])
    return pd.DataFrame({"firstName": ["N"], "lastName": ["N"], "email": [email], "roleId": [role]})


@pytest.mark.parametrize("on", [None, "references.Sage"])
def test_a_new_person_with_an_email_that_is_taken_is_refused(desk: Desk, on: Any) -> None:
    person = desk.read("people").dropna(subset="email").iloc[0]
    frame = joiner(desk, f" {person['email'].upper()}").assign(**{"references.Sage": "S-new"})
    with pytest.raises(PlanError, match=rf"is the email of id {person['id']} already.*on='email'"):
        desk.push(frame, "people", on=on)
    assert desk.bodies == []
    assert desk.plan(joiner(desk, "nobody@example.com"), "people").requests == 1


def test_a_taken_email_is_asked_for_in_one_request(desk: Desk) -> None:
    frame = joiner(desk, "nobody@example.com")
    since = desk.mark()
    desk.plan(frame, "people")
    assert desk.asked(since) == ["GET /people/"]
    assert "email=" in desk.demo.log[since].query


@pytest.mark.parametrize("resource", ["clients", "roles", "teams", "skills", "projects"])
def test_a_name_that_is_taken_is_noted(desk: Desk, resource: str) -> None:
    there = desk.read(resource)
    name, own = str(there["name"].iloc[0]), there["id"].iloc[0]
    frame = pd.DataFrame({"name": [f"{name.upper()} ", "Quite another"]})
    if resource == "projects":
        frame["clientId"] = there["clientId"].iloc[0]
    if resource == "roles":
        frame["defaultHourCost"], frame["standardRate"] = 1.0, 2.0
    note = next(n for n in desk.plan(frame, resource).notes if "taken already" in n)
    assert f"row 0 '{name.upper()} ' (id {own}" in note
    assert "row 1" not in note


def test_the_same_phase_name_in_another_project_is_no_wonder(desk: Desk) -> None:
    phases = desk.read("phases")
    name = phases["name"].iloc[0]
    mine = phases.loc[phases["name"] == name, "projectId"]
    other = next(int(i) for i in desk.read("projects")["id"] if i not in set(mine))
    frame = phases.head(1)[["projectId", "name", "startDate", "endDate"]].copy()
    frame.attrs.clear()
    assert "taken already" in repr(desk.plan(frame, "phases"))
    assert "taken already" not in repr(desk.plan(frame.assign(projectId=other), "phases"))


# -- keys in another spelling


def test_a_name_with_blanks_or_in_another_case_is_the_same(desk: Desk) -> None:
    frame = pd.DataFrame({"name": ["N1", "N2", "Café"]})
    own = desk.push(frame, "clients")["id"].tolist()
    desk.bodies.clear()
    site = "https://n.example"
    again = pd.DataFrame({"name": ["n1", "N2 ", "cafe\u0301"], "website": [site] * 3})
    result = desk.push(again, "clients", on="name")
    assert result["id"].tolist() == own
    assert set(result["status"]) == {"updated"}
    # What a row is found by is not written.
    assert [body for _, _, body in desk.bodies] == [{"website": site}] * 3
    assert desk.plan(again.head(1), "clients", on="name").requests == 0
    assert desk.plan(again.tail(1), "clients", on="name").requests == 0


def test_a_key_that_fits_several_names_is_refused_with_them(desk: Desk) -> None:
    own = desk.push(pd.DataFrame({"name": ["Twin", "TWIN"]}), "clients")["id"].tolist()
    frame = pd.DataFrame({"name": ["twin"], "website": ["https://t.example"]})
    with pytest.raises(PlanError, match=rf"2 rows.*ids {own[0]}, {own[1]}: 'Twin', 'TWIN'"):
        desk.push(frame, "clients", on="name")
    # Spelled as one of them, it is that one.
    frame["name"] = "TWIN"
    assert desk.push(frame, "clients", on="name")["id"].tolist() == [own[1]]


def test_two_spellings_of_one_key_in_the_frame_are_refused(desk: Desk) -> None:
    frame = pd.DataFrame({"name": ["N1", " n1"]})
    with pytest.raises(PlanError, match=r"row 1.*more than once"):
        desk.push(frame, "clients", on="name")


def test_ids_of_other_systems_keep_their_case(desk: Desk) -> None:
    frame = pd.DataFrame({"name": ["One", "Two"], "references.Sage": ["aB", "Ab "]})
    first = desk.push(frame, "clients", on="references.Sage")
    assert list(first["status"]) == ["created", "created"]
    frame["references.Sage"] = ["Ab", " aB"]
    frame["name"] = ["Two", "One"]
    again = desk.push(frame, "clients", on="references.Sage")
    assert list(again["status"]) == ["unchanged", "unchanged"]
    assert list(again["id"]) == list(first["id"])[::-1]


# -- two references of one name


def two_references(desk: Desk) -> tuple[int, list[dict[str, str]]]:
    own = int(desk.read("clients")["id"].iloc[0])
    both = [{"referenceName": "X", "externalId": one} for one in ("a", "b")]
    both.append({"referenceName": "Xero", "externalId": "x"})
    desk.account.request("PATCH", f"clients/{own}", json={"references": both})
    desk.bodies.clear()
    return own, both


def test_found_by_the_second_reference_nothing_of_it_is_written(desk: Desk) -> None:
    own, both = two_references(desk)
    site = "https://x.example"
    frame = pd.DataFrame({"references.X": ["b"], "website": [site]})
    result = desk.push(frame, "clients", on="references.X")
    assert result["id"].tolist() == [own]
    assert desk.bodies == [("PATCH", f"/clients/{own}", {"website": site})]
    assert desk.account.request("GET", f"clients/{own}")["references"] == both
    more = frame.assign(**{"references.Xero": "y"})
    desk.push(more, "clients", on="references.X")
    found = desk.account.request("GET", f"clients/{own}")["references"]
    assert found == [*both[:2], {"referenceName": "Xero", "externalId": "y"}]


@pytest.mark.parametrize("alone", [False, True])
def test_the_second_reference_of_a_name_goes_back_as_that(desk: Desk, alone: bool) -> None:
    own, both = two_references(desk)
    frame = desk.read("clients", expand="references").head(1)
    assert desk.plan(frame).requests == 0
    frame.loc[0, "references.X#2"] = "changed"
    if alone:
        frame = frame[["id", "references.X#2"]]
    desk.push(frame)
    found = desk.account.request("GET", f"clients/{own}")["references"]
    names = [(one["referenceName"], one["externalId"]) for one in found]
    assert sorted(names) == [("X", "a"), ("X", "changed"), ("Xero", "x")]
    again = desk.read("clients", expand="references").head(1)
    assert again.loc[0, "references.X#2"] == "changed"
    again.loc[0, "references.X#2"] = pd.NA
    desk.push(again)
    found = desk.account.request("GET", f"clients/{own}")["references"]
    assert [one for one in found if one["referenceName"] == "X"] == both[:1]


def test_a_second_reference_where_there_was_one_or_none(desk: Desk) -> None:
    clients = desk.read("clients")["id"].tolist()
    new = {"references.Z": ["p", "q"], "references.Z#2": ["r", None]}
    desk.push(pd.DataFrame({"id": clients[:2], **new}), "clients")
    found = desk.account.request("GET", f"clients/{clients[0]}")["references"]
    assert [one["externalId"] for one in found if one["referenceName"] == "Z"] == ["p", "r"]
    desk.push(pd.DataFrame({"id": clients[1:2], "references.Z#2": ["s"]}), "clients")
    found = desk.account.request("GET", f"clients/{clients[1]}")["references"]
    assert [one["externalId"] for one in found if one["referenceName"] == "Z"] == ["q", "s"]


def test_a_reference_that_is_really_called_so_keeps_its_name(desk: Desk) -> None:
    own = int(desk.read("clients")["id"].iloc[0])
    real = [{"referenceName": "Code#2", "externalId": "c"}]
    desk.account.request("PATCH", f"clients/{own}", json={"references": real})
    frame = desk.read("clients", expand="references").head(1)
    frame.loc[0, "references.Code#2"] = "changed"
    desk.push(frame)
    found = desk.account.request("GET", f"clients/{own}")["references"]
    assert found == [{"referenceName": "Code#2", "externalId": "changed"}]
