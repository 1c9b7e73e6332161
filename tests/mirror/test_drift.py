"""Fields that are not those of the catalogue, and lists that move while they are read."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.errors import SchemaDriftWarning
from runn_pandas.mirror import fetch, parquet_files
from tests.support.server import Server, page

Row = dict[str, Any]
STAMP = "2026-01-01T10:00:00.000Z"


def role(id_: int, **fields: Any) -> Row:
    base = {
        "id": id_,
        "name": f"Role {id_}",
        "isArchived": False,
        "defaultHourCost": 10,
        "standardRate": 20,
        "references": [],
        "personIds": [],
        "createdAt": STAMP,
        "updatedAt": STAMP,
    }
    return base | fields


class Lists:
    """Lists served as they are given."""

    def __init__(self) -> None:
        self.pages: dict[str, list[list[Row]]] = {}

    def __call__(self, path: str, _: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        name, _, query = path.partition("?")
        pages = self.pages[name.strip("/")]
        number = int(dict(p.split("=") for p in query.split("&")).get("cursor", "0"))
        more = str(number + 1) if number + 1 < len(pages) else None
        return page(pages[number], more)


@pytest.fixture
def lists() -> Lists:
    return Lists()


@pytest.fixture
def account(lists: Lists, scripted: Callable[..., Server], tmp_path: Path) -> Account:
    return Account(scripted(lists).url, "LIVE_x", cache_dir=tmp_path / "cache", max_age=0)


def test_new_fields_and_wider_types_evolve_the_table(
    lists: Lists, account: Account, tmp_path: Path
) -> None:
    mirror = rp.mirror(tmp_path / "m", ["roles"], account)
    lists.pages["roles"] = [[role(1), role(2)]]
    mirror.sync()
    steps: list[list[Row]] = [
        [role(1), role(2, shade="blue"), role(3)],
        [role(1), role(2, shade=7, standardRate="dear"), role(3, level=1)],
        [role(1, level=2.5), role(3, updatedAt="yesterday", createdAt="2026-01-01T10:00:00.000Z")],
    ]
    for rows in steps:
        lists.pages["roles"] = [rows]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            mirror.sync()
        assert [w.category for w in caught] == [SchemaDriftWarning], [
            str(w.message) for w in caught
        ]
        assert "roles" in str(caught[0].message)
        assert caught[0].filename == __file__
        with pytest.warns(SchemaDriftWarning):
            read = rp.read_runn("roles", account=account)
        found = mirror.read("roles")
        assert set(read.columns) <= set(found.columns)
        for name in read.columns:
            pairs = zip(found[name].astype(object), read[name].astype(object), strict=True)
            assert all(
                (pd.isna(a) and pd.isna(b)) or str(a) == str(b)
                for a, b in pairs
                if not isinstance(a, list)
            ), name
    # As wide as ever, old rows have no shade.
    lists.pages["roles"] = [[role(1), role(2)]]
    mirror.sync()
    found = mirror.read("roles")
    assert found["shade"].isna().all()
    assert found["level"].isna().all()
    assert list(found.columns[-2:]) == ["shade", "level"]
    assert found["standardRate"].tolist() == [20, 20]


def test_types_that_differ_from_page_to_page(
    lists: Lists, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "BATCH", 2)
    lists.pages["roles"] = [
        [role(1, x=1), role(2, x=None)],
        [role(3, x=2.5), role(4, y="a")],
        [role(5, y=True), role(6, name="é\ud800")],
    ]
    mirror = rp.mirror(tmp_path / "m", ["roles"], account)
    with pytest.warns(SchemaDriftWarning):
        mirror.sync()
    with pytest.warns(SchemaDriftWarning):
        read = rp.read_runn("roles", account=account)
    pd.testing.assert_frame_equal(mirror.read("roles"), read)


def test_rows_that_move_are_kept_once_as_updated_last(
    lists: Lists, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "BATCH", 2)
    monkeypatch.setattr(parquet_files, "GROUP", 2)
    late = "2026-02-01T10:00:00.000Z"
    lists.pages["roles"] = [
        [role(1), role(2, name="new", updatedAt=late)],
        [role(2, name="old"), role(3)],
        [role(1, name="newer", updatedAt=late), role(4)],
    ]
    mirror = rp.mirror(tmp_path / "m", ["roles"], account)
    result = mirror.sync()
    assert result["rows"].item() == 4
    assert mirror.read("roles")["name"].tolist() == ["newer", "new", "Role 3", "Role 4"]
    assert mirror.sync()["changed"].item() == 0


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
def test_long_ids_beside_a_missing_one_do_not_run_together(
    lists: Lists, account: Account, tmp_path: Path
) -> None:
    rows = [role(2**53), role(2**53 + 1), role(1) | {"id": None}]
    lists.pages["roles"] = [rows]
    mirror = rp.mirror(tmp_path / "m", ["roles"], account)
    mirror.sync(history=True)
    assert mirror.read("roles")["id"].tolist() == [2**53, 2**53 + 1, pd.NA]
    lists.pages["roles"] = [[role(2**53, name="New"), *rows[1:]]]
    assert mirror.sync()["changed"].item() == 1
    for frame in (mirror.read("roles"), mirror.read("roles", as_of="2100-01-01")):
        assert frame["name"].tolist() == ["New", f"Role {2**53 + 1}", "Role 1"]


def test_a_person_comes_back_in_the_list_of_changes(
    lists: Lists, account: Account, tmp_path: Path
) -> None:
    """What the account still lists is there, whatever the log says of what was around it."""
    row = {
        "id": 9,
        "personId": 5,
        "startDate": "2026-01-01",
        "endDate": "2026-01-02",
        "note": None,
        "createdAt": STAMP,
        "updatedAt": STAMP,
        "minutesPerDay": None,
    }
    lists.pages["time-offs/leave"] = [[row, row | {"id": 10}]]
    mirror = rp.mirror(tmp_path / "m", ["time-offs/leave"], account)
    mirror.sync()
    event = {"eventId": "e", "type": "person_deleted", "actor": {"type": "system"}}
    event |= {
        "timestamp": STAMP,
        "person": {"id": 5, "email": None, "firstName": "A", "lastName": "B"},
    }
    lists.pages["activity-log"] = [[event]]
    lists.pages["time-offs/leave"] = [[row]]
    result = mirror.sync().set_index("resource")
    assert result.loc["time-offs/leave", ["mode", "deleted"]].tolist() == ["modifiedAfter", 1]
    assert mirror.read("time-offs/leave")["id"].tolist() == [9]


def test_a_list_that_breaks_off_leaves_the_mirror_as_it_was(
    lists: Lists, account: Account, tmp_path: Path
) -> None:
    lists.pages = {"roles": [[role(1)]], "teams": [[]]}
    mirror = rp.mirror(tmp_path / "m", ["roles", "teams"], account)
    mirror.sync()
    state = (tmp_path / "m" / "state.json").read_bytes()
    lists.pages = {"roles": [[role(1), role(2)]], "teams": [[{"id": 1}, "no row"]]}  # type: ignore[list-item]
    with pytest.raises(rp.errors.ProtocolError):
        mirror.sync()
    assert (tmp_path / "m" / "state.json").read_bytes() == state
    assert mirror.read("roles")["id"].tolist() == [1]
    assert not (tmp_path / "m" / ".new").exists()
    assert json.dumps(mirror.read("roles")["references"].tolist()) == "[[]]"
