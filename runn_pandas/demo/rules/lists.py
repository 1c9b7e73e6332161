"""Clients, roles, rate cards, tags, teams, skills and workstreams."""

from __future__ import annotations

from typing import Any

from runn_pandas.demo.pen import amount
from runn_pandas.demo.portfolio import HOURS_PER_DAY
from runn_pandas.demo.tables import Row
from runn_pandas.demo.writing import Handler, Write, without, writes

__all__ = ["tag_project", "tags_of"]

# -- clients


def _client(ask: Write, body: Row) -> Row:
    row: Row = {"name": body["name"], "website": body.get("website"), "isArchived": False}
    return ask.add("clients", row | {"references": body.get("references", [])})


@writes("POST", "/clients/")
def client(ask: Write) -> Row:
    return _client(ask, ask.body)


@writes("POST", "/clients/bulk/")
def clients(ask: Write) -> list[Row]:
    return [_client(ask, body) for body in ask.body["clients"]]


# -- what is only renamed or archived


def _changing(table: str, name: str) -> Handler:
    return lambda ask: ask.update(table, ask.here(table, name)["id"], ask.body)


writes("PATCH", "/clients/{clientId}")(_changing("clients", "clientId"))
writes("PATCH", "/people-tags/{peopleTagId}")(_changing("people-tags", "peopleTagId"))
writes("PATCH", "/project-tags/{projectTagId}")(_changing("project-tags", "projectTagId"))
writes("PATCH", "/skills/{skillId}")(_changing("skills", "skillId"))
writes("PATCH", "/teams/{teamId}/")(_changing("teams", "teamId"))
writes("PATCH", "/workstreams/{workstreamId}/")(_changing("workstreams", "workstreamId"))


# -- roles and rate cards


@writes("POST", "/roles/")
def role(ask: Write) -> Row:
    row: Row = {"name": ask.body["name"], "isArchived": False}
    row |= {name: ask.body[name] for name in ("defaultHourCost", "standardRate")}
    row = ask.add("roles", {**row, "references": ask.body.get("references", []), "personIds": []})
    for card in list(ask.company.rows("rate-cards")):
        if not card["isBlendedRateCard"]:
            rate = 0 if card["name"] == "Internal" else row["standardRate"]
            rates = [*card["rates"], _rate(row, rate)]
            ask.derive("rate-cards", card["id"], {"rates": rates})
    return row


def _rate(role: Row, hourly: float) -> Row:
    """What a card says about a role."""
    daily = amount(hourly * HOURS_PER_DAY)
    named = {"id": role["id"], "name": role["name"]}
    return {"role": named, "rateHourly": amount(hourly), "rateDaily": daily}


@writes("PATCH", "/roles/{roleId}")
def change_role(ask: Write) -> Row:
    """A role's name shows on every card, its rate is that of the standard card."""
    row = ask.update("roles", ask.here("roles", "roleId")["id"], ask.body)
    for card in list(ask.company.rows("rate-cards")):
        rates = []
        for rate in card["rates"]:
            if rate["role"]["id"] == row["id"]:
                new = "standardRate" in ask.body and card["name"] == "Standard"
                named = {"id": row["id"], "name": row["name"]}
                rate = _rate(row, row["standardRate"]) if new else {**rate, "role": named}
            rates.append(rate)
        ask.derive("rate-cards", card["id"], {"rates": rates})
    return row


@writes("POST", "/rate-cards/")
def rate_card(ask: Write) -> Row:
    body: Row = ask.body
    blended = body["isBlendedRateCard"]
    if blended and body["blendedRate"] is None:
        raise ask.refuse("body/blendedRate must be a number on a blended rate card")
    roles = [row for row in ask.company.rows("roles") if row["name"]]
    rates = [] if blended else [_rate(row, row["standardRate"]) for row in roles]
    fields = {name: body[name] for name in ("name", "description", "references", "rateType")}
    fields |= {"isArchived": False, "isBlendedRateCard": blended, "projectIds": []}
    fields["blendedRate"] = body["blendedRate"] if blended else None
    return ask.add("rate-cards", {**fields, "rates": rates})


@writes("DELETE", "/rate-cards/{rateCardId}")
def delete_rate_card(ask: Write) -> None:
    card = ask.here("rate-cards", "rateCardId")
    if card["name"] in ("Standard", "Internal"):
        raise ask.refuse("The standard and the internal rate card cannot be deleted")
    if card["projectIds"]:
        raise ask.refuse("A rate card with projects cannot be deleted")
    ask.company.remove("rate-cards", card["id"])


# -- tags


@writes("POST", "/people-tags/")
def people_tag(ask: Write) -> Row:
    return ask.add("people-tags", {"name": ask.body["name"], "archived": False})


@writes("DELETE", "/people-tags/{peopleTagId}")
def delete_people_tag(ask: Write) -> None:
    id_ = ask.here("people-tags", "peopleTagId")["id"]
    for table in ("people", "placeholders"):
        for row in list(ask.company.rows(table)):
            ask.update(table, row["id"], {"tags": without(row["tags"], id_)})
    ask.company.remove("people-tags", id_)


@writes("POST", "/project-tags/")
def project_tag(ask: Write) -> Row:
    fields: Row = {"name": ask.body["name"], "projectIds": [], "archived": False}
    return ask.add("project-tags", fields)


@writes("POST", "/project-tags/{projectTagId}/project/{projectId}")
def attach_tag(ask: Write) -> Row:
    tag, project = ask.here("project-tags", "projectTagId"), ask.here("projects", "projectId")
    if project["id"] not in tag["projectIds"]:
        named = {"id": tag["id"], "name": tag["name"]}
        tag_project(ask, project["id"], [*project["tags"], named])
    return ask.company.tables["project-tags"][tag["id"]]


@writes("DELETE", "/project-tags/{projectTagId}/project/{projectId}")
def detach_tag(ask: Write) -> None:
    tag, project = ask.here("project-tags", "projectTagId"), ask.here("projects", "projectId")
    if project["id"] not in tag["projectIds"]:
        raise ask.missing("project-tags")
    tag_project(ask, project["id"], without(project["tags"], tag["id"]))


def tag_project(ask: Write, project: int, tags: list[Row]) -> None:
    """Give a project its tags, and the tags their projects."""
    ask.derive("projects", project, {"tags": tags})
    wanted = {tag["id"] for tag in tags}
    for tag in list(ask.company.rows("project-tags")):
        ids = [one for one in tag["projectIds"] if one != project or tag["id"] in wanted]
        if tag["id"] in wanted and project not in ids:
            ids.append(project)
        ask.derive("project-tags", tag["id"], {"projectIds": ids})


def tags_of(ask: Write, table: str, body: dict[str, Any]) -> list[Row]:
    """The tags that a body names, with their names, each once."""
    found = {}
    for n, one in enumerate(body.get("tags", ())):
        tag = ask.known(table, one["id"], f"body/tags/{n}/id")
        found[tag["id"]] = {"id": tag["id"], "name": tag["name"]}
    return list(found.values())


# -- teams, skills, workstreams


@writes("POST", "/teams/")
def team(ask: Write) -> Row:
    return ask.add("teams", {"name": ask.body["name"]})


@writes("DELETE", "/teams/{teamId}/")
def delete_team(ask: Write) -> None:
    id_ = ask.here("teams", "teamId")["id"]
    for table in ("people", "projects"):
        for row in list(ask.company.where(table, "teamId", id_)):
            ask.derive(table, row["id"], {"teamId": None})
    ask.company.remove("teams", id_)


@writes("POST", "/skills/")
def skill(ask: Write) -> Row:
    return ask.add("skills", {"name": ask.body["name"]})


@writes("DELETE", "/skills/{skillId}")
def delete_skill(ask: Write) -> None:
    id_ = ask.here("skills", "skillId")["id"]
    ask.sweep("people/skills", "skillId", id_)
    ask.company.remove("skills", id_)


@writes("POST", "/workstreams/")
def workstream(ask: Write) -> Row:
    return ask.add("workstreams", {"name": ask.body["name"], "archived": False})


@writes("DELETE", "/workstreams/{workstreamId}/")
def delete_workstream(ask: Write) -> None:
    id_ = ask.here("workstreams", "workstreamId")["id"]
    # The workstream is part of an actual's key: work cannot forget it.
    for table in ("actuals", "assignments", "project-members"):
        if ask.company.where(table, "workstreamId", id_):
            raise ask.refuse(f"A workstream with {table} cannot be deleted")
    ask.sweep("project-workstreams", "workstreamId", id_)
    ask.company.remove("workstreams", id_)
