"""Plan, push, undo and journal, as df.runn and the package offer them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.errors import FrameError, PlanError, PlanWarning, warn
from runn_pandas.frame.flags import check_flags
from runn_pandas.frame.types import PANDAS_TEXT as TEXT
from runn_pandas.lookup.ids import for_push, hint_for
from runn_pandas.lookup.matching import Match
from runn_pandas.pushing import render
from runn_pandas.pushing.checks import check_conflict
from runn_pandas.pushing.journal import Journal, journal_path
from runn_pandas.pushing.model import Change
from runn_pandas.pushing.origin import Origin
from runn_pandas.pushing.parse import parse_frame
from runn_pandas.pushing.plan import Plan, _refuse_conflicts, make_plan
from runn_pandas.pushing.undo import undo as undo_pushes
from runn_pandas.reader.progress import announced

if TYPE_CHECKING:
    from runn_pandas.account import Account

PUSHES = {
    "push": "Int64", "when": "datetime64[us, UTC]", "resource": TEXT, "created": "Int64",
    "updated": "Int64", "deleted": "Int64", "failed": "Int64", "unknown": "Int64",
    "status": TEXT, "undo": TEXT,
}  # fmt: skip
FIELDS = {
    "row": "object", "action": TEXT, "id": "object", "field": TEXT, "old": "object",
    "new": "object", "status": TEXT, "error": TEXT,
}  # fmt: skip
COUNTED = ("created", "updated", "deleted", "failed", "unknown")


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
    """Return what a push of a frame would do. See ``df.runn.plan``.

    `origin` is the frame that `frame` was made of, whose rows the result has.
    """
    check_flags(["new"], PlanError, new=new, repeat=repeat)
    if _is_empty(frame, resource, delete):
        return _nothing(frame, account)
    named, notes = for_push(frame, resource, match, account)
    options = {"on": on, "na": na, "delete": delete, "new": new, "repeat": repeat}
    try:
        sheet = parse_frame(named, resource, fingerprint=account.fingerprint, **options)
        again = partial(_again, named, resource, account, options, notes, origin)
        said = [*notes, *(origin.notes() if origin is not None else ())]
        return replace(make_plan(sheet, account, again, said, origin), way_back=undo_pushes)
    except PlanError as error:
        error.args = (f"{error}{hint_for(named, resource)}",)
        raise


def _again(
    frame: pd.DataFrame,
    resource: str | None,
    account: Account,
    options: dict[str, Any],
    notes: Sequence[str],
    origin: Origin | None,
) -> Plan:
    """Return the plan of the same frame, compared with the account as it is now."""
    sheet = parse_frame(frame, resource, fingerprint=account.fingerprint, **options)
    again = partial(_again, frame, resource, account, options, notes, origin)
    return make_plan(sheet, account, again, notes, origin)


def _is_empty(frame: Any, resource: str | None, delete: Any) -> bool:
    """Whether a frame has no rows and no resource, so that nothing can be meant."""
    hinted = isinstance(frame, pd.DataFrame) and frame.attrs.get("runn")
    return (
        isinstance(frame, pd.DataFrame)
        and not len(frame)
        and not (resource or hinted or delete is not None)
    )


def _nothing(frame: pd.DataFrame, account: Account) -> Plan:
    note = "The frame has no rows, so there is nothing to push."
    again = partial(_nothing, frame, account)
    return Plan(account, None, (), (note,), frame.index, again)


def push(
    frame: pd.DataFrame,
    resource: str | None = None,
    *,
    account: Account,
    conflict: str = "skip",
    dry_run: bool = False,
    confirm: bool | None = None,
    progress: bool | None = None,
    **asked: Any,
) -> pd.DataFrame:
    """Write a changed frame back. See ``df.runn.push``; `asked` is what `plan` takes besides."""
    check_conflict(conflict)
    check_flags(["confirm"], PlanError, dry_run=dry_run, confirm=confirm)
    made = plan(frame, resource, account=account, **asked)
    for note in render.cautions(made):
        warn(note, PlanWarning)
    if dry_run:
        _refuse_conflicts(made, conflict)
        return render.result(made, {})
    with announced(render.headline(made), progress, long=made.requests > render.PER_MINUTE):
        return made.apply(progress, conflict=conflict, confirm=confirm)


def undo(number: int, *, account: Account) -> Plan:
    """Return the plan that takes a push of the journal back. See `runn_pandas.undo`."""
    if isinstance(number, bool) or not isinstance(number, int):
        raise PlanError(f"rp.undo needs the number of a push, not {number!r:.40}.")
    return undo_pushes(account, [number])


def journal(
    account: Account, push: int | None = None, *, clear: int | bool | None = None
) -> pd.DataFrame:
    """Return the pushes of this machine, or the fields of one push. See `runn_pandas.journal`."""
    own = Journal(journal_path(account))
    if clear is not None and clear is not False:
        if clear is not True and own.push(clear) is None:
            raise PlanError(f"There is no push {clear}. rp.journal() lists the pushes.")
        with own.alone():
            own.clear(None if clear is True else clear)
    return _pushes(own) if push is None else _fields(own, push)


def _pushes(own: Journal) -> pd.DataFrame:
    rows = []
    for one in own.pushes():
        operations = own.operations(one["id"])
        statuses = [row["status"] for row in operations]
        undone = [row["undone"] for row in operations if row["status"] in COUNTED[:3]]
        way_back = f"rp.undo({one['id']})" if undone and not all(undone) else ""
        when = pd.Timestamp(one["started"], unit="s", tz="UTC").floor("us")
        status = "finished" if one["ended"] is not None else "unfinished"
        counts = [statuses.count(status) for status in COUNTED]
        rows.append([one["id"], when, one["resource"], *counts, status, way_back])
    return _frame(rows, PUSHES)


def _fields(own: Journal, number: int) -> pd.DataFrame:
    if isinstance(number, bool) or not isinstance(number, int):
        raise FrameError(f"rp.journal needs the number of a push, not {number!r:.40}.")
    if own.push(number) is None:
        raise PlanError(f"There is no push {number}. rp.journal() lists the pushes.")
    rows = []
    for row in own.operations(number):
        ids = json.loads(row["ids"])
        own_id = ids[0] if ids else json.loads(row["own"])
        label = json.loads(row["label"])
        changes = [Change(*one) for one in json.loads(row["changes"])]
        if row["action"] == "delete":
            changes = [Change(*render.WHOLE)]
        for change in changes:
            rows.append(
                [label, row["action"], own_id, *change, row["status"] or "not tried", row["error"]]
            )
    return _frame(rows, FIELDS)


def _frame(rows: list[list[Any]], types: dict[str, str]) -> pd.DataFrame:
    # As objects from the start: next to a missing one, a whole number would become a float.
    return pd.DataFrame(rows, columns=[*types], dtype=object).astype(types)
