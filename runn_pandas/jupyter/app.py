"""The base of every app: its message, its errors, its pages of rows, and a static view."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, ClassVar

from runn_pandas import html as page
from runn_pandas.errors import RunnError
from runn_pandas.extras import command
from runn_pandas.jupyter.kernel import in_main_thread
from runn_pandas.jupyter.markup import PLAIN
from runn_pandas.jupyter.saved import WIDGET, SavedTable, publisher
from runn_pandas.reader.progress import progress_shown_by, wait_said
from runn_pandas.transport.throttle import telling

log = logging.getLogger("runn_pandas")
MISSING = (
    f"Without ipywidgets this can only be looked at: {command('ipywidgets')}, restart the kernel"
    " and run the cell again."
)
PAGES = (20, 50, 100)  # rows shown at once, as one chooses
PAGE = PAGES[0]


def wait_of(seconds: float, why: str) -> str:
    """Return why something waits, and until when, in a sentence."""
    said = wait_said(seconds, why)
    return f"{said[0].upper()}{said[1:]}."


def ipywidgets() -> Any:
    """Return ipywidgets, or None where it is not installed."""
    try:
        return import_module("ipywidgets")
    except ImportError:
        return None


class App:
    """An app of a notebook: what it holds, apart from the widgets that show it."""

    public: ClassVar[tuple[str, ...]] = ()  # what tab completion shows, beside ``shared``
    shared: ClassVar[tuple[str, ...]] = ("error", "message", "widget")
    interrupted = "Interrupted."  # said when a click's work is interrupted
    view_type: ClassVar[Callable[[Any], Any]]  # set by the package of the app

    def __init__(self) -> None:
        self.message = ("", "")  # its kind, such as "info", "done" or "error", and its text
        self.error: Exception | None = None  # of the last click; the message says it in words
        self.is_busy = False  # with what no second click may begin
        self.widget: Any = None  # all that is shown; None without ipywidgets
        self.view: Any = None  # of the widgets
        self.refresh: Callable[[], None] = lambda: None  # of the view
        self.around: App | None = None  # the app that this one is shown in
        self._saved: SavedTable | None = None  # what a saved notebook keeps, once it is shown

    def __dir__(self) -> list[str]:
        return sorted({*self.shared, *self.public})

    def open_view(self) -> Any:
        """Make the widgets and return their view; None without ipywidgets."""
        if ipywidgets() is None:
            return None
        self.view = view = type(self).view_type(self)
        self.widget, self.refresh = view.box, view.refresh
        view.refresh()
        return view

    def act(self, method: Callable[..., Any], *values: Any) -> None:
        """Do what a click asked for; ipywidgets drop errors, so they are shown here."""
        in_main_thread(self._act, method, *values)

    def _act(self, method: Callable[..., Any], *values: Any) -> None:
        if self.view is not None:
            self.view.clicks.forget()
        self.do(method, *values)
        self.store()

    def do(self, method: Callable[..., Any], *values: Any) -> None:
        """Do it here and now, and show what goes wrong; nothing is stored yet."""
        self.error = None
        try:
            method(*values)
        except RunnError as error:
            self.error = error
            self.say("error", str(error))
        except KeyboardInterrupt:
            if self.message[0] != "error":
                self.say("error", self.interrupted)
        except Exception as error:
            log.exception("A click failed")
            self.error = error
            self.say(
                "error",
                f"This went wrong inside runn_pandas ({type(error).__name__}: {error}). Nothing"
                " more was done; the log has the details.",
            )

    def store(self) -> None:
        """Let a notebook that is saved now show the app as it is."""
        if self.around is not None:
            self.around.store()
        elif self._saved is not None:
            self._saved.update()

    def wait_for(self, work: Callable[[], None]) -> None:
        """Read what takes a while, under a line that says so; the view holds its buttons."""
        self.is_busy = True
        self.say("note", "Reading ...")
        try:
            with progress_shown_by(lambda text: None, self._note_wait), telling(self._note_wait):
                work()
        finally:
            self.is_busy = False
            self.refresh()

    def _note_wait(self, seconds: float, why: str) -> None:
        """Show why something waits, and until when."""
        self.say("note", wait_of(seconds, why))

    def say(self, kind: str, text: str) -> None:
        """Show a sentence."""
        self.message = (kind, text)
        self.refresh()

    # -- what is there without a running kernel, or without ipywidgets

    def _text(self) -> str:
        """Return the app as text."""
        raise NotImplementedError

    def _static(self) -> str:
        """Return the app as a table that needs no kernel."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._text() if self.widget is not None else f"{self._text()}\n{MISSING}"

    def _ipython_display_(self) -> None:
        send = publisher()
        if self.widget is None or send is None:
            raise NotImplementedError  # IPython takes the text, or the bundle, instead
        if self._saved is None:
            self._saved = SavedTable(self, ipywidgets())
        self._saved.display(send)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        static = self._static()
        if self.widget is None:
            static += page.block("", "", [MISSING])
        bundle = {"text/plain": repr(self), "text/html": f'<div class="{PLAIN}">{static}</div>'}
        shown = self.widget._repr_mimebundle_() if self.widget is not None else {}
        return bundle | {name: data for name, data in (shown or {}).items() if name == WIDGET}


class RowsApp(App):
    """An app whose rows are filtered, and shown a page at a time."""

    shown = "all"  # the filter: which rows are shown
    page = 0
    size = PAGE  # rows of a page

    @property
    def paged(self) -> Sequence[Any]:
        """The rows of all pages."""
        raise NotImplementedError

    @property
    def pages(self) -> int:
        """The number of pages; one if there are no rows."""
        return max(1, -(-len(self.paged) // self.size))

    @property
    def on_page(self) -> Sequence[Any]:
        """The rows of the page that is shown."""
        return self.paged[self.page * self.size : (self.page + 1) * self.size]

    def turn(self, page: int) -> None:
        """Show a page, counted from 0; the nearest one there is."""
        self.page = min(max(page, 0), self.pages - 1)
        self.refresh()

    def resize(self, size: int) -> None:
        """Show so many rows on a page; the first one that was shown stays there."""
        first, self.size = self.page * self.size, size
        self.turn(first // size)
