"""The people of the demo company, their contracts and what is known about them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from runn_pandas.demo.company import invented_names as names
from runn_pandas.demo.company.account_setup import custom_field_values
from runn_pandas.demo.company.factory import Factory
from runn_pandas.demo.database import Company, Row
from runn_pandas.demo.dates import START, TODAY, WEEKDAYS, iso, ordinal
from runn_pandas.demo.shapes import amount, current_contracts, named, references

_START, _TODAY = START.toordinal(), TODAY.toordinal()


def make_people(factory: Factory, count: int) -> None:
    """Make people with the contracts that they have had."""
    company = factory.company
    roles = [row for row in company.rows("roles") if not row["isArchived"]]
    for n in range(count):
        hired = _START - factory.random.randrange(60, 1000)
        if n >= 8 and factory.maybe(0.35):
            hired = _START + factory.random.randrange(20, 480)
        person = factory.add("people", _person(factory, n, hired))
        stay = max(hired + factory.random.randrange(280, 600), _START + 70 + n)
        left = min(stay, _TODAY - 30) if person["isArchived"] else None
        for row in _contracts(factory, n, hired, left, roles):
            contract: Row = {"id": factory.id("contracts"), **row, "personId": person["id"]}
            factory.add("contracts", contract)
    _list_people_of_roles(company)


def _list_people_of_roles(company: Company) -> None:
    contracts = current_contracts(company, company.rows("contracts"))
    current = {row["personId"]: row["roleId"] for row in contracts}
    for role in company.rows("roles"):
        role["personIds"] = [who for who, held in current.items() if held == role["id"]]


def _person(factory: Factory, n: int, hired: int) -> Row:
    company, chance = factory.company, factory.random
    teams, groups = list(company.tables["teams"]), list(company.tables["holiday-groups"])
    tags = [named(row) for row in company.rows("people-tags")]
    first, last = names.person(n)
    return {
        "id": factory.id("people"),
        "firstName": first,
        "lastName": last,
        "email": None if n % 13 == 6 else names.email(first, last, n),
        "isArchived": n % 10 == 9,
        "teamId": None if n % 9 == 8 else teams[n * 3 % len(teams)],
        "references": _person_references(n),
        "tags": chance.sample(tags, chance.choice((0, 0, 0, 1, 1, 2))),
        "holidaysGroupId": None if n % 12 == 11 else groups[n % 3],
        "managers": [],
        **factory.stamps(hired, 0.6),
    }


def _person_references(n: int) -> list[Row]:
    pairs = [("Harvest", str(2_040_000 + 7 * n))] if n % 4 else []
    if n % 3 == 1:
        pairs.append(("BambooHR", f"E{n:04d}"))
    if n == 10:
        # Nothing in Runn keeps a reference's name unique.
        pairs.append(("Harvest", "1999999"))
    return references(*pairs)


def make_placeholders(factory: Factory, count: int) -> None:
    """Make unmet demand: rows in /placeholders, and in /people when asked for."""
    company = factory.company
    roles = [row["name"] for row in company.rows("roles") if not row["isArchived"]]
    tags = [named(row) for row in company.rows("people-tags")]
    team = next(iter(company.tables["teams"]))
    for n in range(count):
        shared: Row = {
            "id": factory.id("people"),
            "firstName": roles[n * 2 % len(roles)],
            "lastName": f"Placeholder {n + 1}",
            "isArchived": n == 3,
            "references": references(("Jira", f"HIRE-{n + 1}")) if n % 2 else [],
            "tags": tags[n % 3 : n % 3 + 1] if n % 2 == 0 else [],
            **factory.stamps(_TODAY - 200 + 11 * n),
        }
        factory.add("placeholders", shared)
        person: Row = {"email": None, "teamId": team if n % 3 == 0 else None}
        factory.add("people", shared | person | {"holidaysGroupId": None, "managers": []})


# -- contracts


@dataclass(frozen=True)
class Terms:
    """What a contract says of role, money and hours."""

    role: Row
    cost: float
    minutes: int
    off: frozenset[str]


def _contracts(
    factory: Factory, n: int, hired: int, left: int | None, roles: list[Row]
) -> list[Row]:
    """Return the contracts of the `n`-th person, one after the other, without their ids."""
    terms = _first_terms(factory, n, roles)
    stop = _last_day(n, left)
    changes = [
        (day, what)
        for day, what in _changes(factory, n, terms.role, hired)
        if day == hired or (day > hired + 60 and (stop is None or day < stop - 30))
    ]
    rows: list[Row] = []
    for at, (day, what) in enumerate(changes):
        if what == "break":
            continue
        terms = _changed(terms, what, n, roles)
        until = changes[at + 1][0] - 1 if at + 1 < len(changes) else stop
        rows.append(_contract(n, terms, day, until) | factory.stamps(day - 10, 0.2))
    return rows


def _contract(n: int, terms: Terms, day: int, until: int | None) -> Row:
    contractor = _is_contractor(n)
    title = f"{terms.role['name']}, {'freelance' if contractor else 'Studio'}"
    return {
        "costPerHour": None if n % 11 == 4 else amount(terms.cost),
        "employmentType": "contractor" if contractor else "employee",
        "minutesPerDay": None if n == 7 else terms.minutes,
        "rosteredDays": {name: 0 if name in terms.off else terms.minutes for name in WEEKDAYS},
        "startDate": iso(day),
        "endDate": iso(until) if until else None,
        "roleId": terms.role["id"],
        "jobTitle": title if n % 3 == 0 else None,
    }


def _is_contractor(n: int) -> bool:
    return n % 7 == 5


def _first_terms(factory: Factory, n: int, roles: list[Row]) -> Terms:
    role = roles[(n * 7 + n // 10) % len(roles)]
    minutes = 360 if n % 8 == 6 else 450 if n % 3 == 0 else 480
    off = {2: frozenset({"wednesday"}), 10: frozenset({"thursday", "friday"})}
    factor = 0.85 + 0.35 * factory.random.random()
    cost = round(role["defaultHourCost"] * factor, 2 if n % 2 else 0)
    if _is_contractor(n):
        cost = round(cost * 1.4, 2)
    return Terms(role, cost, minutes, off.get(n % 16, frozenset()))


def _last_day(n: int, left: int | None) -> int | None:
    if n == 16:
        # Gone, but nobody has archived the person.
        return _TODAY - 45
    return _TODAY + 92 if n % 20 == 13 else left


def _changes(factory: Factory, n: int, role: Row, hired: int) -> list[tuple[int, str]]:
    """Return on which days the terms of a person change, and in what."""
    changes = [(hired, "hired")]
    for text in ("2025-07-01", "2026-01-01", "2026-04-01"):
        if factory.maybe(0.38):
            changes.append((ordinal(text), "raise"))
    if role["name"] in names.PROMOTIONS and n % 2:
        changes.append((ordinal("2025-10-01"), "promotion"))
    if n % 9 == 1:
        changes.append((ordinal("2025-09-15"), "hours"))
    if n == 21:
        changes.append((_TODAY + 63, "raise"))
    if n == 18:
        # Left, and came back.
        changes = [(hired, "hired"), (_START + 250, "break"), (_START + 340, "back")]
    return sorted(changes)


def _changed(terms: Terms, what: str, n: int, roles: list[Row]) -> Terms:
    """Return the terms after a change."""
    if what == "raise":
        return replace(terms, cost=round(terms.cost * 1.04, 2))
    if what == "promotion":
        senior = names.PROMOTIONS[str(terms.role["name"])]
        role = next(row for row in roles if row["name"] == senior)
        return replace(terms, role=role, cost=round(terms.cost * 1.15, 2))
    if what == "hours":
        return replace(terms, off=frozenset({"friday"} if n % 2 else {"monday", "tuesday"}))
    return terms


# -- what is known about people


def make_details(factory: Factory) -> None:
    """Make managers, skills, notes and custom fields of people."""
    company = factory.company
    managers = [row["id"] for row in company.rows("users") if row["personId"]][:6]
    factory.tables("people/skills", "people/notes", "people/custom-fields")
    for n, person in enumerate(company.rows("people")):
        hired = max(_START - 300, ordinal(person["createdAt"][:10]))
        is_placeholder = person["id"] in company.tables["placeholders"]
        if managers and n % 5 and not is_placeholder:
            chosen = factory.random.sample(managers, 1 + (n % 10 == 1))
            person["managers"] = [{"id": who} for who in chosen]
        _make_skills(factory, person["id"], hired)
        if is_placeholder:
            continue
        if n % 4 == 0:
            _make_note(factory, n, person["id"], hired)
        fields = custom_field_values(factory, "PERSON", n)
        row: Row = {"personId": person["id"], "customFields": fields, **factory.stamps(hired)}
        factory.add("people/custom-fields", row, person["id"])


def _make_note(factory: Factory, n: int, person: int, hired: int) -> None:
    by = (None, None) if n % 8 == 0 else ("Ada Abebe", "ada.abebe@example.com")
    text = names.PERSON_NOTES[n % len(names.PERSON_NOTES)]
    factory.note("people/notes", text, by, hired + 90, personId=person)


def _make_skills(factory: Factory, person: int, hired: int) -> None:
    chance, skills = factory.random, list(factory.company.tables["skills"])
    for skill in sorted(chance.sample(skills, chance.randrange(0, 5))):
        level = chance.choice((None, 1, 2, 3, 4))
        link: Row = {"personId": person, "level": level, "skillId": skill}
        factory.add("people/skills", {**link, **factory.stamps(hired)}, (person, skill))
