"""Runn (runn.io) for people who think in DataFrames.

``pd.read_runn("people")`` reads any list of the Runn API v1 into a typed frame, and
``df.runn.push()`` writes a changed frame back. Start with ``rp.connect("demo")``, which needs no
token and no network.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from runn_pandas import cache, errors
from runn_pandas.accessor import on, register
from runn_pandas.account import Account, connect, current, use
from runn_pandas.mirror import mirror
from runn_pandas.past_pushes import journal, undo
from runn_pandas.reader.read import read_many, read_runn
from runn_pandas.reader.resource_table import resources
from runn_pandas.recording import cassette

if TYPE_CHECKING:
    from runn_pandas.account_check.api import check
    from runn_pandas.analysis.capacity_by_day import capacity
    from runn_pandas.analysis.finance_by_period import finance
    from runn_pandas.analysis.hours_by_day import hours
    from runn_pandas.analysis.plotting.api import style_charts
    from runn_pandas.analysis.reconciliation.api import reconcile, unmatched
    from runn_pandas.analysis.reports.api import metrics, report
    from runn_pandas.analysis.reports.room import availability
    from runn_pandas.analysis.timesheets.api import read_timesheet
    from runn_pandas.analysis.utilization_by_period import utilization
    from runn_pandas.jupyter.api import explore, review
    from runn_pandas.mirror.api import Mirror
    from runn_pandas.push.plan import Plan

# Imported when they are first asked for, so that `import runn_pandas` stays light.
_LATER = {
    "Mirror": "runn_pandas.mirror.api",
    "Plan": "runn_pandas.push.plan",
    "availability": "runn_pandas.analysis.reports.room",
    "capacity": "runn_pandas.analysis.capacity_by_day",
    "check": "runn_pandas.account_check.api",
    "explore": "runn_pandas.jupyter.api",
    "finance": "runn_pandas.analysis.finance_by_period",
    "hours": "runn_pandas.analysis.hours_by_day",
    "metrics": "runn_pandas.analysis.reports.api",
    "read_timesheet": "runn_pandas.analysis.timesheets.api",
    "reconcile": "runn_pandas.analysis.reconciliation.api",
    "report": "runn_pandas.analysis.reports.api",
    "review": "runn_pandas.jupyter.api",
    "style_charts": "runn_pandas.analysis.plotting.api",
    "unmatched": "runn_pandas.analysis.reconciliation.api",
    "utilization": "runn_pandas.analysis.utilization_by_period",
}

__all__ = [
    "Account",
    "Mirror",
    "Plan",
    "availability",
    "cache",
    "capacity",
    "cassette",
    "check",
    "connect",
    "current",
    "errors",
    "explore",
    "finance",
    "hours",
    "journal",
    "metrics",
    "mirror",
    "on",
    "read_many",
    "read_runn",
    "read_timesheet",
    "reconcile",
    "report",
    "resources",
    "review",
    "style_charts",
    "undo",
    "unmatched",
    "use",
    "utilization",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'runn_pandas' has no attribute {name!r}")
    value = getattr(import_module(_LATER[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)


register()
