"""Pushed rows that were made of another frame: the actuals of a reconciliation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from runn_pandas.pushing.model import grouped

# The worst first: the status of a row that takes several writes.
WORST = ("failed", "unknown", "conflict", "not tried", "planned")


@dataclass(frozen=True)
class Origin:
    """The rows that pushed rows were made of, where these are not the rows of the user's frame.

    Attributes
    ----------
    index : Index
        Of the user's frame.
    rows : sequence of int
        For each pushed row which of the frame's rows it was made of.
    refused : mapping of int to str
        Rows of the frame that should be pushed and are not, and why.
    said : sequence of str
        What else there is to say of the frame.
    """

    index: pd.Index[Any]
    rows: Sequence[int]
    refused: Mapping[int, str]
    said: Sequence[str] = ()

    def notes(self) -> list[str]:
        """Say how many rows are not pushed, and why."""
        said = [*self.said]
        for reason in dict.fromkeys(self.refused.values()):
            places = [place for place, why in self.refused.items() if why == reason]
            shown = ", ".join(repr(self.index[place]) for place in places[:3])
            more = ", ..." if len(places) > 3 else ""
            said.append(f"Rows not pushed: {len(places):,} (row {shown}{more}), {reason}.")
        return said

    def gathered(self, cells: Sequence[list[Any]]) -> tuple[list[list[Any]], dict[str, list[Any]]]:
        """Return a line for each row of the frame, and by position the ids where it has several."""
        parts = grouped(zip(self.rows, cells, strict=False))
        lines, many = [], {}
        for row in range(len(self.index)):
            if row in parts:
                ids = list(dict.fromkeys(line[2] for line in parts[row] if line[2] is not None))
                if len(ids) > 1:
                    many[str(row)] = ids
                lines.append(_as_one(parts[row]))
            elif row in self.refused:
                why = self.refused[row]
                lines.append(["unchanged", "not tried", None, f"{why[:1].upper()}{why[1:]}.", 0])
            else:
                lines.append(["unchanged", "unchanged", None, "", 0])
        # Last the rows of ``delete=`` that the frame does not have.
        return [*lines, *cells[len(self.rows) :]], many


def _as_one(parts: list[list[Any]]) -> list[Any]:
    """Return the line of a row that took several writes: the worst status, and every error."""
    bad = [line for status in WORST for line in parts if line[1] == status]
    done = [line for line in parts if line[1] != "unchanged"]
    action, status, own = [*bad, *done, *parts][0][:3]
    errors = dict.fromkeys(line[3] for line in parts if line[3])
    return [action, status, own, " ".join(errors), max(line[4] for line in parts)]
