"""Examples of pushes, where changing a column of the first row is none."""

from __future__ import annotations

PUSHES = {
    "actuals/time-entry": """
day = pd.read_runn("actuals", minDate="2026-06-29", maxDate="2026-06-29")
entry = day[["date", "personId", "projectId", "roleId"]].head(1).assign(billableMinutes=90)
entry.runn.plan("actuals/time-entry").changes
""",
    "assignments": """
assignments = pd.read_runn("assignments", startDate="2026-06-01", endDate="2026-06-30")
assignments.loc[0, "note"] = "Changed"
assignments.runn.plan()  # its text has the notes too
""",
    "custom-fields/select/{selectFieldId}/options": """
fields = pd.read_runn("custom-fields/select").rename(columns={"id": "selectFieldId"})
option = fields[["selectFieldId"]].head(1).assign(name="Somewhere else")
option.runn.plan("custom-fields/select/{selectFieldId}/options").changes
""",
    "people/custom-fields": """
values = pd.read_runn("people/custom-fields").runn.expand("customFields")
values.loc[0, "customFields.Cost centre"] = "CC-900"
values.runn.plan().changes
""",
    "people/skills": """
skills = pd.read_runn("people/skills")
skills.loc[1, "level"] = 4
skills.runn.plan().changes
""",
    "person-requests": """
requests = pd.read_runn("person-requests")
is_open = requests["status"] == "REQUESTED"
requests[is_open].head(1).assign(status="PENDING").runn.plan().changes
""",
    "placeholders": """
roles = pd.read_runn("roles")
wanted = pd.DataFrame({"roleId": roles["id"].head(1)})
wanted.runn.plan("placeholders").changes
""",
    "placeholders/{placeholderId}/skills": """
placeholder = pd.read_runn("placeholders")["id"].iloc[0]
skill = pd.read_runn("skills")["id"].iloc[0]
wanted = pd.DataFrame({"placeholderId": [placeholder], "skillId": [skill], "level": [2]})
wanted.runn.plan("placeholders/{placeholderId}/skills").changes
""",
    "project-members": """
projects, people = pd.read_runn("projects"), pd.read_runn("people")
member = pd.DataFrame({"projectId": projects["id"].tail(1), "personId": people["id"].iloc[-1]})
member["roleId"] = pd.read_runn("roles")["id"].iloc[0]
member.runn.plan("project-members").changes
""",
    "project-notes": """
projects = pd.read_runn("projects").rename(columns={"id": "projectId"})
notes = projects[["projectId"]].head(1).assign(note="Kick-off on Monday")
notes.runn.plan("project-notes").changes
""",
    "project-workstreams": """
links = pd.read_runn("project-workstreams")
links.runn.plan(delete=links.index == 0).changes
""",
    "projects/custom-fields": """
values = pd.read_runn("projects/custom-fields").runn.expand("customFields")
values.loc[0, "customFields.PO number"] = "PO-2001"
values.runn.plan().changes
""",
    "projects/{projectId}/timesheet-lock": """
projects = pd.read_runn("projects").rename(columns={"id": "projectId"})
locks = projects[["projectId"]].head(1).assign(status="LOCKED", lockedUntil="2026-05-31")
locks.runn.plan("projects/{projectId}/timesheet-lock").changes
""",
    "users/{userId}/views": """
user = pd.read_runn("users")["id"].iloc[0]
view = pd.read_runn("views")[["id"]].tail(1).assign(userId=user)
view.runn.plan("users/{userId}/views").changes
""",
}
