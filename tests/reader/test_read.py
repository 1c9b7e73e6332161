"""What a user asks of read_runn, and what is refused before anything is sent."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.catalog import load
from runn_pandas.demo.server import Demo
from tests.support.server import Server, page

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
    ("people", {"nrows": 5}, errors.FilterError, r"\.head\(\)"),
    ("people", {"usecols": ["id"]}, errors.FilterError, "columns="),
    ("actuals", {"freq": "ME"}, errors.FilterError, "rp.hours, rp.report"),
    ("actuals", {"min_date": "2026-01-01"}, errors.FilterError, "minDate and maxDate"),
    ("people", {"team_id": 5}, errors.FilterError, r"It is a column: .* df\[df\['teamId'\] == "),
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
    # A list without filters is asked for from its end too, and which one is first is chance.
    sent = [set(one.query.split("&")) - {"limit=500"} for one in demo.log[before : before + 2]]
    assert {query} - {""} in [{p for p in one if not p.startswith("cursor=")} for one in sent]


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
    assert nobody.dtypes.equals(some.dtypes)
    assert nobody.empty


EXPANDED: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    # What is read, its nested fields; and which read has all rows, which has only some or none.
    ("people", "tags", {}, {"modifiedAfter": "2099-01-01"}),
    ("placeholders", "tags", {}, {"modifiedAfter": "2099-01-01"}),
    ("projects", "tags customFields", {}, {"modifiedAfter": "2099-01-01"}),
    ("people/custom-fields", "customFields", {}, {"modifiedAfter": "2099-01-01"}),
    ("projects/custom-fields", "customFields", {}, {"modifiedAfter": "2099-01-01"}),
    ("people/{personId}", "tags customFields", {"personId": "all"}, {"personId": []}),
    ("projects/{projectId}", "tags customFields", {"projectId": "all"}, {"projectId": []}),
    ("projects/{projectId}/people", "tags", {"projectId": "all"}, {"projectId": []}),
    ("clients/{clientId}/projects", "tags customFields", {"clientId": "all"}, {"clientId": []}),
]


@pytest.mark.parametrize(("name", "nested", "whole", "part"), EXPANDED, ids=lambda x: str(x)[:30])
@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_expanded_columns_are_those_of_the_account_whatever_rows_are_read(
    name: str,
    nested: str,
    whole: dict[str, Any],
    part: dict[str, Any],
    backend: Any,
    account: Account,
) -> None:
    whole = {parameter: rp.read_runn(f"{name.split('/')[0]}")["id"].tolist() for parameter in whole}
    options: dict[str, Any] = {"expand": nested.split(), "dtype_backend": backend}
    all_rows = rp.read_runn(name, **options, **whole)
    none = rp.read_runn(name, **options, **part)
    assert none.empty
    assert len(all_rows)
    made = [c for c in all_rows if str(c).split(".")[0] in nested.split()]
    assert len(made) > 3
    assert none.dtypes[made].equals(all_rows.dtypes[made])
    assert list(none.columns) == list(all_rows.columns)
    tags = [c for c in made if c.startswith("tags.")]
    assert not all_rows[tags].isna().any(axis=None)


def test_names_of_references_have_columns_where_they_are_named(account: Account) -> None:
    names: dict[str, Any] = {"references": ["Harvest", "Nobody's"], "tags": None}
    for filters in ({}, {"modifiedAfter": "2099-01-01"}):
        frame = rp.read_runn("people", expand=names, **filters)
        found = [c for c in frame if c.startswith("references.")]
        assert {"references.Harvest", "references.Nobody's"} <= set(found)
        assert frame["references.Nobody's"].isna().all()
        assert frame["references.Nobody's"].dtype == frame["firstName"].dtype
        assert any(c.startswith("tags.") for c in frame)
    tables = rp.read_many("people", "clients", expand=names)
    assert all("references.Nobody's" in table for table in tables.values())
    one = rp.read_runn("people", expand={"references": "Toggl"}, modifiedAfter="2099-01-01")
    assert [c for c in one if "." in c] == ["references.Toggl"]


@pytest.mark.parametrize(
    ("expand", "told"),
    [
        ({"tags": ["remote"]}, "the columns of tags are those that the account has"),
        ({"references": [1]}, "names of columns"),
        ({1: None}, "names of columns"),
        ({"nothing": None}, "no nested field 'nothing'"),
        ([{"references": ["a"]}], "names of columns"),
    ],
)
def test_expand_says_what_it_does_not_take(expand: Any, told: str, account: Account) -> None:
    with pytest.raises(errors.FrameError, match=told):
        rp.read_runn("people", expand=expand)


@pytest.mark.parametrize(
    ("name", "nested", "asked"),
    [
        ("people", "references", 0),
        ("people", "managers", 0),
        ("people", "tags", 1),
        ("projects", "tags", 1),
        ("projects", "customFields", 4),  # one for each of their types
    ],
)
def test_what_the_columns_of_the_account_cost(
    name: str, nested: str, asked: int, account: Account, demo: Demo
) -> None:
    account.max_age = 900.0
    before = len(demo.log)
    rp.read_runn(name, expand=nested)
    assert len(demo.log) == before + 1 + asked
    rp.read_runn(name, expand=nested)
    assert len(demo.log) == before + 1 + asked, "kept as any list is"


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
@pytest.mark.parametrize("refused", ["people-tags", None])
def test_without_the_list_of_tags_the_columns_are_those_of_the_rows(
    refused: str | None, account: Account, scripted: Callable[..., Server]
) -> None:
    rows = [{"id": n, "tags": [{"id": 1, "name": "a"}] * n} for n in range(2)]

    def answer(path: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        if "people-tags" in path:
            return 403, {}, b"{}"
        return page(rows)

    account = rp.connect("demo", base_url=scripted(answer).url)
    if refused is None:
        rp.read_runn("people")
        account = account.offline()
    frame = rp.read_runn("people", expand="tags", account=account)
    assert frame["tags.a"].tolist() == [False, True]


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


@pytest.mark.parametrize("wanted", [None, True])
def test_a_service_has_no_stream_to_show_progress_on(
    monkeypatch: pytest.MonkeyPatch, wanted: bool | None
) -> None:
    rp.connect("demo")
    monkeypatch.setattr("sys.stderr", None)
    assert len(rp.read_runn("teams", progress=wanted))
    done = pd.DataFrame({"name": ["Night"]}).runn.push("teams", progress=wanted)
    assert done["status"].tolist() == ["created"]


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


SORTED = [
    (name, by, order)
    for name, resource in load().resources.items()
    for filter_ in resource.filters
    if filter_.name == "sortBy"
    for by in filter_.enum or ()
    for order in ("asc", "desc")
]


@pytest.mark.parametrize(("name", "by", "order"), SORTED)
@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_a_list_comes_in_the_order_asked_for(
    name: str, by: str, order: str, backend: Any, account: Account
) -> None:
    query = {"sortBy": by, "order": order, "limit": load().resources[name].page_limit}
    ids, cursor = [], None
    while True:
        page = account.request("GET", name, query | ({"cursor": cursor} if cursor else {}))
        ids += [row["id"] for row in page["values"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    frame = rp.read_runn(name, columns=["id"], sortBy=by, order=order, dtype_backend=backend)
    assert frame["id"].tolist() == ids
    assert list(frame.index) == list(range(len(ids)))


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
def test_a_list_is_sorted_by_moments_that_drifted(scripted: Callable[..., Server]) -> None:
    stamps = [None, "2026-03-01T00:00:00Z", 7, "2026-03-01T00:00:00+02:00", "2026-04-01T00:00:00Z"]
    rows = [
        {"id": n, "name": "A", "createdAt": stamps[1], "updatedAt": stamp}
        for n, stamp in enumerate(stamps)
    ]
    rp.connect("demo", base_url=scripted(lambda path, headers: page(rows)).url)
    frame = rp.read_runn("teams", sortBy="updatedAt", order="desc")
    assert frame["id"].tolist() == [4, 1, 3, 2, 0]
