"""The values of a push: requests, operations on records, outcomes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, NamedTuple, TypeVar

import pandas as pd

Row = dict[str, Any]
Key = tuple[Any, ...]
K = TypeVar("K")
T = TypeVar("T")
Action = Literal["create", "update", "delete", "unchanged"]

NEW = "{id}"  # in a path: the id of the record that the operation's first request created
DONE = {"create": "created", "update": "updated", "delete": "deleted"}
SHOWN = 5  # problems, names or rows that a message lists


def grouped(pairs: Iterable[tuple[K, T]]) -> dict[K, list[T]]:
    """Return the values by key."""
    found: dict[K, list[T]] = {}
    for key, one in pairs:
        found.setdefault(key, []).append(one)
    return found


class Problem(NamedTuple):
    """One reason why a frame cannot be pushed; row None stands for the whole column."""

    row: Any
    column: str
    value: Any
    reason: str


class Change(NamedTuple):
    """One field that changes."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Request:
    """One request of an operation.

    Attributes
    ----------
    creates : bool
        Whether it makes a record (or adds minutes), so that a second copy would do so twice.
    restores : dict or None
        The body that makes the deleted record again if this request is refused.
    """

    method: str
    path: str
    body: Any = None
    query: Mapping[str, Any] | None = None
    creates: bool = False
    restores: Row | None = None


@dataclass(frozen=True)
class Operation:
    """What a push does with one row of the frame.

    Attributes
    ----------
    row : int
        The position of the row; rows that only ``delete=`` names come after those of the frame.
    label
        The label of the row in the frame's index.
    id
        The id (or the key, as a tuple) of the account's record; None for a new one.
    changes : tuple of Change
        The fields that change, old and new.
    old, new : dict
        The account's record before, and the values that are written.
    conflict : str
        Why the record must not be overwritten, or "".
    beside : tuple of dict
        Other records that Runn changes or deletes with this one, as they were.
    made : tuple
        The ids of the records that an earlier push created for this row.
    content : str
        The `digest`, where the creating request was sent by an earlier push.
    note : str
        What the result reports of the row, for example which earlier push created it.
    """

    row: int
    label: Any
    action: Action
    id: Any = None
    changes: tuple[Change, ...] = ()
    requests: tuple[Request, ...] = ()
    old: Row = field(default_factory=dict)
    new: Row = field(default_factory=dict)
    conflict: str = ""
    beside: tuple[Row, ...] = ()
    made: Key = ()
    content: str = ""
    note: str = ""

    @property
    def wanted(self) -> Row:
        """The record as it shall be."""
        return {**self.old, **self.new}

    @property
    def digest(self) -> str:
        """The content of the record that the operation creates, or ""; equal for equal rows."""
        made = [one for one in self.requests if one.creates]
        if self.content or not made:
            return self.content
        # A new record is all that its requests write; a change is known by its new record.
        sent = self.requests if self.action == "create" else made
        parts = json.dumps([[one.path.strip("/"), one.body] for one in sent], sort_keys=True)
        return sha256(parts.encode()).hexdigest()[:24]

    @property
    def title(self) -> str:
        """The action, or "conflict" for a row that is left alone."""
        return "conflict" if self.conflict and self.requests else self.action


@dataclass(frozen=True)
class Outcome:
    """The outcome of one row."""

    status: str
    ids: Key = ()
    error: str = ""
    attempts: int = 0

    @property
    def id(self) -> Any:
        """The id of the record, the first one if there are several."""
        return self.ids[0] if self.ids else None


def to_json(value: Any) -> str:
    """Return a value of the journal as text."""
    return json.dumps(value, ensure_ascii=False, default=str)


def key_of(row: Mapping[str, Any], names: Iterable[str]) -> Key:
    """Return the values of some columns."""
    return tuple(row.get(name) for name in names)


def longer_index(index: pd.Index[Any], more: Sequence[str]) -> pd.Index[Any]:
    """Return the frame's index with a label for each row that only ``delete=`` names."""
    if not more:
        return index
    return pd.Index([*index, *more], dtype=object, name=index.name, tupleize_cols=False)
