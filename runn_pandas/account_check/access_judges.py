"""Judges of the way to an account: token, address, clock, latency, the limit's headers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from runn_pandas.account import DEMO, LIVE, TEST
from runn_pandas.account_check.answers import Answer, Answers
from runn_pandas.account_check.judging import Finding, count, failed, unsettled
from runn_pandas.transport.retry import number

LIMIT = 120  # requests a minute, as Runn documents it
WINDOW = 60.0
MOMENT = 1e9  # seconds since 1970, as a moment of today has
SKEW = 5.0  # seconds; a ``Date`` has whole ones, and an answer takes a while
# What an account answers for what its plan does not have, or a token may not see.
WITHHELD = frozenset({402, 403, 404, 422})
KINDS = {
    TEST: "TEST_, of a test account",
    LIVE: "LIVE_, of a live account",
    DEMO: "of the demo account",
}


def token_works(answers: Answers) -> Finding:
    """Judge whether anything can be read with the token."""
    asked = [one for one in answers.me if one.is_asked]
    good = sum(one.is_good for one in asked)
    evidence = f"{good} of {count(len(asked), 'answer')} good"
    if good:
        return Finding("yes", "ok", evidence, "The token, the address and the version fit.")
    if any(True for _ in answers.answered()):
        return Finding(
            f"yes, but not for me ({answers.me[0].why})", "differs", evidence, "Lists can be read."
        )
    if not asked:
        return unsettled("nothing was asked")
    hints = {
        401: "The token is wrong, expired or revoked, or the account lives in the other region.",
        404: "The address is not that of the API: check base_url (RUNN_API_URL) and the region.",
    }
    return failed(asked[0], hints.get(asked[0].status, "Nothing can be read."))


def token_kind(answers: Answers) -> Finding:
    """Judge by the beginning of the token whose it is."""
    kind = KINDS.get(answers.token)
    if kind is None:
        return Finding(
            "neither TEST_ nor LIVE_",
            "differs",
            meaning="The package cannot tell a test account from a live one: it is taken for live.",
        )
    live = "A push changes the live account; a TEST_ token is for trying."
    return Finding(kind, "ok", meaning=live if answers.token == LIVE else "")


def address(answers: Answers) -> Finding:
    """Judge whether the address is the API's."""
    works = any(one.is_good for one in answers.all)
    if not works:
        return Finding(answers.address, "failed", meaning="No request to it was answered well.")
    return Finding(answers.address, "ok")


def lists_offered(answers: Answers) -> Finding:
    """Judge which lists the plan and the token have."""
    asked = {name: one.first for name, one in answers.lists.items() if one.first.is_asked}
    if not asked:
        return unsettled("no list was asked for")
    refused = {name: one for name, one in asked.items() if not one.is_good}
    evidence = f"{len(asked) - len(refused)} of {count(len(asked), 'list')}"
    if not refused:
        return Finding("all", "ok", evidence)
    names = ", ".join(f"{name} ({one.why})" for name, one in refused.items())
    if {one.status for one in refused.values()} <= WITHHELD:
        rule = "A read of what the plan lacks, or the token may not see, raises an error."
        return Finding(f"not {names}", "ok", evidence, rule)
    return Finding(f"not {names}", "failed", evidence, "Reads of these raise an error.")


def clock(answers: Answers) -> Finding:
    """Judge this machine's clock by the answers' dates."""
    ahead = [one.ahead for one in answers.all if one.ahead is not None]
    if not ahead:
        return unsettled(
            "the answers have no Date", meaning="A mirror trusts the clock of this machine."
        )
    # Each answer was on its way for a while: the nearest one tells best.
    least = min(ahead, key=abs)
    if abs(least) <= SKEW:
        return Finding("within seconds of the server's", "ok", f"{least:+.0f} s")
    return Finding(
        f"{abs(least):.0f} s {'behind' if least > 0 else 'ahead of'} the server's",
        "differs",
        f"in {count(len(ahead), 'answer')}",
        "A mirror reckons with it; set the clock of this machine all the same.",
    )


def latency(answers: Answers) -> Finding:
    """Judge how long an answer takes."""
    middle = answers.latency
    if middle is None:
        return unsettled("no good answer came")
    good = [one.seconds for one in answers.all if one.is_good]
    return Finding(
        f"{1000 * middle:.0f} ms",
        "ok",
        f"median of {count(len(good), 'answer')}, the slowest {max(good):.1f} s",
        f"A read of 100 pages one after the other takes about {max(100 * middle, 1):.0f} s.",
    )


def limit_headers(answers: Answers) -> Finding:
    """Judge what the answers say of the limit."""
    came = [one for one in answers.all if one.status]
    limits = _headers(came, "x-ratelimit-limit")
    if not came:
        return unsettled("no answer came")
    evidence = f"x-ratelimit-limit in {len(limits)} of {count(len(came), 'answer')}"
    if not limits:
        own = f"The package counts {LIMIT} requests a minute by itself."
        return Finding("the answers do not tell it", "differs", evidence, own)
    answer = " or ".join(f"{one:,.0f}" for one in sorted(set(limits))) + " requests in a window"
    if set(limits) == {LIMIT} and len(limits) == len(came):
        return Finding(answer, "ok", evidence)
    return Finding(answer, "differs", evidence, "The package goes by what the answers say.")


def _headers(answers: Sequence[Answer], name: str) -> list[float]:
    """Return the numbers in one header of those answers that have it."""
    found = (number(one.headers.get(name)) for one in answers)
    return [value for value in found if value is not None]


def reset_unit(answers: Answers) -> Finding:
    """Judge the unit of ``x-ratelimit-reset``: a window of a minute has 60 seconds."""
    resets = _headers(answers.all, "x-ratelimit-reset")
    if not resets:
        return unsettled("no answer has x-ratelimit-reset")
    highest = max(resets)
    evidence = f"from {min(resets):g} to {highest:g}"
    if highest <= WINDOW + 1:
        return Finding("seconds until the window ends", "ok", evidence)
    return Finding(
        "a moment" if highest > MOMENT else "milliseconds",
        "differs",
        evidence,
        "The package reads seconds: it waits for a whole window where less would do.",
    )


def others_at_work(answers: Answers) -> Finding:
    """Judge whether each request took one of the window's, or others took some too."""
    left = _headers(answers.all, "x-ratelimit-remaining")
    falls = [before - after for before, after in pairwise(left) if before > after]
    if not falls:
        return unsettled("the answers do not say how many requests are left")
    others = sum(int(fall) - 1 for fall in falls)
    if others <= 0:
        return Finding("no", "ok", f"each of {count(len(falls), 'request')} took one")
    return Finding(
        "yes",
        "ok",
        f"{count(others, 'request')} of others beside {len(falls)} of this check",
        "The limit is shared: reads and pushes wait longer while the other program runs.",
    )


def retry_after_unit(answers: Answers) -> Finding:
    """Judge the unit of ``retry-after``, by what the same answer says of its window."""
    if not answers.limited:
        return unsettled(
            "no request met the limit",
            meaning="Waits are right for both units. rp.check(limit=True) meets it on purpose.",
        )
    units = sorted({unit_of(one) for one in answers.limited})
    evidence = "; ".join(_told(one) for one in answers.limited[:2])
    if units == ["milliseconds"]:
        return Finding("milliseconds", "ok", evidence, "As Runn documents it.")
    if len(units) == 1 and units[0] in ("seconds", "no retry-after", "a date"):
        return Finding(units[0], "ok", evidence, "The package waits right for this as well.")
    return unsettled(
        f"it may be {' or '.join(units)}", evidence, "The package waits until the window ends."
    )


def unit_of(answer: Answer) -> str:
    """Return the unit of a 429's ``retry-after``.

    Examples
    --------
    >>> unit_of(Answer(429, headers={"retry-after": "30000", "x-ratelimit-reset": "30"}))
    'milliseconds'
    >>> unit_of(Answer(429, headers={"retry-after": "30", "x-ratelimit-reset": "30"}))
    'seconds'
    """
    text = answer.headers.get("retry-after")
    after, reset = number(text), number(answer.headers.get("x-ratelimit-reset"))
    if text is None:
        return "no retry-after"
    if after is None:
        return "a date" if ":" in text else "neither a number nor a date"
    if reset is None:
        return "milliseconds" if after > WINDOW + 1 else "unclear"
    by_seconds, by_thousands = abs(after - reset) <= 1.5, abs(after / 1000 - reset) <= 1.5
    if by_seconds == by_thousands:
        return "unclear"
    return "seconds" if by_seconds else "milliseconds"


def _told(answer: Answer) -> str:
    after, reset = (number(answer.headers.get(h)) for h in ("retry-after", "x-ratelimit-reset"))
    shown = ["none" if value is None else f"{value:g}" for value in (after, reset)]
    return f"retry-after {shown[0]}, x-ratelimit-reset {shown[1]}"
