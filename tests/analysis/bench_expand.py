"""The expansion against a plain loop, and its growth: python tests/analysis/bench_expand.py."""

from __future__ import annotations

import datetime as dt
import sys
import time
import tracemalloc
from collections import defaultdict

import numpy as np
import pandas as pd

from runn_pandas.analysis import hours

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
START, END = "2025-01-01", "2026-12-31"
SPAN = 10


def company(assignments: int, people: int, span: int = SPAN) -> dict[str, pd.DataFrame]:
    """Tables with so many assignments over two years, each of some calendar days."""
    random = np.random.default_rng(assignments)
    first = np.datetime64(START) + random.integers(0, 731 - span, assignments)
    plan = pd.DataFrame(
        {
            "id": np.arange(assignments),
            "personId": random.integers(0, people, assignments),
            "projectId": random.integers(0, 200, assignments),
            "roleId": random.integers(0, 20, assignments),
            "workstreamId": pd.array([None] * assignments, "Int64"),
            "phaseId": pd.array([None] * assignments, "Int64"),
            "startDate": first.astype("datetime64[us]"),
            "endDate": (first + span - 1).astype("datetime64[us]"),
            "minutesPerDay": random.integers(1, 9, assignments) * 60,
            "isBillable": random.random(assignments) < 0.8,
            "isActive": True,
            "isTemplate": False,
            "isPlaceholder": False,
            "isNonWorkingDay": False,
        }
    )
    contracts = pd.DataFrame(
        {
            "personId": np.arange(people),
            "roleId": 1,
            "startDate": np.datetime64("2024-01-01", "us"),
            "endDate": np.datetime64("NaT", "us"),
            "rosteredDays": [dict.fromkeys(WEEKDAYS, 480)] * people,
        }
    )
    leave = pd.DataFrame(
        {
            "personId": np.arange(people),
            "startDate": np.datetime64("2025-07-07", "us"),
            "endDate": np.datetime64("2025-07-18", "us"),
            "minutesPerDay": np.nan,
        }
    )
    projects = pd.DataFrame(
        {"id": np.arange(200), "isTemplate": False, "isConfirmed": True, "pricingModel": "tm"}
    )
    return {
        "assignments": plan,
        "contracts": contracts,
        "projects": projects,
        "placeholders": pd.DataFrame({"id": pd.array([], "Int64")}),
        "time-offs/leave": leave,
        "time-offs/holidays": leave.iloc[:0],
        "time-offs/rostered-off": leave.iloc[:0],
    }


def plain_loop(tables: dict[str, pd.DataFrame]) -> dict[tuple[object, ...], int]:
    """What one writes by hand, and correctly: a loop over assignments and their days."""
    working: dict[int, set[int]] = {}
    window = range(dt.date.fromisoformat(START).toordinal(), dt.date(2026, 12, 31).toordinal() + 1)
    for row in tables["contracts"].to_dict("records"):
        on = [minutes > 0 for minutes in row["rosteredDays"].values()] + [False, False]
        working[row["personId"]] = {day for day in window if on[(day - 1) % 7]}
    for row in tables["time-offs/leave"].to_dict("records"):
        off = range(row["startDate"].toordinal(), row["endDate"].toordinal() + 1)
        working[row["personId"]].difference_update(off)
    total: dict[tuple[object, ...], int] = defaultdict(int)
    for row in tables["assignments"].to_dict("records"):
        days = working[row["personId"]]
        for day in range(row["startDate"].toordinal(), row["endDate"].toordinal() + 1):
            if day in days:
                total[day, row["personId"], row["projectId"], row["roleId"]] += row["minutesPerDay"]
    return total


def vectorised(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The same by runn_pandas."""
    return hours(START, END, kind="scheduled", tables=tables, as_of="2026-06-30")


def main(sizes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)) -> None:
    """Print a line for each size, and one for 100,000 assignments of four weeks."""
    print("assignment days   plain loop   vectorised   times faster   peak MB")
    cases = [(size, company(max(size // SPAN, 1), 300), True) for size in sizes]
    if sizes[-1] >= 1_000_000:
        cases.append((2_800_000, company(100_000, 1_000, 28), False))
    vectorised(cases[0][1])
    for size, tables, compare in cases:
        began = time.perf_counter()
        frame = vectorised(tables)
        fast = time.perf_counter() - began
        tracemalloc.start()
        vectorised(tables)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        slow = float("nan")
        if compare:
            began = time.perf_counter()
            total = plain_loop(tables)
            slow = time.perf_counter() - began
            assert len(total) == len(frame)
            assert sum(total.values()) == frame["totalMinutes"].sum()
        print(f"{size:15,}   {slow:8.3f} s   {fast:8.3f} s   {slow / fast:12.1f}   {peak:7.0f}")


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or (1_000, 10_000, 100_000, 1_000_000))
