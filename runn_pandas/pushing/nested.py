"""Nested fields: names of tags and custom fields, and columns with requests of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from runn_pandas.catalog.definitions import CUSTOM_KINDS
from runn_pandas.catalog.writes import Writable
from runn_pandas.frame import custom_fields
from runn_pandas.frame.custom_fields import CustomField, custom_values, encode_custom
from runn_pandas.frame.encode import Unfit, same
from runn_pandas.frame.expanded import Cell, Tag, Target, by_label, collapse_skills
from runn_pandas.frame.words import near_name
from runn_pandas.pushing.account_rows import AccountRows, Baseline
from runn_pandas.pushing.kinds import own_path
from runn_pandas.pushing.model import Change, Request, Row

if TYPE_CHECKING:
    from runn_pandas.pushing.sheet import Sheet

APART_LISTS = ("customFields", "skills")  # which no list's own body takes
LEVELS = (1, 2, 3, 4)
RENAMED = ". If it was renamed in Runn, rename the column"


class AccountNames:
    """Ids of tags and custom fields by name: from the rows at hand, else from their lists."""

    def __init__(self, rows: AccountRows, sheet: Sheet, baseline: Baseline) -> None:
        self._rows, self.sheet, self._writable = rows, sheet, sheet.writable
        items = (item for row in baseline.rows.values() for item in row.get("tags") or ())
        self._at_hand = _tags(item for item in items if isinstance(item, Mapping))

    def tag_id(self, name: str) -> int:
        """Return the id of the tag that a name means: ``Remote#7``, where several share it."""
        found = self._at_hand.get(name) or self._all_tags.get(name, [])
        if not found:
            meant = near_name(name, {**self._at_hand, **self._all_tags})
            hint = f"did you mean {meant!r}?" if meant else "push it to the list of tags first"
            raise Unfit(f"is no tag of the account ({name!r}); {hint}")
        if len(found) > 1:
            raise Unfit(f"is the name of {len(found)} tags; use ids: [{{'id': {found[0].id}}}]")
        tag: int = found[0].id
        return tag

    @cached_property
    def _all_tags(self) -> dict[str, list[Tag]]:
        return _tags(self._rows.all(self._writable.tag_list))

    def tag_items(self, value: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return a list of tags by id, whether it had ids or names."""
        if not all("id" in one or "name" in one for one in value):
            raise Unfit("has a tag without an id or a name")
        return [{"id": one["id"] if "id" in one else self.tag_id(one["name"])} for one in value]

    def field(self, part: str) -> CustomField:
        """Return the custom field that a name means: ``Region#text1``, where several share it."""
        every = (field for fields in self._fields.values() for field in fields)
        found = self._fields.get(part) or [*{one for one in every if part.endswith(one.mark)}]
        if not found:
            meant = near_name(part, self._fields)
            hint = f"; did you mean 'customFields.{meant}'?" if meant else RENAMED
            raise Unfit(f"is no custom field of the account{hint}", f"customFields.{part}")
        if len(found) > 1:
            more_exact = f"customFields.{part}{found[0].mark}"
            reason = f"is the name of {len(found)} custom fields; call it {more_exact}"
            raise Unfit(reason, f"customFields.{part}")
        return found[0]

    @cached_property
    def _fields(self) -> dict[str, list[CustomField]]:
        return by_label(
            field._replace(name=row["name"]) for field, row in self._definitions.items()
        )

    def options(self, field: CustomField) -> dict[str, int]:
        """Return the ids of a select field's options, by name."""
        row = self._definitions.get(field._replace(name=""), {})
        return {option["name"]: option["id"] for option in row.get("options") or ()}

    @cached_property
    def _definitions(self) -> dict[CustomField, Row]:
        return {
            CustomField(kind, row["id"], ""): row
            for kind in CUSTOM_KINDS
            for row in self._rows.all(f"custom-fields/{kind}", model=self._writable.model)
        }


def _tags(items: Iterable[Mapping[str, Any]]) -> dict[str, list[Tag]]:
    return by_label(dict.fromkeys(Tag(item["id"], item.get("name") or "") for item in items))


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

    def __init__(self, writable: Writable, names: AccountNames) -> None:
        self._writable, self._names = writable, names
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
                none: Any = [] if column in new and column in APART_LISTS else None
                whole = new.get(column) or none
                try:
                    compare[column](old.get(column), groups.get(column, ()), whole)
                except Unfit as unfit:
                    self.problems.append((unfit.label or column, None, str(unfit)))

    def requests(self, own: Any) -> list[Request]:
        """Return the requests that write them, to the row of an id."""
        return [Request(method, own_path(path, own), body) for method, path, body in self._sent]

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
        paths = {path.strip("/").rpartition("/")[2]: path for path in self._paths("customFields")}
        for cell in (*cells, *self._wanted(whole, old, held)):
            try:
                self._custom_field(cell, held, paths)
            except Unfit as unfit:
                value = None if unfit.label else cell.value
                self.problems.append((cell.label, value, str(unfit)))

    def _wanted(self, whole: Any, old: Any, held: Mapping[CustomField, Any]) -> list[Cell]:
        """Return what a cell with all custom fields has otherwise than the account, by field."""
        given = {
            custom_fields.as_held(field, held): value
            for field, value in custom_values(whole).items()
        }
        sheet, column = self._names.sheet, "customFields"
        # What a cell lacks may have been filled in since it was read: no version tells.
        is_meant = not whole or (sheet.from_runn and sheet.na_given)
        if whole is not None and sheet.na == "unset" and is_meant:
            given = dict.fromkeys(held) | given
        for field in filter(lambda one: one.kind == "select", given):
            named = custom_fields.meant_options(field, whole, old, self._names.options)
            given[field] = named or given[field]
        return [
            Cell(column, Target(column, "custom", field.name + field.mark), value)
            for field, value in given.items()
            if held.get(field, ...) != value
        ]

    def _custom_field(
        self, cell: Cell, held: Mapping[CustomField, Any], paths: Mapping[str, str]
    ) -> None:
        known = by_label(held).get(cell.target.part, [])
        if len(known) == 1:
            field = known[0]
        else:
            if cell.value in (None, [], ""):
                return  # not set, and nothing is said
            field = self._names.field(cell.target.part)
        before, after = held.get(field), encode_custom(cell.value, field.kind)
        if same(before, after):
            return
        whole = cell.label == "customFields"
        if after is None and field.kind == "checkbox":
            what = f"has {field.name!r}, which " if whole else ""
            raise Unfit(f"{what}cannot be unset: a checkbox is True or False")
        body = {"id": field.id, "value": after}
        if field.kind == "select":
            body = {"id": field.id, "values": self._options(field, after)}
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
        if not all("id" in item for item in whole or ()):
            raise Unfit("has a skill without an id")
        held = {item["id"]: item.get("level") for item in old or []}
        wanted = held if whole is None else {item["id"]: item.get("level") for item in whole}
        wanted = collapse_skills(cells, held, wanted)
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
