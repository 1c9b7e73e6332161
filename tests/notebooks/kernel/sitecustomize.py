"""Put before everything else on the path of a notebook's kernel: it reaches this machine only."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex
_sendto, _getaddrinfo = socket.socket.sendto, socket.getaddrinfo


def _local(host: Any) -> bool:
    """Whether a name or an address is this machine's own."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False


def _check(this: socket.socket, address: Any) -> None:
    inet = this.family in (socket.AF_INET, socket.AF_INET6)
    if inet and not _local(address[0]):
        raise PermissionError(f"The network is blocked: no connection to {address[0]!r}.")


def connect(self: socket.socket, address: Any) -> None:
    _check(self, address)
    _connect(self, address)


def connect_ex(self: socket.socket, address: Any) -> int:
    _check(self, address)
    return _connect_ex(self, address)


def sendto(self: socket.socket, data: Any, *rest: Any) -> int:
    _check(self, rest[-1])
    return _sendto(self, data, *rest)


def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
    if not _local(host):
        raise PermissionError(f"The network is blocked: {host!r} is not looked up.")
    return _getaddrinfo(host, *rest, **more)


socket.socket.connect = connect  # type: ignore[method-assign]
socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
socket.socket.sendto = sendto  # type: ignore[assignment,method-assign]
socket.getaddrinfo = getaddrinfo
