"""The recipes of docs/recipes.md: each runs as it stands, and does what its heading says."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.errors import PlanError, PlanWarning
from tests.support.desk import new_demo, served
from tests.support.places import ROOT

pytest.importorskip("openpyxl", reason="needs openpyxl, of the extra excel")
pytestmark = pytest.mark.filterwarnings("ignore::runn_pandas.errors.PlanWarning")
LINES = 6


class Recipe(NamedTuple):
    """A section of the page: the file that it begins with, and its code."""

    file: str
    text: str
    code: str


def recipes() -> dict[str, Recipe]:
    page = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    found = {}
    for section in page.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        files = re.findall(r"`([\w.-]+)`\n\n```csv\n(.*?)```", body, re.S)
        (code,) = re.findall(r"```python\n(.*?)```", body, re.S)
        file, text = files[0] if files else ("", "")
        found[title] = Recipe(file, text, code)
    return found


RECIPES = recipes()


def cooked(title: str) -> dict[str, Any]:
    """The names that a recipe leaves behind, run beside its file."""
    recipe = RECIPES[title]
    rows = pd.read_csv(io.StringIO(recipe.text)) if recipe.text else pd.DataFrame()
    if recipe.file.endswith(".xlsx"):
        days = [column for column in rows if "day" in column]
        rows.astype(dict.fromkeys(days, "datetime64[s]")).to_excel(recipe.file, index=False)
    elif recipe.file:
        Path(recipe.file).write_text(recipe.text, encoding="utf-8")
    space: dict[str, Any] = {"pd": pd, "rp": rp}
    exec(compile(recipe.code, title, "exec"), space)
    return space


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rp.connect("demo")


@pytest.mark.parametrize("title", list(RECIPES))
def test_a_recipe_is_short(title: str) -> None:
    assert len(RECIPES[title].code.splitlines()) <= LINES


def test_actuals_from_a_csv_with_names() -> None:
    done = cooked("Actuals from a CSV with names")["done"]
    assert done["status"].tolist() == ["created", "created"]
    actuals = rp.read_runn("actuals", minDate="2026-06-29", maxDate="2026-06-30", max_age=0)
    made = actuals.set_index("id").loc[done["id"]].runn.names()
    assert made["billableMinutes"].tolist() == [450, 135]
    assert made["personName"].tolist() == ["Ada Abebe", "Hana Haddad"]
    assert made["projectName"].tolist() == ["Basalt website", "Heath chatbot"]


def test_leave_from_an_hr_sheet() -> None:
    done = cooked("Leave from an HR sheet")["done"]
    assert done["status"].tolist() == ["created", "created"]
    leave = rp.read_runn("time-offs/leave", max_age=0).set_index("id").loc[done["id"]]
    assert leave["personId"].tolist() == [310011, 310015]
    assert leave["endDate"].dt.strftime("%m-%d").tolist() == ["09-11", "09-14"]
    assert leave["note"].tolist() == ["Holiday", "Moving house"]


def test_projects_with_their_clients_by_name() -> None:
    done = cooked("A list of projects with their clients by name")["done"]
    assert done["status"].tolist() == ["created", "created"]
    made = rp.read_runn("projects", max_age=0).set_index("id").loc[done["id"]].runn.names()
    assert made["clientName"].tolist() == ["Basalt Bank", "Ember Museum"]
    assert made["teamName"].iloc[0] == "Studio"
    assert made["teamId"].isna().tolist() == [False, True]


def test_tags() -> None:
    before = rp.read_runn("people").set_index("email")["tags"]
    done = cooked("Tags")["done"]
    assert set(done["status"]) <= {"updated", "unchanged"}
    after = rp.read_runn("people", max_age=0).set_index("email")["tags"]
    for email, more in (("ada.abebe", {"mentor", "remote"}), ("hana.haddad", {"remote"})):
        own = [{tag["name"] for tag in tags[f"{email}@example.com"]} for tags in (before, after)]
        assert own[1] == own[0] | more


def test_custom_fields() -> None:
    before = rp.read_runn("projects").runn.expand("customFields").set_index("name")
    done = cooked("Custom fields")["done"]
    assert done["status"].tolist() == ["updated", "updated"]
    after = rp.read_runn("projects", max_age=0).runn.expand("customFields").set_index("name")
    columns = ["customFields.Region", "customFields.PO number"]
    assert after.loc["Basalt website", columns].tolist() == ["Europe", "PO-1001"]
    assert after.loc["Heath chatbot", columns[1]] == "PO-1002"
    kept = [frame.loc["Heath chatbot", columns[0]] for frame in (before, after)]
    assert kept[0] == kept[1] or pd.isna(kept).all()


def test_archive_by_list() -> None:
    assert cooked("Archive by list")["done"]["status"].tolist() == ["updated", "updated"]
    archived = rp.read_runn("projects", includeArchived=True, max_age=0).set_index("name")
    assert archived.loc[["Basalt migration", "Dune campaign 2"], "isArchived"].all()


def test_assignments_for_placeholders_by_role() -> None:
    space = cooked("Assignments for placeholders by role")
    assert space["done"]["status"].tolist() == ["created", "created"]
    placeholders = rp.read_runn("placeholders", max_age=0)
    assert set(space["wanted"]["personId"]) <= set(placeholders["id"])
    made = rp.read_runn("assignments", max_age=0).set_index("id").loc[space["done"]["id"]]
    assert made["isPlaceholder"].all()
    assert made["roleId"].tolist() == [11004, 11012]


def test_changed_and_nobody_created() -> None:
    before = len(rp.read_runn("people"))
    space = cooked("Change who is there, and create nobody")
    assert space["done"]["status"].tolist() == ["updated", "not tried"]
    assert space["strangers"]["email"].tolist() == ["somebody.else@example.com"]
    assert len(rp.read_runn("people", max_age=0)) == before


def test_a_dry_run_to_excel_for_sign_off() -> None:
    space = cooked("A dry run to Excel, for sign-off")
    signed = space["signed"]
    assert list(signed.columns) == ["row", "id", "field", "old", "new"]
    assert signed["new"].tolist() == ["Abebe-Castro", "Haddad-Wei"]
    assert space["done"]["status"].tolist() == ["updated", "updated"]


PUSH = """
import sys, warnings
import runn_pandas as rp
warnings.simplefilter("ignore")
rp.connect("demo", base_url=sys.argv[1])
teams = rp.read_runn("teams").head(2)
teams["name"] = teams["name"] + " 2027"
teams.runn.push()
"""


def test_undo_from_another_process() -> None:
    with served(new_demo()) as url:
        account = rp.connect("demo", base_url=url)
        before = rp.read_runn("teams", account=account)
        subprocess.run([sys.executable, "-c", PUSH, url], check=True, timeout=60)
        assert rp.read_runn("teams", max_age=0)["name"].iloc[0].endswith(" 2027")
        done = cooked("Undo, the day after, from another process")["done"]
        assert done["status"].tolist() == ["updated", "updated"]
        assert rp.read_runn("teams", max_age=0)["name"].tolist() == before["name"].tolist()
        with pytest.raises(PlanError, match="was undone in push 2 already"):
            cooked("Undo, the day after, from another process")
        assert rp.read_runn("teams", max_age=0)["name"].tolist() == before["name"].tolist()


def test_every_recipe_is_tested() -> None:
    tested = Path(__file__).read_text(encoding="utf-8")
    assert all(f'cooked("{title}")' in tested for title in RECIPES)
    assert PlanWarning.__name__ in tested
