"""What can be written: for each pushable resource its operations, its key, its columns.

Most of it follows from the catalogue by rule: ``phases`` is created by ``POST
/projects/{projectId}/phases/`` because that is what the contract has. The tables below hold
what no rule tells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple

from runn_pandas.catalog import definitions
from runn_pandas.catalog.definitions import CUSTOM_KINDS
from runn_pandas.catalog.resources import (
    Catalog,
    Field,
    Operation,
    Resource,
    load,
    placeholders,
    values_in,
)
from runn_pandas.errors import ResourceError

# How a row of the resource is written; runn_pandas.push.kinds has a class for each.
Kind = Literal[
    "plain",
    "people",
    "contracts",
    "actuals",  # a POST replaces the record of its key
    "time entries",  # a POST adds to a record, every time
    "assignments",  # there is no PATCH: a change is a new record and a deletion
    "leave",  # likewise, and Runn merges what meets
    "views",
    "skills",
    "options",
    "locks",
]

VERBS = ("create", "update", "delete", "bulk_create", "bulk_delete")

# Nested under a project and listed account-wide: name -> last part of the nested path.
UNDER_PROJECTS = {
    "budget-roles": "budget-roles",
    "milestones": "milestones",
    "other-expenses": "other-expenses",
    "person-requests": "person-requests",
    "phases": "phases",
    "project-notes": "notes",
    "project-rates": "project-rates",
    "project-workstreams": "project-workstreams",
}
# What no rule finds: the operations of a resource by verb.
OPERATIONS: dict[str, dict[str, str]] = {
    "actuals/time-entry": {"create": "POST /actuals/time-entry"},
    "contracts": {
        "create": "POST /people/{personId}/contracts/",
        "update": "PATCH /contracts/{contractId}",
        "delete": "DELETE /people/{personId}/contracts/{contractId}",
    },
    "project-members": {"create": "POST /people/{personId}/projects/"},
    "people/skills": {
        "create": "POST /people/{personId}/skills/",
        "update": "PATCH /people/{personId}/skills/{skillId}",
        "delete": "DELETE /people/{personId}/skills/{skillId}",
        "bulk_create": "POST /skills/{skillId}/people/",
    },
    "placeholders/{placeholderId}/skills": {
        "create": "POST /placeholders/{placeholderId}/skills/",
        "delete": "DELETE /placeholders/{placeholderId}/skills/{skillId}",
    },
    "users/{userId}/views": {
        "create": "POST /users/{userId}/views/{viewId}",
        "delete": "DELETE /users/{userId}/views/{viewId}/",
    },
    "custom-fields/select/{selectFieldId}/options": {
        "create": "POST /custom-fields/select/{selectFieldId}/options",
        "update": "PATCH /custom-fields/select/{selectFieldId}/options/{selectOptionId}",
        "delete": "DELETE /custom-fields/select/{selectFieldId}/options/{selectOptionId}",
    },
    "projects/{projectId}/timesheet-lock": {
        "update": "PATCH /projects/{projectId}/timesheet-lock/"
    },
    "people/custom-fields": {},
    "projects/custom-fields": {},
}
# Columns that are written by operations of their own: column -> those operations.
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "people": {
        "teamId": ("POST /people/{personId}/teams/", "DELETE /people/{personId}/teams/{teamId}"),
        "customFields": tuple(
            f"PATCH /people/{{personId}}/custom-fields/{kind}/" for kind in CUSTOM_KINDS
        ),
        "skills": (
            "POST /people/{personId}/skills/",
            "PATCH /people/{personId}/skills/{skillId}",
            "DELETE /people/{personId}/skills/{skillId}",
        ),
    },
    "placeholders": {
        "teamId": (
            "POST /placeholders/{placeholderId}/teams/",
            "DELETE /placeholders/{placeholderId}/teams/{teamId}",
        ),
    },
    "projects": {
        "customFields": tuple(
            f"PATCH /projects/{{projectId}}/custom-fields/{kind}/" for kind in CUSTOM_KINDS
        ),
    },
    "project-tags": {
        "projectIds": (
            "POST /project-tags/{projectTagId}/project/{projectId}",
            "DELETE /project-tags/{projectTagId}/project/{projectId}",
        ),
    },
}
PARTS["people/custom-fields"] = {"customFields": PARTS["people"]["customFields"]}
PARTS["projects/custom-fields"] = {"customFields": PARTS["projects"]["customFields"]}

KINDS: dict[str, Kind] = {
    "people": "people",
    "contracts": "contracts",
    "actuals": "actuals",
    "actuals/time-entry": "time entries",
    "assignments": "assignments",
    "time-offs/leave": "leave",
    "users/{userId}/views": "views",
    "people/skills": "skills",
    "placeholders/{placeholderId}/skills": "skills",
    "custom-fields/select/{selectFieldId}/options": "options",
    "projects/{projectId}/timesheet-lock": "locks",
}
# Of several ways to say something, the contract's "one of", Runn takes one and not both.
EXCLUSIVE = ("budget-roles", "invitations")
# Lists that a new row may have without elements.
MAY_BE_EMPTY = {"rate-cards": ("references",)}
# Columns of a row that exists which are rows of another resource.
APART = {"custom-fields/select": {"options": "custom-fields/select/{selectFieldId}/options"}}


class Joined(NamedTuple):
    """Where a column is that the resource's own list lacks.

    Attributes
    ----------
    resource : str
        The list that has it.
    key : str
        That list's column for the id of the row.
    item : mapping of str to str
        If each of that list's rows is one element of the column: the element's fields, and
        what they are called there.
    filters : mapping
        How that list is read.
    """

    resource: str
    key: str
    item: Mapping[str, str] = {}
    filters: Mapping[str, bool] = {}


JOINED = {
    "people": {
        "customFields": Joined("people/custom-fields", "personId"),
        "skills": Joined("people/skills", "personId", {"id": "skillId", "level": "level"}),
    },
    "placeholders": {"teamId": Joined("people", "id", filters={"includePlaceholders": True})},
}
# Where the fields that only a new row has are changed later.
AFTERWARDS = {"people": "of an existing person they are in the contract: push 'contracts'"}
ACTUAL_KEY = ("date", "personId", "projectId", "roleId", "workstreamId")
OPTIONAL_KEY = frozenset({"workstreamId"})  # of these, what may be missing
# The columns that identify a row, where they are not its id.
KEYS = {
    "people/custom-fields": ("personId",),
    "projects/custom-fields": ("projectId",),
    "people/skills": ("personId", "skillId"),
    "placeholders/{placeholderId}/skills": ("placeholderId", "skillId"),
    "users/{userId}/views": ("userId", "id"),
    "custom-fields/select/{selectFieldId}/options": ("id",),
    "projects/{projectId}/timesheet-lock": ("projectId",),
    "actuals/time-entry": (),
}
# Read under another name than that of the list they are pushed to.
ALIASES = {
    "people/{personId}/projects": "projects",
    "people/{personId}/teams/current": "teams",
    "people/{personId}/contracts/current": "contracts",
    "people/contracts/current": "contracts",
    "projects/{projectId}/notes": "project-notes",
    "projects/{projectId}/project-workstreams": "workstreams",
    "projects/{projectId}/project-workstreams/{workstreamId}": "workstreams",
    "people/{personId}/skills": "people/skills",
}
# Lists that show more than their own rows: what else a write to a resource changes.
ALSO_SHOWN = {
    "people": (
        "contracts",
        "people/skills",
        "people/custom-fields",
        "placeholders",
        "roles",
        "users",
        "project-members",
        # Deleted with a person who has them.
        "actuals",
        "assignments",
        "time-offs/leave",
        "time-offs/holidays",
        "time-offs/rostered-off",
    ),
    "placeholders": ("people", "people/skills", "project-members"),
    "actuals": ("project-members", "projects/{projectId}/timesheet-lock"),
    "actuals/time-entry": ("actuals", "project-members"),
    "assignments": ("project-members",),
    "contracts": ("people", "roles", "time-offs/rostered-off", "assignments"),
    "projects": (
        "project-rates",
        "project-tags",
        "project-members",
        "phases",
        "rate-cards",
        "budget-roles",
        "projects/custom-fields",
        "project-workstreams",
        "clients",
    ),
    "project-tags": ("projects",),
    "people-tags": ("people", "placeholders"),
    "project-rates": ("budget-roles",),
    "project-members": ("projects", "project-rates"),
    "roles": ("project-rates", "rate-cards"),
    "teams": ("people", "projects"),
    "skills": ("people/skills", "people"),
    "people/skills": ("people", "skills"),
    "placeholders/{placeholderId}/skills": ("people/skills", "skills"),
    "people/custom-fields": ("people",),
    "projects/custom-fields": ("projects",),
    "rate-cards": ("projects",),
    "workstreams": ("project-workstreams",),
    "project-workstreams": ("workstreams",),
    "time-offs/leave": ("assignments",),
    "time-offs/holidays": ("assignments",),
    "time-offs/rostered-off": ("assignments",),
    "phases": ("assignments", "actuals"),
    "users": ("users/{userId}/views", "projects", "people"),
    **{
        f"custom-fields/{kind}": (
            "people",
            "projects",
            "people/custom-fields",
            "projects/custom-fields",
        )
        for kind in CUSTOM_KINDS
    },
    "custom-fields/select/{selectFieldId}/options": (
        "custom-fields/select",
        "people",
        "projects",
        "people/custom-fields",
        "projects/custom-fields",
    ),
}


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
        return self.name in EXCLUSIVE

    @property
    def may_be_empty(self) -> tuple[str, ...]:
        """The lists that a new row may have without elements."""
        return MAY_BE_EMPTY.get(self.name, ())

    @property
    def apart(self) -> Mapping[str, str]:
        """The columns of a row that exists -> the resource whose rows they are."""
        return APART.get(self.name, {})

    @property
    def joined(self) -> Mapping[str, Joined]:
        """The columns that the list does not have -> where they are."""
        return JOINED.get(self.name, {})

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
        return AFTERWARDS.get(self.name, "of an existing row the API changes them nowhere")

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
        groups = {self.name, *ALSO_SHOWN.get(self.name, ())}
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
        if "{" not in name and name not in OPERATIONS:
            verbs = _verbs(catalog, name)
            if verbs:
                found[name] = _writable(name, resource, verbs, by_name)
    for name, given in OPERATIONS.items():
        source = catalog.resources.get(_SOURCES.get(name, name))
        verbs = {verb: by_name[operation] for verb, operation in given.items()}
        found[name] = _writable(name, source, verbs, by_name)
    return dict(sorted(found.items()))


_SOURCES = {
    "actuals/time-entry": "actuals",
    "placeholders/{placeholderId}/skills": "people/skills",
    "custom-fields/select/{selectFieldId}/options": "custom-fields/select",
}


def _writable(
    name: str,
    source: Resource | None,
    verbs: Mapping[str, Operation],
    by_name: Mapping[str, Operation],
) -> Writable:
    key = KEYS.get(name) or (source.key if source and name not in KEYS else ())
    parts = {
        column: tuple(by_name[operation] for operation in operations)
        for column, operations in PARTS.get(name, {}).items()
    }
    kind = KINDS.get(name, "plain")
    return Writable(name, source, tuple(key), **verbs, parts=parts, kind=kind)


def _verbs(catalog: Catalog, name: str) -> dict[str, Operation]:
    """Return the operations of an account-wide list, found by their paths."""
    stems = [name]
    if name in UNDER_PROJECTS:
        stems.append(f"projects/{{projectId}}/{UNDER_PROJECTS[name]}")
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
    if name in ALIASES:
        return ALIASES[name]
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
