"""Projects: made from a rate card or a template, changed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from runn_pandas.demo.database import Row
from runn_pandas.demo.dates import END, START, iso, ordinal
from runn_pandas.demo.routes.rules.account_setup import tag_project, tags_of
from runn_pandas.demo.routes.rules.project_setup import reprice
from runn_pandas.demo.routes.writing import WriteRequest, writes
from runn_pandas.demo.shapes import HOURS_PER_DAY, amount, grouped_fields, rates_of_card

__all__: list[str] = []

# Dates further away than this are nobody's plan.
_FAR = 3650


def _check_ids(request: WriteRequest, body: Row) -> None:
    """Refuse a project of an unknown client, team or manager."""
    for table, name in (("clients", "clientId"), ("teams", "teamId")):
        if body.get(name) is not None:
            request.known(table, body[name], f"body/{name}")
    for n, id_ in enumerate(body.get("managerIds", ())):
        request.known("users", id_, f"body/managerIds/{n}")


@writes("POST", "/projects/")
def project(request: WriteRequest) -> Row:
    body: Row = request.body
    _check_ids(request, body)
    if "fromTemplate" in body:
        return _from_template(request, body)
    card = _card(request, body.get("rateCardId"))
    return _made(
        request,
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
        rates_of_card(request.company, card, body.get("rateType") == "days"),
        [],
    )


def _card(request: WriteRequest, id_: int | None) -> Row:
    """Return the rate card asked for, or the standard one."""
    if id_ is not None:
        return request.known("rate-cards", id_, "body/rateCardId")
    return next(row for row in request.company.rows("rate-cards") if row["name"] == "Standard")


def _made(request: WriteRequest, fields: Row, rates: dict[int, float], custom: list[Row]) -> Row:
    """Write a new project's row, and the rows that every project has."""
    more: Row = {"isArchived": False, "customFields": grouped_fields(custom), "tags": []}
    row = request.add("projects", {**fields, **more})
    fields = {"projectId": row["id"], "customFields": custom}
    request.add("projects/custom-fields", fields, row["id"])
    for role, rate in rates.items():
        request.add("project-rates", {"projectId": row["id"], "roleId": role, "rate": rate})
    card = request.company.tables["rate-cards"][row["rateCardId"]]
    request.derive("rate-cards", card["id"], {"projectIds": [*card["projectIds"], row["id"]]})
    return row


# -- templates


class _Copied(NamedTuple):
    """How a template hands rows on: the dates that move, what is set, whose new ids are taken."""

    dates: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = {}
    ids: Mapping[str, str] = {}


# By table, a row after those whose ids it takes.
_COPIED = {
    "phases": _Copied(("startDate", "endDate")),
    "milestones": _Copied(("date",)),
    "other-expenses": _Copied(("date",)),
    "assignments": _Copied(("startDate", "endDate"), {"isTemplate": False}, {"phaseId": "phases"}),
    "project-members": _Copied(),
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


def _from_template(request: WriteRequest, body: Row) -> Row:
    """Duplicate a template, moved so that its first day is the one asked for."""
    company = request.company
    at = "body/fromTemplate/templateId"
    template = request.known("projects", body["fromTemplate"]["templateId"], at)
    if not template["isTemplate"]:
        raise request.refuse(f"{at} is not a template")
    old = template["id"]
    rows = {table: list(company.where(table, "projectId", old)) for table in _COPIED}
    shift = _shift(request, rows)
    fields: Row = {name: template[name] for name in _SAME} | {"isTemplate": False}
    fields |= {name: body.get(name, template[name]) for name in ("name", "clientId")}
    rates = {r["roleId"]: r["rate"] for r in company.where("project-rates", "projectId", old)}
    values = company.get("projects/custom-fields", old)
    new = _made(request, fields, rates, values["customFields"] if values else [])["id"]
    tag_project(request, new, template["tags"])
    _copy(request, rows, new, shift)
    for table, name in (("budget-roles", "roleId"), ("project-workstreams", "workstreamId")):
        for row in list(company.where(table, "projectId", old)):
            request.add(table, {**row, "projectId": new}, (new, row[name]))
    return company.tables["projects"][new]


def _shift(request: WriteRequest, rows: dict[str, list[Row]]) -> int:
    """Return by how many days a template's rows move."""
    start = ordinal(request.body["fromTemplate"]["startDate"])
    if not START.toordinal() - _FAR < start < END.toordinal() + _FAR:
        raise request.refuse("body/fromTemplate/startDate is too far away")
    days = [ordinal(row[n]) for t, how in _COPIED.items() for row in rows[t] for n in how.dates]
    shift = start - min(days, default=start)
    if days and max(days) + shift > END.toordinal() + 2 * _FAR:
        raise request.refuse("The template is too long")
    return shift


def _copy(request: WriteRequest, rows: dict[str, list[Row]], project: int, shift: int) -> None:
    made: dict[str, dict[int, int]] = {table: {} for table in _COPIED}
    for table, how in _COPIED.items():
        for row in rows[table]:
            one: Row = {**row, **how.fixed, "projectId": project}
            one |= {name: iso(ordinal(row[name]) + shift) for name in how.dates}
            one |= {name: made[other].get(row[name]) for name, other in how.ids.items()}
            old = one.pop("id")
            made[table][old] = request.add(table, one)["id"]


# -- changes


@writes("PATCH", "/projects/{projectId}")
def change_project(request: WriteRequest) -> Row:
    row, body = request.here("projects", "projectId"), request.body
    _check_ids(request, body)
    tags = tags_of(request, "project-tags", body)
    changes = {name: value for name, value in body.items() if name != "tags"}
    request.update("projects", row["id"], changes)
    if changes.get("rateType", row["rateType"]) != row["rateType"]:
        _convert(request, row["id"], changes["rateType"] == "days")
    if "tags" in body:
        tag_project(request, row["id"], tags)
    return request.company.tables["projects"][row["id"]]


def _convert(request: WriteRequest, project: int, daily: bool) -> None:
    """Say a project's rates by the day or by the hour: the money stays the same."""
    for rate in list(request.company.where("project-rates", "projectId", project)):
        value = rate["rate"] * HOURS_PER_DAY if daily else rate["rate"] / HOURS_PER_DAY
        request.update("project-rates", rate["id"], {"rate": amount(value)})
        reprice(request, project, rate["roleId"])


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
def delete_project(request: WriteRequest) -> None:
    company, row = request.company, request.here("projects", "projectId")
    id_ = row["id"]
    for table in ("actuals", "assignments"):
        if company.where(table, "projectId", id_):
            raise request.conflict(f"A project with {table} cannot be deleted")
    for table in _OWN:
        request.sweep(table, "projectId", id_)
    tag_project(request, id_, [])
    card = company.tables["rate-cards"][row["rateCardId"]]
    ids = [one for one in card["projectIds"] if one != id_]
    request.derive("rate-cards", card["id"], {"projectIds": ids})
    if company.get("timesheet-locks", id_):
        company.remove("timesheet-locks", id_)
    company.remove("projects", id_)
    request.log_deletion("projects", row)
