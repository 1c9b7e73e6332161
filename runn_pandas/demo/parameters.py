"""What a caller sends, checked against the catalogue as strictly as the real server would."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from runn_pandas.catalog import Field, Operation
from runn_pandas.demo.days import parse_date, parse_instant

__all__ = ["Refusal", "read"]

PHRASES = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
}

_INTEGER = re.compile(r"[+-]?\d{1,308}(\.0*)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_PLACES = {"path": "params", "query": "querystring"}


class Refusal(Exception):
    """An answer that is not a success: its status, what it says, and Fastify's own code."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code

    @property
    def body(self) -> dict[str, Any]:
        """The documented shape of an error."""
        code = {"code": self.code} if self.code else {}
        return code | {
            "error": PHRASES[self.status],
            "message": self.message,
            "statusCode": self.status,
        }


def refused(operation: Operation, message: str) -> Refusal:
    """Refuse what was sent, with a status that the contract knows for the operation."""
    only_missing = 404 in operation.statuses and 400 not in operation.statuses
    return Refusal(404 if only_missing else 400, message)


def read(
    operation: Operation, places: Mapping[str, str], query: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """Give an operation's parameters as values, defaults filled in.

    Dates stay text; moments become text that sorts by time (`days.parse_instant`). Keys of the
    query that the contract does not know are ignored.

    Raises
    ------
    Refusal
        If a parameter is missing, given twice or not what the contract says.
    """
    sent: dict[str, list[str]] = {}
    for name, text in query:
        sent.setdefault(name, []).append(text)
    values: dict[str, Any] = {}
    for parameter in operation.parameters:
        if parameter.location not in _PLACES:
            continue
        in_path = parameter.location == "path"
        texts = [places[parameter.name]] if in_path else sent.get(parameter.name)
        at = f"{_PLACES[parameter.location]}/{parameter.name}"
        if texts is None:
            if parameter.required and parameter.default is None:
                message = f"querystring must have required property '{parameter.name}'"
                raise refused(operation, message)
            values[parameter.name] = parameter.default
        elif parameter.type == "array" and parameter.items is not None:
            values[parameter.name] = [
                _value(operation, parameter.items, text, f"{at}/{n}")
                for n, text in enumerate(texts)
            ]
        elif len(texts) > 1:
            raise refused(operation, f"{at} must be {parameter.type}")
        else:
            values[parameter.name] = _value(operation, parameter, texts[0], at)
    return values


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
    """The value that a text stands for, or None if it stands for none of this type."""
    if kind == "integer":
        return int(text.partition(".")[0]) if _INTEGER.fullmatch(text) else None
    if kind == "number":
        number = float(text) if _NUMBER.fullmatch(text) else math.inf
        return number if math.isfinite(number) else None
    if kind == "boolean":
        return {"true": True, "false": False}.get(text)
    return text


def _moment(text: str) -> str | None:
    """A date, meaning its first moment, or a date-time."""
    day = parse_date(text)
    return f"{day}T00:00:00.000000" if day else parse_instant(text)


FORMATS = {"date": parse_date, "date-time": parse_instant, "date or date-time": _moment}
