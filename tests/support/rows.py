"""Rows as the API answers them."""

from __future__ import annotations

from typing import Any


def actual(**changes: Any) -> dict[str, Any]:
    """An actual, but for what is given."""
    base = {
        "id": 1,
        "date": "2026-01-31",
        "billableMinutes": 0,
        "nonbillableMinutes": 30,
        "billableNote": None,
        "nonbillableNote": "",
        "phaseId": None,
        "personId": 2,
        "projectId": 3,
        "roleId": 4,
        "workstreamId": None,
        "createdAt": "2026-01-31T23:59:59Z",
        "updatedAt": "2026-02-01T00:00:00.123Z",
    }
    return {**base, **changes}
