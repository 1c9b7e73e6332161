"""What a project is set up with: phases, milestones, money, requests, workstreams, the lock."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from runn_pandas.demo import reports
from runn_pandas.demo.portfolio import HOURS_PER_DAY
from runn_pandas.demo.reading import workstream_row
from runn_pandas.demo.rules.work import KEY, by_key
from runn_pandas.demo.tables import Row
from runn_pandas.demo.writing import Write, writes

__all__ = ["reprice"]


def _project(ask: Write) -> int:
    """The project that the path is about."""
    id_: int = ask.here("projects", "projectId")["id"]
    return id_


def _below(ask: Write, table: str, name: str) -> Row:
    _project(ask)
    return ask.below(table, name, "projectId")


# -- phases and milestones


@writes("POST", "/projects/{projectId}/phases/")
def phase(ask: Write) -> Row:
    project = _project(ask)
    _ends_later(ask, ask.body)
    return ask.add("phases", {**ask.body, "projectId": project})


@writes("PATCH", "/projects/{projectId}/phases/{phaseId}")
def change_phase(ask: Write) -> Row:
    row = _below(ask, "phases", "phaseId")
    _ends_later(ask, {**row, **ask.body})
    return ask.update("phases", row["id"], ask.body)


def _ends_later(ask: Write, row: Row) -> None:
    if row["endDate"] < row["startDate"]:
        raise ask.refuse("A phase's endDate is not before its startDate")


@writes("DELETE", "/projects/{projectId}/phases/{phaseId}")
def delete_phase(ask: Write) -> None:
    """The work of a phase stays, in no phase."""
    id_ = _below(ask, "phases", "phaseId")["id"]
    ask.clear("actuals", "phaseId", id_)
    ask.clear("assignments", "phaseId", id_)
    ask.company.remove("phases", id_)


@writes("POST", "/projects/{projectId}/milestones/")
def milestone(ask: Write) -> Row:
    project = _project(ask)
    fields = {**ask.body, "note": ask.body.get("note") or None}
    return ask.add("milestones", {**fields, "projectId": project})


@writes("PATCH", "/projects/{projectId}/milestones/{milestoneId}")
def change_milestone(ask: Write) -> Row:
    return ask.update("milestones", _below(ask, "milestones", "milestoneId")["id"], ask.body)


@writes("DELETE", "/projects/{projectId}/milestones/{milestoneId}")
def delete_milestone(ask: Write) -> None:
    ask.company.remove("milestones", _below(ask, "milestones", "milestoneId")["id"])


@writes("POST", "/projects/{projectId}/notes/")
def note(ask: Write) -> Row:
    project = _project(ask)
    fields: Row = {"createdBy": "API", "createdByEmail": None, "note": ask.body["note"]}
    return ask.add("project-notes", {**fields, "projectId": project})


# -- money


@writes("POST", "/projects/{projectId}/other-expenses/")
def expense(ask: Write) -> Row:
    project = _project(ask)
    return ask.add("other-expenses", {**ask.body, "projectId": project})


@writes("PATCH", "/projects/{projectId}/other-expenses/{otherExpenseId}/")
def change_expense(ask: Write) -> Row:
    row = _below(ask, "other-expenses", "otherExpenseId")
    return ask.update("other-expenses", row["id"], ask.body)


@writes("PATCH", "/projects/{projectId}/project-rates/{projectRateId}/")
def change_rate(ask: Write) -> Row:
    row = _below(ask, "project-rates", "projectRateId")
    row = ask.update("project-rates", row["id"], ask.body)
    reprice(ask, row["projectId"], row["roleId"])
    return row


def _hourly(ask: Write, project: int, role: int) -> Decimal | None:
    """What an hour of a role is worth on a project."""
    daily = ask.company.tables["projects"][project]["rateType"] == "days"
    for row in ask.company.where("project-rates", "projectId", project):
        if row["roleId"] == role:
            return Decimal(str(row["rate"])) / (HOURS_PER_DAY if daily else 1)
    return None


def _rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def reprice(ask: Write, project: int, role: int) -> None:
    """Let a budget in money follow the rate: it is worked out, not kept."""
    row = ask.company.get("budget-roles", (project, role))
    if row is not None:
        worth = _rounded(Decimal(row["estimatedMinutes"]) / 60 * (_hourly(ask, project, role) or 0))
        ask.derive("budget-roles", (project, role), {"estimatedBudget": worth})


def _estimate(ask: Write, project: int, role: int) -> Row:
    """Minutes and money of a budget out of the one that a body gives; minutes go first."""
    hourly, body = _hourly(ask, project, role), ask.body
    minutes = body.get("estimatedMinutes")
    if minutes is None:
        budget = body["estimatedBudget"]
        if hourly is None or (budget and not hourly):
            raise ask.refuse("body/estimatedBudget needs a rate for the role on the project")
        minutes = _rounded(Decimal(budget) / hourly * 60) if budget else 0
    worth = _rounded(Decimal(minutes) / 60 * (hourly or 0))
    return {"estimatedMinutes": minutes, "estimatedBudget": worth}


@writes("POST", "/projects/{projectId}/budget-roles/")
def budget_role(ask: Write) -> None:
    project = _project(ask)
    role = ask.known("roles", ask.body["roleId"], "body/roleId")["id"]
    if ask.company.get("budget-roles", (project, role)):
        raise ask.conflict("The role has a budget on the project already")
    estimate = _estimate(ask, project, role)
    key = (project, role)
    ask.add("budget-roles", {"projectId": project, "roleId": role, **estimate}, key)


@writes("PATCH", "/projects/{projectId}/budget-roles/{roleId}")
def change_budget_role(ask: Write) -> Row:
    key = (_project(ask), ask.values["roleId"])
    ask.one("budget-roles", key)
    return ask.update("budget-roles", key, _estimate(ask, *key))


@writes("DELETE", "/projects/{projectId}/budget-roles/{roleId}")
def delete_budget_role(ask: Write) -> None:
    key = (_project(ask), ask.values["roleId"])
    ask.one("budget-roles", key)
    members = ask.company.where("project-members", "projectId", key[0])
    if any(row["roleId"] == key[1] for row in members):
        raise ask.conflict("The budget is there because somebody has the role on the project")
    ask.company.remove("budget-roles", key)


# -- requests for people


@writes("POST", "/projects/{projectId}/person-requests/")
def person_request(ask: Write) -> Row:
    project = _project(ask)
    placeholder = ask.known("placeholders", ask.body["personId"], "body/personId")
    row: Row = {"personId": placeholder["id"], "projectId": project, "status": ask.body["status"]}
    # The API is nobody's.
    return ask.add("person-requests", {**row, "requesterId": None, "updaterId": None})


@writes("PATCH", "/projects/{projectId}/person-requests/{personRequestId}")
def change_request(ask: Write) -> Row:
    row = _below(ask, "person-requests", "personRequestId")
    row = ask.update("person-requests", row["id"], ask.body)
    return {"id": row["id"], "status": row["status"]}


# -- workstreams


@writes("POST", "/projects/{projectId}/project-workstreams/{workstreamId}/")
def add_workstream(ask: Write) -> Row:
    """Adding a workstream twice adds it once."""
    key = (_project(ask), ask.here("workstreams", "workstreamId")["id"])
    if ask.company.get("project-workstreams", key) is None:
        row: Row = {"projectId": key[0], "workstreamId": key[1]}
        ask.add("project-workstreams", row, key)
    return workstream_row(ask.company, key[1])


@writes("DELETE", "/projects/{projectId}/project-workstreams/{workstreamId}/")
def remove_workstream(ask: Write) -> Row:
    key = (_project(ask), ask.values["workstreamId"])
    ask.one("project-workstreams", key)
    for table in ("actuals", "assignments", "project-members"):
        rows = ask.company.where(table, "projectId", key[0])
        if any(row["workstreamId"] == key[1] for row in rows):
            raise ask.refuse(f"The workstream has {table} on the project")
    ask.company.remove("project-workstreams", key)
    return workstream_row(ask.company, key[1])


# -- the timesheet lock


@writes("PATCH", "/projects/{projectId}/timesheet-lock/")
def lock(ask: Write) -> Row:
    """Lock a project's timesheets up to a day to which all of them are filled in."""
    project, status = _project(ask), ask.body["status"]
    until = ask.body.get("lockedUntil") if status == "LOCKED" else None
    if status == "LOCKED":
        if until is None:
            raise ask.refuse("body must have required property 'lockedUntil'")
        for row in reports.report_rows(ask.company, "projectId", project):
            if row["date"] <= until and _unfilled(ask, row):
                raise ask.refuse(f"Not all timesheets are filled in: {row['date']} is not")
    row = {"status": status, "lockedUntil": until and f"{until}T00:00:00Z"}
    row |= {"lastUpdatedBy": "API", "updatedAt": ask.company.now}
    ask.company.put("timesheet-locks", project, row)
    return row


def _unfilled(ask: Write, row: Row) -> bool:
    """Tell whether a day was planned and not logged."""
    planned = row["assignments"]["totalMinutes"] > 0
    placeholder = row["personId"] in ask.company.tables["placeholders"]
    key = tuple(row[name] for name in KEY)
    return planned and not placeholder and key not in by_key(ask.company)
