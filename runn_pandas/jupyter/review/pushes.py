"""The pushes of a plan under review, in words that stay when its widgets have gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from runn_pandas.errors import RunnError
from runn_pandas.frame.words import counted
from runn_pandas.push.journal import Journal, journal_path
from runn_pandas.push.model import done
from runn_pandas.push.plan import Plan


def numbers_of(plan: Plan) -> list[int]:
    """Return the numbers of the pushes of a plan that wrote something, as `rp.undo` takes them.

    One that another continued is left out: that one takes both back.
    """
    try:
        with Journal(journal_path(plan.account)) as journal:
            pushes = journal.of_plan(plan.family)
    except RunnError:
        return []  # without a journal that can be read there is no way back either
    wrote = [one for one in pushes if any(done(row.outcome) for row in one.rows.values())]
    return [one.id for one in wrote if one.next is None]


def begun(rows: int, at: dt.datetime) -> str:
    """Return that a push was begun, for a notebook that is stored before its end."""
    return (
        f"A push of {counted(rows, 'row')} was begun at {at:%Y-%m-%d %H:%M} UTC, and had not ended"
        " when this was stored: rp.journal() has what was sent."
    )


def way_back(numbers: Sequence[int]) -> str:
    """Return by which lines pushes are taken back; "" if there are none."""
    lines = [f"rp.undo({number})" for number in numbers]
    if len(lines) > 1:
        return f"{', '.join(lines[:-1])} and {lines[-1]} plan the way back."
    return f"{lines[0]} plans the way back." if lines else ""


def pushed_in(numbers: Sequence[int], what: str = "Pushed") -> str:
    """Return in which pushes rows were sent, and how to take them back; "" if in none."""
    if not numbers:
        return ""
    told = ", ".join(map(str, numbers))
    return f"{what} in push{'es' if len(numbers) > 1 else ''} {told}: {way_back(numbers)}"


def taken_back_in(numbers: Sequence[int]) -> str:
    """Return in which pushes rows were taken back, and what does it anew; "" if in none."""
    if not numbers:
        return ""
    told, lines = ", ".join(map(str, numbers)), ", ".join(f"rp.undo({one})" for one in numbers)
    plan = f"{lines} plan{'s' if len(numbers) == 1 else ''} to do it anew"
    return f"Taken back in push{'es' if len(numbers) > 1 else ''} {told}: {plan}."
