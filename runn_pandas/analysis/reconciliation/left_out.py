"""What of a timesheet a result does not compare, and what counts twice: in its ``attrs``."""

from __future__ import annotations

from typing import Any

import pandas as pd

from runn_pandas.analysis.reconciliation.compared_days import KEY
from runn_pandas.analysis.reconciliation.timesheet import Entries
from runn_pandas.analysis.reconciliation.unmatched import missed_values
from runn_pandas.frame.encode import as_python
from runn_pandas.frame.words import counted
from runn_pandas.lookup.lists import Lists

# pandas copies attrs with every step, so they hold no more than these; they say how many there are.
VALUES, ROWS = 20, 100
NAMED = 3  # of them in a sentence


def put_left_out(result: pd.DataFrame, entries: Entries, lists: Lists) -> None:
    """Put what was not matched, and what counts twice, into a result's ``attrs``, if anything."""
    found = {"unmatched": _unmatched(result, entries, lists), "copies": _copies(entries)}
    facts = {name: told for name, told in found.items() if told}
    if facts:
        result.attrs[KEY] = {**result.attrs.get(KEY, {}), **facts}


def _unmatched(result: pd.DataFrame, entries: Entries, lists: Lists) -> dict[str, Any]:
    if not entries.missed:
        return {}
    lost, minutes = entries.lost, entries.minutes
    values = missed_values(entries.missed, minutes, lists, VALUES)
    many = sum(matched.values[matched.missed].nunique(dropna=False) for matched in entries.missed)
    return {
        "rows": int(lost.sum()),
        "minutes": float(minutes[lost].sum()),
        "ofRows": len(minutes),
        "ofMinutes": float(minutes.sum()),
        "values": many,
        "first": _plain(values),
        "undecided": _undecided(result, entries),
    }


def _undecided(result: pd.DataFrame, entries: Entries) -> list[dict[str, Any]]:
    """Return which values the hours may be of that only Runn has, by day and person.

    A day or a person that the row does not tell is None.
    """
    if "billableMinutes" not in result:
        return []
    open_ = result[(result["status"] == "only_runn") & result["billableMinutes"].isna()]
    parts = []
    for matched in entries.missed:
        rows = entries.scope.assign(key=matched.key, value=matched.values)[matched.missed]
        days, people = rows["date"], rows["personId"]
        near = (days.isna() | days.isin(open_["date"])) & (
            people.isna() | people.isin(open_["personId"])
        )
        near &= rows["value"].notna()
        parts.append(rows.loc[near, ["date", "personId", "key", "value"]].astype(object))
    return _plain(pd.concat(parts).drop_duplicates().head(ROWS))


def _copies(entries: Entries) -> dict[str, Any]:
    copies = entries.copies
    if copies.empty:
        return {}
    return {
        "rows": len(copies),
        "minutes": float(copies["minutes"].sum()),
        "first": _plain(copies.head(ROWS)),
    }


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as values that JSON has."""
    rows = frame.astype(object).to_dict("records")
    return [{str(name): _value(value) for name, value in row.items()} for row in rows]


def _value(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if not isinstance(value, (list, tuple)) and pd.isna(value):
        return None
    plain = as_python(value)
    return plain if isinstance(plain, (str, int, float, bool)) else str(plain)


# -- what a result says of itself


def left_out(result: pd.DataFrame, what: str) -> dict[str, Any]:
    """Return what a result knows of the ``"unmatched"`` or the ``"copies"``; {} if nothing."""
    hint = result.attrs.get(KEY)
    found = hint.get(what) if isinstance(hint, dict) else None
    return found if isinstance(found, dict) else {}


def notes(result: pd.DataFrame) -> list[str]:
    """Return what a plan made of a result has to say of the timesheet, a sentence each."""
    return [*filter(None, (_note_on_unmatched(result), _note_on_copies(result)))]


def _note_on_unmatched(result: pd.DataFrame) -> str:
    told = left_out(result, "unmatched")
    if not told:
        return ""
    rows, hours = told["rows"], told["minutes"] / 60
    was = "was" if rows == 1 else "were"
    shown = ", ".join(f"{str(one['value'])!r:.60}" for one in told["first"][:NAMED])
    more = told["values"] - min(NAMED, len(told["first"]))
    rest = f" and {more:,} more" if more else ""
    return (
        f"{rows:,} of {counted(told['ofRows'], 'row')} of the timesheet ({hours:,.2f} of"
        f" {told['ofMinutes'] / 60:,.2f} h) {was} not matched, and so not compared: {shown}{rest}."
    )


def _note_on_copies(result: pd.DataFrame) -> str:
    """Return what to say of exact copies: an export that was joined twice doubles hours."""
    told = left_out(result, "copies")
    if not told:
        return ""
    rows = told["rows"]
    what = "row is an exact copy of another" if rows == 1 else "rows are exact copies of others"
    shown = ", ".join(f"{one['row']}" for one in told["first"][:NAMED])
    more = ", ..." if rows > NAMED else ""
    return (
        f"{rows:,} {what} in the timesheet (row {shown}{more}; {told['minutes'] / 60:,.2f} h), and"
        " counted: if twice is a slip, drop_duplicates() before rp.reconcile (of a file:"
        " rp.read_timesheet(path).drop_duplicates()); if your export numbers its entries, say"
        " entry_id=<column>."
    )


def may_be_of(result: pd.DataFrame) -> list[tuple[str | None, int | None, str]]:
    """Return the values without an id that hours may be of which only Runn has.

    Each has the day and the person of its rows, None where these do not tell.
    """
    found = left_out(result, "unmatched").get("undecided", ())
    return [(one["date"], one["personId"], str(one["value"])) for one in found]


def copies_by_key(result: pd.DataFrame) -> dict[tuple[str, int, int], list[dict[str, Any]]]:
    """Return the exact copies that are counted, by day, person and project."""
    found: dict[tuple[str, int, int], list[dict[str, Any]]] = {}
    for one in left_out(result, "copies").get("first", ()):
        found.setdefault((one["date"], one["personId"], one["projectId"]), []).append(one)
    return found
