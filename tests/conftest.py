"""What the tests share: the demo in process and over real sockets, and a scripted server."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import runn_pandas as rp
from runn_pandas import account as accounts
from runn_pandas.account import DEMO, DEMO_URL, Account
from runn_pandas.demo import server as servers
from runn_pandas.demo.adapter import DemoAdapter
from runn_pandas.demo.company import Company, build
from runn_pandas.demo.server import Demo, serve

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
OPENAPI = SHARED / "runn-api" / "openapi.json"
needs_shared = pytest.mark.skipif(
    not OPENAPI.exists(), reason="needs the API's OpenAPI file, which is not part of the repository"
)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the user's token, cache or account, nor leaves one behind."""
    for name in ("API_TOKEN", "API_URL", "REGION", "OFFLINE", "READ_ONLY"):
        monkeypatch.delenv(f"RUNN_{name}", raising=False)
    monkeypatch.setenv("RUNN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(accounts, "_default", None)


@cache
def _pickled(people: int, seed: int) -> bytes:
    return pickle.dumps(build(people, seed))


@pytest.fixture(scope="session", autouse=True)
def _each_company_is_built_once() -> Iterator[None]:
    """A demo still has a company of its own, but a copy is made faster than a new one."""

    def copied(people: int = 40, seed: int = servers.SEED) -> Company:
        company: Company = pickle.loads(_pickled(people, seed))
        return company

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(servers, "build", copied)
        yield


@pytest.fixture(scope="session")
def demo() -> Demo:
    """The demo company with a limit that no test reaches, so that the throttle never waits."""
    return Demo(limit=1_000_000)


@pytest.fixture
def account(demo: Demo, tmp_path: Path) -> Account:
    """The demo account in process, asking every time."""
    opened = Account(
        DEMO_URL, DEMO, adapter=DemoAdapter(demo), cache_dir=tmp_path / "cache", max_age=0
    )
    return rp.use(opened)


@pytest.fixture(scope="session")
def served(demo: Demo) -> Iterator[str]:
    """The address of the demo, served over a real socket."""
    server = serve(demo)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Scripted:
    """A server that answers as told, and remembers what it was asked."""

    answer: Callable[[str, dict[str, str]], tuple[int, dict[str, str], bytes]]
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


Answer = Callable[[str, dict[str, str]], tuple[int, dict[str, str], bytes]]


@pytest.fixture
def scripted() -> Iterator[Callable[[Answer], Scripted]]:
    """Start a server on loopback that answers GET with a function of path and headers."""
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(answer: Answer) -> Scripted:
        script = Scripted(answer)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                script.asked.append(self.path)
                script.headers.append(dict(self.headers))
                status, headers, body = script.answer(self.path, dict(self.headers))
                self.send_response(status)
                sent = {"Content-Type": "application/json", "Content-Length": str(len(body))}
                for name, value in {**sent, **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        running.append((server, thread))
        script.url = f"http://127.0.0.1:{server.server_port}"
        return script

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


def page(rows: list[Any], cursor: str | None = None) -> tuple[int, dict[str, str], bytes]:
    """One page as the API answers it."""
    return 200, {}, json.dumps({"values": rows, "nextCursor": cursor}).encode()
