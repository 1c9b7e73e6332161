"""Pushes that are disturbed at random: no row is lost and none is there twice."""

from __future__ import annotations

import pytest

from .chaos import PUSHES, run

SEED, TRIALS = 20, 200


@pytest.mark.slow
@pytest.mark.parametrize("number", range(0, 3 * len(PUSHES), 7))
def test_disturbed_at_random(number: int) -> None:
    assert run(SEED, [number]) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(8))
def test_disturbed_at_random_many_times(part: int) -> None:
    assert run(SEED, list(range(part, TRIALS, 8))) == []
