"""Routes df.runn.plan, df.runn.push, rp.undo and rp.journal to the rebuilt package.

It is deleted when the rebuilt package takes the place of `runn_pandas.push`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import runn_pandas as rp
from runn_pandas.accessor import RunnAccessor
from runn_pandas.account import current
from runn_pandas.pushing import api
from runn_pandas.pushing.origin import Origin
from tests.support.desk import Desk, desk_of, new_demo


def _plan(self: RunnAccessor, resource: str | None = None, **asked: Any) -> Any:
    rows, origin = self._rows()
    new = origin and Origin(origin.index, origin.rows, origin.refused, origin.said)
    return api.plan(rows, resource, account=current(), origin=new, **asked)


def _push(self: RunnAccessor, resource: str | None = None, **asked: Any) -> Any:
    rows, origin = self._rows()
    new = origin and Origin(origin.index, origin.rows, origin.refused, origin.said)
    return api.push(rows, resource, account=current(), origin=new, **asked)


def route(patch: Any) -> None:
    """Let the public surface use the rebuilt package."""
    patch.setattr(RunnAccessor, "plan", _plan)
    patch.setattr(RunnAccessor, "push", _push)
    patch.setattr(rp, "undo", lambda push: api.undo(push, account=current()))
    patch.setattr(rp, "journal", lambda push=None, **asked: api.journal(current(), push, **asked))


@pytest.fixture(autouse=True)
def _rebuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    route(monkeypatch)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_of(new_demo(), tmp_path / "cache")
