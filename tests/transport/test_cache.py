"""The cache: whole lists, one account each, and no failure of it reaches a read."""

from __future__ import annotations

import dataclasses
import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from runn_pandas.errors import CacheWarning, OfflineError, RunnError
from runn_pandas.private_files import make_private
from runn_pandas.transport.cache import (
    AccountCache,
    Cache,
    StoredList,
    default_folder,
    filters,
    is_fresh,
    list_key,
)
from runn_pandas.transport.session import Session
from tests.support.clock import Clock
from tests.support.server import TOKEN, Request, Server, answer

Start = Callable[..., Server]
PARAMS = {"limit": 2, "modifiedAfter": "2026-01-01"}


NOW = 1_800_000_000.0


@pytest.fixture
def today() -> Clock:
    return Clock(NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


class Lists:
    """A server of lists in three pages; each reading of a list gives other rows."""

    def __init__(self) -> None:
        self.round = 0

    def __call__(self, request: Request) -> bytes:
        path, _, query = request.target.partition("?")
        cursor = dict(pair.split("=") for pair in query.split("&") if pair).get("cursor")
        if cursor is None:
            self.round += 1
        page = int(cursor or 0)
        who = request.headers["authorization"][-4:]
        body = {
            "values": [{"id": page, "round": self.round, "path": path, "who": who}],
            "nextCursor": str(page + 1) if page < 2 else None,
        }
        return answer(body=body)


@pytest.fixture
def server(start: Start) -> Server:
    return start(handler=Lists())


@pytest.fixture
def cache(folder: Path, today: Clock) -> Iterator[Cache]:
    cache = Cache(folder, now=today, patience=0.2)
    yield cache
    cache.close()


@pytest.fixture
def session(server: Server, cache: Cache) -> Iterator[Session]:
    with Session(server.url, TOKEN, cache=cache) as session:
        yield session


def read(
    session: Session,
    path: str = "people",
    *,
    max_age: float | None = 900.0,
    params: dict[str, object] | None = None,
    stop_after: int | None = None,
) -> list[bytes]:
    """Read a list as the reader does, or stop in the middle."""
    given = PARAMS if params is None else params
    reading = session.reading(path, given, resource=path, max_age=max_age)
    if reading.cached:
        return reading.bodies[:stop_after]
    bodies, cursor = [], None
    while True:
        bodies.append(reading.page(cursor))
        cursor = json.loads(bodies[-1])["nextCursor"]
        if len(bodies) == stop_after:
            return bodies
        if cursor is None:
            break
    reading.complete(len(bodies))
    return bodies


def file_of(session: Session, folder: Path) -> Path:
    return folder / f"127.0.0.1-{session.fingerprint}.sqlite"


# -- hits and misses


def test_a_second_read_costs_nothing(session: Session, server: Server, today: Clock) -> None:
    first = read(session)
    assert len(server.requests) == 3
    today.now += 60
    assert read(session) == first
    assert len(server.requests) == 3
    reading = session.reading("people", PARAMS, resource="people", max_age=900)
    assert (reading.cached, reading.age) == (True, 60.0)


def test_another_program_finds_it(
    session: Session, server: Server, folder: Path, today: Clock
) -> None:
    first = read(session)
    other = Cache(folder, now=today)
    with Session(server.url, TOKEN, cache=other) as again:
        assert read(again) == first
    other.close()
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("age", "max_age", "requests"),
    [
        (0, 0, 6),
        (10, 0, 6),
        (10, 11, 3),
        (10, 10, 6),
        (10, 5.5, 6),
        (1e9, None, 3),
        (-3600, 900, 6),  # stored in the future: the clock was wrong
        (-3600, None, 3),
    ],
)
def test_max_age(
    session: Session, server: Server, today: Clock, age: float, max_age: float, requests: int
) -> None:
    read(session)
    today.now += age
    read(session, max_age=max_age)
    assert len(server.requests) == requests


def test_max_age_0_stores_what_it_read(session: Session, server: Server) -> None:
    read(session)
    fresh = read(session, max_age=0)
    assert read(session) == fresh
    assert len(server.requests) == 6


def test_other_parameters_are_another_list(session: Session, server: Server) -> None:
    read(session)
    read(session, params={"limit": 2})
    read(session, "people/")
    read(session, params=dict(reversed(PARAMS.items())))
    assert len(server.requests) == 9


def test_everything_that_the_rows_depend_on_is_in_the_key() -> None:
    keys = {
        list_key(version, digest, path, query)
        for version in ("1.0.0", "1.1.0")
        for digest in ("a", "b")
        for path in ("/people", "/people/")
        for query in ([], [("limit", "2")], [("limit", "20")], [("limi", "t2")])
    }
    assert len(keys) == 32


def test_without_a_cache_every_read_asks(server: Server) -> None:
    with Session(server.url, TOKEN) as session:
        read(session), read(session)
    assert len(server.requests) == 6


# -- a list is a whole


def test_a_reading_that_stops_leaves_the_old_list(
    session: Session, server: Server, today: Clock
) -> None:
    old = read(session)
    for pages in (1, 2):
        assert read(session, max_age=0, stop_after=pages) != old
        assert read(session) == old
    today.now += 1000
    assert read(session)[0] != old[0]


@pytest.mark.parametrize("batch", [1, 10**9])
@pytest.mark.parametrize("dies_at", [1, 2, 3, 4, 5])
def test_killed_at_any_write_leaves_the_old_list(
    session: Session, monkeypatch: pytest.MonkeyPatch, batch: int, dies_at: int
) -> None:
    from runn_pandas.transport.cache_db import Store

    old = read(session)
    monkeypatch.setattr("runn_pandas.transport.cache.BATCH", batch)
    count = 0
    write = Store.__setitem__

    def dying(store: Store, key: str, value: object) -> None:
        nonlocal count
        count += 1
        if count == dies_at:
            raise KeyboardInterrupt
        write(store, key, value)

    monkeypatch.setattr(Store, "__setitem__", dying)
    try:
        now = read(session, max_age=0)
    except KeyboardInterrupt:
        now = old
    else:
        assert dies_at == 5  # three pages and what the list consists of are four writes
    assert read(session) == now


def test_really_killed_in_the_middle(session: Session, server: Server, folder: Path) -> None:
    old = read(session)
    script = f"""
import os, json
from runn_pandas.transport import cache
from runn_pandas.transport.cache import Cache
from runn_pandas.transport.session import Session
cache.BATCH = 1
session = Session({server.url!r}, {TOKEN!r}, cache=Cache({str(folder)!r}))
reading = session.reading("people", {PARAMS!r}, resource="people", max_age=0)
reading.page(); reading.page("1")
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert len(server.requests) == 5
    assert read(session) == old


def test_big_lists_are_written_as_they_come(
    session: Session, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runn_pandas.transport.cache.BATCH", 1)
    first = read(session)
    assert read(session) == first
    assert len(server.requests) == 3


def test_a_list_read_twice_at_once_is_one_of_the_two(session: Session) -> None:
    one = session.reading("people", PARAMS, resource="people", max_age=0)
    two = session.reading("people", PARAMS, resource="people", max_age=0)
    bodies = {1: [], 2: []}
    for cursor in (None, "1", "2"):
        bodies[1].append(one.page(cursor))
        bodies[2].append(two.page(cursor))
    two.complete(3)
    one.complete(3)
    one.complete(3)
    assert read(session) == bodies[1]


def test_a_list_of_which_a_page_was_asked_for_twice_is_not_kept(
    session: Session, cache: Cache
) -> None:
    reading = session.reading("people", PARAMS, resource="people", max_age=0)
    for cursor in (None, "1", "1", "2"):
        reading.page(cursor)
    reading.complete(4)
    assert cache.info() == []


def test_cleared_while_a_list_is_read(
    session: Session, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runn_pandas.transport.cache.BATCH", 1)
    reading = session.reading("people", PARAMS, resource="people", max_age=0)
    reading.page()
    cache.clear()
    reading.page("1")
    reading.page("2")
    reading.complete(3)
    assert cache.info() == []


def test_old_pages_are_removed(session: Session, folder: Path, today: Clock) -> None:
    for _ in range(3):
        read(session, max_age=0)
    with closing(sqlite3.connect(file_of(session, folder))) as con, con:
        assert con.execute("SELECT count(*) FROM lists").fetchone() == (4,)
    con.close()


def test_pages_of_a_reading_that_never_ended_are_swept(
    server: Server, folder: Path, today: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runn_pandas.transport.cache.BATCH", 1)
    for later in (0, 3600, 100_000):
        today.now += later
        cache = Cache(folder, now=today)
        with Session(server.url, TOKEN, cache=cache) as session:
            read(session, "people", stop_after=2)
        cache.close()
    with closing(sqlite3.connect(file_of(session, folder))) as con, con:
        assert con.execute("SELECT count(*) FROM lists").fetchone() == (2,)
    con.close()


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM lists WHERE key LIKE 'page:%:1'",
        "UPDATE lists SET value = x'7b7d' WHERE key LIKE 'page:%:1'",
        "UPDATE lists SET value = 'text' WHERE key LIKE 'page:%:2'",
        "UPDATE lists SET value = NULL WHERE key LIKE 'page:%:0'",
    ],
)
def test_a_damaged_list_is_read_again(
    session: Session, server: Server, folder: Path, damage: str
) -> None:
    read(session)
    read(session, "teams")
    change(file_of(session, folder), damage.replace("page:", "page:"))
    with pytest.warns(CacheWarning, match="damaged") as caught:
        again = read(session)
    assert len(caught) == 1
    assert len({json.loads(body)["values"][0]["round"] for body in again}) == 1
    before = len(server.requests)
    assert read(session) == again
    assert len(server.requests) == before


@pytest.mark.parametrize("exchanged", [True, False])
def test_the_entry_of_another_list_is_not_taken_for_ones_own(
    session: Session, folder: Path, exchanged: bool
) -> None:
    """A copy of it, or both exchanged, by resource and by filters."""
    asked: list[dict[str, Any]] = [
        {"path": "people"},
        {"path": "teams"},
        {"path": "teams", "params": {"limit": 2, "name": "A"}},
    ]
    for one in asked:
        read(session, **one)
    with closing(sqlite3.connect(file_of(session, folder))) as con, con:
        entries = con.execute("SELECT key, value FROM lists WHERE key LIKE 'list:%'").fetchall()
    con.close()
    keys, values = zip(*entries, strict=True)
    others = (*values[1:], values[0]) if exchanged else (values[0],) * 3
    for key, value in zip(keys, others, strict=True):
        change(file_of(session, folder), "UPDATE lists SET value = ? WHERE key = ?", value, key)
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CacheWarning)
            got = [read(session, **one) for one in asked]
        paths = [json.loads(body)["values"][0]["path"] for bodies in got for body in bodies]
        assert [path.rpartition("/")[2] for path in paths] == ["people"] * 3 + ["teams"] * 6
    rounds = [{json.loads(body)["values"][0]["round"] for body in bodies} for bodies in got]
    assert len({frozenset(one) for one in rounds}) == 3
    assert [read(session, **one) for one in asked] == got  # each from the cache


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"rows": 1}', "not json"])
def test_an_unreadable_entry_is_a_miss(
    session: Session, server: Server, folder: Path, text: str
) -> None:
    read(session)
    change(file_of(session, folder), "UPDATE lists SET value = ? WHERE key LIKE 'list:%'", text)
    read(session), read(session)
    assert len(server.requests) == 6


ODD: list[Any] = [
    None, True, -1, 1, 2, 3, 10**30, 1.5, 1e300, "", "x", [], [1], ["x"], [None], [[]], {}, {"a": 1}
]  # fmt: skip
FIELDS = [field.name for field in dataclasses.fields(StoredList)]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.filterwarnings("ignore::runn_pandas.errors.CacheWarning")
def test_an_odd_entry_is_read_again_and_listed_without_a_failure(
    session: Session, server: Server, folder: Path, cache: Cache, field: str
) -> None:
    first = read(session)
    path = file_of(session, folder)
    with closing(sqlite3.connect(path)) as con, con:
        query = "SELECT key, value FROM lists WHERE key LIKE 'list:%'"
        key, good = con.execute(query).fetchone()
    con.close()
    for odd in ODD:
        entry = json.dumps({**json.loads(good), field: odd})
        change(path, "UPDATE lists SET value = ? WHERE key = ?", entry, key)
        for row in cache.info():
            assert isinstance(row["age"], float)
            assert isinstance(row["filters"], dict)
        assert len(read(session)) == len(first)
        cache.clear("people", filters={"personId": "1"})
        read(session, max_age=0)


@pytest.mark.parametrize("key", [b"list:x", 5, "page:\u00b2\u00b2\u00b2:1", "page:", "list:", ":"])
@pytest.mark.parametrize("value", [None, b"x", "[" * 100_000, 7])
def test_entries_that_nobody_made_do_no_harm(
    session: Session, server: Server, folder: Path, cache: Cache, key: Any, value: Any
) -> None:
    read(session)
    path = file_of(session, folder)
    change(path, "INSERT INTO lists (key, value) VALUES (?, ?)", key, value)
    cache.close()
    again = Cache(folder, now=Clock(NOW))
    with Session(server.url, TOKEN, cache=again) as other:
        read(other)
        assert len(again.info()) == 1
        read(other, "teams")
        assert other.drop(["teams"]) == 1
        assert again.clear() == 1
    again.close()


@pytest.mark.parametrize("odd", ["old", "", "1a", "\u00b2", "9" * 150])
def test_a_copy_of_somebody_beside_a_broken_file_is_left_alone(
    server: Server, folder: Path, today: Clock, odd: str
) -> None:
    cache = Cache(folder, now=today)
    with Session(server.url, TOKEN, cache=cache) as session:
        path = file_of(session, folder)
        folder.mkdir()
        path.write_bytes(b"this is no database " * 300)
        copy = folder / f"{path.name}.broken-{odd}"
        copy.write_bytes(b"mine")
        with pytest.warns(CacheWarning, match=f"now {path.name}.broken-1 "):
            read(session)
    cache.close()
    assert copy.read_bytes() == b"mine"


def change(path: Path, statement: str, *values: object) -> None:
    con = sqlite3.connect(path)
    with con:
        assert con.execute(statement, values).rowcount > 0
    con.close()


# -- accounts and secrets


def test_two_accounts_in_one_folder(server: Server, cache: Cache) -> None:
    tokens = ("TEST_aaaa", "LIVE_bbbb")
    for _ in range(2):
        for token in tokens:
            with Session(server.url, token, cache=cache) as session:
                rows = [json.loads(body)["values"][0]["who"] for body in read(session)]
                assert rows == [token[-4:]] * 3
    assert len(server.requests) == 6
    assert {row["account"] for row in cache.info()} == {
        Session(server.url, token).fingerprint for token in tokens
    }


def test_equal_fingerprints_still_share_nothing(
    server: Server, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = [Session(server.url, token, cache=cache) for token in ("TEST_aaaa", "LIVE_bbbb")]
    for session in sessions:
        session.fingerprint = "00000000"
        read(session)
    assert len(server.requests) == 6


def test_no_file_holds_the_token(session: Session, folder: Path) -> None:
    read(session)
    read(session, max_age=0, stop_after=1)
    for path in folder.iterdir():
        data = path.read_bytes()
        assert TOKEN.encode() not in data
        assert b"Bearer" not in data
        assert TOKEN not in path.name


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_only_the_owner_can_read(session: Session, folder: Path) -> None:
    modes: set[int] = set()

    def look(*_: object) -> int:
        modes.update(stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir())
        return 0

    before = os.umask(0)
    try:
        session.account_cache().file.opened()._connection.set_progress_handler(look, 1)  # type: ignore[union-attr]
        read(session)
        session.account_cache().file.opened()._connection.set_progress_handler(None, 0)  # type: ignore[union-attr]
    finally:
        os.umask(before)
    look()
    assert modes == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_a_wide_folder_is_narrowed_where_all_is_ours(
    session: Session, folder: Path, mode: int
) -> None:
    (folder / "journal").mkdir(parents=True)
    folder.chmod(mode)
    read(session)
    assert mode_of(folder) == 0o700


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("umask", [0, 0o022])
def test_all_folders_are_the_owners_whatever_comes_first(
    session: Session, folder: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        make_private(folder / "far" / "below" / "journal.sqlite")
    finally:
        os.umask(before)
    assert {mode_of(f) for f in (folder, folder / "far", folder / "far" / "below")} == {0o700}


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("mode", [0o644, 0o606, 0o620])
def test_a_file_that_was_open_to_others_is_set_aside(
    session: Session, server: Server, folder: Path, mode: int
) -> None:
    read(session)
    session.account_cache().file.close()  # type: ignore[union-attr]
    path = file_of(session, folder)
    path.chmod(mode)
    with pytest.warns(CacheWarning, match="was open to other users; it is now") as caught:
        anew = read(session)
    assert len(caught) == 1
    assert len(server.requests) == 6
    assert read(session) == anew
    assert [mode_of(p) for p in (path, path.with_name(f"{path.name}.broken-1"))] == [0o600] * 2


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_where_modes_mean_nothing_the_cache_is_used(
    session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read(session)
    session.account_cache().file.close()  # type: ignore[union-attr]
    file_of(session, folder).chmod(0o666)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    assert read(session) == first


@pytest.mark.skipif(os.name != "posix", reason="owners are of POSIX")
@pytest.mark.parametrize("part", ["", "-journal", "-wal", "-shm"])
def test_a_file_of_somebody_else_is_not_used(
    session: Session, server: Server, folder: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(session)
    session.account_cache().file.close()  # type: ignore[union-attr]
    planted = Path(f"{file_of(session, folder)}{part}")
    planted.touch()
    own = Path.lstat

    def lstat(path: Path) -> os.stat_result:
        found = own(path)
        owner = found.st_uid + (path == planted)
        return os.stat_result([*found[:4], owner, *found[5:]])

    monkeypatch.setattr(Path, "lstat", lstat)
    before = planted.read_bytes()
    with pytest.warns(CacheWarning, match="belongs to another user") as caught:
        read(session), read(session)
    assert len(caught) == 1
    assert len(server.requests) == 9
    assert planted.read_bytes() == before


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root gives files away")
def test_a_link_of_somebody_else_is_not_followed(
    session: Session, server: Server, folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "made"
    folder.mkdir()
    link = file_of(session, folder)
    link.symlink_to(target)
    os.lchown(link, 12345, 12345)
    with pytest.warns(CacheWarning, match="belongs to another user"):
        read(session)
    assert not target.exists()


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_a_folder_with_other_things_keeps_its_mode(server: Server, folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "thesis.docx").touch()
    cache = Cache(folder)
    with Session(server.url, TOKEN, cache=cache) as session:
        read(session)
        assert stat.S_IMODE(file_of(session, folder).stat().st_mode) == 0o600
    cache.close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


# -- offline


def test_offline(session: Session, server: Server, cache: Cache, today: Clock) -> None:
    first = read(session)
    today.now += 1e8
    with Session(server.url, TOKEN, cache=cache, offline=True) as offline:
        assert read(offline, max_age=0) == first
        with pytest.raises(OfflineError, match=r"teams \(limit=2, modifiedAfter=2026-01-01\)"):
            read(offline, "teams")
        with pytest.raises(OfflineError, match="GET /me was not sent"):
            offline.request("GET", "me")
        assert "offline" in repr(offline)
    assert len(server.requests) == 3


def test_offline_without_a_cache(server: Server) -> None:
    with (
        Session(server.url, TOKEN, offline=True) as session,
        pytest.raises(OfflineError) as caught,
    ):
        read(session, params={"name": TOKEN})
    assert TOKEN not in str(caught.value)


def test_offline_never_serves_half_a_list(
    session: Session, server: Server, cache: Cache, folder: Path
) -> None:
    read(session)
    change(file_of(session, folder), "DELETE FROM lists WHERE key LIKE 'page:%:2'")
    with (
        Session(server.url, TOKEN, cache=cache, offline=True) as offline,
        pytest.warns(CacheWarning),
        pytest.raises(OfflineError),
    ):
        read(offline)


# -- when the file fails


def test_a_corrupt_file_is_set_aside(server: Server, folder: Path, today: Clock) -> None:
    for number in (1, 2, 3, 4):
        cache = Cache(folder, now=today)
        with Session(server.url, TOKEN, cache=cache) as session:
            path = file_of(session, folder)
            folder.mkdir(exist_ok=True)
            path.write_bytes(b"this is no database " * 300)
            with pytest.warns(CacheWarning, match=f"now {path.name}.broken-{number}") as caught:
                first = read(session)
            assert len(caught) == 1
            assert read(session) == first
        cache.close()
    assert len(server.requests) == 12
    broken = sorted(p.name for p in folder.iterdir() if ".broken-" in p.name)
    assert broken == [f"{path.name}.broken-3", f"{path.name}.broken-4"]


def test_a_file_with_garbage_inside(session: Session, server: Server, folder: Path) -> None:
    read(session)
    path = file_of(session, folder)
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xa5" * (len(data) - 4096))
    again = Cache(folder, now=Clock(NOW))
    with Session(server.url, TOKEN, cache=again) as other:
        with pytest.warns(CacheWarning, match="malformed"):
            first = read(other)
        assert read(other) == first
    again.close()


def test_a_locked_file_does_not_hang(session: Session, server: Server, folder: Path) -> None:
    old = read(session)
    con = sqlite3.connect(file_of(session, folder), isolation_level=None)
    con.execute("BEGIN EXCLUSIVE")
    with pytest.warns(CacheWarning, match="locked") as caught:
        read(session)
    assert len(caught) == 1
    read(session), read(session, max_age=0)
    assert len(server.requests) == 12
    con.execute("ROLLBACK")
    con.close()
    again = Cache(folder, now=Clock(NOW))
    with Session(server.url, TOKEN, cache=again) as other:
        assert read(other) == old
    again.close()


def test_locked_for_writing_only(session: Session, server: Server, folder: Path) -> None:
    old = read(session)
    con = sqlite3.connect(file_of(session, folder), isolation_level=None)
    con.execute("BEGIN IMMEDIATE")
    assert read(session) == old
    with pytest.warns(CacheWarning, match="locked"):
        read(session, max_age=0)
    con.execute("ROLLBACK")
    con.close()


def test_a_folder_that_cannot_be(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file" / "cache")
    with Session(server.url, TOKEN, cache=cache) as session:
        with pytest.warns(CacheWarning) as caught:
            read(session), read(session)
        assert len(caught) == 1
        assert (session.drop({"people"}), cache.clear(), cache.info()) == (0, 0, [])


def test_a_full_disk(session: Session, server: Server) -> None:
    read(session)
    con = session.account_cache().file.opened()._connection  # type: ignore[union-attr]
    pages = con.execute("PRAGMA page_count").fetchone()[0]
    con.execute(f"PRAGMA max_page_count={pages}")
    big = {"values": ["x" * 100_000], "nextCursor": None}
    server.handler = lambda request: answer(body=big)
    with pytest.warns(CacheWarning, match="full"):
        read(session, "teams")
    read(session, "teams")


def test_a_read_only_cache_is_read(session: Session, server: Server, folder: Path) -> None:
    old = read(session)
    file_of(session, folder).chmod(0o400)
    folder.chmod(0o500)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("root may write anywhere")
        again = Cache(folder, now=Clock(NOW))
        with Session(server.url, TOKEN, cache=again, offline=True) as other:
            assert read(other) == old
        with Session(server.url, TOKEN, cache=again) as other:
            with pytest.warns(CacheWarning, match="readonly"):
                read(other, max_age=0)
            read(other, max_age=0)
        again.close()
    finally:
        folder.chmod(0o700)


# -- info, clear, drop


def test_info(session: Session, cache: Cache, today: Clock) -> None:
    bodies = read(session)
    today.now += 5
    (row,) = cache.info()
    assert row == {
        "account": session.fingerprint,
        "resource": "people",
        "filters": {"limit": "2", "modifiedAfter": "2026-01-01"},
        "rows": 3,
        "pages": 3,
        "bytes": sum(map(len, bodies)),
        "fetched_at": today.now - 5,
        "age": 5.0,
    }
    assert cache.info("someone") == []
    assert filters([("id", "1"), ("id", "2"), ("id", "3")]) == {"id": ["1", "2", "3"]}


def test_clear(session: Session, cache: Cache, today: Clock, folder: Path) -> None:
    read(session)
    today.now += 100
    read(session, "teams")
    assert cache.clear("people") == 1
    assert [row["resource"] for row in cache.info()] == ["teams"]
    assert cache.clear("people") == 0
    assert cache.clear(account="someone") == 0
    assert cache.clear("teams") == 1
    read(session)
    assert cache.clear(account=session.fingerprint) == 1
    assert cache.info() == []
    # Not only forgotten: the rows are no longer in the file.
    assert b"round" not in file_of(session, folder).read_bytes()


def test_drop(session: Session, server: Server, cache: Cache) -> None:
    for path in ("people", "teams", "roles"):
        read(session, path)
    assert session.drop(["people", "roles", "skills"]) == 2
    read(session, "teams")
    assert len(server.requests) == 9
    assert session.drop(["teams"]) == 1


def test_a_list_that_was_on_its_way_when_it_changed_is_not_kept(
    session: Session, cache: Cache
) -> None:
    reading = session.reading("people", PARAMS, resource="people", max_age=900)
    reading.page()
    session.request("PATCH", "people/1", json={"email": None})
    assert session.drop({"people"}) == 0
    reading.page("1")
    reading.page("2")
    reading.complete(3)
    assert cache.info() == []
    read(session)
    assert len(cache.info()) == 1


ELSEWHERE = {
    "another connection": "other.drop(['people'])",
    "another connection that drops all": "other.drop(None)",
    "the cache cleared": "cache.clear()",
}


@pytest.mark.slow
@pytest.mark.parametrize("how", ELSEWHERE)
@pytest.mark.parametrize("program", ["this program", "another program"])
@pytest.mark.parametrize("max_age", [0, 900])
def test_a_list_that_was_on_its_way_when_it_changed_elsewhere_is_not_kept(
    how: str, program: str, max_age: int, session: Session, server: Server, cache: Cache
) -> None:
    code = f"""
from runn_pandas.transport.cache import Cache
from runn_pandas.transport.session import Session
cache = Cache({str(cache.folder)!r})
with Session({server.url!r}, {TOKEN!r}, cache=cache) as other:
    {ELSEWHERE[how]}
cache.close()
"""
    reading = session.reading("people", PARAMS, resource="people", max_age=max_age)
    reading.page()
    if program == "this program":
        exec(code, {})
    else:
        subprocess.run([sys.executable, "-c", code], check=True)
    reading.page("1")
    reading.page("2")
    reading.complete(3)
    assert cache.info() == []
    read(session)
    assert len(cache.info()) == 1


def test_nothing_is_made_before_it_is_needed(cache: Cache, folder: Path) -> None:
    assert cache.info() == []
    assert cache.clear() == 0
    assert not folder.exists()
    assert default_folder().name == "runn_pandas"
    assert str(folder) in repr(cache)


def test_a_light_import() -> None:
    code = "import sys, runn_pandas.transport.session as s; s.Session('http://localhost', 'x');"
    code += "sys.exit('requests_cache' in sys.modules or 'sqlite3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_threads_share_a_cache(session: Session, server: Server) -> None:
    problems: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(5):
                first = read(session, f"people/{number % 3}", max_age=0)
                assert len(first) == 3
                read(session, f"people/{number % 3}")
        except BaseException as error:
            problems.append(error)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert problems == []


def test_an_error_stores_nothing(session: Session, server: Server, cache: Cache) -> None:
    server.handler = lambda request: answer(400, {"message": "no"})
    with pytest.raises(RunnError):
        read(session)
    assert cache.info() == []


def test_is_fresh() -> None:
    assert is_fresh(100, None, 1e12)
    assert is_fresh(100, 10, 109)
    assert not is_fresh(100, 10, 110)
    assert not is_fresh(100, 10, 0)


def test_an_accounts_file_takes_its_name_from_the_file(tmp_path: Path) -> None:
    account = AccountCache(tmp_path / "api.us.runn.io-0123abcd.sqlite", 1.0, Clock(NOW))
    assert Cache(tmp_path).of_account("api.us.runn.io", "0123abcd").path == account.path


@pytest.mark.parametrize("below", ["", "one", "one/two", "one/two/three"])
def test_a_folder_far_below_one_that_is_there(server: Server, tmp_path: Path, below: str) -> None:
    folder = tmp_path / "there" / below
    (tmp_path / "there").mkdir(mode=0o755)
    cache = Cache(folder)
    with warnings.catch_warnings(), Session(server.url, TOKEN, cache=cache) as session:
        warnings.simplefilter("error")
        first = read(session)
        assert read(session) == first
        assert len(server.requests) == 3
        assert stat.S_IMODE(file_of(session, folder).stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (
        folder == tmp_path / "there" or stat.S_IMODE((tmp_path / "there").stat().st_mode) == 0o755
    )
    cache.close()
