"""What the explorer says about what is chosen and read: values from values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from runn_pandas.frame.words import counted

MATCHES = 8  # resources named while one types


def literal(value: Any) -> str:
    """Return a filter's value as Python spells it, texts in double quotes where that is plain."""
    if isinstance(value, str) and '"' not in value:
        # With an apostrophe in it, Python spells a text in double quotes.
        return '"' + repr("'" + value)[2:]
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def code_of(resource: str, filters: Mapping[str, Any], *, names_account: bool = False) -> str:
    """Return the line that reads a resource with filters.

    Examples
    --------
    >>> code_of("actuals", {"minDate": "2026-06-01", "personId": 7})
    'pd.read_runn("actuals", minDate="2026-06-01", personId=7)'
    """
    parts = [literal(resource), *(f"{name}={literal(value)}" for name, value in filters.items())]
    return f"pd.read_runn({', '.join([*parts, *(['account=account'] if names_account else [])])})"


def matches(typed: str, names: Iterable[str]) -> str:
    """Return a sentence of the resources that a text could become; "" if there are none."""
    near = [name for name in names if typed.casefold() in name]
    more = f" and {len(near) - MATCHES} more" if len(near) > MATCHES else ""
    return f"Resources: {', '.join(near[:MATCHES])}{more}." if near else ""


def read_message(name: str, frame: pd.DataFrame, warnings: Iterable[str]) -> tuple[str, str]:
    """Return the message of a read: its kind, and what was read with the warnings below it."""
    if frame.empty:
        kind, first = "empty", f"No rows: {name} has nothing that fits these filters."
    else:
        size = f"{counted(len(frame), 'row')} and {counted(frame.shape[1], 'column')}"
        kind, first = "done", f"{size}; app.frame has them."
    return kind, "\n".join([first, *warnings])
