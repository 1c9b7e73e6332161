"""What each write means. The headings name the sections of the guide to Runn's API."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runn_pandas.catalog import load
from runn_pandas.demo import TODAY, Company, Demo, Request
from runn_pandas.demo.routes import WRITES

NOON = f"{TODAY}T12:00:"


def digest(company: Company) -> str:
    return json.dumps(
        [[n, sorted((str(k), r) for k, r in t.items())] for n, t in company.tables.items()]
    )


def first(client: Any, table: str, **fields: Any) -> Any:
    rows = client.demo.company.rows(table)
    return next(row for row in rows if fields.items() <= row.items())


def person(client: Any, **more: Any) -> int:
    """A new person, on a contract that began long ago, without any history."""
    body = {"firstName": "Neu", "lastName": "Mann", "roleId": first(client, "roles")["id"]}
    answer = client.post("/people/", body | {"startDate": "2025-01-01"} | more)
    assert answer.status == 201, answer.text
    return int(answer.json["id"])


def project(client: Any, **more: Any) -> int:
    answer = client.post(
        "/projects/", {"name": "P", "clientId": first(client, "clients")["id"]} | more
    )
    assert answer.status == 201, answer.text
    return int(answer.json["id"])


def work(client: Any, **more: Any) -> dict[str, Any]:
    role = first(client, "roles")["id"]
    return {"personId": person(client), "projectId": project(client), "roleId": role} | more


def refused(answer: Any, status: int, words: str) -> None:
    assert answer.status == status, answer.text
    assert words in answer.json["message"]


def events(client: Any) -> list[Any]:
    return list(client.get("/activity-log", limit=5)["values"])


def test_every_write_has_its_rule() -> None:
    assert {(o.method, o.path) for o in load().operations if o.method != "GET"} == set(WRITES)
    assert len(WRITES) == 103


# -- 1.2, 2.2, 4.1: who may write, and when it was --------------------------------------------


@pytest.mark.parametrize("token", ["demo-read", "LIVE_demo-read"])
def test_a_token_to_read_with(token: str, fresh: Any, ask_of: Any) -> None:
    before = digest(fresh.demo.company)
    reader = ask_of(fresh.demo, token)
    for method, path in WRITES:
        answer = reader.ask(path.replace("{", "").replace("}", ""), (), method, body={})
        assert (answer.status, answer.json["error"]) == (403, "Forbidden")
    assert reader.ask("/me").status == 200
    assert digest(fresh.demo.company) == before


def test_all_tokens_see_one_company(fresh: Any, ask_of: Any) -> None:
    id_ = fresh.post("/teams/", {"name": "T"}).json["id"]
    assert ask_of(fresh.demo, "LIVE_demo").get(f"/teams/{id_}")["name"] == "T"


def test_the_clock_goes_on_with_every_write(fresh: Any) -> None:
    one = fresh.post("/teams/", {"name": "A"}).json
    assert one["createdAt"] == one["updatedAt"] == f"{NOON}01.000Z"
    fresh.post("/teams/", {"name": ""})  # refused: no time passes
    two = fresh.patch(f"/teams/{one['id']}/", {"name": "B"}).json
    assert (two["createdAt"], two["updatedAt"]) == (one["createdAt"], f"{NOON}02.000Z")
    # What changes nothing is no change.
    assert fresh.patch(f"/teams/{one['id']}/", {"name": "B"}).json == two
    assert fresh.post("/teams/", {"name": "C"}).json["updatedAt"] == f"{NOON}03.000Z"
    found = fresh.every("/teams/", modifiedAfter=f"{NOON}01Z")
    assert [row["name"] for row in found] == ["B", "C"]


def test_ids_are_never_given_twice(fresh: Any) -> None:
    one = fresh.post("/skills/", {"name": "A"}).json["id"]
    fresh.delete(f"/skills/{one}")
    assert fresh.post("/skills/", {"name": "B"}).json["id"] == one + 1


def test_stamps_of_parents_stay(fresh: Any) -> None:
    """4.1: a person's and a project's updatedAt is about their core properties alone."""
    key = work(fresh)
    stamps = {}

    def stamped() -> dict[str, str]:
        return {
            table: fresh.demo.company.tables[table][key[name]]["updatedAt"]
            for table, name in (("people", "personId"), ("projects", "projectId"))
        }

    stamps = stamped()
    who, what = f"/people/{key['personId']}", f"/projects/{key['projectId']}"
    field = first(fresh, "custom-fields/text", model="PROJECT")["id"]
    assert fresh.post("/actuals/", key | {"date": "2026-06-01", "billableMinutes": 1}).status == 201
    assert fresh.post(f"{who}/contracts/", {"roleId": key["roleId"]}).status == 201
    assert fresh.post(f"{who}/skills/", {"skillId": first(fresh, "skills")["id"]}).status == 201
    assert fresh.post(f"{who}/teams/", {"teamId": first(fresh, "teams")["id"]}).status == 201
    assert fresh.patch(f"{what}/custom-fields/text/", {"id": field, "value": "x"}).status == 200
    assert fresh.post(f"{what}/notes/", {"note": "n"}).status == 201
    assert stamped() == stamps
    fresh.patch(who, {"firstName": "Else"})
    fresh.patch(what, {"budget": 5})
    assert all(one > stamps[table] for table, one in stamped().items())


# -- 5.1: actuals ------------------------------------------------------------------------------


def test_actuals_overwrite_their_key(fresh: Any) -> None:
    key = work(fresh, date="2026-06-01")
    phase = fresh.post(
        f"/projects/{key['projectId']}/phases/",
        {"name": "A", "startDate": "2026-01-01", "endDate": "2026-12-31"},
    ).json["id"]
    one = fresh.post(
        "/actuals/", key | {"billableMinutes": 60, "billableNote": "x", "phaseId": phase}
    )
    two = fresh.post("/actuals/", key | {"nonbillableMinutes": 30})
    assert one.json["id"] == two.json["id"]
    # The whole of it: minutes, notes, and the phase, which is no part of the key.
    assert [
        two.json[n] for n in ("billableMinutes", "nonbillableMinutes", "billableNote", "phaseId")
    ] == [0, 30, None, None]
    assert two.json["createdAt"] == one.json["createdAt"] < two.json["updatedAt"]
    stream = first(fresh, "workstreams")["id"]
    other = fresh.post("/actuals/", key | {"billableMinutes": 5, "workstreamId": stream})
    assert other.json["id"] != one.json["id"]
    assert len(fresh.every(f"/projects/{key['projectId']}/actuals/")) == 2
    members = fresh.every("/project-members/", limit=500)
    assert [m["workstreamId"] for m in members if m["projectId"] == key["projectId"]] == [
        None,
        stream,
    ]


def test_time_entries_add(fresh: Any) -> None:
    key = work(fresh, date="2026-06-01")
    stream = first(fresh, "workstreams")["id"]
    entry = key | {"billableMinutes": 20, "billableNote": "a", "workstreamId": stream}
    one = fresh.post("/actuals/time-entry", entry).json
    two = fresh.post("/actuals/time-entry", key | {"billableMinutes": 25}).json
    assert (two["id"], two["billableMinutes"], two["billableNote"]) == (one["id"], 45, "a")
    # Said to be in no workstream it is another actual.
    three = fresh.post("/actuals/time-entry", key | {"billableMinutes": 1, "workstreamId": None})
    assert three.json["id"] != one["id"]


def test_entries_at_one_time_lose_nothing(fresh: Any) -> None:
    entry = work(fresh, date="2026-06-01", billableMinutes=1)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: fresh.post("/actuals/time-entry", entry), range(64)))
    [row] = fresh.every(f"/projects/{entry['projectId']}/actuals/")
    assert row["billableMinutes"] == 64


def test_bulk_actuals_are_all_or_nothing(fresh: Any) -> None:
    key = work(fresh)
    days = [{**key, "date": f"2026-06-{n:02d}", "billableMinutes": 60} for n in range(1, 31)]
    before = digest(fresh.demo.company)
    refused(
        fresh.post("/actuals/bulk/", {"actuals": [*days, days[0] | {"personId": 7}]}),
        400,
        "body/actuals/30/personId",
    )
    assert digest(fresh.demo.company) == before
    made = fresh.post("/actuals/bulk/", {"actuals": days}).json
    again = fresh.post("/actuals/bulk/", {"actuals": days}).json
    assert again == made
    assert [row["date"] for row in made] == [row["date"] for row in days]
    twice = fresh.post("/actuals/bulk/", {"actuals": [days[0], days[0] | {"billableMinutes": 7}]})
    assert [row["id"] for row in twice.json] == [made[0]["id"]] * 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"billableMinutes": 7.5}, "whole number"),
        ({"billableMinutes": 5, "date": "2026-07-01"}, "future"),
        ({}, "must be set"),
        ({"billableMinutes": 5, "roleId": 1}, "body/roleId: no such record in roles"),
        ({"billableMinutes": 5, "phaseId": -1}, "body/phaseId: no such record in phases"),
        ({"billableMinutes": 5, "workstreamId": 1}, "body/workstreamId"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/actuals/", "/actuals/time-entry"])
def test_actuals_that_cannot_be(path: str, more: Any, words: str, fresh: Any) -> None:
    key = work(fresh, date="2026-06-01")
    before = digest(fresh.demo.company)
    refused(fresh.post(path, key | more), 400, words)
    assert digest(fresh.demo.company) == before


def test_zero_is_not_the_same_as_nothing(fresh: Any) -> None:
    key = work(fresh)
    monday = {"startDate": "2026-06-01", "endDate": "2026-06-01", "minutesPerDay": 300}
    fresh.post("/assignments/", key | monday)
    who = f"/reports/hours/people/{key['personId']}"
    assert fresh.get(who)["values"][0]["totalMinutes"] == 300
    id_ = fresh.post("/actuals/", key | {"date": "2026-06-01", "billableMinutes": 0}).json["id"]
    assert fresh.get(who)["values"][0]["totalMinutes"] == 0
    totals = f"/reports/totals/projects/{key['projectId']}"
    assert fresh.get(totals)["totalMinutes"] == 0
    assert fresh.delete(f"/actuals/{id_}/").status == 204
    assert fresh.get(totals)["totalMinutes"] == 300
    event = events(fresh)[0]
    assert (event["type"], event["actor"]["type"]) == ("actual_deleted", "api")
    assert (event["actual"]["id"], event["actual"]["person"]["firstName"]) == (id_, "Neu")
    refused(fresh.delete(f"/actuals/{id_}/"), 404, "actuals")


# -- 5.2: assignments --------------------------------------------------------------------------


def test_assignments_are_split_around_leave_and_not_around_holidays(fresh: Any) -> None:
    key = work(fresh)
    leave = {"personId": key["personId"], "startDate": "2026-06-03", "endDate": "2026-06-09"}
    fresh.post("/time-offs/leave/", leave)
    partial = leave | {"startDate": "2026-06-11", "endDate": "2026-06-11", "minutesPerDay": 60}
    fresh.post("/time-offs/leave/", partial)
    holiday = first(fresh, "holiday-groups/holidays")
    day = holiday["observed"] or holiday["date"]
    fresh.post("/time-offs/holidays/", {"personId": key["personId"], "holidayId": holiday["id"]})
    plan = key | {"startDate": "2026-06-01", "endDate": "2026-06-14", "minutesPerDay": 480}
    rows = fresh.post("/assignments/", plan).json
    spans = [(row["startDate"], row["endDate"]) for row in rows]
    assert spans == [("2026-06-01", "2026-06-02"), ("2026-06-10", "2026-06-14")]
    assert {row["isBillable"] for row in rows} == {True}
    year = key | {
        "startDate": f"{day[:4]}-01-01",
        "endDate": f"{day[:4]}-01-31",
        "minutesPerDay": 1,
    }
    spans = [(row["startDate"], row["endDate"]) for row in fresh.post("/assignments/", year).json]
    assert spans == [(f"{day[:4]}-01-01", f"{day[:4]}-01-31")]
    assert spans[0][0] <= day <= spans[0][1]


def test_a_wholly_blocked_assignment(fresh: Any) -> None:
    key = work(fresh)
    days = {"startDate": "2026-06-01", "endDate": "2026-06-05"}
    fresh.post("/time-offs/leave/", {"personId": key["personId"], **days})
    before = digest(fresh.demo.company)
    refused(fresh.post("/assignments/", key | days | {"minutesPerDay": 60}), 400, "off")
    assert digest(fresh.demo.company) == before


@pytest.mark.parametrize(
    ("start", "end", "said", "wanted"),
    [
        ("2026-06-06", "2026-06-06", None, True),
        ("2026-06-06", "2026-06-07", None, False),
        ("2026-06-05", "2026-06-05", None, False),
        ("2026-06-06", "2026-06-06", False, False),
        ("2026-06-06", "2026-06-07", True, "endDate must be startDate"),
        ("2026-06-05", "2026-06-05", True, "weekend day or a holiday"),
        ("2026-06-06", "2026-06-05", None, "body/endDate is before"),
    ],
)
def test_non_working_days(start: str, end: str, said: Any, wanted: Any, fresh: Any) -> None:
    plan = work(fresh, startDate=start, endDate=end, minutesPerDay=60)
    answer = fresh.post("/assignments/", plan if said is None else plan | {"isNonWorkingDay": said})
    if isinstance(wanted, str):
        refused(answer, 400, wanted)
    else:
        assert [row["isNonWorkingDay"] for row in answer.json] == [wanted]


def test_the_deletion_gives_the_row_back(fresh: Any) -> None:
    plan = work(fresh, startDate="2026-07-01", endDate="2026-07-03", minutesPerDay=60)
    [row] = fresh.post("/assignments/", plan).json
    assert fresh.post("/assignments/", plan).json[0]["id"] == row["id"] + 1
    answer = fresh.delete(f"/assignments/{row['id']}/")
    assert (answer.status, answer.json) == (200, row)
    assert events(fresh)[0]["type"] == "assignment_deleted"
    # The contract knows no 404 here.
    refused(fresh.delete(f"/assignments/{row['id']}/"), 400, "assignments")


def test_free_projects_have_no_billable_work(fresh: Any) -> None:
    plan = work(fresh, startDate="2026-07-01", endDate="2026-07-03", minutesPerDay=60)
    plan["projectId"] = project(fresh, pricingModel="nb")
    assert fresh.post("/assignments/", plan).json[0]["isBillable"] is False
    refused(fresh.post("/assignments/", plan | {"isBillable": True}), 400, "non-billable")


# -- 5.3: people, contracts, roles -------------------------------------------------------------


def test_a_person_comes_with_a_contract(fresh: Any) -> None:
    role = first(fresh, "roles")
    id_ = fresh.post("/people/", {"firstName": "A", "lastName": "B", "roleId": role["id"]}).json[
        "id"
    ]
    [contract] = fresh.every(f"/people/{id_}/contracts/")
    assert contract["startDate"] == TODAY.isoformat()
    assert (contract["minutesPerDay"], contract["costPerHour"]) == (480, role["defaultHourCost"])
    assert set(contract["rosteredDays"].values()) == {480}
    assert id_ in fresh.get(f"/roles/{role['id']}")["personIds"]
    assert fresh.get(f"/people/{id_}")["customFields"]["text"] == []


def test_days_off_come_with_the_contract(fresh: Any) -> None:
    group = first(fresh, "holiday-groups")
    days = {"monday": 480, "tuesday": 480, "wednesday": 480, "thursday": 0, "friday": 0}
    id_ = person(fresh, holidaysGroupId=group["id"], rosteredDays=days, endDate="2026-06-30")
    off = fresh.every(f"/people/{id_}/time-offs/rostered-off")
    assert (off[0]["startDate"], off[0]["endDate"]) == ("2025-01-02", "2025-01-03")
    holidays = fresh.every(f"/people/{id_}/time-offs/holidays")
    assert holidays
    [contract] = fresh.every(f"/people/{id_}/contracts/")
    fresh.patch(f"/contracts/{contract['id']}", {"endDate": "2025-01-31"})
    assert len(fresh.every(f"/people/{id_}/time-offs/rostered-off")) == 5
    assert len(fresh.every(f"/people/{id_}/time-offs/holidays")) < len(holidays)


def test_patching_a_person_sends_what_changes(fresh: Any) -> None:
    tag = first(fresh, "people-tags")
    refs = [{"referenceName": "H", "externalId": "1"}] * 2
    id_ = person(fresh, email="a@example.com", references=refs, tags=[{"id": tag["id"]}])
    row = fresh.patch(f"/people/{id_}", {"lastName": "Else"}).json
    assert (row["email"], row["references"]) == ("a@example.com", refs)
    assert row["tags"] == [{"id": tag["id"], "name": tag["name"]}]
    row = fresh.patch(f"/people/{id_}", {"email": None, "references": refs[:1], "tags": []}).json
    assert (row["email"], row["references"], row["tags"]) == (None, refs[:1], [])
    refused(fresh.patch(f"/people/{id_}", {"tags": [{"id": 1}]}), 400, "body/tags/0/id")


def test_people_with_history_stay_unless_forced(fresh: Any) -> None:
    key = work(fresh)
    id_ = fresh.post("/actuals/", key | {"date": "2026-06-01", "billableMinutes": 1}).json["id"]
    refused(fresh.delete(f"/people/{key['personId']}", force="false"), 400, "actuals")
    assert fresh.delete(f"/people/{key['personId']}", force="true").status == 204
    assert fresh.ask(f"/people/{key['personId']}").status == 404
    assert fresh.delete(f"/actuals/{id_}/").status == 404
    # One event: what belonged to the person goes silently.
    last = [event for event in events(fresh) if event["timestamp"] > NOON]
    assert [event["type"] for event in last] == ["person_deleted"]
    assert fresh.delete(f"/people/{person(fresh)}").status == 204


def test_a_new_contract_ends_the_one_before(fresh: Any) -> None:
    id_, role = person(fresh), first(fresh, "roles")["id"]
    path = f"/people/{id_}/contracts/"
    new = fresh.post(path, {"roleId": role, "startDate": "2026-03-01", "endDate": "2026-08-31"})
    assert new.status == 201
    rows = fresh.every(path)
    assert [row["endDate"] for row in rows] == ["2026-02-28", "2026-08-31"]
    before = digest(fresh.demo.company)
    for body in (
        {"startDate": "2026-03-01"},
        {"startDate": "2025-01-01"},
        {"startDate": "2026-02-01", "endDate": "2026-03-01"},
    ):
        refused(fresh.post(path, {"roleId": role, **body}), 400, "overlaps")
    refused(fresh.patch(f"/contracts/{rows[0]['id']}", {"endDate": None}), 400, "overlaps")
    refused(fresh.post(path, {"roleId": role, "startDate": "2033-01-01"}), 400, "5 years")
    refused(
        fresh.post(path, {"roleId": role, "startDate": "2026-10-01", "endDate": "2026-09-30"}),
        400,
        "before",
    )
    assert digest(fresh.demo.company) == before


def test_rostered_days_are_the_minutes_or_none(fresh: Any) -> None:
    id_ = person(fresh)
    [row] = fresh.every(f"/people/{id_}/contracts/")
    path = f"/contracts/{row['id']}"
    days = dict.fromkeys(row["rosteredDays"], 300) | {"friday": 0}
    assert fresh.patch(path, {"rosteredDays": days}).json["minutesPerDay"] == 300
    assert fresh.patch(path, {"minutesPerDay": 400}).json["rosteredDays"]["friday"] == 0
    refused(fresh.patch(path, {"rosteredDays": days | {"monday": 299}}), 400, "rosteredDays")


def test_deleted_contracts_are_in_the_log(fresh: Any) -> None:
    id_ = person(fresh)
    [row] = fresh.every(f"/people/{id_}/contracts/")
    refused(fresh.delete(f"/people/{person(fresh)}/contracts/{row['id']}"), 404, "contracts")
    assert fresh.delete(f"/people/{id_}/contracts/{row['id']}").status == 204
    assert events(fresh)[0]["contract"]["personId"] == id_


def test_one_team_a_person(fresh: Any) -> None:
    id_ = person(fresh)
    one, two = (row["id"] for row in list(fresh.demo.company.rows("teams"))[:2])
    for team in (one, two):
        assert fresh.post(f"/people/{id_}/teams/", {"teamId": team}).text == ""
    assert [row["id"] for row in fresh.every(f"/people/{id_}/teams/current")] == [two]
    refused(fresh.delete(f"/people/{id_}/teams/{one}"), 400, "teams")
    answer = fresh.delete(f"/people/{id_}/teams/{two}")
    assert (answer.status, answer.text) == (202, "")
    assert "content-type" not in {name.lower() for name, value in answer.headers.items() if value}


def test_skills_have_levels(fresh: Any) -> None:
    id_, skill = person(fresh), first(fresh, "skills")["id"]
    assert fresh.post(f"/people/{id_}/skills/", {"skillId": skill}).json["level"] is None
    assert fresh.patch(f"/people/{id_}/skills/{skill}", {"level": 4}).json["level"] == 4
    people = {"people": [{"personId": id_, "level": 2}]}
    assert fresh.post(f"/skills/{skill}/people/", people).json["values"][0]["level"] == 2
    assert fresh.delete(f"/people/{id_}/skills/{skill}").status == 204
    refused(fresh.delete(f"/people/{id_}/skills/{skill}"), 404, "skills")


# -- 5.4: time off -----------------------------------------------------------------------------

LEAVE = ("2027-03-08", "2027-03-12")


@pytest.mark.parametrize(
    ("start", "end", "minutes", "wanted"),
    [
        # Overlapping and adjacent whole days merge, into the oldest; a part of it is it.
        ("2027-03-10", "2027-03-20", None, [("2027-03-08", "2027-03-20", None)]),
        ("2027-03-13", "2027-03-14", None, [("2027-03-08", "2027-03-14", None)]),
        ("2027-03-01", "2027-03-07", None, [("2027-03-01", "2027-03-12", None)]),
        ("2027-03-09", "2027-03-10", None, [(*LEAVE, None)]),
        ("2027-03-01", "2027-03-31", None, [("2027-03-01", "2027-03-31", None)]),
        ("2027-03-14", "2027-03-15", None, [(*LEAVE, None), ("2027-03-14", "2027-03-15", None)]),
        ("2027-03-13", "2027-03-13", 60, [(*LEAVE, None), ("2027-03-13", "2027-03-13", 60)]),
        ("2027-03-12", "2027-03-12", 60, "other minutesPerDay"),
        ("2027-03-12", "2027-03-11", None, "before"),
    ],
)
def test_leave_merges(start: str, end: str, minutes: Any, wanted: Any, fresh: Any) -> None:
    id_ = person(fresh)
    one = fresh.post(
        "/time-offs/leave/", {"personId": id_, "startDate": LEAVE[0], "endDate": LEAVE[1]}
    )
    body = {"personId": id_, "startDate": start, "endDate": end, "minutesPerDay": minutes}
    before = digest(fresh.demo.company)
    answer = fresh.post("/time-offs/leave/", body)
    if isinstance(wanted, str):
        refused(answer, 400, wanted)
        assert digest(fresh.demo.company) == before
        return
    rows = fresh.every(f"/people/{id_}/time-offs/leave")
    assert [(r["startDate"], r["endDate"], r["minutesPerDay"]) for r in rows] == wanted
    assert (answer.json["id"] == one.json["id"]) == (len(rows) == 1)


def test_leave_that_joins_two(fresh: Any) -> None:
    id_ = person(fresh)
    body = {"personId": id_, "startDate": "2027-03-01", "endDate": "2027-03-02"}
    one = fresh.post("/time-offs/leave/", body | {"note": "Kept"}).json["id"]
    two = fresh.post(
        "/time-offs/leave/", body | {"startDate": "2027-03-05", "endDate": "2027-03-05"}
    ).json["id"]
    three = fresh.post(
        "/time-offs/leave/", body | {"startDate": "2027-03-03", "endDate": "2027-03-04"}
    ).json
    assert (three["id"], three["endDate"], three["note"]) == (one, "2027-03-05", "Kept")
    assert events(fresh)[0]["timeOff"]["id"] == two


def test_leave_in_bulk(fresh: Any) -> None:
    id_ = person(fresh)
    days = [
        ("2027-03-01", "2027-03-02"),
        ("2027-05-03", "2027-05-04"),
        ("2027-03-03", "2027-03-05"),
    ]
    rows = [{"personId": id_, "startDate": start, "endDate": end} for start, end in days]
    before = digest(fresh.demo.company)
    bad = rows[0] | {"minutesPerDay": 60}
    refused(fresh.post("/time-offs/leave/bulk/", {"time_offs": [*rows, bad]}), 400, "time_offs/3")
    assert digest(fresh.demo.company) == before
    made = fresh.post("/time-offs/leave/bulk/", {"time_offs": rows}).json
    assert [row["endDate"] for row in made] == ["2027-03-05", "2027-05-04"]
    ids = [row["id"] for row in made]
    refused(fresh.delete("/time-offs/leave/bulk/", {"timeOffIds": [*ids, 7]}), 404, "leave")
    assert len(fresh.every(f"/people/{id_}/time-offs/leave")) == 2
    answer = fresh.delete("/time-offs/leave/bulk/", {"timeOffIds": ids})
    assert (answer.status, answer.text) == (202, "")
    assert {event["type"] for event in events(fresh)[:2]} == {"time_off_deleted"}


def test_leave_hides_planned_hours_until_it_goes(fresh: Any) -> None:
    key = work(fresh)
    days = {"startDate": "2026-07-06", "endDate": "2026-07-10"}
    fresh.post("/assignments/", key | days | {"minutesPerDay": 60})
    report = f"/reports/totals/projects/{key['projectId']}"
    leave = fresh.post("/time-offs/leave/", {"personId": key["personId"], **days}).json["id"]
    assert fresh.get(report)["totalMinutes"] == 0
    assert fresh.delete(f"/time-offs/leave/{leave}/").status == 202
    assert fresh.get(report)["totalMinutes"] == 300


def test_holidays_and_rostered_off_days(fresh: Any) -> None:
    id_, holiday = person(fresh), first(fresh, "holiday-groups/holidays")
    body = {"personId": id_, "holidayId": holiday["id"]}
    row = fresh.post("/time-offs/holidays/", body).json
    assert row["startDate"] == row["endDate"] == (holiday["observed"] or holiday["date"])
    refused(fresh.post("/time-offs/holidays/", body), 400, "already")
    assert fresh.delete(f"/time-offs/holidays/{row['id']}").status == 202
    off = first(fresh, "time-offs/rostered-off")["id"]
    assert fresh.delete(f"/time-offs/rostered-off/{off}").status == 202
    assert fresh.delete(f"/time-offs/rostered-off/{off}").status == 404
    waiting = first(fresh, "placeholders")["id"]
    refused(fresh.post("/time-offs/holidays/", body | {"personId": waiting}), 400, "placeholder")


# -- 5.5: projects, rates, budgets, tags, fields -----------------------------------------------


def test_a_card_is_copied_and_then_forgotten(fresh: Any) -> None:
    card = first(fresh, "rate-cards", name="Public sector 2026")
    id_ = project(fresh, rateCardId=card["id"], rateType="days")
    rates = {r["roleId"]: r["rate"] for r in fresh.every(f"/projects/{id_}/project-rates/")}
    copied = {r["role"]["id"]: r["rateDaily"] for r in card["rates"]}
    assert all(copied[role] == rate for role, rate in rates.items())
    assert id_ in fresh.get(f"/rate-cards/{card['id']}")["projectIds"]
    standard = project(fresh)
    role, before = next(iter(rates)), fresh.every(f"/projects/{standard}/project-rates/")
    fresh.patch(f"/roles/{role}", {"standardRate": 1})
    assert fresh.every(f"/projects/{standard}/project-rates/") == before
    own = first(fresh, "rate-cards", name="Standard")["rates"]
    assert next(r for r in own if r["role"]["id"] == role)["rateHourly"] == 1


def test_projects_with_work_stay(fresh: Any) -> None:
    plan = work(fresh, startDate="2026-07-01", endDate="2026-07-03", minutesPerDay=60)
    [row] = fresh.post("/assignments/", plan).json
    path = f"/projects/{plan['projectId']}/"
    refused(fresh.delete(path), 409, "assignments")
    fresh.delete(f"/assignments/{row['id']}/")
    assert fresh.delete(path).status == 204
    assert events(fresh)[0]["project"]["id"] == plan["projectId"]
    rates = fresh.every("/project-rates/", limit=500)
    assert plan["projectId"] not in {row["projectId"] for row in rates}


def test_a_project_from_a_template(fresh: Any) -> None:
    old = first(fresh, "projects", isTemplate=True)["id"]
    body = {"fromTemplate": {"templateId": old, "startDate": "2027-01-04"}}
    new = fresh.post("/projects/", body).json
    assert (new["name"], new["isTemplate"]) == (first(fresh, "projects", id=old)["name"], False)
    phases = [fresh.every(f"/projects/{id_}/phases/") for id_ in (old, new["id"])]
    assert [p["name"] for p in phases[0]] == [p["name"] for p in phases[1]]
    dated = [*(p["startDate"] for p in phases[1])]
    dated += [
        m["date"] for m in fresh.every(f"/projects/{new['id']}/milestones/", startDate="2026-01-01")
    ]
    dated += [e["date"] for e in fresh.every(f"/projects/{new['id']}/other-expenses/")]
    assert min(dated) == "2027-01-04"
    one = project(fresh)
    body["fromTemplate"]["templateId"] = one
    refused(fresh.post("/projects/", body), 400, "not a template")


def test_budgets_of_roles(fresh: Any) -> None:
    id_ = project(fresh)
    rate = fresh.every(f"/projects/{id_}/project-rates/")[0]
    fresh.patch(f"/projects/{id_}/project-rates/{rate['id']}/", {"rate": 101})
    path = f"/projects/{id_}/budget-roles/"
    body = {"roleId": rate["roleId"], "estimatedMinutes": 90}
    assert fresh.post(path, body).text == ""
    own = f"{path}{rate['roleId']}"
    # ROUND_HALF_UP(90 / 60 x 101) = ROUND_HALF_UP(151.5)
    assert fresh.get(own)["estimatedBudget"] == 152
    refused(fresh.post(path, body), 409, "already")
    answer = fresh.patch(own, {"estimatedBudget": 202}).json
    assert (answer["estimatedMinutes"], answer["estimatedBudget"]) == (120, 202)
    # Worked out live: a new rate, a new budget, and the row itself has not changed.
    fresh.patch(f"/projects/{id_}/project-rates/{rate['id']}/", {"rate": 50})
    assert fresh.get(own) == answer | {"estimatedBudget": 100}
    # The same money, said by the day.
    fresh.patch(f"/projects/{id_}", {"rateType": "days"})
    assert fresh.get(own)["estimatedBudget"] == 100
    assert fresh.delete(own).status == 204
    new = fresh.post("/roles/", {"name": "New"}).json["id"]
    refused(fresh.post(path, {"roleId": new, "estimatedBudget": 9}), 400, "rate")
    fresh.post(f"/people/{person(fresh)}/projects/", {"projectId": id_, "roleId": new})
    assert fresh.post(path, {"roleId": new, "estimatedMinutes": 9}).status == 201
    refused(fresh.delete(f"{path}{new}"), 409, "somebody")


def test_cards_that_stay(fresh: Any) -> None:
    for name in ("Standard", "Internal", "Blended"):
        refused(
            fresh.delete(f"/rate-cards/{first(fresh, 'rate-cards', name=name)['id']}"),
            400,
            "rate card",
        )


def test_phases_go_and_their_work_stays(fresh: Any) -> None:
    key = work(fresh, date="2026-06-01", billableMinutes=5)
    path = f"/projects/{key['projectId']}/phases/"
    body = {"name": "A", "startDate": "2026-01-01", "endDate": "2026-12-31"}
    phase = fresh.post(path, body).json["id"]
    actual = fresh.post("/actuals/", key | {"phaseId": phase}).json
    refused(fresh.patch(f"{path}{phase}", {"endDate": "2025-12-31"}), 400, "endDate")
    refused(
        fresh.post("/actuals/", key | {"phaseId": phase, "projectId": project(fresh)}),
        400,
        "another project",
    )
    answer = fresh.delete(f"{path}{phase}")
    assert (answer.status, answer.text) == (204, "")
    row = fresh.demo.company.tables["actuals"][actual["id"]]
    assert row["phaseId"] is None
    assert row["updatedAt"] > actual["updatedAt"]


def test_requests_notes_expenses_milestones(fresh: Any) -> None:
    id_ = project(fresh)
    waiting = fresh.post("/placeholders/", {"roleId": first(fresh, "roles")["id"]}).json
    body = {"personId": waiting["id"], "status": "REQUESTED"}
    request = fresh.post(f"/projects/{id_}/person-requests/", body)
    assert request.status == 200
    path = f"/projects/{id_}/person-requests/{request.json['id']}"
    assert fresh.patch(path, {"status": "PENDING"}).json == {
        "id": request.json["id"],
        "status": "PENDING",
    }
    refused(
        fresh.post(f"/projects/{id_}/person-requests/", body | {"personId": person(fresh)}),
        400,
        "placeholders",
    )
    note = fresh.post(f"/projects/{id_}/notes/", {"note": "N"}).json
    assert (note["createdBy"], note["createdByEmail"]) == ("API", None)
    sent = {"name": "Taxi", "cost": 9.5, "charge": 10, "date": "2026-06-01"}
    expense = fresh.post(f"/projects/{id_}/other-expenses/", sent).json
    path = f"/projects/{id_}/other-expenses/{expense['id']}/"
    assert fresh.patch(path, {"charge": 0}).json["charge"] == 0
    assert fresh.patch(path.replace(str(id_), str(project(fresh))), {"charge": 0}).status == 404
    sent = {"title": "M", "icon": "🚀", "date": "2026-07-07"}
    milestone = fresh.post(f"/projects/{id_}/milestones/", sent).json
    path = f"/projects/{id_}/milestones/{milestone['id']}"
    assert fresh.patch(path, {"note": "N"}).json["note"] == "N"
    assert fresh.patch(path, {"note": ""}).json["note"] is None
    assert fresh.delete(path).status == 204


def test_timesheets_are_locked_when_filled_in(fresh: Any) -> None:
    plan = work(fresh, startDate="2026-06-01", endDate="2026-06-02", minutesPerDay=60)
    fresh.post("/assignments/", plan)
    path = f"/projects/{plan['projectId']}/timesheet-lock/"
    lock = {"status": "LOCKED", "lockedUntil": "2026-06-01"}
    refused(fresh.patch(path, lock), 400, "2026-06-01")
    key = {name: plan[name] for name in ("personId", "projectId", "roleId")}
    fresh.post("/actuals/", key | {"date": "2026-06-01", "billableMinutes": 0})
    assert fresh.patch(path, lock).json["lockedUntil"] == "2026-06-01T00:00:00Z"
    refused(fresh.patch(path, {"status": "LOCKED"}), 400, "lockedUntil")
    assert fresh.patch(path, {"status": "UNLOCKED"}).json["lockedUntil"] is None


def test_workstreams_of_projects(fresh: Any) -> None:
    key = work(fresh, date="2026-06-01", billableMinutes=5)
    stream = fresh.post("/workstreams/", {"name": "W"}).json["id"]
    path = f"/projects/{key['projectId']}/project-workstreams/{stream}/"
    assert fresh.post(path).json["projectIds"] == [key["projectId"]]
    assert fresh.post(path).status == 201
    fresh.post("/actuals/", key | {"workstreamId": stream})
    refused(fresh.delete(path), 400, "actuals")
    refused(fresh.delete(f"/workstreams/{stream}/"), 400, "actuals")
    body = {"projectId": key["projectId"], "roleId": key["roleId"]}
    refused(
        fresh.post(
            f"/people/{key['personId']}/projects/",
            body | {"workstreamId": first(fresh, "workstreams")["id"]},
        ),
        409,
        "actuals",
    )
    assert fresh.post(f"/people/{key['personId']}/projects/", body).status == 201
    refused(fresh.post(f"/people/{key['personId']}/projects/", body), 409, "already")


def test_tags(fresh: Any) -> None:
    id_ = project(fresh)
    tag = fresh.post("/project-tags/", {"name": "T"}).json["id"]
    path = f"/project-tags/{tag}/project/{id_}"
    assert fresh.post(path).json["projectIds"] == [id_]
    assert fresh.get(f"/projects/{id_}")["tags"] == [{"id": tag, "name": "T"}]
    # A PATCH replaces the list.
    fresh.patch(f"/projects/{id_}", {"tags": []})
    assert fresh.get(f"/project-tags/{tag}")["projectIds"] == []
    assert fresh.delete(path).status == 404
    mine = fresh.post("/people-tags/", {"name": "T"}).json["id"]
    who = person(fresh, tags=[{"id": mine}])
    assert fresh.delete(f"/people-tags/{mine}").status == 202
    assert fresh.get(f"/people/{who}")["tags"] == []


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("text", "T", "T"),
        ("checkbox", True, True),
        ("date", "2026-01-01", "2026-01-01"),
        ("date", None, None),
    ],
)
def test_custom_values(kind: str, value: Any, shown: Any, fresh: Any) -> None:
    who, what = person(fresh), project(fresh)
    for path, model in ((f"/people/{who}", "PERSON"), (f"/projects/{what}", "PROJECT")):
        field = fresh.post(f"/custom-fields/{kind}/", {"name": "F", "model": model}).json
        body = {"id": field["id"], "value": value}
        assert fresh.patch(f"{path}/custom-fields/{kind}/", body).json == body
        fresh.patch(f"/custom-fields/{kind}/{field['id']}", {"name": "G"})
        mine = fresh.get(path)["customFields"][kind]
        assert mine == [{"id": field["id"], "name": "G", "value": shown}]
        assert fresh.delete(f"/custom-fields/{kind}/{field['id']}").status == 204
        assert fresh.get(path)["customFields"][kind] == []
    field = fresh.post(f"/custom-fields/{kind}/", {"name": "F", "model": "PROJECT"}).json
    refused(
        fresh.patch(
            f"/people/{who}/custom-fields/{kind}/",
            {"id": field["id"], "value": value or "2026-01-01"},
        ),
        400,
        "no field of people",
    )


def test_selects_and_their_options(fresh: Any) -> None:
    who = person(fresh)
    sent = {"name": "S", "model": "PERSON", "options": [{"name": "A"}, {"name": "B"}]}
    field = fresh.post("/custom-fields/select/", sent).json
    options = f"/custom-fields/select/{field['id']}/options"
    third = fresh.post(options, {"name": "C"}).json["option"]
    mine = f"/people/{who}/custom-fields/select/"
    values = [{"id": third["id"]}, {"id": field["options"][0]["id"]}]
    assert fresh.patch(mine, {"id": field["id"], "values": values}).status == 200
    fresh.patch(f"{options}/{third['id']}", {"name": "D"})
    fresh.delete(f"{options}/{values[1]['id']}")
    [shown] = fresh.get(f"/people/{who}")["customFields"]["select"]
    assert shown["values"] == [{"id": third["id"], "name": "D"}]
    refused(fresh.patch(mine, {"id": field["id"], "values": [{"id": 1}]}), 400, "option")
    single = fresh.post("/custom-fields/select/", sent | {"singleSelect": True}).json
    both = [{"id": one["id"]} for one in single["options"]]
    refused(fresh.patch(mine, {"id": single["id"], "values": both}), 400, "one option")
    assert fresh.patch(mine, {"id": single["id"], "values": []}).status == 200


def test_clients_in_bulk(fresh: Any) -> None:
    before = digest(fresh.demo.company)
    refused(
        fresh.post("/clients/bulk/", {"clients": [{"name": "A"}, {"name": ""}]}),
        400,
        "clients/1/name",
    )
    assert digest(fresh.demo.company) == before
    answer = fresh.post("/clients/bulk/", {"clients": [{"name": "A"}] * 100})
    assert (answer.status, len({row["id"] for row in answer.json})) == (200, 100)


def test_users_views_and_invitations(fresh: Any) -> None:
    user, view = (first(fresh, table)["id"] for table in ("users", "views"))
    path = f"/users/{user}/views/{view}"
    fresh.delete(f"{path}/")
    assert fresh.post(path).status == 201
    refused(fresh.post(path), 409, "already")
    assert fresh.delete(f"{path}/").status == 204
    refused(fresh.delete(f"{path}/"), 404, "views")
    assert fresh.delete(f"/users/{user}").status == 204
    assert all(user not in row["managerIds"] for row in fresh.every("/projects/"))
    sent = {"email": "new@example.com", "userType": "contributor", "financialPermission": "none"}
    sent |= {"manageProjectsPermission": "none", "manageOthersPermission": "none"}
    refused(fresh.post("/invitations/", sent | {"fromUser": "nobody@example.com"}), 400, "admin")


# -- 5.6: placeholders -------------------------------------------------------------------------


def test_placeholders(fresh: Any) -> None:
    role = first(fresh, "roles")
    row = fresh.post("/placeholders/", {"roleId": role["id"]}).json
    assert (row["costPerHour"], row["firstName"]) == (role["defaultHourCost"], role["name"])
    assert row["id"] in [one["id"] for one in fresh.every("/placeholders/")]
    assert row["id"] in [one["id"] for one in fresh.every("/people/", includePlaceholders="true")]
    assert row["id"] not in [one["id"] for one in fresh.every("/people/")]
    plan = work(fresh, startDate="2026-07-01", endDate="2026-07-03", minutesPerDay=60)
    [made] = fresh.post("/assignments/", plan | {"personId": row["id"]}).json
    assert made["isPlaceholder"] is True
    refused(
        fresh.post(f"/people/{row['id']}/contracts/", {"roleId": role["id"]}), 400, "no contracts"
    )


# -- what holds whatever is written ------------------------------------------------------------


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 102), st.integers(0, 2**32)), min_size=5, max_size=40))
def test_any_writes_leave_a_whole_company(cases: Any, ask_of: Any, steps: Any) -> None:
    client = ask_of(Demo(8, limit=None))
    company = client.demo.company
    operations = sorted(cases.CASES)
    for n, seed in steps:
        method, path = operations[n]
        try:
            values, body = cases.CASES[method, path](cases.Pick(company, seed))
        except IndexError:
            continue  # nothing left of what this is about
        query = {name[1:]: value for name, value in values.items() if name.startswith("?")}
        answer = client.ask(cases.path_of(path, values), query, method, body=body)
        assert answer.status < 300, (method, path, body, answer.text)
        # The same to nobody: refused, and nothing has changed.
        before = {name: dict(rows) for name, rows in company.tables.items()}
        nobody = cases.path_of(path, dict.fromkeys(values, 2**31 - 1))
        if nobody != cases.path_of(path, {}):
            assert client.ask(nobody, query, method, body=body).status in (400, 404)
            assert company.tables == before
    assert cases.broken(company) == []


# -- for the tests of other rooms --------------------------------------------------------------


def test_an_answer_can_be_lost(fresh: Any) -> None:
    seen: list[Request] = []

    def lose(request: Request) -> None:
        seen.append(request)
        raise ConnectionError

    fresh.demo.after = lose
    with pytest.raises(ConnectionError):
        fresh.post("/teams/", {"name": "Lost"})
    fresh.demo.after = None
    assert [(one.method, one.status) for one in seen] == [("POST", 201)]
    assert "Lost" in [row["name"] for row in fresh.every("/teams/")]
    fresh.demo.before = lose
    with pytest.raises(ConnectionError):
        fresh.post("/teams/", {"name": "Never"})
    fresh.demo.before = None
    assert "Never" not in [row["name"] for row in fresh.every("/teams/")]
    assert seen[1].status == 0


@pytest.mark.parametrize("who", ["nobody", "placeholder"])
def test_time_off_is_of_a_person_that_is_there(who: str, fresh: Any) -> None:
    id_ = 987_654 if who == "nobody" else first(fresh, "placeholders")["id"]
    words = "no such record in people" if who == "nobody" else "a placeholder has no time off"
    days = {"personId": id_, "startDate": "2026-06-01", "endDate": "2026-06-02"}
    before = digest(fresh.demo.company)
    refused(fresh.post("/time-offs/leave/", days), 400, f"body/personId: {words}")
    many = fresh.post("/time-offs/leave/bulk/", {"time_offs": [days]})
    refused(many, 400, f"body/time_offs/0/personId: {words}")
    holiday = first(fresh, "holiday-groups/holidays")["id"]
    one = {"personId": id_, "holidayId": holiday}
    refused(fresh.post("/time-offs/holidays/", one), 400, f"body/personId: {words}")
    assert digest(fresh.demo.company) == before
