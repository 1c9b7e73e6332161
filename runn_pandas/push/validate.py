"""What can be refused without the account, and how a refusal is worded."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from runn_pandas.account import current_or_none
from runn_pandas.catalog.write_rules import OPTIONAL_KEY
from runn_pandas.catalog.writes import Writable
from runn_pandas.errors import ConfigError, OfflineError, PlanError, ReadOnlyError
from runn_pandas.frame.encode import refusal
from runn_pandas.frame.expanded import Target, is_held
from runn_pandas.frame.words import counted, near_name, showable, told
from runn_pandas.push.batching import Planned
from runn_pandas.push.kinds import Kind, kind_of
from runn_pandas.push.kinds.base import MISSING, Bad
from runn_pandas.push.match import repeated_problems, row_problem
from runn_pandas.push.model import SHOWN, Intent, Problem, Row, RowPlan, grouped

CONFLICTS = ("skip", "overwrite", "raise")
UNKNOWN = Target("", "unknown")
MANY_LIVE = 50  # changes to a live account that are asked about
MANY_HOURS, ROUND = 25, 5  # minutes below which they may be hours, unless all are multiples
MANY_UNSET, SHARE_UNSET = 10, 0.1  # cells, and of a column: more is unset only if it is said


def refuse(what: str, problems: Sequence[Problem]) -> PlanError:
    """Return the error that lists problems: the first in its text, by reason; all as a frame."""
    groups = grouped(((one.column, one.reason), one) for one in problems)
    said = [_said(alike) for alike in groups.values()]
    more = f"; and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
    return PlanError(
        f"{what} cannot be pushed, nothing was sent: {counted(len(problems), 'problem')}."
        f" {'; '.join(said[:SHOWN])}{more}."
        " The error's .problems lists them all.",
        pd.DataFrame(
            [(p.row, p.column, showable(p.value), p.reason) for p in problems],
            columns=Problem._fields[:4],
            dtype=object,
        ),
    )


def _said(alike: Sequence[Problem]) -> str:
    """Return one sentence for what is wrong with a column for one reason."""
    first, where = alike[0], f"column {alike[0].column!r}"
    if first.row is not None:
        value = first.value if not isinstance(first.value, datetime) else str(first.value)
        shown = "" if value is None else f" {told(value):.40}"
        where = f"row {first.row!r}, {where}:{shown}"
    others = ", ".join(repr(one.row) for one in alike[1:4]) + (", ..." if len(alike) > 4 else "")
    rows = counted(len(alike) - 1, "more row")
    return f"{where} {first.reason}" + (f" (and {rows}: {others})" if others else "")


def local_problems(intent: Intent) -> tuple[list[Problem], list[Problem]]:
    """Check a whole frame on its own.

    Returns
    -------
    certain
        What is wrong whatever the account holds.
    possible
        Values of existing rows that a write would not take, but which the account may hold
        already (a colour from before the list of colours): wrong only if changed.
    """
    kind = kind_of(intent.writable)
    certain = [*intent.problems, *repeated_problems(intent).values()]
    possible: list[Problem] = []
    noted = {(problem.row, problem.column) for problem in certain}
    for position in sorted(intent.rows.keys() - intent.deletes):
        row, cells = intent.labels[position], intent.rows[position]
        values = _whole_fields(intent, cells)
        bad = [*kind.check(values), *_of_the_key(intent, cells)]
        is_new = kind.surely_new(cells, intent.on)
        find = _of_a_new_row if is_new and intent.new else _of_a_change
        others = find(intent, kind, values)
        for found, reasons in ((certain, bad), (certain if is_new else possible, others)):
            fresh = [(name, reason) for name, reason in reasons if (row, name) not in noted]
            found += [Problem(row, name, values.get(name), reason) for name, reason in fresh]
    return of_columns(intent, certain), possible


def of_columns(intent: Intent, problems: Sequence[Problem]) -> list[Problem]:
    """Return problems with one for a column that the frame has not and that every row needs."""
    rows = len(intent.rows.keys() - intent.deletes)
    counts = Counter((one.column, one.reason) for one in problems if one.row is not None)
    told: dict[Any, Problem] = {}
    for place, one in enumerate(problems):
        what = one.column, one.reason
        if one.column not in intent.targets and counts[what] == rows > 1:
            told.setdefault(what, one._replace(row=None, value=None))
        else:
            told[place] = one
    return list(told.values())


def unknown_columns(intent: Intent, known: Collection[str] = ()) -> list[Problem]:
    """Return the columns that neither the resource nor `known` has, as problems."""
    return [
        Problem(None, label, None, _no_such_column(label, intent.writable, label in intent.on))
        for label, target in intent.targets.items()
        if target.kind == "unknown" and label not in known
    ]


def surely_wrong(intent: Intent, possible: Sequence[Problem]) -> list[Problem]:
    """Return what else is wrong with a frame that was not read."""
    # One that was may have columns that are new to the catalogue, and values nobody changed.
    return [] if intent.from_runn else [*possible, *unknown_columns(intent)]


def _no_such_column(label: str, writable: Writable, is_key: bool) -> str:
    """Return the words that say that a column is none of the resource's, and what may be meant."""
    spent = _minutes_meant(label, writable)
    meant = near_name(label, writable.fields) or spent
    hint = "; drop it before the push"
    if "customFields" in writable.fields:
        hint += f", or call a custom field 'customFields.{label}'"
    if spent and "hour" in label.lower():
        hint = f'; if these are the hours, df["{spent}"] = df["{label}"] * 60, then drop it'
    elif meant:
        hint = f"; did you mean {meant!r}?"
    elif is_key:
        hint = ", so on= finds no rows by it; merge the ids in before the push, and drop it"
    return f"is no column of {writable.name!r}{hint}"


def _minutes_meant(label: str, writable: Writable) -> str | None:
    """Return the column of minutes that one of hours or minutes may stand for."""
    word = "".join(filter(str.isalpha, label.lower())).replace("hour", "minute")
    if "minute" not in word:
        return None
    alike = [name for name in writable.minutes if name.lower() == word]
    return next(iter([*alike, *writable.minutes]), None)


def _whole_fields(intent: Intent, cells: Row) -> Row:
    """Return the cells of a row that are whole fields, by field."""
    targets = [(intent.targets.get(label, UNKNOWN), cells[label]) for label in cells]
    return {target.field: value for target, value in targets if target.kind == "plain"}


def _of_the_key(intent: Intent, cells: Row) -> Bad:
    if not intent.writable.has_id or cells.get("id") is not None:
        return []
    missing = [n for n in intent.on if cells.get(n) is None and n not in OPTIONAL_KEY]
    advice = kind_of(intent.writable).advice
    return [(name, MISSING + advice.get(name, "")) for name in missing]


def _of_a_new_row(intent: Intent, kind: Kind, values: Row) -> Bad:
    in_parts = {target.field for target in intent.targets.values() if target.kind != "plain"}
    bad = dict.fromkeys(kind.create(values)[1])
    return [(name, reason) for name, reason in bad if name not in in_parts]


def _of_a_change(intent: Intent, kind: Kind, values: Row) -> Bad:
    fields = intent.writable.update_fields
    reasons = [
        (name, refusal(value, fields[name]))
        for name, value in values.items()
        if name in fields and fields[name].kind != "nested" and value not in (None, [], {})
    ]
    return [(name, reason) for name, reason in reasons if reason]


# -- what has to be said


def unset_columns(intent: Intent, row_plan: RowPlan, *empty: str) -> list[str]:
    """Return the columns whose missing cells, or empty ones, unset what Runn has in a row."""
    if row_plan.action != "update" or not row_plan.requests:
        return []
    cells, old = intent.rows.get(row_plan.position, {}), row_plan.old or {}
    changed = {change.field.partition(".")[0] for change in row_plan.changes}
    return [
        label
        for label, target in intent.targets.items()
        if label in cells and cells[label] in (None, *empty)
        if target.field in changed and is_held(old, target)
    ]


def unset_unasked(intent: Intent, row_plans: Iterable[RowPlan]) -> list[Problem]:
    """Return missing cells as problems, where they unset much and nobody said that they shall."""
    if intent.na != "unset" or intent.na_given or intent.undoes:
        return []
    found = ((unset_columns(intent, one, ""), one.position) for one in row_plans)
    unset = grouped((label, position) for labels, position in found for label in labels)
    rows = len(intent.rows.keys() - intent.deletes)
    counts = [*map(len, unset.values())]
    # A single cell is no bulk, however short the column.
    if sum(counts) <= MANY_UNSET and max(counts, default=0) <= max(1, rows * SHARE_UNSET):
        return []
    return [
        Problem(intent.labels[at], label, value, _unsets(len(cells), rows, value))
        for label, cells in unset.items()
        for at in cells
        for value in (intent.rows[at][label],)
    ]


def _unsets(count: int, rows: int, value: Any) -> str:
    what, left = "missing", "na='omit' leaves them as they are"
    if value is not None:
        what, left = "an empty text", "make it pd.NA and say na='omit' to leave it as it is"
    return (
        f"is {what}, and Runn has a value: {count:,} of {rows:,} would be unset. If that is meant,"
        f" say na='unset'; {left}"
    )


# -- what is asked about


def _may_be_hours(days: Sequence[int]) -> bool:
    """Whether each day has no more minutes than a day has hours, and not only round ones."""
    return 0 < max(days, default=0) < MANY_HOURS and any(day % ROUND for day in days)


def in_doubt(intent: Intent, row_plans: Iterable[RowPlan]) -> str:
    """Return what is to be asked of minutes that look like hours, or ""."""
    if intent.undoes or intent.origin is not None:
        return ""
    names = intent.writable.minutes
    spent = [one for one in row_plans if any(map(one.new.get, names))]
    days = [sum(one.wanted.get(name) or 0 for name in names) for one in spent]
    if not _may_be_hours(days):
        return ""
    first, label = spent[0].new, intent.labels[spent[0].position]
    name = next(filter(first.get, names))
    every = f", and no row of {len(days):,} has more than {max(days)}" if len(days) > 1 else ""
    return (
        f"{name} would be {first[name]} minutes in row {label!r}{every}: are they hours? In"
        f' minutes they are df["{name}"] * 60'
    )


# -- conflicts


def check_conflict(conflict: str) -> None:
    """Refuse a word that is none of the ways to treat conflicts."""
    if conflict not in CONFLICTS:
        raise PlanError(f"conflict is 'skip', 'overwrite' or 'raise', not {conflict!r}.")


def refuse_conflicts(plan: Planned, conflict: str) -> None:
    """Refuse a plan with conflicts, if ``conflict="raise"`` says so, or what overwrites none."""
    intent, column = plan.intent, plan.intent.writable.id_column
    wanted = [one for one in plan.row_plans if one.position not in plan.left_out]
    problems = unset_unasked(intent, wanted) if conflict == "overwrite" else []
    for one in wanted:
        if conflict == "overwrite":
            problems += one.problems
        elif conflict == "raise" and one.conflict:
            problems.append(row_problem(intent, one.position, column, f"was {one.conflict}"))
    if problems:
        raise refuse(repr(intent.writable.name), problems)


def asked(question: str) -> bool:
    """Whether somebody says yes; False where nobody can answer."""
    if not (hasattr(sys, "ps1") or "ipykernel" in sys.modules):
        return False
    try:
        return input(f"{question} account? Type yes: ").strip().lower() in ("yes", "y")
    except (EOFError, RuntimeError, OSError):  # a kernel without input
        return False


# -- before anything is sent


def refuse_unwritable(plan: Planned) -> None:
    """Refuse a plan where nothing can be written, or where another account is current."""
    account, said = plan.account, f"Nothing was sent to {plan.resource!r}: "
    if account.is_offline:
        raise OfflineError(
            f"{said}the account is offline. Connect without offline=True (or RUNN_OFFLINE),"
            " then plan again: this plan was made from the cache."
        )
    if account.in_cassette:
        raise ReadOnlyError(
            f"{said}a cassette only records and replays reads. Push outside of rp.cassette, on"
            " the account itself: rp.use(account)."
        )
    if account.read_only:
        raise ReadOnlyError(
            f"{said}this account was opened read-only (read_only=True or RUNN_READ_ONLY)."
        )
    now = current_or_none()
    if plan.was_current and now is not None and now.fingerprint != account.fingerprint:
        raise PlanError(
            f"Nothing was sent: this plan was made for account {account.fingerprint}, and the"
            f" current one is {now.fingerprint}. Go back with rp.use(account), or plan again here."
        )


def refuse_unconfirmed(plan: Planned, confirm: bool | None, conflict: str) -> None:
    """Refuse what looks wrong, or is much on a live account, and nobody agreed to."""
    if not confirm:
        _refuse_doubt(plan, confirm)
    count = sum(len(batch.positions) for batch in plan.batches(conflict))
    if confirm or count <= MANY_LIVE or not plan.account.is_live:
        return
    if confirm is None and asked(f"Push {count} changes of {plan.resource!r} to the LIVE"):
        return
    raise ConfigError(
        f"{count} changes of {plan.resource!r} to a live account were not sent: look at"
        " df.runn.plan(), then push with confirm=True."
    )


def _refuse_doubt(plan: Planned, confirm: bool | None) -> None:
    if not plan.doubt or (confirm is None and asked(f"{plan.doubt}. Push them as minutes to this")):
        return
    raise PlanError(
        f"Nothing was sent to {plan.resource!r}: {plan.doubt}. If they are minutes, push with"
        " confirm=True."
    )
