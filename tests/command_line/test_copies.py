"""Mirrors and the cache from the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from runn_pandas.table_files import read_table
from tests.support.shell import Shell


def test_a_sync_by_cron_is_silent(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    assert shell("mirror", "sync", folder, "teams", "roles") == 0
    assert (shell.out, shell.err) == ("", "")
    assert shell("mirror", "tables", folder, "--json") == 0
    tables = {row["resource"]: row["rows"] for row in json.loads(shell.out)}
    assert tables.keys() == {"teams", "roles"}
    assert all(row["complete"] == row["synced"] for row in json.loads(shell.out))
    assert shell("mirror", "sync", folder, "--full-every", "7D") == 0
    assert shell("mirror", "sync", folder, "--full-every", "soon") == 1
    assert "at most 30 days" in shell.err
    assert shell("mirror", "sync", folder, "--json") == 0
    assert {row["resource"] for row in json.loads(shell.out)} == tables.keys()
    out = tmp_path / "count.csv"
    assert shell("mirror", "sql", folder, "select count(*) n from teams", "--out", out) == 0
    assert read_table(out)["n"].tolist() == [tables["teams"]]
    asked = len(shell.demo.log)
    assert shell("mirror", "sql", folder, "select * from nothing") == 1
    assert shell.err.count("\n") == 1
    assert len(shell.demo.log) == asked


def test_a_sync_that_fails_says_so(shell: Shell, tmp_path: Path) -> None:
    assert shell("mirror", "sync", tmp_path / "m", "teamz") == 1
    assert "'teams'" in shell.err
    assert shell("mirror", "tables", tmp_path / "m") == 1
    assert "no mirror" in shell.err
    (tmp_path / "file").write_text("")
    assert shell("mirror", "sync", tmp_path / "file") == 1
    assert shell("mirror") == 2


def test_the_cache_is_listed_and_cleared(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("read", "teams") == 0
    assert shell("read", "roles") == 0
    asked = len(shell.demo.log)
    assert shell("read", "teams") == 0
    assert len(shell.demo.log) == asked, "another process reads from it"
    assert shell("read", "teams", "--max-age", "0") == 0
    assert len(shell.demo.log) > asked
    assert shell("cache", "info", "--json") == 0
    assert {row["resource"] for row in json.loads(shell.out)} >= {"teams", "roles"}
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    assert shell("cache", "info") == 0
    assert shell.out.startswith("resource ")
    assert shell("cache", "clear", "teams") == 0
    assert "1 cached list removed" in shell.err
    assert shell("cache", "clear") == 0
    assert shell("cache", "info", "--json") == 0
    assert json.loads(shell.out) == []
