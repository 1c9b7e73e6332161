"""Many spans of one list of days at once: nothing is lost, whatever happens to it meanwhile."""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.catalog import load
from runn_pandas.reader import spans
from runn_pandas.reader.days import Days, cuts, has_days, number_of_spans, usual
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


def read(server: MovingDays, **options: Any) -> pd.DataFrame:
    """Read all actuals, twice: the second time from the cache."""
    with opened(server) as account:
        frame = rp.read_runn("actuals", account=account, **options)
        asked = len(server.asked)
        pd.testing.assert_frame_equal(rp.read_runn("actuals", account=account, **options), frame)
        assert len(server.asked) == asked, "kept as a whole"
    assert frame["id"].is_monotonic_increasing
    assert frame["id"].is_unique
    return frame


def was_cut(server: MovingDays) -> bool:
    """Whether rows of some days were asked for, and the attempt came to its end."""
    return any("modifiedAfter" in query for query in server.asked) and not server.read_through


change = st.tuples(
    st.sampled_from(["insert", "delete", "update", "replace", "redate", "redate"]),
    st.integers(0, 10**6),
)
moving = given(
    rows=st.integers(20, 120),
    changes=st.lists(st.lists(change, max_size=3), max_size=40),
    gaps=st.booleans(),
    short=st.booleans(),
    days=st.sampled_from([1, 30, 300]),
    seed=st.integers(0, 99),
)


def check(rows: int, changes: list[list[tuple[str, int]]], **options: Any) -> None:
    server = MovingDays(rows, changes, **options)
    frame = read(server)
    got = dict(zip(frame["id"], frame["billableMinutes"], strict=True))
    assert server.always <= set(got), "a row that was there throughout is missing"
    assert server.alive <= {server.entity[id_] for id_ in got}, (
        "neither a row nor what has replaced it was found"
    )
    ends = [query.keys() - {"limit", "sortBy"} for query in server.asked]
    if ends.count(set()) > 1 or ends.count({"order"}) > 1:
        return  # asked again only to see whether a row is still there
    served = server.near if server.read_through else server.served
    late = {id_ for id_, version in got.items() if version < served.get(id_, 0)}
    assert not late, "a row that was met twice is not as it was last"


@settings(max_examples=25, deadline=None)
@moving
def test_no_row_is_lost_or_doubled_whatever_happens_meanwhile(**drawn: Any) -> None:
    check(**drawn)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=600, deadline=None)
@moving
def test_no_row_is_lost_or_doubled_often(**drawn: Any) -> None:
    check(**drawn)


@pytest.mark.parametrize("rows", [40, 47, 100, 200])
def test_a_list_that_nobody_changes_is_cut(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "LONG", 99)  # whether a long span is cut again depends on the time
    server = MovingDays(rows)
    assert list(read(server)["id"]) == sorted(server.table)
    assert was_cut(server)
    pages = -(-rows // LIMIT)
    # Beside the list: its beginning, its end, what was changed, and the last page of each span.
    assert len(server.asked) <= pages + 4 + number_of_spans(pages, None) * 2


def test_a_short_list_is_not_cut() -> None:
    server = MovingDays(9 * LIMIT - 1)
    assert len(read(server)) == 9 * LIMIT - 1
    assert not was_cut(server)


def test_days_that_the_user_asks_for_are_cut_too() -> None:
    server = MovingDays(200)
    frame = read(server, minDate="2024-03-01", maxDate="2024-09-30")
    within = [i for i, day in server.day.items() if "2024-03-01" <= day <= "2024-09-30"]
    assert list(frame["id"]) == sorted(within)
    assert any("modifiedAfter" in query for query in server.asked)
    assert all("minDate" in query and "maxDate" in query for query in server.asked)


def test_a_span_of_most_rows_is_cut_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Crowded(MovingDays):
        def any_day(self) -> str:
            day = self.chance.randrange(40) if self.chance.random() < 0.8 else 40 + 260
            return str(dt.date(2024, 5, 1) + dt.timedelta(days=day))

    server = Crowded(240)
    assert len(read(server)) == 240
    asked = {(q.get("minDate"), q.get("maxDate")) for q in server.asked}
    assert len(asked) > 1 + spans.STREAMS


# -- an end that is none


@pytest.mark.parametrize("rows", [0, 1, 2])
@pytest.mark.parametrize("tenth", range(5))
def test_one_false_end_is_never_a_short_table(rows: int, tenth: int) -> None:
    for at in range(tenth * 10, tenth * 10 + 10):
        server = MovingDays(100, lie=false_end(at, rows))
        with opened(server) as account:
            frame = rp.read_runn("actuals", account=account)
            assert list(frame["id"]) == list(range(1, 101)), f"request {at}"
            pd.testing.assert_frame_equal(rp.read_runn("actuals", account=account), frame)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.integers(20, 120),
    changes=st.lists(st.lists(change, max_size=3), max_size=40),
    days=st.sampled_from([1, 30, 300]),
    at=st.integers(0, 50),
    left=st.integers(0, LIMIT),
    seed=st.integers(0, 99),
)
def test_one_false_end_amid_changes_is_never_a_short_table(
    rows: int, changes: Any, days: int, at: int, left: int, seed: int
) -> None:
    server = MovingDays(rows, changes, days=days, seed=seed, lie=false_end(at, left))
    with opened(server) as account:
        try:
            got = set(rp.read_runn("actuals", account=account)["id"])
        except errors.ProtocolError:
            return
    assert server.always <= got


def test_an_end_that_stays_false_is_an_error() -> None:
    server = MovingDays(100, lie=lambda query, number: 2 if "order" not in query else None)
    with opened(server) as account:
        with pytest.raises(errors.ProtocolError, match="ended before rows that are in it"):
            rp.read_runn("actuals", account=account)
        assert account.cache.info() == []


# -- servers that are not as their contract says


class Exclusive(MovingDays):
    """Leaves out the first and the last day."""

    def is_asked_for(self, id_: int, query: dict[str, str]) -> bool:
        bounds = {query.get("minDate"), query.get("maxDate")}
        return super().is_asked_for(id_, query) and self.day[id_] not in bounds


class FromJuly(MovingDays):
    """Gives rows from July on where only a last day is asked for, or only a first one."""

    def is_asked_for(self, id_: int, query: dict[str, str]) -> bool:
        if "minDate" in query:
            query = {"maxDate": "2024-10-10"} | query
        if "maxDate" in query:
            query = {"minDate": "2024-01-20"} | query
        return super().is_asked_for(id_, query)


class Shuffled(MovingDays):
    """Has no order within a page of some days."""

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        answer = super()._page(query)
        if "minDate" in query:
            answer["values"] = answer["values"][::-1]
        return answer


class Circle(MovingDays):
    """Gives the rows of some days for ever."""

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        answer = super()._page(query)
        return answer | ({"nextCursor": "7"} if "minDate" in query else {})


class Empty(MovingDays):
    """Gives one empty page after another, each with a new cursor."""

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        answer = super()._page(query)
        if "minDate" in query:
            answer = {"values": [], "nextCursor": str(int(query.get("cursor", 0)) + 1)}
        return answer


class Moments(MovingDays):
    """Has a moment in place of a day on one row."""

    def row(self, id_: int) -> dict[str, Any]:
        made = super().row(id_)
        return made | {"date": f"{made['date']}T00:00:00Z"} if id_ == 50 else made


class NoDay(MovingDays):
    """Has a row without a day, which no filter gives."""

    def row(self, id_: int) -> dict[str, Any]:
        return super().row(id_) | ({"date": None} if id_ == 3 else {})

    def is_asked_for(self, id_: int, query: dict[str, str]) -> bool:
        is_filtered = query.keys() & {"minDate", "maxDate"}
        return super().is_asked_for(id_, query) and not (id_ == 3 and is_filtered)


class EmptyEnd(MovingDays):
    """Has nothing at its end."""

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        nothing: dict[str, Any] = {"values": [], "nextCursor": None}
        return nothing if query.get("order") == "desc" else super()._page(query)


ODD = [NoFilter, NoChanges, NoOrder, Shuffled, Circle, Empty, Moments, NoDay, EmptyEnd]


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
@pytest.mark.parametrize("kind", ODD)
def test_a_server_that_is_not_as_it_should_be_is_read_as_other_lists_and_asked_once(
    kind: type[MovingDays],
) -> None:
    server = kind(100)
    with opened(server) as account:
        frame = rp.read_runn("actuals", account=account, max_age=0)
        assert list(frame["id"]) == list(range(1, 101))
        first = len(server.asked)
        again = rp.read_runn("actuals", account=account, max_age=0)
        pd.testing.assert_frame_equal(again, frame)
        assert not any(
            query.keys() & {"minDate", "maxDate", "modifiedAfter"} for query in server.asked[first:]
        )


@pytest.mark.parametrize("kind", [Exclusive, FromJuly])
@pytest.mark.parametrize("seed", range(3))
def test_days_that_are_not_counted_in_lose_nothing(kind: type[MovingDays], seed: int) -> None:
    server = kind(150, seed=seed)
    assert list(read(server)["id"]) == list(range(1, 151))
    assert was_cut(server)


@settings(max_examples=15, deadline=None)
@given(
    kind=st.sampled_from([*ODD, Exclusive, FromJuly]),
    rows=st.integers(20, 100),
    changes=st.lists(st.lists(change, max_size=3), max_size=25),
    seed=st.integers(0, 99),
)
@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
def test_odd_servers_whose_rows_change_lose_nothing_that_was_always_there(
    kind: type[MovingDays], rows: int, changes: list[list[tuple[str, int]]], seed: int
) -> None:
    server = kind(rows, changes, seed=seed)
    with opened(server) as account:
        assert server.always <= set(rp.read_runn("actuals", account=account)["id"])


@pytest.mark.parametrize("at", ["end", "days", "changes"])
@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_of_a_part_is_no_refusal_of_the_list(at: str, status: int) -> None:
    marks = {"end": "order", "days": "minDate", "changes": "modifiedAfter"}

    def refuse(query: dict[str, str], number: int) -> int:
        return status if marks[at] in query else 0

    assert len(read(MovingDays(100, refuse=refuse))) == 100


def test_a_failure_of_the_list_itself_fails_the_read_and_keeps_nothing() -> None:
    server = MovingDays(100, refuse=lambda query, number: 400)
    with opened(server) as account:
        with pytest.raises(errors.ValidationError):
            rp.read_runn("actuals", account=account)
        assert account.cache.info() == []


def test_at_most_eight_are_on_their_way() -> None:
    lock = threading.Lock()

    class Counting(MovingDays):
        now = most = 0

        def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            with lock:
                self.now += 1
                self.most = max(self.most, self.now)
            time.sleep(0.002)
            answer = super().__call__(environ, start_response)
            with lock:
                self.now -= 1
            return answer

    server = Counting(200)
    read(server)
    assert 1 < server.most <= spans.STREAMS


def test_without_a_clock_of_the_server_a_list_is_not_cut() -> None:
    class Dateless(MovingDays):
        def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            def start(status: str, headers: list[tuple[str, str]]) -> Any:
                return start_response(status, [h for h in headers if h[0] != "Date"])

            return super().__call__(environ, start)

    server = Dateless(100)
    assert len(read(server)) == 100
    assert not was_cut(server)


def strange_day(day: str) -> type[MovingDays]:
    """A server with one row of a day that is not plain, or of another time."""

    class Strange(MovingDays):
        def row(self, id_: int) -> dict[str, Any]:
            return super().row(id_) | ({"date": day} if id_ in (2, 50, 99) else {})

        def is_asked_for(self, id_: int, query: dict[str, str]) -> bool:
            if id_ in (2, 50, 99):
                self.day[id_] = day
            return super().is_asked_for(id_, query)

    return Strange


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
@pytest.mark.parametrize("day", ["3024-05-01", "1024-05-01", "9999-12-31", "2024-02-30"])
def test_days_out_of_the_way_lose_nothing(day: str) -> None:
    with opened(strange_day(day)(100)) as account:
        assert len(rp.read_runn("actuals", account=account)) == 100


def test_what_this_program_has_asked_for_in_the_minute_is_room_no_more() -> None:
    server = MovingDays(60)  # that tells nothing of its limit
    with opened(server) as account:
        rp.read_runn("actuals", account=account, max_age=0)
        assert was_cut(server)
        assert account.session.left() == 120 - len(server.asked)
        while len(server.asked) < 102:
            account.session.request("GET", "actuals", {"limit": 1})
        server.asked.clear()
        rp.read_runn("actuals", account=account, max_age=0)
        assert not any("minDate" in query for query in server.asked)
        assert len(server.asked) <= 18, "it need not wait for the limit"


@pytest.mark.parametrize("seconds", [-3600, 540, 3600])
def test_what_a_difference_of_clocks_does(seconds: int) -> None:
    """Rows that get another day meanwhile are found while `updatedAt` is ten minutes late at most.

    A clock that is later still is not seen by anything in the answers.
    """

    class Skewed(MovingDays):
        def row(self, id_: int) -> dict[str, Any]:
            made = super().row(id_)
            late = pd.Timestamp(made["updatedAt"]) - pd.Timedelta(seconds=seconds)
            return made | {"updatedAt": late.isoformat().replace("+00:00", "Z")}

        def is_asked_for(self, id_: int, query: dict[str, str]) -> bool:
            since = query.get("modifiedAfter")
            if since is None or id_ not in self.changed:
                return super().is_asked_for(id_, query) and since is None
            late = self.changed[id_] - dt.timedelta(seconds=seconds)
            return late > dt.datetime.fromisoformat(since)

    lost = 0
    for seed in range(2):
        changes = [[("redate", 7 * number)] for number in range(40)]
        server = Skewed(100, changes, seed=seed)
        with opened(server) as account:
            found = set(rp.read_runn("actuals", account=account)["id"])
        assert any("modifiedAfter" in query for query in server.asked)
        lost += len(server.always - found)
    assert seconds > 600 or not lost


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("at", [2, 50, 99])
@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
def test_a_row_without_a_day_is_kept_wherever_a_filter_of_days_gives_it(
    at: int, missing: bool
) -> None:
    class Dayless(MovingDays):
        def row(self, id_: int) -> dict[str, Any]:
            made = super().row(id_)
            if id_ != at:
                return made
            return {k: v for k, v in made.items() if k != "date"} if missing else made | NO_DAY

        def is_asked_for(self, id_: int, query: dict[str, str]) -> bool:
            return id_ == at or super().is_asked_for(id_, query)

    with opened(Dayless(100)) as account:
        frame = rp.read_runn("actuals", account=account)
    assert list(frame["id"]) == list(range(1, 101))
    assert list(frame.loc[frame["date"].isna(), "id"]) == [at]


NO_DAY = {"date": None}


def test_a_row_without_a_day_amid_a_list_is_not_found_where_filters_of_days_leave_it_out() -> None:
    """What `docs/explanation/limit.md` says: the contract has a day on each row."""

    class Dayless(MovingDays):
        def is_asked_for(self, id_: int, query: dict[str, str]) -> bool:
            is_by_day = query.keys() & {"minDate", "maxDate"}
            return super().is_asked_for(id_, query) and not (is_by_day and id_ == 50)

    with opened(Dayless(100)) as account:
        assert list(rp.read_runn("actuals", account=account)["id"]) == [
            *range(1, 50),
            *range(51, 101),
        ]
        account.workers = 1
        assert len(rp.read_runn("actuals", account=account, max_age=0)) == 100


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 GMT", "nonsense", ""])
def test_a_clock_of_another_age_is_no_clock(date: str) -> None:
    class Late(MovingDays):
        def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            def start(status: str, headers: list[tuple[str, str]]) -> Any:
                return start_response(status, [*headers[:-1], ("Date", date)])

            return super().__call__(environ, start)

    assert len(read(Late(100))) == 100


def test_a_known_row_that_is_deleted_meanwhile_is_no_reason_to_read_all_again() -> None:
    server = MovingDays(100, [[], [], [], [("delete", 0)], [("delete", -1)]])
    with opened(server) as account:
        assert len(rp.read_runn("actuals", account=account)) >= 98
        assert was_cut(server)
        assert not account.session.odd


def test_what_passes_does_not_keep_a_list_from_being_cut_the_next_time() -> None:
    failing = [True]
    server = MovingDays(100, refuse=lambda query, _: 400 * ("minDate" in query and failing[0]))
    with opened(server) as account:
        assert len(rp.read_runn("actuals", account=account, max_age=0)) == 100
        failing.clear()
        failing.append(False)
        server.asked.clear()
        assert len(rp.read_runn("actuals", account=account, max_age=0)) == 100
    assert any("modifiedAfter" in query for query in server.asked)


def test_of_two_copies_of_one_moment_the_same_stays_whichever_came_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody can tell which one is right, but the frame must not be a matter of chance."""
    monkeypatch.setattr(spans, "LONG", 99)  # the same spans each time

    class Undecided(MovingDays):
        """Its rows have other hours in each span, and were all changed at one moment."""

        def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            time.sleep(self.delays.random() / 100)
            return super().__call__(environ, start_response)

        def _page(self, query: dict[str, str]) -> dict[str, Any]:
            answer = super()._page(query)
            for made in answer["values"]:
                made["billableMinutes"] = int(query.get("minDate", "1").replace("-", ""))
            return answer

    def frame(delays: int) -> pd.DataFrame:
        server = Undecided(160)
        server.delays = random.Random(delays)
        made = read(server)
        assert was_cut(server)
        return made

    first = frame(0)
    pd.testing.assert_frame_equal(frame(1), first)
    pd.testing.assert_frame_equal(frame(2), first)


# -- decisions


@pytest.mark.parametrize(
    ("pages", "left", "spans"),
    [
        (9, None, 0),  # too short
        (10, None, 3),
        (40, None, 11),
        (40, 50, 11),
        (40, 49, 0),  # would need another minute
        (108, 120, 16),
        (109, None, 0),
        (400, None, 0),  # waits for the limit in any case
    ],
)
def test_number_of_spans(pages: float, left: int | None, spans: int) -> None:
    assert number_of_spans(pages, left) == spans


@given(
    first=st.dates(dt.date(2000, 1, 1), dt.date(2030, 1, 1)),
    length=st.integers(0, 4000),
    count=st.integers(0, 20),
)
def test_spans_cover_all_days_and_share_two(first: dt.date, length: int, count: int) -> None:
    last = first + dt.timedelta(days=length)
    found = cuts(str(first), str(last), count)
    assert len(found) <= max(count, 0)
    if not found:
        return
    assert found[0][0] is None
    assert found[-1][1] is None
    for (_, end), (start, _) in pairwise(found):
        assert start is not None
        assert end is not None
        assert dt.date.fromisoformat(end) - dt.date.fromisoformat(start) == dt.timedelta(days=1)
        assert dt.date.fromisoformat(start).weekday() == 5


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([], (None, None)),
        (["2024-01-02"], ("2024-01-02", "2024-01-02")),
        (
            ["1970-01-01", *["2024-01-02", "2024-02-01"] * 50, "2099-01-01"],
            ("2024-01-02", "2024-02-01"),
        ),
    ],
)
def test_one_odd_day_says_nothing_of_where_the_others_are(days: list[str], found: Days) -> None:
    assert usual(days) == found


def test_which_lists_have_days() -> None:
    assert {n for n, r in load().resources.items() if has_days(r, {})} == {"actuals"}
    assert has_days(ACTUALS, {"personId": 7, "minDate": "2024-01-01"})
    assert not has_days(ACTUALS, {"modifiedAfter": "2024-01-01T00:00:00Z"})
