"""Parquet files: written in row groups while pages come, read a column at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from runn_pandas.catalog import Resource
from runn_pandas.mirror.columns import Kinds, conform, exact, schema, unified
from runn_pandas.mirror.folder import Folder
from runn_pandas.mirror.policy import keys_of, latest_of_each, year_column

# So many rows wait for their row group, at most so many are in one.
GROUP = 65_536
Years = dict[int | None, Path]
_numbers = itertools.count()


def folder_name(resource: str) -> str:
    """Return a resource's folder, which is its name as a table of SQL."""
    return resource.replace("/", "_").replace("-", "_")


def place(resource: Resource, year: int | None, kind: str = "") -> str:
    """Return where a file of a resource goes; parts the way Hive, Spark and Polars know them."""
    name = folder_name(resource.name)
    if kind:
        return f"{kind}/{name}"
    if not year_column(resource):
        return name
    return f"{name}/year={'__HIVE_DEFAULT_PARTITION__' if year is None else year}"


class Writer:
    """One Parquet file aside, closed however its block ends."""

    def __init__(self, folder: Folder, target: pa.Schema) -> None:
        self.path, self._sink = folder.create(f"{next(_numbers)}.parquet")
        self.rows = 0
        self._writer = pq.ParquetWriter(self._sink, target, compression="zstd")

    def write(self, table: pa.Table) -> None:
        """Add rows as a row group or more."""
        if table.num_rows:
            self._writer.write_table(table, row_group_size=GROUP)
            self.rows += table.num_rows

    def close(self) -> None:
        """Finish the file."""
        try:
            self._writer.close()
        finally:
            self._sink.close()


def years_of(table: pa.Table, resource: Resource) -> Iterator[tuple[int | None, pa.Table]]:
    """Yield the rows of a table by the year of their date; all under None if it has no parts."""
    name = year_column(resource)
    if name is None:
        yield None, table
        return
    column = table[name]
    years = pc.year(column) if pa.types.is_timestamp(column.type) else _years_of_texts(column)
    if not table.num_rows:
        return
    for year in sorted(years.unique().to_pylist(), key=lambda y: (y is None, y)):
        mask = pc.is_null(years) if year is None else pc.fill_null(pc.equal(years, year), False)
        yield year, table.filter(mask)


def _years_of_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the years of dates that drifted into other forms, where there are any."""
    words = pc.utf8_slice_codeunits(pc.utf8_ltrim(column, '"'), 0, 4)
    return pc.if_else(pc.match_substring_regex(words, r"^[12]\d{3}$"), words, None).cast(pa.int64())


@dataclass
class Spool:
    """A list on its way to disk, whatever its length: rows wait for a row group, then go.

    Its columns widen on the way; at first they are those of an empty list.
    """

    folder: Folder
    resource: Resource
    kinds: Kinds
    rows: int = 0
    _waiting: dict[int | None, list[pa.Table]] = field(default_factory=dict)
    _held: int = 0
    _open: dict[int | None, Writer] = field(default_factory=dict)
    _closed: list[tuple[int | None, Path, Kinds]] = field(default_factory=list)

    def add(self, table: pa.Table, kinds: Kinds) -> None:
        """Take rows."""
        wide = unified(self.resource, [self.kinds, kinds])
        if wide != self.kinds:
            self.flush()
            self._close()
            self.kinds = wide
        table = conform(table, kinds, wide, self.resource)
        self.rows += table.num_rows
        for year, part in years_of(table, self.resource):
            self._waiting.setdefault(year, []).append(part)
        self._held += table.num_rows
        if self._held >= GROUP:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        for year, parts in self._waiting.items():
            if year not in self._open:
                self._open[year] = Writer(self.folder, schema(self.resource, self.kinds))
            self._open[year].write(pa.concat_tables(parts))
        self._waiting, self._held = {}, 0

    def _close(self) -> None:
        for year, writer in self._open.items():
            writer.close()
            self._closed.append((year, writer.path, dict(self.kinds)))
        self._open = {}

    def close(self) -> None:
        """Write all that is left."""
        if not self.rows and not year_column(self.resource):
            # A table without rows still says which columns it has.
            self._waiting[None] = [schema(self.resource, self.kinds).empty_table()]
        self.flush()
        self._close()

    def abandon(self) -> None:
        """Close the files without a care for them."""
        for writer in self._open.values():
            try:
                writer.close()
            except (OSError, pa.ArrowException):
                continue

    def finished(self, kinds: Kinds) -> Years:
        """Return one file for each year, each row once, in a schema as wide or wider."""
        drop = self._repeated()
        files: dict[int | None, list[tuple[Path, Kinds, np.ndarray | None]]] = {}
        for year, path, have in self._closed:
            files.setdefault(year, []).append((path, have, drop.get(path)))
        done: Years = {}
        for year, parts in files.items():
            path, have, mask = parts[0]
            if len(parts) == 1 and have == kinds and mask is None:
                done[year] = path
            else:
                done[year] = rewritten(self.folder, self.resource, parts, kinds)
        return done

    def _repeated(self) -> dict[Path, np.ndarray]:
        """Return for each file with rows met again elsewhere which of its rows stay."""
        names = list(self.resource.key)
        wide = unified(self.resource, [kinds for _, _, kinds in self._closed])
        known = [[kinds.get(name) for name in names] for _, _, kinds in self._closed]
        if not names or known != [[wide.get(name) for name in names]] * max(len(known), 1):
            return {}
        stay = self._rows_to_keep(names, wide.get("updatedAt") == "timestamp")
        found: dict[Path, np.ndarray] = {}
        for _, path, _ in self._closed:
            rows = pq.read_metadata(path).num_rows
            mask, stay = stay[:rows], stay[rows:]
            if not mask.all():
                found[path] = mask
        return found

    def _rows_to_keep(self, names: list[str], stamped: bool) -> np.ndarray:
        columns = [*names, *(["updatedAt"] if stamped else [])]
        tables = [pq.read_table(path, columns=columns) for _, path, _ in self._closed]
        frame = exact(pa.concat_tables(tables))
        complete = frame[names].notna().all(axis=1).to_numpy()
        keep: np.ndarray = latest_of_each(keys_of(frame, names), frame.get("updatedAt")) | ~complete
        return keep


def kept_rows(path: Path, mask: np.ndarray | None) -> Iterator[pa.Table]:
    """Yield the rows of a file that a mask keeps, a group at a time."""
    at = 0
    for batch in pq.ParquetFile(path).iter_batches(GROUP):
        table = pa.Table.from_batches([batch])
        yield table if mask is None else table.filter(pa.array(mask[at : at + len(table)]))
        at += len(table)


def rewritten(
    folder: Folder,
    resource: Resource,
    parts: Iterable[tuple[Path, Kinds, np.ndarray | None]],
    kinds: Kinds,
    extra: pa.Table | None = None,
) -> Path:
    """Write files anew as one, some of their rows, and others behind them; a group at a time."""
    with closing(Writer(folder, schema(resource, kinds))) as writer:
        for path, have, mask in parts:
            for table in kept_rows(path, mask):
                writer.write(conform(table, have, kinds, resource))
        if extra is not None:
            writer.write(extra)
    return writer.path
