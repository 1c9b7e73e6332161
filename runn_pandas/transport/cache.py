"""Lists that were read, kept on disk: one account never sees another's rows.

The unit is a whole list with all its pages. Pages are stored under the number of their
reading, then, in one transaction, what the list consists of is written and the pages of
the older reading are removed: at any moment there is the old list or the new one, and
never a mixture, also if the program is killed.

requests-cache gives the storage, not the session: its unit is one response, and HTTP's
own caching rules (Vary, 304, stale answers) would each bring back a stitched list or the
rows of another account.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from runn_pandas.transport.shelf import Shelf


def default_folder() -> Path:
    """Give the user's cache folder of this package."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("runn_pandas", appauthor=False))


class Cache:
    """A folder with one file for each account.

    Parameters
    ----------
    folder
        Made if it is not there, for its owner only.
    patience
        Seconds to wait for another program that is writing.
    now
        Gives the seconds since 1970.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        patience: float = 2.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.folder = default_folder() if folder is None else Path(folder).expanduser().absolute()
        self.now = now
        self._patience = patience
        self._shelves: dict[Path, Shelf] = {}
        self._lock = threading.Lock()

    def shelf(self, host: str, fingerprint: str) -> Shelf:
        """Give the part of the cache that belongs to one account."""
        name = re.sub(r"[^A-Za-z0-9.-]", "_", host) or "account"
        return self._open(self.folder / f"{name}-{fingerprint}.sqlite")

    def _open(self, path: Path) -> Shelf:
        with self._lock:
            return self._shelves.setdefault(path, Shelf(path, self._patience, self.now))

    def _chosen(self, account: str | None) -> list[Shelf]:
        # By the names in the folder: also accounts that this program has not opened.
        names = sorted(self.folder.glob("*.sqlite")) if self.folder.is_dir() else []
        return [self._open(p) for p in names if account in (None, p.stem.rpartition("-")[2])]

    def info(self, account: str | None = None) -> list[dict[str, Any]]:
        """List what is stored: of one account (its fingerprint), or of all in the folder."""
        return [row for shelf in self._chosen(account) for row in shelf.info()]

    def clear(
        self,
        resource: str | None = None,
        *,
        filters: Mapping[str, str] | None = None,
        keep: float | None = None,
        account: str | None = None,
    ) -> int:
        """Remove the lists of a resource, or all, and give how many there were.

        Parameters
        ----------
        filters
            Only lists that were read with these values.
        resource
            Its name, as it was read.
        keep
            Lists younger than so many seconds stay.
        account
            Only of the account with this fingerprint.
        """
        names = None if resource is None else {resource}
        shelves = self._chosen(account)
        return sum(shelf.drop(names, filters=filters, keep=keep) for shelf in shelves)

    def drop(self, resources: Collection[str], *, account: str | None = None) -> int:
        """Remove the lists of these resources, which a write has made out of date."""
        return sum(shelf.drop(set(resources), vacuum=False) for shelf in self._chosen(account))

    def close(self) -> None:
        """Close the files."""
        with self._lock:
            for shelf in self._shelves.values():
                shelf.close()

    def __repr__(self) -> str:
        return f"Cache({str(self.folder)!r})"
