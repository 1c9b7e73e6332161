"""What each write means: a module for each part of the account (guide, section 5)."""

from runn_pandas.demo.rules import (
    contracts,
    fields,
    lists,
    people,
    planning,
    projects,
    timeoff,
    users,
    work,
)
from runn_pandas.demo.writing import WRITES, Write

__all__ = [
    "WRITES",
    "Write",
    "contracts",
    "fields",
    "lists",
    "people",
    "planning",
    "projects",
    "timeoff",
    "users",
    "work",
]
