"""JSON pages to a typed frame.

A page goes the fast way (pyarrow's JSON reader with the catalogue's schema) if it is
exactly what the catalogue says, and the plain way (Python objects) if not; both give the
same frame.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.json

from runn_pandas.catalog import Field, Resource
from runn_pandas.errors import ProtocolError, SchemaDriftWarning, warn
from runn_pandas.frame.fitting import (
    EXACT_FLOAT,
    FITS,
    UNKNOWN,
    all_fit,
    is_number,
    is_text,
    is_whole_float,
)
from runn_pandas.frame.types import (
    RAW,
    Backend,
    cast,
    page_schema,
    plain_nested,
    raw_type,
    series,
    typed,
)

BLOCK = 2**20  # bytes that one thread parses
OBJECT = re.compile(rb"\s*\{")
CURSOR = re.compile(rb'"nextCursor"\s*:')
Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """The rows of one page, as an Arrow table or as Python objects, and where the next begins."""

    rows: pa.Table | list[Row]
    cursor: str | None

    def __len__(self) -> int:
        return self.rows.num_rows if isinstance(self.rows, pa.Table) else len(self.rows)

    def picked(self, rows: Sequence[int] | np.ndarray) -> Page:
        """Return some of the rows, by their positions."""
        if isinstance(self.rows, pa.Table):
            rows = pa.array(rows, pa.int64())
            return Page(self.rows.combine_chunks().take(rows), self.cursor)
        return Page([self.rows[row] for row in rows], self.cursor)

    def part(self, start: int, stop: int) -> Page:
        """Return the rows from one position to before another."""
        if isinstance(self.rows, pa.Table):
            return Page(self.rows.slice(start, stop - start), self.cursor)
        return Page(self.rows[start:stop], self.cursor)

    def values(self, name: str) -> list[Any]:
        """Return a field of all rows, as it was sent; None where it is missing."""
        return _values([self], name)

    def turned(self) -> Page:
        """Return the rows the other way round."""
        return self.picked(np.arange(len(self) - 1, -1, -1))


def together(pages: Sequence[Page]) -> Page:
    """Return the rows of some pages as those of one."""
    tables = [page.rows for page in pages if isinstance(page.rows, pa.Table)]
    if len(tables) == len(pages):
        return Page(pa.concat_tables(tables), pages[-1].cursor)
    rows = [p.rows.to_pylist() if isinstance(p.rows, pa.Table) else p.rows for p in pages]
    return Page([row for part in rows for row in part], pages[-1].cursor)


def decode_page(content: bytes, resource: Resource, *, fast: bool = True) -> Page:
    """Read the body of one page, or of a single record.

    Raises
    ------
    ProtocolError
        If the body is not what the API promises.
    """
    page = _fast_page([content], resource) if fast else None
    return page or _plain_page(content, resource)


def decode_list(
    contents: Sequence[bytes], resource: Resource, *, turned: bool = False
) -> list[Page]:
    """Read the bodies of consecutive pages at once, as one long page if that can be.

    Parameters
    ----------
    contents : sequence of bytes
        The bodies.
    resource : Resource
        What the rows are.
    turned : bool
        Whether to return all rows in the opposite order.

    Raises
    ------
    ProtocolError
        If one of them is not what the API promises.
    """
    # Pages that are one line each can be told apart when they stand below each other.
    lines = all(c[-1:] == b"}" and b"\n" not in c for c in contents)
    whole = _fast_page(contents, resource) if lines and contents else None
    pages = [whole] if whole else [decode_page(content, resource) for content in contents]
    return [page.turned() for page in reversed(pages)] if turned else pages


def _fast_page(contents: Sequence[bytes], resource: Resource) -> Page | None:
    schema = page_schema(resource)
    # Arrow crashes on a null in place of a page.
    if schema is None or not all(map(OBJECT.match, contents)):
        return None
    content = b"\n".join(contents)
    one = len(contents) == 1
    block = len(content) if one else max(BLOCK, *map(len, contents))
    table = _parsed(content, schema, min(block + 1, 2**31 - 1), one)
    if table is None or table.num_rows != len(contents):
        return None
    rows, cursors = _rows(table["values"], resource), _cursors(table["nextCursor"], contents)
    if rows is None or cursors is None or not _fits(rows, content, resource):
        return None
    return Page(rows, cursors[-1])


def _parsed(content: bytes, schema: pa.Schema, block: int, one: bool) -> pa.Table | None:
    try:
        content.decode("utf-8")
        return pyarrow.json.read_json(
            pa.BufferReader(content),
            read_options=pyarrow.json.ReadOptions(use_threads=not one, block_size=block),
            parse_options=pyarrow.json.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="error", newlines_in_values=one
            ),
        )
    except (pa.ArrowException, UnicodeDecodeError):
        return None


def _rows(values: pa.ChunkedArray, resource: Resource) -> pa.Table | None:
    structs = pyarrow.compute.list_flatten(values)
    if values.null_count or structs.null_count:
        return None
    names = [field.name for field in resource.fields]
    return pa.Table.from_arrays(structs.flatten(), names=names)


def _cursors(column: pa.ChunkedArray, contents: Sequence[bytes]) -> list[str | None] | None:
    cursors: list[str | None] = column.to_pylist()
    # Arrow cannot tell a missing key from a null.
    named = all(cursor or CURSOR.search(c) for cursor, c in zip(cursors, contents, strict=True))
    return cursors if named and "" not in cursors else None


def _fits(rows: pa.Table, content: bytes, resource: Resource) -> bool:
    """Whether Arrow has read all that was sent, and as it was sent."""
    for field in resource.fields:
        column = rows[field.name]
        nulls = column.null_count if field.required else 0
        if nulls and (not field.nullable or _left_out(field.name, nulls, len(column), content)):
            return False
        # Beyond this a float is not the number that was sent, and Arrow takes NaN for JSON.
        if not all(_exact(amounts) for amounts in _amounts(column, field)):
            return False
    return True


def _plain_page(content: bytes, resource: Resource) -> Page:
    try:
        body = json.loads(content, parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(
            f"{resource.name!r}: the answer is not JSON (it has {len(content)} bytes and may be cut"
            " short). Nothing was used of it; try again, and check base_url."
        ) from error
    if not resource.is_list:
        return Page([_record(body, resource)], None)
    if not isinstance(body, dict) or not isinstance(body.get("values"), list):
        raise ProtocolError(
            f"{resource.name!r}: a page has no list of values. Nothing was used of it; if this"
            " stays, python -m runn_pandas check-spec shows whether the API has changed."
        )
    cursor = _cursor(body, resource)
    for row in body["values"]:
        if not isinstance(row, dict):
            raise ProtocolError(f"{resource.name!r}: a row is {type(row).__name__}, not an object.")
    return Page(body["values"], cursor)


def _cursor(body: Row, resource: Resource) -> str | None:
    cursor = body.get("nextCursor", "")
    if cursor is not None and not cursor:
        raise ProtocolError(
            f"{resource.name!r}: a page does not say whether another follows (no usable"
            " nextCursor), so the table could be short."
        )
    if not isinstance(cursor, (str, type(None))):
        raise ProtocolError(f"{resource.name!r}: nextCursor is neither a text nor null.")
    return cursor


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _record(body: Any, resource: Resource) -> Row:
    answer = resource.operation.answer
    if answer is not None and not answer.fields and not isinstance(body, (dict, list)):
        return {resource.fields[0].name: body}
    if not isinstance(body, dict):
        raise ProtocolError(
            f"{resource.name!r}: the answer is {type(body).__name__}, not an object."
        )
    return body


def to_frame(
    pages: Sequence[Page],
    resource: Resource,
    *,
    places: Sequence[Row] = (),
    backend: Backend = "default",
    warned: set[str] | None = None,
) -> pd.DataFrame:
    """Return the rows of pages as one frame with the catalogue's columns and types.

    Parameters
    ----------
    pages : sequence of Page
        What was read, in order.
    resource : Resource
        What the rows are.
    places : sequence of dict
        For each page, the path parameters it was read with; each becomes a column in front
        unless the rows have a field of that name.
    backend : {"default", "numpy_nullable", "pyarrow"}
        Which pandas types.
    warned : set of str, optional
        What was warned of already; it is not warned of again, and what is new is added.
    """
    columns: dict[str, pd.Series[Any]] = {}
    drift: list[str] = []
    names = {field.name for field in resource.fields}
    layouts = _layouts(pages)
    new = _new_names(layouts, names)
    for parameter in resource.path_parameters:
        # A value that the row itself has goes before the one that was asked with.
        if parameter.name not in names and parameter.name not in new:
            given = _place_values(pages, places, parameter.name)
            columns[parameter.name] = typed(given, parameter.kind, backend)
    for field in resource.fields:
        columns[field.name] = _column(pages, field, backend, drift, layouts)
    for name in new:
        drift.append(f"new field {name!r} is kept as a last column")
        columns[name] = _unknown_column(_values(pages, name), backend)
    _warn_of(drift, resource, set() if warned is None else warned)
    return pd.DataFrame(columns, index=pd.RangeIndex(sum(map(len, pages))))


def _place_values(pages: Sequence[Page], places: Sequence[Row], name: str) -> list[Any]:
    pairs = zip(pages, places, strict=True) if places else ()
    return [place[name] for page, place in pairs for _ in range(len(page))]


def key_columns(pages: Sequence[Page], resource: Resource) -> pd.DataFrame:
    """Return of the rows of pages only what identifies and dates them; drift is not warned of."""
    names = {*resource.key, "updatedAt"}
    fields = [field for field in resource.fields if field.name in names]
    columns = {field.name: _column(pages, field, "default", []) for field in fields}
    return pd.DataFrame(columns, index=pd.RangeIndex(sum(map(len, pages))))


def _warn_of(drift: Iterable[str], resource: Resource, warned: set[str]) -> None:
    new = [note for note in drift if note not in warned]
    if new:
        warned.update(new)
        warn(
            f"{resource.name!r} differs from the catalogue: {'; '.join(new)}."
            " python -m runn_pandas check-spec shows what the API offers now.",
            SchemaDriftWarning,
        )


def _values(pages: Iterable[Page], name: str, nested: Field | None = None) -> list[Any]:
    values: list[Any] = []
    for page in pages:
        if isinstance(page.rows, pa.Table):
            known = name in page.rows.column_names
            values += page.rows[name].to_pylist() if known else [None] * len(page)
        else:
            try:
                raw = list(map(itemgetter(name), page.rows))
            except KeyError:
                raw = [row.get(name) for row in page.rows]
            values += [canonical(value, nested) for value in raw] if nested else raw
    return values


def _layouts(pages: Iterable[Page]) -> list[tuple[str, ...]]:
    """Return which names the rows of plain pages have, each set of them once: there are few."""
    plain = (page.rows for page in pages if not isinstance(page.rows, pa.Table))
    return list(dict.fromkeys(layout for rows in plain for layout in map(tuple, rows)))


def _new_names(layouts: Iterable[tuple[str, ...]], names: set[str]) -> list[str]:
    return [n for n in dict.fromkeys(n for layout in layouts for n in layout) if n not in names]


def _column(
    pages: Sequence[Page],
    field: Field,
    backend: Backend,
    drift: list[str],
    layouts: Sequence[tuple[str, ...]] = (),
) -> pd.Series[Any]:
    tables = [page.rows for page in pages if isinstance(page.rows, pa.Table)]
    if field.kind in RAW and len(tables) == len(pages):
        chunks = [chunk for table in tables for chunk in table[field.name].chunks]
        with suppress(pa.ArrowException, UnicodeError):
            column = cast(pa.chunked_array(chunks, type=RAW[field.kind]), field.kind)
            return series(column, backend)
    values = _values(pages, field.name, field if field.kind == "nested" else None)
    if field.required:
        _note_missing(values, field, layouts, drift)
    if field.kind == "nested":
        return _nested(values, field, backend, drift)
    return _plain_column(values, field, backend, drift)


def _note_missing(
    values: list[Any], field: Field, layouts: Iterable[tuple[str, ...]], drift: list[str]
) -> None:
    if any(field.name not in layout for layout in layouts):
        drift.append(f"field {field.name!r} is missing in some rows, where it is NA")
    elif not field.nullable and None in values:
        drift.append(f"field {field.name!r} is null in some rows, where it is NA")


def _plain_column(
    values: list[Any], field: Field, backend: Backend, drift: list[str]
) -> pd.Series[Any]:
    if all_fit(values, field.kind):
        if field.kind == "integer" and float in set(map(type, values)):
            values = [int(v) if isinstance(v, float) else v for v in values]
        try:
            return typed(values, field.kind, backend)
        except (pa.ArrowException, OverflowError, UnicodeError):
            pass
    widened, column = _widened(values, field, backend)
    drift.append(f"field {field.name!r} has values that are no {field.kind}, so it is {widened}")
    return column


def _widened(values: list[Any], field: Field, backend: Backend) -> tuple[str, pd.Series[Any]]:
    """Return the narrowest column that holds the values of a drifted field exactly."""
    present = [value for value in values if value is not None]
    is_id = field.name == "id" or field.name.endswith("Id")
    if field.kind == "integer" and not is_id and all(map(is_number, present)):
        return "Float64", typed(values, "number", backend)
    if field.kind in ("date", "timestamp") and all(map(is_text, present)):
        with suppress(UnicodeError):
            return "text", typed(values, "text", backend)
    return "object", _objects(values)


def _unknown_column(values: list[Any], backend: Backend) -> pd.Series[Any]:
    """Return the column of a field that the catalogue does not know, of the type that fits."""
    present = [value for value in values if value is not None]
    fitting = [kind for kind in UNKNOWN if present and all_fit(present, kind)]
    if "integer" in fitting and any(isinstance(value, float) for value in present):
        fitting.remove("integer")
    if fitting:
        with suppress(pa.ArrowException, OverflowError, UnicodeError):
            return typed(values, fitting[0], backend)
    return _objects(values)


def _objects(values: list[Any]) -> pd.Series[Any]:
    return pd.Series(values, dtype=object)


def _nested(values: list[Any], field: Field, backend: Backend, drift: list[str]) -> pd.Series[Any]:
    """Return nested values: Python objects, or with the Arrow backend the Arrow type that fits."""
    if not all(value is None or _has_form(value, field) for value in values):
        drift.append(f"field {field.name!r} has values of another form, which are kept as they are")
    elif backend == "pyarrow" and plain_nested(field):
        kind = raw_type(field)
        try:
            array = pa.array(values, kind)
            # Arrow drops keys it does not expect; then the objects themselves are kept.
            if array.to_pylist() == values:
                return series(pa.chunked_array([array]), backend)
        except (pa.ArrowException, OverflowError, UnicodeError, TypeError, ValueError):
            pass
        drift.append(f"field {field.name!r} has values of another form, so it is object")
    return _objects(values)


def _has_form(value: Any, field: Field) -> bool:
    """Whether a nested value is the list or object that the catalogue says."""
    if field.type == "array":
        inner = field.items
        return isinstance(value, list) and (
            inner is None or all(item is not None and _has_form(item, inner) for item in value)
        )
    if field.type == "object":
        return isinstance(value, dict)
    return field.kind not in FITS or field.kind == "any" or FITS[field.kind](value)


def _amounts(column: pa.ChunkedArray, field: Field) -> Iterator[pa.ChunkedArray]:
    """Yield the numbers of a column, those inside of lists and objects too."""
    if field.kind == "number":
        yield column
    elif field.type == "array" and field.items is not None:
        yield from _amounts(pyarrow.compute.list_flatten(column), field.items)
    elif field.type == "object":
        for part in field.fields:
            yield from _amounts(pyarrow.compute.struct_field(column, part.name), part)


def _left_out(name: str, nulls: int, rows: int, content: bytes) -> bool:
    """Whether some rows may lack a key; if all have it, as many nulls were sent as were read."""
    if content.count(f'"{name}":null'.encode()) == nulls:
        return False
    return content.count(f'"{name}"'.encode()) < rows


def _exact(column: pa.ChunkedArray) -> bool:
    """Whether all amounts in a column are numbers that a float holds as they were sent."""
    if not pyarrow.compute.all(pyarrow.compute.is_finite(column), min_count=0).as_py():
        return False
    ends = pyarrow.compute.min_max(column).as_py()
    return all(abs(end) < EXACT_FLOAT for end in ends.values() if end is not None)


def canonical(value: Any, field: Field) -> Any:
    """Return a nested value as the catalogue has it: with all required keys, money as float."""
    if isinstance(value, list):
        return _canonical_list(value, field)
    if isinstance(value, dict) and field.type == "object":
        return _canonical_object(value, field)
    if field.kind == "number" and is_number(value):
        return float(value)
    return int(value) if is_whole_float(value) and field.kind == "integer" else value


def _canonical_list(values: list[Any], field: Field) -> list[Any]:
    inner = field.items if field.type == "array" else None
    return values if inner is None else [canonical(value, inner) for value in values]


def _canonical_object(value: Row, field: Field) -> Row:
    known = {f.name: f for f in field.fields if f.required or f.name in value}
    ordered = {name: canonical(value.get(name), f) for name, f in known.items()}
    return ordered | {name: part for name, part in value.items() if name not in known}
