"""The numbers Runn users need, by Runn's own definitions: hours, capacity, utilisation, money."""

from runn_pandas.analysis.capacity import capacity
from runn_pandas.analysis.daily import daily
from runn_pandas.analysis.finance import finance
from runn_pandas.analysis.hours import hours
from runn_pandas.analysis.utilization import utilization

__all__ = ["capacity", "daily", "finance", "hours", "utilization"]
