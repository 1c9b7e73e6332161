"""Pushes by the rebuilt package, on a demo of one's own."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd

from runn_pandas.errors import PlanWarning
from runn_pandas.pushing import api
from tests.support.desk import Desk


def plan(desk: Desk, frame: pd.DataFrame, resource: str | None = None, **asked: Any) -> Any:
    return api.plan(frame, resource, account=desk.account, **asked)


def push(
    desk: Desk, frame: pd.DataFrame, resource: str | None = None, **asked: Any
) -> pd.DataFrame:
    """A push whose notes are not shown: they are in its result."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PlanWarning)
        return api.push(frame, resource, account=desk.account, **asked)


def statuses(
    desk: Desk, frame: pd.DataFrame, resource: str | None = None, **asked: Any
) -> list[str]:
    return list(push(desk, frame, resource, **asked)["status"])


def undo(desk: Desk, number: int) -> Any:
    return api.undo(number, account=desk.account)
