"""What an answer says of the rows that were sent: which it confirms, and which it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runn_pandas.catalog import Operation
from runn_pandas.catalog.resources import values_in
from runn_pandas.push.kinds import Kind
from runn_pandas.push.model import Attempt, Key, Request, Row, RowPlan, grouped

LONGEST = 200
NO_BODY = ""  # the answer with status 200 that has none: no deletion is documented to have it


@dataclass(frozen=True)
class Told:
    """What an answer says of one row.

    Attributes
    ----------
    sure : bool
        Whether it confirms the row; otherwise the account is asked.
    rows : tuple of dict
        The records that show it.
    error : str
        What it says went wrong, or "".
    """

    sure: bool = False
    rows: tuple[Row, ...] = ()
    error: str = ""

    @property
    def ids(self) -> Key:
        """The ids of its records."""
        return tuple(dict.fromkeys(ids_of([*self.rows])))


def told(
    kind: Kind,
    attempt: Attempt,
    row_plans: Mapping[int, RowPlan],
    claimed: Mapping[Any, int] | None = None,
    mark: int | None = None,
) -> dict[int, Told]:
    """Return what an answer with a good status says of each row of its request.

    Parameters
    ----------
    kind, attempt, row_plans
        How the rows are written, the request with its answer, and its rows by position.
    claimed
        By id the rows, by position, whose records are known.
    mark
        The highest id before the push, if that is known: a new record has a higher one.
    """
    answer = _Answer(kind, attempt, claimed or {}, mark)
    if attempt.request.method == "DELETE" or not answer.due:
        return {p: answer.of_nothing(row_plans[p]) for p in attempt.positions}
    if attempt.many:
        return answer.of_many(row_plans)
    return {p: answer.of_one(row_plans[p]) for p in attempt.positions}


class _Answer:
    """The records and the errors in an answer, beside what was sent."""

    def __init__(
        self, kind: Kind, attempt: Attempt, claimed: Mapping[Any, int], mark: int | None
    ) -> None:
        self.kind, self.attempt, self.claimed, self.mark = kind, attempt, claimed, mark
        self.creates = attempt.request.verb == "create"
        operation = _operation(kind, attempt.request)
        # An operation that the contract does not have may answer anything.
        self.documented = operation is not None and operation.answer is not None
        self.due = operation is None or self.documented
        self.shown = _names(operation)
        self.parts = _parts(attempt.answer)
        self.errors = [*filter(_is_error, self.parts), *_beside(attempt.answer)]
        dicts = [one for one in self.parts if isinstance(one, dict)]
        self.records = [one for one in dicts if one and not _is_error(one)]
        self.messages = [one for one in dicts if isinstance(one.get("message"), str)]

    def of_nothing(self, row_plan: RowPlan) -> Told:
        """Return what is said of a row where a good status is answer enough."""
        if self.attempt.request.method != "DELETE":
            return Told(not self.errors, error=self.error())
        sure = self._deletes(row_plan)
        return Told(sure, error="" if sure else self.error(self.errors or self.messages))

    def _deletes(self, row_plan: RowPlan) -> bool:
        """Whether a deletion is answered as the contract has it: with its record, or nothing."""
        answer = self.attempt.answer
        if self.documented and answer is not None:
            own = row_plan.id
            return bool(self.records) and all(row.get("id") == own for row in self.parts)
        return answer is None

    def of_one(self, row_plan: RowPlan) -> Told:
        """Return what is said of the only row."""
        found = [row for row in self.records if self.fits(row_plan, row)]
        whole = found == self.records if self.kind.splits else len(found) == 1
        if self.errors or not found or not whole:
            return Told(error=self.error())
        return Told(True, tuple(found))

    def of_many(self, row_plans: Mapping[int, RowPlan]) -> dict[int, Told]:
        """Return what is said of the rows of a bulk request.

        Of each by what identifies it, and only where nothing does by its place: the order of
        the answer is not documented.
        """
        positions, free = self.attempt.positions, self._with_own_ids()
        placed = self.parts if len(self.parts) == len(positions) else [None] * len(positions)
        found: dict[int, Row] = {}
        for position, row in zip(positions, placed, strict=True):
            if any(one is row for one in free) and self.fits(row_plans[position], row):
                found[position] = self._taken(row, free)
        for position in positions:
            row = None if position in found else self._named(row_plans[position], free)
            if row is not None:
                found[position] = self._taken(row, free)
        parts = zip(positions, placed, strict=True)
        return {position: self._of_row(found.get(position), part) for position, part in parts}

    def _of_row(self, row: Row | None, part: Any) -> Told:
        """Return what is said of a row of many, by its record and what stands in its place."""
        if row is not None:
            return Told(True, (row,))
        return Told(error=self.error([part] if _is_error(part) else None))

    def _named(self, row_plan: RowPlan, free: Sequence[Row]) -> Row | None:
        """Return the record that says itself which row it is of."""
        item = self.attempt.item(row_plan.position)
        names = [name for name in self.kind.writable.key if name in item]
        named = (row for row in free if all(name in row for name in names))
        return next((row for row in named if self.fits(row_plan, row)), None)

    def _with_own_ids(self) -> list[Row]:
        """Return the records whose id no other one has; rows that are merged have one record."""
        named, merged = self.kind.writable.has_id, self.kind.merges
        by_id = grouped((row.get("id") if named else id(row), row) for row in self.records)
        alone = [rows for rows in by_id.values() if all(merged and r == rows[0] for r in rows[1:])]
        return [row for rows in alone for row in rows]

    def _taken(self, row: Row, free: list[Row]) -> Row:
        """Return a record, which is no other row's from now on, unless rows are merged."""
        if not self.kind.merges:
            free[:] = [one for one in free if one is not row]
        return row

    def fits(self, row_plan: RowPlan, row: Row) -> bool:
        """Whether a record confirms what was sent of a row."""
        request = replace(self.attempt.request, body=self.attempt.item(row_plan.position))
        sent = self.kind.expected(request, row_plan)
        shown = sent.keys() & self.shown
        if (shown and not shown & row.keys()) or not self._own_id(row_plan, row, sent):
            return False
        return self.kind.confirms(sent, row, row_plan)

    def _own_id(self, row_plan: RowPlan, row: Row, sent: Row) -> bool:
        """Whether a record may have its id."""
        own = row.get("id")
        if self.kind.adds_to:
            return _is_id(own) and own == (row_plan.old or {}).get("id", own)
        if not self.kind.writable.has_id or "id" in sent:
            return True
        if row_plan.key and not self.kind.remade:
            return own in (None, row_plan.id)
        return not self.creates or self._is_new(own, row_plan)

    def _is_new(self, own: Any, row_plan: RowPlan) -> bool:
        """Whether an id may be that of a new record: of none from before or of another row."""
        if not _is_id(own) or not self.kind.marked:
            return _is_id(own)
        old = isinstance(own, int) and self.mark is not None and own <= self.mark
        return not old and self.claimed.get(own, row_plan.position) == row_plan.position

    def error(self, errors: Sequence[Any] | None = None) -> str:
        """Return what an answer says went wrong: its own words, or "" if it says nothing."""
        said = dict.fromkeys(map(_words, self.errors if errors is None else errors))
        return "; ".join(said)[:LONGEST]


def _is_id(value: Any) -> bool:
    return isinstance(value, (int, str)) and not isinstance(value, bool) and value != ""


def _operation(kind: Kind, request: Request) -> Operation | None:
    """Return the operation of the contract that a request is of."""
    same = (one for _, one in kind.writable.operations if one.method == request.method)
    return next((one for one in same if values_in(one.path, request.path) is not None), None)


def _names(operation: Operation | None) -> frozenset[str]:
    """Return the fields that the answer of an operation shows."""
    shape = operation.answer if operation else None
    while shape is not None and (shape.items or len(shape.fields) == 1):
        shape = shape.items or shape.fields[0]  # the record in a list, or in an envelope
    return frozenset(one.name for one in shape.fields) if shape else frozenset()


def _is_error(part: Any) -> bool:
    """Whether a part of an answer is no record but says that something went wrong."""
    if not isinstance(part, dict):
        return False
    status = part.get("status", part.get("statusCode"))
    failed = isinstance(status, int) and status >= 400
    return failed or bool(part.get("error") or part.get("errors"))


def _beside(answer: Any) -> list[Any]:
    """Return the errors that an answer lists beside its records."""
    errors = answer.get("errors") if isinstance(answer, dict) and "values" in answer else None
    return errors if isinstance(errors, list) else [errors] if errors else []


def _words(part: Any) -> str:
    """Return an error of an answer as a short text."""
    said = part
    for name in ("message", "error", "errors", "detail"):
        if isinstance(part, dict) and part.get(name):
            said = part[name]
            break
    if isinstance(said, (dict, list)):
        said = f"status {part.get('status')}" if isinstance(part, dict) else "no reason given"
    return " ".join(str(said).split()).rstrip(".")


def _parts(answer: Any) -> list[Any]:
    """Return the parts of an answer: records, errors, and holes."""
    if isinstance(answer, dict):
        for name in ("values", "option"):
            if name in answer and "id" not in answer:
                return _parts(answer[name])
        return [answer]
    return answer if isinstance(answer, list) else []


def rows_of(answer: Any) -> list[Row]:
    """Return the records of an answer.

    Examples
    --------
    >>> rows_of([{"id": 7}, {"id": 8}])
    [{'id': 7}, {'id': 8}]
    """
    return [row for row in _parts(answer) if isinstance(row, dict)]


def ids_of(answer: Any) -> Key:
    """Return the ids in an answer: several, if a record was split.

    Examples
    --------
    >>> ids_of([{"id": 7}, {"id": 8}])
    (7, 8)
    """
    return tuple(row["id"] for row in rows_of(answer) if row.get("id") is not None)
