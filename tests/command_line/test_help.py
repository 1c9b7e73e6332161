"""What commands say of themselves, and that the page of the docs says the same."""

from __future__ import annotations

import re
import shlex
import tomllib
from importlib import import_module

import pytest

from runn_pandas.command_line.arguments import CODES
from runn_pandas.command_line.completion import offers
from runn_pandas.command_line.program import main, parser
from tests.support.command_reference import MARKS, PAGE, reference
from tests.support.pages import pages
from tests.support.places import ROOT

PATHS = [offer.path for offer in offers(parser())]
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: " ".join(path) or "runn")
def test_help_describes_each_argument(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    with pytest.raises(SystemExit) as stop:
        main([*path, "--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    options = re.findall(r"^  -.*(?:\n {3,}.*)*", out, re.MULTILINE)
    assert [option for option in options if not re.search(r"\S\s{2,}\S", option)] == []


def test_the_page_is_made_from_the_parser() -> None:
    written = TEXT.split(MARKS[0])[1].split(MARKS[1])[0].strip()
    assert written == reference(), "run: python -m tests.support.command_reference"


def test_help_has_every_exit_code_and_where_the_token_comes_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert all(f"{code}, {what}" in out for code, what in CODES.items())
    assert "RUNN_API_TOKEN" in out
    assert "never an argument" in out


def test_every_command_that_the_pages_show_can_be_parsed() -> None:
    every = "\n".join(page.read_text(encoding="utf-8") for page in pages())
    shown = re.findall(
        r"^(?:[\d* ]+(?:RUNN_\w+=\S+ )?)?(?:runn|python -m runn_pandas) ((?!completion).+)$",
        every,
        re.M,
    )
    assert len(shown) > 20
    for line in shown:
        words = shlex.split(line, comments=True)
        options, rest = parser().parse_known_args(words)
        assert all("=" in word for word in rest), line
        assert callable(options.run)


def test_the_command_is_installed_by_its_name() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, function = scripts["runn"].partition(":")
    assert getattr(import_module(module), function) is main
