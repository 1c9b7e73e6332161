"""Values as short texts: of a column all in one form, of nested fields what people call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.frame.custom_fields import custom_values
from runn_pandas.frame.encode import Unfit

Known = Mapping[Any, str]
Form = Callable[[Any], str]
MOST = 6  # decimals
LARGE, SMALL = 1e15, 1e-3  # beyond these a number is shown by its power of ten
NESTED = (list, tuple, dict, set, frozenset, np.ndarray)


def cell(value: Any, known: Known | None = None) -> str:
    """Return a value as a short text; nothing for a missing one.

    Parameters
    ----------
    value
        Anything.
    known : mapping, optional
        What the ids in a nested field are called.

    Examples
    --------
    >>> cell(0.1 + 0.2), cell(pd.Timestamp("2026-06-01")), cell(pd.NA)
    ('0.3', '2026-06-01', '')
    >>> cell([{"id": 1, "name": "mentor"}, {"id": 2, "name": "pilot"}])
    'mentor, pilot'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, NESTED):
        return nested(value, known or {})
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        whole = value == value.normalize() and value.tzinfo is None
        return value.strftime("%Y-%m-%d" if whole else "%Y-%m-%d %H:%M:%S")
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def nested(value: Any, known: Known) -> str:
    """Return a nested field in words.

    Examples
    --------
    >>> nested([{"referenceName": "Harvest", "externalId": "E1"}], {})
    'Harvest: E1'
    >>> nested([{"id": 7}, {"id": 8}], {7: "Ann Lee"})
    'Ann Lee, 8'
    >>> nested({"text": [{"id": 1, "name": "Cost centre", "value": "007"}]}, {})
    'Cost centre: 007'
    """
    custom = _custom(value)
    if custom is not None:
        return _joined(custom)
    if isinstance(value, Mapping):
        return _object(value, known)
    return _joined(_item(item, known) for item in value)


def _joined(parts: Iterable[str]) -> str:
    told = [part for part in parts if part]
    return ("; " if any(", " in part for part in told) else ", ").join(told)


def _item(item: Any, known: Known) -> str:
    found = known.get(item) if isinstance(item, int) else None
    return cell(item, known) if found is None else found


def _custom(value: Any) -> list[str] | None:
    """Return the custom fields that have a value; None if the field holds none of them."""
    if not _is_custom(value):
        return None
    try:
        fields = custom_values(value)
    except (Unfit, AttributeError, TypeError):
        return None
    told = [(field.name, cell(content)) for field, content in fields.items()]
    return [f"{name}: {content}" for name, content in told if content]


def _is_custom(value: Any) -> bool:
    """Whether a field has one of the two forms of custom fields: lists by kind, or one list."""
    if isinstance(value, Mapping):
        return any(isinstance(part, list) for part in value.values())
    items = [item for item in value if isinstance(item, Mapping)]
    return any(item.keys() >= {"type", "name"} for item in items)


def _object(value: Mapping[Any, Any], known: Known) -> str:
    if "referenceName" in value:
        return f"{cell(value['referenceName'])}: {cell(value.get('externalId'))}"
    if set(value) == {"id"}:
        return _item(value["id"], known)
    name = _name(value)
    title = " ".join(cell(value[key]) for key in name)
    parts = ", ".join(_parts(value, {"id", *name}, known))
    return f"{title} ({parts})" if title and parts else title or parts


def _parts(value: Mapping[Any, Any], said: set[str], known: Known) -> list[str]:
    """Return the parts of an object that have a value, but for those said already."""
    told = [(key, cell(part, known)) for key, part in value.items() if key not in said]
    return [f"{key}: {text}" for key, text in told if text and not _is_said(key, value)]


def _name(value: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return the parts that name an object."""
    whole = tuple(part for part in ("firstName", "lastName") if value.get(part))
    return whole or (("name",) if value.get("name") else ())


def _is_said(key: Any, value: Mapping[Any, Any]) -> bool:
    """Whether a part is an id beside the object that it is the id of."""
    return str(key).endswith("Id") and bool(value.get(str(key)[:-2]))


# -- columns


def is_number(column: pd.Series[Any]) -> bool:
    """Whether a column is set to the right."""
    types, dtype = pd.api.types, column.dtype
    odd = types.is_bool_dtype(dtype) or types.is_complex_dtype(dtype)
    return types.is_numeric_dtype(dtype) and not odd


def has_size(column: pd.Series[Any]) -> bool:
    """Whether a column's values are numbers, moments or spans of time."""
    return is_number(column) or getattr(column.dtype, "kind", "O") in "mM"


def form_of(column: pd.Series[Any], known: Known | None = None) -> Form:
    """Return what makes a text of each value of a column, in one form for all of them."""
    kind = getattr(column.dtype, "kind", "O")
    if kind == "f":
        return _float_form(column)
    if kind == "M":
        return _moment_form(column)
    return lambda value: cell(value, known)


def exact_form(form: Form) -> Form:
    """Return what makes the same texts, but of numbers with all their digits."""
    return lambda value: str(value) if _is_float(value) else form(value)


def _is_float(value: Any) -> bool:
    return isinstance(value, float) and value == value


def in_words(column: pd.Series[Any], form: Form) -> pd.Series[Any]:
    """Return a column with its nested fields in words; what is empty is missing."""
    values = column.tolist() if getattr(column.dtype, "kind", "O") == "O" else []
    if not any(isinstance(value, NESTED) for value in values):
        return column
    words = [(form(one) or None) if isinstance(one, NESTED) else one for one in values]
    return pd.Series(words, column.index, dtype=object)


def _float_form(column: pd.Series[Any]) -> Form:
    values = column.to_numpy("float64", na_value=np.nan)
    digits = digits_of(values[np.isfinite(values)])
    spec = ".6g" if digits is None else f".{digits}f"
    return lambda value: "" if pd.isna(value) else format(float(value), spec)


def digits_of(values: np.ndarray[Any, Any]) -> int | None:
    """Return the decimals that a column's numbers need; None if powers of ten say more.

    Examples
    --------
    >>> digits_of(np.array([1.0, 2.5])), digits_of(np.array([0.1 + 0.2])), digits_of(np.array([]))
    (1, 1, 0)
    >>> digits_of(np.array([100 / 3])), digits_of(np.array([1e-9]))
    (2, None)
    """
    sizes = np.abs(values[values != 0])
    if not len(sizes):
        return 0
    if sizes.max() >= LARGE or sizes.max() < SMALL:
        return None
    exact = (
        digits
        for digits in range(MOST)
        if (np.abs(np.round(values, digits) - values) <= 1e-9 * np.maximum(1, np.abs(values))).all()
    )
    return next(exact, min(MOST, max(2, 3 - int(np.floor(np.log10(sizes.max()))))))


def _moment_form(column: pd.Series[Any]) -> Form:
    there = moments(column.dropna())
    whole = _zone(column) is None and bool((there == there.astype("datetime64[D]")).all())
    spec = "%Y-%m-%d" if whole else "%Y-%m-%d %H:%M:%S"
    return lambda value: "" if pd.isna(value) else value.strftime(spec)


def _zone(column: pd.Series[Any]) -> Any:
    """Return the zone of a column's moments, of Arrow's types too."""
    dtype = column.dtype
    return getattr(dtype, "tz", None) or getattr(getattr(dtype, "pyarrow_dtype", None), "tz", None)


def moments(column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Return moments as numpy has them, by the clock of their own zone."""
    plain = column.dt.tz_localize(None) if _zone(column) is not None else column
    return plain.astype("datetime64[us]").to_numpy()


def texts_of(column: pd.Series[Any], form: Form) -> list[str]:
    """Return a column's texts; each different value is put into words once."""
    if getattr(column.dtype, "kind", "") == "M" and len(column):
        return _moment_texts(column, form)
    if column.dtype != object:
        try:
            codes, values = pd.factorize(column)
        except (TypeError, NotImplementedError):  # nested types of Arrow
            pass
        else:
            made = np.array([*(form(value) for value in values.tolist()), ""], dtype=object)
            texts: list[str] = made[codes].tolist()
            return texts
    return [form(value) for value in column.tolist()]


def _moment_texts(column: pd.Series[Any], form: Form) -> list[str]:
    """Return moments as texts, all at once: most of them differ."""
    there = column.dropna()
    unit = "D" if not len(there) or len(form(there.iloc[0])) == len("2026-06-01") else "s"
    texts = np.datetime_as_string(moments(column).astype(f"datetime64[{unit}]"))
    return ["" if text == "NaT" else text.replace("T", " ") for text in texts.tolist()]
