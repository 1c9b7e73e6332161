"""The reference is whole: it has each public name, resource, metric, setting, error and command."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from docs._generate import api, columns, errors, examples, resources
from runn_pandas.catalog import load
from runn_pandas.catalog.writes import writables
from runn_pandas.command_line.completion import offers
from runn_pandas.command_line.program import parser
from runn_pandas.errors import PlanError
from tests.support.places import ROOT

SETTINGS = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
METRICS = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
COMMAND_LINE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _account() -> None:
    rp.connect("demo")


def shown(thing: Any) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def public_functions() -> set[str]:
    """Every public function, as a user writes it; errors and classes have pages of their own."""
    found = {f"df.runn.{name}" for name in shown(rp.read_runn("teams").runn)}
    for name in rp.__all__:
        thing = getattr(rp, name)
        if isinstance(thing, types.ModuleType):
            found |= {f"rp.{name}.{inner}" for inner in dir(thing) if thing is not rp.errors}
        elif not inspect.isclass(thing):
            found.add(f"rp.{name}")
    return found


def on_no_page(names: Iterable[str]) -> set[str]:
    """Of names, those that no page is headed by."""
    heads = {text.partition("\n")[0] for text in api.pages().values()}
    return set(names) - heads


def changed() -> rp.Plan:
    teams = rp.read_runn("teams")
    teams.loc[0, "name"] = "Night"
    return teams.runn.plan()


def reconciliation() -> Any:
    actuals = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-02")
    minutes = actuals["billableMinutes"] + actuals["nonbillableMinutes"]
    return rp.reconcile(actuals[["date", "personId", "projectId"]].assign(minutes=minutes))


OBJECTS: dict[str, Callable[[Path], Any]] = {
    "Account": lambda folder: rp.current(),
    "Board": lambda folder: rp.review(reconciliation()),
    "Explorer": lambda folder: rp.explore(),
    "Mirror": lambda folder: rp.mirror(folder),
    "Plan": lambda folder: changed(),
    "PlanReview": lambda folder: rp.review(changed()),
    "Report": lambda folder: rp.check(),
}


def test_each_public_function_has_a_page() -> None:
    assert on_no_page(public_functions()) == set()


def test_a_public_name_without_a_page_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rp, "forecast", lambda: None, raising=False)
    monkeypatch.setattr(rp, "__all__", [*rp.__all__, "forecast"])
    assert on_no_page(public_functions()) == {"rp.forecast"}


def test_no_page_is_of_what_is_not_public() -> None:
    assert set(api.functions()) == public_functions()
    classes = {name for name in rp.__all__ if inspect.isclass(getattr(rp, name))}
    assert classes <= set(api.CLASSES) == set(OBJECTS)


@pytest.mark.parametrize("name", list(OBJECTS))
def test_each_public_part_of_an_object_is_on_its_page(name: str, tmp_path: Path) -> None:
    thing = OBJECTS[name](tmp_path / "copy")
    assert set(api.CLASSES[name].names) == shown(thing)
    page = api.pages()[f"{api.FOLDER}/{name}.rst"]
    told = page + (inspect.getdoc(type(thing)) or "")
    for attribute in api.CLASSES[name].attributes:
        assert re.search(rf"^(\w+, )*{attribute}\b.* :|``{attribute}``", told, re.M), attribute


@pytest.mark.parametrize("name", list(api.CLASSES))
def test_each_method_that_a_page_shows_says_what_it_does(name: str) -> None:
    one = api.CLASSES[name]
    kind = api.found(f"{one.module}.{name}")
    for member in (*one.methods, *one.properties):
        assert inspect.getdoc(inspect.getattr_static(kind, member)), member


def test_each_resource_has_a_page_in_a_group_of_the_index() -> None:
    names = {*load().resources, *writables()}
    assert set(resources.names()) == names
    assert {resources.group(name) for name in names} == set(resources.GROUPS)
    assert len({resources.slug(name) for name in names}) == len(names)
    index = resources.index()
    assert all(f"[`{name}`]({resources.slug(name)}.md)" in index for name in names)
    assert all(resources.description(name) for name in names)


@pytest.mark.parametrize("name", ["people", "actuals", "projects/{projectId}/phases", "me"])
def test_the_page_of_a_resource_says_what_the_catalogue_says(name: str) -> None:
    page = resources.page(name)
    resource = load().resources[name]
    head, said = page.text.split("## Columns")
    frame = examples.read(resource)[1]
    for field in resource.fields:
        dtype = columns.dtype(field)
        assert f"| `{field.name}` | `{dtype}` |" in said
        assert dtype == str(frame[field.name].dtype)
    for parameter in (*resource.path_parameters, *resource.filters):
        assert f"| `{parameter.name}` |" in head
        assert all(f'`"{value}"`' in head for value in parameter.enum or ())
    assert re.search(rf"<p>{len(frame):,} rows? x {frame.shape[1]} columns?</p>", head)
    assert page.examples >= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", resources.names())
def test_the_page_of_each_resource_has_an_example_that_ran(name: str) -> None:
    page = resources.page(name)
    assert page.examples == (name in load().resources) + (name in writables())
    pushed = page.text.partition("### What a push would change")[2]
    assert "<p>0 rows" not in pushed


def test_what_is_said_to_be_refused_is_refused() -> None:
    teams = rp.read_runn("teams")
    said = columns.in_an_existing_row(writables()["teams"], "createdAt")
    assert said == "refused if it differs: Runn sets it"
    with pytest.raises(PlanError, match="createdAt"):
        teams.assign(createdAt=teams["createdAt"] + pd.Timedelta("1D")).runn.plan()


def test_what_is_said_to_be_required_is_required() -> None:
    people = writables()["people"]
    required = [n for n in people.written if "required" in columns.in_a_new_row(people, n)]
    assert sorted(required) == ["firstName", "lastName", "roleId"]
    row = rp.read_runn("people").head(1)[["lastName", "email"]].assign(email="new@example.com")
    with pytest.raises(PlanError) as caught:
        row.runn.plan("people")
    assert set(caught.value.problems["column"]) == {"firstName", "roleId"}


def test_each_metric_is_on_the_page_of_metrics() -> None:
    named = set(re.findall(r"^\| `(\w+)` \|", METRICS, re.M))
    assert set(rp.metrics()["name"]) <= named


@pytest.mark.parametrize("option", list(inspect.signature(rp.connect).parameters))
def test_each_option_of_connect_is_among_the_settings(option: str) -> None:
    assert re.search(rf"^\| `{option}` \|", SETTINGS, re.M)


def test_each_variable_of_the_environment_is_among_the_settings() -> None:
    source = "".join(path.read_text() for path in (ROOT / "runn_pandas").rglob("*.py"))
    named = set(re.findall(r'"(RUNN_[A-Z_]+)"', source))
    assert {"RUNN_API_TOKEN", "RUNN_STATE_DIR"} <= named
    assert named == set(re.findall(r"`(RUNN_[A-Z_]+)`", SETTINGS))


@pytest.mark.parametrize("name", rp.errors.__all__)
def test_each_error_is_on_its_page_with_what_to_do(name: str) -> None:
    page = errors.pages()[errors.PLACE]
    assert f".. autoclass:: runn_pandas.errors.{name}()" in page
    assert len(errors.advice(name)) > 20


def test_an_error_without_advice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(errors.ADVICE) <= set(rp.errors.__all__)
    monkeypatch.setattr(rp.errors, "NewError", type("NewError", (Exception,), {}), raising=False)
    with pytest.raises(KeyError, match="NewError"):
        errors.advice("NewError")


def test_each_command_is_on_the_page_of_the_command_line() -> None:
    paths = [" ".join(offer.path) for offer in offers(parser())]
    groups = {path.rpartition(" ")[0] for path in paths}
    told = set(re.findall(r"^### `runn ([\w -]+)`", COMMAND_LINE, re.M))
    assert len(told) > 15
    assert told == set(paths) - groups
