"""Whether a write arrived: told from its answer, or from what the account has now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.diff import decide
from runn_pandas.push.journal import PastRow, Push, done
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.match import natural_keys
from runn_pandas.push.model import DONE, Attempt, Intent, Key, Outcome, Request, Row, RowPlan
from runn_pandas.push.nested_fields import AccountNames

ADDS = "added time, and would add it again"
MADE_ROOM = "was deleted to make room for the changed one, which is not made yet"
DOUBT = "is in doubt: what the account has does not tell whether it was carried out"


@dataclass(frozen=True)
class Done:
    """It arrived: the ids of what it made, and its answer as far as it is known."""

    ids: Key = ()
    answer: Any = None


@dataclass(frozen=True)
class Absent:
    """It did not arrive, or can be sent again without harm."""

    ids: Key = ()


@dataclass(frozen=True)
class Unknown:
    """What the account has now fits both stories."""


Found = Done | Absent | Unknown


@dataclass(frozen=True)
class Fate:
    """What became of a row of which something was sent.

    Attributes
    ----------
    outcome : Outcome
        Its status, and the ids of its records that are in the account.
    made : tuple of key
        The keys of the records that it made and the account has.
    reason : str
        Why it has to be finished first, or "".
    """

    outcome: Outcome
    made: tuple[Key, ...] = ()
    reason: str = ""


class Probe:
    """Tells what became of the attempts of one push.

    Parameters
    ----------
    rows, intent
        The account, and what is pushed.
    mark
        The highest id before the push's first new record; None if it is not known.
    """

    def __init__(self, rows: AccountRows, intent: Intent, mark: int | None) -> None:
        self.rows, self.intent, self.mark = rows, intent, mark
        self.writable, self.kind = intent.writable, kind_of(intent.writable)
        self.claimed: set[Any] = set()  # the ids of records whose row is known
        self._sums: list[tuple[int, Key, Row]] = []  # what time entries were added to
        self._newer: list[Row] | None = None

    @classmethod
    def of(cls, rows: AccountRows, push: Push) -> Probe:
        """Return what tells of a push in the journal."""
        probe = cls(rows, push.intent, push.mark)
        for row in push.rows.values():
            probe.claimed.update(row.row_plan.made)
            if row.outcome is not None and done(row.outcome):
                probe.claimed.update(row.outcome.ids)
        for attempt in push.attempts:
            if attempt.state == "done":
                first = push.rows[attempt.positions[0]].row_plan
                probe.take_in(attempt, first, attempt.answer)
        return probe

    def take_in(self, attempt: Attempt, row_plan: RowPlan, answer: Any) -> None:
        """Note what an answer tells, for the rows that come later."""
        if attempt.request.verb == "create":
            self.claimed.update(ids_of(answer))
        if self.kind.adds_to and isinstance(answer, dict):
            self._sums.append((attempt.id, self._day(row_plan), answer))

    def again(self) -> None:
        """Ask the account anew from now on."""
        self._newer = None

    # -- one request

    def probe(self, attempt: Attempt, row_plan: RowPlan) -> Found:
        """Return whether an attempt arrived, for one of its rows."""
        if attempt.state in ("refused", "unsent"):
            return Absent()
        if attempt.state == "done":
            answer = self.answer_to(attempt, row_plan.position)
            ids = ids_of(answer)
            if ids or attempt.request.verb != "create" or not self.writable.has_id:
                return Done(ids, answer)
        request = attempt.request
        if request.method == "DELETE":
            return Done() if self.gone(request, row_plan) else Absent()
        if request.verb != "create":
            return Absent()  # sent again; a second copy is refused as one that is there
        found = self._made(attempt, row_plan)
        if isinstance(found, Done):
            self.claimed.update(found.ids)
        return found

    def answer_to(self, attempt: Attempt, position: int) -> Any:
        """Return what an answer says of one row.

        Of a bulk request by what identifies it, and only where nothing does by its place: the
        order of the answer is not documented.
        """
        if not attempt.many:
            return attempt.answer
        item, at = attempt.item(position), attempt.positions.index(position)
        if not isinstance(item, dict):
            return None
        rows = rows_of(attempt.answer)
        match = [row for row in rows if self.kind.is_answer(item, row)]
        in_place = rows[at] if len(rows) == len(attempt.positions) else None
        if in_place in match or (not match and in_place is not None):
            return in_place
        return match[0] if match else None

    def _made(self, attempt: Attempt, row_plan: RowPlan) -> Found:
        """Return what a creation made whose answer was lost."""
        if self.kind.adds_to:
            return self._added(attempt, row_plan)
        item = attempt.item(row_plan.position)
        request = replace(attempt.request, body=item)
        expected = self.kind.expected(request, row_plan)
        if not self.writable.has_id:
            row = self._row(row_plan)
            return Absent() if row is None else Done((row_plan.id,), row)
        if not self.kind.marked:
            made = self.kind.arrived(expected, self._like(expected), ())
        elif self.mark is None:
            return Unknown()
        else:
            if self._newer is None:
                self._newer = self.rows.newer(self.intent, self.mark)
            made = self.kind.arrived(expected, self._newer, self.claimed)
        return Done(tuple(row["id"] for row in made), made) if made else Absent()

    def _added(self, attempt: Attempt, row_plan: RowPlan) -> Found:
        """Return whether the minutes of a time entry are in the day's sum."""
        day = self._day(row_plan)
        known = [row for own, key, row in self._sums if key == day and own < attempt.id]
        now = self._sum(row_plan)
        before = known[-1] if known else row_plan.old or {}
        added = self.kind.added(before, attempt.request.body, now)
        if added is None:
            return Unknown()
        return Done(ids_of(now), now) if added else Absent()

    def _day(self, row_plan: RowPlan) -> Key:
        return tuple(row_plan.new.get(name) for name in self.kind.adds_to)

    def _sum(self, row_plan: RowPlan) -> Row | None:
        """Return the record that a row is added to, as it is now."""
        day = self._day(row_plan)
        rows = self.rows.baseline(self.intent.only([row_plan.position])).rows.values()
        return next((row for row in rows if day in natural_keys(row, self.kind.adds_to)), None)

    def _like(self, expected: Row) -> list[Row]:
        """Return the account's rows among which one that can be sent again would be."""
        if not self.kind.natural_key:
            return self.rows.of_people(self.writable.name, {expected["personId"]})
        cells = {name: expected.get(name) for name in self.kind.natural_key}
        only = replace(self.intent, rows={0: cells}, deletes=frozenset())
        return list(self.rows.baseline(only).rows.values())

    def _row(self, row_plan: RowPlan) -> Row | None:
        """Return the account's row of a key."""
        only = self.intent.only([row_plan.position])
        return self.rows.baseline(only).rows.get(tuple(row_plan.key))

    def gone(self, request: Request, row_plan: RowPlan) -> bool:
        """Whether what a deletion was to remove is not there."""
        return self.kind.gone(request, row_plan.id, self._row(row_plan))

    # -- one row

    def holds(self, row_plan: RowPlan) -> bool:
        """Whether a row is now as its plan wanted it."""
        only = self.intent.only([row_plan.position])
        baseline = self.rows.baseline(only)
        if row_plan.action == "delete":
            return row_plan.key not in baseline.rows
        found = decide(only, baseline, AccountNames(self.rows, only, baseline))
        return not found.problems and all(d.action == "unchanged" for d in found.row_plans)

    def made(self, past: PastRow) -> Found:
        """Return the records that a row made."""
        if past.row_plan.made:
            return Done(past.row_plan.made)
        at = creation(past.row_plan)
        attempt = None if at is None else past.last(at)
        if attempt is None:
            return Absent()
        if done(past.outcome) and past.outcome is not None and past.outcome.id is not None:
            return Done(past.outcome.ids)
        return self.probe(attempt, past.row_plan)

    def restored(self, past: PastRow) -> Found:
        """Return the record that was put back in place of a deleted one."""
        for at in range(len(past.row_plan.requests)):
            attempt = past.last(at, restores=True)
            if attempt is not None:
                return self.probe(attempt, past.row_plan)
        return Absent()

    def fates(self, push: Push, positions: set[int] | None = None) -> dict[int, Fate]:
        """Return by position what became of the rows of a push of which something was sent."""
        # All are looked at, in order, so that of equal rows each has its own record.
        found = {position: self.made(row) for position, row in push.begun.items()}
        wanted = {p: found[p] for p in found if positions is None or p in positions}
        there = self._there(push, wanted)
        return {p: self._fate(push.rows[p], found[p], there) for p in wanted}

    def _there(self, push: Push, found: dict[int, Found]) -> dict[Any, Row] | None:
        """Return which of the records concerned are there; None where that cannot be asked."""
        if not self.writable.has_id or self.writable.source is None:
            return None
        ids = {own for one in found.values() if isinstance(one, Done) for own in one.ids}
        ids |= {push.rows[p].row_plan.id for p in found if self._asks_for_old(push.rows[p])}
        return self.rows.present(self.intent, ids) if ids else {}

    def _asks_for_old(self, past: PastRow) -> bool:
        """Whether it matters if the row's old record is there."""
        deleted = past.row_plan.action == "delete" and not past.whole
        return bool(past.row_plan.key) and (deleted or self.kind.remade)

    def _fate(self, past: PastRow, found: Found, there: dict[Any, Row] | None) -> Fate:
        own = past.row_plan.key[-1:]
        if isinstance(found, Unknown):
            return Fate(Outcome("unknown", own), reason=ADDS if self.kind.adds_to else DOUBT)
        if self.kind.adds_to and found.ids:
            return Fate(Outcome("created", found.ids), reason=ADDS)
        ids, old = _those_in(found.ids, there), bool({*own} & (there or {}).keys())
        if isinstance(found, Absent) and not old and self._made_room(past):
            return Fate(Outcome("deleted", own), reason=MADE_ROOM)
        return Fate(Outcome(self._status(past, ids, old), ids or own), self._keys(past, ids))

    def _keys(self, past: PastRow, ids: Key) -> tuple[Key, ...]:
        """Return the keys of the records that a row made."""
        if self.writable.has_id:
            return tuple((one,) for one in ids)
        return (past.row_plan.key,) if ids else ()

    def _status(self, past: PastRow, ids: Key, old_is_there: bool) -> str:
        row_plan = past.row_plan
        if row_plan.action == "create":
            return "created" if ids else "not tried"
        if creation(row_plan) is not None or row_plan.made:
            return self.kind.half_done(old_is_there, ids, row_plan)
        if past.whole:
            return DONE[row_plan.action]
        if row_plan.action == "delete" and self.writable.has_id:
            return "not tried" if old_is_there else "deleted"
        if row_plan.action == "delete" and self.writable.source is not None:
            return self._deleted(row_plan)
        return "unknown"  # what of it is there is seen by comparing

    def _deleted(self, row_plan: RowPlan) -> str:
        """Return the status of a deletion of a row that has no id, as the account tells it."""
        request = row_plan.requests[-1] if row_plan.requests else None
        if request is None or request.method != "DELETE" or request.body is not None:
            return "unknown"
        return "deleted" if self.gone(request, row_plan) else "not tried"

    def _made_room(self, past: PastRow) -> bool:
        """Whether the old record was deleted before the new one, and not put back."""
        requests = past.row_plan.requests
        if not any(request.mend for request in requests):
            return False
        gone = requests[0].mend or past.last(0) is not None  # now, or in the push before
        return gone and not isinstance(self.restored(past), Done)


def _those_in(ids: Key, there: dict[Any, Row] | None) -> Key:
    return ids if there is None else tuple(one for one in ids if one in there)


def creation(row_plan: RowPlan) -> int | None:
    """Return which of a row's requests makes a record."""
    return next((n for n, one in enumerate(row_plan.requests) if one.verb == "create"), None)


def rows_of(answer: Any) -> list[Row]:
    """Return the records of an answer.

    Examples
    --------
    >>> rows_of([{"id": 7}, {"id": 8}])
    [{'id': 7}, {'id': 8}]
    """
    if isinstance(answer, dict):
        for name in ("values", "option"):
            if name in answer and "id" not in answer:
                return rows_of(answer[name])
        return [answer]
    if isinstance(answer, list):
        return [row for row in answer if isinstance(row, dict)]
    return []


def ids_of(answer: Any) -> Key:
    """Return the ids in an answer: several, if a record was split.

    Examples
    --------
    >>> ids_of([{"id": 7}, {"id": 8}])
    (7, 8)
    """
    return tuple(row["id"] for row in rows_of(answer) if row.get("id") is not None)
