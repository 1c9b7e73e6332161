"""A demo of one's own for each test, as pushes change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import Desk, desk_of, new_demo


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_of(new_demo(), tmp_path / "cache")


@pytest.fixture
def make_desk(tmp_path: Path) -> Callable[..., Desk]:
    def make(people: int = 40, token: str = "demo", **options: Any) -> Desk:
        return desk_of(new_demo(people), tmp_path / "cache", token, **options)

    return make
