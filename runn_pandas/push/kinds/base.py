"""How a record is written: the kind that most are of, and what every kind answers."""

# Code outside of kinds/ asks a kind, and never a resource's name, its kind's or its key's shape
# (whether a row has an id of its own is a fact of the catalogue: writable.has_id).

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from urllib.parse import quote

from runn_pandas.catalog import Field, Operation, load
from runn_pandas.catalog.resources import placeholders, values_in
from runn_pandas.catalog.writes import Writable
from runn_pandas.frame.encode import Unfit, alike, encode_cell, refusal, same, trimmed
from runn_pandas.push.model import NEW, SHOWN, Change, Key, Outcome, Problem, Request, Row, RowPlan

Bad = list[tuple[str, str]]  # column, reason
NO_UNSET = "cannot be unset in Runn; give it a value, or na='omit' to leave it"
MISSING = "is missing: it identifies the row"
REQUIRED = "is required for a new row"
NO_END = "9999-12-31"
ID_NOT_KNOWN = "the id of what was made is not known"


class Rows(Protocol):
    """The rows of the account, as a kind asks for them."""

    def all(self, resource: Any, **filters: Any) -> list[Row]: ...

    def one(self, path: str) -> Row | None: ...

    def some(self, resource: str, **filters: Any) -> tuple[list[Row], bool]: ...

    def of_people(self, resource: str, people: Collection[Any]) -> list[Row]: ...


@dataclass
class Looked:
    """What a look around adds to the plans of rows."""

    row_plans: list[RowPlan]
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    highest: int | None = None  # of the ids that there are, where a new one is told by it


class Kind:
    """A record that is made, changed and deleted by requests of its own."""

    # The columns that identify a row without being told, where these are not its id.
    natural_key: ClassVar[tuple[str, ...]] = ()
    # The columns of the record that a row is added to: it is always new, and never looked for.
    adds_to: ClassVar[tuple[str, ...]] = ()
    # The columns that no two rows should share.
    unique: ClassVar[tuple[str, ...]] = ("name",)
    # The columns of a day's record, beside which another would count twice.
    day_key: ClassVar[tuple[str, ...]] = ()
    # The columns of minutes of which a record needs one: without any it would be one of 0.
    spent: ClassVar[tuple[str, ...]] = ()
    # What is said of a field that a row lacks besides, by field.
    advice: ClassVar[Mapping[str, str]] = {}
    # Whether a change is a new record, so that it is not seen by comparing what was done of it.
    remade: ClassVar[bool] = False
    # Whether a change sends the whole record, so that what is left out is unset.
    writes_whole: ClassVar[bool] = False
    # Whether Runn may make several records of one row, or one of several rows.
    splits: ClassVar[bool] = False
    merges: ClassVar[bool] = False
    # In which order changes, new rows and deletions are sent.
    order: ClassVar[Mapping[str, int]] = {"update": 0, "create": 1, "delete": 2}

    def __init__(self, writable: Writable) -> None:
        self.writable = writable

    # -- rows

    def key_of(self, cells: Mapping[str, Any]) -> Key | None:
        """Return the key of a row, or None if it has not all of it."""
        key = tuple(cells.get(name) for name in self.writable.key)
        return None if not key or None in key else key

    def body_of(self, new: Row) -> Row:
        """Return the values of a new row that may be sent."""
        known = self.writable.fields
        return {n: new[n] for n in new if n in known and (n != "id" or not self.writable.has_id)}

    def surely_new(self, cells: Row, on: Sequence[str]) -> bool:
        """Whether a row is new whatever the account has."""
        alone = self.writable.has_id and not on and cells.get("id") is None
        return alone or bool(self.adds_to)

    def check(self, cells: Row) -> Bad:
        """Return what is wrong with a row whatever the account has."""
        return []

    def read(self, rows: Rows, cells: Iterable[Row]) -> list[Row] | None:
        """Return the account's rows, where these are in no list of their own; else None."""
        return None

    def refusal_of(self, name: str) -> str:
        """Return why a field of an existing row cannot be changed."""
        if name in self.writable.apart:
            where = self.writable.apart[name]
            return f"of a field that exists are rows of {where!r}: push them there"
        if name in self.writable.create_fields:
            return "cannot be changed in Runn once the row exists"
        return "is read-only: Runn sets it"

    # -- requests

    def create(self, cells: Row, extras: Sequence[Request] = ()) -> tuple[list[Request], Bad]:
        """Return the requests that make a new record, and what is missing or wrong.

        Those of the columns that are written apart, `extras`, come last.
        """
        operation = self.writable.create
        if operation is None:
            return [], [("id", f"is new, and the API makes no {self.writable.name!r}")]
        bad: Bad = [*backwards(cells, ["endDate"])]
        body = self.body(cells, bad)
        path = self.path(operation, cells)
        for place, column in self.writable.places.items():
            if "{" + place + "}" in path:
                bad.append((column, f"{REQUIRED}: it is part of the address"))
        make = Request("create", operation.method, path, body)
        return [make, *self._rest(cells, bad), *extras], bad

    def _rest(self, cells: Row, bad: Bad) -> list[Request]:
        """What of a new row only an existing one takes."""
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
        return [Request("update", "PATCH", self.path(self.writable.update, cells, NEW), sent)]

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
        return f"is missing{also}: a new row needs {need}, or it would be one of 0 minutes"

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

    def alternatives(self, operation: Operation, body: Row) -> Bad:
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
            beside = f"is given beside {begun[0][0]}, and Runn takes {names}, not both"
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
        return [Request("update", operation.method, self.path(operation, old), body)]

    def delete(self, old: Row) -> list[Request]:
        """Return the request that deletes a record."""
        operation = self.operation("delete")
        asks = any(p.name == "force" for p in operation.parameters)
        query = {"force": False} if asks else None
        return [Request("delete", "DELETE", self.path(operation, old), query=query)]

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

    def operation(self, verb: str) -> Operation:
        """Return the operation of a verb, where a plan has seen to it that there is one."""
        operation: Operation | None = getattr(self.writable, verb)
        if operation is None:
            raise AssertionError(f"{self.writable.name} has no {verb}")
        return operation

    def path(self, operation: Operation, cells: Mapping[str, Any], own: Any = None) -> str:
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

    # -- what a row changes besides

    def look_around(
        self, rows: Rows, row_plans: list[RowPlan], begun: Sequence[RowPlan], labels: Sequence[Any]
    ) -> Looked:
        """Return the plans with what each changes besides, what must go first, what to say.

        Parameters
        ----------
        rows
            The account, which is read only where a row of this kind changes more than itself.
        row_plans
            What is to be done.
        begun
            Those of which an interrupted push has done a part: they are not judged.
        labels
            The frame's labels, by position.
        """
        return Looked(row_plans)

    def begins(self, row_plan: RowPlan) -> str:
        """Return what new rows are sent in the order of."""
        return ""

    # -- many at once

    def group(self, row_plan: RowPlan) -> tuple[str, str] | None:
        """Return which rows a row can share a request with; None if it goes alone."""
        if len(row_plan.requests) != 1:
            return None
        request = row_plan.requests[0]
        if request.method == "DELETE":
            return ("delete", "") if self.writable.bulk_delete else None
        if self.writable.bulk_create and request.method == "POST" and request.body is not None:
            shared = placeholders(self.writable.bulk_create.path)
            return "create", "".join(str(request.body.get(name)) for name in shared)
        return None

    def bulk(self, group: tuple[str, str], row_plans: Sequence[RowPlan]) -> tuple[Request, str]:
        """Return the request that writes several rows, and the name of its list."""
        operation = self.operation(f"bulk_{group[0]}")
        creates, sent = group[0] == "create", operation.body.fields if operation.body else ()
        items = [self.bulk_item(one) if creates else one.id for one in row_plans]
        name = next(spec.name for spec in sent if spec.type == "array")
        path = own_path(operation.path, group[1])
        verb = row_plans[0].requests[0].verb
        return Request(verb, operation.method, path, {name: items}), name

    def bulk_item(self, row_plan: RowPlan) -> Any:
        """Return the element of a bulk creation that makes a row."""
        return row_plan.requests[0].body

    def confirms(self, sent: Row, row: Row, row_plan: RowPlan) -> bool:
        """Whether a record in an answer shows that what was sent is there."""
        return self.fits(sent, row)

    def said(self, sent: Row, made: Row, row_plan: RowPlan) -> str:
        """Return what to tell of a record that is other than what was sent, or ""."""
        return ""

    # -- did it arrive?

    @property
    def marked(self) -> bool:
        """Whether a new record is known by an id above those that were there before."""
        make = self.writable.create
        return self.writable.has_id and not (make and make.repeatable)

    def expected(self, request: Request, row_plan: RowPlan) -> Row:
        """Return what a creation was to make: its body, and what stood in its address."""
        expected = dict(request.body or {})
        for column in self.writable.places.values():
            value = row_plan.wanted.get(column)
            if column != "id" and column not in expected and value is not None:
                expected[column] = value
        return expected

    def arrived(self, expected: Row, rows: Iterable[Row], claimed: Collection[Any]) -> list[Row]:
        """Return the new rows that a creation made, or [] if it did not arrive.

        Of the rows made since the push began, in order, those `claimed` are of its other rows.
        """
        fitting = [r for r in rows if r.get("id") not in claimed and self.fits(expected, r)]
        # One that is exactly so comes before one that is so in another spelling.
        exact = (r for r in fitting if all(same(v, r[n]) for n, v in expected.items() if n in r))
        return [next(exact, fitting[0])] if fitting else []

    def may_be(self, expected: Row, row: Row) -> bool:
        """Whether a row of the account may be what was sent, whatever Runn made of its values.

        The ids of others are what it makes nothing else of.
        """
        ids = [name for name in expected if name.endswith("Id") and row.get(name) is not None]
        return all(self._shows(name, expected[name], row[name]) for name in ids)

    def fits(self, expected: Row, row: Row) -> bool:
        """Whether a row of the account is what was sent, as far as it shows that."""
        # Sent, but not shown in the list: a new person's role.
        return all(self._shows(n, v, row[n]) for n, v in expected.items() if n in row)

    def _shows(self, name: str, value: Any, shown: Any) -> bool:
        spec = self.writable.create_fields.get(name) or self.writable.update_fields.get(name)
        return alike(value, shown if spec is None else trimmed(shown, spec))

    def differences(self, expected: Row, row: Row) -> list[Change]:
        """Return the fields in which a row of the account is other than what was sent."""
        return [
            Change(name, row[name], value)
            for name, value in expected.items()
            if name in row and not self._shows(name, value, row[name])
        ]

    def added(self, before: Row, body: Row, now: Row | None) -> bool | None:
        """Whether a row was added to a record of the account; None if it cannot be told."""
        return None

    def gone(self, request: Request, own: Any, row: Row | None) -> bool:
        """Whether what a deletion was to remove is not there: the row, or the value of a column.

        `own` is the row's id, and `row` what the account has of it.
        """
        for column, operations in self.writable.parts.items():
            for operation in operations:
                value = (values_in(operation.path, request.path) or {}).get(column)
                if value is not None:
                    return row is not None and str(row.get(column)) != value
        return row is None and request.path.rstrip("/").rpartition("/")[2] == str(own)

    def half_done(self, old_is_there: bool, ids: Sequence[Any], row_plan: RowPlan) -> str:
        """Return what an interrupted change has come to: a status, of the records it made."""
        if not ids:
            return "not tried"
        deletes = any(request.verb == "delete" for request in row_plan.requests)
        return "created" if old_is_there and deletes else "updated"

    # -- taking it back

    # Whether what is deleted or changed comes back as a whole, or not at all.
    restored_whole: ClassVar[bool] = False

    def beside_now(self, rows: Rows, row_plans: Sequence[RowPlan]) -> dict[Any, Row]:
        """Return by id the rows that an undo has to do with beside its own, as they are now."""
        return {}

    def undo(self, work: Work) -> None:
        """Add to an undo what takes the rows of a push back."""
        for row_plan, outcome in work.done:
            if row_plan.action == "update" and (row_plan.requests or row_plan.begun):
                self.undo_update(work, row_plan, outcome)
            elif row_plan.action == "create" and self._is_made(work, outcome):
                self.undo_create(work, row_plan, outcome)
            elif row_plan.action == "delete" and outcome.status == "deleted":
                self.undo_delete(work, row_plan)

    def _is_made(self, work: Work, outcome: Outcome) -> bool:
        """Whether a new row was made: as a whole, or in part or otherwise, as an answer says."""
        other = outcome.status == "failed" and self.writable.has_id
        return outcome.status == "created" or (other and outcome.id in work.answers)

    def undo_update(self, work: Work, row_plan: RowPlan, outcome: Outcome) -> None:
        """Give a changed row its old values back."""
        if outcome.status in ("", "conflict", "not tried"):
            return
        changes = undoable(row_plan)
        key = dict(zip(self.writable.key, row_plan.key, strict=True))
        work.rows[row_plan.position] = {**key, **{one.field: one.old for one in changes}}
        work.expected[row_plan.position] = changes

    def undo_create(self, work: Work, row_plan: RowPlan, outcome: Outcome) -> None:
        """Delete what was made."""
        position, label = row_plan.position, work.labels[row_plan.position]
        if self.writable.delete is None:
            work.cannot(row_plan, f"the API deletes no {self.writable.name!r}")
            return
        if self.writable.has_id and outcome.id is None:
            work.cannot(row_plan, ID_NOT_KNOWN)
            return
        key = outcome.ids[:1] if self.writable.has_id else row_plan.key
        work.rows[position] = dict(zip(self.writable.key, key, strict=True))
        work.deletes.add(position)
        work.expected[position] = self.answered(work, outcome.id)
        for part in outcome.ids[1:]:
            own = work.more(f"part {part} of {label}", {"id": part}, delete=True)
            work.expected[own] = self.answered(work, part)

    def answered(self, work: Work, own: Any) -> list[Change]:
        """Return the values of a record, as Runn gave them back."""
        known = self.writable
        answer = encoded_row(work.answers.get(own, {}), known)
        names = {*known.create_fields, *known.update_fields} & known.read_fields.keys()
        plain = [n for n in sorted(names) if n in answer and known.fields[n].kind != "nested"]
        return [Change(name, None, answer[name]) for name in plain]

    def undo_delete(self, work: Work, row_plan: RowPlan) -> None:
        """Make a deleted row anew."""
        if self.writable.create is None:
            work.cannot(row_plan, f"the API makes no {self.writable.name!r}")
        else:
            work.rows[row_plan.position] = self.kept(row_plan.old or {})

    def kept(self, old: Mapping[str, Any]) -> Row:
        """Return the values of a row that a new one can have."""
        known = self.writable.written - ({"id"} if self.writable.has_id else set())
        return {name: old[name] for name in old if name in known and old[name] is not None}


@dataclass
class Work:
    """An undo as it grows: what takes a push back.

    Attributes
    ----------
    labels
        Those of the push.
    done
        What was to be done with each row, and what came of it.
    answers
        By id what Runn said last of each record that it made or changed.
    now
        The rows that the people concerned have now.
    mark
        The highest id before the push, if that is known.
    rows, deletes
        As those of an `Intent`.
    extra
        The labels of rows that the push did not have.
    impossible
        Why rows cannot be taken back.
    expected
        By position the values, field by field, that the push left behind: what else a row
        holds by now was written by somebody since.
    """

    labels: Sequence[Any]
    done: Sequence[tuple[RowPlan, Outcome]]
    answers: Mapping[Any, Row]
    now: Mapping[Any, Row] = field(default_factory=dict)
    mark: int | None = None
    rows: dict[int, Row] = field(default_factory=dict)
    deletes: set[int] = field(default_factory=set)
    extra: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    impossible: list[str] = field(default_factory=list)
    expected: dict[int, list[Change]] = field(default_factory=dict)

    def leave_out(self, positions: Collection[int]) -> None:
        """Do not take some rows back."""
        self.rows = {p: row for p, row in self.rows.items() if p not in positions}
        self.deletes -= {*positions}

    def cannot(self, row_plan: RowPlan, why: str, how: str = "cannot be undone") -> None:
        """Note that a row is not taken back, and why."""
        self.impossible.append(why)
        self.notes.append(f"Row {self.labels[row_plan.position]!r} {how}: {why}.")

    def more(self, label: str, row: Row, *, delete: bool = False) -> int:
        """Add a row that the push did not have."""
        position = len(self.labels) + len(self.extra)
        self.extra.append(label)
        self.rows[position] = row
        if delete:
            self.deletes.add(position)
        return position


def encoded_row(raw: Mapping[str, Any], writable: Writable) -> Row:
    """Return a row of the account as canonical values; what the catalogue does not know as is."""
    row: Row = {}
    for name, value in raw.items():
        spec = writable.fields.get(name)
        try:
            row[name] = value if spec is None or value is None else encode_cell(value, spec)
        except Unfit:
            row[name] = value
    return row


def people_of(row_plans: Iterable[RowPlan]) -> set[Any]:
    """Return the people whom rows are of, or come to be of."""
    rows = [row for d in row_plans if d.open for row in (d.old or {}, d.new)]
    return {row.get("personId") for row in rows} - {None}


def undoable(row_plan: RowPlan) -> list[Change]:
    """Return the changes of a row, without those that follow from another of them."""
    gone = {
        one.field
        for one in row_plan.changes
        if one.field.startswith("skills.") and one.old is False and one.new is True
    }
    return [
        one
        for one in row_plan.changes
        if one.field.removesuffix(".level") not in gone or one.field in gone
    ]


def backwards(cells: Row, changed: Sequence[str]) -> Bad:
    """Return what is wrong with a span of days that ends before it begins."""
    first, last = cells.get("startDate"), cells.get("endDate")
    name = "endDate" if "endDate" in changed else "startDate"
    if first is None or last is None or first <= last or name not in changed:
        return []
    return [(name, f"ends before it begins ({first} to {last})")]


def own_path(path: str, own: Any) -> str:
    """Return the path with the row's own id in its first open place."""
    head, _, rest = path.partition("{")
    return head + str(own) + rest.partition("}")[2]


def some(said: list[str], what: str) -> list[str]:
    """Return the first of many sentences, and how many more there are."""
    more = len(said) - SHOWN
    return said if more <= 0 else [*said[:SHOWN], f"... and {more} more {what}."]


def overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two spans of days have a day in common; without an end one goes on."""
    ends = one.get("endDate") or NO_END, other.get("endDate") or NO_END
    return (one.get("startDate") or "") <= ends[1] and (other.get("startDate") or "") <= ends[0]


class Options(Kind):
    """The options of select fields, which their fields have within them."""

    def read(self, rows: Rows, cells: Iterable[Row]) -> list[Row] | None:
        return [
            {"selectFieldId": field["id"], **option}
            for field in rows.all(load().resources["custom-fields/select"])
            for option in field.get("options") or ()
        ]
