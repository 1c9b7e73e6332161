"""Demos of one's own, which change, and mirrors of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import runn_pandas as rp
from runn_pandas.account import DEMO_URL, Account
from runn_pandas.catalog import load
from runn_pandas.demo.adapter import DemoAdapter
from runn_pandas.demo.server import Demo
from runn_pandas.mirror import Mirror


def new_demo(people: int = 40, **options: Any) -> Demo:
    """A demo that nobody else sees, with a limit that no test reaches."""
    return Demo(people, limit=1_000_000, **options)


def full_read(account: Account, resource: str, **options: Any) -> pd.DataFrame:
    """What a mirror has to be equal to."""
    found = load().find(resource)[0]
    frame = rp.read_runn(resource, account=account, max_age=0, **options)
    return frame.sort_values(list(found.key), ignore_index=True)


def plain(column: Any) -> list[Any]:
    if isinstance(column.dtype, pd.ArrowDtype):
        return pa.array(column).to_pylist()
    return column.tolist()


def same(mirror: Mirror, account: Account, *resources: str, **options: Any) -> None:
    """Assert that tables are what a full read gives."""
    for name in resources or tuple(mirror._state().tables):
        left = mirror.read(name, **options)
        right = full_read(account, name, **options)
        if options.get("dtype_backend") == "pyarrow":
            # pandas 2.2 cannot compare Arrow's lists.
            assert left.dtypes.equals(right.dtypes), name
            for column in left:
                assert plain(left[column]) == plain(right[column]), f"{name}: {column}"
        else:
            pd.testing.assert_frame_equal(left, right, obj=name)
        assert left.attrs == right.attrs


@dataclass
class Desk:
    """An account, its demo, and a place for mirrors."""

    demo: Demo
    account: Account
    folder: Path

    def mirror(self, *resources: str, name: str = "mirror") -> Mirror:
        return rp.mirror(self.folder / name, resources or None, account=self.account)

    def asked(self, since: int) -> list[str]:
        return [f"{r.method} {r.path}" for r in self.demo.log[since:]]


def desk_of(demo: Demo, folder: Path, token: str = "demo") -> Desk:
    account = Account(
        DEMO_URL, token, adapter=DemoAdapter(demo), cache_dir=folder / "cache", max_age=0
    )
    return Desk(demo, account, folder)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_of(new_demo(), tmp_path)
