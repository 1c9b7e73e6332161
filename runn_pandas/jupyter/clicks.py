"""Clicks one at a time, and whether one was over while its user still waited for it."""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Callable
from typing import Any

from runn_pandas.jupyter.kernel import the_kernel

QUICK = 0.4  # seconds after a click within which its user has not yet begun with something else
NEXT = 1.0  # seconds after work within which what waited for it is taken; clocks may be set back


def sent_at() -> dt.datetime | None:
    """Return when the page sent what is worked on, by its clock; None outside of a kernel."""
    try:
        found = the_kernel().get_parent()["header"]["date"]
    except (AttributeError, KeyError, TypeError):
        return None
    return found if isinstance(found, dt.datetime) else None


class Clicks:
    """Takes the clicks of an app.

    The kernel works on one after the other. One that was sent while another was worked on, as by a
    double click, waited and would begin it all again: it is left out. Both are told apart by
    the clock of the page, which need not be that of the kernel. Where something was chosen in
    between, a click is about that, and counts.
    """

    def __init__(self) -> None:
        self._free: dt.datetime | None = None  # by the clock of the page
        self._ended = -math.inf  # when the last was over, by the kernel's own clock
        self._least = math.inf  # seconds from the page to the work; more is time that it waited

    def forget(self) -> None:
        """Leave out no click that waited for what was worked on so far."""
        self._free = None

    def take(self, work: Callable[..., Any], *values: Any) -> bool:
        """Do the work of a click, unless it came too early.

        Returns
        -------
        bool
            Whether it is over so soon that whoever clicked is still there.
        """
        sent, began = sent_at(), time.monotonic()
        is_early = sent is not None and self._free is not None and sent < self._free
        if is_early and began - self._ended < NEXT:
            self._ended = began
            return False
        lag = _since(sent)
        self._least = min(self._least, lag)
        try:
            work(*values)
        finally:
            self._ended = time.monotonic()
            took = self._ended - began
            if sent is not None:
                self._free = sent + dt.timedelta(seconds=took + lag - self._least)
        return max(took, _since(sent)) <= QUICK


def _since(sent: dt.datetime | None) -> float:
    """Return the seconds since the page sent a click, with what it waited for the kernel."""
    return 0.0 if sent is None else (dt.datetime.now(dt.UTC) - sent).total_seconds()
