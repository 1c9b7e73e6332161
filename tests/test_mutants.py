"""The sampling of small changes: what is changed, what is not, and that a seed says which."""

from __future__ import annotations

import ast
import importlib
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.changes import changes_of, is_whole, package_of, sample
from tests.mutants.judge import forked, put_in_place
from tests.mutants.touched import AT_IMPORT, OF_SEVERAL, Touched
from tests.support.places import ROOT

SOURCE = '''
"""A module."""

LIMIT = 3


def told(rows: list[int], limit: int = 3, *, deep: bool = False) -> list[int] | None:
    """Not this 3 < 4."""
    if not rows and limit < 10:
        raise ValueError("3 and 4")
    found = sorted(rows, key=abs, reverse=True)
    found[0] += 1
    return found[1:]
'''


@pytest.fixture
def found(tmp_path: Path) -> Counter[tuple[str, str]]:
    (tmp_path / "one.py").write_text(SOURCE)
    changes = changes_of(tmp_path, "one.py")
    source = SOURCE.encode()
    assert all(change.function == "told" for change in changes)
    assert all(is_whole(change, source) for change in changes if change.kind != "argument dropped")
    return Counter((change.kind, change.after) for change in changes)


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("comparison", "if not rows and limit <= 10:"),
        ("comparison", "if not rows and limit > 10:"),
        ("and/or", "if not rows or limit < 10:"),
        ("check skipped", "if (limit < 10):"),
        ("check skipped", "if False:"),
        ("negated", "if (rows) and limit < 10:"),
        ("constant", "if not rows and limit < 11:"),
        ("error not raised", "pass"),
        ("argument dropped", "found = sorted(rows, key=abs)"),
        ("statement deleted", "pass"),
        ("arithmetic", "found[0] -= 1"),
        ("None returned", "return None"),
        ("constant", "return found[2:]"),
    ],
)
def test_a_change(found: Counter[tuple[str, str]], kind: str, after: str) -> None:
    assert found[kind, after] == 1


def test_nothing_outside_of_bodies_and_nothing_said_is_changed(
    found: Counter[tuple[str, str]],
) -> None:
    assert not [after for _, after in found if "LIMIT" in after or "def" in after or '"' in after]


@pytest.mark.slow
def test_a_seed_draws_the_same_in_equal_shares() -> None:
    drawn = sample(ROOT, 3, 30, [])
    assert sample(ROOT, 3, 30, []) == drawn
    assert sample(ROOT, 4, 30, []) != drawn
    shares = Counter(package_of(change.file) for change in drawn)
    assert sum(shares.values()) == 30
    assert max(shares.values()) - min(shares.values()) <= 1
    assert len({change.key for change in drawn}) == 30
    for change in drawn:
        source = (ROOT / change.file).read_bytes()
        changed = change.applied(source)
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source))
        assert abs(len(changed) - len(source)) < 2_000


def test_the_tests_of_a_line_begin_with_those_of_its_package(tmp_path: Path) -> None:
    (tmp_path / "runn_pandas" / "push").mkdir(parents=True)
    file = "runn_pandas/push/one.py"
    (tmp_path / file).write_text(SOURCE)
    change = next(one for one in changes_of(tmp_path, file) if one.kind == "None returned")
    seconds = {
        "tests/test_main.py::a": 0.1,
        "tests/push/test_x.py::slow": 9.0,
        "tests/push/test_x.py::fast": 2.0,
        "tests/push/test_y.py::other": 1.0,
    }
    tests = sorted(seconds)
    lines = {file: {str(change.line): [OF_SEVERAL, 0, 1, 3]}}
    touched = Touched(seconds, tests, lines, [])
    names = ["tests/push/test_x.py::fast", "tests/push/test_x.py::slow", "tests/test_main.py::a"]
    assert touched.of(change) == (names, True, False)
    lines[file] = {str(change.line): [AT_IMPORT, 0, 1, 3]}
    assert touched.of(change) == (names, True, True)
    lines[file] = {str(change.line): [0]}
    assert touched.of(change) == (["tests/push/test_x.py::fast"], False, False)
    assert Touched(seconds, tests, {}, []).of(change) == ([], False, False)


INNER = """
def told(n):
    def inner(m):
        return n < m
    return inner


class Two:
    def both(self):
        return 2


below = told(3)
two = Two()
"""


@pytest.mark.parametrize(("old", "new"), [("n < m", "n > m"), ("return 2", "return 3")])
def test_what_was_imported_is_changed_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    path = tmp_path / "mutants_inner.py"
    path.write_text(INNER)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mutants_inner", raising=False)
    module: Any = importlib.import_module("mutants_inner")
    monkeypatch.setitem(sys.modules, "mutants_inner", module)
    line = INNER[: INNER.index(old)].count("\n") + 1
    path.write_text(INNER.replace(old, new))
    assert put_in_place(str(path), line, INNER)
    # What a function returned before it was changed is changed too.
    assert module.below(4) is (old == "return 2")
    assert module.told(3)(4) is (old == "return 2")
    assert module.two.both() == (2 if old == "n < m" else 3)


@pytest.mark.slow
def test_a_fork_says_what_became_of_it() -> None:
    def dies(write: int) -> None:
        raise RuntimeError("here")

    assert forked(lambda write: os.write(write, b"survived"), 20) == ("survived", "")
    assert forked(lambda write: os.write(write, b"tests/a.py::b"), 20) == (
        "caught",
        "tests/a.py::b",
    )
    assert forked(lambda write: time.sleep(30), 0.2) == ("timeout", "")
    verdict, by = forked(dies, 20)
    assert (verdict, "RuntimeError: here" in by) == ("caught", True)
