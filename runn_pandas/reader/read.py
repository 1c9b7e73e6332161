"""Reading a resource into a frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, overload

import pandas as pd
from pandas.api.extensions import no_default

from runn_pandas.account import Account, current, seconds
from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.filters import check_filters
from runn_pandas.errors import FilterError, FrameError
from runn_pandas.frame.decode import Page, to_frame
from runn_pandas.frame.dedupe import Seen, without_repeats
from runn_pandas.frame.nested import expand as expand_columns
from runn_pandas.frame.types import Backend
from runn_pandas.reader.pages import Chain, Reader, chains
from runn_pandas.reader.progress import progress as shown

if TYPE_CHECKING:
    from runn_pandas.catalog.names import ResourceName

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
        Give an iterator of frames of this many rows, reading pages as they are needed.
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
    wanted = _listed("expand", expand) or []
    queries = {}
    for name in dict.fromkeys(resources):
        has = {field.name for field in load().find(name)[0].fields}
        nested = [field for field in wanted if field in has]
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
        counts = [sum(len(page) for page in chain) for chain in fetched]
        return self.finish(without_repeats(frame, self.resource.key, counts))

    def finish(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Nested fields expanded, columns chosen, the index set, and where it came from."""
        if self.nested:
            frame = expand_columns(frame, *self.nested, resource=self.resource)
        asked = [*(self.columns or ()), *self.index]
        missing = [name for name in asked if name not in frame.columns]
        if missing:
            raise FrameError(
                f"{self.resource.name!r} has no column {missing[0]!r}."
                f" Its columns are {', '.join(map(str, frame.columns))}."
            )
        if self.columns is not None:
            frame = frame[list(dict.fromkeys(asked))]
        if self.index:
            frame = frame.set_index(self.index[0] if len(self.index) == 1 else self.index)
        frame.attrs["runn"] = {
            "resource": self.resource.name,
            "account": self.account.fingerprint,
        }
        return frame


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
    _check_columns(resource, [*(chosen or ()), *index], expanded=bool(nested))
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
    resource, backend = query.resource, query.backend
    rest = to_frame([], resource, backend=backend)
    given_any = False
    with shown(resource.name, wanted) as bar:
        reader = Reader(query.account, age, bar.rows, bar.waiting)
        for chain in query.chains:
            seen = Seen(resource.key)
            for page in reader.follow(resource, chain):
                fresh = to_frame([page], resource, places=[chain.place], backend=backend)
                fresh = seen.new_rows(fresh)
                rest = pd.concat([rest, fresh], ignore_index=True) if len(rest) else fresh
                while len(rest) > size:
                    yield query.finish(rest.iloc[:size].reset_index(drop=True))
                    given_any = True
                    rest = rest.iloc[size:].reset_index(drop=True)
    if len(rest) or not given_any:
        yield query.finish(rest)


def _backend(dtype_backend: Any) -> Backend:
    if dtype_backend is no_default:
        return "default"
    if dtype_backend in ("numpy_nullable", "pyarrow"):
        chosen: Backend = dtype_backend
        return chosen
    raise FilterError(f"dtype_backend is 'numpy_nullable' or 'pyarrow', not {dtype_backend!r}.")


def _listed(name: str, value: Columns | None) -> list[str] | None:
    if value is None:
        return None
    names = [value] if isinstance(value, str) else list(value)
    odd = [n for n in names if not isinstance(n, str)]
    if odd:
        raise FrameError(f"{name} takes names of columns, not {odd[0]!r}.")
    return names


def _check_columns(resource: Resource, asked: Sequence[str], *, expanded: bool) -> None:
    """Refuse a misspelled column before the read; a name the API may yet add is tried."""
    known = [f.name for f in (*resource.path_parameters, *resource.fields)]
    for name in asked:
        near = get_close_matches(name.lower(), {k.lower(): k for k in known}, 1, 0.75)
        if name not in known and near and not (expanded and "." in name):
            right = next(k for k in known if k.lower() == near[0])
            raise FrameError(
                f"{resource.name!r} has no column {name!r}. Did you mean {right!r}?"
                f" Its columns are {', '.join(known)}."
            )
