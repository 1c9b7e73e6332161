"""What can go wrong on the way, and what each row is then told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from runn_pandas.errors import ConfigError, PlanError
from runn_pandas.push.api import journal, undo
from runn_pandas.push.journal import Journal, journal_path
from tests.support.desk import Desk
from tests.support.faults import Killed
from tests.support.pushes import names_of, teams


@pytest.mark.parametrize("status", ["401", "403"])
def test_what_stops_a_push_leaves_the_rest_untried(desk: Desk, status: str) -> None:
    desk.wire.fault_at(2, status, until=200)
    result = desk.push(teams("A", "B", "C"), "teams")
    assert list(result["status"]) == ["created", "failed", "not tried"]
    assert status in result["error"].iloc[1]
    assert "again to continue" in result["error"].iloc[2]
    desk.wire.heal()


def slept_by(desk: Desk) -> list[float]:
    """The seconds that the session sleeps from now on; none of them pass."""
    slept: list[float] = []
    desk.account.session._sleep = slept.append
    return slept


def test_a_push_stops_after_three_rows_that_end_in_a_server_error(desk: Desk) -> None:
    frame = desk.read("people").head(10)
    frame["lastName"] = frame["lastName"] + " x"
    plan, slept, since = desk.plan(frame), slept_by(desk), desk.mark()
    desk.wire.fault = lambda method, path: "refused 500" if method != "GET" else ""
    result = plan.apply()
    assert list(result["status"]) == ["failed"] * 3 + ["not tried"] * 7
    assert "answered with 500" in result["error"].iloc[0]
    assert "stopped before this row" in result["error"].iloc[3]
    assert "answered with 500" in result["error"].iloc[3]
    assert list(result["attempts"]) == [1] * 3 + [0] * 7
    assert len(desk.bodies) == 5 + 2 + 2, "what failed is asked again less often"
    assert sum(slept) < 15
    assert desk.writes(since) == []
    desk.wire.heal()
    assert set(desk.push(frame)["status"]) == {"updated"}


def test_server_errors_with_good_answers_between_them_stop_nothing(desk: Desk) -> None:
    frame = desk.read("people").head(10)
    frame["lastName"] = frame["lastName"] + " x"
    good = [f"/people/{own}/" for own in frame["id"].iloc[[2, 5, 8]]]
    slept_by(desk)
    desk.wire.fault = lambda method, path: (
        "refused 500"
        if method != "GET" and not f"{path.rstrip('/')}/".endswith(tuple(good))
        else ""
    )
    assert desk.push(frame)["status"].value_counts().to_dict() == {"failed": 7, "updated": 3}


@pytest.mark.parametrize(
    ("bad", "counts"),
    [
        (1, {"updated": 149, "failed": 1}),
        (150, {"failed": 3, "unknown": 97, "not tried": 50}),
    ],
    ids=["one row", "all rows"],
)
def test_a_bulk_request_that_a_server_cannot_bear_is_split_and_then_given_up(
    desk: Desk, bad: int, counts: dict[str, int]
) -> None:
    frame = desk.read("actuals", minDate="2026-03-01").head(150)
    frame["billableNote"] = [f"note {number}." for number in range(len(frame))]
    plan, slept = desk.plan(frame), slept_by(desk)

    def fault(method: str, path: str) -> str:
        body = str(desk.bodies[-1][2]) if desk.bodies else ""
        hit = any(f"note {number}." in body for number in range(bad))
        return "refused 500" if method != "GET" and hit else ""

    desk.wire.fault = fault
    assert plan.apply()["status"].value_counts().to_dict() == counts
    assert sum(slept) < 30
    desk.wire.heal()
    assert set(desk.push(frame)["status"]) <= {"updated", "unchanged"}


def test_after_a_stop_the_same_push_continues_and_doubles_nothing(desk: Desk) -> None:
    frame = teams("A", "B", "C")
    real = desk.wire.send

    def gone(request: Any, *args: Any, **options: Any) -> Any:
        import requests

        if request.method != "GET" and len(desk.bodies) >= 1:
            raise requests.ConnectTimeout("no way there")
        return real(request, *args, **options)

    desk.wire.send = gone  # type: ignore[method-assign]
    result = desk.push(frame, "teams")
    assert list(result["status"]) == ["created", "failed", "not tried"]
    desk.wire.send = real  # type: ignore[method-assign]
    plan = desk.plan(frame, "teams")
    assert "Continues an unfinished push" in repr(plan)
    again = plan.apply()
    assert list(again["status"]) == ["created"] * 3
    assert again["id"].iloc[0] == result["id"].iloc[0]
    assert [names_of(desk).count(n) for n in "ABC"] == [1, 1, 1]
    # It is over: the same once more is a new push, if that is meant.
    assert set(desk.push(frame, "teams")["status"]) == {"unchanged"}
    desk.push(frame, "teams", repeat=True)
    assert [names_of(desk).count(n) for n in "ABC"] == [2, 2, 2]


@pytest.mark.parametrize(
    ("faults", "status", "attempts"),
    [(["much later", "refused 409"], "created", 2), (["refused 409"], "failed", 1)],
)
def test_a_conflict_means_that_it_is_there_only_after_a_lost_answer(
    desk: Desk, faults: list[str], status: str, attempts: int
) -> None:
    left = iter(faults)
    desk.wire.fault = lambda method, path: "" if method == "GET" else next(left, "")
    result = desk.push(teams("Twice"), "teams")
    assert result[["status", "attempts"]].to_numpy().tolist() == [[status, attempts]]
    assert (
        result["id"].dropna().tolist() == desk.read("teams").query("name == 'Twice'")["id"].tolist()
    )


def test_a_lost_answer_of_a_new_row_is_settled(desk: Desk) -> None:
    desk.wire.fault_at(1, "after")
    result = desk.push(teams("Lost"), "teams")
    assert list(result["status"]) == ["created"]
    assert names_of(desk).count("Lost") == 1
    assert len(desk.bodies) == 1
    assert result["id"].iloc[0] in set(desk.read("teams")["id"])


def test_an_equal_row_that_was_there_before_is_not_taken_for_it(desk: Desk) -> None:
    desk.account.request("POST", "teams", json={"name": "Twin"})
    desk.bodies.clear()
    desk.wire.fault_at(1, "before")
    result = desk.push(teams("Twin"), "teams")
    assert list(result["status"]) == ["created"]
    assert names_of(desk).count("Twin") == 2


def test_a_server_error_on_a_new_row_is_looked_into(desk: Desk) -> None:
    desk.wire.fault_at(1, "500")
    result = desk.push(teams("There", "Next"), "teams")
    assert list(result["status"]) == ["created", "created"]
    desk.wire.fault_at(1, "502", until=9)
    real = desk.wire.send

    def nothing_done(request: Any, *args: Any, **options: Any) -> Any:
        if request.method == "GET":
            return real(request, *args, **options)
        request.url = request.url.replace("/teams/", "/nowhere/")
        return real(request, *args, **options)

    desk.wire.send = nothing_done  # type: ignore[method-assign]
    result = desk.push(teams("Never"), "teams")
    assert list(result["status"]) == ["failed"]
    assert "Never" not in names_of(desk)


def test_an_update_whose_answers_all_fail_is_looked_into(desk: Desk) -> None:
    frame = desk.read("teams").head(2)
    frame["name"] = ["One", "Two"]
    desk.wire.fault_at(1, "503", until=5)
    result = desk.push(frame)
    assert list(result["status"]) == ["updated", "updated"]


def test_unknown_when_it_cannot_be_told(desk: Desk) -> None:
    rows = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-02").head(1)
    key = {n: rows[n].iloc[0] for n in ("date", "personId", "projectId", "roleId")}
    key["workstreamId"] = rows["workstreamId"].iloc[0]
    entry = pd.DataFrame([{**key, "billableMinutes": 10, "nonbillableMinutes": 0}])
    real = desk.wire.send

    def somebody_else(request: Any, *args: Any, **options: Any) -> Any:
        try:
            return real(request, *args, **options)
        finally:
            after(request)

    def after(request: Any) -> None:
        if "time-entry" in request.url and not done:
            done.append(1)
            body = {n: (None if pd.isna(v) else v) for n, v in key.items()}
            body["date"] = "2026-03-02"
            for name in ("personId", "projectId", "roleId"):
                body[name] = int(body[name])
            body |= {"billableMinutes": 7, "nonbillableMinutes": 0}
            desk.account.request("POST", "actuals/time-entry", json=body)

    done: list[int] = []
    desk.wire.send = somebody_else  # type: ignore[method-assign]
    desk.wire.fault_at(1, "after")
    result = desk.push(entry, "actuals/time-entry")
    assert list(result["status"]) == ["unknown"]
    assert "look in Runn" in result["error"].iloc[0]
    assert not journal(desk.account)["ended"].any()


def test_time_entries_add_every_time_and_in_order(desk: Desk) -> None:
    rows = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-02").head(1)
    keys = ["date", "personId", "projectId", "roleId", "workstreamId"]
    entry = rows[keys].assign(billableMinutes=10, nonbillableMinutes=5)
    twice = pd.concat([entry, entry], ignore_index=True)
    assert list(desk.push(twice, "actuals/time-entry")["status"]) == ["created"] * 2
    own = rows["id"].iloc[0]
    after = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-02").set_index("id")
    assert after.loc[own, "billableMinutes"] == rows["billableMinutes"].iloc[0] + 20
    assert after.loc[own, "nonbillableMinutes"] == rows["nonbillableMinutes"].iloc[0] + 10


def test_minutes_that_the_frame_does_not_have_are_kept(desk: Desk) -> None:
    rows = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-20")
    full = rows[rows["billableNote"].notna() | rows["phaseId"].notna()].head(1)
    frame = full[["id", "date"]].assign(nonbillableMinutes=33)
    result = desk.push(frame, "actuals", na="omit")
    assert list(result["status"]) == ["updated"], result["error"].tolist()
    again = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-20").set_index("id")
    row, was = again.loc[full["id"].iloc[0]], full.iloc[0]
    assert row["nonbillableMinutes"] == 33
    for name in ("billableMinutes", "billableNote", "nonbillableNote", "phaseId"):
        assert repr(row[name]) == repr(was[name]), name


def test_a_leave_that_is_refused_is_put_back(desk: Desk) -> None:
    leave = desk.read("time-offs/leave")
    length = leave["endDate"] - leave["startDate"]
    row = leave[(length >= pd.Timedelta(days=3)) & leave["minutesPerDay"].isna()].head(1).copy()
    row["startDate"] += pd.Timedelta(days=1)
    desk.wire.fault_at(2, "400")
    real = desk.wire.send

    def refused(request: Any, *args: Any, **options: Any) -> Any:
        # The first POST is refused before it does anything.
        if request.method == "POST" and not seen:
            seen.append(1)
            request.body = b'{"personId": 1}'
            request.headers["Content-Length"] = str(len(request.body))
        return real(request, *args, **options)

    seen: list[int] = []
    desk.wire.send = refused  # type: ignore[method-assign]
    desk.wire.heal()
    result = desk.push(row)
    assert list(result["status"]) == ["failed"]
    assert "put back, as id" in result["error"].iloc[0]
    again = desk.read("time-offs/leave")
    kept = [c for c in leave if c not in ("id", "createdAt", "updatedAt")]
    left, right = (f[kept].sort_values(kept[:3], ignore_index=True) for f in (leave, again))
    assert left.equals(right)


def test_a_leave_that_could_not_be_put_back_is_made_again_by_undo(desk: Desk) -> None:
    leave = desk.read("time-offs/leave")
    length = leave["endDate"] - leave["startDate"]
    row = leave[(length >= pd.Timedelta(days=3)) & leave["minutesPerDay"].isna()].head(1).copy()
    row["startDate"] += pd.Timedelta(days=1)
    desk.wire.fault = lambda method, path: "refused 503" if method == "POST" else ""
    result = desk.push(row)
    desk.wire.heal()
    assert list(result["status"]) == ["failed"]
    assert result["error"].iloc[0].endswith("rp.undo(1) makes it again.")
    assert len(desk.read("time-offs/leave")) == len(leave) - 1
    assert list(desk.journal()["undo"]) == ["yes"]
    undo(1, account=desk.account).apply()
    again = desk.read("time-offs/leave")
    kept = [c for c in leave if c not in ("id", "createdAt", "updatedAt")]
    left, right = (f[kept].sort_values(kept[:3], ignore_index=True) for f in (leave, again))
    assert left.equals(right)
    with pytest.raises(PlanError, match="was undone in push 2"):
        undo(1, account=desk.account)


def test_a_split_assignment_keeps_all_its_ids(desk: Desk) -> None:
    leave = desk.read("time-offs/leave")
    member = desk.read("project-members").query("~isPlaceholder")
    off = leave[leave["minutesPerDay"].isna() & leave["personId"].isin(member["personId"])].iloc[0]
    who = member[member["personId"] == off["personId"]].iloc[0]
    frame = pd.DataFrame(
        {
            "personId": [who["personId"]],
            "projectId": [who["projectId"]],
            "roleId": [who["roleId"]],
            "startDate": [off["startDate"] - pd.Timedelta(days=14)],
            "endDate": [off["endDate"] + pd.Timedelta(days=14)],
            "minutesPerDay": [60],
        }
    )
    plan = desk.plan(frame, "assignments")
    before = set(desk.read("assignments")["id"])
    result = plan.apply()
    assert list(result["status"]) == ["created"], result["error"].tolist()
    ids = result.attrs["ids"]["0"]
    assert len(ids) > 1
    assert result["id"].iloc[0] == ids[0]
    assert set(ids) == set(desk.read("assignments")["id"]) - before
    # Undone, all its parts go.
    assert set(plan.undo().apply()["status"]) == {"deleted"}
    assert set(desk.read("assignments")["id"]) == before


def test_ctrl_c_keeps_what_is_known_and_is_raised_again(desk: Desk) -> None:
    desk.wire.fault_at(2, "kill after")
    with pytest.raises(Killed) as caught:
        desk.push(teams("A", "B", "C"), "teams")
    assert list(caught.value.result["status"]) == ["created", "unknown", "not tried"]  # type: ignore[attr-defined]
    assert "same push again continues" in caught.value.__notes__[0]
    desk.wire.heal()
    assert list(desk.push(teams("A", "B", "C"), "teams")["status"]) == ["created"] * 3
    assert [names_of(desk).count(n) for n in "ABC"] == [1, 1, 1]


def test_a_continued_push_still_respects_others(desk: Desk) -> None:
    frame = desk.read("teams")
    frame["name"] = [f"T{n}" for n in range(len(frame))]
    desk.wire.fault_at(2, "kill after")
    with pytest.raises(Killed):
        desk.push(frame)
    desk.wire.heal()
    late = int(frame["id"].iloc[-1])
    desk.account.request("PATCH", f"teams/{late}", json={"name": "Theirs"})
    result = desk.push(frame)
    assert list(result["status"])[:2] == ["updated", "updated"]
    assert result["status"].iloc[-1] == "conflict"
    assert names_of(desk)[-1] == "Theirs"


def test_two_pushes_at_once_are_refused(desk: Desk) -> None:
    ledger = Journal(journal_path(desk.account))
    with ledger.alone(), pytest.raises(ConfigError, match="Another push"):
        desk.push(teams("A"), "teams")
    ledger.close()
    assert desk.bodies == []
    assert list(desk.push(teams("A"), "teams")["status"]) == ["created"]


OTHER = """
import sys
from pathlib import Path
from runn_pandas.push.journal import Journal
with Journal(Path(sys.argv[1])).alone():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_push_is_refused_while_another_process_pushes(desk: Desk) -> None:
    command = [sys.executable, "-c", OTHER, str(journal_path(desk.account))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ConfigError, match="Another push"):
            desk.push(teams("A"), "teams")
        assert desk.bodies == []
        other.kill()
    assert list(desk.push(teams("A"), "teams")["status"]) == ["created"]


def test_a_journal_that_cannot_be_written_stops_before_anything_is_sent(desk: Desk) -> None:
    path = journal_path(desk.account)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database, but long enough to be looked at" * 30)
    with pytest.raises(ConfigError, match="journal"):
        desk.push(teams("A"), "teams")
    assert desk.bodies == []


def test_errors_hold_no_token(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(token="demo-secret-token")
    desk.wire.fault_at(1, "400")
    result = desk.push(teams("A"), "teams")
    text = " ".join(result["error"]) + repr(desk.plan(teams("B"), "teams"))
    assert "secret" not in text
    files = (desk.account.cache.folder / "journal").iterdir()
    assert all(b"secret" not in file.read_bytes() for file in files)
