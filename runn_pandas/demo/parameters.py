"""Parameters of a request, checked against the catalogue as strictly as by the real server."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from runn_pandas.catalog import Field, Operation, Parameter
from runn_pandas.demo.dates import parse_date, parse_instant
from runn_pandas.demo.refusals import refused

__all__ = ["read_parameters"]

_INTEGER = re.compile(r"[+-]?\d{1,308}(\.0*)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_PLACES = {"path": "params", "query": "querystring"}


def read_parameters(
    operation: Operation, places: Mapping[str, str], query: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """Return an operation's parameters as values, defaults filled in.

    Dates stay text; moments become text that sorts by time (`dates.parse_instant`). Keys of the
    query that the contract does not know are ignored.

    Raises
    ------
    Refusal
        If a parameter is missing, given twice or not what the contract says.
    """
    sent: dict[str, list[str]] = {}
    for name, text in query:
        sent.setdefault(name, []).append(text)
    found = {"path": {name: [text] for name, text in places.items()}, "query": sent}
    return {
        parameter.name: _read(operation, parameter, found[parameter.location].get(parameter.name))
        for parameter in operation.parameters
        if parameter.location in found
    }


def _read(operation: Operation, parameter: Parameter, texts: list[str] | None) -> Any:
    at = f"{_PLACES[parameter.location]}/{parameter.name}"
    if texts is None:
        if parameter.required and parameter.default is None:
            message = f"querystring must have required property '{parameter.name}'"
            raise refused(operation, message)
        return parameter.default
    if parameter.type == "array" and parameter.items is not None:
        items = parameter.items
        return [_value(operation, items, text, f"{at}/{n}") for n, text in enumerate(texts)]
    if len(texts) > 1:
        raise refused(operation, f"{at} must be {parameter.type}")
    return _value(operation, parameter, texts[0], at)


def _value(operation: Operation, field: Field, text: str, at: str) -> Any:
    value = _coerced(field.type, text)
    if value is None:
        raise refused(operation, f"{at} must be {field.type}")
    if field.enum is not None and value not in field.enum:
        raise refused(operation, f"{at} must be equal to one of the allowed values")
    if field.minimum is not None and value < field.minimum:
        raise refused(operation, f"{at} must be >= {field.minimum:g}")
    if field.maximum is not None and value > field.maximum:
        raise refused(operation, f"{at} must be <= {field.maximum:g}")
    if field.format in FORMATS:
        value = FORMATS[field.format](text)
        if value is None:
            raise refused(operation, f'{at} must match format "{field.format}"')
    return value


def _coerced(kind: str | tuple[str, ...], text: str) -> Any:
    """Return the value that a text stands for, or None if it stands for none of this type."""
    if kind == "integer":
        return int(text.partition(".")[0]) if _INTEGER.fullmatch(text) else None
    if kind == "number":
        number = float(text) if _NUMBER.fullmatch(text) else math.inf
        return number if math.isfinite(number) else None
    if kind == "boolean":
        return {"true": True, "false": False}.get(text)
    return text


def _moment(text: str) -> str | None:
    """Return a date as its first moment, or a date-time."""
    day = parse_date(text)
    return f"{day}T00:00:00.000000" if day else parse_instant(text)


FORMATS = {"date": parse_date, "date-time": parse_instant, "date or date-time": _moment}
