"""The progress bar of a read or a push: silent when short, and where nobody is watching."""

from __future__ import annotations

import io
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any

from runn_pandas import forks, html, threads
from runn_pandas.frame.flags import check_flags
from runn_pandas.frame.foreign_text import printable

if TYPE_CHECKING:
    from runn_pandas.transport.throttle import OnWait  # it needs ratelimit

DELAY = 1.0
OLD = 60.0  # seconds from which the age of cached rows is told in a notebook
LINGER = 10.0  # seconds for which that is shown
# Between two notes in a log that the read waits: once for each window.
QUIET = 30.0
Show = Callable[[str], object]
log = logging.getLogger("runn_pandas")
# Where an app shows the progress of the reads that it makes.
_aged: set[str] = set()  # what was told to be from the cache, and was not read anew since
_shown_by: ContextVar[Show | None] = ContextVar("runn_pandas_progress", default=None)
_waits_told_to: ContextVar[OnWait | None] = ContextVar("runn_pandas_waits", default=None)


class Progress:
    """Counts rows as they come, and says when the read waits, and for what.

    Parameters
    ----------
    name : str
        What is read.
    bar : tqdm, optional
        Where it is shown; without one a wait is logged.
    clock : callable
        Returns seconds.
    level : int
        How loudly a wait is logged.
    """

    def __init__(
        self,
        name: str,
        bar: Any = None,
        clock: Callable[[], float] = time.monotonic,
        level: int = logging.WARNING,
    ) -> None:
        self._name, self._bar, self._clock, self._level = name, bar, clock, level
        self._on_wait = _waits_told_to.get()
        self._said: dict[str, float] = {}
        self._age = 0.0
        self._waits = False
        self._lock = threading.Lock()

    def rows(self, count: int) -> None:
        """Add rows that came."""
        if self._bar is None:
            return
        with self._lock:
            if self._waits:
                self._bar.set_description_str(self._name, refresh=False)
                self._waits = False
            self._bar.update(count)

    def cached(self, age: float) -> None:
        """Note how many seconds old rows are that come from the cache."""
        self._age = max(self._age, age)

    def old(self) -> str:
        """Return what to say of rows that are old, once until they are read anew."""
        if self._age < OLD:
            _aged.discard(self._name)
            return ""
        if self._name in _aged:
            return ""
        _aged.add(self._name)
        return f"{self._name}: from the cache, {_duration(self._age)} old; max_age=0 asks again"

    def waiting(self, wait: float, why: str = "") -> None:
        """Say how many seconds are left, and why, at most once a second whoever waits.

        Parameters
        ----------
        wait : float
            Seconds; nothing is said of a wait that lasts until an answer comes.
        why : str
            What failed; the limit is reached if nothing did.
        """
        with self._lock:
            is_watched = self._bar is not None or self._on_wait is not None
            now, quiet = self._clock(), 1.0 if is_watched else QUIET
            if not wait or now - self._said.get(why, -quiet) < quiet:
                return
            self._said[why] = now
            if self._bar is not None:
                self._waits = True
                short = f"limit of requests a minute reached, waiting {wait:.0f} s"
                told = wait_said(wait, why) if why else short
                self._bar.set_description_str(f"{self._name}: {told}")
            if self._on_wait is not None:
                self._on_wait(wait, why)
            elif self._bar is None:
                log.log(self._level, "%s: %s", self._name, wait_said(wait, why))


def wait_said(seconds: float, why: str) -> str:
    """Return what is waited for, and until when.

    Examples
    --------
    >>> wait_said(4.2, "Runn answered with 503")
    'Runn answered with 503, trying again in 4 s'
    """
    left = f"{max(1, round(seconds))} s"
    if why:
        return f"{why}, trying again in {left}"
    until = time.strftime("%H:%M:%S", time.localtime(time.time() + seconds))
    return f"the limit of requests a minute is reached, waiting {left}, until {until}"


@contextmanager
def progress_bar(
    name: str, wanted: bool | None, total: int | None = None, unit: str = " rows"
) -> Iterator[Progress]:
    """Yield the progress of a read or a push; a bar appears after about a second.

    Parameters
    ----------
    name : str
        What is read.
    wanted : bool or None
        Whether to show it; None for only where someone watches: a terminal, or a notebook that
        a person runs. One that a program runs keeps its outputs, so nothing is shown there.
    total : int, optional
        How many rows there are; if that is known, the time that is left is shown too.
    unit : str
        What is counted.
    """
    check_flags(["progress"], progress=wanted)
    show = _shown_by.get()
    kernel = _kernel()
    if not _is_shown(show, kernel, wanted):
        # What is logged as a warning lands in the stored outputs of a notebook.
        yield Progress(name, level=logging.INFO if kernel else logging.WARNING)
        return
    line = Line() if show is None and kernel else None
    with _bar(name, show or line, unit, total) as bar:
        progress = Progress(name, bar)
        yield progress
    if line is not None:
        line.linger(progress.old())


@contextmanager
def announced(text: str, wanted: bool | None, *, long: bool = False) -> Iterator[None]:
    """Show a line before something begins, where its progress is shown: see `progress_bar`.

    On a terminal it stays, in a notebook it is gone when that ends. Of what takes `long` it is
    logged where nobody watches.
    """
    show, kernel = _shown_by.get(), _kernel()
    if not _is_shown(show, kernel, wanted):
        if long:
            log.log(logging.INFO if kernel else logging.WARNING, "%s", text)
        yield
    elif show is None and not kernel:
        sys.stderr.write(f"{printable(text)}\n")
        yield
    else:
        show = show or Line()
        show(text)
        try:
            yield
        finally:
            show("")


def _is_shown(show: Show | None, kernel: Any, wanted: bool | None) -> bool:
    """Whether somebody watches, or progress is asked for and there is where to show it."""
    if show is None and not kernel and sys.stderr is None:
        return False  # a service, or a program without a console
    if wanted is not None:
        return wanted
    return show is not None or (_is_attended(kernel) if kernel else sys.stderr.isatty())


def _duration(seconds: float) -> str:
    """Return a time in one unit.

    Examples
    --------
    >>> _duration(90), _duration(7200), _duration(3 * 86400)
    ('2 min', '2 h', '3 days')
    """
    for size, unit in ((86400, "days"), (3600, "h")):
        if seconds >= 2 * size or (unit == "h" and seconds >= size):
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 60:.0f} min"


@contextmanager
def progress_shown_by(show: Show, on_wait: OnWait | None = None) -> Iterator[None]:
    """Have the progress of the reads inside shown by an app, as texts; the last one is empty.

    Of each wait the app is also told the seconds left, and what failed: see `Progress.waiting`.
    """
    before, waits_before = _shown_by.set(show), _waits_told_to.set(on_wait)
    try:
        yield
    finally:
        _waits_told_to.reset(waits_before)
        _shown_by.reset(before)


class Line:
    """One line below a notebook's cell, which is empty in the end.

    The front end replaces it in place, so nothing else that the cell showed is touched, and
    neither text nor widget stays behind in a notebook that is saved.
    """

    def __init__(self) -> None:
        self._handle: Any = None

    def __call__(self, text: str) -> None:
        from IPython.display import display

        show: Any = display
        shown = {"text/plain": text, "text/html": html.block("", html.line(text))} if text else {}
        if self._handle is not None:
            self._handle.update(shown, raw=True)
        elif text:
            self._handle = show(shown, raw=True, display_id=True)

    def linger(self, text: str) -> None:
        """Show a text for a few seconds, where a thread can take it away again."""
        if text and threads.can_start():
            self(text)
            # The thread answers to the same cell.
            gone = threading.Timer(LINGER, copy_context().run, (self, ""))
            gone.daemon = True
            gone.start()


def _bar(name: str, show: Show | None, unit: str, total: int | None) -> Any:
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]
        """Shows itself by `show` if there is one, and is gone when it ends."""

        seen = False

        def display(self, msg: str | None = None, pos: int | None = None) -> None:
            text = str(self) if msg is None else msg
            self.seen = self.seen or bool(text)
            if show is None:
                super().display(msg, pos)
            else:
                show(text)

        def close(self) -> None:
            # It may have shown a wait before its delay was over: tqdm would leave that standing.
            if self.seen and not self.disable:
                self.display("")
                self.seen = False
            super().close()

    if not threads.can_start():
        Bar.monitor_interval = 0  # tqdm would watch its bars from a thread, and warn
    if forks.in_child:
        # tqdm's own may be held for ever, by a thread of the parent that was drawing.
        Bar.set_lock(threading.RLock())
    return Bar(
        desc=name,
        unit=unit,
        total=total,
        smoothing=0,  # the limit lets requests through in bursts: only the mean tells of the rest
        delay=DELAY,
        leave=False,
        file=None if show is None else io.StringIO(),
    )


def _kernel() -> Any:
    """Return the notebook kernel that this runs in, if it does."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None)


def _is_attended(kernel: Any) -> bool:
    """Whether a person runs the cell: a program says that it cannot be asked anything."""
    try:
        return bool(kernel.get_parent()["content"]["allow_stdin"])
    except (AttributeError, KeyError, TypeError):
        return False
