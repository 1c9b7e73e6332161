"""What Runn offers, as facts: operations, resources, fields, and how to find them by name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

from runn_pandas.catalog.everyday_words import meant_by
from runn_pandas.catalog.list_facts import ListFacts, facts_about
from runn_pandas.errors import ResourceError

# Fields that the contract calls number although they only ever count or identify.
WHOLE_ENDINGS = ("Id", "Minutes", "minutesPerDay")
WHOLE_NAMES = frozenset({"id", "monday", "tuesday", "wednesday", "thursday", "friday"})
# What a second copy of these does not double: actuals overwrite, leave merges.
# See docs/how-runn-behaves.md, "Writes".
REPEATABLE_POSTS = frozenset({"actuals", "actuals/bulk", "time-offs/leave", "time-offs/leave/bulk"})
REPEATABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})
PAGING = ("cursor", "limit")
# The filters for rows that touch a span of days.
SPANS = (("minDate", "maxDate"), ("startDate", "endDate"))


@dataclass(frozen=True)
class Field:
    """One field of a body or an answer."""

    name: str
    type: str | tuple[str, ...]
    nullable: bool = False
    format: str | None = None
    enum: tuple[Any, ...] | None = None
    required: bool = False
    read_only: bool = False
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    fields: tuple[Field, ...] = ()
    items: Field | None = None
    alternatives: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def kind(self) -> str:
        """The type in a frame: integer, number, text, flag, date, timestamp, nested or any."""
        if isinstance(self.type, tuple):
            return "any"
        if self.type in ("object", "array"):
            return "nested"
        if self.type == "boolean":
            return "flag"
        if self.type == "string":
            return {"date": "date", "date-time": "timestamp"}.get(self.format or "", "text")
        whole = self.name in WHOLE_NAMES or self.name.endswith(WHOLE_ENDINGS)
        return "integer" if self.type == "integer" or whole else "number"


@dataclass(frozen=True)
class Parameter(Field):
    """One parameter of an operation: in the path, the query or the header."""

    location: str = "query"


@dataclass(frozen=True)
class Operation:
    """One operation of the contract."""

    method: str
    path: str
    statuses: tuple[int, ...]
    parameters: tuple[Parameter, ...] = ()
    body: Field | None = None
    answer: Field | None = None
    is_list: bool = False

    @property
    def alternatives(self) -> tuple[tuple[str, ...], ...]:
        """The ways to say something, of which a body must use one."""
        return self.body.alternatives if self.body else ()

    @property
    def repeatable(self) -> bool:
        """Whether a second copy of a request leaves the account as one does."""
        return is_repeatable(self.method, self.path)

    @cached_property
    def page_limit(self) -> int | None:
        """The most rows that one page may have."""
        limits = [p.maximum for p in self.parameters if p.name == "limit" and p.maximum]
        return int(limits[0]) if limits and self.is_list else None


@dataclass(frozen=True)
class Resource:
    """A readable path of the API: a list of rows, or a single record."""

    name: str
    operation: Operation = field(repr=False)

    @property
    def is_list(self) -> bool:
        return self.operation.is_list

    @property
    def page_limit(self) -> int | None:
        return self.operation.page_limit

    @property
    def facts(self) -> ListFacts:
        """The facts about the list that the contract does not tell."""
        return facts_about(self.name)

    @cached_property
    def path_parameters(self) -> tuple[Parameter, ...]:
        """The parameters in the path, in the order they stand there."""
        found = {p.name: p for p in self.operation.parameters if p.location == "path"}
        return tuple(found[name] for name in placeholders(self.name))

    @cached_property
    def filters(self) -> tuple[Parameter, ...]:
        """The query parameters that a user may give."""
        return tuple(
            p for p in self.operation.parameters if p.location == "query" and p.name not in PAGING
        )

    @cached_property
    def span_filters(self) -> tuple[str, ...]:
        """The filters for the first and the last of the days that rows touch, if it has them."""
        names = {p.name for p in self.filters}
        return next((span for span in SPANS if names.issuperset(span)), ())

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields of a row, in the contract's order."""
        answer = self.operation.answer
        if answer is None:
            return ()
        # legacy-id answers with a bare number: the id.
        return answer.fields or (Field("id", answer.type, required=True),)

    @cached_property
    def always_sent(self) -> dict[str, Any]:
        """The query parameters that go out even if the user gives none."""
        required = {p.name: p.default for p in self.filters if p.required and p.default is not None}
        return {**required, **self.facts.always_sent}

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The fields that identify a row, or () where the contract has none."""
        names = [f.name for f in self.fields]
        for key in ("id", "eventId"):
            if key in names:
                return (key,)
        if "updatedAt" not in names:
            return ()
        return tuple(name for name in names if name.endswith("Id"))

    @property
    def has_id(self) -> bool:
        """Whether a row is identified by an id that Runn gives it."""
        return self.key == ("id",)


@dataclass(frozen=True)
class Catalog:
    """The whole API as facts."""

    title: str
    version: str
    servers: tuple[str, ...]
    operations: tuple[Operation, ...]

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """Every readable resource by name."""
        names = {o.path.strip("/"): o for o in self.operations if o.method == "GET"}
        return {name: Resource(name, operation) for name, operation in names.items()}

    def find(self, name: str) -> tuple[Resource, dict[str, str]]:
        """Return the resource of a name and the path parameters that stand in the name.

        Parameters
        ----------
        name : str
            A resource's name (``"people"``, ``"projects/{projectId}/phases"``) or a path with
            values in place (``"projects/12/phases"``).

        Raises
        ------
        ResourceError
            If there is none; the message has the nearest names.
        """
        if not isinstance(name, str):
            raise ResourceError(f"A resource is named by a string, not {type(name).__name__}.")
        clean = name.strip().strip("/")
        if clean in self.resources:
            return self.resources[clean], {}
        matches = []
        for resource in self.resources.values():
            values = values_in(resource.name, clean)
            if values is not None:
                matches.append((len(values), resource, values))
        if not matches:
            raise ResourceError(self._unknown(clean))
        # The template with the fewest open places is the most exact.
        _, resource, values = min(matches, key=lambda match: match[0])
        return resource, values

    def _unknown(self, name: str) -> str:
        spellings = {
            known.lower().replace("-", "").replace("_", ""): known for known in self.resources
        }
        lists = {
            known.split("/")[-1].lower(): known for known in self.resources if "{" not in known
        }
        wanted = name.lower().replace("-", "").replace("_", "")
        near = meant_by(name)[:4]
        near += [spellings[s] for s in get_close_matches(wanted, spellings, 3, 0.6) if not near]
        near += [lists[s] for s in get_close_matches(name.lower(), lists, 2, 0.7)]
        near = list(dict.fromkeys(near))[:4]
        hint = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
        return f"Runn has no resource {name!r}. {hint}rp.resources() lists them all."


def placeholders(template: str) -> list[str]:
    """Return the names of the open places of a path template, in order."""
    return [part[1:-1] for part in template.split("/") if part.startswith("{")]


def is_repeatable(method: str, path: str) -> bool:
    """Whether a second copy of a request leaves the account as one does."""
    if method == "POST":
        return path.strip("/") in REPEATABLE_POSTS
    return method in REPEATABLE_METHODS


def values_in(template: str, path: str) -> dict[str, str] | None:
    """Return the values that make a path out of a template, or None if it does not fit."""
    places, parts = template.split("/"), path.split("/")
    if len(places) != len(parts):
        return None
    values = {}
    for place, part in zip(places, parts, strict=True):
        if place.startswith("{") and part and not part.startswith("{"):
            values[place[1:-1]] = part
        elif place != part:
            return None
    return values


@lru_cache(maxsize=1)
def load() -> Catalog:
    """Return the catalogue that this version of the package was made with."""
    return catalog_of(committed_facts())


def committed_facts() -> dict[str, Any]:
    """Return the raw facts behind `load`, as check-spec compares them."""
    text = files(__package__).joinpath("catalog.json").read_text(encoding="utf-8")
    facts: dict[str, Any] = json.loads(text)
    return facts


def catalog_of(facts: dict[str, Any]) -> Catalog:
    """Return raw facts as a catalogue."""
    return Catalog(
        title=facts["title"],
        version=facts["version"],
        servers=tuple(facts["servers"]),
        operations=tuple(_operation(raw) for raw in facts["operations"]),
    )


def _operation(raw: dict[str, Any]) -> Operation:
    return Operation(
        method=raw["method"],
        path=raw["path"],
        statuses=tuple(raw["statuses"]),
        parameters=tuple(
            Parameter(**_attributes(p), location=p["in"]) for p in raw.get("parameters", ())
        ),
        body=_field(raw["body"]) if "body" in raw else None,
        answer=_field(raw["answer"]) if "answer" in raw else None,
        is_list=raw.get("list", False),
    )


def _field(raw: dict[str, Any]) -> Field:
    return Field(**_attributes(raw))


def _attributes(raw: dict[str, Any]) -> dict[str, Any]:
    name, kind = raw.get("name", ""), raw.get("type", "string")
    # minLength is min_length here.
    plain = {re.sub("[A-Z]", lambda m: f"_{m[0].lower()}", key): raw[key] for key in raw}
    plain.pop("in", None)
    plain |= {"name": name, "type": tuple(kind) if isinstance(kind, list) else kind}
    plain["alternatives"] = tuple(map(tuple, raw.get("alternatives", ())))
    plain["fields"] = tuple(map(_field, raw.get("fields", ())))
    if "enum" in raw:
        plain["enum"] = tuple(raw["enum"])
    if "items" in raw:
        # An item goes by its list's name in the singular: managerIds hold a managerId each.
        plain["items"] = _field({"name": name.removesuffix("s"), **raw["items"]})
    return plain
