"""`rp.check(writes=True)`: what it makes it deletes, and each write rule is seen both ways."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import DEMO, Account
from runn_pandas.account_check import marks, write_judges
from runn_pandas.account_check.answers import Answers, Written
from runn_pandas.account_check.asking import Asker
from runn_pandas.account_check.marks import MARK, SEARCH, STANDING
from runn_pandas.account_check.read_probes import ask_list, most_requests
from runn_pandas.account_check.report import Report
from runn_pandas.account_check.write_probes import NOBODY, STEPS, write
from runn_pandas.demo import TODAY
from runn_pandas.demo.server import Demo
from runn_pandas.errors import ConfigError, ReadOnlyError
from tests.support.desk import account_of, new_demo, served
from tests.support.faults import Fault, Killed, Wire
from tests.support.twisted import Ask, Reply, Sent, Twist, Twisted, refusal

LISTS = ("people", "projects", "people-tags", "roles", "clients")


def write_alone(account: Account) -> Written:
    """The writes of a check without its reads, which is faster."""
    asker, answers = Asker(account, 1000), Answers(DEMO, today=TODAY)
    for name in LISTS:
        ask_list(asker, answers, name)
    write(asker, answers)
    return answers.written


def rules(report: Report) -> dict[str, tuple[str, str]]:
    """The answers and verdicts of the write rules, by question."""
    rows = report.frame[report.frame["area"] == "writes"]
    return {row.question: (row.answer, row.verdict) for row in rows.itertuples()}


def contents(demo: Demo) -> dict[str, Any]:
    """All that the demo has, but for its log of deletions."""
    tables = demo.company.tables
    return {name: dict(rows) for name, rows in tables.items() if name != "activity-log"}


def marked(demo: Demo) -> list[str]:
    """What still bears the mark."""
    return [
        name
        for name in ("people", "projects", "people-tags")
        for row in demo.company.rows(name)
        if MARK in f"{row.get('name')} {row.get('firstName')}"
    ]


# -- as it is, and otherwise


AS_IT_IS = {
    "With which status is a reading token refused?": (
        "not settled: this token may write",
        "not settled",
    ),
    "Is what was written found at once?": ("yes", "ok"),
    "Where does a cursor stand when its row is gone?": ("it goes on with the next row", "ok"),
    "What does a PATCH do to references?": ("replaced", "ok"),
    "What does a PATCH do to tags?": ("replaced", "ok"),
    "Does a new contract end the one before?": ("yes", "ok"),
    "What becomes of leave that touches leave?": ("one record", "ok"),
    "Is an assignment over leave split?": ("yes", "ok"),
    "Does part of a day off shorten what is planned?": ("no", "ok"),
    "What becomes of good rows beside a bad one?": ("all are refused", "ok"),
    "Does an actual replace that of its key?": ("yes", "ok"),
    "Does a time entry add to its day?": ("yes", "ok"),
    "Are gaps between actuals filled with zeros?": ("not at once", "ok"),
    "What does a second deletion answer?": ("404", "ok"),
    "Is a person deleted with its hours?": ("yes", "ok"),
    "Can a project be deleted?": ("yes", "ok"),
    "Is all deleted again that the check made?": ("yes", "ok"),
}


def test_on_the_demo_every_rule_holds_and_nothing_is_left() -> None:
    demo = new_demo(8)
    before = contents(demo)
    report = rp.check(writes=True, account=account_of(demo))
    assert rules(report) == AS_IT_IS
    assert contents(demo) == before
    assert report.left == []
    deletions = sum(one.method == "DELETE" for one in demo.log)
    assert report.requests == len(demo.log) <= most_requests() + STEPS + 4 < 105
    assert deletions == 7
    # No id of what was made is in what is sent in.
    ids = {part for one in demo.log for part in re.findall(r"\d{4,}", one.path)}
    assert [one for one in ids if one in str(report) + report.to_json()] == []


def test_over_a_real_socket_the_days_fit_whatever_this_machine_says(tmp_path: Path) -> None:
    demo = new_demo(8)
    with served(demo) as url:
        account = rp.connect("TEST_demo", base_url=url, cache_dir=tmp_path)
        report = rp.check(writes=True, account=account)
    assert rules(report) == AS_IT_IS
    assert marked(demo) == []


def test_without_writes_the_rules_are_not_settled() -> None:
    found = rules(rp.check(account=account_of(new_demo(8))))
    assert list(found) == list(AS_IT_IS)
    said = found.pop("Is all deleted again that the check made?")
    assert {said, *found.values()} == {
        (
            "not settled: it takes rp.check(writes=True), with a token of a test account",
            "not settled",
        )
    }


def on(method: str, path: str) -> Any:
    """Make a twist that sees only some requests, by their method and a pattern of their path."""

    def choose(twist: Twist) -> Twist:
        def chosen(sent: Sent, ask: Ask) -> Reply:
            fits = sent.method == method and re.fullmatch(path, sent.path)
            return twist(sent, ask) if fits else ask(sent)

        return chosen

    return choose


@on("GET", "/people-tags/")
def counting_cursors(sent: Sent, ask: Ask) -> Reply:
    """Cursors that count rows, and so leave one out when one is deleted."""
    start, limit = int(sent.query.get("cursor", 0)), int(sent.query["limit"])
    reply = ask(sent.asking(cursor=None, limit=200))
    rows = reply.rows
    more = str(start + limit) if start + limit < len(rows) else None
    return Reply(200, {"values": rows[start : start + limit], "nextCursor": more})


@on("PATCH", r"/people/\d+")
def adding_lists(sent: Sent, ask: Ask) -> Reply:
    old = ask(Sent("GET", sent.path, {})).body
    body = {name: [*old[name], *sent.body[name]] for name in sent.body}
    return ask(Sent(sent.method, sent.path, {}, body))


@on("GET", r"/people/\d+/contracts/")
def contracts_without_end(sent: Sent, ask: Ask) -> Reply:
    reply = ask(sent)
    for row in reply.rows:
        row["endDate"] = None
    return reply


@on("GET", "/time-offs/leave/")
def leave_kept_apart(sent: Sent, ask: Ask) -> Reply:
    reply = ask(sent)
    if "personId" in sent.query:
        reply.body["values"] *= 2
    return reply


@on("POST", "/assignments/")
def not_split(sent: Sent, ask: Ask) -> Reply:
    reply = ask(sent)
    del reply.body[1:]
    return reply


@on("GET", r"/reports/hours/people/\d+")
def shortened(sent: Sent, ask: Ask) -> Reply:
    reply = ask(sent)
    for row in reply.rows:
        row["assignments"]["totalMinutes"] -= 120
    return reply


@on("POST", "/actuals/bulk/")
def bad_rows_left_out(sent: Sent, ask: Ask) -> Reply:
    good = [one for one in sent.body["actuals"] if one["projectId"] != NOBODY]
    return ask(Sent(sent.method, sent.path, {}, {"actuals": good}))


@on("POST", "/actuals/")
def actuals_added_up(sent: Sent, ask: Ask) -> Reply:
    there = ask(Sent("GET", "/actuals/", {"personId": str(sent.body["personId"])})).rows
    same = [one for one in there if one["date"] == sent.body["date"]]
    minutes = sum(one["billableMinutes"] for one in [*same, sent.body])
    return ask(Sent(sent.method, sent.path, {}, {**sent.body, "billableMinutes": minutes}))


@on("POST", "/actuals/time-entry")
def entries_overwrite(sent: Sent, ask: Ask) -> Reply:
    return ask(Sent(sent.method, "/actuals/", {}, sent.body))


@on("GET", "/actuals/")
def gaps_filled(sent: Sent, ask: Ask) -> Reply:
    reply = ask(sent)
    if "personId" in sent.query and len(reply.rows) > 1:
        zero = {"id": 1, "billableMinutes": 0, "nonbillableMinutes": 0}
        reply.rows.append({**reply.rows[0], **zero})
    return reply


@on("DELETE", r"/actuals/\d+/")
def gone_is_bad(sent: Sent, ask: Ask) -> Reply:
    reply = ask(sent)
    return refusal(400) if reply.status == 404 else reply


@on("GET", r"/people/\d+")
def found_later(sent: Sent, ask: Ask) -> Reply:
    return refusal(404)


OTHERWISE: dict[str, tuple[Twist, tuple[str, str]]] = {
    "Where does a cursor stand when its row is gone?": (
        counting_cursors,
        ("it leaves out a row", "differs"),
    ),
    "What does a PATCH do to references?": (adding_lists, ("added to", "differs")),
    "What does a PATCH do to tags?": (adding_lists, ("added to", "differs")),
    "Does a new contract end the one before?": (contracts_without_end, ("no", "differs")),
    "What becomes of leave that touches leave?": (
        leave_kept_apart,
        ("two records stay", "differs"),
    ),
    "Is an assignment over leave split?": (not_split, ("no", "differs")),
    "Does part of a day off shorten what is planned?": (shortened, ("yes", "differs")),
    "What becomes of good rows beside a bad one?": (bad_rows_left_out, ("are written", "ok")),
    "Does an actual replace that of its key?": (
        actuals_added_up,
        ("no, minutes are added", "differs"),
    ),
    "Does a time entry add to its day?": (entries_overwrite, ("no", "differs")),
    "Are gaps between actuals filled with zeros?": (gaps_filled, ("yes, at once", "differs")),
    "What does a second deletion answer?": (gone_is_bad, ("400", "differs")),
}


@pytest.fixture(scope="module")
def otherwise() -> tuple[Report, Demo]:
    """A server that gives the other answer to every question at once."""
    demo = Demo(8, limit=None)
    twists = dict.fromkeys(twist for twist, _ in OTHERWISE.values())
    server = Twisted(demo, *twists)
    return rp.check(True, account=account_of(server)), demo


@pytest.mark.parametrize("question", OTHERWISE)
def test_the_other_rule_is_seen(otherwise: tuple[Report, Demo], question: str) -> None:
    assert rules(otherwise[0])[question] == OTHERWISE[question][1]


def test_there_nothing_is_left_either(otherwise: tuple[Report, Demo]) -> None:
    assert rules(otherwise[0])["Is all deleted again that the check made?"] == ("yes", "ok")
    assert marked(otherwise[1]) == []


def test_a_record_that_is_found_only_later_is_told() -> None:
    written = write_alone(account_of(Twisted(new_demo(8), found_later)))
    found = write_judges.found_at_once(Answers(written=written))
    assert found[:2] == ("no", "differs")


# -- refused


@pytest.mark.parametrize("token", ["LIVE_demo", "other"])
def test_only_a_test_account_is_written_to(token: str) -> None:
    account = rp.connect(token, base_url="http://127.0.0.1:9")
    with pytest.raises(ConfigError, match="begins with TEST_"):
        rp.check(writes=True)
    assert account is rp.current()


def test_a_read_only_account_is_not_written_to() -> None:
    demo = new_demo(8)
    with pytest.raises(ReadOnlyError, match="opened read-only"):
        rp.check(writes=True, account=account_of(demo, read_only=True))
    assert demo.log == []


def test_a_reading_token_is_told_by_its_first_write() -> None:
    demo = new_demo(8)
    found = rules(rp.check(True, account=account_of(demo, token="TEST_demo-read")))
    assert found.pop("With which status is a reading token refused?") == ("403", "ok")
    assert found.pop("Is all deleted again that the check made?") == ("yes", "ok")
    assert {verdict for _, verdict in found.values()} == {"not settled"}
    assert sum(one.method != "GET" for one in demo.log) == 1


def test_an_account_without_clients_settles_what_takes_no_project() -> None:
    empty = Reply(200, {"values": [], "nextCursor": None})
    server = Twisted(new_demo(8), on("GET", "/clients/")(lambda sent, ask: empty))
    answers = Answers(written=write_alone(account_of(server)))
    assert write_judges.tags_replaced(answers).answer == "replaced"
    assert write_judges.overwritten_by_key(answers).verdict == "not settled"
    assert write_judges.all_gone(answers).answer == "yes"


# -- cleaning up


class Interrupted:
    """Ends the check in a number of its writes, before or after it was carried out."""

    def __init__(self, number: int, *, after: bool) -> None:
        self.left, self.after = number, after

    def __call__(self, sent: Sent, ask: Ask) -> Reply:
        if sent.method not in ("POST", "PATCH"):
            return ask(sent)
        self.left -= 1
        if self.left != 0:
            return ask(sent)
        if self.after:
            ask(sent)
        raise KeyboardInterrupt


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", [1, 4, 7, 10, 14])
def test_ctrl_c_leaves_nothing(number: int, after: bool) -> None:
    demo = new_demo(8)
    before = contents(demo)
    server = Twisted(demo, Interrupted(number, after=after))
    with pytest.raises(KeyboardInterrupt):
        write_alone(account_of(server))
    assert contents(demo) == before


@pytest.mark.parametrize("path", ["/people-tags/", "/people/", "/projects/"])
def test_a_record_whose_answer_was_lost_is_found_and_deleted(path: str) -> None:
    demo = new_demo(8)
    before, wire = contents(demo), Wire(demo)
    wire.fault = lambda method, asked: "after" if (method, asked) == ("POST", path) else ""
    account = account_of(wire)
    account.session._sleep = wire.sleep
    written = write_alone(account)
    assert contents(demo) == before
    assert written.left == []


def test_what_cannot_be_deleted_is_told_with_its_path_but_not_in_the_report(
    caplog: pytest.LogCaptureFixture,
) -> None:
    demo = new_demo(8)
    stays = on("DELETE", r"/people/\d+")(lambda sent, ask: refusal(400, "has hours"))
    with caplog.at_level(logging.WARNING, "runn_pandas"):
        report = rp.check(True, account=account_of(Twisted(demo, stays)))
    person = next(row["id"] for row in demo.company.rows("people") if MARK in row["firstName"])
    assert report.left == [f"people/{person}"]
    assert f"people/{person}" in caplog.text
    assert str(person) not in str(report) + report.to_json()
    found = rules(report)
    assert found["Is a person deleted with its hours?"] == ("no", "differs")
    assert found["Is all deleted again that the check made?"] == (
        "no, 1 record could not be deleted",
        "failed",
    )
    # All that could be deleted is.
    assert marked(demo) == ["people"]
    assert demo.company.where("actuals", "personId", person) == []

    again = write_judges.all_gone(Answers(written=write_alone(account_of(demo))))
    assert (again.answer, again.evidence) == ("yes", "1 record of an earlier check deleted")
    assert marked(demo) == []


def after_a_kill() -> tuple[Demo, dict[str, Any]]:
    """A demo in which a check was killed when it began to log, and what it had before."""
    demo = new_demo(8)
    before, wire = contents(demo), Wire(demo)
    wire.fault = kill_from("/actuals/bulk/")
    with pytest.raises(Killed):
        write_alone(account_of(wire))
    return demo, before


def short_pages(sent: Sent, ask: Ask) -> Reply:
    """Pages of a few rows in the lists that a check looks through, as long lists have."""
    paths = [f"/{name}/" for name in STANDING]
    if sent.method == "GET" and sent.path in paths and sent.query.get("limit") == "200":
        sent = sent.asking(limit=2)
    return ask(sent)


NAMES = {
    "people": [("runn-pandas check", "Test"), (f"{MARK} 0badcafe", "Smith")],
    "projects": [("runn-pandas checklist rollout", ""), (f"{MARK} 0badcafe 1", "")],
    "people-tags": [(f"{MARK} 0badcafe", ""), (f"{MARK}s", ""), (f"{MARK} 0badcafe 1 old", "")],
}


def test_names_that_only_begin_like_the_mark_are_somebody_elses() -> None:
    demo = new_demo(8)
    for kind, names in NAMES.items():
        like = next(iter(demo.company.rows(kind)))
        for name, last in names:
            own = demo.company.next_id(kind)
            name_of = {"firstName": name, "lastName": last} if kind == "people" else {"name": name}
            demo.company.put(kind, own, {**like, "id": own, **name_of})
    before = contents(demo)
    for server in (demo, Twisted(demo, short_pages)):
        written = write_alone(account_of(server))
        assert (written.removed, written.left) == (0, [])
        assert contents(demo) == before


def test_what_a_killed_check_left_is_found_where_lists_are_long() -> None:
    demo, before = after_a_kill()
    server = Twisted(demo, short_pages)
    answers = Answers(written=write_alone(account_of(server)))
    found = write_judges.all_gone(answers)
    assert (found.answer, found.evidence) == ("yes", "4 records of an earlier check deleted")
    assert contents(demo) == before
    searches = [one for one in server.sent if one.query.get("order") == "desc"]
    assert len(STANDING) < len(searches) <= SEARCH


def test_two_checks_at_once_leave_each_others_records(monkeypatch: pytest.MonkeyPatch) -> None:
    demo = new_demo(8)
    before = contents(demo)
    monkeypatch.setattr(marks, "now", lambda: pd.Timestamp(demo.company.now))
    second: list[Written] = []

    def meanwhile(sent: Sent, ask: Ask) -> Reply:
        if not second:
            second.append(write_alone(account_of(demo)))
        return ask(sent)

    server = Twisted(demo, on("POST", "/actuals/bulk/")(meanwhile))
    first = Answers(written=write_alone(account_of(server)))
    assert (second[0].removed, second[0].at_work, second[0].left) == (0, 4, [])
    found = write_judges.all_gone(Answers(written=second[0]))
    assert found.evidence == "4 records left to another check, made less than 15 minutes ago"
    assert write_judges.overwritten_by_key(first).verdict == "ok"
    assert write_judges.all_gone(first).answer == "yes"
    assert contents(demo) == before


def test_what_a_check_left_a_while_ago_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    demo, before = after_a_kill()
    then = pd.Timestamp(demo.company.now)
    for minutes, removed in ((14, 0), (16, 4)):
        moment = then + pd.Timedelta(minutes=minutes)
        monkeypatch.setattr(marks, "now", lambda moment=moment: moment)
        assert write_alone(account_of(demo)).removed == removed
    assert contents(demo) == before


def test_a_record_whose_answer_was_lost_is_found_where_lists_are_long() -> None:
    demo = new_demo(8)
    before = contents(demo)
    lost = on("POST", "/people-tags/")(lambda sent, ask: ask(sent) and refusal(500))
    written = write_alone(account_of(Twisted(demo, short_pages, lost)))
    assert (written.left, written.unseen) == ([], [])
    assert contents(demo) == before


def test_a_list_that_is_not_seen_to_its_end_is_not_settled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(marks, "PAGES", 1)
    server = Twisted(new_demo(8), short_pages)
    found = write_judges.all_gone(Answers(written=write_alone(account_of(server))))
    assert found.verdict == "not settled"
    assert found.answer == "not settled: not all of people-tags was looked through"


def test_a_person_with_other_work_stays_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    demo, _ = after_a_kill()
    asker = Asker(account_of(demo), 0)
    ids = {kind: marks.marked_ids(kind, list(demo.company.rows(kind))) for kind in STANDING}
    (person,) = ids["people"]
    assert not marks.has_other_work(asker, person, ids["projects"])
    assert marks.has_other_work(asker, person, [])
    for what in ("time-offs/leave", "actuals", "assignments"):
        like = next(row for row in demo.company.rows(what) if row["personId"] != person)
        own = demo.company.next_id(what)
        row = {**like, "id": own, "personId": person, "note": "Surgery"}
        demo.company.put(what, own, row)
        assert marks.has_other_work(asker, person, ids["projects"]), what
        demo.company.remove(what, own)
    demo.company.put("assignments", own, row)

    with caplog.at_level(logging.WARNING, "runn_pandas"):
        written = write_alone(account_of(demo))
    assert f"people/{person}" in written.left
    assert own in demo.company.tables["assignments"]
    assert f"An earlier rp.check made people/{person}. It was not deleted" in caplog.text
    assert write_judges.all_gone(Answers(written=written)).verdict == "failed"


def test_the_requests_that_look_for_the_mark_are_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "check.md").read_text(encoding="utf-8")
    for text in (rp.check.__doc__ or "", page):
        words = " ".join(text.split())
        assert f"up to {STEPS} requests" in words
        assert f"up to {SEARCH} requests" in words


def kill_from(path: str) -> Fault:
    """From the first request to a path on, nothing is sent any more."""
    dead: list[bool] = []

    def fault(method: str, asked: str) -> str:
        if asked == path:
            dead.append(True)
        return "kill before" if dead else ""

    return fault
