"""A demo of one's own for each test, which changes, and a place for mirrors of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk, desk_of, new_demo


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_of(new_demo(), tmp_path / "cache")
