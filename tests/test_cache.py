"""The cache as a user meets it: reads cost nothing twice, offline is whole or an error."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.demo.server import Demo
from tests.support.desk import new_demo
from tests.support.desk import served as served_anew
from tests.support.server import Server, page


@pytest.fixture
def cached(served: str) -> Account:
    return rp.connect("demo", base_url=served)


def test_the_second_read_asks_nothing_and_is_identical(cached: Account, demo: Demo) -> None:
    first = rp.read_runn("actuals")
    before = len(demo.log)
    again = rp.read_runn("actuals")
    assert len(demo.log) == before
    pd.testing.assert_frame_equal(first, again)
    assert first.attrs == again.attrs
    fresh = rp.read_runn("actuals", max_age=0)
    pages = -(-len(first) // 500)
    assert len(demo.log) - before >= pages, "max_age=0 asks for all pages again"
    pd.testing.assert_frame_equal(first, fresh)


def test_another_session_meets_the_same_cache(cached: Account, served: str, demo: Demo) -> None:
    rp.read_runn("people")
    rp.connect("demo", base_url=served)
    before = len(demo.log)
    rp.read_runn("people")
    rp.read_runn("people", chunksize=7)
    assert len(demo.log) == before


WRITES: dict[str, Any] = {
    "POST": ("teams", {"name": "New"}),
    "PATCH": ("teams/{id}", {"name": "New"}),
    "DELETE": ("/teams/{id}/", None),
}


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("answered", [True, False])
def test_what_is_written_the_raw_way_is_read_anew(
    method: str, answered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served_anew(new_demo()) as url:
        account, other = (rp.connect("demo", base_url=url) for _ in range(2))
        before = {one: rp.read_runn("teams", account=one) for one in (account, other)}[other]
        roles = rp.read_runn("roles")
        path, body = WRITES[method]
        real = other.session.request
        if not answered:

            def lost(*args: Any, **options: Any) -> Any:
                real(*args, **options)
                raise errors.TransportError("No answer.", sent=True)

            monkeypatch.setattr(other.session, "request", lost)
        with nullcontext() if answered else pytest.raises(errors.TransportError):
            other.request(method, path.format(id=before["id"].iloc[-1]), json=body)
        monkeypatch.undo()
        for one in (account, other):
            assert not rp.read_runn("teams", account=one).equals(before)
        with rp.use(account.offline()):
            assert rp.read_runn("roles").equals(roles), "what it does not change is kept"


def test_a_write_that_is_never_sent_drops_nothing(cached: Account) -> None:
    rp.read_runn("teams")
    with pytest.raises(errors.OfflineError):
        cached.offline().request("DELETE", "teams/1")
    assert rp.cache.info()["resource"].tolist() == ["teams"]


def test_a_request_that_no_contract_knows_drops_all(cached: Account) -> None:
    rp.read_runn("teams")
    with pytest.raises(errors.NotFoundError):
        cached.request("POST", "new-in-runn", json={})
    assert rp.cache.info().empty


def test_other_filters_are_another_list(cached: Account, demo: Demo) -> None:
    rp.read_runn("people")
    before = len(demo.log)
    rp.read_runn("people", includePlaceholders=True)
    assert len(demo.log) == before + 1


def test_two_tokens_share_nothing(served: str) -> None:
    rp.connect("demo-one", base_url=served)
    rp.read_runn("people")
    rp.connect("demo-two", base_url=served)
    assert rp.cache.info().empty
    with pytest.raises(errors.OfflineError), rp.use(rp.current().offline()):
        rp.read_runn("people")


def test_info_and_clear(cached: Account) -> None:
    people = rp.read_runn("people", firstName="a")
    rp.read_runn("teams")
    info = rp.cache.info().set_index("resource")
    assert info.loc["people", "rows"] == len(people)
    assert info.loc["people", "filters"] == "firstName=a"
    assert info.loc["people", "pages"] == 1
    assert info.loc["people", "bytes"] > 0
    assert pd.Timedelta(0) <= info.loc["people", "age"] < pd.Timedelta("1min")
    assert rp.cache.clear("teams") == 1
    assert rp.cache.info()["resource"].tolist() == ["people"]
    assert rp.cache.clear() == 1
    empty = rp.cache.info()
    assert empty.empty
    assert empty.dtypes.equals(info.reset_index()[list(empty.columns)].dtypes)
    with pytest.raises(errors.ResourceError):
        rp.cache.clear("peple")


def test_clear_of_one_list_among_many(cached: Account) -> None:
    projects = rp.read_runn("projects")["id"].head(3).tolist()
    rp.read_runn("projects/{projectId}/phases", projectId=projects)
    info = rp.cache.info()
    assert f"projectId={projects[0]}" in info["filters"].tolist()
    assert rp.cache.clear(f"projects/{projects[0]}/phases") == 1
    assert rp.cache.clear("projects/{projectId}/phases") == 2


def test_offline_is_the_same_frame_or_an_error(
    cached: Account, demo: Demo, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    online = rp.read_runn("actuals", minDate="2026-06-01")
    before = len(demo.log)
    with rp.use(cached.offline()):
        pd.testing.assert_frame_equal(rp.read_runn("actuals", minDate="2026-06-01"), online)
        with pytest.raises(errors.OfflineError, match=r"actuals.*minDate"):
            rp.read_runn("actuals", minDate="2026-06-02")
        with pytest.raises(errors.RunnError, match="Offline"):
            cached.offline().request("GET", "me")
    rp.connect("demo", base_url=served, offline=True, max_age=0)
    pd.testing.assert_frame_equal(rp.read_runn("actuals", minDate="2026-06-01"), online)
    monkeypatch.setenv("RUNN_OFFLINE", "1")
    assert rp.connect("demo", base_url=served).is_offline
    assert len(demo.log) == before


def test_a_list_half_read_is_never_stitched(scripted: Callable[..., Server]) -> None:
    """The second read breaks off after its first page: the old list stays, whole."""
    rows: dict[str, Any] = {"generation": "old", "broken": False}

    def answer(path: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        def team(number: int) -> dict[str, Any]:
            stamp = "2026-01-01T00:00:00Z"
            return {
                "id": number,
                "name": rows["generation"],
                "createdAt": stamp,
                "updatedAt": stamp,
            }

        if "cursor" not in path:
            return page([team(1)], "next")
        return (500, {}, b"{}") if rows["broken"] else page([team(2)])

    server = scripted(answer)
    account = rp.connect("demo", base_url=server.url)
    account.session._sleep = lambda seconds: None
    assert rp.read_runn("teams")["name"].tolist() == ["old", "old"]
    rows.update(generation="new", broken=True)
    with pytest.raises(errors.ServerError):
        rp.read_runn("teams", max_age=0)
    assert rp.read_runn("teams", max_age=None)["name"].tolist() == ["old", "old"]
    rows.update(broken=False)
    assert rp.read_runn("teams", max_age=0)["name"].tolist() == ["new", "new"]


def test_no_token_on_disk_and_nothing_readable_by_others(cached: Account, tmp_path: Path) -> None:
    rp.read_runn("people")
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert path.stat().st_mode & 0o077 == 0
        assert b"Bearer" not in path.read_bytes()
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0


def test_the_embedded_demo_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNN_CACHE_DIR")
    account = rp.connect("demo")
    folder = account.cache.folder
    rp.read_runn("teams")
    assert folder.is_dir()
    assert "runn_pandas-demo-" in folder.name
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_one_demo_never_meets_what_another_process_changed(tmp_path: Path) -> None:
    code = (
        "import sys, runn_pandas as rp; rp.connect('demo', cache_dir=sys.argv[1])\n"
        "teams = rp.read_runn('teams')\n"
        "print(teams['name'].tolist())\n"
        "teams['name'] = 'Renamed'; teams.runn.push(); rp.read_runn('teams')"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path)]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in "12"
    )
    assert "Studio" in first
    assert second == first


def test_one_demo_never_meets_what_another_was_changed_to(tmp_path: Path) -> None:
    for _ in "12":
        rp.connect("demo", cache_dir=tmp_path)
        teams = rp.read_runn("teams")
        assert "Renamed" not in set(teams["name"])
        teams["name"] = "Renamed"
        teams.runn.push(progress=False)
        assert set(rp.read_runn("teams")["name"]) == {"Renamed"}
        assert len(rp.cache.info()) == 1, "what one demo has read is kept for it"
