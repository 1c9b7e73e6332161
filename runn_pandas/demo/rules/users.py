"""Users, invitations and the views that users are given."""

from __future__ import annotations

from datetime import timedelta

from runn_pandas.demo.tables import Row
from runn_pandas.demo.writing import Write, without, writes

__all__: list[str] = []

ADMINS = ("superuser", "admin")


@writes("DELETE", "/users/{userId}")
def delete_user(ask: Write) -> None:
    company, user = ask.company, ask.here("users", "userId")
    admins = [row for row in company.rows("users") if row["permissions"]["type"] in ADMINS]
    if admins == [user]:
        raise ask.refuse("The account's only admin cannot be deleted")
    id_ = user["id"]
    for person in list(company.rows("people")):
        ask.derive("people", person["id"], {"managers": without(person["managers"], id_)})
    for project in list(company.rows("projects")):
        kept = [manager for manager in project["managerIds"] if manager != id_]
        ask.derive("projects", project["id"], {"managerIds": kept})
    ask.clear("person-requests", "requesterId", id_)
    ask.clear("person-requests", "updaterId", id_)
    ask.sweep("users/views", "userId", id_)
    company.remove("users", id_)


@writes("POST", "/users/{userId}/views/{viewId}")
def give_view(ask: Write) -> None:
    user, view = ask.here("users", "userId"), ask.here("views", "viewId")
    key = (user["id"], view["id"])
    if ask.company.get("users/views", key):
        raise ask.conflict("The user has this view already")
    ask.company.put("users/views", key, {"userId": key[0], "viewId": key[1]})


@writes("DELETE", "/users/{userId}/views/{viewId}/")
def take_view(ask: Write) -> None:
    key = (ask.values["userId"], ask.values["viewId"])
    ask.one("users/views", key)
    ask.company.remove("users/views", key)


@writes("POST", "/invitations/")
def invite(ask: Write) -> Row:
    body: Row = ask.body
    users = {row["email"]: row for row in ask.company.rows("users")}
    sender = users.get(body["fromUser"])
    if sender is None or sender["permissions"]["type"] not in ADMINS:
        raise ask.refuse("body/fromUser must be the email of an admin of the account")
    if body["email"] in users:
        raise ask.refuse("body/email is a user's already")
    admin = body["userType"] == "admin"
    projects = body.get("manageProjectsPermission") or body["editProjectsPermission"]
    others = body.get("manageOthersPermission") or body["editOthersPermission"]
    today = ask.company.today
    # An invitation has no updatedAt.
    row: Row = {
        "id": ask.company.next_id("invitations"),
        "email": body["email"],
        "userType": body["userType"],
        "financialPermission": body["financialPermission"],
        "editProjectsPermission": body.get("editProjectsPermission", projects),
        "editOthersPermission": body.get("editOthersPermission", others),
        "manageProjectsPermission": projects,
        "managePeoplePermission": others,
        "manageAccountPermission": admin,
        "addAllPeopleToProjectsPermission": admin,
        "viewPlannerPermission": body["userType"] != "timesheet_only",
        "createdAt": ask.company.now,
        "sentAt": ask.company.now,
        "expiresAt": f"{today + timedelta(days=30)}T00:00:00Z",
    }
    ask.company.put("invitations", row["id"], row)
    return row


@writes("DELETE", "/invitations/{invitationId}")
def withdraw(ask: Write) -> None:
    ask.company.remove("invitations", ask.here("invitations", "invitationId")["id"])
