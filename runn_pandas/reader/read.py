"""Reading resources into frames: ``read_runn`` and ``read_many``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

import pandas as pd
from pandas.api.extensions import no_default

from runn_pandas.account import Account, current
from runn_pandas.errors import FilterError, FrameError
from runn_pandas.frame.nested import BY_VALUE, where
from runn_pandas.reader.chunks import read_chunks
from runn_pandas.reader.known_parts import known_parts
from runn_pandas.reader.pages import Reader
from runn_pandas.reader.progress import progress_bar
from runn_pandas.reader.query import (
    Columns,
    Expand,
    build_query,
    expandable_fields,
    nested_names,
    oldest,
)

if TYPE_CHECKING:
    from runn_pandas.catalog.resource_names import ResourceName


@overload
def read_runn(
    resource: ResourceName | str,
    *,
    columns: Sequence[str] | None = ...,
    index_col: Columns | None = ...,
    dtype_backend: Literal["numpy_nullable", "pyarrow"] | Any = ...,
    chunksize: None = ...,
    expand: Expand | None = ...,
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
    expand: Expand | None = ...,
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
    expand: Expand | None = None,
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
        Return an iterator of frames of this many rows, reading pages as they are needed. A row
        that is met again, because it changed meanwhile, keeps the version handed out first.
    expand : str, sequence of str or dict, optional
        Nested fields to turn into columns, as ``df.runn.expand`` does. Tags and custom fields
        have the columns of all that the account has, whichever rows are read; which names
        references have, no list says, so columns that are to be there in any case are named:
        ``{"references": ["Harvest"], "tags": None}``.
    max_age : str, number of seconds, Timedelta or None, optional
        How old cached rows may be, instead of the account's setting.
    account : Account, optional
        Which account to read; the current one if not given.
    progress : bool, optional
        Show a progress bar. By default in a terminal or notebook when it takes over a second.
    **filters
        The API's own filters, spelled as the API spells them (``minDate``, ``personId``).
        ``sortBy="updatedAt", order="desc"`` is read by id and sorted then, so that no row is
        missed that is edited meanwhile. Dates take anything pandas reads as a date. A list or
        Series of values for a path parameter reads one list for each; the parameter is a column
        of the result.

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
    query = build_query(
        resource, columns, index_col, dtype_backend, expand, max_age, account, filters
    )
    if chunksize is not None:
        if isinstance(chunksize, bool) or not hasattr(chunksize, "__index__") or chunksize < 1:
            raise FilterError(f"chunksize is {chunksize!r}; it takes a whole number above 0.")
        if spread := BY_VALUE & set(query.nested):
            raise FilterError(
                f"The columns of {min(spread)} depend on all rows, so they cannot be expanded chunk"
                " by chunk: read without chunksize, or expand after pd.concat."
            )
        if query.falling is not None:
            raise FilterError(
                f"{query.resource.name!r} from the latest change down cannot be read in chunks: a"
                " row that is edited meanwhile would be missed. Read without chunksize, or leave"
                " out order='desc'."
            )
        return read_chunks(query, int(chunksize), progress)
    with progress_bar(query.resource.name, progress) as bar:
        reader = Reader(query.account, query.max_age, bar.rows, bar.waiting, bar.cached)
        lists = reader.fetch([(query.resource, chain) for chain in query.chains])
        known = known_parts(query, bar.waiting)
    return query.frame(lists, known)


def read_many(
    *resources: ResourceName | str,
    dtype_backend: Literal["numpy_nullable", "pyarrow"] | Any = no_default,
    expand: Expand | None = None,
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
    queries = {}
    for name, nested in _nested_of(_flat(resources), expand).items():
        queries[name] = build_query(
            name, None, None, dtype_backend, nested, max_age, account, filters
        )
    jobs = [(query, chain) for query in queries.values() for chain in query.chains]
    with progress_bar(f"{len(queries)} resources", progress) as bar:
        reader = Reader(account, oldest(account, max_age), bar.rows, bar.waiting, bar.cached)
        lists = iter(reader.fetch([(query.resource, chain) for query, chain in jobs]))
        known = {name: known_parts(query, bar.waiting) for name, query in queries.items()}
    return {
        name: query.frame([next(lists) for _ in query.chains], known[name])
        for name, query in queries.items()
    }


def _flat(resources: Sequence[Any]) -> Sequence[Any]:
    """Return names that may have been given as one list."""
    one = resources[0] if len(resources) == 1 else ""
    return resources if isinstance(one, str) or not hasattr(one, "__iter__") else list(one)


def _nested_of(names: Sequence[str], expand: Expand | None) -> dict[str, dict[str, list[str]]]:
    """Return for each resource which of the nested fields that are asked for it has."""
    asked = nested_names(expand)
    has = {name: expandable_fields(name) for name in names}
    for field in asked:
        if not any(field in fields for fields in has.values()):
            raise FrameError(
                f"None of {', '.join(has)} has a nested field {field!r}.{where(field)}"
            )
    return {name: {f: asked[f] for f in asked if f in has[name]} for name in names}
