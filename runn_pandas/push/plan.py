"""A plan: what a push would do, as a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pandas as pd

from runn_pandas.account import current_or_none
from runn_pandas.errors import PlanError
from runn_pandas.frame.words import counted, told
from runn_pandas.push import carry_out, render, undo
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.batching import Planned
from runn_pandas.push.diff import Diff, decide
from runn_pandas.push.duplicates import find_duplicates, lost_ids, taken_columns
from runn_pandas.push.earlier import Earlier
from runn_pandas.push.journal import Journal, journal_path
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.kinds.base import encoded_row
from runn_pandas.push.match import Baseline, landed_problems, moved_apart
from runn_pandas.push.model import Intent, Key, Outcome, Problem, Row, RowPlan
from runn_pandas.push.nested_fields import AccountNames
from runn_pandas.push.past import Push
from runn_pandas.push.resume import Resumed, outcomes_of, refuse_left, resume_frame, stamp_of
from runn_pandas.push.validate import (
    in_doubt,
    local_problems,
    refuse,
    surely_wrong,
    unset_unasked,
)

if TYPE_CHECKING:
    from runn_pandas.account import Account
UNSEEN = "the frame does not have updatedAt, which tells what was read. Read it with the frame."


@dataclass(frozen=True, repr=False, eq=False)
class Plan(Planned):
    """What a push would do; made by ``df.runn.plan()``.

    Attributes
    ----------
    resource : str
        What is written.
    summary : DataFrame
        For each action the rows and the requests.
    changes : DataFrame
        A row for each field that changes: ``row`` (the frame's label), ``id``, ``field``,
        ``old``, ``new``.
    requests : int
        How many writes would be sent.
    notes : tuple of str
        What one should know besides.
    left_out : frozenset of int
        The rows, by position, that `only` left out.
    """

    @property
    def summary(self) -> pd.DataFrame:
        return render.summary(self)

    @property
    def changes(self) -> pd.DataFrame:
        return render.changes(self)

    def __dir__(self) -> list[str]:
        # What tab completion shows; the fields are the plan's own business.
        return sorted(
            {"apply", "changes", "notes", "only", "requests", "resource", "summary", "undo"}
        )

    def __repr__(self) -> str:
        return render.text(self)

    def _repr_html_(self) -> str:
        return render.html(self)

    def only(self, positions: Iterable[int]) -> Plan:
        """Return the plan for some of its rows; nothing is read or sent.

        Parameters
        ----------
        positions : iterable of int
            The rows to keep, counted from 0 in the order of the frame; the rows of ``delete=``
            that the frame does not have come after them. What an unfinished push has begun
            always stays.

        Returns
        -------
        Plan
            Its result still has every row: one that is left out is ``not tried``.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> teams = rp.read_runn("teams")
        >>> teams["name"] = teams["name"] + " 2026"
        >>> plan = teams.runn.plan()
        >>> plan.requests, plan.only([0, 2]).requests
        (5, 2)
        """
        kept = {int(position) for position in positions}
        unknown = sorted(kept - {d.position for d in self.row_plans})
        if unknown:
            raise PlanError(
                f"The plan has no row at position {unknown[0]}; it has"
                f" {counted(len(self.row_plans), 'row')}, counted from 0."
            )
        out = {d.position for d in self.row_plans if d.action != "unchanged"} - kept - self.begun
        # One family with the whole plan: a row of it is pushed once, by whichever part.
        return replace(
            self,
            left_out=self.left_out | out,
            token=f"{self.family}/{uuid4().hex}",
            highest=None,
            known=None,
        )

    def renewed(self, positions: Iterable[int]) -> Plan:
        """Return the plan with some of its rows compared with the account again.

        Parameters
        ----------
        positions : iterable of int
            The rows to compare; what was planned for the others stays as it was.

        Raises
        ------
        PlanError
            If one of them can no longer be pushed.
        """
        wanted = set(positions)
        apart = {d.position: d for d in self.row_plans if d.position not in wanted}
        fresh = planned(self.intent, self.account, apart=apart, family=self.family)
        return replace(fresh, token=self.token, left_out=self.left_out)

    def pushed(self) -> Plan:
        """Return the plan after a push of it or a part: what was begun is looked up anew."""
        row_plans = tuple(replace(d, begun=0) if d.begun else d for d in self.row_plans)
        return replace(self, row_plans=row_plans, seen=(), continues={}, highest=None, known=None)

    def apply(
        self,
        progress: bool | None = None,
        *,
        conflict: str = "skip",
        delete_force: bool = False,
        confirm: bool | None = None,
        on_outcome: Callable[[int, Outcome], None] = lambda position, outcome: None,
    ) -> pd.DataFrame:
        """Carry the plan out.

        Parameters
        ----------
        progress : bool, optional
            Show a progress bar; by default in a terminal or notebook.
        conflict : {"skip", "overwrite", "raise"}
            What happens to rows that were changed in the account since they were read.
        delete_force : bool
            Delete people together with their assignments and actuals.
        confirm : bool, optional
            True agrees to more than 50 changes of a live account; by default one is asked.
        on_outcome : callable, optional
            Called with each row's position and its outcome (``status``, ``id``, ``error``,
            ``attempts``) as soon as it is known.

        Returns
        -------
        DataFrame
            A row for each row of the frame, under its index: ``action``, ``status``, ``id``,
            ``error``, ``attempts``; then the rows of ``delete=`` that the frame does not have.
            Leave that Runn merged with other leave is ``created`` or ``updated``, under the id
            that Runn kept, and ``error`` says what Runn made of it.

        Raises
        ------
        PlanError
            With ``conflict="raise"``, if there is one; if the plan was carried out already.
        ReadOnlyError, ConfigError
            If the account is read-only, or the changes need to be confirmed.
        """
        return carry_out.apply(
            self,
            progress,
            conflict=conflict,
            delete_force=delete_force,
            confirm=confirm,
            on_outcome=on_outcome,
        )

    def anew(self, journal: Journal) -> Plan:
        """Return the plan made anew; what was decided on rows that are left out stays."""
        if self.undoes is not None:
            fresh = undone(self.plans, self.account, journal, self.frame)
        else:
            apart = {d.position: d for d in self.row_plans if d.position in self.left_out}
            fresh = planned(self.intent, self.account, journal, apart, self.family)
        notes = tuple(dict.fromkeys([*self.notes, *fresh.notes]))
        left_out = self.left_out - fresh.begun
        return replace(fresh, token=self.token, notes=notes, left_out=left_out)

    def undo(self) -> Plan:
        """Return the plan that restores the old values, where the API can.

        New rows are deleted, changed ones get their old values, deleted ones are made anew
        with new ids; leave that Runn merged is taken apart, and the contract that ended for a
        new one gets its end back. A row whose values are no longer those that the push gave it
        is a conflict, as in any plan. What cannot be undone, and why, is in the plan's text.
        """
        with Journal(journal_path(self.account)) as journal:
            pushes = [push.id for push in journal.of_plan(self.family)]
            return undone(pushes, self.account, journal, self.intent)


# -- made


@dataclass
class Compared:
    """A frame compared with the account."""

    found: Diff
    baseline: Baseline
    problems: list[Problem]
    notes: list[str]
    highest: int | None


def compared(
    intent: Intent,
    rows: AccountRows,
    resumed: Resumed,
    labels: Sequence[Any],
    journal: Journal,
    family: str = "",
) -> Compared:
    """Return what is to be done with the rows of a frame, and what Runn changes with them."""
    baseline = rows.baseline(resumed.intent)
    resumed.leave_out_gone(baseline)
    names = AccountNames(rows, resumed.intent, baseline)
    found = decide(resumed.intent, baseline, names)
    made = Earlier(intent, found, journal, rows, baseline, resumed, family).settle()
    problems = [*resumed.problems, *found.problems]
    notes: list[str] = []
    highest = baseline.highest
    if not (problems and intent.undoes):  # an undo leaves out what is wrong, and looks again
        kind = kind_of(intent.writable)
        around = kind.look_around(rows, found.row_plans, resumed.settled, labels)
        found.row_plans, notes = around.row_plans, around.notes
        problems += around.problems
        highest = highest if around.highest is None else around.highest
    return Compared(found, baseline, problems, [*made, *notes], highest)


def planned(
    intent: Intent,
    account: Account,
    journal: Journal | None = None,
    apart: Mapping[int, RowPlan] | None = None,
    family: str = "",
) -> Plan:
    """Compare what a frame asks for with the account.

    Parameters
    ----------
    intent, account, journal
        What, whose, and its journal if it is open.
    apart
        By position the rows that are not compared, and what was decided on them before.
    family
        The token of the whole plan, if a plan or a part of one is made anew.

    Raises
    ------
    PlanError
        If anything of it cannot be pushed.
    """
    name = repr(intent.writable.name)
    certain, possible = local_problems(intent)
    if certain:
        raise refuse(name, _in_order(intent, [*certain, *surely_wrong(intent, possible)]))
    with Journal(journal_path(account)) if journal is None else nullcontext(journal) as own:
        pushes = own.unfinished(intent.writable.name)
        rows = AccountRows(account)
        resumed = resume_frame(intent, pushes, rows)
        apart = resumed.leave_out(apart or {})
        look = compared(intent, rows, resumed, intent.labels, own, family)
        split = moved_apart(intent, look.baseline, to_delete(pushes))
        if split is not intent:
            return planned(split, account, own, apart, family)
        refuse_left(intent, resumed, [*look.found.row_plans, *resumed.settled])
        notes: list[str] = []
        fresh = [resumed.rewritten(row_plan) for row_plan in look.found.row_plans]
        problems = landed_problems(intent, fresh) or look.problems
        problems += [problem for one in fresh if not one.conflict for problem in one.problems]
        if not problems:
            problems, notes = alike(intent, look.found.row_plans, look.baseline, rows)
            problems += unset_unasked(intent, [one for one in fresh if not one.conflict])
        if problems:
            raise refuse(name, _in_order(intent, problems))
        fresh = in_turn(intent, fresh)
        notes += _notes(intent, account, resumed, look)
        doubt = in_doubt(intent, fresh)
        notes += [f"{doubt}."] if doubt else []
        made = _plan_of(account, intent, resumed, [*fresh, *apart.values()], notes, pushes)
        known = rows.known.get(intent.writable.source.name) if intent.writable.source else None
        return replace(made, highest=look.highest, known=known, doubt=doubt)


def to_delete(pushes: Sequence[Push]) -> dict[Key, Row]:
    """Return by key the rows that pushes were to delete."""
    plans = [row.row_plan for push in pushes for row in push.rows.values()]
    return {one.key: one.old for one in plans if one.action == "delete" and one.old}


def in_turn(intent: Intent, row_plans: Sequence[RowPlan]) -> list[RowPlan]:
    """Return the plans with what is moved deleted only if its new record was made."""
    made = {one.position for one in row_plans if one.requests and one.action == "create"}
    return [
        replace(one, needs=(*one.needs, intent.moves[one.position]))
        if intent.moves.get(one.position) in made
        else one
        for one in row_plans
    ]


def _notes(intent: Intent, account: Account, resumed: Resumed, look: Compared) -> list[str]:
    """Return what one should know of a plan besides its changes."""
    notes = []
    if account.is_offline:
        notes.append("The account is offline: compared with the cache, however old it is.")
    notes += resumed.notes()
    if look.found.ignored and intent.origin is None:
        names = ", ".join(sorted(look.found.ignored))
        notes.append(f"Left out of new rows, because Runn sets it: {names}.")
    notes += for_new_only(intent, look.found.only_new)
    if look.found.unseen:
        many = counted(len(look.found.unseen), "row")
        notes.append(f"Changes by others cannot be seen in {many}: {UNSEEN}")
    notes += look.notes
    if intent.moves:
        rows = ", ".join(repr(intent.labels[position]) for position in intent.moves.values())
        notes.append(
            "Moved, which is a new one under a new id and then the old one deleted: row"
            f" {rows:.60}."
        )
    return [*notes, *(intent.origin.notes() if intent.origin is not None else ())]


def undone(
    numbers: Sequence[int], account: Account, journal: Journal, frame: Intent | None = None
) -> Plan:
    """Return the plan that takes back the pushes that carried out one plan, or refuse.

    What was pushed, `frame`, is by default as the journal has it, and what was begun before and
    not continued is taken back too.
    """
    related = journal.related(numbers)
    past = undo.past_of(related, numbers, frame)
    rows = AccountRows(account)
    # Of what was continued it is noted what became of the rows that ended there.
    told = {push.id: {} if push.next else outcomes_of(push, rows) for push in past.pushes}
    work = undo.way_back(past, told, rows)
    undo.leave_out_undone(work, past, undo.taken_back(related))
    joined = undo.join(work, past.frame.writable)
    intent = undo.inverse(past.frame, work)
    own = told.keys()
    unfinished = journal.unfinished(intent.writable.name)
    mine = [push for push in unfinished if push.id not in own and own & push.takes_back.keys()]
    look, intent, resumed = _restorable(intent, rows, mine, work.notes, journal)
    fresh = [resumed.rewritten(row_plan) for row_plan in look.found.row_plans]
    fresh = [undo.contested(intent.writable, row_plan, work) for row_plan in fresh]
    notes = dict.fromkeys([*work.notes, *resumed.notes(), *look.notes])
    made = _plan_of(account, intent, resumed, fresh, notes, unfinished)
    return replace(
        made,
        highest=look.highest,
        undoes=told,
        takes_back=past.taken_by(work, joined),
        plans=tuple(numbers),
        frame=frame,
    )


def _plan_of(
    account: Account,
    intent: Intent,
    resumed: Resumed,
    fresh: Iterable[RowPlan],
    notes: Iterable[str],
    unfinished: Sequence[Push],
) -> Plan:
    """Return a plan with something for each row, in order: what has no plan stays as it is."""
    idle = {n: RowPlan(n, "unchanged") for n in range(len(intent.labels))}
    row_plans = idle | {row_plan.position: row_plan for row_plan in (*resumed.settled, *fresh)}
    now = current_or_none()
    return Plan(
        account,
        intent,
        tuple(row_plans[position] for position in sorted(row_plans)),
        tuple(notes),
        continues=resumed.continues,
        seen=stamp_of(unfinished),
        was_current=now is not None and now.fingerprint == account.fingerprint,
    )


def _restorable(
    intent: Intent, rows: AccountRows, pushes: Sequence[Push], notes: list[str], journal: Journal
) -> tuple[Compared, Intent, Resumed]:
    """Return the part of an undo that can be done; what is to be said of the rest is noted."""
    labels = intent.labels if len(set(intent.labels)) == len(intent.labels) else ()
    positions = tuple(range(len(intent.labels)))
    shown = labels or positions
    while True:
        # Labels may be there twice, and positions not.
        resumed = resume_frame(replace(intent, labels=shown), pushes, rows)
        look = compared(intent, rows, resumed, shown, journal)
        if not look.problems:
            return look, intent, resumed
        problems = [
            one if one.row is None else one._replace(row=shown.index(one.row))
            for one in look.problems
        ]
        fewer, said = undo.without(intent, problems)
        notes += said
        # What is wrong may be in none of its cells.
        intent = intent.only([]) if fewer.rows == intent.rows else fewer


def alike(
    intent: Intent, row_plans: Sequence[RowPlan], baseline: Baseline, rows: AccountRows
) -> tuple[list[Problem], list[str]]:
    """Compare the new rows with those the account has, in as few requests as it takes."""
    columns = taken_columns(intent)

    def every() -> Sequence[dict[str, Any]]:
        if baseline.complete:
            return [encoded_row(row, intent.writable) for row in baseline.rows.values()]
        column = columns[0] if columns and not lost_ids(intent) else None
        new = [d.position for d in row_plans if d.action == "create"]
        return rows.like(intent, column, [intent.rows[p].get(column or "") for p in new])

    gone = {d.key for d in row_plans if d.action == "delete"}
    known = [row for key, row in baseline.rows.items() if key not in gone]
    return find_duplicates(intent, row_plans, known, every)


def for_new_only(intent: Intent, columns: Mapping[str, Sequence[int]]) -> list[str]:
    """Say what is not sent of rows that exist, because the API takes it of new rows only."""
    by_rows: dict[tuple[int, ...], list[str]] = {}
    for column, rows in columns.items():
        by_rows.setdefault(tuple(rows), []).append(column)
    return [
        f"{', '.join(names)}: only for new {intent.writable.name!r}, so the values of"
        f" {counted(len(rows), 'existing row')} are not sent; {intent.writable.afterwards}."
        for rows, names in by_rows.items()
    ]


def _in_order(intent: Intent, problems: Sequence[Problem]) -> list[Problem]:
    places = {str(label): position for position, label in enumerate(intent.labels)}
    unique = list(dict.fromkeys(_hashable(problem) for problem in problems))
    return sorted(unique, key=lambda p: -1 if p.row is None else places.get(str(p.row), 0))


def _hashable(problem: Problem) -> Problem:
    try:
        hash(problem)
    except TypeError:
        return problem._replace(value=told(problem.value))
    return problem
