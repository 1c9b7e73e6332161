"""Numbers from the tables of a mirror: of one day, whatever the mirror does not hold."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.errors import FrameError
from tests.support.desk import Desk, desk_of, new_demo

JUNE = ("2026-06-01", "2026-06-30")
HELD = ("people", "projects", "teams", "assignments", "actuals", "contracts", "skills")
TIME_OFF = ("time-offs/leave", "time-offs/holidays", "time-offs/rostered-off")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose account is the current one, so that it could be read from."""
    desk = desk_of(new_demo(2), tmp_path / "cache")
    with rp.use(desk.account):
        yield desk


def synced(desk: Desk, *resources: str) -> rp.Mirror:
    mirror = desk.mirror(*resources)
    mirror.sync()
    return mirror


ASKS: dict[str, Callable[[Any], Any]] = {
    "hours": lambda tables: rp.hours(*JUNE, tables=tables),
    "hours by team": lambda tables: rp.hours(*JUNE, by="team", tables=tables),
    "capacity": lambda tables: rp.capacity(*JUNE, tables=tables),
    "utilization": lambda tables: rp.utilization(*JUNE, tables=tables),
    "availability": lambda tables: rp.availability(*JUNE, tables=tables),
    "report": lambda tables: rp.report("people", *JUNE, metrics=["total"], tables=tables),
}


@pytest.mark.parametrize("ask", ASKS)
def test_a_list_that_the_mirror_lacks_is_named_and_not_read_from_the_account(
    desk: Desk, ask: str
) -> None:
    tables, mark = synced(desk, *HELD).tables(), len(desk.demo.log)
    with pytest.raises(FrameError, match=r"has no 'time-offs/\w+'.*resources=\['time-offs") as said:
        ASKS[ask](tables)
    assert desk.asked(mark) == []
    missing = [name for name in TIME_OFF if name in str(said.value)]
    assert missing == list(TIME_OFF)


@pytest.mark.parametrize("ask", ASKS)
def test_what_the_error_says_to_add_is_all_that_is_needed(desk: Desk, ask: str) -> None:
    synced(desk, *HELD)
    tables, mark = synced(desk, *TIME_OFF).tables(), len(desk.demo.log)
    ours = ASKS[ask](tables)
    assert desk.asked(mark) == []
    pd.testing.assert_frame_equal(ours, ASKS[ask](None))


def test_a_plain_dict_lets_the_account_fill_in(desk: Desk) -> None:
    tables, mark = synced(desk, *HELD).tables(), len(desk.demo.log)
    found = rp.hours(*JUNE, tables=dict(tables))
    assert {request.rstrip("/") for request in desk.asked(mark)} == {
        f"GET /{name}" for name in TIME_OFF
    }
    pd.testing.assert_frame_equal(found, rp.hours(*JUNE))


def test_lists_that_the_mirror_holds_are_read_from_it_when_needed(desk: Desk) -> None:
    mirror = synced(desk, *HELD, *TIME_OFF)
    some = mirror.tables("people")
    desk.demo.company.tables |= {"actuals": {}, "skills": {}}
    desk.demo.company.forget()
    mark = len(desk.demo.log)
    pd.testing.assert_frame_equal(
        rp.hours(*JUNE, tables=some), rp.hours(*JUNE, tables=mirror.tables())
    )
    skills = mirror.read("skills")[["id"]].rename(columns={"id": "skillId"})
    named = skills.runn.names(tables=some)
    assert named["skillName"].tolist() == mirror.read("skills")["name"].tolist()
    assert desk.asked(mark) == []


def test_a_sync_in_between_is_said(desk: Desk) -> None:
    mirror = synced(desk, *HELD, *TIME_OFF)
    some, whole = mirror.tables("people"), mirror.tables()
    before = rp.hours(*JUNE, tables=whole)
    mirror.sync()
    with pytest.raises(FrameError, match=r"has been synced since.*tables\(\) anew"):
        rp.hours(*JUNE, tables=some)
    pd.testing.assert_frame_equal(rp.hours(*JUNE, tables=whole), before)


def test_with_frames_of_ones_own_and_in_another_process_they_are_still_of_the_copy(
    desk: Desk,
) -> None:
    tables = synced(desk, *HELD).tables("people")
    own = tables | {"contracts": desk.read("contracts")}
    sent = pickle.loads(pickle.dumps(own))
    assert list(sent) == ["people", "contracts"]
    for one in (own, sent):
        with pytest.raises(FrameError, match="has no 'time-offs"):
            rp.capacity(*JUNE, tables=one)


def test_tables_as_they_were_are_filled_in_as_they_were(desk: Desk) -> None:
    mirror = desk.mirror(*HELD, *TIME_OFF)
    mirror.sync(history=True)
    then = pd.Timestamp(mirror._clock(), unit="s", tz="UTC")
    before = rp.hours(*JUNE, tables=mirror.tables())
    desk.demo.company.tables |= {"actuals": {}}
    desk.demo.company.forget()
    mirror._clock = lambda: then.timestamp() + 60
    mirror.sync(full=True)
    pd.testing.assert_frame_equal(
        rp.hours(*JUNE, tables=mirror.tables("people", as_of=then)), before
    )
    assert not rp.hours(*JUNE, tables=mirror.tables("people")).equals(before)


def test_a_list_that_no_mirror_holds_has_no_advice_to_add_it(desk: Desk) -> None:
    frame = pd.DataFrame({"holidayId": [1]})
    with pytest.raises(FrameError, match="lists of the whole account only") as said:
        frame.runn.names(tables=synced(desk, *HELD).tables())
    assert "resources=" not in str(said.value)


def test_hours_on_dask_do_not_mix_either(desk: Desk) -> None:
    mirror = synced(desk, *HELD)
    tables = mirror.tables()
    tables["actuals"] = mirror.dask("actuals")
    with pytest.raises(FrameError, match="has no 'time-offs"):
        rp.hours(*JUNE, tables=tables)


def test_names_without_an_account_say_so_in_one_traceback(tmp_path: Path) -> None:
    desk = desk_of(new_demo(2), tmp_path / "cache")
    tables = synced(desk, *HELD, *TIME_OFF).tables()
    by_team = rp.hours(*JUNE, by="team", tables=tables)
    with pytest.raises(FrameError, match=r"no table 'teams'.*a mirror's \.tables\(\)") as said:
        by_team.runn.names()
    assert said.value.__suppress_context__
    named = by_team.runn.names(tables=tables)
    assert named["teamName"].notna().any()
