"""Hours day by day against cases worked out by hand; sections are those of the API guide."""

from __future__ import annotations

from typing import Any

import pytest

from runn_pandas.demo import Company, Demo

# June 2026: the 15th is a Monday. The contract is Monday to Thursday, the 17th is a holiday.
PERSON, OTHER, PLACEHOLDER = 1, 2, 3
PROJECT, NB, TEMPLATE = 50, 51, 52
ROLE = 7
STAMPS = {"createdAt": "2026-06-01T00:00:00Z", "updatedAt": "2026-06-01T00:00:00Z"}
FOUR_DAYS = {"monday": 480, "tuesday": 480, "wednesday": 480, "thursday": 480, "friday": 0}


class Week:
    """A company with one week in it, written row by row."""

    def __init__(self, ask_of: Any) -> None:
        demo = Demo(1, limit=None)
        self.company: Company = demo.company
        self.client = ask_of(demo)
        people = next(iter(self.company.rows("people")))
        project = next(iter(self.company.rows("projects")))
        for table in list(self.company.tables):
            for key in list(self.company.tables[table]):
                self.company.remove(table, key)
        for person in (PERSON, OTHER, PLACEHOLDER):
            self.company.put("people", person, {**people, "id": person})
        self.company.put("placeholders", PLACEHOLDER, {"id": PLACEHOLDER})
        for id_ in (PROJECT, NB, TEMPLATE):
            row = {**project, "id": id_, "isArchived": False, "isTemplate": id_ == TEMPLATE}
            self.company.put("projects", id_, row)
        self.contract("2026-06-01", None)
        self.off("holidays", "2026-06-17")

    def _put(self, table: str, **row: Any) -> None:
        id_ = 1000 + sum(map(len, self.company.tables.values()))
        self.company.put(table, id_, {"id": id_, **row, **STAMPS})

    def contract(self, start: str, end: str | None, person: int = PERSON) -> None:
        self._put(
            "contracts", personId=person, startDate=start, endDate=end, rosteredDays=FOUR_DAYS
        )

    def off(
        self, kind: str, start: str, end: str | None = None, minutes: int | None = None
    ) -> None:
        self._put(
            f"time-offs/{kind}",
            personId=PERSON,
            startDate=start,
            endDate=end or start,
            minutesPerDay=minutes,
        )

    def plan(self, start: str, end: str, minutes: int, **fields: Any) -> None:
        row = {
            "personId": PERSON,
            "projectId": PROJECT,
            "roleId": ROLE,
            "isActive": True,
            "isBillable": True,
            "phaseId": None,
            "isNonWorkingDay": False,
            "isTemplate": False,
            "isPlaceholder": False,
            "workstreamId": None,
        }
        row.update(fields)
        self._put("assignments", startDate=start, endDate=end, minutesPerDay=minutes, **row)

    def log(self, date: str, billable: int, nonbillable: int = 0, **fields: Any) -> None:
        row = {
            "personId": PERSON,
            "projectId": PROJECT,
            "roleId": ROLE,
            "phaseId": None,
            "workstreamId": None,
        }
        row.update(fields)
        minutes = {"billableMinutes": billable, "nonbillableMinutes": nonbillable}
        self._put("actuals", date=date, **minutes, **row)

    def report(self, path: str = f"people/{PERSON}", **query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.client.every(f"/reports/hours/{path}", **query)
        return rows

    def minutes(self, path: str = f"people/{PERSON}") -> list[tuple[int, int, int, int]]:
        """Day of June, minutes that count, planned, logged."""
        return [
            (
                int(row["date"][-2:]),
                row["totalMinutes"],
                row["assignments"]["totalMinutes"],
                row["actuals"]["totalMinutes"],
            )
            for row in self.report(path)
        ]


@pytest.fixture
def week(ask_of: Any) -> Week:
    return Week(ask_of)


def test_only_working_days_count(week: Week) -> None:
    # 5.2: no Wednesday (holiday), Friday (not rostered), Saturday, Sunday.
    week.plan("2026-06-15", "2026-06-21", 300)
    assert week.minutes() == [(15, 300, 300, 0), (16, 300, 300, 0), (18, 300, 300, 0)]


def test_full_leave_hides_and_partial_leave_does_not(week: Week) -> None:
    # 5.4: full day -> nothing available; partial leave lowers capacity only (5.2).
    week.plan("2026-06-15", "2026-06-21", 300)
    week.off("leave", "2026-06-13", "2026-06-15")
    week.off("leave", "2026-06-16", minutes=240)
    week.off("rostered-off", "2026-06-18")
    assert week.minutes() == [(16, 300, 300, 0)]


def test_a_marked_day_counts_in_full(week: Week) -> None:
    # 5.2: isNonWorkingDay -> full minutes, be it a Saturday or a holiday.
    week.plan("2026-06-20", "2026-06-20", 240, isNonWorkingDay=True)
    week.plan("2026-06-17", "2026-06-17", 120, isNonWorkingDay=True)
    # A plain one-day assignment on a holiday is kept but not counted.
    week.plan("2026-06-17", "2026-06-17", 300)
    assert week.minutes() == [(17, 120, 120, 0), (20, 240, 240, 0)]


def test_the_log_goes_before_the_plan(week: Week) -> None:
    # 6.1: the actual if one was logged (0 counts as logged), else the plan, past or not.
    week.plan("2026-06-15", "2026-06-18", 300)
    week.log("2026-06-15", 0)
    week.log("2026-06-16", 200, 45)
    week.log("2026-06-19", 90)
    assert week.minutes() == [
        (15, 0, 300, 0),
        (16, 245, 300, 245),
        (18, 300, 300, 0),
        (19, 90, 0, 90),
    ]


def test_billable_and_not(week: Week) -> None:
    week.plan("2026-06-15", "2026-06-15", 300)
    week.plan("2026-06-14", "2026-06-15", 60, isBillable=False)
    week.plan("2026-06-15", "2026-06-15", 30, projectId=NB, isBillable=False)
    week.log("2026-06-15", 0, 25, projectId=NB)
    one, two = week.report()
    assert one == {
        "date": "2026-06-15",
        "roleId": ROLE,
        "projectId": PROJECT,
        "personId": PERSON,
        "workstreamId": None,
        "phaseId": None,
        "billableMinutes": 300,
        "nonBillableMinutes": 60,
        "totalMinutes": 360,
        "assignments": {
            "billableMinutes": 300,
            "nonBillableMinutes": 60,
            "totalMinutes": 360,
            "phaseId": None,
        },
        "actuals": {
            "billableMinutes": 0,
            "nonBillableMinutes": 0,
            "totalMinutes": 0,
            "phaseId": None,
        },
    }
    assert (two["billableMinutes"], two["nonBillableMinutes"]) == (0, 25)
    assert two["assignments"]["nonBillableMinutes"] == 30


def test_one_row_for_each_role_and_workstream(week: Week) -> None:
    # 5.1: date x person x project x role x workstream; the phase is not part of it.
    week.plan("2026-06-15", "2026-06-15", 60, phaseId=801)
    week.plan("2026-06-15", "2026-06-15", 45, phaseId=802)
    week.plan("2026-06-15", "2026-06-15", 30, workstreamId=90)
    week.plan("2026-06-15", "2026-06-15", 15, roleId=8)
    week.log("2026-06-15", 50, workstreamId=90, phaseId=803)
    week.log("2026-06-15", 70)
    assert [
        (r["roleId"], r["workstreamId"], r["totalMinutes"], r["phaseId"]) for r in week.report()
    ] == [
        # 6.1: phase = the actual's, else the assignment's.
        (7, None, 70, 801),
        (7, 90, 50, 803),
        (8, None, 15, None),
    ]
    first = week.report()[0]
    assert first["assignments"] == {
        "billableMinutes": 105,
        "nonBillableMinutes": 0,
        "totalMinutes": 105,
        "phaseId": 801,
    }


def test_what_is_no_work(week: Week) -> None:
    # 5.2: inactive and template assignments are to be told apart.
    week.plan("2026-06-15", "2026-06-15", 60, isActive=False)
    week.plan("2026-06-15", "2026-06-15", 60, isTemplate=True, projectId=TEMPLATE)
    assert week.report() == []
    assert week.report(f"projects/{TEMPLATE}") == []


def test_placeholders_of_the_past_are_left_out(week: Week) -> None:
    # 6.1 and 5.6; today is Tuesday the 30th, and placeholders work Monday to Friday.
    fields = {"personId": PLACEHOLDER, "isPlaceholder": True}
    week.plan("2026-06-25", "2026-07-06", 240, **fields)
    dates = [row["date"] for row in week.report(f"people/{PLACEHOLDER}")]
    assert dates == ["2026-06-30", "2026-07-01", "2026-07-02", "2026-07-03", "2026-07-06"]


def test_no_work_outside_contracts(week: Week) -> None:
    # 5.3: active when the day is inside.
    week.contract("2026-05-04", "2026-06-15", OTHER)
    week.contract("2026-06-18", "2026-06-30", OTHER)
    week.plan("2026-06-11", "2026-07-02", 100, personId=OTHER)
    dates = [row["date"][-2:] for row in week.report(f"people/{OTHER}")]
    assert dates == ["11", "15", "18", "22", "23", "24", "25", "29", "30"]


def test_dates_of_the_report(week: Week) -> None:
    week.plan("2026-06-15", "2026-06-18", 300)
    assert len(week.report()) == 3
    found = week.report(startDate="2026-06-16", endDate="2026-06-17")
    assert [row["date"] for row in found] == ["2026-06-16"]


def test_totals_are_the_reports_sums(week: Week) -> None:
    week.plan("2026-06-15", "2026-06-18", 300)
    week.contract("2026-05-04", None, OTHER)
    week.plan("2026-06-15", "2026-06-16", 100, personId=OTHER, isBillable=False)
    week.log("2026-06-15", 250, 20)
    week.log("2026-06-16", 0, personId=OTHER)
    # Person: 270 logged, 300 and 300 planned. Other: 100 planned, then 0 logged.
    assert week.client.get(f"/reports/totals/projects/{PROJECT}") == {
        "id": PROJECT,
        "billableMinutes": 850,
        "nonBillableMinutes": 120,
        "totalMinutes": 970,
        "assignments": {
            "billableMinutes": 900,
            "nonBillableMinutes": 200,
            "totalMinutes": 1100,
        },
        "actuals": {"billableMinutes": 250, "nonBillableMinutes": 20, "totalMinutes": 270},
    }
    listed = week.client.every("/reports/totals/projects/")
    assert [row["id"] for row in listed] == [PROJECT, NB, TEMPLATE]
    assert [row["totalMinutes"] for row in listed] == [970, 0, 0]


def test_reports_follow_the_rows(week: Week) -> None:
    week.plan("2026-06-15", "2026-06-15", 300)
    assert week.minutes() == [(15, 300, 300, 0)]
    week.off("leave", "2026-06-15")
    assert week.minutes() == []


def test_both_reports_tell_the_same(client: Any, company: Company) -> None:
    by_person = [
        row
        for person in company.tables["people"]
        for row in client.every(f"/reports/hours/people/{person}", limit=200)
    ]
    by_project = [
        row
        for project in company.tables["projects"]
        for row in client.every(f"/reports/hours/projects/{project}", limit=200)
    ]

    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        names = ("date", "personId", "projectId", "roleId")
        return (*(row[name] for name in names), row["workstreamId"] or 0)

    assert sorted(by_person, key=key) == sorted(by_project, key=key)
    total = sum(r["billableMinutes"] + r["nonbillableMinutes"] for r in company.rows("actuals"))
    assert sum(row["actuals"]["totalMinutes"] for row in by_person) == total
