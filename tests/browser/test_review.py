"""A plan under review in a real JupyterLab and Notebook 7."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.layout import check_layout
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
START = """
import os
import pandas as pd
import runn_pandas as rp
account = rp.connect("demo")
assert os.environ["RUNN_CACHE_DIR"]
"""
TEAMS = """
teams = pd.read_runn("teams")
print(teams["name"].tolist())
"""
CHANGE = """
teams["name"] = ["Mine", *teams["name"][1:]]
done = teams.runn.push()
"""
ACTUALS = """
june = pd.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-30").head(25)
june["billableMinutes"] += 15
rp.review(june.runn.plan())
"""
# An account whose connection can be disturbed.
OWN = """
import pandas as pd
import runn_pandas as rp
from tests.support.desk import account_of, new_demo
from tests.support.faults import Wire
wire = Wire(new_demo())
account = rp.use(account_of(wire))
account.session._sleep = wire.sleep
people = pd.read_runn("people").head(30)
people["lastName"] = people["lastName"] + " x"
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
    page.locator(".runn-title").get_by_text("To take the push back.").wait_for()
    page.locator("button.runn-leave-undo").focus()
    page.wait_for_timeout(1100)  # sooner it may be the second click of a double click
    notebook.press("Space")
    page.locator(".runn-report").get_by_text("300 rows pushed").wait_for()


def test_300_rows_are_searched_and_shown_100_at_a_time(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    notebook = opened("search.ipynb", CLIENTS)
    notebook.run_all()
    page = notebook.page
    app = page.locator(".runn-review")
    page.locator(".runn-search input").click()
    page.keyboard.type("client 029")
    page.locator(".runn-found").get_by_text("11 of 300 rows have").wait_for()
    assert "runn-search" in notebook.focused()
    page.locator(".runn-cost").get_by_text("289 ticked rows are not shown.").wait_for()
    assert page.locator("button.runn-push").inner_text() == "Push 300 rows"
    notebook.shot(f"review-search-{front_end}")
    page.locator(".runn-search input").fill("")
    page.get_by_text("Page 1 of 15").wait_for()
    notebook.tab_to(".runn-size select")
    notebook.pick("100")
    page.get_by_text("Page 1 of 3, rows 1 to 100 of 300").wait_for()
    page.locator(".runn-row").nth(99).wait_for()
    assert page.locator(".runn-row").count() == 100
    notebook.check_names(".runn-review")
    notebook.hide_sidebar()
    for width in (600, 1280):
        notebook.resize(width)
        check_layout(app, f"100 rows at {width}")


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
    page.locator(".runn-title").get_by_text("To take the push back.").wait_for()


def test_interrupting_a_push_says_what_was_done(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    notebook = opened("interrupt.ipynb", PLAN.replace(":3", ":9"), SLOW)
    notebook.run_all()
    page = notebook.page
    push = page.locator("button.runn-push")
    done = page.locator(".runn-row").get_by_text("updated")
    report = page.locator(".runn-report")
    before = 0
    # From the second click on, its message comes in beside the kernel's main thread.
    for _ in range(2):
        page.wait_for_timeout(1100)  # sooner it may be the second click of a double click
        push.click()
        done.nth(1).wait_for()  # what was done before is not shown any more
        notebook.interrupt()
        report.get_by_text("The push was interrupted after").wait_for()
        assert "not tried" in report.inner_text()
        push.get_by_text("again").wait_for()
        before += int(report.inner_text().split("interrupted after ")[1].split()[0])
    assert before < 10, "it stopped"
    page.wait_for_timeout(1100)
    push.click()
    report.get_by_text(f"{10 - before} rows pushed: {10 - before} updated.").wait_for()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_rows_can_be_read_at_every_width(
    opened: Callable[..., NotebookPage], front_end: FrontEnd, dark: bool
) -> None:
    notebook = opened("rows.ipynb", PLAN, ACTUALS, dark=dark)
    notebook.run_all()
    page = notebook.page
    page.locator(".runn-review").nth(1).wait_for()
    notebook.hide_sidebar()
    page.locator(".runn-review .runn-tick input").first.click()
    page.locator("button.runn-push").get_by_text("Push 3 rows").wait_for()
    for width in (1280, 800, 640, 600, 420):
        notebook.resize(width)
        page.wait_for_timeout(300)
        for number in range(2):
            check_layout(page.locator(".runn-review").nth(number), f"plan {number} at {width}")
    boxes = page.locator(".runn-review").first.locator(".runn-tick input")
    assert boxes.nth(0).is_enabled()
    page.locator("button.runn-push").first.click()
    page.locator(".runn-report").get_by_text("3 rows pushed: 3 updated.").wait_for()
    shades = boxes.evaluate_all("all => all.map(one => getComputedStyle(one).opacity)")
    assert shades == ["1", "0.25", "0.25", "0.25"], "what can be ticked is not like what cannot"


def test_a_push_shows_how_far_it_is(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    notebook = opened("bar.ipynb", PLAN.replace(":3", ":9"), SLOW)
    notebook.run_all()
    page = notebook.page
    page.locator("button.runn-push").focus()
    notebook.press("Enter")
    bar = page.get_by_role("progressbar", name="Pushing 10 rows")
    bar.wait_for()
    page.wait_for_function(
        """() => {
            const bar = document.querySelector('.runn-progress progress');
            const said = document.querySelector('.runn-count').textContent;
            return bar.value > 0 && said.startsWith(`${bar.value} of ${bar.max} rows:`);
        }"""
    )
    heard = page.locator(".runn-heard [role=status]")
    assert "of 10 rows" in heard.inner_text()
    assert "runn-push" in notebook.focused(), "and not the page, where keys are shortcuts"
    notebook.shot(f"review-running-{front_end}")
    page.locator(".runn-report").get_by_text("10 rows pushed").wait_for()
    bar.wait_for(state="hidden")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_result_of_a_long_page_is_where_one_pushed(
    opened: Callable[..., NotebookPage], front_end: FrontEnd, dark: bool
) -> None:
    notebook = opened(f"long-{dark}.ipynb", OWN, SLOW.replace("0.4", "0.05"), dark=dark)
    notebook.run_all()
    page = notebook.page
    push = page.locator("button.runn-push")
    push.scroll_into_view_if_needed()
    push.click()
    meter = page.get_by_role("progressbar", name="Pushing 30 rows")
    meter.wait_for()
    seen = "e => { const b = e.getBoundingClientRect(); return b.top > 0 && b.bottom < 900; }"
    # In the page itself: each new count makes the bar anew.
    page.wait_for_function(f"({seen})(document.querySelector('.runn-progress progress'))")
    result = page.locator(".runn-report-here").get_by_text("30 rows pushed: 30 updated.")
    result.wait_for()
    assert result.evaluate(seen)
    assert page.locator("button.runn-undo-here").evaluate(seen)
    check_layout(page.locator(".runn-review"), "after a push of 30 rows")
    notebook.shot(f"review-long-{front_end}-{'dark' if dark else 'light'}")
    page.locator("button.runn-undo-here").click()
    page.locator(".runn-title").get_by_text("To take the push back.").wait_for()


def test_what_failed_comes_first_and_is_pushed_again(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    refusing = "wire.fault = lambda method, path: 'refused 400' if path[-1:] in '05' else ''"
    notebook = opened("failed.ipynb", OWN, refusing, "wire.fault = lambda *asked: ''")
    for cell in range(2):
        notebook.run_cell(cell)
    page = notebook.page
    push = page.locator("button.runn-push")
    push.focus()
    notebook.press("Enter")
    report = page.locator(".runn-report").get_by_text("What failed is still ticked")
    report.wait_for()
    push.get_by_text("again").wait_for()
    assert "runn-push" in notebook.focused(), "to push again, not to undo, is next"
    rows = page.locator(".runn-row:visible").all_inner_texts()
    assert rows
    assert all("failed" in row for row in rows), "what failed is shown"
    check_layout(page.locator(".runn-review"), "after a push with failures")
    notebook.shot(f"review-failed-{front_end}")
    notebook.run_cell(2)
    page.wait_for_timeout(1100)  # sooner it may be the second click of a double click
    push.focus()
    notebook.press("Enter")
    page.locator(".runn-report").get_by_text(f"{len(rows)} rows pushed: {len(rows)}").wait_for()


def test_under_lasting_server_errors_a_push_stops_and_goes_on_when_they_are_over(
    opened: Callable[..., NotebookPage], front_end: FrontEnd
) -> None:
    ill = "wire.fault = lambda method, path: 'refused 500' if method != 'GET' else ''"
    notebook = opened("lasting.ipynb", OWN, ill, "wire.fault = lambda *asked: ''")
    for cell in range(2):
        notebook.run_cell(cell)
    page = notebook.page
    push = page.locator("button.runn-push")
    push.click()
    report = page.locator(".runn-report").get_by_text("not tried")
    report.wait_for()
    assert "0 of 30 rows pushed: 3 failed, 27 not tried." in report.inner_text()
    assert "The push stopped: PATCH /people/" in report.inner_text()
    push.get_by_text("Push 30 rows again").wait_for()
    notebook.shot(f"review-lasting-{front_end}")
    notebook.run_cell(2)
    page.wait_for_timeout(1100)  # sooner it may be the second click of a double click
    push.click()
    page.locator(".runn-report").get_by_text("30 rows pushed: 30 updated.").wait_for()


def test_each_kernel_has_a_demo_of_its_own_over_one_cache_folder(
    opened: Callable[..., NotebookPage],
) -> None:
    # The server that starts the kernels sets RUNN_CACHE_DIR for all of them.
    first = opened("mine.ipynb", START, TEAMS, CHANGE, TEAMS)
    first.run_all()
    said = [line for line in first.page.locator(".jp-OutputArea-output").all_inner_texts() if line]
    assert said[0].startswith("['Studio'")
    assert "['Mine'" in said[-1]
    second = opened("other.ipynb", START, TEAMS)
    second.run_all()
    told = second.page.locator(".jp-OutputArea-output").all_inner_texts()
    assert told[-1] == said[0], "it sees its own fresh demo"
