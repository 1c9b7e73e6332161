"""HTML that the apps of a notebook share: columns, tinted words, sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from runn_pandas.frame.foreign_text import printable
from runn_pandas.html import cut, inline
from runn_pandas.jupyter.style import Columns

# JupyterLab would set what stands between two $ as a formula.
PLAIN = "tex2jax_ignore mathjax_ignore"
# Tints that are readable on white and on black, under the page's own colour of text.
TINTS = {
    "create": "rgba(46,160,67,.22)",
    "update": "rgba(56,132,255,.22)",
    "delete": "rgba(218,54,51,.24)",
    "conflict": "rgba(210,153,34,.28)",
    "continue": "rgba(128,128,128,.25)",
    "done": "rgba(46,160,67,.22)",
    "failed": "rgba(218,54,51,.24)",
    "info": "rgba(128,128,128,.14)",
    "error": "rgba(218,54,51,.16)",
}
SPOKEN = 120  # characters of a control's name
SIGNS = re.compile(r"[$\\<>&]")
WRAP = "overflow-wrap:anywhere;min-width:0"


def line(cells: Sequence[str], columns: Columns, more: str = "") -> str:
    """Return cells, already markup, as a row of the app's style sheet.

    Where the app is narrow they flow, one after the other.
    """
    names = f"runn-line runn-{columns.step} {more}{PLAIN}"
    return f'<div class="{names}" style="--runn-columns:{columns.template}">{"".join(cells)}</div>'


def cell(inner: str, kind: str = "", *, label: str = "") -> str:
    """Return one cell of a row.

    Parameters
    ----------
    inner : str
        Its markup.
    kind : str
        ``number``, ``wide`` (of the first three columns), or ``whole`` (a line of its own where
        the row is stacked).
    label : str
        What is shown before it where the row is stacked.
    """
    style = f' class="runn-{kind}"' if kind else ""
    named = f' data-label="{label}"' if label else ""
    return f"<div{style}{named}>{inner}</div>"


def heads(names: Sequence[str], columns: Columns, numbers: Sequence[str] = ()) -> str:
    """Return the heads of columns, each on one line."""
    cells = [
        f'<div class="runn-head{" runn-number" if name in numbers else ""}">{inline(name)}</div>'
        for name in names
    ]
    return line(cells, columns, "runn-heads ")


def spoken(words: str) -> str:
    """Return the name of a control, for those who hear the page: one line, and not a long one.

    Front ends set formulas in it, and some take it for HTML, so the signs of both are left out.
    """
    return cut(" ".join(SIGNS.sub(" ", printable(words)).split()), SPOKEN)


def badge(word: str, tint: str) -> str:
    """Return a word on a tint."""
    return (
        f'<span style="background:{TINTS[tint]};border-radius:3px;padding:1px 6px;'
        f'box-decoration-break:clone">{inline(word)}</span>'
    )


def muted(words: str) -> str:
    """Return words in the background."""
    return f'<span style="opacity:.65">{inline(words, 400)}</span>'


def marked(words: str) -> str:
    """Return what is to be minded of a row: what it is on a tint, and after a colon more of it."""
    first, _, rest = words.partition(": ")
    return f"{badge(first, 'conflict')} {muted(rest)}"


def note(kind: str, words: str, *, told: bool = False) -> str:
    """Return a sentence on a tint, read out unless it is `told` already; "" if there is none."""
    if not words:
        return ""
    tint = TINTS.get(kind, TINTS["info"])
    # Read out when it comes, an error at once.
    role = "note" if told else "alert" if kind == "error" else "status"
    style = f"background:{tint};border-radius:4px;padding:6px 10px;margin:4px 0;{WRAP}"
    return (
        f'<div role="{role}" class="{PLAIN}" style="{style};line-height:1.45;font-size:13px">'
        f"{inline(words, 1000)}</div>"
    )


def said(words: str, *, strong: bool = False) -> str:
    """Return a line of words."""
    style = "font-weight:600;font-size:14px" if strong else "font-size:13px"
    return f'<div class="{PLAIN}" style="{style};line-height:1.5;{WRAP}">{inline(words, 400)}</div>'


def only_heard(words: str) -> str:
    """Return words that are read out when they come, and not seen."""
    style = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
    return f'<div role="status" aria-live="polite" style="{style}">{inline(words, 400)}</div>'


def progress(name: str, done: int, whole: int) -> str:
    """Return a bar that fills, with a name for those who do not see it."""
    return (
        f'<progress aria-label="{escape(name)}" value="{done}" max="{max(whole, 1)}"'
        ' style="width:100%;height:14px;vertical-align:middle;accent-color:#1976d2"></progress>'
    )


def listed(words: Sequence[str]) -> str:
    """Return sentences below each other."""
    items = [f'<li style="{WRAP}">{inline(one, 400)}</li>' for one in words]
    whole = f'<ul style="margin:2px 0 2px 18px;padding:0">{"".join(items)}</ul>'
    style = "font-size:13px;opacity:.8;line-height:1.45"
    return f'<div class="{PLAIN}" style="{style}">{whole}</div>' if items else ""
