"""A reconciliation's board in a real JupyterLab and Notebook 7."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.layout import check_layout
from tests.support.notebook_page import FrontEnd, NotebookPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
BOARD = """
import pandas as pd
import runn_pandas as rp
account = rp.connect("demo")
june = pd.read_runn("actuals", minDate="2026-06-22", maxDate="2026-06-30")
minutes = june["billableMinutes"] + june["nonbillableMinutes"]
sheet = june[["date", "personId", "projectId", "roleId"]].assign(minutes=minutes)
sheet.loc[:4, "minutes"] += 30
result = rp.reconcile(sheet.drop(columns="roleId").iloc[:-6], start="2026-06-22", end="2026-06-30")
board = rp.review(result)
board
"""
LARGE = """
large = result["status"].eq("only_runn").idxmax()
result.loc[large, ["runnMinutes", "differenceMinutes"]] = [123_456_789, -123_456_789]
board = rp.review(result)
board
"""
# Where the words of the heads and the hours below them end.
ENDS = """board => {
    const end = one => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return Math.round(range.getBoundingClientRect().right);
    };
    return [...board.querySelectorAll('.runn-line:not(.runn-heads)')]
        .filter(line => line.checkVisibility())
        .map(line => [...line.querySelectorAll('.runn-number')].map(end));
}"""


def check_ends(lines: list[list[int]]) -> None:
    """Digits stand under digits."""
    for ends in zip(*lines, strict=True):
        assert max(ends) - min(ends) <= 1, ends


def test_a_board_gives_the_plan_of_the_side_that_is_right(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    notebook = opened("board.ipynb", BOARD)
    notebook.run_all()
    page = notebook.page
    board = page.locator(".runn-board")
    board.wait_for()
    names = [name for role, name in notebook.check_names(".runn-board") if "combo" in role.lower()]
    assert any(name.startswith("Which is right: all ") for name in names)
    assert page.locator(".runn-sides").is_visible(), "columns, and the choice is named once"
    page.locator(".runn-filter select").focus()
    assert notebook.tab_to(".runn-by select") == 1, "a decision is one stop"
    notebook.pick("Person")
    heads = page.locator(".runn-board .runn-heads")
    heads.get_by_text("Person", exact=True).wait_for(state="detached")
    heads.get_by_text("Status", exact=True).wait_for(state="attached")
    page.locator(".runn-row").nth(14).wait_for()  # the last: a head for each person
    assert "runn-by" in notebook.focused(), "what was chosen keeps the focus"
    notebook.see(".runn-board")
    notebook.shot(f"board-by-person-{front_end}")
    notebook.tab_to(".runn-side select")
    notebook.pick("Timesheet is right")
    assert notebook.tab_to(".runn-side select") <= 2, "its row's fold is between"
    page.locator(".runn-tally").get_by_text("Timesheet is right: 0").wait_for(state="detached")
    assert "runn-side" in notebook.focused()
    notebook.tab_to("button.runn-plan")
    notebook.press("Enter")
    page.locator(".runn-review button.runn-push").wait_for()
    page.wait_for_function(
        "() => document.activeElement.matches('button.runn-back, button.runn-plan')"
    )
    notebook.check_names(".runn-board")
    notebook.see(".runn-review")
    notebook.shot(f"board-plan-{front_end}")
    notebook.hide_sidebar()
    for width in (640, 1280):
        notebook.resize(width)
        page.wait_for_timeout(300)
        check_layout(board, f"the plan at {width}")
    page.locator("button.runn-push").click()
    page.locator(".runn-report").get_by_text("pushed:").wait_for()
    page.locator("button.runn-back").focus()
    notebook.press("Enter")
    page.get_by_text("corrected.").wait_for()
    page.wait_for_function(
        "() => document.activeElement.matches('.runn-plan, .runn-fold, .runn-back')"
    )
    page.locator(".runn-pushed").get_by_text("plans the way back.").wait_for()
    notebook.see(".runn-pushed")
    notebook.shot(f"board-corrected-{front_end}")


def test_a_board_can_be_read_at_every_width(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    notebook = opened("widths.ipynb", BOARD, LARGE)
    notebook.run_all()
    page = notebook.page
    page.locator(".runn-board").nth(1).wait_for()
    notebook.hide_sidebar()
    for width in (1600, 1280, 800, 640, 600, 420):
        notebook.resize(width)
        page.wait_for_timeout(300)
        for number in range(2):
            board = page.locator(".runn-board").nth(number)
            check_layout(board, f"board {number} at {width}")
            if board.locator(".runn-sides").is_visible():
                ends = board.evaluate(ENDS)
                check_ends(ends)
        notebook.see(".runn-board")
        notebook.shot(f"board-{width}-{front_end}")


def test_heads_and_rows_stay_where_they_are_when_a_group_is_opened(
    opened: Callable[..., NotebookPage],
) -> None:
    many = BOARD.replace(":4", ":40").replace(".iloc[:-6]", "")
    notebook = opened("unfold.ipynb", many)
    notebook.run_all()
    page = notebook.page
    board = page.locator(".runn-board")
    board.wait_for()
    head = board.locator(".runn-heads .runn-number").first
    before, sums = head.bounding_box(), board.evaluate(ENDS)
    assert len(sums) == 1, "folded"
    board.locator("button.runn-fold").first.click()
    board.locator(".runn-row").nth(5).wait_for()
    assert head.bounding_box() == before
    check_ends([*sums, *board.evaluate(ENDS)])
    # Nor by what is chosen, which is in bold.
    board.locator(".runn-side select").nth(1).select_option(index=1)
    board.locator(".runn-side.runn-decided select").first.wait_for()
    check_ends([*sums, *board.evaluate(ENDS)])


GAPS = """
names = result.runn.names()
sheet = names[["date", "personName", "projectName"]].assign(minutes=names["timesheetMinutes"])
sheet = sheet[sheet["minutes"].notna()].reset_index(drop=True)
sheet.loc[0, "projectName"] = "Nowhere <b>at all</b> " * 4
sheet.loc[1, "personName"] = sheet.loc[1, "personName"][:-1]
match = {"personId": {"name": "personName"}, "projectId": {"name": "projectName"}}
twice = pd.concat([sheet, sheet.loc[[3]].set_axis([400])])
gaps = rp.reconcile(twice, match=match, start="2026-06-22", end="2026-06-30", on_unmatched="ignore")
board = rp.review(gaps)
board
"""


def test_what_is_not_compared_stands_above_the_rows_at_every_width(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    notebook = opened("gaps.ipynb", BOARD.removesuffix("board\n"), GAPS)
    notebook.run_all()
    page = notebook.page
    board = page.locator(".runn-board")
    board.wait_for()
    missing = board.locator(".runn-missing")
    missing.get_by_text("Not compared: 2 of ").wait_for()
    missing.get_by_text("Counted twice: 1 row").wait_for()
    assert missing.locator("b").count() == 2, "names are text"
    board.get_by_text("row 400 is a copy of row 3").nth(1).wait_for()
    notebook.hide_sidebar()
    for width in (1280, 420):
        notebook.resize(width)
        page.wait_for_timeout(300)
        check_layout(board, f"what is missing at {width}")
        above, menus = missing.bounding_box(), board.locator(".runn-filter").bounding_box()
        assert above["y"] + above["height"] <= menus["y"]
        notebook.see(".runn-board")
        notebook.shot(f"board-missing-{width}-{front_end}")
