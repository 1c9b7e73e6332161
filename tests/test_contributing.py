"""The contributors' pages are true: what they name is there, and the gate does what they say."""

from __future__ import annotations

import re

import pytest

from tests import house

ROOT = house.ROOT
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = house.ARCHITECTURE.read_text(encoding="utf-8")
WHERE = ARCHITECTURE.split("## Where is it decided")[1].split("## Every module")[0]
BEHAVIOUR = (ROOT / "docs" / "how-runn-behaves.md").read_text(encoding="utf-8")
CODE = [*house.sources(), *house.sources(ROOT / "tests")]


def missing(text: str) -> list[str]:
    """The files and folders that a page names and that are not there."""
    named = set(
        re.findall(
            r"(?:[\w.-]+/)+(?:[\w-]+\.(?:py|json|md|txt|toml))?|\b\w+/\w+\.py",
            re.sub(r"https?://\S+|docs/_build/\S*", "", text),  # what is built is not there yet
        )
    )
    places = (ROOT, house.PACKAGE)
    return sorted(name for name in named if not any((place / name).exists() for place in places))


def linters() -> list[str]:
    """The commands of the gate's step that has the linters."""
    step = re.search(r"step \"linters.*?\n(.*?)\n\n", (ROOT / ".ci" / "run").read_text(), re.S)
    assert step is not None
    return [c for c in re.findall(r"\.venv-ci/bin/(.*)", step[1]) if not c.startswith("pip ")]


def test_every_file_that_the_pages_name_is_there() -> None:
    drawn = re.findall(r"^\s+(?:push|reader|transport|frame)/\S+", ARCHITECTURE, re.M)
    tables = "\n".join(re.findall(r"`([^`]*)`", ARCHITECTURE.split("## Every module")[0]))
    assert missing("\n".join([*map(str.strip, drawn), tables])) == []
    assert missing("\n".join(re.findall(r"`([^`\n]*)`", CONTRIBUTING))) == []


def test_each_answer_begins_in_one_file() -> None:
    lines = re.findall(r"^\|(.*)\|$", WHERE, re.M)[2:]  # without the head
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    assert len(rows) > 40
    named = r"`[\w./-]+`"
    assert all(re.fullmatch(named, file) and (ROOT / file[1:-1]).is_file() for _, file, _ in rows)
    assert all(re.fullmatch(f"({named}(, {named})*)?", more) for _, _, more in rows)
    assert len({question for question, _, _ in rows}) == len(rows)


def test_every_module_of_a_push_is_drawn_or_answers_a_question() -> None:
    drawn = ARCHITECTURE.split("## A push")[1].split("## Where is it decided")[0]
    names = {path.name for path in (house.PACKAGE / "push").glob("[!_]*.py")}
    assert {name for name in names if f"push/{name}" not in drawn + WHERE} == set()


def test_the_map_is_generated() -> None:
    written = ARCHITECTURE.split(house.BEGIN)[1].split(house.END)[0]
    assert written == house.module_map(), "run: python -m tests.house --map"


def test_what_comments_point_to_is_there() -> None:
    headings = set(re.findall(r"^## (.*)", BEHAVIOUR, re.M))
    for path in CODE:
        text = re.sub(r"\s*#?\s+", " ", path.read_text(encoding="utf-8"))
        pointed = re.findall(r"docs/how-runn-behaves\.md, \"([^\"]+)\"", text)
        assert set(pointed) <= headings, path


def test_every_unconfirmed_fact_says_so_and_has_a_source() -> None:
    sources = r"\((?:[^()]*\b(?:contract|docs|help|changelog|community|inferred)\b[^()]*)\)"
    for section in re.split(r"^## ", BEHAVIOUR, flags=re.M)[2:-1]:
        for fact in re.split(r"^- ", section, flags=re.M)[1:]:
            assert re.search(sources, fact) or "**unconfirmed**" in fact, fact


def test_pre_commit_and_the_gate_run_the_same_linters() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"entry: (.*)", hooks) == linters()
    assert "http" not in hooks


@pytest.mark.parametrize("command", linters())
def test_each_linter_of_the_gate_is_documented(command: str) -> None:
    assert f"`{command}`" in CONTRIBUTING


def test_each_part_of_the_gate_is_documented() -> None:
    for command in re.findall(r"-m pytest(?: -q)?(.*)", (ROOT / ".ci" / "run").read_text()):
        options = command.replace("tests/notebooks", "").split()  # slow tests, like the others
        assert any(
            all(option in line for option in options) for line in CONTRIBUTING.splitlines()
        ), command


def test_comments_refer_to_pages_that_are_here() -> None:
    for path in house.sources():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bguide:? (\d|section)|\(guide", text), path
        pages = set(re.findall(r"[\w./-]+\.md\b", text))
        assert all((ROOT / page).exists() for page in pages), (path, pages)
