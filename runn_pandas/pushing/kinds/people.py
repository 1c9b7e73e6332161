"""People, their contracts and skills, and rows that stand within other rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar

from runn_pandas.pushing.kinds.base import (
    NO_END,
    AccountRows,
    Back,
    Done,
    Kind,
    Looked,
    first_of,
    people_of,
    with_beside,
)
from runn_pandas.pushing.model import Operation, Row, grouped

CONTRACT = (
    "roleId",
    "startDate",
    "endDate",
    "employmentType",
    "costPerHour",
    "minutesPerDay",
    "rosteredDays",
    "jobTitle",
)


class People(Kind):
    """A person: created with a first contract, deleted with everything that belongs to them."""

    advice: ClassVar[Mapping[str, str]] = {"id": ". A placeholder is pushed as 'placeholders'"}

    def look_around(
        self, rows: AccountRows, operations: list[Operation], baseline: Mapping[Any, Row]
    ) -> Looked:
        """Note what is deleted with people, and keep their contracts for an undo."""
        gone = [one for one in operations if one.action == "delete" and one.requests]
        if not gone:
            return Looked(operations)
        contracts = grouped(
            (row.get("personId"), row)
            for row in rows.of_people("contracts", {one.id for one in gone})
        )
        note = (
            f"People deleted: {len(gone)}. Runn deletes their contracts, leave, skills, custom"
            " fields and notes with them, and refuses people who have assignments or actuals."
        )
        found = [
            with_beside(one, contracts.get(one.id, ())) if one in gone else one
            for one in operations
        ]
        return Looked(found, notes=[note])

    def back_deleted(self, done: Done) -> list[Back]:
        operation = done.operation
        last = max(operation.beside, key=lambda row: str(row.get("startDate")), default=None)
        if last is None:
            return [Back(operation, {}, reason="the role of the person is not known")]
        first = {name: last.get(name) for name in CONTRACT}
        note = (
            "The person is created again with a new id and the last contract. Leave, skills,"
            " custom fields, notes and managers do not come back."
        )
        return [Back(operation, self.kept({**operation.old, **first}), note=note)]


class Contracts(Kind):
    """A contract: a new one ends the one before it."""

    def turn(self, operation: Operation) -> str:
        return str(operation.new.get("startDate", "")) if operation.action == "create" else ""

    def look_around(
        self, rows: AccountRows, operations: list[Operation], baseline: Mapping[Any, Row]
    ) -> Looked:
        """Note which contracts end for new ones."""
        made = [one for one in operations if one.action == "create" and one.requests]
        if not made:
            return Looked(operations)
        gone = {one.id for one in operations if one.action == "delete"}
        held = grouped(
            (row.get("personId"), row)
            for row in rows.of_people("contracts", people_of(made))
            if row["id"] not in gone
        )
        found, notes = [], []
        for one in operations:
            ended = _ended_by(one, held) if one in made else []
            found.append(with_beside(one, ended) if ended else one)
            notes += [
                f"Row {one.label!r}: Runn ends contract {row['id']} on"
                f" {_day_before(one.new['startDate'])}."
                for row in ended
            ]
        return Looked(found, notes=first_of(notes, "contracts that end"))

    def back_created(self, done: Done) -> list[Back]:
        """Return the deletion, and the old end of the contract that ended for it."""
        ends = [
            Back(done.operation, {"id": row["id"], "endDate": row.get("endDate")})
            for row in done.operation.beside
        ]
        return [*super().back_created(done), *ends]


def _ended_by(operation: Operation, held: Mapping[Any, list[Row]]) -> list[Row]:
    """Return the contract that is in force when a new one starts."""
    first = operation.new.get("startDate")
    mine = held.get(operation.new.get("personId"), [])
    return [
        row
        for row in mine
        if first and str(row.get("startDate") or NO_END) < first <= (row.get("endDate") or NO_END)
    ][:1]


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


class Skills(Kind):
    """Links between people (or placeholders) and skills."""

    def read(self, rows: AccountRows, cells: Iterable[Row]) -> list[Row] | None:
        own = self.writable.key[0]
        if own == "personId":
            return None
        found = rows.all("people/skills", includePlaceholders=True)
        return [{own: row["personId"], **row} for row in found]

    def create(self, cells: Row, extras: Sequence[Any] = ()) -> tuple[list[Any], Any]:
        requests, bad = super().create(cells, extras)
        # A link is known by its key, so no second one can be made.
        return [replace(one, creates=False) for one in requests], bad

    def bulk_item(self, operation: Operation) -> Any:
        sent = operation.requests[0].body
        person = operation.wanted[self.writable.key[0]]
        return {"personId": person, **{n: v for n, v in sent.items() if n != "skillId"}}


class Views(Kind):
    """Links between users and views, which are listed user by user."""

    def read(self, rows: AccountRows, cells: Iterable[Row]) -> list[Row] | None:
        ids = sorted({row["userId"] for row in cells if row.get("userId")})
        return rows.all("users/{userId}/views", userId=ids) if ids else []


class Options(Kind):
    """The options of select fields, which the list of fields holds."""

    def read(self, rows: AccountRows, cells: Iterable[Row]) -> list[Row] | None:
        return [
            {"selectFieldId": field["id"], **option}
            for field in rows.all("custom-fields/select")
            for option in field.get("options") or ()
        ]
