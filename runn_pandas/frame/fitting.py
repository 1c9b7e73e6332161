"""Which kinds of the catalogue a value that was sent fits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

EXACT_FLOAT = 2**53
ALL_WHOLE = 2**52  # from here on no float has a fraction, whatever was sent


def is_whole_float(value: Any) -> bool:
    """Whether a value is a float that is a whole number, as it was sent."""
    return isinstance(value, float) and value.is_integer() and abs(value) < ALL_WHOLE


def _is_integer(value: Any) -> bool:
    if isinstance(value, float):
        return is_whole_float(value)
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def is_number(value: Any) -> bool:
    """Whether a value is a number that a float holds as it was sent."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < EXACT_FLOAT


def is_text(value: Any) -> bool:
    """Whether a value is a text."""
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _never(value: Any) -> bool:
    return False


FITS: dict[str, Callable[[Any], bool]] = {
    "integer": _is_integer,
    "number": is_number,
    "text": is_text,
    "flag": _is_flag,
    "date": is_text,
    "timestamp": is_text,
    "any": _never,
}
# Of each kind the type all of whose values fit, so that they need not be looked at one by one: of
# whole numbers those that Arrow takes.
PLAIN = {"integer": int, "text": str, "date": str, "timestamp": str, "flag": bool}
# The kinds that a field which the catalogue does not know may be, the narrowest first.
UNKNOWN = ("flag", "integer", "number", "text")


def all_fit(values: Sequence[Any], kind: str) -> bool:
    """Whether all values that are there fit a kind, if Arrow takes them."""
    if set(map(type, values)) <= {PLAIN.get(kind), type(None)}:
        return True
    return all(value is None or FITS[kind](value) for value in values)
