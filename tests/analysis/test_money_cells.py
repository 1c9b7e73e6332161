"""One number of money by group and period; and frames of which only a part is drawn."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from runn_pandas.analysis.plotting.api import plot
from runn_pandas.errors import FilterError, FrameError

alt = pytest.importorskip("altair")

MONTHS = pd.date_range("2026-01-01", periods=3, freq="MS").astype("datetime64[us]")
HINTS = {"start": "2026-01-01", "end": "2026-03-31", "as_of": "2026-02-10", "freq": "MS"}


def finance(**columns: Any) -> pd.DataFrame:
    """Two clients of two projects each, in three months; what is nobody's has no client."""
    found = pd.DataFrame(
        {
            "period": MONTHS.repeat(5),
            "clientId": pd.array([1, 1, 2, 2, None] * 3, dtype="Int64"),
            "projectId": pd.array([11, 12, 21, 22, None] * 3, dtype="Int64"),
            "revenue": pd.array([*range(100, 1600, 100)], dtype="Float64"),
            "cost": pd.array([50.0] * 15, dtype="Float64"),
            "otherCost": 1.0,
            "otherCharge": 2.0,
            **columns,
        }
    )
    found.attrs["analysis"] = {"kind": "finance", "unit": "minutes", **HINTS}
    return found.assign(profit=lambda f: f["revenue"] - f["cost"])


def cells(chart: Any) -> pd.DataFrame:
    """The data of a chart's first layer."""
    spec = chart.to_dict()
    first = spec.get("layer", [spec])[0]
    return pd.DataFrame(spec["datasets"][first.get("data", spec.get("data"))["name"]])


def notes(chart: Any) -> str:
    spec = chart.to_dict()
    said: list[str] = spec["title"]["subtitle"]
    assert all(line in spec["description"] for line in said)
    return "\n".join(said)


def by_client(frame: pd.DataFrame, column: str) -> dict[tuple[str, str], float]:
    names = {1: "1", 2: "2"}
    sums = frame.groupby(["period", "clientId"], dropna=False)[column].sum()
    return {
        (f"{period:%Y-%m}", "(none)" if pd.isna(one) else names[one]): float(value)
        for (period, one), value in sums.items()
    }


@pytest.mark.parametrize("metric", ["revenue", "cost", "profit", "otherCost", "otherCharge"])
def test_a_metric_is_drawn_by_group_and_period(metric: str) -> None:
    frame = finance()
    chart = plot(frame, by=["client", "period"], metric=metric)
    drawn = cells(chart)
    found = {(row.period, row.who): row.value for row in drawn.itertuples()}
    assert found == by_client(frame, metric)
    assert chart.to_dict()["layer"][0]["mark"]["type"] == "rect"
    # Of what is to come there is the line.
    assert "Forecast from 2026-02-10" in notes(chart)


def test_several_fields_are_one_number_and_it_is_the_revenue() -> None:
    frame = finance()
    assert cells(plot(frame, by=["clientId", "period"])).equals(
        cells(plot(frame, by=["client", "period"], metric="revenue"))
    )


def test_without_by_it_is_by_all_that_the_frame_is_by() -> None:
    frame = finance()
    drawn = cells(plot(frame, metric="revenue"))
    assert len(drawn) == len(frame)
    assert drawn["value"].sum() == frame["revenue"].sum()


def test_a_margin_is_that_of_the_sums() -> None:
    frame = finance()
    drawn = cells(plot(frame, by="client", metric="margin")).set_index("who")["value"]
    sums = frame.groupby("clientId")[["profit", "revenue"]].sum()
    margins = (100 * sums["profit"] / sums["revenue"]).astype("float64").round(4)
    assert drawn[["1", "2"]].tolist() == margins.tolist()


def test_by_period_alone_it_is_bars_of_all_groups() -> None:
    frame = finance()
    drawn = cells(plot(frame, by="period", metric="profit")).set_index("period")["value"]
    assert drawn.tolist() == frame.groupby("period")["profit"].sum().tolist()
    assert plot(frame, by="period", metric="profit").to_dict()["layer"][0]["mark"]["type"] == "bar"


def test_names_in_the_frame_are_those_of_the_rows() -> None:
    frame = finance(clientName=["Aster", "Aster", "Basalt", "Basalt", None] * 3)
    assert set(cells(plot(frame, by=["client", "period"]))["who"]) == {"Aster", "Basalt", "(none)"}


def test_top_is_how_many_rows_there_are() -> None:
    chart = plot(finance(), metric="revenue", top=2)
    assert cells(chart)["who"].nunique() == 2
    assert "The 2 of 5 with the largest sums are shown." in notes(chart)


def test_revenue_that_is_not_known_is_said() -> None:
    frame = finance()
    frame.loc[[0, 1], "revenue"] = pd.NA
    chart = plot(frame, by=["client", "period"], metric="revenue")
    assert "The revenue of 2 rows is not known, and counts as 0." in notes(chart)


def test_bars_of_several_periods_say_how_these_are_drawn() -> None:
    assert "All 3 months together; metric='revenue' draws them one by one." in notes(
        plot(finance(), by="client")
    )
    one = finance().loc[lambda frame: frame["period"] == pd.Timestamp("2026-01-01")]
    assert "together" not in notes(plot(one, by="client"))


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"metric": "revenu"}, FilterError, r"Did you mean 'revenue'\? There are revenue, cost"),
        ({"metric": "budget"}, FilterError, "metric='budget' is not known"),
        ({"by": ["client", "month"]}, FrameError, r"no column 'month'.*'period', 'clientId'"),
        ({"top": 3}, FilterError, r"metric='revenue'"),
        ({"metric": "revenue", "top": 0}, FilterError, "top is 0"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(
    options: dict[str, Any], kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says):
        plot(finance(), **options)


# -- of two frames in one


def merged() -> pd.DataFrame:
    money = finance().groupby(["period", "clientId"], as_index=False)[["revenue", "cost"]].sum()
    work = money[["period", "clientId"]].assign(
        totalMinutes=60, billableMinutes=60, capacityMinutes=120, utilization=50.0
    )
    found = work.merge(money, on=["period", "clientId"])
    found.attrs.clear()
    return found


def test_what_is_not_drawn_of_a_merged_frame_is_said() -> None:
    frame = merged()
    chart = plot(frame)
    assert cells(chart)["utilization"].tolist() == [0.5] * 6
    said = notes(chart)
    assert "Only utilization is drawn of this frame; kind='finance' draws the rest." in said
    assert "as_of= draws the line of today, which a merge loses." in said
    assert "as_of=" not in notes(plot(frame, as_of="2026-02-10"))
    assert "Only" not in notes(plot(frame, kind="finance"))
    assert "Only" not in notes(plot(frame.drop(columns="revenue")))


def test_an_option_chooses_what_is_drawn_of_a_merged_frame() -> None:
    frame = merged()
    drawn = cells(plot(frame, metric="revenue", as_of="2026-02-10"))
    assert drawn["value"].sum() == frame["revenue"].sum()
    assert "kind='utilization' draws the rest" in notes(plot(frame, metric="revenue"))
