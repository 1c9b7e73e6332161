"""Commands of the command line, run in this process on a served demo."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from runn_pandas.account import Account
from runn_pandas.command_line.program import main
from runn_pandas.demo.server import Demo
from tests.support.desk import account_of


@dataclass
class Shell:
    """Runs commands in this process: their exit code, and what they printed."""

    demo: Demo
    url: str
    capsys: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    def __call__(self, *words: object) -> int:
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = int(stop.code or 0)
        self.out, self.err = self.capsys.readouterr()
        return code

    @property
    def account(self) -> Account:
        return account_of(self.demo)

    def writes(self) -> list[str]:
        return [f"{r.method} {r.path}" for r in self.demo.log if r.method != "GET"]
