"""What the numbers are made from: tables given, or read from an account when they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account, current, today
from runn_pandas.analysis.columns import Columns, Ints
from runn_pandas.analysis.days import Window, as_text, day
from runn_pandas.analysis.shares import Shares
from runn_pandas.catalog import Resource, load
from runn_pandas.catalog.list_facts import facts_about
from runn_pandas.errors import ConfigError, FilterError
from runn_pandas.lookup.lists import Lists, Tables, once
from runn_pandas.lookup.name_columns import HOLIDAYS

__all__ = ["HOLIDAYS", "Source", "Tables", "choice", "marked_placeholders", "touching"]


class Source(Lists):
    """Tables by resource: those given, the others from the (current) account, each read once."""

    def __init__(self, tables: Tables | None, account: Account | None) -> None:
        super().__init__(tables, account)
        self._known: dict[tuple[str, Window | None], pd.DataFrame] = {}

    def table(self, name: str, window: Window | None = None) -> pd.DataFrame:
        """Return the table of a resource; of a window only, where the API can filter by date."""
        resource = None if name in self.given else load().resources[name]
        span = window if resource is not None and resource.span_filters else None
        for key in ((name, None), (name, span)):
            if key in self._known:
                return self._known[key]
        found = once(self.given[name]) if resource is None else self._read(resource, span)
        self._known[name, span] = found
        return found

    def columns_of(self, name: str, window: Window | None = None) -> Columns:
        """Return the same as plain arrays."""
        return Columns(self.table(name, window), name)

    def pieces(
        self, name: str, columns: Sequence[str], window: Window | None = None
    ) -> Iterator[Columns]:
        """Yield all rows of a table, with some columns at least: in parts, if it is stored."""
        yield self.columns_of(name, window)

    def was_read(self, name: str) -> bool:
        """Whether a table is given and was read from an account, maybe with a filter."""
        return name in self.given and "runn" in self.given[name].attrs

    def in_shares(
        self,
        name: str,
        columns: Sequence[str],
        shares: Shares,
        window: Window | None = None,
        projects: Ints | None = None,
    ) -> Iterator[pd.DataFrame]:
        """Yield a table's rows of each share of people; those of some projects, if they are given.

        Of some columns, as far as it has them, nested or expanded.
        """
        table = self.table(name, window)
        kept = [column for column in table.columns if str(column).split(".")[0] in columns]
        rows = Columns(table[kept], name)
        if projects is not None:
            rows = Columns(rows.frame[np.isin(rows.ids("projectId"), projects)], name)
        return shares.cut(rows.frame, rows.ids("personId"))

    def _read(self, resource: Resource, span: Window | None) -> pd.DataFrame:
        days = [] if span is None else map(as_text, span)
        return self.read(resource, **dict(zip(resource.span_filters, days, strict=False)))

    def placeholders(self, assignments: pd.DataFrame | None = None) -> Ints:
        """Return the ids of placeholders.

        From their table if it is given or everything is read; and every placeholder has
        assignments, as Runn deletes those without, which are marked.
        See docs/how-runn-behaves.md, "Assignments and actuals".
        """
        found = [np.empty(0, np.int64)]
        if "placeholders" in self.given or not self.given:
            found.append(self.columns_of("placeholders").ids("id"))
        if assignments is not None:
            found.append(marked_placeholders(assignments))
        return np.unique(np.concatenate(found))

    def without_capacity(self) -> Ints:
        """Return the placeholders that have no capacity, should there be contracts for them."""
        return self.placeholders(self.given.get("assignments"))

    def today(self, as_of: Any, *beside: pd.DataFrame, reads: bool = False) -> int:
        """Return the day that divides past from future: that of the account of the tables.

        Some may stand ``beside`` those given; ``reads`` says that the account is asked anyway.
        """
        if as_of is not None:
            return day("as_of", as_of)
        hints = [frame.attrs.get("runn") for frame in (*self.given.values(), *beside)]
        known = {str(hint.get("account")) for hint in hints if isinstance(hint, dict)}
        if not self.given or (not known and (reads or self.account is not None)):
            try:
                known = {(self.account or current()).fingerprint}
            except ConfigError:
                # The first read says so.
                known = set()
        return day("as_of", today(known))


def touching(frame: pd.DataFrame, name: str, span: Window) -> pd.DataFrame:
    """Return the rows of a table that touch a window."""
    table, facts = Columns(frame, name), facts_about(name)
    if not facts.days:
        return frame
    first, last = facts.days
    since, until = table.dates(first), table.dates(last, optional=facts.open_ended)
    return frame[(since <= span[1]) & (until >= span[0])]


def marked_placeholders(assignments: pd.DataFrame | Columns) -> Ints:
    """Return the ids of those whose assignments are marked as a placeholder's."""
    table = assignments
    if isinstance(table, pd.DataFrame):
        table = Columns(table, "assignments")
    return table.ids("personId")[table.flags("isPlaceholder", False)]


# What pandas has for a period by its last day, by the first one.
MEANT = {
    **dict.fromkeys(("M", "ME", "BM", "BME", "BMS"), "MS"),
    **dict.fromkeys(("Q", "QE", "BQE"), "QS"),
    **dict.fromkeys(("A", "AS", "Y", "YE", "BYE"), "YS"),
    **dict.fromkeys(("W-SUN", "7D"), "W"),
}


def choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return the value if it is one of the words that an option takes."""
    known = tuple(choices)
    if not isinstance(value, str) or value not in known:
        words = ", ".join(map(repr, known))
        meant = MEANT.get(value) if name == "freq" and isinstance(value, str) else None
        hint = f" Did you mean {meant!r}? A period is named by its first day." if meant else ""
        raise FilterError(f"{name} is one of {words}, not {value!r}.{hint}")
    return value
