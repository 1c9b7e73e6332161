"""Judges changes in forks of one pytest that has collected the tests: nothing is imported again.

A change stands in the body of a function, so a fork puts the changed body in place of the one that
was imported and runs the tests that were asked for. The changed file is in the tree meanwhile, for
the processes that the tests start.
"""

from __future__ import annotations

import contextlib
import gc
import inspect
import json
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

CANNOT = "cannot"  # the change takes a fresh process
LOOKED = 0.01  # seconds between two looks at a fork


def bodies(code: CodeType) -> Iterator[CodeType]:
    """Yield the outermost functions of a module, those of its classes included."""
    for one in code.co_consts:
        if isinstance(one, CodeType):
            if one.co_flags & inspect.CO_OPTIMIZED:
                yield one
            else:
                yield from bodies(one)


def put_in_place(path: str, line: int, source: str) -> bool:
    """Put the function of a line as its file has it now in place, and say whether it can be."""
    if all(getattr(one, "__file__", None) != path for one in list(sys.modules.values())):
        return True  # will be imported from the changed file
    before = list(bodies(compile(source.encode(), path, "exec", dont_inherit=True)))
    after = list(bodies(compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)))
    place = max(
        (n for n, one in enumerate(before) if one.co_firstlineno <= line),
        key=lambda n: before[n].co_firstlineno,
    )
    live = [
        one
        for one in gc.get_objects()
        if isinstance(one, FunctionType) and one.__code__.co_filename == path
    ]
    if all(one.__code__ != before[place] for one in live):
        return False
    # A function inside may live already: what a decorator returned when it was imported.
    olds, news = list(inside(before[place])), list(inside(after[place]))
    if len(olds) != len(news):
        return False
    for one in live:
        new = next((new for old, new in zip(olds, news, strict=True) if one.__code__ == old), None)
        if new is not None and one.__code__.co_freevars != new.co_freevars:
            return False
        if new is not None:
            one.__code__ = new
    return True


def inside(code: CodeType) -> Iterator[CodeType]:
    """Yield a function and all that are written inside of it."""
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from inside(one)


@dataclass(eq=False)
class Failure:
    """The first test that failed in this process."""

    name: str = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.name:
            self.name = report.nodeid


class Judge:
    """Waits for requests, a line of JSON each, and answers each with a line."""

    def __init__(self, asked: int, told: int) -> None:
        self.asked, self.told = os.fdopen(asked), os.fdopen(told, "w")

    def say(self, verdict: str, by: str = "") -> None:
        print(json.dumps([verdict, by]), file=self.told, flush=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        self.say("ready", str(len(items)))
        for line in self.asked:
            asked = json.loads(line)
            chosen = [items[name] for name in asked["names"] if name in items]
            work = partial(_tested, session, chosen, asked["change"])
            self.say(*forked(work, asked["limit"]))
        return True


def _tested(
    session: pytest.Session, chosen: list[pytest.Item], change: dict[str, Any] | None, write: int
) -> None:
    if change is not None and not put_in_place(change["path"], change["line"], change["source"]):
        os.write(write, CANNOT.encode())
        return
    failure = Failure()
    session.config.pluginmanager.register(failure)
    for item, after in zip(chosen, [*chosen[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if failure.name:
            os.write(write, failure.name.encode())
            return
    os.write(write, b"survived")


def forked(work: Callable[[int], object], limit: float) -> tuple[str, str]:
    """Run this in a fork, for so many seconds at most, and end all that it leaves behind."""
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        process = os.fork()
    if not process:
        os.setsid()
        try:
            work(write)
        except BaseException:
            os.write(write, traceback.format_exc()[-300:].encode())
        finally:
            os._exit(0)
    os.close(write)
    ends = time.monotonic() + limit
    while not (ended := os.waitpid(process, os.WNOHANG)[0]) and time.monotonic() < ends:
        time.sleep(LOOKED)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
    if not ended:
        os.waitpid(process, 0)
    os.set_blocking(read, False)
    try:
        said = os.read(read, 65_536).decode(errors="replace")
    except BlockingIOError:  # of a process that lives on
        said = ""
    os.close(read)
    if not ended:
        return "timeout", ""
    return (said, "") if said in ("survived", CANNOT) else ("caught", said or "ended at once")
