"""Values of records in a few words: what a plan shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from runn_pandas.frame.expanded import NOTHING
from runn_pandas.html import cut

WIDTH = 60  # characters of a value
NAME = 40  # characters of a name beside its id
MAIN = 7  # fields of a new row
# Told of a new row first, and without their names, for they speak for themselves.
PLAIN = ("name", "title", "email", "date")
WHOSE = ("personId", "placeholderId", "clientId", "projectId", "roleId")
APART = {"firstName", "lastName", "startDate", "endDate", *PLAIN}
TITLES = (*PLAIN, "startDate", "personId", "projectId", "roleId")
# By field and id what ids are called, and what lists have by id, such as tags.
Names = Mapping[tuple[str, Any], str]
PLAINLY = (str, int, float, type(None))  # values without parts
Difference = tuple[str, str, str]  # what of a field, its old value and its new one


def counted(number: int, what: str) -> str:
    """Return a number of things, as in ``"1 row"`` and ``"2 rows"``."""
    return f"{number:,} {what}{'s' if number != 1 else ''}"


def of_missing_cells(count: int, na: str) -> list[str]:
    """Return what missing cells do to the values that Runn has, as a sentence."""
    if not count:
        return []
    if na == "unset":
        what = f"{count:,} missing cells unset" if count > 1 else "1 missing cell unsets"
        return [f"{what} the value in Runn (na='unset'; na='omit' leaves it as it is)."]
    what = f"{count:,} missing cells leave" if count > 1 else "1 missing cell leaves"
    return [f"{what} the value in Runn as it is (na='omit'; na='unset' unsets it)."]


def near_name(word: str, known: Iterable[str]) -> str:
    """Return the name that may be meant by one that is not known, or ""."""
    folded = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), folded, 1, 0.75)
    return folded[near[0]] if near else ""


def title(row: Mapping[str, Any], names: Names) -> str:
    """Return what a row is about, from its own values and the names of its ids.

    Examples
    --------
    >>> title({"date": "2026-06-01", "personId": 7, "projectId": 9}, {("personId", 7): "Ann Lee"})
    '2026-06-01, person Ann Lee (7), project 9'
    """
    said = [name for name in TITLES if row.get(name) is not None]
    whole = _full_name(row)
    if whole or (said and said[0] in ("name", "title", "email")):
        return whole or str(row[said[0]])
    shown = ((name, _with_name(str(row[name]), name, row[name], names)) for name in said[:3])
    return ", ".join(f"{_prefix(name)}{text}" for name, text in shown)


def _prefix(name: str) -> str:
    return f"{name.removesuffix('Id')} " if name.endswith("Id") else ""


def _with_name(text: str, field: str, value: Any, names: Names) -> str:
    """Return the text of a value, and before it the name of what has this id, if it is known."""
    name = names.get((field, value)) if isinstance(value, int) else None
    return f"{cut(' '.join(name.split()), NAME)} ({text})" if name else text


def cells_of(
    rows: Iterable[tuple[Mapping[str, Any], Iterable[Sequence[Any]]]],
) -> Iterator[tuple[str, Any]]:
    """Yield the fields, with their values, that tell what rows are about, and those that change."""
    for row, changes in rows:
        yield from ((name, row.get(name)) for name in TITLES if "name" not in row)
        yield from ((field, value) for field, *both in changes for value in both)


def names_in(rows: Iterable[Mapping[str, Any] | None]) -> dict[tuple[str, Any], str]:
    """Return the names of what lists have by id, such as tags, from the rows that have them."""
    found: dict[tuple[str, Any], str] = {}
    for row in rows:
        for field, value in (row or {}).items():
            for item in value if isinstance(value, list) else ():
                if isinstance(item, dict) and item.get("id") is not None and item.get("name"):
                    found[field, item["id"]] = str(item["name"])
    return found


def _full_name(row: Mapping[str, Any]) -> str:
    return " ".join(str(row[name]) for name in ("firstName", "lastName") if row.get(name))


def described(new: Mapping[str, Any], names: Names) -> str:
    """Return a new row by its main fields.

    Examples
    --------
    >>> new = {"firstName": "Nia", "lastName": "Owusu", "email": "nia@example.com", "roleId": 12}
    >>> described(new, {})
    'Nia Owusu, nia@example.com, role 12'
    """
    row = {name: value for name, value in new.items() if value not in NOTHING}
    said = [_full_name(row), *(str(row[name]) for name in PLAIN if name in row), _span(row)]
    told = list(filter(None, said))
    for field in sorted(row.keys() - APART, key=[*WHOSE, *row].index):
        told += _in_words(field, row[field], names)
    more = len(told) - MAIN
    shown = told[:MAIN] if more > 1 else told
    rest = [f"and {more} more fields"] if more > 1 else []
    return ", ".join([*(cut(" ".join(one.split()), WIDTH) for one in shown), *rest])


def _span(row: Mapping[str, Any]) -> str:
    first, last = row.get("startDate"), row.get("endDate")
    if first and last:
        return f"{first} to {last}"
    return f"from {first}" if first else f"until {last}" if last else ""


def _in_words(field: str, value: Any, names: Names) -> list[str]:
    if not isinstance(value, (list, dict)):
        what = field.removesuffix("Id") if field != "id" else field
        return [f"{what} {_with_name(short(value), field, value, names)}"]
    parts = field_parts(field, None, value, names)
    return [part if new == "there" else f"{part} {new}" for part, _, new in parts]


def showable(value: Any) -> Any:
    """Return a value, or the words for it where Python cannot write it down."""
    try:
        repr(value)
    except (ValueError, RecursionError):  # thousands of digits, lists in lists without end
        return f"a very large {type(value).__name__}"
    return value


def told(value: Any) -> str:
    """Return a value as code.

    Examples
    --------
    >>> told("E0002"), told(10**5000)
    ("'E0002'", 'a very large int')
    """
    shown = showable(value)
    return repr(shown) if shown is value else str(shown)


def short(value: Any) -> str:
    """Return a value in a few characters.

    Examples
    --------
    >>> short(None), short(""), short("E0002"), short(480)
    ('nothing', 'nothing', "'E0002'", '480')
    """
    shown = "nothing" if value is None or value == "" else told(value)
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
    was_said, is_said = (_with_name(short(value), field, value, names) for value in (old, new))
    return [(field, was_said, is_said)]


def count_parts(changes: Iterable[Sequence[Any]], names: Names) -> int:
    """Return how many parts of fields change, as `field_parts` gives them."""
    return sum(
        1
        if isinstance(old, PLAINLY) and isinstance(new, PLAINLY)
        else len(field_parts(field, old, new, names))
        for field, old, new in changes
    )


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
