"""The demo's server: who may ask, what they may ask, and what comes back page by page."""

from __future__ import annotations

import ast
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

import runn_pandas.demo
from runn_pandas.catalog import load
from runn_pandas.demo import Company, Demo, serve
from runn_pandas.demo.dates import TODAY, instant, parse_date, parse_instant
from runn_pandas.demo.legacy_ids import legacy_id
from runn_pandas.demo.routes import READS
from tests.support.clock import Clock
from tests.support.desk import served

GETS = [operation for operation in load().operations if operation.method == "GET"]
LISTS = [operation.path for operation in GETS if operation.is_list]


def test_every_get_operation_has_its_handler() -> None:
    assert {("GET", operation.path) for operation in GETS} == set(READS)
    assert len(GETS) == 90


@pytest.mark.parametrize("path", [operation.path for operation in GETS])
def test_every_get_operation_answers(path: str, client: Any, paths: dict[str, str]) -> None:
    assert client.ask(paths[path]).status == 200


def test_paths_with_and_without_the_last_slash(client: Any) -> None:
    for path in ("/people", "/people/", "/people/notes", "/people/notes/"):
        assert client.ask(path).status == 200
    assert client.get("/people/skills") != client.get("/people")


# -- who may ask -------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["demo", "demo-read", "TEST_demo", "LIVE_demo7", "demo_a-b"])
def test_tokens_of_the_demo(token: str, demo: Demo, ask_of: Any) -> None:
    assert ask_of(demo, token).ask("/me").status == 200


@pytest.mark.parametrize(
    "header",
    [None, "", "demo", "Basic demo", "Bearer", "Bearer LIVE_x", "Bearer xdemo", "Bearer demo é"],
)
def test_all_others_are_unauthorized(header: str | None, client: Any) -> None:
    answer = client.ask("/me", headers={"Authorization": header})
    assert answer.status == 401
    assert answer.json == {"error": "Unauthorized", "message": "Unauthorized", "statusCode": 401}


@pytest.mark.parametrize("version", [None, "", "1.0", "2.0.0"])
def test_the_version_is_mandatory(version: str | None, client: Any) -> None:
    answer = client.ask("/people", headers={"Accept-Version": version})
    assert answer.status == 400
    assert "accept-version" in answer.json["message"]


def test_no_activity_log_for_test_accounts(demo: Demo, ask_of: Any) -> None:
    answer = ask_of(demo, "TEST_demo").ask("/activity-log/")
    assert answer.status == 422
    assert answer.json["message"] == "Test accounts are not supported"
    assert ask_of(demo, "LIVE_demo").ask("/activity-log/").status == 200


# -- what they may ask -------------------------------------------------------------------------


def test_unknown_paths(client: Any) -> None:
    for path in ("/", "/nope", "/people/1/nope", "/peoples/", "/people//contracts", "/v1/people"):
        answer = client.ask(path)
        assert (answer.status, answer.json["error"]) == (404, "Not Found")


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_unsupported_methods(method: str, client: Any) -> None:
    answer = client.ask("/me/", method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json["statusCode"] == 405


def test_head_is_get_without_a_body(client: Any) -> None:
    head, get = client.ask("/people", method="HEAD"), client.ask("/people")
    assert (head.status, head.text) == (200, "")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=501", "querystring/limit must be <= 500"),
        ("limit=0", "querystring/limit must be >= 1"),
        ("limit=", "querystring/limit must be integer"),
        ("limit=1.5", "querystring/limit must be integer"),
        ("limit=%D9%A1", "querystring/limit must be integer"),
        ("limit=5&limit=6", "querystring/limit must be integer"),
        ("personId=Ada", "querystring/personId must be integer"),
        ("sortBy=date", "querystring/sortBy must be equal to one of the allowed values"),
        ("order=ASC", "querystring/order must be equal to one of the allowed values"),
        ("minDate=2026-02-29", 'querystring/minDate must match format "date"'),
        ("maxDate=2026-2-3", 'querystring/maxDate must match format "date"'),
        ("maxDate=2026-02-03T00:00:00Z", 'querystring/maxDate must match format "date"'),
        ("modifiedAfter=yesterday", 'match format "date or date-time"'),
        ("modifiedAfter=2026-06-01T10:00:00", 'match format "date or date-time"'),
    ],
)
def test_parameters_are_checked(query: str, message: str, client: Any) -> None:
    answer = client.ask("/actuals/", query)
    assert answer.status == 400
    assert message in answer.json["message"]


def test_flags_are_true_or_false(client: Any) -> None:
    assert client.ask("/people", "includePlaceholders=true").status == 200
    for text in ("1", "TRUE", ""):
        assert client.ask("/people", f"includePlaceholders={text}").status == 400


def test_a_refusal_has_a_status_that_the_contract_knows(client: Any) -> None:
    known = {operation.path: operation.statuses for operation in GETS}
    assert 400 not in known["/people/{personId}"]
    assert client.ask("/people/Ada").status == 404
    assert client.ask("/phases/", "limit=501").status == 404
    assert client.ask("/project-rates/", "limit=501").status == 400


def test_unknown_keys_of_the_query_are_ignored(client: Any) -> None:
    plain = client.get("/actuals/", limit=3)
    assert (
        client.get("/actuals/", limit=3, startDate="2026-01-01", x="y")["values"] == plain["values"]
    )


def test_parameters_with_a_default_need_not_be_sent(client: Any) -> None:
    assert client.get("/clients/") == client.get("/clients/", sortBy="id", order="asc")
    assert client.get("/projects/") == client.get("/projects/", includeArchived="true")


def test_dates_and_moments() -> None:
    assert parse_date("2024-02-29") == "2024-02-29"
    assert parse_date("2026-13-01") is None
    assert parse_instant("2026-01-01T00:30:00+02:00") == "2025-12-31T22:30:00.000000"
    assert parse_instant("2026-01-01t00:30:00.5z") == "2026-01-01T00:30:00.500000"
    assert parse_instant("0001-01-01T00:00:00+12:00") == "0001-01-01T00:00:00.000000"
    assert parse_instant("2016-12-31T23:59:60Z") == "2016-12-31T23:59:59.000000"
    for text in ("2026-01-01T24:00:00Z", "2026-01-01T12:00:60Z", "2026-01-01T12:00:00+24:00"):
        assert parse_instant(text) is None
    assert instant("2026-01-01T00:00:00Z") < instant("2026-01-01T00:00:00.001Z")


# -- pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", LISTS)
def test_pages_make_up_the_whole_list(path: str, client: Any, paths: dict[str, str]) -> None:
    operation = next(o for o in GETS if o.path == path)
    whole = client.every(paths[path], limit=operation.page_limit)
    assert len(client.get(paths[path])["values"]) == min(
        len(whole), next(p.default for p in operation.parameters if p.name == "limit")
    )
    odd = max(1, min(operation.page_limit or 1, len(whole) // 5))
    pages = client.every(paths[path], limit=odd)
    assert pages == whole


@pytest.mark.parametrize("by", ["id", "createdAt", "updatedAt"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_lists_are_sorted(by: str, order: str, client: Any, company: Company) -> None:
    rows = client.every("/assignments/", sortBy=by, order=order, limit=333)
    assert {row["id"] for row in rows} == set(company.tables["assignments"])
    assert len(rows) == len(company.tables["assignments"])
    marks = [(row["id"] if by == "id" else instant(row[by]), row["id"]) for row in rows]
    assert marks == sorted(marks, reverse=order == "desc")


def test_a_cursor_fits_only_its_own_query(client: Any) -> None:
    cursor = client.get("/actuals/", limit=5)["nextCursor"]
    assert client.ask("/actuals/", {"cursor": cursor, "limit": 7}).status == 200
    wrong = [
        ("/actuals/", {"cursor": cursor, "sortBy": "updatedAt"}),
        ("/actuals/", {"cursor": cursor, "minDate": "2026-01-01"}),
        ("/assignments/", {"cursor": cursor}),
        ("/actuals/", {"cursor": cursor[:-2] + "xx"}),
        ("/actuals/", {"cursor": cursor + "="}),
        ("/actuals/", {"cursor": "\x00 gårbage"}),
        ("/actuals/", {"cursor": ""}),
    ]
    for path, query in wrong:
        answer = client.ask(path, query)
        assert (answer.status, answer.json["message"]) == (400, "Invalid cursor")


def test_rows_added_while_one_pages_do_not_shift_pages(ask_of: Any) -> None:
    client = ask_of(Demo(2, limit=None))
    first = client.get("/skills/", limit=6)
    client.demo.company.put("skills", 1, {**first["values"][0], "id": 1})
    rest = client.every("/skills/", limit=6, cursor=first["nextCursor"])
    assert len(first["values"]) + len(rest) == 13
    assert len(client.every("/skills/")) == 14


# -- filters -----------------------------------------------------------------------------------


def test_filters_by_text_are_parts_of_any_case(client: Any, company: Company) -> None:
    found = client.every("/people/", email="EXAMPLE.com")
    assert len(found) == sum(p["email"] is not None for p in company.rows("people"))
    assert [p["firstName"] for p in client.every("/people/", firstName="oë")] == ["Zoë"]
    assert [p["firstName"] for p in client.every("/people/", lastName="ÅNG")] == ["Zoë"]
    assert client.every("/clients/", name="bank")
    # A role without a name matches nothing.
    assert len(client.every("/roles/", name="designer")) == 2


def test_external_ids_are_whole(client: Any) -> None:
    person = next(p for p in client.every("/people/") if len(p["references"]) == 2)
    for reference in person["references"]:
        assert client.every("/people/", externalId=reference["externalId"]) == [person]
    assert client.every("/people/", externalId=person["references"][0]["externalId"][:-1]) == []


def test_placeholders_come_when_asked(client: Any, company: Company) -> None:
    placeholders = set(company.tables["placeholders"])
    without, with_them = (
        client.every("/people/"),
        client.every("/people/", includePlaceholders="true"),
    )
    assert {p["id"] for p in with_them} - {p["id"] for p in without} == placeholders
    assert {p["id"] for p in client.every("/placeholders/")} == placeholders
    skilled = client.every("/people/skills", includePlaceholders="true")
    assert len(skilled) > len(client.every("/people/skills"))


@pytest.mark.parametrize(
    ("path", "default"),
    [("/projects/", True), ("/reports/totals/projects/", False), ("/project-tags/", False)],
)
def test_archived_rows_by_default_or_not(path: str, default: bool, client: Any) -> None:
    rows = {text: client.every(path, includeArchived=text) for text in ("true", "false")}
    assert len(rows["true"]) > len(rows["false"])
    assert client.every(path) == rows[str(default).lower()]


def test_modified_after_is_strict(client: Any, company: Company) -> None:
    rows = sorted(company.rows("assignments"), key=lambda row: instant(row["updatedAt"]))
    stamp = rows[len(rows) // 2]["updatedAt"]
    found = client.every("/assignments/", modifiedAfter=stamp)
    assert {r["id"] for r in found} == {
        r["id"] for r in rows if instant(r["updatedAt"]) > instant(stamp)
    }
    assert client.every("/assignments/", modifiedAfter=TODAY.isoformat(), limit=500)
    assert client.every("/assignments/", modifiedAfter="2026-07-01") == []


def test_dates_of_actuals_are_inclusive(client: Any, company: Company) -> None:
    found = client.every("/actuals/", minDate="2026-03-02", maxDate="2026-03-03", limit=500)
    assert {row["date"] for row in found} == {"2026-03-02", "2026-03-03"}
    row = found[0]
    one = client.every(
        "/actuals/",
        minDate=row["date"],
        maxDate=row["date"],
        personId=row["personId"],
        projectId=row["projectId"],
        roleId=row["roleId"],
    )
    assert row in one


@pytest.mark.parametrize("path", ["/assignments/", "/time-offs/leave/"])
def test_dates_of_spans_overlap(path: str, client: Any, company: Company) -> None:
    found = client.every(path, startDate="2026-03-02", endDate="2026-03-03")
    assert {row["id"] for row in found} == {
        row["id"]
        for row in company.rows(path.strip("/"))
        if row["startDate"] <= "2026-03-03" and row["endDate"] >= "2026-03-02"
    }
    assert any(row["startDate"] < "2026-03-02" for row in found)


def test_milestones_of_a_project_begin_this_week(client: Any, company: Company) -> None:
    hidden = 0
    for project in company.tables["projects"]:
        path = f"/projects/{project}/milestones/"
        every = client.every(path, startDate="2000-01-01")
        rows = client.every(path)
        assert rows == [row for row in every if row["date"] >= "2026-06-29"]
        hidden += len(every) - len(rows)
    assert hidden
    assert len(client.every("/milestones/")) == len(company.tables["milestones"])


def test_events_come_newest_first(client: Any) -> None:
    events = client.every("/activity-log/")
    stamps = [instant(event["timestamp"]) for event in events]
    assert stamps == sorted(stamps, reverse=True)
    assert client.every("/activity-log/", orderBy="asc") == events[::-1]
    kinds = ["project_deleted", "person_deleted"]
    found = client.every("/activity-log/", eventType=kinds)
    assert {event["type"] for event in found} == set(kinds)
    assert {e["type"] for e in client.every("/activity-log/", eventType=kinds[0])} == {kinds[0]}
    assert client.ask("/activity-log/", "eventType=born").status == 400
    middle = events[len(events) // 2]["timestamp"]
    after = client.every("/activity-log/", occurredAfter=middle)
    assert after == [e for e in events if instant(e["timestamp"]) > instant(middle)]


def test_custom_fields_by_model(client: Any) -> None:
    assert {row["model"] for row in client.every("/custom-fields/text/", model="PERSON")} == {
        "PERSON"
    }
    assert client.ask("/custom-fields/text/", "model=people").status == 400


# -- records -----------------------------------------------------------------------------------


def test_what_is_not_there(client: Any, paths: dict[str, str]) -> None:
    for operation in GETS:
        if "{" not in operation.path or operation.path.startswith("/legacy-id"):
            continue
        path = operation.path
        for part in operation.path.split("/"):
            if part.startswith("{"):
                path = path.replace(part, "7")
        answer = client.ask(path)
        if 404 in operation.statuses:
            assert (answer.status, answer.json["error"]) == (404, "Not Found"), path
        elif operation.is_list:
            assert answer.json == {"values": [], "nextCursor": None}, path
        else:
            assert answer.status == 400, path


def test_a_single_person_has_more_than_the_list(client: Any, company: Company) -> None:
    row = next(
        p
        for p in client.every("/people/")
        if company.where("people/notes", "personId", p["id"])
        and company.where("people/skills", "personId", p["id"])
    )
    person = client.get(f"/people/{row['id']}")
    assert set(person) - set(row) == {"notes", "skills", "customFields"}
    assert {name: person[name] for name in row} == row
    assert person["notes"]
    assert person["skills"]
    assert set(person["customFields"]) == {"text", "select", "checkbox", "date"}
    assert any(person["customFields"].values())


def test_current_contracts(client: Any, company: Company) -> None:
    today = TODAY.isoformat()
    rows = client.every("/people/contracts/current")
    current = {row["personId"]: row for row in rows}
    assert len(current) == len(rows)
    for person in client.every("/people/"):
        answer = client.ask(f"/people/{person['id']}/contracts/current")
        if person["id"] in current:
            assert answer.json == current[person["id"]]
            assert answer.json["startDate"] <= today
        else:
            assert answer.status == 404
    assert len(current) < len(client.every("/people/"))


def test_a_record_of_another_project_is_not_there(client: Any, company: Company) -> None:
    phase = next(iter(company.rows("phases")))
    other = next(p for p in company.tables["projects"] if p != phase["projectId"])
    assert client.ask(f"/projects/{phase['projectId']}/phases/{phase['id']}").status == 200
    assert client.ask(f"/projects/{other}/phases/{phase['id']}").status == 404


def test_legacy_ids(client: Any, company: Company) -> None:
    id_ = next(iter(company.tables["projects"]))
    assert client.get(f"/legacy-id/projects/{legacy_id('projects', id_)}") == id_
    assert client.get(f"/legacy-id/accounts/{legacy_id('accounts', 5)}") == 5
    for path in (legacy_id("people", id_), legacy_id("projects", 5), "abc", "ÄÖÜ"):
        assert client.ask(f"/legacy-id/projects/{path}").status == 400
    assert client.ask("/legacy-id/planets/abcdefg").status == 400


# -- the rate limit ----------------------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _limits(answer: Any) -> tuple[str, str, str]:
    limit, remaining, reset = (
        answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset")
    )
    return limit, remaining, reset


def test_the_window_is_fixed_and_every_answer_counts(ask_of: Any, clock: Clock) -> None:
    client = ask_of(Demo(1, limit=4, window=60, clock=clock))
    assert _limits(client.ask("/me")) == ("4", "3", "60")
    clock.now += 20.5
    assert _limits(client.ask("/nope")) == ("4", "2", "40")
    assert _limits(client.ask("/me", headers={"Accept-Version": None})) == ("4", "1", "40")
    assert _limits(client.ask("/me")) == ("4", "0", "40")
    clock.now += 9.5
    answer = client.ask("/me")
    assert answer.status == 429
    assert _limits(answer) == ("4", "0", "30")
    assert answer.headers["retry-after"] == "30000"
    assert answer.json["statusCode"] == 429
    assert answer.json["error"] == "Too Many Requests"
    # Another token has its own window.
    other = ask_of(client.demo, "demo2")
    assert _limits(other.ask("/me")) == ("4", "3", "60")
    clock.now += 30
    answer = client.ask("/me")
    assert answer.status == 200
    assert _limits(answer) == ("4", "3", "60")
    assert "retry-after" not in answer.headers


def test_the_documented_limit_is_the_default(ask_of: Any, clock: Clock) -> None:
    client = ask_of(Demo(1, clock=clock))
    assert [client.ask("/me").status for _ in range(121)] == [200] * 120 + [429]


def test_without_a_limit_there_are_no_headers(client: Any) -> None:
    assert not [name for name in client.ask("/me").headers if name.startswith("x-ratelimit")]


def test_the_log_counts_requests_and_never_tells_the_token(ask_of: Any, clock: Clock) -> None:
    demo = Demo(1, clock=clock)
    client = ask_of(demo, "demo-secret")
    client.ask("/people", "limit=1")
    client.ask("/nope")
    assert [tuple(one) for one in demo.log] == [
        ("GET", "/people", "limit=1", 200, 1_000.0),
        ("GET", "/nope", "", 404, 1_000.0),
    ]
    assert "secret" not in repr(vars(demo))


# -- over a socket -----------------------------------------------------------------------------


def test_over_a_socket(demo: Demo) -> None:
    server = serve(demo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        base = f"http://127.0.0.1:{server.server_port}"
        with requests.Session() as session:
            session.headers.update({"Authorization": "Bearer demo", "Accept-Version": "1.0.0"})
            answer = session.get(f"{base}/people", params={"firstName": "Zoë"}, timeout=5)
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            assert answer.json()["values"][0]["lastName"] == "Ångström"
            assert "Ångström".encode() in answer.content
            assert session.put(f"{base}/people", json={}, timeout=5).status_code == 405
            assert session.post(f"{base}/people", json={}, timeout=5).status_code == 400
            assert session.head(f"{base}/me", timeout=5).content == b""
            # All of it on one connection.
            adapter: Any = session.adapters["http://"]
            pools = adapter.poolmanager.pools
            [pool] = [pools[key] for key in pools.keys()]  # noqa: SIM118 (no mapping, its own kind)
            assert (pool.num_connections, pool.num_requests) == (1, 4)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Line:
    """A connection of one's own, for requests that no client would send."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=5)

    def ask(self, head: str, body: bytes = b"", method: str = "POST", path: str = "/people") -> str:
        """The status line and what follows, until the answer ends or the connection does."""
        lines = [f"{method} {path} HTTP/1.1", *head.splitlines(), "", ""]
        self.sock.sendall("\r\n".join(lines).encode() + body)
        with self.sock.makefile("rb") as answer:
            status = answer.readline().decode()
            headers = {}
            while line := answer.readline().decode().strip():
                name, _, headers[name.lower()] = line.partition(": ")
            text = answer.read(int(headers.get("content-length", 0))).decode()
        return f"{status.split()[1]} {headers.get('connection', 'keep-alive')} {text}"


@pytest.fixture
def line(capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], Line]]:
    lines: list[Line] = []
    with served(Demo(limit=None)) as url:

        def connect() -> Line:
            lines.append(Line(int(url.rpartition(":")[2])))
            return lines[-1]

        yield connect
        for one in lines:
            one.sock.close()
    # Nothing that a caller sends ends in a traceback.
    assert capfd.readouterr().err == ""


GOOD = "Host: 127.0.0.1\nAuthorization: Bearer demo\nAccept-Version: 1.0.0\n"
BAD = "Host: 127.0.0.1\nAuthorization: Bearer someone\nAccept-Version: 1.0.0\n"
BODY = "Content-Type: application/json\nContent-Length: "


@pytest.mark.parametrize("length", [2, 600_000_000])
def test_who_may_not_ask_is_told_before_the_body_is_read(
    line: Callable[[], Line], length: int
) -> None:
    began = time.monotonic()
    assert line().ask(f"{BAD}{BODY}{length}").startswith('401 close {"error":"Unauthorized"')
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (str(1024 * 1024 + 1), 413),
        ("600000000", 413),
        (str(10**20), 413),
        ("9" * 5000, 413),
        ("1e20", 400),
        ("-1", 400),
        ("+5", 400),
        ("\u0665", 400),
        ("5, 6", 400),
        ("5\nContent-Length: 6", 400),
    ],
)
def test_a_length_that_cannot_be(line: Callable[[], Line], length: str, status: int) -> None:
    answer = line().ask(f"{GOOD}{BODY}{length}")
    assert answer.startswith(f"{status} close ")
    assert json.loads(answer.split(" ", 2)[2])["statusCode"] == status


def test_a_length_that_cannot_be_without_a_socket(client: Any) -> None:
    for length, status in (("1e20", 400), (str(10**20), 413)):
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/people",
            "HTTP_AUTHORIZATION": "Bearer demo",
            "HTTP_ACCEPT_VERSION": "1.0.0",
            "CONTENT_LENGTH": length,
            "wsgi.input": None,
        }
        told: list[str] = []
        client.demo(environ, lambda line, headers, told=told: told.append(line))
        assert told[0].startswith(str(status))


def test_a_caller_that_goes_on_sending_reads_the_answer(line: Callable[[], Line]) -> None:
    one = line()
    assert one.ask(f"{GOOD}{BODY}{30_000_000}", b" " * 10_000_000).startswith("413 close")


def test_the_connection_goes_on_after_a_body_that_was_read(line: Callable[[], Line]) -> None:
    one = line()
    for _ in range(2):
        assert one.ask(f"{GOOD}{BODY}2", b"{}").startswith("400 keep-alive")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8080", 200),
        ("localhost:1", 200),
        ("LOCALHOST", 200),
        ("[::1]:99", 200),
        ("evil.example", 403),
        ("evil.example:8080", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example", 403),
        ("evil.example@127.0.0.1:x", 403),
        ("10.0.0.1", 403),
        ("[::", 403),
        ("", 403),
        ("127.0.0.1\nHost: evil.example", 403),
    ],
)
def test_only_this_machine_is_served_on_loopback(
    line: Callable[[], Line], host: str, status: int
) -> None:
    head = f"Host: {host}\nAuthorization: Bearer demo\nAccept-Version: 1.0.0"
    assert line().ask(head, method="GET", path="/me").startswith(f"{status} ")


@pytest.mark.parametrize("path", ["http://[bad/people", "//[bad"])
def test_an_address_that_cannot_be(line: Callable[[], Line], path: str) -> None:
    assert line().ask(GOOD, method="GET", path=path)[:3] in ("400", "404")


def test_callers_that_go_in_the_middle(line: Callable[[], Line]) -> None:
    for _ in range(3):
        one = line()
        one.sock.sendall(f"POST /people HTTP/1.1\r\n{BODY}500\r\n\r\n".encode())
        one.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.sock.close()
    assert line().ask(GOOD, method="GET", path="/me").startswith("200")


def test_many_threads_ask_at_once(ask_of: Any) -> None:
    client = ask_of(Demo(2, limit=None))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: client.every("/actuals/", limit=100 + n), range(24)))
    assert all(rows == answers[0] for rows in answers)
    assert {request.status for request in client.demo.log} == {200}


def test_the_demo_needs_the_standard_library_only() -> None:
    ours = {f"runn_pandas.{name}" for name in ("catalog", "errors", "forks")}
    allowed = {*sys.stdlib_module_names, *ours}
    folder = Path(runn_pandas.demo.__file__).parent
    for file in folder.rglob("*.py"):
        if file.name == "adapter.py":
            continue  # What requests needs, loaded only with it.
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [name.name for name in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            for name in names:
                own = name == "runn_pandas.demo" or name.startswith("runn_pandas.demo.")
                assert own or name in allowed or name.split(".")[0] in allowed, (file, name)
