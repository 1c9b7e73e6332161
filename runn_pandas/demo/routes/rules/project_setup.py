"""What a project is set up with: phases, milestones, money, requests, workstreams, the lock."""

from __future__ import annotations

from decimal import Decimal

from runn_pandas.demo import reports
from runn_pandas.demo.database import Row
from runn_pandas.demo.routes.rules.actuals import KEY, by_key
from runn_pandas.demo.routes.writing import WriteRequest, writes
from runn_pandas.demo.shapes import HOURS_PER_DAY, rounded, workstream_of_projects

__all__ = ["reprice"]


def _project(request: WriteRequest) -> int:
    """Return the project that the path is about."""
    id_: int = request.here("projects", "projectId")["id"]
    return id_


def _below(request: WriteRequest, table: str, name: str) -> Row:
    _project(request)
    return request.below(table, name, "projectId")


# -- phases and milestones


@writes("POST", "/projects/{projectId}/phases/")
def phase(request: WriteRequest) -> Row:
    project = _project(request)
    _ends_later(request, request.body)
    return request.add("phases", {**request.body, "projectId": project})


@writes("PATCH", "/projects/{projectId}/phases/{phaseId}")
def change_phase(request: WriteRequest) -> Row:
    row = _below(request, "phases", "phaseId")
    _ends_later(request, {**row, **request.body})
    return request.update("phases", row["id"], request.body)


def _ends_later(request: WriteRequest, row: Row) -> None:
    if row["endDate"] < row["startDate"]:
        raise request.refuse("A phase's endDate is not before its startDate")


@writes("DELETE", "/projects/{projectId}/phases/{phaseId}")
def delete_phase(request: WriteRequest) -> None:
    """Delete a phase; its work stays, in no phase."""
    id_ = _below(request, "phases", "phaseId")["id"]
    request.clear("actuals", "phaseId", id_)
    request.clear("assignments", "phaseId", id_)
    request.company.remove("phases", id_)


@writes("POST", "/projects/{projectId}/milestones/")
def milestone(request: WriteRequest) -> Row:
    project = _project(request)
    fields = {**request.body, "note": request.body.get("note") or None}
    return request.add("milestones", {**fields, "projectId": project})


@writes("POST", "/projects/{projectId}/notes/")
def note(request: WriteRequest) -> Row:
    project = _project(request)
    fields: Row = {"createdBy": "API", "createdByEmail": None, "note": request.body["note"]}
    return request.add("project-notes", {**fields, "projectId": project})


# -- money


@writes("POST", "/projects/{projectId}/other-expenses/")
def expense(request: WriteRequest) -> Row:
    project = _project(request)
    return request.add("other-expenses", {**request.body, "projectId": project})


@writes("PATCH", "/projects/{projectId}/project-rates/{projectRateId}/")
def change_rate(request: WriteRequest) -> Row:
    row = _below(request, "project-rates", "projectRateId")
    row = request.update("project-rates", row["id"], request.body)
    reprice(request, row["projectId"], row["roleId"])
    return row


def _hourly(request: WriteRequest, project: int, role: int) -> Decimal | None:
    """Return what an hour of a role is worth on a project."""
    daily = request.company.tables["projects"][project]["rateType"] == "days"
    for row in request.company.where("project-rates", "projectId", project):
        if row["roleId"] == role:
            return Decimal(str(row["rate"])) / (HOURS_PER_DAY if daily else 1)
    return None


def reprice(request: WriteRequest, project: int, role: int) -> None:
    """Let a budget in money follow the rate: it is worked out, not kept."""
    row = request.company.get("budget-roles", (project, role))
    if row is not None:
        worth = rounded(
            Decimal(row["estimatedMinutes"]) / 60 * (_hourly(request, project, role) or 0)
        )
        request.derive("budget-roles", (project, role), {"estimatedBudget": worth})


def _estimate(request: WriteRequest, project: int, role: int) -> Row:
    """Return minutes and money of a budget out of the one that a body gives; minutes go first."""
    hourly, body = _hourly(request, project, role), request.body
    minutes = body.get("estimatedMinutes")
    if minutes is None:
        budget = body["estimatedBudget"]
        if hourly is None or (budget and not hourly):
            raise request.refuse("body/estimatedBudget needs a rate for the role on the project")
        minutes = rounded(Decimal(budget) / hourly * 60) if budget else 0
    worth = rounded(Decimal(minutes) / 60 * (hourly or 0))
    return {"estimatedMinutes": minutes, "estimatedBudget": worth}


@writes("POST", "/projects/{projectId}/budget-roles/")
def budget_role(request: WriteRequest) -> None:
    project = _project(request)
    role = request.known("roles", request.body["roleId"], "body/roleId")["id"]
    if request.company.get("budget-roles", (project, role)):
        raise request.conflict("The role has a budget on the project already")
    estimate = _estimate(request, project, role)
    key = (project, role)
    request.add("budget-roles", {"projectId": project, "roleId": role, **estimate}, key)


@writes("PATCH", "/projects/{projectId}/budget-roles/{roleId}")
def change_budget_role(request: WriteRequest) -> Row:
    key = (_project(request), request.values["roleId"])
    request.one("budget-roles", key)
    return request.update("budget-roles", key, _estimate(request, *key))


@writes("DELETE", "/projects/{projectId}/budget-roles/{roleId}")
def delete_budget_role(request: WriteRequest) -> None:
    key = (_project(request), request.values["roleId"])
    request.one("budget-roles", key)
    members = request.company.where("project-members", "projectId", key[0])
    if any(row["roleId"] == key[1] for row in members):
        raise request.conflict("The budget is there because somebody has the role on the project")
    request.company.remove("budget-roles", key)


# -- requests for people


@writes("POST", "/projects/{projectId}/person-requests/")
def person_request(request: WriteRequest) -> Row:
    project = _project(request)
    placeholder = request.known("placeholders", request.body["personId"], "body/personId")
    row: Row = {
        "personId": placeholder["id"],
        "projectId": project,
        "status": request.body["status"],
    }
    # The API is nobody's.
    return request.add("person-requests", {**row, "requesterId": None, "updaterId": None})


@writes("PATCH", "/projects/{projectId}/person-requests/{personRequestId}")
def change_request(request: WriteRequest) -> Row:
    row = _below(request, "person-requests", "personRequestId")
    row = request.update("person-requests", row["id"], request.body)
    return {"id": row["id"], "status": row["status"]}


# -- workstreams


@writes("POST", "/projects/{projectId}/project-workstreams/{workstreamId}/")
def add_workstream(request: WriteRequest) -> Row:
    """Add a workstream; adding it twice adds it once."""
    key = (_project(request), request.here("workstreams", "workstreamId")["id"])
    if request.company.get("project-workstreams", key) is None:
        row: Row = {"projectId": key[0], "workstreamId": key[1]}
        request.add("project-workstreams", row, key)
    return workstream_of_projects(request.company, key[1])


@writes("DELETE", "/projects/{projectId}/project-workstreams/{workstreamId}/")
def remove_workstream(request: WriteRequest) -> Row:
    key = (_project(request), request.values["workstreamId"])
    request.one("project-workstreams", key)
    for table in ("actuals", "assignments", "project-members"):
        rows = request.company.where(table, "projectId", key[0])
        if any(row["workstreamId"] == key[1] for row in rows):
            raise request.refuse(f"The workstream has {table} on the project")
    request.company.remove("project-workstreams", key)
    return workstream_of_projects(request.company, key[1])


# -- the timesheet lock


@writes("PATCH", "/projects/{projectId}/timesheet-lock/")
def lock(request: WriteRequest) -> Row:
    """Lock a project's timesheets up to a day to which all of them are filled in."""
    project, status = _project(request), request.body["status"]
    until = request.body.get("lockedUntil") if status == "LOCKED" else None
    if status == "LOCKED":
        if until is None:
            raise request.refuse("body must have required property 'lockedUntil'")
        for row in reports.report_rows(request.company, "projectId", project):
            if row["date"] <= until and _unfilled(request, row):
                raise request.refuse(f"Not all timesheets are filled in: {row['date']} is not")
    row = {"status": status, "lockedUntil": until and f"{until}T00:00:00Z"}
    row |= {"lastUpdatedBy": "API", "updatedAt": request.company.now}
    request.company.put("timesheet-locks", project, row)
    return row


def _unfilled(request: WriteRequest, row: Row) -> bool:
    """Whether a day was planned and not logged."""
    planned = row["assignments"]["totalMinutes"] > 0
    key = tuple(row[name] for name in KEY)
    return (
        planned
        and not request.is_placeholder(row["personId"])
        and key not in by_key(request.company)
    )
