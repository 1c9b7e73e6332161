"""Records with a key in place of an id, or in no list of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from runn_pandas.catalog import Operation, load
from runn_pandas.push.kinds.base import Bad, Kind, Rows
from runn_pandas.push.model import Request, Row, RowPlan


class Links(Kind):
    """A record whose key is its whole content: it is there or not."""


class Views(Links):
    """The views of users, which are listed user by user."""

    def read(self, rows: Rows, cells: Iterable[Row]) -> list[Row] | None:
        ids = sorted({row["userId"] for row in cells if row.get("userId")})
        return rows.all(load().resources["users/{userId}/views"], userId=ids) if ids else []


class Skills(Kind):
    """The skills of people or placeholders: those of one skill can be made together."""

    def read(self, rows: Rows, cells: Iterable[Row]) -> list[Row] | None:
        own = self.writable.key[0]
        if own == "personId":
            return None
        found = rows.all(load().resources["people/skills"], includePlaceholders=True)
        return [{own: row["personId"], **row} for row in found]

    def bulk_place(self, request: Request) -> str:
        return str(request.body.get("skillId"))

    def bulk_item(self, row_plan: RowPlan) -> Any:
        sent = row_plan.requests[0].body
        person = row_plan.key[0] if row_plan.key else row_plan.new["personId"]
        return {"personId": person, **{n: v for n, v in sent.items() if n != "skillId"}}


class Options(Kind):
    """The options of select fields, which their fields have within them."""

    def read(self, rows: Rows, cells: Iterable[Row]) -> list[Row] | None:
        return [
            {"selectFieldId": field["id"], **option}
            for field in rows.all(load().resources["custom-fields/select"])
            for option in field.get("options") or ()
        ]


class Locks(Kind):
    """The lock of a project's timesheet, which is read project by project."""

    def read(self, rows: Rows, cells: Iterable[Row]) -> list[Row] | None:
        ids = sorted({row["projectId"] for row in cells if row.get("projectId")})
        found = [(own, rows.one(f"/projects/{own}/timesheet-lock/")) for own in ids]
        return [{"projectId": own, **row} for own, row in found if row is not None]

    def change(self, old: Row, new: Row, changed: Sequence[str], bad: Bad) -> list[Request]:
        operation = self.writable.update
        if operation is None:
            raise AssertionError(f"{self.writable.name} has no update")
        lock = {"status": new.get("status"), "lockedUntil": new.get("lockedUntil")}
        bad += self.alternatives(operation, lock)
        if lock["status"] == "UNLOCKED" and "lockedUntil" in changed and new.get("lockedUntil"):
            bad.append(("lockedUntil", "is set, but the status is UNLOCKED"))
        body = {name: value for name, value in lock.items() if value is not None}
        return [Request("update", operation.method, self.path(operation, old), body)]

    def alternatives(self, operation: Operation, body: Row) -> Bad:
        """Return what is wrong: locked needs a day, unlocked has none."""
        if body.get("status") == "UNLOCKED":
            body.pop("lockedUntil", None)
            return []
        names = ("status", "lockedUntil")
        return [(name, "is required to lock") for name in names if body.get(name) is None]
