"""Each of the 90 GET operations read from the served demo, against plain requests paging."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.catalog import Field, Resource, load
from runn_pandas.demo.server import Demo
from runn_pandas.frame.types import PANDAS_TEXT
from runn_pandas.reader.days import has_days, number_of_spans
from runn_pandas.reader.streams import has_two_ends
from tests.support.plain_http import always_asked, get, plain_rows

RESOURCES = list(load().resources.values())
DTYPES = {
    "integer": "Int64",
    "number": "Float64",
    "flag": "boolean",
    "text": PANDAS_TEXT,
    "date": "datetime64[us]",
    "timestamp": "datetime64[us, UTC]",
    "nested": "object",
}


@pytest.fixture
def wired(served: str) -> Account:
    """The served demo, over real HTTP."""
    return rp.connect("demo", base_url=served, max_age=0)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda r: r.name)
def test_every_row_of_every_resource(
    resource: Resource,
    wired: Account,
    served: str,
    places: dict[str, dict[str, Any]],
    demo: Demo,
) -> None:
    place = places.get(resource.name, {})
    path = resource.operation.path.format(**place)
    before = len(demo.log)
    frame = rp.read_runn(resource.name, **place)
    sent = demo.log[before:]

    if resource.is_list:
        rows = plain_rows(served, path, always_asked(resource))
        assert rows, "the demo has no rows here, so nothing is shown"
        pages = -(-len(rows) // (resource.page_limit or 1))
        # Three pages and more may be read from both ends, which costs one request, and those of
        # a list of days by spans, each with a last page that is not full.
        extra = 1 if pages > 2 and has_two_ends(resource, {}) else 0
        extra += number_of_spans(pages, None) + 2 if has_days(resource, {}) else 0
        assert pages <= len(sent) <= pages + extra
    else:
        body = get(served, path)
        rows = [body if isinstance(body, dict) else {"id": body}]
        assert len(sent) == 1
    assert len(frame) == len(rows)
    for field in resource.fields:
        assert frame[field.name].dtype == DTYPES[field.kind], field.name
        expected = [as_value(row.get(field.name), field) for row in rows]
        got = [plain(value) for value in frame[field.name].tolist()]
        assert got == expected, field.name
    for name, value in place.items():
        assert set(frame[name]) == {value}

    for request in sent:
        assert request.path == path, "the path goes out exactly as the contract spells it"
        query = parse_qs(request.query)
        for parameter in resource.operation.parameters:
            if parameter.location == "query" and parameter.required:
                assert parameter.name in query
        if resource.page_limit:
            assert query["limit"] == [str(resource.page_limit)]
    assert frame.attrs == {"runn": {"resource": resource.name, "account": wired.fingerprint}}
    json.dumps(frame.attrs)


def as_value(value: Any, field: Field) -> Any:
    """What a JSON value should be in the frame."""
    if value is None:
        return None
    if field.kind in ("date", "timestamp"):
        return pd.Timestamp(value)
    return value


def plain(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        return value
    return None if pd.isna(value) else value


def test_a_list_fans_out_and_the_parameter_is_a_column(wired: Account, demo: Demo) -> None:
    people = rp.read_runn("people")["id"]
    before = len(demo.log)
    frame = rp.read_runn("people/{personId}/skills", personId=pd.concat([people, people]))
    assert len(demo.log) - before == len(people), "one chain for each distinct value"
    everything = rp.read_runn("people/skills")
    assert list(frame.columns[:2]) == ["personId", "level"]
    keys = ["personId", "skillId"]
    both = [
        t[[*keys, "level"]].sort_values(keys, ignore_index=True).astype("Int64")
        for t in (frame, everything)
    ]
    pd.testing.assert_frame_equal(*both)


def test_an_empty_list_asks_nothing_and_is_typed(wired: Account, demo: Demo) -> None:
    before = len(demo.log)
    frame = rp.read_runn("projects/{projectId}/phases", projectId=[])
    assert len(demo.log) == before
    assert len(frame) == 0
    assert frame["projectId"].dtype == "Int64"
    assert frame["startDate"].dtype == "datetime64[us]"


def test_in_place_and_as_filter_are_the_same(wired: Account) -> None:
    project = int(rp.read_runn("phases")["projectId"].iloc[0])
    one = rp.read_runn(f"projects/{project}/phases")
    other = rp.read_runn("projects/{projectId}/phases", projectId=project)
    pd.testing.assert_frame_equal(one, other)
    assert one.attrs == other.attrs


def test_two_path_parameters_are_taken_in_pairs(wired: Account) -> None:
    budgets = rp.read_runn("budget-roles").head(3)
    frame = rp.read_runn(
        "projects/{projectId}/budget-roles/{roleId}",
        projectId=budgets["projectId"],
        roleId=budgets["roleId"],
    )
    pd.testing.assert_frame_equal(frame, budgets)


def test_old_milestones_of_a_project_are_there(wired: Account) -> None:
    milestones = rp.read_runn("milestones")
    project = int(milestones.sort_values("date")["projectId"].iloc[0])
    frame = rp.read_runn(f"projects/{project}/milestones")
    assert len(frame) == (milestones["projectId"] == project).sum()


def test_reading_everything_stays_under_100_requests(wired: Account, demo: Demo) -> None:
    names = [r.name for r in RESOURCES if not r.path_parameters]
    before = len(demo.log)
    tables = rp.read_many(*names)
    assert list(tables) == names
    assert len(demo.log) - before < 100
    for name in ("actuals", "people"):
        pd.testing.assert_frame_equal(tables[name], rp.read_runn(name))
