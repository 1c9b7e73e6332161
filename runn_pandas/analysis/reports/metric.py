"""What a metric of Runn's is: its words, where they are said, and how it is made."""

from __future__ import annotations

from dataclasses import dataclass

from runn_pandas.analysis.columns import Floats
from runn_pandas.analysis.reports.formulas import Formula
from runn_pandas.analysis.reports.values import Values

BOTH, PEOPLE, PROJECTS = ("people", "projects"), ("people",), ("projects",)
PAGE, CONTRACT, COMMUNITY, INFERRED = "Runn's page", "contract", "community", "inferred"
HOURS, MONEY, PER_CENT, COUNT, FLAG, WORD = "hours", "money", "%", "count", "yes/no", "text"


@dataclass(frozen=True)
class Metric:
    """A metric of Runn's; ``formula`` makes it of sums, None where the API cannot give it."""

    reports: tuple[str, ...]
    name: str
    runn: str
    unit: str
    definition: str
    ours: str
    source: str
    evidence: str
    formula: Formula | None
    why_not: str = ""

    def value(self, values: Values) -> Floats:
        """Return the metric of each row."""
        if self.formula is None:
            return values.zero
        return self.formula(values)

    @property
    def needs(self) -> frozenset[str]:
        """The sums that the formula takes, found by trying it."""
        asked = Values.recorder()
        self.value(asked)
        return frozenset(asked.asked)

    @property
    def is_whole(self) -> bool:
        """Whether it is of the whole project, whatever the window."""
        return any(name.startswith(("project.", "roles.")) for name in self.needs)
