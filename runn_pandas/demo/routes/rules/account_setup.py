"""Clients, roles, rate cards, tags, teams, skills and workstreams."""

from __future__ import annotations

from typing import Any

from runn_pandas.demo.database import Row
from runn_pandas.demo.routes.writing import WriteRequest, without, writes
from runn_pandas.demo.shapes import named, role_on_card

__all__ = ["tag_project", "tags_of"]

# -- clients


def _client(request: WriteRequest, body: Row) -> Row:
    row: Row = {"name": body["name"], "website": body.get("website"), "isArchived": False}
    return request.add("clients", row | {"references": body.get("references", [])})


@writes("POST", "/clients/")
def client(request: WriteRequest) -> Row:
    return _client(request, request.body)


@writes("POST", "/clients/bulk/")
def clients(request: WriteRequest) -> list[Row]:
    return [_client(request, body) for body in request.body["clients"]]


# -- roles and rate cards


@writes("POST", "/roles/")
def role(request: WriteRequest) -> Row:
    row: Row = {"name": request.body["name"], "isArchived": False}
    row |= {name: request.body[name] for name in ("defaultHourCost", "standardRate")}
    row = request.add(
        "roles", {**row, "references": request.body.get("references", []), "personIds": []}
    )
    for card in list(request.company.rows("rate-cards")):
        if not card["isBlendedRateCard"]:
            rate = 0 if card["name"] == "Internal" else row["standardRate"]
            rates = [*card["rates"], role_on_card(row, rate)]
            request.derive("rate-cards", card["id"], {"rates": rates})
    return row


@writes("PATCH", "/roles/{roleId}")
def change_role(request: WriteRequest) -> Row:
    """Change a role, its name on every card, and its rate on the standard card."""
    row = request.update("roles", request.here("roles", "roleId")["id"], request.body)
    for card in list(request.company.rows("rate-cards")):
        new = "standardRate" in request.body and card["name"] == "Standard"
        line = role_on_card(row, row["standardRate"]) if new else {"role": named(row)}
        rates = [rate | line if rate["role"]["id"] == row["id"] else rate for rate in card["rates"]]
        request.derive("rate-cards", card["id"], {"rates": rates})
    return row


@writes("POST", "/rate-cards/")
def rate_card(request: WriteRequest) -> Row:
    body: Row = request.body
    blended = body["isBlendedRateCard"]
    if blended and body["blendedRate"] is None:
        raise request.refuse("body/blendedRate must be a number on a blended rate card")
    roles = [row for row in request.company.rows("roles") if row["name"]]
    rates = [] if blended else [role_on_card(row, row["standardRate"]) for row in roles]
    fields = {name: body[name] for name in ("name", "description", "references", "rateType")}
    fields |= {"isArchived": False, "isBlendedRateCard": blended, "projectIds": []}
    fields["blendedRate"] = body["blendedRate"] if blended else None
    return request.add("rate-cards", {**fields, "rates": rates})


@writes("DELETE", "/rate-cards/{rateCardId}")
def delete_rate_card(request: WriteRequest) -> None:
    card = request.here("rate-cards", "rateCardId")
    if card["name"] in ("Standard", "Internal"):
        raise request.refuse("The standard and the internal rate card cannot be deleted")
    if card["projectIds"]:
        raise request.refuse("A rate card with projects cannot be deleted")
    request.company.remove("rate-cards", card["id"])


# -- tags


@writes("DELETE", "/people-tags/{peopleTagId}")
def delete_people_tag(request: WriteRequest) -> None:
    id_ = request.here("people-tags", "peopleTagId")["id"]
    for table in ("people", "placeholders"):
        for row in list(request.company.rows(table)):
            request.update(table, row["id"], {"tags": without(row["tags"], id_)})
    request.company.remove("people-tags", id_)


@writes("POST", "/project-tags/{projectTagId}/project/{projectId}")
def attach_tag(request: WriteRequest) -> Row:
    tag, project = (
        request.here("project-tags", "projectTagId"),
        request.here("projects", "projectId"),
    )
    if project["id"] not in tag["projectIds"]:
        tag_project(request, project["id"], [*project["tags"], named(tag)])
    return request.company.tables["project-tags"][tag["id"]]


@writes("DELETE", "/project-tags/{projectTagId}/project/{projectId}")
def detach_tag(request: WriteRequest) -> None:
    tag, project = (
        request.here("project-tags", "projectTagId"),
        request.here("projects", "projectId"),
    )
    if project["id"] not in tag["projectIds"]:
        raise request.missing("project-tags")
    tag_project(request, project["id"], without(project["tags"], tag["id"]))


def tag_project(request: WriteRequest, project: int, tags: list[Row]) -> None:
    """Set the tags of a project, and in the tags their projects."""
    request.derive("projects", project, {"tags": tags})
    wanted = {tag["id"] for tag in tags}
    for tag in list(request.company.rows("project-tags")):
        ids = [one for one in tag["projectIds"] if one != project or tag["id"] in wanted]
        if tag["id"] in wanted and project not in ids:
            ids.append(project)
        request.derive("project-tags", tag["id"], {"projectIds": ids})


def tags_of(request: WriteRequest, table: str, body: dict[str, Any]) -> list[Row]:
    """Return the tags that a body names, with their names, each once."""
    found = {}
    for n, one in enumerate(body.get("tags", ())):
        tag = request.known(table, one["id"], f"body/tags/{n}/id")
        found[tag["id"]] = named(tag)
    return list(found.values())


# -- teams, skills, workstreams


@writes("DELETE", "/teams/{teamId}/")
def delete_team(request: WriteRequest) -> None:
    id_ = request.here("teams", "teamId")["id"]
    for table in ("people", "projects"):
        for row in list(request.company.where(table, "teamId", id_)):
            request.derive(table, row["id"], {"teamId": None})
    request.company.remove("teams", id_)


@writes("DELETE", "/skills/{skillId}")
def delete_skill(request: WriteRequest) -> None:
    id_ = request.here("skills", "skillId")["id"]
    request.sweep("people/skills", "skillId", id_)
    request.company.remove("skills", id_)


@writes("DELETE", "/workstreams/{workstreamId}/")
def delete_workstream(request: WriteRequest) -> None:
    id_ = request.here("workstreams", "workstreamId")["id"]
    # The workstream is part of an actual's key: work cannot forget it.
    for table in ("actuals", "assignments", "project-members"):
        if request.company.where(table, "workstreamId", id_):
            raise request.refuse(f"A workstream with {table} cannot be deleted")
    request.sweep("project-workstreams", "workstreamId", id_)
    request.company.remove("workstreams", id_)
