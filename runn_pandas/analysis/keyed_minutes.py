"""Minutes by day and key, a key being a person on a project in a role and a workstream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from runn_pandas.analysis.columns import MISSING, Columns, Floats, Ints

KEY = ("personId", "projectId", "roleId", "workstreamId")


@dataclass(frozen=True)
class KeyedMinutes:
    """Minutes by slot, a day and a key as one number; the slots are sorted and unique."""

    slot: Ints
    billable: Floats
    nonbillable: Floats
    phase: Ints

    @classmethod
    def summed(cls, slot: Ints, billable: Floats, nonbillable: Floats, phase: Ints) -> Self:
        """Return the entries of each slot added up; the phase is the first that is known."""
        if not len(slot):
            return cls(slot, billable, nonbillable, phase)
        order = np.argsort(slot, kind="stable")
        slot, phase = slot[order], phase[order]
        starts = np.flatnonzero(np.append(True, slot[1:] != slot[:-1]))
        place = np.where(phase == MISSING, len(phase), np.arange(len(phase)))
        first = np.minimum.reduceat(place, starts)
        return cls(
            slot[starts],
            np.add.reduceat(billable[order], starts),
            np.add.reduceat(nonbillable[order], starts),
            np.append(phase, MISSING)[first],
        )

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """Return several as one, in which the earlier ones come first; the list is emptied."""
        columns = [[getattr(part, field.name) for part in parts] for field in fields(cls)]
        parts.clear()
        return cls.summed(*map(np.concatenate, columns))

    @classmethod
    def nothing(cls) -> Self:
        """Return no minutes at all."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.int64))

    def over(self, other: Self) -> Self:
        """Return these minutes where there are any, were they zero, and the others elsewhere."""
        at = np.minimum(np.searchsorted(other.slot, self.slot), max(len(other.slot) - 1, 0))
        phase = self.phase
        if len(other.slot):
            beside = np.where(other.slot[at] == self.slot, other.phase[at], MISSING)
            phase = np.where(phase == MISSING, beside, phase)
        rest = ~np.isin(other.slot, self.slot, assume_unique=True)
        slot = np.concatenate([self.slot, other.slot[rest]])
        order = np.argsort(slot, kind="stable")
        return type(self)(
            slot[order],
            np.concatenate([self.billable, other.billable[rest]])[order],
            np.concatenate([self.nonbillable, other.nonbillable[rest]])[order],
            np.concatenate([phase, other.phase[rest]])[order],
        )


class KeyIndex:
    """The keys of tables as numbers that sort as they do: ``codes`` of the rows, by table."""

    def __init__(self, tables: Sequence[Sequence[Ints]]) -> None:
        parts = [np.concatenate(values) for values in zip(*tables, strict=True)]
        combined = np.zeros(len(parts[0]), np.int64)
        for part in parts:
            known, codes = np.unique(part, return_inverse=True)
            # Made dense again each time, so that it never overflows.
            combined = np.unique(combined * len(known) + codes, return_inverse=True)[1]
        _, first, codes = np.unique(combined, return_index=True, return_inverse=True)
        ends = np.cumsum([len(keys[0]) for keys in tables])
        self.codes = np.split(codes, ends[:-1])
        self.values = [part[first] for part in parts]
        self.count = max(len(first), 1)


def keys_of(table: Columns, rows: Ints) -> tuple[Ints, ...]:
    """Return the key of some rows of a table, column by column."""
    return tuple(table.ids(name, optional=name == "workstreamId")[rows] for name in KEY)
