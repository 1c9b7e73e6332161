"""Columns of names beside ids: ``personId`` gets ``personName``, from lists read as needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.catalog.list_facts import facts_about
from runn_pandas.errors import FrameError
from runn_pandas.frame.nested import backend_of
from runn_pandas.frame.types import typed
from runn_pandas.lookup.lists import Lists, Tables

HOLIDAYS = "holiday-groups/{holidayGroupId}/holidays"
# The list that has the names of an id column, by what the column is called without its "Id".
LISTS = {
    **{kind: f"{kind}s" for kind in ("placeholder", "user", "project", "client", "role", "team")},
    **{kind: f"{kind}s" for kind in ("workstream", "phase", "milestone", "skill", "invitation")},
    **dict.fromkeys(("manager", "requester", "updater"), "users"),
    **dict.fromkeys(("holidayGroup", "holidaysGroup"), "holiday-groups"),
    **dict.fromkeys(("tag", "peopleTag"), "people-tags"),
    "person": "people",
    "holiday": HOLIDAYS,
    "projectTag": "project-tags",
    "rateCard": "rate-cards",
    "view": "views",
}


def names(
    frame: pd.DataFrame, *, account: Account | None = None, tables: Tables | None = None
) -> pd.DataFrame:
    """Put the name beside every id. See ``df.runn.names``."""
    source = Lists(tables, account)
    result = frame.copy()
    for number, level in reversed(list(enumerate(frame.index.names))):
        _insert_names(result, level, frame.index.get_level_values(number), 0, source)
    for column in dict.fromkeys(frame.columns):
        at = result.columns.get_loc(column)
        if isinstance(at, int):
            _insert_names(result, column, frame[column], at + 1, source)
        elif list_of(column):
            raise FrameError(f"The frame has several columns {column!r}; rename all but one.")
    return result


def _insert_names(result: pd.DataFrame, column: Any, ids: Any, at: int, source: Lists) -> None:
    resource = list_of(column)
    if not resource or f"{column[:-2]}Name" in result.columns:
        return
    texts = names_of(source, resource, pd.Series(ids, copy=False))
    named = typed(texts, "text", backend_of(result)).set_axis(result.index)
    result.insert(at, f"{column[:-2]}Name", named)


def list_of(column: Any) -> str | None:
    """Return the list for an id column: by its name, or by how it ends (``ownerPersonId``)."""
    if not isinstance(column, str) or not column.endswith("Id"):
        return None
    what = column[:-2]
    ends = [kind for kind in LISTS if what.endswith(kind[0].upper() + kind[1:])]
    return LISTS.get(what) or (LISTS[max(ends, key=len)] if ends else None)


def names_of(source: Lists, resource: str, ids: pd.Series[Any]) -> list[str | None]:
    """Return the names of ids, None where the list does not have one."""
    known = label(source.table(resource))
    # Placeholders are people too, and are in the list of people only if it was asked for.
    for part in (name for name in source.given if facts_about(name).subset_of == resource):
        known = pd.concat([known, label(source.table(part))])
        known = known[~known.index.duplicated()]
    at = known.index.get_indexer(pd.Index(whole_ids(ids).fillna(-1).astype("int64")))
    texts = known.tolist()
    return [texts[i] if i >= 0 else None for i in at]


def label(table: pd.DataFrame) -> pd.Series[Any]:
    """Return the name of each record, by its id."""
    if "firstName" in table and "lastName" in table:
        first, last = (table[c].astype("string").fillna("") for c in ("firstName", "lastName"))
        named = (first + " " + last).str.strip()
        if "email" in table:
            named = named.mask(named == "", table["email"].astype("string"))
    else:
        column = next((c for c in ("name", "title", "email") if c in table), None)
        if column is None or "id" not in table:
            raise FrameError(
                "A list of names has the columns 'id' and 'name' (or 'firstName' and 'lastName');"
                f" this one has {', '.join(map(str, table.columns))}."
            )
        named = table[column].astype("string")
    texts = named.astype(object).where(named.notna() & (named != ""), None)
    known = texts.set_axis(pd.Index(whole_ids(table["id"]).fillna(-1).astype("int64")))
    return known[(known.index >= 0) & ~known.index.duplicated()]


def whole_ids(ids: pd.Series[Any]) -> pd.Series[Any]:
    """Return ids as ``Int64``, whatever they came as; NA where it is no whole number."""
    there = ids.notna().to_numpy(bool)
    # Without the gaps, which make floats of whole numbers; those hold 53 bits.
    known: pd.Series[Any] = pd.to_numeric(ids[there].astype(object), errors="coerce")
    if known.dtype.kind != "i":
        values = known.astype("Float64")
        inside = (values % 1 == 0).fillna(False) & (values.abs() < 2**53).fillna(False)
        known = values.where(inside)
    whole = pd.Series(pd.array([pd.NA] * len(ids), dtype="Int64"), index=ids.index)
    whole.iloc[np.flatnonzero(there)] = known.astype("Int64").array
    return whole
