"""What stands between a plan and the account: conflicts, and a live account's many changes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runn_pandas.errors import PlanError
from runn_pandas.push.intent import refuse
from runn_pandas.push.model import Problem

if TYPE_CHECKING:
    from runn_pandas.push.plans import Plan

CONFLICTS = ("skip", "overwrite", "raise")


def asked(question: str) -> bool:
    """Ask where somebody can answer; False where nobody can."""
    if not (hasattr(sys, "ps1") or "ipykernel" in sys.modules):
        return False
    try:
        return input(f"{question} account? Type yes: ").strip().lower() in ("yes", "y")
    except (EOFError, RuntimeError, OSError):  # a kernel without input
        return False


def check_conflict(conflict: str) -> None:
    """Refuse a word that is none of the ways to treat conflicts."""
    if conflict not in CONFLICTS:
        raise PlanError(f"conflict is 'skip', 'overwrite' or 'raise', not {conflict!r}.")


def refuse_conflicts(plan: Plan, conflict: str) -> None:
    """With ``conflict="raise"``, refuse a plan that has any."""
    if conflict != "raise":
        return
    labels = plan.intent.labels
    problems = [
        Problem(labels[d.position], plan.intent.writable.key[-1], d.id, f"was {d.conflict}")
        for d in plan.row_plans
        if d.conflict
    ]
    if problems:
        raise refuse(repr(plan.resource), problems)
