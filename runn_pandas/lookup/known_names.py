"""What ids are called, where the lists that say so are at hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from runn_pandas.account import Account
from runn_pandas.errors import RunnError
from runn_pandas.lookup.lists import Lists
from runn_pandas.lookup.name_columns import list_of, names_of

Cell = tuple[str, Any]  # a field and its value


def at_hand(account: Account) -> Lists:
    """Return the lists that cost no request of Runn's: those in the cache, all of the demo."""
    is_free = account.is_demo and not account.in_cassette
    return Lists(None, account if is_free else account.offline())


def named_cells(source: Lists, cells: Iterable[Cell]) -> dict[Cell, str]:
    """Return the names of the ids among cells; one of a list that cannot be read has none.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> role = int(rp.read_runn("roles")["id"].iloc[0])
    >>> named_cells(at_hand(account), [("defaultRoleId", role), ("minutesPerDay", role)])
    {('defaultRoleId', 11004): 'Designer'}
    """
    wanted: dict[str, set[Cell]] = {}
    for field, value in cells:
        resource = list_of(field) if isinstance(value, int) else None
        if resource and "{" not in resource:
            wanted.setdefault(resource, set()).add((field, value))
    known: dict[Cell, str] = {}
    for resource, found in wanted.items():
        asked = sorted(found)
        try:
            texts = names_of(source, resource, pd.Series([value for _, value in asked]))
        except RunnError:
            continue
        known |= {cell: text for cell, text in zip(asked, texts, strict=True) if text}
    return known
