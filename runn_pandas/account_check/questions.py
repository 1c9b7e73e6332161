"""The questions of a check, one row of the report each, and who judges them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from runn_pandas.account_check import access_judges, list_judges, write_judges
from runn_pandas.account_check.answers import Answers
from runn_pandas.account_check.judging import Finding, Question

QUESTIONS = (
    Question("access", "Does the token work?", access_judges.token_works),
    Question("access", "Of which kind is the token?", access_judges.token_kind),
    Question("access", "Which address is asked?", access_judges.address),
    Question("access", "Which lists does the account offer?", access_judges.lists_offered),
    Question("access", "Is the clock of this machine right?", access_judges.clock),
    Question("access", "How long does an answer take?", access_judges.latency),
    Question("limit", "How many requests are allowed?", access_judges.limit_headers),
    Question("limit", "In which unit is x-ratelimit-reset?", access_judges.reset_unit),
    Question("limit", "In which unit is retry-after?", access_judges.retry_after_unit),
    Question("limit", "Does another program use up the limit too?", access_judges.others_at_work),
    Question("pages", "Do lists come by rising id?", list_judges.rising_ids),
    Question("pages", "Does order=desc hold over pages?", list_judges.falling_order),
    Question("pages", "Does a cursor name the row it stands at?", list_judges.cursor_names_row),
    Question("pages", "Can a cursor be used again later?", list_judges.cursor_again),
    Question("pages", "Is a path found with and without its last slash?", list_judges.slash),
    Question("pages", "What becomes of a page size over the maximum?", list_judges.too_large_page),
    Question("pages", "What becomes of an unknown filter?", list_judges.unknown_filter),
    Question("rows", "Are archived people in the list?", list_judges.archived_people),
    Question(
        "rows", "Are contracts of placeholders in the list?", list_judges.placeholder_contracts
    ),
    Question("rows", "Does leave for part of a day shorten the plan?", list_judges.part_of_a_day),
    Question("rows", "How far does the activity log reach back?", list_judges.log_age),
    Question("rows", "Does a deletion log what went with it?", list_judges.deletions_that_follow),
    Question("rows", "Are there reports beyond the contract?", list_judges.beta_reports),
    *(
        Question("writes", text, judge)
        for text, judge in (
            ("With which status is a reading token refused?", write_judges.reading_token),
            ("Is what was written found at once?", write_judges.found_at_once),
            ("Where does a cursor stand when its row is gone?", write_judges.cursor_under_change),
            ("What does a PATCH do to references?", write_judges.references_replaced),
            ("What does a PATCH do to tags?", write_judges.tags_replaced),
            ("Does a new contract end the one before?", write_judges.contract_ended),
            ("What becomes of leave that touches leave?", write_judges.leave_merged),
            ("Is an assignment over leave split?", write_judges.split_by_leave),
            ("Does part of a day off shorten what is planned?", write_judges.shortened_by_part),
            ("What becomes of good rows beside a bad one?", write_judges.bulk_with_a_bad_row),
            ("Does an actual replace that of its key?", write_judges.overwritten_by_key),
            ("Does a time entry add to its day?", write_judges.entry_adds),
            ("Are gaps between actuals filled with zeros?", write_judges.gaps_filled),
            ("What does a second deletion answer?", write_judges.deleted_again),
            ("Is a person deleted with its hours?", write_judges.force_deletes),
            ("Can a project be deleted?", write_judges.project_deletes),
            ("Is all deleted again that the check made?", write_judges.all_gone),
        )
    ),
    Question("lists", "What does a read of everything cost?", list_judges.whole_pull),
    Question("contract", "Do rows have the contract's fields?", list_judges.keeps_contract),
)


def findings(answers: Answers) -> Iterator[tuple[Question, Finding]]:
    """Yield every question with what the answers say to it, area by area."""
    for question in QUESTIONS:
        yield question, question.asked_of(answers)
        if question.judge is list_judges.whole_pull:
            yield from _sizes(answers)
        elif question.judge is list_judges.keeps_contract:
            yield from _differences(answers)


def _sizes(answers: Answers) -> Iterator[tuple[Question, Finding]]:
    for name in answers.lists:
        question = Question("lists", name, partial(list_judges.size, name=name))
        yield question, question.asked_of(answers)


def _differences(answers: Answers) -> Iterator[tuple[Question, Finding]]:
    for name, found in answers.compared.items():
        if found:
            judge = partial(list_judges.list_keeps_contract, name=name)
            question = Question("contract", name, judge)
            yield question, question.asked_of(answers)
