"""The numbers Runn users need, by Runn's own definitions: hours, capacity, utilisation, money."""

from runn_pandas.analysis.capacity_by_day import capacity
from runn_pandas.analysis.daily_rows import daily
from runn_pandas.analysis.finance_by_period import finance
from runn_pandas.analysis.hours_by_day import hours
from runn_pandas.analysis.utilization_by_period import utilization

__all__ = ["capacity", "daily", "finance", "hours", "utilization"]
