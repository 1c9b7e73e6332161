"""Clients and projects of the demo company, and all that a project is set up with."""

from __future__ import annotations

from runn_pandas.demo.company import invented_names as names
from runn_pandas.demo.company.account_setup import custom_field_values
from runn_pandas.demo.company.factory import Factory
from runn_pandas.demo.database import Row
from runn_pandas.demo.dates import START, TODAY, iso, ordinal, weekday
from runn_pandas.demo.shapes import (
    amount,
    grouped_fields,
    named,
    rates_of_card,
    references,
    role_on_card,
)

_START, _TODAY = START.toordinal(), TODAY.toordinal()

# The first and the last day of each project: it has no dates in the API, so its row has none.
Spans = dict[int, tuple[int, int]]


def make_projects(factory: Factory, people: int) -> Spans:
    """Make clients, rate cards, workstreams and projects, and return when each project runs.

    No work is planned yet.
    """
    spans: Spans = {}
    count = max(6, people * 7 // 10)
    _make_clients(factory, max(5, count * 2 // 5))
    _make_rate_cards(factory)
    for n, name in enumerate(names.WORKSTREAMS):
        row: Row = {"id": factory.id("workstreams"), "name": name, "archived": n == 4}
        factory.add("workstreams", {**row, **factory.stamps(_START)})
    factory.tables("timesheet-locks", "projects/custom-fields", "project-notes", "other-expenses")
    for n in range(count):
        _make_client_project(factory, n, count, spans)
    own = next(iter(factory.company.tables["clients"]))
    for n, name in enumerate(names.INTERNAL):
        # One of the company's own that never ends.
        row = _make_project(factory, name, own, n, pricingModel="nb", budget=None)
        spans[row["id"]] = (_START - 365, _TODAY + 365)
        _set_up(factory, row, 1, *spans[row["id"]], phases=False)
    for n, name in enumerate(("Template: website", "Template: study")):
        row = _make_project(factory, name, own, n, isTemplate=True)
        spans[row["id"]] = (_START + 300, _START + 380)
        _set_up(factory, row, n + 2, *spans[row["id"]])
    _list_projects(factory)
    _attach_workstreams(factory)
    return spans


def _make_clients(factory: Factory, count: int) -> None:
    """Make clients, the first of them the company itself."""
    for n in range(count):
        name = f"{names.CLIENT_WORDS[n % 25]} {names.CLIENT_KINDS[(n + n // 25) * 3 % 8]}"
        row: Row = {"id": factory.id("clients"), "name": name if n else factory.company.name}
        row["website"] = None if n % 3 == 0 else f"https://client{n}.example.com"
        row["isArchived"] = n > 3 and n % 6 == 5
        row["references"] = references(("Xero", f"{n:08x}-c1")) if n % 2 else []
        factory.add("clients", row | factory.stamps(_START - 300 + 9 * (n % 60), 0.5))


def _make_rate_cards(factory: Factory) -> None:
    """Make role-by-role cards, a blended one, and the free one for internal work."""
    roles = [row for row in factory.company.rows("roles") if row["name"]]
    cards: tuple[tuple[str | None, str | None, float, float | None, str | None], ...] = (
        ("Standard", None, 1.0, None, "hours"),
        ("Internal", "Costs only", 0.0, None, "hours"),
        ("Public sector 2026", "Ten per cent off", 0.9, None, "days"),
        ("Blended", "One rate for everybody", 1.0, 135.5, "hours"),
        (None, None, 1.1, None, None),
    )
    for n, (name, description, factor, blended, rate_type) in enumerate(cards):
        card: Row = {"id": factory.id("rate-cards"), "name": name, "description": description}
        card["isArchived"] = n == 4
        card["references"] = references(("Xero", f"card-{n}")) if n % 2 else []
        card.update(isBlendedRateCard=blended is not None, blendedRate=blended)
        card.update(rateType=rate_type, projectIds=[], rates=[])
        if blended is None:
            card["rates"] = [role_on_card(row, row["standardRate"] * factor) for row in roles]
        factory.add("rate-cards", card | factory.stamps(_START - 100))


def _make_client_project(factory: Factory, n: int, count: int, spans: Spans) -> None:
    """Make a client's project: when it runs decides what it is."""
    chance = factory.random
    # Spread over the time, so that there is always something to work on.
    place = (n * 7919 % count + chance.random()) / count
    start = _START - 90 + int(place * (_TODAY - _START + 150))
    start -= weekday(start)
    end = start + 7 * chance.randrange(15, 44) + 4
    clients = list(factory.company.rows("clients"))[1:]
    client = clients[(n * 5 + n // 7) % len(clients)]
    model = ("tm", "fp", "tm", "tm", "fp", "nb")[n % 6]
    tentative = start > _TODAY - 20 and n % 4 != 0
    row = _make_project(
        factory,
        _project_name(n, client),
        client["id"],
        n,
        isArchived=end < _TODAY - 90 and n % 3 != 0,
        isConfirmed=not tentative,
        pricingModel=model,
        rateType="days" if n % 5 == 3 else "hours",
        budget=_budget(n, model, chance.random()),
    )
    spans[row["id"]] = (start, end)
    _set_up(factory, row, n, start, end)


def _project_name(n: int, client: Row) -> str:
    if n == 5:
        return "<i>Ümlaut</i> & Söhne: größer, schneller 🚀"
    word = names.PROJECT_WORDS[(n * 7 + n // 16) % len(names.PROJECT_WORDS)]
    return f"{client['name'].split()[0]} {word}" + (f" {n // 16 + 1}" if n >= 16 else "")


def _budget(n: int, model: str, draw: float) -> float | None:
    if model == "nb" or (model == "tm" and n % 4 == 0):
        return None
    return amount(round(30_000 + 220_000 * draw, 2 if n % 7 == 4 else -3))


def _make_project(factory: Factory, name: str, client: int, n: int, **fields: object) -> Row:
    """Make a project's row."""
    teams, cards = list(factory.company.tables["teams"]), list(factory.company.tables["rate-cards"])
    pairs = [("Harvest", str(40_100_000 + 31 * factory.random.randrange(9_999)))] if n % 3 else []
    if n % 4 == 2:
        pairs.append(("Jira", f"PRJ{n}"))
    free = fields.get("pricingModel") == "nb"
    row: Row = {
        "id": factory.id("projects"),
        "name": name,
        "isTemplate": False,
        "isArchived": False,
        "isConfirmed": True,
        "pricingModel": "tm",
        "rateType": "hours",
        "teamId": None if n % 4 == 1 else teams[n % len(teams)],
        "budget": 50_000,
        "expensesBudget": 2_500.5 if n % 3 == 1 else None,
        "references": references(*pairs),
        "clientId": client,
        "rateCardId": cards[1 if free else (0, 2, 0, 3)[n % 4]],
        "customFields": {},
        "managerIds": [],
        "tags": [],
    }
    return factory.add("projects", row | fields)


# -- what a project is set up with


def _set_up(factory: Factory, row: Row, n: int, start: int, end: int, phases: bool = True) -> None:
    """Set the managers, tags, phases, milestones, rates, expenses and notes of a project."""
    made = max(start - factory.random.randrange(20, 80), _START - 200)
    _describe(factory, row, n, made)
    if phases and n % 5 != 4:
        _make_phases(factory, row["id"], start, end, made)
    _make_milestones(factory, row["id"], n, start, end, made)
    if row["pricingModel"] != "nb":
        _make_expenses(factory, row["id"], n, start, end)
    if n % 3 == 0:
        by = (None, None) if n % 2 else ("Hana Haddad", "hana.haddad@example.com")
        note = names.PROJECT_NOTES[n % len(names.PROJECT_NOTES)]
        factory.note("project-notes", note, by, made + 20, projectId=row["id"])
    if n % 4 == 3 and start < _TODAY:
        locked = n % 8 != 3
        lock: Row = {"status": "LOCKED" if locked else "UNLOCKED"}
        lock["lockedUntil"] = iso(_TODAY - 30) + "T00:00:00Z" if locked else None
        lock["lastUpdatedBy"] = "ada.abebe@example.com"
        lock["updatedAt"] = factory.stamp(_TODAY - 12)
        factory.add("timesheet-locks", lock, row["id"])
    _make_rates(factory, row, made)


def _describe(factory: Factory, row: Row, n: int, made: int) -> None:
    """Set the managers, tags and custom fields of a project."""
    chance, company = factory.random, factory.company
    managers = [user["id"] for user in company.rows("users") if user["personId"]][:6]
    row["managerIds"] = chance.sample(managers, min(len(managers), n % 3))
    tags = list(company.rows("project-tags"))
    row["tags"] = [named(tag) for tag in chance.sample(tags, chance.choice((0, 1, 1, 2)))]
    fields = custom_field_values(factory, "PROJECT", n)
    row["customFields"] = grouped_fields(fields)
    row.update(factory.stamps(made, 0.6))
    custom: Row = {"projectId": row["id"], "customFields": fields, **factory.stamps(made)}
    factory.add("projects/custom-fields", custom, row["id"])


def _make_phases(factory: Factory, project: int, start: int, end: int, made: int) -> None:
    cut = [start + (end - start) * part // 100 for part in (0, 15, 40, 85, 100)]
    for at, (name, color) in enumerate(names.PHASES):
        phase: Row = {"id": factory.id("phases"), "name": name, "color": color}
        phase.update(startDate=iso(cut[at] + (at > 0)), endDate=iso(cut[at + 1]))
        factory.add("phases", phase | factory.stamps(made) | {"projectId": project})


def _make_milestones(
    factory: Factory, project: int, n: int, start: int, end: int, made: int
) -> None:
    for at in range(factory.random.randrange(1, 5)):
        title = None if (n + at) % 9 == 4 else names.MILESTONES[(n + at) % len(names.MILESTONES)]
        milestone: Row = {"id": factory.id("milestones"), "title": title}
        milestone["icon"] = ("flag", None, "star")[at % 3]
        # The contract lets a note be null, or not be there at all.
        if at % 3:
            milestone["note"] = None if at % 2 else "Bring the prototype"
        milestone.update(date=iso(start + (end - start) * at // 3), projectId=project)
        factory.add("milestones", milestone | factory.stamps(made))


def _make_expenses(factory: Factory, project: int, n: int, start: int, end: int) -> None:
    chance = factory.random
    for at in range(chance.randrange(0, 6)):
        cost = amount(20 + chance.random() * 900)
        expense: Row = {"id": factory.id("other-expenses"), "cost": cost}
        expense["charge"] = 0 if at % 3 == 2 else amount(cost * 1.15)
        expense["name"] = names.EXPENSES[(n + at) % len(names.EXPENSES)]
        expense["date"] = iso(start + chance.randrange(0, end - start))
        factory.add("other-expenses", expense | factory.stamps(start) | {"projectId": project})


def _make_rates(factory: Factory, row: Row, made: int) -> None:
    """Make the project's own rates, copied from its rate card, some of them negotiated."""
    card = factory.company.tables["rate-cards"][row["rateCardId"]]
    rates = rates_of_card(factory.company, card, row["rateType"] == "days")
    for role, rate in rates.items():
        agreed = rate * 0.925 if factory.maybe(0.2) else rate
        one: Row = {"id": factory.id("project-rates"), "projectId": row["id"], "roleId": role}
        factory.add("project-rates", {**one, "rate": amount(agreed), **factory.stamps(made)})


# -- what points at projects


def _list_projects(factory: Factory) -> None:
    """Fill in the lists of project ids that tags and rate cards carry."""
    company = factory.company
    projects = list(company.rows("projects"))
    for tag in company.rows("project-tags"):
        tag["projectIds"] = [p["id"] for p in projects if tag["id"] in {t["id"] for t in p["tags"]}]
    for card in company.rows("rate-cards"):
        card["projectIds"] = [p["id"] for p in projects if p["rateCardId"] == card["id"]]


def _attach_workstreams(factory: Factory) -> None:
    factory.tables("project-workstreams")
    streams = list(factory.company.tables["workstreams"])
    for n, project in enumerate(factory.company.rows("projects")):
        if n % 3 != 1 or project["isTemplate"]:
            continue
        chosen = streams[:2] if n % 2 else streams[1:3]
        for stream in [*chosen, *(streams[4:] if n % 5 == 0 else [])]:
            key = (project["id"], stream)
            one: Row = {"projectId": project["id"], "workstreamId": stream}
            since = ordinal(project["createdAt"][:10])
            factory.add("project-workstreams", {**one, **factory.stamps(since)}, key)
