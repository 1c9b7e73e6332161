"""The demo over real HTTP, read the way someone without this package would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

from runn_pandas.catalog import Resource, load

HEADERS = {"Authorization": "Bearer demo", "Accept-Version": "1.0.0"}


def get(served: str, path: str, **params: Any) -> Any:
    answer = requests.get(served + path, params=params, headers=HEADERS, timeout=10)
    answer.raise_for_status()
    return answer.json()


def plain_rows(served: str, path: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Every row, the way someone without this package would page, with small pages."""
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        body = get(served, path, **params, **({"cursor": cursor} if cursor else {}))
        rows += body["values"]
        cursor = body["nextCursor"]
        if cursor is None:
            return rows


def path_values(served: str) -> dict[str, dict[str, Any]]:
    """For each resource with path parameters, values for which the demo has rows."""
    return {
        resource.name: next(_candidates(served, resource))
        for resource in load().resources.values()
        if resource.path_parameters
    }


def _candidates(served: str, resource: Resource) -> Iterator[dict[str, Any]]:
    """Values of the path parameters, taken from the account-wide lists, that give an answer."""
    if resource.name.startswith("legacy-id"):
        yield {"model": "people", "legacyId": _legacy(served)}
    parents = {
        "budget-roles": ("/budget-roles/", {"projectId": "projectId", "roleId": "roleId"}),
        "person-requests": (
            "/person-requests/",
            {"projectId": "projectId", "personRequestId": "id"},
        ),
        "phases": ("/phases/", {"projectId": "projectId", "phaseId": "id"}),
        "project-workstreams": (
            "/project-workstreams/",
            {"projectId": "projectId", "workstreamId": "workstreamId"},
        ),
        "leave": ("/time-offs/leave/", {"timeOffId": "id"}),
        "people-tags": ("/people-tags/", {"peopleTagId": "id"}),
    }
    parts = resource.name.split("/")
    for part in reversed(parts):
        if part in parents and all(p.name in parents[part][1] for p in resource.path_parameters):
            path, names = parents[part]
            break
    else:
        path = f"/{parts[parts.index('{' + resource.path_parameters[0].name + '}') - 1]}/"
        names = {resource.path_parameters[0].name: "id"}
        if parts[0] == "reports" or path == "/projects/":
            path = (
                f"/{'people' if 'people' in parts[:3] and parts[0] == 'reports' else 'projects'}/"
            )
        if parts[0] == "people":
            path = "/people/"
    for row in get(served, path, limit=200)["values"]:
        place = {name: row[source] for name, source in names.items()}
        filled = resource.operation.path.format(**place)
        answer = requests.get(
            served + filled, params=always_asked(resource), headers=HEADERS, timeout=10
        )
        if answer.ok and (not resource.is_list or answer.json()["values"]):
            yield {name: place[name] for name in (p.name for p in resource.path_parameters)}


def always_asked(resource: Resource) -> dict[str, Any]:
    """What has to be sent with every read of a resource."""
    params = {
        k: str(v).lower() if isinstance(v, bool) else v for k, v in resource.always_sent.items()
    }
    return {**params, "startDate": "1900-01-01"} if "milestones" in resource.name else params


def _legacy(served: str) -> str:
    from runn_pandas.demo import legacy_ids

    person = get(served, "/people/", limit=1)["values"][0]["id"]
    return str(legacy_ids.legacy_id("people", person))
