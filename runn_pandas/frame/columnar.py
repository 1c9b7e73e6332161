"""Decoded pages as bytes, to be kept beside the pages that they were made of: Arrow's own format.

They hold what `decode_list` would make of the pages, so that a list that is read again need not
be parsed. Nothing in them can run. What was written for another catalogue, by another version of
Arrow or of the decoder, is told by its version and not used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from runn_pandas.catalog import Resource
from runn_pandas.frame.decode import Page
from runn_pandas.frame.types import page_schema, row_schema

DECODER = 1  # raised whenever the decoder makes other tables of the same pages
LARGEST = 64 * 1024 * 1024  # bytes; a longer list is parsed anew, and not held twice to be kept


@dataclass(frozen=True)
class Columnar:
    """How the rows of one resource are kept."""

    resource: Resource

    @property
    def version(self) -> str:
        """What kept rows depend on besides the pages; "" if they cannot be kept."""
        return _version(self.resource)

    def pack(self, pages: Sequence[Page]) -> bytes | None:
        """Return the rows of all pages of a list, or None where Arrow has not read them all."""
        tables = [page.rows for page in pages if isinstance(page.rows, pa.Table)]
        known = bool(tables) and len(tables) == len(pages) and bool(self.version)
        if not known or sum(table.nbytes for table in tables) > LARGEST:
            return None
        table = pa.concat_tables(tables).combine_chunks()
        packed = "lz4" if pa.Codec.is_available("lz4") else None
        options = pa.ipc.IpcWriteOptions(compression=packed)
        stream = pa.BufferOutputStream()
        with pa.ipc.new_stream(stream, table.schema, options=options) as writer:
            writer.write_table(table)
        return bytes(stream.getvalue().to_pybytes())

    def unpack(self, kept: bytes, rows: int) -> Page | None:
        """Return kept rows as one page, or None if they are not so many rows of this resource."""
        try:
            with pa.ipc.open_stream(pa.BufferReader(kept)) as stream:
                if not stream.schema.equals(row_schema(self.resource)):
                    return None
                table = stream.read_all()
            table.validate(full=True)
        except (pa.ArrowException, OSError):
            return None
        return Page(table, None) if table.num_rows == rows else None


@cache
def _version(resource: Resource) -> str:
    if page_schema(resource) is None:
        return ""
    arrow = pa.__version__.split(".")[0]
    depends = repr([DECODER, arrow, resource.name, resource.fields])
    return hashlib.sha256(depends.encode()).hexdigest()[:16]
