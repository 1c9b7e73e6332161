"""Faults over real sockets: the whole answer or the right error, within a bounded time."""

from __future__ import annotations

import gzip
import io
import json
import logging
import random
import re
import socket
import threading
import time
import traceback
import tracemalloc
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from urllib3.response import HTTPResponse

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.errors import (
    AccessError,
    AuthError,
    ConfigError,
    ConflictError,
    FrameError,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    ResponseError,
    RunnError,
    ServerError,
    TransportError,
    ValidationError,
)
from runn_pandas.transport import responses
from runn_pandas.transport.redaction import without_token
from runn_pandas.transport.session import Session
from tests.support.clock import Clock
from tests.support.server import (
    TOKEN,
    Request,
    Server,
    answer,
    drip,
    hang_up,
    refusal,
    reset,
    silence,
    then,
)

Start = Callable[..., Server]
Connect = Callable[..., Session]
GOOD = {"values": [{"id": 1}], "nextCursor": None}
CUT_GZIP = gzip.compress(json.dumps({"values": list(range(9999))}).encode())[:-900]
HTML = answer(502, b"<html><script>bad()</script></html>", kind="text/html")


def get(session: Session) -> object:
    return session.request("GET", "/people/", {"limit": 200}).json()


# -- what is sent


def test_what_a_request_carries(start: Start, connect: Connect) -> None:
    server = start(answer(body=GOOD))
    assert get(connect(server.url)) == GOOD
    (sent,) = server.requests
    assert (sent.method, sent.target) == ("GET", "/people/?limit=200")
    assert sent.headers["authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["accept-version"] == "1.0.0"
    assert sent.headers["user-agent"].startswith("runn-pandas/")
    assert "content-type" not in sent.headers


def test_content_type_only_with_a_body(start: Start, connect: Connect) -> None:
    server = start(answer(204, kind=None))
    session = connect(server.url)
    session.request("DELETE", "people/3")
    session.request("POST", "people/3/skills")
    session.request("PATCH", "people/3", json={"email": None})
    bare, empty, full = server.requests
    assert "content-type" not in bare.headers | empty.headers
    assert full.headers["content-type"] == "application/json"
    assert json.loads(full.body) == {"email": None}


def test_netrc_does_not_win(
    start: Start, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login u password p\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = start()
    get(connect(server.url))
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_proxy_of_the_environment_carries_https(
    start: Start, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = start(refusal(403, "no tunnel", Connection="close"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    with pytest.raises(TransportError, match=r"could not connect to api\.runn\.io") as caught:
        get(connect("https://api.runn.io"))
    assert not caught.value.sent
    assert {(asked.method, asked.target) for asked in proxy.requests} == {
        ("CONNECT", "api.runn.io:443")
    }
    assert not any("authorization" in asked.headers for asked in proxy.requests)
    # The token goes to this machine unencrypted, so not by way of another one.
    count = len(proxy.requests)
    assert get(connect(start(answer(body=GOOD)).url)) == GOOD
    assert len(proxy.requests) == count


def test_cookies_are_not_kept(start: Start, connect: Connect) -> None:
    server = start(answer(Set_Cookie="__cf_bm=1; path=/"))
    session = connect(server.url)
    get(session), get(session)
    assert "cookie" not in server.requests[1].headers


def test_a_body_that_is_not_json_is_not_sent(start: Start, connect: Connect) -> None:
    server = start()
    with pytest.raises(FrameError, match="NaN"):
        connect(server.url).request("POST", "people", json={"cost": float("nan")})
    assert server.requests == []


def test_an_answer_made_in_process(clock: Clock) -> None:
    class InProcess(HTTPAdapter):
        def send(self, request, *args, **options):  # type: ignore[no-untyped-def]
            headers = {"Content-Type": "application/json"}
            body = io.BytesIO(json.dumps(GOOD).encode())
            raw = HTTPResponse(body, headers, status=200, preload_content=False)
            return self.build_response(request, raw)

    with Session("https://demo.invalid", TOKEN, adapter=InProcess(), clock=clock) as session:
        assert get(session) == GOOD


def test_a_mistake_in_process_is_not_hidden(clock: Clock) -> None:
    class Wrong(HTTPAdapter):
        def send(self, request, *args, **options):  # type: ignore[no-untyped-def]
            raise ValueError("a mistake of the demo")

    with (
        Session("https://demo.invalid", TOKEN, adapter=Wrong(), clock=clock) as session,
        pytest.raises(ValueError, match="a mistake of the demo"),
    ):
        get(session)


# -- answers that end well


@pytest.mark.parametrize(
    "fault",
    [
        refusal(500, "oops"),
        HTML,
        refusal(503, "busy"),
        refusal(504, "late"),
        reset,
        hang_up,
        then(answer(length=50, body=b"")[:20], reset),
        then(answer(length=5000, body=b'{"values": ['), reset),
        then(answer(length=5000, body=b'{"values": ['), hang_up),
        then(
            answer(kind="application/json", length=0)[:-4].replace(
                b"Content-Length: 0", b"Transfer-Encoding: chunked"
            )
            + b'\r\n\r\n5\r\n{"val\r\n',
            hang_up,
        ),
        then(
            answer(Content_Encoding="gzip", body=b"this is not gzip", Connection="close"), hang_up
        ),
        then(
            answer(Content_Encoding="gzip", body=gzip.compress(b"{}" * 900)[:20], length=900),
            hang_up,
        ),
        then(answer(Content_Encoding="gzip", body=CUT_GZIP, Connection="close"), hang_up),
        then(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"values": [', hang_up),
        then(b"HTTP/1.1 what is this\r\n\r\n", hang_up),
        then(b"\x00\xff\x00\xff" * 9, hang_up),
    ],
)
@pytest.mark.parametrize("times", [1, 3])
def test_a_fault_that_passes(
    start: Start, connect: Connect, clock: Clock, fault: object, times: int
) -> None:
    server = start(*[fault] * times, answer(body=GOOD))
    assert get(connect(server.url)) == GOOD
    assert len(server.requests) == times + 1
    assert sum(clock.slept) < 60


@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("chunked", [True, False])
def test_gzip_and_chunks(start: Start, connect: Connect, encoded: bool, chunked: bool) -> None:
    rows = {"values": [{"id": n, "name": "x" * 90} for n in range(3000)], "nextCursor": None}
    body = json.dumps(rows).encode()
    if encoded:
        body = gzip.compress(body)
    extra = {"Content_Encoding": "gzip"} if encoded else {}
    data = answer(body=body, **extra)
    if chunked:
        head, _, _ = data.partition(b"\r\n\r\n")
        head = head.replace(b"Content-Length: %d" % len(body), b"Transfer-Encoding: chunked")
        parts = [body[i : i + 1000] for i in range(0, len(body), 1000)]
        data = head + b"\r\n\r\n" + b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in parts)
        data += b"0\r\n\r\n"
    server = start(data)
    session = connect(server.url)
    assert get(session) == rows
    assert get(session) == rows


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"retry-after": "30000", "x-ratelimit-reset": "30"}, 30),
        ({"retry-after": "30", "x-ratelimit-reset": "30"}, 30),
        ({"retry-after": "2500.5"}, 2.5),
        ({"x-ratelimit-reset": "7"}, 7),
        ({}, 1),
        ({"retry-after": "99999999999"}, 61),
        ({"retry-after": "99999999999999999999"}, 61),
        ({"retry-after": "Thu, 26 Nov 2020 10:00:00 GMT"}, 1),  # over
        ({"retry-after": "tomorrow"}, 1),
    ],
)
def test_429(
    start: Start, connect: Connect, clock: Clock, headers: dict[str, str], waited: float
) -> None:
    server = start(refusal(429, "Rate limit exceeded", **headers), answer(body=GOOD))
    began = clock()
    assert get(connect(server.url)) == GOOD
    assert waited <= clock() - began <= waited * 1.5 + 0.5
    assert len(server.requests) == 2


def test_a_wait_takes_no_random_number_of_the_user(start: Start, clock: Clock) -> None:
    """Two runs of a notebook after `random.seed` draw the same, whatever the network did."""
    server = start(refusal(503, "busy"), answer(body=GOOD))
    before = random.getstate()
    with Session(server.url, TOKEN, clock=clock, sleep=clock.sleep) as session:
        assert get(session) == GOOD
    assert len(server.requests) == 2
    assert clock.slept
    assert random.getstate() == before


def test_429_for_ever(start: Start, connect: Connect, clock: Clock) -> None:
    server = start(refusal(429, "Rate limit exceeded", retry_after="1000"))
    began = clock()
    with pytest.raises(RateLimitError):
        get(connect(server.url))
    assert 120 <= clock() - began <= 400
    assert len(server.requests) <= 12


# -- answers that end in an error


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ValidationError),
        (401, AuthError),
        (402, AccessError),
        (403, AccessError),
        (404, NotFoundError),
        (409, ConflictError),
        (410, NotFoundError),
        (418, ResponseError),
        (422, ValidationError),
    ],
)
def test_an_error_status_is_asked_once(
    start: Start, connect: Connect, status: int, kind: type[ResponseError]
) -> None:
    server = start(refusal(status, f"no\n good {TOKEN} " + "x" * 5000))
    with pytest.raises(kind) as caught:
        get(connect(server.url))
    error = caught.value
    assert (error.status, error.method, error.path) == (status, "GET", "/people/")
    assert error.server_message.startswith("no good <token> x")
    assert len(error.server_message) <= 300
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [refusal(500, "oops"), HTML, answer(503, b"", kind=None)])
def test_a_server_error_that_stays(start: Start, connect: Connect, fault: bytes) -> None:
    server = start(fault)
    with pytest.raises(ServerError) as caught:
        get(connect(server.url))
    assert "<" not in str(caught.value)
    assert len(server.requests) == 5


@pytest.mark.parametrize("fault", [reset, hang_up, then(answer(length=90, body=b"{"), hang_up)])
def test_a_cut_that_stays(start: Start, connect: Connect, fault: object) -> None:
    server = start(fault)
    with pytest.raises(TransportError, match="GET /people/: the connection to 127") as caught:
        get(connect(server.url))
    assert caught.value.sent
    assert len(server.requests) == 5


@pytest.mark.parametrize("fault", [silence(1.5), then(answer(length=9, body=b"{"), silence(1.5))])
def test_silence(start: Start, connect: Connect, fault: object) -> None:
    server = start(fault)
    began = time.monotonic()
    with pytest.raises(TransportError, match=r"timeout=0\.1"):
        get(connect(server.url, timeout=0.1))
    assert time.monotonic() - began < 5


def test_a_body_that_drips_without_end(start: Start, connect: Connect) -> None:
    server = start(drip(0.01))
    began = time.monotonic()
    with pytest.raises(TransportError, match=r"timeout=0\.05"):
        get(connect(server.url, timeout=0.05))
    assert time.monotonic() - began < 8


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"HTTP/1.1 200 ", b"O"),
        (HEAD + b"X-Slow: ", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"x"),
    ],
    ids=["the status line", "a header", "continue", "the length of a chunk", "a trailer"],
)
def test_what_drips_without_end_before_or_between_bodies(
    start: Start, connect: Connect, begin: bytes, again: bytes
) -> None:
    def drips(sock: socket.socket, request: object) -> None:
        sock.sendall(begin)
        while True:
            time.sleep(0.01)
            sock.sendall(again)

    server = start(drips)
    began = time.monotonic()
    with pytest.raises(TransportError, match=r"did not answer wholly .*timeout=0\.05"):
        get(connect(server.url, timeout=0.05))
    assert time.monotonic() - began < 8


def test_a_proxy_that_drips_without_end(
    start: Start, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drips(sock: socket.socket, request: object) -> None:
        sock.sendall(b"HTTP/1.1 200 Connection established\r\nX-Slow: ")
        while True:
            time.sleep(0.01)
            sock.sendall(b"x")

    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, start(drips).url)
    began = time.monotonic()
    with pytest.raises(TransportError):
        get(connect("https://api.runn.io", timeout=0.05))
    assert time.monotonic() - began < 8


def test_a_slow_answer_has_time_and_leaves_a_good_connection(
    start: Start, connect: Connect
) -> None:
    body = json.dumps(GOOD).encode()

    def slowly(sock: socket.socket, request: Request) -> None:
        for byte in answer(body=body):
            sock.sendall(bytes([byte]))
            time.sleep(0.001)
        again = sock.recv(65536)
        assert again.startswith(b"GET")
        time.sleep(0.3)
        sock.sendall(answer(body=body, Connection="close"))

    server = start(slowly)
    session = connect(server.url, timeout=0.5)
    assert get(session) == GOOD
    # The time that was left for the first answer is not that of the second.
    assert get(session) == GOOD
    assert len(server.requests) == 1


@pytest.mark.parametrize("encodings", ["gzip", "gzip, gzip"])
@pytest.mark.parametrize("status", [200, 500])
def test_a_small_body_that_unpacks_into_a_huge_one(
    start: Start,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    encodings: str,
    status: int,
) -> None:
    monkeypatch.setattr(responses, "LARGEST", 4 << 20)
    packed = gzip.compress(b" " * (200 << 20), 1)
    if "," in encodings:
        packed = gzip.compress(packed)
    server = start(answer(status, packed, Content_Encoding=encodings))
    session = connect(server.url, timeout=20)
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="GET /people/ was answered with more than 4 MB"):
            get(session)
        assert tracemalloc.get_traced_memory()[1] < 40 << 20
    finally:
        tracemalloc.stop()
    assert len(server.requests) == 1


def test_a_body_of_many_rows_is_no_huge_one(start: Start, connect: Connect) -> None:
    rows = {"values": ["x" * 1000] * 20_000, "nextCursor": None}
    assert get(connect(start(answer(body=rows)).url, timeout=20)) == rows


def test_nobody_listens(connect: Connect) -> None:
    with pytest.raises(
        TransportError, match=r"could not connect to 127\.0\.0\.1 .*refused"
    ) as caught:
        get(connect("http://127.0.0.1:9"))
    assert not caught.value.sent


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "place", ["http://localhost:{port}/people", "//evil.example/", "http://[bad"]
)
def test_a_redirect_is_not_followed(
    start: Start, connect: Connect, status: int, place: str
) -> None:
    other = start()
    place = place.format(port=other.url.rpartition(":")[2])
    server = start(answer(status, Location=place))
    with pytest.raises(ProtocolError, match="base_url"):
        get(connect(server.url))
    assert (len(server.requests), len(other.requests)) == (1, 0)


def test_a_login_page_is_not_an_answer(start: Start, connect: Connect) -> None:
    server = start(answer(200, b"<html>Sign in</html>", kind="text/html; charset=utf-8"))
    with pytest.raises(ProtocolError, match=r"text/html instead of JSON.*base_url"):
        get(connect(server.url))


# -- writes


@pytest.mark.parametrize(
    "fault", [reset, hang_up, then(answer(length=90, body=b"{"), hang_up), silence(1.5)]
)
def test_a_lost_post_is_not_repeated(start: Start, connect: Connect, fault: object) -> None:
    server = start(fault, answer())
    with pytest.raises(TransportError) as caught:
        connect(server.url, timeout=0.3).request("POST", "assignments", json={"personId": 1})
    assert caught.value.sent
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [refusal(500, "oops"), HTML, refusal(503, ""), refusal(504, "")])
def test_a_post_answered_with_5xx_is_not_repeated(
    start: Start, connect: Connect, fault: bytes
) -> None:
    server = start(fault, answer())
    with pytest.raises(ServerError):
        connect(server.url).request("POST", "people/", json={})
    assert len(server.requests) == 1


def test_a_refused_post_is_sent_again(start: Start, connect: Connect) -> None:
    server = start(refusal(429, "Rate limit exceeded"), answer(201, {"id": 1}))
    assert connect(server.url).request("POST", "people/", json={}).json() == {"id": 1}


def test_a_safe_post_is_sent_again(start: Start, connect: Connect) -> None:
    server = start(reset, refusal(502, ""), answer(201, {"id": 1}))
    assert connect(server.url).request("POST", "actuals/", json={}).status_code == 201
    server = start(reset, answer(201, {"id": 1}))
    with pytest.raises(TransportError):
        connect(server.url).request("POST", "actuals/", json={}, repeatable=False)


def test_a_deletion_whose_answer_was_lost(start: Start, connect: Connect) -> None:
    server = start(reset, refusal(404, "not found"))
    assert connect(server.url).request("DELETE", "people/3").status_code == 204
    server = start(refusal(404, "not found"))
    with pytest.raises(NotFoundError):
        connect(server.url).request("DELETE", "people/3")


# -- secrets


def test_the_token_is_in_no_error_and_no_log(
    start: Start, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts = []
    for fault in (
        refusal(500, f"you sent {TOKEN}"),
        refusal(400, f"you sent {TOKEN}"),
        answer(302, Location=f"http://{TOKEN}.example/"),
        answer(kind=f"text/{TOKEN}", body=b"x"),
        reset,
        then(f"HTTP/1.1 {TOKEN}\r\n\r\n".encode(), hang_up),
    ):
        with pytest.raises(RunnError) as caught:
            get(connect(start(fault).url))
        error: BaseException | None = caught.value
        assert error is not None
        texts += [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
        # What requests raised holds the request with its headers.
        assert error.__context__ is None
        assert error.__cause__ is None
    assert TOKEN.lower() not in "".join([*texts, caplog.text]).lower()


def _locals_of(error: BaseException) -> str:
    """What a traceback with local variables shows of all frames that are not the test's own."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in shown.stack if frame.filename != __file__]
    assert frames
    return "\n".join(f"{name} = {value}" for one in frames for name, value in one.locals.items())


@pytest.mark.parametrize(
    "fault",
    [
        refusal(401, "who are you"),
        refusal(400, f"you sent {TOKEN}", X_Echo=f"Bearer {TOKEN}"),
        answer(302, Location=f"http://{TOKEN}.example/"),
        answer(kind="text/html", body=b"x"),
        reset,
        silence(0.5),
    ],
    ids=["401", "echoed", "redirected", "html", "reset", "silent"],
)
def test_a_traceback_with_locals_shows_no_token(start: Start, clock: Clock, fault: object) -> None:
    account = Account(start(fault).url, TOKEN, timeout=0.1)
    account.session._sleep = clock.sleep
    with pytest.raises(RunnError) as caught:
        rp.read_runn("people", account=account, max_age=0)
    shown = _locals_of(caught.value)
    assert "prepared = " in shown
    assert TOKEN.lower() not in shown.lower()


def test_ctrl_c_in_the_middle_of_a_request_shows_no_token(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = socket.SocketIO.readinto

    def interrupted(stream: socket.SocketIO, buffer: bytearray) -> int | None:
        if threading.current_thread() is not threading.main_thread():
            return waits(stream, buffer)
        raise KeyboardInterrupt

    account = Account(start().url, TOKEN)
    monkeypatch.setattr(socket.SocketIO, "readinto", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        rp.read_runn("people", account=account, max_age=0)
    shown = _locals_of(caught.value)
    assert "headers = " in shown  # those of urllib3's frames
    assert TOKEN not in shown


@pytest.mark.parametrize(
    ("token", "options"),
    [
        (TOKEN, {"timeout": -1}),
        (TOKEN, {"region": "mars"}),
        (TOKEN, {"base_url": "http://elsewhere.example"}),
        (TOKEN, {"base_url": "https://user:word@api.runn.io"}),
        (TOKEN, {"max_age": "soon"}),
        (f"{TOKEN}\nx", {}),
        (f"{TOKEN}\u20ac", {}),
        (TOKEN.encode(), {}),
        ([TOKEN], {}),
    ],
)
@pytest.mark.parametrize("given", ["argument", "environment"])
def test_connect_that_fails_shows_no_token(
    token: Any, options: dict[str, Any], given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given == "environment":
        if not isinstance(token, str):
            pytest.skip("the environment has texts only")
        monkeypatch.setenv("RUNN_API_TOKEN", token)
    with pytest.raises(ConfigError) as caught:
        rp.connect(*[token] if given == "argument" else [], **options)
    assert TOKEN not in _locals_of(caught.value) + str(caught.value)


def _json_escaped(text: str) -> str:
    return "".join(f"\\u{ord(letter):04X}" for letter in text)


ECHOES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "json": _json_escaped,
    "json in json": lambda text: _json_escaped(text).replace("\\", "\\\\"),
    "json, some letters": lambda text: _json_escaped(text[:5]) + text[5:].replace("/", "\\/"),
    "url": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "url, some letters": lambda text: quote(text, safe=""),
    "url, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "html": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 of a user and a token": lambda text: b64encode(f"u:{text}".encode()).decode(),
    "base64 of a header": lambda text: b64encode(f"Bearer {text}\r\n".encode()).decode(),
    "base64 for a url": lambda text: urlsafe_b64encode(f"t={text}".encode()).decode(),
}


@pytest.mark.parametrize("way", ECHOES)
@pytest.mark.parametrize("token", [TOKEN, 'LIVE_a/b+c==&"\\.9?>~', "TEST_\xe9\xff-\xb5"])
@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
def test_an_echoed_token_is_taken_out_however_it_is_written(
    way: str, token: str, as_json: bool
) -> None:
    echo = ECHOES[way](token)
    said = f"You sent [{echo}] to us"
    response = requests.Response()
    response._content = (json.dumps({"message": said}) if as_json else said).encode()
    told = responses.server_message(response, token)
    # Of what is packed together with it, the beginning may be left, and no letter of its own.
    before = re.fullmatch(r"You sent \[(\w*)<token>\] to us", told)
    assert before, told
    assert len(before[1]) <= len(b64encode(b"Bearer "))


def test_no_text_takes_long_to_look_through() -> None:
    began = time.monotonic()
    for text in ("\\" * 50_000, "%25" * 30_000, TOKEN[:9] * 9_000, "&#0" * 30_000):
        assert without_token(text, TOKEN) == text
    assert time.monotonic() - began < 5


def test_an_odd_token_is_never_shown_by_requests(start: Start, connect: Connect) -> None:
    with pytest.raises(RunnError) as caught:
        connect(start().url, token="TEST_a\nb")
    assert "TEST_a" not in str(caught.value)


# -- anything at all


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail, st.binary(max_size=200)),
        st.builds(
            lambda status, headers, body: (
                b"HTTP/1.1 %d X\r\n" % status
                + b"".join(b"%b: %b\r\n" % pair for pair in headers)
                + b"\r\n"
                + body
            ),
            st.integers(0, 1200),
            st.lists(
                st.tuples(
                    st.sampled_from(
                        b"Content-Length Transfer-Encoding Content-Encoding Location Content-Type"
                        b" x-ratelimit-reset x-ratelimit-remaining x-ratelimit-limit retry-after"
                        b" Connection".split()
                    ),
                    st.one_of(
                        st.sampled_from(
                            [b"chunked", b"gzip", b"0", b"5", b"-1", b"//[", b"deflate"]
                        ),
                        st.binary(max_size=8),
                    ),
                ),
                max_size=5,
            ),
            st.binary(max_size=60),
        ),
    )
)
def test_random_answers(start: Start, clock: Clock, data: bytes) -> None:
    # Of two lengths, urllib3 leaves the socket to the garbage collector, which warns of it.
    assume(data.count(b"Content-Length") < 2)
    server = start(then(data, hang_up))
    with Session(
        server.url, TOKEN, timeout=1.0, clock=clock, sleep=clock.sleep, random=lambda: 0.5
    ) as session:
        try:
            response = session.request("GET", "people")
        except RunnError:
            pass
        else:
            assert isinstance(response, requests.Response)
            assert 200 <= response.status_code < 300
