"""The judges of `rp.check`, each with answers as values: what they find, and what it means."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from runn_pandas.account_check import access_judges, list_judges, write_judges
from runn_pandas.account_check.answers import SILENT, Answer, Answers, Listed, Written
from runn_pandas.account_check.contract import differences, in_words, safe_name, wrong_about
from runn_pandas.account_check.judging import Finding, Question
from runn_pandas.account_check.part_days import PartDay, find_part_day
from runn_pandas.account_check.questions import QUESTIONS, findings
from runn_pandas.account_check.write_probes import Days
from runn_pandas.catalog import Field, load

GOOD = Answer(200, body={"values": [], "nextCursor": None})


def page(*ids: int, cursor: str | None = None, **fields: Any) -> Answer:
    return Answer(
        200, body={"values": [{"id": one, **fields} for one in ids], "nextCursor": cursor}
    )


def told(**headers: str) -> Answer:
    return Answer(200, headers={name.replace("_", "-"): value for name, value in headers.items()})


def limited(after: str | None, reset: str | None) -> Answers:
    headers = {"retry-after": after, "x-ratelimit-reset": reset}
    return Answers(
        limited=[Answer(429, headers={n: v for n, v in headers.items() if v is not None})]
    )


# -- nothing asked, everything refused


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.text)
def test_what_was_not_asked_is_not_settled(question: Question) -> None:
    found = question.asked_of(Answers(token="demo"))
    expected = {"Of which kind is the token?": "ok", "Which address is asked?": "failed"}
    assert found.verdict == expected.get(question.text, "not settled")


@pytest.mark.parametrize("body", [None, 7, "text", [], [1], {}, {"values": 3}, {"values": [None]}])
def test_no_judge_stumbles_over_an_answer_of_another_shape(body: Any) -> None:
    odd = Answer(200, body=body, headers={"x-ratelimit-reset": "soon", "retry-after": "-1"})
    answers = Answers(me=[odd], all=[odd, odd], limited=[odd], part_day=PartDay("", 1, 1, 1, 1, 1))
    answers.lists = {name: Listed([odd]) for name, one in load().resources.items() if one.is_list}
    names = ("falling 1", "falling 2", "cursor", "cursor later", "slash", "no slash", "over limit")
    more = ("unknown filter", "oldest event", "reports/people", "part of a day")
    answers.more = dict.fromkeys((*names, *more), odd)
    answers.compare()
    steps = ("tag 1", "tag 2", "tag 3", "tag deleted", "tags behind", "person", "person changed")
    others = ("person read", "contract", "contracts", "leave 1", "leave 2", "leave", "assignment")
    last = ("part of a day", "project", "hours", "assignment over leave", "bulk", "after bulk")
    actuals = ("actual", "actual again", "actual later", "actuals", "time entry", "deleted")
    answers.written = Written(steps=dict.fromkeys((*steps, *others, *last, *actuals), odd))
    for question, found in findings(answers):
        assert found.answer != "the answers cannot be read", question.text


def test_a_judge_that_fails_stops_no_other_and_shows_no_text() -> None:
    def broken(answers: Answers) -> Finding:
        raise ValueError("Zoë Quibblemann")

    found = Question("access", "?", broken).asked_of(Answers())
    assert found == Finding("the answers cannot be read", "failed", "ValueError")


# -- access and limit


@pytest.mark.parametrize(
    ("me", "answer", "verdict"),
    [
        ([GOOD, GOOD], "yes", "ok"),
        ([Answer(500), GOOD], "yes", "ok"),
        ([Answer(401)], "no answer (401)", "failed"),
        ([Answer(404)], "no answer (404)", "failed"),
        ([Answer(problem="no connection")], "no answer (no connection)", "failed"),
    ],
)
def test_whether_the_token_works(me: list[Answer], answer: str, verdict: str) -> None:
    assert access_judges.token_works(Answers(me=me))[:2] == (answer, verdict)


@pytest.mark.parametrize(
    ("token", "verdict"), [("TEST_", "ok"), ("LIVE_", "ok"), ("demo", "ok"), ("", "differs")]
)
def test_the_kind_of_the_token(token: str, verdict: str) -> None:
    assert access_judges.token_kind(Answers(token=token)).verdict == verdict


@pytest.mark.parametrize(
    ("ahead", "answer", "verdict"),
    [
        ([0.4, None], "within seconds of the server's", "ok"),
        ([-4.0, 9.0], "within seconds of the server's", "ok"),
        ([7201.0, 7200.0], "7200 s behind the server's", "differs"),
        ([-60.0], "60 s ahead of the server's", "differs"),
    ],
)
def test_the_clock(ahead: list[float | None], answer: str, verdict: str) -> None:
    answers = Answers(all=[Answer(200, ahead=one) for one in ahead])
    assert access_judges.clock(answers)[:2] == (answer, verdict)


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [([200, 200], "ok"), ([200, 403], "ok"), ([402, 404], "ok"), ([200, 500], "failed")],
)
def test_the_lists_that_are_offered(statuses: list[int], verdict: str) -> None:
    lists = {f"list {n}": Listed([Answer(one)]) for n, one in enumerate(statuses)}
    assert access_judges.lists_offered(Answers(lists=lists)).verdict == verdict


@pytest.mark.parametrize(
    ("answers", "answer", "verdict"),
    [
        ([told(x_ratelimit_limit="120")], "120 requests in a window", "ok"),
        ([told(x_ratelimit_limit="60")], "60 requests in a window", "differs"),
        ([told(x_ratelimit_limit="120"), GOOD], "120 requests in a window", "differs"),
        ([told(x_ratelimit_limit="Ann")], "the answers do not tell it", "differs"),
        ([GOOD], "the answers do not tell it", "differs"),
    ],
)
def test_what_the_limit_is(answers: list[Answer], answer: str, verdict: str) -> None:
    assert access_judges.limit_headers(Answers(all=answers))[:2] == (answer, verdict)


@pytest.mark.parametrize(
    ("resets", "answer", "verdict"),
    [
        (["60", "12"], "seconds until the window ends", "ok"),
        (["0"], "seconds until the window ends", "ok"),
        (["60000", "900"], "milliseconds", "differs"),
        (["1795671986"], "a moment", "differs"),
        (["soon"], "not settled: no answer has x-ratelimit-reset", "not settled"),
    ],
)
def test_the_unit_of_the_reset(resets: list[str], answer: str, verdict: str) -> None:
    answers = Answers(all=[told(x_ratelimit_reset=one) for one in resets])
    assert access_judges.reset_unit(answers)[:2] == (answer, verdict)


@pytest.mark.parametrize(
    ("after", "reset", "answer", "verdict"),
    [
        ("30000", "30", "milliseconds", "ok"),
        ("29138", "30", "milliseconds", "ok"),
        ("30", "30", "seconds", "ok"),
        ("31", "30", "seconds", "ok"),
        ("30000", None, "milliseconds", "ok"),
        (None, "30", "no retry-after", "ok"),
        ("Thu, 26 Nov 2026 08:00:00 GMT", "30", "a date", "ok"),
        ("30", None, "not settled: it may be unclear", "not settled"),
        ("1", "0", "not settled: it may be unclear", "not settled"),
        ("Ann", "30", "not settled: it may be neither a number nor a date", "not settled"),
    ],
)
def test_the_unit_of_retry_after(
    after: str | None, reset: str | None, answer: str, verdict: str
) -> None:
    assert access_judges.retry_after_unit(limited(after, reset))[:2] == (answer, verdict)


@pytest.mark.parametrize(
    ("left", "answer"),
    [
        (["119", "118", "117"], "no"),
        (["119", "115", "114"], "yes"),
        (["1", "0", "119", "118"], "no"),  # a new window
        (["many"], "not settled: the answers do not say how many requests are left"),
    ],
)
def test_whether_others_use_up_the_limit(left: list[str], answer: str) -> None:
    answers = Answers(all=[told(x_ratelimit_remaining=one) for one in left])
    assert access_judges.others_at_work(answers).answer == answer


# -- lists


@pytest.mark.parametrize(
    ("pages", "answer", "verdict"),
    [
        ([page(1, 2)], "2 rows", "ok"),
        ([page(1)], "1 row", "ok"),
        ([page()], "0 rows", "ok"),
        ([page(1, cursor="c"), page(2)], "2 rows", "ok"),
        ([page(1, cursor="c"), page(2, cursor="d")], "at least 2 rows", "ok"),
        ([page(1, cursor="c"), Answer(500)], "at least 1 row", "ok"),
        ([Answer(403)], "no answer (403)", "failed"),
    ],
)
def test_the_size_of_a_list(pages: list[Answer], answer: str, verdict: str) -> None:
    answers = Answers(lists={"teams": Listed(pages)})
    assert list_judges.size(answers, "teams")[:2] == (answer, verdict)


def test_what_a_read_of_everything_costs() -> None:
    whole, longer = Listed([page(*range(450))]), Listed([page(*range(500), cursor="c")])
    answers = Answers(lists={"teams": whole, "views": Listed([Answer(403)])})
    assert list_judges.whole_pull(answers).answer == "3 requests"
    answers.lists["actuals"] = longer
    assert list_judges.whole_pull(answers).answer == "at least 4 requests"


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (page(9, 8), page(7, 6), "yes, from page to page"),
        (page(9, 8), page(9, 8), "only within a page"),
        (page(2, 1), page(4, 3), "only within a page"),
        (page(1, 2), page(3, 4), "it is not kept"),
        (page(9, 8), Answer(500), "no answer (500)"),
    ],
)
def test_the_falling_order(first: Answer, second: Answer, answer: str) -> None:
    answers = Answers(more={"falling 1": first, "falling 2": second})
    assert list_judges.falling_order(answers).answer == answer


@pytest.mark.parametrize(
    ("cursor", "answer"),
    [
        ("eyJpZCI6IDgxN30", "yes"),
        ("817", "yes"),
        ("offset-2", "no"),
        (None, "not settled: the page has no cursor"),
    ],
)
def test_whether_a_cursor_names_its_row(cursor: str | None, answer: str) -> None:
    answers = Answers(more={"falling 1": page(912, 817, cursor=cursor)})
    assert list_judges.cursor_names_row(answers).answer == answer


@pytest.mark.parametrize(
    ("later", "answer"),
    [
        (page(3, 4), "yes"),
        (page(4, 5), "yes, but another page comes"),
        (Answer(400), "no (400)"),
        (Answer(410), "no (410)"),
    ],
)
def test_a_cursor_that_is_used_again(later: Answer, answer: str) -> None:
    answers = Answers(more={"cursor": page(3, 4), "cursor later": later})
    assert list_judges.cursor_again(answers)[:2] == (answer, "ok")


@pytest.mark.parametrize(
    ("own", "other", "answer", "verdict"),
    [
        (GOOD, GOOD, "both spellings", "ok"),
        (GOOD, Answer(404), "only as the contract spells it", "ok"),
        (GOOD, Answer(301, "301, not an answer"), "only as the contract spells it", "ok"),
        (Answer(404), GOOD, "only otherwise than in the contract", "differs"),
        (Answer(403), Answer(403), "no answer (403)", "failed"),
    ],
)
def test_the_spelling_of_a_path(own: Answer, other: Answer, answer: str, verdict: str) -> None:
    answers = Answers(more={"slash": own, "no slash": other})
    assert list_judges.slash(answers)[:2] == (answer, verdict)


@pytest.mark.parametrize(
    ("archived", "answer"), [(1, "yes"), (0, "not settled: no archived person was met")]
)
def test_archived_people(archived: int, answer: str) -> None:
    rows = [*page(1, 2, isArchived=False).rows, *page(*range(archived), isArchived=True).rows]
    answers = Answers(lists={"people": Listed([Answer(200, body={"values": rows})])})
    assert list_judges.archived_people(answers).answer.startswith(answer)


@pytest.mark.parametrize(
    ("placeholders", "contracts", "answer"),
    [
        (page(5), page(1, personId=5), "yes"),
        (page(5), page(1, personId=6), "no"),
        (page(5), page(1, personId=6, cursor="c"), "not settled: the contracts were not read"),
        (page(), page(1, personId=6), "not settled: the account has no placeholders"),
        (Answer(403), page(1, personId=6), "no answer (403)"),
    ],
)
def test_contracts_of_placeholders(placeholders: Answer, contracts: Answer, answer: str) -> None:
    lists = {"placeholders": Listed([placeholders]), "contracts": Listed([contracts])}
    found = list_judges.placeholder_contracts(Answers(lists=lists))
    assert found.answer.startswith(answer)


@pytest.mark.parametrize(
    ("event", "answer", "verdict"),
    [
        (page(1, timestamp="2026-05-01T00:00:00Z"), "60 days at least", "ok"),
        (
            page(1, timestamp="2026-06-20T00:00:00Z"),
            "not settled: less than 30 days",
            "not settled",
        ),
        (page(1, timestamp="Ann"), "not settled: its oldest event has no time", "not settled"),
        (page(), "not settled: the log is empty", "not settled"),
        (Answer(422), "there is none (422)", "ok"),
        (Answer(403), "no answer (403)", "failed"),
    ],
)
def test_the_age_of_the_log(event: Answer, answer: str, verdict: str) -> None:
    answers = Answers(today=date(2026, 6, 30), more={"oldest event": event})
    found = list_judges.log_age(answers)
    assert found.answer.startswith(answer)
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ([{"person": {"id": 3}}, {"contract": {"id": 1, "personId": 3}}], "yes"),
        ([{"project": {"id": 3}}, {"actual": {"id": 1, "projectId": 3}}], "yes"),
        ([{"person": {"id": 3}}, {"contract": {"id": 1, "personId": 4}}], "not settled"),
        ([{"contract": {"id": 1, "personId": 4}}], "not settled"),
    ],
)
def test_deletions_that_follow(rows: list[dict[str, Any]], answer: str) -> None:
    log = Listed([Answer(200, body={"values": rows})])
    found = list_judges.deletions_that_follow(Answers(lists={"activity-log": log}))
    assert found.answer.startswith(answer)


@pytest.mark.parametrize(
    ("people", "projects", "answer"),
    [
        (GOOD, Answer(404), "yes"),
        (Answer(404), Answer(404), "no"),
        (Answer(404), SILENT, "no"),
        (Answer(400), Answer(404), "not settled"),
        (Answer(403), Answer(403), "not settled"),
    ],
)
def test_reports_beyond_the_contract(people: Answer, projects: Answer, answer: str) -> None:
    answers = Answers(more={"reports/people": people, "reports/projects": projects})
    assert list_judges.beta_reports(answers).answer.startswith(answer)


@pytest.mark.parametrize(
    ("minutes", "answer"), [(480, "no"), (360, "yes"), (0, "not settled"), (None, "not settled")]
)
def test_part_of_a_day(minutes: int | None, answer: str) -> None:
    row = {"projectId": 2, "roleId": 3, "assignments": {"totalMinutes": minutes}}
    rows = [row, {**row, "projectId": 9}] if minutes is not None else []
    day = PartDay("2026-06-01", 120, 1, 2, 3, 480)
    answers = Answers(part_day=day, more={"part of a day": Answer(200, body={"values": rows})})
    assert list_judges.part_of_a_day(answers).answer.startswith(answer)


def test_the_day_that_is_asked_for_has_one_assignment() -> None:
    leave = {"personId": 1, "startDate": "2026-06-01", "minutesPerDay": 120}
    whole = {**leave, "minutesPerDay": None}
    work = {
        "personId": 1,
        "projectId": 2,
        "roleId": 3,
        "minutesPerDay": 480,
        "startDate": "2026-05-01",
        "endDate": "2026-06-01",
        "isActive": True,
    }
    assert find_part_day([whole, leave], [work]) == ("2026-06-01", 120, 1, 2, 3, 480)
    for rows, plan in (
        ([whole], [work]),
        ([{**leave, "startDate": "2026-05-31"}], [work]),  # a Sunday
        ([leave], [work, work]),
        ([leave], [{**work, "isTemplate": True}]),
        ([leave], [{**work, "endDate": "2026-05-31"}]),
        ([leave], [{**work, "projectId": None}]),
        ([leave], []),
    ):
        assert find_part_day(rows, plan) is None


# -- the contract


@pytest.mark.parametrize(
    ("value", "field", "wrong"),
    [
        ("a", Field("name", "string"), ""),
        (7, Field("name", "string"), "is no text"),
        (None, Field("name", "string"), "is null"),
        (None, Field("name", "string", nullable=True), ""),
        (7.0, Field("id", "number"), ""),
        (7.5, Field("id", "number"), "is no integer"),
        (True, Field("id", "integer"), "is no integer"),
        (7.5, Field("rate", "number"), ""),
        (1, Field("isArchived", "boolean"), "is no flag"),
        ("2026-06-01", Field("date", "string", format="date"), ""),
        ("2026-06-01T00:00:00Z", Field("date", "string", format="date"), "is no date"),
        ("2026-06-01T00:00:00.1Z", Field("at", "string", format="date-time"), ""),
        ("2026-06-01T00:00:00", Field("at", "string", format="date-time"), "is no timestamp"),
        ("x", Field("kind", "string", enum=("a", "b")), "is none of the contract's choices"),
        ({}, Field("tags", "array"), "is not nested"),
        (3, Field("value", ("string", "number")), ""),
    ],
)
def test_what_is_wrong_about_a_value(value: Any, field: Field, wrong: str) -> None:
    assert wrong_about(value, field) == wrong


def test_differences_are_found_at_any_depth() -> None:
    person = load().resources["people"]
    row = {field.name: None for field in person.fields}
    row |= {"tags": [{"id": 1, "name": 3, "colour": "red"}, {"id": 2}], "newField": 1}
    found = differences([row, row], person)
    assert found["newField", "is not in the contract"] == 2
    assert found["tags[].name", "is no text"] == 2
    assert found["tags[].name", "is missing"] == 2
    assert found["tags[].colour", "is not in the contract"] == 2
    assert found["firstName", "is null"] == 2
    assert ("email", "is null") not in found
    assert in_words(found, 1).endswith(f"(2x); and {len(found) - 1} more")


@pytest.mark.parametrize(
    "name", ["Ann", "ann smith", "ann@example.com", "", "a" * 41, "zoë", "<b>", 7]
)
def test_a_name_that_may_be_somebodys_is_not_shown(name: object) -> None:
    assert safe_name(name) == "(a name that is not shown)"


# -- writes


@pytest.mark.parametrize(
    ("status", "answer", "verdict"),
    [
        (201, "not settled: this token may write", "not settled"),
        (401, "401", "ok"),
        (402, "402", "ok"),
        (403, "403", "ok"),
        (400, "no answer (400)", "failed"),
    ],
)
def test_a_reading_token(status: int, answer: str, verdict: str) -> None:
    answers = Answers(written=Written(steps={"tag 1": Answer(status)}))
    assert write_judges.reading_token(answers)[:2] == (answer, verdict)


@pytest.mark.parametrize(
    ("status", "arrived", "answer", "verdict"),
    [
        (400, 0, "all are refused", "ok"),
        (400, 1, "they are written, though the call is refused", "ok"),
        (200, 1, "are written", "ok"),
        (200, 0, "none is written, though the call is not refused", "differs"),
    ],
)
def test_one_bad_row_in_a_bulk_call(status: int, arrived: int, answer: str, verdict: str) -> None:
    there = page(*range(arrived), projectId=2)
    steps = {"person": page(1), "project": page(2), "bulk": Answer(status), "after bulk": there}
    answers = Answers(written=Written(steps=steps))
    assert write_judges.bulk_with_a_bad_row(answers)[:2] == (answer, verdict)


@pytest.mark.parametrize(
    ("found", "answer"),
    [([2], "replaced"), ([1, 2], "added to"), ([1], "left as it was"), ([], "left as it was")],
)
def test_tags_in_a_patch(found: list[int], answer: str) -> None:
    steps = {
        "tag 2": Answer(201, body={"id": 1}),
        "tag 3": Answer(201, body={"id": 2}),
        "person": GOOD,
        "person changed": GOOD,
        "person read": Answer(200, body={"tags": [{"id": one} for one in found]}),
    }
    answers = Answers(written=Written(steps=steps))
    assert write_judges.tags_replaced(answers).answer == answer


@pytest.mark.parametrize(
    ("ends", "answer"),
    [
        (["2026-06-28"], "yes"),
        ([None, "2026-06-28"], "yes"),
        ([None], "no"),
        (["2026-07-01"], "no"),
    ],
)
def test_the_contract_before(ends: list[str | None], answer: str) -> None:
    rows = [{"id": n, "endDate": one} for n, one in enumerate(ends, 8)]
    steps = {
        "contract": Answer(201, body={"id": 1, "startDate": "2026-06-29"}),
        "contracts": Answer(200, body={"values": [*rows, {"id": 1, "endDate": None}]}),
    }
    assert write_judges.contract_ended(Answers(written=Written(steps=steps))).answer == answer


def test_what_a_step_could_not_do_is_told() -> None:
    answers = Answers(written=Written(steps={"tag 1": GOOD, "person": Answer(400)}))
    assert write_judges.references_replaced(answers).answer == "no answer (400)"
    assert write_judges.gaps_filled(answers).answer.endswith("a record that it takes was not made")


# -- days


@pytest.mark.parametrize(
    ("today", "monday"),
    [
        (date(2026, 6, 30), "2026-06-22"),  # a Tuesday
        (date(2026, 6, 29), "2026-06-22"),
        (date(2026, 6, 28), "2026-06-15"),  # a Sunday: its week is not over
    ],
)
def test_work_is_logged_in_a_week_that_is_over(today: date, monday: str) -> None:
    assert Days(today)[0] == monday


@pytest.mark.parametrize(
    ("stamps", "day"),
    [
        (["2026-06-01T10:00:00Z", "2026-06-03T10:00:00Z"], date(2026, 6, 3)),
        (["2027-06-01T10:00:00Z"], date(2026, 6, 30)),
        (["Ann", None, 7, "2026-99-99T10:00:00Z"], date(2026, 6, 30)),
        ([], date(2026, 6, 30)),
    ],
)
def test_the_day_is_that_of_the_last_change(stamps: list[Any], day: date) -> None:
    rows = [{"updatedAt": one} for one in stamps]
    listed = Listed([Answer(200, body={"values": rows})])
    assert Answers(today=date(2026, 6, 30), lists={"teams": listed}).newest == day
