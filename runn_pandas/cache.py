"""What is kept on disk of the current account, and how to remove it: ``rp.cache``."""

from __future__ import annotations

import pandas as pd

from runn_pandas.account import current
from runn_pandas.catalog import load
from runn_pandas.frame.types import PANDAS_TEXT

__all__ = ["clear", "info"]


def __dir__() -> list[str]:
    return list(__all__)


def info() -> pd.DataFrame:
    """List what the cache holds of the current account.

    Returns
    -------
    DataFrame
        One row for each list read: ``resource``, ``filters`` (path parameters among them),
        ``rows``, ``pages``, ``age`` (a Timedelta of whole seconds: how long ago the rows were
        fetched) and ``bytes`` (its pages in the file, and the same rows decoded).

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> teams = rp.read_runn("teams")
    >>> rp.cache.info()[["resource", "rows"]].values.tolist()
    [['teams', 5]]
    """
    account = current()
    rows = account.cache.info(account.fingerprint)
    for row in rows:
        shown = {name: value for name, value in row["filters"].items() if name != "limit"}
        row["filters"] = ", ".join(f"{name}={value}" for name, value in shown.items())
    columns = ["resource", "filters", "rows", "pages", "age", "bytes"]
    frame = pd.DataFrame(rows, columns=columns)
    age = pd.to_timedelta(frame["age"].astype("float64"), unit="s")
    # Microseconds say nothing here, and make a column that cannot be read.
    frame["age"] = age.dt.as_unit("us").dt.floor("s")
    counts = dict.fromkeys(("rows", "pages", "bytes"), "Int64")
    return frame.astype({"resource": PANDAS_TEXT, "filters": PANDAS_TEXT, **counts})


def clear(resource: str | None = None) -> int:
    """Remove what the cache holds of the current account.

    Parameters
    ----------
    resource : str, optional
        Only this resource's lists (``"projects/{projectId}/phases"``) or this one
        (``"projects/12/phases"``); all if not given.

    Returns
    -------
    int
        How many lists were removed.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> teams = rp.read_runn("teams")
    >>> rp.cache.clear("teams")
    1
    """
    account = current()
    if resource is None:
        return account.cache.clear(account=account.fingerprint)
    found, place = load().find(resource)
    return account.cache.clear(found.name, filters=place, account=account.fingerprint)
