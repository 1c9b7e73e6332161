"""A list that is kept decoded beside its pages: the same frame, and never another one."""

from __future__ import annotations

import json
import re
import sqlite3
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.catalog import Resource, load
from runn_pandas.demo.server import Demo
from runn_pandas.errors import SchemaDriftWarning
from runn_pandas.frame import columnar
from runn_pandas.frame.columnar import Columnar
from runn_pandas.frame.decode import decode_page
from runn_pandas.frame.types import page_schema
from runn_pandas.transport.cache_db import Store
from tests.support.server import Server, page

RESOURCES = [resource for resource in load().resources.values() if resource.is_list]
ACTUALS = load().resources["actuals"]
BACKENDS = ("default", "numpy_nullable", "pyarrow")


@pytest.fixture
def wired(served: str) -> Account:
    """The served demo, over real HTTP, with an empty cache."""
    return rp.connect("demo", base_url=served)


@pytest.fixture
def file(wired: Account) -> Callable[..., list[Any]]:
    """Run a statement on the cache's file."""

    def run(statement: str, *values: Any) -> list[Any]:
        path = next(wired.cache.folder.glob("*.sqlite"))
        with closing(sqlite3.connect(path)) as con, con:
            return con.execute(statement, values).fetchall()

    return run


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each list that was kept decoded and is read, whether it was of use."""
    found: list[bool] = []
    unpack = Columnar.unpack

    def told(self: Columnar, kept: bytes, rows: int) -> Any:
        found.append((pages := unpack(self, kept, rows)) is not None)
        return pages

    monkeypatch.setattr(Columnar, "unpack", told)
    return found


def with_pages(monkeypatch: pytest.MonkeyPatch, read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """What the pages alone give."""
    with monkeypatch.context() as patch:
        patch.setattr(Columnar, "version", "")
        return read()


# -- the same frame


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda r: r.name)
def test_every_resource_is_read_the_same(
    resource: Resource,
    wired: Account,
    places: dict[str, dict[str, Any]],
    unpacked: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = places.get(resource.name, {})
    first = rp.read_runn(resource.name, **place)
    for backend in BACKENDS:
        chosen: dict[str, Any] = {} if backend == "default" else {"dtype_backend": backend}

        def read(options: dict[str, Any] = chosen) -> pd.DataFrame:
            return rp.read_runn(resource.name, **place, **options)

        ours, pages = read(), with_pages(monkeypatch, read)
        pd.testing.assert_frame_equal(ours, pages)
        assert ours.attrs == pages.attrs
        if backend == "default":
            pd.testing.assert_frame_equal(ours, first)
    assert unpacked == ([] if page_schema(resource) is None else [True] * len(BACKENDS))


@pytest.mark.parametrize(
    ("resource", "options"),
    [
        ("actuals", {"columns": ["date", "id"], "index_col": "id"}),
        ("people", {"expand": ["tags", "references"], "columns": ["id", "tags", "references"]}),
        ("people", {"expand": ["tags"], "dtype_backend": "pyarrow"}),
        ("assignments", {"sortBy": "updatedAt", "order": "desc"}),
    ],
)
def test_options_change_nothing(
    resource: str,
    options: dict[str, Any],
    wired: Account,
    unpacked: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rp.read_runn(resource, **options)

    def read() -> pd.DataFrame:
        return rp.read_runn(resource, **options)

    pd.testing.assert_frame_equal(read(), with_pages(monkeypatch, read))
    assert all(unpacked)
    assert unpacked


def test_chunks_are_taken_from_it_and_keep_none(
    wired: Account, unpacked: list[bool], file: Callable[..., list[Any]]
) -> None:
    # Read in chunks, a list may be longer than the memory.
    first = pd.concat(rp.read_runn("actuals", chunksize=700), ignore_index=True)
    assert file("SELECT key FROM lists WHERE key LIKE '%:form'") == []
    rp.cache.clear()
    whole = rp.read_runn("actuals")
    pd.testing.assert_frame_equal(first, whole)
    again = pd.concat(rp.read_runn("actuals", chunksize=700), ignore_index=True)
    pd.testing.assert_frame_equal(again, whole)
    assert unpacked == [True]


def drifting(scripted: Callable[..., Server], *rows: dict[str, Any]) -> Account:
    server = scripted(lambda path, headers: page(list(rows)))
    return rp.connect("demo", base_url=server.url)


def actual(**changes: Any) -> dict[str, Any]:
    known = {f.name: None for f in ACTUALS.fields} | {
        "id": 1, "date": "2026-01-05", "billableMinutes": 1, "nonbillableMinutes": 0,
        "personId": 1, "projectId": 1, "roleId": 1, "createdAt": "2026-01-05T00:00:00Z",
        "updatedAt": "2026-01-05T00:00:00Z",
    }  # fmt: skip
    return known | changes


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        # What only the cast finds, what a schema of Arrow's finds, what is new.
        ({"date": "someday"}, True),
        ({"createdAt": "2026-01-05 00:00"}, True),
        ({"billableMinutes": 1.5}, False),
        ({"new": 1}, False),
    ],
)
def test_drift_is_told_each_time(
    changes: dict[str, Any], kept: bool, scripted: Callable[..., Server], unpacked: list[bool]
) -> None:
    drifting(scripted, actual(), actual(id=2, **changes))
    found = []
    for _ in range(2):
        with pytest.warns(SchemaDriftWarning) as caught:
            found.append((rp.read_runn("actuals"), [str(one.message) for one in caught]))
    (first, said), (again, told) = found
    pd.testing.assert_frame_equal(first, again)
    assert said == told
    assert unpacked == [True] * kept


# -- never another one


def entry(file: Callable[..., list[Any]]) -> tuple[str, dict[str, Any]]:
    ((key, text),) = file("SELECT key, value FROM lists WHERE key LIKE 'list:%'")
    return key, json.loads(text)


def form(file: Callable[..., list[Any]]) -> bytes:
    ((kept,),) = file("SELECT value FROM lists WHERE key LIKE 'page:%:form'")
    assert isinstance(kept, bytes)
    return kept


def regions(kept: bytes) -> list[bytes]:
    """The bytes, changed in each region of them, cut, and with others behind."""
    flipped = [
        kept[:at] + bytes([kept[at] ^ (1 << at % 8)]) + kept[at + 1 :]
        for at in range(0, len(kept), max(1, len(kept) // 40))
    ]
    cut = [kept[: len(kept) * part // 8] for part in range(8)]
    return [*flipped, *cut, kept + b"\0", kept[:100] + bytes(len(kept) - 100), kept[::-1]]


def test_what_was_changed_anywhere_is_not_used(
    wired: Account, demo: Demo, unpacked: list[bool], file: Callable[..., list[Any]]
) -> None:
    first = rp.read_runn("people")
    sent = len(demo.log)
    changes = regions(form(file))
    assert len(changes) > 40
    for number, changed in enumerate(changes):
        file("UPDATE lists SET value = ? WHERE key LIKE 'page:%:form'", changed)
        again = rp.read_runn("people")
        if not number % 5:
            pd.testing.assert_frame_equal(again, first)
    assert unpacked == []
    assert len(demo.log) == sent, "the pages are read in its place"


@pytest.mark.filterwarnings("error")
def test_bytes_that_are_no_table_of_this_resource_are_refused(wired: Account) -> None:
    known = load().resources
    pages = {}
    for name in ("people", "teams"):
        body = json.dumps(wired.request("GET", name, {"limit": 200})).encode()
        pages[name] = decode_page(body, known[name])
    packed = {name: Columnar(known[name]).pack([one]) for name, one in pages.items()}
    people = Columnar(known["people"])
    assert packed["people"]
    assert packed["teams"]
    count = len(pages["people"])
    assert people.unpack(packed["people"], count) is not None
    assert people.unpack(packed["people"], count + 1) is None
    assert people.unpack(packed["teams"], len(pages["teams"])) is None
    for kept in (b"", b"no table", packed["people"][: len(packed["people"]) // 2]):
        assert people.unpack(kept, count) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"form": None}, {"form": "0" * 16}, {"form": ""}, {"form_check": 0}, {"rows": 39},
    ],
    ids=str,
)  # fmt: skip
def test_an_entry_that_says_otherwise_leaves_the_pages(
    changes: dict[str, Any],
    wired: Account,
    demo: Demo,
    unpacked: list[bool],
    file: Callable[..., list[Any]],
) -> None:
    first = rp.read_runn("people")
    key, text = entry(file)
    changed = {**text, **changes}
    if changed["form"] is None:  # as it was before lists were kept decoded
        for name in ("form", "form_check", "form_bytes"):
            del changed[name]
    file("UPDATE lists SET value = ? WHERE key = ?", json.dumps(changed), key)
    sent = len(demo.log)
    pd.testing.assert_frame_equal(rp.read_runn("people"), first)
    assert len(demo.log) == sent
    assert not any(unpacked)


def test_one_that_is_gone_or_of_another_list_leaves_the_pages(
    wired: Account, demo: Demo, unpacked: list[bool], file: Callable[..., list[Any]]
) -> None:
    first = rp.read_runn("people")
    more = rp.read_runn("people", includePlaceholders=True)
    assert len(more) != len(first)
    kept = dict(file("SELECT key, value FROM lists WHERE key LIKE 'page:%:form'"))
    (one, mine), (other, others) = kept.items()
    file("UPDATE lists SET value = ? WHERE key = ?", others, one)
    file("UPDATE lists SET value = ? WHERE key = ?", mine, other)
    sent = len(demo.log)
    for _ in range(2):
        pd.testing.assert_frame_equal(rp.read_runn("people"), first)
        pd.testing.assert_frame_equal(rp.read_runn("people", includePlaceholders=True), more)
        file("DELETE FROM lists WHERE key LIKE 'page:%:form'")
    assert unpacked == []
    assert len(demo.log) == sent


def test_another_decoder_or_catalogue_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {Columnar(resource).version for resource in RESOURCES}
    assert len(versions) > len(RESOURCES) - 5
    assert all(re.fullmatch(r"[0-9a-f]{16}|", one) for one in versions)
    before = Columnar(ACTUALS).version
    for name, value in (("DECODER", 2), ("pa", type("pa", (), {"__version__": "999.1"}))):
        columnar._version.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(columnar, name, value)
            assert Columnar(ACTUALS).version != before
    columnar._version.cache_clear()
    assert Columnar(ACTUALS).version == before


# -- kept and removed with the pages


@pytest.mark.parametrize("dies_at", range(1, 5))
def test_killed_amid_the_write_leaves_the_old_list(
    dies_at: int, wired: Account, monkeypatch: pytest.MonkeyPatch, file: Callable[..., list[Any]]
) -> None:
    first = rp.read_runn("people")
    before = file("SELECT key, value FROM lists")
    count = 0
    write = Store.__setitem__

    def dying(store: Store, key: str, value: object) -> None:
        nonlocal count
        count += 1
        if count == dies_at:
            raise KeyboardInterrupt
        write(store, key, value)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "__setitem__", dying)
        if dies_at < 4:  # one page, the rows decoded, what the list consists of
            with pytest.raises(KeyboardInterrupt):
                rp.read_runn("people", max_age=0)
            assert file("SELECT key, value FROM lists") == before
        else:
            rp.read_runn("people", max_age=0)
    pd.testing.assert_frame_equal(rp.read_runn("people"), first)


def test_it_goes_with_the_list(wired: Account, file: Callable[..., list[Any]]) -> None:
    def forms() -> int:
        return len(file("SELECT key FROM lists WHERE key LIKE 'page:%:form'"))

    rp.read_runn("people")
    rp.read_runn("people", max_age=0)
    rp.read_runn("teams")
    assert forms() == 2
    assert rp.cache.clear("teams") == 1
    assert forms() == 1
    wired.session.drop({"people"})
    assert forms() == 0
    assert file("SELECT key FROM lists WHERE key LIKE 'page:%'") == []


def test_its_size_is_told(wired: Account, file: Callable[..., list[Any]]) -> None:
    rp.read_runn("actuals")
    ((size,),) = file("SELECT sum(length(value)) FROM lists WHERE key LIKE 'page:%'")
    assert rp.cache.info()["bytes"].tolist() == [size]
    assert len(form(file)) < size / 5


def test_a_list_of_many_megabytes_keeps_pages_only(
    wired: Account,
    monkeypatch: pytest.MonkeyPatch,
    unpacked: list[bool],
    file: Callable[..., list[Any]],
) -> None:
    monkeypatch.setattr(columnar, "LARGEST", 1000)
    first = rp.read_runn("people")
    assert file("SELECT key FROM lists WHERE key LIKE '%:form'") == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pd.testing.assert_frame_equal(rp.read_runn("people"), first)
    assert unpacked == []


def test_two_tokens_have_their_own(served: str, unpacked: list[bool], tmp_path: Path) -> None:
    for token in ("demo-one", "demo-two"):
        rp.connect(token, base_url=served, cache_dir=tmp_path)
        rp.read_runn("people")
    assert unpacked == []
