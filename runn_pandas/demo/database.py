"""The demo account's data: tables of rows in the API's own shapes, and views on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from runn_pandas.demo.dates import TODAY, instant

__all__ = ["Company", "Key", "Ordered", "Row"]

Row = dict[str, Any]
Key = int | str | tuple[int, ...]
T = TypeVar("T")


class Ordered(NamedTuple):
    """Rows in an order, and beside each its mark: what a cursor points at."""

    marks: list[tuple[Any, ...]]
    rows: list[Row]


class Company:
    """The account of an invented company, in memory.

    Parameters
    ----------
    name
        The account's name, which `/me` answers.
    today
        The day on which time stands still.

    Attributes
    ----------
    tables
        Rows by key, by table. A table has the name of the account-wide list of the API that
        serves it (``"people"``, ``"time-offs/leave"``); the few that no list serves have a name
        of the same kind. The key is the row's ``id``, or the ids that identify it.
    writes
        How many requests have changed something; the account's clock counts them.
    gone
        The highest id ever taken away, by table: ids are never given twice.

    Notes
    -----
    Change rows with `put` and `remove`, never in place: views are remembered until then.
    """

    def __init__(self, name: str, today: date = TODAY) -> None:
        self.name = name
        self.today = today
        self.tables: dict[str, dict[Any, Row]] = {}
        self.writes = 0
        self.gone: dict[str, int] = {}
        self._kept: dict[str, dict[Any, Any]] = {}
        self._before: dict[str, dict[Any, Row]] | None = None

    def rows(self, table: str) -> Iterable[Row]:
        """Return all rows of a table, in the order of their making."""
        return self.tables[table].values()

    def get(self, table: str, key: Key) -> Row | None:
        """Return one row, or None."""
        return self.tables[table].get(key)

    def put(self, table: str, key: Key, row: Row) -> None:
        """Add or replace a row."""
        self._remember(table)
        self.tables[table][key] = row
        self._forget(table)

    def remove(self, table: str, key: Key) -> None:
        """Take a row away."""
        self._remember(table)
        if isinstance(key, int):
            self.gone[table] = max(key, self.gone.get(table, 0))
        del self.tables[table][key]
        self._forget(table)

    @contextmanager
    def change(self) -> Iterator[None]:
        """Make the changes inside all or none: whatever is raised takes them back."""
        self._before = {}
        try:
            yield
            self.writes += bool(self._before)
        except BaseException:
            for table, rows in self._before.items():
                self.tables[table] = rows
                self._forget(table)
            raise
        finally:
            self._before = None

    def _remember(self, table: str) -> None:
        if self._before is not None and table not in self._before:
            self._before[table] = dict(self.tables[table])

    @property
    def now(self) -> str:
        """Return the stamp of the next write: noon of today, a second later for each before."""
        noon = datetime(self.today.year, self.today.month, self.today.day, 12)
        moment = noon + timedelta(seconds=self.writes + 1)
        return moment.isoformat(timespec="milliseconds") + "Z"

    def next_id(self, *tables: str) -> int:
        """Return an id that no row of these tables has or had."""
        highest: list[int] = [max(self.gone.get(t, 0), *self.tables[t], 0) for t in tables]
        return 1 + max(highest)

    def forget(self) -> None:
        """Drop every remembered view, after rows were written past `put`."""
        self._kept.clear()

    def _forget(self, table: str) -> None:
        self._kept.pop(table, None)
        self._kept.pop("", None)

    def keep(self, table: str, name: Any, make: Callable[[], T]) -> T:
        """Return what `make` returns, remembered until the table changes (``""``: any table)."""
        kept = self._kept.setdefault(table, {})
        if name not in kept:
            kept[name] = make()
        value: T = kept[name]
        return value

    def ordered(self, table: str, by: str = "id") -> Ordered:
        """Return a whole table, sorted by id or by one of its timestamps."""
        return self.keep(table, ("ordered", by), lambda: order(self.tables[table].items(), by))

    def where(self, table: str, field: str, value: Any) -> list[Row]:
        """Return the rows whose field has a value."""

        def index() -> dict[Any, list[Row]]:
            found: dict[Any, list[Row]] = {}
            for row in self.tables[table].values():
                found.setdefault(row[field], []).append(row)
            return found

        return self.keep(table, ("where", field), index).get(value, [])


def order(items: Iterable[tuple[Key, Row]], by: str = "id") -> Ordered:
    """Return rows with their keys, sorted by key, or by a timestamp and then by key."""
    marked: list[tuple[tuple[Any, ...], Row]]
    if by == "id":
        marked = [((key,), row) for key, row in items]
    else:
        # Holiday groups can be sorted by stamps that their rows do not show.
        marked = [((instant(row[by]) if by in row else "", key), row) for key, row in items]
    marked.sort(key=lambda pair: pair[0])
    return Ordered([mark for mark, _ in marked], [row for _, row in marked])
