"""The picture that fits a frame, as markup or as what a front end draws."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd

from runn_pandas import html
from runn_pandas.account import Account
from runn_pandas.analysis.plotting.api import plot
from runn_pandas.jupyter.controls import ipywidgets

# What JupyterLab, Notebook, VS Code and Colab draw without a file from elsewhere.
DRAWN = "application/vnd.vegalite.v5+json"


def picture(frame: pd.DataFrame, account: Account | None = None) -> Any:
    """Give a widget with the picture of a frame.

    It is a drawing (SVG) where vl-convert is installed, which needs nothing of the front end;
    otherwise the front end draws it.

    Raises
    ------
    FrameError
        If no picture fits the frame.
    ConfigError
        If Altair is not installed.
    """
    w = ipywidgets()
    chart = plot(frame, account=account)
    try:
        drawing = io.StringIO()
        chart.save(drawing, format="svg")
    except (ImportError, ValueError):
        spec = chart.to_dict()
        output = {"output_type": "display_data", "metadata": {}}
        output["data"] = {DRAWN: spec, "text/plain": str(spec.get("title", "A picture"))}
        return w.Output(outputs=(output,), layout=w.Layout(overflow="auto"))
    drawn = drawing.getvalue().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)
    # White behind it, for its letters are dark in every theme.
    return w.HTML(
        '<div class="mathjax_ignore tex2jax_ignore" style="background:#fff;padding:8px;'
        f'max-width:100%;box-sizing:border-box">{drawn}</div>'
    )


def note(told: str) -> Any:
    """Give a widget that says why there is no picture."""
    return ipywidgets().HTML(html.line(told))
