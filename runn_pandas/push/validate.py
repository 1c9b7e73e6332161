"""What can be refused without the account, and how a refusal is worded."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import pandas as pd

from runn_pandas.account import current_or_none
from runn_pandas.catalog.writes import OPTIONAL_KEY
from runn_pandas.errors import ConfigError, OfflineError, PlanError, ReadOnlyError
from runn_pandas.frame.encode import refusal
from runn_pandas.frame.expanded import Target
from runn_pandas.push.batching import Planned
from runn_pandas.push.kinds import Kind, kind_of
from runn_pandas.push.kinds.base import MISSING, Bad
from runn_pandas.push.match import repeated_problems
from runn_pandas.push.model import SHOWN, Intent, Problem, Row, RowPlan

CONFLICTS = ("skip", "overwrite", "raise")
UNKNOWN = Target("", "unknown")
MANY_LIVE = 50  # changes to a live account that are asked about


def refuse(what: str, problems: Sequence[Problem]) -> PlanError:
    """Return the error that lists problems: the first in its text, all as a frame."""
    said = []
    for problem in problems[:SHOWN]:
        where = f"column {problem.column!r}"
        if problem.row is not None:
            shown = "" if problem.value is None else f" {problem.value!r:.40}"
            where = f"row {problem.row!r}, {where}:{shown}"
        said.append(f"{where} {problem.reason}")
    more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
    return PlanError(
        f"{what} cannot be pushed, nothing was sent: {count}. {'; '.join(said)}{more}."
        " The error's .problems lists them all.",
        pd.DataFrame(
            [problem[:4] for problem in problems], columns=Problem._fields[:4], dtype=object
        ),
    )


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
        others = _of_a_new_row(intent, kind, values) if is_new else _of_a_change(intent, values)
        for found, reasons in ((certain, bad), (certain if is_new else possible, others)):
            fresh = [(name, reason) for name, reason in reasons if (row, name) not in noted]
            found += [Problem(row, name, values.get(name), reason) for name, reason in fresh]
    return certain, possible


def _whole_fields(intent: Intent, cells: Row) -> Row:
    """Return the cells of a row that are whole fields, by field."""
    targets = [(intent.targets.get(label, UNKNOWN), cells[label]) for label in cells]
    return {target.field: value for target, value in targets if target.kind == "plain"}


def _of_the_key(intent: Intent, cells: Row) -> Bad:
    if not intent.writable.has_id or cells.get("id") is not None:
        return []
    missing = [n for n in intent.on if cells.get(n) is None and n not in OPTIONAL_KEY]
    return [(name, MISSING) for name in missing]


def _of_a_new_row(intent: Intent, kind: Kind, values: Row) -> Bad:
    in_parts = {target.field for target in intent.targets.values() if target.kind != "plain"}
    bad = dict.fromkeys(kind.create(values)[1])
    return [(name, reason) for name, reason in bad if name not in in_parts]


def _of_a_change(intent: Intent, values: Row) -> Bad:
    fields = intent.writable.update_fields
    reasons = [
        (name, refusal(value, fields[name]))
        for name, value in values.items()
        if name in fields and fields[name].kind != "nested" and value not in (None, [], {})
    ]
    return [(name, reason) for name, reason in reasons if reason]


# -- conflicts


def check_conflict(conflict: str) -> None:
    """Refuse a word that is none of the ways to treat conflicts."""
    if conflict not in CONFLICTS:
        raise PlanError(f"conflict is 'skip', 'overwrite' or 'raise', not {conflict!r}.")


def refuse_conflicts(intent: Intent, row_plans: Iterable[RowPlan], conflict: str) -> None:
    """Refuse a plan with conflicts, if ``conflict="raise"`` says so."""
    if conflict != "raise":
        return
    column, labels = intent.writable.id_column, intent.labels
    problems = [
        Problem(labels[one.position], column, one.id, f"was {one.conflict}")
        for one in row_plans
        if one.conflict
    ]
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
    """Refuse many changes of a live account that nobody agreed to."""
    count = sum(len(batch.positions) for batch in plan.batches(conflict))
    if confirm or count <= MANY_LIVE or not plan.account.is_live:
        return
    if confirm is None and asked(f"Push {count} changes of {plan.resource!r} to the LIVE"):
        return
    raise ConfigError(
        f"{count} changes of {plan.resource!r} to a live account were not sent: look at"
        " df.runn.plan(), then push with confirm=True."
    )
