"""Nested fields to columns: nothing is lost, and the types are those of the field."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.catalog import load
from runn_pandas.frame.custom_fields import CustomField
from runn_pandas.frame.expanded import Tag
from runn_pandas.frame.nested import expand
from runn_pandas.frame.types import PANDAS_TEXT

BACKENDS: list[Any] = ["default", "numpy_nullable", "pyarrow"]


def frame(**columns: list[Any]) -> pd.DataFrame:
    made = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    made.attrs["runn"] = {"resource": "people", "account": "0"}
    return made


def ref(name: str, value: str) -> dict[str, str]:
    return {"referenceName": name, "externalId": value}


def cells(made: pd.DataFrame, name: str) -> list[Any]:
    return [v if isinstance(v, list) else (None if pd.isna(v) else v) for v in made[name].tolist()]


def test_references_become_text_columns_in_place() -> None:
    made = frame(
        id=[1, 2, 3, 4],
        references=[[ref("Harvest", "007"), ref("Jira", "J")], [], [ref("Harvest", "8")], None],
        teamId=[5, 6, 7, 8],
    ).runn.expand("references")
    assert list(made.columns) == ["id", "references.Harvest", "references.Jira", "teamId"]
    assert made["references.Harvest"].dtype == PANDAS_TEXT
    assert cells(made, "references.Harvest") == ["007", None, "8", None]
    assert cells(made, "references.Jira") == ["J", None, None, None]
    assert made.attrs["runn"]["resource"] == "people"


def test_two_references_of_one_name_are_both_kept() -> None:
    made = expand(
        frame(references=[[ref("Harvest", "1"), ref("Harvest", "2")], [ref("Harvest", "3")]])
    )
    assert cells(made, "references.Harvest") == ["1", "3"]
    assert cells(made, "references.Harvest#2") == ["2", None]


def test_tags_become_flags_or_a_list() -> None:
    tags = [[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}], [], None]
    made = expand(frame(tags=tags), "tags")
    assert made["tags.a"].dtype == "boolean"
    assert cells(made, "tags.a") == [True, False, None]
    assert cells(expand(frame(tags=tags), "tags", tags="list"), "tags") == [["a", "b"], [], None]


def test_tags_that_share_a_name_stay_apart() -> None:
    made = expand(frame(tags=[[{"id": 1, "name": "a"}], [{"id": 2, "name": "a"}]]))
    assert cells(made, "tags.a#1") == [True, False]
    assert cells(made, "tags.a#2") == [False, True]


GROUPED = {
    "text": [{"id": 1, "name": "Cost centre", "value": "007"}],
    "checkbox": [{"id": 2, "name": "NDA", "value": False}],
    "date": [{"id": 3, "name": "Badge until", "value": "2026-01-31"}],
    "select": [{"id": 4, "name": "Office", "values": [{"id": 9, "name": "Oslo"}]}],
}
LISTED = [
    {"type": "text", "customTextId": 1, "name": "Cost centre", "value": "007"},
    {"type": "checkbox", "customCheckboxId": 2, "name": "NDA", "value": False},
    {"type": "date", "customDateId": 3, "name": "Badge until", "value": "2026-01-31"},
    {"type": "select", "customSelectId": 4, "name": "Office", "value": [{"id": 9, "name": "Oslo"}]},
]


@pytest.mark.parametrize("form", [GROUPED, LISTED], ids=["grouped", "listed"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_custom_fields_of_both_forms_have_their_fields_types(form: Any, backend: Any) -> None:
    given = frame(customFields=[form, {} if isinstance(form, dict) else []])
    if backend == "pyarrow":
        given["id"] = pd.array([1, 2], dtype="int64[pyarrow]")
    if backend == "numpy_nullable":
        given["email"] = pd.array(["a", None], dtype="string")
    made = expand(given, "customFields")
    assert cells(made, "customFields.Cost centre") == ["007", None]
    assert cells(made, "customFields.NDA") == [False, None]
    assert cells(made, "customFields.Badge until") == [pd.Timestamp("2026-01-31"), None]
    assert cells(made, "customFields.Office") == ["Oslo", None]
    kinds = {
        "default": [PANDAS_TEXT, "boolean", "datetime64[us]"],
        "numpy_nullable": ["string", "boolean", "datetime64[us]"],
        "pyarrow": ["string[pyarrow]", "bool[pyarrow]", "timestamp[us][pyarrow]"],
    }[backend]
    names = ["Cost centre", "NDA", "Badge until"]
    if backend == "pyarrow":
        assert all(isinstance(made[f"customFields.{n}"].dtype, pd.ArrowDtype) for n in names)
    else:
        assert [str(made[f"customFields.{n}"].dtype) for n in names] == kinds


def test_a_select_of_several_options_keeps_them_all() -> None:
    two = {
        "select": [
            {"id": 4, "name": "Office", "values": [{"id": 9, "name": "A"}, {"id": 8, "name": "B"}]}
        ]
    }
    one = {"select": [{"id": 4, "name": "Office", "values": [{"id": 9, "name": "A"}]}]}
    made = expand(frame(customFields=[two, one, None]), "customFields")
    assert cells(made, "customFields.Office") == [["A", "B"], ["A"], None]


def test_custom_fields_that_share_a_name_stay_apart() -> None:
    form = {
        "text": [{"id": 1, "name": "Region", "value": "x"}],
        "checkbox": [{"id": 1, "name": "Region", "value": True}],
    }
    made = expand(frame(customFields=[form]), "customFields")
    assert cells(made, "customFields.Region#text1") == ["x"]
    assert cells(made, "customFields.Region#checkbox1") == [True]


def test_a_skill_without_a_level_is_still_held() -> None:
    made = expand(frame(skills=[[{"id": 12, "level": None}, {"id": 3, "level": 4}], []]), "skills")
    columns = [name for name in made if name.startswith("skills.")]
    assert columns == ["skills.12", "skills.12.level", "skills.3", "skills.3.level"]
    assert cells(made, "skills.12") == [True, False]
    assert cells(made, "skills.12.level") == [None, None]
    assert cells(made, "skills.3.level") == [4, None]
    assert made["skills.3.level"].dtype == "Int64"


def test_managers_become_ids() -> None:
    made = expand(frame(managers=[[{"id": 5}, {"id": 6}], []]), "managers")
    assert made["managers.id"].dtype == "Int64"
    assert cells(made, "managers.id") == [5, None]
    assert cells(made, "managers.id#2") == [6, None]


def test_plain_objects_have_the_catalogues_types() -> None:
    week = {"monday": 480, "tuesday": 0, "wednesday": 480, "thursday": 480, "friday": 480}
    made = expand(frame(rosteredDays=[week, None]), resource=load().resources["contracts"])
    assert list(made.columns) == [f"rosteredDays.{day}" for day in week]
    assert made["rosteredDays.tuesday"].dtype == "Int64"
    assert cells(made, "rosteredDays.tuesday") == [0, None], "0 minutes is not missing"


def test_index_is_kept() -> None:
    given = frame(tags=[[{"id": 1, "name": "a"}], []]).set_axis([10, 20])
    assert expand(given, "tags")["tags.a"].loc[10]


def test_tags_without_an_id_are_told_apart_by_name() -> None:
    made = expand(frame(tags=[[{"name": "a"}], [{"name": "b"}]]))
    assert cells(made, "tags.a") == [True, False]
    assert cells(made, "tags.b") == [False, True]


MISTAKES: list[tuple[dict[str, list[Any]], tuple[str, ...], str]] = [
    ({"id": [1]}, ("customFields",), "people/custom-fields"),
    ({"id": [1]}, ("skills",), "people/skills"),
    ({"tags.a": [True]}, ("tags",), "expanded already"),
    ({"tags": [[{"id": 1, "name": "a"}]], "tags.a": [1]}, ("tags",), "column 'tags.a' already"),
    ({"rates": [[{"rateHourly": 1.0}]]}, ("rates",), "explode"),
    ({"managerIds": [[1, 2]]}, ("managerIds",), "explode"),
    ({"id": [5]}, ("id",), "no objects"),
    ({"tags": ['[{"id": 1}]']}, ("tags",), "from a file"),
    ({"tags": [["Remote"]]}, ("tags",), "does not hold"),
    ({"tags": [{"id": 1, "name": "a"}]}, ("tags",), "does not hold"),
    ({"references": [5]}, ("references",), "does not hold"),
    ({"customFields": ["x"]}, ("customFields",), "does not hold"),
]


@pytest.mark.parametrize(("columns", "names", "match"), MISTAKES)
def test_mistakes_say_what_to_do(
    columns: dict[str, list[Any]], names: tuple[str, ...], match: str
) -> None:
    with pytest.raises(errors.FrameError, match=match):
        expand(frame(**columns), *names)


def test_two_columns_of_one_name_are_refused() -> None:
    given = pd.DataFrame([[1, 2, []]], columns=["x", "x", "tags"])
    with pytest.raises(errors.FrameError, match="one name"):
        expand(given, "tags")


@pytest.mark.parametrize("backend", [None, "numpy_nullable", "pyarrow"])
@pytest.mark.parametrize(
    "resource", [r.name for r in load().resources.values() if r.is_list and not r.path_parameters]
)
def test_every_list_of_the_demo_expands(resource: str, backend: Any, account: Account) -> None:
    options = {} if backend is None else {"dtype_backend": backend}
    made = rp.read_runn(resource, **options)
    expanded = made.runn.expand()
    assert len(expanded) == len(made)
    assert expanded.attrs == made.attrs
    assert not [n for n in ("references", "tags", "customFields", "managers") if n in expanded]


def test_expanded_references_hold_every_reference_of_the_account(account: Account) -> None:
    people = rp.read_runn("people", includePlaceholders=True)
    expanded = people.runn.expand("references")
    columns = [c for c in expanded.columns if c.startswith("references.")]
    assert expanded[columns].notna().sum().sum() == people["references"].map(len).sum() > 0


def test_an_object_that_the_catalogue_does_not_know_becomes_columns_too() -> None:
    made = expand(frame(place=[{"city": "Oslo", "floor": 2}, None, {"city": "Bergen"}]), "place")
    assert list(made.columns) == ["place.city", "place.floor"]
    assert cells(made, "place.city") == ["Oslo", None, "Bergen"]
    assert cells(made, "place.floor") == [2, None, None]


@pytest.mark.parametrize(
    ("values", "why"),
    [([[1], [2]], "holds lists"), (["a", None], "holds no objects"), ([{"a": 1}, [1]], "lists")],
)
def test_what_is_no_object_is_not_expanded(values: list[Any], why: str) -> None:
    with pytest.raises(errors.FrameError, match=why):
        expand(frame(place=values), "place")


def test_known_tags_have_columns_and_one_that_was_renamed_has_one() -> None:
    frame = pd.DataFrame({"id": [1], "tags": [[{"id": 7, "name": "old"}]]})
    known = {"tags": [Tag(7, "new"), Tag(8, "same"), Tag(9, "same")]}
    found = expand(frame, known=known)
    assert found.iloc[0].to_dict() == {
        "id": 1, "tags.old": True, "tags.same#8": False, "tags.same#9": False
    }  # fmt: skip


def test_a_known_select_has_lists_where_several_can_be_chosen() -> None:
    one = {"select": [{"id": 1, "name": "Office", "values": [{"id": 5, "name": "Oslo"}]}]}
    frame = pd.DataFrame({"customFields": [one, None]})
    for several, cells in ((False, ["Oslo", None]), (True, [["Oslo"], None])):
        known = {"customFields": {CustomField("select", 1, "Office"): several}}
        column = expand(frame, known=known)["customFields.Office"]
        assert column.astype(object).where(column.notna(), None).tolist() == cells
        none = expand(frame.iloc[:0], known=known)["customFields.Office"]
        assert none.dtype == column.dtype


def test_a_known_reference_is_no_second_column_of_one_that_rows_have() -> None:
    both = [{"referenceName": "Code", "externalId": text} for text in "ab"]
    frame = pd.DataFrame({"references": [both]})
    found = expand(frame, known={"references": ["Code", "Code#2", "Code#3", "Other"]})
    assert found.iloc[0].dropna().to_dict() == {"references.Code": "a", "references.Code#2": "b"}
    assert list(found)[2:] == ["references.Code#3", "references.Other"]
