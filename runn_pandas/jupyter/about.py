"""What each resource is, in a sentence: the words of the app."""

from __future__ import annotations

from runn_pandas.catalog import Resource
from runn_pandas.catalog.writes import alias, writables

WHAT = {
    "activity-log": "What happened in the account: projects, people, time off deleted",
    "actuals": "Hours worked, by person, project, role and day",
    "assignments": "Planned hours: who is to work on what, from when to when",
    "budget-roles": "The hours and money budgeted for each role of a project",
    "clients": "The clients that projects are for",
    "contracts": "Contracts: role, cost and working days of a person over time",
    "custom-fields/checkbox": "The custom fields that are ticked or not",
    "custom-fields/date": "The custom fields that hold a date",
    "custom-fields/select": "The custom fields with a menu, and its options",
    "custom-fields/text": "The custom fields that hold a text",
    "holiday-groups": "Groups of public holidays, usually a country or region",
    "invitations": "Invitations to use the account",
    "legacy-id": "The new id of a record, by its id in the old API v0",
    "me": "The account that the token belongs to",
    "milestones": "Milestones of projects",
    "other-expenses": "Costs and charges of projects besides work",
    "people": "People, archived ones too",
    "people-tags": "The tags that people may have",
    "people/contracts/current": "The contract that each person has today",
    "people/custom-fields": "The values of people's custom fields",
    "people/notes": "Notes on people",
    "people/skills": "The skills of people and their levels",
    "person-requests": "Requests for people to fill a placeholder",
    "phases": "Phases of projects, with their dates",
    "placeholders": "Placeholders: work that has nobody to do it yet",
    "project-members": "Who is on which project, in which role",
    "project-notes": "Notes on projects",
    "project-rates": "What an hour or day of a role costs the client, by project",
    "project-tags": "The tags that projects may have",
    "project-workstreams": "Which workstreams a project has",
    "projects": "Projects, templates among them",
    "projects/custom-fields": "The values of projects' custom fields",
    "rate-cards": "Rate cards: what a role costs the client",
    "reports/hours/people": "Planned and worked minutes of a person, day by day",
    "reports/hours/projects": "Planned and worked minutes of a project, day by day",
    "reports/totals/projects": "Planned and worked minutes of projects in total",
    "roles": "Roles, with their usual rate and cost",
    "skills": "The skills that people may have",
    "teams": "Teams",
    "time-offs/holidays": "Public holidays of people",
    "time-offs/leave": "Leave of people",
    "time-offs/rostered-off": "Days off by contract",
    "users": "Users of the account and their permissions",
    "views": "Saved views",
    "workstreams": "Workstreams",
}
# What the last step of a path is of one person, project, client and so on.
PARTS = {
    "actuals": "Hours worked",
    "assignments": "Planned hours",
    "budget-roles": "Budgeted hours and money by role",
    "contracts": "Contracts",
    "current": "The contract of today",
    "holidays": "Public holidays",
    "leave": "Leave",
    "milestones": "Milestones",
    "notes": "Notes",
    "other-expenses": "Costs and charges besides work",
    "people": "People",
    "person-requests": "Requests for people",
    "phases": "Phases",
    "project-rates": "What each role costs the client",
    "project-workstreams": "Workstreams",
    "projects": "Projects",
    "rostered-off": "Days off by contract",
    "skills": "Skills",
    "timesheet-lock": "Until when timesheets are locked (in beta)",
    "views": "Saved views",
}
OF = {
    "people": "person",
    "holiday-groups": "holiday group",
    "people-tags": "people tag",
    "project-tags": "project tag",
    "person-requests": "person request",
    "budget-roles": "role",
    "project-workstreams": "workstream",
    "rate-cards": "rate card",
    "time-offs/leave": "leave",
}


def about(resource: Resource) -> str:
    """Say what a resource is, whether it is a list, and what can be done with its rows."""
    target = alias(resource.name)
    writes = writables()[target].actions if target else ()
    size = f"A list, {resource.page_limit} rows a request" if resource.page_limit else "A list"
    kind = size if resource.is_list else "One record"
    where = "" if target in (None, resource.name) else f" as {target}"
    can = f" Rows can be written{where}: {', '.join(writes)}." if writes else " Read only."
    return f"{what(resource.name)}. {kind}.{can}"


def what(name: str) -> str:
    """Say what a resource is."""
    if name in WHAT:
        return WHAT[name]
    head, _, tail = name.partition("/{")
    tail = tail.partition("}")[2].strip("/")
    if name.startswith(("reports/hours", "legacy-id")):
        return WHAT[head]
    if name.startswith("reports/totals"):
        return "Planned and worked minutes of one project in total"
    if not tail:
        return f"One {_one(head)}"
    if tail == "teams/current":
        return "The team of today of one person"
    part, _, last = tail.partition("/{")
    if last:
        return f"One {_one(part)} of one {_one(head)}"
    return f"{PARTS[part.rpartition('/')[2]]} of one {_one(head)}"


def _one(name: str) -> str:
    return OF.get(name) or name.replace("-", " ").removesuffix("s")
