"""What holds for any company."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runn_pandas.analysis.capacity_by_day import capacity
from runn_pandas.analysis.finance_by_period import finance
from runn_pandas.analysis.hours_by_day import hours
from runn_pandas.analysis.utilization_by_period import utilization
from tests.support.company import (
    BUILD,
    DESIGN,
    FIXED,
    INNER,
    MAYBE,
    PLACEHOLDER,
    SITE,
    TODAY,
    TOM,
    UMA,
    Company,
)

Tables = dict[str, pd.DataFrame]
FIRST, LAST = dt.date(2026, 5, 20), dt.date(2026, 7, 15)
KEY = ["date", "personId", "projectId", "roleId", "workstreamId"]
MINUTES = ["billableMinutes", "nonbillableMinutes", "totalMinutes"]
quick = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

days = st.dates(FIRST - dt.timedelta(9), LAST + dt.timedelta(9)).map(dt.date.isoformat)
spans = st.tuples(days, st.integers(0, 25)).map(
    lambda span: (span[0], (dt.date.fromisoformat(span[0]) + dt.timedelta(span[1])).isoformat())
)
keys = st.fixed_dictionaries(
    {
        "personId": st.sampled_from([TOM, UMA, PLACEHOLDER]),
        "projectId": st.sampled_from([SITE, FIXED, INNER, MAYBE]),
        "roleId": st.sampled_from([DESIGN, BUILD]),
        "workstreamId": st.sampled_from([None, 9]),
        "phaseId": st.sampled_from([None, 801, 802]),
    }
)
marks = st.fixed_dictionaries(
    {
        "isBillable": st.booleans(),
        "isNonWorkingDay": st.sampled_from([False, False, False, True]),
        "isActive": st.sampled_from([True, True, False]),
    }
)


@st.composite
def companies(draw: Any) -> Tables:
    """A few contracts, plans, logs and days off, of two people and a placeholder."""
    company = Company(bare=True)
    for person in (TOM, UMA):
        cut = dt.date.fromisoformat(draw(days))
        until = (cut - dt.timedelta(draw(st.integers(1, 5)))).isoformat()
        weekday = draw(st.sampled_from(["", "monday", "friday"]))
        company.contract("2026-01-05", until, draw(st.sampled_from([480, 450])), person=person)
        company.contract(cut.isoformat(), None, 300, off=weekday, person=person, cost=None)
    for span, key, mark, minutes in draw(
        st.lists(st.tuples(spans, keys, marks, st.integers(1, 40)), max_size=8)
    ):
        company.plan(*span, 15 * minutes, **key, **mark)
    for day, key, billable, rest in draw(
        st.lists(st.tuples(days, keys, st.integers(0, 480), st.integers(0, 99)), max_size=8)
    ):
        company.log(day, billable, rest, **key)
    for span, person, minutes, kind in draw(
        st.lists(
            st.tuples(
                spans,
                st.sampled_from([TOM, UMA]),
                st.sampled_from([None, 120, 900]),
                st.sampled_from(["leave", "holidays", "rostered-off"]),
            ),
            max_size=4,
        )
    ):
        company.off(*span, minutes, person=person, kind=kind)
    return company.tables()


def worked(tables: Tables, kind: str = "effective") -> pd.DataFrame:
    return hours(FIRST, LAST, kind=kind, tables=tables, as_of=TODAY)


def plainly(tables: Tables) -> dict[tuple[Any, ...], float]:
    """Scheduled minutes by key, one assignment and day after the other."""
    contracts = tables["contracts"].to_dict("records")
    off = pd.concat([tables[name] for name in tables if name.startswith("time-offs")])
    off = off[off["minutesPerDay"].isna()].to_dict("records")
    total: dict[tuple[Any, ...], float] = defaultdict(float)
    for row in tables["assignments"].to_dict("records"):
        for day in pd.date_range(max(row["startDate"], pd.Timestamp(FIRST)), row["endDate"]):
            if day > pd.Timestamp(LAST) or not row["isActive"]:
                continue
            if row["isPlaceholder"] and day < pd.Timestamp(TODAY):
                continue
            counts = row["isNonWorkingDay"]
            if row["isPlaceholder"]:
                counts = counts or day.weekday() < 5
            elif not counts:
                held = [
                    c
                    for c in contracts
                    if c["personId"] == row["personId"]
                    and c["startDate"] <= day
                    and (pd.isna(c["endDate"]) or day <= c["endDate"])
                ]
                name = day.day_name().lower()
                counts = any(c["rosteredDays"].get(name, 0) for c in held) and not any(
                    o["personId"] == row["personId"] and o["startDate"] <= day <= o["endDate"]
                    for o in off
                )
            if counts:
                stream = None if pd.isna(row["workstreamId"]) else row["workstreamId"]
                key = (day, row["personId"], row["projectId"], row["roleId"], stream)
                total[key] += row["minutesPerDay"]
    return total


@quick
@given(companies())
def test_scheduled_hours_equal_a_plain_loop(tables: Tables) -> None:
    rows = worked(tables, "scheduled").astype(object)
    found = {
        (*row[:4], None if row[4] is pd.NA else row[4]): row[5]
        for row in rows[[*KEY, "totalMinutes"]].itertuples(index=False)
    }
    assert found == plainly(tables)


@quick
@given(companies(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(tables: Tables, random: Any) -> None:
    turned = {
        name: frame.iloc[random.sample(range(len(frame)), len(frame))]
        for name, frame in tables.items()
    }
    pd.testing.assert_frame_equal(worked(turned), worked(tables))
    options: dict[str, Any] = {"as_of": TODAY, "by": "role"}
    pd.testing.assert_frame_equal(
        utilization(FIRST, LAST, tables=turned, **options),
        utilization(FIRST, LAST, tables=tables, **options),
    )


@quick
@given(companies())
def test_months_and_weeks_add_up_to_the_same(tables: Tables) -> None:
    sums = []
    for freq in ("MS", "W", "D", "QS"):
        found = utilization(FIRST, LAST, freq=freq, by="account", tables=tables, as_of=TODAY)
        names = ["totalMinutes", "billableMinutes", "capacityMinutes"]
        sums.append(found[names].sum().tolist())
    assert sums == [sums[0]] * 4


@quick
@given(companies())
def test_effective_is_actual_where_logged_and_scheduled_elsewhere(tables: Tables) -> None:
    effective, planned, logged = (worked(tables, k) for k in ("effective", "scheduled", "actual"))
    rest = planned.merge(logged[KEY], on=KEY, how="left", indicator=True)
    rest = rest[rest["_merge"] == "left_only"]
    names = [*KEY, *MINUTES]
    wanted = pd.concat([logged[names], rest[names]]).sort_values(KEY, ignore_index=True)
    found = effective[names].sort_values(KEY, ignore_index=True)
    pd.testing.assert_frame_equal(found, wanted)
    assert not effective[KEY].duplicated().any()


@quick
@given(companies())
def test_capacity_is_never_negative(tables: Tables) -> None:
    found = capacity(FIRST, LAST, tables=tables)
    assert found["capacityMinutes"].between(0, found["contractedMinutes"]).all()
    assert found["timeOffMinutes"].between(0, found["contractedMinutes"]).all()


@quick
@given(companies(), st.dates(FIRST, LAST - dt.timedelta(1)))
def test_two_windows_make_one(tables: Tables, cut: dt.date) -> None:
    options: dict[str, Any] = {"tables": tables, "as_of": TODAY}
    after = cut + dt.timedelta(1)
    parts = [hours(FIRST, cut, **options), hours(after, LAST, **options)]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), worked(tables))


@quick
@given(companies())
def test_a_fixed_price_earns_its_budget_over_its_life(tables: Tables) -> None:
    billable = tables["actuals"]["billableMinutes"]
    tables["actuals"] = tables["actuals"].assign(billableMinutes=billable + 1)
    plan = tables["assignments"]
    tables["assignments"] = plan.assign(isBillable=True)
    found = finance("2026-04-01", "2026-09-30", freq="W", tables=tables, as_of=TODAY)
    sums = found.groupby("projectId")["revenue"].sum()
    life = hours("2026-04-01", "2026-09-30", tables=tables, as_of=TODAY, include_tentative=False)
    earned = 10_000.0 if life["projectId"].eq(FIXED).any() else 0.0
    assert abs(sums.get(FIXED, earned) - earned) < 1e-6
    assert sums.get(INNER, 0.0) == 0
    assert MAYBE not in sums.index
