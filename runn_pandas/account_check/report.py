"""The report of a check: a table to read, to keep, or to send in, without anything personal."""

from __future__ import annotations

import json
import platform
import textwrap
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from runn_pandas import html
from runn_pandas.account_check.judging import Finding, Question
from runn_pandas.catalog import load
from runn_pandas.frame.types import PANDAS_TEXT
from runn_pandas.transport.session import user_agent

COLUMNS = ("area", "question", "answer", "verdict", "evidence", "meaning")
VERDICTS = ("ok", "differs", "not settled", "failed")
PROMISE = "No names, e-mails, ids or texts of the account are in this report."
WIDTH = 100
INDENT = " " * 13


@dataclass(frozen=True)
class Report:
    """What `rp.check` found out about an account.

    ``print(report)`` and ``report.to_text()`` show it, ``report.to_json()`` gives it to a
    program. None of these has a name, an e-mail, an id or a text of the account in it.

    Attributes
    ----------
    frame : DataFrame
        One row a question: ``area``, ``question``, ``answer``, ``verdict`` (``ok``,
        ``differs``, ``not settled``, ``failed``), ``evidence``, ``meaning``; all texts.
    requests : int
        How many requests were sent.
    left : list of str
        Paths of records that the check made and could not delete again; not in the report.
    """

    frame: pd.DataFrame
    requests: int
    left: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing failed and nothing differs from what the package expects."""
        return set(self.frame["verdict"]) <= {"ok", "not settled"}

    def to_text(self) -> str:
        """Return the report as text for a terminal or a mail, in lines of 100 characters."""
        parts = [self._headline(), PROMISE]
        for area, rows in self.frame.groupby("area", sort=False):
            parts += ["", str(area)]
            for row in rows.itertuples():
                parts += _as_lines(row)
        return "\n".join(parts)

    def to_json(self) -> str:
        """Return the report as JSON: the versions, the requests sent, and every finding."""
        findings = self.frame.to_dict(orient="records")
        return json.dumps({**versions(), "requests": self.requests, "findings": findings}, indent=1)

    def _headline(self) -> str:
        counts = Counter(self.frame["verdict"])
        told = ", ".join(f"{counts[one]} {one}" for one in VERDICTS if counts[one])
        about = versions()
        return f"{about['package']}, contract {about['contract']}: {self.requests} requests; {told}"

    def __str__(self) -> str:
        return self.to_text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = self.frame[list(COLUMNS)].itertuples(index=False)
        return html.block(self._headline(), html.table(COLUMNS, rows, width=2000), [PROMISE])


def versions() -> dict[str, str]:
    """Return what the report was made with."""
    return {
        "package": user_agent(),
        "contract": load().version,
        "python": platform.python_version(),
        "pandas": pd.__version__,
    }


def report_of(
    findings: Iterable[tuple[Question, Finding]], requests: int, left: list[str]
) -> Report:
    """Return findings as a report."""
    rows = [
        (one.area, one.text, found.answer, found.verdict, found.evidence, found.meaning)
        for one, found in findings
    ]
    return Report(pd.DataFrame(rows, columns=list(COLUMNS), dtype=PANDAS_TEXT), requests, left)


def _as_lines(row: Any) -> list[str]:
    evidence = f" ({row.evidence})" if row.evidence else ""
    said = _wrapped(f"{row.question}  {row.answer}{evidence}", f"{row.verdict:<{len(INDENT)}}")
    return said + (_wrapped(row.meaning, INDENT) if row.meaning else [])


def _wrapped(text: str, before: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=before, subsequent_indent=INDENT)
