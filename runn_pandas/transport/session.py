"""One session with the Runn API: auth, the version asked for, timeouts, errors.

The life of a request: the path is checked, the cache is asked (`Session.reading` only),
the throttle waits for room, the request goes out, its headers correct the throttle, the
body is read within a bounded time, and the answer is returned, or sent for again, or raised.
"""

from __future__ import annotations

import logging
import math
import random as _random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from importlib import metadata
from typing import TYPE_CHECKING, Any, Literal, NoReturn
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3.util import Retry

from runn_pandas.catalog import load
from runn_pandas.catalog.resources import is_repeatable
from runn_pandas.errors import (
    ConfigError,
    FrameError,
    OfflineError,
    RunnError,
    TransportError,
)
from runn_pandas.forks import keep, renew_in_child
from runn_pandas.transport import responses, retry, urls
from runn_pandas.transport.cache import Draft, filters, list_key
from runn_pandas.transport.connections import NetworkAdapter
from runn_pandas.transport.throttle import (
    OnWait,
    Throttle,
    ThrottledAdapter,
    shared_throttle,
    telling,
    wait,
)

if TYPE_CHECKING:
    import pandas as pd

    from runn_pandas.transport.cache import AccountCache, Cache, Form

CONNECTIONS = 32  # kept open: more than the threads that read at once
# Waits are spread with numbers of our own: a notebook's `random.seed` stays untouched.
_CHANCE = _random.Random()

log = logging.getLogger(__name__)


class Session:
    """One account, reached over HTTP.

    Threads may share it: cookies are refused, so requests' own session holds nothing that
    a request changes, and urllib3's pool of connections is made for threads. A child made by
    fork opens connections of its own.

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
        random: Callable[[], float] = _CHANCE.random,
    ) -> None:
        self._token = token = urls.checked_token(token)
        self.base_url = urls.normal_base_url(base_url)
        if not (timeout > 0 and math.isfinite(timeout)):
            raise ConfigError(f"timeout={timeout!r} must be a number of seconds above 0.")
        self._digest = urls.account_digest(self.base_url, self._token)
        self.fingerprint = self._digest[:8]
        self.offline = offline
        self._host = urlsplit(self.base_url).hostname or ""
        self._version = load().version
        self._timeout, self._window = timeout, window
        self._sleep, self._random = sleep, random
        self._cache = cache
        # By how many seconds the server's clock is ahead of this one, once an answer told.
        self.ahead: float | None = None
        # Lists that have turned out not to be what their filters say; each is read by one cursor.
        self.odd: set[str] = set()
        # In-process, a ValueError is a mistake of that code and is not hidden.
        self._no_answer: tuple[type[Exception], ...] = (
            responses.NO_ANSWER if adapter is not None else (*responses.NO_ANSWER, ValueError)
        )
        self._throttle = (
            shared_throttle(self._digest, limit, window)
            if adapter is None and clock is time.monotonic and sleep is time.sleep
            else Throttle(limit, window, clock=clock, sleep=sleep)
        )
        self._adapter, self._wrap = adapter, wrap
        self._http = self._opened()
        renew_in_child(self)

    def renew(self) -> None:
        """Open connections of its own in a child process."""
        keep(self._http)
        self._http = self._opened()

    def _opened(self) -> requests.Session:
        http = _Straight()
        http.auth = urls.BearerAuth(self._token)
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
        inner = self._adapter or NetworkAdapter(pool_maxsize=CONNECTIONS, max_retries=never)
        throttled: BaseAdapter = ThrottledAdapter(inner, self._throttle)
        outer = throttled if self._wrap is None else self._wrap(throttled)
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
        attempts: int | None = None,
    ) -> requests.Response:
        """Send one request, again where that is safe, and return its good answer.

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
        attempts
            How often it is sent at most, if it fails; by default 5 times. A refusal by the
            limit is no failure.

        Raises
        ------
        RunnError
            `ResponseError` for an error status, `ProtocolError` for what is not an answer of
            the API, `TransportError` for none; its `sent` says whether a write may have
            arrived.
        """
        method, path = method.upper(), urls.normal_path(path)
        if self.offline:
            raise OfflineError(f"Offline: {method} {path} was not sent.")
        if repeatable is None:
            repeatable = is_repeatable(method, path)
        prepared = self._prepared(method, path, params, json)
        past = retry.Past()
        arrived = False  # an earlier copy may have been carried out
        while True:
            response, error, outcome = self._attempt(prepared, method, path)
            if error is None:
                return response
            if arrived and responses.is_gone(response, prepared):
                return responses.already_deleted(response)  # by the earlier copy
            verdict = retry.decide(
                outcome,
                repeatable=repeatable,
                past=past,
                attempts=attempts or retry.ATTEMPTS,
                window=self._window,
                jitter=self._random(),
                now=time.time(),
            )
            if isinstance(verdict, retry.GiveUp):
                raise error
            log.info("%s; sent again in %.1f s", _first_words(error), verdict.seconds)
            past = past.after(outcome, verdict.seconds)
            arrived = arrived or outcome.may_have_arrived
            wait(verdict.seconds, self._sleep, outcome.why)

    def exchange(
        self,
        method: str,
        path: str,
        params: Mapping[str, object] | None = None,
        json: object = None,
    ) -> tuple[requests.Response, RunnError | None]:
        """Send one request once; return its answer, good or not, and the error it stands for.

        What got no answer comes back without a status. Parameters as of `request`.
        """
        method, path = method.upper(), urls.normal_path(path)
        if self.offline:
            raise OfflineError(f"Offline: {method} {path} was not sent.")
        response, error, _ = self._attempt(self._prepared(method, path, params, json), method, path)
        return response, error

    def _prepared(
        self, method: str, path: str, params: Mapping[str, object] | None, json: object
    ) -> requests.PreparedRequest:
        request = requests.Request(
            method, self.base_url + path, params=urls.query(params), json=json
        )
        try:
            return self._http.prepare_request(request)
        except requests.exceptions.InvalidJSONError:
            text = f"The body of {method} {path} holds NaN or another value that JSON lacks."
            raise FrameError(text) from None
        except requests.RequestException as error:
            text = f"{self.base_url} is not an address that can be asked ({error})."
            raise ConfigError(responses.one_line(text, self._token)) from None

    def _attempt(
        self, prepared: requests.PreparedRequest, method: str, path: str
    ) -> tuple[requests.Response, RunnError | None, retry.Answer | retry.Failure]:
        """Send once; return the answer, the error that it stands for, and what a retry needs."""
        settings = self._http.merge_environment_settings(prepared.url, {}, True, None, None)
        if self.base_url.startswith("http:"):
            # To this machine and not encrypted: a proxy elsewhere would see the token.
            settings["proxies"] = {}
        problem: Exception
        try:
            response = self._http.send(
                prepared, timeout=self._timeout, allow_redirects=False, **settings
            )
            self.ahead = seconds_ahead(response.headers, time.time(), self.ahead)
        except RunnError:
            raise  # by a recorder or a player; some are ValueErrors too
        except self._no_answer as caught:
            problem = caught
        else:
            error = responses.error_of(response, method, path, self._token)
            return response, error, retry.Answer(response.status_code, response.headers)
        # Outside of `except`: what requests raised holds the request with its token.
        failure = responses.failure_of(problem)
        text = responses.sentence(
            problem, failure, f"{method} {path}", self._host, self._timeout, self._token
        )
        lost = TransportError(text, sent=failure.may_have_arrived)
        return requests.Response(), lost, failure

    def pause(self, seconds: float, why: str) -> None:
        """Wait between two requests, and say why where waits are told."""
        wait(seconds, self._sleep, why)

    def left(self) -> int | None:
        """Return how many requests are left in this window, None if that is not known."""
        return self._throttle.left()

    def server_time(self) -> pd.Timestamp | None:
        """Return the server's time by the dates of its answers, None if they have none."""
        import pandas as pd

        if self.ahead is None:
            return None
        return pd.to_datetime(time.time() + self.ahead, unit="s", utc=True)

    def plain(self, text: str) -> str:
        """Return a foreign text as one harmless, short line without the token."""
        return responses.one_line(text, self._token)

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
        form: Form | None = None,
    ) -> Reading | CachedReading:
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
            Told the seconds left, and what failed (nothing if it is the limit), about twice a
            second, while a wait of more than half a second goes on; 0 seconds if only an answer
            can tell. What it raises ends the wait.
        keep
            False neither asks the cache nor stores anything in it.
        form
            In which the rows may be kept besides the pages.

        Raises
        ------
        OfflineError
            Offline, and the cache does not have it all.
        """
        path = urls.normal_path(path)
        pairs = urls.query(params)
        shown = [*urls.query(place), *pairs]
        what = resource, filters(shown)
        cache = self.account_cache() if keep else None
        key = list_key(self._version, self._digest, path, pairs)
        oldest = None if self.offline else max_age
        found = None if cache is None or oldest == 0 else cache.find(key, what, oldest, form)
        if cache is not None and found is not None:
            stored, bodies, decoded = found
            age = max(0.0, cache.now() - stored.fetched_at)
            log.info("%s: %d rows from the cache, %.0f s old", resource, stored.rows, age)
            return CachedReading(bodies, stored.far, age, decoded)
        if self.offline:
            raise self._not_cached(resource, shown)
        draft = None if cache is None else Draft(cache, key, *what, form)
        return Reading(self, path, params or {}, on_wait, draft)

    def _not_cached(self, resource: str, query: Collection[tuple[str, str]]) -> OfflineError:
        said = ", ".join(f"{name}={value}" for name, value in query)
        text = f"Offline: {resource}{f' ({said})' if said else ''} is not in the cache"
        return OfflineError(
            f"{responses.one_line(text, self._token)}. Read it once with the same filters while"
            " online; rp.cache.info() lists what is there."
        )

    def account_cache(self) -> AccountCache | None:
        """Return the part of the cache that belongs to this account, if there is a cache."""
        return None if self._cache is None else self._cache.of_account(self._host, self.fingerprint)

    def drop(self, resources: Collection[str] | None) -> int:
        """Remove this account's cached lists of some resources, or all: a write changes them."""
        cache = self.account_cache()
        return 0 if cache is None else cache.drop(resources, vacuum=False)

    # -- the object

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if "_http" not in vars(self):
            return "<Session, not open>"  # a traceback with locals shows it
        offline = ", offline" if self.offline else ""
        return f"Session({self.base_url!r}, account {self.fingerprint}{offline})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A Session holds the token and is not pickled or copied; connect in each process."
        )


class Reading:
    """A list or record that is asked for page by page, and kept when all of it has come."""

    cached: Literal[False] = False

    def __init__(
        self,
        session: Session,
        path: str,
        params: Mapping[str, object],
        on_wait: OnWait | None,
        draft: Draft | None,
    ) -> None:
        self._session, self._path, self._params = session, path, params
        self._on_wait, self._draft = on_wait, draft

    def page(self, cursor: str | None = None, *, again: bool = False) -> bytes:
        """Return the body of a page by its cursor, None for the first; `again` does not keep it."""
        query = self._params if cursor is None else {**self._params, "cursor": cursor}
        with telling(self._on_wait):
            body = self._session.request("GET", self._path, query).content
        if self._draft is not None and not again:
            self._draft.add(cursor, body)
        return body

    def keep_nothing(self) -> None:
        """Do not keep the list: a page of it came twice, and differently."""
        self._draft = None

    def keep_far(self, pages: Sequence[tuple[str | None, bytes]]) -> None:
        """Keep pages from the list's other end, in the order they were read."""
        if self._draft is not None:
            for cursor, body in pages:
                self._draft.add(cursor, body, far=True)

    def complete(self, rows: int, decoded: Sequence[Any] = ()) -> None:
        """Keep the list as a whole: this was the last page, and all were good.

        If all pages are given decoded, the list is kept in its form too.
        """
        if self._draft is not None:
            self._draft.complete(rows, decoded)


@dataclass(frozen=True)
class CachedReading:
    """A list or record that is all in the cache.

    Attributes
    ----------
    bodies : list of bytes
        All pages, in the order in which they were kept.
    far : int
        How many of them, the last ones, were read from the list's other end.
    age : float
        Seconds since the rows were fetched.
    decoded : object
        The rows in the form in which they are kept too; then there are no pages.
    """

    bodies: list[bytes]
    far: int
    age: float
    decoded: Any = None
    cached: Literal[True] = True


def seconds_ahead(
    headers: Mapping[str, str], now: float, before: float | None = None
) -> float | None:
    """Return by how many seconds an answer's ``Date`` is ahead; ``before`` without one."""
    try:
        moment = parsedate_to_datetime(headers["Date"])
        # Without a zone it is no time of this machine's, but of the world's.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (KeyError, ValueError, TypeError, OverflowError):
        return before


class _Straight(requests.Session):
    """Never goes where a redirect points, and does not even parse it."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return no target."""


def user_agent() -> str:
    """Return the name of this package and its version."""
    try:
        version = metadata.version("runn-pandas")
    except metadata.PackageNotFoundError:
        version = "0"
    return f"runn-pandas/{version}"


def _first_words(error: RunnError) -> str:
    return str(error).split(". ", 1)[0].rstrip(".")
