"""Where an account says which tags and custom fields there are: the columns of expanded fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from runn_pandas.catalog.resources import Resource, load

CUSTOM_KINDS = ("checkbox", "date", "select", "text")


class Definitions(NamedTuple):
    """One list of what the columns of a nested field are made of."""

    resource: Resource
    filters: Mapping[str, Any]
    kind: str = ""  # of custom fields


def tag_list(name: str) -> str:
    """Return the list of the tags that the rows of a resource have."""
    return "project-tags" if record_of(name) == "projects" else "people-tags"


def model(name: str) -> str:
    """Return the model whose custom fields the rows of a resource have."""
    return "PROJECT" if record_of(name) == "projects" else "PERSON"


def record_of(name: str) -> str:
    """Return what the rows of a resource are: the last of its name that is a list of records.

    Examples
    --------
    >>> record_of("people/{personId}/projects"), record_of("projects/custom-fields")
    ('projects', 'projects')
    """
    parts = [part for part in name.split("/") if not part.startswith("{")]
    return parts[-2] if parts[-1] == "custom-fields" and len(parts) > 1 else parts[-1]


def definitions(resource: Resource, field: str) -> list[Definitions]:
    """Return the lists that define the columns of a nested field; none for most fields."""
    known = load().resources
    if field == "tags":
        tags = known[tag_list(resource.name)]
        archived = any(f.name == "includeArchived" for f in tags.filters)
        return [Definitions(tags, {"includeArchived": True} if archived else {})]
    if field == "customFields":
        own = {"model": model(resource.name)}
        return [Definitions(known[f"custom-fields/{kind}"], own, kind) for kind in CUSTOM_KINDS]
    return []
