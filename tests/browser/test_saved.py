"""The apps in a notebook that was saved, opened again without its kernel, and exported."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.support.layout import BROKEN
from tests.support.notebook_page import FrontEnd, NotebookPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
START = "import pandas as pd\nimport runn_pandas as rp\naccount = rp.connect('demo')"
EXPLORE = "app = rp.explore()\napp"
REVIEW = """
people = pd.read_runn("people")
people.loc[:3, "lastName"] = people.loc[:3, "lastName"] + " <b>$x$</b>"
rp.review(people.runn.plan())
"""
BOARD = """
june = pd.read_runn("actuals", minDate="2026-06-22", maxDate="2026-06-30")
sheet = june[["date", "personId", "projectId"]].assign(minutes=480).drop_duplicates()
rp.review(rp.reconcile(sheet.head(4), start="2026-06-22", end="2026-06-22"))
"""
SLOW = """
import time
send = account.session.request
def slowly(*asked, **options):
    time.sleep(0.5)
    return send(*asked, **options)
account.session.request = slowly
"""
ARABIC = """
people = pd.read_runn("people").set_index("id")
june = pd.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-30")
arabic = people.index[people["firstName"].str.match("[\u0600-\u06ff]")]
one = june[june["personId"].isin(arabic)].head(1)
rp.review(one.assign(billableMinutes=one["billableMinutes"] + 1).runn.plan())
"""
# The day, and where it stands in its row from left to right, before all names or not.
FIRST = """row => {
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT), left = [];
    while (walker.nextNode()) {
        const node = walker.currentNode;
        for (const match of node.data.matchAll(/2026-06-\\d\\d|[\\p{L}]{3,}/gu)) {
            const range = document.createRange();
            range.setStart(node, match.index);
            range.setEnd(node, match.index + match[0].length);
            left.push([range.getBoundingClientRect().left, match[0]]);
        }
    }
    return left.sort((a, b) => a[0] - b[0])[0][1].slice(0, 7);
}"""
# Jupyter says in the console what the table says instead.
GONE = ("widget model not found",)
TABLES = "[class*=runn-saved-]:visible"
STORED = [("Studio", "Growth"), ("<b>$x$</b>", "4 of 4 rows ticked.")]  # what each table says
WORDS = "Error displaying widget"


def check_tables(page: Any) -> None:
    """The tables of both apps are on the page, and nothing says that something is missing."""
    page.locator(TABLES).nth(1).wait_for()
    for said, words in zip(page.locator(TABLES).all_inner_texts(), STORED, strict=True):
        assert all(word in said for word in words)
    assert page.locator("td b, td mjx-container").count() == 0, "markup and formulas are text"
    page.wait_for_function(
        "words => ![...document.querySelectorAll('.jp-OutputArea-output')]"
        ".some(output => output.checkVisibility() && output.innerText.includes(words))",
        arg=WORDS,
    )


def test_an_app_leaves_its_table(
    opened: Callable[..., NotebookPage], exported: Callable[[str], Any], front_end: FrontEnd
) -> None:
    name = f"saved-{front_end}.ipynb"
    notebook = opened(name, START, EXPLORE, REVIEW, expected=GONE)
    notebook.run_all()
    page = notebook.page
    page.locator(".runn-explore").wait_for()
    page.locator(".runn-review").wait_for()
    assert page.locator(TABLES).count() == 0, "nothing stands twice while the apps live"
    page.fill(".runn-resource input", "teams")
    page.locator("button.runn-read").click()
    page.locator(".runn-table-body tbody tr").first.wait_for()
    notebook.run_cell(2)
    page.locator(".runn-review").wait_for()
    assert page.locator(".runn-live:visible").count() == 2, "a cell that is run again has one app"
    assert page.locator(TABLES).count() == 0
    book = notebook.save()
    for cell, words in zip(book.cells[1:], STORED, strict=True):
        table = cell.outputs[-1].data
        assert words[0] in table["text/html"] or "&lt;b&gt;" in table["text/html"]
        assert "text/plain" in table
    assert "metadata" not in book.metadata.get("widgets", {}), "without the state of widgets"
    notebook.restart()
    check_tables(page)
    assert page.locator(".runn-live:visible").count() == 0
    notebook.shot(f"saved-restarted-{front_end}")
    notebook.close()
    again = opened(name, expected=GONE)
    check_tables(again.page)
    again.shot(f"saved-again-{front_end}")
    if front_end == "lab":
        check_tables(exported(name))


def test_in_an_untrusted_notebook_and_in_the_dark_the_tables_are_there(
    opened: Callable[..., NotebookPage], front_end: FrontEnd, tmp_path: Path
) -> None:
    notebook = opened(f"trusted-{front_end}.ipynb", START, EXPLORE, REVIEW)
    notebook.run_all()
    page = notebook.page
    page.fill(".runn-resource input", "teams")
    page.locator("button.runn-read").click()
    # The table beside the app is there when all that was read is, with names.
    page.locator("[class*=runn-saved-]", has_text="Growth").wait_for(state="attached")
    page.locator(".runn-review").wait_for()
    book = notebook.save()
    notebook.close()
    # Others have it without the signature that makes it trusted.
    book.cells[1].source += "\n"
    name = f"untrusted-{front_end}.ipynb"
    nbformat.write(book, tmp_path / name)
    shutil.copy(tmp_path / name, notebook.file.with_name(name))
    other = opened(name, dark=True)
    check_tables(other.page)
    other.shot(f"saved-untrusted-{front_end}")


def test_with_the_state_of_widgets_nothing_stands_twice(
    opened: Callable[..., NotebookPage], exported: Callable[[str], Any], widget_state: None
) -> None:
    name = "state.ipynb"
    notebook = opened(name, START, REVIEW)
    notebook.run_all()
    notebook.page.locator(".runn-review").wait_for()
    assert "widgets" in notebook.save().metadata, "the state is saved"
    notebook.close()
    again = opened(name).page
    again.locator(".runn-live").wait_for(state="attached")  # from its state, with dead buttons
    again.locator(TABLES).wait_for()
    assert again.locator(".runn-live:visible").count() == 0
    page = exported(name)  # without a network, where the state cannot be drawn
    page.locator(TABLES).wait_for()


def test_a_boards_table_has_its_rows_and_their_dates_on_a_line(
    opened: Callable[..., NotebookPage], exported: Callable[[str], Any]
) -> None:
    notebook = opened("board-saved.ipynb", START, BOARD)
    notebook.run_all()
    notebook.page.locator(".runn-board").wait_for()
    names = notebook.page.locator(".runn-board .runn-row").last.locator(".runn-line > div")
    told = [one.strip() for one in names.all_inner_texts()[:3]]
    notebook.save()
    notebook.close()
    page = exported("board-saved.ipynb")
    page.set_viewport_size({"width": 420, "height": 900})
    table = page.locator(TABLES)
    table.wait_for()
    text = table.inner_text()
    assert len(told) == 3
    assert all(word in text for word in told), "the day, the person and the project"
    assert table.evaluate(BROKEN) == []


def test_a_name_from_right_to_left_turns_no_saved_row_round(
    opened: Callable[..., NotebookPage], exported: Callable[[str], Any]
) -> None:
    notebook = opened("arabic.ipynb", START, ARABIC)
    notebook.run_all()
    live = notebook.page.locator(".runn-row .runn-title")
    live.wait_for()
    assert live.evaluate(FIRST) == "2026-06", "the day is on the left, before the names"
    notebook.save()
    notebook.close()
    page = exported("arabic.ipynb")
    page.locator(TABLES).wait_for()
    assert page.locator(f"{TABLES} td", has_text="2026-06").first.evaluate(FIRST) == "2026-06"


def test_a_kernel_restarted_while_a_push_runs_leaves_that_it_was_begun(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    people = REVIEW.replace(":3", ":9")
    notebook = opened("begun.ipynb", START, people, SLOW, expected=GONE)
    notebook.run_all()
    page = notebook.page
    page.locator("button.runn-push").click()
    page.locator(".runn-count").get_by_text("of 10 rows: 2 done").wait_for()
    begun = "A push of 10 rows was begun at"
    book = notebook.save()
    stored = [one["data"].get("text/html", "") for one in book.cells[1].outputs]
    assert begun in stored[-1]
    notebook.restart()
    table = page.locator(TABLES)
    table.wait_for()
    assert begun in table.inner_text()
    assert "rp.journal() has what was sent" in table.inner_text()
    notebook.see(TABLES)
    notebook.shot(f"saved-begun-{front_end}")
