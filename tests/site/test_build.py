"""The site as it is built: its pages, its links, what its search finds."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import Any

import pytest

import runn_pandas as rp
from docs._generate import api, links, resources
from docs._generate.staging import BESIDE, CODE, Gone, linked, pages
from docs._generate.words import WORDS, indexed
from tests.support import site
from tests.support.places import ROOT


def test_links_out_of_docs_lead_to_pages_of_the_site() -> None:
    text = "[how](../CONTRIBUTING.md#tests) [one](../notebooks/01-first-steps.ipynb) [x](check.md)"
    said = linked(text, "docs/guides.md", "guides.md")
    assert said == text.replace("../CONTRIBUTING", "contributing/conventions").replace("../n", "n")
    deeper = linked("[m](../metrics.md#a) [w](https://runn.io)", "docs/guides/a.md", "guides/a.md")
    assert deeper == "[m](../metrics.md#a) [w](https://runn.io)"


def test_links_are_left_alone_in_code() -> None:
    text = "```md\n[gone](../nothing.md)\n```\n[check](docs/check.md)"
    said = linked(text, "CONTRIBUTING.md", "contributing/conventions.md")
    assert said == "```md\n[gone](../nothing.md)\n```\n[check](../check.md)"


def test_a_link_to_what_is_no_page_is_refused() -> None:
    with pytest.raises(Gone, match=r"runn_pandas/cache\.py"):
        linked("[cache](../runn_pandas/cache.py)", "docs/check.md", "check.md")


def test_the_pages_are_those_of_docs_the_notebooks_and_two_beside() -> None:
    places = set(pages().values())
    assert {"index.md", "changelog.md", "notebooks/01-first-steps.ipynb"} <= places
    assert not any(place.startswith("_") for place in places)


def anchors(text: str) -> set[str]:
    """The places of a page that links lead to, spelled as code hosts and the site spell them."""
    heads = re.findall(r"^#{1,4} (.+)$", CODE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_each_link_from_page_to_page_leads_to_a_heading() -> None:
    written = [name for name in {**pages(), **BESIDE} if name.endswith(".md")]
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in written}
    wrong = []
    for name, text in texts.items():
        for found in re.finditer(r"\]\(([\w./-]*\.md)?#([\w-]+)\)", CODE.sub("", text)):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[1] or ""))
            there = texts[target] if found[1] else text
            wrong += [] if found[2] in anchors(there) else [f"{name}: {found[0]}"]
    assert len(texts) > 30
    assert wrong == []


def test_what_people_search_for_is_an_entry_of_a_page_that_there_is() -> None:
    there = {*pages().values(), *api.pages(), "reference/errors.rst"}
    there |= {f"{resources.FOLDER}/{resources.slug(name)}.md" for name in resources.names()}
    assert set(WORDS) <= there
    text = indexed("# Undo\n\nText.\n", "guides/undo.md")
    assert text == "# Undo\n\n```{index} !undo, !roll back\n```\n\nText.\n"
    assert indexed("# Else\n", "else.md") == "# Else\n"


def test_keywords_are_of_functions_that_there_are() -> None:
    assert set(api.KEYWORDS) <= set(api.functions())


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    write(
        tmp_path,
        a='<a href="b.html#here">1</a><a href="b.html#there">2</a><a href="c.html">3</a>',
        b='<p id="here"><a href="#here">4</a><a href="https://runn.io/#x">5</a>',
    )
    assert links.broken(tmp_path) == ["a.html: b.html#there", "a.html: c.html"]


def test_what_comes_from_elsewhere_is_found(tmp_path: Path) -> None:
    write(
        tmp_path,
        a='<script src="https://cdn.example/x.js"></script><link rel="stylesheet" href="a.html">'
        '<img src="data:image/png;base64,AA=="><img src="//cdn.example/y.png">',
    )
    found = links.broken(tmp_path)
    assert found == [
        "a.html loads https://cdn.example/x.js",
        "a.html loads //cdn.example/y.png",
    ]


@pytest.fixture
def folder() -> Path:
    pytest.importorskip("pydata_sphinx_theme", reason="needs the extra docs")
    return site.built().folder


def index(folder: Path) -> dict[str, Any]:
    text = (folder / "searchindex.js").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    return found


def titles(folder: Path, stem: str) -> set[str]:
    """The pages on which the search finds a stem, in texts or in headings."""
    have = index(folder)
    found: set[int] = set()
    for table in ("terms", "titleterms"):
        numbers = have[table].get(stem, [])
        found |= {numbers} if isinstance(numbers, int) else set(numbers)
    return {have["docnames"][number] for number in found}


@pytest.mark.slow
@pytest.mark.timeout(site.LONGEST)
def test_each_page_is_built_and_each_link_leads_somewhere(folder: Path) -> None:
    assert links.broken(folder) == []
    built = {path.relative_to(folder).as_posix() for path in links.read(folder)}
    wanted = {*pages().values(), *api.pages(), "reference/errors.rst"}
    wanted |= {f"{resources.FOLDER}/{resources.slug(name)}.md" for name in resources.names()}
    assert {re.sub(r"\.\w+$", ".html", place) for place in wanted} <= built


@pytest.mark.slow
@pytest.mark.timeout(site.LONGEST)
def test_the_build_says_what_it_made(folder: Path) -> None:
    said = site.built().said
    found = re.search(r"(\d+) pages, (\d+) examples of resources ran, 0 broken links", said)
    assert found is not None
    assert int(found[1]) > 150
    assert int(found[2]) >= len(resources.names())
    assert re.search(r"Run by the tests: \d+ examples of written pages, \d+ of functions", said)


@pytest.mark.slow
@pytest.mark.timeout(site.LONGEST)
def test_each_function_is_an_object_of_the_index(folder: Path) -> None:
    page = (folder / "genindex.html").read_text(encoding="utf-8")
    assert "df.runn.push" in (folder / f"{api.FOLDER}/df.runn.push.html").read_text()
    for name in api.functions():
        assert f'href="{api.FOLDER}/{name}.html#{api.where(name)}"' in page, name
    for name in rp.errors.__all__:
        assert f'href="reference/errors.html#runn_pandas.errors.{name}"' in page, name


@pytest.mark.slow
@pytest.mark.timeout(site.LONGEST)
@pytest.mark.parametrize(
    ("stem", "page"),
    [
        ("utilis", "reference/api/rp.utilization"),
        ("throttl", "reference/api/rp.connect"),
        ("undo", "reference/api/rp.undo"),
    ],
)
def test_the_search_finds(folder: Path, stem: str, page: str) -> None:
    assert page in titles(folder, stem), titles(folder, stem)
