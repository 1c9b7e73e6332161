"""Runn's metrics counted once more: day by day, in fractions, slow and plain.

Written from the definitions, without the package's own calculations.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
ONE_DAY = dt.timedelta(1)
Row = dict[str, Any]
Cells = dict[Any, dict[str, Fraction]]


class Work(NamedTuple):
    """The minutes of a day and key."""

    day: dt.date
    person: int
    project: int
    role: int
    workstream: int | None
    billable: Fraction
    nonbillable: Fraction
    phase: int | None

    @property
    def total(self) -> Fraction:
        return self.billable + self.nonbillable


def date(text: str | None) -> dt.date:
    return dt.date.max if text is None else dt.date.fromisoformat(text)


def dates(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    while first <= last:
        yield first
        first += ONE_DAY


class Recount:
    """Every sum of a company, by day and by whose it is."""

    def __init__(
        self,
        rows: dict[str, list[Row]],
        first: str,
        last: str,
        today: str,
        *,
        people: bool,
        tentative: bool = False,
        placeholders: bool = True,
        charges: str = "runn",
    ) -> None:
        self.rows = rows
        self.first, self.last, self.today = date(first), date(last), date(today)
        self.is_people, self.charges = people, charges
        self.with_tentative, self.with_placeholders = tentative, placeholders
        self.projects = {row["id"]: row for row in rows["projects"]}
        self.people = {row["id"]: row for row in rows["people"]}
        self.unreal = {row["id"] for row in rows["placeholders"]}
        every = [date(r["startDate"]) for r in rows["assignments"]]
        every += [date(r["endDate"]) for r in rows["assignments"]]
        every += [date(r["date"]) for r in rows["actuals"]] + [self.first, self.last]
        self.life = (min(every), max(every))
        self.planned = self.scheduled()
        self.logged = self.actual()
        self.effective = [*self.logged, *self.not_logged()]
        self.worth = self.benchmarks()

    # -- what is in force on a day

    def contract(self, person: int, day: dt.date) -> Row | None:
        found = None
        for row in self.rows["contracts"]:
            if row["personId"] != person or not date(row["startDate"]) <= day:
                continue
            if day <= date(row["endDate"]):
                key = (date(row["startDate"]), date(row["endDate"]))
                if found is None or key >= (date(found["startDate"]), date(found["endDate"])):
                    found = row
        return found

    def rostered(self, person: int, day: dt.date) -> int:
        held = self.contract(person, day)
        if held is None or day.weekday() > 4:
            return 0
        return int(held["rosteredDays"][WEEKDAYS[day.weekday()]])

    def off(
        self,
        person: int,
        day: dt.date,
        kinds: tuple[str, ...] = ("leave", "holidays", "rostered-off"),
    ) -> tuple[bool, int]:
        whole, some = False, 0
        for kind in kinds:
            for row in self.rows[f"time-offs/{kind}"]:
                inside = date(row["startDate"]) <= day <= date(row["endDate"])
                if row["personId"] == person and inside:
                    whole = whole or row["minutesPerDay"] is None
                    some += row["minutesPerDay"] or 0
        return whole, some

    def time_off(self, person: int, day: dt.date, *kinds: str) -> int:
        whole, some = self.off(person, day, *([kinds] if kinds else []))
        room = self.rostered(person, day)
        return room if whole else min(some, room)

    def cost(self, person: int, day: dt.date, role: int) -> Fraction:
        held = self.contract(person, day)
        if held is not None:
            role = held["roleId"]
            if held["costPerHour"] is not None:
                return Fraction(str(held["costPerHour"]))
        found = next(row for row in self.rows["roles"] if row["id"] == role)
        return Fraction(str(found["defaultHourCost"]))

    # -- hours

    def of_template(self, project: int) -> bool:
        return bool(self.projects[project]["isTemplate"])

    def counts(self, row: Row, day: dt.date) -> bool:
        unreal = row["personId"] in self.unreal
        if unreal and day < self.today:
            return False
        if row["isNonWorkingDay"]:
            return True
        if unreal:
            return day.weekday() < 5
        return self.rostered(row["personId"], day) > 0 and not self.off(row["personId"], day)[0]

    def entries(self, found: dict[Any, list[Any]]) -> list[Work]:
        works = []
        for (day, person, project, role, stream), (billable, rest, phase) in found.items():
            if self.projects[project]["pricingModel"] == "nb":
                billable, rest = 0, billable + rest
            works.append(
                Work(day, person, project, role, stream, Fraction(billable), Fraction(rest), phase)
            )
        return works

    def scheduled(self) -> list[Work]:
        found: dict[Any, list[Any]] = {}
        for row in sorted(self.rows["assignments"], key=lambda row: row["id"]):
            if not row["isActive"] or row["isTemplate"] or self.of_template(row["projectId"]):
                continue
            for day in dates(date(row["startDate"]), date(row["endDate"])):
                if self.counts(row, day):
                    key = (day, row["personId"], row["projectId"], row["roleId"])
                    entry = found.setdefault((*key, row.get("workstreamId")), [0, 0, None])
                    entry[0 if row["isBillable"] else 1] += row["minutesPerDay"]
                    entry[2] = entry[2] or row.get("phaseId")
        return self.entries(found)

    def actual(self) -> list[Work]:
        found: dict[Any, list[Any]] = {}
        for row in self.rows["actuals"]:
            if not self.of_template(row["projectId"]):
                key = (date(row["date"]), row["personId"], row["projectId"], row["roleId"])
                entry = found.setdefault((*key, row.get("workstreamId")), [0, 0, None])
                entry[0] += row["billableMinutes"]
                entry[1] += row["nonbillableMinutes"]
                entry[2] = entry[2] or row.get("phaseId")
        plan = {work[:5]: work.phase for work in self.planned}
        for key, entry in found.items():
            entry[2] = entry[2] or plan.get(key)
        return self.entries(found)

    def not_logged(self) -> list[Work]:
        logged = {work[:5] for work in self.logged}
        return [work for work in self.planned if work[:5] not in logged]

    def counted(self, works: list[Work], everyone: bool = False) -> list[Work]:
        return [
            work
            for work in works
            if (self.with_tentative or self.projects[work.project]["isConfirmed"])
            and (everyone or self.with_placeholders or work.person not in self.unreal)
        ]

    def within(self, works: list[Work], everyone: bool = False) -> list[Work]:
        found = self.counted(works, everyone)
        return [work for work in found if self.first <= work.day <= self.last]

    # -- money

    def listed(self, work: Work) -> Fraction:
        project = self.projects[work.project]
        if project["pricingModel"] == "nb" or not work.billable:
            return Fraction(0)
        for row in self.rows["project-rates"]:
            if (row["projectId"], row["roleId"]) == (work.project, work.role):
                hours = 8 if project["rateType"] == "days" else 1
                return work.billable / 60 * Fraction(str(row["rate"])) / hours
        return Fraction(0)

    def benchmarks(self) -> dict[int, Fraction]:
        found: dict[int, Fraction] = defaultdict(Fraction)
        for work in self.counted(self.effective):
            found[work.project] += self.listed(work)
        return found

    def earned(self, work: Work) -> Fraction:
        project = self.projects[work.project]
        if project["pricingModel"] != "fp":
            return self.listed(work)
        if project["budget"] is None or not self.worth[work.project]:
            return Fraction(0)
        return self.listed(work) * Fraction(str(project["budget"])) / self.worth[work.project]

    def spent(self, work: Work) -> Fraction:
        return work.total / 60 * self.cost(work.person, work.day, work.role)

    def charge(self, row: Row) -> Fraction:
        """The part of an expense's charge that is revenue."""
        counts = self.projects[row["projectId"]]["pricingModel"] == "tm"
        if self.charges != "runn":
            counts = self.charges == "all"
        return Fraction(str(row["charge"])) if counts else Fraction(0)

    # -- every amount: when, whose, what

    def whose(self, work: Work) -> Row:
        held = self.contract(work.person, work.day)
        return {
            "person": work.person,
            "project": work.project,
            "projectRole": work.role,
            "role": work.role if held is None else held["roleId"],
            "employmentType": None if held is None else held["employmentType"],
            "phase": work.phase,
            "workstream": work.workstream,
        }

    def amounts(self) -> Iterator[tuple[dt.date | None, Row, dict[str, Fraction | int]]]:
        yield from self.of_hours()
        yield from self.of_money()
        yield from self.of_capacity()
        yield from self.of_lists()
        yield from self.of_whole_projects()

    def of_hours(self) -> Iterator[Any]:
        for name, works in (("e", self.effective), ("s", self.planned), ("a", self.logged)):
            for work in self.within(works):
                values = {f"{name}b": work.billable, f"{name}n": work.nonbillable}
                when = "past" if work.day < self.today else "future"
                values |= {
                    f"{name}b {when}": work.billable,
                    f"{name}n {when}": work.nonbillable,
                }
                yield work.day, self.whose(work), values
        entries = {(work.day, work.person, work.project) for work in self.logged}
        for work in self.within(self.planned):
            sure = self.projects[work.project]["isConfirmed"] and work.person not in self.unreal
            known = (work.day, work.person, work.project) in entries
            if work.day < self.today and sure and not known:
                yield work.day, self.whose(work), {"missing": work.total}
        for work in self.within(self.planned, everyone=True) if self.is_people else []:
            yield work.day, self.whose(work) | {"role": work.role}, {"booked": work.total}

    def of_money(self) -> Iterator[Any]:
        for work in self.within(self.effective):
            earned, cost = self.earned(work), self.spent(work)
            when = "past" if work.day < self.today else "future"
            values = {"earned": earned, "cost": cost, "listed": self.listed(work)}
            values |= {f"earned {when}": earned, f"cost {when}": cost}
            yield work.day, self.whose(work), values
        for work in self.within(self.planned):
            values = {"billed": self.earned(work)}
            project = self.projects[work.project]
            if project["isConfirmed"] and not project.get("isArchived"):
                values["client billed"] = self.earned(work)
                if work.person not in self.unreal:
                    values["client cost"] = self.spent(work)
            yield work.day, self.whose(work), values
        for work in self.counted(self.effective):
            if work.day <= self.last:
                values = {"run b": work.billable, "run n": work.nonbillable}
                values |= {"run earned": self.earned(work), "run cost": self.spent(work)}
                yield max(work.day, self.first), self.whose(work), values
                yield None, self.whose(work), {"run b": Fraction(0)}

    def of_capacity(self) -> Iterator[Any]:
        worked: dict[Any, Fraction] = defaultdict(Fraction)
        for work in self.within(self.effective):
            worked[work.person, work.day] += work.total
        for person in self.people:
            if person in self.unreal:
                continue
            for day in dates(self.first, self.last):
                held = self.contract(person, day)
                room = self.rostered(person, day)
                off = self.time_off(person, day)
                left = room - off - worked[person, day]
                values: dict[str, Any] = {"free": max(left, 0), "over": max(-left, 0)}
                owner: Row = {"person": person, "role": None, "employmentType": None}
                if held is not None:
                    owner |= {"role": held["roleId"], "employmentType": held["employmentType"]}
                    cost = self.cost(person, day, held["roleId"])
                    absent = self.time_off(person, day, "leave", "holidays")
                    values |= {"contracted": room, "off": off}
                    values["business"] = Fraction(room, 60) * cost
                    values["absent"] = Fraction(absent, room) if room else 0
                yield day, owner, values

    def left_out(self, project: int) -> bool:
        row = self.projects[project]
        return bool(row["isTemplate"] or not (row["isConfirmed"] or self.with_tentative))

    def of_lists(self) -> Iterator[Any]:
        for row in self.rows["contracts"]:
            if row["personId"] in self.unreal:
                continue
            owner = {key: row[f"{key}Id"] for key in ("person", "role")}
            owner["employmentType"] = row["employmentType"]
            if row["endDate"] and self.first <= date(row["endDate"]) <= self.last:
                yield date(row["endDate"]), owner, {"ending": 1}
            if self.contract(row["personId"], self.today) is row and row["costPerHour"] is None:
                yield None, owner, {"costless": 1}
        for row in self.rows["person-requests"]:
            if not self.left_out(row["projectId"]):
                owner = {"person": row["personId"], "project": row["projectId"]}
                yield None, owner, {"open": 1, "hire": int(row["status"] == "NEED_TO_HIRE")}
        for row in self.rows["milestones"]:
            if self.first <= date(row["date"]) <= self.last and not self.left_out(row["projectId"]):
                yield date(row["date"]), {"project": row["projectId"]}, {"milestones": 1}
        for row in self.rows["other-expenses"]:
            inside = self.first <= date(row["date"]) <= self.last
            if inside and not self.is_people and not self.left_out(row["projectId"]):
                values = {"other cost": Fraction(str(row["cost"]))}
                values |= {"other charge": Fraction(str(row["charge"]))}
                values["charged"] = self.charge(row)
                yield date(row["date"]), {"project": row["projectId"]}, values

    def of_whole_projects(self) -> Iterator[Any]:
        for id_, project in self.projects.items():
            if not self.left_out(id_):
                yield None, {"project": id_}, self.whole(id_, project)
                yield from self.role_budgets(id_)

    def whole(self, id_: int, project: Row) -> dict[str, Any]:
        works = [work for work in self.counted(self.effective) if work.project == id_]
        model, budget = project["pricingModel"], project["budget"]
        values: dict[str, Any] = {}
        charges = [row for row in self.rows["other-expenses"] if row["projectId"] == id_]
        if budget is not None:
            budget = Fraction(str(budget))
            values |= {"budget": budget, "has budget": 1}
            if model != "nb":
                gone = sum(map(self.listed if model == "fp" else self.earned, works), Fraction(0))
                gone += sum(map(self.charge, charges), Fraction(0)) if model == "tm" else 0
                values |= {"remaining": budget - gone, "has remaining": 1}
        if project.get("expensesBudget") is not None:
            charged = sum((Fraction(str(row["charge"])) for row in charges), Fraction(0))
            values |= {"expenses budget": Fraction(str(project["expensesBudget"]))}
            values |= {"expenses charged": charged, "has expenses budget": 1}
        kept = [work.total if model == "nb" else work.billable for work in works]
        done = [of for of, work in zip(kept, works, strict=True) if work.day < self.today]
        values |= {"used": sum(kept, Fraction(0)), "done": sum(done, Fraction(0))}
        budgets = [row for row in self.rows["budget-roles"] if row["projectId"] == id_]
        if budgets:
            values["role minutes of project"] = sum(row["estimatedMinutes"] for row in budgets)
            values["role budget of project"] = sum(Fraction(r["estimatedBudget"]) for r in budgets)
            values |= {"has roles": 1, "used by budget": values["used"]}
        plans = [
            row
            for row in self.rows["assignments"]
            if row["projectId"] == id_ and row["isActive"] and not row["isTemplate"]
        ]
        near = dt.timedelta(91)
        around = [
            row
            for row in plans
            if date(row["endDate"]) >= self.today - near
            and date(row["startDate"]) <= self.today + near
        ]
        values["unassigned"] = int(not plans)
        values["archivable"] = int(not around and not project.get("isArchived"))
        return values

    def role_budgets(self, id_: int) -> Iterator[Any]:
        for row in self.rows["budget-roles"]:
            if row["projectId"] == id_:
                own = [
                    work
                    for work in self.counted(self.effective)
                    if (work.project, work.role) == (id_, row["roleId"])
                ]
                values = {"role minutes": row["estimatedMinutes"], "has role": 1}
                values["role budget"] = Fraction(row["estimatedBudget"])
                values["role used"] = sum((work.billable for work in own), Fraction(0))
                values["role value"] = sum(map(self.listed, own), Fraction(0))
                yield None, {"project": id_, "projectRole": row["roleId"]}, values

    # -- sums by group and period

    def groups(self, owner: Row, by: list[str]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = [()]
        for name in by:
            values = self.of_field(owner, name)
            found = [(*group, value) for group in found for value in values]
        return found

    def of_field(self, owner: Row, name: str) -> list[Any]:
        person = self.people.get(owner.get("person") or -1, {})
        project = self.projects.get(owner.get("project") or -1, {})
        if name in ("team", "client"):
            return [(person if name == "team" else project).get(f"{name}Id")]
        if name == "tag":
            tags = (person if self.is_people else project).get("tags") or []
            return [tag["id"] for tag in tags] or [None]
        if name == "skill":
            mine = [r for r in self.rows["people/skills"] if r["personId"] == owner.get("person")]
            return [row["skillId"] for row in mine] or [None]
        if name == "manager":
            ids = [one["id"] for one in person.get("managers") or []]
            return (ids if self.is_people else project.get("managerIds")) or [None]
        if name.startswith("customFields."):
            return self.chosen(owner.get("person"), project, name.partition(".")[2])
        if name == "pricingModel":
            return [project.get("pricingModel")]
        return [owner.get(name)]

    def chosen(self, person: int | None, project: Row, name: str) -> list[Any]:
        """The options that are chosen in a custom field, of a person or a project."""
        held = project.get("customFields") or {}
        if self.is_people:
            rows = {row["personId"]: row for row in self.rows["people/custom-fields"]}
            held = rows.get(person, {}).get("customFields") or {}
        found = [field for field in held.get("select", []) if field["name"] == name]
        return [option["name"] for field in found for option in field["values"]] or [None]

    def cells(self, by: list[str], monthly: bool) -> Cells:
        found: Cells = defaultdict(lambda: defaultdict(Fraction))
        months = {day.replace(day=1) if monthly else None for day in dates(self.first, self.last)}
        for day, owner, values in self.amounts():
            periods = months if day is None else {day.replace(day=1) if monthly else None}
            for period in periods:
                for group in self.groups(owner, by):
                    for name, value in values.items():
                        found[period, group][name] += value
        for (month, group), values in self.in_bands(by, monthly):
            for name, value in values.items():
                found[month, group][name] += value
        self.run_on(found, sorted(months, key=str))
        return found

    def in_bands(self, by: list[str], monthly: bool) -> Iterator[Any]:
        """Capacity by how much of their own a person has worked in the month, or in all."""
        if not self.is_people:
            return
        able: dict[Any, Any] = defaultdict(list)
        for day, owner, values in self.of_capacity():
            if "contracted" in values:
                month = day.replace(day=1) if monthly else None
                able[owner["person"], month].append((owner, values["contracted"] - values["off"]))
        done: dict[Any, Fraction] = defaultdict(Fraction)
        for work in self.within(self.effective):
            done[work.person, work.day.replace(day=1) if monthly else None] += work.total
        for (person, month), days in able.items():
            room = sum(left for _, left in days)
            share = per_cent(done[person, month], room)
            if share is not None:
                word = "in over" if share >= 101 else "in well" if share >= 80 else "in under"
                for owner, left in days:
                    for group in self.groups(owner, by):
                        yield (month, group), {word: left}

    def run_on(self, cells: Cells, months: list[Any]) -> None:
        """Make running totals of what is called so, in order of the periods."""
        for group in {group for _, group in cells}:
            for name in ("run b", "run n", "run earned", "run cost"):
                total = Fraction(0)
                for month in months:
                    if (month, group) in cells:
                        total += cells[month, group][name]
                        cells[month, group][name] = total

    def workdays(self, month: dt.date | None) -> int:
        days = [day for day in dates(self.first, self.last) if day.weekday() < 5]
        return len([day for day in days if month is None or day.replace(day=1) == month])


def per_cent(part: Any, whole: Any) -> Fraction | None:
    return Fraction(100 * part) / whole if whole else None


def capacity(c: Any) -> Any:
    return c["contracted"] - c["off"]


def known(name: str, value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda c: value(c) if c[name] else None


def band(c: Any) -> str | None:
    share = per_cent(c["eb"] + c["en"], capacity(c))
    if share is None:
        return None
    for upper, word in ((20, "0-19"), (40, "20-39"), (60, "40-59"), (80, "60-79")):
        if share < upper:
            return word
    for upper, word in ((101, "80-100"), (121, "101-120"), (141, "121-140"), (161, "141-160")):
        if share < upper:
            return word
    return "161+"


def free_band(c: Any) -> str | None:
    share = per_cent(capacity(c) - c["sb"] - c["sn"], capacity(c))
    if share is None:
        return None
    if share <= 0:
        return "full" if share == 0 else "overbooked"
    words = ((25, "1-24"), (50, "25-49"), (75, "50-74"))
    return next((word for upper, word in words if share < upper), "75-100")


def plus(*names: str) -> Callable[[Any], Any]:
    return lambda c: sum((c[name] for name in names), Fraction(0))


def minus(one: str, other: str) -> Callable[[Any], Any]:
    return lambda c: c[one] - c[other]


def gross(c: Any) -> Any:
    return c["earned"] + c["charged"]


def all_costs(c: Any) -> Any:
    return c["cost"] + c["other cost"]


def deviation(*sides: str) -> Callable[[Any], Any]:
    def share(c: Any) -> Any:
        planned = sum(c[f"s{side} past"] for side in sides)
        return per_cent(sum(c[f"a{side} past"] for side in sides) - planned, planned)

    return share


# By Runn's metrics; hours in minutes.
METRICS: dict[str, Callable[[Any], Any]] = {
    "total": plus("eb", "en"),
    "billable": plus("eb"),
    "nonbillable": plus("en"),
    "scheduledTotal": plus("sb", "sn"),
    "scheduledBillable": plus("sb"),
    "scheduledNonbillable": plus("sn"),
    "actualTotal": plus("ab", "an"),
    "actualBillable": plus("ab"),
    "actualNonbillable": plus("an"),
    "difference": lambda c: c["ab"] + c["an"] - c["sb"] - c["sn"],
    "differenceBillable": minus("ab", "sb"),
    "differenceNonbillable": minus("an", "sn"),
    "days": lambda c: (c["eb"] + c["en"]) / 480,
    "fte": lambda c: (c["eb"] + c["en"]) / 480 / c["workdays"],
    "missingActuals": plus("missing"),
    "contractedCapacity": plus("contracted"),
    "effectiveCapacity": capacity,
    "timeOff": plus("off"),
    "totalUtilization": lambda c: per_cent(c["eb"] + c["en"], capacity(c)),
    "billableUtilization": lambda c: per_cent(c["eb"], capacity(c)),
    "nonbillableUtilization": lambda c: per_cent(c["en"], capacity(c)),
    "groupUtilization": lambda c: per_cent(c["eb"] + c["en"], capacity(c)),
    "remainingAvailability": plus("free"),
    "overtime": plus("over"),
    "revenue": gross,
    "projectCosts": plus("cost"),
    "businessCosts": plus("business"),
    "completedTimesheet": lambda c: c["missing"] == 0,
    "resourcingRequests": plus("open"),
    "availability": lambda c: capacity(c) - c["sb"] - c["sn"],
    "availabilityFte": lambda c: (capacity(c) - c["sb"] - c["sn"]) / 480 / c["workdays"],
    "availabilityBand": free_band,
    "plannedUtilization": lambda c: per_cent(c["sb"] + c["sn"], capacity(c)),
    "timeOffDays": plus("absent"),
    "billings": plus("billed"),
    "utilizationBand": band,
    "overUtilized": lambda c: c["in over"] / Fraction(480) / c["workdays"],
    "wellUtilized": lambda c: c["in well"] / Fraction(480) / c["workdays"],
    "underUtilized": lambda c: c["in under"] / Fraction(480) / c["workdays"],
    "roleBalance": lambda c: capacity(c) - c["booked"],
    "contractsEnding": plus("ending"),
    "capacityByEmploymentType": capacity,
    "workloadByEmploymentType": plus("eb", "en"),
    "businessCostsByEmploymentType": plus("business"),
    "hiringProposals": plus("hire"),
    "withoutCost": plus("costless"),
    "budget": known("has budget", plus("budget")),
    "budgetRemaining": known("has remaining", plus("remaining")),
    "timeBudget": known("has roles", plus("role minutes of project")),
    "timeBudgetRemaining": known("has roles", minus("role minutes of project", "used by budget")),
    "roleBudget": known("has role", plus("role budget")),
    "roleBudgetRemaining": known("has role", minus("role budget", "role value")),
    "roleTimeBudget": known("has role", plus("role minutes")),
    "roleTimeBudgetRemaining": known("has role", minus("role minutes", "role used")),
    "budgetUnallocated": known(
        "has budget", lambda c: c["budget"] - c["role budget of project"] - c["expenses budget"]
    ),
    "completedHours": plus("done"),
    "completedPercent": lambda c: per_cent(c["done"], c["used"]),
    "expensesBudgetRemaining": known(
        "has expenses budget", minus("expenses budget", "expenses charged")
    ),
    "potentialArchives": plus("archivable"),
    "unassignedProjects": plus("unassigned"),
    "benchmark": plus("listed"),
    "costs": all_costs,
    "profit": lambda c: gross(c) - all_costs(c),
    "margin": lambda c: per_cent(gross(c) - all_costs(c), gross(c)),
    "rate": lambda c: c["listed"] * 60 / c["eb"] if c["eb"] else None,
    "effectiveRate": lambda c: c["earned"] * 60 / c["eb"] if c["eb"] else None,
    "pastHours": plus("eb past", "en past"),
    "pastRevenue": plus("earned past"),
    "pastCosts": plus("cost past"),
    "futureHours": plus("eb future", "en future"),
    "futureRevenue": plus("earned future"),
    "futureCosts": plus("cost future"),
    "otherCosts": plus("other cost"),
    "otherCharges": plus("other charge"),
    "expensesProfit": minus("other charge", "other cost"),
    "expensesMargin": lambda c: per_cent(c["other charge"] - c["other cost"], c["other charge"]),
    "cumulativeTotal": plus("run b", "run n"),
    "cumulativeBillable": plus("run b"),
    "cumulativeNonbillable": plus("run n"),
    "cumulativeRevenue": plus("run earned"),
    "cumulativeCosts": plus("run cost"),
    "phaseRevenue": plus("earned"),
    "phaseCosts": plus("cost"),
    "clientBillings": plus("client billed"),
    "clientCosts": plus("client cost"),
    "clientProfit": minus("client billed", "client cost"),
    "clientMargin": lambda c: per_cent(c["client billed"] - c["client cost"], c["client billed"]),
    "deviation": deviation("b", "n"),
    "deviationBillable": deviation("b"),
    "deviationNonbillable": deviation("n"),
    "milestones": plus("milestones"),
}
