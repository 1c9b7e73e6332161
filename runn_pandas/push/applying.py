"""A plan carried out: each request journaled before it goes, one outcome a row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from runn_pandas.errors import RunnError, ServerError
from runn_pandas.push.answers import ids_of, item_answers
from runn_pandas.push.leaves import difference
from runn_pandas.push.ledger import Ledger
from runn_pandas.push.model import DONE, NEW, Attempt, Batch, Outcome, Request, RowPlan
from runn_pandas.push.rules import create_body
from runn_pandas.push.sending import Lost, Reply, Sender, Stopped, doubt_of
from runn_pandas.push.settle import CannotTell

if TYPE_CHECKING:
    from runn_pandas.account import Account
    from runn_pandas.push.model import Intent

MEND = 99  # the number of the request that puts a deleted record back


class Run:
    """One push on its way.

    Parameters
    ----------
    mark
        The highest id before the first new record; None if no new one needs it.
    on_outcome
        Told each row's position and outcome as it comes.
    left_out
        The positions that are not part of it, although there is a row_plan on them.
    """

    def __init__(
        self,
        account: Account,
        intent: Intent,
        row_plans: Mapping[int, RowPlan],
        ledger: Ledger,
        push: int,
        mark: int | None,
        on_outcome: Callable[[int, Outcome], None] = lambda position, outcome: None,
        left_out: Collection[int] = (),
    ) -> None:
        self.intent, self.row_plans = intent, row_plans
        self.ledger, self.push = ledger, push
        self.sender = Sender(account, intent, ledger, push, mark)
        self.on_outcome, self.left_out = on_outcome, left_out
        self.outcomes: dict[int, Outcome] = {}
        self.current: Batch | None = None
        self.doubtful = False  # a row is unknown: the push is not over

    # -- the whole

    def run(self, batches: Mapping[int, Batch], entries: Iterable[Attempt]) -> None:
        """Carry out the batches; raises `Stopped` or what interrupted it, outcomes kept."""
        past: dict[int, list[Attempt]] = {}
        for entry in entries:
            past.setdefault(entry.batch, []).append(entry)
            self.sender.remember(entry, self.row_plans.get(entry.positions[0]))
        for number, batch in batches.items():
            self.current = batch
            if number not in past:
                batch = self._ready(batch)
            if not batch.positions:
                continue
            if batch.many:
                self.bulk(number, batch, past.get(number, []))
            else:
                self.single(number, batch, past.get(number, []))

    def _ready(self, batch: Batch) -> Batch:
        """Close the rows that need another one which was not done; give the rest of the batch."""
        ready = []
        for position in batch.positions:
            row_plan = self.row_plans[position]
            lacks = [
                n
                for n in row_plan.needs
                if n not in self.outcomes or self.outcomes[n].status not in DONE.values()
            ]
            if not lacks:
                ready.append(position)
                continue
            first = self.intent.labels[lacks[0]]
            text = (
                f"Nothing was sent for this row: row {first!r} has to be deleted or changed before"
                " it, and that was not done."
            )
            self.close(position, "failed", [row_plan.id], text)
        if len(ready) == len(batch.positions):
            return batch
        return batch.part(ready) if ready else Batch((), ())

    def close(self, position: int, status: str, ids: Iterable[Any], error: str = "") -> None:
        """Note what became of a row."""
        attempts = self.sender.attempts.get(position, 0)
        outcome = Outcome(status, tuple(ids), error, attempts)
        self.outcomes[position] = outcome
        self.doubtful = self.doubtful or status == "unknown"
        self.ledger.outcome(self.push, position, outcome)
        self.on_outcome(position, outcome)

    def stop(self, stopped: Stopped) -> None:
        """Close the rows that a stop left open: those on their way, and those not tried."""
        for position in self.current.positions if self.current else ():
            if position not in self.outcomes and position in self.row_plans:
                lost = isinstance(stopped, Lost)
                error = stopped.reply.error if isinstance(stopped, Lost) else str(stopped)
                own = self.row_plans[position].id
                self.close(position, "unknown" if lost else "failed", [own], error)
        for position, row_plan in self.row_plans.items():
            if position in self.left_out or position in self.outcomes:
                continue
            if row_plan.requests:
                text = f"The push stopped before this row: {stopped} Push it again to continue."
                self.close(position, "not tried", [row_plan.id], text)

    # -- one row

    def single(self, number: int, batch: Batch, past: list[Attempt]) -> None:
        """Carry out the requests of one row, from where an earlier run left off."""
        position = batch.positions[0]
        row_plan = self.row_plans[position]
        ids: list[Any] = []
        said = ""
        for at, request in enumerate(batch.requests):
            mine = [entry for entry in past if entry.request == at and entry.state != "unsent"]
            if mine and mine[-1].state == "done":
                reply = Reply("done", mine[-1].answer)
            elif mine and mine[-1].state == "refused" and _mended(past):
                reply = Reply("refused", error=mine[-1].error)
            else:
                # What was refused may be taken now: the account may have been put right.
                doubt = bool(mine) and mine[-1].state == "sent"
                request = self._addressed(request, ids)
                reply = self.sender.attempt(number, at, [row_plan], request, in_flight=doubt)
            if reply.state != "done":
                self._unfinished(number, batch, at, row_plan, ids, reply, past)
                return
            if request.verb == "create" and not ids:
                made, ids = ids_of(reply.answer)
                said = self._said(request.body, made, row_plan) if made else ""
        kept = ids or [row_plan.id]
        self.close(position, DONE[row_plan.action], kept, said)

    def _said(self, sent: Any, made: Any, row_plan: RowPlan) -> str:
        """What Runn made of a row, where it merges what it is sent."""
        if self.intent.writable.kind != "leave" or row_plan.action == "delete":
            return ""
        return difference(sent, made, row_plan)

    @staticmethod
    def _addressed(request: Request, ids: list[Any]) -> Request:
        if NEW not in request.path:
            return request
        if not ids:
            raise AssertionError(f"{request.path} needs the id of a new record")
        return Request(**{**vars(request), "path": request.path.replace(NEW, str(ids[0]))})

    def _unfinished(
        self,
        number: int,
        batch: Batch,
        at: int,
        row_plan: RowPlan,
        ids: list[Any],
        reply: Reply,
        past: list[Attempt],
    ) -> None:
        """Note a row of which a request was not carried out."""
        status = "failed" if reply.state == "refused" else "unknown"
        error, own = reply.error, ids or [row_plan.id]
        if batch.requests[at].mend and status == "failed":
            error, own = self._mend(number, row_plan, error, past)
        elif ids and row_plan.action == "update":
            error = (
                f"The new one was made (id {ids[0]}), but the old one (id {row_plan.id}) is still"
                f" there: delete it. {error}"
            )
        elif at and ids:
            error = f"It was made (id {ids[0]}), but not all of it: {error}"
        elif at:
            error = f"Only a part was written. {error}"
        self.close(row_plan.position, status, own, error)

    def _mend(
        self, number: int, row_plan: RowPlan, error: str, past: list[Attempt]
    ) -> tuple[str, list[Any]]:
        """Put back the record that made room for a request that was refused."""
        mine = [entry for entry in past if entry.request == MEND and entry.state == "done"]
        reply = Reply("done", mine[-1].answer) if mine else None
        operation = self.intent.writable.create
        if reply is None and operation is not None:
            old = {k: v for k, v in (row_plan.old or {}).items() if v is not None}
            body = create_body(self.intent.writable, old, [])
            request = Request("create", operation.method, operation.path, body)
            reply = self.sender.attempt(number, MEND, [row_plan], request, in_flight=False)
        if reply is not None and reply.state == "done":
            ids = ids_of(reply.answer)[1]
            return f"{error} The old one was put back, as id {ids[0]}.", ids
        return (
            f"{error} The old one (id {row_plan.id}) is deleted and could not be put back; its"
            " values are in rp.journal().",
            [row_plan.id],
        )

    # -- many rows

    def bulk(self, number: int, batch: Batch, past: list[Attempt]) -> None:
        """Carry out a bulk request; what an earlier run of it told is kept."""
        for entry in past:
            part = [p for p in entry.positions if p not in self.outcomes]
            if entry.state == "done" and part:
                self._answers(batch.part(entry.positions), entry.answer)
        left = self._left(batch)
        flying = [
            entry.positions
            for entry in past
            if entry.state == "sent" and any(p in left for p in entry.positions)
        ]
        for positions in flying:
            mine = [p for p in positions if p in left]
            self._send_bulk(number, batch.part(mine), in_flight=True)
        left = self._left(batch)
        if left:
            self._send_bulk(number, batch.part(left), in_flight=False)

    def _left(self, batch: Batch) -> list[int]:
        """The rows of a bulk request that are open, and part of this push."""
        return [p for p in batch.positions if p in self.row_plans and p not in self.outcomes]

    def _send_bulk(self, number: int, batch: Batch, *, in_flight: bool, tries: int = 3) -> None:
        request = batch.requests[0]
        row_plans = [self.row_plans[position] for position in batch.positions]
        if in_flight and not request.again:
            row_plans = self._settled(batch, row_plans)
            if not row_plans:
                return
            batch = batch.part([row_plan.position for row_plan in row_plans])
            request = batch.requests[0]
        reply = self.sender.attempt(number, 0, row_plans, request, in_flight=False, settles=False)
        if reply.state == "done":
            self._answers(batch, reply.answer)
            return
        if reply.state == "unknown":
            if not request.again:
                row_plans = self._settled(batch, row_plans)
                if not row_plans:
                    return
                batch = batch.part([row_plan.position for row_plan in row_plans])
                if isinstance(reply.cause, ServerError):
                    self._fail(batch, "failed", reply.error)
                elif tries <= 1:
                    self._fail(batch, "unknown", doubt_of(reply.cause))
                else:
                    self._send_bulk(number, batch, in_flight=False, tries=tries - 1)
                return
            self._fail(batch, "unknown", reply.error)
            return
        if len(batch.positions) == 1:
            self._fail(batch, "failed", reply.error)
            return
        if not request.again:
            # Whether a refused bulk request is refused as a whole is not documented.
            row_plans = self._settled(batch, row_plans)
            batch = batch.part([row_plan.position for row_plan in row_plans])
            if not row_plans:
                return
        if len(batch.positions) == 1:
            self._send_bulk(number, batch, in_flight=False)
            return
        middle = len(batch.positions) // 2
        for half in (batch.positions[:middle], batch.positions[middle:]):
            self._send_bulk(number, batch.part(half), in_flight=False)

    def _settled(self, batch: Batch, row_plans: list[RowPlan]) -> list[RowPlan]:
        """Close the rows of a bulk creation that are in the account; give the others."""
        try:
            found = self.sender.made(batch.requests[0], row_plans)
        except CannotTell:
            for row_plan in row_plans:
                self.close(row_plan.position, "unknown", [row_plan.id], doubt_of(None))
            return []
        except RunnError as error:
            raise Lost(Reply("unknown", error=doubt_of(error), cause=error)) from None
        left = []
        for row_plan, rows in zip(row_plans, found, strict=True):
            if rows:
                own = [row.get("id", row_plan.id) for row in rows]
                self.sender.claimed.update(own)
                self.close(row_plan.position, DONE[row_plan.action], own)
            else:
                left.append(row_plan)
        return left

    def _answers(self, batch: Batch, answer: Any) -> None:
        items = batch.requests[0].body[batch.many]
        found = item_answers(items, answer)
        for position, item, row in zip(batch.positions, items, found, strict=True):
            if position in self.outcomes or position not in self.row_plans:
                continue
            row_plan = self.row_plans[position]
            own = row.get("id") if isinstance(row, dict) else None
            if own is not None:
                self.sender.claimed.add(own)
            said = self._said(item, row, row_plan)
            kept = own if own is not None else row_plan.id
            self.close(position, DONE[row_plan.action], [kept], said)

    def _fail(self, batch: Batch, status: str, error: str) -> None:
        for position in batch.positions:
            self.close(position, status, [self.row_plans[position].id], error)


def _mended(past: list[Attempt]) -> bool:
    """Whether a record that had made room was put back."""
    return any(entry.request == MEND and entry.state == "done" for entry in past)
