"""Contracts: what a person's role, cost and hours are, one after the other."""

from __future__ import annotations

from typing import NamedTuple

from runn_pandas.demo.database import Row
from runn_pandas.demo.dates import END, START, WEEKDAYS, days_of, iso, ordinal, weekday
from runn_pandas.demo.routes.rules.time_off import holiday_row
from runn_pandas.demo.routes.writing import WriteRequest, writes
from runn_pandas.demo.shapes import current_contracts

__all__ = ["MINUTES", "add_contract", "terms"]

# What the account gives a contract that says nothing about hours.
MINUTES = 480
_YEARS = 5
_OVERLAP = "The contract overlaps with another one of the person"


def terms(request: WriteRequest, body: Row, before: Row | None = None) -> Row:
    """Return a contract's fields out of a body, on top of what it was."""
    role = request.known("roles", body["roleId"], "body/roleId") if "roleId" in body else None
    if before is None:
        before = {
            "costPerHour": role["defaultHourCost"] if role else None,
            "employmentType": "employee",
            "minutesPerDay": None,
            "rosteredDays": None,
            "startDate": request.company.today.isoformat(),
            "endDate": None,
            "jobTitle": None,
        }
    row: Row = {**before, **{name: body[name] for name in body if name in (*before, "roleId")}}
    row["jobTitle"] = row["jobTitle"] or None
    _check_dates(request, body, row)
    return row | _hours(request, body, row)


def _check_dates(request: WriteRequest, body: Row, row: Row) -> None:
    for name in ("startDate", "endDate"):
        if row[name] is not None and name in body:
            away = abs(ordinal(row[name]) - request.company.today.toordinal())
            if away > _YEARS * 366:
                raise request.refuse(f"body/{name} must be within {_YEARS} years of today")
    if row["endDate"] is not None and row["endDate"] < row["startDate"]:
        raise request.refuse("body/endDate is before the contract's startDate")


def _hours(request: WriteRequest, body: Row, row: Row) -> Row:
    """Return minutes a day and the days of the week: each is that many minutes, or none."""
    minutes, rostered = row["minutesPerDay"], row["rosteredDays"]
    if "rosteredDays" in body:
        return _rostered_hours(request, body, minutes)
    if rostered is None:
        minutes = minutes or MINUTES
        rostered = dict.fromkeys(WEEKDAYS, minutes)
    elif minutes is not None:
        rostered = {name: minutes if one else 0 for name, one in rostered.items()}
    return {"minutesPerDay": minutes, "rosteredDays": rostered}


def _rostered_hours(request: WriteRequest, body: Row, minutes: int | None) -> Row:
    rostered = body["rosteredDays"]
    if "minutesPerDay" not in body:
        minutes = max(rostered.values()) or minutes or MINUTES
    if any(one not in (0, minutes) for one in rostered.values()):
        raise request.refuse("body/rosteredDays must each be minutesPerDay or 0")
    return {"minutesPerDay": minutes, "rosteredDays": rostered}


def _meet(one: Row, other: Row) -> bool:
    """Whether two contracts hold on one day."""
    return (other["endDate"] is None or one["startDate"] <= other["endDate"]) and (
        one["endDate"] is None or other["startDate"] <= one["endDate"]
    )


def add_contract(request: WriteRequest, person: int, row: Row) -> Row:
    """Begin a contract: the one that holds until then ends the day before."""
    ends: Row | None = None
    for other in request.company.where("contracts", "personId", person):
        if not _meet(row, other):
            continue
        if other["startDate"] >= row["startDate"]:
            raise request.refuse(_OVERLAP)
        ends = other
    before = _state(request, person)
    if ends is not None:
        last = iso(ordinal(row["startDate"]) - 1)
        request.update("contracts", ends["id"], {"endDate": last})
    made = request.add("contracts", {**row, "personId": person})
    _follow(request, person, before)
    return made


@writes("POST", "/people/{personId}/contracts/")
def contract(request: WriteRequest) -> Row:
    person = request.here("people", "personId")
    if request.is_placeholder(person["id"]):
        raise request.refuse("A placeholder has no contracts")
    return add_contract(request, person["id"], terms(request, request.body))


@writes("PATCH", "/contracts/{contractId}")
def change_contract(request: WriteRequest) -> Row:
    old = request.here("contracts", "contractId")
    row = terms(request, request.body, old)
    for other in request.company.where("contracts", "personId", old["personId"]):
        if other["id"] != old["id"] and _meet(row, other):
            raise request.refuse(_OVERLAP)
    before = _state(request, old["personId"])
    row = request.update("contracts", old["id"], row)
    _follow(request, old["personId"], before)
    return row


@writes("DELETE", "/people/{personId}/contracts/{contractId}")
def delete_contract(request: WriteRequest) -> None:
    request.here("people", "personId")
    row = request.below("contracts", "contractId", "personId")
    before = _state(request, row["personId"])
    request.company.remove("contracts", row["id"])
    _follow(request, row["personId"], before)
    request.log_deletion("contracts", row)


# -- what follows from contracts: days off, and who has a role


class State(NamedTuple):
    """What a person's contracts make of the days: those covered, those off, and today's roles."""

    covered: set[int]
    off: set[int]
    roles: set[int]


def _state(request: WriteRequest, person: int) -> State:
    """Return what a person's contracts make of the days, to see later what has changed."""
    state = State(set(), set(), set())
    contracts = request.company.where("contracts", "personId", person)
    for row in contracts:
        days = days_of(row, START.toordinal(), END.toordinal())
        state.covered.update(days)
        rostered = [*(row["rosteredDays"][name] for name in WEEKDAYS), None, None]
        state.off.update(day for day in days if rostered[weekday(day)] == 0)
    state.roles.update(row["roleId"] for row in current_contracts(request.company, contracts))
    return state


def _follow(request: WriteRequest, person: int, before: State) -> None:
    """Let holidays, rostered-off days and the roles' lists of people follow the contracts."""
    after = _state(request, person)
    for role in before.roles | after.roles:
        ids = [one for one in request.company.tables["roles"][role]["personIds"] if one != person]
        if role in after.roles:
            ids.append(person)
        request.derive("roles", role, {"personIds": ids})
    _holidays(request, person, before.covered - after.covered, after.covered - before.covered)
    gone = (before.covered - after.covered) | (before.off - after.off)
    _rostered_off(request, person, gone, after.off - before.off)


def _holidays(request: WriteRequest, person: int, gone: set[int], new: set[int]) -> None:
    company = request.company
    for row in list(company.where("time-offs/holidays", "personId", person)):
        if ordinal(row["startDate"]) in gone:
            company.remove("time-offs/holidays", row["id"])
    group = company.tables["people"][person]["holidaysGroupId"]
    for id_ in company.tables["holiday-groups"][group]["holidayIds"] if group else ():
        row = holiday_row(person, company.tables["holiday-groups/holidays"][id_])
        if ordinal(row["startDate"]) in new:
            request.add("time-offs/holidays", row)


def _rostered_off(request: WriteRequest, person: int, gone: set[int], new: set[int]) -> None:
    table = "time-offs/rostered-off"
    for row in list(request.company.where(table, "personId", person)):
        kept = [day for day in days_of(row) if day not in gone]
        if not kept:
            request.company.remove(table, row["id"])
        else:
            request.update(table, row["id"], {"startDate": iso(kept[0]), "endDate": iso(kept[-1])})
    start: int | None = None
    for day in sorted(new):
        start = day if start is None else start
        # A row for each run of days off.
        if day + 1 not in new:
            row = {"personId": person, "startDate": iso(start), "endDate": iso(day)}
            request.add(table, {**row, "note": None, "minutesPerDay": None})
            start = None
