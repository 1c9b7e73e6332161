"""What the tests share: the demo in process and over real sockets, and a scripted server."""

from __future__ import annotations

import gc
import os
import pickle
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import runn_pandas as rp
from runn_pandas import account as accounts
from runn_pandas.account import Account
from runn_pandas.demo import server as servers
from runn_pandas.demo.company import Company, build
from runn_pandas.demo.server import Demo
from tests.support import desk
from tests.support.desk import account_of, new_demo
from tests.support.plain_http import path_values
from tests.support.server import Script, Server, running

MEMORY, ROOM = "/dev/shm", 2 * 1024**3  # of which the tests take a fifth
MANY = 6  # sets of parameters of one test
# How long an example takes says more of the machine than of the code.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


def pytest_configure() -> None:
    """Let Ctrl-C interrupt, and have the temporary folders in memory, where there is room."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell's background job begins with it ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with suppress(OSError):
        # Journals and caches are written through to the disk, which takes 5 ms each time.
        if os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free > ROOM:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among what was imported and collected."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take one of four of a test's many sets of parameters, and count the others as slow.

    So it is where all tests run. Those of a file or folder that is named run with all of them.
    """
    if {Path(str(name)).name for name in config.args} != set(config.getini("testpaths")):
        return
    sets: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("together") is None:
            sets.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for of_one in sets.values():
        for number, item in enumerate(of_one if len(of_one) > MANY else []):
            if number % 4:
                item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the user's token, cache or account, nor leaves one behind."""
    for name in ("API_TOKEN", "API_URL", "REGION", "OFFLINE", "READ_ONLY"):
        monkeypatch.delenv(f"RUNN_{name}", raising=False)
    monkeypatch.setenv("RUNN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("RUNN_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(accounts, "_default", None)


@cache
def _built(people: int, seed: int) -> tuple[bytes, dict[str, dict[Any, Any]]]:
    """A company without its tables of rows that hold single values, and those."""
    company = build(people, seed)
    flat = {name: rows for name, rows in company.tables.items() if not _nested(rows)}
    company.tables = {name: {} if name in flat else t for name, t in company.tables.items()}
    return pickle.dumps(company), flat


def _nested(rows: dict[Any, Any]) -> bool:
    return any(isinstance(cell, (list, dict)) for row in rows.values() for cell in row.values())


@pytest.fixture(scope="session", autouse=True)
def _each_company_is_built_once() -> Iterator[None]:
    """A demo still has a company of its own, but a copy is made faster than a new one."""

    def copied(people: int = 40, seed: int = servers.SEED) -> Company:
        pickled, flat = _built(people, seed)
        company: Company = pickle.loads(pickled)
        for name, rows in flat.items():
            company.tables[name] = {key: row.copy() for key, row in rows.items()}
        return company

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(servers, "build", copied)
        yield


@pytest.fixture(scope="session")
def demo() -> Demo:
    """The demo company that is only read, so that the throttle never waits."""
    return new_demo()


@pytest.fixture
def account(demo: Demo, tmp_path: Path) -> Account:
    """The demo account in process, asking every time."""
    return rp.use(account_of(demo, tmp_path / "cache"))


@pytest.fixture(scope="session")
def served(demo: Demo) -> Iterator[str]:
    """The address of the demo, served over a real socket."""
    with desk.served(demo) as url:
        yield url


@pytest.fixture
def scripted() -> Iterator[Callable[[Script], Server]]:
    """Start a server on loopback that answers with a function of path and headers."""
    with running() as begin:
        yield lambda script: begin(Server(script=script))


@pytest.fixture(scope="session")
def places(served: str) -> dict[str, dict[str, Any]]:
    """For each resource with path parameters, values for which the demo has rows."""
    return path_values(served)
