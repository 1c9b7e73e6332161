"""The picture of a frame as a widget: as markup, or as what a front end draws."""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from html import escape
from importlib import import_module
from threading import Thread
from typing import Any

import pandas as pd

from runn_pandas import html
from runn_pandas.account import Account
from runn_pandas.analysis.plotting.api import plot
from runn_pandas.errors import RunnError
from runn_pandas.jupyter.app import ipywidgets
from runn_pandas.jupyter.markup import PLAIN
from runn_pandas.threads import can_start

# What JupyterLab, Notebook, VS Code and Colab draw without a file from elsewhere.
DRAWN = "application/vnd.vegalite.v5+json"
NOTHING = {"data": {"values": []}, "mark": "bar"}  # the first drawing of a kernel takes longest


def load_beside() -> Thread | None:
    """Load what draws, which takes a second or two, while other things are done.

    Returns
    -------
    Thread or None
        To be joined before something is drawn. None if it is there, and where there are no
        threads, as in a browser: the first picture then takes longer.
    """
    if "altair" in sys.modules or not can_start():
        return None
    thread = Thread(target=_load, name="runn_pandas loads altair")
    thread.start()
    return thread


def _load() -> None:
    """Load altair and, where it is installed, what makes drawings of charts."""
    with suppress(Exception):  # why it cannot be loaded is said with the picture
        import_module("altair")
        import_module("vl_convert").vegalite_to_svg(NOTHING)


def chart_of(frame: pd.DataFrame, account: Account | None = None) -> Any:
    """Return a widget with the picture that fits a frame, or with the reason why there is none.

    It is a drawing (SVG) where vl-convert is installed, which needs nothing of the front end;
    otherwise the front end draws it.
    """
    w = ipywidgets()
    try:
        chart = plot(frame, account=account)
        from runn_pandas.analysis.plotting.style import TEXT, of_page  # they need altair
    except RunnError as error:
        return w.HTML(html.line(error))
    try:
        drawing = io.StringIO()
        chart.properties(background="transparent").save(drawing, format="svg")
    except (ImportError, ValueError):
        spec = of_page(chart.to_dict())
        data = {DRAWN: spec, "text/plain": str(spec.get("title", "A picture"))}
        output = {"output_type": "display_data", "metadata": {}, "data": data}
        return w.Output(outputs=(output,), layout=w.Layout(overflow="auto"))
    said = escape(str(chart.to_dict().get("description", "Chart")))
    head = (
        f'<svg role="img" aria-label="{said}" style="max-width:100%;height:auto;overflow:visible" '
    )
    # In the page, its words are in the page's colour, and of its font, which may be wider.
    drawn = drawing.getvalue().replace("<svg ", head, 1).replace(TEXT, "currentColor")
    return w.HTML(f'<div class="{PLAIN}" style="padding:8px 0">{drawn}</div>')
