"""What can be read, as a frame."""

from __future__ import annotations

import pandas as pd

from runn_pandas.catalog import Operation, Resource, load
from runn_pandas.frame.types import PANDAS_TEXT

VERBS = {"POST": "create", "PATCH": "update", "DELETE": "delete"}


def resources() -> pd.DataFrame:
    """List every readable resource of the Runn API.

    Returns
    -------
    DataFrame
        One row for each: ``resource`` (the name for `read_runn`), ``kind`` (list or record),
        ``filters`` (path parameters first), ``writes`` (what can be done to its rows),
        ``page_limit`` (rows in a page, NA for a record), ``key`` (the fields that identify a
        row), ``path`` (as it is sent), ``fields``. Several names in one cell are separated by
        commas.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> int(rp.resources().set_index("resource").loc["actuals", "page_limit"])
    500
    """
    rows = [_row(resource) for resource in load().resources.values()]
    frame = pd.DataFrame(rows)
    texts = [name for name in frame.columns if name != "page_limit"]
    return frame.astype({**dict.fromkeys(texts, PANDAS_TEXT), "page_limit": "Int64"})


def _row(resource: Resource) -> dict[str, object]:
    return {
        "resource": resource.name,
        "kind": "list" if resource.is_list else "record",
        "filters": ", ".join(p.name for p in (*resource.path_parameters, *resource.filters)),
        "writes": ", ".join(dict.fromkeys(_verb(operation) for operation in resource.writes)),
        "page_limit": resource.page_limit,
        "key": ", ".join(resource.key),
        "path": resource.operation.path,
        "fields": ", ".join(field.name for field in resource.fields),
    }


def _verb(operation: Operation) -> str:
    return VERBS[operation.method]


def markdown() -> str:
    """The table of resources as the README has it."""
    lines = ["| resource | filters | page limit | writes |", "|---|---|--:|---|"]
    for row in map(_row, load().resources.values()):
        limit = row["page_limit"] or ""
        lines.append(f"| `{row['resource']}` | {row['filters']} | {limit} | {row['writes']} |")
    return "\n".join(lines)
