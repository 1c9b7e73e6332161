"""Where a timesheet and Runn differ, as dots: who, when, how much and in which way, by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.errors import FrameError

pytest.importorskip("altair")


def reconciled(*rows: tuple[str, str, str, int | None, int | None, int, int]) -> pd.DataFrame:
    """A result as rp.reconcile gives it: day, person, status, both minutes, both billable ones."""
    names = ["date", "personName", "status", "timesheetMinutes", "runnMinutes"]
    frame = pd.DataFrame(rows, columns=[*names, "billableMinutes", "runnBillableMinutes"])
    minutes = [name for name in frame if name.endswith("inutes")]
    frame[minutes] = frame[minutes].astype("Int64")
    ours, theirs = frame["timesheetMinutes"].fillna(0), frame["runnMinutes"].fillna(0)
    people = frame["personName"].factorize()[0] + 1
    return frame.assign(
        date=pd.to_datetime(frame["date"]), personId=people, differenceMinutes=ours - theirs
    )


RESULT = reconciled(
    ("2026-06-01", "Ada", "match", 480, 480, 480, 480),
    ("2026-06-02", "Ada", "differs", 480, 420, 480, 420),
    ("2026-06-02", "Ada", "differs", 60, 90, 60, 90),
    ("2026-06-04", "Ada", "differs", 240, 240, 0, 90),
    ("2026-06-02", "Bea", "only_timesheet", 300, None, 300, 0),
    ("2026-06-03", "Bea", "only_runn", None, 300, 300, 300),
)


def dots(frame: pd.DataFrame, **options: Any) -> tuple[dict[str, Any], pd.DataFrame]:
    spec = frame.runn.plot(by="person", **options).to_dict()
    return spec, pd.DataFrame(spec["datasets"][spec["data"]["name"]])


def test_a_dot_is_as_large_as_what_differs() -> None:
    spec, data = dots(RESULT, account=rp.connect("demo"))
    found = {(r.who, r.period, r.series): r.hours for r in data.itertuples()}
    assert found == {
        ("Ada", "2026-06-02", "Differs"): 1.5,
        ("Ada", "2026-06-04", "Only the billable part differs"): 1.5,
        ("Bea", "2026-06-02", "Only in the timesheet"): 5.0,
        ("Bea", "2026-06-03", "Only in Runn"): 5.0,
    }
    assert data.set_index("who")["rank"].to_dict() == {"Bea": 0, "Ada": 1}, "the most first"
    assert spec["title"]["subtitle"] == ["5 rows that differ; the larger a dot, the more hours."]
    assert set(spec["encoding"]["color"]["scale"]["domain"]) == set(data["series"])


def test_by_week_the_dots_of_a_week_are_one() -> None:
    _, data = dots(RESULT, freq="W", account=rp.connect("demo"))
    assert set(data["period"]) == {"2026-06-01"}
    assert len(data) == 4


def test_where_nothing_differs_it_says_so() -> None:
    spec, data = dots(RESULT[:1])
    assert data.empty
    assert spec["title"]["subtitle"] == ["Nothing differs."]


def test_a_single_row_and_many_people_are_counted() -> None:
    spec, _ = dots(RESULT[1:2])
    assert spec["title"]["subtitle"][0].startswith("1 row that differs;")
    day = ("2026-06-02", "differs", 480, 420, 480, 420)
    many = reconciled(*((day[0], f"Person {n}", *day[1:]) for n in range(40)))
    spec, data = dots(many)
    assert data["who"].nunique() == 30
    assert spec["title"]["subtitle"][1] == "The 30 with the largest differences are shown."


def test_what_it_needs() -> None:
    with pytest.raises(FrameError, match="no column 'teamId' to draw by; it has personId"):
        RESULT.runn.plot(by="team")
    with pytest.raises(FrameError, match="needs the column 'date'"):
        RESULT.drop(columns="date").runn.plot(by="person")


def test_of_a_reconciliation_of_the_demo_account(account: Account) -> None:
    actuals = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05")
    sheet = actuals[["date", "personId", "projectId"]].drop_duplicates().assign(minutes=480)
    result = rp.reconcile(sheet)
    result = result[result["personId"].isin(result["personId"].unique()[:12])]
    _, data = dots(result)
    differ = result[result["status"] != "match"]
    assert data["hours"].sum() == pytest.approx(differ["differenceMinutes"].abs().sum() / 60, abs=1)
    assert "Astrid Adler" in set(data["who"])
