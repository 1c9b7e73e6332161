"""Engines over the files of a mirror: DuckDB for SQL, Dask for what is larger than memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from runn_pandas.catalog import Resource, load
from runn_pandas.errors import ConfigError, FilterError
from runn_pandas.frame.types import mapper
from runn_pandas.mirror.columns import Kinds, schema, to_pandas
from runn_pandas.mirror.store import folder_name

# About so many rows are a partition of Dask's.
PARTITION = 200_000


def needed(module: str, extra: str) -> Any:
    """Import an engine, or say how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        raise ConfigError(
            f"This needs {name}, which is not installed: pip install 'runn-pandas[{extra}]'."
        ) from error


# -- SQL


def run_sql(
    query: str, params: Any, tables: Mapping[str, tuple[Sequence[Path], Kinds]]
) -> pd.DataFrame:
    """Run a query over tables by name."""
    duckdb = needed("duckdb", "sql")
    with duckdb.connect(":memory:") as connection:
        # The day and hour of a moment do not depend on where the machine is.
        connection.execute("set TimeZone = 'UTC'")
        for name, (paths, kinds) in tables.items():
            _view(connection, name, paths, kinds)
        try:
            found = connection.sql(query, params=params)
            result = pa.table({}) if found is None else _table(found)
        except duckdb.Error as error:
            raise FilterError(f"The query was not run: {error}") from error
    return sql_frame(result)


def _table(relation: Any) -> pa.Table:
    table: pa.Table = relation.to_arrow_table()
    return table


def _view(connection: Any, name: str, paths: Sequence[Path], kinds: Kinds) -> None:
    if paths:
        files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        source = f"read_parquet([{files}], hive_partitioning = false)"
    else:
        source = "empty_" + folder_name(name)
        connection.register(source, schema(load().find(name)[0], kinds).empty_table())
    for label in dict.fromkeys([name, folder_name(name)]):
        # Names and paths are quoted: they cannot end their place and become SQL.
        quoted = '"' + label.replace('"', '""') + '"'
        connection.execute(f"create view {quoted} as select * from {source}")  # noqa: S608


def sql_frame(table: pa.Table) -> pd.DataFrame:
    """Give what an engine answers as a frame with the types of `read_runn`."""
    columns = []
    for column in table.columns:
        kind = column.type
        if pa.types.is_decimal(kind) and kind.scale == 0:
            # DuckDB adds whole numbers up in 128 bits.
            kind = pa.int64()
        elif pa.types.is_integer(kind) and not pa.types.is_uint64(kind):
            kind = pa.int64()
        elif pa.types.is_floating(kind):
            kind = pa.float64()
        elif pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
            kind = pa.timestamp("us")
        elif pa.types.is_timestamp(kind):
            kind = pa.timestamp("us", "UTC")
        elif pa.types.is_large_string(kind):
            kind = pa.string()
        try:
            columns.append(column.cast(kind))
        except pa.ArrowInvalid:
            columns.append(column)
    plain = [
        pd.Series(c.to_pylist(), dtype=object)
        if pa.types.is_nested(c.type)
        else c.to_pandas(types_mapper=mapper("default"))
        for c in columns
    ]
    frame = pd.concat(plain, axis=1) if plain else pd.DataFrame()
    frame.columns = pd.Index(table.column_names)
    return frame


# -- Dask

Piece = tuple[str, tuple[int, ...]]


def dask_frame(
    resource: Resource,
    kinds: Kinds,
    paths: Sequence[Path],
    columns: Sequence[str],
    hint: dict[str, str],
) -> Any:
    """Give a table as a Dask DataFrame, some row groups a partition."""
    dd, dask = needed("dask.dataframe", "dask"), needed("dask", "dask")
    chosen = {name: kinds[name] for name in columns}
    meta = to_pandas(schema(resource, chosen).empty_table(), chosen, "default")
    meta.attrs["runn"] = hint
    pieces = [piece for path in paths for piece in _pieces(path)] or [("", ())]
    # Dask would turn lists and objects into text.
    with dask.config.set({"dataframe.convert-string": False}):
        return dd.from_map(
            read_piece, pieces, meta=meta, kinds=chosen, resource=resource.name, hint=hint
        )


def _pieces(path: Path) -> list[Piece]:
    facts = pq.read_metadata(path)
    pieces: list[Piece] = []
    groups: list[int] = []
    rows = 0
    for number in range(facts.num_row_groups):
        groups.append(number)
        rows += facts.row_group(number).num_rows
        if rows >= PARTITION:
            pieces.append((str(path), tuple(groups)))
            groups, rows = [], 0
    return [*pieces, (str(path), tuple(groups))] if groups else pieces


def read_piece(piece: Piece, kinds: Kinds, resource: str, hint: dict[str, str]) -> pd.DataFrame:
    """Read one partition, in a worker."""
    path, groups = piece
    if path:
        table = pq.ParquetFile(path).read_row_groups(list(groups), columns=list(kinds))
    else:
        table = schema(load().find(resource)[0], kinds).empty_table()
    frame = to_pandas(table.select(list(kinds)), kinds, "default")
    frame.attrs["runn"] = dict(hint)
    return frame
