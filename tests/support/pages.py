"""The examples of the pages: run in order beside their files, and what they print compared.

A page in Markdown is a session. Its blocks mean:

- ``csv`` below a line that is a file's name in backticks: that file, for what follows. A name that
  ends in ``.xlsx`` makes it a workbook.
- ``python``: run, with the names of the blocks before it.
- ``sh``: each line that begins with ``runn`` is run if an output follows the block.
- ``text`` right below one of those two: what it prints, and the value of its last line.
- anything else is not run.

A picture right below a block of Python is its ``chart``.

``python -m tests.support.pages [pages]`` runs them, and writes the outputs and pictures anew.
"""

from __future__ import annotations

import ast
import contextlib
import html
import io
import json
import os
import re
import shlex
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import account as accounts
from runn_pandas.command_line.program import main as runn
from runn_pandas.errors import PlanWarning, TimesheetWarning
from tests.support.places import ROOT

PICTURE = re.compile(r"\A```\n\n!\[[^\]]*\]\(([^)]+\.svg)\)\n")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
NAME = re.compile(r"^`([\w.-]+)`\n\n\Z", re.M)
DAY = r"\d{4}-\d\d-\d\d"
WIDTH = {"display.width": 96, "display.max_columns": 12, "display.max_rows": 12}
SIDES = ("left", "right", "top", "bottom")
FONTS = '"Helvetica, Arial, Liberation Sans, sans-serif"'
# Pages whose examples need more than a folder: who runs them.
ELSEWHERE = {
    "docs/charts.md": "tests/test_docs.py",
    "docs/check.md": "tests/account_check/test_demo.py",
    "docs/recipes.md": "tests/test_recipes.py",
}


class Block(NamedTuple):
    """A block of a page: its language, its text, the file that it is, where its text stands."""

    language: str
    text: str
    file: str
    line: int
    span: tuple[int, int]


class Ran(NamedTuple):
    """A block that was run: what it printed, the names since, the output that the page has."""

    block: Block
    printed: str
    names: dict[str, Any]
    shown: Block | None
    picture: Path | None


def pages() -> list[Path]:
    """Every page that people read, the README first."""
    found = sorted(path for path in (ROOT / "docs").rglob("*.md") if "/_" not in path.as_posix())
    return [ROOT / "README.md", *found]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> list[Block]:
    """The blocks of a page or of a part of it."""
    found = []
    for match in FENCE.finditer(text):
        name = NAME.search(text[: match.start()]) if match[1] == "csv" else None
        line = text.count("\n", 0, match.start(2))
        found.append(Block(match[1], match[2], name[1] if name else "", line, match.span(2)))
    return found


def write_file(block: Block) -> None:
    """Make the file of a block, in the folder that one is in."""
    if not block.file.endswith(".xlsx"):
        Path(block.file).write_text(block.text, encoding="utf-8")
        return
    rows = pd.read_csv(io.StringIO(block.text))
    days = [name for name in rows if rows[name].astype(str).str.fullmatch(DAY).all()]
    rows.astype(dict.fromkeys(days, "datetime64[s]")).to_excel(block.file, index=False)


def execute(block: Block, names: dict[str, Any], show: bool) -> None:
    """Run a block of Python; print the value of its last line as a session does."""
    tree = ast.parse("\n" * block.line + block.text, "page")
    last = tree.body[-1]
    value = tree.body.pop() if show and isinstance(last, ast.Expr) else None
    exec(compile(tree, "page", "exec"), names)
    if isinstance(value, ast.Expr):
        shown = eval(compile(ast.Expression(value.value), "page", "eval"), names)
        if shown is not None:
            print(shown if isinstance(shown, str) else repr(shown))


def run_commands(block: Block) -> None:
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["runn"]:
            runn(words[1:])


def with_outputs(text: str) -> Iterator[tuple[Block, Block | None]]:
    """Each block with the output that stands right below it, if one does."""
    found = blocks(text)
    for number, block in enumerate(found):
        after = found[number + 1] if number + 1 < len(found) else None
        below = after and not text[block.span[1] : after.span[0]].strip("`tex\n")
        yield block, after if after and below and after.language == "text" else None


def examples(page: Path) -> Iterator[Ran]:
    """Run a page in the folder that one is in, block by block."""
    names: dict[str, Any] = {"pd": pd, "rp": rp}
    text = page.read_text(encoding="utf-8")
    for block, shown in with_outputs(text):
        if block.file:
            write_file(block)
        if block.language not in ("python", "sh"):
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out), pd.option_context(*sum(WIDTH.items(), ())):
            if block.language == "python":
                execute(block, names, shown is not None)
            elif shown is not None:
                run_commands(block)
        printed = "\n".join(line.rstrip() for line in out.getvalue().splitlines())
        found = PICTURE.match(text[block.span[1] :])
        yield Ran(block, printed, names, shown, page.parent / found[1] if found else None)


@contextlib.contextmanager
def own_place(folder: Path) -> Iterator[None]:
    """A folder to work in, and a demo whose limit is never met, however fast a page is run."""
    embedded = accounts._embedded
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        # Notes of plans and timesheets are part of what one sees; other warnings are errors.
        for kind in (PlanWarning, TimesheetWarning):
            warnings.simplefilter("ignore", kind)
        patch.setattr(accounts, "_embedded", lambda limit: embedded(None))
        patch.chdir(folder)
        yield


def draw(chart: Any, picture: Path) -> None:
    """Draw a chart as it is, on its own ground: for light pages and dark ones."""
    import vl_convert

    picture.parent.mkdir(exist_ok=True)
    # Letters are wider in some fonts than where they are measured: there is room for that.
    padding = {side: 30 if side == "right" else 8 for side in SIDES}
    spec = {"background": None} | chart.to_dict() | {"padding": padding}
    spec["config"].setdefault("axis", {})["titlePadding"] = 16
    svg = vl_convert.vegalite_to_svg(json.dumps(spec))
    picture.write_text(svg.replace('"sans-serif"', FONTS) + "\n", encoding="utf-8")


def words(chart: Any) -> set[str]:
    """What the heads of a chart say."""
    title = chart.to_dict(validate=False)["title"]
    below = title.get("subtitle", [])
    return {title["text"], *([below] if isinstance(below, str) else below)} - {""}


def drawn(picture: Path) -> set[str]:
    """The texts of a picture."""
    svg = picture.read_text(encoding="utf-8")
    return {html.unescape(found) for found in re.findall(r">([^<>]+)</(?:text|tspan)>", svg)}


def rewrite(page: Path) -> int:
    """Write the outputs of a page anew, and return the number of blocks that were run."""
    text = page.read_text(encoding="utf-8")
    ran = []
    for one in examples(page):
        ran.append(one)
        if one.picture is not None:
            draw(one.names["chart"], one.picture)
    for one in reversed(ran):
        if one.shown is not None:
            start, end = one.shown.span
            text = f"{text[:start]}{one.printed}\n{text[end:]}"
    page.write_text(text, encoding="utf-8")
    return len(ran)


def main(chosen: list[str]) -> None:
    for name in [name for name in os.environ if name.startswith("RUNN_")]:
        del os.environ[name]
    for page in pages():
        name = name_of(page)
        if name in ELSEWHERE or (chosen and not any(word in name for word in chosen)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            os.environ["RUNN_STATE_DIR"] = f"{folder}/state"
            place = Path(folder, "work")
            place.mkdir()
            with own_place(place):
                print(f"{name}: {rewrite(page)} blocks", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
