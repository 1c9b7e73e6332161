"""Frames to Arrow tables as they are stored, and back: one kind for each column.

A stored column is of the catalogue's kind (integer, number, text, flag, date, timestamp), a
``nested`` one in Arrow's own form, ``json`` where only text holds it without loss, or ``null``
where an unknown field never had a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from runn_pandas.catalog import Field, Resource
from runn_pandas.frame.types import FINAL, Backend, plain_nested, raw_type, series

Kinds = dict[str, str]
DTYPES = {"Int64": "integer", "Float64": "number", "boolean": "flag"}
MARK = b"runn"


def fields(resource: Resource) -> dict[str, Field]:
    """Return the fields of a resource by name."""
    return {field.name: field for field in resource.fields}


def catalogue_kinds(resource: Resource) -> Kinds:
    """Return the kind of each column as the catalogue has it."""
    return {field.name: _kind_of(field) for field in resource.fields}


def _kind_of(field: Field) -> str:
    if field.kind in FINAL:
        return field.kind
    return "nested" if field.kind == "nested" and plain_nested(field) else "json"


def arrow_type(kind: str, field: Field | None) -> pa.DataType:
    """Return the Arrow type of a column of a kind."""
    if kind == "nested" and field is not None:
        return raw_type(field)
    return FINAL.get(kind, pa.string())


def schema(resource: Resource, kinds: Kinds) -> pa.Schema:
    """Return the Arrow schema of a table, each column marked with its kind."""
    known = fields(resource)
    return pa.schema(
        [
            pa.field(name, arrow_type(kind, known.get(name)), metadata={MARK: kind.encode()})
            for name, kind in kinds.items()
        ]
    )


# -- a frame, stored


def to_arrow(frame: pd.DataFrame, resource: Resource) -> tuple[pa.Table, Kinds]:
    """Return a frame as an Arrow table, and the kind of each column."""
    known = fields(resource)
    kinds: Kinds = {}
    arrays: list[Any] = []
    for name in frame.columns:
        kind, array = _stored(frame[name], known.get(name))
        kinds[name] = kind
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=schema(resource, kinds)), kinds


def _stored(column: pd.Series[Any], field: Field | None) -> tuple[str, Any]:
    kind = _dtype_kind(column)
    if kind is not None:
        array = pa.array(column, from_pandas=True)
        return kind, array.cast(FINAL[kind])
    values = column.tolist()
    if field is not None and field.kind == "nested" and plain_nested(field):
        array = _native(values, field)
        if array is not None:
            return "nested", array
    if field is None and all(value is None for value in values):
        return "null", pa.nulls(len(values), pa.string())
    return "json", pa.array([_dumped(value) for value in values], pa.string())


def _dtype_kind(column: pd.Series[Any]) -> str | None:
    dtype = column.dtype
    if isinstance(dtype, pd.StringDtype):
        return "text"
    if isinstance(dtype, pd.DatetimeTZDtype):
        return "timestamp"
    if getattr(dtype, "kind", "") == "M":
        return "date"
    return DTYPES.get(str(dtype))


def _native(values: list[Any], field: Field) -> Any:
    try:
        array = pa.array(values, raw_type(field))
    except (pa.ArrowException, OverflowError, UnicodeError, TypeError, ValueError):
        return None
    # Arrow drops keys it does not expect.
    return array if array.to_pylist() == values else None


def _dumped(value: Any) -> str | None:
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair is JSON, but no text.
        return json.dumps(value, separators=(",", ":"))
    return text


# -- schemas that differ


def unified(resource: Resource, many: Iterable[Mapping[str, str]]) -> Kinds:
    """Return one schema for tables of several: all columns, each as wide as any of them has it."""
    kinds: Kinds = {}
    for one in many:
        for name, kind in one.items():
            kinds[name] = wider(kinds[name], kind) if name in kinds else kind
    known = [name for name in fields(resource) if name in kinds]
    return {name: kinds[name] for name in dict.fromkeys([*known, *kinds])}


def wider(one: str, other: str) -> str:
    """Return the kind that holds the values of both."""
    if one == other or other == "null":
        return one
    if one == "null":
        return other
    pair = {one, other}
    if pair == {"integer", "number"}:
        return "number"
    return "text" if pair == {"date", "text"} else "json"


def conform(table: pa.Table, have: Mapping[str, str], want: Kinds, resource: Resource) -> pa.Table:
    """Return a table with the columns of a schema as wide or wider; new ones are NA."""
    target = schema(resource, want)
    arrays = []
    for field in target:
        if field.name not in have:
            arrays.append(pa.nulls(table.num_rows, field.type))
            continue
        kind, column = have[field.name], table[field.name]
        if kind != want[field.name]:
            column = _widened(column, kind, want[field.name])
        arrays.append(column.cast(field.type) if column.type != field.type else column)
    if not arrays:
        return table
    return pa.Table.from_arrays(arrays, schema=target)


def _widened(column: pa.ChunkedArray, kind: str, want: str) -> pa.ChunkedArray:
    if kind == "null":
        return pa.chunked_array([pa.nulls(len(column), pa.string())])
    if want == "number":
        return column.cast(pa.float64())
    if kind == "date":
        texts = pc.strftime(column, format="%Y-%m-%d")
        return texts if want == "text" else _json_of(texts.to_pylist())
    if kind == "timestamp":
        moments = column.to_pylist()
        return _json_of(
            [m and m.isoformat(timespec="milliseconds").replace("+00:00", "Z") for m in moments]
        )
    return _json_of(column.to_pylist())


def _json_of(values: list[Any]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([_dumped(value) for value in values], pa.string())])


# -- the way back into frames


def exact(table: pa.Table | pa.ChunkedArray) -> Any:
    """Return keys as pandas has them; as floats, long ids beside a missing one run together."""
    return table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)


def to_pandas(table: pa.Table, kinds: Mapping[str, str], backend: Backend) -> pd.DataFrame:
    """Return a stored table as `read_runn` would have returned it."""
    columns = {name: restored(table[name], kinds[name], backend) for name in table.column_names}
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows), copy=False)


def restored(column: pa.ChunkedArray, kind: str, backend: Backend) -> pd.Series[Any]:
    """Return one stored column as a pandas one."""
    if kind in FINAL or (kind == "nested" and backend == "pyarrow"):
        return series(column, backend)
    values: Sequence[Any] = column.to_pylist()
    if kind in ("json", "null"):
        values = [None if text is None else json.loads(text) for text in values]
    return pd.Series(list(values), dtype=object)
