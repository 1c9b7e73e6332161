"""The changes of a plan as lines to read: one for a new row, one for each part that changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from runn_pandas.frame.custom_fields import custom_values
from runn_pandas.html import cut

if TYPE_CHECKING:
    from runn_pandas.push.model import RowPlan, Target
    from runn_pandas.push.plans import Plan

WIDTH = 60  # characters of a value
MAIN = 7  # fields of a new row
# Told of a new row first, and without their names, for they speak for themselves.
PLAIN = ("name", "title", "email", "date")
WHOSE = ("personId", "placeholderId", "clientId", "projectId", "roleId")
NOTHING: tuple[Any, ...] = (None, "", [], {})
Names = Mapping[tuple[str, Any], str]


TITLES = ("name", "title", "email", "date", "startDate", "personId", "projectId", "roleId")


class Line(NamedTuple):
    """One line, all in words but the row's label."""

    label: Any
    own: str
    about: str
    field: str
    old: str
    new: str


def lines(plan: Plan, actions: Mapping[int, str]) -> Iterator[Line]:
    """Give what a plan changes, in the order of the frame."""
    names = names_in(plan.row_plans)
    for row_plan in plan.row_plans:
        if actions[row_plan.position] in ("conflict", "left out", "unchanged"):
            continue
        label = plan.intent.labels[row_plan.position]
        own = "new" if row_plan.id is None else f"id {row_plan.id}"
        if row_plan.action == "delete":
            yield Line(label, own, title_of(row_plan), "(the whole row)", "there", "deleted")
        elif row_plan.action == "create":
            yield Line(label, "new", "", "(new row)", "", described(row_plan, names))
        else:
            for field, old, new in row_plan.changes:
                for part in parts(field, old, new, names):
                    yield Line(label, own, title_of(row_plan), *part)


def title_of(row_plan: RowPlan) -> str:
    """What a row is about, from its own values."""
    new = {name: value for name, _, value in row_plan.changes if value is not None}
    row = {**new, **(row_plan.old or {})}
    whole = " ".join(str(row[n]) for n in ("firstName", "lastName") if row.get(n))
    if whole:
        return whole
    said = [n for n in TITLES if row.get(n) is not None]
    if said and said[0] in ("name", "title", "email"):
        return str(row[said[0]])
    parts = [f"{n.removesuffix('Id')} {row[n]}" if n.endswith("Id") else str(row[n]) for n in said]
    return ", ".join(parts[:3])


def short(value: Any) -> str:
    """A value in a few characters.

    Examples
    --------
    >>> short(None), short("E0002"), short(480)
    ('nothing', "'E0002'", '480')
    """
    shown = "nothing" if value is None else repr(value)
    return shown if len(shown) <= WIDTH else shown[: WIDTH - 3] + "..."


def names_in(row_plans: tuple[RowPlan, ...]) -> Names:
    """The names of what lists have by id, such as tags, from the rows that have them."""
    found: dict[tuple[str, Any], str] = {}
    for row_plan in row_plans:
        for field, value in (row_plan.old or {}).items():
            for item in value if isinstance(value, list) else ():
                if isinstance(item, dict) and item.get("id") is not None and item.get("name"):
                    found[field, item["id"]] = str(item["name"])
    return found


def parts(field: str, old: Any, new: Any, names: Names) -> list[tuple[str, str, str]]:
    """Give what of a field changes: of a list or an object only those parts, each by its name.

    Examples
    --------
    >>> parts("references", [], [{"referenceName": "Harvest", "externalId": "7"}], {})
    [('references.Harvest', 'nothing', "'7'")]
    """
    was, now = _by_name(field, old, names), _by_name(field, new, names)
    if was is None or now is None:
        return [(field, short(old), short(new))]
    keys = [key for key in {**was, **now} if was.get(key) != now.get(key)]
    told = [(f"{field}.{key}", was.get(key, "nothing"), now.get(key, "nothing")) for key in keys]
    return told or [(field, short(old), short(new))]


def _by_name(field: str, value: Any, names: Names) -> dict[str, str] | None:
    """The parts of a value in words, by name; None if it has none."""
    if value in (None, []):
        return {}
    if isinstance(value, dict):
        return {str(key): short(part) for key, part in value.items() if part is not None}
    if not isinstance(value, list):
        return None
    found: dict[str, str] = {}
    for item in value:
        if not isinstance(item, dict):
            key, told = str(item), "there"
        elif "referenceName" in item:
            key, told = str(item["referenceName"]), short(item.get("externalId"))
        elif item.get("id") is not None or item.get("name"):
            own = item.get("id")
            key = str(names.get((field, own)) or item.get("name") or own)
            rest = {k: v for k, v in item.items() if k not in ("id", "name") and v is not None}
            told = short(rest) if rest else "there"
        else:
            return None
        at = 2
        while key in found:
            key, at = f"{key.rpartition('#')[0] if at > 2 else key}#{at}", at + 1
        found[key] = told
    return found


def described(row_plan: RowPlan, names: Names) -> str:
    """A new row by its main fields.

    Examples
    --------
    >>> from runn_pandas.push.model import Change, RowPlan
    >>> new = {"firstName": "Nia", "lastName": "Owusu", "email": "nia@example.com", "roleId": 12}
    >>> described(RowPlan(0, "create", [], [Change(n, None, v) for n, v in new.items()]), {})
    'Nia Owusu, nia@example.com, role 12'
    """
    row = {field: new for field, _, new in row_plan.changes if new not in NOTHING}
    told: list[str] = []
    whole = " ".join(str(row.pop(n)) for n in ("firstName", "lastName") if n in row)
    if whole:
        told.append(whole)
    told += [str(row.pop(name)) for name in PLAIN if name in row]
    first, last = row.pop("startDate", None), row.pop("endDate", None)
    if first and last:
        told.append(f"{first} to {last}")
    elif first or last:
        told.append(f"from {first}" if first else f"until {last}")
    for field in sorted(row, key=lambda name: WHOSE.index(name) if name in WHOSE else len(WHOSE)):
        value = row[field]
        if isinstance(value, (list, dict)):
            some = [(name, new) for name, _, new in parts(field, None, value, names)]
            told += [name if new == "there" else f"{name} {new}" for name, new in some]
        else:
            what = field.removesuffix("Id") if field != "id" else field
            told.append(f"{what} {short(value)}")
    more = len(told) - MAIN
    shown = [cut(" ".join(one.split()), WIDTH) for one in (told[:MAIN] if more > 1 else told)]
    return ", ".join(shown) + (f", and {more} more fields" if more > 1 else "")


def missing(plan: Plan, actions: Mapping[int, str]) -> int:
    """Count the values of the account that a missing cell unsets, or leaves as they are."""
    count = 0
    for row_plan in plan.row_plans:
        held = actions[row_plan.position] in ("conflict", "left out", "continue")
        if held or not row_plan.old or row_plan.action not in ("update", "unchanged"):
            continue
        cells = plan.intent.rows.get(row_plan.position, {})
        if plan.intent.na == "unset":
            empty = {t.field for label, t in plan.intent.targets.items() if _gone(cells, label)}
            count += sum(
                new == "nothing" or new in ("''", "[]")
                for field, old, value in row_plan.changes
                if field.partition(".")[0] in empty
                for _, _, new in parts(field, old, value, {})
            )
            continue
        written = {*plan.intent.writable.update_fields, *plan.intent.writable.parts}
        written -= {*plan.intent.writable.key, *plan.intent.on}
        count += sum(
            target.field in written and label not in cells and _has(row_plan.old, target)
            for label, target in plan.intent.targets.items()
        )
    return count


def _gone(cells: Mapping[str, Any], label: str) -> bool:
    return label in cells and cells[label] is None


def _has(row: Mapping[str, Any], target: Target) -> bool:
    """Whether a row of the account has a value where a column says nothing."""
    value = row.get(target.field)
    if target.kind == "plain":
        return value not in NOTHING
    if target.kind == "part":
        return isinstance(value, dict) and value.get(target.part) is not None
    if target.kind == "custom":
        held = custom_values(value)
        return any(f.name == target.part and one not in NOTHING for f, one in held.items())
    items = [item for item in value or [] if isinstance(item, dict)]
    name = "referenceName" if target.kind == "reference" else "name"
    return any(item.get(name) == target.part for item in items)
