"""A server on loopback that does what a test's script says, and a clock that needs no time."""

from __future__ import annotations

import json
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from runn_pandas.transport.session import Session

TOKEN = "TEST_secret-7f3a9c"


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: float


Step = bytes | Callable[[socket.socket, Request], None]


def answer(
    status: int = 200,
    body: object = None,
    *,
    kind: str | None = "application/json",
    length: int | None = None,
    **headers: object,
) -> bytes:
    """Give an answer as bytes; header names are written with underscores."""
    data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    lines = [
        f"HTTP/1.1 {status} Said",
        f"Content-Length: {len(data) if length is None else length}",
    ]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if status == 204 else data)


def refusal(status: int, message: str, **headers: object) -> bytes:
    body = {"error": "Error", "statusCode": status, "message": message}
    return answer(status, body, **headers)


def reset(sock: socket.socket, request: Request) -> None:
    """Cut the connection hard."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def then(data: bytes, after: Callable[[socket.socket, Request], None]) -> Step:
    """Send some bytes, then do something."""

    def step(sock: socket.socket, request: Request) -> None:
        sock.sendall(data)
        after(sock, request)

    return step


def hang_up(sock: socket.socket, request: Request) -> None:
    sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def silence(seconds: float) -> Callable[[socket.socket, Request], None]:
    def step(sock: socket.socket, request: Request) -> None:
        time.sleep(seconds)
        hang_up(sock, request)

    return step


def drip(seconds: float) -> Step:
    """Send a body a byte at a time, without end."""

    def step(sock: socket.socket, request: Request) -> None:
        sock.sendall(answer(length=100_000, body=b" "))
        while True:
            time.sleep(seconds)
            sock.sendall(b" ")

    return step


@dataclass
class Server:
    """What it was asked, and what it answers: the steps in turn, the last one for ever."""

    steps: list[Step] = field(default_factory=lambda: [answer()])
    handler: Callable[[Request], bytes] | None = None
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, request: Request) -> Step:
        with self.lock:
            self.requests.append(request)
            if self.handler is not None:
                return self.handler(request)
            return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            while self._one():
                pass
        except OSError:
            pass

    def _one(self) -> bool:
        line = self.rfile.readline()
        if not line.strip():
            return False
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers = {}
        while (line := self.rfile.readline()).strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", 0)))
        step = self.server.script.step(Request(method, target, headers, body, time.monotonic()))
        if callable(step):
            step(self.connection, self.server.script.requests[-1])
            return False
        self.connection.sendall(step)
        return True


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    script: Server

    def shutdown_request(self, request: socket.socket) -> None:
        request.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """Start servers; each is given its steps or its handler."""
    running = []

    def begin(*steps: Step, handler: Callable[[Request], bytes] | None = None) -> Server:
        script = Server(list(steps) or [answer()], handler)
        tcp = _Tcp(("127.0.0.1", 0), _Handler)
        tcp.script = script
        script.url = f"http://127.0.0.1:{tcp.server_address[1]}"
        thread = threading.Thread(target=tcp.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        running.append((tcp, thread))
        return script

    yield begin
    for tcp, thread in running:
        tcp.shutdown()
        tcp.server_close()
        thread.join()


class Clock:
    """Time that passes only when one sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(clock: Clock) -> Iterator[Callable[..., Session]]:
    """Give sessions that wait without time passing."""
    sessions = []

    def begin(url: str, token: str = TOKEN, **options: object) -> Session:
        options = {
            "timeout": 2.0,
            "clock": clock,
            "sleep": clock.sleep,
            "random": lambda: 0.5,
        } | options
        session = Session(url, token, **options)
        sessions.append(session)
        return session

    yield begin
    for session in sessions:
        session.close()
