"""Plan, push, undo and journal: what df.runn and the package itself offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from runn_pandas.errors import PlanError, PlanWarning, warn
from runn_pandas.frame.flags import check_flags
from runn_pandas.frame.types import PANDAS_TEXT as TEXT
from runn_pandas.lookup.ids import for_push, hint_for
from runn_pandas.lookup.matching import Match
from runn_pandas.push import carry_out
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.journal import Journal, journal_path
from runn_pandas.push.journal_place import assign
from runn_pandas.push.model import Origin
from runn_pandas.push.parse import parse_frame
from runn_pandas.push.past import history
from runn_pandas.push.plan import Plan, planned, undone
from runn_pandas.push.render import PER_MINUTE, cautions, headline, result
from runn_pandas.push.resume import outcomes_of
from runn_pandas.push.undo import numbered, obstacles
from runn_pandas.push.validate import check_conflict, refuse_conflicts
from runn_pandas.reader.progress import announced

if TYPE_CHECKING:
    from runn_pandas.account import Account

COLUMNS = {
    "push": "Int64", "when": "datetime64[us, UTC]", "resource": TEXT, "row": "object",
    "action": TEXT, "id": "object", "field": TEXT, "old": "object", "new": "object",
    "status": TEXT, "error": TEXT, "requests": "Int64", "ended": "boolean", "undo": TEXT,
}  # fmt: skip


def plan(
    frame: pd.DataFrame,
    resource: str | None = None,
    *,
    account: Account,
    on: str | Sequence[str] | None = None,
    na: str | None = None,
    delete: Any = None,
    match: Match | None = None,
    new: bool | None = None,
    repeat: bool = False,
    origin: Origin | None = None,
) -> Plan:
    """Return what a push of a frame would do; no write is sent. See ``df.runn.plan``.

    `origin` is the frame that `frame` was made of, whose rows the result has.
    """
    check_flags(["new"], PlanError, new=new, repeat=repeat)
    named, notes = for_push(frame, resource, match, account)
    try:
        intent = parse_frame(
            named, resource, fingerprint=account.fingerprint, on=on, na=na, delete=delete
        )
        new = new is None or bool(new)
        made = planned(replace(intent, origin=origin, repeat=repeat, new=new), account)
    except PlanError as error:
        error.args = (f"{error}{hint_for(named, resource)}",)
        raise
    out = [one.position for one in made.row_plans if not (new or one.key or one.requests)]
    return replace(made, notes=(*notes, *made.notes), left_out=frozenset(out))


def push(
    frame: pd.DataFrame,
    resource: str | None = None,
    *,
    account: Account,
    delete_force: bool = False,
    conflict: str = "skip",
    dry_run: bool = False,
    confirm: bool | None = None,
    progress: bool | None = None,
    **asked: Any,
) -> pd.DataFrame:
    """Write a changed frame back, row by row accounted for. See ``df.runn.push``.

    `asked` is what `plan` takes besides.
    """
    check_conflict(conflict)
    check_flags(error=PlanError, dry_run=dry_run)
    made = plan(frame, resource, account=account, **asked)
    for caution in cautions(made):
        warn(caution, PlanWarning)
    if dry_run:
        refuse_conflicts(made, conflict)
        return result(made, {})
    with announced(headline(made), progress, long=made.requests > PER_MINUTE):
        return carry_out.apply(
            made, progress, conflict=conflict, delete_force=delete_force, confirm=confirm
        )


def undo(number: int, *, account: Account) -> Plan:
    """Return the plan that takes a push of the journal back. See `runn_pandas.undo`."""
    with Journal(journal_path(account)) as own:
        return undone([numbered(own, number).id], account, own)


def journal(
    account: Account,
    *,
    close: int | None = None,
    clear: int | bool | Literal["ended"] | None = None,
    of: str | None = None,
) -> pd.DataFrame:
    """Return the last pushes to an account, the newest first. See `runn_pandas.journal`.

    A row for each field that a push was to change; ``undo`` says whether the push can be taken
    back (``yes``), or why not (``no: ...``).
    """
    if of is not None:
        assign(account, of)
    with Journal(journal_path(account)) as own:
        if close is not None or clear:
            with own.alone():
                if close is not None:
                    _close(account, own, close)
                if clear:
                    own.clear(_cleared(clear))
        pushes = own.all()
    why = obstacles(pushes)
    rows = history(pushes)
    for row in rows:
        reason = why[row["push"]]
        row["undo"] = f"no: {reason}" if reason else "yes"
        row["when"] = pd.Timestamp(row["when"], unit="s", tz="UTC")
    cells = [[row[name] for name in COLUMNS] for row in rows]
    # As objects from the start: beside a missing one, a whole number would become a float.
    return pd.DataFrame(cells, columns=list(COLUMNS), dtype=object).astype(COLUMNS)


def _cleared(clear: int | bool | str) -> int | None:
    """Return the number of the push to clear; None for all that ended."""
    if clear is True or clear == "ended":
        return None
    if isinstance(clear, str):
        raise PlanError(f"clear is the number of a push, 'ended' or True, not {clear!r:.40}.")
    return clear


def _close(account: Account, journal: Journal, number: int) -> None:
    """End an interrupted push; of its rows in doubt the account is asked."""
    try:
        push = journal.numbered(number)
    except PlanError:
        journal.end(number)  # what cannot be read is not asked about
        return
    if push is None or push.ended is not None:
        journal.end_earlier(number)
    else:
        journal.over(number, outcomes_of(push, AccountRows(account), closing=True))
