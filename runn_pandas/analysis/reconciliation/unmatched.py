"""What of a timesheet leads to no id: in a sentence, and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.frame.words import counted
from runn_pandas.lookup.lists import Lists
from runn_pandas.lookup.matching import CONFLICT, SEVERAL, TEMPLATE, Matched
from runn_pandas.lookup.misses import near_misses

# Why values lead to no id, where it is not that no record has them.
REASONS = {
    SEVERAL: ", of several records",
    CONFLICT: ", of different records",
    TEMPLATE: ", of a template",
}


def summary(missed: Sequence[Matched], minutes: pd.Series[Any]) -> str:
    """Return what was not matched, in one sentence."""
    rows = np.logical_or.reduce([matched.missed.to_numpy(bool) for matched in missed])
    many = int(rows.sum())
    parts = []
    for matched in missed:
        lost = pd.DataFrame(
            {"column": matched.columns, "why": matched.reasons, "value": matched.values}
        )[matched.missed]
        columns = []
        groups = lost.drop_duplicates().groupby(["column", "why"], sort=False)["value"]
        for (name, why), values in groups:
            shown = [repr(v if isinstance(v, str) else str(v))[:60] for v in values.head(3)]
            more = ", ..." if len(values) > 3 else ""
            columns.append(
                f"{len(values):,} of {name!r} ({', '.join(shown)}{more}){REASONS.get(str(why), '')}"
            )
        parts.append(f"{', '.join(columns)} for {matched.key}")
    return (
        f"{counted(many, 'row')} of the timesheet with {minutes[rows].sum():,.0f} minutes"
        f" {'is' if many == 1 else 'are'} not matched to Runn and not in the result:"
        f" {'; '.join(parts)}. rp.unmatched(timesheet, ...) with the same arguments"
        " lists them, with near misses. What Runn has of these people on these days is not"
        " corrected to 0."
    )


def missed_values(
    missed: Sequence[Matched], minutes: pd.Series[Any], source: Lists, most: int | None = None
) -> pd.DataFrame:
    """Return a row for each value that was not matched, those with the most minutes first.

    With `most` no more than these, and near misses, which cost time, are looked for those only.
    """
    order = ["key", "column", "value", "rows", "minutes", "reason", "nearMisses"]
    parts = [pd.DataFrame(columns=order)]
    for matched in missed:
        rows = matched.missed
        values = pd.DataFrame(
            {
                "key": matched.key,
                "column": matched.columns[rows],
                "value": matched.values[rows],
                "minutes": minutes[rows],
                "reason": matched.reasons[rows],
            }
        )
        groups = values.groupby(["key", "column", "value", "reason"], dropna=False, sort=False)
        grouped = groups["minutes"].agg(rows="size", minutes="sum").reset_index()
        grouped = grouped.sort_values("minutes", ascending=False, kind="stable").head(
            len(grouped) if most is None else most
        )
        near = near_misses(matched, grouped["value"], source)
        nearest = pd.Series(near, grouped.index, dtype=object)
        nearest = nearest.mask(grouped["reason"] == CONFLICT, None)  # the value has the records
        parts.append(grouped.assign(nearMisses=nearest))
    full = pd.concat(parts[1:] or parts, ignore_index=True)[order]
    full = full.sort_values(["minutes", "key"], ascending=[False, True], kind="stable")
    full = full if most is None else full.head(most)
    text = ["key", "column", "value", "reason", "nearMisses"]
    full[text] = full[text].astype(object)
    return full.astype({"rows": "Int64", "minutes": "Float64"}).reset_index(drop=True)
