"""The style sheet of the apps: rows that stack where the app is narrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Pixels of the app below which the cells of a row flow instead of standing in columns: the least of
# these that its columns need.
STEPS = (620, 700, 760, 830, 900, 1040)
CHARACTER = 7.6  # pixels of a character
# A menu is as wide as what it offers, and so is what stands before it.
CHOICE = """
.runn-choice.widget-dropdown { width: auto; }
.runn-choice.widget-dropdown > .widget-label { width: auto; flex: 0 0 auto; }
.runn-choice.widget-dropdown > select { flex: 1 1 auto; width: auto; min-width: 0; }
"""
# Widths follow the app and not the window: a notebook has a sidebar, or does not.
SHEET = """<style>
.runn-sized { container-type: inline-size; }
.runn-sized .widget-html-content { line-height: 1.45; }
.runn-line { display: grid; grid-template-columns: var(--runn-columns); gap: 0 14px;
  align-items: start; line-height: 1.45; font-size: 13px; }
.runn-line > div { overflow-wrap: anywhere; min-width: 0; }
.runn-line .runn-number { text-align: right; white-space: nowrap; overflow-wrap: normal;
  font-variant-numeric: tabular-nums; }
.runn-line .runn-wide { grid-column: 1 / span 3; }
.runn-line .runn-half { grid-column: 1 / span 2; }
.runn-heads > .runn-line { flex: 1 1 auto; min-width: 0; }
.runn-sides { flex: 0 0 168px; margin-left: 14px; font-size: 13px; opacity: .7; }
.runn-line .runn-head { white-space: nowrap; opacity: .7; }
.runn-only-heard > label.widget-label, .runn-only-heard .widget-label-basic > span {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
.runn-app button.runn-fold { font-size: 0; min-width: 26px; }
.runn-fold::before { content: "\\25b8"; content: "\\25b8" / ""; font-size: 14px; }
.runn-fold.runn-open::before { content: "\\25be"; content: "\\25be" / ""; }
.runn-only-heard { position: relative; }
.runn-choice.runn-side { min-width: 0; width: 168px; }
.runn-side > select { height: 26px; }
.runn-decided > select { font-weight: 600; }
.runn-app .widget-button { max-width: 100%; height: auto; min-height: 28px; line-height: 1.35;
  padding-top: 4px; padding-bottom: 4px; white-space: normal; }
.runn-app :focus-visible { outline: 2px solid #3884ff; outline-offset: 1px; }
.runn-app .runn-tick, .runn-app .runn-tick label { min-width: 24px; min-height: 24px; }
.runn-app .runn-tick input:disabled { opacity: .25; }
.runn-app .runn-spent { opacity: .55; }
.runn-app .widget-box, .runn-app .runn-rows { overflow: visible; }
</style>"""
NARROW = """@container (width <= {step}px) {{
  .runn-at-{step} > .runn-row > .widget-html {{ flex: 1 1 calc(100% - 36px) !important; }}
  .runn-at-{step} > .runn-row > .runn-side {{ margin-left: 30px !important; }}
  .runn-{step}.runn-line {{ display: flex; flex-wrap: wrap; gap: 0 14px; }}
  .runn-{step}.runn-line > div {{ max-width: 100%; }}
  .runn-{step}.runn-heads {{ display: none !important; }}
  .runn-{step} > .runn-whole {{ flex: 1 1 100%; }}
  .runn-{step} > .runn-about {{ display: flex; flex-wrap: wrap; gap: 0 10px; }}
  .runn-{step}.runn-told {{ display: grid; grid-template-columns: minmax(76px, auto) 1fr; }}
  .runn-{step}.runn-told > div + div {{ grid-column: 2; }}
  .runn-{step} > .runn-number {{ text-align: left; order: 2; min-width: 15ch; }}
  .runn-{step}.runn-sums::after {{ content: ""; order: 1; flex: 1 0 100%; }}
  .runn-{step} > [data-label]::before {{ content: attr(data-label) ": "; opacity: .7; }}
}}
"""
# As wide as a telephone: what a row is stands below its kind.
NARROWEST = """@container (width <= 460px) {
  .runn-sized .runn-line.runn-told { display: flex; flex-wrap: wrap; gap: 0 10px; }
  .runn-sized .runn-line.runn-told > .runn-about { display: contents; }
  .runn-about > .runn-title, .runn-about > .runn-mark { order: 1; flex: 1 1 100%; }
  .runn-sized .runn-line.runn-told > .runn-whole { order: 2; flex: 1 1 100%; }
}
"""


def sheet() -> str:
    """Return the style sheet as an element of the page."""
    steps = "".join(NARROW.format(step=step) for step in STEPS)
    return SHEET.replace("</style>", f"{CHOICE}{steps}{NARROWEST}</style>")


@dataclass(frozen=True)
class Columns:
    """The columns of a row.

    Attributes
    ----------
    template : str
        As CSS has them.
    least : int
        Characters that they need so as to be readable.
    beside : int
        Pixels of what stands beside them.
    """

    template: str = ""
    least: int = 0
    beside: int = 40

    @property
    def step(self) -> int:
        """The width of the app below which they are none."""
        needed = self.least * CHARACTER + self.beside
        return next((step for step in STEPS if step >= needed), STEPS[-1])


def columns(widths: Sequence[tuple[int, int]], beside: int, rest: int = -1) -> Columns:
    """Return columns of the least and the most characters; `rest` is which takes what is left."""
    parts = [
        f"minmax({least}ch,{most}ch)" if least < most else f"{most}ch" for least, most in widths
    ]
    parts[rest] = f"minmax({widths[rest][0]}ch,1fr)"
    return Columns(" ".join(parts), sum(least + 2 for least, _ in widths), beside)


def fitting(texts: Iterable[str], least: int, most: int) -> tuple[int, int]:
    """Return the least and the most characters of a column that holds some texts."""
    longest = min(max((len(text) for text in texts), default=0), most)
    return min(least, max(longest, 6)), max(longest, 6)
