"""The notebooks run from top to bottom without a network, and show what is stored in them."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat import NotebookNode

from tests.notebooks.execute import (
    NOTEBOOKS,
    code,
    comparable,
    executed,
    normalised,
    notebooks,
    problems,
    read,
)

BOOKS = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
# How frames are printed differs between the major versions of pandas; the outputs are the newest's.
SAME_PRINT = int(pd.__version__.split(".")[0]) >= 3


@pytest.mark.slow
@BOOKS
def test_runs_and_puts_out_what_is_stored(path: Path, tmp_path: Path) -> None:
    stored = read(path)
    fresh = executed(stored, tmp_path)
    assert not list(problems(fresh))
    if SAME_PRINT:
        for at, (old, new) in enumerate(zip(code(stored), code(fresh), strict=True)):
            assert comparable(new) == comparable(old), f"code cell {at}: {old.source[:200]}"


@BOOKS
def test_is_stored_in_normal_form(path: Path) -> None:
    book = read(path)
    assert json.dumps(normalised(book), sort_keys=True) == json.dumps(book, sort_keys=True), (
        "python -m tests.notebooks.execute stores it as it should be"
    )
    assert not list(problems(book))
    counts = [cell.execution_count for cell in code(book)]
    assert counts == list(range(1, len(counts) + 1)), "stored after a run from top to bottom"


@BOOKS
def test_opens_with_what_one_learns_and_ends_with_ones_own_account(path: Path) -> None:
    first, *_, last = read(path).cells
    assert first.cell_type == last.cell_type == "markdown"
    assert first.source.startswith("# ")
    learn = first.source.split("## What you will learn\n", 1)[1]
    assert len(re.findall(r"^- ", learn, flags=re.MULTILINE)) >= 3
    assert last.source.startswith("## On your own account\n")
    assert "RUNN_API_TOKEN" in last.source
    assert "request" in last.source, "says what it costs"


@BOOKS
def test_is_small(path: Path) -> None:
    assert path.stat().st_size < 500_000


def test_data_files_are_small() -> None:
    files = [path for path in (NOTEBOOKS / "data").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_000_000
    assert all(path.stat().st_size < 300_000 for path in files)


def book(*cells: str) -> NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


@pytest.mark.slow
def test_the_runner_reaches_nothing_and_sees_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNN_API_TOKEN", "LIVE_of_the_user")
    fresh = executed(
        book(
            "import socket; socket.create_connection(('192.0.2.1', 443), timeout=5)",
            "import requests; requests.get('https://api.runn.io', timeout=5)",
            "import warnings; warnings.warn('odd')",
            "object()",
            "import os; [name for name in os.environ if name.startswith('RUNN_')]",
            "open('data/a-new-file', 'w').close()",
        ),
        tmp_path,
    )
    found = dict(problem.split(": ", 1) for problem in problems(fresh))
    assert found["cell 0"].startswith("PermissionError: The network is blocked")
    assert "'api.runn.io' is not looked up" in found["cell 1"]
    assert "stderr" in found["cell 2"]
    assert "odd" in found["cell 2"]
    assert "an address in memory" in found["cell 3"]
    assert set(found) == {"cell 0", "cell 1", "cell 2", "cell 3"}
    assert fresh.cells[4].outputs[0].data["text/plain"] == "['RUNN_CACHE_DIR']"
    assert not (NOTEBOOKS / "data" / "a-new-file").exists(), "it works on a copy"
    assert socket.getaddrinfo.__module__ == "socket", "only the kernel is blocked"


@pytest.mark.slow
def test_bars_are_no_outputs_however_slow_the_machine(tmp_path: Path) -> None:
    fresh = executed(
        book(
            "import runn_pandas as rp; from runn_pandas.reader import progress\n"
            "progress.DELAY = 0.0\n"
            "account = rp.connect('demo'); people = rp.read_runn('people')",
        ),
        tmp_path,
    )
    assert [len(cell.outputs) for cell in fresh.cells] == [0]


def test_clocks_and_models_of_widgets_are_not_compared() -> None:
    def output(time: str, model: str) -> NotebookNode:
        kind = "application/vnd.jupyter.widget-view+json"
        cell = nbformat.v4.new_code_cell()
        cell.outputs = [
            nbformat.v4.new_output("stream", name="stdout", text=f"at {time}, 3 rows"),
            nbformat.v4.new_output("display_data", {kind: {"model_id": model}}),
        ]
        return cell

    one = output("2026-06-30 10:11:12", "a" * 32)
    assert comparable(one) == comparable(output("2027-01-01T00:00:00Z", "b" * 32))
    one.outputs[0].text = "at 2026-06-30 10:11:12, 4 rows"
    assert comparable(one) != comparable(output("2026-06-30 10:11:12", "a" * 32))


def test_the_models_of_apps_are_stored_by_number() -> None:
    kind = "application/vnd.jupyter.widget-view+json"
    table = f'<div class="runn-saved-{"b" * 32}"><style>.runn-saved-{"b" * 32}{{}}</style></div>'
    one = book("app")
    one.cells[0].outputs = [
        nbformat.v4.new_output("display_data", {kind: {"model_id": "a" * 32}, "text/plain": ""}),
        nbformat.v4.new_output("display_data", {"text/html": table}),
    ]
    widget, static = normalised(one).cells[0].outputs
    assert widget.data[kind]["model_id"] == "1".zfill(32)
    assert static.data["text/html"] == table.replace("b" * 32, "2".zfill(32))
    assert normalised(normalised(one)) == normalised(one)
