"""The example notebooks in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.notebook_page import NotebookPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


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
