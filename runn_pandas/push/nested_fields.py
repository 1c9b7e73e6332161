"""Columns of lists and objects: joined with what the account has, or written by their own requests.

What a frame does not mention is kept. Names of tags and custom fields are looked up in the account
when they are needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from runn_pandas.catalog import Field, load
from runn_pandas.catalog.writes import CUSTOM_KINDS, Writable
from runn_pandas.frame.custom_fields import CustomField, custom_values, option_names
from runn_pandas.frame.encode import Unfit, encode_cell, same
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.kinds.base import own_path
from runn_pandas.push.match import Baseline
from runn_pandas.push.model import NA, Change, Intent, Request, Row, Target

APART_LISTS = ("customFields", "skills")  # which no list's own body takes
LEVELS = (1, 2, 3, 4)
CUSTOM_VALUES = {
    "checkbox": Field("value", "boolean"),
    "date": Field("value", "string", format="date"),
    "text": Field("value", "string"),
}


class Cell(NamedTuple):
    """What one column says of a nested field."""

    label: str
    target: Target
    value: Any


class AccountNames:
    """Ids of tags and custom fields by name: from the rows at hand, else from their lists."""

    def __init__(self, rows: AccountRows, intent: Intent, baseline: Baseline) -> None:
        self._rows, self._writable = rows, intent.writable
        self._tags: dict[str, list[int]] = {}
        self._all_tags = False
        for row in baseline.rows.values():
            self._add_tags(item for item in row.get("tags") or () if isinstance(item, Mapping))

    def _add_tags(self, items: Iterable[Mapping[str, Any]]) -> None:
        for item in items:
            ids = self._tags.setdefault(item.get("name") or "", [])
            if item["id"] not in ids:
                ids.append(item["id"])

    def tag_id(self, name: str) -> int:
        """Return the id of the tag that a name means: ``Remote#7``, where several share it."""
        found = self._tags_named(name)
        if not found and "#" in name:
            stem, _, number = name.rpartition("#")
            found = [tag for tag in self._tags_named(stem) if str(tag) == number]
        if not found:
            raise Unfit(f"is no tag of the account ({name!r}); push it to the list of tags first")
        if len(found) > 1:
            raise Unfit(f"is the name of {len(found)} tags; use ids: [{{'id': {found[0]}}}]")
        return found[0]

    def _tags_named(self, name: str) -> list[int]:
        if name not in self._tags and not self._all_tags:
            self._all_tags = True
            self._add_tags(self._rows.all(load().resources[self._writable.tag_list]))
        return self._tags.get(name, [])

    def field(self, part: str) -> CustomField:
        """Return the custom field that a name means: ``Region#text1``, where several share it."""
        found = self._fields.get(part, [])
        if not found and "#" in part:
            name = part.rpartition("#")[0]
            found = [one for one in self._fields.get(name, []) if one.name + one.mark == part]
        if not found:
            raise Unfit("is no custom field of the account")
        if len(found) > 1:
            more_exact = f"customFields.{part}{found[0].mark}"
            raise Unfit(f"is the name of {len(found)} custom fields; call it {more_exact}")
        return found[0]

    def options(self, field: CustomField) -> dict[str, int]:
        """Return the ids of a select field's options, by name."""
        row = self._definitions.get(field._replace(name=""), {})
        return {option["name"]: option["id"] for option in row.get("options") or ()}

    @cached_property
    def _definitions(self) -> dict[CustomField, Row]:
        return {
            CustomField(kind, row["id"], ""): row
            for kind in CUSTOM_KINDS
            for row in self._rows.all(
                load().resources[f"custom-fields/{kind}"], model=self._writable.model
            )
        }

    @cached_property
    def _fields(self) -> dict[str, list[CustomField]]:
        found: dict[str, list[CustomField]] = {}
        for field, row in self._definitions.items():
            found.setdefault(row["name"], []).append(field._replace(name=row["name"]))
        return found


# -- fields that are part of the record's own body


def joined(
    cells: Sequence[Cell], old: Any, na: NA, names: AccountNames, reference_names: Collection[str]
) -> Any:
    """Return a nested field with what its columns say.

    Parameters
    ----------
    cells, na
        What the columns say.
    old
        What the record has.
    names
        Where names of tags are looked up.
    reference_names
        The names that the account's references really have: one may itself be "Code#2".
    """
    kind = cells[0].target.kind
    if kind == "reference":
        return _references(old, cells, na, reference_names)
    if kind == "tag":
        return _tags(old, cells, na, names)
    if kind == "manager":
        ids = [{"id": cell.value} for cell in _said(cells, "omit")]
        return ids + list(old or [])[len(cells) :]
    result = {**(old or {}), **{cell.target.part: cell.value for cell in _said(cells, na)}}
    return None if set(map(type, result.values())) <= {type(None)} else result


def _said(cells: Iterable[Cell], na: NA) -> list[Cell]:
    """Return the cells that have something to say."""
    return [cell for cell in cells if cell.value is not None or na == "unset"]


def _references(
    old: Any, cells: Sequence[Cell], na: NA, real: Collection[str]
) -> list[dict[str, Any]]:
    """Return the references; ``references.Code#2`` is the second one named Code."""
    by_name: dict[Any, list[dict[str, Any]]] = {}
    for item in old or []:
        by_name.setdefault(item.get("referenceName"), []).append(item)
    wanted: dict[str, dict[int, Any]] = {}
    for cell in _said(cells, na):
        name, at = _nth(cell.target.part, {*real, *by_name})
        wanted.setdefault(name, {})[at] = cell.value
    result = [item for item in old or [] if item.get("referenceName") not in wanted]
    for name, values in wanted.items():
        result += _of_name(name, values, by_name.get(name, []))
    return result


def _of_name(name: str, values: Mapping[int, Any], old: list[dict[str, Any]]) -> Iterable[Any]:
    """Return the references of one name, with other values in some places."""
    items = dict(enumerate(old))
    for at in sorted(values):
        items[at] = {"referenceName": name, "externalId": values[at]}
        if values[at] in (None, ""):
            del items[at]
    return items.values()


def _nth(part: str, real: Collection[str]) -> tuple[str, int]:
    """Return which reference a column means: its name, and its place among those, from 0."""
    name, hash_, number = part.rpartition("#")
    if part in real or not (name and hash_ and number.isdecimal() and int(number) > 1):
        return part, 0
    return name, int(number) - 1


def _tags(old: Any, cells: Sequence[Cell], na: NA, names: AccountNames) -> list[dict[str, Any]]:
    held = {item["id"]: item.get("name") for item in old or []}
    for cell in _said(cells, na):
        tag = _tag_of(cell, held, names)
        if cell.value:
            held.setdefault(tag, cell.target.part)
        else:
            held.pop(tag, None)
    return [{"id": tag} for tag in held]


def _tag_of(cell: Cell, held: Mapping[int, Any], names: AccountNames) -> int | None:
    """Return the tag that a column means; None if the record has none to lose."""
    name = cell.target.part
    known = [tag for tag in held if held[tag] == name]
    if len(known) == 1:
        return known[0]
    return names.tag_id(name) if cell.value or known or "#" in name else None


def tag_items(value: Iterable[Mapping[str, Any]], names: AccountNames) -> list[dict[str, Any]]:
    """Return a list of tags by id, whether it had ids or names."""
    return [{"id": item["id"] if "id" in item else names.tag_id(item["name"])} for item in value]


# -- columns that are written by requests of their own


class ColumnRequests:
    """What a row changes in columns that are written by requests of their own.

    Attributes
    ----------
    changes : list of Change
        Of the columns that hold lists; the others are fields like any other.
    problems : list of (label, value, reason)
        What cannot be written.
    """

    def __init__(self, writable: Writable, names: AccountNames, na: NA) -> None:
        self._writable, self._names, self._na = writable, names, na
        self.changes: list[Change] = []
        self.problems: list[tuple[str, Any, str]] = []
        self._sent: list[tuple[str, str, Any]] = []

    def compare(self, old: Row, groups: Mapping[str, Sequence[Cell]], new: Row) -> None:
        """Add what the cells want that the account's row has not."""
        compare = {
            "teamId": self._team,
            "projectIds": self._projects,
            "customFields": self._custom_fields,
            "skills": self._skills,
        }
        for column in self._writable.parts:
            if column in new or groups.get(column):
                try:
                    compare[column](old.get(column), groups.get(column, ()), new.get(column))
                except Unfit as unfit:
                    self.problems.append((column, None, str(unfit)))

    def requests(self, own: Any) -> list[Request]:
        """Return the requests that write them, to the row of an id."""
        return [
            Request("update", method, own_path(path, own), body)
            for method, path, body in self._sent
        ]

    def _paths(self, column: str) -> list[str]:
        return [operation.path for operation in self._writable.parts[column]]

    def _team(self, before: Any, cells: Sequence[Cell], after: Any) -> None:
        join, leave = self._paths("teamId")
        if after is not None and after != before:
            self._sent.append(("POST", join, {"teamId": after}))
        elif after is None and before is not None:
            self._sent.append(("DELETE", leave.replace("{teamId}", str(before)), None))

    def _projects(self, before: Any, cells: Sequence[Cell], after: Any) -> None:
        path = self._paths("projectIds")[0]
        had, has = before or [], after or []
        added = [("POST", one) for one in has if one not in had]
        removed = [("DELETE", one) for one in had if one not in has]
        self._sent += [
            (method, path.replace("{projectId}", str(one)), None)
            for method, one in (*added, *removed)
        ]

    # -- custom fields

    def _custom_fields(self, old: Any, cells: Sequence[Cell], whole: Any) -> None:
        held = custom_values(old)
        wanted = [
            Cell("customFields", Target("customFields", "custom", field.name + field.mark), value)
            for field, value in custom_values(whole).items()
            if held.get(field, ...) != value
        ]
        paths = {path.strip("/").rpartition("/")[2]: path for path in self._paths("customFields")}
        for cell in (*cells, *wanted):
            try:
                self._custom_field(cell, held, paths)
            except Unfit as unfit:
                self.problems.append((cell.label, cell.value, str(unfit)))

    def _custom_field(
        self, cell: Cell, held: Mapping[CustomField, Any], paths: Mapping[str, str]
    ) -> None:
        field = _held_field(cell.target.part, held)
        if field is None:
            if cell.value in (None, [], ""):
                return  # not set, and nothing is said
            field = self._names.field(cell.target.part)
        before, after = held.get(field), _custom_cell(cell.value, field.kind)
        if same(before, after):
            return
        if after is None and field.kind == "checkbox":
            raise Unfit("cannot be unset: a checkbox is True or False")
        body = {"id": field.id, "value": after}
        if field.kind == "select":
            body = {"id": field.id, "values": self._options(field, after)}
        whole = cell.label == "customFields"
        label = f"customFields.{field.name}" if whole else cell.label
        self.changes.append(Change(label, before, after))
        self._sent.append(("PATCH", paths[field.kind], body))

    def _options(self, field: CustomField, chosen: Sequence[str]) -> list[dict[str, int]]:
        options = self._names.options(field)
        missing = [one for one in chosen if one not in options]
        if missing:
            what = "is no option" if chosen == missing[:1] else f"has {missing[0]!r}, no option"
            raise Unfit(f"{what}; the options are {', '.join(map(repr, options)) or 'none'}")
        return [{"id": options[one]} for one in chosen]

    # -- skills

    def _skills(self, old: Any, cells: Sequence[Cell], whole: Any) -> None:
        held = {item["id"]: item.get("level") for item in old or []}
        wanted = held if whole is None else {item["id"]: item.get("level") for item in whole}
        wanted = _with_cells(wanted, held, cells, self._na)
        for skill in {**held, **wanted}:
            self._skill(skill, held, wanted)

    def _skill(self, skill: int, held: Mapping[int, Any], wanted: Mapping[int, Any]) -> None:
        post, patch, drop = self._paths("skills")
        had, has = skill in held, skill in wanted
        before, after = held.get(skill), wanted.get(skill)
        if after not in (None, before, *LEVELS):
            self.problems.append((f"skills.{skill}.level", after, "is none of 1, 2, 3, 4"))
        if had != has:
            self.changes.append(Change(f"skills.{skill}", had, has))
        if before != after:  # of a skill that goes: what an undo gives back
            self.changes.append(Change(f"skills.{skill}.level", before, after))
        if not has:
            self._sent.append(("DELETE", drop.replace("{skillId}", str(skill)), None))
        elif not had:
            level = {} if after is None else {"level": after}
            self._sent.append(("POST", post, {"skillId": skill, **level}))
        elif before != after:
            path = patch.replace("{skillId}", str(skill))
            self._sent.append(("PATCH", path, {"level": after}))


def _held_field(part: str, held: Iterable[CustomField]) -> CustomField | None:
    """Return the one field of a record that a column means, or None."""
    known = [field for field in held if field.name == part]
    if len(known) != 1:
        known = [field for field in held if field.name + field.mark == part]
    return known[0] if len(known) == 1 else None


def _custom_cell(value: Any, kind: str) -> Any:
    """Return a custom field's cell in the form of its kind."""
    if kind == "select":
        return option_names(value)
    if value in (None, ""):
        return "" if kind == "text" else None
    return encode_cell(value, CUSTOM_VALUES[kind])


def _with_cells(
    wanted: Mapping[int, Any], held: Mapping[int, Any], cells: Sequence[Cell], na: NA
) -> dict[int, Any]:
    """Return the levels by skill as the columns ``skills.7`` and ``skills.7.level`` have them."""
    result = dict(wanted)
    flags, levels = _by_part(cells, "skill"), _by_part(_said(cells, na), "level")
    for part in {**flags, **_by_part(cells, "level")}:
        if not part.isdecimal():
            raise Unfit(f"is no skill's id ({part!r})")
        skill = int(part)
        if flags.get(part) or (part not in flags and levels.get(part) is not None):
            result[skill] = levels.get(part, held.get(skill))
        elif part in flags and (flags[part] is not None or na == "unset"):
            result.pop(skill, None)
    return result


def _by_part(cells: Iterable[Cell], kind: str) -> dict[str, Any]:
    return {cell.target.part: cell.value for cell in cells if cell.target.kind == kind}
