"""Leave, public holidays and rostered-off days."""

from __future__ import annotations

from runn_pandas.demo.database import Row
from runn_pandas.demo.dates import days_of
from runn_pandas.demo.routes.writing import WriteRequest, writes

__all__ = ["holiday_row"]


def _check_person(request: WriteRequest, id_: int, at: str) -> None:
    request.known("people", id_, at)
    if request.is_placeholder(id_):
        raise request.refuse(f"{at}: a placeholder has no time off")


def _leave(request: WriteRequest, body: Row, at: str) -> Row:
    """Write leave: what it touches becomes one with it, under the oldest id."""
    _check_person(request, body["personId"], f"{at}/personId")
    start, end = body["startDate"], body["endDate"]
    if end < start:
        raise request.refuse(f"{at}/endDate is before {at}/startDate")
    found = _touched_leave(request, body, at)
    for row in found:
        if row["startDate"] <= start and row["endDate"] >= end:
            return row
    note = body.get("note") or None
    if not found:
        fields = {name: body[name] for name in ("personId", "startDate", "endDate")}
        fields |= {"note": note, "minutesPerDay": body.get("minutesPerDay")}
        return request.add("time-offs/leave", fields)
    return _merge(request, found, {"startDate": start, "endDate": end, "note": note})


def _merge(request: WriteRequest, found: list[Row], new: Row) -> Row:
    kept, *merged = sorted(found, key=lambda row: int(row["id"]))
    for row in merged:
        _remove(request, "time-offs/leave", row)
    changes = {
        "startDate": min(row["startDate"] for row in (new, *found)),
        "endDate": max(row["endDate"] for row in (new, *found)),
        "note": new["note"] or kept["note"],
    }
    return request.update("time-offs/leave", kept["id"], changes)


def _touched_leave(request: WriteRequest, body: Row, at: str) -> list[Row]:
    """Return the person's leave that overlaps with a body, or as whole days lies beside it."""
    minutes = body.get("minutesPerDay")
    days = days_of(body)
    found = []
    for row in request.company.where("time-offs/leave", "personId", body["personId"]):
        other = days_of(row)
        if other.start < days.stop and days.start < other.stop:
            if row["minutesPerDay"] != minutes:
                raise request.refuse(f"{at} overlaps with time off of other minutesPerDay")
            found.append(row)
            continue
        beside = days.start == other.stop or days.stop == other.start
        if beside and minutes is None and row["minutesPerDay"] is None:
            found.append(row)
    return found


@writes("POST", "/time-offs/leave/")
def leave(request: WriteRequest) -> Row:
    return _leave(request, request.body, "body")


@writes("POST", "/time-offs/leave/bulk/")
def leaves(request: WriteRequest) -> list[Row]:
    # A later one may merge with an earlier one; a refusal takes all of them back.
    ids = [
        _leave(request, body, f"body/time_offs/{n}")["id"]
        for n, body in enumerate(request.body["time_offs"])
    ]
    table = request.company.tables["time-offs/leave"]
    return [table[id_] for id_ in dict.fromkeys(ids) if id_ in table]


def _remove(request: WriteRequest, table: str, row: Row) -> None:
    request.company.remove(table, row["id"])
    request.log_deletion(table, row)


@writes("DELETE", "/time-offs/leave/bulk/")
def delete_leaves(request: WriteRequest) -> None:
    rows = [
        request.one("time-offs/leave", id_) for id_ in dict.fromkeys(request.body["timeOffIds"])
    ]
    for row in rows:
        _remove(request, "time-offs/leave", row)


@writes(
    "DELETE",
    "/time-offs/leave/{timeOffId}/",
    "/time-offs/holidays/{timeOffId}",
    "/time-offs/rostered-off/{timeOffId}",
)
def delete_time_off(request: WriteRequest) -> None:
    table = "/".join(request.operation.path.split("/")[1:3])
    _remove(request, table, request.here(table, "timeOffId"))


@writes("POST", "/time-offs/holidays/")
def holiday(request: WriteRequest) -> Row:
    body: Row = request.body
    _check_person(request, body["personId"], "body/personId")
    found = request.known("holiday-groups/holidays", body["holidayId"], "body/holidayId")
    for row in request.company.where("time-offs/holidays", "personId", body["personId"]):
        if row["holidayId"] == found["id"]:
            raise request.refuse("body/holidayId: the person has this holiday already")
    return request.add("time-offs/holidays", holiday_row(body["personId"], found, body.get("note")))


def holiday_row(person: int, holiday: Row, note: str | None = None) -> Row:
    """Return a person's day off for a holiday, on the day when it is observed."""
    day = holiday["observed"] or holiday["date"]
    row: Row = {"personId": person, "startDate": day, "endDate": day, "note": note or None}
    return row | {"minutesPerDay": None, "holidayId": holiday["id"]}
