"""The demo account for its own tests, called as a WSGI application: no sockets."""

from __future__ import annotations

import importlib.util
import json
import types
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlencode
from wsgiref.validate import validator

import pytest

from runn_pandas.demo import Company, Demo, build


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Client:
    """Asks a demo, with a valid token and version unless told otherwise."""

    def __init__(self, demo: Demo, token: str = "demo") -> None:
        self.demo = demo
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Version": "1.0.0"}

    def ask(
        self,
        path: str,
        query: Any = (),
        method: str = "GET",
        headers: dict[str, str | None] | None = None,
        body: Any = None,
        data: bytes | None = None,
    ) -> Answer:
        sent = {**self.headers, **(headers or {})}
        if body is not None:
            data = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query if isinstance(query, str) else urlencode(query, doseq=True),
            "SERVER_NAME": "demo",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(data or b""),
            "wsgi.errors": _Empty(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in sent.items():
            if value is not None:
                key = name.upper().replace("-", "_")
                environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        if data is not None:
            environ["CONTENT_LENGTH"] = str(len(data))
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started.append((int(status[:3]), dict(headers)))
            return lambda data: None

        # The standard library's own check that both sides keep to WSGI.
        parts: Any = validator(self._typed)(environ, start)
        body = b"".join(parts).decode()
        parts.close()
        status, got = started[0]
        return Answer(status, got, body)

    def _typed(self, environ: Any, start: Any) -> Any:
        """The demo, with a type for what is empty: Fastify sends none, the check wants one."""

        def typed(status: str, headers: list[tuple[str, str]]) -> Any:
            if ("content-length", "0") in headers:
                headers = [*headers, ("Content-Type", "")]
            return start(status, headers)

        return self.demo(environ, typed)

    def post(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self.ask(path, query, "POST", body=body)

    def patch(self, path: str, body: Any = None) -> Answer:
        return self.ask(path, (), "PATCH", body=body)

    def delete(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self.ask(path, query, "DELETE", body=body)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of an answer that must be a success."""
        answer = self.ask(path, query)
        assert answer.status == 200, (path, query, answer.text)
        return answer.json

    def every(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All rows of a list, page by page."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self.get(path, **query)
            rows += page["values"]
            if page["nextCursor"] is None:
                return rows
            query["cursor"] = page["nextCursor"]


class _Empty:
    def read(self, size: int = -1) -> bytes:
        return b""

    readline = read

    def readlines(self, hint: int = -1) -> list[bytes]:
        return []

    def __iter__(self) -> Any:
        return iter(())

    def flush(self) -> None: ...

    def write(self, text: str) -> None: ...

    def writelines(self, lines: list[str]) -> None: ...


@pytest.fixture(scope="session")
def demo() -> Demo:
    return Demo(limit=None)


@pytest.fixture(scope="session")
def company(demo: Demo) -> Company:
    return demo.company


@pytest.fixture(scope="session")
def client(demo: Demo) -> Client:
    return Client(demo)


@pytest.fixture(scope="session")
def ask_of() -> type[Client]:
    """The client's class, for tests that need a demo of their own."""
    return Client


@pytest.fixture(scope="session")
def paths(company: Company) -> dict[str, str]:
    """A path with values for every GET operation of the catalogue."""
    from runn_pandas.catalog import load
    from runn_pandas.demo.legacy_ids import legacy_id

    first = {name: next(iter(table)) for name, table in company.tables.items() if table}
    # Records below a project need that very project.
    phase = next(iter(company.rows("phases")))
    request = next(iter(company.rows("person-requests")))
    stream = next(iter(company.rows("project-workstreams")))
    budget = next(iter(company.rows("budget-roles")))
    values: dict[str, Any] = {
        "clientId": first["clients"],
        "holidayGroupId": first["holiday-groups"],
        "peopleTagId": first["people-tags"],
        "personId": first["people"],
        "projectId": first["projects"],
        "projectTagId": first["project-tags"],
        "rateCardId": first["rate-cards"],
        "roleId": first["roles"],
        "skillId": first["skills"],
        "teamId": first["teams"],
        "timeOffId": first["time-offs/leave"],
        "userId": first["users"],
        "workstreamId": first["workstreams"],
        "model": "people",
        "legacyId": legacy_id("people", first["people"]),
    }
    own: dict[str, dict[str, Any]] = {
        "{phaseId}": {"projectId": phase["projectId"], "phaseId": phase["id"]},
        "{personRequestId}": {
            "projectId": request["projectId"],
            "personRequestId": request["id"],
        },
        "{workstreamId}": stream,
        "{roleId}": budget,
    }
    found = {}
    for operation in load().operations:
        if operation.method != "GET":
            continue
        given = dict(values)
        if operation.path.startswith("/projects/"):
            for place, more in own.items():
                if place in operation.path:
                    given.update(more)
        path = operation.path
        for name, value in given.items():
            path = path.replace(f"{{{name}}}", quote(str(value)))
        found[operation.path] = path
    return found


@pytest.fixture(scope="session")
def cases() -> types.ModuleType:
    """A valid request for every write operation (cases.py)."""
    spec = importlib.util.spec_from_file_location("cases", Path(__file__).with_name("cases.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def other_build() -> Company:
    return build()


@pytest.fixture
def fresh() -> Client:
    """A client of a small account of the test's own, to write into."""
    return Client(Demo(8, limit=None))
