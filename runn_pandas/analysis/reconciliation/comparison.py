"""The two sides of a reconciliation beside each other, and what would make them agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.actuals import MINUTES
from runn_pandas.analysis.columns import Ints, minutes_column
from runn_pandas.analysis.inputs import Source
from runn_pandas.analysis.reconciliation.rounding import apportion, whole_minutes
from runn_pandas.analysis.reconciliation.runn_actuals import IDENTITY, KEYS, SEEN, STAMP, roles_for
from runn_pandas.frame.types import PANDAS_TEXT
from runn_pandas.lookup.name_columns import whole_ids


def compare(
    rows: pd.DataFrame,
    actuals: pd.DataFrame,
    keys: list[str],
    margin: float,
    by_flag: bool,
    zero: bool,
    source: Source,
) -> pd.DataFrame:
    """Return a row for each key: both sides' minutes, their status, and what is to be written.

    With `by_flag` the timesheet says what is billable; with `zero` what only Runn has becomes 0.
    """
    both = pd.concat([rows[keys], actuals[keys]], ignore_index=True)
    codes = both.groupby(keys, dropna=False, sort=True).ngroup().to_numpy("int64")
    known, first = np.unique(codes, return_index=True)
    result = both.iloc[first].reset_index(drop=True)
    ours, theirs = codes[: len(rows)], codes[len(rows) :]

    def summed(at: Any, values: Any) -> Any:
        total = np.zeros(len(known), dtype=values.dtype)
        np.add.at(total, at, values)
        return total

    here, there = np.isin(known, ours), np.isin(known, theirs)
    spent = summed(ours, rows["spent"].to_numpy("int64"))
    person = pd.factorize(result["personId"])[0] if "personId" in keys else None
    sheet = whole_minutes(spent, person)
    runn_parts = [summed(theirs, actuals[part].to_numpy("float64")) for part in MINUTES]
    runn = runn_parts[0] + runn_parts[1]
    gap = sheet - runn
    same = np.abs(gap) <= margin
    if by_flag:
        billed = summed(ours, rows["billed"].to_numpy("int64"))
        twice = np.tile(np.arange(len(known)), 2)
        flagged = apportion(np.concatenate([billed, spent - billed]), twice, sheet)[: len(known)]
        # On a non-billable project nothing is billable, whatever was ticked.
        unbilled = _is_unbilled(result, source)
        flagged = np.where(unbilled, 0, flagged)
        same &= unbilled | (np.abs(flagged - runn_parts[0]) <= margin)
    status = np.select(
        [here & there & same, here & there, here, runn == 0],
        ["match", "differs", "only_timesheet", "match"],
        "only_runn",
    )
    result["timesheetMinutes"] = _present(sheet.astype("float64"), here)
    result["runnMinutes"] = _present(runn, there)
    result["differenceMinutes"] = minutes_column(gap.astype("float64"))
    result["status"] = pd.Series(status.astype(object), dtype=PANDAS_TEXT)
    # By fewer columns it is not known which actual to write.
    if set(KEYS) <= set(keys):
        stays = (status == "match") | ((status == "only_runn") & (not zero))
        share = flagged if by_flag else _divided(result, sheet, runn_parts, stays, source)
        billable = np.where(stays, runn_parts[0], share)
        target = dict(
            zip(MINUTES, (billable, np.where(stays, runn, sheet) - billable), strict=True)
        )
        result = _with_writes(result, actuals.assign(key=theirs), target, source)
    for part, values in zip(MINUTES, runn_parts, strict=True):
        result[f"runn{part[0].upper()}{part[1:]}"] = _present(values, there)
    counts = np.bincount(theirs, minlength=len(known))
    result["runnActuals"] = pd.array(counts, dtype="Int64")
    result[SEEN] = actuals[STAMP].groupby(theirs).max().reindex(result.index)
    return result


def _divided(
    result: pd.DataFrame, sheet: Ints, runn_parts: list[Any], stays: Any, source: Source
) -> Any:
    """Return the billable share where nobody says: as Runn has it, else by the project."""
    total = runn_parts[0] + runn_parts[1]
    share = np.floor(sheet * runn_parts[0] / np.where(total > 0, total, 1) + 0.5)
    new = (total == 0) & (sheet > 0) & ~stays
    if new.any():
        share = np.where(new & ~_is_unbilled(result, source), sheet, share)
    return share


def _is_unbilled(result: pd.DataFrame, source: Source) -> Any:
    """Return which keys are of non-billable projects."""
    if "projectId" not in result:
        return np.zeros(len(result), np.bool_)
    projects = source.table("projects")
    unbilled = whole_ids(projects["id"])[(projects["pricingModel"] == "nb").fillna(False)]
    return result["projectId"].isin(unbilled).to_numpy(np.bool_)


def _with_writes(
    result: pd.DataFrame, actuals: pd.DataFrame, target: dict[str, Any], source: Source
) -> pd.DataFrame:
    """Put in what each key shall have, and the role and workstream where it has one actual."""
    single = actuals[~actuals["key"].duplicated(keep=False)].set_index("key")
    new = ~result.index.isin(actuals["key"])
    made = roles_for(result[new], source).set_axis(result.index[new]) if new.any() else None
    for key in IDENTITY[3:]:
        if key not in result:
            found = single[key].astype("Int64").reindex(result.index)
            result[key] = found if made is None else found.fillna(made[key])
    for part in MINUTES:
        result[part] = minutes_column(target[part])
    return result


def adjusted(actuals: pd.DataFrame, target: dict[str, Any]) -> pd.DataFrame:
    """Return the actuals of each `key` brought to its target, with as few writes as possible.

    `target` has the billable and the nonbillable minutes by key number. What is too much is taken
    from the largest first. What is missing is added where the same minutes were taken, which are
    then billable or not in the same actual, and the rest to the largest.
    """
    actuals = actuals.assign(total=actuals[MINUTES[0]] + actuals[MINUTES[1]])
    order = ["key", "total", "roleId", "workstreamId"]
    actuals = actuals.sort_values(order, ascending=[True, False, True, True], kind="stable")
    actuals = actuals.reset_index(drop=True)
    keys, is_main = actuals["key"], ~actuals["key"].duplicated()
    gaps = {part: _gap(actuals, part, target[part]) for part in MINUTES}
    taken = {part: _taken(actuals, part, (-gaps[part]).clip(lower=0)) for part in MINUTES}
    changed = np.zeros(len(actuals), dtype=bool)
    for part, other in (MINUTES, MINUTES[::-1]):
        more = gaps[part].clip(lower=0)
        before = taken[other].groupby(keys).cumsum() - taken[other]
        unmet = (more - before).clip(lower=0)
        moved = unmet.where(unmet < taken[other], taken[other])
        rest = (more - moved.groupby(keys).transform("sum")).where(is_main, 0.0)
        actuals[f"new.{part}"] = actuals[part] - taken[part] + moved + rest
        changed |= (actuals[f"new.{part}"] != actuals[part]).to_numpy(bool)
    return actuals.assign(changed=changed)


def _gap(actuals: pd.DataFrame, part: str, target: Any) -> pd.Series[Any]:
    """Return what the key of each actual lacks, below 0 if it has too much."""
    gap: pd.Series[Any] = target[actuals["key"].to_numpy()] - actuals.groupby("key")[
        part
    ].transform("sum")
    return gap


def _taken(actuals: pd.DataFrame, part: str, excess: pd.Series[Any]) -> pd.Series[Any]:
    """Return what is taken from each actual, the largest of the key first."""
    have = actuals[part]
    falling = actuals.sort_values(["key", part], ascending=[True, False], kind="stable")
    before = falling.groupby("key")[part].cumsum() - falling[part]
    left = (excess - before.reindex(actuals.index)).clip(lower=0)
    return left.where(left < have, have)


def _present(values: Any, there: Any) -> pd.Series[Any]:
    """Return minutes, NA where there is nothing."""
    full = pd.Series(minutes_column(np.where(there, values, 0.0)))
    return full.where(there)
