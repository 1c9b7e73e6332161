"""A list as it was fetched, compared with the table that is there and made one with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from runn_pandas.catalog import Resource
from runn_pandas.mirror.columns import Kinds, conform, exact, schema, unified
from runn_pandas.mirror.folder import Folder
from runn_pandas.mirror.parquet_files import Spool, Writer, kept_rows, place, rewritten
from runn_pandas.mirror.policy import PARENTS, Deletions, keys_of, year_column
from runn_pandas.mirror.state import File, Table

GONE = "_gone"
# Files of so many rows are held as a whole while they are compared.
SMALL = 20_000


@dataclass(frozen=True)
class Part:
    """One file of a table."""

    year: int | None
    path: Path
    kinds: Kinds

    def column(self, name: str, kind: str, resource: Resource) -> pa.ChunkedArray:
        """Return a column, in a kind that is as wide or wider; NA where the file lacks it."""
        have = {name: self.kinds[name]} if name in self.kinds else {}
        if not have:
            table = pa.table({"": pa.nulls(self.rows)})
        elif self._small is not None:
            table = self._small.select([name])
        else:
            table = self._open.read(columns=[name])
        return conform(table, have, {name: kind}, resource)[name]

    @property
    def rows(self) -> int:
        return int(self._open.metadata.num_rows)

    @cached_property
    def _open(self) -> Any:
        return pq.ParquetFile(self.path)

    @cached_property
    def _small(self) -> pa.Table | None:
        """Return all of a small file: to open it again for each column takes longer."""
        return self._open.read() if self.rows <= SMALL else None

    def keys(self, kinds: Kinds, resource: Resource) -> pd.DataFrame:
        """Return the columns that identify a row."""
        return pd.DataFrame(
            {name: exact(self.column(name, kinds[name], resource)) for name in resource.key}
        )


@dataclass
class OldPart:
    """A file of the table that is there: which rows the new one has, and has otherwise."""

    part: Part
    matched: np.ndarray
    replaced: np.ndarray
    gone: np.ndarray


@dataclass
class NewPart:
    """A file of the new table: which of its rows were not there, or not like this."""

    part: Part
    added: np.ndarray
    changed: np.ndarray

    @cached_property
    def fresh(self) -> np.ndarray:
        """The rows that are new in any way, as a mask."""
        mask: np.ndarray = self.added | self.changed
        return mask


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
    version : tuple of File
        What of it goes into the history.
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
    """One resource's new table, made beside the old one, if there is one that is whole."""

    def __init__(self, folder: Folder, resource: Resource, old: Table | None, spool: Spool) -> None:
        self._folder, self._resource = folder, resource
        self._files = old.files if old else ()
        before = [old.kinds] if old else []
        # A type that was widened stays wide.
        self.kinds = unified(resource, [*before, spool.kinds])
        self._widened = old is not None and old.kinds != self.kinds
        new = [Part(year, path, self.kinds) for year, path in spool.finished(self.kinds).items()]
        was = [Part(f.year, folder.path / f.path, kinds) for kinds in before for f in self._files]
        self._old, self._new = compared(was, new, self.kinds, resource)

    def whole(self, history: bool) -> Merged:
        """Return the table where the list is all there is."""
        for old in self._old:
            old.gone = ~old.matched
        done = self._counted()
        kept = self._untouched()
        files = [
            kept.get(new.part.year)
            or self._placed(done, new.part.path, new.part.rows, new.part.year)
            for new in self._new
        ]
        return self._with_version(done, files, history)

    def _untouched(self) -> dict[int | None, File]:
        """Return the files that stay as they are, by year."""
        if self._widened:
            return {}
        busy = {new.part.year for new in self._new if new.fresh.any()}
        busy |= {old.part.year for old in self._old if (old.gone | old.replaced).any()}
        return {file.year: file for file in self._files if file.year not in busy}

    def changes(self, deletions: Deletions, history: bool, people: Sequence[int] = ()) -> Merged:
        """Return the table where the list is what was changed, and some rows are gone.

        It is all there is of some `people`.
        """
        for old in self._old:
            # What the account still lists is there, whatever was deleted around it.
            gone = self._deleted(old.part, deletions) | self._is_in(old.part, "personId", people)
            old.gone = gone & ~old.matched
        done = self._counted()
        fresh = {new.part.year: new for new in self._new if new.fresh.any()}
        files: list[File] = []
        for file, old in zip(self._files, self._old, strict=True):
            drop = old.gone | old.replaced
            new = fresh.pop(file.year, None)
            if new is None and not drop.any() and not self._widened:
                files.append(file)
            else:
                files += self._rewritten(done, file.year, new, old.part, ~drop)
        for year, new in fresh.items():
            files += self._rewritten(done, year, new)
        return self._with_version(done, files, history)

    def _rewritten(
        self,
        done: Merged,
        year: int | None,
        new: NewPart | None,
        old: Part | None = None,
        stay: np.ndarray | None = None,
    ) -> list[File]:
        """Write the rows that stay and those that are fresh; a year without rows has no file."""
        extra = None
        if new is not None:
            extra = pq.ParquetFile(new.part.path).read().filter(pa.array(new.fresh))
        parts = [] if old is None else [(old.path, old.kinds, stay)]
        path = rewritten(self._folder, self._resource, parts, self.kinds, extra)
        rows = pq.read_metadata(path).num_rows
        if not rows and year_column(self._resource):
            return []
        return [self._placed(done, path, rows, year)]

    def _placed(
        self, done: Merged, path: Path, rows: int, year: int | None, kind: str = ""
    ) -> File:
        file = self._folder.file(path, place(self._resource, year, kind), rows, year)
        done.aside[file.path] = path
        return file

    def _counted(self) -> Merged:
        done = Merged(
            (),
            self.kinds,
            added=sum(int(new.added.sum()) for new in self._new),
            changed=sum(int(new.changed.sum()) for new in self._new),
            deleted=sum(int(old.gone.sum()) for old in self._old),
        )
        if self._resource.has_id and self.kinds["id"] == "integer":
            for old in self._old:
                if old.gone.any():
                    ids = old.part.column("id", "integer", self._resource).to_numpy()
                    done.lost.update(int(one) for one in ids[old.gone])
        return done

    def _deleted(self, part: Part, deletions: Deletions) -> np.ndarray:
        """Return which rows of a part were deleted, alone or with their person or project."""
        places = [("id", deletions.ids.get(self._resource.name, set()))]
        places += [(name, deletions.ids.get(parent, set())) for parent, name in PARENTS.items()]
        deleted = np.zeros(part.rows, bool)
        for name, ids in places:
            deleted |= self._is_in(part, name, ids)
        if copies := deletions.matching(self._resource):
            names = ("id", *self._resource.facts.unique)
            deleted |= np.array([row in copies for row in self._texts(part, names)], bool)
        return deleted

    def _is_in(self, part: Part, name: str, ids: Collection[int]) -> np.ndarray:
        """Return which rows of a part have one of some ids."""
        if not ids or part.kinds.get(name) != "integer":
            return np.zeros(part.rows, bool)
        column = part.column(name, "integer", self._resource).to_pandas()
        found: np.ndarray = column.isin(ids).to_numpy(bool)
        return found

    # -- what tells of other lists, and of rows that are gone

    def _texts(
        self, part: Part, names: Sequence[str], mask: np.ndarray | None = None
    ) -> list[tuple[str, ...]]:
        """Return some columns of the rows of a part, or of some of them, as texts."""
        columns = []
        for name in names:
            kind = self.kinds[name]
            column = part.column(name, kind, self._resource)
            chosen = column if mask is None else column.filter(pa.array(mask))
            whole = pc.strftime(chosen, "%Y-%m-%d") if kind == "date" else chosen
            columns.append(list(map(str, whole.to_pylist())))
        return list(zip(*columns, strict=True))

    def differences(
        self, names: Sequence[str]
    ) -> tuple[set[tuple[str, ...]], set[tuple[str, ...]]]:
        """Return some columns of the rows that are not as before: as they were, and as they are.

        Not of a list that is asked what changed before `changes` said what was deleted.
        """
        known = [name if name in self.kinds else "" for name in names]
        if not all(known):
            return set(), set()
        old = [self._texts(one.part, names, one.gone | one.replaced) for one in self._old]
        new = [self._texts(one.part, names, one.fresh) for one in self._new]
        return {row for rows in old for row in rows}, {row for rows in new for row in rows}

    def staying(self, name: str, deletions: Deletions) -> set[int]:
        """Return the ids in a column of the rows that stay, as far as is known."""
        found: set[int] = set()
        for old in self._old:
            if old.part.kinds.get(name) == "integer":
                column = old.part.column(name, "integer", self._resource).to_pandas()
                found.update(column[~self._deleted(old.part, deletions)].dropna().astype(int))
        return found

    def alike(self, deletions: Deletions) -> list[dict[str, str]]:
        """Return the rows that are there as they were, and are like one that is new or changed."""
        names = self._resource.facts.unique
        fresh = (
            {row for one in self._new for row in self._texts(one.part, names, one.fresh)}
            if names
            else set()
        )
        if not fresh:
            return []
        found = []
        for old in self._old:
            stays = ~(old.matched | self._deleted(old.part, deletions))
            found += [row for row in self._texts(old.part, names, stays) if row in fresh]
        return [dict(zip(names, row, strict=True)) for row in found]

    # -- history

    def _with_version(self, done: Merged, files: Sequence[File], history: bool) -> Merged:
        version = self._version(done) if history else ()
        return replace(done, files=tuple(files), version=version)

    def _version(self, done: Merged) -> tuple[File, ...]:
        """Write the rows that are new or changed, and the keys of those that are gone."""
        if not done.added + done.changed + done.deleted:
            return ()
        target = schema(self._resource, self.kinds).append(pa.field(GONE, pa.bool_()))
        with closing(Writer(self._folder, target)) as writer:
            for new in self._new:
                self._copy(writer, new.part, new.fresh, False)
            for old in self._old:
                self._copy(writer, old.part, old.gone, True)
        return (self._placed(done, writer.path, writer.rows, kind="_history", year=None),)

    def _copy(self, writer: Writer, part: Part, mask: np.ndarray, gone: bool) -> None:
        for rows in kept_rows(part.path, mask) if mask.any() else ():
            whole = conform(rows, part.kinds, self.kinds, self._resource)
            flag = pa.array(np.full(whole.num_rows, gone))
            writer.write(whole.append_column(pa.field(GONE, pa.bool_()), flag))


# -- two tables beside each other


def compared(
    old: Sequence[Part], new: Sequence[Part], kinds: Kinds, resource: Resource
) -> tuple[list[OldPart], list[NewPart]]:
    """Return which rows of two tables are in both, by their keys, and differ."""
    before = [part.keys(kinds, resource) for part in old]
    after = [part.keys(kinds, resource) for part in new]
    at = _found(before, after, resource)
    was = [
        OldPart(part, *(np.zeros(len(keys), bool) for _ in range(3)))
        for part, keys in zip(old, before, strict=True)
    ]
    now = []
    for part, keys in zip(new, after, strict=True):
        places, at = at[: len(keys)], at[len(keys) :]
        changed = np.zeros(len(keys), bool)
        start = 0
        for other in was:
            end = start + len(other.matched)
            here = np.flatnonzero((places >= start) & (places < end))
            there = places[here] - start
            start = end
            if not len(here):
                continue
            differ = _differ(other.part, there, part, here, kinds, resource)
            # In another year's file, it has to move.
            differ |= other.part.year != part.year
            changed[here] = differ
            other.matched[there] = True
            other.replaced[there] = differ
        now.append(NewPart(part, places < 0, changed))
    return was, now


def _found(
    before: Sequence[pd.DataFrame], after: Sequence[pd.DataFrame], resource: Resource
) -> np.ndarray:
    """Return for each new row the place of the old one, -1 where there is none."""
    count = sum(map(len, after))
    if not resource.key or not before or not count:
        return np.full(count, -1)
    old = keys_of(pd.concat(before, ignore_index=True), resource.key)
    new = keys_of(pd.concat(after, ignore_index=True), resource.key)
    if not old.is_unique:
        # Rows without a key cannot be told apart: all of them are new ones.
        return np.full(count, -1)
    return np.asarray(old.get_indexer(new))


def _differ(
    old: Part, there: np.ndarray, new: Part, here: np.ndarray, kinds: Kinds, resource: Resource
) -> np.ndarray:
    differ = np.zeros(len(here), bool)
    for name, kind in kinds.items():
        one = old.column(name, kind, resource).take(pa.array(there))
        other = new.column(name, kind, resource).take(pa.array(here))
        differ |= ~_equal(one, other)
    return differ


def _equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_nested(one.type):
        pairs = zip(one.to_pylist(), other.to_pylist(), strict=True)
        return np.array([a == b for a, b in pairs], bool)
    same = pc.fill_null(pc.equal(one, other), False)
    missing = pc.and_(pc.is_null(one), pc.is_null(other))
    equal: Any = pc.or_(same, missing).to_numpy(zero_copy_only=False)
    return np.asarray(equal, bool)
