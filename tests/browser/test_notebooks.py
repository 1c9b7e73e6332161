"""The package in a real JupyterLab: the first notebook, run from top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.xdist_group("browser")]


def test_tables_and_a_chart_show(opened: Callable[..., Any]) -> None:
    notebook = opened(
        "plain.ipynb",
        "import pandas as pd\nimport runn_pandas as rp\nrp.connect('demo')",
        "people = pd.read_runn('people')\npeople.head()",
        "people.runn.plan()",
        "rp.hours('2026-06-01', '2026-06-30').runn.plot()",
    )
    notebook.run_all()
    page = notebook.page
    assert page.locator(".jp-OutputArea table.dataframe").count() >= 1
    page.locator(".jp-OutputArea img, .jp-RenderedSVG").first.wait_for()
    page.locator(".jp-OutputArea img, .jp-RenderedSVG").first.scroll_into_view_if_needed()
    notebook.shot("plain")
