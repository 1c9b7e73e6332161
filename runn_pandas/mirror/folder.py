"""The folder of a mirror: who may read it, one sync at a time, files that are whole or not there.

A file never changes: its name holds the checksum of its content. New ones are written aside,
then renamed into place, and count once the state file names them; that is renamed last.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from runn_pandas.errors import ConfigError
from runn_pandas.mirror.state import STATE_FILE, File, State, loads
from runn_pandas.private_files import held

ASIDE = ".new"
LOCK = ".lock"
OWN = (STATE_FILE, LOCK, ASIDE)
_MADE = re.compile(r"[0-9a-f]{24}\.parquet")


class Damaged(Exception):
    """A file of the mirror is not there, or not as it was written."""

    def __init__(self, file: File) -> None:
        super().__init__(file.path)
        self.file = file


class Folder:
    """The files of one mirror.

    Parameters
    ----------
    path
        The folder; made, for its owner only, at the first sync.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._good: set[tuple[str, int, int]] = set()

    # -- the state

    def load(self) -> State | None:
        """Return the state, or None if there was no sync yet."""
        file = self.path / STATE_FILE
        try:
            content = file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise ConfigError(
                f"{file} cannot be read ({error.strerror or error}); see who may read the folder."
            ) from error
        return loads(content, str(file))

    def prepare(self) -> None:
        """Make the folder, or see that it is one for a mirror."""
        if self.path.exists() and not self.path.is_dir():
            raise ConfigError(f"{self.path} is a file; a mirror needs a folder.")
        if self.path.is_dir() and not (self.path / STATE_FILE).exists():
            strangers = [p.name for p in self.path.iterdir() if p.name not in OWN]
            known = (self.path / LOCK).exists()
            if strangers and not known:
                raise ConfigError(
                    f"{self.path} has other files in it ({min(strangers)}); give a mirror a folder"
                    " of its own, as a sync removes what it does not know."
                )
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder for one sync: another, in any program, is refused meanwhile."""
        self.prepare()
        busy = (
            f"Another sync of {self.path} is running, here or in another program. Wait until it"
            " has ended; reading goes on meanwhile."
        )
        with held(self.path / LOCK, busy):
            yield

    # -- new files

    @property
    def aside(self) -> Path:
        return self.path / ASIDE

    def create(self, name: str) -> tuple[Path, BinaryIO]:
        """Open a new file aside, for its owner only."""
        self.aside.mkdir(mode=0o700, exist_ok=True)
        path = self.aside / name
        handle = os.open(
            path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600
        )
        return path, os.fdopen(handle, "wb")

    def file(self, aside: Path, place: str, rows: int, year: int | None = None) -> File:
        """Return what a file aside will be in its place."""
        with aside.open("rb") as content:
            seal = hashlib.file_digest(content, "sha256").hexdigest()
        path = f"{place}/{seal[:24]}.parquet"
        return File(path, rows, aside.stat().st_size, seal, year)

    def commit(self, state: State, moves: dict[str, Path]) -> None:
        """Make a new state the mirror's: its new files in their places, then the state itself."""
        folders = set()
        for place, aside in moves.items():
            target = self.path / place
            for parent in reversed(target.relative_to(self.path).parents):
                (self.path / parent).mkdir(mode=0o700, exist_ok=True)
            _flush(aside)
            os.replace(aside, target)
            folders.add(target.parent)
        for folder in folders:
            _flush(folder)
        path, handle = self.create(STATE_FILE)
        with handle:
            handle.write(state.dumps())
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(path, self.path / STATE_FILE)
        _flush(self.path)

    def sweep(self, state: State | None) -> None:
        """Remove what is not the mirror's: older files, and leftovers of a sync that was ended."""
        keep = state.paths() if state else set()
        shutil.rmtree(self.aside, ignore_errors=True)
        for root, folders, names in os.walk(self.path, topdown=False):
            for name in names:
                path = Path(root, name)
                place = path.relative_to(self.path).as_posix()
                if _MADE.fullmatch(name) and place not in keep:
                    with suppress(OSError):
                        path.unlink()
            for name in folders:
                with suppress(OSError):
                    Path(root, name).rmdir()  # only where it is empty

    # -- files that are there

    def checked(self, file: File) -> Path:
        """Return a file's path, once its content was found to be what was written.

        Raises
        ------
        Damaged
            If it is not.
        """
        path = self.path / file.path
        try:
            if not path.resolve().is_relative_to(self.path.resolve()):
                raise Damaged(file)  # a link that leads elsewhere
            found = path.stat()
            mark = (file.path, found.st_size, found.st_mtime_ns)
            if mark in self._good:
                return path
            if found.st_size == file.size:
                with path.open("rb") as content:
                    if hashlib.file_digest(content, "sha256").hexdigest() == file.sha256:
                        self._good.add(mark)
                        return path
        except OSError as error:
            raise Damaged(file) from error
        raise Damaged(file)


def _flush(path: Path) -> None:
    """Have the system put a file or a folder on the disk."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
