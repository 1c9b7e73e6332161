"""The demo's own ids of the old API: text that stands for a table's id, both ways."""

from __future__ import annotations

from zlib import crc32

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SPAN = 36**7
_STRIDE = 48_271

# Which table a model's ids are of; the other models' rows are in no table of the API.
TABLES = {
    **{name: name for name in ("actuals", "assignments", "clients", "contracts", "invitations")},
    **{name: name for name in ("milestones", "people", "phases", "projects", "roles", "skills")},
    **{name: name for name in ("teams", "users")},
    "holiday_groups": "holiday-groups",
    "notes": "project-notes",
    "other_expenses": "other-expenses",
    "people_notes": "people/notes",
    "project_member": "project-members",
    "project_rates": "project-rates",
    "rate_cards": "rate-cards",
    "tags": "project-tags",
}


def legacy_id(model: str, id_: int) -> str:
    """Return the old API's id of a row: seven signs, different for each model."""
    number = (id_ * _STRIDE + crc32(model.encode())) % _SPAN
    signs = ""
    for _ in range(7):
        number, rest = divmod(number, 36)
        signs = _DIGITS[rest] + signs
    return signs


def current_id(model: str, legacy: str) -> int | None:
    """Return the id behind an id of the old API, or None if it is not well formed."""
    if len(legacy) != 7 or any(sign not in _DIGITS for sign in legacy):
        return None
    return (int(legacy, 36) - crc32(model.encode())) * pow(_STRIDE, -1, _SPAN) % _SPAN
