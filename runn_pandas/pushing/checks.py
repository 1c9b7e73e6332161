"""Checks before anything is sent, and the error that lists every bad cell."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.catalog.write_rules import OPTIONAL_KEY
from runn_pandas.errors import ConfigError, OfflineError, PlanError, ReadOnlyError
from runn_pandas.frame.expanded import Target, is_held
from runn_pandas.frame.words import near_name, showable, told
from runn_pandas.pushing.kinds import MISSING, Bad, Kind, kind_of
from runn_pandas.pushing.model import SHOWN, Operation, Problem, Row, grouped

if TYPE_CHECKING:
    from runn_pandas.account import Account
    from runn_pandas.catalog.writes import Writable
    from runn_pandas.pushing.sheet import Sheet

CONFLICTS = ("skip", "overwrite", "raise")
MANY_LIVE = 50  # changes of a live account that need a confirmation
MANY_HOURS, ROUND = 25, 5  # minutes below 25 that are not multiples of 5 may be hours
MANY_UNSET, SHARE_UNSET = 10, 0.1  # cells, and share of a column, that are cleared without asking


def refuse(resource: str, problems: Sequence[Problem]) -> PlanError:
    """Return the error that lists problems: the first in its text, all of them as a frame."""
    groups = grouped(((one.column, one.reason), one) for one in problems)
    lines = [_line(alike) for alike in groups.values()]
    more = [f"... and {len(lines) - SHOWN} more."] if len(lines) > SHOWN else []
    head = f"{resource!r} was not pushed, and nothing was sent. Problems: {len(problems)}."
    return PlanError(
        "\n".join([head, *lines[:SHOWN], *more, "The error's .problems lists them all."]),
        pd.DataFrame(
            [(p.row, p.column, showable(p.value), p.reason) for p in problems],
            columns=Problem._fields,
            dtype=object,
        ),
    )


def _line(alike: Sequence[Problem]) -> str:
    """Return one line for the rows that share a column and a reason."""
    first = alike[0]
    where = f"column {first.column!r}"
    if first.row is not None:
        value = first.value if not isinstance(first.value, datetime) else str(first.value)
        shown = "" if value is None else f" {told(value):.40}"
        where = f"row {first.row!r}, {where}:{shown}"
    others = ", ".join(repr(one.row) for one in alike[1:4]) + (", ..." if len(alike) > 4 else "")
    also = f" (also rows {others}; {len(alike)} in all)" if len(alike) > 1 else ""
    return f"  {where} {first.reason}{also}"


def local_problems(sheet: Sheet) -> list[Problem]:
    """Return every cell that is wrong whatever the account holds."""
    kind = kind_of(sheet.writable)
    problems = [*sheet.problems, *_repeated(sheet, kind)]
    noted = {(problem.row, problem.column) for problem in problems}
    for at in sheet.kept:
        row, cells = sheet.labels[at], sheet.rows[at]
        values = _whole_fields(sheet, cells)
        bad = [*kind.check(values), *_of_the_key(sheet, kind, cells)]
        if sheet.new and kind.is_surely_new(cells, sheet.on):
            bad += _of_a_new_row(sheet, kind, values)
        fresh = [(name, reason) for name, reason in bad if (row, name) not in noted]
        problems += [Problem(row, name, values.get(name), reason) for name, reason in fresh]
    if not sheet.from_runn:
        problems += unknown_columns(sheet)
    return by_column(sheet, problems)


def _repeated(sheet: Sheet, kind: Kind) -> list[Problem]:
    """Return the rows that are the same record as an earlier row."""
    first: dict[tuple[str, Any], int] = {}
    found = []
    for at in sorted(sheet.rows) if not kind.adds_to else ():
        cells = sheet.rows[at]
        key = kind.key_of(cells)
        column = sheet.writable.id_column
        if (
            key is None
            and sheet.on
            and all(cells.get(n) is not None or n in OPTIONAL_KEY for n in sheet.on)
        ):
            key, column = tuple(cells.get(n) for n in sheet.on), sheet.on[0]
        if key is None:
            continue
        before = first.setdefault((column, key), at)
        if before != at:
            reason = f"is in the frame more than once, first in row {sheet.labels[before]!r}"
            found.append(Problem(sheet.labels[at], column, cells.get(column), reason))
    return found


def by_column(sheet: Sheet, problems: Sequence[Problem]) -> list[Problem]:
    """Return one problem for a column that the frame lacks and that every row needs."""
    rows = len(sheet.kept)
    counts = Counter((one.column, one.reason) for one in problems if one.row is not None)
    found: dict[Any, Problem] = {}
    for place, one in enumerate(problems):
        what = one.column, one.reason
        if one.column not in sheet.targets and counts[what] == rows > 1:
            found.setdefault(what, one._replace(row=None, value=None))
        else:
            found[place] = one
    return list(found.values())


def unknown_columns(sheet: Sheet, known: Collection[str] = ()) -> list[Problem]:
    """Return the columns that neither the resource nor `known` has."""
    return [
        Problem(None, label, None, _no_such_column(label, sheet.writable))
        for label, target in sheet.targets.items()
        if target.kind == "unknown" and label not in known
    ]


def _no_such_column(label: str, writable: Writable) -> str:
    spent = _minutes_meant(label, writable)
    meant = near_name(label, writable.fields) or spent
    if spent and "hour" in label.lower():
        hint = f'Convert hours to minutes: df["{spent}"] = df["{label}"] * 60, then drop it.'
    elif meant:
        hint = f"Did you mean {meant!r}?"
    elif "customFields" in writable.fields:
        hint = f"Drop it, or name a custom field 'customFields.{label}'."
    else:
        hint = "Drop it before the push."
    return f"is not a column of {writable.name!r}. {hint}"


def _minutes_meant(label: str, writable: Writable) -> str | None:
    """Return the column of minutes that a column of hours stands for."""
    word = "".join(filter(str.isalpha, label.lower())).replace("hour", "minute")
    if "minute" not in word:
        return None
    alike = [name for name in writable.minutes if name.lower() == word]
    return next(iter([*alike, *writable.minutes]), None)


def _whole_fields(sheet: Sheet, cells: Row) -> Row:
    """Return the cells that are whole fields, by field."""
    none = Target("", "unknown")
    targets = [(sheet.targets.get(label, none), cells[label]) for label in cells]
    return {target.field: value for target, value in targets if target.kind == "plain"}


def _of_the_key(sheet: Sheet, kind: Kind, cells: Row) -> Bad:
    if not sheet.writable.has_id or cells.get("id") is not None:
        return []
    missing = [n for n in sheet.on if cells.get(n) is None and n not in OPTIONAL_KEY]
    return [(name, MISSING + kind.advice.get(name, "")) for name in missing]


def _of_a_new_row(sheet: Sheet, kind: Kind, values: Row) -> Bad:
    in_parts = {target.field for target in sheet.targets.values() if target.kind != "plain"}
    bad = dict.fromkeys(kind.create(values)[1])
    return [(name, reason) for name, reason in bad if name not in in_parts]


# -- what the plan refuses or notes


def unset_columns(sheet: Sheet, operation: Operation) -> list[str]:
    """Return the columns whose empty cells clear a value of the account."""
    if operation.action != "update" or not operation.requests:
        return []
    cells = sheet.rows.get(operation.row, {})
    changed = {change.field.partition(".")[0] for change in operation.changes}
    return [
        label
        for label, target in sheet.targets.items()
        if label in cells and cells[label] in (None, "")
        if target.field in changed and is_held(operation.old, target)
    ]


def unset_in_bulk(sheet: Sheet, operations: Iterable[Operation]) -> list[Problem]:
    """Return empty cells that clear many values, unless ``na=`` was passed."""
    if sheet.na != "unset" or sheet.na_given or sheet.undoes:
        return []
    pairs = ((label, one.row) for one in operations for label in unset_columns(sheet, one))
    unset = grouped(pairs)
    rows = len(sheet.kept)
    counts = [*map(len, unset.values())]
    if sum(counts) <= MANY_UNSET and max(counts, default=0) <= max(1, rows * SHARE_UNSET):
        return []
    return [
        Problem(
            sheet.labels[at],
            label,
            sheet.rows[at][label],
            f"is empty and would be cleared in Runn, as {len(cells)} of {rows} cells of the"
            ' column. Pass na="unset" to clear them, na="omit" to keep the values of Runn',
        )
        for label, cells in unset.items()
        for at in cells
    ]


def hours_for_minutes(sheet: Sheet, operations: Iterable[Operation]) -> str:
    """Return the doubt about minutes that look like hours, or ""."""
    names = sheet.writable.minutes
    spent = [one for one in operations if any(map(one.new.get, names))]
    days = [sum(one.wanted.get(name) or 0 for name in names) for one in spent]
    if (
        sheet.undoes
        or not 0 < max(days, default=0) < MANY_HOURS
        or not any(d % ROUND for d in days)
    ):
        return ""
    first, label = spent[0].new, sheet.labels[spent[0].row]
    name = next(filter(first.get, names))
    return (
        f"{name} is {first[name]} in row {label!r}, and no row has more than {max(days)} minutes."
        f' If these are hours, convert them: df["{name}"] * 60'
    )


def future_days(sheet: Sheet, operations: Iterable[Operation], today: date) -> list[str]:
    """Return a note on actuals dated after today, which Runn refuses by default."""
    if not kind_of(sheet.writable).day_key:
        return []
    days = [str(one.wanted.get("date")) for one in operations if one.requests]
    later = sorted(day for day in days if day > today.isoformat())
    if not later:
        return []
    return [
        f"Rows dated after today: {len(later)} (the last one {later[-1]}). Runn refuses them unless"
        " the account allows future actuals."
    ]


# -- before anything is sent


def check_conflict(conflict: str) -> None:
    """Refuse an unknown way to treat conflicts."""
    if conflict not in CONFLICTS:
        raise PlanError(f"conflict must be 'skip', 'overwrite' or 'raise', not {conflict!r:.40}.")


def refuse_unwritable(account: Account, resource: str) -> None:
    """Refuse to write where that is not possible."""
    said = f"Nothing was sent to {resource!r}: "
    if account.is_offline:
        raise OfflineError(f"{said}the account is offline. Connect without offline=True.")
    if account.in_cassette:
        raise ReadOnlyError(f"{said}a cassette only replays reads. Push outside of rp.cassette.")
    if account.read_only:
        raise ReadOnlyError(
            f"{said}this account was opened read-only. Connect without read_only=True and"
            " RUNN_READ_ONLY."
        )


def refuse_unconfirmed(
    account: Account, resource: str, count: int, doubt: str, confirm: bool | None
) -> None:
    """Refuse doubtful minutes, and many changes of a live account, unless confirmed."""
    if confirm:
        return
    if doubt and not (confirm is None and _asked(f"{doubt}. Push them as minutes to this")):
        raise PlanError(
            f"Nothing was sent to {resource!r}: {doubt}. If they are minutes, pass confirm=True."
        )
    if count <= MANY_LIVE or not account.is_live:
        return
    if confirm is None and _asked(f"Push {count} changes of {resource!r} to the LIVE"):
        return
    raise ConfigError(
        f"{count} changes of {resource!r} to a live account were not sent. Look at"
        " df.runn.plan(), then push with confirm=True."
    )


def _asked(question: str) -> bool:
    """Whether a person answers yes; False where nobody can answer."""
    if not (hasattr(sys, "ps1") or "ipykernel" in sys.modules):
        return False
    try:
        return input(f"{question} account? Type yes: ").strip().lower() in ("yes", "y")
    except (EOFError, RuntimeError, OSError):  # a kernel without input
        return False
