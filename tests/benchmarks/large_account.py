"""An account as large as any, as tables and as a mirror: 50,000 people, 1,000,000 assignments."""

from __future__ import annotations

import numpy as np
import pandas as pd

PEOPLE, ASSIGNMENTS = 50_000, 1_000_000
PROJECTS, ROLES, TEAMS = 5_000, 20, 100
YEAR = ("2026-01-01", "2026-12-31")
FIRST = np.datetime64(YEAR[0])
DAYS = 365
LONGEST = 21  # days of an assignment
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def stamps(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[us]")


def large_account(
    people: int = PEOPLE, assignments: int = ASSIGNMENTS, *, actuals: int = 0, fixed: bool = True
) -> dict[str, pd.DataFrame]:
    """Tables as `read_many` gives them, of a year; a tenth of the projects at a fixed price."""
    random = np.random.default_rng(7)
    person = np.arange(1, people + 1)
    project = np.arange(1, PROJECTS + 1)
    return {
        "people": pd.DataFrame(
            {
                "id": pd.array(person, "Int64"),
                "teamId": pd.array(1 + person % TEAMS, "Int64"),
                "isArchived": pd.array(np.zeros(people, bool)),
            }
        ),
        "contracts": _contracts(random, person),
        "assignments": _assignments(random, people, assignments),
        "actuals": _actuals(random, people, actuals),
        "projects": pd.DataFrame(
            {
                "id": pd.array(project, "Int64"),
                "isTemplate": pd.array(np.zeros(PROJECTS, bool)),
                "isConfirmed": pd.array(project % 10 != 1),
                "isArchived": pd.array(project % 10 == 2),
                "pricingModel": np.where((project % 10 == 3) & fixed, "fp", "tm"),
                "rateType": "hours",
                "budget": pd.array(np.full(PROJECTS, 100_000.0), "Float64"),
                "clientId": pd.array(1 + project % 500, "Int64"),
                "teamId": pd.array(1 + project % TEAMS, "Int64"),
            }
        ).astype({"pricingModel": "str", "rateType": "str"}),
        "project-rates": pd.DataFrame(
            {
                "projectId": pd.array(np.repeat(project, ROLES), "Int64"),
                "roleId": pd.array(np.tile(1 + np.arange(ROLES), PROJECTS), "Int64"),
                "rate": pd.array(100.0 + np.arange(PROJECTS * ROLES) % 90, "Float64"),
            }
        ),
        "roles": pd.DataFrame(
            {
                "id": pd.array(1 + np.arange(ROLES), "Int64"),
                "defaultHourCost": pd.array(40.0 + np.arange(ROLES), "Float64"),
            }
        ),
        "placeholders": pd.DataFrame({"id": pd.array([], "Int64")}),
        "time-offs/leave": _time_off(random, people, 3 * people),
        "time-offs/holidays": _time_off(random, people, 5 * people, longest=1),
        "time-offs/rostered-off": _time_off(random, people, 0),
    }


def _assignments(random: np.random.Generator, people: int, count: int) -> pd.DataFrame:
    first = random.integers(0, DAYS, count)
    last = first + random.integers(0, LONGEST, count)
    none = pd.array([pd.NA], "Int64").repeat(count)
    flags = np.zeros(count, bool)
    return pd.DataFrame(
        {
            "id": pd.array(1 + np.arange(count), "Int64"),
            "personId": pd.array(random.integers(1, people + 1, count), "Int64"),
            "projectId": pd.array(random.integers(1, PROJECTS + 1, count), "Int64"),
            "roleId": pd.array(random.integers(1, ROLES + 1, count), "Int64"),
            "workstreamId": none,
            "phaseId": none,
            "startDate": stamps(FIRST + first),
            "endDate": stamps(FIRST + last),
            "minutesPerDay": pd.array(60 * random.integers(1, 9, count), "Int64"),
            "isBillable": pd.array(random.random(count) < 0.8),
            "isActive": pd.array(~flags),
            "isTemplate": pd.array(flags),
            "isPlaceholder": pd.array(flags),
            "isNonWorkingDay": pd.array(random.random(count) < 0.001),
        }
    )


def _actuals(random: np.random.Generator, people: int, count: int) -> pd.DataFrame:
    none = pd.array([pd.NA], "Int64").repeat(count)
    billable = 60 * random.integers(0, 8, count)
    return pd.DataFrame(
        {
            "id": pd.array(1 + np.arange(count), "Int64"),
            "date": stamps(FIRST + random.integers(0, DAYS // 2, count)),
            "personId": pd.array(random.integers(1, people + 1, count), "Int64"),
            "projectId": pd.array(random.integers(1, PROJECTS + 1, count), "Int64"),
            "roleId": pd.array(random.integers(1, ROLES + 1, count), "Int64"),
            "workstreamId": none,
            "phaseId": none,
            "billableMinutes": pd.array(billable, "Int64"),
            "nonbillableMinutes": pd.array(480 - billable, "Int64"),
        }
    )


def _contracts(random: np.random.Generator, person: np.ndarray) -> pd.DataFrame:
    """A contract each; every fifth person has a second one from July on."""
    again = person[person % 5 == 0]
    every = np.concatenate([person, again])
    second = np.arange(len(every)) >= len(person)
    july = np.datetime64("2026-07-01")
    ends = np.where((every % 5 == 0) & ~second, july - 1, np.datetime64("NaT"))
    minutes = np.where(every % 7 == 0, 360, 480)
    return pd.DataFrame(
        {
            "id": pd.array(1 + np.arange(len(every)), "Int64"),
            "personId": pd.array(every, "Int64"),
            "roleId": pd.array(1 + random.integers(0, ROLES, len(every)), "Int64"),
            "startDate": stamps(np.where(second, july, np.datetime64("2024-01-01"))),
            "endDate": stamps(ends),
            "minutesPerDay": pd.array(minutes, "Int64"),
            "rosteredDays": [dict.fromkeys(WEEKDAYS, int(daily)) for daily in minutes],
            "costPerHour": pd.array(30.0 + every % 50, "Float64"),
            "employmentType": pd.array(np.where(every % 3 == 0, "contractor", "employee"), "str"),
        }
    )


def _time_off(
    random: np.random.Generator, people: int, count: int, longest: int = 10
) -> pd.DataFrame:
    first = random.integers(0, DAYS, count)
    minutes = np.where(random.random(count) < 0.2, 240.0, np.nan)
    return pd.DataFrame(
        {
            "id": pd.array(1 + np.arange(count), "Int64"),
            "personId": pd.array(random.integers(1, people + 1, count), "Int64"),
            "startDate": stamps(FIRST + first),
            "endDate": stamps(FIRST + first + random.integers(0, longest, count)),
            "minutesPerDay": pd.array(minutes, "Float64").astype("Int64"),
        }
    )
