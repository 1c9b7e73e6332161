"""Names beside ids: ``personId`` gets ``personName``, from lists read only as needed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.tables import Source, Tables
from runn_pandas.errors import FrameError
from runn_pandas.frame.nested import backend_of
from runn_pandas.frame.types import typed
from runn_pandas.reader.read import read_runn

HOLIDAYS = "holiday-groups/{holidayGroupId}/holidays"
# What an id column is called without its "Id", and the list that has the names.
LISTS = {
    "person": "people",
    "placeholder": "placeholders",
    "user": "users",
    "manager": "users",
    "requester": "users",
    "updater": "users",
    "project": "projects",
    "client": "clients",
    "role": "roles",
    "team": "teams",
    "workstream": "workstreams",
    "phase": "phases",
    "milestone": "milestones",
    "rateCard": "rate-cards",
    "skill": "skills",
    "holidayGroup": "holiday-groups",
    "holidaysGroup": "holiday-groups",
    "holiday": HOLIDAYS,
    "tag": "people-tags",
    "peopleTag": "people-tags",
    "projectTag": "project-tags",
    "invitation": "invitations",
    "view": "views",
}


def names(
    frame: pd.DataFrame, *, account: Account | None = None, tables: Tables | None = None
) -> pd.DataFrame:
    """Put the name beside every id: ``personName`` after ``personId``, and so on.

    Parameters
    ----------
    frame : DataFrame
        Any frame with columns such as ``personId``, ``projectId``, ``requesterId``. A level of
        the index of such a name gets its column too, before the others.
    account : Account, optional
        Where the lists are read, from the cache if it has them; the current one if not given.
    tables : dict of str to DataFrame, optional
        Frames by resource, as `read_many` gives them; what is missing is read, and only what
        the frame's columns need.

    Returns
    -------
    DataFrame
        A new frame with one text column more for each id column: people, placeholders and users
        as "First Last" (a user without a name as the e-mail address), all others by their name.
        An id that the list does not have, and a missing one, is NA. A column that is there
        already stays as it is, and so does an id that has no list of names (``eventId``).
        Rows, index and ``attrs`` are those of `frame`.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> members = rp.read_runn("project-members", columns=["personId", "projectId", "roleId"])
    >>> list(names(members).columns)
    ['personId', 'personName', 'projectId', 'projectName', 'roleId', 'roleName']
    """
    lists = Lists(account, tables)
    result = frame.copy()
    for number, level in reversed(list(enumerate(frame.index.names))):
        _beside(result, level, frame.index.get_level_values(number), 0, lists)
    for label in dict.fromkeys(frame.columns):
        at = result.columns.get_loc(label)
        if isinstance(at, int):
            _beside(result, label, frame[label], at + 1, lists)
        elif _list_of(label):
            raise FrameError(f"The frame has several columns {label!r}; rename all but one.")
    return result


def _beside(result: pd.DataFrame, label: Any, ids: Any, at: int, lists: Lists) -> None:
    resource = _list_of(label)
    if not resource or f"{label[:-2]}Name" in result.columns:
        return
    texts = lists.names_of(resource, pd.Series(ids, copy=False))
    column = typed(texts, "text", backend_of(result)).set_axis(result.index)
    result.insert(at, f"{label[:-2]}Name", column)


def _list_of(label: Any) -> str | None:
    """The list for an id column: by the whole name, or by how it ends (``ownerPersonId``)."""
    if not isinstance(label, str) or not label.endswith("Id"):
        return None
    what = label[:-2]
    ends = [kind for kind in LISTS if what.endswith(kind[0].upper() + kind[1:])]
    return LISTS.get(what) or (LISTS[max(ends, key=len)] if ends else None)


class Lists:
    """The lists of an account, each read at most once."""

    def __init__(self, account: Account | None, tables: Tables | None) -> None:
        self.source = Source(tables, account)
        self._found: dict[str, pd.DataFrame] = {}

    def __getitem__(self, resource: str) -> pd.DataFrame:
        if resource not in self._found:
            self._found[resource] = self._find(resource)
        return self._found[resource]

    def _find(self, resource: str) -> pd.DataFrame:
        if resource != HOLIDAYS or resource in self.source.given:
            return self.source.table(resource)
        groups = numbers(self["holiday-groups"]["id"]).dropna()
        return read_runn(resource, account=self.source.account, holidayGroupId=list(groups))

    def names_of(self, resource: str, ids: pd.Series[Any]) -> list[str | None]:
        """The names of ids, None where the list does not have one."""
        known = label(self[resource])
        # Placeholders are people too, and are in the list of people only if it was asked for.
        if resource == "people" and "placeholders" in self.source.given:
            known = pd.concat([known, label(self["placeholders"])])
            known = known[~known.index.duplicated()]
        at = known.index.get_indexer(pd.Index(numbers(ids).fillna(-1).astype("int64")))
        texts = known.tolist()
        return [texts[i] if i >= 0 else None for i in at]


def label(table: pd.DataFrame) -> pd.Series[Any]:
    """The name of each record, by its id."""
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
    known = texts.set_axis(pd.Index(numbers(table["id"]).fillna(-1).astype("int64")))
    return known[(known.index >= 0) & ~known.index.duplicated()]


def numbers(ids: pd.Series[Any]) -> pd.Series[Any]:
    """Ids as ``Int64``, whatever they came as; NA where it is no whole number."""
    values: pd.Series[Any] = pd.to_numeric(ids.astype(object), errors="coerce").astype("Float64")
    whole = values.where((values % 1 == 0).fillna(False) & (values.abs() < 2**53).fillna(False))
    return whole.astype("Int64")
