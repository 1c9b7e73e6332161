"""What comes back of a request: the body, the error that an answer stands for, or why none came."""

from __future__ import annotations

import json
import re
from http.client import HTTPException
from urllib.parse import urlsplit

import requests
import urllib3.exceptions as urllib3
from requests import PreparedRequest, Response
from urllib3.response import HTTPResponse

from runn_pandas.errors import ProtocolError, RunnError, response_error
from runn_pandas.transport.redaction import without_token
from runn_pandas.transport.retry import Failure

LONGEST = 300
LARGEST = 256 * 1024 * 1024  # bytes of a body, unpacked: a page of 500 rows has some millions
NO_ANSWER: tuple[type[Exception], ...] = (
    requests.RequestException,
    urllib3.HTTPError,
    HTTPException,
    OSError,
)


class CutShort(OSError):
    """The body ended before its JSON did."""


def read_body(response: Response) -> None:
    """Read the body, and check that it ends as it should.

    Raises
    ------
    CutShort
        If it ends in the middle.
    ProtocolError
        If it is larger than any answer of the API.
    """
    raw = response.raw
    if isinstance(raw, HTTPResponse) and hasattr(raw, "read1") and not raw.closed:
        _read_pieces(response, raw)
    body = response.content  # a recording has nothing to wait for
    # Without a length, and inside gzip, a cut looks like an end.
    ends = {b"{": b"}", b"[": b"]"}.get(body[:1])
    if ends is not None and "json" in content_type(response) and not body.rstrip().endswith(ends):
        raise CutShort("the answer ends in the middle")


def _read_pieces(response: Response, raw: HTTPResponse) -> None:
    # In pieces, as a small body may unpack into one that no memory holds.
    pieces, size = [], 0
    try:
        while piece := raw.read1(65536, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST:
                asked = response.request
                path = urlsplit(str(asked.url)).path
                raise ProtocolError(
                    f"{asked.method} {path} was answered with more than {LARGEST >> 20} MB, which"
                    " is no page of the Runn API. Check base_url (RUNN_API_URL)."
                )
    except BaseException:
        response.close()
        raise
    raw.release_conn()
    response._content = b"".join(pieces)
    response._content_consumed = True  # type: ignore[attr-defined]


def is_gone(response: Response, request: PreparedRequest) -> bool:
    """Whether what a request would delete, and nothing else, is not there."""
    return response.status_code == 404 and request.method == "DELETE" and not request.body


def already_deleted(response: Response) -> Response:
    """Return the answer to a deletion whose earlier copy was carried out."""
    fine = Response()
    fine.status_code, fine.reason = 204, "No Content"
    fine.url, fine.request = response.url, response.request
    fine._content = b""
    return fine


def error_of(response: Response, method: str, path: str, token: str) -> RunnError | None:
    """Return the error that an answer stands for, None for a good one."""
    status = response.status_code
    if 300 <= status < 400:
        return _redirected(response, method, path, token)
    if status >= 400:
        return response_error(status, server_message(response, token), method, path)
    if status < 200:
        return ProtocolError(f"{method} {path} was answered with the status {status}.")
    return _not_json(response, method, path, token)


def server_message(response: Response, token: str) -> str:
    """Return what the server said about an error: one short line, no HTML, no token."""
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
    """Return a foreign text as one harmless, short line."""
    text = without_token(text, token)
    text = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()
    text = text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
    return text.rstrip(".") if text.endswith(".") and not text.endswith("..") else text


def content_type(response: Response) -> str:
    """Return the media type of an answer in lower case, without its parameters."""
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


def failure_of(error: BaseException) -> Failure:
    """Return an exception's kind by what may have reached the server; in doubt, the request did."""
    if isinstance(error, requests.exceptions.SSLError):
        text = str(error)
        certificate = "CERTIFICATE" in text or "certificate" in text or "hostname" in text
        return Failure("refused for good" if certificate else "lost")
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return Failure("connect", _is_late(error))
    if isinstance(error, requests.exceptions.ConnectionError):
        inner = error.args[0] if error.args else None
        reason = getattr(inner, "reason", inner)
        if isinstance(reason, (urllib3.NewConnectionError, urllib3.ConnectTimeoutError)):
            refused = "refused" in str(reason)
            return Failure("connect", turned_away=refused)
        return Failure("lost")
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return Failure("refused for good")
    return Failure("lost", _is_late(error))


def _is_late(error: BaseException) -> bool:
    return isinstance(error, (requests.Timeout, urllib3.TimeoutError, TimeoutError))


def sentence(
    error: BaseException, failure: Failure, request: str, host: str, timeout: float, token: str
) -> str:
    """Return what happened to a request and what to do next, as a sentence."""
    why = one_line(_innermost(error), token, 160)
    if failure.kind == "refused for good":
        return (
            f"{request}: no trusted connection to {host} ({why}). Behind a company proxy, set"
            " REQUESTS_CA_BUNDLE to its certificates; otherwise check base_url."
        )
    if failure.kind == "connect":
        return (
            f"{request}: could not connect to {host} ({why}). Check that it runs and the network,"
            " a proxy (HTTPS_PROXY), and the address (base_url or RUNN_API_URL)."
        )
    if failure.late:
        return (
            f"{request}: {host} did not answer wholly within the time (timeout={timeout:g}). Try"
            " again, or give connect a longer timeout."
        )
    return f"{request}: the connection to {host} was cut before the whole answer came ({why})."


def _innermost(error: BaseException) -> str:
    # requests wraps urllib3, which wraps the system's error: the last one says it plainly.
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = [getattr(error, "reason", None), *error.args]
        deeper = [item for item in inner if isinstance(item, BaseException)]
        if deeper:
            error = deeper[0]
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    # urllib3 puts its own objects in front: the cause stands last.
    return re.split(r">: |\): ", said)[-1] or type(error).__name__
