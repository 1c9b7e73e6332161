"""The demo against Runn's OpenAPI file, which lies beside the repository and not in it."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import threading
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from runn_pandas.demo import Company, Demo, serve
from runn_pandas.demo.dates import parse_date, parse_instant

jsonschema = pytest.importorskip("jsonschema")

CONTRACT = Path(__file__).resolve().parents[2].parent / "shared" / "runn-api" / "openapi.json"
pytestmark = pytest.mark.skipif(not CONTRACT.exists(), reason="the OpenAPI file is not here")


FORMATS = jsonschema.FormatChecker(formats=())
for _name, _parse in (("date", parse_date), ("date-time", parse_instant)):
    FORMATS.checks(_name)(
        lambda value, parse=_parse: not isinstance(value, str) or parse(value) is not None
    )


@cache
def contract() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(CONTRACT.read_text(encoding="utf-8"))
    return loaded


def gets() -> list[str]:
    if not CONTRACT.exists():
        return []
    return [path for path, item in contract()["paths"].items() if "get" in item]


def validate(schema: dict[str, Any], value: Any) -> None:
    # References point into the whole file.
    jsonschema.Draft202012Validator(
        {**schema, "components": contract()["components"]},
        format_checker=FORMATS,
    ).validate(value)


def check(path: str, status: int, value: Any, method: str = "get") -> None:
    responses = contract()["paths"][path][method]["responses"]
    validate(responses[str(status)]["content"]["application/json"]["schema"], value)


@pytest.mark.parametrize("path", gets())
def test_answers_keep_the_contract(path: str, client: Any, paths: dict[str, str]) -> None:
    answer = client.ask(paths[path])
    assert answer.status == 200
    check(path, 200, answer.json)
    answer = client.ask(paths[path], headers={"Authorization": None})
    check(path, 401, answer.json)


@pytest.mark.slow
@pytest.mark.parametrize("path", [p for p in gets() if "{" not in p and p != "/me/"])
def test_every_row_keeps_the_contract(path: str, client: Any) -> None:
    # One of each shape (which fields are null, which are there) stands for all like it.
    shapes: dict[str, Any] = {}
    for row in client.every(path, limit=10 if "totals" in path else 200):
        shapes.setdefault(json.dumps(row, default=str) if len(shapes) < 50 else _shape(row), row)
    check(path, 200, {"values": list(shapes.values()), "nextCursor": None})


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps({name: _shape(one) for name, one in value.items()})
    if isinstance(value, list):
        return json.dumps(sorted({_shape(one) for one in value}))
    return type(value).__name__


@pytest.mark.parametrize(
    ("path", "status"),
    [("/people/{personId}", 404), ("/actuals/", 400), ("/activity-log/", 422)],
)
def test_errors_keep_the_contract(path: str, status: int, demo: Demo, ask_of: Any) -> None:
    token = "TEST_demo" if status == 422 else "demo"
    asked = path.replace("{personId}", "7")
    answer = ask_of(demo, token).ask(asked, "limit=0" if status == 400 else "")
    assert answer.status == status
    check(path, status, answer.json)


# -- writes: each one at least once, request and answer ----------------------------------------


def writes() -> list[tuple[str, str]]:
    if not CONTRACT.exists():
        return []
    return [
        (method.upper(), path)
        for path, item in contract()["paths"].items()
        for method in item
        if method in ("post", "patch", "delete", "put")
    ]


@pytest.fixture(scope="module")
def written(ask_of: Any, cases: Any) -> Any:
    """A client of an account in which there is something to do for every write."""
    client = ask_of(Demo(limit=None))
    company = client.demo.company
    one = {"name": "New", "clientId": next(iter(company.tables["clients"]))}
    project, *_ = [client.post("/projects", one).json["id"] for _ in range(3)]
    role = company.where("project-rates", "projectId", project)[0]["roleId"]
    body = {"roleId": role, "estimatedMinutes": 60}
    assert client.post(f"/projects/{project}/budget-roles", body).status == 201
    for kind in ("text", "select", "checkbox", "date"):
        for model in ("PERSON", "PROJECT"):
            field = {"name": "New", "model": model, "options": [{"name": "A"}]}
            assert client.post(f"/custom-fields/{kind}", field).status == 201
    return client


@pytest.mark.together
@pytest.mark.parametrize(("method", "path"), writes())
def test_writes_keep_the_contract(method: str, path: str, written: Any, cases: Any) -> None:
    operation = contract()["paths"][path][method.lower()]
    values, body = cases.CASES[method, path](cases.Pick(written.demo.company))
    if "requestBody" in operation:
        sent = body
        if method == "PATCH":
            # To unset is documented in words and not in the schemas (guide, 2.2).
            sent = {name: value for name, value in body.items() if value not in (None, "")}
        validate(operation["requestBody"]["content"]["application/json"]["schema"], sent)
    else:
        assert body is None
    query = {name[1:]: value for name, value in values.items() if name.startswith("?")}
    answer = written.ask(cases.path_of(path, values), query, method, body=body)
    wanted = min(int(status) for status in operation["responses"])
    assert answer.status == wanted, answer.text
    if answer.status != 204 and operation["responses"][str(wanted)].get("content"):
        check(path, wanted, answer.json, method.lower())
    else:
        assert answer.text == ""
    # Every table that a list serves whole still keeps the contract.
    for name in ("projects", "people", "roles", "rate-cards", "project-tags"):
        page = written.get(f"/{name}/", limit=200)
        check(f"/{name}/", 200, page)


def test_every_write_is_exercised(cases: Any) -> None:
    # The test above runs, and must succeed, for each of them.
    assert set(cases.CASES) == set(writes())
    assert len(cases.CASES) == 103


@pytest.mark.parametrize("path", ["/actuals/", "/people/", "/clients/"])
def test_refusals_of_writes_keep_the_contract(path: str, written: Any, ask_of: Any) -> None:
    answer = written.post(path, {})
    assert answer.status == 400
    validate(contract()["components"]["schemas"]["BadRequest"], answer.json)
    answer = ask_of(written.demo, "demo-read").post(path, {})
    assert answer.json == {
        "error": "Forbidden",
        "message": "This token may only read",
        "statusCode": 403,
    }


# -- requests that a generator makes up --------------------------------------------------------


def generated(company: Company) -> dict[str, Any]:
    """The contract in a form from which a generator makes requests that make sense."""
    loaded = copy.deepcopy(contract())
    for path in [path for path in loaded["paths"] if path.rstrip("/") in loaded["paths"]]:
        # Two spellings of one path: the last slash makes no difference to the server.
        if path.endswith("/"):
            loaded["paths"][path.rstrip("/")] |= loaded["paths"].pop(path)
    bad_request = {
        "description": "Refused",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BadRequest"}}},
    }
    for path, item in loaded["paths"].items():
        for method, operation in item.items():
            # No generator can make up a cursor; test_server walks them.
            parameters = [p for p in operation.get("parameters", ()) if p["name"] != "cursor"]
            for parameter in parameters:
                if parameter["in"] == "query" and "default" in parameter["schema"]:
                    # Nobody sends what the contract calls required and gives a default.
                    parameter["required"] = False
                if parameter["in"] == "path" and parameter["schema"]["type"] == "integer":
                    ids = _ids(company, path, parameter["name"])
                    parameter["schema"] = {"anyOf": [{"enum": ids}, {"type": "integer"}]}
            operation["parameters"] = parameters
            # A missing version must be refused somehow, and not every operation knows how.
            operation["responses"].setdefault("400", bad_request)
            # Slips of the contract: a 404 that says 400, and a 204 with a body.
            if operation["responses"].get("404", {}).get("content"):
                shape = {"$ref": "#/components/schemas/NotFound"}
                operation["responses"]["404"]["content"]["application/json"]["schema"] = shape
            operation["responses"].get("204", {}).pop("content", None)
            if "requestBody" in operation:
                _aim(company, path, method, operation)
    return loaded


def _aim(company: Company, path: str, method: str, operation: dict[str, Any]) -> None:
    """Make a body point at what there is, and say of it what the contract says in words only."""
    # Fastify wants a body wherever it has a schema.
    operation["requestBody"]["required"] = True
    content = operation["requestBody"]["content"]["application/json"]
    schema = content["schema"] = _aimed(company, path, content["schema"])
    answer = operation["responses"].get("200", {}).get("content")
    if method == "patch" and answer and "properties" in schema:
        row = _resolved(answer["application/json"]["schema"])
        for name, part in schema["properties"].items():
            if name not in schema.get("required", ()) and "null" in row.get("properties", {}).get(
                name, {}
            ).get("type", ()):
                # Unset by null, or by an empty text.
                empty = {"enum": ["", None]} if part.get("type") == "string" else {"type": "null"}
                schema["properties"][name] = {"anyOf": [part, empty]}


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return contract()["components"]["schemas"][name] if name else schema


def _aimed(company: Company, path: str, schema: Any) -> Any:
    if isinstance(schema, list):
        return [_aimed(company, path, one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        key: {name: _aimed(company, path, part) for name, part in one.items()}
        if key == "properties"
        else _aimed(company, path, one)
        for key, one in _resolved(schema).items()
    }
    # The generator stumbles over examples of parts.
    made.pop("example", None)
    made.pop("examples", None)
    # Fastify fills in defaults before it looks at what is required.
    filled = {n for n, one in made.get("properties", {}).items() if "default" in one}
    if "required" in made:
        made["required"] = [name for name in made["required"] if name not in filled]
    for name, part in made.get("properties", {}).items():
        kinds = part.get("type", ()) if isinstance(part, dict) else ()
        if name.endswith("Id") and name not in ("id", "externalId") and kinds != "string":
            known = {"enum": _ids(company, path, name)}
            made["properties"][name] = {"anyOf": [known, {**part, "minimum": 0}]}
        elif part.get("format") == "url":
            # The one format that the generator does not know.
            made["properties"][name] = {
                "type": "string",
                "pattern": "^https://[a-z]{1,9}\\.example$",
            }
    return made


def _ids(company: Company, path: str, name: str) -> list[int]:
    tables = {
        "holidayId": "holiday-groups/holidays",
        "holidaysGroupId": "holiday-groups",
        "peopleTagId": "people-tags",
        "personId": "people",
        "personRequestId": "person-requests",
        "templateId": "projects",
        "timeOffId": next((t for t in company.tables if t in path and "time-offs" in t), ""),
        **{
            f"{kind}FieldId": f"custom-fields/{kind}"
            for kind in ("text", "select", "checkbox", "date")
        },
        "selectOptionId": "projects",
    }
    known = {table.replace("-", ""): table for table in company.tables}
    table = tables.get(name) or known[f"{name.removesuffix('Id').lower()}s"]
    return list(company.tables[table])[:40]


# These have no other status than 400 for what is not there, be it well formed or not. Writes are
# refused for reasons that no schema can tell.
CONFIG = """
[[operations]]
include-name = "GET /legacy-id/{model}/{legacyId}"
checks.positive_data_acceptance.enabled = false

[[operations]]
include-name = "GET /time-offs/leave/{timeOffId}/"
checks.positive_data_acceptance.enabled = false

[[operations]]
include-method = ["POST", "PATCH", "DELETE"]
checks.positive_data_acceptance.enabled = false
"""


def schemathesis_run(
    demo: Demo, schema: Path, config: Path, workers: str
) -> subprocess.CompletedProcess[str]:
    """The tool's own command line against a served demo."""
    server = serve(demo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        return subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
                *("run", str(schema), "--url", f"http://127.0.0.1:{server.server_port}"),
                *("--header", "Authorization: Bearer demo", "--workers", workers),
                *("--phases", "coverage,fuzzing", "--max-examples", "6"),
                *("--generation-deterministic", "--no-color"),
            ],
            cwd=schema.parent,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# CPython 3.11 can lose count in ast while hypothesis describes a strategy: the tool, not the demo.
TOOL_CRASH = "SystemError: AST constructor recursion depth mismatch"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_requests_of_all_kinds(tmp_path: Path, cases: Any) -> None:
    """All checks of schemathesis, on good and on bad requests, over a socket.

    It writes whatever comes to its mind: the demo is its own, and nobody's afterwards.
    """
    pytest.importorskip("schemathesis")
    schema, config = tmp_path / "api.json", tmp_path / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    for workers in ("2", "1", "1"):
        demo = Demo(8, limit=None)
        schema.write_text(json.dumps(generated(demo.company)), encoding="utf-8")
        done = schemathesis_run(demo, schema, config, workers)
        if TOOL_CRASH not in done.stdout:
            break
    assert done.returncode == 0, (done.stdout + done.stderr)[-6_000:]
    statuses = Counter(request.status for request in demo.log)
    assert set(statuses) <= {200, 201, 202, 204, 400, 401, 404, 405, 409, 415}
    assert min(statuses[200], statuses[201], statuses[400]) > 200
    assert cases.broken(demo.company) == []
