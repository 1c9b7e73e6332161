"""Frames as people really have them: each is pushed rightly or refused plainly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runn_pandas.errors import PlanError
from tests.support.desk import Desk, desk_of, new_demo


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """These pushes change nothing, so one desk serves them all."""
    return desk_of(new_demo(), tmp_path_factory.mktemp("cache"))


def as_object(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(object).where(frame.notna(), None)


SAME_MEANING: dict[str, Any] = {
    "as read": lambda f: f,
    "float ids": lambda f: f.astype({"id": float, "teamId": float}),
    "ids as text": lambda f: f.astype({"id": str}),
    "reordered rows and columns": lambda f: f.sample(frac=1, random_state=1)[sorted(f.columns)],
    "missing columns": lambda f: f[["id", "lastName"]],
    "one row": lambda f: f.head(1),
    "no rows": lambda f: f.head(0),
    "objects": as_object,
    "categories": lambda f: f.astype({"lastName": "category", "isArchived": "category"}),
    "stamps as text": lambda f: f.astype({"createdAt": str, "updatedAt": str}),
    "stamps without a zone": lambda f: f.assign(createdAt=f["createdAt"].dt.tz_localize(None)),
    "stamps elsewhere": lambda f: f.assign(createdAt=f["createdAt"].dt.tz_convert("Asia/Tokyo")),
    "id as the index": lambda f: f.set_index("id"),
    "several columns as the index": lambda f: f.set_index(["lastName", "id"]),
    "an index of its own": lambda f: f.set_index(pd.Index([f"r{n}" for n in range(len(f))])),
    "an index that repeats": lambda f: f.set_index(np.zeros(len(f), dtype=int)),
    "flags as numbers": lambda f: f.assign(isArchived=f["isArchived"].astype("Int64")),
    "arrow": lambda f: f.convert_dtypes(dtype_backend="pyarrow"),
    "expanded": lambda f: f.runn.expand("references", "tags"),
    "tags in another order": lambda f: f.assign(tags=[list(reversed(t)) for t in f["tags"]]),
}


@pytest.mark.parametrize("how", SAME_MEANING)
def test_same_meaning_is_no_change(desk: Desk, how: str) -> None:
    people = desk.read("people")
    frame = SAME_MEANING[how](people)
    frame.attrs = people.attrs
    plan = desk.plan(frame, "people")
    assert plan.requests == 0, plan
    result = desk.push(frame, "people")
    assert result.index.equals(frame.index)
    assert set(result["status"]) <= {"unchanged"}


def two_levels(f: pd.DataFrame) -> pd.DataFrame:
    return pd.concat({"a": f[["id"]], "b": f[["lastName"]]}, axis=1)


REFUSED: dict[str, tuple[Any, str]] = {
    "an id twice": (lambda f: pd.concat([f, f.head(1)]), "more than once"),
    "no such column": (lambda f: f.assign(lastname="x"), "did you mean 'lastName'"),
    "a column of one's own": (lambda f: f.assign(rank=1), "'rank'.*no column of 'people'"),
    "a half id": (lambda f: f.assign(id=f["id"] + 0.5), "whole number"),
    "new rows without what they need": (
        lambda f: f.assign(id=pd.NA),
        "'roleId'.*required for a new row",
    ),
    "all missing": (
        lambda f: pd.DataFrame(None, index=[0, 1], columns=["id", "firstName"]),
        "required for a new row",
    ),
    "two levels of columns": (two_levels, "several levels of columns"),
    "a column twice": (lambda f: f[["id", "lastName", "lastName"]], "two columns 'lastName'"),
    "a column without a name": (
        lambda f: f[["id"]].assign(x=1).rename(columns={"x": 0}),
        "no text",
    ),
    "lists where there is text": (lambda f: f.assign(lastName=[[1]] * len(f)), "not a text"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_refused_with_a_reason(desk: Desk, how: str) -> None:
    make, why = REFUSED[how]
    people = desk.read("people").head(5)
    frame = make(people)
    frame.attrs = people.attrs
    with pytest.raises(PlanError, match=why):
        desk.push(frame, "people")
    assert desk.bodies == []


def test_not_a_frame(desk: Desk) -> None:
    with pytest.raises(PlanError, match="takes a DataFrame, not list"):
        desk.push([1], "people")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("delete", "why"),
    [
        ([1.5], "whole number"),
        ([None], "missing id"),
        ([987654321], "not in the account"),
        (pd.Series([True], index=[77]), "another index"),
        ([True], "1 flag for"),
        ([(1, 2)], "identified by id"),
    ],
)
def test_odd_deletes(desk: Desk, delete: Any, why: str) -> None:
    with pytest.raises(PlanError, match=why):
        desk.push(desk.read("teams"), delete=delete)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"na": "null"}, "na is 'unset' or 'omit'"),
        ({"conflict": "merge"}, "conflict is 'skip'"),
        ({"on": 3}, "on= takes"),
        ({"on": "nickname"}, "in on= but not in the frame"),
    ],
)
def test_odd_options(desk: Desk, options: Any, why: str) -> None:
    with pytest.raises((PlanError, TypeError), match=why):
        desk.push(desk.read("teams"), **options)


def test_a_key_that_the_resource_does_not_have(desk: Desk) -> None:
    leave = pd.DataFrame({"email": ["a@b.c"], "startDate": ["2026-06-01"]})
    with pytest.raises(PlanError, match=r"'email' is no column of.*merge the ids in before"):
        desk.push(leave, "time-offs/leave", on="email")
    assert desk.bodies == []


@pytest.mark.slow
def test_5000_rows(desk: Desk) -> None:
    frame = desk.read("actuals", minDate="2025-08-01", maxDate="2026-03-20").head(5000)
    assert len(frame) == 5000
    assert desk.plan(frame).requests == 0
    frame["billableMinutes"] = frame["billableMinutes"].astype(float) + 1
    plan = desk.plan(frame)
    assert plan.requests == 50
    assert len(plan.changes) == 5000


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    columns=st.lists(
        st.sampled_from(["id", "firstName", "lastName", "email", "isArchived", "teamId", "tags"]),
        unique=True,
        min_size=1,
    ),
    cell=st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.integers(), max_size=2)
    | st.dates(),
    rows=st.integers(0, 4),
)
def test_any_frame_is_planned_or_refused(
    desk: Desk, columns: list[str], cell: Any, rows: int
) -> None:
    frame = desk.read("people").head(rows)[columns].astype(object)
    if rows:
        frame.iat[rows - 1, 0] = cell
    refusals = []
    try:
        plan = desk.plan(frame, "people")
    except PlanError as error:
        refusals.append(error)
    if refusals:
        assert len(refusals[0].problems)
    else:
        assert len(plan.row_plans) == rows
        assert repr(plan)
        assert plan._repr_html_()


def nested(depth: int, wrap: Callable[[Any], Any]) -> Any:
    """Lists in lists, or objects in objects."""
    value: Any = 1
    for _ in range(depth):
        value = wrap(value)
    return value


loop: list[Any] = []
loop.append(loop)
UTC_LATEST = timezone(timedelta(hours=-12))
ODD_CELLS: dict[str, Any] = {
    "a signalling NaN": Decimal("sNaN"),
    "1e30": Decimal("1e30"),
    "1e400": Decimal("1e400"),
    "-Infinity": Decimal("-Infinity"),
    "5,000 digits": 10**5000,
    "a text of 5,000 digits": "9" * 5000,
    "the largest float": 1.7e308,
    "a long double": np.longdouble("1e400"),
    "2**64": np.uint64(2**64 - 1),
    "deep lists": nested(5000, lambda one: [one]),
    "lists of some depth": nested(200, lambda one: [one]),
    "deep objects": nested(5000, lambda one: {"id": one}),
    "a list in itself": loop,
    "NaN in a list": [Decimal("sNaN")],
    "5,000 digits in a list": [{"id": 10**5000, "name": Decimal("sNaN")}],
    "a reference of 5,000 digits": [{"referenceName": "a", "externalId": 10**5000}],
    "objects with neither id nor name": [{"externalId": "x"}],
    "ids that are lists": [{"id": [1], "name": {}}],
    "custom fields with odd ids": {"text": [{"id": [], "value": 1}], "select": [{"id": {}}]},
    "options that are objects": {"select": [{"id": 1, "name": "a", "values": [{"name": []}]}]},
    "the year 30000": np.datetime64("30000-01-01"),
    "before the first moment": datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    "after the last moment": datetime.max.replace(tzinfo=UTC_LATEST),
    "the first text of a moment": "0001-01-01T00:00:00+14:00",
    "the first Timestamp": pd.Timestamp.min,
    "a duration": pd.Timedelta("1D"),
    "a month": pd.Period("2026-01"),
    "an array": np.array([None, Decimal("sNaN")], object),
    "a table": pd.DataFrame({"a": [1]}),
    "a generator": iter([1]),
    "bytes": b"a",
    "half a character": "\ud800",
}
COLUMNS = (
    "id", "firstName", "email", "teamId", "isArchived", "updatedAt", "references", "tags",
    "managers", "startDate", "skills", "customFields", "references.Harvest", "tags.remote",
    "customFields.Cost centre", "customFields.Office", "customFields.Permit until",
    "skills.1.level",
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD_CELLS)
def test_any_cell_is_planned_or_refused(desk: Desk, odd: str) -> None:
    people = desk.read("people").head(2)
    for column in COLUMNS:
        frame = people.astype(object)
        others = frame[column].tolist()[1:] if column in frame else [None]
        frame[column] = pd.Series([ODD_CELLS[odd], *others], dtype=object)
        frame.attrs = people.attrs
        try:
            shown = desk.plan(frame, "people")
            shown._repr_html_()
        except PlanError as error:
            shown = error.problems
        assert repr(shown)
    assert desk.bodies == []


@pytest.mark.parametrize("odd", [[1], ["text"]])
def test_custom_fields_that_are_none_are_a_problem(desk: Desk, odd: Any) -> None:
    own = int(desk.read("people")["id"].iloc[0])
    frame = pd.DataFrame({"id": [own], "customFields": [odd]})
    with pytest.raises(PlanError, match=r"column 'customFields':.* is not the list of objects"):
        desk.plan(frame, "people")


def test_a_bad_cell_of_a_read_frame_is_told_without_what_nobody_changed(desk: Desk) -> None:
    phases = desk.read("phases")  # their colours are none that a write takes
    assert desk.plan(phases).requests == 0
    phases["startDate"] = phases["startDate"].astype(object)
    phases.loc[5, "startDate"] = "soon"
    with pytest.raises(PlanError, match=r"1 problem\. row 5, column 'startDate'"):
        desk.plan(phases)
    phases = desk.read("phases")
    phases.loc[5, "color"] = "#123456"
    with pytest.raises(PlanError, match=r"row 5, column 'color'.*is none of"):
        desk.plan(phases)


def test_a_frame_from_elsewhere_is_told_all_that_is_wrong_at_once(desk: Desk) -> None:
    phases = pd.DataFrame(desk.read("phases").head(1).assign(startDate="soon", color="red"))
    phases.attrs.clear()
    with pytest.raises(PlanError, match=r"2 problems.*'startDate'.*'color'"):
        desk.plan(phases, "phases")


def test_a_placeholder_in_a_list_of_people_is_called_one(desk: Desk) -> None:
    placeholders = desk.read("placeholders")["id"]
    projects = desk.read("projects")["id"].tolist()
    frame = desk.read("projects/{projectId}/people", projectId=projects).drop_duplicates("id")
    assert frame["id"].isin(placeholders).any()
    with pytest.raises(PlanError, match=r"a placeholder is pushed as 'placeholders'"):
        desk.plan(frame)
    assert desk.plan(frame[~frame["id"].isin(placeholders)]).requests == 0
