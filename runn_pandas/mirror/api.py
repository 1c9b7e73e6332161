"""The class `Mirror`: a folder that holds an account's lists, and keeps itself up to date."""

from __future__ import annotations

import math
import os
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import pandas as pd
from pandas.api.extensions import no_default

from runn_pandas.account import Account, current
from runn_pandas.catalog import Resource, load
from runn_pandas.errors import ConfigError, FilterError, FrameError, OfflineError, RunnError
from runn_pandas.frame.types import Backend
from runn_pandas.mirror.copied_tables import ANALYSES, CopiedTables, hint_of, read_one
from runn_pandas.mirror.engines import dask_frame, run_sql
from runn_pandas.mirror.fetch import Fetcher
from runn_pandas.mirror.folder import Damaged, Folder
from runn_pandas.mirror.policy import (
    check_resources,
    seconds_of,
    usual_resources,
)
from runn_pandas.mirror.read_tables import (
    Filters,
    Selection,
    chosen_columns,
)
from runn_pandas.mirror.render import as_html, as_text
from runn_pandas.mirror.snapshot import Snapshot
from runn_pandas.mirror.state import State, Table
from runn_pandas.mirror.sync import Sync
from runn_pandas.reader.progress import progress_bar

# Without these a mirror is none; what else a plan lacks is left out.
NEEDED = frozenset({"people", "projects", "assignments", "actuals"})
TRIES = 5
T = TypeVar("T")
_demos: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


class Mirror:
    """A local copy of an account. Made by `mirror`.

    Attributes
    ----------
    path : Path
        The folder. Each table is a folder in it, named as in SQL (``time_offs_leave``), of
        Parquet files that any engine reads as they are::

            pl.read_parquet(mirror.files("actuals"))               # Polars
            spark.read.parquet(*map(str, mirror.files("actuals"))) # Spark
            pl.scan_parquet(f"{mirror.path}/actuals/**/*.parquet") # the folder itself

        The big ones are in parts ``year=2026``. `files` names what belongs to the mirror now;
        the folder itself may for a moment of a sync, or after one that was killed, hold both
        what was and what will be. Nested fields that Arrow cannot hold without loss, such as
        ``customFields``, are JSON texts there.

    Examples
    --------
    >>> import tempfile
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> folder = tempfile.TemporaryDirectory()
    >>> copy = rp.mirror(folder.name + "/copy", ["actuals", "assignments", "contracts"])
    >>> first, again = copy.sync(), copy.sync()
    >>> again["mode"].tolist()
    ['deletions', 'modifiedAfter', 'modifiedAfter', 'modifiedAfter']
    >>> june = copy.read("actuals", ["date", "personId"], [("date", ">=", "2026-06-01")])
    >>> june["date"].min()
    Timestamp('2026-06-01 00:00:00')
    >>> copy.sql("select count(distinct personId) as people from actuals")["people"].tolist()
    [40]
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        resources: Sequence[str] | None = None,
        account: Account | None = None,
    ) -> None:
        if account is not None and not isinstance(account, Account):
            raise ConfigError("account= takes an account, as rp.connect gives it.")
        self.path = Path(path).expanduser().absolute()
        names = [resources] if isinstance(resources, str) else resources
        self._named = None if names is None else check_resources(load(), names)
        if self._named == []:
            raise FilterError("resources is an empty list; name at least one, or leave it out.")
        self._account = account
        self._folder = Folder(self.path)
        self._clock: Callable[[], float] = time.time
        state = self._folder.load()
        if state is not None and account is not None:
            self._check_account(state, account)

    # -- keeping up to date

    def sync(
        self,
        history: bool = False,
        progress: bool | None = None,
        *,
        full: bool = False,
        full_every: str | pd.Timedelta | timedelta | float | None = None,
    ) -> pd.DataFrame:
        """Bring the mirror up to date, asking for as little as can be trusted.

        ``actuals``, ``assignments``, ``contracts`` and ``time-offs/leave`` are asked what was
        modified since the last change seen, less five minutes, and the activity log what was
        deleted; with a deleted person or project go its rows. A person or project that is not
        listed any more without being in the log is asked for by its id. All else is read whole
        and compared: its deletions are not logged, or ``modifiedAfter`` misses some of a row's
        fields. The four are read whole too with ``full=True``, on a test account, which has no
        activity log, when the log does not name what was deleted, when the last sync is 29 days
        ago or more, as the log reaches no further, when a list was refused in a sync that read
        people or projects, or these were damaged, when a field is new, and every 30 days.

        Killed at any moment, the mirror is what it was before or what it is after, never
        between; a damaged file is read again. Reading goes on meanwhile.

        Parameters
        ----------
        history : bool
            Keep every version of each row from now on, for ``read(as_of=...)``. Once begun it
            goes on at every sync.
        progress : bool, optional
            Show a progress bar. By default in a terminal or notebook when it takes a while.
        full : bool
            Read every list as a whole this time.
        full_every : str, Timedelta or number of days, optional
            How often to read a list as a whole whose deletions are not logged, such as ``"7D"``;
            at most 30 days. By default at every sync, so that the mirror is what a full read
            gives. In between, of a list that is longer than a page, only changes are asked for,
            and rows that were removed may still be there, unless something tells of them: a
            person or project that is gone, contracts or holiday groups that changed, the log, or
            a new row in the place of an old one. ``mode``, the mirror's text and
            ``frame.attrs["runn"]["complete"]`` tell when it was read as a whole. It holds for
            this sync only.

        Returns
        -------
        DataFrame
            ``resource, mode, rows, added, changed, deleted, requests, seconds``: one row for
            each resource, and one for the activity log if it was asked. ``mode`` is
            ``"modifiedAfter"``, with a note where removed rows may still be there, or ``"full: "``
            and why, or ``"refused: "`` and the status for a list that the account's plan does not
            have. ``rows`` are those of the table now.

        Raises
        ------
        ConfigError
            If it is another account's mirror, another sync is running, or the disk is full.
        FilterError
            If ``full_every`` is no such period.
        RunnError
            If a list cannot be read to its end; the mirror is what it was.

        Warns
        -----
        SchemaDriftWarning
            If the account's fields differ from the catalogue: the tables have them from now on.
        """
        every = seconds_of(full_every)
        account = self._account or current()
        if account.is_offline:
            raise OfflineError("Offline: a mirror cannot be synced; reading it needs no network.")
        try:
            with self._folder.alone():
                state = self._folder.load()
                self._folder.sweep(state)
                if state is not None:
                    self._check_account(state, account)
                state = state or State(default=self._named is None)
                names = self._names(state)
                optional = frozenset(() if self._named else names) - NEEDED
                with progress_bar(f"mirror of {len(names)} resources", progress) as bar:
                    run = Sync(
                        self._folder,
                        account,
                        state,
                        Fetcher(account, optional, bar.rows, bar.waiting),
                        names,
                        # As exact as a user can say it again in as_of=.
                        began=math.floor(self._clock() * 1000) / 1000,
                        demo=_demo_mark(account),
                        history=history,
                        full=full,
                        full_every=every,
                    )
                    try:
                        new, result = run.run()
                    except BaseException:
                        self._folder.sweep(self._folder.load())
                        raise
                self._folder.sweep(new)
                return result
        except RunnError:
            raise
        except OSError as error:
            raise ConfigError(
                f"The mirror {self.path} could not be written ({error.strerror or error}). It is"
                " what it was before this sync; make room, or see to the folder, and sync again."
            ) from error

    def _names(self, state: State) -> list[str]:
        wanted = self._named or ()
        if state.default or (not state.tables and self._named is None):
            wanted = [*usual_resources(load()), *wanted]
        return list(dict.fromkeys([*state.tables, *wanted]))

    def _check_account(self, state: State, account: Account) -> None:
        if state.account and state.account != account.fingerprint:
            raise ConfigError(
                f"{self.path} mirrors account {state.account}, and this is {account.fingerprint}:"
                " two accounts are never mixed. Give each its own folder; after a new token for"
                " the same account, begin a new one too."
            )

    # -- reading

    def read(
        self,
        resource: str,
        columns: Sequence[str] | None = None,
        filters: Filters | None = None,
        as_of: Any = None,
        *,
        dtype_backend: Any = no_default,
    ) -> pd.DataFrame:
        """Read a table: the frame that `read_runn` gives, sorted by its key; no request is sent.

        Parameters
        ----------
        resource : str
            A mirrored resource.
        columns : sequence of str, optional
            The columns to read, in this order; only they are read from the disk.
        filters : list of tuples, or list of lists of tuples, optional
            Which rows, as in `pandas.read_parquet`: ``[("date", ">=", "2026-01-01"),
            ("personId", "in", [1, 2])]`` have to hold together, lists of such lists any of
            them. Dates take anything pandas reads as a date.
        as_of : date or timestamp, optional
            The table as it was at the last sync before or at this moment (UTC unless it says
            otherwise; a date without a time is its end). Needs ``sync(history=True)``.
        dtype_backend : {"numpy_nullable", "pyarrow"}, optional
            As in `read_runn`.

        Returns
        -------
        DataFrame

        Raises
        ------
        FrameError
            If the mirror has no such table or column, or no history of that moment.
        FilterError
            If a filter is not one.
        ConfigError
            If a file is damaged; ``sync`` reads it again.
        """
        known = _resource(resource)
        selection = Selection(columns, filters, _backend(dtype_backend))
        return self._with_state(lambda state: self._read(state, known, as_of, selection))

    def _read(
        self, state: State, known: Resource, as_of: Any, selection: Selection
    ) -> pd.DataFrame:
        self._table(state, known.name)
        return read_one(self._folder, state, known, as_of, selection)

    def tables(self, *resources: str, as_of: Any = None) -> dict[str, pd.DataFrame]:
        """Read several tables, as ``tables=`` of every analysis takes them.

        Parameters
        ----------
        *resources : str
            Which; by default those that `hours`, `capacity`, `utilization`, `finance` and
            `reconcile` are made from. What an analysis needs beside them is read from the
            mirror, never from the account; a list that the mirror lacks is a `FrameError` there,
            with the way to add it. A plain ``dict(tables)`` lets the account fill in.
        as_of : date or timestamp, optional
            As in `read`.

        Returns
        -------
        dict of str to DataFrame
        """
        wanted = [_resource(name) for name in resources]

        def read(state: State) -> dict[str, pd.DataFrame]:
            found = wanted or [_resource(name) for name in ANALYSES if name in state.tables]
            frames = {one.name: self._read(state, one, as_of, Selection()) for one in found}
            return CopiedTables(frames, self._folder, state.number, as_of)

        # Of one state all of them, whatever a sync does meanwhile.
        return self._with_state(read)

    def files(self, resource: str) -> list[Path]:
        """Return the Parquet files that are a table now; a sync replaces them."""
        known = _resource(resource)

        def paths(state: State) -> list[Path]:
            return [self._folder.checked(f) for f in self._table(state, known.name).files]

        return self._with_state(paths)

    def sql(self, query: str, params: Any = None) -> pd.DataFrame:
        """Run SQL over the tables with DuckDB (``pip install '.[sql]'``).

        Parameters
        ----------
        query : str
            A query; each resource is a table, ``"time-offs/leave"`` in quotes or
            ``time_offs_leave``.
        params : list or dict, optional
            Values for the query's ``?`` or ``$name``.

        Returns
        -------
        DataFrame
            With the types that `read_runn` gives. Days and hours of timestamps are those of UTC.

        Raises
        ------
        ConfigError
            If DuckDB is not installed.
        FilterError
            If DuckDB does not take the query.
        """

        def run(state: State) -> pd.DataFrame:
            tables = {
                name: ([self._folder.checked(file) for file in table.files], table.kinds)
                for name, table in state.tables.items()
            }
            return run_sql(query, params, tables)

        return self._with_state(run)

    def _reading(self, action: Callable[[Snapshot], T]) -> T:
        """Return what an action makes of the tables as one sync left them, read in parts.

        It is what `report` and `availability` do when they are given a mirror as ``tables``; the
        action begins anew if a sync replaces the files meanwhile.

        Parameters
        ----------
        action : function
            It takes a `Snapshot`, which is valid until it returns.

        Returns
        -------
        what the action returns
        """

        def run(state: State) -> T:
            with TemporaryDirectory(prefix="runn-") as aside:
                return action(Snapshot(self._folder, state, Path(aside)))

        return self._with_state(run)

    def dask(self, resource: str, columns: Sequence[str] | None = None) -> Any:
        """Return a table as a Dask DataFrame (``pip install '.[dask]'``).

        Its partitions are frames as `read` gives them, read by the workers, who need no token.
        It stands on the files of this moment: after a sync make it anew.

        Parameters
        ----------
        resource : str
            A mirrored resource.
        columns : sequence of str, optional
            The columns to read.

        Returns
        -------
        dask.dataframe.DataFrame
        """
        known = _resource(resource)

        def make(state: State) -> Any:
            table = self._table(state, known.name)
            paths = [self._folder.checked(file) for file in table.files]
            hint = hint_of(state, known.name)
            names = chosen_columns(known, table.kinds, columns)
            return dask_frame(known, table.kinds, paths, names, hint)

        return self._with_state(make)

    # -- the object

    def _state(self) -> State:
        state = self._folder.load()
        if state is None or not state.tables:
            raise FrameError(f"The mirror {self.path} is empty; call .sync() first.")
        return state

    def _table(self, state: State, name: str) -> Table:
        if name not in state.tables:
            raise FrameError(
                f"This mirror has no {name!r}; it has {', '.join(state.tables)}. To add it:"
                f" rp.mirror(path, resources=[{name!r}]).sync()."
            )
        return state.tables[name]

    def _with_state(self, action: Callable[[State], T]) -> T:
        """Return what an action makes of one state; again if a sync replaced its files."""
        for _ in range(TRIES):
            state = self._state()
            try:
                return action(state)
            except (Damaged, FileNotFoundError) as error:
                if self._state().number != state.number:
                    continue
                if not isinstance(error, Damaged):
                    raise
                lost = error.file.path
                next_ = "that moment is lost" if lost.startswith("_history") else "sync() mends it"
                raise ConfigError(
                    f"The mirror's file {self.path / lost} is missing or damaged; {next_}."
                ) from error
        raise ConfigError(f"The mirror {self.path} is replaced all the time; try again later.")

    def __repr__(self) -> str:
        return as_text(self.path, self._folder.load())

    def _repr_html_(self) -> str:
        return as_html(self.path, self._folder.load())


def _resource(name: str) -> Resource:
    return load().find(name)[0]


def _demo_mark(account: Account) -> str:
    """Return which demo it is: each process has its own, which no other sees change."""
    if account._adapter is None:
        return ""
    application = getattr(account._adapter, "application", account._adapter)
    return _demos.setdefault(application, uuid.uuid4().hex)


def _backend(dtype_backend: Any) -> Backend:
    if dtype_backend is no_default or dtype_backend is None:
        return "default"
    if dtype_backend in ("numpy_nullable", "pyarrow"):
        chosen: Backend = dtype_backend
        return chosen
    raise FilterError(f"dtype_backend is 'numpy_nullable' or 'pyarrow', not {dtype_backend!r}.")
