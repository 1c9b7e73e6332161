"""What package indexes show, the conda recipe and the citation agree with the package."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

import runn_pandas as rp
from tests.support.places import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
# Of the Citation File Format 1.2.0: https://citation-file-format.github.io
NEEDED = {"authors", "cff-version", "message", "title"}
ALLOWED = {
    *NEEDED,
    *("abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords"),
    *("license", "license-url", "preferred-citation", "references", "repository"),
    *("repository-artifact", "repository-code", "type", "url", "version"),
}


def loaded(text: str) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="needs PyYAML, which vcrpy brings")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    """The recipe with its two values put in, as conda does."""
    text = (ROOT / ".ci" / "conda" / "meta.yaml").read_text(encoding="utf-8")
    (version,) = re.findall(r'^{% set version = "(.+)" %}$', text, re.M)
    text = re.sub(r"^{%.*%}$", "", text, flags=re.M)
    return loaded(text.replace("{{ version }}", version).replace("{{ PYTHON }}", "python"))


def test_the_citation_is_one_and_of_this_version() -> None:
    citation = loaded((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert NEEDED <= citation.keys() <= ALLOWED
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["version"] == rp.__version__
    assert citation["license"] == PROJECT["license"]
    assert citation["authors"] == PROJECT["authors"]
    assert set(citation["keywords"]) <= set(PROJECT["keywords"])
    assert all(isinstance(citation[name], str) for name in ("title", "message", "abstract"))


def test_the_recipe_has_the_version_and_the_dependencies_of_the_package(
    recipe: dict[str, Any],
) -> None:
    assert recipe["package"] == {"name": PROJECT["name"], "version": rp.__version__}
    run = [line.replace(" ", "") for line in recipe["requirements"]["run"]]
    assert sorted(run) == sorted([*PROJECT["dependencies"], f"python{PROJECT['requires-python']}"])
    host = [line.replace(" ", "") for line in recipe["requirements"]["host"]]
    assert set(host) == {
        "pip",
        f"python{PROJECT['requires-python']}",
        *PYPROJECT["build-system"]["requires"],
    }
    assert recipe["build"]["noarch"] == "python"
    scripts = [f"{name} = {place}" for name, place in PROJECT["scripts"].items()]
    assert recipe["build"]["entry_points"] == scripts


def test_the_recipe_says_what_the_package_says(recipe: dict[str, Any]) -> None:
    about = recipe["about"]
    assert PROJECT["description"].startswith(about["summary"])
    assert about["license"] == PROJECT["license"]
    assert [about["license_file"]] == PROJECT["license-files"]
    assert about["home"] in PROJECT["urls"].values()
    assert (ROOT / ".ci" / "conda" / recipe["source"]["path"]).resolve() == ROOT
    assert (ROOT / about["license_file"]).is_file()


def test_an_index_has_what_it_shows() -> None:
    assert 60 < len(PROJECT["description"]) <= 512
    assert PROJECT["authors"] == [{"name": "The runn_pandas authors"}]
    assert PROJECT["authors"][0]["name"].lower() in (ROOT / "LICENSE").read_text().lower()
    assert len(PROJECT["keywords"]) == len(set(PROJECT["keywords"]))
    versions = {
        name.rpartition(" ")[2] for name in PROJECT["classifiers"] if "Python :: 3." in name
    }
    assert f">={min(versions, key=lambda text: int(text[2:]))}" == PROJECT["requires-python"]


@pytest.mark.parametrize("url", PROJECT["urls"].values())
def test_a_link_is_one_that_the_repository_has(url: str) -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    assert url.startswith("https://")
    assert any(url in page.read_text(encoding="utf-8") for page in pages)


def test_what_is_built_from_source_has_the_citation() -> None:
    assert "CITATION.cff" in PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
