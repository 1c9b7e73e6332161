"""People and placeholders, and what is said about them: skills, teams, projects."""

from __future__ import annotations

from runn_pandas.demo.reading import whole_person
from runn_pandas.demo.rules.contracts import add_contract, terms
from runn_pandas.demo.rules.lists import tags_of
from runn_pandas.demo.tables import Row
from runn_pandas.demo.writing import Write, writes

__all__: list[str] = []

# What a placeholder has in its own list, too.
_SHARED = ("firstName", "lastName", "isArchived", "references", "tags")


@writes("POST", "/people/")
def person(ask: Write) -> Row:
    """A person comes with a first contract."""
    body: Row = ask.body
    contract = terms(ask, body)
    tags = tags_of(ask, "people-tags", body)
    group = body.get("holidaysGroupId")
    if group is not None:
        ask.known("holiday-groups", group, "body/holidaysGroupId")
    row: Row = {
        "firstName": body["firstName"],
        "lastName": body["lastName"],
        "email": body.get("email") or None,
        "isArchived": False,
        "teamId": None,
        "references": body.get("references", []),
        "tags": tags,
        "holidaysGroupId": group,
        "managers": [],
    }
    row = ask.add("people", row)
    add_contract(ask, row["id"], contract)
    return whole_person(ask.company, row)


@writes("PATCH", "/people/{personId}")
def change_person(ask: Write) -> Row:
    id_ = ask.here("people", "personId")["id"]
    changes: Row = dict(ask.body)
    if "tags" in changes:
        changes["tags"] = tags_of(ask, "people-tags", ask.body)
    row = ask.update("people", id_, changes)
    if id_ in ask.company.tables["placeholders"]:
        ask.update("placeholders", id_, {name: row[name] for name in _SHARED})
    return whole_person(ask.company, row)


# What belongs to a person alone, and goes with them.
_OWN = (
    "actuals",
    "assignments",
    "contracts",
    "people/custom-fields",
    "people/notes",
    "people/skills",
    "person-requests",
    "project-members",
    "time-offs/holidays",
    "time-offs/leave",
    "time-offs/rostered-off",
)


@writes("DELETE", "/people/{personId}")
def delete_person(ask: Write) -> None:
    company, row = ask.company, ask.here("people", "personId")
    id_ = row["id"]
    for table in ("actuals", "assignments"):
        if company.where(table, "personId", id_) and not ask.values["force"]:
            raise ask.refuse(f"A person with {table} cannot be deleted without force")
    for table in _OWN:
        ask.sweep(table, "personId", id_)
    for role in list(company.rows("roles")):
        ids = [one for one in role["personIds"] if one != id_]
        ask.derive("roles", role["id"], {"personIds": ids})
    ask.clear("users", "personId", id_)
    if id_ in company.tables["placeholders"]:
        company.remove("placeholders", id_)
    company.remove("people", id_)
    snapshot = {name: row[name] for name in ("id", "email", "firstName", "lastName")}
    ask.record("person_deleted", "person", snapshot)


@writes("POST", "/placeholders/")
def placeholder(ask: Write) -> Row:
    """Unmet demand: a row among the placeholders, and one among people."""
    body: Row = ask.body
    role = ask.known("roles", body["roleId"], "body/roleId")
    number = 1 + len(ask.company.tables["placeholders"])
    names = {"firstName": role["name"] or "Placeholder", "lastName": f"Placeholder {number}"}
    shared: Row = {**names, "isArchived": False, "references": []}
    shared["tags"] = tags_of(ask, "people-tags", body)
    row = ask.add("people", {**shared, "email": None, "teamId": None, **_NO_CONTRACT})
    ask.add("placeholders", {"id": row["id"], **shared}, row["id"])
    answer: Row = {"id": row["id"], **names, "roleId": role["id"], "teamId": None}
    answer["costPerHour"] = body.get("costPerHour", role["defaultHourCost"])
    return {**answer, "tags": shared["tags"]}


_NO_CONTRACT: Row = {"holidaysGroupId": None, "managers": []}


# -- skills


def _owner(ask: Write) -> int:
    """The person, or the placeholder, that the path is about."""
    name = "personId" if "personId" in ask.values else "placeholderId"
    id_: int = ask.here("people" if name == "personId" else "placeholders", name)["id"]
    return id_


def _skilled(ask: Write, person: int, skill: int, level: int | None) -> Row:
    """Give a person a skill, or a known skill its level."""
    key = (person, skill)
    if ask.company.get("people/skills", key):
        row = ask.update("people/skills", key, {"level": level})
    else:
        fields: Row = {"personId": person, "level": level, "skillId": skill}
        row = ask.add("people/skills", fields, key)
    return {name: row[name] for name in ("level", "skillId", "createdAt", "updatedAt")}


@writes("POST", "/people/{personId}/skills/", "/placeholders/{placeholderId}/skills/")
def add_skill(ask: Write) -> Row:
    owner = _owner(ask)
    skill = ask.known("skills", ask.body["skillId"], "body/skillId")
    return _skilled(ask, owner, skill["id"], ask.body.get("level"))


@writes("PATCH", "/people/{personId}/skills/{skillId}")
def change_skill(ask: Write) -> Row:
    key = (_owner(ask), ask.values["skillId"])
    ask.one("people/skills", key)
    return _skilled(ask, *key, ask.body["level"])


@writes(
    "DELETE",
    "/people/{personId}/skills/{skillId}",
    "/placeholders/{placeholderId}/skills/{skillId}",
)
def remove_skill(ask: Write) -> None:
    key = (_owner(ask), ask.values["skillId"])
    ask.one("people/skills", key)
    ask.company.remove("people/skills", key)


@writes("POST", "/skills/{skillId}/people/")
def add_people(ask: Write) -> Row:
    skill = ask.here("skills", "skillId")
    for n, one in enumerate(ask.body["people"]):
        ask.known("people", one["personId"], f"body/people/{n}/personId")
    return {
        "values": [
            _skilled(ask, one["personId"], skill["id"], one.get("level"))
            for one in ask.body["people"]
        ]
    }


# -- teams


@writes("POST", "/people/{personId}/teams/", "/placeholders/{placeholderId}/teams/")
def join_team(ask: Write) -> None:
    """A person is in one team; joining another leaves the first."""
    owner = _owner(ask)
    team = ask.known("teams", ask.body["teamId"], "body/teamId")
    ask.derive("people", owner, {"teamId": team["id"]})


@writes(
    "DELETE",
    "/people/{personId}/teams/{teamId}",
    "/placeholders/{placeholderId}/teams/{teamId}",
)
def leave_team(ask: Write) -> None:
    owner = _owner(ask)
    if ask.company.tables["people"][owner]["teamId"] != ask.values["teamId"]:
        raise ask.missing("teams")
    ask.derive("people", owner, {"teamId": None})


# -- projects


@writes("POST", "/people/{personId}/projects/")
def join_project(ask: Write) -> None:
    person, body = ask.here("people", "personId")["id"], ask.body
    ask.known("projects", body["projectId"], "body/projectId")
    ask.known("roles", body["roleId"], "body/roleId")
    stream = body.get("workstreamId")
    if stream is not None:
        ask.known("workstreams", stream, "body/workstreamId")
        logged = ask.company.where("actuals", "personId", person)
        if any(row["projectId"] == body["projectId"] for row in logged):
            raise ask.conflict("A person with actuals on the project takes no workstream")
    key: Row = {"personId": person, "projectId": body["projectId"], "roleId": body["roleId"]}
    key["workstreamId"] = stream
    members = ask.company.where("project-members", "personId", person)
    if any(key.items() <= row.items() for row in members):
        raise ask.conflict("The person is on the project in this role already")
    placeholder = person in ask.company.tables["placeholders"]
    ask.add("project-members", {**key, "isPlaceholder": placeholder})
