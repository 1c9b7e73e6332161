"""Killed, crowded, full, overwritten: a mirror is the old or the new state, never between."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

import runn_pandas as rp
from runn_pandas.errors import ConfigError
from runn_pandas.mirror import Mirror
from runn_pandas.mirror.folder import Folder
from tests.support.desk import Desk, new_demo, served
from tests.support.mirrors import modes, same

from .writes import Life

TABLES = ("people", "actuals", "projects/custom-fields")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")


def forked(work: Callable[[], object]) -> int:
    """Run something in a process of its own; give how it ended."""
    with warnings.catch_warnings():
        # Of threads that hold locks: none does here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(step: int) -> Callable[[], None]:
    """Have this process end at the given touch of the disk, before it happens."""
    count = [0]

    def watched(function: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            count[0] += 1
            if count[0] == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **options)

        return call

    for place, name in [
        (os, "replace"),
        (os, "fsync"),
        (os, "open"),
        (shutil, "rmtree"),
        (Path, "unlink"),
        (Path, "rmdir"),
        (Path, "mkdir"),
        (pq.ParquetWriter, "write_table"),
        (pq.ParquetWriter, "close"),
    ]:
        setattr(place, name, watched(getattr(place, name)))
    return lambda: None


def contents(mirror: Mirror) -> dict[str, pd.DataFrame]:
    return {name: mirror.read(name) for name in mirror._state().tables}


def equal(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> bool:
    return list(one) == list(other) and all(one[name].equals(other[name]) for name in one)


def clean(mirror: Mirror) -> None:
    """Assert that nothing is there but the mirror."""
    found = {p.relative_to(mirror.path).as_posix() for p in mirror.path.rglob("*") if p.is_file()}
    assert found == {"state.json", ".lock", *mirror._state().paths()}


@needs_fork
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("history", [False, True])
def test_killed_at_every_step(desk: Desk, history: bool) -> None:
    mirror = desk.mirror(*TABLES)
    mirror.sync(history=history)
    before = contents(mirror)
    life = Life(desk.account, desk.demo, 5)
    life.spend(60)
    model = desk.folder / "model"
    shutil.copytree(mirror.path, model)
    mirror.sync()
    after = contents(mirror)
    assert not any(before[name].equals(after[name]) for name in ("people", "actuals"))

    ends, step = [], 0
    while True:
        step += 1
        shutil.rmtree(mirror.path)
        shutil.copytree(model, mirror.path)

        def sync(step: int = step) -> None:
            killed_at(step)
            rp.mirror(mirror.path, account=desk.account).sync()

        code = forked(sync)
        found = contents(rp.mirror(mirror.path))
        ends.append(equal(found, after))
        assert ends[-1] or equal(found, before), f"neither old nor new after step {step}"
        if code == 0:
            break
        assert code == -signal.SIGKILL
        if len(ends) % 5 == 0:
            again = desk.mirror()
            again.sync()
            assert equal(contents(again), after)
            clean(again)
            if history:
                then = min(again._state().syncs.values())
                moment = pd.Timestamp(then, unit="s", tz="UTC") + pd.Timedelta("1ms")
                assert again.read("people", as_of=moment).equals(before["people"])
    assert step > 20
    # Old, up to one moment, and new from then on.
    assert ends == sorted(ends)
    assert not ends[0]


@pytest.mark.slow
@needs_fork
def test_killed_in_the_first_sync(desk: Desk) -> None:
    for step in (1, 3, 8, 13, 18):

        def sync(step: int = step) -> None:
            killed_at(step)
            desk.mirror(*TABLES).sync()

        assert forked(sync) == -signal.SIGKILL
        with pytest.raises(rp.errors.FrameError, match="empty"):
            desk.mirror().read("people")
    mirror = desk.mirror(*TABLES)
    assert set(mirror.sync()["mode"]) == {"full: first copy"}
    same(mirror, desk.account)
    clean(mirror)


TRY = """
import sys
from pathlib import Path
from runn_pandas.mirror.folder import Folder
with Folder(Path(sys.argv[1])).alone():
    pass
"""


def test_a_refused_thread_does_not_give_the_lock_away(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "m")
    with folder.alone():
        with pytest.raises(ConfigError, match="Another sync"), Folder(folder.path).alone():
            pass
        child = subprocess.run(
            [sys.executable, "-c", TRY, str(folder.path)], capture_output=True, text=True
        )
        assert "Another sync" in child.stderr


def test_what_is_no_lock_and_no_state_is_named(tmp_path: Path, desk: Desk) -> None:
    folder = Folder(tmp_path / "m")
    folder.prepare()
    (folder.path / ".lock").mkdir()
    with pytest.raises(ConfigError, match=r"\.lock cannot be used"), folder.alone():
        pass
    (folder.path / ".lock").rmdir()
    (folder.path / ".lock").write_bytes(b"noise" * 500)
    with folder.alone():
        pass
    (folder.path / "state.json").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        rp.mirror(folder.path)


CHILD = """
import sys
import runn_pandas as rp
url, cache, path = sys.argv[1:]
account = rp.connect("demo", base_url=url, cache_dir=cache)
print(rp.mirror(path, account=account).sync().to_json(), flush=True)
"""


@pytest.mark.slow
def test_two_processes_at_once(tmp_path: Path) -> None:
    """One waits in the middle of its sync: the other is refused, and reads what was there."""
    demo = new_demo()
    waits, goes = threading.Event(), threading.Event()
    with served(demo) as url:
        account = rp.connect("demo", base_url=url, max_age=0)
        mirror = rp.mirror(tmp_path / "m", ["roles", "actuals"], account)
        mirror.sync()
        was = mirror.read("actuals")
        Life(account, demo, 3).spend(30)

        def hold(request: Any) -> None:
            if request.path == "/roles/":
                waits.set()
                assert goes.wait(60)

        demo.before = hold
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, url, str(tmp_path / "cache"), str(mirror.path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert waits.wait(60)
        demo.before = None
        with pytest.raises(ConfigError, match="Another sync"):
            mirror.sync()
        assert mirror.read("actuals").equals(was)
        goes.set()
        _, errors = child.communicate(timeout=60)
        assert child.returncode == 0, errors.decode()
        same(mirror, account)
        assert not mirror.sync()["changed"].any()
        clean(mirror)
        account.session.close()


@pytest.mark.slow
def test_reading_goes_on_while_it_syncs(desk: Desk) -> None:
    mirror = desk.mirror(*TABLES)
    mirror.sync()
    problems: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        own = rp.mirror(mirror.path)
        while not done.is_set():
            try:
                own.read("actuals", columns=["id"])
            except BaseException as error:
                problems.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    life = Life(desk.account, desk.demo, 2)
    for _ in range(5):
        life.spend(15)
        mirror.sync()
    done.set()
    reader.join()
    assert not problems


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 900 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", str(place)]
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_disk_full(desk: Desk, small_disk: Path) -> None:
    mirror = rp.mirror(small_disk / "m", TABLES, desk.account)
    mirror.sync()
    before = contents(mirror)
    Life(desk.account, desk.demo, 4).spend(60)
    room = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(bytes(room - 20_000))
    with pytest.raises(ConfigError, match="No space left"):
        mirror.sync()
    assert equal(contents(rp.mirror(mirror.path)), before)
    clean(mirror)
    (small_disk / "ballast").unlink()
    mirror.sync()
    same(mirror, desk.account)


def noise(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [noise, cut, flip, Path.unlink])
def test_a_damaged_file_is_found_and_read_again_alone(
    desk: Desk, harm: Callable[[Path], object]
) -> None:
    mirror = desk.mirror(*TABLES, "roles")
    mirror.sync()
    victim = mirror.files("actuals")[0]
    harm(victim)
    for use in (
        lambda m: m.read("actuals"),
        lambda m: m.sql("select 1 from actuals"),
        lambda m: m.dask("actuals"),
        lambda m: m.files("actuals"),
    ):
        for one in (mirror, rp.mirror(mirror.path)):
            with pytest.raises(ConfigError, match=victim.name):
                use(one)
    assert len(mirror.read("roles")) == 12
    Life(desk.account, desk.demo, 4).spend(10)
    found = modes(mirror.sync())
    assert found["actuals"] == "full: a file was damaged"
    assert sum("damaged" in mode for mode in found.values()) == 1
    same(mirror, desk.account)
    clean(mirror)


def test_a_damaged_state_is_never_guessed(desk: Desk) -> None:
    mirror = desk.mirror("roles")
    mirror.sync()
    files = mirror.files("roles")
    state = mirror.path / "state.json"
    good = state.read_bytes()
    for bad in (
        b"",
        good[:-20],
        good.replace(b'"rows": 12', b'"rows": 11'),
        os.urandom(500),
        b"[" * 100_000,
    ):
        state.write_bytes(bad)
        for use in (lambda: mirror.read("roles"), mirror.sync, lambda: desk.mirror()):
            with pytest.raises(ConfigError, match="damaged"):
                use()
    assert all(file.exists() for file in files)
    state.write_bytes(good.replace(b'"format": 1', b'"format": 2'))
    with pytest.raises(ConfigError, match="newer"):
        desk.mirror()


def resealed(mirror: Mirror, content: dict[str, Any]) -> None:
    """Write a state as whoever can write the file can: with the seal it should have."""
    seal = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    state = json.dumps({"format": 1, "sha256": seal, "state": content})
    (mirror.path / "state.json").write_text(state, encoding="utf-8")


LEADING_OUT = [
    "../{name}",
    "roles/../../{name}",
    "/elsewhere/{name}",
    "roles/./{name}",
    "..\\{name}",
    "C:/{name}",
    "roles/{name}.txt",
    "{name}",
    "",
    7,
]


@pytest.mark.parametrize("path", LEADING_OUT)
@pytest.mark.parametrize("past", [False, True])
def test_a_state_that_leads_out_of_the_folder_is_refused(desk: Desk, path: Any, past: bool) -> None:
    mirror = desk.mirror("roles")
    mirror.sync(history=True)
    (file,) = mirror.files("roles")
    shutil.copy(file, mirror.path.parent)
    content = json.loads((mirror.path / "state.json").read_bytes())["state"]
    table = content["tables"]["roles"]
    place = table["versions"][0]["files"][0] if past else table["files"][0]
    place["path"] = path.format(name=file.name) if isinstance(path, str) else path
    resealed(mirror, content)
    for use in (lambda: mirror.read("roles"), mirror.sync, lambda: desk.mirror().sql("select 1")):
        with pytest.raises(ConfigError, match="damaged"):
            use()


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only some make links")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_that_leads_out_of_the_folder_is_not_followed(desk: Desk, what: str) -> None:
    mirror = desk.mirror("roles", name="one")
    mirror.sync()
    (file,) = mirror.files("roles")
    inside = file if what == "file" else file.parent
    inside.rename(outside := mirror.path.parent / "outside")
    inside.symlink_to(outside)
    with pytest.raises(ConfigError, match="missing or damaged"):
        rp.mirror(mirror.path, account=desk.account).read("roles")


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only some make links")
def test_a_mirror_reached_by_a_link_is_read(desk: Desk) -> None:
    mirror = desk.mirror("roles")
    mirror.sync()
    link = mirror.path.parent / "link"
    link.symlink_to(mirror.path)
    again = rp.mirror(link, account=desk.account)
    assert len(again.read("roles")) == len(again.sql("select * from roles")) == 12


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_only_its_owner_may_read_it(desk: Desk) -> None:
    before = os.umask(0)
    try:
        mirror = desk.mirror(*TABLES, name="deep/down/mirror")
        mirror.sync(history=True)
        Life(desk.account, desk.demo, 4).spend(20)
        mirror.sync()
    finally:
        os.umask(before)
    for path in [mirror.path, *mirror.path.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_only_its_owner_may_read_what_is_not_yet_in_place(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each new file and at the commit: all that is there, what is written aside included."""
    seen: dict[str, int] = {}

    def look(folder: Folder) -> None:
        for path in [folder.path, *folder.path.rglob("*")]:
            seen[path.relative_to(folder.path).as_posix()] = path.stat().st_mode

    def watched(name: str) -> None:
        original = getattr(Folder, name)

        def call(folder: Folder, *args: Any) -> Any:
            look(folder)
            try:
                return original(folder, *args)
            finally:
                look(folder)

        monkeypatch.setattr(Folder, name, call)

    for name in ("create", "commit", "sweep"):
        watched(name)
    before = os.umask(0)
    try:
        mirror = desk.mirror(*TABLES)
        # One that was there already, and open to all.
        mirror.path.mkdir(mode=0o777)
        mirror.sync(history=True)
        Life(desk.account, desk.demo, 4).spend(20)
        mirror.sync()
    finally:
        os.umask(before)
    aside = [name for name in seen if name.startswith(".new/")]
    assert any(name.endswith(".parquet") for name in aside)
    assert {".", ".lock", ".new", ".new/state.json", "state.json", "_history"} <= set(seen)
    files = {name: mode for name, mode in seen.items() if not stat.S_ISDIR(mode)}
    assert {stat.S_IMODE(mode) for mode in files.values()} == {0o600}, files
    folders = {name: mode for name, mode in seen.items() if name not in files}
    assert {stat.S_IMODE(mode) for mode in folders.values()} == {0o700}, folders
