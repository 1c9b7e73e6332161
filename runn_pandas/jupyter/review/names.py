"""The names of the ids that a plan under review is about."""

from __future__ import annotations

from runn_pandas.frame.words import cells_of
from runn_pandas.jupyter.review.state import KINDS, Known
from runn_pandas.lookup.known_names import named_cells
from runn_pandas.lookup.lists import Lists
from runn_pandas.lookup.name_columns import list_of
from runn_pandas.push.plan import Plan
from runn_pandas.push.render import action_of


def names_of_ids(plan: Plan) -> Known:
    """Return the names of the ids that a plan shows, by list and id.

    The lists are read, from the cache if it has them; ids of a list that cannot be read stay
    without names.
    """
    actions = action_of(plan)
    busy = [one for one in plan.row_plans if actions[one.position] in KINDS]
    cells = cells_of((one.wanted, one.changes) for one in busy)
    known = named_cells(Lists(None, plan.account), cells)
    return {(list_of(field) or "", value): name for (field, value), name in known.items()}
