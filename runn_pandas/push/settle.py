"""Whether a write whose answer was lost arrived: told from what the account has now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from runn_pandas.catalog.writes import ACTUAL_KEY, Writable
from runn_pandas.frame.encode import same, trimmed
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.diff import decide
from runn_pandas.push.match import natural_keys
from runn_pandas.push.model import Request, RowPlan
from runn_pandas.push.nested_fields import AccountNames

if TYPE_CHECKING:
    from runn_pandas.push.model import Intent

Row = dict[str, Any]
SUMS = ("billableMinutes", "nonbillableMinutes")


class CannotTell(Exception):
    """What the account has now fits both stories."""


def arrived(
    expected: Row, rows: Iterable[Row], writable: Writable, claimed: Collection[int]
) -> list[Row]:
    """Give the new rows that a creation made, or [] if it did not arrive.

    Parameters
    ----------
    expected
        What was sent, with the address's values.
    rows
        The rows made since the push began, in the order of their making.
    writable
        What they are.
    claimed
        The ids that other rows of the push made.
    """
    fits = [row for row in rows if row.get("id") not in claimed and _fits(expected, row, writable)]
    if writable.kind != "assignments":
        return fits[:1]
    # An assignment comes back in parts, split around leave: as many as fit side by side.
    found: list[Row] = []
    for row in sorted(fits, key=lambda row: (row["startDate"], row["id"])):
        if not found or row["startDate"] > found[-1]["endDate"]:
            found.append(row)
    return found


def _fits(expected: Row, row: Row, writable: Writable) -> bool:
    for name, value in expected.items():
        if name not in row:
            continue  # sent, but not shown in the list: a new person's role
        if writable.kind == "assignments" and name in ("startDate", "endDate"):
            inside = expected["startDate"] <= row[name] <= expected["endDate"]
            if not inside:
                return False
            continue
        spec = writable.create_fields.get(name)
        shown = trimmed(row[name], spec) if spec is not None else row[name]
        if spec is not None and spec.kind == "date" and isinstance(shown, str):
            shown = shown[:10]
        if not same(value, shown):
            return False
    return True


def expected_row(request: Request, row_plan: RowPlan | None, writable: Writable) -> Row:
    """What a creation was to make: its body, and what stood in its address."""
    expected = dict(request.body or {})
    wanted = row_plan.new if row_plan else {}
    old = (row_plan.old or {}) if row_plan else {}
    for column in writable.places.values():
        if column != "id" and column not in expected:
            value = wanted.get(column, old.get(column))
            if value is not None:
                expected[column] = value
    return expected


def added(before: Row, request: Request, now: Row | None) -> bool:
    """Tell whether a time entry was added to the day's sum.

    Raises
    ------
    CannotTell
        If the sum is neither that from before nor the one with the entry.
    """
    have = [(now or {}).get(name) or 0 for name in SUMS]
    was = [before.get(name) or 0 for name in SUMS]
    will = [n + (request.body.get(name) or 0) for n, name in zip(was, SUMS, strict=True)]
    if have == was and have != will:
        return False
    if have == will and have != was:
        return True
    if now is None and not any(will):
        return False
    raise CannotTell


class Settler:
    """Asks the account about writes in doubt."""

    def __init__(self, rows: AccountRows, intent: Intent) -> None:
        self._rows, self._intent = rows, intent
        self._writable = intent.writable

    def made(
        self, request: Request, row_plans: list[RowPlan], mark: int | None, claimed: Collection[int]
    ) -> list[list[Row]]:
        """Give for each row of a creation the records it made, [] where there are none."""
        writable = self._writable
        items = [request.body] if len(row_plans) == 1 else next(iter(request.body.values()))
        if writable.key != ("id",):
            return [self._by_key(row_plan) for row_plan in row_plans]
        if mark is None:
            raise CannotTell
        rows = self._rows.newer(self._intent, mark)
        taken = set(claimed)
        found = []
        for item, row_plan in zip(items, row_plans, strict=True):
            one = Request("create", "POST", "", item)
            mine = arrived(expected_row(one, row_plan, writable), rows, writable, taken)
            taken |= {row["id"] for row in mine}
            found.append(mine)
        return found

    def _by_key(self, row_plan: RowPlan) -> list[Row]:
        only = self._intent.only([row_plan.position])
        row = self._rows.baseline(only).rows.get(tuple(row_plan.key))
        return [] if row is None else [row]

    def sum_of(self, position: int) -> Row | None:
        """The day's actual that a time entry is added to."""
        only = self._intent.only([position])
        cells = only.rows[position]
        key = tuple(cells.get(name) for name in ACTUAL_KEY)
        for row in self._rows.baseline(only).rows.values():
            if key in natural_keys(row, ACTUAL_KEY):
                return row
        return None

    def holds(self, row_plan: RowPlan) -> bool:
        """Tell whether a row is now as its row_plan wanted it."""
        only = self._intent.only([row_plan.position])
        if row_plan.action == "delete":
            baseline = self._rows.baseline(only)
            return tuple(row_plan.key) not in baseline.rows
        baseline = self._rows.baseline(only)
        found = decide(only, baseline, AccountNames(self._rows, only, baseline))
        return not found.problems and all(d.action == "unchanged" for d in found.row_plans)

    def gone(self, request: Request, row_plan: RowPlan) -> bool:
        """Tell whether what a refused deletion was to remove is not there anyway."""
        only = self._intent.only([row_plan.position])
        row = self._rows.baseline(only).rows.get(tuple(row_plan.key))
        parent, _, last = request.path.rstrip("/").rpartition("/")
        if parent.endswith("/teams"):
            return row is not None and str(row.get("teamId")) != last
        return row is None and request.path.rstrip("/").endswith(f"/{row_plan.id}")
