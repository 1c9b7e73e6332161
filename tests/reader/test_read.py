"""What a user asks of read_runn, and what is refused before anything is sent."""

from __future__ import annotations

import datetime as dt
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.demo.server import Demo

REFUSED: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("peple", {}, errors.ResourceError, "'people'"),
    ("timeoffs/leave", {}, errors.ResourceError, "'time-offs/leave'"),
    ("leave", {}, errors.ResourceError, "'time-offs/leave'"),
    ("", {}, errors.ResourceError, "rp.resources"),
    ("people", {"person_id": 1}, errors.FilterError, "Its filters are .*externalId"),
    ("people", {"firstname": "A"}, errors.FilterError, "'firstName'"),
    ("actuals", {"startDate": "2026-01-01"}, errors.FilterError, "minDate and maxDate"),
    ("actuals", {"end_date": "2026-01-01"}, errors.FilterError, "minDate and maxDate"),
    ("assignments", {"minDate": "2026-01-01"}, errors.FilterError, "startDate and endDate"),
    ("contracts", {"startDate": "2026-01-01"}, errors.FilterError, "cannot be filtered by date"),
    ("people", {"limit": 5}, errors.FilterError, "chunksize"),
    ("people", {"sortBy": "name"}, errors.FilterError, "'createdAt', 'updatedAt', 'id'"),
    ("activity-log", {"eventType": ["person_delete"]}, errors.FilterError, "'person_deleted'"),
    ("actuals", {"personId": "Ada"}, errors.FilterError, "whole number"),
    ("actuals", {"personId": 1.5}, errors.FilterError, "whole number"),
    ("actuals", {"personId": True}, errors.FilterError, "whole number"),
    ("actuals", {"personId": pd.NA}, errors.FilterError, "missing"),
    ("actuals", {"personId": [1, 2]}, errors.FilterError, "isin"),
    ("actuals", {"minDate": "soon"}, errors.FilterError, "a date"),
    ("actuals", {"minDate": 20260101}, errors.FilterError, "a date"),
    ("actuals", {"minDate": ""}, errors.FilterError, "a date"),
    ("actuals", {"minDate": "June"}, errors.FilterError, "a date"),
    ("actuals", {"minDate": "12:30"}, errors.FilterError, "a date"),
    ("actuals", {"minDate": "01/06/2026"}, errors.FilterError, "a date"),
    ("actuals", {"minDate": "2026-06-31"}, errors.FilterError, "a date"),
    (
        "actuals",
        {"minDate": "2026-06-30", "maxDate": "2026-06-01"},
        errors.FilterError,
        "minDate 2026-06-30 of 'actuals' is after",
    ),
    ("people", {"firstName": " "}, errors.FilterError, "a text"),
    ("people", {"firstName": "\ud800"}, errors.FilterError, "a text"),
    ("people", {"modifiedAfter": ["2026-01-01"]}, errors.FilterError, "not a list.$"),
    ("projects/1_2/phases", {}, errors.FilterError, "whole number"),
    ("projects/{projectId}/phases", {"projectId": [[1]]}, errors.FilterError, "one list or Series"),
    (
        "projects/{projectId}/phases",
        {"projectId": pd.DataFrame({"id": [1]})},
        errors.FilterError,
        "one list or Series",
    ),
    ("people", {"includePlaceholders": "maybe"}, errors.FilterError, "True or False"),
    ("people", {"includePlaceholders": 1}, errors.FilterError, "True or False"),
    ("projects/{projectId}/phases", {}, errors.FilterError, "needs projectId"),
    ("projects/{projectId}/phases", {"projectId": [1, None]}, errors.FilterError, "dropna"),
    ("projects/x/phases", {}, errors.FilterError, "whole number"),
    ("projects/1/phases", {"projectId": 2}, errors.FilterError, "twice"),
    (
        "legacy-id/{model}/{legacyId}",
        {"model": "people", "legacyId": ""},
        errors.FilterError,
        "a text",
    ),
    ("legacy-id/people/..", {}, errors.FilterError, "takes a value"),
    (
        "projects/{projectId}/phases/{phaseId}",
        {"projectId": [1, 2], "phaseId": [3]},
        errors.FilterError,
        "projectId has 2, phaseId has 1",
    ),
    ("people", {"columns": ["fristName"]}, errors.FrameError, "'firstName'"),
    ("people", {"columns": [1]}, errors.FrameError, "names of columns"),
    ("people", {"columns": 5}, errors.FrameError, "names of columns"),
    ("people", {"columns": ["zzz"]}, errors.FrameError, "Its columns are"),
    ("people", {"expand": True}, errors.FrameError, "names of columns"),
    ("people", {"expand": "tagz"}, errors.FrameError, "It can expand .*tags"),
    ("people", {"expand": "skills"}, errors.FrameError, "'people/skills'"),
    ("people", {"expand": "id"}, errors.FrameError, "no nested field 'id'"),
    ("actuals", {"expand": "tags"}, errors.FrameError, "has none"),
    ("people", {"expand": "tags", "chunksize": 5}, errors.FilterError, "depend on all rows"),
    ("people", {"account": "demo"}, errors.ConfigError, r"rp\.connect"),
    ("people", {"index_col": "ID"}, errors.FrameError, "'id'"),
    ("people", {"chunksize": 0}, errors.FilterError, "chunksize"),
    ("people", {"dtype_backend": "numpy"}, errors.FilterError, "'pyarrow'"),
    ("people", {"max_age": "yesterday"}, errors.ConfigError, "max_age"),
]


@pytest.mark.parametrize(("resource", "options", "kind", "match"), REFUSED)
def test_refused_before_anything_is_sent(
    resource: str,
    options: dict[str, Any],
    kind: type[Exception],
    match: str,
    account: Account,
    demo: Demo,
) -> None:
    before = len(demo.log)
    with pytest.raises(kind, match=match) as caught:
        rp.read_runn(resource, **options)
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value)) < 600
    assert len(demo.log) == before


def test_one_place_goes_with_each_of_a_list(account: Account) -> None:
    phases = rp.read_runn("phases")
    project = phases["projectId"].value_counts().index[0]
    ids = phases.loc[phases["projectId"] == project, "id"].tolist()
    assert len(ids) > 1
    name = "projects/{projectId}/phases/{phaseId}"
    assert rp.read_runn(name, projectId=int(project), phaseId=ids)["id"].tolist() == ids


SENT: list[tuple[dict[str, Any], str]] = [
    ({"minDate": "2026-01-05"}, "minDate=2026-01-05"),
    ({"minDate": dt.date(2026, 1, 5)}, "minDate=2026-01-05"),
    ({"minDate": dt.datetime(2026, 1, 5, 23, 59)}, "minDate=2026-01-05"),
    ({"minDate": np.datetime64("2026-01-05")}, "minDate=2026-01-05"),
    ({"minDate": pd.Period("2026-01-05", "D")}, "minDate=2026-01-05"),
    # A span begins on its first day and ends on its last.
    ({"minDate": "2026-01"}, "minDate=2026-01-01"),
    ({"maxDate": "2026-02"}, "maxDate=2026-02-28"),
    ({"maxDate": pd.Period("2026Q1")}, "maxDate=2026-03-31"),
    ({"maxDate": "2026"}, "maxDate=2026-12-31"),
    ({"maxDate": "20260105"}, "maxDate=2026-01-05"),
    ({"maxDate": "2026/1/5"}, "maxDate=2026-01-05"),
    ({"maxDate": "2026-01-05T23:30:00-11:00"}, "maxDate=2026-01-05"),
    # The day as written: never shifted to another zone's.
    ({"minDate": pd.Timestamp("2026-01-05 00:30", tz="Pacific/Auckland")}, "minDate=2026-01-05"),
    ({"personId": np.int64(7)}, "personId=7"),
    ({"personId": 7.0}, "personId=7"),
    ({"personId": "7"}, "personId=7"),
    ({"modifiedAfter": "2026-01-05"}, "modifiedAfter=2026-01-05"),
    (
        {"modifiedAfter": pd.Timestamp("2026-01-05 10:00:00.9", tz="Europe/Berlin")},
        "modifiedAfter=2026-01-05T09%3A00%3A00Z",
    ),
    ({"minDate": None}, ""),
]


@pytest.mark.parametrize(("filters", "query"), SENT)
def test_filters_go_out_as_the_api_spells_them(
    filters: dict[str, Any], query: str, account: Account, demo: Demo
) -> None:
    before = len(demo.log)
    rp.read_runn("actuals", **filters)
    sent = set(demo.log[before].query.split("&")) - {"limit=500"}
    assert {part for part in sent if not part.startswith("cursor=")} == {query} - {""}


def test_flags_and_arrays_go_out_as_json_would_have_them(account: Account, demo: Demo) -> None:
    rp.read_runn("people", includePlaceholders=np.bool_(True))
    assert "includePlaceholders=true" in demo.log[-1].query
    rp.read_runn("activity-log", eventType=["actual_deleted", "person_deleted"])
    assert "eventType=actual_deleted&eventType=person_deleted" in demo.log[-1].query


def test_an_actual_of_zero_is_an_actual_and_missing_is_not_zero(account: Account) -> None:
    actuals = rp.read_runn("actuals")
    both = actuals["billableMinutes"] + actuals["nonbillableMinutes"]
    assert (both == 0).any()
    assert actuals["phaseId"].isna().any()
    assert not (actuals["phaseId"] == 0).fillna(False).any()


def test_columns_in_the_order_asked(account: Account) -> None:
    frame = rp.read_runn("people", columns=["lastName", "id"])
    assert list(frame.columns) == ["lastName", "id"]
    assert frame.runn.resource == "people"


def test_index_col(account: Account) -> None:
    frame = rp.read_runn("people", index_col="id", columns=["email"])
    assert frame.index.name == "id"
    assert frame.index.dtype == "Int64"
    assert list(frame.columns) == ["email"]
    two = rp.read_runn("people/skills", index_col=["personId", "skillId"])
    assert two.index.names == ["personId", "skillId"]


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_dtype_backend(backend: Any, account: Account) -> None:
    frame = rp.read_runn("actuals", dtype_backend=backend)
    default = rp.read_runn("actuals")
    if backend == "pyarrow":
        assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)
    else:
        assert frame["billableNote"].dtype == "string"
        assert frame["billableNote"].dtype.na_value is pd.NA
    assert frame["id"].tolist() == default["id"].tolist()
    assert frame["date"].astype("datetime64[us]").equals(default["date"])


@pytest.mark.parametrize("size", [1, 7, 500, 499, 100_000])
def test_chunks_are_the_whole_in_parts(size: int, account: Account) -> None:
    whole = rp.read_runn("contracts")
    chunks = list(rp.read_runn("contracts", chunksize=size))
    assert [len(c) for c in chunks[:-1]] == [size] * (len(chunks) - 1)
    assert all(len(c) for c in chunks)
    assert all(c.index.equals(pd.RangeIndex(len(c))) for c in chunks)
    pd.testing.assert_frame_equal(pd.concat(chunks, ignore_index=True), whole)
    assert {c.runn.resource for c in chunks} == {"contracts"}


def test_chunks_read_pages_as_they_are_needed(account: Account, demo: Demo) -> None:
    before = len(demo.log)
    chunks = rp.read_runn("actuals", chunksize=100)
    next(chunks)
    assert len(demo.log) - before == 1


def test_chunks_of_nothing_are_one_empty_typed_frame(account: Account) -> None:
    chunks = list(rp.read_runn("actuals", chunksize=10, minDate="1999-01-01", maxDate="1999-01-02"))
    assert len(chunks) == 1
    assert len(chunks[0]) == 0
    assert chunks[0]["id"].dtype == "Int64"


def test_attrs_survive_concat_of_two_reads(account: Account) -> None:
    one = rp.read_runn("actuals", maxDate="2025-12-31")
    two = rp.read_runn("actuals", minDate="2026-01-01")
    assert one.attrs == two.attrs
    assert pd.concat([one, two]).runn.resource == "actuals"


def test_read_many_refuses_a_wrong_name_before_anything_is_sent(
    account: Account, demo: Demo
) -> None:
    before = len(demo.log)
    with pytest.raises(errors.ResourceError):
        rp.read_many("people", "peple")
    with pytest.raises(errors.FilterError, match="'roles'"):
        rp.read_many("people", "roles", email="a")
    assert len(demo.log) == before


def test_read_many_is_the_same_as_one_by_one(account: Account) -> None:
    tables = rp.read_many("people", "projects", "projects/custom-fields", expand="tags")
    pd.testing.assert_frame_equal(tables["people"], rp.read_runn("people", expand="tags"))
    assert any(str(c).startswith("tags.") for c in tables["projects"].columns)
    assert "customFields" in tables["projects/custom-fields"].columns


def test_read_many_takes_a_list_and_refuses_an_unknown_nested_field(account: Account) -> None:
    assert list(rp.read_many(["roles", "teams", "roles"])) == ["roles", "teams"]
    with pytest.raises(errors.FrameError, match="None of roles, teams"):
        rp.read_many("roles", "teams", expand="tags")


def test_columns_with_expand_are_there_on_quiet_days_too(account: Account) -> None:
    wanted = ["id", "references.Harvest", "tags"]
    some = rp.read_runn("people", columns=wanted, expand=["references", "tags"])
    assert list(some.columns[:2]) == ["id", "references.Harvest"]
    assert all(c.startswith("tags.") for c in some.columns[2:])
    nobody = rp.read_runn(
        "people", columns=wanted, expand=["references", "tags"], modifiedAfter="2099-01-01"
    )
    assert list(nobody.columns) == ["id", "references.Harvest"]
    assert nobody.empty


def test_index_col_false_is_pandas_for_none(account: Account) -> None:
    assert rp.read_runn("teams", index_col=False).index.equals(pd.RangeIndex(5))


def test_pandas_has_the_reader(account: Account) -> None:
    assert pd.read_runn is rp.read_runn


def test_a_wrong_token_says_what_to_do(served: str) -> None:
    rp.connect("not-a-token", base_url=served)
    with pytest.raises(errors.AuthError, match="RUNN_API_TOKEN") as caught:
        rp.read_runn("people")
    assert "not-a-token" not in str(caught.value)
    assert isinstance(caught.value, PermissionError)
    assert caught.value.status == 401


def test_a_wrong_address_says_what_to_do(scripted: Any) -> None:
    server = scripted(lambda path, headers: (404, {}, b'{"message": "Not Found"}'))
    rp.connect("demo", base_url=server.url)
    with pytest.raises(errors.NotFoundError, match="region"):
        rp.read_runn("people")


def test_a_missing_record_is_named(account: Account) -> None:
    with pytest.raises(errors.NotFoundError, match=r"/people/424242.*no such record"):
        rp.read_runn("people/424242")


def test_one_missing_record_of_a_fan_out_fails_the_read(account: Account) -> None:
    people = rp.read_runn("people")["id"].head(3).tolist()
    with pytest.raises(errors.NotFoundError, match="424242"):
        rp.read_runn("people/{personId}", personId=[*people, 424242])


def test_progress_is_silent_when_nobody_watches(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rp.read_runn("actuals")
    assert capsys.readouterr() == ("", "")


def test_progress_when_asked_for_shows_nothing_of_a_short_read(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    rp.read_runn("teams", progress=True)
    assert "teams" not in capsys.readouterr().err


def test_a_long_value_that_is_refused_is_shown_in_part(account: Account) -> None:
    for length, shown in ((58, f"'{'x' * 58}'"), (59, f"'{'x' * 56}...")):
        with pytest.raises(errors.FilterError) as caught:
            rp.read_runn("people", sortBy="x" * length)
        assert f"not {shown}." in str(caught.value)
