"""The tags and custom fields that an account has: their columns are there in every read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from runn_pandas.catalog.definitions import definitions
from runn_pandas.errors import AccessError, NotFoundError, OfflineError
from runn_pandas.frame.custom_fields import CustomField
from runn_pandas.frame.decode import Page
from runn_pandas.frame.expanded import Tag
from runn_pandas.frame.nested import Known
from runn_pandas.reader.pages import Reader, chains
from runn_pandas.reader.query import Query

log = logging.getLogger("runn_pandas")


def known_parts(query: Query, on_wait: Callable[[float, str], None]) -> Known:
    """Return what the fields that a query expands have columns for, from the account's lists.

    A list that cannot be had (offline, not in the cassette, not in the account's plan) leaves the
    columns that the rows give.
    """
    known: dict[str, Any] = {}
    for field in query.nested:
        lists = definitions(query.resource, field)
        if not lists:
            continue
        jobs = [(one.resource, chains(one.resource, {}, one.filters)[0]) for one in lists]
        reader = Reader(query.account, query.max_age, on_wait=on_wait)
        try:
            found = reader.fetch(jobs)
        except (OfflineError, AccessError, NotFoundError) as error:
            log.info("%s: only columns of what the rows have: %s", field, error)
            continue
        rows = [
            (one.kind, row) for one, pages in zip(lists, found, strict=True) for row in _rows(pages)
        ]
        known[field] = _custom(rows) if lists[0].kind else [_tag(row) for _, row in rows]
    return known


def _tag(row: dict[str, Any]) -> Tag:
    return Tag(row["id"], str(row["name"]))


def _custom(rows: list[tuple[str, dict[str, Any]]]) -> dict[CustomField, bool]:
    """Return custom fields, and whether several options can be chosen of each."""
    return {
        CustomField(kind, row["id"], str(row["name"])): row.get("singleSelect") is False
        for kind, row in rows
    }


def _rows(pages: list[Page]) -> Iterator[dict[str, Any]]:
    names = ("id", "name", "singleSelect")
    for page in pages:
        for values in zip(*(page.values(name) for name in names), strict=True):
            yield dict(zip(names, values, strict=True))
