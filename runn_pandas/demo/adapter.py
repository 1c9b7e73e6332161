"""The demo account behind `requests`: the WSGI application called in process, no sockets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from runn_pandas.demo.server import Demo
from runn_pandas.demo.wsgi import environ_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class DemoAdapter(BaseAdapter):
    """Answers requests with a WSGI application, by default a new demo account."""

    def __init__(self, application: WSGIApplication | None = None) -> None:
        super().__init__()
        self.application = Demo() if application is None else application
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
        """Return the application's answer to a request."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            started.append((status, headers))
            return lambda data: None

        sent = request.body or b""
        environ = environ_of(
            request.method or "GET",
            request.url or "",
            request.headers.items(),
            sent.encode() if isinstance(sent, str) else bytes(sent),
        )
        body = b"".join(self.application(environ, start_response))
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
