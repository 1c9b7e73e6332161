"""Batches sent: each request in the journal before it goes, one outcome a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runn_pandas.errors import (
    AccessError,
    AuthError,
    ConflictError,
    NotFoundError,
    OfflineError,
    PlanError,
    ProtocolError,
    RateLimitError,
    ReadOnlyError,
    RunnError,
    ServerError,
    TransportError,
    refusal,
)
from runn_pandas.frame.words import counted
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.answers import NO_BODY, ids_of, rows_of
from runn_pandas.push.batching import clocks, within
from runn_pandas.push.journal import Journal
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.model import (
    DONE,
    NEW,
    SHOWN,
    Attempt,
    Batch,
    Change,
    Intent,
    Key,
    Outcome,
    Request,
    Row,
    RowPlan,
    done,
)
from runn_pandas.push.probe import Absent, Done, Found, Held, Probe, Unknown

if TYPE_CHECKING:
    from runn_pandas.account import Account

# After these nothing that follows could go better.
STOPPING = (AuthError, AccessError, RateLimitError, OfflineError, ReadOnlyError)
TRIES = 3
# Seconds after which it is looked again for what was sent and is not there yet: a request whose
# answer timed out may still be carried out.
LATER = (1.0, 3.0)
NOT_THERE = (
    "Runn answered that it was done, but the account does not have it. Look in Runn, then push it"
    " again."
)
STILL_THERE = "Runn answered that it was deleted, but it is still there. Push it again."
FAILURES = 3  # rows in turn that ended in a server error: nothing that follows would go better
COMPARED = 60.0  # seconds after which rows are compared again before they are sent
OnOutcome = Callable[[int, Outcome], None]


class Stopped(Exception):
    """The push cannot go on; the rows that follow were not tried."""

    status = "failed"  # of the rows that were on their way

    def __init__(self, why: str, error: str = "") -> None:
        super().__init__(why)
        self.error = error or why


class Lost(Stopped):
    """The server did not answer at all, however often it was asked."""

    status = "unknown"

    def __init__(self, error: str, cause: Exception | None) -> None:
        super().__init__(str(cause or error), error)


class Run:
    """One push on its way.

    Parameters
    ----------
    account, intent, row_plans
        Whose, what, and by position what is done with each row.
    journal, push
        Where it is written down, and under which number.
    mark
        The highest id before the first new record; None if no new one needs it.
    known
        All ids before the push, where the plan has read them.
    compared
        When the rows were compared with the account, by both clocks.
    conflict
        What happens to rows that somebody changed since then.
    on_outcome
        Told each row's position and outcome as it comes.
    """

    def __init__(
        self,
        account: Account,
        intent: Intent,
        row_plans: Mapping[int, RowPlan],
        journal: Journal,
        push: int,
        *,
        mark: int | None,
        known: frozenset[Any] | None,
        compared: tuple[float, float],
        conflict: str,
        on_outcome: OnOutcome,
    ) -> None:
        self.account, self.intent, self.row_plans = account, intent, row_plans
        self.journal, self.push, self.on_outcome = journal, push, on_outcome
        self.kind = kind_of(intent.writable)
        self.probe = Probe(AccountRows(account), intent, row_plans, mark, known)
        # By position, of rows that an answer did not confirm: what it said went wrong.
        self.unsure: dict[int, str] = {}
        # By position, of rows whose deletion no answer confirmed: its answer, and what was made.
        self.doubted: dict[int, tuple[Attempt, Key]] = {}
        self.compared, self.conflict = compared, conflict
        self.moved: dict[int, str] = {}  # by position what somebody did since they were compared
        self.outcomes: dict[int, Outcome] = {}
        self.tries: dict[int, int] = {}
        self.current: Sequence[int] = ()
        # Rows in turn that ended in a server error; whether the last request did.
        self.failing, self.shaky = 0, False

    # -- the whole

    def run(self, batches: Sequence[Batch]) -> None:
        """Carry out batches; what interrupts it is raised, and the outcomes are kept."""
        for row_plan in self.row_plans.values():
            self.probe.claim(row_plan.position, row_plan.made)
            if row_plan.begun and not row_plan.requests:
                self.close(row_plan, DONE[row_plan.action])
        try:
            for number, batch in enumerate(batches):
                self._compare_again(batches[number:])
                self.current = batch.positions
                ready = self._ready(batch)
                if ready and batch.many:
                    self.bulk(batch.part(ready))
                elif ready:
                    self.single(self.row_plans[ready[0]], batch.requests)
            self.current = ()
            self._close_doubted()
        except Stopped as stopped:
            self._stop(stopped)

    @property
    def over(self) -> bool:
        """Whether it is known of every row what became of it."""
        left = ("unknown", "not tried")
        return not any(one.status in left for one in self.outcomes.values()) and not self.current

    def _compare_again(self, batches: Sequence[Batch]) -> None:
        """Look whether somebody changed the rows that are left, if they were compared long ago."""
        if self.kind.adds_to or within(COMPARED, *self.compared):
            return
        left = self._comparable(position for batch in batches for position in batch.positions)
        self.compared, self.current = clocks(), ()
        try:
            found = self.probe.moved(left, self._touched())
        except RunnError as error:
            raise Stopped(str(error)) from None
        self.moved |= found
        if found and self.conflict == "raise":
            raise self._meanwhile(found)

    def _comparable(self, positions: Iterable[int]) -> list[RowPlan]:
        """Return the rows, of some, of which it matters what others did."""
        left = [self.row_plans[p] for p in positions if p not in self.moved]
        if self.conflict == "overwrite":
            # What is overwritten is not; what is found by a key would be made twice.
            left = [d for d in left if self.intent.on and d.action == "create"]
        return [d for d in left if not d.begun]

    def _touched(self) -> set[Any]:
        """Return the ids of the records that Runn changed with those that are done."""
        written = [self.row_plans[position] for position, one in self.outcomes.items() if done(one)]
        return {row.get("id") for row_plan in written for row in row_plan.beside}

    def _meanwhile(self, found: Mapping[int, str]) -> PlanError:
        """Return the error of rows that somebody changed while the push was on its way."""
        rows = [f"row {self.intent.labels[p]!r} was {reason}" for p, reason in found.items()]
        return PlanError(
            f"The push to {self.intent.writable.name!r} stopped after"
            f" {counted(len(self.outcomes), 'row')}: meanwhile {', '.join(rows[:SHOWN])}."
            " Look at that; the same push again continues it."
        )

    def _ready(self, batch: Batch) -> list[int]:
        """Close the rows that cannot be sent now, as others changed; return the others."""
        if any(self.doubted.keys() & self.row_plans[p].needs for p in batch.positions):
            self._close_doubted()
        return [p for p in batch.positions if not self._held_back(self.row_plans[p])]

    def _held_back(self, row_plan: RowPlan) -> bool:
        """Close a row that cannot be sent now; return whether it is one."""
        position = row_plan.position
        lacks = [n for n in row_plan.needs if not done(self.outcomes.get(n))]
        if position in self.probe.met:
            said = "Somebody made it just so while the push was on its way."
            self.close(row_plan, "unchanged", self.probe.met[position], said)
        elif position in self.moved:
            text = f"{self.moved[position]}, while the push was on its way"
            self.close(row_plan, "conflict", error=text)
        elif lacks:
            text = (
                f"Nothing was sent for this row: row {self.intent.labels[lacks[0]]!r} has to be"
                " deleted or changed before it, and that was not done."
            )
            self.close(row_plan, "failed", error=text)
        return position in self.outcomes

    def close(
        self, row_plan: RowPlan, status: str, ids: Iterable[Any] = (), error: str = ""
    ) -> None:
        """Note what became of a row."""
        position = row_plan.position
        attempts = row_plan.begun + self.tries.get(position, 0)
        ids = tuple(ids) or row_plan.made or (row_plan.id,)
        outcome = Outcome(status, ids, error, attempts)
        self.outcomes[position] = outcome
        self.journal.outcome(self.push, position, outcome)
        self.on_outcome(position, outcome)

    def _stop(self, stopped: Stopped) -> None:
        """Close the rows that a stop left open: those on their way, and those not tried."""
        for position, (_, ids) in self.doubted.items():
            self.close(self.row_plans[position], "unknown", ids, doubt_of(None))
        for position in self.current:
            if position not in self.outcomes:
                self.close(self.row_plans[position], stopped.status, error=stopped.error)
        for position, row_plan in self.row_plans.items():
            if row_plan.requests and position not in self.outcomes:
                text = f"The push stopped before this row: {stopped} Push it again to continue."
                self.close(row_plan, "not tried", error=text)

    # -- one row

    def single(self, row_plan: RowPlan, requests: Sequence[Request]) -> None:
        """Carry out the requests of one row."""
        ids, said = row_plan.made, ""
        for at, request in enumerate(requests):
            if NEW in request.path and not ids:
                # It was said to be made, and not as what: the next push asks the account.
                self.close(row_plan, "unknown", error=doubt_of(None))
                return
            if NEW in request.path:
                request = replace(request, path=request.path.replace(NEW, str(ids[0])))
            reply = self.deliver([row_plan], request, at)
            if reply.state != "done":
                self._cut_short(row_plan, request, at, ids, reply)
                return
            if request.verb == "create" and not ids:
                ids = ids_of(reply.answer)
                said = self._said(row_plan, reply, rows_of(reply.answer))
        self._close_sent(row_plan, tuple(ids), said)

    def _close_sent(self, row_plan: RowPlan, ids: Key, said: str) -> None:
        """Close a row of which all was sent, or leave it to be asked about."""
        position = row_plan.position
        if position in self.doubted:
            self.doubted[position] = self.doubted[position][0], ids
        elif position in self.unsure:
            self._close_as_held([row_plan], {position: ids} if ids else {})
        else:
            self.close(row_plan, DONE[row_plan.action], ids, said)

    def _cut_short(
        self, row_plan: RowPlan, request: Request, at: int, ids: Sequence[Any], reply: Attempt
    ) -> None:
        """Close a row of which a request was not carried out."""
        status, error = ("failed" if reply.state == "refused" else "unknown"), reply.error
        ids = ids or ids_of(reply.answer)
        if request.mend and status == "failed":
            error, ids = self._mend(row_plan, at, error)
        elif ids and row_plan.action == "update":
            error = (
                f"The new one was made (id {ids[0]}), but the old one (id {row_plan.id}) is still"
                f" there: delete it. {error}"
            )
        elif ids:
            error = f"It was made (id {ids[0]}), but not all of it: {error}"
        elif at:
            error = f"Only a part was written. {error}"
        self.close(row_plan, status, ids, error)
        self._count(reply)

    def _count(self, reply: Attempt) -> None:
        """Stop after some rows in turn that ended in a server error."""
        self.failing = self.failing + 1 if isinstance(reply.cause, ServerError) else 0
        if self.failing == FAILURES:
            raise Lost(doubt_of(reply.cause), reply.cause)

    def _mend(self, row_plan: RowPlan, at: int, error: str) -> tuple[str, Sequence[Any]]:
        """Put back the record that made room for a request that was refused."""
        old = {k: v for k, v in (row_plan.old or {}).items() if v is not None}
        make = replace(self.kind.create(old)[0][0], restores=True)
        reply = self.deliver([row_plan], make, at)
        if reply.state == "done":
            ids = ids_of(reply.answer)
            return f"{error} The old one was put back, as id {ids[0]}.", ids
        lost = (
            f"{error} The old one (id {row_plan.id}) is deleted and could not be put back:"
            f" rp.undo({self.push}) makes it again."
        )
        return lost, ()

    # -- many rows

    def bulk(self, batch: Batch, tries: int = TRIES) -> None:
        """Carry out a bulk request; what is refused as a whole is split."""
        row_plans = [self.row_plans[position] for position in batch.positions]
        reply = self.deliver(row_plans, batch.requests[0], 0, batch.many)
        if reply.state == "done":
            self._answered(row_plans, reply)
        elif reply.state == "refused" and len(row_plans) == 1:
            self._close_all(row_plans, "failed", reply.error)
            self._count(reply)
        elif reply.state == "refused":
            # Whether a refused bulk creation is refused as a whole is not documented.
            again = batch.requests[0].again
            self._halves(batch, row_plans if again else self._left(row_plans, reply))
        else:  # an unknown one that may be sent again is lost, and has stopped the push
            self._once_more(batch, self._left(row_plans, reply), reply, tries - 1)

    def _once_more(self, batch: Batch, left: Sequence[RowPlan], reply: Attempt, tries: int) -> None:
        """Send the rows of a lost bulk request that did not arrive again."""
        if isinstance(reply.cause, ServerError):
            self._close_all(left, "failed", reply.error)
            self._count(reply)
        elif tries and left:
            self.bulk(batch.part([d.position for d in left]), tries)
        else:
            self._close_all(left, "unknown", doubt_of(reply.cause))

    def _halves(self, batch: Batch, row_plans: Sequence[RowPlan]) -> None:
        positions = [d.position for d in row_plans]
        middle = (len(positions) + 1) // 2
        for half in filter(None, (positions[:middle], positions[middle:])):
            self.bulk(batch.part(half))

    def _left(self, row_plans: Sequence[RowPlan], reply: Attempt) -> list[RowPlan]:
        """Close the rows of a bulk creation of which the account tells; return the others."""
        left = []
        lost = reply if reply.state == "done" else replace(reply, state="sent")
        found = self._looked(row_plans, lost, () if reply.state == "refused" else LATER)
        for row_plan in row_plans:
            one = found[row_plan.position]
            if isinstance(one, Done):
                said = self._said(row_plan, reply, rows_of(one.answer))
                self.close(row_plan, DONE[row_plan.action], one.ids, said)
            elif isinstance(one, Unknown) or (
                reply.state == "sent" and self.probe.in_doubt(reply, row_plan)
            ):
                self.close(row_plan, "unknown", error=doubt_of(None))
            else:
                left.append(row_plan)
        return left

    def _answered(self, row_plans: Sequence[RowPlan], reply: Attempt) -> None:
        """Close the rows of a bulk request that was answered; the account is asked of the rest."""
        rest = []
        for row_plan in row_plans:
            told = self.probe.told(reply, row_plan.position)
            if not told.sure:
                rest.append(row_plan)
                self.unsure[row_plan.position] = told.error
                continue
            said = self._said(row_plan, reply, told.rows)
            self.close(row_plan, DONE[row_plan.action], told.ids, said)
        if reply.request.verb == "delete":
            for row_plan in rest:
                self._doubt(row_plan, reply)
        elif rest and self._is_looked_for(reply.request):
            for row_plan in self._left(rest, reply):
                self._close_absent(row_plan, self._other(row_plan, reply))
        elif rest:
            self._close_as_held(rest, {})

    def _is_looked_for(self, request: Request) -> bool:
        """Whether what a request makes is found among what is new, and not by a key."""
        return request.verb == "create" and (self.kind.marked or self.kind.remade)

    def _said(self, row_plan: RowPlan, reply: Attempt, made: Sequence[Row]) -> str:
        """Return what to tell of a record that is other than what was sent, or ""."""
        return self.kind.said(reply.item(row_plan.position), made[0], row_plan) if made else ""

    def _close_all(self, row_plans: Sequence[RowPlan], status: str, error: str) -> None:
        for row_plan in row_plans:
            self.close(row_plan, status, error=error)

    # -- what an answer did not confirm

    def _close_as_held(self, row_plans: Sequence[RowPlan], ids: Mapping[int, Key]) -> None:
        """Close rows as the account has them now."""
        try:
            found = self.probe.held(row_plans, ids)
        except RunnError as error:
            raise Lost(doubt_of(error), error) from None
        for row_plan in row_plans:
            position = row_plan.position
            said = self.account.session.plain(self.unsure[position])
            status, told = verdict(row_plan, found[position], said)
            self.close(row_plan, status, ids.get(position, found[position].ids), told)

    def _doubt(self, row_plan: RowPlan, reply: Attempt) -> None:
        """Note that it is to be asked whether what is said to be deleted is there."""
        # In the journal it has no answer, so that it is asked as well if this push is interrupted.
        self.journal.answered(reply, "sent", reply.answer)
        self.doubted[row_plan.position] = reply, ()

    def _close_doubted(self) -> None:
        """Close the rows whose deletion no answer confirmed, as the account tells of them all."""
        for seconds in (0.0, *LATER) if self.doubted else ():
            if seconds:
                self.account.session.pause(seconds, "the account still shows a deleted row")
            self._close_gone()
            if not self.doubted:
                break
        for position, (reply, ids) in self.doubted.items():
            said = self.account.session.plain(self.unsure.get(position, ""))
            text = f"{STILL_THERE} The answer said: {said}." if said else STILL_THERE
            refused = replace(reply, state="refused", answer=None, error=text)
            self._cut_short(self.row_plans[position], reply.request, reply.at, ids, refused)
        self.doubted = {}

    def _close_gone(self) -> None:
        """Close the rows in doubt of which the account does not have what was to be deleted."""
        try:
            there = self.probe.still_there([self.row_plans[p] for p in self.doubted])
        except RunnError as error:
            raise Lost(doubt_of(error), error) from None
        for position in self.doubted.keys() - {one.position for one in there}:
            row_plan, (_, ids) = self.row_plans[position], self.doubted.pop(position)
            self.close(row_plan, DONE[row_plan.action], ids)

    def _close_absent(self, row_plan: RowPlan, reply: Attempt) -> None:
        status = "failed" if reply.state == "refused" else "unknown"
        ids = ids_of(reply.answer)
        made = f"It was made (id {ids[0]}), but not all of it: " if ids else ""
        self.close(row_plan, status, ids, f"{made}{reply.error}")

    def _checked(self, row_plan: RowPlan, reply: Attempt) -> Attempt:
        """Return an answer with the records that confirm it, or what the account says of it."""
        told, request = self.probe.told(reply, row_plan.position), reply.request
        if told.sure:
            return replace(reply, answer=[*told.rows])
        self.unsure[row_plan.position] = told.error
        last = row_plan.requests[-1]
        if request.verb == "delete" and (request.method, request.path) == (last.method, last.path):
            self._doubt(row_plan, reply)  # all of these are asked for together
            return reply
        if not (request.verb == "delete" or self._is_looked_for(request)):
            return reply  # the row is compared as a whole when all of it is sent
        found = self._looked([row_plan], reply, LATER)[row_plan.position]
        if isinstance(found, Absent):
            return self._other(row_plan, reply)
        del self.unsure[row_plan.position]
        if isinstance(found, Done):
            return self.journal.answered(reply, "done", found.answer)
        return replace(reply, state="sent", answer=None, error=doubt_of(None))

    def _other(self, row_plan: RowPlan, reply: Attempt) -> Attempt:
        """Return what there is instead of what was said to be done."""
        other, error = self.probe.other(reply, row_plan), self.unsure.pop(row_plan.position)
        if other is not None:
            return replace(reply, state="refused", answer=other[0], error=differing(other[1]))
        if reply.request.verb == "delete":
            return replace(reply, state="refused", answer=None, error=STILL_THERE)
        if self.probe.in_doubt(reply, row_plan):
            return replace(reply, state="sent", answer=None, error=doubt_of(None))
        if error:
            said = self.account.session.plain(error)
            return self.journal.answered(reply, "refused", error=f"Runn answered: {said}.")
        return replace(reply, state="sent", answer=None, error=NOT_THERE)

    def _looked(
        self, row_plans: Sequence[RowPlan], attempt: Attempt, later: Sequence[float]
    ) -> dict[int, Found]:
        """Return what the account tells of rows; what is not there is looked for again later."""
        found: dict[int, Found] = {}
        left = list(row_plans)
        for seconds in (0.0, *later):
            if seconds:
                self.account.session.pause(seconds, "the account does not show a write yet")
            self.probe.again()
            try:
                found |= {one.position: self.probe.probe(attempt, one) for one in left}
            except RunnError as error:
                raise Lost(doubt_of(attempt.cause or error), error) from None
            left = [one for one in left if isinstance(found[one.position], Absent)]
            if not left:
                break
        return found

    # -- one request

    def deliver(
        self, row_plans: Sequence[RowPlan], request: Request, at: int, many: str = ""
    ) -> Attempt:
        """Send a request; in doubt ask the account, and send again only what did not arrive."""
        doubt: Exception | None = None
        for _ in range(TRIES):
            reply = self._send(row_plans, request, at, many, doubt is not None)
            if reply.state == "refused" and self._gone(request, row_plans):
                # Some deletions are not answered with 404 when they are done.
                return self.journal.answered(reply, "done")
            if reply.state == "done" and not many:
                return self._checked(row_plans[0], reply)
            if reply.state != "sent":
                return reply
            if request.again:
                return self._verified(row_plans, reply)
            if many:
                return reply
            doubt = reply.cause
            settled = self._settled(row_plans[0], reply)
            if settled is not None:
                return settled
        return replace(reply, error=doubt_of(doubt))

    def _settled(self, row_plan: RowPlan, reply: Attempt) -> Attempt | None:
        """Return what the account tells of a lost request; None if it did not arrive."""
        over = isinstance(reply.cause, ServerError) and reply.cause.status == 500
        later = () if over or reply.request.verb != "create" else LATER
        found = self._looked([row_plan], reply, later)[row_plan.position]
        if isinstance(found, Done):
            return self.journal.answered(reply, "done", found.answer)
        if isinstance(found, Unknown) or self.probe.in_doubt(reply, row_plan):
            return replace(reply, error=doubt_of(reply.cause))
        if isinstance(reply.cause, ServerError):
            return replace(reply, state="refused")
        return None

    def _gone(self, request: Request, row_plans: Sequence[RowPlan]) -> bool:
        try:
            plain = request.method == "DELETE" and request.body is None
            return plain and self.probe.gone(request, row_plans[0])
        except RunnError:
            return False

    def _verified(self, row_plans: Sequence[RowPlan], reply: Attempt) -> Attempt:
        """Return what the account says of a request that was sent again and again."""
        cause = reply.cause
        if isinstance(cause, ServerError) and cause.status == 500 and len(row_plans) > 1:
            # One row of many may be what the server cannot bear.
            return replace(reply, state="refused")
        if isinstance(cause, TransportError) or len(row_plans) > 1:
            raise Lost(reply.error, cause)
        tells = reply.request.verb != "create" or bool(self.kind.natural_key)
        try:
            holds = tells and self.probe.holds(row_plans[0])
        except RunnError:
            raise Lost(reply.error, cause) from None
        return self.journal.answered(reply, "done") if holds else replace(reply, state="refused")

    def _send(
        self, row_plans: Sequence[RowPlan], request: Request, at: int, many: str, doubt: bool
    ) -> Attempt:
        """Send a request once, as the transport understands it."""
        positions = [row_plan.position for row_plan in row_plans]
        attempt = self.journal.sent(self.push, positions, at, request, many)
        for position in positions:
            self.tries[position] = self.tries.get(position, 0) + 1
        try:
            asked = request.method, request.path, request.query, request.body
            often = 2 if self.shaky else None
            response = self.account.session.request(
                *asked, repeatable=request.again, attempts=often
            )
            empty = NO_BODY if response.status_code == 200 else None
            answer = response.json() if response.content else empty
        except RunnError as error:
            return self._failed(attempt, error, doubt)
        except ValueError:
            what = f"{request.method} {request.path}: the answer is not JSON."
            return self._failed(attempt, ProtocolError(what), doubt)
        self.failing, self.shaky = 0, False
        reply = self.journal.answered(attempt, "done", answer)
        self.probe.take_in(reply)
        return reply

    def _failed(self, attempt: Attempt, error: RunnError, doubt: bool) -> Attempt:
        """Return what an error says of a request; raises `Stopped` if nothing can follow."""
        if isinstance(error, STOPPING) or (isinstance(error, TransportError) and not error.sent):
            self.journal.answered(attempt, "unsent", error=str(error))
            raise Stopped(str(error)) from None
        self.shaky = isinstance(error, ServerError)
        if isinstance(error, (ServerError, ProtocolError, TransportError)):
            return replace(attempt, error=str(error), cause=error)
        # What is wanted may be so already: by somebody else, or by an earlier copy.
        there = {"DELETE": NotFoundError, "POST": ConflictError if doubt else ()}
        if isinstance(error, there.get(attempt.request.method, ())):
            return self.journal.answered(attempt, "done")
        return self.journal.answered(attempt, "refused", error=refusal(error))


def verdict(row_plan: RowPlan, held: Held, error: str) -> tuple[str, str]:
    """Return the status of a row that no answer confirmed, and what to say of it."""
    said = f" The answer said: {error}." if error else ""
    if held.state == "holds":
        return DONE[row_plan.action], ""
    if held.state == "differs":
        text = STILL_THERE if row_plan.action == "delete" else differing(held.changes)
        return "failed", f"{text}{said}"
    return "failed", f"{NOT_THERE}{said}"


def differing(changes: Sequence[Change]) -> str:
    """Say what Runn has instead of what was sent."""
    told = [f"{c.field} {c.old!r:.40}, not {c.new!r:.40}" for c in changes[:SHOWN]]
    return f"Runn answered that it was done, but has {'; '.join(told) or 'other values'}."


def doubt_of(lost: Exception | None) -> str:
    """Say that it cannot be told what became of a row."""
    told = f"{lost} " if lost is not None else ""
    return (
        f"{told}Whether it was carried out cannot be told from what the account has now; look in"
        " Runn before you push it again."
    )
