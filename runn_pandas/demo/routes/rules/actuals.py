"""Actuals: what was done, one for each day, person, project, role and workstream."""

from __future__ import annotations

from typing import Any

from runn_pandas.demo.database import Company, Row
from runn_pandas.demo.routes.writing import WriteRequest, writes

__all__ = ["KEY", "by_key", "check_place", "join_project"]

ActualKey = tuple[Any, ...]
# What an actual is one of.
KEY = ("date", "personId", "projectId", "roleId", "workstreamId")
_MINUTES = ("billableMinutes", "nonbillableMinutes")
_NOTES = ("billableNote", "nonbillableNote")


def by_key(company: Company) -> dict[ActualKey, int]:
    """Return the id of the actual of each day, person, project, role and workstream."""

    def index() -> dict[ActualKey, int]:
        rows = company.tables["actuals"]
        return {tuple(row[name] for name in KEY): id_ for id_, row in rows.items()}

    return company.keep("actuals", "by key", index)


def _check(request: WriteRequest, body: Row, sent: Row, at: str) -> None:
    """Refuse an actual that cannot be."""
    if not sent.keys() & set(_MINUTES):
        raise request.refuse(f"{at}: either billableMinutes or nonbillableMinutes must be set")
    for name in _MINUTES:
        if not isinstance(body[name], int):
            raise request.refuse(f"{at}/{name} must be a whole number of minutes")
    if body["date"] > request.company.today.isoformat():
        raise request.refuse(f"{at}/date is in the future, and the account does not allow that")
    check_place(request, body, at)


def check_place(request: WriteRequest, body: Row, at: str) -> None:
    """Refuse work of nobody, on nothing, or in a phase of another project."""
    for table, name in (("people", "personId"), ("projects", "projectId"), ("roles", "roleId")):
        request.known(table, body[name], f"{at}/{name}")
    if body.get("workstreamId") is not None:
        request.known("workstreams", body["workstreamId"], f"{at}/workstreamId")
    if body.get("phaseId") is not None:
        phase = request.known("phases", body["phaseId"], f"{at}/phaseId")
        if phase["projectId"] != body["projectId"]:
            raise request.refuse(f"{at}/phaseId is of another project")


def join_project(request: WriteRequest, body: Row) -> bool:
    """Make whoever works on a project a member of it, and return whether they were none yet."""
    key = {name: body.get(name) for name in KEY[1:]}
    members = request.company.where("project-members", "personId", body["personId"])
    if any(key.items() <= row.items() for row in members):
        return False
    placeholder = request.is_placeholder(body["personId"])
    request.add("project-members", {**key, "isPlaceholder": placeholder})
    return True


def _overwrite(request: WriteRequest, body: Row, index: dict[ActualKey, int]) -> Row:
    """Make a day's actual what the body says, whatever it was."""
    row: Row = {name: body.get(name) for name in KEY}
    row |= {name: body[name] for name in _MINUTES}
    row |= {name: body.get(name) or None for name in _NOTES}
    row["phaseId"] = body.get("phaseId")
    key = tuple(row[name] for name in KEY)
    join_project(request, row)
    if key in index:
        return request.update("actuals", index[key], row)
    row = request.add("actuals", row)
    index[key] = row["id"]
    return row


@writes("POST", "/actuals/")
def actual(request: WriteRequest) -> Row:
    _check(request, request.body, request.sent, "body")
    return _overwrite(request, request.body, by_key(request.company))


@writes("POST", "/actuals/bulk/")
def bulk_actuals(request: WriteRequest) -> list[Row]:
    bodies, sent = request.body["actuals"], request.sent["actuals"]
    for n, (body, one) in enumerate(zip(bodies, sent, strict=True)):
        _check(request, body, one, f"body/actuals/{n}")
    index = by_key(request.company)
    return [_overwrite(request, body, index) for body in bodies]


@writes("POST", "/actuals/time-entry")
def time_entry(request: WriteRequest) -> Row:
    """Add minutes to what the day has; what is not said stays as it is."""
    body: Row = request.body
    _check(request, body, request.sent, "body")
    id_ = _of_day(request.company, body)
    if id_ is None:
        return _overwrite(request, body, by_key(request.company))
    row = request.company.tables["actuals"][id_]
    changes: Row = {name: row[name] + body[name] for name in _MINUTES}
    changes |= {name: body[name] or None for name in _NOTES if name in body}
    changes |= {name: body[name] for name in ("phaseId",) if name in body}
    return request.update("actuals", id_, changes)


def _of_day(company: Company, body: Row) -> int | None:
    """Return the actual that a time entry adds to: of its workstream, or of any if none is said."""
    day = tuple(body[name] for name in KEY[:-1])
    index = by_key(company)
    if "workstreamId" in body:
        return index.get((*day, body["workstreamId"]))
    same_day = [(key[-1] is not None, id_) for key, id_ in index.items() if key[:-1] == day]
    return min(same_day)[1] if same_day else None


@writes("DELETE", "/actuals/{actualId}/")
def delete_actual(request: WriteRequest) -> None:
    row = request.here("actuals", "actualId")
    request.company.remove("actuals", row["id"])
    request.log_deletion("actuals", row)
