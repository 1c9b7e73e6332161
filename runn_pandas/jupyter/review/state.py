"""The rows of a plan under review, and the sentences about them: values from values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runn_pandas.frame.words import Names, counted, field_parts
from runn_pandas.push.model import Change, Outcome
from runn_pandas.push.plan import Plan
from runn_pandas.push.render import PER_MINUTE, action_of, names_in, title_of
from runn_pandas.push.validate import MANY_LIVE

KINDS = {
    "create": "New",
    "update": "Changed",
    "delete": "Deleted",
    "conflict": "Conflict",
    "continue": "Begun before",
}
# What became of rows: a filter beside the kinds.
ENDS = {"failed": "Failed", "done": "Done"}
DONE = ("created", "updated", "deleted")


@dataclass
class ReviewRow:
    """One row of a plan on the screen."""

    position: int
    kind: str  # one of KINDS
    label: Any
    own: Any  # its id, or None
    title: str  # what it is about, in words
    changes: list[list[Any]] = field(default_factory=list)  # each field, old, new
    reason: str = ""  # of a conflict: what happened in the account
    outcome: Outcome | None = None

    @property
    def end(self) -> str:
        """The end: ``done``, ``failed`` (also unknown, or not tried), or "" before a push."""
        if self.outcome is None:
            return ""
        return "done" if self.outcome.status in DONE else "failed"

    @property
    def can_be_sent(self) -> bool:
        """Whether it may go out (again): not what is done, nor what was made in part."""
        if self.outcome is None:
            return True
        made = self.outcome.id is not None and self.outcome.id != self.own
        return self.end == "failed" and not made

    def is_shown(self, only: str) -> bool:
        """Whether a filter (a kind, an end, or "all") lets it through."""
        return only in ("all", self.kind, self.end)


def rows_of(plan: Plan, titles: Mapping[Any, str] | None = None) -> list[ReviewRow]:
    """Return the rows that something happens to, in the order of the frame."""
    actions, names = action_of(plan), names_in(plan.row_plans)
    rows = []
    for row_plan in plan.row_plans:
        kind = actions[row_plan.position]
        if kind in KINDS:
            label = plan.intent.labels[row_plan.position]
            title = (titles or {}).get(label) or title_of(row_plan)
            changes = [part for change in row_plan.changes for part in _in_parts(change, names)]
            row = (row_plan.position, kind, label, row_plan.id, title, changes, row_plan.conflict)
            rows.append(ReviewRow(*row))
    return rows


def _in_parts(change: Change, names: Names) -> list[list[Any]]:
    """Return a change, or of a list or an object a change for each part that differs."""
    name, old, new = change
    if not isinstance(old, (list, dict)) and not isinstance(new, (list, dict)):
        return [[name, old, new]]
    return [list(part) for part in field_parts(name, old, new, names)]


def filters_of(rows: Sequence[ReviewRow]) -> dict[str, int]:
    """Return how many rows each filter lets through; only those that have any."""
    kinds, ends = Counter(row.kind for row in rows), Counter(row.end for row in rows)
    found = {"all": len(rows)}
    found |= {kind: kinds[kind] for kind in KINDS if kinds[kind]}
    return found | {end: ends[end] for end in ENDS if ends[end]}


# -- in words


def concerns(chosen: Sequence[ReviewRow], *, is_live: bool) -> list[str]:
    """Return why a push of rows needs a second click."""
    kinds = Counter(row.kind for row in chosen)
    deleted = f"{kinds['delete']:,} rows are" if kinds["delete"] > 1 else "1 row is"
    said = {
        "this is a LIVE account": is_live,
        f"{deleted} deleted": kinds["delete"],
        "what others changed meanwhile is overwritten": kinds["conflict"],
        f"these are {len(chosen):,} changes": len(chosen) > MANY_LIVE,
    }
    return [words for words, holds in said.items() if holds]


def tally(rows: Sequence[ReviewRow], ticked: int) -> str:
    """Return how many rows are ticked, and what became of the others."""
    ends = Counter(row.end for row in rows)
    text = f"{ticked:,} of {len(rows):,} rows ticked"
    text += f", {ends['done']:,} done" if ends["done"] else ""
    return text + (f", {ends['failed']:,} failed or not tried." if ends["failed"] else ".")


def pushed(rows: Sequence[ReviewRow], ticked: Iterable[int]) -> tuple[str, str]:
    """Return the message of a push: what became of its rows, and which can be tried again."""
    counts = Counter(row.outcome.status for row in rows if row.outcome)
    words = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    text = f"{counted(len(rows), 'row')} pushed: {words}."
    left = {row.position for row in rows} & set(ticked)
    failed = {row.position for row in rows if row.end == "failed"}
    if left:
        text += " What failed is still ticked: push again to try again."
    if failed - left:
        text += " What was made only in part is not sent again; see its outcome."
    return ("error" if failed else "done"), text


def price(requests: int) -> str:
    """Return requests and minutes in words."""
    if not requests:
        return "no requests"
    minutes = requests / PER_MINUTE
    took = f"about {minutes:.1f} minutes" if minutes >= 1 else "less than a minute"
    return f"{counted(requests, 'request')}, {took} at {PER_MINUTE} a minute"


def sentence(parts: Sequence[str]) -> str:
    """Return parts as one sentence."""
    whole = ", and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return f"{whole[0].upper()}{whole[1:]}."


def words_of(value: Any) -> str:
    """Return a value as one reads it; quoted where blanks or emptiness would not be seen."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        plain = value and value == " ".join(value.split())
        return value if plain else repr(value)
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
