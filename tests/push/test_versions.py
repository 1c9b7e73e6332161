"""Conflicts of frames that were read without `updatedAt`."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from tests.support.desk import Desk

NOTE = "Changes by others cannot be seen in"


def notes(plan: Any) -> list[str]:
    return [note for note in plan.notes if note.startswith(NOTE)]


def rename(desk: Desk, own: int, name: str = "Theirs") -> None:
    desk.account.request("PATCH", f"teams/{own}", json={"name": name})


@pytest.mark.parametrize("index", [None, "id"])
def test_the_version_that_was_read_is_known_without_its_column(desk: Desk, index: Any) -> None:
    frame = desk.read(
        "teams", columns=["id", "name"] if index is None else ["name"], index_col=index
    )
    own = int(desk.read("teams")["id"].iloc[0])
    mine = frame.reset_index() if index else frame.copy()
    mine = mine.assign(name=[f"Mine {n}" for n in range(len(mine))]).sort_values("name")
    rename(desk, own)
    desk.read("teams", columns=["id", "name"])  # a later read says nothing of this one
    plan = desk.plan(mine)
    assert notes(plan) == []
    statuses = plan.apply()["status"].tolist()
    assert statuses == ["conflict"] + ["updated"] * (len(mine) - 1)
    assert "Theirs" in desk.read("teams")["name"].tolist()


def test_a_frame_without_a_version_says_so(desk: Desk) -> None:
    read = desk.read("teams", columns=["id", "name"])
    changed = read.assign(name="Mine").head(1)
    elsewhere = pd.DataFrame({"id": changed["id"], "name": ["Mine"]})
    stored = pickle.loads(pickle.dumps(changed))
    for frame in (elsewhere, stored):
        assert len(notes(desk.plan(frame, "teams"))) == 1
    assert notes(desk.plan(changed)) == []
    assert notes(desk.plan(desk.read("teams").head(1).assign(name="Mine"))) == []
    assert notes(desk.plan(pd.DataFrame({"name": ["New"]}), "teams")) == []
    assert notes(desk.plan(elsewhere.iloc[:0], "teams", delete=elsewhere["id"])) == []


def test_what_two_reads_say_of_themselves_is_equal_and_plain(desk: Desk) -> None:
    one, two = desk.read("teams", columns=["id", "name"]), desk.read("teams")
    assert one.attrs == two.attrs
    assert pd.concat([one, two[["id", "name"]]]).attrs == one.attrs
    own = one.attrs["runn"]
    assert copy.deepcopy(own) == copy.copy(own) == own
    assert own == dict(own) == two.attrs["runn"]
    assert own != {}
    assert type(pickle.loads(pickle.dumps(own))) is dict
    assert repr(own) == repr(two.attrs["runn"])


COLUMNS = ["id", "name"]


def test_a_row_of_an_older_read_has_nothing_of_a_newer_one(desk: Desk) -> None:
    old = desk.read("teams", columns=COLUMNS)
    rename(desk, int(old["id"].iloc[3]))
    new = desk.read("teams", columns=COLUMNS)
    both = pd.concat([new[:2], old[2:]])
    assert len(notes(desk.plan(both))) == 1
    assert notes(desk.plan(pd.concat([new[2:], old[:2]]).assign(name="Mine").head(1))) == []
    for one in (new.copy(), new.iloc[::-1]):
        one.loc[3, "name"] = "Mine"
        assert notes(desk.plan(one)) == []
        assert statuses_of(desk.plan(one)) == ["update"]
    rename(desk, int(old["id"].iloc[3]), "Theirs again")
    assert statuses_of(desk.plan(both)) == ["conflict"]


def statuses_of(plan: Any) -> list[str]:
    """Return what is to be done with the rows that differ."""
    changed = [one for one in plan.row_plans if one.action != "unchanged"]
    return ["conflict" if one.conflict else one.action for one in changed]


@pytest.mark.parametrize("stored", [False, True])
def test_a_row_of_a_read_of_which_nothing_is_known_has_no_version(desk: Desk, stored: bool) -> None:
    old = desk.read("teams")[COLUMNS]
    old = pickle.loads(pickle.dumps(desk.read("teams", columns=COLUMNS))) if stored else old
    rename(desk, int(old["id"].iloc[3]))
    new = desk.read("teams", columns=COLUMNS)
    for both in (pd.concat([new[:2], old[2:]]), pd.concat([old[2:], new[:2]])):
        assert both.attrs["runn"]["resource"] == "teams"
        assert len(notes(desk.plan(both))) == 1


@pytest.mark.parametrize("options", [{"chunksize": 2}, {}])
def test_rows_of_several_reads_keep_what_was_read_with_them(desk: Desk, options: Any) -> None:
    if options:
        parts = list(desk.read("teams", columns=COLUMNS, **options))
    else:
        owns = desk.read("teams")["id"]
        parts = [desk.read(f"teams/{own}", columns=COLUMNS) for own in owns]
        for part in parts:
            part.attrs["runn"]["resource"] = "teams"
    frame = pd.concat(parts, ignore_index=True)
    rename(desk, int(frame["id"].iloc[-1]))
    plan = desk.plan(frame.assign(name=[f"Mine {n}" for n in frame.index]))
    assert notes(plan) == []
    assert statuses_of(plan) == ["update"] * (len(frame) - 1) + ["conflict"]


# -- what others filled in is not unset by the frame


@pytest.fixture
def filled(desk: Desk) -> pd.DataFrame:
    """Projects as they were before somebody gave the first a budget that nothing unsets."""
    frame = desk.read("projects")
    frame = frame[frame["expensesBudget"].isna()].head(2).reset_index(drop=True)
    path = f"projects/{frame['id'].iloc[0]}"
    desk.account.request("PATCH", path, json={"expensesBudget": 500})
    frame.loc[1, "name"] = "Mine"
    return frame


@pytest.mark.parametrize("na", [None, "unset"])
def test_what_others_filled_in_is_a_conflict_and_refuses_no_other_row(
    desk: Desk, filled: pd.DataFrame, na: Any
) -> None:
    plan = desk.plan(filled, na=na)
    assert plan.changes["field"].tolist() == ["name"]
    assert "in conflict" in repr(plan)
    assert plan.apply()["status"].tolist() == ["conflict", "updated"]
    now = desk.read("projects").set_index("id").loc[filled["id"]]
    assert now["expensesBudget"].iloc[0] == 500
    assert now["name"].iloc[1] == "Mine"


def test_to_overwrite_what_nothing_unsets_is_refused(desk: Desk, filled: pd.DataFrame) -> None:
    with pytest.raises(rp.errors.PlanError, match="'expensesBudget': cannot be unset"):
        desk.push(filled, conflict="overwrite")
    with pytest.raises(rp.errors.PlanError, match=r"'id'.* was changed in the account"):
        desk.push(filled, conflict="raise")
    assert "Mine" not in desk.read("projects")["name"].tolist()
    plan = desk.plan(filled)
    assert plan.only([1]).apply(conflict="overwrite")["status"].iloc[1] == "updated"


def test_what_the_user_unsets_is_refused_where_nothing_unsets_it(desk: Desk) -> None:
    frame = desk.read("projects")
    frame = frame[frame["expensesBudget"].notna()].head(1)
    gone = frame.assign(expensesBudget=pd.NA)
    with pytest.raises(rp.errors.PlanError, match="cannot be unset"):
        desk.plan(gone)
    assert statuses(desk, frame.assign(expensesBudget=501)) == ["updated"]
    # Only the frame's own push has changed the row since.
    with pytest.raises(rp.errors.PlanError, match="cannot be unset"):
        desk.plan(gone)


def test_many_cells_that_others_filled_in_are_conflicts(desk: Desk) -> None:
    frame = desk.read("people").head(12)
    desk.push(frame.assign(email=pd.NA), na="unset")
    frame = desk.read("people").head(12)
    for number, own in enumerate(frame["id"]):
        patch(desk, own, email=f"theirs{number}@example.com")
    assert statuses(desk, frame) == ["conflict"] * 12
    with pytest.raises(rp.errors.PlanError, match="12 of 12 would be unset"):
        desk.push(frame, conflict="overwrite")
    assert statuses(desk, frame, conflict="overwrite", na="unset") == ["updated"] * 12


def test_a_value_of_others_that_the_frame_cannot_give_back_is_a_conflict(desk: Desk) -> None:
    phases = desk.read("phases")
    one = phases.head(1)  # its colour is none that a write takes
    path = f"projects/{one['projectId'].iloc[0]}/phases/{one['id'].iloc[0]}"
    desk.account.request("PATCH", path, json={"color": "#67D0D5"})
    assert statuses(desk, one) == ["conflict"]
    with pytest.raises(rp.errors.PlanError, match=r"'color'.*is none of"):
        desk.push(one, conflict="overwrite")
    with pytest.raises(rp.errors.PlanError, match=r"'color'.*is none of"):
        desk.plan(desk.read("phases").head(1).assign(color=one["color"]))


@pytest.mark.parametrize("unit", ["min", "h", "D"])
def test_a_version_that_is_cut_short_is_not_said_to_be_of_others(desk: Desk, unit: str) -> None:
    frame = desk.read("people").tail(1)
    patch(desk, frame["id"].iloc[0], lastName="Theirs")  # at a moment with seconds
    frame = desk.read("people").tail(1).assign(lastName="Mine")
    cut = frame.assign(updatedAt=frame["updatedAt"].dt.floor(unit))
    said = desk.push(cut)
    assert said["status"].tolist() == ["conflict"]
    assert "unless the frame has updatedAt cut short" in said["error"].iloc[0]
    before = frame.assign(updatedAt=frame["updatedAt"] - pd.Timedelta("90min"))
    assert desk.push(before)["error"].iloc[0].endswith(", after the frame was read")
    assert statuses(desk, cut, conflict="overwrite") == ["updated"]


# -- versions that pushes of the same journal made


def changed(frame: pd.DataFrame, **cells: Any) -> pd.DataFrame:
    """Return a frame with other values in its first row."""
    return frame.assign(**{name: [value, *frame[name][1:]] for name, value in cells.items()})


def statuses(desk: Desk, frame: pd.DataFrame, **options: Any) -> list[str]:
    return list(desk.push(frame, **options)["status"])


def patch(desk: Desk, own: Any, **body: Any) -> None:
    desk.account.request("PATCH", f"people/{own}", json=body)


@pytest.mark.parametrize("columns", [None, ["id", "firstName", "lastName"]])
def test_a_frame_is_pushed_again_and_again_without_reading(desk: Desk, columns: Any) -> None:
    frame = desk.read("people", columns=columns).head(2)
    for name in ("Edith", "Grace", "Hedy"):
        frame = changed(frame, firstName=name)
        assert statuses(desk, frame) == ["updated", "unchanged"]
    assert statuses(desk, changed(frame, lastName="Lamarr")) == ["updated", "unchanged"]
    first = desk.read("people").iloc[0]
    assert (first["firstName"], first["lastName"]) == ("Hedy", "Lamarr")


def test_what_somebody_changed_between_two_pushes_is_a_conflict(desk: Desk) -> None:
    frame = changed(desk.read("people").head(2), firstName="Edith")
    assert statuses(desk, frame) == ["updated", "unchanged"]
    patch(desk, frame["id"].iloc[0], lastName="Theirs")
    again = changed(frame, firstName="Grace")
    assert statuses(desk, again) == ["conflict", "unchanged"]
    assert statuses(desk, again, conflict="overwrite") == ["updated", "unchanged"]
    # What was overwritten was never read.
    assert statuses(desk, changed(again, firstName="Hedy")) == ["conflict", "unchanged"]


def test_what_somebody_changed_before_the_first_push_wrote_is_a_conflict(desk: Desk) -> None:
    frame = changed(desk.read("people").head(1), firstName="Edith")
    plan = desk.plan(frame)
    patch(desk, frame["id"].iloc[0], lastName="Theirs")
    assert list(plan.apply()["status"]) == ["updated"]
    assert statuses(desk, changed(frame, firstName="Grace")) == ["conflict"]
    assert desk.read("people")["lastName"].iloc[0] == "Theirs"


def test_a_frame_that_does_not_know_of_a_push_takes_nothing_of_it_back(desk: Desk) -> None:
    old = desk.read("people").head(1)
    assert statuses(desk, changed(old, firstName="Edith")) == ["updated"]
    assert statuses(desk, changed(old, lastName="Lamarr")) == ["conflict"]
    assert desk.read("people")["firstName"].iloc[0] == "Edith"


def test_a_frame_read_between_two_pushes_takes_nothing_of_the_later_one_back(desk: Desk) -> None:
    def put(name: str) -> None:
        frame = changed(desk.read("people").head(1), firstName=name)
        assert statuses(desk, frame) == ["updated"]

    put("Edith")
    between = desk.read("people").head(1)
    put("Grace")
    assert statuses(desk, changed(between, lastName="Lamarr")) == ["conflict"]
    assert desk.read("people")["firstName"].iloc[0] == "Grace"
    # One that says something else knows what it says.
    assert statuses(desk, changed(between, firstName="Hedy")) == ["updated"]


def test_a_value_from_before_the_read_can_be_pushed_again(desk: Desk) -> None:
    first = desk.read("people").head(1)
    assert statuses(desk, changed(first, firstName="Edith")) == ["updated"]
    frame = changed(desk.read("people").head(1), lastName="Lamarr")
    assert statuses(desk, frame) == ["updated"]
    back = changed(frame, firstName=first["firstName"].iloc[0])
    assert statuses(desk, back) == ["updated"]


@pytest.mark.parametrize("field", ["tags", "references"])
def test_a_column_of_a_list_takes_no_element_of_a_later_push_back(desk: Desk, field: str) -> None:
    values = {"tags": True, "references": "X-1"}
    frame = desk.read("people").runn.expand(field)
    one, two = [name for name in frame if name.startswith(f"{field}.")][:2]
    frame = frame[frame[[one, two]].isin([False, pd.NA, None]).all(axis=1)].head(1)
    pushed = frame.assign(**{one: values[field]})
    assert statuses(desk, pushed) == ["updated"]
    assert statuses(desk, frame.assign(**{two: values[field]})) == ["conflict"]
    assert statuses(desk, pushed.assign(**{two: values[field]})) == ["updated"]
    assert statuses(desk, pushed.assign(lastName="Lamarr")) == ["conflict"]


def test_a_copy_from_between_two_pushes_takes_nothing_back(desk: Desk) -> None:
    edith = changed(desk.read("people").head(1), firstName="Edith")
    grace = changed(edith, firstName="Grace")
    assert statuses(desk, edith) == statuses(desk, grace) == ["updated"]
    assert statuses(desk, changed(edith, lastName="Lamarr")) == ["conflict"]
    assert statuses(desk, changed(grace, lastName="Lamarr")) == ["updated"]


def test_a_frame_read_before_an_undo_does_not_plan_what_was_undone(desk: Desk) -> None:
    plan = desk.plan(changed(desk.read("people").head(1), firstName="Edith"))
    plan.apply()
    frame = desk.read("people").head(1)
    plan.undo().apply()
    assert statuses(desk, changed(frame, lastName="Lamarr")) == ["conflict"]
    assert statuses(desk, changed(frame, firstName="Grace")) == ["updated"]


def test_actuals_are_pushed_again_without_reading(desk: Desk) -> None:
    frame = desk.read("actuals", minDate="2026-05-01", maxDate="2026-05-15").head(3)
    for minutes in (301, 302):
        frame = frame.assign(billableMinutes=minutes)
        assert statuses(desk, frame) == ["updated"] * 3
    desk.account.request(
        "POST",
        "actuals",
        json={
            "date": f"{frame['date'].iloc[0]:%Y-%m-%d}",
            **{name: int(frame[name].iloc[0]) for name in ("personId", "projectId", "roleId")},
            "billableMinutes": 15,
        },
    )
    assert statuses(desk, frame.assign(billableMinutes=303)) == ["conflict", "updated", "updated"]


# -- versions that are no versions


LOCAL = {
    "local": lambda stamps: stamps.dt.tz_convert("Europe/Berlin").dt.tz_localize(None),
    "text": lambda stamps: stamps.dt.tz_convert("Asia/Kathmandu").dt.strftime("%Y-%m-%d %H:%M:%S"),
}


@pytest.mark.parametrize("zone", LOCAL)
def test_local_time_is_no_version(desk: Desk, zone: str) -> None:
    frame = desk.read("teams")
    rename(desk, int(frame["id"].iloc[3]))
    frame["updatedAt"] = LOCAL[zone](frame["updatedAt"])
    assert desk.plan(frame[:3]).row_plans[0].conflict == ""
    frame["name"] = [f"Mine {n}" for n in frame.index]
    plan = desk.plan(frame)
    assert statuses_of(plan) == ["conflict"] * len(frame)
    assert "updatedAt seems to be local time" in str(plan)
    assert desk.plan(frame.drop(columns="updatedAt")).requests == len(frame)


KEPT = {
    "another zone": lambda stamps: stamps.dt.tz_convert("Europe/Berlin"),
    "UTC without a zone": lambda stamps: stamps.dt.tz_localize(None),
    "rounded up": lambda stamps: stamps.dt.ceil("s"),
}


@pytest.mark.parametrize("form", KEPT)
def test_the_same_moment_is_a_version(desk: Desk, form: str) -> None:
    frame = desk.read("teams")
    frame["updatedAt"] = KEPT[form](frame["updatedAt"])
    assert desk.plan(frame).requests == 0
    plan = desk.plan(frame.assign(name="Mine").head(1))
    assert (statuses_of(plan), notes(plan)) == (["update"], [])


def test_rows_that_are_found_by_a_name_have_the_versions_of_another_account(desk: Desk) -> None:
    frame = desk.read("people").dropna(subset="email").drop(columns="id").head(2)
    frame["updatedAt"] += pd.Timedelta(days=900)
    plan = desk.plan(frame[["email", "updatedAt"]].assign(lastName="Mine"), "people", on="email")
    assert statuses_of(plan) == ["update", "update"]
