"""The rows of a plan under review, and the sentences about them: values from values."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from runn_pandas.frame.words import TITLES, Names, counted, field_parts, names_in
from runn_pandas.html import apart, cut, one_line
from runn_pandas.jupyter.table.rows import fold
from runn_pandas.lookup.name_columns import list_of
from runn_pandas.push.model import Change, Outcome, RowPlan
from runn_pandas.push.plan import Plan
from runn_pandas.push.render import PER_MINUTE, WHOLE, action_of, title_of
from runn_pandas.push.validate import MANY_LIVE

KINDS = {
    "create": "New",
    "update": "Changed",
    "delete": "Deleted",
    "conflict": "Conflict",
    "continue": "Begun before",
}
# What became of rows: a filter beside the kinds.
ENDS = {"failed": "Not done", "done": "Done"}
DONE = ("created", "updated", "deleted")
LEFT = ("done", "failed", "unknown", "not tried")  # the order in which ends are said
OF_A_ROW = re.compile(r"Row .+? \(id [^)]*\)")
MINUTES = ("billableMinutes", "nonbillableMinutes")
Said = tuple[str, str]  # the kind of a message, and its text
Titles = Mapping[Any, tuple[str, ...]]  # by a label what its row is, in words
Known = Mapping[tuple[str, int], str]  # by list and id the names of records


@dataclass
class ReviewRow:
    """One row of a plan on the screen."""

    position: int
    kind: str  # one of KINDS
    label: Any
    own: Any  # its id, or None
    about: tuple[str, ...]  # what it is, in words: a name, or a date and names
    changes: list[list[Any]] = field(default_factory=list)  # each field, old, new
    reason: str = ""  # of a conflict: what happened in the account
    outcome: Outcome | None = None
    named: Known = field(default_factory=dict)  # the names of ids
    mark: str = ""  # what else is to be said of it

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return ", ".join(self.about)

    @property
    def what(self) -> str:
        """What it is, and what else is to be said of it, where no markup is."""
        mark = f" ({self.mark})" if self.mark else ""
        return f"{apart(self.about)}{mark}"

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """The changes in words: of each the field, old, new; of a new row what it is about last."""
        changes = sorted(self.changes, key=self._rank) if self.kind == "create" else self.changes
        return [
            (field_said(name), value_said(name, old, self.named), value_said(name, new, self.named))
            for name, old, new in changes
        ]

    def _rank(self, change: list[Any]) -> int:
        """Return the place of a field: minutes, money and dates are before ids of other records."""
        name, _, new = change
        resource = list_of(name)
        if str(new) in self.about or (resource and self.named.get((resource, new)) in self.about):
            return 2 if resource or name == "date" else 0
        return 1 if resource else 0

    @property
    def spoken(self) -> str:
        """What it is and what it changes, for those who hear the page instead of seeing it."""
        about = self.title or ("" if self.own is None else f"id {self.own}")
        fields = ", ".join(name for name, *_ in self.told) if self.kind != "delete" else "deleted"
        told = ", ".join(filter(None, (about, fields, self.mark)))
        return f"row {self.label}: {told}" if told else f"row {self.label}"

    @property
    def end(self) -> str:
        """The end: ``done``, ``failed`` (also unknown, or not tried), or "" before a push."""
        if self.outcome is None:
            return ""
        return "done" if self.outcome.status in DONE else "failed"

    @property
    def was_tried(self) -> bool:
        """Whether a push got as far as this row."""
        return self.outcome is not None and self.outcome.status != "not tried"

    @property
    def can_be_sent(self) -> bool:
        """Whether it may go out (again): not what is done, nor what was made in part."""
        if self.outcome is None:
            return True
        made = self.outcome.id is not None and self.outcome.id != self.own
        return self.end == "failed" and not made

    @cached_property
    def _folded(self) -> str:
        """All that it says of itself, as it is searched."""
        own = [f"row {self.label}", *([] if self.own is None else [f"id {self.own}"])]
        told = (" ".join(parts) for parts in self.told)
        return fold("\n".join([KINDS[self.kind], *self.about, *own, self.reason, self.mark, *told]))

    def is_shown(self, only: str, words: Sequence[str] = ()) -> bool:
        """Whether a filter (a kind, an end, or "all") lets it through, and it has all words."""
        return only in ("all", self.kind, self.end) and all(word in self._folded for word in words)


def rows_of(
    plan: Plan, titles: Titles | None = None, known: Known | None = None
) -> list[ReviewRow]:
    """Return the rows that something happens to, in the order of the frame.

    Parameters
    ----------
    plan : Plan
        What would be done.
    titles : mapping, optional
        By the frame's label what a row is, in words, where that is known.
    known : mapping, optional
        The names of ids, as `names_of_ids` gives them.
    """
    actions, known = action_of(plan), known or {}
    names = names_in(row_plan.old for row_plan in plan.row_plans)
    rows = []
    for row_plan in plan.row_plans:
        kind = actions[row_plan.position]
        if kind in KINDS:
            label = plan.intent.labels[row_plan.position]
            about = (titles or {}).get(label) or about_with_names(row_plan, known)
            changes = [part for change in row_plan.changes for part in _in_parts(change, names)]
            row = (row_plan.position, kind, label, row_plan.id, about, changes, row_plan.conflict)
            rows.append(ReviewRow(*row, named=known))
    return rows


def _in_parts(change: Change, names: Names) -> list[list[Any]]:
    """Return a change, or of a list or an object a change for each part that differs."""
    field, old, new = change
    if not isinstance(old, (list, dict)) and not isinstance(new, (list, dict)):
        return [[field, old, new]]
    was, now = _as_names(field, old, names), _as_names(field, new, names)
    if was is not None and now is not None:
        return [[field, was, now]]
    return [list(part) for part in field_parts(field, old, new, names)]


def _as_names(field: str, value: Any, names: Names) -> list[str] | None:
    """Return what a list holds by name; None where its elements say more than that."""
    if value is not None and not isinstance(value, list):
        return None
    found = [_name_of(field, item, names) for item in value or ()]
    return None if None in found else [name for name in found if name is not None]


def _name_of(field: str, item: Any, names: Names) -> str | None:
    """Return an element of a list by its name; None if it is not all that it says."""
    if isinstance(item, dict):
        own, name = item.get("id"), item.get("name")
        more = [key for key, part in item.items() if part is not None and key not in ("id", "name")]
        item = None if more else names.get((field, own)) or name or (own and f"id {own}")
    return item if isinstance(item, str) else None


def fields_of(row: ReviewRow) -> list[tuple[str, str, str]]:
    """Return of each change the field, old and new; of a row that is deleted that it is."""
    if row.kind == "delete":
        return [WHOLE]
    new = row.kind == "create"
    return [(name, "" if new else old, said) for name, old, said in row.told]


def filters_of(rows: Sequence[ReviewRow]) -> dict[str, int]:
    """Return how many rows each filter lets through; only those that have any."""
    kinds, ends = Counter(row.kind for row in rows), Counter(row.end for row in rows)
    found = {"all": len(rows)}
    found |= {kind: kinds[kind] for kind in KINDS if kinds[kind]}
    return found | {end: ends[end] for end in ENDS if ends[end]}


# -- in words


def about_with_names(row_plan: RowPlan, known: Known) -> tuple[str, ...]:
    """Return what a row is about, with names in place of ids where they are known."""
    row = {**row_plan.new, **(row_plan.old or {})}
    fields = [name for name in TITLES if row.get(name) is not None][:3]
    named = {name: known.get((list_of(name) or "", row[name])) for name in fields}
    whole = title_of(row_plan)
    if not any(named.values()) or not whole.startswith(tuple(_as_ids(row, fields[:1]))):
        return tuple(filter(None, [whole]))
    own = zip(fields, _as_ids(row, fields), strict=True)
    return tuple(named[name] or text for name, text in own)


def _as_ids(row: Mapping[str, Any], fields: Sequence[str]) -> list[str]:
    return [
        f"{name.removesuffix('Id')} {row[name]}" if name.endswith("Id") else str(row[name])
        for name in fields
    ]


def field_said(field_: str) -> str:
    """Return a field as one reads it.

    Examples
    --------
    >>> field_said("customFields.Office"), field_said("teamId"), field_said("lastName")
    ('Office', 'team', 'lastName')
    """
    for prefix in ("customFields.", "references."):
        field_ = field_.removeprefix(prefix)
    return field_.removesuffix("Id") if list_of(field_) else field_


def value_said(field_: str, value: Any, known: Known) -> str:
    """Return a value as one reads it, an id with its name."""
    resource = list_of(field_)
    if resource and isinstance(value, int):
        name = known.get((resource, value))
        return f"{name} (id {value})" if name else str(value)
    if field_ in MINUTES and isinstance(value, int) and value:
        return f"{value} ({value // 60}:{value % 60:02d} h)"  # as the board has it
    return words_of(value)


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


def found(typed: str, shown: int, rows: int) -> str:
    """Return how many of some rows have what was typed; "" without a search."""
    if not typed.strip():
        return ""
    what = f"\u201c{cut(typed.strip(), 60)}\u201d"
    return f"{shown:,} of {counted(rows, 'row')} have {what}; {rows - shown:,} are not shown"


def titles_of(rows: Sequence[ReviewRow]) -> dict[Any, tuple[str, ...]]:
    """Return by label what rows are, in words, where one label is of one thing."""
    found: dict[Any, set[tuple[str, ...]]] = {}
    for row in rows:
        found.setdefault(row.label, set()).add(row.about)
    return {label: next(iter(about)) for label, about in found.items() if len(about) == 1}


def tally(rows: Sequence[ReviewRow], ticked: int, *, back: bool = False) -> str:
    """Return how many rows are ticked, and what became of the others."""
    ends = Counter(
        "done" if row.end == "done" else row.outcome.status for row in rows if row.outcome
    )
    words = [*filter(ends.get, LEFT), *(end for end in ends if end not in LEFT)]
    said = {"done": "taken back"} if back else {}
    became = "".join(f", {ends[word]:,} {said.get(word, word)}" for word in words)
    return f"{ticked:,} of {len(rows):,} rows ticked{became}."


def unseen(ticked: int) -> str:
    """Return that ticked rows are not shown; "" if all of them are."""
    words = "row is" if ticked == 1 else "rows are"
    return f" {ticked:,} ticked {words} not shown." if ticked else ""


def pushed(rows: Sequence[ReviewRow], ticked: Iterable[int], *, back: bool = False) -> Said:
    """Return the report on a push: what became of its rows, and which can be tried again."""
    outcomes = [row.outcome for row in rows if row.outcome]
    counts = Counter(one.status for one in outcomes)
    words = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    failed = {row.position for row in rows if row.end == "failed"}
    text = f"{_part_of(counts, failed)}{counted(len(rows), 'row')}"
    text += f" {'taken back' if back else 'pushed'}: {words}."
    text += _why_stopped(outcomes) + _of_the_rest(rows, set(ticked), failed)
    return ("error" if failed else "done"), text


def _part_of(counts: Counter[str], failed: set[int]) -> str:
    """Return how many of the rows were written; "" if none failed."""
    done = sum(counts[status] for status in DONE)
    return f"{done:,} of " if failed or counts["not tried"] else ""


def _why_stopped(outcomes: Sequence[Outcome]) -> str:
    """Return why rows were not tried; "" if all were."""
    said = [one.error for one in outcomes if one.status == "not tried"]
    return f" {said[0].replace(' before this row', '')}" if said else ""


def _of_the_rest(rows: Sequence[ReviewRow], ticked: set[int], failed: set[int]) -> str:
    """Say which rows can be pushed again."""
    left = {row.position for row in rows} & ticked
    text = " What failed is still ticked: push again to try again." if left else ""
    if failed - left:
        text += " What was made only in part is not sent again; see its outcome."
    return text


def named_notes(notes: Iterable[str], rows: Iterable[ReviewRow]) -> list[str]:
    """Return notes on rows, which have an id, with what these are in words before it."""
    known = {f"Row {row.label!r} (id {row.own})": row for row in rows if row.about}
    found = []
    for note in notes:
        start = OF_A_ROW.match(note)
        row = known.get(start[0]) if start else None
        named = f"Row {row.label!r} ({apart(row.about)}, id {row.own})" if row else ""
        found.append(named + note[len(start[0]) :] if start and row else note)
    return found


def left_alone(rows: Sequence[ReviewRow]) -> str:
    """Say how many rows others changed meanwhile, if they were not pushed."""
    left = sum(row.kind == "conflict" and row.end != "done" for row in rows)
    said = "1 row was" if left == 1 else f"{left:,} rows were"
    return f" {said} changed by others meanwhile: left alone, unless ticked." if left else ""


def interrupted(rows: Sequence[ReviewRow]) -> Said:
    """Return the report on a push that was interrupted."""
    ends = Counter(row.outcome.status if row.outcome else "not tried" for row in rows)
    done = sum(ends[status] for status in DONE)
    parts = [f"{ends[end]:,} {end}" for end in (*DONE, "unchanged", "conflict") if ends[end]]
    parts += [f"{ends[end]:,} {end}" for end in ("failed", "unknown", "not tried") if ends[end]]
    return "error", (
        f"The push was interrupted after {done:,} of {len(rows):,} rows: {', '.join(parts)}."
        " What is done stays done; push again to go on."
    )


def price(requests: int) -> str:
    """Return requests and minutes in the words of a plan."""
    if not requests:
        return "no requests"
    minutes = requests / PER_MINUTE
    took = f", about {minutes:.1f} min at {PER_MINUTE} a minute" if minutes >= 0.1 else ""
    return f"{counted(requests, 'request')}{took}"


def sentence(parts: Sequence[str]) -> str:
    """Return parts as one sentence."""
    whole = ", and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return f"{whole[0].upper()}{whole[1:]}."


def words_of(value: Any) -> str:
    """Return a value as one reads it; quoted where blanks would not be seen."""
    if value in (None, "", []):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        plain = value.splitlines() == [" ".join(line.split()) for line in value.splitlines()]
        return one_line(value) if plain and value == value.strip() else repr(value)
    return _of_parts(value) if isinstance(value, (list, dict)) else str(value)


def _of_parts(value: list[Any] | dict[str, Any]) -> str:
    if isinstance(value, list) and {type(item) for item in value} == {str}:
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False, default=str)
