"""People and users: what ends or goes with them, and what is listed by person or user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar

from runn_pandas.catalog import load
from runn_pandas.frame.words import counted
from runn_pandas.push.kinds.base import NO_END, Kind, Looked, Rows, Work, overlap, people_of, some
from runn_pandas.push.model import Change, Key, Row, RowPlan, grouped

FEW = 5  # deleted people of whom it is said one by one what goes with them
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
WITH_MANY = (
    "With the {people} people go their assignments, actuals, contracts ({contracts}), leave,"
    " skills, custom fields and notes; none of that comes back. delete_force=True is needed for"
    " those who have assignments or actuals."
)


class People(Kind):
    """A person: made with a first contract, deleted with all that is theirs."""

    unique = ("email",)
    advice: ClassVar[Mapping[str, str]] = {"id": "; a placeholder is pushed as 'placeholders'"}

    def look_around(
        self, rows: Rows, row_plans: list[RowPlan], begun: Sequence[RowPlan], labels: Sequence[Any]
    ) -> Looked:
        gone = [d for d in row_plans if d.action == "delete" and d.requests]
        if not gone:
            return Looked(row_plans)
        contracts: dict[Any, tuple[Row, ...]] = {d.id: () for d in gone}
        for row in rows.of_people("contracts", contracts.keys()):
            contracts[row["personId"]] += (row,)
        looked = Looked([replace(d, beside=contracts.get(d.id, ())) for d in row_plans])
        if len(gone) > FEW:
            total = sum(map(len, contracts.values()))
            looked.notes = [WITH_MANY.format(people=len(gone), contracts=total)]
        else:
            looked.notes = [
                _goes_with(rows, d, labels[d.position], len(contracts[d.id])) for d in gone
            ]
        return looked

    def undo_delete(self, work: Work, row_plan: RowPlan) -> None:
        last = max(row_plan.beside, key=lambda row: str(row.get("startDate")), default=None)
        if last is None:
            work.cannot(row_plan, "which role the person had is not known")
            return
        first = {name: last.get(name) for name in CONTRACT}
        work.rows[row_plan.position] = self.kept({**(row_plan.old or {}), **first})
        count = len(row_plan.beside) - 1
        earlier = f" ({count} earlier do not come back)" if count > 0 else ""
        work.notes.append(
            f"Row {work.labels[row_plan.position]!r}: the person is made anew, under a new id"
            f" and with the last contract only{earlier}. Assignments, actuals, leave, skills,"
            " custom fields, notes and managers do not come back."
        )


def _goes_with(rows: Rows, row_plan: RowPlan, label: Any, contracts: int) -> str:
    """Say what is deleted with a person."""
    told, needs_force = [], False
    for resource in ("assignments", "actuals"):
        found, more = rows.some(resource, personId=row_plan.id)
        count = counted(len(found), resource.removesuffix("s"))
        told.append(f"more than {len(found)} {resource}" if more else count)
        needs_force = needs_force or bool(found)
    force = " It needs delete_force=True." if needs_force else ""
    return (
        f"Row {label!r}: with person {row_plan.id} go {', '.join(told)} and"
        f" {counted(contracts, 'contract')}, and leave, skills, custom fields and notes; none of"
        f" that comes back.{force}"
    )


class Contracts(Kind):
    """A contract: a new one ends the one before it."""

    def begins(self, row_plan: RowPlan) -> str:
        # An earlier one that comes later would overlap with it.
        return str(row_plan.new.get("startDate", "")) if row_plan.action == "create" else ""

    def look_around(
        self, rows: Rows, row_plans: list[RowPlan], begun: Sequence[RowPlan], labels: Sequence[Any]
    ) -> Looked:
        there = rows.of_people("contracts", people_of(d for d in row_plans if d.requests))
        deleted = (d for d in row_plans if d.requests and d.action == "delete")
        gone = grouped((_person(d.old or {}), d) for d in deleted)
        held = grouped((_person(row), row) for row in there)
        meant = [self._beside(d, gone, held) for d in row_plans]
        return Looked(meant, notes=some(_all_ended(meant, labels), "contracts that end"))

    def _beside(
        self, row_plan: RowPlan, gone: Mapping[Key, list[RowPlan]], there: Mapping[Key, list[Row]]
    ) -> RowPlan:
        """Add what must be deleted before a contract, and which one ends for it."""
        if not row_plan.requests or row_plan.action == "delete":
            return row_plan
        new, own = row_plan.wanted, _person(row_plan.wanted)
        going = {d.id: d for d in gone.get(own, ())}
        needs = tuple(d.position for d in going.values() if _meet(new, d))
        mine = there.get(own, ()) if row_plan.action == "create" else ()
        ends = [row for row in mine if row["id"] not in going and _held(row, row_plan.new)][:1]
        return replace(row_plan, needs=needs, beside=tuple(ends))

    def undo(self, work: Work) -> None:
        super().undo(work)
        self._give_ends_back(work)

    def _give_ends_back(self, work: Work) -> None:
        """Give the contracts that ended for new ones their ends back, each once."""
        made = [d for d, _ in work.done if d.action == "create" and d.position in work.deletes]
        made.sort(key=lambda d: str(d.new.get("startDate")))
        ended: dict[Any, tuple[Row, str]] = {}
        for row_plan in made:
            for row in row_plan.beside:
                ended.setdefault(row["id"], (row, row_plan.new["startDate"]))
            later = [d.new["startDate"] for d in made if _held(row_plan.new, d.new)]
            if later:
                _expect_end(work, row_plan.position, day_before(min(later)))
        for row, first in ended.values():
            back = {"id": row["id"], "endDate": row.get("endDate")}
            position = work.more(f"contract {row['id']}", back)
            work.expected[position] = [Change("endDate", row.get("endDate"), day_before(first))]


def _all_ended(row_plans: Sequence[RowPlan], labels: Sequence[Any]) -> list[str]:
    """Say which contracts end for new ones."""
    made = grouped((_person(d.new), d) for d in row_plans if d.action == "create")
    return [line for mine in made.values() for d in mine for line in _ended(d, mine, labels)]


def _person(row: Mapping[str, Any]) -> Key:
    return (row.get("personId"),)


def _expect_end(work: Work, position: int, day: str) -> None:
    """Note that a new contract was ended by a later one."""
    expected = [one for one in work.expected.get(position, []) if one.field != "endDate"]
    work.expected[position] = [*expected, Change("endDate", None, day)]


def _ended(row_plan: RowPlan, made: Sequence[RowPlan], labels: Sequence[Any]) -> list[str]:
    """Say which contract ends for a new one: the account's, or that of an earlier new row."""
    told = [f"id {row['id']} ({_until(row)})" for row in row_plan.beside]
    before = [d for d in made if _held(d.new, row_plan.new)]
    if before:  # the last of them has ended the account's by then
        last = max(before, key=lambda d: str(d.new["startDate"]))
        told = [f"of row {labels[last.position]!r} ({_until(last.new)})"]
    day = day_before(row_plan.new["startDate"]) if told else ""
    label = labels[row_plan.position]
    return [f"Row {label!r}: Runn ends the contract {one} on {day}." for one in told]


def _meet(one: Row, gone: RowPlan) -> bool:
    """Whether a contract and a deleted one of the same person hold on a day."""
    other = gone.old or {}
    same = one.get("personId") == other.get("personId") and other.get("startDate")
    return bool(same) and overlap(one, other)


def _held(row: Mapping[str, Any], new: Row) -> bool:
    """Whether a contract holds on the day when another one begins."""
    first = new.get("startDate")
    return bool(
        first
        and row.get("personId") == new.get("personId")
        and (row.get("startDate") or NO_END) < first <= (row.get("endDate") or NO_END)
    )


def _until(row: Mapping[str, Any]) -> str:
    return f"until {row['endDate']}" if row.get("endDate") else "without an end"


def day_before(day: str) -> str:
    """Return the day before one."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


class Skills(Kind):
    """The skills of people or placeholders: those of one skill can be made together."""

    def read(self, rows: Rows, cells: Iterable[Row]) -> list[Row] | None:
        own = self.writable.key[0]
        if own == "personId":
            return None
        found = rows.all(load().resources["people/skills"], includePlaceholders=True)
        return [{own: row["personId"], **row} for row in found]

    def bulk_item(self, row_plan: RowPlan) -> Any:
        sent = row_plan.requests[0].body
        person = row_plan.key[0] if row_plan.key else row_plan.new["personId"]
        return {"personId": person, **{n: v for n, v in sent.items() if n != "skillId"}}


class Views(Kind):
    """The views of users, which are listed user by user."""

    def read(self, rows: Rows, cells: Iterable[Row]) -> list[Row] | None:
        ids = sorted({row["userId"] for row in cells if row.get("userId")})
        return rows.all(load().resources["users/{userId}/views"], userId=ids) if ids else []
