"""Writes that nobody meant: time without minutes, hours as minutes, cells unset in bulk."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.errors import PlanError, PlanWarning
from runn_pandas.jupyter.review import PlanReview
from tests.support.desk import Desk
from tests.support.pushes import actuals_of

MINUTES = ["billableMinutes", "nonbillableMinutes"]
DAY = ["date", "personId", "projectId", "roleId"]
WEEK = {"minDate": "2026-03-02", "maxDate": "2026-03-06"}


@pytest.fixture
def current(desk: Desk) -> Desk:
    rp.use(desk.account)
    return desk


def assignment(desk: Desk, **cells: Any) -> pd.DataFrame:
    row = desk.read("assignments").iloc[0]
    day = pd.Timestamp("2027-03-01")
    ids = {name: row[name] for name in ("personId", "projectId", "roleId")}
    return pd.DataFrame([{**ids, "startDate": day, "endDate": day, **cells}])


# -- minutes


@pytest.mark.parametrize("resource", ["actuals", "actuals/time-entry"])
def test_time_without_a_column_of_minutes_is_refused(desk: Desk, resource: str) -> None:
    frame = actuals_of(desk, 4).drop(columns=MINUTES)
    since = desk.mark()
    with pytest.raises(PlanError, match=r"'billableMinutes' is missing.*nonbillableMin") as caught:
        desk.push(frame, resource)
    assert desk.writes(since) == []
    told = caught.value.problems
    assert told[["row", "column"]].values.tolist() == [[None, "billableMinutes"]]


@pytest.mark.parametrize("kept", MINUTES)
def test_either_column_of_minutes_will_do(desk: Desk, kept: str) -> None:
    frame = actuals_of(desk, 2).drop(columns=MINUTES)
    assert desk.plan(frame.assign(**{kept: 60}), "actuals").summary["rows"].tolist() == [2]


def test_a_row_with_neither_is_refused_and_named(desk: Desk) -> None:
    frame = actuals_of(desk, 3).astype(dict.fromkeys(MINUTES, "Int64"))
    frame.loc[1, MINUTES] = pd.NA
    with pytest.raises(PlanError, match=r"row 1, column 'billableMinutes': is missing, and so is"):
        desk.plan(frame, "actuals")


def test_a_changed_note_needs_no_minutes(desk: Desk) -> None:
    frame = desk.read("actuals", **WEEK).head(2)[["id", *DAY, "workstreamId", "billableNote"]]
    frame["billableNote"] = "checked"
    plan = desk.plan(frame)
    assert set(plan.changes["field"]) == {"billableNote"}
    before = desk.read("actuals", **WEEK).head(2)[MINUTES]
    desk.push(frame)
    assert desk.read("actuals", **WEEK).head(2)[MINUTES].equals(before)


def test_an_assignment_without_minutes_is_refused(desk: Desk) -> None:
    with pytest.raises(PlanError, match=r"'minutesPerDay': is missing.*0 minutes"):
        desk.plan(assignment(desk), "assignments")
    assert desk.plan(assignment(desk, minutesPerDay=0), "assignments").requests == 1


@pytest.mark.parametrize(
    ("column", "advice"),
    [
        ("hours", 'df["billableMinutes"] = df["hours"] * 60'),
        ("Hours", 'df["billableMinutes"] = df["Hours"] * 60'),
        ("nonbillable_hours", 'df["nonbillableMinutes"] = df["nonbillable_hours"] * 60'),
        ("minutes", "did you mean 'billableMinutes'?"),
    ],
)
def test_a_column_of_hours_is_told_what_it_should_be(desk: Desk, column: str, advice: str) -> None:
    frame = actuals_of(desk, 2).drop(columns=MINUTES).assign(**{column: 7.5})
    with pytest.raises(PlanError) as caught:
        desk.plan(frame, "actuals")
    assert advice in str(caught.value)


def test_the_advice_for_hours_can_be_followed(desk: Desk) -> None:
    frame = actuals_of(desk, 4).drop(columns=MINUTES).assign(hours=[7.5, 4.1, 2.3, 8])
    frame["billableMinutes"] = frame.pop("hours") * 60  # 4.1 * 60 is 245.99999999999997
    desk.push(frame, "actuals")
    sent = [item["billableMinutes"] for item in desk.bodies[0][2]["actuals"]]
    assert sent == [450, 246, 138, 480]
    assert all(type(minutes) is int for minutes in sent)


@pytest.mark.parametrize(("hours", "is_asked"), [(8, True), (7.0, True), (480, False), (15, False)])
def test_hours_in_a_column_of_minutes_are_asked_about(
    desk: Desk, hours: float, is_asked: bool
) -> None:
    frame = actuals_of(desk, 3).assign(billableMinutes=hours)
    plan = desk.plan(frame, "actuals")
    assert ("are they hours?" in repr(plan)) == is_asked
    if is_asked:
        since = desk.mark()
        says = rf'{int(hours)} minutes in row 0.*df\["billableMinutes"\] \* 60.*confirm=True'
        for push in (lambda: desk.push(frame, "actuals"), plan.apply):
            with pytest.raises(PlanError, match=says):
                push()
        assert desk.writes(since) == []
    assert set(desk.push(frame, "actuals", confirm=is_asked)["status"]) == {"created"}


def test_fractions_in_a_column_of_minutes_are_asked_about(desk: Desk) -> None:
    frame = actuals_of(desk, 3).assign(billableMinutes=7.5)
    says = r"billableMinutes\': 7\.5 is not a whole number; if these are hours.*\* 60 \(and 2 more"
    with pytest.raises(PlanError, match=says):
        desk.plan(frame, "actuals")


def test_a_few_minutes_beside_many_are_just_that(desk: Desk) -> None:
    frame = desk.read("actuals", **WEEK)
    large = frame[frame["billableMinutes"] > 60].head(1).copy()
    large["nonbillableMinutes"] = 7
    assert "hours?" not in repr(desk.plan(large))
    mixed = actuals_of(desk, 3).assign(billableMinutes=[8, 8, 480])
    assert "hours?" not in repr(desk.plan(mixed, "actuals"))


def test_hours_of_assignments_are_asked_about_too(desk: Desk) -> None:
    with pytest.raises(PlanError, match=r"minutesPerDay would be 8 minutes.*are they hours"):
        desk.push(assignment(desk, minutesPerDay=8), "assignments")


def test_a_review_asks_about_hours_too(current: Desk) -> None:
    frame = actuals_of(current, 2).assign(billableMinutes=8)
    review = PlanReview(frame.runn.plan("actuals"))
    review.push()
    assert "are they hours" in review.message[1]
    assert current.bodies == []
    review.push(confirm=True)
    assert set(review.result["status"]) == {"created"}


def test_an_undo_gives_small_minutes_back_unasked(desk: Desk) -> None:
    frame = actuals_of(desk, 2).assign(billableMinutes=8)
    plan = desk.plan(frame, "actuals")
    plan.apply(confirm=True)
    more = desk.plan(frame.assign(billableMinutes=480), "actuals")
    more.apply()
    assert set(more.undo().apply()["status"]) == {"updated"}


# -- cells that are unset


def mapped(desk: Desk, gaps: int) -> pd.DataFrame:
    """People whose team was looked up, with as many gaps."""
    people = desk.read("people").sort_values("teamId", na_position="last", ignore_index=True)
    people["teamId"] = people["teamId"].mask(people.index < gaps)
    return people


def test_a_column_with_gaps_unsets_nothing_unasked(desk: Desk) -> None:
    since = desk.mark()
    with pytest.raises(PlanError, match=r"34 of 40 would be unset.*na='unset'.*na='omit'") as told:
        desk.push(mapped(desk, 34))
    assert desk.writes(since) == []
    assert told.value.problems["column"].tolist() == ["teamId"] * 34
    assert str(told.value).count("teamId") == 1
    assert desk.plan(mapped(desk, 34), na="unset").requests == 34
    assert desk.plan(mapped(desk, 34), na="omit").requests == 0


@pytest.mark.parametrize(("gaps", "is_refused"), [(1, False), (4, False), (5, True)])
def test_a_tenth_of_a_column_may_be_unset(current: Desk, gaps: int, is_refused: bool) -> None:
    frame = mapped(current, gaps)
    if is_refused:
        with pytest.raises(PlanError, match=f"{gaps} of 40 would be unset"):
            current.plan(frame)
        return
    with pytest.warns(PlanWarning, match=rf"{gaps} missing cells? unset") as caught:
        result = frame.runn.push()
    assert len(caught) == 1
    assert (result["status"] == "updated").sum() == gaps


def test_one_cell_of_a_small_frame_is_no_bulk(desk: Desk) -> None:
    frame = mapped(desk, 1).head(1)
    assert desk.plan(frame).requests == 1


def test_more_than_ten_cells_are_asked_about_however_long_the_columns(desk: Desk) -> None:
    actuals = desk.read("actuals", **WEEK)
    desk.push(actuals.assign(billableNote="a", nonbillableNote="b"))
    actuals = desk.read("actuals", **WEEK)
    assert len(actuals) > 120
    actuals.loc[:5, ["billableNote", "nonbillableNote"]] = None
    with pytest.raises(PlanError, match=r"12 problems.*'billableNote'.*'nonbillableNote'"):
        desk.plan(actuals)
    actuals = desk.read("actuals", **WEEK)
    actuals.loc[:4, ["billableNote", "nonbillableNote"]] = None
    assert desk.plan(actuals).summary["rows"].iloc[0] == 5


def test_only_cells_with_a_value_in_runn_are_counted(desk: Desk) -> None:
    people = desk.read("people", expand=["references", "tags"])
    people.loc[1, "lastName"] = "Nightingale"
    tags = [name for name in people if name.startswith("tags.")]
    has = people.index[people[tags].fillna(False).sum(axis=1) > 1][0]
    has_not = [name for name in tags if not people.loc[has, name]]
    people[tags] = people[tags].astype("boolean")
    people.loc[has, has_not] = pd.NA
    assert "missing cell" not in repr(desk.plan(people))
    whole = desk.read("people")
    assert len(whole.loc[has, "tags"]) > 1
    whole.at[has, "tags"] = None
    assert "1 missing cell unsets the value" in repr(desk.plan(whole))


# -- the notes of a plan


def test_a_push_shows_what_its_plan_notes_one_warning_each(current: Desk) -> None:
    made = pd.Timestamp("2020-01-01", tz="UTC")
    frame = pd.DataFrame({"name": ["A", current.read("teams")["name"][0]], "createdAt": made})
    notes = list(frame.runn.plan("teams").notes)
    assert len(notes) == 2
    for options in ({"dry_run": True}, {}):
        with pytest.warns(PlanWarning) as caught:
            frame.runn.push("teams", **options)
        assert [str(one.message) for one in caught] == notes
        assert {Path(one.filename) for one in caught} == {Path(__file__)}
        assert not any("\n" in note for note in notes)


def test_a_plan_and_what_was_asked_for_warn_of_nothing(current: Desk) -> None:
    people = mapped(current, 12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        people.runn.plan(na="unset").apply()
        again = current.read("people")
        again["teamId"] = again["teamId"].mask(again.index == 39)
        again.runn.push(na="unset")


def test_a_warning_made_an_error_stops_before_anything_is_sent(current: Desk) -> None:
    frame = pd.DataFrame({"name": [current.read("teams")["name"][0]]})
    since = current.mark()
    with warnings.catch_warnings():
        warnings.simplefilter("error", PlanWarning)
        with pytest.raises(PlanWarning, match="taken already"):
            frame.runn.push("teams")
    assert current.writes(since) == []


# -- what a refusal says


def test_the_same_reason_is_said_once_with_a_count_and_the_first_rows(desk: Desk) -> None:
    frame = actuals_of(desk, 60).assign(date="soon")
    with pytest.raises(PlanError) as caught:
        desk.plan(frame, "actuals")
    text = str(caught.value)
    assert "60 problems" in text
    assert text.count("is not a date") == 1
    assert "row 0, column 'date': 'soon' is not a date" in text
    assert "(and 59 more rows: 1, 2, 3, ...)" in text
    assert len(caught.value.problems) == 60


def test_a_missing_column_is_told_once_and_an_unknown_one_beside_it(desk: Desk) -> None:
    frame = actuals_of(desk, 1360).drop(columns=["roleId", "date"]).assign(colour="red")
    with pytest.raises(PlanError) as caught:
        desk.plan(frame, "actuals")
    told = caught.value.problems
    assert told["row"].tolist() == [None] * 3
    assert sorted(told["column"]) == ["colour", "date", "roleId"]
    new = pd.DataFrame({"email": [f"n{n}@example.com" for n in range(1360)], "office": "Oslo"})
    with pytest.raises(PlanError) as caught:
        desk.plan(new, "people")
    told = caught.value.problems
    assert told["row"].isna().all()
    assert {"firstName", "lastName", "roleId", "office"} <= set(told["column"])
    assert told["column"].is_unique


def test_a_tag_or_field_that_is_not_there_is_called_by_its_own_name(desk: Desk) -> None:
    people = desk.read("people", expand="tags").head(3)
    held = next(name for name in people if name.startswith("tags."))
    with pytest.raises(PlanError) as caught:
        desk.plan(people.assign(**{held: False, "tags.brandnew": True}))
    assert "column 'tags.brandnew': is no tag of the account" in str(caught.value)
    assert held not in str(caught.value)
    with pytest.raises(PlanError) as caught:
        desk.plan(people.assign(**{"customFields.Ofice": "Berlin"}))
    text = str(caught.value)
    assert "column 'customFields.Ofice': is no custom field of the account; did you mean" in text
    assert "'customFields.Office'" in text
    assert "Berlin" not in text
    with pytest.raises(PlanError, match=r"column 'skills\.python': is no skill's id"):
        desk.plan(people.assign(**{"skills.python": True}))


@pytest.mark.parametrize("columns", [["id"], ["id", "firstName"]])
def test_a_frame_is_no_list_of_ids(desk: Desk, columns: list[str]) -> None:
    people = desk.read("people")
    with pytest.raises(PlanError, match=r'delete= takes ids or flags.*delete=frame\["id"\]'):
        desk.plan(people, delete=people[columns].head(2))


def test_values_are_shown_as_they_are_typed(desk: Desk) -> None:
    frame = actuals_of(desk, 1).assign(personId=np.float64(7.5))
    with pytest.raises(PlanError, match=r"'personId': 7\.5 is not a whole number") as caught:
        desk.plan(frame, "actuals")
    assert type(caught.value.problems["value"][0]) is float
    with pytest.raises(PlanError, match=r"delete= takes ids; 7\.5 is not"):
        desk.plan(desk.read("people"), delete=[np.float64(7.5)])


def test_moments_of_a_zone_are_asked_whose_day_they_are(desk: Desk) -> None:
    late = pd.Timestamp("2020-01-06 00:30", tz="Europe/Oslo")
    frame = actuals_of(desk, 2).assign(date=late)
    with pytest.raises(PlanError) as caught:
        desk.plan(frame, "actuals")
    text = str(caught.value)
    assert "it is 2020-01-06 in Europe/Oslo and 2020-01-05 in UTC" in text
    assert ".dt.tz_convert('Europe/Oslo').dt.tz_localize(None).dt.normalize()" in text
    frame["date"] = frame["date"].dt.tz_convert("Europe/Oslo").dt.tz_localize(None).dt.normalize()
    assert desk.plan(frame, "actuals").requests == 1
    with pytest.raises(PlanError, match=r"it is 2020-01-05 in UTC\. Say whose day is meant"):
        desk.plan(frame.assign(date=late.tz_convert("UTC")), "actuals")


def test_many_empty_texts_are_asked_about_like_missing_cells(desk: Desk) -> None:
    frame = desk.read("people")
    some = frame[frame["email"].notna()].head(20)
    with pytest.raises(PlanError, match="is an empty text, and Runn has a value: 20 of 20"):
        desk.plan(some.assign(email=""))
    assert desk.plan(some.assign(email=""), na="unset").requests == 20
    one = some.assign(email=["", *some["email"].iloc[1:]])
    assert desk.plan(one).requests == 1


# -- what the words of a plan and of its errors say


@pytest.mark.parametrize("value", [0, 1, "False", "no", "", pd.NA])
@pytest.mark.parametrize("option", ["new", "repeat", "dry_run", "delete_force", "confirm"])
def test_a_flag_is_true_or_false(desk: Desk, option: str, value: Any) -> None:
    since = desk.mark()
    frame = pd.DataFrame({"name": ["Brand new"]})
    with pytest.raises(PlanError, match=rf"{option} is True(,| or) False"):
        desk.push(frame, "teams", **{option: value})
    assert desk.writes(since) == []


def test_a_flag_of_numpy_is_one(desk: Desk) -> None:
    frame = pd.DataFrame({"name": ["Brand new"]})
    off, on = np.bool_(False), np.bool_(True)
    assert desk.plan(frame, "teams", new=off).summary["action"].tolist() == ["left out"]
    assert desk.push(frame, "teams", new=on, dry_run=on)["status"].tolist() == ["planned"]


def test_an_undo_takes_flags_too(desk: Desk) -> None:
    desk.push(pd.DataFrame({"name": ["Brand new"]}), "teams")
    with pytest.raises(PlanError, match="confirm is True, False or None, not 'no'"):
        rp_undo(desk).apply(confirm="no")  # type: ignore[arg-type]


def rp_undo(desk: Desk) -> rp.Plan:
    with rp.use(desk.account):
        return rp.undo(int(desk.journal()["push"].max()))


@pytest.mark.parametrize(
    ("columns", "on", "said"),
    [
        ({"email": ["nobody@example.com"]}, "email", "'nobody@example.com' is not in the account,"),
        ({"lastName": ["Nobody"]}, "lastName", "'Nobody' is not in the account,"),
        ({"firstName": ["No"], "lastName": ["Body"]}, ["firstName", "lastName"], "this lastName,"),
    ],
)
def test_what_on_does_not_find_is_told_as_such(
    desk: Desk, columns: Any, on: Any, said: str
) -> None:
    frame = pd.DataFrame(columns).assign(isArchived=True)
    with pytest.raises(PlanError, match="1 problem") as caught:
        desk.plan(frame, "people", on=on)
    assert said in str(caught.value)
    assert "roleId; new=False leaves out what is not there" in str(caught.value)
    assert desk.plan(frame, "people", on=on, new=False).requests == 0


def test_a_plan_of_what_is_left_out_does_not_say_that_all_is_alike(desk: Desk) -> None:
    frame = pd.DataFrame({"email": ["nobody@example.com", "hana.haddad@example.com"]})
    said = "1 row left out: not in the account, and new=False makes no new rows; the others have no"
    assert said in repr(desk.plan(frame, "people", on="email", new=False))
    alone = repr(desk.plan(frame.head(1), "people", on="email", new=False))
    assert "makes no new rows." in alone
    assert "differences" not in alone


def test_rows_are_labelled_by_plain_numbers(desk: Desk) -> None:
    people = desk.read("people").set_index("id")[["lastName"]].head(1).assign(lastName="X")
    plan = desk.plan(people, "people")
    assert "row 310011 (id 310011" in repr(plan)
    assert type(plan.changes["row"][0]) is int


@pytest.mark.parametrize(
    ("resource", "columns", "on", "said"),
    [
        ("people", {"tags": ["mentor"]}, "email", 'df["tags.mentor"] = True'),
        ("people", {"Office": ["Berlin"]}, "email", "call a custom field 'customFields.Office'"),
        ("people", {"lastName": ["X"]}, "emial", "did you mean 'email'?"),
        ("people", {"tags.Mentr": [True]}, "email", "did you mean 'mentor'?"),
        ("people", {"tags.Mentor": [True]}, "email", "did you mean 'mentor'?"),
    ],
)
def test_a_column_that_is_not_there_names_the_one_that_is_meant(
    desk: Desk, resource: str, columns: Any, on: str, said: str
) -> None:
    frame = pd.DataFrame({"email": ["hana.haddad@example.com"], **columns})
    with pytest.raises(PlanError) as caught:
        desk.plan(frame, resource, on=on)
    assert said in str(caught.value)


def test_what_a_row_lacks_says_where_it_is_found(desk: Desk) -> None:
    with pytest.raises(PlanError, match=r"'roleId' is missing.*rp\.reconcile"):
        desk.plan(actuals_of(desk, 2).drop(columns="roleId"), "actuals")
    with pytest.raises(PlanError, match=r"'personId'.*an open role has a placeholder's"):
        desk.plan(assignment(desk, minutesPerDay=60).drop(columns="personId"), "assignments")


def test_leave_that_meets_other_leave_says_how_to_leave_the_row_out(desk: Desk) -> None:
    there = desk.read("time-offs/leave").iloc[0]
    days = [there["startDate"], there["startDate"] - pd.Timedelta(days=1)]
    frame = pd.DataFrame({"startDate": days, "endDate": there["startDate"]}, index=[7, 8])
    frame = frame.assign(personId=there["personId"], note="Another")
    for label, word in ((7, "is within"), (8, "meets")):
        with pytest.raises(PlanError) as caught:
            desk.plan(frame.loc[[label]], "time-offs/leave")
        assert f"{word} leave id {there['id']}" in str(caught.value)
        assert f"df.drop([{label}])" in str(caught.value)
