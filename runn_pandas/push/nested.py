"""Expanded columns back into their lists: what the frame does not mention is kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from runn_pandas.catalog import Field
from runn_pandas.catalog.writes import CUSTOM_KINDS
from runn_pandas.frame.custom_fields import CustomField, option_names
from runn_pandas.frame.encode import Unfit, encode_cell
from runn_pandas.push.model import NA, Target

Cells = list[tuple[str, Target, Any]]  # label, what it stands for, its value
DAY = Field("value", "string", format="date")


class Names(Protocol):
    """Where names of tags and custom fields are looked up."""

    def tag(self, name: str) -> list[int]: ...

    def custom(self, name: str) -> list[tuple[str, int]]: ...

    def options(self, field: int) -> dict[str, int]: ...


def canonical(value: Any) -> str:
    """A text that is equal for equal JSON values."""
    return json.dumps(value, sort_keys=True)


def same(one: Any, other: Any, name: str = "") -> bool:
    """Tell whether two encoded values mean the same: the order of a list of things does not."""
    if one in (None, "", [], {}) and not isinstance(one, bool) and one != 0:
        return other in (None, "", [], {}) and not isinstance(other, bool) and other != 0
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(canonical, one)) == sorted(map(canonical, other))
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return bool(one == other)


def references(
    old: Any, cells: Cells, na: NA, literal: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Give the references with what the columns say of theirs; others are kept as they are.

    Parameters
    ----------
    old
        The record's references.
    cells, na
        What the columns say. ``references.Code#2`` is the second one named Code, as expanding
        a frame requests it.
    literal
        The names that the account's references really have: one may itself be "Code#2".
    """
    kept = list(old or [])
    real = {*literal, *(item.get("referenceName") for item in kept)}
    wanted: dict[str, dict[int, Any]] = {}
    for _, target, value in cells:
        name, at = _nth(target.part, real)
        wanted.setdefault(name, {})[at] = value
    result = []
    for name, values in wanted.items():
        mine = [item for item in kept if item.get("referenceName") == name]
        for at, item in enumerate(mine):
            if at not in values or (values[at] is None and na == "omit"):
                result.append(item)
            elif values[at] not in (None, ""):
                result.append({"referenceName": name, "externalId": values[at]})
        result += [
            {"referenceName": name, "externalId": values[at]}
            for at in sorted(values)
            if at >= len(mine) and values[at] not in (None, "")
        ]
    others = [item for item in kept if item.get("referenceName") not in wanted]
    return others + result


def _nth(part: str, real: Collection[str]) -> tuple[str, int]:
    """Which reference a column means: its name, and which of those with it, from 0."""
    name, hash_, number = part.rpartition("#")
    if part in real or not (name and hash_ and number.isdecimal() and int(number) > 1):
        return part, 0
    return name, int(number) - 1


def tags(old: Any, cells: Cells, na: NA, names: Names) -> list[dict[str, Any]]:
    """Give the tags with what the flag columns say; others are kept."""
    held = {item["id"]: item.get("name") for item in old or []}
    for label, target, value in cells:
        if value is None and na == "omit":
            continue
        known = [tag for tag, name in held.items() if name == target.part]
        if not value and not known and "#" not in target.part:
            continue
        tag = known[0] if len(known) == 1 else tag_id(target.part, names, label)
        if value:
            held.setdefault(tag, target.part)
        else:
            held.pop(tag, None)
    return [{"id": tag} for tag in held]


def tag_id(name: str, names: Names, label: str = "tags") -> int:
    """The id of the tag that a name means."""
    found = names.tag(name)
    if not found and "#" in name:
        stem, _, number = name.rpartition("#")
        found = [tag for tag in names.tag(stem) if str(tag) == number]
    if len(found) != 1:
        raise Unfit(
            f"is no tag of the account ({name!r}); push it to the list of tags first"
            if not found
            else f"is the name of {len(found)} tags; use ids: [{{'id': {found[0]}}}]"
        )
    return found[0]


def tag_items(value: Any, names: Names) -> list[dict[str, Any]]:
    """Give a list of tags by id, whether it had ids or names."""
    return [{"id": item["id"] if "id" in item else tag_id(item["name"], names)} for item in value]


def parts(old: Any, cells: Cells, na: NA) -> dict[str, Any]:
    """Give a plain object with what the columns say of its parts."""
    result = dict(old or {})
    for _, target, value in cells:
        if value is not None or na == "unset":
            result[target.part] = value
    return result


# -- custom fields


@dataclass(frozen=True)
class CustomChange:
    """One custom field with another value."""

    kind: str
    id: int
    name: str
    old: Any
    new: Any

    def body(self, names: Names) -> dict[str, Any]:
        """The body that writes it."""
        if self.kind != "select":
            return {"id": self.id, "value": self.new}
        options = names.options(self.id)
        missing = [one for one in self.new if one not in options]
        if missing:
            what = "is no option" if self.new == missing[:1] else f"has {missing[0]!r}, no option"
            raise Unfit(f"{what}; the options are {', '.join(map(repr, options)) or 'none'}")
        return {"id": self.id, "values": [{"id": options[one]} for one in self.new]}


def custom_change(
    label: str, target: Target, value: Any, old: Mapping[CustomField, Any], names: Names
) -> CustomChange | None:
    """Give what a custom field's column changes, or None."""
    known = [field for field in old if field.name == target.part]
    if len(known) != 1:
        known = [field for field in old if field.name + field.mark == target.part]
    if len(known) == 1:
        kind, number, name = known[0]
    else:
        kind, number, name = _definition(target.part, value, names)
        if not kind:
            return None
    before = old.get(CustomField(kind, number, name))
    after = custom_cell(value, kind)
    if same(before, after):
        return None
    if after is None and kind == "checkbox":
        raise Unfit("cannot be unset: a checkbox is True or False")
    return CustomChange(kind, number, name, before, after)


def _definition(part: str, value: Any, names: Names) -> CustomField:
    if value in (None, [], ""):
        return CustomField("", 0, part)  # not set, and nothing is said
    found = names.custom(part)
    name = part
    if not found and "#" in part:
        name, _, mark = part.rpartition("#")
        found = [(kind, number) for kind, number in names.custom(name) if f"{kind}{number}" == mark]
    if len(found) != 1:
        raise Unfit(
            "is no custom field of the account"
            if not found
            else f"is the name of {len(found)} custom fields; call it"
            f" customFields.{part}#{found[0][0]}{found[0][1]}"
        )
    return CustomField(*found[0], name)


def custom_cell(value: Any, kind: str) -> Any:
    """A custom field's cell in the form of its kind."""
    if kind == "select":
        return option_names(value)
    if value in (None, ""):
        return "" if kind == "text" else None
    if kind == "checkbox":
        return encode_cell(value, Field("value", "boolean"))
    return encode_cell(value, DAY if kind == "date" else Field("value", "string"))


# -- skills


def skill_changes(
    old: Any, cells: Cells, whole: Any, na: NA
) -> list[tuple[int, int | None, int | None, str]]:
    """Give what changes of a person's skills: id, old level, new level, and what to do."""
    held: dict[int, Any] = {item["id"]: item.get("level") for item in old or []}
    wanted = dict(held)
    if whole is not None:
        wanted = {item["id"]: item.get("level") for item in whole}
    flags = {t.part: v for _, t, v in cells if t.kind == "skill"}
    levels = {t.part: v for _, t, v in cells if t.kind == "level"}
    for part in {**flags, **levels}:
        if not part.isdecimal():
            raise Unfit(f"is no skill's id ({part!r})")
        skill = int(part)
        flag = flags.get(part, True if levels.get(part) is not None else None)
        if flag is None and na == "omit":
            continue
        if not flag:
            if part in flags:
                wanted.pop(skill, None)
            continue
        level = levels.get(part)
        if level is None and (na == "omit" or part not in levels):
            level = held.get(skill)
        wanted[skill] = level
    found: list[tuple[int, int | None, int | None, str]] = []
    for skill in {**held, **wanted}:
        if skill not in wanted:
            found.append((skill, held[skill], None, "delete"))
        elif skill not in held:
            found.append((skill, None, wanted[skill], "create"))
        elif held[skill] != wanted[skill]:
            found.append((skill, held[skill], wanted[skill], "update"))
    return found


@dataclass(frozen=True)
class KnownNames:
    """Names that are known beforehand: from the account's rows, or in a test."""

    tags: Mapping[str, list[int]]
    fields: Iterable[tuple[str, int, str]] = ()
    choices: Mapping[int, dict[str, int]] | None = None

    def tag(self, name: str) -> list[int]:
        return list(self.tags.get(name, []))

    @cached_property
    def _fields(self) -> dict[str, list[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for kind, number, name in self.fields:
            if kind in CUSTOM_KINDS:
                found.setdefault(name, []).append((kind, number))
        return found

    def custom(self, name: str) -> list[tuple[str, int]]:
        return self._fields.get(name, [])

    def options(self, field: int) -> dict[str, int]:
        return (self.choices or {}).get(field, {})
