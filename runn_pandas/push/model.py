"""The values of a push: what a frame asks for, what is done with each row, what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal, NamedTuple, TypeGuard, TypeVar

import pandas as pd

from runn_pandas.catalog.resources import is_repeatable
from runn_pandas.catalog.writes import Writable
from runn_pandas.frame.expanded import Target

Row = dict[str, Any]
Key = tuple[Any, ...]
K = TypeVar("K")
T = TypeVar("T")
NA = Literal["unset", "omit"]
Verb = Literal["create", "update", "delete"]
Action = Literal["create", "update", "delete", "unchanged"]
SHOWN = 5  # of many problems or rows, those that are named
NEW = "{id}"  # in a path: the id of the record that the row's first request made
# The worst first: what a row is called that takes several writes.
WORST = ("failed", "unknown", "conflict", "not tried", "planned")
DONE = {"create": "created", "update": "updated", "delete": "deleted"}


def grouped(pairs: Iterable[tuple[K, T]]) -> dict[K, list[T]]:
    """Return what there is by key."""
    found: dict[K, list[T]] = {}
    for key, one in pairs:
        found.setdefault(key, []).append(one)
    return found


class Problem(NamedTuple):
    """One reason why a frame cannot be pushed; row None is the whole column."""

    row: Any
    column: str
    value: Any
    reason: str
    not_there: bool = False  # whether it is that the account has no such row


class Change(NamedTuple):
    """One field that changes."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Origin:
    """The rows that pushed rows were made of, where these are not the rows of the user's frame.

    Attributes
    ----------
    index : Index
        Of the user's frame.
    rows : sequence of int
        For each pushed row which of the frame's rows it was made of.
    refused : mapping of int to str
        Rows of the frame that should be pushed and are not, and why.
    said : sequence of str
        What else there is to say of the frame.
    """

    index: pd.Index[Any]
    rows: Sequence[int]
    refused: Mapping[int, str]
    said: Sequence[str] = ()

    def notes(self) -> list[str]:
        """Say how many rows are not pushed, and why."""
        said = [*self.said]
        for reason in dict.fromkeys(self.refused.values()):
            places = [place for place, why in self.refused.items() if why == reason]
            many = f"{len(places):,} rows are" if len(places) > 1 else "1 row is"
            shown = ", ".join(repr(self.index[place]) for place in places[:3])
            more = ", ..." if len(places) > 3 else ""
            said.append(f"{many} {reason} (row {shown}{more}).")
        return said

    def gathered(self, cells: Sequence[list[Any]]) -> tuple[list[list[Any]], dict[str, list[Any]]]:
        """Return a line for each row of the frame, and by position the ids where it has several."""
        parts = grouped(zip(self.rows, cells, strict=False))
        lines, many = [], {}
        for row in range(len(self.index)):
            if row in parts:
                ids = list(dict.fromkeys(line[2] for line in parts[row] if line[2] is not None))
                if len(ids) > 1:
                    many[str(row)] = ids
                lines.append(_as_one(parts[row]))
            elif row in self.refused:
                why = self.refused[row]
                lines.append(["unchanged", "not tried", None, f"{why[:1].upper()}{why[1:]}.", 0])
            else:
                lines.append(["unchanged", "unchanged", None, "", 0])
        # Last the rows of ``delete=`` that the frame does not have.
        return [*lines, *cells[len(self.rows) :]], many


def _as_one(parts: list[list[Any]]) -> list[Any]:
    """Return the line of a row that took several writes: the worst status, and every error."""
    bad = [line for status in WORST for line in parts if line[1] == status]
    done = [line for line in parts if line[1] != "unchanged"]
    action, status, own = [*bad, *done, *parts][0][:3]
    errors = dict.fromkeys(line[3] for line in parts if line[3])
    return [action, status, own, " ".join(errors), max(line[4] for line in parts)]


@dataclass(frozen=True)
class Intent:
    """A frame and the options of a push, as values that no longer depend on pandas.

    Attributes
    ----------
    rows : mapping of int to dict
        By position the row's cells as JSON. None is a missing cell that means unset; a cell
        that has nothing to say is not there.
    deletes : frozenset of int
        The positions to delete; those from `count` on are not in the frame.
    problems : tuple of Problem
        The cells that cannot be encoded.
    index
        The index of the result.
    na_given : bool
        Whether the user said what a missing cell means.
    versions : mapping
        By id the `updatedAt` of the rows as they were read, where the frame has no such column;
        several if it was joined of reads between which the row was changed.
    undoes : bool
        Whether it takes a push back: what is new then was there before.
    moves : mapping of int to int
        By position the deletions of rows that are made anew under another key, and the rows.
    origin : Origin, optional
        The user's frame, if the pushed rows were made of it and are others.
    repeat : bool
        Whether new rows that were made before are meant a second time.
    new : bool
        Whether rows that the account does not have are made.
    """

    writable: Writable
    labels: tuple[Any, ...]
    count: int
    targets: Mapping[str, Target]
    rows: Mapping[int, Row]
    deletes: frozenset[int] = frozenset()
    on: tuple[str, ...] = ()
    na: NA = "omit"
    from_runn: bool = False
    problems: tuple[Problem, ...] = ()
    index: Any = None
    versions: Mapping[Any, Sequence[str]] = field(default_factory=dict)
    na_given: bool = False
    undoes: bool = False
    moves: Mapping[int, int] = field(default_factory=dict)
    origin: Origin | None = None
    repeat: bool = False
    new: bool = True

    def content(self, position: int) -> str:
        """Return the digest of one row, wherever it stands: equal for the same content."""
        own = self.writable.key
        cells = {
            name: value
            for name, value in self.rows[position].items()
            # A frame that got ids for some rows says nothing new of the others.
            if value is not None or name not in own
        }
        whole = [sorted(cells.items()), position in self.deletes, self.on, self.na]
        return sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:16]

    def seen(self, position: int, own: Any) -> Sequence[str]:
        """Return each `updatedAt` that a row may have been read with, the newest last."""
        cell = self.rows[position].get("updatedAt")
        return (cell,) if cell else self.versions.get(own, ())

    def only(self, positions: Sequence[int]) -> Intent:
        """Return the same push for some of its rows."""
        wanted = set(positions)
        return replace(
            self,
            rows={position: row for position, row in self.rows.items() if position in wanted},
            deletes=self.deletes & wanted,
        )


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes
    ----------
    verb : str
        What it does to a record.
    mend : bool
        Whether, if it is refused, the row's record must be made again: it was deleted to
        make room for this request.
    restores : bool
        Whether it makes such a record again.
    """

    verb: Verb
    method: str
    path: str
    body: Any = None
    query: dict[str, Any] | None = None
    mend: bool = False
    restores: bool = False

    @property
    def again(self) -> bool:
        """Whether a second copy leaves the account as one does."""
        return is_repeatable(self.method, self.path)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Request:
        # Journals of earlier versions have more.
        known = cls.__dataclass_fields__
        return cls(**{name: value for name, value in raw.items() if name in known})


@dataclass(frozen=True)
class RowPlan:
    """What a push does with one row.

    Attributes
    ----------
    position : int
        Which row of the intent.
    key : tuple
        The values of the resource's key columns, or () for a new row.
    changes : tuple of Change
        Field by field.
    old : dict or None
        The account's row as it was.
    conflict : str
        Why it was changed in the account after the frame was read, or "".
    needs : tuple of int
        The rows that must be done before this one: leave that makes room for it.
    beside : tuple of dict
        Other rows of the account that Runn changes with this one, as they were: leave that is
        merged, the contract that ends for a new one, the contracts of a deleted person.
    begun : int
        How often an interrupted push sent something for it; the requests are what is left.
    made : tuple
        The ids of the records that it made.
    problems : tuple of Problem
        Why it cannot be pushed as it is, if it is in conflict.
    """

    position: int
    action: Action
    key: Key = ()
    changes: tuple[Change, ...] = ()
    requests: tuple[Request, ...] = ()
    old: Row | None = None
    conflict: str = ""
    needs: tuple[int, ...] = ()
    beside: tuple[Row, ...] = ()
    begun: int = 0
    made: Key = ()
    problems: tuple[Problem, ...] = ()

    @property
    def open(self) -> bool:
        """Whether there is something to do, or something was done that is to be told."""
        return bool(self.requests or self.begun)

    @property
    def creation(self) -> int | None:
        """Which of its requests makes a record."""
        return next((n for n, one in enumerate(self.requests) if one.verb == "create"), None)

    @property
    def id(self) -> Any:
        """What identifies the row: its id; of a compound key its last part."""
        return self.key[-1] if self.key else None

    @property
    def version(self) -> str | None:
        """The `updatedAt` of the account's row as it was."""
        return (self.old or {}).get("updatedAt")

    @cached_property
    def new(self) -> Row:
        """The changed fields with their new values."""
        return {change.field: change.new for change in self.changes}

    @cached_property
    def wanted(self) -> Row:
        """The row as it shall be, as far as it is known."""
        return {**(self.old or {}), **self.new}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> RowPlan:
        return cls(
            raw["position"],
            raw["action"],
            tuple(raw["key"]),
            tuple(Change(*change) for change in raw["changes"]),
            tuple(Request.from_json(request) for request in raw["requests"]),
            raw["old"],
            raw["conflict"],
            tuple(raw["needs"]),
            tuple(raw["beside"]),
            raw.get("begun", 0),
            tuple(raw.get("made", ())),
        )


@dataclass(frozen=True)
class Batch:
    """What is sent together: the requests of one row, or one bulk request for several.

    Attributes
    ----------
    many : str
        In a bulk request the name of the body's list, which has one element a position.
    """

    positions: tuple[int, ...]
    requests: tuple[Request, ...]
    many: str = ""

    def part(self, positions: Sequence[int]) -> Batch:
        """Return the same bulk request for some of its rows."""
        request = self.requests[0]
        wanted = set(positions)
        kept = [n for n, position in enumerate(self.positions) if position in wanted]
        body = {**request.body, self.many: [request.body[self.many][n] for n in kept]}
        return Batch(
            tuple(self.positions[n] for n in kept), (replace(request, body=body),), self.many
        )


@dataclass(frozen=True)
class Attempt:
    """One sending of one request.

    Attributes
    ----------
    id : int
        Its number in the journal: a later one has a higher one.
    positions : tuple of int
        The rows that it is for.
    at : int
        Which of their requests it is.
    many : str
        In a bulk request the name of the body's list, which has one element a position.
    state : str
        ``sent``: no answer is known; ``done``; ``refused``: an answer that says no;
        ``unsent``: it did not reach the account.
    cause : Exception, optional
        Why no answer is known.
    """

    id: int
    positions: tuple[int, ...]
    at: int
    request: Request
    many: str = ""
    state: str = "sent"
    answer: Any = None
    error: str = ""
    cause: Exception | None = None

    def item(self, position: int) -> Any:
        """Return what it says of one row."""
        if not self.many:
            return self.request.body
        return self.request.body[self.many][self.positions.index(position)]


@dataclass(frozen=True)
class Outcome:
    """What became of a row: its status, and the ids of the records that it is now."""

    status: str
    ids: tuple[Any, ...] = ()
    error: str = ""
    attempts: int = 0

    @property
    def id(self) -> Any:
        """The first of its ids, or None."""
        return self.ids[0] if self.ids else None


def done(outcome: Outcome | None) -> TypeGuard[Outcome]:
    """Whether a row was written, and that is noted."""
    return outcome is not None and outcome.status in DONE.values()


def longer_index(index: pd.Index[Any], more: Sequence[str]) -> pd.Index[Any]:
    """Return the frame's own index, and after it a label for each row that it does not have."""
    if not more:
        return index
    return pd.Index([*index, *more], dtype=object, name=index.name, tupleize_cols=False)
