"""The questions of the exercise: what is right, and what slips that people make lead to.

Both are worked out from the tables that are given, so they fit another cassette and another week as
well; each slip has a hint of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd

NOBODY = "(none)"
Rule = Callable[["Week"], pd.Series]


class Week:
    """The tables, copied, so that nothing that is done to them changes what is right."""

    def __init__(self, monday: pd.Timestamp, sunday: pd.Timestamp, **tables: pd.DataFrame) -> None:
        self.monday, self.sunday = monday, sunday
        self.tables = {name: table.copy() for name, table in tables.items()}
        actuals = self.actuals
        actuals["minutes"] = actuals["billableMinutes"] + actuals["nonbillableMinutes"]
        actuals["hours"] = actuals["minutes"].astype(float) / 60

    def __getattr__(self, name: str) -> pd.DataFrame:
        try:
            return self.__dict__["tables"][name]
        except KeyError:
            raise AttributeError(name) from None

    def names(self, table: str) -> pd.Series:
        return self.tables[table].set_index("id")["name"]

    def hours_by(self, key: str) -> pd.Series:
        return self.actuals.groupby(key)["hours"].sum()

    def in_force(self, *, last_day: bool = True, open_end: bool = True) -> pd.DataFrame:
        """The contracts of the Monday, or what a slip makes of them."""
        ends = self.contracts["endDate"]
        going_on = (ends >= self.monday) if last_day else (ends > self.monday)
        if open_end:
            going_on |= ends.isna()
        return self.contracts[(self.contracts["startDate"] <= self.monday) & going_on]


class Slip(NamedTuple):
    """A way to be wrong: what comes of it, and what to think about."""

    made: Rule
    hint: str


class Question(NamedTuple):
    form: str
    right: Rule
    slips: tuple[Slip, ...]


# -- 1: people by team


def team_counts(people: pd.DataFrame, week: Week, *, dropna: bool = False) -> pd.Series:
    return people["teamId"].map(week.names("teams")).value_counts(dropna=dropna)


def present(week: Week) -> pd.DataFrame:
    return week.people[~week.people["isArchived"]]


# -- 2: the five projects with the most hours


def top(values: pd.Series, week: Week) -> pd.Series:
    return values.rename(week.names("projects")).nlargest(5)


# -- 3: the billable share


def share(frame: pd.DataFrame) -> pd.Series:
    return (frame["billableMinutes"] / frame["minutes"]).astype(float)


def one(value: Any) -> pd.Series:
    return pd.Series({"": float(value)})


def mean_of_clients(week: Week) -> pd.Series:
    clients = week.actuals["projectId"].map(week.projects.set_index("id")["clientId"])
    sums = week.actuals.groupby(clients)[["billableMinutes", "minutes"]].sum()
    return one(share(sums[sums["minutes"] > 0]).mean())


def company_share(week: Week) -> float:
    total = week.actuals[["billableMinutes", "minutes"]].sum()
    return float(total["billableMinutes"] / total["minutes"])


# -- 4: no row, and not on leave


def members(ids: pd.Series) -> pd.Series:
    return pd.Series(1.0, pd.Index(ids.unique()))


def silent(people: pd.DataFrame, week: Week, *, leave: bool = True, zero: bool = True) -> pd.Series:
    rows = week.actuals if zero else week.actuals[week.actuals["minutes"] > 0]
    away = week.leave["personId"] if leave else []
    return members(
        people.loc[~people["id"].isin(rows["personId"]) & ~people["id"].isin(away), "id"]
    )


# -- 6: cost by role


def costs(week: Week, contracts: pd.DataFrame, *, default: str = "missing") -> pd.Series:
    worked = week.hours_by("personId").rename("hours").reset_index()
    rows = worked.merge(contracts[["personId", "roleId", "costPerHour"]], how="left")
    roles = week.roles.set_index("id")
    own, usual = rows["costPerHour"], rows["roleId"].map(roles["defaultHourCost"])
    hourly = {"missing": own.fillna(usual), "never": own.fillna(0), "always": usual}[default]
    rows["cost"] = rows["hours"] * hourly.astype(float)
    return rows.groupby(rows["roleId"].map(roles["name"]))["cost"].sum()


# -- 7: plan and actuals


def planned(week: Week) -> pd.Series:
    daily = week.assignments.runn.daily(
        week.monday, week.sunday, contracts=week.contracts, time_off=week.leave
    )
    return daily.groupby("projectId")["minutes"].sum().astype(float) / 60


def planned_by_calendar(week: Week) -> pd.Series:
    first = week.assignments["startDate"].clip(lower=week.monday)
    last = week.assignments["endDate"].clip(upper=week.sunday)
    minutes = week.assignments["minutesPerDay"] * ((last - first).dt.days + 1)
    return minutes.astype(float).groupby(week.assignments["projectId"]).sum() / 60


def against(week: Week, plan: pd.Series) -> pd.DataFrame:
    return pd.concat({"planned": plan, "actual": week.hours_by("projectId")}, axis=1)


def difference(both: pd.DataFrame) -> pd.Series:
    both = both.fillna(0)
    return both["actual"] - both["planned"]


# -- 8: utilisation by team


def capacity(week: Week, *, leave: bool = True) -> pd.Series:
    days = pd.bdate_range(week.monday, week.sunday)
    roster = week.in_force().runn.expand("rosteredDays").set_index("personId")
    minutes = roster[[f"rosteredDays.{day.day_name().lower()}" for day in days]]
    minutes = minutes.fillna(0).astype(float).set_axis(days, axis=1)
    full = week.leave[
        week.leave["minutesPerDay"].isna() & week.leave["personId"].isin(roster.index)
    ]
    for off in full.itertuples() if leave else ():
        minutes.loc[off.personId, (days >= off.startDate) & (days <= off.endDate)] = 0
    return minutes.sum(axis=1) / 60


def by_team(week: Week, room: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    person = pd.DataFrame({"capacity": room, "hours": week.hours_by("personId")})
    teams = week.people.set_index("id")["teamId"].map(week.names("teams")).astype(object)
    return person, teams.reindex(person.index).fillna(NOBODY)


def utilisation(week: Week, *, leave: bool = True) -> pd.Series:
    person, teams = by_team(week, capacity(week, leave=leave))
    sums = person.groupby(teams).sum()
    return sums["hours"] / sums["capacity"] * 100


def mean_utilisation(week: Week) -> pd.Series:
    person, teams = by_team(week, capacity(week))
    each = person["hours"] / person["capacity"] * 100
    return each.replace([float("inf")], float("nan")).groupby(teams).mean()


QUESTIONS = {
    1: Question(
        "a Series of numbers of people, by the name of the team",
        lambda week: team_counts(present(week), week),
        (
            Slip(
                lambda week: team_counts(present(week), week, dropna=True),
                "Your counts add up to fewer people than work here. Who is in no row of them?",
            ),
            Slip(
                lambda week: team_counts(week.people, week),
                "Somebody is counted who does not work here any more.",
            ),
            Slip(
                lambda week: team_counts(week.people, week, dropna=True),
                "Compare the sum of your counts with the number of people who work here: some are"
                " too many, and others are in no row.",
            ),
        ),
    ),
    2: Question(
        "a Series of hours, by the name of the project, of the five with the most",
        lambda week: top(week.hours_by("projectId"), week),
        (
            Slip(
                lambda week: top(week.hours_by("projectId") * 60, week),
                "That is the right order, in another unit than asked for.",
            ),
            Slip(
                lambda week: top(
                    week.actuals.groupby("projectId")["billableMinutes"].sum().astype(float) / 60,
                    week,
                ),
                "Time that cannot be invoiced was worked too.",
            ),
            Slip(
                lambda week: week.hours_by("projectId").nlargest(5),
                "The hours are right. The rows still have ids where names are asked for.",
            ),
            Slip(
                lambda week: top(week.actuals.groupby("projectId")["hours"].count(), week),
                "That counts rows: how much of a day is in one of them?",
            ),
        ),
    ),
    3: Question(
        "one number between 0 and 1",
        lambda week: one(company_share(week)),
        (
            Slip(
                mean_of_clients,
                "In a mean of the clients' shares a client with a few hours weighs as much as one"
                " with hundreds.",
            ),
            Slip(
                lambda week: one(share(week.actuals[week.actuals["minutes"] > 0]).mean()),
                "A mean over rows gives a row of an hour the weight of one of eight.",
            ),
            Slip(
                lambda week: one(company_share(week) * 100),
                "That is in percent; a share of the whole is 1.",
            ),
            Slip(
                lambda week: one(1 - company_share(week)),
                "Which of the two columns of minutes can be invoiced?",
            ),
        ),
    ),
    4: Question(
        "the ids of people: a list, or a Series",
        lambda week: silent(present(week), week),
        (
            Slip(
                lambda week: silent(present(week), week, leave=False),
                "Somebody in it had a reason to write nothing: look into `leave`.",
            ),
            Slip(
                lambda week: silent(week.people, week),
                "Somebody in it does not work here any more.",
            ),
            Slip(
                lambda week: silent(week.people, week, leave=False),
                "Among them are people who have left, and people who were away.",
            ),
            Slip(
                lambda week: silent(present(week), week, zero=False),
                "Somebody in it has a row, of 0 minutes: that is not the same as no row.",
            ),
        ),
    ),
    5: Question(
        "the rows of `contracts` that are in force on the Monday",
        lambda week: members(week.in_force()["id"]),
        (
            Slip(
                lambda week: members(week.in_force(open_end=False)["id"]),
                "People are missing whose contract has no end. What is `NaT >= monday`?",
            ),
            Slip(
                lambda week: members(week.contracts["id"]),
                "These are all contracts; people have had several.",
            ),
            Slip(
                lambda week: members(week.contracts.drop_duplicates("personId", keep="last")["id"]),
                "The last row of a person need not be the one in force on that day.",
            ),
            Slip(
                lambda week: members(
                    week.contracts.loc[week.contracts["startDate"] <= week.monday, "id"]
                ),
                "Contracts that have ended are among them.",
            ),
            Slip(
                lambda week: members(week.in_force(last_day=False)["id"]),
                "A contract holds on its last day too.",
            ),
        ),
    ),
    6: Question(
        "a Series of costs, by the name of the role",
        lambda week: costs(week, week.in_force()),
        (
            Slip(
                lambda week: costs(week, week.in_force(), default="never"),
                "Somebody's hours cost nothing: what holds where a contract has no cost?",
            ),
            Slip(
                lambda week: costs(week, week.in_force(), default="always"),
                "The default cost of a role holds only where the contract has none of its own.",
            ),
            Slip(
                lambda week: costs(week, week.contracts),
                "People have had several contracts, and their hours are counted once for each.",
            ),
            Slip(
                lambda week: costs(week, week.in_force(open_end=False)),
                "People are missing whose contract has no end.",
            ),
        ),
    ),
    7: Question(
        "a Series of hours, actual less planned, by `projectId`",
        lambda week: difference(against(week, planned(week))),
        (
            Slip(
                lambda week: -difference(against(week, planned(week))),
                "The sign is the other way round: more actual than planned is above zero.",
            ),
            Slip(
                lambda week: difference(against(week, planned(week)).dropna()),
                "Projects are missing that have only a plan, or only actuals.",
            ),
            Slip(
                lambda week: (lambda both: both["actual"] - both["planned"])(
                    against(week, planned(week))
                ),
                "Some differences are missing values. What does a side without a row mean here?",
            ),
            Slip(
                lambda week: difference(against(week, planned_by_calendar(week))),
                "The plan is too large: on which days between start and end is nobody planned?",
            ),
        ),
    ),
    8: Question(
        f"a Series of percentages, by the name of the team, {NOBODY!r} for those without one",
        utilisation,
        (
            Slip(
                mean_utilisation,
                "In a mean of percentages somebody with a day a week weighs as much as others"
                " with five.",
            ),
            Slip(
                lambda week: utilisation(week, leave=False),
                "Somebody's days of leave are still in the capacity.",
            ),
            Slip(lambda week: utilisation(week) / 100, "That is a share; percent is asked for."),
            Slip(
                lambda week: utilisation(week).drop(NOBODY, errors="ignore"),
                "Some people are in no team, and have worked all the same.",
            ),
        ),
    ),
}
