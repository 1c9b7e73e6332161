"""The frame against the account's rows: what to do with each row. Values from values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runn_pandas.catalog import Field
from runn_pandas.catalog.writes import ACTUAL_KEY, Writable
from runn_pandas.frame.encode import Unfit, encode_cell, refusal, trimmed
from runn_pandas.push import nested, rules
from runn_pandas.push.intent import no_such_column
from runn_pandas.push.matching import Baseline, match
from runn_pandas.push.model import NEW, Change, Intent, Key, Problem, Request, RowPlan, Target
from runn_pandas.push.nested import Cells, Names, same
from runn_pandas.push.parts import Parts, own_path

Row = dict[str, Any]
OPTIONS = "custom-fields/select/{selectFieldId}/options"
NESTED_PARTS = ("customFields", "skills")


@dataclass
class Found:
    """What comes of a diff."""

    row_plans: list[RowPlan] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    # Column by column the rows that exist, of which it would be written only if they were new.
    only_new: dict[str, list[int]] = field(default_factory=dict)


def decide(intent: Intent, baseline: Baseline, names: Names, *, force: bool = False) -> Found:
    """Give what to do with each row of a frame, and every reason why it cannot be done."""
    found = Found()
    matches = match(intent, baseline, found.problems)
    known = {name for old in baseline.rows.values() for name in old} if intent.rows else set()
    for label, target in intent.targets.items():
        if target.kind == "unknown" and label not in known:
            reason = no_such_column(label, intent.writable, key=label in intent.on)
            found.problems.append(Problem(None, label, None, reason))
    for position, cells in sorted(intent.rows.items()):
        if position not in matches:
            continue  # a problem is noted
        old = matches[position]
        one = _Row(intent, baseline, position, cells, old, names, found)
        if position in intent.deletes:
            row_plan = one.deleted(force)
        elif old is None:
            row_plan = one.created()
        else:
            row_plan = one.updated()
        found.row_plans.append(row_plan)
    return found


@dataclass
class _Row:
    """One row on its way to a row_plan."""

    intent: Intent
    baseline: Baseline
    position: int
    cells: Row
    old: Row | None
    names: Names
    found: Found

    def __post_init__(self) -> None:
        self.writable = self.intent.writable
        self.label_of: dict[str, str] = {}

    # -- the three kinds

    def deleted(self, force: bool) -> RowPlan:
        if self.old is None:
            self.problem(
                self.writable.key[-1] if self.writable.key else "id",
                None,
                "is not in the account, so it cannot be deleted",
            )
            return RowPlan(self.position, "unchanged")
        if self.writable.delete is None:
            self.problem(
                "id", None, f"cannot be deleted: the API deletes no {self.writable.name!r}"
            )
            return RowPlan(self.position, "unchanged")
        return RowPlan(
            self.position,
            "delete",
            self.key(self.old),
            tuple(Change(n, value, None) for n, value in self.old.items() if value is not None),
            tuple(rules.delete_requests(self.writable, self.old, force=force)),
            self.old,
            self.conflict(),
        )

    def created(self) -> RowPlan:
        new, parts = self.wanted({})
        extras = self.extras({}, new, parts, NEW)
        body = {n: v for n, v in new.items() if n in self.writable.fields and n != "id"}
        if self.writable.kind in ("links", "views") or self.writable.key != ("id",):
            body = {n: v for n, v in new.items() if n in self.writable.fields}
        written = {
            *self.writable.create_fields,
            *self.writable.update_fields,
            *self.writable.parts,
            *self.writable.places.values(),
        }
        if self.writable.create is None:
            self.problem(
                self.writable.key[-1], None, f"is new, and the API makes no {self.writable.name!r}"
            )
            return RowPlan(self.position, "unchanged")
        requests, bad = rules.create_requests(self.writable, body, extras)
        self.note(bad, new)
        for name, value in new.items():
            if name not in written and value not in (None, "", []):
                self.found.ignored.add(name)
        changes = [Change(n, None, v) for n, v in new.items() if n in written and not _nothing(v)]
        changes += [change._replace(old=None) for change in parts.changes]
        key = self.key(new) if self.writable.key != ("id",) else ()
        return RowPlan(self.position, "create", key, tuple(changes), tuple(requests), self.summed())

    def summed(self) -> Row | None:
        """What a time entry is added to."""
        if self.writable.kind != "time entries":
            return None
        key = tuple(self.cells.get(name) for name in ACTUAL_KEY)
        rows = self.baseline.named(ACTUAL_KEY, key)
        return rows[0] if rows else None

    def updated(self) -> RowPlan:
        old = self.old or {}
        new, parts = self.wanted(old)
        changes: list[Change] = []
        changed: list[str] = []
        for name, value in new.items():
            before = old.get(name)
            spec = self.writable.update_fields.get(name)
            shape = spec or self.writable.create_fields.get(name)
            if shape is not None and shape.kind == "nested":
                before, value = trimmed(before, shape), trimmed(value, shape)
            if name == "updatedAt" or name in self.identity() or _alike(before, value, spec):
                continue
            if name not in old and spec is None and name not in self.writable.parts:
                # A column that only the single record has: nothing to compare with.
                if name in self.writable.create_fields and not _nothing(value):
                    self.found.only_new.setdefault(name, []).append(self.position)
                continue
            if spec is not None and spec.kind == "date" and isinstance(value, str):
                new[name] = value = value[:10]  # read as a moment, written as a day
            changes.append(Change(name, before, value))
            if name in self.writable.parts:
                continue
            reason = self.unwritable(name, value, spec)
            if reason:
                self.problem(name, value, reason)
            else:
                changed.append(name)
        extras = self.extras(old, new, parts, self.key(old)[-1])
        changes += parts.changes
        key = self.key(old)
        if not changes:
            return RowPlan(self.position, "unchanged", key, old=old)
        for name in changed:
            if new.get(name) is None and not self.unset(name, new):
                changed = [one for one in changed if one != name]
        shown = {name: new[name] for name in changed}
        requests, bad = rules.update_requests(self.writable, old, {**old, **new}, changed, extras)
        self.note(bad, shown)
        told = tuple(
            change._replace(new=new.get(change.field, change.new))
            if change.field in changed
            else change
            for change in changes
        )
        return RowPlan(self.position, "update", key, told, tuple(requests), old, self.conflict())

    # -- what the cells want

    def wanted(self, old: Row) -> tuple[Row, Parts]:
        """The row's fields as the frame wants them, and its parts apart from the body."""
        new: Row = {}
        groups: dict[str, Cells] = {}
        for label, value in self.cells.items():
            target = self.intent.targets.get(label, Target(label))
            if target.kind in ("plain", "unknown"):
                new[target.field] = value
            elif target.kind != "place" and not (self.old and label in self.identity()):
                # What a row was found by is not written: of two references it may be the second.
                groups.setdefault(target.field, []).append((label, target, value))
            self.label_of.setdefault(target.field, label)
        parts = Parts(self.writable, self.names, self.intent.na, self.part_problem)
        parts.compare(old, groups, new)
        for name, cells in groups.items():
            try:
                if name not in NESTED_PARTS:
                    new[name] = self.merged(name, cells, new.get(name, old.get(name)))
            except Unfit as unfit:
                self.problem(cells[0][0], None, str(unfit))
        if new.get("tags") and isinstance(new["tags"], list):
            try:
                new["tags"] = nested.tag_items(new["tags"], self.names)
            except Unfit as unfit:
                self.problem("tags", None, str(unfit))
                new.pop("tags")
        for name in NESTED_PARTS:
            new.pop(name, None)
        return new, parts

    def merged(self, name: str, cells: Cells, old: Any) -> Any:
        kind = cells[0][1].kind
        if kind == "reference":
            return nested.references(old, cells, self.intent.na, self.baseline.reference_names)
        if kind == "tag":
            return nested.tags(old, cells, self.intent.na, self.names)
        if kind == "manager":
            ids = [{"id": value} for _, _, value in cells if value is not None]
            return ids + list(old or [])[len(cells) :]
        result = nested.parts(old, cells, self.intent.na)
        return result if any(value is not None for value in result.values()) else None

    def extras(self, old: Row, new: Row, parts: Parts, own: Any) -> list[Request]:
        """The requests of the columns that are written by operations of their own."""
        requests: list[Request] = []
        for name in self.writable.parts:
            if name == "teamId" and "teamId" in new:
                requests += self.team(old.get("teamId"), new["teamId"], own)
            if name == "projectIds" and "projectIds" in new:
                requests += self.links(old.get("projectIds"), new["projectIds"] or [], own)
        return requests + parts.requests(own)

    def team(self, before: Any, after: Any, own: Any) -> list[Request]:
        join, leave = (operation.path for operation in self.writable.parts["teamId"])
        if before == after:
            return []
        if after is None:
            path = own_path(leave, own).replace("{teamId}", str(before))
            return [Request("update", "DELETE", path)]
        return [Request("update", "POST", own_path(join, own), {"teamId": after}, again=False)]

    def links(self, before: Any, after: list[Any], own: Any) -> list[Request]:
        path = own_path(self.writable.parts["projectIds"][0].path, own)
        added = [one for one in after if one not in (before or [])]
        removed = [one for one in before or [] if one not in after]
        return [
            Request("update", method, path.replace("{projectId}", str(one)), again=method != "POST")
            for method, ones in (("POST", added), ("DELETE", removed))
            for one in ones
        ]

    # -- checks

    def unwritable(self, name: str, value: Any, spec: Field | None) -> str:
        """Why a changed field cannot be sent, or ""."""
        if spec is None or name in self.writable.key or name in self.writable.places.values():
            if (self.writable.name, name) == ("custom-fields/select", "options"):
                return f"of a field that exists are rows of {OPTIONS!r}: push them there"
            if name in self.writable.create_fields:
                return "cannot be changed in Runn once the row exists"
            return "is read-only: Runn sets it"
        if value is None or (spec.kind == "nested" and value == []):
            return ""
        return refusal(value, spec) or ""

    def unset(self, name: str, new: Row) -> bool:
        """Put what unsets a field in its place; a problem if nothing does."""
        value, reason = rules.unset_value(name, self.writable)
        if reason:
            self.problem(name, None, reason)
            return False
        new[name] = value
        return True

    def identity(self) -> Sequence[str]:
        """The columns by which the row was found, which are equal or equal but for case."""
        return self.intent.on if self.intent.on and self.cells.get("id") is None else ()

    def conflict(self) -> str:
        seen = self.cells.get("updatedAt")
        now = (self.old or {}).get("updatedAt")
        if seen is not None and now is not None and seen < now:
            return f"changed in the account at {now[:19]}Z, after the frame was read"
        return ""

    def key(self, row: Mapping[str, Any]) -> Key:
        return tuple(row.get(name) for name in self.writable.key)

    def note(self, bad: rules.Bad, values: Row) -> None:
        for name, reason in dict.fromkeys(bad):
            self.problem(name, values.get(name), reason)

    def part_problem(self, label: str, value: Any, reason: str) -> None:
        self.label_of[label] = label
        self.problem(label, value, reason)

    def problem(self, name: str, value: Any, reason: str) -> None:
        label = self.label_of.get(name, name)
        row = self.intent.labels[self.position]
        shown = value if not isinstance(value, (list, dict)) else None
        problem = Problem(row, label, shown, reason)
        if problem not in self.found.problems[-8:]:
            self.found.problems.append(problem)


def _nothing(value: Any) -> bool:
    return value is None or value in ("", [])


def _alike(before: Any, value: Any, spec: Field | None) -> bool:
    if spec is not None and spec.kind == "date" and isinstance(before, str):
        # A moment that is written as a day: the lock of a timesheet.
        return before[:10] == (value or "")[:10] if len(before) > 10 or value else False
    return same(before, value)


def encoded_row(raw: Mapping[str, Any], writable: Writable) -> Row:
    """Give a row of the account as canonical values; what the catalogue does not know as is."""
    row: Row = {}
    for name, value in raw.items():
        spec = writable.fields.get(name)
        if spec is None or value is None:
            row[name] = value
            continue
        try:
            row[name] = encode_cell(value, spec)
        except Unfit:
            row[name] = value
    return row
