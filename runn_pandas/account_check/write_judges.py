"""Judges of the write rules: what became of records that a check made, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps

from runn_pandas.account_check.answers import Answer, Answers
from runn_pandas.account_check.contract import Row
from runn_pandas.account_check.judging import Finding, Judge, count, failed, unsettled
from runn_pandas.account_check.list_judges import shortened
from runn_pandas.account_check.write_probes import (
    ADDED,
    CHANGED,
    DAY,
    LOGGED,
    MAY_NOT_WRITE,
    NOBODY,
    PART,
    REFERENCES,
    TAGS,
)

ORDER = ("first", "second")


def writing(*steps: str) -> Callable[[Judge], Judge]:
    """Make a judge of what some steps answered: it is asked only if all of them went well."""

    def of(judge: Judge) -> Judge:
        def asked(answers: Answers) -> Finding:
            return _hindrance(answers, steps) or judge(answers)

        return wraps(judge)(asked)

    return of


def _hindrance(answers: Answers, steps: Collection[str]) -> Finding | None:
    if answers.written.refused:
        return unsettled(answers.written.refused)
    for step in steps:
        answer = answers.written[step]
        if not answer.is_asked:
            return unsettled("a record that it takes was not made")
        if not answer.is_good:
            return failed(answer)
    return None


def _record(answer: Answer) -> Row:
    return answer.body if isinstance(answer.body, dict) else {}


def _rows(answer: Answer) -> list[Row]:
    """Return the rows of a page, or of an answer that is a list."""
    if isinstance(answer.body, list):
        return [one for one in answer.body if isinstance(one, dict)]
    return answer.rows


# -- tokens, and what is there at once


def reading_token(answers: Answers) -> Finding:
    """Judge with which status a reading token is refused a write."""
    first = answers.written[TAGS[0]]
    if first.is_good:
        return unsettled("this token may write")
    if not first.is_asked:
        return unsettled(answers.written.refused)
    if first.status in MAY_NOT_WRITE:
        return Finding(str(first.status), "ok", meaning="A push raises an error that says so.")
    return failed(first)


@writing("person")
def found_at_once(answers: Answers) -> Finding:
    """Judge whether a new record is found by the next request."""
    read = answers.written["person read"]
    if read.is_good and _record(read).get("id") == _record(answers.written["person"]).get("id"):
        return Finding("yes", "ok", "a person, read after it was made")
    if read.status != 404:
        return failed(read)
    rule = "A push whose answer was lost may take a row for not made; read again before the next."
    return Finding("no", "differs", "404 for a person that was made", rule)


@writing("tag deleted", "tags behind")
def cursor_under_change(answers: Answers) -> Finding:
    """Judge where a cursor stands once the row is gone that it stood at."""
    after = answers.written["tags behind"].ids[:1]
    second, third = (_record(answers.written[step]).get("id") for step in TAGS[1:])
    if after == [second]:
        return Finding("it goes on with the next row", "ok", "a tag was deleted between two pages")
    if after == [third]:
        return Finding(
            "it leaves out a row",
            "differs",
            "a tag was deleted between two pages",
            "A list can lack a row if another is deleted while it is read: read again.",
        )
    return unsettled("other rows came than were made")


# -- people


@writing("person", "person changed", "person read")
def references_replaced(answers: Answers) -> Finding:
    """Judge whether a PATCH of references replaces the list."""
    found = {one.get("referenceName") for one in _list(answers, "references")}
    return _replaced(*(name in found for name in REFERENCES))


@writing(*TAGS[1:], "person", "person changed", "person read")
def tags_replaced(answers: Answers) -> Finding:
    """Judge whether a PATCH of tags replaces the list."""
    found = {one.get("id") for one in _list(answers, "tags")}
    return _replaced(*(_record(answers.written[step]).get("id") in found for step in TAGS[1:]))


def _list(answers: Answers, name: str) -> list[Row]:
    values = _record(answers.written["person read"]).get(name)
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def _replaced(has_old: bool, has_new: bool) -> Finding:
    if has_new and not has_old:
        return Finding("replaced", "ok", meaning="The whole list is sent, as it shall be.")
    if not has_new:
        return Finding("left as it was", "differs", meaning="A push of such a list does nothing.")
    return Finding(
        "added to",
        "differs",
        meaning="What a push takes out of such a list stays; take it out in Runn.",
    )


@writing("contract", "contracts")
def contract_ended(answers: Answers) -> Finding:
    """Judge whether a new contract ends the one before."""
    new = _record(answers.written["contract"])
    others = [r for r in _rows(answers.written["contracts"]) if r.get("id") != new.get("id")]
    ends = [str(row["endDate"]) for row in others if row.get("endDate")]
    if not others:
        return unsettled("the contract before was not found")
    if ends and max(ends) < str(new.get("startDate")):
        return Finding("yes", "ok", "a contract that was open has an end before the new one")
    return Finding(
        "no", "differs", meaning="Two contracts overlap: the one that began last is in force."
    )


# -- time off


@writing("leave 1", "leave 2", "leave")
def leave_merged(answers: Answers) -> Finding:
    """Judge whether leave that touches other leave becomes one with it, and which note stays."""
    rows = _rows(answers.written["leave"])
    if len(rows) > 1:
        return Finding(
            "two records stay",
            "differs",
            "whole days after whole days",
            "A plan refuses leave for fear of losing a note, which Runn would keep.",
        )
    if not rows:
        return unsettled("the leave was not found")
    note = str(rows[0].get("note"))
    kept = " and ".join(n for n, own in zip(ORDER, REFERENCES, strict=True) if own in note)
    evidence = f"notes kept: {kept or 'none'}"
    return Finding("one record", "ok", evidence, "A plan refuses what would lose a note.")


@writing("leave 1", "assignment over leave")
def split_by_leave(answers: Answers) -> Finding:
    """Judge whether an assignment over leave is made in pieces."""
    pieces = len(_rows(answers.written["assignment over leave"]))
    if pieces > 1:
        return Finding("yes", "ok", count(pieces, "record"))
    return Finding(
        "no", "differs", count(pieces, "record"), "Hours count working days without leave anyway."
    )


@writing("part of a day", "assignment", "hours")
def shortened_by_part(answers: Answers) -> Finding:
    """Judge whether leave for part of a day shortens what is planned, by records of the check."""
    project = _record(answers.written["project"]).get("id")
    rows = [r for r in _rows(answers.written["hours"]) if r.get("projectId") == project]
    return shortened(rows, DAY, PART)


# -- actuals


def bulk_with_a_bad_row(answers: Answers) -> Finding:
    """Judge what becomes of the good rows of a bulk call that has a bad one."""
    hindered = _hindrance(answers, ("person", "project", "after bulk"))
    if hindered is not None:
        return hindered
    bulk = answers.written["bulk"]
    good = sum(row.get("projectId") != NOBODY for row in _rows(answers.written["after bulk"]))
    evidence = f"status {bulk.status}; {good} of 1 good row is there"
    either = "A push splits what is refused until the bad row stands alone; both are right."
    if good:
        said = "they are written, though the call is refused" if not bulk.is_good else "are written"
        return Finding(said, "ok", evidence, either)
    if bulk.is_good:
        return Finding(
            "none is written, though the call is not refused",
            "differs",
            evidence,
            "A push asks the account for rows that an answer does not confirm.",
        )
    return Finding("all are refused", "ok", evidence, either)


@writing("actual", "actual again", "actuals")
def overwritten_by_key(answers: Answers) -> Finding:
    """Judge whether an actual replaces the one of its key."""
    first, again = (_record(answers.written[step]) for step in ("actual", "actual again"))
    before, after = first.get("billableMinutes"), again.get("billableMinutes")
    rule = "A push that is sent twice doubles hours: do not push actuals, and tell us."
    if first.get("id") != again.get("id"):
        return Finding("no, a second record is made", "differs", meaning=rule)
    if after == CHANGED:
        return Finding("yes", "ok", f"{LOGGED}, then {CHANGED} minutes: {CHANGED}")
    added = isinstance(before, int) and after == before + CHANGED
    return Finding("no, minutes are added" if added else "no", "differs", meaning=rule)


@writing("actual again", "time entry")
def entry_adds(answers: Answers) -> Finding:
    """Judge whether a time entry adds to the actual of its day."""
    before, after = (
        _record(answers.written[step]).get("billableMinutes")
        for step in ("actual again", "time entry")
    )
    evidence = f"{ADDED} minutes"
    if isinstance(before, int) and after == before + ADDED:
        return Finding("yes", "ok", evidence)
    return Finding("no", "differs", evidence, "Push 'actuals' instead of 'actuals/time-entry'.")


@writing("assignment", "actual again", "actual later", "actuals")
def gaps_filled(answers: Answers) -> Finding:
    """Judge whether planned days between two actuals are filled with zeros."""
    rows = _rows(answers.written["actuals"])
    own = {_record(answers.written[step]).get("id") for step in ("actual again", "actual later")}
    own |= {row.get("id") for row in _rows(answers.written["bulk"])}
    zeros = [
        row
        for row in rows
        if row.get("id") not in own
        and not row.get("billableMinutes")
        and not row.get("nonbillableMinutes")
    ]
    if zeros:
        return Finding(
            "yes, at once",
            "differs",
            count(len(zeros), "row"),
            "Days without an entry count as not worked; a push finds rows that it did not make.",
        )
    return Finding(
        "not at once", "ok", "two planned days between two actuals", "Sundays may fill them."
    )


# -- deletions


@writing("deleted")
def deleted_again(answers: Answers) -> Finding:
    """Judge what a second deletion of a record answers."""
    again = answers.written["deleted again"]
    if again.status == 404 or again.is_good:
        return Finding(f"{again.status}", "ok", meaning="A deletion may be sent twice.")
    if not again.status:
        return failed(again)
    return Finding(
        f"{again.status}",
        "differs",
        meaning="A deletion whose answer was lost is reported as failed, though it was done.",
    )


@writing("person")
def force_deletes(answers: Answers) -> Finding:
    """Judge whether a person can be deleted with all that hangs on it."""
    gone = answers.written["people gone"]
    if gone.is_good:
        return Finding("yes", "ok", str(gone.status))
    return Finding("no", "differs", gone.why, "People with hours stay; delete their hours first.")


@writing("project")
def project_deletes(answers: Answers) -> Finding:
    """Judge whether a project without hours can be deleted."""
    gone = answers.written["projects gone"]
    if gone.is_good:
        return Finding("yes", "ok", str(gone.status))
    return Finding("no", "differs", gone.why, "A push cannot delete projects here; archive them.")


def all_gone(answers: Answers) -> Finding:
    """Judge whether the check has left nothing in the account."""
    written = answers.written
    if not written.steps:
        return unsettled(written.refused)
    told = {
        "of an earlier check deleted": written.removed,
        "left to another check, made less than 15 minutes ago": written.at_work,
    }
    evidence = "; ".join(
        f"{count(number, 'record')} {what}" for what, number in told.items() if number
    )
    if written.left:
        return Finding(
            f"no, {count(len(written.left), 'record')} could not be deleted",
            "failed",
            evidence,
            "report.left has their paths; their names begin with 'runn-pandas check'.",
        )
    if written.unseen:
        return unsettled(
            f"not all of {' and '.join(written.unseen)} was looked through",
            evidence,
            "Look there in Runn for names that begin with 'runn-pandas check'.",
        )
    return Finding("yes", "ok", evidence)
