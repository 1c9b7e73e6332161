"""Engines over the files of a mirror: DuckDB for SQL, Dask for what is larger than memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from runn_pandas.catalog import Resource, load
from runn_pandas.errors import ConfigError, FilterError
from runn_pandas.extras import needed
from runn_pandas.frame.types import mapper
from runn_pandas.mirror.columns import Kinds, schema, to_pandas
from runn_pandas.mirror.parquet_files import folder_name

# About so many rows are a partition of Dask's.
PARTITION = 200_000
# The memory that DuckDB may take to sort a table.
SORTING = "128MB"


# -- SQL


def run_sql(
    query: str, params: Any, tables: Mapping[str, tuple[Sequence[Path], Kinds]]
) -> pd.DataFrame:
    """Run a query over tables by name."""
    duckdb = needed("duckdb", "SQL over a mirror")
    with duckdb.connect(":memory:") as connection:
        # The day and hour of a moment do not depend on where the machine is.
        connection.execute("set TimeZone = 'UTC'")
        for name, (paths, kinds) in tables.items():
            _view(connection, name, paths, kinds)
        try:
            found = connection.sql(query, params=params)
            result = pa.table({}) if found is None else found.to_arrow_table()
        except duckdb.Error as error:
            raise FilterError(f"The query was not run: {error}") from error
    return sql_frame(result)


def _view(connection: Any, name: str, paths: Sequence[Path], kinds: Kinds) -> None:
    if paths:
        source = _files(paths)
    else:
        source = "empty_" + folder_name(name)
        connection.register(source, schema(load().find(name)[0], kinds).empty_table())
    for label in dict.fromkeys([name, folder_name(name)]):
        connection.execute(f"create view {_quoted(label)} as select * from {source}")  # noqa: S608


# Names and paths are quoted: they cannot end their place and become SQL.


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _files(paths: Sequence[Path]) -> str:
    files = ", ".join(map(_one_file, paths))
    return f"read_parquet([{files}], hive_partitioning = false)"


def _one_file(path: Path) -> str:
    """Return a path as SQL that means this file alone, whatever its folders are called."""
    return "'" + re.sub(r"[*?\[]", r"[\g<0>]", str(path)).replace("'", "''") + "'"


def sort_into(
    target: Path, paths: Sequence[Path], columns: Sequence[str], by: Sequence[str], *, rows: int
) -> None:
    """Write columns of files into one, sorted, in groups of so many rows.

    What the memory that DuckDB is given does not hold is sorted on the disk, beside the target.
    """
    duckdb = needed("duckdb", "a report over a mirror")
    chosen, keys = (", ".join(map(_quoted, names)) for names in (columns, by))
    config = {"memory_limit": SORTING, "threads": 2, "temp_directory": str(target.parent)}
    query = f"select {chosen} from {_files(paths)} order by {keys}"  # noqa: S608
    place = str(target).replace("'", "''")
    try:
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(
                f"copy ({query}) to '{place}' (format parquet, row_group_size {rows})"
            )
    except duckdb.Error as error:
        raise ConfigError(
            f"DuckDB could not sort what a report is made from ({error}); it does so in"
            f" {target.parent}, where there has to be room for it."
        ) from error


def sql_frame(table: pa.Table) -> pd.DataFrame:
    """Return what an engine answered as a frame with the types of `read_runn`."""
    columns = [_series(column) for column in table.columns]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    frame.columns = pd.Index(table.column_names)
    return frame


def _series(column: pa.ChunkedArray) -> pd.Series[Any]:
    if pa.types.is_nested(column.type):
        return pd.Series(column.to_pylist(), dtype=object)
    with suppress(pa.ArrowInvalid):
        column = column.cast(_type_of_a_read(column.type))
    found: pd.Series[Any] = column.to_pandas(types_mapper=mapper("default"))
    return found


# The types that an engine answers with, and those that `read_runn` has for the same values.
_TYPES: tuple[tuple[Callable[[pa.DataType], bool], pa.DataType], ...] = (
    # DuckDB adds whole numbers up in 128 bits.
    (lambda kind: pa.types.is_decimal(kind) and kind.scale == 0, pa.int64()),
    (lambda kind: pa.types.is_integer(kind) and not pa.types.is_uint64(kind), pa.int64()),
    (pa.types.is_floating, pa.float64()),
    (pa.types.is_date, pa.timestamp("us")),
    (lambda kind: pa.types.is_timestamp(kind) and kind.tz is None, pa.timestamp("us")),
    (pa.types.is_timestamp, pa.timestamp("us", "UTC")),
    (pa.types.is_large_string, pa.string()),
)


def _type_of_a_read(kind: pa.DataType) -> pa.DataType:
    return next((target for fits, target in _TYPES if fits(kind)), kind)


# -- Dask

Piece = tuple[str, tuple[int, ...]]


def dask_frame(
    resource: Resource,
    kinds: Kinds,
    paths: Sequence[Path],
    columns: Sequence[str],
    hint: dict[str, str],
) -> Any:
    """Return a table as a Dask DataFrame, some row groups a partition."""
    dd, dask = (needed(name, "A Dask DataFrame") for name in ("dask.dataframe", "dask"))
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
