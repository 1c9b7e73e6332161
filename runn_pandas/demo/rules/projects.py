"""Projects: made from a rate card or a template, changed, deleted."""

from __future__ import annotations

from typing import Any

from runn_pandas.demo.days import END, START, iso, ordinal
from runn_pandas.demo.pen import amount
from runn_pandas.demo.portfolio import HOURS_PER_DAY
from runn_pandas.demo.rules.lists import tag_project, tags_of
from runn_pandas.demo.rules.planning import reprice
from runn_pandas.demo.staff import grouped
from runn_pandas.demo.tables import Row
from runn_pandas.demo.writing import Write, writes

__all__: list[str] = []

# Dates further away than this are nobody's plan.
_FAR = 3650


def _points(ask: Write, body: Row) -> None:
    """Refuse a project of an unknown client, team or manager."""
    for table, name in (("clients", "clientId"), ("teams", "teamId")):
        if body.get(name) is not None:
            ask.known(table, body[name], f"body/{name}")
    for n, id_ in enumerate(body.get("managerIds", ())):
        ask.known("users", id_, f"body/managerIds/{n}")


@writes("POST", "/projects/")
def project(ask: Write) -> Row:
    body: Row = ask.body
    _points(ask, body)
    if "fromTemplate" in body:
        return _from_template(ask, body)
    card = _card(ask, body.get("rateCardId"))
    return _made(
        ask,
        {
            "name": body["name"],
            "isTemplate": body.get("isTemplate", False),
            "isConfirmed": body.get("isConfirmed", True),
            "pricingModel": body.get("pricingModel", "tm"),
            "rateType": body.get("rateType", "hours"),
            "teamId": body.get("teamId"),
            "budget": body.get("budget"),
            "expensesBudget": body.get("expensesBudget"),
            "references": body.get("references", []),
            "clientId": body["clientId"],
            "rateCardId": card["id"],
            "managerIds": body.get("managerIds", []),
        },
        _rates(ask, card, body.get("rateType") == "days"),
        [],
    )


def _card(ask: Write, id_: int | None) -> Row:
    """The rate card asked for, or the standard one."""
    if id_ is not None:
        return ask.known("rate-cards", id_, "body/rateCardId")
    return next(row for row in ask.company.rows("rate-cards") if row["name"] == "Standard")


def _rates(ask: Write, card: Row, daily: bool) -> dict[int, float]:
    """A copy of a card's rates, by role: later changes of the card do not reach the project."""
    by_role = {rate["role"]["id"]: rate for rate in card["rates"]}
    found: dict[int, float] = {}
    for role in ask.company.rows("roles"):
        if role["isArchived"]:
            continue
        if card["isBlendedRateCard"]:
            found[role["id"]] = amount(card["blendedRate"] * (HOURS_PER_DAY if daily else 1))
        elif role["id"] in by_role:
            found[role["id"]] = by_role[role["id"]]["rateDaily" if daily else "rateHourly"]
    return found


def _made(ask: Write, fields: Row, rates: dict[int, float], custom: list[Row]) -> Row:
    """Write a new project's row, and the rows that every project has."""
    more: Row = {"isArchived": False, "customFields": grouped(custom), "tags": []}
    row = ask.add("projects", {**fields, **more})
    fields = {"projectId": row["id"], "customFields": custom}
    ask.add("projects/custom-fields", fields, row["id"])
    for role, rate in rates.items():
        ask.add("project-rates", {"projectId": row["id"], "roleId": role, "rate": rate})
    card = ask.company.tables["rate-cards"][row["rateCardId"]]
    ask.derive("rate-cards", card["id"], {"projectIds": [*card["projectIds"], row["id"]]})
    return row


# -- templates

# What a template hands on, and the dates in it.
_COPIED = {
    "phases": ("startDate", "endDate"),
    "milestones": ("date",),
    "other-expenses": ("date",),
    "assignments": ("startDate", "endDate"),
    "project-members": (),
}

_SAME = (
    "isConfirmed",
    "pricingModel",
    "rateType",
    "teamId",
    "budget",
    "expensesBudget",
    "references",
    "rateCardId",
    "managerIds",
)


def _from_template(ask: Write, body: Row) -> Row:
    """Duplicate a template, moved so that its first day is the one asked for."""
    company = ask.company
    at = "body/fromTemplate/templateId"
    template = ask.known("projects", body["fromTemplate"]["templateId"], at)
    if not template["isTemplate"]:
        raise ask.refuse(f"{at} is not a template")
    start = ordinal(body["fromTemplate"]["startDate"])
    if not START.toordinal() - _FAR < start < END.toordinal() + _FAR:
        raise ask.refuse("body/fromTemplate/startDate is too far away")
    old = template["id"]
    rows = {table: list(company.where(table, "projectId", old)) for table in _COPIED}
    days = [ordinal(row[n]) for t, names in _COPIED.items() for row in rows[t] for n in names]
    shift = start - min(days, default=start)
    if days and max(days) + shift > END.toordinal() + 2 * _FAR:
        raise ask.refuse("The template is too long")
    fields: Row = {name: template[name] for name in _SAME} | {"isTemplate": False}
    fields["name"] = body.get("name", template["name"])
    fields["clientId"] = body.get("clientId", template["clientId"])
    rates = {r["roleId"]: r["rate"] for r in company.where("project-rates", "projectId", old)}
    values = company.get("projects/custom-fields", old)
    new = _made(ask, fields, rates, values["customFields"] if values else [])["id"]
    tag_project(ask, new, template["tags"])
    _copy(ask, rows, new, shift)
    for row in list(company.where("budget-roles", "projectId", old)):
        ask.add("budget-roles", {**row, "projectId": new}, (new, row["roleId"]))
    for row in list(company.where("project-workstreams", "projectId", old)):
        key = (new, row["workstreamId"])
        ask.add("project-workstreams", {**row, "projectId": new}, key)
    return company.tables["projects"][new]


def _copy(ask: Write, rows: dict[str, list[Row]], project: int, shift: int) -> None:
    phases: dict[int, int] = {}
    for table, names in _COPIED.items():
        for row in rows[table]:
            one: dict[str, Any] = {**row, "projectId": project}
            del one["id"]
            one |= {name: iso(ordinal(row[name]) + shift) for name in names}
            if table == "assignments":
                one |= {"isTemplate": False, "phaseId": phases.get(row["phaseId"])}
            made = ask.add(table, one)
            if table == "phases":
                phases[row["id"]] = made["id"]


# -- changes


@writes("PATCH", "/projects/{projectId}")
def change_project(ask: Write) -> Row:
    row, body = ask.here("projects", "projectId"), ask.body
    _points(ask, body)
    tags = tags_of(ask, "project-tags", body)
    changes = {name: value for name, value in body.items() if name != "tags"}
    ask.update("projects", row["id"], changes)
    if changes.get("rateType", row["rateType"]) != row["rateType"]:
        _convert(ask, row["id"], changes["rateType"] == "days")
    if "tags" in body:
        tag_project(ask, row["id"], tags)
    return ask.company.tables["projects"][row["id"]]


def _convert(ask: Write, project: int, daily: bool) -> None:
    """Say a project's rates by the day or by the hour: the money stays the same."""
    for rate in list(ask.company.where("project-rates", "projectId", project)):
        value = rate["rate"] * HOURS_PER_DAY if daily else rate["rate"] / HOURS_PER_DAY
        ask.update("project-rates", rate["id"], {"rate": amount(value)})
        reprice(ask, project, rate["roleId"])


# What belongs to a project alone, and goes with it.
_OWN = (
    "budget-roles",
    "milestones",
    "other-expenses",
    "person-requests",
    "phases",
    "project-members",
    "project-notes",
    "project-rates",
    "project-workstreams",
    "projects/custom-fields",
)


@writes("DELETE", "/projects/{projectId}/")
def delete_project(ask: Write) -> None:
    company, row = ask.company, ask.here("projects", "projectId")
    id_ = row["id"]
    for table in ("actuals", "assignments"):
        if company.where(table, "projectId", id_):
            raise ask.conflict(f"A project with {table} cannot be deleted")
    for table in _OWN:
        ask.sweep(table, "projectId", id_)
    tag_project(ask, id_, [])
    card = company.tables["rate-cards"][row["rateCardId"]]
    ids = [one for one in card["projectIds"] if one != id_]
    ask.derive("rate-cards", card["id"], {"projectIds": ids})
    if company.get("timesheet-locks", id_):
        company.remove("timesheet-locks", id_)
    company.remove("projects", id_)
    ask.record("project_deleted", "project", {"id": id_, "name": row["name"]})
