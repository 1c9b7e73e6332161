"""A demo that answers otherwise: each twist sees a request, and may change it or its answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode

HTTP = {200: "OK", 201: "Created", 204: "No Content"}


@dataclass(frozen=True)
class Sent:
    """A request."""

    method: str
    path: str
    query: dict[str, str]
    body: Any = None

    def asking(self, **query: Any) -> Sent:
        """The same request with other parameters; None takes one away."""
        both = {**self.query, **query}
        return replace(self, query={n: str(v) for n, v in both.items() if v is not None})


@dataclass
class Reply:
    """An answer; None as a body is none."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[dict[str, Any]]:
        values = self.body.get("values", []) if isinstance(self.body, dict) else []
        return values if isinstance(values, list) else []


Ask = Callable[[Sent], Reply]
Twist = Callable[[Sent, Ask], Reply]


def refusal(status: int, message: str = "not today", **headers: str) -> Reply:
    body = {"error": "Error", "statusCode": status, "message": message}
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def wrapped(twist: Twist, inner: Ask) -> Ask:
    return lambda sent: twist(sent, inner)


class Twisted:
    """A WSGI application around another one; the first twist is the outermost."""

    def __init__(self, application: Any, *twists: Twist) -> None:
        self.application = application
        self.twists = twists
        self.sent: list[Sent] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        raw = environ["wsgi.input"].read(length)
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        sent = Sent(
            environ["REQUEST_METHOD"], environ["PATH_INFO"], query, json.loads(raw or b"null")
        )
        self.sent.append(sent)
        ask: Ask = lambda asked: self._inner(environ, asked)  # noqa: E731
        for twist in reversed(self.twists):
            ask = wrapped(twist, ask)
        reply = ask(sent)
        body = b"" if reply.body is None else json.dumps(reply.body).encode()
        headers = {"content-type": "application/json", **reply.headers}
        headers["content-length"] = str(len(body))
        start_response(f"{reply.status} {HTTP.get(reply.status, 'Said')}", [*headers.items()])
        return [body]

    def _inner(self, environ: dict[str, Any], sent: Sent) -> Reply:
        raw = b"" if sent.body is None else json.dumps(sent.body).encode()
        said: list[Any] = []
        asked = {
            **environ,
            "REQUEST_METHOD": sent.method,
            "PATH_INFO": sent.path,
            "CONTENT_TYPE": "application/json" if raw else "",
            "QUERY_STRING": urlencode(sent.query),
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.input": BytesIO(raw),
        }
        body = b"".join(self.application(asked, lambda *started: said.extend(started[:2])))
        return Reply(int(said[0].split()[0]), json.loads(body or b"null"), dict(said[1]))
