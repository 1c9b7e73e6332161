"""Assignments: planned work, in as many pieces as leave cuts it into."""

from __future__ import annotations

from runn_pandas.demo.database import Row
from runn_pandas.demo.dates import days_of, iso, ordinal, weekday
from runn_pandas.demo.routes.rules.actuals import check_place, join_project
from runn_pandas.demo.routes.writing import WriteRequest, writes

__all__: list[str] = []


@writes("POST", "/assignments/")
def assignment(request: WriteRequest) -> list[Row]:
    body: Row = request.body
    check_place(request, body, "body")
    project = request.company.tables["projects"][body["projectId"]]
    free = project["pricingModel"] == "nb"
    _check(request, free)
    first, last = ordinal(body["startDate"]), ordinal(body["endDate"])
    leave, holidays = (_days_off(request, kind, first, last) for kind in ("leave", "holidays"))
    on_day_off = _is_on_day_off(request, first, last, holidays)
    # Leave alone cuts: days on a holiday are kept, and not counted, in case the holiday goes.
    off = set() if on_day_off else leave
    pieces = _pieces(first, last, off)
    if not pieces:
        raise request.refuse("The person is off for the whole time")
    join_project(request, body)
    fields: Row = {
        "minutesPerDay": body["minutesPerDay"],
        "isActive": True,
        "note": body.get("note") or None,
        "isBillable": body["isBillable"] and not free,
        "phaseId": body.get("phaseId"),
        "isNonWorkingDay": on_day_off,
        "isTemplate": project["isTemplate"],
        "isPlaceholder": request.is_placeholder(body["personId"]),
        "workstreamId": body.get("workstreamId"),
    }
    fields |= {name: body[name] for name in ("personId", "projectId", "roleId")}
    return [
        request.add("assignments", {**fields, "startDate": iso(start), "endDate": iso(end)})
        for start, end in pieces
    ]


def _check(request: WriteRequest, free: bool) -> None:
    if request.body["endDate"] < request.body["startDate"]:
        raise request.refuse("body/endDate is before body/startDate")
    if not isinstance(request.body["minutesPerDay"], int):
        raise request.refuse("body/minutesPerDay must be a whole number of minutes")
    if free and request.sent.get("isBillable"):
        raise request.refuse("body/isBillable cannot be set on a non-billable project")


def _is_on_day_off(request: WriteRequest, first: int, last: int, holidays: set[int]) -> bool:
    """Whether work is on a weekend day or a holiday; refuse what says so and is not."""
    is_day_off = weekday(first) > 4 or first in holidays
    said = request.body.get("isNonWorkingDay")
    if said is None:
        # Left blank it is set for a single weekend day or holiday.
        return first == last and is_day_off
    if said and first != last:
        raise request.refuse("body/isNonWorkingDay needs one day: endDate must be startDate")
    if said and not is_day_off:
        raise request.refuse("body/isNonWorkingDay needs a weekend day or a holiday")
    return bool(said)


def _days_off(request: WriteRequest, kind: str, first: int, last: int) -> set[int]:
    """Return a person's whole days off between two days."""
    person = request.body["personId"]
    rows = request.company.where(f"time-offs/{kind}", "personId", person)
    return {day for r in rows if r["minutesPerDay"] is None for day in days_of(r, first, last)}


def _pieces(first: int, last: int, off: set[int]) -> list[tuple[int, int]]:
    """Return what is left of a time without its leave; a weekend alone is no piece."""
    if not off:
        return [(first, last)]
    pieces = []
    start = first
    for day in (*sorted(off), last + 1):
        worked = range(start, day)
        if any(weekday(one) < 5 for one in worked[:7]):
            pieces.append((start, day - 1))
        start = day + 1
    return pieces


@writes("DELETE", "/assignments/{assignmentId}/")
def delete_assignment(request: WriteRequest) -> Row:
    """Delete an assignment, and return it: no other deletion does."""
    row = request.here("assignments", "assignmentId")
    request.company.remove("assignments", row["id"])
    request.log_deletion("assignments", row)
    return row
