"""Lists whose deletions are not logged, read whole only so often: what may be wrong meanwhile."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.catalog import load
from runn_pandas.errors import FilterError
from runn_pandas.mirror import policy
from runn_pandas.mirror.policy import (
    EARLY,
    complete_at,
    fetch_mode,
    seconds_of,
    usual_resources,
)
from runn_pandas.mirror.render import listing
from runn_pandas.mirror.state import Table
from tests.benchmarks.accounts import WORKDAYS
from tests.support.desk import Desk, account_of, new_demo
from tests.support.mirrors import full_read, modes, same, whole_at

from . import writes
from .writes import Life

DAY = 86_400.0
DAYS_OFF = ("time-offs/holidays", "time-offs/rostered-off")
CAPACITY = (*DAYS_OFF, "contracts", "people", "holiday-groups", "project-members", "roles")


@pytest.fixture
def capacity(desk: Desk) -> rp.Mirror:
    """A mirror of what capacity is made from, in sync."""
    mirror = desk.mirror(*CAPACITY)
    mirror.sync()
    return mirror


def refreshed(mirror: rp.Mirror) -> pd.DataFrame:
    return mirror.sync(full_every="7D").set_index("resource")


def kind(mode: str) -> str:
    return mode.partition(":")[0]


# -- equal but for what was removed


def extra(mirror: rp.Mirror, desk: Desk, name: str) -> int:
    """How many rows of a table are gone from the account; all others are as they are there."""
    ours, theirs = mirror.read(name), full_read(desk.account, name)
    keys = list(load().resources[name].key)
    there = ours.merge(theirs[keys], on=keys, how="left", indicator="there")["there"] == "both"
    kept = ours[there.to_numpy()].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, theirs, obj=name)
    return len(ours) - len(theirs)


@pytest.mark.parametrize(
    ("seed", "rounds"), [(0, 1), *(pytest.param(n, 4, marks=pytest.mark.slow) for n in range(1, 7))]
)
def test_only_rows_that_were_removed_without_a_trace_are_wrong(
    desk: Desk, seed: int, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Also lists that would be read whole for their shortness.
    monkeypatch.setattr(policy, "fits_a_page", lambda resource, rows: False)
    # Without the long ones, which are as exact as ever (test_sync.py).
    short = [n for n in usual_resources(load()) if not load().resources[n].facts.days]
    mirror = desk.mirror(*short, *DAYS_OFF, "contracts")
    mirror.sync()
    now, life = mirror._clock(), Life(desk.account, desk.demo, seed)
    seen: set[str] = set()
    for _ in range(rounds):
        life.spend(60)
        mode = modes(mirror.sync(full_every=7))
        late = {name for name, how in mode.items() if "may still be there" in how}
        for name in mirror._state().tables:
            more = extra(mirror, desk, name)
            assert not more or name in late
            assert ("complete" in mirror.read(name).attrs["runn"]) == (name in late)
        seen |= late
    assert {"project-members", "clients", "project-rates"} <= seen
    assert {*DAYS_OFF} & seen or rounds < 4
    assert "DELETE time-offs/holidays/N" in {re.sub(r"\d+", "N", line) for line in life.done}
    mirror._clock = lambda: now + 8 * DAY
    assert not any("still" in mode for mode in modes(mirror.sync(full_every=7)).values())
    same(mirror, desk.account)


class LargeLife(Life):
    """A life that does not count all rows to choose one, and sends many actuals at once."""

    @cache  # noqa: B019
    def ids(self, table: str) -> list[int]:
        return list(self.company.tables[table])

    def one(self, table: str) -> dict[str, Any]:
        rows, ids = self.company.tables[table], self.ids(table)
        return rows[next(filter(rows.__contains__, iter(lambda: self.chance.choice(ids), None)))]

    def change_actuals(self, count: int) -> None:
        names = ("date", "personId", "projectId", "roleId", "workstreamId")
        chosen = [self.one("actuals") for _ in range(count)]
        bodies = [{n: row[n] for n in names if row[n]} | {"billableMinutes": 7} for row in chosen]
        for at in range(0, count, 100):
            self.send("POST", "actuals/bulk", {"actuals": bodies[at : at + 100]})


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_day_of_a_thousand_people_costs_a_third_and_is_a_full_read(tmp_path: Path) -> None:
    """A workday's share of the rows is changed, and a tenth as many are deleted, all as logged."""
    demo = new_demo(1_000)
    mirrors = [rp.mirror(tmp_path / n, account=account_of(demo)) for n in ("usual", "often")]
    for mirror in mirrors:
        mirror.sync()
    life = LargeLife(account_of(demo), demo, 0)
    life.change_actuals(len(demo.company.tables["actuals"]) // WORKDAYS)
    assert life.done.count("POST actuals/bulk") == 10
    for _ in range(len(demo.company.tables["actuals"]) // WORKDAYS // 10):
        writes.delete_actual(life)
    for table, change, delete in (
        ("assignments", writes.assignment, writes.delete_assignment),
        ("contracts", writes.contract, writes.delete_contract),
        ("time-offs/leave", writes.leave, writes.delete_leave),
    ):
        changes = math.ceil(len(demo.company.tables[table]) / WORKDAYS)
        for number in range(changes):
            change(life)
            if not number % 10:
                delete(life)
    usual, often = mirrors[0].sync(), mirrors[1].sync(full_every=7)
    assert 290 <= usual["requests"].sum() <= 320
    assert often["requests"].sum() <= 298 / 3
    print(f"{usual['requests'].sum()} requests, with full_every {often['requests'].sum()}")
    for name in mirrors[1]._state().tables:
        theirs = full_read(life.account, name)
        for mirror in mirrors:
            pd.testing.assert_frame_equal(mirror.read(name), theirs, obj=name)


def test_what_was_removed_stays_until_the_period_is_over(desk: Desk, capacity: rp.Mirror) -> None:
    now, began = capacity._clock(), whole_at(capacity, "project-members")
    members = desk.demo.company.tables["project-members"]
    desk.demo.company.remove("project-members", next(iter(members)))
    found = []
    for days in (1, 6.9, 7 - EARLY / DAY / 2, 8):
        capacity._clock = lambda days=days: now + days * DAY  # type: ignore[misc]
        result = refreshed(capacity)
        found.append(result.loc["project-members", "mode"])
        assert extra(capacity, desk, "project-members") == (days < 6.95)
    kept = f"modifiedAfter: rows removed after {began} may still be there"
    assert found[:2] == [kept, kept]
    assert found[2] == "full: deletions are not logged"
    assert found[3].startswith("modifiedAfter: ")
    assert began not in found[3]


def test_without_it_all_is_read_whole_again(desk: Desk, capacity: rp.Mirror) -> None:
    desk.demo.company.remove("project-members", next(iter(capacity.read("project-members")["id"])))
    refreshed(capacity)
    assert extra(capacity, desk, "project-members") == 1
    result = capacity.sync().set_index("resource")
    assert result.loc["project-members", ["mode", "deleted"]].tolist() == [
        "full: deletions are not logged",
        1,
    ]
    same(capacity, desk.account)
    assert "still" not in repr(capacity)


def test_history_goes_on(desk: Desk) -> None:
    mirror = desk.mirror("project-members", "people")
    mirror.sync(history=True)
    then, before = pd.Timestamp(mirror._clock(), unit="s", tz="UTC"), mirror.read("people")
    person = int(mirror.read("project-members")["personId"].iloc[0])
    desk.account.request("DELETE", f"people/{person}", {"force": True})
    refreshed(mirror)
    assert person not in set(mirror.read("project-members")["personId"])
    old = mirror.read("project-members", as_of=then)
    assert person in set(old["personId"])
    assert mirror.read("people", as_of=then).equals(before)


# -- what tells that rows are gone


def test_the_days_off_of_a_person_whose_contract_is_gone_are_asked_for(
    desk: Desk, capacity: rp.Mirror
) -> None:
    off = set(capacity.read("time-offs/rostered-off")["personId"])
    contracts = capacity.read("contracts")
    one = contracts[contracts["personId"].isin(off)].iloc[0]
    desk.account.request("DELETE", f"people/{one['personId']}/contracts/{one['id']}")
    mark = desk.mark()
    result = refreshed(capacity)
    assert (result.loc[[*DAYS_OFF], "deleted"] > 0).any()
    assert set(result.loc[[*DAYS_OFF], "requests"]) == {2}
    assert result.loc["time-offs/rostered-off", "mode"].startswith(
        "modifiedAfter, and all of 1 person: "
    )
    assert result["requests"].sum() == len(desk.asked(mark))
    asked = [r.query for r in desk.demo.log[mark:] if "personId" in r.query]
    assert len(asked) == 2
    for name in DAYS_OFF:
        assert extra(capacity, desk, name) == 0


@pytest.mark.parametrize(
    ("body", "asks"), [({"endDate": "2030-12-31"}, True), ({"costPerHour": 41}, False)]
)
def test_a_contract_counts_where_its_days_changed(
    desk: Desk, capacity: rp.Mirror, body: dict[str, Any], asks: bool
) -> None:
    off = [set(capacity.read(name)["personId"]) for name in DAYS_OFF]
    contracts = capacity.read("contracts").sort_values("startDate")
    last = contracts.drop_duplicates("personId", keep="last")
    one = last[last["personId"].isin(off[0] & off[1])].iloc[0]
    desk.account.request("PATCH", f"contracts/{one['id']}", json=body)
    result = refreshed(capacity)
    assert result.loc["contracts", "changed"] == 1
    assert set(result.loc[[*DAYS_OFF], "requests"]) == {1 + asks}


def test_another_holiday_group_asks_for_the_holidays_of_the_person(
    desk: Desk, capacity: rp.Mirror
) -> None:
    company = desk.demo.company
    held = capacity.read("time-offs/holidays")
    person = int(held["personId"].iloc[0])
    row = company.get("people", person)
    assert row is not None
    other = next(g for g in company.tables["holiday-groups"] if g != row["holidaysGroupId"])
    # As Runn may do it: the row of the person is no newer, the holidays are simply gone.
    company.put("people", person, {**row, "holidaysGroupId": other})
    for id_ in held.loc[held["personId"] == person, "id"]:
        company.remove("time-offs/holidays", int(id_))
    result = refreshed(capacity)
    assert result.loc["time-offs/holidays", "deleted"] == (held["personId"] == person).sum()
    assert result.loc["time-offs/rostered-off", "requests"] == 1
    assert extra(capacity, desk, "time-offs/holidays") == 0


def test_a_holiday_group_that_changed_is_a_full_read(desk: Desk, capacity: rp.Mirror) -> None:
    company = desk.demo.company
    key, group = next(iter(company.tables["holiday-groups"].items()))
    company.put("holiday-groups", key, {**group, "holidayIds": group["holidayIds"][1:]})
    result = refreshed(capacity)
    mode = result.loc["time-offs/holidays", "mode"]
    assert mode == "full: rows may have gone with holiday-groups"
    assert "still" in result.loc["time-offs/rostered-off", "mode"]
    assert "complete" not in capacity.read("time-offs/holidays").attrs["runn"]


def test_a_role_that_is_gone_is_a_full_read_of_the_members(desk: Desk, capacity: rp.Mirror) -> None:
    company = desk.demo.company
    role = int(capacity.read("project-members")["roleId"].iloc[0])
    company.put("roles", role, {**(company.get("roles", role) or {}), "name": "Renamed"})
    assert "still" in refreshed(capacity).loc["project-members", "mode"]
    company.remove("roles", role)
    for key, row in list(company.tables["project-members"].items()):
        if row["roleId"] == role:
            company.remove("project-members", key)
    assert refreshed(capacity).loc["project-members", "deleted"] > 0
    assert extra(capacity, desk, "project-members") == 0


def test_what_the_log_names_goes_without_a_request(desk: Desk, capacity: rp.Mirror) -> None:
    held = capacity.read("time-offs/holidays")
    desk.account.request("DELETE", f"time-offs/holidays/{held['id'].iloc[5]}")
    result = refreshed(capacity)
    assert result.loc["time-offs/holidays", ["deleted", "requests"]].tolist() == [1, 1]
    assert extra(capacity, desk, "time-offs/holidays") == 0


def test_leave_with_the_id_of_a_holiday_takes_no_holiday(desk: Desk, capacity: rp.Mirror) -> None:
    """Whether their ids are counted together is not known."""
    held = capacity.read("time-offs/holidays")
    company, id_ = desk.demo.company, int(held["id"].iloc[5])
    row = company.get("time-offs/holidays", id_)
    assert row is not None
    desk.account.request("DELETE", f"time-offs/holidays/{id_}")
    company.put("time-offs/holidays", id_, row)
    log = company.tables["activity-log"]
    (key, event) = next((k, e) for k, e in log.items() if (e.get("timeOff") or {}).get("id") == id_)
    told = {**event["timeOff"], "startDate": "2026-02-03"}
    company.put("activity-log", key, {**event, "timeOff": told})
    result = refreshed(capacity)
    assert result.loc["activity-log", "rows"] == 1
    assert result.loc["time-offs/holidays", "deleted"] == 0
    same(capacity, desk.account, "people")
    assert extra(capacity, desk, "time-offs/holidays") == 0


def made_anew(desk: Desk, table: str, held: pd.DataFrame) -> None:
    """Put a row in the place of one that goes without a trace."""
    company, old = desk.demo.company, int(held["id"].iloc[7])
    row, key = company.get(table, old), int(held["id"].max()) + 1
    company.remove(table, old)
    company.put(table, key, {**(row or {}), "id": key, "updatedAt": company.now})


@pytest.mark.parametrize(
    ("table", "mode", "requests"),
    [
        ("time-offs/rostered-off", "modifiedAfter, and all of 1 person", 2),
        ("project-members", "full", 3),
    ],
)
def test_a_new_row_in_the_place_of_an_old_one_tells_that_it_is_gone(
    desk: Desk, capacity: rp.Mirror, table: str, mode: str, requests: int
) -> None:
    made_anew(desk, table, capacity.read(table))
    line = refreshed(capacity).loc[table]
    assert kind(line["mode"]) == mode
    assert line[["added", "deleted", "requests"]].tolist() == [1, 1, requests]
    assert extra(capacity, desk, table) == 0


def test_where_many_people_are_in_question_all_is_read(desk: Desk, capacity: rp.Mirror) -> None:
    off = set(capacity.read("time-offs/holidays")["personId"])
    contracts = capacity.read("contracts")
    ending = contracts[contracts["endDate"].isna() & contracts["personId"].isin(off)]
    for id_ in ending["id"].iloc[:4]:
        desk.account.request("PATCH", f"contracts/{id_}", json={"endDate": "2030-12-31"})
    result = refreshed(capacity)
    assert result.loc["time-offs/holidays", "mode"] == "full: rows of many people may be gone"
    for name in DAYS_OFF:
        assert extra(capacity, desk, name) == 0


def test_a_list_that_tells_of_others_and_was_lost_is_as_if_it_had_changed(
    desk: Desk, capacity: rp.Mirror
) -> None:
    capacity.files("contracts")[0].write_bytes(b"PAR1")
    result = refreshed(capacity)
    assert result.loc["contracts", "mode"] == "full: a file was damaged"
    for name in DAYS_OFF:
        assert result.loc[name, "mode"] == "full: contracts was damaged"


def test_the_other_rules_stay(desk: Desk, capacity: rp.Mirror) -> None:
    asked = refreshed(capacity)
    assert kind(asked.loc["project-members", "mode"]) == "modifiedAfter"
    # What is short costs one request in any way.
    assert asked.loc["roles", "mode"] == "full: deletions are not logged"
    assert asked.loc["people", "mode"].startswith("full: modifiedAfter misses")
    full = capacity.sync(full=True, full_every="7D")
    assert set(modes(full).values()) == {"full: asked for"}
    capacity.files("project-members")[0].unlink()
    assert refreshed(capacity).loc["project-members", "mode"] == "full: a file was damaged"


def test_evidence_for_a_list_that_was_refused_is_not_used_up(desk: Desk) -> None:
    mirror = desk.mirror()
    mirror.sync()
    off = set(mirror.read("time-offs/rostered-off")["personId"])
    contracts = mirror.read("contracts")
    one = contracts[contracts["personId"].isin(off)].iloc[0]
    desk.account.request("DELETE", f"people/{one['personId']}/contracts/{one['id']}")
    # Lists that the plan may not have.
    desk.wire.fault = lambda method, path: "refused 403" * ("/time-offs/" in path)
    refused = refreshed(mirror)
    desk.wire.heal()
    assert set(refused.loc[[*DAYS_OFF], "mode"]) == {"refused: 403"}
    assert refused.loc["contracts", "deleted"] == 1
    result = refreshed(mirror)
    for name in DAYS_OFF:
        assert result.loc[name, "mode"] == "full: contracts was synced without it"
        assert extra(mirror, desk, name) == 0
    assert result.loc[[*DAYS_OFF], "deleted"].sum() > 0
    assert set(refreshed(mirror).loc[[*DAYS_OFF], "mode"].map(kind)) == {"modifiedAfter"}


# -- clocks


def test_a_whole_read_by_a_clock_that_was_ahead_counts_for_nothing(desk: Desk) -> None:
    mirror = desk.mirror(*CAPACITY)
    now = mirror._clock()
    mirror._clock = lambda: now + 5 * DAY
    mirror.sync()
    mirror._clock = lambda: now + 60
    desk.demo.company.remove("project-members", next(iter(mirror.read("project-members")["id"])))
    result = refreshed(mirror)
    assert result.loc["project-members", "mode"] == "full: deletions are not logged"
    same(mirror, desk.account)
    assert kind(refreshed(mirror).loc["project-members", "mode"]) == "modifiedAfter"


def test_no_clock_makes_a_list_complete_of_which_changes_were_asked(capacity: rp.Mirror) -> None:
    whole = capacity._state().tables["project-members"].full_at
    capacity._clock = lambda: whole  # it stands still
    assert kind(refreshed(capacity).loc["project-members", "mode"]) == "modifiedAfter"
    assert "complete" in capacity.read("project-members").attrs["runn"]
    assert "rows that were removed since may still be there" in repr(capacity)


# -- from values alone

NOW = 1_782_900_000.0
TABLE = Table((), {}, "2026-06-30T12:00:00+00:00", NOW - 60, NOW - 60, NOW - 60)


@pytest.mark.parametrize(
    ("facts", "every", "mode"),
    [
        ({}, None, "full: deletions are not logged"),
        ({}, 7 * DAY, "modifiedAfter"),
        ({"no_log": "no activity log"}, 7 * DAY, "full: no activity log"),
        ({"last": replace(TABLE, full_at=NOW - 7 * DAY + EARLY + 1)}, 7 * DAY, "modifiedAfter"),
        (
            {"last": replace(TABLE, full_at=NOW - 7 * DAY + EARLY - 1)},
            7 * DAY,
            "full: deletions are not logged",
        ),
        # A clock that was set back proves nothing.
        *(
            (
                {"last": replace(TABLE, full_at=NOW + ahead)},
                7 * DAY,
                "full: deletions are not logged",
            )
            for ahead in (1, DAY, 7 * DAY)
        ),
        (
            {"last": replace(TABLE, synced_at=NOW - 29 * DAY - 1)},
            30 * DAY,
            "full: the last sync is older than the activity log",
        ),
        ({"last": replace(TABLE, latest=None)}, DAY, "full: it was empty"),
        ({"last": None}, DAY, "full: first copy"),
    ],
)
def test_how_a_list_without_logged_deletions_is_fetched(
    facts: dict[str, Any], every: float | None, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "fits_a_page", lambda resource, rows: False)
    known = {"last": TABLE, "intact": True, "now": NOW, "no_log": "", "other": ""} | facts
    found = fetch_mode(load().resources["project-members"], **known, full_every=every)
    assert found.name.partition(": rows")[0] == mode


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ("7D", 7),
        ("36h", 1.5),
        ("7", 7),
        (7, 7),
        (0.5, 0.5),
        (pd.Timedelta("1D"), 1),
        (timedelta(days=30), 30),
        (np.timedelta64(2, "D"), 2),
    ],
)
def test_periods(given: Any, days: float) -> None:
    assert seconds_of(given) == days * DAY


@pytest.mark.parametrize(
    "given", ["soon", "", "31D", 0, -1, "-1D", True, float("nan"), float("inf"), pd.NaT, [7], {}]
)
def test_what_is_no_period_is_refused_before_anything_is_asked(desk: Desk, given: Any) -> None:
    mirror, mark = desk.mirror("roles"), desk.mark()
    with pytest.raises(FilterError, match="at most 30 days, such as '7D'"):
        mirror.sync(full_every=given)
    assert desk.mark() == mark
    assert not mirror.path.exists()


# -- it says so


def test_the_mirror_says_which_rows_may_be_gone(desk: Desk, capacity: rp.Mirror) -> None:
    assert "read whole" not in repr(capacity) + capacity._repr_html_()
    now, began = capacity._clock(), whole_at(capacity, "project-members")
    capacity._clock = lambda: now + 2 * DAY
    refreshed(capacity)
    state = capacity._state()
    for shown in (repr(capacity), re.sub("<[^>]+>", "", capacity._repr_html_())):
        assert shown.count(began) == 3
        assert "rows that were removed since may still be there" in shown
    frame = listing(state).set_index("resource")
    late = frame.index[frame["complete"] < frame["synced"]]
    assert set(late) == {*DAYS_OFF, "project-members"}
    for name in CAPACITY:
        hint = capacity.read(name, columns=["id"]).attrs["runn"]
        assert hint == desk.read("roles").attrs["runn"] | {"resource": name} | (
            {"complete": began} if name in late else {}
        )
    assert complete_at("contracts", state.tables["contracts"]) > now + DAY
