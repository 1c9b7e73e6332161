"""df.runn and the names on top: each verb leads where it should."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors


@pytest.fixture
def own() -> rp.Account:
    """A demo account of this test's own, which it may change."""
    return rp.connect("demo")


def test_one_changed_cell_is_planned_and_pushed(own: rp.Account) -> None:
    people = rp.read_runn("people")
    people.loc[3, "lastName"] = "Nightingale"
    plan = people.runn.plan()
    assert isinstance(plan, rp.Plan)
    assert plan.requests == 1
    assert plan.changes[["row", "field", "new"]].values.tolist() == [[3, "lastName", "Nightingale"]]
    done = people.runn.push()
    assert done.index.equals(people.index)
    assert done["status"].value_counts().to_dict() == {"unchanged": len(people) - 1, "updated": 1}
    assert rp.read_runn("people").loc[3, "lastName"] == "Nightingale", "not an old one of the cache"
    assert rp.journal()["new"].tolist() == ["Nightingale"]


def test_a_dry_run_sends_nothing(own: rp.Account) -> None:
    people = rp.read_runn("people")
    people.loc[3, "lastName"] = "Nightingale"
    done = people.runn.push(dry_run=True)
    assert done.loc[3, "status"] == "planned"
    assert rp.read_runn("people", max_age=0).loc[3, "lastName"] != "Nightingale"


def test_a_read_only_account_refuses(own: rp.Account) -> None:
    people = rp.read_runn("people")
    people.loc[3, "lastName"] = "Nightingale"
    own.read_only = True
    with pytest.raises(errors.ReadOnlyError):
        people.runn.push()


def test_a_reconciliation_corrects_runn(own: rp.Account) -> None:
    actuals = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05")
    sheet = actuals[["date", "personId", "projectId"]].assign(
        minutes=actuals["billableMinutes"] + actuals["nonbillableMinutes"]
    )
    sheet.loc[0, "minutes"] += 15
    sheet = sheet.drop(index=5)
    result = rp.reconcile(sheet)
    assert set(result["status"]) == {"match", "differs", "only_runn"}
    assert set(result.runn.push("actuals")["status"]) == {"updated"}
    assert set(rp.reconcile(sheet)["status"]) == {"match"}


def test_numbers_need_no_account_when_the_tables_are_given(own: rp.Account) -> None:
    names = [
        "people", "contracts", "assignments", "actuals", "projects", "placeholders",
        "time-offs/leave", "time-offs/holidays", "time-offs/rostered-off", "roles", "teams",
        "project-rates", "other-expenses", "clients", "people-tags",
    ]  # fmt: skip
    tables = rp.read_many(*names)
    window = ("2026-05-01", "2026-06-30")
    here = [rp.hours(*window), rp.capacity(*window), rp.utilization(*window), rp.finance(*window)]
    with rp.use(own.offline()):
        own.cache.clear()
        there = [
            rp.hours(*window, tables=tables),
            rp.capacity(*window, tables=tables),
            rp.utilization(*window, tables=tables),
            rp.finance(*window, tables=tables),
        ]
    for one, other in zip(here, there, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_daily_names_and_plot(own: rp.Account) -> None:
    days = rp.read_runn("assignments").runn.daily("2026-06-01", "2026-06-07")
    assert days["date"].between("2026-06-01", "2026-06-07").all()
    named = days.runn.names()
    assert named.columns.get_loc("personName") == named.columns.get_loc("personId") + 1
    pytest.importorskip("altair", reason="needs altair: pip install runn-pandas[notebook]")
    chart = rp.utilization("2026-05-01", "2026-06-30").runn.plot()
    assert chart.to_dict()["$schema"]
    with pytest.raises(errors.FrameError):
        rp.read_runn("teams").runn.plot()


def test_what_is_imported_later_is_there_all_the_same() -> None:
    code = (
        "import sys, runn_pandas as rp;"
        "assert not {'runn_pandas.analysis', 'runn_pandas.push'} & set(sys.modules);"
        "assert set(rp.__all__) <= set(dir(rp)); rp.utilization; rp.Plan"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    with pytest.raises(AttributeError, match="nothing"):
        _ = rp.nothing


def test_the_accessor_shows_what_it_is_of(own: rp.Account) -> None:
    assert repr(rp.read_runn("teams").runn) == "<df.runn of teams, 5 rows>"
    assert rp.read_runn("teams").runn.resource == "teams"
    assert pd.DataFrame().runn.resource is None
