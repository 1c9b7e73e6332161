"""The notebooks and the app of an account in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.notebook_page import NotebookPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
START = "import pandas as pd\nimport runn_pandas as rp\nrp.connect('demo')"


def test_notebook_01_runs_with_its_tables_and_chart(opened: Callable[..., NotebookPage]) -> None:
    notebook = opened("01-first-steps.ipynb")
    notebook.run_all()
    page = notebook.page
    assert (
        page.locator(".jp-OutputArea-output .jp-mod-error, [data-mime-type*='stderr']").count() == 0
    )
    notebook.see(".jp-OutputArea-output table.dataframe")
    notebook.shot("notebook-01-table")
    notebook.see(".jp-RenderedVegaCommon5 canvas, .jp-RenderedVegaCommon5 svg")
    notebook.shot("notebook-01-chart")
    notebook.see(".runn-explore")
    notebook.shot("notebook-01-explore")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_explore_chooses_filters_and_shows_rows(
    opened: Callable[..., NotebookPage], dark: bool
) -> None:
    notebook = opened("explore.ipynb", START, "app = rp.explore()\napp", dark=dark)
    notebook.run_all()
    page = notebook.page
    app = page.locator(".runn-explore")
    app.wait_for()
    page.fill(".runn-resource input", "actuals")
    page.locator(".runn-filter-minDate input").fill("2026-06-24")
    page.locator(".runn-filter-maxDate input").fill("2026-06-30")
    notebook.shot(f"explore-filters-{'dark' if dark else 'light'}")
    page.locator("button.runn-read").click()
    page.locator(".runn-table-body table tbody tr").first.wait_for()
    assert page.locator(".runn-table-body tbody tr").count() == 20
    assert "109 rows" in page.locator(".runn-status").inner_text()
    code = page.locator(".runn-code input, .runn-code textarea").first.input_value()
    assert code == 'pd.read_runn("actuals", minDate="2026-06-24", maxDate="2026-06-30")'
    assert app.evaluate("e => e.scrollWidth <= e.clientWidth"), "nothing is wider than the app"
    notebook.see(".runn-explore")
    notebook.shot(f"explore-rows-{'dark' if dark else 'light'}")


def test_explore_says_what_is_wrong_and_what_is_empty(opened: Callable[..., NotebookPage]) -> None:
    notebook = opened("explore-states.ipynb", START, "rp.explore()")
    notebook.run_all()
    page = notebook.page
    page.locator(".runn-explore").wait_for()
    page.fill(".runn-resource input", "actuals")
    page.locator(".runn-filter-minDate input").fill("2040-01-01")
    page.locator("button.runn-read").click()
    page.locator(".runn-status-empty").wait_for()
    notebook.shot("explore-empty")
    page.fill(".runn-resource input", "people/{personId}/contracts")
    page.locator("button.runn-read").click()
    page.locator(".runn-status-error").wait_for()
    assert "personId" in page.locator(".runn-status-error").inner_text()
    notebook.shot("explore-error")
