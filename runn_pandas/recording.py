"""The reads of a notebook in one file: ``rp.cassette``."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from runn_pandas.account import Account, current, use
from runn_pandas.errors import ConfigError
from runn_pandas.frame.flags import check_flags

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

log = logging.getLogger("runn_pandas")
_recording: dict[Path, Account] = {}


def cassette(path: str | os.PathLike[str], anonymise: bool = False) -> Account:
    """Record the reads of a notebook into a file, or replay them from it.

    The first run records what the current account answers; once the file is there, later runs
    replay it: no token, no network, the same numbers. Both give the same frames. A recording of a
    real account says so in the log. What was not read in the first run cannot be replayed; delete
    the file to record again.

    Parameters
    ----------
    path : path
        The cassette: a ``.yaml`` file in vcrpy's format. Of headers only the content type and
        the API's version are written, never the token.
    anonymise : bool
        While recording, replace names, e-mails, notes, other free texts and money by stand-ins
        before anything is written. The same value gets the same stand-in; ids, dates, minutes
        and flags stay. Filters by name or e-mail are refused then. Without it the file holds
        the account's data, readable by you alone.

    Returns
    -------
    Account
        Read-only, and the current one from here on; as a context manager, until its block ends.

    Raises
    ------
    ConfigError
        If the file is not a cassette, or was recorded without `anonymise` though that is asked
        for; if there is no account to record from, or vcrpy is not installed.
    OfflineError
        By a read that the cassette does not have.

    Examples
    --------
    >>> import runn_pandas as rp, tempfile, pathlib
    >>> tape = pathlib.Path(tempfile.mkdtemp(), "class.yaml")
    >>> account = rp.connect("demo")
    >>> with rp.cassette(tape):
    ...     recorded = rp.read_runn("teams")
    >>> with rp.cassette(tape):
    ...     replayed = rp.read_runn("teams")
    >>> replayed.equals(recorded)
    True
    """
    from runn_pandas.transport.anonymise import Anonymiser
    from runn_pandas.transport.cassette import Player, Recorder, Tape, needs_vcr

    check_flags(error=ConfigError, anonymise=anonymise)
    file = Path(path).expanduser().absolute()
    if file.suffix not in (".yaml", ".yml"):
        raise ConfigError(f"A cassette is a .yaml file, not {file.name!r}.")
    if file.exists() and file not in _recording:
        tape = Tape(file).load()
        _refuse_names(file, anonymise, tape.anonymised)
        player = Account(tape.base_url, "cassette", max_age=0)
        return use(player.through(lambda inner, token: Player(tape), _fingerprint(file)))
    if file in _recording and file.exists():
        # A cell that is run again goes on with its recording.
        _refuse_names(file, anonymise, Tape(file).load().anonymised)
        return use(_recording[file])
    needs_vcr()
    account = current()
    if not account.is_demo:
        # A class that lacks the file would otherwise read a real account without knowing it.
        log.warning("%s is not there yet: recording what %r answers", file.name, account)
    tape = Tape(file, account.base_url, private=not anonymise)

    def recorder(inner: BaseAdapter, token: str) -> BaseAdapter:
        secret = hashlib.sha256(token.encode()).digest()
        return Recorder(inner, tape, token, Anonymiser(secret) if anonymise else None)

    _recording[file] = account.through(recorder, _fingerprint(file))
    return use(_recording[file])


def _refuse_names(file: Path, wanted: bool, is_so: bool) -> None:
    if wanted and not is_so:
        raise ConfigError(
            f"{file.name} was recorded without anonymise=True, and holds names, notes and money as"
            " they are; delete it to record again."
        )


def _fingerprint(file: Path) -> str:
    """Return what recording and replaying runs have in common, so that frames are identical."""
    return hashlib.sha256(f"cassette {file.name}".encode()).hexdigest()[:8]
