"""Tests stand on their own: what they share is in tests/support, and conftest has fixtures only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.places import ROOT
from tests.support.pushes import share

MODULES = sorted(ROOT.glob("tests/**/*.py"))


def imported(text: str, path: Path) -> Iterator[str]:
    """What a module imports, each with the name of the module that it is from."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*up, *filter(None, [node.module])))
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and str(node.value).startswith("tests."):
            yield str(node.value)  # as importlib is given it


def is_test_module(name: str) -> bool:
    parts = name.split(".")
    return parts[0] == "tests" and any(
        part == "conftest" or part.startswith("test_") for part in parts
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_imports_a_test_module(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [name for name in imported(text, path) if is_test_module(name)] == []


@pytest.mark.parametrize(
    "line",
    [
        "from tests.push.test_push import actuals_of",
        "from tests.push import test_push",
        "import tests.push.conftest",
        "from .conftest import Desk",
        "from . import test_read",
        "from ..push.conftest import Desk",
        f"importlib.import_module({'tests.push.' + 'test_push'!r})",
    ],
)
def test_an_import_of_a_test_module_is_seen(line: str) -> None:
    found = list(imported(line, ROOT / "tests" / "reader" / "unreal.py"))
    assert any(map(is_test_module, found)), found


@pytest.mark.parametrize("total", [0, 1, 6, 7, 8, 30])
@pytest.mark.parametrize("parts", [1, 2, 3])
def test_shares_together_are_all_requests(total: int, parts: int) -> None:
    shares = [share(total, parts, which) for which in range(parts, 2 * parts)]
    assert {number for one in shares for number in one} == set(range(1, total + 1))
    if total > 6:
        assert sum(map(len, shares)) == total, "none is in two of them"
