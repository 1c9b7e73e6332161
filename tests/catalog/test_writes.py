"""What can be written: every operation of the API, and where it is reached."""

from __future__ import annotations

import pytest

from runn_pandas.catalog import load
from runn_pandas.catalog.resources import placeholders
from runn_pandas.catalog.writes import Writable, alias, find_writable, writables
from runn_pandas.errors import ResourceError

EVERY = {(o.method, o.path) for o in load().operations if o.method != "GET"}


def test_every_write_operation_is_reached() -> None:
    reached: dict[tuple[str, str], list[str]] = {}
    for name, writable in writables().items():
        for how, operation in writable.operations:
            reached.setdefault((operation.method, operation.path), []).append(f"{name}: {how}")
    assert len(EVERY) == 103
    assert EVERY - set(reached) == set()
    assert set(reached) - EVERY == set()


@pytest.mark.parametrize("writable", writables().values(), ids=lambda w: w.name)
def test_every_place_of_a_path_has_a_column(writable: Writable) -> None:
    for how, operation in writable.operations:
        if how.startswith(("column", "bulk")):
            continue
        for place in placeholders(operation.path):
            assert writable.places[place] in writable.fields, (how, place)
    assert all(name in writable.fields for name in writable.key)
    own = {name for name in load().resources if alias(name) == writable.name}
    assert {writable.name, *own} <= set(writable.stale)


@pytest.mark.parametrize("name", load().resources)
def test_every_readable_name_is_pushed_to_something_or_refused(name: str) -> None:
    target = alias(name)
    if target is None:
        with pytest.raises(ResourceError, match="can be written"):
            find_writable(name)
    else:
        assert find_writable(name)[0].name == target


@pytest.mark.parametrize(
    ("name", "target", "places"),
    [
        ("/people/", "people", {}),
        ("projects/12/phases", "phases", {"projectId": "12"}),
        ("projects/{projectId}/phases", "phases", {}),
        ("people/7/contracts/current", "contracts", {"personId": "7"}),
        ("placeholders/7/skills", "placeholders/{placeholderId}/skills", {"placeholderId": "7"}),
        (
            "custom-fields/select/3/options",
            "custom-fields/select/{selectFieldId}/options",
            {"selectFieldId": "3"},
        ),
    ],
)
def test_names_in_place(name: str, target: str, places: dict[str, str]) -> None:
    writable, found, _ = find_writable(name)
    assert (writable.name, found) == (target, places)


def test_unknown_name_has_the_nearest() -> None:
    with pytest.raises(ResourceError, match="'assignments'"):
        find_writable("asignments")
    with pytest.raises(ResourceError, match="string"):
        find_writable(3)  # type: ignore[arg-type]


def test_lists_that_show_more_than_their_own_rows() -> None:
    assert {"people", "people/{personId}", "teams/{teamId}/people", "contracts"} <= set(
        writables()["people"].stale
    )
    assert "projects/{projectId}/phases" in writables()["phases"].stale
    assert "reports/totals/projects" in writables()["actuals"].stale
