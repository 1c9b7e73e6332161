"""The table of a frame in a real JupyterLab and Notebook 7."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
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
STOPS = 14  # from the search to the rows, with each choice of a number of rows
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


def pasted(notebook: NotebookPage) -> list[list[str]]:
    """What the clipboard has, as the cells that a spreadsheet makes of it."""
    text = notebook.page.evaluate("navigator.clipboard.readText()")
    return [line.split("\t") for line in text.rstrip("\n").split("\n")]


CLIPBOARD = """async () => {
    const [item] = await navigator.clipboard.read();
    const has = item.types.includes('text/html');
    return [item.types, has ? await (await item.getType('text/html')).text() : ''];
}"""


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
    page.locator(".runn-table-search input").focus()
    notebook.tab_to(".runn-table-size select")
    notebook.pick("100")
    page.locator(".runn-frame td", has_text="r99c0").first.wait_for()
    page.locator(".runn-frame table").focus()
    notebook.press("ArrowDown", 12)
    page.wait_for_function("() => document.querySelector('.runn-frame-box').scrollTop > 100")
    places = page.evaluate(PLACES)
    assert abs(places["head"]["top"] - places["box"]["top"]) < 3
    # However many columns there are, the rows are as near: no head is a stop.
    page.locator(".runn-table-search input").focus()
    assert notebook.tab_to(".runn-frame table") <= STOPS
    notebook.press("Home")
    # The last column sorts by keyboard, by a name that is offered while one types.
    by = page.locator(".runn-table-by input")
    by.focus()
    page.keyboard.type("column 59")
    notebook.press("Enter")
    found(notebook).get_by_text("sorted by column 59").wait_for()
    assert "runn-table-by" in notebook.focused()
    notebook.tab_to(".runn-table-down input")
    notebook.press("Space")
    found(notebook).get_by_text("sorted by column 59, largest first").wait_for()
    page.locator(".runn-frame td:first-child", has_text="r9c0").first.wait_for()
    assert page.locator(".runn-frame tr:first-child > td").nth(1).inner_text() == "r9c59"
    notebook.shot(f"table-sorted-{front_end}")
    # A click on a head sorts too, and says so there.
    page.locator(".runn-frame-heads button", has_text="column 1").first.click()
    found(notebook).get_by_text("sorted by column 1").wait_for()
    assert by.input_value() == "column 1"
    assert not page.locator(".runn-table-down input").is_checked()
    if front_end == "lab":
        # The list of files would take most of a narrow page.
        page.keyboard.press("Control+b")
    for width in (420, 600, 800, 1600):
        notebook.resize(width)
        page.wait_for_timeout(300)
        assert page.evaluate(FITS), f"at {width} px"


# What a workbook can hold, and a message besides many others.
HELD = [name for name in HOSTILE if len(name) < 200 and not re.search("[\x00-\x08\x0b-\x1f]", name)]
PEOPLE = f"""
account = rp.connect("demo")
frame = pd.read_runn("assignments")
hostile = {HELD!r}
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
    # A head has the state in its name, for those who do not see its arrow.
    head = page.locator(".runn-frame-heads button", has_text="minutesPerDay")
    for aria, state in (("ascending", "smallest first"), ("descending", "largest first")):
        head.click()
        page.locator(f".runn-frame th[aria-sort={aria}]").wait_for(state="attached")
        name = f"minutesPerDay sorted, {state}"
        names: list[str] = []
        for _ in range(20):
            names = [one for _, one in notebook.controls(".runn-frame-heads")]
            if name in names:
                break
            page.wait_for_timeout(100)
        assert name in names, [one for one in names if "minutes" in one]
    assert page.locator(".runn-table-by input").input_value() == "minutesPerDay"
    assert page.locator(".runn-table-down input").is_checked()
    # Figures of what was found.
    page.locator(".runn-table-statistics input").check()
    page.locator(".runn-figures svg").first.wait_for()
    notebook.shot(f"table-figures-{front_end}")
    page.locator(".runn-table-search input").fill("2026")
    found(notebook).get_by_text("have “2026”").wait_for()
    many = int(found(notebook).inner_text().split()[0].replace(",", ""))
    # Of many rows a button makes what is to be copied, and the Tab key is on it next.
    page.locator("button.runn-table-copy").focus()
    notebook.press("Enter")
    page.locator(".runn-copy.runn-made").wait_for()
    assert "runn-table-copy" in notebook.focused()
    notebook.press("Tab")
    assert f"{many} rows to copy: Ctrl+A, then Ctrl+C" in notebook.focused()
    cells = page.locator(".jp-Cell").count()
    page.keyboard.type("abx")
    assert page.locator(".jp-Cell").count() == cells, "no shortcuts of the notebook's"
    notebook.press("Control+a")
    notebook.press("Control+c")
    typed = pasted(notebook)
    assert typed[0][:3] == ["id", "personId", "personName"]
    assert len(typed) - 1 == many
    notebook.shot(f"table-copy-{front_end}")
    # So of a file.
    page.locator("button.runn-table-csv").click()
    page.locator(".runn-frame-file.runn-made").wait_for()
    page.locator("button.runn-table-csv").focus()
    notebook.press("Tab")
    assert re.search(rf"Save assignments\.csv \({many} rows, \d+ kB\)", notebook.focused())
    with page.expect_download() as got:
        notebook.press("Enter")
    assert got.value.suggested_filename == "assignments.csv"
    saved = Path(got.value.path()).read_text(encoding="utf-8-sig")
    assert saved.startswith("id,personId,personName,")
    assert saved.count("\n") >= many + 1
    # Of few rows all of it is there at once, and one click takes it.
    page.locator(".runn-table-search input").fill("ann 2026-06")
    found(notebook).get_by_text("have “ann 2026-06”").wait_for()
    page.locator("button.runn-table-excel").wait_for(state="hidden")
    few = int(found(notebook).inner_text().split()[0])
    assert 0 < few < 45
    page.locator(".runn-copy").click()
    page.locator(".runn-copy-clicked").wait_for()
    notebook.press("Control+c")
    clicked = pasted(notebook)
    assert len(clicked) == few + 1
    assert clicked[0] == typed[0]
    page.locator(".runn-copy textarea").focus()
    notebook.press("Control+a")
    notebook.press("Control+c")
    assert pasted(notebook) == clicked
    # What prefers markup to text gets cells too, black on white.
    page.locator(".runn-copy").click()
    notebook.press("Control+c")
    kinds, markup_ = page.evaluate(CLIPBOARD)
    assert kinds == ["text/plain", "text/html"]
    assert markup_.count("<tr>") == few + 1
    assert "color: rgb(0, 0, 0)" in markup_
    assert "background: rgb(255, 255, 255)" in markup_
    for kind in (".csv", ".xlsx"):
        with page.expect_download() as got:
            page.locator(f".runn-frame-file[download='assignments{kind}']").click()
        read = pd.read_csv if kind == ".csv" else pd.read_excel
        frame = read(got.value.path())
        assert list(frame.columns) == clicked[0]
        assert frame["id"].astype(str).tolist() == [row[0] for row in clicked[1:]]
        assert not frame["note"].astype(str).str.match("[=+@-]").any(), "no formula"
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
