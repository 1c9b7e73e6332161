"""How a record is written: the plain kind, and the questions that every kind answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple, Protocol
from urllib.parse import quote

from runn_pandas.catalog import Field
from runn_pandas.catalog import Operation as ApiOperation
from runn_pandas.catalog.resources import placeholders
from runn_pandas.catalog.writes import Writable
from runn_pandas.frame.encode import Unfit, alike, encode_cell, refusal, same, trimmed
from runn_pandas.pushing.model import NEW, SHOWN, Key, Operation, Problem, Request, Row

Bad = list[tuple[str, str]]  # column, reason
NO_UNSET = 'cannot be cleared in Runn. Give it a value, or pass na="omit" to keep the old one'
MISSING = "is missing, and it identifies the row"
REQUIRED = "is required for a new row"
NO_END = "9999-12-31"


class AccountRows(Protocol):
    """The rows of the account that a kind looks at."""

    def all(self, resource: str, **filters: Any) -> list[Row]: ...

    def one(self, path: str) -> Row | None: ...

    def of_people(self, resource: str, people: Collection[Any]) -> list[Row]: ...


@dataclass
class Looked:
    """The operations after a look at the rows that they affect."""

    operations: list[Operation]
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Done(NamedTuple):
    """An operation of an earlier push, with its outcome."""

    operation: Operation
    status: str
    ids: Key


class Back(NamedTuple):
    """What takes one operation back: a row to write or delete, or the reason why none can."""

    operation: Operation
    cells: Row
    delete: bool = False
    reason: str = ""
    note: str = ""


class Kind:
    """A record that is created, changed and deleted by requests of its own."""

    # The columns that identify a row without on=, where these are not its id.
    natural_key: ClassVar[tuple[str, ...]] = ()
    # The columns of the record that a row adds to; such a row is always new.
    adds_to: ClassVar[tuple[str, ...]] = ()
    # The columns of a record of one day.
    day_key: ClassVar[tuple[str, ...]] = ()
    # The columns of minutes of which a record needs one.
    spent: ClassVar[tuple[str, ...]] = ()
    # What else a message says of a missing field.
    advice: ClassVar[Mapping[str, str]] = {}
    # Whether a change sends the whole record.
    writes_whole: ClassVar[bool] = False
    # Whether a change is a new record and the deletion of the old one.
    is_replaced: ClassVar[bool] = False
    # The order in which operations are sent.
    order: ClassVar[Mapping[str, int]] = {"update": 0, "create": 1, "delete": 2}
    # The resource whose rows take a push of this kind back, where it is another one.
    undone_as: ClassVar[str] = ""

    def __init__(self, writable: Writable) -> None:
        self.writable = writable

    # -- rows

    def key_of(self, cells: Mapping[str, Any]) -> Key | None:
        """Return the key of a row, or None if a part of it is missing."""
        key = tuple(cells.get(name) for name in self.writable.key)
        return None if not key or None in key else key

    def is_surely_new(self, cells: Row, on: Sequence[str]) -> bool:
        """Whether a row is new whatever the account holds."""
        alone = self.writable.has_id and not on and cells.get("id") is None
        return alone or bool(self.adds_to)

    def check(self, cells: Row) -> Bad:
        """Return the problems of a row that need no look at the account."""
        return []

    def read(self, rows: AccountRows, cells: Iterable[Row]) -> list[Row] | None:
        """Return the account's rows if no list of their own has them, else None."""
        return None

    def refusal_of(self, name: str) -> str:
        """Return why a field of an existing row cannot be changed."""
        if name in self.writable.apart:
            where = self.writable.apart[name]
            return f"has rows of its own. Push them to {where!r}"
        if name in self.writable.create_fields:
            return "cannot be changed in Runn once the row exists"
        return "is read-only: Runn sets it"

    # -- requests

    def create(self, cells: Row, extras: Sequence[Request] = ()) -> tuple[list[Request], Bad]:
        """Return the requests that make a new record, and what is missing or wrong.

        The requests of columns with operations of their own, `extras`, come last.
        """
        operation = self.writable.create
        if operation is None:
            return [], [("id", f"is new, and the API creates no {self.writable.name!r}")]
        bad: Bad = [*backwards(cells, ["endDate"])]
        body = self.body(cells, bad)
        path = self.path(operation, cells)
        for place, column in self.writable.places.items():
            if "{" + place + "}" in path:
                bad.append((column, REQUIRED))
        make = Request(operation.method, path, body, creates=True)
        return [make, *self._rest(cells, bad), *extras], bad

    def _rest(self, cells: Row, bad: Bad) -> list[Request]:
        """Return the request for fields that only an existing record takes."""
        known = self.writable.update_fields
        sent = {
            name: trimmed(cells[name], known[name])
            for name in known
            if name not in self.writable.create_fields
            and cells.get(name) not in (None, "", [], False)
        }
        if not sent or self.writable.update is None:
            return []
        for name, value in sent.items():
            reason = refusal(value, known[name])
            if reason:
                bad.append((name, reason))
        return [Request("PATCH", self.path(self.writable.update, cells, NEW), sent)]

    def body(self, cells: Row, bad: Bad) -> Row | None:
        """Return the body of a new record; what is missing or wrong is added to ``bad``."""
        operation = self.writable.create
        if operation is None or operation.body is None:
            return None
        body: Row = {}
        for name, spec in self.writable.create_fields.items():
            value = cells.get(name)
            if value is None:
                self._left_out(name, spec, body, bad)
                continue
            reason = refusal(value, spec)
            if reason and not (spec.kind == "nested" and value == []):
                bad.append((name, reason))
            body[name] = trimmed(value, spec)
        bad += self.alternatives(operation, body)
        if self.spent and all(cells.get(name) is None for name in self.spent):
            bad.append((self.spent[0], self._unspent()))
        return body

    def _unspent(self) -> str:
        others = self.spent[1:]
        also = f", and so is {' and '.join(others)}" if others else ""
        need = "one of them" if others else "it"
        return f"is missing{also}. A new row needs {need}"

    def _left_out(self, name: str, spec: Field, body: Row, bad: Bad) -> None:
        """Add to a body what stands for a value that a row does not have."""
        if not spec.required:
            return
        if spec.default is not None:
            body[name] = trimmed(spec.default, spec)
        elif spec.nullable:
            # Among alternatives, what one of them requires is checked with them.
            body[name] = None
        elif name in self.writable.may_be_empty:
            body[name] = []
        else:
            bad.append((name, REQUIRED + self.advice.get(name, "")))

    def alternatives(self, operation: ApiOperation, body: Row) -> Bad:
        """Return what is wrong with a body in which one of several ways must be used."""
        ways = operation.alternatives
        if not ways:
            return []
        names = " or ".join(map(" and ".join, ways))
        if not any(body.keys() >= {*way} for way in ways):
            missing = [name for name in ways[0] if name not in body]
            return [(missing[0], f"{REQUIRED} ({names})")]
        begun = [way for way in ways if body.keys() & {*way}]
        if self.writable.exclusive and begun[1:]:
            beside = f"is given next to {begun[0][0]}. Runn takes {names}, not both"
            return [(begun[1][0], beside)]
        return []

    def update(
        self, old: Row, new: Row, changed: Sequence[str], extras: Sequence[Request]
    ) -> tuple[list[Request], Bad]:
        """Return the requests that change a record, and what is wrong.

        `new` is the account's row with the frame's cells; of its own body the fields `changed`
        differ. The requests of its other columns, `extras`, come last.
        """
        if not changed:
            return list(extras), []
        bad: Bad = [*backwards(new, changed)]
        return [*self.change(old, new, changed, bad), *extras], bad

    def change(self, old: Row, new: Row, changed: Sequence[str], bad: Bad) -> list[Request]:
        """Return the requests that change the fields of the record's own body."""
        operation = self.operation("update")
        body: Row = {}
        for name, spec in self.writable.update_fields.items():
            if name in changed or (spec.required and old.get(name) is not None):
                body[name] = trimmed(new.get(name), spec)
                reason = refusal(body[name], spec)
                if reason:
                    bad.append((name, reason))
        bad += self.alternatives(operation, body)
        return [Request(operation.method, self.path(operation, old), body)]

    def delete(self, old: Row) -> list[Request]:
        """Return the request that deletes a record."""
        operation = self.operation("delete")
        asks = any(p.name == "force" for p in operation.parameters)
        query = {"force": False} if asks else None
        return [Request("DELETE", self.path(operation, old), query=query)]

    def unset(self, name: str) -> tuple[Any, str]:
        """Return what unsets a field, or why nothing does."""
        spec = self.writable.update_fields.get(name)
        if spec is None or spec.nullable:
            return None, ""  # what is read-only is said elsewhere
        if spec.type == "array" and not spec.min_items:
            return [], ""
        if spec.kind == "text" and not spec.required:
            return self._unset_text(spec)
        return None, NO_UNSET

    def _unset_text(self, spec: Field) -> tuple[Any, str]:
        if not (spec.enum or spec.min_length or spec.format):
            return "", ""
        return None, "" if self.writes_whole else NO_UNSET

    def operation(self, verb: str) -> ApiOperation:
        """Return the operation of a verb, where a plan has seen to it that there is one."""
        operation: ApiOperation | None = getattr(self.writable, verb)
        if operation is None:
            raise AssertionError(f"{self.writable.name} has no {verb}")
        return operation

    def path(self, operation: ApiOperation, cells: Mapping[str, Any], own: Any = None) -> str:
        """Return the path of an operation with a row's values in its open places."""
        path = operation.path
        for place, column in self.writable.places.items():
            value = cells.get(column)
            if value is None and column == "id":
                value = own
            if value is not None:
                shown = value if value == NEW else quote(str(value), safe="")
                path = path.replace("{" + place + "}", shown)
        return path

    # -- the rows around

    def look_around(
        self, rows: AccountRows, operations: list[Operation], baseline: Mapping[Any, Row]
    ) -> Looked:
        """Return the operations with the records that they affect, problems and notes.

        `baseline` has the rows of the account that were read already, by key.
        """
        return Looked(operations)

    def turn(self, operation: Operation) -> str:
        """Return what new rows are sorted by before they are sent."""
        return ""

    # -- bulk

    def group(self, operation: Operation) -> tuple[str, str] | None:
        """Return which operations share a bulk request; None for one that is sent alone."""
        if len(operation.requests) != 1:
            return None
        request = operation.requests[0]
        if request.method == "DELETE":
            return ("delete", "") if self.writable.bulk_delete else None
        if self.writable.bulk_create and request.method == "POST" and request.body is not None:
            shared = placeholders(self.writable.bulk_create.path)
            return "create", "".join(str(request.body.get(name)) for name in shared)
        return None

    def bulk(self, group: tuple[str, str], operations: Sequence[Operation]) -> Request:
        """Return the request that writes several rows."""
        operation = self.operation(f"bulk_{group[0]}")
        sent = operation.body.fields if operation.body else ()
        is_create = group[0] == "create"
        items = [self.bulk_item(one) if is_create else one.id for one in operations]
        name = next(spec.name for spec in sent if spec.type == "array")
        path = own_path(operation.path, group[1])
        creates = is_create and operations[0].requests[0].creates
        return Request(operation.method, path, {name: items}, creates=creates)

    def bulk_item(self, operation: Operation) -> Any:
        """Return the element of a bulk request that writes a row."""
        return operation.requests[0].body

    # -- the account after a request

    def expected(self, operation: Operation) -> Row:
        """Return the record that a creating request makes: its body and the ids of its path."""
        request = next((one for one in operation.requests if one.creates), operation.requests[0])
        expected = dict(request.body or {})
        for column in self.writable.places.values():
            value = operation.wanted.get(column)
            if column != "id" and column not in expected and value is not None:
                expected[column] = value
        return expected

    def made(self, expected: Row, rows: Iterable[Row]) -> list[Row]:
        """Return the rows among new ones that a creating request made: one, or none."""
        fitting = [row for row in rows if self.fits(expected, row)]
        exact = (r for r in fitting if all(same(v, r[n]) for n, v in expected.items() if n in r))
        return [next(exact, fitting[0])] if fitting else []

    def fits(self, expected: Row, row: Row) -> bool:
        """Whether a row of the account has what was sent, as far as the list shows it."""
        return all(self._shows(n, v, row[n]) for n, v in expected.items() if n in row)

    def _shows(self, name: str, value: Any, shown: Any) -> bool:
        spec = self.writable.create_fields.get(name) or self.writable.update_fields.get(name)
        return alike(value, shown if spec is None else trimmed(shown, spec))

    # -- undo

    def back(self, done: Sequence[Done]) -> list[Back]:
        """Return what takes the operations of a push back."""
        found: list[Back] = []
        for one in done:
            if one.status == "created":
                found += self.back_created(one)
            elif one.status == "updated":
                found += self.back_updated(one)
            elif one.status == "deleted":
                found += self.back_deleted(one)
        return found

    def back_created(self, done: Done) -> list[Back]:
        """Return the deletions of what was created."""
        operation = done.operation
        if self.writable.delete is None:
            return [Back(operation, {}, reason=f"the API deletes no {self.writable.name!r}")]
        if not self.writable.has_id:
            return [Back(operation, self._key_cells(operation.wanted), delete=True)]
        if not done.ids:
            return [Back(operation, {}, reason="the id of what was created is not known")]
        return [Back(operation, {"id": own}, delete=True) for own in done.ids]

    def back_updated(self, done: Done) -> list[Back]:
        """Return the row that gives a changed record its old values."""
        operation = done.operation
        key = self._key_cells(operation.old)
        if self.writable.has_id and done.ids:
            key = {"id": done.ids[0]}
        gone = {
            c.field for c in operation.changes if c.old is False and c.field.startswith("skills.")
        }
        cells = {
            change.field: change.old
            for change in operation.changes
            if change.field.removesuffix(".level") not in gone or change.field in gone
        }
        return [Back(operation, {**cells, **key})]

    def back_deleted(self, done: Done) -> list[Back]:
        """Return the row that makes a deleted record again."""
        if self.writable.create is None:
            return [Back(done.operation, {}, reason=f"the API creates no {self.writable.name!r}")]
        return [Back(done.operation, self.kept(done.operation.old))]

    def kept(self, old: Mapping[str, Any]) -> Row:
        """Return the values of a record that a new one can have."""
        known = self.writable.written - ({"id"} if self.writable.has_id else set())
        return {name: old[name] for name in old if name in known and old[name] is not None}

    def _key_cells(self, row: Mapping[str, Any]) -> Row:
        return {name: row.get(name) for name in self.writable.key}


def encoded_row(raw: Mapping[str, Any], writable: Writable) -> Row:
    """Return a row of the account as canonical JSON values."""
    row: Row = {}
    for name, value in raw.items():
        spec = writable.fields.get(name)
        try:
            row[name] = value if spec is None or value is None else encode_cell(value, spec)
        except Unfit:
            row[name] = value
    return row


def people_of(operations: Iterable[Operation]) -> set[Any]:
    """Return the people whose records are written."""
    rows = [row for one in operations if one.requests for row in (one.old, one.new)]
    return {row.get("personId") for row in rows} - {None}


def backwards(cells: Row, changed: Sequence[str]) -> Bad:
    """Return the problem of a span of days that ends before it starts."""
    first, last = cells.get("startDate"), cells.get("endDate")
    name = "endDate" if "endDate" in changed else "startDate"
    if first is None or last is None or first <= last or name not in changed:
        return []
    return [(name, f"ends before it starts ({first} to {last})")]


def own_path(path: str, own: Any) -> str:
    """Return the path with an id in its first open place."""
    head, _, rest = path.partition("{")
    return head + str(own) + rest.partition("}")[2]


def first_of(lines: list[str], what: str) -> list[str]:
    """Return the first of many notes, and how many more there are."""
    more = len(lines) - SHOWN
    return lines if more <= 0 else [*lines[:SHOWN], f"... and {more} more {what}."]


def overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two spans of days have a day in common; one without an end goes on."""
    ends = one.get("endDate") or NO_END, other.get("endDate") or NO_END
    return (one.get("startDate") or "") <= ends[1] and (other.get("startDate") or "") <= ends[0]


def with_beside(operation: Operation, rows: Iterable[Row]) -> Operation:
    """Return the operation with other records that it changes."""
    return replace(operation, beside=tuple(rows))
