"""Values of records in a few words: what a plan shows of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WIDTH = 60  # characters of a value
# By field and id what lists have by id, such as tags.
Names = Mapping[tuple[str, Any], str]
Difference = tuple[str, str, str]  # what of a field, its old value and its new one


def full_name(row: Mapping[str, Any]) -> str:
    """Return the first and the last name of a person."""
    return " ".join(str(row[name]) for name in ("firstName", "lastName") if row.get(name))


def span(row: Mapping[str, Any]) -> str:
    """Return the days from which and to which a record is."""
    first, last = row.get("startDate"), row.get("endDate")
    if first and last:
        return f"{first} to {last}"
    return f"from {first}" if first else f"until {last}" if last else ""


def in_words(field: str, value: Any, names: Names) -> list[str]:
    """Return a field with its value; of a list or an object each part."""
    if not isinstance(value, (list, dict)):
        what = field.removesuffix("Id") if field != "id" else field
        return [f"{what} {short(value)}"]
    parts = field_parts(field, None, value, names)
    return [part if new == "there" else f"{part} {new}" for part, _, new in parts]


def short(value: Any) -> str:
    """Return a value in a few characters.

    Examples
    --------
    >>> short(None), short("E0002"), short(480)
    ('nothing', "'E0002'", '480')
    """
    shown = "nothing" if value is None else repr(value)
    return shown if len(shown) <= WIDTH else shown[: WIDTH - 3] + "..."


def field_parts(field: str, old: Any, new: Any, names: Names) -> list[Difference]:
    """Return what of a field changes: of a list or an object only those parts, each by its name.

    Examples
    --------
    >>> field_parts("references", [], [{"referenceName": "Harvest", "externalId": "7"}], {})
    [('references.Harvest', 'nothing', "'7'")]
    """
    was, now = _by_name(field, old, names), _by_name(field, new, names)
    if was is not None and now is not None:
        keys = [key for key in {**was, **now} if was.get(key) != now.get(key)]
        if keys:
            none = "nothing"
            return [(f"{field}.{k}", was.get(k, none), now.get(k, none)) for k in keys]
    return [(field, short(old), short(new))]


def _by_name(field: str, value: Any, names: Names) -> dict[str, str] | None:
    """Return the parts of a value in words, by name; None if it has none."""
    if isinstance(value, dict):
        return {str(key): short(part) for key, part in value.items() if part is not None}
    if value is not None and not isinstance(value, list):
        return None
    found: dict[str, str] = {}
    for item in value or ():
        named = _named(field, item, names)
        if named is None:
            return None
        key, at = named[0], 1
        while key in found:
            at += 1
            key = f"{named[0]}#{at}"
        found[key] = named[1]
    return found


def _named(field: str, item: Any, names: Names) -> tuple[str, str] | None:
    """Return the name of a list's element, and what else it says; None if it has no name."""
    if not isinstance(item, dict):
        return str(item), "there"
    if "referenceName" in item:
        return str(item["referenceName"]), short(item.get("externalId"))
    own = item.get("id")
    name = names.get((field, own)) or item.get("name") or own
    if name is None:
        return None
    rest = {k: v for k, v in item.items() if k not in ("id", "name") and v is not None}
    return str(name), short(rest) if rest else "there"
