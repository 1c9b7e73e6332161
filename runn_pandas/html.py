"""HTML for notebooks: plain tables that take the page's own colours, light or dark.

All that is shown comes from a server or a file, so every value is escaped here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

LINE = "border-bottom:1px solid rgba(128,128,128,.3)"
# Notebooks set what stands between these as formulas; in an element of its own it stays a sign.
FORMULA = re.compile(r"[$\\]")
TO_THE_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")  # Hebrew, Arabic, ...
# Isolates are left: names from right to left are set apart by them.
TURNING = re.compile("[\u202a-\u202e]")
# A date, or a moment, would be broken at its hyphens.
DATE = re.compile(
    r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?(?!\w)"
)
# Enough for any name that is one; the rest of a longer text is not for looking at.
WIDTH = 300
WORD = 40


def text(value: Any, width: int = WIDTH) -> str:
    r"""Return a value as markup that shows it as it is, cut: never as markup or as a formula.

    Signs that turn round what follows are shown by their number, and turn nothing.

    Examples
    --------
    >>> text("Ann\u202eeel")
    'Ann⟨U+202E⟩eel'
    """
    shown = TURNING.sub(lambda sign: f"\u27e8U+{ord(sign[0]):04X}\u27e9", cut(str(value), width))
    return escaped(shown)


def escaped(whole: str) -> str:
    """Return a text as markup, sign by sign."""
    return FORMULA.sub(r"<span>\g<0></span>", escape(whole))


def one_line(whole: str) -> str:
    """Return a text on one line: a break that parts words is shown as a sign, blanks as one.

    Examples
    --------
    >>> one_line("Zoë\\n second  line\\n")
    'Zoë ⏎ second line'
    """
    return " ".join(" ⏎ ".join(whole.strip().splitlines()).split())


def cut(whole: str, width: int = WIDTH) -> str:
    """Return at most `width` characters of a text, an ellipsis for the rest."""
    return whole if len(whole) <= width else whole[: width - 1] + "…"


def table(
    columns: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    numeric: Iterable[Any] = (),
    wrap: bool = True,
    width: int = WIDTH,
) -> str:
    """Return a table of texts.

    Parameters
    ----------
    columns : sequence
        The heads.
    rows : iterable of sequence
        The cells, shown as ``str`` gives them.
    numeric : iterable, optional
        The heads of columns to set to the right.
    wrap : bool, optional
        Whether long cells are broken into lines; otherwise the table scrolls in its own box.
    width : int, optional
        The most characters of a cell.
    """
    right = set(numeric)
    fold = "white-space:normal" if wrap else "white-space:nowrap"
    styles = [
        f"text-align:{'right' if column in right else 'left'};padding:2px 8px;"
        f"line-height:1.4;{LINE};vertical-align:top;{fold}"
        for column in columns
    ]
    head = _row("th", columns, styles, width)
    body = "".join(_row("td", row, styles, width) for row in rows)
    made = (
        f'<table class="mathjax_ignore tex2jax_ignore" style="border-collapse:collapse;'
        f'font-size:90%;{"max-width:100%" if wrap else "margin:0"}">'
        f"<thead>{head}</thead><tbody>{body}</tbody></table>"
    )
    return made if wrap else f'<div style="overflow-x:auto;max-width:100%">{made}</div>'


def _row(tag: str, cells: Sequence[Any], styles: Sequence[str], width: int) -> str:
    # Each cell finds its own direction, so that a name from right to left disturbs no other.
    inner = (
        f'<{tag} dir="auto" style="{style}{_broken(cell)}">{_cell(cell, width)}</{tag}>'
        for cell, style in zip(cells, styles, strict=True)
    )
    return f"<tr>{''.join(inner)}</tr>"


def _cell(cell: Any, width: int) -> str:
    """Return a cell; dates within a longer text stay whole as well."""
    shown = text(cell, width)
    return shown if DATE.fullmatch(shown) else _whole_dates(shown)


def _whole_dates(shown: str) -> str:
    return DATE.sub(r'<span style="white-space:nowrap">\g<0></span>', shown)


def _broken(cell: Any) -> str:
    """Return the style that breaks long words; short ones, and dates, stay whole in any column."""
    if DATE.fullmatch(str(cell)):
        return ";white-space:nowrap"
    longest = max(map(len, str(cell).split()), default=0)
    return ";overflow-wrap:anywhere" if longest > WORD else ""


def line(shown: Any, *, bold: bool = False, width: int = 2000) -> str:
    """Return a text as a line of its own, in the page's colour."""
    weight = ";font-weight:bold" if bold else ""
    return (
        f'<div class="mathjax_ignore tex2jax_ignore" dir="auto" style="color:inherit{weight};'
        f'white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.4">{text(shown, width)}</div>'
    )


def inline(value: Any, width: int = 120) -> str:
    """Return a text within others, which keep their direction; cut, the pointer shows more.

    A date in it stays on one line.
    """
    whole = str(value)
    more = f' title="{escape(whole[: 4 * width])}"' if len(whole) > width else ""
    return f"<bdi{more}>{_whole_dates(text(whole, width))}</bdi>"


def apart(parts: Sequence[str]) -> str:
    """Return texts in one, each of which keeps its direction also where no markup can say so."""
    if len(parts) < 2 or not any(map(TO_THE_LEFT.search, parts)):
        return ", ".join(parts)
    return "\u200e" + ", ".join(f"\u2068{part}\u2069" for part in parts)


def block(headline: str, body: str = "", notes: Iterable[str] = ()) -> str:
    """Return a headline, a body (the only markup: all else is escaped), and notes below it."""
    items = "".join(f'<li dir="auto">{text(note, 2000)}</li>' for note in notes)
    below = f'<ul style="opacity:.85;margin:4px 0 0 0">{items}</ul>' if items else ""
    above = f"<p><b>{text(headline, 2000)}</b></p>" if headline else ""
    return (
        '<div class="mathjax_ignore tex2jax_ignore" style="font-family:inherit;color:inherit">'
        f"{above}{body}{below}</div>"
    )
