"""Contracts: what a person's role, cost and hours are, one after the other."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from runn_pandas.demo.days import END, START, WEEKDAYS, iso, ordinal, weekday
from runn_pandas.demo.reading import current
from runn_pandas.demo.rules.timeoff import holiday_row
from runn_pandas.demo.tables import Row
from runn_pandas.demo.writing import Write, writes

__all__ = ["MINUTES", "add_contract", "terms"]

# What the account gives a contract that says nothing about hours.
MINUTES = 480
_YEARS = 5


def terms(ask: Write, body: Row, before: Row | None = None) -> Row:
    """Give a contract's fields out of a body, on top of what it was."""
    role = ask.known("roles", body["roleId"], "body/roleId") if "roleId" in body else None
    if before is None:
        before = {
            "costPerHour": role["defaultHourCost"] if role else None,
            "employmentType": "employee",
            "minutesPerDay": None,
            "rosteredDays": None,
            "startDate": ask.company.today.isoformat(),
            "endDate": None,
            "jobTitle": None,
        }
    row: Row = {**before, **{name: body[name] for name in body if name in (*before, "roleId")}}
    row["jobTitle"] = row["jobTitle"] or None
    for name in ("startDate", "endDate"):
        if row[name] is not None and name in body:
            away = abs(date.fromisoformat(row[name]) - ask.company.today).days
            if away > _YEARS * 366:
                raise ask.refuse(f"body/{name} must be within {_YEARS} years of today")
    if row["endDate"] is not None and row["endDate"] < row["startDate"]:
        raise ask.refuse("body/endDate is before the contract's startDate")
    return row | _hours(ask, body, row)


def _hours(ask: Write, body: Row, row: Row) -> Row:
    """Minutes a day and the days of the week: each is that many minutes, or none."""
    minutes, rostered = row["minutesPerDay"], row["rosteredDays"]
    if "rosteredDays" in body:
        if "minutesPerDay" not in body:
            minutes = max(rostered.values()) or minutes or MINUTES
        if any(one not in (0, minutes) for one in rostered.values()):
            raise ask.refuse("body/rosteredDays must each be minutesPerDay or 0")
    elif rostered is None:
        minutes = minutes or MINUTES
        rostered = dict.fromkeys(WEEKDAYS, minutes)
    elif minutes is not None:
        rostered = {name: minutes if one else 0 for name, one in rostered.items()}
    return {"minutesPerDay": minutes, "rosteredDays": rostered}


def _meet(one: Row, other: Row) -> bool:
    """Tell whether two contracts hold on one day."""
    return (other["endDate"] is None or one["startDate"] <= other["endDate"]) and (
        one["endDate"] is None or other["startDate"] <= one["endDate"]
    )


def add_contract(ask: Write, person: int, row: Row) -> Row:
    """Begin a contract: the one that holds until then ends the day before."""
    ends: Row | None = None
    for other in ask.company.where("contracts", "personId", person):
        if not _meet(row, other):
            continue
        if other["startDate"] >= row["startDate"]:
            raise ask.refuse("The contract overlaps with another one of the person")
        ends = other
    before = state(ask, person)
    if ends is not None:
        last = iso(ordinal(row["startDate"]) - 1)
        ask.update("contracts", ends["id"], {"endDate": last})
    made = ask.add("contracts", {**row, "personId": person})
    follow(ask, person, before)
    return made


@writes("POST", "/people/{personId}/contracts/")
def contract(ask: Write) -> Row:
    person = ask.here("people", "personId")
    if person["id"] in ask.company.tables["placeholders"]:
        raise ask.refuse("A placeholder has no contracts")
    return add_contract(ask, person["id"], terms(ask, ask.body))


@writes("PATCH", "/contracts/{contractId}")
def change_contract(ask: Write) -> Row:
    old = ask.here("contracts", "contractId")
    row = terms(ask, ask.body, old)
    for other in ask.company.where("contracts", "personId", old["personId"]):
        if other["id"] != old["id"] and _meet(row, other):
            raise ask.refuse("The contract overlaps with another one of the person")
    before = state(ask, old["personId"])
    row = ask.update("contracts", old["id"], row)
    follow(ask, old["personId"], before)
    return row


@writes("DELETE", "/people/{personId}/contracts/{contractId}")
def delete_contract(ask: Write) -> None:
    ask.here("people", "personId")
    row = ask.below("contracts", "contractId", "personId")
    before = state(ask, row["personId"])
    ask.company.remove("contracts", row["id"])
    follow(ask, row["personId"], before)
    names = ("id", "personId", "roleId", "startDate", "endDate")
    snapshot = {name: row[name] for name in names}
    snapshot["person"] = ask.named("people", row["personId"])
    snapshot["role"] = ask.named("roles", row["roleId"])
    ask.record("contract_deleted", "contract", snapshot)


# -- what follows from contracts: days off, and who has a role


class State(NamedTuple):
    """What a person's contracts make of the days: those covered, those off, and today's roles."""

    covered: frozenset[int]
    off: frozenset[int]
    roles: frozenset[int]


def state(ask: Write, person: int) -> State:
    """Look at a person's contracts, to see later what has changed."""
    covered: set[int] = set()
    off: set[int] = set()
    rows = ask.company.where("contracts", "personId", person)
    for row in rows:
        first = max(ordinal(row["startDate"]), START.toordinal())
        last = min(ordinal(row["endDate"]) if row["endDate"] else END.toordinal(), END.toordinal())
        days = range(first, last + 1)
        covered.update(days)
        rostered = [row["rosteredDays"][name] for name in WEEKDAYS]
        off.update(day for day in days if weekday(day) < 5 and not rostered[weekday(day)])
    roles = frozenset(row["roleId"] for row in current(ask.company, rows))
    return State(frozenset(covered), frozenset(off), roles)


def follow(ask: Write, person: int, before: State) -> None:
    """Let holidays, rostered-off days and the roles' lists of people follow the contracts."""
    after = state(ask, person)
    for role in before.roles | after.roles:
        ids = [one for one in ask.company.tables["roles"][role]["personIds"] if one != person]
        if role in after.roles:
            ids.append(person)
        ask.derive("roles", role, {"personIds": ids})
    _holidays(ask, person, before.covered - after.covered, after.covered - before.covered)
    gone = (before.covered - after.covered) | (before.off - after.off)
    _rostered_off(ask, person, gone, after.off - before.off)


def _holidays(ask: Write, person: int, gone: frozenset[int], new: frozenset[int]) -> None:
    company = ask.company
    for row in list(company.where("time-offs/holidays", "personId", person)):
        if ordinal(row["startDate"]) in gone:
            company.remove("time-offs/holidays", row["id"])
    group = company.tables["people"][person]["holidaysGroupId"]
    for id_ in company.tables["holiday-groups"][group]["holidayIds"] if group else ():
        row = holiday_row(person, company.tables["holiday-groups/holidays"][id_])
        if ordinal(row["startDate"]) in new:
            ask.add("time-offs/holidays", row)


def _rostered_off(ask: Write, person: int, gone: frozenset[int], new: frozenset[int]) -> None:
    table = "time-offs/rostered-off"
    for row in list(ask.company.where(table, "personId", person)):
        days = range(ordinal(row["startDate"]), ordinal(row["endDate"]) + 1)
        kept = [day for day in days if day not in gone]
        if not kept:
            ask.company.remove(table, row["id"])
        elif len(kept) < len(days):
            ask.update(table, row["id"], {"startDate": iso(kept[0]), "endDate": iso(kept[-1])})
    start: int | None = None
    for day in sorted(new):
        start = day if start is None else start
        # A row for each run of days off.
        if day + 1 not in new:
            row = {"personId": person, "startDate": iso(start), "endDate": iso(day)}
            ask.add(table, {**row, "note": None, "minutesPerDay": None})
            start = None
