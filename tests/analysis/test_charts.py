"""Each chart of Runn: what is drawn is what the frame holds, and what it says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.analysis.hints import KEY
from runn_pandas.analysis.plotting.about import About, Periods
from runn_pandas.analysis.plotting.api import KINDS, plot
from runn_pandas.analysis.plotting.chart_data import clean
from runn_pandas.errors import FilterError, FrameError
from tests.support.hostile import HOSTILE

alt = pytest.importorskip("altair")
from runn_pandas.analysis.plotting.heatmaps import (  # noqa: E402
    LOAD,
    NO_CAPACITY,
    inks,
    load_band,
    room_band,
    short,
)
from runn_pandas.analysis.plotting.style import SLANTED, TEXT, WIDTH, time_axis  # noqa: E402

Frames = dict[str, pd.DataFrame]
TODAY = "2026-06-30"
SPAN: Any = ("2026-04-15", "2026-08-14")
PERFORMANCE = ["pastRevenue", "futureRevenue", "pastHours", "futureHours", "budget", "timeBudget"]


@pytest.fixture(scope="session")
def frames(demo_tables: Frames, demo_account: Account) -> Frames:
    """Computed frames of the demo, each made once."""
    tables: dict[str, Any] = {"tables": demo_tables, "account": demo_account}
    given: dict[str, Any] = {**tables, "as_of": TODAY}
    return {
        "utilization": rp.utilization(*SPAN, **given),
        "by day": rp.utilization(*SPAN, freq="D", by="account", **given),
        "availability": rp.availability(*SPAN, **given),
        "availability fte": rp.availability(*SPAN, by="role", unit="fte", **given),
        "room": rp.availability(*SPAN, by="account", **given),
        "capacity": rp.capacity(*SPAN, **tables),
        "hours": rp.hours(*SPAN, **given),
        "hours by client": rp.hours(*SPAN, by="client", freq="MS", **given),
        "actual": rp.hours(*SPAN, kind="actual", **given),
        "scheduled": rp.hours(*SPAN, kind="scheduled", **given),
        "variance": rp.report("people/variance", *SPAN, freq="W", **given),
        "client": rp.finance(*SPAN, by="client", **given),
        "client and project": rp.finance(*SPAN, by=["client", "project"], **given),
        "team": rp.finance(*SPAN, by="team", **given),
        "person": rp.finance(*SPAN, by="person", **given),
        "daily money": rp.finance(*SPAN, by="account", freq="D", **given),
        "performance": rp.report("projects", metrics=PERFORMANCE, **given),
        "roles": rp.report("people/capacity-forecast-by-role", *SPAN, **given),
        "teams": rp.report("people", *SPAN, by="team", **given),
    }


def layers(chart: Any) -> list[dict[str, Any]]:
    """The layers of a chart, each with its rows under ``rows``."""
    spec = chart.to_dict(validate=False)
    json.dumps(spec, allow_nan=False).encode("utf-8")
    return [
        layer | {"rows": pd.DataFrame(spec["datasets"][_data_of(layer, spec)])}
        for layer in spec.get("layer", [spec])
    ]


def _data_of(layer: dict[str, Any], spec: dict[str, Any]) -> str:
    return str((layer.get("data") or spec["data"])["name"])


def notes(chart: Any) -> str:
    return " ".join(chart.to_dict(validate=False)["title"].get("subtitle", []))


def total(frame: pd.DataFrame, column: str, divisor: float = 1) -> float:
    return float(frame[column].astype("Float64").fillna(0).sum()) / divisor


PAST = ("actual", "scheduled")


def past(frames: Frames) -> float:
    both = [frames[kind].query("date < @TODAY and not isTentative") for kind in PAST]
    return total(both[0], "totalMinutes", 60) - total(both[1], "totalMinutes", 60)


def over(frame: pd.DataFrame) -> pd.DataFrame:
    """The weeks that are over."""
    return frame[frame["period"] + pd.Timedelta(days=6) < pd.Timestamp(TODAY)]


Sum = Callable[[pd.DataFrame], float]
# The frame, the options, the first layer's mark and fields, what is drawn, and what the frame has.
CHARTS: dict[str, tuple[str, dict[str, Any], str, dict[str, str], Sum, Callable[[Frames], float]]]
CHARTS = {
    "utilization": (
        "utilization",
        {},
        "rect",
        {"x": "period", "y": "who", "color": "band"},
        lambda d: d["total"].sum(),
        lambda f: total(f["utilization"], "totalMinutes", 60),
    ),
    "split": (
        "by day",
        {},
        "bar",
        {"x": "period", "y": "share", "color": "series"},
        lambda d: (d["share"] * d["capacity"]).sum(),
        lambda f: total(f["by day"][f["by day"]["capacityMinutes"] > 0], "totalMinutes", 60),
    ),
    "bands": (
        "utilization",
        {"kind": "bands"},
        "bar",
        {"x": "period", "y": "count", "color": "series"},
        lambda d: d["count"].sum(),
        lambda f: float((f["utilization"]["capacityMinutes"] > 0).sum()),
    ),
    "availability": (
        "availability",
        {},
        "rect",
        {"x": "period", "y": "who", "color": "band"},
        lambda d: d["free"].sum(),
        lambda f: total(f["availability"], "availability"),
    ),
    "availability in FTE": (
        "availability fte",
        {},
        "rect",
        {"x": "period", "y": "who", "color": "band"},
        lambda d: d["free"].sum(),
        lambda f: total(f["availability fte"], "availability"),
    ),
    "room": (
        "room",
        {},
        "bar",
        {"x": "period", "y": "free", "color": "series"},
        lambda d: d["free"].sum(),
        lambda f: total(f["room"], "availability"),
    ),
    "capacity": (
        "capacity",
        {"hours": "hours"},
        "bar",
        {"x": "period", "y": "hours", "color": "series"},
        lambda d: d.loc[d["side"] == "Contracted", "hours"].sum(),
        lambda f: total(f["capacity"], "contractedMinutes", 60),
    ),
    "workload": (
        "capacity",
        {"hours": "hours"},
        "bar",
        {"x": "period", "y": "hours", "color": "series"},
        lambda d: d.loc[d["side"] == "Workload", "hours"].sum(),
        lambda f: total(f["hours"], "totalMinutes", 60),
    ),
    "hours": (
        "hours",
        {},
        "bar",
        {"x": "period", "y": "hours", "color": "series"},
        lambda d: d["hours"].sum(),
        lambda f: total(f["hours"], "totalMinutes", 60),
    ),
    "hours by client": (
        "hours by client",
        {"by": "client"},
        "bar",
        {"x": "period", "y": "hours", "color": "series"},
        lambda d: d["hours"].sum(),
        lambda f: total(f["hours by client"], "totalMinutes", 60),
    ),
    "variance of hours": (
        "actual",
        {"kind": "variance", "plan": "scheduled"},
        "bar",
        {"x": "period", "y": "difference", "color": "series"},
        lambda d: d["difference"].sum(),
        past,
    ),
    "variance of a report": (
        "variance",
        {},
        "bar",
        {"x": "period", "y": "difference", "color": "series"},
        lambda d: d["difference"].sum(),
        lambda f: total(over(f["variance"]), "difference"),
    ),
    **{
        f"{what} by {by}": (
            by,
            {},
            "bar",
            {"x": "amount", "y": "who", "color": "series"},
            lambda d, what=what: d.loc[d["series"] == what, "amount"].sum(),
            lambda f, by=by, what=what: total(f[by], what.lower()),
        )
        for by in ("client", "client and project", "team", "person")
        for what in ("Revenue", "Cost")
    },
    "finance by period": (
        "client",
        {"by": "period"},
        "bar",
        {"x": "period", "y": "amount", "color": "series"},
        lambda d: d.loc[d["series"] == "Profit", "amount"].sum(),
        lambda f: total(f["client"], "profit"),
    ),
    **{
        f"cumulative by {reset}": (
            "daily money",
            {"kind": "cumulative", "reset": reset},
            "line",
            {"x": "date", "y": "running", "color": "series", "detail": "since"},
            lambda d: d[d["series"] == "Revenue"].groupby("since")["running"].last().sum(),
            lambda f: total(f["daily money"], "revenue"),
        )
        for reset in ("none", "month", "quarter")
    },
    **{
        f"performance in {measure}": (
            "performance",
            options,
            "bar",
            {"x": "amount", "y": "who", "color": "part"},
            lambda d: d["amount"].sum(),
            lambda f, what=what: (
                total(f["performance"], f"past{what}") + total(f["performance"], f"future{what}")
            ),
        )
        for measure, what, options in (
            ("revenue", "Revenue", {}),
            ("hours", "Hours", {"measure": "hours"}),
        )
    },
    "report by group and period": (
        "roles",
        {"metric": "roleBalance"},
        "rect",
        {"x": "period", "y": "who", "color": "value"},
        lambda d: d["value"].sum(),
        lambda f: total(f["roles"], "roleBalance"),
    ),
    "report by group": (
        "teams",
        {"metric": "overtime"},
        "bar",
        {"x": "value", "y": "who"},
        lambda d: d["value"].sum(),
        lambda f: total(f["teams"], "overtime"),
    ),
}


def drawn(frames: Frames, case: str, tables: Frames) -> Any:
    frame, options = CHARTS[case][:2]
    of_frames = {name: frames[options[name]] for name in ("hours", "plan") if name in options}
    return plot(frames[frame], tables=tables, **(options | of_frames))


@pytest.fixture(scope="session")
def charts(frames: Frames, demo_tables: Frames) -> Callable[[str], Any]:
    known: dict[str, Any] = {}

    def chart(case: str) -> Any:
        key = str(CHARTS[case][:2])
        if key not in known:
            known[key] = drawn(frames, case, demo_tables)
            known[key].to_dict()  # validates against the Vega-Lite schema
        return known[key]

    return chart


@pytest.mark.parametrize("case", CHARTS)
def test_what_is_drawn_is_what_the_frame_has(
    case: str, frames: Frames, charts: Callable[[str], Any]
) -> None:
    _, _, mark, fields, of_chart, of_frame = CHARTS[case]
    chart = charts(case)
    # The lines of a date come after the layers that show where it is.
    main = next(one for one in layers(chart) if one["mark"]["type"] == mark)
    found = {name: main["encoding"][name].get("field") for name in fields}
    assert found == fields
    assert float(of_chart(main["rows"])) == pytest.approx(of_frame(frames), abs=0.6, rel=1e-5)
    assert of_frame(frames) != 0
    spec = chart.to_dict(validate=False)
    assert spec["background"] == "white"
    for colour, ground in words_of(spec):
        assert contrast(colour, ground) >= 4.5, "WCAG AA"
    assert min(sizes_of(spec)) >= 11
    for axis in ("x", "y"):
        title = main["encoding"][axis]["title"]
        assert title
        if main["encoding"][axis]["type"] == "quantitative" and case != "bands":
            assert title.endswith(")"), "the unit is in the title"
    assert all(tip["title"] for tip in main["encoding"]["tooltip"])
    assert not [one for one in translucent(spec) if one not in (0, 1)]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, by WCAG."""

    def light(colour: str) -> float:
        parts = [int({"white": "#FFFFFF"}.get(colour, colour)[at : at + 2], 16) for at in (1, 3, 5)]
        red, green, blue = (
            one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4
            for one in (part / 255 for part in parts)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    less, more = sorted((light(one), light(other)))
    return (more + 0.05) / (less + 0.05)


def words_of(spec: dict[str, Any]) -> list[tuple[str, str]]:
    """The colour of all words and what they stand on; numbers in the cells of bands included."""
    config = spec["config"]
    named = [value for part in config.values() for name, value in part.items() if "olor" in name]
    found = [(one, "white") for one in named if "grid" not in one and len(one) == 7]
    cells, *others = spec.get("layer", [spec])
    if cells["mark"]["type"] == "rect" and cells["encoding"]["color"]["field"] == "band":
        scale = cells["encoding"]["color"]["scale"]
        shades = dict(zip(scale["domain"], scale["range"], strict=True)) | {NO_CAPACITY: "white"}
        rows = next(iter(spec["datasets"].values()))
        found += {(row["ink"], shades[row["band"]]) for row in rows}
    for one in others:
        if one["mark"]["type"] == "text":
            colour = one["encoding"].get("color", {})
            said = [one["mark"].get("color"), colour.get("value")]
            said.append(colour.get("condition", {}).get("value"))
            found += [(one, "white") for one in said if one]
    return found


def sizes_of(spec: Any) -> list[float]:
    """The sizes of all letters that are said."""
    if isinstance(spec, list):
        return [size for one in spec for size in sizes_of(one)]
    if not isinstance(spec, dict):
        return []
    own = [value for name, value in spec.items() if name.lower().endswith("fontsize")]
    return own + [
        size for name, one in spec.items() if name != "datasets" for size in sizes_of(one)
    ]


def test_a_number_is_read_on_each_shade() -> None:
    grey = np.linspace(0, 1, 256)
    for shade, ink in zip(grey, inks(np.repeat(grey[:, None], 3, axis=1)), strict=True):
        sign = f"{round(shade * 255):02X}"
        assert contrast(ink, f"#{sign}{sign}{sign}") >= 4.5


def test_a_page_that_draws_a_chart_gives_its_words_their_colour(
    charts: Callable[[str], Any],
) -> None:
    for case in ("hours", "report by group"):
        chart = charts(case)
        shown = chart._repr_mimebundle_()
        spec = shown["application/vnd.vegalite.v5+json"]
        assert spec["background"] == "transparent"
        assert spec["config"]["axis"]["labelColor"] == "currentColor"
        assert spec["usermeta"]["embedOptions"]["renderer"] == "svg", "a canvas has no such colour"
        assert TEXT not in json.dumps(spec)
        assert spec["datasets"] == chart.to_dict()["datasets"]
        # Elsewhere it is on a ground of its own.
        assert TEXT in shown["image/svg+xml"]
        assert 'fill="white"' in shown["image/svg+xml"]
    dark = charts("hours").properties(background="black")
    spec = dark._repr_mimebundle_()["application/vnd.vegalite.v5+json"]
    assert (spec["background"], spec["config"]["axis"]["labelColor"]) == ("black", TEXT)


def translucent(part: Any) -> list[Any]:
    """All opacities: wrong in a PNG on nothing unless they are 0 or 1, see style.hollow."""
    if isinstance(part, list):
        return [one for item in part for one in translucent(item)]
    if not isinstance(part, dict):
        return []
    found = [one for key, item in part.items() if key != "datasets" for one in translucent(item)]
    for key in ("opacity", "fillOpacity"):
        said = part.get(key)
        found += [said] if isinstance(said, int | float) else []
        if isinstance(said, dict):
            found += [said["value"], said["condition"]["value"]]
    return found


@pytest.mark.parametrize("kind", ["utilization", "availability", "report by group and period"])
def test_heat_maps_carry_numbers_that_are_read_on_their_cells(
    kind: str, charts: Callable[[str], Any]
) -> None:
    cells, numbers, *line = layers(charts(kind))
    assert (cells["mark"]["type"], numbers["mark"]["type"]) == ("rect", "text")
    assert numbers["encoding"]["text"]["field"] == "says"
    assert numbers["encoding"]["fill"]["scale"] is None
    assert [one["mark"]["type"] for one in line] == ["rule", "rule"]
    data = numbers["rows"]
    if "band" in data:
        blank = data["says"] == ""
        assert (data.loc[blank, "band"] == "no capacity").all()
        assert set(data.loc[data["band"] == "80-100", "ink"]) <= {"#FFFFFF"}


def test_today_parts_earned_from_forecast(frames: Frames, charts: Callable[[str], Any]) -> None:
    for case in ("hours by client", "finance by period"):
        rule = next(one for one in layers(charts(case)) if one["mark"]["type"] == "rule")
        assert rule["rows"]["period"].tolist() == ["2026-06"]
        assert rule["encoding"]["x"]["bandPosition"] == pytest.approx(29 / 30)
        data = layers(charts(case))[0]["rows"]
        ahead = set(data.loc[data["forecast"], "period"])
        assert ahead == {"2026-07", "2026-08*"}
        assert "Forecast from 2026-06-30 on" in notes(charts(case))
    later = plot(frames["hours by client"], by="client", as_of="2026-07-01")
    assert layers(later)[1]["rows"]["period"].tolist() == ["2026-07"]
    assert layers(later)[1]["encoding"]["x"]["bandPosition"] == 0


def test_bars_beside_each_other_are_not_parted_by_the_line(demo_tables: Frames) -> None:
    def drawn(end: str) -> Any:
        asked: dict[str, Any] = {"start": "2026-06-01", "end": end, "tables": demo_tables}
        kinds = [rp.hours(kind=kind, **asked) for kind in ("actual", "scheduled")]
        return plot(kinds[0], plan=kinds[1], freq="W", as_of="2026-06-30")

    chart = drawn("2026-07-19")
    rule = next(one for one in layers(chart) if one["mark"]["type"] == "rule")
    assert rule["rows"]["period"].tolist() == ["2026-06-29"]
    assert rule["encoding"]["x"]["bandPosition"] == 1, "right of what was logged that week"
    said = "Forecast from 2026-06-30 on: right of the line, and in the bars before it."
    assert said in notes(chart)
    chart = drawn("2026-06-30")
    assert not any(one["mark"]["type"] == "rule" for one in layers(chart))
    assert "Forecast from 2026-06-30 on: in the last bars." in notes(chart)


def test_a_day_outside_of_what_is_shown_has_no_line(frames: Frames) -> None:
    for outside in ("2026-04-01", "2027-01-01"):
        chart = plot(frames["hours by client"], as_of=outside)
        assert isinstance(chart, alt.Chart)
        ahead = f"All of it is forecast, as of {outside}." in notes(chart)
        assert ahead == (outside == "2026-04-01"), "as its outlines say"


def test_periods_that_the_window_cuts_are_marked(charts: Callable[[str], Any]) -> None:
    chart = charts("finance by period")
    names = set(layers(chart)[0]["rows"]["period"])
    assert names == {"2026-04*", "2026-05", "2026-06", "2026-07", "2026-08*"}
    assert "* Not whole: only days from 2026-04-15 to 2026-08-14 count." in notes(chart)
    weeks = set(layers(charts("availability"))[0]["rows"]["period"])
    assert {week for week in weeks if week.endswith("*")} == {"2026-04-13*", "2026-08-10*"}


def test_without_hints_there_is_neither_line_nor_mark(frames: Frames) -> None:
    bare = frames["client"].copy()
    bare.attrs.clear()
    chart = plot(bare, by="period")
    assert isinstance(chart, alt.Chart)
    assert not any("*" in name for name in layers(chart)[0]["rows"]["period"])
    report = frames["roles"].copy()
    report.attrs.clear()
    with pytest.raises(FrameError, match=r"no picture of a frame with these columns.*rp\.finance"):
        plot(report)
    assert layers(plot(report, kind="report"))[0]["mark"]["type"] == "rect"


def test_hints_are_plain_strings_and_stay_with_a_part_of_the_frame(frames: Frames) -> None:
    for name, frame in frames.items():
        hint = frame.attrs[KEY]
        assert all(isinstance(value, str) for value in hint.values()), name
        assert (hint["start"], hint["end"]) == SPAN or name == "performance"
    some = frames["client"].iloc[:5]
    assert some.attrs == frames["client"].attrs
    assert pd.concat([some, some]).attrs == some.attrs


def money(groups: int, months: int = 1) -> pd.DataFrame:
    rows = groups * months
    frame = pd.DataFrame(
        {
            "period": np.repeat(pd.date_range("2026-01-01", periods=months, freq="MS"), groups),
            "projectId": np.tile(np.arange(groups), months),
            "revenue": np.arange(rows, dtype=float) + 1,
            "cost": 1.0,
        }
    )
    return frame.assign(profit=frame["revenue"] - frame["cost"], margin=0.0)


def test_more_than_thirty_groups_are_the_largest_and_the_others() -> None:
    chart = plot(money(45))
    data = layers(chart)[0]["rows"]
    names = data.drop_duplicates("who").sort_values("rank")["who"].tolist()
    assert names == [*(str(number) for number in range(44, 14, -1)), "15 others"]
    assert data.loc[data["series"] == "Revenue", "amount"].sum() == 45 * 46 / 2
    assert "The 30 largest, and the others together." in notes(chart)
    assert "others" not in notes(plot(money(30)))


def test_a_sum_begins_again_by_hand() -> None:
    frame = money(1, 4).drop(columns="projectId").assign(revenue=[1.0, 2.0, 4.0, 8.0])
    chart = plot(frame, kind="cumulative", reset="quarter")
    data = layers(chart)[0]["rows"]
    revenue = data[data["series"] == "Revenue"]
    assert revenue["running"].tolist() == [0, 1, 3, 7, 0, 8]
    assert revenue["date"].tolist() == [
        "2026-01-01",
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-01",
        "2026-04-30",
    ]
    year = layers(plot(frame, kind="cumulative", reset="year"))[0]["rows"]
    assert year.loc[year["series"] == "Revenue", "running"].tolist() == [0, 1, 3, 7, 15]
    assert layers(chart)[0]["encoding"]["x"]["scale"]["type"] == "utc"


def entries(days: list[str], minutes: list[int], person: int = 1) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": pd.to_datetime(days).astype("datetime64[us]"),
            "personId": person,
            "projectId": 7,
            "billableMinutes": minutes,
            "nonbillableMinutes": 0,
        }
    )


def test_missing_weeks_are_marked_by_hand() -> None:
    days = ["2026-06-01", "2026-06-02", "2026-06-08", "2026-06-15", "2026-06-22", "2026-06-30"]
    plan = entries(days, [60, 60, 60, 60, 60, 60])
    # The first week lacks a day, the second is whole, the third missing, in the fourth 0 is logged.
    actual = entries(["2026-06-01", "2026-06-08", "2026-06-22"], [90, 60, 0])
    chart = plot(actual, plan=plan, kind="variance", as_of=TODAY, freq="W")
    bars, _, marks = layers(chart)
    data = bars["rows"].set_index("period")
    assert data["difference"].to_dict() == {
        "2026-06-01": -0.5,
        "2026-06-08": 0,
        "2026-06-15": -1,
        "2026-06-22": -1,
    }
    assert data["state"].tolist() == ["Some entries missing", "", "All entries missing", ""]
    assert marks["rows"]["period"].tolist() == ["2026-06-01", "2026-06-15"]
    assert marks["encoding"]["shape"]["field"] == "state"
    assert "All entries missing" in json.dumps(bars["encoding"]["fillOpacity"])


def test_tentative_work_lacks_no_entry() -> None:
    days = ["2026-06-01", "2026-06-02"]
    plan = entries(days, [60, 60]).assign(isTentative=[False, True])
    actual = entries(days[:1], [60]).assign(isTentative=False)
    bars, *_ = layers(plot(actual, plan=plan, kind="variance", as_of=TODAY, freq="W"))
    assert bars["rows"][["planned", "difference", "missing"]].to_numpy().tolist() == [[1, 0, 0]]


def test_weeks_of_a_report_that_are_not_over_are_left_out_and_counted(
    charts: Callable[[str], Any],
) -> None:
    chart = charts("variance of a report")
    assert layers(chart)[0]["rows"]["period"].max() == "2026-06-22"
    assert "Left out, as not over on 2026-06-30: 7 weeks." in notes(chart)


def test_a_budget_is_a_mark_and_the_share_a_number() -> None:
    frame = pd.DataFrame(
        {
            "projectId": [1, 2, 3],
            "pastRevenue": [60.0, 100.0, 5.0],
            "futureRevenue": [50.0, 0.0, 0.0],
            "budget": [100.0, 200.0, None],
        }
    )
    bars, marks, shares = layers(plot(frame, kind="performance"))
    assert bars["rows"].groupby("part")["amount"].sum().to_dict() == {"Future": 50, "Past": 165}
    assert marks["rows"]["budget"].tolist() == [100, 200]
    assert shares["rows"].set_index("who")["says"].to_dict() == {"1": "110%", "2": "50%"}
    assert shares["rows"]["over"].tolist() == [True, False]


def test_a_budget_is_once_however_many_periods_there_are() -> None:
    once = {"projectId": 1, "pastRevenue": 10.0, "futureRevenue": 5.0, "budget": 100.0}
    frame = pd.DataFrame([once, once]).assign(period=pd.to_datetime(["2026-01-01", "2026-02-01"]))
    bars, marks, _ = layers(plot(frame, kind="performance"))
    assert bars["rows"]["amount"].sum() == 30
    assert marks["rows"]["budget"].tolist() == [100]


def test_bands_are_those_of_the_report(frames: Frames, demo_tables: Frames) -> None:
    asked: dict[str, Any] = {"freq": "MS", "tables": demo_tables, "as_of": TODAY}
    ours = rp.report(
        "people", *SPAN, metrics=["utilizationBand"], include_placeholders=False, **asked
    )
    both = ours.merge(frames["utilization"], on=["period", "personId"])
    some = both["capacityMinutes"] > 0
    share = both["totalMinutes"][some] / both["capacityMinutes"][some] * 100
    assert load_band(share.to_numpy(float)).tolist() == both["utilizationBand"][some].tolist()
    assert set(both["utilizationBand"].dropna()) <= set(LOAD)
    free = frames["availability"]
    found = room_band(*(free[c].to_numpy(float) for c in ("availability", "effectiveCapacity")))
    known = free["availabilityBand"].notna().to_numpy()
    assert found[known].tolist() == free["availabilityBand"][known].tolist()


def test_text_of_the_server_is_text_in_every_chart() -> None:
    names = [*HOSTILE, "Ada"]
    ids = range(len(names))
    tables = {"projects": pd.DataFrame({"id": ids, "name": names})}
    word = pd.array(names, dtype="string")
    day = pd.Timestamp("2026-01-01")
    once = money(len(names)).assign(projectId=ids)
    report = pd.DataFrame({"period": day, "customFields.x[0]'y": word, "overtime": 1.0})
    for chart in (
        plot(once, tables=tables),
        plot(report, kind="report"),
        plot(report.drop(columns="period"), kind="report"),
    ):
        data = layers(chart)[0]["rows"]
        assert set(data["who"]) == {clean(name) for name in names}
        assert not any(ord(c) < 32 for text in data["who"] for c in text)


def test_groups_whose_names_are_cut_alike_stay_apart() -> None:
    frame = money(3).drop(columns="projectId")
    frame.insert(1, "jobTitle", pd.array(["x" * 90 + "1", "x" * 90 + "2", "b"], dtype="string"))
    data = layers(plot(frame))[0]["rows"]
    assert data["who"].nunique() == 3
    assert data.loc[data["series"] == "Revenue", "amount"].tolist() == [3, 2, 1]


ERRORS: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("client", {"kind": "cumulativ"}, FilterError, r"Did you mean 'cumulative'\?.*performance"),
    ("client", {"kind": "split"}, FrameError, "split needs the column 'totalMinutes'.*utilization"),
    ("client", {"kind": "performance"}, FrameError, "needs the columns 'pastRevenue'.*rp.report"),
    ("client", {"by": "phase"}, FrameError, "no column 'phase'.*'period', 'clientId'"),
    ("client", {"kind": "cumulative", "reset": "week"}, FilterError, "reset is one of 'none'"),
    ("room", {"kind": "report", "metric": "avaliability"}, FilterError, "mean 'availability'"),
    ("teams", {"metric": "budget"}, FilterError, "metric='budget' is not known"),
    ("teams", {"freq": "W"}, FilterError, "report takes metric= and top=, not freq="),
    ("hours by client", {"freq": "W"}, FilterError, "a row for each month.*by week"),
    ("performance", {"measure": "costs"}, FrameError, "costs of projects needs the columns"),
    ("performance", {"measure": "days"}, FilterError, "measure is one of"),
    ("actual", {"kind": "variance"}, FrameError, "with plan=, or of rp.report"),
    ("utilization", {"as_of": "yesterday"}, FilterError, "as_of takes a date"),
    ("availability", {"top": 0}, FilterError, "top is 0"),
]


@pytest.mark.parametrize(("frame", "options", "kind", "says"), ERRORS)
def test_errors_say_what_can_be_drawn(
    frame: str, options: dict[str, Any], kind: type[Exception], says: str, frames: Frames
) -> None:
    with pytest.raises(kind, match=says):
        plot(frames[frame], tables={}, **options)


def test_weeks_do_not_begin_again_by_month(demo_tables: Frames) -> None:
    weekly = money(1, 2).assign(period=pd.to_datetime(["2026-06-22", "2026-06-29"]))
    with pytest.raises(FilterError, match="a row for each week, which does not lie within one mo"):
        plot(weekly, kind="cumulative", reset="month")


def test_every_kind_is_drawn_by_some_chart_of_the_page() -> None:
    shown = {options.get("kind", "") for _, options, *_ in CHARTS.values()}
    by_itself = {"utilization", "split", "availability", "room", "capacity", "hours", "finance"}
    assert set(KINDS) - shown - by_itself == {"reconciliation", "performance", "report", "list"}


def periods_of(starts: list[str], **hints: str) -> Periods:
    frame = pd.DataFrame({"date": pd.to_datetime(starts)})
    frame.attrs[KEY] = hints
    return Periods.of_days(frame, About.of(frame, None, None, None), "W", 62)


def test_a_cut_period_has_its_name_on_the_axis_however_many_there_are() -> None:
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2025-01-06", "2026-01-07", freq="7D")]
    days.append("2026-01-07")
    periods = periods_of(days, start="2025-01-06", end="2026-01-07")
    axis = time_axis(periods, periods.names()).to_dict()["axis"]
    assert len(days) > 50
    assert axis["values"][-1] == "2026-01-05*"
    assert len(axis["values"]) * SLANTED <= WIDTH + SLANTED
    assert axis["labelOverlap"] is False, "none is left out by the drawing"


def test_a_week_without_rows_has_its_place() -> None:
    periods = periods_of(["2026-06-01", "2026-06-15"])
    made = time_axis(periods, [*periods.names(), "2026-06-22"], gaps=True).to_dict()
    assert made["scale"]["domain"] == [
        *("2026-06-01", "2026-06-08", "2026-06-15"),
        "2026-06-22",  # of what is drawn beside; outside of it there is no place on the axis
    ]
    assert "values" not in made["axis"]
    periods = periods_of(["2026-01-05", "2026-06-15"])
    few = time_axis(periods, periods.names(), gaps=True).to_dict()
    assert few["scale"]["domain"] == ["2026-01-05", "2026-06-15"], "not most of it empty"


def test_a_cut_week_of_which_only_days_to_come_count_is_to_come() -> None:
    days = ["2026-07-01", "2026-07-06"]
    cut = periods_of(days, start="2026-07-01", end="2026-07-31", as_of="2026-06-30")
    assert cut.is_forecast().tolist() == [True, True]
    assert cut.today() is None, "nothing was"
    whole = periods_of(days, as_of="2026-06-30")
    assert whole.is_forecast().tolist() == [False, True]


def test_charts_can_be_joined_and_themed(charts: Callable[[str], Any]) -> None:
    both = charts("hours") | charts("report by group")
    assert both.to_dict()["hconcat"]
    chart = charts("report by group").configure_axis(labelColor="red")
    assert chart.to_dict()["config"]["axis"]["labelColor"] == "red"
    assert chart.to_dict()["config"]["title"]["color"] == TEXT


def test_numbers_in_cells_are_short() -> None:
    assert short(pd.Series([1_234_567.0, 0.0, -80_000.0])) == ["1.2M", "0", "\u22120.1M"]
    assert short(pd.Series([12_345.0, -500.0])) == ["12k", "0"]
    assert short(pd.Series([3.25, -0.01])) == ["3.2", "0"]
