"""Pieces of rows in the API's shapes, used where the company is made and where it is served."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from runn_pandas.demo.database import Company, Row

# What a day is worth in hours where a rate is a day's.
HOURS_PER_DAY = 8


def amount(value: float) -> float:
    """Return a sum of money as JSON writes it: to the cent, and whole without a point."""
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def rounded(value: Decimal) -> int:
    """Return a number as a whole one, half a unit going up."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def named(row: Row) -> Row:
    """Return the id and the name of a row, as other rows carry them."""
    return {"id": row["id"], "name": row["name"]}


def references(*pairs: tuple[str, str]) -> list[Row]:
    """Return external ids as records carry them."""
    return [{"referenceName": name, "externalId": external} for name, external in pairs]


def role_on_card(role: Row, hourly: float) -> Row:
    """Return what a rate card says about a role."""
    daily = amount(hourly * HOURS_PER_DAY)
    return {"role": named(role), "rateHourly": amount(hourly), "rateDaily": daily}


def rates_of_card(company: Company, card: Row, daily: bool) -> dict[int, float]:
    """Return the rates that a project takes over from its rate card, by role."""
    if card["isBlendedRateCard"]:
        rate = amount(card["blendedRate"] * (HOURS_PER_DAY if daily else 1))
        by_role = dict.fromkeys(company.tables["roles"], rate)
    else:
        name = "rateDaily" if daily else "rateHourly"
        by_role = {rate["role"]["id"]: rate[name] for rate in card["rates"]}
    roles = [role["id"] for role in company.rows("roles") if not role["isArchived"]]
    return {role: by_role[role] for role in roles if role in by_role}


def field_id_name(kind: str) -> str:
    """Return the name under which a custom field's value carries the field's id."""
    return f"custom{kind.capitalize()}Id"


def grouped_fields(values: list[Row]) -> Row:
    """Return custom fields as single records and projects have them; an unset text is absent."""
    groups: Row = {"select": [], "text": [], "checkbox": [], "date": []}
    for value in values:
        kind = value["type"]
        if kind == "text" and value["value"] is None:
            continue
        one: Row = {"id": value[field_id_name(kind)], "name": value["name"]}
        groups[kind].append(one | {"values" if kind == "select" else "value": value["value"]})
    return groups


def event_id(number: int) -> str:
    """Return the id of an event of the activity log, by its number."""
    return f"{number * 7919 + 100_003:x}-{number:04d}"


def person_in_event(company: Company, row: Row) -> Row:
    """Return a person as the activity log shows them."""
    fields = {name: row[name] for name in ("id", "firstName", "lastName", "email")}
    return fields | {"isPlaceholder": row["id"] in company.tables["placeholders"]}


def role_in_event(row: Row) -> Row:
    """Return a role as the activity log shows it."""
    return named(row) | {"active": not row["isArchived"]}


def whole_person(company: Company, row: Row) -> Row:
    """Return a person with what the rows of the list lack: notes, skills and custom fields."""
    id_ = row["id"]
    fields = company.get("people/custom-fields", id_)
    return {
        **row,
        "notes": [
            # The contract lets the list say that nobody wrote a note, but not the person.
            {"id": note["id"], "note": note["note"], "createdBy": note["createdBy"] or ""}
            for note in company.where("people/notes", "personId", id_)
        ],
        "skills": [
            {"id": skill["skillId"], "level": skill["level"]}
            for skill in company.where("people/skills", "personId", id_)
        ],
        "customFields": grouped_fields(fields["customFields"] if fields else []),
    }


def workstream_of_projects(company: Company, id_: int) -> Row:
    """Return a workstream as projects have it."""
    stream = company.tables["workstreams"][id_]
    links = company.where("project-workstreams", "workstreamId", id_)
    row: Row = {name: stream[name] for name in ("id", "name", "archived")}
    return row | {"projectIds": [link["projectId"] for link in links]}


def current_contracts(company: Company, contracts: Iterable[Row]) -> list[Row]:
    """Return the contracts that hold today."""
    today = company.today.isoformat()
    return [c for c in contracts if c["startDate"] <= today <= (c["endDate"] or today)]
