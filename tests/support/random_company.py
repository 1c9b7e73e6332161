"""Companies at random, small and full of exceptions, for numbers that are counted twice."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from tests.support.company import (
    BUILD,
    DESIGN,
    FIXED,
    INNER,
    MAYBE,
    PLACEHOLDER,
    SITE,
    TEMPLATE,
    TOM,
    UMA,
    Company,
)

FIRST = dt.date(2026, 5, 11)
ARCHIVED, BY_DAY, BARE_FIXED = 55, 56, 57
PROJECTS = (SITE, FIXED, INNER, MAYBE, TEMPLATE, ARCHIVED, BY_DAY, BARE_FIXED)
VERA = 4


def day(random: Random, days: int = 80) -> dt.date:
    return FIRST + dt.timedelta(random.randrange(days))


def span(random: Random, longest: int) -> tuple[str, str]:
    first = day(random)
    return first.isoformat(), (first + dt.timedelta(random.randrange(longest))).isoformat()


def random_company(seed: int) -> Company:
    """Part-timers, gaps, overlapping contracts, half days off, zeros, every kind of project."""
    random = Random(seed)
    company = Company(bare=True)
    company._add("people", id=VERA, teamId=None, tags=[{"id": 91, "name": "A"}], isArchived=True)
    company.rows["people"][1]["tags"] = [{"id": 91, "name": "A"}, {"id": 92, "name": "B"}]
    company.project(SITE, teamId=1, tags=[{"id": 95, "name": "x"}, {"id": 96, "name": "y"}])
    company.project(FIXED, expensesBudget=500.0).project(SITE, expensesBudget=100.0)
    for id_, model in ((ARCHIVED, "tm"), (BY_DAY, "tm"), (BARE_FIXED, "fp")):
        company._add(
            "projects",
            id=id_,
            isTemplate=False,
            isConfirmed=True,
            pricingModel=model,
            rateType="days" if id_ == BY_DAY else "hours",
            budget=random.choice([None, 3_000.0]) if id_ == BARE_FIXED else None,
            clientId=31,
            isArchived=id_ == ARCHIVED,
        )
        for role in (DESIGN, BUILD):
            company._add("project-rates", projectId=id_, roleId=role, rate=random.choice([0, 90.5]))
    company.rate(SITE, BUILD, 133.35)
    for person in (TOM, UMA, VERA, PLACEHOLDER):
        contracts(company, random, person)
    for _ in range(random.randrange(4, 12)):
        person = random.choice([TOM, TOM, UMA, VERA, PLACEHOLDER])
        project = random.choice(PROJECTS)
        company.plan(
            *span(random, 25),
            15 * random.randrange(1, 45),
            personId=person,
            projectId=project,
            roleId=random.choice([DESIGN, BUILD]),
            workstreamId=random.choice([None, 9]),
            phaseId=random.choice([None, 801, 802]),
            isBillable=random.random() < 0.7,
            isNonWorkingDay=random.random() < 0.1,
            isActive=random.random() < 0.9,
            isTemplate=random.random() < 0.1,
        )
    for _ in range(random.randrange(14)):
        minutes = random.choice([(0, 0), (300, 0), (0, 90), (481, 17)])
        company.log(
            day(random, 60).isoformat(),
            *minutes,
            personId=random.choice([TOM, UMA, VERA]),
            projectId=random.choice(PROJECTS),
            roleId=random.choice([DESIGN, BUILD]),
            workstreamId=random.choice([None, 9]),
            phaseId=random.choice([None, 803]),
        )
    others(company, random)
    labels(company, random)
    return company


def labels(company: Company, random: Random) -> None:
    """What people and projects are grouped by, of which they may have none, one or several."""
    for row in company.rows["people"]:
        skills = random.sample([61, 62, 63], random.randrange(3))
        for skill in skills:
            company.rows["people/skills"].append({"personId": row["id"], "skillId": skill})
        row["managers"] = [{"id": one} for one in random.sample([71, 72], random.randrange(3))]
        office = random.sample(["Wellington", "Berlin"], random.randrange(2))
        company.rows["people/custom-fields"].append(
            {"personId": row["id"], "customFields": {"select": [choice(1, "Office", office)]}}
        )
    for row in company.rows["projects"]:
        row["managerIds"] = random.sample([71, 72], random.randrange(3))
        regions = random.sample(["North", "South"], random.randrange(3))
        row["customFields"] = {"select": [choice(2, "Regions", regions)]}


def choice(id_: int, name: str, options: list[str]) -> dict[str, Any]:
    """A custom field of which some options are chosen."""
    values = [{"id": at, "name": option} for at, option in enumerate(options)]
    return {"id": id_, "name": name, "values": values}


def contracts(company: Company, random: Random, person: int) -> None:
    if person == PLACEHOLDER and random.random() < 0.7:
        return
    cut = day(random, 60)
    until = cut + dt.timedelta(random.choice([-5, -1, 4]))
    company.contract("2026-01-05", until.isoformat(), random.choice([480, 450]), person=person)
    if random.random() < 0.7:
        off = random.choice(["", "monday", "wednesday friday"])
        end = random.choice([None, None, (cut + dt.timedelta(20)).isoformat()])
        cost = random.choice([None, 47.25])
        company.contract(cut.isoformat(), end, 300, off=off, person=person, cost=cost, role=BUILD)
    for row in company.rows["contracts"]:
        row.setdefault("employmentType", random.choice(["employee", "contractor"]))


def others(company: Company, random: Random) -> None:
    for _ in range(random.randrange(6)):
        company.off(
            *span(random, 6),
            random.choice([None, None, 240, 480, 900]),
            person=random.choice([TOM, UMA, VERA]),
            kind=random.choice(["leave", "holidays", "rostered-off"]),
        )
    for _ in range(random.randrange(5)):
        project = random.choice(PROJECTS)
        company.expense(day(random).isoformat(), random.randrange(90), 72.1, project)
    for project in random.sample(PROJECTS, 3):
        for role in (DESIGN, BUILD)[: random.randrange(3)]:
            company.rows["budget-roles"].append(
                {
                    "projectId": project,
                    "roleId": role,
                    "estimatedMinutes": random.randrange(6_000),
                    "estimatedBudget": float(random.randrange(9_000)),
                }
            )
    for status in random.sample(["NEED_TO_HIRE", "REQUESTED", "PENDING"], 2):
        company._add(
            "person-requests",
            personId=PLACEHOLDER,
            projectId=random.choice(PROJECTS),
            status=status,
        )
    for _ in range(3):
        company._add("milestones", date=day(random).isoformat(), projectId=random.choice(PROJECTS))
