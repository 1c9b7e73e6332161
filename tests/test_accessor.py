"""df.runn and the names on top: each verb leads where it should."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.push.model import Origin


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
    assert result.runn.plan("actuals").requests == 1
    done = result.runn.push("actuals")
    assert done.index.equals(result.index)
    wanted = result["status"].eq("differs").map({True: "updated", False: "unchanged"})
    assert done["status"].tolist() == wanted.tolist()
    assert set(rp.reconcile(sheet)["status"]) == {"match", "only_runn"}
    asked = rp.reconcile(sheet, only_runn="zero")
    minutes = actuals.loc[5, ["billableMinutes", "nonbillableMinutes"]].sum()
    said = f"1 actual with {minutes // 60}:{minutes % 60:02d} h set to 0 minutes"
    with pytest.warns(errors.PlanWarning, match=said):
        done = asked.runn.push("actuals")
    assert (done["status"] == "updated").sum() == 1
    assert set(rp.reconcile(sheet)["status"]) == {"match"}


def test_a_reconciliation_takes_back_no_change_of_others(own: rp.Account) -> None:
    keys = ["date", "personId", "projectId"]
    actuals = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05")
    minutes = actuals["billableMinutes"] + actuals["nonbillableMinutes"]
    actuals = actuals.assign(minutes=minutes)[minutes > 0].drop_duplicates(keys).head(3)
    roles = rp.read_runn("roles")["id"]
    # Two actuals of the first key, of which the larger one is taken from.
    body = {key: int(actuals[key].iloc[0]) for key in keys[1:]}
    body |= {"date": f"{actuals['date'].iloc[0]:%Y-%m-%d}", "nonbillableMinutes": 0}
    role = int(next(role for role in roles if role != actuals["roleId"].iloc[0]))
    own.request("POST", "actuals", json={**body, "roleId": role, "billableMinutes": 20})
    sheet = actuals[[*keys, "minutes"]].assign(minutes=60)
    result = rp.reconcile(sheet)
    assert result["runnActuals"].tolist() == [2, 1, 1]
    own.request("POST", "actuals", json={**body, "roleId": role, "billableMinutes": 40})
    done = result.runn.push("actuals")
    assert done["status"].tolist() == ["conflict", "updated", "updated"]
    assert "changed in the account" in done["error"].iloc[0]
    again = rp.reconcile(sheet, tables={"actuals": rp.read_runn("actuals", max_age=0,
        minDate="2026-06-01", maxDate="2026-06-05")})  # fmt: skip
    assert again["runnMinutes"].tolist() == [int(actuals["minutes"].iloc[0]) + 40, 60, 60]
    assert again.runn.push("actuals")["status"].tolist() == ["updated", "unchanged", "unchanged"]


def test_a_reconciliation_has_an_outcome_for_each_row(own: rp.Account) -> None:
    keys = ["date", "personId", "projectId"]
    actuals = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05")
    minutes = actuals["billableMinutes"] + actuals["nonbillableMinutes"]
    actuals = actuals.assign(minutes=minutes)[minutes > 0].drop_duplicates(keys)
    # A second actual of one key, in another role: both have to fall to 0.
    twice = actuals.iloc[[3]][[*keys, "roleId"]]
    roles = rp.read_runn("roles")["id"]
    twice["roleId"] = next(role for role in roles if role != twice["roleId"].item())
    with pytest.warns(errors.PlanWarning, match="has lost its ids"):
        twice.assign(billableMinutes=30, nonbillableMinutes=0).runn.push("actuals")
    emails = rp.read_runn("people").set_index("id")["email"]
    sheet = actuals[[*keys, "minutes"]].assign(who=actuals["personId"].map(emails))
    sheet.loc[sheet.index[0], "minutes"] += 15
    sheet.loc[sheet.index[3], "minutes"] = 0
    # A row of nobody: what is missing on that day may be this one, for anybody.
    sheet.loc[sheet.index[-1], "who"] = "nobody@example.com"
    with pytest.warns(errors.UnmatchedWarning):
        result = rp.reconcile(
            sheet.drop(columns="personId"),
            match={"personId": {"email": "who"}},
            only_runn="zero",
        )
    result.index = pd.Index([f"r{n}" for n in range(len(result))])
    lost = result.index[result["billableMinutes"].isna()]
    plan = result.runn.plan("actuals")
    assert len(lost) > 0
    assert f"not written: rows of that person and day were not matched (row {lost[0]!r}" in repr(
        plan
    )
    with pytest.warns(errors.PlanWarning) as caught:
        dry = result.runn.push("actuals", dry_run=True)
    assert [str(one.message) for one in caught] == list(plan.notes)
    assert "2 actuals with" in plan.notes[0]
    for done, changed in ((dry, "planned"), (plan.apply(), "updated")):
        assert done.index.equals(result.index)
        match = result["status"] == "match"
        assert set(done.loc[match, "status"]) == {"unchanged"}
        assert set(done.loc[lost, "status"]) == {"not tried"}
        assert set(done.loc[lost, "error"]) == {
            "Not written: rows of that person and day were not matched."
        }
        rest = result.index[~match].difference(lost)
        assert set(done.loc[rest, "status"]) == {changed}
        assert done.attrs["notes"] == list(plan.notes)
    several = result.index[result["roleId"].isna() & ~result["billableMinutes"].isna()]
    assert len(several) == 1
    place = result.index.get_loc(several[0])
    assert len(done.attrs["ids"][str(place)]) == 2


def test_the_row_of_several_writes_has_the_worst_outcome() -> None:
    origin = Origin(pd.Index(["a", "b", "c"]), [0, 2, 2], {1: "not written: lost"})
    lines, many = origin.gathered(
        [
            ["update", "unchanged", 1, "", 0],
            ["update", "updated", 2, "", 1],
            ["update", "failed", 3, "Runn refused it.", 2],
            ["delete", "deleted", 9, "", 1],
        ]
    )
    assert lines == [
        ["update", "unchanged", 1, "", 0],
        ["unchanged", "not tried", None, "Not written: lost.", 0],
        ["update", "failed", 3, "Runn refused it.", 2],
        ["delete", "deleted", 9, "", 1],
    ]
    assert many == {"2": [2, 3]}


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
    pytest.importorskip("altair", reason="needs altair: pip install .[notebook]")
    chart = rp.utilization("2026-05-01", "2026-06-30").runn.plot()
    assert chart.to_dict()["$schema"]
    with pytest.raises(errors.FrameError):
        rp.read_runn("custom-fields/text").runn.plot()


def test_what_is_imported_later_is_there_all_the_same() -> None:
    code = (
        "import sys, runn_pandas as rp;"
        "assert not {'runn_pandas.analysis', 'runn_pandas.push'} & set(sys.modules);"
        "assert set(rp.__all__) <= set(dir(rp)); rp.utilization; rp.Plan"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    with pytest.raises(AttributeError, match="nothing"):
        _ = rp.nothing


def test_a_push_of_people_imports_no_calculation() -> None:
    code = (
        "import sys, runn_pandas as rp;"
        "rp.connect('demo'); people = rp.read_runn('people');"
        "people.loc[0, 'lastName'] = 'Nightingale'; people.runn.plan();"
        "assert people.runn.push()['status'].iloc[0] == 'updated';"
        "found = [name for name in sys.modules if name.startswith('runn_pandas.analysis')];"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_the_accessor_shows_what_it_is_of(own: rp.Account) -> None:
    assert repr(rp.read_runn("teams").runn) == "<df.runn of teams, 5 rows>"
    assert rp.read_runn("teams").runn.resource == "teams"
    assert pd.DataFrame().runn.resource is None
