"""Accounts: made from arguments and the environment, switched, never showing the token."""

from __future__ import annotations

import pickle
import threading
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.settings import seconds

SECRET = "LIVE_s3cr3ts3cr3ts3cr3t"


def test_no_token_says_what_to_do() -> None:
    with pytest.raises(errors.ConfigError, match=r'RUNN_API_TOKEN.*rp\.connect\("demo"\)'):
        rp.read_runn("people")
    with pytest.raises(errors.ConfigError):
        rp.connect("  ")
    with pytest.raises(errors.ConfigError, match="int"):
        rp.connect(5)  # type: ignore[arg-type]


def test_the_demo_is_never_entered_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNN_API_TOKEN", SECRET)
    account = rp.connect()
    assert not account.is_demo
    assert account.base_url == "https://api.runn.io"


@pytest.mark.parametrize(
    ("arguments", "environment", "url"),
    [
        ({}, {}, "https://api.runn.io"),
        ({"region": "us"}, {}, "https://api.us.runn.io"),
        ({"region": "EU"}, {"RUNN_REGION": "us"}, "https://api.runn.io"),
        ({}, {"RUNN_REGION": "us"}, "https://api.us.runn.io"),
        ({}, {"RUNN_API_URL": "https://runn.example/"}, "https://runn.example"),
        ({"region": "us"}, {"RUNN_API_URL": "https://runn.example"}, "https://api.us.runn.io"),
        ({"base_url": "http://localhost:1"}, {"RUNN_REGION": "us"}, "http://localhost:1"),
    ],
)
def test_address(
    arguments: dict[str, Any],
    environment: dict[str, str],
    url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert rp.connect(SECRET, **arguments).base_url == url


@pytest.mark.parametrize(
    ("arguments", "environment", "match"),
    [
        ({"region": "mars"}, {}, "'eu' and 'us'"),
        ({"region": "us", "base_url": "https://x.example"}, {}, "not both"),
        ({"base_url": "http://runn.example"}, {}, "https"),
        ({"base_url": "ftp://runn.example"}, {}, "https"),
        ({"timeout": 0}, {}, "timeout"),
        ({"timeout": "soon"}, {}, "timeout"),
        ({"max_age": "yesterday"}, {}, "max_age"),
        ({"max_age": -1}, {}, "negative"),
        ({"max_age": "900"}, {}, "max_age"),
        ({"max_age": True}, {}, "max_age"),
        ({}, {"RUNN_OFFLINE": "perhaps"}, "RUNN_OFFLINE"),
        ({}, {"RUNN_READ_ONLY": "perhaps"}, "RUNN_READ_ONLY"),
        ({}, {"RUNN_REGION": "mars"}, "RUNN_REGION"),
    ],
)
def test_settings_that_make_no_sense(
    arguments: dict[str, Any],
    environment: dict[str, str],
    match: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(errors.ConfigError, match=match) as caught:
        rp.connect(SECRET, **arguments)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("token", ["TEST_x y", "TEST_x\ny", "TEST_ä€"])
def test_a_token_that_cannot_be_one_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(errors.ConfigError) as caught:
        rp.connect(token)
    assert token not in str(caught.value)


def test_demo_by_argument_and_by_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rp.connect("demo").is_demo
    monkeypatch.setenv("RUNN_API_TOKEN", "demo")
    assert rp.connect().is_demo
    monkeypatch.setenv("RUNN_API_URL", "http://127.0.0.1:9")
    assert not rp.connect().is_demo, "the environment names a served demo"
    assert rp.connect("demo").is_demo, "asked for by name"


def test_current_is_made_from_the_environment_on_first_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RUNN_API_TOKEN", "demo")
    assert len(rp.read_runn("teams")) > 0
    assert rp.current() is rp.current()


def test_use_switches_and_as_a_block_switches_back() -> None:
    one, two = rp.connect("demo"), rp.connect("demo")
    assert rp.current() is two
    with rp.use(one) as inner:
        assert inner is one
        assert rp.current() is one
        with rp.use(two):
            assert rp.current() is two
        assert rp.current() is one
    assert rp.current() is two
    with pytest.raises(RuntimeError), rp.use(one):
        raise RuntimeError
    assert rp.current() is two
    assert rp.use(one) is one
    assert rp.current() is one


def test_blocks_in_blocks_come_back_to_where_they_began() -> None:
    one, two = rp.connect("demo"), rp.connect("demo")
    with rp.use(one):
        with one:
            pass
        assert rp.current() is one
        rp.use(two)
        assert rp.current() is two
    assert rp.current() is two


def test_a_block_on_the_account_in_use_leaves_it_in_use() -> None:
    account = rp.connect("demo")
    rp.read_runn("teams")
    with account:
        rp.read_runn("teams")
    assert rp.current() is account


def test_threads_keep_their_blocks_apart() -> None:
    accounts = [rp.connect("demo") for _ in range(4)]
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(50):
            with rp.use(accounts[number]):
                time.sleep(0.0005)
                if rp.current() is not accounts[number]:
                    wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_use_takes_an_account_only() -> None:
    with pytest.raises(errors.ConfigError, match=r"rp\.connect"):
        rp.use("demo")  # type: ignore[arg-type]


def test_the_token_is_nowhere_to_be_seen() -> None:
    account = rp.connect(SECRET, base_url="http://127.0.0.1:9")
    shown = [
        repr(vars(account.session)),
        repr(account),
        str(account),
        repr(account.session),
        repr(vars(account)),
        repr(dir(account)),
    ]
    assert not [text for text in shown if "s3cr3t" in text]
    for holder in (account, account.session):
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(holder)
    account.session._sleep = lambda seconds: None
    with pytest.raises(errors.TransportError) as caught:
        rp.read_runn("people")
    assert "s3cr3t" not in str(caught.value)


def test_fingerprints_tell_accounts_apart() -> None:
    marks = {
        rp.connect(token, region=region).fingerprint
        for token in (SECRET, SECRET + "2")
        for region in ("eu", "us")
    }
    assert len(marks) == 4
    assert rp.connect(SECRET).fingerprint in marks


def test_request_is_the_raw_way_through_the_same_door(account: Account) -> None:
    body = account.request("get", "people", params={"limit": 2, "includePlaceholders": True})
    assert len(body["values"]) == 2
    person = body["values"][0]["id"]
    assert account.request("GET", f"/people/{person}")["id"] == person
    with pytest.raises(errors.ValidationError, match="limit"):
        account.request("GET", "people", params={"limit": 1000})
    with pytest.raises(errors.NotFoundError):
        account.request("GET", "nowhere")


@pytest.mark.parametrize("path", ["https://evil.example/people", "//evil.example/x", "people?x=1"])
def test_request_never_goes_elsewhere(path: str, account: Account) -> None:
    with pytest.raises(ValueError, match="path"):
        account.request("GET", path)


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_read_only_refuses_writes_before_they_are_sent(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "environment":
        monkeypatch.setenv("RUNN_READ_ONLY", "1")
    account = rp.connect(SECRET, base_url="http://127.0.0.1:9", read_only=how == "argument")
    with pytest.raises(errors.ReadOnlyError, match="read-only"):
        account.request("POST", "clients", json={"name": "x"})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("15min", 900),
        ("1d", 86400),
        ("1w", 604800),
        ("2 d", 172800),
        (np.int64(90), 90),
        (0, 0),
        (90, 90),
        (1.5, 1.5),
        (None, None),
        (pd.Timedelta("2h"), 7200),
    ],
)
def test_max_age(given: Any, expected: float | None) -> None:
    assert seconds(given) == expected


def test_the_demo_has_the_limit_that_is_asked_for() -> None:
    for limit, told in ((120, "120"), (None, "1000000"), (60, "60")):
        answer = rp.connect("demo", limit=limit).session.request("GET", "/me/")
        assert answer.headers["x-ratelimit-limit"] == told
    for limit in (0, -1, "many"):
        with pytest.raises(errors.ConfigError, match="number of requests a minute"):
            rp.connect("demo", limit=limit)  # type: ignore[arg-type]
    with pytest.raises(errors.ConfigError, match="limit= is of the embedded demo account"):
        rp.connect("LIVE_token", limit=None)
