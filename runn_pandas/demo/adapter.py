"""The demo account behind `requests`: the WSGI application called in process, no sockets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class DemoAdapter(BaseAdapter):
    """Answers requests with a WSGI application, by default a new demo account."""

    def __init__(self, application: WSGIApplication | None = None) -> None:
        super().__init__()
        if application is None:
            from runn_pandas.demo.server import Demo

            application = Demo()
        self.application = application
        self._builder = HTTPAdapter()

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Give the application's answer to a request."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            started.append((status, headers))
            return lambda data: None

        parts: Iterable[bytes] = self.application(environ_of(request), start_response)
        body = b"".join(parts)
        status, headers = started[-1]
        code, _, reason = status.partition(" ")
        raw = HTTPResponse(
            body=BytesIO(body),
            headers=HTTPHeaderDict(headers),
            status=int(code),
            reason=reason,
            preload_content=False,
        )
        return self._builder.build_response(request, raw)

    def close(self) -> None:
        """Close nothing: there is no connection."""


def environ_of(request: PreparedRequest) -> dict[str, Any]:
    """Give the WSGI environment of a request."""
    url = urlsplit(request.url or "")
    raw = request.body or b""
    body = raw.encode() if isinstance(raw, str) else bytes(raw)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method or "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname or "",
        "SERVER_PORT": str(url.port or 443),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_LENGTH",):
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ
