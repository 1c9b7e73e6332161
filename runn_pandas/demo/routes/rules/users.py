"""Users, invitations and the views that users are given."""

from __future__ import annotations

from datetime import timedelta

from runn_pandas.demo.database import Row
from runn_pandas.demo.routes.writing import WriteRequest, without, writes

__all__: list[str] = []

ADMINS = ("superuser", "admin")


@writes("DELETE", "/users/{userId}")
def delete_user(request: WriteRequest) -> None:
    company, user = request.company, request.here("users", "userId")
    admins = [row for row in company.rows("users") if row["permissions"]["type"] in ADMINS]
    if admins == [user]:
        raise request.refuse("The account's only admin cannot be deleted")
    id_ = user["id"]
    for person in list(company.rows("people")):
        request.derive("people", person["id"], {"managers": without(person["managers"], id_)})
    for project in list(company.rows("projects")):
        kept = [manager for manager in project["managerIds"] if manager != id_]
        request.derive("projects", project["id"], {"managerIds": kept})
    request.clear("person-requests", "requesterId", id_)
    request.clear("person-requests", "updaterId", id_)
    request.sweep("users/views", "userId", id_)
    company.remove("users", id_)


@writes("POST", "/users/{userId}/views/{viewId}")
def give_view(request: WriteRequest) -> None:
    user, view = request.here("users", "userId"), request.here("views", "viewId")
    key = (user["id"], view["id"])
    if request.company.get("users/views", key):
        raise request.conflict("The user has this view already")
    request.company.put("users/views", key, {"userId": key[0], "viewId": key[1]})


@writes("DELETE", "/users/{userId}/views/{viewId}/")
def take_view(request: WriteRequest) -> None:
    link = request.here("users/views", "userId", "viewId")
    request.company.remove("users/views", (link["userId"], link["viewId"]))


@writes("POST", "/invitations/")
def invite(request: WriteRequest) -> Row:
    body: Row = request.body
    users = {row["email"]: row for row in request.company.rows("users")}
    sender = users.get(body["fromUser"])
    if sender is None or sender["permissions"]["type"] not in ADMINS:
        raise request.refuse("body/fromUser must be the email of an admin of the account")
    if body["email"] in users:
        raise request.refuse("body/email is a user's already")
    admin = body["userType"] == "admin"
    projects = body.get("manageProjectsPermission") or body["editProjectsPermission"]
    others = body.get("manageOthersPermission") or body["editOthersPermission"]
    today = request.company.today
    # An invitation has no updatedAt.
    row: Row = {
        "id": request.company.next_id("invitations"),
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
        "createdAt": request.company.now,
        "sentAt": request.company.now,
        "expiresAt": f"{today + timedelta(days=30)}T00:00:00Z",
    }
    request.company.put("invitations", row["id"], row)
    return row
