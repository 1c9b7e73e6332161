"""What an hour earns and costs (guide 6.3)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from runn_pandas.analysis.capacity import contract_roles
from runn_pandas.analysis.days import Calendar
from runn_pandas.analysis.groups import by_id
from runn_pandas.analysis.hours import Work
from runn_pandas.analysis.tables import (
    MISSING,
    Flags,
    Floats,
    Ints,
    Source,
    ids,
    numbers,
    texts,
)
from runn_pandas.errors import FrameError


@dataclass(frozen=True)
class Projects:
    """What is known of projects, in the order of their table."""

    ids: Ints
    client: Ints
    fixed: Flags
    billed: Flags
    daily: Flags
    budget: Floats

    @classmethod
    def of(cls, source: Source) -> Projects:
        """Read the projects of a source."""
        frame, name = source.table("projects"), "projects"
        model = texts(frame, name, "pricingModel", "tm")
        odd = sorted({str(word) for word in pd.unique(model)} - {"tm", "fp", "nb"})
        if odd:
            raise FrameError(f"'projects': pricingModel is 'tm', 'fp' or 'nb', not {odd[0]!r}.")
        return cls(
            ids=ids(frame, name, "id"),
            client=ids(frame, name, "clientId", optional=True),
            fixed=model == "fp",
            billed=model != "nb",
            daily=texts(frame, name, "rateType", "hours") == "days",
            budget=numbers(frame, name, "budget", optional="budget" in frame.columns),
        )

    def where(self, wanted: Ints, what: str) -> Ints:
        """The row of each project; an error if one is not there."""
        row = by_id(self.ids, np.arange(len(self.ids)), wanted)
        lost = np.unique(wanted[row == MISSING])
        if len(lost):
            raise FrameError(
                f"'projects' has no row for {_listed('project', lost)}, which has {what}; read it"
                " with includeArchived=True."
            )
        return row


def _listed(what: str, numbers: Ints) -> str:
    shown = ", ".join(map(str, numbers[:5])) + (", ..." if len(numbers) > 5 else "")
    return f"{what}{'s' if len(numbers) > 1 else ''} {shown}"


def list_value(source: Source, work: Work, at: Ints, projects: Projects, hours: float) -> Floats:
    """Billable hours at the project's rate for the role: the T&M benchmark, 0 if not billable."""
    frame, name = source.table("project-rates"), "project-rates"
    rates = pd.DataFrame(
        {
            "project": ids(frame, name, "projectId"),
            "role": ids(frame, name, "roleId"),
            "rate": numbers(frame, name, "rate"),
        }
    ).drop_duplicates()
    twice = rates.duplicated(["project", "role"])
    if twice.any():
        role, project = (int(rates.loc[twice, key].iloc[0]) for key in ("role", "project"))
        raise FrameError(
            f"'project-rates' has several rates for role {role} on project {project}; keep the one"
            " that holds."
        )
    wanted = pd.DataFrame({"project": work.project, "role": work.role})
    rate = wanted.merge(rates, how="left", on=["project", "role"])["rate"].to_numpy(np.float64)
    billable = (work.billable != 0) & projects.billed[at]
    unrated = billable & np.isnan(rate)
    if unrated.any():
        first = int(np.argmax(unrated))
        warnings.warn(
            f"'project-rates' has no rate for role {work.role[first]} on project"
            f" {work.project[first]}, and {int(unrated.sum())} days of billable work in all:"
            " they earn 0.",
            UserWarning,
            stacklevel=3,
        )
    hourly = np.nan_to_num(rate) / np.where(projects.daily[at], hours, 1.0)
    return np.where(billable, work.billable / 60 * hourly, 0.0)


def fixed_share(value: Floats, at: Ints, projects: Projects, mentioned: Flags) -> Floats:
    """What each entry earns: its list value, for fixed prices scaled so that the sum is the budget.

    Effective rate = role rate x budget / T&M benchmark, over the project's whole life.
    """
    benchmark = np.bincount(at, weights=value, minlength=len(projects.ids))
    unpriced = projects.fixed & ((benchmark == 0) | np.isnan(projects.budget))
    told = np.unique(projects.ids[at[mentioned & unpriced[at]]])
    if len(told):
        warnings.warn(
            f"No effective rate for fixed-price {_listed('project', told)}: no billable hours at a"
            " rate above 0, or no budget; the revenue from hours is 0.",
            UserWarning,
            stacklevel=3,
        )
    factor = np.ones(len(projects.ids))
    factor[projects.fixed] = 0.0
    priced = projects.fixed & ~unpriced
    factor[priced] = projects.budget[priced] / benchmark[priced]
    return value * factor[at]


def cost(source: Source, work: Work, known: Calendar) -> Floats:
    """Hours at the cost of the contract on that date, else at the default cost of the role.

    The role is the contract's; without a contract, as for placeholders, the work's.
    """
    contract = known.contract_at(work.person, work.day)
    held = numbers(known.contracts, "contracts", "costPerHour", optional=True)
    hourly = np.append(held, np.nan)[contract]
    role = contract_roles(known, contract, work.role)
    lacking = np.isnan(hourly) & (work.total != 0)
    if lacking.any():
        roles = source.table("roles")
        default = np.append(numbers(roles, "roles", "defaultHourCost"), np.nan)
        names = ids(roles, "roles", "id")
        row = by_id(names, np.arange(len(names)), role)
        lost = np.unique(role[lacking & (row == MISSING)])
        if len(lost):
            raise FrameError(
                f"'roles' has no row for {_listed('role', lost)}, whose default cost is needed"
                " where a contract has none; read 'roles' again."
            )
        hourly = np.where(lacking, default[np.where(row == MISSING, -1, row)], hourly)
    money: Floats = work.total / 60 * np.nan_to_num(hourly)
    return money
