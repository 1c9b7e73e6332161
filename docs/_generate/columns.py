"""What a push does with each column of a resource, and of which type it is, from the catalogue."""

from __future__ import annotations

from typing import NamedTuple

from runn_pandas.catalog import Field
from runn_pandas.catalog.writes import Writable
from runn_pandas.frame.types import RAW, typed
from runn_pandas.push.kinds import kind_of

OWN_REQUESTS = "sent, by requests of its own"
IGNORED = "ignored: Runn sets it"


class Column(NamedTuple):
    """A column, as the page of its resource shows it."""

    name: str
    dtype: str
    values: str
    new: str = ""  # what a push does with it in a new row
    existing: str = ""  # ... and in one that is there


def dtype(field: Field) -> str:
    """Return the dtype that a field has in a frame."""
    return str(typed([], field.kind, "default").dtype) if field.kind in RAW else "object"


def values(field: Field) -> str:
    """Return which values a field has: those of a menu, or what is in it."""
    said = []
    if field.enum:
        said.append(", ".join(f"`{value}`" for value in field.enum if value is not None))
    if field.type == "array" and field.items is not None:
        said.append(f"list of {_inner(field.items)}")
    elif field.fields:
        said.append(_inner(field))
    if field.nullable:
        said.append("may be missing")
    return "; ".join(said)


def _inner(field: Field) -> str:
    names = ", ".join(f"`{one.name}`" for one in field.fields)
    return f"records of {names}" if names else _plain(field)


def _plain(field: Field) -> str:
    words = {"integer": "whole numbers", "number": "numbers", "text": "texts", "nested": "records"}
    return words.get(field.kind, f"{field.kind}s")


def in_a_new_row(writable: Writable, name: str) -> str:
    """Return what a push does with a column of a row that it makes."""
    if writable.create is None:
        return "no new rows" if name in writable.key else ""
    if name == "id" and writable.has_id:
        return "left out: Runn gives it"
    if name in writable.parts:
        return OWN_REQUESTS
    spec = writable.create_fields.get(name)
    if spec is not None:
        return "**required**" if _is_required(writable, spec) else "sent"
    if name in writable.places.values():
        return "**required**, in the address"
    if name in writable.update_fields:
        return "sent, by a second request"
    return IGNORED


def _is_required(writable: Writable, spec: Field) -> bool:
    may_be_left_out = spec.default is not None or spec.nullable
    return spec.required and not may_be_left_out and spec.name not in writable.may_be_empty


def in_an_existing_row(writable: Writable, name: str) -> str:
    """Return what a push does with a column of a row that the account has."""
    kind = kind_of(writable)
    if not writable.key:
        return ""
    if name in writable.key:
        others = [f"`{one}`" for one in writable.key if one != name]
        return "says which row" + (f", with {' and '.join(others)}" if others else "")
    if name == "updatedAt":
        return "its version: shows what others changed since"
    if name in writable.parts:
        return f"{OWN_REQUESTS}, if it differs"
    spec = writable.update_fields.get(name)
    if spec is None and name not in writable.read_fields:
        return f"not compared: {writable.afterwards}"
    if spec is None or name in writable.places.values():
        return f"refused if it differs: {kind.refusal_of(name).removeprefix('is read-only: ')}"
    if name in kind.natural_key:
        return "sent if it differs; says which row, where there is no id"
    return f"sent if it differs{_unset(writable, name)}"


def _unset(writable: Writable, name: str) -> str:
    value, reason = kind_of(writable).unset(name)
    if reason:
        return "; cannot be unset"
    return "; NA makes it empty" if value is not None else "; NA unsets it"


def columns(fields: dict[str, Field], writable: Writable | None) -> list[Column]:
    """Return a resource's columns in the contract's order; what only a push takes comes last."""
    found = {}
    for name, field in fields.items():
        new = in_a_new_row(writable, name) if writable else ""
        old = in_an_existing_row(writable, name) if writable else ""
        found[name] = Column(name, dtype(field), values(field), new, old)
    for name, field in (writable.fields if writable else {}).items():
        if name not in found and writable is not None and name in writable.written:
            new, old = in_a_new_row(writable, name), in_an_existing_row(writable, name)
            found[name] = Column(name, dtype(field), values(field), new, old)
    return list(found.values())
