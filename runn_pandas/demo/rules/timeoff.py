"""Leave, public holidays and rostered-off days."""

from __future__ import annotations

from runn_pandas.demo.days import ordinal
from runn_pandas.demo.tables import Row
from runn_pandas.demo.writing import Write, writes

__all__ = ["holiday_row"]


def _person(ask: Write, id_: int, at: str) -> None:
    ask.known("people", id_, at)
    if id_ in ask.company.tables["placeholders"]:
        raise ask.refuse(f"{at}: a placeholder has no time off")


def _leave(ask: Write, body: Row, at: str) -> Row:
    """Write leave: what it touches becomes one with it, under the oldest id."""
    _person(ask, body["personId"], f"{at}/personId")
    start, end, minutes = body["startDate"], body["endDate"], body.get("minutesPerDay")
    if end < start:
        raise ask.refuse(f"{at}/endDate is before {at}/startDate")
    first, last = ordinal(start), ordinal(end)
    found = []
    for row in ask.company.where("time-offs/leave", "personId", body["personId"]):
        one, other = ordinal(row["startDate"]), ordinal(row["endDate"])
        if one <= last and other >= first:
            if row["minutesPerDay"] != minutes:
                raise ask.refuse(f"{at} overlaps with time off of other minutesPerDay")
            found.append(row)
            continue
        beside = other == first - 1 or one == last + 1
        if beside and minutes is None and row["minutesPerDay"] is None:
            found.append(row)
    for row in found:
        if row["startDate"] <= start and row["endDate"] >= end:
            return row
    note = body.get("note") or None
    if not found:
        fields = {name: body[name] for name in ("personId", "startDate", "endDate")}
        return ask.add("time-offs/leave", {**fields, "note": note, "minutesPerDay": minutes})
    kept, *merged = sorted(found, key=lambda row: int(row["id"]))
    for row in merged:
        _remove(ask, "time-offs/leave", row)
    changes = {
        "startDate": min(start, *(row["startDate"] for row in found)),
        "endDate": max(end, *(row["endDate"] for row in found)),
        "note": note or kept["note"],
    }
    return ask.update("time-offs/leave", kept["id"], changes)


@writes("POST", "/time-offs/leave/")
def leave(ask: Write) -> Row:
    return _leave(ask, ask.body, "body")


@writes("POST", "/time-offs/leave/bulk/")
def leaves(ask: Write) -> list[Row]:
    # A later one may merge with an earlier one; a refusal takes all of them back.
    ids = [
        _leave(ask, body, f"body/time_offs/{n}")["id"]
        for n, body in enumerate(ask.body["time_offs"])
    ]
    table = ask.company.tables["time-offs/leave"]
    return [table[id_] for id_ in dict.fromkeys(ids) if id_ in table]


def _remove(ask: Write, table: str, row: Row) -> None:
    ask.company.remove(table, row["id"])
    names = ("id", "personId", "startDate", "endDate", "note", "minutesPerDay")
    snapshot = {name: row[name] for name in names}
    snapshot["person"] = ask.named("people", row["personId"])
    ask.record("time_off_deleted", "timeOff", snapshot)


@writes("DELETE", "/time-offs/leave/bulk/")
def delete_leaves(ask: Write) -> None:
    rows = [ask.one("time-offs/leave", id_) for id_ in dict.fromkeys(ask.body["timeOffIds"])]
    for row in rows:
        _remove(ask, "time-offs/leave", row)


@writes("DELETE", "/time-offs/leave/{timeOffId}/")
def delete_leave(ask: Write) -> None:
    _remove(ask, "time-offs/leave", ask.here("time-offs/leave", "timeOffId"))


@writes("DELETE", "/time-offs/holidays/{timeOffId}")
def delete_holiday(ask: Write) -> None:
    _remove(ask, "time-offs/holidays", ask.here("time-offs/holidays", "timeOffId"))


@writes("DELETE", "/time-offs/rostered-off/{timeOffId}")
def delete_rostered_off(ask: Write) -> None:
    _remove(ask, "time-offs/rostered-off", ask.here("time-offs/rostered-off", "timeOffId"))


@writes("POST", "/time-offs/holidays/")
def holiday(ask: Write) -> Row:
    body: Row = ask.body
    _person(ask, body["personId"], "body/personId")
    found = ask.known("holiday-groups/holidays", body["holidayId"], "body/holidayId")
    for row in ask.company.where("time-offs/holidays", "personId", body["personId"]):
        if row["holidayId"] == found["id"]:
            raise ask.refuse("body/holidayId: the person has this holiday already")
    return ask.add("time-offs/holidays", holiday_row(body["personId"], found, body.get("note")))


def holiday_row(person: int, holiday: Row, note: str | None = None) -> Row:
    """A person's day off for a holiday, on the day when it is observed."""
    day = holiday["observed"] or holiday["date"]
    row: Row = {"personId": person, "startDate": day, "endDate": day, "note": note or None}
    return row | {"minutesPerDay": None, "holidayId": holiday["id"]}
