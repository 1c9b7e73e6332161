"""What the demo company's account is set up with: roles, teams, tags, custom fields, users."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from runn_pandas.demo.company import invented_names as names
from runn_pandas.demo.company.factory import Factory
from runn_pandas.demo.database import Row
from runn_pandas.demo.dates import START, TODAY, iso, ordinal
from runn_pandas.demo.shapes import amount, field_id_name, references

_START, _TODAY = START.toordinal(), TODAY.toordinal()

# kind, name, model and description of each custom field
FIELDS = (
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
OPTIONS = {
    "Office": ("Berlin", "Wellington", "Málaga", "Remote"),
    "Languages": ("English", "Deutsch", "Español", "te reo Māori", "العربية"),
    "Region": ("Europe", "Oceania", "Worldwide"),
}
TEXTS: dict[str, Callable[[int], str]] = {
    "Cost centre": lambda n: f"CC-{100 + n % 4 * 10}",
    "Nickname": lambda n: ("Bee", "Ö", 'Mac "T"', "日")[n % 4],
    "PO number": lambda n: f"PO-{2025 + n % 2}-{n:04d}",
}


def make_lists(factory: Factory) -> None:
    """Make roles, teams, skills, tags and custom fields: what people and projects point at."""
    long_ago = ordinal("2023-02-01")
    for n, (role, cost, rate) in enumerate(names.ROLES):
        row: Row = {"id": factory.id("roles"), "name": role, "isArchived": n >= 10}
        row.update(defaultHourCost=amount(cost), standardRate=amount(rate))
        row["references"] = references(("Harvest", f"task-{700 + n}")) if n % 3 == 0 else []
        factory.add("roles", {**row, "personIds": [], **factory.stamps(long_ago + n, 0.6)})
    for name in names.TEAMS:
        factory.add("teams", {"id": factory.id("teams"), "name": name} | factory.stamps(long_ago))
    for name in names.SKILLS:
        factory.add("skills", {"id": factory.id("skills"), "name": name} | factory.stamps(long_ago))
    _make_tags(factory, "people-tags", names.PERSON_TAGS, long_ago)
    _make_tags(factory, "project-tags", names.PROJECT_TAGS, long_ago, "projectIds")
    _make_custom_fields(factory)


def _make_tags(factory: Factory, table: str, words: Sequence[str], day: int, *more: str) -> None:
    for n, name in enumerate(words):
        row: Row = {"id": factory.id(table), "name": name, **{field: [] for field in more}}
        row["archived"] = n == len(words) - 1
        factory.add(table, row | factory.stamps(day + n))


def _make_custom_fields(factory: Factory) -> None:
    for n, (kind, name, model, description) in enumerate(FIELDS):
        row: Row = {"id": factory.id("custom-fields"), "name": name, "description": description}
        row["model"] = model
        if kind == "select":
            row["options"] = [
                {"id": factory.id("custom-field-options"), "name": option}
                for option in OPTIONS[name]
            ]
            row["singleSelect"] = name != "Languages"
        row.update(required=n == 0, showInPlanner=n % 2 == 0)
        row.update(sortOrder=n, filterableInPlanner=n % 3 == 0)
        factory.add(f"custom-fields/{kind}", row)


def custom_field_values(factory: Factory, model: str, n: int) -> list[Row]:
    """Return the custom fields of one record in the flat shape of the account-wide lists."""
    found: list[Row] = []
    for kind in ("text", "date", "checkbox", "select"):
        for field in factory.company.rows(f"custom-fields/{kind}"):
            if field["model"] == model and factory.random.random() >= 0.2:
                value = _field_value(factory, kind, field, n)
                row: Row = {"name": field["name"], "type": kind, field_id_name(kind): field["id"]}
                found.append({**row, "value": value})
    return found


def _field_value(factory: Factory, kind: str, field: Row, n: int) -> Any:
    chance = factory.random
    if kind == "text":
        return None if chance.random() < 0.2 else TEXTS[field["name"]](n)
    if kind == "date":
        return None if chance.random() < 0.3 else iso(_START + chance.randrange(900))
    if kind == "checkbox":
        return chance.random() < 0.4
    most = 1 if field["singleSelect"] else 3
    return chance.sample(field["options"], chance.randrange(0, most + 1))


def make_users(factory: Factory) -> None:
    """Make logins (some of them people), invitations and saved views."""
    people = factory.company.rows("people")
    staff = [row for row in people if row["email"] and not row["isArchived"]]
    logins: list[tuple[str | None, str | None, str, int | None]] = [
        (row["firstName"], row["lastName"], row["email"], row["id"])
        for row in (*staff[:3], *staff[3 :: max(3, len(staff) // 12)])
    ]
    logins.append(("Books", None, "bookkeeping@example.com", None))
    logins.append((None, None, "api+runn@example.com", None))
    kinds = ("superuser", "admin", "editor", "viewer_all", "viewer_basic", "timesheet_only")
    for n, (first, last, email, person) in enumerate(logins):
        user: Row = {"id": factory.id("users")}
        user.update(firstName=first, lastName=last, email=email, personId=person)
        user["permissions"] = _permissions(kinds[n % len(kinds)], n)
        factory.add("users", user | factory.stamps(_START))
    for n, kind in enumerate(("manager", "contributor", "admin", "viewer_all")):
        factory.add("invitations", _invitation(factory, n, _permissions(kind, n)))
    _make_views(factory)


def _make_views(factory: Factory) -> None:
    factory.tables("views", "users/views")
    users = [row["id"] for row in factory.company.rows("users")]
    for n, name in enumerate(("All people", "My team", "Bench next month", "<Tentative>")):
        view: Row = {"id": factory.id("views"), "name": name}
        view["description"] = None if n % 2 else "Shared by the studio"
        factory.add("views", {**view, **factory.stamps(_START + 30 * n)})
        for user_id in users[n : n + 3]:
            link: Row = {"userId": user_id, "viewId": view["id"]}
            factory.add("users/views", link, (user_id, view["id"]))


def _invitation(factory: Factory, n: int, permissions: Row) -> Row:
    sent = _TODAY - 40 + 9 * n
    row: Row = {"id": factory.id("invitations"), "email": f"new.user{n + 1}@example.com"}
    row["userType"] = permissions["type"]
    for name in (
        "financial",
        "editProjects",
        "editOthers",
        "manageProjects",
        "managePeople",
        "manageAccount",
        "addAllPeopleToProjects",
        "viewPlanner",
    ):
        row[f"{name}Permission"] = permissions[name]
    row["createdAt"] = factory.stamp(sent - 3 * n)
    row["sentAt"] = factory.stamp(sent)
    return row | {"expiresAt": iso(sent + 30) + "T00:00:00Z"}


def _permissions(kind: str, n: int) -> Row:
    """Return what a kind of user may do."""
    manages_all = kind in ("superuser", "admin")
    return {
        "type": kind,
        "financial": "all" if manages_all else ("no_salaries", "restricted", "none")[n % 3],
        "editProjects": "all" if manages_all else ("specific", "none", "restricted")[n % 3],
        "manageProjects": "all" if manages_all else ("restricted", "none")[n % 2],
        "editOthers": "all" if manages_all or n % 2 == 0 else "none",
        "managePeople": "all" if manages_all else "none",
        "manageAccount": manages_all,
        "addAllPeopleToProjects": manages_all or n % 3 == 0,
        "viewPlanner": kind != "timesheet_only",
    }
