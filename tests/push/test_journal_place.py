"""Whose journal it is: the account's, whatever its token, wherever its cache; and for how long."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.demo.server import Demo
from runn_pandas.errors import ConfigError, PlanError
from runn_pandas.push.api import journal, plan, undo
from runn_pandas.push.journal import Journal, journal_path
from runn_pandas.push.model import Attempt, Outcome
from tests.support.desk import Desk, new_demo, served
from tests.support.desk import push_quietly as push
from tests.support.faults import Killed, kill_after
from tests.support.pushes import actuals_of, run_and_kill, teams

TEN = teams(*"ABCDEFGHIJ")


class Accounts:
    """A server of several accounts: each token's, by its second word."""

    def __init__(self, **demos: Demo) -> None:
        self.demos = demos

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        token = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        return self.demos[token.split("-")[1]](environ, start_response)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def opened(stack: ExitStack, tmp_path: Path) -> Callable[..., Account]:
    """Open an account at an address, with a cache folder of its own."""

    def open_(url: str, token: str, cache: str = "cache") -> Account:
        account = Account(url, token, cache_dir=tmp_path / cache, max_age=0)
        stack.callback(account.session.close)
        return account

    return open_


def killed_at(account: Account, number: int, frame: pd.DataFrame, resource: str = "teams") -> None:
    """Push, and end as a killed process does after a write of a number."""
    real = account.session.request
    kill_after(account, number)
    with pytest.raises(Killed):
        push(frame, resource, account=account)
    account.session.request = real  # type: ignore[method-assign]


def names(demo: Demo) -> list[str]:
    return sorted(n for row in demo.company.tables["teams"].values() if len(n := row["name"]) == 1)


def asked(demo: Demo, since: int) -> list[str]:
    return [one.path for one in demo.log[since:] if one.method == "GET"]


# -- the cache goes, or the token


def test_a_push_that_was_killed_goes_on_when_the_cache_was_cleaned(
    tmp_path: Path, opened: Callable[..., Account]
) -> None:
    demo = new_demo()
    with served(demo) as url:
        pd.to_pickle(("teams", TEN, {}), tmp_path / "frame.pickle")
        run_and_kill(demo, url, tmp_path / "cache", tmp_path / "frame.pickle", 5, "after")
        shutil.rmtree(tmp_path / "cache")
        result = push(TEN, "teams", account=opened(url, "demo", "other"))
    assert set(result["status"]) == {"created"}
    assert names(demo) == list("ABCDEFGHIJ")


def test_a_push_that_was_killed_goes_on_when_the_token_was_renewed(
    opened: Callable[..., Account],
) -> None:
    demo = new_demo()
    with served(demo) as url:
        killed_at(opened(url, "demo-first"), 5, TEN)
        result = push(TEN, "teams", account=opened(url, "demo-second"))
        assert set(result["status"]) == {"created"}
        assert names(demo) == list("ABCDEFGHIJ")
        assert journal(opened(url, "demo-first"))["ended"].all()
        assert journal_path(opened(url, "demo-first")) == journal_path(opened(url, "demo-second"))


def test_a_token_that_is_known_asks_nothing_more(opened: Callable[..., Account]) -> None:
    demo = new_demo()
    with served(demo) as url:

        def requests(token: str, name: str) -> list[str]:
            mark = len(demo.log)
            push(teams(name), "teams", account=opened(url, token))
            return asked(demo, mark)

        first, plain = requests("demo-first", "A"), requests("demo-first", "B")
        assert len(first) == len(plain) + 3
        new, again = requests("demo-second", "C"), requests("demo-second", "D")
        assert len(new) <= len(plain) + 3
        assert again == plain


def test_a_plan_by_the_only_token_asks_nothing_more(opened: Callable[..., Account]) -> None:
    demo = new_demo()
    with served(demo) as url:
        mark = len(demo.log)
        plan(teams("A"), "teams", account=opened(url, "demo-first"))
        before = asked(demo, mark)
        push(teams("B"), "teams", account=opened(url, "demo-first"))
        mark = len(demo.log)
        plan(teams("A"), "teams", account=opened(url, "demo-first"))
        assert asked(demo, mark) == before


# -- two accounts


def test_two_accounts_of_one_address_have_a_journal_each(opened: Callable[..., Account]) -> None:
    one, two = new_demo(), new_demo(12, seed=5)
    many: Any = Accounts(one=one, two=two)
    with served(many) as url:
        killed_at(opened(url, "demo-one-a"), 5, TEN)
        result = push(TEN, "teams", account=opened(url, "demo-two-a"))
        assert set(result["status"]) == {"created"}
        assert names(two) == list("ABCDEFGHIJ")
        assert names(one) == list("ABCDE")
        mark = len(two.log)
        assert journal(opened(url, "demo-two-a"))["push"].unique().tolist() == [1]
        assert two.log[mark:] == []
        push(TEN, "teams", account=opened(url, "demo-one-b"))
        assert names(one) == list("ABCDEFGHIJ")


def test_a_test_account_never_goes_on_with_a_push_to_a_live_one(
    opened: Callable[..., Account],
) -> None:
    # Copied data may have the same ids.
    many: Any = Accounts(live=new_demo(), test=(copy := new_demo()))
    with served(many) as url:
        killed_at(opened(url, "LIVE_demo-live"), 5, TEN)
        assert not plan(TEN, "teams", account=opened(url, "TEST_demo-test")).continues
        push(TEN, "teams", account=opened(url, "TEST_demo-test"))
        assert names(copy) == list("ABCDEFGHIJ")


# -- where it cannot be told


@pytest.mark.parametrize("same", [True, False])
def test_where_it_cannot_be_told_one_is_asked(opened: Callable[..., Account], same: bool) -> None:
    one, two = new_demo(12), new_demo(12)
    for demo in (one, two):
        for name in ("people", "projects", "roles"):
            demo.company.tables[name].clear()
    demo = one if same else two
    many: Any = Accounts(one=one, two=one if same else two)
    with served(many) as url:
        killed_at(opened(url, "demo-one"), 5, TEN)
        first = opened(url, "demo-one").fingerprint
        second = opened(url, "demo-two")
        for call in (plan, push):
            with pytest.raises(PlanError, match=rf"push 1 .*rp\.journal\(of='{first}'\)"):
                call(TEN, "teams", account=second)
        assert names(demo) == (list("ABCDE") if same else [])
        with pytest.raises(PlanError, match=f"no journal 'x' of this address; there is '{first}'"):
            journal(second, of="x")
        journal(second, of=first if same else "new")
        assert set(push(TEN, "teams", account=second)["status"]) == {"created"}
        assert names(demo) == list("ABCDEFGHIJ")
        assert journal(opened(url, "demo-one"))["ended"].all() == same


def test_a_journal_with_nothing_to_continue_is_in_nobodys_way(
    opened: Callable[..., Account],
) -> None:
    demo = new_demo(12)
    for name in ("people", "projects", "roles"):
        demo.company.tables[name].clear()
    with served(demo) as url:
        push(teams("A"), "teams", account=opened(url, "demo-one"))
        assert list(push(teams("B"), "teams", account=opened(url, "demo-two"))["status"]) == [
            "created"
        ]


# -- where it was before


def test_a_journal_beside_the_cache_is_taken_over(
    tmp_path: Path, opened: Callable[..., Account]
) -> None:
    demo = new_demo()
    with served(demo) as url:
        account = opened(url, "demo")
        killed_at(account, 5, TEN)
        here = journal_path(account)
        old = account.cache.folder / "journal" / f"127.0.0.1-{account.fingerprint}.sqlite"
        old.parent.mkdir()
        here.rename(old)
        made = plan(TEN, "teams", account=account)
        assert "Continues an unfinished push" in repr(made)
        assert here.exists()
        assert not old.exists()
        made.apply()
        assert names(demo) == list("ABCDEFGHIJ")


def test_a_journal_that_an_earlier_version_has_open_is_not_taken_over(
    opened: Callable[..., Account],
) -> None:
    demo = new_demo()
    with served(demo) as url:
        account = opened(url, "demo")
        push(teams("A"), "teams", account=account)
        here = journal_path(account)
        old = account.cache.folder / "journal" / f"127.0.0.1-{account.fingerprint}.sqlite"
        old.parent.mkdir()
        here.rename(old)
        other = sqlite3.connect(old)
        other.execute("begin")
        other.execute("select * from pushes").fetchall()
        with pytest.raises(ConfigError, match="cannot be moved"):
            push(teams("B"), "teams", account=account)
        other.close()
        push(teams("B"), "teams", account=account)
        assert journal(account)["new"].tolist() == ["B", "A"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_the_journal_is_private_whatever_came_first(
    tmp_path: Path, opened: Callable[..., Account]
) -> None:
    folder = tmp_path / "state" / "journal"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    before = os.umask(0)
    try:
        with served(new_demo()) as url:
            account = opened(url, "demo")
            push(teams("A"), "teams", account=account)
            path = journal_path(account)
            path.chmod(0o666)
            push(teams("B"), "teams", account=account)
    finally:
        os.umask(before)
    assert path.parent == folder
    for one in [folder, *folder.iterdir()]:
        assert stat.S_IMODE(one.stat().st_mode) == (0o700 if one.is_dir() else 0o600), one.name


def test_the_state_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNN_STATE_DIR")
    account = Account("https://api.runn.io", "nobody")
    assert "runn_pandas" in str(journal_path(account).parent.parent)
    assert account.cache.folder not in journal_path(account).parents


# -- how large, and what is forgotten


@pytest.mark.slow
def test_a_journal_is_small(desk: Desk, tmp_path: Path) -> None:
    made, many = desk.plan(actuals_of(desk, 100), "actuals"), 5_000
    row_plans = [
        replace(made.row_plans[n % 100], position=n, changes=_varied(made.row_plans[n % 100], n))
        for n in range(many)
    ]
    intent = replace(
        made.intent,
        labels=tuple(range(many)),
        rows={n: {**made.intent.rows[n % 100], "billableMinutes": n} for n in range(many)},
    )
    batch, path = made.batches()[0], tmp_path / "small.sqlite"
    row = desk.account.request("GET", "actuals", {"limit": 1})["values"][0]
    answer = [{**row, "id": n} for n in range(100)]
    with Journal(path) as own:
        number = own.begin("plan", intent, row_plans)
        own._run("pragma synchronous = off")
        for start in range(0, many, 100):
            attempt: Attempt = own.sent(
                number, range(start, start + 100), 0, batch.requests[0], batch.many
            )
            own.answered(attempt, "done", [{**row, "id": start + row["id"]} for row in answer])
            for n in range(start, start + 100):
                own.outcome(number, n, Outcome("created", (100_000 + n,), "", 1))
        own.end(number)
        assert len(own.all()[0].rows) == many
    assert path.stat().st_size < 200 * many  # 20 MB for 100,000


def _varied(row_plan: Any, number: int) -> Any:
    return tuple(
        change._replace(new=number) if change.field == "billableMinutes" else change
        for change in row_plan.changes
    )


def test_what_ended_is_forgotten(desk: Desk) -> None:
    desk.wire.refuse("teams/")
    desk.push(teams("Unforgettable", "Memorable"), "teams")
    desk.wire.heal()
    desk.push(teams("B"), "teams")
    path = journal_path(desk.account)
    with Journal(path) as own:
        own._run("update rows set outcome = replace(outcome, 'today', 'Unforgettable')")
    assert b"Unforgettable" in path.read_bytes()
    assert desk.journal(clear=1)["push"].tolist() == [2]
    assert b"Unforgettable" not in path.read_bytes()
    with pytest.raises(PlanError, match="push 1 can be undone: it was cleared"):
        undo(1, account=desk.account)
    with pytest.raises(PlanError, match="no push 9"):
        desk.journal(clear=9)
    with pytest.raises(PlanError, match="clear is the number of a push"):
        desk.journal(clear="all")
    assert desk.journal(clear="ended").empty
    # The numbers go on.
    desk.push(teams("C"), "teams")
    assert desk.journal()["push"].tolist() == [3]
    assert desk.journal(clear=True).empty


def test_what_did_not_end_is_kept_with_all_that_it_needs(desk: Desk) -> None:
    desk.push(teams("Z"), "teams")
    own = desk.push(teams("A", "B", "C"), "teams")["id"].tolist()
    desk.wire.fault_at(2, "kill after")
    with pytest.raises(Killed):
        undo(2, account=desk.account).apply()
    desk.wire.heal()
    for number in (2, 3):
        with pytest.raises(PlanError, match=r"push 3 did not end.*rp\.journal\(close=3\)"):
            desk.journal(clear=number)
    assert set(desk.journal(clear=True)["push"]) == {2, 3}
    undo(2, account=desk.account).apply()
    assert not set(own) & set(desk.read("teams")["id"])
    assert desk.journal(clear=True).empty


def test_the_public_function_takes_the_same(desk: Desk) -> None:
    rp.use(desk.account)
    assert list(teams("A").runn.push("teams")["status"]) == ["created"]
    assert rp.journal(clear=True).empty
