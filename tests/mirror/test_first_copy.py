"""A first copy reads a long list by several cursors where that saves time, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.catalog import load
from runn_pandas.errors import ProtocolError
from runn_pandas.mirror.fetch import EACH
from runn_pandas.reader.pages import Reader, chains
from tests.support.desk import new_demo, served
from tests.support.mirrors import same
from tests.support.moving import (
    LIMIT,
    MovingDays,
    NoChanges,
    NoFilter,
    NoOrder,
    false_end,
    opened,
)

ACTUALS = load().resources["actuals"]
KINDS = ["insert", "delete", "update", "replace", "redate"]
change = st.tuples(st.sampled_from(KINDS), st.integers(0, 10**6))


def account_of(server: MovingDays) -> AbstractContextManager[Account]:
    # A mirror tells demos apart by what answers, and two equal servers are two.
    return opened(lambda environ, start_response: server(environ, start_response))


def copied(account: Account, path: Path, server: MovingDays) -> dict[int, int]:
    """Copy the list, and copy it again once nothing happens to it any more; return the first."""
    mirror = rp.mirror(path, ["actuals"], account)
    result = mirror.sync(progress=False)
    first = mirror.read("actuals")
    assert first["id"].is_unique
    assert result["requests"].sum() == len(server.asked)
    server.changes = []
    mirror.sync(full=True)
    last = mirror.read("actuals")
    assert dict(zip(last["id"], last["billableMinutes"], strict=True)) == server.table
    return dict(zip(first["id"], first["billableMinutes"], strict=True))


def was_cut(server: MovingDays) -> bool:
    return any("minDate" in query for query in server.asked)


@settings(max_examples=10, deadline=None)
@given(
    rows=st.integers(20, 120),
    changes=st.lists(st.lists(change, max_size=3), max_size=40),
    days=st.sampled_from([1, 30, 300]),
    seed=st.integers(0, 99),
)
def test_no_row_is_lost_whatever_happens_meanwhile(
    tmp_path_factory: pytest.TempPathFactory, rows: int, changes: Any, days: int, seed: int
) -> None:
    server = MovingDays(rows, changes, days=days, seed=seed)
    with account_of(server) as account:
        got = copied(account, tmp_path_factory.mktemp("copy") / "mirror", server)
    assert server.always <= set(got), "a row that was there throughout is missing"
    assert server.alive <= {server.entity[id_] for id_ in got}, "neither a row nor its replacement"


@pytest.mark.parametrize("rows", [0, 2])
@pytest.mark.parametrize("size", [40, 100])
def test_one_false_end_is_never_a_short_copy(rows: int, size: int, tmp_path: Path) -> None:
    # The first page alone, if it says that it is all, is a short list's.
    for at in range(1, 24, 3):
        server = MovingDays(size, lie=false_end(at, rows))
        with account_of(server) as account:
            mirror = rp.mirror(tmp_path / f"mirror-{at}", ["actuals"], account)
            try:
                mirror.sync(progress=False)
            except ProtocolError:
                continue
            assert set(mirror.read("actuals")["id"]) == set(server.table), f"request {at}"


def test_a_list_that_fits_into_the_minute_is_read_by_spans_of_days(tmp_path: Path) -> None:
    server = MovingDays(120)
    with account_of(server) as account:
        assert set(copied(account, tmp_path / "mirror", server)) == set(server.table)
    assert was_cut(server)
    assert not server.read_through


@pytest.mark.parametrize("kind", [NoFilter, NoChanges, NoOrder])
def test_a_server_that_ignores_what_it_is_asked_is_read_by_one_cursor(
    kind: type[MovingDays], tmp_path: Path
) -> None:
    server = kind(100)
    with account_of(server) as account:
        mirror = rp.mirror(tmp_path / "mirror", ["actuals"], account)
        mirror.sync()
        assert list(mirror.read("actuals")["id"]) == sorted(server.table)
    assert server.read_through


def pages_of(account: Account, others: int = 0) -> Iterator[Any]:
    reader = Reader(account, 0, keep=False)
    (chain,) = chains(ACTUALS, {}, {})
    return reader.stream(ACTUALS, chain, others)


def test_a_list_that_waits_for_the_limit_anyway_comes_a_page_at_a_time() -> None:
    server = MovingDays(50 * LIMIT)
    with account_of(server) as account:
        pages = pages_of(account, others=70)
        # The beginning, and the end, which tells how long it is.
        next(pages)
        assert len(server.asked) == 2
        next(pages)
        assert len(server.asked) == 3
        assert sum(1 for _ in pages) == 48
    assert not was_cut(server)
    assert len(server.asked) == 51


@pytest.mark.parametrize(("others", "cut"), [(0, True), (36, True), (60, False), (80, False)])
def test_what_other_lists_need_is_left_to_them(others: int, cut: bool) -> None:
    server = MovingDays(50 * LIMIT)
    with account_of(server) as account:
        rows = sum(map(len, pages_of(account, int(others * EACH))))
    assert rows == 50 * LIMIT
    assert was_cut(server) == cut


def test_a_short_list_costs_no_request_more() -> None:
    server = MovingDays(LIMIT)
    with account_of(server) as account:
        assert sum(map(len, pages_of(account))) == LIMIT
    assert len(server.asked) == 1


def test_a_first_copy_of_an_account_is_what_a_full_read_gives(tmp_path: Path) -> None:
    demo = new_demo()
    with served(demo) as url:
        account = rp.connect("demo", base_url=url, cache_dir=tmp_path / "cache", max_age=0)
        mirror = rp.mirror(tmp_path / "mirror", account=account)
        result = mirror.sync()
        assert result["requests"].sum() == len(demo.log)
        assert any("minDate" in request.query for request in demo.log)
        same(mirror, account, "actuals", "assignments", "people")
        account.session.close()
