"""What each resource is, in a sentence."""

from __future__ import annotations

import json
from importlib.resources import files

from runn_pandas.catalog import Resource
from runn_pandas.catalog.writes import alias, writables

WHAT: dict[str, str] = json.loads(
    files("runn_pandas.catalog").joinpath("descriptions.json").read_text(encoding="utf-8")
)


def about(resource: Resource) -> str:
    """Return what a resource is, whether it is a list, and what can be done with its rows."""
    target = alias(resource.name)
    writes = writables()[target].actions if target else ()
    size = f"A list, {resource.page_limit} rows a request" if resource.page_limit else "A list"
    kind = size if resource.is_list else "One record"
    where = "" if target in (None, resource.name) else f" as {target}"
    can = f" Rows can be written{where}: {', '.join(writes)}." if writes else " Read only."
    return f"{WHAT[resource.name]}. {kind}.{can}"
