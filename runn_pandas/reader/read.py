"""Reading a resource into a frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import pandas as pd
from pandas.api.extensions import no_default

from runn_pandas.account import Account, current, seconds
from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.filters import check_filters
from runn_pandas.errors import ConfigError, FilterError, FrameError
from runn_pandas.frame.decode import Page, to_frame
from runn_pandas.frame.dedupe import Seen, kept
from runn_pandas.frame.nested import BY_VALUE, expandable, where
from runn_pandas.frame.nested import expand as expand_columns
from runn_pandas.frame.types import Backend
from runn_pandas.reader.pages import Chain, Reader, chains
from runn_pandas.reader.progress import progress as shown

if TYPE_CHECKING:
    from runn_pandas.catalog.resource_names import ResourceName

Columns = str | Sequence[str]


@overload
def read_runn(
    resource: ResourceName | str,
    *,
    columns: Sequence[str] | None = ...,
    index_col: Columns | None = ...,
    dtype_backend: Literal["numpy_nullable", "pyarrow"] | Any = ...,
    chunksize: None = ...,
    expand: Columns | None = ...,
    max_age: Any = ...,
    account: Account | None = ...,
    progress: bool | None = ...,
    **filters: Any,
) -> pd.DataFrame: ...


@overload
def read_runn(
    resource: ResourceName | str,
    *,
    columns: Sequence[str] | None = ...,
    index_col: Columns | None = ...,
    dtype_backend: Literal["numpy_nullable", "pyarrow"] | Any = ...,
    chunksize: int,
    expand: Columns | None = ...,
    max_age: Any = ...,
    account: Account | None = ...,
    progress: bool | None = ...,
    **filters: Any,
) -> Iterator[pd.DataFrame]: ...


def read_runn(
    resource: ResourceName | str,
    *,
    columns: Sequence[str] | None = None,
    index_col: Columns | None = None,
    dtype_backend: Literal["numpy_nullable", "pyarrow"] | Any = no_default,
    chunksize: int | None = None,
    expand: Columns | None = None,
    max_age: Any = no_default,
    account: Account | None = None,
    progress: bool | None = None,
    **filters: Any,
) -> pd.DataFrame | Iterator[pd.DataFrame]:
    """Read a resource of the Runn API into a typed DataFrame, every page of it.

    Parameters
    ----------
    resource : str
        A path of the API without the outer slashes, such as ``"people"``,
        ``"time-offs/leave"`` or ``"projects/{projectId}/phases"``; `runn_pandas.resources`
        lists them. A path parameter is given as a filter (``projectId=12``) or in place
        (``"projects/12/phases"``).
    columns : sequence of str, optional
        The columns to keep, in this order.
    index_col : str or sequence of str, optional
        The columns to make the index.
    dtype_backend : {"numpy_nullable", "pyarrow"}, optional
        As in pandas' own readers. By default ids and minutes are ``Int64``, other numbers
        ``Float64``, flags ``boolean``, texts ``str`` (``string`` on pandas 2), dates
        ``datetime64[us]`` without a zone, timestamps ``datetime64[us, UTC]``.
    chunksize : int, optional
        Give an iterator of frames of this many rows, reading pages as they are needed. A row
        that is met again, because it changed meanwhile, keeps the version handed out first.
    expand : str or sequence of str, optional
        Nested fields to turn into columns, as ``df.runn.expand`` does.
    max_age : str, number of seconds, Timedelta or None, optional
        How old cached rows may be, instead of the account's setting.
    account : Account, optional
        Which account to read; the current one if not given.
    progress : bool, optional
        Show a progress bar. By default in a terminal or notebook when it takes over a second.
    **filters
        The API's own filters, spelled as the API spells them (``minDate``, ``personId``).
        Dates take anything pandas reads as a date. A list or Series of values for a path
        parameter reads one list for each; the parameter is a column of the result.

    Returns
    -------
    DataFrame or iterator of DataFrame
        One row for each record, the columns and types those of the catalogue. Minutes are
        minutes, money is in the account's currency. An empty answer has all the columns.

    Raises
    ------
    ResourceError, FilterError
        If there is no such resource or filter, or it does not take this value; nothing is sent.
    RunnError
        If the list could not be read to its end: a read is complete or it raises.

    Warns
    -----
    SchemaDriftWarning
        If the API's answer differs from the catalogue.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> january = rp.read_runn("actuals", minDate="2026-01-01", maxDate="2026-01-31")
    >>> january[["billableMinutes", "nonbillableMinutes"]].dtypes.unique()
    array([Int64Dtype()], dtype=object)
    """
    query = _query(resource, columns, index_col, dtype_backend, expand, account, filters)
    age = query.account.max_age if max_age is no_default else seconds(max_age)
    if chunksize is not None:
        if isinstance(chunksize, bool) or not hasattr(chunksize, "__index__") or chunksize < 1:
            raise FilterError(f"chunksize is {chunksize!r}; it takes a whole number above 0.")
        if spread := BY_VALUE & set(query.nested):
            raise FilterError(
                f"The columns of {min(spread)} depend on all rows, so they cannot be expanded chunk"
                " by chunk: read without chunksize, or expand after pd.concat."
            )
        return _chunks(query, age, progress, int(chunksize))
    with shown(query.resource.name, progress) as bar:
        reader = Reader(query.account, age, bar.rows, bar.waiting)
        fetched = reader.fetch([(query.resource, chain) for chain in query.chains])
    return query.frame(fetched)


def read_many(
    *resources: ResourceName | str,
    dtype_backend: Literal["numpy_nullable", "pyarrow"] | Any = no_default,
    expand: Columns | None = None,
    max_age: Any = no_default,
    account: Account | None = None,
    progress: bool | None = None,
    **filters: Any,
) -> dict[str, pd.DataFrame]:
    """Read several resources at once, under one limit.

    Parameters
    ----------
    *resources : str
        Resources, as `read_runn` takes them.
    dtype_backend, expand, max_age, account, progress
        As in `read_runn`, for all of them; ``expand`` for those that have the field.
    **filters
        Filters that every one of the resources has.

    Returns
    -------
    dict of str to DataFrame
        In the order asked.

    Raises
    ------
    RunnError
        If any of them cannot be read to its end; before anything is sent if a name is wrong.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> tables = rp.read_many("people", "projects", "roles")
    >>> list(tables)
    ['people', 'projects', 'roles']
    """
    account = account if account is not None else current()
    given: Any = resources[0] if len(resources) == 1 and _is_listing(resources[0]) else resources
    names: list[str] = list(dict.fromkeys([given] if isinstance(given, str) else given))
    wanted = _listed("expand", expand) or []
    has = {name: {f.name for f in load().find(name)[0].fields if expandable(f)} for name in names}
    for field in wanted:
        if not any(field in fields for fields in has.values()):
            raise FrameError(
                f"None of {', '.join(names)} has a nested field {field!r}.{where(field)}"
            )
    queries = {}
    for name in names:
        nested = [field for field in wanted if field in has[name]]
        queries[name] = _query(name, None, None, dtype_backend, nested, account, filters)
    age = account.max_age if max_age is no_default else seconds(max_age)
    jobs = [(name, chain) for name, query in queries.items() for chain in query.chains]
    with shown(f"{len(queries)} resources", progress) as bar:
        reader = Reader(account, age, bar.rows, bar.waiting)
        fetched = reader.fetch([(queries[name].resource, chain) for name, chain in jobs])
    parts: dict[str, list[Sequence[Page]]] = {name: [] for name in queries}
    for (name, _), pages in zip(jobs, fetched, strict=True):
        parts[name].append(pages)
    return {name: query.frame(parts[name]) for name, query in queries.items()}


@dataclass(frozen=True)
class Query:
    """A read that has been checked: nothing about it can be wrong any more but the answer."""

    resource: Resource
    chains: list[Chain]
    account: Account
    backend: Backend
    columns: list[str] | None
    index: list[str]
    nested: list[str]

    def frame(self, fetched: Sequence[Sequence[Page]]) -> pd.DataFrame:
        """The frame of all chains' pages."""
        pages = [page for chain in fetched for page in chain]
        pairs = zip(self.chains, fetched, strict=True)
        places = [chain.place for chain, pages in pairs for _ in pages]
        frame = to_frame(pages, self.resource, places=places, backend=self.backend)
        stay = kept(frame, self.resource.key, [sum(map(len, chain)) for chain in fetched])
        return self.finish(frame if stay.all() else frame[stay].reset_index(drop=True))

    def finish(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Nested fields expanded, columns chosen, the index set, and where it came from."""
        if self.nested:
            frame = expand_columns(frame, *self.nested, resource=self.resource)
        if self.columns is not None:
            frame = self._chosen(frame, [*self.columns, *self.index])
        if self.index:
            frame = frame.set_index(self.index[0] if len(self.index) == 1 else self.index)
        frame.attrs["runn"] = {
            "resource": self.resource.name,
            "account": self.account.fingerprint,
        }
        return frame

    def _chosen(self, frame: pd.DataFrame, asked: Sequence[str]) -> pd.DataFrame:
        """The columns asked for; a nested field that was expanded stands for all of its own."""
        labels: list[str] = []
        for name in asked:
            if name in self.nested and name not in frame:
                labels += [c for c in frame.columns if c.startswith(f"{name}.")]
            else:
                labels.append(name)
                if name not in frame:
                    # Nobody has this tag or reference just now.
                    frame = frame.assign(**{name: pd.Series(pd.NA, frame.index, dtype=object)})
        return frame[list(dict.fromkeys(labels))]


def _query(
    name: str,
    columns: Sequence[str] | None,
    index_col: Columns | None,
    dtype_backend: Any,
    expand: Columns | None,
    account: Account | None,
    filters: dict[str, Any],
) -> Query:
    resource, in_place = load().find(name)
    path, sent = check_filters(resource, filters, in_place)
    chosen = _listed("columns", columns)
    index = _listed("index_col", index_col) or []
    nested = _listed("expand", expand) or []
    _check_nested(resource, nested)
    _check_columns(resource, [*(chosen or ()), *index], nested)
    if account is not None and not isinstance(account, Account):
        raise ConfigError("account= takes an account, as rp.connect gives it.")
    return Query(
        resource=resource,
        chains=chains(resource, path, sent),
        account=account if account is not None else current(),
        backend=_backend(dtype_backend),
        columns=chosen,
        index=index,
        nested=nested,
    )


def _chunks(
    query: Query, age: float | None, wanted: bool | None, size: int
) -> Iterator[pd.DataFrame]:
    """Decode rows when their chunk is full, so that a chunk is what a whole read would be."""
    told: set[str] = set()
    given_any = False
    waiting: list[tuple[Page, Chain, Seen]] = []

    def frame_of(parts: Sequence[tuple[Page, Chain, Seen]]) -> pd.DataFrame:
        pages, places = [page for page, _, _ in parts], [chain.place for _, chain, _ in parts]
        return to_frame(pages, query.resource, places=places, backend=query.backend, told=told)

    with shown(query.resource.name, wanted) as bar:
        reader = Reader(query.account, age, bar.rows, bar.waiting)
        for chain in query.chains:
            seen = Seen(query.resource.key)
            for page in reader.follow(query.resource, chain):
                waiting.append((page, chain, seen))
                while sum(len(part[0]) for part in waiting) > size:
                    frame = frame_of(waiting)
                    waiting = _once(waiting, frame, query.resource.key)
                    first, waiting = _split(waiting, size)
                    if sum(len(part[0]) for part in first) < size:
                        waiting = first
                        break
                    yield _handed(query, first, frame_of(first))
                    given_any = True
    waiting = _once(waiting, frame_of(waiting), query.resource.key)
    if waiting or not given_any:
        yield _handed(query, waiting, frame_of(waiting))


Parts = list[tuple[Page, Chain, Seen]]


def _once(parts: Parts, frame: pd.DataFrame, key: Sequence[str]) -> Parts:
    """The rows that were not handed out yet, each of them once."""
    lists: dict[int, int] = {}
    for page, _, seen in parts:
        lists[id(seen)] = lists.get(id(seen), 0) + len(page)
    stay = kept(frame, key, list(lists.values()))
    rest: Parts = []
    start = 0
    for page, chain, seen in parts:
        rows = slice(start, start + len(page))
        mine = np.flatnonzero(stay[rows] & seen.fresh(frame.iloc[rows]))
        start += len(page)
        if len(mine):
            rest.append((page if len(mine) == len(page) else page.picked(mine), chain, seen))
    return rest


def _split(parts: Parts, size: int) -> tuple[Parts, Parts]:
    """The first rows, and those behind them."""
    first: Parts = []
    for number, (page, chain, seen) in enumerate(parts):
        room = size - sum(len(part[0]) for part in first)
        if len(page) > room:
            before, after = page.picked(range(room)), page.picked(range(room, len(page)))
            head = [(before, chain, seen)] if room else []
            return [*first, *head], [(after, chain, seen), *parts[number + 1 :]]
        first.append((page, chain, seen))
    return first, []


def _handed(query: Query, parts: Parts, frame: pd.DataFrame) -> pd.DataFrame:
    start = 0
    for page, _, seen in parts:
        seen.hand_out(frame.iloc[start : start + len(page)])
        start += len(page)
    return query.finish(frame)


def _backend(dtype_backend: Any) -> Backend:
    if dtype_backend is no_default:
        return "default"
    if dtype_backend in ("numpy_nullable", "pyarrow"):
        chosen: Backend = dtype_backend
        return chosen
    raise FilterError(f"dtype_backend is 'numpy_nullable' or 'pyarrow', not {dtype_backend!r}.")


def _listed(name: str, value: Any) -> list[str] | None:
    if value is None or (value is False and name == "index_col"):
        return None
    names = [value] if isinstance(value, str) else list(value) if _is_listing(value) else [value]
    odd = [n for n in names if not isinstance(n, str)]
    if odd:
        raise FrameError(f"{name} takes names of columns, not {odd[0]!r:.40}.")
    return names


def _is_listing(value: Any) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, dict)


def _check_nested(resource: Resource, nested: Sequence[str]) -> None:
    can = [field.name for field in resource.fields if expandable(field)]
    for name in nested:
        if name not in can:
            told = f"It can expand {', '.join(can)}." if can else "It has none."
            raise FrameError(f"{resource.name!r} has no nested field {name!r}. {told}{where(name)}")


def _check_columns(resource: Resource, asked: Sequence[str], nested: Sequence[str]) -> None:
    known = [f.name for f in (*resource.path_parameters, *resource.fields)]
    for name in asked:
        if name in known or name.partition(".")[0] in nested:
            continue
        near = get_close_matches(name.lower(), {k.lower(): k for k in known}, 1, 0.6)
        hint = f" Did you mean {next(k for k in known if k.lower() == near[0])!r}?" if near else ""
        raise FrameError(
            f"{resource.name!r} has no column {name!r}.{hint} Its columns are {', '.join(known)}."
        )
