"""Run the notebooks in fresh kernels without a network, and store their outputs.

``python -m tests.notebooks.execute [names]`` executes the notebooks whose file names begin with
one of the names, or all, and writes them back in a form that leaves diffs small.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
KERNEL = Path(__file__).parent / "kernel"
WIDGET = "application/vnd.jupyter.widget-view+json"
SVG = "image/svg+xml"
LABEL = re.compile(r"<text[^>]*>([^<]*)</text>")
APP_TABLE = re.compile(r"(\brunn-saved-)([0-9a-f]{32})\b")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")
ADDRESS = re.compile(r"\bat 0x[0-9a-f]+|0x[0-9a-f]{8,}")
# Of a widget's model, or of what a library calls its elements.
MODEL = re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def notebooks() -> list[Path]:
    """All the notebooks, in order."""
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def executed(source: NotebookNode, work: Path, timeout: int = 100) -> NotebookNode:
    """A copy of a notebook, run from top to bottom in a fresh kernel.

    It runs beside a copy of ``notebooks/data``, with no cache, configuration or account, and
    reaches nothing but this machine. An error in a cell is an output, and does not stop the run.
    """
    book = nbformat.from_dict(source)
    for cell in code(book):
        cell.outputs, cell.execution_count = [], None
    folder = work / "notebooks"
    folder.mkdir(parents=True)
    if (NOTEBOOKS / "data").is_dir():
        shutil.copytree(NOTEBOOKS / "data", folder / "data")
    else:
        (folder / "data").mkdir()
    client = NotebookClient(
        book,
        timeout=timeout,
        kernel_name="python3",
        allow_errors=True,
        record_timing=False,
        store_widget_state=False,
        # How much is printed at a time depends on the machine's mood.
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    # The kernel's own log is not the notebook's stderr.
    client.execute(env=environment(work), stderr=subprocess.DEVNULL)
    return book


def environment(work: Path) -> dict[str, str]:
    """What the kernel sees: nothing of the user's, and no network."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("RUNN_")}
    home = work / "home"
    home.mkdir()
    path = [str(KERNEL), str(ROOT), *filter(None, [env.get("PYTHONPATH")])]
    return env | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "IPYTHONDIR": str(work / "ipython"),
        "RUNN_CACHE_DIR": str(work / "cache"),
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def code(book: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def problems(book: NotebookNode) -> Iterator[str]:
    """What no notebook of ours puts out: errors, warnings, addresses in memory."""
    for at, cell in enumerate(book.cells):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                yield f"cell {at}: {output.ename}: {output.evalue}"
            elif output.output_type == "stream" and output.name == "stderr":
                yield f"cell {at}: stderr: {output.text.strip()[:500]}"
            for kind, text in _texts(output):
                if found := ADDRESS.search(text):
                    yield f"cell {at}: an address in memory in {kind}: {found[0]}"


def _texts(output: NotebookNode) -> list[tuple[str, str]]:
    if output.output_type == "stream":
        return [(output.name, output.text)]
    return [(k, v) for k, v in output.get("data", {}).items() if k.startswith("text/")]


def comparable(cell: NotebookNode) -> list[dict[str, Any]]:
    """What a cell put out, without what differs from run to run: clocks and models of widgets."""
    found: list[dict[str, Any]] = []
    for output in cell.outputs:
        one: dict[str, Any] = {"type": output.output_type}
        if output.output_type == "stream":
            one |= {"name": output.name, "text": _still(output.text)}
        elif output.output_type == "error":
            one |= {"ename": output.ename, "evalue": _still(output.evalue)}
        else:
            data = {kind: value for kind, value in output.data.items() if kind != WIDGET}
            if SVG in data:
                # How it is drawn differs with the drawing library, what is written in it does not.
                data[SVG] = LABEL.findall(data[SVG])
            one["data"] = {k: _still(v) if isinstance(v, str) else v for k, v in data.items()}
        found.append(one)
    return found


def _still(text: str) -> str:
    return MODEL.sub("(model)", CLOCK.sub("(time)", text))


def normalised(book: NotebookNode) -> NotebookNode:
    """A notebook as it is stored: nothing in it of the machine, the time or the front end."""
    book = nbformat.from_dict(book)
    book.nbformat, book.nbformat_minor = 4, 5
    book.metadata = nbformat.from_dict(METADATA)
    taken = {cell.get("id") for cell in book.cells}
    models: dict[str, str] = {}
    for at, cell in enumerate(book.cells):
        kept = {k: v for k, v in cell.metadata.items() if k in ("tags", "jupyter")}
        cell.metadata = nbformat.from_dict(kept)
        cell.source = cell.source.strip("\n")
        if not cell.get("id"):
            free = (name for n in range(at, 10_000) if (name := f"cell-{n:02d}") not in taken)
            cell["id"] = next(free)
            taken.add(cell["id"])
        for output in cell.get("outputs", ()):
            if "metadata" in output:
                output.metadata = nbformat.from_dict({})
            if "data" in output:
                _number_models(output.data, models)
    nbformat.validate(book)
    return book


def _number_models(data: NotebookNode, models: dict[str, str]) -> None:
    """Give the models of apps numbers in the place of ids that differ each time."""

    def numbered(model: str) -> str:
        return models.setdefault(model, f"{len(models) + 1:032x}")

    if WIDGET in data:
        data[WIDGET]["model_id"] = numbered(data[WIDGET]["model_id"])
    if "text/html" in data:
        table = APP_TABLE.sub(lambda found: found[1] + numbered(found[2]), data["text/html"])
        data["text/html"] = table


def main(names: list[str]) -> int:
    """Execute and store notebooks; 1 if there is one that puts out what it should not."""
    failed = 0
    for path in notebooks():
        if names and not any(path.name.startswith(name) for name in names):
            continue
        with tempfile.TemporaryDirectory() as work:
            book = normalised(executed(read(path), Path(work)))
        nbformat.write(book, path)
        wrong = list(problems(book))
        failed += bool(wrong)
        print(path.name, "stored", *wrong, sep="\n  " if wrong else " ")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
