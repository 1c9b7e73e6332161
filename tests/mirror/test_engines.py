"""The engines over a mirror: SQL, Dask, and those that read the folder."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds
import pytest

import runn_pandas as rp
from runn_pandas.errors import FilterError, FrameError
from runn_pandas.mirror import Mirror
from tests.support.desk import Desk, desk_of, new_demo
from tests.support.mirrors import full_read

SPAN = ("2026-03-10", "2026-08-20")


@pytest.fixture(scope="module")
def desk_and_mirror(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Mirror]:
    desk = desk_of(new_demo(), tmp_path_factory.mktemp("engines") / "cache")
    # A quote in the path must not end a name in SQL.
    mirror = desk.mirror(name="it's a mirror")
    mirror.sync()
    return desk, mirror


@pytest.fixture
def mirror(desk_and_mirror: tuple[Desk, Mirror]) -> Mirror:
    return desk_and_mirror[1]


def lazy_tables(mirror: Mirror) -> dict[str, Any]:
    large = ("actuals", "assignments", "contracts", "time-offs/leave")
    tables: dict[str, Any] = dict(mirror.tables())
    return tables | {name: mirror.dask(name) for name in large}


# -- SQL


def test_sql_knows_the_tables_by_name(mirror: Mirror) -> None:
    found = mirror.sql(
        "select l.personId, count(*) as rows, min(l.startDate) as first"
        ' from "time-offs/leave" l join time_offs_leave m using (id)'
        " where l.startDate >= ? group by 1 order by 1",
        ["2026-01-01"],
    )
    leave = mirror.read("time-offs/leave", filters=[("startDate", ">=", "2026-01-01")])
    groups = leave.groupby("personId")["startDate"].agg(["size", "min"]).reset_index()
    assert found["personId"].tolist() == groups["personId"].tolist()
    assert found["rows"].tolist() == groups["size"].tolist()
    assert found["first"].tolist() == groups["min"].tolist()
    assert [str(t) for t in found.dtypes] == ["Int64", "Int64", "datetime64[us]"]


def test_sql_gives_the_types_of_a_read(mirror: Mirror) -> None:
    for name in ("actuals", "contracts", "roles"):
        found = mirror.sql(f'select * from "{name}" order by id')
        read = mirror.read(name)
        pd.testing.assert_frame_equal(found, read, check_column_type=False)


def test_sql_tells_time_alike_everywhere(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    found = mirror.sql("select hour(updatedAt) as hour from roles order by id")
    assert found["hour"].tolist() == mirror.read("roles")["updatedAt"].dt.hour.tolist()


def test_a_table_without_files_is_an_empty_one_for_every_engine(tmp_path: Path) -> None:
    """A table in parts whose rows are all gone has no file that could say what its columns are."""
    demo = new_demo(8)
    desk = desk_of(demo, tmp_path)
    mirror = desk.mirror("time-offs/leave", "actuals", "roles")
    mirror.sync(history=True)
    then = pd.Timestamp(mirror._clock(), unit="s", tz="UTC")
    was = mirror.read("time-offs/leave")
    demo.company.tables |= {"time-offs/leave": {}, "actuals": {}}
    demo.company.forget()
    mirror.sync(full=True)
    for resource in ("time-offs/leave", "actuals"):
        name = resource.replace("/", "_").replace("-", "_")
        assert mirror.files(resource) == []
        read = mirror.read(resource)
        assert len(read) == 0
        assert read.dtypes.equals(full_read(desk.account, resource).dtypes)
        for label in (f'"{resource}"', name, f'"{name}"'):
            found = mirror.sql(f"select * from {label}")
            pd.testing.assert_frame_equal(found, read, check_column_type=False)
        assert mirror.sql(f"select count(*) as n from {name}")["n"].tolist() == [0]
        lazy = mirror.dask(resource)
        pd.testing.assert_series_equal(lazy.dtypes, read.dtypes)
        assert lazy.npartitions == 1
        computed = lazy.compute(scheduler="synchronous")
        pd.testing.assert_frame_equal(computed.reset_index(drop=True), read)
        assert mirror.read(resource, filters=[("id", ">", 0)]).empty
    # The tables beside it are what they were, in one query with it as well.
    found = mirror.sql("select r.id from roles r left join time_offs_leave l using (id) order by 1")
    assert found["id"].tolist() == mirror.read("roles")["id"].tolist()
    assert mirror.tables("actuals")["actuals"].empty
    assert mirror.read("time-offs/leave", as_of=then).equals(was)


def test_sql_takes_a_table_whose_list_never_had_a_row(tmp_path: Path) -> None:
    demo = new_demo(2)
    demo.company.tables |= {"time-offs/leave": {}, "teams": {}}
    demo.company.forget()
    mirror = desk_of(demo, tmp_path).mirror("time-offs/leave", "teams")
    mirror.sync()
    assert len(mirror.files("teams")) == 1
    assert mirror.files("time-offs/leave") == []
    for name in ("teams", "time-offs/leave"):
        found = mirror.sql(f'select * from "{name}"')
        pd.testing.assert_frame_equal(found, mirror.read(name), check_column_type=False)


@pytest.mark.parametrize(
    ("query", "dtype"),
    [
        ("select sum(billableMinutes) as x from actuals", "Int64"),
        ("select 1::utinyint as x", "Int64"),
        ("select 1.5::float as x", "Float64"),
        ("select 1.5::decimal(9, 2) as x", "object"),
        ("select date '2026-01-02' as x", "datetime64[us]"),
        ("select timestamp '2026-01-02 03:04:05' as x", "datetime64[us]"),
        ("select max(updatedAt) as x from actuals", "datetime64[us, UTC]"),
        ("select true as x", "boolean"),
        ("select [1, 2] as x", "object"),
        ("select 1e38::hugeint as x", "object"),
    ],
)
def test_types_of_what_sql_computes(mirror: Mirror, query: str, dtype: str) -> None:
    assert str(mirror.sql(query)["x"].dtype) == dtype


def test_sql_that_duckdb_does_not_take(mirror: Mirror) -> None:
    with pytest.raises(FilterError, match="nowhere"):
        mirror.sql("select * from nowhere")


@pytest.mark.parametrize(
    ("module", "call"),
    [("duckdb", lambda m: m.sql("select 1")), ("dask", lambda m: m.dask("roles"))],
)
def test_without_the_engine_the_error_says_how_to_install_it(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, module: str, call: Any
) -> None:
    for name in [module, *(n for n in sys.modules if n.partition(".")[0] == module)]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf'pip install "{module}'):
        call(mirror)


# -- Dask


def test_dask_gives_the_rows_of_a_read(mirror: Mirror) -> None:
    for name in ("actuals", "contracts", "people", "custom-fields/text"):
        lazy = mirror.dask(name)
        read = mirror.read(name)
        pd.testing.assert_series_equal(lazy.dtypes, read.dtypes)
        computed = lazy.compute(scheduler="synchronous")
        computed = computed.sort_values("id", ignore_index=True)
        pd.testing.assert_frame_equal(computed, read)
    some = mirror.dask("actuals", columns=["date", "personId"])
    assert list(some.columns) == ["date", "personId"]


@pytest.mark.parametrize("kind", ["effective", "scheduled", "actual"])
def test_hours_on_dask_are_those_of_one_machine(mirror: Mirror, kind: str) -> None:
    whole = rp.hours(*SPAN, kind=kind, tables=mirror.tables())
    lazy = rp.hours(*SPAN, kind=kind, tables=lazy_tables(mirror))
    assert lazy.npartitions == 6
    found = lazy.compute(scheduler="synchronous").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, whole)


def test_hours_on_dask_know_placeholders_of_other_months(mirror: Mirror) -> None:
    tables, lazy = mirror.tables(), lazy_tables(mirror)
    for one in (tables, lazy):
        del one["placeholders"]
    options = {"include_placeholders": False, "include_tentative": False}
    whole = rp.hours(*SPAN, tables=tables, **options)
    found = rp.hours(*SPAN, tables=lazy, **options).compute(scheduler="synchronous")
    pd.testing.assert_frame_equal(found.reset_index(drop=True), whole)


def test_hours_on_dask_take_the_latest_copy_of_a_row_of_a_small_table(mirror: Mirror) -> None:
    plan = mirror.read("assignments")
    inside = plan["startDate"].between("2026-04-01", "2026-04-10")
    moved = plan[inside & plan["isActive"] & ~plan["isTemplate"]].head(3)
    later = {name: moved[name] + pd.Timedelta(days=60) for name in ("startDate", "endDate")}
    moved = moved.assign(**later, updatedAt=moved["updatedAt"] + pd.Timedelta(days=900))
    both = {"assignments": pd.concat([plan, moved], ignore_index=True)}
    options = {"kind": "scheduled"}
    whole = rp.hours(*SPAN, tables=mirror.tables() | both, **options)
    lazy = rp.hours(*SPAN, tables=lazy_tables(mirror) | both, **options)
    found = lazy.compute(scheduler="synchronous").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, whole)
    assert len(moved) == 3


def test_other_analyses_say_that_they_do_not_take_dask(mirror: Mirror) -> None:
    with pytest.raises(FrameError, match="compute"):
        rp.capacity(*SPAN, tables=lazy_tables(mirror))


@pytest.mark.slow
def test_hours_on_two_workers(mirror: Mirror) -> None:
    distributed = pytest.importorskip("distributed", reason="needs .[dask]")
    whole = rp.hours(*SPAN, tables=mirror.tables())
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        warnings.simplefilter("ignore")
        assert len(client.scheduler_info()["workers"]) == 2
        found = rp.hours(*SPAN, tables=lazy_tables(mirror)).compute()
    pd.testing.assert_frame_equal(found.reset_index(drop=True), whole)


# -- the folder itself


def test_the_folder_is_a_data_set_as_it_is(mirror: Mirror) -> None:
    source = ds.dataset(mirror.path / "actuals", format="parquet", partitioning="hive")
    assert source.count_rows() == len(mirror.read("actuals"))
    years = source.to_table(columns=["year", "date"]).to_pandas()
    assert (years["year"] == years["date"].dt.year).all()


@pytest.mark.slow
def test_polars_reads_the_files(mirror: Mirror) -> None:
    polars = pytest.importorskip("polars", reason="Polars comes with the dev extra only")
    frame = polars.read_parquet(mirror.files("actuals"), hive_partitioning=False)
    assert frame.height == len(mirror.read("actuals"))
    assert frame.schema["personId"] == polars.Int64
    lazy = polars.scan_parquet(f"{mirror.path}/time_offs_leave/**/*.parquet")
    assert lazy.collect().height == len(mirror.read("time-offs/leave"))


@pytest.mark.parametrize("name", ["x*y", "x?y", "[xy]", "x[*]y", "**", "{x,y}", "x]y["])
def test_sql_reads_one_folder_whatever_it_is_called(
    name: str, tmp_path: Path, desk_and_mirror: tuple[Desk, Mirror]
) -> None:
    desk, _ = desk_and_mirror
    for other in ("xzy", "x", "y", "xzzy", name):
        mirror = rp.mirror(tmp_path / other / "below", ["roles"], account=desk.account)
        mirror.sync()
    (rows,) = mirror.sql("select count(*) as rows from roles")["rows"]
    assert rows == len(mirror.read("roles"))
