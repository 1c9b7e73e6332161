"""A list as it was read, made one with the table that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from runn_pandas.catalog import Resource
from runn_pandas.mirror.changes import BY_YEAR, PARENTS, Gone
from runn_pandas.mirror.columns import Kinds, conform, schema, unified
from runn_pandas.mirror.compare import Difference, Part, difference
from runn_pandas.mirror.folder import Folder
from runn_pandas.mirror.state import File, Table
from runn_pandas.mirror.store import Spool, Writer, place, rewritten

GONE = "_gone"


@dataclass
class Merged:
    """What a table becomes.

    Attributes
    ----------
    files : tuple of File
        Its files, those that stay and those that are new.
    aside : dict of str to Path
        Where the new ones are, by the place they belong to.
    added, changed, deleted : int
        Rows.
    lost : set of int
        The ids of rows that are gone, where a row has one.
    """

    files: tuple[File, ...]
    kinds: Kinds
    aside: dict[str, Path] = field(default_factory=dict)
    added: int = 0
    changed: int = 0
    deleted: int = 0
    lost: set[int] = field(default_factory=set)
    version: tuple[File, ...] = ()


class Merge:
    """One resource's new table, made beside the old one.

    Parameters
    ----------
    old
        The table that is there, None if there is none or it is damaged.
    """

    def __init__(self, folder: Folder, resource: Resource, old: Table | None, spool: Spool) -> None:
        self._folder, self._resource, self._old = folder, resource, old
        before = [old.kinds] if old else []
        # A type that was widened stays wide.
        self.kinds = unified(resource, [*before, spool.kinds])
        files = spool.finished(self.kinds)
        self._new = [Part(year, path, self.kinds) for year, path in files.items()]
        self._was = (
            [Part(file.year, folder.path / file.path, old.kinds) for file in old.files]
            if old
            else []
        )

    def whole(self, history: bool) -> Merged:
        """The list is all there is."""
        found = difference(self._was, self._new, self.kinds, self._resource)
        done = Merged((), self.kinds)
        gone = [~matched for matched in found.matched]
        self._count(done, found, gone)
        busy = {
            part.year
            for part, *masks in zip(self._new, found.added, found.changed, strict=True)
            if any(mask.any() for mask in masks)
        }
        busy |= {
            part.year
            for part, *masks in zip(self._was, gone, found.replaced, strict=True)
            if any(mask.any() for mask in masks)
        }
        kept = {} if self._widened else {f.year: f for f in (self._old.files if self._old else ())}
        files = []
        for part in self._new:
            rows = part.rows
            if part.year not in busy and part.year in kept:
                files.append(kept[part.year])
            else:
                files.append(self._placed(done, part.path, rows, part.year))
        if history:
            done.version = self._version(done, found, gone)
        return replace(done, files=tuple(files))

    def changes(self, gone: Gone, history: bool) -> Merged:
        """The list is what was changed, and some rows are known to be gone."""
        found = difference(self._was, self._new, self.kinds, self._resource)
        done = Merged((), self.kinds)
        # What the account still lists is there, whatever was deleted around it.
        lost = [
            self._lost(part, gone) & ~matched
            for part, matched in zip(self._was, found.matched, strict=True)
        ]
        self._count(done, found, lost)
        fresh = {
            part.year: part.path
            for part, a, c in zip(self._new, found.added, found.changed, strict=True)
            if (a | c).any()
        }
        masks = {
            part.year: a | c
            for part, a, c in zip(self._new, found.added, found.changed, strict=True)
        }
        files = []
        old = self._old.files if self._old else ()
        for file, part, away, replaced in zip(old, self._was, lost, found.replaced, strict=True):
            drop = away | replaced
            if not drop.any() and part.year not in fresh and not self._widened:
                files.append(file)
                continue
            extra = self._chosen(fresh.pop(part.year, None), masks.get(part.year))
            path = rewritten(
                self._folder, self._resource, [(part.path, part.kinds)], self.kinds, [~drop], extra
            )
            rows = int((~drop).sum()) + (extra.num_rows if extra is not None else 0)
            if rows or self._resource.name not in BY_YEAR:
                files.append(self._placed(done, path, rows, part.year))
        for year, path in fresh.items():
            extra = self._chosen(path, masks[year])
            made = rewritten(self._folder, self._resource, [], self.kinds, [], extra)
            files.append(self._placed(done, made, extra.num_rows, year))
        if history:
            done.version = self._version(done, found, lost)
        return replace(done, files=tuple(files))

    @property
    def _widened(self) -> bool:
        return self._old is not None and self._old.kinds != self.kinds

    def _placed(
        self, done: Merged, path: Path, rows: int, year: int | None, kind: str = ""
    ) -> File:
        file = self._folder.file(path, place(self._resource.name, year, kind), rows, year)
        done.aside[file.path] = path
        return file

    def _count(self, done: Merged, found: Difference, gone: Sequence[np.ndarray]) -> None:
        done.added = sum(int(mask.sum()) for mask in found.added)
        done.changed = sum(int(mask.sum()) for mask in found.changed)
        done.deleted = sum(int(mask.sum()) for mask in gone)
        if self._resource.key == ("id",) and self.kinds["id"] == "integer":
            for part, mask in zip(self._was, gone, strict=True):
                if mask.any():
                    ids = part.column("id", "integer", self._resource).to_numpy()
                    done.lost.update(int(one) for one in ids[mask])

    def _lost(self, part: Part, gone: Gone) -> np.ndarray:
        """Which rows of a part were deleted, by themselves or with their person or project."""
        places = [("id", gone.ids.get(self._resource.name, set()))]
        places += [(name, gone.parents.get(name, set())) for name in PARENTS]
        lost = np.zeros(part.rows, bool)
        for name, ids in places:
            if name not in part.kinds or part.kinds[name] != "integer":
                continue
            column = part.column(name, "integer", self._resource).to_pandas()
            lost |= column.isin(ids).to_numpy(bool)
        return lost

    def _chosen(self, path: Path | None, mask: np.ndarray | None) -> Any:
        if path is None:
            return None
        return pq.ParquetFile(path).read().filter(pa.array(mask))

    # -- history

    def _version(
        self, done: Merged, found: Difference, gone: Sequence[np.ndarray]
    ) -> tuple[File, ...]:
        """The rows that are new or changed, and the keys of those that are gone."""
        if not done.added + done.changed + done.deleted:
            return ()
        target = schema(self._resource, self.kinds).append(pa.field(GONE, pa.bool_()))
        writer = Writer(self._folder, target)
        try:
            for part, a, c in zip(self._new, found.added, found.changed, strict=True):
                self._copy(writer, part, a | c, False, target)
            for part, mask in zip(self._was, gone, strict=True):
                self._copy(writer, part, mask, True, target)
        finally:
            writer.close()
        return (self._placed(done, writer.path, writer.rows, kind="_history", year=None),)

    def _copy(
        self, writer: Writer, part: Part, mask: np.ndarray, gone: bool, target: pa.Schema
    ) -> None:
        at = 0
        if not mask.any():
            return
        for batch in pq.ParquetFile(part.path).iter_batches():
            table = pa.Table.from_batches([batch])
            rows = table.filter(pa.array(mask[at : at + batch.num_rows]))
            at += batch.num_rows
            whole = conform(rows, part.kinds, self.kinds, self._resource)
            flag = pa.array(np.full(whole.num_rows, gone))
            writer.write(
                pa.Table.from_arrays([*whole.columns, pa.chunked_array([flag])], schema=target)
            )
