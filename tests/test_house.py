"""That the figures of the house see what they are made for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import house

HERE = Path(__file__).resolve()
NAMES = ("people", "time-offs/leave")  # a constant of this module, for the test below


def found(code: str) -> bool:
    node = ast.parse(code).body[0]
    assert isinstance(node, ast.Expr | ast.Match)
    inner = node.value if isinstance(node, ast.Expr) else node
    return house.asks_key(inner) or any(
        house.asks_resource(*pair, HERE) for pair in house.compared(inner)
    )


@pytest.mark.parametrize(
    "code",
    [
        "writable.name == 'contracts'",
        "'contracts' != resource",
        "resource in ('people', 'projects')",
        "resource.name in NAMES",
        "path == 'time-offs/leave'",
        "name.startswith('projects')",
        "resource == 'skills'",
        "match resource:\n    case 'people' | 'projects': pass",
        "writable.key != ('id',)",
        "len(self.key) == 1",
        "'personId' in resource.key",
    ],
)
def test_a_branch_on_a_resource_or_a_key_is_seen(code: str) -> None:
    assert found(code)


@pytest.mark.parametrize(
    "code",
    [
        "by == 'projects'",
        "name == 'skills'",
        "header not in ('actuals', 'x')",
        "key in row",
        "len(keys) == 1",
        "field.kind == 'nested'",
        "tables['people']",
    ],
)
def test_what_is_not_one_is_not(code: str) -> None:
    assert not found(code)
