"""Finding Runn's ids for what a timesheet calls people, projects and roles."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches
from functools import reduce
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd

from runn_pandas.errors import FilterError, FrameError
from runn_pandas.frame.nested import expand
from runn_pandas.frame.words import near_name
from runn_pandas.lookup.lists import Lists
from runn_pandas.lookup.name_columns import label, list_of, whole_ids

# The keys that a value of the timesheet can be matched to, and the lists that know them.
RESOURCES = {
    "personId": "people",
    "projectId": "projects",
    "roleId": "roles",
    "workstreamId": "workstreams",
}
# What an actual may lack, and the keys whose given ids are looked up.
OPTIONAL, CHECKED = ("workstreamId",), ("personId", "projectId")
# A field that tells apart records that another field leads to, and finds none by itself.
CLIENT = "clientName"
NONE, SEVERAL, CONFLICT, TEMPLATE = "none", "several", "conflict", "template"
ALIKE = 0.8  # of 1: how near the names in two addresses are, if one is a slip of the other
# What to do where people are looked for by what they do.
BY_ROLE = (
    "A role finds no one person: for an open role push 'placeholders' with its roleId, whose result"
    " has their ids, or find one that is there by its name, as in {'name': 'Placeholder'}."
)
Match = Mapping[str, str | Mapping[str, str | Sequence[str]]]


@dataclass(frozen=True)
class MatchRule:
    """How an id is found: a field of Runn's, and the columns that hold its value.

    Without a field, the one column holds the id itself, or the date.
    """

    field: str
    columns: tuple[str, ...]

    @property
    def is_code(self) -> bool:
        """Whether the values are another system's ids, of which two may differ in case only."""
        return self.field.startswith("references.")

    @property
    def narrows(self) -> bool:
        """Whether the values only tell apart what others find."""
        return self.field == CLIENT

    @property
    def title(self) -> str:
        """Return the columns as one text."""
        return " + ".join(self.columns)


@dataclass(frozen=True)
class Matched:
    """What became of each row for one key: its id, or the reason why not (`NONE`, `SEVERAL` ...).

    ``columns`` and ``values`` are which column of the timesheet, and what in it, was looked up;
    ``chosen`` are the rows of which several records are meant, and the one not archived was taken.
    """

    key: str
    columns: pd.Series[Any]
    ids: pd.Series[Any]
    values: pd.Series[Any]
    reasons: pd.Series[Any]
    rules: tuple[MatchRule, ...] = ()
    chosen: pd.Series[Any] | None = None

    @classmethod
    def plain(cls, key: str, column: str, ids: Any, missed: Any, values: Any = None) -> Self:
        """Return ids that one column of the timesheet led to without a look at Runn's lists."""
        return cls(
            key,
            pd.Series(column, index=ids.index, dtype=object),
            ids,
            ids.astype(object) if values is None else values,
            pd.Series(None, index=ids.index, dtype=object).mask(missed, NONE),
        )

    @property
    def missed(self) -> pd.Series[Any]:
        """Return which rows have no id."""
        return self.reasons.notna()


def match_rules(
    match: Match | None, keys: Collection[str] = ("date", *RESOURCES)
) -> dict[str, tuple[MatchRule, ...]]:
    """Return the rules by which each key is found, checked."""
    if match is None:
        return {}
    if not isinstance(match, Mapping):
        raise FilterError("match is a dict such as {'personId': {'email': 'Email'}}.")
    odd = [key for key in match if key not in keys]
    if odd:
        known = ", ".join(keys) or "no ids here"
        meant = near_name(str(odd[0]), keys)
        hint = f" Did you mean {meant!r}?" if meant else ""
        raise FilterError(f"match finds {known}; there is no {odd[0]!r} to find.{hint}")
    return {key: _rules_for(key, asked) for key, asked in match.items()}


def _rules_for(key: str, asked: Any) -> tuple[MatchRule, ...]:
    if isinstance(asked, str):
        return (MatchRule("", (asked,)),)
    if key == "date":
        raise FilterError("match['date'] is the timesheet's column that holds it.")
    if not isinstance(asked, Mapping) or not asked:
        raise FilterError(
            f"match[{key!r}] is the column that holds it, or a dict of Runn's field to"
            " that column, such as {'name': 'Project'}."
        )
    rules = [MatchRule(str(field), _columns(key, c)) for field, c in asked.items()]
    _check_narrowing(key, rules)
    return tuple(sorted(rules, key=lambda rule: rule.narrows))


def _check_narrowing(key: str, rules: Sequence[MatchRule]) -> None:
    narrowing = [rule for rule in rules if rule.narrows]
    if narrowing and (key != "projectId" or len(narrowing) == len(rules)):
        raise FilterError(
            f"{CLIENT!r} tells projects of one name apart: match={{'projectId': {{'name': <column>,"
            f" {CLIENT!r}: <column>}}}}."
        )


def _columns(key: str, asked: Any) -> tuple[str, ...]:
    listed = tuple(asked) if isinstance(asked, (list, tuple)) else ()
    columns = (asked,) if isinstance(asked, str) else listed
    if not columns or not all(isinstance(c, str) for c in columns):
        raise FilterError(f"match[{key!r}] takes the names of columns.")
    return columns


class Looked(NamedTuple):
    """What one rule looked up.

    Attributes
    ----------
    texts : Series
        The value of each row.
    records : list of set of int
        The ids that each distinct value leads to; the last one of none, for rows without a value.
    own : mapping of int to str
        Records that a value of which Runn has none speaks against, too, and their own value.
    """

    texts: pd.Series[Any]
    records: list[set[int]]
    own: Mapping[int, str]

    def denies(self, place: int, code: int, id_: int) -> bool:
        """Whether the value of a row says that a record is not meant."""
        has = self.records[code]
        if code < 0 or id_ in has:
            return False
        slip = bool(self.own.get(id_)) and _is_slip(self.texts.iloc[place], self.own[id_])
        return bool(has) or (id_ in self.own and not slip)


def _is_slip(text: str, own: str) -> bool:
    """Whether an unknown address is likely another one with a slip of the pen."""
    (local, _, host), (ours, _, at) = (one.strip().casefold().partition("@") for one in (text, own))
    return host == at and SequenceMatcher(None, local, ours).ratio() >= ALIKE


def _own(rule: MatchRule, known: pd.DataFrame, source: Lists, key: str) -> dict[int, str]:
    """Return whose field is surely another one, where a value of it is unknown.

    Who has an e-mail address has no second one, and a project has one client or none.
    """
    if rule.narrows:
        ids = whole_ids(source.table(list_of(key) or key)["id"])
        return dict.fromkeys(ids.dropna().tolist(), "")
    return dict(zip(known["id"], known["text"], strict=True)) if rule.field == "email" else {}


def find_ids(
    sheet: pd.DataFrame,
    key: str,
    rules: tuple[MatchRule, ...],
    source: Lists,
    *,
    active: bool = False,
) -> Matched:
    """Return the id of each row, by the first of the rules that gives exactly one.

    Of several records a rule can mean the one that is not archived, if `active` says so.
    """
    if not rules or not rules[0].field:
        return _given_ids(sheet, key, rules[0].columns[0] if rules else key)
    ids = pd.Series(pd.NA, index=sheet.index, dtype="Int64")
    reasons = pd.Series(NONE, index=sheet.index, dtype=object)
    values = pd.Series(None, index=sheet.index, dtype=object)
    columns = pd.Series(rules[0].title, index=sheet.index, dtype=object)
    looked: list[Looked] = []
    for rule in rules:
        texts = _texts(sheet, rule)
        codes, distinct = pd.factorize(texts)
        known = lookup(source, key, rule.field)
        having = known.groupby("folded")["id"].agg(set).to_dict()
        records = [having.get(text, set()) for text in fold(pd.Series(distinct, dtype=object))]
        looked.append(Looked(texts, [*records, set()], _own(rule, known, source, key)))
        if rule.narrows:
            templates = set(known.loc[known["template"], "id"])
            ids = _told_apart(ids, reasons, looked, templates, narrowed=True)
            continue
        one, several = _resolve(
            pd.Series(distinct, dtype=object), known[~known["template"]], rule.is_code
        )
        found = pd.Series(np.append(one, -1)[codes], index=sheet.index)
        ids = ids.where(ids.notna() | (found < 0), found.astype("Int64"))
        template = np.array([bool(own) for own in records], dtype=bool) & (one < 0) & ~several
        reasons = reasons.mask(np.append(template, False)[codes], TEMPLATE)
        many = np.append(several, False)[codes]
        reasons = reasons.mask(many, SEVERAL)
        # What is shown of a row is the first value that it has, or that several records have.
        shown = (values.isna() & texts.notna()) | many
        columns, values = columns.mask(shown, rule.title), values.mask(shown, texts)
    open_ = ids.isna()
    if active:
        table = source.table(list_of(key) or key)
        passive = flagged(table, "isArchived") | flagged(table, "isTemplate")
        gone = set(whole_ids(table["id"])[passive])
        ids = _told_apart(ids, reasons, looked, gone, rules[-1].narrows)
    chosen = open_ & ids.notna()
    reasons = reasons.where(ids.isna(), None)
    matched = Matched(key, columns, ids, values, reasons, rules, chosen)
    return _without_contradictions(matched, looked)


def _without_contradictions(matched: Matched, looked: list[Looked]) -> Matched:
    """Return the same, but rows of which one value is another record's lead nowhere."""
    columns, ids, values, reasons = (
        part.copy() for part in (matched.columns, matched.ids, matched.values, matched.reasons)
    )
    for row, said in _contradictions(ids, looked).items():
        ids[row], reasons[row], values[row] = pd.NA, CONFLICT, said
        columns[row] = " / ".join(rule.title for rule in matched.rules)
    return replace(matched, columns=columns, ids=ids, values=values, reasons=reasons)


def _told_apart(
    ids: pd.Series[Any],
    reasons: pd.Series[Any],
    looked: list[Looked],
    excluded: set[int],
    narrowed: bool,
) -> pd.Series[Any]:
    """Return ids with those of rows of several records of which one alone is not excluded.

    If `narrowed`, the record is that of the last value too, such as the client's.
    """
    ids = ids.copy()
    parts = [(pd.factorize(texts)[0], records) for texts, records, _ in looked]
    open_ = (reasons == SEVERAL).to_numpy(bool) & ids.isna().to_numpy(bool)
    for place in np.flatnonzero(open_).tolist():
        found = [records[codes[place]] for codes, records in parts]
        left = [records & found[-1] for records in found[:-1]] if narrowed else found
        single = [one for records in left if len(records - excluded) == 1 for one in records]
        single = [one for one in single if one not in excluded]
        if single:
            ids.iloc[place] = single[0]
    return ids


def _contradictions(ids: pd.Series[Any], looked: list[Looked]) -> dict[Any, str]:
    """Return the rows of which one value is no value of the record's, and what they say."""
    found: dict[Any, str] = {}
    if len(looked) < 2:
        return found
    parts = [(pd.factorize(one.texts)[0], one) for one in looked]
    keys = pd.DataFrame({n: codes for n, (codes, _) in enumerate(parts)})
    known = ids.notna().to_numpy(bool)
    for place in np.flatnonzero(known & ~keys.duplicated().to_numpy(bool)).tolist():
        id_ = ids.iloc[place]
        said = [(one, one.records[codes[place]]) for codes, one in parts if codes[place] >= 0]
        if any(one.denies(place, int(codes[place]), id_) for codes, one in parts):
            same = (keys == keys.iloc[place]).all(axis=1).to_numpy(bool)
            told = _said([(one.texts.iloc[place], has) for one, has in said])
            found |= dict.fromkeys(ids.index[same], told)
    return found


def _said(values: Sequence[tuple[Any, set[int]]]) -> str:
    """Return values with the records that have them, the first of many."""
    shown = ((text, sorted(ids)[:5], ", ..." if len(ids) > 5 else "") for text, ids in values)
    return " / ".join(
        f"{text} ({', '.join(map(str, ids)) or 'of none'}{more})" for text, ids, more in shown
    )


def _given_ids(sheet: pd.DataFrame, key: str, name: str) -> Matched:
    """Return the ids that the timesheet holds itself."""
    advice = f" Say how to find {key}: match={{{key!r}: {{'name': <column>}}}}."
    values = sheet_column(sheet, name, advice)
    ids = whole_ids(values)
    odd = values[ids.isna() & values.notna()]
    if len(odd):
        raise FrameError(
            f"{odd.iloc[0]!r} in column {name!r} is no id of Runn's, which are whole numbers; if"
            f" it is a name or a code, say so: match={{{key!r}: {{'name': {name!r}}}}}."
        )
    missed = ids.isna() & (key not in OPTIONAL)
    return Matched.plain(key, name, ids, missed, values.astype(object))


def known_only(matched: Matched, source: Lists) -> Matched:
    """Return the same, but ids that Runn does not know lead nowhere either."""
    known = known_ids(matched.key, source) if matched.key in CHECKED else None
    if matched.rules or known is None:
        return matched
    lost = matched.ids.notna() & ~matched.ids.isin(known)
    reasons = matched.reasons.mask(lost, NONE)
    table = source.table(RESOURCES[matched.key])
    templates = whole_ids(table["id"])[_templates(table)]
    reasons = reasons.mask(lost & matched.ids.isin(templates), TEMPLATE)
    return replace(matched, ids=matched.ids.mask(lost), reasons=reasons)


def known_ids(key: str, source: Lists) -> Any:
    """Return the ids that a key may have; None where there is no list to look in."""
    resource = RESOURCES[key]
    if source.given and resource not in source.given:
        return None
    table = source.table(resource)
    return whole_ids(table["id"])[~_templates(table)].dropna().unique()


def _templates(table: pd.DataFrame) -> Any:
    """Return which records are templates, on which nobody works."""
    return flagged(table, "isTemplate")


def flagged(table: pd.DataFrame, column: str) -> Any:
    """Return which records have a flag; none, if the list does not have it."""
    if column not in table:
        return np.zeros(len(table), dtype=bool)
    return table[column].astype("boolean").fillna(False).to_numpy(bool)


def sheet_column(sheet: pd.DataFrame, name: str, advice: str = "") -> pd.Series[Any]:
    """Return a column by its name; "Date" too where "date" is asked for."""
    labels = list(sheet.columns)
    alike = [c for c in labels if str(c).strip().casefold() == name.casefold()]
    found = [c for c in labels if c == name] or alike
    if len(found) == 1:
        return sheet[found[0]]
    if found:
        raise FrameError(f"There are several columns {name!r}; rename all but one.")
    columns = list(map(str, labels))
    meant = [f" Did you mean {near!r}?" for near in get_close_matches(name, columns, 1, 0.6)]
    raise FrameError(
        f"There is no column {name!r}.{''.join(meant)}{advice}"
        f" Its columns are {', '.join(columns) or 'none'}."
    )


def _texts(sheet: pd.DataFrame, rule: MatchRule) -> pd.Series[Any]:
    """Return the text of a rule's columns, joined by a space; None where there is nothing."""
    parts = [_as_texts(sheet_column(sheet, name)) for name in rule.columns]
    joined = reduce(lambda left, right: left + " " + right, parts).str.strip()
    return joined.where(joined != "", None)


def _as_texts(values: pd.Series[Any]) -> pd.Series[Any]:
    try:
        codes, distinct = pd.factorize(values)
    except TypeError:  # lists and dicts
        odd = next(v for v in values if not pd.api.types.is_hashable(v))
        raise FrameError(
            f"{odd!r:.60} in column {values.name!r} is no text and no number to find a record by."
        ) from None
    texts = [_code_text(value) for value in distinct]
    return pd.Series(np.append(np.array(texts, dtype=object), "")[codes], index=values.index)


def _code_text(value: Any) -> str:
    """Return a code as text: one that a CSV made a float is the whole number that Runn has."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def fold(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Return texts as compared: without case, outer and double spaces, and accents composed."""
    folded = texts.astype("string").str.normalize("NFKC").str.casefold()
    spaced: pd.Series[Any] = folded.str.replace(r"\s+", " ", regex=True).str.strip().astype(object)
    return spaced


def lookup(source: Lists, key: str, field: str) -> pd.DataFrame:
    """Return Runn's values of a field: a row for each of each record.

    ``text``, ``folded``, ``id``, and whether the record is a ``template``.
    """
    resource = list_of(key) or key
    table = source.table(resource)
    ids = whole_ids(table["id"])
    if field == "id":
        columns = [ids.astype("string")]
    elif field == "name":
        columns = [ids.map(label(table)).astype("string")]
    elif field == CLIENT:
        clients = label(source.table("clients"))
        columns = [whole_ids(table["clientId"]).map(clients).astype("string")]
    else:
        columns = [c.astype("string") for c in _fields(table, resource, field)]
    texts = pd.concat(columns, ignore_index=True).astype(object)
    templates = list(_templates(table)) * len(columns)
    known = pd.DataFrame({"text": texts, "id": list(ids) * len(columns), "template": templates})
    known = known[known["text"].notna() & known["id"].notna()]
    known = known.assign(text=known["text"].str.strip(), folded=fold(known["text"]))
    known = known[known["folded"] != ""].drop_duplicates(["text", "id"])
    return known.assign(id=known["id"].astype("int64")).reset_index(drop=True)


def _field_meant(field: str, known: Collection[str]) -> str:
    """Return the sentence that says what to match by instead, or ""."""
    if "firstName" in known and field.lower().startswith("role"):
        return f" {BY_ROLE}"
    meant = near_name(field, ["name", *known])
    return f" Did you mean {meant!r}?" if meant else ""


def _fields(table: pd.DataFrame, resource: str, field: str) -> list[pd.Series[Any]]:
    """Return a plain column, or those of an expanded one: n codes may lead to one record."""
    nested = field.split(".", 1)[0]
    if "." in field and nested in table.columns:
        table = expand(table, nested)
    pattern = re.compile(re.escape(field) + r"(#\d+)?", re.IGNORECASE)
    found = [table[c] for c in table.columns if pattern.fullmatch(str(c))]
    if not found:
        known = [str(c) for c in table.columns if str(c) not in ("createdAt", "updatedAt")]
        raise FrameError(
            f"{resource!r} has no field {field!r} to match by.{_field_meant(field, known)} It has"
            f" name, {', '.join(sorted(known))}."
        )
    return found


def _resolve(distinct: pd.Series[Any], known: pd.DataFrame, is_code: bool) -> tuple[Any, Any]:
    """Return the id of each text, -1 where there is not exactly one; and where several are.

    Of codes that differ by case only, the one spelled exactly so is meant.
    """
    folded = fold(distinct)
    ids, several = _single(folded, known, "folded")
    if not is_code:
        return ids, several
    exact, _ = _single(distinct, known[known["folded"].isin(folded[several])], "text")
    ids = np.where(several, exact, ids)
    return ids, several & (ids < 0)


def _single(texts: pd.Series[Any], known: pd.DataFrame, by: str) -> tuple[Any, Any]:
    counts = known.groupby(by)["id"].agg(["nunique", "first"])
    at = counts.index.get_indexer(pd.Index(texts))
    number = np.append(counts["nunique"].to_numpy("int64"), 0)[at]
    first = np.append(counts["first"].to_numpy("int64"), -1)[at]
    return np.where(number == 1, first, -1), number > 1
