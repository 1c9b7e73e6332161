"""The table of a frame as HTML: its rows, its figures, and the style that lines them up.

The heads are buttons of their own beside the rows. One grid, whose columns the heads, the figures
and the rows take over (``subgrid``), keeps them in line and gives each column the width it needs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from runn_pandas.html import cut, escaped, one_line, text
from runn_pandas.jupyter.markup import PLAIN
from runn_pandas.jupyter.style import CHOICE
from runn_pandas.jupyter.table.statistics import Figures

HEAD = 40  # characters of a column's name
CELL = 60
WIDTHS = (CELL, 24, 8, 3)  # characters of a cell: as many as the bytes of a page allow
BYTES = 350_000  # of the rows of a page
GREY = "rgba(128,128,128,.3)"
PAPER = "var(--jp-layout-color0,var(--vscode-editor-background,Canvas))"
INK = "var(--jp-ui-font-color1,var(--vscode-editor-foreground,CanvasText))"
ACCENT = "var(--jp-brand-color1,#1976d2)"
SUB = "display:grid;grid-template-columns:subgrid;grid-column:1/-1;margin:0;padding:0;border:0"
KEYS = 'data-lm-suppress-shortcuts="true"'  # what is typed is no shortcut of JupyterLab's
HIDDEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
STYLE = f"""<style>
.runn-frame,.runn-frame>*{{min-width:0}}
.runn-frame-box{{display:grid;justify-content:start;align-content:start;overflow:auto;
max-height:576px;border:1px solid {GREY};margin:2px 0;position:relative;color:{INK};
font-size:13px;line-height:1.4;background:{PAPER}}}
.runn-frame-box:has(table:focus-visible){{outline:2px solid {ACCENT};outline-offset:-1px}}
.runn-frame-box table:focus{{outline:none}}
.runn-frame-heads{{{SUB};position:sticky;top:0;z-index:3;background:{PAPER};
border-bottom:2px solid {GREY};overflow:visible}}
.runn-frame-heads>button.jupyter-button{{width:auto;height:30px;line-height:30px;margin:0;
padding:0 8px;text-align:left;font-weight:600;font-size:13px;color:{INK};background:{PAPER};
overflow:visible}}
.runn-frame-heads>button.runn-number{{text-align:right}}
.runn-frame-heads>button:hover{{background:var(--jp-layout-color2,rgba(128,128,128,.2))}}
.runn-frame-heads>button:focus{{outline:2px solid {ACCENT}!important;outline-offset:-2px;
box-shadow:none!important}}
.runn-frame-heads>button.runn-up::after{{content:" ▲";content:" ▲"/"sorted, smallest first"}}
.runn-frame-heads>button.runn-down::after{{content:" ▼";content:" ▼"/"sorted, largest first"}}
.runn-frame-heads>button:first-child{{position:sticky;left:0;z-index:1;
border-right:1px solid {GREY}}}
.runn-frame-body,.runn-frame-figures,.runn-frame-body>.widget-html-content,
.runn-frame-figures>.widget-html-content,.runn-frame-box table,.runn-frame-box tbody,
.runn-frame-box tbody>tr,.runn-figures{{{SUB};line-height:1.4;height:auto;width:auto;
overflow:visible}}
.runn-frame-box table{{font-size:13px;font-variant-numeric:tabular-nums}}
.runn-frame-box thead{{{HIDDEN}}}
.runn-frame-box td{{display:block;padding:3px 8px;white-space:pre;text-align:left;
border-bottom:1px solid {GREY};background:{PAPER};unicode-bidi:isolate}}
.runn-frame-box td.n{{text-align:right}}
.runn-frame-box td:first-child,.runn-figures>div:first-child{{position:sticky;left:0;z-index:1;
border-right:1px solid {GREY}}}
.runn-frame-box tr:hover td{{background:var(--jp-layout-color2,rgba(128,128,128,.2))}}
.runn-frame-box mark{{background:rgba(255,193,7,.45);color:inherit;padding:0}}
.runn-figures>div{{padding:4px 8px;font-size:11px;line-height:1.35;white-space:pre;
border-bottom:2px solid {GREY};background:{PAPER}}}
.runn-figures svg{{display:block;height:26px;width:112px;margin-bottom:2px;color:{ACCENT}}}
.runn-frame-place>.widget-html-content{{line-height:normal}}
.runn-frame .runn-copy,.runn-frame .runn-frame-file{{position:relative;display:block;
width:auto;height:28px;line-height:28px;padding:0 10px;margin:2px;box-sizing:border-box;
color:{INK};text-decoration:none;cursor:pointer}}
.runn-frame .runn-copy{{cursor:copy;overflow:hidden;contain:content;user-select:none;
-webkit-user-select:none}}
.runn-copy-rows{{position:absolute;inset:0;opacity:0;overflow:hidden;user-select:all;
-webkit-user-select:all}}
.runn-copy table{{min-width:100%;border-spacing:0;text-align:left;font:13px sans-serif;color:#000;
background:#fff}}
.runn-copy td{{padding:0;height:28px;white-space:pre}}
.runn-frame .runn-made{{box-shadow:inset 0 0 0 1px {ACCENT};font-weight:600}}
.runn-frame .widget-label-basic{{display:flex;align-items:center}}
.runn-frame .widget-label-basic>input{{margin:0 6px 0 0}}
.runn-frame .widget-label-basic:has(input:disabled){{opacity:.5}}
.runn-copy-words{{pointer-events:none;display:grid}}
.runn-copy-words>span{{grid-area:1/1}}
.runn-copy-clicked,.runn-copy-typed,.runn-copy:focus .runn-copy-idle,
.runn-copy:focus-within .runn-copy-idle{{visibility:hidden}}
.runn-copy:focus .runn-copy-clicked,.runn-copy:focus-within:not(:focus) .runn-copy-typed{{
visibility:visible}}
.runn-frame .runn-copy:focus,.runn-frame .runn-copy:focus-within,
.runn-frame .runn-frame-file:focus{{outline:2px solid {ACCENT};outline-offset:-2px}}
.runn-copy textarea{{position:absolute;inset:0;opacity:0;pointer-events:none;border:0;
white-space:pre;resize:none}}
{CHOICE}</style>"""


def sendable(words: str) -> str:
    """Return a text that a message can hold: halves of a sign, which no text has, are lost."""
    return words.encode("utf-8", "replace").decode()


def rows_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: Sequence[bool],
    *,
    sorted_by: tuple[int, bool] | None = None,
    marks: re.Pattern[str] | None = None,
    name: str = "Rows",
) -> str:
    """Return rows as a table whose heads only a screen reader sees.

    Parameters
    ----------
    heads, rows, numeric
        The names of the columns, the texts of the rows, and what is set to the right.
    sorted_by : tuple of int and bool, optional
        The column that the rows are sorted by, and whether the largest comes first.
    marks : pattern, optional
        What is marked in the texts.
    name : str
        What a screen reader calls the table.
    """
    for width in WIDTHS:
        body = sendable("".join(_row(row, numeric, width, marks) for row in rows))
        if len(body.encode()) <= BYTES:
            break
    head = "".join(
        f'<th role="columnheader" scope="col"{_sorting(at, sorted_by)}>'
        f"{text(sendable(one), HEAD)}</th>"
        for at, one in enumerate(heads)
    )
    # Its own keys reach the notebook otherwise, which goes to another cell.
    return (
        f'<table class="{PLAIN}" role="table" tabindex="0" {KEYS}'
        f' aria-label="{escape(name)}"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def _sorting(at: int, sorted_by: tuple[int, bool] | None) -> str:
    if sorted_by is None or at != sorted_by[0]:
        return ""
    return f' aria-sort="{"descending" if sorted_by[1] else "ascending"}"'


def _row(
    row: Sequence[str], numeric: Sequence[bool], width: int, marks: re.Pattern[str] | None
) -> str:
    cells = (
        f'<td role="cell"{" class=n" if right else ""}{_direction(one)}>'
        f"{marked(one, width, marks)}</td>"
        for one, right in zip(row, numeric, strict=True)
    )
    return f'<tr role="row">{"".join(cells)}</tr>'


def _direction(one: str) -> str:
    return "" if one.isascii() else ' dir="auto"'


def marked(one: str, width: int, marks: re.Pattern[str] | None) -> str:
    """Return a text as markup on one line, what was searched in it marked."""
    line = cut(one_line(one), width)
    if marks is None:
        return text(line, width)
    made, at = [], 0
    for found in marks.finditer(line):
        made += [text(line[at : found.start()]), f"<mark>{text(found[0])}</mark>"]
        at = found.end()
    return "".join([*made, text(line[at:])])


def figures_row(columns: Sequence[Figures]) -> str:
    """Return the figures of columns, each below its head."""
    return f'<div class="runn-figures {PLAIN}">{"".join(map(_figures, columns))}</div>'


def _figures(one: Figures) -> str:
    missing = f", {one.missing:,} missing" if one.missing else ""
    ends = f"{cut(one.least, 16)} to {cut(one.most, 16)}" if one.least != one.most else one.least
    lines = [f"{one.there:,} values{missing}", f"{one.distinct:,} distinct", ends, one.often]
    told = sendable("\n".join(text(" ".join(part.split()), HEAD) for part in lines if part))
    return f"<div>{histogram(one.bars)}{told}</div>"


def histogram(bars: Sequence[int]) -> str:
    """Return how many values are in each part as bars."""
    most = max(bars, default=0)
    step = 100 / max(len(bars), 1)
    made = "".join(
        f'<rect x="{at * step + 0.5:.1f}" y="{26 - max(1.5, 26 * n / most):.1f}"'
        f' width="{step - 1:.1f}" height="{max(1.5, 26 * n / most):.1f}"/>'
        for at, n in enumerate(bars)
        if n
    )
    return (
        f'<svg viewBox="0 0 100 26" preserveAspectRatio="none" aria-hidden="true"'
        f' fill="currentColor">{made}</svg>'
    )


def link(address: str, name: str, about: str, more: str = "", short: str = "") -> str:
    """Return a link that saves a file, and looks like a button, with few words or all."""
    told = f'title="Save {escape(about + more)}" aria-label="Save {escape(about)}"'
    return (
        f'<div class="{PLAIN}"><a class="jupyter-button runn-frame-file{_made(bool(short))}"'
        f' href="{address}" download="{escape(name)}" {told}>{text(short or f"Save {about}")}</a>'
        "</div>"
    )


def to_copy(lines: Sequence[Sequence[str]], which: str, more: str = "", *, short: bool) -> str:
    """Return a box of which a click selects all rows, and the Tab key a field with their text.

    The rows are a table, so that what is pasted are cells; copied from a ``<pre>`` they would be
    one cell each in what prefers markup to text. The letters typed on the field are no shortcuts
    of JupyterLab.
    """
    rows = "".join(f"<tr>{''.join(map(_to_select, one))}" for one in lines)
    field = escape("\n".join("\t".join(one) for one in lines))
    name = escape(f"{which} to copy: Ctrl+A, then Ctrl+C")
    head = "Copy" if short else f"Copy {which}"
    said = {
        "idle": f"{head}: click, then Ctrl+C",
        "clicked": "All is selected: Ctrl+C",
        "typed": "Ctrl+A, then Ctrl+C",
    }
    words = "".join(f'<span class="runn-copy-{at}">{text(one)}</span>' for at, one in said.items())
    made = (
        f'<div class="{PLAIN} runn-copy jupyter-button{_made(short)}" tabindex="-1" {KEYS}'
        f' title="{escape(which + more)}; on a Mac Cmd+C">'
        f'<div class="runn-copy-rows" aria-hidden="true"><table><tbody>{rows}</tbody></table></div>'
        f'<span class="runn-copy-words" aria-hidden="true">{words}</span>'
        f'<textarea readonly {KEYS} aria-label="{name}">\n{field}</textarea></div>'
    )
    return sendable(made)


def _made(short: bool) -> str:
    """Return a class for what a click has just made, to be seen as what to click next."""
    return "" if short else " runn-made"


def _to_select(cell: str) -> str:
    return f"<td>{escaped(cell)}"
