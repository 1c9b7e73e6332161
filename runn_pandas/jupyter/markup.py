"""HTML that the apps of a notebook share: columns, tinted words, sentences."""

from __future__ import annotations

from collections.abc import Sequence

from runn_pandas.html import inline

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
WRAP = "overflow-wrap:anywhere;min-width:0"


def grid(cells: Sequence[str], columns: str, style: str = "") -> str:
    """Return cells, already markup, in columns that all lines share."""
    inner = "".join(f'<div style="{WRAP}">{cell}</div>' for cell in cells)
    return (
        f'<div class="{PLAIN}" style="display:grid;grid-template-columns:{columns};gap:0 12px;'
        f'align-items:start;line-height:1.45;font-size:13px;{style}">{inner}</div>'
    )


def badge(word: str, tint: str) -> str:
    """Return a word on a tint."""
    return (
        f'<span style="background:{TINTS[tint]};border-radius:3px;padding:1px 6px;'
        f'box-decoration-break:clone">{inline(word)}</span>'
    )


def muted(words: str) -> str:
    """Return words in the background."""
    return f'<span style="opacity:.65">{inline(words, 400)}</span>'


def note(kind: str, words: str) -> str:
    """Return a sentence on a tint; "" if there is none."""
    if not words:
        return ""
    tint = TINTS.get(kind, TINTS["info"])
    return (
        f'<div class="{PLAIN}" style="background:{tint};border-radius:4px;padding:6px 10px;'
        f'margin:4px 0;line-height:1.45;font-size:13px;{WRAP}">{inline(words, 1000)}</div>'
    )


def said(words: str, *, strong: bool = False) -> str:
    """Return a line of words."""
    style = "font-weight:600;font-size:14px" if strong else "font-size:13px"
    return f'<div class="{PLAIN}" style="{style};line-height:1.5;{WRAP}">{inline(words, 400)}</div>'


def listed(words: Sequence[str]) -> str:
    """Return sentences below each other."""
    items = [f'<li style="{WRAP}">{inline(one, 400)}</li>' for one in words]
    whole = f'<ul style="margin:2px 0 2px 18px;padding:0">{"".join(items)}</ul>'
    style = "font-size:13px;opacity:.8;line-height:1.45"
    return f'<div class="{PLAIN}" style="{style}">{whole}</div>' if items else ""
