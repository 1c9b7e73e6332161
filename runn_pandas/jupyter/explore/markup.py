"""The explorer's messages, and its static view, as HTML."""

from __future__ import annotations

from html import escape

from runn_pandas import html
from runn_pandas.jupyter.markup import PLAIN
from runn_pandas.reader.resource_table import resources

GREY = "rgba(128,128,128,.5)"
COLOURS = {
    "error": "#c62828",
    "empty": "#b08900",
    "stale": "#b08900",
    "done": "#2e7d32",
}  # all others grey
# What a Layout cannot say: labels above what they are of, the code of which a click selects all,
# and rows that are not of this line. With the keyboard the code is a field that is read only.
SHEET = """<style>
.runn-explore .runn-over{flex-direction:column;align-items:stretch;height:auto;margin:0}
.runn-explore .runn-over>.widget-label{text-align:left;width:auto;margin:0;line-height:1.6;
height:auto;font-size:12px;opacity:.85}
.runn-explore .runn-over>input,.runn-explore .runn-over>select,
.runn-explore .runn-over>.widget-select>select{flex:none;width:100%;max-width:none;
box-sizing:border-box}
.runn-explore .runn-over>input,.runn-explore select:not([size]){height:28px}
.runn-explore .runn-resources>select{flex:none;width:100%}
.runn-code-line{position:relative;font-family:var(--jp-code-font-family,monospace);font-size:13px;
border:1px solid rgba(128,128,128,.5);border-radius:3px;background:rgba(128,128,128,.1);
line-height:1.5}
.runn-code-line code{user-select:all;-webkit-user-select:all;display:block;padding:4px 8px;
white-space:pre-wrap;overflow-wrap:anywhere;color:inherit;background:none;cursor:copy}
.runn-code-line input{position:absolute;inset:0;width:100%;height:100%;box-sizing:border-box;
padding:4px 8px;border:0;font:inherit;opacity:0;pointer-events:none;
color:var(--jp-ui-font-color1,CanvasText);background:var(--jp-layout-color1,Canvas)}
.runn-code-line input:focus{opacity:1;outline:2px solid var(--jp-brand-color1,Highlight)}
.runn-stale>.runn-tabs{opacity:.65}
.runn-tabs.jupyter-widgets.widget-tab>.lm-TabBar .lm-TabBar-tab{color:var(--jp-ui-font-color1)}
</style>"""
COPY = "A click selects all of it, Ctrl+C or Cmd+C copies it."


def code(line: str) -> str:
    """Return the line of code, to be selected as a whole: by a click, or by the Tab key."""
    if not line:
        return ""
    style = "font-size:12px;line-height:1.4;opacity:.85"
    hint = f'<div aria-hidden="true" style="{style}">The line that reads these rows. {COPY}</div>'
    # A field has neither markup nor formulas: only what closes it is escaped. Letters that are
    # typed on it are no shortcuts of JupyterLab.
    field = (
        '<input readonly data-lm-suppress-shortcuts="true" aria-label="Code that reads these rows"'
        f' value="{escape(line)}">'
    )
    shown = f'<code aria-hidden="true">{html.text(line, 5000)}</code>'
    return f'<div class="{PLAIN}">{hint}<div class="runn-code-line">{shown}{field}</div></div>'


def resource(name: str, description: str) -> str:
    """Return what is chosen, or what could be, for those too who hear the page."""
    head = f'<div style="font-weight:600;font-size:14px">{html.inline(name)}</div>' if name else ""
    return f'<div class="{PLAIN}" role="status">{head}{html.line(description)}</div>'


def origin(read: str, line: str) -> str:
    """Return that the rows are of another line than the one that is shown, and of which."""
    said = "These rows are of another line"
    said += "; Read gets those of the line above." if line else ":"
    return status("stale", f"{said}\n{read}")


def status(kind: str, text: str) -> str:
    """Return a message beside a line in the colour of its kind; "" without one."""
    colour = COLOURS.get(kind, GREY)
    role = "alert" if kind == "error" else "status"
    return (
        f'<div class="runn-status-{kind}" role="{role}" style="border-left:4px solid {colour};'
        f'padding:2px 8px">{html.line(text)}</div>'
        if text
        else ""
    )


def resource_table(headline: str) -> str:
    """Return the resources that can be read."""
    table = resources()[["resource", "kind", "filters", "writes"]]
    return html.block(headline, html.table(list(table.columns), table.to_numpy().tolist()))
