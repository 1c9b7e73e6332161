"""Which days a reconciliation compared, whatever days its rows are of."""

from __future__ import annotations

from typing import Any

import pandas as pd

from runn_pandas.analysis.days import Window, as_text

KEY = "reconciliation"
# Who says the days, by whether the first and the last of them were asked for.
WHOSE = {
    (False, False): ", the timesheet's first and last day",
    (True, False): ", the timesheet's last day",
    (False, True): ", the first of them the timesheet's",
    (True, True): "",
}


def put_days(result: pd.DataFrame, days: Window | None, start: Any, end: Any) -> None:
    """Put the days that were compared into a result's ``attrs``, and which were asked for."""
    if days is not None:
        result.attrs[KEY] = {
            "start": as_text(days[0]),
            "end": as_text(days[1]),
            "asked": [name for name, day in (("start", start), ("end", end)) if day is not None],
        }


def days_in_words(result: pd.DataFrame) -> str:
    """Return which days were compared; "" where neither the frame nor its rows know.

    Examples
    --------
    >>> result = pd.DataFrame({"date": pd.to_datetime(["2026-06-02"])})
    >>> days_in_words(result)
    ', with rows from 2026-06-02 to 2026-06-02'
    >>> put_days(result, (20605, 20634), "2026-06-01", None)
    >>> days_in_words(result)
    " from 2026-06-01 to 2026-06-30, the timesheet's last day"
    """
    hint = result.attrs.get(KEY)
    if isinstance(hint, dict) and "start" in hint:
        whose = WHOSE["start" in hint["asked"], "end" in hint["asked"]]
        return f" from {hint['start']} to {hint['end']}{whose}"
    if "date" not in result or result["date"].isna().all():
        return ""
    # Frames that were put together lose their attrs.
    dates = pd.to_datetime(result["date"])
    return f", with rows from {dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
