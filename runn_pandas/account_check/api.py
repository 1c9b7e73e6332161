"""A look at an account: what works, how large it is, and which open questions it settles."""

from __future__ import annotations

from urllib.parse import urlsplit

from runn_pandas.account import DEMO, TEST, Account, current, today
from runn_pandas.account_check.answers import Answers
from runn_pandas.account_check.asking import Asker
from runn_pandas.account_check.limit_probe import MOST, meet_limit
from runn_pandas.account_check.marks import SEARCH
from runn_pandas.account_check.questions import findings
from runn_pandas.account_check.read_probes import look, most_requests
from runn_pandas.account_check.report import Report, report_of
from runn_pandas.account_check.write_probes import STEPS, write
from runn_pandas.errors import ConfigError, OfflineError, ReadOnlyError
from runn_pandas.frame.flags import check_flags
from runn_pandas.reader.progress import progress_bar
from runn_pandas.settings import REGIONS
from runn_pandas.transport.urls import is_loopback

SPARE = 10  # requests that meet the limit are sent again


def check(
    writes: bool = False,
    *,
    limit: bool = False,
    account: Account | None = None,
    progress: bool | None = None,
) -> Report:
    """Look at an account without changing it, and say what works and what it settles.

    Sends at most 68 requests, one after the other, of the 120 a minute; one that meets the limit
    is sent again. Every list is asked for its first page, a few more pages of long lists are read,
    and what the package has to assume about Runn is tried out. Nothing that is read is kept. The
    report has counts, statuses, seconds and names of fields in it, but no name, e-mail, id or text
    of the account: it can be sent in.

    Parameters
    ----------
    writes : bool
        Whether to also try which write rules hold: a tag, a person, a project and what belongs to
        them are made, changed and deleted again, in up to 29 requests and some to delete them.
        Where people, projects or tags fill several pages, up to 30 requests look for what a check
        left that was killed, and as many for a record whose answer was lost.
        Only with a token of a test account (``TEST_``), or on the demo account.
    limit : bool
        Whether to also use up the limit of this minute at the end, with up to 128 requests more,
        to see what Runn answers then. All programs with the same key wait for the next minute.
    account : Account, optional
        The current one if not given.
    progress : bool, optional
        Whether to show how far it is; None for only where someone watches.

    Returns
    -------
    Report
        To print; its ``frame`` has one row a question, with a verdict. A question that could not
        be asked has the verdict ``failed`` and says why; it stops no other one.

    Raises
    ------
    OfflineError
        If the account is offline.
    ConfigError
        If it is in a cassette; with `writes`, if the token is not one of a test account.
    ReadOnlyError
        With `writes`, if the account was opened read-only.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> report = rp.check()
    >>> report.frame.loc[0, ["question", "answer", "verdict"]].tolist()
    ['Does the token work?', 'yes', 'ok']
    """
    check_flags(["progress"], writes=writes, limit=limit, progress=progress)
    account = account or current()
    _refuse(account, writes)
    answers = Answers(_token(account), _address(account), today([account.fingerprint]))
    asked = most_requests() + (STEPS if writes else 0) + (MOST if limit else 0)
    most = asked + (SEARCH if writes else 0)
    after = " and those that delete" if writes else ", nothing is changed"
    title = f"check: at most {most} requests{after}"
    with progress_bar(title, progress, unit=" requests") as shown:
        asker = Asker(account, asked + SPARE, lambda: shown.rows(1))
        look(asker, answers)
        if writes:
            write(asker, answers)
        refused = meet_limit(account, lambda: shown.rows(1)) if limit else []
    answers.compare()
    answers.all = asker.all
    answers.limited = [one for one in [*asker.all, *refused] if one.status == 429]
    requests = len(asker.all) + len(refused)
    return report_of(findings(answers), requests, answers.written.left)


def _refuse(account: Account, writes: bool) -> None:
    if account.is_offline:
        raise OfflineError("rp.check asks the account itself, and this one is offline.")
    if account.in_cassette:
        raise ConfigError("rp.check asks the account itself: call it outside of rp.cassette.")
    if writes and account.read_only:
        raise ReadOnlyError(
            "rp.check(writes=True) makes and deletes records, and this account was opened"
            " read-only (read_only=True or RUNN_READ_ONLY)."
        )
    if writes and _token(account) not in (TEST, DEMO):
        raise ConfigError(
            "rp.check(writes=True) makes and deletes records, so it takes a token of a test account"
            " (it begins with TEST_) or the demo account; nothing was sent. rp.check() only reads."
        )


def _token(account: Account) -> str:
    return DEMO if account.is_demo else account.token_kind


def _address(account: Account) -> str:
    """Return which address is asked, without naming one that is somebody's own."""
    if account.is_demo:
        return "the demo account, in this process"
    known = {
        url: f"{url.removeprefix('https://')} (region {name})" for name, url in REGIONS.items()
    }
    here = is_loopback(urlsplit(account.base_url).hostname or "")
    return known.get(account.base_url, "this machine" if here else "another address than Runn's")
