"""Requests as WSGI applications take them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit


def environ_of(
    method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes, **more: Any
) -> dict[str, Any]:
    """Return the WSGI environment of a request; of headers met twice the first counts."""
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or 443),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme or "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **more,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ.setdefault(
            key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", value
        )
    return environ
