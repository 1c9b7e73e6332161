"""How long the apps take from a click to a changed page, and how much they send for it.

``python -m tests.browser.latencies`` prints a table for JupyterLab: of each step the fastest of a
few times, in the page itself, from the click to the change, and the largest message that the kernel
sent. It fails where one takes longer than 300 ms or a message is larger than 500 kB. ``--factor 5``
allows five times as long, for a machine that others use too. Nothing is waited for over a network:
the demo account answers in the kernel, and its cache has the rows, a few more
than 15,000.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import jupyter_server
from tests.support.notebook_page import NotebookPage, chromium, write

MOST = 300  # milliseconds
LARGEST = 500_000  # bytes
TIMES = 3
ROWS = 15_000
PEOPLE = 42  # whose demo has more actuals than that
EXPLORE = f"""
import pandas as pd
import runn_pandas as rp
from tests.support.desk import account_of, new_demo
account = rp.use(account_of(new_demo({PEOPLE}), max_age=None))
print(len(rp.read_runn("actuals")))
app = rp.explore()
app
"""
REVIEW = """
people = rp.read_runn("people")
people["lastName"] = people["lastName"] + " x"
rp.review(people.runn.plan())
"""
LONG = """
clients = pd.DataFrame({"name": [f"Client {number}" for number in range(300)]})
rp.review(clients.runn.plan("clients"))
"""
# In the page: do something, and wait for the frame in which its end is there.
CLOCK = """async ([act, end]) => {
    const one = selector => document.querySelector(selector);
    const text = selector => one(selector)?.innerText ?? '';
    const last = selector => [...document.querySelectorAll(selector)].at(-1);
    const enter = (field, value) => {
        field.value = value;
        for (const kind of ['input', 'change'])
            field.dispatchEvent(new Event(kind, {bubbles: true}));
    };
    const before = {table: text('.runn-table-body'), push: text('button.runn-push'),
        found: text('.runn-table-found')};
    const begin = performance.now();
    eval(act);
    while (!eval(end)) {
        if (performance.now() - begin > 30000) throw new Error('nothing happened: ' + end);
        await new Promise(requestAnimationFrame);
    }
    return performance.now() - begin;
}"""


@dataclass(frozen=True)
class Step:
    """What a user does, as scripts of the page."""

    name: str
    act: str
    end: str  # whether the page shows it
    again: tuple[str, str] | None = None  # what takes it back, so that it can be done again
    only_once: bool = False


TABLE = "text('.runn-table-body') !== before.table"
PUSH = "text('button.runn-push') !== before.push"
CHOOSE = "enter(one('.runn-resource input'), '{}')"
READ = "one('button.runn-read').click()"
SEARCH = "enter(one('.runn-table-search input'), '{}')"
FOUND = "text('.runn-table-found') !== before.found"
SORT = "one('.runn-frame-heads > button:nth-child(4)').click()"
STEPS = (
    Step(
        "choosing",
        CHOOSE.format("actuals"),
        "!!one('.runn-filter-minDate input')",
        (CHOOSE.format("teams"), "!one('.runn-filter-minDate input')"),
    ),
    Step(
        f"reading over {ROWS:,} rows",
        READ,
        f"parseInt(text('.runn-table-found').replaceAll(',', '')) >= {ROWS}",
        (
            f"{CHOOSE.format('teams')}; setTimeout(() => {READ}, 1000)",
            "text('.runn-table-body').includes('Studio')",
        ),
    ),
    Step("searching", SEARCH.format("2026-05"), FOUND, (SEARCH.format(""), FOUND)),
    Step("sorting", SORT, TABLE),
    Step("paging", "one('button.runn-table-next').click()", TABLE),
    Step(
        "a page of 100 in place of 20",
        "enter(last('.runn-size select'), '100')",
        "last('.runn-rows').children.length > 20",
        only_once=True,
    ),
    Step("ticking", "one('.runn-row .runn-tick input').click()", PUSH),
    Step("pushing", "one('button.runn-push').click()", PUSH, only_once=True),
)


class Wire:
    """What the kernel sends to the page."""

    def __init__(self, page: Any) -> None:
        self.sizes: list[int] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: Any) -> None:
        if "/channels" in socket.url:
            socket.on("framereceived", lambda sent: self.sizes.append(len(sent)))


def measured(page: Any, wire: Wire, step: Step) -> tuple[float, int]:
    """The milliseconds of a step, the fastest of some, and the bytes of its largest message."""
    wire.sizes.clear()
    took = []
    for number in range(1 if step.only_once else TIMES):
        if number and step.again:
            page.evaluate(CLOCK, list(step.again))
            if step.name.startswith("reading"):
                page.evaluate(CLOCK, [STEPS[0].act, STEPS[0].end])
        took.append(page.evaluate(CLOCK, [step.act, step.end]))
    page.wait_for_timeout(500)  # what the page is sent afterwards counts too
    return min(took), max(wire.sizes, default=0)


def run(server: jupyter_server.Server, browser: Any) -> list[tuple[str, float, int]]:
    """All steps, in one notebook with the apps."""
    name, errors = "latencies.ipynb", list[str]()
    write(server.work / name, (EXPLORE, REVIEW, LONG))
    notebook = NotebookPage(browser, server, name, errors, listen=Wire)
    notebook.run_all()
    notebook.see(".runn-review .runn-row")
    found = [(step.name, *measured(notebook.page, notebook.heard, step)) for step in STEPS]
    notebook.close()
    if errors:
        raise RuntimeError(f"the browser's console has errors: {errors[:5]}")
    return found


def main(words: list[str]) -> int:
    """Print the table; 1 if something is too slow or too large."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.latencies")
    parser.add_argument(
        "--factor", type=float, default=1.0, help="as many times as long is allowed"
    )
    factor = parser.parse_args(words).factor
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as home,
        jupyter_server.running(Path(home)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        found = run(server, browser)
        browser.close()
    print(f"{'step':26}{'ms':>8}{'largest message, kB':>24}")
    failed = 0
    for name, took, size in found:
        bad = took > MOST * factor or size > LARGEST
        failed += bad
        print(f"{name:26}{took:8.0f}{size / 1000:24.1f}{'  <-- over' if bad else ''}")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
