"""What a check writes on a test account: which records, in which order, to see which rules hold."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from runn_pandas.account_check.answers import Answers, Written
from runn_pandas.account_check.asking import Asker
from runn_pandas.account_check.marked_records import MarkedRecords
from runn_pandas.account_check.marks import LAST_NAME

STEPS = 29  # requests of `write` at most, without those that delete
DAY, PART, LOGGED, CHANGED, ADDED = 480, 120, 60, 90, 30  # minutes
NOBODY = 2**31 - 2  # an id that no record has
TAGS = ("tag 1", "tag 2", "tag 3")
REFERENCES = ("runn-pandas check A", "runn-pandas check B")
MAY_NOT_WRITE = (401, 402, 403)


class Days:
    """The days on which a check plans and logs work: a week that is over, and the two before.

    They are past, as an account may refuse to log what is to come, and close, as older weeks
    may be locked: the last week before something was changed in the account. So they are past
    there too, whatever the clock of this machine says.
    """

    def __init__(self, newest: date) -> None:
        self._monday = newest - timedelta(days=newest.weekday() + 7)

    def __getitem__(self, day: int) -> str:
        return (self._monday + timedelta(days=day)).isoformat()


def write(asker: Asker, answers: Answers) -> None:
    """Make a marked set of records, look what became of it, and delete it again."""
    answers.written = written = Written()
    marked = MarkedRecords(asker, written)
    with marked.taken_away():
        marked.remove_earlier(answers)
        first = marked.make(
            TAGS[0], "/people-tags/", {"name": f"{marked.mark} 1"}, kind="people-tags"
        )
        if first.status in MAY_NOT_WRITE:
            written.refused = f"the token may not write ({first.status})"
            return
        Probe(marked, answers, Days(answers.newest)).run()


class Probe:
    """The writes of one check, each a few requests on what those before have made."""

    def __init__(self, marked: MarkedRecords, answers: Answers, days: Days) -> None:
        self._marked, self._answers, self._days = marked, answers, days
        self._person = self._project = self._role = 0

    def run(self) -> None:
        """Try one rule after the other; one that is refused stops only what builds on it."""
        self._cursor_and_tags()
        if not self._make_person():
            return
        self._change_lists()
        self._change_contract()
        self._take_leave()
        if self._make_project():
            self._plan()
            self._log_in_bulk()
            self._log()

    def _id(self, step: str) -> int:
        """Return the id of what a step made, 0 if it made nothing."""
        body = self._answers.written[step].body
        found = body.get("id") if isinstance(body, dict) else None
        return found if isinstance(found, int) else 0

    def _first(self, name: str) -> int:
        """Return the id of a record of the account that is in use, 0 if there is none."""
        rows = self._answers.listed(name).rows
        ids = [row.get("id") for row in rows if not row.get("isArchived")]
        return next((one for one in ids if isinstance(one, int)), 0)

    # -- tags, and a cursor that stands at one

    def _cursor_and_tags(self) -> None:
        marked = self._marked
        for n, step in enumerate(TAGS[1:], 2):
            marked.make(step, "/people-tags/", {"name": f"{marked.mark} {n}"}, kind="people-tags")
        first, order = self._id(TAGS[0]), {"sortBy": "id", "order": "asc"}
        ids = marked.ask("tags", "GET", "/people-tags/", **order, limit=200).ids
        if first not in ids:
            return
        # A page that ends with the first of them, which then goes.
        order["limit"] = str(ids.index(first) + 1)
        page = marked.ask("tags before", "GET", "/people-tags/", **order)
        if page.cursor is not None and page.ids[-1:] == [first]:
            marked.delete("tag deleted", f"/people-tags/{first}")
            marked.ask("tags behind", "GET", "/people-tags/", **order, cursor=page.cursor)

    # -- a person: lists in a PATCH, contracts, leave

    def _make_person(self) -> bool:
        self._role = self._first("roles")
        body: dict[str, Any] = {
            "firstName": self._marked.mark,
            "lastName": LAST_NAME,
            "roleId": self._role,
            "startDate": self._days[-28],
            "references": [{"referenceName": REFERENCES[0], "externalId": "1"}],
        }
        tag = self._id(TAGS[1])
        if tag:
            body["tags"] = [{"id": tag}]
        if self._role:
            self._marked.make("person", "/people/", body, kind="people")
        self._person = self._id("person")
        return bool(self._person)

    def _change_lists(self) -> None:
        path, tag = f"/people/{self._person}", self._id(TAGS[2])
        body: dict[str, Any] = {
            "references": [{"referenceName": REFERENCES[1], "externalId": "2"}],
        }
        if tag:
            body["tags"] = [{"id": tag}]
        self._marked.ask("person changed", "PATCH", path, body)
        self._marked.ask("person read", "GET", path)

    def _change_contract(self) -> None:
        path = f"/people/{self._person}/contracts/"
        body = {"roleId": self._role, "startDate": self._days[7]}
        self._marked.make("contract", path, body, delete=f"{path}{{}}")
        self._marked.ask("contracts", "GET", path)

    def _take_leave(self) -> None:
        days = self._days
        self._leave("leave 1", days[-14], days[-13], note=REFERENCES[0])
        self._leave("leave 2", days[-12], days[-11], note=REFERENCES[1])
        path = "/time-offs/leave/"
        self._marked.ask("leave", "GET", path, sortBy="id", personId=self._person)
        self._leave("part of a day", days[2], days[2], minutesPerDay=PART)

    def _leave(self, step: str, start: str, end: str, **more: Any) -> None:
        body = {"personId": self._person, "startDate": start, "endDate": end, **more}
        path = "/time-offs/leave/"
        self._marked.make(step, path, body, delete=f"{path}{{}}/")

    # -- a project: plan and log

    def _make_project(self) -> bool:
        client = self._first("clients")
        if client:
            body = {"name": self._marked.mark, "clientId": client}
            self._marked.make("project", "/projects/", body, kind="projects")
        self._project = self._id("project")
        return bool(self._project)

    def _work(self, **more: Any) -> dict[str, Any]:
        ids = {"personId": self._person, "projectId": self._project, "roleId": self._role}
        return {**ids, **more}

    def _plan(self) -> None:
        days, path = self._days, "/assignments/"
        week = self._work(startDate=days[0], endDate=days[4], minutesPerDay=DAY)
        self._marked.make("assignment", path, week, delete=f"{path}{{}}")
        report = f"/reports/hours/people/{self._person}"
        self._marked.ask("hours", "GET", report, startDate=days[2], endDate=days[2])
        # From the Friday before the leave to the one in its week.
        around = self._work(startDate=days[-17], endDate=days[-10], minutesPerDay=DAY)
        self._marked.make("assignment over leave", path, around, delete=f"{path}{{}}")

    def _log_in_bulk(self) -> None:
        good = self._actual(0, LOGGED)
        bad = {**self._actual(1, LOGGED), "projectId": NOBODY}
        body = {"actuals": [good, bad]}
        self._marked.make("bulk", "/actuals/bulk/", body, delete="/actuals/{}/")
        self._read_actuals("after bulk")

    def _log(self) -> None:
        for step, day, minutes in (
            ("actual", 0, LOGGED),
            ("actual again", 0, CHANGED),
            ("actual later", 3, LOGGED),
        ):
            body = self._actual(day, minutes)
            self._marked.make(step, "/actuals/", body, delete="/actuals/{}/")
        body = self._actual(0, ADDED)
        self._marked.make("time entry", "/actuals/time-entry", body, delete="/actuals/{}/")
        self._read_actuals("actuals")
        later = self._id("actual later")
        if later:
            self._marked.delete("deleted", f"/actuals/{later}/")
            self._marked.ask("deleted again", "DELETE", f"/actuals/{later}/")

    def _actual(self, day: int, minutes: int) -> dict[str, Any]:
        return self._work(date=self._days[day], billableMinutes=minutes, nonbillableMinutes=0)

    def _read_actuals(self, step: str) -> None:
        self._marked.ask(step, "GET", "/actuals/", personId=self._person, limit=100)
