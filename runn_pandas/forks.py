"""What a child process made by fork has anew: its locks, its connections, its handles of files.

A lock that another thread holds at the moment of the fork would stay locked in the child for
ever, and a connection or a SQLite handle that two processes use gives one the other's answers.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
import weakref
from contextlib import suppress
from typing import Any, Protocol


class Renewed(Protocol):
    """What has to be made anew in a child."""

    def renew(self) -> None:
        """Give up what the parent uses, without closing it, and begin anew."""


class Quiet(Protocol):
    """What no other thread may be in the middle of at a fork: SQLite has locks of its own."""

    @property
    def lock(self) -> Any:
        """The lock that is held in the middle of it; its holder waits for nothing of ours."""


LOOKS, BETWEEN = 3, 0.002  # in a row without an import of another thread, and seconds

_renewed: weakref.WeakSet[Any] = weakref.WeakSet()
_quiet: weakref.WeakSet[Any] = weakref.WeakSet()
_kept: list[object] = []
_held: list[Any] = []
_forking = threading.RLock()
in_child = False  # whether this process was made by fork


def renew_in_child(one: Renewed) -> None:
    """Have an object made anew in each child, as long as it is there."""
    with _forking:
        _renewed.add(one)


def quiet_at_fork(one: Quiet) -> None:
    """Have a fork wait until no other thread is in the middle of an object's work."""
    with _forking:
        _quiet.add(one)


def keep(one: object) -> None:
    """Keep what the parent uses: to close it, or let it be collected, could disturb the parent."""
    _kept.append(one)


class Lock:
    """A lock of threads that is free in a child, whoever held it at the fork."""

    def __init__(self) -> None:
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Begin with a free lock."""
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _let_imports_end() -> None:
    """Wait for other threads' imports: a module that is half imported stays locked in a child."""
    waited: set[str] = set()  # by name, once: it may be the forking code itself that is imported
    quiet = 0
    while quiet < LOOKS and threading.active_count() > 1:
        half = {
            name
            for name, module in list(sys.modules.items())
            if getattr(getattr(module, "__spec__", None), "_initializing", False)
        }
        for name in half - waited:
            with suppress(ImportError):
                importlib.import_module(name)
        quiet = 0 if half - waited else quiet + 1
        waited |= half
        time.sleep(BETWEEN)  # one that is being found is not in the table yet


def _before() -> None:
    _let_imports_end()
    _forking.acquire()
    # Always in the same order, so that nobody waits for each other.
    for one in sorted(_quiet, key=id):
        _held.append(one.lock)
        one.lock.acquire()


def _released() -> None:
    while _held:
        _held.pop().release()
    _forking.release()


def _in_child() -> None:
    global in_child
    in_child = True
    _released()
    for one in list(_renewed):
        one.renew()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork either
    os.register_at_fork(before=_before, after_in_parent=_released, after_in_child=_in_child)
