"""``rp.explore()`` in JupyterLab and Notebook 7: by keyboard, by mouse, narrow and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.notebook_page import FrontEnd, NotebookPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Opened = Callable[..., NotebookPage]
START = "import pandas as pd\nimport runn_pandas as rp\nrp.connect('demo')"
APP = "app = rp.explore()\napp"
COUNTED = """
import warnings
from runn_pandas.jupyter.explore import app as module
real, reads = module.read_runn, []
def counted(name, **options):
    reads.append(name)
    warnings.warn(f"read number {len(reads)}")
    return real(name, **options)
module.read_runn = counted
"""
ENDLESS = """
import time
from runn_pandas.jupyter.explore import app as module
from runn_pandas.reader.progress import progress_bar
real = module.read_runn
def endless(name, **options):
    module.read_runn = next(others)
    with progress_bar(name, None) as shown:
        shown.waiting(30.0)
        for _ in range(3000):
            time.sleep(0.01)
module.read_runn, others = endless, iter([endless, real])
"""
FITS = "e => e.scrollWidth <= e.clientWidth"
# From what is typed to the page that shows it, in the page itself, in milliseconds.
CHOSEN = """name => new Promise(done => {
    const field = document.querySelector('.runn-resource input'), start = performance.now();
    const about = document.querySelector('.runn-about');
    const watch = new MutationObserver(() => {
        if (about.textContent.startsWith(name)) {
            watch.disconnect();
            requestAnimationFrame(() => done(performance.now() - start));
        }
    });
    watch.observe(about, {childList: true, subtree: true, characterData: true});
    field.value = name;
    field.dispatchEvent(new Event('input', {bubbles: true}));
})"""
LATE = 300  # milliseconds
SLOW_MACHINE = 4  # times as long at most where others use the machine too


def shown(opened: Opened, name: str, *cells: str, **options: Any) -> NotebookPage:
    """A notebook with the explorer of the demo, and the cells before it."""
    notebook = opened(name, START, *cells, APP, **options)
    notebook.run_all()
    notebook.see(".runn-explore")
    return notebook


def read(notebook: NotebookPage, rows: str) -> None:
    """Press Read, and wait for what is said of the rows."""
    notebook.page.locator("button.runn-read").click()
    notebook.page.locator(".runn-status").get_by_text(rows).wait_for()
    notebook.page.locator("button.runn-read").get_by_text("Read", exact=True).wait_for()


def copied(notebook: NotebookPage) -> str:
    notebook.press("Control+c")
    return str(notebook.page.evaluate("navigator.clipboard.readText()"))


def test_the_keyboard_alone_finds_reads_and_copies(opened: Opened) -> None:
    for front_end in ("lab", "notebook"):
        notebook = shown(opened, f"explore-keys-{front_end}.ipynb", front_end=front_end)
        page = notebook.page
        page.locator(".runn-resource input").focus()
        page.keyboard.type("leave")
        page.locator(".runn-about").get_by_text("resources fit").wait_for()
        notebook.press("Enter")
        page.locator(".runn-about").get_by_text("Leave of people").wait_for()
        assert "runn-resource " in f"{notebook.focused()} ", "where one types keeps the focus"
        notebook.tab_to("button.runn-read")
        notebook.press("Enter")
        page.locator(".runn-status").get_by_text("482 rows").wait_for()
        page.wait_for_function("document.activeElement?.matches('button.runn-read')")
        # Every control has a name, that of its filter; more of them on demand.
        names = [name for _, name in notebook.check_names(".runn-explore")]
        assert {"startDate", "endDate", "personId", "Search 90 resources"} <= set(names)
        assert "modifiedAfter" not in names
        notebook.tab_to("button.runn-more")
        notebook.press("Space")
        page.locator(".runn-filter-order input").wait_for()
        assert "runn-more" in notebook.focused()
        # What JupyterLab would take for shortcuts on a menu.
        notebook.tab_to(".runn-filter-order input", key="Shift+Tab")
        page.keyboard.type("desc")
        page.locator(".runn-code").get_by_text('order="desc"').wait_for()
        notebook.press("Backspace", 4)
        page.locator(".runn-status-stale").wait_for(state="detached")
        # The line is a stop of its own, and selected there.
        notebook.tab_to(".runn-code input", key="Shift+Tab")
        assert copied(notebook) == 'pd.read_runn("time-offs/leave")'
        cells = page.locator(".jp-CodeCell").count()
        page.keyboard.type("xbdd")
        assert page.locator(".jp-CodeCell").count() == cells, "no shortcuts of the notebook's"
        assert page.locator(".runn-code input").input_value() == 'pd.read_runn("time-offs/leave")'
        page.evaluate("navigator.clipboard.writeText('')")
        page.locator(".runn-code code").click()
        assert copied(notebook).strip() == 'pd.read_runn("time-offs/leave")'


def test_a_filter_of_several_values_is_set_by_keyboard(opened: Opened) -> None:
    notebook = shown(opened, "explore-several.ipynb", front_end="lab")
    page = notebook.page
    page.locator(".runn-resource input").focus()
    page.keyboard.type("activity-log")
    page.locator(".runn-filter-eventType input").wait_for()
    notebook.tab_to(".runn-filter-eventType input")
    page.keyboard.type("person_deleted, actual_deleted")
    page.locator(".runn-code").get_by_text(
        'eventType=["person_deleted", "actual_deleted"]'
    ).wait_for()
    stops = [notebook.focused()]
    for _ in range(12):
        notebook.press("Shift+Tab")
        stops.append(notebook.focused())
    assert not any("SELECT" in stop for stop in stops), "no menu that the keyboard cannot set"
    assert any("runn-resource " in f"{stop} " for stop in stops)


def test_rows_of_another_line_are_grey_until_it_is_read(opened: Opened) -> None:
    notebook = shown(opened, "explore-stale.ipynb", COUNTED)
    page = notebook.page
    page.fill(".runn-resource input", "actuals")
    page.locator(".runn-filter-minDate input").fill("2026-06-24")
    page.locator(".runn-filter-maxDate input").fill("2026-06-30")
    read(notebook, "109 rows")
    opacity = "e => Number(getComputedStyle(e).opacity)"
    assert page.locator(".runn-tabs").evaluate(opacity) == 1
    page.locator(".runn-filter-maxDate input").fill("2026-06-28")
    page.locator(".runn-status-stale").get_by_text('maxDate="2026-06-30"').wait_for()
    assert page.locator(".runn-tabs").evaluate(opacity) < 0.7, "greyed, and still read"
    assert "runn-filter-maxDate" in notebook.focused()
    notebook.shot("explore-stale")
    # A double click reads once.
    page.locator("button.runn-read").dblclick()
    page.locator(".runn-status").get_by_text("80 rows").wait_for()
    assert page.locator(".runn-status-stale").count() == 0
    # What follows is worked on after both clicks.
    page.locator(".runn-filter-maxDate input").fill("2026-06-27")
    page.locator(".runn-status-stale").wait_for()
    page.locator("button.runn-read").click()
    page.locator(".runn-status").get_by_text("read number 3").wait_for()
    page.get_by_role("tab", name="Picture").click()
    picture = page.locator(".runn-picture svg")
    picture.wait_for()
    assert picture.get_attribute("aria-label") == "Chart: Hours."
    page.fill(".runn-resource input", "people")
    page.locator("button.runn-read").click()
    page.locator(".runn-picture svg[aria-label*='People by team']").wait_for()
    page.fill(".runn-resource input", "custom-fields/text")
    page.locator("button.runn-read").click()
    page.locator(".runn-picture").get_by_text("neither dates nor amounts").wait_for()
    notebook.shot("explore-no-picture")


def test_it_is_narrow_and_wide_light_and_dark_and_quick(opened: Opened) -> None:
    for dark in (False, True):
        shade = "dark" if dark else "light"
        name = f"explore-{shade}.ipynb"
        notebook = shown(opened, name, dark=dark, front_end="notebook")
        page = notebook.page
        page.fill(".runn-resource input", "people")
        page.locator(".runn-filter-email input").wait_for()
        took = [page.evaluate(CHOSEN, name) for name in ("actuals", "projects", "clients")]
        assert min(took) < LATE
        assert max(took) < SLOW_MACHINE * LATE
        read(notebook, "11 rows")
        for width in (420, 600, 800, 1280, 1600):
            notebook.resize(width)
            for part in (".runn-filters", ".runn-about", ".runn-code"):
                assert page.locator(part).evaluate(FITS), (part, width)
            if dark or width in (420, 800):
                notebook.see(".runn-explore")
                notebook.shot(f"explore-{shade}-{width}")


def test_what_is_wrong_and_what_is_empty_is_said(opened: Opened) -> None:
    notebook = shown(opened, "explore-states.ipynb")
    page = notebook.page
    page.fill(".runn-resource input", "actuals")
    page.locator(".runn-filter-minDate input").fill("2040-01-01")
    page.locator("button.runn-read").click()
    page.locator(".runn-status-empty").wait_for()
    page.fill(".runn-resource input", "pepole")
    page.get_by_role("alert").get_by_text("Did you mean 'people'").wait_for()
    page.fill(".runn-resource input", "people/{personId}/contracts")
    page.locator("button.runn-read").click()
    page.locator(".runn-status-error").get_by_text("personId").wait_for()
    notebook.shot("explore-error")


def test_a_wait_is_told_and_an_interrupt_leaves_the_app_usable(
    opened: Opened, front_end: FrontEnd
) -> None:
    notebook = shown(opened, "explore-wait.ipynb", ENDLESS)
    page = notebook.page
    page.fill(".runn-resource input", "teams")
    for _ in range(2):  # the second message of a click comes in beside the kernel's main thread
        page.locator("button.runn-read").click()
        page.locator(".runn-status").get_by_text("waiting 30 s").wait_for()
        notebook.interrupt()
        page.locator(".runn-status").get_by_text("Stopped: nothing new was read.").wait_for()
    read(notebook, "5 rows")
