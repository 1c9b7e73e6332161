"""A list whose cursors are ever new and whose rows are not has no end, and is told as such."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.catalog import load
from runn_pandas.errors import ProtocolError
from runn_pandas.frame.decode import Page
from runn_pandas.reader.repeats import Repeats, is_endless
from tests.support.server import Server

Start = Callable[..., Server]
Answer = tuple[int, dict[str, str], bytes]
MANY = 200  # requests after which the server gives up, as a read must have done before


def rows_of(*ids: int) -> list[dict[str, Any]]:
    stamps = dict.fromkeys(("createdAt", "updatedAt"), "2026-01-01T00:00:00.000Z")
    return [{"id": id_, "name": f"Team {id_}", **stamps} for id_ in ids]


def serving(rows: Callable[[int], list[dict[str, Any]]]) -> tuple[list[int], Any]:
    """A script that gives other rows for each page number, and ever new cursors."""
    asked: list[int] = []

    def script(target: str, headers: dict[str, str]) -> Answer:
        cursor = parse_qs(urlsplit(target).query).get("cursor", ["0"])[0]
        asked.append(int(cursor))
        if len(asked) > MANY:
            return 400, {}, b'{"message": "enough"}'
        body = {"values": rows(int(cursor)), "nextCursor": str(len(asked) * 7919)}
        return 200, {}, json.dumps(body).encode()

    return asked, script


def an_account(url: str, folder: Path) -> Account:
    account = Account(url, "TEST_x", max_age=0, cache_dir=folder)
    account.session._sleep = lambda seconds: None
    return account


IGNORED = rows_of(*range(1, 201))
ENDLESS: dict[str, Callable[[int], list[dict[str, Any]]]] = {
    "the first page for ever": lambda cursor: IGNORED,
    "one row for ever": lambda cursor: rows_of(1),
    "pages in a circle": lambda cursor: rows_of(*range(cursor % 2 * 50, cursor % 2 * 50 + 50)),
    "an empty page for ever": lambda cursor: [],
    "one page, then empty ones": lambda cursor: [] if cursor else rows_of(1, 2),
    "in another order each time": lambda cursor: random.Random(cursor).sample(IGNORED, 200),
}


@pytest.mark.parametrize("way", ENDLESS)
@pytest.mark.parametrize("chunksize", [None, 300])
def test_rows_that_come_again_for_ever_are_an_error(
    scripted: Start, tmp_path: Path, way: str, chunksize: int | None
) -> None:
    asked, script = serving(ENDLESS[way])
    account = an_account(scripted(script).url, tmp_path)
    with pytest.raises(ProtocolError, match=r"no row that is new .* has no end"):
        list(rp.read_runn("teams", account=account, chunksize=chunksize))  # type: ignore[call-overload]
    assert len(asked) <= (64 if "empty" in way else 16)


def test_rows_without_ids_that_come_again_for_ever_are_an_error(
    scripted: Start, tmp_path: Path
) -> None:
    name = next(n for n, r in load().resources.items() if r.is_list and not r.has_id)
    resource = load().resources[name]
    asked, script = serving(lambda cursor: [{"note": "the same"}])
    account = an_account(scripted(script).url, tmp_path)
    places = {parameter.name: 1 for parameter in resource.path_parameters}
    needed = {f.name: "2026-01-01" for f in resource.filters if f.required}
    with pytest.raises(ProtocolError, match="no row that is new"):
        rp.read_runn(name, account=account, **places, **needed)
    assert len(asked) <= 16


def test_a_sync_of_a_list_without_end_is_an_error(scripted: Start, tmp_path: Path) -> None:
    asked, script = serving(lambda cursor: IGNORED)
    account = an_account(scripted(script).url, tmp_path)
    mirror = rp.mirror(tmp_path / "mirror", ["teams"], account=account)
    with pytest.raises(ProtocolError, match="no row that is new"):
        mirror.sync(progress=False)
    assert len(asked) <= 16


def test_rows_that_move_and_rows_that_all_come_twice_are_read(
    scripted: Start, tmp_path: Path
) -> None:
    # Each row is changed once while one pages, and comes again at the end.
    pages = [rows_of(*range(start, start + 50)) for start in range(0, 500, 50)] * 2

    def script(target: str, headers: dict[str, str]) -> Answer:
        number = int(parse_qs(urlsplit(target).query).get("cursor", ["0"])[0])
        following = str(number + 1) if number + 1 < len(pages) else None
        body = {"values": pages[number], "nextCursor": following}
        return 200, {}, json.dumps(body).encode()

    teams = rp.read_runn("teams", account=an_account(scripted(script).url, tmp_path))
    assert sorted(teams["id"]) == list(range(500))


def ids(*pages: Sequence[int]) -> list[np.ndarray]:
    return [np.array(page, np.int64) for page in pages]


@pytest.mark.parametrize(
    ("pages", "endless"),
    [
        (ids(*[[1, 2]] * 8), True),
        (ids([1, 2], [3], *[[3, 1]] * 6), True),
        (ids([1, 2], [3], *[[3, 1]] * 5, [4]), False),
        (ids([1, 2], [3], [4], *[[3, 1]] * 5), False),
        (ids([1], [2], [3], [4], [1], [2], [3], [4]), False),
        (ids(*([n] for n in range(8))), False),
        (ids([1], *[[]] * 7), False),
        (ids(*[[]] * 32), False),
        (ids(*[[]] * 64), True),
        (ids([1], *[[]] * 63), True),
        (ids([1], *[[], [1]] * 3, []), True),
    ],
)
def test_when_a_list_has_no_end(pages: list[np.ndarray], endless: bool) -> None:
    assert is_endless(pages) == endless


def test_it_is_looked_at_after_each_doubling_only() -> None:
    repeats = Repeats(load().resources["teams"])
    same = Page(rows_of(1), "x")
    looks = [number for number in range(1, 70) if repeats.add(same)]
    assert looks == [8, 16, 32, 64]


def test_a_long_list_with_rows_that_come_twice_is_no_endless_one() -> None:
    repeats = Repeats(load().resources["teams"])
    pages = (Page([{"id": n}, {"id": n + 1}, {"id": n + 2}], "x") for n in range(5000))
    assert not any(map(repeats.add, pages))
