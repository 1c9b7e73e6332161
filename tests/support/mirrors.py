"""What a mirror has to be equal to, and how a sync went."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.catalog import load
from runn_pandas.mirror.columns import schema, to_arrow
from runn_pandas.mirror.folder import Folder
from runn_pandas.mirror.parquet_files import Writer, place, years_of
from runn_pandas.mirror.state import State, Table


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


def mirror_of(path: Path, tables: dict[str, pd.DataFrame], *, number: int = 1) -> rp.Mirror:
    """A mirror of tables that were made, as if an account had been synced so many times."""
    folder = Folder(path)
    made, moves = {}, {}
    with folder.alone():
        for name, frame in tables.items():
            resource = load().find(name)[0]
            table, kinds = to_arrow(frame, resource)
            files = []
            for year, rows in years_of(table, resource):
                with closing(Writer(folder, schema(resource, kinds))) as writer:
                    writer.write(rows)
                files.append(folder.file(writer.path, place(resource, year), rows.num_rows, year))
                moves[files[-1].path] = writer.path
            made[name] = Table(tuple(files), kinds, None, 0.0, 0.0, 0.0)
        folder.commit(State(account="0a1b2c3d", number=number, tables=made), moves)
    return rp.mirror(path)


def whole_at(mirror: rp.Mirror, name: str) -> str:
    """When a list was read whole last, in the words of a mirror, which have no seconds."""
    at = mirror._state().tables[name].full_at
    return pd.Timestamp(at, unit="s", tz="UTC").strftime("%Y-%m-%d %H:%M UTC")
