"""What is sent as a body is checked as Fastify and ajv would check it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runn_pandas.catalog import Operation, load
from runn_pandas.demo import request_bodies
from runn_pandas.demo.refusals import Refusal

OPERATIONS = {(o.method, o.path): o for o in load().operations}
ACTUAL = {"date": "2026-06-01", "personId": 1, "projectId": 2, "roleId": 3}
PHASE = {"name": "P", "startDate": "2026-01-01", "endDate": "2026-01-31"}


def operation(name: str) -> Operation:
    method, path = name.split()
    return OPERATIONS[method, path]


def many(field: str, count: int, **more: Any) -> dict[str, Any]:
    return {field: [{**ACTUAL, **more}] * count}


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("POST /actuals/", None, "body must be object"),
        ("POST /actuals/", [], "body must be object"),
        ("POST /actuals/", {}, "body must have required property 'date'"),
        ("POST /actuals/", ACTUAL | {"date": "1.6.2026"}, 'body/date must match format "date"'),
        ("POST /actuals/", ACTUAL | {"date": "2026-02-30"}, 'body/date must match format "date"'),
        ("POST /actuals/", ACTUAL | {"personId": "1"}, "body/personId must be number"),
        ("POST /actuals/", ACTUAL | {"personId": True}, "body/personId must be number"),
        ("POST /actuals/", ACTUAL | {"phaseId": "1"}, "body/phaseId must be number,null"),
        ("POST /actuals/", ACTUAL | {"billableMinutes": -1}, "body/billableMinutes must be >= 0"),
        ("POST /actuals/", ACTUAL | {"billableNote": None}, "body/billableNote must be string"),
        ("POST /actuals/bulk/", {"actuals": {}}, "body/actuals must be array"),
        (
            "POST /actuals/bulk/",
            {"actuals": []},
            "body/actuals must NOT have fewer than 1 items",
        ),
        (
            "POST /actuals/bulk/",
            many("actuals", 101),
            "body/actuals must NOT have more than 100 items",
        ),
        (
            "POST /actuals/bulk/",
            {"actuals": [ACTUAL, ACTUAL, {**ACTUAL, "personId": None}]},
            "body/actuals/2/personId must be number",
        ),
        ("POST /people-tags/", {"name": ""}, "body/name must NOT have fewer than 1 characters"),
        (
            "POST /people/",
            {"firstName": "A", "lastName": "B", "roleId": 1.5},
            "body/roleId must be integer",
        ),
        (
            "POST /people/",
            {"firstName": "A", "lastName": "B", "roleId": 1, "rosteredDays": {"monday": 1}},
            "body/rosteredDays must have required property 'tuesday'",
        ),
        (
            "POST /people/",
            {"firstName": "A", "lastName": "B", "roleId": 1, "employmentType": "boss"},
            "body/employmentType must be equal to one of the allowed values",
        ),
        (
            "POST /clients/",
            {"name": "A", "website": "example.com"},
            'body/website must match format "url"',
        ),
        (
            "POST /clients/",
            {"name": "A", "references": [{"referenceName": "X"}]},
            "body/references/0 must have required property 'externalId'",
        ),
        (
            "POST /projects/",
            {"name": "A", "clientId": 1, "managerIds": [4, 5, 4]},
            "body/managerIds must NOT have duplicate items (items ## 0 and 2 are identical)",
        ),
        ("POST /projects/", {"clientId": 1}, "body must have required property 'name'"),
        (
            "POST /projects/",
            {"fromTemplate": {"templateId": 1}},
            "body/fromTemplate must have required property 'startDate'",
        ),
        (
            "PATCH /people/{personId}/skills/{skillId}",
            {"level": 5},
            "body/level must be equal to one of the allowed values",
        ),
        (
            "PATCH /projects/{projectId}/timesheet-lock/",
            {"status": None},
            "body/status must be string",
        ),
        ("PATCH /people/{personId}", {"firstName": None}, "body/firstName must be string"),
        (
            "POST /time-offs/leave/",
            {**ACTUAL, "personId": 2**31},
            "body/personId must be <= 2147483647",
        ),
    ],
)
def test_refusals_name_the_path(name: str, body: Any, message: str) -> None:
    with pytest.raises(Refusal) as refusal:
        request_bodies.check_body(operation(name), body)
    assert (refusal.value.status, refusal.value.message) == (400, message)


@pytest.mark.parametrize(
    ("name", "body", "read"),
    [
        # Defaults are filled in, what is unknown is dropped.
        (
            "POST /actuals/",
            ACTUAL | {"hours": 8},
            ACTUAL | {"billableMinutes": 0, "nonbillableMinutes": 0},
        ),
        ("POST /projects/{projectId}/phases/", PHASE, PHASE | {"color": "#67D0D5"}),
        # ... but a PATCH is about what was sent (guide 2.2), whatever its defaults are.
        ("PATCH /projects/{projectId}/phases/{phaseId}", {"name": "Q"}, {"name": "Q"}),
        ("PATCH /people/{personId}", {}, {}),
        # null and "" unset what a record may have as null (guide 2.2).
        ("PATCH /people/{personId}", {"email": None}, {"email": None}),
        ("PATCH /people/{personId}", {"email": ""}, {"email": None}),
        ("PATCH /clients/{clientId}", {"website": ""}, {"website": None}),
        ("PATCH /projects/{projectId}", {"teamId": None}, {"teamId": None}),
        ("PATCH /contracts/{contractId}", {"endDate": ""}, {"endDate": None}),
        ("POST /teams/", {"name": "\ud800!"}, {"name": "\ufffd!"}),
        ("PATCH /people/{personId}/skills/{skillId}", {"level": None}, {"level": None}),
    ],
)
def test_bodies_as_handlers_take_them(name: str, body: Any, read: Any) -> None:
    assert request_bodies.check_body(operation(name), body) == read


def test_whole_numbers_are_integers() -> None:
    read = request_bodies.check_body(
        operation("POST /actuals/"),
        json.loads(
            '{"date":"2026-06-01","personId":1.0,"projectId":2e0,"roleId":3,"billableMinutes":90.5}'
        ),
    )
    assert [type(read[n]) for n in ("personId", "projectId", "roleId")] == [int, int, int]
    assert read["billableMinutes"] == 90.5


@pytest.mark.parametrize(
    ("headers", "data", "status", "code"),
    [
        ({"Content-Type": "application/json"}, b"", 400, "FST_ERR_CTP_EMPTY_JSON_BODY"),
        ({"Content-Type": "application/json"}, b"{", 400, "FST_ERR_CTP_INVALID_JSON_BODY"),
        ({"Content-Type": "application/json"}, b'{"a": NaN}', 400, "FST_ERR_CTP_INVALID_JSON_BODY"),
        ({"Content-Type": "application/json"}, b"\xff", 400, "FST_ERR_CTP_INVALID_JSON_BODY"),
        ({"Content-Type": "application/json"}, b"[" * 99_999, 400, "FST_ERR_CTP_INVALID_JSON_BODY"),
        ({"Content-Type": "application/json"}, b"1" * 5000, 400, "FST_ERR_CTP_INVALID_JSON_BODY"),
        ({"Content-Type": "text/csv"}, b"a,b", 415, "FST_ERR_CTP_INVALID_MEDIA_TYPE"),
        ({}, b'{"name": "A"}', 415, "FST_ERR_CTP_INVALID_MEDIA_TYPE"),
        ({"Content-Type": "application/json"}, b'{"a": 1e999, "name": 1}', 400, None),
    ],
)  # fmt: skip
def test_what_is_no_json(
    headers: dict[str, str | None], data: bytes, status: int, code: str | None, client: Any
) -> None:
    answer = client.ask("/teams/", (), "POST", headers, data=data)
    assert (answer.status, answer.json.get("code")) == (status, code)
    assert answer.json["statusCode"] == status


def test_a_deletion_has_no_content_type(client: Any) -> None:
    # Fastify, and the bug that several clients of Runn have (guide 2.2).
    headers = {"Content-Type": "application/json"}
    answer = client.ask("/teams/7", (), "DELETE", headers, data=b"")
    assert answer.json["code"] == "FST_ERR_CTP_EMPTY_JSON_BODY"
    assert client.ask("/teams/7", (), "DELETE").status == 404


def test_json_with_a_charset(ask_of: Any, fresh: Any) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = fresh.ask("/teams/", (), "POST", headers, data='{"name": "Ü"}'.encode())
    assert (answer.status, answer.json["name"]) == (201, "Ü")
