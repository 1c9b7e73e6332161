"""Every error of the package, in one tree.

::

    RunnError
    ├── ConfigError        (ValueError)       no token, a bad address, a bad setting
    │   └── MissingPackageError (ImportError)    an optional package that is not installed
    ├── ResourceError      (ValueError)       no such resource
    ├── FilterError        (ValueError)       no such filter, or a value it does not take
    ├── FrameError         (ValueError)       a frame that does not fit what was asked of it
    │   └── PlanError                            a frame that cannot be pushed as it is
    ├── ReadOnlyError      (PermissionError)  a write on a read-only account
    ├── OfflineError       (LookupError)      offline, and not (wholly) in the cache
    ├── ProtocolError                         an answer that is not what the API promises
    ├── TransportError     (ConnectionError)  no answer: refused, reset, timed out
    └── ResponseError                         an answer with an error status
        ├── ValidationError   (ValueError)       400, 422
        ├── AuthError         (PermissionError)  401
        ├── AccessError       (PermissionError)  402, 403
        ├── NotFoundError     (LookupError)      404, 410
        ├── ConflictError                        409
        ├── RateLimitError                       429
        └── ServerError                          5xx

    PlanWarning            (UserWarning)      what a plan notes, shown by a push
    CacheWarning           (UserWarning)      the cache could not be used; the read went on
    FileWarning            (UserWarning)      how a file was read, where it may be meant otherwise
    SchemaDriftWarning     (UserWarning)      the API answered with fields the catalogue
                                              does not know, or not in their type
    TimesheetWarning       (UserWarning)      rows of an export were left out, or may mean otherwise
    UnmatchedWarning       (UserWarning)      rows of a timesheet lead to nobody or nothing

Each says what happened, to what, and what to do next. None holds the token or a
whole record.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

__all__ = [
    "AccessError",
    "AuthError",
    "CacheWarning",
    "ConfigError",
    "ConflictError",
    "FileWarning",
    "FilterError",
    "FrameError",
    "MissingPackageError",
    "NotFoundError",
    "OfflineError",
    "PlanError",
    "PlanWarning",
    "ProtocolError",
    "RateLimitError",
    "ReadOnlyError",
    "ResourceError",
    "ResponseError",
    "RunnError",
    "SchemaDriftWarning",
    "ServerError",
    "TimesheetWarning",
    "TransportError",
    "UnmatchedWarning",
    "ValidationError",
]


def __dir__() -> list[str]:
    return list(__all__)


class RunnError(Exception):
    """The root of every error that runn_pandas raises."""


class ConfigError(RunnError, ValueError):
    """The account cannot be reached as configured: token, address, region, setting."""


class MissingPackageError(ConfigError, ImportError):
    """What was asked for needs a package that is not installed; the message has the command."""


class ResourceError(RunnError, ValueError):
    """The API has no resource of this name; the message has the nearest ones."""


class FilterError(RunnError, ValueError):
    """The resource has no such filter or path parameter, or it does not take this value."""


class FrameError(RunnError, ValueError):
    """The frame does not have what was asked of it.

    Attributes
    ----------
    problems : DataFrame, optional
        Every problem found, where there may be many: ``row`` (the frame's index label, None for
        a whole column), ``column``, ``value`` and ``reason``; of names that lead to no id each
        once, with the number of its ``rows``.
    """

    def __init__(self, message: str = "", problems: Any = None) -> None:
        super().__init__(message)
        self.problems = problems

    def __reduce__(self) -> tuple[type, tuple[str, Any]]:
        return type(self), (str(self), self.problems)


class PlanError(FrameError):
    """The frame cannot be pushed as it is; nothing was sent. Its `problems` lists why."""


class ReadOnlyError(RunnError, PermissionError):
    """The account is read-only here, so the write was not sent."""


class OfflineError(RunnError, LookupError):
    """Offline, and the cache does not have all of what was asked for."""


class ProtocolError(RunnError):
    """The server answered, but not as the API promises, so the data would be wrong or short."""


class TransportError(RunnError, ConnectionError):
    """No complete answer came: the connection was refused, cut, or timed out.

    Attributes
    ----------
    sent : bool
        Whether the request may have reached the server: after a write, True means that
        nobody knows yet whether it was carried out.
    """

    def __init__(self, message: str = "", *, sent: bool = False) -> None:
        super().__init__(message)
        self.sent = sent


class ResponseError(RunnError):
    """The server answered with an error status.

    Attributes
    ----------
    status : int
        The HTTP status.
    server_message : str
        What the server said, shortened.
    method, path : str
        The request, without its query.
    """

    advice = ""

    def __init__(self, status: int, server_message: str, method: str, path: str) -> None:
        self.status = status
        self.server_message = server_message
        self.method = method
        self.path = path
        said = f": {server_message}" if server_message else ""
        text = f"{method} {path} was answered with {status}{said}."
        advice = self.next_step()
        super().__init__(f"{text} {advice}" if advice else text)

    def next_step(self) -> str:
        """Return what the user can do about it, in one sentence."""
        return self.advice

    def __reduce__(self) -> tuple[type, tuple[int, str, str, str]]:
        return type(self), (self.status, self.server_message, self.method, self.path)


class ValidationError(ResponseError, ValueError):
    """400 or 422: the API refuses what was asked."""

    advice = (
        "Check the values that the message names; rp.resources() lists each resource's filters."
    )


class AuthError(ResponseError, PermissionError):
    """401: the token is missing, wrong, expired or revoked."""

    advice = (
        "The token was not accepted: check RUNN_API_TOKEN (Runn: Settings > API), whether it has"
        " expired, and the region (RUNN_REGION=us for api.us.runn.io)."
    )


class AccessError(ResponseError, PermissionError):
    """402 or 403: the token's scope or the account's plan does not allow this."""

    advice = (
        "The token may be read-only, or the account's plan may not include this feature;"
        " an admin can see both in Runn under Settings."
    )


class NotFoundError(ResponseError, LookupError):
    """404 or 410: no such record, or, for a whole list, the wrong address."""

    def next_step(self) -> str:
        if any(part.isdigit() for part in self.path.split("/")):
            return "There is no such record in this account, or it has been deleted."
        return (
            "A list that is not found usually means the wrong address: check base_url or"
            " RUNN_API_URL, and the region (eu or us)."
        )


class ConflictError(ResponseError):
    """409: the record exists already or is in use."""

    advice = "The record exists already, or others depend on it; read it again and compare."


class RateLimitError(ResponseError):
    """429, still after waiting: the limit of 120 requests a minute is used up."""

    advice = (
        "The limit is 120 requests a minute for each key and address; close other programs that"
        " use the same key, or try again in a minute."
    )


class ServerError(ResponseError):
    """5xx: Runn could not answer, also after waiting and asking again."""

    advice = "This is on Runn's side; try again in a few minutes."


class TimesheetWarning(UserWarning):
    """Rows of another tool's export were left out, or counted where it may be meant otherwise."""


class UnmatchedWarning(UserWarning):
    """Rows of a timesheet lead to nobody or nothing in Runn, and are not compared."""


class PlanWarning(UserWarning):
    """What a plan notes besides its changes; ``df.runn.push()`` shows each note so."""


class CacheWarning(UserWarning):
    """The cache could not be used or had to be mended; the read itself is not affected."""


class FileWarning(UserWarning):
    """A file was read in one of several ways that it may be meant; the message says which."""


class SchemaDriftWarning(UserWarning):
    """The API's answer differs from the catalogue; no value was lost."""


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the line of the user that led here, not at one of this package."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("runn_pandas"):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def response_error(status: int, server_message: str, method: str, path: str) -> ResponseError:
    """Return the error of the tree that fits an HTTP status."""
    kinds: dict[int, type[ResponseError]] = {
        400: ValidationError,
        422: ValidationError,
        401: AuthError,
        402: AccessError,
        403: AccessError,
        404: NotFoundError,
        410: NotFoundError,
        409: ConflictError,
        429: RateLimitError,
    }
    kind = kinds.get(status, ServerError if status >= 500 else ResponseError)
    return kind(status, server_message, method, path)


def refusal(error: RunnError) -> str:
    """Return what the server said of a record, in the words of its row."""
    if not isinstance(error, ResponseError):
        return str(error)
    text = error.server_message.rstrip(".") or "no reason given"
    return f"Runn refused {error.method} {error.path} ({error.status}): {text}."
