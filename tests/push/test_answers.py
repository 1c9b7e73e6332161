"""Answers with a good status that do not say what they should: the account is asked, or unknown."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pandas as pd
import pytest

from runn_pandas.catalog.writes import writables
from runn_pandas.push.answers import told
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.model import Attempt, Request, RowPlan
from tests.support.desk import Desk
from tests.support.faults import NOTHING, Killed, normalised
from tests.support.pushes import actuals_of, teams

Frames = Callable[[Desk], tuple[str, pd.DataFrame]]


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk(people=12)


def people(desk: Desk) -> tuple[str, pd.DataFrame]:
    """New people with a team, which is a request of its own."""
    role, team = (int(desk.read(name)["id"].iloc[0]) for name in ("roles", "teams"))
    names = {"firstName": ["Ada", "Bob", "Cyd"], "lastName": ["New"] * 3}
    emails = [f"{name}@example.com" for name in "abc"]
    return "people", pd.DataFrame({**names, "email": emails, "roleId": role, "teamId": team})


def assignments(desk: Desk) -> tuple[str, pd.DataFrame]:
    member = desk.read("project-members").query("~isPlaceholder").iloc[0]
    whose = {name: int(member[name]) for name in ("personId", "projectId", "roleId")}
    days = pd.to_datetime(["2033-01-03", "2033-01-10", "2033-01-17"])
    frame = pd.DataFrame({"startDate": days, "endDate": days, "minutesPerDay": [60, 120, 180]})
    return "assignments", frame.assign(**whose)


def leave(desk: Desk) -> tuple[str, pd.DataFrame]:
    whose = desk.read("people")["id"].iloc[:3].tolist()
    days = pd.to_datetime(["2033-01-03", "2033-02-07", "2033-03-07"])
    return "time-offs/leave", pd.DataFrame({"personId": whose, "startDate": days, "endDate": days})


def time_entries(desk: Desk) -> tuple[str, pd.DataFrame]:
    return "actuals/time-entry", actuals_of(desk, 3)


def skills(desk: Desk) -> tuple[str, pd.DataFrame]:
    skill = desk.push(pd.DataFrame({"name": ["Juggling"]}), "skills")["id"].iloc[0]
    whose = desk.read("people")["id"].iloc[:3].tolist()
    return "people/skills", pd.DataFrame({"personId": whose, "skillId": skill, "level": [1, 2, 3]})


FRAMES: dict[str, Frames] = {
    "teams": lambda desk: ("teams", teams("Abel", "Bach", "Cage")),
    "clients": lambda desk: ("clients", teams("Abel", "Bach", "Cage")),
    "actuals": lambda desk: ("actuals", actuals_of(desk, 3)),
    **{make.__name__: make for make in (people, assignments, leave, time_entries, skills)},
}


def _each(answer: Any, change: Callable[[dict[str, Any]], Any]) -> Any:
    """An answer with each record changed."""
    if isinstance(answer, list):
        return [_each(one, change) for one in answer]
    if isinstance(answer, dict) and isinstance(answer.get("values"), list):
        return {**answer, "values": _each(answer["values"], change)}
    return change(deepcopy(answer)) if isinstance(answer, dict) else answer


def _all(answer: Any, change: Callable[[list[Any]], list[Any]]) -> Any:
    """An answer with its list changed."""
    if isinstance(answer, list):
        return change(answer)
    if isinstance(answer, dict) and isinstance(answer.get("values"), list):
        return {**answer, "values": change(answer["values"])}
    return answer


TEXTS = ("name", "firstName", "note", "lastName")
NUMBERS = ("billableMinutes", "minutesPerDay", "level")


def _others(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: "another" if name in TEXTS else 1 if name in NUMBERS else value
        for name, value in record.items()
    }


ODD: dict[str, Callable[[Any], Any]] = {
    "no body": lambda answer: (204, NOTHING),
    "null": lambda answer: None,
    "{}": lambda answer: {},
    "[]": lambda answer: [],
    "a text": lambda answer: "ok",
    "fewer rows": lambda answer: _all(answer, lambda rows: rows[1:]),
    "one row twice": lambda answer: _all(answer, lambda rows: [rows[0], *rows[:-1]]),
    "in another order": lambda answer: _all(answer, lambda rows: rows[::-1]),
    "no ids": lambda answer: _each(answer, lambda row: {n: v for n, v in row.items() if n != "id"}),
    "ids only": lambda answer: _each(answer, lambda row: {"id": row.get("id")}),
    "null ids": lambda answer: _each(answer, lambda row: {**row, "id": None}),
    "ids of others": lambda answer: _each(answer, lambda row: {**row, "id": 1}),
    "other values": lambda answer: _each(answer, _others),
    "errors": lambda answer: (207, _each(answer, lambda row: {"status": 409, "error": "taken"})),
    "errors beside": lambda answer: (207, {"values": [], "errors": [{"message": "no"}]}),
}
SAYING_NOTHING = ("no body", "null", "{}", "[]", "a text", "errors beside")


def pairs(frames: Any, odd: Any, fast: tuple[str, ...]) -> Any:
    """Every frame with every odd answer; the slow tests have all of them."""
    return pytest.mark.parametrize(
        ("name", "odd"),
        [
            pytest.param(name, one, marks=[] if one in fast else pytest.mark.slow)
            for name in frames
            for one in odd
        ],
    )


@pytest.mark.slow
@pairs(FRAMES, ODD, ("no body", "fewer rows", "other values", "errors"))
def test_what_was_made_is_found_whatever_the_answer_says(desk: Desk, name: str, odd: str) -> None:
    resource, frame = FRAMES[name](desk)
    source = {"actuals/time-entry": "actuals"}.get(resource, resource)
    before = desk.read(source)
    desk.wire.answers = lambda method, path, answer: ODD[odd](answer)
    result = desk.push(frame, resource)
    desk.wire.answers = None
    after = desk.read(source)
    assert len(after) == len(before) + len(frame)
    assert list(result["status"]) == ["created"] * 3, result["error"].tolist()
    if "id" in after and (name, odd) != ("time_entries", "ids of others"):
        made = after[~after["id"].isin(before["id"])].set_index("id")
        assert set(result["id"]) == set(made.index)
        shared = [column for column in frame if column in made and column != "teamId"]
        for column in shared:
            assert list(made.loc[result["id"], column]) == list(frame[column])
    again = desk.plan(after[after.columns], source).requests
    assert again == 0


@pairs(FRAMES, SAYING_NOTHING, ("{}",))
def test_what_was_not_made_is_not_said_to_be(desk: Desk, name: str, odd: str) -> None:
    resource, frame = FRAMES[name](desk)
    source = {"actuals/time-entry": "actuals"}.get(resource, resource)
    before = len(desk.read(source))
    desk.wire.fault = lambda method, path: "" if method == "GET" else "pretended"
    desk.wire.answers = lambda method, path, answer: ODD[odd](answer)
    result = desk.push(frame, resource)
    assert set(result["status"]) <= {"failed", "unknown"}, result["status"].tolist()
    assert all(result["error"])
    assert len(desk.read(source)) == before
    desk.wire.heal()
    desk.wire.answers = None
    again = desk.push(frame, resource)
    assert list(again["status"]) == ["created"] * 3, again["error"].tolist()
    assert len(desk.read(source)) == before + 3


# -- changed and deleted rows


def changed_teams(desk: Desk) -> tuple[str, pd.DataFrame]:
    frame = desk.read("teams").head(3)
    return "teams", frame.assign(name=["Abel", "Bach", "Cage"])


def changed_people(desk: Desk) -> tuple[str, pd.DataFrame]:
    """People with another name and another team, which is a request of its own."""
    team = desk.read("teams")["id"].iloc[0]
    frame = desk.read("people").query(f"teamId != {team}").head(3)
    return "people", frame.assign(lastName=["Abel", "Bach", "Cage"], teamId=team)


def changed_actuals(desk: Desk) -> tuple[str, pd.DataFrame]:
    frame = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-02").head(3)
    return "actuals", frame.assign(billableMinutes=[70, 80, 90])


def changed_assignments(desk: Desk) -> tuple[str, pd.DataFrame]:
    resource, frame = assignments(desk)
    made = desk.push(frame, resource)["id"]
    own = desk.read(resource).set_index("id").loc[made].reset_index()
    return resource, own.assign(minutesPerDay=[61, 62, 63])


CHANGED: dict[str, Frames] = {
    make.__name__: make
    for make in (changed_teams, changed_people, changed_actuals, changed_assignments)
}


@pairs(CHANGED, ODD, ("no body", "other values"))
def test_what_was_changed_is_seen_whatever_the_answer_says(desk: Desk, name: str, odd: str) -> None:
    resource, frame = CHANGED[name](desk)
    rows = len(desk.read(resource))
    desk.wire.answers = lambda method, path, answer: ODD[odd](answer)
    result = desk.push(frame, resource)
    desk.wire.answers = None
    assert list(result["status"]) == ["updated"] * 3, result["error"].tolist()
    after = desk.read(resource).set_index("id")
    assert len(after) == rows
    for column in ("name", "lastName", "teamId", "billableMinutes", "minutesPerDay"):
        if column in frame:
            assert list(after.loc[result["id"], column]) == list(frame[column])


@pairs(CHANGED, SAYING_NOTHING, ("{}",))
def test_what_was_not_changed_is_not_said_to_be(desk: Desk, name: str, odd: str) -> None:
    resource, frame = CHANGED[name](desk)
    before = desk.read(resource)
    desk.wire.fault = lambda method, path: "" if method == "GET" else "pretended"
    desk.wire.answers = lambda method, path, answer: ODD[odd](answer)
    result = desk.push(frame, resource)
    assert set(result["status"]) <= {"failed", "unknown"}, result["status"].tolist()
    assert all(result["error"])
    assert desk.read(resource).equals(before)
    desk.wire.heal()
    desk.wire.answers = None
    assert list(desk.push(frame, resource)["status"]) == ["updated"] * 3
    assert len(desk.read(resource)) == len(before)


def test_a_change_that_did_not_come_about_is_told_by_field_and_values(desk: Desk) -> None:
    frame = desk.read("teams").head(1)
    was = frame["name"].iloc[0]
    desk.wire.fault = lambda method, path: "" if method == "GET" else "pretended"
    desk.wire.answers = lambda method, path, answer: {}
    result = desk.push(frame.assign(name="Mine"))
    assert result["status"].tolist() == ["failed"]
    assert result["error"].tolist() == [
        f"Runn answered that it was done, but has name {was!r}, not 'Mine'."
    ]


@pytest.mark.parametrize("named", ["teams", "clients"])
def test_a_new_row_that_runn_keeps_otherwise_is_told_with_its_id(desk: Desk, named: str) -> None:
    def kept(body: Any) -> Any:
        if "clients" in body:
            return {"clients": [kept(one) for one in body["clients"]]}
        return {**body, "name": "Cut"} if body["name"] == "Bach" else body

    desk.wire.rewrites = kept
    result = desk.push(teams("Abel", "Bach", "Cage"), named)
    assert list(result["status"]) == ["created", "failed", "created"]
    made = desk.read(named).set_index("name")["id"]
    assert list(result["id"]) == [made["Abel"], made["Cut"], made["Cage"]]
    assert result["error"].iloc[1] == (
        f"It was made (id {made['Cut']}), but not all of it: Runn answered that it was done, but"
        " has name 'Cut', not 'Bach'."
    )
    # It is there, so the same push again makes no second one, but finishes it.
    desk.wire.rewrites = lambda body: body
    again = desk.push(teams("Abel", "Bach", "Cage"), named)
    assert list(again["status"]) == ["unchanged", "created", "unchanged"]
    assert list(again["id"]) == list(result["id"])
    assert set(desk.read(named)["name"]) - {*made.index} == {"Bach"}


def test_what_runn_writes_in_another_spelling_is_confirmed_and_costs_nothing(desk: Desk) -> None:
    role = int(desk.read("roles")["id"].iloc[0])
    who = {"firstName": ["Zoe\u0301 "], "lastName": [" Noir"], "email": ["Zoe@Example.COM"]}
    desk.wire.rewrites = normalised
    since = desk.mark()
    result = desk.push(pd.DataFrame(who).assign(roleId=role), "people")
    assert list(result["status"]) == ["created"]
    plain = desk.mark()
    desk.push(pd.DataFrame(who).assign(roleId=role, email="two@example.com"), "people")
    assert len(desk.asked(since)[: plain - since]) == len(desk.asked(plain))


@pytest.mark.parametrize(
    "answer", [(207, [{"status": 403, "message": "not yours"}]), {"error": "not yours"}]
)
@pytest.mark.parametrize("resource", ["teams", "time-offs/leave"])
def test_a_deletion_is_believed_unless_the_answer_doubts_it(
    desk: Desk, resource: str, answer: Any
) -> None:
    frame = desk.read(resource)
    desk.wire.fault = lambda method, path: "" if method == "GET" else "pretended"
    desk.wire.answers = lambda method, path, _: answer
    result = desk.push(frame, delete=frame["id"].iloc[:2])
    assert result["status"].value_counts().to_dict() == {"failed": 2, "unchanged": len(frame) - 2}
    assert all("still there" in error for error in result["error"].iloc[:2])
    desk.wire.heal()
    assert list(desk.push(frame, delete=frame["id"].iloc[:2])["status"][:2]) == ["deleted"] * 2


SAID = [NOTHING, {"success": False}, {"ok": False}, {"deleted": 0}, {"message": "Queued"}]


@pytest.mark.slow
@pytest.mark.parametrize("answer", SAID)
@pytest.mark.parametrize("resource", ["teams", "time-offs/leave", "actuals"])
def test_a_deletion_with_another_answer_than_documented_is_looked_for_once(
    desk: Desk, resource: str, answer: Any
) -> None:
    frame = desk.read(resource).tail(3)
    plain = desk.mark()
    desk.plan(frame, delete=list(frame["id"]))
    planned = len(desk.asked(plain))
    for pretended in (True, False):
        desk.wire.fault = lambda method, path, all_=pretended: (
            "pretended" if method == "DELETE" and all_ else ""
        )
        desk.wire.answers = lambda method, path, _: (200, answer)
        since = desk.mark()
        result = desk.push(frame, delete=list(frame["id"]))
        there = desk.read(resource)["id"].isin(frame["id"]).sum()
        assert there == (3 if pretended else 0)
        assert list(result["status"]) == ["failed" if pretended else "deleted"] * 3
        if pretended:
            assert all("still there" in error for error in result["error"])
            assert ("Queued" in result["error"].iloc[0]) == ("message" in str(answer))
        else:
            reads = [line for line in desk.asked(since) if line[0] == "GET"]
            assert len(reads) <= planned + 4  # by id, and the list that is read above


def test_a_changed_assignment_whose_old_one_only_is_said_to_be_deleted(desk: Desk) -> None:
    resource, frame = changed_assignments(desk)
    rows = len(desk.read(resource))
    desk.wire.fault = lambda method, path: "pretended" if method == "DELETE" else ""
    result = desk.push(frame, resource)
    assert list(result["status"]) == ["failed"] * 3
    assert "is still there: delete it" in result["error"].iloc[0]
    assert len(desk.read(resource)) == rows + 3


def test_an_interrupted_push_looks_for_what_it_was_said_to_have_deleted(desk: Desk) -> None:
    frame = desk.read("teams").head(2)
    faults = iter(["pretended", "kill before"])
    desk.wire.fault = lambda method, path: next(faults) if method == "DELETE" else ""
    desk.wire.answers = lambda method, path, _: {"ok": False}
    with pytest.raises(Killed):
        desk.push(frame, delete=list(frame["id"]))
    desk.wire.heal()
    desk.wire.answers = None
    assert list(desk.push(frame, delete=list(frame["id"]))["status"]) == ["deleted"] * 2
    assert not desk.read("teams")["id"].isin(frame["id"]).any()


# -- decided without an account


SENT = {"name": "Abel"}
CASES: dict[str, tuple[str, RowPlan, Request, Any, bool]] = {}


def case(
    named: str, resource: str, verb: Any, body: Any, answer: Any, sure: bool, **more: Any
) -> None:
    """Add a case: what is sent to a resource, what is answered, whether that confirms it."""
    kind = kind_of(writables()[resource])
    operation = more.pop("operation", getattr(kind.writable, verb))
    row = RowPlan(0, verb, **more)
    path = operation.path
    for place in ("{teamId}", "{personId}", "{skillId}", "{assignmentId}"):
        path = path.replace(place, "7")
    request = Request(verb, operation.method, path, body)
    CASES[f"{resource} {verb}: {named}"] = (resource, row, request, answer, sure)


case("its record", "teams", "create", SENT, {"id": 70, "name": "Abel"}, True)
case("in a list", "teams", "create", SENT, [{"id": 70, "name": "Abel"}], True)
case("in other letters", "teams", "create", SENT, {"id": 70, "name": " ABEL "}, True)
case("an id above", "teams", "create", SENT, {"id": 70}, False)
case("an old id", "teams", "create", SENT, {"id": 50, "name": "Abel"}, False)
case("an id of another row", "teams", "create", SENT, {"id": 99, "name": "Abel"}, False)
case("no id", "teams", "create", SENT, {"name": "Abel"}, False)
case("a flag for an id", "teams", "create", SENT, {"id": True, "name": "Abel"}, False)
case("another name", "teams", "create", SENT, {"id": 70, "name": "Bach"}, False)
case("two records", "teams", "create", SENT, [{"id": 70, **SENT}, {"id": 71, **SENT}], False)
case("an error", "teams", "create", SENT, {"id": 70, "name": "Abel", "error": "no"}, False)
case("nothing", "teams", "create", SENT, None, False)
OLD: dict[str, Any] = {"key": (7,), "old": {"id": 7, "name": "Was"}}
case("its record", "teams", "update", SENT, {"id": 7, "name": "Abel"}, True, **OLD)
case("without an id", "teams", "update", SENT, {"name": "Abel"}, True, **OLD)
case("another id", "teams", "update", SENT, {"id": 8, "name": "Abel"}, False, **OLD)
case("its id alone", "teams", "update", SENT, {"id": 7}, False, **OLD)
case("the old name", "teams", "update", SENT, {"id": 7, "name": "Was"}, False, **OLD)
case("nothing", "teams", "delete", None, None, True, **OLD)
case("an error", "teams", "delete", None, [{"status": 404}], False, **OLD)
case("another record", "assignments", "delete", None, {"id": 8}, False, **OLD)
case("its record", "assignments", "delete", None, {"id": 7}, True, **OLD)
DAYS = {"personId": 1, "startDate": "2026-01-05", "endDate": "2026-01-09", "minutesPerDay": 60}
FIRST = {**DAYS, "id": 70, "endDate": "2026-01-06"}
LAST = {**DAYS, "id": 71, "startDate": "2026-01-08T00:00:00Z"}
case("two parts", "assignments", "create", DAYS, [FIRST, LAST], True)
case("a part of others", "assignments", "create", DAYS, [FIRST, {**LAST, "personId": 2}], False)
case("no part", "assignments", "create", DAYS, [], False)
OFF = {name: DAYS[name] for name in ("personId", "startDate", "endDate")}
case("merged", "time-offs/leave", "create", OFF, {**OFF, "id": 3, "endDate": "2026-02-01"}, True)
case("shorter", "time-offs/leave", "create", OFF, {**OFF, "id": 3, "endDate": "2026-01-06"}, False)
case("hours", "time-offs/leave", "create", OFF, {**OFF, "id": 3, "minutesPerDay": 60}, False)
TIME = {"date": "2026-01-05", "personId": 1, "projectId": 2, "roleId": 3, "billableMinutes": 60}
case("its record", "actuals", "create", TIME, {**TIME, "id": 3}, True)
case("in text", "actuals", "create", TIME, {**TIME, "id": 3, "billableMinutes": "60.0"}, True)
case("other minutes", "actuals", "create", TIME, {**TIME, "id": 3, "billableMinutes": 6}, False)
case("another day", "actuals", "create", TIME, {**TIME, "id": 3, "date": "2026-01-06"}, False)
ZERO = {"nonbillableMinutes": 0}
HAD = {"old": {**TIME, **ZERO, "id": 3}}
entry = "actuals/time-entry"
case(
    "the sum", entry, "create", TIME, {**TIME, **ZERO, "id": 3, "billableMinutes": 120}, True, **HAD
)
case("no sum", entry, "create", TIME, {**TIME, **ZERO, "id": 3}, False, **HAD)
case(
    "another's",
    entry,
    "create",
    TIME,
    {**TIME, **ZERO, "id": 4, "billableMinutes": 120},
    False,
    **HAD,
)
case("new", entry, "create", TIME, {**TIME, **ZERO, "id": 3}, True)
LEVEL: dict[str, Any] = {"key": (7, 7), "old": {"personId": 7, "skillId": 7, "level": 1}}
case(
    "its level", "people/skills", "update", {"level": 2}, {"skillId": 7, "level": 2}, True, **LEVEL
)
case(
    "old level", "people/skills", "update", {"level": 2}, {"skillId": 7, "level": 1}, False, **LEVEL
)
case("nothing", "people/skills", "update", {"level": 2}, {}, False, **LEVEL)
join = writables()["people"].parts["teamId"][0]
case("a team", "people", "update", {"teamId": 7}, None, True, operation=join, **OLD)
case("no team", "people", "update", {"teamId": 7}, {"error": "no"}, False, operation=join, **OLD)


@pytest.mark.parametrize("named", CASES)
def test_what_an_answer_confirms_of_one_row(named: str) -> None:
    resource, row, request, answer, sure = CASES[named]
    attempt = Attempt(1, (0,), 0, request, "", "done", answer)
    kind = kind_of(writables()[resource])
    assert told(kind, attempt, {0: row}, {99: 5}, 50)[0].sure is sure


A, B, C = ({"id": 70 + n, "name": name} for n, name in enumerate(("A", "B", "C")))


@pytest.mark.parametrize(
    ("sent", "answer", "ids"),
    [
        ("ABC", [A, B, C], [70, 71, 72]),
        ("ABC", [C, A, B], [70, 71, 72]),
        ("ABC", [A, C], [70, None, 72]),
        ("ABC", [A, None, C], [70, None, 72]),
        ("ABC", [A, {"error": "taken"}, C], [70, None, 72]),
        ("ABC", {"values": [A, B], "errors": [{"message": "no"}]}, [70, 71, None]),
        ("ABC", [A, {**B, "id": 70}, C], [None, None, 72]),
        ("ABC", [A, {**B, "name": "X"}, C], [70, None, 72]),
        ("AAB", [A, {**A, "id": 80}, B], [70, 80, 71]),
        ("AAB", [{**A, "id": 80}, A, B], [80, 70, 71]),
        ("AAB", [A, B], [70, None, 71]),
        ("ABC", [A, B, C, {"id": 9, "name": "D"}], [70, 71, 72]),
        ("ABC", [], [None] * 3),
        ("ABC", {}, [None] * 3),
        ("ABC", None, [None] * 3),
    ],
)
def test_what_a_bulk_answer_confirms(sent: str, answer: Any, ids: list[Any]) -> None:
    kind = kind_of(writables()["clients"])
    body = {"clients": [{"name": name} for name in sent]}
    rows = {n: RowPlan(n, "create") for n in range(3)}
    request = Request("create", "POST", "/clients/bulk/", body)
    found = told(kind, Attempt(1, (0, 1, 2), 0, request, "clients", "done", answer), rows, {}, 50)
    assert [(found[n].ids or (None,))[0] for n in range(3)] == ids
    assert [found[n].sure for n in range(3)] == [own is not None for own in ids]


@pytest.mark.parametrize(
    ("answer", "sure"),
    [
        ([1, 2], [True, True]),
        ([2, 1], [False, False]),
        ([1], [False, False]),
        ([], [False, False]),
    ],
)
def test_records_that_do_not_say_whose_they_are_count_in_their_order_only(
    answer: list[int], sure: list[bool]
) -> None:
    kind = kind_of(writables()["people/skills"])
    people = [{"personId": 1, "level": 1}, {"personId": 2, "level": 2}]
    request = Request("create", "POST", "/skills/7/people/", {"people": people})
    said = {"values": [{"skillId": 7, "level": level} for level in answer]}
    rows = {n: RowPlan(n, "create", (n + 1, 7)) for n in range(2)}
    found = told(kind, Attempt(1, (0, 1), 0, request, "people", "done", said), rows)
    assert [found[n].sure for n in range(2)] == sure
