"""Planning takes as many steps as there are rows: counted, so that no clock is asked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, cast

import pandas as pd
import pytest

from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.diff import decide
from runn_pandas.push.duplicates import find_duplicates
from runn_pandas.push.match import Baseline
from runn_pandas.push.nested_fields import AccountNames
from runn_pandas.push.parse import parse_frame
from runn_pandas.push.validate import local_problems

FEW = 80


def clients(count: int) -> dict[str, Any]:
    return {"name": [f"New {n}" for n in range(count)]}


def changed(count: int) -> dict[str, Any]:
    return {"id": list(range(count)), "name": [f"Changed {n}" for n in range(count)]}


def named(count: int) -> dict[str, Any]:
    return {"name": [f"Row {n}" for n in range(count)], "website": "https://x.example"}


def assignments(count: int) -> dict[str, Any]:
    days = {"startDate": "2026-01-02", "endDate": "2026-01-03"}
    return {"projectId": [n % 50 for n in range(count)], "personId": range(count), **days}


def actuals(count: int) -> dict[str, Any]:
    days = pd.date_range("2020-01-01", periods=50).strftime("%Y-%m-%d").tolist()
    own = {"date": [days[n % 50] for n in range(count)], "personId": range(count)}
    return {**own, "projectId": 1, "roleId": 1, "billableMinutes": 60}


def tagged(count: int) -> dict[str, Any]:
    known = {"references.Code": [f"C{n}" for n in range(count)], "tags.a": True}
    return {"id": list(range(count)), **known}


def account_of(count: int) -> Baseline:
    """As many rows of the account as the frame has."""
    plain = {"roleId": 1, "projectId": 1, "date": "2020-01-01", "billableMinutes": 5}
    days = {"startDate": "2026-01-01", "endDate": "2026-01-09", "tags": [{"id": 1, "name": "a"}]}
    rows = {
        (n,): {"id": n, "name": f"Row {n}", "personId": n, **plain, **days} for n in range(count)
    }
    return Baseline(rows, complete=True)


def planned(name: str, frame: pd.DataFrame, baseline: Baseline, options: dict[str, Any]) -> None:
    intent = parse_frame(frame, name, fingerprint="one", **options)
    certain, _ = local_problems(intent)
    names = AccountNames(cast(AccountRows, None), intent, baseline)
    found = decide(intent, baseline, names)
    rows = baseline.rows.values()
    find_duplicates(intent, found.row_plans, rows, lambda: rows)
    assert len(found.row_plans) + len(certain) >= len(frame)


def steps(run: Callable[[], None]) -> int:
    """How many functions are called, those of C among them."""
    count = 0

    def called(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("lost_ids", [False, True])
@pytest.mark.parametrize(
    ("name", "columns", "options"),
    [
        ("clients", clients, {}),
        ("clients", changed, {}),
        ("clients", changed, {"delete": [0, 1]}),
        ("clients", named, {"on": "name"}),
        ("assignments", assignments, {}),
        ("actuals", actuals, {}),
        ("projects", tagged, {}),
    ],
)
def test_four_times_the_rows_are_four_times_the_steps(
    name: str,
    columns: Callable[[int], dict[str, Any]],
    options: dict[str, Any],
    lost_ids: bool,
) -> None:
    counts = []
    for size in (FEW, FEW, 4 * FEW):  # the first one warms what is computed once
        frame = pd.DataFrame(columns(size))
        if lost_ids:
            frame.attrs["runn"] = {"resource": name, "account": "one"}
        baseline = account_of(size)
        counts.append(steps(lambda f=frame, b=baseline: planned(name, f, b, options)))  # type: ignore[misc]
    assert counts[2] < 4.4 * counts[1]
