"""A mirror after a sync is what a full read gives, and cost no more than it had to."""

from __future__ import annotations

import json
import operator
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.catalog import load
from runn_pandas.demo.refusals import Refusal
from runn_pandas.demo.routes import READS, RoutedRequest
from runn_pandas.demo.server import Demo
from runn_pandas.errors import ConfigError, FrameError, OfflineError, ResourceError
from runn_pandas.mirror.policy import usual_resources
from runn_pandas.transport.session import seconds_ahead
from tests.support.desk import Desk, account_of, desk_of, new_demo
from tests.support.mirrors import full_read, modes, same

from .writes import Life

# The lists whose changes are asked for, as soon as there is a table.
CHANGES_ONLY = {"actuals", "assignments", "contracts", "time-offs/leave"}


def test_the_first_sync_copies_every_account_wide_list(desk: Desk) -> None:
    mirror = desk.mirror()
    result = mirror.sync()
    assert list(result["resource"]) == usual_resources(load())
    assert set(result["mode"]) == {"full: first copy"}
    assert (result["added"] == result["rows"]).all()
    assert result["requests"].sum() == len(desk.asked(0))
    same(mirror, desk.account)
    same(mirror, desk.account, dtype_backend="pyarrow")
    same(mirror, desk.account, "people", "contracts", dtype_backend="numpy_nullable")


@pytest.mark.parametrize(
    ("seed", "rounds"), [(0, 1), *(pytest.param(n, 6, marks=pytest.mark.slow) for n in range(1, 7))]
)
def test_after_any_changes_it_is_what_a_full_read_gives(desk: Desk, seed: int, rounds: int) -> None:
    mirror = desk.mirror()
    mirror.sync()
    life = Life(desk.account, desk.demo, seed)
    for _ in range(rounds):
        life.spend(60)
        result = mirror.sync().set_index("resource")
        assert set(result.index[result["mode"] == "modifiedAfter"]) == CHANGES_ONLY
        same(mirror, desk.account)
    done = Counter(re.sub(r"\d+", "N", line) for line in life.done)
    assert len(done) > 12
    assert {"DELETE people/N", "DELETE actuals/N", "DELETE time-offs/leave/N"} <= set(done)


def test_a_full_sync_can_be_asked_for(desk: Desk) -> None:
    mirror = desk.mirror("actuals", "roles")
    mirror.sync()
    result = mirror.sync(full=True)
    assert modes(result) == {"actuals": "full: asked for", "roles": "full: asked for"}
    assert not result[["added", "changed", "deleted"]].to_numpy().any()


def test_a_refresh_asks_only_for_what_changed(tmp_path: Path) -> None:
    desk = desk_of(new_demo(60), tmp_path / "cache")
    mirror = desk.mirror("actuals")
    first = mirror.sync()
    assert first["rows"].item() > 20_000
    table = full_read(desk.account, "actuals")
    chosen = table[table["workstreamId"].isna()].sample(55, random_state=1)
    for row in chosen.iloc[:50].itertuples():
        body = {
            "date": row.date.date().isoformat(),
            "personId": int(row.personId),
            "projectId": int(row.projectId),
            "roleId": int(row.roleId),
            "billableMinutes": int(row.billableMinutes) + 1,
        }
        desk.account.request("POST", "actuals", json=body)
    for id_ in chosen["id"].iloc[50:]:
        desk.account.request("DELETE", f"actuals/{id_}")
    mark = len(desk.demo.log)
    result = mirror.sync().set_index("resource")
    assert len(desk.asked(mark)) <= 4
    assert result["requests"].sum() == len(desk.asked(mark))
    line = result.loc["actuals"]
    assert (line["mode"], line["changed"], line["deleted"], line["added"]) == (
        "modifiedAfter",
        50,
        5,
        0,
    )
    same(mirror, desk.account)


def test_without_changes_no_file_is_replaced(desk: Desk) -> None:
    mirror = desk.mirror()
    mirror.sync()
    before = sorted(mirror.path.rglob("*.parquet"))
    result = mirror.sync()
    assert sorted(mirror.path.rglob("*.parquet")) == before
    assert not result[["added", "changed", "deleted"]].to_numpy().any()


def test_only_the_year_of_a_change_is_written_anew(desk: Desk) -> None:
    mirror = desk.mirror("actuals")
    mirror.sync()
    before = set(mirror.files("actuals"))
    table = mirror.read("actuals", filters=[("date", "<", "2026-01-01")])
    desk.account.request("DELETE", f"actuals/{table['id'].iloc[0]}")
    mirror.sync()
    old, new = before - set(mirror.files("actuals")), set(mirror.files("actuals")) - before
    assert {p.parent.name for p in old | new} == {"year=2025"}
    same(mirror, desk.account)


def test_the_log_is_asked_once_for_all_lists(desk: Desk) -> None:
    mirror = desk.mirror()
    mirror.sync()
    mark = desk.mark()
    result = mirror.sync()
    asked = Counter(desk.asked(mark))
    assert asked["GET /activity-log/"] == 1
    assert result["requests"].sum() == asked.total()
    # A list that fits in a page is one request, and nothing is asked twice.
    limits = rp.resources().set_index("resource")["page_limit"]
    for line in result[result["resource"] != "activity-log"].itertuples():
        assert line.requests == 1 or line.rows > limits[line.resource]
    assert max(Counter((r.path, r.query) for r in desk.demo.log[mark:]).values()) == 1


def test_days_off_that_go_with_a_contract_are_missed_without_an_event(desk: Desk) -> None:
    """No log tells of them, nor any count: only all rows of the list do."""
    mirror = desk.mirror("contracts", "time-offs/holidays", "time-offs/rostered-off")
    mirror.sync()
    days_off = {*mirror.read("time-offs/rostered-off")["personId"]}
    contracts = mirror.read("contracts")
    one = contracts[contracts["personId"].isin(days_off)].iloc[0]
    life = Life(desk.account, desk.demo, 0)
    life.send("DELETE", f"people/{one['personId']}/contracts/{one['id']}")
    result = mirror.sync().set_index("resource")
    assert result.loc["activity-log", "rows"] == 1
    assert (result.loc[["time-offs/holidays", "time-offs/rostered-off"], "deleted"] > 0).any()
    assert result.loc["time-offs/holidays", "mode"] == "full: deletions are not logged"
    same(mirror, desk.account)


def test_children_go_with_their_person_and_project(desk: Desk) -> None:
    mirror = desk.mirror("actuals", "assignments", "contracts", "time-offs/leave")
    mirror.sync()
    person = int(mirror.read("actuals")["personId"].mode()[0])
    desk.account.request("DELETE", f"people/{person}", {"force": True})
    result = mirror.sync().set_index("resource")
    # Only the person's deletion is in the log; the people are not mirrored here.
    assert result.loc["activity-log", "rows"] == 1
    assert (result.loc[["actuals", "assignments", "contracts"], "deleted"] > 0).all()
    assert set(result["mode"]) == {"deletions", "modifiedAfter"}
    same(mirror, desk.account)


def test_placeholders_are_missed_without_an_event(desk: Desk) -> None:
    mirror = desk.mirror("placeholders", "people", "assignments")
    mirror.sync()
    gone = int(mirror.read("placeholders")["id"].iloc[0])
    life = Life(desk.account, desk.demo, 0)
    life.send("DELETE", f"people/{gone}", force=True)
    # As if Runn did not log it.
    log = desk.demo.company
    for key, event in list(log.tables["activity-log"].items()):
        if (event.get("person") or {}).get("id") == gone:
            log.remove("activity-log", key)
    result = mirror.sync().set_index("resource")
    assert result.loc["placeholders", "deleted"] == 1
    assert result.loc["assignments", "deleted"] > 0
    same(mirror, desk.account)


class Edited:
    """A demo whose answers are not quite its own."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.edits: dict[str, Callable[[dict[str, Any]], bool]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        edit = self.edits.get(environ["PATH_INFO"].strip("/"))
        if edit is None:
            return list(self.demo(environ, start_response))
        said: list[Any] = []
        page = json.loads(b"".join(self.demo(environ, lambda *head: said.extend(head))))
        start_response(said[0], [h for h in said[1] if h[0].lower() != "content-length"])
        return [json.dumps(page | {"values": [r for r in page["values"] if edit(r)]}).encode()]


@pytest.fixture
def edited(tmp_path: Path) -> tuple[Edited, Desk]:
    app = Edited(new_demo())
    desk = desk_of(app.demo, tmp_path / "cache")
    desk.account = account_of(app, tmp_path / "edited")
    return app, desk


def test_a_deletion_that_the_log_does_not_name_is_found_by_a_full_read(
    edited: tuple[Edited, Desk],
) -> None:
    app, desk = edited
    mirror = desk.mirror("actuals", "assignments")
    mirror.sync()
    desk.account.request("DELETE", f"actuals/{mirror.read('actuals')['id'].iloc[3]}")
    app.edits["activity-log"] = lambda event: bool(event.pop("actual", True))
    result = mirror.sync().set_index("resource")
    assert result.loc["actuals", "mode"] == "full: the log does not name all that was deleted"
    assert result.loc["actuals", "deleted"] == 1
    same(mirror, desk.account)


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
@pytest.mark.parametrize("field", ["grade", "costPerHour"])
def test_a_field_that_is_new_or_wider_is_so_in_rows_that_did_not_change(
    edited: tuple[Edited, Desk], field: str
) -> None:
    app, desk = edited
    mirror = desk.mirror("contracts", "assignments")
    mirror.sync()
    app.edits["contracts"] = lambda row: bool(row.update({field: f"no. {row['id']}"}) or True)
    desk.account.request(
        "PATCH", f"contracts/{mirror.read('contracts')['id'].iloc[3]}", json={"costPerHour": 41}
    )
    result = mirror.sync().set_index("resource")
    assert result.loc["contracts", "mode"] == "full: its fields changed"
    assert result["requests"].to_dict() == {"activity-log": 1, "contracts": 2, "assignments": 1}
    same(mirror, desk.account)
    assert modes(mirror.sync())["contracts"] == "modifiedAfter"
    same(mirror, desk.account)


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
def test_a_new_field_that_only_the_rows_of_one_person_show(edited: tuple[Edited, Desk]) -> None:
    app, desk = edited
    off = "time-offs/rostered-off"
    mirror = desk.mirror("contracts", off)
    mirror.sync()
    app.edits[off] = lambda row: bool(row.setdefault("grade", row["id"]))
    person = int(mirror.read(off)["personId"].iloc[0])
    contracts = mirror.read("contracts")
    contract = contracts["id"][contracts["personId"] == person].iloc[-1]
    desk.account.request("PATCH", f"contracts/{contract}", json={"endDate": "2030-12-31"})
    result = mirror.sync(full_every=7).set_index("resource")
    assert result.loc[off, "mode"] == "full: its fields changed"
    same(mirror, desk.account)


def test_rows_of_a_person_who_is_only_not_listed_any_more_stay(
    edited: tuple[Edited, Desk],
) -> None:
    app, desk = edited
    mirror = desk.mirror("people", "actuals", "assignments")
    mirror.sync()
    hidden = int(mirror.read("actuals")["personId"].mode()[0])
    # As if people who were archived left the list.
    app.edits["people"] = lambda person: person["id"] != hidden
    mark = len(desk.demo.log)
    result = mirror.sync().set_index("resource")
    assert result["requests"].sum() == len(desk.demo.log) - mark
    assert result["deleted"].to_dict() == {
        "activity-log": 0,
        "people": 1,
        "actuals": 0,
        "assignments": 0,
    }
    same(mirror, desk.account)


def test_a_test_account_is_read_whole_and_says_so(tmp_path: Path) -> None:
    desk = desk_of(new_demo(), tmp_path / "cache", "TEST_demo")
    mirror = desk.mirror("actuals", "roles")
    mirror.sync()
    desk.account.request("DELETE", f"actuals/{mirror.read('actuals')['id'].iloc[7]}")
    result = mirror.sync()
    assert modes(result) == {
        "activity-log": "refused: 422",
        "actuals": "full: test accounts have no activity log",
        "roles": "full: deletions are not logged",
    }
    assert result.set_index("resource").loc["actuals", "deleted"] == 1
    same(mirror, desk.account)


@pytest.mark.parametrize(
    ("days", "mode"),
    [
        (1, "modifiedAfter"),
        (28.9, "modifiedAfter"),
        (29.1, "full: the last sync is older than the activity log"),
        (-40, "full: the last sync is older than the activity log"),
    ],
)
def test_a_sync_after_days(desk: Desk, days: float, mode: str) -> None:
    mirror = desk.mirror("actuals")
    now = mirror._clock()
    mirror.sync()
    mirror._clock = lambda: now + days * 86_400
    assert modes(mirror.sync())["actuals"] == mode
    same(mirror, desk.account)


def test_every_30_days_all_is_read_whole(desk: Desk) -> None:
    mirror = desk.mirror("actuals")
    now = mirror._clock()
    found = []
    for day in range(0, 70, 10):
        mirror._clock = lambda day=day: now + day * 86_400  # type: ignore[misc]
        found.append(modes(mirror.sync())["actuals"].partition(":")[0])
    assert found == ["full", *["modifiedAfter"] * 3, "full", *["modifiedAfter"] * 2]


def test_another_account_is_refused(desk: Desk, tmp_path: Path) -> None:
    mirror = desk.mirror("roles")
    mirror.sync()
    other = desk_of(new_demo(), tmp_path / "cache", "demo-two")
    with pytest.raises(ConfigError, match="never mixed"):
        rp.mirror(mirror.path, account=other.account)
    with rp.use(other.account), pytest.raises(ConfigError, match="never mixed"):
        rp.mirror(mirror.path).sync()
    assert rp.mirror(mirror.path).read("roles").equals(mirror.read("roles"))


def test_another_embedded_demo_is_read_whole(desk: Desk, tmp_path: Path) -> None:
    mirror = desk.mirror("actuals")
    mirror.sync()
    other = desk_of(new_demo(), tmp_path / "cache")
    Life(other.account, other.demo, 1).spend(40)
    again = other.mirror()
    assert modes(again.sync())["actuals"] == "full: another demo"
    same(again, other.account)


def test_offline_it_reads_and_does_not_sync(desk: Desk) -> None:
    mirror = desk.mirror("roles")
    mirror.sync()
    offline = rp.mirror(mirror.path, account=desk.account.offline())
    with pytest.raises(OfflineError):
        offline.sync()
    assert len(offline.read("roles")) == 12


def test_what_cannot_be_mirrored(desk: Desk, tmp_path: Path) -> None:
    for name, hint in [
        ("projects/{projectId}/phases", "'phases'"),
        ("people/12/contracts", "'contracts'"),
        ("me", "single record"),
        ("peeple", "people"),
    ]:
        with pytest.raises(ResourceError, match=hint):
            desk.mirror(name)
    mirror = desk.mirror("roles")
    with pytest.raises(FrameError, match=r"call \.sync"):
        mirror.read("roles")
    mirror.sync()
    with pytest.raises(FrameError, match="has no 'teams'"):
        mirror.read("teams")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.docx").touch()
    with pytest.raises(ConfigError, match=r"thesis.docx"):
        desk.mirror("roles", name="full").sync()
    assert (tmp_path / "full" / "thesis.docx").exists()


def test_resources_are_added_to_those_that_are_there(desk: Desk) -> None:
    desk.mirror("roles").sync()
    result = desk.mirror("teams").sync()
    assert modes(result) == {
        "roles": "full: deletions are not logged",
        "teams": "full: first copy",
    }
    assert list(desk.mirror().sync()["resource"]) == ["roles", "teams"]


@pytest.mark.slow
def test_a_list_that_the_plan_lacks_is_left_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: RoutedRequest) -> None:
        raise Refusal(403, "Not in your plan")

    with monkeypatch.context() as patch:
        patch.setitem(READS, ("GET", "/workstreams/"), refuse)
        mirror = desk.mirror()
        result = mirror.sync()
        assert modes(result)["workstreams"] == "refused: 403"
        assert "workstreams" not in mirror._state().tables
        with pytest.raises(rp.errors.AccessError):
            desk.mirror("workstreams", name="named").sync()
    assert modes(mirror.sync())["workstreams"] == "full: first copy"


def test_the_cache_is_left_alone(desk: Desk) -> None:
    desk.mirror("roles", "actuals").sync()
    assert not list((desk.folder / "cache").rglob("*.sqlite"))


@pytest.mark.slow
def test_analyses_take_its_tables(desk: Desk) -> None:
    mirror = desk.mirror()
    mirror.sync()
    mark = len(desk.demo.log)
    for analysis in (rp.hours, rp.capacity, rp.utilization, rp.finance):
        ours = analysis("2026-02-01", "2026-07-31", tables=mirror.tables())
        assert len(desk.demo.log) == mark
        theirs = analysis("2026-02-01", "2026-07-31", account=desk.account)
        pd.testing.assert_frame_equal(ours, theirs)
        mark = len(desk.demo.log)


ops = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def test_columns_and_filters(desk: Desk) -> None:
    mirror = desk.mirror("actuals", "people")
    mirror.sync()
    table = mirror.read("actuals")
    some = mirror.read(
        "actuals",
        columns=["personId", "date"],
        filters=[("date", ">=", "2026-03-01"), ("personId", "in", table["personId"].unique()[:3])],
    )
    people = table["personId"].unique()[:3]
    kept = table[(table["date"] >= "2026-03-01") & table["personId"].isin(people)]
    pd.testing.assert_frame_equal(some, kept[["personId", "date"]].reset_index(drop=True))
    either = mirror.read("actuals", filters=[[("id", "=", 1)], [("updatedAt", ">", "2026-06-01")]])
    assert len(either) == ((table["id"] == 1) | (table["updatedAt"] > "2026-06-01T00:00Z")).sum()
    with pytest.raises(FrameError, match="personId"):
        mirror.read("actuals", columns=["personid"])
    for op in ("<", "<=", ">", ">="):
        noon = mirror.read("actuals", ["date"], [("date", op, "2026-03-02 12:00")])["date"]
        assert sorted(noon) == sorted(table["date"][ops[op](table["date"], "2026-03-02 12:00")])
    for wrong in (
        [("date", ">=", "soon")],
        [("date", ">=", pd.NaT)],
        [("id", "in", 7)],
        [("id", "?", 7)],
        "id = 7",
        [("id",)],
    ):
        with pytest.raises(rp.errors.FilterError):
            mirror.read("actuals", filters=wrong)  # type: ignore[arg-type]
    with pytest.raises(rp.errors.FilterError, match="tags"):
        mirror.read("people", filters=[("tags", "=", "x")])


def test_it_shows_itself_and_nothing_runs(desk: Desk, tmp_path: Path) -> None:
    mirror = desk.mirror("roles", name="<script>alert(1)</script>".replace("/", ""))
    assert "empty" in repr(mirror)
    mirror.sync()
    assert "roles" in repr(mirror)
    assert "12" in repr(mirror)
    shown = mirror._repr_html_()
    assert "<script>" not in shown
    assert "roles" in shown


@pytest.mark.parametrize(
    ("ahead", "since"), [(None, "12:55"), (3600.0, "12:55"), (-3600.0, "11:55")]
)
def test_a_clock_that_is_ahead_misses_nothing(ahead: float | None, since: str, desk: Desk) -> None:
    """What was changed while a long sync went on is asked for, by the server's clock."""
    mirror = desk.mirror("actuals")
    mirror._clock = pd.Timestamp("2026-01-01 13:00", tz="UTC").timestamp
    desk.account.session.ahead = ahead
    mirror.sync()
    mark = desk.mark()
    mirror.sync()
    asked = [r.query for r in desk.demo.log[mark:] if "modifiedAfter" in r.query]
    assert f"2026-01-01T{since}:00Z".replace(":", "%3A") in asked[0]


def test_tables_are_of_one_moment(desk: Desk) -> None:
    mirror = desk.mirror("roles", "teams", "skills")
    mirror.sync(history=True)
    then = mirror.tables("roles", "skills", as_of=pd.Timestamp.now("UTC"))
    assert list(then) == ["roles", "skills"]
    assert then["skills"].equals(mirror.read("skills"))


def test_the_server_tells_its_time(served: str, tmp_path: Path) -> None:
    account = rp.connect("demo", base_url=served, cache_dir=tmp_path, max_age=0)
    assert account.session.ahead is None
    account.request("GET", "me")
    assert account.session.ahead == pytest.approx(0, abs=2)
    account.session.close()
    assert seconds_ahead({"Date": "Tue, 30 Jun 2026 12:00:10 GMT"}, 1782820800.0) == 10.0
    assert seconds_ahead({"Date": "soon"}, 0.0, 3.0) == 3.0
    assert seconds_ahead({}, 0.0) is None
