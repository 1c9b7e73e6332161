"""The work of the demo company: assignments, actuals, and what follows from them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from runn_pandas.demo import names
from runn_pandas.demo.days import END, START, TODAY, iso, ordinal, weekday
from runn_pandas.demo.pen import Pen, amount
from runn_pandas.demo.portfolio import HOURS_PER_DAY, Lives
from runn_pandas.demo.reports import DayKey, Hours, hours
from runn_pandas.demo.tables import Row

_START, _TODAY, _END = START.toordinal(), TODAY.toordinal(), END.toordinal()

# How a person's day is cut up between projects, the main one first.
SHARES = (
    (1.0,),
    (0.6, 0.3),
    (0.8,),
    (0.5, 0.25, 0.1),
    (0.75,),
    (0.6, 0.2),
    (0.9,),
)


class Planner:
    """Writes assignments, and knows for each project what an assignment needs to know."""

    def __init__(self, pen: Pen, lives: Lives) -> None:
        company = pen.company
        self.pen, self.lives = pen, lives
        self.projects = company.tables["projects"]
        self.phases: dict[int, list[tuple[int, int, int]]] = {}
        for row in company.rows("phases"):
            span = (ordinal(row["startDate"]), ordinal(row["endDate"]), row["id"])
            self.phases.setdefault(row["projectId"], []).append(span)
        self.streams: dict[int, list[int]] = {}
        for row in company.rows("project-workstreams"):
            self.streams.setdefault(row["projectId"], []).append(row["workstreamId"])
        own = [p for p in self.projects.values() if p["name"].startswith("Internal")]
        self.internal = [p["id"] for p in own]
        self.client = [
            p["id"]
            for p in self.projects.values()
            if not p["isTemplate"] and p["id"] not in self.internal
        ]
        self.templates = [p["id"] for p in self.projects.values() if p["isTemplate"]]

    def live(self, day: int) -> list[int]:
        """Client projects under way, or about to be, on a day."""
        return self.pen.company.keep("", ("live", day // 7), lambda: self._live(day // 7 * 7))

    def _live(self, day: int) -> list[int]:
        return [p for p in self.client if self.lives[p][0] <= day + 6 <= self.lives[p][1] - 7]

    def book(
        self, person: int, project: int, role: int, span: tuple[int, int], minutes: int
    ) -> None:
        """Plan work: one assignment for each phase that the time touches."""
        chance = self.pen.random.random
        streams = self.streams.get(project)
        stream = streams[person % len(streams)] if streams and chance() < 0.6 else None
        billable = self.projects[project]["pricingModel"] != "nb" and chance() < 0.93
        note = "Until the hand-over" if chance() < 0.05 else None
        # Work of a spell is planned whole, or phase by phase.
        parts: list[tuple[int, int, int | None]] = [(*span, None)]
        touched = [p for p in self.phases.get(project, ()) if p[0] <= span[1] and p[1] >= span[0]]
        if touched and chance() < 0.75:
            parts = [(max(p[0], span[0]), min(p[1], span[1]), p[2]) for p in touched]
        for first, last, phase in parts:
            fields: Row = {"phaseId": phase, "workstreamId": stream, "note": note}
            self.add(person, project, role, first, last, minutes, isBillable=billable, **fields)

    def add(
        self,
        person: int,
        project: int,
        role: int,
        first: int,
        last: int,
        minutes: int,
        **fields: object,
    ) -> Row:
        """Write one assignment row."""
        row: Row = {
            "id": self.pen.id("assignments"),
            "personId": person,
            "startDate": iso(first),
            "endDate": iso(last),
            "projectId": project,
            "minutesPerDay": minutes,
            "roleId": role,
            "isActive": True,
            "note": None,
            "isBillable": self.projects[project]["pricingModel"] != "nb",
            "phaseId": None,
            "isNonWorkingDay": False,
            "isTemplate": False,
            "isPlaceholder": person in self.pen.company.tables["placeholders"],
            "workstreamId": None,
        }
        row.update(fields)
        row.update(self.pen.stamps(first - 4 - int(self.pen.random.random() * 50)))
        return self.pen.add("assignments", row)


def build(pen: Pen, lives: Lives) -> None:
    """Write assignments, actuals, members, budgets and requests."""
    planner = Planner(pen, lives)
    pen.tables("assignments", "person-requests")
    people = [
        p for p in pen.company.rows("people") if p["id"] not in pen.company.tables["placeholders"]
    ]
    for person in people:
        plan(planner, person["id"])
    for n, placeholder in enumerate(pen.company.rows("placeholders")):
        plan_placeholder(planner, n, placeholder["id"])
    oddities(planner, people)
    estimates = log(planner, people)
    members(pen)
    budgets(pen, planner, estimates)


def plan(planner: Planner, person: int) -> None:
    """Plan a person's time, spell by spell, from the first day to some months ahead."""
    pen, chance = planner.pen, planner.pen.random
    contracts = pen.company.where("contracts", "personId", person)
    day = max(_START, ordinal(contracts[0]["startDate"]))
    current: int | None = None
    while day <= _END:
        last = day - weekday(day) + 7 * chance.randrange(1, 6) + 4
        contract = next((c for c in contracts if c["startDate"] <= iso(day) <= _until(c)), None)
        bench = 0.03 + max(0, day - _TODAY) / 150
        if contract is not None and chance.random() >= bench:
            last = min(last, ordinal(_until(contract)))
            minutes = max(contract["rosteredDays"].values())
            live = planner.live(day)
            # People stay where they are more often than they move.
            if current not in live or chance.random() < 0.4:
                current = chance.choice(live) if live else chance.choice(planner.internal)
            shares = chance.choice(SHARES)
            rest = [project for project in live + planner.internal if project != current]
            others = chance.sample(rest, len(shares) - 1)
            for project, share in zip((current, *others), shares, strict=True):
                planned = round(minutes * share / 15) * 15
                until = min(last, planner.lives[project][1])
                if planned and day <= until:
                    planner.book(person, project, contract["roleId"], (day, until), planned)
        day = last - weekday(last) + 7


def _until(contract: Row) -> str:
    return contract["endDate"] or iso(_END)


def plan_placeholder(planner: Planner, n: int, person: int) -> None:
    """Plan unmet demand, past and ahead, and ask for somebody to meet it."""
    pen, chance = planner.pen, planner.pen.random
    roles = [row["id"] for row in pen.company.rows("roles") if not row["isArchived"]]
    askers = [row["id"] for row in pen.company.rows("users")]
    for at, start in enumerate((_TODAY - 60 + 7 * (n % 8), _TODAY + 13 + 7 * (n % 5))):
        start -= weekday(start)
        live = planner.live(start) or planner.client
        project = chance.choice(live)
        minutes = chance.choice((240, 300, 480))
        planner.book(person, project, roles[n * 2 % len(roles)], (start, start + 39), minutes)
        if at or n % 2:
            request: Row = {"id": pen.id("person-requests"), "personId": person}
            request["projectId"] = project
            request["status"] = ("NEED_TO_HIRE", "REQUESTED", "PENDING")[(n + at) % 3]
            request["requesterId"] = None if n % 4 == 2 else chance.choice(askers)
            request["updaterId"] = chance.choice(askers) if n % 3 == 0 else None
            pen.add("person-requests", request | pen.stamps(start - 25))


def oddities(planner: Planner, people: list[Row]) -> None:
    """The rows that a careless sum gets wrong."""
    company = planner.pen.company
    usual: dict[int, list[Row]] = {}
    for row in company.rows("assignments"):
        usual.setdefault(row["personId"], []).append(row)
    for n, person in enumerate(people):
        rows = usual.get(person["id"], [])
        if not rows:
            continue
        row = rows[len(rows) // 3]
        who, project, role = person["id"], row["projectId"], row["roleId"]
        first = ordinal(row["startDate"])
        key: Row = {"workstreamId": row["workstreamId"], "isBillable": row["isBillable"]}
        if n % 3 == 0:
            # A second assignment on the same key, overlapping, in another phase.
            phases = [p[2] for p in planner.phases.get(project, ()) if p[2] != row["phaseId"]]
            key["phaseId"] = phases[0] if phases else None
            planner.add(who, project, role, first + 1, first + 4, 60, **key)
        if n % 3 == 1:
            saturday = first - weekday(first) + 5
            planner.add(who, project, role, saturday, saturday, 240, isNonWorkingDay=True, **key)
        off = company.where("time-offs/holidays", "personId", who)
        if n % 5 == 2 and off:
            # Kept by Runn in case the holiday goes; not counted until then.
            day = ordinal(off[len(off) // 2]["startDate"])
            planner.add(who, project, role, day, day, 300, note="On call?", **key)
        if n == 4 and off:
            day = ordinal(off[len(off) // 3]["startDate"])
            planner.add(who, project, role, day, day, 360, isNonWorkingDay=True, **key)
        last = rows[-1]
        project, role, start = last["projectId"], last["roleId"], ordinal(last["endDate"]) + 3
        if person["isArchived"] or n % 8 == 7:
            planner.add(who, project, role, start, start + 11, 120, isActive=False)
        elif n == 16:
            # A plan that outlives its contract.
            planner.add(who, project, role, start - 7, start + 11, 120)
    for n, project in enumerate(planner.templates):
        start, end = planner.lives[project]
        roles = [row["id"] for row in company.rows("roles") if not row["isArchived"]]
        staff = [*list(company.rows("placeholders"))[:2], people[min(n, len(people) - 1)]]
        for at, person in enumerate(staff):
            planner.add(person["id"], project, roles[at], start, end - 30, 240, isTemplate=True)


Estimates = dict[tuple[int, int], int]


def log(planner: Planner, people: list[Row]) -> Estimates:
    """Log what people did, close to the plan; give the planned minutes by project and role."""
    pen = planner.pen
    company, chance = pen.company, pen.random.random
    notes = names.ACTUAL_NOTES
    estimates: Estimates = {}
    entries: list[tuple[DayKey, int, int, int | None]] = []
    for n, person in enumerate(people):
        who = person["id"]
        found = hours(company, company.where("assignments", "personId", who), ())
        # Some are a week or two behind with their timesheets.
        filled = _TODAY - (1 if n % 9 != 4 else 12)
        trims = partial_leave(pen, who)
        seen: set[DayKey] = set()
        for key, (planned, _) in found.items():
            if planned is None:
                continue
            total = planned.billable + planned.nonbillable
            place = (key.project, key.role)
            estimates[place] = estimates.get(place, 0) + total
            if key.day > filled or not planner.projects[key.project]["isConfirmed"]:
                continue
            draw = chance()
            if draw < 0.035:
                continue
            minutes = 0 if draw < 0.05 else total
            if minutes and draw > 0.55:
                minutes = max(15, minutes + 15 * int(chance() * 9 - 4))
            if key.day in trims:
                minutes = round(minutes * trims[key.day])
            entries.append((key, *split(planned, minutes, chance()), _phase(planned, draw)))
            seen.add(key)
            if 0.93 < draw < 0.945:
                # Work that nobody planned: another project, or another role on this one.
                extra = key._replace(project=planner.internal[key.day % 3], workstream=None)
                if n % 4 == 1:
                    extra = key._replace(role=_other_role(pen, key.role), workstream=None)
                if extra not in seen and extra not in found:
                    seen.add(extra)
                    nb = planner.projects[extra.project]["pricingModel"] == "nb"
                    entries.append((extra, 0 if nb else 45, 60 if nb else 0, None))
    pen.tables("actuals")
    actuals = company.tables["actuals"]
    entries.sort(key=lambda entry: entry[0][:4])
    for key, billable, nonbillable, phase in entries:
        created = pen.stamp(key.day)
        draw = chance()
        updated = pen.stamp(key.day + 1 + int(chance() * 40)) if draw < 0.12 else created
        noted = draw > 0.86
        actual_id = pen.id("actuals")
        actuals[actual_id] = {
            "id": actual_id,
            "date": iso(key.day),
            "billableMinutes": billable,
            "nonbillableMinutes": nonbillable,
            "billableNote": notes[actual_id % len(notes)] if noted and billable else None,
            "nonbillableNote": notes[actual_id % len(notes)] if noted and nonbillable else None,
            "phaseId": phase,
            "personId": key.person,
            "projectId": key.project,
            "roleId": key.role,
            "workstreamId": key.workstream,
            "createdAt": created,
            "updatedAt": updated,
        }
    return estimates


def split(planned: Hours, minutes: int, draw: float) -> tuple[int, int]:
    """Cut logged minutes into billable and non-billable ones, as planned or nearly so."""
    if not planned.billable:
        return 0, minutes
    rest = planned.nonbillable if planned.nonbillable < minutes else 0
    if draw < 0.05:
        rest = minutes // 60 * 15
    return minutes - rest, rest


def _phase(planned: Hours, draw: float) -> int | None:
    return None if 0.2 < draw < 0.24 else planned.phase


def _other_role(pen: Pen, role: int) -> int:
    roles: list[int] = [row["id"] for row in pen.company.rows("roles") if not row["isArchived"]]
    return roles[(roles.index(role) + 1) % len(roles)]


def partial_leave(pen: Pen, person: int) -> dict[int, float]:
    """The part of the day that is left for work, on days of partial leave."""
    return {
        day: 1 - min(row["minutesPerDay"], 420) / 480
        for row in pen.company.where("time-offs/leave", "personId", person)
        if row["minutesPerDay"]
        for day in range(ordinal(row["startDate"]), ordinal(row["endDate"]) + 1)
    }


def members(pen: Pen) -> None:
    """Who is on a project, in which role: everybody with plan or log there."""
    company = pen.company
    pen.tables("project-members")
    seen: dict[tuple[int, int, int, int | None], str] = {}
    for table in ("assignments", "actuals"):
        for row in company.rows(table):
            key = (row["personId"], row["projectId"], row["roleId"], row["workstreamId"])
            if key not in seen or row["createdAt"] < seen[key]:
                seen[key] = row["createdAt"]
    for (person, project, role, stream), since in seen.items():
        row = {"id": pen.id("project-members"), "personId": person, "projectId": project}
        row.update(roleId=role, createdAt=since)
        row["isPlaceholder"] = person in company.tables["placeholders"]
        pen.add("project-members", {**row, "workstreamId": stream, "updatedAt": since})


def budgets(pen: Pen, planner: Planner, estimates: Estimates) -> None:
    """Estimated hours by role and their worth at the project's rates; budgets made from them."""
    pen.tables("budget-roles")
    rates = {(r["projectId"], r["roleId"]): r["rate"] for r in pen.company.rows("project-rates")}
    worth: dict[int, int] = {}
    for (project, role), planned in sorted(estimates.items()):
        hourly = Decimal(str(rates[project, role]))
        if planner.projects[project]["rateType"] == "days":
            hourly /= HOURS_PER_DAY
        minutes = round(planned * (0.8 + 0.45 * pen.random.random()) / 30) * 30
        budget = int((Decimal(minutes) / 60 * hourly).quantize(Decimal(1), ROUND_HALF_UP))
        worth[project] = worth.get(project, 0) + budget
        if project in planner.internal or pen.maybe(0.2):
            continue
        row: Row = {"projectId": project, "roleId": role, "estimatedMinutes": minutes}
        row["estimatedBudget"] = budget
        since = ordinal(planner.projects[project]["createdAt"][:10])
        pen.add("budget-roles", row | pen.stamps(since), (project, role))
    for n, (project, total) in enumerate(worth.items()):
        if planner.projects[project]["budget"] is not None:
            agreed = total * (0.75 + 0.5 * pen.random.random())
            planner.projects[project]["budget"] = amount(round(agreed, 2 if n % 7 == 4 else -2))
