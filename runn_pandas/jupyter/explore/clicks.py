"""Clicks that read: one at a time, and the button keeps the focus of the keyboard."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable
from typing import Any


def sent_at() -> dt.datetime | None:
    """Return when the page sent what is worked on, by its clock; None outside of a kernel."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    kernel = getattr(shell, "kernel", None)
    try:
        found = kernel.get_parent()["header"]["date"]  # type: ignore[union-attr]
    except (AttributeError, KeyError, TypeError):
        return None
    return found if isinstance(found, dt.datetime) else None


class Clicks:
    """Takes clicks on buttons whose work is long.

    The kernel works on one after the other. One that was sent while another was worked on, as by
    a double click, waited and would begin it all again: it is left out. Both are told apart by the
    clock of the page, which need not be that of the kernel.
    """

    def __init__(self) -> None:
        self._free: dt.datetime | None = None  # by the clock of the page

    def take(self, button: Any, work: Callable[..., Any], *values: Any) -> None:
        """Do the work of a click, unless it came too early."""
        sent = sent_at()
        if sent is not None and self._free is not None and sent < self._free:
            return
        began = time.monotonic()
        try:
            work(*values)
        finally:
            if sent is not None:
                self._free = sent + dt.timedelta(seconds=time.monotonic() - began)
            # A button that is disabled loses the focus.
            button.focus()
