"""Runn's side of a reconciliation: its actuals, and where a new one belongs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.actuals import MINUTES, logged_minutes
from runn_pandas.analysis.columns import Columns
from runn_pandas.analysis.days import Window, business_dates, day_numbers
from runn_pandas.analysis.inputs import Source
from runn_pandas.lookup.name_columns import whole_ids

# What tells one actual from another.
KEYS = ("date", "personId", "projectId")
IDENTITY = (*KEYS, "roleId", "workstreamId")
STAMP = "updatedAt"  # by which a push sees what others have changed since
SEEN = "runnUpdatedAt"  # the last of a key's


def plain_actuals(source: Source, window: Window | None) -> pd.DataFrame:
    """Return Runn's actuals of a window, with plain types whatever the frame came as."""
    nothing = pd.DataFrame(columns=[*IDENTITY, *MINUTES])
    frame = nothing if window is None else source.table("actuals", window)
    table = Columns(frame, "actuals")
    plain = pd.DataFrame({"date": business_dates(table.series("date"), "date")})
    for key in IDENTITY[1:]:
        there = key in table or key in KEYS
        plain[key] = (
            whole_ids(table.series(key)) if there else pd.array([pd.NA] * len(plain), "Int64")
        )
    plain[list(MINUTES)] = np.column_stack(logged_minutes(table, np.arange(len(table))))
    plain[STAMP] = stamps(frame[STAMP] if STAMP in table else pd.Series(pd.NaT, plain.index))
    first, last = window or (0, 0)
    days = day_numbers(plain["date"])
    return plain[(days >= first) & (days <= last)].reset_index(drop=True)


def stamps(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return moments of change, whatever they came as; NaT where none can be read."""
    texts = column if column.dtype.kind == "M" else column.astype("string").astype(object)
    read = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601")
    return read.astype("datetime64[us, UTC]").reset_index(drop=True)


def roles_for(keys: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return the role and the workstream of a new actual, by Runn's own rule for timesheets.

    The person's single role on the project; else the role of the contract on that date. The
    workstream is that of the person on the project if there is a single one.
    """
    pair = ["personId", "projectId"]
    keys = keys[["date", *pair]].reset_index(drop=True)
    members = source.table("project-members")
    # Through text, so that "no workstream" counts as one of them.
    if "workstreamId" not in members:
        members = members.assign(workstreamId=pd.array([pd.NA] * len(members), dtype="Int64"))
    known = pd.DataFrame({c: whole_ids(members[c]) for c in (*pair, "roleId", "workstreamId")})
    known["stream"] = known["workstreamId"].fillna(-1)
    single = known.groupby(pair)[["roleId", "stream"]].agg(["nunique", "first"])
    single.columns = ["roles", "roleId", "streams", "workstreamId"]
    found = keys.merge(single.reset_index(), on=pair, how="left")
    role = found["roleId"].where((found["roles"] == 1).fillna(False)).astype("Int64")
    stream = found["workstreamId"].astype("Int64")
    stream = stream.where((found["streams"] == 1).fillna(False) & (stream >= 0).fillna(False))
    if role.isna().any():
        role = role.fillna(_contract_roles(keys, source))
    return pd.DataFrame({"roleId": role, "workstreamId": stream})


def _contract_roles(keys: pd.DataFrame, source: Source) -> pd.Series[Any]:
    """Return the role by the contract in force on the date."""
    table = source.table("contracts")
    contracts = pd.DataFrame(
        {key: whole_ids(table[key]) for key in ("personId", "roleId")}
        | {key: business_dates(table[key], key) for key in ("startDate", "endDate")}
    )
    both = keys[["date", "personId"]].drop_duplicates().merge(contracts, on="personId")
    started = ~(both["startDate"] > both["date"])
    both = both[started & ~(both["endDate"] < both["date"])]
    both = both.sort_values("startDate", kind="stable", na_position="first")
    both = both.drop_duplicates(["date", "personId"], keep="last")
    merged = keys.merge(both, on=["date", "personId"], how="left")
    roles: pd.Series[Any] = merged["roleId"].astype("Int64")
    return roles
