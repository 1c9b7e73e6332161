"""The names of the ids that a plan under review is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from runn_pandas.errors import RunnError
from runn_pandas.frame.words import TITLES
from runn_pandas.jupyter.review.state import KINDS, Known
from runn_pandas.lookup.lists import Lists
from runn_pandas.lookup.name_columns import list_of, names_of
from runn_pandas.push.model import RowPlan
from runn_pandas.push.plan import Plan
from runn_pandas.push.render import action_of


def names_of_ids(plan: Plan) -> Known:
    """Return the names of the ids that a plan shows, by list and id.

    The lists are read, from the cache if it has them; ids of a list that cannot be read stay
    without names.
    """
    actions = action_of(plan)
    wanted: dict[str, set[int]] = {}
    for row_plan in plan.row_plans:
        if actions[row_plan.position] in KINDS:
            for resource, own in _ids(row_plan):
                wanted.setdefault(resource, set()).add(own)
    source = Lists(None, plan.account)
    known: dict[tuple[str, int], str] = {}
    for resource, ids in wanted.items():
        try:
            texts = names_of(source, resource, pd.Series(sorted(ids)))
        except RunnError:
            continue
        for own, text in zip(sorted(ids), texts, strict=True):
            if text:
                known[resource, own] = text
    return known


def _ids(row_plan: RowPlan) -> Iterator[tuple[str, int]]:
    """Yield each id that tells what a row is about, or that changes, with its list."""
    row: dict[str, Any] = {**row_plan.new, **(row_plan.old or {})}
    cells = [(name, row.get(name)) for name in TITLES if "name" not in row]
    cells += [(c.field, value) for c in row_plan.changes for value in (c.old, c.new)]
    for name, value in cells:
        resource = list_of(name)
        if resource and "{" not in resource and isinstance(value, int):
            yield resource, value
