"""Judges of lists: sizes, the contract, order, cursors, filters, and what rows are in them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from runn_pandas.account_check.access_judges import LIMIT, WITHHELD
from runn_pandas.account_check.answers import SILENT, Answer, Answers, page_limit
from runn_pandas.account_check.contract import Row, in_words
from runn_pandas.account_check.judging import Finding, count, failed, unsettled
from runn_pandas.catalog import load
from runn_pandas.reader.streams import names_row

NEW = "A read keeps it as a last column and warns once; no value is lost."
KEPT = "A read keeps every value: what is missing is NA, what is no such type widens the column."

OWNERS = {"person": "personId", "project": "projectId"}
KEEPS = 30  # days that the activity log is kept in the smallest plan

# -- sizes


def size(answers: Answers, name: str) -> Finding:
    """Judge one list: how many rows it has, or why it has none for us."""
    listed = answers.listed(name)
    first = listed.first
    if not first.is_good:
        withheld = first.status in WITHHELD
        said = "not for this token, or not in the account's plan" if withheld else ""
        return failed(first, said)
    pages = [one for one in listed.pages if one.is_good]
    evidence = f"{count(len(pages), 'page')} of at most {page_limit(name)}"
    rows = count(len(listed.rows), "row")
    return Finding(rows if listed.is_whole else f"at least {rows}", "ok", evidence)


def whole_pull(answers: Answers) -> Finding:
    """Judge what a read of everything costs."""
    found = dict(answers.answered())
    if not found:
        return unsettled("no list was read")
    needed = sum(max(1, math.ceil(len(one.rows) / page_limit(name))) for name, one in found.items())
    longer = sum(not one.is_whole for one in found.values())
    minutes = needed / LIMIT
    least = "at least " if longer else ""
    return Finding(
        f"{least}{count(needed, 'request')}",
        "ok",
        f"{count(len(found), 'list')}, {longer} of them longer than was read here",
        f"A whole read takes {least}{max(minutes, 0.1):.1f} minutes at {LIMIT} requests a minute.",
    )


# -- the contract


def keeps_contract(answers: Answers) -> Finding:
    """Judge all lists together: whether their rows have the fields of the contract."""
    with_rows = {name: one for name, one in answers.answered() if one.rows}
    if not with_rows:
        return unsettled("no list has rows")
    differing = [name for name in with_rows if answers.compared.get(name)]
    rows = sum(len(one.rows) for one in with_rows.values())
    evidence = f"{count(rows, 'row')} of {count(len(with_rows), 'list')} that have any"
    if not differing:
        return Finding("yes", "ok", evidence)
    return Finding(f"not in {', '.join(differing)}", "differs", evidence, "See below.")


def list_keeps_contract(answers: Answers, name: str) -> Finding:
    """Judge one list: in which fields its rows differ from the contract."""
    found = answers.compared.get(name)
    if not found:
        return Finding("yes", "ok")
    fields = len({field for field, _ in found})
    only_new = {what for _, what in found} == {"is not in the contract"}
    return Finding(
        f"{count(fields, 'field')} {'differs' if fields == 1 else 'differ'}",
        "differs",
        f"{in_words(found)}, in {count(len(answers.listed(name).rows), 'row')}",
        NEW if only_new else KEPT,
    )


# -- order and cursors


def rising_ids(answers: Answers) -> Finding:
    """Judge whether lists come by rising id where nothing else is asked for."""
    ids = {name: _numbers(listed.rows) for name, listed in answers.answered()}
    checked = [n for n, own in ids.items() if len(own) > 1 and load().resources[n].has_id]
    if not checked:
        return unsettled("no list has two rows with ids")
    wrong = [name for name in checked if not _falls(ids[name][::-1])]
    evidence = f"{len(checked) - len(wrong)} of {count(len(checked), 'list')}"
    if not wrong:
        return Finding("yes", "ok", evidence)
    return Finding(
        f"not in {', '.join(wrong)}",
        "differs",
        evidence,
        "Rows are made one by id, so none is double; a long list is read from its beginning.",
    )


def _numbers(rows: Sequence[Row]) -> list[Any]:
    return [row["id"] for row in rows if isinstance(row.get("id"), int)]


def falling_order(answers: Answers) -> Finding:
    """Judge whether ``order=desc`` holds from one page to the next."""
    first, second = answers["falling 1"], answers["falling 2"]
    for one in (first, second):
        if not one.is_good:
            return _no_list(one) if not one.is_asked else failed(one)
    ids = [*first.ids, *second.ids]
    evidence = "two pages of two rows"
    if _falls(ids):
        return Finding("yes, from page to page", "ok", evidence, "A long list is read faster.")
    within = _falls(first.ids) and _falls(second.ids)
    return Finding(
        "only within a page" if within else "it is not kept",
        "differs",
        evidence,
        "A long list is read from its beginning alone: slower, and as complete.",
    )


def _no_list(answer: Answer) -> Finding:
    return unsettled("no list that can be sorted was seen with four rows")


def _falls(ids: list[Any]) -> bool:
    return len(ids) > 1 and all(
        isinstance(one, int) and isinstance(other, int) and one > other
        for one, other in pairwise(ids)
    )


def cursor_names_row(answers: Answers) -> Finding:
    """Judge whether a cursor holds the id of the row it stands at."""
    page = answers["falling 1"]
    if not page.is_good:
        return _no_list(page) if not page.is_asked else failed(page)
    if page.cursor is None or not page.ids:
        return unsettled("the page has no cursor")
    if names_row(page.cursor, page.ids[-1]):
        return Finding("yes", "ok", "the cursor holds the id of the last row of its page")
    return Finding(
        "no",
        "differs",
        "the cursor does not hold the id of the last row of its page",
        "A long list is read from its beginning alone: slower, and as complete.",
    )


def cursor_again(answers: Answers) -> Finding:
    """Judge whether a cursor can be used a second time, and how old it was then."""
    first, later = answers["cursor"], answers["cursor later"]
    if not first.is_good:
        return _no_list(first) if not first.is_asked else failed(first)
    if not later.is_asked:
        return failed(later)
    age = f"{max(later.at - first.at, 0):.0f} s later"
    kept = "A list is read at once and never continued later, so both are right."
    if not later.is_good:
        return Finding(f"no ({later.why})", "ok", age, kept)
    if later.ids == first.ids:
        return Finding("yes", "ok", f"the same page, {age}", kept)
    return Finding("yes, but another page comes", "ok", age, kept)


def slash(answers: Answers) -> Finding:
    """Judge whether a path is found with the other spelling of its end."""
    own, other = answers["slash"], answers["no slash"]
    if not own.is_asked or not other.is_asked:
        return failed(SILENT)
    evidence = f"as in the contract {own.why}, otherwise {other.why}"
    if own.is_good and other.is_good:
        return Finding("both spellings", "ok", evidence)
    if own.is_good:
        return Finding(
            "only as the contract spells it", "ok", evidence, "The package spells it so."
        )
    if other.is_good:
        return Finding(
            "only otherwise than in the contract",
            "differs",
            evidence,
            "Reads fail with 404 or a redirect: please send this report in.",
        )
    return failed(own)


def too_large_page(answers: Answers) -> Finding:
    """Judge what becomes of a ``limit`` over the contract's maximum."""
    answer = answers["over limit"]
    never = "The package never asks for more than the contract allows."
    if answer.status == 400:
        return Finding("refused (400)", "ok", meaning=never)
    if not answer.is_good:
        return failed(answer)
    return Finding("answered all the same", "ok", count(len(answer.rows), "row"), never)


def unknown_filter(answers: Answers) -> Finding:
    """Judge what becomes of a filter that no list has."""
    answer = answers["unknown filter"]
    if answer.status == 400:
        return Finding("refused (400)", "ok", meaning="A wrong name cannot go unseen.")
    if not answer.is_good:
        return failed(answer)
    return Finding(
        "ignored",
        "ok",
        meaning="With the raw account.request a misspelled filter answers with everything;"
        " pd.read_runn refuses it before it is sent.",
    )


# -- what is in the lists


def archived_people(answers: Answers) -> Finding:
    """Judge whether archived people are in the list of people."""
    people = answers.listed("people")
    if not people.first.is_good:
        return failed(people.first)
    archived = sum(row.get("isArchived") is True for row in people.rows)
    evidence = f"{archived} of {count(len(people.rows), 'person').replace('persons', 'people')}"
    if archived:
        return Finding("yes", "ok", evidence, "Leave them out with people[~people.isArchived].")
    return unsettled("no archived person was met: there is none, or they are left out", evidence)


def placeholder_contracts(answers: Answers) -> Finding:
    """Judge whether ``contracts`` lists those of placeholders."""
    placeholders, contracts = answers.listed("placeholders"), answers.listed("contracts")
    for one in (placeholders.first, contracts.first):
        if not one.is_good:
            return failed(one)
    own = {row.get("id") for row in placeholders.rows}
    found = sum(row.get("personId") in own for row in contracts.rows)
    evidence = f"{count(len(own), 'placeholder')}, {count(len(contracts.rows), 'contract')}"
    both = "Placeholders have no capacity in the package, whichever it is."
    if found:
        return Finding("yes", "ok", f"{found} of theirs; {evidence}", both)
    if not own:
        return unsettled("the account has no placeholders", evidence)
    if not contracts.is_whole:
        return unsettled("the contracts were not read to their end", evidence, both)
    return Finding("no", "ok", evidence, both)


def part_of_a_day(answers: Answers) -> Finding:
    """Judge whether leave for part of a day shortens what is planned, by what is there."""
    found, report = answers.part_day, answers["part of a day"]
    if found is None:
        return unsettled("no day was seen with such leave and one assignment")
    if not report.is_good:
        return failed(report)
    own = (found.project, found.role)
    rows = [row for row in report.rows if (row.get("projectId"), row.get("roleId")) == own]
    return shortened(rows, found.planned, found.off)


def shortened(rows: Sequence[Row], planned: int, off: int) -> Finding:
    """Judge by Runn's report of a day whether the planned minutes are less those off."""
    parts = [row.get("assignments") for row in rows]
    minutes = [one.get("totalMinutes") for one in parts if isinstance(one, dict)]
    if minutes == [planned]:
        return Finding("no", "ok", f"all of {planned} planned minutes count, with {off} off")
    if minutes == [planned - off]:
        return Finding(
            "yes",
            "differs",
            f"{planned - off} of {planned} planned minutes count, with {off} off",
            "rp.hours counts more than Runn's reports on such days.",
        )
    return unsettled("the report of such a day has other minutes")


def log_age(answers: Answers) -> Finding:
    """Judge how far the activity log reaches back."""
    answer = answers["oldest event"]
    if answer.status == 422:
        return Finding(
            "there is none (422)",
            "ok",
            meaning="As documented for test accounts: a mirror finds deletions by reading whole"
            " lists.",
        )
    if not answer.is_good:
        said = "A mirror finds deletions by reading whole lists."
        return failed(answer, said if answer.status in WITHHELD else "")
    if not answer.rows:
        return unsettled("the log is empty")
    oldest = pd.to_datetime(str(answer.rows[0].get("timestamp")), utc=True, errors="coerce")
    if pd.isna(oldest):
        return unsettled("its oldest event has no time")
    days = (pd.Timestamp(answers.today, tz="UTC") - oldest).days
    evidence, rule = (
        f"its oldest event is {count(days, 'day')} old",
        f"A mirror relies on {KEEPS} days.",
    )
    if days < KEEPS:
        return unsettled(f"less than {KEEPS} days; the account may be young", evidence, rule)
    return Finding(f"{days} days at least", "ok", evidence, rule)


def deletions_that_follow(answers: Answers) -> Finding:
    """Judge whether the deletion of a person or project tells of what went with it."""
    log = answers.listed("activity-log")
    if not log.first.is_good:
        return failed(log.first) if log.first.status not in WITHHELD else unsettled("no log")
    gone = {
        (field, row[name].get("id"))
        for row in log.rows
        for name, field in OWNERS.items()
        if isinstance(row.get(name), dict)
    }
    parts = [row for row in log.rows if any(_belongs(part, gone) for part in row.values())]
    evidence = f"{count(len(gone), 'deletion')} of people and projects in {len(log.rows)} events"
    both = "A mirror drops what belongs to them in either case."
    if parts:
        return Finding("yes", "ok", f"{evidence}, {len(parts)} of what belonged to them", both)
    return unsettled("no deletion with parts of its own was met", evidence, both)


def _belongs(part: Any, owners: Collection[tuple[str, Any]]) -> bool:
    """Whether a deleted record was one of a deleted person or project."""
    return isinstance(part, dict) and any((f, part.get(f)) in owners for f in OWNERS.values())


def beta_reports(answers: Answers) -> Finding:
    """Judge whether the reports are there that the contract does not have."""
    asked = {name: answers[name] for name in ("reports/people", "reports/projects")}
    if not any(one.is_asked for one in asked.values()):
        return unsettled("the account shows no person and no project to ask for")
    told = ", ".join(f"{name} {one.why}" for name, one in asked.items())
    unused = "The package does not use them: rp.report computes by itself."
    if any(one.is_good for one in asked.values()):
        return Finding("yes", "ok", told, unused)
    if all(one.status == 404 or not one.is_asked for one in asked.values()):
        return Finding("no", "ok", told, unused)
    return unsettled("they are refused otherwise than with 404", told, unused)
