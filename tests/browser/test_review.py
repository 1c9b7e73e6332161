"""A plan and a reconciliation as apps in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.notebook_page import NotebookPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PLAN = """
import pandas as pd
import runn_pandas as rp
account = rp.connect("demo")
people = pd.read_runn("people")
people.loc[:3, "lastName"] = people.loc[:3, "lastName"] + " <b>$x$</b>"
app = rp.review(people.runn.plan())
app
"""
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
FITS = "e => e.scrollWidth <= e.clientWidth"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_row_is_unticked_and_the_others_pushed(
    opened: Callable[..., NotebookPage], dark: bool
) -> None:
    shade = "dark" if dark else "light"
    notebook = opened(f"plan-{shade}.ipynb", PLAN, dark=dark)
    notebook.run_all()
    page = notebook.page
    app = page.locator(".runn-review")
    app.wait_for()
    assert page.locator(".runn-row").count() == 4
    assert "<b>$x$</b>" in app.inner_text(), "markup and formulas are text"
    assert app.locator("mjx-container").count() == 0
    assert app.evaluate(FITS)
    push = page.locator("button.runn-push")
    assert push.inner_text() == "Push 4 rows"
    page.locator(".runn-row .runn-tick input").nth(1).click()
    push.get_by_text("Push 3 rows").wait_for()
    notebook.see(".runn-review")
    notebook.shot(f"review-plan-{shade}")
    push.click()
    page.get_by_text("3 rows pushed: 3 updated.").wait_for()
    notebook.see(".runn-review")
    notebook.shot(f"review-pushed-{shade}")
    outcomes = page.locator(".runn-row").all_inner_texts()
    assert sum("updated" in text for text in outcomes) == 3


def test_a_board_gives_the_plan_of_the_side_that_is_right(
    opened: Callable[..., NotebookPage],
) -> None:
    notebook = opened("board.ipynb", BOARD)
    notebook.run_all()
    page = notebook.page
    board = page.locator(".runn-board")
    board.wait_for()
    assert board.evaluate(FITS)
    notebook.shot("board")
    page.locator(".runn-by").get_by_text("By person").click()
    notebook.see(".runn-board")
    notebook.shot("board-by-person")
    page.locator(".runn-side select").first.select_option(index=1)
    plan = page.locator("button.runn-plan")
    plan.wait_for()
    plan.click()
    page.locator(".runn-review button.runn-push").wait_for()
    notebook.see(".runn-review")
    notebook.shot("board-plan")
    page.locator("button.runn-push").click()
    page.get_by_text("pushed:").wait_for()
    page.locator("button.runn-back").click()
    page.get_by_text("corrected.").wait_for()
    notebook.see(".runn-board")
    notebook.shot("board-corrected")
