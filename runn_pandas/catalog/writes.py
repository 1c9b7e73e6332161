"""What can be written: for each pushable resource its operations, its key, its columns.

Most of it follows from the catalogue by rule: ``phases`` is created by ``POST
/projects/{projectId}/phases/`` because that is what the contract has. What no
rule tells stands in the tables of `runn_pandas.catalog.write_rules`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import Any

from runn_pandas.catalog import definitions
from runn_pandas.catalog import write_rules as rules
from runn_pandas.catalog.resources import (
    Catalog,
    Field,
    Operation,
    Resource,
    load,
    placeholders,
    values_in,
)
from runn_pandas.catalog.write_rules import Joined, Kind
from runn_pandas.errors import ResourceError

VERBS = ("create", "update", "delete", "bulk_create", "bulk_delete")


@dataclass(frozen=True)
class Writable:
    """A resource that can be pushed to.

    Attributes
    ----------
    name : str
        Its name: that of the account-wide list, where there is one.
    source : Resource or None
        What gives the account's rows; None where nothing does.
    key : tuple of str
        The columns that identify a row.
    create, update, delete, bulk_create, bulk_delete : Operation or None
        How it is written.
    parts : mapping of str to tuple of Operation
        Columns that are written by operations of their own.
    kind : str
        See `Kind`.
    """

    name: str
    source: Resource | None
    key: tuple[str, ...]
    create: Operation | None = None
    update: Operation | None = None
    delete: Operation | None = None
    bulk_create: Operation | None = None
    bulk_delete: Operation | None = None
    parts: Mapping[str, tuple[Operation, ...]] = field(default_factory=dict)
    kind: Kind = "plain"

    @property
    def has_id(self) -> bool:
        """Whether a row is identified by an id that Runn gives it."""
        return self.key == ("id",)

    @property
    def id_column(self) -> str:
        """The column of what tells a row from others of its place: the last of its key."""
        return self.key[-1] if self.key else "id"

    def in_key(self, value: Any) -> dict[str, Any] | None:
        """Return by column what a key, or its only part, says; None if it is no key."""
        parts = value if isinstance(value, tuple) else (value,)
        if not self.key or len(parts) != len(self.key):
            return None
        return dict(zip(self.key, parts, strict=True))

    @cached_property
    def minutes(self) -> tuple[str, ...]:
        """The columns that hold minutes."""
        fields = {**self.create_fields, **self.update_fields}
        return tuple(n for n in fields if "inutes" in n and fields[n].kind == "integer")

    @cached_property
    def by_day(self) -> bool:
        """Whether the account's rows can be asked for by their days."""
        return self.source is not None and any(p.name == "minDate" for p in self.source.filters)

    @property
    def exclusive(self) -> bool:
        """Whether Runn refuses two of the ways to say something."""
        return self.name in rules.EXCLUSIVE

    @property
    def may_be_empty(self) -> tuple[str, ...]:
        """The lists that a new row may have without elements."""
        return rules.MAY_BE_EMPTY.get(self.name, ())

    @property
    def apart(self) -> Mapping[str, str]:
        """The columns of a row that exists -> the resource whose rows they are."""
        return rules.APART.get(self.name, {})

    @property
    def joined(self) -> Mapping[str, Joined]:
        """The columns that the list does not have -> where they are."""
        return rules.JOINED.get(self.name, {})

    @property
    def model(self) -> str:
        """The model whose custom fields its rows have."""
        return definitions.model(self.name)

    @property
    def tag_list(self) -> str:
        """The list of the tags that its rows have."""
        return definitions.tag_list(self.name)

    @property
    def afterwards(self) -> str:
        """The resource where the fields that only a new row has are changed later."""
        return rules.AFTERWARDS.get(self.name, "of an existing row the API changes them nowhere")

    @cached_property
    def create_fields(self) -> dict[str, Field]:
        """The fields of a new record's body."""
        return _body(self.create)

    @cached_property
    def update_fields(self) -> dict[str, Field]:
        """The fields of an existing record that can be changed."""
        if self.kind in ("actuals", "assignments", "leave"):
            return self.create_fields
        return _body(self.update)

    @cached_property
    def written(self) -> frozenset[str]:
        """The columns that a new row can have."""
        columns = (self.create_fields, self.update_fields, self.parts, self.places.values())
        return frozenset().union(*columns)

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """The actions that a push has for its rows: some of create, update and delete."""
        changeable = {*self.update_fields, *self.parts} - {*self.key, *self.places.values()}
        can = {"create": self.create, "update": changeable, "delete": self.delete}
        return tuple(action for action, by in can.items() if by)

    @cached_property
    def read_fields(self) -> dict[str, Field]:
        """The fields of a row as the account gives it."""
        return {f.name: f for f in self.source.fields} if self.source else {}

    @cached_property
    def places(self) -> dict[str, str]:
        """The path parameters -> the column whose value stands there."""
        own = {
            "users/{userId}/views": {"viewId": "id"},
            "people/custom-fields": {"personId": "personId"},
            "projects/custom-fields": {"projectId": "projectId"},
        }.get(self.name, {})
        found = dict(own)
        for operation in (self.create, self.update, self.delete):
            if operation is None:
                continue
            names = placeholders(operation.path)
            for name in names:
                last = operation.path.strip("/").endswith("{" + name + "}")
                is_own = last and self.has_id
                found.setdefault(name, "id" if is_own else name)
        return found

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Every column a pushed frame may have, in the type the account gives it."""
        # Fields as they are read come last, so that a column has that type.
        extra: dict[str, Field] = {}
        if self.name == "placeholders":
            extra["teamId"] = Field("teamId", "integer", nullable=True)
        if self.name == "people":
            extra = {f.name: f for f in load().resources["people/{personId}"].fields}
        if self.has_id and self.source and "id" not in self.read_fields:
            extra["id"] = Field("id", "integer", required=True)
        return {
            **self._place_fields,
            **self.create_fields,
            **self.update_fields,
            **extra,
            **self.read_fields,
        }

    @property
    def _place_fields(self) -> dict[str, Field]:
        """The columns that stand in a path under their own names."""
        operations = [one for one in (self.create, self.update, self.delete) if one is not None]
        return {
            p.name: p
            for operation in operations
            for p in operation.parameters
            if p.location == "path" and self.places.get(p.name) == p.name
        }

    @cached_property
    def bulk_field(self) -> Field | None:
        """The list in the body of the bulk creation."""
        body = self.bulk_create.body if self.bulk_create else None
        return next((f for f in body.fields if f.type == "array"), None) if body else None

    @cached_property
    def bulk_size(self) -> int:
        """The most rows of one bulk call."""
        return (self.bulk_field.max_items if self.bulk_field else None) or 100

    @property
    def operations(self) -> Iterator[tuple[str, Operation]]:
        """Every operation with how it is reached: a verb, or the column it writes."""
        for verb in VERBS:
            operation: Operation | None = getattr(self, verb)
            if operation is not None:
                yield verb, operation
        for column, operations in self.parts.items():
            for operation in operations:
                yield f"column {column}", operation

    @cached_property
    def stale(self) -> tuple[str, ...]:
        """The resources whose cached lists a write makes out of date."""
        groups = {self.name, *rules.ALSO_SHOWN.get(self.name, ())}
        found = set(groups)
        for name in load().resources:
            if alias(name) in groups or name.startswith(("reports/", "activity-log")):
                found.add(name)
        return tuple(sorted(found))


def _body(operation: Operation | None) -> dict[str, Field]:
    body = operation.body if operation else None
    return {f.name: f for f in body.fields} if body else {}


@lru_cache(maxsize=1)
def writables() -> dict[str, Writable]:
    """Return every pushable resource by name."""
    catalog = load()
    by_name = {f"{o.method} {o.path}": o for o in catalog.operations}
    found: dict[str, Writable] = {}
    for name, resource in catalog.resources.items():
        if "{" not in name and name not in rules.OPERATIONS:
            verbs = _verbs(catalog, name)
            if verbs:
                found[name] = _writable(name, resource, verbs, by_name)
    for name, given in rules.OPERATIONS.items():
        source = catalog.resources.get(rules.SOURCES.get(name, name))
        verbs = {verb: by_name[operation] for verb, operation in given.items()}
        found[name] = _writable(name, source, verbs, by_name)
    return dict(sorted(found.items()))


def _writable(
    name: str,
    source: Resource | None,
    verbs: Mapping[str, Operation],
    by_name: Mapping[str, Operation],
) -> Writable:
    key = rules.KEYS.get(name) or (source.key if source and name not in rules.KEYS else ())
    parts = {
        column: tuple(by_name[operation] for operation in operations)
        for column, operations in rules.PARTS.get(name, {}).items()
    }
    kind = rules.KINDS.get(name, "plain")
    return Writable(name, source, tuple(key), **verbs, parts=parts, kind=kind)


def _verbs(catalog: Catalog, name: str) -> dict[str, Operation]:
    """Return the operations of an account-wide list, found by their paths."""
    stems = [name]
    if name in rules.UNDER_PROJECTS:
        stems.append(f"projects/{{projectId}}/{rules.UNDER_PROJECTS[name]}")
    found = {_verb(operation, stems): operation for operation in catalog.operations}
    return {verb: operation for verb, operation in found.items() if verb}


def _verb(operation: Operation, stems: Collection[str]) -> str:
    """Return what an operation does with the rows of a list, or ""."""
    verb = {"POST": "create", "PATCH": "update", "DELETE": "delete"}.get(operation.method, "")
    path = operation.path.strip("/")
    parent, _, last = path.rpartition("/")
    if path in stems:
        return verb if verb == "create" else ""
    if parent not in stems or not verb:
        return ""
    if last == "bulk":
        return f"bulk_{verb}"
    is_one = last.startswith("{") and not (verb == "create" and operation.body)
    return verb if is_one else ""


def alias(name: str) -> str | None:
    """Return the pushable resource that a readable one's rows belong to, or None."""
    known = writables()
    if name in rules.ALIASES:
        return rules.ALIASES[name]
    if name in known:
        return name
    if name.split("/")[0] in ("reports", "activity-log", "legacy-id", "me", "holiday-groups"):
        return None
    parts = name.split("/")
    if len(parts) > 1 and parts[-1].startswith("{"):
        return alias("/".join(parts[:-1]))
    if len(parts) > 2 and parts[1].startswith("{"):
        rest = "/".join(parts[2:])
        return rest if rest in known else None
    return None


def stale_after(method: str, path: str) -> frozenset[str] | None:
    """Return the resources whose lists a request makes out of date; None if it may be any.

    Examples
    --------
    >>> "people/skills" in stale_after("PATCH", "people/12"), stale_after("POST", "new-in-runn")
    (True, None)
    """
    clean = path.partition("?")[0].strip("/")
    found = [
        writable.stale
        for writable in writables().values()
        for _, operation in writable.operations
        if operation.method == method and values_in(operation.path.strip("/"), clean) is not None
    ]
    return frozenset().union(*found) if found else None


def find_writable(name: str) -> tuple[Writable, dict[str, str], Resource | None]:
    """Return what a name is pushed to, the path values in it, and what it is read as.

    Raises
    ------
    ResourceError
        If there is no such resource, or nothing of it can be written.
    """
    if not isinstance(name, str):
        raise ResourceError(f"A resource is named by a string, not {type(name).__name__}.")
    clean = name.strip().strip("/")
    known = writables()
    if clean in known:
        return known[clean], {}, load().resources.get(clean)
    for template, writable in known.items():
        values = values_in(template, clean)
        if values:
            return writable, values, load().resources.get(template)
    try:
        resource, values = load().find(clean)
    except ResourceError:
        near = get_close_matches(clean.lower(), known, 3, 0.6)
        if near:
            raise ResourceError(
                f"Runn has no resource {name!r}. Did you mean"
                f" {' or '.join(map(repr, near))}? rp.resources() lists them all."
            ) from None
        raise
    target = alias(resource.name)
    if target is None:
        raise ResourceError(
            f"Nothing of {resource.name!r} can be written: the API only reads it."
            " rp.resources() says what can be written."
        )
    return known[target], values, resource
