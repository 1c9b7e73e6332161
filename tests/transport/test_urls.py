"""Where the token may go."""

from __future__ import annotations

import copy
import pickle

import pytest

from runn_pandas.errors import ConfigError, ResourceError
from runn_pandas.transport.session import Session
from runn_pandas.transport.urls import (
    BearerAuth,
    checked_token,
    hidden,
    normal_base_url,
    normal_path,
    query,
)


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("https://api.runn.io", "https://api.runn.io"),
        ("https://api.runn.io/", "https://api.runn.io"),
        (" HTTPS://API.Runn.io:443// ", "https://api.runn.io"),
        ("https://proxy.example.com/runn/", "https://proxy.example.com/runn"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.8.9.1:8000/", "http://127.8.9.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_addresses(given: str, normal: str) -> None:
    assert normal_base_url(given) == normal


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.runn.io",
        "http://api.runn.io",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://0.0.0.0:80",
        "ftp://api.runn.io",
        "https://",
        "https://user:hunter2@api.runn.io",
        "https://api.runn.io@evil.example",
        "https://api.runn.io/?x=1",
        "https://api.runn.io/#x",
        # urlsplit sees neither a query nor a fragment here.
        "https://api.runn.io#",
        "https://api.runn.io/v1/#",
        "https://api.runn.io?",
        "https://api.runn.io/v1?#",
        "https://api.runn.io/a/../b",
        "https://api.runn.io/%2e%2e/b",
        "https://api.runn.io\\@evil.example",
        "https://api.runn.io\n.evil.example",
        "https://[::1",
        "https://api.runn.io:port",
        None,
    ],
)
def test_refused_addresses(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        normal_base_url(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "token", ["", "  ", "TEST_a b", "TEST_a\n", "TEST_ключ", "TEST_\x00", None]
)
def test_refused_tokens(token: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked_token(token)
    assert "TEST_" not in str(caught.value)


def test_neither_a_token_nor_a_part_of_it_shows_itself() -> None:
    token = hidden("LIVE_" + "x" * 200)
    assert token is not None
    # What shortens long texts shows their beginning.
    assert "LIVE" not in f"{token!r}{token[:80]!r}{token[0]!r}{[token]}{ {1: token} }"
    assert token[:5] == "LIVE_"
    assert (hidden(None), hidden(b"LIVE")) == (None, None)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("people", "/people"),
        ("/people/", "/people/"),
        ("projects/12/phases", "/projects/12/phases"),
        ("people/a%20b", "/people/a%20b"),
        ("people/a%3Fb%23", "/people/a%3Fb%23"),
    ],
)
def test_paths(given: str, sent: str) -> None:
    assert normal_path(given) == sent


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/people",
        "//evil.example/people",
        "/%2fevil.example",
        "people/../me",
        "people/%2e%2e/me",
        "people/./me",
        "people?token=x",
        "people#x",
        "people\\me",
        "people%5Cme",
        "people me",
        "people\r\nHost: evil.example",
        "people%0d%0aHost:%20evil.example",
    ],
)
def test_refused_paths(path: str) -> None:
    with pytest.raises(ResourceError) as caught:
        normal_path(path)
    assert "token=x" not in str(caught.value)


def test_query_is_sorted_and_spelled_as_the_api_spells_it() -> None:
    given = {"limit": 200, "includeArchived": True, "cursor": None, "id": [3, 1]}
    assert query(given) == [("id", "3"), ("id", "1"), ("includeArchived", "true"), ("limit", "200")]
    assert query(None) == []


def test_the_token_is_not_shown_and_not_pickled() -> None:
    with Session("https://api.runn.io", "TEST_hunter2") as session:
        for thing in (session, BearerAuth("TEST_hunter2")):
            assert "hunter2" not in repr(thing) + str(thing)
            with pytest.raises(TypeError) as caught:
                pickle.dumps(thing)
            assert "hunter2" not in str(caught.value)
            with pytest.raises(TypeError):
                copy.copy(thing)


def test_fingerprint_names_the_account() -> None:
    marks = {
        Session(url, token).fingerprint
        for url in ("https://api.runn.io", "https://api.us.runn.io")
        for token in ("TEST_a", "LIVE_a")
    }
    assert len(marks) == 4
    assert all(len(mark) == 8 for mark in marks)
    assert Session("https://api.runn.io/", "TEST_a").fingerprint in marks


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_timeout_is_positive(timeout: float) -> None:
    with pytest.raises(ConfigError, match="timeout"):
        Session("https://api.runn.io", "TEST_a", timeout=timeout)
