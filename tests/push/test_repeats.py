"""The same rows pushed a second time: what was made and is still there is not made again."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.errors import PlanWarning
from runn_pandas.push.api import undo
from runn_pandas.push.earlier import _matched
from runn_pandas.push.journal import Journal, Made, journal_path
from tests.support.desk import Desk, desk_of
from tests.support.faults import Killed
from tests.support.new_rows import bookings, entries, expenses, joiners, leave, projects
from tests.support.pushes import actuals_of, names_of, teams

FRAMES = {
    "people": lambda desk: joiners(desk, 3),
    "assignments": bookings,
    "other-expenses": expenses,
    "time-offs/leave": leave,
    "actuals/time-entry": entries,
    "projects": projects,
    "teams": lambda desk: teams("A", "B"),
}


def tables(desk: Desk) -> dict[str, Any]:
    return {
        name: {own: dict(row) for own, row in rows.items()}
        for name, rows in desk.demo.company.tables.items()
        if name != "activity-log"
    }


@pytest.mark.parametrize("resource", FRAMES)
def test_the_same_cell_run_twice_makes_nothing_twice(desk: Desk, resource: str) -> None:
    frame = FRAMES[resource](desk)
    first = desk.push(frame, resource)
    assert set(first["status"]) == {"created"}
    before, mark = tables(desk), desk.mark()
    again = desk_of(desk.demo, desk.account.cache.folder)
    plan = again.plan(frame, resource)
    assert plan.requests == 0
    assert any("made by push 1 on " in note and "repeat=True" in note for note in plan.notes)
    result = again.push(frame, resource)
    assert set(result["status"]) == {"unchanged"}
    assert list(result["id"]) == list(first["id"])
    assert again.writes(mark) == []
    assert tables(desk) == before
    # Leave that is the same Runn would make one of.
    expected = {"unchanged" if resource == "time-offs/leave" else "created"}
    assert set(again.push(frame, resource, repeat=True)["status"]) == expected


def test_a_push_says_it(desk: Desk) -> None:
    from runn_pandas.push.api import push

    push(teams("A"), "teams", account=desk.account)
    with pytest.warns(PlanWarning, match="Row 0 was made by push 1 on .* already"):
        push(teams("A"), "teams", account=desk.account)


def test_actuals_are_found_by_their_key_and_not_remembered(desk: Desk) -> None:
    frame = actuals_of(desk, 3)
    desk.push(frame, "actuals")
    assert set(desk.push(frame, "actuals")["status"]) == {"unchanged"}
    assert desk.plan(frame, "actuals").notes == ()
    with Journal(journal_path(desk.account)) as own:
        assert own._run("select count(*) from made").fetchone() == (0,)


@pytest.mark.parametrize("many", [1, 2, 3, 4])
def test_equal_rows_count(desk: Desk, many: int) -> None:
    desk.push(teams("A", "A"), "teams")
    result = desk.push(teams(*"A" * many), "teams")
    assert list(result["status"]) == (["unchanged"] * 2 + ["created"] * 2)[:many]
    assert names_of(desk).count("A") == max(2, many)


@pytest.mark.parametrize("resource", ["teams", "assignments", "people", "time-offs/leave"])
def test_what_the_frame_deletes_is_made_anew(desk: Desk, resource: str) -> None:
    frame = FRAMES[resource](desk)
    old = desk.push(frame, resource)["id"].tolist()
    there = len(desk.read(resource))
    result = desk.push(frame, resource, delete=old)
    assert list(result["status"]) == ["created"] * len(old) + ["deleted"] * len(old)
    assert len(desk.read(resource)) == there
    assert set(desk.push(frame, resource)["status"]) == {"unchanged"}


def test_what_is_left_out_of_the_plan_is_named_by_the_frame(desk: Desk) -> None:
    old = desk.push(teams("A"), "teams")["id"].tolist()
    plan = desk.plan(teams("A"), "teams", delete=old)
    assert list(plan.only([1]).apply()["status"]) == ["not tried", "deleted"]
    assert list(plan.only([0]).apply()["status"]) == ["created", "not tried"]
    assert names_of(desk).count("A") == 1


@pytest.mark.parametrize(("name", "status"), [("C", "updated"), ("A", "unchanged")])
def test_a_new_row_beside_the_record_is_another_one(desk: Desk, name: str, status: str) -> None:
    desk.push(teams("A"), "teams")
    read = desk.read("teams")
    read.loc[read["name"] == "A", "name"] = name
    both = pd.concat([read, teams("A")], ignore_index=True)
    both.attrs = read.attrs
    assert list(desk.push(both)["status"][-2:]) == [status, "created"]
    assert names_of(desk)[-2:] == [name, "A"]


def test_a_copy_beside_the_changed_assignment_is_another_one(desk: Desk) -> None:
    new = bookings(desk).head(1)
    own = desk.push(new, "assignments")["id"].iloc[0]
    read = desk.read("assignments")
    mine = read[read["id"] == own].assign(minutesPerDay=60)
    both = pd.concat([mine, new], ignore_index=True).astype({"id": "Int64"})
    assert list(desk.push(both, "assignments")["status"]) == ["updated", "created"]
    there = desk.read("assignments")
    there = there[there["startDate"] == "2031-03-03"]
    assert sorted(there["minutesPerDay"]) == [60, 240]


HALF = {
    "projects": lambda desk: projects(desk).assign(isArchived=[True, False]),
    "people": lambda desk: joiners(desk, 2).assign(isArchived=[True, False]),
}


@pytest.mark.slow
@pytest.mark.parametrize("resource", HALF)
@pytest.mark.parametrize("kill", ["", "kill before", "kill after"])
def test_what_was_made_in_part_is_finished(desk: Desk, resource: str, kill: str) -> None:
    frame = HALF[resource](desk)
    desk.wire.fault = lambda method, path: "refused 400" if method == "PATCH" else ""
    first = desk.push(frame, resource)
    assert list(first["status"]) == ["failed", "created"]
    desk.wire.heal()
    plan = desk.plan(frame, resource)
    assert plan.requests == 1
    assert "Row 0 was made by push 1 on " in plan.notes[0]
    assert "but not all of it: what lacks is sent" in plan.notes[0]
    if kill:
        desk.wire.fault_at(1, kill)
        with pytest.raises(Killed):
            desk.push(frame, resource)
        desk = desk_of(desk.demo, desk.account.cache.folder)
    result = desk.push(frame, resource)
    assert list(result["status"]) == ["created", "unchanged"]
    assert list(result["id"]) == list(first["id"])
    there = desk.read(resource).set_index("id")["isArchived"]
    assert list(there[list(first["id"])]) == [True, False]
    # Finished, it is a record like any other: what is changed in Runn is left so.
    own = int(first["id"].iloc[0])
    desk.account.request("PATCH", f"{resource}/{own}", json={"isArchived": False})
    assert list(desk.push(frame, resource)["status"]) == ["unchanged"] * 2


def test_what_fails_again_is_still_to_be_finished(desk: Desk) -> None:
    frame = HALF["projects"](desk)
    desk.wire.fault = lambda method, path: "refused 400" if method == "PATCH" else ""
    own = desk.push(frame, "projects")["id"].tolist()
    again = desk.push(frame, "projects")
    assert list(again["status"]) == ["failed", "unchanged"]
    assert f"It was made (id {own[0]}), but not all of it" in again["error"][0]
    desk.wire.heal()
    last = desk.push(frame, "projects")
    assert (list(last["status"]), list(last["id"])) == (["created", "unchanged"], own)


@pytest.mark.slow
def test_a_part_of_a_split_record_that_is_gone_is_named(desk: Desk) -> None:
    frame = bookings(desk).head(1)
    person = int(frame["personId"].iloc[0])
    away = {"personId": [person], "startDate": ["2031-03-05"], "endDate": ["2031-03-05"]}
    desk.push(pd.DataFrame(away), "time-offs/leave")
    desk.push(frame, "assignments")
    there = desk.read("assignments")
    there = there[(there["personId"] == person) & there["startDate"].between("2031-03", "2031-04")]
    first, second = sorted(there["id"])
    assert not any("gone" in note for note in desk.plan(frame, "assignments").notes)
    desk.account.request("DELETE", f"assignments/{second}")
    plan = desk.plan(frame, "assignments")
    assert plan.requests == 0
    assert any(note.startswith(f"Row 0: of what it became, id {second} is") for note in plan.notes)
    assert list(plan.apply()["id"]) == [first]


def test_parts_of_one_plan_make_each_its_own_rows(desk: Desk) -> None:
    plan = desk.plan(teams(*"AAAB"), "teams")
    assert list(plan.only([1]).apply()["status"]) == ["not tried", "created", *["not tried"] * 2]
    assert list(plan.only([0, 2]).apply()["status"])[:3] == ["created", "not tried", "created"]
    assert list(plan.only([3]).apply()["status"])[3] == "created"
    assert [names_of(desk).count(n) for n in "AB"] == [3, 1]
    assert set(desk.push(teams(*"AAAB"), "teams")["status"]) == {"unchanged"}


def test_thousands_of_equal_rows_are_told_apart_at_once() -> None:
    same = [Made((own,), 1, 1) for own in range(20_000)]
    began = process_time()
    found = _matched(dict.fromkeys(range(20_000), same), {*range(1, 20_000)})
    assert process_time() - began < 1
    assert [found[0].ids, found[19_998].ids, len(found)] == [(1,), (19_999,), 19_999]


def test_after_one_row_of_ten_had_failed_only_that_is_tried(desk: Desk) -> None:
    frame = joiners(desk, 10)
    desk.wire.fault_at(4, "refused 400")
    result = desk.push(frame, "people")
    assert list(result["status"]) == ["created"] * 3 + ["failed"] + ["created"] * 6
    desk.wire.heal()
    desk.bodies.clear()
    result = desk.push(frame, "people")
    assert list(result["status"]) == ["unchanged"] * 3 + ["created"] + ["unchanged"] * 6
    assert [body["firstName"] for *_, body in desk.bodies] == ["New 3"]
    assert desk.read("people")["lastName"].tolist().count("Joiner") == 10


@pytest.mark.parametrize("after", ["last outcome", "end"])
def test_one_that_was_killed_at_its_end_is_not_done_again(
    desk: Desk, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Journal.end

    def killed(journal: Journal, push: int) -> None:
        if after == "end":
            real(journal, push)
        raise Killed

    monkeypatch.setattr(Journal, "end", killed)
    with pytest.raises(Killed):
        desk.push(teams("A", "B"), "teams")
    monkeypatch.undo()
    again = desk_of(desk.demo, desk.account.cache.folder)
    expected = "unchanged" if after == "end" else "created"
    assert set(again.push(teams("A", "B"), "teams")["status"]) == {expected}
    assert set(again.push(teams("A", "B"), "teams")["status"]) == {"unchanged"}
    assert sorted(n for n in names_of(again) if n in "AB") == ["A", "B"]


def test_what_was_killed_and_continued_is_remembered_once(desk: Desk) -> None:
    frame = teams(*"AAAB")
    for at, fault in ((2, "kill after"), (1, "kill before")):
        desk.wire.fault_at(at, fault)
        with pytest.raises(Killed):
            desk.push(frame, "teams")
        desk = desk_of(desk.demo, desk.account.cache.folder)
    assert set(desk.push(frame, "teams")["status"]) == {"created"}
    assert [names_of(desk).count(n) for n in "AB"] == [3, 1]
    assert set(desk.push(frame, "teams")["status"]) == {"unchanged"}
    more = desk.push(teams(*"AAAAB"), "teams")
    assert list(more["status"]) == ["unchanged"] * 3 + ["created", "unchanged"]


def test_a_repeat_that_was_killed_goes_on(desk: Desk) -> None:
    frame = teams("A", "B")
    desk.push(frame, "teams")
    desk.wire.fault_at(1, "kill after")
    with pytest.raises(Killed):
        desk.push(frame, "teams", repeat=True)
    again = desk_of(desk.demo, desk.account.cache.folder)
    assert set(again.push(frame, "teams", repeat=True)["status"]) == {"created"}
    assert [names_of(again).count(n) for n in "AB"] == [2, 2]
    assert set(again.push(pd.concat([frame, frame]), "teams")["status"]) == {"unchanged"}


def test_what_is_gone_is_made_again(desk: Desk) -> None:
    own = desk.push(teams("A", "B", "C", "D"), "teams")["id"].tolist()
    desk.account.request("DELETE", f"teams/{own[1]}")
    result = desk.push(teams("A", "B", "C", "D"), "teams")
    assert list(result["status"]) == ["unchanged", "created", "unchanged", "unchanged"]


def test_what_was_undone_is_made_again(desk: Desk) -> None:
    desk.push(teams("A", "B"), "teams")
    undo(1, account=desk.account).apply()
    assert set(desk.push(teams("A", "B"), "teams")["status"]) == {"created"}
    assert [names_of(desk).count(n) for n in "AB"] == [1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("resource", ["teams", "people", "assignments", "time-offs/leave"])
def test_what_an_undo_made_anew_is_the_same_record_still(desk: Desk, resource: str) -> None:
    frame = FRAMES[resource](desk)
    own = desk.push(frame, resource)["id"].tolist()
    there = len(desk.read(resource))
    desk.push(desk.read(resource).head(0), resource, delete=own)
    restored = undo(2, account=desk.account).apply()
    result = desk.push(frame, resource)
    assert set(result["status"]) == {"unchanged"}
    assert sorted(result["id"]) == sorted(restored["id"])
    assert len(desk.read(resource)) == there


@pytest.mark.parametrize("undone", [False, True])
def test_what_a_change_made_anew_is_the_same_record_still(desk: Desk, undone: bool) -> None:
    frame = bookings(desk)
    own = desk.push(frame, "assignments")["id"]
    read = desk.read("assignments")
    plan = desk.plan(read[read["id"].isin(own)].assign(minutesPerDay=300))
    now = plan.apply()["id"]
    if undone:
        now = plan.undo().apply()["id"]
    result = desk.push(frame, "assignments")
    assert set(result["status"]) == {"unchanged"}
    assert sorted(result["id"]) == sorted(now)
    assert len(desk.read("assignments")) == len(read)


def test_what_was_changed_in_runn_since_is_still_the_same_record(desk: Desk) -> None:
    own = desk.push(teams("A", "B"), "teams")["id"].tolist()
    desk.account.request("PATCH", f"teams/{own[0]}", json={"name": "Renamed"})
    plan = desk.plan(teams("A", "B"), "teams")
    assert plan.requests == 0
    assert "Row 0: changed in Runn after that push, and left so." in plan.notes
    assert list(plan.apply()["id"]) == own


def test_time_entries_whose_day_was_cut_since_are_said_to_be_changed(desk: Desk) -> None:
    frame = entries(desk).head(1)
    own = int(desk.push(frame, "actuals/time-entry")["id"].iloc[0])
    row = (
        desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-03").set_index("id").loc[[own]]
    )
    desk.push(row.reset_index().assign(billableMinutes=5), "actuals")
    plan = desk.plan(frame, "actuals/time-entry")
    assert plan.requests == 0
    assert any("changed in Runn after that push" in note for note in plan.notes)


def test_it_is_told_by_what_the_record_shall_be(desk: Desk) -> None:
    frame = joiners(desk, 2)
    desk.push(frame, "people")
    turned = frame.iloc[::-1][["roleId", "lastName", "firstName"]].assign(id=None)
    assert set(desk.push(turned, "people", na="unset")["status"]) == {"unchanged"}
    other = frame.assign(lastName="Other")
    assert set(desk.push(other, "people")["status"]) == {"created"}


def test_it_costs_few_requests(desk: Desk) -> None:
    frame = joiners(desk, 30)
    desk.push(frame, "people")
    mark = desk.mark()
    assert set(desk.push(frame, "people")["status"]) == {"unchanged"}
    assert len(desk.asked(mark)) <= 3
    mark = desk.mark()
    desk.push(joiners(desk, 1).assign(lastName="Alone"), "people")
    plain = len(desk.asked(mark))
    mark = desk.mark()
    desk.push(joiners(desk, 1).assign(lastName="Single"), "people")
    assert len(desk.asked(mark)) == plain


def test_it_is_remembered_for_a_year_and_not_only_while_the_push_is_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runn_pandas.push.journal.KEPT", 1)
    desk.push(teams("A"), "teams")
    for name in "BC":
        desk.push(teams(name), "teams")
    assert 1 not in set(desk.journal()["push"])
    desk.journal(clear=True)
    assert list(desk.push(teams("A"), "teams")["status"]) == ["unchanged"]
    with Journal(journal_path(desk.account)) as own:
        own._run("update made set day = day - 370")
    desk.push(teams("Z"), "teams")
    assert list(desk.push(teams("A"), "teams")["status"]) == ["created"]


def test_what_is_remembered_tells_no_content(desk: Desk, tmp_path: Path) -> None:
    desk.push(teams("A"), "teams")
    other = desk_of(desk.demo, tmp_path / "other")
    other.push(teams("A"), "teams")
    digests = []
    for one in (desk, other):
        with Journal(journal_path(one.account)) as own:
            digests.append(own._run("select digest from made").fetchone()[0])
    # The same content has another digest in each journal.
    assert digests[0] != digests[1]
    assert len(digests[0]) == 10


def test_another_demo_of_the_process_is_another_account() -> None:
    for _ in range(2):
        rp.connect("demo")
        for name in "BA":
            assert list(teams(name).runn.push("teams")["status"]) == ["created"]
