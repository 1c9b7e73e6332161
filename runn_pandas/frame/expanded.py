"""Columns as `expand` makes them: what each stands for, and their cells as nested values again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import pandas as pd

from runn_pandas.catalog import Field
from runn_pandas.frame.custom_fields import custom_values
from runn_pandas.frame.encode import Unfit, encode_column
from runn_pandas.frame.foreign_text import is_kept

Part = Literal[
    "plain", "reference", "tag", "custom", "skill", "level", "manager", "part", "unknown", "place"
]
EXPANDED: dict[str, Part] = {
    "references": "reference",
    "tags": "tag",
    "customFields": "custom",
    "skills": "skill",
    "managers": "manager",
}
ANY = Field("", ("string", "object"))
TYPES = {
    "reference": Field("externalId", "string"),
    "tag": Field("tag", "boolean"),
    "skill": Field("skill", "boolean"),
    "level": Field("level", "integer"),
    "manager": Field("id", "integer"),
}
NOTHING: tuple[Any, ...] = (None, "", [], {})


class Target(NamedTuple):
    """What a column of a frame stands for: a field, or a part of a nested one."""

    field: str
    kind: Part = "plain"
    part: str = ""


class Cell(NamedTuple):
    """What one column says of a nested field."""

    label: str
    target: Target
    value: Any


class Named(Protocol):
    """What has a name, and a mark that tells it from another one of that name."""

    @property
    def name(self) -> str: ...

    @property
    def mark(self) -> str: ...


NamedT = TypeVar("NamedT", bound=Named)


class Tag(NamedTuple):
    """What tells one tag from all others."""

    id: Any
    name: str

    @property
    def mark(self) -> str:
        return f"#{self.id}"


def by_label(things: Iterable[NamedT]) -> dict[str, list[NamedT]]:
    """Return things by name and, as ``Remote#7``, by name and mark."""
    found: dict[str, list[NamedT]] = {}
    marked: dict[str, list[NamedT]] = {}
    for one in things:
        found.setdefault(one.name, []).append(one)
        marked[one.name + one.mark] = [one]
    return marked | found


# -- a column


def nested_target(label: str, fields: Mapping[str, Field]) -> Target | None:
    """Return what an expanded column such as ``references.Harvest`` stands for, or None."""
    name, dot, part = label.partition(".")
    if not dot or name not in fields:
        return None
    if name == "skills" and part.endswith(".level"):
        return Target(name, "level", part.removesuffix(".level"))
    if name in EXPANDED:
        return Target(name, EXPANDED[name], part)
    known = {field.name for field in fields[name].fields}
    return Target(name, "part", part) if part in known else None


def encode_target(
    column: pd.Series[Any], target: Target, fields: Mapping[str, Field]
) -> tuple[list[Any], dict[int, str]]:
    """Return a column's cells as JSON values, and for each bad one, by position, why."""
    spec = TYPES.get(target.kind, ANY)
    if target.kind == "plain":
        spec = fields[target.field]
    elif target.kind == "part":
        spec = next(one for one in fields[target.field].fields if one.name == target.part)
    return encode_column(column, spec)


def is_held(row: Mapping[str, Any], target: Target) -> bool:
    """Whether a row as the API gives it has a value of what a column stands for."""
    value, part = row.get(target.field), target.part
    if target.kind in ("plain", "manager"):
        return value not in NOTHING
    if target.kind == "part":
        return isinstance(value, dict) and value.get(part) is not None
    if target.kind == "custom":
        held = custom_values(value)
        return any(held[field] not in NOTHING for field in by_label(held).get(part, ()))
    items = [item for item in value or () if isinstance(item, dict)]
    return _is_among(items, target.kind, part)


def _is_among(items: Sequence[Mapping[str, Any]], kind: Part, part: str) -> bool:
    """Whether a list has the element that a column stands for."""
    if kind == "reference":
        names = [str(item.get("referenceName")) for item in items]
        name, at = _nth(part, names)
        return names.count(name) > at
    if kind == "tag":
        return part in by_label(Tag(item.get("id"), item.get("name") or "") for item in items)
    mine = [item for item in items if str(item.get("id")) == part]
    return bool(mine) and (kind == "skill" or mine[0].get("level") is not None)


# -- the cells of a nested field


def collapse(
    cells: Sequence[Cell], old: Any, tag_id: Callable[[str], int], reference_names: Collection[str]
) -> Any:
    """Return a nested field with what its columns say; what they do not mention is kept.

    Parameters
    ----------
    cells
        What the columns say; None is unset.
    old
        What the record has.
    tag_id
        Finds the id of a tag that the record does not have.
    reference_names
        The names that the account's references really have: one may itself be "Code#2".

    Raises
    ------
    Unfit
        If a tag is not to be found.
    """
    kind = cells[0].target.kind
    if kind == "reference":
        return _references(cells, old or [], reference_names)
    if kind == "tag":
        return _tags(cells, old or [], tag_id)
    if kind == "manager":
        ids = [{"id": cell.value} for cell in cells if cell.value is not None]
        return ids + list(old or [])[len(cells) :]
    return _object(cells, old or {})


def _object(cells: Sequence[Cell], old: Mapping[str, Any]) -> dict[str, Any] | None:
    result = {**old, **{cell.target.part: cell.value for cell in cells}}
    return None if all(part is None for part in result.values()) else result


def _references(
    cells: Sequence[Cell], old: Sequence[Mapping[str, Any]], real: Collection[str]
) -> list[Any]:
    """Return the references; ``references.Code#2`` is the second one named Code."""
    by_name: dict[Any, list[Any]] = {}
    for item in old:
        by_name.setdefault(item.get("referenceName"), []).append(item)
    wanted: dict[str, dict[int, Any]] = {}
    for cell in cells:
        name, at = _nth(cell.target.part, {*real, *by_name})
        wanted.setdefault(name, {})[at] = cell.value
    result = [item for item in old if item.get("referenceName") not in wanted]
    for name, values in wanted.items():
        items = dict(enumerate(by_name.get(name, [])))
        values = {at: _as_held(items.get(at), values[at]) for at in sorted(values)}
        items |= {at: {"referenceName": name, "externalId": values[at]} for at in values}
        result += [one for at, one in items.items() if values.get(at, one) not in (None, "")]
    return result


def _as_held(item: Any, cell: Any) -> Any:
    """Return the id that a record has of another system, where a cell keeps less of it."""
    held = (item or {}).get("externalId")
    return held if is_kept(held, cell) else cell


def _nth(part: str, real: Collection[str]) -> tuple[str, int]:
    """Return which reference a column means: its name, and its place among those, from 0."""
    name, hash_, number = part.rpartition("#")
    if part in real or not (name and hash_ and number.isdecimal() and int(number) > 1):
        return part, 0
    return name, int(number) - 1


def _tags(
    cells: Sequence[Cell], old: Iterable[Mapping[str, Any]], tag_id: Callable[[str], int]
) -> list[dict[str, Any]]:
    held = {item["id"]: item.get("name") for item in old}
    for cell in cells:
        try:
            tag = _tag_of(cell, held, tag_id)
        except Unfit as unfit:
            raise Unfit(str(unfit), cell.label) from None
        if cell.value:
            held.setdefault(tag, cell.target.part)
        else:
            held.pop(tag, None)
    return [{"id": tag} for tag in held]


def _tag_of(cell: Cell, held: Mapping[Any, Any], tag_id: Callable[[str], int]) -> Any:
    """Return the tag that a column means; None if the record has none to lose."""
    name = cell.target.part
    known = [tag for tag in held if held[tag] == name]
    if len(known) == 1:
        return known[0]
    return tag_id(name) if cell.value or known or "#" in name else None


def collapse_skills(
    cells: Sequence[Cell], held: Mapping[int, Any], whole: Mapping[int, Any]
) -> dict[int, Any]:
    """Return the levels by skill as the columns ``skills.7`` and ``skills.7.level`` have them.

    Parameters
    ----------
    cells
        What the columns say.
    held
        The levels by skill that the record has.
    whole
        What it has where no column says anything.

    Raises
    ------
    Unfit
        If a column names no skill by its id.
    """
    result = dict(whole)
    flags, levels = (
        {cell.target.part: cell.value for cell in cells if cell.target.kind == kind}
        for kind in ("skill", "level")
    )
    for part in {**flags, **levels}:
        if not part.isdecimal():
            raise Unfit(f"is no skill's id ({part!r})", f"skills.{part}")
        skill = int(part)
        if flags.get(part) or (part not in flags and levels.get(part) is not None):
            result[skill] = levels.get(part, held.get(skill))
        elif part in flags:
            result.pop(skill, None)
    return result
