"""People and placeholders, and what is said about them: skills, teams, projects."""

from __future__ import annotations

from runn_pandas.demo.database import Row
from runn_pandas.demo.routes.rules.account_setup import tags_of
from runn_pandas.demo.routes.rules.actuals import join_project
from runn_pandas.demo.routes.rules.contracts import add_contract, terms
from runn_pandas.demo.routes.writing import WriteRequest, writes
from runn_pandas.demo.shapes import whole_person

__all__: list[str] = []

# What a placeholder has in its own list, too.
_SHARED = ("firstName", "lastName", "isArchived", "references", "tags")


@writes("POST", "/people/")
def person(request: WriteRequest) -> Row:
    """Make a person with a first contract."""
    body: Row = request.body
    contract = terms(request, body)
    tags = tags_of(request, "people-tags", body)
    group = body.get("holidaysGroupId")
    if group is not None:
        request.known("holiday-groups", group, "body/holidaysGroupId")
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
    row = request.add("people", row)
    add_contract(request, row["id"], contract)
    return whole_person(request.company, row)


@writes("PATCH", "/people/{personId}")
def change_person(request: WriteRequest) -> Row:
    id_ = request.here("people", "personId")["id"]
    changes: Row = dict(request.body)
    if "tags" in changes:
        changes["tags"] = tags_of(request, "people-tags", request.body)
    row = request.update("people", id_, changes)
    if request.is_placeholder(id_):
        request.update("placeholders", id_, {name: row[name] for name in _SHARED})
    return whole_person(request.company, row)


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
def delete_person(request: WriteRequest) -> None:
    company, row = request.company, request.here("people", "personId")
    id_ = row["id"]
    for table in ("actuals", "assignments"):
        if company.where(table, "personId", id_) and not request.values["force"]:
            raise request.refuse(f"A person with {table} cannot be deleted without force")
    for table in _OWN:
        request.sweep(table, "personId", id_)
    for role in list(company.rows("roles")):
        ids = [one for one in role["personIds"] if one != id_]
        request.derive("roles", role["id"], {"personIds": ids})
    request.clear("users", "personId", id_)
    if request.is_placeholder(id_):
        company.remove("placeholders", id_)
    company.remove("people", id_)
    request.log_deletion("people", row)


@writes("POST", "/placeholders/")
def placeholder(request: WriteRequest) -> Row:
    """Make unmet demand: a row among the placeholders, and one among people."""
    body: Row = request.body
    role = request.known("roles", body["roleId"], "body/roleId")
    number = 1 + len(request.company.tables["placeholders"])
    names = {"firstName": role["name"] or "Placeholder", "lastName": f"Placeholder {number}"}
    shared: Row = {**names, "isArchived": False, "references": []}
    shared["tags"] = tags_of(request, "people-tags", body)
    row = request.add("people", {**shared, "email": None, "teamId": None, **_NO_CONTRACT})
    request.add("placeholders", {"id": row["id"], **shared}, row["id"])
    answer: Row = {"id": row["id"], **names, "roleId": role["id"], "teamId": None}
    answer["costPerHour"] = body.get("costPerHour", role["defaultHourCost"])
    return {**answer, "tags": shared["tags"]}


_NO_CONTRACT: Row = {"holidaysGroupId": None, "managers": []}


# -- skills


def _owner(request: WriteRequest) -> int:
    """Return the person, or the placeholder, that the path is about."""
    name = "personId" if "personId" in request.values else "placeholderId"
    id_: int = request.here("people" if name == "personId" else "placeholders", name)["id"]
    return id_


def _skilled(request: WriteRequest, person: int, skill: int, level: int | None) -> Row:
    """Add a skill to a person, or set the level of one that is known."""
    key = (person, skill)
    if request.company.get("people/skills", key):
        row = request.update("people/skills", key, {"level": level})
    else:
        fields: Row = {"personId": person, "level": level, "skillId": skill}
        row = request.add("people/skills", fields, key)
    return {name: row[name] for name in ("level", "skillId", "createdAt", "updatedAt")}


@writes("POST", "/people/{personId}/skills/", "/placeholders/{placeholderId}/skills/")
def add_skill(request: WriteRequest) -> Row:
    owner = _owner(request)
    skill = request.known("skills", request.body["skillId"], "body/skillId")
    return _skilled(request, owner, skill["id"], request.body.get("level"))


@writes("PATCH", "/people/{personId}/skills/{skillId}")
def change_skill(request: WriteRequest) -> Row:
    key = (_owner(request), request.values["skillId"])
    request.one("people/skills", key)
    return _skilled(request, *key, request.body["level"])


@writes(
    "DELETE",
    "/people/{personId}/skills/{skillId}",
    "/placeholders/{placeholderId}/skills/{skillId}",
)
def remove_skill(request: WriteRequest) -> None:
    key = (_owner(request), request.values["skillId"])
    request.one("people/skills", key)
    request.company.remove("people/skills", key)


@writes("POST", "/skills/{skillId}/people/")
def add_people(request: WriteRequest) -> Row:
    skill = request.here("skills", "skillId")
    for n, one in enumerate(request.body["people"]):
        request.known("people", one["personId"], f"body/people/{n}/personId")
    return {
        "values": [
            _skilled(request, one["personId"], skill["id"], one.get("level"))
            for one in request.body["people"]
        ]
    }


# -- teams


@writes("POST", "/people/{personId}/teams/", "/placeholders/{placeholderId}/teams/")
def join_team(request: WriteRequest) -> None:
    """Put a person into a team, and so out of the one before."""
    owner = _owner(request)
    team = request.known("teams", request.body["teamId"], "body/teamId")
    request.derive("people", owner, {"teamId": team["id"]})


@writes(
    "DELETE", "/people/{personId}/teams/{teamId}", "/placeholders/{placeholderId}/teams/{teamId}"
)
def leave_team(request: WriteRequest) -> None:
    owner = _owner(request)
    if request.company.tables["people"][owner]["teamId"] != request.values["teamId"]:
        raise request.missing("teams")
    request.derive("people", owner, {"teamId": None})


# -- projects


@writes("POST", "/people/{personId}/projects/")
def add_member(request: WriteRequest) -> None:
    person, body = request.here("people", "personId")["id"], request.body
    request.known("projects", body["projectId"], "body/projectId")
    request.known("roles", body["roleId"], "body/roleId")
    stream = body.get("workstreamId")
    if stream is not None:
        request.known("workstreams", stream, "body/workstreamId")
        logged = request.company.where("actuals", "personId", person)
        if any(row["projectId"] == body["projectId"] for row in logged):
            raise request.conflict("A person with actuals on the project takes no workstream")
    if not join_project(request, body | {"personId": person}):
        raise request.conflict("The person is on the project in this role already")
