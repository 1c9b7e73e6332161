"""Children made by fork: each answer belongs to its question, and no lock stays locked."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

import runn_pandas as rp
from runn_pandas import account as accounts
from runn_pandas.account import Account
from runn_pandas.demo.server import Demo
from runn_pandas.transport import throttle
from tests.support import desk

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here"),
    # The parent has threads, as a notebook has: that this ends well is what is tested.
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]


@pytest.fixture
def company() -> Demo:
    return desk.new_demo()


@pytest.fixture
def account(company: Demo, tmp_path: Path) -> Iterator[Account]:
    with desk.served(company) as url:
        yield rp.connect("demo", base_url=url, cache_dir=tmp_path / "cache", max_age=60)


def forked(work: Callable[[], Any]) -> Any:
    """What a child gives; one that does not end is ended."""
    context = multiprocessing.get_context("fork")
    told, tell = context.Pipe(duplex=False)
    child = context.Process(target=lambda: tell.send(work()), daemon=True)
    child.start()
    tell.close()
    try:
        assert told.poll(30), "the child hangs"
        return told.recv()
    finally:
        child.kill()
        child.join()
        told.close()


def owners(person: int) -> tuple[int, list[int]]:
    """Whom the actuals belong to that come as one person's."""
    rows = rp.read_runn("actuals", personId=person, max_age=0)
    return person, rows["personId"].unique().tolist()


class Reads:
    """Reads without end in a thread, of which each must be of whom it asks for."""

    def __init__(self, people: list[int]) -> None:
        self._people, self._over = people, threading.Event()
        self.answers: list[tuple[int, list[int]]] = []
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._over.is_set():
            self.answers += map(owners, self._people)

    def __enter__(self) -> Reads:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@pytest.mark.slow
def test_each_answer_belongs_to_its_filter(account: Account) -> None:
    people = rp.read_runn("actuals")["personId"].value_counts().index[:8].tolist()
    with Reads(people[:2]) as meanwhile:
        with multiprocessing.get_context("fork").Pool(4) as pool:
            answers = pool.map(owners, people * 4, chunksize=1)
        # The parent's own connections go on as if nothing had been.
        answers += [owners(person) for person in people]
    assert answers + meanwhile.answers == [
        (person, [person]) for person, _ in answers + meanwhile.answers
    ]
    assert meanwhile.answers


@pytest.mark.slow
def test_a_push_in_a_child_writes_to_whom_it_names(account: Account, company: Demo) -> None:
    people = rp.read_runn("people")
    before = people.set_index("id")["lastName"].to_dict()
    wanted = dict(before)

    def push() -> list[str]:
        mine = people.iloc[[number]].copy()
        mine["lastName"] = f"Changed {number}"
        statuses: list[str] = mine.runn.push(progress=False)["status"].tolist()
        return statuses

    with Reads(people["id"].tolist()[:3]):
        for number in range(4):
            assert forked(push) == ["updated"]
            wanted[people["id"][number]] = f"Changed {number}"
    now = rp.read_runn("people", max_age=0).set_index("id")["lastName"].to_dict()
    assert now == wanted


def test_a_lock_that_a_thread_holds_is_free_in_a_child(account: Account) -> None:
    rp.read_runn("teams")
    session = account.session
    locks = [
        accounts._lock,
        throttle._sharing,
        account.cache._lock,
        session._throttle._changed,
    ]
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        for lock in locks:
            lock.__enter__()
        held.set()
        over.wait(60)
        for lock in reversed(locks):
            lock.__exit__(None, None, None)

    def read_and_connect() -> tuple[int, int]:
        rows = len(rp.read_runn("teams", max_age=0))
        again = rp.connect("demo", base_url=account.base_url, cache_dir=account.cache.folder)
        return rows, len(rp.read_runn("roles", account=again))

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        rows, roles = forked(read_and_connect)
    finally:
        over.set()
        thread.join()
    assert rows == len(rp.read_runn("teams"))
    assert roles == len(rp.read_runn("roles"))


def test_a_bar_that_a_thread_draws_does_not_hold_up_a_child(account: Account) -> None:
    held, over = threading.Event(), threading.Event()

    def draw() -> None:
        with tqdm.get_lock():
            held.set()
            over.wait(60)

    thread = threading.Thread(target=draw)
    thread.start()
    held.wait()
    try:
        rows = forked(lambda: len(rp.read_runn("teams", max_age=0, progress=True)))
    finally:
        over.set()
        thread.join()
    assert rows == len(rp.read_runn("teams"))


def test_requests_on_their_way_in_the_parent_do_not_count_in_a_child(account: Account) -> None:
    shared = account.session._throttle
    rp.read_runn("teams", max_age=0)
    began = shared.enter()
    try:
        assert shared._window.sent == 1
        assert forked(lambda: shared._window.sent) == 0
        assert shared._window.sent == 1
    finally:
        shared.leave(began, None)


def test_a_fork_waits_for_a_write_to_the_cache(account: Account) -> None:
    rp.read_runn("teams")
    file = account.session.account_cache().file  # type: ignore[union-attr]
    inside, wrote = threading.Event(), threading.Event()

    def write() -> None:
        with file.using() as store, store.bulk_commit():  # type: ignore[union-attr]
            inside.set()
            time.sleep(0.3)
            store["kept"] = b"whole"  # type: ignore[index]
        wrote.set()

    thread = threading.Thread(target=write)
    thread.start()
    inside.wait()

    def look() -> tuple[bool, bytes]:
        with file.using() as store:
            return wrote.is_set() or thread.is_alive(), store["kept"]  # type: ignore[index]

    assert forked(look)[1] == b"whole"
    thread.join()


def test_a_child_has_its_own_handle_of_the_cache(account: Account) -> None:
    rp.read_runn("teams")
    file = account.session.account_cache().file  # type: ignore[union-attr]
    parents = file.opened()._connection

    def is_own() -> tuple[bool, int]:
        rows = len(rp.read_runn("teams"))  # from the cache
        rp.read_runn("roles")
        own = file.opened()._connection
        return own is not None and own is not parents, rows

    assert forked(is_own) == (True, len(rp.read_runn("teams")))
    assert file.opened()._connection is parents
    # What the child has stored is there for the parent, too.
    with rp.use(account.offline()):
        assert len(rp.read_runn("roles")) > 0


@pytest.mark.slow
def test_parent_and_children_write_to_one_cache(account: Account) -> None:
    people = rp.read_runn("people")["id"].tolist()[:6]
    with (
        Reads(people),
        multiprocessing.get_context("fork").Pool(3) as pool,
    ):
        pool.map(owners, people * 3, chunksize=1)
    cache = account.session.account_cache()
    with cache.file.using() as store, store.connection() as con:  # type: ignore[union-attr]
        assert con.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with rp.use(account.offline()):
        for person in people:
            assert rp.read_runn("actuals", personId=person)["personId"].unique().tolist() in (
                [person],
                [],
            )


def test_a_list_in_chunks_goes_on_in_both(account: Account) -> None:
    whole = rp.read_runn("actuals", max_age=0)["id"].tolist()
    chunks = rp.read_runn("actuals", max_age=0, chunksize=700)
    first = next(chunks)["id"].tolist()

    def rest() -> list[int]:
        return first + [id_ for chunk in chunks for id_ in chunk["id"].tolist()]

    assert forked(rest) == whole
    assert rest() == whole
    with rp.use(account.offline()):
        assert rp.read_runn("actuals")["id"].tolist() == whole


SCRIPT = """
import os, sys
import runn_pandas as rp
account = rp.connect("demo")
names = rp.read_runn("teams")["name"].tolist()
child = os.fork()
if not child:
    teams = rp.read_runn("teams")
    teams["name"] += " x"
    teams.runn.push()
    changed = rp.read_runn("teams")["name"].tolist()
    sys.exit(0 if changed == [name + " x" for name in names] else 3)
assert os.waitpid(child, 0)[1] == 0
assert account.cache.folder.is_dir()
with rp.use(account.offline()):
    assert rp.read_runn("teams")["name"].tolist() == names
assert rp.read_runn("teams")["name"].tolist() == names
print(account.cache.folder)
"""


@pytest.mark.slow
def test_what_a_child_does_to_the_embedded_demo_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNN_CACHE_DIR")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not Path(done.stdout.strip()).exists()


IMPORTED_MEANWHILE = """
import os, sys, threading, time
import runn_pandas.forks
threading.Thread(target=__import__, args=("slow",)).start()
time.sleep(0.1)
child = os.fork()
if not child:
    import slow
    os._exit(slow.number)
ends = time.monotonic() + 10
while not (ended := os.waitpid(child, os.WNOHANG))[0]:
    if time.monotonic() > ends:
        os.kill(child, 9)
    time.sleep(0.01)
print(os.waitstatus_to_exitcode(ended[1]))
"""


def test_what_another_thread_imports_at_the_fork_does_not_hang_the_child(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(0.5)\nnumber = 7\n")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORTED_MEANWHILE],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    )
    assert (done.stdout, done.stderr) == ("7\n", "")
