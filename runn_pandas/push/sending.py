"""One call sent: journaled before, and in doubt asked about before it is sent again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runn_pandas.catalog.writes import ACTUAL_KEY
from runn_pandas.errors import (
    AccessError,
    AuthError,
    ConflictError,
    NotFoundError,
    OfflineError,
    ProtocolError,
    RateLimitError,
    ReadOnlyError,
    ResponseError,
    RunnError,
    ServerError,
    TransportError,
)
from runn_pandas.push.answers import ids_of
from runn_pandas.push.baseline import AccountRows
from runn_pandas.push.calls import Call, Decision
from runn_pandas.push.ledger import Ledger
from runn_pandas.push.settle import CannotTell, Settler, added
from runn_pandas.push.unfinished import Entry

if TYPE_CHECKING:
    from runn_pandas.account import Account
    from runn_pandas.push.intent import Intent

# After these nothing that follows could go better.
STOPPING = (AuthError, AccessError, RateLimitError, OfflineError, ReadOnlyError)


@dataclass(frozen=True)
class Reply:
    """What came of one call: done with an answer, refused, or not known."""

    state: str  # done, refused, unknown
    answer: Any = None
    error: str = ""
    cause: RunnError | None = None


class Stopped(Exception):
    """The push cannot go on; the rows that follow were not tried."""

    def __init__(self, error: RunnError) -> None:
        super().__init__(str(error))
        self.error = error


class Lost(Stopped):
    """The server did not answer at all, however often it was asked."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.cause or TransportError(reply.error))
        self.reply = reply


class Sender:
    """Sends the calls of one push.

    Parameters
    ----------
    account, intent, ledger, push
        Whose, what, and where it is journaled.
    mark
        The highest id before the first new record; None if no new one needs it.
    """

    def __init__(
        self, account: Account, intent: Intent, ledger: Ledger, push: int, mark: int | None
    ) -> None:
        self.account, self.intent = account, intent
        self.ledger, self.push, self.mark = ledger, push, mark
        self.attempts: dict[int, int] = {}
        self.claimed: set[Any] = set()
        self.sums: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.settler = Settler(AccountRows(account), intent)

    def remember(self, entry: Entry, decision: Decision | None) -> None:
        """Take in what an earlier run of the push was told."""
        for position in entry.positions:
            self.attempts[position] = self.attempts.get(position, 0) + 1
        if entry.state == "done":
            self.claimed.update(ids_of(entry.answer)[1])
            if self.intent.writable.style == "add" and decision is not None:
                self._total(decision, entry.answer)

    def attempt(
        self,
        number: int,
        at: int,
        decisions: list[Decision],
        call: Call,
        *,
        in_flight: bool,
        settles: bool = True,
    ) -> Reply:
        """Send a call; in doubt ask the account, and send again only what did not arrive."""
        lost: RunnError | None = None
        before = self._sum(decisions[0]) if self.intent.writable.style == "add" else None
        for _ in range(3):
            if (in_flight or lost is not None) and settles and not call.again:
                try:
                    answer = self._arrived(call, decisions, before)
                except CannotTell:
                    return Reply("unknown", error=doubt_of(lost))
                except RunnError as error:
                    raise Lost(Reply("unknown", error=doubt_of(lost), cause=error)) from None
                if answer is not None:
                    self._note(number, at, decisions, call, answer)
                    return Reply("done", answer)
                if isinstance(lost, ServerError):
                    return Reply("refused", error=str(lost), cause=lost)
            reply = self._once(number, at, decisions, call, doubt=in_flight or lost is not None)
            if reply.state == "refused" and self._gone(call, decisions):
                self._note(number, at, decisions, call, None)
                return Reply("done")
            if reply.state != "unknown":
                if reply.state == "done" and before is not None:
                    self._total(decisions[0], reply.answer)
                return reply
            lost = reply.cause
            if call.again or not settles:
                return self._verified(number, at, decisions, call, reply)
        return Reply("unknown", error=doubt_of(lost))

    def _gone(self, call: Call, decisions: list[Decision]) -> bool:
        """Whether a deletion was refused because it is done: some are not answered with 404."""
        if call.method != "DELETE" or call.body is not None:
            return False
        try:
            return self.settler.gone(call, decisions[0])
        except RunnError:
            return False

    def _verified(
        self,
        number: int,
        at: int,
        decisions: list[Decision],
        call: Call,
        reply: Reply,
    ) -> Reply:
        """What was sent again and again: it is done if the account says so."""
        if not call.again:
            return reply
        if (
            len(decisions) > 1
            and isinstance(reply.cause, ServerError)
            and reply.cause.status == 500
        ):
            # One row of many may be what the server cannot bear.
            return Reply("refused", error=reply.error, cause=reply.cause)
        if isinstance(reply.cause, TransportError) or len(decisions) > 1:
            raise Lost(reply)
        tells = call.verb != "create" or self.intent.writable.style == "overwrite"
        try:
            holds = tells and self.settler.holds(decisions[0])
        except RunnError:
            raise Lost(reply) from None
        if holds:
            self._note(number, at, decisions, call, None)
            return Reply("done")
        return Reply("refused", error=reply.error, cause=reply.cause)

    def _note(
        self, number: int, at: int, decisions: list[Decision], call: Call, answer: Any
    ) -> None:
        """Write down an answer that was found in the account."""
        positions = [decision.position for decision in decisions]
        entry = self.ledger.sent(self.push, number, at, positions, call)
        self.ledger.answered(entry, "done", answer)

    def _once(
        self, number: int, at: int, decisions: list[Decision], call: Call, *, doubt: bool
    ) -> Reply:
        """Send a call once, as the transport understands it."""
        positions = [decision.position for decision in decisions]
        entry = self.ledger.sent(self.push, number, at, positions, call)
        for position in positions:
            self.attempts[position] = self.attempts.get(position, 0) + 1
        try:
            response = self.account.session.request(
                call.method, call.path, call.query, call.body, repeatable=call.again
            )
            answer = response.json() if response.content else None
        except STOPPING as error:
            self.ledger.answered(entry, "unsent", error=str(error))
            raise Stopped(error) from None
        except (ServerError, ProtocolError, ValueError) as error:
            if isinstance(error, ResponseError) and not isinstance(error, ServerError):
                return self._refused(entry, call, error, doubt)
            cause = (
                error
                if isinstance(error, RunnError)
                else ProtocolError(f"{call.method} {call.path}: the answer is not JSON.")
            )
            return Reply("unknown", error=str(cause), cause=cause)
        except TransportError as error:
            if error.sent:
                return Reply("unknown", error=str(error), cause=error)
            self.ledger.answered(entry, "unsent", error=str(error))
            raise Stopped(error) from None
        except RunnError as error:
            return self._refused(entry, call, error, doubt)
        self.ledger.answered(entry, "done", answer)
        if call.verb == "create":
            self.claimed.update(ids_of(answer)[1])
        return Reply("done", answer)

    def _refused(self, entry: int, call: Call, error: RunnError, doubt: bool) -> Reply:
        gone = isinstance(error, NotFoundError) and call.method == "DELETE"
        there = isinstance(error, ConflictError) and call.method == "POST" and doubt
        if gone or there:
            # It is as it was wanted: by somebody else, or by an earlier copy.
            self.ledger.answered(entry, "done")
            return Reply("done")
        text = said(error)
        self.ledger.answered(entry, "refused", error=text)
        return Reply("refused", error=text, cause=error)

    def made(self, call: Call, decisions: list[Decision]) -> list[list[dict[str, Any]]]:
        """Give for each row of a creation what it made; raises `CannotTell`."""
        return self.settler.made(call, decisions, self.mark, self.claimed)

    def _arrived(self, call: Call, decisions: list[Decision], before: dict[str, Any] | None) -> Any:
        """The answer that a lost creation would have had, or None if it did not arrive."""
        if before is not None:
            now = self.settler.sum_of(decisions[0].position)
            if not added(before, call, now):
                return None
            self._total(decisions[0], now)
            return now
        if call.verb != "create":
            return None  # sent again; a second copy is refused as one that is there
        rows = self.made(call, decisions)[0]
        self.claimed.update(row.get("id") for row in rows)
        return rows or None

    def _sum(self, decision: Decision) -> dict[str, Any]:
        """The day's sum before a time entry, as far as this push knows."""
        known = self.sums.get(_sum_key(decision))
        return known if known is not None else (decision.old or {})

    def _total(self, decision: Decision, answer: Any) -> None:
        if isinstance(answer, dict):
            self.sums[_sum_key(decision)] = answer


def _sum_key(decision: Decision) -> tuple[Any, ...]:
    new = {name: value for name, _, value in decision.changes}
    return tuple(new.get(name) for name in ACTUAL_KEY)


def said(error: RunnError) -> str:
    """What the server said, in a row's words."""
    if not isinstance(error, ResponseError):
        return str(error)
    text = error.server_message.rstrip(".") or "no reason given"
    return f"Runn refused {error.method} {error.path} ({error.status}): {text}."


def doubt_of(lost: RunnError | None) -> str:
    """Say that it cannot be told what became of a row."""
    said = f"{lost} " if lost is not None else ""
    return (
        f"{said}Whether it was carried out cannot be told from what the account has now; look in"
        " Runn before you push it again."
    )
