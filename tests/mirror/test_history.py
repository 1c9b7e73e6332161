"""The account as it was."""

from __future__ import annotations

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.errors import ConfigError, FilterError, FrameError
from tests.support.desk import Desk
from tests.support.mirrors import same

from .writes import Life

TABLES = ("people", "actuals", "people/skills", "time-offs/leave", "projects/custom-fields")
DAY = 86_400


@pytest.mark.slow
def test_every_sync_can_be_read_again(desk: Desk) -> None:
    mirror = desk.mirror(*TABLES)
    began = pd.Timestamp("2026-07-01 09:00", tz="UTC")
    life = Life(desk.account, desk.demo, 8)
    past = {}
    for day in range(5):
        moment = began + pd.Timedelta(days=day)
        mirror._clock = moment.timestamp
        mirror.sync(history=day == 1)
        past[day] = {name: mirror.read(name) for name in TABLES}
        life.spend(40)
    for day in range(1, 5):
        for name in TABLES:
            whole = past[day][name]
            for moment in (
                f"2026-07-0{day + 1}",
                began + pd.Timedelta(days=day),
                f"2026-07-0{day + 2}T08:59:59",
            ):
                found = mirror.read(name, as_of=moment)
                pd.testing.assert_frame_equal(found, whole)
                assert found.attrs == whole.attrs
    some = mirror.read("people", columns=["lastName"], filters=[("id", ">", 0)], as_of="2026-07-03")
    assert some["lastName"].equals(past[2]["people"]["lastName"])
    assert sum(not past[1][n].equals(past[4][n]) for n in TABLES) >= 3
    for early in ("2026-06-30", "2026-07-01", "2026-07-02 08:00"):
        with pytest.raises(FrameError, match="begins at 2026-07-02T09:00:00"):
            mirror.read("people", as_of=early)
    for wrong in ("soon", 7, True, pd.NaT, "2026-07", "12:00"):
        with pytest.raises(FilterError, match="as_of"):
            mirror.read("people", as_of=wrong)


def test_without_history_the_past_is_refused(desk: Desk) -> None:
    mirror = desk.mirror("roles")
    mirror.sync()
    with pytest.raises(FrameError, match=r"sync\(history=True\)"):
        mirror.read("roles", as_of="2026-07-01")


def test_a_table_that_came_later_has_its_own_beginning(desk: Desk) -> None:
    mirror = desk.mirror("roles")
    now = mirror._clock()
    mirror.sync(history=True)
    more = desk.mirror("teams")
    more._clock = lambda: now + DAY
    more.sync()
    assert len(more.read("teams", as_of=pd.Timestamp(now + DAY + 1, unit="s")))
    with pytest.raises(FrameError, match="'teams' begins later"):
        more.read("teams", as_of=pd.Timestamp(now + 1, unit="s"))


def test_the_past_survives_a_damaged_table(desk: Desk) -> None:
    mirror = desk.mirror("actuals")
    now = mirror._clock()
    mirror.sync(history=True)
    was = mirror.read("actuals")
    Life(desk.account, desk.demo, 3).spend(40)
    mirror.files("actuals")[0].write_bytes(b"noise")
    mirror._clock = lambda: now + DAY
    mirror.sync()
    same(mirror, desk.account)
    pd.testing.assert_frame_equal(
        mirror.read("actuals", as_of=pd.Timestamp(now + 1, unit="s")), was
    )
    pd.testing.assert_frame_equal(
        mirror.read("actuals", as_of=pd.Timestamp(now + DAY + 1, unit="s")), mirror.read("actuals")
    )
    for file in (mirror.path / "_history").rglob("*.parquet"):
        file.write_bytes(b"noise")
    with pytest.raises(ConfigError, match="that moment is lost"):
        rp.mirror(mirror.path).read("actuals", as_of=pd.Timestamp(now + 1, unit="s"))
    assert len(mirror.read("actuals"))
