"""One request sent: journaled before, and in doubt asked about before it is sent again."""

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
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.answers import ids_of
from runn_pandas.push.ledger import Ledger
from runn_pandas.push.model import Attempt, Request, RowPlan
from runn_pandas.push.settle import CannotTell, Settler, added

if TYPE_CHECKING:
    from runn_pandas.account import Account
    from runn_pandas.push.model import Intent

# After these nothing that follows could go better.
STOPPING = (AuthError, AccessError, RateLimitError, OfflineError, ReadOnlyError)


@dataclass(frozen=True)
class Reply:
    """What came of one request: done with an answer, refused, or not known."""

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
    """Sends the requests of one push.

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

    def remember(self, entry: Attempt, row_plan: RowPlan | None) -> None:
        """Take in what an earlier run of the push was told."""
        for position in entry.positions:
            self.attempts[position] = self.attempts.get(position, 0) + 1
        if entry.state == "done":
            self.claimed.update(ids_of(entry.answer)[1])
            if self.intent.writable.kind == "time entries" and row_plan is not None:
                self._total(row_plan, entry.answer)

    def attempt(
        self,
        number: int,
        at: int,
        row_plans: list[RowPlan],
        request: Request,
        *,
        in_flight: bool,
        settles: bool = True,
    ) -> Reply:
        """Send a request; in doubt ask the account, and send again only what did not arrive."""
        lost: RunnError | None = None
        before = self._sum(row_plans[0]) if self.intent.writable.kind == "time entries" else None
        for _ in range(3):
            if (in_flight or lost is not None) and settles and not request.again:
                try:
                    answer = self._arrived(request, row_plans, before)
                except CannotTell:
                    return Reply("unknown", error=doubt_of(lost))
                except RunnError as error:
                    raise Lost(Reply("unknown", error=doubt_of(lost), cause=error)) from None
                if answer is not None:
                    self._note(number, at, row_plans, request, answer)
                    return Reply("done", answer)
                if isinstance(lost, ServerError):
                    return Reply("refused", error=str(lost), cause=lost)
            reply = self._once(number, at, row_plans, request, doubt=in_flight or lost is not None)
            if reply.state == "refused" and self._gone(request, row_plans):
                self._note(number, at, row_plans, request, None)
                return Reply("done")
            if reply.state != "unknown":
                if reply.state == "done" and before is not None:
                    self._total(row_plans[0], reply.answer)
                return reply
            lost = reply.cause
            if request.again or not settles:
                return self._verified(number, at, row_plans, request, reply)
        return Reply("unknown", error=doubt_of(lost))

    def _gone(self, request: Request, row_plans: list[RowPlan]) -> bool:
        """Whether a deletion was refused because it is done: some are not answered with 404."""
        if request.method != "DELETE" or request.body is not None:
            return False
        try:
            return self.settler.gone(request, row_plans[0])
        except RunnError:
            return False

    def _verified(
        self,
        number: int,
        at: int,
        row_plans: list[RowPlan],
        request: Request,
        reply: Reply,
    ) -> Reply:
        """What was sent again and again: it is done if the account says so."""
        if not request.again:
            return reply
        if (
            len(row_plans) > 1
            and isinstance(reply.cause, ServerError)
            and reply.cause.status == 500
        ):
            # One row of many may be what the server cannot bear.
            return Reply("refused", error=reply.error, cause=reply.cause)
        if isinstance(reply.cause, TransportError) or len(row_plans) > 1:
            raise Lost(reply)
        tells = request.verb != "create" or self.intent.writable.kind == "actuals"
        try:
            holds = tells and self.settler.holds(row_plans[0])
        except RunnError:
            raise Lost(reply) from None
        if holds:
            self._note(number, at, row_plans, request, None)
            return Reply("done")
        return Reply("refused", error=reply.error, cause=reply.cause)

    def _note(
        self, number: int, at: int, row_plans: list[RowPlan], request: Request, answer: Any
    ) -> None:
        """Write down an answer that was found in the account."""
        positions = [row_plan.position for row_plan in row_plans]
        entry = self.ledger.sent(self.push, number, at, positions, request)
        self.ledger.answered(entry, "done", answer)

    def _once(
        self, number: int, at: int, row_plans: list[RowPlan], request: Request, *, doubt: bool
    ) -> Reply:
        """Send a request once, as the transport understands it."""
        positions = [row_plan.position for row_plan in row_plans]
        entry = self.ledger.sent(self.push, number, at, positions, request)
        for position in positions:
            self.attempts[position] = self.attempts.get(position, 0) + 1
        try:
            response = self.account.session.request(
                request.method, request.path, request.query, request.body, repeatable=request.again
            )
            answer = response.json() if response.content else None
        except STOPPING as error:
            self.ledger.answered(entry, "unsent", error=str(error))
            raise Stopped(error) from None
        except (ServerError, ProtocolError, ValueError) as error:
            if isinstance(error, ResponseError) and not isinstance(error, ServerError):
                return self._refused(entry, request, error, doubt)
            cause = (
                error
                if isinstance(error, RunnError)
                else ProtocolError(f"{request.method} {request.path}: the answer is not JSON.")
            )
            return Reply("unknown", error=str(cause), cause=cause)
        except TransportError as error:
            if error.sent:
                return Reply("unknown", error=str(error), cause=error)
            self.ledger.answered(entry, "unsent", error=str(error))
            raise Stopped(error) from None
        except RunnError as error:
            return self._refused(entry, request, error, doubt)
        self.ledger.answered(entry, "done", answer)
        if request.verb == "create":
            self.claimed.update(ids_of(answer)[1])
        return Reply("done", answer)

    def _refused(self, entry: int, request: Request, error: RunnError, doubt: bool) -> Reply:
        gone = isinstance(error, NotFoundError) and request.method == "DELETE"
        there = isinstance(error, ConflictError) and request.method == "POST" and doubt
        if gone or there:
            # It is as it was wanted: by somebody else, or by an earlier copy.
            self.ledger.answered(entry, "done")
            return Reply("done")
        text = said(error)
        self.ledger.answered(entry, "refused", error=text)
        return Reply("refused", error=text, cause=error)

    def made(self, request: Request, row_plans: list[RowPlan]) -> list[list[dict[str, Any]]]:
        """Give for each row of a creation what it made; raises `CannotTell`."""
        return self.settler.made(request, row_plans, self.mark, self.claimed)

    def _arrived(
        self, request: Request, row_plans: list[RowPlan], before: dict[str, Any] | None
    ) -> Any:
        """The answer that a lost creation would have had, or None if it did not arrive."""
        if before is not None:
            now = self.settler.sum_of(row_plans[0].position)
            if not added(before, request, now):
                return None
            self._total(row_plans[0], now)
            return now
        if request.verb != "create":
            return None  # sent again; a second copy is refused as one that is there
        rows = self.made(request, row_plans)[0]
        self.claimed.update(row.get("id") for row in rows)
        return rows or None

    def _sum(self, row_plan: RowPlan) -> dict[str, Any]:
        """The day's sum before a time entry, as far as this push knows."""
        known = self.sums.get(_sum_key(row_plan))
        return known if known is not None else (row_plan.old or {})

    def _total(self, row_plan: RowPlan, answer: Any) -> None:
        if isinstance(answer, dict):
            self.sums[_sum_key(row_plan)] = answer


def _sum_key(row_plan: RowPlan) -> tuple[Any, ...]:
    return tuple(row_plan.new.get(name) for name in ACTUAL_KEY)


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
