"""The README and the pages are true: what is generated is as generated, nothing is left out."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.analysis.plotting.api import KINDS
from runn_pandas.analysis.reports import metric_table
from runn_pandas.extras import REQUIREMENTS
from runn_pandas.reader.resource_table import markdown
from tests.analysis.charts import charts
from tests.support import pages
from tests.support.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")


def test_the_resource_table_is_generated() -> None:
    page = (ROOT / "docs" / "resources.md").read_text(encoding="utf-8")
    table = re.search(r"<!-- resources:.*?-->\n(.*?)\n<!-- /resources -->", page, re.S)
    assert table is not None
    assert table[1] == markdown(), "run: python -m runn_pandas resources --markdown"


def test_the_page_on_metrics_is_generated() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    written = re.search(r"<!-- metrics:.*?-->\n(.*?)\n<!-- /metrics -->", page, re.S)
    assert written is not None
    assert written[1] == metric_table.markdown(), "run: python -m runn_pandas metrics --markdown"


def test_the_page_on_charts_runs_and_names_every_kind() -> None:
    drawn = list(charts())
    assert len(drawn) >= 15
    shown = [one.picture for one in drawn if one.picture is not None]
    assert len(set(shown)) == len(shown) >= 10
    for name, chart, picture in drawn:
        assert pages.words(chart), name
        assert picture is None or pages.words(chart) <= pages.drawn(picture), (
            f"{name}; to draw it anew: python -m tests.analysis.charts"
        )
    page = (ROOT / "docs" / "charts.md").read_text(encoding="utf-8")
    for kind, (_, options, *_rest) in KINDS.items():
        for option in options:
            assert f"{option}=" in page, (kind, option)
    assert all(f'kind="{kind}"' in page for kind in ("split", "bands", "room", "cumulative"))


def test_the_pages_that_the_code_names_are_there() -> None:
    named = {
        (path, page)
        for path in (ROOT / "runn_pandas").rglob("*.py")
        for page in re.findall(r"\bdocs/[\w./-]+\.md\b", path.read_text(encoding="utf-8"))
    }
    assert len({page for _, page in named}) >= 3
    assert [f"{path}: {page}" for path, page in named if not (ROOT / page).is_file()] == []


def test_the_two_commands_are_single_lines() -> None:
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert lines[0].endswith("python -m runn_pandas demo")
    assert lines[1].endswith("pytest")


def test_the_readme_is_short_and_shows_a_picture() -> None:
    assert len(README.splitlines()) <= 150
    assert re.search(r"!\[.+\]\(docs/pictures/\w+\.svg\)", README)


@pytest.mark.parametrize("name", list(inspect.signature(rp.connect).parameters))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in SETTINGS
    assert re.search(rf"^    {name} : ", inspect.getdoc(rp.connect) or "", re.M) or re.search(
        rf"^{name} : ", inspect.getdoc(rp.connect) or "", re.M
    )


def test_every_environment_variable_is_documented() -> None:
    source = "".join(path.read_text() for path in (ROOT / "runn_pandas").rglob("*.py"))
    names = set(re.findall(r'"(RUNN_[A-Z_]+)"', source))
    assert {"RUNN_API_TOKEN", "RUNN_REGION", "RUNN_READ_ONLY"} <= names
    for name in names:
        assert f"`{name}`" in SETTINGS, name


def test_all_is_sorted_and_whole() -> None:
    assert rp.__all__ == sorted(rp.__all__)
    assert all(hasattr(rp, name) for name in rp.__all__)
    assert errors.__all__ == sorted(errors.__all__)
    kinds = [
        n for n, v in vars(errors).items() if inspect.isclass(v) and v.__module__ == errors.__name__
    ]
    assert sorted(kinds) == errors.__all__


def drawn_errors() -> dict[str, tuple[str, ...]]:
    """The tree of the docstring: each name with the names of what it is derived from."""
    found: dict[str, tuple[str, ...]] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        drawn = re.match(
            r"(?P<branch>    [ │├└─]*)(?P<name>[A-Z]\w+)(?: +\((?P<builtin>\w+)\))?", line
        )
        if drawn is None:
            continue
        depth = len(drawn["branch"])
        above = [(at, name) for at, name in above if at < depth]
        builtin = [drawn["builtin"]] if drawn["builtin"] else []
        found[drawn["name"]] = (*(name for _, name in above[-1:]), *builtin)
        above.append((depth, drawn["name"]))
    return found


def test_every_error_is_where_the_tree_has_it() -> None:
    kinds = {name: getattr(errors, name) for name in errors.__all__}
    bases = {name: tuple(base.__name__ for base in kind.__bases__) for name, kind in kinds.items()}
    assert bases.pop("RunnError") == ("Exception",)
    drawn = drawn_errors()
    assert drawn.pop("RunnError") == ()
    assert drawn == bases


@pytest.mark.parametrize("name", [n for n in rp.__all__ if inspect.isfunction(getattr(rp, n))])
def test_public_functions_have_an_example_and_describe_each_parameter(name: str) -> None:
    function = getattr(rp, name)
    text = inspect.getdoc(function) or ""
    assert ">>> " in text or name == "current"
    for parameter in inspect.signature(function).parameters:
        if len(inspect.signature(function).parameters) > 1:
            assert re.search(rf"^(.*, )?\**{parameter}\b.*$", text, re.M), parameter


def test_the_version_is_in_the_changelog() -> None:
    assert f"## {rp.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_lower_bounds_are_the_ones_that_are_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    bounds = {line.replace(">=", "==") for line in project["dependencies"]}
    tested = set((ROOT / ".ci" / "lowest.txt").read_text().split())
    assert bounds <= tested


def test_what_errors_say_to_install_is_what_the_extras_have() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {line for lines in project["optional-dependencies"].values() for line in lines}
    assert {line for lines in REQUIREMENTS.values() for line in lines} <= extras


def test_each_install_that_a_page_names_is_of_an_extra_of_the_clone() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    places = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "notebooks").glob("*.ipynb")]
    places += [*(ROOT / "docs").glob("[a-z]*.md"), *(ROOT / "docs").glob("[a-z]*/*.md")]
    places += (ROOT / "runn_pandas").rglob("*.py")
    texts = {path.name: path.read_text(encoding="utf-8") for path in places}
    named = re.findall(r"[\"']\.\[([\w,-]+)\]", "".join(texts.values()))
    assert len(named) > 12
    assert {extra for which in named for extra in which.split(",")} <= set(extras)
    # The package is on no index, so its name is nothing that pip can find.
    assert [name for name, text in texts.items() if "runn-pandas[" in text] == []


def test_import_is_light_and_needs_nothing_optional() -> None:
    code = (
        "import sys, runn_pandas, pandas as pd; pd.read_runn;"
        "heavy = {'requests_cache', 'tqdm', 'ratelimit', 'runn_pandas.demo.server', 'IPython',"
        " 'ipywidgets', 'vcr'}; print(heavy & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_no_file_has_a_token_or_a_path_of_one_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("needs the git checkout")
    for name in listed.stdout.split("\n"):
        path = ROOT / name
        if not path.is_file() or path.suffix in (".parquet", ".png"):
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/(home|Users)/[a-z]", text), name
        if not name.startswith("tests/"):
            assert not re.search(r"(LIVE|TEST)_[A-Za-z0-9]{16,}", text), name
            assert not re.search(r"Bearer [A-Za-z0-9_-]{12,}", text), name


def test_accounts_are_documented_where_people_look() -> None:
    assert "rp.connect" in (rp.connect.__doc__ or "")
    assert "rp.connect" in README
    assert Path(ROOT / "LICENSE").exists()
