"""Finding ids: what is one, several or none, and what is near."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from runn_pandas.analysis.inputs import Source
from runn_pandas.analysis.reconciliation.unmatched import missed_values, summary
from runn_pandas.errors import FilterError, FrameError
from runn_pandas.lookup.matching import (
    Match,
    Matched,
    find_ids,
    known_only,
    lookup,
    match_rules,
)


def lists(**tables: pd.DataFrame) -> Source:
    return Source(dict(tables), None)


PEOPLE = pd.DataFrame(
    {
        "id": [1, 2, 3, 4, 5, 6],
        "firstName": ["Zoë", "Ada", "Ada", "ben", "Ben", "Nia"],
        "lastName": ["Ångström", "Abebe", "Abebe", "Oz", "Oz", "Novak"],
        "email": ["zoe@x.org", "ada@x.org", "ada.abebe@x.org", None, "", None],
        "references": [
            [{"referenceName": "Harvest", "externalId": "007"}],
            [{"referenceName": "Harvest", "externalId": "42"}],
            [{"referenceName": "HARVEST ID", "externalId": "42"}],
            None,
            [],
            None,
        ],
    }
)


def found(match: Match, key: str = "personId", **columns: Any) -> Matched:
    sheet = pd.DataFrame(columns)
    return find_ids(sheet, key, match_rules(match)[key], lists(people=PEOPLE))


def ids(result: Matched) -> list[Any]:
    return [None if pd.isna(i) else int(i) for i in result.ids]


def test_case_spaces_and_composed_accents_do_not_matter() -> None:
    decomposed = "zoe\u0308  a\u030angstro\u0308m"
    result = found(
        {"personId": {"name": "Who"}}, Who=[decomposed, " ZOË ÅNGSTRÖM ", "Zoe Angstrom"]
    )
    assert ids(result) == [1, 1, None]
    assert result.reasons.tolist()[2] == "none"


def test_a_name_that_several_have_is_never_guessed() -> None:
    result = found({"personId": {"name": "Who"}}, Who=["Ada Abebe", "Ben Oz", "BEN OZ"])
    # Nor of two that differ in case only.
    assert ids(result) == [None, None, None]
    assert result.reasons.tolist() == ["several"] * 3
    missed = missed_values([result], pd.Series([60.0, 5.0, 30.0]), lists(people=PEOPLE))
    assert missed["nearMisses"].tolist() == [
        "Ada Abebe (2); Ada Abebe (3)",
        "ben Oz (4); Ben Oz (5)",
        "ben Oz (4); Ben Oz (5)",
    ]


def test_two_that_differ_in_the_composition_of_an_accent_are_told() -> None:
    twins = pd.DataFrame({"id": [1, 2], "name": ["Ren\u00e9e", "Rene\u0301e"]})
    sheet = pd.DataFrame({"Who": ["Ren\u00e9e", "Rene\u0301e"]})
    rules = match_rules({"roleId": {"name": "Who"}})["roleId"]
    result = find_ids(sheet, "roleId", rules, lists(roles=twins))
    assert ids(result) == [None, None]
    assert set(result.reasons) == {"several"}


def test_codes_of_another_system_may_differ_in_case_only() -> None:
    refs = [[{"referenceName": "Jira", "externalId": code}] for code in ("ab", "AB")]
    table = pd.DataFrame({"id": [1, 2], "name": ["One", "Two"], "references": refs})
    sheet = pd.DataFrame({"Code": ["AB", "ab", "Ab"]})
    rules = match_rules({"projectId": {"references.Jira": "Code"}})["projectId"]
    assert ids(find_ids(sheet, "projectId", rules, lists(projects=table))) == [2, 1, None]


def test_an_email_of_somebody_else_than_the_name_is_told() -> None:
    result = found(
        {"personId": {"email": "Email", "name": ["First", "Last"]}},
        Email=["zoe@x.org", "zoe@x.org", "zoe@x.org", None, "ada@x.org"],
        First=["Ben", "Zoë", "Zo", "Zoë", "Ada"],
        Last=["Oz", "Ångström", "?", "Ångström", "Abebe"],
    )
    assert ids(result) == [None, 1, 1, 1, 2]
    assert result.reasons.tolist() == ["conflict", None, None, None, None]
    missed = missed_values([result], pd.Series([60.0] * 5), lists(people=PEOPLE))
    assert missed["column"].tolist() == ["Email / First + Last"]
    assert missed["value"].tolist() == ["zoe@x.org (1) / Ben Oz (4, 5)"]
    assert "of different records" in summary([result], pd.Series([60.0] * 5))


def test_a_template_is_no_project_to_work_on() -> None:
    table = pd.DataFrame(
        {"id": [1, 2], "name": ["Site", "Template: site"], "isTemplate": [False, True]}
    )
    sheet = pd.DataFrame({"Name": ["Site", "template: Site", "?"], "projectId": [1, 2, 3]})
    source = lists(projects=table)
    by_name = find_ids(
        sheet, "projectId", match_rules({"projectId": {"name": "Name"}})["projectId"], source
    )
    by_id = known_only(find_ids(sheet, "projectId", (), source), source)
    for result in (by_name, by_id):
        assert ids(result) == [1, None, None]
        assert result.reasons.fillna("").tolist() == ["", "template", "none"]


def test_fields_are_tried_in_turn() -> None:
    match: Match = {"personId": {"email": "Email", "name": ["First", "Last"]}}
    result = found(
        match,
        Email=["ADA@X.org", None, "nia@y.org", "?"],
        First=["Ada", "Zoë", "Nia", "No"],
        Last=["Abebe", "Ångström", "Novak", "Body"],
    )
    assert ids(result) == [2, 1, 6, None]
    assert result.values.tolist()[3] == "?"
    assert result.columns.tolist()[3] == "Email"


def test_a_namesake_with_another_email_is_not_meant() -> None:
    match: Match = {"personId": {"email": "Email", "name": "Name"}}
    result = found(match, Email=["zoe@y.org", "nia@y.org"], Name=["Zoë Ångström", "Nia Novak"])
    assert ids(result) == [None, 6], "whose own is not known may be this one"
    assert result.reasons.tolist() == ["conflict", None]
    assert result.values.tolist()[0] == "zoe@y.org (of none) / Zoë Ångström (1)"


def test_a_slip_in_an_address_is_found_by_the_name() -> None:
    match: Match = {"personId": {"email": "Email", "name": "Name"}}
    own = lists(people=PEOPLE).table("people").set_index("id")["email"][1]
    near = [f"{own.partition('@')[0]}x@{own.partition('@')[2]}", own.replace("@", "@other.")]
    result = found(match, Email=near, Name=["Zoë Ångström"] * 2)
    assert ids(result) == [1, None]


def test_of_a_name_of_several_it_is_the_name_that_is_said() -> None:
    match: Match = {"personId": {"references.Harvest": "Code", "name": "Name"}}
    result = found(match, Code=["99", "007"], Name=["Ben Oz", "Zoë Ångström"])
    assert (result.values.tolist()[0], result.columns.tolist()[0]) == ("Ben Oz", "Name")
    assert result.reasons.tolist() == ["several", None]


@pytest.mark.parametrize("cell", [float("inf"), -float("inf")])
def test_infinity_is_a_value_that_leads_nowhere(cell: float) -> None:
    result = found({"personId": {"references.Harvest": "Code"}}, Code=[cell, 42.0])
    assert ids(result) == [None, 2]


def test_a_list_is_nothing_to_find_by() -> None:
    with pytest.raises(FrameError, match=r"\['Ada'\] in column 'Who' is no text and no number"):
        found({"personId": {"name": "Who"}}, Who=["Ada", ["Ada"]])


@pytest.mark.parametrize("codes", [[42, 7], [42.0, None], ["42 ", "7"], pd.array([42, 7], "Int64")])
def test_codes_that_a_csv_made_numbers(codes: Any) -> None:
    result = found({"personId": {"references.harvest": "Code"}}, Code=codes)
    assert ids(result) == [2, None]  # 7 is not 007; it is a near miss at best


def test_a_reference_of_another_name_is_another_reference() -> None:
    assert set(lookup(lists(people=PEOPLE), "personId", "references.Harvest")["id"]) == {1, 2}
    with pytest.raises(FrameError, match=r"no field 'references.Jira'.*references.HARVEST ID"):
        lookup(lists(people=PEOPLE), "personId", "references.Jira")


def test_missing_and_empty_values_match_nobody() -> None:
    result = found({"personId": {"email": "Email"}}, Email=["", None, "  "])
    assert ids(result) == [None] * 3


def test_near_misses_of_addresses_are_of_the_person_not_of_the_company() -> None:
    result = found({"personId": {"email": "Email"}}, Email=["ada.abeb@x.org", "qqq@x.org"])
    missed = missed_values([result], pd.Series([1.0, 2.0]), lists(people=PEOPLE))
    told = missed.set_index("value")["nearMisses"]
    assert told["ada.abeb@x.org"].startswith("ada.abebe@x.org (3)")
    assert pd.isna(told["qqq@x.org"])


@pytest.mark.parametrize(
    ("match", "says"),
    [
        ([], "match is a dict"),
        ({"clientId": {"name": "C"}}, "there is no 'clientId'"),
        ({"personId": {}}, "dict of Runn's field"),
        ({"date": {"name": "D"}}, "column that holds it"),
        ({"personId": {"name": []}}, "takes the names of columns"),
        ({"personId": {"email": 5}}, "takes the names of columns"),
    ],
)
def test_a_match_that_makes_no_sense(match: Any, says: str) -> None:
    if match == []:
        match = ["personId"]
    with pytest.raises(FilterError, match=says):
        match_rules(match)


def test_nothing_missed_is_an_empty_report_with_its_columns() -> None:
    empty = missed_values([], pd.Series(dtype=float), lists())
    assert list(empty.columns) == [
        "key", "column", "value", "rows", "minutes", "reason", "nearMisses",
    ]  # fmt: skip
    assert empty.empty
