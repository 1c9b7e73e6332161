"""Which row of the account each row of the frame is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NoReturn
from unicodedata import normalize

from runn_pandas.catalog.write_rules import OPTIONAL_KEY
from runn_pandas.push.kinds import Kind, kind_of
from runn_pandas.push.kinds.base import MISSING
from runn_pandas.push.model import Intent, Key, Problem, Row, RowPlan, grouped, longer_index

LANDED = {  # whether it has the wanted values: what to do
    True: "with these values already: if that is this one, moved before, delete this one",
    False: "already; add the time up there, and delete this one",
}
VERSION = ("updatedAt",)  # what says of which time a row of the frame is


@dataclass(frozen=True)
class Baseline:
    """Rows of the account, by key, as canonical values.

    Attributes
    ----------
    complete : bool
        Whether these are all the rows there are.
    """

    rows: Mapping[Key, Row]
    complete: bool = False
    by_name: dict[tuple[str, ...], dict[Key, list[Row]]] = field(default_factory=dict)

    @cached_property
    def highest(self) -> int | None:
        """The highest id, if the rows are all there are."""
        if not self.complete:
            return None
        ids = [row["id"] for row in self.rows.values() if isinstance(row.get("id"), int)]
        return max(ids, default=0)

    @cached_property
    def reference_names(self) -> frozenset[str]:
        """The names of the references that the rows have."""
        return frozenset(
            str(item.get("referenceName"))
            for row in self.rows.values()
            for item in row.get("references") or ()
            if isinstance(item, Mapping)
        )

    def named(self, on: tuple[str, ...], key: Key) -> list[Row]:
        """Return the rows that have a natural key."""
        if on not in self.by_name:
            rows = self.rows.values()
            self.by_name[on] = grouped((one, row) for row in rows for one in natural_keys(row, on))
        return self.by_name[on].get(key, [])


def natural_keys(row: Mapping[str, Any], on: tuple[str, ...], *, exact: bool = False) -> list[Key]:
    """Return the natural keys of a row of the account: several, if it has a reference twice."""
    keys: list[Key] = [()]
    for label in on:
        values = [
            value if exact and not isinstance(value, (list, dict)) else folded(label, value)
            for value in _values(row, label)
        ]
        keys = [(*key, value) for key in keys for value in dict.fromkeys(values)]
    return keys


def _values(row: Mapping[str, Any], label: str) -> list[Any]:
    name, dot, part = label.partition(".")
    if label in row or not dot:
        return [row.get(label)]
    if name == "references":
        items = row.get("references") or []
        return [i.get("externalId") for i in items if i.get("referenceName") == part]
    nested = row.get(name)
    return [nested.get(part)] if isinstance(nested, Mapping) else []


def folded(label: str, value: Any) -> Any:
    """Return a key's value as it is compared: without outer blanks, and in any case.

    The ids of other systems keep their case: there, two may differ in nothing else.
    """
    if isinstance(value, str):
        plain = normalize("NFC", value).strip()
        return plain if label.startswith("references.") else plain.casefold()
    return value if not isinstance(value, (list, dict)) else str(value)


def match_rows(intent: Intent, baseline: Baseline) -> tuple[dict[int, Row | None], list[Problem]]:
    """Return for each row the account's, or None if it is new; and why others have none."""
    matcher = _Matcher(intent, baseline)
    if matcher.kind.adds_to:
        return dict.fromkeys(intent.rows), []
    repeated = repeated_problems(intent)
    problems = list(repeated.values())
    found: dict[int, Row | None] = {}
    taken: dict[int, int] = {}
    for position in sorted(intent.rows.keys() - repeated.keys()):
        try:
            row = found[position] = matcher.find(position)
        except _RefusedError as refused:
            problems.append(refused.problem)
            continue
        if row is None:
            continue
        if id(row) in taken:
            column = intent.on[0] if intent.on else intent.writable.id_column
            other = intent.labels[taken[id(row)]]
            reason = f"is the same row of the account as row {other!r}"
            problems.append(row_problem(intent, position, column, reason))
        taken[id(row)] = position
    return found, problems


def moved_apart(intent: Intent, baseline: Baseline, begun: Mapping[Key, Row]) -> Intent:
    """Return the intent with each row of another key than its id has as a new one and a deletion.

    Parameters
    ----------
    intent, baseline
        The frame and the account.
    begun
        By key the rows that unfinished pushes were to delete.
    """
    moved = _moved(intent, baseline, begun) if intent.new else {}
    if not moved:
        return intent
    rows, first = dict(intent.rows), len(intent.labels)
    for place, position in enumerate(moved, first):
        rows[position], rows[place] = _two_rows(intent, rows[position], moved[position])
    more = [f"delete {old[intent.writable.id_column]}" for old in moved.values()]
    return replace(
        intent,
        labels=(*intent.labels, *more),
        rows=rows,
        deletes=intent.deletes | frozenset(range(first, first + len(moved))),
        index=longer_index(intent.index, more),
        moves={**intent.moves, **dict(enumerate(moved, first))},
    )


def _moved(intent: Intent, baseline: Baseline, begun: Mapping[Key, Row]) -> dict[int, Row]:
    """Return by position the account's rows whose id has another natural key than the frame's."""
    kind = kind_of(intent.writable)
    if not kind.natural_key or intent.undoes or intent.origin is not None:
        return {}
    found: dict[int, Row] = {}
    for position in sorted(intent.rows.keys() - intent.deletes):
        cells = intent.rows[position]
        key = kind.key_of(cells) or ()
        old = baseline.rows.get(key) or begun.get(key, {})
        if old and any(cells.get(n, old.get(n)) != old.get(n) for n in kind.natural_key):
            found[position] = old
    return found


def _two_rows(intent: Intent, cells: Row, old: Row) -> tuple[Row, Row]:
    """Return the new row that a moved one becomes, and the deletion of the old one."""
    known, kind = intent.writable, kind_of(intent.writable)
    kept = {name: old[name] for name in known.create_fields if old.get(name) is not None}
    said = {name: cells[name] for name in cells if name in kept or name in known.written}
    new = {name: value for name, value in {**kept, **said}.items() if name not in known.key}
    gone = {name: old.get(name) for name in (*known.key, *kind.natural_key)}
    return new, gone | {name: cells[name] for name in VERSION if name in cells}


def landed_problems(intent: Intent, row_plans: Iterable[RowPlan]) -> list[Problem]:
    """Return why rows cannot be moved: something is there already, or they were changed since."""
    plans, column = {one.position: one for one in row_plans}, intent.writable.id_column
    found = []
    for place, position in intent.moves.items():
        new, gone = plans.get(position), plans.get(place)
        label = intent.labels[position]
        if new is not None and new.action != "create" and not new.begun:
            reason = (
                f"cannot be moved: the account has id {new.id} under that key"
                f" {LANDED[new.action == 'unchanged']} with delete=[{gone.id if gone else None}]"
            )
            found.append(Problem(label, column, gone.id if gone else None, reason))
        elif gone is not None and gone.conflict:
            found.append(
                Problem(label, column, gone.id, f"cannot be moved: it was {gone.conflict}")
            )
    return found


class _RefusedError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


class _Matcher:
    """Finds the rows of a frame in the account."""

    def __init__(self, intent: Intent, baseline: Baseline) -> None:
        self.intent, self.baseline = intent, baseline
        self.kind = kind_of(intent.writable)

    def find(self, position: int) -> Row | None:
        key = self.kind.key_of(self.intent.rows[position])
        if position >= self.intent.count or (key is not None and not self.intent.on):
            return self.by_key(position, key or ())
        if key is not None and self.kind.natural_key:
            # What is deleted may have been meant to be under another key: its id names it.
            deleted = position in self.intent.deletes
            return self.by_key(position, key) if deleted else self.fitting(position, key)
        if self.intent.on:
            return self.by_name(position, key)
        self.refuse_incomplete(position)
        return None

    def refuse_incomplete(self, position: int) -> None:
        """Refuse a new row without a part of its key that Runn does not give it."""
        for column in self.intent.writable.key:
            if column != "id" and self.intent.rows[position].get(column) is None:
                self.refuse(position, column, MISSING)

    def by_key(self, position: int, key: Key) -> Row | None:
        row = self.baseline.rows.get(key)
        if row is None and (self.intent.writable.has_id or position in self.intent.deletes):
            where = " within a month of these days" if self.intent.writable.by_day else ""
            reason = (
                f"is not in the account{where}: it was deleted, or the"
                " frame was summed up or comes from another account; a new row has no id"
            ) + self.kind.advice.get("id", "")
            self.refuse(position, self.intent.writable.id_column, reason, not_there=True)
        return row

    def fitting(self, position: int, key: Key) -> Row | None:
        """Return the row of an id, whose natural key must be that of the frame's row."""
        row = self.by_key(position, key)
        cells = self.intent.rows[position]
        for column in self.kind.natural_key:
            if column in cells and row is not None and cells[column] != row.get(column):
                reason = (
                    f"is part of an actual's key, and id {key[0]} has"
                    f" {row.get(column)!r}; for another key, leave the id empty"
                )
                self.refuse(position, column, reason)
        return row

    def by_name(self, position: int, key: Key | None) -> Row | None:
        """Return the row of a natural key; its id, if the frame has one, must be the same."""
        for label in self.intent.on:
            value = folded(label, self.intent.rows[position].get(label))
            if value in (None, "") and label not in OPTIONAL_KEY:
                if key is not None:
                    return self.by_key(position, key)
                self.refuse(position, label, MISSING)
        row = self.named(position)
        if key is None or not self.intent.writable.has_id:
            return row
        if row is None:
            return self.by_key(position, key)
        if row.get("id") != key[0]:
            what = f"this {self.intent.on[0]} on id {row.get('id')}"
            self.refuse(position, "id", f"does not fit: the account has {what}")
        return row

    def named(self, position: int) -> Row | None:
        """Return the row of a natural key; of several the one that is spelled just so."""
        on, cells = self.intent.on, self.intent.rows[position]
        rows = self.baseline.named(on, _name_key(self.intent, position))
        if len(rows) > 1:
            asked = tuple(cells.get(label) for label in on)
            exact = [row for row in rows if asked in natural_keys(row, on, exact=True)]
            rows = exact if len(exact) == 1 else rows
        if len(rows) > 1:
            self.refuse(position, on[0], _several(rows, on[0]))
        return rows[0] if rows else None

    def refuse(
        self, position: int, column: str, reason: str, *, not_there: bool = False
    ) -> NoReturn:
        problem = row_problem(self.intent, position, column, reason)
        raise _RefusedError(problem._replace(not_there=not_there))


def row_problem(intent: Intent, position: int, column: str, reason: str) -> Problem:
    """Return what is wrong with a cell of a row."""
    return Problem(intent.labels[position], column, intent.rows[position].get(column), reason)


def _name_key(intent: Intent, position: int) -> Key:
    return tuple(folded(label, intent.rows[position].get(label)) for label in intent.on)


def _several(rows: list[Row], label: str) -> str:
    """Return the words that say which rows of the account a natural key fits."""
    ids = ", ".join(str(row.get("id")) for row in rows[:3]) + ("..." if len(rows) > 3 else "")
    stored = dict.fromkeys(repr(value) for row in rows[:3] for value in _values(row, label))
    names = f": {', '.join(stored)}" if len(stored) > 1 else ""
    return (
        f"is on {len(rows)} rows of the account (ids {ids}{names}); make on= more exact, or use ids"
    )


# -- rows that stand in the frame twice


def repeated_problems(intent: Intent) -> dict[int, Problem]:
    """Return why rows cannot be pushed whose identity an earlier row has, by position."""
    kind = kind_of(intent.writable)
    first: dict[tuple[str, Key], int] = {}
    found: dict[int, Problem] = {}
    for position in () if kind.adds_to else sorted(intent.rows):
        for column, key in _identities(intent, kind, position):
            before = first.setdefault((column, key), position)
            if before != position and position not in found:
                reason = (
                    f"stands in the frame more than once (first in row {intent.labels[before]!r})"
                )
                found[position] = row_problem(intent, position, column, reason)
    return found


def _identities(intent: Intent, kind: Kind, position: int) -> Iterator[tuple[str, Key]]:
    """Return what identifies a row of the frame, by column: its key, its natural key, or both."""
    cells = intent.rows[position]
    own = kind.key_of(cells)
    if own is not None:
        yield intent.writable.id_column, own
    named = all(cells.get(label) is not None or label in OPTIONAL_KEY for label in intent.on)
    if intent.on and named and (own is None or not kind.natural_key):
        yield intent.on[0], _name_key(intent, position)
