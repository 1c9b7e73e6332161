"""The demo account's activity log: what was deleted lately, and by whom."""

from __future__ import annotations

from runn_pandas.demo.company.factory import Factory
from runn_pandas.demo.database import Row
from runn_pandas.demo.dates import TODAY, iso
from runn_pandas.demo.shapes import event_id, named, person_in_event, role_in_event

_TODAY = TODAY.toordinal()

# What is deleted, in turn.
KINDS = (
    *("assignment", "actual", "time_off", "assignment", "actual"),
    *("contract", "assignment", "person", "actual", "project"),
)


def make_events(factory: Factory, people: int) -> None:
    """Make the events of the last 90 days, the oldest first."""
    count = 80 + people
    factory.tables("activity-log")
    for n in range(count):
        kind = KINDS[n % len(KINDS)]
        event: Row = {"eventId": event_id(n), "type": f"{kind}_deleted"}
        event["actor"] = _actor(factory, n * 7 // 3)
        event["timestamp"] = factory.stamp(_TODAY - 90 + 90 * n // count)
        event["timeOff" if kind == "time_off" else kind] = SNAPSHOTS[kind](factory, n)
        factory.add("activity-log", event, event["eventId"])


def _actor(factory: Factory, n: int) -> Row:
    """Return somebody of each kind in turn; what may be absent is absent at times."""
    users = list(factory.company.rows("users"))
    user = users[n % len(users)]
    email: Row = {"userEmail": user["email"]} if n % 4 else {}
    kinds: tuple[Row, ...] = (
        {"type": "user", "userId": user["id"], **email},
        {"type": "api", "tokenId": 71, "tokenName": "nightly sync", "apiVersion": "1.0.0"},
        {"type": "csv", "userId": user["id"], **email} if n % 2 else {"type": "csv"},
        {"type": "integration", "id": 12, "name": "Harvest"},
        {"type": "system"},
        {"type": "runn_support"},
    )
    return kinds[n % len(kinds)]


def _person(factory: Factory, n: int) -> Row:
    people = list(factory.company.rows("people"))
    return person_in_event(factory.company, people[n * 5 % len(people)])


def _role(factory: Factory, n: int) -> Row:
    roles = [row for row in factory.company.rows("roles") if row["name"]]
    return role_in_event(roles[n * 3 % len(roles)])


def _one_of(factory: Factory, table: str, n: int) -> Row:
    rows = list(factory.company.rows(table))
    return named(rows[n * 3 % len(rows)])


def _dates(n: int, first: int = -70) -> Row:
    day = _TODAY + first + n % 60
    return {"startDate": iso(day), "endDate": iso(day + n % 9)}


def _project_deleted(factory: Factory, n: int) -> Row:
    return {"id": factory.id("deleted"), "name": f"Pitch {n}, lost"}


def _person_deleted(factory: Factory, n: int) -> Row:
    email = None if n % 20 > 9 else f"gone.{n}@example.com"
    return {"id": factory.id("deleted"), "email": email, "firstName": "Gone", "lastName": f"Nº {n}"}


def _contract_deleted(factory: Factory, n: int) -> Row:
    person, role = _person(factory, n), _role(factory, n)
    row: Row = {
        "id": factory.id("deleted"),
        "personId": person["id"],
        "roleId": role["id"],
        **_dates(n),
    }
    if n % 20 > 9:
        row["endDate"] = None
    return row | {"person": None if n % 4 == 1 else person, "role": None if n % 7 == 5 else role}


def _actual_deleted(factory: Factory, n: int) -> Row:
    person, role, project = _person(factory, n), _role(factory, n), _one_of(factory, "projects", n)
    phase, stream = _one_of(factory, "phases", n), _one_of(factory, "workstreams", n)
    note = "Booked twice" if n % 4 == 0 else None
    row: Row = {"id": factory.id("deleted"), "date": iso(_TODAY - 80 + n % 70)}
    row.update(personId=person["id"], roleId=role["id"], projectId=project["id"])
    row["phaseId"] = phase["id"] if n % 3 == 0 else None
    row["workstreamId"] = stream["id"] if n % 5 == 1 else None
    row.update(billableMinutes=15 * (n % 33), nonbillableMinutes=15 * (n % 4))
    row.update(billableNote=note, nonbillableNote=note if n % 8 == 0 else None)
    row["person"] = None if n % 8 == 4 else person
    row["role"] = None if n % 8 == 1 else role
    row["project"] = None if n % 8 == 6 else project
    return row | {"workstream": stream if n % 5 == 1 else None}


def _time_off_deleted(factory: Factory, n: int) -> Row:
    person = _person(factory, n)
    row: Row = {"id": factory.id("deleted"), "personId": person["id"], **_dates(n, -20)}
    row["note"] = "Moved" if n % 20 > 9 else None
    row["minutesPerDay"] = 240 if n % 3 == 0 else None
    return row | {"person": None if n % 4 == 0 else person}


def _assignment_deleted(factory: Factory, n: int) -> Row:
    person, role, project = _person(factory, n), _role(factory, n), _one_of(factory, "projects", n)
    phase, stream = _one_of(factory, "phases", n), _one_of(factory, "workstreams", n)
    row: Row = {"id": factory.id("deleted"), "personId": person["id"], **_dates(n, -50)}
    row.update(projectId=project["id"], minutesPerDay=60 * (1 + n % 8), roleId=role["id"])
    row.update(isActive=n % 10 != 6, note=None if n % 3 else "Client moved the start")
    row.update(isBillable=n % 2 == 0, phaseId=phase["id"] if n % 4 == 0 else None)
    row.update(isNonWorkingDay=False, isTemplate=n % 30 == 20)
    row["workstreamId"] = stream["id"] if n % 10 == 3 else None
    row["project"] = None if n % 7 == 0 else project
    row["person"] = None if n % 7 == 2 else person
    row["role"] = None if n % 7 == 4 else role
    row["phase"] = phase if n % 4 == 0 else None
    return row | {"workstream": stream if n % 10 == 3 else None}


SNAPSHOTS = {
    "project": _project_deleted,
    "person": _person_deleted,
    "contract": _contract_deleted,
    "actual": _actual_deleted,
    "time_off": _time_off_deleted,
    "assignment": _assignment_deleted,
}
