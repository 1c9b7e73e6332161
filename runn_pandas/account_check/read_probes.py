"""What a check reads: which requests, in which order. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runn_pandas.account_check.answers import Answer, Answers, Listed, page_limit
from runn_pandas.account_check.asking import Asker
from runn_pandas.account_check.part_days import find_part_day
from runn_pandas.catalog import Resource, load
from runn_pandas.reader.streams import DESCENDING, has_two_ends

ME = 3  # requests for the latency alone
FURTHER = 12  # requests of `_ask_further` at most
PAGES = 3  # of one list
EXTRA = 12  # pages beyond the first, of all lists together
SMALL = 2  # rows in a page where order and cursors are looked at
SPELLED = "teams"  # the list that the spelling of a path is tried on
NO_FILTER = "runnPandasCheck"


def account_lists() -> dict[str, Resource]:
    """Return the lists of the whole account: those without a parameter in their path."""
    return {n: r for n, r in load().resources.items() if r.is_list and not r.path_parameters}


def most_requests() -> int:
    """Return how many requests `look` sends at most, if none of them meets the limit."""
    return ME + len(account_lists()) + EXTRA + FURTHER


def look(asker: Asker, answers: Answers) -> None:
    """Ask an account all that can be asked without changing it."""
    me = load().resources["me"].operation.path
    answers.me = [asker.get(me)]
    names = list(account_lists())
    ask_list(asker, answers, names[0])
    if _is_closed(answers):
        return  # the other lists would say the same, sixty times
    answers.me += [asker.get(me) for _ in range(ME - 1)]
    for name in names[1:]:
        ask_list(asker, answers, name)
    _ask_early(asker, answers)
    _ask_further(asker, answers)
    _ask_longer(asker, answers)
    _ask_part_day(asker, answers)
    _ask_late(asker, answers)


def _is_closed(answers: Answers) -> bool:
    """Whether nothing can be read at all: a bad token, a wrong address, no connection."""
    first = next(iter(answers.lists.values())).first
    return not any(one.is_good for one in answers.me) and first.status in (0, 401)


def ask_list(asker: Asker, answers: Answers, name: str) -> None:
    """Ask for the first page of a list of the whole account."""
    answers.lists[name] = Listed([_page(asker, load().resources[name], page_limit(name))])


def _page(asker: Asker, resource: Resource, limit: int, **params: Any) -> Answer:
    sent = {**resource.always_sent, **resource.facts.everything, "limit": limit, **params}
    return asker.get(resource.operation.path, **sent)


def _ask_longer(asker: Asker, answers: Answers) -> None:
    """Read on where a list has more pages, one page of each in turn."""
    left = EXTRA
    for _ in range(PAGES - 1):
        for name, listed in answers.lists.items():
            cursor = listed.pages[-1].cursor
            if cursor is None or not left:
                continue
            left -= 1
            resource = load().resources[name]
            listed.pages.append(_page(asker, resource, page_limit(name), cursor=cursor))


# -- the open questions


def _sortable(answers: Answers) -> Resource | None:
    """Return the shortest list with four rows that can be sorted by falling id."""
    found = [
        (len(listed.rows), name)
        for name, listed in answers.answered()
        if len(listed.rows) >= 2 * SMALL and has_two_ends(load().resources[name], {})
    ]
    return load().resources[min(found)[1]] if found else None


def _ask_early(asker: Asker, answers: Answers) -> None:
    """Ask for pages whose cursors are used now, and once more at the end."""
    resource = _sortable(answers)
    if resource is None:
        return
    more = answers.more
    more["falling 1"] = page = _page(asker, resource, SMALL, **DESCENDING)
    if page.cursor is not None:
        more["falling 2"] = _page(asker, resource, SMALL, **DESCENDING, cursor=page.cursor)
    page = _page(asker, resource, SMALL)
    if page.cursor is not None:
        answers.kept_cursor = (resource.name, page.cursor)
        more["cursor"] = _page(asker, resource, SMALL, cursor=page.cursor)


def _ask_part_day(asker: Asker, answers: Answers) -> None:
    """Ask for Runn's report of a day on which somebody is off for a part."""
    leave, assignments = answers.listed("time-offs/leave"), answers.listed("assignments")
    answers.part_day = found = find_part_day(leave.rows, assignments.rows)
    if found is not None:
        path = f"/reports/hours/people/{found.person}"
        answers.more["part of a day"] = asker.get(path, startDate=found.day, endDate=found.day)


def _ask_late(asker: Asker, answers: Answers) -> None:
    if answers.kept_cursor is not None:
        name, cursor = answers.kept_cursor
        later = _page(asker, load().resources[name], SMALL, cursor=cursor)
        answers.more["cursor later"] = later


def _ask_further(asker: Asker, answers: Answers) -> None:
    more, resource = answers.more, load().resources[SPELLED]
    path = resource.operation.path
    more["slash"] = answers.listed(SPELLED).first
    other = path.rstrip("/") if path.endswith("/") else f"{path}/"
    more["no slash"] = asker.get(other, limit=1)
    more["over limit"] = _page(asker, resource, page_limit(SPELLED) + 1)
    more["unknown filter"] = _page(asker, resource, 1, **{NO_FILTER: 1})
    log = load().resources["activity-log"]
    more["oldest event"] = _page(asker, log, 1, orderBy="asc")
    _ask_beta(asker, answers)


def _ask_beta(asker: Asker, answers: Answers) -> None:
    """Ask for the reports that are known from others and not from the contract."""
    days: Mapping[str, str] = {"startDate": "2026-01-01", "periodType": "monthly"}
    for kind in ("people", "projects"):
        ids = [one for one in answers.listed(kind).first.ids if isinstance(one, int)]
        if ids:
            path = f"/reports/{kind}/{ids[0]}/"
            answers.more[f"reports/{kind}"] = asker.get(path, **days)
