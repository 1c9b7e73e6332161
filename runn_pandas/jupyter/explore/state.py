"""What the explorer says about what is chosen and read: values from values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from runn_pandas.catalog import Resource
from runn_pandas.catalog.everyday_words import SMALL, begun_by, meant_by
from runn_pandas.frame.words import counted
from runn_pandas.jupyter.explore.descriptions import WHAT

# The lists that one looks for first.
COMMON = (
    *("people", "projects", "clients", "assignments", "actuals", "contracts"),
    *("time-offs/leave", "time-offs/holidays", "roles", "teams", "skills", "phases"),
    *("milestones", "rate-cards", "project-rates", "reports/totals/projects"),
)

# The columns that say what a row is.
FIRST = (
    *("id", "name", "title", "firstName", "lastName"),
    *("date", "startDate", "endDate", "personId", "projectId", "clientId"),
)


def to_look_at(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with what says what a row is first, and columns without a value last."""
    columns = list(frame.columns)
    first = [name for name in FIRST if name in columns]
    empty = [name for name in columns if name not in FIRST and frame[name].isna().all()]
    between = [name for name in columns if name not in first and name not in empty]
    return frame[[*first, *between, *empty]]


def literal(value: Any) -> str:
    """Return a filter's value as Python spells it, texts in double quotes where that is plain."""
    if isinstance(value, str) and '"' not in value:
        # With an apostrophe in it, Python spells a text in double quotes.
        return '"' + repr("'" + value)[2:]
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def code_of(resource: str, filters: Mapping[str, Any], *, names_account: bool = False) -> str:
    """Return the line that reads a resource with filters.

    Examples
    --------
    >>> code_of("actuals", {"minDate": "2026-06-01", "personId": 7})
    'pd.read_runn("actuals", minDate="2026-06-01", personId=7)'
    """
    parts = [literal(resource), *(f"{name}={literal(value)}" for name, value in filters.items())]
    return f"pd.read_runn({', '.join([*parts, *(['account=account'] if names_account else [])])})"


def in_order(resources: Iterable[Resource]) -> list[Resource]:
    """Return resources as a menu has them: the common lists, the others, parts, single records."""
    common = {name: place for place, name in enumerate(COMMON)}

    def place(one: Resource) -> tuple[int, int, str]:
        rank = 2 * (not one.is_list) + bool(one.path_parameters)
        return (rank, common.get(one.name, len(common)), one.name)

    return sorted(resources, key=place)


def found(typed: str, resources: Iterable[Resource]) -> list[Resource]:
    """Return the resources that a text could mean: by everyday words, names, and what they are.

    Of a question the words that say nothing of it count for nothing.
    """
    order, folded = in_order(resources), typed.casefold()
    by_name = [one for one in order if _has_all(one.name.casefold(), folded.split())]
    meant = [one for name in meant_by(typed) for one in order if one.name == name]
    # Who types the beginning of a name goes on to the name.
    begins = any(one.name.startswith(folded) for one in by_name)
    first = [*by_name, *meant] if begins else [*meant, *by_name]
    return list({one.name: one for one in (*first, *_told_by(folded.split(), order))}.values())


def _has_all(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


def _told_by(words: Sequence[str], resources: Sequence[Resource]) -> list[Resource]:
    """Return the resources of which all words tell that say anything."""
    telling = [word.strip("?!.,") for word in words if word not in SMALL] or words
    about = [_about(resources, word) for word in telling]
    return [one for one in resources if all(one.name in names for names in about)]


def _about(resources: Iterable[Resource], word: str) -> set[str]:
    """Return the resources of which a word, or its beginning, tells."""
    told = {one.name for one in resources if word in f"{one.name} {WHAT[one.name]}".casefold()}
    return told.union(begun_by(word))


def option(one: Resource) -> tuple[str, str]:
    """Return a resource as a menu shows it, and its name."""
    return f"{one.name}: {WHAT[one.name]}", one.name


def fitting(found: Sequence[Resource]) -> str:
    """Return what there is to say of a search that is no name."""
    if not found:
        return ""
    count = "One resource fits" if len(found) == 1 else f"{len(found)} resources fit"
    return f"{count}: Enter chooses {found[0].name}, the arrow keys or a click any other."


def read_message(name: str, frame: pd.DataFrame, warnings: Iterable[str]) -> tuple[str, str]:
    """Return the message of a read: its kind, and what was read with the warnings below it."""
    if frame.empty:
        kind, first = "empty", f"No rows: {name} has nothing that fits these filters."
    else:
        size = f"{counted(len(frame), 'row')} and {counted(frame.shape[1], 'column')}"
        kind, first = "done", f"{size}; the app's .frame has them."
    return kind, "\n".join([first, *warnings])
