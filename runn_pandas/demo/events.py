"""The demo account's activity log: what was deleted lately, and by whom."""

from __future__ import annotations

from runn_pandas.demo.days import TODAY, iso
from runn_pandas.demo.pen import Pen
from runn_pandas.demo.tables import Row

_TODAY = TODAY.toordinal()

KINDS = (
    "assignment_deleted",
    "actual_deleted",
    "time_off_deleted",
    "assignment_deleted",
    "actual_deleted",
    "contract_deleted",
    "assignment_deleted",
    "person_deleted",
    "actual_deleted",
    "project_deleted",
)


def build(pen: Pen, people: int) -> None:
    """Write the events of the last 90 days, the oldest first."""
    count = 80 + people
    pen.tables("activity-log")
    for n in range(count):
        day = _TODAY - 90 + 90 * n // count
        kind = KINDS[n % len(KINDS)]
        event: Row = {"eventId": f"{n * 7919 + 100_003:x}-{n:04d}", "type": kind}
        event["actor"] = actor(pen, n * 7 // 3)
        event["timestamp"] = pen.stamp(day)
        what = {"time_off_deleted": "timeOff"}.get(kind, kind.removesuffix("_deleted"))
        event[what] = SNAPSHOTS[kind](pen, n)
        pen.add("activity-log", event, event["eventId"])


def actor(pen: Pen, n: int) -> Row:
    """Somebody of each kind in turn; what the contract lets be absent is absent at times."""
    users = list(pen.company.rows("users"))
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


def _person(pen: Pen, n: int) -> Row:
    people = list(pen.company.rows("people"))
    row = people[n * 5 % len(people)]
    names = {name: row[name] for name in ("id", "firstName", "lastName", "email")}
    return names | {"isPlaceholder": row["id"] in pen.company.tables["placeholders"]}


def _role(pen: Pen, n: int) -> Row:
    roles = [row for row in pen.company.rows("roles") if row["name"]]
    row = roles[n * 3 % len(roles)]
    return {"id": row["id"], "name": row["name"], "active": not row["isArchived"]}


def _named(pen: Pen, table: str, n: int) -> Row:
    rows = list(pen.company.rows(table))
    row = rows[n * 3 % len(rows)]
    return {"id": row["id"], "name": row["name"]}


def _dates(n: int, first: int = -70) -> Row:
    day = _TODAY + first + n % 60
    return {"startDate": iso(day), "endDate": iso(day + n % 9)}


def _project_deleted(pen: Pen, n: int) -> Row:
    return {"id": pen.id("deleted"), "name": f"Pitch {n}, lost"}


def _person_deleted(pen: Pen, n: int) -> Row:
    email = None if n % 20 > 9 else f"gone.{n}@example.com"
    return {"id": pen.id("deleted"), "email": email, "firstName": "Gone", "lastName": f"Nº {n}"}


def _contract_deleted(pen: Pen, n: int) -> Row:
    person, role = _person(pen, n), _role(pen, n)
    row: Row = {
        "id": pen.id("deleted"),
        "personId": person["id"],
        "roleId": role["id"],
        **_dates(n),
    }
    if n % 20 > 9:
        row["endDate"] = None
    return row | {"person": None if n % 4 == 1 else person, "role": None if n % 7 == 5 else role}


def _actual_deleted(pen: Pen, n: int) -> Row:
    person, role, project = _person(pen, n), _role(pen, n), _named(pen, "projects", n)
    phase, stream = _named(pen, "phases", n), _named(pen, "workstreams", n)
    note = "Booked twice" if n % 4 == 0 else None
    row: Row = {"id": pen.id("deleted"), "date": iso(_TODAY - 80 + n % 70)}
    row.update(personId=person["id"], roleId=role["id"], projectId=project["id"])
    row["phaseId"] = phase["id"] if n % 3 == 0 else None
    row["workstreamId"] = stream["id"] if n % 5 == 1 else None
    row.update(billableMinutes=15 * (n % 33), nonbillableMinutes=15 * (n % 4))
    row.update(billableNote=note, nonbillableNote=note if n % 8 == 0 else None)
    row["person"] = None if n % 8 == 4 else person
    row["role"] = None if n % 8 == 1 else role
    row["project"] = None if n % 8 == 6 else project
    return row | {"workstream": stream if n % 5 == 1 else None}


def _time_off_deleted(pen: Pen, n: int) -> Row:
    person = _person(pen, n)
    row: Row = {"id": pen.id("deleted"), "personId": person["id"], **_dates(n, -20)}
    row["note"] = "Moved" if n % 20 > 9 else None
    row["minutesPerDay"] = 240 if n % 3 == 0 else None
    return row | {"person": None if n % 4 == 0 else person}


def _assignment_deleted(pen: Pen, n: int) -> Row:
    person, role, project = _person(pen, n), _role(pen, n), _named(pen, "projects", n)
    phase, stream = _named(pen, "phases", n), _named(pen, "workstreams", n)
    row: Row = {"id": pen.id("deleted"), "personId": person["id"], **_dates(n, -50)}
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
    "project_deleted": _project_deleted,
    "person_deleted": _person_deleted,
    "contract_deleted": _contract_deleted,
    "actual_deleted": _actual_deleted,
    "time_off_deleted": _time_off_deleted,
    "assignment_deleted": _assignment_deleted,
}
