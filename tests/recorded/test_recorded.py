"""The committed cassettes, replayed by vcrpy: real exchanges over HTTP, no network."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.frame.types import PANDAS_TEXT

vcr: Any = pytest.importorskip("vcr", reason="needs vcrpy: pip install .[record]")
# After the line above, for it imports vcrpy too; it is never skipped on its own.
record = importlib.import_module("tests.recorded.record")
CASSETTES = sorted(record.FOLDER.glob("*.yaml"))


@pytest.fixture
def replayed(request: pytest.FixtureRequest) -> Any:
    """The account of the cassettes, with nothing but a cassette behind it."""
    player = vcr.VCR(record_mode="none", match_on=["method", "scheme", "host", "path", "query"])
    account = rp.connect("demo-recorded", base_url=record.HOST)
    # vcrpy's cassettes are not made for several threads.
    account.workers = 1
    path = record.FOLDER / f"{request.param}.yaml"
    with player.use_cassette(str(path), allow_playback_repeats=True) as cassette:
        yield cassette


def test_every_scene_has_its_cassette() -> None:
    assert [path.stem for path in CASSETTES] == sorted(record.SCENES)


@pytest.mark.parametrize("replayed", sorted(record.SCENES), indirect=True)
def test_every_scene_replays_whole(replayed: Any) -> None:
    record.SCENES[Path(replayed._path).stem]()
    assert replayed.all_played


@pytest.mark.parametrize("replayed", ["people"], indirect=True)
def test_people(replayed: Any) -> None:
    people = rp.read_runn("people", includePlaceholders=True)
    assert len(people) >= record.PEOPLE
    assert people["id"].dtype == "Int64"
    assert people["email"].dtype == PANDAS_TEXT
    assert people["updatedAt"].dtype == "datetime64[us, UTC]"
    fields = rp.read_runn("people/custom-fields").runn.expand("customFields")
    assert any(str(dtype) == "boolean" for dtype in fields.dtypes)


@pytest.mark.parametrize("replayed", ["pages"], indirect=True)
def test_pages_and_the_cache_work_together(replayed: Any) -> None:
    """vcrpy below, requests-cache above: the pair that does not go with CachedSession."""
    totals = rp.read_runn("reports/totals/projects", includeArchived=True)
    assert len(totals) > 10
    played = replayed.play_count
    assert played > 1
    pd.testing.assert_frame_equal(
        rp.read_runn("reports/totals/projects", includeArchived=True), totals
    )
    assert replayed.play_count == played, "the second read came from the cache"
    assert rp.cache.info()["pages"].tolist() == [played]


@pytest.mark.parametrize("replayed", ["hours"], indirect=True)
def test_the_report_agrees_with_the_actuals(replayed: Any) -> None:
    june = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-30")
    person = rp.read_runn("people")["id"].iloc[0]
    report = rp.read_runn(
        f"reports/hours/people/{person}", startDate="2026-06-01", endDate="2026-06-30"
    ).runn.expand("actuals")
    own = june[june["personId"] == person]
    assert report["actuals.totalMinutes"].sum() == (
        own["billableMinutes"].sum() + own["nonbillableMinutes"].sum()
    )


@pytest.mark.parametrize("replayed", ["refusals"], indirect=True)
def test_refusals(replayed: Any) -> None:
    account: Account = rp.current()
    with pytest.raises(errors.NotFoundError):
        account.request("GET", "people/424242")
    with pytest.raises(errors.ValidationError, match="limit"):
        account.request("GET", "people", params={"limit": 1000})


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_cassettes_hold_no_secret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?i)bearer|authorization|cookie|(LIVE|TEST)_", text)
    assert not re.findall(r"[\w.+-]+@(?!example\.com)[\w-]+\.\w+", text)
    assert set(re.findall(r"uri: (https?://[^/]+)", text)) == {record.HOST}
    assert path.stat().st_size < 1_000_000
