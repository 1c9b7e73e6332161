"""The Runn API over the demo company, as a WSGI application."""

from __future__ import annotations

import json
import math
import re
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from runn_pandas.catalog import Operation, load
from runn_pandas.demo.company import SEED, build
from runn_pandas.demo.paging import BadCursor, Listing, page_of
from runn_pandas.demo.parameters import read_parameters
from runn_pandas.demo.refusals import PHRASES, Refusal, refused
from runn_pandas.demo.request_bodies import check_body, parse_body
from runn_pandas.demo.routes import READS, WRITES, RoutedRequest, WriteRequest
from runn_pandas.demo.routes.paths import path_tree
from runn_pandas.demo.wsgi import environ_of
from runn_pandas.forks import Lock

__all__ = ["Demo", "Request", "serve"]

VERSION = "1.0.0"
LARGEST = 1024 * 1024  # bytes of a body, as Fastify takes them
IDLE = 2.0  # seconds for the rest of a body that is not looked at
_TOKEN = re.compile(r"(TEST_|LIVE_)?demo[\w-]*", re.ASCII)
_PORT = re.compile(r":[0-9]*$")
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_NOT_FILTERS = frozenset({"cursor", "limit", "sortBy", "order", "orderBy", "includePlaceholders"})


class Request(NamedTuple):
    """What the demo remembers of a request; never who sent it."""

    method: str
    path: str
    query: str
    status: int
    time: float


class Demo:
    """The demo account behind a WSGI application.

    Parameters
    ----------
    people
        How many people the company has.
    seed
        What its chance begins with.
    limit
        Requests a token may make in a window; None switches the rate limit off.
    window
        Length of the rate limit's window, in seconds.
    clock
        Returns the time in seconds; tests pass their own.
    before, after
        For tests of what lies between: called with each request, with status 0 before it is
        carried out, and with its status after that and before the answer is sent. Whoever raises
        in ``after``, or ends the process, loses the answer of a request that was carried out.

    Attributes
    ----------
    company : Company
        What is served.
    log : list of Request
        Every request so far, the refused ones too.

    Notes
    -----
    Every token of one demo sees the same company. A token that ends in ``-read`` may not write.
    """

    def __init__(
        self,
        people: int = 40,
        *,
        seed: int = SEED,
        limit: int | None = 120,
        window: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        before: Callable[[Request], object] | None = None,
        after: Callable[[Request], object] | None = None,
    ) -> None:
        self.company = build(people, seed)
        self.log: list[Request] = []
        self.before, self.after = before, after
        self._limit = limit
        self._window = window
        self._clock = clock
        self._spent: dict[bytes, tuple[float, int]] = {}
        self._lock = Lock()
        self._paths = path_tree(load().operations)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request."""
        sent = _Sent.of(environ)
        headers: list[tuple[str, str]] = []
        if self.before:
            self.before(Request(*sent[:3], 0, self._clock()))
        with self._lock:
            try:
                self._throttle(sent.token, headers)
                status, answer = self._answer(sent, headers)
            except Refusal as refusal:
                status, answer = refusal.status, refusal.body
            done = Request(*sent[:3], status, self._clock())
            self.log.append(done)
            # Rows may change once the lock is gone.
            body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        if self.after:
            self.after(done)
        if answer is None:
            body = b""
        else:
            headers.append(("content-type", "application/json; charset=utf-8"))
        if status != 204:
            headers.append(("content-length", str(len(body))))
        start_response(f"{status} {PHRASES[status]}", headers)
        return [] if sent.method == "HEAD" else [body]

    def _throttle(self, token: str, headers: list[tuple[str, str]]) -> None:
        """Count the request against its token's window, which begins with its first request."""
        if self._limit is None:
            return
        who, now = sha256(token.encode()).digest(), self._clock()
        began, count = self._spent.get(who, (now, 0))
        if now - began >= self._window:
            began, count = now, 0
        count += 1
        self._spent[who] = (began, count)
        left = began + self._window - now
        headers.append(("x-ratelimit-limit", str(self._limit)))
        headers.append(("x-ratelimit-remaining", str(max(0, self._limit - count))))
        headers.append(("x-ratelimit-reset", str(math.ceil(left))))
        if count > self._limit:
            # Milliseconds, as Runn documents it.
            headers.append(("retry-after", str(math.ceil(left * 1000))))
            raise Refusal(429, f"Rate limit exceeded, retry in {math.ceil(left)} seconds")

    def _answer(self, sent: _Sent, headers: list[tuple[str, str]]) -> tuple[int, Any]:
        operation, places = self._route(sent, headers)
        _check_caller(operation, sent)
        if isinstance(sent.raw, Refusal):
            raise sent.raw
        is_read = operation.method == "GET"
        # A GET has no body, whatever is sent with it.
        sent_body = None if is_read else parse_body(sent.content_type, sent.raw)
        query = parse_qsl(sent.query, keep_blank_values=True, errors="replace")
        values = read_parameters(operation, places, query)
        if 422 in operation.statuses and sent.token.startswith("TEST_"):
            raise Refusal(422, "Test accounts are not supported")
        if is_read:
            read = RoutedRequest(self.company, operation, values)
            answer = READS["GET", operation.path](read)
            return 200, _page(read, answer) if isinstance(answer, Listing) else answer
        body = check_body(operation, sent_body)
        write = WriteRequest(self.company, operation, values, body, sent_body)
        with self.company.change():
            answer = WRITES[operation.method, operation.path](write)
        return min(operation.statuses), answer

    def _route(
        self, sent: _Sent, headers: list[tuple[str, str]]
    ) -> tuple[Operation, dict[str, str]]:
        """Return the operation of a request, and what stands in the open places of its path."""
        found = self._paths.find(sent.path.strip("/").split("/"))
        if found is None:
            raise Refusal(404, f"Route {sent.method}:{sent.path} not found")
        operations, values = found
        operation = operations.get("GET" if sent.method == "HEAD" else sent.method)
        if operation is None:
            headers.append(("allow", ", ".join(sorted({*operations, "HEAD"}))))
            raise Refusal(405, f"Method {sent.method} is not allowed for {sent.path}")
        names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
        return operation, dict(zip(names, values, strict=True))


class _Sent(NamedTuple):
    """What a caller sent."""

    method: str
    path: str
    query: str
    token: str
    version: str | None
    content_type: str
    raw: bytes | Refusal  # or why the body was not read

    @classmethod
    def of(cls, environ: dict[str, Any]) -> _Sent:
        """Read a request out of its WSGI environment; its body only for who may ask."""
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace"),
            query=environ.get("QUERY_STRING", ""),
            token=token,
            version=environ.get("HTTP_ACCEPT_VERSION"),
            content_type=environ.get("CONTENT_TYPE", ""),
            raw=_body(environ) if _TOKEN.fullmatch(token) else b"",
        )


def _body(environ: dict[str, Any]) -> bytes | Refusal:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not _DIGITS.fullmatch(length):
        return Refusal(400, "Content-Length must be a number")
    if len(length) > 9 or int(length) > LARGEST:
        return Refusal(413, "Request body is too large", "FST_ERR_CTP_BODY_TOO_LARGE")
    body: bytes = environ["wsgi.input"].read(int(length))
    return body


def _check_caller(operation: Operation, sent: _Sent) -> None:
    """Refuse who may not ask for this, or asks another version of the API."""
    if not _TOKEN.fullmatch(sent.token):
        raise Refusal(401, "Unauthorized")
    if operation.method != "GET" and sent.token.endswith("-read"):
        raise Refusal(403, "This token may only read")
    if sent.version is None:
        raise Refusal(400, "headers must have required property 'accept-version'")
    if sent.version != VERSION:
        what = "headers/accept-version must be equal to one of the allowed values"
        raise Refusal(400, what)


def _page(request: RoutedRequest, listing: Listing) -> Any:
    """Return the page that a request asks for of a list."""
    values = request.values
    filters = {
        p.name: values[p.name]
        for p in request.operation.parameters
        if p.location == "query" and p.name not in _NOT_FILTERS and values[p.name] is not None
    }
    same = {name: value for name, value in values.items() if name not in ("cursor", "limit")}
    query = json.dumps([request.operation.path, same])
    try:
        return page_of(listing, filters, values["limit"], values["cursor"], query)
    except BadCursor:
        raise refused(request.operation, "Invalid cursor") from None


class _Handler(BaseHTTPRequestHandler):
    """Hands a socket's requests to the application, many on one connection."""

    protocol_version = "HTTP/1.1"
    # One write an answer, sent at once: parts of it would wait for each other.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def _handle(self) -> None:
        problem = self._problem()
        if problem:
            self.close_connection = True
            self.send_error(*problem)
            return
        lengths = {*self.headers.get_all("content-length", ["0"])}
        body = _Body(self.rfile, length := ", ".join(lengths))
        try:
            environ = environ_of(
                self.command,
                self.path,
                self.headers.items(),
                b"",
                SERVER_NAME=str(self.server.server_address[0]),
                SERVER_PORT=str(self.server.server_port),
                SERVER_PROTOCOL=self.request_version,
                **{"wsgi.input": body, "CONTENT_LENGTH": length},
            )
        except ValueError:  # of the address
            self.close_connection = True
            self.send_error(400)
            return

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            code, _, phrase = status.partition(" ")
            self.send_response(int(code), phrase)
            for name, value in headers:
                self.send_header(name, value)
            if body.left:
                # The next request on this connection could not be told from the rest of it.
                self.send_header("connection", "close")
            self.end_headers()

        for chunk in self.server.demo(environ, start_response):
            self.wfile.write(chunk)
        if body.left:
            self._let_go(body)

    def _problem(self) -> tuple[int, str] | None:
        """Return the status and the text for a request that is not even looked at."""
        if "transfer-encoding" in self.headers:
            return 411, "Length Required"
        hosts = self.headers.get_all("host", [])
        if self.server.is_local and not all(_is_local(host, self.server) for host in hosts):
            # A page of the web whose name leads to this machine: its browser would let it read.
            return 403, "This server is for this machine only"
        return None

    def _let_go(self, body: _Body) -> None:
        """Let the caller send on for a moment: one whose connection is cut reads no answer."""
        self.wfile.flush()
        self.connection.settimeout(IDLE)
        ends = time.monotonic() + IDLE
        with suppress(OSError):
            while time.monotonic() < ends and body.read(65536):
                pass

    def __getattr__(self, name: str) -> Any:
        # Every method goes to the application, which knows what it answers.
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: the demo has its own log."""


class _Body:
    """The body of a request, read when it is asked for, and never further."""

    def __init__(self, stream: Any, length: str) -> None:
        self._stream = stream
        # A length that is no number is refused, and how much comes is not known.
        self.left = int(length) if _DIGITS.fullmatch(length) and len(length) < 20 else 10**20

    def read(self, size: int) -> bytes:
        """Return so many bytes, or fewer at the end."""
        data: bytes = self._stream.read(min(size, self.left))
        self.left -= len(data)
        return data


def _is_local(host: str, server: _Server) -> bool:
    name = _PORT.sub("", host).lower()
    return name in ("localhost", "127.0.0.1", "[::1]", server.server_address[0])


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], demo: Demo) -> None:
        super().__init__(address, _Handler)
        self.demo = demo
        self.is_local = ip_address(str(self.server_address[0])).is_loopback

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what went wrong, unless it is only that the caller has gone."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def serve(demo: Demo, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """Put the demo on a socket, by default of this machine only.

    Parameters
    ----------
    demo
        The application.
    host, port
        Where to listen; port 0 takes a free one.

    Returns
    -------
    ThreadingHTTPServer
        Bound and listening; ``serve_forever()`` answers, ``shutdown()`` stops, ``server_port``
        is the port.
    """
    return _Server((host, port), demo)
