"""The lists that have the names: frames that are given, or read from an account when needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from pandas.api.extensions import no_default

from runn_pandas.account import Account, current
from runn_pandas.catalog import Resource, load
from runn_pandas.errors import ConfigError, FrameError, ResourceError
from runn_pandas.frame.dedupe import kept
from runn_pandas.reader.read import read_runn

Tables = Mapping[str, pd.DataFrame]


class Lists:
    """Tables by resource: those given, the others from the (current) account, each read once."""

    def __init__(
        self, tables: Tables | None, account: Account | None, max_age: Any = no_default
    ) -> None:
        if tables is not None and not isinstance(tables, Mapping):
            a_mirror = " A mirror's .tables() gives it." if hasattr(tables, "tables") else ""
            raise FrameError(
                "tables is a dict of frames by resource, as rp.read_many gives it,"
                f" not {type(tables).__name__}.{a_mirror}"
            )
        self.given = {str(name).strip("/"): frame for name, frame in (tables or {}).items()}
        for name, frame in self.given.items():
            _known(name)
            if hasattr(frame, "to_delayed"):
                raise FrameError(
                    f"tables[{name!r}] is a Dask DataFrame, which only rp.hours takes;"
                    " .compute() gives the DataFrame."
                )
            if not isinstance(frame, pd.DataFrame):
                raise FrameError(
                    f"tables[{name!r}] is a {type(frame).__name__}; it takes a DataFrame."
                )
        # Tables of one moment say what is to be had in place of the account's lists of now.
        self.lacking: Callable[[str], pd.DataFrame] | None = getattr(tables, "lacking", None)
        self.account = account
        self.max_age = max_age
        self._lists: dict[str, pd.DataFrame] = {}

    def table(self, name: str) -> pd.DataFrame:
        """Return the list of a resource, all of it."""
        if name not in self._lists:
            given = self.given.get(name)
            self._lists[name] = self.read(load().resources[name]) if given is None else once(given)
        return self._lists[name]

    def read(self, resource: Resource, **filters: Any) -> pd.DataFrame:
        """Return a list of the account, or of the copy that the tables are from."""
        if self.lacking is not None:
            return self.lacking(resource.name)
        try:
            account = self.account or current()
        except ConfigError:
            raise FrameError(
                f"There is no table {resource.name!r} and no account to read it from: add it to"
                " tables= (a mirror's .tables() has what it holds) or call rp.connect first."
            ) from None
        asked: dict[str, Any] = {**resource.facts.everything, **filters}
        for parameter in resource.path_parameters:
            ids = self.table(resource.facts.ids_from)["id"]
            asked[parameter.name] = ids.dropna().astype("int64").tolist()
        frame: pd.DataFrame = read_runn(
            resource.name, account=account, max_age=self.max_age, **asked
        )
        return frame


def _known(name: str) -> None:
    """Refuse a name that no list has: the table would be left out, and the account's be taken."""
    try:
        load().find(name)
    except ResourceError as error:
        raise ResourceError(f"tables[{name!r}] is no table of Runn's. {error}") from None


def once(frame: pd.DataFrame) -> pd.DataFrame:
    """Return each record once, the one updated last: windows that were concatenated may overlap."""
    if list(frame.columns).count("id") != 1 or not frame["id"].duplicated().any():
        return frame
    plain = frame.reset_index(drop=True)
    return plain[kept(plain, ["id"], [len(plain)])].reset_index(drop=True)
