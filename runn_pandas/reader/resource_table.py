"""The table of what can be read, and of what can be written back."""

from __future__ import annotations

import pandas as pd

from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.writes import alias, writables
from runn_pandas.frame.types import PANDAS_TEXT


def resources(name: str | None = None) -> pd.DataFrame:
    """Return every readable resource of the Runn API, or one of them.

    Parameters
    ----------
    name : str, optional
        Only this one.

    Returns
    -------
    DataFrame
        One row for each: ``resource`` (the name for `read_runn`), ``kind`` (list or record),
        ``filters`` (path parameters first), ``writes`` (what a push can do with its rows:
        create, update, delete), ``pushed_as`` (the resource that a push writes its rows to,
        NA where it writes none; drop rows and columns first that that one does not have, such as
        placeholders among people), ``page_limit`` (rows in a page, NA for a record), ``key``
        (the fields that identify a row), ``path`` (as it is sent), ``fields``. Several names in
        one cell are separated by commas.

    Raises
    ------
    ResourceError
        If there is none of this name.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> int(rp.resources().set_index("resource").loc["actuals", "page_limit"])
    500
    """
    found = load().resources.values() if name is None else [load().find(name)[0]]
    frame = pd.DataFrame([_row(resource) for resource in found])
    texts = [column for column in frame.columns if column != "page_limit"]
    return frame.astype({**dict.fromkeys(texts, PANDAS_TEXT), "page_limit": "Int64"})


def _row(resource: Resource) -> dict[str, object]:
    target = alias(resource.name)
    return {
        "resource": resource.name,
        "kind": "list" if resource.is_list else "record",
        "filters": ", ".join(p.name for p in (*resource.path_parameters, *resource.filters)),
        "writes": ", ".join(writables()[target].actions) if target else "",
        "pushed_as": target,
        "page_limit": resource.page_limit,
        "key": ", ".join(resource.key),
        "path": resource.operation.path,
        "fields": ", ".join(field.name for field in resource.fields),
    }


def markdown() -> str:
    """Return the table of resources as docs/resources.md has it."""
    lines = ["| resource | filters | page limit | writes |", "|---|---|--:|---|"]
    for row in map(_row, load().resources.values()):
        target = (
            "" if row["pushed_as"] in (None, row["resource"]) else f" (as `{row['pushed_as']}`)"
        )
        lines.append(
            f"| `{row['resource']}` | {row['filters']} | {row['page_limit'] or ''} |"
            f" {row['writes']}{target} |"
        )
    pushed = writables().items()
    only = [
        f"`{name}` ({', '.join(one.actions)})"
        for name, one in pushed
        if name not in load().resources
    ]
    return "\n".join([*lines, "", f"Written and not read: {'; '.join(only)}."])
