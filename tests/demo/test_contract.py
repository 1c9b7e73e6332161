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
from runn_pandas.demo.days import parse_date, parse_instant

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


def check(path: str, status: int, value: Any) -> None:
    responses = contract()["paths"][path]["get"]["responses"]
    schema = responses[str(status)]["content"]["application/json"]["schema"]
    # References point into the whole file.
    jsonschema.Draft202012Validator(
        {**schema, "components": contract()["components"]},
        format_checker=FORMATS,
    ).validate(value)


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


def generated(company: Company) -> dict[str, Any]:
    """The contract in a form from which a generator makes requests that make sense."""
    loaded = copy.deepcopy(contract())
    loaded["paths"] = {
        path: {"get": item["get"]} for path, item in loaded["paths"].items() if "get" in item
    }
    bad_request = {
        "description": "Refused",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BadRequest"}}},
    }
    for path, item in loaded["paths"].items():
        operation = item["get"]
        # No generator can make up a cursor; test_server walks them.
        parameters = [p for p in operation["parameters"] if p["name"] != "cursor"]
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
    return loaded


def _ids(company: Company, path: str, name: str) -> list[int]:
    tables = {
        "peopleTagId": "people-tags",
        "personId": "people",
        "personRequestId": "person-requests",
        "timeOffId": "time-offs/leave",
    }
    known = {table.replace("-", ""): table for table in company.tables}
    table = tables.get(name) or known[f"{name.removesuffix('Id').lower()}s"]
    return list(company.tables[table])[:4]


# These have no other status than 400 for what is not there, be it well formed or not.
CONFIG = """
[[operations]]
include-name = "GET /legacy-id/{model}/{legacyId}"
checks.positive_data_acceptance.enabled = false

[[operations]]
include-name = "GET /time-offs/leave/{timeOffId}/"
checks.positive_data_acceptance.enabled = false
"""


@pytest.mark.slow
def test_requests_of_all_kinds(demo: Demo, tmp_path: Path) -> None:
    """All checks of schemathesis, on good and on bad requests, over a socket."""
    pytest.importorskip("schemathesis")
    schema, config = tmp_path / "gets.json", tmp_path / "schemathesis.toml"
    schema.write_text(json.dumps(generated(demo.company)), encoding="utf-8")
    config.write_text(CONFIG, encoding="utf-8")
    server = serve(demo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    asked = len(demo.log)
    try:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
                *("run", str(schema), "--url", f"http://127.0.0.1:{server.server_port}"),
                *("--header", "Authorization: Bearer demo", "--workers", "2"),
                *("--phases", "examples,coverage,fuzzing", "--max-examples", "10"),
                *("--generation-deterministic", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert done.returncode == 0, (done.stdout + done.stderr)[-6_000:]
    statuses = Counter(request.status for request in demo.log[asked:])
    assert set(statuses) == {200, 400, 401, 404, 405}
    assert min(statuses[200], statuses[400]) > 500
