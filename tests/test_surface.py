"""What tab completion shows: the public surface, and nothing of what is inside.

The lists below are what is public. A name that is added to the package is added here, on purpose;
whatever else an object has begins with an underscore, or is left out of its ``__dir__``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors

PACKAGE = {
    "Account",
    "Mirror",
    "Plan",
    "availability",
    "cache",
    "capacity",
    "cassette",
    "check",
    "connect",
    "current",
    "errors",
    "explore",
    "finance",
    "hours",
    "journal",
    "metrics",
    "mirror",
    "on",
    "read_many",
    "read_runn",
    "read_timesheet",
    "reconcile",
    "report",
    "resources",
    "review",
    "style_charts",
    "undo",
    "unmatched",
    "use",
    "utilization",
}
ACCESSOR = {"daily", "expand", "ids", "names", "plan", "plot", "push", "resource", "to_excel"}
ACCOUNT = {
    "base_url",
    "fingerprint",
    "in_cassette",
    "is_demo",
    "is_live",
    "is_offline",
    "max_age",
    "offline",
    "read_only",
    "request",
}
PLAN = {"apply", "changes", "notes", "only", "requests", "resource", "summary", "undo"}
REPORT = {"frame", "left", "ok", "requests", "to_json", "to_text"}
MIRROR = {"dask", "files", "path", "read", "sql", "sync", "tables"}
# Every app of a notebook: what it says, what went wrong, the widget.
APP = {"error", "message", "widget"}
EXPLORER = APP | {"account", "choose", "code", "filters", "frame", "read", "resource", "set"}
REVIEW = APP | {
    "back",
    "cancel",
    "plan",
    "push",
    "report",
    "result",
    "search",
    "show",
    "tick",
    "tick_all",
    "ticked",
    "turn",
    "undo",
}
BOARD = APP | {
    "back",
    "choices",
    "choose",
    "choose_group",
    "corrections",
    "fold",
    "group_by",
    "open_plan",
    "plan",
    "result",
    "review",
    "show",
    "turn",
    "undo",
}


def shown(thing: Any) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


@pytest.fixture
def own() -> rp.Account:
    return rp.connect("demo")


def changed() -> pd.DataFrame:
    teams = rp.read_runn("teams")
    teams.loc[0, "name"] = "Night"
    return teams


def reconciliation() -> pd.DataFrame:
    actuals = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05")
    minutes = actuals["billableMinutes"] + actuals["nonbillableMinutes"]
    return rp.reconcile(actuals[["date", "personId", "projectId"]].assign(minutes=minutes))


def test_the_package_shows_its_all_and_nothing_else() -> None:
    assert dir(rp) == rp.__all__


def test_the_package_offers_what_is_listed() -> None:
    assert set(rp.__all__) == PACKAGE
    assert all(hasattr(rp, name) for name in PACKAGE)


def test_the_errors_and_the_cache_show_theirs() -> None:
    assert shown(errors) == set(errors.__all__)
    assert shown(rp.cache) == {"clear", "info"}


@pytest.mark.parametrize(
    ("make", "public"),
    [
        pytest.param(lambda folder: changed().runn, ACCESSOR, id="df.runn"),
        pytest.param(lambda folder: rp.current(), ACCOUNT, id="Account"),
        pytest.param(lambda folder: changed().runn.plan(), PLAN, id="Plan"),
        pytest.param(lambda folder: rp.check(), REPORT, id="check"),
        pytest.param(lambda folder: rp.mirror(folder), MIRROR, id="Mirror"),
        pytest.param(lambda folder: rp.explore(), EXPLORER, id="explore"),
        pytest.param(lambda folder: rp.review(changed().runn.plan()), REVIEW, id="review"),
        pytest.param(lambda folder: rp.review(reconciliation()), BOARD, id="board"),
    ],
)
def test_an_object_shows_what_is_public(
    make: Callable[[Path], Any], public: set[str], own: rp.Account, tmp_path: Path
) -> None:
    thing = make(tmp_path / "copy")
    assert shown(thing) == public
    assert all(hasattr(thing, name) for name in public)
