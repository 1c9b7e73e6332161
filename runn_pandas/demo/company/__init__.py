"""The demo company: invented, deterministic, with a year and a half of work."""

from __future__ import annotations

from runn_pandas.demo.company.account_setup import make_lists, make_users
from runn_pandas.demo.company.activity_log import make_events
from runn_pandas.demo.company.actuals import make_actuals, make_budgets, make_members
from runn_pandas.demo.company.assignments import make_assignments
from runn_pandas.demo.company.factory import Factory
from runn_pandas.demo.company.people import make_details, make_people, make_placeholders
from runn_pandas.demo.company.projects import make_projects
from runn_pandas.demo.company.time_off import make_days_off, make_holidays
from runn_pandas.demo.database import Company
from runn_pandas.demo.dates import END, START, TODAY

__all__ = ["END", "SEED", "START", "TODAY", "Company", "build"]

NAME = "Harbour & Heron (demo)"
SEED = 20260630


def build(people: int = 40, seed: int = SEED) -> Company:
    """Make the company, the same for the same arguments on every machine.

    Parameters
    ----------
    people
        How many people it has, placeholders not counted; the rest grows with it.
    seed
        What chance begins with.

    Returns
    -------
    Company
        Work from `START` to `TODAY`, and plans to `END`.
    """
    if people < 1:
        raise ValueError(f"A company has at least one person, not {people}.")
    company = Company(NAME)
    parts = ("days off", "staff", "portfolio", "work", "events")
    days_off, staff, portfolio, work, log = (Factory(company, seed, part) for part in parts)
    make_holidays(days_off)
    make_lists(staff)
    make_people(staff, people)
    make_placeholders(staff, max(4, people // 8))
    make_users(staff)
    make_details(staff)
    make_days_off(days_off)
    spans = make_projects(portfolio, people)
    planner = make_assignments(work, spans)
    estimates = make_actuals(planner)
    make_members(work)
    make_budgets(planner, estimates)
    make_events(log, people)
    company.forget()
    return company
