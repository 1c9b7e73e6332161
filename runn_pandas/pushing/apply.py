"""A plan carried out: each request in the journal before it is sent, one outcome a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from runn_pandas.errors import (
    AccessError,
    AuthError,
    NotFoundError,
    ResponseError,
    RunnError,
    ServerError,
    TransportError,
    refusal,
)
from runn_pandas.pushing.account_rows import AccountRows
from runn_pandas.pushing.journal import UNKNOWN, Journal, list_of
from runn_pandas.pushing.kinds import Kind, encoded_row, kind_of
from runn_pandas.pushing.model import DONE, NEW, Operation, Outcome, Request, Row, key_of

if TYPE_CHECKING:
    from runn_pandas.account import Account
    from runn_pandas.catalog.writes import Writable

SAME_REASON = 5  # refusals with one reason after which the rest is not tried
OnOutcome = Callable[[int, Outcome], None]


class _StopError(Exception):
    """The rest of the push is not tried, and why."""


@dataclass(frozen=True)
class Batch:
    """Operations that are sent together: one in its own requests, or several in one."""

    operations: tuple[Operation, ...]
    bulk: tuple[str, str] | None = None

    @property
    def requests(self) -> int:
        """The number of requests."""
        return 1 if self.bulk else len(self.operations[0].requests)


def batches(kind: Kind, operations: Sequence[Operation]) -> list[Batch]:
    """Return the operations in the order in which they are sent, in bulk where Runn has it."""
    todo = [one for one in operations if one.requests]
    freed = _freed_first(todo)
    todo.sort(
        key=lambda one: (one.row not in freed, kind.order[one.action], kind.turn(one), one.row)
    )
    groups: dict[Any, list[Operation]] = {}
    for one in todo:
        group = kind.group(one)
        groups.setdefault((one.row in freed, group or one.row), []).append(one)
    found = []
    size = kind.writable.bulk_size
    for (_, group), members in groups.items():
        for start in range(0, len(members), size):
            part = tuple(members[start : start + size])
            found.append(Batch(part, group if len(part) > 1 else None))
    return found


def _freed_first(operations: Sequence[Operation]) -> set[int]:
    """Return the deletions that must come first: new records of that person take their days."""
    taken = {
        one.wanted.get("personId")
        for one in operations
        if one.action != "delete" and "startDate" in one.wanted
    }
    return {
        one.row
        for one in operations
        if one.action == "delete" and "startDate" in one.old and one.old.get("personId") in taken
    }


@dataclass
class Run:
    """One push while it runs."""

    account: Account
    writable: Writable
    journal: Journal
    push: int
    mark: int | None
    on_outcome: OnOutcome
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    answers: dict[int, Row] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    claimed: set[Any] = field(default_factory=set)
    # By row the version of the record before the push.
    before: Mapping[int, str] = field(default_factory=dict)
    # The minutes of each actual, where time entries add to them.
    totals: dict[Any, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kind = kind_of(self.writable)
        self.list = list_of(self.writable)
        self.rows = AccountRows(self.account)

    def run(self, todo: Sequence[Batch]) -> None:
        """Send batches; after a reason to stop, the rest is not tried."""
        stopped = ""
        for batch in todo:
            if not stopped:
                try:
                    self.send(batch)
                except _StopError as stop:
                    stopped = str(stop)
            if stopped:
                for one in batch.operations:
                    if one.row not in self.outcomes:
                        self.settle(one, Outcome("not tried", (), stopped))

    def send(self, batch: Batch) -> None:
        """Send one batch."""
        if batch.bulk:
            self.send_bulk(batch.bulk, list(batch.operations))
        else:
            self.send_alone(batch.operations[0])

    # -- one row

    def send_alone(self, operation: Operation) -> None:
        """Send the requests of one row, one after the other."""
        own, ids = operation.id, operation.made
        answer: Row = {}
        for request in operation.requests:
            sent = replace(request, path=request.path.replace(NEW, str(ids[0] if ids else own)))
            outcome, body = self.exchange(sent, [operation])
            if outcome is not None:
                if operation.row not in self.outcomes:
                    self.restore(operation, sent, outcome, ids)
                return
            records = body if isinstance(body, list) else [body] if isinstance(body, dict) else []
            if self.makes_record(request):
                ids = self.ids_of(records) or ids
                self.journal.settle(self.push, self.list, {operation.row: Outcome("", ids)})
            if records and self.is_record(records[0]) and records[0]["id"] in (own, *ids):
                answer = records[0]
                self.note_version(operation, answer)
        status = DONE[operation.action]
        known = ids or ((own,) if own is not None else ())
        self.settle(operation, Outcome(status, known, operation.note), answer)

    def restore(
        self, operation: Operation, request: Request, outcome: Outcome, ids: tuple[Any, ...]
    ) -> None:
        """Store a failure; a record that was deleted for the refused one is made again."""
        if request.restores and outcome.status == "failed":
            again = replace(request, body=request.restores, restores=None)
            failed, body = self.exchange(again, [operation])
            back = self.ids_of([body] if isinstance(body, dict) else [])
            said = f" The old record has the new id {back[0]}." if back else " It was deleted."
            outcome = Outcome("failed", back, outcome.error + said if not failed else outcome.error)
        elif ids and outcome.status == "failed":
            outcome = replace(outcome, ids=ids)
        self.settle(operation, outcome)
        self.count(outcome)

    # -- many rows

    def send_bulk(self, group: tuple[str, str], operations: list[Operation]) -> None:
        """Send rows in one request; halve it until a refused row stands alone."""
        if len(operations) == 1:
            self.send_alone(operations[0])
            return
        request = self.kind.bulk(group, operations)
        outcome, body = self.exchange(request, operations)
        if outcome is None:
            self.settle_bulk(group, operations, body)
        elif outcome.status == "failed" and operations[0].row not in self.outcomes:
            middle = len(operations) // 2
            for part in (operations[:middle], operations[middle:]):
                self.send_bulk(group, part)

    def settle_bulk(self, group: tuple[str, str], operations: list[Operation], body: Any) -> None:
        """Store the outcomes of a bulk request by the records of its answer."""
        records = body if isinstance(body, list) else []
        if isinstance(body, dict):
            records = next((part for part in body.values() if isinstance(part, list)), [])
        free = [encoded_row(row, self.writable) for row in records]
        outcomes: dict[int, Outcome] = {}
        answers: dict[int, Row] = {}
        for one in operations:
            if group[0] == "delete":
                outcomes[one.row] = Outcome("deleted", (one.id,))
                continue
            made = self.kind.made(self.kind.expected(one), free)[:1]
            free = [row for row in free if row not in made]
            ids = self.ids_of(made) or ((one.id,) if one.id is not None else ())
            status = DONE[one.action] if made or not self.writable.has_id else "unknown"
            error = "" if status != "unknown" else "Runn's answer does not show this row."
            outcomes[one.row] = Outcome(status, ids, error)
            answers[one.row] = made[0] if made else {}
        self.store(outcomes, answers)

    # -- one request

    def exchange(
        self, request: Request, operations: Sequence[Operation]
    ) -> tuple[Outcome | None, Any]:
        """Send a request; return the outcome if it failed, else None and the answer's body."""
        items = {one.row: self.item(request, one) for one in operations}
        number = self.journal.sending(self.push, request, items)
        for one in operations:
            self.attempts[one.row] += 1
        try:
            response = self.account.session.request(
                request.method, request.path, dict(request.query or {}) or None, request.body
            )
            body = response.json() if response.content else None
        except NotFoundError as error:
            self.journal.answered(number)
            if request.method == "DELETE":
                return None, None  # it is gone
            return Outcome("failed", (), refusal(error)), None
        except (AuthError, AccessError) as error:
            self.journal.answered(number)
            raise _StopError(refusal(error)) from error
        except (TransportError, ServerError, ValueError) as error:
            if isinstance(error, ResponseError) and not isinstance(error, ServerError):
                self.journal.answered(number)
                return Outcome("failed", (), refusal(error)), None
            if isinstance(error, TransportError) and not error.sent:
                self.journal.answered(number)
                raise _StopError(f"{error} Run the push again.") from error
            return self.look(number, request, operations, error)
        except ResponseError as error:
            self.journal.answered(number)
            return Outcome("failed", (), refusal(error)), None
        self.journal.answered(number)
        self.add_up(request, body)
        return None, body

    def item(self, request: Request, operation: Operation) -> Row:
        """Return what a request sends of one row, as the journal stores it."""
        if not request.creates:
            return {"body": request.body}
        body = self.kind.expected(operation)
        if not self.kind.adds_to:
            return {"body": body, "more": len(operation.requests) > 1}
        key = key_of(body, self.kind.adds_to)
        return {"body": body, "before": self.totals.get(key, operation.old)}

    def add_up(self, request: Request, body: Any) -> None:
        """Take over the minutes of an actual to which an entry was added."""
        if self.kind.adds_to and isinstance(body, dict):
            row = encoded_row(body, self.writable)
            self.totals[key_of(row, self.kind.adds_to)] = row

    # -- no answer

    def look(
        self, number: int, request: Request, operations: Sequence[Operation], error: Exception
    ) -> tuple[Outcome | None, Any]:
        """Ask the account for the outcome of a request without an answer.

        A request that is not found there may still be on its way: the journal keeps it open, and
        the next plan asks again.
        """
        said = str(error).rstrip(".")
        if not request.creates:
            self.journal.answered(number)  # the next plan compares the record
            for one in operations:
                self.settle(one, Outcome("unknown", (), f"{said}. Run the push again."))
            raise _StopError(f"{said}. Run the push again.") from error
        try:
            found = [self.look_for(request, one) for one in operations]
        except RunnError as second:
            for one in operations:
                self.settle(one, Outcome("unknown", (), f"{said}. {UNKNOWN}"))
            raise _StopError(f"{second} Run the push again.") from second
        if all(one is None for one in found):
            unknown = Outcome("unknown", (), f"{said}. {UNKNOWN}")
            for one in operations:
                self.settle(one, unknown)
            return unknown, None
        if all(found):
            self.journal.answered(number)
            rows = [row for one in found for row in one or ()]
            return None, rows if len(operations) > 1 or len(rows) != 1 else rows[0]
        failed = Outcome("failed", (), f"{said}. Runn does not have it; run the push again.")
        for one, made in zip(operations, found, strict=True):
            if made:
                self.settle(one, Outcome(DONE[one.action], self.ids_of(made)), made[0])
            else:
                self.settle(one, failed)
        if self.kind.adds_to:  # another entry of that day would hide whether this one arrives
            raise _StopError(f"{said}. Run the push again.") from error
        return failed, None

    def look_for(self, request: Request, operation: Operation) -> list[Row] | None:
        """Return the records that a creating request made; None if it cannot be told."""
        expected = self.kind.expected(operation)
        if self.kind.adds_to:
            item = self.item(request, operation)
            now = self.rows.actual(expected)
            arrived = self.kind.added(item["before"], expected, now)  # type: ignore[attr-defined]
            if arrived is None:
                return None
            return [now] if arrived and now else []
        new = self.rows.after(self.writable, self.mark or 0, [operation.wanted])
        free = [row for row in new if row["id"] not in self.claimed]
        made = self.kind.made(expected, free)
        self.claimed |= {row["id"] for row in made}
        return made

    # -- outcomes

    def ids_of(self, rows: Sequence[Any]) -> tuple[Any, ...]:
        """Return the ids of records in an answer."""
        if not self.writable.has_id and not self.kind.adds_to:
            return ()
        ids = tuple(
            row["id"] for row in rows if isinstance(row, dict) and row.get("id") is not None
        )
        self.claimed |= {*ids}
        return ids

    def makes_record(self, request: Request) -> bool:
        """Whether the answer to a request shows a new record."""
        make = self.writable.create
        return request.creates or (make is not None and request.path == make.path)

    def is_record(self, row: Any) -> bool:
        """Whether an answer shows the record itself, and not a part of it."""
        return isinstance(row, dict) and row.get("id") is not None and "updatedAt" in row

    def note_version(self, operation: Operation, answer: Row) -> None:
        """Store the version that a request gave a record, before the next request of its row."""
        if len(operation.requests) > 1:
            version = encoded_row(answer, self.writable)["updatedAt"]
            before = self.before.get(operation.row, "")
            self.journal.note_version(self.list, answer["id"], version, before)

    def settle(self, operation: Operation, outcome: Outcome, answer: Row | None = None) -> None:
        """Store the outcome of a row."""
        self.store({operation.row: outcome}, {operation.row: answer or {}})

    def store(self, outcomes: Mapping[int, Outcome], answers: Mapping[int, Row]) -> None:
        """Store outcomes in the journal, then report them."""
        told = {row: replace(one, attempts=self.attempts[row]) for row, one in outcomes.items()}
        shown = {
            row: encoded_row(answer, self.writable) for row, answer in answers.items() if answer
        }
        self.journal.settle(self.push, self.list, told, shown, self.before)
        self.outcomes |= told
        self.answers |= shown
        for row, one in told.items():
            self.on_outcome(row, one)

    def count(self, outcome: Outcome) -> None:
        """Stop after some refusals with the same reason."""
        if outcome.status != "failed":
            return
        reason = re.sub(r"'[^']*'|\d+", "", outcome.error)
        self.reasons[reason] += 1
        if self.reasons[reason] >= SAME_REASON:
            raise _StopError(
                f"{SAME_REASON} rows were refused for the same reason: {outcome.error}"
            )
