"""The explorer's messages, and its static view, as HTML."""

from __future__ import annotations

from runn_pandas import html
from runn_pandas.reader.resource_table import resources

GREY = "rgba(128,128,128,.5)"
COLOURS = {"error": "#c62828", "empty": "#b08900", "done": "#2e7d32"}  # all others grey


def status(kind: str, text: str) -> str:
    """Return a message beside a line in the colour of its kind; "" without one."""
    colour = COLOURS.get(kind, GREY)
    return (
        f'<div class="runn-status-{kind}" style="border-left:4px solid {colour};'
        f'padding:2px 8px">{html.line(text)}</div>'
        if text
        else ""
    )


def resource_table(headline: str) -> str:
    """Return the resources that can be read."""
    table = resources()[["resource", "kind", "filters", "writes"]]
    return html.block(headline, html.table(list(table.columns), table.to_numpy().tolist()))
