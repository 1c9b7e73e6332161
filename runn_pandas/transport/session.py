"""One session with the Runn API: auth, the version asked for, timeouts, errors.

The life of a request: the path is checked, the cache is asked (`Session.reading` only),
the throttle waits for room, the request goes out, its headers correct the throttle, the
body is read within a bounded time, and the answer is given, or sent for again, or raised.
"""

from __future__ import annotations

import logging
import math
import random as _random
import time
from collections.abc import Callable, Collection, Mapping
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from importlib import metadata
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.util import Retry

from runn_pandas.catalog import load
from runn_pandas.errors import (
    ConfigError,
    FrameError,
    OfflineError,
    RunnError,
    TransportError,
)
from runn_pandas.transport import address, answers, retry
from runn_pandas.transport.bodies import done, read_body
from runn_pandas.transport.failures import NO_ANSWER, failure_of, sentence
from runn_pandas.transport.reading import Reading, Stored, list_key, not_cached
from runn_pandas.transport.throttle import (
    OnWait,
    Throttle,
    ThrottledAdapter,
    shared_throttle,
    telling,
    wait,
)

if TYPE_CHECKING:
    from runn_pandas.transport.cache import Cache
    from runn_pandas.transport.shelf import Shelf

CONNECTIONS = 32  # kept open: more than the threads that read at once
BODY_TIME = 4  # a body may take so many timeouts as a whole, however it drips

log = logging.getLogger(__name__)


class Session:
    """One account, reached over HTTP.

    Threads may share it: cookies are refused, so requests' own session holds nothing that
    a request changes, and urllib3's pool of connections is made for threads.

    Parameters
    ----------
    base_url, token
        The account. Only https, or http to this machine.
    timeout
        Seconds to connect, and between two pieces of an answer.
    adapter
        Sends instead of the network (the demo); then the throttle is this session's own.
    cache
        Where lists are kept; None keeps none.
    offline
        Send nothing; serve lists from the cache however old.
    wrap
        Gives the adapter to ask in place of the one that sends: a recorder around it, or a
        player that never sends and so never waits for the limit.
    limit, window
        The documented rate limit, until the server's headers say otherwise.
    clock, sleep, random
        For tests.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float = 30.0,
        adapter: BaseAdapter | None = None,
        cache: Cache | None = None,
        offline: bool = False,
        wrap: Callable[[BaseAdapter], BaseAdapter] | None = None,
        limit: int = 120,
        window: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = _random.random,
    ) -> None:
        self.base_url = address.normal_base_url(base_url)
        self._token = address.checked_token(token)
        if not (timeout > 0 and math.isfinite(timeout)):
            raise ConfigError(f"timeout={timeout!r} must be a number of seconds above 0.")
        self._digest = address.account_digest(self.base_url, self._token)
        self.fingerprint = self._digest[:8]
        self.offline = offline
        self._host = urlsplit(self.base_url).hostname or ""
        self._version = load().version
        self._timeout, self._window = timeout, window
        self._sleep, self._random = sleep, random
        self._cache = cache
        # By how many seconds the server's clock is ahead of this one, once an answer told.
        self.ahead: float | None = None
        # In-process, a ValueError is a mistake of that code and is not hidden.
        self._no_answer: tuple[type[Exception], ...] = (
            NO_ANSWER if adapter is not None else (*NO_ANSWER, ValueError)
        )
        self._throttle = (
            shared_throttle(self._digest, limit, window)
            if adapter is None and clock is time.monotonic and sleep is time.sleep
            else Throttle(limit, window, clock=clock, sleep=sleep)
        )
        self._http = self._opened(adapter, wrap)

    def _opened(
        self, adapter: BaseAdapter | None, wrap: Callable[[BaseAdapter], BaseAdapter] | None
    ) -> requests.Session:
        http = _Straight()
        http.auth = address.BearerAuth(self._token)
        http.headers.update(
            {
                "Accept": "application/json",
                "Accept-Version": self._version,
                "User-Agent": user_agent(),
            }
        )
        http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # urllib3 would read `retry-after` as seconds and does not know what is repeatable.
        never = Retry(0, read=False, redirect=False, respect_retry_after_header=False)
        inner = adapter or HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=never)
        throttled: BaseAdapter = ThrottledAdapter(inner, self._throttle)
        outer = throttled if wrap is None else wrap(throttled)
        http.mount("https://", outer)
        http.mount("http://", outer)
        return http

    # -- requests

    def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, object] | None = None,
        json: object = None,
        *,
        repeatable: bool | None = None,
    ) -> requests.Response:
        """Send one request, again where that is safe, and give its good answer.

        Parameters
        ----------
        method, path
            A path of the API is sent exactly as given.
        params
            The query; flags go as true and false, None is left out, a list repeats its name.
        json
            The body; None sends none.
        repeatable
            Whether it may reach the server twice; by default decided by method and path.

        Raises
        ------
        RunnError
            `ResponseError` for an error status, `ProtocolError` for what is not an answer of
            the API, `TransportError` for none; its `sent` tells whether a write may have
            arrived.
        """
        method, path = method.upper(), address.normal_path(path)
        if self.offline:
            raise OfflineError(f"Offline: {method} {path} was not sent.")
        if repeatable is None:
            repeatable = retry.is_repeatable(method, path)
        request = requests.Request(
            method, self.base_url + path, params=address.query(params), json=json
        )
        try:
            prepared = self._http.prepare_request(request)
        except requests.exceptions.InvalidJSONError:
            text = f"The body of {method} {path} holds NaN or another value that JSON lacks."
            raise FrameError(text) from None
        except requests.RequestException as error:
            text = f"{self.base_url} is not an address that can be asked ({error})."
            raise ConfigError(answers.one_line(text, self._token)) from None
        return self._answered(prepared, path, repeatable)

    def _answered(
        self, prepared: requests.PreparedRequest, path: str, repeatable: bool
    ) -> requests.Response:
        method = str(prepared.method)
        past = retry.Past()
        arrived = False  # an earlier copy may have been carried out
        while True:
            response, error, outcome = self._once(prepared, method, path)
            if error is None:
                return response
            if response.status_code == 404 and arrived and method == "DELETE" and not prepared.body:
                return done(response)  # by the earlier copy
            verdict = retry.decide(
                outcome,
                repeatable=repeatable,
                past=past,
                window=self._window,
                jitter=self._random(),
                now=time.time(),
            )
            if isinstance(verdict, retry.GiveUp):
                raise error
            log.info("%s; sent again in %.1f s", _first_words(error), verdict.seconds)
            past = past.after(outcome, verdict.seconds)
            arrived = arrived or outcome.may_have_arrived
            wait(verdict.seconds, self._sleep)

    def _once(
        self, prepared: requests.PreparedRequest, method: str, path: str
    ) -> tuple[requests.Response, RunnError | None, retry.Answer | retry.Failure]:
        problem: Exception
        try:
            response = self._sent(prepared)
        except RunnError:
            raise  # by a recorder or a player; some are ValueErrors too
        except self._no_answer as caught:
            problem = caught
        else:
            error = answers.error_of(response, method, path, self._token)
            return response, error, retry.Answer(response.status_code, response.headers)
        # Outside of `except`: what requests raised holds the request with its token.
        failure = failure_of(problem)
        text = sentence(
            problem, failure, f"{method} {path}", self._host, self._timeout, self._token
        )
        return (
            requests.Response(),
            TransportError(text, sent=failure.may_have_arrived),
            failure,
        )

    def _sent(self, prepared: requests.PreparedRequest) -> requests.Response:
        settings = self._http.merge_environment_settings(prepared.url, {}, True, None, None)
        if self.base_url.startswith("http:"):
            # To this machine and not encrypted: a proxy elsewhere would see the token.
            settings["proxies"] = {}
        response = self._http.send(
            prepared, timeout=self._timeout, allow_redirects=False, **settings
        )
        self.ahead = seconds_ahead(response.headers, time.time(), self.ahead)
        read_body(response, time.monotonic() + BODY_TIME * self._timeout)
        return response

    # -- lists

    def reading(
        self,
        path: str,
        params: Mapping[str, object] | None = None,
        *,
        resource: str,
        max_age: float | None,
        place: Mapping[str, object] | None = None,
        on_wait: OnWait | None = None,
        keep: bool = True,
    ) -> Reading:
        """Begin to read a list or a record, from the cache if it is there and young enough.

        Parameters
        ----------
        path, params
            As of `request`, without the cursor.
        resource
            Its name, under which the cache lists and drops it.
        max_age
            Seconds; None never expires, 0 asks again.
        place
            The values in the path, which are shown with the parameters.
        on_wait
            Told the seconds left, about twice a second, while a wait of more than half a
            second goes on. What it raises ends the wait.
        keep
            False neither asks the cache nor stores anything in it.

        Raises
        ------
        OfflineError
            Offline, and the cache does not have it all.
        """
        path = address.normal_path(path)

        def fetch(cursor: str | None) -> bytes:
            query = dict(params or {}) if cursor is None else {**(params or {}), "cursor": cursor}
            with telling(on_wait):
                return self.request("GET", path, query).content

        pairs = address.query(params)
        shown = [*address.query(place), *pairs]
        shelf = self._shelf() if keep else None
        if shelf is not None:
            key = list_key(self._version, self._digest, path, pairs)
            stored = Stored(shelf, key, resource, shown)
            reading = stored.reading(None if self.offline else max_age)
            if reading is not None:
                return reading
        if self.offline:
            raise not_cached(resource, shown, self._token)
        return Reading(fetch=fetch, draft=None if shelf is None else stored.draft())

    def _shelf(self) -> Shelf | None:
        return None if self._cache is None else self._cache.shelf(self._host, self.fingerprint)

    def drop(self, resources: Collection[str]) -> int:
        """Remove this account's cached lists of some resources: a write has changed them."""
        shelf = self._shelf()
        return 0 if shelf is None else shelf.drop(set(resources), vacuum=False)

    # -- the object

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        offline = ", offline" if self.offline else ""
        return f"Session({self.base_url!r}, account {self.fingerprint}{offline})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A Session holds the token and is not pickled or copied; connect in each process."
        )


def seconds_ahead(
    headers: Mapping[str, str], now: float, before: float | None = None
) -> float | None:
    """By how many seconds the clock of an answer's ``Date`` is ahead; ``before`` without one."""
    try:
        return parsedate_to_datetime(headers["Date"]).timestamp() - now
    except (KeyError, ValueError, TypeError, OverflowError):
        return before


class _Straight(requests.Session):
    """Never goes where a redirect points, and does not even parse it."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Give no target."""


def user_agent() -> str:
    """Name this package and its version."""
    try:
        version = metadata.version("runn-pandas")
    except metadata.PackageNotFoundError:
        version = "0"
    return f"runn-pandas/{version}"


def _first_words(error: RunnError) -> str:
    return str(error).split(". ", 1)[0].rstrip(".")
