"""A plan carried out: as it still holds, written down before anything is sent, then ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from runn_pandas.errors import PlanError
from runn_pandas.frame.flags import check_flags
from runn_pandas.frame.words import counted
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.batching import Planned, within
from runn_pandas.push.execute import OnOutcome, Run
from runn_pandas.push.journal import Journal, journal_path
from runn_pandas.push.journal_place import note_account
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.model import Batch, Outcome, RowPlan, done
from runn_pandas.push.render import result
from runn_pandas.push.resume import stamp_of
from runn_pandas.push.validate import (
    check_conflict,
    refuse_conflicts,
    refuse_unconfirmed,
    refuse_unwritable,
)
from runn_pandas.reader.progress import progress_bar as shown
from runn_pandas.transport.throttle import telling

RECENT = 5.0  # seconds within which a plan is taken for true, if nothing was pushed since


def apply(
    plan: Planned,
    progress: bool | None = None,
    *,
    conflict: str = "skip",
    delete_force: bool = False,
    confirm: bool | None = None,
    on_outcome: OnOutcome = lambda position, outcome: None,
) -> pd.DataFrame:
    """Carry a plan out; see `Plan.apply`."""
    check_conflict(conflict)
    check_flags(["confirm"], PlanError, delete_force=delete_force, confirm=confirm)
    refuse_conflicts(plan, conflict)
    refuse_unwritable(plan)
    refuse_unconfirmed(plan, confirm, conflict)
    with Journal(journal_path(plan.account)) as journal:
        if any(one.plan == plan.token and one.ended for one in journal.of_plan(plan.family)):
            raise PlanError("This plan was carried out already; df.runn.plan() makes a new one.")
        rows = len(plan.begun.union(*(batch.positions for batch in plan.batches(conflict))))
        if not rows and not plan.continues:
            return result(plan, {})
        with journal.alone(), shown(plan.resource, progress, rows) as bar, telling(bar.waiting):
            plan = _current(plan, journal, conflict)

            def told(position: int, outcome: Outcome) -> None:
                bar.rows(1)
                on_outcome(position, outcome)

            batches = plan.batches(conflict, force=delete_force)
            run = _begun(plan, journal, batches, conflict, told)
            # Before and after: a push that is killed leaves no old lists in the cache.
            plan.account.session.drop(plan.intent.writable.stale)
            try:
                run.run(batches)
            except BaseException as error:
                _tell(error, plan, run)
                raise
            finally:
                plan.account.session.drop(plan.intent.writable.stale)
            if run.over:
                journal.end(run.push)
                _end_undone(plan, journal, run)
    return result(plan, run.outcomes)


def _current(plan: Planned, journal: Journal, conflict: str) -> Planned:
    """Return a plan as it is to be carried out now.

    Raises
    ------
    PlanError
        If the account has moved away from it since it was made.
    """
    _refuse_done(plan, journal, conflict)
    pushes = journal.unfinished(plan.resource)
    if stamp_of(pushes) != plan.seen:
        if not plan.continues.keys() <= {push.id for push in pushes}:
            raise PlanError(
                f"Nothing was sent to {plan.resource!r}: the interrupted push that this plan"
                " continues has ended meanwhile. Plan again and look."
            )
        fresh = plan.anew(journal)
        if fresh.continues or plan.undoes is not None:
            return fresh
    made = plan.made_at, plan.made_monotonic
    if plan.continues or (within(RECENT, *made) and not journal.wrote_since(plan.made_at)):
        return plan
    fresh = plan.anew(journal)
    _refuse_moved(plan, fresh)
    return replace(
        plan,
        known=fresh.known,
        highest=None if plan.highest is None else fresh.highest,
        made_at=fresh.made_at,
        made_monotonic=fresh.made_monotonic,
    )


def _refuse_moved(plan: Planned, fresh: Planned) -> None:
    now = {d.position: d for d in fresh.row_plans}
    moved = [
        str(plan.intent.labels[d.position])
        for d in plan.row_plans
        if d.action != "unchanged"
        and d.position not in plan.left_out
        and not _is_same(d, now.get(d.position))
    ]
    if moved and not fresh.continues:
        raise PlanError(
            f"Nothing was sent to {plan.resource!r}: since this plan was made, the account has"
            f" changed what it is about (row {', '.join(moved[:5])}). Plan again and look."
        )


def _is_same(then: RowPlan, now: RowPlan | None) -> bool:
    """Whether a row is planned as it was; a record has more fields alone than in a list."""
    if now is None or then.old is None or now.old is None:
        return then == now
    old = {name: value for name, value in then.old.items() if name in now.old}
    return replace(then, old=old) == replace(now, old={name: now.old[name] for name in old})


def _refuse_done(plan: Planned, journal: Journal, conflict: str) -> None:
    """Refuse rows that another part of the same plan has carried out."""
    pushes = journal.of_plan(plan.family)
    carried = {p for push in pushes for p, row in push.rows.items() if done(row.outcome)}
    carried -= {p for push in pushes if push.ended is None for p in push.begun}
    sent = {position for batch in plan.batches(conflict) for position in batch.positions}
    twice = sorted(sent & carried - plan.begun)
    if twice:
        raise PlanError(
            f"Nothing was sent to {plan.resource!r}: row {plan.intent.labels[twice[0]]!r} of"
            " this plan was carried out already; df.runn.plan() makes a new one."
        )


def _begun(
    plan: Planned, journal: Journal, batches: Sequence[Batch], conflict: str, on_outcome: OnOutcome
) -> Run:
    """Write a push down before anything is sent."""
    note_account(plan.account, journal)
    mine = [d for d in plan.row_plans if d.position not in plan.left_out]
    mark = _mark(plan, batches)
    push = journal.begin(
        plan.token,
        plan.intent,
        mine,
        mark=mark,
        undoes=plan.undoes or {},
        takes_back=plan.takes_back,
        continues=plan.continues,
    )
    sent = {position for batch in batches for position in batch.positions}
    row_plans = {d.position: d for d in mine if d.position in sent or d.begun}
    return Run(
        plan.account,
        plan.intent,
        row_plans,
        journal,
        push,
        mark=mark,
        known=plan.known,
        compared=(plan.made_at, plan.made_monotonic),
        conflict=conflict,
        on_outcome=on_outcome,
    )


def _mark(plan: Planned, batches: Sequence[Batch]) -> int | None:
    """Return the highest id before the first new record, where new ones are told by it."""
    kind = kind_of(plan.intent.writable)
    made = [one for batch in batches for one in batch.requests if one.verb == "create"]
    if not made or not plan.intent.writable.has_id:
        return None
    if plan.highest is None and kind.marked and not all(one.again for one in made):
        return AccountRows(plan.account).highest(plan.intent)
    # New leave may become part of an older one: an undo must tell which was there.
    return plan.highest


def _tell(error: BaseException, plan: Planned, run: Run) -> None:
    """Add to an interruption what is known: the journal is whole, what is done can be seen."""
    begun = (*run.current, *run.doubted)
    doubt = {p: Outcome("unknown") for p in begun if p not in run.outcomes}
    error.result = result(  # type: ignore[attr-defined]
        plan, {**doubt, **run.outcomes}, "not tried"
    )
    error.in_doubt = frozenset(doubt)  # type: ignore[attr-defined]
    error.add_note(
        f"The push to {plan.resource!r} was interrupted after {counted(len(run.outcomes), 'row')};"
        " the same push again continues it."
    )


def _end_undone(plan: Planned, journal: Journal, run: Run) -> None:
    """End an interrupted push that was wholly taken back: nothing of it is to continue."""
    undoes = plan.undoes or {}
    sent = [run.outcomes.get(d.position) for d in plan.row_plans if d.requests]
    if any(map(_in_doubt, undoes.values())) or not all(map(done, sent)):
        return
    for push in journal.unfinished(plan.resource):
        whole = push.begun.keys() <= {*plan.takes_back.get(push.id, {}).values()}
        if (push.id in undoes and whole) or undoes.keys() & push.takes_back.keys():
            journal.end(push.id)


def _in_doubt(outcomes: Mapping[int, Outcome]) -> bool:
    return any(outcome.status == "unknown" for outcome in outcomes.values())
