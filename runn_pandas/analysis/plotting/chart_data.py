"""The data of charts, made small: periods, names that tell apart, sums in hours."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.days import business_dates
from runn_pandas.analysis.inputs import Source, Tables, choice
from runn_pandas.errors import FrameError, OfflineError, RunnError
from runn_pandas.lookup.name_columns import names, whole_ids

FREQS = ("D", "W", "MS", "QS", "YS")
ALIASES = {"W-MON": "W", "M": "MS", "ME": "MS", "Q": "QS", "QE": "QS", "Y": "YS", "YE": "YS"}
CODES = {"D": "D", "W": "W-SUN", "MS": "M", "QS": "Q", "YS": "Y"}
EVERY = {"D": "day", "W": "week", "MS": "month", "QS": "quarter", "YS": "year", "": "period"}
STARTING = {"W": "Week starting", "": "Period starting"}
TITLES = {freq: name.title() for freq, name in EVERY.items()} | STARTING
# More bars than these, and a coarser period is taken.
BARS = 62
LONGEST = 60
# Control characters, and those that turn the direction of what stands around them.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


def clean(value: Any) -> str:
    """Return a name as one line of text that cannot disturb its surroundings, of bounded length."""
    text = UNSEEN.sub(" ", str(value)).encode("utf-8", "replace").decode("utf-8")
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def entities(
    frame: pd.DataFrame, key: str, tables: Tables | None, account: Account | None
) -> pd.Series[Any]:
    """Return a label for each row: the name, with the id if several have it; or the id alone."""
    ids = whole_ids(frame[key])
    named = f"{key[:-2]}Name"
    known = pd.DataFrame({key: ids})
    if named in frame.columns:
        known[named] = pd.Series(frame[named].tolist(), index=frame.index, dtype=object)
    known = known.drop_duplicates(key).reset_index(drop=True)
    # A picture with ids is better than none; without an account nothing has names.
    with suppress(FrameError, OfflineError):
        known = names(known, tables=tables, account=account)
    known = known.reindex(columns=[key, named])
    texts = [None if pd.isna(n) else clean(n) or None for n in known[named].tolist()]
    shared = Counter(texts)
    labels = [
        _distinct_label(number, text, shared[text] > 1)
        for number, text in zip(known[key].tolist(), texts, strict=True)
    ]
    plain, wanted = (pd.Index(c.fillna(-1).astype("int64")) for c in (known[key], ids))
    return pd.Series(np.array(labels, dtype=object)[plain.get_indexer(wanted)], frame.index)


def of_projects(
    frame: pd.DataFrame, column: str, tables: Tables | None, account: Account | None
) -> pd.Series[Any]:
    """Return what a column of the projects says of each row's one; NA where that is not known."""
    nothing = pd.Series(pd.NA, frame.index, dtype=object)
    if "projectId" not in frame.columns:
        return nothing
    with suppress(RunnError):
        projects = Source(tables, account).table("projects")
        known = projects.set_index(whole_ids(projects["id"]))[column].astype(object)
        return whole_ids(frame["projectId"]).map(known[~known.index.duplicated()])
    return nothing


def _distinct_label(number: Any, text: str | None, shared: bool) -> str:
    if pd.isna(number):
        return "(none)"
    if text is None:
        return str(number)
    return f"{text} ({number})" if shared else text


def stamps(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return the dates of a column, days or periods, as their first days."""
    values = frame[column]
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.start_time
    return business_dates(values, column)


def fitting(dates: pd.Series[Any], freq: str | None, most: int = BARS) -> str:
    """Return the period asked for, or the finest that gives no more than so many of them."""
    if freq is not None:
        freq = ALIASES.get(freq, freq)
        return choice("freq", freq, FREQS)
    known = dates.dropna()
    span = (known.max() - known.min()).days + 1 if len(known) else 1
    lengths = {"D": 1, "W": 7, "MS": 30.4, "QS": 91.3, "YS": 365.25}
    return next((f for f in FREQS if span / lengths[f] <= most), "YS")


def period(dates: pd.Series[Any], freq: str) -> pd.Series[Any]:
    """Return the label of each date's period; sorted as text they are sorted by time."""
    starts = dates.dt.to_period(CODES[freq]).dt.start_time if freq else dates
    if freq == "QS":
        years = starts.dt.year.astype("Int64").astype("string")
        labels: pd.Series[Any] = years + " Q" + starts.dt.quarter.astype("Int64").astype("string")
        return labels.astype(object)
    form = {"MS": "%Y-%m", "YS": "%Y"}.get(freq, "%Y-%m-%d")
    texts: pd.Series[Any] = starts.dt.strftime(form).astype(object)
    return texts


def _looks_like(starts: pd.Series[Any]) -> str:
    """Return the period that some days are the first of, empty if it is not plain."""
    if len(starts) and (starts.dt.day == 1).all():
        return "MS"
    return "W" if len(starts) > 1 and (starts.dt.day_of_week == 0).all() else ""


def own_period(dates: pd.Series[Any], most: int, own: str = "") -> str:
    """Return the period of a frame that has periods already, or a coarser one to be few enough."""
    starts = dates.dropna().drop_duplicates()
    own = own or _looks_like(starts)
    # Weeks do not lie in months.
    coarser = () if own == "W" else FREQS[FREQS.index(own or "W") + 1 :]
    for freq in (own, *coarser):
        if period(starts, freq).nunique() <= most:
            return freq
    return "W" if own == "W" else "YS"


def amounts(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return numbers to add up, 0 where there is none or no such column."""
    if column not in frame.columns:
        return pd.Series(0.0, index=frame.index)
    values = pd.to_numeric(frame[column], errors="coerce")
    filled: pd.Series[Any] = values.astype("Float64").fillna(0).astype("float64")
    return filled


def flag(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return a flag, false where there is none."""
    if column not in frame.columns:
        return pd.Series(False, index=frame.index)
    flags: pd.Series[Any] = frame[column].astype("boolean").fillna(False).astype(bool)
    return flags


def largest(labels: pd.Series[Any], weight: pd.Series[Any], most: int) -> dict[str, pd.Series[Any]]:
    """Return the weight of each of the labels with the most, and of all others at the end."""
    order = weight.groupby(labels).sum().sort_values(ascending=False, kind="stable").index
    parts = {name: weight.where(labels == name, 0.0) for name in order[:most]}
    if len(order) > most:
        parts[f"{len(order) - most:,} others"] = weight.where(~labels.isin(order[:most]), 0.0)
    return parts


def minutes_by_kind(frame: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Return the minutes of a frame of hours by kind; one that never occurs is left out."""
    needed = [c for c in ("billableMinutes", "nonbillableMinutes") if c not in frame]
    needed += ["date"] if "date" not in frame and "period" not in frame else []
    if needed:
        raise FrameError(f"A frame of hours has the column {needed[0]!r}, as rp.hours gives it.")
    billable, other = amounts(frame, "billableMinutes"), amounts(frame, "nonbillableMinutes")
    unmet, maybe = flag(frame, "isPlaceholder"), flag(frame, "isTentative")
    sure = ~unmet & ~maybe
    kinds = {
        "Billable": billable.where(sure, 0.0),
        "Non-billable": other.where(sure, 0.0),
        "Tentative": (billable + other).where(maybe & ~unmet, 0.0),
        "Placeholders": (billable + other).where(unmet, 0.0),
    }
    usual = ("Billable", "Non-billable")
    return {name: part for name, part in kinds.items() if name in usual or part.any()}


def series_by_period(
    periods: pd.DataFrame, side: str, minutes: dict[str, pd.Series[Any]]
) -> pd.DataFrame:
    """Return a row for each period and series, in hours; periods without hours are there too.

    Of each row ``periods`` has the name of its ``period``, and whether it is ``forecast``.
    """
    # Without the labels of the rows, which may be there twice.
    wide = pd.DataFrame({name: part.to_numpy() for name, part in minutes.items()})
    wide = wide.assign(period=periods["period"].to_numpy(), forecast=periods["forecast"].to_numpy())
    sums = wide.groupby(["period", "forecast"])[list(minutes)].sum() / 60
    data = sums.reset_index().melt(
        ["period", "forecast"], list(minutes), var_name="series", value_name="hours"
    )
    ranks = {name: rank for rank, name in enumerate(minutes)}
    data["hours"] = data["hours"].astype("float64").round(2)
    return data.assign(side=side, rank=data["series"].map(ranks).astype("float64"))


def utilization_cells(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return hours, capacity and their ratios, a row for each different one of ``rows``."""
    data = rows.copy()
    for column in ("total", "billable", "capacity"):
        data[column] = amounts(frame, f"{column}Minutes") / 60
    data = data.groupby([*rows.columns], as_index=False)[["total", "billable", "capacity"]].sum()
    capacity = data["capacity"].where(data["capacity"] > 0)
    return data.assign(
        utilization=(data["total"] / capacity).round(4),
        billableUtilization=(data["billable"] / capacity).round(4),
    )
