"""Frame cells to canonical JSON values: one value for one meaning, whatever pandas calls it.

`Int64` 7, float 7.0 and text "7" in an id column are all 7; a Timestamp, a `date` and
"2026-03-01" are all "2026-03-01"; every kind of missing is None. Two cells that mean the
same encode to equal values, so that a change of dtype is no change.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any
from unicodedata import normalize

import numpy as np
import pandas as pd

from runn_pandas.catalog import Field
from runn_pandas.frame.foreign_text import NumberText

EXACT = 2**53
NOISE = 1e-14  # the share of a number that calculating with floats leaves in its last digits
LIST_NAMES = 4
ROUNDED = timedelta(seconds=1)
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_PLAIN = frozenset({str, int, bool})  # neither missing nor of numpy
_SIMPLE = _PLAIN | {float, type(None)}  # equal where they mean the same
_WHOLE = re.compile(r"\s*([+-]?\d+)(?:\.0*)?\s*")  # 7.0 is what floats leave of 7


class Unfit(ValueError):
    """A cell that a field does not take; the text says why.

    Attributes
    ----------
    label : str
        The column at fault, where it is the column and not what the cell holds; else "".
    """

    def __init__(self, reason: str, label: str = "") -> None:
        super().__init__(reason)
        self.label = label


def is_missing(value: Any) -> bool:
    """Whether a cell says nothing: None, NaN, NA, NaT."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, Decimal):
        return value.is_nan()  # a signalling one cannot even be compared
    if isinstance(value, (float, np.floating)):
        return bool(value != value)
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    return False


def encode_cell(value: Any, field: Field) -> Any:
    """Return a cell as the JSON value of a field; None if it is missing.

    Raises
    ------
    Unfit
        If the field cannot hold it.

    Examples
    --------
    >>> import pandas as pd
    >>> from runn_pandas.catalog import Field
    >>> encode_cell(pd.Timestamp("2026-03-01"), Field("startDate", "string", format="date"))
    '2026-03-01'
    """
    plain = type(value) in _PLAIN
    if not plain and is_missing(value):
        return None
    try:
        if field.kind == "nested":
            return _nested(value, field)
        return ENCODERS[field.kind](value if plain else as_python(value))
    except Unfit:
        raise
    except (ValueError, ArithmeticError, RecursionError, NotImplementedError):
        # Of Python, pandas or decimal: a year 30000, 5,000 digits, lists in lists without end.
        raise Unfit("is too large, too deep or out of range") from None


def encode_column(column: pd.Series[Any], field: Field) -> tuple[list[Any], dict[int, str]]:
    """Return a column's cells as JSON values, and for each bad one, by position, why.

    Equal cells are encoded once: dates and ids repeat.
    """
    values: list[Any] = []
    bad: dict[int, str] = {}
    known: dict[Any, Any] = {}
    memo: Any
    for position, cell in enumerate(column.tolist()):
        try:
            memo = (type(cell), cell, getattr(cell, "tzinfo", None), getattr(cell, "fold", 0))
            if memo in known:
                values.append(known[memo])
                continue
        except TypeError:
            memo = None
        try:
            value = encode_cell(cell, field)
        except Unfit as unfit:
            bad[position] = str(unfit)
            value = None
        else:
            if memo is not None:
                known[memo] = value
        values.append(value)
    return values, bad


def as_python(value: Any) -> Any:
    """Return a numpy scalar as the Python one, also within a tuple, as rows of levels have."""
    if type(value) is tuple:
        return tuple(map(as_python, value))
    if isinstance(value, np.float32 | np.float16):
        # The shortest text that means this number: 0.1 and not 0.10000000149.
        return float(str(value))
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value)
    if isinstance(value, np.generic):
        return value.item()
    return value


def without_noise(value: float) -> float:
    """Return a float without what calculating left in its last digits.

    What has at most 15 digits is as it was typed, and stays.

    Examples
    --------
    >>> without_noise(0.1 + 0.2), without_noise(72.10350000000001), without_noise(1 / 3)
    (0.3, 72.1035, 0.3333333333333333)
    """
    plain = float(f"{value:.12g}")
    typed = float(f"{value:.15g}") == value
    return value if typed or abs(plain - value) > NOISE * abs(value) else plain


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        raise Unfit("is a flag, not a whole number")
    if isinstance(value, str) and (found := _WHOLE.fullmatch(value)):
        value = int(found[1])
    if isinstance(value, (float, Decimal)):
        value = _whole(value)
    if not isinstance(value, int):
        raise Unfit("is not a whole number")
    if abs(value) >= 2**63:
        raise Unfit("is too large for a whole number of the API")
    return value


def _whole(value: float | Decimal) -> int:
    if not math.isfinite(value):
        raise Unfit("is not a finite number")
    if isinstance(value, float):
        value = without_noise(value)
    if value % 1 != 0:
        raise Unfit("is not a whole number")
    if isinstance(value, float) and abs(value) > EXACT:
        raise Unfit("is a float too large to be exact; use an integer")
    return int(value)


def _number(value: Any) -> int | float:
    if isinstance(value, bool):
        raise Unfit("is a flag, not a number")
    if isinstance(value, str):
        value = _parsed_number(value)
    if isinstance(value, Decimal):
        value = float(value)
    if not isinstance(value, (int, float)):
        raise Unfit("is not a number")
    if not math.isfinite(value):
        raise Unfit("is not a finite number")
    if isinstance(value, float) and abs(value) <= EXACT:
        value = without_noise(value)
        return int(value) if value.is_integer() else value
    return value


def _parsed_number(text: str) -> int | float:
    try:
        found = _WHOLE.fullmatch(text)
        return int(found[1]) if found else float(text)
    except ValueError:
        raise Unfit("is not a number") from None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _valid(str(value))
    # An external id that a CSV reader took for a number.
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        try:
            return NumberText(_integer(value))
        except Unfit:
            raise Unfit("is a number, not a text") from None
    raise Unfit("is not a text")


def _valid(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Unfit("holds half a character (a lone surrogate)") from None
    return text


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise Unfit("is neither True nor False")


def _date(value: Any) -> str:
    if isinstance(value, datetime):  # a Timestamp is one
        if value.tzinfo is not None and value.timetz().replace(tzinfo=None) == time(0):
            raise Unfit("has a time zone, and a date has none; use .dt.tz_localize(None)")
        if (value.hour, value.minute, value.second, value.microsecond) != (0, 0, 0, 0):
            raise Unfit(_timed(value))
        return value.strftime("%Y-%m-%d") if value.year > 999 else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, pd.Period) and value.freqstr == "D":
        return str(value)
    if isinstance(value, str):
        return _day_of_text(value)
    raise Unfit("is not a date")


@lru_cache(4096)
def _day_of_text(text: str) -> str:
    found = _DAY.fullmatch(text.strip())
    if found:
        try:
            return date.fromisoformat(found[1]).isoformat()
        except ValueError:
            pass
    raise Unfit("is not a date; write it as YYYY-MM-DD")


def _timed(value: datetime) -> str:
    """Return the words that say that a moment is no date, and how it becomes one."""
    if value.tzinfo is None:
        return "has a time of day, and a date has none; use .dt.normalize()"
    zone = value.tzname() if isinstance(value.tzinfo, timezone) else str(value.tzinfo)
    utc = "" if zone == "UTC" else f" and {value.astimezone(UTC):%Y-%m-%d} in UTC"
    return (
        f"has a time of day, and a date has none: it is {value:%Y-%m-%d} in {zone}{utc}. Say whose"
        " day is meant:"
        f" .dt.tz_convert({zone!r}).dt.tz_localize(None).dt.normalize(), or another zone's"
    )


def _timestamp(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            try:
                value = pd.Timestamp(value)
            except ValueError:
                raise Unfit("is not a moment in time") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime) or value is pd.NaT:
        raise Unfit("is not a moment in time")
    # A stamp without a zone is taken for UTC, as the API's own are.
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def is_later(one: str, other: str) -> bool:
    """Whether an encoded moment is later than another one, and not just rounded up to seconds."""
    try:
        return datetime.fromisoformat(one) - datetime.fromisoformat(other) > ROUNDED
    except ValueError:  # no moments, as the account had none
        return False


def jsonable(value: Any) -> Any:
    """Return any cell as JSON, for a column whose type nothing tells."""
    if is_missing(value):
        return None
    value = as_python(value)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    for types, encoder in PLAIN_ENCODERS:
        if isinstance(value, types):
            return encoder(value)
    raise Unfit(f"is a {type(value).__name__}, which JSON does not know")


def _whole_table(value: Any) -> Any:
    raise Unfit("is a whole table")


def _moment(value: datetime) -> str:
    midnight = value.replace(hour=0, minute=0, second=0, microsecond=0)
    return _date(value) if value.tzinfo is None and value == midnight else _timestamp(value)


# The first that fits: a moment is a day too, and a flag is a number.
PLAIN_ENCODERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    ((pd.DataFrame, pd.Series), _whole_table),
    (Mapping, lambda value: {str(name): jsonable(part) for name, part in value.items()}),
    ((list, tuple, set, frozenset), lambda value: [jsonable(part) for part in value]),
    (datetime, _moment),
    (date, date.isoformat),
    (bool, bool),
    ((int, float, Decimal), _number),
    (str, lambda value: _valid(str(value))),
)


def _nested(value: Any, field: Field) -> Any:
    value = _from_json(value) if isinstance(value, str) else jsonable(value)
    if field.type == "array":
        if not isinstance(value, list):
            raise Unfit("is not a list")
        if field.items is None:
            return value
        return [_item(part, field.items) for part in value]
    if isinstance(value, list) and field.name == "customFields":
        return value  # the other of the two forms the API has for them
    if not isinstance(value, dict):
        raise Unfit("is not an object (a dict)")
    return _object(value, field)


def _from_json(text: str) -> Any:
    """Return the list or object that a text holds: as JSON, or as ``to_csv`` writes it."""
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return text


def _item(value: Any, field: Field) -> Any:
    names: list[str]
    if field.kind != "nested":
        if value is None:
            raise Unfit("is a list with a missing element")
        return ENCODERS[field.kind](value)
    if not isinstance(value, dict):
        names = [part.name for part in field.fields]
        # A tag may go by its name or id alone, as expand(tags="list") gives it.
        if {"id", "name"} <= set(names) and isinstance(value, (str, int)):
            return {"name": value} if isinstance(value, str) else {"id": value}
        raise Unfit(f"is not a list of objects with {', '.join(names[:LIST_NAMES])}")
    return _object(value, field)


def _object(value: dict[str, Any], field: Field) -> dict[str, Any]:
    known = {f.name: f for f in field.fields}
    found = {}
    for name, part in value.items():
        if name not in known or part is None:
            found[name] = part
            continue
        try:
            found[name] = encode_cell(part, known[name])
        except Unfit as unfit:
            raise Unfit(f"has {name!r}, which {unfit}") from None
    return found


ENCODERS: dict[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "number": _number,
    "text": _text,
    "flag": _flag,
    "date": _date,
    "timestamp": _timestamp,
    "any": jsonable,
}


def refusal(value: Any, field: Field) -> str | None:
    """Return why the body of a write cannot hold an encoded value, or None if it can."""
    if value is None:
        return None if field.nullable else "cannot be null"
    if field.enum is not None and value not in field.enum:
        return f"is none of {', '.join(repr(one) for one in field.enum)}"
    find = REFUSALS.get(type(value))
    return find(value, field) if find else None


def _number_refusal(value: float, field: Field) -> str | None:
    if field.minimum is not None and value < field.minimum:
        return f"is below {field.minimum:g}"
    if field.maximum is not None and value > field.maximum:
        return f"is above {field.maximum:g}"
    return None


def _text_refusal(value: str, field: Field) -> str | None:
    if field.min_length is not None and len(value) < field.min_length:
        return "is empty" if field.min_length == 1 else "is too short"
    if field.max_length is not None and len(value) > field.max_length:
        return f"is longer than {field.max_length} characters"
    if field.format == "url" and not re.match(r"https?://[^\s/]+", value):
        return "is not an address (https://...)"
    return None


def _list_refusal(value: list[Any], field: Field) -> str | None:
    if field.min_items is not None and len(value) < field.min_items:
        return f"has fewer than {field.min_items} elements"
    if field.max_items is not None and len(value) > field.max_items:
        return f"has more than {field.max_items} elements"
    if field.items is None:
        return None
    for part in value:
        reason = refusal(part, field.items)
        if reason:
            return reason if isinstance(part, dict) else f"has an element that {reason}"
    return None


def _object_refusal(value: dict[str, Any], field: Field) -> str | None:
    for part in field.fields:
        if part.required and value.get(part.name) is None and not part.nullable:
            return f"lacks {part.name!r}"
        if value.get(part.name) is not None:
            reason = refusal(value[part.name], part)
            if reason:
                return f"has {part.name!r}, which {reason}"
    return None


REFUSALS: dict[type, Callable[[Any, Field], str | None]] = {
    int: _number_refusal,
    float: _number_refusal,
    str: _text_refusal,
    list: _list_refusal,
    dict: _object_refusal,
}


def same(one: Any, other: Any) -> bool:
    """Whether two encoded values mean the same: the order of a list of things does not count."""
    if _is_nothing(one):
        return _is_nothing(other)
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(_canonical, one)) == sorted(map(_canonical, other))
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return bool(one == other)


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the names of the encoded values that are not at first sight as they were."""
    pairs = ((name, value, old.get(name)) for name, value in new.items())
    return [
        name
        for name, value, was in pairs
        if value is not was
        and (type(value) not in _SIMPLE or type(value) is not type(was) or value != was)
    ]


def alike(sent: Any, shown: Any) -> bool:
    """Whether a value is what was sent, as a server may keep it.

    It may change the case, the blanks and the Unicode form of a text, write a number as text
    and a day as its midnight, leave out what is empty, and show more of an object than was sent.

    Examples
    --------
    >>> alike("Ann@Example.com ", "ann@example.com"), alike(7.5, "7.50"), alike(7.5, 7)
    (True, True, False)
    """
    if isinstance(sent, str) != isinstance(shown, str) and not (sent is None or shown is None):
        sent, shown = _number_in(sent), _number_in(shown)
    return same(_kept_as(sent), _kept_as(_like(shown, sent)))


def _number_in(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _like(shown: Any, sent: Any) -> Any:
    """Return what is shown of an object, or of each of a list, with the names that were sent."""
    if isinstance(shown, list) and isinstance(sent, list):
        names = {name for one in sent if isinstance(one, dict) for name in one}
        return [_only(one, names) if names else one for one in shown]
    return _only(shown, sent.keys()) if isinstance(sent, dict) else shown


def _only(value: Any, names: Collection[str]) -> Any:
    whole = not isinstance(value, dict)
    return value if whole else {name: value[name] for name in value if name in names}


def _kept_as(value: Any) -> Any:
    """Return one form of all that a server may make of a value."""
    if isinstance(value, str):
        text = normalize("NFC", " ".join(value.split()))
        day = _DAY.fullmatch(text.removesuffix("Z").removesuffix("+00:00"))
        return day[1] if day else normalize("NFC", text.casefold())
    if isinstance(value, list):
        return [_kept_as(one) for one in value]
    if isinstance(value, dict):
        return {name: _kept_as(one) for name, one in value.items() if not _is_nothing(one)}
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def trimmed(value: Any, field: Field) -> Any:
    """Return a value with only what the body of a write takes of it; of a moment its day."""
    if isinstance(value, str):
        return value[:10] if field.kind == "date" else value
    if isinstance(value, list) and field.items is not None:
        return [trimmed(part, field.items) for part in value]
    if isinstance(value, dict) and field.fields:
        return {part.name: value[part.name] for part in field.fields if part.name in value}
    return value
