"""The people of the demo company, their contracts and what is known about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from runn_pandas.demo import names
from runn_pandas.demo.days import START, TODAY, WEEKDAYS, iso, ordinal
from runn_pandas.demo.pen import Pen, amount
from runn_pandas.demo.tables import Row

_START, _TODAY = START.toordinal(), TODAY.toordinal()


def build(pen: Pen, people: int) -> None:
    """Write everything about people that does not depend on projects or days off."""
    lists(pen)
    persons(pen, people)
    placeholders(pen, max(4, people // 8))
    users(pen)
    details(pen)


def lists(pen: Pen) -> None:
    """Roles, teams, skills, tags and custom fields: what people and projects point at."""
    long_ago = ordinal("2023-02-01")
    for n, (name, cost, rate) in enumerate(names.ROLES):
        pen.add(
            "roles",
            {
                "id": pen.id("roles"),
                "name": name,
                "isArchived": n >= 10,
                "defaultHourCost": amount(cost),
                "standardRate": amount(rate),
                "references": references(("Harvest", f"task-{700 + n}")) if n % 3 == 0 else [],
                "personIds": [],
                **pen.stamps(long_ago + n, 0.6),
            },
        )
    for name in names.TEAMS:
        pen.add("teams", {"id": pen.id("teams"), "name": name, **pen.stamps(long_ago)})
    for name in names.SKILLS:
        pen.add("skills", {"id": pen.id("skills"), "name": name, **pen.stamps(long_ago)})
    for table, tags in (("people-tags", names.PERSON_TAGS), ("project-tags", names.PROJECT_TAGS)):
        for n, name in enumerate(tags):
            extra: Row = {"projectIds": []} if table == "project-tags" else {}
            row = {"id": pen.id(table), "name": name, **extra, "archived": n == len(tags) - 1}
            pen.add(table, {**row, **pen.stamps(long_ago + n)})
    definitions = (
        ("text", "Cost centre", "PERSON", "Where the hours are booked"),
        ("text", "Nickname", "PERSON", None),
        ("text", "PO number", "PROJECT", "As on the purchase order"),
        ("select", "Office", "PERSON", None),
        ("select", "Languages", "PERSON", "Fluent only"),
        ("select", "Region", "PROJECT", "For the yearly report"),
        ("checkbox", "Fire warden", "PERSON", "Trained within two years"),
        ("checkbox", "NDA signed", "PROJECT", None),
        ("date", "Permit until", "PERSON", None),
        ("date", "Contract signed", "PROJECT", "Both parties"),
    )
    for n, (kind, name, model, description) in enumerate(definitions):
        row = {"id": pen.id("custom-fields"), "name": name, "description": description}
        row["model"] = model
        if kind == "select":
            row["options"] = [
                {"id": pen.id("custom-field-options"), "name": option} for option in OPTIONS[name]
            ]
            row["singleSelect"] = name != "Languages"
        row.update(required=n == 0, showInPlanner=n % 2 == 0)
        row.update(sortOrder=n, filterableInPlanner=n % 3 == 0)
        pen.add(f"custom-fields/{kind}", row)


OPTIONS = {
    "Office": ("Berlin", "Wellington", "Málaga", "Remote"),
    "Languages": ("English", "Deutsch", "Español", "te reo Māori", "العربية"),
    "Region": ("Europe", "Oceania", "Worldwide"),
}


def references(*pairs: tuple[str, str]) -> list[Row]:
    """External ids in the API's shape."""
    return [{"referenceName": name, "externalId": external} for name, external in pairs]


def persons(pen: Pen, people: int) -> None:
    """People and the contracts that they have had."""
    roles = [row for row in pen.company.rows("roles") if not row["isArchived"]]
    teams = [row["id"] for row in pen.company.rows("teams")]
    tags = [{"id": row["id"], "name": row["name"]} for row in pen.company.rows("people-tags")]
    groups = [row["id"] for row in pen.company.rows("holiday-groups")][:3]
    for n in range(people):
        first, last = names.person(n)
        hired = _START - pen.random.randrange(60, 1000)
        if n >= 8 and pen.maybe(0.35):
            hired = _START + pen.random.randrange(20, 480)
        leaver = n % 10 == 9
        refs = [("Harvest", str(2_040_000 + 7 * n))] if n % 4 else []
        if n % 3 == 1:
            refs.append(("BambooHR", f"E{n:04d}"))
        if n == 10:
            # Nothing in Runn keeps a reference's name unique.
            refs.append(("Harvest", "1999999"))
        person: Row = {
            "id": pen.id("people"),
            "firstName": first,
            "lastName": last,
            "email": None if n % 13 == 6 else names.email(first, last, n),
            "isArchived": leaver,
            "teamId": None if n % 9 == 8 else teams[n * 3 % len(teams)],
            "references": references(*refs),
            "tags": pen.random.sample(tags, pen.random.choice((0, 0, 0, 1, 1, 2))),
            "holidaysGroupId": None if n % 12 == 11 else groups[n % 3],
            "managers": [],
            **pen.stamps(hired, 0.6),
        }
        pen.add("people", person)
        stay = max(hired + pen.random.randrange(280, 600), _START + 70 + n)
        left = min(stay, _TODAY - 30) if leaver else None
        for row in contracts(pen, n, hired, left, roles):
            pen.add("contracts", {"id": pen.id("contracts"), **row, "personId": person["id"]})
    current = {
        row["personId"]: row["roleId"]
        for row in pen.company.rows("contracts")
        if row["startDate"] <= iso(_TODAY) <= (row["endDate"] or "9999")
    }
    for role in pen.company.rows("roles"):
        role["personIds"] = [who for who, held in current.items() if held == role["id"]]


def contracts(pen: Pen, n: int, hired: int, left: int | None, roles: list[Row]) -> list[Row]:
    """The contracts of the `n`-th person, one after the other, without their ids."""
    chance = pen.random
    role = roles[(n * 7 + n // 10) % len(roles)]
    contractor = n % 7 == 5
    minutes = 450 if n % 3 == 0 else 480
    off: set[str] = set()
    if n % 8 == 2:
        off = {"wednesday"} if n % 16 == 2 else {"thursday", "friday"}
    elif n % 8 == 6:
        minutes = 360
    cost = round(role["defaultHourCost"] * (0.85 + 0.35 * chance.random()), 2 if n % 2 else 0)
    if contractor:
        cost = round(cost * 1.4, 2)

    stop = left
    if n == 16:
        # Gone, but nobody has archived the person.
        stop = _TODAY - 45
    elif n % 20 == 13:
        stop = _TODAY + 92
    # (the day of a change, what changes): the terms that hold from that day on
    changes: list[tuple[int, str]] = [(hired, "hired")]
    for text in ("2025-07-01", "2026-01-01", "2026-04-01"):
        if chance.random() < 0.38:
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
    changes = sorted(
        (day, what)
        for day, what in changes
        if day == hired or (day > hired + 60 and (stop is None or day < stop - 30))
    )

    rows: list[Row] = []
    for at, (day, what) in enumerate(changes):
        if what == "break":
            continue
        if what == "raise":
            cost = round(cost * 1.04, 2)
        elif what == "promotion":
            senior = names.PROMOTIONS[str(role["name"])]
            role = next(row for row in roles if row["name"] == senior)
            cost = round(cost * 1.15, 2)
        elif what == "hours":
            off = {"friday"} if n % 2 else {"monday", "tuesday"}
        until = changes[at + 1][0] - 1 if at + 1 < len(changes) else stop
        rows.append(
            {
                "costPerHour": None if n % 11 == 4 else amount(cost),
                "employmentType": "contractor" if contractor else "employee",
                "minutesPerDay": None if n == 7 else minutes,
                "rosteredDays": {name: 0 if name in off else minutes for name in WEEKDAYS},
                "startDate": iso(day),
                "endDate": iso(until) if until else None,
                "roleId": role["id"],
                "jobTitle": f"{role['name']}, {'freelance' if contractor else 'Studio'}"
                if n % 3 == 0
                else None,
                **pen.stamps(day - 10, 0.2),
            }
        )
    return rows


def placeholders(pen: Pen, count: int) -> None:
    """Unmet demand: rows in /placeholders, and in /people when asked for."""
    roles = [row["name"] for row in pen.company.rows("roles") if not row["isArchived"]]
    teams = [row["id"] for row in pen.company.rows("teams")]
    tags = [{"id": row["id"], "name": row["name"]} for row in pen.company.rows("people-tags")]
    for n in range(count):
        shared: Row = {
            "id": pen.id("people"),
            "firstName": roles[n * 2 % len(roles)],
            "lastName": f"Placeholder {n + 1}",
            "isArchived": n == 3,
            "references": references(("Jira", f"HIRE-{n + 1}")) if n % 2 else [],
            "tags": tags[n % 3 : n % 3 + 1] if n % 2 == 0 else [],
            **pen.stamps(_TODAY - 200 + 11 * n),
        }
        pen.add("placeholders", shared)
        person: Row = {"email": None, "teamId": teams[0] if n % 3 == 0 else None}
        pen.add("people", {**shared, **person, "holidaysGroupId": None, "managers": []})


def users(pen: Pen) -> None:
    """Logins (some of them people), invitations and saved views."""
    staff = [row for row in pen.company.rows("people") if row["email"] and not row["isArchived"]]
    chosen = [*staff[:3], *staff[3 :: max(3, len(staff) // 12)]]
    logins: list[tuple[str | None, str | None, str, int | None]] = [
        (row["firstName"], row["lastName"], row["email"], row["id"]) for row in chosen
    ]
    logins.append(("Books", None, "bookkeeping@example.com", None))
    logins.append((None, None, "api+runn@example.com", None))
    kinds = ("superuser", "admin", "editor", "viewer_all", "viewer_basic", "timesheet_only")
    for n, (first, last, email, person) in enumerate(logins):
        user: Row = {"id": pen.id("users"), "firstName": first, "lastName": last, "email": email}
        rights = permissions(kinds[n % len(kinds)], n)
        pen.add("users", {**user, "personId": person, "permissions": rights} | pen.stamps(_START))
    for n, kind in enumerate(("manager", "contributor", "admin", "viewer_all")):
        rights = permissions(kind, n)
        sent = _TODAY - 40 + 9 * n
        pen.add(
            "invitations",
            {
                "id": pen.id("invitations"),
                "email": f"new.user{n + 1}@example.com",
                "userType": rights["type"],
                "financialPermission": rights["financial"],
                "editProjectsPermission": rights["editProjects"],
                "editOthersPermission": rights["editOthers"],
                "manageProjectsPermission": rights["manageProjects"],
                "managePeoplePermission": rights["managePeople"],
                "manageAccountPermission": rights["manageAccount"],
                "addAllPeopleToProjectsPermission": rights["addAllPeopleToProjects"],
                "viewPlannerPermission": rights["viewPlanner"],
                "createdAt": pen.stamp(sent - 3 * n),
                "sentAt": pen.stamp(sent),
                "expiresAt": iso(sent + 30) + "T00:00:00Z",
            },
        )
    pen.tables("views", "users/views")
    someone = [row["id"] for row in pen.company.rows("users")]
    for n, name in enumerate(("All people", "My team", "Bench next month", "<Tentative>")):
        view: Row = {"id": pen.id("views"), "name": name}
        view["description"] = None if n % 2 else "Shared by the studio"
        pen.add("views", {**view, **pen.stamps(_START + 30 * n)})
        for user_id in someone[n : n + 3]:
            link: Row = {"userId": user_id, "viewId": view["id"]}
            pen.add("users/views", link, (user_id, view["id"]))


def permissions(kind: str, n: int) -> Row:
    """What a kind of user may do."""
    all_in = kind in ("superuser", "admin")
    return {
        "type": kind,
        "financial": "all" if all_in else ("no_salaries", "restricted", "none")[n % 3],
        "editProjects": "all" if all_in else ("specific", "none", "restricted")[n % 3],
        "manageProjects": "all" if all_in else ("restricted", "none")[n % 2],
        "editOthers": "all" if all_in or n % 2 == 0 else "none",
        "managePeople": "all" if all_in else "none",
        "manageAccount": all_in,
        "addAllPeopleToProjects": all_in or n % 3 == 0,
        "viewPlanner": kind != "timesheet_only",
    }


def details(pen: Pen) -> None:
    """Managers, skills, notes and custom fields of people."""
    company, chance = pen.company, pen.random
    managers = [row["id"] for row in company.rows("users") if row["personId"]][:6]
    skills = [row["id"] for row in company.rows("skills")]
    pen.tables("people/skills", "people/notes", "people/custom-fields")
    for n, person in enumerate(company.rows("people")):
        hired = max(_START - 300, date.fromisoformat(person["createdAt"][:10]).toordinal())
        placeholder = person["id"] in company.tables["placeholders"]
        if managers and n % 5 and not placeholder:
            person["managers"] = [{"id": who} for who in chance.sample(managers, 1 + (n % 10 == 1))]
        for skill in sorted(chance.sample(skills, chance.randrange(0, 5))):
            level = chance.choice((None, 1, 2, 3, 4))
            link: Row = {"personId": person["id"], "level": level, "skillId": skill}
            pen.add("people/skills", {**link, **pen.stamps(hired)}, (person["id"], skill))
        if placeholder:
            continue
        if n % 4 == 0:
            by = (None, None) if n % 8 == 0 else ("Ada Abebe", "ada.abebe@example.com")
            note: Row = {"id": pen.id("people/notes"), "createdBy": by[0], "createdByEmail": by[1]}
            note["note"] = names.PERSON_NOTES[n % len(names.PERSON_NOTES)]
            pen.add("people/notes", {**note, "personId": person["id"], **pen.stamps(hired + 90)})
        fields = custom_fields(pen, "PERSON", n)
        row: Row = {"personId": person["id"], "customFields": fields, **pen.stamps(hired)}
        pen.add("people/custom-fields", row, person["id"])


def custom_fields(pen: Pen, model: str, n: int) -> list[Row]:
    """The custom fields of one record in the flat shape of the account-wide lists."""
    chance = pen.random
    found: list[Row] = []
    for kind in ("text", "date", "checkbox", "select"):
        for field in pen.company.rows(f"custom-fields/{kind}"):
            if field["model"] != model or chance.random() < 0.2:
                continue
            value: Any
            if kind == "text":
                value = None if chance.random() < 0.2 else TEXTS[field["name"]](n)
            elif kind == "date":
                value = None if chance.random() < 0.3 else iso(_START + chance.randrange(900))
            elif kind == "checkbox":
                value = chance.random() < 0.4
            else:
                most = 1 if field["singleSelect"] else 3
                value = chance.sample(field["options"], chance.randrange(0, most + 1))
            id_name = f"custom{kind.capitalize()}Id"
            found.append({"name": field["name"], "type": kind, id_name: field["id"]})
            found[-1]["value"] = value
    return found


TEXTS: dict[str, Callable[[int], str]] = {
    "Cost centre": lambda n: f"CC-{100 + n % 4 * 10}",
    "Nickname": lambda n: ("Bee", "Ö", 'Mac "T"', "日")[n % 4],
    "PO number": lambda n: f"PO-{2025 + n % 2}-{n:04d}",
}


def grouped(fields: list[Row]) -> Row:
    """Custom fields in the shape that single records and projects have; an unset text is absent."""
    groups: Row = {"select": [], "text": [], "checkbox": [], "date": []}
    for field in fields:
        kind = field["type"]
        key = "values" if kind == "select" else "value"
        if kind == "text" and field["value"] is None:
            continue
        one: Row = {"id": field[f"custom{kind.capitalize()}Id"], "name": field["name"]}
        groups[kind].append(one | {key: field["value"]})
    return groups
