"""The mark that records of a check bear, and how those that bear it are found in an account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from runn_pandas.account_check.answers import page_limit
from runn_pandas.account_check.asking import Asker
from runn_pandas.account_check.contract import Row
from runn_pandas.catalog import load
from runn_pandas.reader.streams import DESCENDING

MARK = "runn-pandas check"
LAST_NAME = "Test"
ANY = rf"{MARK} [0-9a-f]{{8}}"  # the mark of some check
PAGES = 10  # of one list, at most, that are looked through for a mark
LONGEST = pd.Timedelta("15min")  # that a check takes
LEAVE = 3  # leave that a check takes for its person, at most


@dataclass(frozen=True)
class Kind:
    """A kind of record that stands alone: how it is found and deleted.

    Attributes
    ----------
    delete : str
        The path under which it is deleted, its id as ``{}``.
    marked_by : str
        The field that holds the mark.
    behind : str
        A pattern of what follows the mark there.
    also : mapping
        What else a record of a check has in its fields.
    has_filter : bool
        Whether the list can be asked for a text in the field.
    params : mapping
        What is sent with a deletion.
    """

    delete: str
    marked_by: str
    behind: str = ""
    also: Mapping[str, str] = field(default_factory=dict)
    has_filter: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)


# In this order they can be deleted: what hangs on a person goes with it, by force.
STANDING = {
    "people": Kind("/people/{}", "firstName", also={"lastName": LAST_NAME}, params={"force": True}),
    "projects": Kind("/projects/{}/", "name"),
    "people-tags": Kind("/people-tags/{}", "name", behind=" [1-3]", has_filter=False),
}
SEARCH = PAGES * len(STANDING)  # requests of one search through all of them, at most


def marked_ids(kind: str, rows: list[Row], mark: str = ANY) -> list[int]:
    """Return the ids of the rows that bear a mark just as a check writes it.

    Examples
    --------
    >>> marked_ids("projects", [{"id": 7, "name": "runn-pandas check 0badcafe"}])
    [7]
    >>> marked_ids("projects", [{"id": 8, "name": "runn-pandas checklist"}])
    []
    """
    standing = STANDING[kind]
    pattern = re.compile(mark + standing.behind)
    return [
        row["id"]
        for row in rows
        if pattern.fullmatch(str(row.get(standing.marked_by)))
        and all(row.get(name) == value for name, value in standing.also.items())
        and isinstance(row.get("id"), int)
    ]


def may_be_at_work(row: Row) -> bool:
    """Whether a record was made just now, so that the check which made it may be running."""
    made = pd.to_datetime(str(row.get("createdAt")), utc=True, errors="coerce")
    return isinstance(made, pd.Timestamp) and abs(now() - made) < LONGEST


def now() -> pd.Timestamp:
    """Return the moment that it is."""
    return pd.Timestamp.now("UTC")


def look_through(asker: Asker, kind: str, mark: str = MARK) -> tuple[list[Row], bool]:
    """Return the rows of a list that may bear a mark, and whether that are all.

    The newest come first; a list is asked for the mark where it can be.
    """
    standing, resource = STANDING[kind], load().resources[kind]
    text = {standing.marked_by: mark} if standing.has_filter else {}
    params = {**resource.facts.everything, **DESCENDING, **text, "limit": page_limit(kind)}
    rows: list[Row] = []
    for _ in range(PAGES):
        page = asker.find(resource.operation.path, params)
        rows += page.rows
        if not page.is_good or page.cursor is None:
            return rows, page.is_good
        params["cursor"] = page.cursor
    return rows, False


def has_other_work(asker: Asker, person: int, projects: list[int]) -> bool:
    """Whether a person has work or leave that is not of a check, or it cannot be seen."""
    for path in ("/assignments/", "/actuals/"):
        page = asker.find(path, {"personId": person, "limit": 200})
        other = {row.get("projectId") for row in page.rows} - {*projects}
        if not page.is_good or page.cursor is not None or other:
            return True
    page = asker.find("/time-offs/leave/", {"sortBy": "id", "personId": person, "limit": 200})
    notes = [row.get("note") for row in page.rows]
    ours = len(notes) <= LEAVE and all(not one or MARK in one for one in notes)
    return not (page.is_good and page.cursor is None and ours)
