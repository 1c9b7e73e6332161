"""What a run has measured, in a file: the page and its picture are made of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.benchmarks.limits import Limited
from tests.benchmarks.measures import Growth, Result
from tests.support.places import ROOT

FILE = ROOT / "tests" / "benchmarks" / "measured.json"


@dataclass(frozen=True)
class Cost:
    """What a plan or a read takes beside a bound; None is not measured or not bounded."""

    name: str
    seconds: float | None
    megabytes: float
    most: str = ""


@dataclass
class Measured:
    """The findings of one run, by section; what was not measured yet is not there."""

    where: str
    runs: int
    fast: list[Result] = field(default_factory=list)
    limited: list[Limited] = field(default_factory=list)
    beside: list[Result] = field(default_factory=list)
    plans: list[Cost] = field(default_factory=list)
    memory: list[Cost] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)

    def add(self, found: Finding) -> None:
        """Take in one finding."""
        getattr(self, found[0]).append(found[1])


# The section that a finding belongs to, and the finding.
Finding = tuple[str, Result | Limited | Cost | Growth]
ROWS: dict[str, type] = {
    "fast": Result,
    "limited": Limited,
    "beside": Result,
    "plans": Cost,
    "memory": Cost,
    "growth": Growth,
}


def save(measured: Measured) -> None:
    """Write what a run has measured."""
    FILE.write_text(json.dumps(asdict(measured), indent=1) + "\n", encoding="utf-8")


def loads(text: str) -> Measured:
    """Make findings of what `save` wrote."""
    told: dict[str, Any] = json.loads(text)
    rows = {name: [kind(**row) for row in told.pop(name)] for name, kind in ROWS.items()}
    return Measured(**told, **rows)


def last() -> Measured:
    """Return what the last run that was written has measured."""
    return loads(FILE.read_text(encoding="utf-8"))
