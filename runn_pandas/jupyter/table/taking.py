"""The controls that take what is shown elsewhere: to copy, as CSV, as a workbook."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context

import pandas as pd

from runn_pandas import html, threads
from runn_pandas.frame.words import counted
from runn_pandas.jupyter.app import ipywidgets
from runn_pandas.jupyter.table import files, markup
from runn_pandas.jupyter.table.rows import Rows

COPY, CSV, EXCEL = "copy", ".csv", ".xlsx"
# Of so many cells it is made with the rows, to be taken with one click; of more with a click first.
AT_ONCE = {COPY: 3_000, CSV: 3_000, EXCEL: 1_000}
TAKEN = ": numbers with all digits, nested fields in words"
WORDS = {
    COPY: ("Copy", f"Makes the text of the rows found, to copy{TAKEN}"),
    CSV: ("CSV", f"A file of the rows found{TAKEN}"),
    EXCEL: ("Excel", f"A workbook of the rows found{TAKEN}"),
}


class Taking:
    """What the rows that are shown can be taken elsewhere by.

    Each kind has a place: what there is to take with a click stands in it at once where that costs
    nothing to speak of, and else a button that puts it beside itself. No message that a page gets
    is too long for it; what is, is written beside the notebook.

    Parameters
    ----------
    act : callable
        Does what a click asks for: ``act(method, *values)``.
    """

    def __init__(self, act: Callable[..., None]) -> None:
        self._act, w = act, ipywidgets()
        self.rows, self.stem = Rows(pd.DataFrame()), ""
        self.writing: threading.Thread | None = None  # of a file, while the app goes on
        self.buttons, self.places = {}, {}
        for kind, (name, about) in WORDS.items():
            layout = w.Layout(width="auto")
            button = w.Button(description=name, tooltip=about, layout=layout)
            button.add_class(f"runn-table-{name.lower()}")
            button.on_click(lambda _, kind=kind: self._act(self.take, kind))
            place = w.HTML(layout=w.Layout(width="auto", margin="0"))
            place.add_class("runn-frame-place")
            place.add_class(f"runn-place-{name.lower()}")
            self.buttons[kind], self.places[kind] = button, place
        # What a button makes is the next that the Tab key comes to.
        self.controls = [one for kind in WORDS for one in (self.buttons[kind], self.places[kind])]
        self.said = w.HTML(layout=w.Layout(width="auto", margin="2px"))  # of a file that is written
        self.said.add_class("runn-frame-taken")

    def clear(self) -> None:
        """Forget what was made of other rows."""
        self.said.value = ""
        for kind in WORDS:
            self._put(kind, "")

    def offer(self, rows: Rows, stem: str) -> None:
        """Offer what can be taken of rows, whose file is called by a stem."""
        self.rows, self.stem, self.said.value = rows, stem, ""
        cells = len(rows.at) * rows.frame.shape[1]
        for kind, most in AT_ONCE.items():
            self._put(kind, self._at_once(kind) if cells <= most else "", instead=True)

    def _at_once(self, kind: str) -> str:
        try:
            return self._copied(short=True) if kind == COPY else self._linked(kind, short=True)
        except Exception:
            return ""  # the button is there then, and its click says why

    def _put(self, kind: str, made: str, *, instead: bool = False) -> None:
        """Put what is made at its place, instead of its button or beside it."""
        place, button = self.places[kind], self.buttons[kind]
        if place.value != made:
            place.value = made
        place.layout.display = None if made else "none"
        button.layout.display = "none" if made and instead else None

    def take(self, kind: str) -> None:
        """Make what a button was clicked for."""
        if kind == COPY:
            self._put(COPY, self._copied())
        elif made := self._linked(kind):
            self._put(kind, made)
        else:
            self._begin(kind)

    def _copied(self, *, short: bool = False) -> str:
        lines = files.copied(self.rows)
        rows, count = len(lines) - 1, len(self.rows.at)
        which = counted(rows, "row") if rows == count else f"the first {rows:,} of {count:,} rows"
        return markup.to_copy(lines, which, TAKEN, short=short)

    def _linked(self, kind: str, *, short: bool = False) -> str:
        """Return a link that has a file in itself; nothing for one that is too big."""
        frame = files.whole(self.rows)
        data = b"" if files.is_large(frame) else files.data_of(frame, kind)
        if not data or len(data) > files.LINKED:
            return ""
        name = self.stem + kind
        about = f"{name} ({counted(len(frame), 'row')}, {files.size_of(data)})"
        link = files.address(data, kind)
        return markup.link(link, name, about, TAKEN, WORDS[kind][0] if short else "")

    # -- what is too big for a link

    def _begin(self, kind: str) -> None:
        frame = files.whole(self.rows)
        size = counted(len(frame), "row")
        if self.writing is not None and self.writing.is_alive():
            self.said.value = html.line("A file is still being written: try again after it.")
        else:
            self.said.value = html.line(f"Writing {size} into {self.stem}{kind} ...")
            stem = self.stem
            self._write(lambda: self._store(frame, stem, kind, size))

    def _write(self, work: Callable[[], None]) -> None:
        """Write a file beside the app, which goes on meanwhile; where there are threads."""
        if threads.can_start():
            run = copy_context().run  # what it shows belongs to the same cell
            self.writing = threading.Thread(target=run, args=(self._act, work), daemon=True)
            self.writing.start()
        else:
            work()

    def _store(self, frame: pd.DataFrame, stem: str, kind: str, size: str) -> None:
        said = "No file was written."
        try:
            path = files.stored(frame, stem, kind)
            said = f"{size} are in {path}, which you alone can read."
        finally:
            self.said.value = html.line(said)
