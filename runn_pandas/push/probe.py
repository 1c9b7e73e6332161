"""Whether a write arrived: told from its answer, or from what the account has now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runn_pandas.frame.encode import alike, same
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.answers import Told, ids_of, rows_of, told
from runn_pandas.push.diff import decide_now
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.match import Baseline, natural_keys
from runn_pandas.push.model import (
    DONE,
    Attempt,
    Change,
    Intent,
    Key,
    Outcome,
    Request,
    Row,
    RowPlan,
    done,
)
from runn_pandas.push.past import PastRow, Push

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
class Held:
    """How a row is in the account.

    Attributes
    ----------
    state : str
        ``holds``: as its plan wanted it; ``differs``; ``absent``.
    ids, changes
        Its ids, and what it still lacks.
    """

    state: str
    ids: Key = ()
    changes: tuple[Change, ...] = ()


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
    rows, intent, row_plans
        The account, what is pushed, and by position what is done with it.
    mark
        The highest id before the push's first new record; None if it is not known.
    known
        All ids before the push, where the plan has read them.
    """

    def __init__(
        self,
        rows: AccountRows,
        intent: Intent,
        row_plans: Mapping[int, RowPlan],
        mark: int | None,
        known: frozenset[Any] | None = None,
    ) -> None:
        self.rows, self.intent, self.row_plans = rows, intent, row_plans
        self.mark, self.known = mark, known
        self.writable, self.kind = intent.writable, kind_of(intent.writable)
        self.met: dict[int, Key] = {}  # by position the ids of new rows that somebody else made
        self.claimed: dict[Any, int] = {}  # by the id of a record the row that it is of
        self._told: dict[int, dict[int, Told]] = {}  # by attempt what its answer says of its rows
        self._sums: list[tuple[int, Key, Row]] = []  # what time entries were added to
        self._newer: list[Row] | None = None
        self._below: list[Row] = []  # below the mark, and perhaps new

    @classmethod
    def of(cls, rows: AccountRows, push: Push) -> Probe:
        """Return what tells of a push in the journal."""
        row_plans = {position: row.row_plan for position, row in push.rows.items()}
        probe = cls(rows, push.intent, row_plans, push.mark)
        for position, row in push.rows.items():
            probe.claim(position, row.row_plan.made)
            if done(row.outcome):
                probe.claim(position, row.outcome.ids)
        for attempt in push.attempts:
            if attempt.state == "done":
                probe.take_in(attempt)
        return probe

    def claim(self, position: int, ids: Key) -> None:
        """Note that records are those of a row."""
        self.claimed.update(dict.fromkeys(ids, position))

    def take_in(self, attempt: Attempt) -> dict[int, Told]:
        """Return what an answer says of its rows, and note it for those that come later."""
        found = told(self.kind, attempt, self.row_plans, self.claimed, self.mark)
        self._told[attempt.id] = found
        for position, one in found.items():
            if one.sure:
                self._note(attempt, position, one.rows)
        return found

    def told(self, attempt: Attempt, position: int) -> Told:
        """Return what an answer says of a row."""
        return (self._told.get(attempt.id) or self.take_in(attempt))[position]

    def _note(self, attempt: Attempt, position: int, rows: Sequence[Row]) -> None:
        """Note the records that a row made."""
        if attempt.request.verb == "create":
            self.claim(position, ids_of([*rows]))
        if self.kind.adds_to:
            day = self._day(self.row_plans[position])
            self._sums += [(attempt.id, day, row) for row in rows]

    def again(self) -> None:
        """Ask the account anew from now on."""
        self._newer = None

    # -- one request

    def probe(self, attempt: Attempt, row_plan: RowPlan) -> Found:
        """Return whether an attempt arrived, for one of its rows."""
        if attempt.state in ("refused", "unsent"):
            return Absent()
        if attempt.state == "done":
            one = self.told(attempt, row_plan.position)
            if one.sure:
                return Done(one.ids, [*one.rows])
        request = attempt.request
        if request.method == "DELETE":
            return Done() if self.gone(request, row_plan) else Absent()
        if request.verb != "create":
            return Absent()  # sent again; a second copy is refused as one that is there
        found = self._made(attempt, row_plan)
        if isinstance(found, Done):
            self._note(attempt, row_plan.position, rows_of(found.answer))
        return found

    def in_doubt(self, attempt: Attempt, row_plan: RowPlan) -> bool:
        """Whether a creation that is not there may be: as a new record that nothing explains."""
        if attempt.state not in ("sent", "done") or attempt.request.verb != "create":
            return False
        expected, free = self._expected(attempt, row_plan), self._free()
        below = (row for row in self._below if row["id"] not in self.claimed)
        return any(self.kind.may_be(expected, row) for row in free) or any(
            self.kind.fits(expected, row) for row in below
        )

    def other(self, attempt: Attempt, row_plan: RowPlan) -> tuple[Row, list[Change]] | None:
        """Return the new record that an answer names for a row, if it is not as it was sent."""
        expected, ids = self._expected(attempt, row_plan), ids_of(attempt.answer)
        if attempt.many and len(ids) == len(attempt.positions):
            ids = (ids[attempt.positions.index(row_plan.position)],)
        found = [row for row in self._free() if row["id"] in ids]
        if len(found) != 1 or not self.kind.may_be(expected, found[0]):
            return None
        self.claim(row_plan.position, (found[0]["id"],))
        return found[0], self.kind.differences(expected, found[0])

    def _unless_new(self, attempt: Attempt, row_plan: RowPlan) -> Found:
        """Return what is told of a creation that is not there, beside new records."""
        other = self.other(attempt, row_plan)
        if other is not None:
            return Done(ids_of(other[0]), other[0])
        return Unknown() if self.in_doubt(attempt, row_plan) else Absent()

    def _free(self) -> list[Row]:
        """Return the new records, as they were read last, of which no row is known."""
        if not self.kind.marked or self.kind.adds_to:
            return []
        return [row for row in self._newer or () if row["id"] not in self.claimed]

    def _expected(self, attempt: Attempt, row_plan: RowPlan) -> Row:
        """Return what a creation was to make of a row."""
        item = attempt.item(row_plan.position)
        return self.kind.expected(replace(attempt.request, body=item), row_plan)

    def _made(self, attempt: Attempt, row_plan: RowPlan) -> Found:
        """Return what a creation made whose answer was lost."""
        if self.kind.adds_to:
            return self._added(attempt, row_plan)
        expected = self._expected(attempt, row_plan)
        if not self.writable.has_id:
            row = self._row(row_plan)
            return Absent() if row is None else Done((row_plan.id,), row)
        if self.kind.marked and self.mark is None:
            return Unknown()
        if self.kind.marked:
            made = self._arrived(attempt, row_plan, expected)
        else:
            made = self.kind.arrived(expected, self._like(expected), ())
        return Done(tuple(row["id"] for row in made), made) if made else Absent()

    def _arrived(self, attempt: Attempt, row_plan: RowPlan, expected: Row) -> list[Row]:
        """Return the new records, as they were read last, that a creation made."""
        if self._newer is None:
            found = self.rows.newer(self.intent, self.mark or 0, self.known)
            self._newer, self._below = found
        others = [own for own, at in self.claimed.items() if at != row_plan.position]
        # What an answer names may be below the mark.
        named = [row for row in self._below if row["id"] in ids_of(attempt.answer)]
        return self.kind.arrived(expected, [*self._newer, *named], others)

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

    def still_there(self, row_plans: Sequence[RowPlan]) -> list[RowPlan]:
        """Return the rows of which what their last request was to delete is there."""
        only = self.intent.only([one.position for one in row_plans])
        if self.writable.has_id and self.writable.source is not None:
            there = self.rows.present(only, {one.id for one in row_plans})
            return [one for one in row_plans if one.id in there]
        rows = self.rows.baseline(only).rows
        return [
            one
            for one in row_plans
            if not self.kind.gone(one.requests[-1], one.id, rows.get(tuple(one.key)))
        ]

    # -- one row

    def held(self, row_plans: Sequence[RowPlan], ids: Mapping[int, Key]) -> dict[int, Held]:
        """Return by position how rows are now, beside what their plans wanted.

        None of them is told from others by an id above a mark; `ids` are of those that were made.
        """
        only = self.intent.only([one.position for one in row_plans])
        for position, own in ids.items():
            only = named(only, position, own)
        found, baseline = decide_now(only, self.rows)
        now = {one.position: one for one in found.row_plans}
        labels = {problem.row for problem in found.problems}
        return {
            one.position: _held(one, now.get(one.position), self.intent, labels, baseline)
            for one in row_plans
        }

    def moved(self, row_plans: Sequence[RowPlan], touched: Collection[Any]) -> dict[int, str]:
        """Return by position which rows somebody else has changed since they were compared.

        New rows that are there just so by now are in `met`. Nothing was sent of the rows yet;
        `touched` are the ids of records that the push itself has changed with others.
        """
        found, _ = decide_now(self.intent.only([d.position for d in row_plans]), self.rows)
        now = {one.position: one for one in found.row_plans}
        pairs = [(one, now[one.position]) for one in row_plans if one.position in now]
        whole = self.kind.writes_whole
        reasons = {one.position: moved(one, then, whole, touched) for one, then in pairs}
        same = {("create", "unchanged")}
        self.met |= {b.position: a.key[-1:] for b, a in pairs if {(b.action, a.action)} == same}
        return {position: reason for position, reason in reasons.items() if reason}

    def holds(self, row_plan: RowPlan) -> bool:
        """Whether a row is now as its plan wanted it."""
        return self.held([row_plan], {})[row_plan.position].state == "holds"

    def made(self, past: PastRow) -> Found:
        """Return the records that a row made."""
        if past.row_plan.made:
            return Done(past.row_plan.made)
        if past.creation is None:
            return Absent()
        if done(past.outcome) and past.outcome.id is not None:
            return Done(past.outcome.ids)
        return self.probe(past.creation, past.row_plan)

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
        for position, row in push.begun.items():
            if row.creation is not None and isinstance(found[position], Absent):
                found[position] = self._unless_new(row.creation, row.row_plan)
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
        ids, old = _those_in(found.ids, there), past.row_plan.id in (there or {})
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
        if row_plan.creation is not None or row_plan.made:
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


def _held(
    row_plan: RowPlan, now: RowPlan | None, intent: Intent, problems: set[Any], baseline: Baseline
) -> Held:
    """Return how a row is now, of what would be done with it if it was planned now."""
    if row_plan.action == "delete":
        return Held("differs" if row_plan.key in baseline.rows else "holds")
    if now is None or intent.labels[row_plan.position] in problems:
        return Held("absent")
    if now.action == "create":
        return Held("absent")
    changes = tuple(one for one in now.changes if not alike(one.new, one.old))
    return Held("differs" if changes else "holds", now.key[-1:], changes)


def moved(before: RowPlan, now: RowPlan, whole: bool, touched: Collection[Any]) -> str:
    """Return how a row is other than when it was compared, or "".

    If the `whole` record is sent, any field of it is overwritten.
    """
    if now.action in ("unchanged", "create") or before.id in touched:
        return ""  # somebody did just the same, or the push did it
    if before.action == "create":
        return "made in the account"
    was, has = before.old or {}, now.old or {}
    stamp = _newer_stamp(was, has)
    if stamp:
        return f"changed in the account at {stamp[:19]}Z"
    names = was if whole or before.action == "delete" else before.new
    return "" if _agree(names.keys() - {"updatedAt"}, was, has) else "changed in the account"


def _newer_stamp(was: Row, has: Row) -> str:
    seen, stamp = (str(row.get("updatedAt") or "") for row in (was, has))
    return stamp if seen and seen < stamp else ""


def _agree(names: Collection[str], was: Row, has: Row) -> bool:
    return all(same(was[name], has[name]) for name in names if name in was and name in has)


def named(intent: Intent, position: int, ids: Key) -> Intent:
    """Return a push in which a row that was made has its id, and only what can be changed."""
    kind = kind_of(intent.writable)
    kept = {*kind.writable.update_fields, *kind.writable.parts}
    own = cells_of(intent, position, kept)
    return replace(intent, rows={**intent.rows, position: {**own, "id": ids[0]}})


def cells_of(intent: Intent, position: int, fields: Collection[str]) -> Row:
    """Return the cells of a row that are of some fields, and those that identify it."""
    own = {*intent.writable.key, *intent.on, "id", "updatedAt"}
    return {
        label: value
        for label, value in intent.rows[position].items()
        if label in own
        or label in fields
        or (label in intent.targets and intent.targets[label].field in fields)
    }
