"""The hidden answers of the class exercise run, and print what is written under them."""

from __future__ import annotations

import ast
import io
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import recording
from tests.notebooks.execute import NOTEBOOKS, read

EXERCISE = NOTEBOOKS / "06-class-exercise.ipynb"
BLOCK = re.compile(
    r"^```python\n(.*?)^```\n\nIt shows:\n\n^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
SAME_PRINT = int(pd.__version__.split(".")[0]) >= 3


def shown(code: str, names: dict[str, Any]) -> str:
    """What a cell with this code shows: what it prints, and its last expression."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()) as out:
        exec(compile(tree, "<answer>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<answer>", "eval"), names)
            if value is not None:
                print(value)
    return out.getvalue()


def test_every_answer_prints_what_is_under_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("vcr", reason="needs vcrpy: pip install runn-pandas[record]")
    monkeypatch.chdir(NOTEBOOKS)
    monkeypatch.setattr(recording, "_recording", {})
    names: dict[str, Any] = {}
    answers = 0
    with pd.option_context("display.width", 100):
        for cell in read(EXERCISE).cells:
            if cell.source.startswith("## For the teacher"):
                break
            if cell.cell_type == "code":
                shown(cell.source, names)
            for code, told in BLOCK.findall(cell.source):
                printed = shown(code, names)
                answers += 1
                if SAME_PRINT:
                    assert printed == told, code
    assert answers >= 8
    assert "from a cassette" in repr(rp.current()), "and read nothing else"


def test_every_question_has_one_answer_and_a_place_for_ones_own() -> None:
    cells = read(EXERCISE).cells
    asked = [at for at, cell in enumerate(cells) if re.match(r"## \d\. ", cell.source)]
    assert len(asked) == 8
    for at in asked:
        source = cells[at].source
        assert source.count("<summary>Answer</summary>") == 1
        assert source.count("<details>") == source.count("</details>")
        # Markdown within a details element begins after an empty line.
        assert not re.search(r"</summary>\n[^\n]", source)
        assert cells[at + 1].source == "# Your answer"


def test_the_class_needs_no_account(tmp_path: Path) -> None:
    with rp.cassette(NOTEBOOKS / "data" / "class.yaml") as account:
        assert account.read_only
        assert rp.read_runn("clients")["name"].str.contains("(demo)", regex=False).any()
