"""An account: its token, its address, and the way to it; or the demo."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn, Self

import pandas as pd

from runn_pandas import html, settings, threads
from runn_pandas.catalog import load
from runn_pandas.errors import ConfigError, ProtocolError, ReadOnlyError
from runn_pandas.forks import Lock
from runn_pandas.frame.flags import check_flags

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from runn_pandas.transport.session import Session
    from runn_pandas.transport.urls import Token

    Wrap = Callable[[BaseAdapter, str], BaseAdapter]

# .invalid is reserved: this address can never be a real server's.
DEMO_URL = "https://demo.invalid"
DEMO = "demo"
LIVE, TEST = TOKEN_KINDS = ("LIVE_", "TEST_")
LIMIT, UNLIMITED = 120, 1_000_000  # requests a minute
# Beyond this a read only waits for the limit of 120 requests a minute.
WORKERS = 8
_lock = Lock()
# The account of `rp.use`, and those of the `with` blocks that this thread is in.
_default: Account | None = None
_blocks: ContextVar[tuple[Account, ...]] = ContextVar("runn_pandas_accounts", default=())


class Account:
    """One Runn account, as this session reaches it. Made by `connect`.

    Attributes
    ----------
    base_url : str
        The API's address.
    fingerprint : str
        Eight characters that tell accounts apart and say nothing about the token.
    read_only : bool
        Whether every write is refused before it is sent.
    max_age : float or None
        How old, in seconds, cached rows may be; None for any age.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        adapter: BaseAdapter | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        max_age: float | None = 900.0,
        timeout: float = 30.0,
        offline: bool = False,
        read_only: bool = False,
    ) -> None:
        from runn_pandas.transport.cache import Cache
        from runn_pandas.transport.session import Session
        from runn_pandas.transport.urls import Token

        check_flags(error=ConfigError, offline=offline, read_only=read_only)
        token = Token(token)
        self.cache = Cache(cache_dir)
        self.max_age = max_age
        self.read_only = read_only
        self._replaced: tuple[bool, Account | None] | None = None
        self._adapter = adapter
        self._fingerprint = ""
        # "LIVE_", "TEST_", or empty: a token says by its beginning whose it is.
        self.token_kind = next((k for k in TOKEN_KINDS if token.strip().startswith(k)), "")
        self.workers = WORKERS if threads.can_start() else 1

        def open_session(offline: bool = False, wrap: Wrap | None = None) -> Session:
            return Session(
                base_url,
                token,
                timeout=timeout,
                adapter=adapter,
                # What a cassette has or has not must not depend on what was cached before.
                cache=self.cache if wrap is None else None,
                offline=offline,
                wrap=None if wrap is None else lambda inner: wrap(inner, token),
            )

        self._open_session = open_session
        self.session = open_session(offline)

    @property
    def is_demo(self) -> bool:
        """Whether this is the embedded demo account."""
        return self._adapter is not None

    @property
    def is_live(self) -> bool:
        """Whether the token is one of a live account, by its prefix."""
        return self.token_kind == LIVE

    @property
    def is_offline(self) -> bool:
        """Whether reads are served from the cache only."""
        return self.session.offline

    @property
    def in_cassette(self) -> bool:
        """Whether its reads are recorded into a cassette, or replayed from one."""
        return bool(self._fingerprint)

    def offline(self) -> Account:
        """Return the same account, served from the cache only, however old.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> roles = rp.read_runn("roles")
        >>> with rp.use(account.offline()):
        ...     again = rp.read_runn("roles")
        >>> again.equals(roles)
        True
        """
        return self._twin(self._open_session(True))

    def through(self, wrap: Wrap, fingerprint: str) -> Account:
        """Return the same account through a cassette: read-only, with its fingerprint."""
        twin = self._twin(self._open_session(False, wrap))
        twin.read_only = True
        # One after the other, so that a cassette is the same each time it is recorded.
        twin.workers = 1
        twin._fingerprint = fingerprint
        return twin

    def beside(self, wrap: Wrap) -> Session:
        """Return another session with the same account, without the cache; to be closed."""
        return self._open_session(False, wrap)

    def _twin(self, session: Session) -> Account:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._replaced = None
        twin.session = session
        return twin

    @property
    def base_url(self) -> str:
        return self.session.base_url

    @property
    def fingerprint(self) -> str:
        return self._fingerprint or self.session.fingerprint

    def __dir__(self) -> list[str]:
        # Only the package itself goes through these.
        hidden = {"beside", "cache", "session", "through", "token_kind", "workers"}
        return sorted({*super().__dir__()} - hidden)

    def __repr__(self) -> str:
        if "session" not in vars(self):
            return "<Account, not open>"  # a traceback with locals shows it
        what = "the demo account" if self.is_demo else self.base_url
        notes = ", from a cassette" if self._fingerprint else ""
        notes += (", read-only" if self.read_only else "") + (
            ", offline" if self.is_offline else ""
        )
        notes += "" if threads.can_start() else ", one request at a time"
        return f"<Account {self.fingerprint}: {what}{notes}>"

    def _repr_html_(self) -> str:
        ages = {None: "of any age", 0.0: "not used, every read asks"}
        minutes = (self.max_age or 0) / 60
        rows = [
            ("address", "in this process" if self.is_demo else self.base_url),
            ("cached rows", ages.get(self.max_age, f"up to {minutes:.3g} min old")),
            ("writes", "refused (read-only)" if self.read_only else "allowed"),
        ]
        if not threads.can_start():
            rows.append(("requests", "one at a time: threads cannot start here"))
        if self.is_offline:
            rows.insert(1, ("offline", "served from the cache only"))
        if self._fingerprint:
            rows.insert(1, ("cassette", "served from a recording"))
        what = "the demo account" if self.is_demo else "live" if self.is_live else "Runn"
        return html.block(f"Account {self.fingerprint}: {what}", html.table(("", ""), rows))

    def request(
        self,
        method: str,
        path: str,
        params: dict[str, Any] | None = None,
        json: Any = None,
    ) -> Any:
        """Send one request the raw way, through the same door as everything else.

        Authentication, the limit of 120 a minute, retries and errors are as in a read;
        paging, filters and types are yours. A write drops the cached lists that it changes.

        Parameters
        ----------
        method : str
            ``"GET"``, ``"POST"``, ``"PATCH"`` or ``"DELETE"``.
        path : str
            A path of the API, such as ``"people"`` or ``"/people/12"``.
        params : dict, optional
            The query.
        json : object, optional
            The body, as Python objects.

        Returns
        -------
        object
            The answer's JSON as Python objects; None if it has no body.

        Raises
        ------
        RunnError
            One of its kinds, see `runn_pandas.errors`.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> account.request("GET", "me")
        {'name': 'Harbour & Heron (demo)'}
        """
        method = method.upper()
        if self.read_only and method not in ("GET", "HEAD"):
            raise ReadOnlyError(
                f"{method} {path} was not sent: this account was opened read-only"
                " (read_only=True or RUNN_READ_ONLY)."
            )
        with self._dropping(method, path):
            response = self.session.request(method, _spelled(method, path), params, json)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise ProtocolError(f"{method} {path}: the answer is not JSON.") from error

    @contextmanager
    def _dropping(self, method: str, path: str) -> Iterator[None]:
        """Drop the cached lists that a write makes out of date, whatever comes of it."""
        if method in ("GET", "HEAD") or self.is_offline:  # nothing is sent, or nothing written
            yield
            return
        from runn_pandas.catalog.writes import stale_after

        stale = stale_after(method, path)
        # Before too: a program that is killed in between leaves nothing old behind.
        self.session.drop(stale)
        try:
            yield
        finally:
            self.session.drop(stale)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "An account holds the token and is not pickled or copied; connect in each process."
        )

    def __enter__(self) -> Self:
        global _default
        with _lock:
            stack = _blocks.get()
            # `with rp.use(account)` has switched already; that was meant for this block only.
            if self._replaced is not None and current_or_none() is self:
                in_block, before = self._replaced
                if in_block and before is not None:
                    stack = (*stack[:-1], before)
                elif not in_block:
                    _default = before
            self._replaced = None
            _blocks.set((*stack, self))
        return self

    def __exit__(self, *_: object) -> None:
        _blocks.set(_blocks.get()[:-1])


def _spelled(method: str, path: str) -> str:
    """Return the path as the contract spells it, trailing slash or not, if it is there."""
    known = {(o.method, o.path.strip("/")): o.path for o in load().operations}
    found = known.get((method, path.strip("/")))
    return found or path


def connect(
    token: str | None = None,
    *,
    region: str | None = None,
    base_url: str | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    max_age: str | float | pd.Timedelta | None = "15min",
    timeout: float = 30,
    offline: bool = False,
    read_only: bool = False,
    limit: int | None = LIMIT,
) -> Account:
    """Open an account and make it the current one.

    Nothing is sent yet. What is not given is taken from the environment:
    ``RUNN_API_TOKEN``, ``RUNN_API_URL``, ``RUNN_REGION``, ``RUNN_CACHE_DIR``,
    ``RUNN_OFFLINE``, ``RUNN_READ_ONLY``. The journal of pushes lies in ``RUNN_STATE_DIR``.

    Parameters
    ----------
    token : str, optional
        An API token (Runn: Settings > API), or ``"demo"`` for the embedded demo account.
    region : {"eu", "us"}, optional
        Where the account lives; ``"eu"`` if nothing says otherwise.
    base_url : str, optional
        The API's address, if it is another one. https only, except to this machine.
    cache_dir : path, optional
        Where cached lists are kept (not the demo's); the user's cache directory if not given.
    max_age : str, number of seconds, Timedelta or None
        How old cached rows may be: ``"15min"``, ``"1d"``, 0 to ask every time, None for any age.
    timeout : float
        Seconds to wait for a connection, and for each part of an answer.
    offline : bool
        Serve reads from the cache only, however old.
    read_only : bool
        Refuse every write before it is sent.
    limit : int or None
        Requests a minute that the embedded demo account allows, as Runn does; None for any
        number. Runn's own limit is not ours to choose.

    Returns
    -------
    Account

    Raises
    ------
    ConfigError
        If there is no token, or a setting makes no sense.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> account.is_demo
    True
    """
    from runn_pandas.transport.urls import hidden  # it needs requests

    check_flags(error=ConfigError, offline=offline, read_only=read_only)
    kind = type(token).__name__
    token = hidden(token)
    secret = settings.token_of(token, kind)
    folder = cache_dir if cache_dir is not None else os.environ.get("RUNN_CACHE_DIR") or None
    adapter = None
    if _is_embedded(secret, token is not None, base_url):
        adapter = _embedded(limit)
        # Each has its own company: what another one was changed to must not be met here.
        folder = passing_folder(adapter)
    elif limit != LIMIT:
        raise ConfigError(
            "limit= is of the embedded demo account; Runn's own is 120 requests a minute, and"
            " reads wait as it asks."
        )
    account = Account(
        settings.address(region, base_url) if adapter is None else DEMO_URL,
        secret,
        adapter=adapter,
        cache_dir=folder,
        max_age=settings.seconds(max_age),
        timeout=settings.positive("timeout", timeout),
        offline=offline or settings.flag("RUNN_OFFLINE"),
        read_only=read_only or settings.flag("RUNN_READ_ONLY"),
    )
    account.cache.passing = adapter is not None
    return use(account)


def _embedded(limit: int | None) -> BaseAdapter:
    """Return the demo account, with as many requests a minute as are asked for."""
    from runn_pandas.demo.adapter import DemoAdapter
    from runn_pandas.demo.server import Demo

    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise ConfigError(f"limit is a number of requests a minute, or None, not {limit!r:.40}.")
    # It is told in headers, without which reads would keep to the documented one.
    return DemoAdapter(Demo(limit=UNLIMITED if limit is None else limit))


def _is_embedded(token: Token, is_given: bool, base_url: str | None) -> bool:
    elsewhere = base_url is not None or (not is_given and bool(os.environ.get("RUNN_API_URL")))
    return token.strip() == DEMO and not elsewhere


def passing_folder(owner: object) -> str:
    """Return a new folder that goes when its owner does, or the process."""
    folder = tempfile.mkdtemp(prefix="runn_pandas-demo-")
    weakref.finalize(owner, _remove, folder, os.getpid())
    return folder


def _remove(folder: str, process: int) -> None:
    # A child made by fork ends too, while its parent still uses the folder.
    if process == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)


def use(account: Account) -> Account:
    """Make an account the current one; as a context manager, only until the block ends.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> mine = rp.connect("demo")
    >>> with rp.use(mine):
    ...     people = rp.read_runn("people")
    """
    global _default
    if not isinstance(account, Account):
        raise ConfigError(f"rp.use takes an account, as rp.connect gives it, not {account!r:.40}.")
    with _lock:
        stack = _blocks.get()
        if stack:
            account._replaced = (True, stack[-1])
            _blocks.set((*stack[:-1], account))
        else:
            account._replaced = (False, _default)
            _default = account
    return account


def current() -> Account:
    """Return the current account; on first need it is made from the environment.

    Raises
    ------
    ConfigError
        If there is none and the environment names none.
    """
    with _lock:
        account = current_or_none() or connect()
        # It is in use now, so a later `with` on it is a block of its own.
        account._replaced = None
        return account


def current_or_none() -> Account | None:
    """Return the current account if there is one."""
    stack = _blocks.get()
    return stack[-1] if stack else _default


def today(fingerprints: Collection[str]) -> date:
    """Return today, or the day on which the demo stands still if only the demo is meant."""
    from runn_pandas.demo import TODAY
    from runn_pandas.transport.urls import account_digest

    demo = account_digest(DEMO_URL, DEMO)[:8]
    return TODAY if set(fingerprints) == {demo} else date.today()
