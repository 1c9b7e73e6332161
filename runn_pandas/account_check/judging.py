"""A question about an account, and what a judge makes of the answers to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from runn_pandas.account_check.answers import Answer, Answers

Verdict = Literal["ok", "differs", "not settled", "failed"]


class Finding(NamedTuple):
    """What the answers say to a question.

    Attributes
    ----------
    answer : str
        The answer in a few words, without anything of the account's own texts.
    verdict : str
        ``ok``: as the package expects, or it holds for both. ``differs``: otherwise than it
        expects. ``not settled``: this account does not tell. ``failed``: the question could not
        be asked.
    evidence : str
        What was seen: counts, statuses, seconds, names of fields.
    meaning : str
        What follows for the user.
    """

    answer: str
    verdict: Verdict
    evidence: str = ""
    meaning: str = ""


Judge = Callable[[Answers], Finding]


@dataclass(frozen=True)
class Question:
    """One row of the report: where it stands, what is asked, and who decides."""

    area: str
    text: str
    judge: Judge

    def asked_of(self, answers: Answers) -> Finding:
        """Return the finding; an answer that no judge foresaw stops no other question."""
        try:
            return self.judge(answers)
        except Exception as error:
            # Its text may hold what the server sent.
            return Finding("the answers cannot be read", "failed", type(error).__name__)


def failed(answer: Answer, meaning: str = "") -> Finding:
    """Return that a question could not be asked, and why."""
    if not answer.is_asked:
        return unsettled("the requests of this check were used up, or an earlier answer is missing")
    return Finding(f"no answer ({answer.why})", "failed", meaning=meaning)


def unsettled(why: str, evidence: str = "", meaning: str = "") -> Finding:
    """Return that an account does not tell, and why."""
    return Finding(f"not settled: {why}", "not settled", evidence, meaning)


def count(number: int, thing: str) -> str:
    """Return a number of things in words.

    Examples
    --------
    >>> count(1, "row"), count(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
