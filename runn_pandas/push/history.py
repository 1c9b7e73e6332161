"""The last pushes of an account, as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.push.continuing import close as end_by_hand
from runn_pandas.push.ledger import Ledger, journal_path

if TYPE_CHECKING:
    from runn_pandas.account import Account

COLUMNS = (
    "push",
    "when",
    "resource",
    "row",
    "action",
    "id",
    "field",
    "old",
    "new",
    "status",
    "error",
    "requests",
    "ended",
)


def journal(account: Account, *, close: int | None = None) -> pd.DataFrame:
    """Give the last pushes to an account from this machine, the newest first.

    Parameters
    ----------
    account : Account
        Whose.
    close : int, optional
        The number of an interrupted push that nobody will continue: the account is asked about
        its rows in doubt, and it is over. What it made stays.

    Returns
    -------
    DataFrame
        A row for each field that a push was to change: ``push`` (its number), ``when`` (UTC),
        ``resource``, ``row`` (the frame's label), ``action``, ``id``, ``field``, ``old``,
        ``new``, ``status`` and ``error`` of the row, ``requests`` and ``ended`` of the push.

    Raises
    ------
    PlanError
        If there is no push of the number to close.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> list(journal(rp.connect("demo")).columns[:4])
    ['push', 'when', 'resource', 'row']
    """
    ledger = Ledger(journal_path(account))
    try:
        if close is not None:
            end_by_hand(account, ledger, close)
        rows = ledger.history()
    finally:
        ledger.close()
    cells = [[row[name] for name in COLUMNS] for row in rows]
    # As objects from the start: beside a missing one, a whole number would become a float.
    frame = pd.DataFrame(cells, columns=list(COLUMNS), dtype=object)
    when: Any = pd.to_datetime(frame["when"].astype("float64"), unit="s", utc=True)
    frame["when"] = when.astype("datetime64[us, UTC]")
    text = "str" if int(pd.__version__.split(".")[0]) >= 3 else "string"
    types: dict[str, Any] = {
        "push": "Int64",
        "resource": text,
        "action": text,
        "field": text,
        "status": text,
        "error": text,
        "requests": "Int64",
        "ended": "boolean",
    }
    return frame.astype(types)
