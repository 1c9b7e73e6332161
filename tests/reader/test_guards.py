"""A read is complete or it raises: pages that loop, lie, move or break off."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.catalog import load
from runn_pandas.reader.pages import Reader, chains
from tests.support.server import Server, page

Start = Callable[..., Server]


def team(number: int, updated: str = "2026-01-01T00:00:00Z", name: str = "A") -> dict[str, Any]:
    return {"id": number, "name": name, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": updated}


def cursor_of(path: str) -> str:
    return path.partition("cursor=")[2].partition("&")[0]


def pages(script: dict[str, Any]) -> Callable[[str, Any], tuple[int, dict[str, str], bytes]]:
    return lambda path, headers: script[cursor_of(path)]


def read(server: Server, **options: Any) -> Any:
    account = rp.connect("demo", base_url=server.url, max_age=0)
    account.session._sleep = lambda seconds: None  # between the attempts
    return rp.read_runn("teams", **options)


def test_follows_the_cursor_to_null_over_an_empty_page(scripted: Start) -> None:
    script = {"": page([team(1)], "a"), "a": page([], "b"), "b": page([team(2)])}
    server = scripted(pages(script))
    assert read(server)["id"].tolist() == [1, 2]
    assert len(server.asked) == 3


LOOPS = {
    "same": {"": page([team(1)], "a"), "a": page([team(2)], "a")},
    "circle": {"": page([team(1)], "a"), "a": page([], "b"), "b": page([team(2)], "a")},
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_repeated_cursor_is_an_error(name: str, scripted: Start) -> None:
    server = scripted(pages(LOOPS[name]))
    with pytest.raises(errors.ProtocolError, match="same nextCursor twice"):
        read(server)
    assert len(server.asked) <= 3


HTML = b"<!doctype html><title>Maintenance</title>"
BROKEN = {
    "no values": (200, {}, b'{"nextCursor": null}'),
    "no cursor": (200, {}, b'{"values": []}'),
    "HTML": (200, {"Content-Type": "text/html"}, HTML),
    "HTML that says it is JSON": (200, {}, HTML),
    "cut short": (200, {}, json.dumps({"values": [team(2)]}).encode()[:-4]),
    "empty": (200, {}, b""),
}


@pytest.mark.parametrize("where", ["first", "second"])
@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("chunksize", [None, 1])
def test_a_broken_page_is_an_error_wherever_it_comes(
    name: str, where: str, chunksize: int | None, scripted: Start
) -> None:
    broken = BROKEN[name]
    script = {"": broken} if where == "first" else {"": page([team(1)], "a"), "a": broken}
    server = scripted(pages(script))
    # What may be the network's fault is asked for again before it is an error.
    kind = errors.TransportError if name == "cut short" else errors.ProtocolError
    with pytest.raises(kind, match="teams"):
        list(read(server, chunksize=chunksize))
    assert rp.cache.info().empty, "the beginning of a list is never kept"


def test_a_row_met_twice_is_there_once_with_its_latest_update(scripted: Start) -> None:
    script = {
        "": page([team(1), team(2, "2026-03-01T00:00:00Z", "new")], "a"),
        "a": page([team(2, "2026-02-01T00:00:00Z", "old"), team(3), team(1, name="A")]),
    }
    frame = read(scripted(pages(script)))
    assert sorted(frame["id"]) == [1, 2, 3]
    assert frame.set_index("id").loc[2, "name"] == "new"
    assert list(frame.index) == [0, 1, 2]


def test_a_row_met_twice_comes_in_one_chunk_only(scripted: Start) -> None:
    script = {"": page([team(1), team(2)], "a"), "a": page([team(2), team(3)])}
    chunks = list(read(scripted(pages(script)), chunksize=1))
    assert [chunk["id"].tolist() for chunk in chunks] == [[1], [2], [3]]


def test_a_row_met_twice_in_one_chunk_is_its_latest(scripted: Start) -> None:
    script = {
        "": page([team(1), team(2, name="old")], "a"),
        "a": page([team(2, "2026-03-01T00:00:00Z", "new"), team(3)]),
    }
    chunks = list(read(scripted(pages(script)), chunksize=10))
    assert [chunk["name"].tolist() for chunk in chunks] == [["A", "new", "A"]]


def test_chunks_keep_rows_without_an_id(scripted: Start) -> None:
    nameless = {**team(1), "id": None}
    script = {"": page([nameless, team(2)], "a"), "a": page([nameless, nameless])}
    with pytest.warns(errors.SchemaDriftWarning, match="'id' is null"):
        chunks = list(read(scripted(pages(script)), chunksize=1))
    assert [len(chunk) for chunk in chunks] == [1, 1, 1, 1]


def test_ids_that_drifted_are_not_mistaken_for_each_other(scripted: Start) -> None:
    rows = [team(1), {**team(1), "id": "1"}, {**team(1), "id": "a\ud800"}, {**team(1), "id": 1}]
    with pytest.warns(errors.SchemaDriftWarning, match="'id'"):
        frame = read(scripted(pages({"": page(rows)})))
    assert frame["id"].tolist() == ["1", "a\ud800", 1]


def test_a_chunk_has_the_types_of_all_its_rows(scripted: Start) -> None:
    script = {
        "": page([team(1)], "a"),
        "a": page([{**team(2), "n": 2**60 + 1}], "b"),
        "b": page([{**team(3), "n": 1.5}]),
    }
    with pytest.warns(errors.SchemaDriftWarning, match="'n'") as caught:
        (chunk,) = read(scripted(pages(script)), chunksize=3)
    assert len(caught) == 1, "one warning a read"
    assert chunk["n"].tolist() == [None, 2**60 + 1, 1.5]


def test_rows_without_an_id_are_never_merged(scripted: Start) -> None:
    nameless = {**team(1), "id": None}
    with pytest.warns(errors.SchemaDriftWarning, match="'id' is null"):
        frame = read(scripted(pages({"": page([nameless, nameless, nameless])})))
    assert len(frame) == 3


def test_the_same_person_under_two_skills_is_two_rows(scripted: Start) -> None:
    person = {
        "id": 7, "firstName": "A", "lastName": "B", "email": None, "isArchived": False,
        "teamId": None, "references": [], "tags": [], "holidaysGroupId": None, "managers": [],
        "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    rp.connect("demo", base_url=scripted(lambda path, headers: page([person])).url)
    frame = rp.read_runn("skills/{skillId}/people", skillId=[1, 2])
    assert frame[["skillId", "id"]].values.tolist() == [[1, 7], [2, 7]]


@pytest.mark.parametrize("keep", [True, False])
def test_a_reader_that_keeps_nothing_leaves_the_cache_alone(account: Account, keep: bool) -> None:
    teams = load().resources["teams"]
    [found] = Reader(account, 0, keep=keep).fetch([(teams, one) for one in chains(teams, {}, {})])
    assert sum(map(len, found)) > 1
    assert [one["resource"] for one in account.cache.info()] == ["teams"] * keep


def test_a_failing_chain_stops_the_others(scripted: Start) -> None:
    """The others' lists have no end, so only being stopped ends them."""
    failed = threading.Event()

    def answer(path: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        if path.startswith("/people/1/"):
            failed.set()
            return 404, {}, b"{}"
        # Whoever comes first is alone until it is answered, and that may be one of the others.
        failed.wait(0.2)
        time.sleep(0.01)
        return page([], cursor=str(len(server.asked)))

    server = scripted(answer)
    account = rp.connect("demo", base_url=server.url)
    account.session._throttle = type(account.session._throttle)(10**6, 60)
    with pytest.raises(errors.NotFoundError):
        rp.read_runn("people/{personId}/skills", personId=range(1, 5))
    time.sleep(0.3)
    asked = len(server.asked)
    time.sleep(0.3)
    assert len(server.asked) == asked
