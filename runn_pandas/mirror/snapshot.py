"""The tables of one sync, a part of them in memory at a time; sorted by DuckDB, on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from runn_pandas.catalog import Resource, load
from runn_pandas.errors import FrameError
from runn_pandas.mirror.columns import Kinds, schema, to_pandas
from runn_pandas.mirror.engines import sort_into
from runn_pandas.mirror.folder import Folder
from runn_pandas.mirror.parquet_files import folder_name
from runn_pandas.mirror.read_tables import Selection, read_table
from runn_pandas.mirror.state import State, Table

# So many rows are read at a time, and a few such reads ahead.
ROWS = 32_768
AHEAD = {"batch_readahead": 2, "fragment_readahead": 1}


class Snapshot:
    """What `Mirror._reading` hands out: the tables as one sync left them.

    ``aside`` is a folder for what is sorted, which is removed after the reading.
    """

    def __init__(self, folder: Folder, state: State, aside: Path) -> None:
        self._folder, self._state, self._aside = folder, state, aside
        self.account = state.account
        self._sorted: dict[tuple[str, str, tuple[str, ...]], Path] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._state.tables

    def table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a table whole, with some columns, as far as it has them."""
        resource, table = self._find(name)
        return read_table(self._folder, resource, table, Selection(_own(table, columns)))

    def pieces(self, name: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Yield some rows of a table after the others, in no order; at least one frame."""
        resource, table = self._find(name)
        chosen = _own(table, columns)
        paths = [str(path) for path in self._paths(table)]
        yield _framed(_empty(resource, table.kinds, chosen), resource, table.kinds, chosen)
        if paths:
            source = ds.dataset(paths, schema=schema(resource, table.kinds), format="parquet")
            for batch in source.to_batches(columns=chosen, batch_size=ROWS, **AHEAD):
                yield _framed(pa.Table.from_batches([batch]), resource, table.kinds, chosen)

    def in_order(self, name: str, by: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Yield rows in the order of a column, then of the key; at least one frame.

        They are sorted once, by DuckDB, into a file.
        """
        resource, table = self._find(name)
        chosen = _own(table, columns)
        yield _framed(_empty(resource, table.kinds, chosen), resource, table.kinds, chosen)
        paths = self._paths(table)
        if not paths:
            return
        made = (name, by, tuple(chosen))
        if made not in self._sorted:
            path = self._aside / f"{len(self._sorted)}-{folder_name(name)}.parquet"
            keys = [by, *(key for key in resource.key if key in table.kinds and key != by)]
            sort_into(path, paths, chosen, keys, rows=ROWS)
            self._sorted[made] = path
        for batch in pq.ParquetFile(self._sorted[made]).iter_batches(ROWS):
            yield _framed(pa.Table.from_batches([batch]), resource, table.kinds, chosen)

    def _find(self, name: str) -> tuple[Resource, Table]:
        if name not in self:
            raise FrameError(
                f"The mirror has no {name!r}, which this is made from; to add it:"
                f" rp.mirror(path, resources=[{name!r}]).sync()."
            )
        return load().find(name)[0], self._state.tables[name]

    def _paths(self, table: Table) -> list[Path]:
        return [self._folder.checked(file) for file in table.files]


def _own(table: Table, columns: Sequence[str] | None) -> list[str]:
    """Return the columns of a table that are asked for, all if none are named."""
    return [name for name in table.kinds if columns is None or name in columns]


def _empty(resource: Resource, kinds: Kinds, chosen: Sequence[str]) -> pa.Table:
    return schema(resource, kinds).empty_table().select(list(chosen))


def _framed(found: Any, resource: Resource, kinds: Kinds, chosen: Sequence[str]) -> pd.DataFrame:
    """Return rows as a frame, as `Mirror.read` has them."""
    target = schema(resource, {name: kinds[name] for name in chosen})
    return to_pandas(found.select(list(chosen)).cast(target), kinds, "default")
