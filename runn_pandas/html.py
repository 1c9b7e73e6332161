"""HTML for notebooks: plain tables that take the page's own colours, light or dark.

All that is shown comes from a server or a file, so every value is escaped here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

LINE = "border-bottom:1px solid rgba(128,128,128,.3)"


def table(
    columns: Sequence[Any], rows: Iterable[Sequence[Any]], *, numeric: Iterable[Any] = ()
) -> str:
    """Give a table of texts.

    Parameters
    ----------
    columns : sequence
        The heads.
    rows : iterable of sequence
        The cells, shown as ``str`` gives them.
    numeric : iterable, optional
        The heads of columns to set to the right.
    """
    right = set(numeric)
    styles = [
        f'style="text-align:{"right" if column in right else "left"};padding:2px 8px;{LINE};'
        'vertical-align:top;white-space:normal;overflow-wrap:anywhere"'
        for column in columns
    ]
    head = _row("th", columns, styles)
    body = "".join(_row("td", row, styles) for row in rows)
    return (
        '<table style="border-collapse:collapse;font-size:90%;max-width:100%">'
        f"<thead>{head}</thead><tbody>{body}</tbody></table>"
    )


def _row(tag: str, cells: Sequence[Any], styles: Sequence[str]) -> str:
    inner = (
        f"<{tag} {style}>{escape(str(cell))}</{tag}>"
        for cell, style in zip(cells, styles, strict=True)
    )
    return f"<tr>{''.join(inner)}</tr>"


def text(value: Any, width: int = 120) -> str:
    """Give a text that keeps to itself: cut, and no influence on the direction of its neighbours.

    Parameters
    ----------
    value : object
        Shown as ``str`` gives it.
    width : int, optional
        The most characters shown; the pointer on it shows more.
    """
    whole = str(value)
    if len(whole) <= width:
        return f"<bdi>{escape(whole)}</bdi>"
    more = escape(whole[: 4 * width])
    return f'<bdi title="{more}">{escape(whole[: width - 1])}…</bdi>'


def block(headline: str, body: str = "", notes: Iterable[str] = ()) -> str:
    """Give a headline, markup made by this module, and notes below it.

    Parameters
    ----------
    headline : str
        Text, escaped here.
    body : str, optional
        Markup such as :func:`table` gives.
    notes : iterable of str, optional
        Texts, escaped here.
    """
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    below = f'<ul style="opacity:.85;margin:4px 0 0 0">{items}</ul>' if items else ""
    return (
        '<div style="font-family:inherit;color:inherit">'
        f"<p><b>{escape(headline)}</b></p>{body}{below}</div>"
    )
