"""A changed frame back to Runn: planned, previewed, in few requests, with nothing lost."""

from runn_pandas.push.history import journal
from runn_pandas.push.planning import plan, push
from runn_pandas.push.plans import Plan

__all__ = ["Plan", "journal", "plan", "push"]
