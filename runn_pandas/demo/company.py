"""The demo company: invented, deterministic, with a year and a half of work."""

from __future__ import annotations

from runn_pandas.demo import events, portfolio, staff, timeoff, work
from runn_pandas.demo.days import END, START, TODAY
from runn_pandas.demo.pen import Pen
from runn_pandas.demo.tables import Company

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
    days_off = Pen(company, seed, "days off")
    timeoff.groups(days_off)
    staff.build(Pen(company, seed, "staff"), people)
    timeoff.build(days_off)
    lives = portfolio.build(Pen(company, seed, "portfolio"), people)
    work.build(Pen(company, seed, "work"), lives)
    events.build(Pen(company, seed, "events"), people)
    company.forget()
    return company
