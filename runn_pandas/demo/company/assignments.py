"""The planned work of the demo company: assignments, and requests for people."""

from __future__ import annotations

from runn_pandas.demo.company.factory import Factory
from runn_pandas.demo.company.projects import Spans
from runn_pandas.demo.database import Row
from runn_pandas.demo.dates import END, START, TODAY, iso, ordinal, weekday

_START, _TODAY, _END = START.toordinal(), TODAY.toordinal(), END.toordinal()

# How a person's day is cut up between projects, the main one first.
SHARES = ((1.0,), (0.6, 0.3), (0.8,), (0.5, 0.25, 0.1), (0.75,), (0.6, 0.2), (0.9,))


# The person, the project and the role of work; its first and its last day.
Place = tuple[int, int, int]
Span = tuple[int, int]


class Planner:
    """Makes assignments, and knows which projects there are to work on, and when."""

    def __init__(self, factory: Factory, spans: Spans) -> None:
        company = factory.company
        self.factory, self.spans = factory, spans
        self.projects = company.tables["projects"]
        self.internal: list[int] = []
        self.client: list[int] = []
        self.templates: list[int] = []
        for id_, row in self.projects.items():
            other = self.internal if row["name"].startswith("Internal") else self.client
            (self.templates if row["isTemplate"] else other).append(id_)
        placeholders = company.tables["placeholders"]
        self.people = [id_ for id_ in company.tables["people"] if id_ not in placeholders]
        self.roles = [row["id"] for row in company.rows("roles") if not row["isArchived"]]

    def live(self, day: int) -> list[int]:
        """Return client projects under way, or about to be, on a day."""

        def find() -> list[int]:
            last = day // 7 * 7 + 6
            return [p for p in self.client if self.spans[p][0] <= last <= self.spans[p][1] - 7]

        return self.factory.company.keep("", ("live", day // 7), find)

    def is_free(self, project: int) -> bool:
        """Whether nobody pays for the work on a project."""
        return bool(self.projects[project]["pricingModel"] == "nb")

    def phases(self, project: int) -> list[tuple[int, int, int]]:
        """Return the first day, the last day and the id of each phase of a project."""
        return [
            (ordinal(row["startDate"]), ordinal(row["endDate"]), row["id"])
            for row in self.factory.company.where("phases", "projectId", project)
        ]

    def book(self, place: Place, span: Span, minutes: int) -> None:
        """Plan work: one assignment for each phase that the time touches."""
        chance = self.factory.random.random
        person, project, _ = place
        streams = self.factory.company.where("project-workstreams", "projectId", project)
        at = streams[person % len(streams)] if streams and chance() < 0.6 else None
        fields: Row = {"isBillable": not self.is_free(project) and chance() < 0.93}
        fields["workstreamId"] = at and at["workstreamId"]
        fields["note"] = "Until the hand-over" if chance() < 0.05 else None
        for first, last, phase in self._pieces(project, span):
            self.add(place, (first, last), minutes, phaseId=phase, **fields)

    def _pieces(self, project: int, span: Span) -> list[tuple[int, int, int | None]]:
        """Return the pieces in which work of a time is planned: whole, or phase by phase."""
        touched = [p for p in self.phases(project) if p[0] <= span[1] and p[1] >= span[0]]
        if touched and self.factory.random.random() < 0.75:
            return [(max(p[0], span[0]), min(p[1], span[1]), p[2]) for p in touched]
        return [(*span, None)]

    def add(self, place: Place, span: Span, minutes: int, **fields: object) -> None:
        """Make one assignment row."""
        person, project, role = place
        row: Row = {
            "id": self.factory.id("assignments"),
            "personId": person,
            "startDate": iso(span[0]),
            "endDate": iso(span[1]),
            "projectId": project,
            "minutesPerDay": minutes,
            "roleId": role,
            "isActive": True,
            "note": None,
            "isBillable": not self.is_free(project),
            "phaseId": None,
            "isNonWorkingDay": False,
            "isTemplate": False,
            "isPlaceholder": person in self.factory.company.tables["placeholders"],
            "workstreamId": None,
        }
        row.update(fields)
        row.update(self.factory.stamps(span[0] - 4 - int(self.factory.random.random() * 50)))
        self.factory.add("assignments", row)


def make_assignments(factory: Factory, spans: Spans) -> Planner:
    """Make assignments and requests for people, and return who planned them."""
    planner = Planner(factory, spans)
    factory.tables("assignments", "person-requests")
    for person in planner.people:
        _plan_person(planner, person)
    for n, placeholder in enumerate(factory.company.tables["placeholders"]):
        _plan_placeholder(planner, n, placeholder)
    _make_edge_cases(planner)
    return planner


def _plan_person(planner: Planner, person: int) -> None:
    """Plan a person's time, spell by spell, from the first day to some months ahead."""
    chance = planner.factory.random
    contracts = planner.factory.company.where("contracts", "personId", person)
    day = max(_START, ordinal(contracts[0]["startDate"]))
    main: int | None = None
    while day <= _END:
        last = day - weekday(day) + 7 * chance.randrange(1, 6) + 4
        contract = next((c for c in contracts if c["startDate"] <= iso(day) <= _until(c)), None)
        bench = 0.03 + max(0, day - _TODAY) / 150
        if contract is not None and chance.random() >= bench:
            last = min(last, ordinal(_until(contract)))
            main = _plan_spell(planner, contract, day, last, main)
        day = last - weekday(last) + 7


def _plan_spell(planner: Planner, contract: Row, day: int, last: int, main: int | None) -> int:
    """Plan some weeks of a person, and return the project that takes most of them."""
    chance = planner.factory.random
    live = planner.live(day)
    # People stay where they are more often than they move.
    if main is None or main not in live or chance.random() < 0.4:
        main = chance.choice(live or planner.internal)
    shares = chance.choice(SHARES)
    others = [project for project in live + planner.internal if project != main]
    chosen = (main, *chance.sample(others, len(shares) - 1))
    minutes = max(contract["rosteredDays"].values())
    for project, share in zip(chosen, shares, strict=True):
        planned = round(minutes * share / 15) * 15
        span = (day, min(last, planner.spans[project][1]))
        if planned and span[0] <= span[1]:
            planner.book((contract["personId"], project, contract["roleId"]), span, planned)
    return main


def _until(contract: Row) -> str:
    return contract["endDate"] or iso(_END)


def _plan_placeholder(planner: Planner, n: int, person: int) -> None:
    """Plan unmet demand, past and ahead, and ask for somebody to meet it."""
    factory, chance = planner.factory, planner.factory.random
    askers = list(factory.company.tables["users"])
    role = planner.roles[n * 2 % len(planner.roles)]
    for at, start in enumerate((_TODAY - 60 + 7 * (n % 8), _TODAY + 13 + 7 * (n % 5))):
        start -= weekday(start)
        project = chance.choice(planner.live(start) or planner.client)
        minutes = chance.choice((240, 300, 480))
        planner.book((person, project, role), (start, start + 39), minutes)
        if at or n % 2:
            request: Row = {"id": factory.id("person-requests"), "personId": person}
            request["projectId"] = project
            request["status"] = ("NEED_TO_HIRE", "REQUESTED", "PENDING")[(n + at) % 3]
            request["requesterId"] = None if n % 4 == 2 else chance.choice(askers)
            request["updaterId"] = chance.choice(askers) if n % 3 == 0 else None
            factory.add("person-requests", request | factory.stamps(start - 25))


# -- the rows that a careless sum gets wrong


def _make_edge_cases(planner: Planner) -> None:
    company = planner.factory.company
    usual: dict[int, list[Row]] = {}
    for row in company.rows("assignments"):
        usual.setdefault(row["personId"], []).append(row)
    for n, person in enumerate(planner.people):
        if rows := usual.get(person):
            _make_odd_days(planner, n, rows[len(rows) // 3])
            _make_odd_end(planner, n, rows[-1])
    for n, project in enumerate(planner.templates):
        start, end = planner.spans[project]
        nobody = list(company.tables["placeholders"])[:2]
        somebody = planner.people[min(n, len(planner.people) - 1)]
        for role, person in zip(planner.roles, [*nobody, somebody], strict=False):
            planner.add((person, project, role), (start, end - 30), 240, isTemplate=True)


def _make_odd_days(planner: Planner, n: int, row: Row) -> None:
    """Add to a planned row a second one on its key, a weekend day, or a holiday."""
    place = (row["personId"], row["projectId"], row["roleId"])
    key: Row = {"workstreamId": row["workstreamId"], "isBillable": row["isBillable"]}
    first = ordinal(row["startDate"])
    if n % 3 == 0:
        # Overlapping, in another phase.
        phases = [p[2] for p in planner.phases(row["projectId"]) if p[2] != row["phaseId"]]
        key["phaseId"] = phases[0] if phases else None
        planner.add(place, (first + 1, first + 4), 60, **key)
    if n % 3 == 1:
        saturday = first - weekday(first) + 5
        planner.add(place, (saturday, saturday), 240, isNonWorkingDay=True, **key)
    company = planner.factory.company
    holidays = company.where("time-offs/holidays", "personId", row["personId"])
    if n % 5 == 2 and holidays:
        # Kept by Runn in case the holiday goes; not counted until then.
        day = ordinal(holidays[len(holidays) // 2]["startDate"])
        planner.add(place, (day, day), 300, note="On call?", **key)
    if n == 4 and holidays:
        day = ordinal(holidays[len(holidays) // 3]["startDate"])
        planner.add(place, (day, day), 360, isNonWorkingDay=True, **key)


def _make_odd_end(planner: Planner, n: int, row: Row) -> None:
    """Add an inactive row behind a person's last one, or a plan that outlives its contract."""
    place = (row["personId"], row["projectId"], row["roleId"])
    start = ordinal(row["endDate"]) + 3
    archived = planner.factory.company.tables["people"][row["personId"]]["isArchived"]
    if archived or n % 8 == 7:
        planner.add(place, (start, start + 11), 120, isActive=False)
    elif n == 16:
        planner.add(place, (start - 7, start + 11), 120)
