"""Rows as they came, beside what the contract says of them: names of fields and counts only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runn_pandas.catalog import Field, Resource
from runn_pandas.frame.fitting import FITS

# A field's name may be anything, even somebody's: only what looks like one of the API's is shown.
NAME = re.compile(r"[a-z][A-Za-z0-9_]{0,39}", re.ASCII)
UNNAMED = "(a name that is not shown)"
DAY = r"\d{4}-\d{2}-\d{2}"
FORMS = {
    "date": re.compile(DAY, re.ASCII),
    "timestamp": re.compile(DAY + r"T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})", re.ASCII),
}

Row = dict[str, Any]
# By the path of a field and what is wrong with it: in how many values that is so.
Differences = Counter[tuple[str, str]]


def differences(rows: Iterable[Mapping[str, Any]], resource: Resource) -> Differences:
    """Return in what rows differ from the contract, never with a value of theirs."""
    found: Differences = Counter()
    for row in rows:
        _compare_record(row, resource.fields, "", found)
    return found


def _compare_record(
    row: Mapping[str, Any], fields: Sequence[Field], place: str, found: Differences
) -> None:
    known = {field.name: field for field in fields}
    for name in row:
        if name not in known:
            found[place + safe_name(name), "is not in the contract"] += 1
    for name, field in known.items():
        if name in row:
            _compare_value(row[name], field, place + name, found)
        elif field.required:
            found[place + name, "is missing"] += 1


def _compare_value(value: Any, field: Field, place: str, found: Differences) -> None:
    wrong = wrong_about(value, field)
    if wrong:
        found[place, wrong] += 1
    elif isinstance(value, list) and field.items is not None:
        for one in value:
            _compare_value(one, field.items, f"{place}[]", found)
    elif isinstance(value, dict) and field.fields:
        _compare_record(value, field.fields, f"{place}.", found)


def wrong_about(value: Any, field: Field) -> str:
    """Return what is wrong about a value, without showing it; empty if it is as promised.

    Examples
    --------
    >>> wrong_about(None, Field("email", "string")), wrong_about(7.5, Field("roleId", "number"))
    ('is null', 'is no integer')
    """
    if isinstance(field.type, tuple):
        return ""
    if value is None:
        return "" if field.nullable else "is null"
    if field.kind == "nested":
        return "" if isinstance(value, list if field.type == "array" else dict) else "is not nested"
    if not _is_a(field.kind, value):
        return f"is no {field.kind}"
    return "is none of the contract's choices" if field.enum and value not in field.enum else ""


def _is_a(kind: str, value: Any) -> bool:
    form = FORMS.get(kind)
    return FITS[kind](value) and (form is None or form.fullmatch(value) is not None)


def safe_name(name: object) -> str:
    """Return the name of an unknown field, if it can be no text of the account.

    Examples
    --------
    >>> safe_name("newField"), safe_name("Ann Smith <ann@example.com>")
    ('newField', '(a name that is not shown)')
    """
    return name if isinstance(name, str) and NAME.fullmatch(name) else UNNAMED


def in_words(found: Differences, most: int = 6) -> str:
    """Return differences as a text: the most frequent ones, and how many there are more."""
    words = [f"{name} {what} ({count}x)" for (name, what), count in found.most_common(most)]
    more = len(found) - len(words)
    return "; ".join(words) + (f"; and {more} more" if more > 0 else "")
