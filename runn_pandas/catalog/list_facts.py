"""Facts about lists that no contract tells: their days, their deletions, what a filter misses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

_SPAN = ("startDate", "endDate")
# The fields of a contract that say which days are worked.
_WORKED = ("startDate", "endDate", "rosteredDays", "minutesPerDay")


class ListFacts(NamedTuple):
    """What is known of one list beside its contract."""

    is_long: bool = False  # many pages in a company of any size
    always_sent: Mapping[str, Any] = {}  # filters that go out even if the user gives none
    everything: Mapping[str, bool] = {}  # filters without which some rows are missing
    ids_from: str = ""  # the list that has the ids for the path
    days: tuple[str, ...] = ()  # columns of the first and last day, if each day of work adds rows
    open_ended: bool = False  # the last day may be missing
    subset_of: str = ""  # the list that has these records too
    named_by: str = ""  # the field of other lists' rows that names one; they are deleted with it
    deletion: tuple[str, ...] = ()  # the event that logs one, and its field for what was deleted
    unseen_changes: str = ""  # what modifiedAfter misses
    # What tells that rows are gone whose deletion is not logged for sure. Lists with which they
    # go: where a row is deleted, or changes in one of these fields.
    gone_with: Mapping[str, tuple[str, ...]] = {}
    unique: tuple[str, ...] = ()  # of two rows with the same of these, one is gone
    logged_with: str = ""  # the list whose event may tell of these rows too
    absent_is_400: bool = False  # asked for a record that is not there, Runn answers 400
    has_records: bool = True  # rows are the account's own, not events or sums of others


# See docs/how-runn-behaves.md, "Pages and cursors", "Rows and fields", "Activity log".
LIST_FACTS = {
    "actuals": ListFacts(
        is_long=True, days=("date", "date"), deletion=("actual_deleted", "actual")
    ),
    "assignments": ListFacts(days=_SPAN, deletion=("assignment_deleted", "assignment")),
    "contracts": ListFacts(days=_SPAN, open_ended=True, deletion=("contract_deleted", "contract")),
    "time-offs/leave": ListFacts(
        days=_SPAN, deletion=("time_off_deleted", "timeOff"), absent_is_400=True
    ),
    "time-offs/holidays": ListFacts(
        days=_SPAN,
        gone_with={
            "contracts": _WORKED,
            "people": ("holidaysGroupId", "isArchived"),
            "holiday-groups": ("holidayIds",),
        },
        unique=("personId", "startDate"),
        logged_with="time-offs/leave",
    ),
    "time-offs/rostered-off": ListFacts(
        days=_SPAN,
        gone_with={"contracts": _WORKED, "people": ("isArchived",)},
        unique=("personId", "startDate"),
        logged_with="time-offs/leave",
    ),
    "project-members": ListFacts(
        gone_with={"roles": (), "workstreams": ()},
        unique=("projectId", "personId", "roleId", "workstreamId"),
    ),
    "project-rates": ListFacts(gone_with={"roles": ()}, unique=("projectId", "roleId")),
    "budget-roles": ListFacts(gone_with={"roles": ()}),
    "project-workstreams": ListFacts(gone_with={"workstreams": ()}),
    "people/skills": ListFacts(gone_with={"skills": ()}),
    "people/contracts/current": ListFacts(unseen_changes="which is current changes with the day"),
    "people/custom-fields": ListFacts(unseen_changes="modifiedAfter may miss fields"),
    "projects/custom-fields": ListFacts(unseen_changes="modifiedAfter may miss fields"),
    "people": ListFacts(
        everything={"includePlaceholders": True},
        named_by="personId",
        deletion=("person_deleted", "person"),
        unseen_changes="modifiedAfter misses managers and teams",
    ),
    "placeholders": ListFacts(subset_of="people"),
    "projects": ListFacts(
        everything={"includeArchived": True},
        named_by="projectId",
        deletion=("project_deleted", "project"),
        unseen_changes="modifiedAfter misses customFields and managers",
    ),
    # Without a start, a project's milestones silently begin this Monday.
    "projects/{projectId}/milestones": ListFacts(always_sent={"startDate": "1900-01-01"}),
    "holiday-groups/{holidayGroupId}/holidays": ListFacts(ids_from="holiday-groups"),
    "activity-log": ListFacts(has_records=False),
    "reports/totals/projects": ListFacts(has_records=False),
}


def facts_about(name: str) -> ListFacts:
    """Return what is known of a list, by the name of its resource."""
    return LIST_FACTS.get(name, ListFacts())
