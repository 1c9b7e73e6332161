"""What is asked of a read, checked against the catalogue before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import pandas as pd
from pandas.api.extensions import no_default

from runn_pandas.account import Account, current
from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.filters import check_filters
from runn_pandas.errors import ConfigError, FilterError, FrameError
from runn_pandas.frame.decode import Page, to_frame
from runn_pandas.frame.dedupe import kept
from runn_pandas.frame.nested import NAMED, Known, expandable, where
from runn_pandas.frame.nested import expand as expand_columns
from runn_pandas.frame.types import Backend
from runn_pandas.reader.pages import Chain, chains
from runn_pandas.settings import seconds

Columns = str | Sequence[str]
Expand = Columns | Mapping[str, Columns | None]
# What the rows of a list can be sorted by without one of them moving when it is edited.
STEADY = ("id", "createdAt")


class ReadHint(dict[str, str]):
    """What a frame without `updatedAt` says of its read, with the versions of the rows.

    It is equal to the plain one, and becomes it where it is stored. Where frames are joined, pandas
    compares their hints and keeps the first: from then on both know of the other's read.

    Attributes
    ----------
    reads : frozenset
        The reads that the rows may be of: for each its rows' ``id`` and ``updatedAt``, in parts;
        None if nothing is known of one.
    """

    __slots__ = ("reads",)
    __hash__ = None

    def __init__(self, plain: Mapping[str, str], reads: Iterable[Versions | None]) -> None:
        super().__init__(plain)
        self.reads = frozenset(reads)

    def __eq__(self, other: object) -> bool:
        if not dict.__eq__(self, other):
            return False
        if isinstance(other, ReadHint):
            self.reads = other.reads = self.reads | other.reads
        else:
            self.reads |= {None}
        return True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __deepcopy__(self, memo: object) -> ReadHint:
        return ReadHint(self, self.reads)

    def __reduce__(self) -> tuple[type[dict[str, str]], tuple[dict[str, str]]]:
        return dict, (dict(self),)

    def versions(self) -> pd.DataFrame:
        """Return the ``id`` and ``updatedAt`` of the rows, as each of the reads had them."""
        parts = [part for read in self.reads if read is not None for part in read.parts]
        return pd.concat(parts) if parts and None not in self.reads else pd.DataFrame()


@dataclass(eq=False)
class Versions:
    """The ``id`` and ``updatedAt`` of the rows of one read, in parts."""

    parts: list[pd.DataFrame] = field(default_factory=list)

    def add(self, frame: pd.DataFrame) -> None:
        """Add the versions of some rows, if they have them."""
        if {"id", "updatedAt"} <= {*frame.columns}:
            self.parts.append(frame[["id", "updatedAt"]])


@dataclass(frozen=True)
class Query:
    """A read that has been checked: nothing about it can be wrong any more but the answer."""

    resource: Resource
    chains: list[Chain]
    account: Account
    max_age: float | None
    backend: Backend
    columns: list[str] | None
    index: list[str]
    nested: dict[str, list[str]]  # the fields to expand, and the names that have columns anyway
    falling: str | None = None  # sorted by this column once all is read; "" turns the list
    versions: Versions = field(default_factory=Versions)  # what `updatedAt` was, if left out

    def frame(self, lists: Sequence[Sequence[Page]], known: Known) -> pd.DataFrame:
        """Return the frame of all chains' pages, `known` being what `expand` makes columns of."""
        pages = [page for part in lists for page in part]
        pairs = zip(self.chains, lists, strict=True)
        places = [chain.place for chain, part in pairs for _ in part]
        frame = to_frame(pages, self.resource, places=places, backend=self.backend)
        stay = kept(frame, self.resource.key, [sum(map(len, part)) for part in lists])
        frame = frame if stay.all() else frame[stay].reset_index(drop=True)
        return self.finish(frame if self.falling is None else self._sorted(frame), known)

    def _sorted(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return rows from the latest to the earliest; what is equal from the highest id down."""
        turned = frame.iloc[::-1]
        if self.falling:
            moments = turned[self.falling]
            if moments.dtype.kind != "M":  # it drifted
                moments = pd.to_datetime(
                    moments.map(str), utc=True, errors="coerce", format="ISO8601"
                )
            order = moments.sort_values(ascending=False, kind="stable", na_position="last").index
            turned = turned.loc[order]
        return turned.reset_index(drop=True)

    def finish(self, frame: pd.DataFrame, known: Known | None = None) -> pd.DataFrame:
        """Return rows as they were asked for, with a hint of where they came from."""
        if self.nested:
            known = {**self.nested, **(known or {})}
            frame = expand_columns(frame, *self.nested, resource=self.resource, known=known)
        hint = {"resource": self.resource.name, "account": self.account.fingerprint}
        if self.columns is not None:
            whole, frame = frame, self._chosen(frame, [*self.columns, *self.index])
            if "updatedAt" not in frame:
                self.versions.add(whole)
                hint = ReadHint(hint, [self.versions])
        if self.index:
            frame = frame.set_index(self.index[0] if len(self.index) == 1 else self.index)
        frame.attrs["runn"] = hint
        return frame

    def _chosen(self, frame: pd.DataFrame, asked: Sequence[str]) -> pd.DataFrame:
        """Return the columns asked for; an expanded nested field stands for all of its own."""
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


def build_query(
    name: str,
    columns: Sequence[str] | None,
    index_col: Columns | None,
    dtype_backend: Any,
    expand: Expand | None,
    max_age: Any,
    account: Account | None,
    filters: dict[str, Any],
) -> Query:
    """Return the query that the arguments of a read make, or refuse them.

    Raises
    ------
    ResourceError, FilterError, FrameError, ConfigError
        By what is wrong.
    """
    resource, in_place = load().find(name)
    path, sent = check_filters(resource, filters, in_place)
    sent, falling = safe_order(resource, sent)
    chosen = column_names("columns", columns)
    index = column_names("index_col", index_col) or []
    nested = nested_names(expand)
    _check_nested(resource, nested)
    _check_columns(resource, [*(chosen or ()), *index], nested)
    for label in (*(chosen or ()), *index):
        field, dot, part = label.partition(".")
        if dot and field in NAMED:
            nested[field].append(part)
    if account is not None and not isinstance(account, Account):
        raise ConfigError("account= takes an account, as rp.connect gives it.")
    account = account if account is not None else current()
    return Query(
        resource=resource,
        chains=chains(resource, path, sent),
        account=account,
        max_age=oldest(account, max_age),
        backend=_backend(dtype_backend),
        columns=chosen,
        index=index,
        nested=nested,
        falling=falling,
    )


def safe_order(resource: Resource, sent: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return a query in an order that loses nothing, and what to sort by when all is read.

    A row that is edited while a list is read from the latest update down moves to where the read
    has been already. By ascending id it stays where it is.
    """
    by, rest = sent.get("sortBy", "id"), {**sent}
    if sent.get("order") != "desc" or by in STEADY:
        return rest, None
    if by not in {field.name for field in resource.fields}:
        # It moves to the end, where it is met again.
        return {**sent, "order": "asc"}, ""
    del rest["sortBy"], rest["order"]
    return {**resource.always_sent, **rest}, str(by)


def oldest(account: Account, max_age: Any) -> float | None:
    """Return how many seconds old cached rows may be; None for any age."""
    return account.max_age if max_age is no_default else seconds(max_age)


def column_names(option: str, value: Any) -> list[str] | None:
    """Return the names that an option was given as a list; None if it was not given."""
    if value is None or (value is False and option == "index_col"):
        return None
    several = hasattr(value, "__iter__") and not isinstance(value, (str, dict))
    names = list(value) if several else [value]
    odd = [n for n in names if not isinstance(n, str)]
    if odd:
        raise FrameError(f"{option} takes names of columns, not {odd[0]!r:.40}.")
    return names


def nested_names(expand: Expand | None) -> dict[str, list[str]]:
    """Return the fields to expand, and of each the names that have columns in any case.

    Raises
    ------
    FrameError
        If names are given of a field whose names the account itself lists.
    """
    if isinstance(expand, Mapping):
        named, fields = expand, column_names("expand", list(expand))
    else:
        named, fields = {}, column_names("expand", expand)
    nested = {name: column_names("expand", named.get(name)) or [] for name in fields or ()}
    for name, parts in nested.items():
        if parts and name not in NAMED:
            raise FrameError(
                f"expand takes names of {' and '.join(NAMED)} only: the columns of {name} are those"
                " that the account has. Give None in their place."
            )
    return nested


def expandable_fields(name: str) -> list[str]:
    """Return the nested fields of a resource that can be turned into columns."""
    return [field.name for field in load().find(name)[0].fields if expandable(field)]


def _backend(dtype_backend: Any) -> Backend:
    if dtype_backend is no_default:
        return "default"
    if dtype_backend in ("numpy_nullable", "pyarrow"):
        chosen: Backend = dtype_backend
        return chosen
    raise FilterError(f"dtype_backend is 'numpy_nullable' or 'pyarrow', not {dtype_backend!r}.")


def _check_nested(resource: Resource, nested: Iterable[str]) -> None:
    can = expandable_fields(resource.name)
    for name in nested:
        if name not in can:
            hint = f"It can expand {', '.join(can)}." if can else "It has none."
            raise FrameError(f"{resource.name!r} has no nested field {name!r}. {hint}{where(name)}")


def _check_columns(resource: Resource, asked: Sequence[str], nested: Collection[str]) -> None:
    known = [f.name for f in (*resource.path_parameters, *resource.fields)]
    for name in asked:
        if name in known or name.partition(".")[0] in nested:
            continue
        near = get_close_matches(name.lower(), {k.lower(): k for k in known}, 1, 0.6)
        hint = f" Did you mean {next(k for k in known if k.lower() == near[0])!r}?" if near else ""
        raise FrameError(
            f"{resource.name!r} has no column {name!r}.{hint} Its columns are {', '.join(known)}."
        )
