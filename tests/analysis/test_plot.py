"""Each kind of frame has its picture, whatever is in it."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.analysis.plotting.api import plot
from runn_pandas.analysis.plotting.chart_data import clean, fitting, largest, period
from runn_pandas.errors import FilterError, FrameError, MissingPackageError
from tests.support.hostile import HOSTILE, NO_NAMES, called

alt = pytest.importorskip("altair")

DAYS = pd.date_range("2026-01-01", "2026-06-30", freq="D").astype("datetime64[us]")
MONTHS = pd.date_range("2025-01-01", periods=18, freq="MS").astype("datetime64[us]")


def utilization(people: int = 3, **columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = people * len(MONTHS)
    total = rng.integers(0, 12_000, rows)
    capacity = np.where(rng.random(rows) < 0.1, 0, 9_600)
    frame = pd.DataFrame(
        {
            "period": np.repeat(MONTHS, people),
            "personId": np.tile(np.arange(people) + 1, len(MONTHS)),
            "totalMinutes": total,
            "billableMinutes": total // 2,
            "capacityMinutes": capacity,
            "utilization": 0.0,
            "billableUtilization": 0.0,
        }
    )
    return frame.assign(**columns)


def hours(people: int = 2) -> pd.DataFrame:
    rows = len(DAYS) * people
    return pd.DataFrame(
        {
            "date": np.repeat(DAYS, people),
            "personId": np.tile(np.arange(people) + 1, len(DAYS)),
            "projectId": np.arange(rows) % 20,
            "billableMinutes": 60,
            "nonbillableMinutes": 30,
            "totalMinutes": 90,
            "isPlaceholder": np.arange(rows) % 5 == 0,
            "isTentative": np.arange(rows) % 7 == 0,
        }
    )


def capacity() -> pd.DataFrame:
    minutes = {"contractedMinutes": 480, "timeOffMinutes": 60, "capacityMinutes": 420}
    return pd.DataFrame({"date": DAYS, "personId": 1, **minutes})


def finance() -> pd.DataFrame:
    money = {"revenue": 100.0, "cost": 150.5, "profit": -50.5, "margin": -50.5}
    return pd.DataFrame({"period": np.repeat(MONTHS, 2), "projectId": [1, 2] * 18, **money})


def reconciliation() -> pd.DataFrame:
    status = np.array(["match", "differs", "only_timesheet", "only_runn"])
    return pd.DataFrame(
        {
            "date": DAYS,
            "timesheetMinutes": pd.array([60, 90, 30, None] * 45 + [60], dtype="Int64"),
            "runnMinutes": pd.array([60, 60, None, 45] * 45 + [60], dtype="Int64"),
            "differenceMinutes": pd.array([0, 30, 30, -45] * 45 + [0], dtype="Int64"),
            "status": status[np.arange(len(DAYS)) % 4],
        }
    )


FRAMES = {
    "utilization": utilization(),
    "capacity": capacity(),
    "hours": hours(),
    "finance": finance(),
    "reconciliation": reconciliation(),
}
CASES: dict[str, tuple[pd.DataFrame, dict[str, Any]]] = {
    **{kind: (frame, {}) for kind, frame in FRAMES.items()},
    "demand": (FRAMES["capacity"], {"hours": FRAMES["hours"]}),
    "plan": (FRAMES["hours"], {"plan": FRAMES["hours"]}),
    "by": (FRAMES["hours"], {"by": "project", "freq": "MS"}),
    "no dates": (FRAMES["reconciliation"].drop(columns="date"), {}),
    "account": (FRAMES["utilization"].drop(columns="personId"), {}),
}


def rows(chart: Any) -> pd.DataFrame:
    """The data of a chart's first layer."""
    spec = chart.to_dict()
    json.dumps(spec).encode("utf-8")
    first = layers(spec)[0]
    return pd.DataFrame(spec["datasets"][first.get("data", spec.get("data"))["name"]])


def layers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = spec.get("layer", [spec])
    return found


@pytest.mark.parametrize("case", CASES)
def test_every_kind_has_a_valid_picture_with_titles_units_and_tooltips(case: str) -> None:
    frame, options = CASES[case]
    chart = plot(frame, **options)
    assert isinstance(chart, alt.Chart | alt.LayerChart)
    spec = chart.to_dict()  # validates against the Vega-Lite schema
    assert spec["title"]["text"]
    encoding = layers(spec)[0]["encoding"]
    assert all(encoding[axis]["title"] for axis in ("x", "y"))
    assert all(tip["title"] for tip in encoding["tooltip"])
    if case not in ("utilization", "account", "finance"):
        assert "Hours (h)" in (encoding["y"]["title"], encoding["x"]["title"])
    assert len(rows(chart)) <= 300


@pytest.mark.parametrize("case", CASES)
def test_empty_frames_have_a_picture_too(case: str) -> None:
    frame, options = CASES[case]
    empty = {k: v.iloc[:0] if isinstance(v, pd.DataFrame) else v for k, v in options.items()}
    spec = plot(frame.iloc[:0], **empty).to_dict()
    assert layers(spec)[0]["mark"]


@pytest.mark.parametrize("name", [*HOSTILE, *NO_NAMES], ids=called)
def test_hostile_names_are_text(name: str) -> None:
    frame = utilization(2)
    who = [name if i == 1 else "Ada" for i in frame["personId"]]
    frame["personName"] = pd.Series(who, dtype=object)
    shown = set(rows(plot(frame))["who"])
    assert shown == {clean(name) or "1", "Ada"}
    assert all(len(text) <= 60 for text in shown)
    assert not any(ord(c) < 32 or "\u202a" <= c <= "\u202e" for text in shown for c in text)


def test_people_of_the_same_name_are_told_apart() -> None:
    frame = utilization(3)
    frame["personName"] = frame["personId"].map({1: "Ada", 2: "Ada", 3: "Ben"})
    assert set(rows(plot(frame))["who"]) == {"Ada (1)", "Ada (2)", "Ben"}
    frame["personName"] = frame["personId"].map({1: "x" * 90, 2: "x" * 90, 3: "Ben"})
    assert rows(plot(frame))["who"].nunique() == 3


def test_the_heatmap_is_sums_over_sums_by_hand() -> None:
    frame = utilization(1).iloc[:3].assign(totalMinutes=[60, 120, 30], capacityMinutes=[60, 60, 0])
    data = rows(plot(frame))
    assert data["total"].tolist() == [1.0, 2.0, 0.5]
    assert data["utilization"].tolist()[:2] == [1.0, 2.0]
    assert pd.isna(data["utilization"][2])


def test_300_people_over_18_months_are_coarser_but_all_there_and_sorted() -> None:
    chart = plot(utilization(300))
    data = rows(chart)
    assert len(data) <= 5000
    assert data["who"].nunique() == 300
    assert data["period"].unique().tolist()[0] == "2025 Q1"
    assert "by quarter" in chart.to_dict()["title"]["subtitle"][0]
    sums = data.groupby("who")[["total", "capacity", "rank"]].agg(
        {"total": "sum", "capacity": "sum", "rank": "first"}
    )
    assert sums["total"][sums["rank"].sort_values().index].is_monotonic_decreasing


def test_two_full_months_are_not_busier_than_a_year() -> None:
    frame = utilization(2).assign(capacityMinutes=600)
    frame["totalMinutes"] = frame["personId"].map({1: 500, 2: 600})
    short = frame[(frame["personId"] == 1) | (frame["period"] < frame["period"].unique()[2])]
    frame = pd.DataFrame(short).assign(personName=short["personId"].map({1: "Year", 2: "Two"}))
    data = rows(plot(frame))
    assert data.set_index("who")["rank"].to_dict() == {"Year": 0, "Two": 1}


def test_what_is_left_out_is_announced() -> None:
    chart = plot(utilization(1500))
    assert len(rows(chart)) <= 5000
    notes = plot(utilization(1500), top=20).to_dict()["title"]["subtitle"]
    assert notes[1] == "The 20 of 1,500 with the most hours are shown."
    assert rows(plot(utilization(50), top=5))["who"].nunique() == 5


def test_stacks_keep_every_hour() -> None:
    frame = hours()
    total = frame["totalMinutes"].sum() / 60
    for options in ({}, {"by": "projectId"}, {"freq": "QS"}, {"freq": "D"}):
        data = rows(plot(frame, **options))
        assert data["hours"].sum() == pytest.approx(total, abs=1), options
    named = rows(plot(frame, by="project"))["series"].unique().tolist()
    assert named[-1] == "13 others"
    assert len(named) == 8


def test_demand_outside_the_days_of_capacity_is_left_out() -> None:
    part = capacity().iloc[:10]
    data = rows(plot(part, hours=hours()))
    assert data[data["side"] == "Workload"]["hours"].sum() == pytest.approx(10 * 2 * 1.5)


def test_the_reconciliation_counts_its_statuses() -> None:
    subtitle = plot(reconciliation()).to_dict()["title"]["subtitle"][0]
    assert subtitle == (
        "Match: 46, Differs: 45, Only in the timesheet: 45, Only in Runn: 45."
        " Net difference +11.2 h."
    )


@pytest.mark.parametrize(
    ("frame", "options", "says"),
    [
        (pd.DataFrame({"id": [1], "firstName": ["A"]}), {}, "no picture of.*rp.utilization"),
        (pd.DataFrame({"minutesPerDay": [1]}), {}, "draw rp.hours"),
        (pd.DataFrame(), {"kind": "hours"}, "needs the column 'date'"),
        (hours(), {"by": "client"}, "no column 'clientId'.*projectId"),
        (capacity(), {"hours": pd.DataFrame({"date": []})}, "column 'billableMinutes'"),
        ([1], {}, "takes a DataFrame"),
    ],
)
def test_frames_without_a_picture(frame: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(FrameError, match=says):
        plot(frame, **options)


@pytest.mark.parametrize(
    ("frame", "options", "says"),
    [
        (finance(), {"freq": "MS"}, "finance takes by=, metric= and top=, not freq="),
        (hours(), {"freq": "2h"}, "freq"),
        (hours(), {"kind": "hour"}, "no kind 'hour'.*Did you mean 'hours'.*cumulative"),
        (hours(), {"by": "project", "plan": hours()}, "not both"),
        (utilization(), {"top": 0}, "top is 0"),
    ],
)
def test_options_that_make_no_sense(frame: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(FilterError, match=says):
        plot(frame, **options)


def test_names_are_looked_up(account: Account) -> None:
    june = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05")
    roles = set(rp.read_runn("roles")["name"])
    assert set(rows(plot(june, by="roleId"))["series"]) <= roles | {"3 others"}
    given = {"roles": pd.DataFrame({"id": june["roleId"].unique(), "name": "Same"})}
    assert rows(plot(june, by="roleId", tables=given))["series"].str.startswith("Same (")[0]


def test_ids_are_shown_without_an_account() -> None:
    shown = set(rows(plot(utilization(2)))["who"])
    assert shown == {"1", "2"}


def test_without_altair_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(MissingPackageError, match=r'pip install "altair>=5\.2" "vl-convert-python'):
        plot(hours())


def test_periods() -> None:
    dates = pd.Series(pd.to_datetime(["2026-01-01", "2026-02-28"])).astype("datetime64[us]")
    assert fitting(dates, None) == "D"
    assert fitting(dates, None, 31) == "W"
    assert fitting(dates, "M") == "MS"
    told = {freq: period(dates, freq).tolist() for freq in ("W", "MS", "QS", "YS")}
    assert told == {
        "W": ["2025-12-29", "2026-02-23"],
        "MS": ["2026-01", "2026-02"],
        "QS": ["2026 Q1", "2026 Q1"],
        "YS": ["2026", "2026"],
    }


def test_a_picture_shows_without_a_network_unless_a_renderer_was_chosen() -> None:
    frame, options = CASES["finance"]
    chart = plot(frame, **options)
    shown = chart._repr_mimebundle_(None, None)
    # No text/html: JupyterLab would take it, and load scripts from the internet.
    assert set(shown) == {"text/plain", "image/svg+xml", "application/vnd.vegalite.v5+json"}
    assert "http" not in shown["image/svg+xml"].replace("http://www.w3.org/", "")
    with alt.renderers.enable("json"):
        assert "application/json" in chart._repr_mimebundle_(None, None)[0]


def test_charts_made_by_hand_are_shown_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    hours = pd.DataFrame({"team": ["A", "B"], "hours": [1, 2], "kind": ["x", "y"]})
    bars = alt.Chart(hours, title="Hours").mark_bar().encode(x="hours", y="team", color="kind")
    zero = alt.Chart(pd.DataFrame({"hours": [0], "says": ["none"]}))
    chart = bars + zero.mark_rule().encode(x="hours") + zero.mark_text().encode(text="says")
    before = alt.renderers.active
    with rp.style_charts():
        shown = (chart | bars)._repr_mimebundle_()
        ours = plot(CASES["finance"][0], **CASES["finance"][1])._repr_mimebundle_()
        chosen = bars.properties(background="black").configure_axis(labelColor="red")
        own = chosen._repr_mimebundle_()["application/vnd.vegalite.v5+json"]
    assert alt.renderers.active == before, "and no longer"
    assert set(shown) == {"text/plain", "image/svg+xml", "application/vnd.vegalite.v5+json"}
    spec = shown["application/vnd.vegalite.v5+json"]
    assert spec["background"] == "transparent"
    inks = [spec["config"][part] for part in ("rule", "text", "title")]
    inks += [{"color": spec["config"][part]["labelColor"]} for part in ("axis", "legend", "header")]
    assert {ink["color"] for ink in inks} == {"currentColor"}
    assert [*spec["datasets"]] == [*(chart | bars).to_dict()["datasets"]]
    assert 'fill="white"' in shown["image/svg+xml"]
    assert "currentColor" not in shown["image/svg+xml"]
    with alt.renderers.enable("default"):
        assert ours == plot(CASES["finance"][0], **CASES["finance"][1])._repr_mimebundle_()
    assert (own["background"], own["config"]["axis"]["labelColor"]) == ("black", "red")
    # Without what draws pictures, front ends still have the data to draw it themselves.
    monkeypatch.setattr("runn_pandas.analysis.plotting.style.find_spec", lambda name: None)
    with rp.style_charts():
        assert bars._repr_mimebundle_().keys() == shown.keys() - {"image/svg+xml"}


def test_the_labels_with_the_most_and_all_others_add_up() -> None:
    labels = pd.Series(["a", "b", "c", "a", "d"])
    weight = pd.Series([1.0, 9.0, 2.0, 5.0, 3.0])
    parts = largest(labels, weight, 2)
    assert list(parts) == ["b", "a", "2 others"]
    assert parts["2 others"].tolist() == [0.0, 0.0, 2.0, 0.0, 3.0]
    assert sum(parts.values()).tolist() == weight.tolist()
    assert list(largest(labels, weight, 4)) == ["b", "a", "d", "c"]
