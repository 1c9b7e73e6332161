"""Two accounts on one machine, two tokens of one account, two machines on one account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.demo.server import Demo, Request
from runn_pandas.errors import ConfigError
from runn_pandas.push.api import plan
from tests.support.desk import new_demo, served
from tests.support.desk import push_quietly as push
from tests.support.faults import Killed, kill_after
from tests.support.pushes import teams

Open = Callable[..., Account]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open an account on a machine: with a cache and a journal of that machine's own."""
    with ExitStack() as stack:

        def open_(url: str, token: str = "demo-one", machine: str = "here") -> Account:
            monkeypatch.setenv("RUNN_STATE_DIR", str(tmp_path / machine / "state"))
            account = Account(url, token, cache_dir=tmp_path / machine / "cache", max_age=0)
            stack.callback(account.session.close)
            return account

        yield open_


def joiners(account: Account, **columns: Any) -> pd.DataFrame:
    role = int(rp.read_runn("roles", account=account)["id"].iloc[0])
    frame = pd.DataFrame({"firstName": [f"New {n}" for n in range(4)], "lastName": "Joiner"})
    return frame.assign(roleId=role, **columns)


def count(demo: Demo) -> int:
    return [one["lastName"] for one in demo.company.tables["people"].values()].count("Joiner")


def test_two_tokens_of_one_account_do_nothing_twice(opened: Open) -> None:
    demo = new_demo()
    with served(demo) as url:
        frame = joiners(opened(url))
        push(frame, "people", account=opened(url, "demo-one"))
        again = push(frame, "people", account=opened(url, "demo-two"))
        assert set(again["status"]) == {"unchanged"}
        assert count(demo) == 4


def test_two_tokens_of_one_account_do_not_push_at_once(opened: Open) -> None:
    demo, refused = new_demo(), list[str]()
    with served(demo) as url:
        one, two = opened(url, "demo-one"), opened(url, "demo-two")
        push(teams("A"), "teams", account=one)

        def meanwhile(request: Request) -> None:
            if request.method == "POST":
                demo.before = None
                with pytest.raises(ConfigError, match="Another push") as caught:
                    push(teams("C"), "teams", account=two)
                refused.append(str(caught.value))

        demo.before = meanwhile
        assert list(push(teams("B"), "teams", account=one)["status"]) == ["created"]
        assert len(refused) == 1


def test_two_accounts_know_nothing_of_each_other(opened: Open) -> None:
    first, second = new_demo(), new_demo()
    with served(first) as url, served(second) as other:
        frame = joiners(opened(url))
        for address in (url, other):
            assert set(push(frame, "people", account=opened(address))["status"]) == {"created"}
        assert (count(first), count(second)) == (4, 4)


@pytest.mark.parametrize("killed", [False, True])
def test_two_machines_with_a_key_make_nothing_twice(opened: Open, killed: bool) -> None:
    demo = new_demo()
    with served(demo) as url:
        account = opened(url)
        frame = joiners(account, email=[f"new{n}@example.com" for n in range(4)])
        if killed:
            kill_after(account, 2)
            with pytest.raises(Killed):
                push(frame, "people", account=account, on="email")
        else:
            push(frame, "people", account=account, on="email")
        there = opened(url, "demo-two", machine="there")
        statuses = list(push(frame, "people", account=there, on="email")["status"])
        assert statuses == (["unchanged"] * 2 + ["created"] * 2 if killed else ["unchanged"] * 4)
        assert count(demo) == 4
        # Where it was killed, it goes on with what the other machine left of it.
        here = opened(url)
        assert len(push(frame, "people", account=here, on="email")) == 4
        assert count(demo) == 4


def test_two_machines_without_a_key_make_everything_twice_and_taken_names_are_said(
    opened: Open,
) -> None:
    demo = new_demo()
    with served(demo) as url:
        account = opened(url)
        frame = joiners(account)
        push(frame, "people", account=account)
        push(teams("A"), "teams", account=account)
        there = opened(url, "demo-two", machine="there")
        assert set(push(frame, "people", account=there)["status"]) == {"created"}
        assert count(demo) == 8
        notes = plan(teams("A"), "teams", account=there).notes
        assert any("name is taken already" in note for note in notes)
