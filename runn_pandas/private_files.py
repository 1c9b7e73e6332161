"""Files for their owner alone, and a lock that only one push or sync holds at a time.

POSIX gives back all locks that a process holds on a file as soon as it closes any descriptor of
it, also one that a plain ``open`` made. So a file that SQLite may have open is never opened
here: it is made if it is not there, and otherwise looked at by its path.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runn_pandas.errors import ConfigError

PATIENCE = 1.0  # seconds
_guard = threading.Lock()
_held: dict[str, int] = {}  # by path the descriptor that holds its lock; -1 until it does

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        """Lock a file for this descriptor alone; False if another has it."""
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _release(handle: int) -> None:
        os.close(handle)

else:
    import fcntl

    def _take(handle: int) -> bool:
        """Lock a file for this descriptor alone; False if another has it."""
        try:
            # Of the open file, and not of the process as those of SQLite are.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(handle: int) -> None:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)  # also where a child has the descriptor too
        os.close(handle)

    def _forget() -> None:
        """Leave the locks to the parent: a child would hold them for as long as it runs."""
        global _guard
        _guard = threading.Lock()
        for handle in _held.values():
            with suppress(OSError):
                os.close(handle)
        _held.clear()

    os.register_at_fork(after_in_child=_forget)


def open_to_others(path: Path) -> bool:
    """Whether others than the owner can do anything with a file or folder."""
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def close_to_others(path: Path) -> None:
    """Take from others what they may do with a file or folder, where that can be done."""
    with suppress(OSError):
        if open_to_others(path):
            path.chmod(0o700 if path.is_dir() else 0o600)


def is_of_others(path: Path) -> bool:
    """Whether a file, or a link in its place, is there and belongs to another user."""
    try:
        # Python in a browser has one user, and no name for it.
        return hasattr(os, "geteuid") and path.lstat().st_uid != os.geteuid()
    except FileNotFoundError:
        return False


def make_private(path: Path) -> None:
    """Make a file, and its folders, for the owner only; what is there is only closed to others.

    SQLite gives the files beside it (journal, wal, shm) the mode of the file itself.
    """
    for folder in reversed(path.parents):  # mkdir would give its mode to the last one only
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    close_to_others(path)


@contextmanager
def held(path: Path, busy: str) -> Iterator[None]:
    """Hold a lock file, against other threads and other programs.

    The system gives the lock back when the process ends, however it ends. What is in the file
    does not matter.

    Parameters
    ----------
    path
        The lock file; made if it is not there.
    busy
        What to say if another has it.

    Raises
    ------
    ConfigError
        If another has it, or the file cannot be used as a lock.
    """
    name = os.path.realpath(path)
    until = time.monotonic() + PATIENCE
    _wait(until, busy, lambda: _first(name))
    try:
        handle = _held[name] = _opened(path)
        _wait(until, busy, lambda: _take(handle))
    except BaseException as error:
        _give_back(name, _held.get(name, -1))
        if isinstance(error, OSError):
            raise ConfigError(
                f"The lock {path} cannot be used ({error.strerror or error}); see who may write"
                " there, and whether there is space."
            ) from error
        raise
    try:
        yield
    finally:
        _give_back(name, handle)


def _opened(path: Path) -> int:
    make_private(path)
    return os.open(path, os.O_RDWR)


def _wait(until: float, busy: str, taken: Callable[[], bool]) -> None:
    while not taken():
        if time.monotonic() > until:
            raise ConfigError(busy)
        time.sleep(0.02)


def _first(name: str) -> bool:
    """Whether no other thread of this process has a file's lock; it is taken then."""
    with _guard:
        free = name not in _held
        _held.setdefault(name, -1)
        return free


def _give_back(name: str, handle: int) -> None:
    with _guard:
        # A child that was forked meanwhile has closed it already.
        if _held.get(name) == handle:
            del _held[name]
            if handle >= 0:
                _release(handle)
