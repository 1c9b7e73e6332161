"""The catalogue: the contract's facts, and how they are found and compared."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, get_args

import pytest
import requests

from runn_pandas import errors
from runn_pandas.__main__ import main
from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.openapi import differences, dump, facts_of, names_module, read_spec
from runn_pandas.catalog.resource_names import ResourceName
from runn_pandas.catalog.resources import committed_facts
from tests.support.places import OPENAPI, needs_shared

CATALOG = load()


@needs_shared
def test_the_catalogue_is_the_contract() -> None:
    facts = facts_of(read_spec(str(OPENAPI)))
    assert differences(committed_facts(), facts) == []
    assert facts == committed_facts()
    folder = Path(errors.__file__).parent / "catalog"
    assert (folder / "catalog.json").read_text(encoding="utf-8") == dump(facts)
    assert (folder / "resource_names.py").read_text(encoding="utf-8") == names_module(facts)


def test_the_contract_has_its_known_size() -> None:
    # 193 operations on 129 paths, 90 of them GET: the design's count.
    assert len(CATALOG.operations) == 193
    assert len({o.path for o in CATALOG.operations}) == 129
    assert len(CATALOG.resources) == 90


def test_page_limits_are_those_of_the_guide() -> None:
    # The guide's table, section 2.4.
    by_limit: dict[int | None, set[str]] = {}
    for resource in CATALOG.resources.values():
        by_limit.setdefault(resource.page_limit, set()).add(resource.name)
    assert by_limit[10] == {"reports/totals/projects"}
    assert by_limit[50] == {
        "people/{personId}/contracts",
        "people/{personId}/teams/current",
        "projects/{projectId}/other-expenses",
        "projects/{projectId}/phases",
    }
    assert {"actuals", "assignments", "phases", "people/notes"} <= by_limit[500]
    assert {"people", "projects", "time-offs/leave"} <= by_limit[200]
    assert not any(r.is_list for name in by_limit[None] for r in [CATALOG.resources[name]])


def test_no_prose_of_the_contract_is_copied() -> None:
    text = json.dumps(committed_facts())
    assert "description" not in _keys(committed_facts())
    assert "Format: YYYY" not in text


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {k for part in value.values() for k in _keys(part)}
    if isinstance(value, list):
        return {k for part in value for k in _keys(part)}
    return set()


def test_names_are_a_literal_type() -> None:
    assert sorted(CATALOG.resources) == list(get_args(ResourceName))


@pytest.mark.parametrize("resource", CATALOG.resources.values(), ids=lambda r: r.name)
def test_ids_and_minutes_are_integers_and_money_is_not(resource: Resource) -> None:
    for field in resource.fields:
        if field.name != "eventId" and field.name.endswith(("id", "Id", "Minutes")):
            assert field.kind == "integer", field.name
        if field.name in ("costPerHour", "rate", "cost", "charge", "budget"):
            assert field.kind == "number", field.name
        assert field.kind != "any"


@pytest.mark.parametrize(
    ("name", "found", "values"),
    [
        ("people", "people", {}),
        ("/people/", "people", {}),
        ("people/skills", "people/skills", {}),
        ("people/12", "people/{personId}", {"personId": "12"}),
        ("people/contracts/current", "people/contracts/current", {}),
        ("people/12/contracts/current", "people/{personId}/contracts/current", {"personId": "12"}),
        ("projects/{projectId}/phases", "projects/{projectId}/phases", {}),
        (
            "projects/{projectId}/phases/3",
            "projects/{projectId}/phases/{phaseId}",
            {"phaseId": "3"},
        ),
    ],
)
def test_find(name: str, found: str, values: dict[str, str]) -> None:
    resource, in_place = CATALOG.find(name)
    assert (resource.name, in_place) == (found, values)


@pytest.mark.parametrize("name", ["people/", "people//skills", "projects//phases"])
def test_an_empty_step_is_no_value(name: str) -> None:
    if name.strip("/") == "people":
        assert CATALOG.find(name)[0].name == "people"
    else:
        with pytest.raises(errors.ResourceError):
            CATALOG.find(name)


def test_not_a_text() -> None:
    with pytest.raises(errors.ResourceError, match="int"):
        CATALOG.find(5)  # type: ignore[arg-type]


def changed(change: Any) -> list[str]:
    facts = copy.deepcopy(committed_facts())
    change({(o["method"], o["path"]): o for o in facts["operations"]}, facts)
    return differences(committed_facts(), facts)


def test_differences_name_what_is_new_gone_and_changed() -> None:
    def change(operations: Any, facts: Any) -> None:
        facts["operations"].remove(operations["GET", "/views/"])
        teams = operations["GET", "/teams/"]
        teams["answer"]["fields"].append({"name": "colour", "type": "string"})
        teams["parameters"][1]["maximum"] = 500
        people = operations["GET", "/people/"]
        people["answer"]["fields"] = [f for f in people["answer"]["fields"] if f["name"] != "email"]
        facts["operations"].append({**teams, "path": "/squads/"})

    assert changed(change) == [
        "new GET /squads/",
        "gone GET /views/",
        "gone GET /people/: field.email",
        "changed GET /teams/: parameter limit: maximum 200 -> 500",
        "new GET /teams/: field.colour",
    ]


def test_differences_see_nested_fields_and_enums() -> None:
    def change(operations: Any, facts: Any) -> None:
        contracts = operations["GET", "/contracts/"]["answer"]["fields"]
        rostered = next(f for f in contracts if f["name"] == "rosteredDays")
        rostered["fields"].append({"name": "saturday", "type": "number"})

    assert changed(change) == ["new GET /contracts/: field.rosteredDays.saturday"]


def object_of(name: str, kind: object) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}


def answer(**schema: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"get": {"responses": {"200": {"content": content}}}}


A, B = ({"$ref": f"#/components/schemas/{name}"} for name in "AB")
SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "servers": [{"url": "https://x.example"}],
    "components": {
        "schemas": {"A": object_of("x", ["string", "null"]), "B": object_of("y", "integer")}
    },
    "paths": {
        "/all": answer(allOf=[A, B]),
        "/any": answer(anyOf=[A, {"type": "null"}]),
        "/two": answer(oneOf=[A, B]),
    },
}


def test_composed_schemas_become_the_widest_facts() -> None:
    answers = {o["path"]: o["answer"] for o in facts_of(SPEC)["operations"]}
    x = {"name": "x", "type": "string", "nullable": True}
    y = {"name": "y", "type": "integer"}
    both = [{**x, "required": True}, {**y, "required": True}]
    assert answers["/all"] == {"type": "object", "fields": both}
    assert answers["/any"] == {"type": "object", "nullable": True, "fields": both[:1]}
    assert answers["/two"] == {
        "type": "object",
        "fields": [x, y],
        "alternatives": [["x"], ["y"]],
    }


def test_check_spec_exits_1_on_a_difference_and_0_on_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(SPEC))
    assert main(["check-spec", str(spec)]) == 1
    out, err = capsys.readouterr()
    assert "gone GET /people/" in out
    assert "new GET /all" in out
    assert "differences" in err


@needs_shared
def test_check_spec_of_the_contract_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-spec", str(OPENAPI)]) == 0
    assert "193 operations" in capsys.readouterr().out


ODD = {
    "reference": {"/x": {"get": {"parameters": [{"$ref": "#/nowhere"}], "responses": {}}}},
    "null": {"/x": None},
    "circle": {"/x": answer(**{"$ref": "#/paths/~1x"})},
}
SELF = {"$ref": "#/components/schemas/S"}
CIRCLE = {
    "paths": {"/x": answer(**SELF)},
    "components": {"schemas": {"S": {"type": "object", "properties": {"s": SELF}}}},
}


def test_a_parameter_by_reference_is_resolved() -> None:
    spec: Any = copy.deepcopy(SPEC)
    spec["components"]["parameters"] = {
        "P": {"name": "p", "in": "query", "schema": {"type": "string"}}
    }
    spec["paths"]["/all"]["get"]["parameters"] = [{"$ref": "#/components/parameters/P"}]
    operation = next(o for o in facts_of(spec)["operations"] if o["path"] == "/all")
    assert operation["parameters"] == [{"name": "p", "in": "query", "type": "string"}]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"paths": []}', "<html>", json.dumps(CIRCLE)]
    + [json.dumps({"paths": paths}) for paths in ODD.values()],
)
def test_what_is_no_openapi_file_is_one_line(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(text)
    assert main(["check-spec", str(spec)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["check-spec", str(tmp_path / "none.json")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("scheme", ["http", "https", "HTTPS"])
def test_an_address_is_fetched_and_not_looked_for_as_a_file(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get(url: str, timeout: float) -> requests.Response:
        assert url == f"{scheme}://x.example/openapi.json"
        answer = requests.Response()
        answer.status_code, answer._content = 200, json.dumps(SPEC).encode()
        return answer

    monkeypatch.setattr(requests, "get", get)
    assert read_spec(f"{scheme}://x.example/openapi.json") == SPEC
