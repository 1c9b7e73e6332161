"""What the apps of a notebook share: the widget with a static view beside it, and its errors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any

from runn_pandas import html as page
from runn_pandas.errors import RunnError

log = logging.getLogger("runn_pandas")
MISSING = (
    'Without ipywidgets this can only be looked at: pip install "runn-pandas[notebook]", restart'
    " the kernel and run the cell again."
)
# JupyterLab would set what stands between two $ as a formula.
PLAIN = "tex2jax_ignore mathjax_ignore"
WIDGET = "application/vnd.jupyter.widget-view+json"


def widgets() -> Any:
    """Give ipywidgets, or None where it is not installed."""
    try:
        return import_module("ipywidgets")
    except ImportError:
        return None


class App:
    """An app of a notebook: what it holds, apart from the widgets that show it.

    Attributes
    ----------
    message : tuple of str
        What is said below the rows: its kind (``"info"``, ``"done"`` or ``"error"``) and text.
    widget : ipywidgets.Widget or None
        What is shown; None without ipywidgets.
    """

    def __init__(self) -> None:
        self.message = ("", "")
        self.widget: Any = None
        self.refresh: Callable[[], None] = lambda: None

    def act(self, method: Callable[..., Any], *values: Any) -> None:
        """Do what a click asked for; ipywidgets drop errors, so they are shown here."""
        try:
            method(*values)
        except RunnError as error:
            self.say("error", str(error))
        except KeyboardInterrupt:
            if self.message[0] != "error":
                self.say("error", "Interrupted.")
        except Exception as error:
            log.exception("A click failed")
            self.say(
                "error",
                f"This went wrong inside runn_pandas ({type(error).__name__}: {error}). Nothing"
                " more was done; the log has the details.",
            )

    def say(self, kind: str, text: str) -> None:
        """Show a sentence."""
        self.message = (kind, text)
        self.refresh()

    # -- what is there without a running kernel, or without ipywidgets

    def text(self) -> str:
        """The app as text."""
        raise NotImplementedError

    def html(self) -> str:
        """The app as a table that needs no kernel."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.text() if self.widget is not None else f"{self.text()}\n{MISSING}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        static = self.html()
        if self.widget is None:
            static += page.block("", "", [MISSING])
        bundle: dict[str, Any] = {
            "text/plain": repr(self),
            "text/html": f'<div class="{PLAIN}">{static}</div>',
        }
        if self.widget is not None:
            shown = self.widget._repr_mimebundle_() or {}
            bundle.update({name: data for name, data in shown.items() if name == WIDGET})
        return bundle
