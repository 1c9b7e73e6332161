"""A plan carried out: each request journaled before it goes, one outcome a row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from runn_pandas.errors import RunnError, ServerError
from runn_pandas.push.answers import ids_of, item_answers
from runn_pandas.push.calls import NEW, Call, Decision, Step
from runn_pandas.push.leaves import difference
from runn_pandas.push.ledger import Ledger
from runn_pandas.push.outcomes import Outcome
from runn_pandas.push.rules import create_body
from runn_pandas.push.sending import Lost, Reply, Sender, Stopped, doubt_of
from runn_pandas.push.settle import CannotTell
from runn_pandas.push.unfinished import Entry

if TYPE_CHECKING:
    from runn_pandas.account import Account
    from runn_pandas.push.intent import Intent

DONE = {"create": "created", "update": "updated", "delete": "deleted"}
MEND = 99  # the number of the call that puts a deleted record back


class Run:
    """One push on its way.

    Parameters
    ----------
    mark
        The highest id before the first new record; None if no new one needs it.
    on_outcome
        Told each row's position and outcome as it comes.
    left_out
        The positions that are not part of it, although there is a decision on them.
    """

    def __init__(
        self,
        account: Account,
        intent: Intent,
        decisions: Mapping[int, Decision],
        ledger: Ledger,
        push: int,
        mark: int | None,
        on_outcome: Callable[[int, Outcome], None] = lambda position, outcome: None,
        left_out: Collection[int] = (),
    ) -> None:
        self.intent, self.decisions = intent, decisions
        self.ledger, self.push = ledger, push
        self.sender = Sender(account, intent, ledger, push, mark)
        self.on_outcome, self.left_out = on_outcome, left_out
        self.outcomes: dict[int, Outcome] = {}
        self.current: Step | None = None
        self.doubtful = False  # a row is unknown: the push is not over

    # -- the whole

    def run(self, steps: Mapping[int, Step], entries: Iterable[Entry]) -> None:
        """Carry out the steps; raises `Stopped` or what interrupted it, outcomes kept."""
        past: dict[int, list[Entry]] = {}
        for entry in entries:
            past.setdefault(entry.step, []).append(entry)
            self.sender.remember(entry, self.decisions.get(entry.positions[0]))
        for number, step in steps.items():
            self.current = step
            if number not in past:
                step = self._ready(step)
            if not step.positions:
                continue
            if step.many:
                self.bulk(number, step, past.get(number, []))
            else:
                self.single(number, step, past.get(number, []))

    def _ready(self, step: Step) -> Step:
        """Close the rows that need another one which was not done; give the rest of the step."""
        ready = []
        for position in step.positions:
            decision = self.decisions[position]
            lacks = [
                n
                for n in decision.needs
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
            self.close(position, "failed", decision.id, text)
        if len(ready) == len(step.positions):
            return step
        return step.part(ready) if ready else Step([], [])

    def close(self, position: int, status: str, own: Any, error: str = "") -> None:
        """Note what became of a row."""
        ids = own if isinstance(own, list) else [own]
        attempts = self.sender.attempts.get(position, 0)
        outcome = Outcome(status, ids[0] if ids else None, error, attempts, ids)
        self.outcomes[position] = outcome
        self.doubtful = self.doubtful or status == "unknown"
        own = ids if len(ids) > 1 else outcome.id
        self.ledger.outcome(self.push, position, status, own, error, attempts)
        self.on_outcome(position, outcome)

    def stop(self, stopped: Stopped) -> None:
        """Close the rows that a stop left open: those on their way, and those not tried."""
        for position in self.current.positions if self.current else ():
            if position not in self.outcomes and position in self.decisions:
                lost = isinstance(stopped, Lost)
                error = stopped.reply.error if isinstance(stopped, Lost) else str(stopped)
                own = self.decisions[position].id
                self.close(position, "unknown" if lost else "failed", own, error)
        for position, decision in self.decisions.items():
            if position in self.left_out or position in self.outcomes:
                continue
            if decision.calls:
                text = f"The push stopped before this row: {stopped} Push it again to continue."
                self.close(position, "not tried", decision.id, text)

    # -- one row

    def single(self, number: int, step: Step, past: list[Entry]) -> None:
        """Carry out the calls of one row, from where an earlier run left off."""
        position = step.positions[0]
        decision = self.decisions[position]
        ids: list[Any] = []
        said = ""
        for at, call in enumerate(step.calls):
            mine = [entry for entry in past if entry.call == at and entry.state != "unsent"]
            if mine and mine[-1].state == "done":
                reply = Reply("done", mine[-1].answer)
            elif mine and mine[-1].state == "refused" and _mended(past):
                reply = Reply("refused", error=mine[-1].error)
            else:
                # What was refused may be taken now: the account may have been put right.
                doubt = bool(mine) and mine[-1].state == "sent"
                call = self._addressed(call, ids)
                reply = self.sender.attempt(number, at, [decision], call, in_flight=doubt)
            if reply.state != "done":
                self._unfinished(number, step, at, decision, ids, reply, past)
                return
            if call.verb == "create" and not ids:
                made, ids = ids_of(reply.answer)
                said = self._said(call.body, made, decision) if made else ""
        kept = ids or [decision.id]
        self.close(position, DONE[decision.action], kept, said)

    def _said(self, sent: Any, made: Any, decision: Decision) -> str:
        """What Runn made of a row, where it merges what it is sent."""
        if self.intent.writable.style != "merge" or decision.action == "delete":
            return ""
        return difference(sent, made, decision)

    @staticmethod
    def _addressed(call: Call, ids: list[Any]) -> Call:
        if NEW not in call.path:
            return call
        if not ids:
            raise AssertionError(f"{call.path} needs the id of a new record")
        return Call(**{**vars(call), "path": call.path.replace(NEW, str(ids[0]))})

    def _unfinished(
        self,
        number: int,
        step: Step,
        at: int,
        decision: Decision,
        ids: list[Any],
        reply: Reply,
        past: list[Entry],
    ) -> None:
        """Note a row of which a call was not carried out."""
        status = "failed" if reply.state == "refused" else "unknown"
        error, own = reply.error, ids or [decision.id]
        if step.calls[at].mend and status == "failed":
            error, own = self._mend(number, decision, error, past)
        elif ids and decision.action == "update":
            error = (
                f"The new one was made (id {ids[0]}), but the old one (id {decision.id}) is still"
                f" there: delete it. {error}"
            )
        elif at and ids:
            error = f"It was made (id {ids[0]}), but not all of it: {error}"
        elif at:
            error = f"Only a part was written. {error}"
        self.close(decision.position, status, own, error)

    def _mend(
        self, number: int, decision: Decision, error: str, past: list[Entry]
    ) -> tuple[str, list[Any]]:
        """Put back the record that made room for a call that was refused."""
        mine = [entry for entry in past if entry.call == MEND and entry.state == "done"]
        reply = Reply("done", mine[-1].answer) if mine else None
        operation = self.intent.writable.create
        if reply is None and operation is not None:
            old = {k: v for k, v in (decision.old or {}).items() if v is not None}
            body = create_body(self.intent.writable, old, [])
            call = Call("create", operation.method, operation.path, body)
            reply = self.sender.attempt(number, MEND, [decision], call, in_flight=False)
        if reply is not None and reply.state == "done":
            ids = ids_of(reply.answer)[1]
            return f"{error} The old one was put back, as id {ids[0]}.", ids
        return (
            f"{error} The old one (id {decision.id}) is deleted and could not be put back; its"
            " values are in rp.journal().",
            [decision.id],
        )

    # -- many rows

    def bulk(self, number: int, step: Step, past: list[Entry]) -> None:
        """Carry out a bulk call; what an earlier run of it told is kept."""
        for entry in past:
            part = [p for p in entry.positions if p not in self.outcomes]
            if entry.state == "done" and part:
                self._answers(step.part(entry.positions), entry.answer)
        left = self._left(step)
        flying = [
            entry.positions
            for entry in past
            if entry.state == "sent" and any(p in left for p in entry.positions)
        ]
        for positions in flying:
            mine = [p for p in positions if p in left]
            self._send_bulk(number, step.part(mine), in_flight=True)
        left = self._left(step)
        if left:
            self._send_bulk(number, step.part(left), in_flight=False)

    def _left(self, step: Step) -> list[int]:
        """The rows of a bulk call that are open, and part of this push."""
        return [p for p in step.positions if p in self.decisions and p not in self.outcomes]

    def _send_bulk(self, number: int, step: Step, *, in_flight: bool, tries: int = 3) -> None:
        call = step.calls[0]
        decisions = [self.decisions[position] for position in step.positions]
        if in_flight and not call.again:
            decisions = self._settled(step, decisions)
            if not decisions:
                return
            step = step.part([decision.position for decision in decisions])
            call = step.calls[0]
        reply = self.sender.attempt(number, 0, decisions, call, in_flight=False, settles=False)
        if reply.state == "done":
            self._answers(step, reply.answer)
            return
        if reply.state == "unknown":
            if not call.again:
                decisions = self._settled(step, decisions)
                if not decisions:
                    return
                step = step.part([decision.position for decision in decisions])
                if isinstance(reply.cause, ServerError):
                    self._fail(step, "failed", reply.error)
                elif tries <= 1:
                    self._fail(step, "unknown", doubt_of(reply.cause))
                else:
                    self._send_bulk(number, step, in_flight=False, tries=tries - 1)
                return
            self._fail(step, "unknown", reply.error)
            return
        if len(step.positions) == 1:
            self._fail(step, "failed", reply.error)
            return
        if not call.again:
            # Whether a refused bulk call is refused as a whole is not documented.
            decisions = self._settled(step, decisions)
            step = step.part([decision.position for decision in decisions])
            if not decisions:
                return
        if len(step.positions) == 1:
            self._send_bulk(number, step, in_flight=False)
            return
        middle = len(step.positions) // 2
        for half in (step.positions[:middle], step.positions[middle:]):
            self._send_bulk(number, step.part(half), in_flight=False)

    def _settled(self, step: Step, decisions: list[Decision]) -> list[Decision]:
        """Close the rows of a bulk creation that are in the account; give the others."""
        try:
            found = self.sender.made(step.calls[0], decisions)
        except CannotTell:
            for decision in decisions:
                self.close(decision.position, "unknown", decision.id, doubt_of(None))
            return []
        except RunnError as error:
            raise Lost(Reply("unknown", error=doubt_of(error), cause=error)) from None
        left = []
        for decision, rows in zip(decisions, found, strict=True):
            if rows:
                own = [row.get("id", decision.id) for row in rows]
                self.sender.claimed.update(own)
                self.close(decision.position, DONE[decision.action], own)
            else:
                left.append(decision)
        return left

    def _answers(self, step: Step, answer: Any) -> None:
        items = step.calls[0].body[step.many]
        found = item_answers(items, answer)
        for position, item, row in zip(step.positions, items, found, strict=True):
            if position in self.outcomes or position not in self.decisions:
                continue
            decision = self.decisions[position]
            own = row.get("id") if isinstance(row, dict) else None
            if own is not None:
                self.sender.claimed.add(own)
            said = self._said(item, row, decision)
            kept = own if own is not None else decision.id
            self.close(position, DONE[decision.action], kept, said)

    def _fail(self, step: Step, status: str, error: str) -> None:
        for position in step.positions:
            self.close(position, status, self.decisions[position].id, error)


def _mended(past: list[Entry]) -> bool:
    """Whether a record that had made room was put back."""
    return any(entry.call == MEND and entry.state == "done" for entry in past)
