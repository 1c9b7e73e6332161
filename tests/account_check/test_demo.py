"""`rp.check` on the demo, as it is and with the other answer to every open question."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.account_check.limit_probe import MOST, meet_limit
from runn_pandas.account_check.read_probes import account_lists, most_requests
from runn_pandas.account_check.report import Report
from runn_pandas.demo.server import Demo
from runn_pandas.errors import ConfigError, OfflineError
from runn_pandas.transport.throttle import Throttle
from tests.support.clock import Clock
from tests.support.desk import account_of, new_demo
from tests.support.hostile import HOSTILE
from tests.support.places import ROOT
from tests.support.twisted import Ask, Reply, Sent, Twist, Twisted, refusal

PERSON = "Zoë Quibblemann <zoe.quibblemann@example.com>"


def without_waits(account: Account) -> Account:
    """Let an account wait on a clock that needs no time."""
    clock, throttle = Clock(), account.session._throttle
    assert isinstance(throttle, Throttle)
    throttle._clock, throttle._sleep = clock, clock.sleep
    throttle.renew()
    return account


def answer(report: Report, question: str, area: str = "") -> tuple[str, str]:
    """The answer and the verdict of the one question that begins so."""
    found = report.frame[report.frame["question"].str.startswith(question)]
    found = found[found["area"] == area] if area else found
    assert len(found) == 1, question
    return found["answer"].iloc[0], found["verdict"].iloc[0]


@pytest.fixture(scope="module")
def plain() -> Report:
    """The demo over a real socket would say the same: here in process, with its limit."""
    return rp.check(account=without_waits(account_of(Demo(8), token="TEST_demo")))


# -- as it is


AS_IT_IS = {
    "Does the token work?": ("yes", "ok"),
    "Which lists does the account offer?": ("not activity-log (422)", "ok"),
    "How many requests are allowed?": ("120 requests in a window", "ok"),
    "In which unit is x-ratelimit-reset?": ("seconds until the window ends", "ok"),
    "Does another program use up the limit too?": ("no", "ok"),
    "Do lists come by rising id?": ("yes", "ok"),
    "Does order=desc hold over pages?": ("yes, from page to page", "ok"),
    "Does a cursor name the row it stands at?": ("yes", "ok"),
    "Can a cursor be used again later?": ("yes", "ok"),
    "Is a path found with and without its last slash?": ("both spellings", "ok"),
    "What becomes of a page size over the maximum?": ("refused (400)", "ok"),
    "What becomes of an unknown filter?": ("ignored", "ok"),
    "Are archived people in the list?": ("yes", "ok"),
    "Are contracts of placeholders in the list?": ("no", "ok"),
    "Does leave for part of a day shorten the plan?": ("no", "ok"),
    "How far does the activity log reach back?": ("there is none (422)", "ok"),
    "Are there reports beyond the contract?": ("no", "ok"),
    "Do rows have the contract's fields?": ("yes", "ok"),
}


@pytest.mark.parametrize("question", AS_IT_IS)
def test_the_demo_answers_as_the_package_expects(plain: Report, question: str) -> None:
    assert answer(plain, question) == AS_IT_IS[question]


def test_nothing_differs_or_fails_but_the_log_that_test_accounts_lack(plain: Report) -> None:
    others = plain.frame[~plain.frame["verdict"].isin(["ok", "not settled"])]
    assert others["question"].tolist() == ["activity-log"]
    assert not plain.ok


def test_each_list_has_a_row_with_its_size(plain: Report) -> None:
    sizes = plain.frame[plain.frame["area"] == "lists"].set_index("question")["answer"]
    assert set(account_lists()) <= set(sizes.index)
    assert sizes["people"] == "12 rows"
    assert sizes["teams"] == "5 rows"


def test_the_log_of_an_account_that_has_one_is_measured() -> None:
    report = rp.check(account=without_waits(account_of(Demo(8))))
    assert answer(report, "How far does the activity log")[0].endswith("days at least")
    assert answer(report, "activity-log")[1] == "ok"
    assert report.ok


def test_over_a_real_socket_it_says_the_same(
    served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = rp.connect("LIVE_demo", base_url=served, cache_dir=tmp_path, read_only=True)
    report = rp.check(account=account)
    assert answer(report, "Of which kind is the token?") == ("LIVE_, of a live account", "ok")
    assert answer(report, "Which address is asked?") == ("this machine", "ok")
    assert answer(report, "Is the clock of this machine right?") == (
        "within seconds of the server's",
        "ok",
    )
    assert answer(report, "Is a path found with and") == ("both spellings", "ok")
    assert list(tmp_path.iterdir()) == []  # nothing that it read is kept


# -- what it costs


def test_it_only_reads_and_no_more_than_it_says() -> None:
    demo = new_demo(8)
    report = rp.check(account=account_of(demo))
    assert {one.method for one in demo.log} == {"GET"}
    assert report.requests == len(demo.log) <= most_requests() <= 80
    assert f"at most {most_requests()} requests" in " ".join((rp.check.__doc__ or "").split())


def test_an_endless_list_does_not_make_it_longer() -> None:
    def endless(sent: Sent, ask: Ask) -> Reply:
        reply = ask(sent.asking(cursor=None))
        if reply.rows:
            reply.body["nextCursor"] = f"c{len(server.sent)}"
        return reply

    server = Twisted(new_demo(8), endless)
    report = rp.check(account=account_of(server))
    # One less: of assignments that come again and again, no day has one alone.
    assert report.requests == len(server.sent) == most_requests() - 1
    assert answer(report, "people/notes") == ("at least 2 rows", "ok")


def test_a_token_that_is_refused_ends_it_at_once() -> None:
    server = Twisted(new_demo(8), lambda sent, ask: refusal(401))
    report = rp.check(account=account_of(server))
    assert len(server.sent) == 2
    assert answer(report, "Does the token work?") == ("no answer (401)", "failed")
    assert answer(report, "Do rows have the contract's fields?")[1] == "not settled"


def test_without_a_connection_it_says_so() -> None:
    account = rp.connect("TEST_x", base_url="http://127.0.0.1:9")
    report = rp.check(account=account)
    assert answer(report, "Does the token work?") == (
        "no answer (no connection, or it was cut)",
        "failed",
    )


def test_it_is_refused_where_it_could_not_ask(account: Account, tmp_path: Path) -> None:
    with pytest.raises(OfflineError, match="offline"):
        rp.check(account=account.offline())
    pytest.importorskip("vcr")
    with rp.cassette(tmp_path / "one.yaml"), pytest.raises(ConfigError, match="outside of rp"):
        rp.check()


# -- the other answers


def only(path: str, change: Callable[[Reply], Reply | None]) -> Twist:
    """Change the answers to one path."""

    def twist(sent: Sent, ask: Ask) -> Reply:
        reply = ask(sent)
        return change(reply) or reply if sent.path.strip("/") == path else reply

    return twist


def limits_in_milliseconds(sent: Sent, ask: Ask) -> Reply:
    """A window of 60 requests that others use too, and its end in milliseconds."""
    reply = ask(sent)
    if "x-ratelimit-remaining" not in reply.headers:  # by another twist
        return reply
    left = int(reply.headers["x-ratelimit-remaining"])
    reply.headers |= {
        "x-ratelimit-limit": "60",
        "x-ratelimit-reset": str(1000 * int(reply.headers["x-ratelimit-reset"])),
        "x-ratelimit-remaining": str(left // 3 * 3),
    }
    return reply


def late(sent: Sent, ask: Ask) -> Reply:
    reply = ask(sent)
    reply.headers["date"] = formatdate(7200, usegmt=True)
    return reply


def no_falling_order(sent: Sent, ask: Ask) -> Reply:
    return ask(sent.asking(order=None)) if sent.query.get("order") == "desc" else ask(sent)


class BlindCursors:
    """Cursors that tell nothing, and of which each can be used once."""

    def __init__(self) -> None:
        self.behind: dict[str, str] = {}

    def __call__(self, sent: Sent, ask: Ask) -> Reply:
        own = sent.query.get("cursor")
        if own is not None and own not in self.behind:
            return refusal(400, "cursor expired")
        reply = ask(sent.asking(cursor=self.behind.pop(own)) if own else sent)
        if isinstance(reply.body, dict) and reply.body.get("nextCursor"):
            name = f"blind{'x' * len(self.behind)}"
            self.behind[name] = reply.body["nextCursor"]
            reply.body["nextCursor"] = name
        return reply


def one_spelling(sent: Sent, ask: Ask) -> Reply:
    return refusal(404) if sent.path == "/teams" else ask(sent)


def takes_any_page(sent: Sent, ask: Ask) -> Reply:
    return ask(sent.asking(limit=200)) if sent.query.get("limit") == "201" else ask(sent)


def no_unknown_filter(sent: Sent, ask: Ask) -> Reply:
    return refusal(400) if "runnPandasCheck" in sent.query else ask(sent)


def more_reports(sent: Sent, ask: Ask) -> Reply:
    is_one = re.fullmatch(r"/reports/(people|projects)/\d+/", sent.path)
    return Reply(200, {"values": []}) if is_one else ask(sent)


def shortened(sent: Sent, ask: Ask) -> Reply:
    """Days with a part off, whose plan is less by the 90 minutes of the demo's first one."""
    reply = ask(sent)
    if sent.path.startswith("/reports/hours/people/"):
        for row in reply.rows:
            row["assignments"]["totalMinutes"] -= 90
    return reply


def without_archived(reply: Reply) -> None:
    reply.body["values"] = [one for one in reply.rows if not one["isArchived"]]


def drifted(reply: Reply) -> None:
    """New fields, one with somebody's name; a missing, an empty and a wrong one."""
    for row in reply.rows:
        row |= {"newField": 1, PERSON: True, "createdAt": "yesterday"}
        row["isArchived"] = None
        del row["updatedAt"]


def turned(reply: Reply) -> None:
    reply.rows.reverse()


def young(reply: Reply) -> None:
    for row in reply.rows:
        row["timestamp"] = "2026-06-10T00:00:00Z"


def cascade(reply: Reply) -> None:
    people = [one["person"]["id"] for one in reply.rows if one["type"] == "person_deleted"]
    if people:
        contract = {"id": 1, "personId": people[0]}
        reply.rows.append({"type": "contract_deleted", "contract": contract})


def placeholders_in(demo: Demo) -> Twist:
    ids = [*demo.company.tables["placeholders"]]
    return only("contracts", lambda reply: reply.rows[0].update(personId=ids[0]))


def limited(unit: int) -> Twist:
    """The tenth request meets the limit; the wait is told in so many parts of a second."""
    seen = [0]

    def twist(sent: Sent, ask: Ask) -> Reply:
        seen[0] += 1
        if seen[0] != 10:
            return ask(sent)
        return refusal(429, retry_after=str(20 * unit), x_ratelimit_reset="20")

    return twist


def contrary(demo: Demo) -> Twisted:
    """A server that gives the other answer to every question at once."""
    return Twisted(
        demo,
        late,
        limited(1),
        limits_in_milliseconds,
        no_falling_order,
        BlindCursors(),
        one_spelling,
        takes_any_page,
        no_unknown_filter,
        more_reports,
        shortened,
        only("people", without_archived),
        only("roles", drifted),
        only("skills", turned),
        only("activity-log", young),
        only("activity-log", cascade),
        placeholders_in(demo),
        only("views", lambda reply: refusal(403)),
        only("me", lambda reply: refusal(403)),
    )


OTHERWISE = {
    "Does the token work?": ("yes, but not for me (403)", "differs"),
    "Which lists does the account offer?": ("not views (403)", "ok"),
    "How many requests are allowed?": ("60 requests in a window", "differs"),
    "In which unit is x-ratelimit-reset?": ("milliseconds", "differs"),
    "In which unit is retry-after?": ("seconds", "ok"),
    "Does another program use up the limit too?": ("yes", "ok"),
    "Do lists come by rising id?": ("not in skills", "differs"),
    "Does order=desc hold over pages?": ("it is not kept", "differs"),
    "Does a cursor name the row it stands at?": ("no", "differs"),
    "Can a cursor be used again later?": ("no (400)", "ok"),
    "Is a path found with and without its last slash?": ("only as the contract spells it", "ok"),
    "What becomes of a page size over the maximum?": ("answered all the same", "ok"),
    "What becomes of an unknown filter?": ("refused (400)", "ok"),
    "Are contracts of placeholders in the list?": ("yes", "ok"),
    "Does leave for part of a day shorten the plan?": ("yes", "differs"),
    "Does a deletion log what went with it?": ("yes", "ok"),
    "Are there reports beyond the contract?": ("yes", "ok"),
    "Do rows have the contract's fields?": ("not in activity-log, roles", "differs"),
    "roles": ("5 fields differ", "differs"),
}


@pytest.fixture(scope="module")
def otherwise() -> Report:
    return rp.check(account=without_waits(account_of(contrary(Demo(8)))))


@pytest.mark.parametrize("question", OTHERWISE)
def test_the_other_answer_is_seen(otherwise: Report, question: str) -> None:
    area = "contract" if question == "roles" else ""
    assert answer(otherwise, question, area) == OTHERWISE[question]


@pytest.mark.parametrize(("unit", "word"), [(1000, "milliseconds"), (1, "seconds")])
def test_the_limit_is_met_on_purpose(unit: int, word: str) -> None:
    def told_in(sent: Sent, ask: Ask) -> Reply:
        reply = ask(sent)
        if reply.status == 429:
            reset = int(reply.headers["x-ratelimit-reset"])
            reply.headers["retry-after"] = str(reset * unit)
        return reply

    demo = Demo(8, limit=80)
    account = without_waits(account_of(Twisted(demo, told_in)))
    report = rp.check(limit=True, account=account)
    assert answer(report, "In which unit is retry-after?") == (word, "ok")
    assert report.requests == len(demo.log)
    assert 81 <= len(demo.log) <= 88  # a few are on their way at once


def test_where_the_limit_is_not_met_it_is_given_up() -> None:
    demo = new_demo(8)
    answers = meet_limit(account_of(demo))
    assert len(answers) == len(demo.log) == MOST


# -- nothing personal


class Planted:
    """Somebody's name in every text of every answer, in names of fields, headers and errors."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, sent: Sent, ask: Ask) -> Reply:
        reply = ask(sent)
        reply.headers["x-ratelimit-limit"] = reply.headers["retry-after"] = "Quibblemann"
        if sent.path == "/users/":
            return refusal(500, PERSON)
        if sent.path == "/views/":
            return Reply(200, PERSON)
        reply.body = self.planted(reply.body)
        if sent.path == "/roles/":
            return Reply(200, {**reply.body, "nextCursor": PERSON})
        for row in reply.rows:
            row |= {PERSON: PERSON, "Quibblemann": 1, "newField": {"zoe quibblemann": PERSON}}
        return reply

    def planted(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {n: one if n == "nextCursor" else self.planted(one) for n, one in value.items()}
        if isinstance(value, list):
            return [self.planted(one) for one in value]
        if not isinstance(value, str):
            return value
        self.count += 1
        return f"{PERSON} {HOSTILE[self.count % len(HOSTILE)]}"


@pytest.fixture(scope="module")
def personal() -> tuple[Report, Demo]:
    demo = Demo(8)
    account = account_of(Twisted(demo, Planted()), token="TEST_demo-secret")
    return rp.check(account=without_waits(account)), demo


def all_of_it(report: Report) -> str:
    return "\n".join([str(report), repr(report), report.to_json(), report._repr_html_()])


def test_no_text_of_the_account_is_in_the_report(personal: tuple[Report, Demo]) -> None:
    text = all_of_it(personal[0])
    assert "newField" in text
    assert "(a name that is not shown)" in text
    for word in ("uibblemann", "example", "secret", "<script", "<img", "égnirts", "yyyy", "🦜"):
        assert word not in text
    # All that is not of the keyboard is our own.
    assert set(re.findall(r"[^\x00-\x7f]", text)) == set()


def test_nor_is_any_in_the_report_of_what_was_written() -> None:
    demo = Demo(8)
    account = without_waits(account_of(Twisted(demo, Planted()), token="TEST_demo"))
    report = rp.check(writes=True, account=account)
    text = all_of_it(report)
    assert "uibblemann" not in text
    assert set(re.findall(r"[^\x00-\x7f]", text)) == set()
    assert report.left == []
    assert "runn-pandas check" not in json.dumps(list(demo.company.rows("people")))


def test_no_name_and_no_id_of_the_demo_is_in_the_report(plain: Report) -> None:
    demo = Demo(8)
    text = all_of_it(plain)
    rows = [row for table in demo.company.tables.values() for row in table.values()]
    numbers = {int(one.replace(",", "")) for one in re.findall(r"\b\d[\d,]*\b", text)}
    assert {row["id"] for row in rows if "id" in row} & numbers == set()
    for row in demo.company.rows("people"):
        assert f"{row['lastName']}" not in text
        assert row["email"] is None or row["email"] not in text
    for name in ("projects", "clients", "roles", "teams"):
        assert [row["name"] for row in demo.company.rows(name) if str(row["name"]) in text] == []


def test_every_question_has_an_answer_to_whatever_comes(personal: tuple[Report, Demo]) -> None:
    frame = personal[0].frame
    assert set(frame["verdict"]) == {"ok", "differs", "not settled", "failed"}
    assert answer(personal[0], "views")[0] == "0 rows"
    assert answer(personal[0], "users") == ("no answer (500)", "failed")


# -- the report


def test_the_report_as_text_and_as_json(plain: Report) -> None:
    text = plain.to_text()
    assert str(plain) == repr(plain) == text
    assert max(map(len, text.splitlines())) <= 100
    told = json.loads(plain.to_json())
    assert told["requests"] == plain.requests
    assert told["findings"] == plain.frame.to_dict(orient="records")
    assert told["contract"] == "1.0.0"
    for line in plain.frame["question"]:
        assert line in text


def test_the_page_in_the_docs_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    assert f"at most {most_requests()}\nrequests" in page
    space: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.S):
        rp.connect("demo")  # a demo of its own: both in one minute would be over the limit
        exec(compile(block, "check.md", "exec"), space)
    assert "Does the token work?" in capsys.readouterr().out
