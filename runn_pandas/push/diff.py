"""The frame against the account's rows: what to do with each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from runn_pandas.frame.encode import Unfit, differing, is_later, refusal, same, trimmed
from runn_pandas.frame.expanded import ANY, Cell, Target, collapse
from runn_pandas.frame.foreign_text import is_kept
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.kinds import Kind, kind_of
from runn_pandas.push.kinds.base import REQUIRED, Bad
from runn_pandas.push.match import Baseline, match_rows
from runn_pandas.push.model import NEW, Change, Intent, Key, Problem, Row, RowPlan
from runn_pandas.push.nested_fields import APART_LISTS, AccountNames, ColumnRequests
from runn_pandas.push.validate import of_columns, unknown_columns

LATER = "read at an unknown time: updatedAt seems to be local time, as it is after the account's"
NEAR = 8  # problems among which one is not said twice
MIDNIGHT = "0000-00-00T00:00:00.000000Z"
AFTER, CUT = "after the frame was read", "unless the frame has updatedAt cut short: read it anew"


@dataclass
class Diff:
    """What is to be done with the rows of a frame, and why it cannot be done.

    Attributes
    ----------
    ignored : set of str
        The columns that a new row cannot have.
    only_new : mapping of str to list of int
        Column by column the rows that exist, of which it would be written only of new ones.
    unseen : list of int
        The rows that are changed or deleted without knowing which version of them was read.
    """

    row_plans: list[RowPlan] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    only_new: dict[str, list[int]] = field(default_factory=dict)
    unseen: list[int] = field(default_factory=list)


def decide(intent: Intent, baseline: Baseline, names: AccountNames) -> Diff:
    """Return what to do with each row of a frame, and every reason why it cannot be done."""
    matches, problems = match_rows(intent, baseline)
    known = {name for old in baseline.rows.values() for name in old} if intent.rows else set()
    found = Diff(problems=[*problems, *unknown_columns(intent, known)])
    kind = kind_of(intent.writable)
    for position in sorted(matches):
        row = _RowDiff(intent, baseline, kind, names, found, position, matches[position])
        found.row_plans.append(row.plan())
    found.problems = of_columns(intent, found.problems)
    return found


def decide_now(intent: Intent, rows: AccountRows) -> tuple[Diff, Baseline]:
    """Return what to do with each row of a frame, and the account's rows as they are now."""
    baseline = rows.baseline(intent)
    return decide(intent, baseline, AccountNames(rows, intent, baseline)), baseline


@dataclass
class _RowDiff:
    """One row of the frame beside the account's, if it has one."""

    intent: Intent
    baseline: Baseline
    kind: Kind
    names: AccountNames
    found: Diff
    position: int
    old: Row | None

    def __post_init__(self) -> None:
        self.writable = self.intent.writable
        self.cells = self.intent.rows[self.position]
        self.label_of: dict[str, str] = {}

    def plan(self) -> RowPlan:
        """Return what to do with the row."""
        if self.position in self.intent.deletes:
            return self.deleted(self.old)
        return self.created() if self.old is None else self.updated(self.old)

    def deleted(self, old: Row | None) -> RowPlan:
        """Return the plan of a row that is to go."""
        if old is None:
            reason = "is not in the account, so it cannot be deleted"
            return self.refused(self.writable.id_column, reason, not_there=True)
        if self.writable.delete is None:
            reason = f"cannot be deleted: the API deletes no {self.writable.name!r}"
            return self.refused("id", reason)
        gone = tuple(Change(name, value, None) for name, value in old.items() if value is not None)
        requests = tuple(self.kind.delete(old))
        key = self.key_of(old)
        return RowPlan(self.position, "delete", key, gone, requests, old, self.conflict())

    def created(self) -> RowPlan:
        """Return the plan of a row that is to be made."""
        if not self.intent.new:
            return RowPlan(self.position, "unchanged")
        new, apart = self.wanted({})
        if self.writable.create is None:
            reason = f"is new, and the API makes no {self.writable.name!r}"
            return self.refused(self.writable.id_column, reason)
        requests, bad = self.kind.create(self.kind.body_of(new), apart.requests(NEW))
        self.note(self.not_found(bad), new)
        told = {name: value for name, value in new.items() if value not in (None, "", [])}
        self.found.ignored |= told.keys() - self.writable.written
        changes = [Change(n, None, told[n]) for n in told if n in self.writable.written]
        changes += [change._replace(old=None) for change in apart.changes]
        key, columns = () if self.writable.has_id else self.key_of(new), self.kind.adds_to
        asked = tuple(map(self.cells.get, columns))
        added_to = next(iter(self.baseline.named(columns, asked)), None) if columns else None
        return RowPlan(self.position, "create", key, tuple(changes), tuple(requests), added_to)

    def not_found(self, bad: Bad) -> Bad:
        """Return what is wrong with a new row; what one looked for by a key lacks, once."""
        lacks = [name for name, reason in bad if reason.startswith(REQUIRED)]
        if not lacks or not self.identity:
            return bad
        first, *more = self.identity
        beside = f" with this {' and '.join(more)}" if more else ""
        need = f"is not in the account{beside}, and a new row needs {', '.join(lacks)}"
        reason = f"{need}; new=False leaves out what is not there"
        self.problem(first, self.cells.get(first), reason)
        return [one for one in bad if one[0] not in lacks]

    def updated(self, old: Row) -> RowPlan:
        """Return the plan of a row that is to be as the frame has it."""
        problems = self.found.problems
        first = len(problems)
        new, apart = self.wanted(old)
        key = self.key_of(old)
        changes = [one for name in differing(old, new) for one in self.changes_of(name, old, new)]
        if not [*changes, *apart.changes, *problems[first:]]:
            return RowPlan(self.position, "unchanged", key, old=old)
        own = [change.field for change in changes if self.is_sent(change, new)]
        requests, bad = self.kind.update(old, {**old, **new}, own, apart.requests(key[-1]))
        self.note(bad, {name: new[name] for name in own})
        told = [c._replace(new=new[c.field]) if c.field in own else c for c in changes]
        told += apart.changes
        plan = RowPlan(
            self.position, "update", key, tuple(told), tuple(requests), old, self.conflict()
        )
        if not plan.conflict:
            return plan
        # They may come of what others changed, and the row is left alone.
        plan, problems[first:] = replace(plan, problems=tuple(problems[first:])), []
        return plan

    # -- what the cells want

    def wanted(self, old: Row) -> tuple[Row, ColumnRequests]:
        """Return the fields as the frame wants them, and what is written apart from the body."""
        new: Row = {}
        groups: dict[str, list[Cell]] = {}
        for label, value in self.cells.items():
            target = self.intent.targets.get(label) or Target(label)
            if target.kind in ("plain", "unknown"):
                new[target.field] = value
            elif target.kind != "place" and not (self.old and label in self.identity):
                # What a row was found by is not written: of two references it may be the second.
                groups.setdefault(target.field, []).append(Cell(label, target, value))
            self.label_of.setdefault(target.field, label)
        apart = ColumnRequests(self.writable, self.names)
        apart.compare(old, groups, new)
        for label, value, reason in apart.problems:
            self.label_of[label] = label
            self.problem(label, value, reason)
        for name in APART_LISTS:
            groups.pop(name, None)
            new.pop(name, None)
        for name, cells in groups.items():
            before = new.get(name, old.get(name))
            literal = self.baseline.reference_names
            try:
                new[name] = collapse(cells, before, self.names.tag_id, literal)
            except Unfit as unfit:
                self.problem(unfit.label or cells[0].label, None, str(unfit))
        self.tags_by_id(new)
        return new, apart

    def tags_by_id(self, new: Row) -> None:
        """Replace names of tags by their ids; a problem if a name has none."""
        if new.get("tags") and isinstance(new["tags"], list):
            try:
                new["tags"] = self.names.tag_items(new["tags"])
            except Unfit as unfit:
                self.problem("tags", None, str(unfit))
                new.pop("tags")

    def changes_of(self, name: str, old: Row, new: Row) -> list[Change]:
        """Return how a field changes: [] if it does not, or if that cannot be told."""
        spec = self.writable.update_fields.get(name)
        shape = spec or self.writable.create_fields.get(name, ANY)
        before, value = trimmed(old.get(name), shape), trimmed(new[name], shape)
        if name == "updatedAt" or name in self.identity or same(before, value):
            return []
        if is_kept(before, value):  # as a spreadsheet keeps a text
            return []
        if name not in old and spec is None and name not in self.writable.parts:
            self.note_only_new(name, value)
            return []
        if shape.kind == "date":
            new[name] = value
        return [Change(name, before, value)]

    def note_only_new(self, name: str, value: Any) -> None:
        """Add a column that only the single record has: there is nothing to compare it with."""
        if name in self.writable.create_fields and value not in (None, "", []):
            self.found.only_new.setdefault(name, []).append(self.position)

    # -- checks

    @cached_property
    def identity(self) -> tuple[str, ...]:
        """The columns by which the row was found, which are equal or equal but for case."""
        return self.intent.on if self.cells.get("id") is None else ()

    def is_sent(self, change: Change, new: Row) -> bool:
        """Whether a change is part of the record's own body; a problem if it cannot be."""
        name, value = change.field, change.new
        if name in self.writable.parts:
            return False
        reason = self.unwritable(name, value)
        if not reason and new[name] is None:
            new[name], reason = self.kind.unset(name)
        if reason:
            self.problem(name, value, reason)
        return not reason

    def unwritable(self, name: str, value: Any) -> str:
        """Return why a changed field cannot be sent, or ""."""
        spec = self.writable.update_fields.get(name)
        if spec is None or name in self.writable.key or name in self.writable.places.values():
            return self.kind.refusal_of(name)
        if value is None or (spec.kind == "nested" and value == []):
            return ""
        return refusal(value, spec) or ""

    def conflict(self) -> str:
        """Return why the account's row is newer than the frame's, or ""."""
        old = self.old or {}
        seen, now = self.intent.seen(self.position, old.get("id")), old.get("updatedAt")
        if now is None:
            return ""
        if len(seen) != 1 and self.position < self.intent.count:
            self.found.unseen.append(self.position)
        return _why_not(seen[-1], now, bool(self.identity)) if seen else ""

    def key_of(self, row: Mapping[str, Any]) -> Key:
        return tuple(row.get(name) for name in self.writable.key)

    def refused(self, column: str, reason: str, *, not_there: bool = False) -> RowPlan:
        """Return the plan of a row that cannot be pushed."""
        self.problem(column, None, reason, not_there=not_there)
        return RowPlan(self.position, "unchanged")

    def note(self, bad: Bad, values: Row) -> None:
        for name, reason in dict.fromkeys(bad):
            self.problem(name, values.get(name), reason)

    def problem(self, name: str, value: Any, reason: str, *, not_there: bool = False) -> None:
        label = self.label_of.get(name, name)
        row = self.intent.labels[self.position]
        shown = value if not isinstance(value, (list, dict)) else None
        problem = Problem(row, label, shown, reason, not_there)
        if problem not in self.found.problems[-NEAR:]:
            self.found.problems.append(problem)


def _why_not(seen: str, now: str, by_name: bool) -> str:
    """Return why the version that was read is not the account's, or ""."""
    if seen < now:
        is_cut = any(seen == now[:n] + MIDNIGHT[n:] for n in (10, 13, 16, 19))
        return f"changed in the account at {now[:19]}Z, {CUT if is_cut else AFTER}"
    # That of a row found by its name may be another account's.
    return "" if by_name or not is_later(seen, now) else f"{LATER}, {now[:19]}Z"
