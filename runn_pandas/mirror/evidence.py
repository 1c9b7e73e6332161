"""What tells that rows are gone from a list of which only changes were asked, and of whom."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from runn_pandas.catalog import Resource
from runn_pandas.catalog.list_facts import facts_about
from runn_pandas.mirror.merge import Merge
from runn_pandas.mirror.policy import PARENTS, Deletions, FetchMode, removed_after
from runn_pandas.mirror.state import Table

OWNER = "personId"


def next_mode(
    resource: Resource,
    mode: FetchMode,
    merge: Merge,
    others: Mapping[str, Merge | None],
    deletions: Deletions,
    rows: int,
) -> FetchMode:
    """Return how a list is fetched after its changes are there: as before, or more of it.

    What tells that rows may be gone is a change of another list (`others`, None for one that
    was made anew without what it was) or a new row in the place of an old one. All rows of the
    people whom that is about are asked for, or of all if that costs as much.

    Parameters
    ----------
    resource, mode, merge
        The list, how its changes were asked for, and these beside its table.
    others
        The other lists of the mirror, by name, compared with what they were.
    deletions
        What is known to be deleted: its rows go without a further question.
    rows
        Of the table.
    """
    facts = resource.facts.gone_with.items()
    seen = {name: _changed(name, others[name], fields) for name, fields in facts if name in others}
    for name, owners in seen.items():
        if owners is None:
            return FetchMode(f"full: rows may have gone with {name}")
    alike = merge.alike(deletions)
    if alike and not _asks_by(OWNER, resource):
        return FetchMode("full: rows were made anew")
    texts = {row[OWNER] for row in alike}.union(*filter(None, seen.values()))
    people = {int(text) for text in texts if text.isdecimal()} & merge.staying(OWNER, deletions)
    return _of_people(people, resource, mode, rows)


def missed(resource: Resource, tables: Mapping[str, Table], lost: Collection[str] = ()) -> str:
    """Return why nobody can say which rows are gone from a list of which changes are asked.

    Each sync compares the lists that tell of it with what they were. A list that was refused
    meanwhile has not heard of it, and of those that are `lost` nobody knows what they were.
    """
    ids = {one.name for one in resource.fields}
    told = {n for n in tables if n in resource.facts.gone_with or PARENTS.get(_records(n)) in ids}
    last = (tables[resource.name].number, tables[resource.name].synced_at)
    for name in sorted(told - {resource.name}):
        if name in lost:
            return f"{name} was damaged"
        # States of older versions have no numbers.
        other = tables[name]
        if other.number > last[0] or (other.number == last[0] and other.synced_at != last[1]):
            return f"{name} was synced without it"
    return ""


def _records(name: str) -> str:
    """Return the list that has all records of the kind that a list has some of."""
    return facts_about(name).subset_of or name


def _of_people(people: set[int], resource: Resource, mode: FetchMode, rows: int) -> FetchMode:
    """Return how the rows of some people are asked for: one by one, or all if that costs less."""
    if len(people) >= math.ceil(rows / (resource.page_limit or 1)):
        return FetchMode("full: rows of many people may be gone")
    if not people:
        return mode
    many = "1 person" if len(people) == 1 else f"{len(people):,} people"
    name = f"modifiedAfter, and all of {many}: {removed_after(mode.whole_at or 0.0)}"
    return replace(mode, name=name, people=tuple(sorted(people)))


def _asks_by(name: str, resource: Resource) -> bool:
    """Whether a list has a filter."""
    return any(one.name == name for one in resource.filters)


def _changed(name: str, other: Merge | None, fields: Sequence[str]) -> set[str] | None:
    """Return who may have lost rows by what changed in a list; None if nobody can say."""
    if other is None:
        return None
    own = "id" if PARENTS.get(name) == OWNER else OWNER if OWNER in other.kinds else ""
    old, new = other.differences((own or "id", "id", *fields))
    if own:
        return {owner for owner, *_ in old ^ new}
    return None if old - new else set()
