"""A plan and a reconciliation as apps in a real JupyterLab and Notebook 7."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.notebook_page import FrontEnd, NotebookPage

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
CLIENTS = """
import pandas as pd
import runn_pandas as rp
account = rp.connect("demo")
clients = pd.DataFrame({"name": [f"Client {number:04}" for number in range(300)]})
app = rp.review(clients.runn.plan("clients"))
app
"""
SLOW = """
import time
send = account.session.request
def slowly(*asked, **options):
    time.sleep(0.4)
    return send(*asked, **options)
account.session.request = slowly
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
large = result["status"].eq("only_runn").idxmax()
result.loc[large, ["runnMinutes", "differenceMinutes"]] = [123_456_789, -123_456_789]
board = rp.review(result)
board
"""
FITS = "e => e.scrollWidth <= e.clientWidth"
WIDER = """app => [...app.querySelectorAll('.runn-row, .runn-line, .runn-choice, button')]
    .filter(one => one.offsetParent
        && one.getBoundingClientRect().right > app.getBoundingClientRect().right + 1)
    .map(one => [one.className, one.textContent.slice(0, 60)])"""
# Whether what stands beside each other in a row runs into each other, or a word stands upright.
CLASHES = """rows => rows.filter(row => row.offsetParent).flatMap(row => {
    const cells = [...row.children].filter(cell => cell.textContent.trim());
    const boxes = cells.map(cell => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return [cell.textContent, range.getBoundingClientRect()];
    });
    const upright = boxes.filter(([text, box]) => text.length > 4 && box.width < 24);
    const over = boxes.flatMap(([text, a], at) => boxes.slice(at + 1)
        .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1
            && a.top < b.bottom - 1 && b.top < a.bottom - 1)
        .map(([other]) => [text, other]));
    return [...upright.map(([text]) => text), ...over];
})"""


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
    page.locator(".runn-report").get_by_text("3 rows pushed: 3 updated.").wait_for()
    notebook.see(".runn-review")
    notebook.shot(f"review-pushed-{shade}")
    outcomes = page.locator(".runn-row").all_inner_texts()
    assert sum("updated" in text for text in outcomes) == 3


def test_300_rows_are_pushed_by_the_keyboard_alone(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    notebook = opened("keyboard.ipynb", CLIENTS)
    notebook.run_all()
    page = notebook.page
    page.locator(".runn-review").wait_for()
    names = [name for _, name in notebook.check_names(".runn-review")]
    assert "Push row 3: Client 0003, name" in names
    page.locator(".runn-tick-all").focus()
    notebook.tab_to(".runn-tick input")
    notebook.press("Tab", 2)
    notebook.press("Space")
    page.locator("button.runn-push").get_by_text("Push 299 rows").wait_for()
    assert "runn-tick" in notebook.focused(), "Space keeps the focus"
    notebook.press("Space")
    page.locator("button.runn-push").get_by_text("Push 300 rows").wait_for()
    assert "runn-tick" in notebook.focused()
    notebook.tab_to("button.runn-next")
    notebook.press("Space")
    page.get_by_text("Page 2 of 15").wait_for()
    assert "runn-next" in notebook.focused()
    notebook.tab_to("button.runn-push")
    notebook.press("Space")
    page.get_by_text("Sure? These are 300 changes").wait_for()
    page.wait_for_function("() => document.activeElement.matches('button.runn-cancel')")
    notebook.tab_to("button.runn-confirm")
    notebook.press("Space")
    page.locator(".runn-report").get_by_text("300 rows pushed: 300 created.").wait_for()
    # Where it took a while the focus is left alone; at once it goes to what is next.
    if "runn-undo" not in notebook.focused():
        assert "runn-confirm" in notebook.focused()
        notebook.tab_to("button.runn-undo", key="Shift+Tab")
    assert page.get_by_text("Page 2 of 15").is_visible(), "the page stays"
    notebook.press("Space")
    page.get_by_text("To take the push back.").wait_for()
    page.locator("button.runn-leave-undo").focus()
    notebook.press("Space")
    page.locator(".runn-report").get_by_text("300 rows pushed").wait_for()


def test_the_focus_stays_where_one_types_while_a_push_runs(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    notebook = opened("typing.ipynb", PLAN.replace(":3", ":9"), SLOW, "y = 1", "z = 2")
    notebook.run_all()
    page = notebook.page
    page.locator("button.runn-push").focus()
    notebook.press("Enter")
    page.locator("button.runn-push").get_by_text("Pushing ...").wait_for()
    assert "runn-push" in notebook.focused()
    cells, editor = page.locator(".jp-CodeCell"), page.locator(".jp-CodeCell").nth(2)
    count = cells.count()
    editor.locator(".cm-content").click()
    notebook.press("End")
    typed = "  # "
    page.keyboard.type(typed)
    while not page.locator(".runn-report").get_by_text("10 rows pushed").count():
        page.keyboard.type("add it ", delay=20)
        typed += "add it "
    page.keyboard.type("add it ", delay=150)
    assert editor.locator(".cm-content").inner_text().strip() == f"y = 1{typed}add it".strip()
    assert cells.count() == count
    # The button that was clicked stays, without use, until something else is clicked.
    page.locator("button.runn-push").click()
    assert page.locator("button.runn-push").inner_text() == "Pushed"
    page.locator("button.runn-undo").click()
    page.get_by_text("To take the push back.").wait_for()


def test_interrupting_a_push_says_what_was_done(opened: Callable[..., NotebookPage]) -> None:
    people = PLAN.replace(":3", ":9")
    notebook = opened("interrupt.ipynb", people, SLOW)
    notebook.run_all()
    page = notebook.page
    page.locator("button.runn-push").click()
    page.locator(".runn-row").get_by_text("updated").nth(1).wait_for()
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Interrupt Kernel").first.click()
    report = page.locator(".runn-report").get_by_text("The push was interrupted after")
    report.wait_for()
    assert "not tried" in report.inner_text()
    page.locator("button.runn-push").get_by_text("again").wait_for()


def test_a_board_gives_the_plan_of_the_side_that_is_right(
    opened: Callable[..., NotebookPage],
) -> None:
    notebook = opened("board.ipynb", BOARD)
    notebook.run_all()
    page = notebook.page
    board = page.locator(".runn-board")
    board.wait_for()
    names = [name for role, name in notebook.check_names(".runn-board") if role == "radio"]
    assert any(name.startswith("Timesheet is right: all ") for name in names)
    page.keyboard.press("Control+b")
    for width in (1600, 1280, 800, 600, 420):
        notebook.resize(width)
        page.wait_for_timeout(300)
        over = board.evaluate(WIDER)
        assert over == [], width
        lines = ".runn-board .runn-line"
        assert page.locator(lines).evaluate_all(CLASHES) == [], width
        notebook.see(".runn-board")
        notebook.shot(f"board-{width}")
    notebook.resize(1280)
    page.locator(".runn-filter input").first.focus()
    notebook.tab_to(".runn-by label:nth-child(2) input")
    notebook.press("Space")
    page.locator(".runn-row").get_by_text("Only timesheet", exact=True).first.wait_for(
        state="detached"
    )
    assert "runn-by" in notebook.focused(), "what was chosen keeps the focus"
    notebook.see(".runn-board")
    notebook.shot("board-by-person")
    notebook.tab_to(".runn-side label:nth-child(2) input")
    notebook.press("Space")
    page.locator(".runn-tally").get_by_text("Timesheet is right: 0").wait_for(state="detached")
    assert "runn-side" in notebook.focused()
    plan = page.locator("button.runn-plan")
    plan.wait_for()
    plan.click()
    page.locator(".runn-review button.runn-push").wait_for()
    page.wait_for_function(
        "() => document.activeElement.matches('button.runn-back, button.runn-plan')"
    )
    notebook.check_names(".runn-board")
    notebook.see(".runn-review")
    notebook.shot("board-plan")
    page.locator("button.runn-push").click()
    page.get_by_text("pushed:").wait_for()
    page.locator("button.runn-back").click()
    page.get_by_text("corrected.").wait_for()
    page.wait_for_function(
        "() => document.activeElement.matches('.runn-plan, .runn-fold, .runn-back')"
    )
    notebook.see(".runn-board")
    notebook.shot("board-corrected")
