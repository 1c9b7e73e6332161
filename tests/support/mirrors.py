"""What a mirror has to be equal to, and how a sync went."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.catalog import load


def full_read(account: Account, resource: str, **options: Any) -> pd.DataFrame:
    """What a mirror has to be equal to."""
    found = load().find(resource)[0]
    frame = rp.read_runn(resource, account=account, max_age=0, **options)
    return frame.sort_values(list(found.key), ignore_index=True)


def plain(column: Any) -> list[Any]:
    if isinstance(column.dtype, pd.ArrowDtype):
        return pa.array(column).to_pylist()
    return column.tolist()


def same(mirror: rp.Mirror, account: Account, *resources: str, **options: Any) -> None:
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


def modes(result: pd.DataFrame) -> dict[str, str]:
    return dict(zip(result["resource"], result["mode"], strict=True))
