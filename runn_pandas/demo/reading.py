"""What each GET operation answers, from the company's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from runn_pandas.catalog import Operation
from runn_pandas.demo import legacy, reports
from runn_pandas.demo.days import iso, monday
from runn_pandas.demo.paging import Listing
from runn_pandas.demo.parameters import Refusal, refused
from runn_pandas.demo.staff import grouped
from runn_pandas.demo.tables import Company, Key, Ordered, Row, order

__all__ = ["HANDLERS", "Ask", "current", "whole_person", "workstream_row"]


class Ask(NamedTuple):
    """One request that passed every check: what is asked, and of which company.

    A write has a body as the contract reads it, and as it was sent, before defaults.
    """

    company: Company
    operation: Operation
    values: dict[str, Any]
    body: Any = None
    sent: Any = None

    @property
    def by(self) -> str:
        """The field that the list is sorted by."""
        return self.values.get("sortBy") or "id"

    def one(self, table: str, key: Key) -> Row:
        """A record that must be there."""
        row = self.company.get(table, key)
        if row is None:
            raise self.missing(table)
        return row

    def missing(self, table: str) -> Refusal:
        """The refusal for a record that is not there."""
        message = f"No such record in {table}"
        if 404 in self.operation.statuses:
            return Refusal(404, message)
        return refused(self.operation, message)

    def parent(self, table: str, name: str) -> int:
        """The id of the record whose list is asked for.

        Where the contract knows no 404, the list of a record that is not there is empty.
        """
        id_: int = self.values[name]
        if 404 in self.operation.statuses:
            self.one(table, id_)
        return id_

    def whole(self, table: str) -> Listing:
        """A whole table."""
        descending = self.values.get("order") == "desc"
        return Listing(self.company.ordered(table, self.by), descending=descending)

    def part(self, table: str, rows: Iterable[Row]) -> Listing:
        """Some rows of a table."""
        key = _key(table)
        descending = self.values.get("order") == "desc"
        return Listing(order([(key(row), row) for row in rows], self.by), descending=descending)


def _key(table: str) -> Callable[[Row], Key]:
    fields = KEYS.get(table, ("id",))
    if len(fields) == 1:
        return lambda row: row[fields[0]]
    return lambda row: tuple(row[field] for field in fields)


# What identifies a row that has no id.
KEYS = {
    "budget-roles": ("projectId", "roleId"),
    "people/custom-fields": ("personId",),
    "people/skills": ("personId", "skillId"),
    "project-workstreams": ("projectId", "workstreamId"),
    "projects/custom-fields": ("projectId",),
}

Handler = Callable[[Ask], Any]
HANDLERS: dict[tuple[str, str], Handler] = {}


def handles(path: str) -> Callable[[Handler], Handler]:
    """Register the handler of a GET operation by its path, as the contract spells it."""

    def register(handler: Handler) -> Handler:
        HANDLERS["GET", path] = handler
        return handler

    return register


def _whole(table: str) -> Handler:
    return lambda ask: ask.whole(table)


def _one(table: str, name: str) -> Handler:
    return lambda ask: ask.one(table, ask.values[name])


def _of(parent: str, name: str, table: str) -> Handler:
    """The rows of a table that belong to one person or project."""
    return lambda ask: ask.part(table, ask.company.where(table, name, ask.parent(parent, name)))


for _path in (
    "/actuals/",
    "/assignments/",
    "/budget-roles/",
    "/clients/",
    "/contracts/",
    "/custom-fields/checkbox/",
    "/custom-fields/date/",
    "/custom-fields/select/",
    "/custom-fields/text/",
    "/holiday-groups/",
    "/invitations/",
    "/milestones/",
    "/other-expenses/",
    "/people/notes",
    "/people/custom-fields",
    "/people-tags/",
    "/person-requests/",
    "/phases/",
    "/placeholders/",
    "/project-members/",
    "/project-notes/",
    "/project-rates/",
    "/project-tags/",
    "/project-workstreams/",
    "/projects/",
    "/projects/custom-fields",
    "/rate-cards/",
    "/roles/",
    "/skills/",
    "/teams/",
    "/time-offs/holidays/",
    "/time-offs/leave/",
    "/time-offs/rostered-off/",
    "/users/",
    "/views/",
    "/workstreams/",
):
    HANDLERS["GET", _path] = _whole(_path.strip("/"))

for _path, _table, _name in (
    ("/clients/{clientId}", "clients", "clientId"),
    ("/holiday-groups/{holidayGroupId}", "holiday-groups", "holidayGroupId"),
    ("/people-tags/{peopleTagId}", "people-tags", "peopleTagId"),
    ("/project-tags/{projectTagId}", "project-tags", "projectTagId"),
    ("/projects/{projectId}", "projects", "projectId"),
    ("/rate-cards/{rateCardId}", "rate-cards", "rateCardId"),
    ("/roles/{roleId}", "roles", "roleId"),
    ("/skills/{skillId}", "skills", "skillId"),
    ("/teams/{teamId}/", "teams", "teamId"),
    ("/time-offs/leave/{timeOffId}/", "time-offs/leave", "timeOffId"),
    ("/users/{userId}", "users", "userId"),
    ("/workstreams/{workstreamId}/", "workstreams", "workstreamId"),
):
    HANDLERS["GET", _path] = _one(_table, _name)

for _path, _table in (
    ("/people/{personId}/actuals/", "actuals"),
    ("/people/{personId}/assignments/", "assignments"),
    ("/people/{personId}/contracts/", "contracts"),
    ("/people/{personId}/time-offs/leave", "time-offs/leave"),
    ("/people/{personId}/time-offs/holidays", "time-offs/holidays"),
    ("/people/{personId}/time-offs/rostered-off", "time-offs/rostered-off"),
):
    HANDLERS["GET", _path] = _of("people", "personId", _table)

for _path, _table in (
    ("/projects/{projectId}/actuals/", "actuals"),
    ("/projects/{projectId}/assignments/", "assignments"),
    ("/projects/{projectId}/budget-roles/", "budget-roles"),
    ("/projects/{projectId}/notes/", "project-notes"),
    ("/projects/{projectId}/other-expenses/", "other-expenses"),
    ("/projects/{projectId}/person-requests/", "person-requests"),
    ("/projects/{projectId}/phases/", "phases"),
    ("/projects/{projectId}/project-rates/", "project-rates"),
):
    HANDLERS["GET", _path] = _of("projects", "projectId", _table)

HANDLERS["GET", "/clients/{clientId}/projects/"] = _of("clients", "clientId", "projects")
HANDLERS["GET", "/teams/{teamId}/people/"] = _of("teams", "teamId", "people")


@handles("/me/")
def me(ask: Ask) -> Row:
    return {"name": ask.company.name}


@handles("/activity-log/")
def activity_log(ask: Ask) -> Listing:
    ordered = ask.company.ordered("activity-log", "timestamp")
    return Listing(ordered, descending=ask.values["orderBy"] == "desc")


@handles("/legacy-id/{model}/{legacyId}")
def legacy_id(ask: Ask) -> int:
    model = ask.values["model"]
    found = legacy.current_id(model, ask.values["legacyId"])
    if found is None or (
        model in legacy.TABLES and not ask.company.get(legacy.TABLES[model], found)
    ):
        raise refused(ask.operation, "Invalid legacy id")
    return found


@handles("/holiday-groups/{holidayGroupId}/holidays")
def holidays(ask: Ask) -> Listing:
    group = ask.one("holiday-groups", ask.values["holidayGroupId"])
    table = ask.company.tables["holiday-groups/holidays"]
    return ask.part("holidays", [table[id_] for id_ in group["holidayIds"]])


@handles("/people/")
def people(ask: Ask) -> Listing:
    return _without_placeholders(ask, "people", "id")


@handles("/people/skills")
def people_skills(ask: Ask) -> Listing:
    return _without_placeholders(ask, "people/skills", "personId")


def _without_placeholders(ask: Ask, table: str, field: str) -> Listing:
    if ask.values["includePlaceholders"]:
        return ask.whole(table)
    placeholders = ask.company.tables["placeholders"]
    return ask.part(table, [r for r in ask.company.rows(table) if r[field] not in placeholders])


@handles("/people/{personId}")
def person(ask: Ask) -> Row:
    return whole_person(ask.company, ask.one("people", ask.values["personId"]))


def whole_person(company: Company, row: Row) -> Row:
    """A single person has what the rows of the list lack: notes, skills and custom fields."""
    id_ = row["id"]
    fields = company.get("people/custom-fields", id_)
    return {
        **row,
        "notes": [
            # The contract lets the list say that nobody wrote a note, but not the person.
            {"id": note["id"], "note": note["note"], "createdBy": note["createdBy"] or ""}
            for note in company.where("people/notes", "personId", id_)
        ],
        "skills": [
            {"id": skill["skillId"], "level": skill["level"]}
            for skill in company.where("people/skills", "personId", id_)
        ],
        "customFields": grouped(fields["customFields"] if fields else []),
    }


def current(company: Company, contracts: Iterable[Row]) -> list[Row]:
    """The contracts that hold today."""
    today = company.today.isoformat()
    return [c for c in contracts if c["startDate"] <= today <= (c["endDate"] or today)]


@handles("/people/contracts/current")
def current_contracts(ask: Ask) -> Listing:
    return ask.part("contracts", current(ask.company, ask.company.rows("contracts")))


@handles("/people/{personId}/contracts/current")
def current_contract(ask: Ask) -> Row:
    contracts = ask.company.where("contracts", "personId", ask.values["personId"])
    for row in current(ask.company, contracts):
        return row
    raise ask.missing("contracts")


@handles("/people/{personId}/projects/")
def projects_of_person(ask: Ask) -> Listing:
    id_ = ask.parent("people", "personId")
    found = {m["projectId"] for m in ask.company.where("project-members", "personId", id_)}
    table = ask.company.tables["projects"]
    return ask.part("projects", [table[id_] for id_ in found])


@handles("/people/{personId}/skills/")
def skills_of_person(ask: Ask) -> Listing:
    id_ = ask.parent("people", "personId")
    listing = ask.part("people/skills", ask.company.where("people/skills", "personId", id_))
    fields = ("level", "skillId", "createdAt", "updatedAt")
    return listing._replace(shape=lambda row: {name: row[name] for name in fields})


@handles("/people/{personId}/teams/current")
def current_team(ask: Ask) -> Listing:
    row = ask.company.get("people", ask.values["personId"])
    team = ask.company.get("teams", row["teamId"]) if row else None
    return ask.part("teams", [team] if team else [])


@handles("/projects/{projectId}/budget-roles/{roleId}")
def budget_role(ask: Ask) -> Row:
    return ask.one("budget-roles", (ask.values["projectId"], ask.values["roleId"]))


@handles("/projects/{projectId}/milestones/")
def milestones(ask: Ask) -> Listing:
    id_ = ask.parent("projects", "projectId")
    # What lies before this week is left out unless it is asked for.
    if ask.values["startDate"] is None:
        ask.values["startDate"] = iso(monday(ask.company.today).toordinal())
    return ask.part("milestones", ask.company.where("milestones", "projectId", id_))


@handles("/projects/{projectId}/people/")
def people_of_project(ask: Ask) -> Listing:
    id_ = ask.parent("projects", "projectId")
    found = {m["personId"] for m in ask.company.where("project-members", "projectId", id_)}
    table = ask.company.tables["people"]
    return ask.part("people", [table[id_] for id_ in found])


@handles("/skills/{skillId}/people/")
def people_of_skill(ask: Ask) -> Listing:
    id_ = ask.parent("skills", "skillId")
    table = ask.company.tables["people"]
    links = ask.company.where("people/skills", "skillId", id_)
    return ask.part("people", [table[link["personId"]] for link in links])


def _of_project(ask: Ask, table: str, name: str) -> Row:
    row = ask.one(table, ask.values[name])
    if row["projectId"] != ask.values["projectId"]:
        raise ask.missing(table)
    return row


@handles("/projects/{projectId}/person-requests/{personRequestId}")
def person_request(ask: Ask) -> Row:
    return _of_project(ask, "person-requests", "personRequestId")


@handles("/projects/{projectId}/phases/{phaseId}")
def phase(ask: Ask) -> Row:
    return _of_project(ask, "phases", "phaseId")


def workstream_row(company: Company, id_: int) -> Row:
    """A workstream as projects have it."""
    stream = company.tables["workstreams"][id_]
    links = company.where("project-workstreams", "workstreamId", id_)
    row: Row = {name: stream[name] for name in ("id", "name", "archived")}
    return row | {"projectIds": [link["projectId"] for link in links]}


@handles("/projects/{projectId}/project-workstreams/")
def workstreams_of_project(ask: Ask) -> Listing:
    id_ = ask.parent("projects", "projectId")
    links = ask.company.where("project-workstreams", "projectId", id_)
    return ask.part(
        "workstreams", [workstream_row(ask.company, link["workstreamId"]) for link in links]
    )


@handles("/projects/{projectId}/project-workstreams/{workstreamId}/")
def workstream_of_project(ask: Ask) -> Row:
    ask.one("project-workstreams", (ask.values["projectId"], ask.values["workstreamId"]))
    return workstream_row(ask.company, ask.values["workstreamId"])


@handles("/projects/{projectId}/timesheet-lock/")
def timesheet_lock(ask: Ask) -> Row:
    id_ = ask.parent("projects", "projectId")
    unlocked = dict.fromkeys(("status", "lockedUntil", "lastUpdatedBy", "updatedAt"))
    return ask.company.get("timesheet-locks", id_) or unlocked


@handles("/users/{userId}/views/")
def views_of_user(ask: Ask) -> Listing:
    links = ask.company.where("users/views", "userId", ask.parent("users", "userId"))
    return ask.part("views", [ask.company.tables["views"][link["viewId"]] for link in links])


def _by_day(field: str, parent: str) -> Handler:
    def handler(ask: Ask) -> Listing:
        rows = reports.report_rows(ask.company, field, ask.parent(parent, field))
        # Computed rows have no id; their place is it.
        return Listing(Ordered([(at,) for at in range(len(rows))], rows))

    return handler


HANDLERS["GET", "/reports/hours/people/{personId}"] = _by_day("personId", "people")
HANDLERS["GET", "/reports/hours/projects/{projectId}"] = _by_day("projectId", "projects")


@handles("/reports/totals/projects/")
def project_totals(ask: Ask) -> Listing:
    return ask.whole("projects")._replace(
        shape=lambda row: reports.totals(ask.company, row["id"]),
    )


@handles("/reports/totals/projects/{projectId}")
def totals_of_project(ask: Ask) -> Row:
    return reports.totals(ask.company, ask.parent("projects", "projectId"))
