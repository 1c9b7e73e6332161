"""The progress bar of a read: silent when short, and where nobody is watching."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

DELAY = 1.0


class Progress:
    """Counts rows as they come, and says when the read waits for the limit."""

    def __init__(self, bar: Any = None) -> None:
        self._bar = bar

    def rows(self, count: int) -> None:
        if self._bar is not None:
            self._bar.update(count)

    def waiting(self, wait: float) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(f"limit of 120 a minute reached, waiting {wait:.0f} s")


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
        yield Progress()
        return
    from tqdm.auto import tqdm

    with tqdm(desc=name, unit=" rows", delay=DELAY, leave=False) as bar:
        yield Progress(bar)


def _watched() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules
