"""The decisions of a sync, made from values alone: how to fetch a list, what is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.catalog import Catalog, Resource
from runn_pandas.catalog.list_facts import LIST_FACTS
from runn_pandas.errors import FilterError, ResourceError
from runn_pandas.mirror.state import Table

OVERLAP = pd.Timedelta("5min")
DAY = 86_400.0
# Runn keeps 30 days of the log; a day less, to be sure.
# See docs/how-runn-behaves.md, "Activity log".
RETENTION = 29 * DAY
# So old, a list is read as a whole again, should a deletion ever go unlogged.
WHOLE_AFTER = 30 * DAY
UNLOGGED = "deletions are not logged"
# So much before its time a whole read is due, or a sync that begins each day a few seconds
# earlier or later would come to it a day late.
EARLY = 3_600.0

# The lists whose deletions are logged: the event's type, and its field for what was deleted.
LOGGED = {name: facts.deletion for name, facts in LIST_FACTS.items() if facts.deletion}
# The lists whose rows others go with: the field of the others that holds their ids.
PARENTS = {name: facts.named_by for name, facts in LIST_FACTS.items() if facts.named_by}


def usual_resources(catalog: Catalog) -> list[str]:
    """Return the resources of a mirror unless others are named: every account-wide list."""
    return [
        name
        for name, resource in catalog.resources.items()
        if resource.is_list and resource.facts.has_records and not resource.path_parameters
    ]


def check_resources(catalog: Catalog, names: Iterable[str]) -> list[str]:
    """Return the names of resources, each once, if all of them can be mirrored.

    Raises
    ------
    ResourceError
        If one is unknown, a single record, or a list for each of something.
    """
    found = []
    for name in names:
        resource, values = catalog.find(name)
        last = resource.name.rsplit("/", 1)[-1]
        whole = [n for n in usual_resources(catalog) if n == last or n.endswith(f"/{last}")]
        hint = f"; {whole[0]!r} has those of the whole account" if whole else ""
        if resource.path_parameters or values:
            raise ResourceError(
                f"A mirror holds account-wide lists, and {name!r} is one of many{hint}."
            )
        if not resource.is_list:
            raise ResourceError(
                f"A mirror holds lists, and {name!r} is a single record; read it with read_runn."
            )
        found.append(resource.name)
    return list(dict.fromkeys(found))


# -- how to fetch


@dataclass(frozen=True)
class FetchMode:
    """How one list is fetched.

    Attributes
    ----------
    name : str
        What the result says: ``"modifiedAfter"``, or ``"full: "`` and why.
    since : Timestamp or None
        Ask for what was changed after this; None asks for all of it.
    whole_at : float or None
        Where removed rows may stay: when the list was last read as a whole.
    people : tuple of int
        Those whose rows are all asked for besides.
    """

    name: str
    since: pd.Timestamp | None = None
    whole_at: float | None = None
    people: tuple[int, ...] = ()


def fetch_mode(
    resource: Resource,
    last: Table | None,
    intact: bool,
    now: float,
    no_log: str,
    other: str,
    full_every: float | None = None,
) -> FetchMode:
    """Return how to fetch a list, at a moment in seconds since 1970.

    `last` is its table, None if it is not mirrored yet, and `intact` whether the files are what
    was written; `no_log` says why the activity log cannot be asked, and `other` why nothing that
    is there can be built upon, if so. `full_every` is as in `why_whole`.
    """
    if last is None:
        return FetchMode("full: first copy")
    damage = "" if intact else "a file was damaged"
    always = why_whole(resource, last, now, full_every)
    why = other or damage or always or no_log or _why_full_now(last, now)
    if why or last.latest is None:
        return FetchMode(f"full: {why}")
    since = earlier(last.latest, last.began)
    if resource.facts.deletion:
        return FetchMode("modifiedAfter", since)
    return FetchMode(f"modifiedAfter: {removed_after(last.full_at)}", since, last.full_at)


def removed_after(whole_at: float) -> str:
    """Return the words for a list of which only changes were asked since a moment."""
    return f"rows removed after {shown(whole_at)} may still be there"


def shown(moment: float) -> str:
    """Return a moment, in seconds since 1970, as people read it."""
    return pd.Timestamp(moment, unit="s", tz="UTC").strftime("%Y-%m-%d %H:%M UTC")


def is_complete(name: str, table: Table) -> bool:
    """Whether a table was without rows that are gone when it was last brought up to date."""
    return table.whole or name in LOGGED


def complete_at(name: str, table: Table) -> float:
    """Return up to when a table is without rows that are gone, in seconds since 1970."""
    return table.synced_at if is_complete(name, table) else table.full_at


def why_whole(resource: Resource, last: Table | None, now: float, full_every: float | None) -> str:
    """Return why a list has to be read whole whatever became of it; nothing if it has not.

    A list whose deletions are not logged is, `full_every` so many seconds, where that is given;
    and always if it fits in a page, as then its changes cost as much.
    """
    why = why_always_full(resource)
    if why != UNLOGGED or full_every is None or last is None or _misses_changes(resource):
        return why
    # A whole read in the future tells only that the clock was ahead, and nobody knows how far.
    is_fresh = 0 <= now - last.full_at <= full_every - min(EARLY, full_every / 10)
    return why if not is_fresh or fits_a_page(resource, last.rows) else ""


def _misses_changes(resource: Resource) -> bool:
    """Whether a row changes without being newer: it is part of another list, or lists ids."""
    others = [one.name for one in resource.fields if one.kind == "nested"]
    return bool(resource.facts.subset_of) or any(name.endswith("Ids") for name in others)


def fits_a_page(resource: Resource, rows: int) -> bool:
    """Whether a list costs one request, as its changes do."""
    return rows <= (resource.page_limit or 1)


def seconds_of(full_every: Any) -> float | None:
    """Return the period that a user gave, in seconds; None if none was given.

    Raises
    ------
    FilterError
        If it is not one, or longer than the mirror waits with a whole read anyway.
    """
    if full_every is None:
        return None
    try:
        if isinstance(full_every, bool):
            raise TypeError
        try:
            period = pd.Timedelta(float(full_every), unit="D")
        except (TypeError, ValueError):
            period = pd.Timedelta(full_every)
        seconds = float(period.total_seconds())
        if 0 < seconds <= WHOLE_AFTER:
            return seconds
    except (TypeError, ValueError, OverflowError):
        pass
    raise FilterError(
        "full_every takes a period of more than nothing and at most 30 days, such as '7D', 7 (days)"
        f" or a Timedelta; {full_every!r:.40} is none. After 30 days every list is read whole."
    )


def why_always_full(resource: Resource) -> str:
    """Return why what changed in a list cannot be asked for; nothing if it can."""
    if resource.facts.unseen_changes:
        return resource.facts.unseen_changes
    if all(f.name != "modifiedAfter" for f in resource.filters):
        return "no modifiedAfter"
    return "" if resource.facts.deletion else UNLOGGED


def _why_full_now(last: Table, now: float) -> str:
    if last.latest is None:
        return "it was empty"
    # A clock that was set back proves nothing, so it counts as an age too.
    if max(abs(now - last.synced_at), abs(now - last.began)) > RETENTION:
        return "the last sync is older than the activity log"
    if abs(now - last.full_at) > WHOLE_AFTER:
        return "30 days since the last full read"
    return ""


def earlier(latest: str, began: float) -> pd.Timestamp:
    """Return from when on to ask, to miss nothing.

    The last change that was seen, or where that was seen while the sync went on, its beginning;
    and a little before it, as what was written then may have become visible later.
    """
    seen = min(pd.Timestamp(latest), pd.Timestamp(began, unit="s", tz="UTC"))
    return (seen - OVERLAP).floor("s")


# -- what is gone


@dataclass
class Deletions:
    """What was deleted since the last sync.

    Attributes
    ----------
    ids : dict of str to set
        The ids of rows, by resource.
    copies : dict of str to list
        What was deleted, as the log has it, by resource.
    unnamed : bool
        Whether something was deleted of which the log does not say which row it was.
    """

    ids: dict[str, set[int]] = field(default_factory=dict)
    copies: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    unnamed: bool = False

    def matching(self, resource: Resource) -> set[tuple[str, ...]]:
        """Return id and unique fields of what was deleted under the event of another list.

        Ids of two lists may be the same; with the rest they are one record.
        """
        facts = resource.facts
        names = ("id", *facts.unique)
        copies = self.copies.get(facts.logged_with, ())
        return {tuple(str(one.get(name)) for name in names) for one in copies}


def event_types() -> list[str]:
    """Return the types of the events that a sync asks for."""
    return [kind for kind, _ in LOGGED.values()]


def deletions_in(events: pd.DataFrame) -> Deletions:
    """Read deletions from the activity log."""
    found = Deletions()
    for name, (kind, what) in LOGGED.items():
        snapshots = events.loc[events["type"] == kind, what].tolist()
        ids = [one.get("id") if isinstance(one, Mapping) else None for one in snapshots]
        found.copies[name] = [one for one in snapshots if isinstance(one, Mapping)]
        found.ids[name] = {id_ for id_ in ids if type(id_) is int}
        found.unnamed |= not all(type(id_) is int for id_ in ids)
    return found


# -- rows by their years and their keys


def year_column(resource: Resource) -> str | None:
    """Return the date whose year says in which part of a table a row is; None without parts."""
    facts = resource.facts
    return facts.days[0] if facts.days and not facts.open_ended else None


def keys_of(frame: pd.DataFrame, names: Sequence[str]) -> pd.Index[Any]:
    """Return the keys of rows as an index, with what drifted into text as text."""
    index: pd.Index[Any]
    if len(names) == 1:
        index = pd.Index(frame[names[0]])
        return index
    return pd.MultiIndex.from_frame(frame[list(names)])


def latest_of_each(index: pd.Index[Any], updated: pd.Series[Any] | None) -> np.ndarray:
    """Return which rows stay, of those met twice while a list moved: the one updated last."""
    repeated = index.duplicated(keep=False)
    if not repeated.any():
        return np.ones(len(index), dtype=bool)
    places = np.flatnonzero(repeated)
    if updated is not None:
        stamps = updated.iloc[places].reset_index(drop=True)
        order = stamps.sort_values(kind="stable", na_position="first").index.to_numpy()
        places = places[order]
    stay = np.ones(len(index), dtype=bool)
    stay[places] = ~index[places].duplicated(keep="last")
    return stay
