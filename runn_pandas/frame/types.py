"""Which type a field has: in Arrow while it is read, and in the frame afterwards."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from runn_pandas.catalog import Field, Resource

Backend = Literal["default", "numpy_nullable", "pyarrow"]

# pandas 3 has a text type of its own; pandas 2 has the nullable one.
PANDAS_TEXT = "str" if int(pd.__version__.split(".")[0]) >= 3 else "string"

RAW = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "text": pa.string(),
    "flag": pa.bool_(),
    # Read as text and cast afterwards: Arrow's JSON reader takes a stamp without a zone for UTC.
    "date": pa.string(),
    "timestamp": pa.string(),
}
FINAL = {
    **RAW,
    # By way of a day, so that a date with a time in it is refused and not cut.
    "date": pa.timestamp("us"),
    "timestamp": pa.timestamp("us", "UTC"),
}


@cache
def plain_nested(field: Field) -> bool:
    """Whether Arrow can hold a nested field without loss: no optional key, no mixed type."""
    if field.kind == "any":
        return False
    if field.type == "array":
        return field.items is not None and plain_nested(field.items)
    if field.type == "object":
        return bool(field.fields) and all(f.required and plain_nested(f) for f in field.fields)
    return True


def raw_type(field: Field) -> pa.DataType:
    """Return the Arrow type in which a field's JSON is read."""
    if field.type == "array" and field.items is not None:
        return pa.list_(raw_type(field.items))
    if field.type == "object":
        return pa.struct([(f.name, raw_type(f)) for f in field.fields])
    return RAW[field.kind]


@cache
def page_schema(resource: Resource) -> pa.Schema | None:
    """Return the Arrow schema of one page, or None if the resource has fields Arrow cannot hold."""
    if not resource.is_list or not all(plain_nested(f) for f in resource.fields):
        return None
    row = pa.struct(list(row_schema(resource)))
    return pa.schema([("values", pa.list_(row)), ("nextCursor", pa.string())])


def row_schema(resource: Resource) -> pa.Schema:
    """Return the Arrow schema of the rows of pages that Arrow can hold."""
    return pa.schema([(f.name, raw_type(f)) for f in resource.fields])


def mapper(backend: Backend) -> Any:
    """Return what pandas type takes which Arrow type, as `pyarrow.Table.to_pandas` wants it."""
    if backend == "pyarrow":
        return pd.ArrowDtype
    text = "string" if backend == "numpy_nullable" else PANDAS_TEXT
    return {
        pa.int64(): pd.Int64Dtype(),
        pa.float64(): pd.Float64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
        pa.string(): pd.api.types.pandas_dtype(text),
    }.get


def series(values: pa.ChunkedArray, backend: Backend) -> pd.Series[Any]:
    """Return an Arrow column as a pandas one of the backend."""
    result: pd.Series[Any] = values.to_pandas(types_mapper=mapper(backend))
    return result


def typed(values: list[Any], kind: str, backend: Backend) -> pd.Series[Any]:
    """Return Python values that fit a kind as a pandas column of it."""
    return series(cast(pa.chunked_array([pa.array(values, RAW[kind])]), kind), backend)


def cast(values: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    """Return a column as read in its final type; raises `pyarrow.ArrowInvalid` on drift."""
    if kind == "date":
        return values.cast(pa.date32()).cast(FINAL[kind])
    return values if RAW[kind] == FINAL[kind] else values.cast(FINAL[kind])
