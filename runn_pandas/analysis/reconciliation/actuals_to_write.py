"""From a reconciliation to the actuals that make Runn agree with the timesheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.actuals import MINUTES
from runn_pandas.analysis.columns import minutes_column
from runn_pandas.analysis.days import Window, business_dates, day_numbers
from runn_pandas.analysis.inputs import Source, Tables, choice
from runn_pandas.analysis.options import ONLY_RUNN
from runn_pandas.analysis.reconciliation.comparison import adjusted
from runn_pandas.analysis.reconciliation.runn_actuals import (
    IDENTITY,
    KEYS,
    SEEN,
    STAMP,
    plain_actuals,
    stamps,
)
from runn_pandas.errors import FrameError

RESULT = ("timesheetMinutes", "runnMinutes", "differenceMinutes", "status")
TO_WRITE = ("differs", "only_timesheet", "only_runn")
# What Runn did not have when it was compared is newer than this.
NEVER = pd.Timestamp("1970-01-01", tz="UTC")
# Why a row that differs is not written.
NO_ROLE = "cannot be written: no role was found; fill in roleId in the result"
NOT_MATCHED = "not written: rows of that person and day were not matched"
NO_MINUTES = "not written: its billableMinutes or nonbillableMinutes are missing"


def corrections(
    result: pd.DataFrame,
    *,
    only_runn: str | None = None,
    tables: Tables | None = None,
    account: Account | None = None,
) -> pd.DataFrame:
    """Return the actuals that make Runn agree with the timesheet, ready to be pushed.

    Parameters
    ----------
    result : DataFrame
        A result of `reconcile`, or those of its rows in which the timesheet is right.
    only_runn : {"zero", "keep"}, optional
        What the timesheet does not have is set to 0 minutes (the day then counts as not
        worked), or is left as it is; by default as the columns of `result` say.
    tables : dict of str to DataFrame, optional
        As in `reconcile`. Actuals are needed only for the rows that take more than one write.
    account : Account, optional
        As in `reconcile`.

    Returns
    -------
    DataFrame
        ``date, personId, projectId, roleId, workstreamId, billableMinutes,
        nonbillableMinutes``: the new totals in whole minutes, one row for each actual to write,
        under the label that the row has in `result`. Rows that match are left out. By
        ``updatedAt``, which is of the comparison (1970 if Runn had no actual), a push sees what
        others have changed since, and takes it for a conflict. Where a key
        has several actuals (roles or workstreams), more minutes go to the largest of them, and
        fewer are taken from the largest first, so that as few as possible are written; what is
        billable, or no longer, stays in its actual.

    Raises
    ------
    FrameError
        If `result` is no reconciliation by date, person and project, or a row has no role.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> actuals = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05")
    >>> sheet = actuals[["date", "personId", "projectId"]].assign(minutes=480)
    >>> from runn_pandas.analysis.reconciliation.api import reconcile
    >>> result = reconcile(sheet.drop_duplicates())
    >>> fixes = corrections(result)
    >>> list(fixes.columns)[3:]
    ['roleId', 'workstreamId', 'billableMinutes', 'nonbillableMinutes', 'updatedAt']
    """
    if only_runn is not None:
        choice("only_runn", only_runn, ONLY_RUNN)
    missing = [c for c in (*IDENTITY, *MINUTES, *RESULT) if c not in result.columns]
    if missing:
        raise FrameError(
            f"The frame has no column {missing[0]!r}: corrections takes a result of rp.reconcile"
            " by date, personId and projectId."
        )
    alone = result["status"] == "only_runn"
    if only_runn == "zero":
        result = result.assign(**{part: result[part].mask(alone & result[part].notna(), 0)
                                  for part in MINUTES})  # fmt: skip
    changed = result[list(MINUTES)].sum(axis=1) != result["runnMinutes"]
    if only_runn == "keep":
        changed = changed & ~alone
    rows = result[result["status"].isin(TO_WRITE) & (~alone | changed.fillna(True))]
    # Not written: hours of people whose rows of that day were not all matched.
    rows = rows[rows[list(MINUTES)].notna().all(axis=1)]
    fixes = rows[[*IDENTITY, *MINUTES]].assign(**{STAMP: _seen(rows)})
    open_ = fixes["roleId"].isna()
    if "runnActuals" in rows:
        open_ |= rows["runnActuals"] > 1
    if open_.any():
        # The whole window again, as it is now: minutes that others changed must not be divided.
        source = Source(tables, account)
        source.max_age = 0
        several = _several(rows[open_], _day_window(result["date"]), source)
        fixes = pd.concat([fixes[~open_], several.astype(fixes.dtypes)])
        order = result.index.get_indexer_for(fixes.index) if result.index.is_unique else None
        fixes = fixes if order is None else fixes.iloc[np.argsort(order, kind="stable")]
    fixes.attrs.clear()
    return fixes


def _seen(rows: pd.DataFrame) -> pd.Series[Any]:
    """Return when Runn's actuals of each key were changed last, as they were compared."""
    told = rows.get(SEEN, pd.Series(pd.NaT, rows.index))
    return stamps(told).set_axis(rows.index).mask(rows["runnMinutes"].isna(), NEVER)


def _seen_of_several(known: pd.DataFrame, actuals: pd.DataFrame) -> pd.Series[Any]:
    """Return what the writes of each key may have seen: of a key that has changed, nothing."""
    seen = _seen(known).reset_index(drop=True)
    now = actuals.groupby("key")[STAMP].max().reindex(seen.index)
    count = actuals.groupby("key").size().reindex(seen.index)
    # Of a role that was named it is not known how many there were.
    had = known.get("runnActuals", known["roleId"]).where(known["roleId"].isna())
    had = had.reset_index(drop=True)
    return seen.mask((now > seen) | (count != had).fillna(False).astype(bool), NEVER)


def refusal(row: Mapping[str, Any]) -> str:
    """Return why a row of a reconciliation cannot be written, or "" if it can."""
    if any(pd.isna(row[part]) for part in MINUTES):
        return NOT_MATCHED if row["status"] == "only_runn" else NO_MINUTES
    if pd.isna(row["roleId"]) and pd.isna(row["runnMinutes"]):
        return NO_ROLE
    return ""


def without_role(result: pd.DataFrame) -> str:
    """Return what to say of the rows of a reconciliation that have no role, or ""."""
    if "billableMinutes" not in result:
        return ""
    rows = result[result["roleId"].isna() & result["runnMinutes"].isna()]
    if rows.empty:
        return ""
    first = rows.iloc[0]
    return (
        f"{len(rows):,} {'rows' if len(rows) > 1 else 'row'} that only the timesheet has"
        f" ({rows['timesheetMinutes'].sum() / 60:,.2f} h) cannot be written, for want of a role"
        f" (the first: personId {first['personId']}, projectId {first['projectId']}, on"
        f" {first['date']:%Y-%m-%d}): the person has no single role on the project and no contract"
        " on that day. Fill in roleId in the result before it is pushed."
    )


def writes(result: pd.DataFrame) -> tuple[pd.DataFrame, list[int], dict[int, str]]:
    """Return the actuals to write, the row of `result` of each, and why others are not written.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> actuals = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05")
    >>> sheet = actuals[["date", "personId", "projectId"]].assign(minutes=480)
    >>> result = rp.reconcile(sheet.drop_duplicates())
    >>> fixes, rows, open_ = writes(result)
    >>> len(fixes) == len(rows), open_
    (True, {})
    """
    plain = result.reset_index(drop=True)
    fixes = corrections(plain)
    rows = fixes.index.tolist()
    left = plain[plain["status"].isin(TO_WRITE)].drop(index=rows)
    reasons = zip(left.index.tolist(), left.to_dict("records"), strict=True)
    open_ = {place: why for place, row in reasons if (why := refusal(row))}  # type: ignore[arg-type]
    return fixes.set_axis(result.index[rows]), rows, open_


def _day_window(dates: pd.Series[Any]) -> Window:
    days = day_numbers(business_dates(dates, "date").dropna())
    return int(days.min()), int(days.max())


def _several(rows: pd.DataFrame, window: Window, source: Source) -> pd.DataFrame:
    """Return the writes for keys that have several actuals."""
    keys = list(KEYS)
    known = rows[rows["runnMinutes"].notna()]
    new = rows[rows["runnMinutes"].isna()]
    if len(new):
        first = new.iloc[0]
        raise FrameError(
            f"{len(new):,} rows have no role (the first: personId {first['personId']}, projectId"
            f" {first['projectId']}): the person has no single role on the project and no contract"
            " on that day. Fill in roleId in the result, or leave these rows out."
        )
    actuals = plain_actuals(source, window)
    wanted = known[[*keys, "roleId"]].assign(key=np.arange(len(known)))
    mine = actuals.merge(wanted, on=keys, how="inner", suffixes=("", ".key"))
    # With the role among the keys there may be several workstreams of it.
    same_role = mine["roleId.key"].isna() | (mine["roleId.key"] == mine["roleId"])
    mine = mine[same_role.fillna(False)]
    lost = set(wanted["key"]) - set(mine["key"])
    if lost:
        first = known.iloc[min(lost)]
        raise FrameError(
            f"Runn has no actual of personId {first['personId']} on projectId {first['projectId']}"
            f" on {first['date']:%Y-%m-%d} any more: reconcile again."
        )
    target = {part: known[part].to_numpy("float64") for part in MINUTES}
    new_ones = adjusted(mine, target)
    changed = new_ones[new_ones["changed"]]
    new_ones = changed.sort_values(["key", "roleId", "workstreamId"], kind="stable")
    made = pd.DataFrame({c: new_ones[c] for c in IDENTITY})
    for part in MINUTES:
        made[part] = minutes_column(new_ones[f"new.{part}"].to_numpy("float64"))
    made[STAMP] = _seen_of_several(known, mine).reindex(new_ones["key"]).set_axis(made.index)
    return made.set_axis(known.index[new_ones["key"].to_numpy()])
