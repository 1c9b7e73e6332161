"""Assignments, which have no PATCH: a change is a new one, and the old one deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from runn_pandas.push.kinds.base import Bad, Kind, Looked, Rows, Work, overlap, people_of, some
from runn_pandas.push.model import Outcome, Request, Row, RowPlan, grouped


class Remade(Kind):
    """A record that is made anew for every change."""

    remade = True
    writes_whole = True

    def change(self, old: Row, new: Row, changed: Sequence[str], bad: Bad) -> list[Request]:
        """Return a new record and the old one deleted, in the order that loses nothing."""
        if old.get("isActive") is False or old.get("isTemplate") is True:
            reason = (
                "is of an inactive or template assignment, and a changed one would be"
                " made anew as an active one"
            )
            bad.append((changed[0], reason))
        merged = {name: value for name, value in {**old, **new}.items() if value not in (None, "")}
        if merged.get("isNonWorkingDay") is False and "isNonWorkingDay" not in changed:
            merged.pop("isNonWorkingDay")
        operation = self.operation("create")
        body, path = self.body(merged, bad), self.path(operation, merged)
        make = Request("create", operation.method, path, body)
        return self.exchange(old, merged, changed, make)

    def exchange(self, old: Row, new: Row, changed: Sequence[str], make: Request) -> list[Request]:
        """Return the requests that put a new record in the place of an old one."""
        return [make, *self.delete(old)]

    def whole(self, old: Row) -> Row:
        """Return all that a record is made of."""
        # What the API cannot unset is not among the values of any record.
        return {name: old.get(name) for name in self.writable.create_fields if name in old}

    def undo(self, work: Work) -> None:
        super().undo(work)
        self.say_made_anew(work, ", and split around leave")

    def say_made_anew(self, work: Work, more: str) -> None:
        """Say that what comes back has other ids."""
        if work.rows:
            work.notes.append(
                f"What comes back of {self.writable.name!r} is made anew: under new ids{more}."
            )


class Assignments(Remade):
    """A record that Runn splits around leave when it is made."""

    splits = True
    spent = ("minutesPerDay",)
    advice: ClassVar[Mapping[str, str]] = {
        "personId": "; an open role has a placeholder's, which a push of 'placeholders' gives"
    }

    def look_around(
        self, rows: Rows, row_plans: list[RowPlan], begun: Sequence[RowPlan], labels: Sequence[Any]
    ) -> Looked:
        changed = [d for d in row_plans if d.requests and d.action == "update"]
        off = rows.of_people("time-offs/leave", people_of(changed)) if changed else []
        return Looked(row_plans, notes=cut_out(changed, off, labels))

    def arrived(self, expected: Row, rows: Iterable[Row], claimed: Collection[Any]) -> list[Row]:
        """Return the parts that a new assignment came back in: as many as fit side by side."""
        fits = [r for r in rows if r.get("id") not in claimed and self.fits(expected, r)]
        found: list[Row] = []
        for row in sorted(fits, key=lambda row: (row["startDate"], row["id"])):
            if not found or row["startDate"] > found[-1]["endDate"]:
                found.append(row)
        return found

    def _shows(self, name: str, value: Any, shown: Any) -> bool:
        return name in ("startDate", "endDate") or super()._shows(name, value, shown)

    def fits(self, expected: Row, row: Row) -> bool:
        first, last = expected["startDate"], expected["endDate"]
        days = [str(row.get(name))[:10] for name in ("startDate", "endDate")]
        return all(first <= day <= last for day in days) and super().fits(expected, row)

    def half_done(self, old_is_there: bool, ids: Sequence[Any], row_plan: RowPlan) -> str:
        status = super().half_done(old_is_there, ids, row_plan)
        return "failed" if status == "created" else status  # the new one is beside the old one

    def undo_update(self, work: Work, row_plan: RowPlan, outcome: Outcome) -> None:
        """Put the old assignment in the place of the new one, which may be in parts."""
        position, label = row_plan.position, work.labels[row_plan.position]
        parts: Sequence[Any] = ()
        if outcome.status == "updated" and outcome.id is not None:
            work.rows[position] = {"id": outcome.id, **self.whole(row_plan.old or {})}
            if len(outcome.ids) == 1:
                work.expected[position] = list(row_plan.changes)
            parts = outcome.ids[1:]
        elif outcome.status == "failed" and outcome.id not in (None, row_plan.id):
            # The new one was made, and the old one is still there.
            parts = outcome.ids
        for part in parts:
            work.more(f"part {part} of {label}", {"id": part}, delete=True)


def cut_out(changed: Sequence[RowPlan], off: Sequence[Row], labels: Sequence[Any]) -> list[str]:
    """Say which changed assignments come back in parts: without the person's whole days off."""
    said = []
    whole = grouped(((row["personId"],), row) for row in off if row.get("minutesPerDay") is None)
    for row_plan in changed:
        new = row_plan.wanted
        days = [
            f"{row['startDate']} to {row['endDate']}"
            for row in whole.get((new["personId"],), ())
            if overlap(row, new)
        ]
        if days:
            said.append(
                f"Row {labels[row_plan.position]!r} (id {row_plan.id}): a changed assignment is"
                f" made anew, and Runn cuts the person's leave out of it ({', '.join(days[:3])})."
            )
    return some(said, "assignments that leave is cut out of")
