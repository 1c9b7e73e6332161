"""The one scripted server: on loopback, it does what a test says, down to the bytes."""

from __future__ import annotations

import json
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

TOKEN = "TEST_secret-7f3a9c"


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: float


Step = bytes | Callable[[socket.socket, Request], None]
# The path and the headers of a request -> status, headers and body.
Script = Callable[[str, dict[str, str]], tuple[int, dict[str, str], bytes]]


def answer(
    status: int = 200,
    body: object = None,
    *,
    kind: str | None = "application/json",
    length: int | None = None,
    **headers: object,
) -> bytes:
    """Return an answer as bytes; header names are written with underscores."""
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
    handler: Callable[[Request], bytes] | None = None  # called by one thread at a time
    script: Script | None = None  # called by several threads at once
    requests: list[Request] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # the targets of the requests
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, request: Request) -> Step:
        with self.lock:
            self.requests.append(request)
            self.asked.append(request.target)
            if self.handler is not None:
                return self.handler(request)
            if self.script is None:
                return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        status, headers, body = self.script(request.target, request.headers)
        lines = {"Content-Type": "application/json", "Content-Length": len(body), **headers}
        head = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in lines.items())]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body


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


@contextmanager
def running() -> Iterator[Callable[[Server], Server]]:
    """Start servers, which end with the block."""
    started: list[tuple[_Tcp, threading.Thread]] = []

    def start(server: Server) -> Server:
        tcp = _Tcp(("127.0.0.1", 0), _Handler)
        tcp.script = server
        server.url = f"http://127.0.0.1:{tcp.server_address[1]}"
        thread = threading.Thread(target=tcp.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        started.append((tcp, thread))
        return server

    yield start
    for tcp, thread in started:
        tcp.shutdown()
        tcp.server_close()
        thread.join()


def page(rows: list[Any], cursor: str | None = None) -> tuple[int, dict[str, str], bytes]:
    """One page as the API answers it."""
    return 200, {}, json.dumps({"values": rows, "nextCursor": cursor}).encode()
