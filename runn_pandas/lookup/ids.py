"""Columns of names as columns of ids: ``df.runn.ids``, and ``match=`` of a push."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd

from runn_pandas.account import Account
from runn_pandas.catalog.writes import find_writable
from runn_pandas.errors import FrameError, PlanError, ResourceError, warn
from runn_pandas.frame.nested import backend_of
from runn_pandas.frame.types import typed
from runn_pandas.lookup.lists import Lists, Tables
from runn_pandas.lookup.matching import (
    Match,
    Matched,
    MatchRule,
    find_ids,
    match_rules,
    sheet_column,
)
from runn_pandas.lookup.misses import (
    Miss,
    archived,
    as_frame,
    choices,
    misses_of,
    placeholders,
    renamed,
    told,
)
from runn_pandas.lookup.name_columns import LISTS, list_of
from runn_pandas.lookup.suggested_match import suggested_match

Rules = Mapping[str, tuple[MatchRule, ...]]
KEYS = tuple(f"{kind}Id" for kind in LISTS)


def ids(
    frame: pd.DataFrame,
    match: Match | None = None,
    *,
    account: Account | None = None,
    tables: Tables | None = None,
) -> pd.DataFrame:
    """Return a frame with ids in the place of names. See ``df.runn.ids``."""
    hint = frame.attrs.get("runn")
    fields = _fields(hint.get("resource")) if isinstance(hint, Mapping) else ()
    asked = without_ids(frame) if match is None else match
    rules = match_rules(asked, [*KEYS, *filter(list_of, asked)])
    names = beside_ids(frame, fields, rules)
    if not rules and not names:
        meant = suggested_match(frame.columns, KEYS) or {"personId": {"email": "Email"}}
        raise FrameError(
            "The frame has no column such as personName or projectName: say by which columns the"
            f" ids are found, as in match={meant}."
        )
    lists = Lists(tables, account, max_age=0)
    problems = renamed(frame, names, lists)
    found, missed = _look_up(frame, rules, lists)
    problems += missed
    if problems:
        raise FrameError(f"Not all names lead to an id: {told(problems)}", as_frame(problems))
    for note in [*choices(found), *placeholders(found, lists)]:
        warn(note, UserWarning)
    return _with_ids(frame, found, {*_used(frame, rules), *names} - {*fields})


def for_push(
    frame: pd.DataFrame, resource: str | None, match: Match | None, account: Account
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a frame as it is pushed, with ids and without names, and what is to be said of it.

    Parameters
    ----------
    frame, resource, match, account
        As ``df.runn.push`` has them.

    Raises
    ------
    PlanError
        If names lead to no id, or a name was changed and the id beside it was not.
    """
    fields = _pushed_fields(frame, resource)
    if not fields:
        return frame, ()  # the push says what is wrong
    rules = match_rules(match, [field for field in fields if list_of(field)])
    names = beside_ids(frame, fields, rules)
    if not rules and not names:
        return frame, ()
    # What is written is looked up as it is now; names may be those of what the cache has.
    fresh = Lists(None, account, max_age=0)
    problems = renamed(frame, names, Lists(None, account)) and renamed(frame, names, fresh)
    try:
        found, missed = _look_up(frame, rules, fresh)
    except FrameError as error:
        raise PlanError(f"Nothing was sent: {error}") from None
    problems += missed
    if problems:
        said = f"The frame cannot be pushed, nothing was sent: {told(problems)}"
        raise PlanError(said, as_frame(problems))
    changed = _with_ids(frame, found, {*_used(frame, rules), *names} - {*fields})
    notes = [*choices(found), *placeholders(found, fresh), *archived(found, fresh)]
    return changed, tuple(notes)


def hint_for(frame: pd.DataFrame, resource: str | None) -> str:
    """Return the sentence that says which ``match=`` a frame without ids may need, or ""."""
    fields = _pushed_fields(frame, resource)
    if not fields:
        return ""
    unknown = [column for column in frame.columns if column not in fields]
    match = suggested_match(unknown, [field for field in fields if field not in frame.columns])
    return f" To find ids by these names, say match={match}." if match else ""


# -- which columns


def _fields(resource: Any) -> Collection[str]:
    try:
        return find_writable(resource)[0].fields if isinstance(resource, str) else ()
    except ResourceError:
        return ()


def _pushed_fields(frame: Any, resource: str | None) -> Collection[str]:
    """Return the fields of what is pushed; none where the push itself says what is wrong."""
    if not isinstance(frame, pd.DataFrame) or not frame.columns.is_unique:
        return ()
    hint = frame.attrs.get("runn")
    hinted = hint.get("resource") if isinstance(hint, Mapping) else None
    return _fields(hinted if resource is None else resource)


def without_ids(frame: pd.DataFrame) -> Match:
    """Return the match for columns as `names` makes them, where the frame lacks their ids."""
    keys = {str(c): f"{str(c)[:-4]}Id" for c in frame.columns if str(c).endswith("Name")}
    return {
        key: {"name": name}
        for name, key in keys.items()
        if list_of(key) and key not in frame.columns
    }


def beside_ids(frame: pd.DataFrame, fields: Collection[str], rules: Rules) -> dict[str, str]:
    """Return the columns of names that stand beside ids, which say nothing new, with these."""
    used = {column for key in rules for rule in rules[key] for column in rule.columns}
    names = {f"{key[:-2]}Name": key for key in frame.columns if list_of(key)}
    return {n: names[n] for n in names if n in frame.columns and n not in fields and n not in used}


def _used(frame: pd.DataFrame, rules: Rules) -> set[str]:
    """Return the columns that ids are found by."""
    asked = [name for key in rules for rule in rules[key] for name in rule.columns]
    sheet = _sheet(frame)
    return {str(sheet_column(sheet, name).name) for name in asked} - {*rules}


# -- the ids


def _look_up(frame: pd.DataFrame, rules: Rules, lists: Lists) -> tuple[list[Matched], list[Miss]]:
    """Return what was found of each key, and what was not."""
    sheet = _sheet(frame)
    found = [find_ids(sheet, key, rules[key], lists, active=True) for key in rules]
    return found, [one for matched in found for one in misses_of(matched, frame.index, lists)]


def _sheet(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with the named levels of its index as columns, and rows by position."""
    levels = [n for n in frame.index.names if n is not None and n not in frame.columns]
    flat = frame.reset_index(level=levels) if levels else frame
    return flat.reset_index(drop=True)


def _with_ids(
    frame: pd.DataFrame, found: Iterable[Matched], dropped: Collection[str]
) -> pd.DataFrame:
    """Return a frame with the ids that were found, and without some columns."""
    result = frame.copy(deep=False)
    for matched in found:
        ids = matched.ids.astype(object).where(matched.ids.notna(), None).tolist()
        column = typed(ids, "integer", backend_of(frame)).set_axis(frame.index)
        by = {name for rule in matched.rules if rule.field for name in rule.columns}
        if matched.key in by:
            result[matched.key] = column  # names stood in it
        elif matched.key in result:
            # A row without a name keeps the id that it has.
            result[matched.key] = column.fillna(frame[matched.key].astype(column.dtype))
        else:
            result.insert(_place(result, matched), matched.key, column)
    return result.drop(columns=[name for name in dropped if name in result])


def _place(result: pd.DataFrame, matched: Matched) -> int:
    """Return where an id stands: before the first column that it was found by."""
    names = _used(result, {matched.key: matched.rules})
    return min((n for n, c in enumerate(result.columns) if c in names), default=result.shape[1])
