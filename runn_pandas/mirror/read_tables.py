"""Tables of a mirror into frames: as they are, or as they were at an earlier sync."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from runn_pandas.catalog import Resource
from runn_pandas.catalog.filters import moment
from runn_pandas.errors import FilterError, FrameError
from runn_pandas.frame.types import FINAL, Backend
from runn_pandas.mirror.columns import Kinds, conform, exact, schema, to_pandas, unified
from runn_pandas.mirror.folder import Folder
from runn_pandas.mirror.merge import GONE
from runn_pandas.mirror.policy import keys_of
from runn_pandas.mirror.state import State, Table, Version

Filter = tuple[str, str, Any]
Filters = Sequence[Filter] | Sequence[Sequence[Filter]]
SETS = ("in", "not in")


class Selection(NamedTuple):
    """Which columns and rows to read of a table, and as which types."""

    columns: Sequence[str] | None = None
    filters: Filters | None = None
    backend: Backend = "default"


def read_table(
    folder: Folder,
    resource: Resource,
    table: Table,
    selection: Selection,
) -> pd.DataFrame:
    """Read a table as it is."""
    expression = filter_expression(resource, table.kinds, selection.filters)
    chosen = chosen_columns(resource, table.kinds, selection.columns)
    paths = [str(folder.checked(file)) for file in table.files]
    names = list(dict.fromkeys([*chosen, *(n for n in resource.key if n in table.kinds)]))
    target = schema(resource, table.kinds)
    if paths:
        source = ds.dataset(paths, schema=target, format="parquet")
        found = source.to_table(columns=names, filter=expression)
    else:
        found = target.empty_table().select(names)
    return _framed(found, resource, table.kinds, chosen, selection.backend)


def read_version(
    folder: Folder,
    resource: Resource,
    versions: Sequence[Version],
    selection: Selection,
) -> pd.DataFrame:
    """Read a table as some versions, the oldest first, leave it."""
    kinds = unified(resource, [version.kinds for version in versions])
    expression = filter_expression(resource, kinds, selection.filters)
    chosen = chosen_columns(resource, kinds, selection.columns)
    whole = max(n for n, version in enumerate(versions) if version.whole)
    parts = [_rows(folder, resource, version, kinds) for version in versions[whole:]]
    rows = pa.concat_tables(parts)
    names = [name for name in resource.key if name in kinds]
    if names:
        index = keys_of(exact(rows.select(names)), names)
        # What a later version says of a row is what it was from then on.
        last = ~np.asarray(index.duplicated(keep="last"))
        rows = rows.filter(pa.array(last))
    rows = rows.filter(pc.invert(rows[GONE])).drop_columns([GONE])
    if expression is not None:
        rows = rows.filter(expression)
    return _framed(rows, resource, kinds, chosen, selection.backend)


def _rows(folder: Folder, resource: Resource, version: Version, kinds: Kinds) -> pa.Table:
    target = schema(resource, kinds).append(pa.field(GONE, pa.bool_()))
    parts = [target.empty_table()]
    for file in version.files:
        found = pq.ParquetFile(folder.checked(file)).read()
        gone = found[GONE] if GONE in found.column_names else None
        whole = conform(found, version.kinds, kinds, resource)
        flag = pa.chunked_array([pa.array(np.zeros(len(found), bool))]) if gone is None else gone
        parts.append(pa.Table.from_arrays([*whole.columns, flag], schema=target))
    return pa.concat_tables(parts)


def _framed(
    table: pa.Table, resource: Resource, kinds: Kinds, chosen: list[str], backend: Backend
) -> pd.DataFrame:
    """Return the columns asked for, the rows sorted by their key."""
    names = [(name, "ascending") for name in resource.key if name in kinds]
    rows = table.sort_by(names) if names else table
    return to_pandas(rows.select(chosen), kinds, backend)


# -- what was asked for


def chosen_columns(resource: Resource, kinds: Kinds, columns: Sequence[str] | None) -> list[str]:
    """Return the names of the columns asked for."""
    if columns is None:
        return list(kinds)
    names = [columns] if isinstance(columns, str) else list(columns)
    for name in names:
        _known(resource, kinds, name)
    return list(dict.fromkeys(names))


def _known(resource: Resource, kinds: Kinds, name: Any) -> str:
    if name in kinds:
        return kinds[name]
    near = get_close_matches(str(name).lower(), {k.lower(): k for k in kinds}, 1, 0.6)
    hint = f" Did you mean {next(k for k in kinds if k.lower() == near[0])!r}?" if near else ""
    raise FrameError(
        f"{resource.name!r} has no column {name!r}.{hint} Its columns are {', '.join(kinds)}."
    )


def filter_expression(resource: Resource, kinds: Kinds, filters: Filters | None) -> Any:
    """Return filters, as `pandas.read_parquet` takes them, as Arrow asks them of a row."""
    if filters is None:
        return None
    try:
        listed: list[Any] = list(filters)
        if not listed:
            return None
        groups = [listed] if isinstance(listed[0][0], str) else [list(group) for group in listed]
        typed = [
            [(name, op, _typed(resource, kinds, name, op, value)) for name, op, value in group]
            for group in groups
        ]
        return pq.filters_to_expression(typed)
    except (TypeError, ValueError, IndexError, KeyError, pa.ArrowException) as error:
        if isinstance(error, (FrameError, FilterError)):
            raise
        raise FilterError(
            "filters takes a list such as [('date', '>=', '2026-01-01'), ('personId', 'in', [1,"
            f" 2])], as pandas.read_parquet does; {filters!r:.60} is none."
        ) from error


def _typed(resource: Resource, kinds: Kinds, name: Any, op: Any, value: Any) -> Any:
    kind = _known(resource, kinds, name)
    if kind not in FINAL:
        raise FilterError(
            f"{resource.name!r} cannot be filtered by {name}, which holds more than one value;"
            " filter the frame."
        )
    try:
        if op in SETS:
            return [_value(one, kind) for one in _several(value)]
        return _value(value, kind)
    except (TypeError, ValueError, OverflowError, pa.ArrowException) as error:
        raise FilterError(f"{name} is a {kind}; {value!r:.40} is none.") from error


def _several(value: Any) -> Iterable[Any]:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise TypeError
    found: Iterable[Any] = value
    return found


def _value(value: Any, kind: str) -> Any:
    if kind in ("date", "timestamp"):
        found = moment(value)
        if kind == "date":
            return found.tz_localize(None).to_pydatetime()
        found = found.tz_localize("UTC") if found.tzinfo is None else found.tz_convert("UTC")
        return found.to_pydatetime()
    if isinstance(value, np.generic):
        value = value.item()
    return pa.scalar(value, FINAL[kind]).as_py()


# -- which sync


def sync_at(state: State, as_of: Any) -> int:
    """Return the last sync that began before or at a moment, of those that kept versions.

    Raises
    ------
    FrameError
        If no history is kept, or it begins later.
    """
    if not state.history:
        raise FrameError(
            "This mirror keeps no history, so as_of= cannot be answered;"
            " sync(history=True) begins one."
        )
    asked = _moment(as_of)
    before = [number for number, began in state.syncs.items() if began <= asked]
    if not before:
        first = pd.Timestamp(min(state.syncs.values()), unit="s", tz="UTC").floor("s")
        raise FrameError(
            f"The mirror's history begins at {first.isoformat()}, after as_of={as_of!s:.40}."
        )
    return max(before)


def _moment(as_of: Any) -> float:
    """Return a moment as seconds since 1970: UTC unless it says otherwise, of a day its end."""
    try:
        if isinstance(as_of, (bool, int, float)):
            raise TypeError
        found = moment(as_of)
        # "2026-06" would be its first moment, "12:00" one of today.
        if isinstance(as_of, str) and len(as_of.strip()) < len("2026-06-30"):
            raise ValueError
    except (ValueError, TypeError, OverflowError) as error:
        raise FilterError(
            f"as_of takes a moment such as '2026-06-30' or '2026-06-30 12:00', not {as_of!r:.40}."
        ) from error
    day = isinstance(as_of, dt.date) and not isinstance(as_of, dt.datetime)
    if day or (isinstance(as_of, str) and len(as_of.strip()) == len("2026-06-30")):
        found = found + pd.Timedelta("1D") - pd.Timedelta("1us")
    found = found.tz_localize("UTC") if found.tzinfo is None else found
    return float(found.timestamp())
