"""Clients and projects of the demo company, and all that a project is set up with."""

from __future__ import annotations

from runn_pandas.demo import names
from runn_pandas.demo.days import START, TODAY, iso, ordinal, weekday
from runn_pandas.demo.pen import Pen, amount
from runn_pandas.demo.staff import custom_fields, grouped, references
from runn_pandas.demo.tables import Row

_START, _TODAY = START.toordinal(), TODAY.toordinal()

Lives = dict[int, tuple[int, int]]

# What a day is worth in hours where a rate is a day's.
HOURS_PER_DAY = 8


def build(pen: Pen, people: int) -> Lives:
    """Write clients, rate cards, workstreams and projects; give each project's first and last day.

    No work is planned yet. A project has no dates in the API, so they are not in its row.
    """
    lives: Lives = {}
    count = max(6, people * 7 // 10)
    clients(pen, max(5, count * 2 // 5))
    rate_cards(pen)
    for n, name in enumerate(names.WORKSTREAMS):
        row: Row = {"id": pen.id("workstreams"), "name": name, "archived": n == 4}
        pen.add("workstreams", {**row, **pen.stamps(_START)})
    pen.tables("timesheet-locks", "projects/custom-fields", "project-notes", "other-expenses")
    for n in range(count):
        project(pen, n, count, lives)
    for n, name in enumerate(names.INTERNAL):
        internal(pen, n, name, lives)
    for n in range(2):
        template(pen, n, lives)
    link(pen)
    return lives


def clients(pen: Pen, count: int) -> None:
    """Clients, the first of them the company itself."""
    for n in range(count):
        name = f"{names.CLIENT_WORDS[n % 25]} {names.CLIENT_KINDS[(n + n // 25) * 3 % 8]}"
        if n == 0:
            name = pen.company.name
        refs = [("Xero", f"{n:08x}-c1")] if n % 2 else []
        pen.add(
            "clients",
            {
                "id": pen.id("clients"),
                "name": name,
                "website": None if n % 3 == 0 else f"https://client{n}.example.com",
                "isArchived": n > 3 and n % 6 == 5,
                "references": references(*refs),
                **pen.stamps(_START - 300 + 9 * (n % 60), 0.5),
            },
        )


def rate_cards(pen: Pen) -> None:
    """Role-by-role cards, a blended one, and the free one for internal work."""
    roles = [row for row in pen.company.rows("roles") if row["name"]]
    cards: tuple[tuple[str | None, str | None, float, float | None, str | None], ...] = (
        ("Standard", None, 1.0, None, "hours"),
        ("Internal", "Costs only", 0.0, None, "hours"),
        ("Public sector 2026", "Ten per cent off", 0.9, None, "days"),
        ("Blended", "One rate for everybody", 1.0, 135.5, "hours"),
        (None, None, 1.1, None, None),
    )
    for n, (name, description, factor, blended, rate_type) in enumerate(cards):
        rates = [
            {
                "role": {"id": row["id"], "name": row["name"]},
                "rateHourly": amount(row["standardRate"] * factor),
                "rateDaily": amount(row["standardRate"] * factor * HOURS_PER_DAY),
            }
            for row in roles
        ]
        pen.add(
            "rate-cards",
            {
                "id": pen.id("rate-cards"),
                "name": name,
                "description": description,
                "isArchived": n == 4,
                "references": references(("Xero", f"card-{n}")) if n % 2 else [],
                "isBlendedRateCard": blended is not None,
                "blendedRate": blended,
                "rateType": rate_type,
                "projectIds": [],
                "rates": rates if blended is None else [],
                **pen.stamps(_START - 100),
            },
        )


def project(pen: Pen, n: int, count: int, lives: Lives) -> None:
    """A client's project: when it runs decides what it is."""
    chance = pen.random
    # Spread over the time, so that there is always something to work on.
    place = (n * 7919 % count + chance.random()) / count
    start = _START - 90 + int(place * (_TODAY - _START + 150))
    start -= weekday(start)
    end = start + 7 * chance.randrange(15, 44) + 4
    clients = list(pen.company.rows("clients"))[1:]
    client = clients[(n * 5 + n // 7) % len(clients)]
    model = ("tm", "fp", "tm", "tm", "fp", "nb")[n % 6]
    tentative = start > _TODAY - 20 and n % 4 != 0
    word = names.PROJECT_WORDS[(n * 7 + n // 16) % len(names.PROJECT_WORDS)]
    name = f"{client['name'].split()[0]} {word}" + (f" {n // 16 + 1}" if n >= 16 else "")
    if n == 5:
        name = "<i>Ümlaut</i> & Söhne: größer, schneller 🚀"
    row = add(
        pen,
        name,
        client["id"],
        n,
        isArchived=end < _TODAY - 90 and n % 3 != 0,
        isConfirmed=not tentative,
        pricingModel=model,
        rateType="days" if n % 5 == 3 else "hours",
        budget=_budget(n, model, chance.random()),
    )
    lives[row["id"]] = (start, end)
    equip(pen, row, n, start, end)


def _budget(n: int, model: str, draw: float) -> float | None:
    if model == "nb" or (model == "tm" and n % 4 == 0):
        return None
    return amount(round(30_000 + 220_000 * draw, 2 if n % 7 == 4 else -3))


def internal(pen: Pen, n: int, name: str, lives: Lives) -> None:
    """A non-billable project of the company's own that never ends."""
    own = next(iter(pen.company.rows("clients")))["id"]
    row = add(pen, name, own, n, pricingModel="nb", budget=None)
    lives[row["id"]] = (_START - 365, _TODAY + 365)
    equip(pen, row, 1, *lives[row["id"]], phases=False)


def template(pen: Pen, n: int, lives: Lives) -> None:
    """A template: its plan is of nobody's time."""
    own = next(iter(pen.company.rows("clients")))["id"]
    row = add(pen, ("Template: website", "Template: study")[n], own, n, isTemplate=True)
    lives[row["id"]] = (_START + 300, _START + 380)
    equip(pen, row, n + 2, *lives[row["id"]])


def add(pen: Pen, name: str, client: int, n: int, **fields: object) -> Row:
    """Write a project row."""
    teams = [row["id"] for row in pen.company.rows("teams")]
    cards = [row["id"] for row in pen.company.rows("rate-cards")]
    refs = [("Harvest", str(40_100_000 + 31 * pen.random.randrange(9_999)))] if n % 3 else []
    if n % 4 == 2:
        refs.append(("Jira", f"PRJ{n}"))
    fields = {"pricingModel": "tm", "rateType": "hours", "budget": 50_000, **fields}
    free = fields["pricingModel"] == "nb"
    row: Row = {
        "id": pen.id("projects"),
        "name": name,
        "isTemplate": False,
        "isArchived": False,
        "isConfirmed": True,
        "pricingModel": None,
        "rateType": None,
        "teamId": None if n % 4 == 1 else teams[n % len(teams)],
        "budget": None,
        "expensesBudget": 2_500.5 if n % 3 == 1 else None,
        "references": references(*refs),
        "clientId": client,
        "rateCardId": cards[1 if free else (0, 2, 0, 3)[n % 4]],
        "customFields": {},
        "managerIds": [],
        "tags": [],
    }
    row.update(fields)
    return pen.add("projects", row)


def equip(pen: Pen, row: Row, n: int, start: int, end: int, phases: bool = True) -> None:
    """Give a project its managers, tags, phases, milestones, rates, expenses and notes."""
    chance, company = pen.random, pen.company
    made = max(start - chance.randrange(20, 80), _START - 200)
    managers = [user["id"] for user in company.rows("users") if user["personId"]][:6]
    row["managerIds"] = chance.sample(managers, min(len(managers), n % 3))
    tags = list(company.rows("project-tags"))
    row["tags"] = [
        {"id": tag["id"], "name": tag["name"]}
        for tag in chance.sample(tags, chance.choice((0, 1, 1, 2)))
    ]
    fields = custom_fields(pen, "PROJECT", n)
    row["customFields"] = grouped(fields)
    row.update(pen.stamps(made, 0.6))
    custom: Row = {"projectId": row["id"], "customFields": fields, **pen.stamps(made)}
    pen.add("projects/custom-fields", custom, row["id"])

    if phases and n % 5 != 4:
        cut = [start + (end - start) * part // 100 for part in (0, 15, 40, 85, 100)]
        for at, (name, color) in enumerate(names.PHASES):
            first, last = cut[at] + (at > 0), cut[at + 1]
            phase: Row = {"id": pen.id("phases"), "name": name, "color": color}
            phase.update(startDate=iso(first), endDate=iso(last))
            pen.add("phases", phase | pen.stamps(made) | {"projectId": row["id"]})

    for at in range(chance.randrange(1, 5)):
        day = start + (end - start) * at // 3
        title = None if (n + at) % 9 == 4 else names.MILESTONES[(n + at) % len(names.MILESTONES)]
        milestone: Row = {"id": pen.id("milestones"), "title": title}
        milestone["icon"] = ("flag", None, "star")[at % 3]
        # The contract lets a note be null, or not be there at all.
        if at % 3:
            milestone["note"] = None if at % 2 else "Bring the prototype"
        milestone.update(date=iso(day), projectId=row["id"])
        pen.add("milestones", milestone | pen.stamps(made))

    if row["pricingModel"] != "nb":
        for at in range(chance.randrange(0, 6)):
            cost = amount(20 + chance.random() * 900)
            expense: Row = {"id": pen.id("other-expenses"), "cost": cost}
            expense["charge"] = 0 if at % 3 == 2 else amount(cost * 1.15)
            expense["name"] = names.EXPENSES[(n + at) % len(names.EXPENSES)]
            expense["date"] = iso(start + chance.randrange(0, end - start))
            expense |= pen.stamps(start)
            pen.add("other-expenses", {**expense, "projectId": row["id"]})
    if n % 3 == 0:
        by = (None, None) if n % 2 else ("Hana Haddad", "hana.haddad@example.com")
        note: Row = {"id": pen.id("project-notes"), "createdBy": by[0], "createdByEmail": by[1]}
        note["note"] = names.PROJECT_NOTES[n % len(names.PROJECT_NOTES)]
        pen.add("project-notes", {**note, "projectId": row["id"], **pen.stamps(made + 20)})
    if n % 4 == 3 and start < _TODAY:
        lock: Row = {"status": ("LOCKED", "UNLOCKED")[n % 8 == 3]}
        lock["lockedUntil"] = (
            iso(_TODAY - 30) + "T00:00:00Z" if lock["status"] == "LOCKED" else None
        )
        lock["lastUpdatedBy"] = "ada.abebe@example.com"
        lock["updatedAt"] = pen.stamp(_TODAY - 12)
        pen.add("timesheet-locks", lock, row["id"])
    rates(pen, row, made)


def rates(pen: Pen, row: Row, made: int) -> None:
    """The project's own rates, copied from its rate card, some of them negotiated."""
    card = pen.company.tables["rate-cards"][row["rateCardId"]]
    daily = row["rateType"] == "days"
    by_role = {rate["role"]["id"]: rate for rate in card["rates"]}
    for role in pen.company.rows("roles"):
        if role["isArchived"]:
            continue
        if card["isBlendedRateCard"]:
            rate = card["blendedRate"] * (HOURS_PER_DAY if daily else 1)
        else:
            rate = by_role[role["id"]]["rateDaily" if daily else "rateHourly"]
        if pen.maybe(0.2):
            rate *= 0.925
        one: Row = {"id": pen.id("project-rates"), "projectId": row["id"], "roleId": role["id"]}
        pen.add("project-rates", {**one, "rate": amount(rate), **pen.stamps(made)})


def link(pen: Pen) -> None:
    """Fill in the lists of project ids that tags and rate cards carry; attach workstreams."""
    company = pen.company
    projects = list(company.rows("projects"))
    for tag in company.rows("project-tags"):
        tag["projectIds"] = [p["id"] for p in projects if tag["id"] in {t["id"] for t in p["tags"]}]
    for card in company.rows("rate-cards"):
        card["projectIds"] = [p["id"] for p in projects if p["rateCardId"] == card["id"]]
    pen.tables("project-workstreams")
    streams = [row["id"] for row in company.rows("workstreams")]
    for n, project in enumerate(projects):
        if n % 3 == 1 and not project["isTemplate"]:
            chosen = streams[:2] if n % 2 else streams[1:3]
            for stream in [*chosen, *(streams[4:] if n % 5 == 0 else [])]:
                one: Row = {"projectId": project["id"], "workstreamId": stream}
                since = ordinal(project["createdAt"][:10])
                pen.add(
                    "project-workstreams", {**one, **pen.stamps(since)}, (project["id"], stream)
                )
