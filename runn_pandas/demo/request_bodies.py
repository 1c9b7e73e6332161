"""JSON bodies, checked against the catalogue as Fastify and ajv check them, without coercion."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection
from typing import Any

from runn_pandas.catalog import Field, Operation
from runn_pandas.demo.dates import parse_date, parse_instant
from runn_pandas.demo.refusals import Refusal

__all__ = ["check_body", "parse_body"]

# The largest whole number that a column holds, and the largest amount.
_WHOLE, _AMOUNT = 2**31 - 1, 1e15

_URL = re.compile(r"(https?|ftp)://[^\s/?#]+\S*", re.IGNORECASE)


def parse_body(content_type: str, raw: bytes) -> Any:
    """Return what a request carries as JSON, or None if it carries nothing.

    Raises
    ------
    Refusal
        If the body is empty although its type is announced, of another type, or not JSON.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media == "application/json":
        if not raw:
            message = "Body cannot be empty when content-type is set to 'application/json'"
            raise Refusal(400, message, "FST_ERR_CTP_EMPTY_JSON_BODY")
        try:
            return json.loads(raw.decode("utf-8"), parse_constant=_no_number)
        except (ValueError, RecursionError):
            message = "Body is not valid JSON but content-type is set to 'application/json'"
            raise Refusal(400, message, "FST_ERR_CTP_INVALID_JSON_BODY") from None
    if raw:
        message = f"Unsupported Media Type: {media}"
        raise Refusal(415, message, "FST_ERR_CTP_INVALID_MEDIA_TYPE")
    return None


def _no_number(text: str) -> Any:
    raise ValueError(text)


def check_body(operation: Operation, body: Any) -> Any:
    """Return a body as the operation's handler takes it.

    What the contract does not know is dropped, defaults are filled in (not by a PATCH, which is
    about what was sent and nothing else), whole numbers are integers however they were written.
    A PATCH may send null, or ``""`` for a text, to unset what a record may have as null.

    Raises
    ------
    Refusal
        With ajv's words and the path to what is wrong.
    """
    if operation.body is None:
        return None
    patch = operation.method == "PATCH"
    answer = operation.answer
    unset = {f.name for f in answer.fields if f.nullable} if patch and answer else set()
    return _value(operation.body, body, "body", defaults=not patch, unset=unset)


def _value(
    field: Field, value: Any, at: str, *, defaults: bool = True, unset: Collection[str] = ()
) -> Any:
    if value is None and field.nullable:
        return None
    kinds = _kinds_of(field, value, at)
    if isinstance(value, dict):
        value = _object(field, value, at, defaults, unset)
    elif isinstance(value, list):
        value = _array(field, value, at, defaults)
    elif isinstance(value, str):
        value = _text(field, value, at)
    elif not isinstance(value, bool):
        value = _number(field, value, at, kinds)
    if field.enum is not None and value not in field.enum:
        raise Refusal(400, f"{at} must be equal to one of the allowed values")
    return value


def _kinds_of(field: Field, value: Any, at: str) -> tuple[str, ...]:
    """Return the types that a field may have; refuse a value of none of them."""
    kinds = field.type if isinstance(field.type, tuple) else (field.type,)
    if not any(_TYPES[kind](value) for kind in kinds):
        wanted = [*kinds, "null"] if field.nullable else kinds
        raise Refusal(400, f"{at} must be {','.join(wanted)}")
    return kinds


def _object(
    field: Field, value: dict[str, Any], at: str, defaults: bool, unset: Collection[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in field.fields:
        if part.name in value:
            one = value[part.name]
            if part.name in unset and _unsets(part, one):
                found[part.name] = None
            else:
                found[part.name] = _value(part, one, f"{at}/{part.name}", defaults=defaults)
        elif part.default is not None and defaults:
            found[part.name] = part.default
        elif part.required:
            raise Refusal(400, f"{at} must have required property '{part.name}'")
    _check_alternatives(field, found, at)
    return found


def _check_alternatives(field: Field, found: dict[str, Any], at: str) -> None:
    if field.alternatives and not any(found.keys() >= set(one) for one in field.alternatives):
        missing = next(name for name in field.alternatives[0] if name not in found)
        raise Refusal(400, f"{at} must have required property '{missing}'")


def _unsets(field: Field, value: Any) -> bool:
    """Whether a value empties a field that may be empty."""
    empty = value is None or (value == "" and field.type == "string")
    return empty and not (field.min_length or field.required)


def _array(field: Field, value: list[Any], at: str, defaults: bool) -> list[Any]:
    if field.min_items is not None and len(value) < field.min_items:
        raise Refusal(400, f"{at} must NOT have fewer than {field.min_items} items")
    if field.max_items is not None and len(value) > field.max_items:
        raise Refusal(400, f"{at} must NOT have more than {field.max_items} items")
    items = field.items
    if items is not None:
        value = [_value(items, one, f"{at}/{n}", defaults=defaults) for n, one in enumerate(value)]
    if field.unique_items:
        for n, one in enumerate(value):
            if one in value[:n]:
                pair = f"items ## {value.index(one)} and {n} are identical"
                raise Refusal(400, f"{at} must NOT have duplicate items ({pair})")
    return value


def _text(field: Field, value: str, at: str) -> str:
    # Half a character, which JSON can say and UTF-8 cannot.
    value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if field.min_length is not None and len(value) < field.min_length:
        raise Refusal(400, f"{at} must NOT have fewer than {field.min_length} characters")
    if field.max_length is not None and len(value) > field.max_length:
        raise Refusal(400, f"{at} must NOT have more than {field.max_length} characters")
    if field.format in _FORMATS and not _FORMATS[field.format](value):
        raise Refusal(400, f'{at} must match format "{field.format}"')
    return value


def _number(field: Field, value: float, at: str, kinds: tuple[str, ...]) -> float:
    if field.minimum is not None and value < field.minimum:
        raise Refusal(400, f"{at} must be >= {field.minimum:g}")
    most = _WHOLE if "integer" in kinds else _AMOUNT
    if field.maximum is not None:
        most = min(most, field.maximum)
    if value > most:
        raise Refusal(400, f"{at} must be <= {most:.15g}")
    if value < -most:
        raise Refusal(400, f"{at} must be >= {-most:.15g}")
    return int(value) if value == int(value) else value


def _finite(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": _finite,
    "integer": lambda value: _finite(value) and value == int(value),
}

_FORMATS: dict[str, Callable[[str], object]] = {
    "date": parse_date,
    "date-time": parse_instant,
    "url": _URL.fullmatch,
}
