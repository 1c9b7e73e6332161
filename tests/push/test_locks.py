"""Two pushes at once, and files that SQLite holds while something else looks at them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.demo.server import Request
from runn_pandas.errors import ConfigError
from runn_pandas.private_files import held
from runn_pandas.push.api import push
from runn_pandas.push.journal import Journal, journal_path
from runn_pandas.transport.cache_db import CacheFile, create_private
from tests.support.desk import Desk, new_demo, push_quietly, served
from tests.support.pushes import CHILD, teams


def outside(code: str, *arguments: object) -> str:
    """Run code in another process; give the last line of what it says."""
    ran = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True
    )
    return (ran.stdout + ran.stderr).strip().splitlines()[-1]


def in_thread(work: Callable[[], Any]) -> Any:
    """Do something in another thread; give what it returns or raises."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def test_of_pushes_at_once_one_goes_on(tmp_path: Path) -> None:
    demo, found, writes = new_demo(), [], [0]
    frame = pd.DataFrame({"firstName": [f"New {n}" for n in range(12)], "lastName": "Joiner"})

    def meanwhile(request: Request) -> None:
        writes[0] += request.method != "GET"
        if request.method == "GET" or writes[0] != 3:
            return
        demo.before = None
        found.append(in_thread(lambda: push_quietly(frame, "people", account=account)))
        file = tmp_path / "frame.pickle"
        pd.to_pickle(("people", frame, {}), file)
        found.append(outside(CHILD, url, tmp_path / "cache", file))

    with served(demo) as url:
        account = Account(url, "demo", cache_dir=tmp_path / "cache", max_age=0)
        frame["roleId"] = int(rp.read_runn("roles", account=account)["id"].iloc[0])
        demo.before = meanwhile
        assert set(push(frame, "people", account=account)["status"]) == {"created"}
        there = rp.read_runn("people", account=account, max_age=0)["lastName"].tolist()
        account.session.close()
    assert [str(one).partition("Another push")[1] for one in found] == ["Another push"] * 2
    assert there.count("Joiner") == 12


TRY = """
import sys
from pathlib import Path
from runn_pandas.push.journal import Journal
with Journal(Path(sys.argv[1])).alone():
    print("has it")
"""


def test_a_refused_thread_does_not_give_the_lock_away(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"

    def refused() -> None:
        with Journal(path).alone():
            pass

    with Journal(path).alone():
        assert "Another push" in str(in_thread(refused))
        assert "Another push" in outside(TRY, path)
    assert outside(TRY, path) == "has it"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_child_neither_has_the_lock_nor_keeps_it(tmp_path: Path) -> None:
    path, (wait, end), (told, tell) = tmp_path / "lock", os.pipe(), os.pipe()
    with held(path, "busy"):
        child = os.fork()
        if not child:
            try:
                with held(path, "busy"):
                    os._exit(3)
            except ConfigError:
                os.write(tell, b"!")
                os.read(wait, 1)
            os._exit(0)
        os.read(told, 1)
    with held(path, "busy"):  # the child runs on
        os.write(end, b"!")
    assert os.waitpid(child, 0)[1] == 0


LOOK = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(db.execute("select count(*) from attempts").fetchone()[0])
db.close()
"""


def first_id(path: Path) -> int:
    with Journal(path) as journal:
        return int(journal.all()[0].id)


def test_a_second_journal_in_the_process_leaves_the_first_ones_file_alone(desk: Desk) -> None:
    desk.push(teams("A"), "teams")
    path = journal_path(desk.account)
    with Journal(path) as first:
        assert first.wrote_since(0)  # it is open now
        assert in_thread(lambda: first_id(path)) == 1
        with Journal(path) as second:
            assert second.wrote_since(0)
        # The last one to close a journal removes its wal: this one is not the last.
        assert outside(LOOK, path) == "1"
        attempt = first.all()[0].attempts[0]
        first.sent(1, [0], 0, attempt.request)
        assert path.with_name(path.name + "-wal").exists()
        assert outside(LOOK, path) == "2"


WRITE = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
db.execute("begin immediate")
print("wrote into it")
"""


def test_a_second_thread_that_connects_leaves_the_cache_locked(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "one.sqlite"
    with CacheFile(path, 1.0).using() as store:
        assert store is not None
        with store.bulk_commit():
            store["list:a"] = "x"
            in_thread(lambda: create_private(path))
            assert "locked" in outside(WRITE, path)
    assert outside(WRITE, path) == "wrote into it"


# -- what is wrong is said


def lock_of(desk: Desk) -> Path:
    path = journal_path(desk.account).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_what_is_in_the_lock_does_not_matter(desk: Desk) -> None:
    lock_of(desk).write_bytes(b"noise" * 500)
    assert list(desk.push(teams("A"), "teams")["status"]) == ["created"]


def test_a_lock_that_is_none_is_named(desk: Desk) -> None:
    lock_of(desk).mkdir()
    with pytest.raises(ConfigError, match=r"\.lock cannot be used \(Is a directory\)"):
        desk.push(teams("A"), "teams")
    assert desk.bodies == []


def test_a_folder_that_is_none_is_named(desk: Desk) -> None:
    folder = journal_path(desk.account).parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file")
    with pytest.raises(ConfigError, match=r"journal.* cannot be used"):
        desk.push(teams("A"), "teams")
    assert desk.bodies == []


def test_a_journal_that_another_program_writes_is_said_to_be_in_use(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.push(teams("A"), "teams")
    monkeypatch.setattr("runn_pandas.push.journal_file.PATIENCE", 0.1)
    other = sqlite3.connect(journal_path(desk.account), isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(ConfigError, match="in use by another program"):
        desk.push(teams("B"), "teams")
    other.close()
    assert len(desk.bodies) == 1


def test_a_full_disk_is_said_to_be_full(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.push(teams("A"), "teams")
    real = Journal._open

    def small(journal: Journal) -> sqlite3.Connection:
        db = real(journal)
        db.execute("pragma max_page_count = 1")
        return db

    monkeypatch.setattr(Journal, "_open", small)
    many = teams(*(f"Team number {n}" for n in range(500)))
    with pytest.raises(ConfigError, match=r"database or disk is full.*free space"):
        desk.push(many, "teams")
    assert len(desk.bodies) == 1
