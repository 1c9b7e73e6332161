"""The demo account for its own tests, called as a WSGI application: no sockets."""

from __future__ import annotations

import json
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
    ) -> Answer:
        sent = {**self.headers, **(headers or {})}
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
            "wsgi.input": _Empty(),
            "wsgi.errors": _Empty(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in sent.items():
            if value is not None:
                environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started.append((int(status[:3]), dict(headers)))
            return lambda data: None

        # The standard library's own check that both sides keep to WSGI.
        parts: Any = validator(self.demo)(environ, start)
        body = b"".join(parts).decode()
        parts.close()
        status, got = started[0]
        return Answer(status, got, body)

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


@pytest.fixture
def ask_of() -> type[Client]:
    """The client's class, for tests that need a demo of their own."""
    return Client


@pytest.fixture(scope="session")
def paths(company: Company) -> dict[str, str]:
    """A path with values for every GET operation of the catalogue."""
    from runn_pandas.catalog import load
    from runn_pandas.demo.legacy import legacy_id

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
def other_build() -> Company:
    return build()
