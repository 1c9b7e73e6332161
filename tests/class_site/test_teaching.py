"""What the teacher's page says to type works: it is run by the gate, or here."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.execute import NOTEBOOKS, ROOT

PAGE = (ROOT / "docs" / "guides" / "teaching.md").read_text(encoding="utf-8")
GATE = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
EXERCISE = NOTEBOOKS / "06-class-exercise.ipynb"
RUN = {
    # a command of the page -> who runs it
    'pip install -e ".[class-site]"': "the gate: it is a part of the extra dev",
    "python -m docs.class_site class-site": "the gate",
    "python -m docs.class_site class-site --pyodide pyodide-314.0.6.tar.bz2": "test_site.py",
    "python -m http.server --directory class-site 8000": "test_the_site_is_handed_out",
    'pip install ".[notebook,record]"': "the extras: test_docs.py",
    "jupyter lab": "the browser tests",
    "cd notebooks": "below",
    "python data/grade.py handed-in/*.ipynb": "test_grades_are_what_the_cells_compute",
}


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]


def test_each_command_of_the_page_is_run_somewhere() -> None:
    assert sorted(commands()) == sorted(RUN)
    assert "-m docs.class_site " in GATE
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'"runn-pandas\[[\w,-]*\bclass-site\]"', project)


def test_the_page_says_what_the_exercise_has() -> None:
    asked = [
        cell for cell in nbformat.read(EXERCISE, 4).cells if re.match(r"## \d\. ", cell.source)
    ]
    assert {6: "six", 9: "nine"}[len(asked)] + " questions" in PAGE
    from docs.class_site import NOTEBOOKS as PATTERN

    assert len(list(NOTEBOOKS.glob(PATTERN))) == 6


@pytest.mark.slow
def test_the_version_of_pyodide_on_the_page_is_the_kernels() -> None:
    constants = pytest.importorskip("jupyterlite_pyodide_kernel.constants")
    named = set(re.findall(r"314\.\d+\.\d+", PAGE))
    assert named == {constants.PYODIDE_VERSION}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.slow
def test_the_site_is_handed_out(built: Path) -> None:
    port = str(free_port())
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "--directory", str(built / "site"), port],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for name in ("lab/index.html?path=06-class-exercise.ipynb", "pypi/all.json"):
            answer = fetched(f"http://127.0.0.1:{port}/{name}")
            assert len(answer) > 500, name
    finally:
        server.kill()
        server.wait()


def fetched(url: str) -> bytes:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                found: bytes = answer.read()
                return found
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} gives no answer")


def handed_in(folder: Path, answers: dict[int, str]) -> Path:
    """Notebook 06 as somebody hands it in: some cells filled in, all outputs made up."""
    book = nbformat.read(EXERCISE, 4)
    for cell in (one for one in book.cells if one.cell_type == "code"):
        if asked := re.search(r"^check\((\d), answer\)$", cell.source, re.M):
            number = int(asked[1])
            cell.source = cell.source.replace("answer = ...", answers.get(number, "answer = ..."))
            cell.outputs = [nbformat.v4.new_output("stream", text=f"{number}: Right.\n")]
    # The teacher's part records a cassette, which is not graded.
    at = next(n for n, one in enumerate(book.cells) if one.source.startswith("## For the teacher"))
    del book.cells[at:]
    path = folder / "lee.ipynb"
    nbformat.write(book, path)
    return path


@pytest.mark.slow
def test_grades_are_what_the_cells_compute(tmp_path: Path) -> None:
    pytest.importorskip("vcr", reason="needs vcrpy: pip install .[record]")
    shutil.copytree(NOTEBOOKS / "data", tmp_path / "data")
    sums = "sums = actuals[['billableMinutes', 'nonbillableMinutes']].sum()\n"
    answers = {
        1: "names = teams.set_index('id')['name']\n"
        "answer = people[~people['isArchived']]['teamId'].map(names).value_counts(dropna=False)",
        2: "raise ValueError('not done')",
        3: f"{sums}answer = sums['billableMinutes'] / sums.sum()",
        4: "answer = people['id']",
    }
    path = handed_in(tmp_path, answers)
    ran = subprocess.run(
        [sys.executable, "data/grade.py", path.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert ran.stdout == "lee.ipynb: 2 right: 1, 3\n", ran.stderr[-2000:]
