"""Names beside the ids of a frame, from lists that are known already; no request is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from runn_pandas.account import Account, current_or_none
from runn_pandas.errors import RunnError
from runn_pandas.jupyter.table.cells import Known
from runn_pandas.lookup.known_names import at_hand
from runn_pandas.lookup.lists import Lists
from runn_pandas.lookup.name_columns import label, list_of, names


class Named(NamedTuple):
    """A frame with names, what ids in nested fields are called, and the lists not known yet."""

    frame: pd.DataFrame
    known: dict[int, Known]
    missing: list[str]


def account_of(frame: pd.DataFrame, account: Account | None) -> Account | None:
    """Return whose ids a frame has: the given account, or the current one that it was read from."""
    hint = frame.attrs.get("runn")
    own = hint.get("account") if isinstance(hint, Mapping) else None
    found = account or current_or_none()
    return found if found is not None and own in (found.fingerprint, None) else None


def named(frame: pd.DataFrame, account: Account | None, *, ask: bool = False) -> Named:
    """Put the names beside the ids of a frame, from the lists that the cache has.

    Parameters
    ----------
    frame : DataFrame
        What is shown.
    account : Account or None
        Whose ids these are; without one there are no names.
    ask : bool
        Whether a list that the cache does not have is asked for. The demo account, which costs no
        request of Runn's, is always asked.
    """
    if account is None or not frame.columns.is_unique:
        return Named(frame, {}, [])
    lists = {column: _list_for(column) for column in frame.columns}
    wanted = {column: resource for column, resource in lists.items() if resource}
    source = Lists(None, account) if ask else at_hand(account)
    tables, missing = _tables(source, wanted.values(), ask)
    plain = [column for column, resource in wanted.items() if resource in missing]
    made = _beside(frame, plain, tables, account) if tables else frame
    return Named(made, _nested_names(made, wanted, tables), missing)


def _tables(
    source: Lists, resources: Iterable[str], ask: bool
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the lists that are there, and the names of those that are not."""
    tables: dict[str, pd.DataFrame] = {}
    missing = []
    for resource in dict.fromkeys(resources):
        try:
            tables[resource] = source.table(resource)
        except RunnError:
            if ask:
                raise
            missing.append(resource)
    return tables, missing


def _beside(
    frame: pd.DataFrame, plain: list[Any], tables: dict[str, pd.DataFrame], account: Account
) -> pd.DataFrame:
    """Return a frame with names beside all ids but some."""
    # Under another name a column has no list, and nothing is asked for.
    hidden = {column: f"{column}\0" for column in plain}
    made = names(frame.rename(columns=hidden), tables=tables, account=account)
    return made.rename(columns={other: column for column, other in hidden.items()})


def _list_for(column: Any) -> str | None:
    """Return the list that has the names of the ids in a column, nested ones too."""
    if not isinstance(column, str):
        return None
    one = "managerId" if column == "managers" else column[:-1] if column.endswith("Ids") else column
    return list_of(one)


def _nested_names(
    frame: pd.DataFrame, wanted: Mapping[Any, str], tables: Mapping[str, pd.DataFrame]
) -> dict[int, Known]:
    found: dict[int, Known] = {}
    for at, column in enumerate(frame.columns):
        table = tables.get(wanted.get(column, ""))
        if table is not None and frame[column].dtype == object and list_of(column) is None:
            texts = label(table)
            pairs = zip(texts.index.tolist(), texts.tolist(), strict=True)
            found[at] = {own: name for own, name in pairs if name}
    return found
