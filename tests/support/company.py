"""A company written row by row, for the numbers that are made from it."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

# June 2026: the 1st, 8th, 15th, 22nd and 29th are Mondays; "today" is Tuesday the 30th.
TODAY = "2026-06-30"
TOM, UMA, PLACEHOLDER = 1, 2, 3
SITE, FIXED, INNER, MAYBE, TEMPLATE = 50, 51, 52, 53, 54
DESIGN, BUILD = 7, 8

DATE, INT, NUMBER, FLAG, TEXT = "datetime64[us]", "Int64", "Float64", "boolean", "object"
COLUMNS: dict[str, dict[str, str]] = {
    "people": {
        "id": INT,
        "firstName": TEXT,
        "teamId": INT,
        "tags": TEXT,
        "managers": TEXT,
        "isArchived": FLAG,
    },
    "placeholders": {"id": INT},
    "contracts": {
        "id": INT,
        "costPerHour": NUMBER,
        "employmentType": TEXT,
        "minutesPerDay": INT,
        "rosteredDays": TEXT,
        "startDate": DATE,
        "endDate": DATE,
        "roleId": INT,
        "personId": INT,
    },
    "assignments": {
        "id": INT,
        "personId": INT,
        "startDate": DATE,
        "endDate": DATE,
        "projectId": INT,
        "minutesPerDay": INT,
        "roleId": INT,
        "isActive": FLAG,
        "isBillable": FLAG,
        "phaseId": INT,
        "isNonWorkingDay": FLAG,
        "isTemplate": FLAG,
        "isPlaceholder": FLAG,
        "workstreamId": INT,
    },
    "actuals": {
        "id": INT,
        "date": DATE,
        "billableMinutes": INT,
        "nonbillableMinutes": INT,
        "phaseId": INT,
        "personId": INT,
        "projectId": INT,
        "roleId": INT,
        "workstreamId": INT,
    },
    "projects": {
        "id": INT,
        "isTemplate": FLAG,
        "isConfirmed": FLAG,
        "pricingModel": TEXT,
        "rateType": TEXT,
        "budget": NUMBER,
        "expensesBudget": NUMBER,
        "clientId": INT,
        "teamId": INT,
        "isArchived": FLAG,
        "tags": TEXT,
        "managerIds": TEXT,
        "customFields": TEXT,
    },
    "budget-roles": {
        "projectId": INT,
        "roleId": INT,
        "estimatedMinutes": INT,
        "estimatedBudget": NUMBER,
    },
    "person-requests": {"id": INT, "personId": INT, "projectId": INT, "status": TEXT},
    "milestones": {"id": INT, "date": DATE, "projectId": INT},
    "people/skills": {"personId": INT, "skillId": INT},
    "people/custom-fields": {"personId": INT, "customFields": TEXT},
    "roles": {"id": INT, "defaultHourCost": NUMBER, "standardRate": NUMBER},
    "project-rates": {"id": INT, "projectId": INT, "roleId": INT, "rate": NUMBER},
    "other-expenses": {
        "id": INT,
        "cost": NUMBER,
        "charge": NUMBER,
        "date": DATE,
        "projectId": INT,
    },
}
LEAVE = {"id": INT, "personId": INT, "startDate": DATE, "endDate": DATE, "minutesPerDay": INT}
for _kind in ("leave", "holidays", "rostered-off"):
    COLUMNS[f"time-offs/{_kind}"] = LEAVE


class Company:
    """Tom works Monday to Friday, eight hours, at 60 an hour; the rest is said by the test.

    The projects: a site (time and materials, budget 20,000), a fixed price of 10,000, inner
    work, a tentative one and a template; each role at 200 an hour on each of them.
    """

    def __init__(self, *, bare: bool = False) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
        self._add("people", id=TOM, teamId=1, tags=[{"id": 91, "name": "Remote"}])
        self._add("people", id=UMA, teamId=2, tags=[])
        self._add("people", id=PLACEHOLDER, tags=[])
        self._add("placeholders", id=PLACEHOLDER)
        models = {SITE: "tm", FIXED: "fp", INNER: "nb", MAYBE: "tm", TEMPLATE: "tm"}
        budgets = {SITE: 20_000.0, FIXED: 10_000.0}
        for id_, model in models.items():
            self._add(
                "projects",
                id=id_,
                isTemplate=id_ == TEMPLATE,
                isConfirmed=id_ != MAYBE,
                pricingModel=model,
                rateType="hours",
                budget=budgets.get(id_),
                clientId=30 + id_ % 2,
            )
            for role in (DESIGN, BUILD):
                self._add("project-rates", projectId=id_, roleId=role, rate=200.0)
        self._add("roles", id=DESIGN, defaultHourCost=40.0, standardRate=100.0)
        self._add("roles", id=BUILD, defaultHourCost=50.0, standardRate=120.0)
        if not bare:
            self.contract()

    def _add(self, table: str, **row: Any) -> Self:
        self.rows[table].append({"id": 1 + len(self.rows[table]), **row})
        return self

    def contract(
        self,
        start: str = "2026-01-05",
        end: str | None = None,
        minutes: int = 480,
        *,
        off: str = "",
        person: int = TOM,
        role: int = DESIGN,
        cost: float | None = 60.0,
    ) -> Self:
        names = ("monday", "tuesday", "wednesday", "thursday", "friday")
        return self._add(
            "contracts",
            costPerHour=cost,
            minutesPerDay=minutes,
            rosteredDays={name: 0 if name in off.split() else minutes for name in names},
            startDate=start,
            endDate=end,
            roleId=role,
            personId=person,
        )

    def off(
        self,
        start: str,
        end: str | None = None,
        minutes: int | None = None,
        *,
        kind: str = "leave",
        person: int = TOM,
    ) -> Self:
        row = {"startDate": start, "endDate": end or start, "minutesPerDay": minutes}
        return self._add(f"time-offs/{kind}", personId=person, **row)

    def plan(self, start: str, end: str | None, minutes: int, **fields: Any) -> Self:
        row = {
            "personId": TOM,
            "projectId": SITE,
            "roleId": DESIGN,
            "isActive": True,
            "isBillable": True,
            "isNonWorkingDay": False,
            "isTemplate": False,
            "isPlaceholder": fields.get("personId") == PLACEHOLDER,
        }
        row |= {"startDate": start, "endDate": end or start, "minutesPerDay": minutes}
        return self._add("assignments", **row | fields)

    def log(self, date: str, billable: int, nonbillable: int = 0, **fields: Any) -> Self:
        row = {"personId": TOM, "projectId": SITE, "roleId": DESIGN, "date": date}
        minutes = {"billableMinutes": billable, "nonbillableMinutes": nonbillable}
        return self._add("actuals", **row | minutes | fields)

    def expense(self, date: str, cost: float, charge: float, project: int = SITE) -> Self:
        return self._add("other-expenses", date=date, cost=cost, charge=charge, projectId=project)

    def project(self, id_: int, **fields: Any) -> Self:
        next(row for row in self.rows["projects"] if row["id"] == id_).update(fields)
        return self

    def rate(self, project: int, role: int, rate: float) -> Self:
        for row in self.rows["project-rates"]:
            if (row["projectId"], row["roleId"]) == (project, role):
                row["rate"] = rate
        return self

    def tables(self) -> dict[str, pd.DataFrame]:
        """Frames with the types that `read_many` gives."""
        found = {}
        for name, columns in COLUMNS.items():
            arrays: dict[str, Any] = {}
            for column, dtype in columns.items():
                values = [row.get(column) for row in self.rows[name]]
                if dtype in (DATE, TEXT):
                    arrays[column] = np.array([*values, None], dtype=dtype)[:-1]
                else:
                    arrays[column] = pd.array(values, dtype=dtype)
            found[name] = pd.DataFrame(arrays)
        return found
