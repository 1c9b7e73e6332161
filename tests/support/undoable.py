"""Pushes of every kind that can be taken back, and what an account holds but for ids and stamps."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tests.support.desk import Desk

STAMPS = ["id", "createdAt", "updatedAt"]
DAY = pd.Timedelta(days=1)


def teams(desk: Desk) -> pd.DataFrame:
    frame = desk.read("teams").head(2)
    frame["name"] = frame["name"] + " 2027"
    return frame


def new_teams(desk: Desk) -> pd.DataFrame:
    return pd.DataFrame({"name": ["North", "South"]})


def assignments(desk: Desk) -> pd.DataFrame:
    frame = desk.read("assignments")
    free = ~frame["personId"].isin(desk.read("time-offs/leave")["personId"])
    day = frame["startDate"] > "2026-01-01"
    frame = frame[free & day & frame["isActive"] & ~frame["isTemplate"]].head(2)
    frame["note"] = "moved"
    return frame


def new_actuals(desk: Desk) -> pd.DataFrame:
    frame = desk.read("actuals").tail(2).drop(columns=STAMPS)
    frame["date"] = pd.to_datetime(["2020-03-02", "2020-03-03"])
    frame.attrs.clear()
    return frame


def shorter_leave(desk: Desk) -> pd.DataFrame:
    frame = desk.read("time-offs/leave")
    frame = frame[frame["endDate"] > frame["startDate"]].tail(2)
    frame["endDate"] -= DAY
    return frame


def moved_leave(desk: Desk) -> pd.DataFrame:
    frame = desk.read("time-offs/leave").tail(2)
    frame[["startDate", "endDate"]] += 1100 * DAY
    return frame


CASES: dict[str, tuple[str, Callable[[Desk], pd.DataFrame]]] = {
    "changed": ("teams", teams),
    "new": ("teams", new_teams),
    "made anew": ("assignments", assignments),
    "in bulk": ("actuals", new_actuals),
    "makes room": ("time-offs/leave", shorter_leave),
    "moved": ("time-offs/leave", moved_leave),
}


def bare(desk: Desk, resource: str) -> list[str]:
    frame = desk.read(resource).drop(columns=STAMPS, errors="ignore")
    return sorted(str(row) for row in frame.astype(object).to_dict("records"))
