"""A short tour of the demo account, as ``python -m runn_pandas demo`` prints it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pandas as pd

from runn_pandas.account import DEMO, DEMO_URL, Account, passing_folder, use
from runn_pandas.catalog import load
from runn_pandas.demo.adapter import DemoAdapter
from runn_pandas.demo.server import Demo
from runn_pandas.reader.read import read_many, read_runn

WIDTH = 96


def show_tour(say: Callable[[str], object], *, people: int = 40) -> None:
    """Show what reading an account is like, on the demo account.

    Parameters
    ----------
    say : callable
        Takes one text at a time, such as ``print``.
    people : int
        The size of the company.
    """
    began = time.perf_counter()
    demo = Demo(people)
    adapter = DemoAdapter(demo)
    folder = passing_folder(adapter)
    account = Account(DEMO_URL, DEMO, adapter=adapter, cache_dir=folder, max_age=0)
    with use(account), pd.option_context("display.width", WIDTH, "display.max_columns", 8):
        _read_and_show(say)
    sent = len(demo.log)
    took = time.perf_counter() - began
    say(f"\nThat took {sent} requests (the API allows 120 a minute) and {took:.1f} s.")
    say('In Python: import runn_pandas as rp; rp.connect("demo"); rp.read_runn("people")')
    say("On your own account: set RUNN_API_TOKEN, and leave rp.connect out.")


def _read_and_show(say: Callable[[str], object]) -> None:
    def show(code: str, frame: pd.DataFrame | pd.Series[Any]) -> None:
        say(f"\n>>> {code}")
        say(frame.to_string(max_rows=6 if isinstance(frame, pd.DataFrame) else 20))

    name = read_runn("me")["name"].iloc[0]
    say(f"This is {name}: a company made up for this demo, served inside this process.")
    say("No token, no network; every figure is invented and the same on every machine.")

    people = read_runn("people")
    show(
        'people = rp.read_runn("people")   # every page, typed',
        people[["id", "firstName", "lastName", "email", "teamId", "createdAt"]],
    )
    show("people.dtypes", people.dtypes)

    june = read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-30")
    say('\n>>> june = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-30")')
    say(f"{len(june)} rows, {june['date'].min():%Y-%m-%d} to {june['date'].max():%Y-%m-%d}")

    projects = read_runn("projects", expand=["references", "tags"])
    hours = (
        june.assign(hours=(june["billableMinutes"] + june["nonbillableMinutes"]) / 60)
        .groupby("projectId")["hours"]
        .sum()
        .nlargest(5)
        .rename_axis("id")
        .reset_index()
        .merge(projects[["id", "name", "pricingModel"]], on="id")
    )
    show(
        'hours by project, joined to rp.read_runn("projects", expand=["references", "tags"])',
        hours[["name", "pricingModel", "hours"]],
    )

    phases = read_runn("projects/{projectId}/phases", projectId=hours["id"])
    show(
        'rp.read_runn("projects/{projectId}/phases", projectId=hours["id"])   # one list for each',
        phases[["projectId", "name", "startDate", "endDate"]],
    )

    names = [found.name for found in load().resources.values() if not found.path_parameters]
    tables = read_many(*names)
    longest = sorted(tables, key=lambda n: len(tables[n]), reverse=True)[:6]
    rows = sum(map(len, tables.values()))
    say(f"\n>>> tables = rp.read_many(...)   # {len(tables)} resources of the account at once")
    say(f"{rows} rows; the longest: " + ", ".join(f"{n} {len(tables[n])}" for n in longest))
