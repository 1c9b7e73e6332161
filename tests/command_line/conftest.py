"""A demo of one's own behind a real socket, which is the account of the environment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.desk import new_demo, served
from tests.support.shell import Shell


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    demo = new_demo(10)
    with served(demo) as url:
        monkeypatch.setenv("RUNN_API_URL", url)
        monkeypatch.setenv("RUNN_API_TOKEN", "demo")
        yield Shell(demo, url, capsys)
