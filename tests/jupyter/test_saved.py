"""What a notebook stores of an app: the widget, and a table that stays when the kernel has gone."""

from __future__ import annotations

import datetime as dt
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.jupyter import clicks, saved
from runn_pandas.jupyter.saved import WIDGET
from tests.support.desk import account_of, new_demo
from tests.support.faults import Wire

pytest.importorskip("IPython")


class Sent:
    """What a front end gets."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.places: list[tuple[str | None, bool]] = []

    def publish(
        self,
        data: dict[str, Any],
        metadata: Any = None,
        *,
        transient: dict[str, str] | None = None,
        update: bool = False,
    ) -> None:
        self.outputs.append(data)
        self.places.append(((transient or {}).get("display_id"), update))


@pytest.fixture
def front_end(monkeypatch: pytest.MonkeyPatch) -> Sent:
    import IPython

    sent = Sent()
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(display_pub=sent))
    return sent


@pytest.fixture
def fresh(tmp_path: Path) -> Account:
    """A demo of its own, to write to."""
    return rp.use(account_of(new_demo(), tmp_path / "cache"))


def test_an_app_is_put_out_with_its_table_beside_it(account: Account, front_end: Sent) -> None:
    app: Any = rp.explore()
    app._ipython_display_()
    widget, table = front_end.outputs
    assert set(widget) == {WIDGET, "text/plain"}
    assert "<table" in table["text/html"]
    assert table["text/plain"] == repr(app)
    assert WIDGET not in table
    name = front_end.places[1][0]
    assert name is not None
    assert f'class="tex2jax_ignore mathjax_ignore {name}"' in table["text/html"]
    style = app._saved.box.children[0]
    assert f".{name}{{display:none}}" in style.value, "the app hides it"
    assert style.layout.display == "none", "and takes no room for that"
    assert app._saved.box.children[1] is app.widget


def test_what_a_click_changes_is_stored_and_only_then(account: Account, front_end: Sent) -> None:
    app: Any = rp.explore()
    app._ipython_display_()
    app.choose("teams")
    app.button.click()
    assert len(front_end.outputs) == 3
    assert "Studio" in front_end.outputs[-1]["text/html"]
    assert front_end.places[-1] == (front_end.places[1][0], True)
    app.act(lambda: None)
    assert len(front_end.outputs) == 3, "the same is not sent again"


def test_a_click_made_while_the_last_one_is_stored_counts(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, now = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC), 100.0

    def store() -> None:
        nonlocal now
        now += 1.0

    monkeypatch.setattr(clicks, "sent_at", lambda: sent)
    monkeypatch.setattr(clicks, "_since", lambda sent: 0.0)
    monkeypatch.setattr(clicks, "time", SimpleNamespace(monotonic=lambda: now))
    app: Any = rp.explore()
    monkeypatch.setattr(app, "store", store)
    app.button.click()
    assert app.message == ("error", "Choose a resource first.")
    app.choose("teams")
    now, sent = now + 1.0, sent + dt.timedelta(seconds=0.5)
    app.button.click()
    assert app.frame is not None


def test_what_is_saved_has_names_beside_ids(account: Account, front_end: Sent) -> None:
    app: Any = rp.explore()
    app._ipython_display_()
    app.choose("people")
    app.button.click()
    saved = front_end.outputs[-1]["text/html"]
    assert "teamName" in saved
    assert "Studio" in saved


def stored(front_end: Sent) -> str:
    """What the saved notebook shows, without markup."""
    return re.sub(r"<[^>]+>", " ", front_end.outputs[-1]["text/html"])


def test_a_push_that_runs_is_stored_as_begun_and_then_by_its_number(
    fresh: Account, front_end: Sent
) -> None:
    people = pd.read_runn("people")
    people["lastName"] = people["lastName"] + " x"
    app = rp.review(people.runn.plan())
    app._ipython_display_()
    assert f"{len(people)} of {len(people)} rows ticked" in stored(front_end)
    seen = []
    app.on_outcome = lambda row: seen.append(stored(front_end))
    app.push()
    assert len(seen) == len(people)
    begun = rf"A push of {len(people)} rows was begun at 20\d\d-\d\d-\d\d \d\d:\d\d UTC, and had"
    for text in seen:
        assert re.search(begun, text)
        assert "rp.journal() has what was sent" in text
        assert "ticked" not in text, "nor as if nothing had been sent"
    [number] = app.numbers
    after = f"Pushed in push {number}: rp.undo({number}) plans the way back."
    assert after in stored(front_end)
    assert after in front_end.outputs[-1]["text/plain"]
    assert "was begun" not in stored(front_end)
    assert len(rp.undo(number).row_plans) == len(people)


def test_a_push_that_is_interrupted_is_stored_by_its_number(
    fresh: Account, front_end: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = pd.read_runn("people")
    people["lastName"] = people["lastName"] + " x"
    app = rp.review(people.runn.plan())
    app._ipython_display_()
    send, left = fresh.session.request, iter(range(3))

    def stopped(method: str, *asked: Any, **options: Any) -> Any:
        if method == "PATCH" and next(left, None) is None:
            raise KeyboardInterrupt
        return send(method, *asked, **options)

    monkeypatch.setattr(fresh.session, "request", stopped)
    app.act(app.push)
    assert "The push was interrupted after 3 of" in app.report[1]
    assert f"rp.undo({app.numbers[0]}) plans the way back" in stored(front_end)


def rows_stored(front_end: Sent) -> list[list[str]]:
    """The cells of the table that the saved notebook shows, below its heads."""
    table = front_end.outputs[-1]["text/html"].split("<tbody>")[1].split("</tbody>")[0]
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("</tr>")[:-1]]


def test_what_failed_is_stored_first_with_its_reason_and_what_was_changed(
    fresh: Account, front_end: Sent
) -> None:
    wire = Wire(new_demo())
    rp.use(account_of(wire))
    people = pd.read_runn("people").head(30)
    names, label = people["lastName"].tolist(), 27
    people["lastName"] = people["lastName"] + " x"
    bad = str(people["id"][label])
    wire.fault = lambda method, path: "refused 400" if method != "GET" and bad in path else ""
    app = rp.review(people.runn.plan())
    app._ipython_display_()
    app.act(app.push)
    said = stored(front_end)
    assert "Plan for &#x27;people&#x27;: 30 changed." in said
    assert "30 rows pushed: 29 updated, 1 failed." in said
    first, second, *_ = rows_stored(front_end)
    assert first[0] == str(label), "what failed is first, though the table is cut"
    assert first[2:5] == ["lastName", names[label], f"{names[label]} x"]
    assert re.match(r"failed: Runn refused PATCH /people/\d+ \(400\)", first[5])
    assert second[2:] == ["lastName", names[0], f"{names[0]} x", "updated"]
    assert "... and 10 more; the app&#x27;s .result has every row." in said


def test_the_way_back_is_stored_as_one_before_and_after_it_is_pushed(
    fresh: Account, front_end: Sent
) -> None:
    people = pd.read_runn("people").head(3)
    first, last = people.loc[0, ["firstName", "lastName"]]
    people["lastName"] = people["lastName"] + " x"
    app = rp.review(people.runn.plan())
    app._ipython_display_()
    app.act(app.push)
    [number] = app.numbers
    app.act(app.undo)
    open_, text = stored(front_end), front_end.outputs[-1]["text/plain"]
    for said in (open_, text):
        assert "To take the push back." in said
        assert "Nothing is taken back yet." in said
        assert f"3 rows are as pushed in push {number}: rp.undo({number})" in said
    assert rows_stored(front_end)[0] == ["0", f"{first} {last}", "lastName", f"{last} x", last]
    app.tick(2, False)
    app.act(app.push)
    [back] = app.numbers
    partly = stored(front_end)
    assert "Taken back in part." in partly
    assert "0 of 3 rows ticked, 2 taken back." in partly
    assert f"1 row is as pushed in push {number}" in partly
    app.tick(2)
    app.act(app.push)
    after = stored(front_end)
    assert "Taken back. Plan for" in after
    assert "0 of 3 rows ticked, 3 taken back." in after
    assert f"Taken back in pushes {back}, " in after
    assert "as pushed" not in after
    assert f"rp.undo({number})" not in after
    row = ["0", f"{first} {last}", "lastName", f"{last} x", last, "taken back"]
    assert rows_stored(front_end)[0] == row


def test_a_pushed_board_says_so_when_its_plan_is_left(fresh: Account, front_end: Sent) -> None:
    sheet = pd.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05").head(6)
    keys = ["date", "personId", "projectId"]
    sheet = sheet.assign(minutes=sheet["billableMinutes"] + 30).drop_duplicates(keys)
    people = sheet["personId"].unique().tolist()
    span = {"start": "2026-06-01", "end": "2026-06-05"}
    app = rp.review(rp.reconcile(sheet[[*keys, "minutes"]], **span, people=people))
    app._ipython_display_()
    assert app.view.plan.description == "Nothing decided yet"
    app.choose_group("differs", "timesheet")
    review = app.open_plan()
    review.act(review.push)
    [number] = review.numbers
    assert f"Pushed in push {number}" in stored(front_end), "of the review inside the board"
    app.act(app.back)
    rows = len(review.lines)
    said = f"{rows} actuals were pushed in push {number}: rp.undo({number}) plans the way back."
    assert said in stored(front_end)
    assert said in app.view.pushed.value, "and in the app too"
    app.choose_group("only_runn", "runn")
    assert said in app.view.pushed.value, "as long as it is there"
    # What was taken back in the review is not told as pushed.
    app.choose_group("only_runn", "timesheet")
    review = app.open_plan()
    for step in (review.push, review.undo, review.push, app.back):
        review.act(step)
    assert app.pushed == [said]


def test_two_apps_do_not_hide_each_others_tables(account: Account, front_end: Sent) -> None:
    for app in (rp.explore(), rp.explore()):
        app._ipython_display_()  # type: ignore[union-attr]
    names = [
        re.findall(r"runn-saved-\w+", sent["text/html"])[0] for sent in front_end.outputs[1::2]
    ]
    assert len(set(names)) == 2


def test_shown_twice_an_app_has_one_set_of_widgets(account: Account, front_end: Sent) -> None:
    app: Any = rp.explore()
    app._ipython_display_()
    app._ipython_display_()
    first, _, again, _ = front_end.outputs
    assert first == again


def test_a_terminal_gets_the_text_once(
    account: Account,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    import IPython
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config({"HistoryManager": {"enabled": False}})
    shell = InteractiveShell(config=config, ipython_dir=str(tmp_path))
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    shell.display_formatter.active_types = ["text/plain"]
    shell.user_ns["app"] = rp.explore()
    shell.run_cell("app")
    printed = capsys.readouterr().out
    assert printed.count("nothing read yet") == 1
    assert "<" not in printed.replace("<Explorer:", "")


def test_without_ipython_or_widgets_the_bundle_has_the_table(
    account: Account, front_end: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    teams = rp.read_runn("teams")
    teams.loc[0, "name"] = "Design"
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "ipywidgets", None)
        app: Any = rp.review(teams.runn.plan())
        with pytest.raises(NotImplementedError):  # by which IPython goes on to the bundle
            app._ipython_display_()
        assert "<table" in app._repr_mimebundle_()["text/html"]
    monkeypatch.delitem(sys.modules, "IPython.core.displaypub")
    assert saved.publisher() is None
    assert front_end.outputs == []
