"""From a reconciliation to the actuals that make Runn agree with the timesheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.names import Lists, numbers
from runn_pandas.analysis.rounding import Ints, days
from runn_pandas.analysis.tables import Tables, choice, minutes_column
from runn_pandas.errors import FrameError

# What tells one actual from another, and what it holds.
KEYS = ("date", "personId", "projectId")
IDENTITY = (*KEYS, "roleId", "workstreamId")
MINUTES = ("billableMinutes", "nonbillableMinutes")
RESULT = ("timesheetMinutes", "runnMinutes", "differenceMinutes", "status")
TO_WRITE = ("differs", "only_timesheet", "only_runn")
# Why a row that differs is not written.
NO_ROLE = "cannot be written: no role was found; fill in roleId in the result"
NOT_MATCHED = "not written: rows of that person and day were not matched"
NO_MINUTES = "not written: its billableMinutes or nonbillableMinutes are missing"


def corrections(
    result: pd.DataFrame,
    *,
    only_runn: str = "zero",
    tables: Tables | None = None,
    account: Account | None = None,
) -> pd.DataFrame:
    """Give the actuals that make Runn agree with the timesheet, ready to be pushed.

    Parameters
    ----------
    result : DataFrame
        A result of `reconcile`, or those of its rows in which the timesheet is right.
    only_runn : {"zero", "keep"}
        What the timesheet does not have is set to 0 minutes (the day then counts as not
        worked), or is left as it is.
    tables : dict of str to DataFrame, optional
        As in `reconcile`. Actuals are needed only for the rows that take more than one write.
    account : Account, optional
        As in `reconcile`.

    Returns
    -------
    DataFrame
        ``date, personId, projectId, roleId, workstreamId, billableMinutes,
        nonbillableMinutes``: the new totals in whole minutes, one row for each actual to write,
        under the label that the row has in `result`. Rows that match are left out. Where a key
        has several actuals (roles or workstreams), more minutes go to the largest of them, and
        fewer are taken from the largest first, so that as few as possible are written.

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
    >>> from runn_pandas.analysis.reconcile import reconcile
    >>> result = reconcile(sheet.drop_duplicates())
    >>> fixes = corrections(result)
    >>> list(fixes.columns)[3:]
    ['roleId', 'workstreamId', 'billableMinutes', 'nonbillableMinutes']
    """
    choice("only_runn", only_runn, ("zero", "keep"))
    missing = [c for c in (*IDENTITY, *MINUTES, *RESULT) if c not in result.columns]
    if missing:
        raise FrameError(
            f"The frame has no column {missing[0]!r}: corrections takes a result of rp.reconcile"
            " by date, personId and projectId."
        )
    write = TO_WRITE if only_runn == "zero" else TO_WRITE[:2]
    rows = result[result["status"].isin(write)]
    # Not written: hours of people whose rows of that day were not all matched.
    rows = rows[rows[list(MINUTES)].notna().all(axis=1)]
    fixes = rows[[*IDENTITY, *MINUTES]]
    open_ = fixes["roleId"].isna()
    if open_.any():
        # The whole window again, which the cache mostly has.
        several = _several(rows[open_], _day_window(result["date"]), Lists(account, tables))
        fixes = pd.concat([fixes[~open_], several.astype(fixes.dtypes)])
        order = result.index.get_indexer_for(fixes.index) if result.index.is_unique else None
        fixes = fixes if order is None else fixes.iloc[np.argsort(order, kind="stable")]
    fixes.attrs.clear()
    return fixes


def refusal(row: Mapping[str, Any]) -> str:
    """Say why a row of a reconciliation cannot be written, or "" if it can."""
    if any(pd.isna(row[part]) for part in MINUTES):
        return NOT_MATCHED if row["status"] == "only_runn" else NO_MINUTES
    if pd.isna(row["roleId"]) and pd.isna(row["runnMinutes"]):
        return NO_ROLE
    return ""


def writes(result: pd.DataFrame) -> tuple[pd.DataFrame, list[int], dict[int, str]]:
    """Give the actuals to write, of which row of `result` each is, and why others are not written.

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


def _day_window(dates: pd.Series[Any]) -> tuple[int, int]:
    stamps = days(dates, "date").dropna().to_numpy("datetime64[D]").astype("int64")
    return int(stamps.min()), int(stamps.max())


def _several(rows: pd.DataFrame, window: tuple[int, int], lists: Lists) -> pd.DataFrame:
    """The writes for keys that have several actuals."""
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
    actuals = plain_actuals(lists, window)
    wanted = known[keys].assign(key=np.arange(len(known)))
    mine = actuals.merge(wanted, on=keys, how="inner")
    lost = set(wanted["key"]) - set(mine["key"])
    if lost:
        first = known.iloc[min(lost)]
        raise FrameError(
            f"Runn has no actual of personId {first['personId']} on projectId {first['projectId']}"
            f" on {first['date']:%Y-%m-%d} any more: reconcile again."
        )
    target = {part: known[part].to_numpy("float64") for part in MINUTES}
    new_ones = spread(mine, target)
    changed = new_ones[new_ones["changed"]]
    new_ones = changed.sort_values(["key", "roleId", "workstreamId"], kind="stable")
    made = pd.DataFrame({c: new_ones[c] for c in IDENTITY})
    for part in MINUTES:
        made[part] = minutes_column(new_ones[f"new.{part}"].to_numpy("float64"))
    return made.set_axis(known.index[new_ones["key"].to_numpy()])


def plain_actuals(lists: Lists, window: tuple[int, int]) -> pd.DataFrame:
    """Runn's actuals of a window of days, with plain types whatever the frame came as."""
    told = lists.source.table("actuals", window)
    needed = [c for c in ("date", "personId", "projectId", *MINUTES) if c not in told.columns]
    if needed:
        raise FrameError(f"The table 'actuals' has no column {needed[0]!r}; read it again.")
    plain = pd.DataFrame({"date": days(told["date"], "date")})
    for key in IDENTITY[1:]:
        here = told[key] if key in told.columns else pd.Series(pd.NA, told.index, dtype="Int64")
        plain[key] = numbers(here)
    if told[list(MINUTES)].isna().all(axis=1).any():
        raise FrameError(
            "The table 'actuals' has rows without any minutes, which are no actuals of 0; fill them"
            " in or leave these rows out."
        )
    for part in MINUTES:
        plain[part] = told[part].astype("Float64").fillna(0).to_numpy("float64")
    stamps = plain["date"].to_numpy("datetime64[D]").astype("int64")
    return plain[(stamps >= window[0]) & (stamps <= window[1])].reset_index(drop=True)


def no_actuals() -> pd.DataFrame:
    """What `plain_actuals` gives where there are none."""
    empty = pd.DataFrame({"date": pd.Series(dtype="datetime64[us]")})
    empty[list(IDENTITY[1:])] = pd.DataFrame({c: pd.Series(dtype="Int64") for c in IDENTITY[1:]})
    empty[list(MINUTES)] = pd.DataFrame({c: pd.Series(dtype="float64") for c in MINUTES})
    return empty


def spread(actuals: pd.DataFrame, target: dict[str, Any]) -> pd.DataFrame:
    """Bring the actuals of each `key` to its target, with as few writes as possible.

    `target` has the billable and the nonbillable minutes by key number. What is missing is
    added to the largest actual; what is too much is taken from the largest first.
    """
    actuals = actuals.assign(total=actuals[MINUTES[0]] + actuals[MINUTES[1]])
    order = ["key", "total", "roleId", "workstreamId"]
    actuals = actuals.sort_values(order, ascending=[True, False, True, True], kind="stable")
    actuals = actuals.reset_index(drop=True)
    actuals["main"] = ~actuals["key"].duplicated()
    changed = np.zeros(len(actuals), dtype=bool)
    for part in MINUTES:
        have = actuals[part]
        groups = actuals.groupby("key")[part]
        gap = target[part][actuals["key"].to_numpy()] - groups.transform("sum")
        more = gap.clip(lower=0).where(actuals["main"], 0.0)
        falling = actuals.sort_values(["key", part], ascending=[True, False], kind="stable")
        before = falling.groupby("key")[part].cumsum() - falling[part]
        excess = (-gap).clip(lower=0) - before.reindex(actuals.index)
        new = have + more - excess.clip(lower=0).where(excess < have, have)
        actuals[f"new.{part}"] = new
        changed |= (new != have).to_numpy(bool)
    return actuals.assign(changed=changed)


def roles_for(keys: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """The role and the workstream of a new actual, by Runn's own rule for timesheets.

    The person's single role on the project; else the role of the contract on that date. The
    workstream is that of the person on the project if there is a single one.
    """
    pair = ["personId", "projectId"]
    keys = keys[["date", *pair]].reset_index(drop=True)
    members = lists["project-members"]
    # Through text, so that "no workstream" counts as one of them.
    if "workstreamId" not in members:
        members = members.assign(workstreamId=pd.array([pd.NA] * len(members), dtype="Int64"))
    told = pd.DataFrame({c: numbers(members[c]) for c in (*pair, "roleId", "workstreamId")})
    told["stream"] = told["workstreamId"].fillna(-1)
    single = told.groupby(pair)[["roleId", "stream"]].agg(["nunique", "first"])
    single.columns = ["roles", "roleId", "streams", "workstreamId"]
    found = keys.merge(single.reset_index(), on=pair, how="left")
    role = found["roleId"].where((found["roles"] == 1).fillna(False)).astype("Int64")
    stream = found["workstreamId"].astype("Int64")
    stream = stream.where((found["streams"] == 1).fillna(False) & (stream >= 0).fillna(False))
    if role.isna().any():
        role = role.fillna(_contract_roles(keys, lists))
    return pd.DataFrame({"roleId": role, "workstreamId": stream})


def _contract_roles(keys: pd.DataFrame, lists: Lists) -> pd.Series[Any]:
    """The role by the contract in force on the date."""
    told = lists["contracts"]
    contracts = pd.DataFrame(
        {
            "personId": numbers(told["personId"]),
            "roleId": numbers(told["roleId"]),
            "startDate": days(told["startDate"], "startDate"),
            "endDate": days(told["endDate"], "endDate"),
        }
    )
    both = keys[["date", "personId"]].drop_duplicates().merge(contracts, on="personId")
    started = ~(both["startDate"] > both["date"])
    both = both[started & ~(both["endDate"] < both["date"])]
    both = both.sort_values("startDate", kind="stable", na_position="first")
    both = both.drop_duplicates(["date", "personId"], keep="last")
    merged = keys.merge(both, on=["date", "personId"], how="left")
    roles: pd.Series[Any] = merged["roleId"].astype("Int64")
    return roles


def key_columns(keys: Sequence[str]) -> bool:
    """Whether a reconciliation by these keys says which actual to write."""
    return set(KEYS) <= set(keys)


def divided(
    result: pd.DataFrame, sheet: Ints, runn_parts: list[Any], match: Any, lists: Lists
) -> Any:
    """The billable share where nobody says: as Runn has it, else by the project."""
    total = runn_parts[0] + runn_parts[1]
    share = np.floor(sheet * runn_parts[0] / np.where(total > 0, total, 1) + 0.5)
    new = (total == 0) & (sheet > 0) & ~match
    if new.any():
        projects = lists["projects"]
        free = numbers(projects["id"])[(projects["pricingModel"] == "nb").fillna(False)]
        share = np.where(new & ~result["projectId"].isin(free).to_numpy(), sheet, share)
    return share


def to_write(
    result: pd.DataFrame,
    actuals: pd.DataFrame,
    target: dict[str, Any],
    there: Any,
    lists: Lists,
) -> pd.DataFrame:
    """The one write of each key; no role where one is not enough."""
    ids = ("roleId", "workstreamId")
    spreads = spread(actuals, target)
    writes = spreads.groupby("key")["changed"].sum().reindex(range(len(result)), fill_value=0)
    chosen = spreads[spreads["changed"] | (spreads["main"] & (spreads["key"].map(writes) == 0))]
    chosen = chosen.drop_duplicates("key").set_index("key").reindex(range(len(result)))
    single = (writes <= 1).to_numpy() & there
    new = ~there
    made = roles_for(result[new], lists).set_axis(result.index[new]) if new.any() else None
    for key in ids:
        if key not in result:
            found = chosen[key].astype("Int64").where(single)
            result[key] = found if made is None else found.fillna(made[key])
    for part in MINUTES:
        result[part] = minutes_column(np.where(single, chosen[f"new.{part}"], target[part]))
    return result


def present(values: Any, there: Any) -> pd.Series[Any]:
    """Minutes, NA where there is nothing."""
    full = pd.Series(minutes_column(np.where(there, values, 0.0)))
    return full.where(there)
