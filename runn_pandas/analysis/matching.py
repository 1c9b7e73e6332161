"""Finding Runn's ids for what a timesheet calls people, projects and roles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.names import Lists, label, numbers
from runn_pandas.analysis.rounding import column
from runn_pandas.errors import FilterError, FrameError
from runn_pandas.frame.nested import expand

# The keys that a value of the timesheet can be matched to, and the lists that know them.
RESOURCES = {
    "personId": "people",
    "projectId": "projects",
    "roleId": "roles",
    "workstreamId": "workstreams",
}
NONE, SEVERAL = "none", "several"
# More distinct values than these are listed without near misses, which cost time.
NEAR = 200
Match = Mapping[str, str | Mapping[str, str | Sequence[str]]]


@dataclass(frozen=True)
class Way:
    """One way to find an id: a field of Runn's, and the columns that hold its value."""

    field: str
    columns: tuple[str, ...]

    @property
    def told(self) -> str:
        return " + ".join(self.columns)


@dataclass(frozen=True)
class Found:
    """What became of each row: its id, or why there is none."""

    key: str
    columns: pd.Series[Any]
    ids: pd.Series[Any]
    values: pd.Series[Any]
    reasons: pd.Series[Any]
    ways: tuple[Way, ...]

    @property
    def missed(self) -> pd.Series[Any]:
        return self.reasons.notna()


def ways_of(match: Match | None) -> dict[str, tuple[Way, ...]]:
    """The ways to find each key, checked; a plain column is the way of no field."""
    if match is None:
        return {}
    if not isinstance(match, Mapping):
        raise FilterError("match is a dict such as {'personId': {'email': 'Email'}}.")
    ways: dict[str, tuple[Way, ...]] = {}
    for key, told in match.items():
        if key not in RESOURCES and key != "date":
            known = ", ".join(["date", *RESOURCES])
            raise FilterError(f"match finds {known}; there is no {key!r} to find.")
        if isinstance(told, str):
            ways[key] = (Way("", (told,)),)
            continue
        if not isinstance(told, Mapping) or not told or key == "date":
            raise FilterError(
                f"match[{key!r}] is the timesheet's column that holds it"
                + ("." if key == "date" else ", or a dict of Runn's field to that column,")
                + ("" if key == "date" else " such as {'name': 'Project'}.")
            )
        ways[key] = tuple(Way(str(f), _columns(key, c)) for f, c in told.items())
    return ways


def _columns(key: str, told: Any) -> tuple[str, ...]:
    columns = (told,) if isinstance(told, str) else tuple(told)
    if not columns or not all(isinstance(c, str) for c in columns):
        raise FilterError(f"match[{key!r}] takes the names of the timesheet's columns.")
    return columns


def find_ids(sheet: pd.DataFrame, key: str, ways: tuple[Way, ...], lists: Lists) -> Found:
    """Find the id of each row, by the first of the ways that gives exactly one."""
    if not ways or not ways[0].field:
        return _given(sheet, key, ways[0].columns[0] if ways else key)
    ids = pd.Series(pd.NA, index=sheet.index, dtype="Int64")
    reasons = pd.Series(NONE, index=sheet.index, dtype=object)
    values = pd.Series(None, index=sheet.index, dtype=object)
    columns = pd.Series(ways[0].told, index=sheet.index, dtype=object)
    for way in ways:
        texts = _texts(sheet, way)
        codes, distinct = pd.factorize(texts)
        one, several = _resolve(pd.Series(distinct, dtype=object), lookup(lists, key, way.field))
        found = pd.Series(np.append(one, -1)[codes], index=sheet.index)
        ids = ids.where(ids.notna() | (found < 0), found.astype("Int64"))
        reasons = reasons.mask(np.append(several, False)[codes], SEVERAL)
        # What is told about a row is the first value that it has.
        columns = columns.mask(values.isna() & texts.notna(), way.told)
        values = values.where(values.notna(), texts)
    reasons = reasons.where(ids.isna(), None)
    return Found(key, columns, ids, values, reasons, ways)


def _given(sheet: pd.DataFrame, key: str, name: str) -> Found:
    """Ids that the timesheet holds itself."""
    advice = f" Say how to find {key}: match={{{key!r}: {{'name': <column>}}}}."
    told = column(sheet, name, advice)
    ids = numbers(told)
    odd = told[ids.isna() & told.notna()]
    if len(odd):
        raise FrameError(
            f"{odd.iloc[0]!r} in column {name!r} is no id of Runn's, which are whole numbers; if"
            f" it is a name or a code, say so: match={{{key!r}: {{'name': {name!r}}}}}."
        )
    columns = pd.Series(name, index=sheet.index, dtype=object)
    reasons = pd.Series(None, index=sheet.index, dtype=object)
    if key != "workstreamId":
        reasons = reasons.mask(ids.isna(), NONE)
    return Found(key, columns, ids, told.astype(object), reasons, ())


def known_only(found: Found, lists: Lists) -> Found:
    """Ids that Runn does not know lead nowhere either."""
    resource = RESOURCES.get(found.key)
    given = lists.source.given
    if found.ways or found.key not in ("personId", "projectId") or resource is None:
        return found
    if given and resource not in given:
        return found
    known = numbers(lists[resource]["id"]).dropna().unique()
    lost = found.ids.notna() & ~found.ids.isin(known)
    return replace(found, ids=found.ids.mask(lost), reasons=found.reasons.mask(lost, NONE))


def _texts(sheet: pd.DataFrame, way: Way) -> pd.Series[Any]:
    """The text of a way's columns, joined by a space; None where there is nothing."""
    parts = [_text(column(sheet, name)) for name in way.columns]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + " " + part
    joined = joined.str.strip()
    return joined.where(joined != "", None)


def _text(values: pd.Series[Any]) -> pd.Series[Any]:
    codes, distinct = pd.factorize(values)
    texts = [_told(value) for value in distinct]
    return pd.Series(np.append(np.array(texts, dtype=object), "")[codes], index=values.index)


def _told(value: Any) -> str:
    """A code that a CSV made a float is still the whole number that Runn has as text."""
    if isinstance(value, (float, np.floating)) and value == int(value):
        return str(int(value))
    return str(value).strip()


def fold(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Texts as they are compared: without case, outer and double spaces, and accents composed."""
    folded = texts.astype("string").str.normalize("NFKC").str.casefold()
    spaced: pd.Series[Any] = folded.str.replace(r"\s+", " ", regex=True).str.strip().astype(object)
    return spaced


def lookup(lists: Lists, key: str, field: str) -> pd.DataFrame:
    """Runn's values of a field: `text`, `folded`, `id`, a row for each value of each record."""
    resource = RESOURCES[key]
    table = lists[resource]
    ids = numbers(table["id"])
    if field == "id":
        columns = [ids.astype("string")]
    elif field == "name":
        columns = [ids.map(label(table)).astype("string")]
    else:
        columns = [c.astype("string") for c in _fields(table, resource, field)]
    texts = pd.concat(columns, ignore_index=True).astype(object)
    known = pd.DataFrame({"text": texts, "id": list(ids) * len(columns)})
    known = known[known["text"].notna() & known["id"].notna()]
    known = known.assign(text=known["text"].str.strip(), folded=fold(known["text"]))
    known = known[known["folded"] != ""].drop_duplicates(["text", "id"])
    return known.assign(id=known["id"].astype("int64")).reset_index(drop=True)


def _fields(table: pd.DataFrame, resource: str, field: str) -> list[pd.Series[Any]]:
    """A plain column, or the one or more columns of an expanded one: n codes to one record."""
    nested = field.split(".", 1)[0]
    if "." in field and nested in table.columns:
        table = expand(table, nested)
    pattern = re.compile(re.escape(field) + r"(#\d+)?", re.IGNORECASE)
    found = [table[c] for c in table.columns if pattern.fullmatch(str(c))]
    if not found:
        known = [str(c) for c in table.columns if str(c) not in ("createdAt", "updatedAt")]
        raise FrameError(
            f"{resource!r} has no field {field!r} to match by. It has name,"
            f" {', '.join(sorted(known))}."
        )
    return found


def _resolve(distinct: pd.Series[Any], known: pd.DataFrame) -> tuple[Any, Any]:
    """The id of each distinct text, -1 where there is not exactly one; and where several are.

    Where several records differ by case only, the one spelled exactly so is meant.
    """
    folded = fold(distinct)
    ids, several = _single(folded, known, "folded")
    exact, _ = _single(distinct, known[known["folded"].isin(folded[several])], "text")
    ids = np.where(several, exact, ids)
    return ids, several & (ids < 0)


def _single(texts: pd.Series[Any], known: pd.DataFrame, by: str) -> tuple[Any, Any]:
    counts = known.groupby(by)["id"].agg(["nunique", "first"])
    at = counts.index.get_indexer(pd.Index(texts))
    number = np.append(counts["nunique"].to_numpy("int64"), 0)[at]
    first = np.append(counts["first"].to_numpy("int64"), -1)[at]
    return np.where(number == 1, first, -1), number > 1


def summary(missed: Sequence[Found], minutes: pd.Series[Any]) -> str:
    """What was not matched, in one sentence."""
    rows = np.logical_or.reduce([found.missed.to_numpy(bool) for found in missed])
    parts = []
    for found in missed:
        lost = pd.DataFrame({"column": found.columns, "value": found.values})[found.missed]
        told = []
        for name, values in lost.drop_duplicates().groupby("column", sort=False)["value"]:
            shown = [repr(v if isinstance(v, str) else str(v))[:60] for v in values.head(3)]
            more = ", ..." if len(values) > 3 else ""
            told.append(f"{len(values):,} of {name!r} ({', '.join(shown)}{more})")
        parts.append(f"{', '.join(told)} for {found.key}")
    return (
        f"{int(rows.sum()):,} rows of the timesheet with {minutes[rows].sum():,.0f} minutes are not"
        f" matched to Runn and not in the result: {'; '.join(parts)}. rp.unmatched(timesheet, ...)"
        " with the same arguments lists them, with near misses. What Runn has of these people on"
        " these days is not corrected to 0."
    )


def report(missed: Sequence[Found], minutes: pd.Series[Any], lists: Lists) -> pd.DataFrame:
    """One row for each value that was not matched, those with the most minutes first."""
    parts = []
    for found in missed:
        rows = found.missed
        told = pd.DataFrame(
            {
                "key": found.key,
                "column": found.columns[rows],
                "value": found.values[rows],
                "minutes": minutes[rows],
                "reason": found.reasons[rows],
            }
        )
        groups = told.groupby(["key", "column", "value", "reason"], dropna=False, sort=False)
        grouped = groups["minutes"].agg(["size", "sum"]).reset_index()
        grouped = grouped.rename(columns={"size": "rows", "sum": "minutes"})
        grouped = grouped.sort_values("minutes", ascending=False, kind="stable")
        near = _near(found, grouped, lists)
        parts.append(grouped.assign(nearMisses=pd.Series(near, grouped.index, dtype=object)))
    empty = pd.DataFrame(columns=["key", "column", "value", "reason", "rows", "minutes"])
    full = pd.concat(parts, ignore_index=True) if parts else empty.assign(nearMisses=[])
    order = ["key", "column", "value", "rows", "minutes", "reason", "nearMisses"]
    full = full[order].sort_values(["minutes", "key"], ascending=[False, True], kind="stable")
    text = ["key", "column", "value", "reason", "nearMisses"]
    full[text] = full[text].astype(object)
    return full.astype({"rows": "Int64", "minutes": "Float64"}).reset_index(drop=True)


def _near(found: Found, missed: pd.DataFrame, lists: Lists) -> list[str | None]:
    """For each missed value the records that have it, or whose values are most like it."""
    known = [lookup(lists, found.key, way.field) for way in found.ways]
    if not known or missed.empty:
        return [None] * len(missed)
    all_known = pd.concat(known).drop_duplicates(["folded", "id"])
    # Addresses are compared by what stands before the @, for the rest is mostly the same.
    all_known["stem"] = all_known["folded"].str.split("@").str[0]
    choices = all_known["stem"].unique().tolist()
    texts = fold(missed["value"].astype(object)).tolist()
    near: list[str | None] = []
    for number, text in enumerate(texts):
        if not isinstance(text, str) or number >= NEAR:
            near.append(None)
            continue
        hits = [all_known[all_known["folded"] == text]]
        if hits[0].empty:
            like = get_close_matches(text.split("@")[0], choices, 3, 0.7)
            hits = [all_known[all_known["stem"] == choice] for choice in like]
        told = [f"{t} ({i})" for hit in hits for t, i in zip(hit["text"], hit["id"], strict=True)]
        near.append("; ".join(told[:5]) or None)
    return near
