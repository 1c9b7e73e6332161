"""Checks of what a user asks for, before anything is sent."""

from __future__ import annotations

import datetime as dt
import numbers
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from runn_pandas.catalog.resources import SPANS, Field, Resource
from runn_pandas.errors import FilterError

# The other family of date filters: an API that ignores a wrong one returns everything.
DATE_FILTERS = ("minDate", "maxDate", "startDate", "endDate", "occurredAfter")
# Not 01/02/2026, which is two days, nor "jan", which pandas reads as well.
YEAR_FIRST = re.compile(r"\d{4}(-|/|\.|\d{4}|$)|\d{4}[Qq]")
# Or it names its month, so that it cannot be taken for a day.
MONTH_NAMED = re.compile(r"(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b.*\d{4}")
LAST = ("maxDate", "endDate")
DATE_WORDS = frozenset({*DATE_FILTERS, "start", "end", "date", "from", "to", "since", "until"})

# What other readers of pandas call it, and what does it here.
HABITS = {
    **dict.fromkeys(
        ("limit", "cursor", "nrows"),
        "Every page is read to the end; for a part of a list use chunksize=, a filter, or .head().",
    ),
    "usecols": "The columns to keep are columns=.",
    "dtype": "Types are those of the API; dtype_backend= takes pandas' other ones.",
    "parse_dates": "Dates are read as dates already.",
    "iterator": "chunksize= gives an iterator.",
    "index": "The columns of the index are index_col=.",
    "freq": "Periods are of rp.hours, rp.report and the other analyses.",
    "by": "Groups are of rp.hours, rp.report and the other analyses.",
}


def check_filters(
    resource: Resource, filters: Mapping[str, Any], in_place: Mapping[str, str]
) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """Return a user's filters as path values and a query, or say what is wrong with them.

    Parameters
    ----------
    resource : Resource
        What is read.
    filters : mapping
        The filters by name, path parameters among them; None means not given.
    in_place : mapping
        Path parameters that stood in the resource's name.

    Returns
    -------
    path : dict of str to list
        For each path parameter its values, one for each request chain, all of one length.
    query : dict
        The query to send, always-sent parameters included.

    Raises
    ------
    FilterError
        For an unknown name, a missing path parameter, or a value the API does not take.
    """
    given = {name: value for name, value in filters.items() if value is not None}
    known = {p.name: p for p in resource.filters}
    places = {p.name: p for p in resource.path_parameters}
    if twice := in_place.keys() & given.keys():
        raise FilterError(f"{min(twice)} is given twice: in {resource.name!r} and as a filter.")
    path: dict[str, list[Any]] = {}
    query: dict[str, Any] = {}
    for name, value in {**in_place, **given}.items():
        if name in places:
            path[name] = _places(resource, places[name], value)
        elif name in known:
            query[name] = check_value(resource, known[name], value)
        else:
            raise FilterError(_unknown(resource, name))
    _check_spans(resource, query)
    return _paired(resource, path, given), {**resource.always_sent, **query}


def _paired(
    resource: Resource, path: Mapping[str, list[Any]], given: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """Return the values of all places in pairs: what is no list goes with each of a list."""
    lengths = {name: len(path[name]) for name in path if _is_list_of_places(given.get(name))}
    _check_places(resource, path, lengths)
    count = next(iter(lengths.values()), 1)
    names = [parameter.name for parameter in resource.path_parameters]
    return {name: path[name] if name in lengths else path[name] * count for name in names}


def _check_spans(resource: Resource, query: Mapping[str, Any]) -> None:
    for first, last in SPANS:
        if first in query and last in query and query[first] > query[last]:
            raise FilterError(
                f"{first} {query[first]} of {resource.name!r} is after {last} {query[last]}."
            )


def _check_places(
    resource: Resource, path: Mapping[str, list[Any]], lengths: Mapping[str, int]
) -> None:
    missing = [p.name for p in resource.path_parameters if p.name not in path]
    if missing:
        example = f'rp.read_runn("{resource.name}", {missing[0]}=...)'
        raise FilterError(
            f"{resource.name!r} needs {' and '.join(missing)}: give a value, or a list or Series"
            f" of values, as in {example}."
        )
    if len(set(lengths.values())) > 1:
        has = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise FilterError(
            f"The lists for {resource.name!r} are taken in pairs, so they need one length: {has}."
        )


def _is_list_of_places(value: Any) -> bool:
    return _is_listing(value) and not hasattr(value, "columns")


def _places(resource: Resource, parameter: Field, value: Any) -> list[Any]:
    values = list(value) if _is_list_of_places(value) else [value]
    if _is_list_of_places(value) and any(map(_is_missing, values)):
        raise FilterError(
            f"The list for {parameter.name} of {resource.name!r} has missing values; leave them"
            " out with .dropna()."
        )
    return [_place(resource, parameter, one) for one in values]


def _place(resource: Resource, parameter: Field, value: Any) -> Any:
    if _is_listing(value) or hasattr(value, "columns"):
        raise FilterError(
            f"{parameter.name} of {resource.name!r} takes a value, or one list or Series of values."
        )
    sent = check_value(resource, parameter, value)
    # An empty or dotted step would turn the path into another one.
    if str(sent).strip(".") == "":
        raise FilterError(f"{parameter.name} of {resource.name!r} takes a value, not {value!r}.")
    return sent


def check_value(resource: Resource, parameter: Field, value: Any) -> Any:
    """Return a filter's value as the API spells it, or raise a FilterError."""
    name = parameter.name
    if parameter.items is not None:
        values = list(value) if _is_listing(value) else [value]
        return [_scalar(resource, name, parameter.items, one) for one in values]
    if _is_listing(value):
        columns = {field.name for field in resource.fields}
        hint = (
            f" Leave the filter out and select afterwards: df[df[{name!r}].isin(values)]."
            if name in columns
            else ""
        )
        raise FilterError(f"{resource.name!r} takes one value for {name}, not a list.{hint}")
    return _scalar(resource, name, parameter, value)


def _scalar(resource: Resource, name: str, parameter: Field, value: Any) -> Any:
    if _is_missing(value):
        raise FilterError(
            f"{name} of {resource.name!r} is missing ({value!r}); leave it out instead."
        )
    kinds: dict[str, tuple[Callable[[Any], Any], str]] = {
        "integer": (_integer, "a whole number"),
        # The only filters of type number are ids.
        "number": (_integer, "a whole number"),
        "boolean": (_flag, "True or False"),
        "date": (_last if name in LAST else _first, "a date, such as '2026-01-31'"),
        "date-time": (_timestamp, "a moment, such as '2026-01-31T09:00:00Z'"),
        "date or date-time": (_date_or_timestamp, "a date or a moment"),
        "string": (_text, "a text"),
    }
    kind = parameter.format if parameter.format in kinds else str(parameter.type)
    convert, wanted = kinds[kind or "string"]
    try:
        sent = convert(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise FilterError(
            f"{name} of {resource.name!r} takes {wanted}, not {_shown(value)}."
        ) from error
    if parameter.enum is not None and sent not in parameter.enum:
        choices = ", ".join(repr(v) for v in parameter.enum)
        raise FilterError(
            f"{name} of {resource.name!r} is one of {choices}, not {_shown(value)}."
            f"{_did_you_mean(str(sent), parameter.enum)}"
        )
    return sent


def _did_you_mean(word: str, known: Iterable[Any]) -> str:
    folded = {str(name).lower(): name for name in known}
    near = get_close_matches(word.lower(), folded, 1, 0.6)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _is_missing(value: Any) -> bool:
    import pandas as pd

    return not _is_listing(value) and bool(pd.isna(value))


def _is_listing(value: Any) -> bool:
    if isinstance(value, (str, bytes, Mapping)):
        return False
    return isinstance(value, Iterable) and getattr(value, "ndim", 1) > 0


def _integer(value: Any) -> int:
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        raise TypeError
    if isinstance(value, str):
        if not re.fullmatch(r"-?[0-9]+", value.strip()):
            raise ValueError
        return int(value)
    if not isinstance(value, numbers.Number) and not hasattr(value, "__index__"):
        raise TypeError
    whole = int(value)
    if whole != value:
        raise ValueError
    return int(whole)


def _flag(value: Any) -> bool:
    if isinstance(value, str):
        words = {"true": True, "false": False}
        if value.lower() not in words:
            raise ValueError
        return words[value.lower()]
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise TypeError


def _text(value: Any) -> str:
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise TypeError
    # A blank filter is none: the API would answer with everything.
    if not value.strip():
        raise ValueError
    value.encode("utf-8")
    return value


def moment(value: Any, *, last: bool = False) -> Any:
    """Return the moment a value names; of a span, such as a month, its first or its last day.

    A text begins with the year or names its month: pandas would read "01/06/2026" as 6 January.

    Raises
    ------
    ValueError, TypeError
        If it names none.
    """
    import numpy as np
    import pandas as pd

    if isinstance(value, str):
        if not YEAR_FIRST.match(value.strip()) and not MONTH_NAMED.search(value):
            raise ValueError
        span = pd.Period(value)
        if span.freqstr[0] in "MQYA":
            value = span
    if isinstance(value, pd.Period):
        return value.end_time if last else value.start_time
    # pandas reads a number as nanoseconds since 1970, which is never what a date filter means.
    if not isinstance(value, (str, dt.date, np.datetime64)):
        raise TypeError
    found = pd.Timestamp(value)
    if pd.isna(found):
        raise ValueError
    return found


def _first(value: Any) -> str:
    # The day as the user wrote it: a business date is never shifted between zones.
    return str(moment(value).date().isoformat())


def _last(value: Any) -> str:
    return str(moment(value, last=True).date().isoformat())


def _timestamp(value: Any) -> str:
    found = moment(value)
    found = found.tz_localize("UTC") if found.tzinfo is None else found.tz_convert("UTC")
    return str(found.replace(tzinfo=None).isoformat()[:19] + "Z")


def _date_or_timestamp(value: Any) -> str:
    if isinstance(value, str):
        text = value.strip()
        return _first(text) if len(text) <= 10 else _timestamp(text)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return _first(value)
    return _timestamp(value)


def _unknown(resource: Resource, name: str) -> str:
    known = [p.name for p in (*resource.path_parameters, *resource.filters)]
    offer = f"Its filters are {', '.join(known)}." if known else "It has no filters."
    what = f"{resource.name!r} has no filter {name!r}."
    if name in HABITS:
        return f"{what} {HABITS[name]} {offer}"
    first, *others = name.split("_")
    camel = first + "".join(word[:1].upper() + word[1:] for word in others)
    if camel in DATE_WORDS:
        dates = [date for date in DATE_FILTERS if date in known]
        if dates:
            return f"{what} It filters dates by {' and '.join(dates)}. {offer}"
        whole = "It cannot be filtered by date: read it whole and select by its columns."
        return f"{what} {whole} {offer}"
    column = next((field.name for field in resource.fields if field.name in (name, camel)), None)
    if column is None:
        return f"{what}{_did_you_mean(camel, known)} {offer}"
    selected = f"df[df[{column!r}] == ...]"
    return f"{what} It is a column: read the list and select by it, {selected}. {offer}"
