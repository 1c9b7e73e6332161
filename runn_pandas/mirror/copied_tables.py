"""Tables of a mirror as the analyses take them: what they lack is of the mirror too, or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from runn_pandas.catalog import Resource, load
from runn_pandas.errors import FrameError
from runn_pandas.mirror.folder import Damaged, Folder
from runn_pandas.mirror.policy import is_complete, shown
from runn_pandas.mirror.read_tables import Selection, read_table, read_version, sync_at
from runn_pandas.mirror.state import State

# The tables that the analyses are made from.
ANALYSES = (
    "people",
    "projects",
    "assignments",
    "actuals",
    "contracts",
    "time-offs/leave",
    "time-offs/holidays",
    "time-offs/rostered-off",
    "placeholders",
    "roles",
    "teams",
    "clients",
    "project-rates",
    "project-members",
    "other-expenses",
)


class CopiedTables(dict[str, pd.DataFrame]):
    """Frames by resource, of one sync of a mirror.

    A list that an analysis needs and that is not among them is read from the mirror; one that
    the mirror does not have is refused, as the account's of today would be mixed with a copy of
    some other day. A plain dict of them lets the account fill in.
    """

    def __init__(
        self, frames: Mapping[str, pd.DataFrame], folder: Folder, number: int, as_of: Any
    ) -> None:
        super().__init__(frames)
        self._folder, self._number, self._as_of = folder, number, as_of

    def lacking(self, name: str) -> pd.DataFrame:
        """Return a list that is not among these tables, of the same sync."""
        state = self._folder.load()
        if state is not None and name not in state.tables:
            raise FrameError(_not_there(state, name, self._folder))
        try:
            if state is not None and state.number == self._number:
                return read_one(self._folder, state, load().find(name)[0], self._as_of, Selection())
        except (Damaged, FileNotFoundError):
            pass  # Replaced meanwhile, or damaged, which reading the tables anew will tell.
        raise FrameError(
            f"tables= has no {name!r}, and the mirror {self._folder.path} has been synced since"
            " they were taken from it: take .tables() anew."
        )

    def __or__(self, other: Any) -> Any:
        """Return them with some frames in place of others."""
        if not isinstance(other, Mapping):
            return NotImplemented
        return type(self)({**self, **other}, self._folder, self._number, self._as_of)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return type(self), (dict(self), self._folder, self._number, self._as_of)


def _not_there(state: State, name: str, folder: Folder) -> str:
    """Return why a list is not read, and what else the copy lacks."""
    lacks = f"The mirror {folder.path} has no {name!r}, which this is made from"
    fill_in = "tables=dict(tables) reads from the account what is not in the copy."
    if load().resources[name].path_parameters:
        return f"{lacks}: it holds lists of the whole account only. {fill_in}"
    others = [one for one in ANALYSES if one not in state.tables and one != name]
    also = f" Of what analyses are made from it also lacks {', '.join(others)}." if others else ""
    return (
        f"{lacks}, and the account's of now is not mixed with a copy. To add it:"
        f" rp.mirror(path, resources=[{name!r}]).sync(), then .tables() anew.{also} {fill_in}"
    )


def read_one(
    folder: Folder, state: State, known: Resource, as_of: Any, selection: Selection
) -> pd.DataFrame:
    """Return a table of a state, as it is or as it was."""
    table = state.tables[known.name]
    if as_of is None:
        frame = read_table(folder, known, table, selection)
    else:
        number = sync_at(state, as_of)
        versions = [version for version in table.versions if version.sync <= number]
        if not versions:
            raise FrameError(
                f"The history of {known.name!r} begins later than as_of={as_of!s:.40}."
            )
        frame = read_version(folder, known, versions, selection)
    frame.attrs["runn"] = hint_of(state, known.name)
    return frame


def hint_of(state: State, name: str) -> dict[str, str]:
    """Return what a frame says of itself: as one that was read, and what may be wrong with it."""
    table = state.tables[name]
    incomplete = {} if is_complete(name, table) else {"complete": shown(table.full_at)}
    return {"resource": name, "account": state.account, **incomplete}
