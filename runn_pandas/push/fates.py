"""What became of the begun rows of an interrupted push: asked of the account."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from runn_pandas.catalog.writes import ACTUAL_KEY, Writable, find_writable
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.answers import covers_item, ids_of, item_answers
from runn_pandas.push.applying import MEND
from runn_pandas.push.match import natural_keys
from runn_pandas.push.model import Attempt, Batch, Intent, Key, Outcome, Request, RowPlan, Target
from runn_pandas.push.settle import CannotTell, Settler
from runn_pandas.push.unfinished import Unfinished

ADDS = "added time, and would add it again"
MADE_ROOM = "was deleted to make room for the changed one, which is not made yet"
DOUBT = "is in doubt: what the account has does not tell whether it was carried out"


def fates(
    past: Unfinished, positions: Collection[int], rows: AccountRows
) -> dict[int, list[Key] | str]:
    """Give by position the keys of the records that a row made, or why it cannot be left."""
    return _Fates(past, rows).of(positions)


class _Fates:
    """Asks the account about the begun rows of one push."""

    def __init__(self, past: Unfinished, rows: AccountRows) -> None:
        self.past, self.rows = past, rows
        self.writable: Writable = find_writable(past.resource)[0]
        self.intent = Intent(self.writable, (), 0, {}, {})
        self.claimed = {
            own for e in past.entries if e.state == "done" for own in ids_of(e.answer)[1]
        }

    def of(self, positions: Collection[int]) -> dict[int, list[Key] | str]:
        found: dict[int, list[Key] | str] = {}
        if not positions:
            return found
        for number, batch in self.past.begun.items():
            for position in batch.positions:
                # All are looked at, in order, so that of equal rows each has its own record.
                if position < 0:
                    continue
                fate = self.one(number, batch, position)
                if position in positions:
                    found[position] = fate
        return self.present(found)

    def one(self, number: int, batch: Batch, position: int) -> list[Key] | str:
        row_plan = self.past.row_plans[position]
        if self.writable.kind == "time entries":
            return ADDS
        at = next((n for n, request in enumerate(batch.requests) if request.verb == "create"), None)
        overwrites = self.writable.kind == "actuals" and row_plan.action == "create"
        if at is None and not overwrites:
            return []
        entries = self.past.of(number, at or 0, position)
        state = entries[-1].state if entries else ""
        if state == "done":
            ids = answered_ids(batch, entries[-1], position)
            if self.writable.key == ("id",):
                if ids:
                    return [(own,) for own in ids]
            else:
                return [tuple(row_plan.key)]
        if state in ("sent", "done"):
            try:
                made = self.settled(batch, at or 0, entries[-1], row_plan)
            except CannotTell:
                return DOUBT
            if made:
                return made
        mended = any(e.state == "done" for e in self.past.of(number, MEND, position))
        if batch.requests[at or 0].mend and not mended and self.past.of(number, 0, position):
            return MADE_ROOM
        return []

    def settled(self, batch: Batch, at: int, entry: Attempt, row_plan: RowPlan) -> list[Key]:
        """The records of a creation whose answer was lost."""
        request = batch.requests[at]
        item = request.body
        if batch.many:
            part = batch.part([row_plan.position])
            item = part.requests[0].body[batch.many][0]
        if self.writable.kind in ("actuals", "leave"):
            return self.by_content(item)
        if self.writable.key != ("id",):
            key = tuple(row_plan.key)
            cells = dict(zip(self.writable.key, key, strict=True))
            only = replace(self.intent, rows={0: cells})
            return [key] if key in self.rows.baseline(only).rows else []
        settler = Settler(self.rows, self.intent)
        one = Request(request.verb, request.method, request.path, item)
        made = settler.made(one, [row_plan], self.past.mark, self.claimed)[0]
        self.claimed |= {row["id"] for row in made}
        return [(row["id"],) for row in made]

    def by_content(self, item: Mapping[str, Any]) -> list[Key]:
        """The actual of a key, or the leave that a leave went into."""
        if self.writable.kind == "leave":
            found = self.rows.all(self.writable.source, personId=item["personId"])
            return [(row["id"],) for row in found if covers_item(item, row)]
        cells = {name: item.get(name) for name in ACTUAL_KEY}
        only = replace(self.intent, rows={0: cells}, targets={n: Target(n) for n in cells})
        key = tuple(cells.values())
        baseline = self.rows.baseline(only)
        return [
            (row["id"],) for row in baseline.rows.values() if key in natural_keys(row, ACTUAL_KEY)
        ]

    def present(self, found: dict[int, list[Key] | str]) -> dict[int, list[Key] | str]:
        """Leave out the records that are not in the account any more."""
        if self.writable.key != ("id",) or self.writable.source is None:
            return found
        ids = {key[0] for fate in found.values() if not isinstance(fate, str) for key in fate}
        there = self.rows.present(self.intent, ids) if ids else {}
        return {
            position: fate if isinstance(fate, str) else [key for key in fate if key[0] in there]
            for position, fate in found.items()
        }


def all_done(past: Unfinished, position: int) -> bool:
    """Tell whether every request of a begun row was answered with yes."""
    return past.whole(past.step_of[position], position)


def answered_ids(batch: Batch, entry: Attempt, position: int) -> list[Any]:
    """The ids that an answer tells of a row's records."""
    if not batch.many:
        return ids_of(entry.answer)[1]
    part = batch.part(entry.positions)
    found = item_answers(part.requests[0].body[batch.many], entry.answer)
    row = found[part.positions.index(position)]
    return [row["id"]] if row and row.get("id") is not None else []


def in_doubt(
    past: Unfinished, outcomes: Mapping[int, Outcome], rows: AccountRows
) -> dict[int, Outcome]:
    """Give the outcome of the begun rows of which none is known: asked of the account.

    A row of which the account cannot tell stays ``unknown``. Leave that was deleted to make room
    for one that did not come is ``deleted``; leave made anew while the old one is still there is
    ``created``.
    """
    open_ = [p for p in past.held if p not in outcomes or outcomes[p].status == "unknown"]
    found = fates(past, open_, rows)
    intent = Intent(find_writable(past.resource)[0], (), 0, {}, {})
    ids = {past.row_plans[p].id for p in open_ if past.row_plans[p].key}
    plain = intent.writable.key == ("id",) and intent.writable.source is not None
    there = rows.present(intent, ids) if plain and ids else {}
    told: dict[int, Outcome] = {}
    for position in open_:
        row_plan, fate = past.row_plans[position], found[position]
        requests = past.begun[past.step_of[position]].requests
        own = [] if isinstance(fate, str) else [key[-1] for key in fate]
        status = "unknown"
        if fate == MADE_ROOM:
            status = "deleted"
        elif isinstance(fate, str):
            pass
        elif row_plan.action == "create":
            status = "created" if own else "not tried"
        elif row_plan.action == "delete" and plain:
            status = "not tried" if row_plan.id in there else "deleted"
        elif row_plan.action == "update" and requests[0].verb == "update":
            own = []  # what of it is there is seen by comparing
        elif not own:
            status = "not tried"
        elif row_plan.id not in there or len(requests) == 1:
            status = "updated"
        else:  # the new one is beside the old one
            status = "failed" if intent.writable.kind == "assignments" else "created"
        told[position] = Outcome(status, tuple(own) or (row_plan.id,))
    return told
