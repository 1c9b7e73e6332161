"""Connections whose answers come within a bounded time, however slowly they drip."""

from __future__ import annotations

import io
import math
import time
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

ANSWER_TIME = 4  # an answer may take so many timeouts as a whole: one holds for each piece of it


class _Timed(io.RawIOBase):
    """The bytes of one answer, as long as there is time for it."""

    def __init__(self, sock: Any) -> None:
        super().__init__()
        self._sock, self._raw = sock, sock.makefile("rb", buffering=0)
        self._patience = sock.gettimeout()
        patience = math.inf if self._patience is None else self._patience
        self._ends = time.monotonic() + ANSWER_TIME * patience

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the whole answer is over")
        if self._patience is None or left >= self._patience:
            return self._raw.readinto(buffer)  # type: ignore[no-any-return]
        self._sock.settimeout(left)
        try:
            return self._raw.readinto(buffer)  # type: ignore[no-any-return]
        finally:
            self._sock.settimeout(self._patience)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    """An answer; its status line and its headers take part of the time, too."""

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Timed(sock))


class _Http(HTTPConnection):
    response_class = _Answer


class _Https(HTTPSConnection):
    response_class = _Answer


class _HttpPool(HTTPConnectionPool):
    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]
        """These connections, or those that a recorder such as vcrpy has put in their place."""
        put = HTTPConnectionPool.ConnectionCls
        return _Http if put is HTTPConnection else put


class _HttpsPool(HTTPSConnectionPool):
    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]
        """These connections, or those that a recorder has put in their place."""
        put = HTTPSConnectionPool.ConnectionCls
        return _Https if put is HTTPSConnection else put


POOLS = {"http": _HttpPool, "https": _HttpsPool}


class NetworkAdapter(HTTPAdapter):
    """requests' own adapter, with these connections, also to a proxy."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = POOLS
        return manager
