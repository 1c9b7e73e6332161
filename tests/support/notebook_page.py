"""A notebook in a browser, in JupyterLab or Notebook 7: run, looked at, typed into, saved."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import nbformat
from nbformat import NotebookNode
from nbformat.reader import NotJSONError

from tests.support.jupyter_server import ROOT, Server

FrontEnd = Literal["lab", "notebook"]
SHOTS = ROOT / "screenshots"
# Jupyter asks its own server for what is not there when it is offline or has no extension, and
# JupyterLab finds what JupyterLite has installed, for the documentation, and cannot load it.
QUIET = ("favicon", "the server responded with a status of 404", "@jupyterlite/")
# What Notebook 7 itself does wrong, with an empty notebook too.
OWN = ("Command 'filebrowser:open-path' not registered.", "(reading 'schema')")
PAGE = ("Command 'filebrowser:open-path' not registered.",)
PAGE = ".jp-NotebookPanel:not(.lm-mod-hidden)"
# What a user can set or press; Chromium's own names of roles.
ROLES = frozenset(
    {
        *("button", "PopUpButton", "ToggleButton", "link", "tab", "menuitem"),
        *("textbox", "TextField", "searchbox", "spinbutton", "slider"),
        *("checkbox", "radio", "switch", "combobox", "ComboBoxMenuButton", "comboBoxSelect"),
        *("listbox", "Date", "DateTime", "InputTime"),
    }
)
NAMELESS = ("", "null", "undefined", "None")
SAVED = 20  # seconds for a file to be written
START = 60  # seconds for a kernel to start


def chromium() -> str | None:
    """Where the browser is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def write(path: Path, cells: tuple[str, ...]) -> None:
    """Write a notebook of code cells."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(book, path)


class NotebookPage:
    """A notebook in a page of the browser.

    Parameters
    ----------
    browser : playwright Browser
    server : Server
    name : str
        Of the notebook's file.
    errors : list of str
        Where the page's own errors are gathered.
    expected : sequence of str
        What may stand in an error that is none.
    listen : callable, optional
        Given the page before it is opened; what it returns is kept as `heard`.
    """

    def __init__(
        self,
        browser: Any,
        server: Server,
        name: str,
        errors: list[str],
        *,
        front_end: FrontEnd = "lab",
        dark: bool = False,
        width: int = 1280,
        height: int = 900,
        expected: Sequence[str] = (),
        listen: Callable[[Any], Any] = lambda page: None,
    ) -> None:
        from playwright.sync_api import TimeoutError as Late

        self.server, self.name, self.errors, self.late = server, name, errors, Late
        self.front_end, self.file = front_end, server.work / name
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = context.new_page()
        self.page.set_default_timeout(30_000)
        watch(self.page, errors, expected)
        self.heard = listen(self.page)
        # In JupyterLab a workspace of its own: no tab of the test before.
        place = f"lab/workspaces/w{uuid4().hex[:8]}/tree" if front_end == "lab" else "notebooks"
        self.page.goto(f"{server.url}/{place}/{name}?token={server.token}&reset")
        self.page.locator(f"{PAGE} .jp-Notebook").wait_for()
        self._until_idle()

    def _until_idle(self) -> None:
        """Wait until the kernel is there, and the page knows."""
        end = time.monotonic() + START
        while not self.server.is_idle(self.name):
            assert time.monotonic() < end, "no kernel started"
            self.page.wait_for_timeout(100)
        self.page.locator(f"{PAGE} .jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()

    # -- running

    def run_all(self, *, seconds: int = 90) -> None:
        """Run every cell and wait until the last has run."""
        for _ in range(3):
            self._menu("Run", "Run All Cells")
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

    def _menu(self, menu: str, item: str) -> None:
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        # By its own words: the name of an item has its keys in it too.
        self.page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()

    def run_cell(self, number: int) -> None:
        """Run one cell, counted from 0, and wait until it has run."""
        cell = self.page.locator(f"{PAGE} .jp-CodeCell").nth(number)
        cell.locator(".cm-content").click()
        before = cell.locator(".jp-InputPrompt").inner_text()
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(
            """([number, before]) => {
                const cell = document.querySelectorAll('.jp-CodeCell')[number];
                const said = cell.querySelector('.jp-InputPrompt').textContent.trim();
                return said !== before.trim() && /\\[\\d+\\]/.test(said);
            }""",
            arg=[number, before],
        )

    def restart(self) -> None:
        """Restart the kernel."""
        self._menu("Kernel", "Restart Kernel…")
        self.page.locator(".jp-Dialog button.jp-mod-accept").click()
        self.page.locator(f"{PAGE} .jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()
        self._until_idle()

    def interrupt(self) -> None:
        """Interrupt the kernel."""
        self._menu("Kernel", "Interrupt Kernel")

    def _began(self) -> bool:
        """Whether the cells went to the kernel: they are dropped just before it is ready."""
        try:
            self.page.wait_for_function(
                """() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
                    .some(prompt => /\\[(\\d+|\\*)\\]/.test(prompt.textContent))""",
                timeout=5000,
            )
        except self.late:
            return False
        return True

    # -- looking

    def see(self, selector: str) -> None:
        """Bring the first of these into view."""
        found = self.page.locator(selector).first
        found.wait_for()
        found.scroll_into_view_if_needed()

    def shot(self, name: str) -> None:
        """Keep a picture of the page."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{name}.png"))

    def resize(self, width: int, height: int = 900) -> None:
        """Make the page wider or narrower."""
        self.page.set_viewport_size({"width": width, "height": height})

    def hide_sidebar(self) -> None:
        """Give the notebook the whole page; in Notebook 7 it has that."""
        if self.front_end == "lab":
            self.page.keyboard.press("Control+b")

    def controls(self, selector: str) -> list[tuple[str, str]]:
        """The role and the name, as a screen reader has them, of all that can be set or pressed."""
        client = self.page.context.new_cdp_session(self.page)
        try:
            root = client.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
            asked = {"nodeId": root, "selector": selector}
            nodes = client.send("DOM.querySelectorAll", asked)["nodeIds"]
            assert nodes, f"nothing on the page is {selector}"
            found = [
                one
                for node in nodes
                for one in client.send("Accessibility.queryAXTree", {"nodeId": node})["nodes"]
            ]
        finally:
            client.detach()
        seen = {
            one["nodeId"]: (one["role"]["value"], one.get("name", {}).get("value", "").strip())
            for one in found
            if not one.get("ignored") and one.get("role", {}).get("value") in ROLES
        }
        return list(seen.values())

    def check_names(self, selector: str) -> list[tuple[str, str]]:
        """Check that every control inside has a name, and return the roles and names."""
        found = self.controls(selector)
        assert found, f"there is no control in {selector}"
        nameless = [one for one in found if one[1] in NAMELESS]
        assert nameless == [], f"{len(nameless)} of {len(found)} controls have no name"
        return found

    # -- the keyboard

    def press(self, key: str, times: int = 1) -> None:
        """Press a key, as Playwright spells it: ``"Tab"``, ``"Shift+Tab"``, ``"Space"``."""
        for _ in range(times):
            self.page.keyboard.press(key)

    def focused(self) -> str:
        """What has the focus: its tag, its classes and those of the widget around it, its name."""
        return str(
            self.page.evaluate(
                """() => {
                    const here = document.activeElement, around = here?.closest('[class*=runn-]');
                    const name = here?.getAttribute('aria-label') ?? here?.title
                        ?? here?.labels?.[0]?.textContent ?? '';
                    const words = here?.tagName === 'BUTTON' ? here.textContent : '';
                    return [here?.tagName, here?.className, around?.className, name, words]
                        .filter(Boolean).join(' ');
                }"""
            )
        )

    def tab_to(self, selector: str, *, most: int = 100, key: str = "Tab") -> int:
        """Press Tab until what a selector finds has the focus; how often it was pressed."""
        for pressed in range(1, most + 1):
            self.page.keyboard.press(key)
            if self.page.evaluate("s => !!document.activeElement?.matches(s)", selector):
                return pressed
        raise AssertionError(f"{most} times {key} do not reach {selector}: {self.focused()}")

    def pick(self, option: str) -> None:
        """Choose from the menu that has the focus, as one does: Space, arrows, Enter."""
        steps_to = """option => {
            const here = document.activeElement;
            const texts = [...here.options].map(one => one.text.replaceAll('\\u00a0', ' '));
            return texts.findIndex(text => text.startsWith(option)) - here.selectedIndex;
        }"""
        steps = self.page.evaluate(steps_to, option)
        self.press("Space")
        self.press("ArrowDown" if steps > 0 else "ArrowUp", abs(steps))
        self.press("Enter")
        self.page.wait_for_function(f"option => ({steps_to})(option) === 0", arg=option)

    # -- storing

    def save(self) -> NotebookNode:
        """Save the notebook; what the file has then."""
        before = self.file.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        end = time.monotonic() + SAVED
        while time.monotonic() < end:
            self.page.wait_for_timeout(50)
            # It is empty while it is written.
            if self.file.stat().st_mtime_ns != before and self.file.stat().st_size:
                with suppress(NotJSONError):
                    return nbformat.read(self.file, as_version=4)
        raise AssertionError("the notebook was not saved")

    def close(self) -> None:
        """Close the page and end the notebook's kernel."""
        self.page.context.close()
        self.server.shut_down(self.name)


def watch(page: Any, errors: list[str], expected: Sequence[str] = ()) -> None:
    """Gather what goes wrong in a page."""

    def note_said(said: Any) -> None:
        if said.type == "error" and not any(word in said.text for word in (*QUIET, *expected)):
            errors.append(said.text)

    def note_raised(error: Any) -> None:
        own = any(word in str(error) for word in OWN) and "/static/notebook/" in error.stack
        if not own:
            errors.append(f"page error: {error} {error.stack[:500]}")

    page.on("pageerror", note_raised)
    page.on("console", note_said)
