"""Runn (runn.io) for people who think in DataFrames.

``pd.read_runn("people")`` reads any list of the Runn API v1 into a typed frame, and
``df.runn.push()`` writes a changed frame back. Start with ``rp.connect("demo")``, which needs no
token and no network.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from runn_pandas import cache, errors
from runn_pandas.accessor import journal, register, undo
from runn_pandas.account import Account, connect, current, use
from runn_pandas.mirror import mirror
from runn_pandas.reader.read import read_many, read_runn
from runn_pandas.reader.resource_table import resources
from runn_pandas.recording import cassette

if TYPE_CHECKING:
    from runn_pandas.analysis.capacity import capacity
    from runn_pandas.analysis.finance import finance
    from runn_pandas.analysis.hours import hours
    from runn_pandas.analysis.reconcile import reconcile, unmatched
    from runn_pandas.analysis.utilization import utilization
    from runn_pandas.jupyter.explore import explore
    from runn_pandas.jupyter.review import review
    from runn_pandas.mirror.local import Mirror
    from runn_pandas.push.plan import Plan

# Imported when they are first asked for, so that `import runn_pandas` stays light.
_LATER = {
    "Mirror": "runn_pandas.mirror.local",
    "Plan": "runn_pandas.push.plan",
    "capacity": "runn_pandas.analysis.capacity",
    "explore": "runn_pandas.jupyter.explore",
    "finance": "runn_pandas.analysis.finance",
    "hours": "runn_pandas.analysis.hours",
    "reconcile": "runn_pandas.analysis.reconcile",
    "review": "runn_pandas.jupyter.review",
    "unmatched": "runn_pandas.analysis.reconcile",
    "utilization": "runn_pandas.analysis.utilization",
}

__all__ = [
    "Account",
    "Mirror",
    "Plan",
    "cache",
    "capacity",
    "cassette",
    "connect",
    "current",
    "errors",
    "explore",
    "finance",
    "hours",
    "journal",
    "mirror",
    "read_many",
    "read_runn",
    "reconcile",
    "resources",
    "review",
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
    return sorted({*globals(), *__all__})


register()
