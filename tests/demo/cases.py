"""For every write operation a request that the account takes, whatever was written before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from urllib.parse import quote

from runn_pandas.demo import TODAY, Company
from runn_pandas.demo.shapes import grouped_fields as grouped

Row = dict[str, Any]
Made = tuple[Row, Any]
Case = Callable[["Pick"], Made]
CASES: dict[tuple[str, str], Case] = {}


class Pick:
    """Chooses rows of a company; what finds nothing to choose from raises an IndexError."""

    def __init__(self, company: Company, seed: int = 0) -> None:
        self.company = company
        self.random = Random(seed)

    def row(self, table: str, wanted: Callable[[Row], Any] = bool) -> Row:
        return self.random.choice([row for row in self.company.rows(table) if wanted(row)])

    def id(self, table: str, wanted: Callable[[Row], Any] = bool) -> int:
        return int(self.row(table, wanted)["id"])

    def person(self) -> int:
        placeholders = self.company.tables["placeholders"]
        return self.id("people", lambda row: row["id"] not in placeholders)

    def has(self, table: str, **fields: Any) -> bool:
        return any(fields.items() <= row.items() for row in self.company.rows(table))

    def day(self, first: int = -200, last: int = 0) -> str:
        return (TODAY + timedelta(days=self.random.randint(first, last))).isoformat()

    def span(self, length: int = 12) -> Row:
        start = self.day(-100, 100)
        end = date.fromisoformat(start) + timedelta(days=self.random.randrange(length))
        return {"startDate": start, "endDate": end.isoformat()}

    def word(self) -> str:
        return self.random.choice(("Ärger", "<b>", "日本", "plain", '"', "🚀")) + str(
            self.random.randrange(99)
        )

    def work(self) -> Row:
        return {
            "personId": self.person(),
            "projectId": self.id("projects"),
            "roleId": self.id("roles"),
        }


def path_of(template: str, values: Row) -> str:
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", quote(str(value)))
    return template


def case(method: str, path: str) -> Callable[[Case], Case]:
    def register(made: Case) -> Case:
        CASES[method, path] = made
        return made

    return register


def simple(method: str, path: str, table: str, name: str, body: Row | None = None) -> None:
    CASES[method, path] = lambda pick: ({name: pick.id(table)}, body)


def actual(pick: Pick) -> Row:
    row = pick.work() | {"date": pick.day(), "billableMinutes": 60 * pick.random.randrange(9)}
    row["nonbillableMinutes"] = pick.random.choice((0, 45))
    row |= pick.random.choice(({}, {"billableNote": pick.word()}))
    return row | pick.random.choice(({}, {"workstreamId": pick.id("workstreams")}))


CASES["POST", "/actuals/"] = lambda pick: ({}, actual(pick))
CASES["POST", "/actuals/time-entry"] = lambda pick: ({}, actual(pick))
CASES["POST", "/actuals/bulk/"] = lambda pick: (
    {},
    {"actuals": [actual(pick) for _ in range(pick.random.randint(1, 100))]},
)
simple("DELETE", "/actuals/{actualId}/", "actuals", "actualId")
simple("DELETE", "/assignments/{assignmentId}/", "assignments", "assignmentId")


@case("POST", "/assignments/")
def assignment(pick: Pick) -> Made:
    # Nobody's leave is this long.
    start = pick.day(-300, 100)
    end = date.fromisoformat(start) + timedelta(days=pick.random.randint(60, 90))
    return {}, {**pick.work(), "startDate": start, "endDate": end.isoformat(), "minutesPerDay": 90}


def client(pick: Pick) -> Row:
    refs = [{"referenceName": "Xero", "externalId": pick.word()}]
    return {"name": pick.word(), "website": "https://example.com/a", "references": refs}


CASES["POST", "/clients/"] = lambda pick: ({}, client(pick))
CASES["POST", "/clients/bulk/"] = lambda pick: ({}, {"clients": [client(pick), {"name": "B"}]})
CASES["PATCH", "/clients/{clientId}"] = lambda pick: (
    {"clientId": pick.id("clients")},
    {"website": None, "isArchived": True},
)

# -- people and contracts

CASES["POST", "/people/"] = lambda pick: (
    {},
    {
        "firstName": pick.word(),
        "lastName": "New",
        "roleId": pick.id("roles"),
        "startDate": pick.day(-500, 100),
        "holidaysGroupId": pick.id("holiday-groups"),
        "tags": [{"id": pick.id("people-tags")}],
        "rosteredDays": dict.fromkeys(("monday", "wednesday", "thursday"), 450)
        | {"tuesday": 0, "friday": 0},
    },
)
CASES["PATCH", "/people/{personId}"] = lambda pick: (
    {"personId": pick.id("people")},
    {"firstName": pick.word(), "email": "", "tags": [], "references": []},
)


@case("DELETE", "/people/{personId}")
def delete_person(pick: Pick) -> Made:
    busy = {row["personId"] for t in ("actuals", "assignments") for row in pick.company.rows(t)}
    idle = [row["id"] for row in pick.company.rows("people") if row["id"] not in busy]
    return {
        "personId": idle[0] if idle else pick.person(),
        "?force": "false" if idle else "true",
    }, None


@case("POST", "/people/{personId}/contracts/")
def contract(pick: Pick) -> Made:
    person = pick.person()
    own = pick.company.where("contracts", "personId", person)
    start = max([TODAY.isoformat(), *(row["startDate"] for row in own)])
    start = (date.fromisoformat(start) + timedelta(days=1)).isoformat()
    body = {"roleId": pick.id("roles"), "startDate": start, "minutesPerDay": 300}
    return {"personId": person}, body


CASES["PATCH", "/contracts/{contractId}"] = lambda pick: (
    {"contractId": pick.id("contracts")},
    {"costPerHour": pick.random.randrange(99), "roleId": pick.id("roles"), "minutesPerDay": 420},
)


@case("DELETE", "/people/{personId}/contracts/{contractId}")
def delete_contract(pick: Pick) -> Made:
    row = pick.row("contracts")
    return {"personId": row["personId"], "contractId": row["id"]}, None


@case("POST", "/people/{personId}/projects/")
def member(pick: Pick) -> Made:
    while True:
        body = pick.work()
        person = body.pop("personId")
        if not pick.has("project-members", personId=person, workstreamId=None, **body):
            return {"personId": person}, body


CASES["POST", "/people/{personId}/skills/"] = lambda pick: (
    {"personId": pick.person()},
    {"skillId": pick.id("skills"), "level": pick.random.choice((None, 1, 4))},
)


def skilled(pick: Pick, placeholder: bool) -> Row:
    placeholders = pick.company.tables["placeholders"]
    row = pick.row("people/skills", lambda r: (r["personId"] in placeholders) is placeholder)
    return {"placeholderId" if placeholder else "personId": row["personId"]} | {
        "skillId": row["skillId"]
    }


CASES["PATCH", "/people/{personId}/skills/{skillId}"] = lambda pick: (
    skilled(pick, False),
    {"level": 2},
)
CASES["DELETE", "/people/{personId}/skills/{skillId}"] = lambda pick: (skilled(pick, False), None)
CASES["POST", "/placeholders/{placeholderId}/skills/"] = lambda pick: (
    {"placeholderId": pick.id("placeholders")},
    {"skillId": pick.id("skills")},
)
CASES["DELETE", "/placeholders/{placeholderId}/skills/{skillId}"] = lambda pick: (
    skilled(pick, True),
    None,
)
CASES["POST", "/skills/{skillId}/people/"] = lambda pick: (
    {"skillId": pick.id("skills")},
    {"people": [{"personId": pick.person(), "level": 3}, {"personId": pick.id("people")}]},
)
CASES["POST", "/placeholders/"] = lambda pick: (
    {},
    {"roleId": pick.id("roles"), "tags": [{"id": pick.id("people-tags")}]},
)
CASES["POST", "/people/{personId}/teams/"] = lambda pick: (
    {"personId": pick.person()},
    {"teamId": pick.id("teams")},
)
CASES["POST", "/placeholders/{placeholderId}/teams/"] = lambda pick: (
    {"placeholderId": pick.id("placeholders")},
    {"teamId": pick.id("teams")},
)


def teamed(pick: Pick, placeholder: bool) -> Row:
    placeholders = pick.company.tables["placeholders"]
    row = pick.row("people", lambda r: r["teamId"] and (r["id"] in placeholders) is placeholder)
    return {"placeholderId" if placeholder else "personId": row["id"], "teamId": row["teamId"]}


CASES["DELETE", "/people/{personId}/teams/{teamId}"] = lambda pick: (teamed(pick, False), None)
CASES["DELETE", "/placeholders/{placeholderId}/teams/{teamId}"] = lambda pick: (
    teamed(pick, True),
    None,
)

# -- time off


def leave(pick: Pick) -> Row:
    """Leave far from all leave that there is: some of that is partial."""
    start = pick.day(400, 900)
    end = date.fromisoformat(start) + timedelta(days=pick.random.randrange(20))
    return {"personId": pick.person(), "startDate": start, "endDate": end.isoformat()}


CASES["POST", "/time-offs/leave/"] = lambda pick: ({}, leave(pick))
CASES["POST", "/time-offs/leave/bulk/"] = lambda pick: (
    {},
    {"time_offs": [leave(pick) for _ in range(5)]},
)
simple("DELETE", "/time-offs/leave/{timeOffId}/", "time-offs/leave", "timeOffId")
CASES["DELETE", "/time-offs/leave/bulk/"] = lambda pick: (
    {},
    {"timeOffIds": [pick.id("time-offs/leave"), pick.id("time-offs/leave")]},
)
simple("DELETE", "/time-offs/holidays/{timeOffId}", "time-offs/holidays", "timeOffId")
simple("DELETE", "/time-offs/rostered-off/{timeOffId}", "time-offs/rostered-off", "timeOffId")


@case("POST", "/time-offs/holidays/")
def holiday(pick: Pick) -> Made:
    person = pick.person()
    taken = {
        row["holidayId"] for row in pick.company.where("time-offs/holidays", "personId", person)
    }
    return {}, {
        "personId": person,
        "holidayId": pick.id("holiday-groups/holidays", lambda row: row["id"] not in taken),
    }


# -- custom fields

for kind in ("text", "select", "checkbox", "date"):
    more: Row = {"options": [{"name": "A"}, {"name": "B"}], "singleSelect": True}
    new = {"name": f"New {kind}", "model": "PERSON", "required": False, "showInPlanner": True}
    new |= {"filterableInPlanner": True} | (more if kind == "select" else {})
    CASES["POST", f"/custom-fields/{kind}/"] = lambda pick, new=new: ({}, new)
    one, table = f"/custom-fields/{kind}/{{{kind}FieldId}}", f"custom-fields/{kind}"
    simple("PATCH", one, table, f"{kind}FieldId", {"name": "Renamed", "description": ""})
    simple("DELETE", one, table, f"{kind}FieldId")

    def value(pick: Pick, kind: str = kind, model: str = "PERSON") -> Row:
        field = pick.row(f"custom-fields/{kind}", lambda row: row["model"] == model)
        if kind == "select":
            chosen = [{"id": one["id"]} for one in field["options"][:1]]
            return {"id": field["id"], "values": chosen}
        told = {
            "text": pick.word(),
            "checkbox": True,
            "date": pick.random.choice((None, "2026-01-01")),
        }
        return {"id": field["id"], "value": told[kind]}

    CASES["PATCH", f"/people/{{personId}}/custom-fields/{kind}/"] = lambda pick, value=value: (
        {"personId": pick.person()},
        value(pick),
    )
    CASES["PATCH", f"/projects/{{projectId}}/custom-fields/{kind}/"] = lambda pick, value=value: (
        {"projectId": pick.id("projects")},
        value(pick, model="PROJECT"),
    )


def option(pick: Pick) -> Row:
    field = pick.row("custom-fields/select", lambda row: row["options"])
    return {
        "selectFieldId": field["id"],
        "selectOptionId": pick.random.choice(field["options"])["id"],
    }


_OPTIONS = "/custom-fields/select/{selectFieldId}/options"
simple("POST", _OPTIONS, "custom-fields/select", "selectFieldId", {"name": "Third"})
CASES["PATCH", f"{_OPTIONS}/{{selectOptionId}}"] = lambda pick: (option(pick), {"name": "Else"})
CASES["DELETE", f"{_OPTIONS}/{{selectOptionId}}"] = lambda pick: (option(pick), None)

# -- users


def admin(row: Row) -> bool:
    return row["permissions"]["type"] in ("superuser", "admin")


CASES["POST", "/invitations/"] = lambda pick: (
    {},
    {
        "email": f"{pick.random.random()}@example.com",
        "userType": "manager",
        "financialPermission": "none",
        "fromUser": pick.row("users", admin)["email"],
        "manageProjectsPermission": "restricted",
        "manageOthersPermission": "none",
    },
)
simple("DELETE", "/invitations/{invitationId}", "invitations", "invitationId")
CASES["DELETE", "/users/{userId}"] = lambda pick: (
    {"userId": pick.id("users", lambda row: not admin(row))},
    None,
)


@case("POST", "/users/{userId}/views/{viewId}")
def give(pick: Pick) -> Made:
    table = pick.company.tables["users/views"]
    every = [(u, v) for u in pick.company.tables["users"] for v in pick.company.tables["views"]]
    user, view = pick.random.choice([pair for pair in every if pair not in table])
    return {"userId": user, "viewId": view}, None


CASES["DELETE", "/users/{userId}/views/{viewId}/"] = lambda pick: (
    dict(pick.row("users/views")),
    None,
)

# -- projects

CASES["POST", "/projects/"] = lambda pick: (
    {},
    {
        "name": pick.word(),
        "clientId": pick.id("clients"),
        "rateCardId": pick.id("rate-cards"),
        "rateType": pick.random.choice(("hours", "days")),
        "managerIds": [pick.id("users")],
    }
    if pick.random.random() < 0.6
    else {
        "fromTemplate": {
            "templateId": pick.id("projects", lambda row: row["isTemplate"]),
            "startDate": pick.day(),
        }
    },
)
CASES["PATCH", "/projects/{projectId}"] = lambda pick: (
    {"projectId": pick.id("projects")},
    {
        "budget": 1000.5,
        "teamId": None,
        "rateType": pick.random.choice(("hours", "days")),
        "tags": [{"id": pick.id("project-tags")}],
    },
)


@case("DELETE", "/projects/{projectId}/")
def delete_project(pick: Pick) -> Made:
    busy = {row["projectId"] for t in ("actuals", "assignments") for row in pick.company.rows(t)}
    return {"projectId": pick.id("projects", lambda row: row["id"] not in busy)}, None


CASES["POST", "/projects/{projectId}/phases/"] = lambda pick: (
    {"projectId": pick.id("projects")},
    {"name": pick.word(), "color": "#CD97DA", **pick.span()},
)
phase_body: Row = {"name": "Renamed", "color": "#6899F1"}


def below(table: str, name: str) -> Callable[[Pick], Row]:
    def values(pick: Pick) -> Row:
        row = pick.row(table)
        return {"projectId": row["projectId"], name: row["id"]}

    return values


def nested(method: str, path: str, table: str, name: str, body: Row | None = None) -> None:
    values = below(table, name)
    CASES[method, path] = lambda pick: (values(pick), body)


_P = "/projects/{projectId}"
nested("PATCH", f"{_P}/phases/{{phaseId}}", "phases", "phaseId", phase_body)
nested("DELETE", f"{_P}/phases/{{phaseId}}", "phases", "phaseId")
simple(
    "POST",
    f"{_P}/milestones/",
    "projects",
    "projectId",
    {"title": "M", "icon": "flag", "date": "2026-07-01"},
)
nested("PATCH", f"{_P}/milestones/{{milestoneId}}", "milestones", "milestoneId", {"note": None})
nested("DELETE", f"{_P}/milestones/{{milestoneId}}", "milestones", "milestoneId")
simple("POST", f"{_P}/notes/", "projects", "projectId", {"note": "Ünder way"})
simple(
    "POST",
    f"{_P}/other-expenses/",
    "projects",
    "projectId",
    {"name": "Taxi", "cost": 9.5, "charge": 0, "date": "2026-06-01"},
)
nested(
    "PATCH",
    f"{_P}/other-expenses/{{otherExpenseId}}/",
    "other-expenses",
    "otherExpenseId",
    {"cost": 1},
)
nested(
    "PATCH",
    f"{_P}/project-rates/{{projectRateId}}/",
    "project-rates",
    "projectRateId",
    {"rate": 101.25},
)
nested(
    "PATCH",
    f"{_P}/person-requests/{{personRequestId}}",
    "person-requests",
    "personRequestId",
    {"status": "PENDING"},
)
CASES["POST", f"{_P}/person-requests/"] = lambda pick: (
    {"projectId": pick.id("projects")},
    {"personId": pick.id("placeholders"), "status": "REQUESTED"},
)


@case("POST", f"{_P}/budget-roles/")
def budget(pick: Pick) -> Made:
    rate = pick.row(
        "project-rates",
        lambda r: r["rate"] and not pick.company.get("budget-roles", (r["projectId"], r["roleId"])),
    )
    return {"projectId": rate["projectId"]}, {"roleId": rate["roleId"], "estimatedBudget": 5000}


@case("PATCH", f"{_P}/budget-roles/{{roleId}}")
def change_budget(pick: Pick) -> Made:
    row = pick.row("budget-roles")
    return {name: row[name] for name in ("projectId", "roleId")}, {"estimatedMinutes": 605}


@case("DELETE", f"{_P}/budget-roles/{{roleId}}")
def delete_budget(pick: Pick) -> Made:
    members = {(row["projectId"], row["roleId"]) for row in pick.company.rows("project-members")}
    row = pick.row("budget-roles", lambda r: (r["projectId"], r["roleId"]) not in members)
    return {name: row[name] for name in ("projectId", "roleId")}, None


CASES["POST", f"{_P}/project-workstreams/{{workstreamId}}/"] = lambda pick: (
    {"projectId": pick.id("projects"), "workstreamId": pick.id("workstreams")},
    None,
)


@case("DELETE", f"{_P}/project-workstreams/{{workstreamId}}/")
def remove_workstream(pick: Pick) -> Made:
    used = {
        (row["projectId"], row["workstreamId"])
        for t in ("actuals", "assignments", "project-members")
        for row in pick.company.rows(t)
    }
    row = pick.row("project-workstreams", lambda r: (r["projectId"], r["workstreamId"]) not in used)
    return {name: row[name] for name in ("projectId", "workstreamId")}, None


simple(
    "PATCH",
    f"{_P}/timesheet-lock/",
    "projects",
    "projectId",
    {"status": "LOCKED", "lockedUntil": "2020-01-01"},
)

# -- lists

_REFS = [
    {"referenceName": "Harvest", "externalId": "1"},
    {"referenceName": "Harvest", "externalId": "1"},
]
CASES["POST", "/roles/"] = lambda pick: (
    {},
    {"name": pick.word(), "standardRate": 120, "references": _REFS},
)
simple("PATCH", "/roles/{roleId}", "roles", "roleId", {"name": "Renamed", "standardRate": 99.5})
CASES["POST", "/rate-cards/"] = lambda pick: (
    {},
    {
        "name": None,
        "description": None,
        "references": [],
        "isBlendedRateCard": False,
        "blendedRate": None,
        "rateType": None,
    },
)
CASES["DELETE", "/rate-cards/{rateCardId}"] = lambda pick: (
    {
        "rateCardId": pick.id(
            "rate-cards",
            lambda row: not row["projectIds"] and row["name"] not in ("Standard", "Internal"),
        )
    },
    None,
)
for tag in ("people", "project"):
    _id = f"{tag}TagId"
    CASES["POST", f"/{tag}-tags/"] = lambda pick: ({}, {"name": pick.word()})
    simple("PATCH", f"/{tag}-tags/{{{_id}}}", f"{tag}-tags", _id, {"archived": True})
simple("DELETE", "/people-tags/{peopleTagId}", "people-tags", "peopleTagId")
CASES["POST", "/project-tags/{projectTagId}/project/{projectId}"] = lambda pick: (
    {"projectTagId": pick.id("project-tags"), "projectId": pick.id("projects")},
    None,
)


@case("DELETE", "/project-tags/{projectTagId}/project/{projectId}")
def detach(pick: Pick) -> Made:
    tag = pick.row("project-tags", lambda row: row["projectIds"])
    return {"projectTagId": tag["id"], "projectId": tag["projectIds"][0]}, None


for what in ("team", "skill", "workstream"):
    _id, slash = f"{what}Id", "" if what == "skill" else "/"
    CASES["POST", f"/{what}s/"] = lambda pick: ({}, {"name": pick.word()})
    simple("PATCH", f"/{what}s/{{{_id}}}{slash}", f"{what}s", _id, {"name": "Renamed"})
    simple("DELETE", f"/{what}s/{{{_id}}}{slash}", f"{what}s", _id)


def unused(pick: Pick) -> Made:
    used = {
        row["workstreamId"]
        for t in ("actuals", "assignments", "project-members")
        for row in pick.company.rows(t)
    }
    return {"workstreamId": pick.id("workstreams", lambda row: row["id"] not in used)}, None


CASES["DELETE", "/workstreams/{workstreamId}/"] = unused


# -- what holds whatever is written ------------------------------------------------------------

POINTS = {
    "actuals": "personId projectId roleId workstreamId phaseId",
    "assignments": "personId projectId roleId workstreamId phaseId",
    "budget-roles": "projectId roleId",
    "contracts": "personId roleId",
    "milestones": "projectId",
    "other-expenses": "projectId",
    "people": "teamId holidaysGroupId",
    "people/custom-fields": "personId",
    "people/notes": "personId",
    "people/skills": "personId skillId",
    "person-requests": "personId projectId requesterId updaterId",
    "phases": "projectId",
    "project-members": "personId projectId roleId workstreamId",
    "project-notes": "projectId",
    "project-rates": "projectId roleId",
    "project-workstreams": "projectId workstreamId",
    "projects": "clientId teamId rateCardId",
    "projects/custom-fields": "projectId",
    "time-offs/holidays": "personId holidayId",
    "time-offs/leave": "personId",
    "time-offs/rostered-off": "personId",
    "users": "personId",
    "users/views": "userId viewId",
}
TABLES = {
    "holidaysGroupId": "holiday-groups",
    "holidayId": "holiday-groups/holidays",
    "personId": "people",
    "rateCardId": "rate-cards",
    "requesterId": "users",
    "updaterId": "users",
}


def broken(company: Company) -> list[str]:
    """What does not hold in a company: nothing."""
    tables = company.tables
    found = [
        f"{table} {key}: {name} {row[name]}"
        for table, names in POINTS.items()
        for key, row in tables[table].items()
        for name in names.split()
        if row[name] is not None
        and row[name] not in tables[TABLES.get(name, f"{name.removesuffix('Id')}s")]
    ]
    for row in company.rows("actuals"):
        phase = company.get("phases", row["phaseId"] or 0)
        if phase and phase["projectId"] != row["projectId"]:
            found.append(f"actual {row['id']}: phase of another project")
    key = ("date", "personId", "projectId", "roleId", "workstreamId")
    keys = [tuple(row[name] for name in key) for row in company.rows("actuals")]
    if len(keys) != len(set(keys)):
        found.append("two actuals on one key")
    members = {tuple(row[n] for n in key[1:]) for row in company.rows("project-members")}
    for table in ("actuals", "assignments"):
        for row in company.rows(table):
            if tuple(row[n] for n in key[1:]) not in members:
                found.append(f"{table} {row['id']}: no member")
    for table in ("contracts", "time-offs/leave"):
        for person in tables["people"]:
            rows = sorted(company.where(table, "personId", person), key=lambda r: r["startDate"])
            for one, two in pairwise(rows):
                if (one["endDate"] or "9999") >= two["startDate"]:
                    found.append(f"{table} {one['id']} and {two['id']} overlap")
    found += _lists(company)
    return found


def _lists(company: Company) -> list[str]:
    """Lists of ids say the same as the rows that they are made of."""
    found = []
    projects = list(company.rows("projects"))
    for tag in company.rows("project-tags"):
        if set(tag["projectIds"]) != {p["id"] for p in projects if tag["id"] in _ids(p["tags"])}:
            found.append(f"project-tags {tag['id']}: projectIds")
    for card in company.rows("rate-cards"):
        if set(card["projectIds"]) != {p["id"] for p in projects if p["rateCardId"] == card["id"]}:
            found.append(f"rate-cards {card['id']}: projectIds")
    today = TODAY.isoformat()
    holds = [
        row
        for row in company.rows("contracts")
        if row["startDate"] <= today <= (row["endDate"] or today)
    ]
    for role in company.rows("roles"):
        if set(role["personIds"]) != {r["personId"] for r in holds if r["roleId"] == role["id"]}:
            found.append(f"roles {role['id']}: personIds")
    for project in projects:
        if not set(project["managerIds"]) <= set(company.tables["users"]):
            found.append(f"projects {project['id']}: managerIds")
        fields = company.tables["projects/custom-fields"][project["id"]]["customFields"]
        if project["customFields"] != grouped(fields):
            found.append(f"projects {project['id']}: customFields")
    for table in ("people", "placeholders"):
        for row in company.rows(table):
            if not _ids(row["tags"]) <= set(company.tables["people-tags"]):
                found.append(f"{table} {row['id']}: tags")
    for row in company.rows("people/custom-fields"):
        for field in row["customFields"]:
            kind = field["type"]
            known = company.get(f"custom-fields/{kind}", field[f"custom{kind.capitalize()}Id"])
            options = known["options"] if known and kind == "select" else []
            chosen = field["value"] if kind == "select" else []
            if not known or field["name"] != known["name"] or any(o not in options for o in chosen):
                found.append(f"people/custom-fields {row['personId']}: {field}")
    for id_, row in company.tables["placeholders"].items():
        person = company.tables["people"][id_]
        if any(person[name] != row[name] for name in ("firstName", "lastName", "tags")):
            found.append(f"placeholders {id_}: not its person")
    return found


def _ids(rows: list[Row]) -> set[int]:
    return {row["id"] for row in rows}
