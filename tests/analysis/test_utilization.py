"""Utilization by period and group."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.analysis.capacity_by_day import capacity
from runn_pandas.analysis.hours_by_day import hours
from runn_pandas.analysis.utilization_by_period import utilization
from tests.support.company import BUILD, DESIGN, PLACEHOLDER, TODAY, TOM, UMA, Company

Tables = dict[str, pd.DataFrame]
SPAN = ("2026-02-10", "2026-08-20")
MINUTES = ["totalMinutes", "billableMinutes", "capacityMinutes"]


@pytest.mark.parametrize("kind", ["effective", "scheduled", "actual"])
def test_people_and_months_of_the_demo(kind: str, demo_tables: Tables) -> None:
    found = utilization(*SPAN, hours=kind, tables=demo_tables, as_of=TODAY)
    work = hours(*SPAN, kind=kind, tables=demo_tables, as_of=TODAY)
    work = work[~work["isTentative"] & ~work["isPlaceholder"]]
    room = capacity(*SPAN, tables=demo_tables)
    for row in found.sample(40, random_state=1).to_dict("records"):
        mine = work[(work["personId"] == row["personId"])]
        mine = mine[mine["date"].dt.to_period("M") == row["period"].to_period("M")]
        mine_room = room[room["personId"] == row["personId"]]
        mine_room = mine_room[mine_room["date"].dt.to_period("M") == row["period"].to_period("M")]
        total, left = int(mine["totalMinutes"].sum()), int(mine_room["capacityMinutes"].sum())
        assert (row["totalMinutes"], row["capacityMinutes"]) == (total, left)
        assert row["utilization"] == pytest.approx(100 * total / left) if left else pd.NA
    assert int(found["totalMinutes"].sum()) == int(work["totalMinutes"].sum())


@pytest.fixture(scope="module")
def whole(demo_tables: Tables) -> pd.DataFrame:
    """The account's sums, year by year."""
    return utilization(*SPAN, by="account", freq="YS", tables=demo_tables, as_of=TODAY)


@pytest.mark.parametrize("by", ["person", "team", "role", "account"])
@pytest.mark.parametrize("freq", ["D", "W", "W-MON", "MS", "QS", "YS"])
def test_groups_and_periods_add_up(
    by: str, freq: str, demo_tables: Tables, whole: pd.DataFrame
) -> None:
    found = utilization(*SPAN, by=by, freq=freq, tables=demo_tables, as_of=TODAY)
    assert found[MINUTES].sum().tolist() == whole[MINUTES].sum().tolist()
    keys = [name for name in found.columns[:2] if name != "totalMinutes"]
    assert not found[keys].duplicated().any()
    if freq.startswith("W"):
        assert (found["period"].dt.day_name() == "Monday").all()
    if freq == "QS":
        assert set(found["period"].dt.month) == {1, 4, 7}


def test_columns_and_types() -> None:
    tables = Company().plan("2026-06-15", None, 60).tables()
    minutes = dict.fromkeys(MINUTES, "Int64")
    shares = dict.fromkeys(["utilization", "billableUtilization"], "Float64")
    for by in ("person", "team", "role", "tag", "account"):
        found = utilization("2026-06-01", "2026-06-30", by=by, tables=tables)
        ids = {} if by == "account" else {f"{by}Id": "Int64"}
        dtypes = {"period": "datetime64[us]", **ids, **minutes, **shares}
        assert found.dtypes.astype(str).to_dict() == dtypes


def test_edges_are_cut_to_the_window() -> None:
    tables = Company().plan("2026-06-01", "2026-07-31", 240).tables()
    found = utilization("2026-06-17", "2026-07-02", tables=tables, as_of=TODAY)
    # The period is its first day also where the window cuts it.
    assert found["period"].dt.strftime("%m-%d").tolist() == ["06-01", "07-01"]
    assert found["capacityMinutes"].tolist() == [10 * 480, 2 * 480]
    assert found["utilization"].tolist() == [50, 50]
    weeks = utilization("2026-06-17", "2026-07-02", freq="W", tables=tables, as_of=TODAY)
    assert weeks["period"].dt.strftime("%m-%d").tolist() == ["06-15", "06-22", "06-29"]
    assert weeks["capacityMinutes"].tolist() == [3 * 480, 5 * 480, 4 * 480]


def team() -> Company:
    """Tom: team 1, tag 91. Uma: team 2, no tags, another role. Somebody without a team: 4."""
    company = Company().contract(person=UMA, role=BUILD)
    company._add(
        "people", id=4, teamId=None, tags=[{"id": 92, "name": "A"}, {"id": 91, "name": ""}]
    )
    company.contract(person=4).plan("2026-06-15", None, 480, roleId=BUILD)
    company.plan("2026-06-15", None, 120, personId=UMA).plan("2026-06-15", None, 240, personId=4)
    return company


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ("person", {TOM: 100, UMA: 25, 4: 50}),
        ("team", {1: 100, 2: 25, None: 50}),
        # The contract's role: Tom's work in another one is his, and he is a designer.
        ("role", {DESIGN: 75, BUILD: 25}),
        # Sum over sum; who has two tags counts in both, who has none in a row of their own.
        ("tag", {91: 75, 92: 50, None: 25}),
    ],
)
def test_whose(by: str, wanted: dict[int | None, float]) -> None:
    found = utilization("2026-06-15", "2026-06-15", by=by, tables=team().tables())
    ids = [None if value is pd.NA else value for value in found[f"{by}Id"].astype(object)]
    assert dict(zip(ids, found["utilization"], strict=True)) == wanted


def test_work_without_a_contract_has_the_role_of_the_work() -> None:
    tables = Company(bare=True).log("2026-06-15", 60, roleId=BUILD).tables()
    found = utilization("2026-06-15", "2026-06-15", by="role", tables=tables)
    assert found["roleId"].tolist() == [BUILD]
    assert found["utilization"].isna().all()


def test_it_reads_what_it_is_not_given(demo_account: Account, demo_tables: Tables) -> None:
    for by in ("person", "tag"):
        found = utilization(*SPAN, by=by, account=demo_account)
        wanted = utilization(*SPAN, by=by, tables=demo_tables)
        pd.testing.assert_frame_equal(found, wanted)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": "project"}, "by is one of 'person', 'team', 'role', 'tag', 'account'"),
        ({"by": None}, "by is one of"),
        ({"freq": "M"}, "freq is one of 'D', 'W', 'W-MON', 'MS', 'QS', 'YS'"),
        ({"freq": "W-SUN"}, "freq is one of"),
        ({"hours": "planned"}, "hours is one of 'effective', 'scheduled', 'actual'"),
    ],
)
def test_what_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.FilterError, match=words):
        utilization("2026-06-01", "2026-06-30", tables=Company().tables(), **options)


def test_tags_that_are_columns_already_are_refused(demo_tables: Tables) -> None:
    tables = demo_tables | {"people": demo_tables["people"].runn.expand("tags")}
    with pytest.raises(errors.FrameError, match="before expand"):
        utilization(*SPAN, by="tag", tables=tables)
    tables = demo_tables | {"people": demo_tables["people"].assign(tags=[["x"]] * 45)}
    with pytest.raises(errors.FrameError, match="as it was read"):
        utilization(*SPAN, by="tag", tables=tables)


def test_regression_rocketscience_no_160_hour_months() -> None:
    # Utilization over a fixed 20 x 480 minutes, whatever the contract, the month and the leave.
    company = Company(bare=True).contract(minutes=240).off("2026-06-01", "2026-06-12")
    company.plan("2026-06-15", "2026-06-30", 240)
    found = utilization("2026-06-01", "2026-06-30", tables=company.tables(), as_of=TODAY)
    assert found["capacityMinutes"].tolist() == [12 * 240]
    assert found["utilization"].tolist() == [100]


def test_regression_rocketscience_no_mean_of_percentages() -> None:
    company = Company().contract(person=UMA, minutes=60).plan("2026-06-15", None, 480)
    found = utilization("2026-06-15", "2026-06-15", by="account", tables=company.tables())
    assert found["utilization"].tolist() == [pytest.approx(100 * 480 / 540)]


def test_regression_rocketscience_all_hours_not_billable_actuals_only() -> None:
    company = Company().plan("2026-06-15", "2026-06-16", 480).log("2026-06-15", 120, 120)
    found = utilization("2026-06-15", "2026-06-16", tables=company.tables())
    assert found["totalMinutes"].tolist() == [240 + 480]
    assert found["billableUtilization"].tolist() == [pytest.approx(100 * 600 / 960)]


def test_regression_placeholders_do_not_count() -> None:
    company = Company().plan("2026-07-01", None, 480, personId=PLACEHOLDER)
    found = utilization("2026-07-01", "2026-07-01", by="account", tables=company.tables())
    assert found["totalMinutes"].tolist() == [0]


def test_what_the_capacity_is_made_of_is_shown_if_asked() -> None:
    tables = Company().off("2026-06-16", None, 120).plan("2026-06-15", None, 480).tables()
    span = ("2026-06-15", "2026-06-16")
    found = utilization(*span, contracted=True, tables=tables)
    assert found.columns[-2:].tolist() == ["contractedMinutes", "timeOffMinutes"]
    assert found.iloc[0, 2:5].tolist() == [480, 480, 840]
    assert found.iloc[0, -2:].tolist() == [960, 120]
    pd.testing.assert_frame_equal(found.iloc[:, :-2], utilization(*span, tables=tables))
