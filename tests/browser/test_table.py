"""The table of a frame in a real JupyterLab and Notebook 7."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.hostile import HOSTILE
from tests.support.notebook_page import FrontEnd, NotebookPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
START = "import pandas as pd\nimport runn_pandas as rp\nfrom runn_pandas.jupyter.table import Table"
WIDE = """
frame = pd.DataFrame({f"column {c}": [f"r{r}c{c}" for r in range(300)] for c in range(60)})
table = Table()
table.show(frame)
table.view
"""
# Where the last column is: its head, its cell, and the box that scrolls.
PLACES = """() => {
    const box = document.querySelector('.runn-frame-box');
    const place = s => { const r = document.querySelector(s).getBoundingClientRect();
        return {left: r.left, right: r.right, top: r.top}; };
    return {box: place('.runn-frame-box'), top: box.scrollTop,
        head: place('.runn-frame-heads > button:last-child'),
        cell: place('.runn-frame-body tbody tr:last-child td:last-child'),
        first: place('.runn-frame-heads > button:first-child')};
}"""
# Whether the cell's output is wider than the room it has, or hides a part of the app.
FITS = """() => {
    const app = document.querySelector('.runn-frame');
    const right = e => e.getBoundingClientRect().right;
    const whole = app.closest('.jp-OutputArea-child') ?? app.parentElement;
    return [...app.children].every(e => e.scrollWidth <= e.clientWidth + 1
            || getComputedStyle(e).overflowX === 'auto')
        && right(app) <= right(whole) + 1
        && right(whole) <= right(app.closest('.jp-Notebook')) + 1;
}"""


def inside(places: dict[str, Any]) -> bool:
    """Whether the last column is in sight, its cells below its head."""
    head, cell, box = places["head"], places["cell"], places["box"]
    assert abs(head["left"] - cell["left"]) < 1.5, "the cells stand below their head"
    assert abs(head["right"] - cell["right"]) < 1.5
    assert abs(places["first"]["left"] - box["left"]) < 2, "the first column stays"
    return bool(head["right"] <= box["right"] + 1)


def found(notebook: NotebookPage) -> Any:
    """The line that counts the rows."""
    return notebook.page.locator(".runn-table-found")


def test_the_last_of_60_columns_is_reached_by_wheel_and_by_keyboard(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    notebook = opened("wide.ipynb", START, WIDE)
    notebook.run_all()
    page = notebook.page
    notebook.see(".runn-frame td")
    assert not inside(page.evaluate(PLACES))
    page.locator(".runn-frame td").nth(3).hover()
    for _ in range(8):
        page.mouse.wheel(1000, 0)
    page.wait_for_function(f"() => ({PLACES})().head.right <= ({PLACES})().box.right + 1")
    assert inside(page.evaluate(PLACES))
    notebook.shot(f"table-wide-{front_end}")
    for _ in range(8):
        page.mouse.wheel(-1000, 0)
    # By keyboard alone: from the search to the rows, then the arrows.
    page.locator(".runn-table-search input").focus()
    notebook.tab_to(".runn-frame table")
    notebook.press("Home")
    for _ in range(200):
        notebook.press("ArrowRight")
        if inside(page.evaluate(PLACES)):
            break
    assert inside(page.evaluate(PLACES))
    assert "TABLE" in notebook.focused()
    # More rows than the box is high: the heads stay above them.
    # Both front ends would take the arrows on a menu: these are options of their own.
    page.locator(".runn-table-search input").focus()
    notebook.tab_to(".runn-table-size label:last-child input")
    notebook.press("Space")
    page.locator(".runn-frame td", has_text="r99c0").first.wait_for()
    page.locator(".runn-frame table").focus()
    notebook.press("ArrowDown", 12)
    page.wait_for_function("() => document.querySelector('.runn-frame-box').scrollTop > 100")
    places = page.evaluate(PLACES)
    assert abs(places["head"]["top"] - places["box"]["top"]) < 3
    # Tab goes through the heads, which come into sight.
    page.locator(".runn-frame-heads button").first.focus()
    notebook.press("Tab", 59)
    assert "column 59" in notebook.focused()
    assert inside(page.evaluate(PLACES))
    if front_end == "lab":
        # The list of files would take most of a narrow page.
        page.keyboard.press("Control+b")
    for width in (420, 600, 800, 1600):
        notebook.resize(width)
        page.wait_for_timeout(300)
        assert page.evaluate(FITS), f"at {width} px"


PEOPLE = f"""
account = rp.connect("demo")
frame = pd.read_runn("assignments")
hostile = {HOSTILE!r}
frame["note"] = (hostile * 1000)[:len(frame)]
frame["tags"] = [[{{"name": name}}] for name in frame["note"]]
table = Table()
table.show(frame)
table.view
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_rows_are_searched_sorted_copied_and_saved(
    opened: Callable[..., NotebookPage], front_end: FrontEnd, dark: bool
) -> None:
    if dark == (front_end == "lab"):
        pytest.skip("each front end in one of the two")
    notebook = opened("rows.ipynb", START, PEOPLE, dark=dark)
    dialogs: list[str] = []
    page = notebook.page
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    notebook.run_all()
    notebook.see(".runn-frame td")
    assert "1,365 rows" in found(notebook).inner_text()
    notebook.shot(f"table-rows-{front_end}")
    notebook.check_names(".runn-frame")
    # Search, and go on typing.
    page.locator(".runn-table-search input").focus()
    page.keyboard.type("ann", delay=20)
    found(notebook).get_by_text("have “ann”").wait_for()
    assert "are not shown" in found(notebook).inner_text()
    assert "INPUT" in notebook.focused()
    page.locator(
        ".runn-frame td mark", has_text=re.compile("^ann$", re.IGNORECASE)
    ).first.wait_for()
    # Sort by keyboard: the focus stays, and the name says the state.
    head = page.locator(".runn-frame-heads button", has_text="minutesPerDay")
    head.focus()
    for aria, state in (("ascending", "smallest first"), ("descending", "largest first")):
        notebook.press("Space")
        page.locator(f".runn-frame th[aria-sort={aria}]").wait_for(state="attached")
        name = f"minutesPerDay sorted, {state}"
        names: list[str] = []
        for _ in range(20):
            names = [one for _, one in notebook.controls(".runn-frame-heads")]
            if name in names:
                break
            page.wait_for_timeout(100)
        assert name in names, [one for one in names if "minutes" in one]
        assert "minutesPerDay" in notebook.focused()
    # Figures of what was found.
    page.locator(".runn-table-statistics input").check()
    page.locator(".runn-figures svg").first.wait_for()
    notebook.shot(f"table-figures-{front_end}")
    # Copy by keyboard.
    page.locator(".runn-table-copy").click()
    text = "document.querySelector('.runn-table-copied textarea')?.value"
    page.wait_for_function(f"() => ({text} ?? '').length > 0")
    page.wait_for_timeout(300)  # for the focus that the app gives
    page.locator(".runn-table-copied textarea").focus()
    notebook.press("Control+a")
    notebook.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0].split("\t")[:3] == ["id", "personId", "personName"]
    assert len(copied) - 1 == int(found(notebook).inner_text().split()[0].replace(",", ""))
    with page.expect_download() as got:
        page.locator(".runn-table-csv").click()
        page.locator(".runn-frame-taken a").click()
    assert got.value.suggested_filename == "assignments.csv"
    saved = Path(got.value.path()).read_text(encoding="utf-8-sig")
    assert saved.startswith("id,personId,personName,")
    notebook.check_names(".runn-frame")
    assert dialogs == []
    assert (
        page.locator(".runn-frame img, .runn-frame script, .runn-frame mjx-container").count() == 0
    )
    for width in (420, 600, 800):
        notebook.resize(width)
        notebook.see(".runn-frame")
        page.wait_for_timeout(300)
        notebook.shot(f"table-{front_end}-{width}")
