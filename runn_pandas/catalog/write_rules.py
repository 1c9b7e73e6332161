"""What no rule tells of how resources are written, in tables by resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from runn_pandas.catalog.definitions import CUSTOM_KINDS

# How a row of the resource is written; runn_pandas.push.kinds has a class for each.
Kind = Literal[
    "plain",
    "people",
    "contracts",
    "actuals",  # a POST replaces the record of its key
    "time entries",  # a POST adds to a record, every time
    "assignments",  # there is no PATCH: a change is a new record and a deletion
    "leave",  # likewise, and Runn merges what meets
    "views",
    "skills",
    "options",
    "locks",
]

# Nested under a project and listed account-wide: name -> last part of the nested path.
UNDER_PROJECTS = {
    "budget-roles": "budget-roles", "milestones": "milestones",
    "other-expenses": "other-expenses", "person-requests": "person-requests", "phases": "phases",
    "project-notes": "notes", "project-rates": "project-rates",
    "project-workstreams": "project-workstreams",
}  # fmt: skip
# What no rule finds: the operations of a resource by verb.
OPERATIONS: dict[str, dict[str, str]] = {
    "actuals/time-entry": {"create": "POST /actuals/time-entry"},
    "contracts": {
        "create": "POST /people/{personId}/contracts/",
        "update": "PATCH /contracts/{contractId}",
        "delete": "DELETE /people/{personId}/contracts/{contractId}",
    },
    "project-members": {"create": "POST /people/{personId}/projects/"},
    "people/skills": {
        "create": "POST /people/{personId}/skills/",
        "update": "PATCH /people/{personId}/skills/{skillId}",
        "delete": "DELETE /people/{personId}/skills/{skillId}",
        "bulk_create": "POST /skills/{skillId}/people/",
    },
    "placeholders/{placeholderId}/skills": {
        "create": "POST /placeholders/{placeholderId}/skills/",
        "delete": "DELETE /placeholders/{placeholderId}/skills/{skillId}",
    },
    "users/{userId}/views": {
        "create": "POST /users/{userId}/views/{viewId}",
        "delete": "DELETE /users/{userId}/views/{viewId}/",
    },
    "custom-fields/select/{selectFieldId}/options": {
        "create": "POST /custom-fields/select/{selectFieldId}/options",
        "update": "PATCH /custom-fields/select/{selectFieldId}/options/{selectOptionId}",
        "delete": "DELETE /custom-fields/select/{selectFieldId}/options/{selectOptionId}",
    },
    "projects/{projectId}/timesheet-lock": {
        "update": "PATCH /projects/{projectId}/timesheet-lock/"
    },
    "people/custom-fields": {},
    "projects/custom-fields": {},
}
# Columns that are written by operations of their own: column -> those operations.
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "people": {
        "teamId": ("POST /people/{personId}/teams/", "DELETE /people/{personId}/teams/{teamId}"),
        "customFields": tuple(
            f"PATCH /people/{{personId}}/custom-fields/{kind}/" for kind in CUSTOM_KINDS
        ),
        "skills": (
            "POST /people/{personId}/skills/",
            "PATCH /people/{personId}/skills/{skillId}",
            "DELETE /people/{personId}/skills/{skillId}",
        ),
    },
    "placeholders": {
        "teamId": (
            "POST /placeholders/{placeholderId}/teams/",
            "DELETE /placeholders/{placeholderId}/teams/{teamId}",
        ),
    },
    "projects": {
        "customFields": tuple(
            f"PATCH /projects/{{projectId}}/custom-fields/{kind}/" for kind in CUSTOM_KINDS
        ),
    },
    "project-tags": {
        "projectIds": (
            "POST /project-tags/{projectTagId}/project/{projectId}",
            "DELETE /project-tags/{projectTagId}/project/{projectId}",
        ),
    },
}
PARTS["people/custom-fields"] = {"customFields": PARTS["people"]["customFields"]}
PARTS["projects/custom-fields"] = {"customFields": PARTS["projects"]["customFields"]}

KINDS: dict[str, Kind] = {
    "people": "people",
    "contracts": "contracts",
    "actuals": "actuals",
    "actuals/time-entry": "time entries",
    "assignments": "assignments",
    "time-offs/leave": "leave",
    "users/{userId}/views": "views",
    "people/skills": "skills",
    "placeholders/{placeholderId}/skills": "skills",
    "custom-fields/select/{selectFieldId}/options": "options",
    "projects/{projectId}/timesheet-lock": "locks",
}
# Of several ways to say something, the contract's "one of", Runn takes one and not both.
EXCLUSIVE = ("budget-roles", "invitations")
# Lists that a new row may have without elements.
MAY_BE_EMPTY = {"rate-cards": ("references",)}
# Columns of a row that exists which are rows of another resource.
APART = {"custom-fields/select": {"options": "custom-fields/select/{selectFieldId}/options"}}


class Joined(NamedTuple):
    """Where a column is that the resource's own list lacks.

    Attributes
    ----------
    resource : str
        The list that has it.
    key : str
        That list's column for the id of the row.
    item : mapping of str to str
        If each of that list's rows is one element of the column: the element's fields, and
        what they are called there.
    filters : mapping
        How that list is read.
    """

    resource: str
    key: str
    item: Mapping[str, str] = {}
    filters: Mapping[str, bool] = {}


JOINED = {
    "people": {
        "customFields": Joined("people/custom-fields", "personId"),
        "skills": Joined("people/skills", "personId", {"id": "skillId", "level": "level"}),
    },
    "placeholders": {"teamId": Joined("people", "id", filters={"includePlaceholders": True})},
}
# Where the fields that only a new row has are changed later.
AFTERWARDS = {"people": "of an existing person they are in the contract: push 'contracts'"}
ACTUAL_KEY = ("date", "personId", "projectId", "roleId", "workstreamId")
OPTIONAL_KEY = frozenset({"workstreamId"})  # of these, what may be missing
# The columns that identify a row, where they are not its id.
KEYS = {
    "people/custom-fields": ("personId",),
    "projects/custom-fields": ("projectId",),
    "people/skills": ("personId", "skillId"),
    "placeholders/{placeholderId}/skills": ("placeholderId", "skillId"),
    "users/{userId}/views": ("userId", "id"),
    "custom-fields/select/{selectFieldId}/options": ("id",),
    "projects/{projectId}/timesheet-lock": ("projectId",),
    "actuals/time-entry": (),
}
# Read under another name than that of the list they are pushed to.
ALIASES = {
    "people/{personId}/projects": "projects",
    "people/{personId}/teams/current": "teams",
    "people/{personId}/contracts/current": "contracts",
    "people/contracts/current": "contracts",
    "projects/{projectId}/notes": "project-notes",
    "projects/{projectId}/project-workstreams": "workstreams",
    "projects/{projectId}/project-workstreams/{workstreamId}": "workstreams",
    "people/{personId}/skills": "people/skills",
}
# Lists that show more than their own rows: what else a write to a resource changes.
ALSO_SHOWN = {
    "people": (
        "contracts",
        "people/skills",
        "people/custom-fields",
        "placeholders",
        "roles",
        "users",
        "project-members",
        # Deleted with a person who has them.
        "actuals",
        "assignments",
        "time-offs/leave",
        "time-offs/holidays",
        "time-offs/rostered-off",
    ),
    "placeholders": ("people", "people/skills", "project-members"),
    "actuals": ("project-members", "projects/{projectId}/timesheet-lock"),
    "actuals/time-entry": ("actuals", "project-members"),
    "assignments": ("project-members",),
    "contracts": ("people", "roles", "time-offs/rostered-off", "assignments"),
    "projects": (
        "project-rates", "project-tags", "project-members", "phases", "rate-cards",
        "budget-roles", "projects/custom-fields", "project-workstreams", "clients",
    ),
    "project-tags": ("projects",),
    "people-tags": ("people", "placeholders"),
    "project-rates": ("budget-roles",),
    "project-members": ("projects", "project-rates"),
    "roles": ("project-rates", "rate-cards"),
    "teams": ("people", "projects"),
    "skills": ("people/skills", "people"),
    "people/skills": ("people", "skills"),
    "placeholders/{placeholderId}/skills": ("people/skills", "skills"),
    "people/custom-fields": ("people",),
    "projects/custom-fields": ("projects",),
    "rate-cards": ("projects",),
    "workstreams": ("project-workstreams",),
    "project-workstreams": ("workstreams",),
    "time-offs/leave": ("assignments",),
    "time-offs/holidays": ("assignments",),
    "time-offs/rostered-off": ("assignments",),
    "phases": ("assignments", "actuals"),
    "users": ("users/{userId}/views", "projects", "people"),
    **{
        f"custom-fields/{kind}": (
            "people",
            "projects",
            "people/custom-fields",
            "projects/custom-fields",
        )
        for kind in CUSTOM_KINDS
    },
    "custom-fields/select/{selectFieldId}/options": (
        "custom-fields/select",
        "people",
        "projects",
        "people/custom-fields",
        "projects/custom-fields",
    ),
}  # fmt: skip
# Where the rows are listed of what no list of its own has.
SOURCES = {
    "actuals/time-entry": "actuals",
    "placeholders/{placeholderId}/skills": "people/skills",
    "custom-fields/select/{selectFieldId}/options": "custom-fields/select",
}
