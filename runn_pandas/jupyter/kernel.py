"""The kernel of a notebook, and its main thread, the only one that an interruption reaches."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

BEAT = 1.0  # seconds between two looks whether the main thread is still there


def the_kernel() -> Any:
    """Return the kernel that this runs in; None outside of one."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None)


def in_main_thread(work: Callable[..., Any], *values: Any) -> None:
    """Do the work of a click where interrupting the kernel stops it, and wait for its end.

    From version 7 on ipykernel takes the messages of widgets in a thread beside the main one, in
    which Python raises no KeyboardInterrupt. Everywhere else the work is done at once.
    """
    loop = _main_loop()
    if loop is None:
        work(*values)
        return
    done: Future[None] = Future()
    context = copy_context()  # of the click: what is put out belongs to it
    loop.add_callback(context.run, _do, done, work, values)
    while not _is_over(done, loop):
        pass
    if done.done():
        done.result()


def _main_loop() -> Any:
    """Return the loop of the main thread if this is a subshell beside it, which may wait for it.

    A thread of the user's is none: the main thread may wait for that one. Nor is there a loop
    to wait for where a window's own (``%gui``) runs in its place.
    """
    subshell = getattr(sys.modules.get("ipykernel.subshell"), "SubshellThread", ())
    if not isinstance(threading.current_thread(), subshell):
        return None
    kernel = the_kernel()
    return None if getattr(kernel, "eventloop", None) else getattr(kernel, "io_loop", None)


def _is_over(done: Future[None], loop: Any) -> bool:
    """Wait for the end of the work, or of the kernel."""
    try:
        done.exception(BEAT)
    except TimeoutError:
        return done.done() or not loop.asyncio_loop.is_running()
    return True


def _do(done: Future[None], work: Callable[..., Any], values: tuple[Any, ...]) -> None:
    """Do the work in the main thread; what it raises is for who waits, and not for the loop."""
    try:
        with _interruptible():
            work(*values)
    except BaseException as error:
        done.set_exception(error)
    else:
        done.set_result(None)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Take an interruption as Python does: ipykernel ignores it while no cell runs."""
    if threading.current_thread() is not threading.main_thread():
        yield  # a kernel that runs in another thread
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
