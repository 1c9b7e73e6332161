"""The review of a plan: what a click does, without a browser."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.errors import PlanError, ReadOnlyError
from runn_pandas.jupyter.app import WIDGET
from runn_pandas.jupyter.review import PlanReview
from runn_pandas.jupyter.review.state import ReviewRow, named_notes, price, sentence, words_of
from runn_pandas.jupyter.view import is_usable
from runn_pandas.push.model import Change, RowPlan
from runn_pandas.push.render import title_of
from tests.support.clock import Clock
from tests.support.desk import Desk, desk_of, new_demo
from tests.support.faults import Killed
from tests.support.hostile import HOSTILE, called


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_of(new_demo(), tmp_path / "cache")


def teams_of(desk: Desk, suffix: str = " 2026") -> pd.DataFrame:
    teams = desk.read("teams")
    teams["name"] = teams["name"] + suffix
    return teams


def mixed(desk: Desk) -> PlanReview:
    """A row of each kind: 0 changed, 1 in conflict, 2 deleted, 5 new."""
    teams = desk.read("teams")
    desk.account.request("PATCH", f"teams/{teams['id'][1]}", json={"name": "Of a colleague"})
    teams.loc[[0, 1], "name"] = ["Mine", "Mine too"]
    new = pd.DataFrame({"id": pd.array([None], dtype="Int64"), "name": ["Fresh"]}, index=[5])
    columns = ["id", "name", "updatedAt"]
    frame = pd.concat([teams[columns], new.reindex(columns=columns).astype(teams[columns].dtypes)])
    return rp.review(desk.plan(frame, "teams", delete=[int(teams["id"][2])]))


def clients_of(desk: Desk, count: int) -> rp.Plan:
    return desk.plan(pd.DataFrame({"name": [f"Client {n:04}" for n in range(count)]}), "clients")


def markup(app: PlanReview) -> str:
    """All HTML that the widget shows."""
    found: list[str] = []

    def collect(widget: Any) -> None:
        if type(widget).__name__ == "HTML":
            found.append(widget.value)
        for child in getattr(widget, "children", ()):
            collect(child)

    collect(app.widget)
    return "".join(found)


def named(app: PlanReview, name: str) -> Any:
    """The first widget of a CSS class."""

    def find(widget: Any) -> Any:
        if name in getattr(widget, "_dom_classes", ()):
            return widget
        hits = (find(child) for child in getattr(widget, "children", ()))
        return next((hit for hit in hits if hit is not None), None)

    return find(app.widget)


def is_shown(widget: Any) -> bool:
    return bool(widget.layout.display != "none")


# -- what is taken


@pytest.mark.parametrize("what", [None, "people", 5, pd.DataFrame({"id": [1]})])
def test_other_things_are_refused_in_a_sentence(what: Any) -> None:
    with pytest.raises(TypeError, match=r"takes a plan .* or a result of rp.reconcile, not"):
        rp.review(what)


def test_importing_the_package_does_not_import_ipywidgets() -> None:
    code = "import sys, runn_pandas as rp; rp.review; print('ipywidgets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


# -- looking and ticking


def test_each_row_with_its_kind_old_and_new(desk: Desk) -> None:
    app = mixed(desk)
    kinds = {line.label: line.kind for line in app.lines}
    assert kinds == {0: "update", 1: "conflict", 2: "delete", 5: "create"}
    assert app.kinds == {"all": 4, "create": 1, "update": 1, "delete": 1, "conflict": 1}
    assert app.ticked == {0, 2, 5}  # a conflict only if one asks for it
    assert app.lines[0].changes == [["name", "Studio", "Mine"]]
    shown = markup(app)
    assert all(word in shown for word in ("Studio", "Mine", "Of a colleague", "Fresh", "deleted"))
    assert "changed in the account at" in shown


def test_filter_and_ticking_all_of_a_kind(desk: Desk) -> None:
    app = mixed(desk)
    app.show("create")
    assert [line.label for line in app.visible] == [5]
    app.tick_all(False)
    assert app.ticked == {0, 2}
    app.show("conflict")
    app.tick_all()
    assert app.ticked == {0, 1, 2}
    assert app.conflict == "overwrite"
    with pytest.raises(PlanError, match="no rows to show for 'failed'"):
        app.show("failed")
    with pytest.raises(PlanError, match="changes no row at position 3"):
        app.tick(3)


def test_rows_are_searched_on_all_pages_and_ticks_out_of_sight_stay(desk: Desk) -> None:
    app = rp.review(clients_of(desk, 351))
    app.tick(350, False)
    named(app, "runn-search").value = "client 034"
    assert [row.position for row in app.visible] == [34, *range(340, 350)]
    assert "11 of 351 rows have \u201cclient 034\u201d; 340 are not shown" in markup(app)
    app.tick_all(False)
    assert len(app.ticked) == 339
    assert "339 of 351 rows ticked. 339 ticked rows are not shown." in markup(app)
    app.search("nobody")
    assert app.visible == []
    assert app.pages == 1
    app.search("")
    assert "not shown" not in markup(app)
    assert len(app.visible) == 351


@pytest.mark.parametrize(
    ("typed", "rows"), [("name mine", [0, 1]), ("MINE TOO", [1]), ("delet", [2]), ("id none", [])]
)
def test_a_search_finds_names_fields_values_kinds_and_ids(
    desk: Desk, typed: str, rows: list[int]
) -> None:
    app = mixed(desk)
    app.search(typed)
    assert [row.position for row in app.visible] == rows
    assert not is_shown(named(app, "runn-size")), "all of it is on one page"
    own = next(row.own for row in app.lines if row.own is not None)
    app.search(f"id {own}")
    assert own in [row.own for row in app.visible]


def test_a_page_has_as_many_rows_as_one_chooses(desk: Desk) -> None:
    app = rp.review(clients_of(desk, 351))
    assert (len(app.on_page), app.pages) == (20, 18)
    app.turn(6)
    named(app, "runn-size").value = 50
    assert app.on_page[20].position == 120, "what was shown first is shown"
    assert (len(app.view.list.children), app.pages) == (50, 8)
    named(app, "runn-size").value = 20
    assert len(app.view.list.children) == 20


def test_the_cost_is_of_what_is_ticked(desk: Desk) -> None:
    app = mixed(desk)
    assert app.requests == 3
    app.tick(1)
    assert app.requests == 4
    app.tick_all(False)
    assert (app.requests, app.price) == (0, "no requests")
    many = rp.review(clients_of(desk, 250))
    assert many.requests == 3  # a hundred a request
    many._tick(many.lines[:150], False)
    assert many.requests == 1
    assert "100 of 250 rows ticked. Ticked: 1 request." in named(many, "runn-cost").value


@pytest.mark.parametrize(
    ("requests", "words"),
    [
        (0, "no requests"),
        (1, "1 request"),
        (30, "30 requests, about 0.2 min at 120 a minute"),
        (1200, "1,200 requests, about 10.0 min at 120 a minute"),
    ],
)
def test_requests_and_minutes_in_words(requests: int, words: str) -> None:
    assert price(requests) == words


@pytest.mark.slow
def test_5000_rows_are_paged_and_few_widgets(desk: Desk) -> None:
    app = rp.review(clients_of(desk, 5000))
    assert app.pages == 250
    slots = named(app, "runn-rows").children
    assert len(slots) == 20
    app.turn(9999)
    assert app.page == 249
    assert [line.label for line in app.on_page] == list(range(4980, 5000))
    assert named(app, "runn-rows").children == slots
    assert "Page 250 of 250, rows 4,981 to 5,000 of 5,000" in named(app, "runn-page").value
    app.turn(-1)
    assert app.page == 0
    app.tick_all(False)
    assert app.ticked == set()


def test_a_tick_in_the_widget_is_a_tick_and_filling_a_page_is_none(desk: Desk) -> None:
    app = rp.review(clients_of(desk, 45))
    named(app, "runn-tick").value = False
    assert app.ticked == set(range(1, 45))
    app.turn(1)
    app.turn(2)
    assert len(named(app, "runn-rows").children) == 5
    app.turn(0)
    assert app.ticked == set(range(1, 45))
    assert named(app, "runn-tick").value is False


def test_a_click_leaves_the_widgets_where_they_are(desk: Desk) -> None:
    """What is made anew on the page loses the focus of the keyboard."""

    def models(widget: Any) -> list[Any]:
        return [widget.model_id, *map(models, getattr(widget, "children", ()))]

    app = rp.review(clients_of(desk, 45))
    before = models(app.widget)
    named(app, "runn-tick").value = False
    named(app, "runn-next").click()
    named(app, "runn-tick-all").click()
    assert models(app.widget) == before
    assert (app.page, app.ticked) == (1, set(range(45)))


# -- pushing


def test_push_sends_what_is_ticked_and_tells_each_outcome(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    app.tick(1, False)
    app.push()
    assert len(desk.writes()) == 4
    assert app.result["status"].tolist() == ["updated", "not tried", *["updated"] * 3]
    assert app.message == ("done", "4 rows pushed: 4 updated.")
    assert app.ticked == set()
    assert app.kinds["done"] == 4
    app.tick(0)  # what is done is not ticked again
    assert app.ticked == set()
    app.tick(1)
    app.push()
    assert app.result["status"].tolist() == ["updated"] * 5
    assert len(desk.writes()) == 5


def test_outcomes_are_in_the_widget_before_the_next_request(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    seen: list[tuple[int, str]] = []
    plain = desk.wire.fault

    def look(method: str, path: str) -> str:
        if method == "PATCH":
            seen.append((markup(app).count(">updated<"), app.state))
        return plain(method, path)

    desk.wire.fault = look
    app.push()
    assert seen == [(n, "running") for n in range(5)]


def test_a_push_that_stops_counts_and_says_only_what_was_tried(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    desk.wire.refuse("12012/", status=403)
    named(app, "runn-push").click()
    app.view._show_meter()
    assert "2 of 5 rows: 1 done, 1 not." in named(app, "runn-count").value
    assert 'role="status" aria-live="polite"' in named(app, "runn-heard").value
    after = app.view._next_after(app.view.sure)
    assert after.index(app.view.push) < after.index(app.view.undo), "to push again comes first"


def test_those_who_hear_the_page_are_told_ten_times(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runn_pandas.jupyter.review.view.BEAT", 0.0)
    people = desk.read("people")
    people["lastName"] = people["lastName"] + " x"
    app = rp.review(desk.plan(people))
    heard: list[str] = []
    named(app, "runn-heard").observe(lambda change: heard.append(change["new"]), "value")
    app.push()
    told = [re.search(r"(\d+) of 40 rows", one) for one in heard]
    assert [int(one[1]) for one in told if one] == list(range(0, 41, 4))
    assert 'role="status"' in named(app, "runn-report").value, "and what came of it"
    assert 'aria-label="Pushing 40 rows" value="40" max="40"' in named(app, "runn-progress").value


def test_the_button_of_a_way_back_says_that_it_was_taken_back(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    seen: list[str] = []
    button = named(app, "runn-push")
    button.observe(lambda change: seen.append(change["new"]), "description")
    app.view.on_click(button, app.push)
    assert seen[0] == "Pushing ..."
    app.view.on_click(named(app, "runn-undo"), app.undo)
    seen.clear()
    app.view.on_click(button, app.push)
    assert seen[0] == "Taking back ..."
    assert not any("Push" in words for words in seen if words != "Push")


def test_the_hours_of_a_new_actual_are_before_what_its_name_says(desk: Desk) -> None:
    actuals = desk.read("actuals", minDate="2026-06-01", maxDate="2026-06-05").head(1)
    columns = ["date", "personId", "projectId", "roleId", "billableMinutes", "nonbillableMinutes"]
    new = actuals[columns].assign(date=pd.Timestamp("2026-06-27"), billableMinutes=125)
    app = rp.review(desk.plan(new, "actuals"))
    [row] = app.lines
    assert row.kind == "create"
    assert [name for name, *_ in row.told] == [
        "billableMinutes", "nonbillableMinutes", "role", "date", "person", "project",
    ]  # fmt: skip
    shown = named(app, "runn-row").children[1].value.split("<details>")[0]
    assert ">125 (2:05 h)</bdi>" in shown, "not folded"


def test_a_long_value_in_quotes_ends_in_one_and_a_moment_stays_whole(desk: Desk) -> None:
    text = "word " * 60
    teams = desk.read("teams").head(1)
    teams.loc[0, "name"] = text
    app = rp.review(desk.plan(teams))
    shown = named(app, "runn-row").children[1].value
    assert re.search(r">&#x27;word word [^<]*…[^<]*word &#x27;</bdi>", shown)
    assert repr(text) == app.lines[0].told[0][2], "and is searched whole"
    desk.account.request("PATCH", f"teams/{teams['id'][0]}", json={"name": "Of a colleague"})
    app = rp.review(desk.plan(teams))
    said = named(app, "runn-row").children[1].value
    assert re.search(r'"white-space:nowrap">20\d\d-\d\d-\d\dT[\d:.]+Z</span>', said)


def test_notes_on_rows_say_what_these_are() -> None:
    def row(label: Any, own: int, *about: str) -> ReviewRow:
        return ReviewRow(0, "update", label, own, about)

    rows = [row(0, 9, "2026-06-01", "Ann Lee"), row("a", 8, "Ben"), row(2, 7)]
    notes = [
        "Row 0 (id 9): made anew.",
        "Row 'a' (id 8) was x (id 9).",
        "Row 2 (id 7): y.",
        "Row 0: z.",
    ]
    assert named_notes(notes, rows) == [
        "Row 0 (2026-06-01, Ann Lee, id 9): made anew.",
        "Row 'a' (Ben, id 8) was x (id 9).",
        *notes[2:],
    ]


def test_after_a_complete_push_nothing_is_left_to_tick_or_to_choose_from(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    app.push()
    assert named(app, "runn-tick-all").disabled
    assert named(app, "runn-untick-all").disabled
    assert named(app, "runn-filter").layout.display == "none", "all of them are the same rows"
    app.undo()
    app.push()
    assert named(app, "runn-undo").description == "Redo 5 rows ..."


def test_names_from_right_to_left_turn_nothing_round(desk: Desk) -> None:
    june = desk.read("actuals", minDate="2026-06-01", maxDate="2026-06-30")
    arabic = desk.read("people").set_index("id")["firstName"].str.match("[\u0600-\u06ff]")
    row = june[june["personId"].isin(arabic[arabic].index)].head(1)
    row["billableMinutes"] += 15
    app = rp.review(desk.plan(row))
    day, person, project = app.lines[0].about
    shown = named(app, "runn-row").children[1].value
    assert f"{day}</span></bdi>, <bdi>{person}</bdi>, <bdi>{project}</bdi>" in shown
    # Where no markup says so, signs do, of which none is seen.
    assert f"\u200e\u2068{day}\u2069, \u2068{person}\u2069, \u2068" in re.sub(
        "<[^>]+>", "", app._static()
    )


def test_while_it_runs_the_page_stays_and_nothing_can_be_ticked(desk: Desk) -> None:
    people = desk.read("people")
    people["lastName"] = people["lastName"] + " x"
    app = rp.review(desk.plan(people))
    pages = []

    def look(method: str, path: str) -> str:
        if method == "PATCH":
            pages.append(app.page)
            app.tick(39, False)
            app.push()  # one is running
        return ""

    desk.wire.fault = look
    app.push()
    assert set(pages) == {0}
    assert set(app.result["status"]) == {"updated"}
    assert len(desk.writes()) == 40


def test_a_double_click_pushes_once(desk: Desk) -> None:
    clock = Clock()
    app = PlanReview(desk.plan(teams_of(desk)), clock=clock)
    desk.wire.refuse("12012/")
    app.click_push()
    assert app.ticked == {1}  # refused: ticked to try again
    sent = len(desk.writes())
    clock.now += 0.2
    app.click_push()  # the second click waited while the first push ran
    assert len(desk.writes()) == sent
    clock.now += 1
    desk.wire.refuse()
    app.click_push()
    assert set(app.result["status"]) == {"updated"}


def test_what_failed_stays_to_try_again(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    desk.wire.refuse("12012/", "12016/")
    app.push()
    assert app.result["status"].tolist() == ["updated", "failed", "failed", "updated", "updated"]
    assert app.message[0] == "error"
    assert app.message[1].startswith("3 of 5 rows pushed: 3 updated, 2 failed.")
    assert app.ticked == {1, 2}
    assert named(app, "runn-push").description == "Push 2 rows again"
    assert app.shown == "failed"
    assert [line.position for line in app.visible] == [1, 2]
    desk.wire.refuse()
    app.push()
    assert set(app.result["status"]) == {"updated"}
    assert app.shown == "all"  # none failed any more
    assert desk.read("teams")["name"].str.endswith(" 2026 2026").sum() == 0


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_new_row_whose_answer_is_lost_is_made_once(desk: Desk, lost: str) -> None:
    """The account falls silent after the request: whether it arrived is asked at the next push."""
    app = rp.review(clients_of(desk, 3))
    silent = {"on": False}

    def fault(method: str, path: str) -> str:
        was, silent["on"] = silent["on"], silent["on"] or method == "POST"
        return "before" if was else lost if method == "POST" else ""

    desk.wire.fault = fault
    app.push()
    assert set(app.result["status"]) == {"unknown"}
    assert app.ticked == {0, 1, 2}
    desk.wire.fault = lambda method, path: ""
    app.push()
    assert set(app.result["status"]) == {"created"}
    assert desk.read("clients")["name"].str.startswith("Client 0").sum() == 3


def test_what_was_made_in_part_is_not_made_again(desk: Desk) -> None:
    team, role = (int(desk.read(name)["id"].iloc[0]) for name in ("teams", "roles"))
    cells = {"firstName": "Ada", "lastName": "Byron", "email": "ada@example.com"}
    frame = pd.DataFrame([{**cells, "roleId": role, "teamId": team}])
    app = rp.review(desk.plan(frame, "people"))
    desk.wire.refuse("/teams", "/teams/")
    app.push()
    assert app.result["status"].tolist() == ["failed"]
    assert "not all of it" in app.result["error"].item()
    assert app.ticked == set()
    assert "made only in part" in app.message[1]
    app.tick(0)
    app.push()
    assert (desk.read("people")["email"] == "ada@example.com").sum() == 1


def test_a_stop_leaves_the_rest_ticked(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    desk.wire.refuse("12012/", status=403)
    app.push()
    assert app.result["status"].tolist() == ["updated", "failed", *["not tried"] * 3]
    assert app.ticked == {1, 2, 3, 4}
    desk.wire.refuse()
    app.push()
    assert set(app.result["status"]) == {"updated"}


def test_an_interrupted_push_can_be_gone_on_with(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))

    def fault(method: str, path: str) -> str:
        if path.endswith("12016/") and method == "PATCH":
            raise KeyboardInterrupt
        return ""

    desk.wire.fault = fault
    app.act(app.push)
    assert app.state == "looking"
    assert app.message[0] == "error"
    assert "interrupted after 2 of 5 rows" in app.message[1]
    assert app.result["status"].tolist() == [*["updated"] * 2, "unknown", *["not tried"] * 2]
    assert app.ticked == {2, 3, 4}
    assert app.report[1].startswith(
        "The push was interrupted after 2 of 5 rows: 2 updated, 1 unknown, 2 not tried."
    )
    assert app.tally == "3 of 5 rows ticked, 2 done, 1 unknown, 2 not tried."
    assert app.shown == "failed", "what is left to do, as after a failure"
    assert app.kinds["failed"] == 3
    assert ("Not done (3)", "failed") in app.view.filter.options
    desk.wire.fault = lambda method, path: ""
    app.push()
    assert set(app.result["status"]) == {"updated"}
    assert desk.read("teams")["name"].str.endswith(" 2026").all()


def test_an_unfinished_push_is_continued_and_what_it_began_cannot_be_left_out(desk: Desk) -> None:
    teams = teams_of(desk)

    def fault(method: str, path: str) -> str:
        return "kill after" if path.endswith("12016/") and method == "PATCH" else ""

    desk.wire.fault = fault
    with pytest.raises(Killed):
        desk.plan(teams).apply()
    desk.wire.fault = lambda method, path: ""
    app = rp.review(desk.plan(teams))
    assert [line.kind for line in app.lines] == [*["continue"] * 3, *["update"] * 2]
    app.tick_all(False)
    assert app.ticked == {0, 1, 2}
    app.push()
    assert app.result["status"].tolist() == [*["updated"] * 3, *["not tried"] * 2]
    app.tick_all()
    assert app.ticked == {3, 4}
    app.push()
    assert set(app.result["status"]) == {"updated"}
    paths = [path for _, path, _ in desk.bodies]
    assert len(paths) - len(set(paths)) <= 1  # only the change in flight may be sent again


def test_clicks_make_no_widgets_and_undo_is_looked_at_before_it_is_sent(desk: Desk) -> None:
    from ipywidgets.widgets.widget import _instances

    before = desk.read("teams")["name"].tolist()
    app = rp.review(desk.plan(teams_of(desk)))
    count = len(_instances)
    named(app, "runn-push").click()
    assert app.report == ("done", "5 rows pushed: 5 updated.")
    sent = len(desk.writes())
    named(app, "runn-undo").click()
    assert app.lines[0].changes == [["name", f"{before[0]} 2026", before[0]]]
    assert len(desk.writes()) == sent, "only looked at"
    named(app, "runn-leave-undo").click()
    assert app.report == ("done", "5 rows pushed: 5 updated.")
    named(app, "runn-undo").click()
    app.push()
    assert app.report == ("done", "5 rows taken back: 5 updated.")
    assert app.taken_back == {0, 1, 2, 3, 4}
    assert desk.read("teams")["name"].tolist() == before
    assert len(_instances) == count


def test_after_a_long_page_the_result_and_undo_are_beside_push_too(desk: Desk) -> None:
    people = desk.read("people").head(30)
    people["lastName"] = people["lastName"] + " x"
    app = rp.review(desk.plan(people))
    view = app.view
    assert not is_usable(view.undo_here)
    assert app.price in app.headline.replace(" to write", ""), "the same words above and below"
    app.act(app.push)
    beside = list(view.buttons.children)
    assert beside.index(view.push) < beside.index(view.report_here) < beside.index(view.undo_here)
    assert "30 rows pushed: 30 updated." in view.report_here.value
    assert 'role="note"' in view.report_here.value, "read out once, from above"
    assert view.undo_here.description == view.undo.description == "Undo 30 rows ..."
    view.undo_here.click()
    assert app.is_back
    assert "Nothing is taken back yet" in view.report_here.value
    # Where a page is short, one report is enough.
    few = rp.review(clients_of(desk, 3))
    few.act(few.push)
    assert is_usable(few.view.undo)
    assert not is_usable(few.view.undo_here)
    assert few.view.report_here.value == ""


def test_ids_are_read_as_names_and_a_change_in_one_line(desk: Desk) -> None:
    fields = desk.read("people/custom-fields").runn.expand("customFields")
    fields["customFields.Office"] = fields["customFields.Office"].astype(object)
    fields.loc[0, "customFields.Office"] = "Berlin"
    person = desk.read("people").set_index("id").loc[int(fields["personId"].iloc[0])]
    app = rp.review(desk.plan(fields))
    name = f"{person['firstName']} {person['lastName']}"
    assert (app.lines[0].title, app.lines[0].told) == (name, [("Office", "nothing", "Berlin")])
    assert named(app, "runn-tick").description == f"Push row 0: {name}, Office"


def test_a_push_that_cannot_begin_keeps_what_the_last_one_did(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    desk.wire.refuse("12012/")
    app.push()
    before = app.result
    object.__setattr__(app.plan, "made_at", app.plan.made_at - 60)
    desk.wire.fault = lambda method, path: "before"
    app.act(app.push)
    assert app.message == app.report
    assert app.report[0] == "error"
    assert "before" not in app.report[1]
    pd.testing.assert_frame_equal(app.result, before)
    assert next(row for row in app.lines if row.position == 1).end == "failed"


def test_the_waits_of_the_look_before_a_push_are_said(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    object.__setattr__(app.plan, "made_at", app.plan.made_at - 60)
    fails, seen = iter(["before"]), list[str]()
    desk.wire.fault = lambda method, path: next(fails, "")
    desk.account.session._sleep = lambda seconds: seen.append(named(app, "runn-wait").value)
    app.push()
    assert app.message == ("done", "5 rows pushed: 5 updated.")
    assert any("trying again in" in text for text in seen)


def test_a_wait_is_said_while_it_lasts(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    seen: list[str] = []
    desk.account.session._sleep = lambda seconds: seen.append(named(app, "runn-wait").value)
    desk.wire.fault_at(1, "refused 500")
    app.push()
    assert "Runn answered with 500, trying again in 1 s." in seen[0]
    assert named(app, "runn-wait").value == ""


# -- the second click


def test_deletions_conflicts_and_many_rows_need_a_second_click(desk: Desk) -> None:
    app = mixed(desk)
    app.tick(1)
    app.click_push()
    assert (app.state, desk.writes()[1:]) == ("asking", [])
    assert named(app, "runn-confirm").description == "Yes, push 4 rows"
    assert "1 row is deleted, and what others changed meanwhile is overwritten" in app.message[1]
    app.click_push()  # the second half of a double click
    app.tick(0, False)  # nothing changes under one's hand
    assert (app.state, app.ticked) == ("asking", {0, 1, 2, 5})
    app.cancel()
    assert (app.state, desk.writes()[1:]) == ("looking", [])
    app.click_push(confirm=True)  # nothing was asked
    assert app.outcomes == {}
    app.click_push()
    app.click_push(confirm=True)
    assert app.result["status"].tolist()[:3] == ["updated", "updated", "deleted"]
    assert "Mine too" in desk.read("teams")["name"].tolist()
    assert rp.review(clients_of(desk, 51)).concerns == ["these are 51 changes"]
    assert rp.review(clients_of(desk, 50)).concerns == []


def test_a_live_account_needs_a_second_click_and_no_typed_yes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.account.token_kind = "LIVE_"
    app = rp.review(clients_of(desk, 60))
    monkeypatch.setattr("builtins.input", lambda question: pytest.fail("asked"))
    app.push()
    assert app.state == "asking"
    assert "LIVE account" in app.message[1]
    app.push(confirm=True)
    assert set(app.result["status"]) == {"created"}


def test_nothing_ticked_and_nothing_to_push(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    app.tick_all(False)
    app.push()
    assert app.message == ("info", "Nothing is ticked, so nothing was sent.")
    assert named(app, "runn-push").disabled
    empty = rp.review(desk.plan(desk.read("teams")))
    assert "Nothing to push." in markup(empty)
    assert "0 CHANGES" in markup(empty)
    assert desk.writes() == []


# -- errors


def test_a_users_error_is_a_sentence_in_the_widget(desk: Desk) -> None:
    plan = desk.plan(teams_of(desk))
    desk.account.read_only = True
    app = rp.review(plan)
    assert "read-only" in markup(app)
    with pytest.raises(ReadOnlyError):
        app.push()
    assert app.state == "looking"
    app.act(app.push)
    assert app.message[0] == "error"
    assert "opened read-only" in named(app, "runn-report").value
    assert named(app, "runn-message").value == ""


def test_a_fault_of_ours_is_shown_and_logged(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = rp.review(desk.plan(teams_of(desk)))

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("<b>boom</b>")

    monkeypatch.setattr(type(app.plan), "apply", broken)
    with caplog.at_level(logging.ERROR, "runn_pandas"):
        named(app, "runn-push").click()
    assert "RuntimeError: &lt;b&gt;boom" in named(app, "runn-message").value
    assert "boom" in caplog.text
    assert app.state == "looking"


def test_a_plan_that_the_account_moved_away_from_can_be_compared_again(desk: Desk) -> None:
    teams = teams_of(desk)
    app = rp.review(desk.plan(teams))
    object.__setattr__(app.plan, "made_at", app.plan.made_at - 60)
    desk.account.request("PATCH", f"teams/{teams['id'][1]}", json={"name": "Of a colleague"})
    desk.account.request("PATCH", f"teams/{teams['id'][2]}", json={"name": teams["name"][2]})
    since = desk.mark()
    app.act(app.push)
    assert "since this plan was made" in named(app, "runn-report").value, "on top"
    assert named(app, "runn-message").value == "", "and only there"
    assert named(app, "runn-compare").layout.display is None
    app.compare()
    assert [line.position for line in app.visible] == [1], "what others changed is shown"
    assert desk.writes(since) == []
    assert {line.position: line.kind for line in app.lines} == {
        0: "update",
        1: "conflict",
        3: "update",
        4: "update",
    }
    assert app.lines[1].changes == [["name", "Of a colleague", teams["name"][1]]]
    assert "1 row needs no change any more" in app.message[1]
    assert app.ticked == {0, 3, 4}
    app.push()
    assert app.report[1].endswith(
        "1 row was changed by others meanwhile: left alone, unless ticked."
    )
    assert app.result["status"].tolist() == [
        "updated",
        "conflict",
        "unchanged",
        "updated",
        "updated",
    ]


def test_a_plan_that_was_carried_out_is_not_carried_out_again(desk: Desk) -> None:
    plan = clients_of(desk, 2)
    plan.apply()
    app = rp.review(plan)
    app.act(app.push)
    assert "carried out already" in app.message[1]
    assert desk.read("clients")["name"].str.startswith("Client 0").sum() == 2


def test_all_pushes_of_a_review_are_undone_together(desk: Desk) -> None:
    teams = desk.read("teams")
    app = rp.review(desk.plan(teams_of(desk)))
    app.tick_all(False)
    for position in (0, 3):
        app.tick(position)
        app.push()
    assert app.plan.undo().changes["row"].tolist() == [0, 3]
    app.plan.undo().apply()
    assert desk.read("teams")["name"].tolist() == teams["name"].tolist()


# -- what cannot be trusted


@pytest.mark.parametrize("name", HOSTILE, ids=called)
def test_hostile_names_are_text_in_every_view(desk: Desk, name: str) -> None:
    teams = desk.read("teams").head(1)
    teams.index = pd.Index([name])
    teams["name"] = name[:200].strip()
    app = rp.review(desk.plan(teams))
    app.push()
    for view in (markup(app), app._repr_mimebundle_()["text/html"]):
        assert "<script" not in view
        assert "<img" not in view
        assert name[:40].strip() not in view or not re.search(r"[<>\"']", name)
        assert len(view) < 30_000
    assert f"<bdi>{'Studio'}</bdi>" in markup(app)
    assert all("tex2jax_ignore" in part for part in markup(app).split("<p>") if "$" in part)
    every = [app.widget]
    while every:
        widget = every.pop()
        every += getattr(widget, "children", ())
        # Front ends set labels as formulas, and some take them for HTML: none of those signs.
        for trait in ("description", "tooltip"):
            said = str(getattr(widget, trait, ""))
            assert len(said) < 150
            assert not re.search(r"[$\\<>&\x00-\x1f\x7f-\x9f]", said)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        ("", "nothing"),
        (" Ada", "' Ada'"),
        ("Ada\nAbebe", "Ada ⏎ Abebe"),
        ("Ada  Abebe", "'Ada  Abebe'"),
        ("Ada\n", r"'Ada\n'"),
        ("Ada", "Ada"),
        (True, "yes"),
        (0, "0"),
        ([{"id": 1}], '[{"id": 1}]'),
    ],
)
def test_values_in_words(value: Any, words: str) -> None:
    assert words_of(value) == words


def test_what_is_unset_is_nothing_in_the_app_and_in_its_table(desk: Desk) -> None:
    people = desk.read("people").dropna(subset=["email", "teamId"]).head(2)
    people.loc[people.index[0], "email"] = None
    people.loc[people.index[1], "teamId"] = None
    app = rp.review(desk.plan(people))
    assert [new for row in app.lines for _, _, new in row.told] == ["nothing", "nothing"]
    assert app._static().count(">nothing</td>") == 2
    assert "&#x27;&#x27;" not in markup(app)


def test_what_a_row_is_about() -> None:
    row = {"date": "2026-06-01", "personId": 5, "projectId": 7, "roleId": 9}
    assert title_of(RowPlan(0, "update", (1,), old=row)) == "2026-06-01, person 5, project 7"
    person = (Change("firstName", None, "Ada"), Change("lastName", None, "Byron"))
    assert title_of(RowPlan(0, "create", changes=person)) == "Ada Byron"
    assert title_of(RowPlan(0, "delete", (1,), old={"id": 1})) == ""
    assert sentence(["a", "b", "c"]) == "A, b, and c."


# -- without a widget


def test_the_bundle_has_the_widget_and_a_static_table(desk: Desk) -> None:
    app = rp.review(desk.plan(teams_of(desk)))
    bundle = app._repr_mimebundle_()
    assert bundle[WIDGET]["model_id"] == app.widget.model_id
    assert "Studio 2026" in bundle["text/html"]
    old, new = app.lines[0].told[0][1:]
    assert f"{old}</td>" in bundle["text/html"], "as the app says it, without quotes"
    assert f"{new}</td>" in bundle["text/html"]
    assert "5 of 5 rows ticked" in bundle["text/plain"] == repr(app)
    app.push()
    assert "updated" in app._repr_mimebundle_()["text/html"]


def test_without_ipywidgets_the_table_and_the_command_that_helps(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    app = rp.review(desk.plan(teams_of(desk)))
    assert app.widget is None
    assert 'pip install "ipywidgets>=8.1"' in repr(app)
    bundle = app._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert "pip install" in bundle["text/html"]
    assert "Studio 2026" in bundle["text/html"]
    app.tick(0, False)
    app.push()
    assert app.result["status"].tolist() == ["not tried", *["updated"] * 4]
