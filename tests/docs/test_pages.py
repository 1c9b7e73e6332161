"""The pages are true: their examples run, and print what the pages say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import pages
from tests.support.places import ROOT

PAGES = {pages.name_of(page): page for page in pages.pages()}
HERE = [name for name in PAGES if name not in pages.ELSEWHERE]


def said(text: str) -> list[list[str]]:
    """The words of an output, as every pandas that is tested has them.

    Before pandas 3 what is missing of a text is spelled ``<NA>``, with other spaces beside it, and
    what is counted of one is ``Int64``.
    """
    same = text.replace("<NA>", "NaN").replace("dtype: Int64", "dtype: int64")
    return [line.split() for line in same.strip().splitlines()]


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.PlanWarning")
@pytest.mark.filterwarnings("ignore::runn_pandas.errors.TimesheetWarning")
@pytest.mark.parametrize("name", HERE)
def test_the_examples_of_a_page_print_what_it_says(name: str, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    with pages.own_place(tmp_path / "work"):
        for ran in pages.examples(PAGES[name]):
            if ran.shown is not None:
                where = (
                    f"line {ran.block.line + 1}; to write it anew: python -m tests.support.pages"
                )
                assert said(ran.printed) == said(ran.shown.text), where
            if ran.picture is not None:
                assert pages.words(ran.names["chart"]) <= pages.drawn(ran.picture), ran.picture


@pytest.mark.parametrize("name", [name for name in HERE if "/guides/" in name])
def test_a_guide_begins_with_its_task_and_ends_with_where_next(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    if name.endswith("/index.md"):
        here = {path.stem for path in PAGES[name].parent.glob("*.md")} - {"index"}
        assert {stem for stem in here if f"]({stem}.md)" not in text} == set()
        return
    assert re.match(r"# .+\n\n(\*|Everything on these pages)", text)
    assert "\n## What can go wrong\n" in text or "\n## When it does not work\n" in text
    assert re.match(r"\n\n\*\*Next:\*\* \S", text[text.rindex("\n\n") :])


@pytest.mark.parametrize("name", sorted({*HERE} - {"README.md", "docs/index.md"}))
def test_an_example_is_no_wider_than_a_page(name: str) -> None:
    for block in pages.blocks(PAGES[name].read_text(encoding="utf-8")):
        if block.language == "python":
            assert max(map(len, block.text.splitlines())) <= 80, block.text


@pytest.mark.parametrize("name", pages.ELSEWHERE)
def test_the_other_pages_are_run_by_their_own_tests(name: str) -> None:
    tests = (ROOT / pages.ELSEWHERE[name]).read_text(encoding="utf-8")
    assert name in PAGES
    assert Path(name).name in tests


def test_an_output_that_is_not_printed_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "`a.csv`\n\n```csv\nx\n1\n```\n\n"
        "```python\nint(pd.read_csv('a.csv')['x'].sum()) + 1\n```\n\n```text\n3\n```\n"
    )
    (ran,) = pages.examples(page)
    assert ran.shown is not None
    assert (ran.printed, ran.shown.text) == ("2", "3\n")
    assert pages.rewrite(page) == 1
    assert page.read_text().endswith("```text\n2\n```\n")


ANCHOR = re.compile(r"[^\w\- ]")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    text = pages.FENCE.sub("", page.read_text(encoding="utf-8"))
    heads = re.findall(r"^#+ (.*)$", text, re.M)
    return {ANCHOR.sub("", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", [*PAGES, "CONTRIBUTING.md"])
def test_links_lead_to_files_and_headings_of_the_repository(name: str) -> None:
    page = ROOT / name
    text = pages.FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target
