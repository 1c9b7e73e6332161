"""Actuals and assignments: what was done, and what is planned."""

from __future__ import annotations

from typing import Any

from runn_pandas.demo.days import iso, ordinal, weekday
from runn_pandas.demo.tables import Company, Row
from runn_pandas.demo.writing import Write, writes

__all__ = ["KEY", "by_key", "split"]

ActualKey = tuple[Any, ...]
# What an actual is one of.
KEY = ("date", "personId", "projectId", "roleId", "workstreamId")


def by_key(company: Company) -> dict[ActualKey, int]:
    """The id of the actual of each day, person, project, role and workstream."""

    def index() -> dict[ActualKey, int]:
        rows = company.tables["actuals"]
        return {tuple(row[name] for name in KEY): id_ for id_, row in rows.items()}

    return company.keep("actuals", "by key", index)


def _checked(ask: Write, body: Row, sent: Row, at: str) -> None:
    """Refuse an actual that cannot be."""
    if not sent.keys() & {"billableMinutes", "nonbillableMinutes"}:
        raise ask.refuse(f"{at}: either billableMinutes or nonbillableMinutes must be set")
    for name in ("billableMinutes", "nonbillableMinutes"):
        if not isinstance(body[name], int):
            raise ask.refuse(f"{at}/{name} must be a whole number of minutes")
    if body["date"] > ask.company.today.isoformat():
        raise ask.refuse(f"{at}/date is in the future, and the account does not allow that")
    _place(ask, body, at)


def _place(ask: Write, body: Row, at: str) -> None:
    """Refuse work of nobody, on nothing, or in a phase of another project."""
    for table, name in (("people", "personId"), ("projects", "projectId"), ("roles", "roleId")):
        ask.known(table, body[name], f"{at}/{name}")
    if body.get("workstreamId") is not None:
        ask.known("workstreams", body["workstreamId"], f"{at}/workstreamId")
    if body.get("phaseId") is not None:
        phase = ask.known("phases", body["phaseId"], f"{at}/phaseId")
        if phase["projectId"] != body["projectId"]:
            raise ask.refuse(f"{at}/phaseId is of another project")


def _join(ask: Write, body: Row) -> None:
    """Make whoever works on a project a member of it."""
    key = {name: body.get(name) for name in ("personId", "projectId", "roleId", "workstreamId")}
    members = ask.company.where("project-members", "personId", body["personId"])
    if not any(key.items() <= row.items() for row in members):
        placeholder = body["personId"] in ask.company.tables["placeholders"]
        ask.add("project-members", {**key, "isPlaceholder": placeholder})


def _overwrite(ask: Write, body: Row, index: dict[ActualKey, int]) -> Row:
    """Make a day's actual what the body says, whatever it was."""
    row: Row = {name: body.get(name) for name in KEY}
    for name in ("billableMinutes", "nonbillableMinutes"):
        row[name] = body[name]
    for name in ("billableNote", "nonbillableNote"):
        row[name] = body.get(name) or None
    row["phaseId"] = body.get("phaseId")
    key = tuple(row[name] for name in KEY)
    _join(ask, row)
    if key in index:
        return ask.update("actuals", index[key], row)
    row = ask.add("actuals", row)
    index[key] = row["id"]
    return row


@writes("POST", "/actuals/")
def actual(ask: Write) -> Row:
    _checked(ask, ask.body, ask.sent, "body")
    return _overwrite(ask, ask.body, by_key(ask.company))


@writes("POST", "/actuals/bulk/")
def actuals(ask: Write) -> list[Row]:
    for n, (body, sent) in enumerate(zip(ask.body["actuals"], ask.sent["actuals"], strict=True)):
        _checked(ask, body, sent, f"body/actuals/{n}")
    index = by_key(ask.company)
    return [_overwrite(ask, body, index) for body in ask.body["actuals"]]


@writes("POST", "/actuals/time-entry")
def time_entry(ask: Write) -> Row:
    """Minutes on top of what the day has; what is not said stays as it is."""
    body: Row = ask.body
    _checked(ask, body, ask.sent, "body")
    day = tuple(body[name] for name in KEY[:-1])
    same_day = [
        (key[-1] is not None, id_) for key, id_ in by_key(ask.company).items() if key[:-1] == day
    ]
    if "workstreamId" in body:
        id_ = by_key(ask.company).get((*day, body["workstreamId"]))
    else:
        id_ = min(same_day)[1] if same_day else None
    if id_ is None:
        return _overwrite(ask, body, by_key(ask.company))
    row = ask.company.tables["actuals"][id_]
    changes = {name: row[name] + body[name] for name in ("billableMinutes", "nonbillableMinutes")}
    notes = {n: body[n] or None for n in ("billableNote", "nonbillableNote") if n in body}
    phase = {"phaseId": body["phaseId"]} if "phaseId" in body else {}
    return ask.update("actuals", id_, changes | notes | phase)


@writes("DELETE", "/actuals/{actualId}/")
def delete_actual(ask: Write) -> None:
    row = ask.here("actuals", "actualId")
    ask.company.remove("actuals", row["id"])
    snapshot = {name: row[name] for name in row if name not in ("createdAt", "updatedAt")}
    for what in ("person", "project", "role", "workstream"):
        table = {"person": "people"}.get(what, f"{what}s")
        snapshot[what] = ask.named(table, row[f"{what}Id"])
    ask.record("actual_deleted", "actual", snapshot)


@writes("POST", "/assignments/")
def assignment(ask: Write) -> list[Row]:
    """Planned work, in as many pieces as days off cut it into."""
    body: Row = ask.body
    _place(ask, body, "body")
    first, last = ordinal(body["startDate"]), ordinal(body["endDate"])
    if last < first:
        raise ask.refuse("body/endDate is before body/startDate")
    if not isinstance(body["minutesPerDay"], int):
        raise ask.refuse("body/minutesPerDay must be a whole number of minutes")
    project = ask.company.tables["projects"][body["projectId"]]
    free = project["pricingModel"] == "nb"
    if free and ask.sent.get("isBillable"):
        raise ask.refuse("body/isBillable cannot be set on a non-billable project")
    leave, holidays = (_days_off(ask, kind, first, last) for kind in ("leave", "holidays"))
    off_day = body.get("isNonWorkingDay")
    if off_day is None:
        # Left blank it is set for a single weekend day or holiday.
        off_day = first == last and (weekday(first) > 4 or first in holidays)
    if off_day and first != last:
        raise ask.refuse("body/isNonWorkingDay needs one day: endDate must be startDate")
    if off_day and weekday(first) < 5 and first not in holidays:
        raise ask.refuse("body/isNonWorkingDay needs a weekend day or a holiday")
    # One day on a holiday is kept, in case the holiday goes.
    free_days = set() if off_day else leave | (holidays if first != last else set())
    spans = split(first, last, free_days)
    if not spans:
        raise ask.refuse("The person is off for the whole time")
    _join(ask, body)
    fields: Row = {
        "minutesPerDay": body["minutesPerDay"],
        "isActive": True,
        "note": body.get("note") or None,
        "isBillable": body["isBillable"] and not free,
        "phaseId": body.get("phaseId"),
        "isNonWorkingDay": off_day,
        "isTemplate": project["isTemplate"],
        "isPlaceholder": body["personId"] in ask.company.tables["placeholders"],
        "workstreamId": body.get("workstreamId"),
    }
    fields |= {name: body[name] for name in ("personId", "projectId", "roleId")}
    return [
        ask.add("assignments", {**fields, "startDate": iso(start), "endDate": iso(end)})
        for start, end in spans
    ]


def _days_off(ask: Write, kind: str, first: int, last: int) -> set[int]:
    """A person's whole days off between two days."""
    days: set[int] = set()
    for row in ask.company.where(f"time-offs/{kind}", "personId", ask.body["personId"]):
        if row["minutesPerDay"] is None:
            start, end = ordinal(row["startDate"]), ordinal(row["endDate"])
            days.update(range(max(first, start), min(last, end) + 1))
    return days


def split(first: int, last: int, off: set[int]) -> list[tuple[int, int]]:
    """What is left of a time without its days off; a weekend alone is not worth a piece."""
    if not off:
        return [(first, last)]
    spans = []
    start = first
    for day in (*sorted(off), last + 1):
        worked = range(start, day)
        if any(weekday(one) < 5 for one in worked[:7]):
            spans.append((start, day - 1))
        start = day + 1
    return spans


@writes("DELETE", "/assignments/{assignmentId}/")
def delete_assignment(ask: Write) -> Row:
    """The one deletion that gives the row back."""
    row = ask.here("assignments", "assignmentId")
    ask.company.remove("assignments", row["id"])
    names = ("isPlaceholder", "createdAt", "updatedAt")
    snapshot = {name: row[name] for name in row if name not in names}
    for what in ("person", "project", "role", "phase", "workstream"):
        table = {"person": "people"}.get(what, f"{what}s")
        snapshot[what] = ask.named(table, row[f"{what}Id"])
    ask.record("assignment_deleted", "assignment", snapshot)
    return row
