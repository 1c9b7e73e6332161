"""The board of a reconciliation: choices by row and by group, and the plan that comes of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import html
from runn_pandas.analysis.reconciliation.actuals_to_write import NO_ROLE, NOT_MATCHED
from runn_pandas.errors import FrameError, PlanError
from runn_pandas.jupyter.app import WIDGET
from runn_pandas.jupyter.board import Board, markup
from runn_pandas.jupyter.board.missing import clock
from runn_pandas.jupyter.board.state import Group, rows_of
from tests.support.desk import Desk, desk_of, new_demo
from tests.support.hostile import HOSTILE, called
from tests.support.safe_markup import text_of

KEYS = ["date", "personId", "projectId"]
SPAN = {"minDate": "2026-06-01", "maxDate": "2026-06-12"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = desk_of(new_demo(), tmp_path / "cache")
    rp.use(made.account)
    return made


def totals(desk: Desk) -> pd.DataFrame:
    """Runn's minutes by key."""
    actuals = desk.read("actuals", **SPAN)
    parts = ["billableMinutes", "nonbillableMinutes"]
    found = actuals.groupby(KEYS, as_index=False)[parts].sum()
    found["minutes"] = found[parts].sum(axis=1)
    return found[found["minutes"] > 0][[*KEYS, "minutes"]].reset_index(drop=True)


def reconciled(desk: Desk, count: int = 12) -> pd.DataFrame:
    """Of the first keys three differ, two are only in Runn, one is only in the timesheet."""
    sheet = totals(desk).head(count)
    people = sheet["personId"].unique().tolist()
    sheet.loc[[0, 1, 2], "minutes"] += 30
    extra = sheet.tail(1).assign(date=pd.Timestamp("2026-06-06"), minutes=90)
    sheet = pd.concat([sheet.drop([3, 4]), extra])
    span = {"start": "2026-06-01", "end": "2026-06-12"}
    whole = rp.reconcile(sheet, **span, people=people, projects="all")
    first = whole.merge(totals(desk).head(count)[KEYS], on=KEYS, how="inner")
    added = whole[whole["status"] == "only_timesheet"]
    return pd.concat([first, added], ignore_index=True)


def positions(app: Board, status: str) -> list[int]:
    return [row.position for row in app.rows if row.status == status]


def named(app: Board, name: str) -> list[Any]:
    """The widgets of a CSS class."""
    found: list[Any] = []

    def look(widget: Any) -> None:
        if name in getattr(widget, "_dom_classes", ()):
            found.append(widget)
        for child in getattr(widget, "children", ()):
            look(child)

    look(app.widget)
    return found


def is_shown(widget: Any) -> bool:
    return bool(widget.layout.display != "none")


def test_by_status_person_and_week(desk: Desk) -> None:
    app = rp.review(reconciled(desk))
    assert app.statuses == {
        "differences": 6,
        "differs": 3,
        "only_timesheet": 1,
        "only_runn": 2,
        "match": 7,
    }
    assert [group.key for group in app.groups] == ["differs", "only_timesheet", "only_runn"]
    assert app.groups[0].minutes("difference") == 90
    app.group_by("week")
    assert [(g.key, len(g.rows)) for g in app.groups] == [("2026-06-01", 6)]
    app.group_by("person")
    names = [group.key for group in app.groups]
    assert names == sorted(names, key=str.casefold)
    assert not any(name.startswith("person ") for name in names)  # names, not ids
    app.show("match")
    assert sum(len(group.rows) for group in app.groups) == 7
    assert app.side_of(app.groups[0]) == ""  # nothing to decide
    app.choose_group(app.groups[0].key, "runn")
    assert set(app.choices.values()) == {"open"}
    with pytest.raises(FrameError, match="grouped by status, person, week"):
        app.group_by("month")
    with pytest.raises(FrameError, match="no rows 'nonsense'"):
        app.show("nonsense")


def test_only_what_is_chosen_for_the_timesheet_is_planned(desk: Desk) -> None:
    app = rp.review(reconciled(desk))
    assert app.plan is None
    first, second, third = positions(app, "differs")
    app.choose([first, second], "timesheet")
    app.choose(third, "runn")
    assert app.corrections.index.tolist() == [app.rows[p].label for p in (first, second)]
    since = desk.mark()
    plan = app.plan
    assert plan is not None
    assert plan.resource == "actuals"
    assert plan.summary["rows"].tolist() == [2]
    app.choose(second, "open")
    assert app.plan is not None
    assert app.plan.summary["rows"].tolist() == [1]
    assert desk.writes(since) == []


def test_what_differs_where_the_hours_agree_is_said(desk: Desk) -> None:
    sheet = totals(desk).assign(billable=False)
    app = rp.review(rp.reconcile(sheet, start="2026-06-01", end="2026-06-12", billable="billable"))
    same = [row for row in app.rows if row.status == "differs" and not row.difference]
    assert same
    assert all(row.split.startswith("billable: 0:00 by the timesheet, ") for row in same)
    app.show("differs")
    app.unfolded = {"differs"}
    assert same[0].split in app._static()
    assert "by the timesheet" in markup.row_of(
        same[0], "status", markup.columns_of(app.groups, "status")
    )
    assert not any(row.split for row in app.rows if row.difference)


def test_columns_are_those_of_all_rows_and_leave_out_what_the_group_says(desk: Desk) -> None:
    app = rp.review(reconciled(desk))
    before = app.view.columns
    for group in app.groups:
        app.fold(group.key)
        assert app.view.columns == before, "nothing moves"
    assert "Status" not in markup.heads_of("status")
    assert "Person" not in markup.heads_of("person")
    assert markup.heads_of("week") == list(markup.HEADS)


def test_a_group_is_chosen_and_shown_as_mixed_when_it_is(desk: Desk) -> None:
    app = rp.review(reconciled(desk))
    app.choose_group("only_runn", "timesheet")
    assert [app.choices[p] for p in positions(app, "only_runn")] == ["timesheet"] * 2
    group = app.groups[2]
    assert app.side_of(group) == "timesheet"
    app.choose(group.rows[0].position, "runn")
    assert app.side_of(group) == "mixed"
    app.show("differs")
    app.group_by("week")
    app.choose_group("2026-06-01", "timesheet")  # of what is shown only
    assert app.choices[group.rows[0].position] == "runn"
    with pytest.raises(FrameError, match="no group"):
        app.choose_group("nobody", "runn")


def test_what_becomes_0_is_counted_before_and_in_the_plan(desk: Desk) -> None:
    result = reconciled(desk)
    app = rp.review(result)
    assert "become 0" not in app.tally
    hours = clock(int(result.loc[result["status"] == "only_runn", "runnMinutes"].sum()))
    app.choose_group("differs", "timesheet")
    assert "become 0" not in app.tally
    app.choose_group("only_runn", "timesheet")
    assert f"Timesheet is right: 5. Of these 2 with {hours} h in Runn become 0." in app.tally
    assert "2 actuals with" in repr(app.plan)
    assert "set to 0 minutes, which counts as not worked (row" in repr(app.plan)


@pytest.mark.parametrize(
    ("rows", "side", "words"),
    [(0, "left", "'timesheet', 'runn' or 'open'"), (999, "runn", "no difference")],
)
def test_a_wrong_choice_is_refused(desk: Desk, rows: int, side: str, words: str) -> None:
    with pytest.raises(FrameError, match=words):
        rp.review(reconciled(desk)).choose(rows, side)


def test_from_the_board_to_runn_and_back(desk: Desk) -> None:
    result = reconciled(desk)
    app = rp.review(result)
    app.choose_group("differs", "timesheet")
    app.choose_group("only_runn", "timesheet")
    review = app.open_plan()
    assert app.view.under_review.children == (review.widget,)  # in the same place
    assert not is_shown(app.view.list)
    assert app.plan is review.plan
    assert review.lines[0].title == app.rows[review.lines[0].label].title
    review.push()
    assert app.result is not None
    assert set(app.result["status"]) == {"updated"}
    app.back()
    assert app.message == ("done", "5 rows corrected.")
    assert app.statuses["differences"] == 1
    assert set(app.choices.values()) == {"open"}
    sheet = result[result["timesheetMinutes"].notna()].rename(
        columns={"timesheetMinutes": "minutes"}
    )
    people = result["personId"].unique().tolist()
    window = {"start": "2026-06-01", "end": "2026-06-12"}
    again = rp.reconcile(sheet[[*KEYS, "minutes"]], **window, people=people, projects="all")
    mine = again.merge(result[KEYS], on=KEYS)
    assert mine["status"].value_counts().to_dict() == {"match": 12, "only_timesheet": 1}


def test_nothing_chosen_is_said(desk: Desk) -> None:
    app = rp.review(reconciled(desk))
    with pytest.raises(PlanError, match="right nowhere yet"):
        app.open_plan()
    app.act(app.open_plan)
    assert "right nowhere yet" in named(app, "runn-message")[0].value
    assert named(app, "runn-plan")[0].disabled


def test_rows_that_cannot_be_written_say_why(desk: Desk) -> None:
    result = reconciled(desk)
    new = result.index[result["status"] == "only_timesheet"][0]
    doubt = result.index[result["status"] == "only_runn"][0]
    result.loc[new, "roleId"] = pd.NA
    result.loc[doubt, ["billableMinutes", "nonbillableMinutes"]] = pd.NA
    app = rp.review(result)
    assert [app.rows[new].refusal, app.rows[doubt].refusal] == [NO_ROLE, NOT_MATCHED]
    app.choose_group("only_timesheet", "timesheet")
    assert "no role was found" in app.message[1]
    assert app.choices[new] == "open"
    app.choose([p for p in app.choices if p != new], "timesheet")
    assert app.choices[doubt] == "open"
    assert app.plan is not None
    assert app.plan.summary["rows"].sum() == 4
    app.choose(doubt, "runn")  # that is no write
    assert app.choices[doubt] == "runn"


def test_clicks_in_the_widget(desk: Desk) -> None:
    app = rp.review(reconciled(desk))
    assert len(app.lines) == 9  # few rows: unfolded
    sides = named(app, "runn-side")
    sides[0].value = "timesheet"  # the head of "differs"
    assert [app.choices[p] for p in positions(app, "differs")] == ["timesheet"] * 3
    named(app, "runn-side")[1].value = "runn"
    assert sides[0].label == "Mixed", "of a group with both"
    assert app.choices[positions(app, "differs")[0]] == "runn"
    assert named(app, "runn-plan")[0].description == "Plan 2 rows"
    named(app, "runn-fold")[0].click()
    assert len(app.lines) == 6
    named(app, "runn-by")[0].value = "person"
    assert app.by == "person"
    named(app, "runn-filter")[0].value = "match"
    assert app.shown == "match"
    assert {s.layout.visibility for s in named(app, "runn-side")} == {"hidden"}


def test_many_rows_are_folded_and_paged(desk: Desk) -> None:
    whole = reconciled(desk, 12)
    many = pd.concat([whole] * 400, ignore_index=True)
    app = rp.review(many)
    assert len(app.rows) == 5200
    assert len(app.lines) == 3
    app.fold("differs")
    assert app.pages == (3 + 1200) // 20 + 1
    app.turn(9999)
    assert len(named(app, "runn-rows")[0].children) == 3
    app.fold("differs")
    assert app.page == 0


def of_two_actuals(desk: Desk) -> tuple[pd.DataFrame, Any]:
    """A reconciliation, and the label of a key that only Runn has, with two actuals."""
    june = desk.read("actuals", minDate="2026-06-22", maxDate="2026-06-30")
    june = june.assign(minutes=june["billableMinutes"] + june["nonbillableMinutes"])
    count = june[june["minutes"] > 0].groupby(KEYS)["id"].transform("count").reindex(june.index)
    two = june[count == 2].iloc[0]
    same = (june[KEYS] == two[KEYS]).all(axis=1)
    sheet = june[~same & (june["personId"] == two["personId"])][[*KEYS, "minutes"]]
    span = {"start": "2026-06-22", "end": "2026-06-30"}
    result = rp.reconcile(sheet, **span, people=[int(two["personId"])], projects="all")
    [label] = result.index[(result[KEYS] == two[KEYS]).all(axis=1)]
    return result, label


def test_a_row_of_two_actuals_is_counted_as_both(desk: Desk) -> None:
    result, label = of_two_actuals(desk)
    app = rp.review(result)
    [row] = [row for row in app.rows if row.label == label]
    hours = clock(row.runn)
    app.choose(row.position, "timesheet")
    assert f"Of these 1 (2 actuals) with {hours} h in Runn become 0." in app.tally
    assert app.view.plan.description == "Plan 1 row"
    review = app.open_plan()
    assert len(review.lines) == 2
    assert "1 row of the board is 2 actuals: Runn has several of one day and project." in (
        review.remarks
    )
    assert any(said.startswith(f"2 actuals with {hours} h set to 0") for said in review.remarks)
    told = review.lines[0].told[0]
    minutes = review.lines[0].changes[0][1]
    assert told[1:] == (f"{minutes} ({clock(minutes)} h)", "0")
    review.push()
    app.back()
    assert app.message == ("done", "1 row (2 actuals) corrected.")
    assert "1 row (2 actuals) corrected." in named(app, "runn-done")[0].value, "on top"
    assert not named(app, "runn-message")[0].value
    assert app.pushed[0].startswith("2 actuals were pushed in push")


def test_a_push_is_undone_from_the_board(desk: Desk) -> None:
    app = rp.review(reconciled(desk))
    before = list(app.rows)
    undo = named(app, "runn-undo-pushed")[0]
    assert not is_shown(undo)
    app.choose_group("differs", "timesheet")
    app.open_plan().push()
    app.back()
    assert app.rows != before
    assert is_shown(undo)
    assert undo.description == "Undo 3 actuals ..."
    app.wait_for(app.undo)  # a click
    review = app.review
    assert review is not None
    assert review.is_back
    assert app.view.under_review.children == (review.widget,)
    app.back()  # nothing was taken back
    assert app.rows != before
    assert is_shown(undo)
    app.undo()
    review.push()
    app.back()
    assert app.message == ("done", "3 rows taken back.")
    assert app.rows == before
    assert app.pushed == []
    assert not is_shown(undo)
    assert set(app.choices.values()) == {"timesheet", "open"}


def test_where_runn_is_right_everywhere_it_is_not_said_that_nothing_is_decided(desk: Desk) -> None:
    app = rp.review(reconciled(desk))
    assert app.view.plan.description == "Nothing decided yet"
    app.choose_group("differs", "runn")
    assert app.view.plan.description == "Nothing to correct"
    assert app.view.plan.disabled


def test_other_reconciliations_and_empty_ones(desk: Desk) -> None:
    sheet = totals(desk).head(5)
    with pytest.raises(FrameError, match="by date, personId and projectId"):
        rp.review(rp.reconcile(sheet, on=["date", "personId"]))
    app = rp.review(reconciled(desk).head(0))
    assert "no rows" in named(app, "runn-message")[0].value
    assert "agree everywhere" in repr(app)
    agreed = reconciled(desk).query("status == 'match'")
    app = rp.review(agreed)
    assert "agree everywhere" in named(app, "runn-tally")[0].value
    assert not is_shown(app.view.plan_bar)


def test_labels_that_are_there_twice(desk: Desk) -> None:
    result = reconciled(desk)
    result.index = pd.Index([7] * len(result))
    app = rp.review(result)
    app.choose_group("differs", "timesheet")
    app.open_plan().push()
    app.back()
    assert app.message[1] == "3 rows corrected."


def test_names_that_cannot_be_read_are_ids(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    result = reconciled(desk)

    def broken(*_: Any, **__: Any) -> None:
        raise rp.errors.OfflineError("no names")

    monkeypatch.setattr("runn_pandas.jupyter.board.app.names", broken)
    app = rp.review(result)
    assert app.rows[0].person == f"person {result['personId'][0]}"
    assert "could not be read" in app.message[1]


@pytest.mark.parametrize("name", HOSTILE, ids=called)
def test_hostile_names_are_text(desk: Desk, name: str) -> None:
    result = reconciled(desk).assign(personName=name, projectName=f"{name}!")
    app = rp.review(result)
    app.group_by("person")
    shown = "".join(slot.children[1].value for slot in named(app, "runn-row"))
    assert "<img" not in shown
    assert html.text(name, 100)[:60] in shown
    assert len(shown) < 60_000
    assert "tex2jax_ignore" in shown
    app.choose_group(app.groups[0].key, "timesheet")
    app.open_plan()
    assert "<img" not in app._repr_mimebundle_()["text/html"]


def test_the_static_views(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    app = rp.review(reconciled(desk))
    bundle = app._repr_mimebundle_()
    assert WIDGET in bundle
    assert "Only timesheet" in bundle["text/html"]
    saved = text_of(bundle["text/html"])
    for row in app.rows:
        assert (row.position in app.choices) == (f"{row.date}{row.person}{row.project}" in saved)
    assert "Only timesheet: 1 rows, timesheet 1:30 h" in repr(app)
    for row in app.visible:
        assert f"{row.person}</td>" in bundle["text/html"], "its rows, not their sums only"
    assert "more are not shown" not in bundle["text/html"]
    assert "6 differences in 13 rows" in repr(app)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    plain = rp.review(reconciled(desk))
    assert "pip install" in repr(plain)
    plain.choose_group("differs", "timesheet")
    plain.open_plan().push()
    assert plain.result is not None
    assert set(plain.result["status"]) == {"updated"}


@pytest.mark.parametrize(
    ("minutes", "signed", "words"),
    [
        (None, False, "none"),
        (0, True, "0:00"),
        (90, True, "+1:30"),
        (-5, True, "-0:05"),
        (60061, False, "1,001:01"),
    ],
)
def test_hours_and_minutes(minutes: int | None, signed: bool, words: str) -> None:
    assert clock(minutes, signed=signed) == words


def test_sums_leave_out_what_is_not_there(desk: Desk) -> None:
    result = reconciled(desk)
    rows = tuple(rows_of(result, result[[]]))
    whole = Group("", rows)
    assert whole.minutes("timesheet") == result["timesheetMinutes"].sum()
    assert whole.minutes("runn") == result["runnMinutes"].sum()
    assert whole.minutes("difference") == result["differenceMinutes"].sum()
    monday = pd.Timestamp(rows[0].week)
    assert monday.weekday() == 0


def test_nobody_is_told_to_read_a_field_with_a_board(desk: Desk) -> None:
    app = rp.review(reconciled(desk).drop(columns="runnUpdatedAt"))
    app.choose(positions(app, "differs"), "timesheet")
    review = app.open_plan()
    (said,) = [one for one in review.remarks if "Changes by others" in one]
    assert said.endswith("a reconciliation does not have updatedAt. Compare anew if it is old.")
    assert "Read it with the frame" not in repr(review.view.notes.value)


def log(desk: Desk, minutes: int, like: pd.Series[Any]) -> None:
    """Somebody else logs minutes in place of those of an actual."""
    names = ["personId", "projectId", "roleId", "workstreamId"]
    keys = {name: int(like[name]) for name in names if pd.notna(like[name])}
    body = {"date": f"{like['date']:%Y-%m-%d}", "nonbillableMinutes": 0, **keys}
    desk.account.request("POST", "actuals", json={**body, "billableMinutes": minutes})


def test_a_wait_of_the_plan_is_said(desk: Desk) -> None:
    app = rp.review(reconciled(desk))
    app.choose(next(iter(app.choices)), "timesheet")
    fails, seen = iter(["before"]), list[str]()
    desk.wire.fault = lambda method, path: next(fails, "")
    desk.account.session._sleep = lambda seconds: seen.append(app.message[1])
    app.wait_for(app.open_plan)
    assert any("trying again in" in text for text in seen)
    assert app.message == ("", "")


def test_what_others_changed_since_it_was_shown_is_a_conflict(desk: Desk) -> None:
    app = rp.review(reconciled(desk))
    first, second, _ = positions(app, "differs")
    (new,) = positions(app, "only_timesheet")
    app.choose([first, second, new], "timesheet")
    log(desk, 600, app.frame.iloc[first])
    log(desk, 45, app.frame.iloc[new])
    plan = app.open_plan()
    assert not any("cannot be seen" in note for note in plan.plan.notes)
    assert plan.headline.startswith("Plan for 'actuals': 1 changed, 2 in conflict")
    app.review.push()
    told = app.result["status"].to_dict()
    labels = [app.rows[place].label for place in (first, second, new)]
    assert [told[label] for label in labels] == ["conflict", "updated", "conflict"]
    row = app.frame.iloc[first]
    logged = desk.read("actuals", **SPAN).merge(row[KEYS].to_frame().T.convert_dtypes(), on=KEYS)
    assert logged["billableMinutes"].tolist() == [600]


def test_the_headline_names_the_days_asked_for(desk: Desk) -> None:
    sheet = totals(desk).head(3)
    day = f"{sheet['date'].min():%Y-%m-%d}"
    said = {
        ("2026-05-01", "2026-06-30"): " from 2026-05-01 to 2026-06-30: ",
        ("2026-05-01", None): f" from 2026-05-01 to {day}, the timesheet's last day: ",
        (None, None): f" from {day} to {day}, the timesheet's first and last day: ",
    }
    for (start, end), words in said.items():
        app = rp.review(rp.reconcile(sheet, start=start, end=end))
        assert app.headline.startswith(f"Reconciliation{words}")
        assert repr(app).startswith(f"Reconciliation{words}")
    result = rp.reconcile(sheet, end="2026-06-30")
    assert result.attrs["reconciliation"] == {"start": day, "end": "2026-06-30", "asked": ["end"]}
    apart = result[result["date"] == day].copy()
    apart.attrs.clear()
    assert f"Reconciliation, with rows from {day} to {day}: " in repr(rp.review(apart))


def with_gaps(desk: Desk, wrong: str = "Nobody") -> pd.DataFrame:
    """A project that is not there, a slip in a name, and a row twice, of a few days of a few."""
    sheet = totals(desk).head(30).runn.names()[["date", "personName", "projectName", "minutes"]]
    sheet.index = pd.Index(range(2, 32))
    sheet.loc[2, "projectName"] = wrong
    slip = sheet["personName"] == sheet.loc[31, "personName"]
    sheet.loc[slip, "personName"] = sheet.loc[31, "personName"][:-1]
    sheet = pd.concat([sheet, sheet.loc[[5]].set_axis([40])])
    match = {"personId": {"name": "personName"}, "projectId": {"name": "projectName"}}
    span = {"start": "2026-06-01", "end": "2026-06-12"}
    return rp.reconcile(sheet, match=match, on_unmatched="ignore", **span)


def test_what_is_not_compared_and_what_counts_twice_stand_on_top(desk: Desk) -> None:
    result = with_gaps(desk)
    facts = result.attrs["reconciliation"]["unmatched"]
    app = rp.review(result)
    head = (
        f"Not compared: {facts['rows']} of 31 rows of the timesheet ({clock(facts['minutes'])} of"
        f" {clock(facts['ofMinutes'])} h), for they are not matched to Runn."
    )
    slip, _ = sorted(facts["first"], key=lambda one: one["key"])
    first, second = app.missing
    assert first.head == head
    assert facts["ofMinutes"] - facts["minutes"] == result["timesheetMinutes"].sum()
    assert (
        f"  \u201c{slip['value']}\u201d (person, {slip['rows']} rows, {clock(slip['minutes'])} h),"
        f" nearest: {slip['nearMisses']}"
    ) in first.texts
    assert slip["nearMisses"].startswith(slip["value"])
    assert any("\u201cNobody\u201d (project, 1 row, " in line for line in first.texts)
    (copy,) = result.attrs["reconciliation"]["copies"]["first"]
    (row,) = [row for row in app.rows if row.twice]
    hours = clock(copy["minutes"])
    assert second.texts == [
        f"Counted twice: 1 row of the timesheet is an exact copy of another, {hours} h.",
        f"  {row.person}, {row.project}, {row.date}: {hours} h, row 40 is a copy of row 5",
    ]
    assert row.twice == f"Counted twice: {hours} h, row 40 is a copy of row 5"
    shown = named(app, "runn-missing")[0]
    bundle = app._repr_mimebundle_()
    for place in (shown.value, bundle["text/html"]):
        assert text_of(place).index("Not compared") < text_of(place).index("Counted twice")
        assert "Nobody" in text_of(place)
    assert repr(app).index("Not compared") < repr(app).index("Differs")
    assert is_shown(shown)
    agreed = rp.review(reconciled(desk))
    assert agreed.missing == []
    assert named(agreed, "runn-missing") == []
    assert "ot compared" not in agreed._repr_mimebundle_()["text/html"]


def test_a_part_of_a_result_still_knows_what_is_missing(desk: Desk) -> None:
    result = with_gaps(desk)
    whole = rp.review(result).missing
    part = result[result["status"] != "match"].reset_index(drop=True)
    assert [one.head for one in rp.review(part).missing] == [one.head for one in whole]
    assert [one.head for one in rp.review(part.runn.names()).missing] == [one.head for one in whole]


def test_hours_that_may_be_of_what_was_not_matched_name_it(desk: Desk) -> None:
    app = rp.review(with_gaps(desk))
    open_ = [row for row in app.rows if row.refusal]
    assert open_
    said = "not written: may be the hours of \u201cNobody\u201d, not matched that day"
    own = [row for row in open_ if row.refusal == said]
    assert {(row.date, row.person) for row in own} == {(open_[0].date, open_[0].person)}
    app.choose(own[0].position, "timesheet")
    assert "\u201cNobody\u201d" in app.message[1]


def test_the_review_of_its_plan_says_it_too(desk: Desk) -> None:
    app = rp.review(with_gaps(desk))
    (row,) = [row for row in app.rows if row.twice]
    app.choose(row.position, "timesheet")
    review = app.open_plan()
    assert not is_shown(named(app, "runn-missing")[0])
    told = " ".join(review.remarks)
    assert " of 31 rows of the timesheet (" in told
    assert "were not matched, and so not compared: " in told
    assert "1 row is an exact copy of another in the timesheet (row 40; " in told
    assert [line.mark for line in review.lines] == [row.twice]
    shown = named(app, "runn-review")[0].children
    assert any("Counted twice" in slot.text.value for slot in review.view.slots), shown
    assert row.twice in review._static()
    assert row.twice in review.lines[0].spoken
    review.push()
    review.undo()
    assert not any(line.mark for line in review.lines), "the way back counts nothing twice"
    app.back()
    assert is_shown(named(app, "runn-missing")[0])


@pytest.mark.parametrize("name", HOSTILE, ids=called)
def test_hostile_names_that_lead_nowhere_are_text(desk: Desk, name: str) -> None:
    app = rp.review(with_gaps(desk, name))
    shown = named(app, "runn-missing")[0].value + app._repr_mimebundle_()["text/html"]
    assert "<img" not in shown
    assert "<script" not in shown
    assert "\u202e" not in shown
    assert len(shown) < 60_000
    assert html.text(name, 60)[:8] in shown
    rows = "".join(slot.children[1].value for slot in named(app, "runn-row"))
    assert "<img" not in rows
    assert not {"\u202e", "\x00"} & set(repr(app))


def test_of_many_the_first_few_are_named(desk: Desk) -> None:
    result = with_gaps(desk)
    facts = result.attrs["reconciliation"]
    value, copy = facts["unmatched"]["first"][0], facts["copies"]["first"][0]
    facts["unmatched"] |= {"first": [value] * 20, "values": 1300}
    facts["copies"] |= {"first": [copy] * 8, "rows": 8}
    first, second = rp.review(result).missing
    assert len(first.lines) == len(second.lines) == 5
    assert first.more.startswith("and 1,295 more: rp.unmatched(timesheet, ...) lists all")
    assert second.more == "and 3 more"
    twice = next(row.twice for row in rp.review(result).rows if row.twice)
    assert twice.endswith(" h of 8 rows that are exact copies")


def test_a_week_that_is_there_four_times_asks_whether_it_is(desk: Desk) -> None:
    sheet = totals(desk).head(4).assign(minutes=480)
    result = rp.reconcile(pd.concat([sheet] * 4, ignore_index=True))
    assert result.attrs["reconciliation"]["copies"]["rows"] == 12
    app = rp.review(result)
    app.choose(list(app.choices), "timesheet")
    with pytest.raises(PlanError, match="or is an entry there more than once"):
        app.open_plan()
