"""What leads to no id, with the nearest records, and names that are not those of their ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import pandas as pd

from runn_pandas.frame.encode import as_python
from runn_pandas.frame.words import counted
from runn_pandas.lookup.lists import Lists
from runn_pandas.lookup.matching import (
    CONFLICT,
    SEVERAL,
    TEMPLATE,
    Matched,
    flagged,
    fold,
    lookup,
)
from runn_pandas.lookup.name_columns import list_of, names_of, whole_ids

SHOWN = 8  # of many problems, those that the message names
# More distinct values than these are listed without near misses, which cost time.
NEAR = 200


class Miss(NamedTuple):
    """A value that leads to no id, or a name that is not that of its id.

    Attributes
    ----------
    row
        The label of the first row that has it.
    rows : int
        How many rows have it.
    """

    row: Any
    column: str
    value: Any
    reason: str
    rows: int


def misses_of(matched: Matched, labels: pd.Index[Any], lists: Lists) -> list[Miss]:
    """Return the values of a key that lead to no id, each once."""
    lost = matched.missed & matched.values.notna()
    cells = pd.DataFrame(
        {"column": matched.columns, "value": matched.values, "why": matched.reasons, "place": 0}
    )[lost]
    cells["place"] = cells.index
    groups = cells.groupby(["column", "value", "why"], sort=False)["place"]
    each = groups.agg(["first", "size"]).reset_index()
    near = near_misses(matched, each["value"], lists)
    resource = list_of(matched.key) or matched.key
    return [
        Miss(as_python(labels[place]), column, value, _reason(why, resource, nearest), rows)
        for (column, value, why, place, rows), nearest in zip(
            each.itertuples(index=False, name=None), near, strict=True
        )
    ]


def _reason(why: str, resource: str, nearest: str | None) -> str:
    if why == SEVERAL:
        return f"is of several {resource!r}: {nearest}; use a field that tells them apart"
    if why == CONFLICT:
        return f"are not of one record of {resource!r}"
    if why == TEMPLATE:
        return f"is a template: {nearest}"
    return f"is not in {resource!r}" + (f"; near is {nearest}" if nearest else "")


def renamed(frame: pd.DataFrame, names: Mapping[str, str], lists: Lists) -> list[Miss]:
    """Return the names that are not what the account calls the ids beside them.

    Parameters
    ----------
    frame, lists
        What has them, and the lists of the account.
    names
        The columns of names, each with its column of ids.
    """
    found = []
    for name, key in names.items():
        ids = frame[key].reset_index(drop=True)
        own = pd.Series(names_of(lists, list_of(key) or key, ids), dtype=object)
        said = frame[name].astype(object).reset_index(drop=True)
        other = said[said.notna() & (fold(said) != fold(own)).fillna(True).astype(bool)]
        for value, places in other.groupby(other, sort=False).groups.items():
            first = places[0]
            whose = f"{key} {ids[first]} ({own[first]})" if pd.notna(ids[first]) else f"no {key}"
            reason = (
                f"stands beside {whose}, and ids do not follow names by themselves: say"
                f" match={{{key!r}: {{'name': {name!r}}}}}, or drop the column"
            )
            found.append(Miss(as_python(frame.index[first]), name, value, reason, len(places)))
    return found


def told(misses: Sequence[Miss]) -> str:
    """Return misses in words, each value once."""
    said = [
        f"{one.value!r:.60} in column {one.column!r} ({_rows(one)}) {one.reason}"
        for one in misses[:SHOWN]
    ]
    more = f"; and {len(misses) - SHOWN:,} more" if len(misses) > SHOWN else ""
    return f"{'; '.join(said)}{more}. The error's .problems lists them all."


def _rows(one: Miss) -> str:
    return f"row {one.row!r}" if one.rows == 1 else f"{one.rows:,} rows, first {one.row!r}"


def as_frame(misses: Sequence[Miss]) -> pd.DataFrame:
    """Return misses as the frame that an error carries."""
    return pd.DataFrame(misses, columns=[*Miss._fields], dtype=object)


def choices(found: Iterable[Matched]) -> list[str]:
    """Return what is to be said of names that an archived record has too."""
    notes = []
    for matched in found:
        values = [] if matched.chosen is None else [*matched.values[matched.chosen].unique()]
        if values:
            shown = ", ".join(map(repr, values[:3])) + (", ..." if len(values) > 3 else "")
            notes.append(
                f"Several {list_of(matched.key)!r} are called {shown}: the one that is not"
                f" archived is taken for {matched.key}."
            )
    return notes


def placeholders(found: Iterable[Matched], lists: Lists) -> list[str]:
    """Return what is to be said of names that only a placeholder has, who is nobody yet."""
    notes = []
    for matched in found:
        if list_of(matched.key) != "people" or not any(rule.field for rule in matched.rules):
            continue
        people = lists.table("people")
        without = whole_ids(people["id"])[people["email"].isna()] if "email" in people else ()
        may_be = matched.ids.isin(without)
        if not may_be.any() or (lists.given and "placeholders" not in lists.given):
            continue
        known = whole_ids(lists.table("placeholders")["id"]).dropna()
        names = matched.values[matched.ids.isin(known)].unique()
        if len(names):
            shown = ", ".join(map(repr, names[:3])) + (", ..." if len(names) > 3 else "")
            notes.append(f"{shown} leads to a placeholder, who is no person, for {matched.key}.")
    return notes


def archived(found: Iterable[Matched], lists: Lists) -> list[str]:
    """Return what is to be said of rows whose names are those of archived records."""
    rows: set[int] = set()
    named: dict[str, None] = {}
    for matched in found:
        if not any(rule.field for rule in matched.rules):
            continue  # ids that are given are not looked up
        table = lists.table(list_of(matched.key) or matched.key)
        gone = whole_ids(table["id"])[flagged(table, "isArchived")].dropna()
        are = matched.ids.isin(gone).to_numpy(bool)
        rows |= {*are.nonzero()[0].tolist()}
        named |= {f"{value!r:.60} for {matched.key}": None for value in matched.values[are]}
    if not rows:
        return []
    shown = ", ".join([*named][:SHOWN]) + (", ..." if len(named) > SHOWN else "")
    lead = "leads" if len(rows) == 1 else "lead"
    return [f"{counted(len(rows), 'row')} {lead} to what is archived in Runn: {shown}."]


# -- the nearest records


def _sorted_words(text: str) -> str:
    return " ".join(sorted(re.findall(r"\w+", text)))


def near_misses(matched: Matched, values: pd.Series[Any], source: Lists) -> list[str | None]:
    """Return for each missed value the records that have it, or whose values are most like it."""
    rules = [rule for rule in matched.rules if not rule.narrows]
    tables = [lookup(source, matched.key, rule.field) for rule in rules]
    if not tables or values.empty:
        return [None] * len(values)
    known = pd.concat(tables).drop_duplicates(["folded", "id"])
    # Addresses are compared by what stands before the @, for the rest is mostly the same.
    known["stem"] = known["folded"].str.split("@").str[0]
    stems = known["stem"].unique().tolist()
    # "Haddad, Hana" is near to "Hana Haddad".
    by_words: dict[str, set[str]] = {}
    for stem in stems:
        by_words.setdefault(_sorted_words(stem), set()).add(stem)

    def nearest(text: Any) -> str | None:
        if not isinstance(text, str):
            return None
        hits = known[known["folded"] == text]
        if hits.empty:
            stem = text.split("@")[0]
            like = get_close_matches(stem, stems, 3, 0.7) or [
                one
                for words in get_close_matches(_sorted_words(stem), by_words, 3, 0.7)
                for one in sorted(by_words[words])
            ]
            hits = pd.concat([known[known["stem"] == stem] for stem in like] or [hits])
        records = [f"{t} ({i})" for t, i in zip(hits["text"], hits["id"], strict=True)]
        return "; ".join(records[:5]) or None

    texts = fold(values.astype(object)).tolist()
    return [nearest(text) if n < NEAR else None for n, text in enumerate(texts)]
