"""``rp.explore()``: its logic, without a browser."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import ipywidgets as w
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import html
from runn_pandas.account import Account
from runn_pandas.analysis.plotting.style import TEXT
from runn_pandas.catalog import Resource, load
from runn_pandas.jupyter import clicks
from runn_pandas.jupyter.explore import app as explore
from runn_pandas.jupyter.explore import charts, controls, descriptions
from runn_pandas.jupyter.explore.controls import control, kind_of, labels
from runn_pandas.jupyter.explore.state import COMMON, fitting, found, to_look_at
from runn_pandas.jupyter.table import view as table
from tests.support.desk import account_of, new_demo
from tests.support.hostile import HOSTILE, called
from tests.support.safe_markup import safe, text_of

RESOURCES = list(load().resources.values())


@pytest.fixture
def app(account: Account) -> explore.Explorer:
    made = rp.explore()
    assert isinstance(made, explore.Explorer)
    return made


@pytest.fixture
def fresh(tmp_path: Path) -> Account:
    """A demo of its own, to write to."""
    return rp.use(account_of(new_demo(), tmp_path / "own"))


def said(app: explore.Explorer) -> str:
    """The text of the status, as one reads it."""
    return text_of(app.status.value)


def line_of(app: explore.Explorer) -> str:
    """The line of code, as one reads it."""
    return text_of(app.line.value.partition("<code")[2].partition(">")[2])


# -- the controls


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_every_filter_of_every_resource_has_the_control_that_fits(
    app: explore.Explorer, resource: Resource
) -> None:
    app.choose(resource.name)
    parameters = (*resource.path_parameters, *resource.filters)
    assert {c.parameter.name for c in app.controls} == {p.name for p in parameters}
    # Path parameters come first, and say that they are needed.
    first = app.controls[: len(resource.path_parameters)]
    assert [c.parameter for c in first] == list(resource.path_parameters)
    assert list(app.grid.children) == [one.widget for one in app.controls]
    for one in app.controls:
        # The label is the control's name, also for those who do not see it.
        assert one.widget.description.startswith(one.parameter.name)
        required = "(required)" in one.widget.description
        assert required == (one.parameter in resource.path_parameters)
    for one in app.controls:
        parameter = one.parameter
        kinds = {
            "boolean": w.Combobox,
            "array": w.Combobox,
            "integer": w.Text,
            "number": w.Text,
            "string": w.Text,
        }
        wanted = kinds[str(parameter.type)]
        if parameter.enum:
            wanted = w.Combobox
        elif parameter.format:
            wanted = {"date-time": w.NaiveDatetimePicker}.get(parameter.format, w.DatePicker)
        assert isinstance(one.widget, wanted), parameter.name
        if parameter.enum:
            assert list(one.widget.options) == list(parameter.enum)
        # Nothing is chosen at first, and what that means is to be read.
        assert one.value() is None
        if isinstance(one.widget, w.Combobox):
            assert one.widget.placeholder


SAMPLES: dict[str, Any] = {
    "flag": "no",
    "date": dt.date(2026, 6, 1),
    "moment": dt.datetime(2026, 6, 1, 9, 30),
    "name": "310011",
    "number": "12",
    "text": "Ada",
}
READ = {
    "flag": False,
    "date": "2026-06-01",
    "moment": "2026-06-01T09:30:00Z",
    "name": 310011,
    "number": 12,
}


def test_what_is_set_by_hand_and_by_name_is_the_same(app: explore.Explorer) -> None:
    seen = set()
    for resource in RESOURCES:
        for parameter in (*resource.path_parameters, *resource.filters):
            one = control(parameter, resource)
            kind = kind_of(parameter)
            seen.add(kind)
            if kind == "choices":
                read: Any = list(one.widget.options[:2])
                sample: Any = ", ".join(read)
            else:
                sample = parameter.enum[-1] if parameter.enum else SAMPLES[kind]
                read = READ.get(kind, sample)
            one.widget.value = sample
            assert one.value() == read
            other = control(parameter, resource)
            other.put(one.value())
            assert other.widget.value == one.widget.value
            other.put(None)
            assert other.value() is None
    assert seen == {"choices", "menu", "flag", "date", "moment", "name", "number", "text"}


def test_a_day_picker_does_not_lose_an_hour(app: explore.Explorer) -> None:
    app.choose("actuals")
    with pytest.raises(rp.errors.FilterError, match="takes a day"):
        app.set(modifiedAfter="2026-06-01T09:00:00Z")
    with pytest.raises(rp.errors.FilterError, match="no filter 'startDate'"):
        app.set(minDate="2026-06-01", startDate="2026-06-01")
    assert app.filters == {}, "with an unknown name, nothing is set"


def test_ids_are_chosen_by_name(app: explore.Explorer) -> None:
    app.choose("actuals")
    by_name = {c.parameter.name: c for c in app.controls}
    assert by_name["personId"].widget.options == ()
    app.look_up()
    people = rp.read_runn("people")
    one = by_name["personId"]
    row = people.iloc[0]
    label = f"{row['firstName']} {row['lastName']} ({row['id']})"
    assert label in one.widget.options
    one.widget.value = label
    assert app.filters == {"personId": int(row["id"])}
    # A part of a name is enough if it fits one; the list of another resource knows them already.
    one.widget.value = label[:-2].upper()
    assert app.filters == {"personId": int(row["id"])}
    app.choose("assignments")
    again = next(c for c in app.controls if c.parameter.name == "personId")
    assert again.widget.options == one.widget.options


def test_half_a_name_is_a_hint_and_not_a_line_of_code(app: explore.Explorer) -> None:
    app.choose("actuals")
    one = next(c for c in app.controls if c.parameter.name == "personId")
    one.widget.value = "ada"
    assert line_of(app) == ""
    assert "look up the names" in said(app)
    app.look_up()
    one.widget.value = "a"
    assert "fits" in said(app)
    app.button.click()
    assert "runn-status-error" in app.status.value
    one.widget.value = "nobody of this name"
    assert "is no name of the list and no id" in said(app)
    one.widget.value = "310011"
    assert said(app) == ""
    assert line_of(app) == 'pd.read_runn("actuals", personId=310011)'


def test_names_are_told_apart_and_are_one_line() -> None:
    made = labels({7: "Same", 3: "Same", 5: None, 9: "a\nb\u202ec", 4: "y" * 5000})
    assert list(made.values()) == [5, 9, 3, 7, 4]
    assert list(made)[1:4] == ["a b c (9)", "Same (3)", "Same (7)"]
    assert all(len(label) < 100 for label in made)


# -- the line of code

CODE: list[tuple[str, dict[str, Any]]] = [
    ("actuals", {"minDate": "2026-06-01", "personId": 310011}),
    ("people", {"firstName": "Z\"o'\\n$", "includePlaceholders": True}),
    ("people", {"firstName": "Zoë 👩\u200d💻 \u202e", "modifiedAfter": dt.date(2020, 1, 1)}),
    ("projects/{projectId}/phases", {"projectId": None}),
    ("projects", {"includeArchived": False}),
    ("roles", {"order": "desc", "sortBy": "updatedAt"}),
    ("activity-log", {"eventType": ["actual_deleted"], "occurredAfter": "2020-01-01T00:00:00Z"}),
]


@pytest.mark.parametrize(("name", "filters"), CODE, ids=lambda value: str(value)[:30])
def test_the_line_reads_the_same_frame(
    app: explore.Explorer, name: str, filters: dict[str, Any]
) -> None:
    if filters.get("projectId", 0) is None:
        filters = {"projectId": int(rp.read_runn("projects")["id"].iloc[0])}
    app.choose(name)
    app.set(**filters)
    app.read()
    assert line_of(app) == app.code
    again = eval(line_of(app), {"pd": pd})
    pd.testing.assert_frame_equal(again, app.frame)
    pd.testing.assert_frame_equal(again, rp.read_runn(name, **filters))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_all_resources_can_be_read(
    app: explore.Explorer,
    resource: Resource,
    places: dict[str, dict[str, Any]],
) -> None:
    app.choose(resource.name)
    app.set(**places.get(resource.name, {}))
    app.button.click()
    assert app.error is None, app.error
    assert isinstance(app.frame, pd.DataFrame)
    pd.testing.assert_frame_equal(eval(line_of(app), {"pd": pd}), app.frame)
    for column in range(-1, app.frame.shape[1]):
        app.table.sort_by(column)


def test_a_path_in_full_fills_the_places(app: explore.Explorer) -> None:
    project = int(rp.read_runn("projects")["id"].iloc[0])
    app.menu.value = f"projects/{project}/phases"
    app.button.click()
    assert app.code == f'pd.read_runn("projects/{{projectId}}/phases", projectId={project})'
    assert app.frame is not None


def test_another_account_than_the_current_one_is_named_in_the_line(account: Account) -> None:
    app = rp.explore(account.offline())
    assert isinstance(app, explore.Explorer)
    app.choose("roles")
    assert app.code == 'pd.read_runn("roles", account=account)'


# -- choosing, reading, and what is said


def test_typing_searches(app: explore.Explorer) -> None:
    app.menu.value = "rep"
    assert "reports/totals/projects" in [name for _, name in app.list.options]
    assert f"{len(app.list.options)} resources fit" in text_of(app.about.value)
    assert app.resource is None
    app.menu.value = "people"
    assert app.resource is load().resources["people"]
    assert "People" in app.about.value
    app.menu.value = "pepole"
    assert app.resource is None
    assert "Did you mean 'people'" in said(app)
    app.menu.value = "peop"
    assert said(app) == ""


def test_rows_none_and_errors_are_said(app: explore.Explorer) -> None:
    app.button.click()
    assert said(app) == "Choose a resource first."
    app.choose("people")
    app.button.click()
    assert said(app) == "40 rows and 12 columns; the app's .frame has them."
    assert app.tabs.layout.display is None
    app.set(email="nobody@nowhere.example")
    app.button.click()
    assert said(app) == "No rows: people has nothing that fits these filters."
    assert app.frame is not None
    assert app.frame.empty
    assert app.tabs.layout.display == "none"
    app.choose("projects/{projectId}/phases")
    app.button.click()
    assert "needs projectId" in said(app)
    app.set(projectId=999)
    app.button.click()
    assert isinstance(app.error, rp.errors.NotFoundError)
    assert "404" in said(app)
    assert "runn-status-error" in app.status.value
    assert not app.button.disabled


def test_without_a_token_the_app_says_what_to_do() -> None:
    app = rp.explore()
    assert isinstance(app, explore.Explorer)
    assert "RUNN_API_TOKEN" in said(app)
    rp.connect("demo")
    app.choose("teams")
    app.button.click()
    assert app.frame is not None
    assert len(app.frame) == 5


def test_a_fault_of_our_own_is_said_and_kept(
    app: explore.Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("surprise <b>")

    app.choose("people")
    monkeypatch.setattr(explore, "read_runn", broken)
    app.button.click()
    assert isinstance(app.error, KeyError)
    assert "KeyError" in said(app)
    assert "surprise <b>" in said(app)
    assert not app.button.disabled


def test_a_fault_in_the_table_is_said_too(
    app: explore.Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> str:
        raise ValueError("no page")

    app.choose("people")
    app.read()
    monkeypatch.setattr(table, "page_markup", broken)
    app.table.next.click()
    assert "no page" in said(app)


def test_ctrl_c_ends_a_read_and_the_app_goes_on(
    app: explore.Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    app.choose("people")
    with monkeypatch.context() as patched:
        patched.setattr(explore, "read_runn", stopped)
        app.button.click()
    assert said(app) == "Stopped: nothing new was read."
    app.button.click()
    assert app.frame is not None


def test_only_an_account_is_explored() -> None:
    with pytest.raises(rp.errors.ConfigError, match=r"as rp\.connect gives it"):
        rp.explore("demo")  # type: ignore[arg-type]


def test_while_it_reads_it_says_so_and_takes_no_second_click(
    app: explore.Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = rp.read_runn

    def watched(*args: Any, **kwargs: Any) -> pd.DataFrame:
        seen.append((said(app), app.button.description, app.view.names.disabled))
        app.button.click()
        return real(*args, **kwargs)

    monkeypatch.setattr(explore, "read_runn", watched)
    app.choose("people")
    app.button.click()
    assert seen == [("Reading ...", "Reading ...", True)], "a button that is disabled loses focus"
    assert app.button.description == "Read"


def test_a_wait_for_the_limit_shows_in_the_app(
    app: explore.Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runn_pandas.reader.progress import progress_bar

    seen = []

    def waits(*_: Any, **__: Any) -> pd.DataFrame:
        with progress_bar("people", None) as shown:
            shown.waiting(42)
            seen.append(said(app))
        return pd.DataFrame({"id": [1]})

    monkeypatch.setattr(explore, "read_runn", waits)
    app.choose("people")
    app.button.click()
    assert "waiting 42 s" in seen[0]
    assert said(app).startswith("1 row and 1 column;")


def test_a_warning_is_said(app: explore.Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    def warns(*_: Any, **__: Any) -> pd.DataFrame:
        rp.errors.warn("a new field 'mood'", rp.errors.SchemaDriftWarning)
        return pd.DataFrame({"id": [1]})

    monkeypatch.setattr(explore, "read_runn", warns)
    app.choose("people")
    app.button.click()
    assert "a new field 'mood'" in said(app)


# -- what others typed


@pytest.mark.parametrize("name", HOSTILE, ids=called)
def test_a_hostile_name_is_text_everywhere(fresh: Account, name: str) -> None:
    client = fresh.request("POST", "clients", json={"name": name})["id"]
    app = rp.explore()
    assert isinstance(app, explore.Explorer)
    app.choose("clients/{clientId}")
    app.look_up()
    app.set(clientId=client)
    app.read()
    assert app.error is None
    options = app.controls[0].widget.options
    assert any(option.endswith(f"({client})") and len(option) < 100 for option in options)
    for markup in (app.table.body.value, app._static(), app._repr_mimebundle_()["text/html"]):
        safe(markup)
        shown = text_of(markup).replace("⏎", " ").split()
        expected = html.cut(name, 50)[:40].split()
        assert " ".join(expected) in " ".join(shown)
    app.menu.value = name
    # It is said that there is none of it; a few words fit what a resource is.
    safe(app.status.value or app.about.value)
    assert len(app.status.value) < 8000


def test_what_says_what_a_row_is_comes_first_and_empty_columns_last() -> None:
    rows = {"note": [None], "id": [1], "minutes": [5], "projectId": [3], "date": ["x"]}
    frame = pd.DataFrame(rows)
    frame.attrs["runn"] = {"resource": "actuals"}
    shown = to_look_at(frame)
    assert list(shown.columns) == ["id", "date", "projectId", "minutes", "note"]
    assert shown.attrs == frame.attrs


# -- the picture


def test_rows_of_another_line_do_not_point_to_a_line_that_is_not_there(
    app: explore.Explorer,
) -> None:
    app.choose("projects")
    app.read()
    assert list(app.table.frame.columns[:4]) == ["id", "name", "clientId", "clientName"]
    assert text_of(app.table.found.value) == "33 rows, 18 columns and 3 of names"
    app.set(name="x")
    app._show_code()
    assert "Read gets those of the line above" in text_of(app.origin.value)
    app.choose("actuals")
    next(c for c in app.controls if c.parameter.name == "personId").widget.value = "ada"
    assert app.line_text == ""
    assert text_of(app.origin.value).startswith("These rows are of another line:")


def test_the_picture_is_drawn_when_its_tab_is_opened(app: explore.Explorer) -> None:
    app.choose("actuals")
    app.set(minDate="2026-06-01")
    app.read()
    assert app.drawing.children == ()
    app.tabs.selected_index = explore.PICTURE
    (made,) = app.drawing.children
    assert "<svg" in made.value if isinstance(made, w.HTML) else made.outputs
    # In the colour of the page: readable on light and dark.
    assert not isinstance(made, w.HTML) or ("currentColor" in made.value and TEXT not in made.value)
    assert not isinstance(made, w.HTML) or 'fill="white"' not in made.value
    app.choose("custom-fields/text")
    app.read()
    (told,) = app.drawing.children
    assert "There is no picture of a list of 'custom-fields/text'" in text_of(told.value)


ENDS = """
import sys, threading
import IPython
from types import SimpleNamespace
if {without}:
    from tests.support.browser_python import become
    become()
import runn_pandas as rp
account = rp.connect("demo")
shown = SimpleNamespace(display_pub=SimpleNamespace(publish=lambda *a, **b: None))
IPython.get_ipython = lambda: shown
app = rp.explore()
assert "altair" not in sys.modules
app._ipython_display_()
names = [one.name for one in threading.enumerate()]
app.choose("people")
app.read()
app.tabs.selected_index = 1
made = app.drawing.children[0]
assert hasattr(made, "outputs") if {without} else "<svg" in made.value
after = [one.name for one in threading.enumerate()]
print([[name for name in part if "altair" in name] for part in (names, after)])
"""


@pytest.mark.slow
@pytest.mark.parametrize("without", [False, True])
def test_what_draws_is_loaded_beside_and_no_thread_is_left(without: bool) -> None:
    program = ENDS.format(without=without)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stderr == ""
    assert done.stdout.strip() == str([[] if without else ["runn_pandas loads altair"], []])


def test_without_a_drawer_the_front_end_draws(
    app: explore.Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    made = charts.chart_of(rp.read_runn("actuals", minDate="2026-06-01"))
    assert charts.DRAWN in made.outputs[0]["data"]


def test_without_altair_the_app_says_so(
    app: explore.Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    app.choose("actuals")
    app.set(minDate="2026-06-01")
    app.read()
    app.tabs.selected_index = explore.PICTURE
    assert 'pip install "altair>=5.2" "vl-convert' in text_of(app.drawing.children[0].value)


# -- shown and stored


def test_a_stored_app_still_shows_something(app: explore.Explorer) -> None:
    bundle = app._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == repr(app) == "<Explorer: nothing read yet>"
    assert "time-offs/leave" in bundle["text/html"]
    app.choose("teams")
    app.read()
    assert repr(app) == '<Explorer: pd.read_runn("teams"), 5 rows>'
    assert "<table" in app._repr_mimebundle_()["text/html"]


def test_without_ipywidgets_there_is_a_static_view(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert controls.ipywidgets() is None
    made = rp.explore()
    assert 'pip install "ipywidgets>=8.1"' in repr(made)
    shown = made._repr_html_()  # type: ignore[union-attr]
    assert "pip install" in shown
    assert shown.count("<tr>") == 91
    safe(shown)


def test_ipywidgets_is_imported_when_it_is_needed() -> None:
    code = (
        "import sys, runn_pandas as rp; rp.explore; import runn_pandas.jupyter.table;"
        " print('ipywidgets' in sys.modules, 'altair' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_every_resource_is_described() -> None:
    told = [descriptions.WHAT[resource.name] for resource in RESOURCES]
    assert len(told) == 90
    assert all(text and text[0].isupper() and not text.endswith(".") for text in told)
    assert len(set(told)) == len(told), sorted(t for t in told if told.count(t) > 1)
    assert set(descriptions.WHAT) >= {r.name for r in RESOURCES if "{" not in r.name}
    assert "500 rows a request" in descriptions.about(load().resources["actuals"])


def test_the_common_lists_stand_first_and_single_records_last() -> None:
    names = [one.name for one in found("", RESOURCES)]
    assert len(names) == len(RESOURCES)
    assert tuple(names[: len(COMMON)]) == COMMON
    kinds = [(not one.is_list, bool(one.path_parameters)) for one in found("", RESOURCES)]
    assert kinds == sorted(kinds)


def test_a_search_finds_names_first_and_then_what_a_resource_is() -> None:
    by_name = [one.name for one in found("ACTUALS", RESOURCES)]
    assert by_name[0] == "actuals"
    assert {"people/{personId}/actuals", "projects/{projectId}/actuals"} <= set(by_name)
    assert "actuals" in [one.name for one in found("hours worked", RESOURCES)]
    assert found("surprise", RESOURCES) == []
    assert fitting(found("actuals", RESOURCES)[:1]).startswith("One resource fits: Enter")


def test_what_can_be_chosen_is_said_before_anything_is(app: explore.Explorer) -> None:
    assert app.menu.description == f"Search {len(app.list.options)} resources"
    assert all(text.startswith(f"{name}: ") for text, name in app.list.options)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("vacation", "time-offs/leave"),
        ("Utilisation", "actuals"),
        ("timesheets", "actuals"),
        ("who worked how long", "actuals"),
        ("who is on vacation?", "time-offs/leave"),
        ("time logged", "actuals"),
        ("customers", "clients"),
        ("time off", "time-offs/leave"),
        ("deadlines", "milestones"),
        ("hourly rate", "roles"),
        ("employees", "people"),
        ("holiday", "time-offs/holidays"),  # the beginning of a name is that name
        ("time", "time-offs/leave"),
    ],
)
def test_a_search_knows_the_words_that_people_use(typed: str, first: str) -> None:
    assert found(typed, RESOURCES)[0].name == first


def test_an_everyday_word_is_found_while_it_is_typed_and_beside_the_names() -> None:
    assert "time-offs/leave" in [one.name for one in found("vaca", RESOURCES)]
    assert "time-offs/leave" in [one.name for one in found("holiday", RESOURCES)]
    assert "projects/{projectId}/timesheet-lock" in [
        one.name for one in found("timesheet", RESOURCES)
    ]
    assert found("who is it", RESOURCES) == []


def test_a_resource_chosen_in_the_list_leaves_the_search_as_it_is(app: explore.Explorer) -> None:
    app.menu.value = "people"
    options = app.list.options
    assert app.list.value == "people", "the one that is named is chosen"
    app.list.value = "people/notes"
    assert app.resource is load().resources["people/notes"]
    assert (app.menu.value, app.list.options) == ("people", options)
    app.choose("teams")
    assert (app.menu.value, app.list.value) == ("", "teams")
    assert len(app.list.options) == len(RESOURCES)


def test_what_is_seldom_asked_for_is_folded_away_unless_it_is_set(app: explore.Explorer) -> None:
    def shown() -> set[str]:
        there = [one for one in app.controls if one.widget.layout.display != "none"]
        return {one.parameter.name for one in there}

    usual = {"minDate", "maxDate", "personId", "projectId", "roleId", "workstreamId"}
    app.choose("actuals")
    assert shown() == usual
    app.set(sortBy="id")
    assert shown() == usual | {"sortBy"}
    app.more.value = True
    assert len(shown()) == 9
    app.more.value = False
    assert shown() == usual | {"sortBy"}
    half = next(one for one in app.controls if one.parameter.name == "order")
    half.widget.value = "des"
    assert "is one of asc, desc, not 'des'" in said(app)
    assert shown() == usual | {"sortBy", "order"}
    # Where there is nothing else, nothing is folded.
    app.choose("budget-roles")
    assert shown() == {"modifiedAfter"}
    assert app.more.layout.display == "none"


def test_enter_chooses_the_first_that_fits(app: explore.Explorer) -> None:
    app.menu.value = "leave"
    assert "Enter chooses time-offs/leave" in text_of(app.about.value)
    app.menu._handle_custom_msg({"event": "submit"}, [])
    assert app.resource is load().resources["time-offs/leave"]
    assert app.menu.value == "leave"
    app.menu._handle_custom_msg({"event": "submit"}, [])
    assert app.resource.name == "time-offs/leave"


def test_enter_that_overtakes_the_last_letters_is_not_lost(app: explore.Explorer) -> None:
    app.menu.value = "le"
    app.menu._handle_custom_msg({"event": "submit"}, [])
    app.menu.value = "leave"
    assert app.resource is load().resources["time-offs/leave"]


def test_half_a_word_of_a_menu_is_a_hint(app: explore.Explorer) -> None:
    app.choose("people")
    one = next(c for c in app.controls if c.parameter.name == "includePlaceholders")
    one.widget.value = "ye"
    assert "is one of yes, no, not 'ye'" in said(app)
    assert line_of(app) == ""
    one.widget.value = "Yes"
    assert app.filters == {"includePlaceholders": True}


def test_the_controls_of_another_resource_are_given_back(app: explore.Explorer) -> None:
    app.choose("actuals")
    before = [one.widget for one in app.controls]
    app.choose("people")
    assert all(widget.comm is None and widget.layout.comm is None for widget in before)


def test_the_line_is_selected_as_a_whole_and_cannot_be_changed(app: explore.Explorer) -> None:
    app.choose("people")
    app.set(firstName='Z"o</code>$<')
    assert line_of(app) == app.code
    assert "<input readonly " in app.line.value
    from html.parser import HTMLParser

    fields = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            if tag == "input":
                fields.append(dict(attrs)["value"])

    Parser().feed(app.line.value)
    assert fields == [app.code]


def test_rows_of_another_line_are_marked(app: explore.Explorer) -> None:
    app.choose("people")
    app.button.click()
    assert "runn-stale" not in app.widget._dom_classes
    assert app.origin.value == ""
    app.set(includePlaceholders=True)
    assert "runn-stale" in app.widget._dom_classes
    assert 'pd.read_runn("people")' in text_of(app.origin.value)
    app.set(includePlaceholders=None)
    assert "runn-stale" not in app.widget._dom_classes
    app.choose("teams")
    assert "runn-stale" in app.widget._dom_classes
    assert app.tabs.layout.display is None
    app.button.click()
    assert "runn-stale" not in app.widget._dom_classes


def test_a_click_that_waited_for_another_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    start = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    sent, now, done = start, 100.0, []

    def work(seconds: float) -> None:
        nonlocal now
        now += seconds
        done.append(seconds)

    monkeypatch.setattr(clicks, "sent_at", lambda: sent)
    monkeypatch.setattr(clicks.time, "monotonic", lambda: now)
    lag = 0.1
    monkeypatch.setattr(clicks, "_since", lambda sent: lag)
    taken = clicks.Clicks()
    taken.take(work, 5.0)
    sent = start + dt.timedelta(seconds=4.9)
    taken.take(work, 6.0)
    assert done == [5.0]
    sent = start + dt.timedelta(seconds=5.1)
    taken.take(work, 7.0)
    assert done == [5.0, 7.0]
    # A short one that waited for two seconds was over two seconds later.
    sent, lag = start + dt.timedelta(seconds=20), 2.1
    taken.take(work, 0.1)
    sent = start + dt.timedelta(seconds=21.9)
    taken.take(work, 8.0)
    sent, lag = start + dt.timedelta(seconds=22.2), 0.1
    taken.take(work, 9.0)
    assert done == [5.0, 7.0, 0.1, 9.0]
    # The clock of the page is set back by an hour: no click after that waited.
    sent, now = start - dt.timedelta(hours=1), now + 1.5
    taken.take(work, 10.0)
    sent += dt.timedelta(seconds=4)
    taken.take(work, 11.0)
    sent += dt.timedelta(seconds=8)
    taken.take(work, 12.0)
    assert done == [5.0, 7.0, 0.1, 9.0, 10.0, 12.0]


def test_a_click_that_waited_counts_if_something_else_was_chosen(
    app: explore.Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    monkeypatch.setattr(clicks, "sent_at", lambda: sent)
    monkeypatch.setattr(clicks, "_since", lambda sent: 0.0)
    app.menu.value = "people"
    app.button.click()
    app.button.click()
    app.menu.value = "teams"
    app.button.click()
    assert app.read_line == 'pd.read_runn("teams")'


def test_the_filters_stay_where_they_are_while_one_types(app: explore.Explorer) -> None:
    app.choose("actuals")
    before = app.grid.children
    app.set(minDate="2026-06-01")
    app.refresh()
    assert app.grid.children == before
