"""A plugin of pytest: notes which test touches which lines, or runs chosen tests in an order."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TRACE = "MUTANTS_TRACE"  # the folder to note in
CHOSEN = "MUTANTS_CHOSEN"  # the file that lists the tests to run
ASKED = "MUTANTS_ASKED"  # the two pipes of a judge: "3,4"
SHARED = "(shared)"  # what a fixture of several tests runs
TEST = "MUTANTS_TEST"  # the test that runs, for the processes that it starts
RC = """\
[run]
source = {source}
data_file = {data}
parallel = true
context = ${{MUTANTS_TEST-}}
disable_warnings = no-data-collected, module-not-imported, couldnt-parse, no-ctracer
"""


class Tracer:
    """Coverage of this process, with the running test as its context."""

    def __init__(self, folder: Path) -> None:
        import coverage

        self.folder = folder
        self.rc = folder / "coveragerc"
        os.environ.pop("COVERAGE_PROCESS_START", None)
        os.environ.pop(TEST, None)
        # The first to be loaded: what an import runs belongs to no test.
        self.coverage = coverage.Coverage(config_file=str(self.rc), data_suffix=True)
        self.coverage.start()
        self.outcomes: dict[str, list[Any]] = {}

    def switch(self, test: str) -> None:
        self.coverage.switch_context(test)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.switch(item.nodeid)
        os.environ[TEST] = item.nodeid
        os.environ["COVERAGE_PROCESS_START"] = str(self.rc)
        result = yield
        self.switch("")
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        """Count what several tests share for none of them."""
        shared = fixturedef.scope != "function"
        if shared:
            self.switch(SHARED)
        try:
            return (yield)
        finally:
            if shared:
                self.switch(os.environ.get(TEST, ""))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        took, outcome = self.outcomes.get(report.nodeid, [0.0, "passed"])
        if report.failed or report.skipped:
            outcome = report.outcome
        self.outcomes[report.nodeid] = [took + report.duration, outcome]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.coverage.stop()
        self.coverage.save()
        if not hasattr(session.config, "workerinput"):  # the workers' reports came here as well
            (self.folder / "outcomes.json").write_text(json.dumps(self.outcomes))


class Chooser:
    """Runs the listed tests alone, in the order of the list."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        place = {name: n for n, name in enumerate(json.loads(self.file.read_text()))}
        items[:] = sorted(
            (item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid]
        )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin before anything of the package is imported, and once: doctests import this again."""
    if os.environ.get(TRACE):
        early_config.pluginmanager.register(Tracer(Path(os.environ[TRACE])), "mutants-tracer")


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get(CHOSEN):
        config.pluginmanager.register(Chooser(Path(os.environ[CHOSEN])), "mutants-chooser")
    if os.environ.get(ASKED):
        from tests.mutants.judge import Judge

        asked, told = map(int, os.environ.pop(ASKED).split(","))
        config.pluginmanager.register(Judge(asked, told), "mutants-judge")
