"""Which journal is an account's: found by the account, whatever token it is reached with.

An account has no id that a token could be asked for. Ids of records are Runn's own and never given
twice, so an account is known by its oldest people, projects and roles.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from runn_pandas.catalog import load
from runn_pandas.errors import AccessError, ConfigError, NotFoundError, PlanError
from runn_pandas.private_files import held, make_private
from runn_pandas.push.journal_file import BUSY, JournalFile
from runn_pandas.reader.fresh import has_filter

if TYPE_CHECKING:
    from runn_pandas.account import Account

OLDEST = ("people", "projects", "roles")
MANY = 10  # records of each
NEW = "new"
_numbers = count(1)
_demos: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
Seen = dict[str, dict[str, str]]  # by resource and id when a record was made


def journal_path(account: Account) -> Path:
    """Return where an account's journal is or will be.

    A token that this machine does not know costs up to three requests if there is a journal of
    the same address.

    Raises
    ------
    PlanError
        If it cannot be told whether an interrupted push of another token was to this account.
    """
    if account.is_demo:
        # The embedded demo ends with its process, and what was pushed to it with it.
        # Another demo has other records of the same ids.
        demo = getattr(account._adapter, "application", account._adapter)
        number = f"{os.getpid()}-{_demos.setdefault(demo, next(_numbers))}"
        return _beside_cache(account) / f"{_host(account)}-{account.fingerprint}-{number}.sqlite"
    own = _own(account)
    if own.exists():
        return own
    _move_over(account)
    with _others(account) as others:
        if own.exists() or not others:
            return own
        known = [one.path for one in others if one.knows(account.fingerprint)]
        asks = not (known or account.is_offline or account.in_cassette)
        return _recognised(account, own, others) if asks else [*known, own][0]


def state_folder() -> Path:
    """Return the folder of what outlives the cache: the user's, or ``RUNN_STATE_DIR``."""
    if chosen := os.environ.get("RUNN_STATE_DIR"):
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_state_dir("runn_pandas", appauthor=False))


def note_account(account: Account, journal: JournalFile) -> None:
    """Note of an account what it is known by when its token is another one, once."""
    if not account.is_demo and not journal.has_anchors:
        seen: Seen = {}
        for resource in OLDEST:
            seen |= _oldest(account, resource)
        journal.note(account.fingerprint, live=account.is_live, seen=seen)


def assign(account: Account, of: str) -> None:
    """Say whose journal an account's is: that of an earlier token, or a new one."""
    with _others(account) as others:
        names = {one.path.stem.rpartition("-")[2]: one for one in others}
        if of not in (NEW, *names):
            there = ", ".join(map(repr, names)) or "none"
            raise PlanError(f"There is no journal {of!r} of this address; there is {there}.")
        with names.get(of) or JournalFile(_own(account)) as journal:
            journal.note(account.fingerprint, live=account.is_live)


def _own(account: Account) -> Path:
    parts = urlsplit(account.base_url)
    place = re.sub(r"[^A-Za-z0-9.-]", "_", parts.netloc + parts.path)
    return state_folder() / "journal" / f"{place}-{account.fingerprint}.sqlite"


@contextmanager
def _others(account: Account) -> Iterator[list[JournalFile]]:
    """Open the journals of other tokens of the same address, but not those of test for live."""
    own = _own(account)
    place = own.stem.removesuffix(account.fingerprint)
    paths = sorted(own.parent.glob(f"{place}{'[0-9a-f]' * 8}.sqlite"))
    with ExitStack() as stack:
        found = [stack.enter_context(JournalFile(path)) for path in paths if path != own]
        yield [one for one in found if one.may_be(live=account.is_live)]


def _recognised(account: Account, own: Path, others: list[JournalFile]) -> Path:
    """Return the journal of the account among those of an address, or where a new one will be."""
    seen: Seen = {}
    for resource in OLDEST:
        seen |= _oldest(account, resource)
        same = [one for one in others if _is_of(one, seen)]
        if same:
            # Of several, which two first pushes at once may leave, the one that is to continue.
            best = max(same, key=lambda one: (bool(one.open_pushes), one.path.stat().st_mtime))
            best.note(account.fingerprint, live=account.is_live)
            return best.path
    doubtful = [one for one in others if _is_of(one, seen) is None]
    for one in doubtful:
        if one.open_pushes:
            name, push = one.path.stem.rpartition("-")[2], one.open_pushes[0]
            raise PlanError(
                f"Nothing was sent: push {push} to this address was interrupted under another"
                f" token ({name}), and whether that was this account cannot be told: none of its"
                f" oldest records is known here. If it is the same account, rp.journal(of={name!r})"
                f" says so, and the push can be continued; if not, rp.journal(of={NEW!r})."
            )
    if not doubtful:
        with JournalFile(own) as fresh:
            fresh.note(account.fingerprint, live=account.is_live, seen=seen)
    return own


def _is_of(journal: JournalFile, seen: Mapping[str, Mapping[str, str]]) -> bool | None:
    """Whether a journal is of the account whose records were seen; None if it cannot be told."""
    told = None
    for resource, rows in seen.items():
        known = journal.known(resource)
        for own in rows.keys() & known.keys():
            if not known[own] or rows[own][:19] == known[own][:19]:
                return True
        if rows and known:
            told = False
    return told


def _oldest(account: Account, resource: str) -> Seen:
    """Return the first records of a list and when each was made, as far as the token sees them."""
    source = load().resources[resource]
    query = {**source.always_sent, "limit": MANY}
    if has_filter(source, "includeArchived"):
        query["includeArchived"] = True
    try:
        answer = account.session.request("GET", source.operation.path, query).json()
    except (AccessError, NotFoundError):
        return {}
    rows = answer.get("values") or [] if isinstance(answer, dict) else []
    return {resource: {str(row["id"]): str(row.get("createdAt") or "") for row in rows}}


# -- where journals were before


def _host(account: Account) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "_", urlsplit(account.base_url).hostname or "") or "account"


def _beside_cache(account: Account) -> Path:
    return account.cache.folder / "journal"


def _move_over(account: Account) -> None:
    """Take the journals of an address from beside the cache, where earlier versions had them."""
    own, host = _own(account), _host(account)
    if not _beside_cache(account).is_dir():
        return
    # Their names have no port: of another token it is not known which it was.
    whose = account.fingerprint if urlsplit(account.base_url).port else "[0-9a-f]" * 8
    for old in _beside_cache(account).glob(f"{host}-{whose}.sqlite"):
        name = own.stem.removesuffix(account.fingerprint) + old.stem.rpartition("-")[2]
        target = own.with_name(f"{name}.sqlite")
        try:
            with held(target.with_suffix(".lock"), BUSY):
                _move(old, target)
        except (sqlite3.Error, OSError) as error:
            if target == own:
                raise ConfigError(
                    f"The journal {old} cannot be moved to {target.parent} ({error}): wait until"
                    " no push is running, or see who may write there."
                ) from error


def _move(old: Path, target: Path) -> None:
    """Copy a journal whole to its new place, then remove it."""
    if target.exists() or not old.exists():
        return
    aside = target.with_suffix(".new")
    aside.unlink(missing_ok=True)
    make_private(aside)
    with closing(sqlite3.connect(old, timeout=1.0, isolation_level=None)) as source:
        # Fails while any other program has it open.
        source.execute("pragma journal_mode = delete")
        with closing(sqlite3.connect(aside)) as copy:
            source.backup(copy)
    os.replace(aside, target)
    for path in (old, old.with_suffix(".lock")):
        with suppress(OSError):
            path.unlink()
