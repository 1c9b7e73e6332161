"""The rows of a list as JSON, as they are now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from runn_pandas.account import Account
from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.filters import check_filters
from runn_pandas.errors import NotFoundError, ValidationError
from runn_pandas.reader.fresh import FreshRows, has_filter
from runn_pandas.reader.pages import Reader, chains

Row = dict[str, Any]
# A row that was written while the list was read may carry an earlier time.
OVERLAP = timedelta(minutes=5)


def rows(account: Account, name: str, **filters: Any) -> list[Row]:
    """Return every row of a list, read now.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> rows(rp.connect("demo"), "teams")[0]["name"]
    'Studio'
    """
    return FreshRows(account).all(load().resources[name], **filters)


def record(account: Account, path: str) -> Row | None:
    """Return one record, or None if the account has none."""
    try:
        found: Row = account.session.request("GET", path).json()
    except (NotFoundError, ValidationError):
        return None
    return found


def rows_since_cached(account: Account, name: str) -> list[Row]:
    """Return every row of a list: those in the cache, and what was modified since they were read.

    A list that is not in the cache, or that cannot be asked for what was modified, is read whole.
    Rows that were deleted since are not noticed.
    """
    resource = load().resources[name]
    cached = _cached(account, resource) if has_filter(resource, "modifiedAfter") else None
    if cached is None:
        return rows(account, name)
    stamps = [str(row["updatedAt"]) for row in cached if row.get("updatedAt")]
    if not stamps:
        return rows(account, name)
    # The newest time in the list is the server's own, so no clock of this machine counts.
    newest = datetime.fromisoformat(max(stamps)[:19] + "+00:00")
    found = {row["id"]: row for row in cached}
    since = f"{newest - OVERLAP:%Y-%m-%dT%H:%M:%SZ}"
    found |= {row["id"]: row for row in rows(account, name, modifiedAfter=since)}
    return list(found.values())


def _cached(account: Account, resource: Resource) -> list[Row] | None:
    """Return the rows of a list that is in the cache, or None."""
    path, query = check_filters(resource, {}, {})
    (chain,) = chains(resource, path, query)
    reader = Reader(account, account.max_age)
    reading = reader._reading(resource, chain)
    if not reading.cached:
        return None
    found = [row for page in reader._cached(resource, reading) for row in _rows(page)]
    return found if all("id" in row for row in found) else None


def _rows(page: Any) -> list[Row]:
    found = page.rows
    return found.to_pylist() if hasattr(found, "to_pylist") else list(found)


def find_newest(account: Account, name: str) -> int:
    """Return the highest id of a list, 0 if it is empty."""
    resource = load().resources[name]
    source = FreshRows(account)
    found = source.newest(resource) if has_filter(resource, "order") else source.all(resource)
    return max((row["id"] for row in found), default=0)


def rows_after(account: Account, name: str, mark: int) -> list[Row]:
    """Return the rows of a list with a higher id than `mark`."""
    found = FreshRows(account).down_to(load().resources[name], mark)
    return [row for row in found if row["id"] > mark]


def rows_by_id(account: Account, name: str, ids: set[Any]) -> dict[Any, Row]:
    """Return the rows that a list has of some ids, by id."""
    found, _ = FreshRows(account).by_id(load().resources[name], set(ids))
    return {row["id"]: row for row in found if row.get("id") in ids}


__all__ = ["find_newest", "record", "rows", "rows_after", "rows_by_id", "rows_since_cached"]
