"""What of a timesheet a board does not compare, and what counts twice, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from runn_pandas.analysis.reconciliation.left_out import copies_by_key, left_out, may_be_of
from runn_pandas.frame.foreign_text import printable
from runn_pandas.frame.words import counted
from runn_pandas.html import apart, cut
from runn_pandas.lookup.matching import CONFLICT, SEVERAL, TEMPLATE

FEW = 5  # lines of each list
ALL = "rp.unmatched(timesheet, ...) lists all, with the arguments of rp.reconcile"
# What the nearest records of a value are.
NEAR = {SEVERAL: "of several records", TEMPLATE: "a template", CONFLICT: "of different records"}
Names = Mapping[tuple[str, int], str]  # of people and projects, by the column of the id


class Line(NamedTuple):
    """A line of a list: what it is about, in the words of others, and what there is to say."""

    what: tuple[str, ...]
    told: str = ""
    near: str = ""  # also in the words of others

    @property
    def text(self) -> str:
        """The line where no markup is."""
        whole = f"{apart(self.what)}{self.told}{self.near}"
        return printable(" ".join(whole.splitlines()))


class Missing(NamedTuple):
    """A sentence, and a list of a few lines below it."""

    head: str
    lines: tuple[Line, ...]
    more: str = ""  # that there are others

    @property
    def texts(self) -> list[str]:
        """All of it as lines of text."""
        below = [*(line.text for line in self.lines), *filter(None, [self.more])]
        return [self.head, *(f"  {line}" for line in below)]


def clock(minutes: float | None, *, signed: bool = False) -> str:
    """Return minutes as hours and minutes, ``7:30``."""
    if minutes is None:
        return "none"
    hours, rest = divmod(round(abs(minutes)), 60)
    sign = "-" if minutes < 0 else "+" if signed and minutes > 0 else ""
    return f"{sign}{hours:,}:{rest:02d}"


def missing(result: pd.DataFrame, names: Names) -> list[Missing]:
    """Return what a result does not compare, and what it counts twice; empty if nothing."""
    return [*_unmatched(left_out(result, "unmatched")), *_twice(left_out(result, "copies"), names)]


def _unmatched(told: Mapping[str, Any]) -> Iterable[Missing]:
    if told:
        shown = told["first"][:FEW]
        more = told["values"] - len(shown)
        yield Missing(
            f"Not compared: {told['rows']:,} of {counted(told['ofRows'], 'row')} of the timesheet"
            f" ({clock(told['minutes'])} of {clock(told['ofMinutes'])} h), for they are not matched"
            " to Runn.",
            tuple(map(_value, shown)),
            f"and {more:,} more: {ALL}" if more else "",
        )


def _value(one: Mapping[str, Any]) -> Line:
    what = "nothing" if one["value"] is None else f"\u201c{cut(str(one['value']), 80)}\u201d"
    key = str(one["key"]).removesuffix("Id")
    told = f" ({key}, {counted(one['rows'], 'row')}, {clock(one['minutes'])} h)"
    lead = NEAR.get(one["reason"], "nearest" if one["nearMisses"] else "nothing near")
    near = cut(one["nearMisses"] or "", 160)
    return Line((what,), f"{told}, {lead}{': ' if near else ''}", near)


def _twice(told: Mapping[str, Any], names: Names) -> Iterable[Missing]:
    if told:
        shown = told["first"][:FEW]
        more = told["rows"] - len(shown)
        what = "is an exact copy of another" if told["rows"] == 1 else "are exact copies of others"
        yield Missing(
            f"Counted twice: {counted(told['rows'], 'row')} of the timesheet"
            f" {what}, {clock(told['minutes'])} h.",
            tuple(_copy(one, names) for one in shown),
            f"and {more:,} more" if more else "",
        )


def _copy(one: Mapping[str, Any], names: Names) -> Line:
    ids = [(key, one[key]) for key in ("personId", "projectId") if one[key] is not None]
    who = (names.get(key) or f"{key[0].removesuffix('Id')} {key[1]}" for key in ids)
    told = f": {clock(one['minutes'])} h, row {one['row']} is a copy of row {one['of']}"
    return Line((*who, str(one["date"])), told)


# -- of one row of the result


class RowNotes:
    """What is to be said of rows of a result by their day, person and project."""

    def __init__(self, result: pd.DataFrame) -> None:
        self._copies, self._values = copies_by_key(result), may_be_of(result)

    def twice(self, day: str, person: int, project: int) -> str:
        """Return what of a row counts twice; "" if nothing."""
        copies = self._copies.get((day, person, project), [])
        if not copies:
            return ""
        minutes = clock(sum(one["minutes"] for one in copies))
        if len(copies) > 1:
            return f"Counted twice: {minutes} h of {len(copies):,} rows that are exact copies"
        (one,) = copies
        return f"Counted twice: {minutes} h, row {one['row']} is a copy of row {one['of']}"

    def may_be(self, day: str, person: int) -> str:
        """Return whose hours may be those that only Runn has, and were not matched; or ""."""
        near = [one for one in self._values if one[0] in (None, day) and one[1] in (None, person)]
        # A row of the person tells more than one of somebody who is not known.
        own = [one for one in near if one[1] is not None] or near
        values = [*dict.fromkeys(f"\u201c{cut(value, 60)}\u201d" for *_, value in own)]
        more = [f"{len(values) - FEW:,} more"] if len(values) > FEW else []
        return " or ".join([*values[:FEW], *more])
