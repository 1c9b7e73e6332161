"""JupyterLab and Notebook 7 in Debian's chromium, with pages that remember what went wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import jupyter_server
from tests.support.jupyter_server import WIDGETS, Server
from tests.support.notebook_page import FrontEnd, NotebookPage, chromium, write


def _missing() -> str | None:
    """Why no browser test can run here."""
    if chromium() is None:
        return "no chromium on this machine (Debian: apt-get install chromium)"
    for name in ("playwright", "jupyterlab", "notebook", "nbconvert", "ipywidgets", "altair"):
        try:
            __import__(name)
        except ImportError:
            return f'{name} is not installed (pip install -e ".[dev,notebook]")'
    return None


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests, over a folder of its own."""
    reason = _missing()
    if reason and os.environ.get("RUNN_BROWSER") == "required":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with jupyter_server.running(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One chromium for all tests."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root, as in CI, chromium has no sandbox of its own.
        window = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield window
        window.close()


@pytest.fixture(params=["lab", "notebook"])
def front_end(request: pytest.FixtureRequest) -> FrontEnd:
    """A test that asks for it runs in JupyterLab and in Notebook 7."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def opened(
    lab: Server, browser: Any, request: pytest.FixtureRequest
) -> Iterator[Callable[..., NotebookPage]]:
    """Open a notebook of the folder, or one made of the given cells.

    ``opened(name, *cells, front_end="lab", dark=False, width=1280, height=900)``; a name that
    was opened before and saved is opened again, with a kernel that has run nothing.
    """
    pages: list[NotebookPage] = []
    errors: list[str] = []

    def open_(name: str, *cells: str, **options: Any) -> NotebookPage:
        if cells:
            write(lab.work / name, cells)
        if "front_end" in request.fixturenames:
            options.setdefault("front_end", request.getfixturevalue("front_end"))
        pages.append(NotebookPage(browser, lab, name, errors, **options))
        return pages[-1]

    yield open_
    if getattr(request.node, "failed", False):
        for number, one in enumerate(one for one in pages if not one.page.is_closed()):
            one.shot(f"failed-{request.node.name}-{number}")
    for one in pages:
        one.close()
    assert errors == [], f"the browser's console has errors: {errors[:5]}"


@pytest.fixture
def widget_state(lab: Server) -> Iterator[None]:
    """The front ends save the state of widgets with a notebook, which they do not by default."""
    lab.set(WIDGETS, saveState=True)
    yield
    lab.set(WIDGETS, saveState=False)


@pytest.fixture
def exported(browser: Any, lab: Server) -> Iterator[Callable[[str], Any]]:
    """Export a notebook of the folder with ``nbconvert --to html`` and open the page."""
    pages: list[Any] = []

    def export(name: str) -> Any:
        command = [sys.executable, "-m", "nbconvert", "--to", "html", "--log-level=ERROR", name]
        subprocess.run(command, cwd=lab.work, check=True, timeout=120, capture_output=True)
        page = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True).new_page()
        pages.append(page)
        page.goto(Path(lab.work / name).with_suffix(".html").as_uri())
        return page

    yield export
    for page in pages:
        page.context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let the page's fixture know whether its test failed, for a picture of it."""
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]
    return report
