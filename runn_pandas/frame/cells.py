"""Columns from the cells of files: typed where all cells agree, and texts where they do not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd

from runn_pandas.frame.foreign_text import unguarded
from runn_pandas.frame.types import PANDAS_TEXT

Column = Callable[[Sequence[Any]], "pd.Series[Any]"]
# Leading zeros, an exponent and more digits than an id has are of texts: "007", "1E5".
_WHOLE = re.compile(r"\s*-?(?:0|[1-9]\d{0,17})\s*")
_DECIMAL = re.compile(r"\s*-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?\s*")
_Form = tuple[Callable[[str], Any], Callable[[str], Any], Any]
_INT: _Form = (_WHOLE.fullmatch, int, "Int64")
_FLAGS = {"true": True, "false": False}


def _flag(text: str) -> bool | None:
    return _FLAGS.get(text.lower())


def _comes_back(text: str) -> bool:
    """Whether a text is a decimal number that is written so again: 1.5, and not 1.10."""
    return bool(_DECIMAL.fullmatch(text)) and as_text(float(text)) == text.strip()


# What all texts of a column have to be, and what it becomes.
_FORMS: tuple[_Form, ...] = (
    _INT,
    (_comes_back, float, "Float64"),
    (lambda text: _flag(text) is not None, _flag, "boolean"),
)


def from_texts(texts: Sequence[str]) -> pd.Series[Any]:
    """Return a column of a file of texts; an empty cell is missing, and no other text is.

    Examples
    --------
    >>> from_texts(["7", "", "12"]).dtype, from_texts(["07", "12"]).tolist()
    (Int64Dtype(), ['07', '12'])
    >>> from_texts(["1.1", "1.10"]).tolist()
    ['1.1', '1.10']
    """
    for found in (_typed(texts, _FORMS), nested_texts(texts)):
        if found is not None:
            return found
    return guarded_texts(texts)


def of_text_field(texts: Sequence[str]) -> pd.Series[Any]:
    """Return a column of a file that holds texts, such as names: 1.5 and TRUE stay as written.

    Whole numbers are ``Int64``, which a push knows to have lost leading zeros in a spreadsheet.
    """
    whole = _typed(texts, (_INT,))
    return guarded_texts(texts) if whole is None else whole


def _typed(texts: Sequence[str], forms: Sequence[_Form]) -> pd.Series[Any] | None:
    """Return a column of the first form that all texts have; None if they have none."""
    said = [text for text in texts if text]
    for fits, value, dtype in forms if said else ():
        if all(map(fits, said)):
            return pd.Series([value(text) if text else None for text in texts], dtype=dtype)
    return None


def nested_texts(texts: Sequence[str | None]) -> pd.Series[Any] | None:
    """Return lists and objects, as our own files have them, if that is what all texts are."""
    said = [text for text in texts if text]
    if not said or not all(text[0] in "[{" for text in said):
        return None
    try:
        values = [json.loads(text) if text else None for text in texts]
    except (ValueError, RecursionError):
        return None
    return pd.Series(values, dtype=object)


def guarded_texts(texts: Sequence[str]) -> pd.Series[Any]:
    """Return texts of a CSV file as they are meant, without its guard against formulas."""
    return text_column(list(map(unguarded, texts)))


def text_column(texts: Sequence[str | None]) -> pd.Series[Any]:
    """Return texts as they are; an empty one is missing."""
    return pd.Series([text or None for text in texts], dtype=PANDAS_TEXT)


def from_values(values: Sequence[Any]) -> pd.Series[Any]:
    """Return a column of values of Python's types; None is missing.

    Examples
    --------
    >>> from_values([7, None]).dtype, from_values([7, "A7", None]).tolist()[:2]
    (Int64Dtype(), ['7', 'A7'])
    """
    types = {type(value) for value in values if value is not None}
    for allowed, column in _COLUMNS if types else ():
        if types <= allowed:
            with suppress(OverflowError):  # more digits than a column of numbers has
                return column(values)
    return shown_texts(values)


def _of(dtype: Any) -> Column:
    return lambda values: pd.Series(values, dtype=dtype)


def _days(values: Sequence[Any]) -> pd.Series[Any]:
    return pd.to_datetime(pd.Series(values, dtype=object)).astype("datetime64[us]")


def _spans(values: Sequence[time | timedelta | None]) -> pd.Series[Any]:
    return pd.Series([_span(value) for value in values], dtype="timedelta64[us]")


def _span(value: time | timedelta | None) -> timedelta | None:
    if not isinstance(value, time):
        return value
    return datetime.combine(date.min, value) - datetime.min


# Which types all values of a column may have, and how it is made of them.
_COLUMNS: tuple[tuple[set[type], Column], ...] = (
    ({list, dict}, _of(object)),
    ({int}, _of("Int64")),
    ({bool}, _of("boolean")),
    ({int, float}, _of("Float64")),
    ({date, datetime}, _days),
    ({time, timedelta}, _spans),
)


def shown_texts(values: Sequence[Any]) -> pd.Series[Any]:
    """Return each value as a spreadsheet shows it; None is missing."""
    return text_column([None if value is None else as_text(value) for value in values])


def as_text(value: Any) -> str:
    """Return a value as a spreadsheet shows it; lists and objects as JSON.

    Examples
    --------
    >>> from datetime import datetime, timedelta
    >>> as_text(0.1 + 0.2), as_text(datetime(2026, 6, 1)), as_text(timedelta(hours=26))
    ('0.3', '2026-06-01', '26:00:00')
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime) and value.time() == time() and value.tzinfo is None:
        return value.date().isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
