"""Pushes that are disturbed at random: no row is lost and none is there twice."""

from __future__ import annotations

import pytest

from .chaos import run

SEED, TRIALS = 20, 120


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(8))
def test_disturbed_at_random_many_times(part: int) -> None:
    assert run(SEED, list(range(part, TRIALS, 8))) == []
