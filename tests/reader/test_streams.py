"""Both ends of one list at once: nothing is lost, whatever happens to the list meanwhile."""

from __future__ import annotations

import hashlib
import json
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import runn_pandas as rp
from runn_pandas import errors, recording
from runn_pandas.catalog import load
from runn_pandas.catalog.list_facts import LIST_FACTS, ListFacts
from runn_pandas.frame.decode import Page, decode_page
from runn_pandas.reader import streams
from runn_pandas.reader.fresh import FreshRows
from runn_pandas.reader.merge import merged
from runn_pandas.reader.streams import has_two_ends
from tests.support.moving import LIMIT, Moving, false_end, opened, team


@pytest.fixture(scope="module", params=["after two pages", "at once"], autouse=True)
def begins(request: pytest.FixtureRequest) -> Iterator[str]:
    """When the far end begins: as for most lists, and as for all actuals."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(LIST_FACTS, "teams", ListFacts(is_long=request.param == "at once"))
        yield request.param


def versions(frame: pd.DataFrame) -> dict[int, int]:
    return {int(i): int(n[1:]) for i, n in zip(frame["id"], frame["name"], strict=True)}


change = st.tuples(
    st.sampled_from(["insert", "delete", "update", "replace"]), st.integers(0, 10**6)
)
near_the_middle = st.tuples(st.just("update"), st.integers(18, 28))


moving = given(
    rows=st.integers(0, 70),
    changes=st.lists(st.lists(change | near_the_middle, max_size=3), max_size=30),
    gaps=st.booleans(),
)


# A list without a row that gets one while both ends look, and another one after that.
@example(rows=0, changes=[[], [("update", 18)], [], [("insert", 0)]], gaps=False)
@example(
    rows=0, changes=[[], [("insert", 0)], [], [("insert", 0)], [], [("insert", 0)]], gaps=False
)
@settings(max_examples=50, deadline=None)
@moving
def test_no_row_is_lost_or_doubled_whatever_happens_meanwhile(
    rows: int, changes: list[list[tuple[str, int]]], gaps: bool
) -> None:
    check_moving(rows, changes, gaps)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=300, deadline=None)
@moving
def test_no_row_is_lost_or_doubled_often(
    rows: int, changes: list[list[tuple[str, int]]], gaps: bool
) -> None:
    check_moving(rows, changes, gaps)


def check_moving(rows: int, changes: list[list[tuple[str, int]]], gaps: bool) -> None:
    server = Moving(rows, changes, gaps)
    with opened(server) as account:
        frame = rp.read_runn("teams", account=account)
        got = versions(frame)
        assert list(got) == sorted(got)
        assert len(got) == len(frame)
        assert server.always <= set(got), "a row that was there throughout is missing"
        assert server.alive <= {server.entity[id_] for id_ in got}, (
            "neither a row nor what has replaced it was found"
        )
        assert set(got) <= set(server.served)
        # Where the near end has read it all, only new rows are needed of the other one.
        served = server.near if server.read_through else server.served
        late = {id_ for id_, version in got.items() if version < served.get(id_, 0)}
        assert not late, "a row that was met twice is not as it was last"
        asked = len(server.asked)
        pd.testing.assert_frame_equal(rp.read_runn("teams", account=account), frame)
        assert len(server.asked) == asked, "kept as a whole"


@pytest.mark.parametrize("rows", [*range(28), 39, 40, 41, 56, 57])
@pytest.mark.parametrize("gaps", [False, True])
def test_what_it_costs(rows: int, gaps: bool, begins: str) -> None:
    server = Moving(rows, gaps=gaps)
    with opened(server) as account:
        assert list(rp.read_runn("teams", account=account)["id"]) == sorted(server.table)
    pages = max(1, -(-rows // LIMIT))
    far = [query for query in server.asked if query.get("order") == "desc"]
    two = pages > 2 or begins == "at once"
    # The only page left may be there before the far end has asked, which it then need not.
    left = pages - (0 if begins == "at once" else 2)
    assert bool(far) == two or (left == 1 and not far)
    # With ids that are not evenly spread, how much is left can only be guessed; and where the ends
    # meet between two pages, one more is read so that both have seen the same rows.
    once_more = two and (gaps or not rows % LIMIT)
    assert pages <= len(server.asked) <= pages + two + once_more


class Slow(Moving):
    """Takes its time, now more and now less."""

    chance: random.Random

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        time.sleep(self.chance.random() / 100)
        return super().__call__(environ, start_response)


def test_the_same_answers_lead_to_the_same_requests_however_slow_they_are() -> None:
    """What was recorded can be replayed."""
    seen = []
    for seed in range(4):
        server = Slow(57)
        server.chance = random.Random(seed)
        with opened(server) as account:
            rp.read_runn("teams", account=account)
        seen.append(sorted(map(str, server.asked)))
    assert all(asked == seen[0] for asked in seen)


def down(query: dict[str, str]) -> bool:
    return query.get("order") == "desc"


TROUBLE: dict[str, Callable[[dict[str, str], int], int]] = {
    "the far end is refused": lambda query, number: 400 if down(query) else 0,
    "it is not there": lambda query, number: 404 if down(query) else 0,
    "it fails in the middle": lambda query, number: 400 if down(query) and number > 8 else 0,
    "it fails at the top": lambda query, number: 400 if down(query) and number > 16 else 0,
}


@pytest.mark.parametrize("name", TROUBLE)
def test_the_near_end_needs_no_other(name: str) -> None:
    server = Moving(64, refuse=TROUBLE[name])
    with opened(server) as account:
        frame = rp.read_runn("teams", account=account)
        assert list(frame["id"]) == list(range(1, 65))
        asked = len(server.asked)
        pd.testing.assert_frame_equal(rp.read_runn("teams", account=account), frame)
        assert len(server.asked) == asked


def test_a_failure_of_the_near_end_fails_the_read_and_keeps_nothing() -> None:
    server = Moving(64, refuse=lambda query, number: 400 if not down(query) and number > 9 else 0)
    with opened(server) as account:
        with pytest.raises(errors.ValidationError):
            rp.read_runn("teams", account=account)
        assert account.cache.info() == []


def test_a_far_end_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PATIENCE", 0.05)
    silent = threading.Event()

    class Silent(Moving):
        def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            if "desc" in environ["QUERY_STRING"]:
                silent.wait(5)
            return super().__call__(environ, start_response)

    with opened(Silent(64)) as account:
        began = time.monotonic()
        assert list(rp.read_runn("teams", account=account)["id"]) == list(range(1, 65))
        assert time.monotonic() - began < 3
        silent.set()


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_one_false_end_is_never_a_short_table(rows: int, begins: str) -> None:
    # Nothing is known yet of a list whose first two pages say that they are all.
    for at in range(0 if begins == "at once" else 2, 18):
        server = Moving(64, lie=false_end(at, rows))
        with opened(server) as account:
            frame = rp.read_runn("teams", account=account)
            assert list(frame["id"]) == list(range(1, 65)), f"request {at}"
            pd.testing.assert_frame_equal(rp.read_runn("teams", account=account), frame)


class ShortAtFirst(Moving):
    """Begins from its end with a page of a row or none, which says that others follow."""

    first = 1

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        answer = super()._page(query)
        if down(query) and "cursor" not in query:
            found = answer["values"][: self.first]
            last = found[-1]["id"] if found else max(self.table) + 1
            return {"values": found, "nextCursor": f"d{last}"}
        return answer


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_far_end_of_too_few_rows_tells_of_false_ends_too(
    rows: int, first: int, begins: str
) -> None:
    for at in range(0 if begins == "at once" else 2, 18):
        server = ShortAtFirst(64, lie=false_end(at, rows))
        server.first = first
        with opened(server) as account:
            assert list(rp.read_runn("teams", account=account)["id"]) == list(range(1, 65)), at


@settings(max_examples=30, deadline=None)
@given(
    rows=st.integers(12, 70),
    changes=st.lists(st.lists(change | near_the_middle, max_size=3), max_size=30),
    at=st.integers(2, 25),
    left=st.integers(0, LIMIT),
)
def test_one_false_end_amid_changes_is_never_a_short_table(
    rows: int, changes: list[list[tuple[str, int]]], at: int, left: int
) -> None:
    server = Moving(rows, changes, lie=false_end(at, left))
    with opened(server) as account:
        try:
            got = versions(rp.read_runn("teams", account=account))
        except errors.ProtocolError:
            return
    assert server.always <= set(got)


def test_an_end_that_stays_false_is_an_error() -> None:
    server = Moving(
        64,
        refuse=lambda query, number: 400 * (down(query) and "cursor" in query),
        lie=lambda query, number: None if down(query) or number < 4 else 2,
    )
    with opened(server) as account:
        with pytest.raises(errors.ProtocolError, match="ended before rows that are in it"):
            rp.read_runn("teams", account=account)
        assert account.cache.info() == []


@pytest.mark.parametrize("chunksize", [None, 10])
def test_an_end_without_a_row_is_asked_for_twice(chunksize: int | None) -> None:
    def read(server: Moving) -> list[int]:
        with opened(server) as account:
            account.workers = 1  # by one cursor
            read = rp.read_runn("teams", account=account, chunksize=chunksize)
            return list((read if chunksize is None else pd.concat(read))["id"])

    assert read(Moving(12, lie=false_end(2, 0))) == list(range(1, 13))
    honest = Moving(12, lie=lambda query, number: 0 if number > 1 else None)
    assert read(honest) == list(range(1, 9))
    assert len(honest.asked) == 4


class Stubborn(Moving):
    """Knows no order, as if it had not been asked for."""

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        return super()._page({k: v for k, v in query.items() if k != "order"})


class Shuffled(Moving):
    """Says that it sorts, and does not."""

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        answer = super()._page(query)
        if down(query) and "cursor" in query:
            answer["values"] = answer["values"][::-1]
        return answer


class Circle(Moving):
    """Gives the far end the same cursor for ever."""

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        answer = super()._page(query)
        return answer | ({"nextCursor": "d99"} if down(query) else {})


@pytest.mark.parametrize("kind", [Stubborn, Shuffled, Circle])
def test_a_server_that_does_not_keep_the_order_is_read_from_one_end(kind: type[Moving]) -> None:
    server = kind(64)
    with opened(server) as account:
        assert list(rp.read_runn("teams", account=account)["id"]) == list(range(1, 65))


class WithinPages(Moving):
    """Pages upwards whatever the order, and turns only the rows of each page."""

    cursor_of: Callable[[list[int]], int] = staticmethod(max)

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        plain = {k: v.replace("d", "a") for k, v in query.items() if k != "order"}
        answer = super()._page(plain)
        if down(query):
            answer["values"] = answer["values"][::-1]
            if answer["nextCursor"]:
                ids = [row["id"] for row in answer["values"]]
                answer["nextCursor"] = f"d{self.cursor_of(ids)}"
        return answer


class WithinPagesFromTheirEnd(WithinPages):
    """Goes on behind the last row that it has sent, which is the lowest of its page."""

    cursor_of = staticmethod(min)


class ByCount(Moving):
    """Pages by the number of rows that came before, in the direction asked for."""

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        ids = sorted(self.table, reverse=down(query))
        at, limit = self.place(query.get("cursor")), int(query["limit"])
        values = [team(id_, self.table[id_]) for id_ in ids[at : at + limit]]
        more = at + limit < len(ids)
        return {"values": values, "nextCursor": self.cursor(at + limit) if more else None}

    def cursor(self, at: int) -> str:
        return f"rows-{at}"

    def place(self, cursor: str | None) -> int:
        return int(cursor.removeprefix("rows-")) if cursor else 0


class ByPage(ByCount):
    """Pages by their number."""

    def cursor(self, at: int) -> str:
        return str(at // LIMIT + 1)

    def place(self, cursor: str | None) -> int:
        return (int(cursor) - 1) * LIMIT if cursor else 0


class ByHiddenCount(ByCount):
    """Pages by a number of rows that its cursors do not show."""

    def cursor(self, at: int) -> str:
        return hashlib.sha256(str(at).encode()).hexdigest()

    def place(self, cursor: str | None) -> int:
        return next((at for at in range(99) if self.cursor(at) == cursor), 0)


@pytest.mark.parametrize("kind", [WithinPages, WithinPagesFromTheirEnd])
@pytest.mark.parametrize("rows", [5, 8, 9, 12, 13, 24, 64])
def test_an_order_that_is_kept_within_pages_only_loses_nothing(
    kind: type[WithinPages], rows: int
) -> None:
    server = kind(rows)
    with opened(server) as account:
        for _ in range(2):
            assert list(rp.read_runn("teams", account=account)["id"]) == list(range(1, rows + 1))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from([WithinPages, WithinPagesFromTheirEnd]),
    rows=st.integers(0, 40),
    changes=st.lists(st.lists(change, max_size=5), max_size=20),
    gaps=st.booleans(),
)
def test_an_order_that_is_kept_within_pages_only_loses_nothing_that_was_always_there(
    kind: type[WithinPages], rows: int, changes: list[list[tuple[str, int]]], gaps: bool
) -> None:
    server = kind(rows, changes, gaps)
    with opened(server) as account:
        assert server.always <= set(versions(rp.read_runn("teams", account=account)))


@pytest.mark.parametrize("kind", [ByCount, ByPage, ByHiddenCount])
@pytest.mark.parametrize("rows", [30, 41, 64])
@pytest.mark.parametrize("gone", [1, 6])
def test_rows_deleted_at_the_far_end_of_a_list_paged_by_their_number_take_no_others_along(
    kind: type[ByCount], rows: int, gone: int
) -> None:
    server = kind(rows, [[]] * 5 + [[("delete", -1)] * gone])
    with opened(server) as account:
        assert server.always <= set(versions(rp.read_runn("teams", account=account)))


class NullId(Moving):
    """Has a row without an id, on a page that the near end or the far end comes to."""

    page = 1
    from_the_end = False

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        answer = super()._page(query)
        number = sum(down(asked) == down(query) for asked in self.asked)
        if down(query) == self.from_the_end and number == self.page:
            answer["values"][1]["id"] = None
        return answer


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
@pytest.mark.parametrize("page", [1, 2, 3, 5])
@pytest.mark.parametrize("from_the_end", [False, True])
def test_a_row_without_an_id_is_read_from_one_end_and_kept(page: int, from_the_end: bool) -> None:
    server = NullId(64)
    server.page, server.from_the_end = page, from_the_end
    with opened(server) as account:
        frame = rp.read_runn("teams", account=account)
        near = [query for query in server.asked if not down(query)]
        assert len(near) == 16, "the near end has read the whole list"
        assert frame["id"].isna().sum() == (not from_the_end)
        assert [int(name[1:]) for name in frame["name"]] == list(range(1, 65))
        asked = len(server.asked)
        again = rp.read_runn("teams", account=account)
        pd.testing.assert_frame_equal(again, frame)
        assert len(server.asked) == asked


class EndsEarly(Moving):
    """Says of its second page from the end that it was the last."""

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        page = super()._page(query)
        return page | {"nextCursor": None} if down(query) and "cursor" in query else page


def test_a_far_end_that_ends_too_early_loses_nothing() -> None:
    with opened(EndsEarly(64)) as account:
        assert list(rp.read_runn("teams", account=account)["id"]) == list(range(1, 65))


def test_more_new_rows_than_a_page_holds_are_read_from_the_near_end() -> None:
    server = Moving(40, [[]] * 9 + [[("insert", 0)] * 11])
    with opened(server) as account:
        assert list(rp.read_runn("teams", account=account)["id"]) == list(range(1, 52))


def test_chunks_and_cassettes_read_from_one_end() -> None:
    server = Moving(64)
    with opened(server) as account:
        chunks = list(rp.read_runn("teams", account=account, chunksize=10, max_age=0))
        account.workers = 1
        rp.read_runn("teams", account=account, max_age=0)
    assert sum(map(len, chunks)) == 64
    assert not any(map(down, server.asked))


def test_a_cassette_of_a_long_list_replays(tmp_path: Path) -> None:
    pytest.importorskip("vcr")
    server = Moving(64)
    with opened(server) as account:
        rp.use(account)
        with rp.cassette(tmp_path / "long.yaml"):
            recorded = rp.read_runn("teams")
        recording._recording.clear()
        asked = len(server.asked)
        with rp.cassette(tmp_path / "long.yaml"):
            pd.testing.assert_frame_equal(rp.read_runn("teams"), recorded)
    assert len(server.asked) == asked == 16
    assert not any(map(down, server.asked))


def test_chunks_of_a_list_that_was_kept_from_both_ends_are_in_order() -> None:
    server = Moving(64)
    with opened(server) as account:
        whole = rp.read_runn("teams", account=account)
        asked = len(server.asked)
        chunks = list(rp.read_runn("teams", account=account, chunksize=10))
    pd.testing.assert_frame_equal(pd.concat(chunks, ignore_index=True), whole)
    assert len(server.asked) == asked


@pytest.mark.parametrize(
    ("near", "far", "stays"),
    [
        ("01Z", "02Z", "far"),
        ("02Z", "01Z", "near"),
        ("01Z", "01.5Z", "far"),
        ("01.5Z", "01Z", "near"),
    ],
)
def test_of_a_row_that_both_ends_have_read_the_later_one_stays(
    near: str, far: str, stays: str
) -> None:
    def read(name: str, second: str, *ids: int) -> Page:
        updated = {"name": name, "updatedAt": f"2026-01-01T00:00:{second}"}
        content = {"values": [team(id_, 1) | updated for id_ in ids], "nextCursor": None}
        return decode_page(json.dumps(content).encode(), load().resources["teams"])

    whole = merged([read("near", near, 1, 2), read("far", far, 2, 3), read("top", "00Z", 3)])
    assert (whole.values("id"), whole.values("name")) == ([1, 2, 3], ["near", stays, "far"])


def test_only_lists_in_order_of_id_have_two_ends() -> None:
    actuals = load().resources["actuals"]
    assert has_two_ends(actuals, {"minDate": "2026-01-01"})
    assert has_two_ends(actuals, {"sortBy": "id", "order": "asc"})
    assert not has_two_ends(actuals, {"sortBy": "updatedAt"})
    assert not has_two_ends(actuals, {"order": "desc"})
    having = {name for name, r in load().resources.items() if has_two_ends(r, {})}
    assert {"actuals", "assignments", "people", "time-offs/leave"} <= having
    assert not having & {"activity-log", "users", "me", "reports/hours/people/{personId}"}
    assert all(not load().resources[name].path_parameters for name in having)


class ByUpdate(Moving):
    """Also sorts by the latest update, its cursors being that of the last row."""

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        if query.get("sortBy") != "updatedAt":
            return super()._page(query)
        rows = sorted((version, id_) for id_, version in self.table.items())
        rows = rows[::-1] if down(query) else rows
        at = int(query.get("cursor", LEAST_VERSION[down(query)]))
        rows = [row for row in rows if (row[0] < at if down(query) else row[0] > at)]
        found, more = rows[:LIMIT], len(rows) > LIMIT
        return {
            "values": [team(id_, version) for version, id_ in found],
            "nextCursor": str(found[-1][0]) if more else None,
        }


LEAST_VERSION = {True: 10**9, False: -1}


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(0, 40),
    changes=st.lists(st.lists(change, max_size=3), max_size=20),
    order=st.sampled_from(["asc", "desc"]),
    chunksize=st.sampled_from([None, 3]),
)
def test_a_list_sorted_by_its_updates_misses_no_row_that_is_edited_meanwhile(
    rows: int, changes: list[list[tuple[str, int]]], order: str, chunksize: int | None
) -> None:
    server = ByUpdate(rows, changes)
    with opened(server) as account:
        asked = {"sortBy": "updatedAt", "order": order, "account": account}
        if chunksize and order == "desc":
            with pytest.raises(errors.FilterError, match="cannot be read in chunks"):
                rp.read_runn("teams", chunksize=chunksize, **asked)
            return
        read = rp.read_runn("teams", chunksize=chunksize, **asked)
        got = versions(read if chunksize is None else pd.concat(read))
        assert server.always <= set(got)
        if chunksize is None:
            assert list(got.values()) == sorted(got.values(), reverse=order == "desc")


@pytest.mark.parametrize("kind", [Moving, Stubborn, WithinPages, WithinPagesFromTheirEnd])
@pytest.mark.parametrize("mark", [0, 2, 30, 63, 64])
def test_the_rows_above_an_id_are_found_whatever_order_a_server_keeps(
    kind: type[Moving], mark: int
) -> None:
    with opened(kind(64)) as account:
        rows = FreshRows(account).down_to(load().resources["teams"], mark)
    assert {row["id"] for row in rows} >= set(range(mark + 1, 65))
