"""Where a request may go and what may travel with it, as pure checks.

The token is a key to a company's salaries, so it is sent to the configured address
and nowhere else, in the clear only to the machine itself.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Mapping
from typing import Any, SupportsIndex
from urllib.parse import SplitResult, unquote, urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase

from runn_pandas.errors import ConfigError, ResourceError

CONTROL = re.compile(r"[\x00-\x20\x7f]")


def normal_base_url(base_url: str) -> str:
    """Return the address without a trailing slash, or refuse it.

    Raises
    ------
    ConfigError
        Not https (http only to loopback), a user or password in it, a query, no host.
    """
    text = base_url.strip() if isinstance(base_url, str) else ""
    if not text or CONTROL.search(text) or "\\" in text:
        raise ConfigError("The address (base_url, RUNN_API_URL) is empty or has blanks in it.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError("The address (base_url, RUNN_API_URL) is not a URL.") from None
    _check_address(text, parts, host)
    name = f"[{host}]" if ":" in host else host
    standard = {"http": 80, "https": 443}[parts.scheme]
    netloc = name if port in (None, standard) else f"{name}:{port}"
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"


def _check_address(text: str, parts: SplitResult, host: str) -> None:
    if "@" in parts.netloc:
        # Not shown: it may hold a password.
        raise ConfigError("The address must not hold a user or password; give the token instead.")
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError(f"{text!r} is not an address like https://api.runn.io.")
    # Also at the very end, where urlsplit sees neither a query nor a fragment.
    if "?" in text or "#" in text:
        raise ConfigError(f"The address {host} must end before any '?' or '#'.")
    if any(step in (".", "..") for step in unquote(parts.path).split("/")):
        raise ConfigError(f"The address {host} must not have '.' or '..' in its path.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigError(
            f"http://{host} would send the token unencrypted; use https://{host}"
            " (http is only for this machine)."
        )


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Token(str):
    """A token, or what holds it, that does not show itself where objects are shown.

    Tracebacks with local variables show the token of a frame, so a function that is given one
    puts it into this first.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'...'"

    def __getitem__(self, part: SupportsIndex | slice[Any, Any, Any]) -> Token:
        return Token(super().__getitem__(part))  # rich shows the beginning of a long text


def hidden(token: object) -> Token | None:
    """Return a text as a token that does not show itself, and None for all else."""
    return Token(token) if isinstance(token, str) else None


def checked_token(token: str) -> str:
    """Return the token, or refuse it without ever showing it."""
    token = hidden(token) or ""
    if not token.strip():
        raise ConfigError(
            "The token is empty: set RUNN_API_TOKEN (an admin makes one in Runn, Settings > API),"
            ' or use rp.connect("demo").'
        )
    if any(letter.isspace() or not letter.isprintable() for letter in token):
        raise ConfigError("The token has a blank or line break in it; copy it again.")
    if any(letter > "\xff" for letter in token):
        raise ConfigError("The token has letters that a token cannot have; copy it again.")
    return token


def normal_path(path: str) -> str:
    """Return a path of the API with its leading slash, or refuse what could leave the address.

    Raises
    ------
    ResourceError
        A whole URL, ``//host``, ``..``, a query, a fragment or a control character.
    """
    plain = unquote(path)
    if "://" in path or path.startswith("//") or plain.startswith("//"):
        raise ResourceError(
            f"{_shown(path)} is a whole address; give a path of the API, like 'people'."
        )
    sort = "hold '..', '?', '#', '\\', blanks or control characters"
    # A blank may stand in an id, percent-encoded.
    if _leads_elsewhere(path) or _leads_elsewhere(plain.replace(" ", "_")):
        raise ResourceError(f"The path {_shown(path)} must not {sort}.")
    # Percent-encoded, both are letters of an id and stay where they are.
    if "?" in path or "#" in path:
        raise ResourceError(f"The path {_shown(path)} must not {sort}; give parameters as params=.")
    return path if path.startswith("/") else f"/{path}"


def _leads_elsewhere(text: str) -> bool:
    return bool(CONTROL.search(text)) or ".." in text or "\\" in text or "/./" in f"/{text}/"


def _shown(path: str) -> str:
    # The part before '?' only: a query might hold something secret.
    return repr(path.split("?", 1)[0][:80])


def query(params: Mapping[str, object] | None) -> list[tuple[str, str]]:
    """Return parameters as they go into the query: sorted, flags as true and false, no None."""
    pairs: list[tuple[str, str]] = []
    for name in sorted(params or {}):
        value = (params or {})[name]
        several = value if isinstance(value, (list, tuple, set)) else [value]
        pairs += [(name, _text(item)) for item in several if item is not None]
    return pairs


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def account_digest(base_url: str, token: str) -> str:
    """Return a name for an account: a hash that reveals nothing of its token."""
    return hashlib.sha256(f"{base_url}\n{token}".encode()).hexdigest()


class BearerAuth(AuthBase):
    """The token as an auth object: a ``~/.netrc`` entry does not replace it."""

    __slots__ = ("_token",)

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = Token(f"Bearer {self._token}")
        return request

    def __repr__(self) -> str:
        return "BearerAuth(...)"

    def __reduce__(self) -> tuple[type, tuple[str]]:
        raise TypeError("A token is not pickled; connect again in the other process.")
