"""One class for each kind of record; the catalogue says of which kind a resource is."""

from runn_pandas.catalog.writes import Writable
from runn_pandas.push.kinds.actuals import Actuals, Locks, TimeEntries
from runn_pandas.push.kinds.assignments import Assignments
from runn_pandas.push.kinds.base import Kind, Options
from runn_pandas.push.kinds.leave import Leave
from runn_pandas.push.kinds.people import Contracts, People, Skills, Views

KINDS: dict[str, type[Kind]] = {
    "plain": Kind,
    "people": People,
    "contracts": Contracts,
    "actuals": Actuals,
    "time entries": TimeEntries,
    "assignments": Assignments,
    "leave": Leave,
    "views": Views,
    "skills": Skills,
    "options": Options,
    "locks": Locks,
}


def kind_of(writable: Writable) -> Kind:
    """Return how the records of a resource are written."""
    return KINDS[writable.kind](writable)


__all__ = ["Kind", "kind_of"]
