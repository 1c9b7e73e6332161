"""A real JupyterLab, opened in Debian's chromium, with a page that remembers what went wrong."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "screenshots"
START = 90  # seconds for the server to answer
# JupyterLab asks its own server for what is not there when it is offline or has no extension.
QUIET = ("favicon", "the server responded with a status of 404")
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    # Every cell is drawn, also those that are out of sight.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}


def _missing() -> str | None:
    """Why no browser test can run here."""
    if chromium() is None:
        return "no chromium on this machine (Debian: apt-get install chromium)"
    for name in ("playwright", "jupyterlab", "ipywidgets", "altair"):
        try:
            __import__(name)
        except ImportError:
            return f'{name} is not installed (pip install -e ".[dev,notebook]")'
    return None


def chromium() -> str | None:
    """Where the browser is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """JupyterLab on a free port of this machine, over a folder of its own."""
    reason = _missing()
    if reason and os.environ.get("RUNN_BROWSER") == "required":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("lab")
    work = home / "work"
    shutil.copytree(ROOT / "notebooks", work, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for plugin, values in SETTINGS.items():
        package, name = plugin.split(":")
        file = home / "settings" / package / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = uuid4().hex
    env = {k: v for k, v in os.environ.items() if not k.startswith(("RUNN_", "JUPYTER", "PYTEST"))}
    env |= {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTER_TOKEN": token,
        "RUNN_CACHE_DIR": str(home / "cache"),
        "RUNN_STATE_DIR": str(home / "state"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", f"--notebook-dir={work}"]
    log = home / "lab.log"
    with log.open("w") as out:
        server = subprocess.Popen(command, env=env, cwd=work, stdout=out, stderr=out)
    try:
        _until_up(f"http://127.0.0.1:{port}/api/status?token={token}", server, log)
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}", token=token, work=work, log=log)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def _until_up(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start: {log.read_text()[-2000:]}")


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


class Notebook:
    """One notebook in JupyterLab.

    Parameters
    ----------
    page : playwright Page
    errors : list of str
        Where the page's own errors are gathered.
    """

    def __init__(self, page: Any, errors: list[str]) -> None:
        from playwright.sync_api import TimeoutError as Late

        self.page, self.errors, self.late = page, errors, Late

    def run_all(self, *, seconds: int = 90) -> None:
        """Run every cell and wait until the last has run."""
        for _ in range(3):
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            if self._began():
                break
        # A cell that waits or runs shows [*]; none has run while one shows [ ].
        self.page.wait_for_function(
            """() => {
                const cells = [...document.querySelectorAll('.jp-CodeCell')];
                const said = cells.map(c => c.querySelector('.jp-InputPrompt')?.textContent ?? '');
                return cells.length > 0 && said.every(text => /\\[\\d+\\]/.test(text));
            }""",
            timeout=seconds * 1000,
        )

    def _began(self) -> bool:
        """Whether the cells went to the kernel: JupyterLab drops them just before it is ready."""
        try:
            self.page.wait_for_function(
                """() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
                    .some(prompt => /\\[(\\d+|\\*)\\]/.test(prompt.textContent))""",
                timeout=5000,
            )
        except self.late:
            return False
        return True

    def see(self, selector: str) -> None:
        """Bring the first of these into view."""
        found = self.page.locator(selector).first
        found.wait_for()
        found.scroll_into_view_if_needed()

    def shot(self, name: str) -> None:
        """Keep a picture of the page."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{name}.png"))


@pytest.fixture
def opened(
    lab: SimpleNamespace, browser: Any, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Notebook]]:
    """Open a notebook of the folder, or one made of the given cells."""
    pages: list[Any] = []
    errors: list[str] = []

    def open_(name: str, *cells: str, dark: bool = False) -> Notebook:
        if cells:
            _write(lab.work / name, cells)
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, color_scheme="dark" if dark else "light"
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(f"page error: {error}"))
        page.on("console", lambda said: _note(errors, said))
        # A workspace of its own: no tab of the test before.
        address = f"{lab.url}/lab/workspaces/w{uuid4().hex[:8]}/tree/{name}"
        page.goto(f"{address}?token={lab.token}&reset")
        page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook").wait_for()
        page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for()
        return Notebook(page, errors)

    yield open_
    if getattr(request.node, "failed", False):
        for number, page in enumerate(pages):
            SHOTS.mkdir(exist_ok=True)
            page.screenshot(path=str(SHOTS / f"failed-{request.node.name}-{number}.png"))
    for page in pages:
        page.context.close()
    assert errors == [], f"the browser's console has errors: {errors[:5]}"


def _note(errors: list[str], said: Any) -> None:
    if said.type == "error" and not any(word in said.text for word in QUIET):
        errors.append(said.text)


def _write(path: Path, cells: tuple[str, ...]) -> None:
    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(book, path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let the page's fixture know whether its test failed, for a picture of it."""
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]
    return report
