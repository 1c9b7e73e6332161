"""Columns from the cells of files: typed where all cells agree, and texts where they do not."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd

from runn_pandas.frame.foreign_text import unguarded
from runn_pandas.frame.types import PANDAS_TEXT

# Leading zeros, an exponent and more digits than an id has are of texts: "007", "1E5".
_WHOLE = re.compile(r"\s*-?(?:0|[1-9]\d{0,17})\s*")
_DECIMAL = re.compile(r"\s*-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?\s*")
_FLAGS = {"true": True, "false": False}


def from_texts(texts: Sequence[str]) -> pd.Series[Any]:
    """Return a column of a file of texts; an empty cell is missing, and no other text is.

    Examples
    --------
    >>> from_texts(["7", "", "12"]).dtype, from_texts(["07", "12"]).tolist()
    (Int64Dtype(), ['07', '12'])
    """
    said = [text for text in texts if text]
    if not said:
        return guarded_texts(texts)
    if all(map(_WHOLE.fullmatch, said)):
        return pd.Series([int(text) if text else None for text in texts], dtype="Int64")
    if all(map(_DECIMAL.fullmatch, said)):
        return pd.Series([float(text) if text else None for text in texts], dtype="Float64")
    if all(text.lower() in _FLAGS for text in said):
        return pd.Series([_FLAGS.get(text.lower()) for text in texts], dtype="boolean")
    nested = nested_texts(texts)
    return guarded_texts(texts) if nested is None else nested


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
    if types and types <= {list, dict}:
        return pd.Series(values, dtype=object)
    whole = [value for value in values if isinstance(value, int)]
    if types == {int} and all(-(2**63) <= value < 2**63 for value in whole):
        return pd.Series(values, dtype="Int64")
    if types == {bool}:
        return pd.Series(values, dtype="boolean")
    if float in types and types <= {int, float}:
        return pd.Series(values, dtype="Float64")
    if types and types <= {date, datetime}:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object))).astype("datetime64[us]")
    if types and types <= {time, timedelta}:
        return pd.Series([_span(value) for value in values], dtype="timedelta64[us]")
    return shown_texts(values)


def shown_texts(values: Sequence[Any]) -> pd.Series[Any]:
    """Return each value as a spreadsheet shows it; None is missing."""
    return text_column([None if value is None else as_text(value) for value in values])


def _span(value: time | timedelta | None) -> timedelta | None:
    if not isinstance(value, time):
        return value
    return timedelta(
        hours=value.hour,
        minutes=value.minute,
        seconds=value.second,
        microseconds=value.microsecond,
    )


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
