"""Clicks that come in beside the kernel's main thread, worked on in it: without a kernel."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import pytest

from runn_pandas.jupyter import kernel
from runn_pandas.jupyter.kernel import in_main_thread

MESSAGE: ContextVar[str] = ContextVar("MESSAGE", default="of a cell")


class Subshell(threading.Thread):
    """A thread in which ipykernel 7 takes the messages of widgets."""


class Loop:
    """The loop of a kernel's main thread, as tornado wraps it."""

    def __init__(self) -> None:
        self.asyncio_loop = asyncio.new_event_loop()

    def add_callback(self, call: Callable[..., Any], *values: Any) -> None:
        self.asyncio_loop.call_soon_threadsafe(call, *values)

    def run(self, click: Callable[[], None], thread: type[threading.Thread] = Subshell) -> None:
        """Run until a click, made in another thread, is over."""

        def clicked() -> None:
            try:
                click()
            finally:
                self.add_callback(self.asyncio_loop.stop)

        other = thread(target=clicked)
        self.asyncio_loop.call_soon(other.start)
        self.asyncio_loop.run_forever()
        other.join()


@contextmanager
def ignoring_interruptions() -> Iterator[None]:
    """Be a kernel that runs no cell."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    made = Loop()
    monkeypatch.setitem(sys.modules, "ipykernel.subshell", SimpleNamespace(SubshellThread=Subshell))
    monkeypatch.setattr(kernel, "the_kernel", lambda: SimpleNamespace(io_loop=made, eventloop=None))
    with ignoring_interruptions():
        yield made
    made.asyncio_loop.close()


def test_an_interruption_reaches_the_work_of_a_click_and_nothing_else(loop: Loop) -> None:
    seen: list[Any] = []

    def work(what: str) -> None:
        seen.extend([what, threading.current_thread(), MESSAGE.get()])
        signal.raise_signal(signal.SIGINT)
        seen.append("not stopped")

    def click() -> None:
        MESSAGE.set("of the click")
        with pytest.raises(KeyboardInterrupt):
            in_main_thread(work, "push")
        in_main_thread(seen.append, "the next click")

    loop.run(click)
    main = threading.main_thread()
    assert seen == ["push", main, "of the click", "the next click"]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN, "as it was"


def test_an_error_is_for_who_clicked_and_one_click_may_ask_for_another(loop: Loop) -> None:
    seen: list[threading.Thread] = []

    def inner() -> None:
        seen.append(threading.current_thread())
        raise ValueError("of the work")

    def click() -> None:
        with pytest.raises(ValueError, match="of the work"):
            in_main_thread(in_main_thread, inner)
        seen.append(threading.current_thread())

    loop.run(click)
    assert seen[0] is threading.main_thread()
    assert isinstance(seen[1], Subshell), "it waited for the end"


def test_a_thread_of_the_users_works_itself(loop: Loop) -> None:
    seen: list[threading.Thread] = []
    # The main thread may wait for it: handed over, neither would ever go on.
    loop.run(lambda: in_main_thread(lambda: seen.append(threading.current_thread())), _Own)
    assert [type(one) for one in seen] == [_Own]


class _Own(threading.Thread):
    """A thread that a user began."""


@pytest.mark.parametrize("without", ["kernel", "loop", "room"])
def test_without_a_loop_to_wait_for_the_work_is_done_at_once(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    kernels = {
        "kernel": None,
        "loop": SimpleNamespace(),
        "room": SimpleNamespace(io_loop=loop, eventloop=print),  # as with %gui
    }
    monkeypatch.setattr(kernel, "the_kernel", lambda: kernels[without])
    seen: list[threading.Thread] = []
    loop.run(lambda: in_main_thread(lambda: seen.append(threading.current_thread())))
    assert [type(one) for one in seen] == [Subshell]


def test_a_click_does_not_wait_for_a_kernel_that_has_ended(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "BEAT", 0.01)
    seen: list[str] = []
    late = Subshell(target=lambda: in_main_thread(seen.append, "done"))
    late.start()
    late.join(5)
    assert not late.is_alive()
    assert seen == []
