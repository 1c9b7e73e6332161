"""The rows of a sheet against those of the account: one operation for each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from runn_pandas.catalog.write_rules import OPTIONAL_KEY
from runn_pandas.frame.encode import Unfit, differing, is_later, refusal, same, trimmed
from runn_pandas.frame.expanded import ANY, Cell, Target, collapse
from runn_pandas.frame.foreign_text import is_kept
from runn_pandas.pushing.account_rows import AccountRows, Baseline, folded
from runn_pandas.pushing.checks import by_column, unknown_columns
from runn_pandas.pushing.journal import Memory
from runn_pandas.pushing.kinds import MISSING, Bad, kind_of
from runn_pandas.pushing.model import NEW, Change, Key, Operation, Problem, Row, key_of
from runn_pandas.pushing.nested import APART_LISTS, AccountNames, ColumnRequests
from runn_pandas.pushing.sheet import Sheet

PARTS = "(parts)"  # the ids of the records that an earlier push became
NOT_THERE = "Not in the account, and new=False creates no rows."


@dataclass
class Comparison:
    """The operations of a sheet, and every reason why it cannot be pushed.

    Attributes
    ----------
    unseen : int
        The changed rows without the version that they were read in.
    ignored : set of str
        The columns that a new row cannot have.
    only_new : dict of str to int
        Columns that the API takes of new rows only, with the number of existing rows.
    """

    baseline: Baseline
    operations: list[Operation] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unseen: int = 0
    ignored: set[str] = field(default_factory=set)
    only_new: dict[str, int] = field(default_factory=dict)


class _RefusedError(Exception):
    """A row that cannot be pushed."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def compare(sheet: Sheet, rows: AccountRows, memory: Memory) -> Comparison:
    """Return what to do with each row of a sheet."""
    baseline = rows.baseline(sheet)
    found = Comparison(baseline)
    known = {name for old in baseline.rows.values() for name in old} if sheet.from_runn else set()
    found.problems += unknown_columns(sheet, known) if sheet.from_runn else []
    found.problems += _of_other_account(sheet, baseline)
    names = AccountNames(rows, sheet, baseline)
    matcher = _Matcher(sheet, baseline, memory, rows)
    for at in sorted(sheet.rows):
        row = _RowComparison(sheet, names, found, memory, at)
        try:
            old, is_lost = matcher.find(at)
            found.operations.append(row.operation(old, is_lost=is_lost))
        except _RefusedError as refused:
            row.problem(refused.column, sheet.rows[at].get(refused.column), refused.reason)
    found.problems = by_column(sheet, found.problems)
    return found


def _of_other_account(sheet: Sheet, baseline: Baseline) -> list[Problem]:
    """Return the problem of a frame from another account, unless its records are in this one."""
    if not sheet.read_from:
        return []
    checked = 0
    for cells in sheet.rows.values():
        row = baseline.rows.get(key_of(cells, sheet.writable.key), {})
        made = cells.get("createdAt")
        if made is None or row.get("createdAt") != made:
            break
        checked += 1
    if checked and checked == len(sheet.rows):
        return []  # the same account with a renewed token
    reason = (
        f"belongs to a frame that was read from another account ({sheet.read_from}). Connect to"
        " that one, or read the frame again from this one"
    )
    return [Problem(None, sheet.writable.id_column, None, reason)]


# -- which record a row is


class _Matcher:
    """Finds the record of the account that a row is."""

    def __init__(self, sheet: Sheet, baseline: Baseline, memory: Memory, rows: AccountRows) -> None:
        self.sheet, self.baseline, self.memory = sheet, baseline, memory
        self.kind = kind_of(sheet.writable)
        self.taken: dict[int, int] = {}
        missing = self._missing_ids()
        self.successors = memory.successors(missing, rows, sheet.rows.values()) if missing else {}

    def _missing_ids(self) -> set[Any]:
        if not self.kind.is_replaced or self.sheet.undoes:
            return set()
        ids = {row["id"] for row in self.sheet.rows.values() if row.get("id") is not None}
        return {own for own in ids if (own,) not in self.baseline.rows}

    def find(self, at: int) -> tuple[Row | None, bool]:
        """Return the record of a row, or None; and whether an own push deleted it halfway."""
        row, is_lost = self._find(at)
        if row is not None and not is_lost and not self.kind.adds_to:
            first = self.taken.setdefault(id(row), at)
            if first != at:
                column = self.sheet.on[0] if self.sheet.on else self.sheet.writable.id_column
                label = self.sheet.labels[first]
                raise _RefusedError(column, f"is the same record as row {label!r}")
        return row, is_lost

    def _find(self, at: int) -> tuple[Row | None, bool]:
        cells = self.sheet.rows[at]
        if self.kind.adds_to:
            return None, False
        key = self.kind.key_of(cells)
        by_key = at >= self.sheet.count or not self.sheet.on or bool(self.kind.natural_key)
        if key is not None and by_key:
            return self._by_key(at, key)
        if self.sheet.on:
            return self._by_name(at, key)
        for column in self.sheet.writable.key:
            if column != "id" and cells.get(column) is None:
                raise _RefusedError(column, MISSING)
        return None, False

    def _by_key(self, at: int, key: Key) -> tuple[Row | None, bool]:
        row = self.baseline.rows.get(key)
        if row is not None:
            return row, False
        if key[0] in self.successors:
            return self._successor(key[0])
        own = key if key[1:] else key[0]
        if at in self.sheet.deletes and self.memory.deleted_by(own) is not None:
            return None, False
        if self.sheet.writable.has_id or at in self.sheet.deletes:
            reason = (
                "is not in the account: it was deleted, or it belongs to another account. Leave"
                " the id of new rows empty" + self.kind.advice.get("id", "")
            )
            raise _RefusedError(self.sheet.writable.id_column, reason)
        return None, False

    def _successor(self, own: Any) -> tuple[Row | None, bool]:
        """Return the record that an earlier push put in the place of a deleted one."""
        ids, old, records = self.successors[own]
        if not ids:
            return old, True
        if len(records) == 1:
            return records[0], False
        # Runn split the new record around leave: its days are those that were sent.
        days = {name: old.get(name) for name in ("startDate", "endDate")}
        return {**records[0], **days, PARTS: ids}, False

    def _by_name(self, at: int, key: Key | None) -> tuple[Row | None, bool]:
        """Return the record that has the values of the columns of ``on=``."""
        on, cells = self.sheet.on, self.sheet.rows[at]
        for label in on:
            if folded(label, cells.get(label)) in (None, "") and label not in OPTIONAL_KEY:
                if key is not None:
                    return self._by_key(at, key)
                raise _RefusedError(label, MISSING)
        found = self.baseline.named(on, tuple(folded(n, cells.get(n)) for n in on))
        if len(found) > 1:
            exact = [row for row in found if all(row.get(n) == cells.get(n) for n in on)]
            found = exact if len(exact) == 1 else found
        if len(found) > 1:
            ids = ", ".join(str(row.get("id")) for row in found[:3])
            reason = f"fits {len(found)} records ({ids}). Add a column to on=, or use ids"
            raise _RefusedError(on[0], reason)
        row = found[0] if found else None
        if key is not None and self.sheet.writable.has_id and (row or {}).get("id") != key[0]:
            there = f"id {row['id']} has these values" if row else "no record has these values"
            raise _RefusedError("id", f"does not fit on={list(on)}: {there}")
        return row, False


# -- what happens to a row


@dataclass
class _RowComparison:
    """One row next to its record."""

    sheet: Sheet
    names: AccountNames
    found: Comparison
    memory: Memory
    at: int

    def __post_init__(self) -> None:
        self.writable = self.sheet.writable
        self.kind = kind_of(self.writable)
        self.cells = self.sheet.rows[self.at]
        self.label_of: dict[str, str] = {}

    def operation(self, old: Row | None, *, is_lost: bool) -> Operation:
        """Return what to do with the row."""
        if self.at in self.sheet.deletes:
            return self.deleted(None if is_lost else old)
        if old is None:
            return self.created({})
        return self.created(old) if is_lost else self.updated(old)

    def _new(self, action: Any, old: Row | None = None, **values: Any) -> Operation:
        own = None
        if old:
            key = key_of(old, self.writable.key)
            own = key if key[1:] else key[0]
        label = self.sheet.labels[self.at]
        return Operation(self.at, label, action, own, old=old or {}, **values)

    def deleted(self, old: Row | None) -> Operation:
        if self.writable.delete is None:
            self.problem(
                "id", None, f"cannot be deleted: the API deletes no {self.writable.name!r}"
            )
            return self._new("unchanged")
        if old is None:
            note = f"Deleted by push {self.memory.deleted_by(self.cells.get('id'))}."
            return self._new("unchanged", note=note)
        requests = tuple(self.kind.delete(old))
        return self._new("delete", old, requests=requests, conflict=self.conflict(old))

    def created(self, before: Row) -> Operation:
        """Return the creation of a record; `before` is one that an own push deleted halfway."""
        if not self.sheet.new and not before:
            return self._new("unchanged", note=NOT_THERE)
        new, apart = self.wanted(before)
        if self.writable.create is None:
            raise _RefusedError(
                self.writable.id_column, f"is new, and the API creates no {self.writable.name!r}"
            )
        known = self.writable.fields
        has_id = self.writable.has_id
        new = {**{n: v for n, v in before.items() if v is not None}, **new}
        body = {n: v for n, v in new.items() if n in known and (n != "id" or not has_id)}
        requests, bad = self.kind.create(body, apart.requests(NEW))
        self.note(bad, new)
        written = self.writable.written
        told = {n: v for n, v in new.items() if v not in (None, "", []) and n != "id"}
        if not before:
            self.found.ignored |= told.keys() - written
        changes = [Change(name, None, told[name]) for name in told if name in written]
        changes += [change._replace(old=None) for change in apart.changes]
        old: Row = {}
        if self.kind.adds_to:
            asked = tuple(folded(n, new.get(n)) for n in self.kind.adds_to)
            old = next(iter(self.found.baseline.named(self.kind.adds_to, asked)), {})
        made = self._new("create", changes=tuple(changes), requests=tuple(requests), new=new)
        return replace(made, old=old)

    def updated(self, old: Row) -> Operation:
        """Return the changes of an existing record."""
        first = len(self.found.problems)
        new, apart = self.wanted(old)
        changes = [one for name in differing(old, new) for one in self.changes_of(name, old, new)]
        if not [*changes, *apart.changes, *self.found.problems[first:]]:
            return self._new("unchanged", old)
        if PARTS in old:
            ids = ", ".join(map(str, old[PARTS]))
            raise _RefusedError(
                "id", f"was split into {ids} by an earlier push. Read the list again"
            )
        own = [change.field for change in changes if self.is_sent(change, old, new)]
        parts = apart.requests(key_of(old, self.writable.key)[-1])
        requests, bad = self.kind.update(old, {**old, **new}, own, parts)
        self.note(bad, {name: new[name] for name in own})
        self.refuse_taken_key(old, new, own)
        shown = [c._replace(new=new[c.field]) if c.field in own else c for c in changes]
        made = self._new(
            "update",
            old,
            changes=(*shown, *apart.changes),
            requests=tuple(requests),
            new={name: new[name] for name in new if name in own},
            conflict=self.conflict(old),
        )
        if made.conflict:  # what is wrong may come of the other change, and the row is left alone
            del self.found.problems[first:]
        return made

    def refuse_taken_key(self, old: Row, new: Row, changed: list[str]) -> None:
        """Refuse to move an actual to a key that the account has already."""
        key = self.kind.natural_key
        if not any(name in key for name in changed):
            return
        asked = tuple(folded(n, {**old, **new}.get(n)) for n in key)
        there = [row for row in self.found.baseline.named(key, asked) if row["id"] != old["id"]]
        if there:
            reason = f"moves the actual to a key that id {there[0]['id']} has. Change that one"
            self.problem(next(n for n in changed if n in key), None, reason)

    # -- what the cells say

    def wanted(self, old: Row) -> tuple[Row, ColumnRequests]:
        """Return the fields that the row asks for, and the columns with requests of their own."""
        new: Row = {}
        groups: dict[str, list[Cell]] = {}
        for label, value in self.cells.items():
            target = self.sheet.targets.get(label) or Target(label)
            if target.kind in ("plain", "unknown"):
                new[target.field] = value
            elif target.kind != "place" and not (old and label in self.identity):
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
            references = self.found.baseline.reference_names
            try:
                new[name] = collapse(cells, before, self.names.tag_id, references)
            except Unfit as unfit:
                self.problem(unfit.label or cells[0].label, None, str(unfit))
        if new.get("tags") and isinstance(new["tags"], list):
            try:
                new["tags"] = self.names.tag_items(new["tags"])
            except Unfit as unfit:
                self.problem("tags", None, str(unfit))
                new.pop("tags")
        return new, apart

    def changes_of(self, name: str, old: Row, new: Row) -> list[Change]:
        """Return how a field changes: [] if it does not, or if that cannot be known."""
        spec = self.writable.update_fields.get(name)
        shape = spec or self.writable.create_fields.get(name, ANY)
        before, value = trimmed(old.get(name), shape), trimmed(new[name], shape)
        if name == "updatedAt" or name in self.identity or same(before, value):
            return []
        if name == "id" or is_kept(before, value):
            return []
        if spec is None and name not in self.writable.parts and self.is_unwritten(name, old, value):
            return []
        if shape.kind == "date":
            new[name] = value
        return [Change(name, before, value)]

    def is_unwritten(self, name: str, old: Row, value: Any) -> bool:
        """Whether a column is ignored: the API takes it of new rows only, or never."""
        field = self.writable.fields.get(name)
        if name in old:
            # A nested field that Runn sets comes back from a file in another form.
            return field is not None and field.kind == "nested"
        if name in self.writable.create_fields and value not in (None, "", []):
            self.found.only_new[name] = self.found.only_new.get(name, 0) + 1
        return True

    # -- checks

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns by which the row was found, which are not written."""
        return self.sheet.on if self.cells.get("id") is None else ()

    def is_sent(self, change: Change, old: Row, new: Row) -> bool:
        """Whether a change is part of the record's own body; a problem if it cannot be sent."""
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

    def conflict(self, old: Row) -> str:
        """Return why a record is newer than the row, or ""."""
        now = old.get("updatedAt")
        seen = self.sheet.versions.get(self.at) or self.cells.get("updatedAt")
        if now is None:
            return ""
        if seen is None:
            self.found.unseen += 1
            return ""
        if seen == now or self.memory.wrote(old.get("id"), seen, now):
            return ""
        if seen < now:
            return f"changed in Runn at {now[:19]}Z, after the row was read"
        if is_later(seen, now) and not self.identity:
            return f"updatedAt of the row is later than that of Runn, {now[:19]}Z"
        return ""

    def note(self, bad: Bad, values: Mapping[str, Any]) -> None:
        for name, reason in dict.fromkeys(bad):
            self.problem(name, values.get(name), reason)

    def problem(self, name: str, value: Any, reason: str) -> None:
        label = self.label_of.get(name, name)
        shown = value if not isinstance(value, (list, dict)) else None
        problem = Problem(self.sheet.labels[self.at], label, shown, reason)
        if problem not in self.found.problems[-8:]:
            self.found.problems.append(problem)
        return
