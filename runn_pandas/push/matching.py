"""Which row of the account each row of the frame is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from unicodedata import normalize

from runn_pandas.catalog.writes import ACTUAL_KEY
from runn_pandas.push.model import Intent, Problem

Row = dict[str, Any]
Key = tuple[Any, ...]
OPTIONAL_KEY = frozenset({"workstreamId"})


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
        """The rows that have a natural key."""
        if on not in self.by_name:
            index: dict[Key, list[Row]] = {}
            for row in self.rows.values():
                for one in natural_keys(row, on):
                    index.setdefault(one, []).append(row)
            self.by_name[on] = index
        return self.by_name[on].get(key, [])


def natural_keys(row: Mapping[str, Any], on: tuple[str, ...], *, exact: bool = False) -> list[Key]:
    """The natural keys of a row of the account: several, if it has a reference twice."""
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
    """A key's value as it is compared: without outer blanks, and in any case.

    The ids of other systems keep their case: there, two may differ in nothing else.
    """
    if isinstance(value, str):
        plain = normalize("NFC", value).strip()
        return plain if label.startswith("references.") else plain.casefold()
    return value if not isinstance(value, (list, dict)) else str(value)


def match(intent: Intent, baseline: Baseline, problems: list[Problem]) -> dict[int, Row | None]:
    """Give for each row the account's, or None if it is new; not the rows with a problem."""
    matcher = _Matcher(intent, baseline, problems)
    twice = _repeated(intent, matcher)
    found: dict[int, Row | None] = {}
    for position in sorted(intent.rows):
        if position in twice:
            column, value, first = twice[position]
            reason = f"stands in the frame more than once (first in row {first!r})"
            problems.append(Problem(intent.labels[position], column, value, reason))
            continue
        try:
            found[position] = matcher.find(position)
        except _Refused as refused:
            problems.append(refused.problem)
    taken: dict[int, int] = {}
    for position, row in found.items():
        if row is None:
            continue
        if id(row) in taken:
            column = intent.on[0] if intent.on else intent.writable.key[-1]
            other = intent.labels[taken[id(row)]]
            problems.append(
                Problem(
                    intent.labels[position],
                    column,
                    intent.rows[position].get(column),
                    f"is the same row of the account as row {other!r}",
                )
            )
        taken[id(row)] = position
    return found


def _several(rows: list[Row], label: str) -> str:
    """Say which rows of the account a natural key fits."""
    ids = ", ".join(str(row.get("id")) for row in rows[:3]) + ("..." if len(rows) > 3 else "")
    stored = dict.fromkeys(repr(value) for row in rows[:3] for value in _values(row, label))
    names = f": {', '.join(stored)}" if len(stored) > 1 else ""
    return (
        f"is on {len(rows)} rows of the account (ids {ids}{names}); make on= more exact, or use ids"
    )


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


class _Matcher:
    def __init__(self, intent: Intent, baseline: Baseline, problems: list[Problem]) -> None:
        self.intent, self.baseline = intent, baseline
        self.writable = intent.writable

    def find(self, position: int) -> Row | None:
        if self.writable.kind == "time entries":
            return None
        cells = self.intent.rows[position]
        key = self.own_key(position)
        if position >= self.intent.count or (key is not None and not self.intent.on):
            return self.by_key(position, key or ())
        if self.writable.kind == "actuals" and key is not None:
            return self.fitting(position, key)
        if self.intent.on:
            return self.by_name(position, key)
        for column in self.writable.key:
            if column != "id" and cells.get(column) is None:
                raise self.refused(position, column, "is missing: it identifies the row")
        return None

    def own_key(self, position: int) -> Key | None:
        cells = self.intent.rows[position]
        key = tuple(cells.get(name) for name in self.writable.key)
        return None if not key or None in key else key

    def name_key(self, position: int) -> Key:
        cells = self.intent.rows[position]
        return tuple(folded(label, cells.get(label)) for label in self.intent.on)

    def by_key(self, position: int, key: Key) -> Row | None:
        row = self.baseline.rows.get(key)
        if row is None and (self.writable.key == ("id",) or position in self.intent.deletes):
            raise self.refused(
                position,
                self.writable.key[-1],
                "is not in the account: it was deleted, or the"
                " frame was summed up or comes from another account; a new row has no id",
            )
        return row

    def fitting(self, position: int, key: Key) -> Row | None:
        """The row of an id, whose natural key must be that of the frame's row."""
        row = self.by_key(position, key)
        cells = self.intent.rows[position]
        for column in ACTUAL_KEY:
            if column in cells and row is not None and cells[column] != row.get(column):
                raise self.refused(
                    position,
                    column,
                    f"is part of an actual's key, and id {key[0]} has"
                    f" {row.get(column)!r}; for another key, leave the id empty",
                )
        return row

    def by_name(self, position: int, key: Key | None) -> Row | None:
        on, cells = self.intent.on, self.intent.rows[position]
        for label in on:
            if folded(label, cells.get(label)) in (None, "") and label not in OPTIONAL_KEY:
                if key is not None:
                    return self.by_key(position, key)
                raise self.refused(position, label, "is missing: it identifies the row")
        rows = self.baseline.named(on, self.name_key(position))
        if len(rows) > 1:
            asked = tuple(cells.get(label) for label in on)
            exact = [row for row in rows if asked in natural_keys(row, on, exact=True)]
            rows = exact if len(exact) == 1 else rows
        if len(rows) > 1:
            raise self.refused(position, on[0], _several(rows, on[0]))
        row = rows[0] if rows else None
        if key is not None and self.writable.key == ("id",):
            if row is None:
                return self.by_key(position, key)
            if row.get("id") != key[0]:
                raise self.refused(
                    position,
                    "id",
                    f"does not fit: the account has this {on[0]} on id {row.get('id')}",
                )
        return row

    def refused(self, position: int, column: str, reason: str) -> _Refused:
        value = self.intent.rows[position].get(column)
        return _Refused(Problem(self.intent.labels[position], column, value, reason))


def _repeated(intent: Intent, matcher: _Matcher) -> dict[int, tuple[str, Any, Any]]:
    """The rows whose identity stands in an earlier row already."""
    if intent.writable.kind == "time entries":
        return {}
    seen: dict[tuple[str, Key], int] = {}
    found: dict[int, tuple[str, Any, Any]] = {}
    for position in sorted(intent.rows):
        keys = []
        own = matcher.own_key(position)
        if own is not None:
            keys.append((intent.writable.key[-1], own))
        cells = intent.rows[position]
        named = all(cells.get(label) is not None or label in OPTIONAL_KEY for label in intent.on)
        if intent.on and named and (own is None or intent.writable.kind != "actuals"):
            keys.append((intent.on[0], matcher.name_key(position)))
        for column, key in keys:
            if (column, key) in seen:
                first = intent.labels[seen[column, key]]
                found.setdefault(position, (column, cells.get(column), first))
            seen.setdefault((column, key), position)
    return found


def repeated_problems(intent: Intent) -> list[Problem]:
    """Give what is wrong with the identities of a frame, seen without the account."""
    found = _repeated(intent, _Matcher(intent, Baseline({}), []))
    return [
        Problem(
            intent.labels[position],
            column,
            value,
            f"stands in the frame more than once (first in row {first!r})",
        )
        for position, (column, value, first) in found.items()
    ]
