"""What an answer means: the body, or the error of the tree that says why not."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from requests import Response

from runn_pandas.errors import ProtocolError, RunnError, response_error

LONGEST = 300


def error_of(response: Response, method: str, path: str, token: str) -> RunnError | None:
    """Give the error that an answer stands for, None for a good one."""
    status = response.status_code
    if 300 <= status < 400:
        return _redirected(response, method, path, token)
    if status >= 400:
        return response_error(status, server_message(response, token), method, path)
    if status < 200:
        return ProtocolError(f"{method} {path} was answered with the status {status}.")
    return _not_json(response, method, path, token)


def server_message(response: Response, token: str) -> str:
    """Give what the server said about an error: one short line, no HTML, no token."""
    kind = content_type(response)
    body = response.content[:100_000]
    if "html" in kind or body.lstrip()[:1] == b"<":
        return "an HTML page, not an answer of the API"
    text = body.decode("utf-8", "replace")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = text
    if isinstance(said, dict):
        # `error` is the status phrase; `message` says what was wrong.
        said = said.get("message") or said.get("error") or ""
    return one_line(said if isinstance(said, str) else json.dumps(said), token)


def one_line(text: str, token: str, longest: int = LONGEST) -> str:
    """Shorten a foreign text to one harmless line."""
    text = re.sub(re.escape(token), "<token>", text, flags=re.IGNORECASE)
    text = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()
    text = text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
    return text.rstrip(".") if text.endswith(".") and not text.endswith("..") else text


def content_type(response: Response) -> str:
    """Give the media type of an answer in lower case, without its parameters."""
    return str(response.headers.get("Content-Type", "")).split(";")[0].strip().lower()


def _redirected(response: Response, method: str, path: str, token: str) -> ProtocolError:
    try:
        host = urlsplit(response.headers.get("Location", "")).hostname or "another path"
    except ValueError:
        host = "an unreadable address"
    host = one_line(host, token, 100)
    return ProtocolError(
        f"{method} {path} was redirected ({response.status_code}) to {host}; the token was not"
        " sent there. Check base_url (RUNN_API_URL)."
    )


def _not_json(response: Response, method: str, path: str, token: str) -> ProtocolError | None:
    kind = content_type(response)
    if not response.content or not kind or kind == "application/json" or kind.endswith("+json"):
        return None
    kind = one_line(kind, token, 60)
    return ProtocolError(
        f"{method} {path} was answered with {kind} instead of JSON, so this is not the Runn API."
        " Check base_url (RUNN_API_URL), and whether a proxy or login page is in between."
    )
