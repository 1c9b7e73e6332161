"""The progress bar of a read: silent when short, and where nobody is watching."""

from __future__ import annotations

import logging
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

DELAY = 1.0
# Between two notes in a log that the read waits: once for each window.
QUIET = 30.0
log = logging.getLogger("runn_pandas")


class Progress:
    """Counts rows as they come, and says when the read waits for the limit.

    Parameters
    ----------
    name : str
        What is read.
    bar : tqdm, optional
        Where it is shown; without one a wait is logged.
    clock : callable
        Gives seconds.
    """

    def __init__(
        self, name: str, bar: Any = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._bar, self._clock = name, bar, clock
        self._said = -QUIET
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

    def waiting(self, wait: float) -> None:
        """Say how many seconds are left, at most once a second whoever waits."""
        with self._lock:
            if self._clock() - self._said < (QUIET if self._bar is None else 1.0):
                return
            self._said = self._clock()
            if self._bar is None:
                log.warning(
                    "%s: the limit of 120 requests a minute is reached, waiting %.0f s",
                    self._name,
                    wait,
                )
            else:
                self._waits = True
                self._bar.set_description_str(f"{self._name}: waiting {wait:.0f} s (120 a minute)")


@contextmanager
def progress(name: str, wanted: bool | None) -> Iterator[Progress]:
    """Give the progress of a read; a bar appears after about a second.

    Parameters
    ----------
    name : str
        What is read.
    wanted : bool or None
        Whether to show it; None for only where someone watches: a terminal or a notebook.
    """
    if wanted is None:
        wanted = _watched()
    if not wanted:
        yield Progress(name)
        return
    with warnings.catch_warnings():
        # Without ipywidgets it warns, and shows a bar of text, which will do.
        warnings.filterwarnings("ignore", message="IProgress not found")
        from tqdm.auto import tqdm

    with tqdm(desc=name, unit=" rows", delay=DELAY, leave=False) as bar:
        yield Progress(name, bar)


def _watched() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules
