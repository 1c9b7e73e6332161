"""The demo's tables and reports, and a guard against asking for either."""

from __future__ import annotations

import socket
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import account as accounts
from runn_pandas.account import Account
from runn_pandas.demo.server import Demo
from tests.support.desk import account_of

TABLES = (
    "people",
    "contracts",
    "assignments",
    "actuals",
    "projects",
    "placeholders",
    "roles",
    "project-rates",
    "other-expenses",
    "time-offs/leave",
    "time-offs/holidays",
    "time-offs/rostered-off",
)


@pytest.fixture(scope="session")
def demo_account(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """The demo in process, asking every time, not made the current account."""
    folder = tmp_path_factory.mktemp("cache")
    return account_of(demo, folder)


@pytest.fixture(scope="session")
def demo_tables(demo_account: Account) -> dict[str, pd.DataFrame]:
    """Every table that the numbers are made from."""
    tables = rp.read_many(*TABLES, account=demo_account)
    tables["people"] = rp.read_runn("people", includePlaceholders=True, account=demo_account)
    return tables


@pytest.fixture(scope="session")
def reports(demo_account: Account) -> dict[str, pd.DataFrame]:
    """What the demo's own reports say, of every person and of every project."""
    people = rp.read_runn("people", includePlaceholders=True, account=demo_account)["id"]
    projects = rp.read_runn("projects", account=demo_account)["id"]
    asked = {"personId": ("people", people), "projectId": ("projects", projects)}
    found = {}
    for parameter, (name, ids) in asked.items():
        path = f"reports/hours/{name}/{{{parameter}}}"
        filters: dict[str, Any] = {parameter: ids, "startDate": "2025-01-01"}
        filters["endDate"] = "2026-12-31"
        found[name] = rp.read_runn(path, account=demo_account, **filters)
    return found


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No account and no network: whoever asks for either fails."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("asked for the network or an account")

    monkeypatch.setattr(accounts, "connect", refuse)
    monkeypatch.setattr(socket, "socket", refuse)
