"""The demo company: always the same, whole, and as varied as the contract allows."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from math import ceil
from typing import Any

import pytest

from runn_pandas.catalog import Field, load
from runn_pandas.demo import Company, build
from runn_pandas.demo.dates import TODAY, instant, ordinal, weekday
from runn_pandas.demo.legacy_ids import current_id, legacy_id
from runn_pandas.demo.reports import hours, working_days

# SHA-256 of the whole default company: the same on every machine and Python. Whoever changes
# the company on purpose writes the new one here, and records cassettes and notebooks anew.
DIGEST = "3f745c9d998d2d2d466d28baad1335854e91f635f65e6d00d7851c76c48121e7"

LISTS = {
    o.path.strip("/"): o
    for o in load().operations
    if o.method == "GET" and o.is_list and "{" not in o.path
}
# Account-wide lists that are views on tables, not tables.
VIEWS = {"people/contracts/current", "reports/totals/projects"}


def digest(company: Company) -> str:
    tables = {
        name: [[str(key), row] for key, row in table.items()]
        for name, table in company.tables.items()
    }
    return hashlib.sha256(json.dumps(tables).encode()).hexdigest()


def test_two_builds_are_one(company: Company, other_build: Company) -> None:
    assert digest(company) == digest(other_build)


def test_the_company_of_this_version(other_build: Company) -> None:
    assert digest(other_build) == DIGEST


def test_another_seed_is_another_company() -> None:
    assert digest(build(3, seed=1)) != digest(build(3, seed=2))


@pytest.mark.parametrize("people", [1, 2, 5, 11, 97])
def test_companies_of_all_sizes(people: int) -> None:
    company = build(people)
    assert len(company.tables["people"]) - len(company.tables["placeholders"]) == people
    for rows in contracts_of(company).values():
        assert all(one["endDate"] < two["startDate"] for one, two in pairwise(rows))


def test_nobody_is_no_company() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        build(0)


def test_reading_everything_once_fits_into_a_window(company: Company) -> None:
    pages = 1  # /me
    for name, operation in LISTS.items():
        rows = len(company.tables["projects" if name in VIEWS else name])
        assert operation.page_limit is not None
        pages += max(1, ceil(rows / operation.page_limit))
    assert pages < 100
    assert 12_000 < len(company.tables["actuals"]) < 16_000


def test_every_list_has_its_table(company: Company) -> None:
    assert set(LISTS) - VIEWS <= set(company.tables)
    assert not [name for name in set(LISTS) - VIEWS if not company.tables[name]]


def test_ids_are_the_keys_and_leave_gaps(company: Company) -> None:
    for name, table in company.tables.items():
        for key, row in table.items():
            assert row.get("id", row.get("eventId", key)) == key
        ids = [key for key in table if isinstance(key, int)]
        if len(ids) > 9 and "custom" not in name:
            assert ids != list(range(ids[0], ids[0] + len(ids))), name


# -- nulls ---------------------------------------------------------------------------------

# Nullable fields that are always null, with the reason.
ALWAYS_NULL = {
    "time-offs/holidays.minutesPerDay": "a holiday is a whole day",
    "time-offs/rostered-off.minutesPerDay": "so is a day that is not rostered",
}


def leaves(field: Field, value: Any, at: str) -> list[tuple[str, Any]]:
    """Every nullable field below a value, with what stands there."""
    found = []
    if field.nullable:
        found.append((at, value))
    if isinstance(value, dict):
        for part in field.fields:
            if part.name in value:
                found += leaves(part, value[part.name], f"{at}.{part.name}")
    elif isinstance(value, list) and field.items is not None:
        for one in value:
            found += leaves(field.items, one, f"{at}[]")
    return found


def test_every_nullable_field_is_null_somewhere_and_not_elsewhere(company: Company) -> None:
    nulls: Counter[str] = Counter()
    values: Counter[str] = Counter()
    for name, operation in LISTS.items():
        if name in VIEWS or operation.answer is None:
            continue
        for row in company.rows(name):
            for at, value in leaves(operation.answer, row, name):
                (nulls if value is None else values)[at] += 1
    assert len(nulls) > 25
    assert set(nulls) ^ set(values) == set(ALWAYS_NULL)


def test_a_field_that_may_be_absent_is_absent_somewhere(company: Company) -> None:
    notes = [m.get("note", "absent") for m in company.rows("milestones")]
    assert {"absent", None} < set(notes)


# -- how rows hang together ------------------------------------------------------------------

POINTERS = {
    "personId": "people",
    "projectId": "projects",
    "roleId": "roles",
    "clientId": "clients",
    "teamId": "teams",
    "phaseId": "phases",
    "workstreamId": "workstreams",
    "rateCardId": "rate-cards",
    "skillId": "skills",
    "holidaysGroupId": "holiday-groups",
    "holidayId": "holiday-groups/holidays",
    "userId": "users",
    "viewId": "views",
    "requesterId": "users",
    "updaterId": "users",
}
POINTER_LISTS = {
    "personIds": "people",
    "projectIds": "projects",
    "managerIds": "users",
    "holidayIds": "holiday-groups/holidays",
}


def test_every_pointer_resolves(company: Company) -> None:
    for name, table in company.tables.items():
        for row in table.values():
            for field, target in POINTERS.items():
                if row.get(field) is not None:
                    assert row[field] in company.tables[target], (name, field, row)
            for field, target in POINTER_LISTS.items():
                for id_ in row.get(field, ()):
                    assert id_ in company.tables[target], (name, field, row)
            for manager in row.get("managers", ()):
                assert manager["id"] in company.tables["users"]
            if name in ("people", "projects"):
                tags = company.tables["people-tags" if name == "people" else "project-tags"]
                for tag in row["tags"]:
                    assert tags[tag["id"]]["name"] == tag["name"]


def test_the_two_ends_of_a_link_agree(company: Company) -> None:
    for card in company.rows("rate-cards"):
        for id_ in card["projectIds"]:
            assert company.tables["projects"][id_]["rateCardId"] == card["id"]
    for tag in company.rows("project-tags"):
        on = [
            p["id"] for p in company.rows("projects") if tag["id"] in [t["id"] for t in p["tags"]]
        ]
        assert on == tag["projectIds"]
    phases = company.tables["phases"]
    for name in ("assignments", "actuals"):
        for row in company.rows(name):
            if row["phaseId"] is not None:
                assert phases[row["phaseId"]]["projectId"] == row["projectId"]
            if row["workstreamId"] is not None:
                assert (row["projectId"], row["workstreamId"]) in company.tables[
                    "project-workstreams"
                ]
    members = {
        (m["personId"], m["projectId"], m["roleId"], m["workstreamId"])
        for m in company.rows("project-members")
    }
    for row in company.rows("actuals"):
        key = (row["personId"], row["projectId"], row["roleId"], row["workstreamId"])
        assert key in members


def contracts_of(company: Company) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in company.rows("contracts"):
        found.setdefault(row["personId"], []).append(
            {**row, "endDate": row["endDate"] or "9999-12-31"}
        )
    for rows in found.values():
        rows.sort(key=lambda row: row["startDate"])
    return found


def test_contracts_of_a_person_follow_one_another(company: Company) -> None:
    found = contracts_of(company)
    for rows in found.values():
        assert all(row["startDate"] <= row["endDate"] for row in rows)
        assert all(one["endDate"] < two["startDate"] for one, two in pairwise(rows))
    chains = list(found.values())
    changed = [(a, b) for rows in chains for a, b in pairwise(rows)]
    assert any(a["roleId"] != b["roleId"] for a, b in changed)
    assert any(a["rosteredDays"] != b["rosteredDays"] for a, b in changed)
    assert any(a["costPerHour"] != b["costPerHour"] for a, b in changed)
    assert any(ordinal(b["startDate"]) > ordinal(a["endDate"]) + 1 for a, b in changed)
    assert any(rows[-1]["startDate"] > TODAY.isoformat() for rows in chains)
    kinds = {row["employmentType"] for rows in chains for row in rows}
    assert kinds == {"employee", "contractor"}


def test_rostered_minutes_are_the_contracts_or_none(company: Company) -> None:
    for row in company.rows("contracts"):
        minutes = row["minutesPerDay"] or max(row["rosteredDays"].values())
        assert set(row["rosteredDays"].values()) <= {0, minutes}


def test_leave_of_a_person_never_overlaps(company: Company) -> None:
    spans: dict[int, list[tuple[str, str]]] = {}
    for row in company.rows("time-offs/leave"):
        spans.setdefault(row["personId"], []).append((row["startDate"], row["endDate"]))
    for rows in spans.values():
        rows.sort()
        assert all(start <= end for start, end in rows)
        assert all(one[1] < two[0] for one, two in pairwise(rows))


def test_an_actual_is_the_only_one_of_its_key(company: Company) -> None:
    keys = Counter(
        (r["date"], r["personId"], r["projectId"], r["roleId"], r["workstreamId"])
        for r in company.rows("actuals")
    )
    assert max(keys.values()) == 1


def test_budgets_are_rounded_half_up(company: Company) -> None:
    rates = {(r["projectId"], r["roleId"]): r["rate"] for r in company.rows("project-rates")}
    for row in company.rows("budget-roles"):
        hourly = Decimal(str(rates[row["projectId"], row["roleId"]]))
        if company.tables["projects"][row["projectId"]]["rateType"] == "days":
            hourly /= 8
        exact = Decimal(row["estimatedMinutes"]) / 60 * hourly
        assert row["estimatedBudget"] == exact.quantize(Decimal(1), ROUND_HALF_UP)


def test_time_runs_forward_and_stops_today(company: Company) -> None:
    now = f"{TODAY}T12:00:00.000000"
    forms = set()
    for name, table in company.tables.items():
        for row in table.values():
            if "updatedAt" in row and "createdAt" in row:
                assert instant(row["createdAt"]) <= instant(row["updatedAt"]) <= now, (name, row)
                forms.add(len(row["updatedAt"]))
    assert forms == {20, 24}


# -- what the data are like ------------------------------------------------------------------


def test_addresses_lead_nowhere(company: Company) -> None:
    text = json.dumps([list(table.values()) for table in company.tables.values()])
    addresses = re.findall(r"[\w.+-]+@[\w.-]+", text)
    assert len(addresses) > 50
    assert {address.split("@")[1] for address in addresses} == {"example.com"}
    people = [row["email"] for row in company.rows("people") if row["email"]]
    assert len(people) == len(set(people))


def test_names_are_those_that_break_things(company: Company) -> None:
    names = " ".join(f"{p['firstName']} {p['lastName']}" for p in company.rows("people"))
    for part in ("<b>", '"', "'", "🦊", "الفاسي", "美咲", "Å"):
        assert part in names


def test_every_kind_of_row_is_there(company: Company) -> None:
    projects = list(company.rows("projects"))
    assert {p["pricingModel"] for p in projects} == {"tm", "fp", "nb"}
    assert {p["rateType"] for p in projects} == {"hours", "days"}
    for flag in ("isTemplate", "isArchived", "isConfirmed"):
        assert {p[flag] for p in projects} == {True, False}
    assignments = list(company.rows("assignments"))
    flags = ("isActive", "isBillable", "isNonWorkingDay", "isTemplate", "isPlaceholder")
    for flag in flags:
        assert {a[flag] for a in assignments} == {True, False}, flag
    for row in assignments:
        assert row["startDate"] <= row["endDate"]
        assert not row["isNonWorkingDay"] or row["startDate"] == row["endDate"]
        assert row["isTemplate"] == company.tables["projects"][row["projectId"]]["isTemplate"]
        assert row["isPlaceholder"] == (row["personId"] in company.tables["placeholders"])
        if company.tables["projects"][row["projectId"]]["pricingModel"] == "nb":
            assert not row["isBillable"]
    twice = [
        p
        for p in company.rows("people")
        if _names(p) != sorted(set(_names(p)), key=_names(p).index)
    ]
    assert len(twice) == 1
    actors = {event["actor"]["type"] for event in company.rows("activity-log")}
    assert actors == {"user", "api", "csv", "integration", "system", "runn_support"}
    assert len({event["type"] for event in company.rows("activity-log")}) == 6
    assert any(
        a["billableMinutes"] == a["nonbillableMinutes"] == 0 for a in company.rows("actuals")
    )


def _names(person: dict[str, Any]) -> list[str]:
    return [reference["referenceName"] for reference in person["references"]]


def test_work_falls_on_working_days(company: Company) -> None:
    marked = {
        (a["personId"], ordinal(a["startDate"]))
        for a in company.rows("assignments")
        if a["isNonWorkingDay"]
    }
    assert any(weekday(day) > 4 for _, day in marked)
    assert any(weekday(day) < 5 for _, day in marked)
    for row in company.rows("actuals"):
        day = ordinal(row["date"])
        assert day in working_days(company, row["personId"]) or (row["personId"], day) in marked
        assert row["date"] < TODAY.isoformat()


def test_people_are_busy_but_not_impossibly_so(company: Company) -> None:
    capacity = worked = 0
    found = hours(company, company.rows("assignments"), company.rows("actuals"))
    for plan, log in found.values():
        one = log or plan
        assert one is not None
    today = TODAY.toordinal()
    for person, rows in contracts_of(company).items():
        days = working_days(company, person)
        for row in rows:
            first = max(ordinal(row["startDate"]), ordinal("2025-01-01"))
            span = range(first, min(ordinal(row["endDate"]), today) + 1)
            capacity += max(row["rosteredDays"].values()) * sum(day in days for day in span)
    for key, (plan, log) in found.items():
        if key.day <= today:
            one = log or plan
            worked += one.billable + one.nonbillable if one else 0
    assert 0.72 < worked / capacity < 0.88
    missing = [k for k, (plan, log) in found.items() if plan and not log and k.day < today - 20]
    unplanned = [k for k, (plan, log) in found.items() if log and not plan]
    assert len(missing) > 100
    assert len(unplanned) > 50


def test_assignments_meet_days_off_and_each_other(company: Company) -> None:
    holidays = {(h["personId"], h["startDate"]) for h in company.rows("time-offs/holidays")}
    hidden = [
        a
        for a in company.rows("assignments")
        if (a["personId"], a["startDate"]) in holidays
        and a["startDate"] == a["endDate"]
        and not a["isNonWorkingDay"]
    ]
    assert hidden
    spans: dict[tuple[Any, ...], list[tuple[str, str, Any]]] = {}
    for a in company.rows("assignments"):
        key = (a["personId"], a["projectId"], a["roleId"], a["workstreamId"])
        spans.setdefault(key, []).append((a["startDate"], a["endDate"], a["phaseId"]))
    assert any(
        one[1] >= two[0] and one[2] != two[2]
        for rows in spans.values()
        for one, two in pairwise(sorted(rows, key=lambda row: row[:2]))
    )


# -- ids of the old API ------------------------------------------------------------------------


def test_legacy_ids_go_both_ways() -> None:
    for model in ("people", "projects", "accounts"):
        for id_ in (1, 310_009, 20_000_003, 2_000_000_011):
            assert current_id(model, legacy_id(model, id_)) == id_
    assert legacy_id("people", 7) != legacy_id("projects", 7)
    assert current_id("people", "x") is None
    assert current_id("people", "ÄÖÜäöü!") is None


# -- views -------------------------------------------------------------------------------------


def test_views_follow_the_rows() -> None:
    company = build(2)
    team = next(iter(company.rows("teams")))
    before = len(company.ordered("teams").rows)
    new = {**team, "id": 1, "name": "New"}
    company.put("teams", 1, new)
    assert company.ordered("teams").rows[0] == new
    assert company.where("teams", "name", "New") == [new]
    company.remove("teams", 1)
    assert len(company.ordered("teams").rows) == before
    assert company.where("teams", "name", "New") == []
