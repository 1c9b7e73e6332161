"""Every list of Runn has a picture that holds its numbers, or the reason why there is none."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.analysis.plotting.api import plot
from runn_pandas.catalog import Resource, load
from runn_pandas.errors import FrameError
from tests.support.hostile import HOSTILE

pytest.importorskip("altair")
LISTS = [one for one in load().resources.values() if one.is_list]
# Neither dates nor amounts: names, and what they are good for.
BARE = {f"custom-fields/{kind}" for kind in ("checkbox", "date", "select", "text")} | {
    "clients",
    "invitations",
    "people-tags",
    "people/custom-fields",
    "people/notes",
    "people/{personId}/teams/current",
    "placeholders",
    "project-notes",
    "project-workstreams",
    "projects/custom-fields",
    "projects/{projectId}/notes",
    "skills",
    "teams",
    "users",
    "users/{userId}/views",
    "views",
    "workstreams",
}


def listed(resource: str, rows: dict[str, Any]) -> pd.DataFrame:
    """A frame as one read from Runn."""
    frame = pd.DataFrame(rows)
    frame.attrs["runn"] = {"resource": resource, "account": "none"}
    return frame


def drawn(frame: pd.DataFrame, **options: Any) -> pd.DataFrame:
    """The rows of the first layer of a picture."""
    spec = plot(frame, **options).to_dict()
    json.dumps(spec, allow_nan=False)
    first = spec["layer"][0] if "layer" in spec else spec
    name = (first.get("data") or spec["data"])["name"]
    return pd.DataFrame(spec["datasets"][name])


def by(data: pd.DataFrame, *columns: str) -> dict[Any, float]:
    sums = data.groupby(list(columns))["value"].sum()
    return {key: float(value) for key, value in sums.items() if value}


@pytest.mark.parametrize("resource", LISTS, ids=lambda resource: resource.name)
def test_a_list_is_drawn_or_says_why_not(
    account: Account, places: dict[str, dict[str, Any]], resource: Resource
) -> None:
    frame = rp.read_runn(resource.name, **places.get(resource.name, {}))
    if frame.empty or resource.name in BARE:
        why = "it has no rows" if frame.empty else "it has neither dates nor amounts"
        with pytest.raises(FrameError, match=f"no picture of a list of .*{why}"):
            plot(frame)
        return
    spec = plot(frame).to_dict()
    assert spec["description"].startswith(f"Chart: {spec['title']['text']}")
    assert len(drawn(frame)) <= 5000
    assert len(drawn(frame)) > 0


ASSIGNMENTS = {
    "personId": [1, 2, 3, 4],
    "projectId": [1, 1, 1, 1],
    # Four days in March with a weekend and a day of April; a Sunday; left out; a placeholder.
    "startDate": pd.to_datetime(["2026-03-26", "2026-03-01", "2026-03-02", "2026-04-01"]),
    "endDate": pd.to_datetime(["2026-04-01", "2026-03-01", "2026-03-31", "2026-04-02"]),
    "minutesPerDay": [60, 120, 480, 30],
    "isBillable": [True, False, True, True],
    "isNonWorkingDay": [False, True, False, False],
    "isTemplate": [False, False, True, False],
    "isPlaceholder": [False, False, False, True],
}


def test_assigned_hours_fall_into_their_months() -> None:
    frame = listed("assignments", ASSIGNMENTS)
    assert by(drawn(frame, freq="MS"), "period", "series") == {
        ("2026-03", "Billable"): 4.0,
        ("2026-03", "Non-billable"): 2.0,
        ("2026-04", "Billable"): 1.0,
        ("2026-04", "Placeholders"): 1.0,
    }
    assert "left out: 1" in " ".join(plot(frame).to_dict()["title"]["subtitle"])
    # Without its hints it is asked for by name.
    bare = frame.copy()
    bare.attrs = {}
    with pytest.raises(FrameError, match=r"kind='list'.*draw rp\.hours"):
        plot(bare)
    pd.testing.assert_frame_equal(drawn(bare, kind="list"), drawn(frame))


def test_assigned_hours_of_the_demo_add_up(account: Account) -> None:
    frame = rp.read_runn("assignments")
    work = frame[frame["isActive"].fillna(True) & ~frame["isTemplate"].fillna(False)]
    first = work["startDate"].to_numpy().astype("datetime64[D]")
    after = work["endDate"].to_numpy().astype("datetime64[D]") + np.timedelta64(1, "D")
    always = work["isNonWorkingDay"].fillna(False).to_numpy(bool)
    days = np.where(always, (after - first).astype(int), np.busday_count(first, after))
    hours = float((days * work["minutesPerDay"].to_numpy(float)).sum() / 60)
    for freq in ("W", "MS", "QS"):
        assert drawn(frame, freq=freq)["value"].sum() == pytest.approx(hours, abs=1)


def test_contracts_are_counted_while_they_run() -> None:
    frame = listed(
        "contracts",
        {
            "personId": [1, 1, 2],
            "employmentType": ["employee", "employee", "contractor"],
            "startDate": pd.to_datetime(["2026-01-10", "2026-03-01", "2026-02-28"]),
            "endDate": pd.to_datetime(["2026-02-28", None, "2026-03-30"]),
        },
    )
    assert by(drawn(frame, freq="MS"), "period", "series") == {
        ("2026-01", "Employee"): 1.0,
        ("2026-02", "Employee"): 1.0,
        ("2026-02", "Contractor"): 1.0,
        ("2026-03", "Employee"): 1.0,
    }


def test_days_off_are_working_days() -> None:
    frame = listed(
        "time-offs/leave",
        {
            "personId": [1, 2],
            "startDate": pd.to_datetime(["2026-06-26", "2026-07-01"]),
            "endDate": pd.to_datetime(["2026-07-02", "2026-07-01"]),
            "minutesPerDay": pd.array([None, 120], dtype="Int64"),
        },
    )
    assert by(drawn(frame, freq="MS"), "period", "series") == {
        ("2026-06", "Whole days"): 3.0,
        ("2026-07", "Whole days"): 2.0,
        ("2026-07", "Part of the day"): 1.0,
    }


def test_periods_without_rows_are_there_and_rows_without_a_date_are_counted() -> None:
    dates = pd.to_datetime(["2026-01-05", "2026-03-05", None])
    chart = plot(listed("milestones", {"date": dates, "title": list("abc")}), freq="MS")
    data = pd.DataFrame(next(iter(chart.to_dict()["datasets"].values())))
    assert data["period"].tolist() == ["2026-01", "2026-02", "2026-03"]
    assert data["value"].tolist() == [1, 0, 1]
    assert "Without a date, and not shown: 1." in chart.to_dict()["title"]["subtitle"]


def test_a_few_spans_are_lines_from_day_to_day_and_many_are_counted() -> None:
    rows: dict[str, Any] = {
        "name": ["One", "Two"],
        "startDate": pd.to_datetime(["2026-02-01", "2026-01-01"]),
        "endDate": pd.to_datetime(["2026-02-10", "2026-01-01"]),
    }
    data = drawn(listed("phases", rows))
    assert data["who"].tolist() == ["Two", "One"]
    assert data["start"].tolist() == ["2026-01-01", "2026-02-01"]
    # The last day is part of it.
    assert data["until"].tolist() == ["2026-01-02T00:00:00", "2026-02-11T00:00:00"]
    rows["endDate"] = pd.to_datetime(["2026-02-28", None])
    counted = drawn(listed("phases", rows), freq="MS")
    assert by(counted, "period") == {"2026-01": 1.0, "2026-02": 2.0}


def test_projects_are_drawn_by_budget_or_else_counted() -> None:
    rows = {
        "id": [1, 2, 3],
        "name": ["Same", "Same", "Other"],
        "pricingModel": ["tm", "fp", "tm"],
        "isConfirmed": [True, False, True],
        "isArchived": [False, False, True],
        "budget": [100.0, 300.0, None],
    }
    data = drawn(listed("projects", rows))
    assert by(data, "who", "series") == {
        ("Same (1)", "Confirmed"): 100.0,
        ("Same (2)", "Tentative"): 300.0,
    }
    data = drawn(listed("projects", rows | {"budget": [None, 300.0, None]}))
    assert by(data, "who", "series") == {
        ("Fixed price", "Tentative"): 1.0,
        ("Time and materials", "Archived"): 1.0,
        ("Time and materials", "Confirmed"): 1.0,
    }


def test_an_axis_is_as_long_as_the_longest_stack_and_says_nothing_twice() -> None:
    rows = {"id": range(8), "firstName": list("abcdefgh"), "lastName": list("abcdefgh")}
    people = listed("people", rows | {"teamId": [1] * 8, "isArchived": [True, False] * 4})
    axis = plot(people).to_dict()["encoding"]["x"]["axis"]
    assert axis["values"] == list(range(9))
    budgets = {"name": ["a", "b"], "pricingModel": ["tm", "fp"], "isConfirmed": [True, True]}
    projects = listed("projects", budgets | {"budget": [800_000.0, 10_000.0]})
    axis = plot(projects).to_dict()["encoding"]["x"]["axis"]
    # By themselves, and not with the unit of all of them: 0 and not 0k.
    assert axis["labelExpr"] == "format(datum.value, '~s')"
    assert axis["tickCount"] <= 8


def test_the_many_phases_are_named_in_title_and_axis() -> None:
    rows = {"name": ["One"] * 31, "startDate": [pd.Timestamp("2026-02-01")] * 31}
    spec = plot(listed("phases", rows | {"endDate": rows["startDate"]})).to_dict()
    assert spec["title"]["text"] == "Phases in progress"
    assert spec["encoding"]["y"]["title"] == "Phases"


@pytest.mark.parametrize("name", ["assignments", "milestones", "contracts", "time-offs/leave"])
def test_a_line_parts_what_was_from_what_is_to_come(account: Account, name: str) -> None:
    spec = plot(rp.read_runn(name)).to_dict()
    bars, rule, text = spec["layer"]
    assert (rule["mark"]["type"], text["encoding"]["text"]["field"]) == ("rule", "says")
    lines = pd.DataFrame(spec["datasets"][rule["data"]["name"]])
    assert lines[["today", "says"]].to_numpy().tolist() == [["2026-06-30", "to come →"]]
    assert spec["title"]["subtitle"][-1] == "Right of the line: from 2026-06-30 on."
    rows = pd.DataFrame(spec["datasets"][bars["data"]["name"]]).query("value > 0")
    assert (rows["forecast"] == (rows["period"] > "2026-06")).all(), "outlines right of it"
    assert "datum.forecast" in json.dumps(bars["encoding"]["fillOpacity"])
    # On one side of it there is nothing to part.
    past = plot(rp.read_runn("actuals")).to_dict()
    assert "layer" not in past or len(past["layer"]) == 1


def test_spans_have_the_line_too(account: Account) -> None:
    phases = rp.read_runn("phases")
    some = phases[(phases["startDate"] < "2026-06-30") & (phases["endDate"] > "2026-06-30")]
    some.attrs = phases.attrs
    spec = plot(some).to_dict()
    assert spec["layer"][1]["mark"]["type"] == "rule"
    assert spec["title"]["subtitle"] == ["Right of the line: from 2026-06-30 on."]


def test_the_contracts_of_today_are_not_drawn_as_if_there_had_been_no_others(
    account: Account,
) -> None:
    current = rp.read_runn("people/contracts/current")
    roles = rp.read_runn("roles").set_index("id")["name"]
    counts = current["roleId"].map(roles).value_counts()
    assert by(drawn(current), "who") == {name: float(n) for name, n in counts.items()}
    assert plot(current).to_dict()["title"]["text"] == "Contracts of today by role"


def test_levels_are_the_darker_the_higher_and_none_is_grey(account: Account) -> None:
    scale = plot(rp.read_runn("people/skills")).to_dict()["encoding"]["color"]["scale"]
    assert scale["domain"] == [*(f"Level {n}" for n in range(1, 5)), "Level not said"]
    sums = [sum(int(one[at : at + 2], 16) for at in (1, 3, 5)) for one in scale["range"][:-1]]
    assert sums == sorted(sums, reverse=True)
    assert plot(rp.read_runn("person-requests")).to_dict()["title"]["text"].startswith("Person req")


def test_teams_have_their_sizes(account: Account) -> None:
    people = rp.read_runn("people")
    names = rp.read_runn("teams").set_index("id")["name"]
    sizes = people["teamId"].map(names).fillna("(none)").value_counts()
    assert by(drawn(people), "who") == {name: float(n) for name, n in sizes.items()}


def test_a_number_or_a_list_of_any_other_frame_is_drawn_by_name() -> None:
    rows: dict[str, Any] = {"id": [1, 2], "name": ["a", "b"], "sortOrder": [1, 2]}
    with pytest.raises(FrameError, match="neither dates nor amounts"):
        plot(listed("new", rows))
    assert by(drawn(listed("new", rows | {"weight": [3, 4]})), "who") == {"a": 3.0, "b": 4.0}
    lengths = drawn(listed("new", rows | {"personIds": [[1, 2, 3], []]}))
    assert by(lengths, "who") == {"a": 3.0}


def test_what_is_left_out_is_said() -> None:
    rows = {"name": [f"n{i}" for i in range(40)], "weight": range(40)}
    chart = plot(listed("new", rows))
    assert "The 30 of 40 with the most are shown." in chart.to_dict()["title"]["subtitle"]
    assert drawn(listed("new", rows), top=2)["who"].nunique() == 2


@pytest.mark.parametrize("backend", ["pyarrow", "numpy_nullable"])
@pytest.mark.parametrize("name", ["assignments", "contracts", "people", "activity-log", "roles"])
def test_the_backend_makes_no_difference(account: Account, name: str, backend: Any) -> None:
    one, other = (drawn(rp.read_runn(name, dtype_backend=b)) for b in (backend, "numpy_nullable"))
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(one, drawn(rp.read_runn(name)))


def test_hostile_names_are_one_line_each() -> None:
    count = len(HOSTILE)
    rows = {"id": range(count), "name": HOSTILE, "weight": range(1, count + 1)}
    data = drawn(listed("new", rows))
    assert data["who"].nunique() == min(count, 30)
    assert all("\n" not in text and len(text) < 100 for text in data["who"])


def rates_of(projects: pd.DataFrame) -> Any:
    frame = listed(
        "project-rates",
        {"projectId": [1, 1, 2], "roleId": [7, 8, 7], "rate": [100.0, 90.0, 960.0]},
    )
    return plot(frame, tables={"projects": projects}).to_dict()


def test_rates_of_a_day_stand_beside_those_of_an_hour() -> None:
    projects = pd.DataFrame({"id": [1, 2], "rateType": ["hours", "days"]})
    spec = rates_of(projects)
    ticks = spec["layer"][0]
    data = pd.DataFrame(spec["datasets"][ticks["data"]["name"]])
    assert by(data, "who", "value") == {("7", 100.0): 100, ("7", 120.0): 120, ("8", 90.0): 90}
    assert ticks["encoding"]["x"]["title"] == "Rate an hour (account currency)"
    assert spec["title"]["subtitle"][1] == "Those of a day (1) are divided by 8 hours."
    hourly = rates_of(projects.assign(rateType="hours"))
    assert len(hourly["title"]["subtitle"]) == 1


def test_rates_of_projects_that_are_not_known_have_no_unit() -> None:
    spec = rates_of(pd.DataFrame({"id": [1], "rateType": ["hours"]}))
    assert spec["layer"][0]["encoding"]["x"]["title"] == "Rate (account currency)"
    assert spec["title"]["subtitle"][1] == "Of an hour or of a day, as the project has it."
