"""One class for each way to write a record; the catalogue says which one a resource has."""

from runn_pandas.catalog.writes import Writable
from runn_pandas.pushing.kinds.actuals import Actuals, Locks, TimeEntries
from runn_pandas.pushing.kinds.base import (
    MISSING,
    REQUIRED,
    Back,
    Bad,
    Done,
    Kind,
    Looked,
    encoded_row,
    own_path,
)
from runn_pandas.pushing.kinds.people import Contracts, Options, People, Skills, Views
from runn_pandas.pushing.kinds.replaced import Leave, Replaced

KINDS: dict[str, type[Kind]] = {
    "plain": Kind,
    "people": People,
    "contracts": Contracts,
    "actuals": Actuals,
    "time entries": TimeEntries,
    "assignments": Replaced,
    "leave": Leave,
    "views": Views,
    "skills": Skills,
    "options": Options,
    "locks": Locks,
}


def kind_of(writable: Writable) -> Kind:
    """Return how the records of a resource are written."""
    return KINDS[writable.kind](writable)


__all__ = [
    "MISSING",
    "REQUIRED",
    "Back",
    "Bad",
    "Done",
    "Kind",
    "Looked",
    "encoded_row",
    "kind_of",
    "own_path",
]
