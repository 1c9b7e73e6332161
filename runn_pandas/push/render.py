"""A plan to look at: frames, text for a terminal, HTML for a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from runn_pandas import html as page
from runn_pandas.frame.custom_fields import custom_values
from runn_pandas.frame.types import PANDAS_TEXT
from runn_pandas.push.batching import Planned
from runn_pandas.push.model import Change, Intent, Outcome, Row, RowPlan, Target, longer_index

LINES = 20  # shown in the text and in the table
WIDTH = 60  # characters of a value
MAIN = 7  # fields of a new row
PER_MINUTE = 120
# What happens to a row, and how many of them are told.
ACTIONS = {
    "create": "new",
    "update": "changed",
    "delete": "deleted",
    "conflict": "in conflict, left alone",
    "continue": "begun before and continued",
    "left out": "left out",
    "unchanged": "unchanged",
}
IDLE = ("conflict", "left out", "unchanged")
WHOLE = ("(the whole row)", "there", "deleted")
# Told of a new row first, and without their names, for they speak for themselves.
PLAIN = ("name", "title", "email", "date")
WHOSE = ("personId", "placeholderId", "clientId", "projectId", "roleId")
APART = {"firstName", "lastName", "startDate", "endDate", *PLAIN}
TITLES = (*PLAIN, "startDate", "personId", "projectId", "roleId")
NOTHING: tuple[Any, ...] = (None, "", [], {})
# In the lists of a record: what names an element.
NAMED_BY = {"reference": "referenceName", "tag": "name"}
Names = Mapping[tuple[str, Any], str]
# The columns of a result; the ids are whatever the resource has.
RESULT = {
    "action": PANDAS_TEXT,
    "status": PANDAS_TEXT,
    "id": "",
    "error": PANDAS_TEXT,
    "attempts": "Int64",
}


# -- frames


def action_of(plan: Planned) -> dict[int, str]:
    """Return what happens with each row, by position."""
    found: dict[int, str] = {}
    for row_plan in plan.row_plans:
        action: str = row_plan.action
        if row_plan.begun:
            action = "continue"
        elif row_plan.conflict and row_plan.requests:
            action = "conflict"
        elif row_plan.position in plan.left_out:
            action = "left out"
        found[row_plan.position] = action
    return found


def summary(plan: Planned) -> pd.DataFrame:
    """Return rows and requests by action."""
    actions = action_of(plan)
    requests = dict.fromkeys(ACTIONS, 0)
    for batch in plan.batches():
        # A bulk request of new and changed rows counts where most of it belongs.
        kinds = [actions[position] for position in batch.positions]
        requests[max(sorted(set(kinds)), key=kinds.count)] += len(batch.requests)
    counts = list(actions.values())
    rows = [
        [plan.resource, action, counts.count(action), requests[action]]
        for action in ACTIONS
        if action in counts
    ]
    frame = pd.DataFrame(rows, columns=["resource", "action", "rows", "requests"])
    types = {"resource": PANDAS_TEXT, "action": PANDAS_TEXT, "rows": "Int64", "requests": "Int64"}
    return frame.astype(types)


def changes(plan: Planned) -> pd.DataFrame:
    """Return a row for each field that changes; those of conflicts are not among them."""
    rows: list[list[Any]] = []
    for row_plan in _busy(plan):
        label = plan.intent.labels[row_plan.position]
        fields: Iterable[Sequence[Any]] = row_plan.changes
        if row_plan.action == "delete":
            fields = [WHOLE]
        rows += [[label, row_plan.id, *change] for change in fields]
    frame = pd.DataFrame(rows, columns=["row", "id", "field", "old", "new"], dtype=object)
    if _are_numbers(row[1] for row in rows):
        frame["id"] = pd.array([row[1] for row in rows], dtype="Int64")
    return frame.astype({"field": PANDAS_TEXT})


def _busy(plan: Planned) -> Iterator[RowPlan]:
    """Return the rows that something happens to, in the order of the frame."""
    actions = action_of(plan)
    return (one for one in plan.row_plans if actions[one.position] not in IDLE)


# -- sentences


def headline(plan: Planned) -> str:
    """Return the plan in one sentence."""
    actions = list(action_of(plan).values())
    parts = [f"{actions.count(a)} {ACTIONS[a]}" for a in ACTIONS if a in actions]
    minutes = plan.requests / PER_MINUTE
    took = f", about {minutes:.1f} min at {PER_MINUTE} a minute" if minutes >= 0.1 else ""
    count = f"{plan.requests} request{'s' if plan.requests != 1 else ''} to write{took}"
    return f"Plan for {plan.resource!r}: {', '.join(parts) or 'no rows'}. {count}."


def remarks(plan: Planned, *, conflicts: bool = True) -> list[str]:
    """Return what one should know besides the changes, and with them the rows in conflict."""
    actions = action_of(plan)
    said = _of_no_changes(plan, actions) if set(actions.values()) <= set(IDLE) else []
    if plan.undoes is None:
        said += _of_missing_cells(count_missing(plan, actions), plan.intent.na)
    if conflicts:
        said += [
            f"Row {plan.intent.labels[one.position]!r} (id {one.id}) was {one.conflict}."
            for one in plan.row_plans
            if actions[one.position] == "conflict"
        ]
    if len(said) > LINES:
        more = len(said) - LINES
        said = [*said[:LINES], f"... and {more} more; plan.summary counts them."]
    return [*said, *plan.notes]


def _of_no_changes(plan: Planned, actions: Mapping[int, str]) -> list[str]:
    if plan.undoes is not None:
        return [_nothing_to_undo(actions)]
    hint = (
        " Did you assign with df.loc[rows, 'column'] = ...? df['column'][rows] = ... and"
        " changing the rows of iterrows() change a copy."
    )
    said = "0 CHANGES: the frame has no differences from the account."
    return [said + hint if plan.intent.from_runn else said]


def _nothing_to_undo(actions: Mapping[int, str]) -> str:
    if "conflict" in actions.values():
        return (
            "NOTHING TO UNDO unless with conflict='overwrite': what the push wrote was changed in"
            " the account since."
        )
    return (
        "NOTHING TO UNDO: no row of the push can be taken back, or all are as they were before it."
    )


def _of_missing_cells(count: int, na: str) -> list[str]:
    """Return what missing cells do to the values that Runn has, as a sentence."""
    if not count:
        return []
    if na == "unset":
        what = f"{count:,} missing cells unset" if count > 1 else "1 missing cell unsets"
        return [f"{what} the value in Runn (na='unset'; na='omit' leaves it as it is)."]
    what = f"{count:,} missing cells leave" if count > 1 else "1 missing cell leaves"
    return [f"{what} the value in Runn as it is (na='omit'; na='unset' unsets it)."]


def count_missing(plan: Planned, actions: Mapping[int, str]) -> int:
    """Return how many values of the account a missing cell unsets, or leaves as they are."""
    held = ("conflict", "left out", "continue")
    rows = [
        one
        for one in plan.row_plans
        if actions[one.position] not in held and one.old and one.action in ("update", "unchanged")
    ]
    count = _unset if plan.intent.na == "unset" else _left
    return sum(count(plan.intent, one, plan.intent.rows.get(one.position, {})) for one in rows)


def _unset(intent: Intent, row_plan: RowPlan, cells: Row) -> int:
    empty = {
        target.field
        for label, target in intent.targets.items()
        if label in cells and cells[label] is None
    }
    return sum(
        part.new in ("nothing", "''", "[]")
        for change in row_plan.changes
        if change.field.partition(".")[0] in empty
        for part in field_parts(*change, {})
    )


def _left(intent: Intent, row_plan: RowPlan, cells: Row) -> int:
    written = {*intent.writable.update_fields, *intent.writable.parts}
    written -= {*intent.writable.key, *intent.on}
    return sum(
        target.field in written and label not in cells and _has(row_plan.old or {}, target)
        for label, target in intent.targets.items()
    )


def _has(row: Mapping[str, Any], target: Target) -> bool:
    """Whether a row of the account has a value where a column says nothing."""
    value = row.get(target.field)
    if target.kind == "plain":
        return value not in NOTHING
    if target.kind == "part":
        return isinstance(value, dict) and value.get(target.part) is not None
    if target.kind == "custom":
        held = custom_values(value).items()
        return any(field.name == target.part and one not in NOTHING for field, one in held)
    name = NAMED_BY.get(target.kind, "name")
    return any(isinstance(item, dict) and item.get(name) == target.part for item in value or ())


# -- lines


class Line(NamedTuple):
    """One line, all in words but the row's label."""

    label: Any
    own: str
    about: str
    field: str
    old: str
    new: str


def text(plan: Planned) -> str:
    """Return the plan for a terminal."""
    said = [headline(plan)]
    all_ = list(lines(plan))
    for line in all_[:LINES]:
        what = f"{line.field} {line.old} -> {line.new}" if line.old else line.new
        own = f"{line.own}, {page.cut(line.about, WIDTH)}" if line.about else line.own
        said.append(f"  row {line.label!r} ({own}): {what}")
    if len(all_) > LINES:
        said.append(f"  ... and {len(all_) - LINES} more; plan.changes has them all.")
    return "\n".join([*said, *remarks(plan)])


def html(plan: Planned) -> str:
    """Return the plan for a notebook."""
    all_ = list(lines(plan))
    rows = [line._replace(own=line.own.removeprefix("id ")) for line in all_[:LINES]]
    shown = page.table(("row", "id", "about", "field", "old", "new"), rows) if rows else ""
    more = len(all_) - len(rows)
    notes = [f"... and {more} more; plan.changes has them all."] if more else []
    return page.block(headline(plan), shown, [*notes, *remarks(plan)])


def lines(plan: Planned) -> Iterator[Line]:
    """Return what a plan changes: one line for a new row, one for each part that changes."""
    names = names_in(plan.row_plans)
    for row_plan in _busy(plan):
        label = plan.intent.labels[row_plan.position]
        own = "new" if row_plan.id is None else f"id {row_plan.id}"
        if row_plan.action == "delete":
            yield Line(label, own, title_of(row_plan), *WHOLE)
        elif row_plan.action == "create":
            yield Line(label, "new", "", "(new row)", "", described(row_plan, names))
        else:
            for change in row_plan.changes:
                for part in field_parts(*change, names):
                    yield Line(label, own, title_of(row_plan), *part)


def title_of(row_plan: RowPlan) -> str:
    """Return what a row is about, from its own values."""
    row = {**row_plan.new, **(row_plan.old or {})}
    said = [name for name in TITLES if row.get(name) is not None]
    whole = _full_name(row)
    if whole or (said and said[0] in ("name", "title", "email")):
        return whole or str(row[said[0]])
    return ", ".join(f"{_prefix(name)}{row[name]}" for name in said[:3])


def _prefix(name: str) -> str:
    return f"{name.removesuffix('Id')} " if name.endswith("Id") else ""


def _full_name(row: Mapping[str, Any]) -> str:
    return " ".join(str(row[name]) for name in ("firstName", "lastName") if row.get(name))


def short(value: Any) -> str:
    """Return a value in a few characters.

    Examples
    --------
    >>> short(None), short("E0002"), short(480)
    ('nothing', "'E0002'", '480')
    """
    shown = "nothing" if value is None else repr(value)
    return shown if len(shown) <= WIDTH else shown[: WIDTH - 3] + "..."


def names_in(row_plans: Iterable[RowPlan]) -> Names:
    """Return the names of what lists have by id, such as tags, from the rows that have them."""
    found: dict[tuple[str, Any], str] = {}
    for row_plan in row_plans:
        for field, value in (row_plan.old or {}).items():
            for item in value if isinstance(value, list) else ():
                if isinstance(item, dict) and item.get("id") is not None and item.get("name"):
                    found[field, item["id"]] = str(item["name"])
    return found


def field_parts(field: str, old: Any, new: Any, names: Names) -> list[Change]:
    """Return what of a field changes: of a list or an object only those parts, each by its name.

    Examples
    --------
    >>> field_parts("references", [], [{"referenceName": "Harvest", "externalId": "7"}], {})
    [Change(field='references.Harvest', old='nothing', new="'7'")]
    """
    was, now = _by_name(field, old, names), _by_name(field, new, names)
    if was is not None and now is not None:
        keys = [key for key in {**was, **now} if was.get(key) != now.get(key)]
        if keys:
            none = "nothing"
            return [Change(f"{field}.{k}", was.get(k, none), now.get(k, none)) for k in keys]
    return [Change(field, short(old), short(new))]


def _by_name(field: str, value: Any, names: Names) -> dict[str, str] | None:
    """Return the parts of a value in words, by name; None if it has none."""
    if isinstance(value, dict):
        return {str(key): short(part) for key, part in value.items() if part is not None}
    if value is not None and not isinstance(value, list):
        return None
    found: dict[str, str] = {}
    for item in value or ():
        named = _named(field, item, names)
        if named is None:
            return None
        key, at = named[0], 1
        while key in found:
            at += 1
            key = f"{named[0]}#{at}"
        found[key] = named[1]
    return found


def _named(field: str, item: Any, names: Names) -> tuple[str, str] | None:
    """Return the name of a list's element, and what else it says; None if it has no name."""
    if not isinstance(item, dict):
        return str(item), "there"
    if "referenceName" in item:
        return str(item["referenceName"]), short(item.get("externalId"))
    own = item.get("id")
    name = names.get((field, own)) or item.get("name") or own
    if name is None:
        return None
    rest = {k: v for k, v in item.items() if k not in ("id", "name") and v is not None}
    return str(name), short(rest) if rest else "there"


def described(row_plan: RowPlan, names: Names) -> str:
    """Return a new row by its main fields.

    Examples
    --------
    >>> new = {"firstName": "Nia", "lastName": "Owusu", "email": "nia@example.com", "roleId": 12}
    >>> changes = tuple(Change(name, None, value) for name, value in new.items())
    >>> described(RowPlan(0, "create", changes=changes), {})
    'Nia Owusu, nia@example.com, role 12'
    """
    row = {name: value for name, value in row_plan.new.items() if value not in NOTHING}
    said = [_full_name(row), *(str(row[name]) for name in PLAIN if name in row), _span(row)]
    told = list(filter(None, said))
    for field in sorted(row.keys() - APART, key=[*WHOSE, *row].index):
        told += _field_in_words(field, row[field], names)
    more = len(told) - MAIN
    shown = told[:MAIN] if more > 1 else told
    rest = [f"and {more} more fields"] if more > 1 else []
    return ", ".join([*(page.cut(" ".join(one.split()), WIDTH) for one in shown), *rest])


def _span(row: Mapping[str, Any]) -> str:
    first, last = row.get("startDate"), row.get("endDate")
    if first and last:
        return f"{first} to {last}"
    return f"from {first}" if first else f"until {last}" if last else ""


def _field_in_words(field: str, value: Any, names: Names) -> list[str]:
    if not isinstance(value, (list, dict)):
        what = field.removesuffix("Id") if field != "id" else field
        return [f"{what} {short(value)}"]
    parts = field_parts(field, None, value, names)
    return [one.field if one.new == "there" else f"{one.field} {one.new}" for one in parts]


# -- what came of it


def result(
    plan: Planned, outcomes: Mapping[int, Outcome], otherwise: str = "planned"
) -> pd.DataFrame:
    """Return one row for each row of the push, or of the frame that it was made of."""
    told = [outcomes.get(d.position) or _untold(plan, d, otherwise) for d in plan.row_plans]
    rows: list[list[Any]] = [
        [row_plan.action, one.status, one.id, one.error, one.attempts]
        for row_plan, one in zip(plan.row_plans, told, strict=True)
    ]
    # By position: all the records that a row became, where they are several.
    many = {str(place): list(one.ids) for place, one in enumerate(told) if len(one.ids) > 1}
    index, origin = plan.intent.index, plan.intent.origin
    if origin is not None:
        rows, many = origin.gathered(rows)
        index = longer_index(origin.index, list(plan.intent.labels[len(origin.rows) :]))
    found = _result_frame(rows, index)
    if many:
        found.attrs["ids"] = many
    if plan.notes:
        found.attrs["notes"] = list(plan.notes)
    return found


def _result_frame(rows: list[list[Any]], index: Any) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=[*RESULT], index=index)
    if _are_numbers(row[2] for row in rows):
        # From the rows: in the frame None among ids has made floats of them.
        found["id"] = pd.array([row[2] for row in rows], dtype="Int64")
    return found.astype({name: dtype for name, dtype in RESULT.items() if dtype})


def _are_numbers(ids: Iterable[Any]) -> bool:
    return all(own is None or isinstance(own, int) for own in ids)


def _untold(plan: Planned, row_plan: RowPlan, otherwise: str) -> Outcome:
    """Return what to tell of a row of which there is no outcome."""
    status, error = otherwise, ""
    if row_plan.conflict:
        status, error = "conflict", row_plan.conflict
    elif row_plan.position in plan.left_out:
        status, error = "not tried", "Left out of this plan."
    elif not row_plan.open:
        status = "unchanged"
    return Outcome(status, (row_plan.id,), error)
