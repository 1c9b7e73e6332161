"""What a sync decides, from values alone."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from runn_pandas.catalog import load
from runn_pandas.mirror.policy import (
    OVERLAP,
    RETENTION,
    WHOLE_AFTER,
    deletions_in,
    earlier,
    fetch_mode,
    keys_of,
    latest_of_each,
)
from runn_pandas.mirror.state import Table

NOW = 1_782_900_000.0
LATEST = "2026-06-30T12:00:00.500+00:00"
TABLE = Table((), {}, LATEST, full_at=NOW - 60, synced_at=NOW - 60, began=NOW - 60)


def mode(name: str, table: Table | None = TABLE, **facts: object) -> str:
    known = {"intact": True, "now": NOW, "no_log": "", "other": ""} | facts
    return fetch_mode(load().find(name)[0], table, **known).name  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, ""),
        ({"table": None, "other": "asked for"}, "first copy"),
        ({"other": "asked for", "intact": False}, "asked for"),
        ({"intact": False, "no_log": "no activity log"}, "a file was damaged"),
        ({"no_log": "no activity log", "table": replace(TABLE, latest=None)}, "no activity log"),
        ({"table": replace(TABLE, latest=None)}, "it was empty"),
        ({"table": replace(TABLE, synced_at=NOW - RETENTION)}, ""),
        (
            {"table": replace(TABLE, synced_at=NOW - RETENTION - 1)},
            "the last sync is older than the activity log",
        ),
        (
            # A clock that was ahead then: by the server's it is longer ago.
            {"table": replace(TABLE, synced_at=NOW - 60, began=NOW - RETENTION - 1)},
            "the last sync is older than the activity log",
        ),
        (
            {"table": replace(TABLE, synced_at=NOW + RETENTION + 1)},
            "the last sync is older than the activity log",
        ),
        ({"table": replace(TABLE, full_at=NOW - WHOLE_AFTER)}, ""),
        (
            {"table": replace(TABLE, full_at=NOW - WHOLE_AFTER - 1)},
            "30 days since the last full read",
        ),
        (
            {"table": replace(TABLE, full_at=NOW + WHOLE_AFTER + 1)},
            "30 days since the last full read",
        ),
    ],
)
def test_how_a_list_is_fetched(facts: dict[str, object], why: str) -> None:
    assert mode("actuals", **facts) == (f"full: {why}" if why else "modifiedAfter")  # type: ignore[arg-type]


def test_lists_that_are_always_fetched_whole() -> None:
    assert mode("people", no_log="none") == "full: modifiedAfter misses managers and teams"
    assert mode("projects") == "full: modifiedAfter misses customFields and managers"
    assert mode("custom-fields/text") == "full: no modifiedAfter"
    assert mode("roles") == "full: deletions are not logged"


def test_what_is_asked_overlaps_with_what_was_seen() -> None:
    seen = pd.Timestamp("2026-06-30 12:00", tz="UTC")
    assert earlier(LATEST, NOW) == seen - OVERLAP
    # What was seen while the sync went on proves nothing of what came before it.
    assert earlier(LATEST, seen.timestamp() - 60) == seen - OVERLAP - pd.Timedelta("60s")


def test_copies_of_a_row_with_and_without_a_stamp() -> None:
    frame = pd.DataFrame({"id": pd.array([1, 2, 1, 3, 2, 1], "Int64")})
    day = "2026-01-0{}T00:00:00Z".format
    stamps = pd.Series([day(2), None, None, None, day(1), day(1)], dtype="datetime64[us, UTC]")
    index = keys_of(frame, ["id"])
    # The one updated last; one that does not say when it was is older than any that does.
    assert latest_of_each(index, stamps).tolist() == [True, False, False, True, True, False]
    # Without stamps the one met last.
    assert latest_of_each(index, None).tolist() == [False, False, False, True, True, True]
    assert latest_of_each(keys_of(frame[3:5], ["id"]), None).tolist() == [True, True]


def test_a_deletion_that_does_not_say_of_what() -> None:
    kinds = ["actual_deleted", "person_deleted", "actual_deleted"]
    events = pd.DataFrame({"type": kinds}).reindex(
        columns=["type", "actual", "assignment", "contract", "timeOff", "person", "project"]
    )
    events = events.astype(object)
    events.at[0, "actual"], events.at[1, "person"] = {"id": 7}, {"id": 5}
    for odd in (None, {}, {"id": None}, {"id": "7"}, {"id": True}):
        events.at[2, "actual"] = odd
        found = deletions_in(events)
        assert (found.ids["actuals"], found.ids["people"]) == ({7}, {5})
        assert found.unnamed
    assert not deletions_in(events[:2]).unnamed
