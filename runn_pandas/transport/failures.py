"""Why no complete answer came: what requests and urllib3 raise, as a kind and a sentence."""

from __future__ import annotations

import re
from http.client import HTTPException

import requests
import urllib3.exceptions as urllib3

from runn_pandas.transport.answers import one_line
from runn_pandas.transport.retry import Failure

NO_ANSWER: tuple[type[Exception], ...] = (
    requests.RequestException,
    urllib3.HTTPError,
    HTTPException,
    OSError,
)


class TooSlow(OSError):
    """The body dripped in until the time for it was over."""


class CutShort(OSError):
    """The body ended before its JSON did."""


def failure_of(error: BaseException) -> Failure:
    """Sort an exception by what may have reached the server; in doubt, the request did."""
    if isinstance(error, requests.exceptions.SSLError):
        text = str(error)
        certificate = "CERTIFICATE" in text or "certificate" in text or "hostname" in text
        return Failure("refused for good" if certificate else "lost")
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return Failure("connect")
    if isinstance(error, requests.exceptions.ConnectionError):
        inner = error.args[0] if error.args else None
        reason = getattr(inner, "reason", inner)
        if isinstance(reason, (urllib3.NewConnectionError, urllib3.ConnectTimeoutError)):
            return Failure("connect")
        return Failure("lost")
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return Failure("refused for good")
    return Failure("lost")


def sentence(
    error: BaseException, failure: Failure, request: str, host: str, timeout: float, token: str
) -> str:
    """Say what happened to a request and what to do next."""
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
    if isinstance(error, (requests.Timeout, urllib3.TimeoutError, TooSlow, TimeoutError)):
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
