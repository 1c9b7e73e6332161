"""A request that passed every check of its form, and the records that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from runn_pandas.catalog import Operation
from runn_pandas.demo.database import Company, Key, Row, order
from runn_pandas.demo.paging import Listing
from runn_pandas.demo.refusals import Refusal, refused

# What identifies a row that has no id.
KEYS = {
    "budget-roles": ("projectId", "roleId"),
    "people/custom-fields": ("personId",),
    "people/skills": ("personId", "skillId"),
    "project-workstreams": ("projectId", "workstreamId"),
    "projects/custom-fields": ("projectId",),
}


def _key_of(table: str) -> Callable[[Row], Key]:
    fields = KEYS.get(table, ("id",))
    if len(fields) == 1:
        return lambda row: row[fields[0]]
    return lambda row: tuple(row[field] for field in fields)


class RoutedRequest(NamedTuple):
    """A request: the company and the operation that it is for, and the parameters' values.

    A write has a body as the contract reads it, and as it was sent, before defaults.
    """

    company: Company
    operation: Operation
    values: dict[str, Any]
    body: Any = None
    sent: Any = None

    def one(self, table: str, key: Key) -> Row:
        """Return a record that must be there."""
        row = self.company.get(table, key)
        if row is None:
            raise self.missing(table)
        return row

    def here(self, table: str, *names: str) -> Row:
        """Return the record that the path points at, with one id or several."""
        ids = tuple(self.values[name] for name in names)
        return self.one(table, ids[0] if len(ids) == 1 else ids)

    def below(self, table: str, name: str, parent: str) -> Row:
        """Return the record that the path points at, of the parent that the path points at."""
        row = self.here(table, name)
        if row[parent] != self.values[parent]:
            raise self.missing(table)
        return row

    def missing(self, table: str) -> Refusal:
        """Return the refusal for a record that is not there."""
        message = f"No such record in {table}"
        if 404 in self.operation.statuses:
            return Refusal(404, message)
        return refused(self.operation, message)

    def parent(self, table: str, name: str) -> int:
        """Return the id of the record whose list is asked for.

        Where the contract knows no 404, the list of a record that is not there is empty.
        """
        id_: int = self.values[name]
        if 404 in self.operation.statuses:
            self.one(table, id_)
        return id_

    def whole(self, table: str) -> Listing:
        """Return a whole table."""
        ordered = self.company.ordered(table, self.values.get("sortBy") or "id")
        return Listing(ordered, descending=self.values.get("order") == "desc")

    def part(self, table: str, rows: Iterable[Row]) -> Listing:
        """Return some rows of a table."""
        key = _key_of(table)
        ordered = order([(key(row), row) for row in rows], self.values.get("sortBy") or "id")
        return Listing(ordered, descending=self.values.get("order") == "desc")
