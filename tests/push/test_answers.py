"""Answers with a good status that do not say what they should: the account is asked, or unknown."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pandas as pd
import pytest

from tests.support.desk import Desk
from tests.support.faults import NOTHING
from tests.support.pushes import actuals_of, teams

Frames = Callable[[Desk], tuple[str, pd.DataFrame]]


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


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", FRAMES)
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


@pytest.mark.parametrize("odd", ["no body", "null", "{}", "[]", "a text", "errors beside"])
@pytest.mark.parametrize("name", FRAMES)
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
