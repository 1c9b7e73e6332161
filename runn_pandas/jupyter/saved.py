"""What a saved notebook shows of an app: a table, as an output of its own beside the widget."""

from __future__ import annotations

import sys
from typing import Any

from runn_pandas.jupyter.markup import PLAIN, muted

WIDGET = "application/vnd.jupyter.widget-view+json"
NOTE = "As it was last shown. Run the cell to use the app."


def publisher() -> Any:
    """Return what sends outputs to a front end; None where IPython itself prints their text."""
    module = sys.modules.get("IPython.core.displaypub")
    shell = sys.modules["IPython"].get_ipython() if module is not None else None
    send = getattr(shell, "display_pub", None)
    return None if module is None or type(send) is module.DisplayPublisher else send


def _live(name: str) -> str:
    """Return the style by which an app hides its table, until its kernel was started anew."""
    gone = ".runn-live.jupyter-widgets-disconnected"
    room = f".jp-OutputArea-child:has(> .jp-OutputArea-output > .{name})"
    return (
        f"<style>.{name}{{display:none}} .jp-OutputArea:has({gone}) .{name}{{display:block}}"
        f" .jp-OutputArea:not(:has({gone})) > {room}{{display:none}} {gone}{{display:none}}</style>"
    )


def _lost(name: str) -> str:
    """Return the style by which a table hides Jupyter's words that the app before it is gone."""
    before = f".jp-OutputArea-child:has(+ .jp-OutputArea-child .{name})"
    return f"<style>{before} > .jupyter-widgets:not(:has(*)){{display:none}}</style>"


class SavedTable:
    """The table of an app with widgets, hidden by the app as long as that is on the page."""

    def __init__(self, app: Any, w: Any) -> None:
        self.app, self.name = app, f"runn-saved-{app.widget.model_id}"
        # An invisible style sheet still counts; it goes with the kernel, and the table is seen.
        live = w.HTML(_live(self.name), layout=w.Layout(display="none"))
        self.box = w.VBox([live, app.widget], layout=w.Layout(width="100%"))
        self.box.add_class("runn-live")
        self._sent: dict[str, str] = {}

    def display(self, send: Any) -> None:
        """Put out the widget, and after it the table."""
        send.publish({WIDGET: self.box._repr_mimebundle_()[WIDGET], "text/plain": ""})
        self._send, self._sent = send, self._bundle()
        send.publish(self._sent, transient={"display_id": self.name})

    def update(self) -> None:
        """Store the table as it is now, if it is another one than was put out."""
        before, self._sent = self._sent, self._bundle()
        if self._sent != before:
            self._send.publish(self._sent, transient={"display_id": self.name}, update=True)

    def _bundle(self) -> dict[str, str]:
        note = f'<div style="margin-top:6px">{muted(NOTE)}</div>'
        inner = f"{_lost(self.name)}{self.app._static()}{note}"
        table = f'<div class="{PLAIN} {self.name}">{inner}</div>'
        return {"text/plain": repr(self.app), "text/html": table}
