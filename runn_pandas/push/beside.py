"""What a push does besides its own rows: leave merged, contracts ended, what goes with people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from runn_pandas.catalog import load
from runn_pandas.catalog.writes import writables
from runn_pandas.push import leaves
from runn_pandas.push.account_rows import AccountRows, encoded_row
from runn_pandas.push.leaves import SHOWN, Looked
from runn_pandas.push.model import RowPlan
from runn_pandas.reader.pages import chains

Row = dict[str, Any]
FEW = 5  # people who are asked about one by one
OPEN = "9999-12-31"


def look_around(
    rows: AccountRows,
    resource: str,
    row_plans: Sequence[RowPlan],
    held: Sequence[RowPlan],
    labels: Sequence[Any],
) -> Looked:
    """Give row_plans with what each changes besides, what must go first, and what to say of it.

    Parameters
    ----------
    rows
        The account, which is read only where a row of this kind changes more than itself.
    resource, row_plans, labels
        What is pushed.
    held
        What an unfinished push of the same began.
    """
    if not any(d.requests for d in row_plans):
        return Looked(list(row_plans))
    if resource == "time-offs/leave":
        people = people_of([*row_plans, *held])
        return leaves.look(row_plans, held, of_people(rows, resource, people), labels)
    if resource == "contracts":
        people = people_of([d for d in row_plans if d.requests])
        return contracts(row_plans, of_people(rows, resource, people), labels)
    if resource == "assignments":
        changed = [d for d in row_plans if d.requests and d.action == "update"]
        off = of_people(rows, "time-offs/leave", people_of(changed)) if changed else []
        return Looked(list(row_plans), notes=cut_out(changed, off, labels))
    if resource == "people":
        return _people(rows, row_plans, labels)
    return Looked(list(row_plans))


def people_of(row_plans: Sequence[RowPlan]) -> set[Any]:
    """The people whom rows are of, or come to be of."""
    found = {(d.old or {}).get("personId") for d in row_plans if d.requests}
    found |= {d.new.get("personId") for d in row_plans}
    return found - {None}


def of_people(rows: AccountRows, resource: str, people: Collection[Any]) -> list[Row]:
    """The account's rows of some people: one by one for a few, else from the whole list."""
    found: list[Row] = []
    wanted = sorted(people)
    source = load().resources[resource]
    if not wanted:
        return []
    if len(wanted) > FEW:
        found = [row for row in rows.all(source) if row.get("personId") in people]
    elif resource == "contracts":
        own = load().resources["people/{personId}/contracts"]
        found = rows.all(own, personId=wanted)
    else:
        for person in wanted:
            found += rows.all(source, personId=person)
    unique = {row["id"]: encoded_row(row, writables()[resource]) for row in found}
    return list(unique.values())


# -- contracts


def contracts(
    row_plans: Sequence[RowPlan], account: Sequence[Row], labels: Sequence[Any]
) -> Looked:
    """Find the contract that a new one ends, and the deletions that a longer one waits for."""
    looked = Looked([])
    gone = [d for d in row_plans if d.action == "delete" and d.requests]
    going = {d.id for d in gone}
    leaving, there, made = _by_person(account, gone, row_plans)
    for row_plan in row_plans:
        if not row_plan.requests or row_plan.action == "delete":
            looked.row_plans.append(row_plan)
            continue
        new = row_plan.wanted
        person = new.get("personId")
        needs = [d.position for d in leaving.get(person, ()) if _meet(new, d.old or {})]
        beside: list[Row] = []
        ended: list[str] = []
        if row_plan.action == "create":
            ends = [r for r in there.get(person, ()) if r["id"] not in going and _held(r, new)]
            beside = ends[:1]
            ended = [f"id {row['id']} ({_until(row)})" for row in beside]
            before = [one for one in made.get(person, ()) if _held(one[1], new)]
            if before:  # the last of them has ended the account's by then
                position, row = max(before, key=lambda one: str(one[1]["startDate"]))
                ended = [f"of row {labels[position]!r} ({_until(row)})"]
        looked.notes += [
            f"Row {labels[row_plan.position]!r}: Runn ends the contract {one} on"
            f" {day_before(new['startDate'])}."
            for one in ended
        ]
        looked.row_plans.append(replace(row_plan, needs=tuple(needs), beside=tuple(beside)))
    looked.notes = _some(looked.notes, "contracts that end")
    return looked


def _by_person(
    account: Sequence[Row], gone: Sequence[RowPlan], row_plans: Sequence[RowPlan]
) -> tuple[dict[Any, list[RowPlan]], dict[Any, list[Row]], dict[Any, list[tuple[int, Row]]]]:
    """Give by person the contracts that are deleted, those of the account, and the new ones."""
    leaving: dict[Any, list[RowPlan]] = {}
    there: dict[Any, list[Row]] = {}
    made: dict[Any, list[tuple[int, Row]]] = {}
    for row_plan in gone:
        leaving.setdefault((row_plan.old or {}).get("personId"), []).append(row_plan)
    for row in account:
        there.setdefault(row.get("personId"), []).append(row)
    for row_plan in row_plans:
        if row_plan.action == "create" and row_plan.requests:
            person = row_plan.new.get("personId")
            made.setdefault(person, []).append((row_plan.position, row_plan.new))
    return leaving, there, made


def _meet(one: Row, other: Row) -> bool:
    if one.get("personId") != other.get("personId") or not other.get("startDate"):
        return False
    first = one.get("startDate") or ""
    return bool(
        first <= (other.get("endDate") or OPEN)
        and other["startDate"] <= (one.get("endDate") or OPEN)
    )


def _held(row: Row, new: Row) -> bool:
    """Whether a contract holds on the day when another one begins."""
    first = new.get("startDate")
    return bool(
        first
        and row.get("personId") == new.get("personId")
        and (row.get("startDate") or OPEN) < first <= (row.get("endDate") or OPEN)
    )


def _until(row: Row) -> str:
    return f"until {row['endDate']}" if row.get("endDate") else "without an end"


def day_before(day: str) -> str:
    """Give the day before one."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


# -- assignments


def cut_out(changed: Sequence[RowPlan], off: Sequence[Row], labels: Sequence[Any]) -> list[str]:
    """Say which changed assignments come back in parts: without the person's whole days off."""
    said = []
    for row_plan in changed:
        new = row_plan.wanted
        days = [
            f"{row['startDate']} to {row['endDate']}"
            for row in off
            if row["personId"] == new["personId"]
            and row.get("minutesPerDay") is None
            and row["startDate"] <= new["endDate"]
            and new["startDate"] <= row["endDate"]
        ]
        if days:
            said.append(
                f"Row {labels[row_plan.position]!r} (id {row_plan.id}): a changed assignment is"
                f" made anew, and Runn cuts the person's leave out of it ({', '.join(days[:3])})."
            )
    return _some(said, "assignments that leave is cut out of")


# -- people


def _people(rows: AccountRows, row_plans: Sequence[RowPlan], labels: Sequence[Any]) -> Looked:
    gone = [d for d in row_plans if d.action == "delete" and d.requests]
    if not gone:
        return Looked(list(row_plans))
    ids = {d.id for d in gone}
    held = of_people(rows, "contracts", ids)
    by_person = {own: [row for row in held if row["personId"] == own] for own in ids}
    made = [
        replace(d, beside=tuple(by_person[d.id])) if d.action == "delete" and d.requests else d
        for d in row_plans
    ]
    if len(gone) > FEW:
        total = sum(len(one) for one in by_person.values())
        return Looked(
            made,
            notes=[
                f"With the {len(gone)} people go their assignments, actuals, contracts ({total}),"
                " leave, skills, custom fields and notes; none of that comes back."
                " delete_force=True is needed for those who have assignments or actuals."
            ],
        )
    notes = []
    for row_plan in gone:
        counts = [_count(rows, name, row_plan.id) for name in ("assignments", "actuals")]
        told = [*counts, _plural(len(by_person[row_plan.id]), "contracts")]
        force = (
            "" if all(one.startswith("0 ") for one in counts) else " It needs delete_force=True."
        )
        notes.append(
            f"Row {labels[row_plan.position]!r}: with person {row_plan.id} go {told[0]}, {told[1]}"
            f" and {told[2]}, and leave, skills, custom fields and notes; none of that comes"
            f" back.{force}"
        )
    return Looked(made, notes=notes)


def _count(rows: AccountRows, resource: str, person: Any) -> str:
    """How many rows a person has, as far as one page tells."""
    source = load().resources[resource]
    chain = chains(source, {}, {**source.always_sent, "personId": person})[0]
    page = next(iter(rows.reader.follow(source, chain)))
    if page.cursor is not None:
        return f"more than {len(page)} {resource}"
    return _plural(len(page), resource)


def _plural(count: int, name: str) -> str:
    return f"{count} {name if count != 1 else name.removesuffix('s')}"


def _some(said: list[str], what: str) -> list[str]:
    more = len(said) - SHOWN
    return said if more <= 0 else [*said[:SHOWN], f"... and {more} more {what}."]


def last_contract(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The contract that a person would be made anew with: the latest."""
    return max(rows, key=lambda row: str(row.get("startDate")), default=None)
