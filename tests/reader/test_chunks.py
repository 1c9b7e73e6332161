"""A read in chunks: each row decoded once, and none of them handed out twice."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.catalog import Resource
from runn_pandas.frame.decode import Page
from runn_pandas.reader import chunks, pages


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many rows were read of bytes, and how many made into frames."""
    counts = {"bytes": 0, "rows": 0}
    page_of, list_of, frame_of = pages.decode_page, pages.decode_list, chunks.to_frame

    def page(content: bytes, resource: Resource) -> Page:
        counts["bytes"] += len(found := page_of(content, resource))
        return found

    def whole(contents: Any, resource: Resource) -> list[Page]:
        counts["bytes"] += sum(map(len, found := list_of(contents, resource)))
        return found

    def frame(given: Any, resource: Resource, **options: Any) -> pd.DataFrame:
        counts["rows"] += sum(map(len, given))
        return frame_of(given, resource, **options)

    monkeypatch.setattr(pages, "decode_page", page)
    monkeypatch.setattr(pages, "decode_list", whole)
    monkeypatch.setattr(chunks, "to_frame", frame)
    return counts


@pytest.mark.parametrize("size", [1, 10, 33, 100, 5000])
@pytest.mark.parametrize("resource", ["assignments", "people", "people/{personId}/contracts"])
def test_each_row_is_decoded_once(
    resource: str, size: int, account: Account, decoded: dict[str, int]
) -> None:
    filters: dict[str, Any] = {"startDate": "2026-06-01"} if resource == "assignments" else {}
    if "{" in resource:
        filters = {"personId": rp.read_runn("people")["id"].tolist()}
        decoded.update(bytes=0, rows=0)
    asked = list(rp.read_runn(resource, chunksize=size, **filters))
    rows = sum(map(len, asked))
    assert rows > 30
    assert decoded == {"bytes": rows, "rows": rows}
    decoded.update(bytes=0, rows=0)
    cached = list(rp.read_runn(resource, chunksize=size, max_age=60, **filters))
    assert decoded == {"bytes": rows, "rows": rows}
    for one, other in zip(asked, cached, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_a_long_cached_list_is_decoded_in_blocks_as_it_is_needed(
    account: Account, decoded: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rp.read_runn("actuals", max_age=60)
    monkeypatch.setattr(chunks, "BLOCK", 1000)
    parts = rp.read_runn("actuals", chunksize=300, max_age=60)
    first = next(parts)
    assert decoded["rows"] == 900
    frame = pd.concat([first, *parts], ignore_index=True)
    pd.testing.assert_frame_equal(frame, whole)
    assert decoded["rows"] == len(whole)


def team(
    id_: int | None, name: str, updated: str | None = "2026-01-01T00:00:00Z"
) -> dict[str, Any]:
    return {"id": id_, "name": name, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": updated}


def served_in(pages_of: list[list[dict[str, Any]]]) -> Any:
    def answer(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        number = int(path.partition("cursor=")[2].partition("&")[0] or 0)
        more = str(number + 1) if number + 1 < len(pages_of) else None
        return 200, {}, json.dumps({"values": pages_of[number], "nextCursor": more}).encode()

    return answer


LATE = "2026-01-03T00:00:00Z"
MOVED: list[tuple[list[list[dict[str, Any]]], int, list[list[str]]]] = [
    # Met again while it waits: as it was updated last.
    ([[team(1, "a")], [team(1, "b", LATE), team(2, "c")]], 2, [["b", "c"]]),
    ([[team(1, "a", LATE)], [team(1, "b"), team(2, "c")]], 2, [["a", "c"]]),
    ([[team(1, "a", LATE)], [team(1, "b", None), team(2, "c")]], 2, [["a", "c"]]),
    ([[team(1, "a", None)], [team(1, "b", LATE), team(2, "c")]], 2, [["b", "c"]]),
    # Met again after it was handed out: not at all.
    ([[team(1, "a")], [team(1, "b", LATE), team(2, "c")]], 1, [["a"], ["c"]]),
    ([[team(2, "a"), team(3, "b")], [team(1, "c"), team(2, "d", LATE)]], 2, [["a", "b"], ["c"]]),
    # A page that has nothing new.
    ([[team(1, "a")], [team(1, "b")], [team(2, "c")]], 1, [["a"], ["c"]]),
    ([[team(1, "a")], [team(1, "b")]], 1, [["a"]]),
    ([[team(1, "a"), team(2, "b")], []], 2, [["a", "b"]]),
    ([[]], 2, [[]]),
]


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
@pytest.mark.parametrize(("moved", "size", "names"), MOVED)
def test_a_row_that_is_met_again(
    moved: list[list[dict[str, Any]]], size: int, names: list[list[str]], scripted: Any
) -> None:
    account = rp.connect("demo", base_url=scripted(served_in(moved)).url)
    found = list(rp.read_runn("teams", chunksize=size, account=account))
    assert [chunk["name"].tolist() for chunk in found] == names


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
def test_rows_without_an_id_are_all_handed_out(scripted: Any) -> None:
    moved = [[team(None, "a"), team(None, "a")], [team(None, "a"), team(1, "b")]]
    account = rp.connect("demo", base_url=scripted(served_in(moved)).url)
    found = list(rp.read_runn("teams", chunksize=1, account=account))
    assert [chunk["name"].tolist() for chunk in found] == [["a"], ["a"], ["a"], ["b"]]
