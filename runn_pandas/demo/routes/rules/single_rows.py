"""Writes that add, change or remove one row as it is said, and nothing else."""

from __future__ import annotations

from runn_pandas.demo.database import Row
from runn_pandas.demo.routes.writing import WriteRequest, writes

__all__: list[str] = []

# What a new row has besides what is said.
_ADDED: dict[str, Row] = {
    "people-tags": {"archived": False},
    "project-tags": {"projectIds": [], "archived": False},
    "workstreams": {"archived": False},
}


@writes("POST", "/people-tags/", "/project-tags/", "/skills/", "/teams/", "/workstreams/")
def add(request: WriteRequest) -> Row:
    table = request.operation.path.strip("/")
    return request.add(table, {**request.body, **_ADDED.get(table, {})})


@writes(
    "PATCH",
    "/clients/{clientId}",
    "/people-tags/{peopleTagId}",
    "/project-tags/{projectTagId}",
    "/projects/{projectId}/milestones/{milestoneId}",
    "/projects/{projectId}/other-expenses/{otherExpenseId}/",
    "/skills/{skillId}",
    "/teams/{teamId}/",
    "/workstreams/{workstreamId}/",
)
def change(request: WriteRequest) -> Row:
    table, row = _target(request)
    return request.update(table, row["id"], request.body)


@writes("DELETE", "/invitations/{invitationId}", "/projects/{projectId}/milestones/{milestoneId}")
def remove(request: WriteRequest) -> None:
    table, row = _target(request)
    request.company.remove(table, row["id"])


def _target(request: WriteRequest) -> tuple[str, Row]:
    """Return the table and the row that the path points at, below its project if it has one."""
    *_, table, name = request.operation.path.strip("/").split("/")
    if "projectId" not in request.values:
        return table, request.here(table, name.strip("{}"))
    request.here("projects", "projectId")
    return table, request.below(table, name.strip("{}"), "projectId")
