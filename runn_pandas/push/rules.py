"""Which requests write a row: the rules of each kind of record, as values from values."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from runn_pandas.catalog import Operation
from runn_pandas.catalog.writes import Writable
from runn_pandas.frame.encode import refusal, trimmed
from runn_pandas.push.batching import fill
from runn_pandas.push.model import NEW, Request

Row = dict[str, Any]
Bad = list[tuple[str, str]]  # column, reason
# What a new row has because Runn sets it, also where the frame has it from another row.
SET_BY_RUNN = frozenset(
    {"id", "createdAt", "updatedAt", "createdBy", "createdByEmail", "sentAt", "expiresAt"}
)


def create_requests(
    writable: Writable, cells: Row, extras: list[Request]
) -> tuple[list[Request], Bad]:
    """Give the requests that make a new record, or what is missing or wrong."""
    operation = writable.create
    if operation is None:
        return [], [("id", f"is new, and the API makes no {writable.name!r}")]
    bad: Bad = [*_backwards(cells, ["endDate"])]
    body = create_body(writable, cells, bad)
    path = fill(operation.path, writable, cells)
    for place, column in writable.places.items():
        if "{" + place + "}" in path:
            bad.append((column, "is required for a new row: it is part of the address"))
    again = writable.kind in ("actuals", "leave")
    requests = [Request("create", operation.method, path, body, again=again)]
    rest = {
        name: cells[name]
        for name in writable.update_fields
        if name not in writable.create_fields and cells.get(name) not in (None, "", [], False)
    }
    if rest and writable.update is not None:
        sent = {name: trimmed(v, writable.update_fields[name]) for name, v in rest.items()}
        for name, value in sent.items():
            reason = refusal(value, writable.update_fields[name])
            if reason:
                bad.append((name, reason))
        path = fill(writable.update.path, writable, cells, NEW)
        requests.append(Request("update", "PATCH", path, sent))
    return [*requests, *extras], bad


def _backwards(cells: Row, changed: list[str]) -> Bad:
    first, last = cells.get("startDate"), cells.get("endDate")
    if first is None or last is None or first <= last:
        return []
    name = "endDate" if "endDate" in changed else "startDate"
    if name not in changed:
        return []
    return [(name, f"ends before it begins ({first} to {last})")]


def create_body(writable: Writable, cells: Row, bad: Bad) -> Row | None:
    """Give the body of a new record; what is missing or wrong is added to ``bad``."""
    operation = writable.create
    if operation is None or operation.body is None:
        return None
    body: Row = {}
    for name, field in writable.create_fields.items():
        value = cells.get(name)
        if value is None and field.required:
            value = field.default
        if value is None:
            # Among alternatives, what one of them requires is checked with them.
            if field.required and field.nullable:
                body[name] = None
            elif field.required and field.type == "array" and writable.name == "rate-cards":
                body[name] = []
            elif field.required:
                bad.append((name, "is required for a new row"))
            continue
        reason = refusal(value, field)
        if reason and field.kind == "nested" and isinstance(value, list) and not value:
            reason = None
        if reason:
            bad.append((name, reason))
        body[name] = trimmed(value, field)
    bad += _alternatives(writable, operation, body)
    return body


def _alternatives(writable: Writable, operation: Operation, body: Row) -> Bad:
    """Check that exactly one of the ways to say something is used."""
    ways = operation.body.alternatives if operation.body else ()
    if not ways:
        return []
    if any(set(one) < set(other) for one in ways for other in ways):
        return _nested_ways(ways, body)
    full = [way for way in ways if all(name in body for name in way)]
    names = " or ".join(" and ".join(way) for way in ways)
    if not full:
        missing = [name for name in ways[0] if name not in body]
        return [(missing[0], f"is required for a new row ({names})")]
    begun = [way for way in ways if any(name in body for name in way)]
    if len(begun) > 1 and writable.name in ("budget-roles", "invitations"):
        return [(begun[1][0], f"is given beside {begun[0][0]}, and Runn takes {names}, not both")]
    return []


def _nested_ways(ways: tuple[tuple[str, ...], ...], body: Row) -> Bad:
    """The lock of a timesheet: locked needs a day, unlocked has none."""
    longest = max(ways, key=len)
    if body.get("status") == "UNLOCKED":
        body.pop("lockedUntil", None)
        return []
    return [(name, "is required to lock") for name in longest if body.get(name) is None]


def update_requests(
    writable: Writable, old: Row, new: Row, changed: list[str], extras: list[Request]
) -> tuple[list[Request], Bad]:
    """Give the requests that change a record.

    Parameters
    ----------
    writable
        What the record is.
    old, new
        The account's row, and the same with the frame's cells.
    changed
        The fields that differ and belong to the record's own body.
    extras
        The requests of its other columns, which come last.
    """
    if not changed:
        return list(extras), []
    bad: Bad = [*_backwards(new, changed)]
    if writable.kind == "actuals":
        return [*_overwrite(writable, old, new, changed, bad), *extras], bad
    if writable.kind in ("assignments", "leave"):
        return [*_replace(writable, old, new, changed, bad), *extras], bad
    operation = writable.update
    if operation is None:
        raise AssertionError(f"{writable.name} has no update")
    body: Row = {}
    for name, field in writable.update_fields.items():
        if name in changed or (field.required and old.get(name) is not None):
            value = trimmed(new.get(name), field)
            reason = refusal(value, field)
            if reason:
                bad.append((name, reason))
            body[name] = value
    if operation.body is not None and operation.body.alternatives:
        if writable.name == "projects/{projectId}/timesheet-lock":
            lock = {"status": new.get("status"), "lockedUntil": new.get("lockedUntil")}
            bad += _nested_ways(operation.body.alternatives, lock)
            if lock["status"] == "UNLOCKED" and "lockedUntil" in changed and new.get("lockedUntil"):
                bad.append(("lockedUntil", "is set, but the status is UNLOCKED"))
            body = {name: value for name, value in lock.items() if value is not None}
        else:
            bad += _alternatives(writable, operation, body)
    path = fill(operation.path, writable, old)
    return [Request("update", operation.method, path, body), *extras], bad


def _overwrite(
    writable: Writable, old: Row, new: Row, changed: list[str], bad: Bad
) -> list[Request]:
    """The whole record again: what is left out would be cleared."""
    merged = {**old, **new}
    for name in changed:
        # A text that is unset is sent as "": left out, it might stay.
        if merged.get(name) is None and writable.create_fields[name].kind == "text":
            merged[name] = ""
    body = create_body(writable, merged, bad) or {}
    for name in ("phaseId", "workstreamId"):
        if name in changed and new.get(name) is None:
            body[name] = None
    operation = writable.create
    if operation is None:
        raise AssertionError(f"{writable.name} has no create")
    return [Request("update", operation.method, operation.path, body)]


def _replace(writable: Writable, old: Row, new: Row, changed: list[str], bad: Bad) -> list[Request]:
    """A new record and the old one deleted, in the order that loses nothing."""
    if old.get("isActive") is False or old.get("isTemplate") is True:
        bad.append(
            (
                changed[0],
                "is of an inactive or template assignment, and a changed one would be"
                " made anew as an active one",
            )
        )
    merged = {name: value for name, value in {**old, **new}.items() if value not in (None, "")}
    if merged.get("isNonWorkingDay") is False and "isNonWorkingDay" not in changed:
        merged.pop("isNonWorkingDay")
    body = create_body(writable, merged, bad)
    operation = writable.create
    if operation is None:
        raise AssertionError(f"{writable.name} has no create")
    path = fill(operation.path, writable, merged)
    again = writable.kind == "leave"
    make = Request("create", operation.method, path, body, again=again)
    drop = delete_requests(writable, old, force=None)
    if writable.kind == "leave" and covers(old, merged, changed):
        return [make]  # Runn merges the old one into it
    if writable.kind == "leave" and meets(old, merged):
        # The new one would be merged with the old one, so the old one goes first.
        return [*drop, Request("create", operation.method, path, body, again=True, mend=True)]
    return [make, *drop]


def covers(old: Row, new: Row, changed: list[str]) -> bool:
    """Tell whether a leave is only made longer, so that it swallows the old one."""
    return set(changed) <= {"startDate", "endDate"} and bool(
        new["startDate"] <= old["startDate"] and old["endDate"] <= new["endDate"]
    )


def meets(old: Row, new: Row) -> bool:
    """Tell whether two leaves of a person overlap or touch."""
    return bool(
        old.get("personId") == new.get("personId")
        and old["startDate"] <= day_after(new["endDate"])
        and new["startDate"] <= day_after(old["endDate"])
    )


def day_after(day: str) -> str:
    """Give the day after one; the last day there is has none."""
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except OverflowError:
        return day


def delete_requests(writable: Writable, old: Row, *, force: bool | None) -> list[Request]:
    """Give the request that deletes a record."""
    operation = writable.delete
    if operation is None:
        raise AssertionError(f"{writable.name} has no delete")
    path = fill(operation.path, writable, old)
    asks = any(p.name == "force" for p in operation.parameters)
    query = {"force": bool(force)} if asks else None
    return [Request("delete", "DELETE", path, query=query)]


def unset_value(name: str, writable: Writable) -> tuple[Any, str]:
    """Give what unsets a field, or why nothing does."""
    field = writable.update_fields.get(name)
    if field is None:
        return None, ""  # read-only: said elsewhere
    if field.nullable:
        return None, ""
    if field.type == "array" and not field.min_items:
        return [], ""
    plain = field.kind == "text" and not field.enum and not field.min_length and not field.format
    if plain and not field.required:
        return "", ""
    if (
        writable.kind in ("actuals", "assignments", "leave")
        and not field.required
        and (field.kind == "text")
    ):
        return None, ""
    return None, "cannot be unset in Runn; give it a value, or na='omit' to leave it"
