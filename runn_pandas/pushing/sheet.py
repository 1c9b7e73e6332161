"""The rows that a push is asked to write, as values that no longer depend on pandas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from runn_pandas.catalog.writes import Writable
from runn_pandas.frame.expanded import Target
from runn_pandas.pushing.model import Problem, Row


@dataclass(frozen=True)
class Sheet:
    """The rows that a push is asked to write.

    Attributes
    ----------
    rows : dict of int to dict
        By position the cells of a row by column. None is an empty cell that unsets the value;
        a cell that says nothing is not there.
    labels : tuple
        The index labels, then one for each row that only ``delete=`` names.
    count : int
        The number of rows of the frame.
    targets : dict of str to Target
        The field that each column is about.
    deletes : frozenset of int
        The positions to delete.
    na : {"unset", "omit"}
        What an empty cell means.
    from_runn : bool
        Whether the frame was read from Runn, as what it is pushed to.
    read_from : str
        The account it was read from, if that is not this one.
    new : bool
        Whether rows that are not in the account are created.
    versions : dict of int to str
        For an undo: the ``updatedAt`` that the push left behind, by position.
    """

    writable: Writable
    rows: dict[int, Row]
    labels: tuple[Any, ...]
    count: int
    index: pd.Index[Any]
    targets: Mapping[str, Target]
    deletes: frozenset[int] = frozenset()
    on: tuple[str, ...] = ()
    na: str = "omit"
    na_given: bool = False
    from_runn: bool = False
    read_from: str = ""
    new: bool = True
    repeat: bool = False
    undoes: bool = False
    problems: tuple[Problem, ...] = ()
    versions: Mapping[int, str] = field(default_factory=dict)

    @property
    def kept(self) -> list[int]:
        """The positions that are not deleted, in order."""
        return sorted(self.rows.keys() - self.deletes)
