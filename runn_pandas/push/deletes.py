"""Which rows ``delete=`` names: ids, or a flag for each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.catalog.writes import Writable
from runn_pandas.errors import PlanError
from runn_pandas.frame.encode import Unfit, encode_cell


def deletes_of(
    delete: Any, frame: pd.DataFrame, rows: Mapping[int, dict[str, Any]], writable: Writable
) -> tuple[list[int], list[tuple[Any, ...]]]:
    """The positions that ``delete=`` names, and the keys it names that are not in the frame."""
    if delete is None:
        return [], []
    if isinstance(delete, (str, bytes)) or not hasattr(delete, "__iter__"):
        delete = [delete]
    mask = _mask(delete, frame)
    if mask is not None:
        return [n for n, wanted in enumerate(mask) if wanted], []
    found: list[int] = []
    extra: list[tuple[Any, ...]] = []
    by_key: dict[tuple[Any, ...], int] = {}
    for position, row in rows.items():
        key = tuple(row.get(name) for name in writable.key)
        if None not in key:
            by_key[key] = position
    for one in dict.fromkeys(delete):
        parts = one if isinstance(one, tuple) else (one,)
        if len(parts) != len(writable.key) or not writable.key:
            raise PlanError(
                f"A row of {writable.name!r} is identified by"
                f" {', '.join(writable.key) or 'nothing'}: delete= takes a boolean Series over"
                f" the frame, or tuples of them, not {one!r:.40}."
            )
        try:
            key = tuple(
                encode_cell(part, writable.fields[name])
                for part, name in zip(parts, writable.key, strict=True)
            )
        except Unfit as unfit:
            raise PlanError(f"delete= takes ids; {one!r:.40} {unfit}.") from None
        if None in key:
            raise PlanError("delete= holds a missing id; drop it first (.dropna()).")
        if key in by_key:
            found.append(by_key[key])
        else:
            extra.append(key)
    return found, extra


def _mask(delete: Any, frame: pd.DataFrame) -> list[bool] | None:
    values = list(delete)
    dtype: Any = getattr(delete, "dtype", object)
    flags = pd.api.types.is_bool_dtype(dtype) or (
        bool(values) and all(isinstance(v, (bool, np.bool_)) or v is pd.NA for v in values)
    )
    if not flags:
        return None
    if isinstance(delete, pd.Series) and not delete.index.equals(frame.index):
        raise PlanError("delete= is a boolean Series over another index than the frame's.")
    if len(values) != len(frame):
        raise PlanError(f"delete= has {len(values)} flags for {len(frame)} rows.")
    if any(v is pd.NA or v is None for v in values):
        raise PlanError("delete= has missing flags: say True or False for each row.")
    return [bool(value) for value in values]
