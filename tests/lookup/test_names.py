"""Names beside ids."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.errors import FrameError
from runn_pandas.lookup.name_columns import LISTS, label, names, whole_ids

# Ids of records that have no name.
NAMELESS = {"eventId"}
PEOPLE = pd.DataFrame({"id": [1, 2], "firstName": ["Ada", "Cher"], "lastName": ["Abebe", None]})
TABLES = {"people": PEOPLE, "roles": pd.DataFrame({"id": [7], "name": ["Dev"]})}


@pytest.fixture(scope="module")
def every_list(demo: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    from runn_pandas.account import DEMO, DEMO_URL
    from runn_pandas.demo.adapter import DemoAdapter

    folder = tmp_path_factory.mktemp("names")
    account = Account(DEMO_URL, DEMO, adapter=DemoAdapter(demo), cache_dir=folder)
    known = rp.resources()
    plain = [r for r in known["resource"] if "{" not in r]
    return rp.read_many(*plain, account=account)


@pytest.mark.slow
def test_every_id_on_every_list_of_the_demo_gets_its_name(
    every_list: dict[str, pd.DataFrame], account: Account
) -> None:
    seen = set()
    for resource, frame in every_list.items():
        named = names(frame, tables={k: v for k, v in every_list.items() if k != "people"})
        assert named.index.equals(frame.index)
        assert named.attrs == frame.attrs
        pd.testing.assert_frame_equal(named[list(frame.columns)], frame)
        for column in frame.columns:
            if not column.endswith("Id") or column in NAMELESS:
                continue
            seen.add(column)
            told = named[f"{column[:-2]}Name"]
            assert list(named.columns).index(told.name) == list(named.columns).index(column) + 1
            assert told.notna().equals(frame[column].notna()), (resource, column)
    assert seen >= {
        "personId", "projectId", "clientId", "roleId", "teamId", "workstreamId", "phaseId",
        "rateCardId", "skillId", "holidaysGroupId", "holidayId", "requesterId", "updaterId",
    }  # fmt: skip


def test_only_the_lists_that_are_needed_are_read(account: Account) -> None:
    asked = []
    send = account.session.request

    def spy(method: str, path: str, *rest: Any) -> Any:
        asked.append(path.strip("/"))
        return send(method, path, *rest)

    account.session.request = spy  # type: ignore[method-assign]
    frame = pd.DataFrame({"roleId": [1], "note": ["x"]})
    assert names(frame)["roleName"].isna().all()
    assert names(frame.drop(columns="roleId")).shape == (1, 1)
    assert set(asked) <= {"roles"}


def test_names_computed_by_hand() -> None:
    frame = pd.DataFrame({"personId": [2, 9, None, 1], "roleId": ["7", "x", None, 7.0]})
    frame.index = [3, 3, 1, 0]
    frame.attrs["runn"] = {"resource": "actuals"}
    named = names(frame, tables=TABLES)
    assert list(named.columns) == ["personId", "personName", "roleId", "roleName"]
    told = named[["personName", "roleName"]].astype(object)
    assert told.where(told.notna(), None).to_numpy().tolist() == [
        ["Cher", "Dev"], [None, None], [None, None], ["Ada Abebe", "Dev"],
    ]  # fmt: skip
    assert named.index.tolist() == [3, 3, 1, 0]
    assert named.attrs == frame.attrs
    assert list(frame.columns) == ["personId", "roleId"]


def test_the_accessor_takes_tables_too() -> None:
    frame = pd.DataFrame({"personId": [2, 9]})
    told = frame.runn.names(tables=TABLES)
    pd.testing.assert_frame_equal(told, names(frame, tables=TABLES))
    assert told["personName"].iloc[0] == "Cher"


def test_a_column_that_is_there_is_not_overwritten() -> None:
    frame = pd.DataFrame({"personId": [1], "personName": ["mine"]})
    pd.testing.assert_frame_equal(names(frame, tables=TABLES), frame)
    assert list(names(names(frame[["personId"]], tables=TABLES), tables=TABLES)) == list(frame)


def test_a_group_s_index_gets_its_names_too() -> None:
    frame = pd.DataFrame({"personId": [1, 1, 2], "roleId": 7, "m": [1, 2, 3]})
    sums = frame.groupby(["personId", "roleId"]).sum()
    named = names(sums, tables=TABLES)
    assert list(named.columns) == ["personName", "roleName", "m"]
    assert named.index.equals(sums.index)


def test_ids_by_how_they_end_and_placeholders() -> None:
    frame = pd.DataFrame({"reviewerPersonId": [1, 5], "thingId": [1, 1], 0: [1, 2]})
    more = pd.DataFrame({"id": [5], "firstName": ["Need"], "lastName": ["Dev"]})
    named = names(frame, tables={**TABLES, "placeholders": more})
    assert named["reviewerPersonName"].tolist() == ["Ada Abebe", "Need Dev"]
    assert "thingName" not in named


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_the_new_column_has_the_frame_s_backend(account: Account, backend: Any) -> None:
    frame = rp.read_runn("roles", dtype_backend=backend).rename(columns={"id": "roleId"})
    named = names(frame)
    assert named["roleName"].dtype == frame["name"].dtype
    assert named["roleName"].tolist() == frame["name"].tolist()


def test_empty_frames_keep_their_types() -> None:
    empty = names(pd.DataFrame({"personId": pd.Series(dtype="Int64")}), tables=TABLES)
    assert list(empty.columns) == ["personId", "personName"]
    full = names(pd.DataFrame({"personId": [1]}), tables=TABLES)
    assert empty["personName"].dtype == full["personName"].dtype


def test_what_is_no_list_of_names_is_refused() -> None:
    frame = pd.DataFrame({"roleId": [1]})
    with pytest.raises(FrameError, match="'id' and 'name'"):
        names(frame, tables={"roles": pd.DataFrame({"id": [1]})})
    twice = pd.concat([frame, frame], axis=1)
    with pytest.raises(FrameError, match="several columns 'roleId'"):
        names(twice, tables=TABLES)


def test_every_list_of_names_is_a_resource() -> None:
    assert set(LISTS.values()) <= set(rp.resources()["resource"])


def test_labels_and_ids() -> None:
    assert label(PEOPLE).to_dict() == {1: "Ada Abebe", 2: "Cher"}
    told = whole_ids(pd.Series(["12", 1.5, None, True, "x", 2**53], dtype=object))
    assert [None if pd.isna(v) else v for v in told][:3] == [12, None, None]
    assert told.isna().tolist()[4:] == [True, True]


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]", "object"])
def test_ids_of_more_than_53_bits_have_their_own_names(dtype: str) -> None:
    big = 2**53
    roles = pd.DataFrame({"id": [big, big + 1], "name": ["Even", "Odd"]})
    frame = pd.DataFrame({"roleId": pd.Series([big + 1, None, big], dtype=dtype)})
    found = names(frame, tables={"roles": roles})["roleName"]
    assert [None if pd.isna(name) else name for name in found] == ["Odd", None, "Even"]
