"""What each GET operation answers, from the company's tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runn_pandas.catalog import Operation, load
from runn_pandas.demo import reports
from runn_pandas.demo.database import Ordered, Row
from runn_pandas.demo.dates import iso, weekday
from runn_pandas.demo.legacy_ids import TABLES, current_id
from runn_pandas.demo.paging import Listing
from runn_pandas.demo.refusals import refused
from runn_pandas.demo.routes.request import KEYS, RoutedRequest
from runn_pandas.demo.shapes import current_contracts, whole_person, workstream_of_projects

__all__ = ["READS"]

Handler = Callable[[RoutedRequest], Any]


def _as_in_table(operation: Operation) -> Handler:
    """Return the handler of a list, a record, or a record's list that is so in a table."""
    parts = operation.path.strip("/").split("/")
    names = [part.strip("{}") for part in parts if part.startswith("{")]
    if not names:
        return lambda request: request.whole("/".join(parts))
    if not operation.is_list and len(names) == 1:
        return lambda request: request.here("/".join(parts[:-1]), names[0])
    if not operation.is_list and parts[2] in KEYS:
        return lambda request: request.here(parts[2], *names)
    if not operation.is_list:
        return lambda request: request.below(parts[2], names[1], names[0])
    return _of(parts[0], names[0], "/".join(parts[2:]))


def _of(parent: str, name: str, table: str) -> Handler:
    """Return the handler of the rows of a table that belong to one record."""

    def handler(request: RoutedRequest) -> Listing:
        id_ = request.parent(parent, name)
        return request.part(table, request.company.where(table, name, id_))

    return handler


# The handlers of the GET operations; those below stand before what a table has.
READS: dict[tuple[str, str], Handler] = {
    ("GET", operation.path): _as_in_table(operation)
    for operation in load().operations
    if operation.method == "GET"
}


def reads(path: str) -> Callable[[Handler], Handler]:
    """Register the handler of a GET operation by its path, as the contract spells it."""

    def register(handler: Handler) -> Handler:
        READS["GET", path] = handler
        return handler

    return register


READS["GET", "/projects/{projectId}/notes/"] = _of("projects", "projectId", "project-notes")


def _linked(path: str, links: str, table: str) -> Handler:
    """Return the handler of the rows of a table that links tie to the record of a path."""
    parent, name = path.split("/")[1:3]
    name, field = name.strip("{}"), {"people": "personId"}.get(table, f"{table[:-1]}Id")

    def handler(request: RoutedRequest) -> Listing:
        found = request.company.where(links, name, request.parent(parent, name))
        rows = request.company.tables[table]
        return request.part(table, [rows[id_] for id_ in {link[field] for link in found}])

    return handler


for _path, _links, _table in (
    ("/people/{personId}/projects/", "project-members", "projects"),
    ("/projects/{projectId}/people/", "project-members", "people"),
    ("/skills/{skillId}/people/", "people/skills", "people"),
    ("/users/{userId}/views/", "users/views", "views"),
):
    READS["GET", _path] = _linked(_path, _links, _table)


# -- what is put together


@reads("/me/")
def me(request: RoutedRequest) -> Row:
    return {"name": request.company.name}


@reads("/activity-log/")
def activity_log(request: RoutedRequest) -> Listing:
    ordered = request.company.ordered("activity-log", "timestamp")
    return Listing(ordered, descending=request.values["orderBy"] == "desc")


@reads("/legacy-id/{model}/{legacyId}")
def id_of_legacy_id(request: RoutedRequest) -> int:
    model = request.values["model"]
    found = current_id(model, request.values["legacyId"])
    if found is None or (model in TABLES and not request.company.get(TABLES[model], found)):
        raise refused(request.operation, "Invalid legacy id")
    return found


@reads("/holiday-groups/{holidayGroupId}/holidays")
def holidays(request: RoutedRequest) -> Listing:
    group = request.here("holiday-groups", "holidayGroupId")
    table = request.company.tables["holiday-groups/holidays"]
    return request.part("holidays", [table[id_] for id_ in group["holidayIds"]])


@reads("/people/")
def people(request: RoutedRequest) -> Listing:
    return _without_placeholders(request, "people", "id")


@reads("/people/skills")
def people_skills(request: RoutedRequest) -> Listing:
    return _without_placeholders(request, "people/skills", "personId")


def _without_placeholders(request: RoutedRequest, table: str, field: str) -> Listing:
    if request.values["includePlaceholders"]:
        return request.whole(table)
    company = request.company
    placeholders = company.tables["placeholders"]
    return request.part(table, [r for r in company.rows(table) if r[field] not in placeholders])


@reads("/people/{personId}")
def person(request: RoutedRequest) -> Row:
    return whole_person(request.company, request.here("people", "personId"))


@reads("/people/contracts/current")
def contracts_of_today(request: RoutedRequest) -> Listing:
    company = request.company
    return request.part("contracts", current_contracts(company, company.rows("contracts")))


@reads("/people/{personId}/contracts/current")
def current_contract(request: RoutedRequest) -> Row:
    contracts = request.company.where("contracts", "personId", request.values["personId"])
    for row in current_contracts(request.company, contracts):
        return row
    raise request.missing("contracts")


@reads("/people/{personId}/skills/")
def skills_of_person(request: RoutedRequest) -> Listing:
    id_ = request.parent("people", "personId")
    listing = request.part("people/skills", request.company.where("people/skills", "personId", id_))
    fields = ("level", "skillId", "createdAt", "updatedAt")
    return listing._replace(shape=lambda row: {name: row[name] for name in fields})


@reads("/people/{personId}/teams/current")
def current_team(request: RoutedRequest) -> Listing:
    row = request.company.get("people", request.values["personId"])
    team = request.company.get("teams", row["teamId"]) if row else None
    return request.part("teams", [team] if team else [])


@reads("/projects/{projectId}/milestones/")
def milestones(request: RoutedRequest) -> Listing:
    id_ = request.parent("projects", "projectId")
    # What lies before this week is left out unless it is asked for.
    if request.values["startDate"] is None:
        today = request.company.today.toordinal()
        request.values["startDate"] = iso(today - weekday(today))
    return request.part("milestones", request.company.where("milestones", "projectId", id_))


@reads("/projects/{projectId}/project-workstreams/")
def workstreams_of_project(request: RoutedRequest) -> Listing:
    company = request.company
    id_ = request.parent("projects", "projectId")
    found = [
        link["workstreamId"] for link in company.where("project-workstreams", "projectId", id_)
    ]
    return request.part("workstreams", [workstream_of_projects(company, one) for one in found])


@reads("/projects/{projectId}/project-workstreams/{workstreamId}/")
def workstream_of_project(request: RoutedRequest) -> Row:
    link = request.here("project-workstreams", "projectId", "workstreamId")
    return workstream_of_projects(request.company, link["workstreamId"])


@reads("/projects/{projectId}/timesheet-lock/")
def timesheet_lock(request: RoutedRequest) -> Row:
    id_ = request.parent("projects", "projectId")
    unlocked = dict.fromkeys(("status", "lockedUntil", "lastUpdatedBy", "updatedAt"))
    return request.company.get("timesheet-locks", id_) or unlocked


def _by_day(field: str, parent: str) -> Handler:
    def handler(request: RoutedRequest) -> Listing:
        rows = reports.report_rows(request.company, field, request.parent(parent, field))
        # Computed rows have no id; their place is it.
        return Listing(Ordered([(at,) for at in range(len(rows))], rows))

    return handler


READS["GET", "/reports/hours/people/{personId}"] = _by_day("personId", "people")
READS["GET", "/reports/hours/projects/{projectId}"] = _by_day("projectId", "projects")


@reads("/reports/totals/projects/")
def project_totals(request: RoutedRequest) -> Listing:
    return request.whole("projects")._replace(
        shape=lambda row: reports.totals(request.company, row["id"])
    )


@reads("/reports/totals/projects/{projectId}")
def totals_of_project(request: RoutedRequest) -> Row:
    return reports.totals(request.company, request.parent("projects", "projectId"))
