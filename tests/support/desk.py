"""Demos of one's own, which change, the accounts of them, and short ways to use both."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import runn_pandas as rp
from runn_pandas.account import DEMO_URL, Account
from runn_pandas.demo.adapter import DemoAdapter
from runn_pandas.demo.server import Demo, serve
from runn_pandas.errors import PlanWarning
from runn_pandas.push.api import journal, plan, push
from tests.support.faults import Wire

NO_LIMIT = 1_000_000


def new_demo(people: int = 40, **options: Any) -> Demo:
    """A demo that nobody else sees, with a limit that no test reaches."""
    return Demo(people, **{"limit": NO_LIMIT, **options})


def account_of(
    application: Any, folder: Path | None = None, token: str = "demo", **options: Any
) -> Account:
    """An account of a demo in process, which asks every time."""
    adapter = application if isinstance(application, DemoAdapter) else DemoAdapter(application)
    return Account(DEMO_URL, token, adapter=adapter, cache_dir=folder, **{"max_age": 0, **options})


@contextmanager
def served(demo: Demo) -> Iterator[str]:
    """The address of a demo, served over a real socket."""
    server = serve(demo)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def push_quietly(frame: pd.DataFrame, resource: str | None = None, **options: Any) -> pd.DataFrame:
    """A push whose notes are not shown: they are in its result."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PlanWarning)
        return push(frame, resource, **options)


@dataclass
class Desk:
    """An account, its demo, the wire between them, and a folder for mirrors."""

    demo: Demo
    account: Account
    wire: Wire
    folder: Path

    def read(self, resource: str, **filters: Any) -> pd.DataFrame:
        return rp.read_runn(resource, account=self.account, max_age=0, **filters)

    def plan(self, frame: pd.DataFrame, resource: str | None = None, **options: Any) -> rp.Plan:
        return plan(frame, resource, account=self.account, **options)

    def push(
        self, frame: pd.DataFrame, resource: str | None = None, **options: Any
    ) -> pd.DataFrame:
        return push_quietly(frame, resource, account=self.account, **options)

    def journal(self, **options: Any) -> pd.DataFrame:
        return journal(self.account, **options)

    def mirror(self, *resources: str, name: str = "mirror") -> rp.Mirror:
        return rp.mirror(self.folder / name, resources or None, account=self.account)

    def asked(self, since: int = 0) -> list[str]:
        """The requests so far, as ``"PATCH /people/12"``."""
        return [f"{r.method} {r.path}" for r in self.demo.log[since:]]

    def writes(self, since: int = 0) -> list[str]:
        return [one for one in self.asked(since) if not one.startswith("GET")]

    @property
    def bodies(self) -> list[tuple[str, str, Any]]:
        return self.wire.bodies

    def mark(self) -> int:
        return len(self.demo.log)


def desk_of(demo: Any, cache: Path, token: str = "demo", **options: Any) -> Desk:
    """A desk with its cache in a folder, and its mirrors beside that."""
    wire = Wire(demo)
    account = account_of(wire, cache, token, **options)
    # Waits between attempts are tested with the transport.
    account.session._sleep = wire.sleep
    return Desk(demo, account, wire, cache.parent)
