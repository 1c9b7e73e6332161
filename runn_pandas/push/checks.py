"""What can be told to be wrong before the account is asked anything."""

from __future__ import annotations

from runn_pandas.frame.encode import refusal
from runn_pandas.push import rules
from runn_pandas.push.matching import OPTIONAL_KEY, repeated_problems
from runn_pandas.push.model import Intent, Problem

DAY = 24 * 60


def local_problems(intent: Intent) -> tuple[list[Problem], list[Problem]]:
    """Check a whole frame on its own.

    Returns
    -------
    certain
        What is wrong whatever the account holds.
    possible
        Values of existing rows that a write would not take, but which the account may hold
        already (a colour from before the list of colours): wrong only if changed.
    """
    certain = [*intent.problems, *repeated_problems(intent)]
    possible: list[Problem] = []
    noted = {(problem.row, problem.column) for problem in certain}
    for position, cells in sorted(intent.rows.items()):
        if position in intent.deletes:
            continue
        row = intent.labels[position]
        plain = {
            target.field: cells[label]
            for label, target in intent.targets.items()
            if target.kind == "plain" and label in cells
        }
        grouped = {target.field for target in intent.targets.values() if target.kind != "plain"}
        if _surely_new(intent, position):
            bad = [
                (name, reason)
                for name, reason in rules.create_requests(intent.writable, plain, [])[1]
                if name not in grouped
            ]
            found = certain
        else:
            bad = []
            for name, value in plain.items():
                field = intent.writable.update_fields.get(name)
                reason = refusal(value, field) if field and value not in (None, [], {}) else None
                if reason and field is not None and field.kind != "nested":
                    bad.append((name, reason))
            found = possible
        if intent.writable.name == "actuals":
            parts = [plain.get(name) for name in ("billableMinutes", "nonbillableMinutes")]
            spent = sum(part for part in parts if isinstance(part, (int, float)))
            if spent > DAY and (row, "billableMinutes") not in noted:
                reason = (
                    f"makes {spent:,} minutes on one day, more than a day has: are they hours or"
                    " minutes, and was the frame summed up?"
                )
                certain.append(Problem(row, "billableMinutes", parts[0], reason))
        if intent.writable.key == ("id",) and cells.get("id") is None:
            for name in intent.on:
                if cells.get(name) is None and name not in OPTIONAL_KEY:
                    if (row, name) not in noted:
                        certain.append(
                            Problem(row, name, None, "is missing: it identifies the row")
                        )
                    noted.add((row, name))
        for name, reason in dict.fromkeys(bad):
            if (row, name) not in noted:
                found.append(Problem(row, name, plain.get(name), reason))
    return certain, possible


def _surely_new(intent: Intent, position: int) -> bool:
    writable, cells = intent.writable, intent.rows[position]
    if writable.kind == "time entries":
        return True
    return writable.key == ("id",) and not intent.on and cells.get("id") is None
