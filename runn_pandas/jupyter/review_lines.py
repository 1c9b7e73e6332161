"""A plan as the lines of a review: one for each row that something happens to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runn_pandas.push.model import Outcome
from runn_pandas.push.plan import Plan
from runn_pandas.push.render import Names, action_of, field_parts, names_in, title_of

PAGE = 20  # lines shown at once
KINDS = {
    "create": "New",
    "update": "Changed",
    "delete": "Deleted",
    "conflict": "Conflict",
    "continue": "Begun before",
}
# What became of rows: a filter beside the kinds.
FATES = {"failed": "Failed", "done": "Done"}
DONE = ("created", "updated", "deleted")


@dataclass
class Line:
    """One row of a plan on the screen.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    title : str
        What the row is about, in words; "" if nothing says.
    changes : list of [field, old, new]
        As planned.
    reason : str
        Of a conflict: what happened in the account.
    """

    position: int
    kind: str
    label: Any
    own: Any
    title: str
    changes: list[list[Any]] = field(default_factory=list)
    reason: str = ""
    outcome: Outcome | None = None

    @property
    def fate(self) -> str:
        """``done``, ``failed`` (also unknown, or not tried after all), or "" before a push."""
        if self.outcome is None:
            return ""
        return "done" if self.outcome.status in DONE else "failed"

    @property
    def can_be_sent(self) -> bool:
        """Whether it may go out (again): not what is done, nor what was made in part."""
        if self.outcome is None:
            return True
        made = self.outcome.id is not None and self.outcome.id != self.own
        return self.fate == "failed" and not made

    def is_shown(self, only: str) -> bool:
        """Whether a filter (a kind, a fate, or "all") lets it through."""
        return only in ("all", self.kind, self.fate)


def lines_of(plan: Plan, titles: Mapping[Any, str] | None = None) -> list[Line]:
    """Give a line for each row that is not left as it is, in the order of the frame."""
    actions, names = action_of(plan), names_in(plan.row_plans)
    lines = []
    for row_plan in plan.row_plans:
        kind = actions[row_plan.position]
        if kind not in KINDS:
            continue
        label = plan.intent.labels[row_plan.position]
        title = (titles or {}).get(label) or title_of(row_plan)
        lines.append(
            Line(
                row_plan.position,
                kind,
                label,
                row_plan.id,
                title,
                [
                    part
                    for name, old, new in row_plan.changes
                    for part in _in_parts(name, old, new, names)
                ],
                row_plan.conflict,
            )
        )
    return lines


def _in_parts(name: str, old: Any, new: Any, names: Names) -> list[list[Any]]:
    """A change, or of a list or an object a change for each part that differs."""
    if not isinstance(old, (list, dict)) and not isinstance(new, (list, dict)):
        return [[name, old, new]]
    return [list(part) for part in field_parts(name, old, new, names)]


def words_of(value: Any) -> str:
    """A value as one reads it; quoted where blanks or emptiness would not be seen."""
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
