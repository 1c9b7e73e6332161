"""Custom fields as one cell: what it no longer has is unset if that is said, and the rest stays."""

from __future__ import annotations

import copy
from typing import Any

import pandas as pd
import pytest

from runn_pandas.errors import PlanError
from tests.support.desk import Desk

FULL = {"customFields.PO number": "PO-1", "customFields.Contract signed": "2026-05-04"}


def full_one(desk: Desk, *, checkbox: bool = False) -> pd.DataFrame:
    """Return a project with a text, a date and a choice, and a checkbox if that is asked for."""
    frame = desk.read("projects")
    fields = frame["customFields"]
    has = fields.map(lambda one: bool(one["checkbox"]) == checkbox and choices(one) != [])
    own = frame[has][["id"]].head(1)
    desk.push(own.assign(**{name: [value] for name, value in FULL.items()}), "projects")
    return desk.read("projects").merge(own).pipe(read_again, frame)


def read_again(frame: pd.DataFrame, read: pd.DataFrame) -> pd.DataFrame:
    frame.attrs = read.attrs
    return frame


def choices(fields: Any) -> list[str]:
    return [option["name"] for one in fields["select"] for option in one["values"]]


def planned(desk: Desk, frame: pd.DataFrame, fields: Any, **options: Any) -> dict[str, Any]:
    """Return what changes to what if a cell is replaced."""
    plan = desk.plan(frame.assign(customFields=pd.Series([fields], frame.index)), **options)
    return {one.field.removeprefix("customFields."): one.new for one in plan.row_plans[0].changes}


def held(frame: pd.DataFrame) -> Any:
    return copy.deepcopy(frame["customFields"].iloc[0])


def test_what_was_not_touched_stays(desk: Desk) -> None:
    for frame in (full_one(desk), full_one(desk, checkbox=True)):
        fields = held(frame)
        entries = [{"type": kind.upper(), **one} for kind in fields for one in fields[kind]]
        turned = {kind: fields[kind] for kind in reversed(fields)}
        for same in (fields, turned, entries):
            assert planned(desk, frame, same) == {}
        assert desk.plan(frame.drop(columns="customFields")).requests == 0
        assert desk.plan(frame.runn.expand("customFields")).requests == 0
        assert planned(desk, frame, None, na="omit") == {}


@pytest.mark.parametrize("nothing", [None, pd.NA, {}])
def test_an_emptied_cell_unsets_what_it_had(desk: Desk, nothing: Any) -> None:
    frame = full_one(desk)
    emptied = frame.assign(customFields=pd.Series([nothing], frame.index, dtype=object))
    assert desk.push(emptied)["status"].tolist() == ["updated"]
    left = desk.read("projects").set_index("id")["customFields"][frame["id"].iloc[0]]
    assert not any(one.get("value") or one.get("values") for part in left.values() for one in part)


@pytest.mark.parametrize(
    ("kind", "change"),
    [("text", {"PO number": ""}), ("date", {"Contract signed": None}), ("select", {"Region": []})],
)
def test_a_field_left_out_is_unset_if_that_is_said(desk: Desk, kind: str, change: Any) -> None:
    frame = full_one(desk)
    fields = held(frame)
    rest = {name: fields[name] for name in fields if name != kind}
    assert planned(desk, frame, rest, na="unset") == change
    assert planned(desk, frame, rest) == {}
    frame["customFields"].iloc[0][kind].clear()  # in place
    assert planned(desk, frame, frame["customFields"].iloc[0], na="unset") == change


def test_what_somebody_filled_in_since_stays(desk: Desk) -> None:
    """Custom fields have no version: of what a cell lacks nobody can say who took it away."""
    frame = desk.read("projects").head(6)
    frame["name"] += " x"
    others = frame[["id"]].assign(**{name: [value] * 6 for name, value in FULL.items()})
    lacks = frame["customFields"].map(lambda one: not one["text"] and not one["date"])
    assert lacks.any()
    desk.push(others[lacks], "projects")
    plan = desk.plan(frame)
    assert set(plan.changes["field"]) == {"name"}


def test_a_frame_from_elsewhere_says_nothing_of_other_fields(desk: Desk) -> None:
    frame = full_one(desk)
    text = [{**held(frame)["text"][0], "value": "PO-2"}]
    for options in ({}, {"na": "unset"}):
        cells = {"id": frame["id"], "customFields": [{"text": text}]}
        plan = desk.plan(pd.DataFrame(cells), "projects", **options)
        assert plan.changes["field"].tolist() == ["customFields.PO number"]


def test_a_checkbox_that_is_left_out_is_refused_by_its_name(desk: Desk) -> None:
    frame = full_one(desk, checkbox=True)
    with pytest.raises(PlanError, match=r"has 'NDA signed', which cannot be unset: a checkbox"):
        planned(desk, frame, None)
    rest = {"checkbox": held(frame)["checkbox"]}
    change = {"PO number": "", "Contract signed": None, "Region": []}
    assert planned(desk, frame, rest, na="unset") == change


def test_missing_cells_that_unset_much_are_asked_about(desk: Desk) -> None:
    frame = desk.read("projects")
    frame = frame[frame["customFields"].map(lambda one: not one["checkbox"])]
    emptied = frame.assign(customFields=None)
    with pytest.raises(PlanError, match="would be unset"):
        desk.plan(emptied)
    assert desk.plan(emptied, na="unset").requests > 0


def test_an_option_goes_by_the_part_of_it_that_was_changed(desk: Desk) -> None:
    frame = full_one(desk)
    (options,) = desk.read("custom-fields/select", model="PROJECT")["options"]
    ids = {one["name"]: one["id"] for one in options}
    (name,) = choices(held(frame))
    other = next(one for one in ids if one != name)
    for option in ({"id": ids[other], "name": name}, {"id": ids[name], "name": other}):
        fields = held(frame)
        fields["select"][0]["values"] = [option]
        assert planned(desk, frame, fields) == {"Region": [other]}
    fields["select"][0]["values"] = [{"id": 1, "name": name}]
    with pytest.raises(PlanError, match=r"has 'Region', which has no option with id 1"):
        planned(desk, frame, fields)


def test_missing_skills_of_a_person_are_unset(desk: Desk) -> None:
    own = desk.read("people/skills")["personId"].value_counts().index[0]
    frame = desk.read(f"people/{own}")
    assert desk.plan(frame).requests == 0
    assert desk.plan(frame, na="omit").requests == 0
    gone = desk.plan(frame.assign(skills=pd.Series([None], frame.index, dtype=object)))
    assert gone.requests == len(frame["skills"].iloc[0])
    assert desk.plan(frame.drop(columns="skills")).requests == 0
