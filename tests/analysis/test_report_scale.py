"""Reports are the same of everybody at once, of some people at a time, and over a mirror."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.analysis import shares
from runn_pandas.analysis.reports.api import report
from runn_pandas.analysis.reports.metric_table import metrics_of
from runn_pandas.analysis.reports.room import availability
from runn_pandas.analysis.shares import Shares
from runn_pandas.analysis.stretches import Stretches
from runn_pandas.analysis.work_calendar import Calendar, stacked_time_off
from runn_pandas.mirror.snapshot import Snapshot
from tests.support.company import TODAY, TOM, UMA, Company
from tests.support.mirrors import mirror_of
from tests.support.random_company import random_company

SPAN = ("2026-05-18", "2026-07-10")
GIVEN = {
    kind: [metric.name for metric in metrics_of(kind).values() if metric.formula is not None]
    for kind in ("people", "projects")
}
GROUPS: dict[str, list[Any]] = {
    "people": ["team", ["employmentType", "role"], ["skill", "person"], "phase"],
    "projects": ["project", ["client", "projectRole"], ["phase", "role"], "customFields.Regions"],
}


def asked(kind: str, tables: Any, **options: Any) -> pd.DataFrame:
    with warnings.catch_warnings():
        # Of work without a rate, which earns 0.
        warnings.simplefilter("ignore", UserWarning)
        given = {"metrics": GIVEN[kind], "unit": "minutes", "as_of": TODAY, **options}
        return report(kind, *SPAN, tables=tables, **given)


def three_ways(seed: int, kind: str, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """At once, one person after the other, and over a mirror: the same, to the last bit."""
    company = random_company(seed)
    by, freq = GROUPS[kind][seed % 4], (None, "W", "MS")[seed % 3]
    options = {"by": by, "freq": freq, "include_tentative": bool(seed % 2)}
    mirror = mirror_of(folder / f"{kind}{seed}", company.tables())
    at_once = asked(kind, company.tables(), **options)
    pd.testing.assert_frame_equal(asked(kind, mirror, **options), at_once, check_exact=True)
    with patch.context() as smaller:
        smaller.setattr(shares, "PART", 1)
        one_by_one = asked(kind, company.tables(), **options)
        pd.testing.assert_frame_equal(asked(kind, mirror, **options), one_by_one, check_exact=True)
    pd.testing.assert_frame_equal(one_by_one, at_once, rtol=1e-12, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["people", "projects"])
def test_three_ways_are_one(
    kind: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb", reason="reports over a mirror are sorted by DuckDB")
    three_ways(seed, kind, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("tenth", range(4))
@pytest.mark.parametrize("kind", ["people", "projects"])
def test_three_ways_are_one_for_many_accounts(
    kind: str, tenth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(400 + 12 * tenth, 412 + 12 * tenth):
        three_ways(seed, kind, tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def demo_mirror(demo_account: Account, tmp_path_factory: pytest.TempPathFactory) -> rp.Mirror:
    pytest.importorskip("duckdb", reason="reports over a mirror are sorted by DuckDB")
    mirror = rp.mirror(tmp_path_factory.mktemp("mirror") / "demo", account=demo_account)
    mirror.sync()
    return mirror


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("people", {"by": "team"}),
        ("people", {"by": ["tag", "person"], "freq": "MS"}),
        ("people", {"by": "skill", "metrics": "total"}),
        ("people", {"by": ["customFields.Office", "employmentType"], "metrics": "businessCosts"}),
        ("projects", {}),
        ("projects/cumulative", {"by": "client"}),
        ("projects", {"by": "customFields.Region", "metrics": ["revenue", "margin"]}),
        ("people/overallocation", {"by": "personType"}),
    ],
)
def test_the_demo_over_a_mirror(
    demo_mirror: rp.Mirror, kind: str, options: dict[str, Any], alone: None
) -> None:
    tables = demo_mirror.tables(*demo_mirror._state().tables)
    for span in (SPAN, (None, None)):
        wanted = report(kind, *span, tables=tables, **options)
        found = report(kind, *span, tables=demo_mirror, **options)
        pd.testing.assert_frame_equal(found, wanted, check_exact=True)


def test_room_over_a_mirror(demo_mirror: rp.Mirror, alone: None) -> None:
    tables = demo_mirror.tables(*demo_mirror._state().tables)
    wanted = availability(*SPAN, role="Designer", freq="MS", tables=tables)
    found = availability(*SPAN, role="Designer", freq="MS", tables=demo_mirror)
    pd.testing.assert_frame_equal(found, wanted, check_exact=True)
    assert len(found)


def test_a_mirror_that_lacks_a_table_says_how_to_add_it(tmp_path: Path) -> None:
    tables = Company().plan("2026-06-15", None, 60).tables()
    lacking = {name: table for name, table in tables.items() if name != "contracts"}
    mirror = mirror_of(tmp_path / "mirror", lacking)
    with pytest.raises(errors.FrameError, match=r"no 'contracts'.*resources=\['contracts'\]"):
        asked("people", mirror)


def test_what_does_not_take_a_mirror_says_what_to_give(tmp_path: Path) -> None:
    mirror = mirror_of(tmp_path / "mirror", Company().tables())
    with pytest.raises(errors.FrameError, match=r"A mirror's \.tables\(\) gives it"):
        rp.capacity(*SPAN, tables=mirror)


def test_a_reading_begins_anew_if_a_sync_replaces_its_files(tmp_path: Path) -> None:
    mirror = mirror_of(tmp_path / "mirror", Company().plan("2026-06-15", None, 60).tables())
    newer = Company().plan("2026-06-15", None, 90).tables()
    seen: list[float] = []

    def action(snapshot: Snapshot) -> float:
        if not seen:
            # As a sync does: new files, then the old ones are gone.
            mirror_of(tmp_path / "mirror", newer, number=2)
            mirror._folder.sweep(mirror._folder.load())
        seen.append(0)
        frames = list(snapshot.in_order("assignments", "personId", ("personId", "minutesPerDay")))
        return float(pd.concat(frames)["minutesPerDay"].sum())

    assert mirror._reading(action) == 90
    assert len(seen) == 2


# -- the pieces


@pytest.mark.parametrize(
    ("rows", "days", "part", "wanted"),
    [
        ([], 10, 100, []),
        ([5], 10, 100, [[5]]),
        ([7, 5, 7], 10, 1000, [[5, 7]]),
        ([7, 5, 7], 10, 10, [[5], [7]]),
        # Nobody is cut, however many rows there are.
        ([1] * 50 + [2], 10, 100, [[1], [2]]),
        # A limit that everybody is beyond leaves no part empty.
        ([3, 2, 1], 1000, 10, [[1], [2], [3]]),
    ],
)
def test_shares(
    rows: list[int], days: int, part: int, wanted: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "PART", part)
    found = Shares.of([np.array(rows, np.int64)], days)
    assert [people.tolist() for people in found.parts] == wanted
    in_pieces = Shares.of([np.array(some, np.int64) for some in (rows[:2], rows[2:])], days)
    assert in_pieces.part.tolist() == found.part.tolist()
    frame = pd.DataFrame({"personId": [*rows, 99], "row": range(len(rows) + 1)})
    cut = list(found.cut(frame, frame["personId"].to_numpy(np.int64)))
    assert [sorted(set(piece["personId"])) for piece in cut] == wanted
    # Person by person, in their order; whoever has no share is left out.
    for piece in cut:
        pd.testing.assert_frame_equal(piece, piece.sort_values(["personId", "row"]))


def test_stretches_end_where_the_contract_the_period_or_the_window_does() -> None:
    company = Company().contract("2026-06-17", "2026-06-18").contract(person=UMA)
    tables = company.tables()
    calendar = Calendar(tables["contracts"], stacked_time_off({}), (20619, 20625))
    # 2026-06-15 to 21; the 18th begins a period, the 15th and the 22nd cut nothing.
    found = Stretches(calendar, np.array([20622, 20619, 20626, 0]))
    assert found.person.tolist() == [TOM] * 4 + [UMA] * 2
    assert (found.day - 20619).tolist() == [0, 2, 3, 4, 0, 3]
    assert (found.last - found.first + 1).tolist() == [2, 1, 1, 3, 3, 4]
    days = np.arange(14.0).reshape(2, 7)
    assert found.summed(days).tolist() == [1, 2, 3, 15, 24, 46]
    row, first, last = found.cut(np.array([1, 9]), np.array([4, 9]))
    assert row.tolist() == [0, 0, 0, 0, 1]
    assert (first.tolist(), last.tolist()) == ([1, 2, 3, 4, 9], [1, 2, 3, 4, 9])
